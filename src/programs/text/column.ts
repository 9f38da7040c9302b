import { EISDIR, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { fromByteString } from '../byte-string.ts'
import { type Arguments, gnuProgram, type GnuSpec, openInput, quoteName } from './gnu.ts'

/** column of util-linux 2.38.1: lines side by side, or words as a table. */
const SPEC: GnuSpec = {
  short: 'c:dE:eH:i:JL:N:n:O:o:p:R:r:s:T:tW:x',
  long: {
    'table': 't', 'separator=': 's', 'output-separator=': 'o', 'output-width=': 'c', 'columns=': 'c', 'fillrows': 'x',
    'table-columns=': 'N', 'table-right=': 'R', 'table-name=': 'n', 'table-noheadings': 'd', 'table-hide=': 'H',
    'table-noextreme=': 'E', 'table-order=': 'O', 'table-truncate=': 'T', 'table-wrap=': 'W', 'table-empty-lines': 'L',
    'json': 'J', 'tree=': 'r', 'tree-id=': 'i', 'tree-parent=': 'p', 'table-header-repeat': 'e',
  },
  lacks: ['E', 'e', 'H', 'i', 'J', 'L', 'n', 'O', 'p', 'r', 'T', 'W'],
}
const TAB = 8

export const column: Program = gnuProgram(SPEC, async (process, args) => {
  const width = args.options.filter(({ name }) => name === 'c').map(({ value }) => {
    if (value.startsWith('-') && /^-[0-9]+$/.test(value)) {
      throw args.error(`invalid columns argument: '${value}': Numerical result out of range`)
    }
    if (!/^[0-9]+$/.test(value)) throw args.error(`invalid columns argument: '${value}'`)
    return Number(value)
  }).pop() ?? 80
  if (!args.has('t') && ['N', 'R', 'd'].some((name) => args.has(name))) {
    throw args.error('option --table required for all --table-*')
  }
  const lines: string[] = []
  let status = 0
  for (const name of args.operands.length === 0 ? ['-'] : args.operands) {
    const reader = openInput(process, name)
    if (reader === -EISDIR) throw args.error(`read failed: ${strerror(EISDIR)}`)
    if (typeof reader === 'number') {
      args.complain(`${quoteName(name)}: ${strerror(-reader)}`)
      status = 1
      continue
    }
    lines.push(...fromByteString(await reader.all()).split('\n').filter((line) => line.trim() !== ''))
    reader.close()
  }
  if (args.has('t')) table(process, args, lines)
  else fill(process, lines, width, args.has('x'))
  return status
})

function table(process: Process, args: Arguments, lines: readonly string[]): void {
  if (lines.length === 0) return
  const separators = args.value('s')
  const rows = lines.map((line) => separators === undefined ? line.trim().split(/[ \t]+/) : splitAt(line, separators))
  const names = args.value('N')?.split(',')
  if (names !== undefined && !args.has('d')) rows.unshift(names)
  const count = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map((row) => columns(row[i] ?? ''))))
  const right = new Set(rightColumns(args, names ?? [], count))
  const between = args.value('o') ?? '  '
  for (const row of rows) {
    const cells = widths.map((width, i) => {
      const text = row[i] ?? ''
      const padding = ' '.repeat(width - columns(text))
      if (right.has(i)) return padding + text
      return i === count - 1 ? text : text + padding
    })
    process.stdout.write(`${cells.join(between)}\n`)
  }
}

function rightColumns(args: Arguments, names: readonly string[], count: number): number[] {
  return (args.value('R')?.split(',') ?? []).map((word) => {
    const at = /^[0-9]+$/.test(word) ? Number(word) - 1 : names.indexOf(word)
    if (at < 0 || at >= count) throw args.error(`undefined column name '${word}'`)
    return at
  })
}

/** Each of the characters separates, also two that stand together. */
function splitAt(line: string, separators: string): string[] {
  const cells = ['']
  for (const character of line) {
    if (separators.includes(character)) cells.push('')
    else cells[cells.length - 1] += character
  }
  return cells
}

function columns(text: string): number {
  return Array.from(text).length
}

/** In columns of one width, a multiple of eight, with tabs between. */
function fill(process: Process, lines: readonly string[], width: number, byRows: boolean): void {
  const step = Math.floor((Math.max(0, ...lines.map(columns)) + TAB) / TAB) * TAB
  if (step >= width) {
    for (const line of lines) process.stdout.write(`${line}\n`)
    return
  }
  const perRow = Math.floor(width / step)
  const rowCount = Math.ceil(lines.length / perRow)
  for (let row = 0; row < rowCount; row++) {
    const cells = byRows ? lines.slice(row * perRow, (row + 1) * perRow)
      : lines.filter((_, i) => i % rowCount === row)
    const tabbed = cells.map((cell, i) =>
      i === cells.length - 1 ? cell : cell + '\t'.repeat(Math.ceil((step - columns(cell)) / TAB)))
    process.stdout.write(`${tabbed.join('')}\n`)
  }
}
