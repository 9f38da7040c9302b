import { EBADF, ENOSPC } from '../base/errno.ts'
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts'
import type { Readable, Waker } from '../socket/readable.ts'
import type { Inode } from './files.ts'

/**
 * What descriptors refer to: the kernel's `struct file`. Several descriptors, of one process or of several, may share
 * one; it is closed when the last of them goes. Files, pipes, terminals and the text that a process is given are
 * open files; programs use them by way of InputStream and OutputStream (streams.ts).
 *
 * Data is bytes. A write takes text too, since nearly all output is text and ends as text.
 */
export abstract class OpenFile {
  /** "pipe", "/etc/hosts", "tty": for messages. */
  abstract readonly label: string
  /** isatty(). */
  readonly isTerminal: boolean = false
  /** Whether lseek() can: files of bytes, not pipes and terminals. */
  readonly seekable: boolean = false
  private readonly descriptors = new Set<Descriptor>()

  /** Whether read() would answer at once: there are bytes, the end, or an error. */
  get readable(): boolean {
    return true
  }

  /**
   * Takes bytes: at most `limit`, and none after the first byte `until` (-1: no such end). Empty: the end of the file.
   * -EAGAIN: nothing yet. Any other -errno: an error.
   */
  read(_limit: number, _until: number): Uint8Array | number {
    return -EBADF
  }

  /** Takes all of `data`, on behalf of process `pid`: 0 or -errno. */
  write(_pid: number, _data: string | Uint8Array): number {
    return -EBADF
  }

  /** Whether a descriptor refers to it. */
  get open(): boolean {
    return this.descriptors.size > 0
  }

  /** A new descriptor that refers to it. */
  attach(): Descriptor {
    const descriptor = new Descriptor(this)
    this.descriptors.add(descriptor)
    return descriptor
  }

  detach(descriptor: Descriptor): void {
    if (this.descriptors.delete(descriptor) && this.descriptors.size === 0) this.closed()
  }

  /** Wakes whoever waits to read. */
  protected wakeReaders(): void {
    for (const descriptor of this.descriptors) descriptor.onReadable?.wake()
  }

  /** The last descriptor has gone. */
  protected closed(): void {}
}

/** One entry of a process's table of descriptors. */
export class Descriptor implements Readable {
  onReadable: Waker | null = null

  constructor(readonly file: OpenFile) {}

  get readable(): boolean {
    return this.file.readable
  }

  get label(): string {
    return this.file.label
  }

  /** dup(): another descriptor for the same open file. */
  duplicate(): Descriptor {
    return this.file.attach()
  }

  close(): void {
    this.file.detach(this)
  }
}

/** Bytes from memory: what a caller gave as standard input, a here-document, a file of /proc as it was when opened. */
export class BytesFile extends OpenFile {
  override readonly seekable = true
  private at = 0

  constructor(readonly label: string, private readonly bytes: Uint8Array) {
    super()
  }

  static ofText(label: string, text: string): BytesFile {
    return new BytesFile(label, encodeUtf8(text))
  }

  override read(limit: number, until: number): Uint8Array {
    const part = slice(this.bytes, this.at, this.bytes.length, limit, until)
    this.at += part.length
    return part
  }
}

/** /dev/null. */
export class NullFile extends OpenFile {
  override readonly seekable = true
  readonly label = '/dev/null'

  override read(): Uint8Array {
    return NOTHING
  }

  override write(): number {
    return 0
  }
}

/** /dev/zero, and with a byte source /dev/urandom: as many bytes as one asks for, at most 64 KiB at once. */
export class EndlessFile extends OpenFile {
  constructor(readonly label: string, private readonly nextByte: () => number) {
    super()
  }

  override read(limit: number, until: number): Uint8Array {
    const bytes = new Uint8Array(Math.min(limit, 65_536))
    for (let i = 0; i < bytes.length; i++) {
      bytes[i] = this.nextByte()
      if (bytes[i] === until) return bytes.slice(0, i + 1)
    }
    return bytes
  }

  override write(): number {
    return 0
  }
}

/** /dev/full: reads as zeros, never takes anything. */
export class FullFile extends EndlessFile {
  constructor() {
    super('/dev/full', () => 0)
  }

  override write(): number {
    return -ENOSPC
  }
}

/** A file kept in the host's tree, opened with an offset of its own. It lives on when its name is taken away. */
export class RegularFile extends OpenFile {
  override readonly seekable = true
  private at = 0

  constructor(
    readonly label: string,
    readonly inode: Inode,
    private readonly access: { readonly read: boolean, readonly write: boolean, readonly append: boolean },
  ) {
    super()
  }

  override read(limit: number, until: number): Uint8Array | number {
    if (!this.access.read) return -EBADF
    const part = slice(this.inode.buffer, this.at, this.inode.length, limit, until)
    this.at += part.length
    return part
  }

  override write(_pid: number, data: string | Uint8Array): number {
    if (!this.access.write) return -EBADF
    const bytes = typeof data === 'string' ? encodeUtf8(data) : data
    if (this.access.append) this.at = this.inode.length
    const error = this.inode.write(this.at, bytes)
    if (error === 0) this.at += bytes.length
    return error
  }
}

/** A file that a part of the kernel serves: each write is one request (/proc/sys/net/ipv4/ip_forward). */
export class RequestFile extends OpenFile {
  constructor(readonly label: string, private readonly request: (text: string) => number) {
    super()
  }

  override write(_pid: number, data: string | Uint8Array): number {
    return this.request(typeof data === 'string' ? data : decodeUtf8(data))
  }
}

const NOTHING = new Uint8Array(0)

/** A copy of bytes[at, end), cut after `limit` bytes and after the first byte `until`. */
export function slice(bytes: Uint8Array, at: number, end: number, limit: number, until: number): Uint8Array {
  if (at >= end) return NOTHING
  let stop = Math.min(end, at + limit)
  if (until >= 0) {
    const found = bytes.indexOf(until, at)
    if (found >= 0 && found + 1 < stop) stop = found + 1
  }
  return bytes.slice(at, stop)
}
