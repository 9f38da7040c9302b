import { Interrupted, SIGINT, SIGWINCH } from '../../host/signals.ts'
import type { Process } from '../../host/process.ts'
import type { Terminal } from '../../host/terminal.ts'
import { COMMANDS, type Command } from './commands.ts'
import type { Completer } from './completion.ts'
import { Display } from './display.ts'
import { History } from './history.ts'
import { KeyReader } from './key-reader.ts'
import { bindingOf } from './keymap.ts'
import { KillRing, LineBuffer } from './line-buffer.ts'

/**
 * The line editor of interactive programs: GNU readline's emacs mode with the settings of Debian's /etc/inputrc, on an
 * xterm-256color. Its parts: keymap.ts says which keys call which command, commands.ts, search.ts and complete.ts are
 * the commands, line-buffer.ts holds the text, display.ts brings it to the screen, history.ts keeps the lines.
 *
 * For the plain uses it writes the bytes that bash 5.2 with readline 8.2 writes (test/console/recorded.json); for others
 * the same picture. vi mode, macros and inputrc files are absent.
 */
export class LineEditor {
  readonly buffer = new LineBuffer()
  readonly kills = new KillRing()
  readonly display: Display
  readonly keys: KeyReader
  history = new History()
  /** Lines read so far; whoever reads counts them. */
  linesRead = 0
  complete: Completer = () => ({ start: 0, candidates: [] })
  prompt = ''
  /** Shown instead of the prompt: a search, a numeric argument. */
  message: string | null = null
  /** Part of the line shown inverted until the next command. */
  standout: { readonly from: number, readonly to: number } | null = null
  /** The command before the present one. */
  lastCommand = ''
  /** Numeric argument of the present command; null: none was given. */
  argument: number | null = null
  /** Place in the history; its length is the new line. */
  place = 0
  /** A line to be edited next, by its place in the history (operate-and-get-next). */
  nextPlace: number | null = null
  /** Whether the last completion changed the line. */
  completionChanged = false
  /** What yank-last-arg looks at next. */
  lastArgumentPlace = 0
  /** The last text searched for. */
  searched = ''
  /** Set by a command: the line is done. */
  result: { readonly line: string | null } | null = null
  private readonly edits = new Map<number, string>()

  constructor(readonly process: Process, readonly terminal: Terminal, private readonly inputFd = 0,
    private readonly outputFd = 2) {
    this.display = new Display(terminal, (text) => this.write(text))
    this.keys = new KeyReader(process, terminal, this.inputFd)
  }

  /**
   * Reads a line with a prompt: the line without its newline; null at the end of the file; 'interrupted' after Ctrl-C,
   * which it has shown. `initial`: what stands in the line already.
   */
  async readLine(prompt: string, initial = ''): Promise<string | null | 'interrupted'> {
    const { terminal } = this
    const cooked = terminal.modes
    this.begin(prompt, initial)
    terminal.setModes({ ...cooked, icanon: false, echo: false, icrnl: false, vlnext: 0 })
    this.process.caught.add(SIGWINCH)
    this.write('\x1b[?2004h')
    this.writePromptHead()
    this.redisplay()
    try {
      while (this.result === null) await this.step()
      this.write('\x1b[?2004l\r')
      return this.result.line
    } catch (error) {
      if (!(error instanceof Interrupted) || error.signal !== SIGINT) throw error
      this.write('^C\x1b[?2004l\r\x1b[?2004h\x1b[?2004l\r\n')
      return INTERRUPTED
    } finally {
      this.process.caught.delete(SIGWINCH)
      terminal.setModes(cooked)
    }
  }

  // ---- for commands ----

  redisplay(): void {
    const { buffer, standout } = this
    const prompt = this.message ?? this.prompt.slice(this.prompt.lastIndexOf('\n') + 1)
    this.display.show({ prompt, text: buffer.text, point: buffer.point, standout })
  }

  bell(): void {
    this.display.write('\x07')
  }

  /** Ends the line with what stands in it. */
  accept(): void {
    this.display.finish()
    this.result = { line: this.buffer.line }
  }

  /** Shows the line anew below something else that was written. */
  redrawBelow(): void {
    this.display.forget()
    this.writePromptHead()
    this.redisplay()
  }

  /** Goes to a line of the history; what was changed in this one stays until the line is done. False: there is none. */
  goTo(place: number): boolean {
    if (place < 0 || place > this.history.length) return false
    this.edits.set(this.place, this.buffer.line)
    this.place = place
    this.buffer.reset(this.lineAt(place))
    return true
  }

  /** A line of the history as it was edited, or the new line. */
  lineAt(place: number): string {
    return this.edits.get(place) ?? this.history.at(place) ?? ''
  }

  /** Kills [from, to). */
  kill(from: number, to: number, before: boolean): void {
    if (from === to) return
    const joins = KILLS.has(this.lastCommand)
    this.kills.add(this.buffer.remove(from, to), joins, before)
  }

  /** Calls a command by its name, as its key would. */
  async run(name: string, key: string): Promise<void> {
    const command: Command | undefined = COMMANDS[name]
    if (command === undefined) this.bell()
    else await command(this, key)
    if (name !== 'digit-argument') this.argument = null
    this.lastCommand = name
  }

  write(text: string): void {
    const descriptor = this.process.descriptors.get(this.outputFd)
    descriptor?.file.write(this.process.pid, text)
  }

  // ---- keys ----

  private async step(): Promise<void> {
    let key: string | null
    try {
      key = await this.keys.next()
    } catch (error) {
      if (!(error instanceof Interrupted) || error.signal !== SIGWINCH) throw error
      this.display.resized()
      this.redrawBelow()
      return
    }
    if (key === null) {
      this.result = { line: null }
      return
    }
    await this.dispatch(key)
    if (this.result === null) this.redisplay()
  }

  private async dispatch(first: string): Promise<void> {
    let sequence = first
    let binding = bindingOf(sequence)
    while (binding === 'prefix') {
      const key = await this.keys.next()
      if (key === null) break
      sequence += key
      binding = bindingOf(sequence)
    }
    if (this.standout !== null && binding !== 'bracketed-paste-begin') {
      this.standout = null
      if (binding === 'accept-line') this.redisplay()
    }
    if (binding === null || binding === 'prefix') {
      this.bell()
      this.lastCommand = ''
    } else await this.run(binding, sequence)
  }

  private begin(prompt: string, initial: string): void {
    this.prompt = prompt
    this.message = null
    this.standout = null
    this.result = null
    this.argument = null
    this.lastCommand = ''
    this.edits.clear()
    this.display.forget()
    this.place = this.history.length
    this.buffer.reset(initial)
    if (this.nextPlace !== null && this.nextPlace < this.history.length) this.goTo(this.nextPlace)
    this.nextPlace = null
  }

  /** All lines of the prompt but the last. */
  private writePromptHead(): void {
    const end = this.prompt.lastIndexOf('\n')
    if (end >= 0) this.write(this.prompt.slice(0, end + 1).replaceAll('\x01', '').replaceAll('\x02', ''))
  }
}

const INTERRUPTED = 'interrupted' as const

const KILLS: ReadonlySet<string> = new Set([
  'kill-line', 'backward-kill-line', 'unix-line-discard', 'unix-word-rubout', 'kill-word', 'backward-kill-word',
])
