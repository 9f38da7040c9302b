import type { Program } from '../../host/process.ts'
import { toByteString } from '../byte-string.ts'
import { type Arguments, ByteReader, gnuProgram, type GnuSpec, writeBytes } from './gnu.ts'

/** tr of coreutils 9.1: bytes, not characters. */
const SPEC: GnuSpec = {
  short: '+cCdst',
  long: { 'complement': 'c', 'delete': 'd', 'squeeze-repeats': 's', 'truncate-set1': 't' },
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/, alpha: /[A-Za-z]/, blank: /[ \t]/, cntrl: /\p{Cc}/u, digit: /[0-9]/, graph: /[!-~]/,
  lower: /[a-z]/, print: /[ -~]/, punct: /[!-/:-@[-`{-~]/, space: /[ \t-\r]/, upper: /[A-Z]/, xdigit: /[0-9A-Fa-f]/,
}

interface ParsedSet {
  readonly bytes: number[]
  /** Names of classes and where their bytes begin: [:lower:] and [:upper:] may stand for each other. */
  readonly classes: readonly { readonly name: string, readonly at: number }[]
  /** Where [x*] stands, which fills up; -1: nowhere. */
  readonly fill: { readonly at: number, readonly byte: number } | null
}

export const tr: Program = gnuProgram(SPEC, async (process, args) => {
  const [first, second, extra] = args.operands
  const remove = args.has('d')
  const squeeze = args.has('s')
  const complement = args.has('c') || args.has('C')
  const least = remove === squeeze ? 2 : 1
  const most = remove && !squeeze ? 1 : 2
  if (first === undefined) throw args.usageError('missing operand')
  if (second === undefined && least === 2) {
    const why = squeeze ? 'Two strings must be given when both deleting and squeezing repeats.'
      : 'Two strings must be given when translating.'
    throw withLine(args, `missing operand after \u2018${first}\u2019`, why)
  }
  if (second !== undefined && most === 1) {
    throw withLine(args, `extra operand \u2018${second}\u2019`,
      'Only one string may be given when deleting without squeezing repeats.')
  }
  if (extra !== undefined) throw args.usageError(`extra operand \u2018${extra}\u2019`)
  const set1 = parseSet(args, first, false)
  const chosen1 = complement ? complementOf(set1.bytes) : set1.bytes
  const translating = !remove && second !== undefined
  const set2 = second === undefined ? null : parseSet(args, second, translating)
  const map = translating && set2 !== null ? translation(args, set1, chosen1, set2, complement) : null
  const inOne = new Set(chosen1)
  const squeezed = !squeeze ? null : new Set(set2 === null ? chosen1 : expanded(set2, chosen1.length))
  const reader = new ByteReader(process, process.stdin, false)
  let last = -1
  for (let chunk = await reader.chunk(); chunk !== ''; chunk = await reader.chunk()) {
    let out = ''
    for (let i = 0; i < chunk.length; i++) {
      let byte = chunk.charCodeAt(i)
      if (remove && inOne.has(byte)) continue
      if (map !== null) byte = map[byte]
      if (squeezed !== null && byte === last && squeezed.has(byte)) continue
      last = byte
      out += String.fromCharCode(byte)
    }
    writeBytes(process, out)
  }
  return 0
})

function withLine(args: Arguments, text: string, line: string) {
  return args.usageError(`${text}\n${line}`)
}

function complementOf(bytes: readonly number[]): number[] {
  const members = new Set(bytes)
  return Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !members.has(byte))
}

function expanded(set: ParsedSet, length: number): number[] {
  if (set.fill === null) return set.bytes
  const missing = Math.max(0, length - set.bytes.length)
  return [...set.bytes.slice(0, set.fill.at), ...Array<number>(missing).fill(set.fill.byte), ...set.bytes.slice(set.fill.at)]
}

function translation(args: Arguments, set1: ParsedSet, from: readonly number[], set2: ParsedSet, complement: boolean):
Uint8Array {
  const cased = set2.classes.filter(({ name }) => name === 'lower' || name === 'upper')
  if (set2.classes.length > cased.length) {
    throw args.error("when translating, the only character classes that may appear in\nstring2 are 'upper' and 'lower'")
  }
  for (const one of cased) {
    const facing = set1.classes.some(({ name, at }) => at === one.at && (name === 'lower' || name === 'upper'))
    if (complement || !facing) {
      throw args.error('misaligned [:upper:] and/or [:lower:] construct')
    }
  }
  const to = expanded(set2, from.length)
  if (to.length === 0) throw args.error('when not truncating set1, string2 must be non-empty')
  const endsInClass = cased.some(({ at }) => at + 26 === to.length)
  if (!args.has('t') && to.length < from.length && endsInClass) {
    throw args.error('when translating with string1 longer than string2,\n'
      + 'the latter string must not end with a character class')
  }
  const map = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  for (const [i, byte] of from.entries()) {
    if (i < to.length) map[byte] = to[i]
    else if (!args.has('t')) map[byte] = to[to.length - 1]
  }
  return map
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 }

interface Unit { readonly byte: number, readonly escaped: boolean }

function unescape(text: string): Unit[] {
  const units: Unit[] = []
  const bytes = toByteString(text)
  for (let i = 0; i < bytes.length; i++) {
    const octal = /^\\([0-3]?[0-7]{1,2})/.exec(bytes.slice(i))
    if (bytes[i] !== '\\' || i + 1 === bytes.length) units.push({ byte: bytes.charCodeAt(i), escaped: false })
    else if (octal !== null) {
      units.push({ byte: parseInt(octal[1], 8), escaped: true })
      i += octal[1].length
    } else {
      const c = bytes[++i]
      units.push({ byte: ESCAPES[c] ?? c.charCodeAt(0), escaped: true })
    }
  }
  return units
}

function parseSet(args: Arguments, text: string, mayFill: boolean): ParsedSet {
  const units = unescape(text)
  const bytes: number[] = []
  const classes: { name: string, at: number }[] = []
  let fill: { at: number, byte: number } | null = null
  const char = (at: number): string => at < units.length && !units[at].escaped ? String.fromCharCode(units[at].byte) : ''
  const raw = units.map(({ byte, escaped }) => escaped ? '\x00' : String.fromCharCode(byte)).join('')
  for (let i = 0; i < units.length; i++) {
    if (char(i) === '[') {
      const named = /^\[:([^\]]*?):\]/.exec(raw.slice(i))
      if (named !== null) {
        const members = CLASSES[named[1]] as RegExp | undefined
        if (members === undefined) throw args.error(`invalid character class \u2018${named[1]}\u2019`)
        classes.push({ name: named[1], at: bytes.length })
        for (let byte = 0; byte < 128; byte++) if (members.test(String.fromCharCode(byte))) bytes.push(byte)
        i += named[0].length - 1
        continue
      }
      const equivalent = /^\[=(.*?)=\]/s.exec(raw.slice(i))
      if (equivalent !== null && equivalent[1].length === 1) {
        bytes.push(units[i + 2].byte)
        i += 4
        continue
      }
      const repeat = /^\[([^])\*([0-9]*)\]/.exec(raw.slice(i))
      if (repeat !== null) {
        const count = repeat[2].startsWith('0') ? parseInt(repeat[2], 8) : Number(repeat[2] || '0')
        if (!mayFill && count === 0) throw args.error('the [c*] repeat construct may not appear in string1')
        if (count === 0) {
          if (fill !== null) throw args.error('only one [c*] repeat construct may appear in string2')
          fill = { at: bytes.length, byte: units[i + 1].byte }
        } else bytes.push(...Array<number>(Math.min(count, 256)).fill(units[i + 1].byte))
        i += repeat[0].length - 1
        continue
      }
    }
    if (char(i + 1) === '-' && i + 2 < units.length) {
      const from = units[i].byte
      const to = units[i + 2].byte
      if (to < from) {
        const shown = text.match(/.-./g)?.find((range) => range.charCodeAt(2) < range.charCodeAt(0)) ?? text
        throw args.error(`range-endpoints of '${shown}' are in reverse collating sequence order`)
      }
      for (let byte = from; byte <= to; byte++) bytes.push(byte)
      i += 2
      continue
    }
    bytes.push(units[i].byte)
  }
  return { bytes, classes, fill }
}
