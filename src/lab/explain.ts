import type { z } from 'zod'
import type { Path, Report } from './findings.ts'
import { keyTableOf, ownerOf, rivalOf, wordsOf, type KeyTable } from './schema-words.ts'
import { nearest, orList } from './suggest.ts'
import { Refusal, show } from './units.ts'

/**
 * Turns what zod says into what a person needs: from the alternatives of a union the one that was meant, for each key
 * that is not known the nearest that is, and no complaint that follows from another.
 */

type Issue = z.core.$ZodIssue

/**
 * Reports all `issues` that the schema found in `input`, and notes in report.cut the values that are not to be read.
 */
export function explain(issues: readonly Issue[], input: unknown, report: Report): void {
  explainAll(issues, [], input, report)
}

function explainAll(issues: readonly Issue[], prefix: Path, input: unknown, report: Report): void {
  const excused = new Set<string>()
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      const all = issues.map((one) => [...prefix, ...pathOf(one)])
      explainKeys(issue, [...prefix, ...pathOf(issue)], all, input, report, excused)
    }
  }
  for (const issue of issues) {
    const path = [...prefix, ...pathOf(issue)]
    if (issue.code === 'unrecognized_keys' || excused.has(JSON.stringify(path))) continue
    if (issue.code === 'invalid_union') explainUnion(issue, path, input, report)
    else if (issue.code === 'invalid_key') explainKey(issue, path, report)
    else explainValue(issue, path, input, report)
  }
}

function pathOf(issue: Issue): Path {
  return issue.path.map((step) => typeof step === 'symbol' ? String(step) : step)
}

/** Reports keys that the map at `path` does not know, and excuses the missing ones that they were meant to be. */
function explainKeys(issue: Issue & { code: 'unrecognized_keys' }, path: Path, all: readonly Path[], input: unknown,
  report: Report, excused: Set<string>): void {
  const table = keyTableOf(issue.message)
  for (const key of issue.keys) {
    if (path.length === 0 && key.startsWith('x-')) continue
    const keyPath = [...path, key]
    report.cut.push(keyPath)
    if (!table) {
      report.error(keyPath, `unknown key ${show(key)}`, '', 'key')
      continue
    }
    const refused = Object.hasOwn(table.refused, key) ? table.refused[key] : null
    if (refused) {
      report.error(keyPath, refused.message, refused.hint, 'key')
      for (const other of all) if (valueAt(input, other) === undefined) excused.add(JSON.stringify(other))
      continue
    }
    const known = valueAt(input, path)
    const free = table.keys.filter((name) => !(known !== null && typeof known === 'object'
      && Object.hasOwn(known, name)))
    const meant = nearest(key, free)
    if (meant !== null) {
      excused.add(JSON.stringify([...path, meant]))
      report.cut.push([...path, meant])
    }
    const rival = meant === null ? rivalOf(key, table, known) : null
    if (rival !== null) report.error(keyPath, `${show(key)} and ${show(rival)} do not go together`, '', 'key')
    else report.error(keyPath, `${show(key)} is not a key of ${table.noun}`, keyHint(key, meant, table), 'key')
  }
}

function keyHint(key: string, meant: string | null, table: KeyTable): string {
  if (meant !== null) return `did you mean ${show(meant)}?`
  const owner = ownerOf(key)
  if (owner !== null && owner !== table.noun) return `it belongs in ${owner}`
  return `expected ${orList(table.keys)}`
}

function explainKey(issue: Issue & { code: 'invalid_key' }, path: Path, report: Report): void {
  report.cut.push(path)
  for (const inner of issue.issues) {
    const refusal = refusalOf(inner)
    if (refusal) report.error(path, refusal.message, refusal.hint, 'key')
    else report.error(path, `${show(path.at(-1))} is not ${wordsOf(inner.message)?.noun ?? 'a key'}`, '', 'key')
  }
}

function explainUnion(issue: Issue & { code: 'invalid_union' }, path: Path, input: unknown, report: Report): void {
  const fitting = issue.errors.filter((errors) => !errors.some(isWrongType))
  if (fitting.length === 0) {
    explainValue(issue, path, input, report)
    return
  }
  let best = fitting[0]
  for (const errors of fitting) if (distanceOf(errors) < distanceOf(best)) best = errors
  explainAll(best, path, input, report)
}

/** The value as a whole is of another type: this alternative was not meant. */
function isWrongType(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_union'
    && issue.errors.every(
    (errors) => errors.some(isWrongType)))
}

/** How far a map is from an alternative: keys that it does not know weigh more than keys that are missing. */
function distanceOf(errors: readonly Issue[]): number {
  return errors.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 2 * issue.keys.length : 1), 0)
}

function explainValue(issue: Issue, path: Path, input: unknown, report: Report): void {
  const value = valueAt(input, path)
  const refusal = refusalOf(issue)
  const words = wordsOf(issue.message)
  if (value === undefined) {
    report.error(path, `${show(String(path.at(-1)))} is missing`, words ? `expected ${words.expected}` : '')
    return
  }
  report.cut.push(path)
  if (refusal) {
    report.error(path, refusal.message, refusal.hint)
    return
  }
  const what = value === null && path.length > 0 ? `${show(String(path.at(-1)))} is empty`
    : `${show(value)} is not ${words?.noun ?? issue.message}`
  const meant = issue.code === 'invalid_value' && typeof value === 'string'
    ? nearest(value, issue.values.map(String)) : null
  const hint = words ? `expected ${words.expected}` : ''
  report.error(path, what, meant === null ? hint : `${hint}; did you mean ${show(meant)}?`)
}

function refusalOf(issue: Issue): Refusal | null {
  const refusal: unknown = issue.code === 'custom' ? issue.params?.refusal : null
  return refusal instanceof Refusal ? refusal : null
}

/** The value at `path`; undefined where it leads nowhere. */
export function valueAt(input: unknown, path: Path): unknown {
  let value = input
  for (const step of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

/** A deep copy without the values at `cut`; in lists their places stay, as undefined. */
export function without(input: unknown, cut: readonly Path[]): unknown {
  return copy(input, cut, 0)
}

function copy(value: unknown, cut: readonly Path[], depth: number): unknown {
  if (cut.some((path) => path.length === depth)) return undefined
  if (value === null || typeof value !== 'object') return value
  const below = (step: string | number): readonly Path[] => cut.filter((path) => path[depth] === step)
  if (Array.isArray(value)) return value.map((item, i) => copy(item, below(i), depth + 1))
  const result: Record<string, unknown> = Object.create(null)
  for (const key of Object.keys(value)) {
    const item = copy((value as Record<string, unknown>)[key], below(key), depth + 1)
    if (item !== undefined) result[key] = item
  }
  return result
}
