import { EAGAIN, EPIPE } from '../base/errno.ts'
import { encodeUtf8 } from '../base/utf8.ts'
import { OpenFile, slice } from './open-file.ts'

/**
 * pipe(): what is written at one end is read at the other, in order. A writer never waits (Linux's has room for 64 KiB
 * and then does); the reader takes what is there, waits while it is empty, and sees the end when the last descriptor of
 * the writing end has gone. Writing without a reader is EPIPE, and the process gets SIGPIPE.
 */
export class Pipe {
  readonly reader = new PipeReader(this)
  readonly writer = new PipeWriter(this)
  private readonly chunks: Uint8Array[] = []
  private head = 0

  get readable(): boolean {
    return this.chunks.length > 0 || this.ended
  }

  /** No writer is left. */
  get ended(): boolean {
    return !this.writer.open
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.chunks.push(bytes)
    this.reader.wake()
  }

  take(limit: number, until: number): Uint8Array | number {
    const chunk = this.chunks[0]
    if (chunk === undefined) return this.ended ? new Uint8Array(0) : -EAGAIN
    const part = slice(chunk, this.head, chunk.length, limit, until)
    this.head += part.length
    if (this.head === chunk.length) {
      this.chunks.shift()
      this.head = 0
    }
    return part
  }
}

class PipeReader extends OpenFile {
  readonly label = 'pipe'

  constructor(private readonly pipe: Pipe) {
    super()
  }

  override get readable(): boolean {
    return this.pipe.readable
  }

  override read(limit: number, until: number): Uint8Array | number {
    return this.pipe.take(limit, until)
  }

  wake(): void {
    this.wakeReaders()
  }
}

class PipeWriter extends OpenFile {
  readonly label = 'pipe'

  constructor(private readonly pipe: Pipe) {
    super()
  }

  override write(_pid: number, data: string | Uint8Array): number {
    if (!this.pipe.reader.open) return -EPIPE
    this.pipe.push(typeof data === 'string' ? encodeUtf8(data) : data)
    return 0
  }

  protected override closed(): void {
    this.pipe.reader.wake()
  }
}
