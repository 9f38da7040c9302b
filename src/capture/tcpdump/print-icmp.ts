/** ICMP; with -v the packet that an error quotes, and multi-part extensions (RFC 4884, 4950). */
import * as checksum from '../../wire/checksum.ts'
import { shouldBe } from './checksums.ts'
import { hexOnly } from './dump.ts'
import { TRUNCATED, hex, type Sheet } from './sheet.ts'

const ECHO_REPLY = 0
const UNREACHABLE = 3
const SOURCE_QUENCH = 4
const REDIRECT = 5
const ECHO = 8
const ROUTER_ADVERTISEMENT = 9
const TIME_EXCEEDED = 11
const PARAMETER_PROBLEM = 12
const TIMESTAMP = 13
const TIMESTAMP_REPLY = 14
const MASK_REPLY = 18

const CODE_PROTOCOL = 2
const CODE_PORT = 3
const CODE_FRAGMENTATION_NEEDED = 4

const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [SOURCE_QUENCH, 'source quench'], [10, 'router solicitation'], [15, 'information request'],
  [16, 'information reply'], [17, 'address mask request'],
])

/** What comes before and after the unreachable address, by code. */
const UNREACHABLE_TEXTS: ReadonlyMap<number, readonly [string, string]> = new Map([
  [0, ['net ', ' unreachable']],
  [1, ['host ', ' unreachable']],
  [5, ['', ' unreachable - source route failed']],
  [6, ['net ', ' unreachable - unknown']],
  [7, ['host ', ' unreachable - unknown']],
  [8, ['', ' unreachable - source host isolated']],
  [9, ['net ', ' unreachable - admin prohibited']],
  [10, ['host ', ' unreachable - admin prohibited']],
  [11, ['net ', ' unreachable - tos prohibited']],
  [12, ['host ', ' unreachable - tos prohibited']],
  [13, ['host ', ' unreachable - admin prohibited filter']],
  [14, ['host ', ' unreachable - host precedence violation']],
  [15, ['host ', ' unreachable - precedence cutoff']],
])

const REDIRECT_TEXTS: ReadonlyMap<number, readonly [string, string]> = new Map([
  [0, ['redirect', 'to net']], [1, ['redirect', 'to host']], [2, ['redirect-tos', 'to net']],
  [3, ['redirect-tos', 'to host']],
])

/** Extensions start here when the length field does not tell otherwise. */
const EXTENSION_OFFSET = 136
const EXTENSION_HEADER_LEN = 4
const OBJECT_HEADER_LEN = 4
const OBJECT_NAMES: ReadonlyMap<number, string> = new Map([[1, 'MPLS Stack Entry'], [2, 'Interface Identification']])

/** print-ip.ts's printer, which an error needs for the packet that it quotes. */
export type PacketPrinter = (sheet: Sheet, at: number, length: number) => void

/** Prints `length` bytes of ICMP at `at`. */
export function printIcmp(
  sheet: Sheet, at: number, length: number, fragmented: boolean, printIp: PacketPrinter,
): void {
  sheet.protocol = 'icmp'
  const type = sheet.u8(at)
  const code = sheet.u8(at + 1)
  const text = message(sheet, at, type, code)
  if (text === null) return sheet.truncated()
  sheet.put(`ICMP ${text}, length ${length}`)
  const { verbose } = sheet.options
  if (verbose === 0) return
  if (!fragmented && sheet.has(at, length)) {
    const computed = checksum.checksum(sheet.view, at, at + length)
    const found = computed === 0 ? 0 : sheet.u16(at + 2)
    if (computed !== 0) sheet.put(` (wrong icmp cksum ${hex(found)} (->${hex(shouldBe(found, computed))})!)`)
  }
  const isError = type === UNREACHABLE || type === SOURCE_QUENCH || type === REDIRECT || type === TIME_EXCEEDED
    || type === PARAMETER_PROBLEM
  if (isError) printQuoted(sheet, at + 8, printIp)
  sheet.protocol = 'icmp'
  const mayExtend = type === UNREACHABLE || type === TIME_EXCEEDED || type === PARAMETER_PROBLEM
  if (mayExtend && length > EXTENSION_OFFSET) printExtensions(sheet, at, length)
}

/** The message in words; null when it is cut off where tcpdump does not say so by itself. */
function message(sheet: Sheet, at: number, type: number, code: number): string | null {
  switch (type) {
    case ECHO: case ECHO_REPLY:
      return `echo ${type === ECHO ? 'request' : 'reply'}, id ${sheet.u16(at + 4)}, seq ${sheet.u16(at + 6)}`
    case UNREACHABLE:
      return unreachable(sheet, at, code)
    case REDIRECT: {
      const [before, between] = REDIRECT_TEXTS.get(code) ?? [`redirect-#${code}`, 'to']
      return `${before} ${sheet.ipv4(at + 24)} ${between} ${sheet.ipv4(at + 4)}`
    }
    case ROUTER_ADVERTISEMENT:
      return routerAdvertisement(sheet, at)
    case TIME_EXCEEDED:
      if (!sheet.has(at + 24, 4)) return null
      return code === 0 ? 'time exceeded in-transit' : code === 1 ? 'ip reassembly time exceeded'
        : `time exceeded-#${code}`
    case PARAMETER_PROBLEM:
      return code !== 0 ? `parameter problem - code ${code}` : `parameter problem - octet ${sheet.u8(at + 4)}`
    case MASK_REPLY:
      return `address mask is 0x${hex(sheet.u32(at + 8), 8)}`
    case TIMESTAMP:
      return `time stamp query id ${sheet.u16(at + 4)} seq ${sheet.u16(at + 6)}`
    case TIMESTAMP_REPLY:
      if (!sheet.has(at + 16, 4)) return null
      return `time stamp reply id ${sheet.u16(at + 4)} seq ${sheet.u16(at + 6)}: org ${clock(sheet.u32(at + 8))}, `
        + `recv ${clock(sheet.u32(at + 12))}, xmit ${clock(sheet.u32(at + 16))}`
    default:
      return OTHER_TYPES.get(type) ?? `type-#${type}`
  }
}

function unreachable(sheet: Sheet, at: number, code: number): string | null {
  const quoted = at + 8
  if (code === CODE_PROTOCOL) {
    return `${sheet.ipv4(quoted + 16)} protocol ${sheet.u8(quoted + 9)} unreachable`
  }
  if (code === CODE_PORT) {
    if (!sheet.has(quoted + 9, 1)) return null
    const port = sheet.u16(quoted + (sheet.u8(quoted) & 15) * 4 + 2)
    const protocol = sheet.u8(quoted + 9)
    const address = sheet.ipv4(quoted + 16)
    if (protocol === 6) return `${address} tcp port ${sheet.names.tcpPort(port)} unreachable`
    if (protocol === 17) return `${address} udp port ${sheet.names.udpPort(port)} unreachable`
    return `${address} protocol ${protocol} port ${port} unreachable`
  }
  if (code === CODE_FRAGMENTATION_NEEDED) {
    const mtu = sheet.u16(at + 6)
    return `${sheet.ipv4(quoted + 16)} unreachable - need to frag${mtu > 0 ? ` (mtu ${mtu})` : ''}`
  }
  const [before, after] = UNREACHABLE_TEXTS.get(code) ?? ['', ` unreachable - #${code}`]
  return before + sheet.ipv4(quoted + 16) + after
}

/** RFC 1256. */
function routerAdvertisement(sheet: Sheet, at: number): string | null {
  if (!sheet.has(at + 4, 4)) return null
  const count = sheet.u8(at + 4)
  const size = sheet.u8(at + 5)
  const text = `router advertisement lifetime ${lifetime(sheet.u16(at + 6))} ${count}:`
  if (size !== 2) return `${text} [size ${size}]`
  let entries = ''
  for (let i = 0; i < count; i++) {
    if (!sheet.has(at + 8 + 8 * i, 8)) return null
    entries += ` {${sheet.ipv4(at + 8 + 8 * i)} ${sheet.u32(at + 12 + 8 * i)}}`
  }
  return text + entries
}

function lifetime(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  if (seconds < 60) return String(seconds)
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds % 3600 / 60))}:${two(seconds % 60)}`
}

/** Milliseconds since midnight as hh:mm:ss.mmm. */
function clock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  const fraction = String(milliseconds % 1000).padStart(3, '0')
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`
}

/** The packet that an error is about, on a line of its own. Its total length, if sane, ends what may be read. */
function printQuoted(sheet: Sheet, at: number, printIp: PacketPrinter): void {
  sheet.put('\n\t')
  const outerEnd = sheet.snapEnd
  sheet.snapEnd = Math.min(at + sheet.u16(at + 2), outerEnd)
  // Read again: a total length below 4 cuts itself off.
  printIp(sheet, at, sheet.u16(at + 2))
  sheet.snapEnd = outerEnd
}

function printExtensions(sheet: Sheet, at: number, length: number): void {
  const start = at + EXTENSION_OFFSET
  if (!sheet.has(at, EXTENSION_OFFSET + 5)) return sheet.truncated()
  let left = length - EXTENSION_OFFSET
  const captured = sheet.has(start, left)
  const valid = captured && checksum.checksum(sheet.view, start, start + left) === 0
  // Without a length field only a good checksum tells an extension from quoted data.
  if (sheet.u8(at + 5) === 0 && captured && !valid) return
  const version = sheet.u8(start) >> 4
  sheet.put(`\n\tICMP Multi-Part extension v${version}`)
  if (version !== 2) return sheet.put(' packet not supported')
  if (captured) {
    sheet.put(`, checksum 0x${hex(sheet.u16(start + 2), 4)} (${valid ? '' : 'in'}correct), length ${left}`)
  }
  left = left - EXTENSION_HEADER_LEN >>> 0
  let cursor = start + EXTENSION_HEADER_LEN
  while (left > OBJECT_HEADER_LEN) {
    if (!sheet.has(cursor, OBJECT_HEADER_LEN)) return sheet.truncated()
    const objectLength = sheet.u16(cursor)
    const objectClass = sheet.u8(cursor + 2)
    const kind = sheet.u8(cursor + 3)
    cursor += OBJECT_HEADER_LEN
    sheet.put(`\n\t  ${OBJECT_NAMES.get(objectClass) ?? 'unknown'} Object (${objectClass}), `)
    sheet.put(`Class-Type: ${kind}, length ${objectLength}`)
    left -= OBJECT_HEADER_LEN
    if (objectClass === 0 || objectLength < OBJECT_HEADER_LEN) return
    const body = objectLength - OBJECT_HEADER_LEN
    if (objectClass === 1 && kind === 1) printLabel(sheet, cursor)
    else printUnknown(sheet, cursor, body)
    if (left < body) return
    left -= body
    cursor += body
  }
}

function printLabel(sheet: Sheet, at: number): void {
  const entry = sheet.u32(at)
  const bottom = (entry & 0x100) !== 0 ? ', [S]' : ''
  sheet.put(`\n\t    label ${entry >>> 12}, tc ${entry >>> 9 & 7}${bottom}, ttl ${entry & 255}`)
}

function printUnknown(sheet: Sheet, at: number, length: number): void {
  if (at > sheet.snapEnd) throw TRUNCATED
  hexOnly(sheet, '\n\t    ', at, Math.min(length, sheet.snapEnd - at))
}
