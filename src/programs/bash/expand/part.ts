import type { Script, WordPart } from 'unbash'
import type { Run } from '../flow.ts'
import type { Shell } from '../shell.ts'
import { addResult, type Chunk, type Context } from './chunks.ts'
import { expandParameter, expandSimple } from './parameter.ts'
import { addLiteral, arithmetic } from './word.ts'

/** Parts of words: what each kind of them becomes. Words call it by way of Shell.language, since parts hold words. */
export function* addPart(shell: Shell, part: WordPart, context: Context, chunks: Chunk[]): Run {
  switch (part.type) {
    case 'Literal':
      addLiteral(part.text, context, chunks)
      return
    case 'Glob':
    case 'BraceExpansion':
      if (part.parts === undefined) addLiteral(part.text, context, chunks)
      else yield* addBracketed(shell, part.text, part.parts, context, chunks)
      return
    case 'ExtendedGlob':
      addLiteral(`${part.operator}(`, context, chunks)
      if (part.parts === undefined) addLiteral(part.pattern, context, chunks)
      else for (const inner of part.parts) yield* addPart(shell, inner, context, chunks)
      addLiteral(')', context, chunks)
      return
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      chunks.push({ kind: 'quoted', text: part.value })
      return
    case 'DoubleQuoted':
    case 'LocaleString':
      yield* addQuoted(shell, part.parts, context, chunks)
      return
    case 'SimpleExpansion':
      expandSimple(shell, part.text.slice(1), context, chunks)
      return
    case 'ParameterExpansion':
      yield* expandParameter(shell, part, context, chunks)
      return
    case 'CommandExpansion':
      addResult(yield* shell.substitute(scriptOf(part.script), part.pos), context, chunks)
      return
    case 'ArithmeticExpansion':
      addResult(yield* expandArithmetic(shell, part.text), context, chunks)
      return
    case 'ProcessSubstitution':
      if (context.quoted) addLiteral(part.text, context, chunks)
      else chunks.push({ kind: 'quoted', text: shell.substituteProcess(scriptOf(part.script), part.operator) })
  }
}

/** [a-z] and {…}: what is inside may hold expansions; the brackets themselves are not among the parts. */
function* addBracketed(shell: Shell, text: string, parts: readonly WordPart[], context: Context, chunks: Chunk[]): Run {
  const whole = parts[0]?.text.startsWith(text[0]) === true && parts[0].pos === parts[0].end
  if (!whole) addLiteral(text[0], context, chunks)
  for (const inner of parts) yield* addPart(shell, inner, context, chunks)
  if (!whole) addLiteral(text[text.length - 1], context, chunks)
}

const NOTHING: Script = { type: 'Script', pos: 0, end: 0, shebang: undefined, commands: [] }

function scriptOf(script: Script | undefined): Script {
  return script ?? NOTHING
}

/** Text between double quotes; "" is a word, "$@" without parameters is none. */
function* addQuoted(shell: Shell, parts: readonly WordPart[], context: Context, chunks: Chunk[]): Run {
  const before = chunks.length
  const inner = { quoted: true, splits: context.splits }
  for (const part of parts) yield* addPart(shell, part, inner, chunks)
  if (chunks.length === before && !parts.some(isAt)) chunks.push({ kind: 'quoted', text: '' })
}

function isAt(part: WordPart): boolean {
  if (part.type === 'SimpleExpansion') return part.text === '$@'
  return part.type === 'ParameterExpansion' && part.prefix !== '#'
    && (part.parameter === '@' || part.index?.text === '@' || part.operation?.type === 'Default'
      || part.operation?.type === 'Names')
}

/** $((…)) and $[…]. */
function* expandArithmetic(shell: Shell, text: string): Run<string> {
  const expression = text.startsWith('$((') ? text.slice(3, -2) : text.slice(2, -1)
  return String(yield* arithmetic(shell, expression))
}
