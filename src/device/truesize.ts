// Hot path.
import type { Frame } from './frame.ts'

/**
 * What a packet counts for in Linux's memory limits (sk_buff.truesize): a queue of 212,992 bytes takes 92 full-sized
 * datagrams or 256 small ones, so the limits of sockets (SO_RCVBUF), of packets that wait for a neighbour
 * (unres_qlen_bytes) and of fragments (ipfrag_high_thresh) only bite at the right packet when counted like this.
 *
 * Measured on Linux 6.18, a UDP datagram over veth and over lo, SO_MEMINFO of the receiver before it reads:
 *
 *     payload   0..197: 832    198..645: 1280    646..1669: 2304    1670..3717: 4352    3718..7813: 8448
 *               7814..16004: 16640               16005..65507: payload + 832
 *
 * That is net/core/skbuff.c __alloc_skb(): the packet, 31 bytes of room for a link header, rounded up to 64, and 320
 * of skb_shared_info come from a cache of 576 bytes or else from kmalloc's next power of two; and 256 for the sk_buff.
 * What does not fit four pages lies in pages behind a small head (net/ipv4/ip_output.c __ip_append_data()).
 */
export const SKB_SMALL_HEAD = 576
export const SKB_SHARED_INFO = 320
export const SKB_STRUCT = 256
const HEADER_ROOM = 31
/** SKB_MAX_ALLOC: four pages less skb_shared_info. */
const MAX_LINEAR = 16384 - SKB_SHARED_INFO
/** What of a datagram in pages stays in the head. */
const HEADERS = 28

/** The truesize of a packet of `length` bytes, IPv4 header included. */
export function truesize(length: number): number {
  if (length + HEADER_ROOM >= MAX_LINEAR) return SKB_SMALL_HEAD + SKB_STRUCT + length - HEADERS
  const head = ((length + HEADER_ROOM + 63) & ~63) + SKB_SHARED_INFO
  if (head <= SKB_SMALL_HEAD) return SKB_SMALL_HEAD + SKB_STRUCT
  return (1 << (32 - Math.clz32(head - 1))) + SKB_STRUCT
}

/** The truesize of a frame, from its network header on. */
export function truesizeOf(frame: Frame): number {
  return truesize(frame.end - frame.networkAt)
}
