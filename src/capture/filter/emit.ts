/**
 * Lays the blocks out as instructions. Two things are done here for speed: a load and the comparison behind it become
 * one instruction where the machine has one, and long chains of equal fields become tables.
 */
import type { Block, Branch, Load } from './block.ts'
import * as op from './program.ts'
import { Program, WORDS_PER_INSTRUCTION } from './program.ts'

/** The same blocks, with tables in place of long chains. */
export function group(entry: Block): Block {
  return new Chains().grouped(entry)
}

/** Load and comparison in one, by the load's operation. */
const FUSED: ReadonlyMap<number, ReadonlyMap<number, number>> = new Map([
  [op.LD_B, new Map([[op.JEQ_K, op.LD_B_JEQ], [op.JSET_K, op.LD_B_JSET], [op.JGE_K, op.LD_B_JGE]])],
  [op.LD_H, new Map([[op.JEQ_K, op.LD_H_JEQ], [op.JSET_K, op.LD_H_JSET]])],
  [op.LD_W, new Map([[op.JEQ_K, op.LD_W_JEQ]])],
  [op.LD_B_T, new Map([[op.JEQ_K, op.LD_B_T_JEQ], [op.JSET_K, op.LD_B_T_JSET]])],
  [op.LD_H_T, new Map([[op.JEQ_K, op.LD_H_T_JEQ], [op.JGE_K, op.LD_H_T_JGE]])],
  [op.LD_W_T, new Map([[op.JEQ_K, op.LD_W_T_JEQ]])],
])

/** A program of these blocks, each once. */
export function emit(entry: Block): Program {
  const places = new Map<Block, number>()
  const order: Branch[] = []
  const waiting: Block[] = [entry]
  let instructions = 0
  while (waiting.length > 0) {
    const block = waiting.pop() as Block
    if (block.kind !== 'branch' || places.has(block)) continue
    places.set(block, instructions * WORDS_PER_INSTRUCTION)
    order.push(block)
    instructions += block.steps.length + (block.load !== null && block.reloads && fused(block) === null ? 1 : 0) + 1
    waiting.push(block.whenTrue, block.whenFalse)
  }
  const tables = order.map(block => block.among === null ? null : tableOf(block.among))
  const words = tables.reduce((sum, table) => sum + (table?.words.length ?? 0), instructions * WORDS_PER_INSTRUCTION)
  const code = new Int32Array(words)
  let at = 0
  let tableAt = instructions * WORDS_PER_INSTRUCTION
  const put = (...instruction: number[]): void => {
    code.set(instruction, at)
    at += WORDS_PER_INSTRUCTION
  }
  const pcOf = (block: Block): number =>
    block.kind === 'accept' ? op.ACCEPT_PC : block.kind === 'refuse' ? op.REFUSE_PC : places.get(block) as number
  for (const [index, block] of order.entries()) {
    for (const step of block.steps) put(step.operation, 0, -1, step.k)
    const { load } = block
    const whenTrue = pcOf(block.whenTrue)
    const whenFalse = pcOf(block.whenFalse)
    const both = fused(block)
    if (both !== null && load !== null) {
      put(both, load.at, load.mask ?? -1, block.k, whenTrue, whenFalse, load.headerAt ?? 0, block.orAt ?? 0)
      continue
    }
    if (load !== null && block.reloads) put(loadOperation(load), load.at, load.mask ?? -1, 0, 0, 0, load.headerAt ?? 0)
    const table = tables[index]
    if (table === null) put(block.operation, 0, -1, block.k, whenTrue, whenFalse)
    else {
      put(op.JIN, tableAt, table.shift, table.multiplier, whenTrue, whenFalse)
      code.set(table.words, tableAt)
      tableAt += table.words.length
    }
  }
  return new Program(code, pcOf(entry))
}

const METADATA: ReadonlyMap<string, number> = new Map([['packet type', op.LD_TYPE], ['ifindex', op.LD_IFINDEX]])

function loadOperation(load: Load): number {
  if (load.size === 0) return METADATA.get(load.name) ?? op.LD_LEN
  const transport = load.headerAt === null ? 0 : op.LD_B_T - op.LD_B
  return (load.size === 1 ? op.LD_B : load.size === 2 ? op.LD_H : op.LD_W) + transport
}

function fused(block: Branch): number | null {
  if (block.load === null || !block.reloads || block.load.size === 0) return null
  if (block.orAt !== null) return block.load.size === 4 ? op.LD_W_JEQ_EITHER : op.LD_H_T_JEQ_EITHER
  return FUSED.get(loadOperation(block.load))?.get(block.operation) ?? null
}

/** Shorter chains are as fast one by one. */
const MIN_TABLE_VALUES = 6
/** Longer ones are cut, since the table grows with the square. */
const MAX_TABLE_VALUES = 64

/**
 * `host 10.0.0.1 or host 10.0.0.2 or ...` is a chain of comparisons, source, destination, source, destination, that
 * all lead to one place when true. Once the chain has loaded each of its fields, no load in it can fail any more, so
 * the rest of it may be asked in any order: all sources in one table, then all destinations.
 */
class Chains {
  private readonly done = new Map<Branch, Block>()
  private count = -1

  grouped(entry: Block): Block {
    if (entry.kind !== 'branch') return entry
    const known = this.done.get(entry)
    if (known !== undefined) return known
    const chain = chainFrom(entry)
    const all = new Set(chain.map(block => block.load?.name))
    const loaded = new Set<string | undefined>()
    let settled = 0
    while (loaded.size < all.size) loaded.add(chain[settled++].load?.name)
    const rest = chain.slice(settled)
    let result: Block
    if (rest.length < MIN_TABLE_VALUES * all.size) {
      const other = otherPlace(entry)
      const whenFalse = this.grouped(other === null ? entry.whenFalse : other.whenFalse)
      result = { ...entry, orAt: other?.load?.at ?? null, whenTrue: this.grouped(entry.whenTrue), whenFalse }
    } else {
      const whenTrue = this.grouped(entry.whenTrue)
      result = this.tables(rest, whenTrue, this.grouped(rest[rest.length - 1].whenFalse))
      for (const block of chain.slice(0, settled).reverse()) result = { ...block, whenTrue, whenFalse: result }
    }
    this.done.set(entry, result)
    return result
  }

  /** A block per field and table; the field that A held behind the chain comes last, so that it holds it again. */
  private tables(rest: readonly Branch[], whenTrue: Block, whenFalse: Block): Block {
    const byField = new Map<string, Branch[]>()
    for (const block of [...rest].reverse()) {
      const name = (block.load as Load).name
      byField.set(name, [...byField.get(name) ?? [], block])
    }
    let next = whenFalse
    for (const blocks of byField.values()) {
      const values = [...new Set(blocks.map(block => block.k))]
      for (let from = 0; from < values.length; from += MAX_TABLE_VALUES) {
        const among = values.slice(from, from + MAX_TABLE_VALUES)
        const id = this.count--
        next = { ...blocks[0], id, reloads: true, operation: op.JIN, k: 0, among, whenTrue, whenFalse: next }
      }
    }
    return next
  }
}

/**
 * The block that asks for the same value at another place when this one did not find it: `host`, `port`. What is
 * behind them when true loads anew, since it has both before it.
 */
function otherPlace({ load, reloads, operation, k, whenTrue, whenFalse: next }: Branch): Branch | null {
  if (load === null || !reloads || operation !== op.JEQ_K) return null
  if (next.kind !== 'branch' || next.load === null || !next.reloads || next.operation !== op.JEQ_K) return null
  if (next.k !== k || next.whenTrue !== whenTrue) return null
  if (next.load.size !== load.size || next.load.mask !== load.mask || next.load.headerAt !== load.headerAt) return null
  return load.headerAt === null ? load.size === 4 ? next : null : load.size === 2 ? next : null
}

/** The longest chain of equalities from here whose ways are one when true. */
function chainFrom(entry: Branch): Branch[] {
  const chain = [entry]
  for (;;) {
    const last = chain[chain.length - 1]
    const next = last.whenFalse
    if (last.operation !== op.JEQ_K || last.load === null) break
    if (next.kind !== 'branch' || next.whenTrue !== entry.whenTrue || next.operation !== op.JEQ_K) break
    if (next.load === null) break
    chain.push(next)
  }
  return chain
}

interface Table {
  words: Int32Array
  multiplier: number
  shift: number
}

/**
 * A table where each value stands at (value * multiplier) >>> shift, no two at one place; the multiplier is the first
 * of a fixed series that does it. Free places hold a value that stands elsewhere, and so never match.
 */
function tableOf(values: readonly number[]): Table {
  let multiplier = 0x9e3779b1 | 0
  let bits = 32 - Math.clz32(values.length * values.length >>> 2)
  for (let tries = 0; ; tries++) {
    const shift = 32 - bits
    const words = new Int32Array(1 << bits).fill(values[0])
    const taken = new Set(values.map(value => Math.imul(value, multiplier) >>> shift))
    if (taken.size === values.length) {
      for (const value of values) words[Math.imul(value, multiplier) >>> shift] = value
      return { words, multiplier, shift }
    }
    multiplier = Math.imul(multiplier, 1_664_525) + 1_013_904_222 | 1
    if (tries % 64 === 63) bits++
  }
}
