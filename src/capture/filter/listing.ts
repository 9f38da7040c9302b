/**
 * A filter as classic BPF, instruction for instruction what libpcap 1.10.3 compiles it to when its optimiser is off:
 * what `tcpdump -O -d`, `-dd` and `-ddd` print. Each test stands for itself, whatever was asked before; arithmetic goes
 * through memory words, taken in turn. Blocks lie with what follows a true answer before what follows a false one.
 * Our own machine runs another, shorter program of the same meaning (codegen.ts).
 */
import { assert } from '../../base/assert.ts'
import {
  ADD_K, ADD_X, AND_K, JA, JEQ_K, JEQ_X, LDX_IMM, LDX_MEM, LDX_MSH, LD_ABS, LD_IMM, LD_IND, LD_LEN, LD_MEM, LSH_K, MUL_K,
  NEG, RET_K, ST, STX, SUB_X, TAX, TXA,
} from './classic-codes.ts'
import { headerLength4, loadFromBase } from './computed.ts'
import { FilterError } from './filter-error.ts'
import { parseFilter, type FilterOptions } from './parser.ts'
import { MEMORY_WORDS } from './program.ts'
import type { Arithmetic, ArithmeticOperator, CodeStep, FieldTest, Place, Register, Test } from './syntax-tree.ts'

/** struct bpf_insn of Linux include/uapi/linux/filter.h: struct sock_filter. */
export interface Instruction {
  code: number
  jt: number
  jf: number
  k: number
}

const FIELD_JUMPS = { eq: JEQ_K, gt: 0x25, ge: 0x35, set: 0x45 }
const ARITHMETIC: Record<ArithmeticOperator, number> = {
  '+': ADD_X, '-': SUB_X, '*': 0x2c, '/': 0x3c, '|': 0x4c, '&': 0x5c, '<<': 0x6c, '>>': 0x7c, '%': 0x9c, '^': 0xac,
}
const GREATER_X = { gt: 0x2d, ge: 0x3d }

type Step = readonly [code: number, k: number, jt?: number, jf?: number]

/** Loads from SKF_AD_OFF on read what the kernel knows of the frame (Linux net/core/filter.c). */
const METADATA = { 'packet type': [0x28, -4096 + 4], ifindex: [0x20, -4096 + 8] } as const

interface Block {
  /** Loads and arithmetic, then the branch; for a leaf only its return. */
  steps: Step[]
  branch: Step
  whenTrue: Block | null
  whenFalse: Block | null
  at: number
  longTrue: boolean
  longFalse: boolean
}

/** The program of a filter as `-d` (1), `-dd` (2) or `-ddd` (3 or more) print it, or why there is none. */
export function listFilter(text: string, style: number, snapLength: number, options: FilterOptions = {}):
  string | FilterError {
  try {
    const program = assemble(parseFilter(text, options), snapLength)
    const lines = style === 1 ? program.map(image) : style === 2 ? program.map(initializer) : program.map(decimal)
    return [...style > 2 ? [`${program.length}`] : [], ...lines, ''].join('\n')
  } catch (error) {
    if (error instanceof FilterError) return error
    throw error
  }
}

function leaf(value: number): Block {
  const ends = { whenTrue: null, whenFalse: null, at: 0, longTrue: false, longFalse: false }
  return { steps: [], branch: [RET_K, value], ...ends }
}

/** The whole program. Throws FilterError when it needs too many memory words. */
export function assemble(test: Test | null, snapLength: number): Instruction[] {
  const accept = leaf(snapLength)
  if (test === null) return place([accept])
  const steps = new Map<Test, Step[]>()
  new Relations(steps).read(test)
  const entry = blocks(test, steps, accept, leaf(0))
  return place(inOrder(entry))
}

function blocks(test: Test, steps: ReadonlyMap<Test, Step[]>, whenTrue: Block, whenFalse: Block): Block {
  while (test.kind === 'and' || test.kind === 'or' || test.kind === 'not') {
    if (test.kind === 'not') {
      [whenTrue, whenFalse] = [whenFalse, whenTrue]
      test = test.test
      continue
    }
    const right = blocks(test.right, steps, whenTrue, whenFalse)
    if (test.kind === 'and') whenTrue = right
    else whenFalse = right
    test = test.left
  }
  const block = { whenTrue, whenFalse, at: 0, longTrue: false, longFalse: false }
  if (test.kind === 'length') {
    return { ...block, steps: [[LD_LEN, 0]], branch: [FIELD_JUMPS[test.operator], test.value] }
  }
  if (test.kind === 'field') {
    return { ...block, steps: loadField(test), branch: [FIELD_JUMPS[test.operator], test.value] }
  }
  if (test.kind === 'metadata') return { ...block, steps: [METADATA[test.what]], branch: [JEQ_K, test.value] }
  if (test.kind === 'code') return { ...block, steps: test.steps.map(resolved), branch: resolved(test.branch) }
  assert(test.kind === 'relation', 'a filter has tests of five kinds')
  const branch: Step = test.operator === 'eq' ? [JEQ_K, 0] : [GREATER_X[test.operator], 0]
  return { ...block, steps: steps.get(test) as Step[], branch }
}

function loadField({ place, mask }: FieldTest): Step[] {
  const masking: Step[] = mask === null || mask === -1 ? [] : [[AND_K, mask]]
  const { base, at, headerAt, size } = place
  if (base !== null) return [...loadFromBase(at, headerAt, size, base).map(resolved), ...masking]
  if (place.headerAt === null) return [[LD_ABS[place.size], place.at], ...masking]
  return [[LDX_MSH, place.headerAt], [LD_IND[place.size], place.at], ...masking]
}

/** With the memory words that it was given. */
function resolved({ code, k, jt, jf }: CodeStep): Step {
  return [code, typeof k === 'number' ? k : wordOf(k), jt, jf]
}

function wordOf(register: Register): number {
  assert(register.word >= 0, 'memory words are given before code is made')
  return register.word
}

/** The code of arithmetic relations. Memory words are taken in the order of the text, so all are made in one go. */
class Relations {
  private readonly used = new Array<boolean>(MEMORY_WORDS).fill(false)
  private next = 0

  constructor(private readonly made: Map<Test, Step[]>) {}

  read(test: Test): void {
    const waiting = [test]
    while (waiting.length > 0) {
      const one = waiting.pop() as Test
      if (one.kind === 'and' || one.kind === 'or') waiting.push(one.right, one.left)
      else if (one.kind === 'not') waiting.push(one.test)
      else if (one.kind === 'relation') this.relation(one)
      else if (one.kind === 'code') {
        for (const register of one.takes) register.word = this.take()
        for (const register of one.frees) this.used[register.word] = false
      }
    }
  }

  private relation(test: Test & { kind: 'relation' }): void {
    const steps: Step[] = []
    const left = this.compute(test.left, steps)
    const right = this.compute(test.right, steps)
    steps.push([LDX_MEM, right], [LD_MEM, left])
    if (test.operator === 'eq') steps.push([SUB_X, 0])
    this.used[left] = false
    this.used[right] = false
    this.made.set(test, steps)
  }

  /** Appends what computes `arithmetic`; returns the memory word where it lies. */
  private compute(arithmetic: Arithmetic, steps: Step[]): number {
    if (arithmetic.kind === 'negate') {
      const of = this.compute(arithmetic.of, steps)
      steps.push([LD_MEM, of], [NEG, 0], [ST, of])
      return of
    }
    let result: number
    if (arithmetic.kind === 'binary') {
      const left = this.compute(arithmetic.left, steps)
      const right = this.compute(arithmetic.right, steps)
      steps.push([LDX_MEM, right], [LD_MEM, left], [ARITHMETIC[arithmetic.operator], 0])
      this.used[left] = false
      this.used[right] = false
      result = this.take()
    } else if (arithmetic.kind === 'load') {
      const index = this.compute(arithmetic.index, steps)
      result = this.take()
      this.used[index] = false
      steps.push(...loadIndexed(arithmetic.place, index))
    } else {
      result = this.take()
      steps.push(arithmetic.kind === 'number' ? [LD_IMM, arithmetic.value] : [LD_LEN, 0])
    }
    steps.push([ST, result])
    return result
  }

  private take(): number {
    for (let tries = 0; tries < MEMORY_WORDS; tries++) {
      if (!this.used[this.next]) {
        this.used[this.next] = true
        return this.next
      }
      this.next = (this.next + 1) % MEMORY_WORDS
    }
    throw new FilterError('out of registers needed to evaluate expression')
  }
}

function loadIndexed(place: Place, index: number): Step[] {
  const load: Step = [LD_IND[place.size], place.at]
  const add: Step[] = [[LD_MEM, index], [ADD_X, 0], [TAX, 0], load]
  if (place.base !== null) {
    const start: CodeStep[] = place.headerAt === null ? [{ code: LDX_MEM, k: place.base }]
      : headerLength4(place.headerAt, place.base)
    return [...start.map(resolved), ...add]
  }
  if (place.headerAt === null) return [[LDX_MEM, index], load]
  return [[LDX_MSH, place.headerAt], ...add]
}

/** Each block before those it leads to, the ways of a true answer first. */
function inOrder(entry: Block): Block[] {
  const backwards: Block[] = []
  const seen = new Set<Block>([entry])
  const open = (block: Block): { block: Block, left: (Block | null)[] } =>
    ({ block, left: [block.whenTrue, block.whenFalse] })
  const waiting = [open(entry)]
  while (waiting.length > 0) {
    const top = waiting[waiting.length - 1]
    const next = top.left.pop()
    if (next === undefined) {
      backwards.push(top.block)
      waiting.pop()
    } else if (next !== null && !seen.has(next)) {
      seen.add(next)
      waiting.push(open(next))
    }
  }
  return backwards.reverse()
}

/** A branch reaches 255 instructions; where that is too near, a jump stands behind it. */
const MAX_BRANCH = 255

function place(order: readonly Block[]): Instruction[] {
  for (;;) {
    let end = 0
    for (const block of order) {
      block.at = end
      end += block.steps.length + 1 + (block.longTrue ? 1 : 0) + (block.longFalse ? 1 : 0)
    }
    let lengthened = false
    for (const block of order) {
      const from = block.at + block.steps.length + 1
      if (block.whenTrue === null || block.whenFalse === null) continue
      if (!block.longTrue && block.whenTrue.at - from > MAX_BRANCH) lengthened = block.longTrue = true
      if (!block.longFalse && block.whenFalse.at - from > MAX_BRANCH) lengthened = block.longFalse = true
    }
    if (!lengthened) return order.flatMap(instructions)
  }
}

function instructions(block: Block): Instruction[] {
  const plain = block.steps.map(([code, k, jt = 0, jf = 0]) => ({ code, jt, jf, k }))
  const [code, k] = block.branch
  if (block.whenTrue === null || block.whenFalse === null) return [...plain, { code, jt: 0, jf: 0, k }]
  const from = block.at + block.steps.length + 1
  const jumps: Instruction[] = []
  const reach = (target: Block, long: boolean): number => {
    if (!long) return target.at - from
    jumps.push({ code: JA, jt: 0, jf: 0, k: target.at - from - jumps.length - 1 })
    return jumps.length - 1
  }
  const jt = reach(block.whenTrue, block.longTrue)
  const jf = reach(block.whenFalse, block.longFalse)
  return [...plain, { code, jt, jf, k }, ...jumps]
}

const NAMES: ReadonlyMap<number, readonly [name: string, operand: (k: number) => string]> = (() => {
  const hex = (k: number): string => `#0x${(k >>> 0).toString(16)}`
  const absolute = (k: number): string => k === METADATA.ifindex[1] ? '[ifidx]' : k < 0 ? '[type]' : `[${k}]`
  const indexed = (k: number): string => `[x + ${k}]`
  const memory = (k: number): string => `M[${k}]`
  const x = (): string => 'x'
  const number = (k: number): string => `#${k}`
  const none = (): string => ''
  return new Map([
    [LD_IMM, ['ld', hex]], [LDX_MEM, ['ldx', memory]], [LDX_MSH, ['ldxb', k => `4*([${k}]&0xf)`]],
    [LD_MEM, ['ld', memory]], [LD_LEN, ['ld', () => '#pktlen']], [ST, ['st', memory]], [AND_K, ['and', hex]],
    [ADD_X, ['add', x]], [SUB_X, ['sub', x]], [0x2c, ['mul', x]], [0x3c, ['div', x]], [0x4c, ['or', x]],
    [0x5c, ['and', x]], [0x6c, ['lsh', x]], [0x7c, ['rsh', x]], [0x9c, ['mod', x]], [0xac, ['xor', x]],
    [LDX_IMM, ['ldx', hex]], [STX, ['stx', memory]], [TXA, ['txa', none]], [JEQ_X, ['jeq', x]],
    [ADD_K, ['add', number]], [MUL_K, ['mul', number]], [LSH_K, ['lsh', number]],
    [NEG, ['neg', none]], [TAX, ['tax', none]], [JEQ_K, ['jeq', hex]], [0x25, ['jgt', hex]], [0x35, ['jge', hex]],
    [0x45, ['jset', hex]], [0x2d, ['jgt', x]], [0x3d, ['jge', x]], [RET_K, ['ret', k => `#${k}`]],
    [0x30, ['ldb', absolute]], [0x28, ['ldh', absolute]], [0x20, ['ld', absolute]],
    [0x50, ['ldb', indexed]], [0x48, ['ldh', indexed]], [0x40, ['ld', indexed]],
  ] as const)
})()

/** bpf_image of libpcap. */
function image({ code, jt, jf, k }: Instruction, at: number): string {
  const number = `(${String(at).padStart(3, '0')})`
  if (code === JA) return `${number} ${'ja'.padEnd(8)} ${at + 1 + k}`
  const [name, operand] = NAMES.get(code) as readonly [string, (k: number) => string]
  const start = `${number} ${name.padEnd(8)} `
  const isBranch = (code & 7) === 5
  return isBranch ? `${start}${operand(k).padEnd(16)} jt ${at + 1 + jt}\tjf ${at + 1 + jf}` : start + operand(k)
}

/** For a program in C. */
function initializer({ code, jt, jf, k }: Instruction): string {
  return `{ 0x${code.toString(16)}, ${jt}, ${jf}, 0x${(k >>> 0).toString(16).padStart(8, '0')} },`
}

function decimal({ code, jt, jf, k }: Instruction): string {
  return `${code} ${jt} ${jf} ${k >>> 0}`
}
