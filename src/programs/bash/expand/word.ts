import { parse, type Word, type WordPart } from 'unbash'
import { evaluate } from '../arithmetic.ts'
import { type Run, ShellError } from '../flow.ts'
import { compilePattern, isPattern } from '../pattern.ts'
import type { Shell } from '../shell.ts'
import { expandBraces } from './brace.ts'
import { type Chunk, type Context, joinChunks, patternOf, regexOf, splitFields } from './chunks.ts'
import { globFiles } from './glob.ts'
import { expandTildes } from './tilde.ts'

/**
 * Expansion of words, in bash's order: braces, tildes, parameters with commands and arithmetic from left to right,
 * splitting, file names, and the quotes go. A part of a word becomes Chunks (chunks.ts); what the word is for decides
 * what is made of them.
 */

const SPLITTING: Context = { quoted: false, splits: true }
const WHOLE: Context = { quoted: false, splits: false }
const HERE: Context = { quoted: true, hereDoc: true, splits: false }

/** The fields that a list of words stands for. */
export function* expandWords(shell: Shell, words: readonly Word[]): Run<string[]> {
  const fields: string[] = []
  for (const word of words) {
    if (isPlain(word)) fields.push(word.value)
    else for (const one of bracesOf(word)) yield* expandFields(shell, one, fields)
  }
  return fields
}

/** Most words are letters alone. */
function isPlain(word: Word): boolean {
  return word.parts === undefined && !/[\\~=]/.test(word.text)
}

function bracesOf(word: Word): Word[] {
  if (!word.text.includes('{') || !hasBraces(word.parts)) return [word]
  return expandBraces(word.text).map(parseWord).filter((one) => one.text !== '')
}

function hasBraces(parts: readonly WordPart[] | undefined): boolean {
  return parts?.some((part) => part.type === 'BraceExpansion') ?? false
}

const NO_WORD = { type: 'Word', text: '', value: '', pos: 0, end: 0 } as const

/** A word from its text. */
export function parseWord(text: string): Word {
  if (text === '') return NO_WORD
  if (/^[A-Za-z0-9_.,:/@%+-]+$/.test(text)) return { type: 'Word', text, value: text, pos: 0, end: text.length }
  const command = parse(`: ${text.startsWith('#') ? '\\' : ''}${text}`).commands[0]?.command
  const word = command?.type === 'Command' ? command.args[0] : undefined
  return word?.type === 'Word' ? word : { type: 'Word', text, value: text, pos: 0, end: text.length }
}

function* expandFields(shell: Shell, word: Word, fields: string[]): Run {
  const chunks = yield* chunksOf(shell, word, SPLITTING)
  for (const field of splitFields(chunks, shell.ifs)) {
    if (shell.options.noglob || !isPattern(field.pattern, shell.shopt.extglob)) {
      fields.push(field.text)
      continue
    }
    const names = globFiles(shell, field.pattern)
    if (names.length > 0) fields.push(...names)
    else if (shell.shopt.failglob) throw new ShellError(`no match: ${field.text}`)
    else if (!shell.shopt.nullglob) fields.push(field.text)
  }
}

/** A word as one text, not split: an assignment's value, the word of `case`, a here-string. */
export function* expandWhole(shell: Shell, word: Word, assignment = false): Run<string> {
  if (isPlain(word)) return word.value
  return joinChunks(yield* chunksOf(shell, word, WHOLE, assignment))
}

/** A word as a pattern. */
export function* expandPattern(shell: Shell, word: Word): Run<string> {
  if (isPlain(word)) return word.text
  return patternOf(yield* chunksOf(shell, word, WHOLE))
}

/** A word as an extended regular expression. */
export function* expandRegex(shell: Shell, word: Word): Run<string> {
  return regexOf(yield* chunksOf(shell, word, WHOLE))
}

/** Whether a pattern matches, by the shell's options. */
export function patternMatches(shell: Shell, pattern: string, text: string, extglob = shell.shopt.extglob): boolean {
  return compilePattern(pattern, { extglob, ignoreCase: shell.shopt.nocasematch }).matches(text)
}

/** The text of a here-document or of an arithmetic expression. */
export function* expandHereText(shell: Shell, parts: readonly WordPart[]): Run<string> {
  const chunks: Chunk[] = []
  for (const part of parts) yield* shell.language.addPart(shell, part, HERE, chunks)
  return joinChunks(chunks)
}

function* chunksOf(shell: Shell, word: Word, context: Context, assignment = false): Run<Chunk[]> {
  const chunks: Chunk[] = []
  yield* addWord(shell, word, context, chunks, assignment)
  return chunks
}

/** Adds the pieces of a word: itself, or an operand within another. */
export function* addWord(shell: Shell, word: Word, context: Context, chunks: Chunk[], assignment = false): Run {
  const parts = word.parts ?? [{ type: 'Literal', text: word.text, value: word.value, pos: word.pos, end: word.end }]
  const shown = context.quoted ? parts : expandTildes(shell, parts, assignment)
  for (const part of shown) {
    if (part.type === 'Literal' && part.text === '' && part.value !== '') chunks.push({ kind: 'quoted',
      text: part.value })
    else yield* shell.language.addPart(shell, part, context, chunks)
  }
}

/** Literal text, of which backslashes make pieces quoted. */
export function addLiteral(text: string, context: Context, chunks: Chunk[]): void {
  if (context.quoted) {
    const escaped = context.hereDoc === true ? /\\([$`\\]|\n)/g : context.operand === true ? /\\([$`"\\}]|\n)/g
      : /\\([$`"\\]|\n)/g
    const bare = text.includes('\\') ? text.replace(escaped, (_, char: string) => char === '\n' ? '' : char) : text
    chunks.push({ kind: 'quoted', text: bare })
    return
  }
  const kind = context.operand === true ? 'split' : 'literal'
  let from = 0
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', from)) {
    if (at > from) chunks.push({ kind, text: text.slice(from, at) })
    const next = text.slice(at + 1, at + 2)
    if (next === '') chunks.push({ kind: 'quoted', text: '\\' })
    else if (next !== '\n') chunks.push({ kind: 'quoted', text: next })
    from = at + 2
  }
  if (from < text.length) chunks.push({ kind, text: text.slice(from) })
}

/** Expands and evaluates an arithmetic expression. */
export function* arithmetic(shell: Shell, text: string, prefix = ''): Run<bigint> {
  if (/^[0-9]{1,15}$/.test(text) && !text.startsWith('0')) return BigInt(text)
  return evaluate(yield* expandExpression(shell, text), shell, prefix)
}

const hereTexts = new Map<string, readonly WordPart[]>()
const HERE_TEXTS_LIMIT = 500

/** Expands what looks like text in double quotes, quotes being characters: arithmetic, PS4. */
export function* expandExpression(shell: Shell, text: string): Run<string> {
  if (!/[$`\\"]/.test(text)) return text
  return (yield* expandHereText(shell, textParts(text))).replaceAll('"', '')
}

/** The parts of a text that is expanded as a here-document is. */
export function textParts(text: string): readonly WordPart[] {
  let parts = hereTexts.get(text)
  if (parts === undefined) {
    const command = parse(`: <<_end_of_text_\n${text}\n_end_of_text_\n`).commands[0]?.command
    const [redirect] = command?.type === 'Command' ? command.redirects : []
    const body = redirect?.type === 'HereDoc' ? redirect.body : undefined
    parts = body?.parts ?? [{ type: 'Literal', text: `${text}\n`, value: `${text}\n`, pos: 0, end: 0 }]
    const last = parts[parts.length - 1]
    if (last?.type === 'Literal' && last.text.endsWith('\n')) {
      const cut = last.text.slice(0, -1)
      parts = cut === '' ? parts.slice(0, -1) : [...parts.slice(0, -1), { ...last, text: cut, value: cut }]
    }
    if (hereTexts.size >= HERE_TEXTS_LIMIT) hereTexts.clear()
    hereTexts.set(text, parts)
  }
  return parts
}
