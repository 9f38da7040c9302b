import { widthOf } from './width.ts'

/**
 * The line on the screen: keeps what each row shows, and changes it to what it should show with few bytes, in the way
 * of readline's display.c: up to the first difference nothing is written; what is behind the last one is kept in place
 * by inserting or deleting columns, if there is a space in it (else it is written again); the cursor goes left by
 * backspaces, or by a carriage return where that is shorter, and right one column at a time.
 *
 * The terminal is an xterm: it wraps lines, and has ICH, DCH, EL, CUU and CUF.
 */

/** What stands in one or two columns: a character with its combining marks, or one of the two of ^A. */
interface Cell {
  readonly text: string
  readonly width: number
  readonly standout: boolean
}

/** A row of the screen. */
type Row = readonly Cell[]

/** What the display needs of a terminal. */
export interface Screen {
  readonly columns: number
  readonly rows: number
}

export interface DisplayedLine {
  /** Only its last line; between \x01 and \x02 stands what takes no column. */
  readonly prompt: string
  readonly text: readonly string[]
  /** Index of the cursor in `text`. */
  readonly point: number
  /** Part of `text` shown inverted. */
  readonly standout: { readonly from: number, readonly to: number } | null
}

export class Display {
  private shown: Row[] = [[]]
  private column = 0
  private row = 0
  private out = ''
  private rewriting = false

  constructor(private readonly screen: Screen, private readonly send: (text: string) => void) {}

  /** Shows a line where the last one is shown. */
  show(line: DisplayedLine): void {
    const { rows, cursorRow, cursorColumn } = this.layOut(line)
    if (this.rewriting) this.blankOut()
    const last = rows.length - 1
    for (let index = 0; index <= last; index++) this.updateRow(this.shown[index] ?? [], rows[index], index, last)
    for (let index = last + 1; index < this.shown.length; index++) {
      this.moveVertically(index)
      this.moveTo(0)
      this.out += '\x1b[K'
    }
    this.shown = rows
    if (this.row !== cursorRow) this.moveVertically(cursorRow)
    this.moveTo(cursorColumn)
    this.flush()
  }

  /** Has the next show() write every row whole. */
  rewrite(): void {
    this.rewriting = true
  }

  /** Goes below the line, as at Enter; what is shown next is a new line. */
  finish(): void {
    let last = this.shown.length - 1
    if (last > 0 && this.column === 0 && this.shown[last].length === 0) last--
    this.moveVertically(last)
    if (rowWidth(this.shown[last]) > 0 || this.column > 0) this.out += '\n'
    this.flush()
    this.forget()
  }

  /** Something else was written: the next line begins where the cursor is now, in column 0 of an empty row. */
  forget(): void {
    this.shown = [[]]
    this.column = 0
    this.row = 0
  }

  /** Goes below the line without ending it: for a list of completions. */
  goBelow(): void {
    this.moveVertically(this.shown.length - 1)
    this.flush()
  }

  /** Writes something that does not move the cursor, or that forget() follows. */
  write(text: string): void {
    this.out += text
    this.flush()
  }

  /** Clears the screen; the line is then at its top. */
  clear(): void {
    this.out += '\x1b[H\x1b[2J'
    this.forget()
  }

  /** The window has another size: wipes what can be, so that show() can draw all anew. */
  resized(): void {
    this.moveVertically(this.shown.length - 1)
    this.out += '\r\x1b[K'
    this.column = 0
    if (this.row > 0) this.moveVertically(0)
    this.forget()
  }

  private flush(): void {
    const { out } = this
    this.out = ''
    if (out !== '') this.send(out)
  }

  // ---- layout ----

  private layOut(line: DisplayedLine): { rows: Row[], cursorRow: number, cursorColumn: number } {
    const width = Math.max(1, this.screen.columns)
    const rows: Cell[][] = [[]]
    let column = 0
    const put = (cell: Cell): void => {
      if (column + cell.width > width) breakRow()
      rows[rows.length - 1].push(cell)
      column += cell.width
      if (column >= width) breakRow()
    }
    const breakRow = (): void => {
      rows.push([])
      column = 0
    }
    for (const cell of promptCells(line.prompt)) put(cell)
    let cursorRow = rows.length - 1
    let cursorColumn = column
    for (let index = 0; index < line.text.length; index++) {
      const char = line.text[index]
      const standout = line.standout !== null && index >= line.standout.from && index < line.standout.to
      if (char === '\n') breakRow()
      else if (widthOf(char) === 0 && rows[rows.length - 1].length > 0) appendMark(rows[rows.length - 1], char)
      else for (const cell of charCells(char, column, standout)) put(cell)
      if (index + 1 === line.point) {
        cursorRow = rows.length - 1
        cursorColumn = column
      }
    }
    const limit = Math.max(1, this.screen.rows)
    if (rows.length > limit) rows.length = limit
    return { rows, cursorRow: Math.min(cursorRow, limit - 1), cursorColumn }
  }

  /** Makes what is shown differ everywhere. */
  private blankOut(): void {
    this.rewriting = false
    const blank = (cell: Cell): Cell => ({ ...cell, text: '' })
    this.shown = this.shown.map((row) => row.map(blank))
  }

  // ---- one row ----

  private updateRow(given: Row, next: Row, index: number, last: number): void {
    const { columns } = this.screen
    let old = given
    if (this.column === columns && this.row === index - 1) old = this.wrapOnto(old, next)
    let same = 0
    while (same < old.length && same < next.length && equal(old[same], next[same])) same++
    if (same === old.length && same === next.length) return
    let oldEnd = old.length
    let nextEnd = next.length
    let keepsTail = false
    if (same < old.length && same < next.length) {
      // The last character that differs; what follows is kept in place only if it is worth it: if it has a space.
      let at = old.length - 1
      let nextAt = next.length - 1
      while (at > same && nextAt > same && equal(old[at], next[nextAt])) {
        if (old[at].text === ' ') keepsTail = true
        at--
        nextAt--
      }
      if (keepsTail) {
        const differ = !equal(old[at], next[nextAt])
        oldEnd = differ ? at + 1 : at
        nextEnd = differ ? nextAt + 1 : nextAt
      }
    }
    this.moveVertically(index)
    this.moveTo(rowWidth(old.slice(0, same)))
    const grows = rowWidth(next.slice(same, nextEnd)) - rowWidth(old.slice(same, oldEnd))
    const rest = next.slice(same)
    const moreRows = last > this.shown.length - 1
    if (grows > 0) {
      if (oldEnd < old.length && !moreRows) {
        this.out += `\x1b[${grows}@`
        this.put(next.slice(same, nextEnd))
      } else this.put(rest)
    } else if (2 * rowWidth(rest) >= -grows) {
      if (grows < 0) this.out += `\x1b[${-grows}P`
      this.put(next.slice(same, nextEnd))
    } else {
      this.put(rest)
      const left = rowWidth(old) - rowWidth(next)
      if (left > 0) this.clearRest(left, index < last)
    }
  }

  private clearRest(left: number, inside: boolean): void {
    if (!inside) this.out += '\x1b[K'
    else {
      this.out += ' '.repeat(left)
      this.column += left
    }
  }

  /** The cursor hangs behind the last column of the row above: one character takes it to this row. */
  private wrapOnto(old: Row, next: Row): Row {
    const first = next[0]
    this.out += first === undefined ? ' ' : inFace([first])
    this.column = first === undefined ? 1 : first.width
    this.row++
    return first === undefined ? old : [first, ...old.slice(1)]
  }

  private put(cells: Row): void {
    this.out += inFace(cells)
    this.column += rowWidth(cells)
  }

  // ---- the cursor ----

  private moveVertically(to: number): void {
    if (to > this.row) {
      this.out += `${'\n'.repeat(to - this.row)}\r`
      this.column = 0
    } else this.out += '\x1b[A'.repeat(this.row - to)
    this.row = to
  }

  private moveTo(to: number): void {
    if (to === this.column) return
    if (to === 0 || to + 1 < this.column - to || this.column === this.screen.columns) {
      this.out += '\r'
      this.column = 0
    }
    this.out += to > this.column ? '\x1b[C'.repeat(to - this.column) : '\b'.repeat(this.column - to)
    this.column = to
  }
}

function equal(a: Cell, b: Cell): boolean {
  return a.text === b.text && a.standout === b.standout
}

function rowWidth(row: Row): number {
  let width = 0
  for (const cell of row) width += cell.width
  return width
}

function inFace(cells: Row): string {
  let out = ''
  let standout = false
  for (const cell of cells) {
    if (cell.standout !== standout) out += cell.standout ? '\x1b[7m' : '\x1b[27m'
    standout = cell.standout
    out += cell.text
  }
  return standout ? `${out}\x1b[27m` : out
}

function appendMark(row: Cell[], mark: string): void {
  const cell = row[row.length - 1]
  row[row.length - 1] = { ...cell, text: cell.text + mark }
}

function charCells(char: string, column: number, standout: boolean): Cell[] {
  if (char === '\t') {
    return Array.from({ length: 8 - column % 8 }, () => ({ text: ' ', width: 1, standout }))
  }
  const code = char.codePointAt(0) ?? 0
  if (code < 0x20 || code === 0x7f) {
    return [{ text: '^', width: 1, standout }, { text: String.fromCharCode(code ^ 0x40), width: 1, standout }]
  }
  return [{ text: char, width: widthOf(char), standout }]
}

/** A prompt's cells: what takes no column belongs to the character before it, at the beginning to the one after it. */
function promptCells(prompt: string): Cell[] {
  const cells: Cell[] = []
  let before = ''
  for (const [index, part] of prompt.replaceAll('\x02', '\x01').split('\x01').entries()) {
    if (index % 2 === 1) {
      if (cells.length > 0) appendMark(cells, part)
      else before += part
      continue
    }
    for (const char of part) {
      if (widthOf(char) === 0 && cells.length > 0) appendMark(cells, char)
      else for (const cell of charCells(char, 0, false)) {
        cells.push({ ...cell, text: before + cell.text })
        before = ''
      }
    }
  }
  if (before !== '') cells.push({ text: before, width: 0, standout: false })
  return cells
}

