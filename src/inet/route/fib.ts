// Hot path.
// The forwarding information base: IPv4 longest-prefix match of one route table, compiled from it and patched as it
// changes (Linux: net/ipv4/fib_trie.c, which keeps the routes themselves in the trie; here RouteTable owns them and
// the fib maps prefix -> small integer).
//
// Most nodes of a lab have a handful of routes, some have a million, so there are two forms:
//   - up to SCAN_MAX prefixes: a list that is scanned; two words a prefix and two a length, nothing before the first;
//   - above: a FibTrie (about 30 bytes a prefix for an Internet table). It returns to the list at half of SCAN_MAX.
//
// The list is one group of words per length in use, longest first, so that the scan compares one word a prefix:
//
//     mask | n | n prefixes | their n leaves | mask | n | ...
//
// It is a plain array: up to 40 words that weighs less than a typed array with its buffer, and is read as fast.
//
// Addresses are int32. A value is 0..0xffffff. Functions named match... return a leaf (leaf.ts), which tells the
// length of the prefix too; lookup... return the bare value; both -1 for nothing.

import { assert } from '../../base/assert.ts'
import { maskOf } from '../../wire/address.ts'
import { FibTrie } from './fib-trie.ts'
import { MAX_FIB_VALUE, NO_MATCH, leafLength, leafValue } from './leaf.ts'
import { inserted, insertedTwo, removed } from './packed-list.ts'

/**
 * Largest table that is scanned. A look-up by scan costs 12, 14, 17, 18 ns at 4, 8, 16, 20 prefixes with destinations
 * at random, in the trie 14 ns from 32 to 200 (bench/fib.ts); but the trie weighs 2 KiB and more.
 */
export const SCAN_MAX = 24

const WORD_BYTES = 8
const NOTHING: number[] = []

export class Fib {
  private list: number[]
  private listSize: number
  private trie: FibTrie | null

  constructor() {
    this.list = NOTHING
    this.listSize = 0
    this.trie = null
  }

  /** Number of prefixes. */
  get size(): number {
    return this.trie === null ? this.listSize : this.trie.size
  }

  /** Bytes held in arrays. */
  get byteLength(): number {
    return this.list.length * WORD_BYTES + (this.trie === null ? 0 : this.trie.byteLength)
  }

  /** The value of the longest prefix over the destination, or -1. Allocates nothing. */
  lookup(destination: number): number {
    const leaf = this.match(destination)
    return leaf >= 0 ? leaf & MAX_FIB_VALUE : NO_MATCH
  }

  /** As lookup, but the whole leaf: value and length of the prefix. */
  match(destination: number): number {
    if (this.trie !== null) return this.trie.match(destination)
    const list = this.list
    const listEnd = list.length
    let at = 0
    while (at < listEnd) {
      const network = destination & list[at]
      const count = list[at + 1]
      const end = (at + 2 + count) | 0
      at = (at + 2) | 0
      // Four at a time: 20 prefixes in 18 ns instead of 22 (bench/fib.ts, lookup-20).
      for (; at < end - 3; at = (at + 4) | 0) {
        if (list[at] === network) return list[at + count]
        if (list[at + 1] === network) return list[at + 1 + count]
        if (list[at + 2] === network) return list[at + 2 + count]
        if (list[at + 3] === network) return list[at + 3 + count]
      }
      for (; at < end; at = (at + 1) | 0) if (list[at] === network) return list[at + count]
      at = (end + count) | 0
    }
    return NO_MATCH
  }

  /**
   * The longest prefix over the destination that is shorter than belowLength (1..33), or -1: where fib_table_lookup()
   * goes on (backtracks) when no route of the longest prefix will do. Cold: up to a probe a length.
   */
  lookupShorter(destination: number, belowLength: number): number {
    const leaf = this.matchShorter(destination, belowLength)
    return leaf >= 0 ? leafValue(leaf) : NO_MATCH
  }

  /** As lookupShorter, but the whole leaf. */
  matchShorter(destination: number, belowLength: number): number {
    if (this.trie !== null) return this.trie.set.longest(destination, 0, belowLength - 1)
    const list = this.list
    for (let group = 0; group < this.list.length; group = this.nextGroup(group)) {
      if (this.groupLength(group) >= belowLength) continue
      const at = this.findInGroup(group, destination & list[group])
      if (at >= 0) return list[at + list[group + 1]]
    }
    return NO_MATCH
  }

  /** The value of exactly this prefix, or -1. */
  lookupExact(prefix: number, length: number): number {
    const leaf = this.trie === null ? this.listLeaf(prefix, length) : this.trie.set.get(prefix, length)
    return leaf >= 0 ? leafValue(leaf) : NO_MATCH
  }

  /** Adds the prefix (int32, host bits zero; length 0..32) or gives it another value. */
  replace(prefix: number, length: number, value: number): void {
    checkPrefix(prefix, length)
    checkValue(value)
    const leaf = (length << 24) | value
    if (this.trie === null && !this.listReplace(prefix, leaf)) this.growTrie(SCAN_MAX * 2)
    if (this.trie !== null) this.trie.replace(prefix, leaf)
  }

  /** Removes the prefix; false if it was not there. */
  remove(prefix: number, length: number): boolean {
    checkPrefix(prefix, length)
    const trie = this.trie
    if (trie === null) return this.listRemove(prefix, length)
    if (trie.remove(prefix, length) === NO_MATCH) return false
    if (trie.size <= SCAN_MAX >>> 1) this.shrinkToList(trie)
    return true
  }

  /** replace() for each i in turn, many times faster for many: 1,000,000 take 0.4 s of CPU. */
  load(prefixes: Int32Array, lengths: Uint8Array, values: Int32Array): void {
    const count = prefixes.length
    assert(lengths.length === count && values.length === count, 'fib: load takes three arrays of one length')
    const leaves = new Int32Array(count)
    for (let i = 0; i < count; i++) {
      checkPrefix(prefixes[i], lengths[i])
      checkValue(values[i])
      leaves[i] = (lengths[i] << 24) | values[i]
    }
    let next = 0
    while (this.trie === null && next < count) {
      if (this.listReplace(prefixes[next], leaves[next])) next++
      else this.growTrie(this.size + count - next)
    }
    if (this.trie !== null && next < count) this.trie.load(prefixes, leaves, next)
  }

  /** Forgets all prefixes and gives their memory back. */
  clear(): void {
    this.list = NOTHING
    this.listSize = 0
    this.trie = null
  }

  // ---- the list -----------------------------------------------------------------------------------------------

  private nextGroup(group: number): number {
    return group + 2 + 2 * this.list[group + 1]
  }

  private groupLength(group: number): number {
    return leafLength(this.list[group + 2 + this.list[group + 1]])
  }

  /** The first group of this length or a shorter one; the end of the list if there is none. */
  private findGroup(length: number): number {
    let group = 0
    while (group < this.list.length && this.groupLength(group) > length) group = this.nextGroup(group)
    return group
  }

  private isGroup(group: number, length: number): boolean {
    return group < this.list.length && this.groupLength(group) === length
  }

  /** Where the prefix stands in its group, or -1. */
  private findInGroup(group: number, prefix: number): number {
    const end = group + 2 + this.list[group + 1]
    for (let at = group + 2; at < end; at++) if (this.list[at] === prefix) return at
    return -1
  }

  private listLeaf(prefix: number, length: number): number {
    const group = this.findGroup(length)
    if (!this.isGroup(group, length)) return NO_MATCH
    const at = this.findInGroup(group, prefix)
    return at < 0 ? NO_MATCH : this.list[at + this.list[group + 1]]
  }

  /** false if the list is full. */
  private listReplace(prefix: number, leaf: number): boolean {
    const length = leafLength(leaf)
    const group = this.findGroup(length)
    const found = this.isGroup(group, length) ? this.findInGroup(group, prefix) : -1
    if (found >= 0) {
      this.list[found + this.list[group + 1]] = leaf
      return true
    }
    if (this.listSize === SCAN_MAX) return false
    if (!this.isGroup(group, length)) {
      this.list = insertedTwo(this.list, group, maskOf(length), 0)
    }
    const count = this.list[group + 1]
    const withPrefix = inserted(this.list, group + 2 + count, prefix)
    this.list = inserted(withPrefix, group + 3 + 2 * count, leaf)
    this.list[group + 1] = count + 1
    this.listSize++
    return true
  }

  private listRemove(prefix: number, length: number): boolean {
    const group = this.findGroup(length)
    const at = this.isGroup(group, length) ? this.findInGroup(group, prefix) : -1
    if (at < 0) return false
    const count = this.list[group + 1]
    this.list = removed(removed(this.list, at + count, 1), at, 1)
    this.list[group + 1] = count - 1
    if (count === 1) this.list = removed(this.list, group, 2)
    this.listSize--
    return true
  }

  private growTrie(expected: number): void {
    const trie = new FibTrie(expected)
    const list = this.list
    for (let group = 0; group < this.list.length; group = this.nextGroup(group)) {
      const count = list[group + 1]
      for (let i = 0; i < count; i++) trie.replace(list[group + 2 + i], list[group + 2 + count + i])
    }
    this.clear()
    this.trie = trie
  }

  private shrinkToList(trie: FibTrie): void {
    this.clear()
    for (let slot = 0; slot < trie.set.slotCount; slot++) {
      const leaf = trie.set.slotLeaf(slot)
      if (leaf !== NO_MATCH) this.listReplace(trie.set.slotPrefix(slot), leaf)
    }
  }
}

function checkPrefix(prefix: number, length: number): void {
  assert(length >= 0 && length <= 32 && (length | 0) === length, 'fib: prefix length is 0..32')
  assert((prefix & maskOf(length)) === prefix, 'fib: prefix is an int32 without host bits')
}

function checkValue(value: number): void {
  assert((value & MAX_FIB_VALUE) === value, 'fib: value is 0..0xffffff')
}
