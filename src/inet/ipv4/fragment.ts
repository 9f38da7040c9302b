import type { Frame } from '../../device/frame.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { stripForFragment } from '../../wire/ipv4-options.ts'
import type { NetNamespace } from '../net-namespace.ts'
import type { RouteResult } from '../route/route-result.ts'
import type { SnmpCounters } from '../snmp.ts'
import type { Icmp } from './icmp.ts'
import type { Fragmenter, FragmentSink } from './output.ts'

/**
 * Cuts packets that are larger than the way out allows (Linux net/ipv4/ip_output.c ip_fragment(), ip_do_fragment();
 * RFC 791 §3.2, RFC 1812 §4.2.2.7).
 *
 *     +----+-----------------------------------------------+
 *     | IP |  payload                                      |        one packet
 *     +----+-----------------------------------------------+
 *     +----+----------------+ +----+----------------+ +----+-----+
 *     | IP | 0, MF          | | IP | n/8, MF        | | IP | 2n/8|   n: the most that fits, a multiple of 8
 *     +----+----------------+ +----+----------------+ +----+-----+
 *
 * All pieces keep the identification; options that say so are copied into each, the others stand in the first and are
 * NOPs in the rest, so all headers are of one length, as Linux makes them. The pieces leave in order.
 */
export class Ipv4Fragmenter implements Fragmenter {
  constructor(private readonly ns: NetNamespace, private readonly icmp: Icmp,
    private readonly counters: SnmpCounters) {}

  /** Cuts the packet to pieces of at most `mtu` bytes and hands each to `next`, or answers that it may not; owns it. */
  fragment(frame: Frame, route: RouteResult, mtu: number, next: FragmentSink): void {
    const pool = this.ns.pool
    const view = frame.view
    const at = frame.networkAt
    if (ipv4.isDontFragment(view, at)) {
      this.counters.ipFragFails++
      this.icmp.sendError(frame, icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_FRAG_NEEDED, mtu)
      pool.drop(frame, DropReason.PKT_TOO_BIG)
      return
    }
    const headerLength = ipv4.headerLen(view, at)
    const room = mtu - headerLength
    if (room < 8) {
      this.counters.ipFragFails++
      pool.drop(frame, DropReason.PKT_TOO_BIG)
      return
    }
    if (this.ns.tracing) this.trace(frame, headerLength, room, mtu)
    this.cut(frame, route, headerLength, room, next)
    this.counters.ipFragOKs++
    pool.free(frame)
  }

  private cut(frame: Frame, route: RouteResult, headerLength: number, room: number, next: FragmentSink): void {
    const fragmentField = ipv4.fragment(frame.view, frame.networkAt)
    const total = frame.end - frame.networkAt - headerLength
    const firstOffset = fragmentField & ipv4.IP_OFFSET
    for (let done = 0, length = 0; done < total; done += length) {
      // All but the last end on a multiple of 8; the last may use the room to the byte.
      length = total - done <= room ? total - done : room & ~7
      const isLast = done + length === total && (fragmentField & ipv4.IP_MF) === 0
      const piece = this.ns.pool.take(headerLength + length)
      const bytes = frame.bytes
      const view = frame.view
      const at = piece.start
      const from = frame.networkAt
      bytes.copyWithin(at, from, from + headerLength)
      bytes.copyWithin(at + headerLength, from + headerLength + done, from + headerLength + done + length)
      piece.networkAt = at
      piece.transportAt = at + headerLength
      piece.end = at + headerLength + length
      piece.protocol = frame.protocol
      piece.packetType = frame.packetType
      piece.device = frame.device
      piece.inputIfindex = frame.inputIfindex
      piece.mark = frame.mark
      piece.priority = frame.priority
      piece.traceId = frame.traceId
      if (done > 0 && headerLength > ipv4.HEADER_LEN) stripForFragment(view, at)
      ipv4.setTotalLength(view, at, headerLength + length)
      ipv4.setFragment(view, at, (isLast ? 0 : ipv4.IP_MF) | (firstOffset + (done >> 3)))
      ipv4.fillChecksum(view, at)
      this.counters.ipFragCreates++
      next.sendToNeighbor(piece, route)
    }
  }

  private trace(frame: Frame, headerLength: number, room: number, mtu: number): void {
    const length = frame.end - frame.networkAt
    const payload = length - headerLength
    const pieces = payload <= room ? 1 : 1 + Math.ceil((payload - room) / (room & ~7))
    this.ns.trace(frame, {
      hook: 'ip_fragment',
      text: `${length} bytes do not fit the MTU of ${mtu}: cut into ${pieces} fragments`,
      data: { length, mtu, fragments: pieces },
    })
  }
}
