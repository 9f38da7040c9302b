// Hot path.
/**
 * The Internet checksum (RFC 1071), the one of IPv4, ICMP, UDP and TCP.
 *
 * A *sum* here is a folded ones' complement sum: 0..0xffff, not yet complemented. Sums are what functions take as
 * `seed` and give back, so a message is added up in pieces: its pseudo header, its header, its payload.
 *
 *     write    setUint16(checksumAt, 0), then checksum(view, at, end, seed) is the value to store
 *     verify   isValid(view, at, end, seed), checksum field included
 *     change   patch16 / patch32 (RFC 1624) from the old and the new value of a field, the rest unread
 *
 * The first byte of a range counts as the high one of a 16-bit word, whatever its address; an odd last byte is padded
 * with zero. So only the last piece may be of odd length; swap() turns the sum of a piece that began at an odd place.
 *
 * The sum is one of ones' complement: 0 comes out only when every byte is zero, else a sum that is zero modulo 0xffff
 * is 0xffff (never both for the same bytes).
 *
 * How it adds: 32-bit words, little-endian (the machine's order here, swapped once at the end, RFC 1071 §2B), in
 * doubles: 16,384 words below 2^32 stay far below 2^53, so nothing is lost and no carry has to be caught. Measured on
 * Node 20 with 1,400 bytes, ns: 16 bits at a time 780, 32 bits split in halves 240, doubles in two chains 144.
 */

/** Adds the bytes [at, end) to `seed`. Returns a sum, 0..0xffff. Reads nothing outside of the range. At most 1 MiB. */
export function sum(view: DataView, at: number, end: number, seed = 0): number {
  let i = at | 0
  let p = 0
  let q = 0
  const blockEnd = (end - 32) | 0
  for (; i <= blockEnd; i = (i + 32) | 0) {
    p += view.getUint32(i, true) + view.getUint32(i + 4, true) +
      (view.getUint32(i + 8, true) + view.getUint32(i + 12, true))
    q += view.getUint32(i + 16, true) + view.getUint32(i + 20, true) +
      (view.getUint32(i + 24, true) + view.getUint32(i + 28, true))
  }
  const wordEnd = (end - 4) | 0
  for (; i <= wordEnd; i = (i + 4) | 0) p += view.getUint32(i, true)
  if (i <= end - 2) {
    p += view.getUint16(i, true)
    i = (i + 2) | 0
  }
  if (i < end) p += view.getUint8(i)
  const total = p + q
  // Below 2^50: the part above 2^32, then both halves of the rest.
  const low = total >>> 0
  const high = Math.floor(total / 4294967296) | 0
  const folded = fold((low & 0xffff) + (low >>> 16) + high)
  return fold(swap(folded) + seed)
}

/** The sum of an IPv4 header without options: exactly 20 bytes. */
export function sum20(view: DataView, at: number): number {
  const a = view.getInt32(at, true)
  const b = view.getInt32(at + 4, true)
  const c = view.getInt32(at + 8, true)
  const d = view.getInt32(at + 12, true)
  const e = view.getInt32(at + 16, true)
  const low = (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff) + (e & 0xffff)
  const high = (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16) + (e >>> 16)
  return swap(fold(low + high))
}

/** Folds a total below 2^32 to 16 bits with end-around carry. */
export function fold(total: number): number {
  const once = (total & 0xffff) + (total >>> 16)
  return (once & 0xffff) + (once >>> 16)
}

/** Exchanges the two bytes of a sum: what its bytes would give one byte further on. */
export function swap(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8)
}

/** The sum of two sums. */
export function add(a: number, b: number): number {
  return fold(a + b)
}

/** The checksum field of a sum: its complement. */
export function finish(folded: number): number {
  return folded ^ 0xffff
}

/** The checksum over [at, end) and `seed`, to be stored big-endian; the field itself must hold zero meanwhile. */
export function checksum(view: DataView, at: number, end: number, seed = 0): number {
  return sum(view, at, end, seed) ^ 0xffff
}

/** Whether the checksum within [at, end) is right, with the sum `seed` of what lies outside. */
export function isValid(view: DataView, at: number, end: number, seed = 0): boolean {
  return sum(view, at, end, seed) === 0xffff
}

/**
 * The sum of the pseudo header of UDP and TCP over IPv4 (RFC 768, RFC 9293 §3.1).
 * source, destination: int32 addresses; length: bytes of the transport header and its payload.
 */
export function pseudoHeader(source: number, destination: number, protocol: number, length: number): number {
  return fold(
    (source & 0xffff) + (source >>> 16) + (destination & 0xffff) + (destination >>> 16) + protocol +
    (length & 0xffff) + (length >>> 16),
  )
}

/** The checksum after a 16-bit field changed from `before` to `after` (RFC 1624 eqn 3: ~(~HC + ~m + m')). */
export function patch16(check: number, before: number, after: number): number {
  return fold((check ^ 0xffff) + (before ^ 0xffff) + after) ^ 0xffff
}

/** The same for a 32-bit field, an address say. */
export function patch32(check: number, before: number, after: number): number {
  return fold(
    (check ^ 0xffff) + (~before & 0xffff) + (~before >>> 16) + (after & 0xffff) + (after >>> 16),
  ) ^ 0xffff
}
