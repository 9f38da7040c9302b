import { describe, expect, test } from 'vitest'
import { toHex, viewOf } from '../base/hex.ts'
import { DropReason } from './drop-reason.ts'
import * as icmpv4 from './icmpv4.ts'
import * as ipv4 from './ipv4.ts'
import * as frames from './kernel-frames.test-data.ts'
import * as udp from './udp.ts'

const ICMP_FRAMES = Object.entries(frames.FRAMES).filter(([name, frame]) =>
  frame[12] === 0x08 && frame[13] === 0x00 && frame[23] === ipv4.PROTO_ICMP && !name.startsWith('FRAGMENT'))

/** Offset and end of the message in a frame. */
function message(frame: Uint8Array): [DataView, number, number] {
  const view = viewOf(frame)
  return [view, ipv4.payloadAt(view, 14), ipv4.packetEnd(view, 14)]
}

describe('ICMP from the kernel', () => {
  test.each(ICMP_FRAMES)('%s: check passes; emit gives it back and touches nothing else', (_, frame) => {
    const [view, at, end] = message(frame)
    expect(icmpv4.check(view, at, end)).toBe(0)
    const expected = new Uint8Array(200).fill(0xa5)
    expected.set(frame.subarray(at, end), 9)
    const out = new Uint8Array(200).fill(0xa5)
    expect(icmpv4.emit(viewOf(out), 9, icmpv4.parse(view, at, end))).toBe(end - at)
    expect(out).toEqual(expected)
  })

  test('echo: identifier, sequence and payload', () => {
    const [view, at, end] = message(frames.ECHO_REQUEST)
    expect([icmpv4.type(view, at), icmpv4.code(view, at), icmpv4.sequence(view, at)]).toEqual([8, 0, 1])
    expect(icmpv4.rest(view, at)).toBe(icmpv4.restOfEcho(icmpv4.identifier(view, at), 1))
    expect(end - at).toBe(24)
    const [reply, replyAt] = message(frames.ECHO_REPLY)
    expect([icmpv4.type(reply, replyAt), icmpv4.identifier(reply, replyAt)]).toEqual([0, icmpv4.identifier(view, at)])
    expect([icmpv4.isError(view, at), icmpv4.isError(reply, replyAt)]).toEqual([false, false])
  })

  test('a request becomes its reply in place', () => {
    const bytes = frames.ECHO_REQUEST.slice()
    const [view, at, end] = message(bytes)
    icmpv4.setType(view, at, icmpv4.ICMP_ECHOREPLY)
    icmpv4.fillChecksum(view, at, end)
    expect(toHex(bytes, ' ', at, end)).toBe(toHex(frames.ECHO_REPLY, ' ', at, end))
  })

  test('port unreachable: the whole datagram comes back', () => {
    const [view, at, end] = message(frames.PORT_UNREACHABLE)
    expect([icmpv4.type(view, at), icmpv4.code(view, at)]).toEqual([icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_PORT_UNREACH])
    expect(icmpv4.isError(view, at)).toBe(true)
    expect(icmpv4.checkOriginal(view, at, end)).toBe(0)
    expect(toHex(frames.PORT_UNREACHABLE, ' ', icmpv4.originalAt(at), end)).toBe(toHex(frames.UDP_HELLO, ' ', 14))
    expect(udp.destinationPort(view, icmpv4.originalTransportAt(view, at))).toBe(7000)
  })

  test('codes, MTU, gateway and pointer of the other errors', () => {
    const facts = (frame: Uint8Array): number[] => {
      const [view, at, end] = message(frame)
      return [icmpv4.type(view, at), icmpv4.code(view, at), icmpv4.rest(view, at), icmpv4.checkOriginal(view, at, end)]
    }
    expect(facts(frames.PACKET_FILTERED)).toEqual([icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_PKT_FILTERED, 0, 0])
    expect(facts(frames.PROTOCOL_UNREACHABLE).slice(0, 3)).toEqual([3, icmpv4.ICMP_PROT_UNREACH, 0])
    expect(facts(frames.TIME_EXCEEDED)).toEqual([icmpv4.ICMP_TIME_EXCEEDED, icmpv4.ICMP_EXC_TTL, 0, 0])
    expect(facts(frames.FRAG_NEEDED)).toEqual([3, icmpv4.ICMP_FRAG_NEEDED, icmpv4.restOfMtu(68), 0])
    expect(icmpv4.mtu(...headerOf(frames.FRAG_NEEDED))).toBe(68)
    expect(facts(frames.REDIRECT)).toEqual([icmpv4.ICMP_REDIRECT, icmpv4.ICMP_REDIR_HOST, 0x0a000003, 0])
    expect(icmpv4.gateway(...headerOf(frames.REDIRECT))).toBe(0x0a000003)
    expect(facts(frames.PARAMETER_PROBLEM)).toEqual([icmpv4.ICMP_PARAMETERPROB, 0, icmpv4.restOfPointer(22), 0])
    expect(icmpv4.pointer(...headerOf(frames.PARAMETER_PROBLEM))).toBe(22)
    expect(icmpv4.originalWords(...headerOf(frames.PARAMETER_PROBLEM))).toBe(0)
  })

  test('timestamp: the reply keeps the originate time and sets the other two', () => {
    const [request, at] = message(frames.TIMESTAMP_REQUEST)
    expect([icmpv4.originateMs(request, at), icmpv4.receiveMs(request, at), icmpv4.transmitMs(request, at)])
      .toEqual([1000, 0, 0])
    const [reply, replyAt] = message(frames.TIMESTAMP_REPLY)
    const bytes = frames.TIMESTAMP_REQUEST.slice()
    const [view, , end] = message(bytes)
    icmpv4.setReplyMs(view, at, icmpv4.receiveMs(reply, replyAt), icmpv4.transmitMs(reply, replyAt))
    icmpv4.write(view, at, end, icmpv4.ICMP_TIMESTAMPREPLY, 0, icmpv4.rest(view, at))
    expect(toHex(bytes, ' ', at, end)).toBe(toHex(frames.TIMESTAMP_REPLY, ' ', at, end))
    expect(end - at).toBe(icmpv4.TIMESTAMP_LEN)
  })
})

function headerOf(frame: Uint8Array): [DataView, number] {
  const [view, at] = message(frame)
  return [view, at]
}

describe('check', () => {
  test('the checksum covers every byte up to the end', () => {
    const [view, at, end] = message(frames.ECHO_REQUEST.slice())
    for (let i = at; i < end; i++) {
      view.setUint8(i, view.getUint8(i) ^ 0x10)
      expect(icmpv4.check(view, at, end)).toBe(DropReason.ICMP_CSUM)
      view.setUint8(i, view.getUint8(i) ^ 0x10)
    }
    expect(icmpv4.check(view, at, end)).toBe(0)
  })

  test('checksum first, then the length: 4 bytes with a right sum are ICMP_INHDR', () => {
    const view = new DataView(new ArrayBuffer(8))
    expect(icmpv4.check(view, 0, 0)).toBe(DropReason.ICMP_CSUM)
    expect(icmpv4.check(view, 0, 4)).toBe(DropReason.ICMP_CSUM)
    view.setUint16(2, 0xffff)
    expect(icmpv4.check(view, 0, 4)).toBe(DropReason.ICMP_INHDR)
    expect(icmpv4.check(view, 0, 8)).toBe(0)
  })

  test('an error without enough of its original', () => {
    const [view, at, end] = message(frames.TIME_EXCEEDED.slice())
    expect(icmpv4.checkOriginal(view, at, at + 8 + 28)).toBe(0)
    expect(icmpv4.checkOriginal(view, at, at + 8 + 27)).toBe(DropReason.ICMP_INHDR)
    expect(icmpv4.checkOriginal(view, at, at + 8 + 19)).toBe(DropReason.ICMP_INHDR)
    view.setUint8(at + 8, 0x4f)
    expect(icmpv4.checkOriginal(view, at, end)).toBe(DropReason.ICMP_INHDR)
    view.setUint8(at + 8, 0x44)
    expect(icmpv4.checkOriginal(view, at, end)).toBe(DropReason.ICMP_INHDR)
  })

  test('the five types that report errors', () => {
    const types = Array.from({ length: 256 }, (_, type) => type)
    expect(types.filter(icmpv4.isErrorType)).toEqual([3, 4, 5, 11, 12])
  })

  test('setters change their field alone', () => {
    const bytes = new Uint8Array(12).fill(0xa5)
    const view = viewOf(bytes)
    icmpv4.setIdentifier(view, 2, 0x1234)
    icmpv4.setSequence(view, 2, 0x5678)
    icmpv4.setCode(view, 2, 1)
    expect(toHex(bytes)).toBe('a5a5a501a5a512345678a5a5')
    icmpv4.setRest(view, 2, -2)
    expect(toHex(bytes)).toBe('a5a5a501a5a5fffffffea5a5')
    expect(icmpv4.messageChecksum(view, 2)).toBe(0xa5a5)
  })
})
