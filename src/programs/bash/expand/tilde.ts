import type { WordPart } from 'unbash'
import type { Shell } from '../shell.ts'

/**
 * Tilde expansion of the literal parts of a word: at its beginning, and in assignments behind "=" and ":". A directory
 * that is put in comes as a Literal without text, whose value is taken as it is.
 */
export function expandTildes(shell: Shell, parts: readonly WordPart[], assignment: boolean): readonly WordPart[] {
  if (!parts.some((part) => part.type === 'Literal' && part.text.includes('~'))) return parts
  const out: WordPart[] = []
  // Words that look like an assignment get the first tilde behind "=" expanded, too.
  let equals = assignment ? 'all' : 'first'
  for (const [index, part] of parts.entries()) {
    if (part.type !== 'Literal' || !part.text.includes('~')) {
      out.push(part)
      continue
    }
    const last = index === parts.length - 1
    let from = 0
    let atStart = index === 0
    for (let at = 0; at < part.text.length; at++) {
      const char = part.text[at]
      if (char === '\\') at++
      else if (char === '~' && atStart) {
        const end = /[/:]/.exec(part.text.slice(at))
        const stop = end === null ? part.text.length : at + end.index
        const home = end !== null || last ? homeOf(shell, part.text.slice(at + 1, stop)) : null
        if (home !== null) {
          if (at > from) out.push(literal(part.text.slice(from, at)))
          out.push({ type: 'Literal', text: '', value: home, pos: 0, end: 0 })
          from = stop
          at = stop - 1
        }
      }
      atStart = assignment && char === ':' && equals === 'all'
        || !assignment && equals === 'first' && char === '=' && /^[A-Za-z_]\w*\+?=$/.test(part.text.slice(0, at + 1))
        || !assignment && equals === 'colon' && char === ':'
      if (atStart && char === '=') equals = 'colon'
    }
    if (from < part.text.length) out.push(literal(part.text.slice(from)))
  }
  return out
}

function literal(text: string): WordPart {
  return { type: 'Literal', text, value: text, pos: 0, end: 0 }
}

/** What "~NAME" stands for; null: it stays. */
function homeOf(shell: Shell, name: string): string | null {
  if (name === '') return shell.variables.get('HOME') ?? '/root'
  if (name === '+') return shell.variables.get('PWD') ?? null
  if (name === '-') return shell.variables.get('OLDPWD') ?? null
  return name === 'root' ? '/root' : null
}
