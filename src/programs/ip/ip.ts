/**
 * `ip` of iproute2 6.1.0: address, link, route, rule, neigh, netns list and exec; -4 -6 -0 -j -p -d -s -br -o -h -iec -f
 * -n -batch.
 *
 *     ip.ts                        options, objects, batch files
 *     address.ts link.ts ...       an object's commands: words -> netlink request
 *     address-list.ts ...          what is shown: netlink replies, filtered
 *     address-print.ts ...         how it is shown: text and JSON from the same calls (printer.ts)
 *     arguments.ts object.ts       tables of options, errors of the command line
 *
 * Everything it knows comes from netlink replies. The order of options in a table is that in which iproute2 compares
 * them, which decides what an abbreviation means (recorded from the program: `ip route add … t 5` is tos, not table).
 * What the real one has and this one has not is refused: as a word ip does not know, with a line that says so.
 */
import type { Process, Program } from '../../host/process.ts'
import { AF_BRIDGE, AF_INET, AF_INET6, AF_PACKET } from '../../netlink/messages.ts'
import type { Netlink } from '../../netlink/netlink.ts'
import { notModelled } from '../not-modelled.ts'
import { runAddress } from './address.ts'
import { Arguments, EXIT_USAGE, Failure, invalidArgument, matches, parseUnsigned } from './arguments.ts'
import { Context, defaultOptions, type GlobalOptions, IP_STATUSES, LinkMap } from './context.ts'
import { runLink } from './link.ts'
import { runMaddress } from './maddress.ts'
import { runMonitor } from './monitor.ts'
import { runNeighbor } from './neighbor.ts'
import { enterNamed, runNetns } from './netns.ts'
import { runNexthop } from './nexthop.ts'
import { runRoute } from './route.ts'
import { runRule } from './rule.ts'
import { IP_USAGE } from './usage.ts'

const VERSION = 'ip utility, iproute2-6.1.0, libbpf 1.1.2\n'
/** Of labels; nothing here has any. */
const AF_MPLS = 28
const FAMILIES: ReadonlyMap<string, number> = new Map([
  ['mpls', AF_MPLS],
  ['inet', AF_INET], ['inet6', AF_INET6], ['link', AF_PACKET], ['bridge', AF_BRIDGE],
])

type Run = (context: Context, args: Arguments) => number | Promise<number>

/** In the order in which beginnings of words are looked for. null: not modelled. */
const OBJECTS: readonly (readonly [string, Run | null])[] = [
  ['address', runAddress], ['addrlabel', null], ['maddress', runMaddress], ['route', runRoute], ['rule', runRule],
  ['neighbor', runNeighbor], ['neighbour', runNeighbor], ['ntable', null], ['ntbl', null], ['link', runLink],
  ['l2tp', null], ['fou', null], ['ila', null], ['macsec', null], ['tunnel', null], ['tunl', null], ['tuntap', null],
  ['tap', null], ['token', null], ['tcpmetrics', null], ['monitor', runMonitor], ['xfrm', null], ['mroute', null],
  ['mrule', null], ['netns', runNetns], ['netconf', null], ['vrf', null], ['sr', null], ['nexthop', runNexthop],
  ['mptcp', null], ['ioam', null], ['help', (): never => { throw new Failure(IP_USAGE, EXIT_USAGE) }], ['stats', null],
]

interface Invocation extends GlobalOptions {
  force: boolean
  batch: string | null
}

/** Options that take no value: how they change the invocation. In the order of comparison. */
const SWITCHES: readonly (readonly [string, (invocation: Invocation) => void])[] = [
  ['=-4', (i) => { i.family = AF_INET }],
  ['=-6', (i) => { i.family = AF_INET6 }],
  ['=-0', (i) => { i.family = AF_PACKET }],
  ['=-M', (i) => { i.family = AF_MPLS }],
  ['=-B', (i) => { i.family = AF_BRIDGE }],
  ['-human', (i) => { i.human = true }],
  ['-human-readable', (i) => { i.human = true }],
  ['-iec', (i) => { i.iec = true }],
  ['-stats', (i) => { i.stats++ }],
  ['-statistics', (i) => { i.stats++ }],
  ['-details', (i) => { i.details++ }],
  ['-resolve', (i) => { i.resolve = true }],
  ['-oneline', (i) => { i.oneline = true }],
  ['-timestamp', (i) => { i.timestamp ||= 'long' }],
  ['-tshort', (i) => { i.timestamp = 'short' }],
  ['-brief', (i) => { i.brief = true }],
  ['-json', (i) => { i.json = true }],
  ['-pretty', (i) => { i.pretty = true }],
  ['-force', (i) => { i.force = true }],
]

/** Those that are compared behind -netns. */
const LAST_SWITCHES: readonly (readonly [string, (invocation: Invocation) => void])[] = [
  ['-Numeric', (i) => { i.numeric = true }],
  ['-all', (i) => { i.all = true }],
]

/** `ip`. */
export const ip: Program = async (process) => {
  const invocation: Invocation = { ...defaultOptions(), force: false, batch: null }
  let words: readonly string[]
  try {
    words = parseInvocation(process, invocation, process.argv.slice(1))
  } catch (error) {
    return report(process, error)
  }
  if (invocation.batch !== null) return runBatch(process, invocation, invocation.batch)
  if (words.length === 0) return report(process, new Failure(IP_USAGE, EXIT_USAGE))
  return runOnce(openSession(process, invocation), words)
}

function report(process: Process, error: unknown): number {
  if (!(error instanceof Failure)) throw error
  process.stderr.write(error.stderr)
  return error.status
}

/** Reads the options before the object; returns the words from the object on. */
function parseInvocation(process: Process, invocation: Invocation, words: readonly string[]): readonly string[] {
  let at = 0
  while (at < words.length) {
    const given = words[at]
    if (given === '--') return words.slice(at + 1)
    if (!given.startsWith('-')) break
    const option = given.startsWith('--') ? given.slice(1) : given
    const value = (): string => {
      at++
      if (at >= words.length) throw new Failure(IP_USAGE, EXIT_USAGE)
      return words[at]
    }
    takeOption(process, invocation, option, value)
    at++
  }
  return words.slice(at)
}

function takeOption(process: Process, invocation: Invocation, option: string, value: () => string): void {
  if (matches(option, '-loops')) {
    invocation.loops = parseInt(value(), 10) || 0
    return
  }
  if (matches(option, '-family')) {
    const word = value()
    const family = FAMILIES.get(word)
    if (family === undefined) throw invalidArgument('invalid protocol family', word)
    invocation.family = family
    return
  }
  // "-b" is batch, "-br" brief, as the real one compares them.
  const found = option === '-b' ? undefined : SWITCHES.find(([name]) =>
    name.startsWith('=') ? option === name.slice(1) : matches(option, name))
  if (found !== undefined) {
    found[1](invocation)
  } else if (matches(option, '-batch')) {
    invocation.batch = value()
  } else if (matches(option, '-Version')) {
    process.stdout.write(VERSION)
    throw new Failure('', 0)
  } else if (matches(option, '-rcvbuf')) {
    const word = value()
    if (parseUnsigned(word) === null) throw new Failure(`Invalid rcvbuf size '${word}'\n`, EXIT_USAGE)
  } else if (takeColor(process, invocation, option)) {
    return
  } else if (matches(option, '-help')) {
    throw new Failure(IP_USAGE, EXIT_USAGE)
  } else if (matches(option, '-netns')) {
    takeNamespace(process, value)
  } else {
    const last = LAST_SWITCHES.find(([name]) => name.startsWith('=') ? option === name.slice(1) : matches(option, name))
    if (last === undefined) throw unknownOption(option)
    last[1](invocation)
  }
}

/** -color, with =always, =auto or =never; false: the word is another. */
export function takeColor(process: Process, invocation: { color: boolean }, option: string): boolean {
  const [name, mode = 'always'] = option.split('=')
  if (name === '-' || !matches(name, '-color') || !['always', 'auto', 'never'].includes(mode)) return false
  invocation.color = mode === 'always' || (mode === 'auto' && process.isTerminal(1))
  return true
}

function takeNamespace(process: Process, value: () => string): void {
  let name: string
  try {
    name = value()
  } catch {
    name = '(null)'
  }
  enterNamed(process, name)
}

function unknownOption(option: string): Failure {
  return new Failure(`Option "${option}" is unknown, try "ip -help".\n`, EXIT_USAGE)
}

/** What the lines of a batch, or one command, have in common: the namespace and what is known of its links. */
interface Session {
  readonly process: Process
  readonly invocation: Invocation
  readonly netlink: Netlink
  readonly links: LinkMap
}

function openSession(process: Process, invocation: Invocation): Session {
  const { netlink } = process.namespace
  return { process, invocation, netlink, links: new LinkMap(netlink) }
}

/** Runs one command; at once if it waits for nothing. */
function runOnce({ process, invocation, netlink, links }: Session, words: readonly string[]): number | Promise<number> {
  const context = new Context(process, netlink, invocation, IP_STATUSES, links)
  context.batch = invocation.batch !== null
  const fail = (error: unknown): number => {
    context.flush()
    return report(process, error)
  }
  const end = (status: number): number => {
    context.flush()
    return status
  }
  try {
    const status = runObject(context, words)
    return typeof status === 'number' ? end(status) : status.then(end).catch(fail)
  } catch (error) {
    return fail(error)
  }
}

function runObject(context: Context, words: readonly string[]): number | Promise<number> {
  const [object] = words
  const found = OBJECTS.find(([name]) => matches(object, name))
  const unknown = `Object "${object}" is unknown, try "ip help".\n`
  if (found === undefined) throw new Failure(unknown, 1)
  const [name, run] = found
  if (run === null) throw new Failure(`${unknown}${notModelled('ip', name)}`, 1)
  return run(context, new Arguments(words.slice(1)))
}

/** Runs the lines of a file, up to the first that fails unless -force was given (do_batch). */
async function runBatch(process: Process, invocation: Invocation, path: string): Promise<number> {
  const text = await readBatch(process, path)
  if (text === null) {
    process.stderr.write(`Cannot open file "${path}" for reading: No such file or directory\n`)
    return 1
  }
  const session = openSession(process, invocation)
  let status = 0
  for (let at = 0, number = 1; at < text.length; number++) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    const words = wordsOf(text.slice(at, end))
    at = end + 1
    if (words.length === 0) continue
    const done = runOnce(session, words)
    if ((typeof done === 'number' ? done : await done) === 0) continue
    process.stderr.write(`Command failed ${path}:${number}\n`)
    status = 1
    if (!invocation.force) break
  }
  return status
}

/** The words of a line of a batch, without its comment (makeargs). */
export function wordsOf(line: string): string[] {
  if (!/["'#\t]/.test(line)) return line.split(' ').filter((word) => word !== '')
  return [...line.replace(/#.*$/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3])
}

/** A batch file's text, or null: it cannot be opened. */
export async function readBatch(process: Process, path: string): Promise<string | null> {
  if (path === '-') return process.stdin.readAll()
  const file = process.open(path, 'r')
  return typeof file === 'number' ? null : process.input(file).readAll()
}
