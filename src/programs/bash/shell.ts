import type { Script, Word } from 'unbash'
import { EPIPE } from '../../base/errno.ts'
import { CAPTURE_EPOCH_SECONDS } from '../../capture/capture-file.ts'
import type { OpenFile } from '../../host/open-file.ts'
import { Pipe } from '../../host/pipe.ts'
import type { Process } from '../../host/process.ts'
import { Interrupted, SIGCHLD, SIGINT, SIGPIPE, SIGQUIT } from '../../host/signals.ts'
import { evaluate } from './arithmetic.ts'
import { notModelled, reason } from './errors.ts'
import { arithmetic, expandWhole } from './expand/word.ts'
import { DiscardJump, drive, ExitJump, Jump, ReturnJump, type Run, ShellError, wait } from './flow.ts'
import { JobTable } from './jobs.ts'
import { copySetOptions, defaultSetOptions, defaultShopt, dollarMinus, type SetOptions, type Shopt } from './options.ts'
import { parseText, Source, type SyntaxMistake } from './source.ts'
import type { History } from '../readline/history.ts'
import type { Monitor } from './interactive/monitor.ts'
import { Traps } from './traps.ts'
import { exists, isDirectory, list } from './tree.ts'
import { AssociativeArray, Variables } from './variables.ts'
import { defineSpecials } from './specials.ts'
import type { CompoundBody, Language } from './language.ts'

/** Commands that may be run while no time passes; more is a loop without end. */
export const COMMANDS_PER_INSTANT = 2_000_000
/** Functions and sourced files inside of each other; a deeper one ends the shell with a message. */
export const NESTING_LIMIT = 150
/** Commands with output between two moments at which others may run. */
const OUTPUTS_PER_TURN = 32

export interface ShellFunction {
  readonly exported: boolean
  readonly readonly: boolean
  readonly name: string
  readonly body: CompoundBody
  readonly source: Source
}

/** Where commands come from; it decides what errors are called and how they end the shell. */
export type Origin = 'command' | 'file' | 'stdin' | 'interactive'

/**
 * The state of one shell, and what its parts call on each other. A subshell is a copy of it in a process of its own,
 * as fork() makes one.
 *
 * Who runs what: runText() takes text apart (source.ts), run.ts walks the tree, simple.ts runs commands, expand/ makes
 * words of words, builtins/ are the commands that the shell has itself, jobs.ts and traps.ts keep children and signals.
 */
export class Shell {
  readonly variables: Variables
  readonly functions: Map<string, ShellFunction>
  readonly aliases: Map<string, string>
  readonly options: SetOptions
  readonly shopt: Shopt
  readonly jobs = new JobTable()
  readonly traps: Traps
  readonly hashed = new Set<string>()
  positional: string[] = []
  lastStatus = 0
  /** The process id that $! gives; 0: none yet. */
  lastBackground = 0
  lastArgument = ''
  pipeStatus: number[] = [0]
  umask = 0o022
  /** Where getopts is: the word, and the letter in it. */
  optionIndex = 1
  optionAt = 0
  source = new Source('')
  line = 1
  /** Levels of loops, functions and sourced files around the present command. */
  loops = 0
  functionNames: string[] = []
  sourceNames: string[] = []
  sourcing = 0
  /** Levels of eval and source. */
  depth = 0
  /** Above 0 where `set -e` does not count: conditions, the left sides of && and ||, behind "!". */
  conditions = 0
  /** How many subshells deep. */
  subshells = 0
  /** Its commands are typed: errors name no line. */
  typed = false
  /** Job control, of an interactive shell. */
  monitor: Monitor | null = null
  /** What was typed, of an interactive shell and what it forks. */
  history: History | null = null
  /** \# in prompts. */
  commandNumber = 1
  /** How often `set -x` repeats the first character of PS4. */
  traceDepth = 0
  origin: Origin = 'command'
  /** Another program runs as this process now. */
  replaced = false
  /** Status of the last command substitution of the present command; null: there was none. */
  substituted: number | null = null
  /** Called when a variable was set: hash -r after PATH, and the like. */
  private outputs = 0
  private instantNs = -1
  private commands = 0
  private temporaryFds: number[] = []

  constructor(readonly language: Language, public process: Process, public name: string, from: Shell | null = null) {
    this.variables = from === null ? new Variables() : from.variables.copy()
    this.functions = new Map(from?.functions)
    this.aliases = new Map(from?.aliases)
    this.options = from === null ? defaultSetOptions() : copySetOptions(from.options)
    this.shopt = from === null ? defaultShopt() : { ...from.shopt }
    this.traps = new Traps(this)
    if (from !== null) this.inherit(from)
    defineSpecials(this, from)
  }

  private inherit(from: Shell): void {
    this.positional = [...from.positional]
    this.lastStatus = from.lastStatus
    this.lastBackground = from.lastBackground
    this.lastArgument = from.lastArgument
    this.pipeStatus = from.pipeStatus
    this.umask = from.umask
    this.source = from.source
    this.line = from.line
    this.functionNames = [...from.functionNames]
    this.sourceNames = [...from.sourceNames]
    this.sourcing = from.sourcing
    this.conditions = from.conditions
    this.subshells = from.subshells + 1
    this.history = from.history
    this.typed = from.typed
    this.origin = from.origin === 'interactive' ? 'command' : from.origin
    this.traceDepth = from.traceDepth
    this.shellPid = from.shellPid
    this.traps.inherit(from.traps)
  }

  // -- Reporting -----------------------------------------------------------------------------------------------------

  /** "bash: line 3: " */
  get prefix(): string {
    const place = this.functionNames.length > 0 || this.sourcing > 0 ? this.sourceNames[this.sourceNames.length - 1]
      : this.name
    return this.typed ? `${this.name}: ` : `${place}: line ${this.line}: `
  }

  /** Writes an error's words behind the name and line. Returns `status`, for builtins that end with it. */
  error(message: string, status = 1): number {
    const text = message.startsWith('netarium: ') ? `${message}\n` : `${this.prefix}${message}\n`
    this.process.stderr.write(text)
    return status
  }

  /** Writes to standard output for a builtin; false, with bash's words, when that fails. */
  out(text: string | Uint8Array, command = ''): boolean {
    this.outputs++
    const error = this.process.stdout.write(text)
    if (error === 0 || text.length === 0) return true
    if (error === -EPIPE && !this.process.ignored.has(SIGPIPE)
      && !this.traps.catches(SIGPIPE)) throw new Interrupted(SIGPIPE)
    this.error(`${command === '' ? '' : `${command}: `}write error: ${reason(error)}`)
    return false
  }

  /** The status with which errors of expansion end a shell that is not interactive. */
  get fatalStatus(): number {
    return this.origin === 'command' && this.subshells === 0 ? 127 : 1
  }

  // -- Parameters ----------------------------------------------------------------------------------------------------

  get ifs(): string {
    return this.variables.get('IFS') ?? ' \t\n'
  }

  /** $name of every kind but "@" and "*"; undefined: not set. */
  parameter(name: string): string | undefined {
    if (/^[0-9]/.test(name)) return name === '0' ? this.name : this.positional[Number(name) - 1]
    switch (name) {
      case '?': return String(this.lastStatus)
      case '#': return String(this.positional.length)
      case '$': return String(this.shellPid)
      case '!': return this.lastBackground === 0 ? undefined : String(this.lastBackground)
      case '-': return this.origin === 'interactive' ? dollarMinus(this.options, 's').replace(/^[abefh]*/, '$&i')
        : dollarMinus(this.options, this.origin === 'command' ? 'c' : this.origin === 'stdin' ? 's' : '')
      default: return this.scalar(name)
    }
  }

  /** $$: the same in all subshells. */
  shellPid = 0

  private scalar(name: string): string | undefined {
    const real = this.variables.follow(name)
    const element = /^([A-Za-z_]\w*)\[([^]*)\]$/.exec(real)
    return element === null ? this.variables.get(real) : this.element(element[1], this.subscriptOf(element[1],
      element[2]))
  }

  /** An element by its evaluated key. */
  element(name: string, key: string): string | undefined {
    const variable = this.variables.lookup(name)
    if (variable === undefined) return this.listed(name)[Number(key)]
    if (variable.associative === null && key.startsWith('-')) {
      const keys = variable.keys()
      const index = Number(keys[keys.length - 1] ?? -1) + 1 + Number(key)
      if (index < 0) {
        this.error(`${name}: bad array subscript`)
        return undefined
      }
      return variable.element(String(index))
    }
    return variable.element(key)
  }

  /** The values of a variable that the shell makes: an array (PIPESTATUS), or one value. */
  listed(name: string): readonly string[] {
    if (this.variables.find(name) === undefined && this.variables.dynamic.has(name)) {
      if (name === 'PIPESTATUS') return this.pipeStatus.map(String)
      if (name === 'FUNCNAME') return this.callers
      if (name === 'BASH_SOURCE') return this.sources
      const value = this.variables.get(name)
      return value === undefined ? [] : [value]
    }
    return this.variables.lookup(name)?.values() ?? []
  }

  /** FUNCNAME: the functions that run, the innermost first; below those of a script is "main". */
  get callers(): readonly string[] {
    const names = [...this.functionNames].reverse()
    return names.length > 0 && this.origin === 'file' ? [...names, 'main'] : names
  }

  /** BASH_SOURCE: the files of the functions that run and of what is sourced, the innermost first; last the script. */
  get sources(): readonly string[] {
    const files = [...this.sourceNames].reverse()
    return this.origin === 'file' ? [...files, this.name] : files
  }

  /** ${x+set} */
  isSet(name: string): boolean {
    return this.variables.get(name) !== undefined || this.variables.lookup(name)?.keys().length !== undefined
      && (this.variables.lookup(name)?.keys().length ?? 0) > 0
  }

  /** The key that a subscript means: evaluated for arrays, as it is for associative ones. */
  *subscript(name: string, index: Word): Run<string> {
    if (this.variables.lookup(name)?.associative instanceof AssociativeArray) return yield* expandWhole(this, index)
    return String(yield* arithmetic(this, index.text))
  }

  /** The same for one found in text that is expanded already. */
  subscriptOf(name: string, text: string): string {
    if (this.variables.lookup(name)?.associative instanceof AssociativeArray) return text.replace(/^(["'])([^]*)\1$/,
      '$2')
    return String(evaluate(text.startsWith('$') ? this.scalar(text.slice(1)) ?? '' : text, this))
  }

  // ArithmeticVariables

  value(name: string): string {
    const element = /^([A-Za-z_]\w*)\[([^]*)\]$/.exec(name)
    const value = element === null ? this.scalar(name) : this.element(element[1], this.subscriptOf(element[1],
      element[2]))
    if (value === undefined && this.options.nounset) throw new ShellError(`${name}: unbound variable`,
      this.fatalStatus, true)
    return value ?? ''
  }

  assign(name: string, value: bigint): void {
    const element = /^([A-Za-z_]\w*)\[([^]*)\]$/.exec(name)
    if (element === null) this.assignReference(name, null, String(value))
    else this.assignReference(element[1], this.subscriptOf(element[1], element[2]), String(value))
  }

  /** Sets a variable or an element (key: null, a key, "@" and "*" refused), by its attributes. */
  assignReference(name: string, key: string | null, value: string, append = false): void {
    const real = this.variables.follow(name)
    const inner = /^([A-Za-z_]\w*)\[([^]*)\]$/.exec(real)
    if (inner !== null) return this.assignReference(inner[1], this.subscriptOf(inner[1], inner[2]), value, append)
    if (key === '@' || key === '*') throw new ShellError(`${name}[${key}]: bad array subscript`)
    if (this.variables.find(real) === undefined && this.variables.dynamic.has(real) && key === null) {
      this.variables.set(real, value)
      return
    }
    const variable = this.variables.ensure(real)
    if (variable.readonly) throw new ShellError(`${real}: readonly variable`)
    const at = key === null ? '0' : this.normalKey(name, key)
    const before = append ? variable.element(at) ?? '' : ''
    const next = !variable.integer ? before + value
      : String((append ? evaluate(before, this) : 0n) + evaluate(value, this))
    this.variables.store(variable, at, next, key !== null)
    if (this.options.allexport) variable.exported = true
    if (real === 'PATH') this.hashed.clear()
  }

  private normalKey(name: string, key: string): string {
    const variable = this.variables.lookup(name)
    if (variable?.associative instanceof AssociativeArray || !key.startsWith('-')) return key
    const keys = variable?.keys() ?? []
    const index = Number(keys[keys.length - 1] ?? -1) + 1 + Number(key)
    if (index < 0) throw new ShellError(`${name}[${key}]: bad array subscript`)
    return String(index)
  }

  // -- Files ---------------------------------------------------------------------------------------------------------

  exists(path: string): boolean {
    return exists(this.process, path)
  }

  isDirectory(path: string): boolean {
    return isDirectory(this.process, path)
  }

  list(path: string): string[] {
    return list(this.process, path)
  }

  // -- Running -------------------------------------------------------------------------------------------------------

  /**
   * Runs text, complete command by complete command; the status of the last. Errors of a line end that line only.
   * replaces: nothing comes after the text, so the last program of it may take the process over.
   */
  *runText(source: Source, replaces = false): Run<number> {
    const outer = this.source
    const { commands, mistake } = parseText(source, this.shopt.extglob)
    let reread: Source | null = null
    try {
      this.source = source
      for (const [index, command] of commands.entries()) {
        const extglob = this.shopt.extglob
        if (this.options.noexec && this.origin !== 'interactive') continue
        try {
          yield* this.language.runStatements(this, command, replaces && mistake === null
            && index === commands.length - 1)
        } catch (error) {
          this.endLine(error)
        }
        // What follows is read by other rules now.
        if (this.shopt.extglob !== extglob && mistake !== null) {
          const last = commands[index][commands[index].length - 1]
          const newline = source.text.indexOf('\n', last.end)
          if (newline >= 0) reread = new Source(source.text.slice(newline + 1), source.lineAt(newline) + 1, source.file)
          break
        }
      }
      if (reread !== null) return yield* this.runText(reread)
      if (mistake !== null) this.syntaxError(mistake, source)
      return this.lastStatus
    } finally {
      this.source = outer
    }
  }

  private syntaxError(mistake: SyntaxMistake, source: Source): void {
    const { line } = mistake
    const file = this.sourceNames[this.sourceNames.length - 1]
    const label = source.label !== '' ? source.label : this.origin === 'command' ? '-c' : ''
    const place = this.origin === 'interactive' ? `${this.name}: `
      : this.sourcing > 0 && source.label === '' ? `${file}: line ${line}: `
      : label !== '' ? `${this.name}: ${label}: line ${line}: ` : `${this.name}: line ${line}: `
    this.process.stderr.write(`${place}${mistake.message}\n`)
    if (mistake.quoted !== null && this.origin !== 'interactive') this.process.stderr.write(`${place}\`${mistake.quoted}'\n`)
    this.lastStatus = mistake.nested ? 127 : 2
    if (this.origin !== 'interactive' && this.depth === 0) throw new ExitJump(this.lastStatus)
  }

  /** What an error does to the line of the script it happens in. Jumps that end more go on. */
  private endLine(error: unknown): void {
    if (error instanceof DiscardJump) {
      this.lastStatus = error.status
      if (this.subshells > 0) throw new ExitJump(error.status)
    } else if (error instanceof ShellError) this.report(error)
    else throw error
  }

  /** Writes an error's words and sets the status; a fatal one ends the shell, another the line. */
  report(error: ShellError): never {
    this.error(error.message)
    this.lastStatus = error.status
    if (error.fatal && this.origin !== 'interactive') throw new ExitJump(error.status)
    throw new DiscardJump(error.status)
  }

  /** Counts a command; finds loops that never let time pass, and lets others run after much output. */
  *turn(): Run {
    if (this.process.nowNs !== this.instantNs) {
      this.instantNs = this.process.nowNs
      this.commands = 0
    }
    if (++this.commands > COMMANDS_PER_INSTANT) {
      this.process.stderr.write(`netarium: ${this.process.label} ran ${COMMANDS_PER_INSTANT} commands without time passing: `
        + 'a loop without end, or one that needs a sleep\n')
      throw this.monitor === null ? new ExitJump(134) : new DiscardJump(134)
    }
    if (this.outputs >= OUTPUTS_PER_TURN || this.commands % 4096 === 0) {
      this.outputs = 0
      yield* this.call(() => this.process.yield())
    }
    if (this.traps.pending) yield* this.traps.runPending()
  }

  /** A system call; a signal that comes during it is taken, and then it is made again. */
  *call<T>(make: () => Promise<T>): Run<T> {
    for (;;) {
      try {
        return yield* wait(make())
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error
        this.traps.receive(error.signal)
      }
    }
  }

  /** A copy of the shell in a process of its own, which runs `body` and ends with its status. */
  fork(body: (child: Shell) => Run<number>, descriptors: ReadonlyMap<number, OpenFile | null> = NONE,
    background = false,
    group: number | 'own' | null = null, foreground = false): Process {
    const child = new Shell(this.language, this.process, this.name, this)
    const process = this.process.spawn(this.process.argv, {
      descriptors, env: this.variables.environment(), program: (own) => drive(child.main(own, body)),
      group: group ?? undefined,
    })
    this.monitor?.adopt(process, foreground)
    if (background) {
      process.ignored.add(SIGINT)
      process.ignored.add(SIGQUIT)
    }
    return process
  }

  /** Runs a whole shell in its process: the body, then the EXIT trap. */
  *main(process: Process, body: (shell: Shell) => Run<number>): Run<number> {
    this.process = process
    this.traps.arm()
    let status: number
    try {
      status = yield* this.guarded(body)
    } catch (error) {
      if (!(error instanceof Interrupted) || this.replaced) throw error
      yield* this.traps.runExit(128 + error.signal)
      throw error
    }
    return (yield* this.traps.runExit(status)) & 0xff
  }

  private *guarded(body: (shell: Shell) => Run<number>): Run<number> {
    try {
      return yield* body(this)
    } catch (error) {
      if (error instanceof ShellError) {
        this.error(error.message)
        return error.status
      }
      if (error instanceof ExitJump || error instanceof DiscardJump || error instanceof ReturnJump) return error.status
      if (error instanceof Jump) return this.lastStatus
      if (error instanceof RangeError) {
        this.error('netarium: nested too deeply')
        return 134
      }
      throw error
    }
  }

  /** Waits for a child in the foreground. One that SIGINT ended ends the shell, too, unless it is caught. */
  *waitForeground(child: Process): Run<number> {
    const before = this.traps.interrupts
    while (!child.exited) yield* this.call(() => this.process.waitChange([child]))
    if (child.endedBy === SIGINT && this.traps.interrupts > before && !this.traps.catches(SIGINT)
      && this.origin !== 'interactive') {
      throw new Interrupted(SIGINT)
    }
    this.traps.note(SIGCHLD)
    return child.status
  }

  /** $( ): what the commands write, without the newlines at its end. */
  *substitute(script: Script, pos: number): Run<string> {
    const source = script.source === undefined ? this.source : new Source(script.source, this.source.lineAt(pos))
    const file = readsFile(script)
    if (file !== null) {
      this.substituted = 0
      return trimNewlines(yield* this.readFile(yield* expandWhole(this, file)))
    }
    const pipe = new Pipe()
    const child = this.fork(function* (shell) {
      shell.source = source
      shell.loops = 0
      shell.traceDepth++
      if (!shell.shopt.inherit_errexit) {
        shell.options.errexit = false
        shell.options.all.set('errexit', false)
      }
      const mistaken = 'errors' in script && script.errors !== undefined
      if (mistaken) return yield* shell.runText(new Source(source.text.slice(script.pos, script.end)))
      yield* shell.language.runStatements(shell, script.commands)
      return shell.lastStatus
    }, new Map([[1, pipe.writer]]))
    const stream = this.process.input(pipe.reader)
    let text = ''
    for (;;) {
      const part = yield* this.call(() => stream.read())
      if (part === '') break
      text += part
    }
    this.process.close(stream.fd)
    this.substituted = yield* this.waitForeground(child)
    this.lastStatus = this.substituted
    if (text.includes('\0')) {
      this.error('warning: command substitution: ignored null byte in input')
      text = text.replaceAll('\0', '')
    }
    return trimNewlines(text)
  }

  private *readFile(path: string): Run<string> {
    const file = this.process.open(path, 'r')
    if (typeof file === 'number') {
      this.error(`${path}: ${reason(file)}`)
      this.substituted = 1
      return ''
    }
    const stream = this.process.input(file)
    const text = yield* this.call(() => stream.readAll())
    this.process.close(stream.fd)
    return text
  }

  /** <( ) and >( ): the path of a descriptor that leads to the commands. It is closed after the present command. */
  substituteProcess(script: Script, operator: '<' | '>'): string {
    const pipe = new Pipe()
    const ours = operator === '<' ? pipe.reader : pipe.writer
    const theirs = operator === '<' ? pipe.writer : pipe.reader
    const { source } = this
    const child = this.fork(function* (shell) {
      shell.source = source
      yield* shell.language.runStatements(shell, script.commands)
      return shell.lastStatus
    }, new Map([[operator === '<' ? 1 : 0, theirs]]))
    let fd = 63
    while (this.process.descriptors.has(fd)) fd--
    this.process.attach(ours, fd)
    this.temporaryFds.push(fd)
    this.lastBackground = child.pid
    return `/dev/fd/${fd}`
  }

  /** Marks where temporary descriptors of the present command begin; closes those that came since. */
  get temporaries(): number {
    return this.temporaryFds.length
  }

  closeTemporaries(mark: number): void {
    for (const fd of this.temporaryFds.splice(mark)) this.process.close(fd)
  }

  /** Seconds since 1970 by the host's clock. */
  get epochSeconds(): number {
    return CAPTURE_EPOCH_SECONDS + this.process.nowNs / 1e9
  }

  /** What a backslash and a letter stand for in a prompt; null: themselves. */
  promptEscape(letter: string): string | null {
    const { variables } = this
    const cwd = this.process.cwd
    const home = variables.get('HOME') ?? '/root'
    const short = cwd === home ? '~' : cwd.startsWith(`${home}/`) ? `~${cwd.slice(home.length)}` : cwd
    switch (letter) {
      case 'h': return this.process.host.name.split('.')[0]
      case 'H': return this.process.host.name
      case 'u': return 'root'
      case 'w': return short
      case 'W': return short === '/' || short === '~' ? short : short.slice(short.lastIndexOf('/') + 1)
      case '$': return '#'
      case 's': return this.name.slice(this.name.lastIndexOf('/') + 1)
      case 'v': return '5.2'
      case 'V': return '5.2.15'
      case 'n': return '\n'
      case 'r': return '\r'
      case 'a': return '\x07'
      case 'e': return '\x1b'
      case '!': return String(this.history?.next ?? 1)
      case '#': return String(this.commandNumber)
      case 'j': return String(this.jobs.all.length)
      case '[': return '\x01'
      case ']': return '\x02'
      case '\\': return '\\\\'
      default: return null
    }
  }

  /** Refuses what bash has and Netarium does not. */
  refuse(what: string): never {
    throw new ShellError(notModelled(`bash: ${what}`), 2, true)
  }
}

const NONE: ReadonlyMap<number, OpenFile | null> = new Map()

/** The word of $(< word). */
function readsFile(script: Script): Word | null {
  const [statement, second] = script.commands
  if (statement === undefined || second !== undefined) return null
  const { command } = statement
  if (command.type !== 'Command' || command.name !== undefined || command.prefix.length !== 1) return null
  const [redirect] = command.prefix
  if (redirect.type !== 'Redirect' || redirect.operator !== '<' || redirect.descriptor !== undefined) return null
  return redirect.target ?? null
}

function trimNewlines(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '\n') end--
  return end === text.length ? text : text.slice(0, end)
}
