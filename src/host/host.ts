import { assert } from '../base/assert.ts'
import type { RandomStream } from '../engine/random.ts'
import type { Simulation } from '../engine/simulation.ts'
import { createInetStack, type InetStack } from '../inet/inet-stack.ts'
import { forgetNamespace } from '../inet/namespace-ids.ts'
import { destroyDevices } from '../netlink/link-kinds.ts'
import { Files } from './files.ts'
import { HostNamespace, NamespaceTable } from './host-namespace.ts'
import { BytesFile, type Descriptor, type OpenFile } from './open-file.ts'
import { Output, type OutputChunk, OutputFile } from './output.ts'
import { Process, type ProcessHost, type Program, type ProgramRegistry, type SpawnOptions } from './process.ts'
import type { Scheduler } from './scheduler.ts'
import { SIGINT, SIGKILL } from './signals.ts'

/**
 * A host: network namespaces, files, and the processes that run there. Processes of all hosts of a simulation share
 * one Scheduler. Process ids count up from FIRST_PID on each host, so they (and with them the ICMP ids of `ping`) do
 * not depend on what other hosts do.
 */
export const FIRST_PID = 1000
/** Processes that may live on one host at a time. */
export const PROCESS_LIMIT = 4096
/** Virtual time after which an exec() without a limit of its own is interrupted: a day. */
export const EXEC_LIMIT_NS = 86_400e9

export interface ExecOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly namespace?: string
  /** Absolute virtual time at which the command is sent SIGINT, and SIGKILL if it then still runs. */
  readonly limitNs?: number
  /** Told of output as it is written. */
  readonly onOutput?: (chunk: OutputChunk) => void
}

export interface ExecResult {
  /** 0 to 255; 128 + n after signal n. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  readonly startedAtNs: number
  readonly endedAtNs: number
  /** done: it ended by itself. limit: it was interrupted. idle: it would have waited for ever, and was interrupted. */
  readonly end: 'done' | 'limit' | 'idle'
  /** What the program threw, if Netarium itself failed. */
  readonly failure: unknown
}

export class Host implements ProcessHost {
  readonly namespaces = new NamespaceTable()
  // Made when first asked for: most hosts of a large lab run nothing. That saves a kilobyte on each.
  private fileTree: Files | null = null
  private processTable: Map<number, Process> | null = null
  private nextPid = FIRST_PID
  private randomStreams: Map<string, RandomStream> | null = null

  constructor(
    readonly simulation: Simulation,
    readonly scheduler: Scheduler,
    readonly name: string,
    readonly node: number,
    readonly programs: ProgramRegistry,
  ) {
  }

  /** Its file tree, with /etc/hostname and /etc/hosts from the start. */
  get files(): Files {
    if (this.fileTree === null) {
      this.fileTree = new Files(() => this.simulation.nowNs)
      this.fileTree.writeFile('/etc/hostname', `${this.name}\n`)
      this.fileTree.writeFile('/etc/hosts', '127.0.0.1\tlocalhost\n')
    }
    return this.fileTree
  }

  /** Those that live, by pid. */
  get processes(): ReadonlyMap<number, Process> {
    return this.processTable ?? NO_PROCESSES
  }

  /** Adds a network namespace; the first is the initial one, named ''. */
  addNamespace(stack: InetStack): HostNamespace {
    const namespace = new HostNamespace(stack, stack.ns.name)
    this.namespaces.set(namespace.name, namespace)
    return namespace
  }

  /** Makes a network namespace of the name: its own loopback (down), settings and tables (ip netns add). */
  createNamespace(name: string): HostNamespace {
    const initial = this.namespaces.get('')
    assert(initial !== undefined && name !== '' && !this.namespaces.has(name), 'a name of a network namespace is given once')
    const { pool } = initial.ns
    return this.addNamespace(createInetStack(this.simulation, pool, this.node, this.name, name))
  }

  /**
   * Takes a namespace's name away. It goes with its devices as soon as no process is in it (cleanup_net), and with it
   * the numbers under which others know it.
   */
  unnameNamespace(name: string): void {
    const namespace = this.namespaces.get(name)
    if (namespace === undefined || name === '') return
    this.namespaces.delete(name)
    this.releaseNamespace(namespace)
  }

  /** Told when a process leaves a namespace: without name and processes it is no more. */
  releaseNamespace(namespace: HostNamespace): void {
    if (this.namespaces.nameOf(namespace) !== null) return
    for (const process of this.processes.values()) if (process.namespace === namespace) return
    const others = this.namespaces.keys().map((name) => this.namespaces.get(name)?.ns)
    for (const process of this.processes.values()) others.push(process.namespace.ns)
    for (const other of new Set(others)) if (other !== undefined) forgetNamespace(other, namespace.ns)
    destroyDevices(namespace.ns)
  }

  /** Starts a process; it runs when the scheduler comes to it. An unknown name gives bash's message and status 127. */
  spawn(argv: readonly string[], options: SpawnOptions = {}): Process {
    assert(argv.length > 0, 'a process has a name')
    const parent = options.parent ?? null
    const name = options.namespace ?? parent?.namespace.name ?? ''
    const namespace = parent !== null && name === parent.namespace.name ? parent.namespace : this.namespaces.get(name)
    assert(namespace !== undefined, `${this.name} has a network namespace "${name}"`)
    let program = options.program ?? this.findProgram(argv[0]) ?? commandNotFound
    if (this.processes.size >= PROCESS_LIMIT) program = cannotFork
    const pid = this.nextPid++
    const output = parent?.output ?? options.output ?? new Output(this.simulation, this.node)
    const { group = parent?.group ?? 'own' } = options
    const process = new Process(this, pid, {
      parent, argv, namespace, output, program, group: group === 'own' ? pid : group,
      env: options.env ?? parent?.env ?? INITIAL_ENVIRONMENT, cwd: options.cwd ?? parent?.cwd ?? '/root',
      descriptors: descriptorsFor(parent, output, options), ignored: parent?.ignored ?? NO_SIGNALS,
    })
    if (this.processTable === null) this.processTable = new Map()
    this.processTable.set(pid, process)
    return process
  }

  findProgram(name: string): Program | null {
    return this.programs.get(baseName(name)) ?? null
  }

  signalGroup(group: number, signal: number): void {
    for (const process of [...this.processes.values()]) if (process.group === group) process.kill(signal)
  }

  random(name: string): RandomStream {
    if (this.randomStreams === null) this.randomStreams = new Map()
    let stream = this.randomStreams.get(name)
    if (stream === undefined) {
      stream = this.simulation.random.stream(`host ${this.name} ${name}`)
      this.randomStreams.set(name, stream)
    }
    return stream
  }

  /** Starts a line of the shell's language, `bash -c LINE`, in a process group of its own. */
  start(line: string, options: ExecOptions = {}): Process {
    const output = new Output(this.simulation, this.node)
    output.onChunk = options.onOutput ?? null
    return this.spawn(['bash', '-c', line], {
      stdin: options.stdin, env: options.env, cwd: options.cwd, namespace: options.namespace, output,
    })
  }

  /** Runs a line of the shell's language in virtual time, to its end or its limit. */
  exec(line: string, options: ExecOptions = {}): Promise<ExecResult> {
    return this.finish(this.start(line, options), options.limitNs ?? this.simulation.nowNs + EXEC_LIMIT_NS)
  }

  /** Runs a started process to its end or `limitNs`, and tells how it went. */
  async finish(process: Process, limitNs: number): Promise<ExecResult> {
    const done = (): boolean => process.exited
    const end = await this.scheduler.run({ done, limitNs })
    if (end !== 'done') {
      this.signalGroup(process.group, SIGINT)
      await this.scheduler.run({ done, limitNs: Math.max(limitNs, this.simulation.nowNs) })
      if (!process.exited) {
        this.signalGroup(process.group, SIGKILL)
        await this.scheduler.run({ done, limitNs: this.simulation.nowNs })
      }
    }
    return {
      status: process.status, stdout: process.output.text(1), stderr: process.output.text(2),
      startedAtNs: process.startedAtNs, endedAtNs: process.endedAtNs, end, failure: process.failure,
    }
  }

  onExit(process: Process): void {
    this.processTable?.delete(process.pid)
    if (process.namespace.name !== '') this.releaseNamespace(process.namespace)
  }
}

/** The table of a new process: what the parent has, or stdin, stdout and stderr; and over it what is given. */
function descriptorsFor(parent: Process | null, output: Output, options: SpawnOptions): Map<number, Descriptor> {
  const descriptors = new Map<number, Descriptor>()
  if (parent !== null) for (const [fd, descriptor] of parent.descriptors) descriptors.set(fd, descriptor.duplicate())
  else {
    descriptors.set(1, new OutputFile(output, 1).attach())
    descriptors.set(2, new OutputFile(output, 2).attach())
  }
  const replace = (fd: number, file: OpenFile | null): void => {
    const added = file?.attach()
    descriptors.get(fd)?.close()
    if (added === undefined) descriptors.delete(fd)
    else descriptors.set(fd, added)
  }
  const { stdin = parent === null ? '' : null } = options
  if (stdin !== null) replace(0, BytesFile.ofText('stdin', stdin))
  for (const [fd, file] of options.descriptors ?? []) replace(fd, file)
  return descriptors
}

const NO_SIGNALS: ReadonlySet<number> = new Set()
const NO_PROCESSES: ReadonlyMap<number, Process> = new Map()

/** What a process without parent gets. */
export const INITIAL_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', USER: 'root', LANG: 'C.UTF-8',
}

/** "/usr/bin/ping" is "ping"; any other directory is not searched. */
function baseName(path: string): string {
  return /^(?:\/usr)?(?:\/local)?\/s?bin\/([^/]+)$/.exec(path)?.[1] ?? path
}

async function commandNotFound(process: Process): Promise<number> {
  const name = process.argv[0]
  const text = name.includes('/') ? 'No such file or directory' : 'command not found'
  process.stderr.write(`bash: line 1: ${name}: ${text}\n`)
  return 127
}

async function cannotFork(process: Process): Promise<number> {
  process.stderr.write('bash: fork: retry: Resource temporarily unavailable\n')
  return 254
}

export type { Process, Program, ProgramRegistry }
