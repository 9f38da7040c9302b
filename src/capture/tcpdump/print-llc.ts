/** IEEE 802.3 frames: LLC, SNAP, and spanning tree. */
import { hexAndAscii } from './dump.ts'
import { printIp } from './print-ip.ts'
import { bits, hex, type Sheet } from './sheet.ts'
import { ETHERTYPE_NAMES, OUI_NAMES } from './tables.ts'

const SAP_IP = 0x06
const SAP_STP = 0x42
const SAP_SNAP = 0xaa
const CONTROL_UI = 0x03
const CONTROL_XID = 0xaf

const SAP_NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, 'Null'], [0xff, 'Global'], [0x02, '802.1B I'], [0x03, '802.1B G'], [SAP_IP, 'IP'], [0x04, 'SNA'],
  [0x0e, 'ProWay NM'], [SAP_STP, 'STP'], [0x4e, 'RS511'], [0x7e, 'ISO8208'], [0x8e, 'ProWay'], [SAP_SNAP, 'SNAP'],
  [0xe0, 'IPX'], [0xf0, 'NetBeui'], [0xfe, 'OSI'],
])

const COMMAND_NAMES: ReadonlyMap<number, string> = new Map([
  [CONTROL_UI, 'ui'], [0xe3, 'test'], [CONTROL_XID, 'xid'], [0x63, 'ua'], [0x43, 'disc'], [0x0f, 'dm'],
  [0x6f, 'sabme'], [0x87, 'frmr'],
])

const SUPERVISORY_NAMES = ['Receiver Ready', 'Receiver not Ready', 'Reject', '?']

/** Other protocols on top of LLC that tcpdump decodes and we do not. */
const OTHER_PRINTERS: ReadonlyMap<number, string> = new Map([[0xe0, 'IPX'], [0xfe, 'OSI'], [0xf0, 'NetBEUI']])

const CISCO_NAMES: ReadonlyMap<number, string> = new Map([
  [0x2000, 'CDP'], [0x2003, 'VTP'], [0x2004, 'DTP'], [0x0111, 'UDLD'], [0x010b, 'PVST'], [0x010c, 'VLAN Bridge'],
])

const BRIDGED_NAMES: ReadonlyMap<number, string> = new Map([
  [0x0001, 'Ethernet + FCS'], [0x0007, 'Ethernet w/o FCS'], [0x0002, '802.4 + FCS'], [0x0008, '802.4 w/o FCS'],
  [0x0003, 'Token Ring + FCS'], [0x0009, 'Token Ring w/o FCS'], [0x0004, 'FDDI + FCS'], [0x000a, 'FDDI w/o FCS'],
  [0x0005, '802.6 + FCS'], [0x000b, '802.6 w/o FCS'], [0x000e, 'BPDU'],
])

const OUI_ETHERNET = 0x000000
const OUI_CISCO = 0x00000c
const OUI_CISCO_BRIDGED = 0x0000f8
const OUI_BRIDGED = 0x0080c2
const OUI_APPLETALK = 0x080007

/** print-ethernet.ts's choice by EtherType, for SNAP; false when there is no printer. */
export type EthertypePrinter = (sheet: Sheet, type: number, at: number, length: number, captured: number) => boolean

/**
 * Prints the LLC frame at `at`; `source` and `destination` are the places of the MAC addresses. Returns the length of
 * the headers, negative when the rest is to be dumped.
 */
export function printLlc(
  sheet: Sheet, at: number, length: number, captured: number, source: number, destination: number,
  printEthertype: EthertypePrinter,
): number {
  sheet.protocol = 'llc'
  const short = captured < 3 || length < 3
  const numbered = !short && (sheet.u8(at + 2) & 3) !== 3
  if (short || numbered && (captured < 4 || length < 4)) {
    sheet.truncated()
    hexAndAscii(sheet, at, captured)
    return Math.min(captured, length)
  }
  const dsapField = sheet.u8(at)
  const ssapField = sheet.u8(at + 1)
  const control = numbered ? sheet.u8(at + 2) | sheet.u8(at + 3) << 8 : sheet.u8(at + 2)
  const headerLength = numbered ? 4 : 3
  if (dsapField === 0xff && ssapField === 0xff) {
    if (sheet.options.ethernet) sheet.put('IPX 802.3: ')
    sheet.lack('IPX')
    return 0
  }
  const dsap = dsapField & 0xfe
  const ssap = ssapField & 0xfe
  if (sheet.options.ethernet) {
    const to = `${SAP_NAMES.get(dsap) ?? 'Unknown'} (0x${hex(dsap, 2)})`
    const from = `${SAP_NAMES.get(ssap) ?? 'Unknown'} (0x${hex(ssap, 2)})`
    sheet.put(`LLC, dsap ${to} ${dsapField & 1 ? 'Group' : 'Individual'}, `)
    sheet.put(`ssap ${from} ${ssapField & 1 ? 'Response' : 'Command'}, `)
    sheet.put(`ctrl 0x${hex(control, numbered ? 4 : 2)}: `)
  }
  const payload = at + headerLength
  const rest = length - headerLength
  const restCaptured = captured - headerLength
  if (ssap === dsap && control === CONTROL_UI) {
    if (ssap === SAP_SNAP) {
      const known = printSnap(sheet, payload, rest, restCaptured, source, destination, printEthertype)
      return known ? headerLength + 5 : -(headerLength + 5)
    }
    if (ssap === SAP_STP) {
      printStp(sheet, payload, rest)
      return headerLength
    }
    if (ssap === SAP_IP) {
      printIp(sheet, payload, rest)
      return headerLength
    }
    const other = OTHER_PRINTERS.get(ssap)
    if (other !== undefined) sheet.lack(other)
  }
  if (!sheet.options.ethernet) printSaps(sheet, ssap, dsap, source, destination)
  if (!numbered) return printUnnumbered(sheet, payload, rest, restCaptured, headerLength, control, ssapField)
  const flags = flagNames(ssapField & 1 | control & 0x0100)
  const sequence = control >> 9 & 0x7f
  if ((control & 1) === 1) {
    const name = SUPERVISORY_NAMES[control >> 2 & 3]
    sheet.put(`Supervisory, ${name}, rcv seq ${sequence}, Flags [${flags}], length ${length}`)
    return headerLength
  }
  sheet.put(`Information, send seq ${control >> 1 & 0x7f}, rcv seq ${sequence}, Flags [${flags}], length ${length}`)
  return -headerLength
}

function printSaps(sheet: Sheet, ssap: number, dsap: number, source: number, destination: number): void {
  const to = SAP_NAMES.get(dsap) ?? `Unknown DSAP 0x${hex(dsap, 2)}`
  const from = SAP_NAMES.get(ssap) ?? `Unknown SSAP 0x${hex(ssap, 2)}`
  sheet.put(`${sheet.mac(source)} ${ssap === dsap ? '' : `${from} `}> ${sheet.mac(destination)} ${to} `)
}

function flagNames(field: number): string {
  const poll = (field & ~1) !== 0
  return (field & 1) !== 0 ? poll ? 'Final' : 'Response' : poll ? 'Poll' : 'Command'
}

function printUnnumbered(
  sheet: Sheet, at: number, length: number, captured: number, headerLength: number, control: number, ssapField: number,
): number {
  const command = COMMAND_NAMES.get(control & 0xef) ?? hex(control & 0xef, 2)
  const flags = flagNames(ssapField & 1 | control & 0x10)
  sheet.put(`Unnumbered, ${command}, Flags [${flags}], length ${length + headerLength}`)
  if ((control & 0xef) !== CONTROL_XID) return -headerLength
  if (length === 0) return headerLength
  if (captured < 1) {
    sheet.truncated()
    return headerLength
  }
  if (sheet.u8(at) !== 0x81) return -headerLength
  if (captured < 3 || length < 3) {
    sheet.truncated()
    hexAndAscii(sheet, at, captured)
  } else {
    sheet.put(`: ${hex(sheet.u8(at + 1), 2)} ${hex(sheet.u8(at + 2), 2)}`)
  }
  return headerLength
}

/** False when the payload is to be dumped. */
function printSnap(
  sheet: Sheet, at: number, length: number, captured: number, source: number, destination: number,
  printEthertype: EthertypePrinter,
): boolean {
  sheet.protocol = 'snap'
  if (!sheet.has(at, 5) || captured < 5 || length < 5) {
    sheet.truncated()
    return true
  }
  const oui = sheet.u24(at)
  const type = sheet.u16(at + 3)
  const asEthertype = oui === OUI_ETHERNET || oui === OUI_CISCO_BRIDGED || oui === OUI_APPLETALK
  const names = asEthertype ? ETHERTYPE_NAMES : oui === OUI_CISCO ? CISCO_NAMES
    : oui === OUI_BRIDGED ? BRIDGED_NAMES : null
  const typeName = `${names?.get(type) ?? 'Unknown'} (0x${hex(type, 4)})`
  const ouiName = `oui ${OUI_NAMES.get(oui) ?? 'Unknown'} (0x${hex(oui, 6)})`
  const rest = length - 5
  if (sheet.options.ethernet) {
    sheet.put(`${ouiName}, ${oui === OUI_ETHERNET ? 'ethertype' : 'pid'} ${typeName}, length ${rest}: `)
  }
  if (oui === OUI_ETHERNET || oui === OUI_CISCO_BRIDGED) {
    if (printEthertype(sheet, type, at + 5, rest, captured - 5)) return true
  } else if (oui === OUI_CISCO && (type === 0x010b || type === 0x010c) || oui === OUI_BRIDGED && type === 0x000e) {
    printStp(sheet, at + 5, rest)
    return true
  } else if (oui === OUI_CISCO && CISCO_NAMES.has(type) || oui === OUI_BRIDGED && BRIDGED_NAMES.has(type)) {
    sheet.lack(`SNAP ${names?.get(type)}`)
  }
  if (!sheet.options.ethernet) {
    sheet.put(`${sheet.mac(source)} > ${sheet.mac(destination)} SNAP, `)
    sheet.put(oui === OUI_ETHERNET ? `ethertype ${typeName}` : `${ouiName}, pid ${typeName}`)
    sheet.put(`, length ${rest}: `)
  }
  return false
}

const STP_VERSIONS: ReadonlyMap<number, string> = new Map([[0, '802.1d'], [2, '802.1w'], [3, '802.1s'], [4, '802.1aq']])
const STP_TYPES: ReadonlyMap<number, string> = new Map([[0, 'Config'], [2, 'Rapid STP'], [0x80, 'Topology Change']])
const STP_FLAGS: readonly (readonly [number, string])[] = [
  [0x01, 'Topology change'], [0x02, 'Proposal'], [0x10, 'Learn'], [0x20, 'Forward'], [0x40, 'Agreement'],
  [0x80, 'Topology change ACK'],
]
const PORT_ROLES = ['Unknown', 'Alternate', 'Root', 'Designated']

const CONFIG_LEN = 35
const RSTP_LEN = 36
const STP_VERSION_RSTP = 2

/** IEEE 802.1D, 802.1w; of 802.1s and 802.1aq the first line. */
function printStp(sheet: Sheet, at: number, length: number): void {
  sheet.protocol = 'stp'
  if (length < 4) return sheet.put(' (invalid)')
  if (sheet.u16(at) !== 0) return sheet.put(`unknown STP version, length ${length}`)
  const version = sheet.u8(at + 2)
  sheet.put(`STP ${STP_VERSIONS.get(version) ?? `Unknown STP protocol (0x${hex(version, 2)})`}`)
  if (!STP_VERSIONS.has(version)) return
  const type = sheet.u8(at + 3)
  sheet.put(`, ${STP_TYPES.get(type) ?? `Unknown BPDU Type (0x${hex(type, 2)})`}`)
  if (type === 0) {
    if (length < CONFIG_LEN) sheet.put(' (invalid)')
    else printConfig(sheet, at, length, version)
  } else if (type === 2 && version === STP_VERSION_RSTP) {
    if (length < RSTP_LEN) sheet.put(' (invalid)')
    else printConfig(sheet, at, length, version)
  } else if (type === 2 && version > STP_VERSION_RSTP) {
    sheet.lack('MSTP')
  }
}

function printConfig(sheet: Sheet, at: number, length: number, version: number): void {
  const flags = sheet.u8(at + 4)
  sheet.put(`, Flags [${bits(STP_FLAGS, flags, ', ', 'none')}]`)
  sheet.put(`, bridge-id ${bridgeId(sheet, at + 17)}.${hex(sheet.u16(at + 25), 4)}, length ${length}`)
  if (sheet.options.verbose === 0) return
  // One text: when a value is cut off, tcpdump prints nothing of the line.
  sheet.put(`\n\tmessage-age ${seconds(sheet.u16(at + 27))}, max-age ${seconds(sheet.u16(at + 29))}`
    + `, hello-time ${seconds(sheet.u16(at + 31))}, forwarding-delay ${seconds(sheet.u16(at + 33))}`)
  sheet.put(`\n\troot-id ${bridgeId(sheet, at + 5)}, root-pathcost ${sheet.u32(at + 13)}`)
  if (version === STP_VERSION_RSTP) sheet.put(`, port-role ${PORT_ROLES[flags >> 2 & 3]}`)
}

function bridgeId(sheet: Sheet, at: number): string {
  const parts: string[] = []
  for (let i = 2; i < 8; i++) parts.push(hex(sheet.u8(at + i), 2))
  return `${hex(sheet.u16(at), 4)}.${parts.join(':')}`
}

/** 1/256 seconds with two decimals; halves go to the even digit, as C rounds them. */
function seconds(value: number): string {
  const hundredths = value * 100
  let whole = Math.floor(hundredths / 256)
  const rest = hundredths % 256
  if (rest > 128 || rest === 128 && whole % 2 === 1) whole++
  return `${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}s`
}
