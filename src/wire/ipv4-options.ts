/**
 * Options of the IPv4 header (RFC 791 §3.1, RFC 1812 §5.2.4.1 and §5.3.13, RFC 2113 for router alert).
 *
 *     one byte   EOL (0), NOP (1)
 *     others     type, length, data …; of the type: bit 7 says "copy into every fragment"
 *
 *     +------+--------+---------+-----------+-----------+--
 *     | type | length | pointer | slot …    | slot …    |      record route, loose and strict source route
 *     +------+--------+---------+-----------+-----------+--
 *                       1-based: 4 is the first slot; beyond the length: full
 *     +----+--------+---------+-----+------+-----------+--
 *     | 68 | length | pointer | ovf | flag | slot …    |         timestamp; 5 is the first slot; slots of 4 bytes
 *     +----+--------+---------+-----+------+-----------+--      (times) or 8 (address and time)
 *
 * compile() is the part of Linux ip_options.c __ip_options_compile() that judges: it finds where a header is wrong, and
 * where its options are. What Linux changes in the same breath (addresses and times filled in) is done here by
 * functions of their own, once it is known that the packet goes on. Packets with options are rare, so nothing here is
 * made for speed; the functions take a header that ipv4.check() passed, `at` its first byte. Whoever changes options
 * computes the header checksum anew (ipv4.fillChecksum()).
 *
 * Not judged: CIPSO (134), which Linux validates when built with NetLabel, passes as an unknown option does.
 */
import { HEADER_LEN, headerLen } from './ipv4.ts'

export const IPOPT_END = 0
export const IPOPT_NOOP = 1
export const IPOPT_RR = 7
export const IPOPT_TIMESTAMP = 68
export const IPOPT_SEC = 130
export const IPOPT_LSRR = 131
export const IPOPT_CIPSO = 134
export const IPOPT_SID = 136
export const IPOPT_SSRR = 137
export const IPOPT_RA = 148

/** In the type: the option goes into every fragment. */
export const IPOPT_COPY = 0x80

/** Flags of the timestamp option: times only; addresses and times; times at addresses given beforehand. */
export const IPOPT_TS_TSONLY = 0
export const IPOPT_TS_TSANDADDR = 1
export const IPOPT_TS_PRESPEC = 3

/** At most, bytes. */
export const MAX_OPTIONS_LEN = 40

/** Where the options of a header are: offsets from its first byte, 0 for none (Linux struct ip_options). */
export type Ipv4Options = {
  /** Loose or strict source route. */
  sourceRoute: number
  isStrict: boolean
  recordRoute: number
  timestamp: number
  routerAlert: number
}

/** A fresh, empty one to hand to compile(). */
export function noOptions(): Ipv4Options {
  return { sourceRoute: 0, isStrict: false, recordRoute: 0, timestamp: 0, routerAlert: 0 }
}

/**
 * Length of the option at offset `option`, bytes: 1 for EOL and NOP; 0 where its length byte is missing, below 2 or
 * beyond `end`.
 */
export function optionLen(view: DataView, option: number, end: number): number {
  if (view.getUint8(option) <= IPOPT_NOOP) return 1
  if (option + 1 >= end) return 0
  const length = view.getUint8(option + 1)
  return length < 2 || option + length > end ? 0 : length
}

/**
 * Judges the options of a received header and notes in `found` where they are. Returns 0, or the offset of the byte in
 * error from the first of the header: the pointer of the ICMP parameter problem that Linux sends.
 */
export function compile(view: DataView, at: number, found: Ipv4Options): number {
  const end = at + headerLen(view, at)
  let option = at + HEADER_LEN
  while (option < end) {
    const type = view.getUint8(option)
    if (type === IPOPT_END) return 0
    const length = optionLen(view, option, end)
    if (length === 0) return option - at
    const wrong = length === 1 ? -1 : judge(view, at, option, length, found)
    if (wrong >= 0) return option - at + wrong
    option += length
  }
  return 0
}

/** One option: -1 if right, else the offset of the wrong byte within it. */
function judge(view: DataView, at: number, option: number, length: number, found: Ipv4Options): number {
  switch (view.getUint8(option)) {
    case IPOPT_LSRR:
    case IPOPT_SSRR:
      return judgeSourceRoute(view, at, option, length, found)
    case IPOPT_RR:
      return judgeRecordRoute(view, at, option, length, found)
    case IPOPT_TIMESTAMP:
      return judgeTimestamp(view, at, option, length, found)
    case IPOPT_RA:
      if (length < 4) return 1
      if (view.getUint16(option + 2) === 0) found.routerAlert = option - at
      return -1
    default:
      return -1
  }
}

function judgeSourceRoute(view: DataView, at: number, option: number, length: number, found: Ipv4Options): number {
  if (length < 3) return 1
  if (view.getUint8(option + 2) < 4) return 2
  // RFC 1812 §5.2.4.1: there must not be two.
  if (found.sourceRoute !== 0) return 0
  found.sourceRoute = option - at
  found.isStrict = view.getUint8(option) === IPOPT_SSRR
  return -1
}

function judgeRecordRoute(view: DataView, at: number, option: number, length: number, found: Ipv4Options): number {
  if (found.recordRoute !== 0) return 0
  if (length < 3) return 1
  const pointer = view.getUint8(option + 2)
  if (pointer < 4) return 2
  if (pointer <= length && pointer + 3 > length) return 2
  found.recordRoute = option - at
  return -1
}

function judgeTimestamp(view: DataView, at: number, option: number, length: number, found: Ipv4Options): number {
  if (found.timestamp !== 0) return 0
  if (length < 4) return 1
  const pointer = view.getUint8(option + 2)
  if (pointer < 5) return 2
  if (pointer > length) {
    if (timestampOverflow(view, option) === 15) return 3
  } else {
    if (pointer + 3 > length) return 2
    const flag = timestampFlag(view, option)
    const isPair = flag === IPOPT_TS_TSANDADDR || flag === IPOPT_TS_PRESPEC
    if (isPair && pointer + 7 > length) return 2
  }
  found.timestamp = option - at
  return -1
}

/** Offset of the slot that the pointer of a route or timestamp option shows, or 0 when it has no room left. */
export function slotAt(view: DataView, option: number): number {
  const pointer = view.getUint8(option + 2)
  return pointer + 3 > view.getUint8(option + 1) ? 0 : option + pointer - 1
}

/** Moves the pointer of a route or timestamp option on by `bytes`. */
export function advance(view: DataView, option: number, bytes: number): void {
  view.setUint8(option + 2, view.getUint8(option + 2) + bytes)
}

/** Writes an address or a time into the slot of the pointer and moves on; false, and nothing written, without room. */
export function record(view: DataView, option: number, value: number): boolean {
  const slot = slotAt(view, option)
  if (slot === 0) return false
  view.setInt32(slot, value)
  advance(view, option, 4)
  return true
}

/** IPOPT_TS_TSONLY, IPOPT_TS_TSANDADDR, IPOPT_TS_PRESPEC; others are left alone, as Linux leaves them. */
export function timestampFlag(view: DataView, option: number): number {
  return view.getUint8(option + 3) & 0x0f
}

/** How many hosts found no room, 0..15. */
export function timestampOverflow(view: DataView, option: number): number {
  return view.getUint8(option + 3) >>> 4
}

/** Counts one host more that found no room. The counter must be below 15. */
export function countOverflow(view: DataView, option: number): void {
  view.setUint8(option + 3, view.getUint8(option + 3) + 0x10)
}

/** Zeroes what follows the end of the option list, as Linux does on receipt; true if a byte changed. */
export function clearAfterEnd(view: DataView, at: number): boolean {
  const end = at + headerLen(view, at)
  let option = at + HEADER_LEN
  while (option < end && view.getUint8(option) !== IPOPT_END) {
    const length = optionLen(view, option, end)
    if (length === 0) return false
    option += length
  }
  let isChanged = false
  for (; option < end; option++) {
    if (view.getUint8(option) === IPOPT_END) continue
    view.setUint8(option, IPOPT_END)
    isChanged = true
  }
  return isChanged
}

/** Replaces options that only the first fragment carries by NOPs (Linux ip_options_fragment()). */
export function stripForFragment(view: DataView, at: number): void {
  const end = at + headerLen(view, at)
  let option = at + HEADER_LEN
  while (option < end && view.getUint8(option) !== IPOPT_END) {
    const length = optionLen(view, option, end)
    if (length === 0) return
    const isCopied = (view.getUint8(option) & IPOPT_COPY) !== 0
    if (!isCopied) for (let i = 0; i < length; i++) view.setUint8(option + i, IPOPT_NOOP)
    option += length
  }
}

/**
 * Whether the pointer shows a slot that begins within the option and ends beyond it. compile() lets that pass in a
 * source route; who follows the route answers with a parameter problem at the pointer (Linux ip_options_rcv_srr()).
 */
export function isSlotCut(view: DataView, option: number): boolean {
  const pointer = view.getUint8(option + 2)
  const length = view.getUint8(option + 1)
  return pointer <= length && pointer + 3 > length
}
