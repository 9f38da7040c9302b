/** ARP and RARP (RFC 826, 903, 2390) as tcpdump says it. */
import { ETHERTYPE_NAMES } from './tables.ts'
import { hexAndAscii } from './dump.ts'
import { hex, type Sheet } from './sheet.ts'

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_TRAIL = 0x1000
const HARDWARE_FRAME_RELAY = 15
const HARDWARE_ATM = 19

const HARDWARE_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'Ethernet'], [6, 'TokenRing'], [7, 'ArcNet'], [15, 'FrameRelay'], [23, 'Strip'], [24, 'IEEE 1394'],
  [19, 'ATM'], [32, 'InfiniBand'],
])

const OPERATION_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'Request'], [2, 'Reply'], [3, 'Reverse Request'], [4, 'Reverse Reply'], [8, 'Inverse Request'],
  [9, 'Inverse Reply'], [10, 'NACK Reply'],
])

/** Prints `[at, at + length)`, of which `captured` bytes may be there. */
export function printArp(sheet: Sheet, at: number, length: number, captured: number): void {
  sheet.protocol = 'arp'
  sheet.need(at, 8)
  const { options } = sheet
  const hardware = sheet.u16(at)
  const protocol = sheet.u16(at + 2)
  const macLength = sheet.u8(at + 4)
  const addressLength = sheet.u8(at + 5)
  const operation = sheet.u16(at + 6)
  if (hardware === HARDWARE_ATM || hardware === HARDWARE_FRAME_RELAY) sheet.lack('ARP over ATM or Frame Relay')
  const senderMac = at + 8
  const senderAddress = senderMac + macLength
  const targetMac = senderAddress + addressLength
  const targetAddress = targetMac + macLength
  sheet.need(targetAddress, addressLength)
  if (!options.ethernet) sheet.put('ARP, ')
  const isIpv4 = protocol === ETHERTYPE_IPV4 || protocol === ETHERTYPE_TRAIL
  if (!isIpv4 || addressLength !== 4 || macLength === 0 || options.verbose > 0) {
    const hardwareName = HARDWARE_NAMES.get(hardware) ?? `Unknown Hardware (${hardware})`
    const protocolName = ETHERTYPE_NAMES.get(protocol) ?? `Unknown Protocol (0x${hex(protocol, 4)})`
    sheet.put(`${hardwareName} (len ${macLength}), ${protocolName} (len ${addressLength})`)
    if (options.verbose === 0) {
      sheet.put(`, length ${length}`)
      return
    }
  }
  sheet.put(`${options.verbose > 0 ? ', ' : ''}${OPERATION_NAMES.get(operation) ?? `Unknown (${operation})`} `)
  const address = (where: number): string =>
    !isIpv4 ? '<wrong proto type>' : addressLength !== 4 ? '<wrong len>' : sheet.ipv4(where)
  const mac = (where: number): string => linkAddress(sheet, where, macLength)
  if (operation === 1) {
    sheet.put('who-has ')
    sheet.put(address(targetAddress))
    if (isNonzero(sheet, targetMac, macLength)) sheet.put(` (${mac(targetMac)})`)
    sheet.put(' tell ')
    sheet.put(address(senderAddress))
  } else if (operation === 2) {
    sheet.put(address(senderAddress))
    sheet.put(` is-at ${mac(senderMac)}`)
  } else if (operation === 3 || operation === 8) {
    sheet.put(`who-is ${mac(targetMac)}`)
    sheet.put(` tell ${mac(senderMac)}`)
  } else if (operation === 4) {
    sheet.put(`${mac(targetMac)} at `)
    sheet.put(address(targetAddress))
  } else if (operation === 9) {
    sheet.put(`${mac(senderMac)} at `)
    sheet.put(address(senderAddress))
  } else {
    hexAndAscii(sheet, at, captured)
    return
  }
  sheet.put(`, length ${length}`)
}

function linkAddress(sheet: Sheet, at: number, length: number): string {
  if (length === 0) return '<empty>'
  if (length === 6) return sheet.mac(at)
  const parts: string[] = []
  for (let i = 0; i < length; i++) parts.push(hex(sheet.u8(at + i), 2))
  return parts.join(':')
}

function isNonzero(sheet: Sheet, at: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (sheet.u8(at + i) !== 0) return true
  return false
}
