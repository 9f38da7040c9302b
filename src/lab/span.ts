import { LabError } from './errors.ts'
import { parseDuration, Refusal } from './units.ts'

/** A span of time: nanoseconds, or in words, "30s". */
export type Span = number | string

/** A span in ns. Throws LabError that names `call`. */
export function spanNs(span: Span, call: string): number {
  const result = typeof span === 'number' ? checkNs(span) : parseDuration(span)
  if (!(result instanceof Refusal)) return result
  throw new LabError([{ file: call, line: 0, column: 0, path: '', message: result.message, hint: result.hint }])
}

function checkNs(ns: number): number | Refusal {
  if (Number.isSafeInteger(ns) && ns >= 0) return ns
  return new Refusal(`${ns} is not a time`, 'expected whole nanoseconds from 0')
}
