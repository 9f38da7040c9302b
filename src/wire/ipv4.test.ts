import { describe, expect, test } from 'vitest'
import { viewOf } from '../base/hex.ts'
import * as checksum from './checksum.ts'
import { DropReason } from './drop-reason.ts'
import * as ipv4 from './ipv4.ts'
import {
  ECHO_REQUEST, FRAGMENT_FIRST, FRAGMENT_LAST, FRAMES, RECORD_ROUTE_REPLY, TCP_SYN,
} from './kernel-frames.test-data.ts'

const IPV4_FRAMES = Object.entries(FRAMES).filter(([, frame]) => frame[12] === 0x08 && frame[13] === 0x00)

describe('IPv4 header', () => {
  test('fields of a packet from the kernel', () => {
    const view = viewOf(TCP_SYN)
    expect(ipv4.check(view, 14, TCP_SYN.length)).toBe(0)
    const fields = ipv4.parse(view, 14)
    expect(fields).toEqual({
      tos: 0, totalLength: 60, identification: view.getUint16(18), fragment: ipv4.IP_DF, ttl: 64,
      protocol: ipv4.PROTO_TCP, source: 0x0a000001, destination: 0x0a000002, options: new Uint8Array(0),
    })
    expect([ipv4.version(view, 14), ipv4.headerLen(view, 14)]).toEqual([4, 20])
    expect([ipv4.payloadAt(view, 14), ipv4.packetEnd(view, 14)]).toEqual([34, TCP_SYN.length])
  })

  test('fields of the fragments of a ping', () => {
    const first = viewOf(FRAGMENT_FIRST)
    const last = viewOf(FRAGMENT_LAST)
    const facts = (view: DataView): unknown[] => [ipv4.isFragment(view, 14), ipv4.isMoreFragments(view, 14),
      ipv4.fragmentOffset(view, 14), ipv4.isDontFragment(view, 14), ipv4.totalLength(view, 14)]
    expect(facts(first)).toEqual([true, true, 0, false, 68])
    expect(facts(last)).toEqual([true, false, 48, false, 40])
    expect(ipv4.identification(first, 14)).toBe(ipv4.identification(last, 14))
    expect(facts(viewOf(ECHO_REQUEST))).toEqual([false, false, 0, true, 44])
  })

  test.each(IPV4_FRAMES)('%s: check passes; emit gives its header back and touches nothing else', (_, frame) => {
    const view = viewOf(frame)
    expect(ipv4.check(view, 14, frame.length)).toBe(0)
    const length = ipv4.headerLen(view, 14)
    const expected = new Uint8Array(80).fill(0xa5)
    expected.set(frame.subarray(14, 14 + length), 7)
    const out = new Uint8Array(80).fill(0xa5)
    expect(ipv4.emit(viewOf(out), 7, ipv4.parse(view, 14))).toBe(length)
    expect(out).toEqual(expected)
  })

  test('setters write their field and fillChecksum the sum: the same header as emit', () => {
    const fields = { tos: 0xb9, totalLength: 1500, identification: 0xfffe, fragment: ipv4.IP_MF | 185, ttl: 255,
      protocol: ipv4.PROTO_UDP, source: 0xc0a80101 | 0, destination: -1 }
    const emitted = new Uint8Array(24).fill(0xa5)
    ipv4.emit(viewOf(emitted), 2, fields)
    const set = emitted.slice()
    set.fill(0xff, 3, 22)
    const view = viewOf(set)
    ipv4.setTos(view, 2, fields.tos)
    ipv4.setTotalLength(view, 2, fields.totalLength)
    ipv4.setIdentification(view, 2, fields.identification)
    ipv4.setFragment(view, 2, fields.fragment)
    ipv4.setTtl(view, 2, fields.ttl)
    ipv4.setProtocol(view, 2, fields.protocol)
    ipv4.setSource(view, 2, fields.source)
    ipv4.setDestination(view, 2, fields.destination)
    ipv4.fillChecksum(view, 2)
    expect(set).toEqual(emitted)
    expect(ipv4.check(view, 2, 2 + 1500)).toBe(0)
    expect([ipv4.dscp(view, 2), ipv4.ecn(view, 2), ipv4.tos(view, 2)]).toEqual([46, ipv4.ECN_ECT_1, 0xb9])
    expect([ipv4.source(view, 2), ipv4.destination(view, 2)]).toEqual([fields.source, -1])
    expect([ipv4.ttl(view, 2), ipv4.protocol(view, 2), ipv4.fragment(view, 2)]).toEqual([255, 17, fields.fragment])
  })

  test('options are padded with zeros to 4 bytes', () => {
    const out = new Uint8Array(28).fill(0xa5)
    const fields = { tos: 0, totalLength: 24, identification: 0, fragment: 0, ttl: 1, protocol: ipv4.PROTO_IGMP,
      source: 1, destination: 2, options: Uint8Array.of(1, 1, 1) }
    expect(ipv4.emit(viewOf(out), 0, fields)).toBe(24)
    expect([...out.subarray(20)]).toEqual([1, 1, 1, 0, 0xa5, 0xa5, 0xa5, 0xa5])
    expect(ipv4.check(viewOf(out), 0, 24)).toBe(0)
  })
})

describe('check: ip_rcv_core(), in its order', () => {
  /** A copy of a packet with one byte changed and, unless told otherwise, the right checksum. */
  function changed(at: number, value: number, isFixed = true): Uint8Array {
    const bytes = ECHO_REQUEST.slice(14)
    bytes[at] = value
    if (isFixed && (bytes[0] & 15) >= 5 && (bytes[0] & 15) <= 11) ipv4.fillChecksum(viewOf(bytes), 0)
    return bytes
  }
  const check = (bytes: Uint8Array, end = bytes.length): number => ipv4.check(viewOf(bytes), 0, end)

  test('fewer than 20 bytes: IP_INHDR', () => {
    expect(check(ECHO_REQUEST.slice(14), 19)).toBe(DropReason.IP_INHDR)
    expect(check(new Uint8Array(0))).toBe(DropReason.IP_INHDR)
  })

  test('version other than 4, IHL below 5: IP_INHDR', () => {
    expect(check(changed(0, 0x65))).toBe(DropReason.IP_INHDR)
    expect(check(changed(0, 0x55))).toBe(DropReason.IP_INHDR)
    expect(check(changed(0, 0x44))).toBe(DropReason.IP_INHDR)
    expect(check(changed(0, 0x40))).toBe(DropReason.IP_INHDR)
  })

  test('an IHL beyond what was received: IP_INHDR, before the checksum is looked at', () => {
    expect(check(changed(0, 0x4f, false), 44)).toBe(DropReason.IP_INHDR)
    for (let end = 20; end < 24; end++) expect(check(changed(0, 0x46, false), end)).toBe(DropReason.IP_INHDR)
    expect(check(changed(0, 0x46, false), 24)).toBe(DropReason.IP_CSUM)
  })

  test('a wrong checksum: IP_CSUM, with options too, before the length is looked at', () => {
    expect(check(changed(8, 63, false))).toBe(DropReason.IP_CSUM)
    expect(check(changed(2, 0xff, false))).toBe(DropReason.IP_CSUM)
    const options = RECORD_ROUTE_REPLY.slice(14)
    options[59] ^= 1
    expect(check(options)).toBe(DropReason.IP_CSUM)
  })

  test('a total length beyond what was received: PKT_TOO_SMALL', () => {
    expect(check(changed(3, 45))).toBe(DropReason.PKT_TOO_SMALL)
    expect(check(ECHO_REQUEST.slice(14), 43)).toBe(DropReason.PKT_TOO_SMALL)
  })

  test('a total length below the header: IP_INHDR', () => {
    expect(check(changed(3, 19))).toBe(DropReason.IP_INHDR)
    expect(check(changed(3, 0))).toBe(DropReason.IP_INHDR)
    const options = RECORD_ROUTE_REPLY.slice(14)
    viewOf(options).setUint16(2, 59)
    ipv4.fillChecksum(viewOf(options), 0)
    expect(check(options)).toBe(DropReason.IP_INHDR)
  })

  test('padding behind the packet is fine', () => {
    const padded = new Uint8Array(60)
    padded.set(ECHO_REQUEST.subarray(14))
    expect(check(padded)).toBe(0)
  })
})

describe('changes that patch the checksum', () => {
  test('decrementTtl from every TTL and with every checksum of a sweep: as computing anew', () => {
    const bytes = new Uint8Array(20)
    const view = viewOf(bytes)
    for (let ttl = 255; ttl > 0; ttl--) {
      for (let id = 0; id < 0x10000; id += 251) {
        ipv4.write(view, 0, 0, 20, id, 0, ttl, 17, 0x0a000001, 0x0a000002)
        expect(ipv4.decrementTtl(view, 0)).toBe(ttl - 1)
        expect(checksum.sum(view, 0, 20)).toBe(0xffff)
        expect(view.getUint8(8)).toBe(ttl - 1)
      }
    }
  })

  // ip_decrease_ttl() in C: check += htons(0x0100); iph->check = check + (check >= 0xFFFF), on x86. Compiled there:
  // 0xfeff -> 0x0000, 0xffff -> 0x0100, 0xff00 -> 0x0001, 0xfefe -> 0xfffe, 0x0000 -> 0x0100.
  test.each([[0xfeff, 0], [0xffff, 0x0100], [0xff00, 1], [0xfefe, 0xfffe], [0, 0x0100]])(
    'checksum 0x%s: the representation of zero is that of Linux', (before, after) => {
      const view = new DataView(new ArrayBuffer(20))
      ipv4.setTtl(view, 0, 64)
      ipv4.setHeaderChecksum(view, 0, before)
      ipv4.decrementTtl(view, 0)
      expect(ipv4.headerChecksum(view, 0)).toBe(after)
    })

  test('new addresses and a new TOS leave a right checksum', () => {
    const bytes = ECHO_REQUEST.slice(14)
    const view = viewOf(bytes)
    ipv4.rewriteSource(view, 0, 0xcb007101 | 0)
    expect(ipv4.check(view, 0, 44)).toBe(0)
    ipv4.rewriteDestination(view, 0, 0x08080808)
    expect(ipv4.check(view, 0, 44)).toBe(0)
    ipv4.rewriteTos(view, 0, 0xb8)
    expect(ipv4.check(view, 0, 44)).toBe(0)
    expect([ipv4.source(view, 0), ipv4.destination(view, 0), ipv4.tos(view, 0)])
      .toEqual([0xcb007101 | 0, 0x08080808, 0xb8])
  })

  test('the pseudo header takes addresses and protocol from the header', () => {
    const view = viewOf(TCP_SYN)
    expect(ipv4.pseudoHeader(view, 14, 40)).toBe(checksum.pseudoHeader(0x0a000001, 0x0a000002, 6, 40))
  })
})
