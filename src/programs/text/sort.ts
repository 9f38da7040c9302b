import { EISDIR, strerror } from '../../base/errno.ts'
import type { Program } from '../../host/process.ts'
import { bytesOf, toByteString } from '../byte-string.ts'
import { type Arguments, gnuProgram, type GnuSpec, openInput, quoteName, quoteNameAlways, writeBytes } from './gnu.ts'
import { splitLines } from './head-tail.ts'

/** sort of coreutils 9.1 in the C.UTF-8 locale, where the order of bytes is the order of characters. */
const SPEC: GnuSpec = {
  short: 'bcCdfghik:mMno:rRsS:t:T:uVyz',
  long: {
    'ignore-leading-blanks': 'b', 'check': 'c?', 'compress-program=': 'compress', 'debug': 'debug',
    'dictionary-order': 'd', 'ignore-case': 'f', 'files0-from=': 'files0', 'general-numeric-sort': 'g',
    'ignore-nonprinting': 'i', 'key=': 'k', 'merge': 'm', 'month-sort': 'M', 'numeric-sort': 'n',
    'human-numeric-sort': 'h', 'version-sort': 'V', 'random-sort': 'R', 'random-source=': 'random', 'sort=': 'sort',
    'output=': 'o', 'reverse': 'r', 'stable': 's', 'batch-size=': 'batch', 'buffer-size=': 'S',
    'field-separator=': 't', 'temporary-directory=': 'T', 'unique': 'u', 'zero-terminated': 'z', 'parallel=': 'parallel',
  },
  lacks: ['compress', 'debug', 'files0', 'R', 'random', 'sort', 'batch', 'parallel', 'g', 'y'],
  status: 2,
}

interface Key {
  readonly fromField: number
  readonly fromCharacter: number
  /** 0: to the end of the line. */
  readonly toField: number
  readonly toCharacter: number
  readonly skipFrom: boolean
  readonly skipTo: boolean
  readonly flags: string
}

export const sort: Program = gnuProgram(SPEC, async (process, args) => {
  const global = args.options.filter(({ name }) => 'bdfhiMnrV'.includes(name)).map(({ name }) => name).join('')
  const keys = args.options.filter(({ name }) => name === 'k').map(({ value }) => parseKey(args, value, global))
  for (const flags of [global, ...keys.map((key) => key.flags)]) {
    const kinds = [...'dhiMnV'].filter((letter) => flags.includes(letter) && letter !== 'd' && letter !== 'i')
    if (kinds.length > 1) throw args.error(`options '-${kinds.join('')}' are incompatible`, 2)
  }
  const separator = fieldSeparator(args)
  const delimiter = args.has('z') ? '\0' : '\n'
  const checking = args.lastOf('cC')
  if (checking !== undefined && args.operands.length > 1) {
    throw args.error(`extra operand ${quoteNameAlways(args.operands[1])} not allowed with -${checking}`, 2)
  }
  const lines: string[] = []
  for (const name of args.operands.length === 0 ? ['-'] : args.operands) {
    const reader = openInput(process, name)
    if (typeof reader === 'number') {
      const what = reader === -EISDIR ? 'read failed' : 'cannot read'
      throw args.error(`${what}: ${quoteName(name)}: ${strerror(-reader)}`, 2)
    }
    for (const line of splitLines(await reader.all(), delimiter)) {
      lines.push(line.endsWith(delimiter) ? line.slice(0, -1) : line)
    }
    reader.close()
  }
  const compare = comparison(keys, global, separator, args.has('s') || args.has('u'))
  if (checking !== undefined) return check(args, lines, compare, checking)
  lines.sort(compare)
  const kept = args.has('u') ? lines.filter((line, i) => i === 0 || compare(lines[i - 1], line) !== 0) : lines
  const text = kept.map((line) => line + delimiter).join('')
  const output = args.value('o')
  if (output === undefined) writeBytes(process, text)
  else {
    const error = process.writeFile(output, bytesOf(text))
    if (error < 0) throw args.error(`open failed: ${quoteName(output)}: ${strerror(-error)}`, 2)
  }
  return 0
})

function quoteText(text: string): string {
  return `\u2018${text}\u2019`
}

function check(args: Arguments, lines: readonly string[], compare: (a: string, b: string) => number, kind: string): number {
  const least = args.has('u') ? 0 : 1
  for (let i = 1; i < lines.length; i++) {
    if (compare(lines[i - 1], lines[i]) < least) continue
    if (kind === 'c') args.complain(`${args.operands[0] ?? '-'}:${i + 1}: disorder: ${lines[i]}`)
    return 1
  }
  return 0
}

function fieldSeparator(args: Arguments): string | null {
  const text = args.value('t')
  if (text === undefined) return null
  if (text === '') throw args.error('empty tab', 2)
  if (text === '\\0') return '\0'
  const bytes = toByteString(text)
  if (bytes.length > 1) throw args.error(`multi-character tab ${quoteText(text)}`, 2)
  return bytes
}

function parseKey(args: Arguments, text: string, global: string): Key {
  const match = /^(\d+)?(?:\.(\d+)?)?([A-Za-z]*)(?:,(\d+)?(?:\.(\d+)?)?([A-Za-z]*))?(.*)$/s.exec(text)
  const bad = (why: string): never => {
    throw args.error(`${why}: invalid field specification ${quoteText(text)}`, 2)
  }
  if (match === null) return bad('stray character in field spec')
  const [, from, fromAt, fromFlags, to, toAt, toFlags, rest] = match
  if (from === undefined) {
    throw args.error(`invalid number at field start: invalid count at start of ${quoteText(text)}`, 2)
  }
  if (Number(from) === 0) bad('field number is zero')
  if (text[from.length] === '.' && fromAt === undefined) {
    throw args.error(`invalid number after '.': invalid count at start of ${quoteText(text.slice(from.length + 1))}`, 2)
  }
  if (fromAt !== undefined && Number(fromAt) === 0) bad('character offset is zero')
  if (/,/.test(text) && to === undefined && !rest.startsWith(',')) {
    throw args.error(`invalid number after ',': invalid count at start of ${quoteText(text.split(',')[1])}`, 2)
  }
  if (to !== undefined && Number(to) === 0) bad('field number is zero')
  const own = fromFlags + (toFlags ?? '')
  if (rest !== '' || /[^bdfghiMnrRV]/.test(own)) bad('stray character in field spec')
  return {
    fromField: Number(from), fromCharacter: Number(fromAt ?? 1), toField: Number(to ?? 0), toCharacter: Number(toAt ?? 0),
    skipFrom: (own === '' ? global : fromFlags).includes('b'), skipTo: (own === '' ? global : toFlags ?? '').includes('b'),
    flags: own === '' ? global : own,
  }
}

type Compare = (a: string, b: string) => number

function comparison(keys: readonly Key[], global: string, separator: string | null, stable: boolean): Compare {
  const all: readonly Key[] = keys.length > 0 ? keys : [{
    fromField: 1, fromCharacter: 1, toField: 0, toCharacter: 0, skipFrom: global.includes('b'), skipTo: false, flags: global,
  }]
  return (a, b) => {
    for (const key of all) {
      const order = compareBy(key.flags, extract(a, key, separator), extract(b, key, separator))
      if (order !== 0) return key.flags.includes('r') ? -order : order
    }
    if (stable) return 0
    const order = a < b ? -1 : a > b ? 1 : 0
    return global.includes('r') ? -order : order
  }
}

function skipBlanks(line: string, at: number): number {
  let from = at
  while (line[from] === ' ' || line[from] === '\t') from++
  return from
}

/** begfield() and limfield() of sort.c. */
function extract(line: string, key: Key, separator: string | null): string {
  const start = (field: number): number => {
    let at = 0
    for (let i = 1; i < field && at < line.length; i++) at = fieldEnd(line, at, separator) + (separator === null ? 0 : 1)
    return Math.min(at, line.length)
  }
  let from = start(key.fromField)
  if (key.skipFrom) from = skipBlanks(line, from)
  from = Math.min(line.length, from + key.fromCharacter - 1)
  if (key.toField === 0) return line.slice(from)
  let to = start(key.toField)
  if (key.toCharacter === 0) to = fieldEnd(line, to, separator)
  else {
    if (key.skipTo) to = skipBlanks(line, to)
    to = Math.min(line.length, to + key.toCharacter)
  }
  return line.slice(from, Math.max(from, to))
}

function fieldEnd(line: string, at: number, separator: string | null): number {
  if (separator !== null) {
    const end = line.indexOf(separator, at)
    return end < 0 ? line.length : end
  }
  let end = skipBlanks(line, at)
  while (end < line.length && line[end] !== ' ' && line[end] !== '\t') end++
  return end
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

function compareBy(flags: string, a: string, b: string): number {
  if (flags.includes('n')) return compareNumbers(a, b)
  if (flags.includes('h')) return humanRank(a) - humanRank(b) || compareNumbers(a, b)
  if (flags.includes('M')) return month(a) - month(b)
  const one = transform(flags, a)
  const other = transform(flags, b)
  if (flags.includes('V')) return compareVersions(one, other)
  return one < other ? -1 : one > other ? 1 : 0
}

function transform(flags: string, text: string): string {
  let out = text
  if (flags.includes('d')) out = out.replace(/[^A-Za-z0-9 \t]/g, '')
  if (flags.includes('i')) out = out.replace(/[^ -~]/g, '')
  return flags.includes('f') ? out.replace(/[a-z]/g, (c) => c.toUpperCase()) : out
}

function month(text: string): number {
  return MONTHS.indexOf(text.replace(/^[ \t]+/, '').slice(0, 3).toUpperCase()) + 1
}

/** strnumcmp(): decimal numbers of any length. */
function compareNumbers(a: string, b: string): number {
  const one = parts(a)
  const other = parts(b)
  if (one.negative !== other.negative) return one.negative ? -1 : 1
  let order = one.whole.length - other.whole.length
  if (order === 0) order = one.whole < other.whole ? -1 : one.whole > other.whole ? 1 : 0
  if (order === 0) order = one.fraction < other.fraction ? -1 : one.fraction > other.fraction ? 1 : 0
  return one.negative ? -order : order
}

function parts(text: string): { readonly negative: boolean, readonly whole: string, readonly fraction: string } {
  const match = /^[ \t\n]*(-?)0*([0-9]*)(?:\.([0-9]*))?/.exec(text) as RegExpExecArray // matches any text
  const fraction = (match[3] ?? '').replace(/0+$/, '')
  return { negative: match[1] === '-' && (match[2] !== '' || fraction !== ''), whole: match[2], fraction }
}

function humanRank(text: string): number {
  const match = /^[ \t\n]*(-?)([0-9]*(?:\.[0-9]*)?)([kKMGTPEZY]?)/.exec(text) as RegExpExecArray // matches any text
  const power = match[3] === '' || !/[1-9]/.test(match[2]) ? 0 : 'KMGTPEZY'.indexOf(match[3].toUpperCase()) + 1
  return match[1] === '-' ? -power : power
}

/** filevercmp(): runs of digits by value; "~" before everything, letters before the other characters. */
export function compareVersions(a: string, b: string): number {
  const order = (c: string | undefined): number => {
    if (c === undefined || /[0-9]/.test(c)) return 0
    return c === '~' ? -1 : /[A-Za-z]/.test(c) ? c.charCodeAt(0) : c.charCodeAt(0) + 256
  }
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    while ((i < a.length && !/[0-9]/.test(a[i])) || (j < b.length && !/[0-9]/.test(b[j]))) {
      const difference = order(a[i]) - order(b[j])
      if (difference !== 0) return difference
      i++
      j++
    }
    const one = /^[0-9]*/.exec(a.slice(i))?.[0] ?? ''
    const other = /^[0-9]*/.exec(b.slice(j))?.[0] ?? ''
    const difference = compareNumbers(one, other)
    if (difference !== 0) return difference
    i += one.length
    j += other.length
  }
  return 0
}
