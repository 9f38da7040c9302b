import { Lexer, type Token } from './lexer.ts'
import { Patterns } from './pattern.ts'
import { Cell, type Expression, type FunctionDefinition, type Name, type Reference } from './tree.ts'

/*
 * Expressions in mawk's order of binding, from the loosest:
 *
 *   = += ...   ? :   ||   &&   in   ~ !~   < <= == != > >=   (side by side)   | getline   + -   * / %   ! - +   ^   ++ --   $
 *
 * An assignment may stand where an operand of a comparison may, but not inside a sum: 1 == x = 3 is one, 1 + x = 3 is a
 * mistake. Inside print's list ">" redirects.
 */

/** Thrown after a mistake from which there is no way on. */
export class Stop extends Error {}

/** The same, and nothing more is said. */
export class Fatal extends Stop {}

interface Call {
  readonly definition: FunctionDefinition
  readonly line: number
  readonly count: number
}

const COMPARISONS = new Set(['<', '<=', '==', '!=', '>', '>='])
const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '^='])

/** How many arguments the plain functions take. */
const ARGUMENTS: Readonly<Record<string, readonly [number, number]>> = {
  index: [2, 2], substr: [2, 3], sprintf: [1, 255], sin: [1, 1], cos: [1, 1], atan2: [2, 2], exp: [1, 1], log: [1, 1],
  int: [1, 1], sqrt: [1, 1], rand: [0, 0], srand: [0, 1], close: [1, 1], system: [1, 1], toupper: [1, 1], tolower: [1, 1],
  fflush: [0, 1], length: [0, 1], systime: [0, 0], mktime: [1, 1], strftime: [0, 3],
}

type Use = 'array' | 'variable'

/** Brackets, signs and statements inside of each other; links of a chain of && or the like. yacc's stack holds 10,000. */
export const NESTING_LIMIT = 200
export const CHAIN_LIMIT = 500

export class ExpressionParser {
  readonly errors: string[] = []
  readonly globals = new Map<string, Cell>()
  protected readonly tokens: readonly Token[]
  protected readonly functions = new Map<string, FunctionDefinition>()
  protected readonly calls: Call[] = []
  private readonly uses = new Map<string, Use>()
  private locals: readonly string[] | null = null
  private localUses = new Map<string, Use>()
  private readonly patterns = new Patterns()
  private at = 0
  private greater = true
  private depth = 0

  constructor(source: string, protected readonly name: string) {
    const lexer = new Lexer(source, name)
    this.tokens = lexer.all()
    this.errors.push(...lexer.errors)
  }

  protected get token(): Token {
    return this.tokens[this.at]
  }

  protected ahead(count: number): Token[] {
    const last = this.tokens[this.tokens.length - 1]
    return Array.from({ length: count }, (_, i) => this.tokens[this.at + i] ?? last)
  }

  protected take(): Token {
    const { token } = this
    if (token.kind !== 'end') this.at++
    return token
  }

  protected is(operator: string): boolean {
    return this.token.kind === 'operator' && this.token.text === operator
  }

  protected isKeyword(word: string): boolean {
    return this.token.kind === 'keyword' && this.token.text === word
  }

  protected expect(operator: string): void {
    if (!this.is(operator)) this.fail()
    this.take()
  }

  protected complain(text: string): void {
    this.errors.push(`${this.name}: line ${this.token.line}: ${text}\n`)
  }

  /** The word that stands here cannot. */
  protected fail(): never {
    const { token } = this
    const open = token.kind === 'newline' || token.kind === 'end' || token.text === '}' && token.kind === 'operator'
    if (token.kind === 'end' && token.braces > 0) this.complain('missing } near end of file')
    else if (open && token.parentheses > 0) this.complain(`missing ) near ${token.shown}`)
    else this.complain(`syntax error at or near ${token.shown}`)
    throw new Stop()
  }

  protected withoutGreater<T>(parse: () => T): T {
    return this.withGreaterAs(false, parse)
  }

  protected withGreater<T>(parse: () => T): T {
    return this.withGreaterAs(true, parse)
  }

  private withGreaterAs<T>(allowed: boolean, parse: () => T): T {
    const { greater } = this
    this.greater = allowed
    const result = parse()
    this.greater = greater
    return result
  }

  /** The parameters of the function that is read now; null outside. */
  protected enterFunction(parameters: readonly string[] | null): void {
    this.locals = parameters
    this.localUses = new Map()
  }

  protected functionNamed(name: string): FunctionDefinition {
    const known = this.functions.get(name)
    if (known !== undefined) return known
    const definition: FunctionDefinition = { name, parameters: [], body: null }
    this.functions.set(name, definition)
    return definition
  }

  /** A name that is used as an array or a variable, or (null) as an argument that may be either. */
  protected nameOf(name: string, use: Use | null): Name {
    const local = this.locals?.indexOf(name) ?? -1
    const uses = local >= 0 ? this.localUses : this.uses
    const known = uses.get(name)
    const other = this.functions.get(name)?.body
    if (local < 0 && other !== undefined && other !== null) {
      this.complain(`illegal reference to function ${name}`)
      throw new Stop()
    }
    if (use !== null && known === undefined) uses.set(name, use)
    if (use !== null && known !== undefined && known !== use) {
      this.complain(`illegal reference to ${local >= 0 ? 'local ' : ''}${known} ${name}`)
      throw new Stop()
    }
    let cell = this.globals.get(name)
    if (cell === undefined) {
      cell = new Cell()
      if (local < 0) this.globals.set(name, cell)
    }
    return { kind: 'name', name, local, cell }
  }

  /** Reads what lies inside of something else. */
  protected nested<T>(parse: () => T): T {
    if (++this.depth > NESTING_LIMIT) this.tooDeep()
    const result = parse()
    this.depth--
    return result
  }

  private tooDeep(): never {
    this.complain('program is nested too deeply')
    throw new Fatal()
  }

  /** inPrint: a list in parentheses may stand alone. */
  protected expression(inPrint = false): Expression {
    return this.nested(() => this.choice(inPrint))
  }

  private choice(inPrint: boolean): Expression {
    const test = this.or(inPrint)
    if (!this.is('?')) return test
    this.take()
    this.skipNewlines()
    const yes = this.expression()
    this.expect(':')
    this.skipNewlines()
    return { kind: 'choice', test, yes, no: this.expression() }
  }

  private skipNewlines(): void {
    while (this.token.kind === 'newline') this.take()
  }

  private or(inPrint: boolean): Expression {
    let left = this.and(inPrint)
    for (let links = 0; this.is('||'); links++) {
      if (links > CHAIN_LIMIT) this.tooDeep()
      this.take()
      left = { kind: 'logical', operator: '||', left, right: this.and(false) }
    }
    return left
  }

  private and(inPrint: boolean): Expression {
    let left = this.membership(inPrint)
    for (let links = 0; this.is('&&'); links++) {
      if (links > CHAIN_LIMIT) this.tooDeep()
      this.take()
      left = { kind: 'logical', operator: '&&', left, right: this.membership(false) }
    }
    return left
  }

  private membership(inPrint: boolean): Expression {
    let left = this.matching(inPrint)
    for (let links = 0; this.isKeyword('in'); links++) {
      if (links > CHAIN_LIMIT) this.tooDeep()
      this.take()
      if (this.token.kind !== 'name') this.fail()
      left = { kind: 'in', index: left, array: this.nameOf(this.take().text, 'array') }
    }
    return left
  }

  private matching(inPrint: boolean): Expression {
    let left = this.comparison(inPrint)
    for (let links = 0; this.is('~') || this.is('!~'); links++) {
      if (links > CHAIN_LIMIT) this.tooDeep()
      const negated = this.take().text === '!~'
      left = { kind: 'match', negated, text: left, pattern: this.checked(this.comparison(false)) }
    }
    return left
  }

  private comparison(inPrint: boolean): Expression {
    let left = this.assignment(inPrint)
    while (this.token.kind === 'operator' && COMPARISONS.has(this.token.text) && (this.greater || !this.is('>'))) {
      const operator = this.take().text
      left = { kind: 'binary', operator, left, right: this.assignment(false) }
    }
    return left
  }

  private assignment(inPrint: boolean): Expression {
    const target = this.concatenation(inPrint)
    if (this.token.kind !== 'operator' || !ASSIGNMENTS.has(this.token.text)) return target
    if (!isReference(target)) return this.fail()
    if (target.kind === 'name') this.nameOf(target.name, 'variable')
    const operator = this.take().text
    return { kind: 'assign', operator, target, value: this.expression() }
  }

  private concatenation(inPrint: boolean): Expression {
    let left = this.piped(this.sum(inPrint))
    while (this.startsOperand()) {
      left = { kind: 'binary', operator: ' ', left, right: this.piped(this.sum(false)) }
    }
    return left
  }

  private startsOperand(): boolean {
    const { kind, text } = this.token
    if (kind === 'keyword') return text === 'getline'
    if (kind === 'operator') return ['$', '(', '!', '-', '+', '++', '--'].includes(text)
    return kind !== 'newline' && kind !== 'end'
  }

  private pipesIntoGetline(): boolean {
    const [, next] = this.ahead(2)
    return this.is('|') && next.kind === 'keyword' && next.text === 'getline'
  }

  private piped(source: Expression): Expression {
    let left = source
    for (let links = 0; this.pipesIntoGetline(); links++) {
      if (links > CHAIN_LIMIT) this.tooDeep()
      this.take()
      this.take()
      left = { kind: 'getline', from: 'command', source: left, target: this.optionalReference() }
    }
    return left
  }

  private sum(inPrint: boolean): Expression {
    let left = this.product(inPrint)
    while (this.is('+') || this.is('-')) {
      const operator = this.take().text
      left = { kind: 'binary', operator, left, right: this.product(false) }
    }
    return left
  }

  private product(inPrint: boolean): Expression {
    let left = this.unary(inPrint)
    while (this.is('*') || this.is('/') || this.is('%')) {
      const operator = this.take().text
      left = { kind: 'binary', operator, left, right: this.unary(false) }
    }
    return left
  }

  private unary(inPrint: boolean): Expression {
    if (!this.is('!') && !this.is('-') && !this.is('+')) return this.power(inPrint)
    const operator = this.take().text as '!' | '-' | '+' // one of the three, as was just seen
    return { kind: 'unary', operator, operand: this.nested(() => this.unary(false)) }
  }

  private power(inPrint: boolean): Expression {
    const left = this.postfix(inPrint)
    if (!this.is('^')) return left
    this.take()
    return { kind: 'binary', operator: '^', left, right: this.nested(() => this.unary(false)) }
  }

  private postfix(inPrint: boolean): Expression {
    if (this.is('++') || this.is('--')) {
      const by = this.take().text === '++' ? 1 : -1
      return { kind: 'step', by, before: true, target: this.reference() }
    }
    const target = this.primary(inPrint)
    if (!isReference(target) || !this.is('++') && !this.is('--')) return target
    return { kind: 'step', by: this.take().text === '++' ? 1 : -1, before: false, target }
  }

  private primary(inPrint: boolean): Expression {
    const { token } = this
    switch (token.kind) {
      case 'number': return { kind: 'number', value: this.take().value }
      case 'string': return { kind: 'string', value: this.take().text }
      case 'regex': return this.checked({ kind: 'regex', source: this.take().text })
      case 'name': return this.variable()
      case 'function-name': return this.call()
      case 'builtin': return this.builtin()
      case 'keyword': return token.text === 'getline' ? this.getline() : this.fail()
      case 'operator':
        if (token.text === '(') return this.parenthesis(inPrint)
        if (token.text === '$') return this.field()
        return this.fail()
      default: return this.fail()
    }
  }

  private field(): Reference {
    return this.nested(() => this.fieldIndex())
  }

  private fieldIndex(): Reference {
    this.take()
    if (this.is('-') || this.is('+') || this.is('!')) return { kind: 'field', index: this.unary(false) }
    if (this.is('++') || this.is('--')) return { kind: 'field', index: this.postfix(false) }
    return { kind: 'field', index: this.primary(false) }
  }

  private variable(): Reference {
    const name = this.take().text
    if (!this.is('[')) return this.nameOf(name, 'variable')
    return { kind: 'element', array: this.nameOf(name, 'array'), index: this.subscript() }
  }

  /** Constant patterns are compiled while the program is read. */
  private checked(pattern: Expression): Expression {
    const source = pattern.kind === 'regex' ? pattern.source : pattern.kind === 'string' ? pattern.value : null
    const mistake = source === null ? null : this.patterns.compile(source)
    if (typeof mistake === 'string') {
      this.complain(`regular expression compile failed (${mistake})\n${source}`)
      throw new Fatal()
    }
    return pattern
  }

  private splitPattern(): Expression {
    const pattern = this.expression()
    return pattern.kind === 'string' && pattern.value.length < 2 ? pattern : this.checked(pattern)
  }

  protected subscript(): Expression {
    this.expect('[')
    const list = this.list()
    this.expect(']')
    return list.length === 1 ? list[0] : { kind: 'group', list }
  }

  private list(): Expression[] {
    return this.withGreater(() => {
      const list = [this.expression()]
      while (this.is(',')) {
        this.take()
        list.push(this.expression())
      }
      return list
    })
  }

  private parenthesis(inPrint: boolean): Expression {
    this.expect('(')
    const list = this.list()
    this.expect(')')
    if (list.length === 1) return isReference(list[0]) || list[0].kind === 'regex' ? { kind: 'group', list } : list[0]
    const ends = this.token.kind === 'newline' || ['>', '>>', '|', ';', '}'].some((operator) => this.is(operator))
    if (!this.isKeyword('in') && !(inPrint && ends)) this.fail()
    return { kind: 'group', list }
  }

  private call(): Expression {
    const name = this.take().text
    const { line } = this.token
    const definition = this.functionNamed(name)
    this.expect('(')
    const args: Expression[] = []
    while (!this.is(')')) {
      args.push(this.withGreater(() => this.argument()))
      if (!this.is(')')) {
        this.expect(',')
        if (this.is(')')) this.fail()
      }
    }
    this.take()
    this.calls.push({ definition, line, count: args.length })
    return { kind: 'call', callee: definition, args }
  }

  /** A name alone may be an array. */
  private argument(): Expression {
    const [name, after] = this.ahead(2)
    const alone = name.kind === 'name' && after.kind === 'operator' && (after.text === ',' || after.text === ')')
    return alone ? this.nameOf(this.take().text, null) : this.expression()
  }

  private builtin(): Expression {
    const name = this.take().text
    if (name === 'length' && !this.is('(')) return { kind: 'builtin', name, args: [] }
    this.expect('(')
    const args = this.withGreater(() => this.builtinArguments(name))
    this.expect(')')
    return { kind: 'builtin', name, args }
  }

  private builtinArguments(name: string): Expression[] {
    if (name === 'match') return [this.expression(), this.after(() => this.checked(this.expression()))]
    if (name === 'split') {
      const text = this.expression()
      this.expect(',')
      if (this.token.kind !== 'name') this.fail()
      const args = [text, this.nameOf(this.take().text, 'array')]
      if (this.is(',')) args.push(this.after(() => this.splitPattern()))
      return args
    }
    if (name === 'sub' || name === 'gsub') {
      const args = [this.checked(this.expression()), this.after(() => this.expression())]
      if (this.is(',')) args.push(this.after(() => this.reference()))
      return args
    }
    const args: Expression[] = []
    if (!this.is(')')) args.push(...this.list())
    const [least, most] = ARGUMENTS[name]
    if (args.length < least || args.length > most) {
      this.complain(`wrong number of arguments in call to ${name}`)
      throw new Stop()
    }
    return args
  }

  private after(parse: () => Expression): Expression {
    this.expect(',')
    return parse()
  }

  private reference(): Reference {
    if (this.token.kind === 'name') return this.variable()
    return this.is('$') ? this.field() : this.fail()
  }

  private optionalReference(): Reference | null {
    if (this.token.kind !== 'name' && !this.is('$')) return null
    return this.reference()
  }

  private getline(): Expression {
    this.take()
    const target = this.optionalReference()
    if (!this.is('<')) return { kind: 'getline', from: 'main', source: null, target }
    this.take()
    return { kind: 'getline', from: 'file', source: this.postfix(false), target }
  }
}

function isReference(expression: Expression): expression is Reference {
  return expression.kind === 'name' || expression.kind === 'field' || expression.kind === 'element'
}
