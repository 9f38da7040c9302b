import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FramePool } from '../../device/frame-pool.ts'
import { Simulation } from '../../engine/simulation.ts'
import { Host } from '../../host/host.ts'
import { HostNamespace } from '../../host/host-namespace.ts'
import { Scheduler } from '../../host/scheduler.ts'
import { createInetStack } from '../../inet/inet-stack.ts'
import { NLM_F_CREATE, NLM_F_EXCL, RTM_NEWLINK } from '../../netlink/messages.ts'
import { PROGRAMS } from '../registry.ts'

/*
 * What the real ip and bridge answered in network namespaces (test/golden/ip/record.mjs makes recorded.json from
 * cases.txt), line by line, and byte for byte: output, errors, exit status.
 *
 * What Linux leaves to chance is put in order before it is compared: entries of neighbour tables and of forwarding
 * databases, which are dumped in the order of a hash with a random seed. IPv6's and IGMP's own groups are left out.
 */

interface Step {
  readonly on: 'a' | 'b'
  readonly command: string
  readonly stdout: string
  readonly stderr: string
  readonly status: number
}

interface Case {
  readonly name: string
  readonly up: boolean
  readonly steps: readonly Step[]
}

const cases = JSON.parse(readFileSync(new URL('../../../test/golden/ip/recorded.json', import.meta.url), 'utf8')) as Case[]

/** Two nodes with two links between them, as record.mjs makes them. */
async function twoNodes(up: boolean): Promise<{ a: Host, b: Host, simulation: Simulation }> {
  const simulation = new Simulation(1)
  const pool = new FramePool(simulation.journal)
  const scheduler = new Scheduler(simulation)
  const hosts = ['a', 'b'].map((name, node) => {
    const host = new Host(simulation, scheduler, name, node, PROGRAMS)
    host.namespaces.set('', new HostNamespace(createInetStack(simulation, pool, node, name)))
    return host
  })
  const [a, b] = hosts
  const [nsA, nsB] = hosts.map((host) => host.namespaces.get('')!)
  for (const i of [1, 2]) {
    const reply = nsA.netlink.request({
      type: RTM_NEWLINK, nlFlags: NLM_F_CREATE | NLM_F_EXCL, ifname: `eth${i}`, address: 0x0200000000a0 + i,
      linkInfo: { kind: 'veth', peer: { type: RTM_NEWLINK, ifname: `eth${i}`, address: 0x0200000000b0 + i, netns: nsB.ns } },
    })
    expect(reply).toEqual({ error: 0, extack: '', messages: [] })
  }
  if (up) {
    for (const host of hosts) for (const device of ['lo', 'eth1', 'eth2']) await host.exec(`ip link set ${device} up`)
  }
  return { a, b, simulation }
}

/** Puts in order what Linux dumps in the order of a hash, and leaves out what other protocols add. */
function comparable(command: string, text: string): string {
  const words = command.split(' ')
  if (words[0] === 'ping') return '' // its times are chance; its status is compared
  if (words[0] === 'bridge' && words.includes('fdb')) return orderLines(withoutOtherGroups(text))
  if (words[0] === 'ip' && words.slice(1).some((word) => word.startsWith('n') && 'neighbor'.startsWith(word.slice(0, 5)))) {
    return orderLines(text)
  }
  return text
}

function withoutOtherGroups(text: string): string {
  if (text.startsWith('[')) {
    const entries = (JSON.parse(text) as { mac: string }[]).filter(({ mac }) => !isOtherGroup(mac))
    return `${JSON.stringify(entries)}\n`
  }
  return text.split('\n').filter((line) => !isOtherGroup(line)).join('\n')
}

function isOtherGroup(text: string): boolean {
  return text.startsWith('33:33:') || text.startsWith('01:00:5e:00:00:6a')
}

function orderLines(text: string): string {
  if (!text.startsWith('[{')) return text.split('\n').sort().join('\n')
  return text.trimEnd().slice(1, -1).split(/(?<=\}),/).sort().join(',')
}

describe('ip and bridge answer as the real ones did', () => {
  for (const recorded of cases) {
    test(recorded.name, async () => {
      const { a, b, simulation } = await twoNodes(recorded.up)
      const wrong: unknown[] = []
      for (const { on, command, stdout, stderr, status } of recorded.steps) {
        if (command.startsWith('sleep ')) {
          simulation.runUntil(simulation.nowNs + Number(command.slice(6)) * 1e9)
          continue
        }
        const result = await (on === 'a' ? a : b).exec(command)
        const got = { command, stdout: comparable(command, result.stdout), stderr: result.stderr, status: result.status }
        const expected = { command, stdout: comparable(command, stdout), stderr, status }
        if (JSON.stringify(got) !== JSON.stringify(expected)) wrong.push({ expected, got })
      }
      expect(wrong).toEqual([])
    })
  }
})
