// Hot path.
import { EACCES, EHOSTUNREACH, ENETUNREACH } from '../../base/errno.ts'
import type { Frame } from '../../device/frame.ts'
import { PACKET_BROADCAST, PACKET_MULTICAST, PACKET_OTHERHOST } from '../../device/frame.ts'
import type { NetDevice, PacketHandler } from '../../device/net-device.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { dropUnicastInL2Multicast, forwarding } from '../config.ts'
import { inDeviceOf } from '../in-device.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { type Hooks, NF_ACCEPT, NF_DROP, runHooks } from '../netfilter/hooks.ts'
import { RTN_UNICAST } from '../route/constants.ts'
import { RouteResult } from '../route/route-result.ts'
import type { Routing } from '../route/routing.ts'
import type { SnmpCounters } from '../snmp.ts'
import type { Forwarder } from './forward.ts'
import type { Icmp } from './icmp.ts'
import type { Ipv4Options } from './options.ts'
import type { ProtocolTable } from './protocols.ts'
import type { Reassembly } from './reassembly.ts'
import { traceDeliver, traceReceive } from './trace.ts'

/**
 * Reused for every packet of every host: nothing on the way in is entered twice, since every device sends through a
 * queue.
 */
const RESULT = new RouteResult()

/**
 * A packet's way in (Linux net/ipv4/ip_input.c):
 *
 *   receive        ip_rcv             is it a sound packet for us? hook `prerouting`
 *   route          ip_rcv_finish      look the destination up: for this node, to be forwarded, or nowhere
 *   deliver        ip_local_deliver   put fragments together, hook `input`
 *   toProtocol     ip_local_deliver_finish   hand it to raw sockets and to its protocol
 */
export class Ipv4Input implements PacketHandler {
  constructor(private readonly ns: NetNamespace, private readonly routing: Routing, private readonly hooks: Hooks,
    private readonly forwarder: Forwarder, private readonly icmp: Icmp, private readonly reassembly: Reassembly,
    private readonly options: Ipv4Options, private readonly protocols: ProtocolTable,
    private readonly counters: SnmpCounters) {}

  receive(frame: Frame): void {
    const at = frame.networkAt
    const counters = this.counters
    const device = frame.device as NetDevice // NetDevice.receive sets it
    if (frame.packetType === PACKET_OTHERHOST) {
      this.ns.pool.drop(frame, DropReason.OTHERHOST)
      return
    }
    counters.ipInReceives++
    counters.ipExtInOctets += frame.end - at
    const bad = ipv4.check(frame.view, at, frame.end)
    if (bad !== 0) {
      this.refuse(frame, bad)
      return
    }
    const ecn = frame.view.getUint8(at + 1) & ipv4.ECN_MASK
    if (ecn === ipv4.ECN_NOT_ECT) counters.ipExtInNoECTPkts++
    else this.countEcn(ecn)
    frame.end = ipv4.packetEnd(frame.view, at)
    frame.transportAt = ipv4.payloadAt(frame.view, at)
    if (this.ns.simulation.journal.tracing) traceReceive(this.ns, frame, device)
    if (this.hooks.prerouting !== null) {
      const verdict = runHooks(this.hooks.prerouting, frame, device, null)
      if (verdict !== NF_ACCEPT) {
        if (verdict === NF_DROP) this.ns.pool.drop(frame, DropReason.NETFILTER_DROP)
        return
      }
    }
    this.route(frame, device)
  }

  private route(frame: Frame, device: NetDevice): void {
    const view = frame.view
    const at = frame.networkAt
    const result = RESULT
    const bad = this.routing.input(view.getInt32(at + 16), view.getInt32(at + 12), view.getUint8(at + 1), device,
      frame.mark, result, frame)
    if (this.ns.simulation.journal.tracing) this.traceRoute(frame, device)
    if (bad !== 0) {
      this.martian(frame, bad)
      return
    }
    if (frame.transportAt - at > ipv4.HEADER_LEN) {
      if (!this.options.receive(frame, device, result)) return
    }
    if (result.error !== 0) {
      this.unroutable(frame, device, result.error)
      return
    }
    if (result.isMulticast || result.isBroadcast) this.countGroup(frame, result.isMulticast)
    else if ((frame.packetType === PACKET_BROADCAST || frame.packetType === PACKET_MULTICAST) &&
      this.isUnicastInLinkBroadcast(device)) {
      this.ns.pool.drop(frame, DropReason.UNICAST_IN_L2_MULTICAST)
      return
    }
    if (result.type === RTN_UNICAST || result.forwardBroadcast) this.forwarder.forward(frame, result, device)
    else this.deliver(frame, device)
  }

  /** Delivers a packet to this node; owns it. */
  private deliver(frame: Frame, device: NetDevice): void {
    let whole: Frame | null = frame
    if (ipv4.isFragment(frame.view, frame.networkAt)) {
      whole = this.reassembly.add(frame)
      if (whole === null) return
    }
    if (this.hooks.input !== null) {
      const verdict = runHooks(this.hooks.input, whole, device, null)
      if (verdict !== NF_ACCEPT) {
        if (verdict === NF_DROP) this.ns.pool.drop(whole, DropReason.NETFILTER_DROP)
        return
      }
    }
    this.toProtocol(whole)
  }

  private toProtocol(frame: Frame): void {
    const protocol = ipv4.protocol(frame.view, frame.networkAt)
    const raw = this.protocols.raw
    const taken = raw !== null && raw.deliver(frame, protocol)
    const handler = this.protocols.lookup(protocol)
    if (handler !== null) {
      this.counters.ipInDelivers++
      if (this.ns.simulation.journal.tracing) traceDeliver(this.ns, frame)
      handler.receive(frame)
      return
    }
    if (taken) {
      this.counters.ipInDelivers++
      this.ns.pool.free(frame)
      return
    }
    this.counters.ipInUnknownProtos++
    this.icmp.sendError(frame, icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_PROT_UNREACH, 0)
    this.ns.pool.drop(frame, DropReason.IP_NOPROTO)
  }

  /** A header that fails its checks (ip_rcv_core). */
  private refuse(frame: Frame, reason: number): void {
    const at = frame.networkAt
    if (frame.end - at >= ipv4.HEADER_LEN && ipv4.version(frame.view, at) === 4 &&
      ipv4.headerLen(frame.view, at) >= ipv4.HEADER_LEN) this.countEcn(frame.view.getUint8(at + 1) & ipv4.ECN_MASK)
    if (reason === DropReason.IP_CSUM) {
      this.counters.ipExtInCsumErrors++
      this.counters.ipInHdrErrors++
    } else if (reason === DropReason.PKT_TOO_SMALL) {
      this.counters.ipExtInTruncatedPkts++
    } else {
      this.counters.ipInHdrErrors++
    }
    this.ns.pool.drop(frame, reason)
  }

  /** IPSTATS_MIB_NOECTPKTS and those behind it. */
  private countEcn(ecn: number): void {
    const counters = this.counters
    if (ecn === ipv4.ECN_NOT_ECT) counters.ipExtInNoECTPkts++
    else if (ecn === ipv4.ECN_ECT_1) counters.ipExtInECT1Pkts++
    else if (ecn === ipv4.ECN_ECT_0) counters.ipExtInECT0Pkts++
    else counters.ipExtInCEPkts++
  }

  /** By what the destination is, not by how the frame came (ip_rcv_finish_core). */
  private countGroup(frame: Frame, multicast: boolean): void {
    const counters = this.counters
    const length = frame.end - frame.networkAt
    if (multicast) {
      counters.ipExtInMcastPkts++
      counters.ipExtInMcastOctets += length
    } else {
      counters.ipExtInBcastPkts++
      counters.ipExtInBcastOctets += length
    }
  }

  /** A source or destination that cannot be (ip_handle_martian_source, fib_validate_source). */
  private martian(frame: Frame, reason: number): void {
    if (reason === DropReason.IP_RPFILTER) this.counters.ipExtIpReversePathFilter++
    this.ns.pool.drop(frame, reason)
  }

  /** No way on from here: count, and if this is a router tell the sender (ip_error). */
  private unroutable(frame: Frame, device: NetDevice, error: number): void {
    const router = forwarding(inDeviceOf(device))
    if (error === -ENETUNREACH) this.counters.ipExtInNoRoutes++
    else if (error === -EHOSTUNREACH && !router) this.counters.ipInAddrErrors++
    if (router && this.icmp.mayAnswerUnroutable(frame)) {
      if (error === -EHOSTUNREACH) this.icmp.sendError(frame, icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_HOST_UNREACH, 0)
      if (error === -ENETUNREACH) this.icmp.sendError(frame, icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_NET_UNREACH, 0)
      if (error === -EACCES) this.icmp.sendError(frame, icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_PKT_FILTERED, 0)
    }
    this.ns.pool.drop(frame, unroutableReason(router, error))
  }

  /** RFC 1122 §3.3.6: a unicast packet in a link-layer broadcast may be dropped if the setting says so. */
  private isUnicastInLinkBroadcast(device: NetDevice): boolean {
    return RESULT.type === RTN_UNICAST || RESULT.isBroadcast || RESULT.isMulticast
      ? false
      : dropUnicastInL2Multicast(this.ns, inDeviceOf(device))
  }

  private traceRoute(frame: Frame, device: NetDevice): void {
    const steps = this.routing.explainInput(ipv4.destination(frame.view, frame.networkAt),
      ipv4.source(frame.view, frame.networkAt), ipv4.tos(frame.view, frame.networkAt), device, frame.mark)
    for (let i = 0; i < steps.length; i++) this.ns.trace(frame, steps[i])
  }
}

function unroutableReason(router: boolean, error: number): number {
  if (!router && error === -EHOSTUNREACH) return DropReason.NO_FORWARDING
  if (error === -ENETUNREACH) return DropReason.IP_INNOROUTES
  if (error === -EACCES) return DropReason.ROUTE_PROHIBIT
  if (error === -EHOSTUNREACH) return DropReason.ROUTE_UNREACHABLE
  return DropReason.ROUTE_BLACKHOLE
}
