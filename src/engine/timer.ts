import type { Nanoseconds } from './clock.ts'
import type { EventReceiver, Simulation } from './simulation.ts'

/**
 * A timer of one node that can be armed, moved and cancelled.
 *
 * Moving a deadline later, or cancelling, leaves the queue alone: the entry that fires too early looks at the deadline
 * and goes back, or dies. That makes the common case (a retransmission timer pushed out by every acknowledgement) two
 * stores. The order among events of the same nanosecond is the order of the `arm` calls, whatever the queue held.
 *
 * The receiver's `onTimer(argument)` runs once per arm. A timer that is not pending costs nothing in the simulation.
 */
export interface TimerReceiver {
  onTimer(argument: number): void
}

export class Timer implements EventReceiver {
  deadlineNs: Nanoseconds = Infinity
  private order = 0
  private queuedNs: Nanoseconds = Infinity
  private generation = 0
  private entries = 0
  private receiverId = -1

  constructor(
    private readonly simulation: Simulation,
    private readonly node: number,
    private readonly receiver: TimerReceiver,
    private readonly argument = 0,
  ) {}

  get pending(): boolean {
    return this.deadlineNs !== Infinity
  }

  /** Fires at `deadlineNs` (not before now); replaces an earlier arm. */
  arm(deadlineNs: Nanoseconds): void {
    const nowNs = this.simulation.clock.ns[0]
    const atNs = deadlineNs > nowNs ? deadlineNs : nowNs
    this.deadlineNs = atNs
    this.order = this.simulation.nextOrder(this.node)
    if (this.queuedNs >= atNs) this.enqueue()
  }

  /** Fires after `delayNs`. */
  armAfter(delayNs: Nanoseconds): void {
    this.arm(this.simulation.clock.ns[0] + delayNs)
  }

  cancel(): void {
    this.deadlineNs = Infinity
  }

  onEvent(generation: number): void {
    this.entries--
    if (generation !== this.generation) {
      this.release()
      return
    }
    this.queuedNs = Infinity
    if (this.deadlineNs === Infinity) {
      this.release()
      return
    }
    if (this.deadlineNs > this.simulation.clock.ns[0]) {
      this.enqueue()
      return
    }
    this.deadlineNs = Infinity
    this.release()
    this.receiver.onTimer(this.argument)
  }

  private enqueue(): void {
    if (this.receiverId < 0) this.receiverId = this.simulation.addReceiver(this)
    this.generation = (this.generation + 1) | 0
    this.entries++
    this.queuedNs = this.deadlineNs
    this.simulation.queue.push(this.deadlineNs, this.order, this.receiverId, this.generation)
  }

  private release(): void {
    if (this.entries > 0 || this.receiverId < 0) return
    this.simulation.removeReceiver(this.receiverId)
    this.receiverId = -1
  }
}
