import { EAGAIN, EIO } from '../base/errno.ts'
import { viewOf } from '../base/hex.ts'
import { encodeUtf8 } from '../base/utf8.ts'
import { JournalKind } from '../engine/journal-record.ts'
import { OpenFile, slice } from './open-file.ts'
import type { Process, ProcessHost } from './process.ts'
import { SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGWINCH } from './signals.ts'
import { COOKED, type TerminalModes } from './terminal-modes.ts'

/**
 * A terminal: what a person types goes through the line discipline (drivers/tty/n_tty.c) to the processes that read it,
 * and what they write goes through it to the screen. Its two sides:
 *
 *     person   receive(bytes) ─> signals, line editing, echo ─> read()    processes
 *              onOutput       <─ \n as \r\n                  <─ write()
 *
 * The terminal of one session: `start(leader)` makes a process its leader; the foreground group may read it and gets the
 * signals of Ctrl-C, Ctrl-\ and Ctrl-Z; a reader of any other group is stopped by SIGTTIN. All that comes out is
 * entered in the journal, so it is part of the run's hash. Writers never wait: what Ctrl-S holds back is kept.
 *
 * TOSTOP is absent: a background group may always write.
 */
export interface TerminalChunk {
  readonly timeNs: number
  readonly bytes: Uint8Array
}

/** Bytes that wait to be read; what is typed beyond is lost, with a bell (N_TTY_BUF_SIZE). */
export const INPUT_LIMIT = 4096
/** Bytes of output kept; the screen gets all the same what comes later. */
export const TERMINAL_OUTPUT_LIMIT = 64 * 1024 * 1024

const NEWLINE = 0x0a
const TAB = 0x09
const SPACE = 0x20
const BACKSPACE = 0x08
const BELL = 0x07

export class Terminal extends OpenFile {
  readonly label: string
  override readonly isTerminal = true
  modes: TerminalModes = COOKED
  /** tcgetpgrp(): the process group that reads, and gets the keys' signals. */
  foreground = 0
  /** All that came out. */
  readonly chunks: TerminalChunk[] = []
  /** Called with each piece of output, in virtual time. */
  onOutput: ((chunk: TerminalChunk) => void) | null = null
  /** Set by a line editor while it waits for keys and has none left. */
  prompting = false
  private leader: Process | null = null
  private hungUp = false
  /** Lines that can be read, the end of a file as an empty one; without ICANON: bytes as they came. */
  private readonly lines: Uint8Array[] = []
  private head = 0
  /** The line that is being typed. */
  private readonly edited: number[] = []
  private literal = false
  /** Column of the cursor, and where the line that is being typed began. */
  private column = 0
  private lineColumn = 0
  private held: { readonly pid: number, readonly bytes: Uint8Array }[] | null = null
  private echoed: number[] = []
  private size = 0

  constructor(private readonly host: ProcessHost, readonly number: number, public columns: number, public rows: number) {
    super()
    this.label = `/dev/pts/${number}`
  }

  /** Makes a process the leader of the terminal's session and its group the foreground one. */
  start(leader: Process): void {
    this.leader = leader
    this.foreground = leader.group
    leader.onClose(() => this.leaderEnded())
  }

  // ---- the processes' side ----

  override get readable(): boolean {
    return this.hungUp || this.lines.length > 0 && !this.isBackground()
  }

  override read(limit: number, until: number): Uint8Array | number {
    if (this.hungUp) return new Uint8Array(0)
    if (this.isBackground()) return this.refuseReader()
    const line = this.lines[0]
    if (line === undefined) return -EAGAIN
    const part = slice(line, this.head, line.length, limit, until)
    this.head += part.length
    if (this.head >= line.length) {
      this.lines.shift()
      this.head = 0
    }
    return part
  }

  override write(pid: number, data: string | Uint8Array): number {
    if (this.hungUp) return -EIO
    const bytes = typeof data === 'string' ? encodeUtf8(data) : data
    const out: number[] = []
    for (let i = 0; i < bytes.length; i++) this.process(bytes[i], out)
    this.emit(pid, Uint8Array.from(out))
    return 0
  }

  /** tcsetattr(TCSADRAIN). What was typed ahead stays: whole lines become bytes, and bytes a line. */
  setModes(modes: TerminalModes): void {
    const { icanon } = this.modes
    this.modes = modes
    if (icanon === modes.icanon) return
    const rest = this.takeAll()
    if (rest.length > 0) this.lines.push(rest)
  }

  /** tcsetpgrp(): from now on this group reads. */
  setForeground(group: number): void {
    this.foreground = group
    this.wakeReaders()
  }

  // ---- the person's side ----

  /** What a person types, as the bytes a terminal sends. */
  receive(bytes: Uint8Array): void {
    if (this.hungUp) return
    for (let i = 0; i < bytes.length; i++) this.receiveByte(bytes[i])
    this.commitEchoes()
  }

  /** Changes the window's size; the foreground group is told by SIGWINCH. */
  resize(columns: number, rows: number): void {
    if (columns === this.columns && rows === this.rows) return
    this.columns = columns
    this.rows = rows
    this.prompting = false
    this.host.signalGroup(this.foreground, SIGWINCH)
  }

  /** The person has gone: the leader gets SIGHUP, readers see the end, writers an error. */
  hangUp(): void {
    if (this.hungUp) return
    this.hungUp = true
    this.prompting = false
    this.leader?.kill(SIGHUP)
    this.leader?.kill(SIGCONT)
    this.wakeReaders()
  }

  // ---- the line discipline ----

  private receiveByte(given: number): void {
    const { modes } = this
    if (modes.ixon && !this.literal) {
      if (given === modes.vstart || given === modes.vstop) {
        if (given === modes.vstart) this.startOutput()
        else this.held ??= []
        return
      }
    }
    if (modes.isig && !this.literal && given !== 0) {
      const signal = given === modes.vintr ? SIGINT : given === modes.vquit ? SIGQUIT : given === modes.vsusp ? SIGTSTP : 0
      if (signal !== 0) {
        this.signal(signal, given)
        return
      }
    }
    const byte = given === 0x0d && modes.icrnl && !this.literal ? NEWLINE : given
    if (modes.icanon) this.editLine(byte)
    else this.append(byte)
  }

  /** isig() and n_tty_receive_signal_char(): throws away what was typed and not read, then tells the group. */
  private signal(signal: number, byte: number): void {
    if (!this.modes.noflsh) {
      this.lines.length = 0
      this.edited.length = 0
      this.head = 0
      this.echoed.length = 0
      if (this.held !== null) this.held.length = 0
    }
    if (this.modes.ixon) this.startOutput()
    if (this.modes.echo) this.echo(byte)
    this.commitEchoes()
    this.prompting = false
    this.host.signalGroup(this.foreground, signal)
  }

  /** Without ICANON: the byte can be read at once. */
  private append(byte: number): void {
    if (this.waiting() >= INPUT_LIMIT - 1) return this.ringBell()
    const last = this.lines.length - 1
    if (last < 0) this.lines.push(Uint8Array.of(byte))
    else this.lines[last] = Uint8Array.of(...this.lines[last], byte)
    if (this.modes.echo) this.echo(byte)
    this.prompting = false
    this.wakeReaders()
  }

  private editLine(byte: number): void {
    const { modes } = this
    if (this.literal) {
      this.literal = false
      this.insert(byte)
    } else if (modes.iexten && byte === modes.vlnext) {
      this.literal = true
      if (modes.echo && modes.echoctl) this.echoed.push(0x5e, BACKSPACE)
    } else if (byte === modes.verase) this.erase('character')
    else if (modes.iexten && byte === modes.vwerase) this.erase('word')
    else if (byte === modes.vkill) this.killLine()
    else if (modes.iexten && modes.echo && byte === modes.vreprint) this.reprint()
    else if (byte === modes.veof) this.finishLine()
    else if (byte === NEWLINE) {
      this.edited.push(byte)
      if (modes.echo) this.process(NEWLINE, this.echoed)
      this.finishLine()
    } else this.insert(byte)
  }

  private insert(byte: number): void {
    if (this.waiting() >= INPUT_LIMIT - 1) return this.ringBell()
    if (this.edited.length === 0) this.lineColumn = this.column
    this.edited.push(byte)
    if (this.modes.echo) this.echo(byte)
  }

  private finishLine(): void {
    this.lines.push(Uint8Array.from(this.edited))
    this.edited.length = 0
    this.lineColumn = this.column
    this.wakeReaders()
  }

  private killLine(): void {
    const { echo, echok, echoke, echoe } = this.modes
    if (echo && echok && echoke && echoe) {
      this.erase('line')
      return
    }
    this.edited.length = 0
    if (!echo) return
    this.echo(this.modes.vkill)
    if (echok) this.process(NEWLINE, this.echoed)
  }

  private reprint(): void {
    this.echo(this.modes.vreprint)
    this.process(NEWLINE, this.echoed)
    for (const byte of this.edited) this.echo(byte)
  }

  /** eraser(): takes characters back, and off the screen. */
  private erase(what: 'character' | 'word' | 'line'): void {
    let seenWord = false
    while (this.edited.length > 0) {
      let start = this.edited.length - 1
      while (this.modes.iutf8 && start > 0 && (this.edited[start] & 0xc0) === 0x80) start--
      const byte = this.edited[start]
      const isWord = byte < 0x80 && /\w/.test(String.fromCharCode(byte))
      if (what === 'word' && seenWord && !isWord) return
      seenWord ||= isWord
      this.edited.length = start
      if (this.modes.echo && this.modes.echoe) this.rubOut(byte)
      if (what === 'character') return
    }
  }

  private rubOut(byte: number): void {
    if (byte === TAB) {
      const before = this.columnOf(this.edited)
      for (let column = this.columnAfter(before, TAB); column > before; column--) this.echoed.push(BACKSPACE)
      this.column = before
      return
    }
    const isControl = byte < SPACE || byte === 0x7f
    for (let i = isControl ? this.modes.echoctl ? 2 : 0 : 1; i > 0; i--) {
      this.echoed.push(BACKSPACE, SPACE, BACKSPACE)
      if (this.column > 0) this.column--
    }
  }

  private columnOf(bytes: readonly number[]): number {
    let column = this.lineColumn
    for (const byte of bytes) column = this.columnAfter(column, byte)
    return column
  }

  private columnAfter(column: number, byte: number): number {
    if (byte === TAB) return (column | 7) + 1
    if (byte < SPACE || byte === 0x7f) return column + (this.modes.echoctl ? 2 : 0)
    return (byte & 0xc0) === 0x80 && this.modes.iutf8 ? column : column + 1
  }

  /** echo_char() */
  private echo(byte: number): void {
    const isControl = byte < SPACE || byte === 0x7f
    if (isControl && this.modes.echoctl && byte !== TAB && byte !== NEWLINE) {
      this.echoed.push(0x5e, byte ^ 0x40)
      this.column += 2
    } else this.process(byte, this.echoed)
  }

  /** do_output_char(): one byte on its way out, and the column it leaves the cursor in. */
  private process(byte: number, out: number[]): void {
    if (!this.modes.opost) {
      out.push(byte)
      return
    }
    if (byte === NEWLINE) {
      if (this.modes.onlcr) {
        out.push(0x0d)
        this.column = 0
      }
      this.lineColumn = this.column
    } else if (byte === 0x0d) this.lineColumn = this.column = 0
    else if (byte === BACKSPACE) this.column = Math.max(0, this.column - 1)
    else if (byte === TAB || byte >= SPACE && byte !== 0x7f) this.column = this.columnAfter(this.column, byte)
    out.push(byte)
  }

  private ringBell(): void {
    if (this.modes.imaxbel) this.echoed.push(BELL)
  }

  private commitEchoes(): void {
    if (this.echoed.length === 0) return
    const bytes = Uint8Array.from(this.echoed)
    this.echoed = []
    this.emit(0, bytes)
  }

  private startOutput(): void {
    const { held } = this
    this.held = null
    for (const { pid, bytes } of held ?? []) this.emit(pid, bytes)
  }

  private emit(pid: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.held !== null) {
      this.held.push({ pid, bytes })
      return
    }
    const { simulation, node } = this.host
    if (simulation.journal.recording) {
      const view = viewOf(bytes)
      simulation.journal.recordBytes(JournalKind.TERMINAL_OUTPUT, node, pid, this.number, 0, view, 0, bytes.length)
    }
    const chunk: TerminalChunk = { timeNs: simulation.nowNs, bytes }
    if (this.size + bytes.length <= TERMINAL_OUTPUT_LIMIT) {
      this.size += bytes.length
      this.chunks.push(chunk)
    }
    if (this.onOutput !== null) this.onOutput(chunk)
  }

  // ---- sessions and groups ----

  /** __tty_check_change(): whether the process that runs now belongs to another group than the foreground one. */
  private isBackground(): boolean {
    const reader = this.runningProcess()
    return reader !== null && this.leader !== null && reader.group !== this.foreground
  }

  private refuseReader(): number {
    const reader = this.runningProcess()
    if (reader === null || reader.ignored.has(SIGTTIN)) return -EIO
    this.host.signalGroup(reader.group, SIGTTIN)
    return -EAGAIN
  }

  private runningProcess(): Process | null {
    const { running } = this.host.scheduler
    for (const process of this.host.processes.values()) if (process === running) return process
    return null
  }

  /** disassociate_ctty() */
  private leaderEnded(): void {
    this.leader = null
    this.hungUp = true
    this.prompting = false
    const leftover = this.foreground
    this.foreground = 0
    this.host.signalGroup(leftover, SIGHUP)
    this.host.signalGroup(leftover, SIGCONT)
    this.wakeReaders()
  }

  private waiting(): number {
    return this.lines.reduce((sum, line) => sum + line.length, this.edited.length) - this.head
  }

  private takeAll(): Uint8Array {
    const bytes: number[] = []
    for (const line of this.lines) for (const byte of line) bytes.push(byte)
    const rest = Uint8Array.from([...bytes.slice(this.head), ...this.edited])
    this.lines.length = 0
    this.edited.length = 0
    this.head = 0
    return rest
  }
}
