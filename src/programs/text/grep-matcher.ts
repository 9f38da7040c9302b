import { isMember, WORD } from './character-set.ts'
import { compileRegex, Regex } from './regex.ts'

export interface MatcherOptions {
  /** E, F or G. */
  readonly kind: string
  readonly ignoreCase: boolean
  /** -w */
  readonly words: boolean
  /** -x */
  readonly lines: boolean
}

/** grep's patterns together: a line is searched for all of them, the leftmost longest match counts. */
export class GrepMatcher {
  /** The first mistake in a pattern, or null. */
  readonly error: string | null = null
  readonly warnings: string[] = []
  private readonly regexes: Regex[] = []

  constructor(patterns: readonly string[], private readonly options: MatcherOptions) {
    for (const pattern of patterns) {
      const fixed = options.kind === 'F'
      const extended = options.kind === 'E'
      const source = fixed ? pattern.replace(/[\\[.*^$]/g, '\\$&') : pattern
      const regex = compileRegex(source, { extended, ignoreCase: options.ignoreCase, dialect: 'grep' })
      if (!(regex instanceof Regex)) {
        this.error = regex.message
        return
      }
      if (/^\[:[a-z]*:\]$/.test(source) || /(?<!\[)\[:[a-z]+:\](?!\])/.test(source)) {
        this.error = 'character class syntax is [[:space:]], not [:space:]'
        return
      }
      if (extended) this.warn(source)
      this.regexes.push(regex)
    }
  }

  matches(text: string): boolean {
    return this.find(text, 0) !== null
  }

  /** All matches that are not empty, from left to right. */
  all(text: string): (readonly [number, number])[] {
    const found: (readonly [number, number])[] = []
    for (let at = 0; at <= text.length;) {
      const match = this.find(text, at)
      if (match === null) break
      const [start, end] = match
      if (end > start) found.push(match)
      at = end > start ? end : start + 1
    }
    return found
  }

  private find(text: string, from: number): readonly [number, number] | null {
    let best: readonly [number, number] | null = null
    for (const regex of this.regexes) {
      const found = this.options.lines ? wholeLine(regex, text, from)
        : this.options.words ? wordMatch(regex, text, from) : regex.search(text, from)
      if (found === null) continue
      if (best === null || found[0] < best[0] || (found[0] === best[0] && found[1] > best[1])) best = found
    }
    return best
  }

  /** dfa.c's warnings, which stop nothing: an operator without anything before it. */
  private warn(pattern: string): void {
    for (const [, operator] of pattern.matchAll(/(?:^|(?<!\\)[(|^])([*+?]|\{[0-9]*,?[0-9]*\})/g)) {
      this.warnings.push(`${operator.startsWith('{') ? '{...}' : operator} at start of expression`)
    }
  }
}

function wholeLine(regex: Regex, text: string, from: number): readonly [number, number] | null {
  if (from > 0) return null
  const found = regex.search(text, 0, { anchored: true })
  return found !== null && found[1] === text.length ? found : null
}

/** EGexecute()'s way with -w: a match between non-words; else a shorter one from there, else one further on. */
function wordMatch(regex: Regex, text: string, from: number): readonly [number, number] | null {
  for (let at = from; at <= text.length;) {
    const found = regex.search(text, at)
    if (found === null) return null
    const [start] = found
    let end = found[1]
    for (;;) {
      if (!wordAt(text, start - 1) && !wordAt(text, end)) return [start, end]
      if (end <= start) break
      const shorter = wordAt(text, start - 1) ? null : regex.search(text, start, { anchored: true, limit: end - 1 })
      if (shorter === null) break
      end = shorter[1]
    }
    at = start + 1
  }
  return null
}

function wordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && isMember(WORD, text.charCodeAt(at))
}
