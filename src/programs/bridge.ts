/**
 * `bridge` of iproute2 6.1.0: fdb (show, get, add, append, replace, del) and link (show, set). It shares the parser and
 * the printer of programs/ip.
 */
import { ENOENT, strerror } from '../base/errno.ts'
import type { Process, Program } from '../host/process.ts'
import {
  NTF_EXT_LEARNED, NTF_ROUTER, NTF_STICKY, NTF_USE, NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE, NUD_STALE,
} from '../inet/neighbor/constants.ts'
import {
  AF_BRIDGE, type BridgePortAttributes, type LinkMessage, type NeighborMessage, NLM_F_APPEND, NLM_F_CREATE,
  NLM_F_EXCL, NLM_F_REPLACE, RTM_DELNEIGH, RTM_GETLINK, RTM_GETNEIGH, RTM_NEWLINK, RTM_NEWNEIGH, RTM_SETLINK,
} from '../netlink/messages.ts'
import { formatMac } from '../wire/address.ts'
import {
  Arguments, duplicateOrGarbage, EXIT_USAGE, Failure, invalidArgument, matches, type Option, parseOptions, parseUnsigned,
} from './ip/arguments.ts'
import { BRIDGE_STATUSES, Context, defaultOptions, type GlobalOptions } from './ip/context.ts'
import { PORT_STATES, printLinkFlags, printNameAndLink } from './ip/link-print.ts'
import { type Command, type Draft, runCommand, usage } from './ip/object.ts'
import { BRIDGE_FDB_USAGE, BRIDGE_LINK_USAGE, BRIDGE_USAGE } from './ip/usage.ts'
import { runBridgeMonitor } from './bridge-monitor.ts'
import { readBatch, takeColor, wordsOf } from './ip/ip.ts'
import { enterNamed } from './ip/netns.ts'
import { notModelled } from './not-modelled.ts'

const NTF_SELF = 0x02
const NTF_MASTER = 0x04
/** -EINVAL as an exit status. */
const EXIT_INVALID = 234
/** -2 as an exit status. */
const EXIT_GET = 254

interface Invocation extends GlobalOptions {
  batch: string | null
  force: boolean
}

/** `bridge`. */
export const bridge: Program = async (process) => {
  const invocation: Invocation = { ...defaultOptions(), batch: null, force: false }
  try {
    const words = process.argv.slice(1)
    const at = parseOptionsBefore(process, invocation, words)
    if (invocation.batch !== null) return await runBatch(process, invocation, invocation.batch)
    return await runOnce(process, invocation, words.slice(at))
  } catch (error) {
    return report(process, error)
  }
}

function report(process: Process, error: unknown): number {
  if (!(error instanceof Failure)) throw error
  process.stderr.write(error.stderr)
  return error.status
}

async function runOnce(process: Process, invocation: Invocation, words: readonly string[]): Promise<number> {
  const context = new Context(process, process.namespace.netlink, invocation, BRIDGE_STATUSES)
  try {
    const status = await runObject(context, words)
    context.flush()
    return status
  } catch (error) {
    context.flush()
    return report(process, error)
  }
}

/** do_batch. */
async function runBatch(process: Process, invocation: Invocation, path: string): Promise<number> {
  const text = await readBatch(process, path)
  if (text === null) {
    process.stderr.write(`Cannot open file "${path}" for reading: ${strerror(ENOENT)}\n`)
    return 1
  }
  let status = 0
  for (const [i, line] of text.split('\n').entries()) {
    const words = wordsOf(line)
    if (words.length === 0 || await runOnce(process, invocation, words) === 0) continue
    process.stderr.write(`Command failed ${path}:${i + 1}\n`)
    status = 1
    if (!invocation.force) break
  }
  return status
}

/** Switches in the order of comparison. */
const SWITCHES: readonly (readonly [string, (invocation: Invocation) => void])[] = [
  ['-stats', (i) => { i.stats++ }],
  ['-statistics', (i) => { i.stats++ }],
  ['-details', (i) => { i.details++ }],
  ['-oneline', (i) => { i.oneline = true }],
  ['-timestamp', (i) => { i.timestamp ||= 'long' }],
  ['-4', () => undefined],
  ['-6', () => undefined],
  ['-force', (i) => { i.force = true }],
  ['-json', (i) => { i.json = true }],
  ['-pretty', (i) => { i.pretty = true }],
]

/** Options before the object: returns where the object stands. */
function parseOptionsBefore(process: Process, invocation: Invocation, words: readonly string[]): number {
  let at = 0
  for (; at < words.length && words[at].startsWith('-'); at++) {
    if (words[at] === '--') return at + 1
    const option = words[at].startsWith('--') ? words[at].slice(1) : words[at]
    const found = SWITCHES.find(([name]) => matches(option, name))
    if (matches(option, '-help')) throw new Failure(BRIDGE_USAGE, EXIT_USAGE)
    if (matches(option, '-Version')) {
      process.stdout.write('bridge utility, 6.1.0\n')
      throw new Failure('', 0)
    }
    if (found !== undefined) found[1](invocation)
    else if (matches(option, '-family')) {
      at++
      if (at >= words.length) throw new Failure(BRIDGE_USAGE, EXIT_USAGE)
      if (words[at] !== 'inet' && words[at] !== 'inet6') throw invalidArgument('invalid protocol family', words[at])
    } else if (matches(option, '-netns')) enterNamed(process, words[++at] ?? '(null)')
    else if (takeColor(process, invocation, option)) continue
    else if (matches(option, '-batch')) {
      at++
      if (at >= words.length) throw new Failure(BRIDGE_USAGE, EXIT_USAGE)
      invocation.batch = words[at]
    } else {
      const unknown = `Option "${option}" is unknown, try "bridge help".\n`
      const known = matches(option, '-compressvlans')
      throw new Failure(known ? `${unknown}${notModelled('bridge', option)}` : unknown, EXIT_USAGE)
    }
  }
  return at
}

function runObject(context: Context, words: readonly string[]): number | Promise<number> {
  const [object] = words
  if (object === undefined || matches(object, 'help')) throw new Failure(BRIDGE_USAGE, EXIT_USAGE)
  const args = new Arguments(words.slice(1))
  if (matches(object, 'link')) return runCommand(context, args, LINK_COMMANDS, showLinks, 'bridge link')
  if (matches(object, 'fdb')) return runCommand(context, args, FDB_COMMANDS, showEntries, 'bridge fdb')
  const known = ['mdb', 'vlan', 'vni', 'monitor'].find((name) => matches(object, name))
  if (known === 'monitor') {
    return runBridgeMonitor(context, args, {
      link: (link) => printPort(context, link), entry: (entry) => printEntry(context, entry, false),
    })
  }
  const unknown = `Object "${object}" is unknown, try "bridge help".\n`
  throw new Failure(known === undefined ? unknown : `${unknown}${notModelled('bridge', known)}`, EXIT_USAGE)
}

// ---- bridge link -------------------------------------------------------------------------------------------------

const LINK_COMMANDS: readonly Command[] = [
  { words: ['set', 'change'], run: setPort },
  { words: ['show', 'lst', 'list'], run: showLinks },
  { words: ['help'], run: () => usage(BRIDGE_LINK_USAGE) },
]

function showLinks(context: Context, args: Arguments): number {
  let dev: string | null = null
  for (; !args.done; args.advance()) if (args.word === 'dev') dev = args.next()
  const index = dev === null ? 0 : context.needDevice(dev, EXIT_USAGE)
  const { printer } = context
  printer.openDocument()
  for (const message of context.dump({ type: RTM_GETLINK, family: AF_BRIDGE })) {
    if (message.type === RTM_NEWLINK && (index === 0 || message.index === index)) printPort(context, message)
  }
  printer.closeDocument()
  return 0
}

function printPort(context: Context, link: LinkMessage): void {
  const { printer } = context
  printer.openObject()
  printer.value('ifindex', link.index ?? 0, `${link.index ?? 0}: `)
  const lowerDown = printNameAndLink(context, link)
  printLinkFlags(context, link.flags ?? 0, lowerDown)
  if (link.mtu !== undefined) printer.value('mtu', link.mtu, `mtu ${link.mtu} `)
  if (link.master !== undefined) {
    const master = context.nameOf(link.master)
    printer.value('master', master, `master ${master} `)
  }
  const port = link.linkInfo?.bridgePort
  if (port !== undefined && link.family === AF_BRIDGE && link.type === RTM_NEWLINK) printPortSettings(context, port)
  printer.text('\n')
  printer.closeObject()
}

function printPortSettings(context: Context, port: BridgePortAttributes): void {
  const { printer, options } = context
  const state = PORT_STATES[port.state ?? 0]
  printer.value('state', state, `state ${state} `)
  printer.value('priority', port.priority ?? 0, `priority ${port.priority ?? 0} `)
  printer.value('cost', port.cost ?? 0, `cost ${port.cost ?? 0} `)
  if (options.details === 0) return
  const onOff = (key: string, value: number | undefined): void => {
    printer.value(key, (value ?? 0) !== 0, `${key} ${value ? 'on' : 'off'} `)
  }
  printer.text(`${context.lineEnd}    `)
  onOff('hairpin', port.hairpin)
  onOff('guard', port.guard)
  onOff('root_block', port.protect)
  onOff('fastleave', port.fastLeave)
  onOff('learning', port.learning)
  onOff('flood', port.unicastFlood)
  onOff('mcast_flood', port.multicastFlood)
  onOff('bcast_flood', port.broadcastFlood)
  printer.value('mcast_router', 1, 'mcast_router 1 ')
  onOff('mcast_to_unicast', 0)
  onOff('neigh_suppress', 0)
  onOff('vlan_tunnel', 0)
  onOff('isolated', port.isolated)
  onOff('locked', port.locked)
}

interface PortRequest {
  readonly port: Draft<BridgePortAttributes>
  dev: string | null
}

function onOffOption(word: string, field: keyof BridgePortAttributes): Option<PortRequest> {
  return { words: [`=${word}`], take: ({ port }, args) => {
    const value = args.next()
    if (value !== 'on' && value !== 'off') {
      throw new Failure(`Error: argument of "${word}" must be one of "off", "on", not "${value}"\n`, EXIT_INVALID)
    }
    port[field] = value === 'on' ? 1 : 0
  } }
}

function refusePortOption(words: readonly string[]): Option<PortRequest> {
  return { words, take: (_request, args) => {
    throw new Failure(`${BRIDGE_LINK_USAGE}${notModelled('bridge link set', args.word)}`, EXIT_USAGE)
  } }
}

/** atoi(). */
function toNumber(word: string): number {
  return parseInt(word, 10) || 0
}

const PORT_OPTIONS: readonly Option<PortRequest>[] = [
  { words: ['=dev'], take: (request, args) => { request.dev = args.next() } },
  onOffOption('guard', 'guard'), onOffOption('hairpin', 'hairpin'), onOffOption('fastleave', 'fastLeave'),
  onOffOption('root_block', 'protect'), onOffOption('learning', 'learning'), onOffOption('flood', 'unicastFlood'),
  onOffOption('mcast_flood', 'multicastFlood'), onOffOption('bcast_flood', 'broadcastFlood'),
  onOffOption('isolated', 'isolated'), onOffOption('locked', 'locked'),
  { words: ['=cost'], take: ({ port }, args) => { port.cost = toNumber(args.next()) || undefined } },
  { words: ['=priority'], take: ({ port }, args) => { port.priority = toNumber(args.next()) } },
  { words: ['=state'], take: ({ port }, args) => {
    const word = args.next()
    const state = /^-?\d+$/.test(word) ? Number(word) : PORT_STATES.indexOf(word)
    if (state < 0) throw new Failure('Error: invalid STP port state\n', EXIT_USAGE)
    port.state = state
  } },
  { words: ['=master'], take: () => undefined },
  refusePortOption(['=learning_sync', '=mcast_router', '=mcast_to_unicast', '=neigh_suppress', '=vlan_tunnel', '=hwmode',
    '=backup_port', '=nobackup_port', '=self']),
]

/** `bridge link set` (brlink_modify). */
function setPort(context: Context, args: Arguments): number {
  const request: PortRequest = { port: {}, dev: null }
  parseOptions(args, request, PORT_OPTIONS, () => usage(BRIDGE_LINK_USAGE))
  if (request.dev === null) throw new Failure('Device is a required argument.\n', EXIT_USAGE)
  const index = context.indexOf(request.dev)
  if (index === 0) throw new Failure(`Cannot find bridge device "${request.dev}"\n`, EXIT_USAGE)
  context.talk({ type: RTM_SETLINK, family: AF_BRIDGE, index, linkInfo: { bridgePort: request.port } })
  return 0
}

// ---- bridge fdb --------------------------------------------------------------------------------------------------

const FDB_COMMANDS: readonly Command[] = [
  { words: ['add'], run: (c, a) => modifyEntry(c, a, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL) },
  { words: ['append'], run: (c, a) => modifyEntry(c, a, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_APPEND) },
  { words: ['replace'], run: (c, a) => modifyEntry(c, a, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE) },
  { words: ['delete'], run: (c, a) => modifyEntry(c, a, RTM_DELNEIGH, 0) },
  { words: ['get'], run: getEntry },
  { words: ['show', 'lst', 'list'], run: showEntries },
  { words: ['=flush'], run: () => {
    throw new Failure(`${BRIDGE_FDB_USAGE}${notModelled('bridge fdb', 'flush')}`, EXIT_USAGE)
  } },
  { words: ['help'], run: () => usage(BRIDGE_FDB_USAGE) },
]

/** States by name; beginnings of them will do (state_a2n). */
const STATES: readonly (readonly [string, number])[] = [
  ['permanent', NUD_PERMANENT], ['static', NUD_NOARP], ['temp', NUD_NOARP], ['stale', NUD_STALE],
  ['reachable', NUD_REACHABLE], ['dynamic', NUD_REACHABLE],
]

interface EntryFilter {
  readonly context: Context
  bridge: number
  dev: string | null
  vlan: number
  state: number
  dynamic: boolean
}

const FILTERS: readonly Option<EntryFilter>[] = [
  { words: ['=brport', '=dev'], take: (filter, args) => { filter.dev = args.next() } },
  { words: ['=br'], take: (filter, args) => {
    const name = args.next()
    filter.bridge = filter.context.indexOf(name)
    if (filter.bridge === 0) throw new Failure(`Cannot find bridge device "${name}"\n`, EXIT_USAGE)
  } },
  { words: ['=vlan'], take: (filter, args) => { filter.vlan = toNumber(args.next()) } },
  { words: ['=state'], take: (filter, args) => {
    const word = args.next()
    const state = STATES.find(([name]) => matches(word, name))?.[1] ?? (word === 'all' ? -1 : parseUnsigned(word))
    if (state === null) throw invalidArgument('invalid state', word)
    filter.state |= state
  } },
  { words: ['=dynamic'], take: (filter) => { filter.dynamic = true } },
]

function showEntries(context: Context, args: Arguments): number {
  const filter: EntryFilter = { context, bridge: 0, dev: null, vlan: 0, state: 0, dynamic: false }
  parseOptions(args, filter, FILTERS, (_filter, a) => {
    if (matches(a.word, 'help')) usage(BRIDGE_FDB_USAGE)
  })
  const index = filter.dev === null ? 0 : context.needDevice(filter.dev, EXIT_USAGE)
  const { printer } = context
  printer.openDocument()
  for (const message of context.dump({ type: RTM_GETNEIGH, family: AF_BRIDGE, index, master: filter.bridge || undefined })) {
    if (message.type === RTM_NEWNEIGH && selects(filter, message)) printEntry(context, message, index !== 0)
  }
  printer.closeDocument()
  return 0
}

function selects(filter: EntryFilter, entry: NeighborMessage): boolean {
  const state = entry.state ?? 0
  if (filter.state !== 0 && (filter.state & state) === 0) return false
  if (filter.vlan !== 0 && filter.vlan !== (entry.vlan ?? 0)) return false
  return !(filter.dynamic && (state & NUD_PERMANENT) !== 0)
}

function stateName(state: number): string {
  if ((state & NUD_PERMANENT) !== 0) return 'permanent'
  if ((state & NUD_NOARP) !== 0) return 'static'
  if ((state & NUD_STALE) !== 0) return 'stale'
  return (state & NUD_REACHABLE) !== 0 ? '' : `state=0x${state.toString(16)}`
}

/** print_fdb. */
function printEntry(context: Context, entry: NeighborMessage, deviceKnown: boolean): void {
  const { printer, options } = context
  printer.openObject()
  if (entry.lladdr !== undefined) {
    printer.colored('mac', formatMac(entry.lladdr), 'mac', `${formatMac(entry.lladdr)} `)
  }
  if (!deviceKnown && entry.index) {
    const name = context.nameOf(entry.index)
    printer.text('dev ')
    printer.colored('ifname', name, 'name', `${name} `)
  }
  if (entry.vlan) printer.value('vlan', entry.vlan, `vlan ${entry.vlan} `)
  if (options.stats > 0 && entry.cacheInfo !== undefined) {
    const used = Math.floor(entry.cacheInfo.used / 100)
    const updated = Math.floor(entry.cacheInfo.updated / 100)
    printer.value('used', used, `used ${used}`)
    printer.value('updated', updated, `/${updated} `)
  }
  const flags = entry.flags ?? 0
  printer.openArray('flags')
  for (const [flag, name] of FLAG_NAMES) if ((flags & flag) !== 0) printer.value(null, name, `${name} `)
  printer.closeArray()
  if (entry.master !== undefined) {
    const master = context.nameOf(entry.master)
    printer.value('master', master, `master ${master} `)
  }
  const state = stateName(entry.state ?? 0)
  printer.value('state', state, state)
  printer.text('\n')
  printer.closeObject()
}

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [NTF_SELF, 'self'], [NTF_ROUTER, 'router'], [NTF_EXT_LEARNED, 'extern_learn'], [NTF_MASTER, 'master'],
  [NTF_STICKY, 'sticky'],
]

interface EntryRequest {
  readonly message: Draft<NeighborMessage>
  dev: string | null
  address: string | null
}

function flagOption(words: readonly string[], flag: number): Option<EntryRequest> {
  return { words, take: ({ message }) => { message.flags = (message.flags ?? 0) | flag } }
}

function refuseEntryOption(words: readonly string[]): Option<EntryRequest> {
  return { words, take: (_request, args) => {
    const { stderr, status } = duplicateOrGarbage('to', args.word)
    throw new Failure(`${stderr}${notModelled('bridge fdb', args.word)}`, status)
  } }
}

const ENTRY_OPTIONS: readonly Option<EntryRequest>[] = [
  { words: ['=dev'], take: (request, args) => { request.dev = args.next() } },
  refuseEntryOption(['=nhid', '=dst', '=port', '=vni', '=via', '=src_vni']),
  flagOption(['=self'], NTF_SELF), flagOption(['master'], NTF_MASTER), flagOption(['router'], NTF_ROUTER),
  { words: ['local', 'permanent'], take: ({ message }) => { message.state = (message.state ?? 0) | NUD_PERMANENT } },
  { words: ['temp', 'static'], take: ({ message }) => { message.state = (message.state ?? 0) | NUD_REACHABLE } },
  { words: ['dynamic'], take: ({ message }) => {
    message.state = ((message.state ?? 0) | NUD_REACHABLE) & ~NUD_NOARP
  } },
  { words: ['vlan'], take: ({ message }, args) => {
    if (message.vlan !== undefined) throw duplicateOrGarbage('vlan', args.word)
    message.vlan = toNumber(args.next())
  } },
  flagOption(['use'], NTF_USE), flagOption(['extern_learn'], NTF_EXT_LEARNED), flagOption(['sticky'], NTF_STICKY),
]

function takeAddress(request: EntryRequest, args: Arguments): void {
  const word = args.word === 'to' ? args.next() : args.word
  if (matches(word, 'help')) usage(BRIDGE_FDB_USAGE)
  if (request.address !== null) throw duplicateOrGarbage('to', word)
  request.address = word
}

/** sscanf("%hhx:…"): six hex parts. */
function parseEntryAddress(text: string): number {
  const found = /^([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([0-9a-f]+)/i.exec(text)
  if (found === null) throw new Failure(`Invalid mac address ${text}\n`, EXIT_USAGE)
  return found.slice(1).reduce((mac, part) => mac * 256 + (parseInt(part, 16) & 0xff), 0)
}

/** fdb_modify. */
function modifyEntry(context: Context, args: Arguments, type: typeof RTM_NEWNEIGH | typeof RTM_DELNEIGH,
  nlFlags: number): number {
  const request: EntryRequest = { message: { type, family: AF_BRIDGE, nlFlags, state: NUD_NOARP }, dev: null, address: null }
  parseOptions(args, request, ENTRY_OPTIONS, takeAddress)
  const { message } = request
  if (request.dev === null || request.address === null) {
    throw new Failure('Device and address are required arguments.\n', EXIT_USAGE)
  }
  if (((message.flags ?? 0) & (NTF_SELF | NTF_MASTER)) === 0) message.flags = (message.flags ?? 0) | NTF_SELF
  if (((message.state ?? 0) & (NUD_PERMANENT | NUD_REACHABLE)) === 0) message.state = (message.state ?? 0) | NUD_PERMANENT
  message.lladdr = parseEntryAddress(request.address)
  message.index = context.needDevice(request.dev, EXIT_USAGE)
  context.talk(message)
  return 0
}

/** `bridge fdb get`. */
function getEntry(context: Context, args: Arguments): number {
  const message: Draft<NeighborMessage> = { type: RTM_GETNEIGH, family: AF_BRIDGE }
  let address: string | null = null
  for (; !args.done; args.advance()) {
    if (args.word === 'br') {
      const name = args.next()
      message.master = context.indexOf(name)
      if (message.master === 0) throw new Failure(`Cannot find bridge device "${name}"\n`, EXIT_USAGE)
    } else if (args.word === 'dev' || args.word === 'brport') {
      message.index = context.needDevice(args.next(), EXIT_USAGE)
    } else if (args.word === 'vlan') {
      message.vlan = toNumber(args.next())
    } else if (args.word !== 'self' && args.word !== 'master' && args.word !== 'dynamic') {
      const word = args.word === 'to' ? args.next() : args.word
      if (matches(word, 'help')) usage(BRIDGE_FDB_USAGE)
      if (address !== null) throw duplicateOrGarbage('to', word)
      address = word
    }
  }
  if ((message.master === undefined && message.index === undefined) || address === null) {
    throw new Failure('Device or master and address are required arguments.\n', EXIT_USAGE)
  }
  message.lladdr = parseEntryAddress(address)
  const entries = context.talk(message, EXIT_GET)
  context.printer.openDocument()
  for (const entry of entries) if (entry.type === RTM_NEWNEIGH) printEntry(context, entry, false)
  context.printer.closeDocument()
  return 0
}
