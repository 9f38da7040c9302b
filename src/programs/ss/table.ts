/**
 * The columns of ss, as iproute2's render() lays them out: each is as wide as its longest text and a space before it,
 * and on a terminal what is left of the line is dealt out to all. A line that does not fit goes on in the next.
 */
export interface Column {
  readonly header: string
  readonly right: boolean
  /** What stands before it, unless it comes first. */
  readonly delimiter: string
}

export const COLUMNS: readonly Column[] = [
  { header: 'Netid', right: false, delimiter: '' },
  { header: 'State', right: false, delimiter: ' ' },
  { header: 'Recv-Q', right: false, delimiter: ' ' },
  { header: 'Send-Q', right: false, delimiter: ' ' },
  { header: 'Local Address:', right: true, delimiter: ' ' },
  { header: 'Port', right: false, delimiter: '' },
  { header: 'Peer Address:', right: true, delimiter: ' ' },
  { header: 'Port', right: false, delimiter: '' },
  { header: 'Process', right: false, delimiter: '' },
]

/** A row has one text per column. hidden: columns that are not shown. screenWidth: Infinity where there is no terminal. */
export function render(rows: readonly (readonly string[])[], hidden: ReadonlySet<number>, screenWidth: number): string {
  const shown = COLUMNS.map((_, index) => index).filter((index) => !hidden.has(index))
  const widths = measure(rows, shown, screenWidth)
  if (screenWidth !== Infinity) spread(widths, shown, screenWidth)
  let text = ''
  for (const row of rows) {
    shown.forEach((index, place) => {
      const column = COLUMNS[index]
      let cell = place === 0 ? '' : column.delimiter
      if (column.right) cell += ' '.repeat(Math.max(0, widths[index] - cell.length - row[index].length))
      text += (cell + row[index]).padEnd(column.right ? 0 : widths[index])
    })
    text += '\n'
  }
  return text
}

function measure(rows: readonly (readonly string[])[], shown: readonly number[], screenWidth: number): number[] {
  const widths = COLUMNS.map(() => 0)
  let first = true
  for (const index of shown) {
    const longest = rows.reduce((most, row) => Math.max(most, row[index].length), 0)
    const delimiter = first || longest === 0 ? 0 : COLUMNS[index].delimiter.length
    widths[index] = Math.min(longest + delimiter, screenWidth)
    if (widths[index] > 0) first = false
  }
  return widths
}

/** Deals out what is left of each line of the screen (the second pass of render_calc_width). */
function spread(widths: number[], shown: readonly number[], screenWidth: number): void {
  const used = shown.filter((index) => widths[index] > 0)
  let lineStart = 0
  let length = 0
  for (let at = 0; at < used.length; at++) {
    length += widths[used[at]]
    if (at + 1 < used.length && length < screenWidth) continue
    let end = at
    if (length > screenWidth && at > lineStart) {
      length -= widths[used[at]]
      end = at - 1
    }
    const columns = end - lineStart + 1
    const left = Math.max(0, screenWidth - length)
    let rest = left % columns
    for (let i = end; i >= lineStart; i--) {
      widths[used[i]] += Math.floor(left / columns)
      if (rest-- > 0) widths[used[i]]++
    }
    lineStart = end + 1
    length = 0
    at = end
  }
}
