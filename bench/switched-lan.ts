/**
 * How fast is a bridge? 16 hosts on one Linux bridge, each sending UDP datagrams to every other in turn, by sockets,
 * checksums written and verified; the bridge has learned everybody, so nothing is flooded.
 *
 * Unit: packet-hops a CPU second: packets times the two links they cross. `flood`: the same number of broadcasts, where
 * each packet crosses 16 links.
 */
import type { UdpSocket } from '../src/socket/udp.ts'
import { formatIpv4, ipv4 } from '../src/wire/address.ts'
import { ceilingHopsPerSecond } from './ceiling.ts'
import { bench, report } from './harness.ts'
import { BenchNetwork } from './network.ts'
import { PacedSender } from './paced-sender.ts'

const HOSTS = 16
const PACKETS = 320_000
const BROADCASTS = 20_000
const DELAY_NS = 10_000
const PERIOD_NS = 2_000
const PORT = 9000
const NAME = 'switched-lan'

interface Lan {
  readonly unicast: (packets: number) => number
  readonly flood: (packets: number) => number
}

function lan(size: number): Lan {
  const net = new BenchNetwork()
  const { simulation } = net
  const bridge = net.bridge(net.node('bridge'))
  const buffer = new Uint8Array(2048)
  const payload = new Uint8Array(size).fill(0x5a)
  let received = 0
  const hosts: UdpSocket[] = []
  const addresses: number[] = []
  for (let i = 0; i < HOSTS; i++) {
    const node = net.node(`h${i}`)
    const device = node.device('eth1')
    const port = net.nodes[0].device(`p${i}`)
    net.link(port, device, DELAY_NS)
    bridge.addPort(port)
    addresses.push(ipv4(10, 0, 0, i + 1))
    node.address(device, `${formatIpv4(addresses[i])}/24`)
    const socket = node.sockets.udp.open()
    socket.bind(0, PORT)
    socket.broadcast = true
    socket.onReadable = { wake: () => { while (socket.receiveInto(buffer) >= 0) received++ } }
    hosts.push(socket)
  }
  const broadcast = ipv4(10, 0, 0, 255)
  let flooding = false
  const senders = hosts.map((socket, i) => {
    let next = i
    return new PacedSender(simulation, i + 1, PERIOD_NS, () => {
      if (flooding) {
        socket.sendTo(payload, broadcast, PORT)
        return
      }
      next = (next + 1) % HOSTS
      if (next === i) next = (next + 1) % HOSTS
      socket.sendTo(payload, addresses[next], PORT)
    })
  })
  const send = (packets: number, copies: number): void => {
    received = 0
    senders.forEach((sender) => { sender.start(packets / HOSTS) })
    simulation.runUntil(simulation.nowNs + packets / HOSTS * PERIOD_NS + 1000 * DELAY_NS)
    if (received !== packets * copies) throw new Error(`${received} of ${packets * copies} packets came`)
    if (net.pool.live !== 0) throw new Error(`${net.pool.live} frames leaked`)
  }
  send(HOSTS * HOSTS, 1)
  simulation.runUntil(simulation.nowNs + 10e9)
  const unicast = (packets: number): number => {
    flooding = false
    send(packets, 1)
    return packets * 2
  }
  const flood = (packets: number): number => {
    flooding = true
    // Each one comes back to its sender as well, as on Linux.
    send(packets, HOSTS)
    return packets * HOSTS
  }
  return { unicast, flood }
}

export function run(): void {
  for (const [name, size] of [['64B', 64], ['1400B', 1400]] as const) {
    const { unicast } = lan(size)
    bench(NAME, name, 'packet-hops/s', () => unicast(PACKETS))
  }
  const { flood } = lan(64)
  bench(NAME, 'flood', 'packet-hops/s', () => flood(BROADCASTS))
  report(NAME, 'ceiling:64B', 'packet-hops/s', ceilingHopsPerSecond())
}
