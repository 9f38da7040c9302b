/**
 * The neighbour table of IPv4 (Linux: arp_tbl; net/core/neighbour.c): who is behind a device under which MAC address,
 * and how sure of it we are (the idea: RFC 4861 §7.3; Linux applies it to ARP as well).
 *
 *                 first packet: queue it, ask by broadcast
 *     (nothing) ------------------------------------------> INCOMPLETE --- mcast_solicit requests, retrans_time
 *                                                             |   ^        apart, no answer --> FAILED: queued packets
 *                                             answer: send    |   |                             get host unreachable
 *                                             what is queued  v   '--- next packet ------------ (FAILED)
 *        .---------- answer, or confirmed by -------------- REACHABLE
 *        |           an upper layer                            | reachable_time without confirmation
 *        |                                                     v
 *      PROBE <-- delay_first_probe_time over -- DELAY <----- STALE <--- told by a request of theirs
 *        |                                      first packet sent
 *        '--- ucast_solicit unicast requests, no answer --> FAILED
 *
 * NOARP (multicast, broadcast, loopback: the address follows from the key) and PERMANENT (set by hand) never change by
 * themselves. In DELAY and PROBE packets still go to the old address.
 *
 * Who does what: Neighbor (neighbor.ts) is the entry and its packet path; this file has the states, the timers and the
 * table; proxies.ts the addresses we answer for; what a request looks like is ARP's (NeighborOps, set by inet/arp.ts).
 *
 * Where it departs from Linux:
 *   - Times are exact nanoseconds. Linux counts jiffies (4 ms at HZ 250) and its timer wheel fires up to 1/8 late; the
 *     one place where the jiffy shows is kept: a REACHABLE entry is looked at again MIN_TIMER_NS after its time is over
 *     (HZ/100 rounded up to jiffies), since at the very moment it is still reachable.
 *   - Linux has one table for the whole machine, so gc_thresh counts all network namespaces together. Here a table is a
 *     namespace's, since namespaces mostly stand for machines.
 *   - Periodic work runs only while it has something to do: from gc_thresh1 entries on.
 *   - A dump is sorted by device and address; Linux's order is that of a hash with a random seed.
 */
import { assert } from '../../base/assert.ts'
import { ENOBUFS, EINVAL, ENOENT, EPERM } from '../../base/errno.ts'
import type { Frame } from '../../device/frame.ts'
import { IFF_LOOPBACK, IFF_POINTOPOINT, type NetDevice } from '../../device/net-device.ts'
import { truesizeOf } from '../../device/truesize.ts'
import { type Nanoseconds, NS_PER_MS, NS_PER_S } from '../../engine/clock.ts'
import { Timer } from '../../engine/timer.ts'
import { formatIpv4, formatMac, isMulticast } from '../../wire/address.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import { type InDevice, inDeviceOf, type NeighborParams } from '../in-device.ts'
import type { NetNamespace } from '../net-namespace.ts'
import {
  NTF_EXT_LEARNED, NTF_EXT_VALIDATED, NTF_MANAGED, NTF_ROUTER, NUD_CONNECTED, NUD_DELAY, NUD_FAILED, NUD_INCOMPLETE,
  NUD_IN_TIMER, NUD_NOARP, NUD_PERMANENT, NUD_PROBE, NUD_REACHABLE, NUD_STALE, NUD_VALID, stateName, UPDATE_ADMIN,
  UPDATE_EXT_LEARNED, UPDATE_EXT_VALIDATED, UPDATE_ISROUTER, UPDATE_MANAGED, UPDATE_OVERRIDE, UPDATE_OVERRIDE_ISROUTER,
  UPDATE_USE, UPDATE_WEAK_OVERRIDE,
} from './constants.ts'
import { Neighbor, type NeighborOwner } from './neighbor.ts'

/** The protocol above the table (struct neigh_table's and neigh_ops' functions): ARP. */
export interface NeighborOps {
  /** Sets type, and for addresses that need no asking state and MAC (arp_constructor). Returns 0 or -errno. */
  construct(neighbor: Neighbor): number
  /** Asks for the address. frame: the newest of those that wait, or null; not owned (arp_solicit). */
  solicit(neighbor: Neighbor, frame: Frame | null): void
  /** A frame could not be sent since nobody answers; owns it (arp_error_report). */
  unreachable(neighbor: Neighbor, frame: Frame): void
}

/** 'new' and 'change' are RTM_NEWNEIGH, 'delete' is RTM_DELNEIGH. */
export type NeighborEvent = 'change' | 'delete' | 'solicit'
export type NeighborListener = (neighbor: Neighbor, event: NeighborEvent) => void

/** One jiffy at HZ 250, the unit that random times are drawn in. */
export const JIFFY_NS = 4 * NS_PER_MS
/** The shortest delay of an entry's timer (HZ/100 is 2 jiffies). */
export const MIN_TIMER_NS = 2 * JIFFY_NS
const RANDOM_PERIOD_NS = 300 * NS_PER_S
const FORCED_GC_AGE_NS = 5 * NS_PER_S
const FIRST_BUCKETS = 4

export class NeighborTable implements NeighborOwner {
  /** Entries that are not PERMANENT or learnt from outside: below gcThresh1 nothing is collected, from gcThresh2 on
   * those older than 5 s, and gcThresh3 is the end. Shared by all devices (net.ipv4.neigh.default.gc_thresh*). */
  gcThresh1 = 128
  gcThresh2 = 512
  gcThresh3 = 1024
  /** The protocol above; inet-stack sets it before the first packet. */
  ops: NeighborOps | null = null
  /** Creation refused for lack of room (table_fulls of /proc/net/stat/arp_cache). */
  tableFulls = 0
  private buckets: (Neighbor | null)[] = NO_BUCKETS
  /** In order of creation. */
  private readonly entries: Neighbor[] = []
  private gcEntries = 0
  private lastForcedGcNs: Nanoseconds = 0
  private gcTimer: Timer | null = null
  private managedTimer: Timer | null = null
  private listeners: NeighborListener[] = NO_LISTENERS

  constructor(readonly ns: NetNamespace) {}

  /** Entries in the table. */
  get size(): number {
    return this.entries.length
  }

  /** The entry of an address on a device, or null (__neigh_lookup). Counts as no use. */
  lookup(device: NetDevice, key: number): Neighbor | null {
    const buckets = this.buckets
    const at = bucketOf(device.ifindex, keyOn(device, key), buckets.length)
    let neighbor = buckets[at]
    const wanted = keyOn(device, key)
    while (neighbor !== null) {
      if (neighbor.key === wanted && neighbor.device === device) return neighbor
      neighbor = neighbor.next
    }
    return null
  }

  /** The entry of an address on a device, made if it is not there; null when the table is full (neigh_create). */
  getOrCreate(device: NetDevice, key: number): Neighbor | null {
    const found = this.lookup(device, key)
    return found !== null ? found : this.create(device, key, 0, (device.flags & IFF_LOOPBACK) !== 0)
  }

  /** Makes an entry. exempt: it is not counted for the limits and never collected (___neigh_create). */
  create(device: NetDevice, key: number, flags: number, exempt: boolean): Neighbor | null {
    if (!exempt && !this.makeRoom()) return null
    const neighbor = new Neighbor(this, device, keyOn(device, key))
    const nowNs = this.nowNs
    neighbor.updatedNs = nowNs
    neighbor.usedNs = nowNs
    neighbor.flags = flags
    assert(this.ops !== null, 'a neighbour table has its protocol before its first entry')
    if (this.ops.construct(neighbor) < 0) return null
    neighbor.confirmedNs = nowNs - 2 * this.paramsOf(neighbor).baseReachableNs
    this.insert(neighbor)
    neighbor.collectable = !exempt
    if (!exempt) this.gcEntries++
    if ((flags & NTF_MANAGED) !== 0) this.keepManaged()
    this.keepCollecting()
    return neighbor
  }
