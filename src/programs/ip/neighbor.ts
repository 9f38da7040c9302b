import {
  NTF_EXT_LEARNED, NTF_MANAGED, NTF_PROXY, NTF_ROUTER, NTF_USE, NUD_DELAY, NUD_FAILED, NUD_INCOMPLETE, NUD_NOARP,
  NUD_NONE, NUD_PERMANENT, NUD_PROBE, NUD_REACHABLE, NUD_STALE,
} from '../../inet/neighbor/constants.ts'
import {
  AF_INET, AF_UNSPEC, type NeighborMessage, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELNEIGH, RTM_GETNEIGH,
  RTM_NEWNEIGH,
} from '../../netlink/messages.ts'
import { formatMac, inPrefix } from '../../wire/address.ts'
import { rounds } from './address-list.ts'
import {
  type Arguments, duplicate, duplicateOrGarbage, EXIT_USAGE, Failure, invalidArgument, macOfBytes, matches, type Option,
  parseAddress, parseLinkAddress, parseOptions, parsePrefix, parseUnsigned, type Prefix,
} from './arguments.ts'
import { type Context, refusal } from './context.ts'
import { PROTOCOLS } from './names.ts'
import { type Command, type Draft, runCommand, usage } from './object.ts'
import { NEIGHBOR_USAGE } from './usage.ts'

/** A filter that shows entries without any state. */
const NO_STATE = 0x100
const MAX_ROUNDS = 10
/** NTF_MANAGED as it stands among NTF_EXT_*. */
const EXT_MANAGED = NTF_MANAGED >> 8

/** `ip neigh`. */
export function runNeighbor(context: Context, args: Arguments): number | Promise<number> {
  return runCommand(context, args, COMMANDS, show, 'ip neigh')
}

const COMMANDS: readonly Command[] = [
  { words: ['add'], run: (c, a) => modify(c, a, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL) },
  { words: ['change', '=chg'], run: (c, a) => modify(c, a, RTM_NEWNEIGH, NLM_F_REPLACE) },
  { words: ['replace'], run: (c, a) => modify(c, a, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE) },
  { words: ['delete'], run: (c, a) => modify(c, a, RTM_DELNEIGH, 0) },
  { words: ['get'], run: get },
  { words: ['show', 'lst', 'list'], run: show },
  { words: ['flush'], run: flush },
  { words: ['help'], run: () => usage(NEIGHBOR_USAGE) },
]

/** NUD_* by name; "=": only as it is. */
const STATES: readonly (readonly [string, number])[] = [
  ['permanent', NUD_PERMANENT], ['reachable', NUD_REACHABLE], ['=noarp', NUD_NOARP], ['=none', NUD_NONE],
  ['=stale', NUD_STALE], ['=incomplete', NUD_INCOMPLETE], ['=delay', NUD_DELAY], ['=probe', NUD_PROBE],
  ['failed', NUD_FAILED],
]

function parseState(word: string): number | null {
  const named = STATES.find(([name]) => name.startsWith('=') ? word === name.slice(1) : matches(word, name))
  if (named !== undefined) return named[1]
  const number = parseUnsigned(word)
  return number === null || number >= 0x100 || (number & (number - 1)) !== 0 ? null : number
}

// ---- changing ----------------------------------------------------------------------------------------------------

interface Change {
  readonly message: Draft<NeighborMessage>
  readonly family: number
  dev: string | null
  lladdr: string | null
}

const OPTIONS: readonly Option<Change>[] = [
  { words: ['lladdr'], take: (change, args) => {
    const word = args.next()
    if (change.lladdr !== null) throw duplicate('lladdr', word)
    change.lladdr = word
  } },
  { words: ['=nud'], take: ({ message }, args) => {
    const word = args.next()
    const state = parseState(word)
    if (state === null) throw invalidArgument('nud state is bad', word)
    message.state = state
  } },
  { words: ['proxy'], take: (change, args) => {
    const word = args.next()
    if (matches(word, 'help')) usage(NEIGHBOR_USAGE)
    if (change.message.destination !== undefined) throw duplicate('address', word)
    change.message.destination = parseAddress(word, change.family)
    change.message.flags = (change.message.flags ?? 0) | NTF_PROXY
  } },
  { words: ['=router'], take: ({ message }) => { message.flags = (message.flags ?? 0) | NTF_ROUTER } },
  { words: ['=use'], take: ({ message }) => { message.flags = (message.flags ?? 0) | NTF_USE } },
  { words: ['=managed'], take: ({ message }) => { message.extFlags = (message.extFlags ?? 0) | EXT_MANAGED } },
  { words: ['extern_learn'], take: ({ message }) => { message.flags = (message.flags ?? 0) | NTF_EXT_LEARNED } },
  { words: ['=dev'], take: (change, args) => { change.dev = args.next() } },
  { words: ['protocol'], take: ({ message }, args) => {
    const word = args.next()
    const protocol = PROTOCOLS.parse(word)
    if (protocol === null) throw invalidArgument('"protocol" value is invalid\n', word)
    message.protocol = protocol
  } },
]

function takeDestination(change: Change, args: Arguments): void {
  const word = args.word === 'to' ? args.next() : args.word
  if (matches(word, 'help')) usage(NEIGHBOR_USAGE)
  if (change.message.destination !== undefined) throw duplicateOrGarbage('to', word)
  change.message.destination = parseAddress(word, change.family)
}

/** ipneigh_modify. */
function modify(context: Context, args: Arguments, type: typeof RTM_NEWNEIGH | typeof RTM_DELNEIGH, flags: number): number {
  const change: Change = {
    message: { type, nlFlags: flags, family: AF_INET, state: NUD_PERMANENT }, family: context.options.family, dev: null,
    lladdr: null,
  }
  parseOptions(args, change, OPTIONS, takeDestination)
  const { message } = change
  if (change.dev === null || message.destination === undefined) {
    throw new Failure('Device and destination are required arguments.\n', EXIT_USAGE)
  }
  if (change.lladdr !== null && change.lladdr !== 'null') {
    const bytes = parseLinkAddress(change.lladdr)
    message.lladdr = macOfBytes(bytes.slice(0, 6))
    message.lladdrLength = bytes.length
  }
  message.index = context.needDevice(change.dev)
  context.talk(message)
  return 0
}

// ---- showing -----------------------------------------------------------------------------------------------------

interface NeighborFilter {
  readonly context: Context
  readonly flushing: boolean
  family: number
  index: number
  dev: string | null
  state: number
  stateGiven: boolean
  unusedOnly: boolean
  proxy: boolean
  master: number
  protocol: number | null
  prefix: Prefix | null
}

const FILTERS: readonly Option<NeighborFilter>[] = [
  { words: ['=dev'], take: (filter, args) => {
    const word = args.next()
    if (filter.dev !== null) throw duplicate('dev', word)
    filter.dev = word
  } },
  { words: ['=master'], take: (filter, args) => { filter.master = filter.context.needMaster(args.next()) } },
  { words: ['=vrf'], take: (_filter, args) => { throw invalidArgument('Not a valid VRF name\n', args.next()) } },
  { words: ['=nomaster'], take: (filter) => { filter.master = -1 } },
  { words: ['=unused'], take: (filter) => { filter.unusedOnly = true } },
  { words: ['=nud'], take: (filter, args) => {
    const word = args.next()
    if (!filter.stateGiven) filter.state = 0
    filter.stateGiven = true
    const state = word === 'all' ? filter.flushing ? ~NUD_NOARP : -1 : parseState(word)
    if (state === null) throw invalidArgument('nud state is bad', word)
    filter.state |= state === 0 ? NO_STATE : state
  } },
  { words: ['=proxy'], take: (filter) => { filter.proxy = true } },
  { words: ['protocol'], take: (filter, args) => {
    const word = args.next()
    filter.protocol = word === 'all' ? null : PROTOCOLS.parse(word)
    if (filter.protocol === null && word !== 'all') throw invalidArgument('invalid "protocol"\n', word)
  } },
]

function takePrefix(filter: NeighborFilter, args: Arguments): void {
  const word = args.word === 'to' ? args.next() : args.word
  if (matches(word, 'help')) usage(NEIGHBOR_USAGE)
  filter.prefix = parsePrefix(word, filter.family)
  if (filter.family === AF_UNSPEC) filter.family = filter.prefix.family
}

function parseFilter(context: Context, args: Arguments, flushing: boolean): NeighborFilter {
  const filter: NeighborFilter = {
    context, flushing, family: context.options.family, index: 0, dev: null,
    state: flushing ? ~(NUD_PERMANENT | NUD_NOARP) : 0xff & ~NUD_NOARP, stateGiven: false, unusedOnly: false,
    proxy: false, master: 0, protocol: null, prefix: null,
  }
  parseOptions(args, filter, FILTERS, takePrefix)
  if (filter.dev !== null) filter.index = context.needDevice(filter.dev)
  return filter
}

function dumpNeighbors(context: Context, filter: NeighborFilter): NeighborMessage[] {
  const flags = filter.proxy ? NTF_PROXY : 0
  return context.dump({ type: RTM_GETNEIGH, family: AF_INET, index: filter.index, flags })
    .filter((message): message is NeighborMessage =>
      message.type === RTM_NEWNEIGH && selects(context, filter, message as NeighborMessage))
}

/** What print_neigh() lets through. */
function selects(context: Context, filter: NeighborFilter, neighbor: NeighborMessage): boolean {
  if (filter.family !== AF_UNSPEC && filter.family !== neighbor.family) return false
  const state = neighbor.state ?? 0
  if ((filter.state & state) === 0 && ((neighbor.flags ?? 0) & (NTF_PROXY | NTF_EXT_LEARNED)) === 0 &&
    (state !== 0 || (filter.state & NO_STATE) === 0)) return false
  if (filter.protocol !== null && filter.protocol !== (neighbor.protocol ?? 0)) return false
  const master = context.linkOf(neighbor.index ?? 0)?.master
  if (filter.master > 0 && master !== filter.master) return false
  if (filter.master < 0 && master !== undefined) return false
  if (filter.prefix !== null && filter.prefix.family !== AF_UNSPEC &&
    !inPrefix(neighbor.destination ?? 0, filter.prefix.address, filter.prefix.length)) return false
  return !(filter.unusedOnly && neighbor.cacheInfo !== undefined && neighbor.cacheInfo.refcount !== 0)
}

function show(context: Context, args: Arguments): number {
  const filter = parseFilter(context, args, false)
  const neighbors = dumpNeighbors(context, filter)
  context.printer.openDocument()
  for (const neighbor of neighbors) printNeighbor(context, neighbor, filter.index !== 0)
  context.printer.closeDocument()
  return 0
}

function flush(context: Context, args: Arguments): number {
  if (args.done) throw new Failure('Flush requires arguments.\n', 1)
  const filter = parseFilter(context, args, true)
  const { printer, options } = context
  for (let round = 0; round < MAX_ROUNDS;) {
    const neighbors = dumpNeighbors(context, filter)
    if (neighbors.length === 0) {
      if (options.stats > 0) {
        printer.text(round === 0 ? 'Nothing to flush.\n' : `*** Flush is complete after ${rounds(round)} ***\n`)
      }
      return 0
    }
    round++
    for (const neighbor of neighbors) {
      if (options.stats > 1) printNeighbor(context, neighbor, filter.index !== 0)
      const reply = context.netlink.request({ ...neighbor, type: RTM_DELNEIGH, nlFlags: 0 })
      if (reply.error !== 0) throw new Failure(refusal(reply), 1)
    }
    if (options.stats > 0) printer.text(`\n*** Round ${round}, deleting ${neighbors.length} entries ***\n`)
  }
  printer.text(`*** Flush not complete bailing out after ${MAX_ROUNDS} rounds\n`)
  return 1
}

/** `ip neigh get`. */
function get(context: Context, args: Arguments): number {
  const change: Change = {
    message: { type: RTM_GETNEIGH, family: AF_INET }, family: context.options.family, dev: null, lladdr: null,
  }
  parseOptions(args, change, OPTIONS.filter(({ words }) => words[0] === '=dev' || words[0] === 'proxy'), takeDestination)
  const { message } = change
  if (change.dev === null || message.destination === undefined) {
    throw new Failure('Device and address are required arguments.\n', 1)
  }
  message.index = context.needDevice(change.dev)
  context.printer.openDocument()
  for (const answer of context.talk(message)) {
    if (answer.type === RTM_NEWNEIGH) printNeighbor(context, answer, false)
  }
  context.printer.closeDocument()
  return 0
}

/** print_neigh. deviceKnown: the device was named by the user. */
export function printNeighbor(context: Context, neighbor: NeighborMessage, deviceKnown: boolean): void {
  const { printer, options } = context
  const mac = neighbor.lladdr === undefined ? null : formatMac(neighbor.lladdr)
  printer.openObject()
  if (neighbor.type === RTM_DELNEIGH) printer.value('deleted', true, 'Deleted ')
  if (neighbor.type === RTM_GETNEIGH) printer.value('miss', null, 'miss ')
  if (neighbor.destination !== undefined) {
    const text = context.address(neighbor.destination)
    printer.colored('dst', text, 'inet', options.brief ? `${text.padEnd(39)} ` : `${text} `)
  }
  if (!deviceKnown && neighbor.index) {
    const name = context.nameOf(neighbor.index)
    if (!options.brief) printer.text('dev ')
    printer.colored('dev', name, 'name', options.brief ? `${name.padEnd(16)} ` : `${name} `)
  }
  if (mac !== null) {
    if (!options.brief) printer.text('lladdr ')
    printer.colored('lladdr', mac, 'mac', options.brief ? mac : `${mac} `)
  }
  if (!options.brief) printState(context, neighbor)
  printer.text('\n')
  printer.closeObject()
}

function printState(context: Context, neighbor: NeighborMessage): void {
  const { printer, options } = context
  const flags = neighbor.flags ?? 0
  if ((flags & NTF_ROUTER) !== 0) printer.value('router', null, 'router ')
  if ((flags & NTF_PROXY) !== 0) printer.value('proxy', null, 'proxy ')
  if (((neighbor.extFlags ?? 0) & EXT_MANAGED) !== 0) printer.value('managed', null, 'managed ')
  if ((flags & NTF_EXT_LEARNED) !== 0) printer.value('extern_learn', null, 'extern_learn ')
  if (options.stats > 0) {
    const info = neighbor.cacheInfo
    if (info !== undefined) {
      if (info.refcount !== 0) printer.value('refcnt', info.refcount, ` ref ${info.refcount}`)
      const [used, confirmed, updated] = [info.used, info.confirmed, info.updated].map((ticks) => Math.floor(ticks / 100))
      printer.value('used', used, ` used ${used}`)
      printer.value('confirmed', confirmed, `/${confirmed}`)
      printer.value('updated', updated, `/${updated}`)
    }
    if (neighbor.probes !== undefined) printer.value('probes', neighbor.probes, `probes ${neighbor.probes} `)
  }
  const state = neighbor.state ?? 0
  if (state !== 0) {
    printer.openArray('state')
    for (const [name, bit] of STATE_NAMES) if ((state & bit) !== 0) printer.value(null, name, `${name} `)
    printer.closeArray()
  }
  if (neighbor.protocol !== undefined) {
    const protocol = context.named(PROTOCOLS, neighbor.protocol)
    printer.value('protocol', protocol, `proto ${protocol} `)
  }
}

const STATE_NAMES: readonly (readonly [string, number])[] = [
  ['INCOMPLETE', NUD_INCOMPLETE], ['REACHABLE', NUD_REACHABLE], ['STALE', NUD_STALE], ['DELAY', NUD_DELAY],
  ['PROBE', NUD_PROBE], ['FAILED', NUD_FAILED], ['NOARP', NUD_NOARP], ['PERMANENT', NUD_PERMANENT],
]
