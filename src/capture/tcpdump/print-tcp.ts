/** TCP: flags, sequence numbers relative to the conversation's first, options, and text protocols. */
import { segmentChecksum, shouldBe } from './checksums.ts'
import { HTTP_METHODS, RTSP_METHODS, printSsh, printTextProtocol } from './print-text.ts'
import { visible } from './dump.ts'
import { TRUNCATED, bits, hex, type Sheet } from './sheet.ts'

const HEADER_LEN = 20
const PROTOCOL_TCP = 6
const MAX_RESET_TEXT = 30

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const ACK = 0x10
const URG = 0x20

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [FIN, 'F'], [SYN, 'S'], [RST, 'R'], [0x08, 'P'], [ACK, '.'], [URG, 'U'], [0x40, 'E'], [0x80, 'W'],
]

const OPT_EOL = 0
const OPT_NOP = 1
const OPT_MSS = 2
const OPT_WSCALE = 3
const OPT_SACK_PERMITTED = 4
const OPT_SACK = 5
const OPT_TIMESTAMP = 8
const OPT_SIGNATURE = 19
const OPT_SCPS = 20
const OPT_USER_TIMEOUT = 28
const OPT_AUTHENTICATION = 29
const OPT_MPTCP = 30
const OPT_FAST_OPEN = 34
const OPT_EXPERIMENT2 = 254

const OPTION_NAMES: ReadonlyMap<number, string> = new Map([
  [OPT_EOL, 'eol'], [OPT_NOP, 'nop'], [OPT_MSS, 'mss'], [OPT_WSCALE, 'wscale'], [OPT_SACK_PERMITTED, 'sackOK'],
  [OPT_SACK, 'sack'], [6, 'echo'], [7, 'echoreply'], [OPT_TIMESTAMP, 'TS'], [11, 'cc'], [12, 'ccnew'], [13, ''],
  [OPT_SIGNATURE, 'md5'], [OPT_SCPS, 'scps'], [OPT_USER_TIMEOUT, 'uto'], [OPT_AUTHENTICATION, 'tcp-ao'],
  [OPT_MPTCP, 'mptcp'], [OPT_FAST_OPEN, 'tfo'], [OPT_EXPERIMENT2, 'exp'],
])

/** Ports whose payload tcpdump decodes and we do not (yet). */
const PAYLOAD_PRINTERS: ReadonlyMap<number, string> = new Map([
  [23, 'telnet'], [179, 'BGP'], [1723, 'PPTP'], [6379, 'RESP'], [10288, 'BEEP'], [6633, 'OpenFlow'],
  [6653, 'OpenFlow'], [53, 'DNS'], [639, 'MSDP'], [323, 'RPKI-Router'], [646, 'LDP'], [2049, 'NFS'],
])

/** What options and text need: the base of the numbers that the other side sends. */
interface Relative {
  seq: number
  ack: number
  /** Subtracted from SACK edges. */
  sackBase: number
}

/** Prints `length` bytes of TCP at `at`, inside the IPv4 header at `ipAt`. */
export function printTcp(sheet: Sheet, at: number, length: number, ipAt: number, fragmented: boolean): void {
  sheet.protocol = 'tcp'
  const { options, names } = sheet
  if (!sheet.has(at + 2, 2)) {
    sheet.put(`${sheet.ipv4(ipAt + 12)} > ${sheet.ipv4(ipAt + 16)}:`)
    return sheet.truncated()
  }
  const source = sheet.u16(at)
  const destination = sheet.u16(at + 2)
  sheet.put(`${sheet.ipv4(ipAt + 12)}.${names.tcpPort(source)} > `)
  sheet.put(`${sheet.ipv4(ipAt + 16)}.${names.tcpPort(destination)}: `)
  if (!sheet.has(at, HEADER_LEN)) return sheet.truncated()
  const headerLength = (sheet.u8(at + 12) >> 4) * 4
  if (headerLength < HEADER_LEN) {
    const rest = length - headerLength >>> 0
    return sheet.put(` tcp ${rest} [bad hdr length ${headerLength} - too short, < ${HEADER_LEN}]`)
  }
  const tooLong = headerLength > length ? ` [bad hdr length ${headerLength} - too long, > ${length}]` : ''
  if (options.quiet > 0) return sheet.put(`tcp ${length - headerLength >>> 0}${tooLong}`)
  const flags = sheet.u8(at + 13)
  sheet.put(`Flags [${bits(FLAG_NAMES, flags, '', 'none')}]`)
  const relative = relate(sheet, at, ipAt, flags)
  if (tooLong !== '') return sheet.put(tooLong)
  if (options.verbose > 0 && options.verifyChecksums && !fragmented && sheet.has(at, length)) {
    printChecksum(sheet, at, length, ipAt)
  }
  const data = length - headerLength
  if (options.verbose > 1 || data > 0 || (flags & (SYN | FIN | RST)) !== 0) {
    sheet.put(`, seq ${relative.seq}${data > 0 ? `:${relative.seq + data >>> 0}` : ''}`)
  }
  if ((flags & ACK) !== 0) sheet.put(`, ack ${relative.ack}`)
  sheet.put(`, win ${sheet.u16(at + 14)}`)
  if ((flags & URG) !== 0) sheet.put(`, urg ${sheet.u16(at + 18)}`)
  if (headerLength > HEADER_LEN && !printOptions(sheet, at, headerLength, data, relative.sackBase)) return
  sheet.put(`, length ${data}`)
  if (data > 0) printData(sheet, at, headerLength, data, flags)
}

function printChecksum(sheet: Sheet, at: number, length: number, ipAt: number): void {
  const computed = segmentChecksum(sheet, ipAt, at, length, PROTOCOL_TCP)
  const found = sheet.u16(at + 16)
  sheet.put(`, cksum 0x${hex(found, 4)}`)
  sheet.put(computed === 0 ? ' (correct)' : ` (incorrect -> 0x${hex(shouldBe(found, computed), 4)})`)
}

/** Sequence and acknowledgement numbers as they are to be shown. */
function relate(sheet: Sheet, at: number, ipAt: number, flags: number): Relative {
  const seq = sheet.u32(at + 4)
  const ack = sheet.u32(at + 8)
  if (sheet.options.absoluteSequence || (flags & ACK) === 0) return { seq, ack, sackBase: 0 }
  const source = sheet.u16(at)
  const destination = sheet.u16(at + 2)
  const from = sheet.u32(ipAt + 12)
  const to = sheet.u32(ipAt + 16)
  const reversed = source > destination || source === destination && from > to
  const key = reversed ? `${to} ${from} ${destination} ${source}` : `${from} ${to} ${source} ${destination}`
  const { entry, known } = sheet.sequences.find(key)
  let shown = { seq, ack }
  if (!known || (flags & SYN) !== 0) {
    entry.seq = reversed ? ack - 1 >>> 0 : seq
    entry.ack = reversed ? seq : ack - 1 >>> 0
  } else {
    shown = reversed
      ? { seq: seq - entry.ack >>> 0, ack: ack - entry.seq >>> 0 }
      : { seq: seq - entry.seq >>> 0, ack: ack - entry.ack >>> 0 }
  }
  return { ...shown, sackBase: reversed ? entry.seq : entry.ack }
}

/** A malformed option ends the segment's text, with what tcpdump says of it. */
const BAD_OPTION: unique symbol = Symbol('bad option')

function printOptions(sheet: Sheet, at: number, headerLength: number, data: number, sackBase: number): boolean {
  const end = at + headerLength
  sheet.put(', options [')
  let first = true
  for (let cursor = at + HEADER_LEN; cursor < end;) {
    if (!first) sheet.put(',')
    const kind = sheet.u8(cursor)
    const single = kind === OPT_EOL || kind === OPT_NOP
    const length = single ? 1 : sheet.u8(cursor + 1)
    const result = !single && (length < 2 || length > end - cursor) ? BAD_OPTION
      : printOption(sheet, kind, cursor + (single ? 1 : 2), length, end, data, sackBase)
    if (typeof result === 'symbol') {
      if (result === BAD_OPTION) sheet.put(`[bad opt]${first ? '' : ']'}`)
      else sheet.put(` [|${sheet.protocol}]${first ? '' : '>'}`)
      return false
    }
    const printed = result + (single ? 1 : 2)
    if (printed !== length) sheet.put(`[len ${length}]`)
    cursor += printed
    first = false
    if (kind === OPT_EOL) break
  }
  sheet.put(']')
  return true
}

/**
 * Prints one option, whose data begin at `at`, and returns the bytes of data that it took; or why it can not be
 * printed. `end` is the end of the header, `data` the length of the payload behind it.
 */
function printOption(
  sheet: Sheet, kind: number, at: number, length: number, end: number, data: number, sackBase: number,
): number | typeof BAD_OPTION | typeof TRUNCATED {
  sheet.put(OPTION_NAMES.get(kind) ?? `unknown-${kind}`)
  const rest = length - 2
  const lacks = (count: number): typeof BAD_OPTION | typeof TRUNCATED | null =>
    at + count > end ? BAD_OPTION : sheet.has(at, count) ? null : TRUNCATED
  const fixed = FIXED_LENGTHS.get(kind)
  if (fixed !== undefined) {
    const fault = lacks(fixed)
    if (fault !== null) return fault
  }
  switch (kind) {
    case OPT_EOL: case OPT_NOP: case OPT_SACK_PERMITTED:
      return 0
    case OPT_MSS:
      sheet.put(` ${sheet.u16(at)}`)
      return 2
    case OPT_WSCALE:
      sheet.put(` ${sheet.u8(at)}`)
      return 1
    case 6: case 7: case 11: case 12: case 13:
      sheet.put(` ${sheet.u32(at)}`)
      return 4
    case OPT_TIMESTAMP:
      sheet.put(` val ${sheet.u32(at)} ecr ${sheet.u32(at + 4)}`)
      return 8
    case OPT_SCPS:
      sheet.put(` cap ${hex(sheet.u8(at), 2)} id ${sheet.u8(at + 1)}`)
      return 2
    case OPT_USER_TIMEOUT: {
      const value = sheet.u16(at)
      sheet.put(` 0x${hex(value)} ${(value & 1) !== 0 ? (value >> 1) * 60 : value >> 1}`)
      return 2
    }
    case OPT_SIGNATURE: {
      const reason = sheet.has(end, data) ? 'shared secret not supplied with -M' : 'snaplen too short'
      sheet.put(` ${reason}, can't check - ${hexBytes(sheet, at, 16)}`)
      return 16
    }
    case OPT_SACK: {
      if (rest % 8 !== 0) {
        sheet.put(' invalid sack')
        return rest
      }
      sheet.put(` ${rest / 8} `)
      for (let i = 0; i < rest; i += 8) {
        const fault = lacks(i + 8)
        if (fault !== null) return fault
        sheet.put(`{${sheet.u32(at + i) - sackBase >>> 0}:${sheet.u32(at + i + 4) - sackBase >>> 0}}`)
      }
      return rest
    }
    case OPT_AUTHENTICATION: {
      if (rest < 2) {
        sheet.put(' (invalid)')
        return rest
      }
      for (let i = 0; i < rest; i++) {
        const fault = lacks(i + 1)
        if (fault !== null) return fault
        const before = i === 0 ? ' keyid ' : i === 1 ? ' rnextkeyid ' : i === 2 ? ' mac 0x' : ''
        sheet.put(before + (i < 2 ? String(sheet.u8(at + i)) : hex(sheet.u8(at + i), 2)))
        // The words before the code come as soon as there is to be one.
        if (i === 1 && rest > 2 && lacks(3) !== null) sheet.put(' mac 0x')
      }
      return rest
    }
    case OPT_FAST_OPEN: case OPT_EXPERIMENT2: case OPT_MPTCP: {
      const fault = lacks(rest)
      if (fault !== null) return fault
      if (kind === OPT_FAST_OPEN) {
        sheet.put(' ')
        printFastOpen(sheet, at, rest)
      } else if (kind === OPT_MPTCP) {
        sheet.lack('MPTCP')
      } else {
        if (rest < 2) return BAD_OPTION
        const magic = sheet.u16(at)
        sheet.put(magic === 0xf989 ? '-tfo' : `-${hex(magic, 4)}`)
        if (magic === 0xf989) printFastOpen(sheet, at + 2, rest - 2)
      }
      return rest
    }
    default: {
      const fault = lacks(rest)
      if (rest > 0) sheet.put(' 0x')
      if (fault === TRUNCATED) sheet.put(hexBytes(sheet, at, Math.max(0, sheet.snapEnd - at)))
      if (fault !== null) return fault
      sheet.put(hexBytes(sheet, at, rest))
      return rest
    }
  }
}

/** Data bytes of options whose length does not vary, whatever their length byte says. */
const FIXED_LENGTHS: ReadonlyMap<number, number> = new Map([
  [OPT_MSS, 2], [OPT_WSCALE, 1], [6, 4], [7, 4], [11, 4], [12, 4], [13, 4], [OPT_TIMESTAMP, 8],
  [OPT_SIGNATURE, 16], [OPT_SCPS, 2], [OPT_USER_TIMEOUT, 2],
])

function printFastOpen(sheet: Sheet, at: number, length: number): void {
  if (length === 0) sheet.put(' cookiereq')
  else if (length % 2 !== 0 || length < 4 || length > 16) sheet.put(' (invalid)')
  else sheet.put(` cookie ${hexBytes(sheet, at, length)}`)
}

function hexBytes(sheet: Sheet, at: number, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += hex(sheet.u8(at + i), 2)
  return text
}

function printData(sheet: Sheet, at: number, headerLength: number, length: number, flags: number): void {
  if (!sheet.has(at, headerLength)) {
    sheet.put(` [remaining caplen(${sheet.snapEnd - at}) < header length(${headerLength})]`)
    sheet.need(at, headerLength)
  }
  const data = at + headerLength
  if ((flags & RST) !== 0 && sheet.options.verbose > 0) return printResetText(sheet, data, length)
  const source = sheet.u16(at)
  const destination = sheet.u16(at + 2)
  const either = (port: number): boolean => source === port || destination === port
  if (either(25)) printAfterColon(sheet, 'smtp', data, length, null)
  else if (either(43)) printAfterColon(sheet, 'whois', data, length, null)
  else if (either(22)) printSsh(sheet, data, length)
  else if (either(21)) printAfterColon(sheet, 'ftp', data, length, null)
  else if (either(80) || either(8080)) printAfterColon(sheet, 'http', data, length, HTTP_METHODS)
  else if (either(554) || either(8554)) printAfterColon(sheet, 'rtsp', data, length, RTSP_METHODS)
  else {
    const name = PAYLOAD_PRINTERS.get(destination) ?? PAYLOAD_PRINTERS.get(source)
    if (name !== undefined) sheet.lack(name)
  }
}

function printAfterColon(
  sheet: Sheet, protocol: string, at: number, length: number, methods: readonly string[] | null,
): void {
  sheet.put(': ')
  printTextProtocol(sheet, protocol, at, length, methods)
}

/** Some stacks send text with a reset (RFC 1122 §4.2.2.12). */
function printResetText(sheet: Sheet, at: number, length: number): void {
  sheet.put(sheet.has(at, length) ? ' [RST' : ' [!RST')
  if (length > MAX_RESET_TEXT) sheet.put('+')
  sheet.put(' ')
  const count = Math.min(length, MAX_RESET_TEXT, sheet.snapEnd - at)
  for (let i = 0; i < count; i++) sheet.put(visible(sheet.u8(at + i)))
  sheet.put(']')
}
