import type { Host } from '../host/host.ts'
import type { Process } from '../host/process.ts'
import { SIGINT, SIGKILL } from '../host/signals.ts'
import { dropReasonName } from '../wire/drop-reason.ts'
import { countFrames, filterOf } from './captures.ts'
import { judgeFrames, judgeRun } from './expect.ts'
import { DEFAULT_WITHIN_NS, type CaptureCheck, type CheckModel, type RunCheck, type ScriptStep } from './model.ts'
import type { Network } from './network.ts'

/**
 * A run: the lab's script and checks on the lab's clock.
 *
 * Each step and each check happens at its time: after the events of that nanosecond, script before checks, in the order
 * of the file. A command is a process that starts then; it does not hold up what comes after it. The run is over when
 * script and checks are done and their commands have ended, or at `untilNs`. A command that has not ended in its time
 * is sent SIGINT, and SIGKILL a second later.
 */

export interface RunOptions {
  /** Virtual time at which the run ends at the latest; checks that are due later are skipped. */
  readonly untilNs?: number
}

/** What a check came to. */
export interface CheckResult {
  readonly name: string
  readonly kind: 'run' | 'capture'
  readonly on: string
  readonly atNs: number
  /** run: the command. capture: the interface. */
  readonly subject: string
  readonly filter: string
  /** null: skipped, since the run ended before. */
  readonly ok: boolean | null
  /** Why it does not hold; empty if it does. */
  readonly reasons: readonly string[]
  /** Of a command; null: it had not ended in time, or the check is of another kind. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly endedAtNs: number
  /** Of a capture. */
  readonly frames: number | null
  /** "lab.yaml:31". */
  readonly place: string
}

/** What a command of the script came to. */
export interface StepResult {
  readonly on: string
  readonly run: string
  readonly atNs: number
  /** null: it had to be stopped. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly endedAtNs: number
}

export interface Figures {
  /** Frames that interfaces of links sent, and their bytes. */
  readonly frames: number
  readonly bytes: number
  /** Frames that went no further than they should, by DropReason name; only those that happened. */
  readonly drops: Readonly<Record<string, number>>
  /** Events handled. */
  readonly events: number
  readonly nodes: number
  readonly links: number
}

export interface RunReport {
  readonly lab: string
  readonly seed: number
  readonly endedAtNs: number
  readonly steps: readonly StepResult[]
  readonly checks: readonly CheckResult[]
  readonly figures: Figures
  readonly journalHash: string
  /** No check failed. */
  readonly ok: boolean
}

/** Runs the script, and the checks if `checks`: then what still runs at the end is stopped. */
export async function runTimeline(network: Network, seed: number, checks: boolean, untilNs: number):
  Promise<RunReport> {
  const timeline = new Timeline(network, checks)
  if (checks) timelines.set(network, timeline)
  await timeline.run(untilNs)
  if (checks) await timeline.stopAll()
  return timeline.report(seed)
}

/** The latest run of each network with its checks, for those who watch it. */
const timelines = new WeakMap<Network, Timeline>()

/** How many checks of the run have come to something so far; 0 where there is no run. */
export function settledChecks(network: Network): number {
  return timelines.get(network)?.settled ?? 0
}

/** What the checks of the run have come to so far: those that have not are `ok: null`. Empty where there is no run. */
export function checksSoFar(network: Network): readonly CheckResult[] {
  return timelines.get(network)?.soFar() ?? []
}

/** A process that a step or check started, or what came of a line that could not even be started. */
interface Job {
  readonly what: { readonly on: string, readonly run: string, readonly atNs: number }
  readonly process: Process
  /** Time of the next signal: SIGINT, then SIGKILL. */
  deadlineNs: number
  stopped: boolean
}

type Due = { readonly atNs: number } & (
  | { readonly step: ScriptStep }
  | { readonly check: CheckModel, readonly index: number })

class Timeline {
  private readonly network: Network
  /** What is still to be done, the next last. */
  private readonly due: Due[]
  private readonly steps: Job[] = []
  private readonly checkJobs = new Map<number, Job>()
  private readonly counts = new Map<number, number | string>()
  private readonly checks: readonly CheckModel[]

  constructor(network: Network, withChecks: boolean) {
    this.network = network
    this.checks = withChecks ? network.model.checks : []
    const steps: Due[] = network.model.script.map((step) => ({ atNs: step.atNs, step }))
    const checks: Due[] = this.checks.map((check, index) => ({ atNs: check.atNs, check, index }))
    // sort() is stable: what is equal in time stays script before checks, in the order of the file.
    this.due = [...steps, ...checks].sort((a, b) => a.atNs - b.atNs).reverse()
  }

  async run(untilNs: number): Promise<void> {
    const { scheduler } = this.network
    for (;;) {
      const next = this.due.at(-1)?.atNs ?? Infinity
      const live = this.liveJobs()
      if (next === Infinity && live.length === 0 && untilNs === Infinity) return
      const limitNs = Math.min(next, untilNs, ...live.map((job) => job.deadlineNs))
      const done = next === Infinity && untilNs === Infinity ? () => this.liveJobs().length === 0 : undefined
      if (limitNs > this.nowNs || live.length > 0) await scheduler.run({ done, limitNs: Math.max(limitNs, this.nowNs) })
      this.stopOverdue()
      this.doDue(untilNs)
      if (this.nowNs >= untilNs) return
    }
  }

  report(seed: number): RunReport {
    const { model, simulation } = this.network
    const checks = this.checks.map((check, index) => this.resultOf(check, index))
    return {
      lab: model.name, seed, endedAtNs: this.nowNs, steps: this.steps.map(stepResult), checks,
      figures: figuresOf(this.network), journalHash: simulation.journal.hash(),
      ok: checks.every((check) => check.ok !== false),
    }
  }

  get settled(): number {
    let settled = this.counts.size
    for (const { process } of this.checkJobs.values()) if (process.exited) settled++
    return settled
  }

  soFar(): readonly CheckResult[] {
    return this.checks.map((check, index) => {
      const result = this.resultOf(check, index)
      const waits = this.checkJobs.get(index)?.process.exited === false
      return waits ? { ...result, ok: null, reasons: [] } : result
    })
  }

  private get nowNs(): number {
    return this.network.simulation.nowNs
  }

  private liveJobs(): Job[] {
    return [...this.steps, ...this.checkJobs.values()].filter((job) => !job.process.exited)
  }

  private doDue(untilNs: number): void {
    for (let due = this.due.at(-1); due !== undefined && due.atNs <= this.nowNs; due = this.due.at(-1)) {
      if (due.atNs > untilNs) return
      this.due.pop()
      if ('step' in due) this.doStep(due.step)
      else if (due.check.kind === 'run') this.checkJobs.set(due.index, this.start(due.check, due.check.withinNs))
      else this.counts.set(due.index, this.count(due.check))
    }
  }

  private doStep(step: ScriptStep): void {
    if (step.kind === 'run') this.steps.push(this.start(step, DEFAULT_WITHIN_NS))
    else this.network.linkAt(step.link)?.link.step(step)
  }

  private start(what: { on: string, run: string, atNs: number }, withinNs: number): Job {
    const host = this.network.node(what.on)?.host as Host // the model has been resolved: its steps name its nodes
    const deadlineNs = this.nowNs + withinNs
    return { what, process: host.start(what.run), deadlineNs, stopped: false }
  }

  /** How many frames a check finds, or why it can't look. */
  private count(check: CaptureCheck): number | string {
    const node = this.network.node(check.on)
    const device = node?.namespace.ns.deviceByName(check.interface)
    if (!node || !device) return `${check.on} has no interface ${check.interface}`
    const filter = filterOf(check.filter)
    if (typeof filter === 'string') return filter
    return countFrames(this.network.simulation.journal.records, {
      node: node.number, ifindex: device.ifindex, filter, direction: check.direction, fromNs: check.fromNs,
      untilNs: check.atNs,
    })
  }

  private stopOverdue(): void {
    for (const job of this.liveJobs()) if (job.deadlineNs <= this.nowNs) this.stop(job)
  }

  private stop(job: Job): void {
    job.process.host.signalGroup(job.process.group, job.stopped ? SIGKILL : SIGINT)
    job.stopped = true
    job.deadlineNs = this.nowNs + 1e9
  }

  /** Ends what still runs when the run is over. */
  async stopAll(): Promise<void> {
    for (let signals = 0; signals < 2; signals++) {
      for (const job of this.liveJobs()) this.stop(job)
      await this.network.scheduler.run({ limitNs: this.nowNs })
    }
  }

  private resultOf(check: CheckModel, index: number): CheckResult {
    const { name, on, atNs, place } = check
    const common = { name, on, atNs, place: place.line > 0 ? `${place.file}:${place.line}` : place.file }
    return check.kind === 'run' ? { ...common, ...this.runResult(check, index) }
      : { ...common, ...this.captureResult(check, index) }
  }

  private runResult(check: RunCheck, index: number): Omit<CheckResult, 'name' | 'on' | 'atNs' | 'place'> {
    const job = this.checkJobs.get(index)
    const common = { kind: 'run' as const, subject: check.run, filter: '', frames: null }
    if (!job) return { ...common, ok: null, reasons: [], status: null, stdout: '', stderr: '', endedAtNs: this.nowNs }
    const { status, stdout, stderr, endedAtNs } = stepResult(job)
    const reasons = judgeRun(check.expect, { status, stdout, stderr })
    return { ...common, ok: reasons.length === 0, reasons, status, stdout, stderr, endedAtNs }
  }

  private captureResult(check: CaptureCheck, index: number): Omit<CheckResult, 'name' | 'on' | 'atNs' | 'place'> {
    const count = this.counts.get(index)
    const frames = typeof count === 'number' ? count : null
    const reasons = typeof count === 'string' ? [count] : frames === null ? [] : judgeFrames(check.expect, frames)
    return {
      kind: 'capture', subject: check.interface, filter: check.filter,
      ok: count === undefined ? null : reasons.length === 0, reasons, status: null, stdout: '', stderr: '',
      endedAtNs: check.atNs, frames,
    }
  }
}

function stepResult({ what: { on, run, atNs }, process, stopped }: Job): StepResult {
  return {
    on, run, atNs, status: stopped || !process.exited ? null : process.status, stdout: process.output.text(1),
    stderr: process.output.text(2), endedAtNs: process.endedAtNs,
  }
}

/** What a network has done so far, in numbers. */
export function figuresOf(network: Network): Figures {
  let frames = 0
  let bytes = 0
  for (const { link } of network.links) {
    for (const device of [link.deviceA, link.deviceB]) {
      frames += device.counters.txPackets
      bytes += device.counters.txBytes
    }
  }
  const drops: Record<string, number> = {}
  for (const [reason, count] of network.pool.dropped.entries()) if (count > 0) drops[dropReasonName(reason)] = count
  return {
    frames, bytes, drops, events: network.simulation.dispatched, nodes: network.nodes.length,
    links: network.links.length,
  }
}
