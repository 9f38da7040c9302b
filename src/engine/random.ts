import { assert } from '../base/assert.ts'

/**
 * Seeded random numbers by name. A stream belongs to one user ("link a:eth1>b:eth1 loss", "host a ip-id") and its
 * numbers depend on (seed, name) alone, never on what other streams did: so a lab that gains a link keeps the losses
 * of the others. xoshiro128** (Blackman and Vigna) over 32-bit integers, seeded by splitmix32; no floating-point
 * function that engines round differently.
 */
export class Random {
  constructor(readonly seed: number) {
    assert(Number.isSafeInteger(seed) && seed >= 0, 'a seed is a whole number from 0 to 2^53 - 1')
  }

  stream(name: string): RandomStream {
    let hash = (this.seed >>> 0) ^ Math.imul(Math.floor(this.seed / 4294967296) | 0, 0x9e3779b1)
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
    return new RandomStream(hash | 0)
  }
}

export class RandomStream {
  private a: number
  private b: number
  private c: number
  private d: number

  constructor(seed: number) {
    let state = seed | 0
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0
      let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return z ^ (z >>> 15)
    }
    this.a = next()
    this.b = next()
    this.c = next()
    this.d = next() | 1
  }

  /** The next 32 random bits, as an int32. */
  int32(): number {
    const product = Math.imul(this.b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9)
    const t = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= t
    this.d = (this.d << 11) | (this.d >>> 21)
    return result | 0
  }

  /** A whole number from 0 to bound - 1, every one equally likely (rejection). bound: 1 to 2^53. */
  below(bound: number): number {
    if (bound > 4294967296) return this.belowWide(bound)
    const limit = 4294967296 - (4294967296 % bound)
    for (;;) {
      const value = this.int32() >>> 0
      if (value < limit) return value % bound
    }
  }

  /** The same for more than 32 bits, from 53: a jitter of seconds, say. */
  private belowWide(bound: number): number {
    const limit = 9007199254740992 - (9007199254740992 % bound)
    for (;;) {
      const value = (this.int32() >>> 11) * 4294967296 + (this.int32() >>> 0)
      if (value < limit) return value % bound
    }
  }

  /** A multiple of 2^-32 in [0, 1). */
  fraction(): number {
    return (this.int32() >>> 0) / 4294967296
  }

  /** True with the given probability (0 never, 1 always). */
  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability
  }
}
