import type { Frame } from '../../device/frame.ts'
import { PACKET_HOST } from '../../device/frame.ts'
import { truesizeOf } from '../../device/truesize.ts'
import { NS_PER_S } from '../../engine/clock.ts'
import { Timer, type TimerReceiver } from '../../engine/timer.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import type { NetNamespace } from '../net-namespace.ts'
import type { SnmpCounters } from '../snmp.ts'
import type { Icmp } from './icmp.ts'
import type { PeerTable } from './peers.ts'

/**
 * Puts fragments together again (Linux net/ipv4/ip_fragment.c, inet_fragment.c; RFC 791 §3.2, RFC 815, RFC 5722).
 *
 * A packet's fragments are those of one (source, destination, identification, protocol). They wait in a queue as runs:
 *
 *       run             run
 *     | A | B |       | D |          B came right after A, so they are one run; C is missing
 *     0   8   16      24  32
 *
 *   - A fragment within a run that is there is a duplicate and dropped; one that overlaps a run in part ends the whole
 *     packet (nobody sends such but to get past a firewall: RFC 5722, which Linux applies to IPv4 too).
 *   - ipfrag_time (30 s) after its first fragment the packet is given up; if fragment 0 was there, its sender is told
 *     (time exceeded, code 1).
 *   - More than ipfrag_max_dist (64) fragments of other packets of the same source between two of one packet: its
 *     identification has been used again; what was there is dropped and the packet begins anew.
 *   - Above ipfrag_high_thresh (4 MiB, counted as truesize) no new fragments are taken.
 */
export class Reassembly {
  /** Bytes that wait, as the kernel counts them. */
  memory = 0
  private queues: Map<string, FragmentQueue> | null = null

  constructor(readonly ns: NetNamespace, readonly icmp: Icmp, readonly peers: PeerTable,
    readonly counters: SnmpCounters) {}

  /** Packets that are not complete yet. */
  get size(): number {
    return this.queues === null ? 0 : this.queues.size
  }

  /** Fragments that wait for others. */
  get waiting(): number {
    let count = 0
    if (this.queues !== null) for (const queue of this.queues.values()) count += queue.fragments
    return count
  }

  /**
   * Takes a fragment; owns it. Returns the whole packet when this was the last missing piece (a frame of its own, for
   * the caller), else null (ip_defrag).
   */
  add(frame: Frame): Frame | null {
    this.counters.ipReasmReqds++
    const queue = this.find(frame)
    if (queue === null) {
      this.counters.ipReasmFails++
      this.ns.pool.drop(frame, DropReason.FRAG_QUEUE_FULL)
      return null
    }
    return queue.add(frame)
  }

  private find(frame: Frame): FragmentQueue | null {
    const limit = this.ns.conf.ipfragHighThresh
    if (limit === 0 || this.memory > limit) return null
    const view = frame.view
    const at = frame.networkAt
    const source = ipv4.source(view, at)
    const key = `${source} ${ipv4.destination(view, at)} ${ipv4.identification(view, at)} ${ipv4.protocol(view, at)}`
    if (this.queues === null) this.queues = new Map()
    let queue = this.queues.get(key)
    if (queue === undefined) {
      queue = new FragmentQueue(this, key, source)
      this.queues.set(key, queue)
      this.memory += QUEUE_SIZE
    }
    return queue
  }

  /** Forgets a packet: complete, given up or broken. */
  forget(queue: FragmentQueue): void {
    if (this.queues?.delete(queue.key) === true) this.memory -= QUEUE_SIZE
  }

  /** Drops everything that waits: the namespace goes. */
  flush(): void {
    if (this.queues === null) return
    for (const queue of [...this.queues.values()]) queue.discard(DropReason.QUEUE_PURGE)
  }
}

/** sizeof(struct ipq). */
const QUEUE_SIZE = 208

/** Fragments that follow each other without a gap, in order. */
interface Run {
  readonly offset: number
  end: number
  readonly frames: Frame[]
}

/** The fragments of one packet (struct ipq). A frame's payload is [transportAt, transportAt + cb1), at offset cb0. */
class FragmentQueue implements TimerReceiver {
  private runs: Run[] = []
  private timer: Timer
  /** Payload bytes there, and as far as known in all. */
  private received = 0
  private length = 0
  private hasFirst = false
  private hasLast = false
  /** Which ECN codepoints were seen, one bit each. */
  private ecnSeen = 0
  /** Largest fragment, and largest with DF, headers included. */
  private maxSize = 0
  private maxDfSize = 0
  /** The source's count of fragments when the last one of this packet came. */
  private rid = 0
  private inputIfindex = 0

  constructor(private readonly table: Reassembly, readonly key: string, private readonly source: number) {
    this.timer = new Timer(table.ns.simulation, table.ns.node, this)
    this.timer.armAfter(table.ns.conf.ipfragTime * NS_PER_S)
  }

  get fragments(): number {
    let count = 0
    for (const run of this.runs) count += run.frames.length
    return count
  }

  /** ip_frag_queue(). */
  add(frame: Frame): Frame | null {
    const table = this.table
    if (this.isTooFar()) this.restart()
    const view = frame.view
    const at = frame.networkAt
    const field = ipv4.fragment(view, at)
    const offset = (field & ipv4.IP_OFFSET) << 3
    const headerLength = ipv4.headerLen(view, at)
    let end = offset + (frame.end - at) - headerLength
    if ((field & ipv4.IP_MF) === 0) {
      // The last one: nothing may be known beyond it.
      if (end < this.length || (this.hasLast && end !== this.length)) return this.malformed(frame)
      this.hasLast = true
      this.length = end
    } else {
      end &= ~7
      if (end > this.length) {
        if (this.hasLast) return this.malformed(frame)
        this.length = end
      }
    }
    if (end === offset) return this.malformed(frame)
    const verdict = this.insert(frame, offset, end)
    if (verdict === DUPLICATE) {
      if (table.ns.tracing) trace(table.ns, frame, `bytes ${offset} to ${end} were received before: drop`, offset, end)
      table.ns.pool.drop(frame, DropReason.DUP_FRAG)
      return null
    }
    if (verdict === OVERLAP) {
      table.counters.ipExtReasmOverlaps++
      return this.malformed(frame)
    }
    this.account(frame, field, offset, end, headerLength)
    if (this.hasFirst && this.hasLast && this.received === this.length) return this.assemble(frame)
    if (table.ns.tracing) {
      trace(table.ns, frame,
        `fragment with bytes ${offset} to ${end}: ${this.received} bytes are here, wait for the rest`, offset, end)
    }
    return null
  }

  onTimer(): void {
    this.expire()
  }

  /** Drops all that is here, and forgets the packet. */
  discard(reason: number): void {
    this.timer.cancel()
    this.table.forget(this)
    this.drop(reason)
  }

  private account(frame: Frame, field: number, offset: number, end: number, headerLength: number): void {
    frame.cb0 = offset
    frame.cb1 = end - offset
    this.received += end - offset
    this.ecnSeen |= 1 << (ipv4.tos(frame.view, frame.networkAt) & ipv4.ECN_MASK)
    this.table.memory += truesizeOf(frame)
    if (offset === 0) this.hasFirst = true
    if (frame.device !== null) this.inputIfindex = frame.device.ifindex
    const size = end - offset + headerLength
    if (size > this.maxSize) this.maxSize = size
    if ((field & ipv4.IP_DF) !== 0 && size > this.maxDfSize) this.maxDfSize = size
  }

  /** Finds the place of a fragment, and puts it there if it is new (inet_frag_queue_insert). */
  private insert(frame: Frame, offset: number, end: number): number {
    const runs = this.runs
    const last = runs.length > 0 ? runs[runs.length - 1] : null
    if (last === null || last.end < end) {
      if (last !== null && offset < last.end) return OVERLAP
      if (last !== null && offset === last.end) {
        last.frames.push(frame)
        last.end = end
      } else {
        runs.push({ offset, end, frames: [frame] })
      }
      return INSERTED
    }
    let at = 0
    for (; at < runs.length; at++) {
      const run = runs[at]
      if (end <= run.offset) break
      if (offset >= run.end) continue
      return offset >= run.offset && end <= run.end ? DUPLICATE : OVERLAP
    }
    runs.splice(at, 0, { offset, end, frames: [frame] })
    return INSERTED
  }

  /** Everything is there: one packet out of the pieces, under the header of the first (ip_frag_reasm). */
  private assemble(last: Frame): Frame | null {
    const { ns, counters } = this.table
    const pool = ns.pool
    const first = this.runs[0].frames[0]
    const ecn = combineEcn(this.ecnSeen)
    const headerLength = ipv4.headerLen(first.view, first.networkAt)
    const length = headerLength + this.length
    if (ecn < 0 || length > ipv4.MAX_PACKET_LEN) {
      counters.ipReasmFails++
      if (ns.tracing) trace(ns, last, 'the fragments do not make a packet that can be: drop all', 0, length)
      this.discard(DropReason.FRAG_MALFORMED)
      return null
    }
    const whole = pool.take(length)
    describe(whole, first, last)
    const at = whole.start
    whole.end = at + length
    whole.networkAt = at
    whole.transportAt = at + headerLength
    const bytes = whole.bytes
    bytes.copyWithin(at, first.networkAt, first.networkAt + headerLength)
    for (const run of this.runs) {
      for (const piece of run.frames) {
        bytes.copyWithin(whole.transportAt + piece.cb0, piece.transportAt, piece.transportAt + piece.cb1)
      }
    }
    const view = whole.view
    ipv4.setTotalLength(view, at, length)
    ipv4.setTos(view, at, ipv4.tos(view, at) | ecn)
    ipv4.setFragment(view, at, this.maxDfSize === this.maxSize ? ipv4.IP_DF : 0)
    ipv4.fillChecksum(view, at)
    counters.ipReasmOKs++
    if (ns.tracing) trace(ns, whole, `the last missing piece: the packet of ${length} bytes is whole again`, 0, length)
    this.timer.cancel()
    this.table.forget(this)
    this.release()
    return whole
  }

  /** ip_expire(). */
  private expire(): void {
    const { ns, counters, icmp } = this.table
    counters.ipReasmFails++
    counters.ipReasmTimeout++
    const first = this.hasFirst && this.runs.length > 0 ? this.runs[0].frames[0] : null
    if (first !== null) {
      first.device = ns.deviceByIndex(this.inputIfindex)
      if (ns.tracing) {
        trace(ns, first, `not all fragments came in ${ns.conf.ipfragTime} s: drop them and tell the sender`, 0,
          this.length)
      }
      if (first.device !== null && first.packetType === PACKET_HOST) {
        icmp.sendError(first, icmpv4.ICMP_TIME_EXCEEDED, icmpv4.ICMP_EXC_FRAGTIME, 0)
      }
    }
    this.discard(DropReason.FRAG_REASM_TIMEOUT)
  }

  /** A fragment that cannot be: it and all others of the packet are dropped. */
  private malformed(frame: Frame): null {
    const { ns, counters } = this.table
    counters.ipReasmFails++
    if (ns.tracing) {
      trace(ns, frame, 'the fragment contradicts those before it: drop the whole packet',
        ipv4.fragmentOffset(frame.view, frame.networkAt), frame.end - frame.transportAt)
    }
    ns.pool.drop(frame, DropReason.FRAG_MALFORMED)
    this.discard(DropReason.FRAG_MALFORMED)
    return null
  }

  /** ip_frag_too_far(). */
  private isTooFar(): boolean {
    const most = this.table.ns.conf.ipfragMaxDist
    if (most === 0) return false
    const peer = this.table.peers.get(this.source)
    const before = this.rid
    peer.rid++
    this.rid = peer.rid
    const tooFar = this.runs.length > 0 && peer.rid - before > most
    if (tooFar) this.table.counters.ipReasmFails++
    return tooFar
  }

  /** ip_frag_reinit(). */
  private restart(): void {
    this.timer.armAfter(this.table.ns.conf.ipfragTime * NS_PER_S)
    this.drop(DropReason.FRAG_TOO_FAR)
    this.received = 0
    this.length = 0
    this.hasFirst = false
    this.hasLast = false
    this.ecnSeen = 0
    this.inputIfindex = 0
  }

  private drop(reason: number): void {
    const runs = this.takeRuns()
    for (const run of runs) for (const frame of run.frames) this.table.ns.pool.drop(frame, reason)
  }

  private release(): void {
    const runs = this.takeRuns()
    for (const run of runs) for (const frame of run.frames) this.table.ns.pool.free(frame)
  }

  private takeRuns(): Run[] {
    const runs = this.runs
    this.runs = []
    for (const run of runs) for (const frame of run.frames) this.table.memory -= truesizeOf(frame)
    return runs
  }
}

const INSERTED = 0
const DUPLICATE = 1
const OVERLAP = 2

/**
 * What the ECN field gains from its fragments (RFC 3168 §5.3; ip_frag_ecn_table): congestion that one met counts for
 * the whole; -1 when some fragments could carry ECN and others not, which no sender does.
 */
export function combineEcn(seen: number): number {
  const notCapable = 1 << ipv4.ECN_NOT_ECT
  const congestion = 1 << ipv4.ECN_CE
  if ((seen & notCapable) !== 0) return seen === notCapable ? 0 : -1
  return (seen & congestion) !== 0 && seen !== congestion ? ipv4.ECN_CE : 0
}

function describe(whole: Frame, first: Frame, last: Frame): void {
  whole.protocol = first.protocol
  whole.packetType = first.packetType
  whole.device = last.device
  whole.inputIfindex = last.inputIfindex
  whole.mark = first.mark
  whole.priority = first.priority
  whole.traceId = last.traceId
}

function trace(ns: NetNamespace, frame: Frame, text: string, offset: number, end: number): void {
  ns.trace(frame, { hook: 'ip_defrag', text, data: { offset, end } })
}
