import { viewOf } from '../../src/base/hex.ts'
import { ETHERTYPE_802_3_MIN, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_VLAN } from '../../src/wire/ethernet.ts'
import { PROTOCOLS, type Protocol } from '../messages.ts'

const ETHERTYPE_SERVICE_VLAN = 0x88a8

/** What a frame is coloured by: an index into PROTOCOLS. */
export function protocolOf(bytes: Uint8Array): number {
  return PROTOCOLS.indexOf(nameOf(bytes))
}

function nameOf(bytes: Uint8Array): Protocol {
  if (bytes.length < 14) return 'other'
  const view = viewOf(bytes)
  let at = 12
  while (at + 6 <= bytes.length && isVlan(view.getUint16(at))) at += 4
  const type = view.getUint16(at)
  if (type === ETHERTYPE_ARP) return 'arp'
  if (type < ETHERTYPE_802_3_MIN) return bytes[at + 2] === 0x42 ? 'stp' : 'other' // LLC of spanning tree
  if (type !== ETHERTYPE_IPV4 || at + 22 > bytes.length) return 'other'
  const ip = at + 2
  const transport = ip + (bytes[ip] & 0x0f) * 4
  switch (bytes[ip + 9]) {
    case 1: return isError(bytes[transport]) ? 'icmp-error' : 'icmp'
    case 2: return 'igmp'
    case 6: return 'tcp'
    case 17: return 'udp'
    default: return 'other'
  }
}

function isVlan(type: number): boolean {
  return type === ETHERTYPE_VLAN || type === ETHERTYPE_SERVICE_VLAN
}

/** Destination unreachable, redirect, time exceeded, parameter problem. */
function isError(icmpType: number | undefined): boolean {
  return icmpType === 3 || icmpType === 5 || icmpType === 11 || icmpType === 12
}
