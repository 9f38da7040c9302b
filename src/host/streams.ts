import { EAGAIN, EBADF, EPIPE } from '../base/errno.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import type { Descriptor } from './open-file.ts'
import { SIGPIPE } from './signals.ts'

/** What a stream needs of its process. */
export interface StreamOwner {
  readonly pid: number
  readonly descriptors: ReadonlyMap<number, Descriptor>
  waitReadable(source: Descriptor): Promise<boolean>
  kill(signal: number): void
}

/** Bytes that one read takes at most. */
const READ_SIZE = 65_536
const NEWLINE = 0x0a

/** A descriptor that a program reads, as bytes or as UTF-8 text. Reading may wait; that is a system call. */
export class InputStream {
  /** The errno of the read that failed, 0 while none has. A failed read gives nothing, as at the end. */
  error = 0
  private partial: Uint8Array | null = null

  constructor(private readonly owner: StreamOwner, readonly fd: number) {}

  /** The next bytes as they come: up to `limit`, and none after the first byte `until`. Empty at the end. */
  async readBytes(limit = READ_SIZE, until = -1): Promise<Uint8Array> {
    for (;;) {
      const descriptor = this.owner.descriptors.get(this.fd)
      const taken = descriptor === undefined ? -EBADF : descriptor.file.read(limit, until)
      if (typeof taken !== 'number') return taken
      if (taken === -EAGAIN && descriptor !== undefined) await this.owner.waitReadable(descriptor)
      else {
        this.error = -taken
        return new Uint8Array(0)
      }
    }
  }

  /** The next text as it comes; '' at the end. */
  async read(): Promise<string> {
    for (;;) {
      const bytes = await this.readBytes()
      const text = this.decode(bytes)
      if (text !== '' || bytes.length === 0) return text
    }
  }

  /** A line with its newline (the last may lack one), and not a byte more; null at the end. */
  async readLine(): Promise<string | null> {
    const parts: Uint8Array[] = []
    for (;;) {
      const bytes = await this.readBytes(READ_SIZE, NEWLINE)
      if (bytes.length > 0) parts.push(bytes)
      if (bytes.length === 0 && parts.length === 0) return null
      if (bytes.length === 0 || bytes[bytes.length - 1] === NEWLINE) return decodeUtf8(join(parts))
    }
  }

  /** All that is left, as bytes. */
  async readAllBytes(): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    for (;;) {
      const bytes = await this.readBytes()
      if (bytes.length === 0) return join(parts)
      parts.push(bytes)
    }
  }

  /** All that is left, as text. */
  async readAll(): Promise<string> {
    return decodeUtf8(await this.readAllBytes())
  }

  /** Keeps a character that is cut at the end of `bytes` for the next time. */
  private decode(bytes: Uint8Array): string {
    const all = this.partial === null ? bytes : join([this.partial, bytes])
    const cut = bytes.length === 0 ? all.length : wholeCharacters(all)
    this.partial = cut < all.length ? all.slice(cut) : null
    return decodeUtf8(all, 0, cut)
  }
}

/** A descriptor that a program writes. Writing never waits. */
export class OutputStream {
  /** The errno of the first write that failed, 0 while none has. */
  error = 0

  constructor(private readonly owner: StreamOwner, readonly fd: number) {}

  /** 0 or -errno. A pipe that nobody reads gives the process SIGPIPE. */
  write(data: string | Uint8Array): number {
    if (data.length === 0) return 0
    const descriptor = this.owner.descriptors.get(this.fd)
    const error = descriptor === undefined ? -EBADF : descriptor.file.write(this.owner.pid, data)
    if (error === 0) return 0
    if (this.error === 0) this.error = -error
    if (error === -EPIPE) this.owner.kill(SIGPIPE)
    return error
  }
}

/** How many of `bytes` are not the beginning of a character that goes on after them. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]
    if (byte < 0x80) break
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 0
    if (length > 0) return length > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
