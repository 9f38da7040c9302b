/**
 * Hex text to bytes and back: fixtures in tests, dumps in messages.
 */

/**
 * Reads hex digits in pairs. White space may stand between bytes; '#' starts a comment that runs to the end of its
 * line. Throws TypeError on anything else, also on a byte cut in half by white space.
 *
 *     fromHex(`45 00 00 1c   # version, IHL, TOS, total length
 *              0000 4000     # identification, DF`)
 */
export function fromHex(text: string): Uint8Array {
  const bytes: number[] = []
  for (const line of text.split('\n')) {
    const code = line.replace(/#.*$/, '')
    for (const run of code.split(/\s+/)) {
      if (!/^(?:[0-9a-fA-F]{2})*$/.test(run)) throw new TypeError(`not pairs of hex digits: "${run}"`)
      for (let i = 0; i < run.length; i += 2) bytes.push(parseInt(run.slice(i, i + 2), 16))
    }
  }
  return Uint8Array.from(bytes)
}

/** Bytes [start, end) as lower-case hex, a `separator` between bytes (default none). */
export function toHex(bytes: Uint8Array, separator = '', start = 0, end = bytes.length): string {
  const out: string[] = []
  for (let i = start; i < end; i++) out.push(bytes[i].toString(16).padStart(2, '0'))
  return out.join(separator)
}

/** A dump of 16 bytes a line, "0000  45 00 00 1c …", offsets in hex; for messages that show a whole frame. */
export function hexDump(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const lines: string[] = []
  for (let at = start; at < end; at += 16) {
    const offset = (at - start).toString(16).padStart(4, '0')
    lines.push(`${offset}  ${toHex(bytes, ' ', at, Math.min(at + 16, end))}`)
  }
  return lines.join('\n')
}

/** A DataView over exactly the given bytes. The bytes are shared, not copied. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
