import { EISDIR, strerror } from '../../base/errno.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import type { Process, Program } from '../../host/process.ts'
import type { InputStream } from '../../host/streams.ts'
import { ProgramError, strtol } from '../c-number.ts'
import { type Arguments, gnuProgram, type GnuSpec } from './gnu.ts'
import type { Regex } from './regex.ts'
import { type Address, type Command, type Expression, type Piece, parseSed, type Substitution } from './sed-parse.ts'
import { SED_USAGE } from './sed-usage.ts'

/** sed 4.9 (GNU): the script is compiled by sed-parse.ts and run here, line by line as input comes. */
const SPEC: GnuSpec = {
  short: 'bsnrzuEe:f:l:i::V:hs',
  long: {
    'binary': 'b', 'regexp-extended': 'E', 'debug': 'debug', 'in-place': 'i?', 'expression=': 'e', 'file=': 'f',
    'line-length=': 'l', 'null-data': 'z', 'zero-terminated': 'z', 'quiet': 'n', 'posix': 'posix', 'silent': 'n',
    'sandbox': 'sandbox', 'separate': 's', 'unbuffered': 'u', 'follow-symlinks': 'follow',
  },
  lacks: ['debug', 'posix', 'sandbox', 'follow', 'V'],
  usage: () => SED_USAGE,
}

export const sed: Program = gnuProgram(SPEC, async (process, args) => {
  const { expressions, files } = await script(process, args)
  const program = parseSed('sed', expressions, { extended: args.has('E') || args.has('r'), sandbox: false })
  let lineLength = 70
  const length = args.value('l')
  if (length !== undefined) {
    lineLength = strtol(length).value
  }
  const suffix = args.value('i')
  const run = new SedRun(process, program.commands, {
    quiet: args.has('n') || program.quiet, separate: args.has('s') || suffix !== undefined,
    inPlace: suffix ?? null, delimiter: args.has('z') ? '\0' : '\n', lineLength,
  })
  return run.all(files.length === 0 ? ['-'] : files)
})

async function script(process: Process, args: Arguments): Promise<{
  readonly expressions: readonly Expression[], readonly files: readonly string[],
}> {
  const expressions: Expression[] = []
  for (const { name, value } of args.options) {
    if (name === 'e') expressions.push({ text: value, file: null })
    else if (name === 'f') {
      const text = value === '-' ? await process.stdin.readAll() : process.readFile(value)
      if (typeof text === 'number') throw new ProgramError(`sed: couldn't open file ${value}: ${strerror(-text)}\n`, 4)
      expressions.push({ text: text.endsWith('\n') ? text.slice(0, -1) : text, file: value })
    }
  }
  const files = [...args.operands]
  if (expressions.length === 0) {
    const first = files.shift()
    if (first === undefined) throw new ProgramError(SED_USAGE, 1)
    expressions.push({ text: first, file: null })
  }
  return { expressions, files }
}

interface SedOptions {
  readonly quiet: boolean
  readonly separate: boolean
  readonly inPlace: string | null
  readonly delimiter: string
  readonly lineLength: number
}

/** Where output goes; a line that lacked its newline gets it when another follows. */
class Sink {
  private missing = false

  constructor(private readonly put: (text: string) => void, private readonly delimiter: string) {}

  line(text: string, complete = true): void {
    this.raw(complete ? text + this.delimiter : text)
    this.missing = !complete
  }

  raw(text: string): void {
    if (this.missing) this.put(this.delimiter)
    this.missing = false
    this.put(text)
  }
}

interface Input {
  readonly text: string
  readonly complete: boolean
  readonly file: string
}

class SedRun {
  private status = 0
  private pattern = ''
  private hold = ''
  private complete = true
  private holdComplete = true
  private lineNumber = 0
  private replaced = false
  private lastRegex: Regex | null = null
  private ahead: Input | null = null
  private files: string[] = []
  private stream: InputStream | null = null
  private streamName = '-'
  private fileName = '-'
  private out: Sink
  private edited: { readonly name: string, text: string } | null = null
  private readonly sinks = new Map<string, Sink>()
  private readonly readers = new Map<string, InputStream | null>()
  private readonly appended: ({ readonly text: string } | { readonly file: string } | { readonly line: string })[] = []
  private restart = false

  constructor(private readonly process: Process, private readonly commands: Command[], private readonly options: SedOptions) {
    this.out = this.standardOutput()
    for (const { name, text, substitution } of commands) {
      if (name === 'w' || name === 'W') this.sink(text)
      if (substitution !== null && substitution.file !== null) this.sink(substitution.file)
    }
  }

  private standardOutput(): Sink {
    return new Sink((text) => this.process.stdout.write(text), this.options.delimiter)
  }

  async all(files: readonly string[]): Promise<number> {
    this.files = [...files]
    while (this.restart || await this.readPattern()) {
      this.restart = false
      const status = await this.execute()
      if (status !== null) {
        await this.finishFile()
        return status
      }
    }
    await this.finishFile()
    return this.status
  }

  private sink(name: string): Sink {
    if (name === '/dev/stdout') return this.out
    const found = this.sinks.get(name)
    if (found !== undefined) return found
    let sink: Sink
    if (name === '/dev/stderr') sink = new Sink((text) => this.process.stderr.write(text), '\n')
    else {
      const file = this.process.open(name, 'w')
      if (typeof file === 'number') throw new ProgramError(`sed: couldn't open file ${name}: ${strerror(-file)}\n`, 4)
      const stream = this.process.outputTo(file)
      sink = new Sink((text) => stream.write(text), this.options.delimiter)
    }
    this.sinks.set(name, sink)
    return sink
  }

  /** Reads one line ahead, so that "$" is known. */
  private async fetch(): Promise<Input | null> {
    for (;;) {
      if (this.stream === null) {
        const name = this.files.shift()
        if (name === undefined) return null
        this.open(name)
        continue
      }
      const raw = await this.readLine(this.stream)
      if (raw !== null) {
        const complete = raw.endsWith(this.options.delimiter)
        return { text: complete ? raw.slice(0, -1) : raw, complete, file: this.streamName }
      }
      if (this.stream !== this.process.stdin) this.process.close(this.stream.fd)
      this.stream = null
    }
  }

  private zeroBuffer: string[] | null = null
  private async readLine(stream: InputStream): Promise<string | null> {
    if (this.options.delimiter === '\n') return stream.readLine()
    if (this.zeroBuffer === null) {
      const text = await stream.readAll()
      this.zeroBuffer = text.match(/[^\0]*\0|[^\0]+$/g) ?? []
    }
    const next = this.zeroBuffer.shift()
    if (next === undefined) this.zeroBuffer = null
    return next ?? null
  }

  private open(name: string): void {
    this.streamName = name
    if (name === '-' && this.options.inPlace === null) {
      this.stream = this.process.stdin
      return
    }
    const file = this.process.open(name, 'r')
    if (typeof file !== 'number') {
      this.stream = this.process.input(file)
      return
    }
    const directory = file === -EISDIR
    const text = !directory ? `can't read ${name}: ${strerror(-file)}`
      : this.options.inPlace !== null ? `couldn't edit ${name}: not a regular file`
        : `read error on ${name}: ${strerror(-file)}`
    this.process.stderr.write(`sed: ${text}\n`)
    this.status = directory ? 4 : 2
  }

  private async isLast(): Promise<boolean> {
    if (this.ahead === null) this.ahead = await this.fetch()
    return this.ahead === null || (this.options.separate && this.ahead.file !== this.fileName)
  }

  private async nextLine(): Promise<Input | null> {
    const next = this.ahead ?? await this.fetch()
    this.ahead = null
    return next
  }

  private async readPattern(): Promise<boolean> {
    await this.flush()
    const next = await this.nextLine()
    if (next === null) return false
    if (next.file !== this.fileName || this.lineNumber === 0) await this.beginFile(next.file)
    this.replaced = false
    this.pattern = next.text
    this.complete = next.complete
    this.lineNumber++
    return true
  }

  private async beginFile(name: string): Promise<void> {
    if (this.options.inPlace !== null) await this.finishFile()
    this.fileName = name
    if (this.options.separate) this.lineNumber = 0
    if (this.options.inPlace === null) return
    const edited = { name, text: '' }
    this.edited = edited
    this.out = new Sink((text) => { edited.text += text }, this.options.delimiter)
  }

  private async finishFile(): Promise<void> {
    await this.flush()
    const { edited } = this
    if (edited === null) return
    // What follows a q stays in the file.
    for (;;) {
      this.ahead ??= await this.fetch()
      if (this.ahead === null || this.ahead.file !== edited.name) break
      this.out.line(this.ahead.text, this.ahead.complete)
      this.ahead = null
    }
    const suffix = this.options.inPlace ?? ''
    if (suffix !== '') {
      const before = this.process.readBytes(edited.name)
      const backup = suffix.includes('*') ? suffix.replaceAll('*', edited.name) : edited.name + suffix
      if (typeof before !== 'number') this.process.writeFile(backup, before)
    }
    this.process.writeFile(edited.name, encodeUtf8(edited.text))
    this.edited = null
    this.out = this.standardOutput()
  }

  /** dump_append(). */
  private async flush(): Promise<void> {
    for (const one of this.appended.splice(0)) {
      if ('text' in one) this.out.raw(one.text)
      else if ('line' in one) this.out.line(one.line)
      else {
        const text = one.file === '/dev/stdin' ? await this.process.stdin.readAll() : this.process.readFile(one.file)
        if (typeof text === 'string' && text !== '') this.out.raw(text)
      }
    }
  }

  private print(): void {
    this.out.line(this.pattern, this.complete)
  }

  /** Runs the script once. Returns the status that ends the program, or null. */
  private async execute(): Promise<number | null> {
    const { commands, options } = this
    let steps = 0
    for (let at = 0; at < commands.length; at++) {
      const command = commands[at]
      // A loop without end takes time, so that somebody can end it.
      if (++steps % 10_000 === 0) await this.process.sleep(1_000_000)
      if (command.first !== null && await this.selects(command) === command.negated) {
        if (command.name === '{') at = command.target - 1
        continue
      }
      if (command.first === null && command.negated) {
        if (command.name === '{') at = command.target - 1
        continue
      }
      switch (command.name) {
        case '{': break
        case '=': this.out.raw(`${this.lineNumber}\n`); break
        case 'a': this.appended.push({ text: command.text }); break
        case 'i': this.out.raw(command.text); break
        case 'c':
          if (!command.active || command.last === null) this.out.raw(command.text)
          return null
        case 'b': at = command.target - 1; break
        case 't': case 'T':
          if (this.replaced === (command.name === 't')) at = command.target - 1
          this.replaced = false
          break
        case 'd': return null
        case 'D': {
          const end = this.pattern.indexOf('\n')
          if (end < 0) return null
          await this.flush()
          this.pattern = this.pattern.slice(end + 1)
          this.restart = true
          return null
        }
        case 'F': this.out.raw(`${this.fileName}\n`); break
        case 'g': case 'G': case 'h': case 'H': case 'x': this.exchange(command.name); break
        case 'L': throw new ProgramError('sed: INTERNAL ERROR: Bad cmd L\n', 4)
        case 'l': this.list(command.number < 0 ? options.lineLength : command.number); break
        case 'n':
          if (await this.atEnd()) return this.endOfScript()
          if (!options.quiet) this.print()
          await this.readPattern()
          break
        case 'N': {
          if (await this.atEnd()) return this.endOfScript()
          const before = this.pattern
          const { replaced } = this
          await this.readPattern()
          this.replaced = replaced
          this.pattern = `${before}\n${this.pattern}`
          break
        }
        case 'p': this.print(); break
        case 'P': this.firstLine(this.out); break
        case 'q':
          if (!options.quiet) this.print()
          await this.flush()
          return Math.max(command.number, 0)
        case 'Q': return Math.max(command.number, 0)
        case 'r': this.appended.push({ file: command.text }); break
        case 'R': await this.appendLine(command.text); break
        case 's': if (command.substitution !== null) this.substitute(command.substitution); break
        case 'w': this.sink(command.text).line(this.pattern, this.complete); break
        case 'W': this.firstLine(this.sink(command.text)); break
        case 'y': this.pattern = [...this.pattern].map((c) => command.map?.get(c) ?? c).join(''); break
        case 'z': this.pattern = ''; break
      }
    }
    return this.endOfScript()
  }

  /** No line follows in any file: n and N end the script. */
  private async atEnd(): Promise<boolean> {
    this.ahead ??= await this.fetch()
    return this.ahead === null
  }

  private endOfScript(): null {
    if (!this.options.quiet) this.print()
    return null
  }

  /** What passes between the pattern space and the hold space; whether it ends with a newline goes along. */
  private exchange(name: string): void {
    const { pattern, hold, complete, holdComplete } = this
    if (name === 'g' || name === 'x') {
      this.pattern = hold
      this.complete = holdComplete
    } else if (name === 'G') {
      this.pattern = `${pattern}\n${hold}`
      this.complete = complete || holdComplete
    }
    if (name === 'h' || name === 'x') {
      this.hold = pattern
      this.holdComplete = complete
    } else if (name === 'H') {
      this.hold = `${hold}\n${pattern}`
      this.holdComplete = complete || holdComplete
    }
  }

  /** What P and W print: the first line of the pattern space. */
  private firstLine(out: Sink): void {
    const end = this.pattern.indexOf('\n')
    out.line(end < 0 ? this.pattern : this.pattern.slice(0, end), end >= 0 || this.complete)
  }

  private async appendLine(name: string): Promise<void> {
    let reader = this.readers.get(name)
    if (reader === undefined) {
      const file = name === '/dev/stdin' ? 0 : this.process.open(name, 'r')
      reader = typeof file === 'number' && file < 0 ? null : this.process.input(file)
      this.readers.set(name, reader)
    }
    const line = reader === null ? null : await reader.readLine()
    if (line !== null) this.appended.push({ line: line.endsWith('\n') ? line.slice(0, -1) : line })
  }

  /** match_address_p(). */
  private async selects(command: Command): Promise<boolean> {
    const { first, last } = command
    if (first === null) return true
    if (last === null) return this.matches(first)
    if (!command.active) {
      if (!await this.matches(first)) return false
      if (last.kind === 'line') {
        if (last.line <= this.lineNumber) return true
        command.end = last.line
      } else if (last.kind === 'plus') {
        if (last.count === 0) return true
        command.end = this.lineNumber + last.count
      } else if (last.kind === 'multiple') {
        if (last.of <= 0) return true
        command.end = (Math.floor(this.lineNumber / last.of) + 1) * last.of
      } else if (last.kind === 'last' && await this.isLast()) return true
      command.active = true
      return true
    }
    if (last.kind === 'regex' || last.kind === 'last' || last.kind === 'step') {
      if (await this.matches(last)) command.active = false
      return true
    }
    if (this.lineNumber >= command.end) command.active = false
    return this.lineNumber <= command.end || this.matches(first)
  }

  private async matches(address: Address): Promise<boolean> {
    switch (address.kind) {
      case 'line': return this.lineNumber === address.line
      case 'step': return this.lineNumber >= address.first && (this.lineNumber - address.first) % address.step === 0
      case 'last': return this.isLast()
      case 'regex': return this.chosen(address.regex).search(this.pattern, 0) !== null
      default: return true // as a first address
    }
  }

  private chosen(regex: Regex | null): Regex {
    const found = regex ?? this.lastRegex
    if (found === null) throw new ProgramError('sed: -e expression #1, char 0: no previous regular expression\n', 1)
    this.lastRegex = found
    return found
  }

  private substitute(substitution: Substitution): void {
    const regex = this.chosen(substitution.regex)
    const text = this.pattern
    let out = ''
    let copied = 0
    let count = 0
    let done = false
    let blocked = -1
    for (let at = 0; at <= text.length;) {
      const match = regex.exec(text, at)
      if (match === null) break
      const [start, end] = match
      // An empty match right after another match is none.
      if (start === end && start === blocked) {
        const step = (text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1
        out += text.slice(start, start + step)
        copied = at = start + step
        continue
      }
      count++
      out += text.slice(copied, start)
      copied = end
      if (count < substitution.number) out += text.slice(start, end)
      else {
        done = true
        out += replacement(substitution.pieces, text, match)
        if (!substitution.global) break
      }
      at = blocked = end
      if (start === end) {
        const step = (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
        out += text.slice(end, end + step)
        copied = at = end + step
      }
    }
    if (!done) return
    this.replaced = true
    this.pattern = out + text.slice(copied)
    if (substitution.print) this.print()
    if (substitution.file !== null) this.sink(substitution.file).line(this.pattern, this.complete)
  }

  /** do_list(): escapes, folded. */
  private list(width: number): void {
    let out = ''
    let column = 0
    for (const byte of encodeUtf8(this.pattern)) {
      const c = String.fromCharCode(byte)
      const shown = c in LIST_ESCAPES ? LIST_ESCAPES[c] : byte >= 0x20 && byte < 0x7f ? c
        : `\\${byte.toString(8).padStart(3, '0')}`
      if (width > 0 && column + shown.length > width - 1) {
        out += '\\\n'
        column = 0
      }
      out += shown
      column += shown.length
    }
    this.out.raw(`${out}$\n`)
  }
}

const LIST_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\', '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v',
}

/** The replacement of one match, with \U \L until \E, and \u \l for one letter. */
function replacement(pieces: readonly Piece[], text: string, match: readonly number[]): string {
  let out = ''
  let mode = ''
  let once = ''
  for (const { text: literal, group, letterCase } of pieces) {
    for (const letter of letterCase) {
      if (letter === 'u' || letter === 'l') once = letter
      else {
        mode = letter === 'E' ? '' : letter
        if (letter === 'E') once = ''
      }
    }
    let part = literal
    if (group >= 0) part = (match[group * 2 + 1] ?? -1) < 0 ? '' : text.slice(match[group * 2], match[group * 2 + 1])
    if (part === '') continue
    if (mode === 'U') part = part.toUpperCase()
    else if (mode === 'L') part = part.toLowerCase()
    if (once !== '') {
      const [first] = part
      part = (once === 'u' ? first.toUpperCase() : first.toLowerCase()) + part.slice(first.length)
      once = ''
    }
    out += part
  }
  return out
}
