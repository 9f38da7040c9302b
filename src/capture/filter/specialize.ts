/**
 * Walks every path through the blocks with what it has learnt: a field that was loaded is not loaded again, and a
 * comparison whose answer is known is passed over. What a path knows and no block ahead asks is forgotten, so that
 * paths come together again.
 */
import { REFUSE, type Block, type Branch } from './block.ts'
import * as op from './program.ts'

/** What is known on a path: answers by question, and fields known to be a value. Never changed, only replaced. */
class Knowledge {
  /** The same for the same knowledge. Written once, since a path knows the same over many blocks. */
  readonly text: string

  constructor(
    readonly answers: ReadonlyMap<string, { field: string, answer: boolean }>,
    readonly values: ReadonlyMap<string, number>,
  ) {
    const answerTexts = [...answers].map(([text, { answer }]) => `${text}=${answer}`).sort()
    const valueTexts = [...values].map(([text, value]) => `${text}=${value}`).sort()
    this.text = `${answerTexts.join()};${valueTexts.join()}`
  }
}

/** Gives up beyond this many blocks, before or after, and the plain code is used. */
const MAX_BLOCKS = 4096

/** The entry of a shorter program of the same meaning; null when it would grow too long. */
export function specialize(entry: Block): Block | null {
  const order = inOrder(entry)
  if (order.length > MAX_BLOCKS) return null
  return new Specializer(order).visit(entry, null, new Knowledge(new Map(), new Map()))
}

/** All branches, each behind those that it leads to. */
function inOrder(entry: Block): Branch[] {
  const order = new Set<Branch>()
  const seen = new Set<Block>()
  const waiting: Block[] = [entry]
  while (waiting.length > 0) {
    const block = waiting[waiting.length - 1]
    if (block.kind === 'branch' && !seen.has(block)) {
      seen.add(block)
      waiting.push(block.whenTrue, block.whenFalse)
      continue
    }
    waiting.pop()
    if (block.kind === 'branch') order.add(block)
  }
  return [...order]
}

class Specializer {
  private readonly made = new Map<string, Block>()
  /** Names of the fields that a block and those behind it load. */
  private readonly ahead = new Map<Block, ReadonlySet<string>>()
  private readonly timesAsked = new Map<string, number>()
  /** Where a block stands in the order; what it leads to has smaller numbers. */
  private readonly position = new Map<Block, number>()
  /** The last block on any path that asks a question. */
  private readonly lastAsked = new Map<string, number>()

  constructor(order: readonly Branch[]) {
    for (const [index, block] of order.entries()) {
      const fields = new Set([...this.ahead.get(block.whenTrue) ?? [], ...this.ahead.get(block.whenFalse) ?? []])
      if (block.load !== null) fields.add(block.load.name)
      this.ahead.set(block, fields)
      const asked = question(block)
      this.position.set(block, index)
      if (!this.lastAsked.has(asked)) this.lastAsked.set(asked, index)
      this.timesAsked.set(asked, (this.timesAsked.get(asked) ?? 0) + 1)
    }
  }

  /** `a`: the name of what A holds, when known. */
  visit(start: Block, a: string | null, knownBefore: Knowledge): Block | null {
    let block = start
    for (;;) {
      if (block.kind !== 'branch') return block
      const answer = decide(block, knownBefore)
      if (answer === null) break
      block = answer ? block.whenTrue : block.whenFalse
    }
    const known = this.remember(block, knownBefore)
    const reloads = block.load === null || block.load.name !== a
    const key = `${block.id};${reloads};${known.text}`
    const done = this.made.get(key)
    if (done !== undefined) return done
    if (this.made.size >= MAX_BLOCKS) return null
    const holds = block.load === null ? null : block.load.name
    const whenTrue = this.visit(block.whenTrue, holds, this.learn(block, known, true))
    const whenFalse = this.visit(block.whenFalse, holds, this.learn(block, known, false))
    if (whenTrue === null || whenFalse === null) return null
    const idle = block.load !== null && (!reloads || block.load.size === 0 || whenTrue === REFUSE)
    const special = whenTrue === whenFalse && idle ? whenTrue
      : { ...block, id: this.made.size, reloads, whenTrue, whenFalse }
    this.made.set(key, special)
    return special
  }

  private remember(block: Block, known: Knowledge): Knowledge {
    const fields = this.ahead.get(block) as ReadonlySet<string>
    const position = this.position.get(block) as number
    const answers = [...known.answers].filter(([asked, { field }]) =>
      fields.has(field) && this.lastAsked.get(asked) as number <= position)
    const values = [...known.values].filter(([field]) => fields.has(field))
    if (answers.length === known.answers.size && values.length === known.values.size) return known
    return new Knowledge(new Map(answers), new Map(values))
  }

  private learn(block: Branch, known: Knowledge, answer: boolean): Knowledge {
    if (block.load === null) return known
    const field = block.load.name
    if (answer && block.operation === op.JEQ_K) {
      return new Knowledge(known.answers, new Map(known.values).set(field, block.k))
    }
    const asked = question(block)
    if (this.timesAsked.get(asked) === 1) return known
    return new Knowledge(new Map(known.answers).set(asked, { field, answer }), known.values)
  }
}

function question(block: Branch): string {
  return `${block.load?.name} ${block.operation} ${block.k}`
}

function decide(block: Branch, known: Knowledge): boolean | null {
  if (block.load === null) return null
  if (block.load.name === 'length' && block.operation === op.JGE_K && block.k === 0) return true
  const answered = known.answers.get(question(block))
  if (answered !== undefined) return answered.answer
  const value = known.values.get(block.load.name)
  if (value === undefined) return null
  if (block.operation === op.JEQ_K) return value === block.k
  if (block.operation === op.JGT_K) return value >>> 0 > block.k >>> 0
  if (block.operation === op.JGE_K) return value >>> 0 >= block.k >>> 0
  return (value & block.k) !== 0
}
