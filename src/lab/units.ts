import { isMulticastMac, parseIpv4, parseMac } from '../wire/address.ts'

/**
 * The words of a lab file that stand for one value: durations, rates, shares, sizes, addresses, names. Each parser
 * takes what YAML gave (a string or a number) and returns the value or a Refusal that says what would be right.
 */

/** Why a word was not taken. `hint` is "" when `message` says all. */
export class Refusal {
  readonly message: string
  readonly hint: string

  constructor(message: string, hint = '') {
    this.message = message
    this.hint = hint
  }
}

/** The longest time a lab may name: 2^53 ns, 104 days; a Nanoseconds value is exact up to there. */
const MAX_NS = Number.MAX_SAFE_INTEGER

const NS_OF: Readonly<Record<string, number>> = {
  ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, sec: 1e9, m: 60e9, min: 60e9, h: 3600e9,
}

/** What YAML or TypeScript gave, as it would be written: "text" in quotes, numbers bare, the rest by its kind. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value)
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return String(value)
}

/** "10ms", "1.5s", "1m30s", 0 -> integer nanoseconds, never negative. */
export function parseDuration(value: string | number): number | Refusal {
  if (value === 0 || value === '0') return 0
  const text = String(value).trim()
  if (/^-/.test(text)) return new Refusal(`${text} is negative`, 'expected 0s or more')
  if (/^\d+(?:\.\d+)?$/.test(text)) return new Refusal(`${text} has no unit`, `did you mean ${text}ms or ${text}s?`)
  if (!/^(?:\d+(?:\.\d+)?\s*[a-zµμ]+\s*)+$/i.test(text)) {
    return new Refusal(`${show(value)} is not a duration`, 'expected a number and a unit, such as 10ms or 1.5s')
  }
  let total = 0
  for (const [, digits, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-zµμ]+)/gi)) {
    const word = Object.hasOwn(NS_OF, unit) ? unit : unit.toLowerCase()
    if (!Object.hasOwn(NS_OF, word) || unit === 'M') {
      return new Refusal(`${show(unit)} is not a unit of time`, 'expected ns, us, ms, s, m or h')
    }
    total += Number(digits) * NS_OF[word]
  }
  const rounded = Math.round(total)
  if (Math.abs(total - rounded) > 1e-3) return new Refusal(`${text} is no whole number of nanoseconds`)
  if (rounded > MAX_NS) return new Refusal(`${text} is too long`, 'at most 104 days')
  return rounded
}

const BIT_PREFIXES: Readonly<Record<string, number>> = {
  '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, ki: 1024, mi: 1048576, gi: 1073741824, ti: 1099511627776,
}

/**
 * "1Gbps", "10Mbit", "100kbit/s" -> bit/s. bps is bits per second here, as in containerlab and everywhere but in tc,
 * where it means bytes; so words for bytes are refused.
 */
export function parseRate(value: string | number): number | Refusal {
  const text = String(value).trim()
  if (/^\d+(?:\.\d+)?$/.test(text)) return new Refusal(`${text} has no unit`,
    `did you mean ${text}Mbit or ${text}kbit?`)
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?)(bit\/s|bits\/s|bits|bit|bps|b\/s|b|)$/i.exec(text)
  if (!match) {
    return new Refusal(`${show(value)} is not a bandwidth`, 'expected a number and a unit, such as 100Mbit or 1Gbps')
  }
  const [, digits, prefix, word] = match
  if (word === 'B' || word === 'B/s') {
    return new Refusal(`${text} counts bytes`, `in bits that is ${Number(digits) * 8}${prefix}bit`)
  }
  if (word === '' || /^b$/i.test(word) || !Object.hasOwn(BIT_PREFIXES, prefix.toLowerCase())) {
    return new Refusal(`${show(value)} has no unit`, `did you mean ${digits}${prefix}bit?`)
  }
  const rate = Math.round(Number(digits) * BIT_PREFIXES[prefix.toLowerCase()])
  if (rate < 1) return new Refusal(`${text} lets nothing through`, 'to cut the link: state: down')
  return rate <= Number.MAX_SAFE_INTEGER ? rate : new Refusal(`${text} is too fast`, 'at most 9 Pbit/s')
}

/** "0.1%", 0.001 -> 0..1. A bare number above 1 is not guessed to be a percentage. */
export function parseShare(value: string | number): number | Refusal {
  const text = String(value).trim()
  const match = /^(\d+(?:\.\d+)?|\.\d+)(?:e-\d+)?\s*(%?)$/.exec(text)
  if (/^-/.test(text)) return new Refusal(`${text} is negative`, 'expected 0% to 100%')
  if (!match) return new Refusal(`${show(value)} is not a share`, 'expected 0% to 100%, or a number from 0 to 1')
  if (match[2] === '%') {
    const percent = Number(match[1])
    return percent <= 100 ? percent / 100 : new Refusal(`${text} is more than all`, 'expected 0% to 100%')
  }
  const share = Number(text)
  if (share <= 1) return share
  return new Refusal(`${text} is more than 1`, share <= 100 ? `did you mean ${text}%?` : 'expected 0% to 100%')
}

/** A limit of a link's queue; the limit that is not named is 0, which is off. */
export interface QueueLimit {
  readonly packets: number
  readonly bytes: number
}

const SIZE_PREFIXES: Readonly<Record<string, number>> = {
  '': 1, k: 1000, m: 1e6, g: 1e9, ki: 1024, mi: 1048576, gi: 1073741824,
}

/** "100p" -> packets, "64KiB" -> bytes. */
export function parseQueueLimit(value: string | number): QueueLimit | Refusal {
  const text = String(value).trim()
  const match = /^(\d+)\s*(?:(p|packets?|pkts?)|([kmg]?i?)(b|bytes?))$/i.exec(text)
  if (!match) {
    if (/^\d+$/.test(text)) return new Refusal(`${text} has no unit`, `did you mean ${text}p (packets) or ${text}KiB?`)
    return new Refusal(`${show(value)} is not a queue limit`, 'expected packets or bytes, such as 100p or 64KiB')
  }
  const count = Number(match[1])
  if (count === 0) return new Refusal(`${text} would hold nothing`, 'expected at least 1p')
  if (match[2] !== undefined) {
    return count <= MAX_QUEUE_PACKETS ? { packets: count, bytes: 0 }
      : new Refusal(`${text} is too long`, `at most ${MAX_QUEUE_PACKETS}p`)
  }
  const scale = SIZE_PREFIXES[match[3].toLowerCase()]
  if (scale === undefined) return new Refusal(`${show(value)} is not a queue limit`, 'expected such as 100p or 64KiB')
  return count * scale <= 2147483648 ? { packets: 0, bytes: count * scale }
    : new Refusal(`${text} is too long`, 'at most 2GiB')
}

/** The most packets that a link's queue may hold (docs/LIMITS.md). */
export const MAX_QUEUE_PACKETS = 1_000_000

/** "192.168.1.2/24" -> the same text. Strict, and with its length: what a forgotten one would mean is not guessed. */
export function parseInterfaceAddress(value: string | number): string | Refusal {
  const text = String(value).trim()
  if (text.includes(':')) return new Refusal(`${text} is an IPv6 address`, 'Netarium speaks only IPv4 yet')
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const refusal = checkIpv4(address)
  if (refusal) return refusal
  if (slash < 0) return new Refusal(`${text} has no prefix length`, `did you mean ${text}/24?`)
  const tail = text.slice(slash + 1)
  if (/^\d+$/.test(tail) && Number(tail) <= 32) return `${address}/${Number(tail)}`
  return new Refusal(`/${tail} is not a prefix length`, 'expected /0 to /32')
}

/** "192.168.1.1" -> the same text. */
export function parseHostAddress(value: string | number): string | Refusal {
  const text = String(value).trim()
  if (text.includes(':')) return new Refusal(`${text} is an IPv6 address`, 'Netarium speaks only IPv4 yet')
  if (text.includes('/')) return new Refusal(`${text} is a prefix`, `did you mean ${text.slice(0, text.indexOf('/'))}?`)
  return checkIpv4(text) ?? text
}

function checkIpv4(text: string): Refusal | null {
  if (parseIpv4(text) !== null) return null
  const parts = text.split('.')
  const isDotted = parts.length > 1 && parts.every((part) => /^\d+$/.test(part))
  if (!isDotted) return new Refusal(`${show(text)} is not an IPv4 address`, 'expected such as 192.168.1.2')
  if (parts.length !== 4) return new Refusal(`${text} has ${parts.length} parts`, 'an IPv4 address has 4')
  const big = parts.find((part) => Number(part) > 255)
  if (big !== undefined) return new Refusal(`${text} is not an IPv4 address`, `${big} is more than 255`)
  return new Refusal(`${text} is not an IPv4 address`, `did you mean ${parts.map(Number).join('.')}?`)
}

/** "02:00:00:00:00:01" -> lower case, two digits each. */
export function parseInterfaceMac(value: string | number): string | Refusal {
  const text = String(value).trim()
  const mac = parseMac(text.replaceAll('-', ':'))
  if (mac === null) {
    return new Refusal(`${show(value)} is not a MAC address`, 'expected six pairs of hex digits: 02:00:00:00:00:01')
  }
  const lower = text.replaceAll('-', ':').toLowerCase().split(':').map((part) => part.padStart(2, '0')).join(':')
  if (mac === 0) return new Refusal('an interface can not have the MAC address 00:00:00:00:00:00')
  if (!isMulticastMac(mac)) return lower
  return new Refusal(`${lower} is a group address`, 'the first byte of an interface\'s own MAC is even, such as 02')
}

/** Linux's rules for device names (net/core/dev.c dev_valid_name), null when the name is good. */
export function checkInterfaceName(name: string): Refusal | null {
  if (name === '') return new Refusal('an interface needs a name', 'expected such as eth1')
  if (name === '.' || name === '..') return new Refusal(`Linux allows no interface called ${show(name)}`)
  if (name.length > 15) return new Refusal(`${show(name)} is too long`,
    'Linux allows 15 characters in an interface name')
  const bad = /[/:\s]/.exec(name)
  if (bad) return new Refusal(`${show(name)} has ${show(bad[0])} in it`,
    'Linux allows no "/", ":" or space in an interface name')
  if (!/^[\x21-\x7e]+$/.test(name)) return new Refusal(`${show(name)} is not plain ASCII`, 'expected such as eth1')
  return null
}

/** Names of labs, nodes and groups: they become parts of file names, of `node:eth1` and of words in a shell. */
export function checkName(name: string): Refusal | null {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    return name.length <= 63 ? null : new Refusal(`${show(name)} is too long`, 'at most 63 characters')
  }
  if (name === '') return new Refusal('the name is empty')
  const better = name.replace(/[^a-zA-Z0-9_.-]+/g, '-').replace(/^[-_.]+|[-_.]+$/g, '')
  return new Refusal(`${show(name)} is not a name`,
    better === '' ? 'expected letters, digits, "_", "." and "-"'
      : `expected letters, digits, "_", "." and "-", a letter or digit first; did you mean ${show(better)}?`)
}
