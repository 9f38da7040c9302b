import { EAFNOSUPPORT, EINVAL, EHOSTUNREACH, ENODEV, ENOENT, EOPNOTSUPP } from '../base/errno.ts'
import { IFF_LOOPBACK } from '../device/net-device.ts'
import { ignoreRoutesWithLinkdown } from '../inet/config.ts'
import { inDeviceOf } from '../inet/in-device.ts'
import type { InetStack } from '../inet/inet-stack.ts'
import {
  RT_SCOPE_UNIVERSE, RT_TABLE_MAIN, RT_TABLE_UNSPEC, RTAX_LOCK, RTAX_MTU, RTM_F_CLONED, RTM_F_FIB_MATCH,
  RTM_F_LOOKUP_TABLE, RTM_F_NOTIFY, RTN_BLACKHOLE, RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST, RTN_UNICAST, RTNH_F_DEAD,
  RTNH_F_LINKDOWN, RTNH_F_ONLINK,
} from '../inet/route/constants.ts'
import { FibResult, OutputFlow } from '../inet/route/flow.ts'
import type { Nexthop } from '../inet/route/nexthop.ts'
import type { RouteInfo } from '../inet/route/route-info.ts'
import { RouteResult } from '../inet/route/route-result.ts'
import { EMPTY_ROUTE, type RouteConfig } from '../inet/route/route-store.ts'
import type { Route } from '../inet/route/route-table.ts'
import { IPV4_BROADCAST, isMulticast } from '../wire/address.ts'
import type { Answer } from './answer.ts'
import {
  AF_INET, AF_UNSPEC, type NetlinkMessage, NLM_F_DUMP, RTM_DELROUTE, RTM_GETROUTE, RTM_NEWROUTE, RTNLGRP_IPV4_ROUTE,
  type RouteMessage,
} from './messages.ts'

/** What a cached route is (include/uapi/linux/in_route.h). */
export const RTCF_NOTIFY = 0x00010000
export const RTCF_REDIRECTED = 0x00040000
export const RTCF_DOREDIRECT = 0x01000000
export const RTCF_BROADCAST = 0x10000000
export const RTCF_MULTICAST = 0x20000000
export const RTCF_LOCAL = 0x80000000 | 0

const TICK_NS = 10_000_000
/** Where look-ups put their answer; nothing in it outlives a request. */
const result = new RouteResult()

/** RTM_*ROUTE of IPv4 (net/ipv4/fib_frontend.c, fib_semantics.c; inet_rtm_getroute() of route.c). */
export class Routes {
  constructor(private readonly stack: InetStack) {}

  watch(tell: (group: number, message: NetlinkMessage) => void): void {
    this.stack.routing.store.onChange((route, event, nlFlags) => {
      tell(RTNLGRP_IPV4_ROUTE, this.message(route, event === 'new' ? RTM_NEWROUTE : RTM_DELROUTE, nlFlags))
    })
  }

  request(message: RouteMessage, answer: Answer): number {
    if (message.type === RTM_GETROUTE) {
      return ((message.nlFlags ?? 0) & NLM_F_DUMP) !== 0 ? this.dump(message, answer) : this.get(message, answer)
    }
    if (message.family !== AF_INET) return message.family === AF_UNSPEC ? -EOPNOTSUPP : -EAFNOSUPPORT
    if (((message.tos ?? 0) & 3) !== 0) {
      answer.text = 'Invalid dsfield (tos): ECN bits must be 0'
      return -EINVAL
    }
    if (message.nhid && (message.oif || message.gateway || message.multipath !== undefined)) {
      answer.text = 'Nexthop specification and nexthop id are mutually exclusive'
      return -EINVAL
    }
    const { routing } = this.stack
    const extack = { text: '' }
    const config = configOf(message)
    const error = message.type === RTM_NEWROUTE ? routing.addRoute(config, extack) : routing.removeRoute(config, extack)
    answer.text = extack.text
    return error
  }

  /** fib_dump_info. */
  message(route: Route, type: typeof RTM_NEWROUTE | typeof RTM_DELROUTE, nlFlags = 0): RouteMessage {
    const info = route.info
    const single = !info.isMultipath
    return {
      type, nlFlags, family: AF_INET, ...this.describe(info, route.type), tos: route.tos, table: route.tableId,
      destination: route.prefixLength === 0 ? undefined : route.prefix, destinationLength: route.prefixLength,
      flags: single ? this.nexthopFlags(info.first) : info.flags,
    }
  }

  private describe(info: RouteInfo, routeType: number): Partial<RouteMessage> {
    const { first, object } = info
    const ways = object === null || this.stack.ns.conf.nexthopCompatMode !== 0
    const single = ways && !info.isMultipath
    return {
      protocol: info.protocol, scope: info.scope, routeType: info.rejects ? RTN_BLACKHOLE : routeType,
      oif: single && first.ifindex !== 0 ? first.ifindex : undefined,
      gateway: single && first.gateway !== 0 ? first.gateway : undefined,
      priority: info.priority === 0 ? undefined : info.priority,
      prefSource: info.prefSource === 0 ? undefined : info.prefSource,
      metrics: info.metrics ?? undefined, congestion: info.congestion === '' ? undefined : info.congestion,
      nhid: object?.id,
      multipath: !ways || single ? undefined : info.nexthops.map((nexthop, i) => ({
        index: nexthop.ifindex, gateway: nexthop.gateway === 0 ? undefined : nexthop.gateway, weight: info.weightAt(i),
        flags: this.nexthopFlags(nexthop),
      })),
    }
  }

  /** fib_nexthop_info. */
  private nexthopFlags(nexthop: Nexthop): number {
    let flags = nexthop.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN | RTNH_F_ONLINK)
    if ((flags & RTNH_F_LINKDOWN) !== 0 && nexthop.device !== null && nexthop.device.inet !== null &&
      ignoreRoutesWithLinkdown(this.stack.ns, inDeviceOf(nexthop.device))) flags |= RTNH_F_DEAD
    return flags
  }

  /** inet_dump_fib. */
  private dump(message: RouteMessage, answer: Answer): number {
    if (message.family !== undefined && message.family !== AF_UNSPEC && message.family !== AF_INET) return 0
    if (((message.flags ?? 0) & RTM_F_CLONED) !== 0) return this.dumpExceptions(answer)
    const { store } = this.stack.routing
    const wanted = message.table ?? RT_TABLE_UNSPEC
    if (wanted !== RT_TABLE_UNSPEC && wanted !== RT_TABLE_MAIN && store.table(wanted) === null) {
      answer.text = 'ipv4: FIB table does not exist'
      return -ENOENT
    }
    for (const table of store.list()) {
      if (wanted !== RT_TABLE_UNSPEC && table.id !== wanted) continue
      for (const route of table.list()) answer.messages.push(this.message(route, RTM_NEWROUTE))
    }
    return 0
  }

  /** What ICMP said of single destinations (fib_dump_info_fnhe). */
  private dumpExceptions(answer: Answer): number {
    const nowNs = this.stack.ns.simulation.nowNs
    for (const { nexthop, exception } of this.stack.routing.exceptions()) {
      const gateway = exception.gateway !== 0 ? exception.gateway : nexthop.gateway
      answer.messages.push({
        type: RTM_NEWROUTE, family: AF_INET, destination: exception.destination, destinationLength: 32, tos: 0,
        table: RT_TABLE_MAIN, protocol: 0, scope: RT_SCOPE_UNIVERSE, routeType: RTN_UNICAST,
        flags: RTM_F_CLONED | (exception.gateway !== 0 ? RTCF_REDIRECTED : 0), oif: nexthop.ifindex,
        gateway: gateway === 0 ? undefined : gateway,
        metrics: exception.mtu === 0 ? undefined : mtuMetrics(exception.mtu, exception.mtuLocked),
        cacheInfo: { expires: ticks(exception.expiresNs - nowNs), error: 0 },
      })
    }
    return 0
  }

  /** Forgets what was learned of single destinations (rt_cache_flush, /proc/sys/net/ipv4/route/flush). */
  flushCache(): void {
    for (const { nexthop } of this.stack.routing.exceptions()) nexthop.exceptions = null
  }

  /** inet_rtm_getroute: what would be done with a packet. */
  private get(message: RouteMessage, answer: Answer): number {
    if (message.family !== AF_INET && message.family !== AF_UNSPEC && message.family !== undefined) return -EAFNOSUPPORT
    const { ns, routing } = this.stack
    const destination = message.destination ?? 0
    const source = message.source ?? 0
    const tos = (message.tos ?? 0) & 0x1e
    const flags = message.flags ?? 0
    let error: number
    if (message.iif) {
      const device = ns.deviceByIndex(message.iif)
      if (device === null) return -ENODEV
      const mark = message.mark ?? 0
      const reason = (device.flags & IFF_LOOPBACK) !== 0
        ? routing.inputOnLoopback(destination, source, tos, device, mark, result)
        : routing.input(destination, source, tos, device, mark, result)
      error = reason !== 0 ? -EINVAL : result.error
    } else {
      error = routing.output(flowOf(message, tos), result)
      if (error === 0) error = result.error
    }
    if (error !== 0) return error
    if ((flags & RTM_F_FIB_MATCH) !== 0) return this.fibMatch(message, tos, answer)
    answer.messages.push(this.found(message, this.matchedTos(message, tos)))
    return 0
  }

  /** The TOS of the route that matched, which is what Linux tells since 6.12 (fib_result.dscp). */
  private matchedTos(message: RouteMessage, tos: number): number {
    const match = new FibResult()
    return this.stack.routing.store.lookup(flowOf(message, tos), 0, match) === 0 ? match.route?.tos ?? 0 : 0
  }

  /** The route itself that a packet would take (RTM_F_FIB_MATCH). */
  private fibMatch(message: RouteMessage, tos: number, answer: Answer): number {
    const match = new FibResult()
    const flow = flowOf(message, tos)
    if (message.iif) {
      flow.oif = 0 // of no meaning for what comes in
      if (isMulticast(flow.destination) || flow.destination === IPV4_BROADCAST) return -EHOSTUNREACH
    }
    // To 0.0.0.0 is to this node itself, which is not looked up.
    const error = flow.destination === 0 && !message.iif ? -EHOSTUNREACH : this.stack.routing.store.lookup(flow, 0, match)
    if (error !== 0 || match.route === null) return -EHOSTUNREACH
    answer.messages.push({ ...this.message(match.route, RTM_NEWROUTE), table: match.tableId, routeType: result.type })
    return 0
  }

  /** rt_fill_info. */
  private found(message: RouteMessage, tos: number): RouteMessage {
    const asked = message.flags ?? 0
    const input = message.iif !== undefined && message.iif !== 0
    let flags = RTM_F_CLONED | cacheFlags(input)
    if ((asked & RTM_F_NOTIFY) !== 0) flags |= RTM_F_NOTIFY | RTCF_NOTIFY
    const { info } = result
    const learned = result.pathMtu !== 0 || result.redirected
    const metrics = result.pathMtu !== 0
      ? withMtu(info?.metrics ?? null, result.pathMtu, result.mtuLocked) : info?.metrics ?? undefined
    const source = message.source ?? 0
    const toSelf = input && (result.type === RTN_LOCAL || result.type === RTN_BROADCAST || result.type === RTN_MULTICAST)
    const expires = learned ? ticks(result.expiresNs - this.stack.ns.simulation.nowNs) : 0
    return {
      type: RTM_NEWROUTE, family: AF_INET, destination: message.destination ?? 0, destinationLength: 32,
      source: source === 0 ? undefined : source, sourceLength: source === 0 ? 0 : 32, tos,
      table: (asked & RTM_F_LOOKUP_TABLE) !== 0 ? result.tableId : RT_TABLE_MAIN, protocol: 0,
      scope: RT_SCOPE_UNIVERSE, routeType: result.type, flags,
      oif: result.device === null ? undefined : toSelf ? 1 : result.device.ifindex,
      iif: input ? message.iif : undefined, gateway: result.gateway === 0 ? undefined : result.gateway,
      prefSource: !input && result.source !== 0 && result.source !== source ? result.source : undefined,
      metrics, congestion: info === null || info.congestion === '' ? undefined : info.congestion,
      mark: message.mark, uid: input ? message.uid : message.uid ?? 0,
      cacheInfo: { expires, error: 0 },
    }
  }
}

/** rtm_to_fib_config. */
function configOf(message: RouteMessage): RouteConfig {
  return {
    ...EMPTY_ROUTE,
    table: message.table ?? RT_TABLE_MAIN, destination: message.destination ?? 0,
    prefixLength: message.destinationLength ?? 0, tos: message.tos ?? 0, type: message.routeType ?? 0,
    scope: message.scope ?? 0, protocol: message.protocol ?? 0, priority: message.priority ?? 0,
    prefSource: message.prefSource ?? 0, flags: message.flags ?? 0, ifindex: message.oif ?? 0,
    gateway: message.gateway ?? 0,
    multipath: message.multipath?.map((hop) => ({
      ifindex: hop.index ?? 0, gateway: hop.gateway ?? 0, flags: hop.flags ?? 0, weight: hop.weight ?? 1,
    })) ?? null,
    metrics: message.metrics ?? null, congestion: message.congestion ?? '', nexthopId: message.nhid ?? 0,
    nlFlags: message.nlFlags ?? 0,
  }
}

function flowOf(message: RouteMessage, tos: number): OutputFlow {
  const flow = new OutputFlow()
  flow.reset(message.destination ?? 0, message.source ?? 0)
  flow.tos = tos
  flow.oif = message.oif ?? 0
  if (message.iif) flow.iif = message.iif
  flow.mark = message.mark ?? 0
  flow.uid = message.uid ?? 0
  flow.protocol = message.ipProtocol ?? 17
  flow.sport = message.sport ?? 0
  flow.dport = message.dport ?? 0
  return flow
}

/** __mkroute_output(): what leaves by lo comes back. */
function leavesByLoopback(input: boolean): boolean {
  return !input && result.device !== null && (result.device.flags & IFF_LOOPBACK) !== 0
}

function cacheFlags(input: boolean): number {
  let flags = 0
  if (result.type === RTN_LOCAL || (result.type !== RTN_MULTICAST && leavesByLoopback(input))) flags |= RTCF_LOCAL
  if (result.type === RTN_BROADCAST) flags |= RTCF_BROADCAST | RTCF_LOCAL
  if (result.type === RTN_MULTICAST) flags |= RTCF_MULTICAST | (result.isLocalGroup ? RTCF_LOCAL : 0)
  if (result.doRedirect) flags |= RTCF_DOREDIRECT
  if (result.redirected) flags |= RTCF_REDIRECTED
  return flags
}

function mtuMetrics(mtu: number, locked: boolean): number[] {
  return withMtu(null, mtu, locked)
}

function withMtu(metrics: readonly number[] | null, mtu: number, locked: boolean): number[] {
  const all = metrics === null ? [0, 0, 0] : [...metrics]
  all[RTAX_MTU] = mtu
  if (locked) all[RTAX_LOCK] |= 1 << RTAX_MTU
  return all
}

function ticks(ns: number): number {
  return Math.max(0, Math.floor(ns / TICK_NS))
}
