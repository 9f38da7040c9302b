// Hot path.
/**
 * ICMP for IPv4 (RFC 792, RFC 1122 §3.2.2, RFC 1191 for the MTU, RFC 1812 §4.3, RFC 4884 for the length byte).
 *
 *     0      1      2          4                       8
 *     +------+------+----------+-----------------------+----------------------------
 *     | type | code | checksum | "rest", by type       | data, or the packet in error
 *     +------+------+----------+-----------------------+----------------------------
 *
 *     rest:  echo, timestamp      identifier (2), sequence (2)
 *            unreachable          0 (1), RFC 4884 length (1), MTU of the next hop when code is ICMP_FRAG_NEEDED (2)
 *            redirect             address of the better gateway (4)
 *            parameter problem    pointer (1), RFC 4884 length (1), 0 (2)
 *            time exceeded        0 (1), RFC 4884 length (1), 0 (2)
 *
 * The checksum covers the message alone, without a pseudo header. An error carries the IPv4 header of the packet that
 * caused it and at least 8 bytes of what followed; Linux sends as much as fits in 576 bytes.
 */
import * as checksums from './checksum.ts'
import { DropReason } from './drop-reason.ts'

export const HEADER_LEN = 8
/** Timestamp request and reply: the header and three times. */
export const TIMESTAMP_LEN = 20
/** An error with all it carries fits a packet of this size (Linux icmp_send(): 576). */
export const MAX_ERROR_PACKET_LEN = 576

// Types.
export const ICMP_ECHOREPLY = 0
export const ICMP_DEST_UNREACH = 3
export const ICMP_SOURCE_QUENCH = 4
export const ICMP_REDIRECT = 5
export const ICMP_ECHO = 8
export const ICMP_ROUTER_ADVERT = 9
export const ICMP_ROUTER_SOLICIT = 10
export const ICMP_TIME_EXCEEDED = 11
export const ICMP_PARAMETERPROB = 12
export const ICMP_TIMESTAMP = 13
export const ICMP_TIMESTAMPREPLY = 14
export const ICMP_INFO_REQUEST = 15
export const ICMP_INFO_REPLY = 16
export const ICMP_ADDRESS = 17
export const ICMP_ADDRESSREPLY = 18
/** Larger types are unknown to Linux's icmp_rcv(), but for extended echo. */
export const NR_ICMP_TYPES = 18
export const ICMP_EXT_ECHO = 42
export const ICMP_EXT_ECHOREPLY = 43

// Codes of ICMP_DEST_UNREACH.
export const ICMP_NET_UNREACH = 0
export const ICMP_HOST_UNREACH = 1
export const ICMP_PROT_UNREACH = 2
export const ICMP_PORT_UNREACH = 3
export const ICMP_FRAG_NEEDED = 4
export const ICMP_SR_FAILED = 5
export const ICMP_NET_UNKNOWN = 6
export const ICMP_HOST_UNKNOWN = 7
export const ICMP_HOST_ISOLATED = 8
export const ICMP_NET_ANO = 9
export const ICMP_HOST_ANO = 10
export const ICMP_NET_UNR_TOS = 11
export const ICMP_HOST_UNR_TOS = 12
export const ICMP_PKT_FILTERED = 13
export const ICMP_PREC_VIOLATION = 14
export const ICMP_PREC_CUTOFF = 15
/** The largest code that Linux knows. */
export const NR_ICMP_UNREACH = 15

// Codes of ICMP_REDIRECT.
export const ICMP_REDIR_NET = 0
export const ICMP_REDIR_HOST = 1
export const ICMP_REDIR_NETTOS = 2
export const ICMP_REDIR_HOSTTOS = 3

// Codes of ICMP_TIME_EXCEEDED.
export const ICMP_EXC_TTL = 0
export const ICMP_EXC_FRAGTIME = 1

/** What emit() writes and parse() gives. */
export type Icmpv4Fields = {
  type: number
  code: number
  /** Bytes 4 to 7 as an int32: restOfEcho(), the gateway's address, restOfMtu(), restOfPointer() or 0. */
  rest: number
  payload: Uint8Array
}

/** The "rest" of echo and timestamp messages. */
export function restOfEcho(identifier: number, sequence: number): number {
  return (identifier << 16) | (sequence & 0xffff)
}

/** The "rest" of ICMP_FRAG_NEEDED. */
export function restOfMtu(mtu: number): number {
  return mtu & 0xffff
}

/** The "rest" of ICMP_PARAMETERPROB: offset of the byte in error, from the start of the IPv4 header. */
export function restOfPointer(pointer: number): number {
  return pointer << 24
}

/**
 * The first tests of Linux icmp.c icmp_rcv(), in its order: the checksum over all of [at, end) (ICMP_CSUM), then a
 * whole header (ICMP_INHDR). `end` is the end of the IPv4 packet, padding cut off. The checksum of nothing is wrong.
 */
export function check(view: DataView, at: number, end: number): number {
  if (checksums.sum(view, at, end, 0) !== 0xffff) return DropReason.ICMP_CSUM
  return end - at < HEADER_LEN ? DropReason.ICMP_INHDR : 0
}

/**
 * Whether an error carries enough of the packet it is about: an IPv4 header with its options and 8 bytes more
 * (Linux icmp_unreach() and icmp_socket_deliver()). 0 or ICMP_INHDR. Says nothing on checksum and total length there.
 */
export function checkOriginal(view: DataView, at: number, end: number): number {
  const original = at + HEADER_LEN
  if (end - original < 20) return DropReason.ICMP_INHDR
  const words = view.getUint8(original) & 0x0f
  if (words < 5) return DropReason.ICMP_INHDR
  return end - original < (words << 2) + 8 ? DropReason.ICMP_INHDR : 0
}

/** Where the packet in error begins; read it with the accessors of ipv4.ts after checkOriginal(). */
export function originalAt(at: number): number {
  return at + HEADER_LEN
}

/** Where the transport header of the packet in error begins; 8 bytes are there after checkOriginal(). */
export function originalTransportAt(view: DataView, at: number): number {
  return at + HEADER_LEN + ((view.getUint8(at + HEADER_LEN) & 0x0f) << 2)
}

export function type(view: DataView, at: number): number {
  return view.getUint8(at)
}

export function setType(view: DataView, at: number, value: number): void {
  view.setUint8(at, value)
}

export function code(view: DataView, at: number): number {
  return view.getUint8(at + 1)
}

export function setCode(view: DataView, at: number, value: number): void {
  view.setUint8(at + 1, value)
}

/** Whether the message reports an error, so that none may be sent about it (RFC 1122 §3.2.2; icmp_pointers[].error). */
export function isError(view: DataView, at: number): boolean {
  return isErrorType(view.getUint8(at))
}

export function isErrorType(type: number): boolean {
  return type === ICMP_DEST_UNREACH || type === ICMP_SOURCE_QUENCH || type === ICMP_REDIRECT ||
    type === ICMP_TIME_EXCEEDED || type === ICMP_PARAMETERPROB
}

export function messageChecksum(view: DataView, at: number): number {
  return view.getUint16(at + 2)
}

/** Computes the checksum of the message [at, end) and stores it. */
export function fillChecksum(view: DataView, at: number, end: number): void {
  view.setUint16(at + 2, 0)
  view.setUint16(at + 2, checksums.checksum(view, at, end, 0))
}

/** Bytes 4 to 7, an int32. */
export function rest(view: DataView, at: number): number {
  return view.getInt32(at + 4)
}

export function setRest(view: DataView, at: number, value: number): void {
  view.setInt32(at + 4, value)
}

export function identifier(view: DataView, at: number): number {
  return view.getUint16(at + 4)
}

export function setIdentifier(view: DataView, at: number, value: number): void {
  view.setUint16(at + 4, value)
}

export function sequence(view: DataView, at: number): number {
  return view.getUint16(at + 6)
}

export function setSequence(view: DataView, at: number, value: number): void {
  view.setUint16(at + 6, value)
}

/** The better gateway of a redirect. */
export function gateway(view: DataView, at: number): number {
  return view.getInt32(at + 4)
}

/** The MTU of the next hop in ICMP_FRAG_NEEDED; 0 from routers older than RFC 1191. */
export function mtu(view: DataView, at: number): number {
  return view.getUint16(at + 6)
}

/** Offset of the byte in error, from the start of the IPv4 header in error. */
export function pointer(view: DataView, at: number): number {
  return view.getUint8(at + 4)
}

/** Length of the packet in error in 32-bit words where extensions follow it (RFC 4884); 0 without. */
export function originalWords(view: DataView, at: number): number {
  return view.getUint8(at + 5)
}

/** Milliseconds since midnight UT at the sender of a timestamp request; the message must be TIMESTAMP_LEN long. */
export function originateMs(view: DataView, at: number): number {
  return view.getUint32(at + 8)
}

export function receiveMs(view: DataView, at: number): number {
  return view.getUint32(at + 12)
}

export function transmitMs(view: DataView, at: number): number {
  return view.getUint32(at + 16)
}

/** Sets receive and transmit time of a timestamp reply, milliseconds since midnight UT. */
export function setReplyMs(view: DataView, at: number, receiveMs: number, transmitMs: number): void {
  view.setUint32(at + 12, receiveMs)
  view.setUint32(at + 16, transmitMs)
}

/**
 * Writes type, code and rest before a payload that is in place and ends at `end`, computes the checksum, and returns
 * HEADER_LEN. The form for the packet path.
 */
export function write(view: DataView, at: number, end: number, type: number, code: number, rest: number): number {
  view.setUint8(at, type)
  view.setUint8(at + 1, code)
  view.setInt32(at + 4, rest)
  fillChecksum(view, at, end)
  return HEADER_LEN
}

/** Writes a whole message with its checksum and returns its length, payload included. */
export function emit(view: DataView, at: number, fields: Icmpv4Fields): number {
  const payload = fields.payload
  for (let i = 0; i < payload.length; i++) view.setUint8(at + HEADER_LEN + i, payload[i])
  const length = HEADER_LEN + payload.length
  write(view, at, at + length, fields.type, fields.code, fields.rest)
  return length
}

/** The fields as an object, payload up to `end` copied; check() must have passed. */
export function parse(view: DataView, at: number, end: number): Icmpv4Fields {
  return new Message(view, at, end)
}

class Message implements Icmpv4Fields {
  type: number
  code: number
  rest: number
  payload: Uint8Array
  constructor(view: DataView, at: number, end: number) {
    this.type = type(view, at)
    this.code = code(view, at)
    this.rest = rest(view, at)
    this.payload = new Uint8Array(end - at - HEADER_LEN)
    for (let i = 0; i < this.payload.length; i++) this.payload[i] = view.getUint8(at + HEADER_LEN + i)
  }
}
