import { CLASSES, complement, isMember, otherCase, setOf, type CharacterSet } from './character-set.ts'
import { REGEX_MESSAGES, RegexError, type RegexSyntax } from './regex-syntax.ts'

interface Element {
  readonly kind: 'character' | 'class' | 'equivalence'
  readonly text: string
  readonly next: number
}

/** parse_bracket_exp() of glibc's regcomp.c: what stands between "[" (at - 1) and its "]". Throws RegexError. */
export function parseBracket(pattern: string, start: number, syntax: RegexSyntax): {
  readonly set: CharacterSet, readonly next: number,
} {
  let at = start
  const negated = pattern[at] === '^'
  if (negated) at++
  const codes = new Set<number>()
  const ranges: (readonly [number, number])[] = []
  const classes: CharacterSet[] = []
  for (let first = true; first || pattern[at] !== ']'; first = false) {
    const from = element(pattern, at, first, syntax)
    at = from.next
    if (from.kind === 'class') {
      // A class can begin no range.
      if (pattern[at] === '-' && at + 1 < pattern.length && pattern[at + 1] !== ']') {
        throw new RegexError(REGEX_MESSAGES.range)
      }
      classes.push(classNamed(from.text, syntax.ignoreCase))
      continue
    }
    const code = upper(codeOf(from), syntax.ignoreCase)
    if (pattern[at] !== '-' || pattern[at + 1] === ']') {
      codes.add(code)
      continue
    }
    const to = element(pattern, at + 1, true, syntax)
    at = to.next
    if (from.kind === 'equivalence' || to.kind !== 'character') throw new RegexError(REGEX_MESSAGES.range)
    const end = upper(codeOf(to), syntax.ignoreCase)
    // C.UTF-8 has no order beyond ASCII (build_range_exp(): lookup_collation_sequence_value()).
    if (code > 0x7f || end > 0x7f) throw new RegexError(REGEX_MESSAGES.collation)
    if (end < code) throw new RegexError(REGEX_MESSAGES.range)
    ranges.push([code, end])
  }
  const positive = setOf((code) => codes.has(code) || ranges.some(([low, high]) => code >= low && code <= high)
    || classes.some((set) => isMember(set, code)))
  // REG_ICASE compares capitals: [--a] has what stands between "-" and "A".
  const folded = syntax.ignoreCase ? setOf((code) => isMember(positive, upper(code, true))) : positive
  if (!negated) return { set: folded, next: at + 1 }
  const others = complement(folded)
  const set = syntax.newline ? setOf((code) => code !== 0x0a && isMember(others, code)) : others
  return { set, next: at + 1 }
}

function element(pattern: string, at: number, acceptHyphen: boolean, syntax: RegexSyntax): Element {
  if (at >= pattern.length) throw new RegexError(REGEX_MESSAGES.bracket)
  const c = String.fromCodePoint(pattern.codePointAt(at) ?? 0)
  const kind = pattern[at + 1]
  if (c === '[' && (kind === ':' || kind === '.' || kind === '=')) {
    const end = pattern.indexOf(`${kind}]`, at + 2)
    if (end < 0 || end - at - 2 >= 32) throw new RegexError(REGEX_MESSAGES.bracket)
    const what = kind === ':' ? 'class' : kind === '=' ? 'equivalence' : 'character'
    const text = pattern.slice(at + 2, end)
    if (what !== 'class' && [...text].length !== 1) throw new RegexError(REGEX_MESSAGES.collation)
    return { kind: what, text, next: end + 2 }
  }
  if (c === '-' && !acceptHyphen && pattern[at + 1] !== ']') {
    if (at + 1 >= pattern.length) throw new RegexError(REGEX_MESSAGES.bracket)
    throw new RegexError(REGEX_MESSAGES.range)
  }
  if (c === '\\' && syntax.bracketEscapes && at + 1 < pattern.length) {
    const escaped = String.fromCodePoint(pattern.codePointAt(at + 1) ?? 0)
    return { kind: 'character', text: escaped, next: at + 1 + escaped.length }
  }
  return { kind: 'character', text: c, next: at + c.length }
}

function codeOf(one: Element): number {
  return one.text.codePointAt(0) ?? 0
}

function upper(code: number, ignoreCase: boolean): number {
  if (!ignoreCase) return code
  const text = String.fromCodePoint(code)
  return otherCase(text) === text.toUpperCase() ? otherCase(text).codePointAt(0) ?? 0 : code
}

/** With REG_ICASE, [:upper:] and [:lower:] are [:alpha:] (build_charclass()). */
function classNamed(name: string, ignoreCase: boolean): CharacterSet {
  const set = CLASSES.get(ignoreCase && (name === 'upper' || name === 'lower') ? 'alpha' : name)
  if (set === undefined) throw new RegexError(REGEX_MESSAGES.className)
  return set
}
