import { NUD_PERMANENT } from '../inet/neighbor/constants.ts'
import {
  RT_SCOPE_UNIVERSE, RT_TABLE_LOCAL, RTN_UNICAST, RTNH_F_DEAD, RTNH_F_LINKDOWN, RTNH_F_ONLINK,
} from '../inet/route/constants.ts'
import {
  type AddressMessage, AF_BRIDGE, AF_INET, type LinkMessage, type NeighborMessage, NLM_F_DUMP,
  RTM_GETADDR, RTM_GETLINK, RTM_GETNEIGH, RTM_GETROUTE, RTM_GETRULE, RTM_NEWADDR, RTM_NEWLINK, RTM_NEWNEIGH, RTM_NEWROUTE,
  RTM_NEWRULE, type RouteMessage, type RuleMessage,
} from '../netlink/messages.ts'
import type { Netlink } from '../netlink/netlink.ts'
import { formatRouteType, PROTOCOLS, SCOPES, TABLES } from '../programs/ip/names.ts'
import { formatIpv4, formatMac } from '../wire/address.ts'
import type { NetworkNode } from './network.ts'

/**
 * A node's tables as people look at them while a lab runs: each a panel that is registered here and read by netlink,
 * the same door that `ip` uses. Cells hold the words of `ip`. Reading changes nothing: no process, no record.
 */
export interface Panel {
  /** Stable: the page has its title by it. */
  readonly id: string
  readonly columns: readonly string[]
  /** Null: a node of this kind has no such table. */
  readonly read: (node: NetworkNode) => readonly PanelRow[] | null
}

export interface PanelRow {
  /** The same row keeps its key while it lives. */
  readonly key: string
  readonly cells: readonly string[]
}

/** In the order of being shown. */
export const PANELS: readonly Panel[] = [
  { id: 'interfaces', columns: ['name', 'state', 'mtu', 'link/ether', 'master', 'rx', 'tx'], read: interfaces },
  { id: 'addresses', columns: ['address', 'dev', 'scope', 'flags'], read: addresses },
  { id: 'routes', columns: ['table', 'destination', 'via', 'dev', 'proto', 'scope', 'src', 'metric'], read: routes },
  { id: 'rules', columns: ['priority', 'selector', 'action'], read: rules },
  { id: 'neighbors', columns: ['address', 'dev', 'lladdr', 'state'], read: neighbors },
  { id: 'fdb', columns: ['mac', 'vlan', 'dev', 'master', 'state'], read: fdb },
]

type Dumped = LinkMessage | AddressMessage | RouteMessage | RuleMessage | NeighborMessage

function dump<Message extends Dumped>(node: NetworkNode, request: Dumped, type: number): Message[] {
  const { messages } = netlinkOf(node).request({ ...request, nlFlags: NLM_F_DUMP })
  return messages.filter((message) => message.type === type) as Message[] // a dump answers with its own kind
}

function netlinkOf(node: NetworkNode): Netlink {
  return node.namespace.netlink
}

function linkNames(node: NetworkNode): Map<number, string> {
  return new Map(linksOf(node).map((link) => [link.index ?? 0, link.ifname ?? '']))
}

function linksOf(node: NetworkNode): LinkMessage[] {
  return dump<LinkMessage>(node, { type: RTM_GETLINK }, RTM_NEWLINK)
}

const OPERATIONAL_STATES = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP']

function interfaces(node: NetworkNode): PanelRow[] {
  const names = linkNames(node)
  return linksOf(node).map((link) => ({
    key: String(link.index),
    cells: [
      link.ifname ?? '', OPERATIONAL_STATES[link.operstate ?? 0] ?? '', String(link.mtu ?? ''),
      link.address === undefined ? '' : formatMac(link.address), names.get(link.master ?? 0) ?? '',
      String(link.stats?.rxPackets ?? 0), String(link.stats?.txPackets ?? 0),
    ],
  }))
}

const IFA_F_SECONDARY = 0x01
const IFA_F_PERMANENT = 0x80

function addresses(node: NetworkNode): PanelRow[] {
  const names = linkNames(node)
  return dump<AddressMessage>(node, { type: RTM_GETADDR, family: AF_INET }, RTM_NEWADDR).map((one) => {
    const local = formatIpv4(one.local ?? 0)
    const peer = one.address !== undefined && one.address !== one.local ? ` peer ${formatIpv4(one.address)}` : ''
    const flags = one.flags ?? 0
    const words = [
      ...((flags & IFA_F_SECONDARY) !== 0 ? ['secondary'] : []), ...((flags & IFA_F_PERMANENT) !== 0 ? [] : ['dynamic']),
    ]
    return {
      key: `${one.index}/${local}/${one.prefixLength}`,
      cells: [`${local}${peer}/${one.prefixLength}`, names.get(one.index ?? 0) ?? '', SCOPES.format(one.scope ?? 0),
        words.join(' ')],
    }
  })
}

function routes(node: NetworkNode): PanelRow[] {
  const names = linkNames(node)
  return dump<RouteMessage>(node, { type: RTM_GETROUTE, family: AF_INET }, RTM_NEWROUTE)
    .filter(({ table }) => table !== RT_TABLE_LOCAL)
    .flatMap((route) => routeRows(route, names))
}

/** One row for a route, one more for each of its nexthops beyond the first. */
function routeRows(route: RouteMessage, names: ReadonlyMap<number, string>): PanelRow[] {
  const { destination, destinationLength = 0, table = 0, priority = 0, routeType = 0 } = route
  const prefix = destination === undefined ? 'default'
    : `${formatIpv4(destination)}${destinationLength === 32 ? '' : `/${destinationLength}`}`
  const shown = routeType === RTN_UNICAST ? prefix : `${formatRouteType(routeType)} ${prefix}`
  const hops = route.multipath ?? [{ index: route.oif, gateway: route.gateway, flags: route.flags }]
  return hops.map((hop, index) => ({
    key: `${table}/${shown}/${route.tos ?? 0}/${priority}/${route.protocol ?? 0}/${index}`,
    cells: [
      TABLES.format(table), index === 0 ? shown : '', hop.gateway === undefined ? '' : formatIpv4(hop.gateway),
      [names.get(hop.index ?? 0) ?? '', ...hopFlags(hop.flags ?? 0)].join(' ').trim(), PROTOCOLS.format(route.protocol ?? 0),
      route.scope === RT_SCOPE_UNIVERSE || route.scope === undefined ? '' : SCOPES.format(route.scope),
      route.prefSource === undefined ? '' : formatIpv4(route.prefSource), priority === 0 ? '' : String(priority),
    ],
  }))
}

function hopFlags(flags: number): string[] {
  return ([[RTNH_F_DEAD, 'dead'], [RTNH_F_ONLINK, 'onlink'], [RTNH_F_LINKDOWN, 'linkdown']] as const)
    .filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word)
}

const FR_ACT_TO_TBL = 1
const ACTIONS: Readonly<Record<number, string>> = { 2: 'goto', 3: 'nop', 6: 'blackhole', 7: 'unreachable', 8: 'prohibit' }

function rules(node: NetworkNode): PanelRow[] {
  return dump<RuleMessage>(node, { type: RTM_GETRULE, family: AF_INET }, RTM_NEWRULE).map((rule, index) => {
    const action = rule.action === FR_ACT_TO_TBL ? `lookup ${TABLES.format(rule.table ?? 0)}`
      : `${ACTIONS[rule.action ?? 0] ?? rule.action}${rule.goto === undefined ? '' : ` ${rule.goto}`}`
    return {
      key: `${rule.priority ?? 0}/${selectorOf(rule)}/${action}/${index}`,
      cells: [String(rule.priority ?? 0), selectorOf(rule), action],
    }
  })
}

function selectorOf(rule: RuleMessage): string {
  const prefix = (address: number | undefined, length = 0): string =>
    address === undefined ? 'all' : `${formatIpv4(address)}${length === 32 ? '' : `/${length}`}`
  const range = ([low, high]: readonly [number, number]): string => low === high ? String(low) : `${low}-${high}`
  return [
    `from ${prefix(rule.source, rule.sourceLength)}`,
    ...(rule.destination === undefined ? [] : [`to ${prefix(rule.destination, rule.destinationLength)}`]),
    ...(rule.tos ? [`tos 0x${rule.tos.toString(16)}`] : []),
    ...(rule.fwmark === undefined ? [] : [`fwmark 0x${rule.fwmark.toString(16)}`]),
    ...(rule.iifname === undefined ? [] : [`iif ${rule.iifname}`]),
    ...(rule.oifname === undefined ? [] : [`oif ${rule.oifname}`]),
    ...(rule.sportRange === undefined ? [] : [`sport ${range(rule.sportRange)}`]),
    ...(rule.dportRange === undefined ? [] : [`dport ${range(rule.dportRange)}`]),
  ].join(' ')
}

const STATES: readonly (readonly [number, string])[] = [
  [0x01, 'INCOMPLETE'], [0x02, 'REACHABLE'], [0x04, 'STALE'], [0x08, 'DELAY'], [0x10, 'PROBE'], [0x20, 'FAILED'],
  [0x40, 'NOARP'], [NUD_PERMANENT, 'PERMANENT'],
]

function stateWords(state: number): string {
  return STATES.filter(([bit]) => (state & bit) !== 0).map(([, word]) => word).join(' ')
}

function neighbors(node: NetworkNode): PanelRow[] {
  const names = linkNames(node)
  return dump<NeighborMessage>(node, { type: RTM_GETNEIGH, family: AF_INET }, RTM_NEWNEIGH)
    .filter(({ state = 0 }) => (state & 0x40) === 0) // as `ip neigh` without `nud all`
    .map((neighbor) => ({
      key: `${neighbor.index}/${neighbor.destination}`,
      cells: [formatIpv4(neighbor.destination ?? 0), names.get(neighbor.index ?? 0) ?? '',
        neighbor.lladdr === undefined ? '' : formatMac(neighbor.lladdr), stateWords(neighbor.state ?? 0)],
    }))
}

function fdb(node: NetworkNode): PanelRow[] | null {
  if (!linksOf(node).some((link) => link.linkInfo?.kind === 'bridge')) return null
  const names = linkNames(node)
  return dump<NeighborMessage>(node, { type: RTM_GETNEIGH, family: AF_BRIDGE }, RTM_NEWNEIGH)
    .filter(({ master }) => master !== undefined)
    .map((entry) => ({
      key: `${entry.index}/${entry.lladdr}/${entry.vlan ?? 0}`,
      cells: [formatMac(entry.lladdr ?? 0), entry.vlan === undefined ? '' : String(entry.vlan),
        names.get(entry.index ?? 0) ?? '', names.get(entry.master ?? 0) ?? '',
        (entry.state ?? 0) === NUD_PERMANENT ? 'permanent' : ''],
    }))
}
