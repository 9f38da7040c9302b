import type { Value } from './tree.ts'
import { AwkRuntimeError } from './values.ts'

/**
 * An associative array in the order of mawk's hash tables, which `for (k in a)` shows. By experiment with mawk
 * 1.3.4-20200120 on arrays of known keys (fixtures/awk.cases): keys come by the low bits of FNV-1a of their text, at
 * first six of them, twice as many lists whenever there are more than twelve keys for each; within a list the one
 * touched last comes first. Keys that have only been used as whole numbers stand in lists of their own, by their low
 * bits, and get their text, one after another, when a loop or a text first asks.
 */
interface Node {
  text: string | null
  hash: number
  integer: number | null
  value: Value
}

/** Lists at the beginning, and keys for each list at which they are doubled. */
const LISTS = 64
const KEYS_PER_LIST = 12
const INTEGER_LIMIT = 2147483647

/** Keys that one array may have. */
export const ARRAY_LIMIT = 4_000_000

export class AwkArray {
  size = 0
  private lists: Node[][] = emptyLists(LISTS)
  private integerLists: Node[][] = emptyLists(LISTS)
  private texts = false
  private integers = false

  /** What split() leaves: 1, 2, 3... */
  static ofParts(parts: readonly Value[]): AwkArray {
    const array = new AwkArray()
    while (parts.length > array.lists.length * KEYS_PER_LIST) {
      array.lists = emptyLists(array.lists.length * 2)
      array.integerLists = emptyLists(array.lists.length)
    }
    array.integers = parts.length > 0
    for (const [index, value] of parts.entries()) {
      array.integerLists[index + 1 & array.lists.length - 1].unshift({ text: null, hash: 0, integer: index + 1, value })
    }
    array.size = parts.length
    return array
  }

  become(other: AwkArray): void {
    this.size = other.size
    this.lists = other.lists
    this.integerLists = other.integerLists
    this.texts = other.texts
    this.integers = other.integers
  }

  clear(): void {
    this.become(new AwkArray())
  }

  /** A key is a whole number (as the program wrote it) or a text. */
  has(key: string | number): boolean {
    return this.size > 0 && this.find(key, false) !== null
  }

  /** The value; an element that is not there is made. */
  get(key: string | number): Value {
    return this.take(key).value
  }

  set(key: string | number, value: Value): void {
    this.take(key).value = value
  }

  delete(key: string | number): void {
    const node = this.size === 0 ? null : this.find(key, false)
    if (node === null) return
    if (node.text !== null) remove(this.lists[node.hash & this.lists.length - 1], node)
    if (node.integer !== null) remove(this.integerLists[node.integer & this.lists.length - 1], node)
    if (--this.size === 0) this.clear()
  }

  keys(): string[] {
    this.addTexts()
    return this.lists.flatMap((list) => list.map((node) => node.text as string)) // all have one now
  }

  private take(key: string | number): Node {
    const node = this.find(key, true)
    if (node === null) throw new Error('a key that is made is there')
    if (this.size > this.lists.length * KEYS_PER_LIST) this.double()
    if (this.size > ARRAY_LIMIT) throw new AwkRuntimeError(`array has more than ${ARRAY_LIMIT} elements`)
    return node
  }

  private find(key: string | number, make: boolean): Node | null {
    return typeof key === 'number' ? this.findInteger(key, make) : this.findText(key, make)
  }

  private findInteger(key: number, make: boolean): Node | null {
    const list = this.integerLists[key & this.lists.length - 1]
    const at = list.findIndex((node) => node.integer === key)
    if (at >= 0) return toFront(list, at)
    let node: Node | null
    if (this.texts) node = this.findText(String(key), make)
    else {
      node = make ? { text: null, hash: 0, integer: key, value: undefined } : null
      if (make) this.size++
    }
    if (node === null) return null
    node.integer = key
    this.integers = true
    list.unshift(node)
    return node
  }

  private findText(key: string, make: boolean): Node | null {
    this.addTexts()
    const hash = fnv1a(key)
    const list = this.lists[hash & this.lists.length - 1]
    const at = list.findIndex((node) => node.hash === hash && node.text === key)
    if (at >= 0) return toFront(list, at)
    if (!make) return null
    const node: Node = { text: key, hash, integer: null, value: undefined }
    list.unshift(node)
    this.size++
    return node
  }

  /** Gives a text to each key that has none. */
  private addTexts(): void {
    if (this.texts) return
    this.texts = true
    for (const list of this.integerLists) {
      for (const node of list) {
        if (node.text !== null) continue
        node.text = String(node.integer)
        node.hash = fnv1a(node.text)
        this.lists[node.hash & this.lists.length - 1].unshift(node)
      }
    }
  }

  private double(): void {
    const mask = this.lists.length * 2 - 1
    const [lists, integerLists] = [emptyLists(mask + 1), emptyLists(mask + 1)]
    for (const list of this.lists) for (const node of list) lists[node.hash & mask].push(node)
    for (const list of this.integerLists) for (const node of list) integerLists[(node.integer ?? 0) & mask].push(node)
    this.lists = lists
    this.integerLists = integerLists
  }
}

/** The key that a number is: a whole one of 32 bits stays one. Null: its text is the key. */
export function integerKey(value: number): number | null {
  return Number.isInteger(value) && Math.abs(value) < INTEGER_LIMIT + 1 ? value | 0 : null
}

function toFront(list: Node[], at: number): Node {
  const node = list[at]
  if (at > 0) {
    list.splice(at, 1)
    list.unshift(node)
  }
  return node
}

function remove(list: Node[], node: Node): void {
  list.splice(list.indexOf(node), 1)
}

function emptyLists(count: number): Node[][] {
  return Array.from({ length: count }, () => [])
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash | 0
}
