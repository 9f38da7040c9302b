import type { ParameterExpansionPart, ParameterOperation } from 'unbash'
import { type Run, ShellError } from '../flow.ts'
import type { Shell } from '../shell.ts'
import { AssociativeArray } from '../variables.ts'
import { addResult, BREAK, type Chunk, type Context } from './chunks.ts'
import { changeCase, removeAffix, replaceMatches } from './operations.ts'
import { attributesOf, declarationOf, promptText, quoteValue } from './quote.ts'
import { unescapeAnsi } from './ansi.ts'
import { addWord, arithmetic, expandPattern, expandWhole } from './word.ts'

/** Parameter expansion: $x, ${x[i]}, and the operations inside of the braces (bash(1), Parameter Expansion). */

/** What a parameter stands for: one value (undefined: not set) or several. */
type Value =
  | { readonly list: null, readonly text: string | undefined }
  | { readonly list: readonly string[], readonly star: boolean }

/** A parameter by name; index: null, a key as it was evaluated, or "@" or "*" for all elements. */
interface Reference {
  readonly name: string
  readonly index: string | null
}

/** $x and the like, without braces. */
export function expandSimple(shell: Shell, name: string, context: Context, chunks: Chunk[]): void {
  const value = read(shell, { name, index: null })
  checkSet(shell, value, name)
  add(shell, value, context, chunks)
}

/** ${…}. */
export function* expandParameter(shell: Shell, part: ParameterExpansionPart, context: Context, chunks: Chunk[]): Run {
  const { operation, prefix } = part
  if (operation?.type === 'Unknown' || part.parameter === '' || badNamed(part)) {
    throw new ShellError(`${part.text}: bad substitution`, 1, false)
  }
  if (prefix === '!' && operation?.type === 'Names') {
    const names = shell.variables.names().filter((name) => name.startsWith(part.parameter) && shell.isSet(name))
    add(shell, { list: names, star: operation.operator === '*' }, context, chunks)
    return
  }
  let reference = yield* refer(shell, part)
  if (prefix === '!' && (reference.index === '@' || reference.index === '*') && operation === undefined) {
    add(shell, { list: keysOf(shell, reference.name), star: reference.index === '*' }, context, chunks)
    return
  }
  if (prefix === '#') {
    addResult(String(lengthOf(shell, reference)), context, chunks)
    return
  }
  if (prefix === '!') {
    const target = indirect(shell, reference, part)
    if (target === null) {
      add(shell, { list: null, text: undefined }, context, chunks)
      return
    }
    reference = target
  }
  const value = read(shell, reference)
  if (operation === undefined) {
    checkSet(shell, value, part.text.slice(2, -1))
    add(shell, value, context, chunks)
  } else yield* operate(shell, part, operation, reference, value, context, chunks)
}

/** ${#x:-y}, ${#x%y}: no operation goes with a length. */
function badNamed(part: ParameterExpansionPart): boolean {
  return part.prefix === '#' && part.operation !== undefined && /^[A-Za-z_]/.test(part.parameter)
}

function* refer(shell: Shell, part: ParameterExpansionPart): Run<Reference> {
  const { parameter: name, index } = part
  if (index === undefined) return { name, index: null }
  if (index.text === '@' || index.text === '*') return { name, index: index.text }
  return { name, index: yield* shell.subscript(name, index) }
}

function indirect(shell: Shell, reference: Reference, part: ParameterExpansionPart): Reference | null {
  const variable = shell.variables.find(reference.name)
  const own = variable?.nameref === true && reference.index === null ? variable.value : undefined
  const value = read(shell, reference)
  const text = own ?? (value.list === null ? value.text : value.list.join(' '))
  if (own !== undefined) return part.operation === undefined ? { name: '', index: own } : { name: own, index: null }
  if (text === undefined || text === '') {
    if (part.operation?.type === 'Default') return null
    if (value.list !== null || reference.name === '@' || reference.name === '*') return null
    throw new ShellError(`${part.text.slice(3, -1)}: invalid indirect expansion`)
  }
  const match = /^([A-Za-z_]\w*|[0-9]+|[@*#?$!-])(?:\[([^]*)\])?$/.exec(text)
  if (match === null) throw new ShellError(`${text}: invalid variable name`)
  const [, name, inner] = match
  if (inner === undefined) return { name, index: null }
  if (inner === '@' || inner === '*') return { name, index: inner }
  return { name, index: shell.subscriptOf(name, inner) }
}

/** The value of a parameter. */
function read(shell: Shell, { name, index }: Reference): Value {
  if (name === '' && index !== null) return { list: null, text: index } // ${!reference}
  if (name === '@' || name === '*') return { list: shell.positional, star: name === '*' }
  if (index === '@' || index === '*') return { list: valuesOf(shell, name), star: index === '*' }
  if (index !== null) return { list: null, text: shell.element(name, index) }
  if (name === '@' || name === '*') return { list: shell.positional, star: name === '*' }
  return { list: null, text: shell.parameter(name) }
}

function valuesOf(shell: Shell, name: string): string[] {
  return [...shell.listed(name)]
}

function keysOf(shell: Shell, name: string): string[] {
  return shell.variables.lookup(name)?.keys() ?? []
}

function lengthOf(shell: Shell, reference: Reference): number {
  const value = read(shell, reference)
  if (value.list !== null) return value.list.length
  checkSet(shell, value, reference.name)
  return countCharacters(value.text ?? '')
}

function countCharacters(text: string): number {
  let count = text.length
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) count--
  return count
}

/** `set -u`. */
function checkSet(shell: Shell, value: Value, name: string): void {
  if (value.list === null && value.text === undefined && shell.options.nounset) {
    throw new ShellError(`${name}: unbound variable`, shell.fatalStatus, true)
  }
}

function add(shell: Shell, value: Value, context: Context, chunks: Chunk[]): void {
  if (value.list === null) {
    addResult(value.text ?? '', context, chunks)
    return
  }
  const { list, star } = value
  if (star && (context.quoted || !context.splits)) {
    const { ifs } = shell
    const joined = list.join(shell.variables.get('IFS') === undefined ? ' ' : ifs.slice(0, 1))
    if (context.quoted) chunks.push({ kind: 'quoted', text: joined })
    else addResult(joined, context, chunks)
    return
  }
  for (const [index, text] of list.entries()) {
    if (index > 0) chunks.push(BREAK)
    addResult(text, context, chunks)
  }
}

/** The same change to one value or to each. */
function mapped(value: Value, change: (text: string) => string): Value {
  if (value.list !== null) return { list: value.list.map(change), star: value.star }
  return { list: null, text: change(value.text ?? '') }
}

function* operate(shell: Shell, part: ParameterExpansionPart, operation: ParameterOperation, reference: Reference,
  value: Value, context: Context, chunks: Chunk[]): Run {
  const { extglob } = shell.shopt
  switch (operation.type) {
    case 'Default':
      yield* withDefault(shell, part, operation.operator, reference, value, context, chunks)
      return
    case 'Slice':
      add(shell, yield* slice(shell, part, reference, value), context, chunks)
      return
    case 'Remove': {
      checkSet(shell, value, reference.name)
      const pattern = yield* expandPattern(shell, operation.operand)
      add(shell, mapped(value, (text) => removeAffix(text, pattern, operation.operator, extglob)), context, chunks)
      return
    }
    case 'Replace': {
      checkSet(shell, value, reference.name)
      const pattern = yield* expandPattern(shell, operation.pattern)
      // "&" in it is the match unless it is quoted: as a pattern, quoted text is known by its backslashes.
      const replacement = yield* replacementOf(shell, operation.replacement)
      add(shell, mapped(value, (text) => replaceMatches(text, pattern, replacement, operation.operator, extglob)),
        context, chunks)
      return
    }
    case 'CaseModification': {
      checkSet(shell, value, reference.name)
      const pattern = operation.operand === undefined ? '?' : yield* expandPattern(shell, operation.operand)
      add(shell, mapped(value, (text) => changeCase(text, pattern || '?', operation.operator, extglob)), context,
        chunks)
      return
    }
    case 'Transform':
      add(shell, yield* transform(shell, part, operation.operand.text, reference, value), context, chunks)
      return
    default:
      throw new ShellError(`${part.text}: bad substitution`)
  }
}

/** The replacement, in pieces: text, and null for what was matched. */
function* replacementOf(shell: Shell, word: Parameters<typeof expandWhole>[1]): Run<(string | null)[]> {
  const chunks: Chunk[] = []
  yield* addWord(shell, word, { quoted: false, splits: false }, chunks)
  const pieces: (string | null)[] = []
  for (const { kind, text } of chunks) {
    if (kind === 'quoted' || !shell.shopt.patsub_replacement) pieces.push(text)
    else if (kind === 'break') pieces.push(' ')
    else {
      for (const piece of text.match(/\\[&\\]|&|[^&\\]+|\\/g) ?? []) {
        pieces.push(piece === '&' ? null : piece.length === 2 && piece[0] === '\\' ? piece[1] : piece)
      }
    }
  }
  return pieces
}

function* withDefault(shell: Shell, part: ParameterExpansionPart, operator: string, reference: Reference, value: Value,
  context: Context, chunks: Chunk[]): Run {
  const operation = part.operation
  if (operation?.type !== 'Default') return
  const set = value.list !== null ? value.list.length > 0 : value.text !== undefined
  const text = value.list !== null ? value.list.join(' ') : value.text ?? ''
  const present = set && !(operator.startsWith(':') && text === '')
  const kind = operator[operator.length - 1]
  if (kind === '+') {
    if (present) yield* addOperand(shell, operation.operand, context, chunks)
    else if (context.quoted && value.list === null) chunks.push({ kind: 'quoted', text: '' })
    return
  }
  if (present) {
    add(shell, value, context, chunks)
    return
  }
  if (kind === '-') {
    yield* addOperand(shell, operation.operand, context, chunks)
    return
  }
  if (kind === '=') {
    if (/^[^A-Za-z_]/.test(reference.name)) throw new ShellError(`$${reference.name}: cannot assign in this way`)
    const assigned = yield* expandWhole(shell, operation.operand)
    shell.assignReference(reference.name, reference.index, assigned)
    add(shell, read(shell, reference), context, chunks)
    return
  }
  const words = operation.operand.text === '' ? operator === '?' ? 'parameter not set' : 'parameter null or not set'
    : yield* expandWhole(shell, operation.operand)
  const name = part.text.slice(2 + (part.prefix === '!' ? 1 : 0), operation.pos - part.pos)
  throw new ShellError(`${name}: ${words}`, shell.fatalStatus, true)
}

function* addOperand(shell: Shell, word: Parameters<typeof expandWhole>[1], context: Context, chunks: Chunk[]): Run {
  if (word.text === '') {
    if (context.quoted) chunks.push({ kind: 'quoted', text: '' })
    return
  }
  yield* addWord(shell, word, { ...context, operand: true }, chunks)
}

function* slice(shell: Shell, part: ParameterExpansionPart, reference: Reference, value: Value): Run<Value> {
  const { operation } = part
  if (operation?.type !== 'Slice') return value
  checkSet(shell, value, reference.name)
  const offset = Number(yield* arithmetic(shell, operation.offset.text))
  const length = operation.length === undefined ? null : Number(yield* arithmetic(shell, operation.length.text))
  const shown = operation.length?.text.trim() ?? ''
  if (value.list === null) {
    const chars = Array.from(value.text ?? '')
    const from = offset < 0 ? chars.length + offset : offset
    if (from < 0 || from > chars.length || value.text === undefined) return { list: null, text: '' }
    const end = length === null ? chars.length : length < 0 ? chars.length + length : from + length
    if (end < from) throw new ShellError(`${shown}: substring expression < 0`)
    return { list: null, text: chars.slice(from, end).join('') }
  }
  if (length !== null && length < 0 && reference.index !== null) throw new ShellError(`${shown}: substring expression < 0`)
  if (reference.index === null) {
    // $0 is the element in front of the first.
    const all = [shell.name, ...value.list]
    const from = offset < 0 ? all.length + offset : offset
    if (length !== null && length < 0) throw new ShellError(`${shown}: substring expression < 0`)
    if (from < 0) return { list: [], star: value.star }
    const list = all.slice(from === 0 || offset < 0 && from === 0 ? 0 : from)
    return { list: length === null ? list : list.slice(0, length), star: value.star }
  }
  return sliceArray(shell, reference, value.star, offset, length)
}

/** Offsets of an array count by index, not by element. */
function sliceArray(shell: Shell, { name }: Reference, star: boolean, offset: number, length: number | null): Value {
  const variable = shell.variables.lookup(name)
  const keys = variable?.keys() ?? []
  const last = variable?.associative === null || variable?.associative === undefined
    ? Number(keys[keys.length - 1] ?? -1) : keys.length - 1
  const from = offset < 0 ? last + 1 + offset : offset
  if (from < 0) return { list: [], star }
  const chosen = variable?.associative instanceof AssociativeArray ? keys.slice(Math.max(0, from - 1))
    : keys.filter((key) => Number(key) >= from)
  const list = (length === null ? chosen : chosen.slice(0, length)).map((key) => variable?.element(key) ?? '')
  return { list, star }
}

function* transform(shell: Shell, part: ParameterExpansionPart, letter: string, reference: Reference,
  value: Value): Run<Value> {
  const set = value.list !== null || value.text !== undefined
  if (!/^[QEPAKaUuLk]$/.test(letter)) {
    if (!set) return { list: null, text: '' }
    throw new ShellError(`${part.text}: bad substitution`)
  }
  const whole = reference.index === '@' || reference.index === '*'
  if (letter === 'a') {
    const attributes = attributesOf(shell.variables.lookup(reference.name))
    return whole && value.list !== null ? mapped(value, () => attributes) : { list: null, text: attributes }
  }
  if (letter === 'A') {
    const text = reference.name === '@' || reference.name === '*'
      ? `set -- ${shell.positional.map(quoteValue).join(' ')}` : declarationOf(shell, reference.name, whole)
    return { list: null, text }
  }
  if (!set) {
    checkSet(shell, value, reference.name)
    return { list: null, text: '' }
  }
  if ((letter === 'K' || letter === 'k') && whole) return pairsOf(shell, reference, letter)
  if (letter === 'P') {
    if (value.list !== null) return value
    return { list: null, text: yield* promptText(shell, value.text ?? '') }
  }
  return mapped(value, (text) => transformed(text, letter))
}

function transformed(text: string, letter: string): string {
  switch (letter) {
    case 'U': return text.toUpperCase()
    case 'L': return text.toLowerCase()
    case 'u': return text.slice(0, 1).toUpperCase() + text.slice(1)
    case 'E': return unescapeAnsi(text)
    default: return quoteValue(text)
  }
}

function pairsOf(shell: Shell, { name, index }: Reference, letter: string): Value {
  const variable = shell.variables.lookup(name)
  const pairs = (variable?.keys() ?? []).map((key) => [key, variable?.element(key) ?? ''])
  if (letter === 'k') return { list: pairs.flat(), star: index === '*' }
  const text = pairs.map(([key, value]) => `${/^\w+$/.test(key) ? key : quoteValue(key)} "${escapeDouble(value)}"`).join(' ')
  return { list: null, text: variable?.associative instanceof AssociativeArray ? `${text} ` : text }
}

function escapeDouble(text: string): string {
  return text.replace(/["$`\\]/g, '\\$&')
}
