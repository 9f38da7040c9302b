/**
 * Reads pcap and pcapng, both byte orders. Never throws: what is wrong is told in Capture.error, and what stands
 * before it is returned. The words are libpcap's where it has words for the case.
 */
import type { Capture, CapturedFrame, CaptureInterface, InterfaceStatistics } from './capture-file.ts'
import { PCAP_MAGIC_MICROSECONDS, PCAP_MAGIC_NANOSECONDS } from './pcap.ts'
import * as ng from './pcapng.ts'
import { decodeUtf8 } from '../base/utf8.ts'

/** Frames longer than this are taken for a damaged file (libpcap's MAXIMUM_SNAPLEN for Ethernet). */
const MAX_FRAME_LENGTH = 262_144

/** Reads a whole capture file. */
export function readCapture(file: Uint8Array): Capture {
  // Not `file` itself: a Buffer of Node is a Uint8Array whose slice() shares instead of copying.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength)
  const capture: Capture = {
    format: 'pcap', littleEndian: true, hardware: '', os: '', application: '',
    interfaces: [], frames: [], statistics: [], error: null,
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4) {
    capture.error = `truncated dump file; tried to read 4 file header bytes, only got ${bytes.length}`
  } else if (view.getUint32(0) === ng.BLOCK_SECTION_HEADER) {
    capture.format = 'pcapng'
    new PcapngReader(bytes, view, capture).run()
  } else {
    readPcap(bytes, view, capture)
  }
  return capture
}

function readPcap(bytes: Uint8Array, view: DataView, capture: Capture): void {
  const little = isPcapMagic(view.getUint32(0, true))
  if (!little && !isPcapMagic(view.getUint32(0))) {
    capture.error = 'unknown file format'
    return
  }
  capture.littleEndian = little
  if (bytes.length < 24) {
    capture.error = `truncated dump file; tried to read 24 file header bytes, only got ${bytes.length}`
    return
  }
  const toNs = view.getUint32(0, little) === PCAP_MAGIC_NANOSECONDS ? 1 : 1000
  // The upper half of the link type word holds FCS length bits.
  const linkType = view.getUint32(20, little) & 0x03ff_ffff
  const snapLength = view.getUint32(16, little)
  capture.interfaces.push({ name: '', description: '', linkType, snapLength, speedBps: 0 })
  let at = 24
  while (at < bytes.length) {
    if (at + 16 > bytes.length) {
      capture.error = `truncated dump file; tried to read 16 header bytes, only got ${bytes.length - at}`
      return
    }
    const length = view.getUint32(at + 8, little)
    if (length > MAX_FRAME_LENGTH) {
      capture.error = `invalid packet capture length ${length}, bigger than maximum of ${MAX_FRAME_LENGTH}`
      return
    }
    if (at + 16 + length > bytes.length) {
      const got = bytes.length - at - 16
      capture.error = `truncated dump file; tried to read ${length} captured bytes, only got ${got}`
      return
    }
    const units = view.getUint32(at + 4, little) * toNs
    capture.frames.push({
      interfaceId: 0, seconds: view.getUint32(at, little) + Math.floor(units / 1e9), nanoseconds: units % 1e9,
      bytes: bytes.slice(at + 16, at + 16 + length), originalLength: view.getUint32(at + 12, little),
      comments: [], direction: null, dropCount: 0,
    })
    at += 16 + length
  }
}

function isPcapMagic(word: number): boolean {
  return word === PCAP_MAGIC_MICROSECONDS || word === PCAP_MAGIC_NANOSECONDS
}

interface TimeUnit {
  /** Ticks a second: 10^n or 2^n. */
  ticks: bigint
  offsetSeconds: number
}

interface Option {
  code: number
  at: number
  end: number
}

class PcapngReader {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly capture: Capture
  private little = true
  /** Interface ids start anew in each section; this is the id of the current section's first. */
  private firstInterface = 0
  private units: TimeUnit[] = []

  constructor(bytes: Uint8Array, view: DataView, capture: Capture) {
    this.bytes = bytes
    this.view = view
    this.capture = capture
  }

  run(): void {
    let at = 0
    while (at < this.bytes.length && this.capture.error === null) {
      if (at + 12 > this.bytes.length) {
        this.fail(`truncated pcapng dump file; tried to read 12 bytes, only got ${this.bytes.length - at}`)
        return
      }
      if (this.view.getUint32(at) === ng.BLOCK_SECTION_HEADER && !this.readByteOrder(at)) return
      const length = this.view.getUint32(at + 4, this.little)
      if (length < 12 || length % 4 !== 0) {
        this.fail(`block in pcapng dump file has a length of ${length} that is not a multiple of 4 of at least 12`)
        return
      }
      if (at + length > this.bytes.length) {
        const got = this.bytes.length - at
        this.fail(`truncated pcapng dump file; tried to read ${length} bytes, only got ${got}`)
        return
      }
      const trailer = this.view.getUint32(at + length - 4, this.little)
      if (trailer !== length) {
        this.fail(`block total length of ${length} and trailer of ${trailer} differ`)
        return
      }
      this.block(this.view.getUint32(at, this.little), at + 8, at + length - 4)
      at += length
    }
  }

  private readByteOrder(at: number): boolean {
    if (this.view.getUint32(at + 8, true) === ng.BYTE_ORDER_MAGIC) this.little = true
    else if (this.view.getUint32(at + 8) === ng.BYTE_ORDER_MAGIC) this.little = false
    else {
      this.fail('unknown byte order in pcapng section header')
      return false
    }
    this.capture.littleEndian = this.little
    this.firstInterface = this.capture.interfaces.length
    this.units = []
    return true
  }

  private block(type: number, at: number, end: number): void {
    if (type === ng.BLOCK_SECTION_HEADER) this.sectionHeader(at, end)
    else if (type === ng.BLOCK_INTERFACE_DESCRIPTION) this.interfaceDescription(at, end)
    else if (type === ng.BLOCK_ENHANCED_PACKET) this.enhancedPacket(at, end)
    else if (type === ng.BLOCK_SIMPLE_PACKET) this.simplePacket(at, end)
    else if (type === ng.BLOCK_INTERFACE_STATISTICS) this.statistics(at, end)
    // Other blocks (name resolution, custom, …) carry nothing we give; the format asks to skip them.
  }

  private sectionHeader(at: number, end: number): void {
    if (end - at < 16) return this.fail('section header block is too short')
    const major = this.view.getUint16(at + 4, this.little)
    if (major !== 1) return this.fail(`unsupported pcapng savefile version ${major}.${this.u16(at + 6)}`)
    for (const option of this.options(at + 16, end)) {
      if (option.code === ng.SHB_HARDWARE) this.capture.hardware = this.text(option)
      else if (option.code === ng.SHB_OS) this.capture.os = this.text(option)
      else if (option.code === ng.SHB_USERAPPL) this.capture.application = this.text(option)
    }
  }

  private interfaceDescription(at: number, end: number): void {
    if (end - at < 8) return this.fail('interface description block is too short')
    const found: CaptureInterface = {
      name: '', description: '', linkType: this.u16(at), snapLength: this.u32(at + 4), speedBps: 0,
    }
    const unit: TimeUnit = { ticks: 1_000_000n, offsetSeconds: 0 }
    for (const option of this.options(at + 8, end)) {
      const length = option.end - option.at
      if (option.code === ng.IF_NAME) found.name = this.text(option)
      else if (option.code === ng.IF_DESCRIPTION) found.description = this.text(option)
      else if (option.code === ng.IF_SPEED && length === 8) found.speedBps = this.u64(option.at)
      else if (option.code === ng.IF_TSOFFSET && length === 8) unit.offsetSeconds = this.u64(option.at)
      else if (option.code === ng.IF_TSRESOL && length === 1) {
        const power = this.bytes[option.at]
        unit.ticks = power & 0x80 ? 1n << BigInt(power & 0x3f) : powerOfTen(Math.min(power, 19))
      }
    }
    this.capture.interfaces.push(found)
    this.units.push(unit)
  }

  private enhancedPacket(at: number, end: number): void {
    if (end - at < 20) return this.fail('enhanced packet block is too short')
    const id = this.u32(at)
    const unit = this.units[id]
    if (unit === undefined) {
      return this.fail(
        `a packet arrived on interface ${id}, but there's no Interface Description Block for that interface`)
    }
    const length = this.u32(at + 12)
    if (at + 20 + length > end) return this.fail('enhanced packet block is shorter than its captured length')
    const ticks = BigInt(this.u32(at + 4)) << 32n | BigInt(this.u32(at + 8))
    const frame: CapturedFrame = {
      interfaceId: this.firstInterface + id,
      seconds: Number(ticks / unit.ticks) + unit.offsetSeconds,
      nanoseconds: Number(ticks % unit.ticks * 1_000_000_000n / unit.ticks),
      bytes: this.bytes.slice(at + 20, at + 20 + length), originalLength: this.u32(at + 16),
      comments: [], direction: null, dropCount: 0,
    }
    for (const option of this.options(at + 20 + (length + 3 & ~3), end)) {
      const optionLength = option.end - option.at
      if (option.code === ng.OPT_COMMENT) frame.comments.push(this.text(option))
      else if (option.code === ng.EPB_DROPCOUNT && optionLength === 8) frame.dropCount = this.u64(option.at)
      else if (option.code === ng.EPB_FLAGS && optionLength === 4) {
        const direction = this.u32(option.at) & 3
        frame.direction = direction === 1 ? 'in' : direction === 2 ? 'out' : null
      }
    }
    this.capture.frames.push(frame)
  }

  private simplePacket(at: number, end: number): void {
    const found = this.capture.interfaces[this.firstInterface]
    if (end - at < 4 || found === undefined) return this.fail('simple packet block without an interface')
    const originalLength = this.u32(at)
    const length = Math.min(originalLength, found.snapLength === 0 ? originalLength : found.snapLength, end - at - 4)
    this.capture.frames.push({
      interfaceId: this.firstInterface, seconds: 0, nanoseconds: 0, bytes: this.bytes.slice(at + 4, at + 4 + length),
      originalLength, comments: [], direction: null, dropCount: 0,
    })
  }

  private statistics(at: number, end: number): void {
    if (end - at < 12) return this.fail('interface statistics block is too short')
    const found: InterfaceStatistics = {
      interfaceId: this.firstInterface + this.u32(at), received: null, dropped: null, accepted: null, delivered: null,
    }
    for (const option of this.options(at + 12, end)) {
      if (option.end - option.at !== 8) continue
      if (option.code === ng.ISB_IFRECV) found.received = this.u64(option.at)
      else if (option.code === ng.ISB_IFDROP) found.dropped = this.u64(option.at)
      else if (option.code === ng.ISB_FILTERACCEPT) found.accepted = this.u64(option.at)
      else if (option.code === ng.ISB_USRDELIV) found.delivered = this.u64(option.at)
    }
    this.capture.statistics.push(found)
  }

  private options(at: number, end: number): Option[] {
    const found: Option[] = []
    while (at + 4 <= end) {
      const code = this.u16(at)
      const length = this.u16(at + 2)
      if (code === ng.OPT_ENDOFOPT) break
      if (at + 4 + length > end) {
        this.fail(`option ${code} of length ${length} is longer than its block`)
        break
      }
      found.push({ code, at: at + 4, end: at + 4 + length })
      at += 4 + (length + 3 & ~3)
    }
    return found
  }

  private text(option: Option): string {
    return decodeUtf8(this.bytes, option.at, option.end)
  }

  private u16(at: number): number {
    return this.view.getUint16(at, this.little)
  }

  private u32(at: number): number {
    return this.view.getUint32(at, this.little)
  }

  private u64(at: number): number {
    return Number(this.view.getBigInt64(at, this.little))
  }

  private fail(message: string): void {
    this.capture.error ??= message
  }
}

function powerOfTen(exponent: number): bigint {
  return BigInt(`1${'0'.repeat(exponent)}`)
}
