import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../base/hex.ts'
import { difference } from './compare.ts'
import { Normaliser } from './normalise.ts'
import type { CapturedFrame } from './captures.ts'

// Linux 6.18, `ping -c 3 10.0.0.2` over veth: the second request and its reply.
const REQUEST = '02000000000b02000000000a0800' + '45000054343f40004001f2670a0000010a000002' + '08002c4a1fb00002' +
  '4a5e036b000000009d67020000000000' +
  '101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637'
const ARP = 'ffffffffffff02000000000a08060001080006040001' + '02000000000a0a000001' + '0000000000000a000002'

function normalised(...frames: string[]): string[] {
  const normaliser = new Normaliser()
  return frames.map(hex => toHex(normaliser.frame(fromHex(hex))))
}

function patched(hex: string, at: number, bytes: string): string {
  return hex.slice(0, at * 2) + bytes + hex.slice(at * 2 + bytes.length)
}

describe('the normaliser', () => {
  test('hides identification, echo id and time stamp of a ping, and makes its checksums right again', () => {
    const [frame] = normalised(REQUEST)
    expect(frame).toBe('02000000000b02000000000a0800' + '4500005400014000400126a60a0000010a000002' +
      '0800392a0001000200000000000000000000000000000000' +
      '101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637')
  })

  test('numbers the echo ids of each asker and asked by themselves: two hosts may draw the same id', () => {
    const other = patched(REQUEST, 29, '03')
    const second = patched(REQUEST, 38, '1fb1')
    const id = (frame: string): string => frame.slice(76, 80)
    expect(normalised(REQUEST, other, second).map(id)).toEqual(['0001', '0002', '0003'])
    const back = patched(patched(REQUEST, 26, '0a000002'), 30, '0a000001')
    expect(normalised(REQUEST, patched(back, 34, '00')).map(id)).toEqual(['0001', '0001'])
    expect(normalised(REQUEST, back).map(id)).toEqual(['0001', '0002'])
  })

  test('leaves ARP as it is', () => {
    expect(normalised(ARP)).toEqual([ARP])
  })

  test('keeps an identification of 0 apart from one that counts', () => {
    const zero = patched(patched(REQUEST, 18, '0000'), 24, '26a7')
    expect(normalised(zero)[0].slice(36, 40)).toBe('0000')
  })

  test('shows a wrong IP or ICMP checksum', () => {
    expect(normalised(patched(REQUEST, 24, '1234'))[0].slice(48, 52)).toBe('0bad')
    expect(normalised(patched(REQUEST, 36, '1234'))[0].slice(72, 76)).toBe('0bad')
  })

  test('keeps what is not random: ttl, DF, sequence number, pattern', () => {
    for (const [at, bytes] of [[20, '00'], [22, '3f'], [41, '03'], [70, 'ff']] as const) {
      expect(normalised(patched(REQUEST, at, bytes))).not.toEqual(normalised(REQUEST))
    }
  })

  test('tells two pings of one link end apart', () => {
    const other = patched(REQUEST, 38, '1fb1')
    const ids = normalised(REQUEST, other, REQUEST).map(frame => frame.slice(76, 80))
    expect(ids).toEqual(['0001', '0002', '0001'])
  })

  test('does not write into the frame it is given', () => {
    const frame = fromHex(REQUEST)
    new Normaliser().frame(frame)
    expect(toHex(frame)).toBe(REQUEST)
  })
})

describe('the comparison', () => {
  const frame = (hex: string, direction: 'in' | 'out' = 'in', atNs = 0): CapturedFrame =>
    ({ atNs, direction, bytes: fromHex(hex) })
  const captures = (...frames: CapturedFrame[]): Map<string, CapturedFrame[]> => new Map([['alice:eth1', frames]])

  test('is empty for the same frames at other times', () => {
    expect(difference(captures(frame(REQUEST)), captures(frame(REQUEST, 'in', 7)), 10)).toBe('')
  })

  test('does not look at frames after the end', () => {
    expect(difference(captures(frame(ARP)), captures(frame(ARP), frame(REQUEST, 'in', 11)), 10)).toBe('')
  })

  test('reports a frame of the other direction, a missing one, and another order', () => {
    expect(difference(captures(frame(ARP)), captures(frame(ARP, 'out')), 10)).not.toBe('')
    expect(difference(captures(frame(ARP)), captures(), 10)).not.toBe('')
    expect(difference(captures(frame(ARP), frame(REQUEST)), captures(frame(REQUEST), frame(ARP)), 10)).not.toBe('')
  })

  test('reports a link end that only one of them has', () => {
    const both = difference(captures(frame(ARP)), new Map([['bob:eth1', [frame(ARP)]]]), 10)
    expect(both).toBe(['alice:eth1 in: only the kernel has it', 'alice:eth1 out: only the kernel has it',
      'bob:eth1 in: only Netarium has it', 'bob:eth1 out: only Netarium has it'].join('\n\n'))
  })
})
