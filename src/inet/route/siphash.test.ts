import { expect, test } from 'vitest'
import { siphash32 } from './siphash.ts'

test('SipHash-2-4 of 48 bytes under equal key words, as an independent reference in 64-bit arithmetic gives it', () => {
  for (const seed of [0, 1, 12345, -1, 0x80000000 | 0]) {
    for (const count of [0, 1, 2, 3, 11, 12]) {
      const words = Int32Array.from({ length: count }, (_, i) => Math.imul(i + 1, 0x9e3779b1) ^ seed)
      expect(siphash32(words, count, seed)).toBe(reference(words, seed))
    }
  }
})

test('the vector of the paper (SipHash, Appendix A) holds for the reference', () => {
  const bytes = Uint8Array.from({ length: 15 }, (_, i) => i)
  expect(siphash(bytes, 0x0706050403020100n, 0x0f0e0d0c0b0a0908n)).toBe(0xa129ca6149be45e5n)
})

function reference(words: Int32Array, keyWord: number): number {
  const key = BigInt.asUintN(32, BigInt(keyWord))
  const hash = siphash(new Uint8Array(words.buffer), (key << 32n) | key, (key << 32n) | key)
  return Number(BigInt.asIntN(32, hash))
}

/** SipHash-2-4 as the paper writes it, in BigInt. */
function siphash(bytes: Uint8Array, k0: bigint, k1: bigint): bigint {
  const mask = (1n << 64n) - 1n
  const rotl = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & mask
  const v = [0x736f6d6570736575n ^ k0, 0x646f72616e646f6dn ^ k1, 0x6c7967656e657261n ^ k0, 0x7465646279746573n ^ k1]
  const round = (): void => {
    v[0] = (v[0] + v[1]) & mask
    v[1] = rotl(v[1], 13n) ^ v[0]
    v[0] = rotl(v[0], 32n)
    v[2] = (v[2] + v[3]) & mask
    v[3] = rotl(v[3], 16n) ^ v[2]
    v[0] = (v[0] + v[3]) & mask
    v[3] = rotl(v[3], 21n) ^ v[0]
    v[2] = (v[2] + v[1]) & mask
    v[1] = rotl(v[1], 17n) ^ v[2]
    v[2] = rotl(v[2], 32n)
  }
  for (let at = 0; at <= bytes.length; at += 8) {
    let word = 0n
    for (let i = 0; i < 8 && at + i < bytes.length; i++) word |= BigInt(bytes[at + i]) << BigInt(8 * i)
    if (at + 8 > bytes.length) word |= BigInt(bytes.length & 255) << 56n
    v[3] ^= word
    round()
    round()
    v[0] ^= word
  }
  v[2] ^= 0xffn
  for (let i = 0; i < 4; i++) round()
  return v[0] ^ v[1] ^ v[2] ^ v[3]
}
