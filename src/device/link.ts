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
    this.a = new LinkDirection(simulation, deviceA, deviceB, laneB)
    this.b = new LinkDirection(simulation, deviceB, deviceA, laneA)
    deviceA.driver = new LinkEnd(this, this.a)
    deviceB.driver = new LinkEnd(this, this.b)
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

/** The driver of a device at a link's end. */
export class LinkEnd implements DeviceDriver {
  readonly kind = 'veth'

  constructor(readonly link: Link, readonly direction: LinkDirection) {}

  transmit(frame: Frame): void {
    this.direction.send(frame)
  }

  onAdminState(_up: boolean): void {
    this.link.updateCarrier()
  }
}

/**
 * One direction of a link: a queue in front of a wire, then the wire.
 *
 * Since the queue is first in, first out, the moment at which a frame will have left is known when it is sent; so a
 * frame goes straight into the ring of those in flight, sorted by arrival, and the event queue holds one entry for the
 * whole ring: its head.
 *
 *     head                 departed               tail
 *     | on the wire ...    | waiting for the wire |
 *
 * `departed` runs behind: it counts out the frames whose last bit has left, when the queue's length is asked.
 */
export class LinkDirection implements EventReceiver {
  impairments: Impairments = PERFECT
  /** Frames lost by loss, by a full queue, and by corruption, since the start. */
  lost = 0
  overflowed = 0
  corrupted = 0
  private readonly receiverId: number
  private readonly order: number
  private frames: (Frame | null)[] = [null, null, null, null]
  private arrivals = new Float64Array(4)
  private departures = new Float64Array(4)
  private sizes = new Int32Array(4)
  private mask = 3
  private head = 0
  private departed = 0
  private tail = 0
  private waitingBytes = 0
  private armedNs = Infinity
  /** When the wire will be free (a 1-element array: a number field past 2^31 would be boxed anew at each store). */
  private readonly freeAt = new Float64Array(1)
  private random: RandomStream | null = null
  /** No impairment at all but delay: the common case, one test. */
  private plain = true

  constructor(readonly simulation: Simulation, readonly from: NetDevice, readonly to: NetDevice, lane: number) {
    this.receiverId = simulation.addReceiver(this)
    this.order = simulation.laneOrder(to.stack.node, lane)
  }

  /** Sets what this direction does to the frames sent from now on. `streamName` seeds its chances. */
  setImpairments(impairments: Impairments, streamName: string): void {
    this.impairments = impairments
    const i = impairments
    this.plain = i.rateBps === 0 && i.jitterNs === 0 && i.loss === 0 && i.duplicate === 0 && i.reorder === 0 &&
      i.corrupt === 0
    if (!this.plain && this.random === null) this.random = this.simulation.random.stream(streamName)
  }

  /** Frames in flight or waiting. */
  get inFlight(): number {
    return this.tail - this.head
  }

  /** Frames waiting for the wire now. */
  get waiting(): number {
    this.countDeparted()
    return this.tail - this.departed
  }

  /** Sends a frame; owns it. */
  send(frame: Frame): void {
    if (this.plain) this.enqueue(frame, this.simulation.clock.ns[0] + this.impairments.delayNs, 0)
    else this.sendImpaired(frame)
  }

  onEvent(_argument: number): void {
    const clock = this.simulation.clock.ns
    if (clock[0] !== this.armedNs) return
    this.armedNs = Infinity
    while (this.head !== this.tail && this.arrivals[this.head & this.mask] <= clock[0]) {
      const slot = this.head & this.mask
      const frame = this.frames[slot]
      this.frames[slot] = null
      if (this.departed === this.head) this.departOne()
      this.head++
      if (frame !== null) this.to.receive(frame)
    }
    if (this.head !== this.tail) this.armAt(this.arrivals[this.head & this.mask])
    else this.rewind()
  }

  /** Drops whatever is on the wire or waits for it. */
  flush(): void {
    while (this.head !== this.tail) {
      const frame = this.frames[this.head & this.mask]
      this.frames[this.head & this.mask] = null
      this.head++
      if (frame !== null) {
        this.lost++
        this.from.stack.pool.drop(frame, DropReason.LINK_DOWN)
      }
    }
    this.waitingBytes = 0
    this.rewind()
    this.freeAt[0] = 0
  }

  private rewind(): void {
    this.head = 0
    this.departed = 0
    this.tail = 0
  }

  private sendImpaired(frame: Frame): void {
    const i = this.impairments
    const random = this.random
    const pool = this.from.stack.pool
    if (random === null) return
    const copies = random.chance(i.duplicate) ? 2 : 1
    if (random.chance(i.loss)) {
      if (copies === 1) {
        this.lost++
        pool.drop(frame, DropReason.LINK_LOSS)
        return
      }
    } else if (copies === 2) {
      this.sendOne(pool.clone(frame))
    }
    this.sendOne(frame)
  }

  private sendOne(frame: Frame): void {
    const i = this.impairments
    const random = this.random
    const pool = this.from.stack.pool
    if (random === null) return
    const length = frame.end - frame.start
    if (i.rateBps !== 0) {
      this.countDeparted()
      const waiting = this.tail - this.departed
      if ((i.queuePackets !== 0 && waiting >= i.queuePackets) ||
        (i.queueBytes !== 0 && this.waitingBytes + length > i.queueBytes)) {
        this.overflowed++
        this.from.counters.txDropped++
        pool.drop(frame, DropReason.QDISC_DROP)
        return
      }
    }
    if (random.chance(i.corrupt)) {
      pool.writable(frame)
      const bit = random.below(length * 8)
      frame.bytes[frame.start + (bit >>> 3)] ^= 0x80 >>> (bit & 7)
      frame.corrupt = true
      this.corrupted++
    }
    const nowNs = this.simulation.clock.ns[0]
    let leavesNs = nowNs
    if (i.rateBps !== 0) {
      const onWire = (length < MIN_FRAME ? MIN_FRAME : length) + WIRE_OVERHEAD
      const startsNs = this.freeAt[0] > nowNs ? this.freeAt[0] : nowNs
      leavesNs = startsNs + Math.ceil(onWire * 8e9 / i.rateBps)
      this.freeAt[0] = leavesNs
    }
    let delayNs = i.delayNs
    if (random.chance(i.reorder)) delayNs = 0
    else if (i.jitterNs !== 0) delayNs += random.below(i.jitterNs * 2 + 1) - i.jitterNs
    this.enqueue(frame, leavesNs + (delayNs > 0 ? delayNs : 0), leavesNs)
  }

  /** Puts a frame into the ring by arrival time: at the tail, or before those it overtakes. */
  private enqueue(frame: Frame, arrivesNs: number, leavesNs: number): void {
    if (this.tail - this.head > this.mask) this.grow()
    const mask = this.mask
    let at = this.tail
    this.tail = at + 1
    while (at > this.head && this.arrivals[(at - 1) & mask] > arrivesNs) {
      const from = (at - 1) & mask
      this.move(from, at & mask)
      at--
    }
    const slot = at & mask
    this.frames[slot] = frame
    this.arrivals[slot] = arrivesNs
    this.departures[slot] = leavesNs
    const size = frame.end - frame.start
    this.sizes[slot] = size
    this.waitingBytes += size
    if (at === this.head) this.armAt(arrivesNs)
  }

  private move(from: number, to: number): void {
    this.frames[to] = this.frames[from]
    this.arrivals[to] = this.arrivals[from]
    this.departures[to] = this.departures[from]
    this.sizes[to] = this.sizes[from]
  }

  private armAt(timeNs: number): void {
    if (this.armedNs <= timeNs) return
    this.armedNs = timeNs
    this.simulation.queue.push(timeNs, this.order, this.receiverId, 0)
  }

  private countDeparted(): void {
    const nowNs = this.simulation.clock.ns[0]
    while (this.departed !== this.tail && this.departures[this.departed & this.mask] <= nowNs) this.departOne()
  }

  private departOne(): void {
    this.waitingBytes -= this.sizes[this.departed & this.mask]
    this.departed++
  }

  private grow(): void {
    const old = this.mask + 1
    const grown = old * 2
    const arrivals = new Float64Array(grown)
    const departures = new Float64Array(grown)
    const sizes = new Int32Array(grown)
    const frames = new Array<Frame | null>(grown).fill(null)
    for (let i = this.head; i < this.tail; i++) {
      const from = i & this.mask
      const to = i & (grown - 1)
      arrivals[to] = this.arrivals[from]
      departures[to] = this.departures[from]
      sizes[to] = this.sizes[from]
      frames[to] = this.frames[from]
    }
    this.mask = grown - 1
    this.arrivals = arrivals
    this.departures = departures
    this.sizes = sizes
    this.frames = frames
  }
}
