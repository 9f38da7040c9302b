import { describe, expect, test } from 'vitest'
import { viewOf } from '../base/hex.ts'
import { DropReason } from './drop-reason.ts'
import { UDP_HELLO } from './kernel-frames.test-data.ts'
import * as udp from './udp.ts'

const SOURCE = 0x0a000001
const DESTINATION = 0x0a000002
const datagram = UDP_HELLO.slice(34)

describe('UDP', () => {
  test('fields of a datagram from the kernel', () => {
    const view = viewOf(datagram)
    expect(udp.check(view, 0, 13)).toBe(0)
    expect(udp.checkChecksum(view, 0, SOURCE, DESTINATION)).toBe(0)
    expect(udp.parse(view, 0)).toEqual({
      sourcePort: 40000, destinationPort: 7000, length: 13, checksum: view.getUint16(6),
    })
    expect([udp.sourcePort(view, 0), udp.destinationPort(view, 0), udp.length(view, 0)]).toEqual([40000, 7000, 13])
  })

  test('emit gives its header back; write and fillChecksum the whole datagram', () => {
    const expected = new Uint8Array(20).fill(0xa5)
    expected.set(datagram, 3)
    const emitted = expected.slice()
    emitted.fill(0xa5, 3, 11)
    expect(udp.emit(viewOf(emitted), 3, udp.parse(viewOf(datagram), 0))).toBe(8)
    expect(emitted).toEqual(expected)
    const written = expected.slice()
    written.fill(0xa5, 3, 11)
    expect(udp.write(viewOf(written), 3, 40000, 7000, 13)).toBe(8)
    expect(udp.datagramChecksum(viewOf(written), 3)).toBe(0)
    udp.fillChecksum(viewOf(written), 3, SOURCE, DESTINATION)
    expect(written).toEqual(expected)
  })

  test('setters change their field alone', () => {
    const bytes = new Uint8Array(10).fill(0xa5)
    const view = viewOf(bytes)
    udp.setSourcePort(view, 1, 1)
    udp.setDestinationPort(view, 1, 0xffff)
    udp.setLength(view, 1, 8)
    udp.setDatagramChecksum(view, 1, 0x0102)
    expect([...bytes]).toEqual([0xa5, 0, 1, 0xff, 0xff, 0, 8, 1, 2, 0xa5])
  })

  test('a sum that comes out as zero is sent as 0xffff, and verifies', () => {
    const bytes = new Uint8Array(10)
    const view = viewOf(bytes)
    udp.write(view, 0, 5, 6, 10)
    udp.fillChecksum(view, 0, SOURCE, DESTINATION)
    // Put the checksum into the payload: the sum of all is then 0xffff, its complement 0.
    view.setUint16(8, udp.datagramChecksum(view, 0))
    udp.fillChecksum(view, 0, SOURCE, DESTINATION)
    expect(udp.datagramChecksum(view, 0)).toBe(0xffff)
    expect(udp.checkChecksum(view, 0, SOURCE, DESTINATION)).toBe(0)
  })

  test('checksum 0 means none; any other must be right', () => {
    const view = viewOf(datagram.slice())
    view.setUint8(12, 0x21)
    expect(udp.checkChecksum(view, 0, SOURCE, DESTINATION)).toBe(DropReason.UDP_CSUM)
    udp.setDatagramChecksum(view, 0, 0)
    expect(udp.checkChecksum(view, 0, SOURCE, DESTINATION)).toBe(0)
    expect(udp.checkChecksum(viewOf(datagram), 0, SOURCE, DESTINATION + 1)).toBe(DropReason.UDP_CSUM)
  })

  test('lengths: no whole header, below 8, beyond the packet; bytes behind are cut off', () => {
    const view = viewOf(datagram.slice())
    expect(udp.check(view, 0, 7)).toBe(DropReason.UDP_INHDR)
    expect(udp.check(view, 0, 12)).toBe(DropReason.PKT_TOO_SMALL)
    udp.setLength(view, 0, 12)
    expect(udp.check(view, 0, 13)).toBe(0)
    udp.setLength(view, 0, 8)
    expect(udp.check(view, 0, 8)).toBe(0)
    udp.setLength(view, 0, 7)
    expect(udp.check(view, 0, 13)).toBe(DropReason.PKT_TOO_SMALL)
    udp.setLength(view, 0, 0)
    expect(udp.check(view, 0, 13)).toBe(DropReason.PKT_TOO_SMALL)
  })
})
