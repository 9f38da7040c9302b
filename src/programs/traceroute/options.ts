import { strtod, strtol } from '../c-number.ts'
import { notModelled } from '../not-modelled.ts'
import { USAGE, VERSION } from './usage.ts'

/** The settings of a run. Times in seconds, as the user gave them. */
export class TracerouteOptions {
  numeric = false
  icmp = false
  /** -U: one port for all probes. */
  constantPort = false
  dontFragment = false
  dontRoute = false
  back = false
  firstHop = 1
  maxHops = 30
  queries = 3
  simultaneous = 16
  port = 0
  tos = 0
  mark = 0
  device = ''
  source = ''
  sourcePort = 0
  waitS = 5
  hereFactor = 3
  nearFactor = 10
  sendWaitS = 0
  host = ''
  packetLength = -1
}

/** What ends the program before it traces: a message to stderr, or help. */
export class TracerouteExit extends Error {
  override readonly name = 'TracerouteExit'

  constructor(readonly stdout: string, readonly stderr: string, readonly status: number) {
    super(stderr)
  }
}

/** An option: its argument's name in messages ('' takes none), and what it does; false: the argument is wrong. */
interface Option {
  readonly argument: string
  readonly apply: (options: TracerouteOptions, value: string) => boolean
}

function integer(set: (options: TracerouteOptions, value: number) => void): Option['apply'] {
  return (options, text) => {
    const { value, rest } = strtol(text, 0)
    if (text === '' || rest !== '') return false
    set(options, value)
    return true
  }
}

function flag(set: (options: TracerouteOptions) => void): Option {
  return {
    argument: '',
    apply: (options) => {
      set(options)
      return true
    },
  }
}

function refused(name: string, argument = ''): Option {
  return {
    argument,
    apply: () => {
      throw new TracerouteExit('', notModelled('traceroute', name), 2)
    },
  }
}

function text(argument: string, set: (options: TracerouteOptions, value: string) => void): Option {
  return {
    argument,
    apply: (options, value) => {
      set(options, value)
      return true
    },
  }
}

const OPTIONS: Readonly<Record<string, Option>> = {
  '-4': flag(() => {}),
  '-6': refused('-6'),
  '-d': flag(() => {}),
  '-F': flag((o) => { o.dontFragment = true }),
  '-f': { argument: 'first_ttl', apply: integer((o, value) => { o.firstHop = value }) },
  '-g': refused('-g', 'gate,...'),
  '-I': flag((o) => { o.icmp = true }),
  '-T': refused('-T'),
  '-i': text('device', (o, value) => { o.device = value }),
  '-m': { argument: 'max_ttl', apply: integer((o, value) => { o.maxHops = value }) },
  '-N': { argument: 'squeries', apply: integer((o, value) => { o.simultaneous = value }) },
  '-n': flag((o) => { o.numeric = true }),
  '-p': { argument: 'port', apply: integer((o, value) => { o.port = value & 0xffff }) },
  '-t': { argument: 'tos', apply: integer((o, value) => { o.tos = value & 0xff }) },
  '-l': refused('-l', 'flow_label'),
  '-w': { argument: 'MAX,HERE,NEAR', apply: setWait },
  '-q': { argument: 'nqueries', apply: integer((o, value) => { o.queries = value }) },
  '-r': flag((o) => { o.dontRoute = true }),
  '-s': text('src_addr', (o, value) => { o.source = value }),
  '-z': { argument: 'sendwait', apply: setSendWait },
  '-e': flag(() => {}), // shows ICMP extensions where there are some; nobody here sends them
  '-A': refused('-A'),
  '-M': { argument: 'name', apply: setModule },
  '-O': refused('-O', 'OPTS,...'),
  '--sport': {
    argument: 'num',
    apply: integer((o, value) => {
      o.sourcePort = value & 0xffff
      o.simultaneous = 1
    }),
  },
  '--fwmark': { argument: 'num', apply: integer((o, value) => { o.mark = value }) },
  '-U': flag((o) => { o.constantPort = true }),
  '-UL': refused('-UL'),
  '-D': refused('-D'),
  '-P': refused('-P', 'prot'),
  '--mtu': refused('--mtu'),
  '--back': flag((o) => { o.back = true }),
  '-V': { argument: '', apply: () => { throw new TracerouteExit('', VERSION, 0) } },
  '--help': { argument: '', apply: () => { throw new TracerouteExit('', USAGE, 0) } },
}

const LONG: Readonly<Record<string, string>> = {
  '--debug': '-d', '--dont-fragment': '-F', '--first': '-f', '--gateway': '-g', '--icmp': '-I', '--tcp': '-T',
  '--interface': '-i', '--max-hops': '-m', '--sim-queries': '-N', '--port': '-p', '--tos': '-t', '--flowlabel': '-l',
  '--wait': '-w', '--queries': '-q', '--source': '-s', '--sendwait': '-z', '--extensions': '-e',
  '--as-path-lookups': '-A', '--module': '-M', '--options': '-O', '--udp': '-U', '--dccp': '-D', '--protocol': '-P',
  '--version': '-V',
}

function setWait(options: TracerouteOptions, value: string): boolean {
  const numbers: number[] = []
  for (const part of value.split(',')) {
    const { value: number, rest } = strtod(part)
    if (part === '' || rest !== '') return false
    numbers.push(number)
  }
  if (numbers.length > 3) return false
  ;[options.waitS, options.hereFactor, options.nearFactor] = [numbers[0], numbers[1] ?? 0, numbers[2] ?? 0]
  return true
}

function setSendWait(options: TracerouteOptions, value: string): boolean {
  const { value: number, rest } = strtod(value)
  options.sendWaitS = number
  return value !== '' && rest === ''
}

function setModule(options: TracerouteOptions, value: string): boolean {
  if (value === 'icmp') options.icmp = true
  else if (value === 'udp') options.constantPort = true
  else if (value !== 'default') throw new TracerouteExit('', notModelled('traceroute', `-M ${value}`), 2)
  return true
}

/** Reads the command line as traceroute's own parser does. Throws TracerouteExit. */
export function parseTracerouteOptions(argv: readonly string[]): TracerouteOptions {
  const options = new TracerouteOptions()
  const operands: { readonly word: string, readonly at: number }[] = []
  if (argv.length === 1) throw new TracerouteExit('', USAGE, 0)
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i]
    if (word === '--') {
      for (let j = i + 1; j < argv.length; j++) operands.push({ word: argv[j], at: j })
      break
    }
    if (!word.startsWith('-') || word === '-') operands.push({ word, at: i })
    else i += word.startsWith('--') ? takeLong(argv, i, options) : takeShort(argv, i, options)
  }
  takeOperands(operands, options)
  return options
}

function fail(text: string): TracerouteExit {
  return new TracerouteExit('', `${text}\n`, 2)
}

/** "--queries=3"; the argument cannot stand apart. Returns the words used beyond the first. */
function takeLong(argv: readonly string[], at: number, options: TracerouteOptions): number {
  const word = argv[at]
  const equals = word.indexOf('=')
  const name = equals < 0 ? word : word.slice(0, equals)
  const value = equals < 0 ? null : word.slice(equals + 1)
  const option = OPTIONS[LONG[name] ?? name]
  if (option === undefined || (option.argument === '' && value !== null)) {
    throw fail(`Bad option \`${word}'${value === null ? '' : ` (with arg \`${value}')`} (argc ${at})`)
  }
  if (option.argument !== '' && value === null) {
    throw fail(`Option \`${name}' (argc ${at}) requires an argument: \`${name}=${option.argument}'`)
  }
  if (!option.apply(options, value ?? '')) throw badArgument(name, value ?? '', at)
  return 0
}

/** "-n", "-nI", "-q 3", "-q3": a cluster's last option may take the next word, a lone option's argument may be joined. */
function takeShort(argv: readonly string[], at: number, options: TracerouteOptions): number {
  const word = argv[at]
  if (word === '-UL') return apply(OPTIONS['-UL'], '-UL', '', at, options)
  const first = OPTIONS[word.slice(0, 2)]
  if (first !== undefined && first.argument !== '' && word.length > 2) {
    return apply(first, word.slice(0, 2), word.slice(2), at, options)
  }
  for (let i = 1; i < word.length; i++) {
    const name = `-${word[i]}`
    const option = OPTIONS[name]
    if (option === undefined) throw fail(`Bad option \`${name}' (argc ${at})`)
    if (option.argument === '') apply(option, name, '', at, options)
    else if (i + 1 < word.length || at + 1 >= argv.length) {
      throw fail(`Option \`${name}' (argc ${at}) requires an argument: \`${name} ${option.argument}'`)
    } else {
      apply(option, name, argv[at + 1], at + 1, options)
      return 1
    }
  }
  return 0
}

function apply(option: Option, name: string, value: string, at: number, options: TracerouteOptions): number {
  if (!option.apply(options, value)) throw badArgument(name, value, at)
  return 0
}

function badArgument(name: string, value: string, at: number): TracerouteExit {
  return fail(`Cannot handle \`${name}' option with arg \`${value}' (argc ${at})`)
}

function takeOperands(operands: readonly { readonly word: string, readonly at: number }[],
  options: TracerouteOptions): void {
  const [host, length, extra] = operands
  if (host === undefined) {
    throw fail('Specify "host" missing argument.')
  }
  options.host = host.word
  if (length !== undefined) {
    const { value, rest } = strtol(length.word, 0)
    if (length.word === '' || rest !== '') {
      throw fail(`Cannot handle "packetlen" cmdline arg \`${length.word}' on position 2 (argc ${length.at})`)
    }
    options.packetLength = value
  }
  if (extra !== undefined) throw fail(`Extra arg \`${extra.word}' (position 3, argc ${extra.at})`)
}
