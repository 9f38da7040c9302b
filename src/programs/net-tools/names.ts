import type { Process } from '../../host/process.ts'
import { formatIpv4, parseIpv4Aton } from '../../wire/address.ts'
import { nameOf, resolveIpv4 } from '../resolve.ts'

/** What net-tools' lib/inet.c makes of a word: an address, and whether it is a network's (INET_resolve). */
export interface Resolved {
  readonly address: number
  readonly network: boolean
}

/** /etc/networks of Debian 12; `default` is known by itself. */
const NETWORKS: readonly (readonly [string, number])[] = [
  ['default', 0], ['loopback', 0x7f000000], ['link-local', 0xa9fe0000 | 0],
]

/** Looks a word up: numbers, then networks unless a host is meant, then hosts. A text says why there is none. */
export function resolve(process: Process, word: string, hostMeant: boolean): Resolved | string {
  if (word === 'default') return { address: 0, network: true }
  const literal = parseIpv4Aton(word)
  if (literal !== null) return { address: literal, network: false }
  const network = NETWORKS.find(([name]) => name === word)
  const host = resolveIpv4(process, word)
  if (host !== null && (hostMeant || network === undefined)) return { address: host, network: false }
  if (network !== undefined) return { address: network[1], network: true }
  return `${word}: ${isHostName(word) ? 'Host name lookup failure' : 'Unknown host'}\n`
}

/** Whether the resolver would ask for it at all: letters, digits, dots, and no number at the end. */
function isHostName(word: string): boolean {
  return /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$/.test(word) && !/^[0-9.]+$/.test(word)
}

/** An address as net-tools print it (INET_sprint): networks and hosts by their names, unless numbers are wanted. */
export function show(process: Process, address: number, mask: number, numeric: boolean): string {
  if (numeric) return formatIpv4(address)
  if ((address & ~mask) !== 0 || mask === -1) return address === 0 ? '0.0.0.0' : nameOf(process, address)
  if (address === 0) return mask === 0 ? 'default' : '0.0.0.0'
  return NETWORKS.find(([, network]) => network === address)?.[0] ?? formatIpv4(address)
}

/**
 * A MAC address as lib/ether.c reads it: up to six numbers of one or two hex digits, with or without colons; what is
 * missing is 0, what follows is not looked at. Null when a character is none of those.
 */
export function parseEther(text: string): number | null {
  let mac = 0
  let at = 0
  for (let count = 0; count < 6; count++) {
    if (at >= text.length) {
      mac *= 256
      continue
    }
    const first = digit(text[at++])
    if (first < 0) return null
    const next = text[at] ?? ''
    const second = digit(next)
    if (second < 0 && next !== ':' && next !== '') return null
    if (next !== '') at++
    mac = mac * 256 + (second < 0 ? first : first * 16 + second)
    if (text[at] === ':') at++
  }
  return mac
}

function digit(character: string): number {
  return /^[0-9a-fA-F]$/.test(character) ? parseInt(character, 16) : -1
}

/** Hardware types that net-tools know, and whether they do ARP (lib/hw.c). */
export const HARDWARE_TYPES: ReadonlyMap<string, boolean> = new Map([
  ['loop', false], ['slip', false], ['cslip', false], ['slip6', false], ['cslip6', false], ['adaptive', false],
  ['ash', true], ['ether', true], ['ax25', true], ['netrom', true], ['rose', true], ['tunnel', false], ['ppp', false],
  ['hdlc', false], ['lapb', false], ['arcnet', true], ['dlci', true], ['frad', false], ['sit', false], ['fddi', true],
  ['hippi', true], ['irda', true], ['ec', false], ['x25', true], ['eui64', true],
])

/** Address families that net-tools know (lib/af.c). */
export const FAMILIES: ReadonlySet<string> = new Set([
  'unix', 'inet', 'inet6', 'ax25', 'netrom', 'rose', 'ipx', 'ddp', 'ec', 'ash', 'x25',
])
