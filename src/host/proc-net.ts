import { EIO, ENOENT, ENOTDIR } from '../base/errno.ts'
import type { NetDevice } from '../device/net-device.ts'
import type { InetStack } from '../inet/inet-stack.ts'
import {
  NUD_DELAY, NUD_NOARP, NUD_PERMANENT, NUD_PROBE, NUD_REACHABLE, NUD_STALE,
} from '../inet/neighbor/constants.ts'
import {
  RT_TABLE_MAIN, RTAX_ADVMSS, RTAX_RTT, RTAX_WINDOW, RTN_BROADCAST, RTN_MULTICAST, RTN_PROHIBIT, RTN_UNREACHABLE,
} from '../inet/route/constants.ts'
import type { Route } from '../inet/route/route-table.ts'
import { hardwareGroups, ipv4Groups } from '../inet/multicast-list.ts'
import type { SnmpCounters } from '../inet/snmp.ts'
import { formatIpv4, formatMac, maskOf } from '../wire/address.ts'
import type { Mount } from './files.ts'
import { ICMP_NAMES, MPTCP_EXT_NAMES, TCP_EXT_NAMES } from './proc-net-names.ts'

/**
 * /proc/net of a network namespace: the tables that net-tools and scripts read. Columns, padding and trailing spaces
 * are those of the kernel's seq_printf() (net/ipv4/arp.c, fib_trie.c, proc.c; net/core/net-procfs.c).
 *
 * `arp` lists entries by device and address, where Linux follows its hash table.
 */
export class ProcNet implements Mount {
  constructor(private readonly stack: InetStack) {}

  read(path: string): string | number {
    const file = FILES.get(path)
    if (file !== undefined) return file(this.stack)
    return FILES.has(path.split('/')[0]) ? -ENOTDIR : -ENOENT
  }

  /** All are read-only. */
  write(path: string): number {
    return FILES.has(path) ? -EIO : -ENOENT
  }

  list(path: string): readonly string[] | number {
    if (path === '') return [...FILES.keys()]
    return FILES.has(path) ? -ENOTDIR : -ENOENT
  }
}

const FILES: ReadonlyMap<string, (stack: InetStack) => string> = new Map([
  ['arp', arp], ['dev', dev], ['dev_mcast', devMcast], ['igmp', igmp], ['netstat', netstat], ['route', route], ['snmp', snmp],
])

const ATF_COM = 0x02
const ATF_PERM = 0x04
const ATF_PUBL = 0x08
const NUD_VALID = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY

/** arp_seq_show: neighbours but those without ARP, then proxies. */
function arp({ neighbors }: InetStack): string {
  let text = 'IP address       HW type     Flags       HW address            Mask     Device\n'
  const line = (key: number, hardwareType: number, flags: number, mac: string, device: string): void => {
    text += `${formatIpv4(key).padEnd(16)} 0x${hardwareType.toString(16).padEnd(10)}` +
      `0x${flags.toString(16).padEnd(10)}${mac.padEnd(17)}     *        ${device}\n`
  }
  for (const { key, device, state, mac } of neighbors.sorted()) {
    if ((state & ~NUD_NOARP) === 0) continue
    const flags = (state & NUD_PERMANENT) !== 0 ? ATF_PERM | ATF_COM : (state & NUD_VALID) !== 0 ? ATF_COM : 0
    line(key, device.hardwareType, flags, formatMac(mac), device.name)
  }
  const proxies = [...neighbors.proxies.entries]
    .sort((a, b) => (a.device?.ifindex ?? 0) - (b.device?.ifindex ?? 0) || (a.key >>> 0) - (b.key >>> 0))
  for (const { key, device } of proxies) {
    line(key, device?.hardwareType ?? 0, ATF_PUBL | ATF_PERM, formatMac(0), device?.name ?? '*')
  }
  return text
}

/** dev_seq_printf_stats. */
function dev({ ns }: InetStack): string {
  let text = 'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|' +
    'bytes    packets errs drop fifo colls carrier compressed\n'
  for (const device of ns.devices) text += deviceLine(device)
  return text
}

const DEV_WIDTHS = [7, 7, 4, 4, 4, 5, 10, 9, 8, 7, 4, 4, 4, 5, 7, 10]

function deviceLine({ name, counters }: NetDevice): string {
  const values = [
    counters.rxBytes, counters.rxPackets, counters.rxErrors, counters.rxDropped, 0,
    counters.rxLengthErrors + counters.rxCrcErrors, 0, counters.multicast,
    counters.txBytes, counters.txPackets, counters.txErrors, counters.txDropped, 0, 0, counters.txCarrierErrors, 0,
  ]
  return `${name.padStart(6)}: ${values.map((value, index) => String(value).padStart(DEV_WIDTHS[index])).join(' ')}\n`
}

/** dev_mc_seq_show: hardware groups. */
function devMcast({ ns }: InetStack): string {
  let text = ''
  for (const device of ns.devices) {
    const head = `${String(device.ifindex).padEnd(4)} ${device.name.padEnd(15)}`
    for (const { mac, users, isStatic } of hardwareGroups(device)) {
      const hex = mac.toString(16).padStart(12, '0')
      text += `${head} ${String(users).padEnd(5)} ${(isStatic ? '1' : '0').padEnd(5)} ${hex}\n`
    }
  }
  return text
}

/** igmp_mc_seq_show: IPv4 groups, in host byte order of a little-endian machine. */
function igmp({ ns }: InetStack): string {
  let text = 'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n'
  for (const device of ns.devices) {
    const groups = ipv4Groups(device)
    if (groups.length === 0) continue
    text += `${device.ifindex}\t${device.name.padEnd(10)}: ${String(groups.length).padStart(5)}      V3\n`
    for (const group of groups) {
      const hex = [group, group >>> 8, group >>> 16, group >>> 24].map((byte) => (byte & 255).toString(16).padStart(2, '0'))
      text += `\t\t\t\t${hex.join('').toUpperCase()}     1 0:00000000\t\t0\n`
    }
  }
  return text
}

const RTF_UP = 0x1
const RTF_GATEWAY = 0x2
const RTF_HOST = 0x4
const RTF_REJECT = 0x200
/** fib_route_seq_show() fills its lines up to this. */
const ROUTE_WIDTH = 127

/** The main table without broadcasts, one nexthop of each route. */
function route({ routing }: InetStack): string {
  const lines = ['Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT']
  for (const each of routing.store.table(RT_TABLE_MAIN)?.list() ?? []) {
    if (each.type !== RTN_BROADCAST && each.type !== RTN_MULTICAST) lines.push(routeLine(each))
  }
  return lines.map((line) => `${line.padEnd(ROUTE_WIDTH)}\n`).join('')
}

function routeLine({ prefix, prefixLength, type, info }: Route): string {
  const { gateway, device } = info.first
  let flags = RTF_UP
  if (type === RTN_UNREACHABLE || type === RTN_PROHIBIT) flags |= RTF_REJECT
  if (gateway !== 0) flags |= RTF_GATEWAY
  if (prefixLength === 32) flags |= RTF_HOST
  const advmss = info.metrics?.[RTAX_ADVMSS] ?? 0
  return [
    device?.name ?? '*', networkOrderHex(prefix), networkOrderHex(gateway), hex(flags, 4), 0, 0, info.priority >>> 0,
    networkOrderHex(maskOf(prefixLength)), advmss === 0 ? 0 : advmss + 40, info.metrics?.[RTAX_WINDOW] ?? 0,
    (info.metrics?.[RTAX_RTT] ?? 0) >>> 3,
  ].join('\t')
}

/** An address as the kernel prints a __be32 with %08X on a little-endian machine. */
function networkOrderHex(address: number): string {
  return hex(((address & 0xff) << 24 | (address & 0xff00) << 8 | (address >>> 8) & 0xff00 | address >>> 24) >>> 0, 8)
}

function hex(value: number, width: number): string {
  return value.toString(16).toUpperCase().padStart(width, '0')
}

/** A line of names and one of values. */
function pair(protocol: string, columns: readonly (readonly [string, number])[]): string {
  return `${protocol}: ${columns.map(([name]) => name).join(' ')}\n` +
    `${protocol}: ${columns.map(([, value]) => value).join(' ')}\n`
}

/** snmp_seq_show. TCP and UDP-Lite have nothing to count yet. */
function snmp({ ns, counters: c }: InetStack): string {
  const udp = (counted: boolean): readonly (readonly [string, number])[] => [
    ['InDatagrams', c.udpInDatagrams], ['NoPorts', c.udpNoPorts], ['InErrors', c.udpInErrors],
    ['OutDatagrams', c.udpOutDatagrams], ['RcvbufErrors', c.udpRcvbufErrors], ['SndbufErrors', c.udpSndbufErrors],
    ['InCsumErrors', c.udpInCsumErrors], ['IgnoredMulti', c.udpIgnoredMulti], ['MemErrors', c.udpMemErrors],
  ].map(([name, value]) => [name as string, counted ? value as number : 0])
  return pair('Ip', [
    ['Forwarding', ns.allConf.forwarding !== 0 ? 1 : 2], ['DefaultTTL', ns.conf.ipDefaultTtl],
    ['InReceives', c.ipInReceives], ['InHdrErrors', c.ipInHdrErrors], ['InAddrErrors', c.ipInAddrErrors],
    ['ForwDatagrams', c.ipForwDatagrams], ['InUnknownProtos', c.ipInUnknownProtos], ['InDiscards', c.ipInDiscards],
    ['InDelivers', c.ipInDelivers], ['OutRequests', c.ipOutRequests], ['OutDiscards', c.ipOutDiscards],
    ['OutNoRoutes', c.ipOutNoRoutes], ['ReasmTimeout', c.ipReasmTimeout], ['ReasmReqds', c.ipReasmReqds],
    ['ReasmOKs', c.ipReasmOKs], ['ReasmFails', c.ipReasmFails], ['FragOKs', c.ipFragOKs], ['FragFails', c.ipFragFails],
    ['FragCreates', c.ipFragCreates], ['OutTransmits', c.ipOutTransmits],
  ]) + pair('Icmp', [
    ['InMsgs', c.icmpInMsgs], ['InErrors', c.icmpInErrors], ['InCsumErrors', c.icmpInCsumErrors],
    ...ICMP_NAMES.map(([name, type]) => [`In${name}`, c.icmpInType(type)] as const),
    ['OutMsgs', c.icmpOutMsgs], ['OutErrors', c.icmpOutErrors], ['OutRateLimitGlobal', c.icmpOutRateLimitGlobal],
    ['OutRateLimitHost', c.icmpOutRateLimitHost],
    ...ICMP_NAMES.map(([name, type]) => [`Out${name}`, c.icmpOutType(type)] as const),
  ]) + icmpMessages(c) + pair('Tcp', TCP) + pair('Udp', udp(true)) + pair('UdpLite', udp(false))
}

const TCP: readonly (readonly [string, number])[] = [
  ['RtoAlgorithm', 1], ['RtoMin', 200], ['RtoMax', 120000], ['MaxConn', -1], ['ActiveOpens', 0], ['PassiveOpens', 0],
  ['AttemptFails', 0], ['EstabResets', 0], ['CurrEstab', 0], ['InSegs', 0], ['OutSegs', 0], ['RetransSegs', 0],
  ['InErrs', 0], ['OutRsts', 0], ['InCsumErrors', 0],
]

/** Types that were seen, at most 16 a line (icmpmsg_put). */
function icmpMessages(counters: SnmpCounters): string {
  const seen: (readonly [string, number])[] = []
  for (let type = 0; type < 256; type++) {
    if (counters.icmpInType(type) !== 0) seen.push([`InType${type}`, counters.icmpInType(type)])
  }
  for (let type = 0; type < 256; type++) {
    if (counters.icmpOutType(type) !== 0) seen.push([`OutType${type}`, counters.icmpOutType(type)])
  }
  let text = ''
  for (let at = 0; at < seen.length; at += 16) text += pair('IcmpMsg', seen.slice(at, at + 16))
  return text
}

/** netstat_seq_show. Of TcpExt the two that IPv4 counts; of MPTCP there is nothing. */
function netstat({ counters: c }: InetStack): string {
  const tcp = (name: string): number =>
    name === 'ArpFilter' ? c.arpFilter : name === 'IPReversePathFilter' ? c.ipExtIpReversePathFilter : 0
  return pair('TcpExt', TCP_EXT_NAMES.map((name) => [name, tcp(name)])) + pair('IpExt', [
    ['InNoRoutes', c.ipExtInNoRoutes], ['InTruncatedPkts', c.ipExtInTruncatedPkts],
    ['InMcastPkts', c.ipExtInMcastPkts], ['OutMcastPkts', c.ipExtOutMcastPkts], ['InBcastPkts', c.ipExtInBcastPkts],
    ['OutBcastPkts', c.ipExtOutBcastPkts], ['InOctets', c.ipExtInOctets], ['OutOctets', c.ipExtOutOctets],
    ['InMcastOctets', c.ipExtInMcastOctets], ['OutMcastOctets', c.ipExtOutMcastOctets],
    ['InBcastOctets', c.ipExtInBcastOctets], ['OutBcastOctets', c.ipExtOutBcastOctets],
    ['InCsumErrors', c.ipExtInCsumErrors], ['InNoECTPkts', c.ipExtInNoECTPkts], ['InECT1Pkts', c.ipExtInECT1Pkts],
    ['InECT0Pkts', c.ipExtInECT0Pkts], ['InCEPkts', c.ipExtInCEPkts], ['ReasmOverlaps', c.ipExtReasmOverlaps],
  ]) + pair('MPTcpExt', MPTCP_EXT_NAMES.map((name) => [name, 0]))
}
