import { assert } from '../base/assert.ts'
import { encodeUtf8 } from '../base/utf8.ts'
import { viewOf } from '../base/hex.ts'
import type { Journal } from '../engine/journal.ts'
import { JournalKind } from '../engine/journal-record.ts'
import type { Simulation } from '../engine/simulation.ts'
import { Timer } from '../engine/timer.ts'
import type { Readable, Waker } from '../socket/readable.ts'
import { type Files, normalise } from './files.ts'
import type { HostNamespace, NamespaceTable } from './host-namespace.ts'
import { readNamespaceFile, writeNamespaceFile } from './namespace-files.ts'
import { type Output, OutputStream } from './output.ts'
import type { Scheduler, Task } from './scheduler.ts'
import { Exited, Interrupted, SIGABRT, SIGKILL } from './signals.ts'

/** A program: runs as a process and returns its exit status. It awaits nothing but the process's system calls. */
export type Program = (process: Process) => Promise<number>

/** Programs by name. */
export type ProgramRegistry = ReadonlyMap<string, Program>

/** What a process sees of the host it runs on; class Host fulfils it. */
export interface ProcessHost {
  readonly simulation: Simulation
  readonly scheduler: Scheduler
  readonly name: string
  readonly node: number
  readonly files: Files
  readonly programs: ProgramRegistry
  readonly namespaces: NamespaceTable
  readonly processes: ReadonlyMap<number, Process>
  spawn(argv: readonly string[], options?: SpawnOptions): Process
  onExit(process: Process): void
}

export interface SpawnOptions {
  readonly parent?: Process
  /** All that the process can read from its standard input. */
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Name of the network namespace to run in; default the parent's, or the host's initial one (''). */
  readonly namespace?: string
  /** Where it writes; default a new one. */
  readonly output?: Output
  /** Runs this instead of looking argv[0] up: a user's own function. */
  readonly program?: Program
}

export type ProcessState = 'ready' | 'running' | 'waiting' | 'exited'

type Outcome = { readonly value: unknown } | { readonly signal: number }

/**
 * A running program. Its methods that return promises are the system calls that can wait; there it may be interrupted
 * by a signal (Interrupted is thrown), and nowhere else.
 */
export class Process implements Task, Waker {
  state: ProcessState = 'ready'
  waitingFor: string | null = 'start'
  /** Exit status, 128 + n when signal n ended it; -1 while it lives. */
  status = -1
  /** What it threw, when it ended by an error of its own code (status 134). */
  failure: unknown = null
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly startedAtNs: number
  endedAtNs = -1
  namespace: HostNamespace
  private readonly timer: Timer
  private readonly exitWaiters: Process[] = []
  private readonly closers: (() => void)[] = []
  private pendingSignal = 0
  private started = false
  private outcome: Outcome = { value: undefined }
  private resolveWait: ((value: unknown) => void) | null = null
  private rejectWait: ((error: Error) => void) | null = null
  private watched: readonly Readable[] = []

  constructor(
    readonly host: ProcessHost,
    readonly pid: number,
    readonly parent: Process | null,
    readonly argv: readonly string[],
    readonly env: Readonly<Record<string, string>>,
    public cwd: string,
    readonly stdin: string,
    namespace: HostNamespace,
    readonly output: Output,
    private readonly program: Program,
  ) {
    this.namespace = namespace
    this.stdout = new OutputStream(output, pid, 1)
    this.stderr = new OutputStream(output, pid, 2)
    this.startedAtNs = host.simulation.nowNs
    this.timer = new Timer(host.simulation, host.node, { onTimer: () => this.finishWait({ value: false }) })
    const journal = host.simulation.journal
    recordText(journal, JournalKind.PROCESS_STARTED, host.node, pid, parent === null ? 0 : parent.pid, argv.join(' '))
    host.scheduler.tasks.add(this)
    host.scheduler.makeReady(this)
  }

  get label(): string {
    return `${this.argv[0] ?? 'process'} (pid ${this.pid} on ${this.host.name})`
  }

  /** Virtual time now. */
  get nowNs(): number {
    return this.host.simulation.nowNs
  }

  get exited(): boolean {
    return this.state === 'exited'
  }

  /** Waits for a span of virtual time. */
  async sleep(spanNs: number): Promise<void> {
    await this.sleepUntil(this.nowNs + spanNs)
  }

  /** Waits until a moment; returns at once if it has passed. */
  async sleepUntil(deadlineNs: number): Promise<void> {
    if (deadlineNs > this.nowNs || this.pendingSignal !== 0) await this.wait('nanosleep', [], deadlineNs)
  }

  /** Waits until the socket can be read (true) or the deadline is there (false). */
  waitReadable(socket: Readable, deadlineNs = Infinity): Promise<boolean> {
    return this.waitAny([socket], deadlineNs)
  }

  /** poll(): waits until one of the sockets can be read (true) or the deadline is there (false). */
  async waitAny(sockets: readonly Readable[], deadlineNs = Infinity): Promise<boolean> {
    this.host.scheduler.systemCall()
    if (this.pendingSignal === 0) {
      for (const socket of sockets) if (socket.readable) return true
      if (deadlineNs <= this.nowNs) return false
    }
    const value = await this.wait(`poll ${sockets.map((socket) => socket.label).join(', ')}`, sockets, deadlineNs)
    return value === true
  }

  /** Waits for a signal, which is thrown. */
  async pause(): Promise<never> {
    await this.wait('pause', [], Infinity)
    throw new Error('pause() ends by a signal only')
  }

  /** Waits until another process has ended, and returns its exit status. */
  async waitExit(child: Process): Promise<number> {
    if (child.state !== 'exited') {
      child.exitWaiters.push(this)
      await this.wait(`wait4 ${child.pid}`, [], Infinity)
    }
    return child.status
  }

  /** Starts a child that writes where this process writes, in its namespace. */
  spawn(argv: readonly string[], options: SpawnOptions = {}): Process {
    return this.host.spawn(argv, {
      parent: this, env: this.env, cwd: this.cwd, namespace: this.namespace.name, output: this.output, ...options,
    })
  }

  /** Ends the program with `status`, from any depth of calls. */
  exit(status: number): never {
    throw new Exited(status)
  }

  /**
   * A file's text as this process sees it, or -errno; /proc/sys, /proc/net and /sys/class/net are those of its own
   * network namespace.
   */
  readFile(path: string): string | number {
    const full = this.resolve(path)
    return readNamespaceFile(this.namespace, full) ?? this.host.files.readFile(full)
  }

  /** Makes or replaces a file; 0 or -errno. */
  writeFile(path: string, content: string | Uint8Array): number {
    const full = this.resolve(path)
    const written = typeof content === 'string' ? writeNamespaceFile(this.namespace, full, content) : null
    return written ?? this.host.files.writeFile(full, content)
  }

  /** The absolute path of one that may be relative to the working directory. */
  resolve(path: string): string {
    return normalise(path.startsWith('/') ? path : `${this.cwd}/${path}`)
  }

  /** Sends a signal. One that comes while the process runs is seen at its next wait. */
  kill(signal: number): void {
    if (this.state === 'exited') return
    if (this.pendingSignal !== SIGKILL) this.pendingSignal = signal
    if (this.state === 'waiting') this.finishWait({ signal })
    else if (this.state === 'ready' && signal === SIGKILL && this.started) this.outcome = { signal }
  }

  /** Has `close` called when the process ends: what the kernel does with open files. */
  onClose(close: () => void): void {
    this.closers.push(close)
  }

  /** A watched socket has something to read. */
  wake(): void {
    this.finishWait({ value: true })
  }

  resume(): void {
    this.state = 'running'
    this.waitingFor = null
    if (!this.started) {
      this.started = true
      void this.main()
      return
    }
    const { resolveWait, rejectWait, outcome } = this
    assert(resolveWait !== null && rejectWait !== null, 'a resumed process was waiting')
    this.resolveWait = null
    this.rejectWait = null
    if ('signal' in outcome) {
      if (outcome.signal !== SIGKILL) this.pendingSignal = 0
      rejectWait(new Interrupted(outcome.signal))
    } else resolveWait(outcome.value)
  }

  abandon(reason: string): void {
    if (this.state === 'exited') return
    this.failure = new Error(reason)
    this.stderr.write(`netarium: ${this.label} ${reason}\n`)
    this.pendingSignal = SIGKILL
    this.end(128 + SIGABRT)
  }

  /** Waits until finishWait(). Only one wait at a time. */
  private wait(reason: string, sockets: readonly Readable[], deadlineNs: number): Promise<unknown> {
    this.host.scheduler.systemCall()
    if (this.pendingSignal !== 0) {
      const signal = this.pendingSignal
      if (signal !== SIGKILL) this.pendingSignal = 0
      return Promise.reject(new Interrupted(signal))
    }
    assert(this.state === 'running', `${this.label} waits in one system call at a time`)
    this.state = 'waiting'
    this.waitingFor = reason
    this.watched = sockets
    for (const socket of sockets) socket.onReadable = this
    if (deadlineNs !== Infinity) this.timer.arm(deadlineNs)
    const promise = new Promise((resolve, reject) => {
      this.resolveWait = resolve
      this.rejectWait = reject
    })
    this.host.scheduler.suspended(this)
    return promise
  }

  private finishWait(outcome: Outcome): void {
    if (this.state !== 'waiting') return
    this.timer.cancel()
    for (const socket of this.watched) socket.onReadable = null
    this.watched = []
    this.outcome = outcome
    this.state = 'ready'
    this.host.scheduler.makeReady(this)
  }

  private async main(): Promise<void> {
    let status: number
    try {
      status = this.pendingSignal !== 0 ? 128 + this.pendingSignal : await this.program(this)
    } catch (error) {
      status = this.statusOf(error)
    }
    this.end(status & 0xff)
  }

  private statusOf(error: unknown): number {
    if (error instanceof Exited) return error.status
    if (error instanceof Interrupted) return 128 + error.signal
    this.failure = error
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    this.stderr.write(`netarium: ${this.label} failed inside Netarium: ${text}\n`)
    return 128 + SIGABRT
  }

  private end(status: number): void {
    if (this.state === 'exited') return
    this.timer.cancel()
    for (const socket of this.watched) socket.onReadable = null
    this.watched = []
    for (const close of this.closers.splice(0).reverse()) close()
    this.state = 'exited'
    this.waitingFor = null
    this.status = status
    this.endedAtNs = this.nowNs
    this.host.simulation.journal.record(JournalKind.PROCESS_EXITED, this.host.node, this.pid, status, 0)
    this.host.scheduler.tasks.delete(this)
    for (const waiter of this.exitWaiters.splice(0)) waiter.finishWait({ value: true })
    this.host.onExit(this)
    this.host.scheduler.suspended(this)
  }
}

function recordText(journal: Journal, kind: JournalKind, node: number, a: number, b: number, text: string): void {
  if (!journal.recording) return
  const view = viewOf(encodeUtf8(text))
  journal.recordBytes(kind, node, a, b, 0, view, 0, view.byteLength)
}
