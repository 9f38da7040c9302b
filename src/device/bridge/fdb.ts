// Hot path.
import { assert } from '../../base/assert.ts'
import { macHi, macLo } from '../../wire/address.ts'

/** Flags of an entry. */
export const FDB_LOCAL = 1
export const FDB_STATIC = 2
export const FDB_STICKY = 4
/** Added by a user rather than learned (BR_FDB_ADDED_BY_USER). */
export const FDB_ADDED_BY_USER = 8

/** Entries one bridge may have; Linux has no bound, we do (docs/LIMITS.md). */
export const FDB_MAX = 1 << 20
const EMPTY = -1
const GONE = -2

/** Told of entries that are made, changed or removed (fdb_notify). */
export interface FdbListener {
  onEntry(removed: boolean, hi: number, lo: number, port: number, flags: number): void
}

/**
 * A bridge's forwarding database: (VLAN, MAC) -> port, as an open-addressed hash table in typed arrays
 * (Linux net/bridge/br_fdb.c, an rhashtable there).
 *
 *     ports[i]    port number; 0: the bridge itself; EMPTY, GONE (removed; the chain goes on)
 *     highs[i]    vid << 16 | first two bytes of the MAC
 *     lows[i]     the other four
 *     updated[i]  ns when the entry was last seen as a source
 *
 * Ageing needs no timer: an entry that is older than the bridge's ageing time is not there any more for whoever looks,
 * and its slot is taken by the next insertion that meets it.
 */
export class Fdb {
  private ports = new Int32Array(0)
  private highs = new Int32Array(0)
  private lows = new Int32Array(0)
  private flags = new Uint8Array(0)
  private updated = new Float64Array(0)
  private mask = -1
  /** Slots that are not EMPTY. */
  private used = 0
  listener: FdbListener | null = null

  /** The slot of an entry, or -1. hi: MAC's first two bytes, lo: the other four (int32). */
  find(hi: number, lo: number, vid: number): number {
    if (this.mask < 0) return -1
    const key = (vid << 16) | hi
    let slot = hash(key, lo) & this.mask
    for (;;) {
      const port = this.ports[slot]
      if (port === EMPTY) return -1
      if (port !== GONE && this.lows[slot] === lo && this.highs[slot] === key) return slot
      slot = (slot + 1) & this.mask
    }
  }

  /** The port of a slot that find() gave, or -1 if the entry has aged out. */
  portAt(slot: number, nowNs: number, ageingNs: number): number {
    if ((this.flags[slot] & (FDB_LOCAL | FDB_STATIC)) === 0 && this.updated[slot] + ageingNs <= nowNs) return -1
    return this.ports[slot]
  }

  flagsAt(slot: number): number {
    return this.flags[slot]
  }

  updatedAt(slot: number): number {
    return this.updated[slot]
  }

  /** Enters or overwrites. */
  set(hi: number, lo: number, vid: number, port: number, flags: number, nowNs: number): void {
    let slot = this.find(hi, lo, vid)
    const told = this.listener === null || vid !== 0 ||
      (slot >= 0 && this.ports[slot] === port && this.flags[slot] === flags)
    if (slot < 0) {
      if ((this.used + 1) * 2 > this.ports.length) this.grow()
      slot = this.freeSlot(hi, lo, vid)
      this.highs[slot] = (vid << 16) | hi
      this.lows[slot] = lo
    }
    this.ports[slot] = port
    this.flags[slot] = flags
    this.updated[slot] = nowNs
    if (!told && this.listener !== null) this.listener.onEntry(false, hi, lo, port, flags)
  }

  /** Marks an entry as seen now, on `port`. */
  touch(slot: number, port: number, nowNs: number): void {
    const moved = this.ports[slot] !== port
    this.ports[slot] = port
    this.updated[slot] = nowNs
    if (moved && this.listener !== null) this.tell(false, slot)
  }

  remove(slot: number): void {
    if (this.listener !== null) this.tell(true, slot)
    this.ports[slot] = GONE
  }

  private tell(removed: boolean, slot: number): void {
    const high = this.highs[slot]
    if (this.listener === null || high >>> 16 !== 0) return
    this.listener.onEntry(removed, high & 0xffff, this.lows[slot], this.ports[slot], this.flags[slot])
  }

  removeMac(mac: number, vid: number): boolean {
    const slot = this.find(macHi(mac), macLo(mac), vid)
    if (slot < 0) return false
    this.remove(slot)
    return true
  }

  /** Removes the entries of a port: all, or only those that were learned. */
  flushPort(port: number, staticToo: boolean): void {
    for (let slot = 0; slot <= this.mask; slot++) {
      if (this.ports[slot] === port && (staticToo || (this.flags[slot] & (FDB_LOCAL | FDB_STATIC)) === 0)) {
        this.remove(slot)
      }
    }
  }

  /** Calls back for every live entry, by VLAN, then MAC (a defined order; Linux's is its hash's). Cold. */
  forEach(nowNs: number, ageingNs: number,
    visit: (mac: number, vid: number, port: number, flags: number, updatedNs: number) => void): void {
    const slots: number[] = []
    for (let slot = 0; slot <= this.mask; slot++) {
      if (this.ports[slot] >= 0 && this.portAt(slot, nowNs, ageingNs) >= 0) slots.push(slot)
    }
    slots.sort((a, b) => (this.highs[a] >>> 0) - (this.highs[b] >>> 0) || (this.lows[a] >>> 0) - (this.lows[b] >>> 0))
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]
      const mac = (this.highs[slot] & 0xffff) * 4294967296 + (this.lows[slot] >>> 0)
      visit(mac, this.highs[slot] >>> 16, this.ports[slot], this.flags[slot], this.updated[slot])
    }
  }

  private freeSlot(hi: number, lo: number, vid: number): number {
    let slot = hash((vid << 16) | hi, lo) & this.mask
    while (this.ports[slot] >= 0) slot = (slot + 1) & this.mask
    if (this.ports[slot] === EMPTY) this.used++
    return slot
  }

  /** Doubles the table, or, when many slots are GONE, only clears those out. */
  private grow(): void {
    const old = this.ports.length
    let live = 0
    for (let slot = 0; slot < old; slot++) if (this.ports[slot] >= 0) live++
    const capacity = old === 0 ? 8 : live * 4 > old ? old * 2 : old
    assert(capacity <= FDB_MAX * 2, 'a bridge knows at most 2^20 MAC addresses')
    const { ports, highs, lows, flags, updated } = this
    this.ports = new Int32Array(capacity).fill(EMPTY)
    this.highs = new Int32Array(capacity)
    this.lows = new Int32Array(capacity)
    this.flags = new Uint8Array(capacity)
    this.updated = new Float64Array(capacity)
    this.mask = capacity - 1
    this.used = 0
    for (let from = 0; from < old; from++) {
      if (ports[from] < 0) continue
      const slot = this.freeSlot(highs[from] & 0xffff, lows[from], highs[from] >>> 16)
      this.highs[slot] = highs[from]
      this.lows[slot] = lows[from]
      this.ports[slot] = ports[from]
      this.flags[slot] = flags[from]
      this.updated[slot] = updated[from]
    }
  }
}

function hash(high: number, low: number): number {
  let h = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
