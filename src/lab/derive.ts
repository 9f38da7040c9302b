import { hash32 } from '../base/hash.ts'
import { formatMac } from '../wire/address.ts'

/**
 * What is made of names, so that it does not depend on the order in which a file lists its nodes.
 */

/** Order of names everywhere that an order is needed: by UTF-16 code units, the same on every machine. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Order of interface names for people: lo first, digits as numbers (eth2 before eth10), then by code units. */
export function compareInterfaces(a: string, b: string): number {
  if (a === 'lo' || b === 'lo') return a === b ? 0 : a === 'lo' ? -1 : 1
  const left = a.match(/\d+|\D+/g) ?? []
  const right = b.match(/\d+|\D+/g) ?? []
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const bothNumbers = /^\d/.test(left[i]) && /^\d/.test(right[i])
    const order = bothNumbers ? Number(left[i]) - Number(right[i]) : compareNames(left[i], right[i])
    if (order !== 0) return order
  }
  return left.length - right.length || compareNames(a, b)
}

/** Node ids: the position of each name in the order of compareNames(). */
export function nodeIds(names: Iterable<string>): Map<string, number> {
  return new Map([...names].sort(compareNames).map((name, id) => [name, id]))
}

/**
 * The MAC address of an interface that is given none: 02 (locally administered, unicast), then 40 bits of a hash of
 * lab, node and interface. `attempt` counts up while the address is taken (see assignMacs).
 */
export function macOf(lab: string, node: string, dev: string, attempt = 0): string {
  const words = `${lab}\n${node}\n${dev}`
  const high = hash32(words, 2 * attempt) & 0xff
  return formatMac(0x020000000000 + high * 0x100000000 + hash32(words, 2 * attempt + 1))
}

/**
 * MAC addresses of all interfaces that have none, by "node:interface". Two that hash to the same address (one lab of
 * 10,000 interfaces in 22,000) are told apart: the second, in the order of names, takes its next hash. So an address
 * changes with other nodes only where they would have collided.
 * taken: the addresses that the lab gives itself, lower case.
 */
export function assignMacs(lab: string, interfaces: readonly { readonly node: string, readonly name: string }[],
  taken: ReadonlySet<string>): Map<string, string> {
  const used = new Set(taken)
  const macs = new Map<string, string>()
  const ordered = [...interfaces].sort((a, b) => compareNames(a.node, b.node) || compareNames(a.name, b.name))
  for (const { node, name } of ordered) {
    let attempt = 0
    let mac = macOf(lab, node, name)
    while (used.has(mac)) mac = macOf(lab, node, name, ++attempt)
    used.add(mac)
    macs.set(`${node}:${name}`, mac)
  }
  return macs
}
