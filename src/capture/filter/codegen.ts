/**
 * From tests to a program. A test becomes a block (loads, then one branch) with two ways out; `and`, `or` and `not`
 * only join ways. Then specialize.ts leaves out what a path already knows, and emit.ts lays out the instructions.
 *
 * A load past the end (or a division by zero) refuses the packet, even under `not`. Leaving out a load keeps that: it
 * was done before on the same path and did not fail. So the program means what libpcap's unoptimised code means. Its
 * optimiser leaves out more, and passes some frames that are shorter than a header which the filter reads; it also has
 * faults (test/tools/tcpdump-filter.test.ts names one), which are not reproduced.
 */
import { assert } from '../../base/assert.ts'
import { ACCEPT, REFUSE, type Block, type Branch, type Load, type Step } from './block.ts'
import { emit, group } from './emit.ts'
import { FilterError } from './filter-error.ts'
import * as op from './program.ts'
import type { Program } from './program.ts'
import { specialize } from './specialize.ts'
import type { Arithmetic, ArithmeticOperator, FieldOperator, Place, Test } from './syntax-tree.ts'

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
  const special = specialize(plain)
  const entry = special === null ? plain : group(special)
  if (entry === REFUSE) throw new FilterError('expression rejects all packets')
  return emit(entry)
}

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
    assert(test.kind !== 'code', 'filters with instructions of their own are translated (classic.ts)')
    switch (test.kind) {
      case 'length':
        return this.branch(LENGTH, [], test.operator === 'gt' ? op.JGT_K : op.JGE_K, test.value, whenTrue, whenFalse)
      case 'metadata': {
        const load: Load = { size: 0, at: 0, headerAt: null, mask: null, name: test.what }
        return this.branch(load, [], op.JEQ_K, test.value, whenTrue, whenFalse)
      }
      case 'field': {
        const { at, headerAt, size } = test.place
        // Of `net 0.0.0.0/0`: libpcap's optimiser leaves the load out, and so passes frames that are cut before it.
        if (test.mask === 0 && test.operator === 'eq' && test.value === 0) return whenTrue
        const load: Load = { size, at, headerAt, mask: test.mask, name: '' }
        load.name = `${test.computed}${at}+${headerAt}:${size}&${test.mask}`
        return this.branch(load, [], FIELD_JUMPS[test.operator], test.value, whenTrue, whenFalse)
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
        return this.branch(null, steps, RELATION_JUMPS[test.operator], 0, whenTrue, whenFalse)
      }
    }
  }

  private branch(
    load: Load | null, steps: Step[], operation: number, k: number, whenTrue: Block, whenFalse: Block,
  ): Branch {
    const id = this.count++
    const plain = { reloads: true, orAt: null, among: null }
    return { kind: 'branch', id, load, steps, operation, k, ...plain, whenTrue, whenFalse }
  }
}

/** The length of the packet, whose load can not fail. */
const LENGTH: Load = { size: 0, at: 0, headerAt: null, mask: null, name: 'length' }

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
    steps.push({ operation: indexedLoad(place), k: place.at })
  }
  const result = registers.take()
  steps.push({ operation: op.ST, k: result })
  return result
}

function indexedLoad(place: Place): number {
  return place.size === 1 ? op.LD_B_X : place.size === 2 ? op.LD_H_X : op.LD_W_X
}
