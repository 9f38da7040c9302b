/** Checksums as tcpdump judges them. */
import * as checksum from '../../wire/checksum.ts'
import type { Sheet } from './sheet.ts'

const IPV4_HEADER_LEN = 20
const OPTION_EOL = 0
const OPTION_NOP = 1
const OPTION_LSRR = 131
const OPTION_SSRR = 137

/**
 * The checksum that a header should have carried, from the one it has and the (wrong) sum over all of it: sums are
 * one's complement, so both are added with the carry brought around (RFC 1071).
 */
export function shouldBe(found: number, computed: number): number {
  return checksum.fold(found + computed)
}

/**
 * The sum over a TCP or UDP segment and its pseudo header: 0 when its checksum is right. The destination is the last
 * hop of a source route when there is one (RFC 1122 §3.2.1.8).
 */
export function segmentChecksum(sheet: Sheet, ipAt: number, at: number, length: number, protocol: number): number {
  const { view } = sheet
  const destination = finalDestination(sheet, ipAt)
  const seed = checksum.pseudoHeader(view.getInt32(ipAt + 12), destination, protocol, length)
  return checksum.checksum(view, at, at + length, seed)
}

function finalDestination(sheet: Sheet, ipAt: number): number {
  const end = ipAt + (sheet.u8(ipAt) & 15) * 4
  let at = ipAt + IPV4_HEADER_LEN
  while (at < end) {
    const code = sheet.u8(at)
    if (code === OPTION_EOL) break
    const length = code === OPTION_NOP ? 1 : sheet.u8(at + 1)
    if (code !== OPTION_NOP && length < 2 || length > end - at || !sheet.has(at, length)) break
    if ((code === OPTION_SSRR || code === OPTION_LSRR) && length >= 7) return sheet.view.getInt32(at + length - 4)
    at += length
  }
  return sheet.view.getInt32(ipAt + 16)
}
