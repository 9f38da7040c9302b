/**
 * Hashes of names: the same text gives the same number on every machine, for derived MAC addresses, seeds of named
 * random streams and stable identifiers. Not for anything an adversary may choose to collide.
 */

/** Murmur3's 32-bit finaliser: every input bit reaches every output bit. A bijection on 32-bit integers. */
export function mix32(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * Unsigned 32-bit hash of a text: FNV-1a over its UTF-16 code units, low byte first, then mix32().
 * seed: any 32-bit integer; different seeds give independent hashes of the same text.
 */
export function hash32(text: string, seed = 0): number {
  let h = 0x811c9dc5 ^ mix32(seed)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    h = Math.imul(h ^ (unit & 0xff), 0x01000193)
    h = Math.imul(h ^ (unit >>> 8), 0x01000193)
  }
  return mix32(h)
}
