import type { Process } from '../../../host/process.ts'
import {
  Interrupted, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU,
} from '../../../host/signals.ts'
import type { Terminal } from '../../../host/terminal.ts'
import { LoopJump, type Run } from '../flow.ts'
import { type Job, stateOf } from '../jobs.ts'
import type { Shell } from '../shell.ts'

/** What an interactive shell does not hear; what it starts does. */
const DEAF: readonly number[] = [SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU]

/**
 * Job control (set -m): every pipeline is a process group of its own; the one in the foreground has the terminal. One
 * that a signal stops becomes a job, and the shell has the terminal again. A foreground command that Ctrl-C ended ends
 * the whole line.
 */
export class Monitor {
  /** What the next pipeline is called in the table of jobs. */
  text = ''
  /** `exit` was the last command, and was told of stopped jobs. */
  warned = false

  /** Stopped jobs that were told to end; they hear of it when they go on. */
  private readonly ending: Job[] = []

  constructor(private readonly shell: Shell, readonly terminal: Terminal) {
    for (const signal of DEAF) shell.process.ignored.add(signal)
  }

  /** A process was started: as the first of a group, or one of the group `of`. */
  adopt(process: Process, foreground: boolean): void {
    for (const signal of DEAF) process.ignored.delete(signal)
    if (foreground && process.group === process.pid) this.terminal.setForeground(process.group)
  }

  /** Waits until all have ended, or until one is stopped. A stopped one makes them a job. The status. */
  *wait(processes: readonly Process[], job: Job | null = null): Run<number> {
    const { shell } = this
    const last = processes[processes.length - 1]
    const { text } = this
    const stopped = (): boolean => processes.some((process) => process.stopped && !process.exited)
    while (!processes.every((process) => process.exited) && !stopped()) {
      yield* shell.call(() => shell.process.waitChange(processes.filter((process) => !process.exited)))
    }
    this.terminal.setForeground(shell.process.group)
    if (stopped()) {
      const made = job ?? shell.jobs.add(processes, text)
      made.notified = true
      shell.process.stderr.write(`\n${shell.jobs.describe(made)}\n`)
      shell.lastStatus = 128 + SIGTSTP
      if (shell.loops > 0) throw new LoopJump('break', shell.loops)
      return 128 + SIGTSTP
    }
    if (job !== null) shell.jobs.remove(job)
    if (last.endedBy === SIGINT) throw new Interrupted(SIGINT)
    return last.status
  }

  /** fg and bg. */
  *resume(job: Job, foreground: boolean): Run<number> {
    const { shell } = this
    const group = job.processes[0].group
    const mark = job === shell.jobs.current ? '+' : job === shell.jobs.previous ? '-' : ' '
    shell.out(foreground ? `${job.text}\n` : `[${job.id}]${mark} ${job.text} &\n`)
    if (foreground) this.terminal.setForeground(group)
    job.notified = false
    shell.process.host.signalGroup(group, SIGCONT)
    if (!foreground) return 0
    this.text = job.text
    return yield* this.wait(job.processes, job)
  }

  /** A job was told to end by `kill`: a stopped one is told of once more, then goes on and ends. */
  killed(job: Job): void {
    if (stateOf(job) !== 'Stopped') return
    job.notified = false
    this.ending.push(job)
  }

  /** Tells of jobs that have ended or been stopped since the last time: before each prompt. */
  notify(): void {
    const { jobs, process } = this.shell
    const lines: string[] = []
    const done: Job[] = []
    for (const job of jobs.all) {
      const state = stateOf(job)
      if (state === 'Done') {
        lines.push(`${jobs.describe(job)}\n`)
        done.push(job)
      } else if (state === 'Stopped' && !job.notified) {
        lines.push(`\n${jobs.describe(job)}\n`)
        job.notified = true
      }
    }
    for (const job of done) jobs.remove(job)
    process.stderr.write(lines.join(''))
    for (const job of this.ending.splice(0)) process.host.signalGroup(job.processes[0].group, SIGCONT)
  }

  /** Whether `exit` may end the shell: the first time it only tells of stopped jobs. */
  mayLeave(): boolean {
    const { shell } = this
    shell.process.stderr.write('exit\n')
    const stopped = shell.jobs.all.some((job) => stateOf(job) === 'Stopped')
    if (!stopped || this.warned) return true
    shell.process.stderr.write('There are stopped jobs.\n')
    this.warned = true
    return false
  }

  /** The shell ends: stopped jobs end with it; at a hang-up all do. */
  leave(hangUp: boolean): void {
    const { jobs, process } = this.shell
    for (const job of jobs.all) {
      const state = stateOf(job)
      if (state === 'Done' || state === 'Running' && !hangUp) continue
      process.host.signalGroup(job.processes[0].group, hangUp ? SIGHUP : SIGTERM)
      if (state === 'Stopped') process.host.signalGroup(job.processes[0].group, SIGCONT)
    }
  }
}
