import { escapePattern } from '../pattern.ts'

/**
 * A word half expanded: pieces that remember what may still happen to them.
 *
 *     literal   typed as it is: takes part in file name patterns
 *     quoted    stands for itself alone, and makes a word even when it is empty
 *     split     what an unquoted expansion gave: cut at IFS, and takes part in file name patterns
 *     break     "$@" begins another word here
 */
export interface Chunk {
  readonly kind: 'literal' | 'quoted' | 'split' | 'break'
  readonly text: string
}

export const BREAK: Chunk = { kind: 'break', text: '' }

/** A word after word splitting: its text, and the same as a pattern, in which what was quoted is escaped. */
export interface Field {
  text: string
  pattern: string
}

/** Characters at which words are split, and those of them that are white space. */
const SPACES = ' \t\n'

/** Cuts the pieces of one word into fields (POSIX XCU 2.6.5). */
export function splitFields(chunks: readonly Chunk[], ifs: string): Field[] {
  const fields: Field[] = []
  let field: Field | null = null
  // Whether a white space delimiter came last: one other delimiter may still belong to it.
  let afterSpace = false
  const close = (): void => {
    if (field !== null) fields.push(field)
    field = null
  }
  const add = (text: string, pattern: string): void => {
    field ??= { text: '', pattern: '' }
    field.text += text
    field.pattern += pattern
    afterSpace = false
  }
  for (const { kind, text } of chunks) {
    if (kind === 'break') {
      close()
      afterSpace = false
    } else if (kind === 'quoted') add(text, escapePattern(text))
    else if (kind === 'literal' || ifs === '') {
      if (text !== '') add(text, text)
    } else {
      let from = 0
      for (let at = 0; at < text.length; at++) {
        if (!ifs.includes(text[at])) continue
        if (at > from) add(text.slice(from, at), text.slice(from, at))
        from = at + 1
        if (field !== null) {
          close()
          afterSpace = SPACES.includes(text[at])
        } else if (SPACES.includes(text[at])) continue
        else if (afterSpace) afterSpace = false
        else fields.push({ text: '', pattern: '' })
      }
      if (from < text.length) add(text.slice(from), text.slice(from))
    }
  }
  close()
  return fields
}

/** The pieces as one text, where nothing is split. */
export function joinChunks(chunks: readonly Chunk[]): string {
  if (chunks.length === 1) return chunks[0].text
  let text = ''
  for (const chunk of chunks) text += chunk.kind === 'break' ? ' ' : chunk.text
  return text
}

/** The pieces as one pattern. */
export function patternOf(chunks: readonly Chunk[]): string {
  let text = ''
  for (const chunk of chunks) {
    text += chunk.kind === 'break' ? ' ' : chunk.kind === 'quoted' ? escapePattern(chunk.text) : chunk.text
  }
  return text
}

/** The pieces as one regular expression: what was quoted stands for itself. */
export function regexOf(chunks: readonly Chunk[]): string {
  let text = ''
  for (const chunk of chunks) {
    if (chunk.kind === 'break') text += ' '
    else text += chunk.kind === 'quoted' ? chunk.text.replace(/[[\]^$.*+?{}()|\\]/g, '\\$&') : chunk.text
  }
  return text
}

/** What the surroundings of a part mean for it. */
export interface Context {
  /** Inside of double quotes, or of a here-document. */
  readonly quoted: boolean
  /** Inside of a here-document, where double quotes are characters. */
  readonly hereDoc?: boolean
  /** The words are split afterwards; else "$@" is joined. */
  readonly splits: boolean
  /** Literal text is split too: an operand, ${x:-a b}. */
  readonly operand?: boolean
}

/** What an expansion gave. */
export function addResult(text: string, context: Context, chunks: Chunk[]): void {
  if (context.quoted) chunks.push({ kind: 'quoted', text })
  else if (text !== '') chunks.push({ kind: 'split', text })
}
