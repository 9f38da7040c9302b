import { strtol } from '../c-number.ts'

/** iproute2's get_integer(..., 0): a whole number in any of C's bases, or null. */
export function parseIntegerAny(text: string): number | null {
  const { value, rest } = strtol(text, 0)
  return text === '' || rest !== '' || value > 0xffffffff || value < -0x80000000 ? null : value
}
