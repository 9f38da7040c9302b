/** IPv6 addresses in filters: four 32-bit words of the text of RFC 4291 §2.2. */

/** Reads an IPv6 address; null when it is not one. */
export function parseIpv6Words(text: string): number[] | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const left = groups(halves[0], halves.length === 1)
  const right = halves.length === 2 ? groups(halves[1], true) : []
  if (left === null || right === null) return null
  const missing = 8 - left.length - right.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null
  const all = [...left, ...new Array<number>(missing).fill(0), ...right]
  return [0, 2, 4, 6].map(i => all[i] << 16 | all[i + 1])
}

/** 16-bit groups of colon-separated text; the last may be a dotted quad when `quadAllowed`. */
function groups(text: string, quadAllowed: boolean): number[] | null {
  if (text === '') return []
  const found: number[] = []
  const parts = text.split(':')
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]
    if (part.includes('.')) {
      const quad = part.split('.')
      const good = quad.length === 4 && quad.every(byte => /^[0-9]{1,3}$/.test(byte) && Number(byte) < 256)
      if (!quadAllowed || i !== parts.length - 1 || !good) return null
      found.push(Number(quad[0]) << 8 | Number(quad[1]), Number(quad[2]) << 8 | Number(quad[3]))
    } else {
      if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return null
      found.push(parseInt(part, 16))
    }
  }
  return found
}
