import { textWidth } from './width.ts'

/** What the word at the cursor may become. */
export interface Completion {
  /** Where the word begins: an index in the line's characters. */
  readonly start: number
  /** Sorted, each once. */
  readonly candidates: readonly Candidate[]
}

export interface Candidate {
  /** What stands in the line instead of the word. */
  readonly text: string
  /** How lists show it; default the text. */
  readonly display?: string
  /** What follows once it is the only one: ' ', '/' for a directory, or nothing. */
  readonly suffix: string
}

/** Finds completions for the word that ends at `point`. */
export type Completer = (line: readonly string[], point: number) => Completion

/** The longest beginning that all have. */
export function commonPrefix(candidates: readonly Candidate[]): string {
  let prefix = Array.from(candidates[0]?.text ?? '')
  for (const { text } of candidates) {
    const chars = Array.from(text)
    let same = 0
    while (same < prefix.length && prefix[same] === chars[same]) same++
    prefix = prefix.slice(0, same)
  }
  return prefix.join('')
}

/** The rows of a list of completions, in columns that are read downwards (rl_display_match_list()). */
export function listRows(names: readonly string[], screenColumns: number): string[] {
  const width = Math.max(...names.map(textWidth)) + 2
  let columns = Math.floor(screenColumns / width)
  if (columns !== 1 && columns * width === screenColumns) columns--
  columns = Math.max(1, columns)
  const count = Math.ceil(names.length / columns)
  const rows: string[] = []
  for (let row = 0; row < count; row++) {
    let text = ''
    for (let column = 0; column < columns; column++) {
      const name = names[column * count + row]
      if (name === undefined) break
      text += column + 1 < columns ? name + ' '.repeat(width - textWidth(name)) : name
    }
    rows.push(text)
  }
  return rows
}
