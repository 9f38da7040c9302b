import { ESRCH, strerror } from '../../base/errno.ts'
import {
  RT_TABLE_MAIN, RTM_F_CLONED, RTM_F_FIB_MATCH, RTM_F_LOOKUP_TABLE, RTM_F_NOTIFY,
} from '../../inet/route/constants.ts'
import {
  AF_INET, AF_INET6, AF_UNSPEC, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELROUTE, RTM_GETROUTE,
  RTM_NEWROUTE, type RouteMessage,
} from '../../netlink/messages.ts'
import { maskOf } from '../../wire/address.ts'
import { notModelled } from '../not-modelled.ts'
import { rounds } from './address-list.ts'
import {
  type Arguments, EXIT_USAGE, Failure, invalidArgument, matches, nextUnsigned, type Option, parseOptions, parsePrefix,
  parseUnsigned, type Prefix,
} from './arguments.ts'
import type { Context } from './context.ts'
import { parseDsfield, parseIpProtocol, parseRouteType, PROTOCOLS, SCOPES, TABLES } from './names.ts'
import { type Command, type Draft, runCommand, usage } from './object.ts'
import { anyRoute, type RouteFilter } from './route-filter.ts'
import { parseRoute } from './route-options.ts'
import { printRoute } from './route-print.ts'
import { beginSave, restore, saveMessages, showDump } from './saved.ts'
import { ROUTE_USAGE } from './usage.ts'

/** `ip route`. */
export function runRoute(context: Context, args: Arguments): number | Promise<number> {
  return runCommand(context, args, COMMANDS, show, 'ip route')
}

const COMMANDS: readonly Command[] = [
  { words: ['list', 'show', 'lst', 'ls'], run: show },
  { words: ['get'], run: get },
  { words: ['add'], run: (c, a) => modify(c, a, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL) },
  { words: ['change', '=chg'], run: (c, a) => modify(c, a, RTM_NEWROUTE, NLM_F_REPLACE) },
  { words: ['replace'], run: (c, a) => modify(c, a, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE) },
  { words: ['prepend'], run: (c, a) => modify(c, a, RTM_NEWROUTE, NLM_F_CREATE) },
  { words: ['append'], run: (c, a) => modify(c, a, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND) },
  { words: ['test'], run: (c, a) => modify(c, a, RTM_NEWROUTE, NLM_F_EXCL) },
  { words: ['delete'], run: (c, a) => modify(c, a, RTM_DELROUTE, 0) },
  { words: ['flush'], run: flush },
  { words: ['save'], run: save },
  { words: ['restore'], run: (c) => restore(c, 'route') },
  { words: ['showdump'], run: (c) => showDump(c, 'route') },
  { words: ['help'], run: () => usage(ROUTE_USAGE) },
]

function modify(context: Context, args: Arguments, type: typeof RTM_NEWROUTE | typeof RTM_DELROUTE, flags: number): number {
  context.talk(parseRoute(context, args, type, flags))
  return 0
}

interface Selection {
  readonly context: Context
  readonly filter: RouteFilter
  family: number
  iif: string | null
  oif: string | null
}

/** A value by name, with `all` for any. */
function nextNamed(args: Arguments, parse: (word: string) => number | null, message: string): number | null {
  const word = args.next()
  const value = parse(word)
  if (value === null && word !== 'all') throw invalidArgument(message, word)
  return value
}

const SELECTORS: readonly Option<Selection>[] = [
  { words: ['table'], take: ({ filter }, args) => {
    const word = args.next()
    const table = TABLES.parse(word)
    if (table !== null) filter.table = table
    else if (word === 'all') filter.table = 0
    else if (word === 'cache') filter.cloned = 'only'
    else if (word === 'help') usage(ROUTE_USAGE)
    else throw invalidArgument('table id value is invalid\n', word)
  } },
  { words: ['vrf'], take: (_selection, args) => { throw invalidArgument('Invalid VRF\n', args.next()) } },
  { words: ['cached', 'cloned'], take: ({ filter }) => { filter.cloned = 'only' } },
  { words: ['=tos', 'dsfield'], take: ({ filter }, args) => {
    const word = args.next()
    filter.tos = parseDsfield(word)
    if (filter.tos === null) throw invalidArgument('TOS value is invalid\n', word)
  } },
  { words: ['protocol'], take: ({ filter }, args) => {
    filter.protocol = nextNamed(args, (word) => PROTOCOLS.parse(word), 'invalid "protocol"\n')
  } },
  { words: ['scope'], take: ({ filter }, args) => {
    filter.scope = nextNamed(args, (word) => SCOPES.parse(word), 'invalid "scope"\n')
  } },
  { words: ['type'], take: ({ filter }, args) => {
    const word = args.next()
    filter.type = parseRouteType(word)
    if (filter.type === null) throw invalidArgument('node type value is invalid\n', word)
  } },
  { words: ['=dev', '=oif'], take: (selection, args) => { selection.oif = args.next() } },
  { words: ['=iif'], take: (selection, args) => { selection.iif = args.next() } },
  { words: ['=mark'], take: ({ filter }, args) => { filter.mark = parseUnsigned(args.next()) ?? 0 } },
  { words: ['metric', 'priority', '=preference'], take: ({ filter }, args) => {
    filter.metric = nextUnsigned(args, '"metric" value is invalid\n')
  } },
  { words: ['=via'], take: (selection, args) => {
    const word = args.next()
    selection.filter.via = parsePrefix(word === 'inet' ? args.next() : word, word === 'inet' ? AF_INET : selection.family)
  } },
  { words: ['=src'], take: (selection, args) => { selection.filter.prefSource = parsePrefix(args.next(), selection.family) } },
  { words: ['realms', 'from'], take: (_selection, args) => {
    throw new Failure(notModelled('ip route show', args.word), EXIT_USAGE)
  } },
]

function takePrefix(selection: Selection, args: Arguments): void {
  const { filter, family } = selection
  if (matches(args.word, 'to')) args.next()
  if (matches(args.word, 'root')) {
    filter.root = parsePrefix(args.next(), family)
  } else if (matches(args.word, 'match')) {
    filter.match = parsePrefix(args.next(), family)
  } else {
    const word = matches(args.word, 'exact') ? args.next() : args.word
    const prefix = parsePrefix(word, family)
    // "default" is the prefix 0/0 here, and nothing else; "all" and "any" are every prefix.
    filter.match = word === 'default' ? { ...prefix, family: AF_INET } : prefix
    filter.root = filter.match
  }
}

function parseSelection(context: Context, args: Arguments): Selection {
  const filter = anyRoute('no')
  filter.table = RT_TABLE_MAIN
  const selection: Selection = { context, filter, family: context.options.family, iif: null, oif: null }
  parseOptions(args, selection, SELECTORS, takePrefix)
  if (selection.family === AF_UNSPEC && filter.table !== 0) selection.family = AF_INET
  if (selection.iif !== null) filter.iif = context.needDevice(selection.iif)
  if (selection.oif !== null) filter.oif = context.needDevice(selection.oif)
  return selection
}

function dumpRoutes(context: Context, { filter, family }: Selection): RouteMessage[] {
  const table = family === AF_INET6 || filter.cloned === 'only' ? 0 : filter.table
  const flags = filter.cloned === 'only' ? RTM_F_CLONED : 0
  return context.dump({ type: RTM_GETROUTE, family, table, flags })
    .filter((message): message is RouteMessage => message.type === RTM_NEWROUTE && selects(filter, message as RouteMessage))
}

/** filter_nlmsg. */
function selects(filter: RouteFilter, route: RouteMessage): boolean {
  const cloned = ((route.flags ?? 0) & RTM_F_CLONED) !== 0
  if (filter.cloned !== 'both' && cloned !== (filter.cloned === 'only')) return false
  const same = (wanted: number | null, value: number | undefined): boolean => wanted === null || wanted === (value ?? 0)
  return (filter.table === 0 || filter.table === route.table) && same(filter.protocol, route.protocol) &&
    same(filter.scope, route.scope) && same(filter.type, route.routeType) && same(filter.tos, route.tos) &&
    same(filter.oif, route.oif) && same(filter.iif, route.iif) && same(filter.mark, route.mark) &&
    same(filter.metric, route.priority) && isIn(filter.via, route.gateway ?? 0) &&
    isIn(filter.prefSource, route.prefSource ?? 0) && inRoot(filter.root, route) && inMatch(filter.match, route)
}

function isIn(prefix: Prefix | null, address: number): boolean {
  return prefix === null || prefix.family === AF_UNSPEC || ((address ^ prefix.address) & maskOf(prefix.length)) === 0
}

/** The route lies inside the prefix. */
function inRoot(root: Prefix | null, route: RouteMessage): boolean {
  if (root === null || root.family === AF_UNSPEC) return true
  return (route.destinationLength ?? 0) >= root.length && isIn(root, route.destination ?? 0)
}

/** The route covers the prefix. */
function inMatch(match: Prefix | null, route: RouteMessage): boolean {
  if (match === null) return true
  const length = route.destinationLength ?? 0
  return length <= match.length && (((route.destination ?? 0) ^ match.address) & maskOf(length)) === 0
}

function show(context: Context, args: Arguments): number {
  const selection = parseSelection(context, args)
  context.printer.openDocument()
  const routes = dumpRoutes(context, selection)
  for (const route of routes) printRoute(context, route, selection.filter)
  context.printer.closeDocument()
  return 0
}

function save(context: Context, args: Arguments): number {
  beginSave(context, 'route')
  return saveMessages(context, dumpRoutes(context, parseSelection(context, args)), true)
}

function flush(context: Context, args: Arguments): number {
  if (args.done) throw new Failure('"ip route flush" requires arguments.\n', 1)
  const selection = parseSelection(context, args)
  const { printer, options } = context
  if (selection.filter.cloned === 'only') {
    context.netlink.flushRouteCache()
    if (options.stats > 0) printer.text('*** IPv4 routing cache is flushed.\n')
    return 0
  }
  for (let round = 0; ;) {
    if (selection.filter.table !== 0 && !hasTable(context, selection)) {
      throw new Failure('Error: ipv4: FIB table does not exist.\nFlush terminated\n', 2)
    }
    const routes = dumpRoutes(context, selection)
    if (routes.length === 0) {
      if (options.stats > 0) {
        printer.text(round === 0 ? 'Nothing to flush.\n' : `*** Flush is complete after ${rounds(round)} ***\n`)
      }
      return 0
    }
    round++
    for (const route of routes) {
      if (options.stats > 1) printRoute(context, route, selection.filter)
      const reply = context.netlink.request({ ...route, type: RTM_DELROUTE, nlFlags: 0 })
      if (reply.error !== 0 && reply.error !== -ESRCH) {
        throw new Failure(`Failed to send flush request: ${strerror(reply.error)}\n`, 2)
      }
    }
    if (options.stats > 0) printer.text(`\n*** Round ${round}, deleting ${routes.length} entries ***\n`)
  }
}


/** Whether the table was ever used; the dump that looks for what to flush says so. */
function hasTable(context: Context, { filter, family }: Selection): boolean {
  return context.netlink.request({ type: RTM_GETROUTE, nlFlags: 0x300, family, table: filter.table }).error === 0
}

interface Question {
  readonly context: Context
  readonly message: Draft<RouteMessage>
  iif: string | null
  oif: string | null
  connected: boolean
  fromGiven: boolean
  warning: string
}

const QUESTIONS: readonly Option<Question>[] = [
  { words: ['=tos', 'dsfield'], take: ({ message }, args) => {
    const word = args.next()
    const tos = parseDsfield(word)
    if (tos === null) throw invalidArgument('TOS value is invalid\n', word)
    message.tos = tos
  } },
  { words: ['from'], take: (question, args) => {
    const word = args.next()
    if (matches(word, 'help')) usage(ROUTE_USAGE)
    question.fromGiven = true
    const prefix = parsePrefix(word, question.message.family ?? AF_UNSPEC)
    if (question.message.family === AF_UNSPEC) question.message.family = prefix.family
    if (prefix.family !== AF_UNSPEC) question.message.source = prefix.address
    question.message.sourceLength = prefix.length
  } },
  { words: ['iif'], take: (question, args) => { question.iif = args.next() } },
  { words: ['mark'], take: ({ message }, args) => { message.mark = parseUnsigned(args.next()) ?? 0 } },
  { words: ['oif', '=dev'], take: (question, args) => { question.oif = args.next() } },
  { words: ['notify'], take: ({ message }) => { message.flags = (message.flags ?? 0) | RTM_F_NOTIFY } },
  { words: ['connected'], take: (question) => { question.connected = true } },
  { words: ['vrf'], take: (_question, args) => { throw invalidArgument('Invalid VRF\n', args.next()) } },
  { words: ['uid'], take: ({ message }, args) => { message.uid = nextUnsigned(args, 'invalid UID\n') } },
  { words: ['fibmatch'], take: ({ message }) => { message.flags = (message.flags ?? 0) | RTM_F_FIB_MATCH } },
  { words: ['=as'], take: (_question, args) => { throw new Failure(notModelled('ip route get', args.word), EXIT_USAGE) } },
  { words: ['sport'], take: ({ message }, args) => { message.sport = nextUnsigned(args, 'invalid sport\n', 0xffff) } },
  { words: ['dport'], take: ({ message }, args) => { message.dport = nextUnsigned(args, 'invalid dport\n', 0xffff) } },
  { words: ['ipproto'], take: ({ message }, args) => {
    const word = args.next()
    const protocol = parseIpProtocol(word)
    if (protocol === null) throw invalidArgument('Invalid "ipproto" value\n', word)
    message.ipProtocol = protocol
  } },
]

function takeTarget(question: Question, args: Arguments): void {
  const { message } = question
  const word = args.word === 'to' ? args.next() : args.word
  if (matches(word, 'help')) usage(ROUTE_USAGE)
  const prefix = parsePrefix(word, message.family ?? AF_UNSPEC)
  if (message.family === AF_UNSPEC) message.family = prefix.family
  if (prefix.family === AF_UNSPEC) return
  message.destination = prefix.address
  message.destinationLength = prefix.length
  if (prefix.explicit && prefix.length !== 32) {
    question.warning = `Warning: /${prefix.length} as prefix is invalid, only /32 (or none) is supported.\n`
    message.destinationLength = 32
  }
}

/** `ip route get`. */
function get(context: Context, args: Arguments): number {
  const question: Question = {
    context, message: { type: RTM_GETROUTE, family: context.options.family, flags: 0 }, iif: null, oif: null,
    connected: false, fromGiven: false, warning: '',
  }
  parseOptions(args, question, QUESTIONS, takeTarget)
  const { message } = question
  if (question.warning !== '') context.warn(question.warning)
  if (!message.destinationLength) throw new Failure('need at least a destination address\n', 1)
  if (question.iif !== null) message.iif = context.needDevice(question.iif)
  if (question.oif !== null) message.oif = context.needDevice(question.oif)
  if (message.family === AF_UNSPEC) message.family = AF_INET
  if (((message.flags ?? 0) & RTM_F_FIB_MATCH) === 0) message.flags = (message.flags ?? 0) | RTM_F_LOOKUP_TABLE
  const answers = context.talk(message)
  const { printer } = context
  printer.openDocument()
  for (let times = question.connected && !question.fromGiven ? 2 : 1; times > 0; times--) {
    for (const answer of answers) if (answer.type === RTM_NEWROUTE) printRoute(context, answer, anyRoute('both'))
  }
  printer.closeDocument()
  return 0
}
