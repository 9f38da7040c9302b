import { Interrupted, SIGCHLD, SIGINT, SIGNAL_NAMES } from '../../host/signals.ts'
import { ExitJump, Jump, type Run } from './flow.ts'
import type { Shell } from './shell.ts'
import { Source } from './source.ts'

/** Signals that end a process come as Interrupted; these have to be asked for. */
const EXIT = 'EXIT'

/**
 * Traps: commands that run when a signal has come,
   when the shell ends (EXIT) and when a command fails (ERR). A signal is
 * taken while the shell waits; its commands run after the command that was waited for, as in bash.
 */
export class Traps {
  /** Commands by "EXIT", "ERR", or a signal's number as text. '': ignored. */
  private commands = new Map<string, string>()
  private queue: number[] = []
  private running = false
  /** SIGINTs that have come so far. */
  interrupts = 0

  constructor(private readonly shell: Shell) {}

  get pending(): boolean {
    return this.queue.length > 0 && !this.running
  }

  get(key: string): string | undefined {
    return this.commands.get(key)
  }

  catches(signal: number): boolean {
    return this.commands.has(String(signal))
  }

  set(key: string, command: string | null): void {
    const signal = Number(key)
    const { process } = this.shell
    if (command === null) this.commands.delete(key)
    else this.commands.set(key, command)
    if (Number.isNaN(signal)) return
    if (command === '') process.ignored.add(signal)
    else process.ignored.delete(signal)
    if (command === null || command === '') process.caught.delete(signal)
    else process.caught.add(signal)
  }

  /** `trap` lists them: EXIT first, then by number, then ERR. */
  list(): (readonly [string, string])[] {
    const order = (key: string): number => key === EXIT ? -1 : key === 'ERR' ? 1000 : Number(key)
    return [...this.commands].sort(([a], [b]) => order(a) - order(b))
  }

  /** What a subshell keeps: the ignored ones. It still lists the others until it sets its own. */
  inherit(from: Traps): void {
    for (const [key, command] of from.commands) if (command === '') this.commands.set(key, '')
  }

  /** The process has changed: a fork has begun. */
  arm(): void {
    for (const [key, command] of this.commands) if (command === ''
      && !Number.isNaN(Number(key))) this.shell.process.ignored.add(Number(key))
  }

  /** A signal has come. Without a trap it ends the shell, except for SIGINT while a child is waited for. */
  receive(signal: number): void {
    if (signal === SIGINT) this.interrupts++
    const command = this.commands.get(String(signal))
    if (command !== undefined) {
      if (command !== '') this.queue.push(signal)
      return
    }
    if (signal === SIGINT && this.waitsForChild) return
    throw new Interrupted(signal)
  }

  /** Set while a foreground child runs. */
  waitsForChild = false

  /** A signal of the shell's own making: SIGCHLD. */
  note(signal: number): void {
    if (signal === SIGCHLD && this.commands.has(String(signal))) this.queue.push(signal)
  }

  *runPending(): Run {
    while (this.queue.length > 0 && !this.running) {
      const signal = this.queue.shift() ?? 0
      yield* this.run(this.commands.get(String(signal)) ?? '')
    }
  }

  *runExit(status: number): Run<number> {
    const command = this.commands.get(EXIT)
    this.commands.delete(EXIT)
    if (command === undefined || command === '') return status
    this.shell.lastStatus = status
    try {
      yield* this.shell.runText(new Source(command))
    } catch (error) {
      if (error instanceof ExitJump) return error.status
      if (!(error instanceof Jump)) throw error
    }
    return status
  }

  *runError(): Run {
    const command = this.commands.get('ERR')
    if (command !== undefined && command !== '' && !this.running) yield* this.run(command)
  }

  private *run(command: string): Run {
    const { lastStatus, pipeStatus } = this.shell
    this.running = true
    try {
      yield* this.shell.runText(new Source(command, this.shell.line))
    } finally {
      this.running = false
      this.shell.lastStatus = lastStatus
      this.shell.pipeStatus = pipeStatus
    }
  }
}

/** "EXIT", "ERR", or a signal's number as text, for one of its names; null: there is none. */
export function trapKey(name: string): string | null {
  const upper = name.toUpperCase()
  if (upper === EXIT || upper === '0') return EXIT
  if (upper === 'ERR' || upper === 'DEBUG' || upper === 'RETURN') return upper
  if (/^[0-9]+$/.test(name)) return Number(name) < 65 ? name : null
  const number = SIGNAL_NAMES.indexOf(upper.replace(/^SIG/, ''))
  return number > 0 ? String(number) : null
}

/** "SIGINT" for "2". */
export function trapName(key: string): string {
  return Number.isNaN(Number(key)) ? key : `SIG${SIGNAL_NAMES[Number(key)] ?? key}`
}
