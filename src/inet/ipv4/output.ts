// Hot path.
import type { Frame } from '../../device/frame.ts'
import { PACKET_LOOPBACK } from '../../device/frame.ts'
import { IFF_LOOPBACK, type NetDevice } from '../../device/net-device.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import { ETHERTYPE_IPV4, HEADER_LEN as ETHERNET_LEN } from '../../wire/ethernet.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { type Hooks, NF_ACCEPT, NF_DROP, runHooks } from '../netfilter/hooks.ts'
import { RTN_BROADCAST, RTN_MULTICAST } from '../route/constants.ts'
import type { RouteResult } from '../route/route-result.ts'
import type { Routing } from '../route/routing.ts'
import type { SnmpCounters } from '../snmp.ts'
import { traceNeighbor, traceSend } from './trace.ts'

/** Cuts a packet that is larger than the device's MTU, and hands the pieces on; owns the packet (ip_fragment). */
export interface Fragmenter {
  fragment(frame: Frame, route: RouteResult, mtu: number, next: FragmentSink): void
}

/** Where the pieces go. */
export interface FragmentSink {
  sendToNeighbor(frame: Frame, route: RouteResult): void
}

/** Argument for `send`: let the stack choose the identification. */
export const CHOOSE_ID = -1

/**
 * A packet's way out (Linux net/ipv4/ip_output.c):
 *
 *   send            ip_local_out   a packet of our own: write the header, hook `output`
 *   output          ip_output      hook `postrouting`; also where forwarded packets come in
 *   finish          ip_finish_output   too large for the device? fragment
 *   sendToNeighbor  ip_finish_output2  the next hop's neighbour writes the Ethernet header and sends
 */
export class Ipv4Output implements FragmentSink {
  fragmenter: Fragmenter | null = null
  private identification = 0

  constructor(private readonly ns: NetNamespace, private readonly routing: Routing, private readonly hooks: Hooks,
    private readonly counters: SnmpCounters) {}

  /**
   * Writes an IPv4 header in front of the payload [transportAt, end) and sends the packet along `route`; owns it.
   * fragment: the flags, IP_DF or 0. id: CHOOSE_ID, or the identification of a socket that keeps its own.
   * options: null, or the bytes of the options, a multiple of 4.
   */
  send(frame: Frame, route: RouteResult, source: number, destination: number, protocol: number, tos: number,
    ttl: number, fragment: number, id: number, options: Uint8Array | null): void {
    const optionLength = options === null ? 0 : options.length
    const at = frame.transportAt - ipv4.HEADER_LEN - optionLength
    const view = frame.view
    frame.networkAt = at
    frame.start = at
    frame.protocol = ETHERTYPE_IPV4
    if (options !== null) frame.bytes.set(options, at + ipv4.HEADER_LEN)
    view.setUint16(at, ((0x40 | (5 + (optionLength >> 2))) << 8) | tos)
    view.setUint16(at + 2, frame.end - at)
    view.setUint16(at + 4, id === CHOOSE_ID ? this.chooseId(source, destination, protocol, fragment) : id)
    view.setUint16(at + 6, fragment)
    view.setUint16(at + 8, (ttl << 8) | protocol)
    view.setInt32(at + 12, source)
    view.setInt32(at + 16, destination)
    this.sendPrepared(frame, route)
  }

  /** Sends a packet whose header is complete but for length and checksum; owns it (ip_local_out). */
  sendPrepared(frame: Frame, route: RouteResult): void {
    const view = frame.view
    const at = frame.networkAt
    frame.protocol = ETHERTYPE_IPV4
    ipv4.setTotalLength(view, at, frame.end - at)
    ipv4.fillChecksum(view, at)
    this.counters.ipOutRequests++
    frame.device = route.device
    if (this.ns.simulation.journal.tracing) traceSend(this.ns, this.routing, frame, route)
    if (this.hooks.output !== null) {
      const verdict = runHooks(this.hooks.output, frame, null, route.device)
      if (verdict !== NF_ACCEPT) {
        if (verdict === NF_DROP) this.ns.pool.drop(frame, DropReason.NETFILTER_DROP)
        return
      }
    }
    this.output(frame, route)
  }

  /** Sends a packet that is complete and was routed; owns it (ip_output, ip_mc_output). */
  output(frame: Frame, route: RouteResult): void {
    frame.device = route.device
    const type = route.type
    if (type === RTN_BROADCAST || type === RTN_MULTICAST) {
      if (this.handleOwnGroup(frame, route)) return
    }
    if (this.hooks.postrouting !== null) {
      const verdict = runHooks(this.hooks.postrouting, frame, null, route.device)
      if (verdict !== NF_ACCEPT) {
        if (verdict === NF_DROP) this.ns.pool.drop(frame, DropReason.NETFILTER_DROP)
        return
      }
    }
    const mtu = this.routing.resultMtu(route)
    if (frame.end - frame.networkAt > mtu && this.fragmenter !== null) {
      this.fragmenter.fragment(frame, route, mtu, this)
      return
    }
    this.sendToNeighbor(frame, route)
  }

  /** Hands a packet that fits to the next hop's neighbour; owns it (ip_finish_output2). */
  sendToNeighbor(frame: Frame, route: RouteResult): void {
    this.counters.ipOutTransmits++
    this.counters.ipExtOutOctets += frame.end - frame.networkAt
    if (route.type === RTN_MULTICAST || route.type === RTN_BROADCAST) this.countGroup(frame, route.type)
    const neighbor = this.routing.neighborFor(route, frame.view.getInt32(frame.networkAt + 16))
    if (neighbor === null) {
      this.ns.pool.drop(frame, DropReason.NEIGH_CREATEFAIL)
      return
    }
    if (this.ns.simulation.journal.tracing) traceNeighbor(this.ns, frame, route, neighbor)
    neighbor.output(frame)
  }

  private countGroup(frame: Frame, type: number): void {
    const counters = this.counters
    const length = frame.end - frame.networkAt
    if (type === RTN_MULTICAST) {
      counters.ipExtOutMcastPkts++
      counters.ipExtOutMcastOctets += length
    } else {
      counters.ipExtOutBcastPkts++
      counters.ipExtOutBcastOctets += length
    }
  }

  /**
   * Identification as ip_select_ident: 0 for a packet that may not be fragmented (RFC 6864: it is atomic), else a number
   * that differs for every packet of a (source, destination, protocol).
   */
  private chooseId(source: number, destination: number, protocol: number, fragment: number): number {
    return (fragment & ipv4.IP_DF) !== 0 ? 0 : this.nextId(source, destination, protocol)
  }

  /** The next identification of a (source, destination, protocol) (__ip_select_ident). */
  nextId(source: number, destination: number, protocol: number): number {
    this.identification = (this.identification + 1) & 0xffff
    let hash = Math.imul(source ^ this.ns.identificationKey, 0x9e3779b1)
    hash ^= Math.imul(destination ^ protocol, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
    return ((hash >>> 16) + this.identification) & 0xffff
  }

  /** A broadcast, or a multicast to a group this host is in, comes back to it as well. True: nothing is left to do. */
  private handleOwnGroup(frame: Frame, route: RouteResult): boolean {
    const device = route.device
    if (device === null || (device.flags & IFF_LOOPBACK) !== 0) return false
    const ttl = ipv4.ttl(frame.view, frame.networkAt)
    if (route.type === RTN_BROADCAST || route.isLocalGroup) this.loopBack(frame, device)
    if (route.type === RTN_MULTICAST && ttl === 0) {
      this.ns.pool.free(frame)
      return true
    }
    return false
  }

  /** Receives a copy of what is being sent (ip_dev_loopback_xmit): through the loopback queue, not by recursion. */
  private loopBack(frame: Frame, device: NetDevice): void {
    const copy = this.ns.pool.copy(frame)
    copy.start = copy.networkAt - ETHERNET_LEN
    copy.bytes.fill(0, copy.start, copy.networkAt - 2)
    copy.view.setUint16(copy.networkAt - 2, ETHERTYPE_IPV4)
    copy.packetType = PACKET_LOOPBACK
    copy.device = device
    copy.inputIfindex = device.ifindex
    this.ns.loopback.driver.transmit(copy)
  }
}
