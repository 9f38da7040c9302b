import { describe, expect, test } from 'vitest'
import { toHex, viewOf } from '../base/hex.ts'
import { DropReason } from './drop-reason.ts'
import { TCP_DATA, TCP_FIN, TCP_SYN, TCP_SYN_ACK } from './kernel-frames.test-data.ts'
import * as tcp from './tcp.ts'

const CLIENT = 0x0a000001
const SERVER = 0x0a000002
const SEGMENTS: [string, Uint8Array, number, number][] = [
  ['SYN', TCP_SYN.slice(34), CLIENT, SERVER],
  ['SYN, ACK', TCP_SYN_ACK.slice(34), SERVER, CLIENT],
  ['data', TCP_DATA.slice(34), CLIENT, SERVER],
  ['FIN', TCP_FIN.slice(34), SERVER, CLIENT],
]

/** Kinds and lengths of the options of a segment, up to the end of the list. */
function optionsOf(view: DataView, at: number): [number, number][] {
  const list: [number, number][] = []
  const end = tcp.optionsEnd(view, at)
  let option = tcp.optionsAt(at)
  while (option < end && view.getUint8(option) !== tcp.OPTION_EOL) {
    const length = tcp.optionLen(view, option, end)
    if (length === 0) break
    list.push([view.getUint8(option), length])
    option += length
  }
  return list
}

describe('TCP from the kernel', () => {
  test.each(SEGMENTS)('%s: check passes; emit gives the header back, fillChecksum its sum', (_, bytes, from, to) => {
    const view = viewOf(bytes)
    expect(tcp.check(view, 0, bytes.length)).toBe(0)
    expect(tcp.checkChecksum(view, 0, bytes.length, from, to)).toBe(0)
    const length = tcp.headerLen(view, 0)
    const expected = new Uint8Array(80).fill(0xa5)
    expected.set(bytes, 5)
    const out = expected.slice()
    out.fill(0xa5, 5, 5 + length)
    expect(tcp.emit(viewOf(out), 5, tcp.parse(view, 0))).toBe(length)
    expect(out).toEqual(expected)
    tcp.setSegmentChecksum(viewOf(out), 5, 0x1234)
    tcp.fillChecksum(viewOf(out), 5, 5 + bytes.length, from, to)
    expect(out).toEqual(expected)
  })

  test('a SYN: flags, window, options', () => {
    const view = viewOf(SEGMENTS[0][1])
    const { sequence } = tcp.parse(view, 0)
    expect(tcp.parse(view, 0)).toMatchObject({
      sourcePort: 40001, destinationPort: 8080, sequence, acknowledgement: 0, flags: tcp.SYN, window: 64240,
      urgentPointer: 0,
    })
    expect([tcp.isSyn(view, 0), tcp.isAck(view, 0), tcp.isFin(view, 0), tcp.isRst(view, 0)])
      .toEqual([true, false, false, false])
    expect(optionsOf(view, 0)).toEqual([[tcp.OPTION_MSS, 4], [tcp.OPTION_SACK_PERM, 2], [tcp.OPTION_TIMESTAMP, 10],
      [tcp.OPTION_NOP, 1], [tcp.OPTION_WINDOW, 3]])
    expect(view.getUint16(tcp.findOption(view, 0, tcp.OPTION_MSS) + 2)).toBe(1460)
    expect(tcp.findOption(view, 0, tcp.OPTION_SACK)).toBe(0)
  })

  test('the answer acknowledges the next sequence number', () => {
    const syn = viewOf(SEGMENTS[0][1])
    const answer = viewOf(SEGMENTS[1][1])
    expect(tcp.acknowledgement(answer, 0)).toBe((tcp.sequence(syn, 0) + 1) | 0)
    expect(tcp.flags(answer, 0)).toBe(tcp.SYN | tcp.ACK)
    expect(tcp.flags(viewOf(SEGMENTS[2][1]), 0)).toBe(tcp.PSH | tcp.ACK)
    expect(tcp.flags(viewOf(SEGMENTS[3][1]), 0)).toBe(tcp.FIN | tcp.ACK)
  })
})

describe('TCP header', () => {
  test('setters and write give the same bytes', () => {
    const written = new Uint8Array(24).fill(0xa5)
    expect(tcp.write(viewOf(written), 2, 20, 1, 65535, -2, 0x7fffffff, tcp.AE | tcp.CWR | tcp.RST, 512)).toBe(20)
    expect(toHex(written)).toBe('a5a5' + '0001ffff' + 'fffffffe' + '7fffffff' + '5184' + '0200' + '00000000' + 'a5a5')
    const set = written.slice()
    set.fill(0, 2, 22)
    set[14] = 0x50
    const view = viewOf(set)
    tcp.setSourcePort(view, 2, 1)
    tcp.setDestinationPort(view, 2, 65535)
    tcp.setSequence(view, 2, -2)
    tcp.setAcknowledgement(view, 2, 0x7fffffff)
    tcp.setFlags(view, 2, tcp.AE | tcp.CWR | tcp.RST)
    tcp.setWindow(view, 2, 512)
    tcp.setUrgentPointer(view, 2, 0)
    expect(set).toEqual(written)
    expect([tcp.sourcePort(view, 2), tcp.destinationPort(view, 2), tcp.window(view, 2), tcp.urgentPointer(view, 2),
      tcp.reserved(view, 2), tcp.headerLen(view, 2)]).toEqual([1, 65535, 512, 0, 0, 20])
  })

  test('lengths: no whole header, a data offset below 5 words or beyond the segment', () => {
    const view = viewOf(SEGMENTS[0][1].slice())
    expect(tcp.check(view, 0, 19)).toBe(DropReason.TCP_INHDR)
    expect(tcp.check(view, 0, 39)).toBe(DropReason.TCP_INHDR)
    expect(tcp.check(view, 0, 40)).toBe(0)
    view.setUint8(12, 0x40)
    expect(tcp.check(view, 0, 40)).toBe(DropReason.PKT_TOO_SMALL)
    view.setUint8(12, 0xf0)
    expect(tcp.check(view, 0, 40)).toBe(DropReason.TCP_INHDR)
  })

  test('a flipped bit or another address: TCP_CSUM', () => {
    const [, bytes, from, to] = SEGMENTS[2]
    const view = viewOf(bytes.slice())
    view.setUint8(bytes.length - 1, bytes[bytes.length - 1] ^ 1)
    expect(tcp.checkChecksum(view, 0, bytes.length, from, to)).toBe(DropReason.TCP_CSUM)
    expect(tcp.checkChecksum(viewOf(bytes), 0, bytes.length, from, to + 1)).toBe(DropReason.TCP_CSUM)
    expect(tcp.checkChecksum(viewOf(bytes), 0, bytes.length - 1, from, to)).toBe(DropReason.TCP_CSUM)
  })

  // tcp_parse_options(): "don't parse partial options", and stop at a length below 2.
  test('options stop at the first that is cut or of length below 2; those before it hold', () => {
    const withOptions = (...options: number[]): DataView => {
      const view = new DataView(new ArrayBuffer(64))
      tcp.emit(view, 0, { sourcePort: 0, destinationPort: 0, sequence: 0, acknowledgement: 0, flags: 0, window: 0,
        checksum: 0, urgentPointer: 0, options: Uint8Array.from(options) })
      return view
    }
    expect(optionsOf(withOptions(2, 4, 5, 180, 3, 1, 7, 0), 0)).toEqual([[2, 4]])
    expect(optionsOf(withOptions(2, 4, 5, 180, 8, 10, 0, 0), 0)).toEqual([[2, 4]])
    expect(optionsOf(withOptions(1, 1, 1, 2), 0)).toEqual([[1, 1], [1, 1], [1, 1]])
    expect(optionsOf(withOptions(1, 0, 2, 4), 0)).toEqual([[1, 1]])
    expect(tcp.findOption(withOptions(3, 1, 7, 2), 0, 2)).toBe(0)
    expect(tcp.findOption(withOptions(1, 0, 2, 4), 0, 2)).toBe(0)
    expect(tcp.findOption(withOptions(1, 3, 3, 7), 0, 3)).toBe(21)
  })
})
