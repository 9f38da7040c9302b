import type { History } from './history.ts'
import { splitWords } from './words.ts'

/** What became of a line: its text, or why it can't be expanded. */
export interface Expansion {
  readonly text: string
  readonly changed: boolean
  /** ":p" was asked for: shown and remembered, not run. */
  readonly printOnly: boolean
  /** "!nosuch: event not found"; null: none. */
  readonly error: string | null
}

class Failure extends Error {}


/**
 * Expands the references to the history in a line (bash(1), HISTORY EXPANSION). Not in single quotes, not behind a
 * backslash, not before a blank, "=" or, in double quotes, their end. quote: what is open from the line before.
 */
export function expandHistory(line: string, history: History, quote: '"' | "'" | '' = ''): Expansion {
  try {
    return new Expander(line, history).run(quote)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { text: line, changed: false, printOnly: false, error: error.message }
  }
}

class Expander {
  private at = 0
  private changed = false
  private printOnly = false
  /** For ":&". */
  private lastSubstitution: { readonly from: string, readonly to: string } | null = null

  constructor(private readonly line: string, private readonly history: History) {}

  run(given: '"' | "'" | ''): Expansion {
    const { line } = this
    let quote = given
    let text = ''
    if (quote === '' && line.startsWith('^')) return this.quick()
    while (this.at < line.length) {
      const char = line[this.at]
      if (quote !== "'" && char === '\\' && this.at + 1 < line.length) {
        text += line.slice(this.at, this.at + 2)
        this.at += 2
      } else if (quote !== "'" && char === '!' && this.begins(quote)) text += this.reference()
      else {
        if (quote === '' && (char === '"' || char === "'")) quote = char
        else if (char === quote) quote = ''
        text += char
        this.at++
      }
    }
    return { text, changed: this.changed, printOnly: this.printOnly, error: null }
  }

  private begins(quote: string): boolean {
    const next = this.line[this.at + 1]
    return next !== undefined && !/[\s=]/.test(next) && !(quote === '"' && next === '"')
  }

  /** ^old^new^ */
  private quick(): Expansion {
    const [, from, to, rest] = /^\^([^^]*)\^?([^^]*)\^?([^]*)$/.exec(this.line) ?? []
    const last = this.history.last()
    if (last === null) throw new Failure(`${this.line}: event not found`)
    if (!last.includes(from)) throw new Failure(`:s${this.line}: substitution failed`)
    return { text: last.replace(from, () => to) + rest, changed: true, printOnly: false, error: null }
  }

  private reference(): string {
    const start = this.at
    this.at++
    this.changed = true
    const event = this.event(start)
    const words = splitWords(event)
    const chosen = this.wordsOf(words, event)
    return this.modify(chosen)
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    const match = pattern.exec(this.line.slice(this.at))
    if (match !== null) this.at += match[0].length
    return match
  }

  private event(start: number): string {
    const found = this.find()
    if (found === null) throw new Failure(`${this.line.slice(start, this.at)}: event not found`)
    return found
  }

  private find(): string | null {
    const { history } = this
    const entries = history.entries()
    const newest = (fits: (entry: string) => boolean): string | null => [...entries].reverse().find(fits) ?? null
    if (this.take(/^!/) !== null) return history.last()
    const number = this.take(/^-?[0-9]+/)
    if (number !== null) {
      const n = Number(number[0])
      return n < 0 ? entries[entries.length + n] ?? null : history.numbered(n)
    }
    const containing = this.take(/^\?([^?\n]*)\??/)
    if (containing !== null) return newest((entry) => entry.includes(containing[1]))
    if (/^[$^*:%-]/.test(this.line.slice(this.at))) return history.last()
    const beginning = this.take(/^[^\s:^$*%;&|()<>"'\\-][^\s:;&|()<>"']*/)
    if (beginning === null) return history.last()
    return newest((entry) => entry.startsWith(beginning[0]))
  }

  /** The word designator: ":n", "^", "$", "*", "x-y". Without one: the whole event. */
  private wordsOf(words: readonly string[], event: string): string {
    const match = this.take(/^:?([$^*%])|^:([0-9]+|\^)?(-)([0-9]+|\$)?|^:([0-9]+)(\*)?|^(-)([0-9]+|\$)?/)
    if (match === null) return event
    const last = words.length - 1
    const [all, sign, from, dash, to, single, star] = match
    const range = (first: number, end: number): string => {
      if (first > last + 1 || end > last || first < 0) throw new Failure(`${all}: bad word specifier`)
      return words.slice(first, end + 1).join(' ')
    }
    if (sign === '^') return range(1, 1)
    if (sign === '$' || sign === '%') return range(last, last)
    if (sign === '*') return words.slice(1).join(' ')
    if (single !== undefined) return star === undefined ? range(Number(single), Number(single)) : range(Number(single), last)
    const first = from === undefined ? 0 : from === '^' ? 1 : Number(from)
    const end = (dash === undefined ? match[8] : to)
    return range(first, end === undefined ? last - 1 : end === '$' ? last : Number(end))
  }

  private modify(given: string): string {
    let text = given
    for (;;) {
      const match = this.take(/^:([gaG]?)(?:s(.)|([htrepqx&]))/)
      if (match === null) return text
      const [, global, delimiter, letter] = match
      if (delimiter !== undefined) text = this.substitute(text, delimiter, global)
      else if (letter === '&') text = this.again(text, global)
      else text = this.modifyBy(text, letter)
    }
  }

  private modifyBy(text: string, letter: string): string {
    switch (letter) {
      case 'h': return text.includes('/') ? text.slice(0, text.lastIndexOf('/')) || '/' : text
      case 't': return text.slice(text.lastIndexOf('/') + 1)
      case 'r': return text.replace(/\.[^./]*$/, '')
      case 'e': return /\.[^./]*$/.exec(text)?.[0] ?? ''
      case 'q': return `'${text.replaceAll("'", "'\\''")}'`
      case 'x': return text.split(/\s+/).map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
      default:
        this.printOnly = true
        return text
    }
  }

  private substitute(text: string, delimiter: string, global: string): string {
    const rest = this.line.slice(this.at)
    const parts: string[] = ['']
    let at = 0
    for (; at < rest.length && parts.length < 3; at++) {
      if (rest[at] === '\\' && rest[at + 1] === delimiter) parts[parts.length - 1] += rest[++at]
      else if (rest[at] === delimiter) parts.push('')
      else parts[parts.length - 1] += rest[at]
    }
    this.at += at
    this.lastSubstitution = {
      from: parts[0],
      to: (parts[1] ?? '').replace(/(^|[^\\])&/g, (_, before: string) => before + parts[0]),
    }
    return this.again(text, global)
  }

  private again(text: string, global: string): string {
    const last = this.lastSubstitution
    if (last === null || !text.includes(last.from)) {
      throw new Failure(`:s/${last?.from ?? ''}/${last?.to ?? ''}/: substitution failed`)
    }
    return global === '' ? text.replace(last.from, () => last.to) : text.replaceAll(last.from, () => last.to)
  }
}
