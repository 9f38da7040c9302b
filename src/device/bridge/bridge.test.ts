import { expect, test } from 'vitest'
import { formatMac } from '../../wire/address.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import type { NetDevice } from '../net-device.ts'
import { stackOf, TestNet } from '../testing.ts'
import { BR_STATE_DISABLED, BR_STATE_FORWARDING, Bridge } from './bridge.ts'
import { FDB_STATIC, Fdb } from './fdb.ts'

const S = 1e9
const MAC = (n: number): number => 0x020000000000 + n

/** A bridge br0 with `count` ports p1.., each linked to a host h1.. of its own. */
function lan(count: number) {
  const net = new TestNet()
  const stack = net.stack()
  const bridge = new Bridge(stack, 'br0', 99, MAC(0xff))
  bridge.device.setUp(true)
  const hosts: NetDevice[] = []
  const ports: NetDevice[] = []
  for (let i = 1; i <= count; i++) {
    const port = net.device(`p${i}`, MAC(0x100 + i), stack)
    const host = net.device(`h${i}`, MAC(i))
    net.link(port, host)
    bridge.addPort(port)
    ports.push(port)
    hosts.push(host)
  }
  const send = (from: number, destination: number, source = MAC(from)): string[] => {
    hosts.forEach((host) => { stackOf(host).received.length = 0 })
    stack.received.length = 0
    hosts[from - 1].transmit(net.frame(destination, source, 60, from))
    net.simulation.runUntil(net.simulation.nowNs)
    return [
      ...hosts.filter((host) => stackOf(host).received.length > 0).map(({ name }) => name),
      ...stack.received.map(({ device }) => device),
    ]
  }
  const table = (): string[] => {
    const entries: string[] = []
    bridge.fdb.forEach(net.simulation.nowNs, bridge.ageingNs, (mac, vid, port) => {
      if (vid === 0 && mac < MAC(0x80)) entries.push(`${formatMac(mac)} port ${port}`)
    })
    return entries
  }
  return { net, bridge, hosts, ports, send, table, stack }
}

test('an unknown destination is flooded to all ports but the one it came from; then its answer teaches the way', () => {
  const { send, table } = lan(3)
  expect(send(1, MAC(2))).toEqual(['h2', 'h3'])
  expect(table()).toEqual(['02:00:00:00:00:01 port 1'])
  expect(send(2, MAC(1))).toEqual(['h1'])
  expect(send(1, MAC(2))).toEqual(['h2'])
  expect(table()).toEqual(['02:00:00:00:00:01 port 1', '02:00:00:00:00:02 port 2'])
})

test('broadcast and multicast go to every other port and up to the bridge itself', () => {
  const { send } = lan(3)
  expect(send(1, 0xffffffffffff)).toEqual(['h2', 'h3', 'br0'])
  expect(send(1, 0x01005e000005)).toEqual(['h2', 'h3', 'br0'])
})

test('a bridge changes no byte', () => {
  const { net, hosts, send } = lan(2)
  send(1, MAC(2))
  const same = net.frame(MAC(2), MAC(1), 60, 1)
  expect(stackOf(hosts[1]).received[0].bytes).toEqual(same.bytes.slice(same.start, same.end))
})

test('a frame to a MAC of the bridge or of a port goes up and to no port', () => {
  const { bridge, ports, send } = lan(2)
  expect(bridge.device.mac).toBe(MAC(0x101))
  expect(send(1, bridge.device.mac)).toEqual(['br0'])
  expect(send(1, ports[1].mac)).toEqual(['br0'])
})

test('a destination behind the port a frame came in by is not sent back', () => {
  const { net, send } = lan(3)
  send(1, MAC(2), MAC(0x11))
  expect(send(1, MAC(0x11))).toEqual([])
  expect(net.pool.dropped[DropReason.BRIDGE_SAME_PORT]).toBe(1)
})

test('an entry is forgotten after the ageing time, to the nanosecond, and not while its host talks', () => {
  const { net, send, table } = lan(3)
  send(2, MAC(1))
  net.simulation.runUntil(299 * S)
  expect(send(1, MAC(2))).toEqual(['h2'])
  net.simulation.runUntil(300 * S)
  expect(send(1, MAC(2))).toEqual(['h2', 'h3'])
  expect(table()).toEqual(['02:00:00:00:00:01 port 1'])
  send(2, MAC(1))
  net.simulation.runUntil(500 * S)
  send(2, MAC(1))
  net.simulation.runUntil(700 * S)
  expect(send(1, MAC(2))).toEqual(['h2'])
})

test('a host that moves to another port is found there after its first frame', () => {
  const { send } = lan(3)
  send(2, MAC(1))
  expect(send(1, MAC(2))).toEqual(['h2'])
  send(3, 0xffffffffffff, MAC(2))
  expect(send(1, MAC(2))).toEqual(['h3'])
})

test('a static entry neither ages nor is flushed when its port goes down', () => {
  const { net, bridge, hosts, ports, send } = lan(3)
  bridge.fdb.set(0x0200, 3, 0, 2, FDB_STATIC, 0)
  net.simulation.runUntil(1000 * S)
  expect(send(1, MAC(3))).toEqual(['h2'])
  hosts[1].setUp(false)
  bridge.updatePort(ports[1])
  hosts[1].setUp(true)
  bridge.updatePort(ports[1])
  expect(send(1, MAC(3))).toEqual(['h2'])
})

test('a port without carrier is disabled, forgets what it learned, and forwards again at once when it is back', () => {
  const { bridge, hosts, ports, send, table } = lan(3)
  send(2, MAC(1))
  hosts[1].setUp(false)
  bridge.updatePort(ports[1])
  expect([bridge.portOf(ports[1])!.state, table()]).toEqual([BR_STATE_DISABLED, []])
  expect(send(1, MAC(2))).toEqual(['h3'])
  hosts[1].setUp(true)
  bridge.updatePort(ports[1])
  expect(bridge.portOf(ports[1])!.state).toBe(BR_STATE_FORWARDING)
  expect(send(1, MAC(2))).toEqual(['h2', 'h3'])
})

test('a bridge has a carrier while one of its ports forwards', () => {
  const { bridge, hosts, ports } = lan(2)
  expect(bridge.device.carrier).toBe(true)
  hosts.forEach((host, i) => {
    host.setUp(false)
    bridge.updatePort(ports[i])
  })
  expect(bridge.device.carrier).toBe(false)
})

// Linux 6.18: ip link add br0 type bridge; ip link set br0 up; a veth end as port, and out again; ip link show br0.
test('a new bridge has a carrier; one whose last port left has none, no MAC and the MTU of Ethernet', () => {
  const { bridge, ports } = lan(2)
  const fresh = new Bridge(bridge.stack, 'br1', 99, 0x020000000063)
  fresh.device.setUp(true)
  expect([fresh.device.carrier, fresh.selected]).toEqual([true, false])
  ports.forEach((port) => { port.mtu = 1400 })
  for (const port of ports) bridge.removePort(port)
  expect([bridge.device.carrier, bridge.selected, bridge.device.mac, bridge.device.mtu]).toEqual([false, true, 0, 1500])
  fresh.addPort(ports[0])
  expect([fresh.device.carrier, fresh.device.mac]).toEqual([true, ports[0].mac])
  fresh.removePort(ports[0])
  expect([fresh.device.carrier, fresh.device.mac]).toEqual([false, 0])
})

test('frames with a multicast or no source are dropped', () => {
  const { net, send } = lan(2)
  expect([send(1, MAC(2), 0x010000000001), send(1, MAC(2), 0)]).toEqual([[], []])
  expect(net.pool.dropped[DropReason.MAC_INVALID_SOURCE]).toBe(2)
})

test('of the 802.1D link-local groups, only the spanning tree address is forwarded; the others stay on the port', () => {
  const { send } = lan(2)
  expect(send(1, 0x0180c2000000)).toEqual(['h2', 'br0'])
  expect(send(1, 0x0180c2000001)).toEqual([])
  expect(send(1, 0x0180c200000e)).toEqual(['p1'])
})

test('the bridge sends its own frames to the port of the destination, or to all', () => {
  const { net, bridge, hosts, send } = lan(3)
  send(2, MAC(1))
  hosts.forEach((host) => { stackOf(host).received.length = 0 })
  bridge.device.transmit(net.frame(MAC(2), bridge.device.mac))
  net.simulation.runUntil(net.simulation.nowNs)
  expect(hosts.map((host) => stackOf(host).received.length)).toEqual([0, 1, 0])
  bridge.device.transmit(net.frame(MAC(0x33), bridge.device.mac))
  net.simulation.runUntil(net.simulation.nowNs)
  expect(hosts.map((host) => stackOf(host).received.length)).toEqual([1, 2, 1])
})

test('isolated ports do not talk to each other, but to the rest', () => {
  const { bridge, ports, send } = lan(3)
  bridge.portOf(ports[0])!.isolated = true
  bridge.portOf(ports[1])!.isolated = true
  expect([send(1, MAC(9)), send(3, MAC(9))]).toEqual([['h3'], ['h1', 'h2']])
})

test('a frame too large for a port is dropped there', () => {
  const { net, ports, send } = lan(2)
  ports[1].mtu = 30
  expect(send(1, MAC(2))).toEqual([])
  expect(net.pool.dropped[DropReason.PKT_TOO_BIG]).toBe(1)
})

test('a port that leaves takes its entries and its promiscuous mode along', () => {
  const { bridge, ports, send, table } = lan(3)
  send(2, MAC(1))
  bridge.removePort(ports[1])
  expect([table(), ports[1].promiscuity, ports[1].master]).toEqual([[], 0, null])
  expect(send(1, MAC(2))).toEqual(['h3'])
  expect(send(2, ports[1].mac)).toEqual(['p2'])
})

test('no frame is lost or kept: all are given back', () => {
  const { net, hosts, send } = lan(8)
  for (let i = 0; i < 200; i++) send(i % 8 + 1, MAC(i * 5 % 8 + 1))
  expect(net.pool.live).toBe(0)
  expect(hosts.every((host) => host.counters.txPackets === 25)).toBe(true)
})

test('the forwarding database behaves as a map would, over growth and removal', () => {
  const fdb = new Fdb()
  const model = new Map<number, number>()
  for (let i = 0; i < 20_000; i++) {
    const mac = Math.imul(i, 0x9e3779b1) >>> 20
    if (i % 3 === 0) {
      expect(fdb.removeMac(mac, 0)).toBe(model.delete(mac))
    } else {
      fdb.set(0, mac, 0, i % 7, 0, 0)
      model.set(mac, i % 7)
    }
  }
  const entries: [number, number][] = []
  fdb.forEach(0, 300e9, (mac, _vid, port) => { entries.push([mac, port]) })
  expect(entries).toEqual([...model].sort((a, b) => a[0] - b[0]))
})
