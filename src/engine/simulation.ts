// Hot path.
import { assert } from '../base/assert.ts'
import { Clock } from './clock.ts'
import { EventQueue } from './event-queue.ts'
import { Journal } from './journal.ts'
import { Random } from './random.ts'

/** Whatever events are addressed to: a link's direction, a timer. */
export interface EventReceiver {
  /** Handles an event that is due at the clock's present time. */
  onEvent(argument: number): void
}

/** Sequence numbers below this are lanes: fixed numbers of the ports of a node, for frames that arrive. */
export const FIRST_TIMER_SEQUENCE = 1 << 20
const NODE_STRIDE = 4294967296

/**
 * One run of one network: the clock, the pending events, the random streams and the journal.
 * A pure function of what is put into it; see docs/ARCHITECTURE.md, "The order of events".
 */
export class Simulation {
  readonly clock = new Clock()
  readonly queue = new EventQueue()
  readonly random: Random
  readonly journal: Journal
  /** Set by whoever needs the loop to return to its caller after the present event (a process woke). */
  stopRequested = false
  /** Events dispatched so far. */
  dispatched = 0
  private readonly receivers: (EventReceiver | null)[] = []
  private readonly freeReceivers: number[] = []
  private sequences = new Float64Array(64)
  private readonly lanes: number[] = []

  constructor(seed: number) {
    this.random = new Random(seed)
    this.journal = new Journal(this.clock)
  }

  get nowNs(): number {
    return this.clock.ns[0]
  }

  /** Enters a receiver and returns the number by which events name it. */
  addReceiver(receiver: EventReceiver): number {
    const free = this.freeReceivers.pop()
    if (free !== undefined) {
      this.receivers[free] = receiver
      return free
    }
    this.receivers.push(receiver)
    return this.receivers.length - 1
  }

  /** Gives a receiver's number back. No event for it may be pending. */
  removeReceiver(id: number): void {
    this.receivers[id] = null
    this.freeReceivers.push(id)
  }

  /** Takes the next lane of a node: each port of it has one of its own. */
  nextLane(node: number): number {
    while (node >= this.lanes.length) this.lanes.push(0)
    return this.lanes[node]++
  }

  /** The order key of frames that arrive at port `lane` of node `node`. */
  laneOrder(node: number, lane: number): number {
    assert(lane < FIRST_TIMER_SEQUENCE, 'a node has at most 2^20 ports')
    return node * NODE_STRIDE + lane
  }

  /** Takes the next order key of a node. */
  nextOrder(node: number): number {
    if (node >= this.sequences.length) this.growSequences(node)
    const sequence = this.sequences[node]
    this.sequences[node] = sequence + 1
    return node * NODE_STRIDE + FIRST_TIMER_SEQUENCE + sequence
  }

  private growSequences(node: number): void {
    const grown = new Float64Array(Math.max(node + 1, this.sequences.length * 2))
    grown.set(this.sequences)
    this.sequences = grown
  }

  /**
   * Dispatches every event due up to and including `limitNs`, then moves the clock there; or returns early, the clock
   * at the last event, when stopRequested is set. Returns true if it ran all the way.
   */
  runUntil(limitNs: number): boolean {
    const queue = this.queue
    const clock = this.clock.ns
    this.stopRequested = false
    while (queue.length > 0 && queue.times[0] <= limitNs) {
      clock[0] = queue.times[0]
      const receiver = this.receivers[queue.receivers[0]]
      const argument = queue.arguments[0]
      queue.openHole()
      this.dispatched++
      if (receiver !== null) receiver.onEvent(argument)
      queue.closeHole()
      if (this.stopRequested) return false
    }
    if (clock[0] < limitNs && limitNs !== Infinity) clock[0] = limitNs
    return true
  }

  /** Moves the clock forward to a moment before which nothing is due. */
  moveClock(ns: number): void {
    if (ns > this.clock.ns[0]) this.clock.ns[0] = ns
  }

  /** Moves the clock to the next event and dispatches it, if there is one. */
  runOne(): void {
    if (this.queue.length === 0) return
    this.clock.ns[0] = this.queue.times[0]
    const receiver = this.receivers[this.queue.receivers[0]]
    const argument = this.queue.arguments[0]
    this.queue.openHole()
    this.dispatched++
    if (receiver !== null) receiver.onEvent(argument)
    this.queue.closeHole()
  }

  /** The time of the next event, or Infinity. Not for use while an event is handled. */
  get nextEventNs(): number {
    return this.queue.length === 0 ? Infinity : this.queue.times[0]
  }
}
