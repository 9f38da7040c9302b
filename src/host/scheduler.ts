import { assert } from '../base/assert.ts'
import type { Simulation } from '../engine/simulation.ts'

/**
 * Joins two kinds of code into one order: the simulation, which is a loop over events, and processes, which are
 * promise-based functions.
 *
 * It is a machine with one processor. A process runs until it waits in a system call or ends; only then does the next
 * one run, in the order in which they were woken; and only when none is ready does virtual time move on to the next
 * event. A wake-up makes Simulation.runUntil() return after the present event, so a process sees the very nanosecond
 * that woke it. Between two system calls a process may await promises that settle by themselves (microtasks), nothing
 * else: whoever does not reach a system call within MICROTASK_TURNS turns awaits something of the world outside, and
 * is abandoned with a message that names it, instead of hanging the run.
 *
 *     run()  ->  ready tasks, one by one  ->  goals that are reached  ->  events until a wake-up or a limit  -> ...
 */
export interface Task {
  /** "ping (pid 1000 on alice)", for messages. */
  readonly label: string
  /** What it waits for, in a word or two of the kernel's: "recvmsg", "nanosleep". Null while it runs. */
  readonly waitingFor: string | null
  /** Goes on after a wake-up, or starts. */
  resume(): void
  /** Ends it from outside: it broke the rules. */
  abandon(reason: string): void
}

/** When a run() is over. */
export interface Goal {
  /** Asked whenever all processes wait. Absent: only the limit counts. */
  readonly done?: () => boolean
  /** Absolute virtual time; the clock stops there at the latest. Default Infinity. */
  readonly limitNs?: number
}

/** done: the goal was reached. limit: the time came first. idle: nothing is left that could ever happen. */
export type RunEnd = 'done' | 'limit' | 'idle'

/** Promise turns that a process may take between two system calls. */
export const MICROTASK_TURNS = 1_000_000
/**
 * Wake-ups of processes within one nanosecond. More is a loop that never lets time pass (`ping -f` over loopback, where
 * nothing takes any time), and every process that takes part in it is abandoned.
 */
export const WAKES_PER_INSTANT = 500_000
/** Turns given to callers before time moves on: to one whose goal was reached, and for several that start at once. */
const CALLER_TURNS = 64

interface OpenGoal {
  readonly done: () => boolean
  readonly limitNs: number
  readonly settle: (end: RunEnd) => void
  readonly fail: (error: unknown) => void
}

export class Scheduler {
  private readonly ready: Task[] = []
  private current: Task | null = null
  private turns = 0
  private instantNs = -1
  private wakes = 0
  private goals: OpenGoal[] = []
  private driving = false
  /** Tasks that have started and not ended, in order of starting. */
  readonly tasks = new Set<Task>()
  private ceiling = Infinity
  /** Steps have been taken since pace(): events due at the ceiling itself wait too. */
  private stepping = false
  private steps = 0
  private park: (() => void) | null = null
  /** How often a task has gone on so far. With Simulation.dispatched it names a moment within a nanosecond. */
  resumed = 0

  constructor(readonly simulation: Simulation) {}

  /** The task that runs now, or null while events are handled. */
  get running(): Task | null {
    return this.current
  }

  /** Puts a task at the end of those that are ready, and stops the event loop for it. */
  makeReady(task: Task): void {
    this.ready.push(task)
    this.simulation.stopRequested = true
    this.unpark()
  }

  /** Told by a task that it now waits, or has ended. */
  suspended(task: Task): void {
    if (this.current === task) this.current = null
  }

  /** Told by a task at each system call: it is alive and keeps the rules. */
  systemCall(): void {
    this.turns = 0
  }

  /**
   * Runs processes and events until the goal is reached. Several runs may be open at once; they share one course of
   * time, which never passes the limit of any of them.
   */
  run(goal: Goal): Promise<RunEnd> {
    return new Promise((settle, fail) => {
      this.goals.push({ done: goal.done ?? never, limitNs: goal.limitNs ?? Infinity, settle, fail })
      this.simulation.stopRequested = true
      this.unpark()
      if (this.driving) return
      void this.drive()
    })
  }

  /** Where virtual time stops for now: see pace(). */
  get ceilingNs(): number {
    return this.ceiling
  }

  /**
   * Lets virtual time pass up to `ceilingNs` and no further, whatever runs are open: so a page shows a run at its own
   * pace. The clock stops there until it is raised; Infinity takes the limit away. Below the clock it changes nothing
   * that has happened.
   */
  pace(ceilingNs: number): void {
    this.ceiling = ceilingNs
    this.stepping = false
    this.steps = 0
    this.unpark() // goes on in a later turn
  }

  /** As pace(), for a moment before which nothing is due; what is due at that very moment waits for step(). */
  paceInto(ceilingNs: number): void {
    this.pace(ceilingNs)
    this.stepping = true
  }

  /**
   * Lets `count` events be handled above the ceiling, one by one, and holds the clock at the last of them; what else is
   * due at that very moment waits. 0 takes steps back that were not used.
   */
  step(count: number): void {
    this.steps = count
    this.unpark()
  }

  /** The next moment that an open run waits for, after the present one; Infinity: none. */
  get nextLimitNs(): number {
    let nextNs = Infinity
    for (const { limitNs } of this.goals) if (limitNs > this.simulation.nowNs) nextNs = Math.min(nextNs, limitNs)
    return nextNs
  }

  /** What every waiting process waits for, one a line: for messages about a network that came to rest too early. */
  describeWaiting(): string {
    return [...this.tasks].map((task) => `${task.label}: ${task.waitingFor ?? 'runs'}`).join('\n')
  }

  private async drive(): Promise<void> {
    this.driving = true
    try {
      await turns(CALLER_TURNS)
      while (this.goals.length > 0) {
        await this.runReady()
        let settled = this.settleReached()
        if (!settled && this.ready.length === 0) {
          if (this.atCeiling()) {
            await new Promise<void>((resolve) => { this.park = resolve })
            continue
          }
          settled = this.advance()
        }
        if (!settled) continue
        this.wakes = 0 // what the caller does next is a matter of its own
        await turns(CALLER_TURNS)
      }
    } catch (error) {
      const goals = this.goals
      this.goals = []
      for (const goal of goals) goal.fail(error)
    } finally {
      this.driving = false
    }
  }

  private async runReady(): Promise<void> {
    for (let task = this.ready.shift(); task !== undefined; task = this.ready.shift()) {
      assert(this.current === null, 'one process runs at a time')
      if (this.isStuck()) {
        task.abandon(`was woken more than ${WAKES_PER_INSTANT} times without time passing`)
        continue
      }
      this.current = task
      this.turns = 0
      this.resumed++
      task.resume()
      while (this.current !== null) {
        await null
        if (++this.turns > MICROTASK_TURNS) {
          task.abandon('waits for something that is not a system call')
          this.current = null
        }
      }
    }
  }

  /** Counts a wake-up; true when there were too many at the present moment. */
  private isStuck(): boolean {
    const nowNs = this.simulation.nowNs
    if (nowNs !== this.instantNs) {
      this.instantNs = nowNs
      this.wakes = 0
    }
    return ++this.wakes > WAKES_PER_INSTANT
  }

  /** Handles events up to a wake-up or the nearest limit. Returns whether a goal was settled. */
  private advance(): boolean {
    let limitNs = Infinity
    for (const goal of this.goals) limitNs = Math.min(limitNs, goal.limitNs)
    const idle = limitNs === Infinity && this.simulation.nextEventNs === Infinity
    if (!idle && !this.runTo(limitNs)) return false
    const nowNs = this.simulation.nowNs
    const drained = this.simulation.nextEventNs === Infinity
    return this.settle((goal) => goal.done() ? 'done' : goal.limitNs <= nowNs ? 'limit'
      : drained && goal.limitNs === Infinity ? 'idle' : null)
  }

  /** Whether time may not go on: something is due only above the ceiling, and the clock stands there. */
  private atCeiling(): boolean {
    if (this.ceiling === Infinity || this.steps > 0) return false
    const { nowNs, nextEventNs } = this.simulation
    if (nowNs < this.ceiling || (!this.stepping && nextEventNs <= this.ceiling)) return false
    return this.goals.every((goal) => goal.limitNs > nowNs)
  }

  /** Handles events up to a limit, or the ceiling if that is lower; true when the limit was reached. */
  private runTo(limitNs: number): boolean {
    const { simulation } = this
    if (this.steps === 0 && this.stepping) {
      const toNs = Math.min(limitNs, this.ceiling)
      if (simulation.nextEventNs >= toNs) simulation.moveClock(toNs)
      return limitNs <= simulation.nowNs
    }
    if (this.steps === 0) return simulation.runUntil(Math.min(limitNs, this.ceiling)) && limitNs <= this.ceiling
    if (!this.stepping && !simulation.runUntil(Math.min(limitNs, this.ceiling))) return false
    if (simulation.nextEventNs > limitNs) return simulation.runUntil(limitNs)
    this.steps--
    this.stepping = true
    simulation.runOne()
    this.ceiling = simulation.nowNs
    return false
  }

  private unpark(): void {
    const park = this.park
    this.park = null
    park?.()
  }

  private settleReached(): boolean {
    const nowNs = this.simulation.nowNs
    return this.settle((goal) => goal.done() ? 'done' : goal.limitNs < nowNs ? 'limit' : null)
  }

  private settle(judge: (goal: OpenGoal) => RunEnd | null): boolean {
    const open: OpenGoal[] = []
    let any = false
    for (const goal of this.goals.splice(0)) {
      const end = judge(goal)
      if (end === null) open.push(goal)
      else {
        goal.settle(end)
        any = true
      }
    }
    this.goals = open
    return any
  }
}

function never(): boolean {
  return false
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await null
}
