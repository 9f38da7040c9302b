import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts'
import type { Process } from '../host/process.ts'
import { SIGKILL } from '../host/signals.ts'
import { wholeCharacters } from '../host/streams.ts'
import { Terminal, type TerminalChunk } from '../host/terminal.ts'
import { type Host, INITIAL_ENVIRONMENT } from '../host/host.ts'
import type { Lab } from './lab.ts'
import { type Span, spanNs } from './span.ts'

/**
 * A console: a terminal on a node with a shell on it, and a person, or a test, before it. What is typed is an input of
 * the run and kept in its log; what comes out is in the journal. Virtual time moves as it does elsewhere, by runFor()
 * and its like, or by until() and settle() here.
 *
 *     const console = lab.node('alice').console()
 *     await console.settle()                     // the prompt is there
 *     console.write('ping bob\r')
 *     await lab.runFor('3s')
 *     console.write('\x03')                      // Ctrl-C
 *     await console.settle()
 */
export interface ConsoleOptions {
  /** Size of the window; default 80 by 24. */
  readonly columns?: number
  readonly rows?: number
  /** What runs on it; default an interactive bash. */
  readonly command?: readonly string[]
}

/** A piece of what came out: bytes, and the text that they complete. */
export interface ConsoleChunk extends TerminalChunk {
  readonly text: string
}

/** Virtual time that until() and settle() let pass at most: an hour. */
const WAIT_LIMIT_NS = 3600e9

export class LabConsole {
  /** Called with each piece of output, in virtual time. */
  onOutput: ((chunk: ConsoleChunk) => void) | null = null
  private readonly terminal: Terminal
  private readonly process: Process
  private text = ''
  private partial = new Uint8Array(0)
  private seen = 0

  /** Of LabNode.console(); `number`: its place among the consoles of the lab. */
  constructor(private readonly lab: Lab, readonly node: string, readonly number: number, host: Host,
    options: Required<ConsoleOptions>) {
    this.terminal = new Terminal(host, number, options.columns, options.rows)
    this.terminal.onOutput = (chunk) => this.take(chunk)
    const { terminal } = this
    this.process = host.spawn(options.command, {
      descriptors: new Map([[0, terminal], [1, terminal], [2, terminal]]),
      env: { ...INITIAL_ENVIRONMENT, TERM: 'xterm-256color' },
    })
    terminal.start(this.process)
  }

  /** All that came out so far, as text. */
  get output(): string {
    return this.text
  }

  /** All that came out so far, with its virtual times. */
  get chunks(): readonly TerminalChunk[] {
    return this.terminal.chunks
  }

  /** Exit status of what runs on it; null while it runs. */
  get status(): number | null {
    return this.process.exited ? this.process.status : null
  }

  /** Whether the shell waits at its prompt, and has taken all that was typed. */
  get atPrompt(): boolean {
    return this.terminal.prompting
  }

  get columns(): number {
    return this.terminal.columns
  }

  get rows(): number {
    return this.terminal.rows
  }

  /** Types: '\r' is Enter, '\x03' Ctrl-C, '\x1b[A' the upward arrow, as terminals send them. */
  write(text: string): void {
    this.lab.act({ kind: 'type', console: this.number, text })
  }

  /** The window has another size. */
  resize(columns: number, rows: number): void {
    this.lab.act({ kind: 'resize', console: this.number, columns, rows })
  }

  /** Closes the window: what runs on it gets SIGHUP. */
  close(): void {
    this.lab.act({ kind: 'hang-up', console: this.number })
  }

  /**
   * Lets time pass until something comes out that was not waited for yet, and returns what came out up to its end.
   * Throws if it has not come after `limit` (default an hour), or never will.
   */
  async until(wanted: string | RegExp, limit: Span = WAIT_LIMIT_NS): Promise<string> {
    const from = this.seen
    let asked = -1
    let end = -1
    await this.wait(limit, `shows ${String(wanted)}`, () => {
      if (end < 0 && asked !== this.text.length) end = endOf(this.text, wanted, from)
      asked = this.text.length
      return end >= 0
    })
    this.seen = end
    return this.text.slice(from, end)
  }

  /** Lets time pass until the shell waits at its prompt, or has ended; returns what came out and was not waited for. */
  async settle(limit: Span = WAIT_LIMIT_NS): Promise<string> {
    await this.wait(limit, 'is at its prompt', () => this.atPrompt || this.status !== null)
    const text = this.text.slice(this.seen)
    this.seen = this.text.length
    return text
  }

  /** Does what an input says; Lab calls it. */
  receive(text: string): void {
    this.terminal.receive(encodeUtf8(text))
  }

  /** Does what an input says; Lab calls it. */
  setSize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows)
  }

  /** Does what an input says; Lab calls it. */
  hangUp(): void {
    this.terminal.hangUp()
  }

  /** Ends what runs on it, whatever it does about signals. */
  end(): void {
    this.process.kill(SIGKILL)
  }

  private async wait(limit: Span, what: string, done: () => boolean): Promise<void> {
    const limitNs = this.lab.now + spanNs(limit, 'console')
    // Even what is there already may change at this moment: whoever can run does so first.
    const end = await this.lab.network.scheduler.run({ done, limitNs })
    if (end === 'done' || done()) return
    const last = JSON.stringify(this.text.slice(this.seen).slice(-2000))
    throw new Error(`console of ${this.node}: it never ${what}; since the last that was waited for it showed ${last}`)
  }

  private take(chunk: TerminalChunk): void {
    let { bytes } = chunk
    if (this.partial.length > 0) bytes = Uint8Array.of(...this.partial, ...bytes)
    const whole = wholeCharacters(bytes)
    this.partial = bytes.slice(whole)
    const text = decodeUtf8(bytes, 0, whole)
    this.text += text
    if (this.onOutput !== null) this.onOutput({ ...chunk, text })
  }
}

/** Where the first match from `from` on ends, or -1. */
function endOf(text: string, wanted: string | RegExp, from: number): number {
  if (typeof wanted === 'string') {
    const at = text.indexOf(wanted, from)
    return at < 0 ? -1 : at + wanted.length
  }
  const match = wanted.exec(text.slice(from))
  return match === null ? -1 : from + match.index + match[0].length
}
