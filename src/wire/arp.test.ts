import { describe, expect, test } from 'vitest'
import { viewOf } from '../base/hex.ts'
import * as arp from './arp.ts'
import { DropReason } from './drop-reason.ts'
import { ARP_REPLY, ARP_REQUEST } from './kernel-frames.test-data.ts'

const request = ARP_REQUEST.slice(14)
const reply = ARP_REPLY.slice(14)

describe('ARP', () => {
  test('fields of a request and its reply from the kernel', () => {
    expect(arp.check(viewOf(request), 0, 28)).toBe(0)
    expect(arp.parse(viewOf(request), 0)).toEqual({
      operation: arp.ARPOP_REQUEST, senderMac: 0x020000000001, senderIp: 0x0a000001, targetMac: 0, targetIp: 0x0a000002,
    })
    expect(arp.check(viewOf(reply), 0, 28)).toBe(0)
    expect(arp.parse(viewOf(reply), 0)).toEqual({
      operation: arp.ARPOP_REPLY, senderMac: 0x020000000002, senderIp: 0x0a000002,
      targetMac: 0x020000000001, targetIp: 0x0a000001,
    })
  })

  test('accessors agree with parse', () => {
    const view = viewOf(reply)
    expect([arp.hardwareType(view, 0), arp.protocolType(view, 0), arp.operation(view, 0)]).toEqual([1, 0x0800, 2])
    expect([arp.senderMacHi(view, 0), arp.senderMacLo(view, 0), arp.senderIp(view, 0)]).toEqual([0x0200, 2, 0x0a000002])
    expect([arp.targetMacHi(view, 0), arp.targetMacLo(view, 0), arp.targetIp(view, 0)]).toEqual([0x0200, 1, 0x0a000001])
  })

  test.each([['request', request], ['reply', reply]])('a %s is emitted byte for byte', (_, bytes) => {
    const out = new Uint8Array(34).fill(0xa5)
    expect(arp.emit(viewOf(out), 3, arp.parse(viewOf(bytes), 0))).toBe(28)
    const expected = new Uint8Array(34).fill(0xa5)
    expected.set(bytes, 3)
    expect(out).toEqual(expected)
  })

  test('an announcement asks for its own address', () => {
    const view = viewOf(request.slice())
    expect(arp.isGratuitous(view, 0)).toBe(false)
    view.setInt32(24, arp.senderIp(view, 0))
    expect(arp.isGratuitous(view, 0)).toBe(true)
  })

  test('check: the tests of arp_rcv() and arp_process()', () => {
    const changed = (at: number, value: number): number => {
      const view = viewOf(request.slice())
      view.setUint16(at, value)
      return arp.check(view, 0, 28)
    }
    expect(arp.check(viewOf(request), 0, 27)).toBe(DropReason.PKT_TOO_SMALL)
    expect(changed(0, arp.ARPHRD_IEEE802)).toBe(0)
    expect(changed(0, 2)).toBe(DropReason.ARP_INHDR)
    expect(changed(2, 0x86dd)).toBe(DropReason.ARP_INHDR)
    expect(changed(4, 0x0804)).toBe(DropReason.ARP_INHDR)
    expect(changed(4, 0x0610)).toBe(DropReason.ARP_INHDR)
    expect(changed(6, arp.ARPOP_RREQUEST)).toBe(DropReason.ARP_INHDR)
    expect(changed(6, 0)).toBe(DropReason.ARP_INHDR)
    expect(changed(6, arp.ARPOP_REPLY)).toBe(0)
  })
})
