// Hot path.
/**
 * The IPv4 header (RFC 791, RFC 2474 for DSCP, RFC 3168 for ECN). Options have their own file, ipv4-options.ts.
 *
 *      0               1               2               3
 *     +-------+-------+---------------+-------------------------------+
 *   0 |   4   |  IHL  |   DSCP    |ECN|         total length          |
 *     +-------+-------+---------------+-----+-------------------------+
 *   4 |        identification         |. D M|  fragment offset / 8    |
 *     +---------------+---------------+-----+-------------------------+
 *   8 |     TTL       |   protocol    |        header checksum        |
 *     +---------------+---------------+-------------------------------+
 *  12 |                            source                             |
 *     +---------------------------------------------------------------+
 *  16 |                          destination                          |
 *     +---------------------------------------------------------------+
 *  20   options, to a multiple of 4 bytes, at most 40
 *
 * After check() every accessor is safe, and so is a read within [at, at + totalLength). What lies behind the total
 * length is padding of the frame; the receiver cuts it off (Linux pskb_trim_rcsum() in ip_rcv_core()).
 * Setters leave the checksum alone unless they say otherwise; fillChecksum() computes it anew.
 */
import * as checksums from './checksum.ts'
import { DropReason } from './drop-reason.ts'

/** Without options. */
export const HEADER_LEN = 20
/** With 40 bytes of options. */
export const MAX_HEADER_LEN = 60
/** The largest total length. */
export const MAX_PACKET_LEN = 65535

export const PROTO_IP = 0
export const PROTO_ICMP = 1
export const PROTO_IGMP = 2
export const PROTO_IPIP = 4
export const PROTO_TCP = 6
export const PROTO_EGP = 8
export const PROTO_UDP = 17
export const PROTO_DCCP = 33
export const PROTO_IPV6 = 41
export const PROTO_RSVP = 46
export const PROTO_GRE = 47
export const PROTO_ESP = 50
export const PROTO_AH = 51
export const PROTO_ICMPV6 = 58
export const PROTO_OSPF = 89
export const PROTO_PIM = 103
export const PROTO_VRRP = 112
export const PROTO_SCTP = 132
export const PROTO_UDPLITE = 136
export const PROTO_MPLS = 137
export const PROTO_RAW = 255

/** Bits of the fragment field. */
export const IP_CE = 0x8000
export const IP_DF = 0x4000
export const IP_MF = 0x2000
/** The part of the fragment field that is the offset, in units of 8 bytes. */
export const IP_OFFSET = 0x1fff

/** Codepoints of the ECN field. */
export const ECN_NOT_ECT = 0
export const ECN_ECT_1 = 1
export const ECN_ECT_0 = 2
export const ECN_CE = 3
export const ECN_MASK = 3

/** What emit() writes and parse() gives; addresses are int32. */
export type Ipv4Fields = {
  tos: number
  /** Header and payload, bytes. */
  totalLength: number
  identification: number
  /** The whole 16-bit field: IP_DF, IP_MF and the offset in units of 8 bytes. */
  fragment: number
  ttl: number
  protocol: number
  source: number
  destination: number
  /** Bytes of options; emit() pads them to a multiple of 4 with zeros (end of options). At most 40. */
  options?: Uint8Array
}

/**
 * The tests of Linux ip_input.c ip_rcv_core(), in its order. `end` is one past the last byte received.
 * IP_INHDR: no whole header, not version 4, IHL below 5, total length below the header's. IP_CSUM: the header sum.
 * PKT_TOO_SMALL: fewer bytes than the total length says.
 */
export function check(view: DataView, at: number, end: number): number {
  const received = end - at
  if (received < HEADER_LEN) return DropReason.IP_INHDR
  const first = view.getUint8(at)
  if (first === 0x45) {
    if (checksums.sum20(view, at) !== 0xffff) return DropReason.IP_CSUM
  } else {
    const reason = checkLongHeader(view, at, end, first)
    if (reason !== 0) return reason
  }
  const length = view.getUint16(at + 2)
  if (received < length) return DropReason.PKT_TOO_SMALL
  return length < (first & 0x0f) << 2 ? DropReason.IP_INHDR : 0
}

function checkLongHeader(view: DataView, at: number, end: number, first: number): number {
  if (first >>> 4 !== 4 || (first & 0x0f) < 5) return DropReason.IP_INHDR
  const headerEnd = at + ((first & 0x0f) << 2)
  if (end < headerEnd) return DropReason.IP_INHDR
  return checksums.sum(view, at, headerEnd, 0) === 0xffff ? 0 : DropReason.IP_CSUM
}

export function version(view: DataView, at: number): number {
  return view.getUint8(at) >>> 4
}

/** Length of the header with its options, bytes. */
export function headerLen(view: DataView, at: number): number {
  return (view.getUint8(at) & 0x0f) << 2
}

export function tos(view: DataView, at: number): number {
  return view.getUint8(at + 1)
}

export function setTos(view: DataView, at: number, value: number): void {
  view.setUint8(at + 1, value)
}

/** Differentiated services codepoint, 0..63. */
export function dscp(view: DataView, at: number): number {
  return view.getUint8(at + 1) >>> 2
}

export function ecn(view: DataView, at: number): number {
  return view.getUint8(at + 1) & ECN_MASK
}

export function totalLength(view: DataView, at: number): number {
  return view.getUint16(at + 2)
}

export function setTotalLength(view: DataView, at: number, value: number): void {
  view.setUint16(at + 2, value)
}

export function identification(view: DataView, at: number): number {
  return view.getUint16(at + 4)
}

export function setIdentification(view: DataView, at: number, value: number): void {
  view.setUint16(at + 4, value)
}

/** The whole fragment field: flags and offset. */
export function fragment(view: DataView, at: number): number {
  return view.getUint16(at + 6)
}

export function setFragment(view: DataView, at: number, value: number): void {
  view.setUint16(at + 6, value)
}

/** Must not be fragmented. */
export function isDontFragment(view: DataView, at: number): boolean {
  return (view.getUint8(at + 6) & 0x40) !== 0
}

/** More fragments follow. */
export function isMoreFragments(view: DataView, at: number): boolean {
  return (view.getUint8(at + 6) & 0x20) !== 0
}

/** Whether this is a part of a packet: more fragments, or an offset (Linux ip_is_fragment()). */
export function isFragment(view: DataView, at: number): boolean {
  return (view.getUint16(at + 6) & (IP_MF | IP_OFFSET)) !== 0
}

/** Fragment offset in bytes. */
export function fragmentOffset(view: DataView, at: number): number {
  return (view.getUint16(at + 6) & IP_OFFSET) << 3
}

export function ttl(view: DataView, at: number): number {
  return view.getUint8(at + 8)
}

export function setTtl(view: DataView, at: number, value: number): void {
  view.setUint8(at + 8, value)
}

/**
 * Takes one off the TTL, patches the checksum and returns the new TTL, as Linux ip_decrease_ttl() does (RFC 1624; a
 * sum that would be 0xffff becomes 0). The TTL must not be zero.
 */
export function decrementTtl(view: DataView, at: number): number {
  const patched = view.getUint16(at + 10) + 0x0100
  view.setUint16(at + 10, patched >= 0xffff ? patched + 1 : patched)
  const left = (view.getUint8(at + 8) - 1) & 0xff
  view.setUint8(at + 8, left)
  return left
}

export function protocol(view: DataView, at: number): number {
  return view.getUint8(at + 9)
}

export function setProtocol(view: DataView, at: number, value: number): void {
  view.setUint8(at + 9, value)
}

export function headerChecksum(view: DataView, at: number): number {
  return view.getUint16(at + 10)
}

export function setHeaderChecksum(view: DataView, at: number, value: number): void {
  view.setUint16(at + 10, value)
}

/** Computes the header checksum, options included, and stores it (Linux ip_send_check()). */
export function fillChecksum(view: DataView, at: number): void {
  view.setUint16(at + 10, 0)
  view.setUint16(at + 10, checksums.checksum(view, at, at + headerLen(view, at), 0))
}

export function source(view: DataView, at: number): number {
  return view.getInt32(at + 12)
}

export function setSource(view: DataView, at: number, value: number): void {
  view.setInt32(at + 12, value)
}

export function destination(view: DataView, at: number): number {
  return view.getInt32(at + 16)
}

export function setDestination(view: DataView, at: number, value: number): void {
  view.setInt32(at + 16, value)
}

/** Changes the source address and patches the header checksum. The transport checksum is the caller's. */
export function rewriteSource(view: DataView, at: number, value: number): void {
  view.setUint16(at + 10, checksums.patch32(view.getUint16(at + 10), view.getInt32(at + 12), value))
  view.setInt32(at + 12, value)
}

/** Changes the destination address and patches the header checksum. The transport checksum is the caller's. */
export function rewriteDestination(view: DataView, at: number, value: number): void {
  view.setUint16(at + 10, checksums.patch32(view.getUint16(at + 10), view.getInt32(at + 16), value))
  view.setInt32(at + 16, value)
}

/** Changes the TOS byte and patches the header checksum. */
export function rewriteTos(view: DataView, at: number, value: number): void {
  const before = view.getUint16(at)
  view.setUint8(at + 1, value)
  view.setUint16(at + 10, checksums.patch16(view.getUint16(at + 10), before, view.getUint16(at)))
}

/** The sum of the pseudo header for a transport header and payload of `length` bytes. */
export function pseudoHeader(view: DataView, at: number, length: number): number {
  return checksums.pseudoHeader(view.getInt32(at + 12), view.getInt32(at + 16), view.getUint8(at + 9), length)
}

/** Offset of the first byte after the header and its options. */
export function payloadAt(view: DataView, at: number): number {
  return at + ((view.getUint8(at) & 0x0f) << 2)
}

/** One past the last byte of the packet, by its total length. */
export function packetEnd(view: DataView, at: number): number {
  return at + view.getUint16(at + 2)
}

/** Writes a header of 20 bytes with its checksum and returns its length. The form for the packet path. */
export function write(
  view: DataView, at: number, tos: number, totalLength: number, identification: number, fragment: number,
  ttl: number, protocol: number, source: number, destination: number,
): number {
  const total = 0x4500 + tos + totalLength + identification + fragment + ((ttl << 8) | protocol) +
    (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff)
  view.setUint16(at, 0x4500 | tos)
  view.setUint16(at + 2, totalLength)
  view.setUint16(at + 4, identification)
  view.setUint16(at + 6, fragment)
  view.setUint16(at + 8, (ttl << 8) | protocol)
  view.setUint16(at + 10, checksums.fold(total) ^ 0xffff)
  view.setInt32(at + 12, source)
  view.setInt32(at + 16, destination)
  return HEADER_LEN
}

/** Writes a header with its options and checksum and returns its length. */
export function emit(view: DataView, at: number, fields: Ipv4Fields): number {
  write(
    view, at, fields.tos, fields.totalLength, fields.identification, fields.fragment, fields.ttl, fields.protocol,
    fields.source, fields.destination,
  )
  if (fields.options === undefined || fields.options.length === 0) return HEADER_LEN
  return HEADER_LEN + emitOptions(view, at, fields.options)
}

function emitOptions(view: DataView, at: number, options: Uint8Array): number {
  const padded = (options.length + 3) & ~3
  for (let i = 0; i < padded; i++) view.setUint8(at + HEADER_LEN + i, i < options.length ? options[i] : 0)
  view.setUint8(at, 0x40 | ((HEADER_LEN + padded) >>> 2))
  fillChecksum(view, at)
  return padded
}

/** The fields as an object, options copied; check() must have passed. */
export function parse(view: DataView, at: number): Ipv4Fields {
  return new Header(view, at)
}

class Header implements Ipv4Fields {
  tos: number
  totalLength: number
  identification: number
  fragment: number
  ttl: number
  protocol: number
  source: number
  destination: number
  options: Uint8Array
  constructor(view: DataView, at: number) {
    this.tos = tos(view, at)
    this.totalLength = totalLength(view, at)
    this.identification = identification(view, at)
    this.fragment = fragment(view, at)
    this.ttl = ttl(view, at)
    this.protocol = protocol(view, at)
    this.source = source(view, at)
    this.destination = destination(view, at)
    this.options = new Uint8Array(headerLen(view, at) - HEADER_LEN)
    for (let i = 0; i < this.options.length; i++) this.options[i] = view.getUint8(at + HEADER_LEN + i)
  }
}
