// Hot path.
/**
 * UDP (RFC 768) over IPv4.
 *
 *     0             2             4             6             8
 *     +-------------+-------------+-------------+-------------+---------
 *     | source port | destination | length      | checksum    | payload
 *     +-------------+-------------+-------------+-------------+---------
 *
 * The length counts header and payload. A checksum field of zero means that the sender computed none; a checksum that
 * comes out as zero is sent as 0xffff. What the IPv4 packet has beyond the length is cut off, not an error
 * (Linux __udp4_lib_rcv()).
 */
import * as checksums from './checksum.ts'
import { DropReason } from './drop-reason.ts'

export const HEADER_LEN = 8
const PROTO_UDP = 17

/** What emit() writes and parse() gives. */
export type UdpFields = {
  sourcePort: number
  destinationPort: number
  /** Header and payload, bytes. */
  length: number
  /** 0 for none; fillChecksum() computes it. */
  checksum: number
}

/**
 * The tests of Linux udp.c __udp4_lib_rcv() but for the checksum: a whole header (UDP_INHDR), and a length that is
 * neither below 8 nor beyond the packet (PKT_TOO_SMALL).
 */
export function check(view: DataView, at: number, end: number): number {
  const received = end - at
  if (received < HEADER_LEN) return DropReason.UDP_INHDR
  const len = view.getUint16(at + 4)
  return len < HEADER_LEN || len > received ? DropReason.PKT_TOO_SMALL : 0
}

/**
 * Verifies the checksum of a datagram that check() passed: 0, also when there is none, or UDP_CSUM.
 * source, destination: addresses of the IPv4 header. Linux does this after it has looked for a socket, and before it
 * answers that there is none.
 */
export function checkChecksum(view: DataView, at: number, source: number, destination: number): number {
  if (view.getUint16(at + 6) === 0) return 0
  const len = view.getUint16(at + 4)
  const seed = checksums.pseudoHeader(source, destination, PROTO_UDP, len)
  return checksums.sum(view, at, at + len, seed) === 0xffff ? 0 : DropReason.UDP_CSUM
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

/** Header and payload, bytes. */
export function length(view: DataView, at: number): number {
  return view.getUint16(at + 4)
}

export function setLength(view: DataView, at: number, value: number): void {
  view.setUint16(at + 4, value)
}

/** The checksum field; 0 for none. */
export function datagramChecksum(view: DataView, at: number): number {
  return view.getUint16(at + 6)
}

export function setDatagramChecksum(view: DataView, at: number, value: number): void {
  view.setUint16(at + 6, value)
}

/** Computes the checksum over the datagram by its length field, payload in place, and stores it; 0 as 0xffff. */
export function fillChecksum(view: DataView, at: number, source: number, destination: number): void {
  view.setUint16(at + 6, 0)
  const len = view.getUint16(at + 4)
  const seed = checksums.pseudoHeader(source, destination, PROTO_UDP, len)
  const value = checksums.sum(view, at, at + len, seed) ^ 0xffff
  view.setUint16(at + 6, value === 0 ? 0xffff : value)
}

/** Writes a header without a checksum and returns its length. The form for the packet path. */
export function write(view: DataView, at: number, sourcePort: number, destinationPort: number, length: number): number {
  view.setUint16(at, sourcePort)
  view.setUint16(at + 2, destinationPort)
  view.setInt32(at + 4, length << 16)
  return HEADER_LEN
}

/** Writes a header and returns its length. */
export function emit(view: DataView, at: number, fields: UdpFields): number {
  write(view, at, fields.sourcePort, fields.destinationPort, fields.length)
  view.setUint16(at + 6, fields.checksum)
  return HEADER_LEN
}

/** The fields as an object; check() must have passed. */
export function parse(view: DataView, at: number): UdpFields {
  return new Header(view, at)
}

class Header implements UdpFields {
  sourcePort: number
  destinationPort: number
  length: number
  checksum: number
  constructor(view: DataView, at: number) {
    this.sourcePort = sourcePort(view, at)
    this.destinationPort = destinationPort(view, at)
    this.length = length(view, at)
    this.checksum = datagramChecksum(view, at)
  }
}
