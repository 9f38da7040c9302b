import type { Process, Program } from '../host/process.ts'
import { ProgramError, reporting, strtol } from './c-number.ts'
import { getopt } from './getopt.ts'
import { notModelled } from './not-modelled.ts'

/**
 * nstat of iproute2 6.1.0: the counters of /proc/net/snmp and /proc/net/netstat, or how much they grew since it was
 * called last, which it keeps in a file.
 */
const SHORT = 'h?vVzrnasd:t:jp'
const LONG: Readonly<Record<string, string>> = {
  help: 'h', ignore: 'a', 'scan=': 'd', nooutput: 'n', json: 'j', reset: 'r', noupdate: 's', pretty: 'p',
  'interval=': 't', version: 'V', zeros: 'z',
}
const HISTORY = '/tmp/.nstat.u0'
const USAGE = `\
Usage: nstat [OPTION] [ PATTERN [ PATTERN ] ]
   -h, --help          this message
   -a, --ignore        ignore history
   -d, --scan=SECS     sample every statistics every SECS
   -j, --json          format output in JSON
   -n, --nooutput      do history only
   -p, --pretty        pretty print
   -r, --reset         reset history
   -s, --noupdate      don't update history
   -t, --interval=SECS report average over the last SECS
   -V, --version       output version information
   -z, --zeros         show entries with zero activity
`
/** exit(-1). */
const FAILED = 255
/** What is no counter (useless_number). */
const USELESS = new Set([
  'IpForwarding', 'IpDefaultTTL', 'TcpRtoAlgorithm', 'TcpRtoMin', 'TcpRtoMax', 'TcpMaxConn', 'TcpCurrEstab',
])

type Counters = readonly (readonly [string, number])[]

/** The program `nstat`. */
export const nstat: Program = reporting(run)

function run(process: Process): number {
  const complaints: string[] = []
  const { options, operands } = getopt(process.argv, { short: SHORT, long: LONG }, (text) => complaints.push(text))
  const given = new Set<string>()
  for (const { name, value } of options) {
    given.add(name)
    if (name === '?' || name === 'h') throw new ProgramError((complaints[0] ?? '') + USAGE, FAILED)
    if (name === 'V' || name === 'v') {
      process.stdout.write('nstat utility, iproute2-6.1.0\n')
      return 0
    }
    if (name === 't' && strtol(value).value <= 0) {
      throw new ProgramError('nstat: invalid time constant divisor\n', FAILED)
    }
    if (name === 'd' && strtol(value).value > 0) throw new ProgramError(notModelled('nstat', `-d ${value}`), FAILED)
  }
  const patterns = operands.map(globExpression)
  const shown = (counters: Counters): Counters => counters.filter(([name, value]) =>
    (given.has('z') || value !== 0) && (patterns.length === 0 || patterns.some((pattern) => pattern.test(name))))
  const now = [...read(process, '/proc/net/snmp'), ...read(process, '/proc/net/netstat')]
  const history = given.has('r') || given.has('a') ? null : readHistory(process)
  if (!given.has('n')) {
    const grown = history === null ? now : now.map(([name, value]) => growth(name, value, history.get(name) ?? 0))
    process.stdout.write(format(shown(grown), given.has('j'), given.has('p')))
  }
  if (!given.has('s')) process.writeFile(HISTORY, format(now, false, false))
  return 0
}

/** Counters never go back but by being made anew: then they count from their own past. */
function growth(name: string, value: number, before: number): readonly [string, number] {
  return [name, value < before ? 0 : value - before]
}

/** Pairs of a line of names and one of values. */
function read(process: Process, path: string): Counters {
  const text = process.readFile(path)
  const counters: (readonly [string, number])[] = []
  if (typeof text === 'number') return counters
  const lines = text.trimEnd().split('\n')
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [title, ...names] = lines[at].split(' ')
    const values = lines[at + 1].split(' ').slice(1)
    names.forEach((name, index) => {
      const id = title.slice(0, -1) + name
      if (!USELESS.has(id)) counters.push([id, Number(values[index])])
    })
  }
  return counters
}

/** What the last run left, or null when there was none. */
function readHistory(process: Process): Map<string, number> | null {
  const text = process.readFile(HISTORY)
  if (typeof text === 'number') return null
  const history = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [name, value] = line.split(/\s+/)
    if (value !== undefined && !name.startsWith('#')) history.set(name, Number(value))
  }
  return history
}

function format(counters: Counters, json: boolean, pretty: boolean): string {
  if (json) return `${JSON.stringify({ kernel: Object.fromEntries(counters) }, null, pretty ? 4 : undefined)}\n`
  return `#kernel\n${counters.map(([name, value]) => `${name.padEnd(32)}${String(value).padEnd(16)}   0.0\n`).join('')}`
}

/** fnmatch(3): *, ?, sets and backslash. */
function globExpression(pattern: string): RegExp {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]
    const close = character === '[' ? pattern.indexOf(']', at + 2) : -1
    if (character === '*') source += '.*'
    else if (character === '?') source += '.'
    else if (close > 0) {
      source += setExpression(pattern.slice(at + 1, close))
      at = close
    } else source += quote(character === '\\' && at + 1 < pattern.length ? pattern[++at] : character)
  }
  return new RegExp(`^${source}$`, 's')
}

/** A set "[a-c]" or "[!a]" as one of a regular expression; ranges that run backwards hold nothing. */
function setExpression(content: string): string {
  const negative = content.startsWith('!') || content.startsWith('^')
  const letters = negative ? content.slice(1) : content
  let body = ''
  for (let at = 0; at < letters.length; at++) {
    if (letters[at + 1] === '-' && at + 2 < letters.length) {
      if (letters[at] <= letters[at + 2]) body += `${quote(letters[at])}-${quote(letters[at + 2])}`
      at += 2
    } else body += quote(letters[at])
  }
  if (body === '') return negative ? '.' : '(?!)'
  return `[${negative ? '^' : ''}${body}]`
}

function quote(character: string): string {
  return /[A-Za-z0-9_]/.test(character) ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
    .replace(/^\\x(.{3,})$/, (_, hex: string) => `\\u${hex.padStart(4, '0')}`)
}
