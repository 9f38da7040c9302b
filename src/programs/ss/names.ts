import { parseIntegerAny } from './number.ts'
import { IP_PROTOCOLS } from '../../capture/filter/protocols.ts'

/** EtherTypes as iproute2 names them (lib/ll_proto.c). */
const LINK_PROTOCOLS: readonly (readonly [string, number])[] = [
  ['loop', 0x60], ['pup', 0x200], ['pupat', 0x201], ['ip', 0x800], ['x25', 0x805], ['arp', 0x806], ['bpq', 0x8ff],
  ['ieeepup', 0xa00], ['dec', 0x6000], ['dna_dl', 0x6001], ['dna_rc', 0x6002], ['dna_rt', 0x6003], ['lat', 0x6004],
  ['diag', 0x6005], ['cust', 0x6006], ['sca', 0x6007], ['rarp', 0x8035], ['atalk', 0x809b], ['aarp', 0x80f3],
  ['ipx', 0x8137], ['ipv6', 0x86dd], ['ppp_disc', 0x8863], ['ppp_ses', 0x8864], ['atmmpoa', 0x884c],
  ['atmfate', 0x8884], ['802_3', 1], ['ax25', 2], ['all', 3], ['802_2', 4], ['snap', 5], ['ddcmp', 6],
  ['wan_ppp', 7], ['ppp_mp', 8], ['localtalk', 9], ['can', 12], ['ppptalk', 16], ['tr_802_2', 17],
  ['mobitex', 21], ['control', 22], ['irda', 23], ['econet', 24], ['tipc', 0x88ca], ['profinet', 0x8892],
  ['aoe', 0x88a2], ['ethercat', 0x88a4], ['802.1Q', 0x8100], ['802.1ad', 0x88a8], ['mpls_uc', 0x8847],
  ['mpls_mc', 0x8848], ['teb', 0x6558], ['LLDP', 0x88cc],
]

/** The EtherType of a name or a number, or null. */
export function linkProtocol(name: string): number | null {
  const named = LINK_PROTOCOLS.find(([each]) => each.toLowerCase() === name.toLowerCase())
  return named === undefined ? parseIntegerAny(name) : named[1]
}

/** The name of an EtherType; its number in brackets when it has none, or `numeric`. */
export function linkProtocolName(protocol: number, numeric: boolean): string {
  const named = numeric ? undefined : LINK_PROTOCOLS.find(([, each]) => each === protocol)
  return named === undefined ? `[${protocol}]` : named[0]
}

/** The name of an IP protocol, of /etc/protocols. */
export function ipProtocolName(protocol: number): string {
  for (const [name, number] of IP_PROTOCOLS) if (number === protocol) return name
  return `ipproto-${protocol}`
}
