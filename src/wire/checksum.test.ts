import { describe, expect, test } from 'vitest'
import { fromHex, viewOf } from '../base/hex.ts'
import * as checksum from './checksum.ts'
import { ECHO_REQUEST } from './kernel-frames.test-data.ts'

/** The obvious form: add 16-bit words, carry around the end after each. */
function model(bytes: Uint8Array, at: number, end: number, seed: number): number {
  let total = seed
  for (let i = at; i < end; i += 2) {
    total += bytes[i] * 256 + (i + 1 < end ? bytes[i + 1] : 0)
    if (total > 0xffff) total -= 0xffff
  }
  return total
}

function pattern(length: number, seed: number): Uint8Array {
  let x = seed | 1
  return Uint8Array.from({ length }, () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return x & 0xff
  })
}

describe('sum', () => {
  test('all lengths from 0 to 2000, at even and odd addresses, random and all-ones bytes: as the model', () => {
    for (const bytes of [pattern(2100, 42), new Uint8Array(2100).fill(0xff)]) {
      const view = viewOf(bytes)
      for (let length = 0; length <= 2000; length++) {
        const at = 1 + (length % 9)
        const seed = (length * 7919) & 0xffff
        expect(checksum.sum(view, at, at + length, seed)).toBe(model(bytes, at, at + length, seed))
      }
    }
  })

  test('65,535 bytes of ones do not overflow', () => {
    const bytes = new Uint8Array(65535).fill(0xff)
    expect(checksum.sum(viewOf(bytes), 0, 65535, 0xffff)).toBe(model(bytes, 0, 65535, 0xffff))
  })

  test('zeros give 0, and nothing else does', () => {
    expect(checksum.sum(new DataView(new ArrayBuffer(40)), 0, 40)).toBe(0)
    expect(checksum.sum(viewOf(fromHex('ffff 0000')), 0, 4)).toBe(0xffff)
    expect(checksum.sum(viewOf(fromHex('fffe 0001')), 0, 4)).toBe(0xffff)
  })

  test('reads up to the last byte of a buffer and no further', () => {
    for (let length = 0; length < 80; length++) {
      const bytes = pattern(length, length)
      expect(checksum.sum(viewOf(bytes), 0, length)).toBe(model(bytes, 0, length, 0))
    }
  })

  test('the example of RFC 1071 §3', () => {
    expect(checksum.sum(viewOf(fromHex('00 01 f2 03 f4 f5 f6 f7')), 0, 8)).toBe(0xddf2)
  })

  test('pieces add up, one at an odd place after swap()', () => {
    const bytes = pattern(301, 7)
    const view = viewOf(bytes)
    const whole = model(bytes, 0, 301, 0)
    expect(checksum.sum(view, 100, 301, checksum.sum(view, 0, 100))).toBe(whole)
    expect(checksum.add(checksum.sum(view, 0, 101), checksum.swap(checksum.sum(view, 101, 301)))).toBe(whole)
  })

  test('sum20 is the sum of 20 bytes', () => {
    const bytes = pattern(60, 99)
    for (let at = 0; at <= 40; at++) expect(checksum.sum20(viewOf(bytes), at)).toBe(model(bytes, at, at + 20, 0))
    expect(checksum.sum20(viewOf(new Uint8Array(20).fill(0xff)), 0)).toBe(0xffff)
    expect(checksum.sum20(viewOf(new Uint8Array(20)), 0)).toBe(0)
  })
})

describe('checksum', () => {
  test('the IPv4 header of a real packet: computed, stored and verified', () => {
    const bytes = ECHO_REQUEST.slice(14, 34)
    const view = viewOf(bytes)
    const before = view.getUint16(10)
    view.setUint16(10, 0)
    const value = checksum.checksum(view, 0, 20)
    expect(value).toBe(checksum.finish(model(bytes, 0, 20, 0)))
    view.setUint16(10, value)
    expect(checksum.isValid(view, 0, 20)).toBe(true)
    view.setUint8(8, 63)
    expect(checksum.isValid(view, 0, 20)).toBe(false)
    expect(before).toBe(value)
  })

  test('the pseudo header is the sum of its twelve bytes', () => {
    const bytes = fromHex('c0a8 0101  ffff ffff  00 11 05 dc')
    expect(checksum.pseudoHeader(0xc0a80101 | 0, -1, 17, 1500)).toBe(model(bytes, 0, 12, 0))
    expect(checksum.pseudoHeader(-1, -1, 255, 65535)).toBe(model(fromHex('ffff ffff ffff ffff 00ff ffff'), 0, 12, 0))
  })
})

describe('incremental update', () => {
  test('patch16 and patch32 give what computing anew gives', () => {
    const bytes = pattern(40, 5)
    const view = viewOf(bytes)
    let x = 12345
    for (let i = 0; i < 2000; i++) {
      x = (Math.imul(x, 1103515245) + 12345) | 0
      view.setUint16(10, 0)
      const check = checksum.checksum(view, 0, 40)
      const before16 = view.getUint16(4)
      const before32 = view.getInt32(16)
      view.setUint16(4, x >>> 16)
      expect(checksum.patch16(check, before16, x >>> 16)).toBe(checksum.checksum(view, 0, 40))
      view.setUint16(4, before16)
      view.setInt32(16, x)
      expect(checksum.patch32(check, before32, x)).toBe(checksum.checksum(view, 0, 40))
    }
  })

  test('the example of RFC 1624 §4, where RFC 1141 fails: 0xdd2f, field 0x5555 to 0x3285, gives 0', () => {
    expect(checksum.patch16(0xdd2f, 0x5555, 0x3285)).toBe(0)
  })
})
