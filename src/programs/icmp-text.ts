import * as icmpv4 from '../wire/icmpv4.ts'

const UNREACHABLE: readonly string[] = [
  'Destination Net Unreachable', 'Destination Host Unreachable', 'Destination Protocol Unreachable',
  'Destination Port Unreachable', '', 'Source Route Failed', 'Destination Net Unknown', 'Destination Host Unknown',
  'Source Host Isolated', 'Destination Net Prohibited', 'Destination Host Prohibited',
  'Destination Net Unreachable for Type of Service', 'Destination Host Unreachable for Type of Service',
  'Packet filtered', 'Precedence Violation', 'Precedence Cutoff',
]

const REDIRECT: readonly string[] = [
  'Redirect Network', 'Redirect Host', 'Redirect Type of Service and Network', 'Redirect Type of Service and Host',
]

/** What ping says of an ICMP message (iputils pr_icmph()). info: the MTU or the pointer; gateway: as printed. */
export function icmpText(type: number, code: number, info: number, gateway: string): string {
  switch (type) {
    case icmpv4.ICMP_ECHOREPLY: return 'Echo Reply'
    case icmpv4.ICMP_DEST_UNREACH:
      if (code === icmpv4.ICMP_FRAG_NEEDED) return `Frag needed and DF set (mtu = ${info})`
      return UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${code}`
    case icmpv4.ICMP_SOURCE_QUENCH: return 'Source Quench'
    case icmpv4.ICMP_REDIRECT: return `${REDIRECT[code] ?? `Redirect, Bad Code: ${code}`}(New nexthop: ${gateway})`
    case icmpv4.ICMP_ECHO: return 'Echo Request'
    case icmpv4.ICMP_TIME_EXCEEDED:
      if (code === icmpv4.ICMP_EXC_TTL) return 'Time to live exceeded'
      if (code === icmpv4.ICMP_EXC_FRAGTIME) return 'Frag reassembly time exceeded'
      return `Time exceeded, Bad Code: ${code}`
    case icmpv4.ICMP_PARAMETERPROB: return `Parameter problem: pointer = ${info}`
    case icmpv4.ICMP_TIMESTAMP: return 'Timestamp'
    case icmpv4.ICMP_TIMESTAMPREPLY: return 'Timestamp Reply'
    default: return `Bad ICMP type: ${type}`
  }
}
