/** Plays plans on the kernel through machine.py: one process a worker, one plan at a time. */
import { type ChildProcess, spawn } from 'node:child_process'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { CapturedFrame } from '../../../src/node/kernel/captures.ts'
import { CannotBuild, type CommandResult } from '../../../src/node/kernel/machine.ts'
import type { TwinPlan } from '../../../src/node/kernel/plan.ts'
import type { TwinRun } from '../../../src/node/kernel/twin.ts'

/** What machine.py says of a plan. */
export interface Answer {
  readonly results: readonly CommandResult[]
  /** By `node:dev`: [time in ns, frame in hex]. */
  readonly arrived: Readonly<Record<string, readonly (readonly [number, string])[]>>
}

/** A command that does not end by itself is stopped after so long. */
const LIMIT_MS = 20_000

export class Worker {
  private readonly child: ChildProcess
  private readonly lines: AsyncIterator<string>

  /** script: the path of machine.py. */
  constructor(script: string) {
    this.child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.child
    if (stdout === null) throw new Error('a pipe was asked for')
    this.lines = readline.createInterface({ input: stdout })[Symbol.asyncIterator]()
  }

  /** Throws CannotBuild when the kernel refuses what the lab needs. */
  async ask(plan: TwinPlan): Promise<Answer> {
    const steps = plan.steps.flatMap(({ atMs, run, limitMs }) => run === undefined ? [] : [
      { atMs, node: run.node, command: run.command, limitMs: Math.min(limitMs ?? LIMIT_MS, LIMIT_MS) },
    ])
    this.child.stdin?.write(`${JSON.stringify({ ...plan, steps })}\n`)
    const line = await this.lines.next()
    if (line.done === true) throw new Error('machine.py has ended')
    const answer = JSON.parse(line.value) as Answer | { readonly error: string }
    if ('error' in answer) throw new CannotBuild(answer.error)
    return answer
  }

  close(): void {
    this.child.stdin?.end()
  }
}

/** Returns an answer as the twin's comparison wants it. */
export function runOf(plan: TwinPlan, { results, arrived }: Answer): TwinRun {
  const runs = plan.steps.filter(({ run }) => run !== undefined)
  return { captures: capturesOf(plan, arrived), results: results.map((result, i) => ({ step: runs[i], ...result })) }
}

/** What arrived at one end is what left the other. */
function capturesOf(plan: TwinPlan, arrived: Readonly<Record<string, readonly (readonly [number, string])[]>>):
  Map<string, CapturedFrame[]> {
  const read = (end: string, direction: 'in' | 'out'): CapturedFrame[] => arrived[end].map(([atNs, hex]) =>
    ({ atNs, direction, bytes: new Uint8Array(Buffer.from(hex, 'hex')) }))
  const captures = new Map<string, CapturedFrame[]>()
  for (const { a, b } of plan.links) {
    const [left, right] = [`${a.node}:${a.dev}`, `${b.node}:${b.dev}`]
    for (const [end, peer] of [[left, right], [right, left]]) {
      const frames = [...read(end, 'in'), ...read(peer, 'out')].sort((x, y) => x.atNs - y.atNs)
      captures.set(end, frames.filter(({ atNs }) => atNs < plan.untilMs * 1e6))
    }
  }
  return captures
}

/** As many workers as wanted, each given the next job when it is free. */
export class Workers {
  private readonly all: Worker[]
  private readonly idle: Worker[]
  private readonly waiting: ((worker: Worker) => void)[] = []

  constructor(count: number, script = fileURLToPath(new URL('machine.py', import.meta.url))) {
    this.all = Array.from({ length: count }, () => new Worker(script))
    this.idle = [...this.all]
  }

  async play(plan: TwinPlan): Promise<TwinRun> {
    return runOf(plan, await this.ask(plan))
  }

  async ask(plan: TwinPlan): Promise<Answer> {
    const worker = this.idle.pop() ?? await new Promise<Worker>(resolve => this.waiting.push(resolve))
    try {
      return await worker.ask(plan)
    } finally {
      const next = this.waiting.shift()
      if (next === undefined) this.idle.push(worker)
      else next(worker)
    }
  }

  close(): void {
    for (const worker of this.all) worker.close()
  }
}
