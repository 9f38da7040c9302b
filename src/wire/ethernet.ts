// Hot path.
/**
 * Ethernet II and 802.3 frames.
 *
 *     0             6             12       14
 *     +-------------+-------------+--------+------------
 *     | destination | source      | type   | payload …
 *     +-------------+-------------+--------+------------
 *
 * The type is an EtherType from 0x0600 on; below, it is the length of an IEEE 802.3 payload that begins with an LLC
 * header, as spanning tree uses (Linux eth_type_trans(), eth_proto_is_802_3()).
 *
 * Frames here carry neither padding nor frame check sequence, as on Linux's veth and in its captures: the 60 bytes of
 * MIN_FRAME_LEN are what a cable would pad to, MIN_FRAME_LEN + FCS_LEN what it would carry. crc32() models the FCS
 * where a link damages frames.
 *
 * A MAC address is read as two integers, hi (16 bits) and lo (32 bits, signed); see address.ts.
 */
import { DropReason } from './drop-reason.ts'

export const HEADER_LEN = 14
/** Bytes of a MAC address. */
export const ADDRESS_LEN = 6
/** What a cable pads shorter frames to, without FCS. */
export const MIN_FRAME_LEN = 60
/** The frame check sequence at the end of each frame on a cable. */
export const FCS_LEN = 4
/** Preamble and start delimiter (8) and the gap between frames (12): what a frame costs on a cable besides itself. */
export const CABLE_OVERHEAD = 20

/** Below this the type field is a length (Linux ETH_P_802_3_MIN). */
export const ETHERTYPE_802_3_MIN = 0x0600
export const ETHERTYPE_IPV4 = 0x0800
export const ETHERTYPE_ARP = 0x0806
export const ETHERTYPE_TEB = 0x6558
export const ETHERTYPE_RARP = 0x8035
export const ETHERTYPE_VLAN = 0x8100
export const ETHERTYPE_IPV6 = 0x86dd
export const ETHERTYPE_PAUSE = 0x8808
export const ETHERTYPE_SLOW = 0x8809
export const ETHERTYPE_MPLS = 0x8847
export const ETHERTYPE_MPLS_MULTICAST = 0x8848
export const ETHERTYPE_PPPOE_DISCOVERY = 0x8863
export const ETHERTYPE_PPPOE_SESSION = 0x8864
export const ETHERTYPE_QINQ = 0x88a8
export const ETHERTYPE_LLDP = 0x88cc
export const ETHERTYPE_PTP = 0x88f7
export const ETHERTYPE_LOOPBACK = 0x9000

/** LLC service access point of spanning tree. */
export const LLC_SAP_STP = 0x42
/** LLC service access point that announces a SNAP header. */
export const LLC_SAP_SNAP = 0xaa

/** The fields of a header, for emit() and parse(). MAC addresses are 48-bit numbers. */
export type EthernetFields = { destination: number, source: number, type: number }

/**
 * Whether a header fits: 0 or DropReason.HDR_TRUNC. An 802.3 length beyond the frame is let through, as in Linux:
 * eth_type_trans() only looks whether the field is a length.
 */
export function check(view: DataView, at: number, end: number): number {
  return end - at < HEADER_LEN ? DropReason.HDR_TRUNC : 0
}

/** EtherType, or the length of an 802.3 frame. */
export function type(view: DataView, at: number): number {
  return view.getUint16(at + 12)
}

export function setType(view: DataView, at: number, value: number): void {
  view.setUint16(at + 12, value)
}

/** Whether the type field is a length, so an LLC header follows. */
export function isLength(view: DataView, at: number): boolean {
  return view.getUint16(at + 12) < ETHERTYPE_802_3_MIN
}

/** LLC destination and source service access points as one 16-bit number; 0 where no LLC header fits before `end`. */
export function llcSaps(view: DataView, at: number, end: number): number {
  return end - at < HEADER_LEN + 3 ? 0 : view.getUint16(at + 14)
}

export function destinationHi(view: DataView, at: number): number {
  return view.getUint16(at)
}

export function destinationLo(view: DataView, at: number): number {
  return view.getInt32(at + 2)
}

export function sourceHi(view: DataView, at: number): number {
  return view.getUint16(at + 6)
}

export function sourceLo(view: DataView, at: number): number {
  return view.getInt32(at + 8)
}

export function setDestination(view: DataView, at: number, hi: number, lo: number): void {
  view.setUint16(at, hi)
  view.setInt32(at + 2, lo)
}

export function setSource(view: DataView, at: number, hi: number, lo: number): void {
  view.setUint16(at + 6, hi)
  view.setInt32(at + 8, lo)
}

/** The group bit of the destination: multicast or broadcast. */
export function isMulticast(view: DataView, at: number): boolean {
  return (view.getUint8(at) & 1) !== 0
}

export function isBroadcast(view: DataView, at: number): boolean {
  return view.getInt32(at + 2) === -1 && view.getUint16(at) === 0xffff
}

/** Whether the source may be one: not zero and not a group (Linux is_valid_ether_addr()). */
export function isSourceValid(view: DataView, at: number): boolean {
  return (view.getUint8(at + 6) & 1) === 0 && (view.getUint16(at + 6) | view.getInt32(at + 8)) !== 0
}

/** 01:80:c2:00:00:00 to 0f: never forwarded by an 802.1D bridge (Linux is_link_local_ether_addr()). */
export function isLinkLocal(view: DataView, at: number): boolean {
  return view.getUint16(at) === 0x0180 && (view.getInt32(at + 2) & 0xfffffff0) === (0xc2000000 | 0)
}

/** Writes a header from integers and returns its length. The form for the packet path. */
export function write(
  view: DataView, at: number, destinationHi: number, destinationLo: number, sourceHi: number, sourceLo: number,
  type: number,
): number {
  view.setUint16(at, destinationHi)
  view.setInt32(at + 2, destinationLo)
  view.setUint16(at + 6, sourceHi)
  view.setInt32(at + 8, sourceLo)
  view.setUint16(at + 12, type)
  return HEADER_LEN
}

/** The destination as a 48-bit number, for cold use. */
export function destination(view: DataView, at: number): number {
  return view.getUint16(at) * 4294967296 + view.getUint32(at + 2)
}

/** The source as a 48-bit number, for cold use. */
export function source(view: DataView, at: number): number {
  return view.getUint16(at + 6) * 4294967296 + view.getUint32(at + 8)
}

/** Writes a header and returns its length. */
export function emit(view: DataView, at: number, fields: EthernetFields): number {
  view.setUint16(at, Math.floor(fields.destination / 4294967296))
  view.setInt32(at + 2, fields.destination | 0)
  view.setUint16(at + 6, Math.floor(fields.source / 4294967296))
  view.setInt32(at + 8, fields.source | 0)
  view.setUint16(at + 12, fields.type)
  return HEADER_LEN
}

/** The fields as an object; check() must have passed. */
export function parse(view: DataView, at: number): EthernetFields {
  return new Header(destination(view, at), source(view, at), type(view, at))
}

class Header implements EthernetFields {
  destination: number
  source: number
  type: number
  constructor(destination: number, source: number, type: number) {
    this.destination = destination
    this.source = source
    this.type = type
  }
}

/** CRC-32 of each byte value: reflected polynomial 0xedb88320 (IEEE 802.3 §3.2.9). */
const CRC_TABLE = new Int32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  CRC_TABLE[byte] = crc
}

/**
 * The frame check sequence of [at, end), unsigned; a cable carries it least significant byte first.
 * A frame followed by its own FCS gives CRC_RESIDUE.
 */
export function crc32(view: DataView, at: number, end: number): number {
  let crc = -1
  for (let i = at | 0; i < end; i = (i + 1) | 0) {
    crc = CRC_TABLE[(crc ^ view.getUint8(i)) & 0xff] ^ (crc >>> 8)
  }
  return ~crc >>> 0
}

/** crc32() over any frame with its FCS appended. */
export const CRC_RESIDUE = 0x2144df1c
