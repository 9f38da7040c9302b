import { expect, test } from 'vitest'
import { truesize } from './truesize.ts'

/** Linux 6.18, veth and lo: `sendto(sock, bytes(n))` to a UDP socket that does not read; its SO_MEMINFO[RMEM_ALLOC]. */
const MEASURED: readonly (readonly [number, number])[] = [
  [0, 832], [1, 832], [64, 832], [192, 832], [197, 832], [198, 1280], [224, 1280], [640, 1280], [645, 1280],
  [646, 2304], [672, 2304], [1024, 2304], [1472, 2304], [1669, 2304], [1670, 4352], [2000, 4352], [3717, 4352],
  [3718, 8448], [6000, 8448], [7813, 8448], [7814, 16640], [12_000, 16_640], [16_000, 16_640], [16_005, 16_837],
  [16_006, 16_838], [20_000, 20_832], [33_000, 33_832], [65_000, 65_832], [65_507, 66_339],
]

test('truesize is what Linux charges a socket for a UDP datagram of so many bytes', () => {
  for (const [payload, wanted] of MEASURED) expect([payload, truesize(20 + 8 + payload)]).toEqual([payload, wanted])
})

test('truesize never shrinks with length, and is never less than it', () => {
  let before = 0
  for (let length = 0; length <= 65_535; length++) {
    const size = truesize(length)
    expect(size >= length && size >= before).toBe(true)
    before = size
  }
})
