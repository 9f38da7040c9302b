/**
 * The fib: how fast a table of a million Internet-like prefixes loads, changes and answers, what it weighs, and what a
 * look-up costs in the small tables that most nodes have.
 *
 * `ceiling:lookup-...` is CompactTrie of ceiling.ts over the same prefixes and destinations.
 */

import { Fib } from '../src/inet/route/fib.ts'
import { ipv4, maskOf } from '../src/wire/address.ts'
import { CompactTrie } from './ceiling.ts'
import { bench, report, residentBytes, xorshift } from './harness.ts'
import { type PrefixTable, destinationsIn, internetPrefixes } from './prefixes.ts'

const MIB = 1024 * 1024
const MILLION = 1_000_000
const LOOKUPS = 2_000_000

/** The million again and again: load time and memory. */
function measureLoad(table: PrefixTable): Fib {
  const fib = new Fib()
  const before = residentBytes()
  fib.load(table.prefixes, table.lengths, table.values)
  report('fib', 'resident-1M', 'MiB', (residentBytes() - before) / MIB)
  report('fib', 'bytes-1M', 'MiB', fib.byteLength / MIB)
  bench('fib', 'load-1M', 'ms', () => {
    fib.load(table.prefixes, table.lengths, table.values)
    return 1
  }, { before: () => fib.clear() })
  return fib
}

function measureLookup(name: string, fib: Fib, destinations: Int32Array): number {
  let sum = 0
  bench('fib', name, 'ns', () => {
    sum = 0
    for (let i = 0; i < LOOKUPS; i++) sum = (sum + fib.lookup(destinations[i & 0xffff])) | 0
    return LOOKUPS
  })
  return sum
}

function measureBeside(name: string, fib: Fib, table: PrefixTable): void {
  const destinations = destinationsIn(table, 65536, 4711)
  const ours = measureLookup(name, fib, destinations)
  const compact = new CompactTrie(table)
  let sum = 0
  bench('fib', `ceiling:${name}`, 'ns', () => {
    sum = 0
    for (let i = 0; i < LOOKUPS; i++) sum = (sum + compact.lookup(destinations[i & 0xffff])) | 0
    return LOOKUPS
  })
  if (sum !== ours) throw new Error(`${name}: fib and ceiling disagree`)
}

/** Changes as a routing daemon makes them: random prefixes of the table go and come back; then the default route. */
function measureChanges(fib: Fib, table: PrefixTable): void {
  const changes = 100_000
  const next = xorshift(99)
  bench('fib', 'change-1M', 'ns', () => {
    for (let i = 0; i < changes; i += 2) {
      const at = next(table.prefixes.length)
      fib.remove(table.prefixes[at], table.lengths[at])
      fib.replace(table.prefixes[at], table.lengths[at], table.values[at])
    }
    return changes
  })
  bench('fib', 'change-default-1M', 'us', () => {
    for (let i = 0; i < 10; i++) {
      fib.replace(0, 0, i)
      fib.remove(0, 0)
    }
    return 20
  })
}

/** One prefix after the other, as a daemon that has just come up sends them. */
function measureGrowth(table: PrefixTable): void {
  const count = 100_000
  bench('fib', 'replace-one-by-one-100k', 'ns', () => {
    const fib = new Fib()
    for (let i = 0; i < count; i++) fib.replace(table.prefixes[i], table.lengths[i], table.values[i])
    return count
  })
}

/** Look-ups of one destination, as the packets of a flow make them. */
function measureFlow(name: string, fib: Fib, destination: number): void {
  measureLookup(name, fib, new Int32Array(65536).fill(destination))
}

/** Tables of a lab: subnets of 10/8 and a default route; half the packets have a route of their own. */
function measureSmall(prefixCount: number): void {
  const fib = new Fib()
  const next = xorshift(7)
  const table = new Int32Array(prefixCount - 1)
  for (let i = 0; i < table.length; i++) {
    table[i] = ipv4(10, i >>> 6, i << 2, 0) & maskOf(24)
    fib.replace(table[i], 24, i + 1)
  }
  fib.replace(0, 0, 0)
  const destinations = new Int32Array(65536)
  for (let i = 0; i < destinations.length; i++) {
    destinations[i] = next(2) === 0 ? table[next(table.length)] | next(256) : next(0x100000000) | 0
  }
  measureLookup(`lookup-${prefixCount}`, fib, destinations)
  measureFlow(`lookup-${prefixCount}-one-flow`, fib, table[table.length - 1] | 1)
  measureFlow(`lookup-${prefixCount}-one-flow-default`, fib, ipv4(192, 0, 2, 1))
  if (prefixCount === 20) report('fib', 'bytes-20', 'B', fib.byteLength)
}

export function run(): void {
  const million = internetPrefixes(MILLION, 88172645)
  const fib = measureLoad(million)
  measureBeside('lookup-1M', fib, million)
  measureChanges(fib, million)
  fib.clear()
  const thousand = internetPrefixes(1000, 88172645)
  fib.load(thousand.prefixes, thousand.lengths, thousand.values)
  measureBeside('lookup-1k', fib, thousand)
  measureGrowth(million)
  for (const count of [4, 8, 16, 20, 32, 200]) measureSmall(count)
}
