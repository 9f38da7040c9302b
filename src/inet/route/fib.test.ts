import { describe, expect, test } from 'vitest'
import { ipv4, maskOf, parsePrefix } from '../../wire/address.ts'
import { ROOT16_MIN } from './fib-trie.ts'
import { Fib, SCAN_MAX } from './fib.ts'
import { MAX_FIB_VALUE, leafLength, leafValue } from './leaf.ts'

/** The slow, obvious model: a map per length, asked from the longest down. */
class Model {
  readonly maps = Array.from({ length: 33 }, () => new Map<number, number>())

  get size(): number {
    return this.maps.reduce((sum, map) => sum + map.size, 0)
  }

  replace(prefix: number, length: number, value: number): void {
    this.maps[length].set(prefix, value)
  }

  remove(prefix: number, length: number): boolean {
    return this.maps[length].delete(prefix)
  }

  lookupExact(prefix: number, length: number): number {
    return this.maps[length].get(prefix) ?? -1
  }

  /** [value, length], or [-1, -1]. */
  shorter(destination: number, belowLength: number): [number, number] {
    for (let length = belowLength - 1; length >= 0; length--) {
      const value = this.maps[length].get(destination & maskOf(length))
      if (value !== undefined) return [value, length]
    }
    return [-1, -1]
  }
}

/** Marsaglia's xorshift32: uint32 below `bound`. */
function xorshift(seed: number): (bound: number) => number {
  let x = seed | 0
  return bound => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % bound
  }
}

function add(fib: Fib, ...prefixes: string[]): void {
  for (const [value, text] of prefixes.entries()) {
    const prefix = parsePrefix(text)!
    fib.replace(prefix.address, prefix.length, value)
  }
}

function expectSame(fib: Fib, model: Model, destination: number): void {
  const [value, length] = model.shorter(destination, 33)
  const leaf = fib.match(destination)
  same([fib.lookup(destination), leafLength(leaf), leaf < 0 ? -1 : leafValue(leaf)], [value, length, value])
  let below = 33
  for (;;) {
    const [next, at] = model.shorter(destination, below)
    same([fib.lookupShorter(destination, below), leafLength(fib.matchShorter(destination, below))], [next, at])
    if (at < 0) return
    below = at
  }
}

/** expect() costs microseconds; here it is asked only about what differs. */
function same(got: number[], wanted: number[]): void {
  for (let i = 0; i < wanted.length; i++) if (got[i] !== wanted[i]) expect(got).toEqual(wanted)
}

/** Random changes over few enough bits that prefixes nest, repeat and are removed; all answers compared. */
function compareWithModel(seed: number, steps: number, peak: number, lengthOf: (next: number) => number): Fib {
  const rnd = xorshift(seed)
  const fib = new Fib()
  const model = new Model()
  const known: [number, number][] = []
  const scatter = () => (rnd(4) << 30) | (rnd(2) << 23) | (rnd(8) << 15) | (rnd(32) << 7) | rnd(8)
  for (let step = 0; step < steps; step++) {
    const growing = Math.floor(step / peak) % 2 === 0
    if (rnd(8) < (growing ? 6 : 1) || known.length === 0) {
      const length = lengthOf(rnd(1000))
      const prefix = scatter() & maskOf(length)
      const value = rnd(20) === 0 ? MAX_FIB_VALUE - rnd(3) : rnd(4)
      if (model.lookupExact(prefix, length) < 0) known.push([prefix, length])
      fib.replace(prefix, length, value)
      model.replace(prefix, length, value)
    } else {
      const at = rnd(known.length)
      const [prefix, length] = known[at]
      known[at] = known[known.length - 1]
      known.pop()
      const removed = [fib.remove(prefix, length), fib.remove(prefix, length)]
      if (!removed[0] || removed[1]) expect(removed).toEqual([true, false])
      model.remove(prefix, length)
    }
    if (fib.size !== known.length) expect(fib.size).toBe(known.length)
    if (step % 16 !== 0) continue
    expectSame(fib, model, scatter())
    const [prefix, length] = known[rnd(known.length)] ?? [0, 0]
    expectSame(fib, model, prefix)
    expectSame(fib, model, prefix | ~maskOf(length))
    expectSame(fib, model, (prefix - 1) | 0)
    same([fib.lookupExact(prefix, length)], [model.lookupExact(prefix, length)])
    const other = rnd(33)
    const cut = prefix & maskOf(other)
    same([fib.lookupExact(cut, other)], [model.lookupExact(cut, other)])
  }
  for (const [prefix, length] of known) if (!fib.remove(prefix, length)) expect([prefix, length]).toBe('removed')
  expect(fib.size).toBe(0)
  for (let i = 0; i < 100; i++) expect(fib.match(scatter())).toBe(-1)
  return fib
}

describe('Fib against a map per length', () => {
  const anyLength = (next: number) => next % 33
  const hosts = (next: number) => (next < 900 ? 32 - (next % 3) : next % 33)
  const internet = (next: number) => (next < 600 ? 24 : next < 900 ? 16 + (next % 8) : next % 33)

  test('a small table, all lengths', () => {
    compareWithModel(1, 6000, 30, anyLength)
  })

  test('a table that crosses the border of list and trie again and again', () => {
    compareWithModel(2, 12000, 60, anyLength)
    compareWithModel(3, 12000, 70, hosts)
  })

  test('a trie of an 8-bit root', () => {
    compareWithModel(4, 20000, 2500, anyLength)
    compareWithModel(5, 20000, 2500, hosts)
    compareWithModel(6, 20000, 2500, internet)
  })

  test('a trie that changes to a 16-bit root and back', () => {
    expect(ROOT16_MIN).toBeLessThan(9000)
    for (const seed of [7, 8]) compareWithModel(seed, 60000, 20000, seed === 7 ? anyLength : hosts)
  })

  test('no block or node is lost over a long flap', () => {
    const fib = new Fib()
    const rnd = xorshift(9)
    for (let i = 0; i < 3000; i++) fib.replace(rnd(0x100000000) & maskOf(24), 24, i)
    const flap = () => {
      for (let i = 0; i < 3000; i++) {
        const prefix = rnd(0x100000000) & maskOf(26)
        if (fib.lookupExact(prefix, 26) >= 0) continue
        fib.replace(prefix, 26, i)
        fib.replace(prefix & maskOf(15), 15, i)
        fib.remove(prefix, 26)
        fib.remove(prefix & maskOf(15), 15)
      }
    }
    flap()
    const bytes = fib.byteLength
    for (let i = 0; i < 10; i++) flap()
    expect(fib.byteLength).toBeLessThanOrEqual(bytes * 1.5)
  })
})

describe('Fib edges', () => {
  // Each case runs in the list, in the trie of an 8-bit root and in that of a 16-bit root: filler in 100.64.0.0/10.
  for (const [form, filler] of [['list', 0], ['8-bit root', SCAN_MAX * 4], ['16-bit root', ROOT16_MIN * 2]] as const) {
    const filled = () => {
      const fib = new Fib()
      for (let i = 0; i < filler; i++) fib.replace(ipv4(100, 64, 0, 0) + (i << 4), 28, 1000 + i)
      return fib
    }

    test(`${form}: 0.0.0.0/0 answers for all that nothing else does, 255.255.255.255/32 for itself`, () => {
      const fib = filled()
      add(fib, '0.0.0.0/0', '255.255.255.255/32', '0.0.0.0/8', '128.0.0.0/1', '0.0.0.0/32')
      const answers = [0, 1, ipv4(0, 255, 255, 255), ipv4(1, 0, 0, 0), ipv4(127, 255, 255, 255), ipv4(128, 0, 0, 0),
        ipv4(255, 255, 255, 254), ipv4(255, 255, 255, 255)].map(address => fib.lookup(address))
      expect(answers).toEqual([4, 2, 2, 0, 0, 3, 3, 1])
      expect(fib.remove(-1, 32)).toBe(true)
      expect(fib.remove(1 << 31, 1)).toBe(true)
      expect(fib.lookup(-1)).toBe(0)
      expect(fib.remove(0, 0)).toBe(true)
      expect([fib.lookup(-1), fib.match(-1), fib.lookup(0), fib.lookup(1)]).toEqual([-1, -1, 4, 2])
      expect(fib.size).toBe(filler + 2)
    })

    test(`${form}: a change of value shows, also where the shorter prefix has the same value`, () => {
      const fib = filled()
      add(fib, '10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24', '10.1.1.1/32')
      for (const [length, value] of [[8, 7], [16, 7], [24, 7], [32, 7]]) {
        fib.replace(ipv4(10, 1, 1, 1) & maskOf(length), length, value)
      }
      const lengths = () => [ipv4(10, 2, 0, 0), ipv4(10, 1, 2, 0), ipv4(10, 1, 1, 2), ipv4(10, 1, 1, 1)]
        .map(address => [leafValue(fib.match(address)), leafLength(fib.match(address))])
      expect(lengths()).toEqual([[7, 8], [7, 16], [7, 24], [7, 32]])
      fib.remove(ipv4(10, 1, 1, 0), 24)
      expect(lengths()).toEqual([[7, 8], [7, 16], [7, 16], [7, 32]])
      fib.remove(ipv4(10, 0, 0, 0), 8)
      expect(fib.lookup(ipv4(10, 2, 0, 0))).toBe(-1)
      expect(fib.lookup(ipv4(10, 1, 1, 2))).toBe(7)
    })

    test(`${form}: goes on to each shorter prefix in turn`, () => {
      const fib = filled()
      add(fib, '0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24', '10.1.1.1/32', '10.1.1.0/31')
      const seen: [number, number][] = []
      for (let below = 33; ;) {
        const leaf = fib.matchShorter(ipv4(10, 1, 1, 1), below)
        if (leaf < 0) break
        below = leafLength(leaf)
        seen.push([leafValue(leaf), below])
      }
      expect(seen).toEqual([[4, 32], [5, 31], [3, 24], [2, 16], [1, 8], [0, 0]])
      expect(fib.lookupShorter(ipv4(10, 1, 1, 1), 0)).toBe(-1)
    })

    test(`${form}: all lengths over one address, added up and down and removed`, () => {
      const fib = filled()
      const address = ipv4(203, 0, 113, 171)
      for (let i = 0; i <= 32; i++) {
        const length = (i * 5) % 33
        fib.replace(address & maskOf(length), length, length)
      }
      for (let length = 32; length >= 0; length--) {
        expect([fib.lookup(address), leafLength(fib.match(address))]).toEqual([length, length])
        expect(fib.lookup(address ^ (1 << (32 - length)))).toBe(length === 0 ? 0 : length - 1)
        expect(fib.remove(address & maskOf(length), length)).toBe(true)
      }
      expect(fib.lookup(address)).toBe(-1)
      expect(fib.size).toBe(filler)
    })
  }

  test('clear forgets everything and gives the memory back', () => {
    const fib = new Fib()
    for (let i = 0; i < 10000; i++) fib.replace(i << 8, 24, i)
    expect(fib.lookup(1 << 8)).toBe(1)
    fib.clear()
    expect([fib.size, fib.byteLength, fib.lookup(1 << 8), fib.lookupExact(1 << 8, 24)]).toEqual([0, 0, -1, -1])
    fib.replace(0, 0, 5)
    expect(fib.lookup(1 << 8)).toBe(5)
  })

  test('an empty fib holds no memory, 20 prefixes less than half a KiB', () => {
    const fib = new Fib()
    expect(fib.byteLength).toBe(0)
    for (let i = 0; i < 20; i++) fib.replace(ipv4(10, 0, i, 0), 24, i)
    expect(fib.byteLength).toBeLessThan(512)
  })

  test('a prefix with host bits, a length or a value out of range is our mistake', () => {
    const fib = new Fib()
    expect(() => fib.replace(ipv4(10, 0, 0, 1), 24, 0)).toThrow('fib: prefix is an int32 without host bits')
    expect(() => fib.replace(0xc0000000, 8, 0)).toThrow('fib: prefix is an int32 without host bits')
    expect(() => fib.replace(0, 33, 0)).toThrow('fib: prefix length is 0..32')
    expect(() => fib.replace(0, -1, 0)).toThrow('fib: prefix length is 0..32')
    expect(() => fib.replace(0, 0, -1)).toThrow('fib: value is 0..0xffffff')
    expect(() => fib.replace(0, 0, MAX_FIB_VALUE + 1)).toThrow('fib: value is 0..0xffffff')
    expect(() => fib.load(new Int32Array(2), new Uint8Array(2), new Int32Array(1)))
      .toThrow('fib: load takes three arrays of one length')
    expect(fib.size).toBe(0)
  })
})

describe('Fib.load', () => {
  for (const count of [0, 1, SCAN_MAX, SCAN_MAX + 1, 1000, ROOT16_MIN, 30000]) {
    for (const before of [0, 10, 100, ROOT16_MIN + 1]) {
      test(`${count} prefixes on top of ${before} are as if replaced one after the other`, () => {
        const rnd = xorshift(count * 7 + before + 1)
        const prefixes = new Int32Array(count)
        const lengths = new Uint8Array(count)
        const values = new Int32Array(count)
        const loaded = new Fib()
        const model = new Model()
        for (let i = 0; i < before; i++) {
          const prefix = (rnd(64) << 24) | (rnd(4096) << 8)
          loaded.replace(prefix, 24, i)
          model.replace(prefix, 24, i)
        }
        for (let i = 0; i < count; i++) {
          lengths[i] = rnd(3) === 0 ? rnd(33) : 24
          prefixes[i] = ((rnd(64) << 24) | (rnd(4096) << 8) | rnd(256)) & maskOf(lengths[i])
          values[i] = rnd(1000)
          model.replace(prefixes[i], lengths[i], values[i])
        }
        loaded.load(prefixes, lengths, values)
        expect(loaded.size).toBe(model.size)
        for (let i = 0; i < Math.min(count, 500); i++) {
          const at = rnd(count)
          expectSame(loaded, model, prefixes[at] | (rnd(0x100000000) & ~maskOf(lengths[at])))
          same([loaded.lookupExact(prefixes[at], lengths[at])], [model.lookupExact(prefixes[at], lengths[at])])
        }
      })
    }
  }
})
