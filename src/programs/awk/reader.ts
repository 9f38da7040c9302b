import { byteStringOf } from '../byte-string.ts'
import type { Regex } from '../text/regex.ts'
import type { InputStream } from '../../host/streams.ts'

/** What ends a record: one character, a pattern, or (null) empty lines. */
export type RecordEnd = { readonly literal: string } | Regex | null

/** Bytes that mawk reads at once. */
const BLOCK = 4096

/** A step that may wait: yields the promises it waits for, and gets what they gave. */
export type Waiting<T> = Generator<Promise<unknown> | Frame, T, unknown>

/** Steps to be run before one goes on, on a stack of their own: so awk's recursion does not use JavaScript's stack. */
export class Frame {
  constructor(readonly steps: Waiting<unknown>) {}
}

/** Cuts a stream into records. */
export class RecordReader {
  private buffer = ''
  private ended = false

  constructor(private readonly stream: InputStream) {}

  get errno(): number {
    return this.stream.error
  }

  private *more(): Waiting<boolean> {
    if (this.ended) return false
    const bytes = (yield this.stream.readBytes(BLOCK)) as Uint8Array // what readBytes() promises
    if (bytes.length === 0) this.ended = true
    else this.buffer += byteStringOf(bytes)
    return !this.ended
  }

  /** The next record without its end; null when there is none. */
  *next(end: RecordEnd): Waiting<string | null> {
    if (end === null) return yield* this.paragraph()
    let from = 0
    for (;;) {
      const found = 'literal' in end ? this.findLiteral(end.literal, from) : this.findPattern(end)
      if (found !== null) return this.cut(found[0], found[1])
      from = this.buffer.length
      if (!(yield* this.more())) break
    }
    if (!('literal' in end)) {
      const found = end.search(this.buffer, 0)
      if (found !== null && found[1] > found[0]) return this.cut(found[0], found[1])
    }
    return this.buffer === '' ? null : this.cut(this.buffer.length, this.buffer.length)
  }

  private cut(at: number, end: number): string {
    const record = this.buffer.slice(0, at)
    this.buffer = this.buffer.slice(end)
    return record
  }

  private findLiteral(literal: string, from: number): [number, number] | null {
    const at = this.buffer.indexOf(literal, from)
    return at < 0 ? null : [at, at + 1]
  }

  /** A match that ends with what has been read could be longer. */
  private findPattern(pattern: Regex): readonly [number, number] | null {
    const found = pattern.search(this.buffer, 0)
    return found === null || found[1] === found[0] || found[1] === this.buffer.length ? null : found
  }

  private *paragraph(): Waiting<string | null> {
    for (;;) {
      this.buffer = this.buffer.replace(/^\n+/, '')
      if (this.buffer !== '' || !(yield* this.more())) break
    }
    if (this.buffer === '') return null
    for (;;) {
      const found = /\n\n+/.exec(this.buffer)
      if (found !== null && (this.ended || found.index + found[0].length < this.buffer.length)) {
        return this.cut(found.index, found.index + found[0].length)
      }
      if (!(yield* this.more())) break
    }
    const found = /\n\n+/.exec(this.buffer)
    if (found !== null) return this.cut(found.index, found.index + found[0].length)
    const record = this.cut(this.buffer.length, this.buffer.length)
    return record.endsWith('\n') ? record.slice(0, -1) : record
  }
}
