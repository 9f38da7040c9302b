// Hot path.
import type { Frame } from '../../device/frame.ts'
import { PACKET_HOST } from '../../device/frame.ts'
import type { NetDevice } from '../../device/net-device.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { bcForwarding } from '../config.ts'
import { inDeviceOf } from '../in-device.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { type Hooks, NF_ACCEPT, NF_DROP, runHooks } from '../netfilter/hooks.ts'
import type { RouteResult } from '../route/route-result.ts'
import type { Routing } from '../route/routing.ts'
import type { SnmpCounters } from '../snmp.ts'
import type { Icmp } from './icmp.ts'
import type { Ipv4Options } from './options.ts'
import type { Ipv4Output } from './output.ts'
import { traceExpired, traceForward, traceTooBig } from './trace.ts'

/** What a router does to a packet that is not for itself (Linux net/ipv4/ip_forward.c ip_forward()). */
export class Forwarder {
  constructor(private readonly ns: NetNamespace, private readonly routing: Routing, private readonly hooks: Hooks,
    private readonly output: Ipv4Output, private readonly icmp: Icmp, private readonly options: Ipv4Options,
    private readonly counters: SnmpCounters) {}

  /** Sends a checked packet on along `route`; owns it. */
  forward(frame: Frame, route: RouteResult, input: NetDevice): void {
    const pool = this.ns.pool
    const at = frame.networkAt
    if (frame.packetType !== PACKET_HOST && !(route.isBroadcast && bcForwarding(this.ns, inDeviceOf(input)))) {
      pool.drop(frame, DropReason.UNICAST_IN_L2_MULTICAST)
      return
    }
    if (ipv4.ttl(frame.view, at) <= 1) {
      this.expire(frame)
      return
    }
    const hasOptions = frame.transportAt - at > ipv4.HEADER_LEN
    if (hasOptions && this.options.refuseStrict(frame, route)) return
    this.counters.ipForwDatagrams++
    const mtu = this.routing.forwardMtu(route)
    if (frame.end - at > mtu && ipv4.isDontFragment(frame.view, at)) {
      this.tooBig(frame, mtu)
      return
    }
    pool.writable(frame)
    ipv4.decrementTtl(frame.view, frame.networkAt)
    if (this.ns.simulation.journal.tracing) traceForward(this.ns, frame, route)
    if (route.doRedirect && !(hasOptions && this.options.hasSourceRoute)) this.icmp.sendRedirect(frame, route, input)
    if (this.hooks.forward !== null) {
      const verdict = runHooks(this.hooks.forward, frame, input, route.device)
      if (verdict !== NF_ACCEPT) {
        if (verdict === NF_DROP) pool.drop(frame, DropReason.NETFILTER_DROP)
        return
      }
    }
    if (hasOptions) this.options.forward(frame, route)
    this.output.output(frame, route)
  }

  private expire(frame: Frame): void {
    this.counters.ipInHdrErrors++
    if (this.ns.simulation.journal.tracing) traceExpired(this.ns, frame)
    this.icmp.sendError(frame, icmpv4.ICMP_TIME_EXCEEDED, icmpv4.ICMP_EXC_TTL, 0)
    this.ns.pool.drop(frame, DropReason.IP_TTL_EXPIRED)
  }

  private tooBig(frame: Frame, mtu: number): void {
    this.counters.ipFragFails++
    if (this.ns.simulation.journal.tracing) traceTooBig(this.ns, frame, mtu)
    this.icmp.sendError(frame, icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_FRAG_NEEDED, mtu)
    this.ns.pool.drop(frame, DropReason.IP_FRAG_NEEDED)
  }
}
