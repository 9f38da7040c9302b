/**
 * A twin's namespaces: one a node, one a cable that can be cut. Their names start with `ntk<pid>-`, so that two runs
 * never meet. Nothing is left behind: they and what runs in them go at the end, after an error, and whenever the
 * process ends but by SIGKILL; what that leaves, the next run removes.
 *
 * IPv6 is off everywhere: it would add router solicitations and duplicate address detection of its own. Transmit
 * checksum offload is off, so that UDP leaves with its checksum filled in. All else is as the kernel makes it, or as
 * the lab's commands say.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CapturedFrame } from '../../capture/capture-file.ts'
import { readCapture } from '../../capture/reader.ts'
import type { PlannedEnd, PlannedLink, TwinPlan } from './plan.ts'

export interface CommandResult {
  /** null: it did not end in its time and was stopped. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The kernel, or a program, refused something that the lab needs. */
export class CannotBuild extends Error {
  override readonly name = 'CannotBuild'
}

const ENVIRONMENT = { ...process.env, TZ: 'UTC', LC_ALL: 'C' }
const SETTLE_POLL_MS = 50
const MOST_SETTLE_TRIES = 60
let machines = 0

export class TwinMachine {
  private readonly prefix = `ntk${process.pid}-${machines++}-`
  private readonly namespaces: string[] = []
  private readonly children = new Set<ChildProcess>()
  private readonly captures: { end: string; peer: string; path: string; child: ChildProcess }[] = []
  private readonly directory = mkdtempSync(join(tmpdir(), 'netarium-twin-'))
  private readonly onExit = (): void => this.removeNow()

  constructor(readonly plan: TwinPlan) {
    removeLeftovers()
    process.once('exit', this.onExit)
  }

  /** Makes nodes and cables and captures every cable; then runs the nodes' own commands in order. */
  async build(): Promise<void> {
    for (const node of this.plan.nodes) await this.addNamespace(node.name)
    for (const [index, link] of this.plan.links.entries()) await this.addLink(index, link)
    // tcpdump listens only to what is up when it starts; the nodes' own commands begin with everything down.
    await this.setAll('up')
    await Promise.all(this.plan.links.flatMap(({ a, b }) => [this.capture(a, b), this.capture(b, a)]))
    for (const node of this.nodesWithLoopbackCounts()) await this.captureLoopback(node)
    await this.setAll('down')
    for (const { a, up } of this.plan.links) if (!up) await this.setCable(nameOf(a), false)
    for (const node of this.plan.nodes) {
      for (const command of node.commands) {
        const result = await this.run(node.name, command)
        if (result.status !== 0) {
          throw new CannotBuild(`${node.name}: ${command}: ${(result.stderr || result.stdout).trimEnd()}`)
        }
      }
    }
    await Promise.all(this.plan.nodes.map(({ name }) => this.settle(name)))
  }

  /**
   * Waits until the kernel has drawn its conclusions from all carriers (linkdown routes …), which it does up to a second
   * later (net/core/link_watch.c): until then `ip link` says LOWER_UP and NO-CARRIER, or neither, of a device that is up.
   */
  private async settle(node: string): Promise<void> {
    for (let tries = 0; tries < MOST_SETTLE_TRIES; tries++) {
      const { stdout } = await this.finish(this.start(['ip', '-n', this.namespaceOf(node), '-o', 'link']))
      const flags = stdout.split('\n').map(line => /<([^>]*)>/.exec(line)?.[1].split(',') ?? [])
      if (!flags.some(of => of.includes('UP') && of.includes('LOWER_UP') === of.includes('NO-CARRIER'))) return
      await new Promise(resolve => setTimeout(resolve, SETTLE_POLL_MS))
    }
  }

  /**
   * Runs a shell line on a node and waits for its end. After `limitMs` it is sent SIGINT, and SIGKILL a second later,
   * as in a run of the simulator.
   */
  async run(node: string, command: string, limitMs = Infinity): Promise<CommandResult> {
    const child = this.start(['nsenter', `--net=/run/netns/${this.namespaceOf(node)}`, 'bash', '-c', command])
    if (limitMs > LONGEST_TIMER_MS) return this.finish(child)
    let stopped = false
    const timers = [setTimeout(() => {
      stopped = true
      kill(child, 'SIGINT')
    }, limitMs), setTimeout(() => kill(child, 'SIGKILL'), limitMs + 1000)]
    try {
      const result = await this.finish(child)
      return stopped ? { ...result, status: null } : result
    } finally {
      for (const timer of timers) clearTimeout(timer)
    }
  }

  /** Cuts or mends a cable that was planned to be cut. */
  async setCable(end: string, up: boolean): Promise<void> {
    const index = this.plan.links.findIndex(({ a, b }) => [a, b].some(each => nameOf(each) === end))
    const namespace = this.cableOf(index)
    const state = up ? 'up' : 'down'
    await this.must('cable', ['ip', '-n', namespace, 'link', 'set', 'dev', 'left', state])
    await this.must('cable', ['ip', '-n', namespace, 'link', 'set', 'dev', 'right', state])
  }

  /** Ends the captures and returns what arrived at each interface, by `node:dev`; loopback has all its frames. */
  async received(): Promise<Map<string, { peer: string; records: readonly CapturedFrame[] }>> {
    await new Promise(resolve => setTimeout(resolve, 150))
    for (const { child } of this.captures) child.kill('SIGINT')
    await Promise.all(this.captures.map(({ child }) => ended(child)))
    return new Map(this.captures.map(({ end, peer, path }) => [end, { peer, records: readCapture(readFileSync(path)).frames }]))
  }

  /** Ends all that this machine started and removes all that it made. May be called at any time. */
  async remove(): Promise<void> {
    process.off('exit', this.onExit)
    const running = [...this.children].filter(child => child.exitCode === null && child.signalCode === null)
    for (const child of running) kill(child, 'SIGKILL')
    await Promise.all(running.map(ended))
    this.removeNow()
  }

  /** The same without waiting, for when the process ends. */
  private removeNow(): void {
    for (const child of this.children) kill(child, 'SIGKILL')
    rmSync(this.directory, { recursive: true, force: true })
    for (const namespace of this.namespaces.splice(0)) {
      killAllIn(namespace)
      spawnSync('ip', ['netns', 'del', namespace])
    }
  }

  private namespaceOf(node: string): string {
    return this.prefix + node
  }

  private cableOf(index: number): string {
    return `${this.prefix}cable-${index}`
  }

  private async addNamespace(name: string): Promise<string> {
    const namespace = this.namespaceOf(name)
    this.namespaces.push(namespace)
    await this.must('namespace', ['ip', 'netns', 'add', namespace])
    const settings = ['all', 'default'].map(each => `net.ipv6.conf.${each}.disable_ipv6=1`)
    const result = await this.run(name, `sysctl -qw ${settings.join(' ')}`)
    if (result.status !== 0) throw new CannotBuild(`${name}: ${result.stderr.trimEnd()}`)
    return namespace
  }

  private async addLink(index: number, { a, b, cut }: PlannedLink): Promise<void> {
    if (!cut) return this.addPair(a, this.namespaceOf(a.node), b, this.namespaceOf(b.node))
    const hub = await this.addNamespace(`cable-${index}`)
    await this.must('hub', [
      'ip', '-n', hub, 'link', 'add', 'hub', 'type', 'bridge', 'ageing_time', '0', 'mcast_snooping', '0',
    ])
    await this.addPair(a, this.namespaceOf(a.node), { dev: 'left' }, hub)
    await this.addPair(b, this.namespaceOf(b.node), { dev: 'right' }, hub)
    for (const dev of ['left', 'right']) {
      await this.must('hub', ['ip', '-n', hub, 'link', 'set', 'dev', dev, 'master', 'hub'])
      await this.must('hub', ['ip', '-n', hub, 'link', 'set', 'dev', dev, 'up'])
    }
    await this.must('hub', ['ip', '-n', hub, 'link', 'set', 'dev', 'hub', 'up'])
  }

  private async addPair(
    a: { dev: string; mac?: string }, aNamespace: string, b: { dev: string; mac?: string }, bNamespace: string,
  ): Promise<void> {
    const address = (mac?: string): string[] => mac === undefined ? [] : ['address', mac]
    await this.must('pair', [
      'ip', 'link', 'add', a.dev, 'netns', aNamespace, ...address(a.mac), 'type', 'veth',
      'peer', 'name', b.dev, 'netns', bNamespace, ...address(b.mac),
    ])
    for (const [end, namespace] of [[a, aNamespace], [b, bNamespace]] as const) {
      await this.must('offload', ['ip', 'netns', 'exec', namespace, 'ethtool', '-K', end.dev, 'tx', 'off'])
    }
  }

  private async setAll(state: 'up' | 'down'): Promise<void> {
    const ends = this.plan.links.flatMap(({ a, b }) => [a, b])
    const loopbacks = this.plan.nodes.map(({ name }) => ({ node: name, dev: 'lo' }))
    for (const { node, dev } of [...ends, ...loopbacks]) {
      await this.must('state', ['ip', '-n', this.namespaceOf(node), 'link', 'set', 'dev', dev, state])
    }
  }

  private nodesWithLoopbackCounts(): Set<string> {
    return new Set(this.plan.counts.filter(check => check.interface === 'lo').map(({ on }) => on))
  }

  /**
   * Captures what arrives at `end`. A veth pair loses nothing, so what arrives at one end is what left the other, and
   * one capture an end tells both directions of the cable.
   */
  private async capture(end: PlannedEnd, peer: PlannedEnd): Promise<void> {
    await this.startCapture(end.node, end.dev, nameOf(peer), ['-p', '-Q', 'in'])
  }

  private async captureLoopback(node: string): Promise<void> {
    await this.startCapture(node, 'lo', `${node}:lo`, ['-p'])
  }

  private async startCapture(node: string, dev: string, peer: string, options: string[]): Promise<void> {
    const path = join(this.directory, `${node}-${dev}.pcap`)
    const child = this.start([
      'nsenter', `--net=/run/netns/${this.namespaceOf(node)}`, 'tcpdump', '-Z', 'root', '--immediate-mode', '-U', '-n',
      '--time-stamp-precision=nano', ...options, '-i', dev, '-w', path,
    ])
    await new Promise<void>((resolve, reject) => {
      let text = ''
      child.stderr?.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (text.includes('listening on')) resolve()
      })
      child.once('exit', () => reject(new CannotBuild(`tcpdump on ${node}:${dev}: ${text.trimEnd()}`)))
    })
    while (!existsSync(path) || readFileSync(path).length === 0) await new Promise(resolve => setTimeout(resolve, 10))
    this.captures.push({ end: `${node}:${dev}`, peer, path, child })
  }

  private start(command: readonly string[]): ChildProcess {
    // A process group of its own, so that what a shell line starts ends with it, and Ctrl-C is ours to handle.
    const child = spawn(command[0], command.slice(1), {
      env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    })
    this.children.add(child)
    child.once('exit', () => this.children.delete(child))
    return child
  }

  private finish(child: ChildProcess): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      let stdout = ''
      let stderr = ''
      child.stdout?.on('data', (chunk: Buffer) => { stdout += chunk.toString() })
      child.stderr?.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
      child.once('error', reject)
      child.once('close', status => resolve({ status: status ?? -1, stdout, stderr }))
    })
  }

  private async must(what: string, command: readonly string[]): Promise<void> {
    const result = await this.finish(this.start(command))
    if (result.status !== 0) throw new CannotBuild(`${what}: ${command.join(' ')}: ${result.stderr.trimEnd()}`)
  }
}

export function nameOf({ node, dev }: { node: string; dev: string }): string {
  return `${node}:${dev}`
}

/** Longest time that setTimeout() can wait, ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 2000

/** Ends what a command of the lab left running in one of our namespaces. */
function killAllIn(namespace: string): void {
  const pids = spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).stdout ?? ''
  for (const pid of pids.split('\n').filter(line => line !== '')) signal(Number(pid), 'SIGKILL')
}

/** Sends a signal to a child and to all that it started. */
function kill(child: ChildProcess, name: 'SIGINT' | 'SIGKILL'): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  signal(-child.pid, name)
}

function signal(pid: number, name: 'SIGINT' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // it has just ended
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => child.once('exit', () => resolve()))
}

/** Removes namespaces of runs whose process is gone. */
function removeLeftovers(): void {
  const listed = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout ?? ''
  for (const line of listed.split('\n')) {
    const [namespace] = line.split(' ')
    const owner = /^ntk(\d+)-/.exec(namespace)
    if (owner !== null && !existsSync(`/proc/${owner[1]}`)) spawnSync('ip', ['netns', 'del', namespace])
  }
}
