// Hot path.
/**
 * The TCP header (RFC 9293 §3.1) over IPv4, with the options of RFC 7323 (window scale, timestamps) and RFC 2018
 * (selective acknowledgement).
 *
 *      0               1               2               3
 *     +-------------------------------+-------------------------------+
 *   0 |          source port          |       destination port        |
 *     +-------------------------------+-------------------------------+
 *   4 |                        sequence number                        |
 *     +---------------------------------------------------------------+
 *   8 |                     acknowledgement number                    |
 *     +-------+-----+-+---------------+-------------------------------+
 *  12 | words | 0   |A|C E U A P R S F|            window             |     A above: AE, accurate ECN
 *     +-------+-----+-+---------------+-------------------------------+
 *  16 |           checksum            |        urgent pointer         |
 *     +-------------------------------+-------------------------------+
 *  20   options, to a multiple of 4 bytes, at most 40
 *
 * Sequence numbers are signed int32 here; compare them by the sign of their difference, `(a - b) | 0` (RFC 9293 §3.4).
 */
import * as checksums from './checksum.ts'
import { DropReason } from './drop-reason.ts'

/** Without options. */
export const HEADER_LEN = 20
/** With 40 bytes of options. */
export const MAX_HEADER_LEN = 60
const PROTO_TCP = 6

export const FIN = 0x001
export const SYN = 0x002
export const RST = 0x004
export const PSH = 0x008
export const ACK = 0x010
export const URG = 0x020
export const ECE = 0x040
export const CWR = 0x080
export const AE = 0x100

/** End of the option list. */
export const OPTION_EOL = 0
/** Padding, one byte. */
export const OPTION_NOP = 1
export const OPTION_MSS = 2
export const OPTION_WINDOW = 3
export const OPTION_SACK_PERM = 4
export const OPTION_SACK = 5
export const OPTION_TIMESTAMP = 8
export const OPTION_MD5SIG = 19
export const OPTION_AO = 29
export const OPTION_MPTCP = 30
export const OPTION_FASTOPEN = 34
export const OPTION_EXP = 254

/** What emit() writes and parse() gives. */
export type TcpFields = {
  sourcePort: number
  destinationPort: number
  /** int32. */
  sequence: number
  /** int32. */
  acknowledgement: number
  /** FIN … AE, 9 bits. */
  flags: number
  window: number
  /** fillChecksum() computes it. */
  checksum: number
  urgentPointer: number
  /** Bytes of options; emit() pads them to a multiple of 4 with zeros (end of options). At most 40. */
  options?: Uint8Array
}

/**
 * The tests of Linux tcp_ipv4.c tcp_v4_rcv() but for the checksum: a whole header (TCP_INHDR), a data offset of at
 * least 5 words (PKT_TOO_SMALL) and within the segment (TCP_INHDR). `end` is the end of the IPv4 packet.
 */
export function check(view: DataView, at: number, end: number): number {
  const received = end - at
  if (received < HEADER_LEN) return DropReason.TCP_INHDR
  const len = (view.getUint8(at + 12) & 0xf0) >>> 2
  if (len < HEADER_LEN) return DropReason.PKT_TOO_SMALL
  return len > received ? DropReason.TCP_INHDR : 0
}

/** Verifies the checksum of the segment [at, end): 0 or TCP_CSUM. source, destination: of the IPv4 header. */
export function checkChecksum(view: DataView, at: number, end: number, source: number, destination: number): number {
  const seed = checksums.pseudoHeader(source, destination, PROTO_TCP, end - at)
  return checksums.sum(view, at, end, seed) === 0xffff ? 0 : DropReason.TCP_CSUM
}

export function sourcePort(view: DataView, at: number): number {
  return view.getUint16(at)
}

export function setSourcePort(view: DataView, at: number, value: number): void {
  view.setUint16(at, value)
}

export function destinationPort(view: DataView, at: number): number {
  return view.getUint16(at + 2)
}

export function setDestinationPort(view: DataView, at: number, value: number): void {
  view.setUint16(at + 2, value)
}

export function sequence(view: DataView, at: number): number {
  return view.getInt32(at + 4)
}

export function setSequence(view: DataView, at: number, value: number): void {
  view.setInt32(at + 4, value)
}

export function acknowledgement(view: DataView, at: number): number {
  return view.getInt32(at + 8)
}

export function setAcknowledgement(view: DataView, at: number, value: number): void {
  view.setInt32(at + 8, value)
}

/** Length of the header with its options, bytes. */
export function headerLen(view: DataView, at: number): number {
  return (view.getUint8(at + 12) & 0xf0) >>> 2
}

/** FIN … AE, 9 bits. */
export function flags(view: DataView, at: number): number {
  return view.getUint16(at + 12) & 0x01ff
}

export function setFlags(view: DataView, at: number, value: number): void {
  view.setUint16(at + 12, (view.getUint16(at + 12) & 0xfe00) | value)
}

/** The three bits between data offset and flags; zero in what Linux sends. */
export function reserved(view: DataView, at: number): number {
  return (view.getUint8(at + 12) >>> 1) & 7
}

export function isSyn(view: DataView, at: number): boolean {
  return (view.getUint8(at + 13) & SYN) !== 0
}

export function isAck(view: DataView, at: number): boolean {
  return (view.getUint8(at + 13) & ACK) !== 0
}

export function isFin(view: DataView, at: number): boolean {
  return (view.getUint8(at + 13) & FIN) !== 0
}

export function isRst(view: DataView, at: number): boolean {
  return (view.getUint8(at + 13) & RST) !== 0
}

/** The window field, unscaled. */
export function window(view: DataView, at: number): number {
  return view.getUint16(at + 14)
}

export function setWindow(view: DataView, at: number, value: number): void {
  view.setUint16(at + 14, value)
}

export function segmentChecksum(view: DataView, at: number): number {
  return view.getUint16(at + 16)
}

export function setSegmentChecksum(view: DataView, at: number, value: number): void {
  view.setUint16(at + 16, value)
}

/** Computes the checksum of the segment [at, end), payload in place, and stores it. */
export function fillChecksum(view: DataView, at: number, end: number, source: number, destination: number): void {
  view.setUint16(at + 16, 0)
  const seed = checksums.pseudoHeader(source, destination, PROTO_TCP, end - at)
  view.setUint16(at + 16, checksums.checksum(view, at, end, seed))
}

export function urgentPointer(view: DataView, at: number): number {
  return view.getUint16(at + 18)
}

export function setUrgentPointer(view: DataView, at: number, value: number): void {
  view.setUint16(at + 18, value)
}

/** Where the options begin. They end at optionsEnd(). */
export function optionsAt(at: number): number {
  return at + HEADER_LEN
}

export function optionsEnd(view: DataView, at: number): number {
  return at + headerLen(view, at)
}

/**
 * Length of the option at `option`, bytes: 1 for EOL and NOP. 0 where its length byte is missing, below 2 or beyond
 * `end`: reading stops there, and the options before it hold (Linux tcp_parse_options()).
 *
 *     let o = tcp.optionsAt(at)
 *     const end = tcp.optionsEnd(view, at)
 *     while (o < end && view.getUint8(o) !== tcp.OPTION_EOL) {
 *       const len = tcp.optionLen(view, o, end)
 *       if (len === 0) break
 *       …
 *       o += len
 *     }
 */
export function optionLen(view: DataView, option: number, end: number): number {
  if (view.getUint8(option) <= OPTION_NOP) return 1
  if (option + 1 >= end) return 0
  const len = view.getUint8(option + 1)
  return len < 2 || option + len > end ? 0 : len
}

/** Offset of the first option of this kind (above OPTION_NOP), or 0. */
export function findOption(view: DataView, at: number, kind: number): number {
  const end = optionsEnd(view, at)
  let option = optionsAt(at)
  while (option < end) {
    const found = view.getUint8(option)
    if (found === OPTION_EOL) return 0
    const len = optionLen(view, option, end)
    if (len === 0) return 0
    if (found === kind) return option
    option += len
  }
  return 0
}

/** Writes a header of `headerLen` bytes, options and checksum left to the caller, and returns `headerLen`. */
export function write(
  view: DataView, at: number, headerLen: number, sourcePort: number, destinationPort: number, sequence: number,
  acknowledgement: number, flags: number, window: number,
): number {
  view.setUint16(at, sourcePort)
  view.setUint16(at + 2, destinationPort)
  view.setInt32(at + 4, sequence)
  view.setInt32(at + 8, acknowledgement)
  view.setUint16(at + 12, (headerLen << 10) | flags)
  view.setUint16(at + 14, window)
  view.setInt32(at + 16, 0)
  return headerLen
}

/** Writes a header with its options and returns its length. */
export function emit(view: DataView, at: number, fields: TcpFields): number {
  const optionsLen = fields.options === undefined ? 0 : emitOptions(view, at, fields.options)
  const len = HEADER_LEN + optionsLen
  write(
    view, at, len, fields.sourcePort, fields.destinationPort, fields.sequence, fields.acknowledgement, fields.flags,
    fields.window,
  )
  view.setUint16(at + 16, fields.checksum)
  view.setUint16(at + 18, fields.urgentPointer)
  return len
}

function emitOptions(view: DataView, at: number, options: Uint8Array): number {
  const padded = (options.length + 3) & ~3
  for (let i = 0; i < padded; i++) view.setUint8(at + HEADER_LEN + i, i < options.length ? options[i] : 0)
  return padded
}

/** The fields as an object, options copied; check() must have passed. */
export function parse(view: DataView, at: number): TcpFields {
  return new Header(view, at)
}

class Header implements TcpFields {
  sourcePort: number
  destinationPort: number
  sequence: number
  acknowledgement: number
  flags: number
  window: number
  checksum: number
  urgentPointer: number
  options: Uint8Array
  constructor(view: DataView, at: number) {
    this.sourcePort = sourcePort(view, at)
    this.destinationPort = destinationPort(view, at)
    this.sequence = sequence(view, at)
    this.acknowledgement = acknowledgement(view, at)
    this.flags = flags(view, at)
    this.window = window(view, at)
    this.checksum = segmentChecksum(view, at)
    this.urgentPointer = urgentPointer(view, at)
    this.options = new Uint8Array(headerLen(view, at) - HEADER_LEN)
    for (let i = 0; i < this.options.length; i++) this.options[i] = view.getUint8(at + HEADER_LEN + i)
  }
}
