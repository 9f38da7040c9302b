import {
  RT_SCOPE_UNIVERSE, RT_TABLE_MAIN, RTAX_FEATURES, RTAX_HOPLIMIT, RTAX_LOCK, RTAX_RTO_MIN, RTAX_RTT, RTAX_RTTVAR,
  RTM_F_CLONED, RTN_UNICAST, RTPROT_BOOT,
} from '../../inet/route/constants.ts'
import {
  type NexthopMessage, RTM_DELROUTE, RTM_GETNEXTHOP, RTM_NEWNEXTHOP, type RouteMessage,
} from '../../netlink/messages.ts'
import type { Context } from './context.ts'
import { formatDsfield, formatRouteType, PROTOCOLS, SCOPES, TABLES } from './names.ts'
import { printFlags, printNexthopFields } from './nexthop-print.ts'
import type { RouteFilter } from './route-filter.ts'

/** Names of RTCF_* in the order of printing. */
const CACHE_FLAGS: readonly (readonly [number, string])[] = [
  [0x80000000, 'local'], [0x40000000, 'reject'], [0x20000000, 'mc'], [0x10000000, 'brd'], [0x08000000, 'dst-nat'],
  [0x00800000, 'src-nat'], [0x00400000, 'masq'], [0x00020000, 'dst-direct'], [0x04000000, 'src-direct'],
  [0x00040000, 'redirected'], [0x01000000, 'redirect'], [0x00200000, 'fastroute'], [0x00010000, 'notify'],
  [0x00080000, 'proxy'],
]

/** Metrics by RTAX_*: word, and its JSON key where it differs. */
const METRICS: readonly (readonly [string, string?] | null)[] = [
  null, null, ['mtu'], ['window'], ['rtt'], ['rttvar'], ['ssthresh'], ['cwnd'], ['advmss'], ['reordering'], ['hoplimit'],
  ['initcwnd'], ['features'], ['rto_min'], ['initrwnd'], ['quickack'], ['congctl', 'congestion'], ['fastopen_no_cookie'],
]

/** A route, or what `ip route get` found, as ip shows it (print_route). */
export function printRoute(context: Context, route: RouteMessage, filter: RouteFilter): void {
  const { printer, options } = context
  const details = options.details > 0
  const flags = route.flags ?? 0
  printer.openObject()
  if (route.type === RTM_DELROUTE) printer.value('deleted', true, 'Deleted ')
  const type = route.routeType ?? 0
  if (type !== RTN_UNICAST || details) {
    const name = context.options.numeric ? String(type) : formatRouteType(type)
    printer.value('type', name, `${name} `)
  }
  const destination = formatDestination(context, route)
  printer.colored('dst', destination, route.destination === undefined ? null : 'inet', `${destination} `)
  if (route.source !== undefined) {
    const address = context.address(route.source)
    const source = (route.sourceLength ?? 0) === 32 ? address : `${address}/${route.sourceLength}`
    printer.text('from ')
    printer.colored('from', source, 'inet', `${source} `)
  }
  if (route.nhid !== undefined) printer.value('nhid', route.nhid, `nhid ${route.nhid} `)
  if (route.tos && filter.tos === null) printer.value('tos', formatDsfield(route.tos), `tos ${formatDsfield(route.tos)} `)
  if (route.gateway !== undefined && filter.via?.length !== 32) {
    printer.text('via ')
    printer.colored('gateway', context.address(route.gateway), 'inet', `${context.address(route.gateway)} `)
  }
  if (route.oif !== undefined && filter.oif === null) {
    const name = context.nameOf(route.oif)
    printer.text('dev ')
    printer.colored('dev', name, 'name', `${name} `)
  }
  if (route.table && (route.table !== RT_TABLE_MAIN || details) && filter.table === 0) {
    printer.value('table', context.named(TABLES, route.table), `table ${context.named(TABLES, route.table)} `)
  }
  if ((flags & RTM_F_CLONED) === 0) printOrigin(context, route, filter)
  printRest(context, route, filter)
  printer.text('\n')
  printer.closeObject()
}

function formatDestination(context: Context, route: RouteMessage): string {
  const length = route.destinationLength ?? 0
  if (route.destination === undefined) return length === 0 ? 'default' : `0/${length}`
  const address = context.address(route.destination)
  return length === 32 ? address : `${address}/${length}`
}

function printOrigin(context: Context, route: RouteMessage, filter: RouteFilter): void {
  const { printer, options } = context
  const protocol = route.protocol ?? 0
  const scope = route.scope ?? 0
  const details = options.details > 0
  if ((protocol !== RTPROT_BOOT || details) && filter.protocol === null) {
    printer.value('protocol', context.named(PROTOCOLS, protocol), `proto ${context.named(PROTOCOLS, protocol)} `)
  }
  if ((scope !== RT_SCOPE_UNIVERSE || details) && filter.scope === null) {
    printer.value('scope', context.named(SCOPES, scope), `scope ${context.named(SCOPES, scope)} `)
  }
}

function printRest(context: Context, route: RouteMessage, filter: RouteFilter): void {
  const { printer, lineEnd } = context
  const flags = route.flags ?? 0
  if (route.prefSource !== undefined && filter.prefSource?.length !== 32) {
    printer.text('src ')
    printer.colored('prefsrc', context.address(route.prefSource), 'inet', `${context.address(route.prefSource)} `)
  }
  if (route.priority !== undefined && filter.metric === null) {
    printer.value('metric', route.priority, `metric ${route.priority} `)
  }
  printFlags(context, flags)
  if (route.mark) {
    const mark = route.mark >= 16 ? `0x${route.mark.toString(16)}` : String(route.mark)
    if (route.mark >= 16) printer.value('mark', mark, `mark ${mark} `)
    else printer.value('mark', route.mark, `mark ${mark} `)
  }
  if (route.uid !== undefined) printer.value('uid', route.uid, `uid ${route.uid} `)
  if ((flags & RTM_F_CLONED) !== 0) {
    printer.text(`${lineEnd}    cache `)
    printCacheFlags(context, flags)
    const ticks = route.cacheInfo?.expires ?? 0
    const expires = Math.floor(ticks / 100)
    if (ticks !== 0) printer.value('expires', expires, `expires ${expires}sec `)
  }
  if (route.metrics !== undefined || route.congestion !== undefined) printMetrics(context, route)
  if (route.iif !== undefined && filter.iif === null) {
    const name = context.nameOf(route.iif)
    printer.value('iif', name, `iif ${name} `)
  }
  if (route.nhid !== undefined && context.options.details > 0) printObject(context, route.nhid)
  if (route.multipath !== undefined) printNexthops(context, route.multipath)
}

/** What a route's nexthop object is; on a line of its own even with -oneline (print_cache_nexthop_id). */
function printObject(context: Context, id: number): void {
  const [object] = context.netlink.request({ type: RTM_GETNEXTHOP, id }).messages
  if (object?.type !== RTM_NEWNEXTHOP) return
  context.printer.openObject('nh_info')
  context.printer.text('\n\tnh_info ')
  printNexthopFields(context, object)
  context.printer.closeObject()
}

function printCacheFlags(context: Context, flags: number): void {
  const { printer } = context
  let left = flags & ~0xffff
  printer.openArray('cache')
  let first = true
  for (const [flag, name] of CACHE_FLAGS) {
    if ((left & flag) === 0) continue
    left &= ~flag
    printer.value(null, name, `${first ? '<' : ''}${name}${left !== 0 ? ',' : '> '}`)
    first = false
  }
  if (left !== 0) {
    const rest = (left >>> 0).toString(16)
    printer.value('flags', rest, `${first ? '<' : ''}${rest}> `)
  }
  printer.closeArray()
}

function printMetrics(context: Context, route: RouteMessage): void {
  const { printer } = context
  const values = route.metrics ?? []
  const locks = values[RTAX_LOCK] ?? 0
  printer.openArray('metrics')
  printer.openObject()
  for (let which = 2; which < METRICS.length; which++) {
    const names = METRICS[which]
    if (names === null) continue
    const [word, key = word] = names
    const lock = (locks & (1 << which)) !== 0 ? 'lock ' : ''
    if (word === 'congctl') {
      if (route.congestion !== undefined) printer.value(key, route.congestion, `${word} ${lock}${route.congestion} `)
      continue
    }
    const value = values[which] ?? 0
    if (value === 0 || (which === RTAX_HOPLIMIT && (value | 0) === -1)) continue
    if (which === RTAX_FEATURES) printFeatures(context, word, lock, value)
    else if (which === RTAX_RTT || which === RTAX_RTTVAR || which === RTAX_RTO_MIN) {
      const ms = which === RTAX_RTT ? Math.floor(value / 8) : which === RTAX_RTTVAR ? Math.floor(value / 4) : value
      printer.value(key, ms, `${word} ${lock}${ms >= 1000 ? `${Number((ms / 1000).toPrecision(6))}s` : `${ms}ms`} `)
    } else {
      printer.value(key, value, `${word} ${lock}${value} `)
    }
  }
  printer.closeObject()
  printer.closeArray()
}

function printFeatures(context: Context, word: string, lock: string, features: number): void {
  const { printer } = context
  printer.text(`${word} ${lock}`)
  if ((features & 1) !== 0) printer.value('ecn', null, 'ecn ')
  if ((features & ~1) !== 0) printer.value('features', `0x${features.toString(16)}`, `0x${features.toString(16)} `)
}

function printNexthops(context: Context, nexthops: readonly NexthopMessage[]): void {
  const { printer, lineEnd } = context
  printer.openArray('nexthops')
  for (const nexthop of nexthops) {
    printer.openObject()
    printer.text(`${lineEnd}\tnexthop `)
    if (nexthop.gateway !== undefined) {
      printer.text('via ')
      printer.colored('gateway', context.address(nexthop.gateway), 'inet', `${context.address(nexthop.gateway)} `)
    }
    const name = context.nameOf(nexthop.index ?? 0)
    printer.text('dev ')
    printer.colored('dev', name, 'name', `${name} `)
    printer.value('weight', nexthop.weight ?? 1, `weight ${nexthop.weight ?? 1} `)
    printFlags(context, nexthop.flags ?? 0)
    printer.closeObject()
  }
  printer.closeArray()
}
