/**
 * How fast does a packet go through routers? A host, ten routers, a host; 200,000 UDP datagrams of 64 and of 1,400
 * bytes, sent and received by sockets, checksums written and verified, static routes, neighbours found by ARP. They
 * leave a microsecond apart over links of 100 us, so that about a hundred are on each and none is dropped.
 *
 * Unit: packet-hops a CPU second, that is packets times the eleven links they cross; setting up is not counted.
 * `heap-growth`: what a million hops leave on the JavaScript heap after a collection, which is what allocating per hop
 * would show, and `heap-churn`: what they leave before one.
 */
import { formatIpv4, ipv4 } from '../src/wire/address.ts'
import { ceilingHopsPerSecond } from './ceiling.ts'
import { bench, collectGarbage, report } from './harness.ts'
import { BenchNetwork } from './network.ts'
import { PacedSender } from './paced-sender.ts'

const ROUTERS = 10
const LINKS = ROUTERS + 1
const PACKETS = 200_000
const PERIOD_NS = 1_000
const DELAY_NS = 100_000
const PORT = 9000
const NAME = 'forward-chain'

function chain(size: number): { send: (packets: number) => number } {
  const net = new BenchNetwork()
  const first = net.node('first')
  const routers = Array.from({ length: ROUTERS }, (_, i) => net.node(`r${i}`))
  const last = net.node('last')
  const path = [first, ...routers, last]
  for (let i = 0; i < LINKS; i++) {
    const a = path[i].device('out')
    const b = path[i + 1].device('in')
    net.link(a, b, DELAY_NS)
    path[i].address(a, `${formatIpv4(ipv4(10, 0, i, 1))}/24`)
    path[i + 1].address(b, `${formatIpv4(ipv4(10, 0, i, 2))}/24`)
  }
  path.forEach((node, i) => {
    if (i > 0 && i < LINKS) node.forward()
    if (i < LINKS - 1) node.route(`10.0.${LINKS - 1}.0/24`, `10.0.${i}.2`)
    if (i > 1) node.route('10.0.0.0/24', `10.0.${i - 1}.1`)
  })
  const receiver = last.sockets.udp.open()
  receiver.bind(0, PORT)
  const buffer = new Uint8Array(2048)
  let received = 0
  receiver.onReadable = { wake: () => { while (receiver.receiveInto(buffer) >= 0) received++ } }
  const socket = first.sockets.udp.open()
  socket.connect(ipv4(10, 0, LINKS - 1, 2), PORT)
  const { simulation } = net
  const payload = new Uint8Array(size).fill(0x5a)
  const sender = new PacedSender(simulation, 0, PERIOD_NS, () => { socket.send(payload) })
  const send = (packets: number): number => {
    received = 0
    sender.start(packets)
    simulation.runUntil(simulation.nowNs + packets * PERIOD_NS + 100 * LINKS * DELAY_NS)
    if (received !== packets) throw new Error(`${packets - received} of ${packets} packets were lost`)
    if (net.pool.live !== 0) throw new Error(`${net.pool.live} frames leaked`)
    return packets * LINKS
  }
  send(1)
  simulation.runUntil(simulation.nowNs + 10e9)
  return { send }
}

export function run(): void {
  for (const [name, size] of [['64B', 64], ['1400B', 1400]] as const) {
    const { send } = chain(size)
    bench(NAME, name, 'packet-hops/s', () => send(PACKETS))
  }
  report(NAME, 'ceiling:64B', 'packet-hops/s', ceilingHopsPerSecond())
  heap()
}

function heap(): void {
  const { send } = chain(64)
  send(PACKETS)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const hops = send(Math.ceil(1_000_000 / LINKS))
  const churn = process.memoryUsage().heapUsed - before
  collectGarbage()
  const growth = process.memoryUsage().heapUsed - before
  report(NAME, 'heap-growth', 'bytes', Math.max(0, growth) / hops * 1_000_000)
  report(NAME, 'heap-churn', 'bytes', Math.max(0, churn))
}
