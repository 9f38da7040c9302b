import { type Candidate, commonPrefix, listRows } from './completion.ts'
import type { LineEditor } from './editor.ts'

/** Candidates from which on one is asked before they are listed (completion-query-items). */
const QUERY_ITEMS = 100

/** Tab: completes the word as far as it is certain; a second Tab that changes nothing lists what it may become. */
export async function completeWord(editor: LineEditor): Promise<void> {
  if (editor.lastCommand === 'complete' && !editor.completionChanged) return listCompletions(editor)
  const { buffer } = editor
  const { start, candidates } = editor.complete(buffer.text, buffer.point)
  const before = buffer.line
  if (candidates.length === 0) editor.bell()
  else if (candidates.length === 1) {
    const [{ text, suffix }] = candidates
    const atEnd = buffer.point === buffer.length
    buffer.replace(start, buffer.point, text + (atEnd || suffix === '/' ? suffix : suffix.trimEnd()))
  } else {
    const prefix = commonPrefix(candidates)
    if (prefix !== '') buffer.replace(start, buffer.point, prefix)
    editor.bell()
  }
  editor.completionChanged = buffer.line !== before
}

/** Meta-?: lists what the word may become. */
export async function listCompletions(editor: LineEditor): Promise<void> {
  const { buffer } = editor
  const { candidates } = editor.complete(buffer.text, buffer.point)
  if (candidates.length === 0) return editor.bell()
  editor.display.goBelow()
  if (candidates.length >= QUERY_ITEMS) {
    editor.write(`\nDisplay all ${candidates.length} possibilities? (y or n)`)
    if (!await answer(editor)) {
      editor.write('\n')
      editor.redrawBelow()
      return
    }
  }
  editor.write('\n')
  await page(editor, listRows(candidates.map(nameOf), editor.terminal.columns))
  editor.redrawBelow()
}

/** Meta-*: inserts all of them. */
export function insertAll(editor: LineEditor): void {
  const { buffer } = editor
  const { start, candidates } = editor.complete(buffer.text, buffer.point)
  if (candidates.length === 0) return editor.bell()
  buffer.replace(start, buffer.point, `${candidates.map(({ text }) => text).join(' ')} `)
}

function nameOf({ text, display }: Candidate): string {
  return display ?? text
}

/** get_y_or_n() */
async function answer(editor: LineEditor): Promise<boolean> {
  for (;;) {
    const key = await editor.keys.next()
    if (key === 'y' || key === 'Y' || key === ' ') return true
    if (key === null || key === 'n' || key === 'N' || key === '\x7f' || key === '\x07') return false
    editor.bell()
  }
}

/** Writes rows, a screenful at a time. */
async function page(editor: LineEditor, rows: readonly string[]): Promise<void> {
  let left = editor.terminal.rows - 1
  for (const [index, row] of rows.entries()) {
    editor.write(`${row}\n`)
    if (--left > 0 || index === rows.length - 1) continue
    editor.write('--More--')
    const key = await moreKey(editor)
    editor.write('\r\x1b[K')
    if (key === null) return
    left = key === '\n' ? 1 : editor.terminal.rows - 1
  }
}

async function moreKey(editor: LineEditor): Promise<'\n' | ' ' | null> {
  for (;;) {
    const key = await editor.keys.next()
    if (key === ' ' || key === 'y' || key === 'Y') return ' '
    if (key === '\r' || key === '\n') return '\n'
    if (key === null || key === 'q' || key === 'n' || key === '\x7f' || key === '\x07') return null
    editor.bell()
  }
}
