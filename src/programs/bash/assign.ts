import type { Assignment, Word } from 'unbash'
import { parseWord, expandWhole, expandWords } from './expand/word.ts'
import { quoteIfNeeded } from './expand/quote.ts'
import { type Run, ShellError } from './flow.ts'
import type { Shell } from './shell.ts'
import { AssociativeArray, type Variable } from './variables.ts'

/** Assignments, expanded: a=b, a[i]+=b, a=(b [c]=d). */
export interface Assigned {
  readonly name: string
  /** The subscript as it was evaluated; null: none. */
  readonly key: string | null
  readonly append: boolean
  readonly value: string | readonly Element[]
  /** As `set -x` shows it. */
  readonly shown: string
}

/** An element of a compound value; key null: the next one. */
interface Element {
  readonly key: string | null
  readonly append: boolean
  readonly value: string
}

/** Expands the right side, and the subscript, of an assignment. associative: what a declaration makes of the name. */
export function* expandAssignment(shell: Shell, node: Assignment, associative = false): Run<Assigned> {
  const { name, index } = node
  const append = node.append === true
  const sign = append ? '+=' : '='
  if (node.value.type === 'ArrayValue') {
    if (index !== undefined) throw new ShellError(`${name}[${index.text}]: cannot assign list to array member`)
    const value: Element[] = []
    for (const word of node.value.elements) yield* expandElement(shell, name, word, associative, value)
    const text = node.value.elements.map((word) => word.text).join(' ')
    return { name, key: null, append, value, shown: `${name}${sign}(${text})` }
  }
  const key = index === undefined ? null : associative ? yield* expandWhole(shell, index)
    : yield* shell.subscript(name, index)
  if (key === '' && index !== undefined) throw new ShellError(`${name}[${index.text}]: bad array subscript`)
  const value = yield* expandWhole(shell, node.value, true)
  const shown = `${name}${index === undefined ? '' : `[${index.text}]`}${sign}${value === '' ? '' : quoteIfNeeded(value)}`
  return { name, key, append, value, shown }
}

function* expandElement(shell: Shell, name: string, word: Word, associative: boolean, elements: Element[]): Run {
  const split = splitElement(word.text)
  if (split === null) {
    for (const value of yield* expandWords(shell, [word])) elements.push({ key: null, append: false, value })
    return
  }
  const keyWord = parseWord(split.key)
  const keyed = associative || shell.variables.lookup(name)?.associative instanceof AssociativeArray
  const key = keyed ? yield* expandWhole(shell, keyWord) : yield* shell.subscript(name, keyWord)
  elements.push({ key, append: split.append, value: yield* expandWhole(shell, parseWord(split.value), true) })
}

/** "[key]=value" in its parts; null when it is only a word. */
function splitElement(text: string): { readonly key: string, readonly append: boolean, readonly value: string } | null {
  if (!text.startsWith('[')) return null
  let depth = 0
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '\\') at++
    else if (quote !== '') {
      if (char === quote) quote = ''
    } else if (char === '"' || char === "'") quote = char
    else if (char === '[') depth++
    else if (char === ']' && --depth === 0) {
      const match = /^\]\+?=/.exec(text.slice(at, at + 3))
      if (match === null) return null
      return { key: text.slice(1, at), append: match[0].length === 3, value: text.slice(at + match[0].length) }
    }
  }
  return null
}

/** Does an assignment to the variable that the name means. */
export function assign(shell: Shell, assigned: Assigned): void {
  const { name, key, append, value } = assigned
  if (typeof value === 'string') {
    shell.assignReference(name, key, value, append)
    return
  }
  const real = shell.variables.follow(name)
  const variable = shell.variables.ensure(real)
  if (variable.readonly) throw new ShellError(`${real}: readonly variable`)
  assignElements(shell, real, variable, value, append)
}

/** Gives an array its elements, in place of those that it had or behind them. */
export function assignElements(shell: Shell, name: string, variable: Variable, elements: readonly Element[],
  append: boolean): void {
  variable.declared = false
  if (variable.associative !== null) {
    if (!append) variable.associative = new AssociativeArray()
    assignPairs(shell, name, variable, elements)
    return
  }
  if (!append) {
    variable.indexed = new Map()
    variable.value = undefined
  }
  const indexed = variable.toIndexed()
  let next = 0
  for (const index of indexed.keys()) next = Math.max(next, index + 1)
  for (const element of elements) {
    const key = element.key ?? String(next)
    shell.assignReference(name, key, element.value, element.append)
    next = Number(key) + 1
  }
}

/** ([k]=v …), and since bash 5.1 (k v …). */
function assignPairs(shell: Shell, name: string, variable: Variable, elements: readonly Element[]): void {
  const pairs = elements.length > 0 && elements[0].key === null
  for (let at = 0; at < elements.length; at++) {
    const { key, value, append } = elements[at]
    if (pairs) {
      variable.associative?.set(value, elements[at + 1]?.value ?? '')
      at++
    } else if (key === null) shell.error(`${name}: ${value}: must use subscript when assigning associative array`)
    else shell.assignReference(name, key, value, append)
  }
}
