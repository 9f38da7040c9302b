import type { Frame } from '../../device/frame.ts'
import { PACKET_HOST } from '../../device/frame.ts'
import type { NetDevice } from '../../device/net-device.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import * as wire from '../../wire/ipv4-options.ts'
import { acceptSourceRoute } from '../config.ts'
import { inDeviceOf } from '../in-device.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { RTN_LOCAL, RTN_UNICAST } from '../route/constants.ts'
import type { RouteResult } from '../route/route-result.ts'
import type { Routing } from '../route/routing.ts'
import type { SnmpCounters } from '../snmp.ts'
import type { Icmp } from './icmp.ts'

const NS_PER_MS = 1e6
const MS_PER_DAY = 86_400_000

/**
 * What a node does with the options of packets it receives and forwards (Linux net/ipv4/ip_options.c): judge them,
 * follow a source route where that is allowed, record its address and the time where that is asked for. Packets with
 * options are rare, so this room is cold; it keeps what it found of the present packet between its calls.
 *
 * Each address goes into its slot when it is known: for a packet to this node on receipt, for one that is forwarded
 * with the address of the device it leaves by (Linux writes a provisional one first; the bytes sent are the same). A
 * timestamp bears the address that the sender knows this node by, forwarded or not, as Linux was seen to do.
 */
export class Ipv4Options {
  private found = wire.noOptions()
  /** Next hop of a source route that this packet follows from here, or 0. */
  private nextSourceHop = 0
  /** Whether receipt changed a byte of the header (opt->is_changed). */
  private changed = false
  /** The address this node is known by to the packet's sender (RFC 1122 specific-destination address). */
  private ownAddress = 0

  constructor(private readonly ns: NetNamespace, private readonly routing: Routing, private readonly icmp: Icmp,
    private readonly counters: SnmpCounters) {}

  /** Whether the present packet has a source route: no redirect is sent for such a one. */
  get hasSourceRoute(): boolean {
    return this.found.sourceRoute !== 0
  }

  /** Judges the options of a packet that was routed (ip_rcv_options). False: they were bad, the packet is dropped. */
  receive(frame: Frame, device: NetDevice, route: RouteResult): boolean {
    this.found = wire.noOptions()
    this.nextSourceHop = 0
    this.ns.pool.writable(frame)
    const at = frame.networkAt
    const wrong = wire.compile(frame.view, at, this.found)
    if (wrong !== 0) {
      this.counters.ipInHdrErrors++
      this.icmp.sendError(frame, icmpv4.ICMP_PARAMETERPROB, 0, wrong << 24)
      this.ns.pool.drop(frame, DropReason.IP_INHDR)
      return false
    }
    if (this.found.sourceRoute !== 0) {
      if (!acceptSourceRoute(this.ns, inDeviceOf(device)) || !this.followSourceRoute(frame, device, route)) {
        this.ns.pool.drop(frame, DropReason.IP_INHDR)
        return false
      }
    }
    let changed = wire.clearAfterEnd(frame.view, at)
    this.ownAddress = this.specificDestination(frame, route, device)
    if (route.error === 0 && route.type !== RTN_UNICAST) changed = this.stamp(frame, this.ownAddress) || changed
    // The checksum stays as it came until the packet is forwarded: errors quote it so (ip_rcv_options).
    this.changed = changed
    return true
  }

  /** A strict source route whose next hop is not on the link cannot be followed: true, and the packet is dropped. */
  refuseStrict(frame: Frame, route: RouteResult): boolean {
    if (!this.found.isStrict || this.found.sourceRoute === 0 || route.gateway === 0) return false
    this.icmp.sendError(frame, icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_SR_FAILED, 0)
    this.ns.pool.drop(frame, DropReason.IP_INHDR)
    return true
  }

  /** Fills in addresses and times of a packet that goes on by `route` (ip_forward_options). */
  forward(frame: Frame, route: RouteResult): void {
    const at = frame.networkAt
    const view = frame.view
    const leaves = this.leavingAddress(frame, route)
    let changed = this.stamp(frame, leaves) || this.changed
    if (this.nextSourceHop !== 0) {
      const option = at + this.found.sourceRoute
      const end = option + view.getUint8(option + 1)
      let slot = option + view.getUint8(option + 2) - 1
      while (slot + 4 <= end && view.getInt32(slot) !== this.nextSourceHop) slot += 4
      if (slot + 4 <= end) {
        view.setInt32(slot, leaves)
        ipv4.setDestination(view, at, this.nextSourceHop)
        view.setUint8(option + 2, slot - option + 5)
        changed = true
      }
    }
    if (changed) ipv4.fillChecksum(view, at)
  }

  /** Writes an address and the time of day into the options that ask for them. */
  private stamp(frame: Frame, address: number): boolean {
    const view = frame.view
    const at = frame.networkAt
    let changed = false
    if (this.found.recordRoute !== 0) changed = wire.record(view, at + this.found.recordRoute, address)
    if (this.found.timestamp !== 0) changed = this.stampTime(view, at + this.found.timestamp, this.ownAddress) || changed
    return changed
  }

  private stampTime(view: DataView, option: number, address: number): boolean {
    const slot = wire.slotAt(view, option)
    const flag = wire.timestampFlag(view, option)
    if (slot === 0) {
      // A full option of prespecified addresses waits for others; any other counts the hosts that found no room.
      if (flag === wire.IPOPT_TS_PRESPEC) return false
      wire.countOverflow(view, option)
      return true
    }
    const time = Math.floor(this.ns.simulation.clock.ns[0] / NS_PER_MS) % MS_PER_DAY
    if (flag === wire.IPOPT_TS_PRESPEC) {
      if (!this.routing.isLocal(view.getInt32(slot))) return false
      wire.advance(view, option, 4)
    } else if (flag === wire.IPOPT_TS_TSANDADDR) {
      wire.record(view, option, address)
    } else if (flag !== wire.IPOPT_TS_TSONLY) {
      return false
    }
    return wire.record(view, option, time)
  }

  /** RFC 1122's specific-destination address: of a broadcast, the receiving interface's (fib_compute_spec_dst). */
  private specificDestination(frame: Frame, route: RouteResult, device: NetDevice): number {
    if (route.type === RTN_LOCAL) return ipv4.destination(frame.view, frame.networkAt)
    return this.routing.inetSelectAddress(device, ipv4.source(frame.view, frame.networkAt), 0)
  }

  /** The address a forwarded packet's options get: of the device it leaves by (ip_rt_get_source). */
  private leavingAddress(frame: Frame, route: RouteResult): number {
    const device = route.device
    if (device === null) return 0
    const nextHop = route.gateway === 0 ? ipv4.destination(frame.view, frame.networkAt) : route.gateway
    return this.routing.inetSelectAddress(device, nextHop, 0)
  }

  /** ip_options_rcv_srr: this node is the present hop; route by the next one. False: it cannot be followed. */
  private followSourceRoute(frame: Frame, device: NetDevice, route: RouteResult): boolean {
    if (frame.packetType !== PACKET_HOST || route.error !== 0) return false
    const view = frame.view
    const at = frame.networkAt
    if (route.type === RTN_UNICAST) {
      if (!this.found.isStrict) return true
      this.icmp.sendError(frame, icmpv4.ICMP_PARAMETERPROB, 0, 16 << 24)
      return false
    }
    if (route.type !== RTN_LOCAL) return false
    const option = at + this.found.sourceRoute
    const length = view.getUint8(option + 1)
    let pointer = view.getUint8(option + 2)
    let nextHop = 0
    for (; pointer <= length; pointer += 4) {
      if (pointer + 3 > length) {
        this.icmp.sendError(frame, icmpv4.ICMP_PARAMETERPROB, 0, (this.found.sourceRoute + 2) << 24)
        return false
      }
      nextHop = view.getInt32(option + pointer - 1)
      const bad = this.routing.input(nextHop, ipv4.source(view, at), ipv4.tos(view, at), device, frame.mark, route)
      if (bad !== 0 || !leadsOn(route)) return false
      if (leadsAway(route)) break
      ipv4.setDestination(view, at, nextHop)
      ipv4.fillChecksum(view, at)
    }
    if (pointer <= length) this.nextSourceHop = nextHop
    return true
  }
}

function leadsOn(route: RouteResult): boolean {
  return route.error === 0 && (route.type === RTN_UNICAST || route.type === RTN_LOCAL)
}

function leadsAway(route: RouteResult): boolean {
  return route.type !== RTN_LOCAL
}
