import { LabError } from '../../src/lab/errors.ts'
import type { LabModel } from '../../src/lab/model.ts'
import { checksSoFar, figuresOf, type RunReport, settledChecks } from '../../src/lab/run.ts'
import type {
  Answer, BranchList, CallKind, Calls, Clock, Event, LabSource, OpenedLab, Order, Request,
} from '../messages.ts'
import { compare } from './compare.ts'
import { Consoles } from './consoles.ts'
import { frameCounts } from './figures.ts'
import { FlightReader } from './flights.ts'
import { LinkReader, linkStates } from './links.ts'
import { MarkReader } from './marks.ts'
import { need, type Part, partToOpen, partToRun } from './programs.ts'
import { Run } from './run.ts'
import { tablesOf } from './tables.ts'
import { SLICE_MS, Timekeeper } from './timekeeper.ts'

/**
 * What the page talks to: one open lab, its branches, and the clock that moves it. It runs in a worker, and in Node for
 * the tests: the world outside is the two functions of Surroundings.
 *
 *     timekeeper.ts   how fast time passes              run.ts        a lab that can be taken back
 *     flights.ts      frames on cables                  tables.ts     a node's live tables
 *     consoles.ts     terminals                         captures.ts   frames, filters, layers
 *     journeys.ts     why, and the journey of a packet  marks.ts      what the timeline shows
 *     programs.ts     programs, loaded in two parts
 *
 * Requests are handled one after the other, and never while time passes: `queue` is the one line in which everything
 * that touches the lab stands. What not every lab needs at once (programs, the reader of lab files, captures, journeys)
 * is loaded when it is needed; that takes real time only.
 */
export interface Surroundings {
  /** Real time, ms. */
  now(): number
  /** Calls back after `ms`; 0: as soon as messages that wait have been taken in. */
  later(run: () => void, ms: number): void
  tell(message: Answer | Event, transfer?: ArrayBuffer[]): void
}

interface Branch {
  readonly branch: number
  readonly name: string
  readonly forkedFrom: number | null
  readonly forkedAtNs: number
  source: LabSource
  endNs: number
}

/** Real time that one slice of work may take before messages are looked at, ms. */
const WORK_MS = 12
/** The longest leap of virtual time in one slice at full speed: a quiet lab's timers need no more. */
const LONGEST_LEAP_NS = 10e9
/** How often the moment from which the engine could start again is noted while time passes, ms. */
const SAFE_MS = 1000

export class Session {
  private run: Run | null = null
  private source: LabSource = { fileName: 'lab.yaml', text: '' }
  private flights: FlightReader | null = null
  private marks: MarkReader | null = null
  private links: LinkReader | null = null
  private consoles: Consoles | null = null
  private readonly timekeeper = new Timekeeper()
  private branches: Branch[] = []
  private openBranch = 0
  private nextBranch = 1
  private watched: string | null = null
  /** What the open lab needs to go on. */
  private part: Part = 'none'
  /** How many checks had come to something when they were last told. */
  private toldChecks = -1
  /** The journal's when the script was through; '' before. */
  private runHash = ''
  private queue: Promise<void> = Promise.resolve()
  private pumping = false
  private leapNs = 1e6
  /** Where the run stood when all was well, for the button that restarts after a failure. */
  private safe: LabSource | null = null
  private safeMs = -Infinity

  constructor(private readonly world: Surroundings) {}

  /** Takes a request in; its answer, if it has one, is told. */
  receive(request: Request): void {
    this.enqueue(async () => {
      if (!('call' in request)) {
        await this.order(request)
        return
      }
      try {
        const value = await this.answer(request.call, request.argument)
        this.world.tell({ kind: 'answer', id: request.id, value }, buffersOf(request.call, value))
      } catch (error) {
        const issues = error instanceof LabError ? error.issues : []
        const message = error instanceof Error ? error.message : String(error)
        this.world.tell({ kind: 'refusal', id: request.id, message, issues })
      }
    })
  }

  /** Settles when all that was received has been done. */
  idle(): Promise<void> {
    return this.queue
  }

  private enqueue(work: () => Promise<void>): void {
    this.queue = this.queue.then(work).catch((error: unknown) => {
      const reason = error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error)
      this.timekeeper.stop()
      this.world.tell({ kind: 'crashed', reason, source: this.safe })
    })
  }

  // ---- requests ----

  private async answer(call: CallKind, argument: unknown): Promise<unknown> {
    await need(this.partFor(call))
    const captures = () => import('./captures.ts')
    const journeys = () => import('./journeys.ts')
    const calls: { readonly [Kind in CallKind]: (argument: Calls[Kind][0]) => Promise<Calls[Kind][1]> } = {
      open: ({ source, model }) => this.open(source, null, model),
      seek: ({ atNs }) => this.seek(atNs),
      fork: ({ name }) => this.fork(name),
      switchBranch: ({ branch }) => this.switchBranch(branch),
      compareBranches: ({ a, b }) => compare(this.need().model, this.branchSource(a), this.branchSource(b)),
      openConsole: ({ node, columns, rows }) => this.changing(() => this.needConsoles().open(node, columns, rows)),
      why: async ({ from, to }) => (await journeys()).ask(this.need().lab, from, to),
      journey: async ({ trace }) => (await journeys()).journeyOf(this.need().lab, trace),
      applyFixes: async ({ fixes }) => {
        const { applyFixes } = await journeys()
        await this.changing(() => applyFixes(this.need().lab, fixes))
        return this.clock()
      },
      capture: async (query) => (await captures()).captured(this.need().lab, query),
      dissect: async ({ sequence }) => (await captures()).dissected(this.need().lab, sequence),
      pcapng: async () => ({ bytes: this.need().lab.pcapng() }),
      figures: async (query) => frameCounts(this.need().lab, query),
      share: async () => ({ source: this.shared(), hash: this.need().lab.hash() }),
      check: ({ fileName, text }) => checked(fileName, text),
      readCapture: async ({ fileName, bytes }) => (await captures()).capturedFile(fileName, bytes),
      dissectBytes: async ({ bytes, linkType }) => (await captures()).dissectedBytes(bytes, linkType),
    }
    const answer = calls[call] as (argument: unknown) => Promise<unknown> // the call names its argument's type
    return answer(argument)
  }

  /** Which programs a request may start. What only looks starts none; what a person does may start any. */
  private partFor(what: CallKind | Order['kind']): Part {
    switch (what) {
      case 'open': case 'check': case 'journey': case 'capture': case 'dissect': case 'pcapng': case 'share':
      case 'readCapture': case 'dissectBytes': case 'figures': case 'pause': case 'watch': case 'prepare': return 'none'
      case 'play': case 'step': case 'seek': case 'fork': return this.part
      default: return 'all'
    }
  }

  private async order(order: Order): Promise<void> {
    const { run } = this
    if (order.kind === 'prepare') void need('core').then(() => need('all')).catch(() => undefined) // told when needed
    if (run === null) return
    await need(this.partFor(order.kind))
    switch (order.kind) {
      case 'play': return this.play(order.rate)
      case 'pause': return this.pause()
      case 'step': return this.step(order.count)
      case 'typed': return this.changing(() => this.needConsoles().type(order.console, order.text))
      case 'resizeConsole':
        return this.changing(() => this.needConsoles().resize(order.console, order.columns, order.rows))
      case 'closeConsole': return this.changing(() => this.needConsoles().close(order.console))
      case 'setLink': return this.changing(() => run.lab.link(order.end).set(order.set, order.direction))
      case 'watch':
        this.watched = order.node
        this.tellTables()
    }
  }

  // ---- opening, branches ----

  private async open(source: LabSource, asBranch: number | null, known?: LabModel): Promise<OpenedLab> {
    const model = known ?? await read(source)
    await need(partToOpen(model, source.log))
    const run = await Run.open(model, { seed: source.seed, log: source.log, atNs: source.atNs, moment: source.moment })
    this.timekeeper.stop()
    this.source = source
    this.part = partToRun(model, source.log)
    if (asBranch === null) {
      this.branches = [{ branch: 0, name: '', forkedFrom: null, forkedAtNs: 0, source, endNs: run.endNs }]
      this.openBranch = 0
      this.nextBranch = 1
    } else this.openBranch = asBranch
    this.use(run)
    return this.opened(run)
  }

  private opened(run: Run): OpenedLab {
    return {
      model: run.model, source: this.shared(), clock: this.clock(), branches: this.branchList(),
      marks: this.marks?.all() ?? [], links: linkStates(run.lab),
      ends: run.lab.network.nodes.flatMap((node) =>
        node.namespace.ns.devices.map((device) => `${node.model.name}:${device.name}`)),
    }
  }

  /** Makes `run` the open one. */
  private use(run: Run): void {
    this.run = run
    this.flights = new FlightReader(run.lab)
    this.marks = new MarkReader(run.lab)
    this.links = new LinkReader(run.lab)
    this.consoles = new Consoles(run.lab, (event) => this.world.tell(event))
    run.onReport = (report) => { if (run === this.run) this.tellReport(report) }
    this.toldChecks = -1
    this.runHash = run.report?.journalHash ?? ''
    this.tellChecks()
    this.safeMs = -Infinity
    this.noteSafe()
  }

  private async seek(atNs: number): Promise<Clock> {
    const before = this.need()
    this.timekeeper.stop()
    const log = before.log()
    const run = await Run.open(before.model, { log, atNs: Math.max(0, atNs) })
    this.use(run)
    this.tellAll()
    return this.clock()
  }

  private async fork(name: string): Promise<BranchList> {
    const run = this.need()
    this.keepBranch()
    const { branch: forkedFrom } = this.branches[this.openIndex()]
    run.forget()
    const branch = this.nextBranch++
    this.branches.push({
      branch, name, forkedFrom, forkedAtNs: run.nowNs, source: this.shared(), endNs: run.endNs,
    })
    this.openBranch = branch
    this.tellClock()
    return this.branchList()
  }

  private async switchBranch(branch: number): Promise<OpenedLab> {
    this.keepBranch()
    return this.open(this.branchSource(branch), branch, this.need().model)
  }

  private keepBranch(): void {
    const kept = this.branches[this.openIndex()]
    kept.source = this.shared()
    kept.endNs = this.need().endNs
  }

  private openIndex(): number {
    return this.branches.findIndex(({ branch }) => branch === this.openBranch)
  }

  private branchSource(branch: number): LabSource {
    if (branch === this.openBranch) return this.shared()
    const found = this.branches.find((one) => one.branch === branch)
    if (found === undefined) throw new Error(`there is no branch ${branch}`)
    return found.source
  }

  private branchList(): BranchList {
    const branches = this.branches.map(({ branch, name, forkedFrom, forkedAtNs, endNs }) => ({
      branch, name, forkedFrom, forkedAtNs, endNs: branch === this.openBranch ? this.run?.endNs ?? endNs : endNs,
    }))
    return { open: this.openBranch, branches }
  }

  /** The whole run, its future too, standing at the present moment. */
  private shared(): LabSource {
    const { run } = this
    if (run === null) return this.source
    const { fileName, text } = this.source
    return { fileName, text, seed: run.lab.seed, log: run.log(), atNs: run.nowNs, moment: run.lab.moment() }
  }

  // ---- what a person does ----

  /**
   * Does something to the lab. A person who acts in the past gives the rest of that run up: it is kept as a branch
   * first, so that nothing is lost.
   */
  private async changing<T>(act: () => T | Promise<T>): Promise<T> {
    const run = this.need()
    if (run.hasFuture) {
      await this.fork('')
      this.world.tell({ kind: 'branches', list: this.branchList() })
    }
    this.part = 'all'
    const result = await act()
    await run.settle()
    this.safeMs = -Infinity
    this.tellProgress()
    return result
  }

  // ---- time ----

  private play(rate: number): void {
    this.timekeeper.start(this.world.now(), rate)
    this.leapNs = 1e6
    this.tellClock()
    this.pump()
  }

  private pause(): void {
    this.timekeeper.stop()
    this.tellAll()
  }

  private async step(count: number): Promise<void> {
    const run = this.need()
    this.timekeeper.stop()
    for (let moved = 0; moved < count;) {
      if (run.nextHappeningNs === Infinity) break
      await run.step(Infinity)
      const flown = this.tellFlights()
      moved += flown > 0 ? 1 : 0
    }
    this.tellAll()
  }

  /** Keeps time moving while it plays: a slice of work, then whatever messages have come, then the next. */
  private pump(): void {
    if (this.pumping) return
    this.pumping = true
    this.world.later(() => {
      this.enqueue(async () => {
        this.pumping = false
        if (!this.timekeeper.playing || this.run === null) return
        const full = this.timekeeper.rate === Infinity
        await (full ? this.leap(this.run) : this.slice(this.run))
        this.tellProgress()
        if (this.timekeeper.playing) this.pump()
      })
    }, this.timekeeper.rate === Infinity ? 0 : SLICE_MS)
  }

  /** Lets as much time pass as the pace allows; stops early at a frame that is to be watched. */
  private async slice(run: Run): Promise<void> {
    const startMs = this.world.now()
    const watching = this.timekeeper.watches(run.nowNs)
    if (watching && this.timekeeper.holds(startMs)) return
    const targetNs = run.nowNs + Math.floor(this.timekeeper.allowance(startMs))
    if (!watching) {
      await run.advance(targetNs)
      this.tellFlights()
      return
    }
    while (run.nextHappeningNs <= targetNs) {
      await run.step(targetNs)
      if (this.tellFlights() > 0 && this.timekeeper.holds(this.world.now())) return
      if (this.world.now() > startMs + WORK_MS) return
    }
    await run.advance(targetNs)
    this.tellFlights()
  }

  /** As fast as it goes: leaps that take about WORK_MS each. Stops when nothing is left that could happen. */
  private async leap(run: Run): Promise<void> {
    const startMs = this.world.now()
    if (run.nextHappeningNs === Infinity) {
      this.pause()
      return
    }
    await run.advance(run.nowNs + Math.round(this.leapNs))
    this.tellFlights()
    const tookMs = Math.max(0.1, this.world.now() - startMs)
    this.leapNs = Math.min(LONGEST_LEAP_NS, Math.max(1e3, this.leapNs * Math.min(2, WORK_MS / tookMs)))
  }

  // ---- telling ----

  private clock(): Clock {
    const run = this.need()
    const { playing, rate } = this.timekeeper
    return {
      nowNs: run.nowNs, endNs: run.endNs, playing, rate, events: run.lab.simulation.dispatched,
      hash: playing ? '' : run.lab.hash(),
    }
  }

  /** Tells which frames set out, and how long they take on the screen; returns how many. */
  private tellFlights(): number {
    const taken = this.flights?.take()
    if (taken === undefined || taken.count === 0) return 0
    const { nowNs } = this.need()
    const dwellMs = this.timekeeper.dwell(taken.count, this.world.now(), nowNs)
    const { buffer, count } = taken
    // Words are for frames that can be read beside: making them takes longer than all else.
    const labels = !this.timekeeper.playing || this.timekeeper.watches(nowNs) ? taken.labels() : []
    this.world.tell({ kind: 'flights', buffer, count, dwellMs, labels }, [buffer])
    return count
  }

  private tellClock(): void {
    this.world.tell({ kind: 'clock', clock: this.clock() })
  }

  private tellProgress(): void {
    this.noteSafe()
    this.tellFlights()
    this.tellClock()
    this.consoles?.tell()
    const marks = this.marks?.take() ?? []
    if (marks.length > 0) this.world.tell({ kind: 'marks', marks })
    const links = this.links?.take() ?? null
    if (links !== null) this.world.tell({ kind: 'links', links })
    this.tellTables()
    this.tellChecks()
  }

  /** All is well: notes where, now and then while time passes. */
  private noteSafe(): void {
    const nowMs = this.world.now()
    if (this.timekeeper.playing && nowMs < this.safeMs + SAFE_MS) return
    this.safeMs = nowMs
    this.safe = this.shared()
  }

  private tellAll(): void {
    this.world.tell({ kind: 'branches', list: this.branchList() })
    this.consoles?.tellAll()
    this.tellProgress()
  }

  private tellTables(): void {
    const { run, watched } = this
    if (run === null || watched === null) return
    this.world.tell({ kind: 'tables', node: watched, tables: tablesOf(run.lab, watched) })
  }

  /** Tells what the checks have come to, when one more has. */
  private tellChecks(): void {
    const { network } = this.need().lab
    const settled = settledChecks(network)
    if (settled === this.toldChecks) return
    this.toldChecks = settled
    this.world.tell({ kind: 'checks', checks: checksSoFar(network), figures: figuresOf(network), hash: this.runHash })
  }

  private tellReport(report: RunReport): void {
    this.runHash = report.journalHash
    this.world.tell({ kind: 'checks', checks: report.checks, figures: report.figures, hash: report.journalHash })
  }

  private need(): Run {
    if (this.run === null) throw new Error('no lab is open')
    return this.run
  }

  private needConsoles(): Consoles {
    if (this.consoles === null) throw new Error('no lab is open')
    return this.consoles
  }
}

/** What of an answer is handed over instead of copied. */
function buffersOf(call: CallKind, value: unknown): ArrayBuffer[] {
  if (call !== 'figures') return []
  const { series } = value as Calls['figures'][1] // the call names its answer's type
  return series.flatMap(({ frames, bytes }) => [frames.buffer as ArrayBuffer, bytes.buffer as ArrayBuffer])
}

async function read({ text, fileName }: LabSource): Promise<LabModel> {
  const { parseLab } = await import('../../src/lab/parse-yaml.ts')
  return parseLab(text, fileName)
}

async function checked(fileName: string, text: string): Promise<Calls['check'][1]> {
  try {
    return { issues: [], model: await read({ fileName, text }) }
  } catch (error) {
    if (error instanceof LabError) return { issues: error.issues, model: null }
    throw error
  }
}
