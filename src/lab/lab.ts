import { viewOf } from '../base/hex.ts'
import { encodeUtf8 } from '../base/utf8.ts'
import type { Link } from '../device/link.ts'
import { JournalKind } from '../engine/journal-record.ts'
import type { Simulation } from '../engine/simulation.ts'
import { EXEC_LIMIT_NS, type ExecResult, type Host, type ProgramRegistry } from '../host/host.ts'
import type { OutputChunk } from '../host/output.ts'
import { SIGKILL } from '../host/signals.ts'
import type { InetStack } from '../inet/inet-stack.ts'
import { captureAll, type InterfaceCapture, toPcapng } from './captures.ts'
import { type ConsoleOptions, LabConsole } from './console.ts'
import type { LabBuilder } from './define.ts'
import { LabError } from './errors.ts'
import type { Action, Fault, Input, InputLog, Moment } from './inputs.ts'
import type { LabModel, NodeKind, NodeModel } from './model.ts'
import { BOTH, type Directions, type Network, type NetworkLink, type NetworkNode } from './network.ts'
import { realise } from './realise.ts'
import { impairmentsOf } from './resolve-links.ts'
import { type RunOptions, type RunReport, runTimeline } from './run.ts'
import type { LinkChange } from './schema.ts'
import { nearest, orList } from './suggest.ts'
import { type Span, spanNs } from './span.ts'
import { show } from './units.ts'
import { parseQuestion } from './why/question.ts'
import type { Journey } from './why/why.ts'

/**
 * A lab that runs: what scripts, tests, the command line and the page hold in their hands.
 *
 *     const lab = await Lab.fromText(text, 'lab.yaml')
 *     const { stdout } = await lab.node('alice').exec('ping -c 1 192.168.1.3')
 *     lab.link('alice:eth1').set({ loss: '20%' })
 *     await lab.runFor('30s')
 *
 * Virtual time moves only inside exec(), runFor(), runUntil() and run(). Whatever is done to the lab from outside is an
 * input with its moment in `log()`, and Lab.replay() does it again to the same hash.
 *
 * What only some labs need (the reader of lab files, the programs, `why`) is imported when it is first needed, so that a
 * page can show a lab before all of it has come.
 */

/** A moment that is not reached by then is not of this lab (reach()). */
const REACH_TRIES = 16

export interface LabOptions {
  /** Instead of the lab's own. */
  readonly seed?: number
  /** Whether frames are kept, for capture() and pcapng(); default true. Checks that count frames need it. */
  readonly captures?: boolean
  /** Whether decisions are kept, for `why`; default false. */
  readonly tracing?: boolean
  /** What can be run on the nodes; default all programs that Netarium has. */
  readonly programs?: ProgramRegistry
}

export interface NodeExecOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Name of a network namespace of the node. */
  readonly namespace?: string
  /** Virtual time after which the command is interrupted, as by Ctrl-C; default a day. */
  readonly timeout?: Span
  /** Told of output as it is written. */
  readonly onOutput?: (chunk: OutputChunk) => void
}

/** A node of a running lab. */
export class LabNode {
  readonly name: string
  readonly kind: NodeKind
  /** Its number: its place in the order of names. */
  readonly number: number
  readonly model: NodeModel
  readonly host: Host
  readonly stack: InetStack

  constructor(private readonly lab: Lab, node: NetworkNode) {
    this.name = node.model.name
    this.kind = node.model.kind
    this.number = node.number
    this.model = node.model
    this.host = node.host
    this.stack = node.namespace.stack
  }

  /** Runs a command line, in virtual time, to its end. */
  exec(command: string, options: NodeExecOptions = {}): Promise<ExecResult> {
    const { timeout, onOutput, ...rest } = options
    const timeoutNs = timeout === undefined ? undefined : spanNs(timeout, 'timeout')
    return this.lab.exec({ kind: 'exec', node: this.name, command, ...rest, timeoutNs }, onOutput)
  }

  /** Opens a console on it, with an interactive shell. */
  console(options: ConsoleOptions = {}): LabConsole {
    const { columns = 80, rows = 24, command = ['bash'] } = options
    return this.lab.openConsole({ kind: 'console', node: this.name, columns, rows, command })
  }
}

/** A cable of a running lab, or one end of it. */
export class LabLink {
  /** "alice:eth1". */
  readonly name: string
  readonly ends: readonly [{ readonly node: string, readonly interface: string },
    { readonly node: string, readonly interface: string }]
  readonly link: Link

  constructor(private readonly lab: Lab, readonly wire: NetworkLink, end: 0 | 1) {
    this.ends = wire.model.endpoints
    this.name = `${this.ends[end].node}:${this.ends[end].interface}`
    this.link = wire.link
  }

  /** Whether the cable is whole. */
  get up(): boolean {
    return this.link.up
  }

  /**
   * Changes the link from now on, in the words of a lab file: delay, jitter, bandwidth, loss, duplicate, reorder,
   * corrupt, queue, state. direction: as this end sees it. Throws LabError.
   */
  set(change: LinkChange, direction: 'both' | 'out' | 'in' = 'both'): void {
    this.lab.setLink(this.name, change, direction)
  }
}

export class Lab {
  readonly model: LabModel
  readonly seed: number
  readonly network: Network
  private readonly captures: boolean
  private readonly inputs: Input[] = []
  /** In the order of being opened. */
  readonly consoles: LabConsole[] = []
  /** Made when first asked for. */
  private readonly handles = new Map<string, LabNode>()

  private constructor(network: Network, seed: number, captures: boolean) {
    this.network = network
    this.model = network.model
    this.seed = seed
    this.captures = captures
  }

  /**
   * Reads a lab file, or a bundled lab by its name, and starts it. Throws LabError; where there is no file system (in a
   * browser) too: use fromText there.
   */
  static async load(lab: string, options: LabOptions = {}): Promise<Lab> {
    if (Lab.readModel === null) throw new Error('there are no files here: use Lab.fromText')
    return Lab.fromModel(Lab.readModel(lab), options)
  }

  /** How load() reads a lab; node/ fills it. */
  static readModel: ((lab: string) => LabModel) | null = null

  /** Reads the text of a lab file and starts it. Throws LabError. */
  static async fromText(text: string, file: string, options: LabOptions = {}): Promise<Lab> {
    const { parseLab } = await import('./parse-yaml.ts')
    return Lab.fromModel(parseLab(text, file), options)
  }

  /** Defines a lab in TypeScript and starts it. Throws LabError. */
  static async define(name: string, define: (d: LabBuilder) => void, options: LabOptions = {}): Promise<Lab> {
    const { defineLab } = await import('./define.ts')
    return Lab.fromModel(defineLab(name, define), options)
  }

  /** Starts a lab. Throws LabError with what the machines refuse. */
  static async fromModel(model: LabModel, options: LabOptions = {}): Promise<Lab> {
    const { seed = model.seed, captures = true, tracing = false } = options
    Lab.checkLinkChange ??= (await import('./link-change.ts')).checkLinkChange
    const programs = await withShell(options.programs ?? (await import('../programs/registry.ts')).PROGRAMS)
    const network = await realise(model, { seed, programs, keeping: captures, tracing })
    return new Lab(network, seed, captures)
  }

  /** What setLink() makes sure of: throws LabError. Loaded with the first lab; a page fills it in its own time. */
  static checkLinkChange: ((set: LinkChange, call: string) => void) | null = null

  /** Starts a lab and does again what was done to it, each thing at its moment, up to the moment of the log. */
  static async replay(model: LabModel, log: InputLog, options: Omit<LabOptions, 'seed'> = {}): Promise<Lab> {
    const lab = await Lab.fromModel(model, { ...options, seed: log.seed })
    const open: Promise<unknown>[] = []
    for (const input of log.inputs) open.push((await lab.redo(input)).result)
    await lab.reach(log.end)
    void Promise.allSettled(open) // what still runs at the end goes on when time does
    return lab
  }

  /** Lets time pass up to an input of another run of the same lab, and does it again. `result`: what came of it. */
  async redo(input: Input): Promise<{ readonly result: Promise<unknown> }> {
    await this.reach(input)
    const { atNs: _at, event: _event, turn: _turn, ...action } = input
    this.note(action)
    return { result: Promise.resolve(this.take(action)) }
  }

  /**
   * Lets time pass up to a moment that was reached in another run of the same lab. The events of its last nanosecond
   * are handled one by one: who steps through a run acts between two of them.
   */
  async reach({ atNs, event, turn }: Moment): Promise<void> {
    const { simulation, scheduler } = this.network
    const done = (): boolean =>
      simulation.nowNs >= atNs && simulation.dispatched >= event && scheduler.resumed >= turn
    if (done()) return
    const { ceilingNs } = scheduler
    if (simulation.nowNs < atNs - 1) {
      scheduler.pace(atNs - 1)
      await scheduler.run({ limitNs: atNs - 1 })
    }
    scheduler.paceInto(atNs)
    scheduler.step(Math.max(0, event - simulation.dispatched))
    // A run that ends at this moment, such as the script's wait, lets its caller start what then runs here.
    for (let tries = 0; !done() && tries < REACH_TRIES; tries++) await scheduler.run({ done, limitNs: atNs })
    scheduler.pace(ceilingNs)
  }

  get simulation(): Simulation {
    return this.network.simulation
  }

  /** Virtual time, ns from the start. */
  get now(): number {
    return this.simulation.nowNs
  }

  /** In the order of their numbers. */
  get nodeNames(): string[] {
    return this.network.nodes.map((node) => node.model.name)
  }

  /** In the order of the file. */
  get links(): LabLink[] {
    return this.network.links.map((link) => new LabLink(this, link, 0))
  }

  /** Throws LabError if there is no such node. */
  node(name: string): LabNode {
    const known = this.handles.get(name)
    if (known !== undefined) return known
    const node = this.network.node(name)
    if (node === null) throw this.error(`lab.node(${show(name)})`, `no node is called ${show(name)}`,
      suggestion(name, this.nodeNames))
    const handle = new LabNode(this, node)
    this.handles.set(name, handle)
    return handle
  }

  /** The link with this end ("bob:eth1"). Throws LabError if there is none. */
  link(end: string): LabLink {
    const found = this.network.linkAt(end)
    if (found !== null) return new LabLink(this, found.link, found.end)
    const ends = this.model.links.flatMap((link) => link.endpoints.map((one) => `${one.node}:${one.interface}`))
    throw this.error(`lab.link(${show(end)})`, `no link has the end ${show(end)}`, suggestion(end, ends))
  }

  // ---- time ----

  /** Lets a span of virtual time pass. */
  async runFor(span: Span): Promise<void> {
    await this.network.scheduler.run({ limitNs: this.now + spanNs(span, 'lab.runFor') })
  }

  /** Lets virtual time pass up to `time`; nothing if that has passed. */
  async runUntil(time: Span): Promise<void> {
    const limitNs = spanNs(time, 'lab.runUntil')
    if (limitNs > this.now) await this.network.scheduler.run({ limitNs })
  }

  /** Runs script and checks, and tells how it went. */
  run(options: RunOptions = {}): Promise<RunReport> {
    return this.timeline(true, options.untilNs ?? null)
  }

  /** Runs the script alone, up to and including `untilNs`, and lets time pass up to there. */
  async runScriptUntil(untilNs: number): Promise<void> {
    await this.timeline(false, untilNs)
  }

  /**
   * Sends a packet to "ADDRESS" or "NODE" (an echo) or "ADDRESS:PORT/udp", as things are now, and tells its journey; if
   * it is lost, what would help. Nothing of this happens in this lab: it is asked of copies, replayed up to this moment.
   */
  why(from: string, to: string): Promise<Journey> {
    const question = parseQuestion(from, to)
    const log = this.log()
    const { programs } = this.network
    return import('./why/why.ts').then(({ why }) =>
      why(() => Lab.replay(this.model, log, { tracing: true, programs }), question))
  }

  // ---- faults: what happens on the cables between two neighbours ----

  /** Loses all frames between two nodes, in both directions; neither end sees it. */
  partition(a: string, b: string): void {
    this.fault('partition', a, b)
  }

  /** Loses all frames from one node to another. */
  partitionOneWay(from: string, to: string): void {
    this.fault('partitionOneWay', from, to)
  }

  /** Ends a partition. */
  repair(a: string, b: string): void {
    this.fault('repair', a, b)
  }

  /** Keeps all frames between two nodes back. */
  hold(a: string, b: string): void {
    this.fault('hold', a, b)
  }

  /** Lets go what was kept back, and keeps nothing more. */
  release(a: string, b: string): void {
    this.fault('release', a, b)
  }

  /** Refused: a node can't be crashed yet. */
  crash(name: string): never {
    throw this.error(`lab.crash(${show(name)})`, 'crash is not modelled yet', 'cut its links: set({ state: "down" })')
  }

  /** Refused: a node can't be restarted yet. */
  restart(name: string): never {
    throw this.error(`lab.restart(${show(name)})`, 'restart is not modelled yet', 'start the lab anew')
  }

  /** Has every host ping every other, one after the other (Mininet's pingall). */
  async pingAll(): Promise<PingAllResult> {
    const nodes = this.nodeNames.map((name) => this.node(name))
    const hosts = nodes.filter((node) => node.kind !== 'switch' && addressOf(node) !== null)
    const pings: PingAllResult['pings'][number][] = []
    for (const from of hosts) {
      for (const to of hosts) {
        if (from === to) continue
        const { status } = await from.exec(`ping -c 1 -W 1 ${addressOf(to)}`)
        pings.push({ from: from.name, to: to.name, ok: status === 0 })
      }
    }
    return { pings, sent: pings.length, received: pings.filter((ping) => ping.ok).length }
  }

  // ---- evidence ----

  /** The journal's hash of all that has happened: equal for equal lab, seed and inputs. */
  hash(): string {
    return this.simulation.journal.hash()
  }

  /** What was done to the lab so far, for Lab.replay(). */
  log(): InputLog {
    return { seed: this.seed, inputs: [...this.inputs], end: this.moment() }
  }

  /** The frames that one interface ("alice:eth1") sent and received so far. Throws LabError. */
  capture(end: string): InterfaceCapture {
    this.needCaptures(`lab.capture(${show(end)})`)
    const captures = captureAll(this.network)
    const found = captures.find((capture) => capture.name === end)
    if (found !== undefined) return found
    throw this.error(`lab.capture(${show(end)})`, `there is no interface ${show(end)}`,
      suggestion(end, captures.map((capture) => capture.name)))
  }

  /** The whole lab's capture so far, as a pcapng file. */
  pcapng(): Uint8Array {
    this.needCaptures('lab.pcapng()')
    return toPcapng(this.network)
  }

  /** Ends all processes. The lab is not to be used afterwards. */
  async close(): Promise<void> {
    for (const { host } of this.network.nodes) {
      for (const process of [...host.processes.values()]) process.kill(SIGKILL)
    }
    await this.network.scheduler.run({ limitNs: this.now })
  }

  // ---- inputs ----

  /** LabNode.exec(). */
  exec(action: Action & { readonly kind: 'exec' }, onOutput?: (chunk: OutputChunk) => void): Promise<ExecResult> {
    this.note(action)
    return this.doExec(action, onOutput)
  }

  /** LabNode.console(). */
  openConsole(action: Action & { readonly kind: 'console' }): LabConsole {
    this.note(action)
    return this.doOpenConsole(action)
  }

  /** What a console is told: an input as any other. */
  act(action: Action & { readonly kind: 'type' | 'resize' | 'hang-up' }): void {
    this.note(action)
    this.take(action)
  }

  /** LabLink.set(). */
  setLink(name: string, set: LinkChange, direction: 'both' | 'out' | 'in'): void {
    const call = `lab.link(${show(name)}).set`
    Lab.checkLinkChange?.(set, call)
    if (set.state !== undefined && direction !== 'both') {
      throw this.error(call, 'a cable is cut in both directions', 'set loss: 100% in one direction')
    }
    const action: Action = { kind: 'link', link: name, direction, set }
    this.note(action)
    this.take(action)
  }

  private timeline(checks: boolean, untilNs: number | null): Promise<RunReport> {
    if (checks && this.model.checks.some((check) => check.kind === 'capture')) this.needCaptures('lab.run()')
    const action: Action = { kind: 'script', checks, untilNs }
    this.note(action)
    return runTimeline(this.network, this.seed, checks, untilNs ?? Infinity)
  }

  private fault(fault: Fault, from: string, to: string): void {
    const call = `lab.${fault}(${show(from)}, ${show(to)})`
    for (const name of [this.node(from).name, this.node(to).name]) {
      if (this.network.linksBetween(from, to).length === 0) {
        throw this.error(call, `${from} and ${to} have no cable between them`,
          `faults act on cables; ${name} has ${orList(neighborsOf(this.model, name)) || 'none'}`)
      }
    }
    const action: Action = { kind: 'fault', fault, from, to }
    this.note(action)
    this.take(action)
  }

  /** Does what an input says, now. */
  private take(action: Action): Promise<unknown> | void {
    switch (action.kind) {
      case 'exec': return this.doExec(action)
      case 'link': return this.doSetLink(action)
      case 'fault': return this.doFault(action)
      case 'console': return void this.doOpenConsole(action)
      case 'type': return this.consoles[action.console]?.receive(action.text)
      case 'resize': return this.consoles[action.console]?.setSize(action.columns, action.rows)
      case 'hang-up': return this.consoles[action.console]?.hangUp()
      case 'script': {
        return runTimeline(this.network, this.seed, action.checks, action.untilNs ?? Infinity)
      }
    }
  }

  private doExec(action: Action & { readonly kind: 'exec' }, onOutput?: (chunk: OutputChunk) => void):
    Promise<ExecResult> {
    const { stdin, env, cwd, namespace, timeoutNs = EXEC_LIMIT_NS } = action
    return this.node(action.node).host.exec(action.command, {
      stdin, env, cwd, namespace, limitNs: this.now + timeoutNs, onOutput,
    })
  }

  private doOpenConsole({ node, columns, rows, command }: Action & { readonly kind: 'console' }): LabConsole {
    const opened = new LabConsole(this, node, this.consoles.length, this.node(node).host, { columns, rows, command })
    this.consoles.push(opened)
    return opened
  }

  private doSetLink(action: Action & { readonly kind: 'link' }): void {
    const found = this.network.linkAt(action.link)
    if (found === null) return
    const { link, end } = found
    const out: Directions = [end === 0, end === 1]
    const directions = action.direction === 'both' ? BOTH : action.direction === 'out' ? out : [out[1], out[0]] as const
    link.change(impairmentsOf(action.set), directions)
    if (action.set.state !== undefined) link.setUp(action.set.state === 'up')
  }

  private doFault({ fault, from, to }: Action & { readonly kind: 'fault' }): void {
    for (const { link, towards } of this.network.linksBetween(from, to)) {
      if (fault === 'partition') link.partition(true, BOTH)
      else if (fault === 'partitionOneWay') link.partition(true, towards)
      else if (fault === 'repair') link.partition(false, BOTH)
      else link.hold(fault === 'hold', BOTH)
    }
  }

  /** Enters an action in the log and in the journal. */
  private note(action: Action): void {
    const input: Input = { ...action, ...this.moment() }
    this.inputs.push(input)
    const view = viewOf(encodeUtf8(JSON.stringify(action)))
    this.simulation.journal.recordBytes(JournalKind.INPUT, 0, this.inputs.length, 0, 0, view, 0, view.byteLength)
  }

  /** Now, for reach(). */
  moment(): Moment {
    return { atNs: this.now, event: this.simulation.dispatched, turn: this.network.scheduler.resumed }
  }

  private needCaptures(call: string): void {
    if (!this.captures) throw this.error(call, 'no frames were kept', 'start the lab with { captures: true }')
  }

  private error(call: string, message: string, hint = ''): LabError {
    return new LabError([{ file: call, line: 0, column: 0, path: '', message, hint }])
  }
}

/** The programs, and the shell that runs command lines if they have none of their own. */
async function withShell(programs: ProgramRegistry): Promise<ProgramRegistry> {
  if (programs.has('bash')) return programs
  const { bash } = await import('../programs/bash/bash.ts')
  return new Map([...programs, ['bash', bash]])
}

/** What pingAll() found. */
export interface PingAllResult {
  readonly pings: readonly { readonly from: string, readonly to: string, readonly ok: boolean }[]
  readonly sent: number
  readonly received: number
}

/** The first address of a node that others can reach: not of lo, unless there is no other. */
function addressOf(node: LabNode): string | null {
  const interfaces = node.model.interfaces
  const prefix = [...interfaces.filter(({ name }) => name !== 'lo'), ...interfaces].flatMap((one) => one.addresses)[0]
  return prefix === undefined ? null : prefix.slice(0, prefix.indexOf('/'))
}

function neighborsOf(model: LabModel, name: string): string[] {
  const names = model.links.flatMap(({ endpoints: [a, b] }) =>
    a.node === name ? [b.node] : b.node === name ? [a.node] : [])
  return [...new Set(names)]
}

function suggestion(name: string, names: readonly string[]): string {
  const meant = nearest(name, names)
  if (meant !== null) return `did you mean ${show(meant)}?`
  return `there ${names.length === 1 ? 'is' : 'are'} ${orList(names) || 'none'}`
}
