import { describe, expect, test } from 'vitest'
import { NS_PER_MS } from '../../engine/clock.ts'
import { formatIpv4, formatMac, parseIpv4, parseMac } from '../../wire/address.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import { withSetting } from '../config.ts'
import { inDeviceOf, type NeighborParams } from '../in-device.ts'
import type { InetStack } from '../inet-stack.ts'
import { writeSysctl } from '../sysctl.ts'
import { TestNet } from '../two-hosts.test-data.ts'
import {
  NTF_EXT_LEARNED, NUD_FAILED, NUD_NONE, NUD_NOARP, NUD_PERMANENT, NUD_PROBE, NUD_REACHABLE, NUD_STALE,
  NUD_VALID, stateName, UPDATE_ADMIN, UPDATE_EXT_LEARNED, UPDATE_OVERRIDE, UPDATE_USE, UPDATE_WEAK_OVERRIDE,
} from './constants.ts'
import type { Neighbor } from './neighbor.ts'
import { type Extack, NO_MAC } from './neighbor-table.ts'
import { MIN_TIMER_NS, reachableTimeNs } from './reachable-time.ts'

const ip = (text: string): number => parseIpv4(text)!
const mac = (text: string): number => parseMac(text)!

/** a 10.0.0.1 (mac 01) and b 10.0.0.2 (mac 02) on one cable. */
function pair(): { net: TestNet, a: InetStack, b: InetStack } {
  const net = new TestNet()
  const a = net.addHost('a')
  const b = net.addHost('b')
  net.connect(a, 'eth1', '10.0.0.1/24', b, 'eth1', '10.0.0.2/24')
  net.until(0)
  return { net, a, b }
}

function eth1(stack: InetStack): ReturnType<InetStack['ns']['deviceByName']> & object {
  return stack.ns.deviceByName('eth1')!
}

/** "10.0.0.2 02:00:00:00:00:02 REACHABLE" of each entry that asking made. */
function table(stack: InetStack): string[] {
  return stack.neighbors.sorted().filter((n) => n.state !== NUD_NOARP)
    .map((n) => `${formatIpv4(n.key)} ${formatMac(n.mac)} ${stateName(n.state)}`)
}

function entry(stack: InetStack, address: string): Neighbor {
  return stack.neighbors.lookup(eth1(stack), ip(address))!
}

function setParam(stack: InetStack, key: keyof NeighborParams, value: number): void {
  const inDevice = inDeviceOf(eth1(stack))
  inDevice.neighborParams = withSetting(inDevice.neighborParams, key, value)
}

/** Runs until the entry's state is another, by steps of 1 ms up to the limit; the time in ms, and the state. */
function nextState(net: TestNet, stack: InetStack, address: string, limitMs: number): string {
  const neighbor = entry(stack, address)
  const before = neighbor.state
  while (neighbor.state === before && net.simulation.nowNs < limitMs * NS_PER_MS) {
    net.simulation.runUntil(Math.min(net.simulation.nextEventNs, limitMs * NS_PER_MS))
  }
  return `${net.simulation.nowNs / NS_PER_MS} ${stateName(neighbor.state)}`
}

describe('first contact', () => {
  test('asks by broadcast, is answered, sends what waited; the asked side needs no request of its own', () => {
    const { net, a, b } = pair()
    net.echo(a, '10.0.0.2')
    expect(net.until(1)).toEqual([
      '0 a:eth1 > broadcast: who has 10.0.0.2, tell 10.0.0.1',
      '0 b:eth1 > 01: 10.0.0.2 is at 02',
      '0 a:eth1 > 02: 10.0.0.1 > 10.0.0.2 icmp 8/0 seq 1',
      '0 b:eth1 > 01: 10.0.0.2 > 10.0.0.1 icmp 0/0 seq 1',
    ])
    expect(table(a)).toEqual(['10.0.0.2 02:00:00:00:00:02 REACHABLE'])
    expect(table(b)).toEqual(['10.0.0.1 02:00:00:00:00:01 DELAY'])
    expect(net.pool.live).toBe(0)
  })

  test('the asked side checks the asker by unicast 5 s later, and is content', () => {
    const { net, a, b } = pair()
    net.echo(a, '10.0.0.2')
    net.until(1)
    expect(net.until(4999)).toEqual([])
    expect(net.until(5000)).toEqual([
      '5000 b:eth1 > 01: who has 10.0.0.1, tell 10.0.0.2',
      '5000 a:eth1 > 02: 10.0.0.1 is at 01',
    ])
    expect(table(b)).toEqual(['10.0.0.1 02:00:00:00:00:01 REACHABLE'])
  })

  test('packets that wait are sent in their order', () => {
    const { net, a } = pair()
    for (const n of [1, 2, 3]) net.echo(a, '10.0.0.2', n)
    expect(net.until(1).filter((line) => line.includes('a:eth1'))).toEqual([
      '0 a:eth1 > broadcast: who has 10.0.0.2, tell 10.0.0.1',
      '0 a:eth1 > 02: 10.0.0.1 > 10.0.0.2 icmp 8/0 seq 1',
      '0 a:eth1 > 02: 10.0.0.1 > 10.0.0.2 icmp 8/0 seq 2',
      '0 a:eth1 > 02: 10.0.0.1 > 10.0.0.2 icmp 8/0 seq 3',
    ])
  })
})

describe('nobody answers', () => {
  test('three requests a second apart, FAILED at 3 s, and what waited is dropped as NEIGH_FAILED', () => {
    const { net, a } = pair()
    net.echo(a, '10.0.0.9', 1)
    net.until(500)
    net.echo(a, '10.0.0.9', 2)
    const requests = [...net.until(2999)]
    expect(requests).toEqual([1000, 2000].map((ms) => `${ms} a:eth1 > broadcast: who has 10.0.0.9, tell 10.0.0.1`))
    expect(table(a)).toEqual(['10.0.0.9 00:00:00:00:00:00 INCOMPLETE'])
    expect(entry(a, '10.0.0.9').probes).toBe(6)
    net.until(3000)
    expect(table(a)).toEqual(['10.0.0.9 00:00:00:00:00:00 FAILED'])
    expect(net.pool.dropped[DropReason.NEIGH_FAILED]).toBe(2)
    expect(net.pool.live).toBe(0)
  })

  test('the sender on this very node hears host unreachable, over lo', () => {
    const { net, a } = pair()
    net.echo(a, '10.0.0.9')
    net.until(3001)
    expect(a.counters.icmpOutType(3)).toBe(1)
    expect(a.counters.icmpInType(3)).toBe(1)
  })

  test('the next packet begins anew', () => {
    const { net, a } = pair()
    net.echo(a, '10.0.0.9')
    net.until(3500)
    net.echo(a, '10.0.0.9')
    expect(net.until(3501)).toEqual(['3500 a:eth1 > broadcast: who has 10.0.0.9, tell 10.0.0.1'])
    expect(nextState(net, a, '10.0.0.9', 10_000)).toBe('6500 FAILED')
  })

  test('without mcast_solicit and app_solicit it fails at once, silently', () => {
    const { net, a } = pair()
    setParam(a, 'mcastProbes', 0)
    net.echo(a, '10.0.0.9')
    expect(net.until(1)).toEqual([])
    expect(table(a)).toEqual(['10.0.0.9 00:00:00:00:00:00 FAILED'])
    expect(net.pool.dropped[DropReason.NEIGH_FAILED]).toBe(1)
    expect(a.counters.icmpOutMsgs).toBe(0)
  })

  test('unres_qlen_bytes: 212,992 bytes hold 256 small packets; the oldest make room (NEIGH_QUEUEFULL)', () => {
    const { net, a } = pair()
    for (let n = 0; n < 300; n++) net.echo(a, '10.0.0.9', n)
    expect(net.pool.dropped[DropReason.NEIGH_QUEUEFULL]).toBe(44)
    expect(entry(a, '10.0.0.9').queue?.length).toBe(256)
    expect(a.neighbors.unresolvedDiscards).toBe(44)
  })

  test('unres_qlen_bytes counts full-sized packets as 2304: 92 of them wait', () => {
    const { net, a } = pair()
    for (let n = 0; n < 100; n++) net.echo(a, '10.0.0.9', n, 1400)
    expect(entry(a, '10.0.0.9').queue?.length).toBe(92)
  })
})

describe('the life of an entry', () => {
  test('REACHABLE for its drawn time, STALE when nothing used it', () => {
    const { net, a } = pair()
    net.echo(a, '10.0.0.2')
    net.until(1)
    const reachableNs = reachableTimeNs(a.ns, inDeviceOf(eth1(a)))
    expect(reachableNs).toBeGreaterThanOrEqual(15e9)
    expect(reachableNs).toBeLessThan(45e9)
    expect(nextState(net, a, '10.0.0.2', 60_000)).toBe(`${(reachableNs + MIN_TIMER_NS) / NS_PER_MS} STALE`)
  })

  test('every device draws a time of its own', () => {
    const { a, b } = pair()
    expect(reachableTimeNs(a.ns, inDeviceOf(eth1(a)))).not.toBe(reachableTimeNs(b.ns, inDeviceOf(eth1(b))))
  })

  test('confirmation by an upper layer keeps it REACHABLE', () => {
    const { net, a } = pair()
    net.echo(a, '10.0.0.2')
    const times = reachableTimeNs(a.ns, inDeviceOf(eth1(a))) / NS_PER_MS
    net.until(times - 1000)
    a.neighbors.confirm(entry(a, '10.0.0.2'))
    expect(nextState(net, a, '10.0.0.2', 90_000)).toBe(`${times - 1000 + times + 8} STALE`)
  })

  test('a STALE entry is used at its old address, DELAY for 5 s, then asked by unicast', () => {
    const { net, a, b } = pair()
    net.echo(a, '10.0.0.2')
    net.until(60_000)
    expect(table(a)).toEqual(['10.0.0.2 02:00:00:00:00:02 STALE'])
    eth1(b).setMac(mac('02:00:00:00:00:44'))
    net.echo(a, '10.0.0.2')
    expect(net.until(60_001)).toEqual(['60000 a:eth1 > 02: 10.0.0.1 > 10.0.0.2 icmp 8/0 seq 1'])
    expect(table(a)).toEqual(['10.0.0.2 02:00:00:00:00:02 DELAY'])
    expect(nextState(net, a, '10.0.0.2', 70_000)).toBe('65000 PROBE')
    expect(nextState(net, a, '10.0.0.2', 70_000)).toBe('68000 FAILED')
    const asked = [65_000, 66_000, 67_000].map((ms) => `${ms} a:eth1 > 02: who has 10.0.0.2, tell 10.0.0.1`)
    expect(net.until(68_000)).toEqual(asked)
    // What is sent after that asks everybody, and finds the new address.
    net.echo(a, '10.0.0.2')
    net.until(68_001)
    expect(table(a)).toEqual(['10.0.0.2 02:00:00:00:00:44 REACHABLE'])
  })

  test('confirmation within DELAY saves the request', () => {
    const { net, a } = pair()
    net.echo(a, '10.0.0.2')
    net.until(60_000)
    net.echo(a, '10.0.0.2')
    net.until(62_000)
    a.neighbors.confirm(entry(a, '10.0.0.2'))
    expect(nextState(net, a, '10.0.0.2', 70_000)).toBe('65000 REACHABLE')
    expect(net.until(66_000).filter((line) => line.includes('a:eth1 > 02: who'))).toEqual([])
  })

  test('what is used shortly before its time is over goes to DELAY, not STALE', () => {
    const { net, a } = pair()
    net.echo(a, '10.0.0.2')
    net.until(1)
    const neighbor = entry(a, '10.0.0.2')
    const endMs = reachableTimeNs(a.ns, inDeviceOf(eth1(a))) / NS_PER_MS + 8
    net.until(endMs - 4000)
    neighbor.usedNs = net.simulation.nowNs
    expect(nextState(net, a, '10.0.0.2', 60_000)).toBe(`${endMs} DELAY`)
  })
})

describe('update', () => {
  function known(state = NUD_REACHABLE): { net: TestNet, a: InetStack, neighbor: Neighbor } {
    const { net, a } = pair()
    const neighbor = a.neighbors.getOrCreate(eth1(a), ip('10.0.0.7'))!
    a.neighbors.update(neighbor, mac('02:00:00:00:00:07'), state, UPDATE_ADMIN | UPDATE_OVERRIDE)
    return { net, a, neighbor }
  }
  const other = mac('02:00:00:00:00:08')
  const rows: [string, number, number, number, string][] = [
    ['another address without OVERRIDE is not taken', NUD_REACHABLE, NUD_REACHABLE, 0, '07 REACHABLE'],
    ['another address with OVERRIDE is taken', NUD_REACHABLE, NUD_STALE, UPDATE_OVERRIDE, '08 STALE'],
    ['WEAK_OVERRIDE only casts doubt', NUD_REACHABLE, NUD_REACHABLE, UPDATE_WEAK_OVERRIDE, '07 STALE'],
    ['WEAK_OVERRIDE does nothing to a STALE one', NUD_STALE, NUD_REACHABLE, UPDATE_WEAK_OVERRIDE, '07 STALE'],
    ['PERMANENT is not changed by others', NUD_PERMANENT, NUD_REACHABLE, UPDATE_OVERRIDE, '07 PERMANENT'],
    ['PERMANENT is changed by a person', NUD_PERMANENT, NUD_STALE, UPDATE_OVERRIDE | UPDATE_ADMIN, '08 STALE'],
    ['USE takes PERMANENT away', NUD_PERMANENT, NUD_STALE, UPDATE_USE | UPDATE_ADMIN, '07 NONE'],
  ]
  for (const [name, before, state, flags, after] of rows) {
    test(name, () => {
      const { a, neighbor } = known(before)
      a.neighbors.update(neighbor, other, state, flags)
      expect(`${formatMac(neighbor.mac).slice(-2)} ${stateName(neighbor.state)}`).toBe(after)
    })
  }

  test('the same address as STALE leaves a REACHABLE entry as it is, unless a person says so', () => {
    const { a, neighbor } = known()
    a.neighbors.update(neighbor, neighbor.mac, NUD_STALE, UPDATE_OVERRIDE)
    expect(neighbor.state).toBe(NUD_REACHABLE)
    a.neighbors.update(neighbor, neighbor.mac, NUD_STALE, UPDATE_OVERRIDE | UPDATE_ADMIN)
    expect(neighbor.state).toBe(NUD_STALE)
  })

  test('no address for an entry without one: EINVAL, in the kernel\'s words', () => {
    const { a } = pair()
    const neighbor = a.neighbors.getOrCreate(eth1(a), ip('10.0.0.7'))!
    const extack: Extack = { text: '' }
    expect(a.neighbors.update(neighbor, NO_MAC, NUD_REACHABLE, UPDATE_ADMIN, extack)).toBe(-22)
    expect(extack.text).toBe('No link layer address given')
    expect(neighbor.state).toBe(NUD_NONE)
  })

  test('a dead entry: EPERM', () => {
    const { a, neighbor } = known()
    a.neighbors.remove(neighbor)
    const extack: Extack = { text: '' }
    expect(a.neighbors.update(neighbor, other, NUD_STALE, UPDATE_ADMIN, extack)).toBe(-1)
    expect(extack.text).toBe('Neighbor entry is now dead')
  })

  test('PROBE set by hand asks at once, by unicast', () => {
    const { net, a, neighbor } = known(NUD_STALE)
    a.neighbors.update(neighbor, NO_MAC, NUD_PROBE, UPDATE_ADMIN)
    expect(net.until(1)).toEqual(['0 a:eth1 > 07: who has 10.0.0.7, tell 10.0.0.1'])
  })

  test('deleting an INCOMPLETE entry answers what waits in it, then listeners hear FAILED and its end', () => {
    const { net, a } = pair()
    const heard: string[] = []
    a.neighbors.onChange((n, event) => heard.push(`${event} ${formatIpv4(n.key)} ${stateName(n.state)}`))
    net.echo(a, '10.0.0.9')
    net.until(100)
    a.neighbors.removeByAdmin(entry(a, '10.0.0.9'))
    expect(heard).toEqual(['change 10.0.0.9 FAILED', 'delete 10.0.0.9 FAILED'])
    expect(net.pool.dropped[DropReason.NEIGH_FAILED]).toBe(1)
    expect(net.until(5000)).toEqual([])
  })
})

describe('devices', () => {
  test('down: all entries go, newest first, permanent ones too; what waited is purged', () => {
    const { net, a } = pair()
    const permanent = a.neighbors.getOrCreate(eth1(a), ip('10.0.0.7'))!
    a.neighbors.update(permanent, mac('02:00:00:00:00:07'), NUD_PERMANENT, UPDATE_ADMIN)
    net.echo(a, '10.0.0.9')
    const heard: string[] = []
    a.neighbors.onChange((n, event) => heard.push(`${event} ${formatIpv4(n.key)}`))
    eth1(a).setUp(false)
    expect(heard).toEqual(['delete 10.0.0.9', 'delete 10.0.0.7'])
    expect(a.neighbors.size).toBe(0)
    expect(net.pool.dropped[DropReason.QUEUE_PURGE]).toBe(1)
  })

  test('no carrier: entries go, permanent ones stay (arp_evict_nocarrier)', () => {
    const { net, a, b } = pair()
    net.echo(a, '10.0.0.2')
    net.until(1)
    const permanent = a.neighbors.getOrCreate(eth1(a), ip('10.0.0.7'))!
    a.neighbors.update(permanent, mac('02:00:00:00:00:07'), NUD_PERMANENT, UPDATE_ADMIN)
    eth1(b).setUp(false)
    expect(table(a)).toEqual(['10.0.0.7 02:00:00:00:00:07 PERMANENT'])
  })

  test('arp_evict_nocarrier 0: all stay', () => {
    const { net, a, b } = pair()
    net.echo(a, '10.0.0.2')
    net.until(1)
    const inDevice = inDeviceOf(eth1(a))
    inDevice.conf = withSetting(inDevice.conf, 'arpEvictNocarrier', 0)
    eth1(b).setUp(false)
    expect(table(a)).toEqual(['10.0.0.2 02:00:00:00:00:02 REACHABLE'])
  })

  test('arp_notify: coming up announces every address, in the order of the interface', () => {
    const { net, a } = pair()
    net.address(a, eth1(a), '10.0.5.1/24')
    const inDevice = inDeviceOf(eth1(a))
    inDevice.conf = withSetting(inDevice.conf, 'arpNotify', 1)
    eth1(a).setUp(false)
    net.until(1)
    eth1(a).setUp(true)
    expect(net.until(2)).toEqual([
      '1 a:eth1 > broadcast: who has 10.0.0.1, tell 10.0.0.1',
      '1 a:eth1 > broadcast: who has 10.0.5.1, tell 10.0.5.1',
    ])
  })

  test('addresses that need no asking: multicast, broadcast, loopback', () => {
    const { a } = pair()
    const keys = [['eth1', '224.0.0.5'], ['eth1', '10.0.0.255'], ['lo', '127.0.0.1'], ['lo', '127.0.0.2']]
    const rows = keys.map(([name, key]) => {
      const n = a.neighbors.getOrCreate(a.ns.deviceByName(name)!, ip(key))!
      return `${formatIpv4(n.key)} ${formatMac(n.mac)} ${stateName(n.state)}`
    })
    expect(rows).toEqual([
      '224.0.0.5 01:00:5e:00:00:05 NOARP', '10.0.0.255 ff:ff:ff:ff:ff:ff NOARP', '0.0.0.0 00:00:00:00:00:00 NOARP',
      '0.0.0.0 00:00:00:00:00:00 NOARP',
    ])
  })
})

test('listeners hear what `ip monitor neigh` tells, in its order (fixtures/events.txt)', () => {
  const net = new TestNet()
  const [a, b] = ['a', 'b'].map((name) => net.addHost(name))
  net.connect(a, 'eth1', '10.0.1.1/24', b, 'eth1', '10.0.1.9/24')
  const heard: string[] = []
  a.neighbors.onChange((n, event) => {
    const shown = (n.state & NUD_VALID) === 0 ? '' : ` ${formatMac(n.mac).slice(-2)}`
    heard.push(`${event === 'delete' ? 'Deleted ' : ''}${formatIpv4(n.key)}${shown} ${stateName(n.state)}`)
  })
  const set = (address: string, lladdr: string, state: number): void => {
    const neighbor = a.neighbors.getOrCreate(eth1(a), ip(address))!
    a.neighbors.update(neighbor, mac(lladdr), state, UPDATE_ADMIN | UPDATE_OVERRIDE)
  }
  const after = (ms: number, wanted: string[]): void => {
    net.until(ms)
    expect(heard.splice(0)).toEqual(wanted)
  }
  net.echo(a, '10.0.1.9')
  after(200, ['10.0.1.9 02 REACHABLE'])
  net.echo(a, '10.0.1.77')
  after(3500, ['10.0.1.77 FAILED'])
  a.neighbors.removeByAdmin(entry(a, '10.0.1.77'))
  after(3500, ['Deleted 10.0.1.77 FAILED'])
  a.neighbors.removeByAdmin(entry(a, '10.0.1.9'))
  after(3500, ['10.0.1.9 FAILED', 'Deleted 10.0.1.9 FAILED'])
  set('10.0.1.50', '02:00:00:00:01:50', NUD_PERMANENT)
  set('10.0.1.50', '02:00:00:00:01:51', NUD_REACHABLE)
  set('10.0.1.50', '02:00:00:00:01:51', NUD_STALE)
  after(3600, ['10.0.1.50 50 PERMANENT', '10.0.1.50 51 REACHABLE', '10.0.1.50 51 STALE'])
  net.echo(a, '10.0.1.78')
  net.until(3700)
  a.neighbors.removeByAdmin(entry(a, '10.0.1.78'))
  a.neighbors.removeByAdmin(entry(a, '10.0.1.50'))
  after(3800, ['10.0.1.78 FAILED', 'Deleted 10.0.1.78 FAILED', '10.0.1.50 FAILED', 'Deleted 10.0.1.50 FAILED'])
  net.echo(a, '10.0.1.9')
  net.until(3900)
  set('10.0.1.51', '02:00:00:00:01:51', NUD_PERMANENT)
  set('10.0.1.52', '02:00:00:00:01:52', NUD_PERMANENT)
  after(3900, ['10.0.1.9 02 REACHABLE', '10.0.1.51 51 PERMANENT', '10.0.1.52 52 PERMANENT'])
  eth1(a).setUp(false)
  after(3900, ['Deleted 10.0.1.52 52 PERMANENT', 'Deleted 10.0.1.51 51 PERMANENT', 'Deleted 10.0.1.9 02 REACHABLE'])
  eth1(a).setUp(true)
  net.echo(a, '10.0.1.9')
  net.until(4000)
  set('10.0.1.51', '02:00:00:00:01:51', NUD_PERMANENT)
  eth1(b).setUp(false)
  after(4100, ['10.0.1.9 02 REACHABLE', '10.0.1.51 51 PERMANENT', 'Deleted 10.0.1.9 02 REACHABLE'])
})

describe('limits', () => {
  function fill(a: InetStack, from: number, to: number, state: number): void {
    for (let i = from; i < to; i++) {
      const neighbor = a.neighbors.getOrCreate(eth1(a), ip('10.0.0.0') + 1000 + i)
      if (neighbor !== null) a.neighbors.update(neighbor, mac('02:00:00:00:00:07'), state, UPDATE_ADMIN)
    }
  }

  test('gc_thresh3: no more than 1024, when none is old enough to go', () => {
    const { a } = pair()
    fill(a, 0, 1100, NUD_STALE)
    expect(a.neighbors.size).toBe(1024)
    expect(a.neighbors.tableFulls).toBe(76)
    expect(a.neighbors.getOrCreate(eth1(a), ip('10.0.0.77'))).toBe(null)
  })

  test('gc_thresh2: from 512 on, those older than 5 s make room', () => {
    const { net, a } = pair()
    fill(a, 0, 512, NUD_STALE)
    net.until(5001)
    fill(a, 512, 513, NUD_STALE)
    expect(a.neighbors.size).toBe(512)
    expect(a.neighbors.lookup(eth1(a), ip('10.0.0.0') + 1000)).toBe(null)
    expect(a.neighbors.lookup(eth1(a), ip('10.0.0.0') + 1001)).not.toBe(null)
  })

  test('permanent and learnt ones count for nothing and stay', () => {
    const { net, a } = pair()
    fill(a, 0, 1500, NUD_PERMANENT)
    const learnt = a.neighbors.create(eth1(a), ip('10.0.0.50'), NTF_EXT_LEARNED, true)!
    a.neighbors.update(learnt, mac('02:00:00:00:00:50'), NUD_STALE, UPDATE_ADMIN | UPDATE_EXT_LEARNED)
    net.until(200_000)
    expect(a.neighbors.size).toBe(1501)
    expect(a.neighbors.tableFulls).toBe(0)
  })

  test('gc_thresh1 and gc_thresh3 can be set', () => {
    const { net, a } = pair()
    writeSysctl(a.ns, 'net/ipv4/neigh/default/gc_thresh1', '1')
    writeSysctl(a.ns, 'net/ipv4/neigh/default/gc_thresh3', '5')
    fill(a, 0, 8, NUD_STALE)
    expect(a.neighbors.size).toBe(5)
    net.until(76_000)
    expect(a.neighbors.size).toBe(0)
  })

  test('gc_thresh1: below 128 nothing is collected, ever', () => {
    const { net, a } = pair()
    fill(a, 0, 127, NUD_STALE)
    net.until(600_000)
    expect(a.neighbors.size).toBe(127)
  })

  test('gc_stale_time: from 128 on, what was not used for 60 s goes, and what failed', () => {
    const { net, a } = pair()
    fill(a, 0, 130, NUD_STALE)
    fill(a, 0, 1, NUD_FAILED)
    net.until(14_999)
    expect(a.neighbors.size).toBe(130)
    net.until(15_001)
    expect(a.neighbors.size).toBe(129)
    net.until(76_000)
    expect(a.neighbors.size).toBe(0)
  })
})
