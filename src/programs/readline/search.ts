import type { LineEditor } from './editor.ts'

/** Ctrl-R and Ctrl-S: incremental search in the history (readline's isearch.c). direction: -1 backwards. */
export async function search(editor: LineEditor, direction: -1 | 1): Promise<void> {
  await new Search(editor, direction).run()
}

class Search {
  private text = ''
  private failed = false
  private place: number
  private line: readonly string[]
  private at: number
  private readonly origin: { readonly place: number, readonly line: string, readonly point: number }

  constructor(private readonly editor: LineEditor, private direction: -1 | 1) {
    const { buffer, place } = editor
    this.origin = { place, line: buffer.line, point: buffer.point }
    this.place = place
    this.line = [...buffer.text]
    this.at = buffer.point
  }

  async run(): Promise<void> {
    this.show(false)
    for (;;) {
      const key = await this.editor.keys.next()
      if (key === null || !this.take(key)) return
    }
  }

  /** Handles a key; false: the search is over. */
  private take(key: string): boolean {
    const { editor } = this
    if (key === '\x07') {
      this.leave()
      editor.buffer.reset(this.origin.line)
      editor.place = this.origin.place
      editor.buffer.point = this.origin.point
      return false
    }
    if (key === '\x12' || key === '\x13') this.again(key === '\x12' ? -1 : 1)
    else if (key === '\x7f' || key === '\x08') this.shorten()
    else if (key >= ' ' && !/^\p{Cc}$/u.test(key)) this.extend(key)
    else {
      this.end(key)
      return false
    }
    return true
  }

  private extend(key: string): void {
    this.text += key
    // The line stays while what is looked for still begins at the same place.
    this.find(this.place, this.at, true)
  }

  private shorten(): void {
    if (this.text === '') this.editor.bell()
    this.text = Array.from(this.text).slice(0, -1).join('')
    if (this.text !== '') {
      this.find(this.place, this.at, true)
      return
    }
    this.editor.bell()
    this.editor.bell()
    this.failed = true
    this.show(false)
  }

  private again(direction: -1 | 1): void {
    const { editor } = this
    this.direction = direction
    if (this.text === '') {
      this.text = editor.searched
      if (this.text === '') return editor.bell()
      this.find(this.place, this.at, true)
    } else this.find(this.place, this.at + direction, false)
  }

  /** Looks for the text, in the line `place` from `from` on in the search's direction, then in the lines after it. */
  private find(place: number, from: number, same: boolean): void {
    const wanted = Array.from(this.text)
    const { editor } = this
    const last = editor.history.length
    for (let index = place; index >= 0 && index <= last; index += this.direction) {
      const line = index === this.place ? this.line : Array.from(editor.lineAt(index))
      if (index !== place && line.join('') === this.line.join('') && !same) continue
      const start = index === place ? from : this.direction < 0 ? line.length - wanted.length : 0
      const at = indexOf(line, wanted, start, this.direction)
      if (at < 0) continue
      this.place = index
      this.line = line
      this.at = at
      this.failed = false
      this.show(true)
      return
    }
    this.failed = true
    editor.bell()
    this.show(false)
  }

  private show(matched: boolean): void {
    const { editor } = this
    const way = this.direction < 0 ? 'reverse-' : ''
    if (this.text === '') editor.display.rewrite()
    editor.message = `(${this.failed ? 'failed ' : ''}${way}i-search)\`${this.text}': `
    editor.buffer.text = [...this.line]
    editor.buffer.point = this.at
    editor.standout = matched ? { from: this.at, to: this.at + Array.from(this.text).length } : null
    editor.redisplay()
  }

  private leave(): void {
    this.editor.message = null
    this.editor.standout = null
    if (this.text !== '') this.editor.searched = this.text
  }

  /** Ends the search on the line that it found; a key that does something then does it. */
  private end(key: string): void {
    const { editor } = this
    this.leave()
    editor.place = this.place
    editor.buffer.text = [...this.line]
    editor.buffer.point = Math.min(this.at, this.line.length)
    editor.redisplay()
    if (key === '\x1b' ? editor.keys.pending : key !== '\n') editor.keys.push(key)
  }
}

function indexOf(line: readonly string[], wanted: readonly string[], start: number, direction: -1 | 1): number {
  const last = line.length - wanted.length
  for (let at = direction < 0 ? Math.min(start, last) : start; at >= 0 && at <= last; at += direction) {
    if (wanted.every((char, index) => line[at + index] === char)) return at
  }
  return -1
}
