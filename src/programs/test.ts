import type { Process } from '../host/process.ts'
import { toByteString } from './byte-string.ts'
import { compareFiles, testFile } from './test-file.ts'
import { messageQuote } from './shell-quote.ts'
import { bracketHelp, TEST_VERSION } from './test-help.ts'

/**
 * `test` and `[`: POSIX's rules by the number of arguments up to four, and a grammar of -o, -a, !, ( ) for the rest.
 * bash's builtin (5.2 test.c) and coreutils' program (9.1 src/test.c) come from one root and differ in their
 * operators, in what they do with too many or too few arguments, and in their words. Both sides of -a and -o are
 * always evaluated, so that a mistake on either is told.
 */
export interface TestDialect {
  readonly kind: 'bash' | 'coreutils'
  /** Stands before messages: "bash: line 1: test: ", "test: ". */
  readonly prefix: string
  /** bash's -v: whether a variable is set. */
  readonly isSet?: (name: string) => boolean
  /** bash's -o: whether a shell option is on. */
  readonly isOption?: (name: string) => boolean
  /** bash's -R: whether a variable is a reference. */
  readonly isReference?: (name: string) => boolean
}

export interface TestResult {
  /** 0 true, 1 false, 2 a mistake. */
  readonly status: number
  /** Lines for stderr. */
  readonly errors: string
}

/** Evaluates the words between `test` and the end (or `]`, which is taken off already). */
export function evaluateTest(process: Process, words: readonly string[], dialect: TestDialect): TestResult {
  const parser = dialect.kind === 'bash' ? new BashTest(process, words, dialect) : new CoreutilsTest(process, words, dialect)
  try {
    return { status: parser.all() ? 0 : 1, errors: '' }
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    return { status: 2, errors: `${dialect.prefix}${error.message}\n` }
  }
}

class Mistake extends Error {}

const COMPARISONS = new Set(['-eq', '-ne', '-lt', '-le', '-gt', '-ge'])
const FILE_PAIRS = new Set(['-nt', '-ot', '-ef'])

function compareNumbers(one: bigint, operator: string, other: bigint): boolean {
  switch (operator) {
    case '-eq': return one === other
    case '-ne': return one !== other
    case '-lt': return one < other
    case '-le': return one <= other
    case '-gt': return one > other
    default: return one >= other
  }
}

/** Brackets and "!" inside of each other. */
export const TEST_NESTING_LIMIT = 1000

abstract class TestParser {
  protected at = 0
  private depth = 0

  constructor(protected readonly process: Process, protected readonly words: readonly string[],
    protected readonly dialect: TestDialect) {}

  abstract all(): boolean
  protected abstract term(): boolean
  protected abstract beyond(): never

  protected nested(parse: () => boolean): boolean {
    if (++this.depth > TEST_NESTING_LIMIT) throw new Mistake('too many arguments')
    const value = parse()
    this.depth--
    return value
  }

  protected or(): boolean {
    let value = this.and()
    while (this.words[this.at] === '-o') {
      this.at++
      const right = this.and()
      value ||= right
    }
    return value
  }

  protected and(): boolean {
    let value = this.term()
    while (this.words[this.at] === '-a') {
      this.at++
      const right = this.term()
      value &&= right
    }
    return value
  }

  protected advance(): void {
    if (++this.at >= this.words.length) this.beyond()
  }

  protected terminal(fd: bigint): boolean {
    return fd >= 0n && fd <= 2147483647n && this.process.isTerminal(Number(fd))
  }
}

const LONG_LIMIT = 1n << 63n

/** bash's legal_number(): a decimal long with white space around it, or null. */
function legalNumber(text: string): bigint | null {
  const match = /^[ \t\n\v\f\r]*([+-]?[0-9]+)[ \t]*$/.exec(text)
  if (match === null) return null
  const value = BigInt(match[1].replace('+', ''))
  return value >= -LONG_LIMIT && value < LONG_LIMIT ? value : null
}

class BashTest extends TestParser {
  all(): boolean {
    const { words } = this
    if (words.length === 0) return false
    const value = this.byCount()
    if (this.at >= words.length) return value
    if (words[this.at].startsWith('-')) throw new Mistake(`syntax error: \`${words[this.at]}' unexpected`)
    throw new Mistake('too many arguments')
  }

  private byCount(): boolean {
    const { words } = this
    const count = words.length
    if (count > 4) return this.or()
    if (count === 4 && words[0] !== '!') {
      if (words[0] !== '(' || words[3] !== ')') return this.or()
      this.at = 1
      const value = this.two()
      this.at = count
      return value
    }
    const value = count === 1 ? words[0] !== '' : count === 2 ? this.two() : count === 3 ? this.three() : !this.notThree()
    this.at = count
    return value
  }

  private notThree(): boolean {
    this.at = 1
    return this.three()
  }

  private two(): boolean {
    const [first, second] = [this.words[this.at], this.words[this.at + 1]]
    if (first === '!') return second === ''
    if (isBashUnary(first)) return this.unary()
    throw new Mistake(`${first}: unary operator expected`)
  }

  private three(): boolean {
    const [first, operator, last] = this.words.slice(this.at, this.at + 3)
    if (isBashBinary(operator)) return this.binary()
    if (operator === '-a') return first !== '' && last !== ''
    if (operator === '-o') return first !== '' || last !== ''
    if (first === '!') {
      this.at++
      return !this.two()
    }
    if (first === '(' && last === ')') return operator !== ''
    throw new Mistake(`${operator}: binary operator expected`)
  }

  protected term(): boolean {
    const { words } = this
    if (this.at >= words.length) this.beyond()
    if (words[this.at] === '!') {
      this.advance()
      return !this.nested(() => this.term())
    }
    if (words[this.at] === '(') {
      this.advance()
      const value = this.nested(() => this.or())
      if (this.at >= words.length) throw new Mistake("`)' expected")
      if (words[this.at] !== ')') throw new Mistake(`\`)' expected, found ${words[this.at]}`)
      this.at++
      return value
    }
    if (this.at + 3 <= words.length && isBashBinary(words[this.at + 1])) return this.binary()
    if (this.at + 2 <= words.length && isBashUnary(words[this.at])) return this.unary()
    return words[this.at++] !== ''
  }

  protected beyond(): never {
    throw new Mistake('argument expected')
  }

  private unary(): boolean {
    const letter = this.words[this.at][1]
    const operand = this.words[this.at + 1]
    this.at++
    if (letter === 't') {
      const fd = legalNumber(operand)
      if (fd !== null) this.at++
      return fd !== null && this.terminal(fd)
    }
    this.at++
    switch (letter) {
      case 'n': return operand !== ''
      case 'z': return operand === ''
      case 'v': return this.dialect.isSet?.(operand) ?? false
      case 'o': return this.dialect.isOption?.(operand) ?? false
      case 'R': return this.dialect.isReference?.(operand) ?? false
      default: return testFile(this.process, letter, operand)
    }
  }

  private binary(): boolean {
    const [one, operator, other] = this.words.slice(this.at, this.at + 3)
    this.at += 3
    if (COMPARISONS.has(operator)) return compareNumbers(this.integer(one), operator, this.integer(other))
    if (FILE_PAIRS.has(operator)) return compareFiles(this.process, one, operator, other)
    if (operator === '!=') return one !== other
    if (operator === '<') return toByteString(one) < toByteString(other)
    if (operator === '>') return toByteString(one) > toByteString(other)
    return one === other
  }

  private integer(text: string): bigint {
    const value = legalNumber(text)
    if (value === null) throw new Mistake(`${text}: integer expression expected`)
    return value
  }
}

function isBashUnary(word: string): boolean {
  return /^-[a-hknoprstuvwxzGLNORS]$/.test(word)
}

function isBashBinary(word: string): boolean {
  return COMPARISONS.has(word) || FILE_PAIRS.has(word) || /^(?:==?|!=|<|>)$/.test(word)
}

class CoreutilsTest extends TestParser {
  all(): boolean {
    const { words } = this
    if (words.length === 0) return false
    const value = this.byCount(words.length)
    if (this.at < words.length) throw new Mistake(`extra argument ${messageQuote(words[this.at])}`)
    return value
  }

  private byCount(count: number): boolean {
    if (count === 1) return this.one()
    if (count === 2) return this.two()
    if (count === 3) return this.three()
    if (count === 4 && this.words[this.at] === '!') {
      this.advance()
      return !this.three()
    }
    if (count === 4 && this.words[this.at] === '(' && this.words[this.at + 3] === ')') {
      this.at++
      const value = this.two()
      this.at++
      return value
    }
    return this.or()
  }

  private one(): boolean {
    return this.words[this.at++] !== ''
  }

  private two(): boolean {
    const first = this.words[this.at]
    if (first === '!') {
      this.at++
      return !this.one()
    }
    if (/^-[^]$/.test(first)) return this.unary()
    return this.beyond()
  }

  private three(): boolean {
    const [first, operator, last] = this.words.slice(this.at, this.at + 3)
    if (isCoreutilsBinary(operator)) return this.binary(false)
    if (first === '!') {
      this.advance()
      return !this.two()
    }
    if (first === '(' && last === ')') {
      this.at += 3
      return operator !== ''
    }
    if (operator === '-a' || operator === '-o') return this.or()
    throw new Mistake(`${messageQuote(operator)}: binary operator expected`)
  }

  protected term(): boolean {
    const { words } = this
    let negated = false
    while (words[this.at] === '!') {
      this.advance()
      negated = !negated
    }
    if (this.at >= words.length) this.beyond()
    return this.primary() !== negated
  }

  private primary(): boolean {
    const { words } = this
    const left = words.length - this.at
    const word = words[this.at]
    if (word === '(') return this.parenthesis()
    if (left >= 4 && word === '-l' && isCoreutilsBinary(words[this.at + 2])) return this.binary(true)
    if (left >= 3 && isCoreutilsBinary(words[this.at + 1])) return this.binary(false)
    return /^-[^]$/.test(word) ? this.unary() : this.one()
  }

  private parenthesis(): boolean {
    const { words } = this
    this.advance()
    let count = 1
    while (this.at + count < words.length && words[this.at + count] !== ')') {
      if (count++ < 4) continue
      count = words.length - this.at
      break
    }
    const value = this.nested(() => this.byCount(count))
    if (this.at >= words.length) throw new Mistake(`${messageQuote(')')} expected`)
    if (words[this.at] !== ')') throw new Mistake(`${messageQuote(')')} expected, found ${messageQuote(words[this.at])}`)
    this.at++
    return value
  }

  protected beyond(): never {
    throw new Mistake(`missing argument after ${messageQuote(this.words[this.words.length - 1])}`)
  }

  private unary(): boolean {
    const operator = this.words[this.at]
    const letter = operator[1]
    if (!/[erwxNOGfdsScbpLhugktnz]/.test(letter)) throw new Mistake(`${messageQuote(operator)}: unary operator expected`)
    this.advance()
    const operand = this.words[this.at++]
    if (letter === 'n') return operand !== ''
    if (letter === 'z') return operand === ''
    return letter === 't' ? this.terminal(this.integer(operand)) : testFile(this.process, letter, operand)
  }

  /** leftLength: the left side is "-l STRING", its length. */
  private binary(leftLength: boolean): boolean {
    const { words } = this
    if (leftLength) this.at++
    const operatorAt = this.at + 1
    const operator = words[operatorAt]
    const rightLength = operatorAt < words.length - 2 && words[operatorAt + 1] === '-l'
    if (rightLength) this.at++
    const one = words[operatorAt - 1]
    const other = words[rightLength ? operatorAt + 2 : operatorAt + 1]
    this.at = operatorAt + (rightLength ? 3 : 2)
    if (COMPARISONS.has(operator)) {
      const left = leftLength ? byteLength(one) : this.integer(one)
      return compareNumbers(left, operator, rightLength ? byteLength(other) : this.integer(other))
    }
    if (FILE_PAIRS.has(operator)) {
      if (leftLength || rightLength) throw new Mistake(`${operator} does not accept -l`)
      return compareFiles(this.process, one, operator, other)
    }
    return operator === '!=' ? one !== other : one === other
  }

  private integer(text: string): bigint {
    const match = /^[ \t\n\v\f\r]*\+?(-?[0-9]+)[ \t\n\v\f\r]*$/.exec(text)
    if (match === null || /\+-/.test(text)) throw new Mistake(`invalid integer ${messageQuote(text)}`)
    return BigInt(match[1])
  }
}

function byteLength(text: string): bigint {
  return BigInt(toByteString(text).length)
}

function isCoreutilsBinary(word: string): boolean {
  return COMPARISONS.has(word) || FILE_PAIRS.has(word) || /^(?:==?|!=)$/.test(word)
}

/** test and [ of coreutils 9.1, by the name they are called. */
export async function test(process: Process): Promise<number> {
  const name = process.argv[0]
  const words = process.argv.slice(1)
  if (name === '[' || name.endsWith('/[')) {
    if (words.length === 1 && (words[0] === '--help' || words[0] === '--version')) {
      process.stdout.write(words[0] === '--help' ? bracketHelp() : TEST_VERSION)
      return 0
    }
    if (words.pop() !== ']') {
      process.stderr.write(`${name}: missing ${messageQuote(']')}\n`)
      return 2
    }
  }
  const result = evaluateTest(process, words, { kind: 'coreutils', prefix: `${name}: ` })
  process.stderr.write(result.errors)
  return result.status
}
