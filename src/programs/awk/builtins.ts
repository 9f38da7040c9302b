import { CAPTURE_EPOCH_SECONDS } from '../../capture/capture-file.ts'
import { fromByteString, toByteString } from '../byte-string.ts'
import { strftime, utcSeconds } from '../strftime.ts'
import type { Regex } from '../text/regex.ts'
import { AwkArray } from './array.ts'
import type { Interpreter } from './interpreter.ts'
import { atan2, cos, exp, log, sin } from './mathematics.ts'
import type { Waiting } from './reader.ts'
import { splitText } from './record.ts'
import { type Expression, InputText, type Name, type Reference, type Value } from './tree.ts'
import { checkLength, sprintf, toInteger, toNumber } from './values.ts'

const FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  sin, cos, exp, log, sqrt: Math.sqrt, int: Math.trunc,
}

/** Calls one of awk's own functions. */
export function *builtin(awk: Interpreter, name: string, args: readonly Expression[]): Waiting<Value> {
  if (name === 'sub' || name === 'gsub') return yield* substitute(awk, name === 'gsub', args)
  if (name === 'split') return yield* split(awk, args)
  if (name === 'match') return yield* match(awk, args)
  const values: Value[] = []
  for (const arg of args) values.push(yield* awk.value(arg))
  const [first, second, third] = values
  if (name in FUNCTIONS) return FUNCTIONS[name](toNumber(first))
  switch (name) {
    case 'length': return awk.text(args.length === 0 ? awk.record.get(0) : first).length
    case 'index': return awk.text(first).indexOf(awk.text(second)) + 1
    case 'substr': return substr(awk.text(first), toNumber(second), args.length > 2 ? toNumber(third) : null)
    case 'sprintf': return sprintf(awk.text(first), values.slice(1), awk.textOf('CONVFMT'), 'sprintf')
    case 'toupper': return awk.text(first).replace(/[a-z]+/g, (letters) => letters.toUpperCase())
    case 'tolower': return awk.text(first).replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    case 'atan2': return atan2(toNumber(first), toNumber(second))
    case 'rand': return awk.random.fraction()
    case 'srand': return awk.seed(args.length === 0 ? null : first)
    case 'close': return yield* awk.streams.close(awk.text(first))
    case 'system': return yield* awk.streams.system(awk.text(first))
    case 'fflush': return flush(awk, args.length === 0 ? null : awk.text(first))
    default: return time(awk, name, values)
  }
}

function substr(text: string, begin: number, length: number | null): string {
  const start = toInteger(begin)
  if (length === null) return text.slice(Math.max(start, 1) - 1)
  const count = start < 1 ? toInteger(length) - start | 0 : toInteger(length) // a start before the text makes it longer
  return count <= 0 ? '' : text.slice(Math.max(start, 1) - 1, Math.max(start, 1) - 1 + count)
}

function flush(awk: Interpreter, name: string | null): number {
  if (name === null || name === '') {
    awk.streams.flushAll()
    return 0
  }
  return awk.streams.flush(name)
}

function time(awk: Interpreter, name: string, values: readonly Value[]): Value {
  const now = CAPTURE_EPOCH_SECONDS + Math.floor(awk.process.nowNs / 1e9)
  if (name === 'systime') return now
  if (name === 'mktime') {
    const parts = awk.text(values[0]).trim().split(/[ \t]+/).map((part) => toInteger(toNumber(part)))
    if (parts.length < 6) return -1
    const [year, month, day, hour, minute, second] = parts
    return utcSeconds(year, month, day, hour, minute, second)
  }
  const format = values.length > 0 ? awk.text(values[0]) : '%c'
  const moment = values.length > 1 ? Math.trunc(toNumber(values[1])) : now
  return toByteString(strftime(fromByteString(format), moment))
}

function *match(awk: Interpreter, args: readonly Expression[]): Waiting<Value> {
  const text = awk.text(yield* awk.value(args[0]))
  const found = (yield* awk.patternOf(args[1])).search(text, 0)
  awk.setVariable('RSTART', found === null ? 0 : found[0] + 1)
  awk.setVariable('RLENGTH', found === null ? -1 : found[1] - found[0])
  return found === null ? 0 : found[0] + 1
}

function *split(awk: Interpreter, args: readonly Expression[]): Waiting<Value> {
  const text = awk.text(yield* awk.value(args[0]))
  const array = awk.arrayOf(args[1] as Name) // the parser saw to it
  const by = args[2]
  const separator = by === undefined ? awk.separator(awk.textOf('FS'))
    : by.kind === 'regex' ? awk.pattern(by.source) : awk.separator(awk.text(yield* awk.value(by)))
  const parts = splitText(text, separator)
  array.become(AwkArray.ofParts(parts.map((part) => new InputText(part))))
  return parts.length
}

function *substitute(awk: Interpreter, all: boolean, args: readonly Expression[]): Waiting<Value> {
  const pattern = yield* awk.patternOf(args[0])
  const replacement = awk.text(yield* awk.value(args[1]))
  const target = (args[2] ?? WHOLE) as Reference // the parser saw to it
  const text = awk.text(yield* awk.value(target))
  const { result, count } = replace(text, pattern, replacement, all)
  if (count > 0) yield* awk.assign(target, result)
  return count
}

const WHOLE: Reference = { kind: 'field', index: { kind: 'number', value: 0 } }

function replace(text: string, pattern: Regex, replacement: string, all: boolean): { result: string, count: number } {
  let result = ''
  let count = 0
  let from = 0
  let after = -1 // where the match before ended: an empty one may not touch it
  while (from <= text.length) {
    const found = pattern.search(text, from, { notBol: from > 0 })
    if (found === null) break
    const [at, end] = found
    result += text.slice(from, at)
    if (end > at || at !== after) {
      result += replacement.replace(/\\\\|\\&|&/g, (sign) => sign === '\\&' ? '&'
        : sign === '&' ? text.slice(at, end) : '\\')
      count++
      checkLength(result.length)
    }
    from = end
    if (end === at) {
      result += text.slice(at, at + 1)
      from = at + 1
    } else after = end
    if (!all) break
  }
  return { result: result + text.slice(from), count }
}
