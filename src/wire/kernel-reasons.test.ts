import { expect, test } from 'vitest'
import { fromHex, viewOf } from '../base/hex.ts'
import * as arp from './arp.ts'
import { DropReason, dropReasonName } from './drop-reason.ts'
import * as ethernet from './ethernet.ts'
import * as icmpv4 from './icmpv4.ts'
import * as options from './ipv4-options.ts'
import * as ipv4 from './ipv4.ts'
import * as tcp from './tcp.ts'
import * as udp from './udp.ts'

/**
 * Malformed frames, and where and why Linux 6.18 dropped each: sent over a veth from an AF_PACKET socket to a host
 * with the address 10.0.0.2, and read from its tracepoint:
 *
 *     echo 1 > /sys/kernel/tracing/events/skb/kfree_skb/enable; cat /sys/kernel/tracing/trace
 *
 * Row: what is wrong, function, reason, frame. An empty function: it was not dropped.
 */
const KERNEL: readonly (readonly [string, string, string, string])[] = [
  ['ok echo', 'ping_rcv', 'NO_SOCKET',
    '02000000000202000000000108004500002400070000400166d00a0000010a0000020800161c000100017878787878787878'],
  ['ip 19 bytes', 'ip_rcv_core', 'IP_INHDR',
    '02000000000202000000000108004500001400070000400166e00a0000010a0000'],
  ['version 6', 'ip_rcv_core', 'IP_INHDR',
    '02000000000202000000000108006500001c00070000400146d80a0000010a0000020800f7fd00010001'],
  ['ihl 4', 'ip_rcv_core', 'IP_INHDR',
    '02000000000202000000000108004400001c00070000400167d80a0000010a0000020800f7fd00010001'],
  ['ihl 15 cut', 'ip_rcv_core', 'IP_INHDR',
    '02000000000202000000000108004f00001c0007000040015cd80a0000010a0000020800f7fd00010001'],
  ['bad csum', 'ip_rcv_core', 'IP_CSUM',
    '02000000000202000000000108004500001c00070000400166c80a0000010a0000020800f7fd00010001'],
  ['tot_len long', 'ip_rcv_core', 'PKT_TOO_SMALL',
    '02000000000202000000000108004500001d00070000400166d70a0000010a0000020800f7fd00010001'],
  ['tot_len 19', 'ip_rcv_core', 'IP_INHDR',
    '02000000000202000000000108004500001300070000400166e10a0000010a0000020800f7fd00010001'],
  ['bad csum and long', 'ip_rcv_core', 'IP_CSUM',
    '02000000000202000000000108004500001d00070000400166d60a0000010a0000020800f7fd00010001'],
  ['icmp csum', 'icmp_rcv', 'ICMP_CSUM',
    '02000000000202000000000108004500002000070000400166d40a0000010a0000020800070c0001000178787878'],
  ['icmp 4 bytes right csum', 'icmp_rcv', 'NOT_SPECIFIED',
    '02000000000202000000000108004500001800070000400166dc0a0000010a0000020800f7ff'],
  ['icmp empty', 'icmp_rcv', 'ICMP_CSUM',
    '02000000000202000000000108004500001400070000400166e00a0000010a000002'],
  ['icmp type 41', 'icmp_rcv', 'UNHANDLED_PROTO',
    '02000000000202000000000108004500002000070000400166d40a0000010a0000022900e60c0001000178787878'],
  ['icmp unreach, 19 bytes of original', 'icmp_rcv', 'NOT_SPECIFIED',
    '02000000000202000000000108004500002f00070000400166c50a0000010a000002030048c100010001' +
    '78787878787878787878787878787878787878'],
  ['udp 7 bytes', '__udp4_lib_rcv', 'NOT_SPECIFIED',
    '02000000000202000000000108004500001b00070000401166c90a0000010a00000231323334353637'],
  ['udp len 7', '__udp4_lib_rcv', 'PKT_TOO_SMALL',
    '02000000000202000000000108004500002000070000401166c40a0000010a0000020fa000070007eb4578787878'],
  ['udp len beyond', '__udp4_lib_rcv', 'PKT_TOO_SMALL',
    '02000000000202000000000108004500002000070000401166c40a0000010a0000020fa00007000deb3978787878'],
  ['udp csum', '__udp4_lib_rcv', 'UDP_CSUM',
    '02000000000202000000000108004500002000070000401166c40a0000010a0000020fa00007000ceb3a78787878'],
  ['udp no socket', '__udp4_lib_rcv', 'NO_SOCKET',
    '02000000000202000000000108004500002000070000401166c40a0000010a0000020fa00007000ceb3b78787878'],
  ['udp len shorter', '__udp4_lib_rcv', 'UDP_CSUM',
    '02000000000202000000000108004500002000070000401166c40a0000010a0000020fa00007000aeb3f78787878'],
  ['tcp 19', 'tcp_v4_rcv', 'NOT_SPECIFIED',
    '02000000000202000000000108004500002700070000400666c80a0000010a0000020fa000070000000100000000500200648bd400'],
  ['tcp doff 4', 'tcp_v4_rcv', 'PKT_TOO_SMALL',
    '02000000000202000000000108004500002800070000400666c70a0000010a0000020fa000070000000100000000400200649bd40000'],
  ['tcp doff 6 cut', 'tcp_v4_rcv', 'NOT_SPECIFIED',
    '02000000000202000000000108004500002800070000400666c70a0000010a0000020fa000070000000100000000600200647bd40000'],
  ['tcp csum', 'tcp_v4_rcv', 'TCP_CSUM',
    '02000000000202000000000108004500002800070000400666c70a0000010a0000020fa000070000000100000000500200648bd50000'],
  ['tcp no socket', 'tcp_v4_rcv', 'NO_SOCKET',
    '02000000000202000000000108004500002800070000400666c70a0000010a0000020fa000070000000100000000500200648bd40000'],
  ['unknown proto', 'ip_local_deliver_finish', 'IP_NOPROTO',
    '0200000000020200000000010800450000180007000040fd65e00a0000010a00000261626364'],
  ['arp ok', '', '',
    '020000000002020000000001080600010800060400010200000000010a0000010000000000000a000002'],
  ['arp cut', 'arp_rcv', 'PKT_TOO_SMALL',
    '020000000002020000000001080600010800060400010200000000010a0000010000000000000a0000'],
  ['arp hln', 'arp_rcv', 'NOT_SPECIFIED',
    '020000000002020000000001080600010800080400010200000000010a0000010000000000000a000002'],
  ['arp pln', 'arp_rcv', 'NOT_SPECIFIED',
    '020000000002020000000001080600010800061000010200000000010a0000010000000000000a000002'],
  ['arp hrd 2', 'arp_process', 'NOT_SPECIFIED',
    '020000000002020000000001080600020800060400010200000000010a0000010000000000000a000002'],
  ['arp hrd 6', '', '',
    '020000000002020000000001080600060800060400010200000000010a0000010000000000000a000002'],
  ['arp pro', 'arp_process', 'NOT_SPECIFIED',
    '0200000000020200000000010806000186dd060400010200000000010a0000010000000000000a000002'],
  ['arp op 3', 'arp_process', 'NOT_SPECIFIED',
    '020000000002020000000001080600010800060400030200000000010a0000010000000000000a000002'],
  ['other host', 'ip_rcv_core', 'OTHERHOST',
    '0200000000ff02000000000108004500001c00070000400166d80a0000010a0000020800f7fd00010001'],
  ['unknown ethertype', '__netif_receive_skb_core', 'UNHANDLED_PROTO',
    '02000000000202000000000188b578787878787878787878787878787878787878787878787878787878787878787878787878787878'],
  ['option error', 'ip_rcv_finish_core', 'IP_INHDR',
    '0200000000020200000000010800460000200007000040015bd00a0000010a000002070403000800f7fd00010001'],
  ['src route', 'ip_rcv_finish_core', 'NOT_SPECIFIED',
    '020000000002020000000001080047000024000700004001d4be0a0000010a0000028307040a000009000800f7fd00010001'],
]

/** Reasons of our own for what Linux calls NOT_SPECIFIED, and two that it calls otherwise. */
const OURS: Readonly<Record<string, string>> = {
  ARP_INHDR: 'NOT_SPECIFIED',
  ICMP_INHDR: 'NOT_SPECIFIED',
  UDP_INHDR: 'NOT_SPECIFIED',
  TCP_INHDR: 'NOT_SPECIFIED',
  IP_SOURCE_ROUTE: 'NOT_SPECIFIED',
  IP_OPTIONS: 'IP_INHDR',
}

/** What the codecs say of a frame for 02:00:00:00:00:02, 10.0.0.2, in the order in which Linux asks. */
function judge(frame: Uint8Array): number {
  const view = viewOf(frame)
  const end = frame.length
  const short = ethernet.check(view, 0, end)
  if (short !== 0) return short
  if (ethernet.destinationLo(view, 0) !== 2) return DropReason.OTHERHOST
  if (ethernet.type(view, 0) === ethernet.ETHERTYPE_ARP) return arp.check(view, 14, end)
  if (ethernet.type(view, 0) !== ethernet.ETHERTYPE_IPV4) return DropReason.UNHANDLED_PROTO
  const reason = ipv4.check(view, 14, end)
  if (reason !== 0) return reason
  const found = options.noOptions()
  if (options.compile(view, 14, found) !== 0) return DropReason.IP_OPTIONS
  if (found.sourceRoute !== 0) return DropReason.IP_SOURCE_ROUTE
  return judgeTransport(view, ipv4.payloadAt(view, 14), ipv4.packetEnd(view, 14))
}

function judgeTransport(view: DataView, at: number, end: number): number {
  const source = ipv4.source(view, 14)
  const destination = ipv4.destination(view, 14)
  switch (ipv4.protocol(view, 14)) {
    case ipv4.PROTO_ICMP:
      return judgeIcmp(view, at, end)
    case ipv4.PROTO_UDP:
      return udp.check(view, at, end) || udp.checkChecksum(view, at, source, destination) || DropReason.NO_SOCKET
    case ipv4.PROTO_TCP:
      return tcp.check(view, at, end) || tcp.checkChecksum(view, at, end, source, destination) || DropReason.NO_SOCKET
    default:
      return DropReason.IP_NOPROTO
  }
}

function judgeIcmp(view: DataView, at: number, end: number): number {
  const reason = icmpv4.check(view, at, end)
  if (reason !== 0) return reason
  if (icmpv4.type(view, at) > icmpv4.NR_ICMP_TYPES) return DropReason.UNHANDLED_PROTO
  if (icmpv4.isError(view, at)) return icmpv4.checkOriginal(view, at, end)
  // An echo request is answered; what Linux then frees it with comes from ping_rcv(), which finds no ping socket.
  return DropReason.NO_SOCKET
}

test.each(KERNEL)('%s: %s() says %s', (_, place, reason, hex) => {
  const ours = dropReasonName(judge(fromHex(hex)))
  if (place === '') expect(ours).toBe('NONE')
  else expect(OURS[ours] ?? ours).toBe(reason)
})
