/**
 * From tests to a program. A test becomes a block (loads, then one branch) with two ways out; `and`, `or` and `not`
 * only join ways. Then every path is walked with what it has learnt: a field that was loaded is not loaded again, a
 * comparison whose answer is known is passed over. What remains is close to libpcap's optimised code.
 *
 * A load past the end (or a division by zero) refuses the packet, even under `not`. Leaving out a load keeps that: it
 * was done before on the same path and did not fail. So the program means what libpcap's unoptimised code means. Its
 * optimiser leaves out more, and passes some frames that are shorter than a header which the filter reads; it also has
 * faults (test/tools/tcpdump-filter.test.ts names one), which are not reproduced.
 */
import { FilterError } from './filter-error.ts'
import * as op from './program.ts'
import { Program, WORDS_PER_INSTRUCTION } from './program.ts'
import type { Arithmetic, ArithmeticOperator, FieldOperator, Place, Test } from './syntax-tree.ts'

interface Step {
  operation: number
  k: number
}

interface Branch {
  kind: 'branch'
  id: number
  /** Loads X with the length of this IPv4 header, when not null. */
  headerAt: number | null
  steps: Step[]
  /** What A holds after the steps; null when that is nobody's business. */
  holds: string | null
  operation: number
  k: number
  whenTrue: Block
  whenFalse: Block
}

type Block = Branch | { kind: 'accept' } | { kind: 'refuse' }

const ACCEPT: Block = { kind: 'accept' }
const REFUSE: Block = { kind: 'refuse' }

const FIELD_JUMPS: Record<FieldOperator, number> = { eq: op.JEQ_K, gt: op.JGT_K, ge: op.JGE_K, set: op.JSET_K }
const RELATION_JUMPS = { eq: op.JEQ_X, gt: op.JGT_X, ge: op.JGE_X }
const ARITHMETIC: Record<ArithmeticOperator, number> = {
  '+': op.ADD_X, '-': op.SUB_X, '*': op.MUL_X, '/': op.DIV_X, '%': op.MOD_X, '&': op.AND_X, '|': op.OR_X,
  '^': op.XOR_X, '<<': op.LSH_X, '>>': op.RSH_X,
}

/**
 * Compiles a parsed filter; null accepts everything. Throws FilterError when it needs too many registers, or when no
 * packet can pass it.
 */
export function generate(test: Test | null): Program {
  if (test === null) return emit(ACCEPT)
  const plain = new Blocks().of(test, ACCEPT, REFUSE)
  const entry = new Specializer().run(plain) ?? plain
  if (entry === REFUSE) throw new FilterError('expression rejects all packets')
  return emit(entry)
}

/** What A holds after a load of the packet's length, which can not fail. */
const LENGTH = 'length'

class Blocks {
  private count = 0

  of(test: Test, whenTrue: Block, whenFalse: Block): Block {
    // Chains of `and` and `or` lean to the left and may be long, so they are a loop.
    while (test.kind === 'and' || test.kind === 'or' || test.kind === 'not') {
      if (test.kind === 'not') {
        [whenTrue, whenFalse] = [whenFalse, whenTrue]
        test = test.test
        continue
      }
      const right = this.of(test.right, whenTrue, whenFalse)
      if (test.kind === 'and') whenTrue = right
      else whenFalse = right
      test = test.left
    }
    switch (test.kind) {
      case 'length': {
        const operation = test.operator === 'gt' ? op.JGT_K : op.JGE_K
        const steps = [{ operation: op.LD_LEN, k: 0 }]
        return this.branch(null, steps, LENGTH, operation, test.value, whenTrue, whenFalse)
      }
      case 'field': {
        const { place, mask } = test
        const steps = [{ operation: loadOperation(place), k: place.at }]
        if (mask !== null) steps.push({ operation: op.AND_K, k: mask })
        const holds = `${test.computed}${place.at}+${place.headerAt}:${place.size}&${mask}`
        return this.branch(place.headerAt, steps, holds, FIELD_JUMPS[test.operator], test.value, whenTrue, whenFalse)
      }
      case 'relation': {
        const known = decideConstant(test.operator, constant(test.left), constant(test.right))
        if (known !== null) return known ? whenTrue : whenFalse
        const field = asField(test)
        if (field !== null) return this.of(field, whenTrue, whenFalse)
        const steps: Step[] = []
        const registers = new Registers()
        const left = compute(test.left, steps, registers)
        const right = compute(test.right, steps, registers)
        steps.push({ operation: op.LDX_MEM, k: right }, { operation: op.LD_MEM, k: left })
        return this.branch(null, steps, null, RELATION_JUMPS[test.operator], 0, whenTrue, whenFalse)
      }
    }
  }

  private branch(
    headerAt: number | null, steps: Step[], holds: string | null, operation: number, k: number,
    whenTrue: Block, whenFalse: Block,
  ): Branch {
    return { kind: 'branch', id: this.count++, headerAt, steps, holds, operation, k, whenTrue, whenFalse }
  }
}

function loadOperation(place: Place): number {
  const indexed = place.headerAt === null ? 0 : op.LD_B_X - op.LD_B
  return (place.size === 1 ? op.LD_B : place.size === 2 ? op.LD_H : op.LD_W) + indexed
}

/** The value of arithmetic that reads nothing from the packet, else null. Throws on a division by a constant zero. */
function constant(arithmetic: Arithmetic): number | null {
  if (arithmetic.kind === 'number') return arithmetic.value
  if (arithmetic.kind === 'negate') {
    const of = constant(arithmetic.of)
    return of === null ? null : -of | 0
  }
  if (arithmetic.kind !== 'binary') return null
  const left = constant(arithmetic.left)
  const right = constant(arithmetic.right)
  if (right === 0 && arithmetic.operator === '/') throw new FilterError('division by zero')
  if (right === 0 && arithmetic.operator === '%') throw new FilterError('modulus by zero')
  if (left === null || right === null) return null
  const x = left >>> 0
  const y = right >>> 0
  switch (arithmetic.operator) {
    case '+': return left + right | 0
    case '-': return left - right | 0
    case '*': return Math.imul(left, right)
    case '/': return x / y | 0
    case '%': return x % y | 0
    case '&': return left & right
    case '|': return left | right
    case '^': return left ^ right
    case '<<': return y > 31 ? 0 : left << y
    case '>>': return y > 31 ? 0 : x >>> y | 0
  }
}

/** A relation between bytes at a fixed place (perhaps masked) and a constant, as a test on a field; null for others. */
function asField(relation: Test & { kind: 'relation' }): Test | null {
  const value = constant(relation.right)
  let { left } = relation
  let mask: number | null = null
  if (left.kind === 'binary' && left.operator === '&') {
    mask = constant(left.right)
    if (mask === null) return null
    left = left.left
  }
  const index = left.kind === 'load' ? constant(left.index) : null
  if (value === null || left.kind !== 'load' || index === null || index >>> 0 > MAX_FIXED_INDEX) return null
  const place = { ...left.place, at: left.place.at + index }
  return { kind: 'field', place, mask, operator: relation.operator, value, computed: 'computed ' }
}

/** Far behind any frame; larger indices are left to the arithmetic of the machine. */
const MAX_FIXED_INDEX = 0xffffff

function decideConstant(operator: 'eq' | 'gt' | 'ge', left: number | null, right: number | null): boolean | null {
  if (left === null || right === null) return null
  if (operator === 'eq') return left === right
  return operator === 'gt' ? left >>> 0 > right >>> 0 : left >>> 0 >= right >>> 0
}

class Registers {
  private readonly used = new Array<boolean>(op.MEMORY_WORDS).fill(false)

  take(): number {
    const free = this.used.indexOf(false)
    if (free < 0) throw new FilterError('too many registers needed to evaluate expression')
    this.used[free] = true
    return free
  }

  free(register: number): void {
    this.used[register] = false
  }
}

/** Appends what computes `arithmetic` and returns the memory word where it lies. */
function compute(arithmetic: Arithmetic, steps: Step[], registers: Registers): number {
  if (arithmetic.kind === 'number') steps.push({ operation: op.LD_IMM, k: arithmetic.value })
  else if (arithmetic.kind === 'length') steps.push({ operation: op.LD_LEN, k: 0 })
  else if (arithmetic.kind === 'negate') {
    const of = compute(arithmetic.of, steps, registers)
    registers.free(of)
    steps.push({ operation: op.LD_MEM, k: of }, { operation: op.NEG, k: 0 })
  } else if (arithmetic.kind === 'binary') {
    const left = compute(arithmetic.left, steps, registers)
    const right = compute(arithmetic.right, steps, registers)
    registers.free(left)
    registers.free(right)
    steps.push({ operation: op.LDX_MEM, k: right }, { operation: op.LD_MEM, k: left },
      { operation: ARITHMETIC[arithmetic.operator], k: 0 })
  } else {
    const { place } = arithmetic
    const index = compute(arithmetic.index, steps, registers)
    registers.free(index)
    if (place.headerAt === null) {
      steps.push({ operation: op.LDX_MEM, k: index })
    } else {
      steps.push({ operation: op.LDX_MSH, k: place.headerAt }, { operation: op.LD_MEM, k: index },
        { operation: op.ADD_X, k: 0 }, { operation: op.TAX, k: 0 })
    }
    steps.push({ operation: loadOperation({ ...place, headerAt: 0 }), k: place.at })
  }
  const result = registers.take()
  steps.push({ operation: op.ST, k: result })
  return result
}

/** What is known on a path: answers by question, what A and X hold, and fields known to be a value. */
interface Knowledge {
  a: string | null
  x: number | null
  answers: ReadonlyMap<string, boolean>
  values: ReadonlyMap<string, number>
}

/** Gives up beyond this many blocks, and the plain code is used. */
const MAX_BLOCKS = 512

class Specializer {
  private readonly made = new Map<string, Block>()

  run(block: Block): Block | null {
    return this.visit(block, { a: null, x: null, answers: new Map(), values: new Map() })
  }

  private visit(start: Block, known: Knowledge): Block | null {
    let block = start
    for (;;) {
      if (block.kind !== 'branch') return block
      const answer = decide(block, known)
      if (answer === null) break
      block = answer ? block.whenTrue : block.whenFalse
    }
    const key = describe(block, known)
    const done = this.made.get(key)
    if (done !== undefined) return done
    if (this.made.size >= MAX_BLOCKS) return null
    const reloads = block.holds === null || block.holds !== known.a
    const a = block.holds
    const x = block.holds === null ? null : reloads && block.headerAt !== null ? block.headerAt : known.x
    const whenTrue = this.visit(block.whenTrue, learn(block, known, true, a, x))
    const whenFalse = this.visit(block.whenFalse, learn(block, known, false, a, x))
    if (whenTrue === null || whenFalse === null) return null
    if (whenTrue === whenFalse && (!reloads || whenTrue === REFUSE || block.holds === LENGTH)) {
      this.made.set(key, whenTrue)
      return whenTrue
    }
    const special: Branch = {
      ...block, steps: reloads ? block.steps : [],
      headerAt: reloads && block.headerAt !== known.x ? block.headerAt : null, whenTrue, whenFalse,
    }
    this.made.set(key, special)
    return special
  }
}

function question(block: Branch): string {
  return `${block.holds} ${block.operation} ${block.k}`
}

function decide(block: Branch, known: Knowledge): boolean | null {
  if (block.holds === null) return null
  if (block.holds === LENGTH && block.operation === op.JGE_K && block.k === 0) return true
  const answer = known.answers.get(question(block))
  if (answer !== undefined) return answer
  const value = known.values.get(block.holds)
  if (value === undefined) return null
  if (block.operation === op.JEQ_K) return value === block.k
  if (block.operation === op.JGT_K) return value >>> 0 > block.k >>> 0
  if (block.operation === op.JGE_K) return value >>> 0 >= block.k >>> 0
  return (value & block.k) !== 0
}

function learn(block: Branch, known: Knowledge, answer: boolean, a: string | null, x: number | null): Knowledge {
  if (block.holds === null) return { ...known, a, x }
  if (answer && block.operation === op.JEQ_K) {
    return { a, x, answers: known.answers, values: new Map(known.values).set(block.holds, block.k) }
  }
  return { a, x, answers: new Map(known.answers).set(question(block), answer), values: known.values }
}

function describe(block: Branch, known: Knowledge): string {
  const answers = [...known.answers].map(([text, answer]) => `${text}=${answer}`).sort()
  const values = [...known.values].map(([text, value]) => `${text}=${value}`).sort()
  return `${block.id};${known.a};${known.x};${answers.join()};${values.join()}`
}

/** Lays the blocks out, each once, and fills in where their branches go. */
function emit(entry: Block): Program {
  const places = new Map<Block, number>()
  const order: Block[] = []
  const waiting: Block[] = [entry]
  let length = 0
  while (waiting.length > 0) {
    const block = waiting.pop() as Block
    if (places.has(block)) continue
    places.set(block, length)
    order.push(block)
    length += block.kind !== 'branch' ? 1 : block.steps.length + (block.headerAt !== null ? 1 : 0) + 1
    if (block.kind === 'branch') waiting.push(block.whenTrue, block.whenFalse)
  }
  const code = new Int32Array(length * WORDS_PER_INSTRUCTION)
  let at = 0
  const put = (operation: number, k: number, whenTrue = 0, whenFalse = 0): void => {
    code.set([operation, k, whenTrue, whenFalse], at)
    at += WORDS_PER_INSTRUCTION
  }
  const place = (block: Block): number => (places.get(block) as number) * WORDS_PER_INSTRUCTION
  for (const block of order) {
    if (block.kind !== 'branch') {
      put(op.RET, block.kind === 'accept' ? 1 : 0)
      continue
    }
    if (block.headerAt !== null) put(op.LDX_MSH, block.headerAt)
    for (const step of block.steps) put(step.operation, step.k)
    put(block.operation, block.k, place(block.whenTrue), place(block.whenFalse))
  }
  return new Program(code)
}
