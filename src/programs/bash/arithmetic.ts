import { ShellError } from './flow.ts'

/**
 * The shell's arithmetic: 64-bit two's complement, C's operators and precedence (bash(1), Arithmetic Evaluation). One
 * pass reads and evaluates; what is not to be evaluated (`0 && x++`) is read with `skipping` raised, so that mistakes
 * are found in the order and with the words of bash's expr.c.
 */
export interface ArithmeticVariables {
  /** The value of a variable or of an element ("a[i]"); '' when it is not set. May throw ShellError. */
  value(name: string): string
  assign(name: string, value: bigint): void
}

/** How deep variables may refer to expressions in variables: expr.c MAX_EXPR_RECURSION_LEVEL. */
export const RECURSION_LIMIT = 1024

/** `text` evaluated. prefix: "((: " or "let: ", in front of an error's words. */
export function evaluate(text: string, variables: ArithmeticVariables, prefix = ''): bigint {
  return new Evaluation(text, variables, prefix, 1).run()
}

type Token =
  | { readonly kind: 'end' | 'operator', readonly text: string, readonly at: number }
  | { readonly kind: 'number', readonly text: string, readonly at: number, readonly value: bigint }
  | { readonly kind: 'name', readonly text: string, readonly at: number }

const OPERATORS = [
  '<<=', '>>=', '**', '<<', '>>', '<=', '>=', '==', '!=', '&&', '||', '++', '--',
  '+=', '-=', '*=', '/=', '%=', '&=', '^=', '|=',
  '+', '-', '*', '/', '%', '<', '>', '!', '~', '&', '|', '^', '?', ':', '=', '(', ')', ',',
]
const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '^=', '|='])
/** From the loosest to the tightest; each row is left-associative. */
const BINARY: readonly (readonly string[])[] = [
  ['||'], ['&&'], ['|'], ['^'], ['&'], ['==', '!='], ['<', '>', '<=', '>='], ['<<', '>>'], ['+', '-'], ['*', '/', '%'],
]
const LOOSEST_EAGER = 2

class Evaluation {
  private token: Token = { kind: 'end', text: '', at: 0 }
  private at = 0
  /** Where the last token that is not the end begins: what an error quotes from. */
  private tokenAt = 0
  private skipping = 0
  /** The variable that could be assigned to: set when nothing but a name has been read. */
  private lvalue: string | null = null

  constructor(private readonly text: string, private readonly variables: ArithmeticVariables,
    private readonly prefix: string, private readonly depth: number) {}

  run(): bigint {
    this.next()
    if (this.token.kind === 'end') return 0n
    const value = this.comma()
    if (!this.ended()) this.fail('syntax error in expression')
    return value
  }

  private fail(message: string, token = this.text.slice(this.tokenAt)): never {
    const shown = this.text.replace(/^[ \t\n]+/, '')
    throw new ShellError(`${this.prefix}${shown}: ${message} (error token is "${token}")`)
  }

  private is(operator: string): boolean {
    return this.token.kind === 'operator' && this.token.text === operator
  }

  private ended(): boolean {
    return this.token.kind === 'end'
  }

  private comma(): bigint {
    let value = this.assignment()
    while (this.is(',')) {
      this.next()
      value = this.assignment()
    }
    return value
  }

  private assignment(): bigint {
    const value = this.conditional()
    const { token } = this
    if (token.kind !== 'operator' || !ASSIGNMENTS.has(token.text)) return value
    const name = this.lvalue
    if (name === null) this.fail('attempted assignment to non-variable')
    this.next()
    const operandAt = this.token.at
    const right = this.assignment()
    const result = token.text === '=' ? right : this.apply(token.text.slice(0, -1), value, right, operandAt)
    if (this.skipping === 0) this.variables.assign(name, result)
    this.lvalue = null
    return result
  }

  private conditional(): bigint {
    const test = this.binary(0)
    if (!this.is('?')) return test
    this.next()
    if (this.ended()) this.fail('expression expected')
    const yes = this.unless(test === 0n, () => this.comma())
    if (!this.is(':')) this.fail("`:' expected for conditional expression")
    this.next()
    if (this.ended()) this.fail('expression expected')
    const no = this.unless(test !== 0n, () => this.conditional())
    this.lvalue = null
    return test !== 0n ? yes : no
  }

  /** Reads without effect if `skip`. */
  private unless(skip: boolean, read: () => bigint): bigint {
    if (skip) this.skipping++
    const value = read()
    if (skip) this.skipping--
    return value
  }

  private binary(level: number): bigint {
    if (level === BINARY.length) return this.power()
    let left = this.binary(level + 1)
    while (this.token.kind === 'operator' && BINARY[level].includes(this.token.text)) {
      const operator = this.token.text
      this.next()
      if (level < LOOSEST_EAGER) {
        const decided = (left !== 0n) === (operator === '||')
        const right = this.unless(decided, () => this.binary(level + 1))
        left = decided ? BigInt(operator === '||') : BigInt(right !== 0n)
      } else {
        const operandAt = this.token.at
        left = this.apply(operator, left, this.binary(level + 1), operandAt)
      }
      this.lvalue = null
    }
    return left
  }

  private apply(operator: string, a: bigint, b: bigint, operandAt: number): bigint {
    switch (operator) {
      case '+': return wrap(a + b)
      case '-': return wrap(a - b)
      case '*': return wrap(a * b)
      case '/':
      case '%':
        if (b === 0n) {
          if (this.skipping > 0) return 0n
          this.tokenAt = operandAt
          this.fail('division by 0')
        }
        return wrap(operator === '/' ? a / b : a % b)
      case '<<': return wrap(a << (b & 63n))
      case '>>': return a >> (b & 63n)
      case '&': return a & b
      case '|': return a | b
      case '^': return a ^ b
      case '==': return BigInt(a === b)
      case '!=': return BigInt(a !== b)
      case '<': return BigInt(a < b)
      case '>': return BigInt(a > b)
      case '<=': return BigInt(a <= b)
      default: return BigInt(a >= b)
    }
  }

  private power(): bigint {
    const base = this.unary()
    if (!this.is('**')) return base
    this.next()
    const exponent = this.power()
    this.lvalue = null
    if (exponent < 0n) this.fail('exponent less than 0')
    let result = 1n
    let square = base
    for (let left = exponent; left > 0n; left >>= 1n) {
      if ((left & 1n) !== 0n) result = wrap(result * square)
      square = wrap(square * square)
    }
    return result
  }

  private unary(): bigint {
    const operator = this.token.kind === 'operator' ? this.token.text : ''
    if (operator !== '!' && operator !== '~' && operator !== '-' && operator !== '+') return this.primary()
    this.next()
    const value = this.unary()
    this.lvalue = null
    return operator === '!' ? BigInt(value === 0n) : operator === '~' ? ~value : operator === '-' ? wrap(-value) : value
  }

  private primary(): bigint {
    const { token } = this
    if (token.kind === 'number') {
      this.next()
      this.lvalue = null
      return token.value
    }
    if (token.kind === 'name') return this.variable(token.text)
    if (this.is('(')) {
      this.next()
      const value = this.comma()
      if (!this.is(')')) this.fail("missing `)'")
      this.next()
      this.lvalue = null
      return value
    }
    if (this.is('++') || this.is('--')) {
      const step = token.text === '++' ? 1n : -1n
      this.next() // the lexer saw that a name follows
      const name = this.token.text
      const value = wrap(this.read(name) + step)
      this.store(name, value)
      this.next()
      this.lvalue = null
      return value
    }
    return this.fail('syntax error: operand expected')
  }

  private variable(name: string): bigint {
    const nameAt = this.tokenAt
    this.next()
    const assigned = this.is('=')
    const value = assigned ? 0n : this.read(name, nameAt)
    this.lvalue = name
    if (this.is('++') || this.is('--')) {
      this.store(name, wrap(value + (this.token.text === '++' ? 1n : -1n)))
      this.lvalue = null
      this.next()
    }
    return value
  }

  private store(name: string, value: bigint): void {
    if (this.skipping === 0) this.variables.assign(name, value)
  }

  private read(name: string, nameAt = this.tokenAt): bigint {
    if (this.skipping > 0) return 0n
    const text = this.variables.value(name)
    if (text === '') return 0n
    if (/^-?(?:0|[1-9][0-9]{0,17})$/.test(text)) return BigInt(text)
    if (this.depth >= RECURSION_LIMIT) {
      this.tokenAt = nameAt
      this.fail('expression recursion level exceeded')
    }
    return new Evaluation(text, this.variables, this.prefix, this.depth + 1).run()
  }

  private next(): void {
    const { text } = this
    while (/[ \t\n]/.test(text[this.at] ?? '')) this.at++
    const before = this.token
    const at = this.at
    if (at >= text.length) {
      this.token = { kind: 'end', text: '', at }
      return
    }
    this.tokenAt = at
    const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(text.slice(at))
    if (name !== null) {
      this.at += name[0].length
      if (text[this.at] === '[') this.at = this.subscriptEnd(this.at)
      this.token = { kind: 'name', text: text.slice(at, this.at), at }
      return
    }
    const digits = /^[0-9][0-9A-Za-z#@_]*/.exec(text.slice(at))
    if (digits !== null) {
      this.at += digits[0].length
      this.token = { kind: 'number', text: digits[0], at, value: this.number(digits[0]) }
      return
    }
    const operator = this.operatorAt(at, before)
    if (operator === '') {
      const expected = before.kind === 'end' || before.kind === 'operator' && before.text !== ')'
      this.fail(expected ? 'syntax error: operand expected' : 'syntax error: invalid arithmetic operator')
    }
    this.at += operator.length
    this.token = { kind: 'operator', text: operator, at }
  }

  /** The operator at a place; "++" and "--" only where a variable is in front or behind, else they are two signs. */
  private operatorAt(at: number, before: Token): string {
    const operator = OPERATORS.find((one) => this.text.startsWith(one, at)) ?? ''
    if (operator !== '++' && operator !== '--') return operator
    if (before.kind === 'name' || /^[ \t\n]*[A-Za-z_]/.test(this.text.slice(at + 2))) return operator
    return operator[0]
  }

  private subscriptEnd(open: number): number {
    let depth = 0
    for (let at = open; at < this.text.length; at++) {
      if (this.text[at] === '[') depth++
      else if (this.text[at] === ']' && --depth === 0) return at + 1
    }
    return this.fail('bad array subscript')
  }

  private number(text: string): bigint {
    const hash = text.indexOf('#')
    if (hash > 0) {
      const base = Number(text.slice(0, hash))
      if (!/^[0-9]+$/.test(text.slice(0, hash))) this.fail('invalid number', text)
      if (base < 2 || base > 64) this.fail('invalid arithmetic base', text)
      return this.digits(text, text.slice(hash + 1), base)
    }
    if (/^0[xX]/.test(text)) return this.digits(text, text.slice(2), 16)
    return this.digits(text, text, text.startsWith('0') ? 8 : 10)
  }

  private digits(token: string, text: string, base: number): bigint {
    let value = 0n
    for (const digit of text) {
      const worth = digitValue(digit, base)
      if (worth < 0) this.fail('invalid number', token)
      if (worth >= base) this.fail('value too great for base', token)
      value = wrap(value * BigInt(base) + BigInt(worth))
    }
    return value
  }
}

function digitValue(digit: string, base: number): number {
  if (digit >= '0' && digit <= '9') return Number(digit)
  if (digit >= 'a' && digit <= 'z') return digit.charCodeAt(0) - 87
  if (digit >= 'A' && digit <= 'Z') return digit.charCodeAt(0) - (base <= 36 ? 55 : 29)
  return digit === '@' ? 62 : digit === '_' ? 63 : -1
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value)
}
