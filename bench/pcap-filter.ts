/**
 * Capture filters: what it costs to ask a compiled filter about a frame, over 1,000 frames of a mixed wire that lie in
 * one slab as the frame pool's do: TCP and UDP over IPv4 (some fragments, some with options), ICMP, ARP, IPv6, tagged
 * frames, LLC.
 */

import { compileFilter } from '../src/capture/filter/filter.ts'
import { FilterError } from '../src/capture/filter/filter-error.ts'
import { bench, xorshift } from './harness.ts'

const FRAMES = 1000
const SLOT_BYTES = 2048
const HEADROOM = 128
const ROUNDS = 1000

interface Slab {
  view: DataView
  ends: Int32Array
}

/** Fills the IPv4 packet at `at`; returns its end. */
function putIpv4(view: DataView, at: number, next: (bound: number) => number): number {
  const kind = next(10)
  const words = next(20) === 0 ? 6 : 5
  const protocol = kind < 6 ? 6 : kind < 9 ? 17 : 1
  view.setUint8(at, 0x40 | words)
  view.setUint16(at + 6, next(30) === 0 ? 0x2000 | next(100) : 0x4000)
  view.setUint8(at + 8, 1 + next(64))
  view.setUint8(at + 9, protocol)
  view.setUint32(at + 12, 0x0a000000 + next(100))
  view.setUint32(at + 16, 0x0a000000 + next(100))
  const transport = at + 4 * words
  const client = 32768 + next(28000)
  const server = [80, 443, 22, 53, 8080][next(5)]
  const reply = next(2) === 0
  view.setUint16(transport, reply ? server : client)
  view.setUint16(transport + 2, reply ? client : server)
  return transport + 20 + next(1400)
}

function putFrame(view: DataView, at: number, next: (bound: number) => number): number {
  const kind = next(100)
  const type = kind < 80 ? 0x0800 : kind < 88 ? 0x0806 : kind < 94 ? 0x86dd : kind < 98 ? 0x8100 : 38
  view.setUint16(at + 12, type)
  if (type === 0x0800) return putIpv4(view, at + 14, next)
  if (type === 0x8100) {
    view.setUint16(at + 14, 1 + next(20))
    view.setUint16(at + 16, 0x0800)
    return putIpv4(view, at + 18, next)
  }
  if (type === 0x0806) {
    view.setUint32(at + 28, 0x0a000000 + next(100))
    view.setUint32(at + 38, 0x0a000000 + next(100))
    return at + 42
  }
  if (type === 0x86dd) {
    view.setUint8(at + 20, next(2) === 0 ? 6 : 58)
    view.setUint16(at + 54, 40000)
    view.setUint16(at + 56, 80)
    return at + 74 + next(100)
  }
  view.setUint16(at + 14, 0x4242)
  return at + 60
}

function mixedSlab(): Slab {
  const view = new DataView(new ArrayBuffer(FRAMES * SLOT_BYTES))
  const ends = new Int32Array(FRAMES)
  const next = xorshift(20260722)
  for (let i = 0; i < FRAMES; i++) ends[i] = putFrame(view, i * SLOT_BYTES + HEADROOM, next)
  return { view, ends }
}

/** The worst case of the first filter: every frame is asked everything, and passes at the last question. */
function flowSlab(): Slab {
  const slab = mixedSlab()
  for (let i = 0; i < FRAMES; i++) {
    const at = i * SLOT_BYTES + HEADROOM
    slab.view.setUint16(at + 12, 0x0800)
    slab.view.setUint8(at + 14, 0x45)
    slab.view.setUint16(at + 20, 0x4000)
    slab.view.setUint8(at + 23, 6)
    slab.view.setUint32(at + 26, 0x0a000002)
    slab.view.setUint32(at + 30, 0x0a000001)
    slab.view.setUint16(at + 34, 40000)
    slab.view.setUint16(at + 36, 80)
    slab.ends[i] = at + 74
  }
  return slab
}

/** Fifty hosts, of which the mix has some. */
function manyHosts(): string {
  return Array.from({ length: 50 }, (_, i) => `host 10.0.0.${5 * i + 3}`).join(' or ')
}

const FILTERS: readonly (readonly [string, string])[] = [
  ['tcp port 80 and host 10.0.0.1', 'tcp port 80 and host 10.0.0.1'],
  ['arp or icmp', 'arp or icmp'],
  ['ip[8] < 5', 'ip[8] < 5'],
  ['50 hosts', manyHosts()],
]

function measure(name: string, text: string, slab: Slab): void {
  const program = compileFilter(text)
  if (program instanceof FilterError) throw program
  const { view, ends } = slab
  let passed = 0
  // As in a process that has run other filters before.
  for (const [, other] of FILTERS) {
    const warm = compileFilter(other)
    for (let i = 0; i < FRAMES * 20 && !(warm instanceof FilterError); i++) {
      const at = i % FRAMES * SLOT_BYTES + HEADROOM
      if (warm.matches(view, at, ends[i % FRAMES], 60)) passed++
    }
  }
  bench('pcap-filter', name, 'ns', () => {
    passed = 0
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < FRAMES; i++) {
        const at = i * SLOT_BYTES + HEADROOM
        if (program.matches(view, at, ends[i], ends[i] - at)) passed++
      }
    }
    return ROUNDS * FRAMES
  }, { times: 7, warmUp: 2 })
  if (passed === 0) throw new Error(`${name}: nothing passed`)
}

export function run(): void {
  const slab = mixedSlab()
  for (const [name, text] of FILTERS) measure(name, text, slab)
  measure('tcp port 80 and host 10.0.0.1, all pass', FILTERS[0][1], flowSlab())
  bench('pcap-filter', 'compile 50 hosts', 'us', () => {
    for (let i = 0; i < 20; i++) compileFilter(manyHosts())
    return 20
  })
}
