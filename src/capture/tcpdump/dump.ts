/** Hex and ASCII dumps: -x, -X, -A, and the payload of what no printer knows. */
import { TRUNCATED, hex, type Sheet } from './sheet.ts'

const BYTES_PER_LINE = 16

/** `0x0000:  4500 …  E...` lines, each after a newline and a tab (-X). */
export function hexAndAscii(sheet: Sheet, at: number, length: number): void {
  const available = Math.max(0, Math.min(length, sheet.snapEnd - at))
  for (let offset = 0; offset < available; offset += BYTES_PER_LINE) {
    const count = Math.min(BYTES_PER_LINE, available - offset)
    let digits = ''
    let characters = ''
    for (let i = 0; i < count; i++) {
      const byte = sheet.view.getUint8(at + offset + i)
      digits += (i % 2 === 0 ? ' ' : '') + hex(byte, 2)
      characters += isGraphic(byte) ? String.fromCharCode(byte) : '.'
    }
    sheet.put(`\n\t0x${hex(offset, 4)}: ${digits.padEnd(40)}  ${characters}`)
  }
  if (available < length) throw TRUNCATED
}

/** Hex lines alone, each after `indent` (-x). */
export function hexOnly(sheet: Sheet, indent: string, at: number, length: number): void {
  const available = Math.max(0, Math.min(length, sheet.snapEnd - at))
  for (let i = 0; i < available; i++) {
    if (i % BYTES_PER_LINE === 0) sheet.put(`${indent}0x${hex(i, 4)}: `)
    sheet.put((i % 2 === 0 ? ' ' : '') + hex(sheet.view.getUint8(at + i), 2))
  }
  if (available < length) throw TRUNCATED
}

/** The bytes as text after a newline (-A): a carriage return before a newline goes, what cannot be seen is a dot. */
export function ascii(sheet: Sheet, at: number, length: number): void {
  sheet.put('\n')
  for (let i = 0; i < length; i++) {
    const byte = sheet.view.getUint8(at + i)
    if (byte === 0x0d) {
      const left = length - i - 1
      if (left > 1 && sheet.view.getUint8(at + i + 1) !== 0x0a) sheet.put('.')
    } else {
      const shown = isGraphic(byte) || byte === 0x09 || byte === 0x20 || byte === 0x0a
      sheet.put(shown ? String.fromCharCode(byte) : '.')
    }
  }
}

/** A character as cat -v shows it. */
export function visible(byte: number): string {
  const meta = byte > 0x7f ? 'M-' : ''
  const low = byte & 0x7f
  return low >= 0x20 && low < 0x7f ? meta + String.fromCharCode(low) : `${meta}^${String.fromCharCode(low ^ 0x40)}`
}

export function isGraphic(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f
}
