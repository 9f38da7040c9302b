import { ENOENT } from '../../base/errno.ts'
import { RTNH_F_ONLINK } from '../../inet/route/constants.ts'
import {
  AF_INET, AF_UNSPEC, type NexthopObjectMessage, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELNEXTHOP,
  RTM_GETNEXTHOP, RTM_GETNEXTHOPBUCKET, RTM_NEWNEXTHOP,
} from '../../netlink/messages.ts'
import { notModelled } from '../not-modelled.ts'
import {
  type Arguments, EXIT_USAGE, Failure, invalidArgument, nextUnsigned, type Option, parseOptions, parseUnsigned,
} from './arguments.ts'
import { type Context, refusal } from './context.ts'
import { PROTOCOLS } from './names.ts'
import { printNexthop } from './nexthop-print.ts'
import { type Command, type Draft, runCommand, usage } from './object.ts'
import { nextGateway } from './route-options.ts'
import { NEXTHOP_USAGE } from './usage.ts'

/** `ip nexthop`: numbered ways that routes refer to. Resilient groups, FDB nexthops and encap are refused by name. */
export function runNexthop(context: Context, args: Arguments): number | Promise<number> {
  return runCommand(context, args, COMMANDS, show, 'ip nexthop')
}

const COMMANDS: readonly Command[] = [
  { words: ['add'], run: (c, a) => modify(c, a, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_EXCL) },
  { words: ['replace'], run: (c, a) => modify(c, a, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE) },
  { words: ['delete'], run: (c, a) => modify(c, a, RTM_DELNEXTHOP, 0) },
  { words: ['list', 'show', 'lst'], run: show },
  { words: ['get'], run: get },
  { words: ['flush'], run: flush },
  { words: ['bucket'], run: (c, a) => runCommand(c, a, BUCKET_COMMANDS, listBuckets, 'ip nexthop') },
  { words: ['help'], run: () => usage(NEXTHOP_USAGE) },
]

const BUCKET_COMMANDS: readonly Command[] = [
  { words: ['list', 'show', 'lst'], run: listBuckets },
  { words: ['get'], run: getBucket },
  { words: ['help'], run: () => usage(NEXTHOP_USAGE) },
]

// ---- add, replace, delete -------------------------------------------------------------------------------------------

interface Request {
  readonly context: Context
  readonly message: Draft<NexthopObjectMessage>
}

const nextId = (args: Arguments): number => nextUnsigned(args, 'invalid id value')

function takeInet({ message }: Request): void {
  if (message.family === AF_UNSPEC) message.family = AF_INET
}

function refuse(word: string, what = word): Failure {
  return new Failure(`${invalidArgument('', word).stderr}${notModelled('ip nexthop', what)}`, EXIT_USAGE)
}

const OPTIONS: readonly Option<Request>[] = [
  { words: ['=id'], take: ({ message }, args) => { message.id = nextId(args) } },
  { words: ['=via'], take: (request, args) => {
    request.message.gateway = nextGateway(args, request.message.family ?? AF_UNSPEC)
    takeInet(request)
  } },
  { words: ['=encap'], take: (_request, args) => {
    args.next()
    throw refuse('encap')
  } },
  { words: ['=dev'], take: (request, args) => {
    request.message.oif = neededDevice(request.context, args.next())
    takeInet(request)
  } },
  { words: ['=blackhole'], take: (request) => {
    request.message.blackhole = true
    takeInet(request)
  } },
  { words: ['=fdb'], take: (_request, args) => { throw refuse(args.word) } },
  { words: ['=onlink'], take: ({ message }) => { message.flags = (message.flags ?? 0) | RTNH_F_ONLINK } },
  { words: ['=group'], take: ({ message }, args) => { message.group = parseGroup(args.next()) } },
  { words: ['=type'], take: (_request, args) => {
    const word = args.next()
    if (word === 'resilient') throw refuse(word, 'type resilient')
    if (word !== 'mpath') throw invalidArgument('"type" value is invalid\n', word)
  } },
  { words: ['protocol'], take: ({ message }, args) => {
    const word = args.next()
    const protocol = PROTOCOLS.parse(word)
    if (protocol === null) throw invalidArgument('"protocol" value is invalid\n', word)
    message.protocol = protocol
  } },
  { words: ['=help'], take: () => usage(NEXTHOP_USAGE) },
]

function neededDevice(context: Context, name: string): number {
  const index = context.indexOf(name)
  if (index === 0) throw invalidArgument('Device does not exist\n', name)
  return index
}

/** `1,3/2,5`: numbers with their weights (add_nh_group_attr). */
function parseGroup(word: string): { id: number, weight: number }[] {
  return word.split('/').map((part) => {
    const comma = part.indexOf(',')
    const idText = comma < 0 ? part : part.slice(0, comma)
    const id = parseUnsigned(idText)
    // The real one has by then cut the word at the strokes before this one.
    if (id === null) throw invalidArgument('"group" value is invalid\n', word.slice(0, cutAt(word)))
    const weightText = comma < 0 ? '1' : part.slice(comma + 1)
    const weight = parseUnsigned(weightText)
    if (weight === null || weight < 1 || weight > 256) throw invalidArgument('"weight" is invalid\n', weightText)
    return { id, weight }
  })
}

function cutAt(word: string): number {
  const at = word.search(/[/,]/)
  return at < 0 ? word.length : at
}

function unknownWord(_state: unknown, args: Arguments): never {
  throw invalidArgument('', args.word)
}

function modify(context: Context, args: Arguments, type: typeof RTM_NEWNEXTHOP | typeof RTM_DELNEXTHOP,
  nlFlags: number): number {
  const message: Draft<NexthopObjectMessage> = { type, nlFlags, family: context.options.family }
  parseOptions(args, { context, message }, OPTIONS, unknownWord)
  context.talk(message)
  return 0
}

// ---- list, get, flush -----------------------------------------------------------------------------------------------

interface Selection {
  readonly context: Context
  readonly message: Draft<NexthopObjectMessage>
  protocol: number
  /** `id N`: this one alone, whatever else is said. */
  id: number | null
}

/** Behind `id N` the real one reads no further. */
class OnlyId extends Error {}

const SELECTORS: readonly Option<Selection>[] = [
  { words: ['dev'], take: ({ context, message }, args) => { message.oif = neededDevice(context, args.next()) } },
  { words: ['groups'], take: ({ message }) => { message.groups = true } },
  { words: ['master'], take: ({ context, message }, args) => { message.master = neededDevice(context, args.next()) } },
  { words: ['vrf'], take: (_selection, args) => { throw invalidArgument('Invalid VRF\n', args.next()) } },
  { words: ['=id'], take: (selection, args) => {
    selection.id = nextId(args)
    throw new OnlyId()
  } },
  { words: ['protocol'], take: (selection, args) => {
    selection.protocol = nextUnsigned(args, 'invalid protocol value')
  } },
  { words: ['fdb'], take: () => { /* selects nothing: the kernel knows no such filter of nexthops */ } },
  { words: ['help'], take: () => usage(NEXTHOP_USAGE) },
]

function parseSelection(context: Context, args: Arguments): Selection {
  const selection: Selection = {
    context, message: { type: RTM_GETNEXTHOP, family: context.options.family }, protocol: 0, id: null,
  }
  try {
    parseOptions(args, selection, SELECTORS, unknownWord)
  } catch (error) {
    if (!(error instanceof OnlyId)) throw error
  }
  return selection
}

function select({ context, message, protocol }: Selection): NexthopObjectMessage[] {
  return context.dump(message).filter((object): object is NexthopObjectMessage =>
    object.type === RTM_NEWNEXTHOP && (protocol === 0 || object.protocol === protocol))
}

function showAll(context: Context, objects: readonly NexthopObjectMessage[]): number {
  context.printer.openDocument()
  for (const object of objects) printNexthop(context, object)
  context.printer.closeDocument()
  return 0
}

function showId(context: Context, id: number): number {
  return showAll(context, context.talk({ type: RTM_GETNEXTHOP, id }) as readonly NexthopObjectMessage[])
}

function show(context: Context, args: Arguments): number {
  const selection = parseSelection(context, args)
  return selection.id === null ? showAll(context, select(selection)) : showId(context, selection.id)
}

function get(context: Context, args: Arguments): number {
  let id = 0
  for (; !args.done; args.advance()) {
    if (args.word !== 'id') usage(NEXTHOP_USAGE)
    id = nextId(args)
  }
  if (id === 0) usage(NEXTHOP_USAGE)
  return showId(context, id)
}

/** Deletes what is selected. What was gone already, with another, is counted too (ipnh_flush). */
function flush(context: Context, args: Arguments): number {
  const selection = parseSelection(context, args)
  if (selection.id !== null) {
    context.talk({ type: RTM_DELNEXTHOP, id: selection.id })
    return 0
  }
  const objects = select(selection)
  for (const { id } of objects) context.netlink.request({ type: RTM_DELNEXTHOP, id })
  context.printer.text(objects.length === 0 ? 'Nothing to flush\n' : `Flushed ${objects.length} nexthops\n`)
  return 0
}

// ---- buckets of resilient groups ------------------------------------------------------------------------------------

const BUCKET_SELECTORS: readonly Option<Selection>[] = [
  { words: ['dev'], take: ({ context, message }, args) => { message.oif = neededDevice(context, args.next()) } },
  { words: ['master'], take: ({ context, message }, args) => { message.master = neededDevice(context, args.next()) } },
  { words: ['vrf'], take: (_selection, args) => { throw invalidArgument('Invalid VRF\n', args.next()) } },
  { words: ['=id'], take: ({ message }, args) => { message.id = nextId(args) } },
  { words: ['=nhid'], take: (_selection, args) => { nextId(args) } },
  { words: ['help'], take: () => usage(NEXTHOP_USAGE) },
]

function listBuckets(context: Context, args: Arguments): number {
  const message: Draft<NexthopObjectMessage> = { type: RTM_GETNEXTHOPBUCKET, nlFlags: NLM_F_DUMP }
  parseOptions(args, { context, message, protocol: 0, id: null }, BUCKET_SELECTORS, unknownWord)
  const reply = context.netlink.request(message)
  if (reply.error === 0) return showAll(context, [])
  throw new Failure(`${reply.error === -ENOENT ? '' : refusal(reply)}Dump terminated\n`, 2)
}

function getBucket(context: Context, args: Arguments): number {
  let id: number | null = null
  let bucketIndex: number | null = null
  for (; !args.done; args.advance()) {
    if (args.word === 'id') id = nextId(args)
    else if (args.word === 'index') bucketIndex = nextUnsigned(args, 'invalid bucket index value', 0xffff)
    else usage(NEXTHOP_USAGE)
  }
  if (id === null || bucketIndex === null) usage(NEXTHOP_USAGE)
  context.talk({ type: RTM_GETNEXTHOPBUCKET, id, bucketIndex })
  return 0
}
