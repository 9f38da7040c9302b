import type { Input, InputLog, Moment } from '../../src/lab/inputs.ts'
import { Lab } from '../../src/lab/lab.ts'
import type { LabModel } from '../../src/lab/model.ts'
import type { RunReport } from '../../src/lab/run.ts'
import { PROGRAMS_SO_FAR } from './programs.ts'

/**
 * One run of a lab that can be taken back: a Lab that stands at some moment, and what was done to it after that moment
 * in the same run, the future. Going back is replaying up to there; played on, the future happens again at its very
 * moments. Whoever does something new gives the future up (Session keeps it as a branch).
 */
export interface OpenOptions {
  readonly seed?: number
  readonly log?: InputLog
  readonly atNs?: number
  readonly moment?: Moment
}

export class Run {
  lab: Lab
  /** Inputs of this run that lie after the lab's present moment, in order. */
  private future: Input[] = []
  /** The latest moment that was reached. */
  private furthest: Moment
  /** What the lab's script and checks came to, when they are through. */
  report: RunReport | null = null
  /** Told then. */
  onReport: ((report: RunReport) => void) | null = null

  private constructor(lab: Lab, readonly model: LabModel) {
    this.lab = lab
    this.furthest = lab.moment()
  }

  /**
   * Opens a lab; with a log, does again what it says, up to `moment`, else `atNs` (default its end). Without one, the
   * lab's script and checks begin.
   */
  static async open(model: LabModel, options: OpenOptions): Promise<Run> {
    const { log, atNs, moment } = options
    const lab = await Lab.fromModel(model, {
      seed: log?.seed ?? options.seed, tracing: true, programs: PROGRAMS_SO_FAR,
    })
    const run = new Run(lab, model)
    if (log === undefined) {
      run.hold()
      run.begin()
    } else {
      run.future = [...log.inputs]
      run.furthest = log.end
      if (moment !== undefined) {
        await run.reach(moment)
        return run
      }
      if (atNs !== undefined && atNs <= 0) await run.restart()
      else if (atNs === undefined || atNs >= log.end.atNs) {
        await run.redoUntil(Infinity)
        await lab.reach(log.end)
        run.hold()
      } else await run.advance(atNs)
    }
    if (atNs !== undefined && atNs > 0) await run.advance(atNs)
    return run
  }

  get nowNs(): number {
    return this.lab.now
  }

  /** The end of the timeline. */
  get endNs(): number {
    return Math.max(this.furthest.atNs, this.lab.now)
  }

  get hasFuture(): boolean {
    return this.future.length > 0
  }

  /** All that was done in this run, also after the present moment. */
  log(): InputLog {
    const { seed, inputs, end } = this.lab.log()
    const ahead = end.atNs >= this.furthest.atNs && this.future.length === 0
    return { seed, inputs: [...inputs, ...this.future], end: ahead ? end : this.furthest }
  }

  /** What was done up to now, and no more. */
  past(): InputLog {
    return this.lab.log()
  }

  /** Gives the future up: something else is going to happen. */
  forget(): void {
    this.future = []
    this.furthest = this.lab.moment()
  }

  /** The very start: the lab's script has begun, and nobody has done anything yet, also not at this moment. */
  private async restart(): Promise<void> {
    if (this.future[0]?.kind === 'script') await this.redoUntil(0, 1)
    this.hold()
    this.touch()
  }

  /** Lets time pass up to `atNs`, and does again what the future has for it. */
  async advance(atNs: number): Promise<void> {
    this.lab.network.scheduler.pace(Math.max(atNs, this.lab.now))
    await this.redoUntil(atNs)
    if (atNs > this.lab.now) await this.lab.runUntil(atNs)
    this.hold()
    this.touch()
  }

  /**
   * Handles one event, and what processes do because of it, if one is due up to `limitNs`. Nothing else happens then
   * until the next step or advance.
   */
  async step(limitNs: number): Promise<void> {
    const { simulation, scheduler } = this.lab.network
    const nextNs = Math.min(limitNs, simulation.nextEventNs)
    if (this.nextInputNs < Infinity && this.nextInputNs <= Math.min(nextNs, scheduler.nextLimitNs)) {
      await this.redoUntil(this.nextInputNs)
      scheduler.paceInto(this.lab.now)
    } else if (scheduler.nextLimitNs < nextNs) {
      const atNs = scheduler.nextLimitNs
      scheduler.paceInto(atNs)
      await scheduler.run({ limitNs: atNs })
      await scheduler.run({ limitNs: atNs }) // what that run's caller started, up to where it waits
    } else {
      const before = simulation.dispatched
      scheduler.step(1)
      await scheduler.run({ done: () => simulation.dispatched > before, limitNs })
      scheduler.step(0)
    }
    this.touch()
  }

  /** Stands where another run of the same lab and log stood, to the event. */
  private async reach(moment: Moment): Promise<void> {
    const isBefore = (input: Input | undefined): input is Input =>
      input !== undefined && input.event <= moment.event && input.turn <= moment.turn && input.atNs <= moment.atNs
    while (isBefore(this.future[0])) await this.redoUntil(this.future[0].atNs, 1)
    await this.lab.reach(moment)
    this.lab.network.scheduler.paceInto(this.lab.now)
    this.touch()
  }

  /** Keeps time from passing, whatever the lab has open. */
  private hold(): void {
    this.lab.network.scheduler.pace(this.lab.now)
  }

  /** Notes how far the run has come. */
  touch(): void {
    const moment = this.lab.moment()
    if (moment.atNs > this.furthest.atNs) this.furthest = moment
  }

  /** When the next thing happens: an event, a step of the script, an input of the future; Infinity: never. */
  get nextHappeningNs(): number {
    const { simulation, scheduler } = this.lab.network
    return Math.min(this.nextInputNs, simulation.nextEventNs, scheduler.nextLimitNs)
  }

  /** Lets processes that something woke run until they wait, at this moment. */
  async settle(): Promise<void> {
    await this.lab.network.scheduler.run({ limitNs: this.lab.now })
    this.touch()
  }

  private get nextInputNs(): number {
    return this.future[0]?.atNs ?? Infinity
  }

  private async redoUntil(atNs: number, most = Infinity): Promise<void> {
    for (let done = 0; done < most && this.nextInputNs <= atNs; done++) {
      const input = this.future.shift()
      if (input === undefined) return
      const { result } = await this.lab.redo(input)
      if (input.kind === 'script') this.watch(result as Promise<RunReport>) // what a script comes to
    }
  }

  private begin(): void {
    this.watch(this.lab.run())
  }

  private watch(report: Promise<RunReport>): void {
    void report.then((done) => {
      this.report = done
      this.onReport?.(done)
    })
  }
}
