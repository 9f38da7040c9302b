// Hot path.
// The exact set of prefixes behind a trie: an open-addressed hash table of (prefix, length) -> leaf. It owns the
// truth that the trie only paints: which prefixes exist, and which shorter one shows through when one goes.
//
// A slot is two words, so that a probe touches one cache line:
//
//     +0 prefix (host bits zero)   +1 leaf + 1, or 0 in a free slot
//
// Linear probing, at most 3/4 full, deletion by moving later entries back (no tombstones, so a table that flaps for
// ever stays as fast as a fresh one).

import { maskOf } from '../../wire/address.ts'
import { NO_MATCH } from './leaf.ts'

const MIN_SLOTS = 16

export class PrefixSet {
  size: number
  private slots: Int32Array
  private hashShift: number
  private readonly lengthCounts: Int32Array

  constructor(expected: number) {
    this.size = 0
    this.hashShift = 0
    this.slots = new Int32Array(0)
    this.lengthCounts = new Int32Array(33)
    this.reserve(expected)
  }

  /** Makes room for `expected` prefixes in all, so that adding them moves nothing. */
  reserve(expected: number): void {
    let capacity = this.slots.length >>> 1
    if (capacity * 3 >= expected * 4 && capacity > 0) return
    if (capacity === 0) capacity = MIN_SLOTS
    while (capacity * 3 < expected * 4) capacity *= 2
    const old = this.slots
    this.slots = new Int32Array(capacity * 2)
    this.hashShift = Math.clz32(capacity) + 1
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] === 0) continue
      const to = this.find(old[at], (old[at + 1] - 1) >> 24)
      this.slots[to] = old[at]
      this.slots[to + 1] = old[at + 1]
    }
  }

  /** The leaf of exactly this prefix, or NO_MATCH. */
  get(prefix: number, length: number): number {
    return (this.slots[this.find(prefix, length) + 1] - 1) | 0
  }

  /** Adds or overwrites; the leaf carries the length. Returns the leaf it replaced, or NO_MATCH. */
  put(prefix: number, leaf: number): number {
    this.reserve(this.size + 1)
    const length = leaf >> 24
    const at = this.find(prefix, length)
    const previous = (this.slots[at + 1] - 1) | 0
    this.slots[at] = prefix
    this.slots[at + 1] = leaf + 1
    if (previous === NO_MATCH) {
      this.size++
      this.lengthCounts[length]++
    }
    return previous
  }

  /** Removes; returns the leaf that was there, or NO_MATCH. */
  remove(prefix: number, length: number): number {
    const slots = this.slots
    const wrap = slots.length - 1
    let hole = this.find(prefix, length)
    const previous = (slots[hole + 1] - 1) | 0
    if (previous === NO_MATCH) return NO_MATCH
    for (let at = (hole + 2) & wrap; slots[at + 1] !== 0; at = (at + 2) & wrap) {
      const home = this.home(slots[at], (slots[at + 1] - 1) >> 24)
      // An entry may fill the hole unless its home lies behind the hole, on the way from the hole to it.
      if (((at - home) & wrap) < ((at - hole) & wrap)) continue
      slots[hole] = slots[at]
      slots[hole + 1] = slots[at + 1]
      hole = at
    }
    slots[hole] = 0
    slots[hole + 1] = 0
    this.size--
    this.lengthCounts[length]--
    return previous
  }

  /** The longest prefix over `destination` with lowest <= length <= highest, as a leaf, or NO_MATCH. Cold: one probe
   *  for each length in use. */
  longest(destination: number, lowest: number, highest: number): number {
    for (let length = highest; length >= lowest; length--) {
      if (this.lengthCounts[length] === 0) continue
      const leaf = this.get(destination & maskOf(length), length)
      if (leaf !== NO_MATCH) return leaf
    }
    return NO_MATCH
  }

  /** For walks in slot order, which callers must not let anyone see: slots 0 .. slotCount-1. */
  get slotCount(): number {
    return this.slots.length >>> 1
  }

  slotPrefix(slot: number): number {
    return this.slots[slot * 2]
  }

  /** The leaf in a slot, or NO_MATCH in a free one. */
  slotLeaf(slot: number): number {
    return (this.slots[slot * 2 + 1] - 1) | 0
  }

  get byteLength(): number {
    return this.slots.byteLength + this.lengthCounts.byteLength
  }

  private find(prefix: number, length: number): number {
    const slots = this.slots
    const wrap = slots.length - 1
    let at = this.home(prefix, length)
    for (;;) {
      const word = slots[at + 1]
      if (word === 0 || (slots[at] === prefix && (word - 1) >> 24 === length)) return at
      at = (at + 2) & wrap
    }
  }

  private home(prefix: number, length: number): number {
    let h = Math.imul(prefix ^ Math.imul(length, 0x9e3779b1), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35)
    return (h >>> this.hashShift) << 1
  }
}
