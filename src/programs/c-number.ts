import { ERANGE, strerror } from '../base/errno.ts'
import type { Process, Program } from '../host/process.ts'

/** Thrown to end a program with a message on stderr and a status: glibc's error(3). */
export class ProgramError extends Error {
  override readonly name = 'ProgramError'

  /** text: the whole line or lines for stderr. */
  constructor(readonly text: string, readonly status: number) {
    super(text)
  }
}

/** A program that ends by a ProgramError of `run` with its message and status. */
export function reporting(run: (process: Process) => number): Program {
  return async (process) => {
    try {
      return run(process)
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error
      process.stderr.write(error.text)
      return error.status
    }
  }
}

/** 2^63: one past LONG_MAX, which a double cannot hold. */
export const LONG_LIMIT = 9223372036854775808

/** What strtol() made of a text. */
export interface ParsedInteger {
  readonly value: number
  /** What follows the number; the whole text when there is none. */
  readonly rest: string
  readonly outOfRange: boolean
}

/** strtol(text, &end, base); base 0, 10 or 16. Values beyond 2^53 are rounded. */
export function strtol(text: string, base = 10): ParsedInteger {
  const match = /^[ \t\n\v\f\r]*([+-]?)(0[xX](?=[0-9a-fA-F]))?/.exec(text) as RegExpExecArray // matches any text
  let at = match[0].length
  let radix = base
  if (match[2] !== undefined && base === 10) at -= 2
  else if (match[2] !== undefined) radix = 16
  else if (base === 0) radix = text[at] === '0' ? 8 : 10
  const digits = (radix === 16 ? /^[0-9a-fA-F]+/ : radix === 8 ? /^[0-7]+/ : /^[0-9]+/).exec(text.slice(at))
  if (digits === null) return { value: 0, rest: text, outOfRange: false }
  const magnitude = parseInt(digits[0], radix)
  const value = match[1] === '-' ? -magnitude : magnitude
  return { value, rest: text.slice(at + digits[0].length), outOfRange: magnitude >= LONG_LIMIT }
}

/** What strtod() made of a text. */
export function strtod(text: string): ParsedInteger {
  const match = /^[ \t\n\v\f\r]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)/.exec(text)
  if (match === null) return { value: 0, rest: text, outOfRange: false }
  return { value: Number(match[1]), rest: text.slice(match[0].length), outOfRange: false }
}

/** iputils' strtol_or_err(): a whole decimal number from `least` to `most`, or the program's error with status 1. */
export function integerOrError(program: string, text: string, least: number, most: number, mostText?: string): number {
  const { value, rest, outOfRange } = strtol(text)
  if (text === '' || rest !== '' || outOfRange) {
    const why = outOfRange ? `: ${strerror(ERANGE)}` : ''
    throw new ProgramError(`${program}: invalid argument: '${text}'${why}\n`, 1)
  }
  if (value < least || value > most) {
    const range = `${least} <= value <= ${mostText ?? most}`
    throw new ProgramError(`${program}: invalid argument: '${text}': out of range: ${range}\n`, 1)
  }
  return value
}

/** printf("%g"): six significant digits, without trailing zeros. */
export function formatG(value: number): string {
  if (value === 0) return '0'
  const exponent = Number(value.toExponential(5).split('e')[1])
  if (exponent < -4 || exponent >= 6) {
    const [mantissa, power] = value.toExponential(5).split('e')
    const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
    return `${short}e${power[0]}${power.slice(1).padStart(2, '0')}`
  }
  const fixed = value.toFixed(5 - exponent)
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed
}
