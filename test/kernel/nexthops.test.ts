/**
 * Forwarding through groups of nexthop objects, beside the Linux kernel: the same flows take the same ways over a
 * weighted group, over one that was replaced under its route, and over what is left of it when a member's cable is cut,
 * when a member is deleted, and when it becomes a blackhole.
 */
import { expect, test } from 'vitest'
import { parseLab } from '../../src/lab/parse-yaml.ts'
import { ATTEMPTS, compareRuns } from '../../src/node/kernel/kernel-twin.ts'
import { planOf } from '../../src/node/kernel/plan.ts'
import { formatComparison } from '../../src/node/kernel/report.ts'
import { missingPrograms, simulate } from '../../src/node/kernel/simulate.ts'
import { runTwin } from '../../src/node/kernel/twin.ts'
import { requireRoot, requireTool } from '../support/tools.ts'

const DESTINATIONS = [1, 2, 3, 4, 5, 6, 7, 8].map(i => `10.9.9.${i}`)

/** What a sends at one second, one ping after the other. */
function pings(second: number): string[] {
  return DESTINATIONS.map((to, i) => `  - { at: ${second * 1000 + i * 100}ms, on: s, run: ping -c 1 -W 1 ${to} }`)
}

/*
 *     s ---- a ==== b, c ==== d    lo: 10.9.9.1 to 10.9.9.8
 */
const LAB = `
name: nexthop-groups
seed: 1
topology:
  nodes:
    s: { kind: host, interfaces: { eth1: 10.1.1.1/24 }, gateway: 10.1.1.2 }
    a:
      kind: router
      interfaces: { eth0: 10.1.1.2/24, eth1: 10.0.12.1/24, eth2: 10.0.13.1/24 }
      sysctls: { net.ipv4.fib_multipath_hash_seed: 1 }
    b: { kind: router, interfaces: { eth1: 10.0.12.2/24, eth2: 10.0.24.2/24 }, gateway: 10.0.24.4,
      routes: [10.1.1.0/24 via 10.0.12.1] }
    c: { kind: router, interfaces: { eth1: 10.0.13.3/24, eth2: 10.0.34.3/24 }, gateway: 10.0.34.4,
      routes: [10.1.1.0/24 via 10.0.13.1] }
    d:
      kind: host
      interfaces: { lo: [${DESTINATIONS.map(to => `${to}/32`).join(', ')}], eth1: 10.0.24.4/24, eth2: 10.0.34.4/24 }
      gateway: 10.0.24.2
  links:
    - endpoints: ["s:eth1", "a:eth0"]
    - endpoints: ["a:eth1", "b:eth1"]
    - endpoints: ["a:eth2", "c:eth1"]
    - endpoints: ["b:eth2", "d:eth1"]
    - endpoints: ["c:eth2", "d:eth2"]
script:
  - { at: 100ms, on: a, run: ip nexthop add id 1 via 10.0.12.2 dev eth1 }
  - { at: 150ms, on: a, run: ip nexthop add id 2 via 10.0.13.3 dev eth2 proto static }
  - { at: 200ms, on: a, run: "ip nexthop add id 10 group 1,3/2" }
  - { at: 250ms, on: a, run: ip route add 10.9.9.0/24 nhid 10 }
${pings(1).join('\n')}
  - { at: 2500ms, on: a, run: "ip nexthop replace id 10 group 2,5/1,2" }
  - { at: 2600ms, on: a, run: ip route }
${pings(3).join('\n')}
  - { at: 4500ms, on: a, run: ip nexthop del id 2 }
  - { at: 4600ms, on: a, run: ip nexthop }
${pings(5).join('\n')}
  - { at: 6500ms, on: a, run: ip nexthop replace id 1 blackhole }
  - { at: 6600ms, on: a, run: ip route }
  - { at: 6700ms, on: s, run: ping -c 1 -W 1 10.9.9.1 }
  - { at: 8s, on: a, run: ip nexthop replace id 1 via 10.0.13.3 dev eth2 }
${pings(9).join('\n')}
  - { at: 11s, on: c, run: ip link set eth1 down }
  - { at: 13s, on: a, run: ip nexthop }
  - { at: 13100ms, on: a, run: ip route }
  - { at: 13200ms, on: s, run: ping -c 1 -W 1 10.9.9.1 }
`

test('groups of nexthop objects forward as the Linux kernel forwards through them', async context => {
  requireRoot(context)
  for (const tool of ['ip', 'tcpdump', 'nsenter', 'ethtool', 'ping']) requireTool(tool, context)
  const model = parseLab(LAB, 'nexthop-groups.yaml')
  const plan = planOf(model)
  expect(missingPrograms(plan)).toEqual([])
  const netarium = await simulate(model, plan)
  const ways = ['b:eth1', 'c:eth1'].map(end => netarium.captures.get(end)?.length ?? 0)
  expect(Math.min(...ways)).toBeGreaterThan(10)
  // A busy machine can start a command late: such a run is played again.
  for (let attempt = 1; ; attempt++) {
    const comparison = compareRuns(model, plan, await runTwin(plan), netarium)
    if (comparison.equal) return
    if (attempt === ATTEMPTS) expect.fail(formatComparison(comparison))
  }
}, 180_000)
