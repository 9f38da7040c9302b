/** ICMP with the packet it quotes, UDP and TCP. */
import { formatIpv4 } from '../../wire/address.ts'
import * as checksum from '../../wire/checksum.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import { LayerReader, checksumText, dataLayer, hexBytes, hexNamed, named, type Layer } from './layer.ts'

const UDP_LEN = 8
const TCP_LEN = 20

const ICMP_TYPES: ReadonlyMap<number, string> = new Map([
  [icmpv4.ICMP_ECHOREPLY, 'echo reply'], [icmpv4.ICMP_DEST_UNREACH, 'destination unreachable'],
  [icmpv4.ICMP_SOURCE_QUENCH, 'source quench'], [icmpv4.ICMP_REDIRECT, 'redirect'],
  [icmpv4.ICMP_ECHO, 'echo request'], [icmpv4.ICMP_ROUTER_ADVERT, 'router advertisement'],
  [icmpv4.ICMP_ROUTER_SOLICIT, 'router solicitation'], [icmpv4.ICMP_TIME_EXCEEDED, 'time exceeded'],
  [icmpv4.ICMP_PARAMETERPROB, 'parameter problem'], [icmpv4.ICMP_TIMESTAMP, 'timestamp request'],
  [icmpv4.ICMP_TIMESTAMPREPLY, 'timestamp reply'],
])

const UNREACHABLE_CODES = [
  'network unreachable', 'host unreachable', 'protocol unreachable', 'port unreachable', 'fragmentation needed',
  'source route failed', 'network unknown', 'host unknown', 'source host isolated', 'network prohibited',
  'host prohibited', 'network unreachable for type of service', 'host unreachable for type of service',
  'communication prohibited', 'host precedence violation', 'precedence cutoff',
]
const REDIRECT_CODES = [
  'for the network', 'for the host', 'for the network and type of service', 'for the host and type of service',
]
const TIME_CODES = ['in transit', 'in reassembly']

/** dissect.ts's reader of IPv4, which an error needs for the packet that it quotes. */
export type PacketDissector = (layers: Layer[], view: DataView, at: number, end: number, quoted: boolean) => void

/** RFC 792. `whole`: all of the message is there, so its checksum can be judged. */
export function dissectIcmp(
  layers: Layer[], view: DataView, at: number, end: number, whole: boolean, quoted: boolean,
  dissectIpv4: PacketDissector,
): void {
  if (end - at < icmpv4.HEADER_LEN) {
    const fault = `shorter than an ICMP header: ${end - at} of ${icmpv4.HEADER_LEN} bytes`
    layers.push(dataLayer(view, at, end, quoted, fault))
    return
  }
  const icmp = new LayerReader(view, 'icmp', at, at + icmpv4.HEADER_LEN, quoted)
  const type = icmp.u8(0)
  const code = icmp.u8(1)
  icmp.field('type', 0, 1, type, named(type, ICMP_TYPES.get(type)))
  const codes = type === icmpv4.ICMP_DEST_UNREACH ? UNREACHABLE_CODES : type === icmpv4.ICMP_REDIRECT ? REDIRECT_CODES
    : type === icmpv4.ICMP_TIME_EXCEEDED ? TIME_CODES : []
  icmp.field('code', 1, 1, code, named(code, codes[code]))
  checksumField(icmp, 2, whole ? checksum.checksum(view, at, end) : null)
  restFields(icmp, type, code)
  layers.push(icmp.layer)
  const payload = at + icmpv4.HEADER_LEN
  if (payload >= end) return
  const isError = type === icmpv4.ICMP_DEST_UNREACH || type === icmpv4.ICMP_SOURCE_QUENCH
    || type === icmpv4.ICMP_REDIRECT || type === icmpv4.ICMP_TIME_EXCEEDED || type === icmpv4.ICMP_PARAMETERPROB
  if (isError && !quoted) dissectIpv4(layers, view, payload, end, true)
  else layers.push(dataLayer(view, payload, end, quoted))
}

/** The second word, whose meaning depends on the type. */
function restFields(icmp: LayerReader, type: number, code: number): void {
  if (type === icmpv4.ICMP_ECHO || type === icmpv4.ICMP_ECHOREPLY || type === icmpv4.ICMP_TIMESTAMP
    || type === icmpv4.ICMP_TIMESTAMPREPLY) {
    icmp.field('identifier', 4, 2, icmp.u16(4))
    icmp.field('sequence number', 6, 2, icmp.u16(6))
  } else if (type === icmpv4.ICMP_REDIRECT) {
    icmp.field('gateway', 4, 4, icmp.u32(4) | 0, formatIpv4(icmp.u32(4) | 0))
  } else if (type === icmpv4.ICMP_DEST_UNREACH && code === icmpv4.ICMP_FRAG_NEEDED) {
    icmp.field('next-hop mtu', 6, 2, icmp.u16(6))
  } else if (type === icmpv4.ICMP_PARAMETERPROB) {
    icmp.field('pointer', 4, 1, icmp.u8(4))
  } else {
    icmp.field('rest of header', 4, 4, icmp.u32(4), hexNamed(icmp.u32(4), 8, undefined))
  }
}

/** `computed`: the sum over everything that the checksum covers, null when that is not all there. */
function checksumField(reader: LayerReader, offset: number, computed: number | null): void {
  const found = reader.u16(offset)
  if (computed === null) {
    reader.field('checksum', offset, 2, found, hexNamed(found, 4, 'not all of it here'))
    return
  }
  reader.field('checksum', offset, 2, found, checksumText(found, computed))
  if (computed !== 0) reader.fault('wrong checksum')
}

/** RFC 768. `seed`: the sum of the pseudo header, null when not all of the datagram is there. */
export function dissectUdp(
  layers: Layer[], view: DataView, at: number, end: number, seed: number | null, quoted: boolean,
): void {
  if (end - at < UDP_LEN) {
    layers.push(dataLayer(view, at, end, quoted, `shorter than a UDP header: ${end - at} of ${UDP_LEN} bytes`))
    return
  }
  const udp = new LayerReader(view, 'udp', at, at + UDP_LEN, quoted)
  udp.field('source port', 0, 2, udp.u16(0))
  udp.field('destination port', 2, 2, udp.u16(2))
  const length = udp.u16(4)
  udp.field('length', 4, 2, length, `${length} bytes`)
  if (udp.u16(6) === 0) udp.field('checksum', 6, 2, 0, '0x0000 (none)')
  else checksumField(udp, 6, seed === null || length !== end - at ? null : checksum.checksum(view, at, end, seed))
  if (length < UDP_LEN || length > end - at && seed !== null) udp.fault(`length ${length} of ${end - at} bytes`)
  layers.push(udp.layer)
  if (at + UDP_LEN < end) layers.push(dataLayer(view, at + UDP_LEN, end, quoted))
}

const TCP_FLAGS = [
  [0x80, 'CWR'], [0x40, 'ECE'], [0x20, 'URG'], [0x10, 'ACK'], [0x08, 'PSH'], [0x04, 'RST'], [0x02, 'SYN'],
  [0x01, 'FIN'],
] as const

const TCP_OPTIONS: ReadonlyMap<number, string> = new Map([
  [0, 'end of options'], [1, 'no operation'], [2, 'maximum segment size'], [3, 'window scale'],
  [4, 'SACK permitted'], [5, 'SACK'], [8, 'timestamps'], [28, 'user timeout'], [34, 'fast open cookie'],
])

/** RFC 9293 §3.1. A quoted header may be cut after its sequence number. */
export function dissectTcp(
  layers: Layer[], view: DataView, at: number, end: number, seed: number | null, quoted: boolean,
): void {
  if (end - at < TCP_LEN) {
    if (end - at < 8) {
      layers.push(dataLayer(view, at, end, quoted, `shorter than a TCP header: ${end - at} of ${TCP_LEN} bytes`))
      return
    }
    const start = new LayerReader(view, 'tcp', at, end, quoted)
    portFields(start)
    if (!quoted) start.fault(`shorter than a TCP header: ${end - at} of ${TCP_LEN} bytes`)
    layers.push(start.layer)
    return
  }
  const offset = (view.getUint8(at + 12) >> 4) * 4
  const headerLength = Math.max(TCP_LEN, Math.min(offset, end - at))
  const tcp = new LayerReader(view, 'tcp', at, at + headerLength, quoted)
  portFields(tcp)
  tcp.field('acknowledgment number', 8, 4, tcp.u32(8))
  tcp.field('data offset', 12, 1, offset, `${offset} bytes`)
  const flags = tcp.u8(13)
  const names = TCP_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name)
  tcp.field('flags', 13, 1, flags, names.length > 0 ? names.join(' ') : 'none')
  tcp.field('window', 14, 2, tcp.u16(14))
  checksumField(tcp, 16, seed === null ? null : checksum.checksum(view, at, end, seed))
  tcp.field('urgent pointer', 18, 2, tcp.u16(18))
  if (offset !== headerLength) tcp.fault(`data offset ${offset} of ${end - at} bytes`)
  tcpOptions(tcp, headerLength)
  layers.push(tcp.layer)
  if (at + headerLength < end) layers.push(dataLayer(view, at + headerLength, end, quoted))
}

function portFields(tcp: LayerReader): void {
  tcp.field('source port', 0, 2, tcp.u16(0))
  tcp.field('destination port', 2, 2, tcp.u16(2))
  tcp.field('sequence number', 4, 4, tcp.u32(4))
}

function tcpOptions(tcp: LayerReader, headerLength: number): void {
  let offset = TCP_LEN
  for (let number = 1; offset < headerLength; number++) {
    const kind = tcp.u8(offset)
    const single = kind === 0 || kind === 1
    const claimed = single ? 1 : offset + 1 < headerLength ? tcp.u8(offset + 1) : 0
    const good = single || claimed >= 2 && claimed <= headerLength - offset
    const length = kind === 0 || !good ? headerLength - offset : claimed
    if (!good) tcp.fault(`option ${kind} of length ${claimed}`)
    tcp.field(`option ${number}`, offset, length, kind, optionText(tcp, kind, offset, length))
    offset += length
  }
}

function optionText(tcp: LayerReader, kind: number, offset: number, length: number): string {
  const name = TCP_OPTIONS.get(kind) ?? `option ${kind}`
  if (kind === 2 && length === 4) return `${name} ${tcp.u16(offset + 2)}`
  if (kind === 3 && length === 3) return `${name} ${tcp.u8(offset + 2)}`
  if (kind === 8 && length === 10) return `${name} ${tcp.u32(offset + 2)} ${tcp.u32(offset + 6)}`
  if (length <= 2 || kind === 0) return name
  const at = tcp.layer.at + offset
  return `${name}: ${hexBytes(tcp.view, at, at + length)}`
}
