/**
 * The ceiling: how fast the bare essentials of a router run in TypeScript on this machine. No node, no device, no
 * counters of reasons, no error paths: only what every hop must do. Other benches print its figures beside their own
 * (cases `ceiling:...`), so that a result can be read on any machine: ours divided by the ceiling's, not ours alone.
 *
 *   hop loop      4,096 packets on ten-hop chains through one binary heap in typed arrays. A hop: pop, parse Ethernet
 *                 and IPv4, verify the checksum, longest-prefix match, TTL - 1 with the checksum patched (RFC 1624
 *                 eqn 3), write the neighbour's MAC addresses, count, push.
 *   FlatTable     the LPM with the fewest steps: 2^24 slots, and 256 more under a slot with longer prefixes.
 *   CompactTrie   the LPM that is small: 2^20 slots, then nodes of 64 that store children and runs of leaves by bit
 *                 vector (poptrie: Asai and Ohara, SIGCOMM 2015).
 *   BareQueue     a binary heap of (time, count, event) in typed arrays, as the hop loop has it.
 *   bareSum...    the Internet checksum by the book: 16 bits at a time, and over aligned 16-bit words.
 */

import { bench, cpuNs, report } from './harness.ts'
import { type PrefixTable, destinationsIn, internetPrefixes } from './prefixes.ts'

/** Indices of the table's prefixes, shortest first. */
function shortestFirst(table: PrefixTable): Int32Array {
  const order = Int32Array.from(table.prefixes.keys())
  return order.sort((a, b) => table.lengths[a] - table.lengths[b])
}

export class FlatTable {
  private readonly slots = new Uint16Array(1 << 24)
  private blocks = new Uint16Array(256 * 64)
  private blockCount = 0

  /** Values must be below 32768; 0 means no route. */
  constructor(table: PrefixTable) {
    for (const i of shortestFirst(table)) {
      const prefix = table.prefixes[i]
      const length = table.lengths[i]
      const value = table.values[i]
      if (length <= 24) {
        this.slots.fill(value, prefix >>> 8, (prefix >>> 8) + (1 << (24 - length)))
      } else {
        const start = (this.blockOf(prefix >>> 8) << 8) | (prefix & 255)
        this.blocks.fill(value, start, start + (1 << (32 - length)))
      }
    }
  }

  private blockOf(slot: number): number {
    if (this.slots[slot] & 0x8000) return this.slots[slot] & 0x7fff
    const block = this.blockCount++
    if (this.blockCount * 256 > this.blocks.length) {
      const larger = new Uint16Array(this.blocks.length * 2)
      larger.set(this.blocks)
      this.blocks = larger
    }
    this.blocks.fill(this.slots[slot], block << 8, (block + 1) << 8)
    this.slots[slot] = 0x8000 | block
    return block
  }

  lookup(destination: number): number {
    const value = this.slots[destination >>> 8]
    return value & 0x8000 ? this.blocks[((value & 0x7fff) << 8) | (destination & 255)] : value
  }
}

export class CompactTrie {
  /** >= 0: index of a node; < 0: ~value. */
  private readonly direct = new Int32Array(1 << 20)
  /** A node: children low and high, run starts low and high, first leaf, first child. */
  private nodes = new Int32Array(6 << 10)
  private nodeCount = 0
  private leaves = new Uint16Array(1 << 10)
  private leafCount = 0

  /** Values must be below 65536; 0 means no route. */
  constructor(table: PrefixTable) {
    const direct = this.direct.fill(~0)
    const below = new Map<number, number[]>()
    for (const i of shortestFirst(table)) {
      const slot = table.prefixes[i] >>> 12
      if (table.lengths[i] <= 20) {
        direct.fill(~table.values[i], slot, slot + (1 << (20 - table.lengths[i])))
      } else {
        const list = below.get(slot)
        if (list === undefined) below.set(slot, [i])
        else list.push(i)
      }
    }
    for (const [slot, list] of below) {
      const node = this.reserveNodes(1)
      this.build(node, list, 20, ~direct[slot], table)
      direct[slot] = node
    }
    this.nodes = this.nodes.slice(0, this.nodeCount * 6)
    this.leaves = this.leaves.slice(0, this.leafCount)
  }

  get byteLength(): number {
    return this.direct.byteLength + this.nodes.byteLength + this.leaves.byteLength
  }

  private reserveNodes(count: number): number {
    const first = this.nodeCount
    this.nodeCount += count
    if (this.nodeCount * 6 > this.nodes.length) {
      const larger = new Int32Array(this.nodes.length * 2)
      larger.set(this.nodes)
      this.nodes = larger
    }
    return first
  }

  private addLeaf(value: number): void {
    if (this.leafCount === this.leaves.length) {
      const larger = new Uint16Array(this.leaves.length * 2)
      larger.set(this.leaves)
      this.leaves = larger
    }
    this.leaves[this.leafCount++] = value
  }

  /** list: prefixes longer than `depth` bits under this node, shortest first. */
  private build(node: number, list: readonly number[], depth: number, inherited: number, table: PrefixTable): void {
    const values = Array<number>(64).fill(inherited)
    const children: number[][] = []
    for (const i of list) {
      // Bits depth .. depth + 5; below bit 31 there are zeros, so the last level uses four slots of sixteen.
      const slot = (depth <= 26 ? table.prefixes[i] >>> (26 - depth) : table.prefixes[i] << (depth - 26)) & 63
      const spare = depth + 6 - table.lengths[i]
      if (spare >= 0) values.fill(table.values[i], slot, slot + (1 << spare))
      else (children[slot] ??= []).push(i)
    }
    const childSlots = [...children.keys()].filter(slot => children[slot] !== undefined)
    const firstChild = this.reserveNodes(childSlots.length)
    const words = [0, 0, 0, 0, this.leafCount, firstChild]
    let last = -1
    for (let slot = 0; slot < 64; slot++) {
      if (children[slot] !== undefined) {
        words[slot >>> 5] |= 1 << slot
      } else if (values[slot] !== last) {
        last = values[slot]
        words[2 + (slot >>> 5)] |= 1 << slot
        this.addLeaf(last)
      }
    }
    this.nodes.set(words, node * 6)
    childSlots.forEach((slot, k) => this.build(firstChild + k, children[slot], depth + 6, values[slot], table))
  }

  lookup(destination: number): number {
    let word = this.direct[destination >>> 12]
    if (word < 0) return ~word
    const nodes = this.nodes
    for (let shift = 6; ; shift -= 6) {
      const slot = (destination >>> shift) & 63
      const at = word * 6
      const upto = -1 >>> (31 - slot)
      const high = slot >>> 5
      const children = nodes[at + high]
      if ((children >>> slot) & 1) {
        word = nodes[at + 5] + popCount(children & upto) - 1 + (high === 1 ? popCount(nodes[at]) : 0)
      } else {
        const before = popCount(nodes[at + 2 + high] & upto) - 1 + (high === 1 ? popCount(nodes[at + 2]) : 0)
        return this.leaves[nodes[at + 4] + before]
      }
    }
  }
}

function popCount(bits: number): number {
  let v = bits - ((bits >>> 1) & 0x55555555)
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

// ---- the hop loop -----------------------------------------------------------------------------------------------

const PACKETS = 4096
const HOPS = 10
const SLOT_BYTES = 2048
// Ethernet starts at 66, so that the IPv4 header lies on a four-byte boundary, as with NET_IP_ALIGN.
const FRAME_AT = 66
const IP_AT = FRAME_AT + 14
const NEIGHBORS = 1024

export class HopLoop {
  private readonly table: FlatTable
  private readonly destinations: Int32Array
  private readonly view = new DataView(new ArrayBuffer(PACKETS * SLOT_BYTES))
  private readonly macs = new Int32Array(NEIGHBORS * 3)
  private readonly delays = new Int32Array(NEIGHBORS)
  private readonly counters = new Float64Array(HOPS * 2)
  private readonly times = new Float64Array(PACKETS + 1)
  private readonly sequences = new Int32Array(PACKETS + 1)
  private readonly events = new Int32Array(PACKETS + 1)
  private queued = 0
  private sequence = 0
  private next = 0

  constructor(prefixCount: number) {
    const prefixes = internetPrefixes(prefixCount, 88172645)
    this.table = new FlatTable(prefixes)
    this.destinations = destinationsIn(prefixes, 65536, 4711)
    for (let i = 0; i < NEIGHBORS; i++) {
      this.macs.set([0x02000000 | i, (0x5e00 << 16) | 0x0200, Math.imul(i, 0x9e3779b1)], i * 3)
      this.delays[i] = 1000 + ((i * 7919) % 50000)
    }
    for (let packet = 0; packet < PACKETS; packet++) {
      this.view.setUint16(packet * SLOT_BYTES + FRAME_AT + 12, 0x0800)
      this.send(packet * SLOT_BYTES + IP_AT)
      this.push(packet * 7, packet << 4)
    }
  }

  /** Runs `count` hops; returns how many were not dropped (all of them, if the loop is right). */
  run(count: number): number {
    const { view, macs, counters } = this
    let forwarded = 0
    for (let n = 0; n < count; n++) {
      const now = this.times[0]
      const event = this.events[0]
      this.pop()
      const hop = event & 15
      const frame = (event >>> 4) * SLOT_BYTES + FRAME_AT
      const ip = frame + 14
      if (view.getUint16(frame + 12) !== 0x0800 || view.getUint8(ip) !== 0x45) continue
      let sum = 0
      for (let at = ip; at < ip + 20; at += 2) sum += view.getUint16(at)
      sum = (sum & 0xffff) + (sum >>> 16)
      if (((sum + (sum >>> 16)) & 0xffff) !== 0xffff) continue
      const neighbor = this.table.lookup(view.getInt32(ip + 16))
      const ttl = view.getUint8(ip + 8)
      if (neighbor === 0 || ttl <= 1) continue
      view.setUint8(ip + 8, ttl - 1)
      const checksum = view.getUint16(ip + 10) + 0x0100
      view.setUint16(ip + 10, checksum + (checksum >>> 16))
      view.setInt32(frame, macs[neighbor * 3])
      view.setInt32(frame + 4, macs[neighbor * 3 + 1])
      view.setInt32(frame + 8, macs[neighbor * 3 + 2])
      counters[hop * 2] += 1
      counters[hop * 2 + 1] += view.getUint16(ip + 2)
      const last = hop === HOPS - 1
      if (last) this.send(ip)
      this.push(now + this.delays[neighbor], last ? event - hop : event + 1)
      forwarded++
    }
    return forwarded
  }

  /** Makes the packet a new one to the next destination. */
  private send(ip: number): void {
    const view = this.view
    view.setInt32(ip, 0x45000054)
    view.setInt32(ip + 4, 0)
    view.setInt32(ip + 8, 0x40110000)
    view.setInt32(ip + 12, 0x0a000001)
    view.setInt32(ip + 16, this.destinations[this.next++ & 0xffff])
    let sum = 0
    for (let at = ip; at < ip + 20; at += 2) sum += view.getUint16(at)
    sum = (sum & 0xffff) + (sum >>> 16)
    view.setUint16(ip + 10, ~(sum + (sum >>> 16)))
  }

  private push(time: number, event: number): void {
    const { times, sequences, events } = this
    let at = this.queued++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (times[parent] <= time) break
      times[at] = times[parent]
      sequences[at] = sequences[parent]
      events[at] = events[parent]
      at = parent
    }
    times[at] = time
    sequences[at] = this.sequence = (this.sequence + 1) | 0
    events[at] = event
  }

  private pop(): void {
    const { times, sequences, events } = this
    const end = --this.queued
    const time = times[end]
    const sequence = sequences[end]
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= end) break
      if (child + 1 < end && (times[child + 1] < times[child] ||
        (times[child + 1] === times[child] && ((sequences[child + 1] - sequences[child]) | 0) < 0))) child++
      if (time < times[child] || (time === times[child] && ((sequence - sequences[child]) | 0) < 0)) break
      times[at] = times[child]
      sequences[at] = sequences[child]
      events[at] = events[child]
      at = child
    }
    times[at] = time
    sequences[at] = sequence
    events[at] = events[end]
  }
}

// ---- the pieces by themselves -----------------------------------------------------------------------------------

/** The event queue of the hop loop by itself: a binary heap; among equal times the first pushed comes first. */
export class BareQueue {
  readonly times: Float64Array
  readonly events: Int32Array
  private readonly counts: Int32Array
  private length = 0
  private count = 0

  constructor(capacity: number) {
    this.times = new Float64Array(capacity)
    this.events = new Int32Array(capacity)
    this.counts = new Int32Array(capacity)
  }

  push(time: number, event: number): void {
    const { times, counts, events } = this
    let at = this.length++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (times[parent] <= time) break
      times[at] = times[parent]
      counts[at] = counts[parent]
      events[at] = events[parent]
      at = parent
    }
    times[at] = time
    counts[at] = this.count = (this.count + 1) | 0
    events[at] = event
  }

  /** Removes the earliest; read times[0] and events[0] before. */
  pop(): void {
    const { times, counts, events } = this
    const end = --this.length
    const time = times[end]
    const count = counts[end]
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= end) break
      if (child + 1 < end && (times[child + 1] < times[child] ||
        (times[child + 1] === times[child] && ((counts[child + 1] - counts[child]) | 0) < 0))) child++
      if (time < times[child] || (time === times[child] && ((count - counts[child]) | 0) < 0)) break
      times[at] = times[child]
      counts[at] = counts[child]
      events[at] = events[child]
      at = child
    }
    times[at] = time
    counts[at] = count
    events[at] = events[end]
  }
}

/** The checksum of [at, end) by the book, RFC 1071: 16-bit words in network order, an odd byte at the end. */
export function bareSum(view: DataView, at: number, end: number): number {
  let sum = 0
  for (; at + 1 < end; at += 2) sum += view.getUint16(at)
  if (at < end) sum += view.getUint8(at) << 8
  sum = (sum & 0xffff) + (sum >>> 16)
  return ((sum + (sum >>> 16)) & 0xffff) ^ 0xffff
}

/**
 * The same over 16-bit words of the machine, eight at a time: needs an even start and an even length, both given in
 * words. The fastest plain form that was found for a typed array.
 */
export function bareSumAligned(words: Uint16Array, from: number, upto: number): number {
  let sum = 0
  let i = from
  for (; i + 8 <= upto; i += 8) {
    sum += words[i] + words[i + 1] + words[i + 2] + words[i + 3] +
      words[i + 4] + words[i + 5] + words[i + 6] + words[i + 7]
  }
  for (; i < upto; i++) sum += words[i]
  sum = (sum & 0xffff) + (sum >>> 16)
  sum = ((sum + (sum >>> 16)) & 0xffff) ^ 0xffff
  return ((sum & 0xff) << 8) | (sum >>> 8)
}

/** Packet-hops per CPU second of the bare loop with a table of 1,000 prefixes: best of several. For other benches. */
export function ceilingHopsPerSecond(): number {
  const loop = new HopLoop(1000)
  const count = 500_000
  let best = Infinity
  for (let run = -1; run < 7; run++) {
    const start = cpuNs()
    if (loop.run(count) !== count) throw new Error('the ceiling dropped a packet: its loop is wrong')
    if (run >= 0) best = Math.min(best, cpuNs() - start)
  }
  return (count * 1e9) / best
}

export function run(): void {
  report('ceiling', 'hop', 'packet-hops/s', ceilingHopsPerSecond())
  const table = internetPrefixes(1000, 88172645)
  const destinations = destinationsIn(table, 65536, 4711)
  const flat = new FlatTable(table)
  const compact = new CompactTrie(table)
  let sum = 0
  bench('ceiling', 'lookup-flat-1k', 'ns', () => {
    for (let i = 0; i < 2_000_000; i++) sum = (sum + flat.lookup(destinations[i & 0xffff])) | 0
    return 2_000_000
  })
  bench('ceiling', 'lookup-compact-1k', 'ns', () => {
    for (let i = 0; i < 2_000_000; i++) sum = (sum - compact.lookup(destinations[i & 0xffff])) | 0
    return 2_000_000
  })
  if (sum !== 0) throw new Error('the two tables of the ceiling disagree')
}
