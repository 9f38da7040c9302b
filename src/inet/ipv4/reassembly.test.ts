import { describe, expect, test } from 'vitest'
import type { Frame } from '../../device/frame.ts'
import { NS_PER_S } from '../../engine/clock.ts'
import { toHex } from '../../base/hex.ts'
import { parseIpv4 } from '../../wire/address.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import { ETHERTYPE_IPV4 } from '../../wire/ethernet.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { withSetting } from '../config.ts'
import type { InetStack } from '../inet-stack.ts'
import { RouteResult } from '../route/route-result.ts'
import { TestNet } from '../two-hosts.test-data.ts'
import { combineEcn } from './reassembly.ts'

const A = parseIpv4('10.0.0.1')!
const B = parseIpv4('10.0.0.2')!

function pair(): { net: TestNet, a: InetStack, b: InetStack } {
  const net = new TestNet()
  const a = net.addHost('a')
  const b = net.addHost('b')
  net.connect(a, 'eth1', '10.0.0.1/24', b, 'eth1', '10.0.0.2/24')
  return { net, a, b }
}

/** A whole packet of A for B with `size` bytes of payload. */
function packet(net: TestNet, size: number, id: number, options = new Uint8Array(0), tos = 0): Frame {
  const length = ipv4.HEADER_LEN + options.length + size
  const frame = net.pool.take(length)
  const at = frame.start
  frame.networkAt = at
  frame.end = at + length
  frame.protocol = ETHERTYPE_IPV4
  ipv4.emit(frame.view, at, {
    tos, totalLength: length, identification: id, fragment: 0, ttl: 64, protocol: 253, source: A, destination: B,
    options,
  })
  frame.transportAt = ipv4.payloadAt(frame.view, at)
  for (let i = 0; i < size; i++) frame.bytes[frame.transportAt + i] = (i * 7 + (i >>> 8)) & 255
  return frame
}

/** The fragments of a packet, as they would leave. */
function cut(stack: InetStack, frame: Frame, mtu: number): Frame[] {
  const pieces: Frame[] = []
  stack.output.fragmenter!.fragment(frame, new RouteResult(), mtu, { sendToNeighbor: (piece) => pieces.push(piece) })
  return pieces
}

function hex(frame: Frame): string {
  return toHex(frame.bytes, '', frame.networkAt, frame.end)
}

describe('cut and put together again', () => {
  test('any size, MTU and order gives back the packet, byte for byte, and nothing stays behind', () => {
    const { net, a, b } = pair()
    const random = net.simulation.random.stream('test')
    for (let round = 0; round < 150; round++) {
      // At first every frame taken moves the slab, which finds views kept too long; that costs too much for all rounds.
      net.pool.relocating = round < 9
      const options = new Uint8Array([0, 4, 8][random.below(3)]).fill(1)
      const whole = packet(net, 1 + random.below(round % 10 === 9 ? 60_000 : 4000), round, options)
      const wanted = hex(whole)
      const mtu = 68 + random.below(1400)
      const pieces = whole.end - whole.networkAt <= mtu ? [whole] : cut(a, whole, mtu)
      for (const piece of pieces) expect(piece.end - piece.networkAt).toBeLessThanOrEqual(mtu)
      if (pieces.length === 1) {
        net.pool.free(pieces[0])
        continue
      }
      for (let i = pieces.length - 1; i > 0; i--) {
        const j = random.below(i + 1)
        const swapped = pieces[i]
        pieces[i] = pieces[j]
        pieces[j] = swapped
      }
      b.ns.conf = withSetting(b.ns.conf, 'ipfragMaxDist', 0)
      let result: Frame | null = null
      for (const piece of pieces) {
        expect(result).toBe(null)
        result = b.reassembly.add(piece)
      }
      expect(result).not.toBe(null)
      expect(hex(result!)).toBe(wanted)
      net.pool.free(result!)
    }
    expect(b.reassembly.size).toBe(0)
    expect(b.reassembly.memory).toBe(0)
    expect(net.pool.live).toBe(0)
  })

  test('counters: one packet of three fragments', () => {
    const { net, a, b } = pair()
    for (const piece of cut(a, packet(net, 2500, 1), 1000)) {
      const whole = b.reassembly.add(piece)
      if (whole !== null) net.pool.free(whole)
    }
    expect([a.counters.ipFragOKs, a.counters.ipFragCreates, a.counters.ipFragFails]).toEqual([1, 3, 0])
    expect([b.counters.ipReasmReqds, b.counters.ipReasmOKs, b.counters.ipReasmFails]).toEqual([3, 1, 0])
  })

  test('DF: not cut, dropped as PKT_TOO_BIG and counted', () => {
    const { net, a } = pair()
    const frame = packet(net, 2500, 1)
    ipv4.setFragment(frame.view, frame.networkAt, ipv4.IP_DF)
    expect(cut(a, frame, 1000)).toEqual([])
    expect(a.counters.ipFragFails).toBe(1)
    expect(net.pool.dropped[DropReason.PKT_TOO_BIG]).toBe(1)
  })
})

describe('what waits', () => {
  test('ipfrag_time: given up 30 s after the first fragment, whatever came later', () => {
    const { net, a, b } = pair()
    const pieces = cut(a, packet(net, 2500, 1), 1000)
    b.reassembly.add(pieces[0])
    net.simulation.runUntil(20 * NS_PER_S)
    b.reassembly.add(pieces[1])
    net.simulation.runUntil(30 * NS_PER_S - 1)
    expect(b.reassembly.size).toBe(1)
    net.simulation.runUntil(30 * NS_PER_S)
    expect(b.reassembly.size).toBe(0)
    expect(b.reassembly.memory).toBe(0)
    expect(net.pool.dropped[DropReason.FRAG_REASM_TIMEOUT]).toBe(2)
    expect([b.counters.ipReasmTimeout, b.counters.ipReasmFails]).toEqual([1, 1])
    net.pool.free(pieces[2])
  })

  test('ipfrag_high_thresh: above it no fragment is taken (FRAG_QUEUE_FULL)', () => {
    const { net, a, b } = pair()
    b.ns.conf = withSetting(b.ns.conf, 'ipfragHighThresh', 10_000)
    for (let id = 0; id < 10; id++) {
      const [first, ...rest] = cut(a, packet(net, 1800, id), 1000)
      b.reassembly.add(first)
      for (const piece of rest) net.pool.free(piece)
    }
    // A fragment of 996 bytes counts as 2304, its queue as 208: the fourth is the last below the limit.
    expect(b.reassembly.size).toBe(4)
    expect(net.pool.dropped[DropReason.FRAG_QUEUE_FULL]).toBe(6)
  })

  test('ipfrag_max_dist: 64 other fragments may come between two of a packet, a 65th makes it begin anew', () => {
    for (const between of [63, 64]) {
      const { net, a, b } = pair()
      const pieces = cut(a, packet(net, 1800, 1), 1000)
      b.reassembly.add(pieces[0])
      for (let id = 0; id < between; id++) {
        const [first, ...rest] = cut(a, packet(net, 1800, 1000 + id), 1000)
        b.reassembly.add(first)
        for (const piece of rest) net.pool.free(piece)
      }
      const whole = b.reassembly.add(pieces[1])
      expect(whole !== null).toBe(between === 63)
      expect(net.pool.dropped[DropReason.FRAG_TOO_FAR]).toBe(between === 63 ? 0 : 1)
    }
  })

  test('fragments of another protocol, identification or destination are another packet', () => {
    const { net, a, b } = pair()
    const first = cut(a, packet(net, 1800, 1), 1000)
    const second = cut(a, packet(net, 1800, 2), 1000)
    expect(b.reassembly.add(first[0])).toBe(null)
    expect(b.reassembly.add(second[1])).toBe(null)
    expect(b.reassembly.size).toBe(2)
    net.pool.free(first[1])
    net.pool.free(second[0])
  })
})

test('ECN of fragments: all 16 combinations (RFC 3168 §5.3)', () => {
  // Bits: not-ECT 1, ECT(1) 2, ECT(0) 4, CE 8; value: what is or-ed to the first fragment's tos, -1: drop.
  const wanted = [0, 0, 0, -1, 0, -1, 0, -1, 0, -1, 3, -1, 3, -1, 3, -1]
  expect(wanted.map((_, seen) => combineEcn(seen))).toEqual(wanted)
})
