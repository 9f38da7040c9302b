// What single messages do is recorded from Linux: ipv4/replay.test.ts, the cases `arp: …`. Here: what takes two hosts.
import { describe, expect, test } from 'vitest'
import { IFF_NOARP } from '../device/net-device.ts'
import { parseIpv4 } from '../wire/address.ts'
import { DropReason } from '../wire/drop-reason.ts'
import { withSetting } from './config.ts'
import { inDeviceOf } from './in-device.ts'
import type { InetStack } from './inet-stack.ts'
import { writeSysctl } from './sysctl.ts'
import { TestNet } from './two-hosts.test-data.ts'

/** a 10.0.0.1/8 -- 10.0.0.254 r 10.0.1.254 -- b 10.0.1.1/8: each host takes the other for a neighbour; r is a proxy. */
function proxied(seed = 1): { net: TestNet, a: InetStack, r: InetStack, b: InetStack } {
  const net = new TestNet(seed)
  const [a, r, b] = ['a', 'r', 'b'].map((name) => net.addHost(name))
  net.connect(a, 'eth1', '10.0.0.1/8', r, 'eth1', '10.0.0.254/24')
  net.connect(r, 'eth2', '10.0.1.254/24', b, 'eth1', '10.0.1.1/8')
  writeSysctl(r.ns, 'net/ipv4/ip_forward', '1')
  for (const name of ['eth1', 'eth2']) writeSysctl(r.ns, `net/ipv4/conf/${name}/proxy_arp`, '1')
  return { net, a, r, b }
}

describe('proxy ARP', () => {
  test('two hosts of one wide subnet talk through a router, which answers each with its own address', () => {
    const { net, a } = proxied()
    net.echo(a, '10.0.1.1')
    const lines = net.until(2000).map((line) => line.replace(/^\S+ /, ''))
    expect(lines).toEqual([
      'a:eth1 > broadcast: who has 10.0.1.1, tell 10.0.0.1',
      'r:eth1 > 01: 10.0.1.1 is at 02',
      'a:eth1 > 02: 10.0.0.1 > 10.0.1.1 icmp 8/0 seq 1',
      'r:eth2 > broadcast: who has 10.0.1.1, tell 10.0.1.254',
      'b:eth1 > 03: 10.0.1.1 is at 04',
      'r:eth2 > 04: 10.0.0.1 > 10.0.1.1 icmp 8/0 seq 1',
      'b:eth1 > broadcast: who has 10.0.0.1, tell 10.0.1.1',
      'r:eth2 > 04: 10.0.0.1 is at 03',
      'b:eth1 > 03: 10.0.1.1 > 10.0.0.1 icmp 0/0 seq 1',
      'r:eth1 > 01: 10.0.1.1 > 10.0.0.1 icmp 0/0 seq 1',
    ])
    expect(net.pool.live).toBe(0)
  })

  test('the answer comes after a part of proxy_delay that the seed decides', () => {
    const delays = new Set<number>()
    for (let seed = 1; seed <= 20; seed++) {
      const { net, a } = proxied(seed)
      net.echo(a, '10.0.1.1')
      const answer = net.until(1000).find((line) => line.includes('10.0.1.1 is at 02'))
      const ms = Number(answer?.split(' ')[0])
      expect(ms).toBeGreaterThanOrEqual(0)
      expect(ms).toBeLessThan(800)
      delays.add(ms)
    }
    expect(delays.size).toBeGreaterThan(10)
  })

  test('proxy_qlen: one more than that many may wait, then requests are dropped', () => {
    const { net, a, r } = proxied()
    const inDevice = inDeviceOf(r.ns.deviceByName('eth1')!)
    inDevice.neighborParams = withSetting(inDevice.neighborParams, 'proxyQueueLength', 3)
    for (let n = 1; n <= 10; n++) net.echo(a, `10.0.1.${n}`)
    const answers = net.until(900).filter((line) => line.includes('r:eth1') && line.includes('is at'))
    expect(answers.length).toBe(4)
  })

  test('what waits goes when the device goes down', () => {
    const { net, a, r } = proxied()
    net.echo(a, '10.0.1.1')
    net.simulation.runUntil(0)
    r.ns.deviceByName('eth1')!.setUp(false)
    expect(net.until(900).filter((line) => line.includes('is at'))).toEqual([])
  })
})

describe('devices without ARP', () => {
  test('`arp off`: sends to its own MAC without asking, and drops what it hears', () => {
    const net = new TestNet()
    const [a, b] = ['a', 'b'].map((name) => net.addHost(name))
    net.connect(a, 'eth1', '10.0.0.1/24', b, 'eth1', '10.0.0.2/24')
    const device = a.ns.deviceByName('eth1')!
    device.flags |= IFF_NOARP
    a.arp.onArpFlag(device)
    net.echo(a, '10.0.0.2')
    expect(net.until(1)).toEqual(['0 a:eth1 > 01: 10.0.0.1 > 10.0.0.2 icmp 8/0 seq 1'])
    net.echo(b, '10.0.0.1')
    expect(net.until(2)).toEqual(['1 b:eth1 > broadcast: who has 10.0.0.1, tell 10.0.0.2'])
    expect(net.pool.dropped[DropReason.DEVICE_NOARP]).toBe(1)
  })
})

describe('asked why', () => {
  test('a first contact tells the asking, who it caused to answer, and what was learnt', () => {
    const net = new TestNet()
    const [a, b] = ['a', 'b'].map((name) => net.addHost(name))
    net.connect(a, 'eth1', '10.0.0.1/24', b, 'eth1', '10.0.0.2/24')
    net.simulation.journal.tracing = true
    net.echo(a, '10.0.0.2')
    net.until(1)
    const steps = net.simulation.journal.traces.filter((step) => /arp|neigh/.test(step.hook))
    expect(steps.map((step) => `${step.node} ${step.hook}: ${step.text}`)).toEqual([
      '0 neigh_resolve_output: neighbour 10.0.0.2 on eth1 has no known MAC address (NONE): queue the packet and ask',
      '0 arp_solicit: ask everybody on eth1 who has 10.0.0.2, as 10.0.0.1',
      '1 arp_process: 10.0.0.1 asks for 10.0.0.2, which is this node: answer, and note who asked',
      '0 neigh_update_process_arp_queue: neighbour 10.0.0.2 on eth1 answered, it is at 02:00:00:00:00:02: ' +
        'send what waited',
      '0 arp_process: 10.0.0.2 is at 02:00:00:00:00:02: neighbour REACHABLE',
      '1 neigh_resolve_output: neighbour 10.0.0.1 on eth1 was at 02:00:00:00:00:01 and not heard of lately (STALE): ' +
        'send there, and check in a while (DELAY)',
    ])
    expect(steps[1].causes).toBe(steps[2].trace)
    expect(steps[2].causes).toBe(steps[4].trace)
  })

  test('a host that keeps silent says which setting made it', () => {
    const net = new TestNet()
    const [a, b] = ['a', 'b'].map((name) => net.addHost(name))
    net.connect(a, 'eth1', '10.0.0.1/24', b, 'eth1', '10.0.0.2/24')
    writeSysctl(b.ns, 'net/ipv4/conf/eth1/arp_ignore', '8')
    net.simulation.journal.tracing = true
    net.echo(a, '10.0.0.2')
    net.until(3001)
    const traces = net.simulation.journal.traces
    const told = traces.filter((step) => step.node === 1 && step.hook === 'arp_process').map((step) => step.text)
    expect(told).toEqual(Array(3).fill('arp_ignore is 8: eth1 does not answer for 10.0.0.2'))
    expect(net.pool.dropped[DropReason.ARP_IGNORED]).toBe(3)
    expect(a.neighbors.lookup(a.ns.deviceByName('eth1')!, parseIpv4('10.0.0.2')!)?.state).toBe(0x20)
  })
})
