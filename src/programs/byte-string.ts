import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts'

/**
 * Strings of bytes: one character from U+0000 to U+00FF for each byte, as C's char[]. Programs that count and cut by
 * bytes (mawk, printf) work on them inside, and turn their arguments and output at the edge.
 */

/** The UTF-8 bytes of `text`, one a character. */
export function toByteString(text: string): string {
  return isAscii(text) ? text : byteStringOf(encodeUtf8(text))
}

/** What the bytes say in UTF-8; what is malformed comes as U+FFFD. */
export function fromByteString(bytes: string): string {
  return isAscii(bytes) ? bytes : decodeUtf8(bytesOf(bytes))
}

/** One character for each byte. */
export function byteStringOf(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  }
  return text
}

/** The bytes themselves. */
export function bytesOf(byteString: string): Uint8Array {
  const bytes = new Uint8Array(byteString.length)
  for (let i = 0; i < byteString.length; i++) bytes[i] = byteString.charCodeAt(i)
  return bytes
}

/** Arguments that one call of fromCharCode gets. */
const CHUNK = 4096

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}
