/**
 * The pcapng writer. One section, little-endian:
 *
 *     SHB                 hardware, os, userappl
 *     IDB  per interface  if_name, if_description, if_tsresol 9, if_speed; may come at any time before its frames
 *     EPB  per frame      comment, flags (direction), dropcount
 *     ISB  per interface  at the end: start and end time, frames received and dropped
 *
 * Every block is  | type | length | body | options | length |, padded to 32 bits.
 */
import { ByteSink } from './byte-sink.ts'
import { CAPTURE_EPOCH_SECONDS, DEFAULT_SNAP_LENGTH, LINKTYPE_ETHERNET, type Direction } from './capture-file.ts'
import { encodeUtf8 } from '../base/utf8.ts'

export const BLOCK_SECTION_HEADER = 0x0a0d0d0a
export const BLOCK_INTERFACE_DESCRIPTION = 1
export const BLOCK_SIMPLE_PACKET = 3
export const BLOCK_INTERFACE_STATISTICS = 5
export const BLOCK_ENHANCED_PACKET = 6
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d

export const OPT_ENDOFOPT = 0
export const OPT_COMMENT = 1
export const SHB_HARDWARE = 2
export const SHB_OS = 3
export const SHB_USERAPPL = 4
export const IF_NAME = 2
export const IF_DESCRIPTION = 3
export const IF_SPEED = 8
export const IF_TSRESOL = 9
export const IF_TSOFFSET = 14
export const EPB_FLAGS = 2
export const EPB_DROPCOUNT = 4
export const ISB_STARTTIME = 2
export const ISB_ENDTIME = 3
export const ISB_IFRECV = 4
export const ISB_IFDROP = 5
export const ISB_FILTERACCEPT = 6
export const ISB_USRDELIV = 8

const TSRESOL_NANOSECONDS = 9

export interface PcapngOptions {
  hardware?: string
  os?: string
  application?: string
  /** Seconds since 1970 that virtual time 0 stands for. */
  epochSeconds?: number
  /** Receives the file in pieces of whole blocks; without it finish() returns the whole file. */
  sink?: (chunk: Uint8Array) => void
  chunkBytes?: number
}

export interface PcapngInterface {
  name: string
  description?: string
  linkType?: number
  snapLength?: number
  speedBps?: number
}

export interface FrameNotes {
  /** opt_comment, one or several: why it was dropped, what a fault did to it. */
  comment?: string | readonly string[]
  direction?: Direction
  /** Length on the wire, when `bytes` is already cut. */
  originalLength?: number
  /** Frames lost on this interface between the previous one and this. */
  dropCount?: number
}

interface InterfaceCounts {
  snapLength: number
  frames: number
  dropped: number
  firstNs: number
  lastNs: number
}

export class PcapngWriter {
  private readonly out: ByteSink
  private readonly epochSeconds: number
  private readonly interfaces: InterfaceCounts[] = []

  constructor(options: PcapngOptions = {}) {
    this.out = new ByteSink(options.sink ?? null, options.chunkBytes)
    this.epochSeconds = options.epochSeconds ?? CAPTURE_EPOCH_SECONDS
    this.writeSectionHeader(options)
  }

  /** Declares an interface and returns its id, to be used by addFrame. */
  addInterface(spec: PcapngInterface): number {
    const snapLength = spec.snapLength ?? DEFAULT_SNAP_LENGTH
    const name = encodeUtf8(spec.name)
    const description = encodeUtf8(spec.description ?? '')
    const speed = spec.speedBps ?? 0
    const options = optionLength(name.length) + (description.length > 0 ? optionLength(description.length) : 0)
      + (speed > 0 ? optionLength(8) : 0) + optionLength(1) + 4
    this.beginBlock(BLOCK_INTERFACE_DESCRIPTION, 8 + options)
    this.out.u16(spec.linkType ?? LINKTYPE_ETHERNET)
    this.out.u16(0)
    this.out.u32(snapLength)
    this.bytesOption(IF_NAME, name)
    if (description.length > 0) this.bytesOption(IF_DESCRIPTION, description)
    if (speed > 0) {
      this.out.u16(IF_SPEED)
      this.out.u16(8)
      this.out.u64(speed)
    }
    this.out.u16(IF_TSRESOL)
    this.out.u16(1)
    this.out.u32(TSRESOL_NANOSECONDS)
    this.out.u32(OPT_ENDOFOPT)
    this.endBlock(8 + options)
    this.interfaces.push({ snapLength, frames: 0, dropped: 0, firstNs: 0, lastNs: 0 })
    return this.interfaces.length - 1
  }

  /** Writes one frame seen at virtual time `timeNs`; the interface's snap length applies. */
  addFrame(interfaceId: number, timeNs: number, bytes: Uint8Array, notes?: FrameNotes): void {
    this.addRange(interfaceId, timeNs, bytes, 0, bytes.length, notes)
  }

  /** The same for a frame that lies in a larger buffer: `bytes[at, end)`. */
  addRange(
    interfaceId: number, timeNs: number, bytes: Uint8Array, at: number, end: number, notes: FrameNotes = NO_NOTES,
  ): void {
    const counts = this.interfaces[interfaceId]
    if (counts === undefined) throw new RangeError(`no interface ${interfaceId} in this capture`)
    const length = counts.snapLength > 0 ? Math.min(end - at, counts.snapLength) : end - at
    const padded = length + 3 & ~3
    const comments = encodeComments(notes.comment)
    const flags = notes.direction === 'in' ? 1 : notes.direction === 'out' ? 2 : 0
    const dropCount = notes.dropCount ?? 0
    let options = flags > 0 ? optionLength(4) : 0
    if (dropCount > 0) options += optionLength(8)
    for (const comment of comments) options += optionLength(comment.length)
    if (options > 0) options += 4
    this.beginBlock(BLOCK_ENHANCED_PACKET, 20 + padded + options)
    this.out.u32(interfaceId)
    this.timestamp(timeNs)
    this.out.u32(length)
    this.out.u32(notes.originalLength ?? end - at)
    this.out.copy(bytes, at, at + length, 4)
    for (const comment of comments) this.bytesOption(OPT_COMMENT, comment)
    if (flags > 0) {
      this.out.u16(EPB_FLAGS)
      this.out.u16(4)
      this.out.u32(flags)
    }
    if (dropCount > 0) this.counterOption(EPB_DROPCOUNT, dropCount)
    if (options > 0) this.out.u32(OPT_ENDOFOPT)
    this.endBlock(20 + padded + options)
    if (counts.frames++ === 0) counts.firstNs = timeNs
    counts.lastNs = timeNs
    counts.dropped += dropCount
    this.out.flushFull()
  }

  /** Writes the statistics of every interface; returns the file, or its unsent rest when there is a sink. */
  finish(): Uint8Array {
    for (let id = 0; id < this.interfaces.length; id++) this.writeStatistics(id, this.interfaces[id])
    return this.out.finish()
  }

  private writeSectionHeader(options: PcapngOptions): void {
    const hardware = encodeUtf8(options.hardware ?? '')
    const os = encodeUtf8(options.os ?? '')
    const application = encodeUtf8(options.application ?? 'Netarium')
    let length = 16 + optionLength(application.length) + 4
    if (hardware.length > 0) length += optionLength(hardware.length)
    if (os.length > 0) length += optionLength(os.length)
    this.beginBlock(BLOCK_SECTION_HEADER, length)
    this.out.u32(BYTE_ORDER_MAGIC)
    this.out.u16(1)
    this.out.u16(0)
    // Section length -1: not known in advance.
    this.out.u32(0xffffffff)
    this.out.u32(0xffffffff)
    if (hardware.length > 0) this.bytesOption(SHB_HARDWARE, hardware)
    if (os.length > 0) this.bytesOption(SHB_OS, os)
    this.bytesOption(SHB_USERAPPL, application)
    this.out.u32(OPT_ENDOFOPT)
    this.endBlock(length)
  }

  private writeStatistics(id: number, counts: InterfaceCounts): void {
    const times = counts.frames > 0 ? 2 * optionLength(8) : 0
    const length = 12 + times + 4 * optionLength(8) + 4
    this.beginBlock(BLOCK_INTERFACE_STATISTICS, length)
    this.out.u32(id)
    this.timestamp(counts.lastNs)
    if (counts.frames > 0) {
      this.timestampOption(ISB_STARTTIME, counts.firstNs)
      this.timestampOption(ISB_ENDTIME, counts.lastNs)
    }
    this.counterOption(ISB_IFRECV, counts.frames + counts.dropped)
    this.counterOption(ISB_IFDROP, counts.dropped)
    this.counterOption(ISB_FILTERACCEPT, counts.frames + counts.dropped)
    this.counterOption(ISB_USRDELIV, counts.frames)
    this.out.u32(OPT_ENDOFOPT)
    this.endBlock(length)
  }

  private beginBlock(type: number, bodyLength: number): void {
    this.out.u32(type)
    this.out.u32(bodyLength + 12)
  }

  private endBlock(bodyLength: number): void {
    this.out.u32(bodyLength + 12)
  }

  private bytesOption(code: number, value: Uint8Array): void {
    this.out.u16(code)
    this.out.u16(value.length)
    this.out.copy(value, 0, value.length, 4)
  }

  private counterOption(code: number, value: number): void {
    this.out.u16(code)
    this.out.u16(8)
    this.out.u64(value)
  }

  private timestampOption(code: number, timeNs: number): void {
    this.out.u16(code)
    this.out.u16(8)
    this.timestamp(timeNs)
  }

  /** epochSeconds * 10^9 + timeNs, high half first; beyond a double, so summed in 16 and 32 bit parts. */
  private timestamp(timeNs: number): void {
    const seconds = this.epochSeconds + Math.floor(timeNs / 1e9)
    const rest = timeNs - Math.floor(timeNs / 1e9) * 1e9
    const lowPart = (seconds & 0xffff) * 1e9 + rest
    const middle = Math.floor(seconds / 0x10000) * 1e9 + Math.floor(lowPart / 0x10000)
    this.out.u32(Math.floor(middle / 0x10000))
    this.out.u32(middle % 0x10000 * 0x10000 + lowPart % 0x10000)
  }
}

const NO_NOTES: FrameNotes = {}

function optionLength(valueLength: number): number {
  return 4 + (valueLength + 3 & ~3)
}

function encodeComments(comment: string | readonly string[] | undefined): Uint8Array[] {
  if (comment === undefined) return []
  return (typeof comment === 'string' ? [comment] : comment).map(text => encodeUtf8(text).subarray(0, 0xfffc))
}
