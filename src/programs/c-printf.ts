import { strerror, ERANGE } from '../base/errno.ts'
import { bytesOf, fromByteString, toByteString } from './byte-string.ts'
import {
  type CFloat, type Conversion, floatOfInteger, formatFloat, formatInteger, formatString, parseLongDouble,
} from './c-float.ts'
import { ansiQuote, backslashQuote, messageQuote, shellEscape } from './shell-quote.ts'

/**
 * printf(1), in both its dialects: bash's builtin (5.2) and coreutils' program (9.1). They agree on what a conversion
 * prints, and on little else: which conversions there are, which flags go with which, what is a mistake, whether a
 * mistake is the end, and in which words it is told. The format is used again as long as arguments are left; missing
 * ones are empty or 0. Whatever is counted is counted in bytes; numbers are 64-bit integers and long doubles.
 *
 * Sources: POSIX printf(1); bash 5.2 builtins/printf.def and coreutils 9.1 src/printf.c, as recorded.
 */
export interface BashPrintf {
  readonly kind: 'bash'
  /** Stands before each message: "bash: line 1: printf: ". */
  readonly prefix: string
  /** For %(FORMAT)T: strftime of a moment in seconds; -1 is now, -2 when the shell was started. */
  readonly strftime: (format: string, seconds: number) => string
  /** For %n: sets a variable; false when that is no name. */
  readonly assign?: (name: string, value: string) => boolean
}

export interface CoreutilsPrintf {
  readonly kind: 'coreutils'
  readonly prefix: string
}

export type PrintfDialect = BashPrintf | CoreutilsPrintf

export interface PrintfResult {
  readonly output: Uint8Array
  /** Lines for stderr. */
  readonly errors: string
  readonly status: number
}

/** Widths and precisions beyond this print nothing, as those beyond INT_MAX do in C. */
export const PRINTF_WIDTH_LIMIT = 16 * 1024 * 1024

/** Characters that one call may print; then it stops. */
export const PRINTF_OUTPUT_LIMIT = 64 * 1024 * 1024

/** printf FORMAT ARGUMENT...: what it prints, says and returns. Never throws. */
export function formatPrintf(format: string, args: readonly string[], dialect: PrintfDialect): PrintfResult {
  const run = new PrintfRun(toByteString(format), args.map(toByteString), dialect)
  try {
    run.all()
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    if (error.status !== null) run.status = error.status
  }
  return { output: bytesOf(run.output), errors: run.errors, status: run.status }
}

/** Ends the formatting: \c (status null) or a fatal mistake. */
class Stop extends Error {
  constructor(readonly status: number | null) {
    super('printf stops')
  }
}

const LONG_MAX = (1n << 63n) - 1n
const LONG_MIN = -(1n << 63n)
const ULONG_MAX = (1n << 64n) - 1n
const INT_MAX = 2147483647

const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07', b: '\b', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '"': '"',
}

const BASH_LETTERS: Readonly<Record<string, string>> = { ...LETTERS, E: '\x1b', "'": "'", '?': '?' }

class PrintfRun {
  output = ''
  errors = ''
  status = 0
  private next = 0
  private at = 0
  private readonly bash: BashPrintf | null

  constructor(private readonly format: string, private readonly args: readonly string[],
    private readonly dialect: PrintfDialect) {
    this.bash = dialect.kind === 'bash' ? dialect : null
  }

  all(): void {
    if (this.format === '' && this.bash !== null) return
    for (;;) {
      const before = this.next
      this.once()
      if (this.next >= this.args.length) return
      if (this.next === before) {
        const first = fromByteString(this.args[this.next])
        if (this.bash === null) this.complain(`warning: ignoring excess arguments, starting with ${messageQuote(first)}`)
        return
      }
    }
  }

  private once(): void {
    const { format } = this
    for (this.at = 0; this.at < format.length;) {
      if (format[this.at] === '\\') this.put(this.escape(format, false))
      else if (format[this.at] === '%') this.directive()
      else {
        const end = /[\\%]|$/g
        end.lastIndex = this.at
        const stop = end.exec(format)?.index ?? format.length
        this.put(format.slice(this.at, stop))
        this.at = stop
      }
    }
  }

  private put(text: string): void {
    this.output += text
    if (this.output.length > PRINTF_OUTPUT_LIMIT) throw new Stop(1)
  }

  private complain(text: string): void {
    this.errors += `${this.dialect.prefix}${text}\n`
  }

  private fatal(text: string): never {
    this.complain(text)
    throw new Stop(1)
  }

  private argument(): string | null {
    return this.next < this.args.length ? this.args[this.next++] : null
  }

  /** The escape of `text` at this.at, which moves on. inArgument: of %b, where \0ooo has four digits and \c stops. */
  private escape(text: string, inArgument: boolean): string {
    const { bash } = this
    const rest = text.slice(this.at + 1)
    const letter = rest[0]
    const octal = (inArgument ? /^(?:0[0-7]{0,3}|[0-7]{1,3})/ : /^[0-7]{1,3}/).exec(rest)
    if (octal !== null) {
      this.at += 1 + octal[0].length
      return String.fromCharCode(parseInt(octal[0], 8) & 0xff)
    }
    if (letter === 'x') return this.hexEscape(rest)
    if (letter === 'u' || letter === 'U') return this.unicodeEscape(rest, letter === 'u' ? 4 : 8)
    if (letter === 'c' && (bash === null || inArgument)) throw new Stop(bash === null ? 0 : null)
    const plain = bash !== null ? BASH_LETTERS[letter] : LETTERS[letter]
    const known = letter !== undefined && plain !== undefined
    const length = letter === undefined || !known && bash !== null ? 1 : 2 // bash reads on at the letter
    this.at += length
    return known ? plain : text.slice(this.at - length, this.at)
  }

  private hexEscape(rest: string): string {
    const digits = /^[0-9a-fA-F]{0,2}/.exec(rest.slice(1))?.[0] ?? ''
    if (digits === '') {
      if (this.bash === null) this.fatal('missing hexadecimal number in escape')
      this.complain('missing hex digit for \\x')
      this.at += 2
      return '\\x'
    }
    this.at += 2 + digits.length
    return String.fromCharCode(parseInt(digits, 16))
  }

  private unicodeEscape(rest: string, length: number): string {
    const letter = rest[0]
    const digits = (length === 4 ? /^[0-9a-fA-F]{0,4}/ : /^[0-9a-fA-F]{0,8}/).exec(rest.slice(1))?.[0] ?? ''
    if (this.bash === null && digits.length < length) this.fatal('missing hexadecimal number in escape')
    if (digits === '') {
      this.complain(`missing unicode digit for \\${letter}`)
      this.at += 2
      return `\\${letter}`
    }
    this.at += 2 + digits.length
    const code = parseInt(digits, 16)
    if (this.bash !== null) return utf8(code)
    const allowed = code >= 0xa0 || code === 0x24 || code === 0x40 || code === 0x60
    if (!allowed || code >= 0xd800 && code <= 0xdfff) {
      this.fatal(`invalid universal character name \\${letter}${digits.toLowerCase()}`)
    }
    return code > 0x10ffff ? `\\${letter}${digits}` : utf8(code)
  }

  private directive(): void {
    const { format } = this
    const start = this.at++
    if (format[this.at] === '%') {
      this.at++
      this.put('%')
    } else if (this.bash !== null) this.bashDirective(start, this.bash)
    else if (format[this.at] === 'b' || format[this.at] === 'q') {
      const argument = this.argument()
      if (format[this.at++] === 'b') this.expand(argument ?? '')
      else if (argument !== null) this.put(shellEscape(argument))
    } else this.coreutilsDirective(start)
  }

  private bashDirective(start: number, bash: BashPrintf): void {
    const flags = this.take(/[#'\-+ 0]*/y)
    const width = this.star(true, bash)
    let precision = -1
    let negative = false
    let given = false
    if (this.format[this.at] === '.') {
      given = true
      this.at++
      negative = this.format[this.at] === '-'
      if (negative) this.at++
      const literal = this.format[this.at] !== '*'
      precision = this.star(false, bash)
      if (literal && precision < 0) precision = 0
    }
    const modifiers = this.take(/[hjlLtz]*/y)
    const letter = this.format[this.at]
    const directive = this.format.slice(start, this.at)
    if (letter === undefined) this.fatal(`\`${fromByteString(directive)}': missing format character`)
    if (!/[diouxXeEfFgGaAcsbqQn(]/.test(letter)) this.fatal(`\`${fromByteString(letter)}': invalid format character`)
    this.at++
    if (negative && given && /[a-zA-Z]/.test(letter) && !/[csbqQn]/.test(letter)) {
      // glibc prints a conversion that it cannot read.
      this.numeric(letter)
      this.put(`%${flags}.0-${precision}${'diouxX'.includes(letter) ? 'l' : modifiers}${letter}`)
      return
    }
    const conversion: Conversion = { letter, precision, ...leftIfNegative(flags, width) }
    if (letter === '(') this.time(conversion, directive, bash)
    else this.convert(conversion)
  }

  private coreutilsDirective(start: number): void {
    const flags = this.take(/[I'\-+ #0]*/y)
    let allowed = 'aAcdeEfFgGiosuxX'
    const forbid = (letters: string): void => {
      allowed = [...allowed].filter((letter) => !letters.includes(letter)).join('')
    }
    if (/[I']/.test(flags)) forbid('aAceEosxX')
    if (flags.includes('#')) forbid('cdisu')
    if (flags.includes('0')) forbid('cs')
    const width = this.star(true, null)
    let precision = -1
    if (this.format[this.at] === '.') {
      this.at++
      forbid('c')
      const literal = this.format[this.at] !== '*'
      precision = this.star(false, null)
      if (literal && precision < 0) precision = 0
    }
    this.take(/[lLhjtz]*/y)
    const letter = this.format[this.at]
    if (letter === undefined || !allowed.includes(letter)) {
      this.fatal(`${fromByteString(this.format.slice(start, this.at + 1))}: invalid conversion specification`)
    }
    this.at++
    this.convert({ letter, precision, ...leftIfNegative(flags, width) })
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const text = pattern.exec(this.format)?.[0] ?? ''
    this.at += text.length
    return text
  }

  /** A width or precision: digits, or "*" for an argument; -1 when there is none. Negative widths are given negated. */
  private star(isWidth: boolean, bash: BashPrintf | null): number {
    if (this.format[this.at] !== '*') {
      const digits = this.take(/[0-9]*/y)
      return digits === '' ? -1 : Math.min(Number(digits), INT_MAX + 1)
    }
    this.at++
    const text = this.argument()
    if (text === null) return 0
    const value = this.integer(text, true)
    if (value >= -BigInt(INT_MAX) - 1n && value <= BigInt(INT_MAX)) {
      const width = Number(value)
      if (isWidth) return width < 0 ? width - 1 : width // -1 means none: negative widths are moved by one
      return Math.max(width, -1)
    }
    if (bash === null) {
      if (!isWidth && value < 0n) return -1
      this.fatal(`invalid ${isWidth ? 'field width' : 'precision'}: ${messageQuote(fromByteString(text))}`)
    }
    if (this.next >= this.args.length) return 0
    this.complain(`warning: ${fromByteString(this.args[this.next])}: ${strerror(ERANGE)}`) // the next one, as bash
    return value < 0n ? isWidth ? -INT_MAX - 2 : -1 : INT_MAX
  }

  private convert(conversion: Conversion): void {
    const { letter } = conversion
    if (conversion.width > PRINTF_WIDTH_LIMIT || conversion.precision > PRINTF_WIDTH_LIMIT && !/[csbqQ]/.test(letter)) {
      this.argument()
      if (this.bash === null) this.fatal('write error')
      return
    }
    if (letter === 's') this.put(formatString(this.argument() ?? '', conversion))
    else if (letter === 'c') this.put(formatString((this.argument() ?? '')[0] ?? '\0', { ...conversion, precision: -1 }))
    else if (letter === 'n') this.count()
    else if (letter === 'b') this.expand(this.argument() ?? '', conversion)
    else if (letter === 'q') this.put(formatString(bashQuote(this.argument() ?? ''), conversion))
    else if (letter === 'Q') {
      const text = this.argument() ?? ''
      const cut = conversion.precision < 0 ? text : text.slice(0, conversion.precision)
      this.put(formatString(bashQuote(cut), { ...conversion, precision: -1 }))
    } else {
      const value = this.numeric(letter)
      this.put(typeof value === 'bigint' ? formatInteger(value, conversion) : formatFloat(value, conversion, true))
    }
  }

  private numeric(letter: string): bigint | CFloat {
    const text = this.argument()
    if ('diouxX'.includes(letter)) return text === null ? 0n : this.integer(text, letter === 'd' || letter === 'i')
    return text === null ? floatOfInteger(0n) : this.float(text)
  }

  /** %b: the argument with its escapes. \c ends all output. */
  private expand(argument: string, conversion: Conversion | null = null): void {
    const { at } = this
    let text = ''
    let stopped: Stop | null = null
    try {
      for (this.at = 0; this.at < argument.length;) {
        if (argument[this.at] === '\\') text += this.escape(argument, true)
        else text += argument[this.at++]
      }
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      stopped = error
    }
    this.at = at
    this.put(conversion === null ? text : formatString(text, conversion))
    if (stopped !== null) throw stopped
  }

  /** %n: how much has been printed, into a variable. */
  private count(): void {
    const name = this.argument()
    if (name === null || name === '' || this.bash === null) return
    const assigned = this.bash.assign?.(fromByteString(name), String(this.output.length)) ?? true
    if (!assigned) this.fatal(`\`${fromByteString(name)}': not a valid identifier`)
  }

  private time(conversion: Conversion, directive: string, bash: BashPrintf): void {
    const close = this.closing()
    if (close < 0 || this.format[close + 1] !== 'T') {
      const letter = close < 0 ? '\0' : this.format[close + 1] ?? '\0'
      this.complain(`warning: \`${fromByteString(letter)}': invalid time format specification`)
      this.put(`${directive}(`) // and what follows is format again
      return
    }
    const format = this.format.slice(this.at, close)
    this.at = close + 2
    const argument = this.argument()
    const seconds = argument === null ? -1 : Number(this.integer(argument, true))
    const text = toByteString(bash.strftime(fromByteString(format === '' ? '%X' : format), seconds))
    this.put(formatString(text, { ...conversion, letter: 's' }))
  }

  /** Where the parenthesis of %( is closed; -1 when it is not. */
  private closing(): number {
    let depth = 1
    for (let at = this.at; at < this.format.length; at++) {
      if (this.format[at] === '(') depth++
      else if (this.format[at] === ')' && --depth === 0) return at
    }
    return -1
  }

  private integer(text: string, signed: boolean): bigint {
    if (text[0] === '"' || text[0] === "'") {
      const code = this.character(text)
      if (code !== null) return BigInt(code)
    }
    const { value, rest } = strtoimax(text)
    const least = signed ? LONG_MIN : -ULONG_MAX
    const most = signed ? LONG_MAX : ULONG_MAX
    const outOfRange = value < least || value > most
    this.verify(text, rest, outOfRange)
    if (!outOfRange) return value
    return signed ? value < 0n ? LONG_MIN : LONG_MAX : ULONG_MAX
  }

  private float(text: string): CFloat {
    if (text[0] === '"' || text[0] === "'") {
      const code = this.character(text)
      if (code !== null) return floatOfInteger(BigInt(code))
    }
    const { value, rest, outOfRange } = parseLongDouble(text)
    this.verify(text, rest, outOfRange)
    return value
  }

  /** The code of 'c; null when that is a text like others. */
  private character(text: string): number | null {
    const [first] = fromByteString(text.slice(1))
    if (first === undefined) return this.bash === null ? null : 0
    const rest = [...fromByteString(text.slice(1))].slice(1).join('')
    if (rest !== '' && this.bash === null) {
      this.complain(`warning: ${rest}: character(s) following character constant have been ignored`)
    }
    return first.codePointAt(0) ?? 0
  }

  private verify(text: string, rest: string, outOfRange: boolean): void {
    const shown = fromByteString(text)
    if (this.bash === null) {
      if (outOfRange) this.complain(`${messageQuote(shown)}: ${strerror(ERANGE)}`)
      else if (rest === '') return
      else if (rest === text) this.complain(`${messageQuote(shown)}: expected a numeric value`)
      else this.complain(`${messageQuote(shown)}: value not completely converted`)
      this.status = 1
    } else if (rest !== '') {
      const kind = /^0[0-9]/.test(text) ? 'octal ' : text.startsWith('0x') ? 'hex ' : ''
      this.complain(`${shown}: invalid ${kind}number`)
      this.status = 1
    } else if (outOfRange) this.complain(`warning: ${shown}: ${strerror(ERANGE)}`)
  }
}

/** A width of -1 is none; a negative one pads on the right. star() gives those one less than they are. */
function leftIfNegative(flags: string, width: number): { flags: string, width: number } {
  return width < -1 ? { flags: `${flags}-`, width: -width - 1 } : { flags, width }
}

/** strtoimax(text, &end, 0), without its limits. */
function strtoimax(text: string): { value: bigint, rest: string } {
  const match = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(text)
  if (match === null) return { value: 0n, rest: text }
  const digits = match[2]
  const octal = digits.length > 1 && /^0[0-7]/.test(digits)
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits)
  return { value: match[1] === '-' ? -value : value, rest: text.slice(match[0].length) }
}

/** UTF-8 of a code point, surrogates and what lies beyond U+10FFFF included, as bash writes them. */
function utf8(code: number): string {
  const char = String.fromCharCode
  if (code < 0x80) return char(code)
  if (code < 0x800) return char(0xc0 | code >> 6, 0x80 | code & 0x3f)
  if (code < 0x10000) return char(0xe0 | code >> 12, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f)
  if (code < 0x200000) return char(0xf0 | code >> 18, 0x80 | code >> 12 & 0x3f, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f)
  if (code > 0x7fffffff) return ''
  const tail = char(0x80 | code >> 18 & 0x3f, 0x80 | code >> 12 & 0x3f, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f)
  return code < 0x4000000 ? char(0xf8 | code >> 24) + tail : char(0xfc | code >> 30, 0x80 | code >> 24 & 0x3f) + tail
}

function bashQuote(text: string): string {
  if (text === '') return "''"
  return ansiQuote(text) ?? backslashQuote(text)
}
