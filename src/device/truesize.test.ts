import { expect, test } from 'vitest'
import { truesize } from './truesize.ts'

/** Linux 6.18, veth: `sendto(sock, bytes(n))` to a UDP socket that does not read; its SO_MEMINFO[RMEM_ALLOC]. */
const MEASURED: readonly (readonly [number, number])[] = [
  [0, 832], [1, 832], [3, 832], [32, 832], [64, 832], [96, 832], [128, 832], [160, 832], [192, 832], [224, 1280],
  [256, 1280], [288, 1280], [320, 1280], [384, 1280], [448, 1280], [512, 1280], [576, 1280], [640, 1280], [672, 2304],
  [704, 2304], [800, 2304], [992, 2304], [1024, 2304], [1248, 2304], [1408, 2304], [1440, 2304], [1472, 2304],
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
