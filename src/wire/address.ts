/**
 * IPv4 and Ethernet addresses.
 *
 * An IPv4 address is a signed 32-bit integer in host order (192.0.2.1 is 0xc0000201 | 0): what DataView.getInt32()
 * gives, so `===` is always right and no conversion stands on the packet path. Only order needs care: compare with
 * `>>> 0` or compareIpv4(). A MAC address is a 48-bit integer in a number; code on the packet path handles it as two
 * integers, `hi` (its first 16 bits) and `lo` (its last 32, signed), since a 48-bit number is a double to the machine.
 *
 * Three programs read IPv4 text in three ways, and so does this file:
 *
 *     parseIpv4             inet_pton: four decimal parts, nothing else     (lab files, ip route's own output)
 *     parseIpv4Abbreviated  iproute2 lib/utils.c get_addr_ipv4(): 10.1 is 10.1.0.0; parts as strtoul(…, 0) reads them
 *     parseIpv4Aton         inet_aton: 10.1 is 10.0.0.1                     (ping, traceroute, getaddrinfo)
 *
 * Sources: RFC 1122 §3.2.1.3, RFC 5735, RFC 1112 §6.4, Linux include/linux/in.h and inetdevice.h.
 */

/** 0.0.0.0 (INADDR_ANY). */
export const IPV4_ANY = 0
/** 255.255.255.255 (INADDR_BROADCAST), the limited broadcast. */
export const IPV4_BROADCAST = -1
/** 127.0.0.1 (INADDR_LOOPBACK). */
export const IPV4_LOOPBACK = 0x7f000001
/** 224.0.0.1, all hosts on this link; every IPv4 interface is a member. */
export const IPV4_ALL_HOSTS = 0xe0000001 | 0

/** An IPv4 prefix. `address` may have host bits set; networkOf() clears them. */
export type Ipv4Prefix = { readonly address: number, readonly length: number }

/** The four bytes as an address. Each must be an integer in 0..255. */
export function ipv4(a: number, b: number, c: number, d: number): number {
  return (a << 24) | (b << 16) | (c << 8) | d
}

/** Reads a strict dotted quad as inet_pton(AF_INET) does: no leading zeros, no spaces. null when it is not one. */
export function parseIpv4(text: string): number | null {
  let address = 0
  let at = 0
  for (let part = 0; part < 4; part++) {
    if (part > 0 && text.charCodeAt(at++) !== 0x2e) return null
    const start = at
    let value = 0
    while (at < text.length && at < start + 4) {
      const digit = text.charCodeAt(at) - 0x30
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      at++
    }
    if (at === start || value > 255) return null
    if (at > start + 1 && text.charCodeAt(start) === 0x30) return null
    address = (address << 8) | value
  }
  return at === text.length ? address : null
}

/** A dotted quad: 192.168.1.2. */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}

/** A number as strtoul(text, &end, 0) reads it when the text is nothing else: decimal, 0x hex, 0 octal; or null. */
function parseUnsigned(text: string): number | null {
  const body = text.replace(/^[ \t\n\v\f\r]+/, '').replace(/^\+/, '')
  if (/^0[xX][0-9a-fA-F]+$/.test(body)) return parseInt(body.slice(2), 16)
  if (/^0[0-7]*$/.test(body)) return parseInt(body, 8)
  if (/^[1-9][0-9]*$/.test(body)) return parseInt(body, 10)
  return null
}

/**
 * Reads an address as iproute2 does: one to four parts, missing ones are zero at the right ("10.1" is 10.1.0.0), each
 * decimal, octal (010) or hex (0x0a). null when iproute2 would say `inet address is expected rather than "…"`.
 */
export function parseIpv4Abbreviated(text: string): number | null {
  const parts = text.split('.')
  if (parts.length > 4) return null
  let address = 0
  for (let i = 0; i < parts.length; i++) {
    const value = parseUnsigned(parts[i])
    if (value === null || value > 255) return null
    address |= value << (24 - 8 * i)
  }
  return address
}

/** One past the largest number of so many bytes. */
const LIMITS = [1, 0x100, 0x10000, 0x1000000, 0x100000000]

/**
 * Reads an address as inet_aton() does, so as ping and getaddrinfo() do: the last part fills all bytes that are left
 * ("10.1" is 10.0.0.1, "2130706433" is 127.0.0.1). null when it is not one.
 */
export function parseIpv4Aton(text: string): number | null {
  const parts = text.split('.')
  if (parts.length > 4) return null
  let address = 0
  for (let i = 0; i < parts.length; i++) {
    if (!/^[0-9]/.test(parts[i])) return null
    const value = parseUnsigned(parts[i])
    const bytesLeft = i === parts.length - 1 ? 4 - i : 1
    if (value === null || value >= LIMITS[bytesLeft]) return null
    address = bytesLeft === 1 ? address | (value << (24 - 8 * i)) : address | (value | 0)
  }
  return address
}

/** Reads "10.0.0.0/8", or an address alone, which is a /32. Strict: dotted quad and 0..32. null otherwise. */
export function parsePrefix(text: string): Ipv4Prefix | null {
  const slash = text.indexOf('/')
  const address = parseIpv4(slash < 0 ? text : text.slice(0, slash))
  if (address === null) return null
  if (slash < 0) return { address, length: 32 }
  const digits = text.slice(slash + 1)
  if (!/^(?:0|[1-9][0-9]?)$/.test(digits)) return null
  const length = Number(digits)
  return length <= 32 ? { address, length } : null
}

/**
 * Reads a prefix as iproute2's get_prefix() does: an abbreviated address, then perhaps a length (also octal or hex) or
 * a netmask ("10.1/255.255.0.0"). Without a slash the length is 32, whatever was left out. null otherwise; the words
 * "default", "any" and "all" are left to the caller, since they carry no length of their own in every command.
 */
export function parsePrefixAbbreviated(text: string): Ipv4Prefix | null {
  const slash = text.indexOf('/')
  const address = parseIpv4Abbreviated(slash < 0 ? text : text.slice(0, slash))
  if (address === null) return null
  if (slash < 0) return { address, length: 32 }
  const tail = text.slice(slash + 1)
  const number = parseUnsigned(tail)
  if (number !== null) return number <= 32 ? { address, length: number } : null
  const mask = parseIpv4Abbreviated(tail)
  const length = mask === null ? -1 : lengthOfMask(mask)
  return length < 0 ? null : { address, length }
}

/** "10.0.0.0/8". */
export function formatPrefix(address: number, length: number): string {
  return `${formatIpv4(address)}/${length}`
}

/** The netmask of a prefix length in 0..32. */
export function maskOf(length: number): number {
  return length === 0 ? 0 : -1 << (32 - length)
}

/** The prefix length of a netmask; -1 if its ones are not contiguous from the left. */
export function lengthOfMask(mask: number): number {
  const hostBits = ~mask
  if ((hostBits & (hostBits + 1)) !== 0) return -1
  return Math.clz32(hostBits)
}

/** The address with its host bits cleared. */
export function networkOf(address: number, length: number): number {
  return address & maskOf(length)
}

/** The directed broadcast address of the prefix: all host bits set. */
export function broadcastOf(address: number, length: number): number {
  return address | ~maskOf(length)
}

/** Whether `address` lies in network/length; host bits of `network` do not matter. */
export function inPrefix(address: number, network: number, length: number): boolean {
  return ((address ^ network) & maskOf(length)) === 0
}

/** Order for Array.sort(): as unsigned, so 10.0.0.1 before 192.0.2.1. */
export function compareIpv4(a: number, b: number): number {
  return (a >>> 0) - (b >>> 0)
}

/** 224.0.0.0/4 (Linux ipv4_is_multicast). */
export function isMulticast(address: number): boolean {
  return (address & 0xf0000000) === (0xe0000000 | 0)
}

/** 224.0.0.0/24, never forwarded (Linux ipv4_is_local_multicast). */
export function isLocalMulticast(address: number): boolean {
  return (address & 0xffffff00) === (0xe0000000 | 0)
}

/** 127.0.0.0/8 (Linux ipv4_is_loopback). */
export function isLoopback(address: number): boolean {
  return (address & 0xff000000) === 0x7f000000
}

/** 0.0.0.0 alone (Linux ipv4_is_zeronet since 5.3: the rest of 0.0.0.0/8 is ordinary unicast). */
export function isZeronet(address: number): boolean {
  return address === 0
}

/** 255.255.255.255 (Linux ipv4_is_lbcast). */
export function isLimitedBroadcast(address: number): boolean {
  return address === -1
}

/** 169.254.0.0/16 (Linux ipv4_is_linklocal_169). */
export function isLinkLocal(address: number): boolean {
  return (address & 0xffff0000) === (0xa9fe0000 | 0)
}

/** 10/8, 172.16/12, 192.168/16 (RFC 1918). */
export function isPrivate(address: number): boolean {
  return (address & 0xff000000) === 0x0a000000 ||
    (address & 0xfff00000) === (0xac100000 | 0) ||
    (address & 0xffff0000) === (0xc0a80000 | 0)
}

/** ff:ff:ff:ff:ff:ff. */
export const MAC_BROADCAST = 0xffffffffffff
/** 00:00:00:00:00:00, no address. */
export const MAC_NONE = 0

/** The first 16 bits of a MAC, unsigned. */
export function macHi(mac: number): number {
  return Math.floor(mac / 0x100000000)
}

/** The last 32 bits of a MAC, signed. */
export function macLo(mac: number): number {
  return mac | 0
}

/** The MAC of its first 16 bits (unsigned) and its last 32 (signed or not). */
export function macFrom(hi: number, lo: number): number {
  return hi * 0x100000000 + (lo >>> 0)
}

/** Reads six colon-separated parts of one or two hex digits, in either case, as Linux commands do. null otherwise. */
export function parseMac(text: string): number | null {
  if (!/^[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}$/.test(text)) return null
  let mac = 0
  for (const part of text.split(':')) mac = mac * 256 + parseInt(part, 16)
  return mac
}

/**
 * Reads a link-layer address as iproute2 does (lib/ll_addr.c ll_addr_a2n()): up to 32 colon-separated parts, each as
 * sscanf("%x") reads it, whatever follows its digits; or, with a dot in it, an IPv4 address, as tunnels have.
 * Returns its bytes, of any number: the caller says `Invalid address length 5 - must be 6 bytes`. Or returns the part
 * that is none, for `"100" is invalid lladdr.`
 */
export function parseLinkAddress(text: string): Uint8Array | string {
  if (text.includes('.')) {
    const address = parseIpv4Abbreviated(text)
    return address === null ? text : Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address)
  }
  const parts = text.split(':').slice(0, 32)
  const bytes = new Uint8Array(parts.length)
  for (let i = 0; i < parts.length; i++) {
    const value = scanHex(parts[i])
    if (value < 0 || value > 255) return parts[i]
    bytes[i] = value
  }
  return bytes
}

/** What sscanf(text, "%x", &int) stores; -1 where it stores nothing. */
function scanHex(text: string): number {
  const match = /^[ \t\n\v\f\r]*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)/.exec(text)
  if (match === null) return -1
  const digits = match[2].replace(/^0+/, '')
  // Beyond 64 bits strtoul() answers all ones; an int keeps the last 32 bits.
  const value = digits.length > 16 ? -1 : parseInt(digits.slice(-8) || '0', 16) | 0
  return match[1] === '-' && digits.length <= 16 ? -value | 0 : value
}

/** Lower case with colons: 02:00:00:00:00:01. */
export function formatMac(mac: number): string {
  const digits = mac.toString(16).padStart(12, '0')
  let text = digits.slice(0, 2)
  for (let i = 2; i < 12; i += 2) text += `:${digits.slice(i, i + 2)}`
  return text
}

/** The group bit: multicast or broadcast (Linux is_multicast_ether_addr, true for broadcast too). */
export function isMulticastMac(mac: number): boolean {
  return (macHi(mac) & 0x0100) !== 0
}

/** Neither zero nor a group address: may be an interface's own (Linux is_valid_ether_addr). */
export function isValidMac(mac: number): boolean {
  return mac !== 0 && !isMulticastMac(mac)
}

/** The Ethernet group of an IPv4 group: 01:00:5e and the last 23 bits (RFC 1112 §6.4). */
export function multicastMacOf(address: number): number {
  return macFrom(0x0100, 0x5e000000 | (address & 0x7fffff))
}
