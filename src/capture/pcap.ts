/**
 * The classic pcap writer: one interface, fixed 16-byte record headers, as `tcpdump -w` writes it.
 */
import { ByteSink } from './byte-sink.ts'
import { CAPTURE_EPOCH_SECONDS, DEFAULT_SNAP_LENGTH, LINKTYPE_ETHERNET } from './capture-file.ts'

export const PCAP_MAGIC_MICROSECONDS = 0xa1b2c3d4
export const PCAP_MAGIC_NANOSECONDS = 0xa1b23c4d

export interface PcapOptions {
  linkType?: number
  snapLength?: number
  /** Nanosecond stamps (tcpdump --nano) instead of microseconds, which cut. */
  nanoseconds?: boolean
  epochSeconds?: number
  sink?: (chunk: Uint8Array) => void
  chunkBytes?: number
}

export class PcapWriter {
  private readonly out: ByteSink
  private readonly epochSeconds: number
  private readonly snapLength: number
  private readonly nanoseconds: boolean

  constructor(options: PcapOptions = {}) {
    this.out = new ByteSink(options.sink ?? null, options.chunkBytes)
    this.epochSeconds = options.epochSeconds ?? CAPTURE_EPOCH_SECONDS
    this.snapLength = options.snapLength ?? DEFAULT_SNAP_LENGTH
    this.nanoseconds = options.nanoseconds ?? false
    this.out.u32(this.nanoseconds ? PCAP_MAGIC_NANOSECONDS : PCAP_MAGIC_MICROSECONDS)
    this.out.u16(2)
    this.out.u16(4)
    this.out.u32(0)
    this.out.u32(0)
    this.out.u32(this.snapLength)
    this.out.u32(options.linkType ?? LINKTYPE_ETHERNET)
  }

  /** Writes one frame seen at virtual time `timeNs`, cut at the snap length. */
  addFrame(timeNs: number, bytes: Uint8Array, originalLength = bytes.length): void {
    const length = Math.min(bytes.length, this.snapLength)
    const seconds = Math.floor(timeNs / 1e9)
    const rest = timeNs - seconds * 1e9
    this.out.u32(this.epochSeconds + seconds)
    this.out.u32(this.nanoseconds ? rest : Math.floor(rest / 1000))
    this.out.u32(length)
    this.out.u32(originalLength)
    this.out.copy(bytes, 0, length)
    this.out.flushFull()
  }

  /** The file, or its unsent rest when there is a sink. */
  finish(): Uint8Array {
    return this.out.finish()
  }
}
