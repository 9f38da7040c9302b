import type { Process } from '../../host/process.ts'
import { SIGNAL_TEXTS } from './signal-texts.ts'

/** A background pipeline: its processes, and how it came out. */
export interface Job {
  readonly id: number
  readonly text: string
  readonly processes: readonly Process[]
  /** Told of its end already. */
  notified: boolean
  /** Waited for: gone from the table with the next look. */
  reaped: boolean
  disowned: boolean
}

export type JobState = 'Running' | 'Stopped' | 'Done'

/** The jobs of a shell, as `jobs`, `wait`, `fg` and `%n` know them (bash(1), JOB CONTROL). */
export class JobTable {
  private jobs: Job[] = []
  /** Exit statuses of processes whose job has gone: what `wait PID` still tells. */
  readonly statuses = new Map<number, number>()

  /** Those that the table holds, by number. */
  get all(): readonly Job[] {
    return this.jobs
  }

  add(processes: readonly Process[], text: string): Job {
    const id = this.jobs.reduce((last, job) => Math.max(last, job.id), 0) + 1
    const job = { id, text, processes, notified: false, reaped: false, disowned: false }
    this.jobs.push(job)
    return job
  }

  remove(job: Job): void {
    for (const process of job.processes) if (process.exited) this.remember(process)
    this.jobs = this.jobs.filter((one) => one !== job)
  }

  private remember(process: Process): void {
    if (this.statuses.size >= STATUSES_LIMIT) {
      const [oldest] = this.statuses.keys()
      this.statuses.delete(oldest)
    }
    this.statuses.set(process.pid, process.status)
  }

  /** The current job (%+) and the one before it (%-). */
  get current(): Job | null {
    const stopped = this.jobs.filter((job) => stateOf(job) === 'Stopped')
    return stopped[stopped.length - 1] ?? this.jobs[this.jobs.length - 1] ?? null
  }

  get previous(): Job | null {
    const { current } = this
    const others = this.jobs.filter((job) => job !== current)
    const stopped = others.filter((job) => stateOf(job) === 'Stopped')
    return stopped[stopped.length - 1] ?? others[others.length - 1] ?? null
  }

  /** The job that "%…" names; null: none; 'ambiguous': several. */
  find(spec: string): Job | null | 'ambiguous' {
    const name = spec.startsWith('%') ? spec.slice(1) : spec
    if (name === '' || name === '%' || name === '+') return this.current
    if (name === '-') return this.previous
    if (/^[0-9]+$/.test(name)) return this.jobs.find((job) => job.id === Number(name)) ?? null
    const fits = name.startsWith('?') ? (job: Job) => job.text.includes(name.slice(1)) : (job: Job) => job.text.startsWith(name)
    const found = this.jobs.filter(fits)
    return found.length > 1 ? 'ambiguous' : found[0] ?? null
  }

  byPid(pid: number): Job | null {
    return this.jobs.find((job) => job.processes.some((process) => process.pid === pid)) ?? null
  }

  /** "[1]+  Running                 sleep 2 &", without newline. long: with process ids. */
  describe(job: Job, long = false): string {
    const mark = job === this.current ? '+' : job === this.previous ? '-' : ' '
    const state = stateText(job)
    const pid = long ? `${String(job.processes[0].pid).padStart(5)} ` : ' '
    const running = stateOf(job) === 'Running' ? ' &' : ''
    return `[${job.id}]${mark} ${pid}${state.padEnd(24)}${job.text}${running}`
  }
}

/** Ended processes whose status is kept, as CHILD_MAX bounds it in bash. */
export const STATUSES_LIMIT = 4096

function lastOf(job: Job): Process {
  return job.processes[job.processes.length - 1]
}

export function stateOf(job: Job): JobState {
  if (job.processes.every((process) => process.exited)) return 'Done'
  return job.processes.some((process) => process.stopped) ? 'Stopped' : 'Running'
}

/** "Done", "Exit 3", "Terminated", "Running", "Stopped". */
function stateText(job: Job): string {
  const state = stateOf(job)
  if (state !== 'Done') return state
  const { status, endedBy } = lastOf(job)
  if (endedBy !== 0) return SIGNAL_TEXTS[endedBy] ?? `Unknown signal ${endedBy}`
  return status === 0 ? 'Done' : `Exit ${status}`
}
