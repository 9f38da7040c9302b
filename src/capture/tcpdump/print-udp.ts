/** UDP: addresses with ports, checksum with -vv, length. */
import { segmentChecksum, shouldBe } from './checksums.ts'
import { SIP_METHODS, printTextProtocol } from './print-text.ts'
import { hex, type Sheet } from './sheet.ts'

const HEADER_LEN = 8
const PROTOCOL_UDP = 17

/** Ports, at either end, whose payload tcpdump decodes and we do not (yet). */
const PAYLOAD_PRINTERS: ReadonlyMap<number, string> = new Map([
  [53, 'DNS'], [5353, 'mDNS'], [525, 'timed'], [69, 'TFTP'], [67, 'BOOTP/DHCP'], [68, 'BOOTP/DHCP'], [520, 'RIP'],
  [654, 'AODV'], [500, 'ISAKMP'], [4500, 'ISAKMP'], [7500, 'ISAKMP'], [8500, 'ISAKMP'], [161, 'SNMP'],
  [162, 'SNMP'], [123, 'NTP'], [88, 'Kerberos'], [750, 'Kerberos'], [1701, 'L2TP'], [137, 'NetBIOS'],
  [138, 'NetBIOS'], [2103, 'Zephyr'], [2104, 'Zephyr'], [521, 'RIPng'], [546, 'DHCPv6'], [547, 'DHCPv6'],
  [5359, 'AHCP'], [6696, 'Babel'], [6697, 'Babel'], [8231, 'HNCP'], [496, 'Auto-RP'], [1645, 'RADIUS'],
  [1646, 'RADIUS'], [1700, 'RADIUS'], [1812, 'RADIUS'], [1813, 'RADIUS'], [3799, 'RADIUS'], [921, 'lwres'],
  [646, 'LDP'], [698, 'OLSR'], [3503, 'LSP ping'], [701, 'LMP'], [1589, 'VQP'], [6343, 'sFlow'],
  [12223, 'LWAPP'], [12222, 'LWAPP'], [514, 'syslog'], [8472, 'OTV'], [4789, 'VXLAN'], [6081, 'GENEVE'],
  [4342, 'LISP'], [4790, 'VXLAN-GPE'], [17754, 'ZEP'], [6635, 'MPLS'], [319, 'PTP'], [320, 'PTP'],
  [30490, 'SOME/IP'], [2049, 'NFS'],
])

const DESTINATION_PRINTERS: ReadonlyMap<number, string> = new Map([
  [3456, 'vat'], [4567, 'wb'], [1985, 'HSRP'], [3784, 'BFD'], [3785, 'BFD'], [4784, 'BFD'], [6784, 'BFD'],
])

const PORT_SIP = 5060
const PORT_BROADCOM_LINK = 49152

/** Prints `length` bytes of UDP at `at`, inside the IPv4 header at `ipAt`. */
export function printUdp(sheet: Sheet, at: number, length: number, ipAt: number, fragmented: boolean): void {
  sheet.protocol = 'udp'
  const { options, names } = sheet
  if (!sheet.has(at + 2, 2)) {
    sheet.put(`${sheet.ipv4(ipAt + 12)} > ${sheet.ipv4(ipAt + 16)}: `)
    return sheet.truncated()
  }
  const source = sheet.u16(at)
  const destination = sheet.u16(at + 2)
  sheet.put(`${sheet.ipv4(ipAt + 12)}.${names.udpPort(source)} > `)
  sheet.put(`${sheet.ipv4(ipAt + 16)}.${names.udpPort(destination)}: `)
  if (length < HEADER_LEN) return sheet.put(`truncated-udp ${length}`)
  if (!sheet.has(at + 4, 2)) return sheet.truncated()
  const total = sheet.u16(at + 4)
  if (total < HEADER_LEN) return sheet.put(`truncated-udplength ${total}`)
  const claimed = total - HEADER_LEN
  const data = Math.min(claimed, length - HEADER_LEN)
  if (at + HEADER_LEN > sheet.snapEnd) return sheet.truncated()
  if (options.verbose > 1 && options.verifyChecksums && !fragmented) printChecksum(sheet, at, data, ipAt)
  if (options.quiet === 0) {
    if (source === PORT_SIP || destination === PORT_SIP) {
      return printTextProtocol(sheet, 'sip', at + HEADER_LEN, data, SIP_METHODS)
    }
    const name = payloadPrinter(source, destination)
    if (name !== null) sheet.lack(name)
  }
  if (claimed > data && !fragmented) sheet.put(`UDP, bad length ${claimed} > ${data}`)
  else sheet.put(`UDP, length ${claimed}`)
}

function printChecksum(sheet: Sheet, at: number, data: number, ipAt: number): void {
  const found = sheet.u16(at + 6)
  if (found === 0) return sheet.put('[no cksum] ')
  if (!sheet.has(at + HEADER_LEN, data)) return
  const computed = segmentChecksum(sheet, ipAt, at, data + HEADER_LEN, PROTOCOL_UDP)
  if (computed === 0) sheet.put('[udp sum ok] ')
  else sheet.put(`[bad udp cksum 0x${hex(found, 4)} -> 0x${hex(shouldBe(found, computed), 4)}!] `)
}

function payloadPrinter(source: number, destination: number): string | null {
  const name = PAYLOAD_PRINTERS.get(destination) ?? PAYLOAD_PRINTERS.get(source)
    ?? DESTINATION_PRINTERS.get(destination)
  if (name !== undefined) return name
  if (source === PORT_BROADCOM_LINK) return 'Broadcom LI'
  return source >= 7000 && source <= 7009 || destination >= 7000 && destination <= 7009 ? 'AFS RX' : null
}
