/** Prefixes as the Internet's routing table has them, for the benches of the fib and of the ceiling. */

import { PrefixSet } from '../src/inet/route/prefix-set.ts'
import { maskOf } from '../src/wire/address.ts'
import { xorshift } from './harness.ts'

export type PrefixTable = {
  readonly prefixes: Int32Array
  readonly lengths: Uint8Array
  /** 1..1000: a router has few neighbours. */
  readonly values: Int32Array
}

/** [length, share in half percents]: the mix that the ceiling uses; the sum is 200. */
const LENGTH_MIX = [
  [24, 120], [22, 22], [23, 20], [20, 10], [21, 10], [19, 6], [16, 4], [18, 4], [17, 2], [28, 1], [32, 1],
] as const

/** `count` different prefixes in 1.0.0.0 .. 222.255.255.255, in random order. */
export function internetPrefixes(count: number, seed: number): PrefixTable {
  const next = xorshift(seed)
  const mix = LENGTH_MIX.flatMap(([length, share]) => Array<number>(share).fill(length))
  const table = { prefixes: new Int32Array(count), lengths: new Uint8Array(count), values: new Int32Array(count) }
  const seen = new PrefixSet(count)
  for (let i = 0; i < count;) {
    const length = mix[next(mix.length)]
    const prefix = (((1 + next(222)) << 24) | next(1 << 24)) & maskOf(length)
    if (seen.get(prefix, length) >= 0) continue
    seen.put(prefix, length << 24)
    table.prefixes[i] = prefix
    table.lengths[i] = length
    table.values[i] = 1 + next(1000)
    i++
  }
  return table
}

/** `count` addresses, each inside one of the prefixes. */
export function destinationsIn(table: PrefixTable, count: number, seed: number): Int32Array {
  const next = xorshift(seed)
  const destinations = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    const at = next(table.prefixes.length)
    destinations[i] = table.prefixes[at] | (next(0x100000000) & ~maskOf(table.lengths[at]))
  }
  return destinations
}
