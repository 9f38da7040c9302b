import type { Process } from '../../host/process.ts'
import { IP_PMTUDISC_DO, IP_PMTUDISC_DONT, IP_PMTUDISC_WANT } from '../../socket/inet-socket.ts'
import { parseIpv4 } from '../../wire/address.ts'
import { IPOPT_TS_PRESPEC, IPOPT_TS_TSANDADDR, IPOPT_TS_TSONLY } from '../../wire/ipv4-options.ts'
import { LONG_LIMIT, integerOrError, ProgramError, strtod, strtol } from '../c-number.ts'
import { getopt } from '../getopt.ts'
import { notModelled } from '../not-modelled.ts'
import { NODE_INFO_USAGE, USAGE, VERSION } from './usage.ts'

const INT_MAX = 2147483647
const OPTIONS = 'h?4bRT:6F:N:aABc:CdDe:fhi:I:l:Lm:M:nOp:qQ:rs:S:t:UvVw:W:'
/** Words after -N: questions of ICMPv6, which do nothing with IPv4. */
const NODE_INFO = /^(name|ipv6(-all|-compatible|-global|-linklocal|-sitelocal)?|ipv4(-all)?|subject-(ipv6|ipv4|name|fqdn)=.*)$/

/** Settings of a run, named as iputils' struct ping_rts has them. Times in ms unless named otherwise. */
export class PingOptions {
  count = 0
  intervalMs = 1000
  hasInterval = false
  deadlineS = 0
  lingerMs = 10_000
  size = 56
  preload = 1
  ttl: number | null = null
  tos: number | null = null
  mark: number | null = null
  ident = -1
  pmtuDiscovery = -1
  device: string | null = null
  source = 0
  strictSource = false
  adaptive = false
  audible = false
  broadcast = false
  connect = false
  dontRoute = false
  flood = false
  ipv4Only = false
  ipv6Only = false
  recordRoute = false
  /** -T: a flag of the timestamp option, or null. */
  timestampType: number | null = null
  sendBuffer = 0
  latency = false
  noLoop = false
  numeric = false
  outstanding = false
  quiet = false
  timestamps = false
  verbose = false
  /** The bytes of -p, or null for the counting ones. */
  pattern: readonly number[] | null = null
  operands: readonly string[] = []
}

/** Reads the command line. Throws ProgramError; prints PATTERN and complaints on the way, as ping does. */
export function parsePingOptions(process: Process): PingOptions {
  const options = new PingOptions()
  const stderr = process.stderr
  const { options: given, operands } = getopt(process.argv, { short: OPTIONS }, (text) => stderr.write(text))
  for (const { name, value } of given) {
    if ((name === '6' && options.ipv4Only) || (name === '4' && options.ipv6Only)) {
      throw fail('only one -4 or -6 option may be specified')
    }
    if ((name === 'R' && options.timestampType !== null) || (name === 'T' && options.recordRoute)) {
      throw fail('only one of -T or -R may be used')
    }
    const status = applyOption(process, options, name, value)
    if (status !== null) process.exit(status)
  }
  if (operands.length === 0) throw new ProgramError('ping: usage error: Destination address required\n', 1)
  options.operands = operands
  return options
}

function fail(text: string, status = 2): ProgramError {
  return new ProgramError(`ping: ${text}\n`, status)
}

/** Returns a status when the option ends the program. */
function applyOption(process: Process, options: PingOptions, name: string, value: string): number | null {
  const number = (least: number, most: number, mostText?: string): number =>
    integerOrError('ping', value, least, most, mostText)
  switch (name) {
    case '4': options.ipv4Only = true; break
    case '6': options.ipv6Only = true; break
    case 'F': checkFlowLabel(value); break
    case 'N': return checkNodeInfo(process, value)
    case 'R': options.recordRoute = true; break
    case 'S': options.sendBuffer = number(1, INT_MAX); break
    case 'T': options.timestampType = parseTimestamp(value); break
    case 'a': options.audible = true; break
    case 'A': options.adaptive = true; break
    case 'b': options.broadcast = true; break
    case 'B': options.strictSource = true; break
    case 'c': options.count = number(1, LONG_LIMIT, '9223372036854775807'); break
    case 'C': options.connect = true; break
    case 'd': break // SO_DEBUG: nothing to see
    case 'D': options.timestamps = true; break
    case 'e': options.ident = number(0, 65535); break
    case 'f': options.flood = true; break
    case 'i': setInterval(process, options, value); break
    case 'I': setSource(options, value); break
    case 'l': options.preload = number(1, 65536); break
    case 'L': options.noLoop = true; break
    case 'm': options.mark = number(0, 4294967295); break
    case 'M': options.pmtuDiscovery = parseDiscovery(value); break
    case 'n': options.numeric = true; break
    case 'O': options.outstanding = true; break
    case 'p': setPattern(process, options, value); break
    case 'q': options.quiet = true; break
    case 'Q': options.tos = parseTos(value); break
    case 'r': options.dontRoute = true; break
    case 's': options.size = number(0, INT_MAX); break
    case 't': options.ttl = number(0, 255); break
    case 'U': options.latency = true; break
    case 'v': options.verbose = true; break
    case 'V': process.stdout.write(`ping ${VERSION}`); return 0
    case 'w': options.deadlineS = number(0, INT_MAX); break
    case 'W': setLinger(process, options, value); break
    default: process.stderr.write(USAGE); return 2
  }
  return null
}

/** ping_strtod(): warns of garbage, and takes what could be read all the same. */
function decimal(process: Process, text: string, what: string): number {
  if (text === '') throw fail(`${what}: `)
  const { value, rest } = strtod(text)
  if (rest !== '') {
    process.stderr.write(`ping: option argument contains garbage: ${rest}\n` +
      'ping: this will become fatal error in the future\n')
  }
  return value
}

function setInterval(process: Process, options: PingOptions, value: string): void {
  const seconds = decimal(process, value, 'bad timing interval')
  if (seconds > Math.trunc(INT_MAX / 1000)) throw fail(`bad timing interval: ${value}`)
  options.intervalMs = Math.trunc(seconds * 1000)
  options.hasInterval = true
  if (options.intervalMs < 0) throw fail(`bad timing interval: ${value}\n${notModelled('ping', '-i below 0').trimEnd()}`)
}

function setLinger(process: Process, options: PingOptions, value: string): void {
  const seconds = decimal(process, value, 'bad linger time')
  if (seconds < 0 || seconds > Math.trunc(INT_MAX / 1000)) throw fail(`bad linger time: ${value}`)
  options.lingerMs = Math.trunc(seconds * 1000)
}

function setSource(options: PingOptions, value: string): void {
  const address = parseIpv4(value)
  if (address === null) {
    options.device = value
    return
  }
  options.source = address
  options.strictSource = true
}

function parseDiscovery(value: string): number {
  if (value === 'do') return IP_PMTUDISC_DO
  if (value === 'dont') return IP_PMTUDISC_DONT
  if (value === 'want') return IP_PMTUDISC_WANT
  throw fail(`invalid -M argument: ${value}`)
}

function parseTimestamp(value: string): number {
  switch (value) {
    case 'tsonly': return IPOPT_TS_TSONLY
    case 'tsandaddr': return IPOPT_TS_TSANDADDR
    case 'tsprespec': return IPOPT_TS_PRESPEC
    default: throw fail(`invalid timestamp type: ${value}`)
  }
}

/** -F: a flow label of IPv6, 20 bits of hex; with IPv4 it does nothing. */
function checkFlowLabel(value: string): void {
  const { value: label, rest } = strtol(value, 16)
  if (value === '' || rest !== '' || label < 0 || label > 0xfffff) throw fail(`bad value for flowinfo: ${value}`)
}

/** -N: a question of ICMPv6; with IPv4 it does nothing. Returns a status when it ends the program. */
function checkNodeInfo(process: Process, value: string): number | null {
  if (NODE_INFO.test(value)) return null
  if (value !== 'help') {
    process.stderr.write(NODE_INFO_USAGE)
    return 2
  }
  process.stdout.write(NODE_INFO_USAGE)
  return 0
}

function parseTos(value: string): number {
  const { value: tos, rest } = strtol(value, 0)
  if (value === '' || rest !== '') throw fail(`bad TOS value: ${value}`)
  if (tos < 0 || tos > 255) throw fail(`the decimal value of TOS bits must be in range 0-255: ${tos}`)
  return tos
}

function setPattern(process: Process, options: PingOptions, value: string): void {
  const wrong = /[^0-9a-fA-F]/.exec(value)
  if (wrong !== null) throw fail(`patterns must be specified as hex digits: ${value.slice(wrong.index)}`)
  const bytes: number[] = []
  for (let i = 0; i < value.length && bytes.length < 16; i += 2) bytes.push(parseInt(value.slice(i, i + 2), 16))
  options.pattern = bytes
  if (!options.quiet) {
    process.stdout.write(`PATTERN: 0x${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}\n`)
  }
}
