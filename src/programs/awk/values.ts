import { type CFloat, type Conversion, floatOfDouble, formatFloat, formatInteger, formatString } from '../c-float.ts'
import { InputText, type Value } from './tree.ts'

/** Conversions between numbers and texts, and comparison, as mawk makes them. */

/** Whole numbers within this are printed as such; others by CONVFMT or OFMT. */
const INTEGER_LIMIT = 2147483647
const UNSIGNED_LIMIT = 4294967295

/** The longest text that sprintf makes (-W sprintf would change it). */
const SPRINTF_LIMIT = 8192

/** The longest text that a program can make of others. */
export const TEXT_LIMIT = 16 * 1024 * 1024

/** A mistake while the program runs; the message without "run time error: ". */
export class AwkRuntimeError extends Error {}

/** Throws AwkRuntimeError for a text that would be too long. */
export function checkLength(length: number): void {
  if (length > TEXT_LIMIT) throw new AwkRuntimeError(`a text has more than ${TEXT_LIMIT} bytes`)
}

export function concatenate(left: string, right: string): string {
  checkLength(left.length + right.length)
  return left + right
}

const DECIMAL = /^[ \t\n\v\f\r]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)/
const SPECIAL = /^[ \t\n\v\f\r]*([+-]?)(inf(?:inity)?|nan|0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?)/i

/** strtod(): the number that a text begins with, and how many characters it takes (0: none). */
export function parseNumber(text: string): { value: number, length: number } {
  const special = SPECIAL.exec(text)
  if (special !== null) {
    const word = special[2].toLowerCase()
    const magnitude = word[0] === 'i' ? Infinity : word[0] === 'n' ? NaN : hexadecimal(word.slice(2))
    return { value: special[1] === '-' ? -magnitude : magnitude, length: special[0].length }
  }
  const decimal = DECIMAL.exec(text)
  return decimal === null ? { value: 0, length: 0 } : { value: Number(decimal[1]), length: decimal[0].length }
}

function hexadecimal(word: string): number {
  const [mantissa, power = '0'] = word.split('p')
  const [whole, fraction = ''] = mantissa.split('.')
  let value = Number(BigInt(`0x${whole}${fraction}`))
  for (let left = Number(power) - 4 * fraction.length; left !== 0 && value !== 0 && value !== Infinity;) {
    value = left > 0 ? value * 2 : value / 2
    left += left > 0 ? -1 : 1
  }
  return value
}

/** The number that a text from outside is, or null: it must be one as a whole, blanks around it aside. */
function looksNumeric(text: string): number | null {
  if (!/^[ \t\n\v\f\r]*[0-9+.-]/.test(text) || !/[0-9.][ \t\n\v\f\r]*$/.test(text)) return null
  const { value, length } = parseNumber(text)
  return length > 0 && /^[ \t\n\v\f\r]*$/.test(text.slice(length)) ? value : null
}

/** The number that a value from outside stands for, or null. */
export function inputNumber(input: InputText): number | null {
  if (input.number === undefined) input.number = looksNumeric(input.text)
  return input.number
}

export function toNumber(value: Value): number {
  if (typeof value === 'number') return value
  if (value === undefined) return 0
  if (typeof value === 'string') return parseNumber(value).value
  return inputNumber(value) ?? parseNumber(value.text).value
}

/** format: CONVFMT, or OFMT in print. */
export function toText(value: Value, format: string): string {
  if (typeof value === 'string') return value
  if (value === undefined) return ''
  if (typeof value !== 'number') return value.text
  if (Number.isInteger(value) && Math.abs(value) <= INTEGER_LIMIT) return String(value === 0 ? 0 : value)
  if (format === '%.6g') return formatFloat(asFloat(value), SIX_DIGITS, false)
  return sprintf(format, [value], format, 'sprintf')
}

const SIX_DIGITS: Conversion = { flags: '', width: -1, precision: 6, letter: 'g' }

/** NaN is printed as x86 makes it: with the sign bit. */
function asFloat(value: number): CFloat {
  return Number.isNaN(value) ? { kind: 'nan', negative: true, significand: 0n, exponent: 0 } : floatOfDouble(value)
}

export function isTrue(value: Value): boolean {
  if (typeof value === 'number') return value !== 0
  if (typeof value === 'string') return value !== ''
  if (value === undefined) return false
  const number = inputNumber(value)
  return number === null ? value.text !== '' : number !== 0
}

/** The number in a comparison; null: the value compares as a text. */
function comparedNumber(value: Value): number | null {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return null
  return value === undefined ? 0 : inputNumber(value)
}

/** Below 0, 0 or above: as numbers if both can be, else as texts, byte by byte. NaN when one is no number. */
export function compare(left: Value, right: Value, format: string): number {
  const [one, other] = [comparedNumber(left), comparedNumber(right)]
  if (one !== null && other !== null) return one === other ? 0 : one - other
  const [text, otherText] = [toText(left, format), toText(right, format)]
  return text < otherText ? -1 : text > otherText ? 1 : 0
}

/** A whole number in C's int, cut off at its ends. */
export function toInteger(value: number): number {
  if (Number.isNaN(value)) return -INTEGER_LIMIT
  return Math.trunc(Math.max(-INTEGER_LIMIT, Math.min(INTEGER_LIMIT, value)))
}

const CONVERSION = /%(?:%|([-+ #0]*)(\*|[0-9]*)(?:\.(\*|[0-9]*))?([hlL]?)([^]?))/y

/** printf's text. who: "printf" or "sprintf", for messages. Throws AwkRuntimeError. */
export function sprintf(format: string, args: readonly Value[], convfmt: string, who: string): string {
  let text = ''
  let next = 0
  let number = 0
  const take = (): Value => {
    if (next >= args.length) throw new SprintfError(`not enough arguments passed to ${who}("${format}")`, text)
    return args[next++]
  }
  for (let at = 0; at < format.length;) {
    const percent = format.indexOf('%', at)
    if (percent < 0) {
      text += format.slice(at)
      break
    }
    text += format.slice(at, percent)
    CONVERSION.lastIndex = percent
    const [whole, flags, width, precision, size, letter] = CONVERSION.exec(format) as RegExpExecArray // it fits any "%"
    at = percent + whole.length
    if (letter === undefined) {
      text += '%'
      continue
    }
    number++
    const wide = width === '*' ? toInteger(toNumber(take())) : width === '' ? -1 : Number(width)
    const exact = precision === undefined ? -1 : precision === '*' ? toInteger(toNumber(take())) : Number(precision)
    const conversion: Conversion = wide < -1 ? { flags: `${flags}-`, width: -wide, precision: Math.max(exact, -1), letter }
      : { flags, width: wide, precision: Math.max(exact, -1), letter }
    if (wide > SPRINTF_LIMIT || exact > SPRINTF_LIMIT) throw new AwkRuntimeError('sprintf buffer overflow')
    const value = take()
    if (letter === '' || !(size === '' ? 'csdiouxXfeEgG' : 'diouxX').includes(letter)) {
      throw new SprintfError(`improper conversion(number ${number}) in ${who}("${format}")`, text)
    }
    text += convert(value, conversion, convfmt)
  }
  return text
}

/** A mistake in the format; what came before it is printed. */
export class SprintfError extends AwkRuntimeError {
  constructor(message: string, readonly before: string) {
    super(message)
  }
}

function convert(value: Value, conversion: Conversion, convfmt: string): string {
  switch (conversion.letter) {
    case 's': return formatString(toText(value, convfmt), conversion)
    case 'c': return formatString(character(value), { ...conversion, precision: -1 })
    case 'd': case 'i': return formatInteger(BigInt(toInteger(toNumber(value))), conversion)
    case 'o': case 'u': case 'x': case 'X': {
      const number = toNumber(value)
      return formatInteger(BigInt(Math.trunc(number > 0 ? Math.min(number, UNSIGNED_LIMIT) : 0)), conversion)
    }
    default: return formatFloat(asFloat(toNumber(value)), conversion, false)
  }
}

function character(value: Value): string {
  const number = typeof value === 'number' ? value : value instanceof InputText ? inputNumber(value) : null
  if (number !== null) return String.fromCharCode(toInteger(number) & 0xff)
  const text = toText(value, '')
  return text === '' ? '\0' : text[0]
}
