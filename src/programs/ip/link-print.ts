import { formatMac } from '../../wire/address.ts'
import {
  IFF_BROADCAST, IFF_LOOPBACK, IFF_MULTICAST, IFF_NOARP, IFF_POINTOPOINT, IFF_PROMISC, IFF_ALLMULTI, IFF_UP,
} from '../../device/net-device.ts'
import {
  type BridgeAttributes, type BridgePortAttributes, IFF_DORMANT, IFF_DYNAMIC, IFF_ECHO, IFF_LOWER_UP, IFF_MASTER,
  IFF_RUNNING, IFF_SLAVE, IFLA_EVENT_FEATURES, type LinkInfo, type LinkMessage, type LinkStats, RTM_DELLINK,
} from '../../netlink/messages.ts'
import { stateColor } from './colors.ts'
import type { Context } from './context.ts'
import { GROUPS } from './names.ts'
import { nameOfNumber } from './namespace-names.ts'

/** In the order in which they are printed. */
const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [IFF_LOOPBACK, 'LOOPBACK'], [IFF_BROADCAST, 'BROADCAST'], [IFF_POINTOPOINT, 'POINTOPOINT'],
  [IFF_MULTICAST, 'MULTICAST'], [IFF_NOARP, 'NOARP'], [IFF_ALLMULTI, 'ALLMULTI'], [IFF_PROMISC, 'PROMISC'],
  [IFF_MASTER, 'MASTER'], [IFF_SLAVE, 'SLAVE'], [0x4, 'DEBUG'], [IFF_DYNAMIC, 'DYNAMIC'], [0x4000, 'AUTOMEDIA'],
  [0x2000, 'PORTSEL'], [0x20, 'NOTRAILERS'], [IFF_UP, 'UP'], [IFF_LOWER_UP, 'LOWER_UP'], [IFF_DORMANT, 'DORMANT'],
  [IFF_ECHO, 'ECHO'],
]

/** `<BROADCAST,MULTICAST,UP,LOWER_UP> `. lowerDown: the device below, in this namespace, is down. */
export function printLinkFlags(context: Context, flags: number, lowerDown: boolean): void {
  const names: string[] = []
  if ((flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) === 0) names.push('NO-CARRIER')
  for (const [flag, name] of FLAG_NAMES) if ((flags & flag) !== 0) names.push(name)
  if (lowerDown) names.push('M-DOWN')
  const { printer } = context
  printer.openArray('flags', '<')
  names.forEach((name, i) => printer.value(null, name, i === 0 ? name : `,${name}`))
  printer.closeArray('> ')
}

export const OPER_STATES = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP']

/** Prints "eth1@if2: ", and says whether the device behind the @ is known to be down. */
export function printNameAndLink(context: Context, link: LinkMessage): boolean {
  const { printer } = context
  const name = link.ifname ?? ''
  let below = ''
  let lowerDown = false
  if (link.link !== undefined) {
    if (link.link === 0) {
      printer.value('link', null, null)
      below = '@NONE'
    } else if (link.linkNetnsid !== undefined) {
      printer.value('link_index', link.link, null)
      below = `@if${link.link}`
    } else {
      const belowName = context.nameOf(link.link)
      printer.value('link', belowName, null)
      below = `@${belowName}`
      lowerDown = ((context.linkOf(link.link)?.flags ?? 0) & IFF_UP) === 0
    }
  }
  printer.value('ifname', name, null)
  printer.coloredText('name', context.options.brief ? `${`${name}${below}`.padEnd(16)} ` : `${name}${below}: `)
  return lowerDown
}

/** `ip -br link`, and the beginning of a line of `ip -br addr` (print_linkinfo_brief). */
export function printLinkBrief(context: Context, link: LinkMessage, forLink: boolean): void {
  const { printer } = context
  const lowerDown = printNameAndLink(context, link)
  const state = OPER_STATES[link.operstate ?? 0]
  printer.colored('operstate', state, stateColor(state), `${state.padEnd(14)} `)
  if (!forLink) return
  if (link.address !== undefined) printer.colored('address', formatMac(link.address), 'mac', `${formatMac(link.address)} `)
  printLinkFlags(context, link.flags ?? 0, lowerDown)
  printer.text('\n')
}

/** What differs between `ip link` and `ip address`. */
export interface LinkView {
  /** `ip link`: mode, alias, statistics and so on. */
  readonly forLink: boolean
  /** The line with the hardware address. */
  readonly hardware: boolean
  /** `ip monitor`: no length of the queue. */
  readonly monitor?: boolean
}

/** A device as `ip link` and `ip address` show it (print_linkinfo). */
export function printLink(context: Context, link: LinkMessage, view: LinkView): void {
  const { printer, options, lineEnd } = context
  if (link.type === RTM_DELLINK) printer.value('deleted', true, 'Deleted ')
  printer.value('ifindex', link.index ?? 0, `${link.index ?? 0}: `)
  const lowerDown = printNameAndLink(context, link)
  printLinkFlags(context, link.flags ?? 0, lowerDown)
  if (link.mtu !== undefined) printer.value('mtu', link.mtu, `mtu ${link.mtu} `)
  if (link.qdisc !== undefined) printer.value('qdisc', link.qdisc, `qdisc ${link.qdisc} `)
  if (link.master !== undefined) {
    const master = context.nameOf(link.master)
    printer.value('master', master, `master ${master} `)
  }
  if (link.operstate !== undefined) {
    const state = OPER_STATES[link.operstate]
    printer.text('state ')
    printer.colored('operstate', state, stateColor(state), `${state} `)
  }
  if (view.forLink && link.linkmode !== undefined) {
    const mode = link.linkmode === 0 ? 'DEFAULT' : 'DORMANT'
    printer.value('linkmode', mode, `mode ${mode} `)
  }
  if (link.group !== undefined) {
    const group = context.named(GROUPS, link.group)
    printer.value('group', group, `group ${group} `)
  }
  if (view.monitor !== true && link.txqlen) printer.value('txqlen', link.txqlen, `qlen ${link.txqlen}`)
  if (link.event === IFLA_EVENT_FEATURES) printer.value('event', 'FEATURE CHANGE', 'event FEATURE CHANGE ')
  if (view.hardware || options.details > 0) printHardware(context, link)
  printNamespace(context, 'link_netnsid', 'link-netns', link.linkNetnsid)
  printNamespace(context, 'new_netnsid', 'new-netns', link.newNetnsid)
  if (link.newIndex !== undefined) printer.value('new_ifindex', link.newIndex, ` new-ifindex ${link.newIndex}`)
  if (options.details > 0) printDetails(context, link, view.forLink)
  if ((view.forLink || options.details > 0) && link.alias !== undefined) {
    printer.text(`${lineEnd}    `)
    printer.value('ifalias', link.alias, `alias ${link.alias}`)
  }
  if (view.forLink && options.stats > 0) {
    printer.text(lineEnd)
    printLinkStats(context, link)
  }
  printer.text('\n')
}

/** A namespace by its name, if it has one here, or its number. */
function printNamespace(context: Context, key: string, word: string, nsid: number | undefined): void {
  if (nsid === undefined) return
  const name = context.options.json ? null : nameOfNumber(context, nsid)
  context.printer.value(key, nsid, name === null ? ` ${word}id ${nsid}` : ` ${word} ${name}`)
}

function printHardware(context: Context, link: LinkMessage): void {
  const { printer } = context
  const named = link.hardwareType === 772 ? 'loopback' : link.hardwareType === 1 ? 'ether' : null
  const type = context.options.numeric || named === null ? `[${link.hardwareType}]` : named
  printer.text(context.lineEnd)
  printer.value('link_type', type, `    link/${type} `)
  if (link.address !== undefined) printer.colored('address', formatMac(link.address), 'mac', formatMac(link.address))
  if (link.broadcast === undefined) return
  printer.text(' brd ')
  printer.colored('broadcast', formatMac(link.broadcast), 'mac', formatMac(link.broadcast))
}

/** What -details adds. */
function printDetails(context: Context, link: LinkMessage, forLink: boolean): void {
  const { printer } = context
  const number = (key: string, value: number | undefined, before: string): void => {
    if (value !== undefined) printer.value(key, value, `${before} ${value} `)
  }
  number('promiscuity', link.promiscuity, ' promiscuity')
  number('allmulti', link.allMulticast, ' allmulti')
  number('min_mtu', link.minMtu, 'minmtu')
  number('max_mtu', link.maxMtu, 'maxmtu')
  if (link.linkInfo !== undefined) printLinkInfo(context, link.linkInfo)
  if (forLink && link.addressGenerationMode !== undefined) {
    printer.value('inet6_addr_gen_mode', link.addressGenerationMode, `addrgenmode ${link.addressGenerationMode} `)
  }
  number('num_tx_queues', link.numTxQueues, 'numtxqueues')
  number('num_rx_queues', link.numRxQueues, 'numrxqueues')
  number('gso_max_size', link.gsoMaxSize, 'gso_max_size')
  number('gso_max_segs', link.gsoMaxSegs, 'gso_max_segs')
  number('tso_max_size', link.tsoMaxSize, 'tso_max_size')
  number('tso_max_segs', link.tsoMaxSegs, 'tso_max_segs')
  number('gro_max_size', link.groMaxSize, 'gro_max_size')
}

function printLinkInfo(context: Context, info: LinkInfo): void {
  const { printer, lineEnd } = context
  printer.openObject('linkinfo')
  if (info.kind !== undefined) {
    printer.text(lineEnd)
    printer.value('info_kind', info.kind, `    ${info.kind} `)
    if (info.bridge !== undefined) {
      printer.openObject('info_data')
      printBridge(context, info.bridge)
      printer.closeObject()
    }
    if (info.vlan !== undefined) {
      printer.openObject('info_data')
      const protocol = info.vlan.protocol === 0x88a8 ? '802.1ad' : '802.1Q'
      printer.value('protocol', protocol, `protocol ${protocol} `)
      printer.value('id', info.vlan.id ?? 0, `id ${info.vlan.id ?? 0} `)
      printVlanFlags(context, info.vlan.flags ?? 0)
      printer.closeObject()
    }
  }
  if (info.slaveKind !== undefined) {
    printer.text(lineEnd)
    printer.value('info_slave_kind', info.slaveKind, `    ${info.slaveKind}_slave `)
    if (info.bridgePort !== undefined) {
      printer.openObject('info_slave_data')
      printBridgePort(context, info.bridgePort)
      printer.closeObject()
    }
  }
  printer.closeObject()
}

function printVlanFlags(context: Context, flags: number): void {
  const { printer } = context
  const names = ['REORDER_HDR', 'GVRP', 'LOOSE_BINDING', 'MVRP', 'BRIDGE_BINDING'].filter((_, i) => (flags >> i & 1) !== 0)
  printer.openArray('flags', '<')
  names.forEach((name, i) => printer.value(null, name, i === 0 ? name : `,${name}`))
  printer.closeArray('> ')
}

/** Numbers of a bridge in the order of `ip -d link`: key in JSON, word in text, value. */
function printBridge(context: Context, bridge: BridgeAttributes): void {
  const { printer } = context
  const number = (key: string, value: number | undefined, word = key): void => {
    printer.value(key, value ?? 0, `${word} ${value ?? 0} `)
  }
  const hundredths = (ns: number | undefined): number => Math.floor((ns ?? 0) / 10_000_000)
  number('forward_delay', hundredths(bridge.forwardDelayNs))
  number('hello_time', hundredths(bridge.helloTimeNs))
  number('max_age', hundredths(bridge.maxAgeNs))
  number('ageing_time', hundredths(bridge.ageingTimeNs))
  number('stp_state', bridge.stpState)
  number('priority', bridge.priority)
  number('vlan_filtering', bridge.vlanFiltering)
  if (bridge.vlanProtocol !== undefined) {
    const protocol = bridge.vlanProtocol === 0x88a8 ? '802.1ad' : '802.1Q'
    printer.value('vlan_protocol', protocol, `vlan_protocol ${protocol} `)
  }
  const id = bridgeId(bridge.priority ?? 0, bridge.address ?? 0)
  printer.value('bridge_id', id, `bridge_id ${id} `)
  printer.value('root_id', id, `designated_root ${id} `)
  number('root_port', 0)
  number('root_path_cost', 0)
  number('topology_change', 0)
  number('topology_change_detected', 0)
  for (const timer of ['hello_timer', 'tcn_timer', 'topology_change_timer']) {
    printer.number(timer, '0.00', `${timer}    0.00 `)
  }
  const gc = ((bridge.gcTimerNs ?? 0) / 1e9).toFixed(2)
  printer.number('gc_timer', gc, `gc_timer ${gc.padStart(7)} `)
  if (bridge.vlanDefaultPvid !== undefined) number('vlan_default_pvid', bridge.vlanDefaultPvid)
  if (bridge.vlanDefaultPvid !== undefined) number('vlan_stats_enabled', 0)
  if (bridge.vlanDefaultPvid !== undefined) number('vlan_stats_per_port', 0)
  printer.value('group_fwd_mask', String(bridge.groupForwardMask ?? 0), `group_fwd_mask ${bridge.groupForwardMask ?? 0} `)
  printer.value('group_addr', '01:80:c2:00:00:00', 'group_address 01:80:c2:00:00:00 ')
  number('mcast_snooping', bridge.multicastSnooping)
  for (const [key, value, word] of BRIDGE_REST) number(key, value, word)
}

/** What this bridge has as Linux sets it and cannot change: multicast snooping's tunables, netfilter's switches. */
const BRIDGE_REST: readonly (readonly [string, number, string?])[] = [
  ['no_linklocal_learn', 0], ['mcast_vlan_snooping', 0], ['mcast_router', 1], ['mcast_query_use_ifaddr', 0],
  ['mcast_querier', 0], ['mcast_hash_elasticity', 16], ['mcast_hash_max', 4096],
  ['mcast_last_member_cnt', 2, 'mcast_last_member_count'], ['mcast_startup_query_cnt', 2, 'mcast_startup_query_count'],
  ['mcast_last_member_intvl', 100, 'mcast_last_member_interval'],
  ['mcast_membership_intvl', 26000, 'mcast_membership_interval'],
  ['mcast_querier_intvl', 25500, 'mcast_querier_interval'], ['mcast_query_intvl', 12500, 'mcast_query_interval'],
  ['mcast_query_response_intvl', 1000, 'mcast_query_response_interval'],
  ['mcast_startup_query_intvl', 3124, 'mcast_startup_query_interval'], ['mcast_stats_enabled', 0],
  ['mcast_igmp_version', 2], ['mcast_mld_version', 1], ['nf_call_iptables', 0], ['nf_call_ip6tables', 0],
  ['nf_call_arptables', 0],
]

/** A bridge's or port's identifier: "8000.2:0:0:0:2:0". */
function bridgeId(priority: number, mac: number): string {
  const bytes = formatMac(mac).split(':').map((byte) => parseInt(byte, 16).toString(16))
  return `${priority.toString(16).padStart(4, '0')}.${bytes.join(':')}`
}

export const PORT_STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

function printBridgePort(context: Context, port: BridgePortAttributes): void {
  const { printer } = context
  const number = (key: string, value: number | undefined): void => printer.value(key, value ?? 0, `${key} ${value ?? 0} `)
  const onOff = (key: string, value: number | undefined, word = key): void => {
    printer.value(key, (value ?? 0) !== 0, `${word} ${value ? 'on' : 'off'} `)
  }
  const state = PORT_STATES[port.state ?? 0]
  printer.value('state', state, `state ${state} `)
  number('priority', port.priority)
  number('cost', port.cost)
  onOff('hairpin', port.hairpin)
  onOff('guard', port.guard)
  onOff('root_block', port.protect)
  onOff('fastleave', port.fastLeave)
  onOff('learning', port.learning)
  onOff('flood', port.unicastFlood)
  const id = ((port.priority ?? 0) << 10 & 0xfc00) | (port.portNumber ?? 0)
  printer.value('id', `0x${id.toString(16)}`, `port_id 0x${id.toString(16)} `)
  const no = `0x${(port.portNumber ?? 0).toString(16)}`
  printer.value('no', no, `port_no ${no} `)
  printer.value('designated_port', id, `designated_port ${id} `)
  number('designated_cost', 0)
  const bridge = bridgeId(port.bridgePriority ?? 0x8000, port.bridgeAddress ?? 0)
  printer.value('bridge_id', bridge, `designated_bridge ${bridge} `)
  printer.value('root_id', bridge, `designated_root ${bridge} `)
  for (const [timer, ns] of [['hold_timer', 0], ['message_age_timer', 0],
    ['forward_delay_timer', port.forwardDelayTimerNs ?? 0]] as const) {
    const digits = (ns / 1e9).toFixed(2)
    printer.number(timer, digits, `${timer} ${digits.padStart(7)} `)
  }
  number('topology_change_ack', 0)
  number('config_pending', 0)
  onOff('proxy_arp', 0)
  onOff('proxy_arp_wifi', 0)
  printer.value('multicast_router', 1, 'mcast_router 1 ')
  printer.text(`mcast_fast_leave ${port.fastLeave ? 'on' : 'off'} `)
  onOff('mcast_flood', port.multicastFlood)
  onOff('bcast_flood', port.broadcastFlood)
  onOff('mcast_to_unicast', 0)
  onOff('neigh_suppress', 0)
  printer.value('group_fwd_mask', '0', 'group_fwd_mask 0 ')
  printer.value('group_fwd_mask_str', '0x0', 'group_fwd_mask_str 0x0 ')
  onOff('vlan_tunnel', 0)
  onOff('isolated', port.isolated)
  onOff('locked', port.locked)
}

/** Counters, in columns as wide as their longest number (print_link_stats64). */
export function printLinkStats(context: Context, link: LinkMessage): void {
  const stats = link.stats
  if (stats === undefined) return
  if (context.options.json) printStatsJson(context, stats, link.carrierChanges)
  else printStatsText(context, stats, link.carrierChanges)
}

function printStatsJson(context: Context, stats: LinkStats, carrierChanges: number | undefined): void {
  const { printer } = context
  const all = (fields: readonly (readonly [string, number])[]): void => {
    for (const [key, value] of fields) printer.value(key, value, null)
  }
  const more = context.options.stats > 1
  printer.openObject('stats64')
  printer.openObject('rx')
  all([['bytes', stats.rxBytes], ['packets', stats.rxPackets], ['errors', stats.rxErrors], ['dropped', stats.rxDropped],
    ['over_errors', 0], ['multicast', stats.multicast]])
  if (more) {
    all([['length_errors', stats.rxLengthErrors], ['crc_errors', stats.rxCrcErrors], ['frame_errors', 0],
      ['fifo_errors', 0], ['missed_errors', 0]])
    if (stats.rxNoHandler !== 0) all([['nohandler', stats.rxNoHandler]])
  }
  printer.closeObject()
  printer.openObject('tx')
  all([['bytes', stats.txBytes], ['packets', stats.txPackets], ['errors', stats.txErrors], ['dropped', stats.txDropped],
    ['carrier_errors', stats.txCarrierErrors], ['collisions', 0]])
  if (more) {
    all([['aborted_errors', 0], ['fifo_errors', 0], ['window_errors', 0], ['heartbeat_errors', 0]])
    if (carrierChanges !== undefined) all([['carrier_changes', carrierChanges]])
  }
  printer.closeObject()
  printer.closeObject()
}

function printStatsText(context: Context, stats: LinkStats, carrierChanges: number | undefined): void {
  const { printer, options, lineEnd } = context
  const more = options.stats > 1
  const changes = carrierChanges ?? 0
  const rx = [stats.rxBytes, stats.rxPackets, stats.rxErrors, stats.rxDropped, 0, stats.multicast]
  const tx = [stats.txBytes, stats.txPackets, stats.txErrors, stats.txDropped, stats.txCarrierErrors, 0]
  const rxErrors = [stats.rxLengthErrors, stats.rxCrcErrors, 0, 0, 0]
  const txErrors = [0, 0, 0, 0, changes]
  const columns = [10, 7, 6, 7, 7, 7, 10]
  const size = (values: readonly number[], from: number): void => values.forEach((value, i) => {
    const width = options.human || options.iec ? 5 : String(value).length
    if (width > columns[from + i]) columns[from + i] = width
  })
  size(rx, 0)
  if (more) size(rxErrors, 1)
  size(tx, 0)
  if (more) size(txErrors, 1)
  const numbers = (values: readonly number[], from: number): string =>
    values.map((value, i) => `${formatCount(context, value).padStart(columns[from + i])} `).join('')
  const titles = (words: readonly string[], from: number): string =>
    words.map((word, i) => word.padStart(columns[from + i])).join(' ')
  const head = (name: string, words: readonly string[]): string =>
    `    ${name}: ${words[0].padStart(columns[0] - 4)} ${titles(words.slice(1), 1)} ${''.padStart(columns[6])}${lineEnd}`
  printer.text(`${head('RX', ['bytes', 'packets', 'errors', 'dropped', 'missed', 'mcast'])}    ${numbers(rx, 0)}`)
  if (more) {
    const noHandler = stats.rxNoHandler !== 0
    printer.text(`${lineEnd}    RX errors:${''.padStart(columns[0] - 10)} ` +
      `${titles(['length', 'crc', 'frame', 'fifo', 'overrun'], 1)}${noHandler ? ' nohandler'.padStart(columns[6]) : ''}` +
      `${lineEnd}    ${''.padStart(columns[0])} ${numbers(rxErrors, 1)}`)
    if (noHandler) printer.text(`${formatCount(context, stats.rxNoHandler).padStart(columns[6])} `)
  }
  printer.text(`${lineEnd}${head('TX', ['bytes', 'packets', 'errors', 'dropped', 'carrier', 'collsns'])}    ${numbers(tx, 0)}`)
  if (!more) return
  printer.text(`${lineEnd}    TX errors:${''.padStart(columns[0] - 10)} ` +
    `${titles(['aborted', 'fifo', 'window', 'heartbt', 'transns'], 1)}${lineEnd}` +
    `    ${''.padStart(columns[0])} ${numbers(txErrors, 1)}`)
}

/** A count, with -human as 1.23k, with -iec as 1.20Ki (print_num). */
function formatCount(context: Context, count: number): string {
  const { human, iec } = context.options
  const base = iec ? 1024 : 1000
  if (!(human || iec) || count < base) return String(count)
  let power = base
  let prefix = 0
  while (count / base >= power && prefix < 5) {
    power *= base
    prefix++
  }
  let precision = 2
  for (let limit = 10; precision > 0; precision--, limit *= 10) if (count / power < limit) break
  return `${(count / power).toFixed(precision)}${'kMGTPE'[prefix]}${iec ? 'i' : ''}`
}
