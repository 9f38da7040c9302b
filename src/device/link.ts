// Hot path.
import type { EventReceiver, Simulation } from '../engine/simulation.ts'
import type { RandomStream } from '../engine/random.ts'
import { DropReason } from '../wire/drop-reason.ts'
import type { Frame } from './frame.ts'
import type { DeviceDriver, NetDevice } from './net-device.ts'

/** Bytes that every frame takes on an Ethernet wire besides those a host sees: preamble 8, FCS 4, gap 12. */
export const WIRE_OVERHEAD = 24
/** Shortest frame on an Ethernet wire without FCS: shorter ones are padded by the sending NIC. */
export const MIN_FRAME = 60
/** Bytes a received frame may have above the MTU: an Ethernet header and a VLAN tag. */
const OVERSIZE = 18
/** Frames that may wait for a slow wire if the lab does not say otherwise (netem's default limit). */
export const DEFAULT_QUEUE_PACKETS = 1000

/**
 * What one direction of a link does to frames. Times in ns, rate in bit/s (0: no serialisation time), probabilities
 * from 0 to 1, limits in packets and bytes of the queue in front of the wire (0: that limit is off).
 */
export interface Impairments {
  delayNs: number
  /** Each frame's delay is drawn from delay ± jitter, evenly; frames may overtake, as with netem. */
  jitterNs: number
  rateBps: number
  loss: number
  duplicate: number
  /** Share of frames that skip the delay and so overtake (netem reorder). */
  reorder: number
  /** One bit of the frame is flipped on the wire; the receiver's FCS check finds it. */
  corrupt: number
  queuePackets: number
  queueBytes: number
}

export const PERFECT: Readonly<Impairments> = {
  delayNs: 0, jitterNs: 0, rateBps: 0, loss: 0, duplicate: 0, reorder: 0, corrupt: 0,
  queuePackets: DEFAULT_QUEUE_PACKETS, queueBytes: 0,
}

/**
 * A cable between two devices: two directions, and a state. Each end is a device of kind veth, and as with veth a
 * device has a carrier when the cable is good and the device at the other end is up (Linux drivers/net/veth.c).
 */
export class Link {
  readonly a: LinkDirection
  readonly b: LinkDirection
  up = true

  constructor(readonly simulation: Simulation, readonly deviceA: NetDevice, readonly deviceB: NetDevice, laneA: number,
    laneB: number) {
    const a = new LinkEnd(this, deviceA, deviceB, laneB)
    const b = new LinkEnd(this, deviceB, deviceA, laneA)
    this.a = a
    this.b = b
    deviceA.driver = a
    deviceB.driver = b
    // Counted as a change, as veth_newlink() does with the carrier that a new device begins with.
    if (!deviceB.up) deviceA.carrierChanges++
    if (!deviceA.up) deviceB.carrierChanges++
    deviceA.carrier = deviceB.up
    deviceB.carrier = deviceA.up
  }

  /** Cuts or mends the cable. Frames that are on it when it is cut are lost: LINK_DOWN. */
  setUp(up: boolean): void {
    this.up = up
    if (!up) {
      this.a.flush()
      this.b.flush()
    }
    this.updateCarrier()
  }

  updateCarrier(): void {
    const good = this.up
    this.deviceA.setCarrier(good && this.deviceB.up && this.deviceA.up)
    this.deviceB.setCarrier(good && this.deviceA.up && this.deviceB.up)
  }

  /** The direction that carries what `device` sends. */
  from(device: NetDevice): LinkDirection {
    return device === this.deviceA ? this.a : this.b
  }

  peerOf(device: NetDevice): NetDevice {
    return device === this.deviceA ? this.deviceB : this.deviceA
  }
}

/**
 * One direction of a link: a queue in front of a wire, then the wire.
 *
 * Since the queue is first in, first out, the moment at which a frame will have left is known when it is sent. So a
 * frame goes at once into the ring of those in flight, sorted by arrival. Only a direction with a rate keeps the second
 * ring, of departures, to know how many frames wait; it is counted down when that is asked, not by events.
 *
 * The ring is made at the first frame, and what impairs frames at the first impairment: most of the forty thousand
 * directions of a large lab are silent and perfect (bench/nodes).
 */
export class LinkDirection {
  impairments: Readonly<Impairments> = PERFECT
  private flight: Flight | null = null
  private troubles: Troubles | null = null
  /** No impairment but delay: the common case, one test. */
  private plain = true

  /** lane: the port's at the receiving node. */
  constructor(readonly simulation: Simulation, readonly from: NetDevice, readonly to: NetDevice,
    private readonly lane: number) {}

  /** Frames lost by chance or by a cut, since the start. */
  get lost(): number {
    return this.troubles === null ? 0 : this.troubles.lost
  }

  /** Frames lost by a full queue, since the start. */
  get overflowed(): number {
    return this.troubles === null ? 0 : this.troubles.overflowed
  }

  /** Frames spoilt by corruption, since the start. */
  get corrupted(): number {
    return this.troubles === null ? 0 : this.troubles.corrupted
  }

  /** Sets what this direction does to the frames sent from now on. `streamName` seeds its chances. */
  setImpairments(impairments: Readonly<Impairments>, streamName: string): void {
    this.impairments = impairments
    const i = impairments
    const perfect = i.rateBps === 0 && i.jitterNs === 0 && i.loss === 0 && i.duplicate === 0 && i.reorder === 0 &&
      i.corrupt === 0
    this.plain = perfect && (this.troubles === null || this.troubles.held === null)
    if (perfect) return
    const troubles = this.makeTroubles()
    if (troubles.random === null) troubles.random = this.simulation.random.stream(streamName)
    if (i.rateBps !== 0 && troubles.waitingRoom === null) troubles.waitingRoom = new WaitingRoom()
  }

  /**
   * Keeps back what is sent from now on; or sends what was kept back, in its order, and keeps nothing more. Frames past
   * HELD_LIMIT are dropped as by a full queue, and a cut of the cable loses those kept back.
   */
  hold(on: boolean, streamName: string): void {
    const troubles = this.makeTroubles()
    const held = troubles.held
    if (on === (held !== null)) return
    troubles.held = on ? new HeldFrames() : null
    this.setImpairments(this.impairments, streamName)
    if (held !== null) for (let i = 0; i < held.frames.length; i++) this.send(held.frames[i])
  }

  /** Frames in flight or waiting. */
  get inFlight(): number {
    return this.flight === null ? 0 : this.flight.length
  }

  /** Frames that wait for the wire now (the one being sent counts until its last bit has left). */
  get waiting(): number {
    const room = this.troubles === null ? null : this.troubles.waitingRoom
    if (room === null) return 0
    room.letGo(this.simulation.clock.ns[0])
    return room.frames
  }

  /** Sends a frame; owns it. */
  send(frame: Frame): void {
    if (this.plain) this.enqueue(frame, this.impairments.delayNs)
    else this.sendImpaired(frame)
  }

  /** Drops whatever is on the wire or waits for it. */
  flush(): void {
    const flight = this.flight
    if (flight !== null) for (let frame = flight.shift(); frame !== null; frame = flight.shift()) this.lose(frame)
    const troubles = this.troubles
    if (troubles === null) return
    if (troubles.waitingRoom !== null) troubles.waitingRoom.clear()
    const held = troubles.held
    if (held === null) return
    for (let i = 0; i < held.frames.length; i++) this.lose(held.frames[i])
    held.frames.length = 0
  }

  /** The cable is cut, and a frame on it. */
  private lose(frame: Frame): void {
    this.makeTroubles().lost++
    this.from.stack.pool.drop(frame, DropReason.LINK_DOWN)
  }

  /** Cold. */
  private makeTroubles(): Troubles {
    if (this.troubles === null) this.troubles = new Troubles()
    return this.troubles
  }

  private overflow(frame: Frame, troubles: Troubles): void {
    troubles.overflowed++
    this.from.counters.txDropped++
    this.from.stack.pool.drop(frame, DropReason.QDISC_DROP)
  }

  private sendImpaired(frame: Frame): void {
    const troubles = this.makeTroubles()
    if (troubles.held !== null) {
      if (troubles.held.frames.length < HELD_LIMIT) troubles.held.frames.push(frame)
      else this.overflow(frame, troubles)
      return
    }
    const i = this.impairments
    const random = troubles.random
    if (random === null) return
    const pool = this.from.stack.pool
    const twice = random.chance(i.duplicate)
    if (random.chance(i.loss)) {
      if (!twice) {
        troubles.lost++
        pool.drop(frame, DropReason.LINK_LOSS)
        return
      }
    } else if (twice) {
      this.sendOne(pool.clone(frame), i, troubles, random)
    }
    this.sendOne(frame, i, troubles, random)
  }

  private sendOne(frame: Frame, i: Readonly<Impairments>, troubles: Troubles, random: RandomStream): void {
    const length = frame.end - frame.start
    const nowNs = this.simulation.clock.ns[0]
    let leavesNs = nowNs
    const room = troubles.waitingRoom
    if (i.rateBps !== 0 && room !== null) {
      room.letGo(nowNs)
      if ((i.queuePackets !== 0 && room.frames >= i.queuePackets) ||
        (i.queueBytes !== 0 && room.bytes + length > i.queueBytes)) {
        this.overflow(frame, troubles)
        return
      }
      const onWire = (length < MIN_FRAME ? MIN_FRAME : length) + WIRE_OVERHEAD
      leavesNs = room.enter(nowNs, Math.ceil(onWire * 8e9 / i.rateBps), length)
    }
    if (random.chance(i.corrupt)) {
      this.flipOneBit(frame, random)
      troubles.corrupted++
    }
    let delayNs = i.delayNs
    if (random.chance(i.reorder)) delayNs = 0
    else if (i.jitterNs !== 0) delayNs += random.below(i.jitterNs * 2 + 1) - i.jitterNs
    this.enqueue(frame, leavesNs - nowNs + (delayNs > 0 ? delayNs : 0))
  }

  /** CRC-32 finds every single-bit error, so the receiver's FCS check is bound to fail: the frame is marked. */
  private flipOneBit(frame: Frame, random: RandomStream): void {
    this.from.stack.pool.writable(frame)
    const bit = random.below((frame.end - frame.start) * 8)
    frame.bytes[frame.start + (bit >>> 3)] ^= 0x80 >>> (bit & 7)
    frame.corrupt = true
  }

  private enqueue(frame: Frame, delayNs: number): void {
    if (this.flight === null) this.flight = new Flight(this.simulation, this.to, this.lane)
    this.flight.enqueue(frame, delayNs)
  }
}

/** The driver of a device at a link's end: the direction away from it. */
export class LinkEnd extends LinkDirection implements DeviceDriver {
  constructor(readonly link: Link, from: NetDevice, to: NetDevice, lane: number) {
    super(link.simulation, from, to, lane)
  }

  get kind(): string {
    return 'veth'
  }

  transmit(frame: Frame): void {
    this.send(frame)
  }

  onAdminState(_up: boolean): void {
    this.link.updateCarrier()
  }
}

/** What a direction has that ever impaired, held back or lost a frame. */
class Troubles {
  lost = 0
  overflowed = 0
  corrupted = 0
  random: RandomStream | null = null
  waitingRoom: WaitingRoom | null = null
  held: HeldFrames | null = null
}

/**
 * The frames in flight to a device: a ring sorted by arrival, with one entry in the event queue for the whole of it,
 * its head's.
 */
class Flight implements EventReceiver {
  private readonly receiverId: number
  private readonly order: number
  private frames: (Frame | null)[] = NO_FRAMES
  private arrivals = NO_FLOATS
  private mask = -1
  private head = 0
  private tail = 0
  private armedNs = Infinity

  constructor(private readonly simulation: Simulation, private readonly to: NetDevice, lane: number) {
    this.receiverId = simulation.addReceiver(this)
    this.order = simulation.laneOrder(to.stack.node, lane)
  }

  get length(): number {
    return this.tail - this.head
  }

  onEvent(_argument: number): void {
    const clock = this.simulation.clock.ns
    if (clock[0] !== this.armedNs) return
    this.armedNs = Infinity
    while (this.head !== this.tail && this.arrivals[this.head & this.mask] <= clock[0]) {
      const slot = this.head & this.mask
      const frame = this.frames[slot]
      this.frames[slot] = null
      this.head++
      if (frame !== null) this.arrive(frame)
    }
    if (this.head === this.tail) {
      this.head = 0
      this.tail = 0
    } else {
      this.armAt(this.arrivals[this.head & this.mask])
    }
  }

  /** A frame is off the wire. As with veth, one larger than the receiver's MTU allows is dropped (is_skb_forwardable). */
  private arrive(frame: Frame): void {
    const to = this.to
    if (frame.end - frame.start > to.mtu + OVERSIZE) {
      frame.device = to
      to.counters.rxDropped++
      to.stack.pool.drop(frame, DropReason.PKT_TOO_BIG)
      return
    }
    to.receive(frame)
  }

  /** Takes the first frame off the wire before it arrives; null: there is none. */
  shift(): Frame | null {
    if (this.head === this.tail) {
      this.head = 0
      this.tail = 0
      return null
    }
    const slot = this.head & this.mask
    const frame = this.frames[slot]
    this.frames[slot] = null
    this.head++
    return frame
  }

  /**
   * Puts a frame into the ring by its arrival, `delayNs` from now: at the tail, or before those it overtakes. (The
   * delay and not the time, which as an argument would be boxed: 16 bytes a packet, bench/forward-chain.)
   */
  enqueue(frame: Frame, delayNs: number): void {
    const arrivesNs = this.simulation.clock.ns[0] + delayNs
    if (this.tail - this.head > this.mask) this.grow()
    const mask = this.mask
    let at = this.tail
    this.tail = at + 1
    while (at > this.head && this.arrivals[(at - 1) & mask] > arrivesNs) {
      const from = (at - 1) & mask
      this.frames[at & mask] = this.frames[from]
      this.arrivals[at & mask] = this.arrivals[from]
      at--
    }
    this.frames[at & mask] = frame
    this.arrivals[at & mask] = arrivesNs
    if (at === this.head) this.armAt(arrivesNs)
  }

  private armAt(timeNs: number): void {
    if (this.armedNs <= timeNs) return
    this.armedNs = timeNs
    this.simulation.queue.push(timeNs, this.order, this.receiverId, 0)
  }

  private grow(): void {
    const capacity = this.mask < 0 ? 4 : (this.mask + 1) * 2
    const arrivals = new Float64Array(capacity)
    const frames: (Frame | null)[] = new Array<Frame | null>(capacity).fill(null)
    for (let i = this.head; i < this.tail; i++) {
      arrivals[i & (capacity - 1)] = this.arrivals[i & this.mask]
      frames[i & (capacity - 1)] = this.frames[i & this.mask]
    }
    this.mask = capacity - 1
    this.arrivals = arrivals
    this.frames = frames
  }
}

/** Frames that a held direction keeps back. */
export const HELD_LIMIT = 4096

class HeldFrames {
  readonly frames: Frame[] = []
}

const NO_FLOATS = new Float64Array(0)
const NO_FRAMES: (Frame | null)[] = []

/**
 * The frames that wait for a wire with a rate, as a ring of (departure, size) in the order of departure.
 *
 *     times[head] <= times[head + 1] <= ... <= times[tail - 1] = when the wire will be free
 */
class WaitingRoom {
  bytes = 0
  private times = new Float64Array(8)
  private sizes = new Int32Array(8)
  private head = 0
  private tail = 0

  get frames(): number {
    return this.tail - this.head
  }

  /** Counts out the frames whose last bit has left by now. */
  letGo(nowNs: number): void {
    const mask = this.times.length - 1
    while (this.head !== this.tail && this.times[this.head & mask] <= nowNs) {
      this.bytes -= this.sizes[this.head & mask]
      this.head++
    }
  }

  /** Lets a frame in behind the others; returns when its last bit will have left. */
  enter(nowNs: number, wireNs: number, size: number): number {
    if (this.tail - this.head === this.times.length) this.grow()
    const mask = this.times.length - 1
    const startsNs = this.head === this.tail ? nowNs : this.times[(this.tail - 1) & mask]
    const leavesNs = startsNs + wireNs
    this.times[this.tail & mask] = leavesNs
    this.sizes[this.tail & mask] = size
    this.tail++
    this.bytes += size
    return leavesNs
  }

  clear(): void {
    this.head = 0
    this.tail = 0
    this.bytes = 0
  }

  private grow(): void {
    const old = this.times.length
    const times = new Float64Array(old * 2)
    const sizes = new Int32Array(old * 2)
    for (let i = this.head; i < this.tail; i++) {
      times[i & (old * 2 - 1)] = this.times[i & (old - 1)]
      sizes[i & (old * 2 - 1)] = this.sizes[i & (old - 1)]
    }
    this.times = times
    this.sizes = sizes
  }
}
