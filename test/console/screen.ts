/** As much of an xterm as the line editor needs: a screen of cells, a cursor, and the sequences that move them. */
export class TestScreen {
  rows: string[][] = [[]]
  row = 0
  column = 0
  private wrapNext = false
  private rest = ''

  constructor(readonly columns: number) {}

  write(text: string): void {
    let data = this.rest + text
    this.rest = ''
    while (data !== '') {
      const sequence = data.startsWith('\x1b[') ? /^.\[(\??)(\d*)([A-Za-z@])/s.exec(data) : null
      if (sequence !== null) {
        this.control(sequence[3], Number(sequence[2] || '1'), sequence[2] === '' ? 0 : Number(sequence[2]))
        data = data.slice(sequence[0].length)
      } else if (data.startsWith('\x1b') && data.length < 10) {
        this.rest = data
        return
      } else {
        const [char] = data
        this.put(char)
        data = data.slice(char.length)
      }
    }
  }

  /** The rows without what is blank at their ends, and the cursor. */
  picture(): { readonly rows: readonly string[], readonly cursor: readonly [number, number] } {
    const rows = this.rows.map((row) => Array.from({ length: row.length }, (_, at) => row[at] ?? ' ').join('').trimEnd())
    while (rows.length > this.row + 1 && rows[rows.length - 1] === '') rows.pop()
    return { rows, cursor: [this.row, this.column] }
  }

  private put(char: string): void {
    if (char === '\r') this.column = 0
    else if (char === '\n') this.down()
    else if (char === '\b') this.column = Math.max(0, this.column - 1)
    else if (char !== '\x07') {
      if (this.wrapNext) {
        this.column = 0
        this.down()
      }
      this.rows[this.row][this.column] = char
      this.wrapNext = this.column === this.columns - 1
      if (!this.wrapNext) this.column++
      return
    }
    this.wrapNext = false
  }

  private down(): void {
    this.row++
    if (this.row === this.rows.length) this.rows.push([])
  }

  private control(letter: string, count: number, given: number): void {
    const row = this.rows[this.row]
    if (letter === 'h' || letter === 'l' || letter === 'm') return
    this.wrapNext = false
    if (letter === 'A') this.row = Math.max(0, this.row - count)
    else if (letter === 'C') this.column = Math.min(this.columns - 1, this.column + count)
    else if (letter === 'K') row.length = Math.min(row.length, this.column)
    else if (letter === 'P') row.splice(this.column, count)
    else if (letter === '@') {
      while (row.length < this.column) row.push(' ')
      row.splice(this.column, 0, ...Array.from({ length: count }, () => ' '))
      row.length = Math.min(row.length, this.columns)
    } else if (letter === 'H') this.row = this.column = 0
    else if (letter === 'J' && given === 2) this.rows = this.rows.map(() => [])
    else throw new Error(`the screen knows no ${letter}`)
  }
}
