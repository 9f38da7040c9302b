/** Ethernet II with its VLAN tags, IEEE 802.3, and the choice of the next printer by EtherType. */
import { hexAndAscii } from './dump.ts'
import { printArp } from './print-arp.ts'
import { printIp } from './print-ip.ts'
import { printLlc } from './print-llc.ts'
import { hex, type Sheet } from './sheet.ts'
import { ETHERTYPE_NAMES } from './tables.ts'

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_ARP = 0x0806
const ETHERTYPE_REVERSE_ARP = 0x8035
const ETHERTYPE_MACSEC = 0x88e5
const ETHERTYPE_JUMBO = 0x8870
const ETHERTYPE_ARISTA = 0xd28b
const MAX_LENGTH_VALUE = 1500
const HEADER_LEN = 14

/** EtherTypes that tcpdump decodes and we do not (yet). */
const OTHER_PRINTERS: ReadonlySet<number> = new Set([
  0x86dd, 0x6003, 0x809b, 0x80f3, 0x8137, 0xfefe, 0x8863, 0x8864, 0x3c12, 0x3c13, 0x888e, 0x8899, 0x880b, 0x8808,
  0x8809, 0x8902, 0xabcd, 0x88cc, 0x894f, 0x9000, 0x8847, 0x8848, 0x88ca, 0x886f, 0x0707, 0x8947, 0x1111, 0x88a2,
  0x88f7, ETHERTYPE_MACSEC, ETHERTYPE_ARISTA,
])

/**
 * Prints the frame at `at`, `length` bytes on the wire, `captured` of them there. Returns the length of the link
 * layer header, which -x and -X leave out.
 */
export function printEthernet(sheet: Sheet, at: number, length: number, captured: number): number {
  sheet.protocol = 'ether'
  if (captured < HEADER_LEN) {
    sheet.truncated()
    return captured
  }
  const { options } = sheet
  const frameLength = length
  const destination = at
  const source = at + 6
  if (options.ethernet) sheet.put(`${sheet.mac(source)} > ${sheet.mac(destination)}, `)
  let type = sheet.u16(at + 12)
  let header = HEADER_LEN
  let tagged = false
  while (type === 0x8100 || type === 0x9100 || type === 0x9200 || type === 0x88a8) {
    if (captured - header < 4 || length - header < 4) {
      sheet.protocol = 'vlan'
      sheet.truncated()
      return Math.min(captured, length)
    }
    if (options.ethernet) {
      const tag = sheet.u16(at + header)
      printType(sheet, type)
      sheet.put(tagged ? ', ' : `, length ${frameLength}: `)
      tagged = true
      sheet.put(`vlan ${tag & 0xfff}, p ${tag >> 13}${(tag & 0x1000) !== 0 ? ', DEI' : ''}, `)
    }
    type = sheet.u16(at + header + 2)
    header += 4
  }
  const payload = at + header
  let rest = length - header
  let restCaptured = captured - header
  if (type <= MAX_LENGTH_VALUE) {
    const outerEnd = sheet.snapEnd
    rest = Math.min(rest, type)
    restCaptured = Math.min(restCaptured, rest)
    if (rest <= sheet.snapEnd - payload) sheet.snapEnd = payload + rest
    if (options.ethernet) sheet.put(`802.3${tagged ? '' : `, length ${rest}: `}`)
    header += printLlcOrDump(sheet, payload, rest, restCaptured, source, destination)
    sheet.snapEnd = outerEnd
    return header
  }
  if (type === ETHERTYPE_JUMBO) {
    return header + printLlcOrDump(sheet, payload, rest, restCaptured, source, destination)
  }
  if (options.ethernet) {
    printType(sheet, type)
    sheet.put(tagged ? ', ' : `, length ${frameLength}: `)
  }
  if (!printEthertype(sheet, type, payload, rest, restCaptured)) {
    if (!options.ethernet) {
      sheet.put(`${sheet.mac(source)} > ${sheet.mac(destination)}, `)
      printType(sheet, type)
      sheet.put(`, length ${frameLength}: `)
    }
    if (!options.dumpsPayload) hexAndAscii(sheet, payload, restCaptured)
  }
  return header
}

/** Prints the payload of this EtherType; false when there is no printer for it. */
export function printEthertype(sheet: Sheet, type: number, at: number, length: number, captured: number): boolean {
  if (type === ETHERTYPE_IPV4) printIp(sheet, at, length)
  else if (type === ETHERTYPE_ARP || type === ETHERTYPE_REVERSE_ARP) printArp(sheet, at, length, captured)
  else {
    if (OTHER_PRINTERS.has(type)) sheet.lack(ETHERTYPE_NAMES.get(type) ?? `EtherType 0x${hex(type, 4)}`)
    return false
  }
  return true
}

function printLlcOrDump(
  sheet: Sheet, at: number, length: number, captured: number, source: number, destination: number,
): number {
  const header = printLlc(sheet, at, length, captured, source, destination, printEthertype)
  if (header < 0 && !sheet.options.dumpsPayload) hexAndAscii(sheet, at, captured)
  return header < 0 ? -header : header
}

function printType(sheet: Sheet, type: number): void {
  const name = ETHERTYPE_NAMES.get(type)
  if (sheet.options.quiet > 0) sheet.put(name ?? `Unknown Ethertype (0x${hex(type, 4)})`)
  else sheet.put(`ethertype ${name ?? 'Unknown'} (0x${hex(type, 4)})`)
}
