// Hot path.
/**
 * The VLAN tag of IEEE 802.1Q (customer, 0x8100) and 802.1ad (service, 0x88a8), four bytes between the source address
 * and the type of an Ethernet frame; tags may be stacked.
 *
 *     at            at + 2                  at + 4
 *     +-------------+-----+---+-------------+------------------
 *     | TPID        | PCP |DEI| VID         | type of what follows
 *     | 0x8100      | 3   | 1 | 12 bits     | (another TPID, or an EtherType)
 *     +-------------+-----+---+-------------+------------------
 *
 * `at` is the TPID: `frameAt + 12` for the outermost tag. PCP, DEI and VID together are the TCI.
 */
import { DropReason } from './drop-reason.ts'

/** What a tag adds to a frame. */
export const HEADER_LEN = 4
export const TPID_8021Q = 0x8100
export const TPID_8021AD = 0x88a8
/** VID 0: a priority tag, which belongs to no VLAN. */
export const VID_NONE = 0
/** VID 4095 is reserved: the largest that can be used is 4094. */
export const VID_MAX = 4094
export const VID_MASK = 0x0fff
export const DEI_BIT = 0x1000

/** What emit() writes and parse() gives. */
export type VlanFields = {
  tpid: number
  /** Priority, 0..7. */
  pcp: number
  /** Drop eligible indicator, 0 or 1. */
  dei: number
  vid: number
}

/** Whether a type field says that a tag begins here (Linux eth_type_vlan()). */
export function isTpid(type: number): boolean {
  return type === TPID_8021Q || type === TPID_8021AD
}

/** Whether TCI and inner type are there: 0 or HDR_TRUNC (Linux skb_vlan_untag()). The TPID is the caller's to test. */
export function check(view: DataView, at: number, end: number): number {
  return end - at < HEADER_LEN + 2 ? DropReason.HDR_TRUNC : 0
}

export function tpid(view: DataView, at: number): number {
  return view.getUint16(at)
}

/** PCP, DEI and VID in 16 bits. */
export function tci(view: DataView, at: number): number {
  return view.getUint16(at + 2)
}

export function setTci(view: DataView, at: number, value: number): void {
  view.setUint16(at + 2, value)
}

export function vid(view: DataView, at: number): number {
  return view.getUint16(at + 2) & VID_MASK
}

export function setVid(view: DataView, at: number, value: number): void {
  view.setUint16(at + 2, (view.getUint16(at + 2) & ~VID_MASK) | value)
}

export function pcp(view: DataView, at: number): number {
  return view.getUint8(at + 2) >>> 5
}

export function setPcp(view: DataView, at: number, value: number): void {
  view.setUint8(at + 2, (view.getUint8(at + 2) & 0x1f) | (value << 5))
}

export function dei(view: DataView, at: number): number {
  return (view.getUint8(at + 2) >>> 4) & 1
}

/** The type field behind the tag. */
export function innerType(view: DataView, at: number): number {
  return view.getUint16(at + 4)
}

/** A TCI of its parts. */
export function tciOf(pcp: number, dei: number, vid: number): number {
  return (pcp << 13) | (dei << 12) | vid
}

/** Writes TPID and TCI and returns HEADER_LEN; the inner type is the caller's. */
export function write(view: DataView, at: number, tpid: number, tci: number): number {
  view.setUint16(at, tpid)
  view.setUint16(at + 2, tci)
  return HEADER_LEN
}

/** Writes a tag and returns its length; the inner type is the caller's. */
export function emit(view: DataView, at: number, fields: VlanFields): number {
  return write(view, at, fields.tpid, tciOf(fields.pcp, fields.dei, fields.vid))
}

/** The fields as an object; check() must have passed. */
export function parse(view: DataView, at: number): VlanFields {
  return new Tag(view, at)
}

/**
 * Puts a tag into the frame that begins at `frameAt`, by moving both MAC addresses 4 bytes to the front. Returns the
 * new start of the frame, frameAt - 4. The caller owns that headroom.
 */
export function insertTag(view: DataView, frameAt: number, tpid: number, tci: number): number {
  view.setInt32(frameAt - 4, view.getInt32(frameAt))
  view.setInt32(frameAt, view.getInt32(frameAt + 4))
  view.setInt32(frameAt + 4, view.getInt32(frameAt + 8))
  view.setUint16(frameAt + 8, tpid)
  view.setUint16(frameAt + 10, tci)
  return frameAt - 4
}

/**
 * Takes the outermost tag out of the frame that begins at `frameAt`, by moving both MAC addresses 4 bytes to the back.
 * Returns the new start of the frame, frameAt + 4. check(view, frameAt + 12, end) must have passed.
 */
export function removeTag(view: DataView, frameAt: number): number {
  view.setInt32(frameAt + 12, view.getInt32(frameAt + 8))
  view.setInt32(frameAt + 8, view.getInt32(frameAt + 4))
  view.setInt32(frameAt + 4, view.getInt32(frameAt))
  return frameAt + 4
}

class Tag implements VlanFields {
  tpid: number
  pcp: number
  dei: number
  vid: number
  constructor(view: DataView, at: number) {
    this.tpid = tpid(view, at)
    this.pcp = pcp(view, at)
    this.dei = dei(view, at)
    this.vid = vid(view, at)
  }
}
