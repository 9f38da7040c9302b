import { classMatches } from './character-class.ts'

/**
 * Patterns of file names, `case`, `[[ ]]` and `${x#…}`: bash's glob with extended patterns (bash(1), Pattern Matching).
 * In a pattern a backslash makes the next character literal; expansion writes quoted text so.
 *
 * A pattern is matched by sets of positions: each of its nodes takes the positions at which it may begin to those at
 * which it may end. That is linear in the pattern whatever it holds, and makes !(…) a plain set difference.
 */
type Node =
  | { readonly kind: 'char', readonly char: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'set', readonly set: CharacterSet }
  | { readonly kind: 'group', readonly operator: string, readonly alternatives: readonly Sequence[] }

type Sequence = readonly Node[]

/** [a-z_[:digit:]] */
interface CharacterSet {
  readonly negated: boolean
  readonly singles: ReadonlySet<string>
  readonly ranges: readonly (readonly [number, number])[]
  readonly classes: readonly string[]
}

export interface PatternOptions {
  readonly extglob: boolean
  readonly ignoreCase?: boolean
}

const compiled = new Map<string, Pattern>()
const COMPILED_LIMIT = 500

/** The compiled form of a pattern; the last few hundred are kept. */
export function compilePattern(text: string, options: PatternOptions): Pattern {
  const key = `${options.extglob ? 'x' : '-'}${options.ignoreCase === true ? 'i' : '-'}${text}`
  let pattern = compiled.get(key)
  if (pattern === undefined) {
    pattern = new Pattern(text, options)
    if (compiled.size >= COMPILED_LIMIT) compiled.clear()
    compiled.set(key, pattern)
  }
  return pattern
}

export class Pattern {
  private readonly sequence: Sequence
  private readonly ignoreCase: boolean
  /** Set when the pattern is plain text. */
  readonly literal: string | null

  constructor(text: string, options: PatternOptions) {
    this.sequence = new PatternParser(Array.from(text), options.extglob).parse()
    this.ignoreCase = options.ignoreCase === true
    const plain = this.sequence.every((node) => node.kind === 'char')
    this.literal = plain && !this.ignoreCase
      ? this.sequence.map((node) => node.kind === 'char' ? node.char : '').join('') : null
  }

  /** Whether it stands for the whole of `text`. */
  matches(text: string): boolean {
    if (this.literal !== null) return this.literal === text
    const chars = Array.from(text)
    return this.walk(this.sequence, chars, new Set([0])).has(chars.length)
  }

  /** Ends of the matches that begin at `start`, in characters, in no order. */
  ends(chars: readonly string[], start: number): ReadonlySet<number> {
    return this.walk(this.sequence, chars, new Set([start]))
  }

  private walk(sequence: Sequence, chars: readonly string[], starts: ReadonlySet<number>): ReadonlySet<number> {
    let at = starts
    for (const node of sequence) {
      if (at.size === 0) break
      at = this.step(node, chars, at)
    }
    return at
  }

  private step(node: Node, chars: readonly string[], starts: ReadonlySet<number>): ReadonlySet<number> {
    const ends = new Set<number>()
    switch (node.kind) {
      case 'star': {
        let first = Infinity
        for (const start of starts) first = Math.min(first, start)
        for (let end = first; end <= chars.length; end++) ends.add(end)
        return ends
      }
      case 'any':
        for (const start of starts) if (start < chars.length) ends.add(start + 1)
        return ends
      case 'char':
        for (const start of starts) if (start < chars.length && this.same(chars[start], node.char)) ends.add(start + 1)
        return ends
      case 'set':
        for (const start of starts) if (start < chars.length && this.inSet(chars[start], node.set)) ends.add(start + 1)
        return ends
      case 'group':
        return this.group(node.operator, node.alternatives, chars, starts)
    }
  }

  private group(operator: string, alternatives: readonly Sequence[], chars: readonly string[],
    starts: ReadonlySet<number>): ReadonlySet<number> {
    const once = (from: ReadonlySet<number>): Set<number> => {
      const ends = new Set<number>()
      for (const one of alternatives) for (const end of this.walk(one, chars, from)) ends.add(end)
      return ends
    }
    if (operator === '!') {
      const ends = new Set<number>()
      for (const start of starts) {
        const taken = once(new Set([start]))
        for (let end = start; end <= chars.length; end++) if (!taken.has(end)) ends.add(end)
      }
      return ends
    }
    const all = new Set(operator === '?' || operator === '*' ? starts : [])
    let from: ReadonlySet<number> = starts
    do {
      const fresh = new Set<number>()
      for (const end of once(from)) {
        if (all.has(end)) continue
        all.add(end)
        fresh.add(end)
      }
      from = fresh
    } while (from.size > 0 && (operator === '*' || operator === '+'))
    return all
  }

  private same(a: string, b: string): boolean {
    return a === b || this.ignoreCase && a.toLowerCase() === b.toLowerCase()
  }

  private inSet(char: string, set: CharacterSet): boolean {
    const forms = this.ignoreCase ? [char.toLowerCase(), char.toUpperCase()] : [char]
    const found = forms.some((form) => {
      const code = form.codePointAt(0) ?? 0
      return set.singles.has(form) || set.ranges.some(([from, to]) => code >= from && code <= to)
        || set.classes.some((name) => classMatches(name, form))
    })
    return found !== set.negated
  }
}

class PatternParser {
  private at = 0

  constructor(private readonly chars: readonly string[], private readonly extglob: boolean) {}

  parse(): Sequence {
    return this.sequence(false)
  }

  private sequence(inGroup: boolean): Sequence {
    const nodes: Node[] = []
    while (this.at < this.chars.length) {
      const char = this.chars[this.at]
      if (inGroup && (char === '|' || char === ')')) break
      const group = this.extglob && '?*+@!'.includes(char) && this.chars[this.at + 1] === '(' ? this.group() : null
      if (group !== null) {
        nodes.push(group)
        continue
      }
      this.at++
      if (char === '*') {
        if (nodes.length === 0 || nodes[nodes.length - 1].kind !== 'star') nodes.push({ kind: 'star' })
      } else if (char === '?') nodes.push({ kind: 'any' })
      else if (char === '[') nodes.push(this.set())
      else if (char === '\\' && this.at < this.chars.length) nodes.push({ kind: 'char', char: this.chars[this.at++] })
      else nodes.push({ kind: 'char', char })
    }
    return nodes
  }

  /** A group at the present position, or null when it is not closed: then its characters stand for themselves. */
  private group(): Node | null {
    const from = this.at
    const operator = this.chars[from]
    this.at += 2
    const alternatives: Sequence[] = []
    for (;;) {
      alternatives.push(this.sequence(true))
      const end = this.chars[this.at++]
      if (end === ')') return { kind: 'group', operator, alternatives }
      if (end === undefined) {
        this.at = from
        return null
      }
    }
  }

  /** Behind "[". One that is never closed stands for itself. */
  private set(): Node {
    const from = this.at
    const negated = this.chars[this.at] === '!' || this.chars[this.at] === '^'
    if (negated) this.at++
    const singles = new Set<string>()
    const ranges: [number, number][] = []
    const classes: string[] = []
    for (let first = true; ; first = false) {
      const char = this.chars[this.at]
      if (char === undefined) break
      if (char === ']' && !first) {
        this.at++
        return { kind: 'set', set: { negated, singles, ranges, classes } }
      }
      const name = this.className()
      if (name !== null) {
        classes.push(name)
        continue
      }
      const low = this.member()
      if (this.chars[this.at] === '-' && this.chars[this.at + 1] !== ']' && this.chars[this.at + 1] !== undefined) {
        this.at++
        const high = this.member()
        ranges.push([low.codePointAt(0) ?? 0, high.codePointAt(0) ?? 0])
      } else singles.add(low)
    }
    this.at = from
    return { kind: 'char', char: '[' }
  }

  private member(): string {
    const char = this.chars[this.at++]
    if (char === '\\' && this.at < this.chars.length) return this.chars[this.at++]
    const next = this.chars[this.at]
    if (char === '[' && (next === '.' || next === '=') && this.chars[this.at + 2] === next
      && this.chars[this.at + 3] === ']') {
      const inner = this.chars[this.at + 1]
      this.at += 4
      return inner
    }
    return char
  }

  private className(): string | null {
    if (this.chars[this.at] !== '[' || this.chars[this.at + 1] !== ':') return null
    const match = /^\[:([a-z]+):\]/.exec(this.chars.slice(this.at, this.at + 12).join(''))
    if (match === null) return null
    this.at += match[0].length
    return match[1]
  }
}

/** Writes text so that a pattern takes it literally. */
export function escapePattern(text: string): string {
  return /[\\*?[\]()|!@+^-]/.test(text) ? text.replace(/[\\*?[\]()|!@+^-]/g, '\\$&') : text
}

/** Whether an unquoted special character makes a pattern of it; else it is only text. */
export function isPattern(text: string, extglob: boolean): boolean {
  if (!/[*?[(]/.test(text)) return false
  const bare = text.replace(/\\[^]/g, '')
  return /[*?]|\[[^]*\]/.test(bare) || extglob && /[@+!]\(/.test(bare)
}
