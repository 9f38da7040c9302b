import { ENOENT } from '../../base/errno.ts'
import type { Frame } from '../../device/frame.ts'
import type { NetDevice } from '../../device/net-device.ts'
import type { Nanoseconds } from '../../engine/clock.ts'
import type { RandomStream } from '../../engine/random.ts'
import { Timer } from '../../engine/timer.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import { inDeviceOf } from '../in-device.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { JIFFY_NS } from './reachable-time.ts'

/** An address we answer for on a device (struct pneigh_entry; `ip neigh add proxy`). device null: on all. */
export interface ProxyEntry {
  readonly key: number
  readonly device: NetDevice | null
  /** NTF_*. */
  flags: number
  protocol: number
  permanent: boolean
}

interface Waiting {
  readonly frame: Frame
  readonly atNs: Nanoseconds
}

/** Takes a request whose delay is over; the protocol's redoProxy. */
export interface ProxyOwner {
  readonly ops: { redoProxy(frame: Frame): void } | null
}

/**
 * Proxy entries, and the requests for them that wait: who answers for another waits a random part of proxy_delay, so
 * that the owner of the address, if he is there, is faster (Linux net/core/neighbour.c pneigh_enqueue(),
 * neigh_proxy_process()).
 */
export class ProxyTable {
  /** In order of creation. */
  entries: ProxyEntry[] = NO_ENTRIES
  private queue: Waiting[] = NO_WAITING
  private timer: Timer | null = null
  private random: RandomStream | null = null

  constructor(private readonly ns: NetNamespace, private readonly owner: ProxyOwner) {}

  /** The entry of an address, on this device or on all (pneigh_lookup). */
  lookup(device: NetDevice | null, key: number): ProxyEntry | null {
    for (const entry of this.entries) {
      if (entry.key === key && (entry.device === device || entry.device === null)) return entry
    }
    return null
  }

  /** Adds an entry or changes the one that is there (pneigh_create). */
  add(device: NetDevice | null, key: number, flags: number, protocol: number, permanent: boolean): void {
    const found = this.lookup(device, key)
    if (found !== null) {
      found.flags = flags
      found.permanent = permanent
      if (protocol !== 0) found.protocol = protocol
      return
    }
    if (this.entries === NO_ENTRIES) this.entries = []
    this.entries.push({ key, device, flags, protocol, permanent })
  }

  /** Takes the entry of exactly this device out (pneigh_delete). Returns 0 or -ENOENT. */
  remove(device: NetDevice | null, key: number): number {
    const at = this.entries.findIndex((entry) => entry.key === key && entry.device === device)
    if (at < 0) return -ENOENT
    this.entries.splice(at, 1)
    return 0
  }

  /** The device is down or without carrier; then those that are permanent stay (pneigh_ifdown, pneigh_queue_purge). */
  deviceDown(device: NetDevice, keepPermanent: boolean): void {
    if (this.entries.length > 0) {
      this.entries = this.entries.filter((entry) => entry.device !== device || (keepPermanent && entry.permanent))
    }
    const queue = this.queue
    this.queue = NO_WAITING
    for (const waiting of queue) this.ns.pool.drop(waiting.frame, DropReason.QUEUE_PURGE)
    this.timer?.cancel()
  }

  /** Keeps a request for a random time of up to proxy_delay; owns the frame (pneigh_enqueue). */
  enqueue(device: NetDevice, frame: Frame): void {
    const params = inDeviceOf(device).neighborParams
    let length = 0
    for (const waiting of this.queue) if (waiting.frame.device === device) length++
    if (length > params.proxyQueueLength) {
      this.ns.pool.drop(frame, DropReason.NOT_SPECIFIED)
      return
    }
    if (this.random === null) {
      this.random = this.ns.simulation.random.stream(`${this.ns.nodeName}/${this.ns.name} proxy-delay`)
    }
    const jiffies = Math.round(params.proxyDelayNs / JIFFY_NS)
    const delayNs = jiffies > 0 ? this.random.below(jiffies) * JIFFY_NS : 0
    if (this.queue === NO_WAITING) this.queue = []
    this.queue.push({ frame, atNs: this.ns.simulation.clock.ns[0] + delayNs })
    this.arm()
  }

  private arm(): void {
    let firstNs = Infinity
    for (const waiting of this.queue) if (waiting.atNs < firstNs) firstNs = waiting.atNs
    if (firstNs === Infinity) return
    if (this.timer === null) {
      this.timer = new Timer(this.ns.simulation, this.ns.node, { onTimer: () => this.process() })
    }
    this.timer.arm(firstNs)
  }

  private process(): void {
    const nowNs = this.ns.simulation.clock.ns[0]
    const due = this.queue.filter((waiting) => waiting.atNs <= nowNs)
    this.queue = this.queue.filter((waiting) => waiting.atNs > nowNs)
    for (const { frame } of due) {
      const up = frame.device !== null && frame.device.up
      if (up && this.owner.ops !== null) this.owner.ops.redoProxy(frame)
      else this.ns.pool.drop(frame, DropReason.QUEUE_PURGE)
    }
    this.arm()
  }
}

const NO_ENTRIES: ProxyEntry[] = []
const NO_WAITING: Waiting[] = []
