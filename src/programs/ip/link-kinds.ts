import { type LinkInfo, RTM_NEWLINK } from '../../netlink/messages.ts'
import { notModelled } from '../not-modelled.ts'
import {
  type Arguments, EXIT_USAGE, Failure, invalidArgument, matches, nextUnsigned, type Option, parseOptions,
} from './arguments.ts'
import type { Context } from './context.ts'
import { parseLink } from './link-options.ts'
import type { Draft } from './object.ts'
import { KIND_BRIDGE_SLAVE_USAGE, KIND_BRIDGE_USAGE, KIND_VETH_USAGE, KIND_VLAN_USAGE } from './usage.ts'

/** Reads what follows `type KIND` on the command line. */
type KindParser = (context: Context, args: Arguments) => LinkInfo

/** The usage text of a kind, or null: it has none. */
export function linkKindUsage(kind: string): string | null {
  switch (kind) {
    case 'bridge': return KIND_BRIDGE_USAGE
    case 'bridge_slave': return KIND_BRIDGE_SLAVE_USAGE
    case 'vlan': return KIND_VLAN_USAGE
    case 'veth': return KIND_VETH_USAGE
    case 'dummy': return 'Usage: ... dummy\n'
    default: return null
  }
}

/** Options of the kinds of devices. A kind's own words are refused by ip itself, with its usage. */
export const LINK_KINDS: ReadonlyMap<string, KindParser> = new Map<string, KindParser>([
  ['bridge', parseBridge], ['bridge_slave', parseBridgeSlave], ['vlan', parseVlan], ['veth', parseVeth],
])

function unknownWord(kind: string, args: Arguments, modelled: boolean): Failure {
  const text = linkKindUsage(kind) ?? ''
  if (matches(args.word, 'help')) return new Failure(text, 1)
  const more = modelled ? '' : notModelled('ip link', `type ${kind} ${args.word}`)
  return new Failure(`${kind}: unknown command "${args.word}"?\n${text}${more}`, 1)
}

type BridgeDraft = Draft<NonNullable<LinkInfo['bridge']>>

const BRIDGE_OPTIONS: readonly Option<BridgeDraft>[] = [
  { words: ['forward_delay'], take: (b, args) => { b.forwardDelayNs = nextUnsigned(args, 'invalid forward_delay') * 1e7 } },
  { words: ['hello_time'], take: (b, args) => { b.helloTimeNs = nextUnsigned(args, 'invalid hello_time') * 1e7 } },
  { words: ['max_age'], take: (b, args) => { b.maxAgeNs = nextUnsigned(args, 'invalid max_age') * 1e7 } },
  { words: ['ageing_time'], take: (b, args) => { b.ageingTimeNs = nextUnsigned(args, 'invalid ageing_time') * 1e7 } },
  { words: ['stp_state'], take: (b, args) => { b.stpState = nextUnsigned(args, 'invalid stp_state') } },
  { words: ['priority'], take: (b, args) => { b.priority = nextUnsigned(args, 'invalid priority', 0xffff) } },
  { words: ['vlan_filtering'], take: (b, args) => {
    b.vlanFiltering = nextUnsigned(args, 'invalid vlan_filtering', 0xff)
  } },
  { words: ['vlan_protocol'], take: (b, args) => {
    const word = args.next()
    if (!/^802\.1(q|ad)$/i.test(word)) throw invalidArgument('invalid vlan_protocol', word)
    b.vlanProtocol = word.toLowerCase() === '802.1q' ? 0x8100 : 0x88a8
  } },
  { words: ['group_fwd_mask'], take: (b, args) => {
    b.groupForwardMask = nextUnsigned(args, 'invalid group_fwd_mask', 0xffff)
  } },
  { words: ['vlan_default_pvid'], take: (b, args) => {
    b.vlanDefaultPvid = nextUnsigned(args, 'invalid vlan_default_pvid', 0xffff)
  } },
  { words: ['mcast_snooping'], take: (b, args) => {
    b.multicastSnooping = nextUnsigned(args, 'invalid mcast_snooping', 0xff)
  } },
]

const BRIDGE_NOT_MODELLED = /^(group_address|fdb_flush|no_linklocal_learn|vlan_stats|mcast_|nf_call_|vlan_stats_per_port)/

function parseBridge(_context: Context, args: Arguments): LinkInfo {
  const bridge: BridgeDraft = {}
  parseOptions(args, bridge, BRIDGE_OPTIONS, (_state, a) => {
    throw unknownWord('bridge', a, !BRIDGE_NOT_MODELLED.test(a.word))
  })
  return { bridge }
}

type PortDraft = Draft<NonNullable<LinkInfo['bridgePort']>>

function onOffWord(args: Arguments): number {
  const { word } = args
  const value = args.next()
  if (value === 'on') return 1
  if (value === 'off') return 0
  throw new Failure(`Error: argument of "${word}" must be "on" or "off", not "${value}"\n`, 1)
}

const PORT_OPTIONS: readonly Option<PortDraft>[] = [
  { words: ['state'], take: (p, args) => { p.state = nextUnsigned(args, 'state is invalid', 0xff) } },
  { words: ['priority'], take: (p, args) => { p.priority = nextUnsigned(args, 'priority is invalid', 0xffff) } },
  { words: ['cost'], take: (p, args) => { p.cost = nextUnsigned(args, 'cost is invalid') } },
  { words: ['hairpin'], take: (p, args) => { p.hairpin = onOffWord(args) } },
  { words: ['guard'], take: (p, args) => { p.guard = onOffWord(args) } },
  { words: ['root_block'], take: (p, args) => { p.protect = onOffWord(args) } },
  { words: ['fastleave'], take: (p, args) => { p.fastLeave = onOffWord(args) } },
  { words: ['learning'], take: (p, args) => { p.learning = onOffWord(args) } },
  { words: ['flood'], take: (p, args) => { p.unicastFlood = onOffWord(args) } },
  { words: ['mcast_flood'], take: (p, args) => { p.multicastFlood = onOffWord(args) } },
  { words: ['bcast_flood'], take: (p, args) => { p.broadcastFlood = onOffWord(args) } },
  { words: ['isolated'], take: (p, args) => { p.isolated = onOffWord(args) } },
  { words: ['locked'], take: (p, args) => { p.locked = onOffWord(args) } },
]

const PORT_NOT_MODELLED = /^(fdb_flush|proxy_arp|mcast_|neigh_suppress|vlan_tunnel|group_fwd|backup_port|nobackup_port)/

function parseBridgeSlave(_context: Context, args: Arguments): LinkInfo {
  const bridgePort: PortDraft = {}
  parseOptions(args, bridgePort, PORT_OPTIONS, (_state, a) => {
    throw unknownWord('bridge_slave', a, !PORT_NOT_MODELLED.test(a.word))
  })
  return { bridgePort }
}

type VlanDraft = Draft<NonNullable<LinkInfo['vlan']>>

const VLAN_OPTIONS: readonly Option<VlanDraft>[] = [
  { words: ['protocol'], take: (v, args) => {
    const word = args.next()
    if (!/^802\.1(q|ad)$/i.test(word)) throw invalidArgument('protocol is invalid', word)
    v.protocol = word.toLowerCase() === '802.1q' ? 0x8100 : 0x88a8
  } },
  { words: ['id'], take: (v, args) => { v.id = nextUnsigned(args, 'id is invalid', 0xffff) } },
]

const VLAN_NOT_MODELLED = /^(reorder_hdr|gvrp|mvrp|loose_binding|bridge_binding|ingress-qos-map|egress-qos-map)/

function parseVlan(_context: Context, args: Arguments): LinkInfo {
  const vlan: VlanDraft = {}
  parseOptions(args, vlan, VLAN_OPTIONS, (_state, a) => { throw unknownWord('vlan', a, !VLAN_NOT_MODELLED.test(a.word)) })
  return { vlan }
}

function parseVeth(context: Context, args: Arguments): LinkInfo {
  if (args.word !== 'peer') {
    context.printer.text(KIND_VETH_USAGE)
    throw new Failure('', 1)
  }
  args.advance()
  const request = parseLink(context, args, RTM_NEWLINK)
  if (request.name !== null && request.dev !== null) {
    throw new Failure('both "name" and "dev" cannot be used when creating devices.\n', EXIT_USAGE)
  }
  const name = request.name ?? request.dev
  if (name !== null) request.message.ifname = name
  if (request.index !== null) request.message.index = request.index
  if (request.group !== null) request.message.group = request.group
  return { peer: request.message }
}
