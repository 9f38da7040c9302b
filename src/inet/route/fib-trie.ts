// Hot path.
// The trie that a fib grows into when a scan no longer does: strides of 8 bits, each node's 256 slots kept as runs.
//
// A word (in the root, or at the end of a run) is
//     >= 0   a leaf: length << 24 | value
//     -1     NO_MATCH: nothing here; what a node further up has to say holds
//     < -1   ~at: the node whose record starts at word `at` of `nodes`
//
// The root is a plain table over the first 8 bits, or over the first 16 from ROOT16_MIN prefixes on (256 KiB, then
// worth its price: it saves a level). Below it a node is a 64-byte record, one cache line, and a block of words:
//
//     word 0..7   bit i set: a run starts at slot i (bit 0 always)
//          8      offset of the block in `words`, minus 1
//          9, 10  eight bytes: how many runs start before bitmap word 0..7
//          11     inherited: the leaf that this node hides in its parent's slot, or NO_MATCH
//          12     capacity of the block        13  runs in use        14  1 in use, 0 free (then 8 = next free)
//
// A slot is found by counting bits, so 256 slots cost as much as they have runs: the idea of the Luleå and poptrie
// papers (Degermark 1997; Asai and Ohara 2015). Unlike those, a node is not pushed full of its parent's routes:
// `inherited` keeps them apart, so that a default route that flaps above a million prefixes rewrites one word a node.
//
// A prefix is painted in the node whose slots its length ends in, over each slot of its range that holds nothing more
// specific; when it goes, its slots are painted with the next shorter prefix of the same node. PrefixSet knows which
// one that is. Changes unpack one node per level into a scratch table, paint there, and pack at the end; a bulk load
// only packs when it moves on to another node.

import { assert } from '../../base/assert.ts'
import { NO_MATCH } from './leaf.ts'
import { PrefixSet } from './prefix-set.ts'

/** From this many prefixes on, 16 root bits. It falls back to 8 at a quarter of it. */
export const ROOT16_MIN = 4096

const RECORD_WORDS = 16
const BASE = 8
const COUNTS = 9
const INHERITED = 11
const CAPACITY = 12
const RUNS = 13
const LIVE = 14
const BLOCK_STEP = 4
const BLOCK_CLASSES = 256 / BLOCK_STEP + 1

// Scratch of the change in progress, shared by all tries: nothing is left open when a public function returns.
// Level 2 unpacks nodes over bits 23..16, 1 over 15..8, 0 over 7..0.
const scratch = [new Int32Array(256), new Int32Array(256), new Int32Array(256)]
const openAt = new Int32Array(3)
const path = new Int32Array(3)

export class FibTrie {
  readonly set: PrefixSet
  private root: Int32Array
  private rootShift: number
  private nodes: Int32Array
  private nodeEnd: number
  private freeNode: number
  private words: Int32Array
  private wordEnd: number
  private freeWords: number
  private readonly freeBlocks: Int32Array

  /** expected: how many prefixes will come, as far as known. */
  constructor(expected: number) {
    this.set = new PrefixSet(expected)
    this.freeBlocks = new Int32Array(BLOCK_CLASSES)
    this.root = new Int32Array(0)
    this.rootShift = 24
    this.nodes = this.root
    this.nodeEnd = 0
    this.freeNode = 0
    this.words = this.root
    this.wordEnd = 0
    this.freeWords = 0
    this.reset(expected >= ROOT16_MIN ? 16 : 24)
  }

  get size(): number {
    return this.set.size
  }

  /** The leaf of the longest prefix over the destination (int32), or NO_MATCH. */
  match(destination: number): number {
    const nodes = this.nodes
    let shift = this.rootShift
    let word = this.root[destination >>> shift]
    if (word >= NO_MATCH) return word
    const words = this.words
    let best = NO_MATCH
    do {
      const at = ~word
      const inherited = nodes[at + INHERITED]
      if (inherited >= 0) best = inherited
      shift -= 8
      const slot = (destination >>> shift) & 255
      const group = slot >>> 5
      let bits = nodes[at + group] & (-1 >>> (31 - slot))
      bits -= (bits >>> 1) & 0x55555555
      bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
      bits = Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
      const before = (nodes[at + COUNTS + (group >>> 2)] >>> ((group & 3) << 3)) & 255
      word = words[(nodes[at + BASE] + before + bits) | 0]
    } while (word < NO_MATCH)
    return word >= 0 ? word : best
  }

  /** Adds the prefix or gives it another value. The leaf carries the length. Returns the leaf replaced, or NO_MATCH. */
  replace(prefix: number, leaf: number): number {
    const previous = this.set.put(prefix, leaf)
    if (previous === leaf) return previous
    if (this.rootShift === 24 && this.set.size >= ROOT16_MIN) {
      this.reroot(16)
      return previous
    }
    this.beginChange()
    this.paint(prefix, leaf >> 24, NO_MATCH, leaf)
    this.packAll()
    return previous
  }

  /** Removes the prefix; returns its leaf, or NO_MATCH if it was not there. */
  remove(prefix: number, length: number): number {
    const previous = this.set.remove(prefix, length)
    if (previous === NO_MATCH) return NO_MATCH
    if (this.rootShift === 16 && this.set.size < ROOT16_MIN >>> 2) {
      this.reroot(24)
      return previous
    }
    this.beginChange()
    const level = this.levelOf(length)
    const lowest = level < 0 ? 0 : 25 - (level << 3)
    this.paint(prefix, length, length, this.set.longest(prefix, lowest, length - 1))
    if (level >= 0) this.releaseEmpty(prefix, level)
    this.packAll()
    return previous
  }

  /**
   * Replaces prefixes[from ..] at once, the later of two equal ones winning; host bits zero. Sorted by the first 16
   * bits, each node is unpacked and packed once.
   */
  load(prefixes: Int32Array, leaves: Int32Array, from: number): void {
    const end = prefixes.length
    const expected = this.set.size + end - from
    this.set.reserve(expected)
    if (this.rootShift === 24 && expected >= ROOT16_MIN) this.reroot(16)
    const starts = new Int32Array(65537)
    for (let i = from; i < end; i++) starts[(prefixes[i] >>> 16) + 1]++
    for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1]
    const order = new Int32Array(end - from)
    for (let i = from; i < end; i++) order[starts[prefixes[i] >>> 16]++] = i
    this.beginChange()
    for (let i = 0; i < order.length; i++) {
      const prefix = prefixes[order[i]]
      const leaf = leaves[order[i]]
      if (this.set.put(prefix, leaf) !== leaf) this.paint(prefix, leaf >> 24, NO_MATCH, leaf)
    }
    this.packAll()
  }

  get byteLength(): number {
    return this.root.byteLength + this.nodes.byteLength + this.words.byteLength + this.freeBlocks.byteLength +
      this.set.byteLength
  }

  // ---- painting -----------------------------------------------------------------------------------------------

  /** Level whose nodes hold prefixes of this length; -1: the root does. */
  private levelOf(length: number): number {
    return length <= 32 - this.rootShift ? -1 : (32 - length) >>> 3
  }

  /** Puts `leaf` in each slot of the prefix whose present length lies in lowest..length. */
  private paint(prefix: number, length: number, lowest: number, leaf: number): void {
    const level = this.levelOf(length)
    if (level < 0) {
      const first = prefix >>> this.rootShift
      this.paintSlots(this.root, first, first + (1 << (32 - this.rootShift - length)), lowest, length, leaf)
      return
    }
    this.descend(prefix, level)
    const shift = level << 3
    const first = (prefix >>> shift) & 255
    this.open(level, path[level])
    this.paintSlots(scratch[level], first, first + (1 << (32 - shift - length)), lowest, length, leaf)
  }

  private paintSlots(
    table: Int32Array, first: number, end: number, lowest: number, highest: number, leaf: number,
  ): void {
    const nodes = this.nodes
    for (let slot = first; slot < end; slot++) {
      const word = table[slot]
      if (word >= NO_MATCH) {
        const length = word >> 24
        if (length >= lowest && length <= highest) table[slot] = leaf
      } else {
        const at = ~word + INHERITED
        const length = nodes[at] >> 24
        if (length >= lowest && length <= highest) nodes[at] = leaf
      }
    }
  }

  /** Fills path[top .. level] with the nodes over the prefix, making those that are missing. */
  private descend(prefix: number, level: number): void {
    const top = (this.rootShift >>> 3) - 1
    for (let here = top; here >= level; here--) {
      const slot = here === top ? prefix >>> this.rootShift : (prefix >>> ((here + 1) << 3)) & 255
      const word = here === top ? this.root[slot] : this.slotWord(here + 1, path[here + 1], slot)
      if (word < NO_MATCH) {
        path[here] = ~word
        continue
      }
      const at = this.allocateNode(word)
      if (here === top) {
        this.root[slot] = ~at
      } else {
        this.open(here + 1, path[here + 1])
        scratch[here + 1][slot] = ~at
      }
      this.pack(here)
      scratch[here].fill(NO_MATCH)
      openAt[here] = at
      path[here] = at
    }
  }

  /** Frees the nodes on path[level ..] that hold nothing any more; what they inherited goes back to their slot. */
  private releaseEmpty(prefix: number, level: number): void {
    const top = (this.rootShift >>> 3) - 1
    for (let here = level; here <= top; here++) {
      this.open(here, path[here])
      if (!isEmpty(scratch[here])) return
      const inherited = this.nodes[path[here] + INHERITED]
      openAt[here] = 0
      this.releaseNode(path[here])
      if (here === top) {
        this.root[prefix >>> this.rootShift] = inherited
      } else {
        this.open(here + 1, path[here + 1])
        scratch[here + 1][(prefix >>> ((here + 1) << 3)) & 255] = inherited
      }
    }
  }

  // ---- unpacking and packing ----------------------------------------------------------------------------------

  private beginChange(): void {
    openAt.fill(0)
  }

  private packAll(): void {
    for (let level = 0; level < 3; level++) this.pack(level)
  }

  /** The word of one slot of a node, packed or open. */
  private slotWord(level: number, at: number, slot: number): number {
    if (openAt[level] === at) return scratch[level][slot]
    const group = slot >>> 5
    const before = (this.nodes[at + COUNTS + (group >>> 2)] >>> ((group & 3) << 3)) & 255
    const bits = this.nodes[at + group] & (-1 >>> (31 - slot))
    return this.words[this.nodes[at + BASE] + before + popCount(bits)]
  }

  private open(level: number, at: number): void {
    if (openAt[level] === at) return
    this.pack(level)
    const table = scratch[level]
    const words = this.words
    let from = this.nodes[at + BASE]
    for (let group = 0; group < 8; group++) {
      const bits = this.nodes[at + group]
      for (let i = 0; i < 32; i++) {
        from += (bits >>> i) & 1
        table[(group << 5) + i] = words[from]
      }
    }
    openAt[level] = at
  }

  /** Writes the open node of a level back, and closes it. */
  private pack(level: number): void {
    const at = openAt[level]
    if (at === 0) return
    openAt[level] = 0
    const table = scratch[level]
    let runs = 1
    for (let slot = 1; slot < 256; slot++) if (table[slot] !== table[slot - 1]) runs++
    const capacity = (runs + BLOCK_STEP - 1) & -BLOCK_STEP
    if (this.nodes[at + CAPACITY] !== capacity) {
      this.releaseBlock(at)
      const block = this.allocateBlock(capacity)
      this.nodes[at + BASE] = block - 1
      this.nodes[at + CAPACITY] = capacity
    }
    this.nodes[at + RUNS] = runs
    this.packRuns(table, at)
  }

  private packRuns(table: Int32Array, at: number): void {
    const nodes = this.nodes
    const words = this.words
    const block = nodes[at + BASE] + 1
    let to = block
    let last = 0
    nodes[at + COUNTS] = 0
    nodes[at + COUNTS + 1] = 0
    for (let group = 0; group < 8; group++) {
      nodes[at + COUNTS + (group >>> 2)] |= (to - block) << ((group & 3) << 3)
      let bits = 0
      for (let i = 0; i < 32; i++) {
        const word = table[(group << 5) + i]
        if (word === last && (group | i) !== 0) continue
        bits |= 1 << i
        words[to++] = word
        last = word
      }
      nodes[at + group] = bits
    }
  }

  // ---- storage ------------------------------------------------------------------------------------------------

  private reset(rootShift: number): void {
    this.rootShift = rootShift
    this.root = new Int32Array(1 << (32 - rootShift)).fill(NO_MATCH)
    // Record 0 is never handed out, so that ~at is always below NO_MATCH and 0 can mean none.
    this.nodes = new Int32Array(RECORD_WORDS * 8)
    this.nodeEnd = RECORD_WORDS
    this.freeNode = 0
    // Word 0 likewise: a free list ends in 0.
    this.words = new Int32Array(64)
    this.wordEnd = BLOCK_STEP
    this.freeWords = 0
    this.freeBlocks.fill(0)
  }

  private reroot(rootShift: number): void {
    this.reset(rootShift)
    this.beginChange()
    for (let slot = 0; slot < this.set.slotCount; slot++) {
      const leaf = this.set.slotLeaf(slot)
      if (leaf !== NO_MATCH) this.paint(this.set.slotPrefix(slot), leaf >> 24, NO_MATCH, leaf)
    }
    this.packAll()
  }

  private allocateNode(inherited: number): number {
    let at = this.freeNode
    if (at !== 0) {
      this.freeNode = this.nodes[at + BASE]
    } else {
      at = this.nodeEnd
      this.nodeEnd += RECORD_WORDS
      if (this.nodeEnd > this.nodes.length) this.nodes = grown(this.nodes, this.nodeEnd)
    }
    const nodes = this.nodes
    nodes[at + INHERITED] = inherited
    nodes[at + CAPACITY] = 0
    nodes[at + RUNS] = 0
    nodes[at + LIVE] = 1
    return at
  }

  private releaseNode(at: number): void {
    this.releaseBlock(at)
    this.nodes[at + LIVE] = 0
    this.nodes[at + BASE] = this.freeNode
    this.freeNode = at
  }

  private allocateBlock(capacity: number): number {
    const list = capacity / BLOCK_STEP
    const free = this.freeBlocks[list]
    if (free !== 0) {
      this.freeBlocks[list] = this.words[free]
      this.freeWords -= capacity
      return free
    }
    if (this.wordEnd + capacity > this.words.length) this.makeRoom(capacity)
    const block = this.wordEnd
    this.wordEnd += capacity
    return block
  }

  private releaseBlock(at: number): void {
    const capacity = this.nodes[at + CAPACITY]
    if (capacity === 0) return
    const block = this.nodes[at + BASE] + 1
    this.nodes[at + CAPACITY] = 0
    this.words[block] = this.freeBlocks[capacity / BLOCK_STEP]
    this.freeBlocks[capacity / BLOCK_STEP] = block
    this.freeWords += capacity
  }

  /** Closes the gaps if they are a quarter of the words, else moves to a larger array. */
  private makeRoom(capacity: number): void {
    if (this.freeWords < this.wordEnd >>> 2) {
      this.words = grown(this.words, this.wordEnd + capacity)
      return
    }
    const old = this.words
    const nodes = this.nodes
    const words = new Int32Array(Math.max(old.length, this.wordEnd + capacity))
    let end = BLOCK_STEP
    for (let at = RECORD_WORDS; at < this.nodeEnd; at += RECORD_WORDS) {
      if (nodes[at + LIVE] === 0 || nodes[at + CAPACITY] === 0) continue
      const from = nodes[at + BASE] + 1
      for (let i = 0; i < nodes[at + RUNS]; i++) words[end + i] = old[from + i]
      nodes[at + BASE] = end - 1
      end += nodes[at + CAPACITY]
    }
    assert(end + this.freeWords === this.wordEnd, 'fib: each word is in use or on a free list')
    this.words = words
    this.wordEnd = end
    this.freeWords = 0
    this.freeBlocks.fill(0)
  }
}

function grown(old: Int32Array, least: number): Int32Array {
  const next = new Int32Array(Math.max(least, old.length + (old.length >>> 1)))
  next.set(old)
  return next
}

function isEmpty(table: Int32Array): boolean {
  for (let slot = 0; slot < table.length; slot++) if (table[slot] !== NO_MATCH) return false
  return true
}

function popCount(bits: number): number {
  let v = bits - ((bits >>> 1) & 0x55555555)
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
