import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../base/hex.ts'
import { CAPTURE_EPOCH_SECONDS, timeSince } from './capture-file.ts'
import { PcapWriter } from './pcap.ts'
import { PcapngWriter } from './pcapng.ts'
import { readCapture } from './reader.ts'
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts'

const FRAME = fromHex('ffffffffffff 020000000001 0806 0001')

describe('pcapng', () => {
  test('the blocks of a small capture are these bytes', () => {
    const writer = new PcapngWriter({ application: 'N', epochSeconds: 1 })
    const id = writer.addInterface({ name: 'a:e', snapLength: 65535 })
    writer.addFrame(id, 2, FRAME, { direction: 'out', comment: 'lost' })
    expect(toHex(writer.finish(), ' ')).toBe([
      '0a 0d 0d 0a 28 00 00 00 4d 3c 2b 1a 01 00 00 00 ff ff ff ff ff ff ff ff',
      '04 00 01 00 4e 00 00 00 00 00 00 00 28 00 00 00',
      '01 00 00 00 28 00 00 00 01 00 00 00 ff ff 00 00',
      '02 00 03 00 61 3a 65 00 09 00 01 00 09 00 00 00 00 00 00 00 28 00 00 00',
      '06 00 00 00 44 00 00 00 00 00 00 00 00 00 00 00 02 ca 9a 3b 10 00 00 00 10 00 00 00',
      'ff ff ff ff ff ff 02 00 00 00 00 01 08 06 00 01',
      '01 00 04 00 6c 6f 73 74 02 00 04 00 02 00 00 00 00 00 00 00 44 00 00 00',
      '05 00 00 00 64 00 00 00 00 00 00 00 00 00 00 00 02 ca 9a 3b',
      '02 00 08 00 00 00 00 00 02 ca 9a 3b 03 00 08 00 00 00 00 00 02 ca 9a 3b',
      '04 00 08 00 01 00 00 00 00 00 00 00 05 00 08 00 00 00 00 00 00 00 00 00',
      '06 00 08 00 01 00 00 00 00 00 00 00 08 00 08 00 01 00 00 00 00 00 00 00',
      '00 00 00 00 64 00 00 00',
    ].join(' '))
  })

  test('what is written is read back: names, speeds, nanoseconds, comments, directions, drops, cut frames', () => {
    const writer = new PcapngWriter({ hardware: 'none', os: 'Netarium 0.1', application: 'netarium run' })
    const first = writer.addInterface({ name: 'alice:eth1', description: 'to the switch', speedBps: 10_000_000_000 })
    const second = writer.addInterface({ name: 'böb:eth1', snapLength: 14 })
    writer.addFrame(first, 1, FRAME, { direction: 'out' })
    const notes = { direction: 'in', comment: ['a', 'b €'], dropCount: 3 } as const
    writer.addFrame(second, 104 * 86_400e9 + 999_999_999, FRAME, notes)
    writer.addRange(first, 5_000_000_000, new Uint8Array([9, ...FRAME, 9]), 1, 1 + FRAME.length, { originalLength: 99 })
    const capture = readCapture(writer.finish())
    expect(capture).toEqual({
      format: 'pcapng', littleEndian: true, hardware: 'none', os: 'Netarium 0.1', application: 'netarium run',
      interfaces: [
        { name: 'alice:eth1', description: 'to the switch', linkType: 1, snapLength: 262144, speedBps: 10_000_000_000 },
        { name: 'böb:eth1', description: '', linkType: 1, snapLength: 14, speedBps: 0 },
      ],
      frames: [
        {
          interfaceId: 0, seconds: CAPTURE_EPOCH_SECONDS, nanoseconds: 1, bytes: FRAME, originalLength: 16,
          comments: [], direction: 'out', dropCount: 0,
        },
        {
          interfaceId: 1, seconds: CAPTURE_EPOCH_SECONDS + 104 * 86_400, nanoseconds: 999_999_999,
          bytes: FRAME.slice(0, 14), originalLength: 16, comments: ['a', 'b €'], direction: 'in', dropCount: 3,
        },
        {
          interfaceId: 0, seconds: CAPTURE_EPOCH_SECONDS + 5, nanoseconds: 0, bytes: FRAME, originalLength: 99,
          comments: [], direction: null, dropCount: 0,
        },
      ],
      statistics: [
        { interfaceId: 0, received: 2, dropped: 0, accepted: 2, delivered: 2 },
        { interfaceId: 1, received: 4, dropped: 3, accepted: 4, delivered: 1 },
      ],
      error: null,
    })
    expect(timeSince(capture.frames[1], CAPTURE_EPOCH_SECONDS)).toBe(104 * 86_400e9 + 999_999_999)
  })

  test('through a sink the pieces add up to the same file', () => {
    const build = (sink?: (chunk: Uint8Array) => void): Uint8Array => {
      const writer = new PcapngWriter({ sink, chunkBytes: 100 })
      const id = writer.addInterface({ name: 'a:eth1' })
      for (let i = 0; i < 20; i++) writer.addFrame(id, i * 1000, FRAME, { comment: `frame ${i}` })
      return writer.finish()
    }
    const pieces: number[] = []
    let chunks = 0
    const rest = build(chunk => {
      pieces.push(...chunk)
      chunks++
    })
    expect(rest.length).toBe(0)
    expect(chunks).toBeGreaterThan(5)
    expect(Uint8Array.from(pieces)).toEqual(build())
  })

  test('a big-endian file with microseconds and an unknown block is read', () => {
    const capture = readCapture(fromHex(`
      0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
      00000001 00000014 0001 0000 00000000 00000014
      0000000a 00000010 00000000 00000010
      00000006 00000024 00000000 00000000 001e8481 00000002 00000040 aabb0000 00000024`))
    expect(capture.error).toBe(null)
    expect(capture.littleEndian).toBe(false)
    expect(capture.frames).toEqual([{
      interfaceId: 0, seconds: 2, nanoseconds: 1000, bytes: fromHex('aabb'), originalLength: 64,
      comments: [], direction: null, dropCount: 0,
    }])
  })

  test('a frame of an interface that was not declared is our own mistake', () => {
    expect(() => new PcapngWriter().addFrame(0, 0, FRAME)).toThrow(RangeError)
  })
})

describe('pcap', () => {
  test('a file of one frame is these bytes, microseconds cut', () => {
    const writer = new PcapWriter({ epochSeconds: 0, snapLength: 14 })
    writer.addFrame(1_000_001_999, FRAME)
    expect(toHex(writer.finish(), ' ')).toBe([
      'd4 c3 b2 a1 02 00 04 00 00 00 00 00 00 00 00 00 0e 00 00 00 01 00 00 00',
      '01 00 00 00 01 00 00 00 0e 00 00 00 10 00 00 00 ff ff ff ff ff ff 02 00 00 00 00 01 08 06',
    ].join(' '))
  })

  test.each([
    ['little-endian, nanoseconds', '4d3cb2a1 02000400 00000000 00000000 00000400 01000000',
      '02000000 07000000 01000000 05000000 aa', 7],
    ['big-endian, microseconds', 'a1b2c3d4 00020004 00000000 00000000 00040000 00000001',
      '00000002 00000007 00000001 00000005 aa', 7000],
    ['big-endian, nanoseconds', 'a1b23c4d 00020004 00000000 00000000 00040000 00000001',
      '00000002 00000007 00000001 00000005 aa', 7],
  ])('%s is read', (_name, header, record, nanoseconds) => {
    const capture = readCapture(fromHex(header + record))
    expect(capture.error).toBe(null)
    expect(capture.interfaces).toEqual([{ name: '', description: '', linkType: 1, snapLength: 262144, speedBps: 0 }])
    expect(capture.frames).toEqual([{
      interfaceId: 0, seconds: 2, nanoseconds, bytes: fromHex('aa'), originalLength: 5,
      comments: [], direction: null, dropCount: 0,
    }])
  })
})

describe('damaged files', () => {
  test('each cut of a good file gives the frames before the cut and one reason, and never throws', () => {
    const pcapng = new PcapngWriter()
    pcapng.addInterface({ name: 'a:eth1' })
    pcapng.addFrame(0, 1, FRAME, { comment: 'x', direction: 'in' })
    pcapng.addFrame(0, 2, FRAME)
    const pcap = new PcapWriter()
    pcap.addFrame(1, FRAME)
    pcap.addFrame(2, FRAME)
    for (const file of [pcapng.finish(), pcap.finish()]) {
      let seen = 0
      for (let length = 0; length <= file.length; length++) {
        const capture = readCapture(file.slice(0, length))
        expect(capture.frames.length).toBeGreaterThanOrEqual(seen)
        seen = capture.frames.length
        expect(capture.frames.every(frame => toHex(frame.bytes) === toHex(FRAME))).toBe(true)
      }
      expect(seen).toBe(2)
    }
  })

  test.each([
    ['', 'truncated dump file; tried to read 4 file header bytes, only got 0'],
    ['00000000 00000000', 'unknown file format'],
    ['d4c3b2a1 0200', 'truncated dump file; tried to read 24 file header bytes, only got 6'],
    [`d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000 0000`,
      'truncated dump file; tried to read 16 header bytes, only got 2'],
    [`d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000 00000000 00000000 04000000 04000000 aabb`,
      'truncated dump file; tried to read 4 captured bytes, only got 2'],
    [`d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000 00000000 00000000 04000500 04000000 aabb`,
      'invalid packet capture length 327684, bigger than maximum of 262144'],
  ])('%s: %s', (hex, message) => {
    expect(readCapture(fromHex(hex)).error).toBe(message)
  })

  test('one bit wrong anywhere never throws', () => {
    const writer = new PcapngWriter({ os: 'x' })
    writer.addInterface({ name: 'a:eth1', speedBps: 5 })
    writer.addFrame(0, 1, FRAME, { comment: 'x', direction: 'in', dropCount: 1 })
    const file = writer.finish()
    let faults = 0
    for (let bit = 0; bit < file.length * 8; bit++) {
      const broken = file.slice()
      broken[bit >> 3] ^= 1 << (bit & 7)
      if (readCapture(broken).error !== null) faults++
    }
    expect(faults).toBeGreaterThan(100)
  })
})

test('UTF-8 is written and read as the platform does it, malformed input too', () => {
  for (const text of ['', 'abc', 'ä€😀', '\ud800x', '你好']) {
    expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text))
    expect(decodeUtf8(encodeUtf8(text))).toBe(new TextDecoder().decode(new TextEncoder().encode(text)))
  }
  for (const hex of ['ff', 'c3', 'c0af', 'f5808080', '41e2']) {
    expect(decodeUtf8(fromHex(hex))).toMatch(/\ufffd/)
  }
})
