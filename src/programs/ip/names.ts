/**
 * Names for numbers, as /etc/iproute2 of Debian 12 has them (rt_protos, rt_scopes, rt_tables, rt_dsfield, group) and
 * as iproute2 knows them by itself (route types, protocols of /etc/protocols that rules are made with).
 */
import { matches, parseUnsigned } from './arguments.ts'

export class Names {
  private readonly byNumber: ReadonlyMap<number, string>
  private readonly byName: ReadonlyMap<string, number>

  constructor(entries: readonly (readonly [number, string])[], private readonly max: number) {
    this.byNumber = new Map(entries)
    this.byName = new Map(entries.map(([number, name]) => [name, number]))
  }

  format(number: number): string {
    return this.byNumber.get(number) ?? String(number)
  }

  /** The number of a name or of digits, or null. */
  parse(word: string): number | null {
    return this.byName.get(word) ?? parseUnsigned(word, this.max)
  }
}

export const PROTOCOLS = new Names([
  [0, 'unspec'], [1, 'redirect'], [2, 'kernel'], [3, 'boot'], [4, 'static'], [8, 'gated'], [9, 'ra'], [10, 'mrt'],
  [11, 'zebra'], [12, 'bird'], [13, 'dnrouted'], [14, 'xorp'], [15, 'ntk'], [16, 'dhcp'], [18, 'keepalived'],
  [42, 'babel'], [99, 'openr'], [186, 'bgp'], [187, 'isis'], [188, 'ospf'], [189, 'rip'], [192, 'eigrp'],
], 255)

export const SCOPES = new Names([[0, 'global'], [255, 'nowhere'], [254, 'host'], [253, 'link'], [200, 'site']], 255)

export const TABLES = new Names([[255, 'local'], [254, 'main'], [253, 'default'], [0, 'unspec']], 0xffffffff)

export const GROUPS = new Names([[0, 'default']], 0xffffffff)

/** Values of the DS field. Numbers are read and written in hex. */
const DSFIELDS: readonly (readonly [number, string])[] = [
  [0x00, 'default'], [0x28, 'AF11'], [0x30, 'AF12'], [0x38, 'AF13'], [0x48, 'AF21'], [0x50, 'AF22'], [0x58, 'AF23'],
  [0x68, 'AF31'], [0x70, 'AF32'], [0x78, 'AF33'], [0x88, 'AF41'], [0x90, 'AF42'], [0x98, 'AF43'], [0x20, 'CS1'],
  [0x40, 'CS2'], [0x60, 'CS3'], [0x80, 'CS4'], [0xa0, 'CS5'], [0xc0, 'CS6'], [0xe0, 'CS7'], [0xb8, 'EF'],
]

export function formatDsfield(value: number): string {
  return DSFIELDS.find(([number]) => number === value)?.[1] ?? `0x${value.toString(16).padStart(2, '0')}`
}

export function parseDsfield(word: string): number | null {
  const named = DSFIELDS.find(([, name]) => name === word)
  if (named !== undefined) return named[0]
  return /^(?:0[xX])?[0-9a-fA-F]{1,2}$/.test(word) ? parseInt(word, 16) : null
}

/** Route types in the order of RTN_*. */
const ROUTE_TYPES = ['none', 'unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable',
  'prohibit', 'throw', 'nat', 'xresolve']

export function formatRouteType(type: number): string {
  return ROUTE_TYPES[type] ?? String(type)
}

/** In the order in which beginnings of them are looked for; "=": only as they are. */
const ROUTE_TYPE_WORDS = ['=local', '=nat', 'broadcast', '=brd', 'anycast', 'multicast', 'prohibit', 'unreachable',
  'blackhole', 'xresolve', 'unicast', 'throw']

/** A route type by name, by a beginning of it, or by number (rtnl_rtntype_a2n). */
export function parseRouteType(word: string): number | null {
  for (const pattern of ROUTE_TYPE_WORDS) {
    const exact = pattern.startsWith('=')
    const name = exact ? pattern.slice(1) : pattern
    if (exact ? word !== name : !matches(word, name)) continue
    return ROUTE_TYPES.indexOf(name === 'brd' ? 'broadcast' : name)
  }
  return parseUnsigned(word, 255)
}

/** Names of IP protocols in rules (getprotobyname of Debian 12's /etc/protocols, the ones that rules meet). */
const IP_PROTOCOLS: readonly (readonly [number, string])[] = [
  [0, 'ip'], [1, 'icmp'], [2, 'igmp'], [4, 'ipencap'], [6, 'tcp'], [17, 'udp'], [33, 'dccp'], [41, 'ipv6'], [47, 'gre'],
  [50, 'esp'], [51, 'ah'], [58, 'ipv6-icmp'], [89, 'ospf'], [103, 'pim'], [112, 'vrrp'], [132, 'sctp'], [136, 'udplite'],
]

export function formatIpProtocol(number: number): string {
  return IP_PROTOCOLS.find(([n]) => n === number)?.[1] ?? `ipproto-${number}`
}

export function parseIpProtocol(word: string): number | null {
  const number = parseUnsigned(word, 255)
  if (number !== null) return number
  return IP_PROTOCOLS.find(([, name]) => name === word)?.[0] ?? null
}
