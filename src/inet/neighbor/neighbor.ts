// Hot path.
import type { Frame } from '../../device/frame.ts'
import type { NetDevice } from '../../device/net-device.ts'
import type { Nanoseconds } from '../../engine/clock.ts'
import type { Timer, TimerReceiver } from '../../engine/timer.ts'
import { macHi, macLo } from '../../wire/address.ts'
import { HEADER_LEN as ETHERNET_LEN } from '../../wire/ethernet.ts'
import { NUD_CONNECTED, NUD_NONE } from './constants.ts'

/** What an entry asks of the table it stands in. */
export interface NeighborOwner {
  /** Takes a frame whose next hop is not surely reachable; owns it (neigh_resolve_output). */
  resolve(neighbor: Neighbor, frame: Frame): void
  /** The entry's timer ran out (neigh_timer_handler). */
  onNeighborTimer(neighbor: Neighbor): void
}

/** Times of an entry before anything happened to it; not an integer, so that V8 keeps the fields as doubles. */
const NEVER: Nanoseconds = -0.5

/**
 * A host on the other side of a device (Linux: struct neighbour): its IPv4 address, its MAC address, and how sure we
 * are of it. See neighbor-table.ts for the states.
 *
 * Whoever keeps a Neighbor for later (a nexthop's cache) looks at `dead` before using it.
 */
export class Neighbor implements TimerReceiver {
  /** NUD_*. */
  state = NUD_NONE
  /** The hardware address, as one number and as the two integers that the packet path writes. */
  mac = 0
  macHi = 0
  macLo = 0
  /** NTF_*. */
  flags = 0
  /** RTPROT_* of who added it; 0: nobody said. */
  protocol = 0
  /** RTN_* of the key: unicast, local, broadcast, multicast. */
  type = 0
  /** Requests sent since the state was entered. */
  probes = 0
  /** Out of its table: not to be used any more. */
  dead = false
  /** Counts for the table's limits, and may be collected (Linux: is on gc_list). */
  collectable = false
  /** Last time the address was known to be right, the entry was used, it changed. */
  confirmedNs: Nanoseconds = NEVER
  usedNs: Nanoseconds = NEVER
  updatedNs: Nanoseconds = NEVER
  /** Frames that wait for the MAC address, oldest first; null when none do. */
  queue: Frame[] | null = null
  /** Their size as the kernel accounts it (truesize). */
  queueBytes = 0
  /** Made when first needed. */
  timer: Timer | null = null
  /** Next entry of the hash chain. */
  next: Neighbor | null = null

  /** @param key the IPv4 address (int32) */
  constructor(readonly owner: NeighborOwner, readonly device: NetDevice, readonly key: number) {}

  setMac(mac: number): void {
    this.mac = mac
    this.macHi = macHi(mac)
    this.macLo = macLo(mac)
  }

  /**
   * Sends a packet to this neighbour; owns the frame. Its packet lies at `networkAt`, `protocol` is the EtherType, and
   * the bytes are its own (FramePool.writable), since the Ethernet header is written in front of the packet.
   */
  output(frame: Frame): void {
    if ((this.state & NUD_CONNECTED) === 0) {
      this.owner.resolve(this, frame)
      return
    }
    this.send(frame)
  }

  /** Writes the Ethernet header and hands the frame to the device (neigh_hh_output). */
  send(frame: Frame): void {
    const device = this.device
    const view = frame.view
    const at = frame.networkAt - ETHERNET_LEN
    view.setUint16(at, this.macHi)
    view.setInt32(at + 2, this.macLo)
    view.setUint16(at + 6, device.macHi)
    view.setInt32(at + 8, device.macLo)
    view.setUint16(at + 12, frame.protocol)
    frame.start = at
    device.transmit(frame)
  }

  onTimer(): void {
    this.owner.onNeighborTimer(this)
  }
}
