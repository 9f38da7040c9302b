// Hot path.
// SipHash-2-4 (Aumasson, Bernstein 2012; Linux lib/siphash.c) over 32-bit words, in 32-bit arithmetic: a 64-bit v is a
// pair of cells (low, high) of an Int32Array.

const v = new Int32Array(8)

/** v[to] += v[from] */
function add(to: number, from: number): void {
  const low = (v[to] >>> 0) + (v[from] >>> 0)
  v[to] = low | 0
  v[to + 1] = (v[to + 1] + v[from + 1] + (low > 0xffffffff ? 1 : 0)) | 0
}

/** v[at] = rotl(v[at], by) ^ v[with] for by below 32 */
function rotateXor(at: number, by: number, other: number): void {
  const low = v[at]
  const high = v[at + 1]
  v[at] = ((low << by) | (high >>> (32 - by))) ^ v[other]
  v[at + 1] = ((high << by) | (low >>> (32 - by))) ^ v[other + 1]
}

function swapHalves(at: number): void {
  const low = v[at]
  v[at] = v[at + 1]
  v[at + 1] = low
}

function round(): void {
  add(0, 2)
  rotateXor(2, 13, 0)
  swapHalves(0)
  add(4, 6)
  rotateXor(6, 16, 4)
  add(0, 6)
  rotateXor(6, 21, 0)
  add(4, 2)
  rotateXor(2, 17, 4)
  swapHalves(4)
}

/**
 * The low 32 bits, as int32, of the hash of `count` little-endian words under the key whose four words (k0 low,
 * k0 high, k1 low, k1 high) are all `keyWord`.
 */
export function siphash32(words: Int32Array, count: number, keyWord: number): number {
  v[0] = 0x70736575 ^ keyWord
  v[1] = 0x736f6d65 ^ keyWord
  v[2] = 0x6e646f6d ^ keyWord
  v[3] = 0x646f7261 ^ keyWord
  v[4] = 0x6e657261 ^ keyWord
  v[5] = 0x6c796765 ^ keyWord
  v[6] = 0x79746573 ^ keyWord
  v[7] = 0x74656462 ^ keyWord
  let at = 0
  for (; at + 1 < count; at += 2) absorb(words[at], words[at + 1])
  // The last block holds what is left and, in its highest byte, the length in bytes.
  absorb(at < count ? words[at] : 0, (count << 2) << 24)
  v[4] ^= 0xff
  for (let i = 0; i < 4; i++) round()
  return v[0] ^ v[2] ^ v[4] ^ v[6]
}

function absorb(low: number, high: number): void {
  v[6] ^= low
  v[7] ^= high
  round()
  round()
  v[0] ^= low
  v[1] ^= high
}
