/**
 * What one frame's printers share: the bytes with the end of what may be read, the text so far, and the protocol
 * whose name stands in a truncation mark.
 *
 * tcpdump reads through accessors that check each byte against the end of the captured data. A read past it ends the
 * printing of the frame with ` [|protocol]`; here such a read throws TRUNCATED, and TcpdumpPrinter.line() catches it.
 * Nothing else throws. An IPv4 header narrows `snapEnd` to its own total length, so padding is never read as payload.
 */
import type { TcpdumpOptions } from './options.ts'
import type { Names } from './names.ts'
import type { TcpSequences } from './tcp-sequences.ts'

/** Thrown by the accessors; never leaves TcpdumpPrinter.line(). */
export const TRUNCATED: unique symbol = Symbol('truncated')

export class Sheet {
  readonly options: TcpdumpOptions
  readonly names: Names
  readonly sequences: TcpSequences
  /** Protocols that tcpdump decodes and we do not, with the number of frames; told on stderr, never silent. */
  readonly missing: Map<string, number>
  view: DataView = EMPTY
  /** One past the last byte that may be read. */
  snapEnd = 0
  protocol = ''
  text = ''

  constructor(options: TcpdumpOptions, names: Names, sequences: TcpSequences, missing: Map<string, number>) {
    this.options = options
    this.names = names
    this.sequences = sequences
    this.missing = missing
  }

  put(text: string): void {
    this.text += text
  }

  u8(at: number): number {
    if (at + 1 > this.snapEnd) throw TRUNCATED
    return this.view.getUint8(at)
  }

  u16(at: number): number {
    if (at + 2 > this.snapEnd) throw TRUNCATED
    return this.view.getUint16(at)
  }

  u24(at: number): number {
    return this.u16(at) * 256 + this.u8(at + 2)
  }

  u32(at: number): number {
    if (at + 4 > this.snapEnd) throw TRUNCATED
    return this.view.getUint32(at)
  }

  /** The address at `at`, by name unless -n. */
  ipv4(at: number): string {
    if (at + 4 > this.snapEnd) throw TRUNCATED
    return this.names.host(this.view.getInt32(at))
  }

  mac(at: number): string {
    if (at + 6 > this.snapEnd) throw TRUNCATED
    return this.names.mac(this.view.getUint16(at) * 0x1_0000_0000 + this.view.getUint32(at + 2))
  }

  /** Whether `length` bytes at `at` were captured. */
  has(at: number, length: number): boolean {
    return length <= this.snapEnd && at <= this.snapEnd - length
  }

  /** Ends the frame's text unless `length` bytes at `at` were captured. */
  need(at: number, length: number): void {
    if (!this.has(at, length)) throw TRUNCATED
  }

  truncated(): void {
    this.text += ` [|${this.protocol}]`
  }

  /** Notes that tcpdump would have said more. */
  lack(name: string): void {
    this.missing.set(name, (this.missing.get(name) ?? 0) + 1)
  }
}

const EMPTY = new DataView(new ArrayBuffer(0))

/** Hex with at least `digits` digits: tcpdump's %0Nx. */
export function hex(value: number, digits = 1): string {
  return value.toString(16).padStart(digits, '0')
}

/** Names of the set bits, in the table's order, or `none`. */
export function bits(
  table: readonly (readonly [number, string])[], value: number, separator: string, none: string,
): string {
  const found: string[] = []
  for (const [bit, name] of table) if ((value & bit) !== 0) found.push(name)
  return found.length > 0 ? found.join(separator) : none
}
