// Hot path.
// A leaf is what a longest-prefix match finds, in one int32: bits 29..24 the length of the prefix (0..32), bits 23..0
// the caller's value. So a match tells its own length, and of two leaves over one address the greater is the more
// specific. NO_MATCH is -1: its "length", leaf >> 24, is -1 as well, shorter than that of any prefix.

export const NO_MATCH = -1
export const MAX_FIB_VALUE = 0xffffff

/** Length of the matched prefix, 0..32; -1 for NO_MATCH. */
export function leafLength(leaf: number): number {
  return leaf >> 24
}

/** The caller's value; meaningless for NO_MATCH. */
export function leafValue(leaf: number): number {
  return leaf & MAX_FIB_VALUE
}
