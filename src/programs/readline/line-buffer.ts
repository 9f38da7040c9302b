import { widthOf } from './width.ts'

/** The text that is being edited, as an array of characters, with its cursor, its undo list and the kill ring. */
export class LineBuffer {
  text: string[] = []
  point = 0
  mark = 0
  private undoList: { readonly text: readonly string[], readonly point: number }[] = []
  /** Characters that were inserted since the last entry of the undo list, if they came one after the other there. */
  private run = 0
  private runEnd = -1

  get length(): number {
    return this.text.length
  }

  get line(): string {
    return this.text.join('')
  }

  /** Begins anew with another text, the cursor at its end. */
  reset(text: string): void {
    this.text = Array.from(text)
    this.point = this.text.length
    this.mark = 0
    this.undoList = []
    this.runEnd = -1
  }

  /** Inserts characters at the cursor. Those that are typed one after the other are undone together, 20 at most. */
  insert(text: string): void {
    const chars = Array.from(text)
    if (chars.length !== 1 || this.runEnd !== this.point || this.run >= 20) {
      this.save()
      this.run = 0
    }
    this.text.splice(this.point, 0, ...chars)
    this.point += chars.length
    this.run += chars.length
    this.runEnd = this.point
  }

  /** Takes out [from, to) and returns it; the cursor moves with the text. */
  remove(from: number, to: number): string {
    this.save()
    const removed = this.text.splice(from, to - from).join('')
    if (this.point > from) this.point = Math.max(from, this.point - (to - from))
    return removed
  }

  /** Puts another text in place of [from, to); the cursor goes behind it. */
  replace(from: number, to: number, text: string): void {
    this.save()
    const chars = Array.from(text)
    this.text.splice(from, to - from, ...chars)
    this.point = from + chars.length
  }

  /** Replaces all of it, in a way that can be undone. */
  setLine(text: string): void {
    this.replace(0, this.text.length, text)
  }

  /** Notes the present state for undo(). */
  save(): void {
    this.undoList.push({ text: [...this.text], point: this.point })
    this.runEnd = -1
  }

  /** Takes back the last change; false if there is none. */
  undo(): boolean {
    const state = this.undoList.pop()
    if (state === undefined) return false
    this.text = [...state.text]
    this.point = Math.min(state.point, this.text.length)
    this.runEnd = -1
    return true
  }

  /** Takes back all changes. */
  revert(): boolean {
    if (this.undoList.length === 0) return false
    while (this.undo());
    return true
  }

  // ---- places ----

  /** The place of the next character: behind the combining marks of this one. */
  after(at: number): number {
    let next = Math.min(at + 1, this.text.length)
    while (next < this.text.length && widthOf(this.text[next]) === 0) next++
    return next
  }

  before(at: number): number {
    let previous = Math.max(at - 1, 0)
    while (previous > 0 && widthOf(this.text[previous]) === 0) previous--
    return previous
  }

  /** The end of the word that is at or after a place: words are letters and digits. */
  wordEnd(at: number): number {
    let end = at
    while (end < this.text.length && !isWord(this.text[end])) end++
    while (end < this.text.length && isWord(this.text[end])) end++
    return end
  }

  wordStart(at: number): number {
    let start = at
    while (start > 0 && !isWord(this.text[start - 1])) start--
    while (start > 0 && isWord(this.text[start - 1])) start--
    return start
  }

  /** The beginning of the word before a place, where words end at white space only. */
  blankWordStart(at: number): number {
    let start = at
    while (start > 0 && isBlank(this.text[start - 1])) start--
    while (start > 0 && !isBlank(this.text[start - 1])) start--
    return start
  }
}

export function isWord(char: string): boolean {
  return /^[\p{L}\p{N}]$/u.test(char)
}

export function isBlank(char: string): boolean {
  return char === ' ' || char === '\t'
}

/** The last texts that were killed, for yanking. */
export class KillRing {
  private readonly texts: string[] = []
  private at = 0

  /** Adds a killed text; one that follows another kill joins it, before or behind it. */
  add(text: string, joins: boolean, before: boolean): void {
    if (joins && this.texts.length > 0) {
      const last = this.texts[this.texts.length - 1]
      this.texts[this.texts.length - 1] = before ? text + last : last + text
    } else this.texts.push(text)
    if (this.texts.length > 10) this.texts.shift()
    this.at = this.texts.length - 1
  }

  current(): string | null {
    return this.texts[this.at] ?? null
  }

  /** Goes to the one before, and round. */
  rotate(): void {
    this.at = this.at === 0 ? this.texts.length - 1 : this.at - 1
  }
}
