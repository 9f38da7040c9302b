/**
 * ARP for IPv4 (RFC 826, RFC 5227; Linux net/ipv4/arp.c): the protocol of the neighbour table.
 *
 *   receive      arp_rcv          whole, and of our kind?
 *   process      arp_process      answer what is asked of us or of those we stand in for; learn from the rest
 *   solicit      arp_solicit      ask; which of our addresses we ask as is a setting (arp_announce)
 *   unreachable  arp_error_report nobody answered: host unreachable to who sent the packet
 *
 * What is learnt from whom, in short: a request for an address of ours teaches us the asker (STALE); any message
 * about a host that we know already updates it (a unicast reply makes it REACHABLE, all else STALE), but not within
 * locktime (1 s) of the last change if the address differs, so that the first of several answers wins; from messages
 * about hosts that we do not know nothing is learnt, unless arp_accept says so.
 */
import type { Frame } from '../device/frame.ts'
import { PACKET_HOST, PACKET_LOOPBACK, PACKET_OTHERHOST } from '../device/frame.ts'
import {
  type DeviceEvent, IFF_LOOPBACK, IFF_NOARP, IFF_POINTOPOINT, type NetDevice, type PacketHandler,
} from '../device/net-device.ts'
import {
  formatIpv4, formatMac, inPrefix, isLoopback, isMulticast, macFrom, multicastMacOf,
} from '../wire/address.ts'
import * as wire from '../wire/arp.ts'
import { DropReason } from '../wire/drop-reason.ts'
import { ETHERTYPE_ARP, HEADER_LEN as ETHERNET_LEN } from '../wire/ethernet.ts'
import * as icmpv4 from '../wire/icmpv4.ts'
import * as ipv4 from '../wire/ipv4.ts'
import {
  arpAccept, arpAnnounce, arpEvictNocarrier, arpFilter, arpIgnore, arpNotify, forwarding, proxyArp, routeLocalnet,
} from './config.ts'
import { IFA_F_SECONDARY, type InDevice, inDeviceOf } from './in-device.ts'
import type { Icmp } from './ipv4/icmp.ts'
import {
  NUD_NOARP, NUD_REACHABLE, NUD_STALE, NUD_VALID, stateName, UPDATE_OVERRIDE,
} from './neighbor/constants.ts'
import type { Neighbor } from './neighbor/neighbor.ts'
import type { NeighborOps, NeighborTable } from './neighbor/neighbor-table.ts'
import type { NetNamespace } from './net-namespace.ts'
import {
  RT_SCOPE_HOST, RT_SCOPE_LINK, RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST, RTN_UNICAST,
} from './route/constants.ts'
import { OutputFlow } from './route/flow.ts'
import { RouteResult } from './route/route-result.ts'
import type { Routing } from './route/routing.ts'
import type { SnmpCounters } from './snmp.ts'

const REQUEST = wire.ARPOP_REQUEST
const REPLY = wire.ARPOP_REPLY

/** Scratch: filled and read while one request is looked at, and nothing sent before the last reading. */
const route = new RouteResult()
const flow = new OutputFlow()

/** Where ARP counts, and tells of who does not answer. */
export interface ErrorPath {
  readonly icmp: Icmp
  readonly counters: SnmpCounters
}

export class Arp implements PacketHandler, NeighborOps {
  /** Devices that were told to do without. */
  private readonly silent = new Set<NetDevice>()

  constructor(private readonly ns: NetNamespace, private readonly neighbors: NeighborTable,
    private readonly routing: Routing, private readonly path: ErrorPath) {}

  /*
   * Receiving.
   */

  /** Takes an ARP frame; owns it (arp_rcv). */
  receive(frame: Frame): void {
    const device = frame.device as NetDevice // NetDevice.receive sets it
    if ((device.flags & IFF_NOARP) !== 0) {
      this.ns.pool.drop(frame, DropReason.DEVICE_NOARP)
      return
    }
    if (frame.packetType === PACKET_OTHERHOST || frame.packetType === PACKET_LOOPBACK) {
      this.ns.pool.drop(frame, DropReason.OTHERHOST)
      return
    }
    const bad = wire.check(frame.view, frame.networkAt, frame.end)
    if (bad !== 0) {
      this.ns.pool.drop(frame, bad)
      return
    }
    this.process(frame, device, false)
  }

  /** Handles a request again whose proxy delay is over; owns it (parp_redo). */
  redoProxy(frame: Frame): void {
    this.process(frame, frame.device as NetDevice, true) // the proxy queue keeps frames with their device
  }

  /** arp_process(); delayed: the request has waited in the proxy queue. */
  private process(frame: Frame, device: NetDevice, delayed: boolean): void {
    const view = frame.view
    const at = frame.networkAt
    const inDevice = inDeviceOf(device)
    const senderIp = wire.senderIp(view, at)
    const targetIp = wire.targetIp(view, at)
    const isRequest = wire.operation(view, at) === REQUEST
    if (isMulticast(targetIp) || (isLoopback(targetIp) && !routeLocalnet(this.ns, inDevice))) {
      this.refuse(frame, DropReason.ARP_NOT_FOR_US, `${formatIpv4(targetIp)} is no address to ask for`)
      return
    }
    if (senderIp === targetIp && (this.ns.allConf.dropGratuitousArp | inDevice.conf.dropGratuitousArp) !== 0) {
      this.refuse(frame, DropReason.ARP_IGNORED, 'gratuitous ARP is dropped here (drop_gratuitous_arp)')
      return
    }
    if (senderIp === 0) {
      this.answerProbe(frame, device, inDevice, targetIp, isRequest)
      return
    }
    if (isRequest && this.routing.input(targetIp, senderIp, 0, device, 0, route) === 0 && route.error === 0) {
      const type = route.type
      if (type === RTN_LOCAL) {
        this.answerOwn(frame, device, inDevice, senderIp, targetIp)
        return
      }
      if (type === RTN_UNICAST && forwarding(inDevice) && this.standsInFor(device, inDevice, senderIp, targetIp)) {
        this.answerForAnother(frame, device, inDevice, senderIp, targetIp, delayed)
        return
      }
    }
    this.learn(frame, device, inDevice, senderIp, targetIp, isRequest)
  }

  /** A request from 0.0.0.0 asks whether an address is taken (RFC 5227 §2.1.1); nothing is learnt from it. */
  private answerProbe(frame: Frame, device: NetDevice, inDevice: InDevice, targetIp: number, isRequest: boolean): void {
    if (isRequest && this.routing.addressType(targetIp) === RTN_LOCAL && !this.isIgnored(inDevice, 0, targetIp)) {
      this.answer(frame, device, 0, targetIp, 'a probe for an address of this node: it is taken')
    } else if (this.ns.tracing) {
      this.trace(frame, 'a probe for an address that is not answered for here')
    }
    this.ns.pool.free(frame)
  }

  /** A request for an address of this node. */
  private answerOwn(frame: Frame, device: NetDevice, inDevice: InDevice, senderIp: number, targetIp: number): void {
    if (this.isIgnored(inDevice, senderIp, targetIp)) {
      this.refuse(frame, DropReason.ARP_IGNORED,
        `arp_ignore is ${arpIgnore(this.ns, inDevice)}: ${device.name} does not answer for ${formatIpv4(targetIp)}`)
      return
    }
    if (arpFilter(this.ns, inDevice) && this.isFiltered(device, senderIp, targetIp)) {
      this.refuse(frame, DropReason.ARP_FILTERED,
        `arp_filter: the way back to ${formatIpv4(senderIp)} does not lead out of ${device.name}`)
      return
    }
    if (this.learnAsker(frame, device, senderIp)) {
      this.answer(frame, device, senderIp, targetIp,
        `${formatIpv4(senderIp)} asks for ${formatIpv4(targetIp)}, which is this node: answer, and note who asked`)
    }
    this.ns.pool.free(frame)
  }

  /** A request for an address that this router stands in for. */
  private answerForAnother(frame: Frame, device: NetDevice, inDevice: InDevice, senderIp: number, targetIp: number,
    delayed: boolean): void {
    this.learnAsker(frame, device, senderIp)
    if (delayed || frame.packetType === PACKET_HOST || inDevice.neighborParams.proxyDelayNs === 0) {
      this.answer(frame, device, senderIp, targetIp,
        `${formatIpv4(senderIp)} asks for ${formatIpv4(targetIp)}, which this router stands in for (proxy ARP): answer`)
      this.ns.pool.free(frame)
      return
    }
    if (this.ns.tracing) {
      this.trace(frame,
        `${formatIpv4(targetIp)} is one this router stands in for (proxy ARP): answer after a random delay`)
    }
    this.neighbors.proxies.enqueue(device, frame)
  }

  /** Whether proxy ARP applies: arp_fwd_proxy(), arp_fwd_pvlan(), `ip neigh add proxy`. The route is in `route`. */
  private standsInFor(device: NetDevice, inDevice: InDevice, senderIp: number, targetIp: number): boolean {
    const out = route.device
    if (out === device) {
      return senderIp !== targetIp && (this.ns.allConf.proxyArpPvlan | inDevice.conf.proxyArpPvlan) !== 0
    }
    if (proxyArp(this.ns, inDevice)) {
      const medium = inDevice.conf.mediumId
      if (medium === 0) return true
      const outMedium = out === null ? -1 : inDeviceOf(out).conf.mediumId
      if (medium !== -1 && outMedium !== medium && outMedium !== -1) return true
    }
    return this.neighbors.proxies.lookup(device, targetIp) !== null
  }

  /** arp_ignore(): whether the interface keeps silent about an address of this node. */
  private isIgnored(inDevice: InDevice, senderIp: number, targetIp: number): boolean {
    switch (arpIgnore(this.ns, inDevice)) {
      case 1: return this.routing.confirmAddress(inDevice, 0, targetIp, RT_SCOPE_HOST) === 0
      case 2: return this.routing.confirmAddress(inDevice, senderIp, targetIp, RT_SCOPE_HOST) === 0
      case 3: return this.routing.confirmAddress(null, 0, targetIp, RT_SCOPE_LINK) === 0
      case 8: return true
      default: return false
    }
  }

  /** arp_filter(): whether the way back to the asker leads out of another interface. */
  private isFiltered(device: NetDevice, senderIp: number, targetIp: number): boolean {
    flow.reset(senderIp, targetIp)
    if (this.routing.output(flow, route) < 0) return true
    if (route.device === device) return false
    this.path.counters.arpFilter++
    return true
  }

  /** Notes who asked (neigh_event_ns). False: the table is full, and no answer is sent. */
  private learnAsker(frame: Frame, device: NetDevice, senderIp: number): boolean {
    const neighbor = this.neighbors.getOrCreate(device, senderIp)
    if (neighbor === null) return false
    this.neighbors.update(neighbor, senderMac(frame), NUD_STALE, UPDATE_OVERRIDE)
    return true
  }

  /** Neither asked of us nor of those we stand in for: what does it tell about hosts we know? */
  private learn(frame: Frame, device: NetDevice, inDevice: InDevice, senderIp: number, targetIp: number,
    isRequest: boolean): void {
    let neighbor = this.neighbors.lookup(device, senderIp)
    const accepts = this.accepts(inDevice, senderIp)
    const gratuitous = (neighbor !== null || accepts) && this.isGratuitous(frame, senderIp, targetIp, isRequest)
    if (neighbor === null && accepts &&
      (gratuitous || (!isRequest && this.routing.addressType(senderIp) === RTN_UNICAST))) {
      neighbor = this.neighbors.getOrCreate(device, senderIp)
    }
    if (neighbor === null) {
      if (this.ns.tracing) {
        this.trace(frame, isRequest
          ? `a request for ${formatIpv4(targetIp)}, which is not this node: nothing to do`
          : `a reply of ${formatIpv4(senderIp)}, of whom this node did not ask: nothing is learnt`)
      }
      // Not a drop: every host on the link hears every request (Linux consume_skb()).
      this.ns.pool.free(frame)
      return
    }
    const nowNs = this.ns.simulation.clock.ns[0]
    const override = gratuitous || nowNs > neighbor.updatedNs + inDevice.neighborParams.locktimeNs
    const state = isRequest || frame.packetType !== PACKET_HOST ? NUD_STALE : NUD_REACHABLE
    this.neighbors.update(neighbor, senderMac(frame), state, override ? UPDATE_OVERRIDE : 0)
    if (this.ns.tracing) {
      this.trace(frame,
        `${formatIpv4(senderIp)} is at ${formatMac(neighbor.mac)}: neighbour ${stateName(neighbor.state)}`)
    }
    this.ns.pool.free(frame)
  }

  /** arp_accept(): whether an unknown host is learnt from a message that nobody asked for. */
  private accepts(inDevice: InDevice, senderIp: number): boolean {
    switch (arpAccept(this.ns, inDevice)) {
      case 1: return true
      case 2: return this.routing.confirmAddress(inDevice, senderIp, 0, RT_SCOPE_LINK) !== 0
      default: return false
    }
  }

  /** arp_is_garp(): an announcement; as a reply it must name the same hardware address twice. */
  private isGratuitous(frame: Frame, senderIp: number, targetIp: number, isRequest: boolean): boolean {
    if (senderIp !== targetIp) return false
    const view = frame.view
    const at = frame.networkAt
    if (!isRequest && (wire.targetMacHi(view, at) !== wire.senderMacHi(view, at) ||
      wire.targetMacLo(view, at) !== wire.senderMacLo(view, at))) {
      return false
    }
    return this.routing.addressType(senderIp) === RTN_UNICAST
  }

  /** Answers a request: targetIp is at our address. */
  private answer(frame: Frame, device: NetDevice, senderIp: number, targetIp: number, text: string): void {
    const hi = wire.senderMacHi(frame.view, frame.networkAt)
    const lo = wire.senderMacLo(frame.view, frame.networkAt)
    const reply = this.build(device, REPLY, senderIp, targetIp, hi, lo, hi, lo)
    if (this.ns.tracing) this.ns.trace(frame, { hook: 'arp_process', text, causes: reply.traceId })
    device.transmit(reply)
  }

  private refuse(frame: Frame, reason: number, text: string): void {
    if (this.ns.tracing) this.trace(frame, text)
    this.ns.pool.drop(frame, reason)
  }

  /*
   * The neighbour table's protocol.
   */

  /** arp_constructor(). */
  construct(neighbor: Neighbor): number {
    const device = neighbor.device
    const type = this.routing.addressType(neighbor.key)
    neighbor.type = type
    if (type === RTN_MULTICAST) {
      neighbor.setMac(multicastMacOf(neighbor.key))
    } else if ((device.flags & (IFF_NOARP | IFF_LOOPBACK)) !== 0) {
      neighbor.setMac(device.mac)
    } else if (type === RTN_BROADCAST || (device.flags & IFF_POINTOPOINT) !== 0) {
      neighbor.setMac(device.broadcastMac)
    } else {
      return 0
    }
    neighbor.state = NUD_NOARP
    return 0
  }

  /** Asks who has the neighbour's address; frame: the packet that made us ask, or null (arp_solicit). */
  solicit(neighbor: Neighbor, frame: Frame | null): void {
    const device = neighbor.device
    const inDevice = inDeviceOf(device)
    const params = inDevice.neighborParams
    const source = this.askAs(inDevice, neighbor.key, frame)
    let hi = 0xffff
    let lo = -1
    if (neighbor.probes < params.ucastProbes) {
      hi = neighbor.macHi
      lo = neighbor.macLo
    } else if (neighbor.probes < params.ucastProbes + params.appProbes) {
      this.neighbors.notify(neighbor, 'solicit')
      return
    }
    if ((device.flags & IFF_NOARP) !== 0) return
    const request = this.build(device, REQUEST, neighbor.key, source, hi, lo, 0, 0)
    if (frame !== null && this.ns.tracing) {
      const to = (neighbor.state & NUD_VALID) === 0 ? 'everybody' : formatMac(neighbor.mac)
      this.ns.trace(frame, {
        hook: 'arp_solicit',
        text: `ask ${to} on ${device.name} who has ${formatIpv4(neighbor.key)}, as ${formatIpv4(source)}`,
        data: { target: formatIpv4(neighbor.key), source: formatIpv4(source), device: device.name },
        causes: request.traceId,
      })
    }
    device.transmit(request)
  }

  /** The address of ours that a request names as the asker's; arp_announce narrows the choice. */
  private askAs(inDevice: InDevice, target: number, frame: Frame | null): number {
    let source = 0
    const announce = arpAnnounce(this.ns, inDevice)
    if (frame !== null && announce < 2) {
      const sender = ipv4.source(frame.view, frame.networkAt)
      if (this.routing.addressType(sender) === RTN_LOCAL && (announce === 0 || isOnLink(inDevice, target, sender))) {
        source = sender
      }
    }
    return source !== 0 ? source : this.routing.inetSelectAddress(inDevice.device, target, RT_SCOPE_LINK)
  }

  /** Nobody answered for a packet's next hop: tell who sent it; owns the frame (arp_error_report). */
  unreachable(_neighbor: Neighbor, frame: Frame): void {
    this.path.icmp.sendError(frame, icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_HOST_UNREACH, 0)
    this.ns.pool.drop(frame, DropReason.NEIGH_FAILED)
  }

  /*
   * Devices.
   */

  /** What a change of a device means for its neighbours (arp_netdev_event, arp_ifdown, inetdev_event). */
  onDevice(device: NetDevice, event: DeviceEvent): void {
    switch (event) {
      case 'up':
        if (arpNotify(this.ns, inDeviceOf(device))) this.announceAll(device)
        break
      case 'down':
      case 'unregister':
        this.silent.delete(device)
        this.neighbors.deviceDown(device)
        break
      case 'carrier':
        if (device.up && !device.carrier && arpEvictNocarrier(this.ns, inDeviceOf(device))) {
          this.neighbors.carrierDown(device)
        }
        break
      case 'address':
        this.neighbors.flushDevice(device, false)
        if (arpNotify(this.ns, inDeviceOf(device))) this.announceAll(device)
        break
      case 'flags':
        this.onFlags(device)
        break
      default:
    }
  }

  private onFlags(device: NetDevice): void {
    const silent = (device.flags & IFF_NOARP) !== 0
    if (silent === this.silent.has(device)) return
    if (silent) this.silent.add(device)
    else this.silent.delete(device)
    if (device.up) this.onArpFlag(device)
  }

  /** The device speaks ARP, or does so no more (`ip link set … arp off`): what was known does not hold any more. */
  onArpFlag(device: NetDevice): void {
    this.neighbors.flushDevice(device, false)
  }

  /** Announces all addresses of a device (inetdev_send_gratuitous_arp). */
  announceAll(device: NetDevice): void {
    for (const address of inDeviceOf(device).addresses) this.announce(device, address.local)
  }

  /** Announces an address of ours: a request for it, to all, as from itself (RFC 5227 §3). */
  announce(device: NetDevice, address: number): void {
    if ((device.flags & IFF_NOARP) !== 0) return
    device.transmit(this.build(device, REQUEST, address, address, 0xffff, -1, 0, 0))
  }

  /**
   * A message, ready to be sent (arp_create). The first hi and lo are the frame's destination, the second the target
   * hardware address in the message: zeros in a request, the asker's in a reply.
   */
  private build(device: NetDevice, operation: number, targetIp: number, senderIp: number, hi: number, lo: number,
    targetHi: number, targetLo: number): Frame {
    const frame = this.ns.pool.take(wire.HEADER_LEN)
    const at = frame.start
    const view = frame.view
    frame.networkAt = at
    frame.protocol = ETHERTYPE_ARP
    frame.end = at + wire.write(view, at, operation, device.macHi, device.macLo, senderIp, targetHi, targetLo, targetIp)
    frame.start = at - ETHERNET_LEN
    view.setUint16(frame.start, hi)
    view.setInt32(frame.start + 2, lo)
    view.setUint16(frame.start + 6, device.macHi)
    view.setInt32(frame.start + 8, device.macLo)
    view.setUint16(frame.start + 12, ETHERTYPE_ARP)
    return frame
  }

  private trace(frame: Frame, text: string): void {
    this.ns.trace(frame, { hook: 'arp_process', text })
  }
}

function senderMac(frame: Frame): number {
  return macFrom(wire.senderMacHi(frame.view, frame.networkAt), wire.senderMacLo(frame.view, frame.networkAt))
}

/** Whether both addresses lie in the subnet of one primary address of the device (inet_addr_onlink). */
export function isOnLink(inDevice: InDevice, a: number, b: number): boolean {
  for (const address of inDevice.addresses) {
    if ((address.flags & IFA_F_SECONDARY) !== 0) continue
    const { address: subnet, prefixLength } = address
    if (inPrefix(a, subnet, prefixLength) && inPrefix(b, subnet, prefixLength)) return true
  }
  return false
}
