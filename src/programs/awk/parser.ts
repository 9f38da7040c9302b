import { ExpressionParser, Fatal, Stop } from './parse-expression.ts'
import { AwkSyntaxError } from './lexer.ts'
import type { AwkProgram, Expression, Rule, Statement } from './tree.ts'

/** Reads a program (a byte string). Throws AwkSyntaxError with all that mawk would say. name: "mawk". */
export function parseAwk(source: string, name: string): AwkProgram {
  return new Parser(source, name).program()
}

/** Where a statement stands: what `next`, `break` and `return` may do there. */
type Place = 'rule' | 'begin' | 'function'

class Parser extends ExpressionParser {
  private readonly rules: Rule[] = []
  private place: Place = 'rule'
  private loops = 0

  program(): AwkProgram {
    try {
      while (this.token.kind !== 'end') this.item()
      this.checkCalls()
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      if (!(error instanceof Fatal)) this.afterMistake()
    }
    if (this.errors.length > 0) throw new AwkSyntaxError(this.errors.join(''))
    return { rules: this.rules, globals: this.globals }
  }

  /** mawk reads on after a mistake; at the end it still misses the brace. */
  private afterMistake(): void {
    const end = this.tokens[this.tokens.length - 1]
    if (end.braces > 0 && this.token !== end) this.errors.push(`${this.name}: line ${end.line}: missing } near end of file\n`)
  }

  private item(): void {
    if (this.isKeyword('function')) this.functionDefinition()
    else if (this.isKeyword('BEGIN') || this.isKeyword('END')) {
      const kind = this.take().text === 'BEGIN' ? 'begin' : 'end'
      if (!this.is('{')) this.fail()
      this.place = 'begin'
      this.addRule(kind, null, null, this.block())
    } else {
      this.place = 'rule'
      if (this.is('{')) this.addRule('always', null, null, this.block())
      else this.patternRule()
    }
  }

  private patternRule(): void {
    const first = this.expression()
    let last: Expression | null = null
    if (this.is(',')) {
      this.take()
      last = this.expression()
    }
    let body: Statement = PRINT
    if (this.is('{')) body = this.block()
    else if (this.is(';') || this.token.kind === 'newline') this.take()
    else if (this.token.kind !== 'end') this.fail()
    this.addRule(last === null ? 'pattern' : 'range', first, last, body)
  }

  private addRule(kind: Rule['kind'], first: Expression | null, last: Expression | null, body: Statement): void {
    this.rules.push({ kind, first, last, body, inRange: false })
  }

  private functionDefinition(): void {
    this.take()
    if (this.token.kind !== 'name' && this.token.kind !== 'function-name') this.fail()
    const { text } = this.take()
    const definition = this.functionNamed(text)
    if (definition.body !== null) this.complain(`redefinition of ${text}`)
    this.expect('(')
    const parameters: string[] = []
    while (!this.is(')')) {
      if (this.token.kind !== 'name' || this.functions.has(this.token.text)) this.fail()
      const parameter = this.take().text
      if (parameters.includes(parameter)) this.complain(`${parameter} is duplicated in argument list`)
      parameters.push(parameter)
      if (!this.is(')')) this.expect(',')
    }
    this.take()
    this.optionalNewline()
    definition.parameters = parameters
    this.enterFunction(parameters)
    this.place = 'function'
    if (!this.is('{')) this.fail()
    definition.body = this.block()
    this.enterFunction(null)
  }

  private block(): Statement {
    this.expect('{')
    const body: Statement[] = []
    while (!this.is('}')) body.push(this.statement())
    this.take()
    return { kind: 'block', body }
  }

  private statement(): Statement {
    return this.nested(() => this.anyStatement())
  }

  private anyStatement(): Statement {
    if (this.is('{')) return this.block()
    if (this.is(';') || this.token.kind === 'newline') {
      this.take()
      return NOTHING
    }
    if (this.token.kind === 'keyword') {
      switch (this.token.text) {
        case 'if': return this.ifStatement()
        case 'while': return this.whileStatement()
        case 'do': return this.doStatement()
        case 'for': return this.forStatement()
      }
    }
    const statement = this.simple()
    this.separator()
    return statement
  }

  private separator(): void {
    if (this.is(';') || this.token.kind === 'newline') this.take()
    else if (!this.is('}')) this.fail()
  }

  private simple(): Statement {
    const { kind, text } = this.token
    if (kind !== 'keyword' || text === 'getline') return { kind: 'expression', value: this.expression() }
    switch (text) {
      case 'print': case 'printf': return this.print()
      case 'delete': return this.deletion()
      case 'next': case 'nextfile':
        if (this.place !== 'rule') this.complain(`improper use of ${text}`)
        this.take()
        return { kind: text }
      case 'break': case 'continue':
        if (this.loops === 0) this.complain(`${text} statement outside of loop`)
        this.take()
        return { kind: text }
      case 'return':
        if (this.place !== 'function') this.complain('return outside function body')
        this.take()
        return { kind: 'return', value: this.optional() }
      case 'exit':
        this.take()
        return { kind: 'exit', value: this.optional() }
      default: return this.fail()
    }
  }

  private optional(): Expression | null {
    return this.is(';') || this.is('}') || this.token.kind === 'newline' ? null : this.expression()
  }

  private atPrintEnd(): boolean {
    return this.token.kind === 'newline' || [';', '}', '>', '>>', '|'].some((operator) => this.is(operator))
  }

  private print(): Statement {
    const formatted = this.take().text === 'printf'
    let args: readonly Expression[] = []
    if (!this.atPrintEnd()) args = this.printList()
    if (args.length === 1 && args[0].kind === 'group' && args[0].list.length > 1) args = args[0].list
    if (formatted && args.length === 0) {
      this.complain('no arguments in call to printf')
      args = [{ kind: 'string', value: '' }]
    }
    if (!this.is('>') && !this.is('>>') && !this.is('|')) {
      return { kind: 'print', formatted, args, redirect: '', target: null }
    }
    const redirect = this.take().text as '>' | '>>' | '|' // one of the three, as was just seen
    return { kind: 'print', formatted, args, redirect, target: this.withoutGreater(() => this.expression()) }
  }

  private printList(): Expression[] {
    return this.withoutGreater(() => {
      const list = [this.expression(true)]
      while (this.is(',')) {
        this.take()
        list.push(this.expression())
      }
      return list
    })
  }

  private deletion(): Statement {
    this.take()
    if (this.token.kind !== 'name') this.fail()
    const array = this.nameOf(this.take().text, 'array')
    if (!this.is('[')) return { kind: 'delete', array, index: null }
    return { kind: 'delete', array, index: this.subscript() }
  }

  private condition(): Expression {
    this.expect('(')
    const test = this.withGreater(() => this.expression())
    this.expect(')')
    return test
  }

  private optionalNewline(): void {
    if (this.token.kind === 'newline') this.take()
  }

  private ifStatement(): Statement {
    this.take()
    const test = this.condition()
    this.optionalNewline()
    const yes = this.statement()
    if (!this.isKeyword('else')) return { kind: 'if', test, yes, no: null }
    this.take()
    return { kind: 'if', test, yes, no: this.statement() }
  }

  private loopBody(): Statement {
    this.loops++
    const body = this.statement()
    this.loops--
    return body
  }

  private whileStatement(): Statement {
    this.take()
    const test = this.condition()
    this.optionalNewline()
    return { kind: 'while', test, body: this.loopBody() }
  }

  private doStatement(): Statement {
    this.take()
    const body = this.loopBody()
    if (!this.isKeyword('while')) this.fail()
    this.take()
    const test = this.condition()
    this.separator()
    return { kind: 'do', test, body }
  }

  private forStatement(): Statement {
    this.take()
    this.expect('(')
    const [name, keyword, array, close] = this.ahead(4)
    if (name.kind === 'name' && keyword.text === 'in' && keyword.kind === 'keyword' && array.kind === 'name'
      && close.kind === 'operator' && close.text === ')') {
      const target = this.nameOf(this.take().text, 'variable')
      this.take()
      const over = this.nameOf(this.take().text, 'array')
      this.take()
      this.optionalNewline()
      return { kind: 'for-in', target, array: over, body: this.loopBody() }
    }
    const first = this.is(';') ? null : this.expression()
    this.expect(';')
    const test = this.is(';') ? null : this.expression()
    this.expect(';')
    const step = this.is(')') ? null : this.expression()
    this.expect(')')
    this.optionalNewline()
    return { kind: 'for', first, test, step, body: this.loopBody() }
  }

  private checkCalls(): void {
    for (const { definition, line, count } of this.calls) {
      if (definition.body === null) {
        this.errors.push(`${this.name}: line ${this.token.line}: function ${definition.name} never defined\n`)
      } else if (count > definition.parameters.length) {
        this.errors.push(`${this.name}: line ${line}: too many arguments in call to ${definition.name}\n`)
      }
    }
  }
}

const PRINT: Statement = { kind: 'print', formatted: false, args: [], redirect: '', target: null }
const NOTHING: Statement = { kind: 'block', body: [] }

