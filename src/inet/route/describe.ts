import { formatIpv4, formatPrefix } from '../../wire/address.ts'
import type { NetNamespace } from '../net-namespace.ts'
import {
  FIB_RULE_INVERT, FR_ACT_BLACKHOLE, FR_ACT_GOTO, FR_ACT_NOP, FR_ACT_PROHIBIT, FR_ACT_TO_TBL, FR_ACT_UNREACHABLE,
  ROUTE_TYPE_NAMES, RT_TABLE_DEFAULT, RT_TABLE_LOCAL, RT_TABLE_MAIN, RTN_UNICAST, RTNH_F_DEAD, RTNH_F_LINKDOWN,
  RTNH_F_ONLINK,
} from './constants.ts'
import type { Nexthop } from './nexthop.ts'
import { ignoresLinkdown, type Route } from './route-table.ts'
import type { RouteRule } from './rules.ts'

/* Routes and rules in the words of `ip`, for sentences. What `ip route` prints is made from netlink's messages. */

const TABLE_NAMES: Readonly<Record<number, string>> = {
  [RT_TABLE_DEFAULT]: 'default', [RT_TABLE_MAIN]: 'main', [RT_TABLE_LOCAL]: 'local',
}

export function tableName(id: number): string {
  return TABLE_NAMES[id] ?? String(id)
}

/** "10.0.0.0/24", "default", "10.0.0.1" for a /32. */
export function prefixText(prefix: number, prefixLength: number): string {
  if (prefixLength === 0) return 'default'
  return prefixLength === 32 ? formatIpv4(prefix) : formatPrefix(prefix, prefixLength)
}

/** "10.0.0.0/24 dev eth1", "default via 10.0.0.1 dev eth1 metric 100", "blackhole 10.9.0.0/16". */
export function routeText(route: Route): string {
  const { info } = route
  const type = info.rejects ? 'blackhole ' : route.type === RTN_UNICAST ? '' : `${ROUTE_TYPE_NAMES[route.type]} `
  const tos = route.tos === 0 ? '' : ` tos 0x${route.tos.toString(16)}`
  const hops = info.isMultipath
    ? info.nexthops.map((nexthop, i) => ` nexthop${nexthopText(nexthop)} weight ${info.weightAt(i)}`).join('')
    : nexthopText(info.first)
  const metric = info.priority === 0 ? '' : ` metric ${info.priority}`
  const object = info.object === null ? '' : ` nhid ${info.object.id}`
  return `${type}${prefixText(route.prefix, route.prefixLength)}${object}${tos}${hops}${metric}`
}

/** " via 10.0.0.1 dev eth1 onlink", with the space in front; '' without a device. */
export function nexthopText(nexthop: Nexthop): string {
  const via = nexthop.gateway === 0 ? '' : ` via ${formatIpv4(nexthop.gateway)}`
  const device = nexthop.device === null ? '' : ` dev ${nexthop.device.name}`
  const flags = [[RTNH_F_ONLINK, ' onlink'], [RTNH_F_DEAD, ' dead'], [RTNH_F_LINKDOWN, ' linkdown']] as const
  return via + device + flags.filter(([flag]) => (nexthop.flags & flag) !== 0).map(([, text]) => text).join('')
}

/** The flags of a nexthop as a dump shows them: without a carrier it is dead too, where such ones are ignored. */
export function shownFlags(ns: NetNamespace, nexthop: Nexthop): number {
  const flags = nexthop.flags
  const ignored = (flags & RTNH_F_LINKDOWN) !== 0 && ignoresLinkdown(ns, nexthop.device)
  return ignored ? flags | RTNH_F_DEAD : flags
}

/** "32766: from all lookup main", as `ip rule` shows it, in short. */
export function ruleText(rule: RouteRule): string {
  const { config } = rule
  const words = [`${rule.priority}:`]
  if ((rule.flags & FIB_RULE_INVERT) !== 0) words.push('not')
  words.push('from', config.sourceLength === 0 ? 'all' : prefixText(config.source, config.sourceLength))
  if (config.destinationLength !== 0) words.push('to', prefixText(config.destination, config.destinationLength))
  if (config.tos !== 0) words.push('tos', `0x${config.tos.toString(16)}`)
  if (config.mark !== 0 || config.markMask !== 0) words.push('fwmark', `0x${(config.mark >>> 0).toString(16)}`)
  if (config.iifName !== '') words.push('iif', config.iifName)
  if (config.oifName !== '') words.push('oif', config.oifName)
  if (config.protocol !== 0) words.push('ipproto', String(config.protocol))
  if (config.sportHigh !== 0) words.push('sport', rangeText(config.sportLow, config.sportHigh))
  if (config.dportHigh !== 0) words.push('dport', rangeText(config.dportLow, config.dportHigh))
  words.push(actionText(rule))
  if (config.suppressPrefixLength >= 0) words.push(`suppress_prefixlength ${config.suppressPrefixLength}`)
  return words.join(' ')
}

function rangeText(low: number, high: number): string {
  return low === high ? String(low) : `${low}-${high}`
}

function actionText(rule: RouteRule): string {
  switch (rule.config.action) {
    case FR_ACT_TO_TBL: return `lookup ${tableName(rule.config.table)}`
    case FR_ACT_GOTO: return `goto ${rule.config.target}`
    case FR_ACT_NOP: return 'nop'
    case FR_ACT_BLACKHOLE: return 'blackhole'
    case FR_ACT_UNREACHABLE: return 'unreachable'
    case FR_ACT_PROHIBIT: return 'prohibit'
    default: return `action ${rule.config.action}`
  }
}
