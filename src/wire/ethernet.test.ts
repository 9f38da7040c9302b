import { describe, expect, test } from 'vitest'
import { fromHex, toHex, viewOf } from '../base/hex.ts'
import { DropReason } from './drop-reason.ts'
import * as ethernet from './ethernet.ts'
import { ARP_REQUEST, ECHO_REQUEST, FRAMES, STP_HELLO } from './kernel-frames.test-data.ts'
import * as vlan from './vlan.ts'

describe('Ethernet', () => {
  test('fields of a frame from the kernel', () => {
    const view = viewOf(ARP_REQUEST)
    expect(ethernet.check(view, 0, 42)).toBe(0)
    expect(ethernet.parse(view, 0)).toEqual({
      destination: 0xffffffffffff, source: 0x020000000001, type: ethernet.ETHERTYPE_ARP,
    })
    expect([ethernet.destinationHi(view, 0), ethernet.destinationLo(view, 0)]).toEqual([0xffff, -1])
    expect([ethernet.sourceHi(view, 0), ethernet.sourceLo(view, 0)]).toEqual([0x0200, 1])
    expect(ethernet.type(view, 0)).toBe(0x0806)
    expect(ethernet.isBroadcast(view, 0)).toBe(true)
    expect(ethernet.isMulticast(view, 0)).toBe(true)
  })

  test('an 802.3 frame: the type is a length, LLC says spanning tree', () => {
    const view = viewOf(STP_HELLO)
    expect(ethernet.isLength(view, 0)).toBe(true)
    expect(ethernet.type(view, 0)).toBe(STP_HELLO.length - 14)
    expect(ethernet.llcSaps(view, 0, STP_HELLO.length)).toBe((ethernet.LLC_SAP_STP << 8) | ethernet.LLC_SAP_STP)
    expect(ethernet.llcSaps(view, 0, 16)).toBe(0)
    expect(ethernet.isLinkLocal(view, 0)).toBe(true)
    expect(ethernet.isLength(viewOf(ECHO_REQUEST), 0)).toBe(false)
    expect(ethernet.isLinkLocal(viewOf(ECHO_REQUEST), 0)).toBe(false)
  })

  test('01:80:c2:00:00:0f is the last address that bridges keep to themselves', () => {
    const frame = viewOf(STP_HELLO.slice())
    frame.setUint8(5, 0x0f)
    expect(ethernet.isLinkLocal(frame, 0)).toBe(true)
    frame.setUint8(5, 0x10)
    expect(ethernet.isLinkLocal(frame, 0)).toBe(false)
  })

  test.each(Object.keys(FRAMES))('%s: emit, write and the setters give the header back and no more', (name) => {
    const frame = FRAMES[name]
    const fields = ethernet.parse(viewOf(frame), 0)
    const expected = new Uint8Array(20).fill(0xa5)
    expected.set(frame.subarray(0, 14), 3)
    const emitted = new Uint8Array(20).fill(0xa5)
    expect(ethernet.emit(viewOf(emitted), 3, fields)).toBe(14)
    expect(emitted).toEqual(expected)
    const view = viewOf(frame)
    const [dstHi, dstLo] = [ethernet.destinationHi(view, 0), ethernet.destinationLo(view, 0)]
    const [srcHi, srcLo] = [ethernet.sourceHi(view, 0), ethernet.sourceLo(view, 0)]
    const written = new Uint8Array(20).fill(0xa5)
    expect(ethernet.write(viewOf(written), 3, dstHi, dstLo, srcHi, srcLo, fields.type)).toBe(14)
    expect(written).toEqual(expected)
    const set = new Uint8Array(20).fill(0xa5)
    ethernet.setDestination(viewOf(set), 3, dstHi, dstLo)
    ethernet.setSource(viewOf(set), 3, srcHi, srcLo)
    ethernet.setType(viewOf(set), 3, fields.type)
    expect(set).toEqual(expected)
  })

  test('13 bytes are no header', () => {
    const view = viewOf(ECHO_REQUEST)
    expect(ethernet.check(view, 0, 13)).toBe(DropReason.HDR_TRUNC)
    expect(ethernet.check(view, 0, 14)).toBe(0)
  })

  test('a source may be neither zero nor a group', () => {
    const valid = (mac: string): boolean => ethernet.isSourceValid(viewOf(fromHex(`ffffffffffff ${mac} 0800`)), 0)
    expect(['000000000000', '010000000001', 'ffffffffffff', '020000000000', '000000000001', '000100000000'].map(valid))
      .toEqual([false, false, false, true, true, true])
  })
})

describe('frame check sequence', () => {
  test('the check value of CRC-32 (IEEE 802.3)', () => {
    // The usual check value, of the digits 1 to 9; python3 -c 'import zlib; print(hex(zlib.crc32(b"123456789")))'
    expect(ethernet.crc32(viewOf(fromHex('31 32 33 34 35 36 37 38 39')), 0, 9)).toBe(0xcbf43926)
    expect(ethernet.crc32(viewOf(new Uint8Array(0)), 0, 0)).toBe(0)
  })

  test('a frame with its own FCS, least significant byte first, leaves the residue; a flipped bit does not', () => {
    const frame = new Uint8Array(ECHO_REQUEST.length + 4)
    frame.set(ECHO_REQUEST)
    const view = viewOf(frame)
    view.setUint32(ECHO_REQUEST.length, ethernet.crc32(view, 0, ECHO_REQUEST.length), true)
    expect(ethernet.crc32(view, 0, frame.length)).toBe(ethernet.CRC_RESIDUE)
    for (let bit = 0; bit < frame.length * 8; bit += 37) {
      frame[bit >>> 3] ^= 1 << (bit & 7)
      expect(ethernet.crc32(view, 0, frame.length)).not.toBe(ethernet.CRC_RESIDUE)
      frame[bit >>> 3] ^= 1 << (bit & 7)
    }
  })
})

describe('VLAN tag', () => {
  // PCP 5, DEI 1, VID 100 before the IPv4 type; so does tshark -V dissect these six bytes.
  const TAG = fromHex('8100 b064 0800')

  test('fields, and the same bytes emitted', () => {
    const view = viewOf(TAG)
    expect(vlan.check(view, 0, 6)).toBe(0)
    expect(vlan.parse(view, 0)).toEqual({ tpid: 0x8100, pcp: 5, dei: 1, vid: 100 })
    expect(vlan.tci(view, 0)).toBe(0xb064)
    expect(vlan.innerType(view, 0)).toBe(0x0800)
    const out = new Uint8Array(6).fill(0xa5)
    expect(vlan.emit(viewOf(out), 1, vlan.parse(view, 0))).toBe(4)
    expect(toHex(out)).toBe('a58100b064a5')
  })

  test('VID and PCP are set without a change to the rest', () => {
    const view = viewOf(TAG.slice())
    vlan.setVid(view, 0, 4094)
    expect(vlan.tci(view, 0)).toBe(0xbffe)
    vlan.setPcp(view, 0, 1)
    expect(vlan.tci(view, 0)).toBe(0x3ffe)
    vlan.setTci(view, 0, vlan.tciOf(7, 0, 1))
    expect(vlan.tci(view, 0)).toBe(0xe001)
  })

  test('without the inner type it is cut off', () => {
    expect(vlan.check(viewOf(TAG), 0, 5)).toBe(DropReason.HDR_TRUNC)
  })

  test('0x8100 and 0x88a8 begin a tag', () => {
    expect([0x8100, 0x88a8, 0x0800, 0x9100].map(vlan.isTpid)).toEqual([true, true, false, false])
  })

  test('a tag goes into a frame and out again; two stack', () => {
    const length = ECHO_REQUEST.length
    const buffer = new Uint8Array(length + 12).fill(0xa5)
    buffer.set(ECHO_REQUEST, 10)
    const view = viewOf(buffer)
    let at = vlan.insertTag(view, 10, vlan.TPID_8021Q, 0xb064)
    expect(at).toBe(6)
    expect(toHex(buffer, '', 6, 26)).toBe(`${toHex(ECHO_REQUEST, '', 0, 12)}8100b0640800` + '4500')
    at = vlan.insertTag(view, at, vlan.TPID_8021AD, 200)
    expect(toHex(buffer, '', 2, 26)).toBe(`${toHex(ECHO_REQUEST, '', 0, 12)}88a800c88100b0640800` + '4500')
    at = vlan.removeTag(view, vlan.removeTag(view, at))
    expect(at).toBe(10)
    expect(buffer.subarray(10, 10 + length)).toEqual(ECHO_REQUEST)
    expect([buffer[0], buffer[1], buffer[10 + length]]).toEqual([0xa5, 0xa5, 0xa5])
  })
})
