/**
 * A little-endian byte buffer that grows, for writers of capture files. With a sink its content is handed out in
 * pieces of at least `chunkBytes`, so that a capture of any length needs a bounded buffer.
 */
export class ByteSink {
  private bytes = new Uint8Array(4096)
  private view = new DataView(this.bytes.buffer)
  private length = 0
  private readonly sink: ((chunk: Uint8Array) => void) | null
  private readonly chunkBytes: number

  constructor(sink: ((chunk: Uint8Array) => void) | null = null, chunkBytes = 65_536) {
    this.sink = sink
    this.chunkBytes = chunkBytes
  }

  u8(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  u16(value: number): void {
    this.reserve(2)
    this.view.setUint16(this.length, value, true)
    this.length += 2
  }

  u32(value: number): void {
    this.reserve(4)
    this.view.setUint32(this.length, value, true)
    this.length += 4
  }

  /** A 64-bit integer below 2^53, low half first. */
  u64(value: number): void {
    this.u32(value % 0x1_0000_0000)
    this.u32(Math.floor(value / 0x1_0000_0000))
  }

  /** Copies `source[at, end)` and pads with zeros to a multiple of `align`. */
  copy(source: Uint8Array, at: number, end: number, align = 1): void {
    const padding = (align - (end - at) % align) % align
    this.reserve(end - at + padding)
    this.bytes.set(at === 0 && end === source.length ? source : source.subarray(at, end), this.length)
    this.length += end - at
    for (let i = 0; i < padding; i++) this.bytes[this.length++] = 0
  }

  /** Hands full chunks to the sink; call it between blocks, where the file is whole. */
  flushFull(): void {
    if (this.length >= this.chunkBytes) this.flush()
  }

  /** Hands what there is to the sink, or without one returns it all. */
  finish(): Uint8Array {
    this.flush()
    return this.bytes.slice(0, this.length)
  }

  private flush(): void {
    if (this.sink === null || this.length === 0) return
    this.sink(this.bytes.slice(0, this.length))
    this.length = 0
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count))
    grown.set(this.bytes)
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }
}
