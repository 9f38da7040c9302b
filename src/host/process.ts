import { assert } from '../base/assert.ts'
import { EBADF } from '../base/errno.ts'
import { encodeUtf8 } from '../base/utf8.ts'
import { viewOf } from '../base/hex.ts'
import type { Journal } from '../engine/journal.ts'
import { JournalKind } from '../engine/journal-record.ts'
import type { RandomStream } from '../engine/random.ts'
import type { Simulation } from '../engine/simulation.ts'
import { Timer } from '../engine/timer.ts'
import type { Readable, Waker } from '../socket/readable.ts'
import { type Files, normalise } from './files.ts'
import type { HostNamespace, NamespaceTable } from './host-namespace.ts'
import { readNamespaceFile, writeNamespaceFile } from './namespace-files.ts'
import { Descriptor, type OpenFile } from './open-file.ts'
import { type OpenMode, openPath } from './open-path.ts'
import type { Output } from './output.ts'
import type { Scheduler, Task } from './scheduler.ts'
import { Exited, Interrupted, isIgnoredByDefault, SIGABRT, SIGCONT, SIGKILL, stops } from './signals.ts'
import { InputStream, OutputStream } from './streams.ts'

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
  /** The host's own stream of random numbers of that name. */
  random(name: string): RandomStream
  /** What a name runs, or null: bash's "command not found". */
  findProgram(name: string): Program | null
  spawn(argv: readonly string[], options?: SpawnOptions): Process
  /** Makes a network namespace of this name. */
  createNamespace(name: string): HostNamespace
  /** Takes a namespace's name away; it is no more once no process is in it. */
  unnameNamespace(name: string): void
  /** Told when a process has left a namespace. */
  releaseNamespace(namespace: HostNamespace): void
  /** Sends a signal to all processes of a group, in order of pid. */
  signalGroup(group: number, signal: number): void
  onExit(process: Process): void
}

export interface SpawnOptions {
  readonly parent?: Process
  /** What the process can read from its standard input; default the parent's. Without parent: nothing. */
  readonly stdin?: string
  /** Open files by descriptor, in place of those it would inherit; null: closed. */
  readonly descriptors?: ReadonlyMap<number, OpenFile | null>
  /** Its process group; 'own' makes one of its pid. Default the parent's. */
  readonly group?: number | 'own'
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Name of the network namespace to run in; default the parent's, or the host's initial one (''). */
  readonly namespace?: string
  /** Where descriptors 1 and 2 lead, of a process without parent; default a new one. */
  readonly output?: Output
  /** Runs this instead of looking argv[0] up: a user's own function, a subshell. */
  readonly program?: Program
}

export type ProcessState = 'ready' | 'running' | 'waiting' | 'exited'

type Outcome = { readonly value: unknown } | { readonly signal: number }

/** What a process is made of: everything that fork() and execve() hand on. */
export interface ProcessParts {
  readonly parent: Process | null
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly namespace: HostNamespace
  /** Its descriptors, which become its own. */
  readonly descriptors: Map<number, Descriptor>
  readonly group: number
  readonly ignored: ReadonlySet<number>
  readonly output: Output
  readonly program: Program
}

/**
 * A running program. Its methods that return promises are the system calls that can wait; there it may be interrupted
 * by a signal (Interrupted is thrown), and nowhere else.
 */
export class Process implements Task, Waker {
  state: ProcessState = 'ready'
  waitingFor: string | null = 'start'
  /** Exit status, 128 + n when signal n ended it; -1 while it lives. */
  status = -1
  /** The signal that ended it; 0: it ended by itself. */
  endedBy = 0
  /** What it threw, when it ended by an error of its own code (status 134). */
  failure: unknown = null
  readonly parent: Process | null
  argv: readonly string[]
  env: Readonly<Record<string, string>>
  cwd: string
  /** Its process group: those that a terminal's Ctrl-C reaches together. */
  group: number
  namespace: HostNamespace
  readonly descriptors: Map<number, Descriptor>
  readonly stdin = new InputStream(this, 0)
  readonly stdout = new OutputStream(this, 1)
  readonly stderr = new OutputStream(this, 2)
  /** Where the outermost process's standard output and error are kept. */
  readonly output: Output
  /** Signals that never reach it (SIG_IGN); children inherit them. */
  readonly ignored: Set<number>
  /** Signals that its program handles, of those that are otherwise ignored or stop it. */
  readonly caught = new Set<number>()
  /** A signal has stopped it; it goes on at SIGCONT. */
  stopped = false
  readonly startedAtNs: number
  endedAtNs = -1
  private readonly program: Program
  private readonly timer: Timer
  private readonly watchers = new Set<Process>()
  private readonly closers: (() => void)[] = []
  /** Bit n: signal n waits to be seen. */
  private pending = 0
  private started = false
  private outcome: Outcome = { value: undefined }
  /** What woke it while it was stopped. */
  private held: Outcome | null = null
  private resolveWait: ((value: unknown) => void) | null = null
  private rejectWait: ((error: Error) => void) | null = null
  private watched: readonly Readable[] = []

  constructor(readonly host: ProcessHost, readonly pid: number, parts: ProcessParts) {
    this.parent = parts.parent
    this.argv = parts.argv
    this.env = parts.env
    this.cwd = parts.cwd
    this.group = parts.group
    this.namespace = parts.namespace
    this.descriptors = parts.descriptors
    this.output = parts.output
    this.ignored = new Set(parts.ignored)
    this.program = parts.program
    this.startedAtNs = host.simulation.nowNs
    this.timer = new Timer(host.simulation, host.node, { onTimer: () => this.finishWait({ value: false }) })
    this.recordStart()
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
    if (deadlineNs > this.nowNs || this.pending !== 0) await this.wait('nanosleep', [], deadlineNs)
  }

  /** sched_yield(): lets all others run that can at this moment. Whoever produces output without end calls it. */
  async yield(): Promise<void> {
    const waiting = this.wait('sched_yield', [], Infinity)
    this.finishWait({ value: true })
    await waiting
  }

  /** Waits until the socket or descriptor can be read (true) or the deadline is there (false). */
  waitReadable(source: Readable, deadlineNs = Infinity): Promise<boolean> {
    return this.waitAny([source], deadlineNs)
  }

  /** poll(): waits until one of the sources can be read (true) or the deadline is there (false). */
  async waitAny(sources: readonly Readable[], deadlineNs = Infinity): Promise<boolean> {
    this.host.scheduler.systemCall()
    if (this.pending === 0) {
      for (const source of sources) if (source.readable) return true
      if (deadlineNs <= this.nowNs) return false
    }
    const value = await this.wait(`poll ${sources.map((source) => source.label).join(', ')}`, sources, deadlineNs)
    return value === true
  }

  /** Waits for a signal, which is thrown. */
  async pause(): Promise<never> {
    await this.wait('pause', [], Infinity)
    throw new Error('pause() ends by a signal only')
  }

  /** Waits until another process has ended, and returns its exit status. */
  async waitExit(child: Process): Promise<number> {
    while (!child.exited) await this.waitChange([child])
    return child.status
  }

  /** Waits until one of the processes ends, is stopped or goes on, or the deadline is there. With none: for a signal. */
  async waitChange(children: readonly Process[], deadlineNs = Infinity): Promise<void> {
    for (const child of children) child.watchers.add(this)
    try {
      await this.wait(`wait4 ${children.map((child) => child.pid).join(' ')}`, [], deadlineNs)
    } finally {
      for (const child of children) child.watchers.delete(this)
    }
  }

  /** fork() and execve(): a child with this process's descriptors, namespace, directory and environment. */
  spawn(argv: readonly string[], options: SpawnOptions = {}): Process {
    return this.host.spawn(argv, { parent: this, ...options })
  }

  /** setns(): goes on in another network namespace. */
  enterNamespace(namespace: HostNamespace): void {
    const before = this.namespace
    this.namespace = namespace
    if (before !== namespace && before.name !== '') this.host.releaseNamespace(before)
  }

  /** execve(): runs another program as this process. Null: there is none of this name. */
  execute(argv: readonly string[], env = this.env): Promise<number> | null {
    const program = this.host.findProgram(argv[0])
    if (program === null) return null
    this.argv = argv
    this.env = env
    this.caught.clear()
    this.recordStart()
    return program(this)
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

  /** A file's bytes (do not change them), or -errno. */
  readBytes(path: string): Uint8Array | number {
    const full = this.resolve(path)
    const text = readNamespaceFile(this.namespace, full)
    return text === null ? this.host.files.readBytes(full) : typeof text === 'number' ? text : encodeUtf8(text)
  }

  /** Makes or replaces a file; 0 or -errno. */
  writeFile(path: string, content: string | Uint8Array): number {
    const full = this.resolve(path)
    const written = typeof content === 'string' ? writeNamespaceFile(this.namespace, full, content) : null
    return written ?? this.host.files.writeFile(full, content)
  }

  /** open(): the open file behind a path, or -errno. 'w' makes or empties it, 'a' makes it or writes at its end. */
  open(path: string, mode: OpenMode): OpenFile | number {
    return openPath(this, this.resolve(path), mode)
  }

  /** Gives an open file a descriptor: `fd`, in place of what was there, or the lowest free one from `from` on. */
  attach(file: OpenFile, fd = -1, from = 0): number {
    let at = fd < 0 ? from : fd
    if (fd < 0) while (this.descriptors.has(at)) at++
    const descriptor = file.attach()
    this.close(at)
    this.descriptors.set(at, descriptor)
    return at
  }

  /** close(): 0, or -EBADF. */
  close(fd: number): number {
    const descriptor = this.descriptors.get(fd)
    if (descriptor === undefined) return -EBADF
    this.descriptors.delete(fd)
    descriptor.close()
    return 0
  }

  /** A stream that reads a descriptor, or an open file, which then gets one. */
  input(source: OpenFile | number): InputStream {
    return new InputStream(this, typeof source === 'number' ? source : this.attach(source, -1, 3))
  }

  /** A stream that writes a descriptor, or an open file, which then gets one. */
  outputTo(target: OpenFile | number): OutputStream {
    return new OutputStream(this, typeof target === 'number' ? target : this.attach(target, -1, 3))
  }

  /** isatty(). */
  isTerminal(fd: number): boolean {
    return this.descriptors.get(fd)?.file.isTerminal ?? false
  }

  /** The absolute path of one that may be relative to the working directory. */
  resolve(path: string): string {
    return normalise(path.startsWith('/') ? path : `${this.cwd}/${path}`)
  }

  /** Sends a signal. One that comes while the process runs is seen at its next wait. Signal 0 does nothing. */
  kill(signal: number): void {
    if (this.exited || signal === 0 || this.ignored.has(signal)) return
    if (signal === SIGCONT || signal === SIGKILL) this.continue()
    if (!this.caught.has(signal)) {
      if (isIgnoredByDefault(signal)) return
      if (stops(signal)) {
        this.stop()
        return
      }
    }
    this.pending |= 1 << signal
    if (this.state === 'waiting') this.finishWait({ signal: this.takePending() })
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
    if ('signal' in outcome) rejectWait(new Interrupted(outcome.signal))
    else resolveWait(outcome.value)
  }

  abandon(reason: string): void {
    if (this.state === 'exited') return
    this.failure = new Error(reason)
    this.stderr.write(`netarium: ${this.label} ${reason}\n`)
    this.pending |= 1 << SIGKILL
    this.end(128 + SIGABRT)
  }

  /** Waits until finishWait(). Only one wait at a time. */
  private wait(reason: string, sources: readonly Readable[], deadlineNs: number): Promise<unknown> {
    this.host.scheduler.systemCall()
    if (this.pending !== 0) return Promise.reject(new Interrupted(this.takePending()))
    assert(this.state === 'running', `${this.label} waits in one system call at a time`)
    this.state = 'waiting'
    this.waitingFor = reason
    this.watched = sources
    for (const source of sources) source.onReadable = this
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
    for (const source of this.watched) source.onReadable = null
    this.watched = []
    if (this.stopped) {
      if (this.held === null || 'signal' in outcome) this.held = outcome
      return
    }
    this.outcome = outcome
    this.state = 'ready'
    this.host.scheduler.makeReady(this)
  }

  /** The signal to be seen next; SIGKILL stays, since nothing gets past it. */
  private takePending(): number {
    if ((this.pending & 1 << SIGKILL) !== 0) return SIGKILL
    const signal = 31 - Math.clz32(this.pending & -this.pending)
    this.pending &= ~(1 << signal)
    return signal
  }

  private stop(): void {
    if (this.stopped) return
    this.stopped = true
    this.wakeWatchers()
  }

  private continue(): void {
    if (!this.stopped) return
    this.stopped = false
    this.wakeWatchers()
    const { held } = this
    this.held = null
    if (held !== null) this.finishWait(held)
    else if (this.watched.some(isTerminal)) this.finishWait({ value: true }) // it asks again whether it may read
  }

  private wakeWatchers(): void {
    for (const watcher of this.watchers) watcher.finishWait({ value: true })
  }

  private recordStart(): void {
    const { journal } = this.host.simulation
    const parent = this.parent === null ? 0 : this.parent.pid
    recordText(journal, JournalKind.PROCESS_STARTED, this.host.node, this.pid, parent, this.argv.join(' '))
  }

  private async main(): Promise<void> {
    let status: number
    try {
      if (this.pending !== 0) throw new Interrupted(this.takePending())
      status = await this.program(this)
    } catch (error) {
      status = this.statusOf(error)
    }
    this.end(status & 0xff)
  }

  private statusOf(error: unknown): number {
    if (error instanceof Exited) return error.status
    if (error instanceof Interrupted) {
      this.endedBy = error.signal
      return 128 + error.signal
    }
    this.failure = error
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    this.stderr.write(`netarium: ${this.label} failed inside Netarium: ${text}\n`)
    return 128 + SIGABRT
  }

  private end(status: number): void {
    if (this.state === 'exited') return
    this.timer.cancel()
    for (const source of this.watched) source.onReadable = null
    this.watched = []
    for (const close of this.closers.splice(0).reverse()) close()
    this.state = 'exited'
    for (const fd of [...this.descriptors.keys()]) this.close(fd)
    this.waitingFor = null
    this.status = status
    this.endedAtNs = this.nowNs
    this.host.simulation.journal.record(JournalKind.PROCESS_EXITED, this.host.node, this.pid, status, 0)
    this.host.scheduler.tasks.delete(this)
    this.wakeWatchers()
    this.host.onExit(this)
    this.host.scheduler.suspended(this)
  }
}

function isTerminal(source: Readable): boolean {
  return source instanceof Descriptor && source.file.isTerminal
}

function recordText(journal: Journal, kind: JournalKind, node: number, a: number, b: number, text: string): void {
  if (!journal.recording) return
  const view = viewOf(encodeUtf8(text))
  journal.recordBytes(kind, node, a, b, 0, view, 0, view.byteLength)
}
