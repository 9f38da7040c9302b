/** From bytes to layers. */
import { formatIpv4, formatMac } from '../../wire/address.ts'
import * as checksum from '../../wire/checksum.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { ETHERTYPE_NAMES, IP_PROTOCOL_NAMES } from '../tcpdump/tables.ts'
import { LayerReader, checksumText, dataLayer, hexBytes, hexNamed, named, type Layer } from './layer.ts'
import { dissectIcmp, dissectTcp, dissectUdp } from './transport.ts'

const ETHERNET_LEN = 14
const TAG_LEN = 4
const ARP_LEN = 28
const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_ARP = 0x0806
const VLAN_TYPES = new Set([0x8100, 0x88a8, 0x9100, 0x9200])
const MAX_LENGTH_VALUE = 1500

const ARP_OPERATIONS: ReadonlyMap<number, string> = new Map([[1, 'request'], [2, 'reply']])

/** The layers of the Ethernet frame `[at, end)`. Never throws; what can not be read is a `data` layer. */
export function dissect(view: DataView, at: number, end: number): Layer[] {
  const layers: Layer[] = []
  if (end - at < ETHERNET_LEN) {
    const fault = `shorter than an Ethernet header: ${end - at} of ${ETHERNET_LEN} bytes`
    layers.push(dataLayer(view, at, end, false, fault))
    return layers
  }
  const ethernet = new LayerReader(view, 'ethernet', at, at + ETHERNET_LEN, false)
  macField(ethernet, 'destination', 0)
  macField(ethernet, 'source', 6)
  let type = ethernet.u16(12)
  layers.push(ethernet.layer)
  typeField(ethernet, 12, type)
  let payload = at + ETHERNET_LEN
  while (VLAN_TYPES.has(type) && end - payload >= TAG_LEN) {
    const vlan = new LayerReader(view, 'vlan', payload, payload + TAG_LEN, false)
    const control = vlan.u16(0)
    vlan.field('priority', 0, 1, control >> 13)
    vlan.field('drop eligible', 0, 1, control >> 12 & 1)
    vlan.field('id', 0, 2, control & 0xfff)
    type = vlan.u16(2)
    typeField(vlan, 2, type)
    layers.push(vlan.layer)
    payload += TAG_LEN
  }
  const length = type <= MAX_LENGTH_VALUE ? Math.min(end, payload + type) : end
  if (type === ETHERTYPE_IPV4) dissectIpv4(layers, view, payload, end, false)
  else if (type === ETHERTYPE_ARP) dissectArp(layers, view, payload, end)
  else if (type <= MAX_LENGTH_VALUE && length - payload >= 3) dissectLlc(layers, view, payload, length)
  else if (length > payload) layers.push(dataLayer(view, payload, length, false))
  if (length < end) layers.push(paddingLayer(view, length, end))
  return layers
}

function typeField(reader: LayerReader, offset: number, type: number): void {
  if (type <= MAX_LENGTH_VALUE) reader.field('length', offset, 2, type)
  else reader.field('type', offset, 2, type, hexNamed(type, 4, ETHERTYPE_NAMES.get(type)))
}

function macField(reader: LayerReader, name: string, offset: number): void {
  const mac = reader.u16(offset) * 0x1_0000_0000 + reader.u32(offset + 2)
  reader.field(name, offset, 6, mac, formatMac(mac))
}

function addressField(reader: LayerReader, name: string, offset: number): void {
  const address = reader.u32(offset) | 0
  reader.field(name, offset, 4, address, formatIpv4(address))
}

function dissectLlc(layers: Layer[], view: DataView, at: number, end: number): void {
  const control = view.getUint8(at + 2)
  const headerLength = (control & 3) === 3 || end - at < 4 ? 3 : 4
  const llc = new LayerReader(view, 'llc', at, at + headerLength, false)
  llc.field('dsap', 0, 1, llc.u8(0), hexNamed(llc.u8(0), 2, undefined))
  llc.field('ssap', 1, 1, llc.u8(1), hexNamed(llc.u8(1), 2, undefined))
  llc.field('control', 2, headerLength - 2, control, hexNamed(control, 2, undefined))
  layers.push(llc.layer)
  if (at + headerLength < end) layers.push(dataLayer(view, at + headerLength, end, false))
}

/** RFC 826 for Ethernet and IPv4. */
function dissectArp(layers: Layer[], view: DataView, at: number, end: number): void {
  if (end - at < ARP_LEN) {
    layers.push(dataLayer(view, at, end, false, `shorter than an ARP packet: ${end - at} of ${ARP_LEN} bytes`))
    return
  }
  const arp = new LayerReader(view, 'arp', at, at + ARP_LEN, false)
  arp.field('hardware type', 0, 2, arp.u16(0), named(arp.u16(0), arp.u16(0) === 1 ? 'Ethernet' : undefined))
  arp.field('protocol type', 2, 2, arp.u16(2), hexNamed(arp.u16(2), 4, ETHERTYPE_NAMES.get(arp.u16(2))))
  arp.field('hardware length', 4, 1, arp.u8(4))
  arp.field('protocol length', 5, 1, arp.u8(5))
  arp.field('operation', 6, 2, arp.u16(6), named(arp.u16(6), ARP_OPERATIONS.get(arp.u16(6))))
  if (arp.u8(4) !== 6 || arp.u8(5) !== 4) {
    arp.fault(`addresses of ${arp.u8(4)} and ${arp.u8(5)} bytes`)
    arp.layer.end = at + 8
    layers.push(arp.layer, dataLayer(view, at + 8, end, false))
    return
  }
  macField(arp, 'sender hardware address', 8)
  addressField(arp, 'sender protocol address', 14)
  macField(arp, 'target hardware address', 18)
  addressField(arp, 'target protocol address', 24)
  layers.push(arp.layer)
  if (at + ARP_LEN < end) layers.push(paddingLayer(view, at + ARP_LEN, end))
}

/** An IPv4 packet; `quoted` inside an ICMP error, where its end may be missing. */
export function dissectIpv4(layers: Layer[], view: DataView, at: number, end: number, quoted: boolean): void {
  const fault = end - at < ipv4.HEADER_LEN ? `shorter than an IPv4 header: ${end - at} of ${ipv4.HEADER_LEN} bytes`
    : ipv4.version(view, at) !== 4 ? `version ${ipv4.version(view, at)}`
    : ipv4.headerLen(view, at) < ipv4.HEADER_LEN ? `header length ${ipv4.headerLen(view, at)}`
    : ipv4.headerLen(view, at) > end - at ? `header length ${ipv4.headerLen(view, at)} of ${end - at} bytes` : null
  if (fault !== null) {
    layers.push(dataLayer(view, at, end, quoted, fault))
    return
  }
  const headerLength = ipv4.headerLen(view, at)
  const ip = new LayerReader(view, 'ipv4', at, at + headerLength, quoted)
  ipv4Fields(ip, headerLength)
  layers.push(ip.layer)
  const total = ipv4.totalLength(view, at)
  if (total < headerLength) ip.fault(`total length ${total} is less than the header's ${headerLength}`)
  else if (total > end - at && !quoted) ip.fault(`total length ${total} of ${end - at} bytes`)
  const packetEnd = total < headerLength ? end : Math.min(end, at + total)
  dissectPayload(layers, view, at, packetEnd, quoted)
  if (packetEnd < end) layers.push(paddingLayer(view, packetEnd, end))
}

function ipv4Fields(ip: LayerReader, headerLength: number): void {
  const { view } = ip
  const { at } = ip.layer
  ip.field('version', 0, 1, 4)
  ip.field('header length', 0, 1, headerLength, `${headerLength} bytes`)
  ip.field('dscp', 1, 1, ipv4.dscp(view, at))
  ip.field('ecn', 1, 1, ipv4.ecn(view, at), ['0 (not ECT)', '1 (ECT(1))', '2 (ECT(0))', '3 (CE)'][ipv4.ecn(view, at)])
  ip.field('total length', 2, 2, ipv4.totalLength(view, at), `${ipv4.totalLength(view, at)} bytes`)
  ip.field('identification', 4, 2, ipv4.identification(view, at))
  const fragment = ipv4.fragment(view, at)
  const flags = [[ipv4.IP_CE, 'reserved'], [ipv4.IP_DF, 'DF'], [ipv4.IP_MF, 'MF']] as const
  const set = flags.filter(([bit]) => (fragment & bit) !== 0).map(([, name]) => name)
  ip.field('flags', 6, 1, fragment >> 13, set.length > 0 ? set.join(' ') : 'none')
  ip.field('fragment offset', 6, 2, ipv4.fragmentOffset(view, at), `${ipv4.fragmentOffset(view, at)} bytes`)
  ip.field('ttl', 8, 1, ipv4.ttl(view, at))
  const protocol = ipv4.protocol(view, at)
  ip.field('protocol', 9, 1, protocol, named(protocol, IP_PROTOCOL_NAMES.get(protocol)))
  const sum = checksum.checksum(view, at, at + headerLength)
  ip.field('checksum', 10, 2, ip.u16(10), checksumText(ip.u16(10), sum))
  if (sum !== 0) ip.fault('wrong header checksum')
  addressField(ip, 'source', 12)
  addressField(ip, 'destination', 16)
  if (headerLength > ipv4.HEADER_LEN) optionFields(ip, headerLength)
}

const OPTION_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'end of options'], [1, 'no operation'], [7, 'record route'], [68, 'timestamp'], [130, 'security'],
  [131, 'loose source route'], [136, 'stream id'], [137, 'strict source route'], [148, 'router alert'],
])

function optionFields(ip: LayerReader, headerLength: number): void {
  let offset: number = ipv4.HEADER_LEN
  for (let number = 1; offset < headerLength; number++) {
    const kind = ip.u8(offset)
    const single = kind === 0 || kind === 1
    const claimed = single ? 1 : offset + 1 < headerLength ? ip.u8(offset + 1) : 0
    const left = headerLength - offset
    const length = claimed < 1 || claimed > left || !single && claimed < 2 ? left : claimed
    if (length !== claimed) ip.fault(`option ${kind} of length ${claimed}`)
    const at = ip.layer.at + offset
    const name = OPTION_NAMES.get(kind) ?? `option ${kind}`
    const text = single ? name : `${name}: ${hexBytes(ip.view, at, at + length)}`
    ip.field(`option ${number}`, offset, length, kind, text)
    offset += kind === 0 ? headerLength - offset : length
  }
}

function dissectPayload(layers: Layer[], view: DataView, ipAt: number, end: number, quoted: boolean): void {
  const at = ipv4.payloadAt(view, ipAt)
  if (at >= end) return
  const protocol = ipv4.protocol(view, ipAt)
  const whole = !ipv4.isFragment(view, ipAt) && ipAt + ipv4.totalLength(view, ipAt) === end
  const seed = whole ? ipv4.pseudoHeader(view, ipAt, end - at) : null
  if (ipv4.fragmentOffset(view, ipAt) > 0) layers.push(dataLayer(view, at, end, quoted))
  else if (protocol === ipv4.PROTO_ICMP) dissectIcmp(layers, view, at, end, whole, quoted, dissectIpv4)
  else if (protocol === ipv4.PROTO_UDP) dissectUdp(layers, view, at, end, seed, quoted)
  else if (protocol === ipv4.PROTO_TCP) dissectTcp(layers, view, at, end, seed, quoted)
  else if (protocol === ipv4.PROTO_IPIP) dissectIpv4(layers, view, at, end, quoted)
  else layers.push(dataLayer(view, at, end, quoted))
}

function paddingLayer(view: DataView, at: number, end: number): Layer {
  const padding = new LayerReader(view, 'padding', at, end, false)
  padding.field('bytes', 0, end - at, hexBytes(view, at, end, end - at), `${end - at} bytes`)
  return padding.layer
}
