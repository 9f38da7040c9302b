// Hot path.
// Which nexthop of a multipath route a flow takes (Linux net/ipv4/fib_semantics.c fib_rebalance(),
// fib_select_multipath(); net/ipv4/route.c fib_multipath_hash()).
//
// Linux hashes the flow with SipHash-2-4 under a key that is random at each boot, unless net.ipv4.
// fib_multipath_hash_seed is set (6.11). Here the bytes and the hash are the same, and the key is always one that such
// a seed makes; it is drawn from the run's seed. So both spread flows in the same shares, and with the same seed set
// each flow takes the same nexthop as on Linux.
//
// The bytes are struct flow_keys from `basic` on (include/net/flow_dissector.h), 48 of them here:
//
//     n_proto:2 ip_proto:1 pad:1 | tags:4 | vlan:8 | cvlan:8 | keyid:4 | ports:4 | icmp:4 | src:4 dst:4 | pad:4
//
// Addresses and ports are in network order, and each pair is sorted as the numbers that a little-endian machine reads
// there (__flow_hash_consistentify), so that the two directions of a flow hash alike.

import type { Frame } from '../../device/frame.ts'
import { ETHERTYPE_IPV4 } from '../../wire/ethernet.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { NUD_VALID } from '../neighbor/constants.ts'
import type { NeighborTable } from '../neighbor/neighbor-table.ts'
import { RT_SCOPE_LINK, RTNH_F_DEAD, RTNH_F_LINKDOWN } from './constants.ts'
import type { FibResult, OutputFlow } from './flow.ts'
import type { Nexthop } from './nexthop.ts'
import type { RouteInfo } from './route-info.ts'
import { ignoresLinkdown } from './route-table.ts'
import { siphash32 } from './siphash.ts'

/** net.ipv4.fib_multipath_hash_policy. */
export const HASH_POLICY_L3 = 0
export const HASH_POLICY_L4 = 1
export const HASH_POLICY_L3_INNER = 2
export const HASH_POLICY_CUSTOM = 3

/** Bits of net.ipv4.fib_multipath_hash_fields (include/net/ip_fib.h). */
const FIELD_SRC_IP = 0x01
const FIELD_DST_IP = 0x02
const FIELD_IP_PROTO = 0x04
const FIELD_SRC_PORT = 0x10
const FIELD_DST_PORT = 0x20
const FIELDS_OUTER = 0x3f
const FIELDS_INNER = 0xfc0
/** The fields of the inner packet have the same order. */
const INNER_SHIFT = 6

const WORDS = 12
const PROTOCOL = 0
const PORTS = 7
const SOURCE = 9
const DESTINATION = 10

const keys = new Int32Array(WORDS)

/**
 * Gives each nexthop of a multipath route its share of the 31-bit hashes: the largest that it takes, in proportion to
 * the weights of those that are alive (fib_rebalance).
 */
export function rebalance(ns: NetNamespace, info: RouteInfo): void {
  if (!info.isMultipath || info.object !== null) return
  const nexthops = info.nexthops
  let total = 0
  for (let i = 0; i < nexthops.length; i++) if (takesFlows(ns, nexthops[i])) total += nexthops[i].weight
  let sum = 0
  for (let i = 0; i < nexthops.length; i++) {
    const nexthop = nexthops[i]
    if (takesFlows(ns, nexthop)) {
      sum += nexthop.weight
      nexthop.upperBound = Math.floor((sum * 2147483648 + Math.floor(total / 2)) / total) - 1
    } else {
      nexthop.upperBound = -1
    }
  }
}

function takesFlows(ns: NetNamespace, nexthop: Nexthop): boolean {
  if ((nexthop.flags & RTNH_F_DEAD) !== 0) return false
  return (nexthop.flags & RTNH_F_LINKDOWN) === 0 || !ignoresLinkdown(ns, nexthop.device)
}

/**
 * Chooses among the nexthops of result.info by a 31-bit hash. source: the packet's source, if it is given for good;
 * a nexthop that suggests the same is better (since Linux 6.15). 0: none.
 */
export function selectMultipath(ns: NetNamespace, neighbors: NeighborTable, result: FibResult, hash: number,
  source: number): void {
  const info = result.info
  if (info === null) return
  if (info.object !== null) {
    selectOfGroup(neighbors, info, info.object.bounds, result, hash)
    return
  }
  const useNeighbors = ns.conf.fibMultipathUseNeigh !== 0
  let score = -1
  const count = info.more.length + 1
  for (let i = 0; i < count; i++) {
    const nexthop = info.nexthopAt(i)
    if (nexthop.upperBound === -1 || (useNeighbors && !isNeighborValid(neighbors, nexthop))) continue
    let own = 0
    if (source !== 0 && nexthop.source === source) own += 2
    if (hash <= nexthop.upperBound) own++
    if (own <= score) continue
    result.nexthop = nexthop
    if (own === 3 || (source === 0 && own === 1)) return
    score = own
  }
}

/**
 * Of a group of nexthop objects: bad neighbours are always passed over, and sources do not count
 * (nexthop_select_path_hthr).
 */
function selectOfGroup(neighbors: NeighborTable, info: RouteInfo, bounds: readonly number[], result: FibResult,
  hash: number): void {
  let firstGood: Nexthop | null = null
  for (let i = 0; i < bounds.length; i++) {
    const nexthop = info.nexthopAt(i)
    if (!isNeighborValid(neighbors, nexthop)) continue
    if (firstGood === null) firstGood = nexthop
    if (hash > bounds[i]) continue
    result.nexthop = nexthop
    return
  }
  result.nexthop = firstGood === null ? info.first : firstGood
}

/** fib_good_nh: a gateway whose neighbour entry is known to be bad is passed over; none at all is good. */
function isNeighborValid(neighbors: NeighborTable, nexthop: Nexthop): boolean {
  if (nexthop.scope !== RT_SCOPE_LINK || nexthop.gateway === 0 || nexthop.device === null) return true
  const neighbor = neighbors.lookup(nexthop.device, nexthop.gateway)
  return neighbor === null || (neighbor.state & NUD_VALID) !== 0
}

/** The 31-bit hash of a packet that is forwarded; frame null: addresses alone (fib_multipath_hash with skb). */
export function hashOfPacket(policy: number, fields: number, seed: number, source: number, destination: number,
  frame: Frame | null): number {
  keys.fill(0)
  keys[SOURCE] = source
  keys[DESTINATION] = destination
  if (frame === null) return finish(seed)
  if (policy === HASH_POLICY_L3) {
    quotedAddresses(frame)
    return finish(seed)
  }
  if (policy === HASH_POLICY_L3_INNER) {
    innermostAddresses(frame)
    return finish(seed)
  }
  keys[PROTOCOL] = ipv4.protocol(frame.view, frame.networkAt) << 16
  keys[PORTS] = portsOf(frame)
  return policy === HASH_POLICY_CUSTOM ? customHash(fields, seed, frame) : finish(seed)
}

/** The 31-bit hash of a packet of this node (fib_multipath_hash with flowi4). */
export function hashOfFlow(policy: number, fields: number, seed: number, flow: OutputFlow): number {
  keys.fill(0)
  keys[SOURCE] = flow.source
  keys[DESTINATION] = flow.destination
  if (policy === HASH_POLICY_L4 || policy === HASH_POLICY_CUSTOM) {
    keys[PROTOCOL] = flow.protocol << 16
    keys[PORTS] = (flow.sport << 16) | flow.dport
  }
  if (policy === HASH_POLICY_CUSTOM) keepFields(fields)
  return finish(seed)
}

/** Of an ICMP error the addresses of the packet it is about, so that it goes the way of its flow. */
function quotedAddresses(frame: Frame): void {
  const view = frame.view
  const at = frame.networkAt
  if (ipv4.protocol(view, at) !== ipv4.PROTO_ICMP || ipv4.fragmentOffset(view, at) !== 0) return
  const icmp = ipv4.payloadAt(view, at)
  if (icmp + icmpv4.HEADER_LEN + ipv4.HEADER_LEN > frame.end || !icmpv4.isError(view, icmp)) return
  keys[SOURCE] = view.getInt32(icmp + icmpv4.HEADER_LEN + 12)
  keys[DESTINATION] = view.getInt32(icmp + icmpv4.HEADER_LEN + 16)
}

/** Where the packet within a packet begins (IP in IP, or GRE without options), or 0. */
function innerPacketAt(frame: Frame, at: number): number {
  const view = frame.view
  const protocol = ipv4.protocol(view, at)
  if (ipv4.fragmentOffset(view, at) !== 0) return 0
  let inner = ipv4.payloadAt(view, at)
  if (protocol === ipv4.PROTO_GRE) {
    if (inner + 4 > frame.end || view.getUint32(inner) !== ETHERTYPE_IPV4) return 0
    inner += 4
  } else if (protocol !== ipv4.PROTO_IPIP) {
    return 0
  }
  return inner + ipv4.HEADER_LEN <= frame.end && view.getUint8(inner) >>> 4 === 4 ? inner : 0
}

function innermostAddresses(frame: Frame): void {
  for (let at = innerPacketAt(frame, frame.networkAt); at !== 0; at = innerPacketAt(frame, at)) {
    keys[SOURCE] = frame.view.getInt32(at + 12)
    keys[DESTINATION] = frame.view.getInt32(at + 16)
  }
}

/** The fields chosen of the packet, and of the one within it, in two hashes (fib_multipath_custom_hash_skb). */
function customHash(fields: number, seed: number, frame: Frame): number {
  let outer = 0
  let inner = 0
  if ((fields & FIELDS_OUTER) !== 0) {
    keepFields(fields)
    outer = hashKeys(seed)
  }
  const at = (fields & FIELDS_INNER) === 0 ? 0 : innerPacketAt(frame, frame.networkAt)
  if (at !== 0) {
    const view = frame.view
    keys.fill(0)
    keys[SOURCE] = view.getInt32(at + 12)
    keys[DESTINATION] = view.getInt32(at + 16)
    keys[PROTOCOL] = ipv4.protocol(view, at) << 16
    keys[PORTS] = portsAt(frame, at)
    keepFields(fields >>> INNER_SHIFT)
    inner = hashKeys(seed)
  }
  return jhash2(outer, inner) >>> 1
}

/** Source port in the upper half, destination port in the lower; 0 if the packet has none (skb_flow_get_ports). */
export function portsOf(frame: Frame): number {
  return portsAt(frame, frame.networkAt)
}

function portsAt(frame: Frame, at: number): number {
  const view = frame.view
  const protocol = ipv4.protocol(view, at)
  if (protocol !== ipv4.PROTO_TCP && protocol !== ipv4.PROTO_UDP && protocol !== ipv4.PROTO_SCTP) return 0
  const payload = ipv4.payloadAt(view, at)
  return ipv4.isFragment(view, at) || payload + 4 > frame.end ? 0 : view.getInt32(payload)
}

function keepFields(fields: number): void {
  if ((fields & FIELD_SRC_IP) === 0) keys[SOURCE] = 0
  if ((fields & FIELD_DST_IP) === 0) keys[DESTINATION] = 0
  if ((fields & FIELD_IP_PROTO) === 0) keys[PROTOCOL] = 0
  if ((fields & FIELD_SRC_PORT) === 0) keys[PORTS] &= 0xffff
  if ((fields & FIELD_DST_PORT) === 0) keys[PORTS] &= 0xffff0000
}

function finish(seed: number): number {
  return hashKeys(seed) >>> 1
}

/** Brings the keys into the order of the kernel's bytes and hashes them (flow_hash_from_keys_seed). */
function hashKeys(seed: number): number {
  const source = swap32(keys[SOURCE])
  const destination = swap32(keys[DESTINATION])
  const swapped = (destination >>> 0) < (source >>> 0)
  keys[SOURCE] = swapped ? destination : source
  keys[DESTINATION] = swapped ? source : destination
  const sport = swap16(keys[PORTS] >>> 16)
  const dport = swap16(keys[PORTS] & 0xffff)
  keys[PORTS] = dport < sport ? (sport << 16) | dport : (dport << 16) | sport
  const hash = siphash32(keys, WORDS, seed)
  return hash === 0 ? 1 : hash
}

/** jhash_2words() of include/linux/jhash.h with initval 0. */
function jhash2(first: number, second: number): number {
  const initial = (0xdeadbeef + 8) | 0
  let a = (first + initial) | 0
  let b = (second + initial) | 0
  let c = initial
  c = ((c ^ b) - rotate(b, 14)) | 0
  a = ((a ^ c) - rotate(c, 11)) | 0
  b = ((b ^ a) - rotate(a, 25)) | 0
  c = ((c ^ b) - rotate(b, 16)) | 0
  a = ((a ^ c) - rotate(c, 4)) | 0
  b = ((b ^ a) - rotate(a, 14)) | 0
  return ((c ^ b) - rotate(b, 24)) | 0
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

function swap32(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8)
}
