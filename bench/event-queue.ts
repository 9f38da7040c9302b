/**
 * The event queue: what one event costs, taken out and another put in (the hold model), at a steady number of pending
 * events, through Simulation.runUntil with its clock, its look-up of the receiver and its hole at the root.
 *
 *   even   delays spread evenly over 2 ms: events go in anywhere
 *   net    delays as a network has them: four of five 1 to 20 us (links), most others up to 4.5 ms, one in twenty up to
 *          10 s (timers): events go in near the front, and the many timers behind are not touched
 *
 * `ceiling:X` is BareQueue of ceiling.ts over the same delays: a binary heap in typed arrays with a counter as the tie
 * break, and no receiver. Both count the events in the order in which they come, so the two orders are compared too.
 *
 *   timer-rearm  Timer.arm on a pending timer, the deadline pushed out, 1,000 timers: a retransmission timer's life
 *   timer-fire   a timer that fires and arms itself again, 1,000 of them: a hello timer's life
 */

import { type EventReceiver, Simulation } from '../src/engine/simulation.ts'
import { Timer, type TimerReceiver } from '../src/engine/timer.ts'
import { BareQueue } from './ceiling.ts'
import { bench, xorshift } from './harness.ts'

const OPERATIONS = 500_000
const DELAYS = 65536

type Spread = 'even' | 'net'

function delaysOf(spread: Spread): Float64Array {
  const next = xorshift(12345)
  return new Float64Array(DELAYS).map(() => {
    if (spread === 'even') return 1 + next(2_000_000)
    const kind = next(100)
    if (kind < 80) return 1000 + next(19_000)
    return 1 + (kind < 95 ? next(4_500_000) : next(4_000_000) * 2500)
  })
}

/** Every event of it schedules the next one, as a link with frames in flight does. */
class Storm implements EventReceiver {
  readonly simulation = new Simulation(1)
  left = 0
  /** A hash of the events' numbers in the order in which they came. */
  signature = 0
  private readonly receiver = this.simulation.addReceiver(this)
  private next = 0

  constructor(private readonly delays: Float64Array, pending: number) {
    for (let event = 0; event < pending; event++) this.schedule(event)
  }

  onEvent(event: number): void {
    this.signature = (Math.imul(this.signature, 31) + event) | 0
    this.schedule(event)
    if (--this.left === 0) this.simulation.stopRequested = true
  }

  run(operations: number): void {
    this.left = operations
    this.simulation.runUntil(Infinity)
  }

  private schedule(event: number): void {
    const simulation = this.simulation
    const delayNs = this.delays[this.next++ & (DELAYS - 1)]
    simulation.queue.push(simulation.clock.ns[0] + delayNs, simulation.nextOrder(0), this.receiver, event)
  }
}

class BareStorm {
  signature = 0
  private readonly queue: BareQueue
  private next = 0

  constructor(private readonly delays: Float64Array, pending: number) {
    this.queue = new BareQueue(pending)
    for (let event = 0; event < pending; event++) this.queue.push(this.delays[this.next++ & (DELAYS - 1)], event)
  }

  run(operations: number): void {
    const { queue, delays } = this
    for (let i = 0; i < operations; i++) {
      const event = queue.events[0]
      const timeNs = queue.times[0]
      queue.pop()
      this.signature = (Math.imul(this.signature, 31) + event) | 0
      queue.push(timeNs + delays[this.next++ & (DELAYS - 1)], event)
    }
  }
}

/** Ours and the ceiling's take turns in short runs, so that a busy minute of the machine falls on both. */
function measureHold(spread: Spread, pending: number, label: string): void {
  const delays = delaysOf(spread)
  const ours = new Storm(delays, pending)
  const bare = new BareStorm(delays, pending)
  for (const [name, storm] of [[`${spread}-${label}`, ours], [`ceiling:${spread}-${label}`, bare]] as const) {
    storm.run(pending)
    bench('event-queue', name, 'ns', () => {
      storm.run(OPERATIONS)
      return OPERATIONS
    }, { times: 7 })
  }
  if (ours.signature !== bare.signature) throw new Error(`${spread}-${label}: queue and ceiling disagree about the order`)
}

class Hello implements TimerReceiver {
  readonly timer: Timer
  constructor(readonly simulation: Simulation, node: number, readonly count: { left: number }) {
    this.timer = new Timer(simulation, node, this)
  }

  onTimer(): void {
    this.timer.armAfter(1_000_000)
    if (--this.count.left === 0) this.simulation.stopRequested = true
  }
}

function measureTimers(): void {
  const simulation = new Simulation(1)
  const count = { left: 0 }
  const hellos = Array.from({ length: 1000 }, (_, node) => new Hello(simulation, node, count))
  hellos.forEach((hello, i) => hello.timer.armAfter(1 + i * 1000))
  bench('event-queue', 'timer-fire', 'ns', () => {
    count.left = OPERATIONS
    simulation.runUntil(Infinity)
    return OPERATIONS
  })
  let deadlineNs = simulation.nowNs + 200_000_000
  bench('event-queue', 'timer-rearm', 'ns', () => {
    for (let i = 0; i < OPERATIONS; i++) hellos[i % 1000].timer.arm(deadlineNs++)
    return OPERATIONS
  })
}

export function run(): void {
  for (const spread of ['even', 'net'] as const) {
    measureHold(spread, 1000, '1k')
    measureHold(spread, 100_000, '100k')
    measureHold(spread, 1_000_000, '1M')
  }
  measureTimers()
}
