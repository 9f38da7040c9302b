// Hot path.
// The forwarding information base: IPv4 longest-prefix match of one route table, compiled from it and patched as it
// changes (Linux: net/ipv4/fib_trie.c, which keeps the routes themselves in the trie; here RouteTable owns them and
// the fib maps prefix -> small integer).
//
// Most nodes of a lab have a handful of routes, some have a million, so there are two forms:
//   - up to SCAN_MAX prefixes: a list, longest first, that is scanned; 12 bytes a prefix, no memory before the first;
//   - above: a FibTrie (about 30 bytes a prefix for an Internet table). It returns to the list at half of SCAN_MAX.
//
// Addresses are int32. A value is 0..0xffffff. Functions named match... return a leaf (leaf.ts), which tells the
// length of the prefix too; lookup... return the bare value; both -1 for nothing.

import { assert } from '../../base/assert.ts'
import { maskOf } from '../../wire/address.ts'
import { FibTrie } from './fib-trie.ts'
import { MAX_FIB_VALUE, NO_MATCH, leafLength, leafValue } from './leaf.ts'

/** Largest table that is scanned. bench/fib.ts, cases scan-*. */
export const SCAN_MAX = 32

const FIRST_ENTRIES = 4
// An entry of the list: prefix, mask, leaf.
const ENTRY_WORDS = 3

const NOTHING = new Int32Array(0)

export class Fib {
  private list: Int32Array
  private listEnd: number
  private trie: FibTrie | null

  constructor() {
    this.list = NOTHING
    this.listEnd = 0
    this.trie = null
  }

  /** Number of prefixes. */
  get size(): number {
    return this.trie === null ? this.listEnd / ENTRY_WORDS : this.trie.size
  }

  /** Bytes held in typed arrays. */
  get byteLength(): number {
    return this.list.byteLength + (this.trie === null ? 0 : this.trie.byteLength)
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
    const end = this.listEnd
    for (let at = 0; at < end; at += ENTRY_WORDS) {
      if (((destination ^ list[at]) & list[at + 1]) === 0) return list[at + 2]
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
    for (let at = 0; at < this.listEnd; at += ENTRY_WORDS) {
      const leaf = list[at + 2]
      if (leafLength(leaf) < belowLength && ((destination ^ list[at]) & list[at + 1]) === 0) return leaf
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

  /** replace() for each i in turn, many times faster for many: 1,000,000 take about a third of a second. */
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
    this.listEnd = 0
    this.trie = null
  }

  // ---- the list -----------------------------------------------------------------------------------------------

  /** Where the entry is, or ~where it belongs: behind all of its length and longer. */
  private listFind(prefix: number, length: number): number {
    const list = this.list
    let at = 0
    for (; at < this.listEnd && leafLength(list[at + 2]) >= length; at += ENTRY_WORDS) {
      if (list[at] === prefix && leafLength(list[at + 2]) === length) return at
    }
    return ~at
  }

  private listLeaf(prefix: number, length: number): number {
    const at = this.listFind(prefix, length)
    return at < 0 ? NO_MATCH : this.list[at + 2]
  }

  /** false if the list is full. */
  private listReplace(prefix: number, leaf: number): boolean {
    const found = this.listFind(prefix, leafLength(leaf))
    const at = found < 0 ? ~found : found
    if (found < 0) {
      if (this.listEnd === SCAN_MAX * ENTRY_WORDS) return false
      if (this.listEnd === this.list.length) {
        const next = new Int32Array(Math.max(FIRST_ENTRIES * ENTRY_WORDS, this.list.length * 2))
        next.set(this.list)
        this.list = next
      }
      this.list.copyWithin(at + ENTRY_WORDS, at, this.listEnd)
      this.listEnd += ENTRY_WORDS
    }
    this.list[at] = prefix
    this.list[at + 1] = maskOf(leafLength(leaf))
    this.list[at + 2] = leaf
    return true
  }

  private listRemove(prefix: number, length: number): boolean {
    const at = this.listFind(prefix, length)
    if (at < 0) return false
    this.list.copyWithin(at, at + ENTRY_WORDS, this.listEnd)
    this.listEnd -= ENTRY_WORDS
    return true
  }

  private growTrie(expected: number): void {
    const trie = new FibTrie(expected)
    for (let at = 0; at < this.listEnd; at += ENTRY_WORDS) trie.replace(this.list[at], this.list[at + 2])
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
