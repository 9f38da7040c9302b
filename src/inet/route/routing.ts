// Hot path.
// Routing of a network namespace: where does this packet go? (Linux net/ipv4/route.c, fib_frontend.c.)
//
//   input      a packet that came in: for this node, to be forwarded, nowhere, or not to be believed (martian)
//   output     a packet of this node: out of which device, to which next hop, from which address
//
// Both ask the policy rules (rules.ts), which ask tables (route-table.ts): tries of prefixes (fib.ts), each with its
// routes in order. Without rules of the user's own, `local` and `main` are one trie and a packet costs one look-up.
//
//   routing.ts          look-ups of packets; what devices' ups and downs mean     ip_route_*, fib_netdev_event
//   route-store.ts      tables, routes in and out, checks of nexthops             fib_table_*, fib_create_info
//   address.ts          addresses, the routes that come with them, sources        devinet.c, fib_add_ifaddr
//   rules.ts            policy rules                                              fib_rules.c
//   nexthop-table.ts    nexthop objects and groups of them, which routes refer to     nexthop.c
//   multipath.ts        shares and flow hashes of routes with several nexthops    fib_select_multipath
//   default-gateway.ts  which of several default routes is alive                  fib_select_default
//   exceptions.ts       what ICMP taught about single destinations                fnhe_*
//   explain.ts          the same look-ups in sentences, for `why`
//
// Where it departs from Linux:
//   - Linux caches what it found (struct rtable) in nexthops and sockets and throws the caches away when routes change;
//     here each packet is looked up. What can be seen is the same.
//   - A packet that this node sent to itself carries its route along in Linux (skb_dst) and is not looked up again on
//     arrival. Here what arrives on a loopback device is delivered without asking where its source belongs, nor
//     whether its destination is this node's: a route by lo is a local one (RTCF_LOCAL in __mkroute_output()).
//   - The key of the multipath hash comes from the run's seed (multipath.ts).

import { EHOSTUNREACH, EINVAL, ENETUNREACH, ENODEV } from '../../base/errno.ts'
import type { Frame } from '../../device/frame.ts'
import { type DeviceEvent, IFF_LOOPBACK, IFF_UP, type NetDevice } from '../../device/net-device.ts'
import type { Nanoseconds } from '../../engine/clock.ts'
import { NS_PER_S } from '../../engine/clock.ts'
import type { TraceStep } from '../../engine/journal-record.ts'
import {
  IPV4_ALL_HOSTS, IPV4_BROADCAST, IPV4_LOOPBACK, isLocalMulticast, isLoopback, isMulticast,
} from '../../wire/address.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import {
  acceptRedirects, bcForwarding, forwarding, routeLocalnet, rpFilter, secureRedirects, sendRedirects, sharedMedia,
} from '../config.ts'
import { type IfAddress, type InDevice, inDeviceOf } from '../in-device.ts'
import { NUD_VALID } from '../neighbor/constants.ts'
import type { Neighbor } from '../neighbor/neighbor.ts'
import type { NeighborTable } from '../neighbor/neighbor-table.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { AddressBook, type AddressUser } from './address.ts'
import {
  FIB_LOOKUP_IGNORE_LINKSTATE, FLOWI_FLAG_ANYSRC, RT_SCOPE_HOST, RT_SCOPE_LINK, RT_SCOPE_UNIVERSE, RT_TABLE_LOCAL,
  RT_TABLE_MAIN, RTAX_MTU, RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST, RTN_UNICAST, RTN_UNREACHABLE,
} from './constants.ts'
import { selectDefault } from './default-gateway.ts'
import { ExceptionTable, type RouteException } from './exceptions.ts'
import { errorRouteText, explainInput, explainOutput } from './explain.ts'
import { FibResult, OutputFlow } from './flow.ts'
import { hashOfFlow, hashOfPacket, portsOf, selectMultipath } from './multipath.ts'
import type { Nexthop } from './nexthop.ts'
import { NexthopTable } from './nexthop-table.ts'
import { RouteResult } from './route-result.ts'
import { type Extack, type RouteConfig, RouteStore } from './route-store.ts'
import type { Route, RouteTable } from './route-table.ts'
import type { RouteRules } from './rules.ts'

/** Largest IPv4 packet there can be (IP_MAX_MTU). */
const MAX_MTU = 65535
/** With a locked MTU and a gateway on the way nothing larger is sent (RFC 791's 576). */
const LOCKED_MTU = 576
/** How long a redirect holds (ip_rt_gc_timeout). */
const REDIRECT_NS = 300 * NS_PER_S
/** IPv4 does not work below this (IPV4_MIN_MTU). */
const MIN_MTU = 68

/** Which multicast groups this node has joined; sockets fill it (ip_mc_join_group). */
export interface MulticastGroups {
  /** Whether packets of `source` to the group are wanted on the device. protocol: of IPv4. */
  isMember(device: NetDevice, group: number, source: number, protocol: number): boolean
}

const NO_EXTACK: Extack = { text: '' }

/** What look-ups work in. No look-up calls another, so one set serves all namespaces. */
const inputFlow = new OutputFlow()
const checkFlow = new OutputFlow()
const found = new FibResult()
const checked = new FibResult()
const scratch = new RouteResult()
const callersFlow = new OutputFlow()

export class Routing implements AddressUser {
  readonly store: RouteStore
  readonly addresses: AddressBook
  /** For callers to fill and hand to output(); nothing in it outlives the call. */
  readonly flow = callersFlow
  groups: MulticastGroups | null = null
  /** Seed of the multipath hash while net.ipv4.fib_multipath_hash_seed is 0. */
  private readonly ownHashSeed: number
  private deviceMtus: Map<NetDevice, number> | null = null

  constructor(readonly ns: NetNamespace, readonly neighbors: NeighborTable) {
    this.store = new RouteStore(ns)
    this.addresses = new AddressBook(ns, this.store, this)
    this.ownHashSeed = ns.identificationKey ^ 0x5bd1e995
  }

  // ---- packets that come in ---------------------------------------------------------------------------------------

  /**
   * Routes a packet that came in on `device` (ip_route_input_noref). Returns 0, then result.error is 0 or the -errno of
   * what to tell the sender and result.type says what to do; or the DropReason of a packet that may not be.
   * frame: for what rules and multipath hashes need beyond addresses; null: they go without.
   */
  input(destination: number, source: number, tos: number, device: NetDevice, mark: number, result: RouteResult,
    frame: Frame | null = null): number {
    const inDevice = device.inet as InDevice // a device in a namespace has one
    const first = destination >>> 24
    const sourceFirst = source >>> 24
    const odd = first === 0 || first === 127 || first >= 224 ||
      sourceFirst === 0 || sourceFirst === 127 || sourceFirst >= 224
    const store = this.store
    const main = store.main
    if (!odd && main !== null && !store.rules.custom && inDevice.conf.forwarding !== 0) {
      const route = main.trie.plainRoute(destination)
      if (route !== null && this.forwardPlain(route, source, device, inDevice, result)) return 0
    }
    result.reset()
    if ((device.flags & IFF_LOOPBACK) !== 0) return this.loopbackInput(destination, device, result, frame)
    return this.inputByTable(destination, source, tos, device, inDevice, mark, result, frame, odd)
  }

  /** As input(), of a packet that came in on lo without its route: none does, but `ip route get … iif lo` asks. Cold. */
  inputOnLoopback(destination: number, source: number, tos: number, device: NetDevice, mark: number,
    result: RouteResult): number {
    result.reset()
    return this.inputByTable(destination, source, tos, device, device.inet as InDevice, mark, result, null, true)
  }

  /** odd: one of the addresses needs a closer look. */
  private inputByTable(destination: number, source: number, tos: number, device: NetDevice, inDevice: InDevice,
    mark: number, result: RouteResult, frame: Frame | null, odd: boolean): number {
    const store = this.store
    if (odd) {
      const reason = this.inputOddAddress(destination, source, tos, device, inDevice, mark, result, frame)
      if (reason >= 0) return reason
    }
    const flow = inputFlow
    flow.destination = destination
    flow.source = source
    flow.tos = tos
    flow.iif = device.ifindex
    flow.mark = mark
    flow.protocol = 0
    flow.sport = 0
    flow.dport = 0
    if (store.rules.needsPorts && frame !== null) readPorts(flow, frame)
    const error = store.lookup(flow, 0, found)
    if (error !== 0) return unroutable(result, forwarding(inDevice) ? error : -EHOSTUNREACH)
    if (found.type === RTN_LOCAL) return this.localInput(destination, source, tos, device, inDevice, mark, result)
    if (found.type === RTN_BROADCAST) {
      result.tableId = found.tableId
      if (!bcForwarding(this.ns, inDevice)) return this.broadcastInput(source, tos, device, inDevice, mark, result)
      result.forwardBroadcast = true
    } else if (!forwarding(inDevice)) {
      return unroutable(result, -EHOSTUNREACH)
    } else if (found.type !== RTN_UNICAST) {
      return DropReason.IP_INVALID_DEST
    }
    return this.forwardInput(destination, source, tos, device, inDevice, mark, result, frame)
  }

  /**
   * The frequent case in few steps: a plain route out of another device, nothing to be checked about the source but
   * that it is not an own address. Returns false for everything else, having done nothing.
   * (44 ns a packet instead of 108 the general way, for a router with 4 devices and 19 prefixes.)
   */
  private forwardPlain(route: Route, source: number, device: NetDevice, inDevice: InDevice,
    result: RouteResult): boolean {
    const info = route.info
    const nexthop = info.first
    const all = this.ns.allConf
    const conf = inDevice.conf
    if (nexthop.device === device || nexthop.exceptions !== null || (all.rpFilter | conf.rpFilter) !== 0 ||
      this.store.customLocalRoutes || this.addresses.isOwn(source) || (device.flags & IFF_LOOPBACK) !== 0) return false
    const metrics = info.metrics
    result.type = RTN_UNICAST
    result.error = 0
    result.nexthop = nexthop
    result.device = nexthop.device
    result.gateway = nexthop.scope === RT_SCOPE_LINK ? nexthop.gateway : 0
    result.source = 0
    result.tableId = RT_TABLE_MAIN
    result.prefixLength = route.prefixLength
    result.tos = 0
    result.info = info
    result.scope = info.scope
    result.mtu = metrics === null ? 0 : metrics[RTAX_MTU]
    result.mtuLocked = metrics !== null && info.mtuLocked
    result.pathMtu = 0
    result.doRedirect = false
    result.isBroadcast = false
    result.isMulticast = false
    result.isLocalGroup = false
    result.redirected = false
    result.forwardBroadcast = false
    return true
  }

  /** For this node itself. */
  private localInput(destination: number, source: number, tos: number, device: NetDevice, inDevice: InDevice,
    mark: number, result: RouteResult): number {
    this.fill(result, destination)
    result.device = device
    const valid = this.validateSource(source, destination, tos, 0, device, inDevice, mark)
    return valid < 0 ? -valid : 0
  }

  /** To be forwarded (ip_mkroute_input). */
  private forwardInput(destination: number, source: number, tos: number, device: NetDevice, inDevice: InDevice,
    mark: number, result: RouteResult, frame: Frame | null): number {
    const info = found.info
    if (info !== null && info.more.length > 0) {
      const conf = this.ns.conf
      selectMultipath(this.ns, this.neighbors, found, hashOfPacket(conf.fibMultipathHashPolicy,
        conf.fibMultipathHashFields, this.hashSeed(), source, destination, frame), 0)
    }
    this.fill(result, destination)
    const out = result.device
    const nexthop = result.nexthop
    if (out === null || nexthop === null) return DropReason.NOT_SPECIFIED
    const valid = this.validateSource(source, destination, tos, nexthop.ifindex, device, inDevice, mark)
    if (valid < 0) return -valid
    if (out === device && valid > 0 && sendRedirects(this.ns, inDevice) &&
      (sharedMedia(this.ns, inDevice) || this.addresses.isOnLink(device, source, nexthop.gateway))) {
      result.doRedirect = true
    }
    return 0
  }

  /** Addresses that need a closer look. Returns a DropReason, 0 (done), or -1: go on. */
  private inputOddAddress(destination: number, source: number, tos: number, device: NetDevice, inDevice: InDevice,
    mark: number, result: RouteResult, frame: Frame | null): number {
    if (isMulticast(destination)) {
      return this.multicastInput(destination, source, tos, device, inDevice, mark, result, frame)
    }
    if (isMulticast(source) || source === IPV4_BROADCAST) return DropReason.IP_INVALID_SOURCE
    if (destination === IPV4_BROADCAST || (source | destination) === 0) {
      return this.broadcastInput(source, tos, device, inDevice, mark, result)
    }
    if (source === 0) return DropReason.IP_INVALID_SOURCE
    if (destination === 0) return DropReason.IP_INVALID_DEST
    const loopback = isLoopback(destination) || isLoopback(source)
    return loopback && !routeLocalnet(this.ns, inDevice) ? DropReason.IP_LOCALNET : -1
  }

  private broadcastInput(source: number, tos: number, device: NetDevice, inDevice: InDevice, mark: number,
    result: RouteResult): number {
    result.type = RTN_BROADCAST
    result.isBroadcast = true
    result.device = device
    if (source === 0) return 0
    const valid = this.validateSource(source, 0, tos, 0, device, inDevice, mark)
    return valid < 0 ? -valid : 0
  }

  /** ip_route_input_mc. */
  private multicastInput(group: number, source: number, tos: number, device: NetDevice, inDevice: InDevice,
    mark: number, result: RouteResult, frame: Frame | null): number {
    const protocol = frame === null ? 0 : ipv4.protocol(frame.view, frame.networkAt)
    if (!this.isMember(device, group, source, protocol)) return DropReason.MULTICAST_NOT_JOINED
    if (isMulticast(source) || source === IPV4_BROADCAST) return DropReason.IP_INVALID_SOURCE
    if (isLoopback(source) && !routeLocalnet(this.ns, inDevice)) return DropReason.IP_LOCALNET
    if (source === 0) {
      if (!isLocalMulticast(group) && protocol !== ipv4.PROTO_IGMP) return DropReason.IP_INVALID_SOURCE
    } else {
      const valid = this.validateSource(source, 0, tos, 0, device, inDevice, mark)
      if (valid < 0) return -valid
    }
    result.type = RTN_MULTICAST
    result.isMulticast = true
    result.isLocalGroup = true
    result.device = device
    return 0
  }

  /** What this node sent to itself: see the head of the file. */
  private loopbackInput(destination: number, device: NetDevice, result: RouteResult, frame: Frame | null): number {
    // Broadcast is what was sent so: by lo itself its own only, but a copy of what another device sent as that one's.
    const type = frame !== null && frame.inputIfindex === device.ifindex ? this.addressTypeOn(device, destination)
      : this.addressType(destination)
    result.type = type === RTN_BROADCAST || type === RTN_MULTICAST ? type : RTN_LOCAL
    result.isBroadcast = type === RTN_BROADCAST
    result.isMulticast = type === RTN_MULTICAST
    result.device = device
    result.tableId = RT_TABLE_LOCAL
    return 0
  }

  /**
   * Whether a packet from `source` may come in by `device` (fib_validate_source): 0 yes, 1 yes and the sender is on the
   * device's own link, or a negative DropReason. oif: where it is going to be sent, 0 if nowhere.
   */
  private validateSource(source: number, destination: number, tos: number, oif: number, device: NetDevice,
    inDevice: InDevice, mark: number): number {
    const filter = rpFilter(this.ns, inDevice)
    if (filter === 0 && (device.ifindex !== oif || !sendRedirects(this.ns, inDevice))) {
      if ((inDevice.conf.acceptLocal | this.ns.allConf.acceptLocal) !== 0) return 0
      if (!this.store.customLocalRoutes && !this.store.rules.custom) {
        return this.addresses.isOwn(source) ? -DropReason.IP_LOCAL_SOURCE : 0
      }
    }
    return this.validateReversePath(source, destination, tos, oif, device, inDevice, mark, filter)
  }

  /** Looks the way back to the source up (__fib_validate_source). */
  private validateReversePath(source: number, destination: number, tos: number, oif: number, device: NetDevice,
    inDevice: InDevice, mark: number, filter: number): number {
    const flow = checkFlow
    flow.destination = source
    flow.source = destination
    flow.tos = tos
    flow.oif = 0
    flow.iif = oif === 0 ? 1 : oif
    flow.mark = (inDevice.conf.srcValidMark | this.ns.allConf.srcValidMark) !== 0 ? mark : 0
    flow.protocol = inputFlow.protocol
    flow.sport = inputFlow.dport
    flow.dport = inputFlow.sport
    if (this.store.lookup(flow, 0, checked) !== 0) return filter === 0 ? 0 : -DropReason.IP_RPFILTER
    if (checked.type !== RTN_UNICAST) {
      if (checked.type !== RTN_LOCAL) return -DropReason.IP_INVALID_SOURCE
      if ((inDevice.conf.acceptLocal | this.ns.allConf.acceptLocal) === 0) return -DropReason.IP_LOCAL_SOURCE
    }
    if (usesDevice(checked, device)) return isOnLinkResult(checked)
    if (inDevice.addresses.length === 0) return filter === 0 ? 0 : -DropReason.IP_RPFILTER
    if (filter === 1) return -DropReason.IP_RPFILTER
    flow.oif = device.ifindex
    if (this.store.lookup(flow, FIB_LOOKUP_IGNORE_LINKSTATE, checked) !== 0 || checked.type !== RTN_UNICAST) return 0
    return isOnLinkResult(checked)
  }

  // ---- packets of this node -----------------------------------------------------------------------------------------

  /**
   * Routes a packet of this node (ip_route_output_key_hash). Returns 0, or -errno: ENETUNREACH no route, EHOSTUNREACH,
   * EACCES, EINVAL by an error route or a rule, ENODEV. result.source is the source to use.
   */
  output(flow: OutputFlow, result: RouteResult): number {
    result.reset()
    const { destination, oif } = flow
    let source = flow.source
    found.info = null
    found.nexthop = null
    found.prefixLength = 0
    found.scope = RT_SCOPE_UNIVERSE
    found.tableId = 0
    if (source !== 0) {
      if (isMulticast(source) || source === IPV4_BROADCAST) return -EINVAL
      if (oif === 0 && (isMulticast(destination) || destination === IPV4_BROADCAST)) {
        const device = this.addresses.deviceByAddress(source)
        if (device === null) return -ENETUNREACH
        return this.finishOutput(flow, destination, source, RTN_UNICAST, device, result)
      }
      if ((flow.flags & FLOWI_FLAG_ANYSRC) === 0 && !this.isOwnSource(source)) return -ENETUNREACH
    }
    let device: NetDevice | null = null
    if (oif !== 0) {
      device = this.ns.deviceByIndex(oif)
      if (device === null) return -ENODEV
      if ((device.flags & IFF_UP) === 0) return -ENETUNREACH
      if (isLocalMulticast(destination) || destination === IPV4_BROADCAST || flow.protocol === ipv4.PROTO_IGMP) {
        if (source === 0) source = this.addresses.select(device, 0, RT_SCOPE_LINK)
        return this.finishOutput(flow, destination, source, RTN_UNICAST, device, result)
      }
      if (source === 0 && isMulticast(destination)) source = this.addresses.select(device, 0, flow.scope)
      else if (source === 0 && destination === 0) source = this.addresses.select(device, 0, RT_SCOPE_HOST)
    }
    if (destination === 0) {
      const target = source === 0 ? IPV4_LOOPBACK : source
      return this.finishOutput(flow, target, target, RTN_LOCAL, this.ns.loopback, result)
    }
    return this.lookupOutput(flow, source, device, result)
  }

  private lookupOutput(flow: OutputFlow, source: number, device: NetDevice | null, result: RouteResult): number {
    const { destination } = flow
    const error = this.store.lookup(flow, 0, found)
    if (error !== 0) {
      found.info = null
      found.nexthop = null
      found.tableId = 0
      if (device === null) return error
      // A device was asked for: believe the destination to be on its link.
      const onLink = source !== 0 ? source : this.addresses.select(device, 0, RT_SCOPE_LINK)
      return this.finishOutput(flow, destination, onLink, RTN_UNICAST, device, result)
    }
    const info = found.info
    const nexthop = found.nexthop
    if (found.type === RTN_LOCAL) {
      const local = source !== 0 ? source : info !== null && info.prefSource !== 0 ? info.prefSource : destination
      return this.finishOutput(flow, destination, local, RTN_LOCAL, this.ns.loopback, result)
    }
    if (flow.oif === 0 && info !== null) this.selectPath(flow)
    const chosen = found.nexthop ?? nexthop
    if (chosen === null) return -EINVAL
    const from = source !== 0 ? source : this.preferredSource(chosen)
    return this.finishOutput(flow, destination, from, found.type, chosen.device, result)
  }

  /** Among several nexthops or default routes, the one for this flow (fib_select_path). */
  private selectPath(flow: OutputFlow): void {
    const info = found.info
    if (info === null) return
    if (info.more.length > 0) {
      const conf = this.ns.conf
      if (flow.source !== 0) {
        // fib_create_info() has given each its source; here whoever asks first does.
        for (let i = 0; i <= info.more.length; i++) {
          const nexthop = info.nexthopAt(i)
          if (nexthop.sourceGeneration === -1) this.nexthopSource(nexthop, info.scope)
        }
      }
      selectMultipath(this.ns, this.neighbors, found,
        hashOfFlow(conf.fibMultipathHashPolicy, conf.fibMultipathHashFields, this.hashSeed(), flow), flow.source)
    } else if (found.prefixLength === 0 && found.defaultCount > 1 && found.type === RTN_UNICAST) {
      selectDefault(this.neighbors, flow, found)
    }
  }

  private hashSeed(): number {
    const seed = this.ns.conf.fibMultipathHashSeed
    return seed === 0 ? this.ownHashSeed : seed | 0
  }

  /** The source that the route found suggests (fib_result_prefsrc). */
  private preferredSource(nexthop: Nexthop): number {
    const info = found.info
    if (info !== null && info.prefSource !== 0) return info.prefSource
    return this.nexthopSource(nexthop, info === null ? found.scope : info.scope)
  }

  /** The source that a nexthop suggests, remembered until an address changes (fib_info_update_nhc_saddr). */
  private nexthopSource(nexthop: Nexthop, scope: number): number {
    if (nexthop.sourceGeneration !== this.addresses.generation) {
      nexthop.source = this.addresses.select(nexthop.device, nexthop.gateway, scope)
      nexthop.sourceGeneration = this.addresses.generation
    }
    return nexthop.source
  }

  /** __mkroute_output. */
  private finishOutput(flow: OutputFlow, destination: number, source: number, type: number, device: NetDevice | null,
    result: RouteResult): number {
    if (device === null) return -EINVAL
    const inDevice = inDeviceOf(device)
    const loopback = (device.flags & IFF_LOOPBACK) !== 0
    if (isLoopback(source) && !loopback && !routeLocalnet(this.ns, inDevice)) return -EINVAL
    found.type = type
    if (destination === IPV4_BROADCAST) {
      found.type = RTN_BROADCAST
      found.info = null
    } else if (isMulticast(destination)) {
      found.type = RTN_MULTICAST
      result.isLocalGroup = this.isMember(device, destination, source, flow.protocol)
      if (found.prefixLength < 4) found.info = null
    } else if (destination === 0) {
      return -EINVAL
    }
    if (found.info === null) found.nexthop = null
    this.fill(result, destination)
    result.isBroadcast = found.type === RTN_BROADCAST
    result.isMulticast = found.type === RTN_MULTICAST
    result.device = device
    result.source = source
    if (loopback && result.type !== RTN_UNICAST) result.gateway = 0
    return 0
  }

  // ---- what both have in common ---------------------------------------------------------------------------------

  /** Copies what was found, with what ICMP taught of the destination (rt_set_nexthop, rt_bind_exception). */
  private fill(result: RouteResult, destination: number): void {
    const info = found.info
    const nexthop = found.nexthop
    result.type = found.type
    result.scope = found.scope
    result.tableId = found.tableId
    result.prefixLength = found.prefixLength
    result.tos = info === null || found.route === null ? 0 : found.route.tos
    result.info = info
    result.nexthop = nexthop
    if (nexthop === null) return
    result.device = nexthop.device
    if (nexthop.gateway !== 0 && nexthop.scope === RT_SCOPE_LINK) result.gateway = nexthop.gateway
    if (info !== null && info.metrics !== null) {
      result.mtu = info.metrics[RTAX_MTU]
      result.mtuLocked = info.mtuLocked
    }
    if (nexthop.exceptions !== null) this.applyException(result, nexthop.exceptions, destination)
  }

  private applyException(result: RouteResult, exceptions: ExceptionTable, destination: number): void {
    const exception = exceptions.find(destination, this.ns.simulation.clock.ns[0])
    if (exception === null) return
    result.expiresNs = exception.expiresNs
    result.pathMtu = exception.mtu
    if (exception.mtuLocked) result.mtuLocked = true
    if (exception.gateway !== 0) {
      result.gateway = exception.gateway
      result.redirected = true
    }
  }

  /** The MTU for packets of this node along a route: learned, given, or the device's (ip_dst_mtu_maybe_forward). */
  resultMtu(result: RouteResult): number {
    if (result.pathMtu !== 0) return result.pathMtu
    return this.plainMtu(result)
  }

  /** The MTU for forwarding: what ICMP told does not count, unless ip_forward_use_pmtu is set or the MTU is locked. */
  forwardMtu(result: RouteResult): number {
    if (result.pathMtu !== 0 && (result.mtuLocked || this.ns.conf.ipForwardUsePmtu !== 0)) return result.pathMtu
    return this.plainMtu(result)
  }

  private plainMtu(result: RouteResult): number {
    if (result.mtu !== 0) return result.mtu
    const device = result.device
    const mtu = device === null || device.mtu > MAX_MTU ? MAX_MTU : device.mtu
    return result.mtuLocked && result.gateway !== 0 && mtu > LOCKED_MTU ? LOCKED_MTU : mtu
  }

  /** The neighbour to send to: the gateway, or the destination itself (ip_neigh_for_gw). null: its table is full. */
  neighborFor(result: RouteResult, destination: number): Neighbor | null {
    const device = result.device
    if (device === null) return null
    const key = result.gateway !== 0 ? result.gateway : destination
    const nexthop = result.nexthop
    if (nexthop === null) return this.neighbors.getOrCreate(device, key)
    const cached = nexthop.neighbor
    if (cached !== null && cached.key === key && !cached.dead && cached.device === device) return cached
    const neighbor = this.neighbors.getOrCreate(device, key)
    nexthop.neighbor = neighbor
    return neighbor
  }

  /** Whether a device takes packets to a multicast group (ip_check_mc_rcu): 224.0.0.1 always, others if joined. */
  isMember(device: NetDevice, group: number, source: number, protocol: number): boolean {
    if ((group === IPV4_ALL_HOSTS && device.up) || protocol === ipv4.PROTO_IGMP) return true
    return this.groups !== null && this.groups.isMember(device, group, source, protocol)
  }

  // ---- questions about addresses ----------------------------------------------------------------------------------

  /** What an address is to this node: RTN_* (inet_addr_type). */
  addressType(address: number): number {
    return this.store.addressType(address, RT_TABLE_LOCAL, null)
  }

  /** As addressType, but local addresses of other devices do not count (inet_dev_addr_type). */
  addressTypeOn(device: NetDevice, address: number): number {
    return this.store.addressType(address, RT_TABLE_LOCAL, device)
  }

  isLocal(address: number): boolean {
    return this.addressType(address) === RTN_LOCAL
  }

  private isOwnSource(source: number): boolean {
    return this.addresses.isOwn(source) || this.store.localDevice(source) !== null
  }

  /** The device with this address, or null (__ip_dev_find). */
  deviceByAddress(address: number): NetDevice | null {
    return this.addresses.deviceByAddress(address)
  }

  /** The address to use on a device towards a destination; see AddressBook.select (inet_select_addr). */
  inetSelectAddress(device: NetDevice | null, destination: number, scope: number): number {
    return this.addresses.select(device, destination, scope)
  }

  /** See AddressBook.confirm (inet_confirm_addr). */
  confirmAddress(inDevice: InDevice | null, destination: number, local: number, scope: number): number {
    return this.addresses.confirm(inDevice, destination, local, scope)
  }

  // ---- what ICMP teaches ------------------------------------------------------------------------------------------

  /** A router said that packets to this destination must not be longer than `mtu` (ipv4_update_pmtu). */
  updatePmtu(destination: number, mtu: number, source = 0, tos = 0, mark = 0, protocol = 0): void {
    const flow = checkFlow
    flow.reset(destination, source)
    flow.tos = tos
    flow.mark = mark
    flow.protocol = protocol
    flow.flags = FLOWI_FLAG_ANYSRC
    const error = this.output(flow, scratch)
    flow.flags = 0
    if (error !== 0) return
    if (scratch.mtuLocked) return
    const old = this.resultMtu(scratch)
    if (old < mtu) return
    const { routeMinPmtu, routeMtuExpires } = this.ns.conf
    const locked = mtu < routeMinPmtu
    const told = locked ? Math.min(old, routeMinPmtu) : mtu
    const nowNs = this.ns.simulation.clock.ns[0]
    const lifeNs = routeMtuExpires * NS_PER_S
    if (scratch.pathMtu === told && !locked && nowNs < scratch.expiresNs - lifeNs / 2) return
    const info = scratch.info
    if (info === null) return
    if (info.more.length === 0) {
      if (scratch.nexthop !== null) this.except(scratch.nexthop, destination, 0, told, locked, nowNs + lifeNs)
      return
    }
    for (let i = 0; i <= info.more.length; i++) {
      this.except(info.nexthopAt(i), destination, 0, told, locked, nowNs + lifeNs)
    }
  }

  /** A gateway said that another one on the same link is nearer to a destination (__ip_do_redirect). */
  redirect(destination: number, oldGateway: number, newGateway: number, device: NetDevice): void {
    checkFlow.reset(destination, 0)
    checkFlow.oif = device.ifindex
    const error = this.output(checkFlow, scratch)
    checkFlow.oif = 0
    if (error !== 0 || scratch.gateway !== oldGateway || scratch.nexthop === null) return
    const inDevice = inDeviceOf(device)
    if (newGateway === oldGateway || !acceptRedirects(this.ns, inDevice) || isMulticast(newGateway) ||
      newGateway === IPV4_BROADCAST || newGateway === 0) return
    if (sharedMedia(this.ns, inDevice)) {
      if (this.addressType(newGateway) !== RTN_UNICAST) return
    } else {
      if (!this.addresses.isOnLink(device, newGateway, oldGateway)) return
      if (secureRedirects(this.ns, inDevice) && !this.store.isDefaultGateway(newGateway, device)) return
    }
    const neighbor = this.neighbors.getOrCreate(device, newGateway)
    if (neighbor === null) return
    if ((neighbor.state & NUD_VALID) === 0) {
      this.neighbors.probe(neighbor, true)
      return
    }
    this.except(scratch.nexthop, destination, newGateway, 0, false, this.ns.simulation.clock.ns[0] + REDIRECT_NS)
  }

  private except(nexthop: Nexthop, destination: number, gateway: number, mtu: number, locked: boolean,
    expiresNs: Nanoseconds): void {
    if (nexthop.exceptions === null) nexthop.exceptions = new ExceptionTable()
    nexthop.exceptions.update(destination, gateway, mtu, locked, expiresNs)
    this.rememberMtus()
  }

  /** Exceptions follow the MTU of their device, so its old value must be known when it changes. */
  private rememberMtus(): void {
    if (this.deviceMtus !== null) return
    this.deviceMtus = new Map()
    for (let i = 0; i < this.ns.devices.length; i++) this.deviceMtus.set(this.ns.devices[i], this.ns.devices[i].mtu)
  }

  /** All exceptions in force with their nexthops, for `ip route show cache`. */
  exceptions(): { nexthop: Nexthop, exception: RouteException }[] {
    return this.store.exceptions(this.ns.simulation.clock.ns[0])
  }

  // ---- netlink's door -----------------------------------------------------------------------------------------------

  /** Adds, replaces or appends a route. Returns 0 or -errno, the kernel's text in `extack`. */
  addRoute(config: RouteConfig, extack: Extack): number {
    return this.store.insert(config, extack)
  }

  removeRoute(config: RouteConfig, extack: Extack): number {
    return this.store.remove(config, extack)
  }

  /** The nexthop objects. Most namespaces have none, so their room opens with the first question for one. */
  get nexthops(): NexthopTable {
    if (this.store.nexthops === null) this.store.nexthops = new NexthopTable(this.store, this.addresses)
    return this.store.nexthops
  }

  /** The policy rules. */
  get rules(): RouteRules {
    return this.store.rules
  }

  /**
   * The blackhole, unreachable or prohibit route that stands in the way of a destination, as `ip route del` wants to
   * hear it ("blackhole 10.0.0.0/8 table 100"), or null; cold.
   */
  errorRouteFor(destination: number): string | null {
    return errorRouteText(this.store, destination)
  }

  /** Gives an interface an address. Returns 0, or -EEXIST, -EINVAL with the kernel's text in `extack`. */
  addAddress(device: NetDevice, address: IfAddress, extack: Extack = NO_EXTACK): number {
    return this.addresses.insert(device, address, extack)
  }

  /** Takes an address of the interface's list away. */
  removeAddress(device: NetDevice, address: IfAddress): void {
    this.addresses.remove(device, address)
  }

  /** A table by number, or null. */
  table(id: number): RouteTable | null {
    return this.store.table(id)
  }

  // ---- devices ----------------------------------------------------------------------------------------------------

  /** What devices' ups and downs mean here; inet-stack passes them on (inetdev_event, fib_netdev_event). */
  onDevice(device: NetDevice, event: DeviceEvent): void {
    switch (event) {
      case 'register':
        this.deviceMtus?.set(device, device.mtu)
        this.store.rules.rebind(null)
        return
      case 'name':
        this.addresses.deviceRenamed(device)
        this.store.rules.rebind(null)
        return
      case 'up': this.addresses.deviceUp(device); return
      case 'down':
        this.store.nexthops?.deviceGone(device, false)
        this.disable(device, 'down', false)
        return
      case 'carrier':
        if (!device.carrier) this.store.nexthops?.deviceGone(device, false)
        this.addresses.carrierChanged(device)
        return
      case 'mtu': this.mtuChanged(device); return
      case 'unregister':
        this.store.nexthops?.deviceGone(device, true)
        this.addresses.deviceRemoved(device)
        this.disable(device, 'unregister', true)
        this.store.rules.rebind(device)
        this.deviceMtus?.delete(device)
        return
      default:
    }
  }

  onLastAddressRemoved(device: NetDevice): void {
    this.disable(device, 'down', true)
  }

  /** fib_disable_ip. */
  private disable(device: NetDevice, event: 'down' | 'unregister', force: boolean): void {
    if (this.store.syncDown(device, event, force) > 0) this.store.flush()
    this.neighbors.deviceDown(device)
  }

  private mtuChanged(device: NetDevice): void {
    const old = this.deviceMtus?.get(device)
    if (old !== undefined) {
      this.store.syncMtu(device, device.mtu, old)
      this.deviceMtus?.set(device, device.mtu)
    }
    if (device.mtu < MIN_MTU) this.addresses.deviceRemoved(device)
  }

  // ---- why ----------------------------------------------------------------------------------------------------------

  /** How input() would decide, in sentences; cold. */
  explainInput(destination: number, source: number, tos: number, device: NetDevice, mark: number): TraceStep[] {
    return explainInput(this, destination, source, tos, device, mark)
  }

  /** How output() would decide, in sentences; cold. */
  explainOutput(flow: OutputFlow): TraceStep[] {
    return explainOutput(this, flow)
  }
}

/** An error route for the sender to be told of (ip_error). */
function unroutable(result: RouteResult, error: number): number {
  result.type = RTN_UNREACHABLE
  result.error = error
  return 0
}

/** fib_info_nh_uses_dev. */
function usesDevice(result: FibResult, device: NetDevice): boolean {
  const info = result.info
  if (info === null) return false
  for (let i = 0; i <= info.more.length; i++) if (info.nexthopAt(i).device === device) return true
  return false
}

/** 1 if the way leads to a host on the link, not to a gateway. */
function isOnLinkResult(result: FibResult): number {
  return result.nexthop !== null && result.nexthop.scope >= RT_SCOPE_HOST ? 1 : 0
}

/** fib4_rules_early_flow_dissect. */
function readPorts(flow: OutputFlow, frame: Frame): void {
  const ports = portsOf(frame)
  flow.protocol = ipv4.protocol(frame.view, frame.networkAt)
  flow.sport = ports >>> 16
  flow.dport = ports & 0xffff
}
