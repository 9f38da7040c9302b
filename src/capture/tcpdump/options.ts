/**
 * The command line of tcpdump 4.99.3, as getopt_long of glibc reads it: options may stand after the expression, long
 * ones may be shortened while they are unambiguous. What is not modelled is refused, by name.
 */
import { CAPTURE_EPOCH_SECONDS, DEFAULT_SNAP_LENGTH } from '../capture-file.ts'
import type { TimeStyle } from './timestamp.ts'

export interface TcpdumpOptions {
  /** -i; null means the first interface that is up. */
  interface: string | null
  /** -r, -w, -F: names of files on the node. */
  readFile: string | null
  writeFile: string | null
  filterFile: string | null
  /** -c; 0 means no limit. */
  count: number
  snapLength: number
  direction: 'in' | 'out' | 'inout'
  promiscuous: boolean
  /** -D and -L end the program with a list. */
  listInterfaces: boolean
  listLinkTypes: boolean
  /** -d, how often: the compiled filter is printed, in one of three ways, and nothing else done. */
  listProgram: number
  /** -O. */
  noOptimize: boolean
  /** --count: only the number of packets. */
  countOnly: boolean
  /** --print: print although -w is given. */
  printWhileWriting: boolean
  lineBuffered: boolean
  packetBuffered: boolean
  /** -n (once or more): hosts, ports and protocols as numbers. */
  numeric: boolean
  /** -e: the link layer header. */
  ethernet: boolean
  verbose: number
  quiet: number
  hex: number
  hexAndAscii: number
  ascii: number
  timeStyle: TimeStyle
  nanoseconds: boolean
  /** -S: TCP sequence numbers as they are on the wire. */
  absoluteSequence: boolean
  verifyChecksums: boolean
  /** -#: the number of the packet before each line. */
  number: boolean
  /** What no printer knows is not dumped, because -x or -X dumps the packet anyway or -q asks for silence. */
  dumpsPayload: boolean
  /** Seconds since 1970 that virtual time 0 stands for. */
  epochSeconds: number
  /** The words after the options, joined by spaces: the filter. */
  expression: string
}

/** What to do: run, or print this and end. */
export type TcpdumpInvocation =
  | { run: true, options: TcpdumpOptions }
  | { run: false, status: number, stdout: string, stderr: string }

/** What printing needs, with nothing asked for. */
export function defaultOptions(): TcpdumpOptions {
  return {
    interface: null, readFile: null, writeFile: null, filterFile: null, count: 0, snapLength: DEFAULT_SNAP_LENGTH,
    direction: 'inout', promiscuous: true, listInterfaces: false, listLinkTypes: false,
    listProgram: 0, noOptimize: false, countOnly: false,
    printWhileWriting: false, lineBuffered: false, packetBuffered: false, numeric: false, ethernet: false,
    verbose: 0, quiet: 0, hex: 0, hexAndAscii: 0, ascii: 0, timeStyle: 0, nanoseconds: false,
    absoluteSequence: false, verifyChecksums: true, number: false, dumpsPayload: false,
    epochSeconds: CAPTURE_EPOCH_SECONDS, expression: '',
  }
}

export const VERSION_TEXT = 'tcpdump version 4.99.3\nlibpcap version 1.10.3 (with TPACKET_V3)\n'

export const USAGE_TEXT = `${VERSION_TEXT}\
Usage: tcpdump [-AbdDefhHIJKlLnNOpqStuUvxX#] [ -B size ] [ -c count ] [--count]
\t\t[ -C file_size ] [ -E algo:secret ] [ -F file ] [ -G seconds ]
\t\t[ -i interface ] [ --immediate-mode ] [ -j tstamptype ]
\t\t[ -M secret ] [ --number ] [ --print ] [ -Q in|out|inout ]
\t\t[ -r file ] [ -s snaplen ] [ -T type ] [ --version ]
\t\t[ -V file ] [ -w file ] [ -W filecount ] [ -y datalinktype ]
\t\t[ --time-stamp-precision precision ] [ --micro ] [ --nano ]
\t\t[ -z postrotate-command ] [ -Z user ] [ expression ]
`

const SHORT_OPTIONS = 'aAbB:c:C:dDeE:fF:G:hHi:Ij:JKlLm:M:nNOpqQ:r:s:StT:uUvV:w:W:xXy:Yz:Z:#'

/** Long options and the short one each stands for; a name of its own where there is no short one. */
const LONG_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['buffer-size', 'B'], ['list-interfaces', 'D'], ['help', 'h'], ['interface', 'i'], ['monitor-mode', 'I'],
  ['time-stamp-type', 'j'], ['list-time-stamp-types', 'J'], ['micro', 'micro'], ['nano', 'nano'],
  ['time-stamp-precision', 'time-stamp-precision'], ['dont-verify-checksums', 'K'], ['list-data-link-types', 'L'],
  ['no-optimize', 'O'], ['no-promiscuous-mode', 'p'], ['direction', 'Q'], ['snapshot-length', 's'],
  ['absolute-tcp-sequence-numbers', 'S'], ['packet-buffered', 'U'], ['linktype', 'y'],
  ['immediate-mode', 'immediate-mode'], ['debug-filter-parser', 'Y'], ['relinquish-privileges', 'Z'],
  ['count', 'count'], ['fp-type', 'fp-type'], ['number', '#'], ['print', 'print'], ['version', 'version'],
])

/** Real options of tcpdump that Netarium lacks. */
const LACKING = new Set('bCEfGHIjJmMNTuVWYz'.split('').concat('fp-type'))

class Exit {
  readonly status: number
  readonly stdout: string
  readonly stderr: string

  constructor(status: number, stdout: string, stderr: string) {
    this.status = status
    this.stdout = stdout
    this.stderr = stderr
  }
}

/** Reads the arguments after the program's name. Never throws. */
export function parseTcpdumpArguments(args: readonly string[]): TcpdumpInvocation {
  const options = defaultOptions()
  const words: string[] = []
  let timeFlags = 0
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]
    if (arg === '--') {
      words.push(...args.slice(i + 1))
      break
    }
    if (arg === '-' || !arg.startsWith('-')) {
      words.push(arg)
      continue
    }
    const letters = arg.startsWith('--') ? [longOption(arg.slice(2))] : shortOptions(arg.slice(1))
    for (const found of letters) {
      if (found instanceof Exit) return { run: false, ...found }
      let value = found.value
      if (found.takesValue && value === null) {
        if (i + 1 >= args.length) return { run: false, ...usageError(found.missing) }
        value = args[++i]
      }
      if (found.letter === 't') timeFlags++
      const exit = apply(options, found.letter, value ?? '')
      if (exit !== null) return { run: false, ...exit }
    }
  }
  if (timeFlags > 5) return { run: false, ...failure('only -t, -tt, -ttt, -tttt and -ttttt are supported') }
  options.timeStyle = timeFlags as TimeStyle
  options.dumpsPayload = options.quiet > 0 || options.hex > 0 || options.hexAndAscii > 0
  options.expression = words.join(' ')
  return { run: true, options }
}

interface FoundOption {
  letter: string
  takesValue: boolean
  value: string | null
  /** What to say when the value is missing. */
  missing: string
}

function shortOptions(cluster: string): (FoundOption | Exit)[] {
  const found: (FoundOption | Exit)[] = []
  for (let i = 0; i < cluster.length; i++) {
    const letter = cluster[i]
    const at = letter === ':' ? -1 : SHORT_OPTIONS.indexOf(letter)
    if (at < 0) {
      found.push(usageError(`invalid option -- '${letter}'`))
      break
    }
    const takesValue = SHORT_OPTIONS[at + 1] === ':'
    const rest = cluster.slice(i + 1)
    const missing = `option requires an argument -- '${letter}'`
    found.push({ letter, takesValue, value: takesValue && rest !== '' ? rest : null, missing })
    if (takesValue) break
  }
  return found
}

function longOption(text: string): FoundOption | Exit {
  const equals = text.indexOf('=')
  const name = equals < 0 ? text : text.slice(0, equals)
  const value = equals < 0 ? null : text.slice(equals + 1)
  const exact = LONG_OPTIONS.has(name)
  const names = exact ? [name] : [...LONG_OPTIONS.keys()].filter(known => known.startsWith(name))
  if (names.length === 0) return usageError(`unrecognized option '--${name}'`)
  if (names.length > 1) {
    return usageError(`option '--${name}' is ambiguous; possibilities: ${names.map(n => `'--${n}'`).join(' ')}`)
  }
  const letter = LONG_OPTIONS.get(names[0]) as string
  const at = letter.length === 1 ? SHORT_OPTIONS.indexOf(letter) : -1
  const takesValue = letter === 'time-stamp-precision' || at >= 0 && SHORT_OPTIONS[at + 1] === ':'
  if (!takesValue && value !== null) return usageError(`option '--${names[0]}' doesn't allow an argument`)
  return { letter, takesValue, value, missing: `option '--${names[0]}' requires an argument` }
}

function usageError(message: string): Exit {
  return new Exit(1, '', `tcpdump: ${message}\n${USAGE_TEXT}`)
}

function failure(message: string): Exit {
  return new Exit(1, '', `tcpdump: ${message}\n`)
}

function apply(options: TcpdumpOptions, letter: string, value: string): Exit | null {
  if (LACKING.has(letter)) {
    const name = letter.length === 1 ? `-${letter}` : `--${letter}`
    return new Exit(1, '', `${usageError(`invalid option -- '${letter}'`).stderr}Netarium's tcpdump has no ${name}\n`)
  }
  switch (letter) {
    // -a, -B, -Z and --immediate-mode: what they change does not exist here, or shows nowhere.
    case 'a': case 'Z': case 'immediate-mode': break
    case 'B': return atoi(value) <= 0 ? failure(`invalid packet buffer size ${value}`) : null
    case 'A': options.ascii++; break
    case 'c':
      options.count = atoi(value)
      return options.count <= 0 ? failure(`invalid packet count ${value}`) : null
    case 'D': options.listInterfaces = true; break
    case 'd': options.listProgram++; break
    case 'e': options.ethernet = true; break
    case 'F': options.filterFile = value; break
    case 'h': return new Exit(0, USAGE_TEXT, '')
    case 'i': options.interface = value; break
    case 'K': options.verifyChecksums = false; break
    case 'l': options.lineBuffered = true; break
    case 'L': options.listLinkTypes = true; break
    case 'n': options.numeric = true; break
    case 'O': options.noOptimize = true; break
    case 'p': options.promiscuous = false; break
    case 'q': options.quiet++; break
    case 'Q': return direction(options, value)
    case 'r': options.readFile = value; break
    case 's': return snapLength(options, value)
    case 'S': options.absoluteSequence = true; break
    case 't': break
    case 'U': options.packetBuffered = true; break
    case 'v': options.verbose++; break
    case 'w': options.writeFile = value; break
    case 'x': options.hex++; break
    case 'X': options.hexAndAscii++; break
    case 'y': return value.toUpperCase() === 'EN10MB' ? null : failure(`invalid data link type ${value}`)
    case '#': options.number = true; break
    case 'micro': options.nanoseconds = false; break
    case 'nano': options.nanoseconds = true; break
    case 'time-stamp-precision': return precision(options, value)
    case 'count': options.countOnly = true; break
    case 'print': options.printWhileWriting = true; break
    case 'version': return new Exit(0, VERSION_TEXT, '')
  }
  return null
}

function direction(options: TcpdumpOptions, value: string): Exit | null {
  const lower = value.toLowerCase()
  if (lower !== 'in' && lower !== 'out' && lower !== 'inout') return failure(`unknown capture direction \`${value}'`)
  options.direction = lower
  return null
}

function snapLength(options: TcpdumpOptions, value: string): Exit | null {
  const match = /^[ \t\n\v\f\r]*\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(value)
  const text = match?.[1] ?? ''
  const number = match === null ? -1 : /^0[0-7]+$/.test(text) ? parseInt(text, 8) : Number(text)
  if (number < 0 || number > DEFAULT_SNAP_LENGTH) {
    return failure(`invalid snaplen ${value} (must be >= 0 and <= ${DEFAULT_SNAP_LENGTH})`)
  }
  options.snapLength = number === 0 ? DEFAULT_SNAP_LENGTH : number
  return null
}

function precision(options: TcpdumpOptions, value: string): Exit | null {
  if (value !== 'micro' && value !== 'nano') return failure('unsupported time stamp precision')
  options.nanoseconds = value === 'nano'
  return null
}

/** C's atoi: the digits at the start, 0 when there are none. */
function atoi(text: string): number {
  const match = /^[ \t\n\v\f\r]*([+-]?[0-9]+)/.exec(text)
  return match === null ? 0 : Math.max(-0x8000_0000, Math.min(0x7fff_ffff, Number(match[1])))
}
