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
import { EINVAL, EPERM } from '../../base/errno.ts'
import { mix32 } from '../../base/hash.ts'
import type { Frame } from '../../device/frame.ts'
import { IFF_LOOPBACK, IFF_POINTOPOINT, type NetDevice } from '../../device/net-device.ts'
import { truesizeOf } from '../../device/truesize.ts'
import { type Nanoseconds, NS_PER_S } from '../../engine/clock.ts'
import { Timer } from '../../engine/timer.ts'
import { isMulticast } from '../../wire/address.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import { inDeviceOf, type NeighborParams } from '../in-device.ts'
import type { NetNamespace } from '../net-namespace.ts'
import {
  NTF_EXT_LEARNED, NTF_EXT_VALIDATED, NTF_MANAGED, NTF_ROUTER, NUD_CONNECTED, NUD_DELAY, NUD_FAILED, NUD_INCOMPLETE,
  NUD_IN_TIMER, NUD_NOARP, NUD_NONE, NUD_PERMANENT, NUD_PROBE, NUD_REACHABLE, NUD_STALE, NUD_VALID,
  UPDATE_ADMIN, UPDATE_EXT_LEARNED, UPDATE_EXT_VALIDATED, UPDATE_ISROUTER, UPDATE_MANAGED, UPDATE_OVERRIDE,
  UPDATE_OVERRIDE_ISROUTER, UPDATE_USE, UPDATE_WEAK_OVERRIDE,
} from './constants.ts'
import { Neighbor, type NeighborOwner } from './neighbor.ts'
import { failedStep, outputStep, releasedStep } from './explain.ts'
import { ProxyTable } from './proxies.ts'
import { MIN_TIMER_NS, reachableTimeNs } from './reachable-time.ts'

/** The protocol above the table (the functions of struct neigh_table and neigh_ops): ARP. */
export interface NeighborOps {
  /** Sets `type`, and for addresses that need no asking state and MAC (arp_constructor). Returns 0 or -errno. */
  construct(neighbor: Neighbor): number
  /** Asks for the address. frame: the newest of those that wait, or null; not owned (arp_solicit). */
  solicit(neighbor: Neighbor, frame: Frame | null): void
  /** A frame could not be sent since nobody answers; owns it (arp_error_report). */
  unreachable(neighbor: Neighbor, frame: Frame): void
  /** Handles a request again whose proxy delay is over; owns it (parp_redo). */
  redoProxy(frame: Frame): void
}

/** What listeners hear: RTM_NEWNEIGH, RTM_DELNEIGH, and RTM_GETNEIGH (app_solicit: a program is to ask). */
export type NeighborEvent = 'change' | 'delete' | 'solicit'
export type NeighborListener = (neighbor: Neighbor, event: NeighborEvent) => void

/** Where update() puts its reason for an error (netlink's extended ack). */
export interface Extack {
  text: string
}

/** For update(): no hardware address is given. */
export const NO_MAC = -1

const FORCED_GC_AGE_NS = 5 * NS_PER_S
const FIRST_BUCKETS = 2

export class NeighborTable implements NeighborOwner {
  /** The protocol above; inet-stack sets it before the first entry. */
  ops: NeighborOps | null = null
  private proxyTable: ProxyTable | null = null
  /** Entries refused for lack of room, and packets lost in full queues (/proc/net/stat/arp_cache). */
  tableFulls = 0
  unresolvedDiscards = 0
  private buckets: (Neighbor | null)[] = NO_BUCKETS
  /** In order of creation. */
  private entries: Neighbor[] = NO_ENTRIES
  private gcEntries = 0
  private lastForcedGcNs: Nanoseconds = 0
  private gcTimer: Timer | null = null
  private managedTimer: Timer | null = null
  private listeners: NeighborListener[] = NO_LISTENERS

  constructor(readonly ns: NetNamespace) {}

  /** Addresses that we answer for (`ip neigh add proxy`), and requests that wait for their delay. */
  get proxies(): ProxyTable {
    if (this.proxyTable === null) this.proxyTable = new ProxyTable(this.ns, this)
    return this.proxyTable
  }

  /** Entries in the table. */
  get size(): number {
    return this.entries.length
  }

  /** The entry of an address on a device, or null (neigh_lookup). Does not count as a use. */
  lookup(device: NetDevice, key: number): Neighbor | null {
    const buckets = this.buckets
    if (buckets.length === 0) return null
    const wanted = keyOn(device, key)
    let neighbor = buckets[hash(device, wanted) & (buckets.length - 1)]
    while (neighbor !== null && (neighbor.key !== wanted || neighbor.device !== device)) neighbor = neighbor.next
    return neighbor
  }

  /**
   * As lookup(), but of a device whose entries are all one, only by the address 0 that this one is entered with
   * (neigh_lookup() as netlink calls it).
   */
  lookupAsEntered(device: NetDevice, key: number): Neighbor | null {
    return keyOn(device, key) === key ? this.lookup(device, key) : null
  }

  /** The entry of an address on a device, made if it is not there; null when the table is full (neigh_create). */
  getOrCreate(device: NetDevice, key: number): Neighbor | null {
    const found = this.lookup(device, key)
    return found !== null ? found : this.create(device, key, 0, (device.flags & IFF_LOOPBACK) !== 0)
  }

  /**
   * Makes an entry in state NONE, or what the protocol says of it (___neigh_create). flags: NTF_*. exempt: it does not
   * count for the limits and is never collected. Returns null when the table is full (ENOBUFS).
   */
  create(device: NetDevice, key: number, flags: number, exempt: boolean): Neighbor | null {
    if (!exempt && !this.makeRoom()) return null
    const neighbor = new Neighbor(this, device, keyOn(device, key))
    const nowNs = this.ns.simulation.clock.ns[0]
    neighbor.updatedNs = nowNs
    neighbor.usedNs = nowNs
    neighbor.flags = flags
    const ops = this.ops
    assert(ops !== null, 'a neighbour table has its protocol before its first entry')
    if (ops.construct(neighbor) < 0) return null
    neighbor.confirmedNs = nowNs - 2 * paramsOf(neighbor).baseReachableNs
    this.insert(neighbor)
    neighbor.collectable = !exempt
    if (!exempt) this.gcEntries++
    this.armManaged(neighbor)
    this.armCollector()
    return neighbor
  }

  /** All entries for a dump: by ifindex, then by address. */
  sorted(): Neighbor[] {
    return [...this.entries].sort((a, b) => a.device.ifindex - b.device.ifindex || (a.key >>> 0) - (b.key >>> 0))
  }

  /** Adds a listener to changes; it is called at once, in the order of being added. */
  onChange(listener: NeighborListener): void {
    if (this.listeners === NO_LISTENERS) this.listeners = []
    this.listeners.push(listener)
  }

  removeListener(listener: NeighborListener): void {
    const at = this.listeners.indexOf(listener)
    if (at >= 0) this.listeners.splice(at, 1)
  }

  /** Tells the listeners of a change. */
  notify(neighbor: Neighbor, event: NeighborEvent): void {
    for (const listener of this.listeners) listener(neighbor, event)
  }

  /** An upper layer has proof that the neighbour got our packets (dst_confirm_neigh, MSG_CONFIRM). */
  confirm(neighbor: Neighbor): void {
    neighbor.confirmedNs = this.ns.simulation.clock.ns[0]
  }

  /**
   * Takes an entry out: its timer stops, what waits in it is dropped, listeners hear 'delete'
   * (neigh_flush_one, neigh_remove_one).
   */
  remove(neighbor: Neighbor): void {
    if (neighbor.dead) return
    this.unlink(neighbor)
    this.stopTimer(neighbor)
    neighbor.dead = true
    this.purge(neighbor)
    this.notify(neighbor, 'delete')
    neighbor.state = NUD_NONE
  }

  /** Deletes an entry by hand: it fails first, so that what waits in it is answered (neigh_delete). */
  removeByAdmin(neighbor: Neighbor): number {
    const error = this.update(neighbor, NO_MAC, NUD_FAILED, UPDATE_OVERRIDE | UPDATE_ADMIN)
    this.remove(neighbor)
    return error
  }

  /**
   * Takes out the entries of a device, newest first. keepPermanent: those set by hand stay, as when a carrier goes
   * (neigh_carrier_down); else all go, as when the device goes down or gets another address (neigh_ifdown,
   * neigh_changeaddr).
   */
  flushDevice(device: NetDevice, keepPermanent: boolean): void {
    const entries = this.entries
    for (let i = entries.length - 1; i >= 0; i--) {
      const neighbor = entries[i]
      if (neighbor.device !== device) continue
      if (keepPermanent && isLasting(neighbor)) continue
      this.remove(neighbor)
    }
  }

  /** The device is down: all its entries and proxies go (neigh_ifdown). */
  deviceDown(device: NetDevice): void {
    this.flushDevice(device, false)
    this.proxyTable?.deviceDown(device, false)
  }

  /** The device lost its carrier: all but what was set by hand goes (neigh_carrier_down). */
  carrierDown(device: NetDevice): void {
    this.flushDevice(device, true)
    this.proxyTable?.deviceDown(device, true)
  }

  /*
   * The packet path, when the neighbour is not surely reachable.
   */

  resolve(neighbor: Neighbor, frame: Frame): void {
    neighbor.usedNs = this.ns.simulation.clock.ns[0]
    if (this.ns.tracing) this.ns.trace(frame, outputStep(neighbor))
    if (this.eventSend(neighbor, frame, true)) neighbor.send(frame)
  }

  /** Asks about a neighbour without a packet (`ip neigh … use`, NTF_MANAGED; neigh_event_send). */
  probe(neighbor: Neighbor, immediately: boolean): void {
    neighbor.usedNs = this.ns.simulation.clock.ns[0]
    this.eventSend(neighbor, null, immediately)
  }

  /** Returns true if the frame can be sent now; else it was queued or dropped (__neigh_event_send). */
  private eventSend(neighbor: Neighbor, frame: Frame | null, immediately: boolean): boolean {
    const state = neighbor.state
    if ((state & (NUD_CONNECTED | NUD_DELAY | NUD_PROBE)) !== 0) return true
    if (neighbor.dead) {
      if (frame !== null) this.ns.pool.drop(frame, DropReason.NEIGH_DEAD)
      return false
    }
    const params = paramsOf(neighbor)
    const nowNs = this.ns.simulation.clock.ns[0]
    if (state === NUD_STALE) {
      neighbor.state = NUD_DELAY
      neighbor.updatedNs = nowNs
      this.startTimer(neighbor, nowNs + params.delayProbeNs)
      return true
    }
    let ask = false
    if (state !== NUD_INCOMPLETE) {
      if (params.mcastProbes + params.appProbes === 0) {
        neighbor.state = NUD_FAILED
        neighbor.updatedNs = nowNs
        if (frame !== null) this.ns.pool.drop(frame, DropReason.NEIGH_FAILED)
        return false
      }
      neighbor.probes = params.ucastProbes
      neighbor.state = NUD_INCOMPLETE
      neighbor.updatedNs = nowNs
      ask = immediately
      this.startTimer(neighbor, nowNs + (immediately ? retransNs(params) : MIN_TIMER_NS / 2))
    }
    if (frame !== null) this.enqueue(neighbor, frame, params)
    if (ask) this.ask(neighbor)
    return false
  }

  /** Queues a frame until the address is known; the oldest make room for it. */
  private enqueue(neighbor: Neighbor, frame: Frame, params: NeighborParams): void {
    const size = truesizeOf(frame)
    if (neighbor.queue === null) neighbor.queue = []
    const queue = neighbor.queue
    while (queue.length > 0 && neighbor.queueBytes + size > params.queueBytes) {
      const oldest = queue.shift() as Frame // length > 0
      neighbor.queueBytes -= truesizeOf(oldest)
      this.unresolvedDiscards++
      this.ns.pool.drop(oldest, DropReason.NEIGH_QUEUEFULL)
    }
    queue.push(frame)
    neighbor.queueBytes += size
  }

  /** Sends a request (neigh_probe). */
  private ask(neighbor: Neighbor): void {
    const queue = neighbor.queue
    const frame = queue !== null && queue.length > 0 ? queue[queue.length - 1] : null
    this.ops?.solicit(neighbor, frame)
    neighbor.probes++
  }

  /*
   * The timer of an entry (neigh_timer_handler).
   */

  onNeighborTimer(neighbor: Neighbor): void {
    const params = paramsOf(neighbor)
    const nowNs = this.ns.simulation.clock.ns[0]
    let nextNs = nowNs + retransNs(params)
    let changed = false
    if (neighbor.state === NUD_REACHABLE) {
      const untilNs = neighbor.confirmedNs + this.reachableNs(neighbor)
      if (nowNs <= untilNs) {
        nextNs = untilNs
      } else if (nowNs <= neighbor.usedNs + params.delayProbeNs) {
        this.enter(neighbor, NUD_DELAY)
        nextNs = nowNs + params.delayProbeNs
      } else {
        this.enter(neighbor, NUD_STALE)
        changed = true
      }
    } else if (neighbor.state === NUD_DELAY) {
      changed = true
      if (nowNs <= neighbor.confirmedNs + params.delayProbeNs) {
        this.enter(neighbor, NUD_REACHABLE)
        nextNs = neighbor.confirmedNs + this.reachableNs(neighbor)
      } else {
        this.enter(neighbor, NUD_PROBE)
        neighbor.probes = 0
      }
    }
    if ((neighbor.state & (NUD_INCOMPLETE | NUD_PROBE)) !== 0 && neighbor.probes >= maxProbes(neighbor, params)) {
      this.fail(neighbor)
      this.notify(neighbor, 'change')
      return
    }
    if (changed) this.notify(neighbor, 'change')
    if ((neighbor.state & NUD_IN_TIMER) !== 0) {
      this.timerOf(neighbor).arm(nextNs < nowNs + MIN_TIMER_NS ? nowNs + MIN_TIMER_NS : nextNs)
    }
    if ((neighbor.state & (NUD_INCOMPLETE | NUD_PROBE)) !== 0) this.ask(neighbor)
  }

  private enter(neighbor: Neighbor, state: number): void {
    neighbor.state = state
    neighbor.updatedNs = this.ns.simulation.clock.ns[0]
  }

  /** Nobody answers: what waits is given back as unreachable (neigh_invalidate). */
  private fail(neighbor: Neighbor): void {
    if (neighbor.state === NUD_PROBE && (neighbor.flags & NTF_EXT_VALIDATED) !== 0) {
      this.enter(neighbor, NUD_STALE)
      return
    }
    this.enter(neighbor, NUD_FAILED)
    this.invalidate(neighbor)
  }

  private invalidate(neighbor: Neighbor): void {
    neighbor.updatedNs = this.ns.simulation.clock.ns[0]
    const queue = neighbor.queue
    // An error that is reported may send a packet to this very neighbour, and so change its state.
    while (neighbor.state === NUD_FAILED && queue !== null && queue.length > 0) {
      const frame = queue.shift() as Frame // length > 0
      if (this.ns.tracing) this.ns.trace(frame, failedStep(neighbor))
      this.ops?.unreachable(neighbor, frame)
    }
    this.purge(neighbor)
  }

  private purge(neighbor: Neighbor): void {
    const queue = neighbor.queue
    neighbor.queue = null
    neighbor.queueBytes = 0
    if (queue === null) return
    for (const frame of queue) this.ns.pool.drop(frame, DropReason.QUEUE_PURGE)
  }

  /**
   * The one way in which an entry learns something (__neigh_update).
   *
   * mac: the hardware address, or NO_MAC. state: the new NUD_*. flags: UPDATE_*: OVERRIDE lets a different address
   * replace the known one, WEAK_OVERRIDE makes a REACHABLE entry STALE instead; ADMIN: a person said so, which alone
   * changes PERMANENT and NOARP entries. Returns 0, -EPERM or -EINVAL, with the kernel's words in `extack`.
   */
  update(neighbor: Neighbor, mac: number, state: number, flags: number, extack: Extack | null = null): number {
    const old = neighbor.state
    if (neighbor.dead) {
      if (extack !== null) extack.text = 'Neighbor entry is now dead'
      return -EPERM
    }
    if ((flags & UPDATE_ADMIN) === 0 && (old & (NUD_NOARP | NUD_PERMANENT)) !== 0) return -EPERM
    let changed = (flags & UPDATE_ADMIN) !== 0 && this.updateFlags(neighbor, flags)
    if ((flags & (UPDATE_USE | UPDATE_MANAGED)) !== 0) {
      neighbor.state = old & ~NUD_PERMANENT
      this.finishUpdate(neighbor, changed)
      return 0
    }
    if ((state & NUD_VALID) === 0) {
      this.stopTimer(neighbor)
      neighbor.state = state
      changed = changed || (old & NUD_VALID) !== 0
      if ((old & (NUD_INCOMPLETE | NUD_PROBE)) !== 0 && (state & NUD_FAILED) !== 0) {
        this.invalidate(neighbor)
        changed = true
      }
      this.finishUpdate(neighbor, changed)
      return 0
    }
    if (mac === NO_MAC && (old & NUD_VALID) === 0) {
      if (extack !== null) extack.text = 'No link layer address given'
      this.finishUpdate(neighbor, changed)
      return -EINVAL
    }
    return this.updateAddress(neighbor, mac, state, flags, changed)
  }

  private updateAddress(neighbor: Neighbor, mac: number, state: number, flags: number, changed: boolean): number {
    const old = neighbor.state
    const nowNs = this.ns.simulation.clock.ns[0]
    // Before an address was ever known, the one given is new even if it is the zero that stands there.
    let sameMac = mac === NO_MAC || ((old & NUD_VALID) !== 0 && mac === neighbor.mac)
    let routerFlag = (flags & UPDATE_OVERRIDE_ISROUTER) !== 0
    if ((state & NUD_CONNECTED) !== 0) neighbor.confirmedNs = nowNs
    if ((old & NUD_VALID) !== 0) {
      if (!sameMac && (flags & UPDATE_OVERRIDE) === 0) {
        routerFlag = false
        if ((flags & UPDATE_WEAK_OVERRIDE) === 0 || (old & NUD_CONNECTED) === 0) {
          this.finishUpdate(neighbor, changed)
          return 0
        }
        sameMac = true
        state = NUD_STALE
      } else if (sameMac && state === NUD_STALE && (flags & UPDATE_ADMIN) === 0) {
        state = old
      }
    }
    if (state !== old || !sameMac) neighbor.updatedNs = nowNs
    if (state !== old) {
      changed = true
      this.stopTimer(neighbor)
      if (state === NUD_PROBE) neighbor.probes = 0
      neighbor.state = state
      if ((state & NUD_IN_TIMER) !== 0) {
        this.startTimer(neighbor, nowNs + (state === NUD_REACHABLE ? this.reachableNs(neighbor) : 0))
      }
    }
    if (!sameMac) {
      neighbor.setMac(mac)
      if ((state & NUD_CONNECTED) === 0) neighbor.confirmedNs = nowNs - 2 * paramsOf(neighbor).baseReachableNs
      changed = true
    }
    if (routerFlag && this.updateRouterFlag(neighbor, flags)) changed = true
    this.finishUpdate(neighbor, changed)
    if (state !== old && (old & NUD_VALID) === 0) this.sendQueue(neighbor)
    return 0
  }

  /** Sends what waited, oldest first (neigh_update_process_arp_queue). */
  private sendQueue(neighbor: Neighbor): void {
    const queue = neighbor.queue
    neighbor.queue = null
    neighbor.queueBytes = 0
    if (queue === null) return
    for (const frame of queue) {
      if ((neighbor.state & NUD_VALID) === 0) {
        this.ns.pool.drop(frame, DropReason.QUEUE_PURGE)
        continue
      }
      if (this.ns.tracing) this.ns.trace(frame, releasedStep(neighbor))
      neighbor.output(frame)
    }
  }

  /** NTF_* that only a person sets and clears (neigh_update_flags). Returns true if one changed. */
  private updateFlags(neighbor: Neighbor, flags: number): boolean {
    let wanted = 0
    if ((flags & UPDATE_EXT_LEARNED) !== 0) wanted |= NTF_EXT_LEARNED
    if ((flags & UPDATE_MANAGED) !== 0) wanted |= NTF_MANAGED
    if ((flags & UPDATE_EXT_VALIDATED) !== 0) wanted |= NTF_EXT_VALIDATED
    const mask = NTF_EXT_LEARNED | NTF_MANAGED | NTF_EXT_VALIDATED
    if ((neighbor.flags & mask) === wanted) return false
    neighbor.flags = (neighbor.flags & ~mask) | wanted
    this.armManaged(neighbor)
    return true
  }

  private updateRouterFlag(neighbor: Neighbor, flags: number): boolean {
    const wanted = (flags & UPDATE_ISROUTER) !== 0 ? neighbor.flags | NTF_ROUTER : neighbor.flags & ~NTF_ROUTER
    if (wanted === neighbor.flags) return false
    neighbor.flags = wanted
    return true
  }

  private finishUpdate(neighbor: Neighbor, changed: boolean): void {
    // What is permanent or learnt from outside is not collected (neigh_update_gc_list).
    const collectable = (neighbor.state & NUD_PERMANENT) === 0 &&
      (neighbor.flags & (NTF_EXT_LEARNED | NTF_EXT_VALIDATED)) === 0 && (neighbor.device.flags & IFF_LOOPBACK) === 0
    if (collectable !== neighbor.collectable) {
      neighbor.collectable = collectable
      this.gcEntries += collectable ? 1 : -1
    }
    if (changed) this.notify(neighbor, 'change')
    this.armCollector()
  }

  /*
   * Timers.
   */

  private timerOf(neighbor: Neighbor): Timer {
    if (neighbor.timer === null) neighbor.timer = new Timer(this.ns.simulation, this.ns.node, neighbor)
    return neighbor.timer
  }

  private startTimer(neighbor: Neighbor, atNs: Nanoseconds): void {
    if (neighbor.usedNs < neighbor.confirmedNs) neighbor.usedNs = neighbor.confirmedNs
    this.timerOf(neighbor).arm(atNs)
  }

  private stopTimer(neighbor: Neighbor): void {
    neighbor.timer?.cancel()
  }

  private reachableNs(neighbor: Neighbor): Nanoseconds {
    return reachableTimeNs(this.ns, inDeviceOf(neighbor.device))
  }

  /*
   * The table itself, and what is collected from it.
   */

  private insert(neighbor: Neighbor): void {
    if (this.entries.length >= this.buckets.length) this.rehash(Math.max(FIRST_BUCKETS, this.buckets.length * 2))
    // A literal has room for one; an array that grew from nothing has 17, and most hosts have one neighbour.
    if (this.entries.length === 0) this.entries = [neighbor]
    else this.entries.push(neighbor)
    this.chain(neighbor)
  }

  private chain(neighbor: Neighbor): void {
    const at = hash(neighbor.device, neighbor.key) & (this.buckets.length - 1)
    neighbor.next = this.buckets[at]
    this.buckets[at] = neighbor
  }

  private rehash(length: number): void {
    this.buckets = new Array<Neighbor | null>(length).fill(null)
    for (const neighbor of this.entries) this.chain(neighbor)
  }

  private unlink(neighbor: Neighbor): void {
    const at = hash(neighbor.device, neighbor.key) & (this.buckets.length - 1)
    if (this.buckets[at] === neighbor) {
      this.buckets[at] = neighbor.next
    } else {
      let before = this.buckets[at]
      while (before !== null && before.next !== neighbor) before = before.next
      if (before !== null) before.next = neighbor.next
    }
    neighbor.next = null
    this.entries.splice(this.entries.indexOf(neighbor), 1)
    if (neighbor.collectable) this.gcEntries--
  }

  /** Whether one more entry fits, after collecting if need be (neigh_alloc, neigh_forced_gc). */
  private makeRoom(): boolean {
    const nowNs = this.ns.simulation.clock.ns[0]
    const { gcThresh2, gcThresh3 } = this.ns.neighborLimits
    const full = this.gcEntries >= gcThresh3
    const recently = nowNs <= this.lastForcedGcNs + FORCED_GC_AGE_NS
    if (!full && (this.gcEntries < gcThresh2 || recently)) return true
    if (this.forcedGc(nowNs) > 0 || !full) return true
    this.tableFulls++
    return false
  }

  /** Collects failed, NOARP, multicast and old entries that no timer holds, oldest first. Returns how many. */
  private forcedGc(nowNs: Nanoseconds): number {
    const most = this.gcEntries + 1 - this.ns.neighborLimits.gcThresh2
    let removed = 0
    for (const neighbor of [...this.entries]) {
      if (removed >= most) break
      if (!neighbor.collectable || (neighbor.state & NUD_IN_TIMER) !== 0) continue
      if (neighbor.state === NUD_FAILED || neighbor.state === NUD_NOARP || isMulticast(neighbor.key) ||
        neighbor.updatedNs < nowNs - FORCED_GC_AGE_NS) {
        this.remove(neighbor)
        removed++
      }
    }
    this.lastForcedGcNs = nowNs
    return removed
  }

  private armCollector(): void {
    if (this.entries.length < this.ns.neighborLimits.gcThresh1) return
    if (this.gcTimer === null) {
      this.gcTimer = new Timer(this.ns.simulation, this.ns.node, { onTimer: () => this.collect() })
    }
    if (!this.gcTimer.pending) this.gcTimer.armAfter(this.ns.defaultNeighborParams.baseReachableNs / 2)
  }

  /** Takes out failed entries and those unused for gc_stale_time (neigh_periodic_work). */
  private collect(): void {
    if (this.entries.length < this.ns.neighborLimits.gcThresh1) return
    const nowNs = this.ns.simulation.clock.ns[0]
    for (const neighbor of [...this.entries]) {
      if ((neighbor.state & (NUD_PERMANENT | NUD_IN_TIMER)) !== 0) continue
      if ((neighbor.flags & (NTF_EXT_LEARNED | NTF_EXT_VALIDATED)) !== 0) continue
      if (neighbor.usedNs < neighbor.confirmedNs) neighbor.usedNs = neighbor.confirmedNs
      const idleNs = nowNs - neighbor.usedNs
      if (neighbor.state === NUD_FAILED || idleNs >= paramsOf(neighbor).gcStaleNs) this.remove(neighbor)
    }
    this.armCollector()
  }

  /** Entries that are kept fresh without traffic (NTF_MANAGED; neigh_managed_work). */
  private armManaged(neighbor: Neighbor): void {
    if ((neighbor.flags & NTF_MANAGED) === 0) return
    if (this.managedTimer === null) {
      this.managedTimer = new Timer(this.ns.simulation, this.ns.node, { onTimer: () => this.probeManaged() })
    }
    if (!this.managedTimer.pending) this.managedTimer.armAfter(this.ns.defaultNeighborParams.intervalProbeNs)
  }

  private probeManaged(): void {
    let managed = false
    for (const neighbor of [...this.entries]) {
      if (neighbor.dead || (neighbor.flags & NTF_MANAGED) === 0) continue
      managed = true
      this.probe(neighbor, false)
    }
    if (managed) this.managedTimer?.armAfter(this.ns.defaultNeighborParams.intervalProbeNs)
  }
}

/* Shared by tables that are still empty; whoever adds something makes one of its own. */
const NO_BUCKETS: (Neighbor | null)[] = []
const NO_ENTRIES: Neighbor[] = []
const NO_LISTENERS: NeighborListener[] = []

/** Devices without neighbours have one entry for all addresses (arp_constructor, __ipv4_neigh_lookup_noref). */
function keyOn(device: NetDevice, key: number): number {
  return (device.flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) !== 0 ? 0 : key
}

function hash(device: NetDevice, key: number): number {
  return mix32(key ^ Math.imul(device.ifindex, 0x9e3779b1))
}

function paramsOf(neighbor: Neighbor): NeighborParams {
  return inDeviceOf(neighbor.device).neighborParams
}

/** Whether it outlives the loss of a carrier. */
function isLasting(neighbor: Neighbor): boolean {
  return (neighbor.state & NUD_PERMANENT) !== 0 || (neighbor.flags & NTF_EXT_VALIDATED) !== 0
}

function retransNs(params: NeighborParams): Nanoseconds {
  return params.retransNs > MIN_TIMER_NS ? params.retransNs : MIN_TIMER_NS
}

function maxProbes(neighbor: Neighbor, params: NeighborParams): number {
  const last = neighbor.state === NUD_PROBE ? params.mcastReprobes : params.mcastProbes
  return params.ucastProbes + params.appProbes + last
}
