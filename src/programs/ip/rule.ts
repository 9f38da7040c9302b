import {
  FIB_RULE_IIF_DETACHED, FIB_RULE_INVERT, FIB_RULE_OIF_DETACHED, FIB_RULE_UNRESOLVED, FR_ACT_BLACKHOLE, FR_ACT_GOTO,
  FR_ACT_NOP, FR_ACT_PROHIBIT, FR_ACT_TO_TBL, FR_ACT_UNREACHABLE, FR_ACT_UNSPEC, RT_TABLE_MAIN, RTN_UNICAST,
  RTPROT_KERNEL, RTPROT_UNSPEC,
} from '../../inet/route/constants.ts'
import {
  AF_INET, AF_UNSPEC, NLM_F_CREATE, NLM_F_EXCL, RTM_DELRULE, RTM_GETRULE, RTM_NEWRULE, type RuleMessage,
} from '../../netlink/messages.ts'
import { maskOf } from '../../wire/address.ts'
import { notModelled } from '../not-modelled.ts'
import {
  type Arguments, EXIT_USAGE, Failure, invalidArgument, matches, nextUnsigned, type Option, parseOptions, parsePrefix,
  parseUnsigned, type Prefix,
} from './arguments.ts'
import type { Context } from './context.ts'
import {
  formatDsfield, formatIpProtocol, GROUPS, parseDsfield, parseIpProtocol, parseRouteType, PROTOCOLS, TABLES,
} from './names.ts'
import { beginSave, restore, saveMessages } from './saved.ts'
import { type Command, type Draft, runCommand, usage } from './object.ts'
import { RULE_USAGE } from './usage.ts'

/** `ip rule`. */
export function runRule(context: Context, args: Arguments): number | Promise<number> {
  return runCommand(context, args, COMMANDS, (c, a) => list(c, a, false), 'ip rule')
}

const COMMANDS: readonly Command[] = [
  { words: ['list', 'lst', 'show'], run: (c, a) => list(c, a, false) },
  { words: ['save'], run: save },
  { words: ['restore'], run: (c) => restore(c, 'rule') },
  { words: ['add'], run: (c, a) => modify(c, a, RTM_NEWRULE) },
  { words: ['delete'], run: (c, a) => modify(c, a, RTM_DELRULE) },
  { words: ['flush'], run: (c, a) => list(c, a, true) },
  { words: ['help'], run: () => usage(RULE_USAGE) },
]

// ---- reading -----------------------------------------------------------------------------------------------------

type Draw = Draft<RuleMessage>

function nextPrefix(message: Draw, args: Arguments): Prefix {
  const prefix = parsePrefix(args.next(), message.family ?? AF_UNSPEC)
  if (message.family === AF_UNSPEC) message.family = prefix.family
  return prefix
}

/** `5`, or where `range` is allowed `5-7`. */
function nextRange(args: Arguments, message: string, max: number): readonly [number, number] {
  const word = args.next()
  const dash = word.indexOf('-')
  const low = parseUnsigned(dash < 0 ? word : word.slice(0, dash), max)
  const high = dash < 0 ? low : parseUnsigned(word.slice(dash + 1), max)
  if (low === null || high === null) throw invalidArgument(message, word)
  return [low, high]
}

function nextMark(message: Draw, args: Arguments): void {
  const word = args.next()
  const slash = word.indexOf('/')
  const mark = parseUnsigned(slash < 0 ? word : word.slice(0, slash))
  if (mark === null) throw invalidArgument('fwmark value is invalid\n', word)
  message.fwmark = mark | 0
  if (slash < 0) return
  const mask = parseUnsigned(word.slice(slash + 1))
  if (mask === null) throw invalidArgument('fwmask value is invalid\n', word)
  message.fwmask = mask | 0
}

function refuseOption(words: readonly string[]): Option<Draw> {
  return { words, take: (_message, args) => {
    const failure = invalidArgument('Failed to parse rule type', args.word)
    throw new Failure(`${failure.stderr}${notModelled('ip rule', args.word)}`, EXIT_USAGE)
  } }
}

/** Selectors that `add`, `del` and `show` have in common. */
const SELECTORS: readonly Option<Draw>[] = [
  { words: ['not'], take: (message) => { message.flags = (message.flags ?? 0) | FIB_RULE_INVERT } },
  { words: ['=from'], take: (message, args) => {
    const prefix = nextPrefix(message, args)
    message.sourceLength = prefix.length
    message.source = prefix.address
  } },
  { words: ['=to'], take: (message, args) => {
    const prefix = nextPrefix(message, args)
    message.destinationLength = prefix.length
    message.destination = prefix.address
  } },
  { words: ['preference', 'order', 'priority'], take: (message, args) => {
    message.priority = nextUnsigned(args, 'preference value is invalid\n')
  } },
  { words: ['=tos', 'dsfield'], take: (message, args) => {
    const word = args.next()
    const tos = parseDsfield(word)
    if (tos === null) throw invalidArgument('TOS value is invalid\n', word)
    message.tos = tos
  } },
  { words: ['=fwmark'], take: nextMark },
  refuseOption(['realms']),
  { words: ['protocol'], take: (message, args) => {
    const word = args.next()
    const protocol = PROTOCOLS.parse(word)
    if (protocol === null) throw invalidArgument('"protocol" value is invalid\n', word)
    message.protocol = protocol
  } },
  { words: ['table', '=lookup'], take: (message, args) => {
    const word = args.next()
    const table = TABLES.parse(word)
    if (table === null) throw invalidArgument('invalid table ID\n', word)
    message.table = table
  } },
  { words: ['suppress_prefixlength', '=sup_pl'], take: (message, args) => {
    message.suppressPrefixLength = nextUnsigned(args, 'suppress_prefixlength value is invalid\n')
  } },
  { words: ['suppress_ifgroup', '=sup_group'], take: (message, args) => {
    const word = args.next()
    const group = GROUPS.parse(word)
    if (group === null) throw invalidArgument('Invalid "suppress_ifgroup" value\n', word)
    message.suppressIfgroup = group
  } },
  { words: ['=dev', '=iif'], take: (message, args) => { message.iifname = args.next() } },
  { words: ['=oif'], take: (message, args) => { message.oifname = args.next() } },
  refuseOption(['=l3mdev']),
  { words: ['=uidrange'], take: (message, args) => { message.uidRange = nextRange(args, 'invalid UID range\n', 0xffffffff) } },
  refuseOption(['=nat', 'map-to', 'tun_id']),
  { words: ['=ipproto'], take: (message, args) => {
    const word = args.next()
    const protocol = parseIpProtocol(word)
    if (protocol === null) throw invalidArgument('Invalid "ipproto" value\n', word)
    message.ipProtocol = protocol
  } },
  { words: ['=sport'], take: (message, args) => { message.sportRange = nextRange(args, 'invalid port range\n', 0xffff) } },
  { words: ['=dport'], take: (message, args) => { message.dportRange = nextRange(args, 'invalid dport range\n', 0xffff) } },
]

/** What a rule does: an action, `goto`, or a type as of routes. */
function takeAction(message: Draw, args: Arguments): void {
  const word = args.word === 'type' ? args.next() : args.word
  if (matches(word, 'help')) usage(RULE_USAGE)
  if (matches(word, 'goto')) {
    message.action = FR_ACT_GOTO
    message.goto = nextUnsigned(args, 'invalid target\n')
  } else if (matches(word, 'nop')) {
    message.action = FR_ACT_NOP
  } else {
    const type = parseRouteType(word)
    if (type === null) throw invalidArgument('Failed to parse rule type', word)
    message.action = type === RTN_UNICAST ? FR_ACT_TO_TBL : type
  }
}

/** iprule_modify. */
function modify(context: Context, args: Arguments, type: typeof RTM_NEWRULE | typeof RTM_DELRULE): number {
  if (args.done) {
    throw new Failure(`"ip rule ${type === RTM_NEWRULE ? 'add' : 'del'}" requires arguments.\n`, 1)
  }
  const adding = type === RTM_NEWRULE
  const message: Draw = {
    type, family: context.options.family, nlFlags: adding ? NLM_F_CREATE | NLM_F_EXCL : 0,
    action: adding ? FR_ACT_TO_TBL : FR_ACT_UNSPEC,
  }
  parseOptions(args, message, SELECTORS, takeAction)
  if (message.family === AF_UNSPEC) message.family = AF_INET
  if (adding && message.table === undefined && message.action === FR_ACT_TO_TBL) message.table = RT_TABLE_MAIN
  context.talk(message)
  return 0
}

// ---- showing -----------------------------------------------------------------------------------------------------

/** `ip rule show`, `ip rule flush`. */
function list(context: Context, args: Arguments, flush: boolean): number {
  const filter: Draw = { type: RTM_GETRULE, family: context.options.family }
  parseOptions(args, filter, SELECTORS, (_message, a) => {
    if (matches(a.word, 'help')) usage(RULE_USAGE)
    throw new Failure(`Error: inet prefix is expected rather than "${a.word}".\n`, 1)
  })
  const rules = context.dump({ type: RTM_GETRULE, family: AF_INET })
    .filter((message): message is RuleMessage => message.type === RTM_NEWRULE && selects(filter, message as RuleMessage))
  if (flush) {
    for (const rule of rules) if (rule.priority) context.talk({ ...rule, type: RTM_DELRULE, nlFlags: 0 }, 1)
    return 0
  }
  context.printer.openDocument()
  if (context.options.family === AF_UNSPEC || context.options.family === AF_INET) {
    for (const rule of rules) printRule(context, rule)
  }
  context.printer.closeDocument()
  return 0
}

function save(context: Context, args: Arguments): number {
  if (!args.done) throw new Failure('"ip rule save" does not take any arguments.\n', 1)
  beginSave(context, 'rule')
  return saveMessages(context, context.dump({ type: RTM_GETRULE, family: AF_INET })
    .filter((message): message is RuleMessage => message.type === RTM_NEWRULE), false)
}

/** filter_nlmsg. */
function selects(filter: RuleMessage, rule: RuleMessage): boolean {
  const same = <T>(wanted: T | undefined, value: T | undefined): boolean => wanted === undefined || wanted === value
  return same(filter.priority, rule.priority ?? 0) && same(filter.tos, rule.tos ?? 0) &&
    (filter.fwmark === undefined || filter.fwmark === ((rule.fwmark ?? 0) | 0)) &&
    (filter.fwmask === undefined || filter.fwmask === ((rule.fwmask ?? 0) | 0)) &&
    same(filter.iifname, rule.iifname) && same(filter.oifname, rule.oifname) && same(filter.table, rule.table) &&
    same(filter.protocol, rule.protocol) && same(filter.ipProtocol, rule.ipProtocol) &&
    sameRange(filter.uidRange, rule.uidRange) && sameRange(filter.sportRange, rule.sportRange) &&
    sameRange(filter.dportRange, rule.dportRange) &&
    insidePrefix(filter.source, filter.sourceLength, rule.source, rule.sourceLength) &&
    insidePrefix(filter.destination, filter.destinationLength, rule.destination, rule.destinationLength)
}

function sameRange(wanted: readonly [number, number] | undefined, range: readonly [number, number] | undefined): boolean {
  return wanted === undefined || (range !== undefined && range[0] === wanted[0] && range[1] === wanted[1])
}

/** The rule's prefix is within the wanted one. */
function insidePrefix(wanted: number | undefined, wantedLength: number | undefined, address: number | undefined,
  length: number | undefined): boolean {
  if (!wantedLength) return true
  return (length ?? 0) >= wantedLength && (((address ?? 0) ^ (wanted ?? 0)) & maskOf(wantedLength)) === 0
}

export function printRule(context: Context, rule: RuleMessage): void {
  const { printer } = context
  printer.openObject()
  if (rule.type === RTM_DELRULE) printer.value('deleted', true, 'Deleted ')
  printer.value('priority', rule.priority ?? 0, `${rule.priority ?? 0}:\t`)
  const flags = rule.flags ?? 0
  if ((flags & FIB_RULE_INVERT) !== 0) printer.value('not', null, 'not ')
  printPrefix(context, 'src', 'from ', rule.source, rule.sourceLength ?? 0)
  if (rule.destination !== undefined || rule.destinationLength) {
    printPrefix(context, 'dst', ' to ', rule.destination, rule.destinationLength ?? 0)
  }
  if (rule.tos) printer.value('tos', formatDsfield(rule.tos), ` tos ${formatDsfield(rule.tos)}`)
  printMark(context, rule)
  if (rule.iifname !== undefined) {
    printer.value('iif', rule.iifname, ` iif ${rule.iifname}`)
    if ((flags & FIB_RULE_IIF_DETACHED) !== 0) printer.value('iif_detached', null, ' [detached]')
  }
  if (rule.oifname !== undefined) {
    printer.value('oif', rule.oifname, ` oif ${rule.oifname}`)
    if ((flags & FIB_RULE_OIF_DETACHED) !== 0) printer.value('oif_detached', null, ' [detached]')
  }
  if (rule.uidRange !== undefined) {
    const [low, high] = rule.uidRange
    printer.value('uid_start', low, ` uidrange ${low}`)
    printer.value('uid_end', high, `-${high}`)
  }
  if (rule.ipProtocol !== undefined) {
    const name = context.options.numeric ? `ipproto-${rule.ipProtocol}` : formatIpProtocol(rule.ipProtocol)
    printer.value('ipproto', name, ` ipproto ${name}`)
  }
  printPorts(context, 'sport', rule.sportRange)
  printPorts(context, 'dport', rule.dportRange)
  printAction(context, rule)
  const protocol = rule.protocol ?? RTPROT_UNSPEC
  if ((protocol !== RTPROT_UNSPEC && protocol !== RTPROT_KERNEL) || context.options.details > 0) {
    printer.value('protocol', PROTOCOLS.format(protocol), ` proto ${PROTOCOLS.format(protocol)}`)
  }
  printer.text('\n')
  printer.closeObject()
}

function printPrefix(context: Context, key: string, word: string, address: number | undefined, length: number): void {
  const { printer } = context
  const text = address === undefined ? length === 0 ? 'all' : '0' : context.address(address)
  const full = address === undefined ? length === 0 : length === 32
  printer.text(word)
  printer.colored(key, text, address === undefined ? null : 'inet', text)
  if (!full) printer.value(`${key}len`, length, `/${length}`)
}

function printMark(context: Context, rule: RuleMessage): void {
  if (rule.fwmark === undefined && rule.fwmask === undefined) return
  const { printer } = context
  const mark = alternateHex((rule.fwmark ?? 0) >>> 0)
  printer.value('fwmark', mark, ` fwmark ${mark}`)
  const mask = (rule.fwmask ?? 0xffffffff) >>> 0
  if (mask !== 0xffffffff) printer.value('fwmask', alternateHex(mask), `/${alternateHex(mask)}`)
}

/** %#x of C, which gives 0 no prefix. */
function alternateHex(value: number): string {
  return value === 0 ? '0' : `0x${value.toString(16)}`
}

function printPorts(context: Context, key: string, range: readonly [number, number] | undefined): void {
  if (range === undefined) return
  const { printer } = context
  if (range[0] === range[1]) {
    printer.value(key, range[0], ` ${key} ${range[0]}`)
    return
  }
  printer.value(`${key}_start`, range[0], ` ${key} ${range[0]}`)
  printer.value(`${key}_end`, range[1], `-${range[1]}`)
}

function printAction(context: Context, rule: RuleMessage): void {
  const { printer } = context
  if (rule.table && rule.action === FR_ACT_TO_TBL) {
    printer.value('table', context.named(TABLES, rule.table), ` lookup ${context.named(TABLES, rule.table)}`)
    if (rule.suppressPrefixLength !== undefined) {
      printer.value('suppress_prefixlen', rule.suppressPrefixLength, ` suppress_prefixlength ${rule.suppressPrefixLength}`)
    }
    if (rule.suppressIfgroup !== undefined) {
      const group = context.options.numeric ? String(rule.suppressIfgroup) : GROUPS.format(rule.suppressIfgroup)
      printer.value('suppress_ifgroup', group, ` suppress_ifgroup ${group}`)
    }
  }
  if (rule.action === FR_ACT_GOTO) {
    if (rule.goto !== undefined) printer.value('goto', rule.goto, ` goto ${rule.goto}`)
    if (((rule.flags ?? 0) & FIB_RULE_UNRESOLVED) !== 0) printer.value('unresolved', null, ' [unresolved]')
  } else if (rule.action === FR_ACT_NOP) {
    printer.value('nop', null, ' nop')
  } else if (rule.action !== FR_ACT_TO_TBL) {
    const named = context.options.numeric ? undefined : ACTIONS.get(rule.action ?? 0)
    const name = named ?? String(rule.action)
    printer.value('action', name, ` ${name}`)
  }
}

const ACTIONS: ReadonlyMap<number, string> = new Map([
  [FR_ACT_BLACKHOLE, 'blackhole'], [FR_ACT_UNREACHABLE, 'unreachable'], [FR_ACT_PROHIBIT, 'prohibit'],
])
