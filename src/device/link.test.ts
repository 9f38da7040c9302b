import { expect, test } from 'vitest'
import { DropReason } from '../wire/drop-reason.ts'
import { HELD_LIMIT, type Impairments, PERFECT } from './link.ts'
import { stackOf, TestNet } from './testing.ts'

const A = 0x020000000001
const B = 0x020000000002
const MS = 1_000_000

function pair(impairments: Partial<Impairments> = {}, seed = 1) {
  const net = new TestNet(seed)
  const a = net.device('a', A)
  const b = net.device('b', B)
  const link = net.link(a, b)
  link.a.setImpairments({ ...PERFECT, ...impairments }, 'a > b')
  const send = (length = 60, first = 0): void => a.transmit(net.frame(B, A, length, first))
  const arrivals = (): number[] => stackOf(b).received.map(({ timeNs }) => timeNs)
  return { net, a, b, link, send, arrivals, run: (ns: number) => net.simulation.runUntil(ns) }
}

test('a perfect link delivers at once, the same bytes, and counts both ends', () => {
  const { net, a, b, send, run } = pair()
  send(100)
  run(0)
  const [got] = stackOf(b).received
  const same = net.frame(B, A, 100)
  expect(got.bytes).toEqual(same.bytes.slice(same.start, same.end))
  expect([a.counters.txPackets, a.counters.txBytes, b.counters.rxPackets, b.counters.rxBytes]).toEqual([1, 100, 1, 100])
})

test('delay moves each frame by the same time and keeps the order', () => {
  const { send, arrivals, run, net, b } = pair({ delayNs: 5 * MS })
  for (let i = 0; i < 20; i++) {
    send(60, i)
    net.simulation.runUntil(net.simulation.nowNs + 100)
  }
  run(1000 * MS)
  expect(arrivals()).toEqual(Array.from({ length: 20 }, (_, i) => 5 * MS + i * 100))
  expect(stackOf(b).received.map(({ bytes }) => bytes[14])).toEqual(Array.from({ length: 20 }, (_, i) => i + 14))
})

test('a link has one entry in the event queue, however many frames are in flight', () => {
  const { send, net, link } = pair({ delayNs: 5 * MS })
  for (let i = 0; i < 100; i++) send()
  expect([net.simulation.queue.size, link.a.inFlight]).toEqual([1, 100])
})

test('bandwidth: a frame takes its bits, padding to 60 and the 24 bytes that only the wire sees', () => {
  const { send, arrivals, run } = pair({ rateBps: 1_000_000 })
  send(60)
  send(42)
  send(1514)
  run(1000 * MS)
  const short = (60 + 24) * 8000
  expect(arrivals()).toEqual([short, 2 * short, 2 * short + (1514 + 24) * 8000])
})

test('a queue limited in packets drops the tail, and the count of waiting frames goes down as they leave', () => {
  const { send, arrivals, run, a, link, net } = pair({ rateBps: 1_000_000, queuePackets: 3 })
  for (let i = 0; i < 5; i++) send()
  expect([link.a.waiting, link.a.overflowed, a.counters.txDropped]).toEqual([3, 2, 2])
  expect(net.pool.dropped[DropReason.QDISC_DROP]).toBe(2)
  run(84 * 8000)
  expect(link.a.waiting).toBe(2)
  send()
  send()
  expect([link.a.waiting, link.a.overflowed]).toEqual([3, 3])
  run(1000 * MS)
  expect(arrivals().length).toBe(4)
  expect(net.pool.live).toBe(0)
})

test('a queue limited in bytes drops what would not fit', () => {
  const { send, link } = pair({ rateBps: 1_000_000, queuePackets: 0, queueBytes: 1000 })
  send(600)
  send(500)
  send(400)
  expect([link.a.waiting, link.a.overflowed]).toEqual([2, 1])
})

test('loss: about its share of frames, the same ones for the same seed, others for another', () => {
  const lostOf = (seed: number): number[] => {
    const { send, run, b, net } = pair({ loss: 0.2 }, seed)
    for (let i = 0; i < 200; i++) send(60, i)
    run(MS)
    expect(net.pool.live).toBe(0)
    return stackOf(b).received.map(({ bytes }) => bytes[14])
  }
  const first = lostOf(1)
  expect(first.length).toBeGreaterThan(140)
  expect(first.length).toBeLessThan(180)
  expect(lostOf(1)).toEqual(first)
  expect(lostOf(2)).not.toEqual(first)
})

test('duplication: the copy comes with the original, byte for byte', () => {
  const { send, run, b, net } = pair({ duplicate: 1, delayNs: MS })
  send(60, 9)
  run(10 * MS)
  const [one, two] = stackOf(b).received
  expect(one.bytes).toEqual(two.bytes)
  expect([stackOf(b).received.length, net.pool.live]).toEqual([2, 0])
})

test('reordering: a frame that skips the delay overtakes those before it', () => {
  const { send, run, b, link } = pair({ delayNs: MS })
  send(60, 0)
  send(60, 1)
  link.a.setImpairments({ ...PERFECT, delayNs: MS, reorder: 1 }, 'a > b')
  send(60, 2)
  run(10 * MS)
  expect(stackOf(b).received.map(({ bytes, timeNs }) => [bytes[14] - 14, timeNs])).toEqual([[2, 0], [0, MS], [1, MS]])
})

test('jitter: delays lie within its bounds and frames may overtake', () => {
  const { send, run, arrivals, b } = pair({ delayNs: 10 * MS, jitterNs: 4 * MS })
  for (let i = 0; i < 100; i++) send(60, i)
  run(1000 * MS)
  expect(Math.min(...arrivals())).toBeGreaterThanOrEqual(6 * MS)
  expect(Math.max(...arrivals())).toBeLessThanOrEqual(14 * MS)
  expect(arrivals()).toEqual([...arrivals()].sort((x, y) => x - y))
  const order = stackOf(b).received.map(({ bytes }) => bytes[14])
  expect(order).not.toEqual([...order].sort((x, y) => x - y))
  expect(new Set(order).size).toBe(100)
})

test('corruption: one bit differs, the receiver finds a bad FCS, counts a CRC error and drops', () => {
  const { net, send, run, b, link } = pair({ corrupt: 1 })
  net.simulation.journal.recording = true
  net.simulation.journal.keeping = true
  send(60)
  run(MS)
  expect(stackOf(b).received).toEqual([])
  expect([b.counters.rxErrors, b.counters.rxCrcErrors, b.counters.rxPackets, link.a.corrupted]).toEqual([1, 1, 0, 1])
  const [sent, dropped] = net.simulation.journal.records
  const bits = sent.bytes!.reduce((sum, byte, i) => sum + bitCount(byte ^ dropped.bytes![i]), 0)
  expect([bits, dropped.c]).toEqual([1, DropReason.LINK_CORRUPT_FCS])
})

test('corrupting one copy of a flooded frame leaves the other copies alone', () => {
  const { net, a, run, b } = pair({ corrupt: 1 })
  const frame = net.frame(B, A, 60)
  const other = net.pool.clone(frame)
  const before = other.bytes.slice(other.start, other.end)
  a.transmit(frame)
  run(MS)
  expect(other.bytes.slice(other.start, other.end)).toEqual(before)
  expect(b.counters.rxCrcErrors).toBe(1)
})

test('cutting the link loses what is on it, takes the carrier of both ends, and mending gives it back', () => {
  const { net, a, b, link, send, run } = pair({ delayNs: MS })
  send()
  send()
  link.setUp(false)
  expect([a.carrier, b.carrier, net.pool.dropped[DropReason.LINK_DOWN], net.pool.live]).toEqual([false, false, 2, 0])
  send()
  expect(net.pool.dropped[DropReason.CARRIER_OFF]).toBe(1)
  run(10 * MS)
  link.setUp(true)
  send()
  run(20 * MS)
  expect([a.carrier, b.carrier, stackOf(b).received.length]).toEqual([true, true, 1])
  expect(stackOf(a).events).toEqual(['a up', 'a carrier', 'a carrier'])
})

test('as with veth, an end that is set down takes the carrier of the other end', () => {
  const { a, b } = pair()
  b.setUp(false)
  expect([a.carrier, a.running, a.up]).toEqual([false, false, true])
  b.setUp(true)
  expect([a.carrier, b.carrier]).toEqual([true, true])
})

test('frames for another station reach the device as PACKET_OTHERHOST; a veth counts no multicast, as in Linux', () => {
  const { net, a, b, run } = pair()
  a.transmit(net.frame(0x020000000099, A))
  a.transmit(net.frame(0xffffffffffff, A))
  a.transmit(net.frame(0x01005e000001, A))
  run(MS)
  expect(stackOf(b).received.length).toBe(3)
  expect([b.counters.multicast, b.counters.rxPackets]).toEqual([0, 3])
})

test('a frame larger than the receiver takes is dropped there, one VLAN tag above the MTU is not', () => {
  const { net, b, send, run } = pair()
  b.mtu = 1400
  send(1418)
  send(1419)
  run(MS)
  expect([stackOf(b).received.length, b.counters.rxDropped, net.pool.dropped[DropReason.PKT_TOO_BIG]]).toEqual([1, 1, 1])
})

test('a frame too short for an Ethernet header is a length error', () => {
  const { net, a, b, run } = pair()
  const frame = net.frame(B, A, 60)
  frame.end = frame.start + 13
  a.transmit(frame)
  run(MS)
  expect([b.counters.rxErrors, b.counters.rxLengthErrors, net.pool.dropped[DropReason.PKT_TOO_SMALL]]).toEqual([1, 1, 1])
})

function bitCount(value: number): number {
  let count = 0
  for (let rest = value; rest !== 0; rest &= rest - 1) count++
  return count
}

test('hold keeps frames back, also on a perfect link; release sends them in their order, and no longer holds', () => {
  const { send, arrivals, run, link, net, b } = pair({ delayNs: 5 * MS })
  send(60, 0)
  link.a.hold(true, 'a > b')
  send(60, 1)
  send(60, 2)
  run(100 * MS)
  expect([arrivals(), net.pool.live]).toEqual([[5 * MS], 2])
  link.a.hold(false, 'a > b')
  send(60, 3)
  run(200 * MS)
  expect(arrivals()).toEqual([5 * MS, 105 * MS, 105 * MS, 105 * MS])
  expect(stackOf(b).received.map(({ bytes }) => bytes[14])).toEqual([14, 15, 16, 17])
})

test('a cut loses the frames that are held; those past the limit are dropped as by a full queue', () => {
  const { send, arrivals, run, link, net } = pair()
  net.pool.relocating = false
  link.a.hold(true, 'a > b')
  for (let i = 0; i < HELD_LIMIT + 2; i++) send()
  expect([link.a.overflowed, net.pool.dropped[DropReason.QDISC_DROP]]).toEqual([2, 2])
  link.setUp(false)
  expect([link.a.lost, net.pool.dropped[DropReason.LINK_DOWN], net.pool.live]).toEqual([HELD_LIMIT, HELD_LIMIT, 0])
  link.a.hold(false, 'a > b')
  run(MS)
  expect(arrivals()).toEqual([])
})
