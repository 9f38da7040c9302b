import { EEXIST, EINVAL, ENOENT, strerror } from '../../base/errno.ts'
import type { HostNamespace } from '../../host/host-namespace.ts'
import type { Process } from '../../host/process.ts'
import { type NamespaceMessage, RTM_GETNSID, RTM_NEWNSID } from '../../netlink/messages.ts'
import { type Arguments, EXIT_USAGE, Failure, invalidArgument, matches, parseInteger } from './arguments.ts'
import type { Context } from './context.ts'
import { EventQueue } from './event-queue.ts'
import { dumpNumbers, nameOfNumber, namespaceNames, numberOf } from './namespace-names.ts'
import { NETNS_USAGE } from './usage.ts'

/**
 * `ip netns`: network namespaces with a name (ipnetns.c). Names are the host's own, seen from all of its namespaces,
 * as /run/netns is.
 */
export function runNetns(context: Context, args: Arguments): number | Promise<number> {
  const [, name] = args.rest
  if (!context.options.all && name !== undefined && isInvalid(name)) {
    throw new Failure(`Invalid netns name "${name}"\n`, EXIT_USAGE)
  }
  if (args.done) return list(context)
  const command = COMMANDS.find(([words]) => words.some((word) =>
    word.startsWith('=') ? args.word === word.slice(1) : matches(args.word, word)))
  if (command === undefined) throw new Failure(`Command "${args.word}" is unknown, try "ip netns help".\n`, EXIT_USAGE)
  args.advance()
  return command[1](context, args)
}

type Run = (context: Context, args: Arguments) => number | Promise<number>

const COMMANDS: readonly (readonly [readonly string[], Run])[] = [
  [['list', 'show', 'lst'], list],
  [['list-id'], listNumbers],
  [['help'], (): never => { throw new Failure(NETNS_USAGE, EXIT_USAGE) }],
  [['add'], (context, args) => add(context, args.rest)],
  [['set'], setNumber],
  [['delete'], remove],
  [['identify'], identify],
  [['pids'], pids],
  [['exec'], exec],
  [['monitor'], monitor],
  [['attach'], attach],
]

function isInvalid(name: string): boolean {
  return name === '' || name.length > 255 || name.includes('/') || name === '.' || name === '..'
}

function needName(words: readonly string[]): string {
  if (words.length === 0) throw new Failure('No netns name specified\n', 1)
  return words[0]
}

function open(context: Context, name: string, status = EXIT_USAGE): HostNamespace {
  const namespace = name === '' ? undefined : context.process.host.namespaces.get(name)
  if (namespace !== undefined) return namespace
  throw new Failure(`Cannot open network namespace "${name}": ${strerror(ENOENT)}\n`, status)
}

function list(context: Context): number {
  const { printer, process } = context
  printer.openDocument()
  for (const name of namespaceNames(context)) {
    printer.openObject()
    printer.value('name', name, name)
    const namespace = process.host.namespaces.get(name)
    const id = namespace === undefined ? -1 : numberOf(context, namespace.ns)
    if (id >= 0) printer.value('id', id, ` (id: ${id})`)
    printer.text('\n')
    printer.closeObject()
  }
  printer.closeDocument()
  return 0
}

function listNumbers(context: Context, args: Arguments): number {
  let target: number | undefined
  let nsid: number | null = null
  for (; !args.done; args.advance()) {
    const { word } = args
    if (word !== 'target-nsid' && word !== 'nsid') throw new Failure(NETNS_USAGE, EXIT_USAGE)
    const value = args.next()
    const number = parseInteger(value)
    if (number === null) throw invalidArgument(`"${word}" value is invalid`, value)
    if (number < 0) throw invalidArgument(`"${word}" value should be >= 0`, args.rest[1] ?? '(null)')
    if (word === 'nsid') nsid = number
    else target = number
  }
  const messages = nsid === null ? dumpNumbers(context, target)
    : context.talk({ type: RTM_GETNSID, nsid, targetNsid: target })
  context.printer.openDocument()
  for (const message of messages) {
    if (message.type !== RTM_NEWNSID) continue
    // Asked for by its number, the answer tells the number in the target.
    printNumber(context, message, nameOfNumber(context, idHere(message)))
  }
  context.printer.closeDocument()
  return 0
}

/** Its number here, or, where it has none, the target's. */
function idHere({ nsid = -1, currentNsid = -1 }: NamespaceMessage): number {
  return currentNsid >= 0 ? currentNsid : nsid
}

/** print_nsid, less "Deleted". */
export function printNumber(context: Context, message: NamespaceMessage, name: string | null): void {
  const { printer } = context
  printer.openObject()
  const number = (key: string, id: number): void => {
    if (id >= 0) printer.value(key, id, `${key} ${id} `)
    else printer.text(`${key} unassigned `)
  }
  number('nsid', message.nsid ?? -1)
  if (message.currentNsid !== undefined) number('current-nsid', message.currentNsid)
  if (name !== null) printer.value('name', name, `(iproute2 netns name: ${name})`)
  printer.text('\n')
  printer.closeObject()
}

function add(context: Context, words: readonly string[]): number {
  const name = needName(words)
  const { host } = context.process
  if (host.namespaces.has(name)) throw cannotCreate(name)
  host.createNamespace(name)
  return 0
}

function cannotCreate(name: string): Failure {
  return new Failure(`Cannot create namespace file "/run/netns/${name}": ${strerror(EEXIST)}\n`, 1)
}

function setNumber(context: Context, args: Arguments): number {
  const [name, word] = args.rest
  if (name === undefined) throw new Failure('No netns name specified\n', 1)
  if (word === undefined) throw new Failure('No nsid specified\n', 1)
  const nsid = word === 'auto' ? -1 : parseInteger(word)
  if (nsid === null) throw invalidArgument('Invalid "netnsid" value', word)
  if (nsid < 0 && word !== 'auto') throw invalidArgument('"netnsid" value should be >= 0', word)
  const { ns } = open(context, name, 1)
  context.talk({ type: RTM_NEWNSID, nsid, netns: ns })
  return 0
}

function remove(context: Context, args: Arguments): number {
  const { host } = context.process
  if (context.options.all) {
    for (const name of namespaceNames(context)) host.unnameNamespace(name)
    return 0
  }
  const name = needName(args.rest)
  if (!host.namespaces.has(name)) {
    throw new Failure(`Cannot remove namespace file "/run/netns/${name}": ${strerror(ENOENT)}\n`, 1)
  }
  host.unnameNamespace(name)
  return 0
}

/** The process with a pid, and its namespace; pid 1 is the machine's first. */
export function namespaceOfPid(context: Context, pid: number): HostNamespace | null {
  const { host } = context.process
  return host.processes.get(pid)?.namespace ?? (pid === 1 ? host.namespaces.get('') ?? null : null)
}

function identify(context: Context, args: Arguments): number {
  const { process, printer } = context
  let { namespace } = process
  if (!args.done) {
    if (!/^\d+$/.test(args.word)) throw new Failure(`Specified string '${args.word}' is not a pid\n`, 1)
    const found = namespaceOfPid(context, Number(args.word))
    if (found === null) throw new Failure(`Cannot open network namespace: ${strerror(ENOENT)}\n`, 1)
    namespace = found
  }
  const names = namespaceNames(context).filter((name) => process.host.namespaces.get(name) === namespace)
  printer.text(`${names.at(-1) ?? ''}\n`)
  return 0
}

function pids(context: Context, args: Arguments): number {
  const name = needName(args.rest)
  if (args.rest.length > 1) throw new Failure('extra arguments specified\n', 1)
  const { host } = context.process
  const namespace = host.namespaces.get(name)
  if (namespace === undefined) throw new Failure(`Cannot open network namespace: ${strerror(ENOENT)}\n`, 1)
  for (const process of host.processes.values()) {
    if (process.namespace === namespace) context.printer.text(`${process.pid}\n`)
  }
  return 0
}

function attach(context: Context, args: Arguments): number {
  const [name, word] = args.rest
  if (name === undefined || word === undefined) throw new Failure('No netns name and PID specified\n', 1)
  if (!/^[+-]?\d+$/.test(word)) throw new Failure(`Invalid PID: ${word}\n`, 1)
  const { host } = context.process
  if (host.namespaces.has(name)) throw cannotCreate(name)
  const namespace = namespaceOfPid(context, Number(word))
  if (namespace === null) {
    throw new Failure(`Bind /proc/${Number(word)}/ns/net -> /run/netns/${name} failed: ${strerror(ENOENT)}\n`, 1)
  }
  host.namespaces.set(name, namespace)
  return 0
}

async function exec(context: Context, args: Arguments): Promise<number> {
  const { process } = context
  const words = args.rest
  if (context.options.all) return execAll(context, words)
  const name = needName(words)
  const [, ...command] = words
  if (command.length === 0) throw new Failure('No command specified\n', 1)
  const namespace = open(context, name)
  if (context.batch) return runChild(context, namespace, command)
  process.enterNamespace(namespace)
  context.flush()
  return process.execute(command) ?? noProgram(command[0])
}

function noProgram(name: string): never {
  throw new Failure(`exec of "${name}" failed: ${strerror(ENOENT)}\n`, 1)
}

/** In each namespace, one after the other, until one fails to start. */
async function execAll(context: Context, command: readonly string[]): Promise<number> {
  if (command.length === 0) throw new Failure('No command specified\n', 1)
  for (const name of namespaceNames(context)) {
    const namespace = open(context, name)
    context.printer.text(`\nnetns: ${name}\n`)
    context.flush()
    await runChild(context, namespace, command)
  }
  return 0
}

async function runChild(context: Context, namespace: HostNamespace, command: readonly string[]): Promise<number> {
  const { process } = context
  context.flush()
  if (process.host.findProgram(command[0]) === null) noProgram(command[0])
  const child = process.spawn(command)
  child.enterNamespace(namespace)
  return process.waitExit(child)
}

/** `ip netns monitor`: names that come and go, until a signal. */
async function monitor(context: Context): Promise<number> {
  const { process, printer } = context
  const events = new EventQueue<string>('inotify /run/netns')
  const { namespaces } = process.host
  const listener = (name: string, event: 'add' | 'delete'): void => events.push(`${event} ${name}\n`)
  namespaces.listeners.push(listener)
  process.onClose(() => namespaces.listeners.splice(namespaces.listeners.indexOf(listener), 1))
  for (;;) {
    await process.waitReadable(events)
    for (let line = events.shift(); line !== undefined; line = events.shift()) printer.text(line)
    context.flush()
  }
}

/** -netns NAME: the program goes on there (netns_switch). */
export function enterNamed(process: Process, name: string): void {
  if (name === '') throw new Failure(`setting the network namespace "" failed: ${strerror(EINVAL)}\n`, EXIT_USAGE)
  const namespace = process.host.namespaces.get(name)
  if (namespace === undefined) {
    throw new Failure(`Cannot open network namespace "${name}": ${strerror(ENOENT)}\n`, EXIT_USAGE)
  }
  process.enterNamespace(namespace)
}
