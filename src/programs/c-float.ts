/**
 * Binary floating-point numbers as C prints and reads them, to the last digit: double and x86's long double (a
 * significand of 64 bits), which the printf of bash and of coreutils count in. JavaScript's toFixed() stops at 100
 * digits and rounds halves up; glibc prints the exact value and rounds halves to even. So a number here is
 * significand * 2^exponent in BigInts, which is slow and right.
 */
export interface CFloat {
  readonly kind: 'finite' | 'infinity' | 'nan'
  readonly negative: boolean
  /** 0, or any positive whole number. */
  readonly significand: bigint
  readonly exponent: number
}

/** What strtold() made of a text. */
export interface ParsedFloat {
  readonly value: CFloat
  /** What follows the number; the whole text when there is none. */
  readonly rest: string
  readonly outOfRange: boolean
}

/** A conversion of printf: %-08.3f. -1: none was given. */
export interface Conversion {
  readonly flags: string
  readonly width: number
  readonly precision: number
  readonly letter: string
}

/** Bits of the significand, and the exponents of its last bit, of x86's long double. */
const LONG_DOUBLE = { bits: 64, least: -16445, most: 16320 } as const

const scratch = new DataView(new ArrayBuffer(8))

export function floatOfDouble(value: number): CFloat {
  scratch.setFloat64(0, value)
  const high = scratch.getUint32(0)
  const biased = high >>> 20 & 0x7ff
  const fraction = BigInt(high & 0xfffff) << 32n | BigInt(scratch.getUint32(4))
  const negative = high >>> 31 === 1
  if (biased === 0x7ff) return { kind: fraction === 0n ? 'infinity' : 'nan', negative, significand: 0n, exponent: 0 }
  if (biased === 0) return { kind: 'finite', negative, significand: fraction, exponent: -1074 }
  return { kind: 'finite', negative, significand: fraction | 1n << 52n, exponent: biased - 1075 }
}

export function floatOfInteger(value: bigint): CFloat {
  return { kind: 'finite', negative: value < 0n, significand: value < 0n ? -value : value, exponent: 0 }
}

/** What strtold(3) reads: the sign, and the number. */
const FLOAT = new RegExp('^[ \\t\\n\\v\\f\\r]*([+-]?)(inf(?:inity)?|nan(?:\\([0-9A-Za-z_]*\\))?'
  + '|0x(?:[0-9a-f]+\\.?[0-9a-f]*|\\.[0-9a-f]+)(?:p[+-]?[0-9]+)?|(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:e[+-]?[0-9]+)?)', 'i')

/** strtold(3): decimal, hexadecimal, inf, nan; correctly rounded to 64 bits. */
export function parseLongDouble(text: string): ParsedFloat {
  const match = FLOAT.exec(text)
  if (match === null) return { value: floatOfInteger(0n), rest: text, outOfRange: false }
  const rest = text.slice(match[0].length)
  const negative = match[1] === '-'
  const word = match[2].toLowerCase()
  if (word.startsWith('inf') || word.startsWith('nan')) {
    const kind = word.startsWith('i') ? 'infinity' : 'nan'
    return { value: { kind, negative, significand: 0n, exponent: 0 }, rest, outOfRange: false }
  }
  return word.startsWith('0x') ? { ...hexadecimal(word.slice(2), negative), rest }
    : { ...decimal(word, negative), rest }
}

type Rounded = Pick<ParsedFloat, 'value' | 'outOfRange'>

/** Powers of ten that are surely too large or too small, so that "1e999999999" costs nothing. */
const DECADES = 5000

function decimal(word: string, negative: boolean): Rounded {
  const [mantissa, power = '0'] = word.split('e')
  const [whole, part = ''] = mantissa.split('.')
  const digits = (whole + part).replace(/^0+/, '')
  if (digits === '') return { value: finite(negative, 0n, 0), outOfRange: false }
  const scale = Number(power) - part.length
  if (scale + digits.length > DECADES) return tooLarge(negative)
  if (scale + digits.length < -DECADES) return { value: finite(negative, 0n, 0), outOfRange: true }
  const value = BigInt(digits)
  return scale >= 0 ? round(negative, value * raise(10n, scale), 1n, 0) : round(negative, value, raise(10n, -scale), 0)
}

function hexadecimal(word: string, negative: boolean): Rounded {
  const [mantissa, power = '0'] = word.split('p')
  const [whole, part = ''] = mantissa.split('.')
  const value = BigInt(`0x${whole}${part}`)
  if (value === 0n) return { value: finite(negative, 0n, 0), outOfRange: false }
  const exponent = Number(power) - 4 * part.length
  if (exponent > 4 * DECADES) return tooLarge(negative)
  if (exponent < -4 * DECADES - 4 * word.length) return { value: finite(negative, 0n, 0), outOfRange: true }
  return round(negative, value, 1n, exponent)
}

function finite(negative: boolean, significand: bigint, exponent: number): CFloat {
  return { kind: 'finite', negative, significand, exponent }
}

function tooLarge(negative: boolean): Rounded {
  return { value: { kind: 'infinity', negative, significand: 0n, exponent: 0 }, outOfRange: true }
}

/** numerator / denominator * 2^exponent as the nearest long double, halves to even. */
function round(negative: boolean, numerator: bigint, denominator: bigint, exponent: number): Rounded {
  let shift = LONG_DOUBLE.bits - (bitLength(numerator) - bitLength(denominator))
  if (exponent - shift < LONG_DOUBLE.least) shift = exponent - LONG_DOUBLE.least
  let significand = divideHalfEven(shift >= 0 ? numerator << BigInt(shift) : numerator,
    shift >= 0 ? denominator : denominator << BigInt(-shift))
  if (bitLength(significand) > LONG_DOUBLE.bits) { // one bit too many: the estimate of the shift is off by at most one
    shift--
    significand = divideHalfEven(shift >= 0 ? numerator << BigInt(shift) : numerator,
      shift >= 0 ? denominator : denominator << BigInt(-shift))
  }
  if (exponent - shift > LONG_DOUBLE.most) return tooLarge(negative)
  const exact = shift >= 0 ? (numerator << BigInt(shift)) % denominator === 0n
    : numerator % (denominator << BigInt(-shift)) === 0n
  const tiny = bitLength(significand) < LONG_DOUBLE.bits
  return { value: finite(negative, significand, exponent - shift), outOfRange: tiny && !exact }
}

/** base^exponent, exact, by squaring. exponent: whole, at least 0. */
export function raise(base: bigint, exponent: number): bigint {
  let result = 1n
  let square = base
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square
    square *= square
  }
  return result
}

function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator
  const twice = (numerator - quotient * denominator) * 2n
  return twice > denominator || twice === denominator && (quotient & 1n) === 1n ? quotient + 1n : quotient
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(16).length * 4 - LEADING[parseInt(value.toString(16)[0], 16)]
}

/** Zero bits before the first one in a hexadecimal digit. */
const LEADING = [4, 3, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]

/** Whole decimal digits of the exact value, and how many of them stand behind the point. */
function exactDecimal(value: CFloat): { digits: string, places: number } {
  if (value.exponent >= 0) return { digits: (value.significand << BigInt(value.exponent)).toString(), places: 0 }
  let { significand, exponent } = value
  while (exponent < 0 && (significand & 1n) === 0n && significand !== 0n) {
    significand >>= 1n
    exponent++
  }
  return { digits: (significand * raise(5n, -exponent)).toString(), places: -exponent }
}

/** The first `count` of `digits`, rounded half to even; may be one digit longer (9.9 -> 10). */
function cutDigits(digits: string, count: number): string {
  if (count >= digits.length) return digits + '0'.repeat(count - digits.length)
  if (count < 0) return '0'
  const kept = count === 0 ? '0' : digits.slice(0, count)
  const next = digits.charCodeAt(count) - 48
  const beyond = next === 5 && !/[1-9]/.test(digits.slice(count + 1)) ? 0 : 1
  const odd = (kept.charCodeAt(kept.length - 1) & 1) === 1
  const up = next > 5 || next === 5 && (beyond === 1 || odd)
  return up ? (BigInt(kept) + 1n).toString().padStart(kept.length, '0') : kept
}

/** %f without sign and padding. */
function fixed(value: CFloat, precision: number, alternate: boolean): string {
  const { digits, places } = exactDecimal(value)
  const padded = digits.padStart(places + 1, '0')
  const whole = padded.length - places
  const cut = cutDigits(padded, whole + precision)
  const point = cut.length - precision
  return cut.slice(0, point) + (precision > 0 ? `.${cut.slice(point)}` : alternate ? '.' : '')
}

/** Digits (precision + 1 of them) and decimal exponent for %e. */
function scientific(value: CFloat, precision: number): { digits: string, exponent: number } {
  const { digits, places } = exactDecimal(value)
  if (value.significand === 0n) return { digits: '0'.repeat(precision + 1), exponent: 0 }
  const exponent = digits.length - 1 - places
  const cut = cutDigits(digits, precision + 1)
  return cut.length > precision + 1 ? { digits: cut.slice(0, -1), exponent: exponent + 1 } : { digits: cut, exponent }
}

function exponential({ digits, exponent }: { digits: string, exponent: number }, alternate: boolean): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : alternate ? '.' : ''
  const power = String(Math.abs(exponent)).padStart(2, '0')
  return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${power}`
}

function general(value: CFloat, asked: number, alternate: boolean): string {
  const precision = asked === 0 ? 1 : asked
  const { digits, exponent } = scientific(value, precision - 1)
  const isScientific = exponent < -4 || exponent >= precision
  if (isScientific) {
    return exponential({ digits: alternate ? digits : digits[0] + digits.slice(1).replace(/0+$/, ''), exponent }, alternate)
  }
  const text = fixed(value, precision - 1 - exponent, alternate)
  return alternate || !text.includes('.') ? text : text.replace(/\.?0+$/, '')
}

/**
 * %a. A long double's first digit holds four bits (0xcp-3 for 1.5), a double's one (0x1.8p+0); glibc
 * printf_fphex.c, x86 printf-ldbl hook.
 */
function hexDigits(value: CFloat, precision: number, alternate: boolean, long: boolean): string {
  if (value.significand === 0n) return `0x0${point(alternate, '0'.repeat(Math.max(precision, 0)))}p+0`
  const bits = long ? 64 : 53
  const missing = bits - bitLength(value.significand)
  const least = long ? LONG_DOUBLE.least : -1074
  const shift = value.exponent - missing < least ? value.exponent - least : missing
  let significand = shift >= 0 ? value.significand << BigInt(shift) : value.significand >> BigInt(-shift)
  let exponent = value.exponent - shift + (long ? 60 : 52)
  const places = long ? 15 : 13
  if (precision >= 0 && precision < places) {
    const unit = 1n << BigInt(4 * (places - precision))
    significand = divideHalfEven(significand, unit) * unit
    if (long && significand >> 64n !== 0n) {
      significand >>= 4n
      exponent += 4
    }
  }
  const hex = significand.toString(16).padStart(places + 1, '0')
  const all = hex.slice(-places)
  const fraction = precision < 0 ? all.replace(/0+$/, '') : all.padEnd(precision, '0').slice(0, precision)
  return `0x${hex.slice(0, -places)}${point(alternate, fraction)}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`
}

function point(alternate: boolean, fraction: string): string {
  return fraction !== '' || alternate ? `.${fraction}` : ''
}

/** printf's e E f F g G a A, as glibc's. long: the value is a long double, which only %a shows. */
export function formatFloat(value: CFloat, conversion: Conversion, long: boolean): string {
  const { flags, letter } = conversion
  const lower = letter.toLowerCase()
  const alternate = flags.includes('#')
  let body: string
  if (value.kind !== 'finite') body = value.kind === 'nan' ? 'nan' : 'inf'
  else if (lower === 'a') body = hexDigits(value, conversion.precision, alternate, long)
  else {
    const precision = conversion.precision < 0 ? 6 : conversion.precision
    body = lower === 'f' ? fixed(value, precision, alternate)
      : lower === 'e' ? exponential(scientific(value, precision), alternate) : general(value, precision, alternate)
  }
  const sign = signOf(value.negative, flags)
  const prefix = value.kind === 'finite' && lower === 'a' ? body.slice(0, 2) : ''
  const zero = value.kind === 'finite' && flags.includes('0')
  const text = pad(sign + prefix, body.slice(prefix.length), conversion, zero)
  return letter === lower ? text : text.toUpperCase()
}

const U64 = 1n << 64n

/** printf's d i u o x X of a 64-bit integer, as glibc's. */
export function formatInteger(value: bigint, conversion: Conversion): string {
  const { flags, letter, precision } = conversion
  const signed = letter === 'd' || letter === 'i'
  const magnitude = signed ? (value < 0n ? -value : value) : (value % U64 + U64) % U64
  let digits = magnitude.toString(letter === 'o' ? 8 : letter === 'x' || letter === 'X' ? 16 : 10)
  if (precision === 0 && magnitude === 0n) digits = ''
  digits = digits.padStart(precision, '0')
  let prefix = signed ? signOf(value < 0n, flags) : ''
  if (flags.includes('#')) {
    if (letter === 'o' && digits[0] !== '0') digits = `0${digits}`
    if ((letter === 'x' || letter === 'X') && magnitude !== 0n) prefix = '0x'
  }
  const text = pad(prefix, digits, conversion, flags.includes('0') && precision < 0)
  return letter === 'X' ? text.toUpperCase() : text
}

/** printf's s: cut to the precision, padded to the width. */
export function formatString(value: string, conversion: Conversion): string {
  return pad('', conversion.precision < 0 ? value : value.slice(0, conversion.precision), conversion, false)
}

function signOf(negative: boolean, flags: string): string {
  return negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
}

function pad(prefix: string, body: string, { flags, width }: Conversion, zero: boolean): string {
  const missing = width - prefix.length - body.length
  if (missing <= 0) return prefix + body
  if (flags.includes('-')) return prefix + body + ' '.repeat(missing)
  return zero ? prefix + '0'.repeat(missing) + body : ' '.repeat(missing) + prefix + body
}
