/** The IPv4 header: `IP source > destination: ` and, with -v, all its fields and options. */
import * as checksum from '../../wire/checksum.ts'
import { shouldBe } from './checksums.ts'
import { printIcmp } from './print-icmp.ts'
import { printTcp } from './print-tcp.ts'
import { printUdp } from './print-udp.ts'
import { bits, hex, type Sheet } from './sheet.ts'
import { IP_PROTOCOL_NAMES } from './tables.ts'

const HEADER_LEN = 20
const OFFSET_MASK = 0x1fff
const MORE_FRAGMENTS = 0x2000

const FLAG_NAMES: readonly (readonly [number, string])[] = [[0x2000, '+'], [0x4000, 'DF'], [0x8000, 'rsvd']]
const ECN_NAMES = ['', ',ECT(1)', ',ECT(0)', ',CE']

const OPTION_EOL = 0
const OPTION_NOP = 1
const OPTION_RR = 7
const OPTION_TS = 68
const OPTION_LSRR = 131
const OPTION_SSRR = 137
const OPTION_RA = 148

const OPTION_NAMES: ReadonlyMap<number, string> = new Map([
  [OPTION_EOL, 'EOL'], [OPTION_NOP, 'NOP'], [OPTION_TS, 'timestamp'], [130, 'security'], [OPTION_RR, 'RR'],
  [OPTION_SSRR, 'SSRR'], [OPTION_LSRR, 'LSRR'], [OPTION_RA, 'RA'], [82, 'traceroute'],
])

const TIMESTAMP_KINDS: ReadonlyMap<number, string> = new Map([[0, 'TSONLY'], [1, 'TS+ADDR'], [3, 'PRESPEC']])

/** Payload protocols that tcpdump decodes and we do not (yet); what follows the addresses is then missing. */
const OTHER_PRINTERS: ReadonlyMap<number, string> = new Map([
  [2, 'IGMP'], [8, 'EGP'], [9, 'IGRP'], [33, 'DCCP'], [41, 'IPv6'], [46, 'RSVP'], [47, 'GRE'], [50, 'ESP'],
  [51, 'AH'], [55, 'Mobile IP'], [88, 'EIGRP'], [89, 'OSPF'], [103, 'PIM'], [108, 'IPComp'], [112, 'VRRP'],
  [113, 'PGM'], [132, 'SCTP'],
])

/** Prints an IPv4 packet of `length` bytes on the wire at `at`. */
export function printIp(sheet: Sheet, at: number, length: number): void {
  sheet.protocol = 'ip'
  const version = sheet.u8(at) >> 4
  if (version !== 4) {
    sheet.put(version === 6 ? 'IP6, wrong link-layer encapsulation (invalid)' : `IP${version} (invalid)`)
    return
  }
  if (!sheet.options.ethernet) sheet.put('IP ')
  if (!sheet.has(at, HEADER_LEN)) return sheet.truncated()
  if (length < HEADER_LEN) return sheet.put(`truncated-ip ${length}`)
  const headerLength = (sheet.u8(at) & 15) * 4
  if (headerLength < HEADER_LEN) return sheet.put(`bad-hlen ${headerLength}`)
  const total = sheet.u16(at + 2)
  if (length < total) sheet.put(`truncated-ip - ${total - length} bytes missing! `)
  if (total < headerLength) return sheet.put(`bad-len ${total}`)
  const outerEnd = sheet.snapEnd
  if (total <= sheet.snapEnd - at) sheet.snapEnd = at + total
  if (sheet.options.verbose === 0 || printHeader(sheet, at, headerLength)) {
    printPayload(sheet, at, headerLength, total - headerLength)
  }
  sheet.snapEnd = outerEnd
}

/** The parenthesis of -v. False when the options were cut off, which ends the packet's text. */
function printHeader(sheet: Sheet, at: number, headerLength: number): boolean {
  const tos = sheet.u8(at + 1)
  const ttl = sheet.u8(at + 8)
  const protocol = sheet.u8(at + 9)
  const fragment = sheet.u16(at + 6)
  sheet.put(`(tos 0x${hex(tos)}${ECN_NAMES[tos & 3]}${ttl > 0 ? `, ttl ${ttl}` : ''}, id ${sheet.u16(at + 4)}, `)
  sheet.put(`offset ${(fragment & OFFSET_MASK) * 8}, flags [${bits(FLAG_NAMES, fragment & 0xe000, ', ', 'none')}], `)
  sheet.put(`proto ${IP_PROTOCOL_NAMES.get(protocol) ?? 'unknown'} (${protocol}), length ${sheet.u16(at + 2)}`)
  let whole = true
  if (headerLength > HEADER_LEN) {
    sheet.put(', options (')
    whole = printOptions(sheet, at + HEADER_LEN, headerLength - HEADER_LEN)
    if (!whole) sheet.put(' [truncated-option]')
    sheet.put(')')
  }
  if (sheet.options.verifyChecksums && at + headerLength <= sheet.snapEnd) {
    const computed = checksum.checksum(sheet.view, at, at + headerLength)
    const found = sheet.u16(at + 10)
    if (computed !== 0) sheet.put(`, bad cksum ${hex(found)} (->${hex(shouldBe(found, computed))})!`)
  }
  sheet.put(')\n    ')
  if (!whole) {
    printAddresses(sheet, at)
    sheet.truncated()
  }
  return whole
}

function printPayload(sheet: Sheet, at: number, headerLength: number, length: number): void {
  const fragment = sheet.u16(at + 6)
  const protocol = sheet.u8(at + 9)
  if ((fragment & OFFSET_MASK) !== 0) {
    if (sheet.options.quiet > 1) return
    sheet.put(`${sheet.ipv4(at + 12)} > ${sheet.ipv4(at + 16)}: ${sheet.names.protocol(protocol)}`)
    return
  }
  // TCP, UDP, SCTP and DCCP print the addresses themselves, with the ports.
  if (protocol !== 6 && protocol !== 17 && protocol !== 132 && protocol !== 33) printAddresses(sheet, at)
  if (!sheet.has(at, headerLength)) {
    sheet.put(` [remaining caplen(${sheet.snapEnd - at}) < header length(${headerLength})]`)
    sheet.need(at, headerLength)
  }
  const payload = at + headerLength
  const fragmented = (fragment & MORE_FRAGMENTS) !== 0
  if (protocol === 1) printIcmp(sheet, payload, length, fragmented, printIp)
  else if (protocol === 6) printTcp(sheet, payload, length, at, fragmented)
  else if (protocol === 17) printUdp(sheet, payload, length, at, fragmented)
  else if (protocol === 4) printIp(sheet, payload, length)
  else if (protocol === 58) sheet.put('[ICMPv6 requires IPv6] (invalid)')
  else if (protocol === 143) sheet.put('[Ethernet requires IPv6] (invalid)')
  else if (protocol === 59) sheet.put('no next header')
  else if (protocol === 77) sheet.put(` nd ${length}`)
  else {
    const name = OTHER_PRINTERS.get(protocol)
    if (name !== undefined) sheet.lack(name)
    if (protocol === 132 || protocol === 33) printAddresses(sheet, at)
    sheet.put(` ${sheet.names.protocol(protocol)} ${length}`)
  }
}

function printAddresses(sheet: Sheet, at: number): void {
  sheet.put(`${sheet.ipv4(at + 12)} > ${sheet.ipv4(at + 16)}: `)
}

/** False when an option lies past what was captured. */
function printOptions(sheet: Sheet, at: number, length: number): boolean {
  let separator = ''
  while (length > 0) {
    sheet.put(separator)
    separator = ','
    const code = sheet.u8(at)
    sheet.put(OPTION_NAMES.get(code) ?? `unknown ${code}`)
    let optionLength = 1
    if (code !== OPTION_NOP && code !== OPTION_EOL) {
      optionLength = sheet.u8(at + 1)
      if (optionLength < 2 || optionLength > length) {
        sheet.put(` [bad length ${optionLength}]`)
        return true
      }
    }
    if (!sheet.has(at, optionLength)) return false
    if (code === OPTION_EOL) return true
    if (code === OPTION_TS && !printTimestamps(sheet, at, optionLength)) return false
    const isRoute = code === OPTION_RR || code === OPTION_LSRR || code === OPTION_SSRR
    if (isRoute && !printRoute(sheet, at, optionLength)) return false
    if (code === OPTION_RA) printRouterAlert(sheet, at, optionLength)
    at += optionLength
    length -= optionLength
  }
  return true
}

/** False when an address lies past what was captured: a length that is no multiple of four reaches over the option. */
function printRoute(sheet: Sheet, at: number, length: number): boolean {
  if (length < 3 || (length + 1 & 3) !== 0) sheet.put(` [bad length ${length}]`)
  if (length < 3) return true
  const used = sheet.u8(at + 2) - 1 >>> 0
  if (used < 3 || (used + 1 & 3) !== 0 || used > length + 1) sheet.put(` [bad ptr ${sheet.u8(at + 2)}]`)
  for (let offset = 3; offset < length; offset += 4) {
    if (!sheet.has(at + offset, 4)) return false
    sheet.put(` ${sheet.ipv4(at + offset)}${used > offset ? ',' : ''}`)
  }
  return true
}

function printRouterAlert(sheet: Sheet, at: number, length: number): void {
  if (length < 4) sheet.put(` [bad length ${length}]`)
  else if (sheet.u16(at + 2) !== 0) sheet.put(` value ${sheet.u16(at + 2)}`)
}

/** False when a stamp lies past what was captured. */
function printTimestamps(sheet: Sheet, at: number, length: number): boolean {
  if (length < 4) {
    sheet.put(`[bad length ${length}]`)
    return true
  }
  sheet.put(' TS{')
  const kind = sheet.u8(at + 3) & 15
  const hopLength = kind !== 0 ? 8 : 4
  if ((length - 4 & hopLength - 1) !== 0) sheet.put(`[bad length ${length}]`)
  const pointer = sheet.u8(at + 2) - 1 >>> 0
  if (pointer < 4 || (pointer - 4 & hopLength - 1) !== 0 || pointer > length + 1) {
    sheet.put(`[bad ptr ${sheet.u8(at + 2)}]`)
  }
  sheet.put(TIMESTAMP_KINDS.get(kind) ?? `[bad ts type ${kind}]`)
  let offset = 0
  if (TIMESTAMP_KINDS.has(kind)) {
    for (offset = 4; offset < length; offset += hopLength) {
      if (!sheet.has(at + offset, hopLength)) return false
      const address = hopLength === 8 ? sheet.ipv4(at + offset) : ''
      sheet.put(`${pointer === offset ? ' ^ ' : ' '}${sheet.u32(at + offset + hopLength - 4)}@${address}`)
    }
  }
  if (pointer === offset) sheet.put(' ^ ')
  const missed = sheet.u8(at + 3) >> 4
  sheet.put(missed > 0 ? ` [${missed} hops not recorded]} ` : '}')
  return true
}
