import type { Process } from '../host/process.ts'
import { toByteString } from './byte-string.ts'
import { EXPR_VERSION, exprHelp } from './printf-help.ts'
import { messageQuote } from './shell-quote.ts'
import { compileRegex, RegexError } from './text/regex.ts'

/** Brackets and functions inside of each other. */
export const EXPR_NESTING_LIMIT = 300

/** Hexadecimal digits that a number may have: products of products grow without end otherwise. */
export const EXPR_DIGITS_LIMIT = 100_000

/**
 * expr of coreutils 9.1: POSIX's operators over whole numbers of any size, and texts, with length, match, index and
 * substr. What need not be evaluated is still read, and its mistakes are told only when they are of grammar.
 */
export async function expr(process: Process): Promise<number> {
  const name = process.argv[0]
  let words = process.argv.slice(1)
  if (words.length === 1 && /^--(?:h|he|hel|help|v|ve|ver|vers|versi|versio|version)$/.test(words[0])) {
    process.stdout.write(words[0].startsWith('--h') ? exprHelp(name) : EXPR_VERSION)
    return 0
  }
  if (words[0] === '--') words = words.slice(1)
  if (words.length === 0) {
    process.stderr.write(`${name}: missing operand\nTry '${name} --help' for more information.\n`)
    return 2
  }
  try {
    const value = new Evaluation(words).all()
    process.stdout.write(`${value}\n`)
    return isNull(value) ? 1 : 0
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    process.stderr.write(`${name}: ${error.message}\n`)
    return 2
  }
}

class Mistake extends Error {}

/** A number is a value that arithmetic made; a text may look like one. */
type Value = bigint | string

function isNull(value: Value): boolean {
  return typeof value === 'bigint' ? value === 0n : /^(?:|-?0+)$/.test(value)
}

function looksLikeInteger(value: Value): boolean {
  return typeof value === 'bigint' || /^-?[0-9]+$/.test(value)
}

function toInteger(value: Value): bigint {
  if (!looksLikeInteger(value)) throw new Mistake('non-integer argument')
  return limited(BigInt(value))
}

function limited(value: bigint): bigint {
  if (value.toString(16).length > EXPR_DIGITS_LIMIT) throw new Mistake('memory exhausted')
  return value
}

const COMPARISONS = ['<', '<=', '=', '==', '!=', '>=', '>'] as const

class Evaluation {
  private at = 0
  private depth = 0

  constructor(private readonly words: readonly string[]) {}

  all(): Value {
    const value = this.or(true)
    if (this.at < this.words.length) {
      throw new Mistake(`syntax error: unexpected argument ${messageQuote(this.words[this.at])}`)
    }
    return value
  }

  private next<T extends string>(...operators: readonly T[]): T | null {
    const found = operators.find((operator) => operator === this.words[this.at])
    if (found !== undefined) this.at++
    return found ?? null
  }

  private requireMore(): void {
    if (this.at < this.words.length) return
    throw new Mistake(`syntax error: missing argument after ${messageQuote(this.words[this.at - 1])}`)
  }

  private nested(parse: () => Value): Value {
    if (++this.depth > EXPR_NESTING_LIMIT) throw new Mistake('memory exhausted')
    const value = parse()
    this.depth--
    return value
  }

  private or(evaluate: boolean): Value {
    let left = this.and(evaluate)
    while (this.next('|') !== null) {
      const right = this.and(evaluate && isNull(left))
      if (isNull(left)) left = isNull(right) ? 0n : right
    }
    return left
  }

  private and(evaluate: boolean): Value {
    let left = this.comparison(evaluate)
    while (this.next('&') !== null) {
      const right = this.comparison(evaluate && !isNull(left))
      if (isNull(left) || isNull(right)) left = 0n
    }
    return left
  }

  private comparison(evaluate: boolean): Value {
    let left = this.sum(evaluate)
    for (let operator = this.next(...COMPARISONS); operator !== null; operator = this.next(...COMPARISONS)) {
      const right = this.sum(evaluate)
      left = evaluate && compare(left, operator, right) ? 1n : 0n
    }
    return left
  }

  private sum(evaluate: boolean): Value {
    let left = this.product(evaluate)
    for (let operator = this.next('+', '-'); operator !== null; operator = this.next('+', '-')) {
      const right = this.product(evaluate)
      if (evaluate) left = limited(toInteger(left) + (operator === '+' ? toInteger(right) : -toInteger(right)))
    }
    return left
  }

  private product(evaluate: boolean): Value {
    let left = this.match(evaluate)
    for (let operator = this.next('*', '/', '%'); operator !== null; operator = this.next('*', '/', '%')) {
      const right = this.match(evaluate)
      if (!evaluate) continue
      const [one, other] = [toInteger(left), toInteger(right)]
      if (operator !== '*' && other === 0n) throw new Mistake('division by zero')
      left = limited(operator === '*' ? one * other : operator === '/' ? one / other : one % other)
    }
    return left
  }

  private match(evaluate: boolean): Value {
    let left = this.keyword(evaluate)
    while (this.next(':') !== null) {
      const right = this.keyword(evaluate)
      if (evaluate) left = matchOf(String(left), String(right))
    }
    return left
  }

  private keyword(evaluate: boolean): Value {
    return this.nested(() => this.keywordOrPrimary(evaluate))
  }

  private keywordOrPrimary(evaluate: boolean): Value {
    const word = this.next('+', 'length', 'match', 'index', 'substr')
    if (word === null) return this.primary(evaluate)
    if (word === '+') {
      this.requireMore()
      return this.words[this.at++]
    }
    const first = String(this.keyword(evaluate))
    if (word === 'length') return BigInt([...first].length)
    const second = this.keyword(evaluate)
    if (word === 'match') return evaluate ? matchOf(first, String(second)) : first
    if (word === 'index') return BigInt([...first].findIndex((letter) => [...String(second)].includes(letter)) + 1)
    return substringOf(first, second, this.keyword(evaluate))
  }

  private primary(evaluate: boolean): Value {
    this.requireMore()
    if (this.next('(') !== null) {
      const value = this.nested(() => this.or(evaluate))
      if (this.at >= this.words.length) {
        throw new Mistake(`syntax error: expecting ')' after ${messageQuote(this.words[this.at - 1])}`)
      }
      if (this.next(')') === null) {
        throw new Mistake(`syntax error: expecting ')' instead of ${messageQuote(this.words[this.at])}`)
      }
      return value
    }
    if (this.next(')') !== null) throw new Mistake("syntax error: unexpected ')'")
    return this.words[this.at++]
  }
}

function compare(left: Value, operator: string, right: Value): boolean {
  const numbers = looksLikeInteger(left) && looksLikeInteger(right)
  const [one, other] = numbers ? [BigInt(left), BigInt(right)] : [toByteString(String(left)), toByteString(String(right))]
  switch (operator) {
    case '<': return one < other
    case '<=': return one <= other
    case '!=': return one !== other
    case '>=': return one >= other
    case '>': return one > other
    default: return one === other
  }
}

/** TEXT : PATTERN, anchored: what the first group matched, or how many characters it all did. */
function matchOf(text: string, pattern: string): Value {
  const regex = compileRegex(pattern)
  if (regex instanceof RegexError) {
    throw new Mistake(regex.message.startsWith('Unmatched [') ? 'Invalid regular expression' : regex.message)
  }
  const found = regex.exec(text, 0, { anchored: true })
  const grouped = regex.groups > 0
  if (found === null) return grouped ? '' : 0n
  if (!grouped) return BigInt([...text.slice(found[0], found[1])].length)
  return found[2] < 0 ? '' : text.slice(found[2], found[3])
}

/** substr: positions count characters from 1; what is no number from 1 on gives nothing. */
function substringOf(text: string, from: Value, length: Value): string {
  if (!looksLikeInteger(from) || !looksLikeInteger(length)) return ''
  const characters = [...text]
  const [start, count] = [BigInt(from), BigInt(length)]
  if (start < 1n || start > BigInt(characters.length) || count < 1n) return ''
  const first = Number(start) - 1
  const taken = count > BigInt(characters.length) ? characters.length : Number(count)
  return characters.slice(first, first + taken).join('')
}
