import { strerror } from '../../base/errno.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Process } from '../../host/process.ts'
import { strtod, ProgramError } from '../c-number.ts'
import { getopt } from '../getopt.ts'
import { notModelled } from '../not-modelled.ts'
import { FIELDS } from './fields.ts'
import { USAGE, VERSION } from './usage.ts'

const SHORT = 'hv46F:rwxtglCjpnbo:y:zi:c:s:B:Q:euTSa:f:m:U:P:L:Z:I:M:G:'
const LONG: Readonly<Record<string, string>> = {
  help: 'h', version: 'v', inet: '4', inet6: '6', 'filename=': 'F', report: 'r', 'report-wide': 'w', xml: 'x', curses: 't',
  gtk: 'g', raw: 'l', csv: 'C', json: 'j', 'displaymode=': 'd', split: 'p', 'no-dns': 'n', 'show-ips': 'b', 'order=': 'o',
  'ipinfo=': 'y', aslookup: 'z', 'interval=': 'i', 'report-cycles=': 'c', 'psize=': 's', 'bitpattern=': 'B', 'tos=': 'Q',
  mpls: 'e', udp: 'u', tcp: 'T', sctp: 'S', 'address=': 'a', 'first-ttl=': 'f', 'max-ttl=': 'm', 'max-unknown=': 'U',
  'port=': 'P', 'localport=': 'L', 'timeout=': 'Z', 'gracetime=': 'G', 'interface=': 'I', 'mark=': 'M',
}
/** Ways of showing what was found; the interactive ones are not here. */
export type MtrOutput = 'curses' | 'report' | 'xml' | 'raw' | 'csv' | 'json' | 'split'

const MAX_FIELDS = 20
const MAX_TTL = 255
const LEAST_PACKET = 28

export class MtrOptions {
  output: MtrOutput = 'curses'
  wide = false
  numeric = false
  showAddresses = false
  systemNumbers = false
  fields = 'LS NABWV'
  intervalS = 1
  graceS = 5
  timeoutS = 10
  cycles = 10
  packetSize = 64
  pattern = 0
  tos = 0
  udp = false
  firstTtl = 1
  maxTtl = 30
  maxUnknown = 12
  port = 0
  localPort = 0
  mark = 0
  device = ''
  address = ''
  inet6 = false
  hosts: string[] = []
}

function fail(text: string): ProgramError {
  return new ProgramError(`mtr: ${text}\n`, 1)
}

/** Reads the command line; null: it asked for help or the version, which was printed. Throws ProgramError. */
export function parseMtrOptions(process: Process): MtrOptions | null {
  const complaints: string[] = []
  const parsed = getopt(process.argv, { short: SHORT, long: LONG }, (text) => complaints.push(text))
  const options = new MtrOptions()
  let lacking = ''
  let transports = 0
  for (const { name, value } of parsed.options) {
    switch (name) {
      case '?': throw new ProgramError(`${complaints[0]}${USAGE}`, 1)
      case 'h': process.stdout.write(USAGE); return null
      case 'v': process.stdout.write(VERSION); return null
      case 'u': case 'T': case 'S':
        if (++transports > 1) throw fail('-u , -T and -S are mutually exclusive')
        if (name === 'u') options.udp = true
        else lacking = name
        break
      case 'd': case 'g': lacking = name; break
      default: if (applyOption(process, options, name, value)) lacking = `${name} ${value}`
    }
  }
  if (lacking !== '') throw new ProgramError(notModelled('mtr', `-${lacking}`), 1)
  const interactive = options.output === 'curses' || options.output === 'split'
  if (interactive) throw new ProgramError(notModelled('mtr', 'without -r, -C, -j, -x or -l (the interactive screen)'), 1)
  options.maxTtl = Math.max(1, Math.min(options.maxTtl, MAX_TTL))
  options.firstTtl = Math.max(1, Math.min(options.firstTtl, options.maxTtl))
  options.hosts.push(...parsed.operands)
  if (options.hosts.length === 0) options.hosts.push('localhost')
  return options
}

/** True for an option that is refused. */
function applyOption(process: Process, options: MtrOptions, name: string, value: string): boolean {
  switch (name) {
    case '4': options.inet6 = false; break
    case '6': options.inet6 = true; break
    case 'F': options.hosts.push(...hostsOfFile(process, value)); break
    case 'r': options.output = 'report'; break
    case 'w': options.output = 'report'; options.wide = true; break
    case 'x': options.output = 'xml'; break
    case 'C': options.output = 'csv'; break
    case 'j': options.output = 'json'; break
    case 'l': options.output = 'raw'; break
    case 'p': options.output = 'split'; break
    case 't': options.output = 'curses'; break
    case 'n': options.numeric = true; break
    case 'b': options.showAddresses = true; break
    case 'e': break // shows MPLS labels of ICMP extensions; nobody here sends them
    case 'z': options.systemNumbers = true; break
    case 'y': return takeIpInfo(options, value)
    case 'o': takeFields(options, value); break
    case 'i': options.intervalS = seconds(value); break
    case 'G': options.graceS = seconds(value); break
    case 'c': options.cycles = unsigned(value); break
    case 's': options.packetSize = Math.max(unsigned(value), LEAST_PACKET); break
    case 'B': options.pattern = unsigned(value) & 0xff; return unsigned(value) > 0xff
    case 'Q': options.tos = unsigned(value) & 0xff; break
    case 'a': options.address = value; break
    case 'f': options.firstTtl = unsigned(value); break
    case 'm': options.maxTtl = unsigned(value); break
    case 'U': options.maxUnknown = Math.max(1, unsigned(value)); break
    case 'P': options.port = port(value, 1); break
    case 'L': options.localPort = port(value, 1024); break
    case 'Z': options.timeoutS = unsigned(value); break
    case 'I': options.device = value; break
    case 'M': options.mark = unsigned(value) | 0; break
    default: return true
  }
  return false
}

function unsigned(text: string): number {
  if (!/^\s*\+?[0-9]+$/.test(text) || Number(text) > 0x7fffffff) throw fail(`invalid argument: '${text}'`)
  return Number(text)
}

function seconds(text: string): number {
  const { value, rest } = strtod(text)
  if (text === '' || rest !== '') throw fail(`invalid argument: '${text}'`)
  if (value <= 0) throw fail('wait time must be positive')
  return value
}

function port(text: string, least: number): number {
  const value = unsigned(text)
  if (value < least || value > 65535) throw fail(`Illegal port number: ${text}`)
  return value
}

function takeIpInfo(options: MtrOptions, text: string): boolean {
  const value = unsigned(text)
  if (value > 4) throw fail(`value ${value} out of range (0 - 4)`)
  options.systemNumbers = true
  return value > 0
}

function takeFields(options: MtrOptions, text: string): void {
  if (text.length > MAX_FIELDS) throw fail(`Too many fields: ${text}`)
  for (const key of text) if (key !== '_' && !FIELDS.has(key)) throw fail(`Unknown field identifier: ${key}`)
  options.fields = text
}

function hostsOfFile(process: Process, path: string): string[] {
  if (path === '-') throw new ProgramError(notModelled('mtr', '-F -'), 1)
  const file = process.open(path, 'r')
  const bytes = typeof file === 'number' ? file : file.read(0x100000, -1)
  if (typeof bytes === 'number') throw fail(`open ${path}: ${strerror(-bytes)}`)
  return decodeUtf8(bytes).split('\n').map((line) => line.trim()).filter((line) => line !== '')
}
