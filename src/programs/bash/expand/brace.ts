import { ShellError } from '../flow.ts'

/**
 * Brace expansion: {a,b}, {1..9..2}, {a..e}. It works on the text of a word before anything else is looked at, and knows
 * of quoting only what it must not look into (bash(1), Brace Expansion).
 */

/** Words that one brace expansion may make. */
export const BRACE_LIMIT = 1_000_000

/** The words that a word's text stands for; itself alone when it holds no brace expansion. */
export function expandBraces(text: string): string[] {
  if (!text.includes('{')) return [text]
  const found = findBrace(text, 0)
  if (found === null) return [text]
  const before = text.slice(0, found.open)
  const middles = found.sequence ?? found.parts.flatMap((part) => expandBraces(part))
  const after = expandBraces(text.slice(found.close + 1))
  if (middles.length * after.length > BRACE_LIMIT) {
    throw new ShellError(`netarium: a brace expansion makes more than ${BRACE_LIMIT} words: not modelled`, 1, true)
  }
  return middles.flatMap((middle) => after.map((rest) => before + middle + rest))
}

interface Brace {
  readonly open: number
  readonly close: number
  readonly parts: readonly string[]
  readonly sequence: readonly string[] | null
}

/** The first brace expansion of the text from `from` on. */
function findBrace(text: string, from: number): Brace | null {
  for (let at = from; at < text.length; at = skip(text, at)) {
    if (text[at] !== '{') continue
    const brace = braceAt(text, at)
    if (brace !== null) return brace
  }
  return null
}

function braceAt(text: string, open: number): Brace | null {
  const commas: number[] = []
  let depth = 0
  for (let at = open + 1; at < text.length; at = skip(text, at)) {
    const char = text[at]
    if (char === '{') depth++
    else if (char === '}' && depth > 0) depth--
    else if (char === ',' && depth === 0) commas.push(at)
    else if (char === '}') {
      if (commas.length === 0) {
        const sequence = sequenceOf(text.slice(open + 1, at))
        return sequence === null ? null : { open, close: at, parts: [], sequence }
      }
      const cuts = [open, ...commas, at]
      const parts = cuts.slice(1).map((cut, index) => text.slice(cuts[index] + 1, cut))
      return { open, close: at, parts, sequence: null }
    }
  }
  return null
}

/** The next place to look at: behind a quoted text, an expansion or one character. */
function skip(text: string, at: number): number {
  const char = text[at]
  if (char === '\\') return at + 2
  if (char === "'") return behind(text.indexOf("'", at + 1), text)
  if (char === '"' || char === '`') {
    for (let end = at + 1; end < text.length; end++) {
      if (text[end] === '\\') end++
      else if (text[end] === char) return end + 1
    }
    return text.length
  }
  if (char === '$' && (text[at + 1] === '{' || text[at + 1] === '(')) return closing(text, at + 1)
  if ((char === '<' || char === '>') && text[at + 1] === '(') return closing(text, at + 1)
  return at + 1
}

function behind(at: number, text: string): number {
  return at < 0 ? text.length : at + 1
}

function closing(text: string, open: number): number {
  const [opens, closes] = text[open] === '{' ? ['{', '}'] : ['(', ')']
  let depth = 0
  for (let at = open; at < text.length; ) {
    if (text[at] === opens) depth++
    else if (text[at] === closes && --depth === 0) return at + 1
    at = at === open ? at + 1 : skip(text, at)
  }
  return text.length
}

/** Of the characters between Z and a, the backslash quotes nothing. */
function quoted(char: string): string {
  return char === '\\' ? "''" : /[A-Za-z]/.test(char) ? char : `\\${char}`
}

function sequenceOf(inner: string): string[] | null {
  const match = /^(?:([+-]?[0-9]+)\.\.([+-]?[0-9]+)|([A-Za-z])\.\.([A-Za-z]))(?:\.\.([+-]?[0-9]+))?$/.exec(inner)
  if (match === null) return null
  const [, low, high, first, last, stepText] = match
  const numeric = low !== undefined
  const from = numeric ? Number(low) : first.charCodeAt(0)
  const to = numeric ? Number(high) : last.charCodeAt(0)
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) return null
  const step = Math.max(1, Math.abs(Number(stepText ?? 1)))
  const count = Math.floor(Math.abs(to - from) / step) + 1
  if (count > BRACE_LIMIT) {
    throw new ShellError(`netarium: a brace expansion makes more than ${BRACE_LIMIT} words: not modelled`, 1, true)
  }
  const width = numeric && [low, high].some((text) => /^[+-]?0[0-9]/.test(text)) ? Math.max(low.length, high.length) : 0
  const direction = from <= to ? step : -step
  return Array.from({ length: count }, (_, index) => {
    const value = from + index * direction
    if (!numeric) return quoted(String.fromCharCode(value))
    const digits = String(Math.abs(value))
    return value < 0 ? `-${digits.padStart(width - 1, '0')}` : digits.padStart(width, '0')
  })
}
