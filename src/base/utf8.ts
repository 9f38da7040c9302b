/**
 * UTF-8 for the few texts of a capture file, since TextEncoder is not part of the language and no floor below `node/`
 * may know the platform. Unpaired surrogates become U+FFFD; malformed input decodes to U+FFFD byte by byte.
 */

/** Encodes `text` as UTF-8 (RFC 3629). */
export function encodeUtf8(text: string): Uint8Array {
  const ascii = encodeAscii(text)
  if (ascii !== null) return ascii
  const bytes: number[] = []
  for (const character of text) {
    let code = character.codePointAt(0) as number
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | code >> 6, 0x80 | code & 0x3f)
    else if (code < 0x10000) bytes.push(0xe0 | code >> 12, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f)
    else bytes.push(0xf0 | code >> 18, 0x80 | code >> 12 & 0x3f, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f)
  }
  return Uint8Array.from(bytes)
}

/** The bytes of a text of ASCII only, which nearly all are; null for any other. */
function encodeAscii(text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) return null
    bytes[i] = code
  }
  return bytes
}

function asciiEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] < 0x80) at++
  return at
}

/** Decodes `bytes[at, end)` as UTF-8. Never throws. */
export function decodeUtf8(bytes: Uint8Array, at = 0, end = bytes.length): string {
  let text = ''
  while (at < end) {
    const run = asciiEnd(bytes, at, Math.min(end, at + 4096))
    if (run > at) {
      text += String.fromCharCode.apply(null, bytes.subarray(at, run) as unknown as number[]) // takes any array-like
      at = run
      continue
    }
    const lead = bytes[at]
    const length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3
      : lead >= 0xf0 && lead < 0xf5 ? 4 : 0
    let code = length === 1 ? lead : length === 0 ? -1 : lead & 0xff >> length + 1
    for (let i = 1; i < length && code >= 0; i++) {
      const next = at + i < end ? bytes[at + i] : 0
      code = (next & 0xc0) === 0x80 ? code << 6 | next & 0x3f : -1
    }
    const overlong = length === 3 && code < 0x800 || length === 4 && code < 0x10000
    if (code < 0 || overlong || code > 0x10ffff || code >= 0xd800 && code <= 0xdfff) {
      text += '\ufffd'
      at++
    } else {
      text += String.fromCodePoint(code)
      at += length
    }
  }
  return text
}
