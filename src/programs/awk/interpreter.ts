import type { Process } from '../../host/process.ts'
import { fromByteString, toByteString } from '../byte-string.ts'
import type { Regex } from '../text/regex.ts'
import { AwkArray, integerKey } from './array.ts'
import { builtin } from './builtins.ts'
import { unescape } from './lexer.ts'
import { BREAK, CONTINUE, DONE, EXIT, ExitInFunction, NEXT, NEXTFILE, RETURN } from './flow.ts'
import { MainInput } from './main-input.ts'
import { operate } from './operate.ts'
import { Patterns } from './pattern.ts'
import { AwkRandom } from './random.ts'
import { Frame, type RecordEnd, type Waiting } from './reader.ts'
import { AwkRecord, type Separator } from './record.ts'
import { AwkExit, AwkStreams } from './streams.ts'
import {
  type AwkProgram, Cell, type Expression, InputText, type Name, type Reference, type Rule, type Statement, type Value,
} from './tree.ts'
import { AwkRuntimeError, concatenate, isTrue, sprintf, SprintfError, toInteger, toNumber, toText } from './values.ts'

/** Rounds of loops after which the program has used a millisecond: so one without end lets time pass. */
const ROUNDS_PER_MILLISECOND = 10_000

/** Cells of mawk's evaluation stack: a call takes one for each parameter. */
const STACK_LIMIT = 1024

/** What a running program has; builtins.ts uses it too. */
export class Interpreter {
  readonly patterns = new Patterns()
  readonly random: AwkRandom
  readonly streams: AwkStreams
  readonly record: AwkRecord
  private readonly cells = new Map<string, Cell>()
  private readonly nf: Cell
  private readonly convfmt: Cell
  private locals: Cell[] = []
  private stack = 0
  private returned: Value = undefined
  private status = 0
  private rounds = 0
  private seeded: Value = 0
  private readonly input: MainInput
  private separatorText: string | null = null
  private separatorNow: Separator = 'blanks'

  constructor(readonly process: Process, readonly name: string, private readonly program: AwkProgram,
    args: readonly string[]) {
    for (const [key, cell] of program.globals) this.cells.set(key, cell)
    this.streams = new AwkStreams(process, name)
    this.random = new AwkRandom(process.host.random('awk'))
    this.seed(null)
    this.record = new AwkRecord((fields) => fields.map((field) => this.text(field)).join(this.textOf('OFS')))
    const texts = { FS: ' ', RS: '\n', OFS: ' ', ORS: '\n', SUBSEP: '\x1c', CONVFMT: '%.6g', OFMT: '%.6g', FILENAME: '' }
    for (const [key, value] of Object.entries(texts)) this.cell(key).value = value
    for (const key of ['NF', 'NR', 'FNR']) this.cell(key).value = 0
    this.nf = this.cell('NF')
    this.convfmt = this.cell('CONVFMT')
    this.cell('ARGC').value = args.length
    const argv = new AwkArray()
    for (const [index, arg] of args.entries()) argv.set(index, new InputText(toByteString(arg)))
    this.cell('ARGV').array = argv
    this.input = new MainInput(this, argv, this.cell('ARGC'), this.cell('NR'), this.cell('FNR'))
    const environment = new AwkArray()
    for (const [key, value] of Object.entries(process.env)) {
      environment.set(toByteString(key), new InputText(toByteString(value)))
    }
    this.cell('ENVIRON').array = environment
  }

  private cell(name: string): Cell {
    let cell = this.cells.get(name)
    if (cell === undefined) {
      cell = new Cell()
      this.cells.set(name, cell)
    }
    return cell
  }

  /** The text of a variable of awk's own. */
  textOf(name: string): string {
    return this.text(this.cell(name).value)
  }

  setVariable(name: string, value: Value): void {
    const cell = this.cell(name)
    if (cell.array === null) this.assignCell(cell, value)
  }

  text(value: Value): string {
    return typeof value === 'string' ? value : toText(value, toTextFormat(this.convfmt.value))
  }

  /** Runs BEGIN, the records, END; returns the status. */
  *run(): Waiting<number> {
    try {
      yield* this.untilExit(this.beginAndRecords())
      yield* this.untilExit(this.phase('end'))
    } catch (error) {
      const { text, status } = this.explain(error)
      this.streams.flushAll()
      this.process.stderr.write(text)
      return status
    }
    yield* this.streams.finish()
    return this.status
  }

  private *untilExit(part: Waiting<number>): Waiting<void> {
    try {
      yield* part
    } catch (error) {
      if (!(error instanceof ExitInFunction)) throw error
      this.locals = []
      this.stack = 0
    }
  }

  private *beginAndRecords(): Waiting<number> {
    const code = yield* this.phase('begin')
    const rules = this.program.rules.filter(({ kind }) => kind !== 'begin' && kind !== 'end')
    const ends = this.program.rules.some(({ kind }) => kind === 'end')
    return code !== EXIT && (rules.length > 0 || ends) ? yield* this.records(rules) : code
  }

  private explain(error: unknown): AwkExit {
    if (error instanceof AwkExit) return error
    if (!(error instanceof AwkRuntimeError)) throw error
    const where = `FILENAME="${this.textOf('FILENAME')}" FNR=${this.textOf('FNR')} NR=${this.textOf('NR')}`
    return new AwkExit(fromByteString(`${this.name}: run time error: ${error.message}\n\t${where}\n`), 2)
  }

  private *phase(kind: Rule['kind']): Waiting<number> {
    for (const rule of this.program.rules) {
      if (rule.kind === kind && (yield* this.execute(rule.body)) === EXIT) return EXIT
    }
    return DONE
  }

  private *records(rules: readonly Rule[]): Waiting<number> {
    for (;;) {
      const text = yield* this.input.next()
      if (text === null) return DONE
      this.setRecord(new InputText(text))
      for (const rule of rules) {
        if (!(yield* this.applies(rule))) continue
        const code = yield* this.execute(rule.body)
        if (code === EXIT) return EXIT
        if (code === NEXTFILE) this.input.close()
        if (code === NEXT || code === NEXTFILE) break
      }
    }
  }

  private *applies(rule: Rule): Waiting<boolean> {
    if (rule.first === null) return true
    if (rule.last === null) return isTrue(yield* this.value(rule.first))
    if (!rule.inRange && !isTrue(yield* this.value(rule.first))) return false
    rule.inRange = !isTrue(yield* this.value(rule.last))
    return true
  }

  // --- input ---

  setRecord(value: Value): void {
    this.record.set(value, this.text(value), this.fieldSeparator())
  }

  private fieldSeparator(): Separator {
    const text = this.textOf('FS')
    if (text !== this.separatorText) {
      this.separatorText = text
      this.separatorNow = this.separator(text)
    }
    return this.separatorNow
  }

  /** What a text means as FS, or as the last argument of split(). */
  separator(text: string): Separator {
    if (text === ' ') return 'blanks'
    if (text === '') return 'characters'
    return text.length === 1 ? { literal: text } : this.pattern(text)
  }

  /** What RS means now. */
  recordEnd(): RecordEnd {
    const text = this.textOf('RS')
    if (text === '') return null
    return text.length === 1 ? { literal: text } : this.pattern(text)
  }

  /** "name=value" among the files, and of -v. */
  assignArgument(argument: string): boolean {
    const match = /^([A-Za-z_][A-Za-z_0-9]*)=([^]*)$/.exec(argument)
    if (match === null) return false
    this.setVariable(match[1], new InputText(unescape(match[2])))
    return true
  }

  // --- variables ---

  private cellOf(name: Name): Cell {
    return name.local >= 0 ? this.locals[name.local] : name.cell
  }

  arrayOf(name: Name): AwkArray {
    return this.arrayOfCell(this.cellOf(name), name.name)
  }

  private arrayOfCell(cell: Cell, name: string): AwkArray {
    if (cell.array === null) {
      if (cell.value !== undefined) throw new AwkRuntimeError(`can't use variable ${name} as an array`)
      cell.array = cell.origin === null ? new AwkArray() : this.arrayOfCell(cell.origin, name)
    }
    return cell.array
  }

  private assignCell(cell: Cell, value: Value): void {
    if (cell === this.nf) this.record.setCount(toInteger(toNumber(value)))
    else cell.value = value
  }

  /** srand(): the seed before. null: one of nobody's choice. */
  seed(value: Value | null): Value {
    const before = this.seeded
    this.seeded = value === null ? this.random.fresh() : value
    this.random.seed(toInteger(toNumber(this.seeded)))
    return before
  }

  *key(index: Expression): Waiting<string | number> {
    const value = yield* this.value(index)
    if (typeof value === 'number') return integerKey(value) ?? this.text(value)
    return this.text(value)
  }

  /** Gives a value to a variable, an element or a field. */
  *assign(target: Reference, value: Value): Waiting<void> {
    if (target.kind === 'name') this.assignCell(this.cellOf(target), value)
    else if (target.kind === 'element') this.arrayOf(target.array).set(yield* this.key(target.index), value)
    else this.assignField(toInteger(toNumber(yield* this.value(target.index))), value)
  }

  private assignField(index: number, value: Value): void {
    if (index === 0) this.setRecord(value)
    else this.record.setField(index, value)
  }

  /** A reference whose subscript has been worked out: read and written once each. */
  private *place(target: Reference): Waiting<{ get(): Value, set(value: Value): void }> {
    if (target.kind === 'name') {
      const cell = this.cellOf(target)
      return { get: () => this.variable(cell, target.name), set: (value) => this.assignCell(cell, value) }
    }
    if (target.kind === 'element') {
      const array = this.arrayOf(target.array)
      const key = yield* this.key(target.index)
      array.get(key)
      return { get: () => array.get(key), set: (value) => array.set(key, value) }
    }
    const index = toInteger(toNumber(yield* this.value(target.index)))
    return { get: () => this.record.get(index), set: (value) => this.assignField(index, value) }
  }

  private variable(cell: Cell, name: string): Value {
    if (cell === this.nf) return this.record.count
    if (cell.array !== null) throw new AwkRuntimeError(`can't use array ${name} as a variable`)
    return cell.value
  }

  /** A pattern from a text. Throws AwkRuntimeError. */
  pattern(source: string): Regex {
    const regex = this.patterns.compile(source)
    if (typeof regex !== 'string') return regex
    throw new AwkRuntimeError(`regular expression compile failed (${regex})\n${source}`)
  }

  /** An expression as a pattern: /.../ as it stands, anything else by its text. */
  *patternOf(expression: Expression): Waiting<Regex> {
    const bare = expression.kind === 'group' && expression.list.length === 1 ? expression.list[0] : expression
    if (bare.kind === 'regex' && bare === expression) return this.pattern(bare.source)
    return this.pattern(this.text(yield* this.value(expression)))
  }

  // --- expressions ---

  *value(e: Expression): Waiting<Value> {
    switch (e.kind) {
      case 'number': case 'string': return e.value
      case 'name': return this.variable(this.cellOf(e), e.name)
      case 'field': {
        const index = e.index.kind === 'number' ? e.index.value : toNumber(yield* this.value(e.index))
        return this.record.get(toInteger(index))
      }
      case 'element': return this.arrayOf(e.array).get(yield* this.key(e.index))
      case 'regex': return this.pattern(e.source).test(this.text(this.record.get(0))) ? 1 : 0
      case 'group': return yield* this.group(e.list)
      case 'assign': return yield* this.assignment(e.operator, e.target, e.value)
      case 'step': {
        const place = yield* this.place(e.target)
        const before = toNumber(place.get())
        place.set(before + e.by)
        return e.before ? before + e.by : before
      }
      case 'binary': return yield* this.chain(e)
      case 'logical': {
        const left = isTrue(yield* this.value(e.left))
        if (left === (e.operator === '||')) return left ? 1 : 0
        return isTrue(yield* this.value(e.right)) ? 1 : 0
      }
      case 'match': {
        const text = this.text(yield* this.value(e.text))
        return (yield* this.patternOf(e.pattern)).test(text) === e.negated ? 0 : 1
      }
      case 'unary': {
        const operand = yield* this.value(e.operand)
        return e.operator === '!' ? isTrue(operand) ? 0 : 1 : e.operator === '-' ? -toNumber(operand) : toNumber(operand)
      }
      case 'choice': return yield* this.value(isTrue(yield* this.value(e.test)) ? e.yes : e.no)
      case 'in': {
        const key = yield* this.key(e.index)
        return this.arrayOf(e.array).has(key) ? 1 : 0
      }
      case 'getline': return yield* this.getline(e.from, e.source, e.target)
      case 'builtin': return yield* builtin(this, e.name, e.args)
      case 'call': return yield* this.call(e.callee.parameters.length, e.callee.body, e.args)
    }
  }

  /** a + b + c ...: from the left, without going down into each pair. */
  private *chain(last: Expression): Waiting<Value> {
    const pairs: (Expression & { readonly kind: 'binary' })[] = []
    let first = last
    for (; first.kind === 'binary'; first = first.left) pairs.push(first)
    let value = yield* this.value(first)
    for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
      value = this.binary(pair.operator, value, yield* this.value(pair.right))
    }
    return value
  }

  private *group(list: readonly Expression[]): Waiting<Value> {
    if (list.length === 1) return yield* this.value(list[0])
    const parts: string[] = []
    for (const part of list) parts.push(this.text(yield* this.value(part)))
    return parts.join(this.textOf('SUBSEP'))
  }

  private *assignment(operator: string, target: Reference, expression: Expression): Waiting<Value> {
    const place = yield* this.place(target) // the subscript comes first, and the element is there from then on
    const right = yield* this.value(expression)
    const value = operator === '=' ? right : this.binary(operator[0], place.get(), right)
    place.set(value)
    return value
  }

  private binary(operator: string, left: Value, right: Value): Value {
    return operator === ' ' ? concatenate(this.text(left), this.text(right))
      : operate(operator, left, right, toTextFormat(this.convfmt.value))
  }

  /** 1, 0 at the end, -1 when it cannot be read. */
  private *getline(from: 'main' | 'file' | 'command', source: Expression | null, target: Reference | null): Waiting<Value> {
    let text: string | null
    if (source === null) text = yield* this.input.next()
    else {
      const name = this.text(yield* this.value(source))
      const reader = from === 'file' ? this.streams.file(name) : this.streams.command(name)
      if (reader === null) return -1
      text = yield* reader.next(this.recordEnd())
      if (text === null) return reader.errno === 0 ? 0 : -1
    }
    if (text === null) return 0
    if (target === null) this.setRecord(new InputText(text))
    else yield* this.assign(target, new InputText(text))
    return 1
  }

  private *call(count: number, body: Statement | null, args: readonly Expression[]): Waiting<Value> {
    const locals: Cell[] = []
    for (const arg of args) locals.push(yield* this.argument(arg))
    while (locals.length < count) locals.push(new Cell())
    const outer = this.locals
    this.stack += Math.max(count, 1)
    if (this.stack > STACK_LIMIT) {
      throw new AwkExit(`${this.name}: program limit exceeded: eval stack size=${STACK_LIMIT}\n`, 2)
    }
    this.locals = locals
    this.returned = undefined
    const code = body === null ? DONE : (yield new Frame(this.execute(body))) as number // what execute() returns
    this.locals = outer
    this.stack -= Math.max(count, 1)
    if (code === EXIT) throw new ExitInFunction()
    const { returned } = this
    this.returned = undefined
    return returned
  }

  /** A name alone is handed on as it is: an array, or what may yet become one. */
  private *argument(arg: Expression): Waiting<Cell> {
    const cell = new Cell()
    if (arg.kind !== 'name') {
      cell.value = yield* this.value(arg)
      return cell
    }
    const own = this.cellOf(arg)
    if (own.array !== null) cell.array = own.array
    else {
      cell.value = this.variable(own, arg.name)
      if (cell.value === undefined) cell.origin = own
    }
    return cell
  }

  // --- statements ---

  private *execute(s: Statement): Waiting<number> {
    switch (s.kind) {
      case 'expression':
        yield* this.value(s.value)
        return DONE
      case 'print':
        yield* this.print(s.formatted, s.args, s.redirect, s.target)
        return DONE
      case 'block':
        for (const statement of s.body) {
          const code = yield* this.execute(statement)
          if (code !== DONE) return code
        }
        return DONE
      case 'if':
        if (isTrue(yield* this.value(s.test))) return yield* this.execute(s.yes)
        return s.no === null ? DONE : yield* this.execute(s.no)
      case 'while': case 'do': return yield* this.loop(s.kind === 'do', s.test, null, s.body)
      case 'for':
        if (s.first !== null) yield* this.value(s.first)
        return yield* this.loop(false, s.test, s.step, s.body)
      case 'for-in': return yield* this.forIn(s.target, s.array, s.body)
      case 'delete':
        if (s.index === null) this.arrayOf(s.array).clear()
        else this.arrayOf(s.array).delete(yield* this.key(s.index))
        return DONE
      case 'exit':
        if (s.value !== null) this.status = toInteger(toNumber(yield* this.value(s.value))) & 0xff
        return EXIT
      case 'return':
        this.returned = s.value === null ? undefined : yield* this.value(s.value)
        return RETURN
      case 'break': return BREAK
      case 'continue': return CONTINUE
      case 'next': return NEXT
      case 'nextfile': return NEXTFILE
    }
  }

  private *loop(bodyFirst: boolean, test: Expression | null, step: Expression | null, body: Statement): Waiting<number> {
    for (let first = bodyFirst; ; first = false) {
      if (!first && test !== null && !isTrue(yield* this.value(test))) return DONE
      if (++this.rounds % ROUNDS_PER_MILLISECOND === 0) yield this.process.sleep(1e6)
      const code = yield* this.execute(body)
      if (code === BREAK) return DONE
      if (code !== DONE && code !== CONTINUE) return code
      if (step !== null) yield* this.value(step)
    }
  }

  private *forIn(target: Name, name: Name, body: Statement): Waiting<number> {
    for (const key of this.arrayOf(name).keys()) {
      yield* this.assign(target, key)
      const code = yield* this.execute(body)
      if (code === BREAK) return DONE
      if (code !== DONE && code !== CONTINUE) return code
    }
    return DONE
  }

  private *print(formatted: boolean, args: readonly Expression[], redirect: '' | '>' | '>>' | '|',
    target: Expression | null): Waiting<void> {
    const values: Value[] = []
    for (const arg of args) values.push(yield* this.value(arg))
    const name = target === null ? '' : this.text(yield* this.value(target))
    let text: string
    if (formatted) {
      try {
        text = sprintf(this.text(values[0]), values.slice(1), toTextFormat(this.convfmt.value), 'printf')
      } catch (error) {
        if (error instanceof SprintfError) yield* this.streams.write(error.before, redirect, name)
        throw error
      }
    } else {
      const format = this.textOf('OFMT')
      const shown = args.length === 0 ? [this.record.get(0)] : values
      text = shown.map((value) => toText(value, format)).join(this.textOf('OFS')) + this.textOf('ORS')
    }
    yield* this.streams.write(text, redirect, name)
  }
}

function toTextFormat(value: Value): string {
  return typeof value === 'string' ? value : toText(value, '%.6g')
}
