import { expect, test } from 'vitest'
import { DROP_REASON_LIMIT, DropReason, dropReasonName, dropReasonText, isLinuxDropReason } from './drop-reason.ts'

const ALL = Object.entries(DropReason)

test('numbers are unique, fit a byte, and each has its name back', () => {
  expect(new Set(ALL.map(([, number]) => number)).size).toBe(ALL.length)
  for (const [name, number] of ALL) {
    expect(number).toBeLessThan(DROP_REASON_LIMIT)
    expect(dropReasonName(number)).toBe(name)
  }
})

test('each has a text of its own: one line, no full stop', () => {
  const texts = ALL.map(([, number]) => dropReasonText(number))
  expect(new Set(texts).size).toBe(ALL.length)
  for (const text of texts) expect(text).toMatch(/^[^\n]{10,110}[^.\n]$/)
})

// Recorded on kernel 6.18: cat /sys/kernel/tracing/events/skb/kfree_skb/format, a part of its __print_symbolic().
test('numbers below 128 are those of Linux 6.18', () => {
  const linux = { NOT_SPECIFIED: 2, NO_SOCKET: 3, SOCKET_RCVBUFF: 6, PKT_TOO_SMALL: 9, TCP_CSUM: 10, UDP_CSUM: 11,
    NETFILTER_DROP: 12, OTHERHOST: 13, IP_CSUM: 14, IP_INHDR: 15, IP_RPFILTER: 16, UNICAST_IN_L2_MULTICAST: 17,
    IP_NOPROTO: 19, PROTO_MEM: 20, IP_OUTNOROUTES: 54, NEIGH_CREATEFAIL: 57, NEIGH_FAILED: 58, NEIGH_QUEUEFULL: 59,
    NEIGH_DEAD: 60, QDISC_DROP: 64, TC_INGRESS: 73, UNHANDLED_PROTO: 74, FULL_RING: 80, HDR_TRUNC: 82, ICMP_CSUM: 85,
    IP_INADDRERRORS: 87, IP_INNOROUTES: 88, IP_LOCAL_SOURCE: 89, IP_INVALID_SOURCE: 90, IP_LOCALNET: 91,
    IP_INVALID_DEST: 92, PKT_TOO_BIG: 93, DUP_FRAG: 94, FRAG_REASM_TIMEOUT: 95, FRAG_TOO_FAR: 96, QUEUE_PURGE: 104,
    MAC_INVALID_SOURCE: 111, NO_TX_TARGET: 113, LOCAL_MAC: 116, ARP_PVLAN_DISABLE: 117, MAC_IEEE_MAC_CONTROL: 118,
    BRIDGE_INGRESS_STP_STATE: 119, RECURSION_LIMIT: 127 }
  expect(DropReason).toMatchObject(linux)
})

test('a number that is none has a name and a text all the same', () => {
  expect([dropReasonName(199), dropReasonText(199)]).toEqual(['REASON_199', 'dropped without a particular reason'])
})

test('tells Linux reasons from ours', () => {
  expect([DropReason.IP_CSUM, DropReason.IP_TTL_EXPIRED, 199, 7].map(isLinuxDropReason))
    .toEqual([true, false, false, false])
})
