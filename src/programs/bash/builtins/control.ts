import { DiscardJump, ExitJump, LoopJump, ReturnJump, type Run, ShellError } from '../flow.ts'
import { reason } from '../errors.ts'
import { findCommand, pathOf } from '../find.ts'
import { NESTING_LIMIT, type Shell } from '../shell.ts'
import { Source } from '../source.ts'
import { replaceProcess, runArgv } from '../simple.ts'

/** Builtins that steer: break, continue, return, exit, eval, source, exec, command, builtin, shift. */

export function jumpLoop(shell: Shell, argv: readonly string[]): number {
  const [name, count = '1', extra] = argv
  if (shell.loops === 0) {
    return shell.error(`${name}: only meaningful in a \`for', \`while', or \`until' loop`, 0)
  }
  if (!/^[+-]?[0-9]+$/.test(count)) {
    shell.error(`${name}: ${count}: numeric argument required`)
    throw new ExitJump(128)
  }
  if (extra !== undefined) {
    shell.error(`${name}: too many arguments`)
    throw new DiscardJump(1)
  }
  if (Number(count) <= 0) {
    shell.error(`${name}: ${count}: loop count out of range`)
    shell.lastStatus = 1
    throw new LoopJump('break', shell.loops)
  }
  shell.lastStatus = 0
  throw new LoopJump(name === 'break' ? 'break' : 'continue', Math.min(Number(count), shell.loops))
}

/** The status that `exit` or `return` is given. */
function statusOf(shell: Shell, argv: readonly string[]): number {
  const [name, text, extra] = argv
  if (text === undefined) return shell.lastStatus
  if (!/^\s*[+-]?[0-9]+\s*$/.test(text)) {
    shell.error(`${name}: ${text}: numeric argument required`)
    if (name === 'exit') throw new ExitJump(2)
    return 2
  }
  if (extra !== undefined) {
    shell.error(`${name}: too many arguments`)
    throw new DiscardJump(1)
  }
  return Number(BigInt.asUintN(8, BigInt(text.trim().replace('+', ''))))
}

export function exit(shell: Shell, argv: readonly string[]): number {
  const words = argv[1] === '--' ? [argv[0], ...argv.slice(2)] : argv
  if (shell.monitor?.mayLeave() === false) return 1
  throw new ExitJump(statusOf(shell, words))
}

export function returns(shell: Shell, argv: readonly string[]): number {
  const words = argv[1] === '--' ? [argv[0], ...argv.slice(2)] : argv
  if (shell.functionNames.length === 0 && shell.sourcing === 0) {
    return shell.error("return: can only `return' from a function or sourced script", 2)
  }
  throw new ReturnJump(statusOf(shell, words))
}

export function* evaluates(shell: Shell, argv: readonly string[]): Run<number> {
  const words = argv[1] === '--' ? argv.slice(2) : argv.slice(1)
  if (words.length === 0) return 0
  const { line } = shell
  deepen(shell, 1)
  try {
    shell.lastStatus = 0
    return yield* shell.runText(new Source(words.join(' '), line, null, 'eval'))
  } finally {
    shell.depth--
    shell.line = line
  }
}

/** Counts what nests in text that is run by text. */
function deepen(shell: Shell, levels: number): void {
  if (shell.depth + levels > NESTING_LIMIT) {
    throw new ShellError(`netarium: eval and source nest deeper than ${NESTING_LIMIT}`, 1, true)
  }
  shell.depth += levels
}

export function* source(shell: Shell, argv: readonly string[]): Run<number> {
  const words = argv[1] === '--' ? argv.slice(2) : argv.slice(1)
  const [file, ...args] = words
  if (file === undefined) {
    shell.error(`${argv[0]}: filename argument required`)
    shell.process.stderr.write(`${argv[0]}: usage: ${argv[0]} filename [arguments]\n`)
    return 2
  }
  const text = shell.process.readFile(file)
  if (typeof text === 'number') return shell.error(`${file}: ${reason(text)}`)
  deepen(shell, 1)
  const { positional, line, loops } = shell
  if (args.length > 0) shell.positional = args
  shell.sourcing++
  shell.sourceNames.push(file)
  try {
    shell.lastStatus = 0
    return yield* shell.runText(new Source(text, 1, file))
  } catch (error) {
    if (!(error instanceof ReturnJump)) throw error
    return error.status
  } finally {
    shell.sourcing--
    shell.depth--
    shell.sourceNames.pop()
    if (args.length > 0) shell.positional = positional
    Object.assign(shell, { line, loops })
  }
}

export function* exec(shell: Shell, argv: readonly string[]): Run<number> {
  let at = 1
  let name: string | null = null
  let clean = false
  for (; at < argv.length && /^-[acl]/.test(argv[at]); at++) {
    if (argv[at] === '-a') name = argv[++at] ?? ''
    else if (argv[at] === '-c') clean = true
    else throw new ShellError(`exec: ${argv[at]}: invalid option`, 2)
  }
  const words = argv.slice(at)
  if (words.length === 0) return 0
  const found = findCommand(shell, words[0])
  if (found.status !== 0) {
    const message = found.message === 'command not found' ? 'not found'
      : found.status === 126 ? `cannot execute: ${found.message}` : found.message
    shell.error(found.status === 126 && !words[0].includes('/') ? message : message === 'not found'
      ? `exec: ${words[0]}: not found`
      : `${words[0]}: ${message === 'No such file or directory' ? message : message}`)
    if (!shell.shopt.execfail && shell.origin !== 'interactive') throw new ExitJump(found.status)
    return found.status
  }
  if (name !== null) throw new ShellError('netarium: bash: exec -a: not modelled', 2, true)
  yield* replaceProcess(shell, words, clean ? {} : shell.variables.environment())
  return 126
}

export function* command(shell: Shell, argv: readonly string[]): Run<number> {
  let at = 1
  let mode = ''
  for (; at < argv.length && /^-[pvV]+$/.test(argv[at]); at++) {
    if (argv[at].includes('v')) mode = 'v'
    if (argv[at].includes('V')) mode = 'V'
  }
  if (argv[at] === '--') at++
  else if (/^-./.test(argv[at] ?? '')) {
    shell.error(`command: ${argv[at].slice(0, 2)}: invalid option`)
    shell.process.stderr.write('command: usage: command [-pVv] command [arg ...]\n')
    return 2
  }
  const words = argv.slice(at)
  if (words.length === 0) return 0
  if (mode !== '') {
    let status = 1
    for (const name of words) if (describe(shell, name, mode === 'v' ? 'short' : 'long', 'command')) status = 0
    return status
  }
  yield* runArgv(shell, words, [], [], false, false)
  return shell.lastStatus
}

export function* builtin(shell: Shell, argv: readonly string[]): Run<number> {
  const words = argv[1] === '--' ? argv.slice(2) : argv.slice(1)
  if (words.length === 0) return 0
  if (!shell.language.builtins.has(words[0])) return shell.error(`builtin: ${words[0]}: not a shell builtin`)
  yield* runArgv(shell, words, [], [], false, false)
  return shell.lastStatus
}

const KEYWORDS = new Set(['!', '[[', ']]', '{', '}', 'case', 'coproc', 'do', 'done', 'elif', 'else', 'esac', 'fi',
  'for', 'function', 'if',
  'in', 'select', 'then', 'time', 'until', 'while'])

/** What a name would run; false, with words for `type`, when nothing. */
function describe(shell: Shell, name: string, style: 'short' | 'long' | 'type' | 'path', by: string,
  all = false): boolean {
  const told: string[] = []
  const tell = (short: string, long: string, type: string, path = ''): void => {
    told.push(style === 'short' ? short : style === 'long' ? long : style === 'type' ? type : path)
  }
  if (KEYWORDS.has(name)) tell(name, `${name} is a shell keyword`, 'keyword')
  if (shell.functions.has(name) && (told.length === 0 || all)) {
    if (style === 'long') throw new ShellError('netarium: bash: type: printing a function: not modelled', 2)
    tell(name, '', 'function')
  }
  if (shell.language.builtins.has(name) && (told.length === 0 || all)) tell(name, `${name} is a shell builtin`,
    'builtin')
  if (told.length === 0 || all) {
    const found = findCommand(shell, name)
    const path = name.includes('/') ? name : pathOf(name)
    const hashed = shell.hashed.has(name) && !name.includes('/') && !all
    if (found.status === 0) tell(path, hashed ? `${name} is hashed (${path})` : `${name} is ${path}`, 'file', path)
  }
  if (told.length === 0) {
    if (style === 'long') shell.error(`${by}: ${name}: not found`)
    return false
  }
  for (const line of told) if (line !== '') shell.out(`${line}\n`)
  return true
}

export function type(shell: Shell, argv: readonly string[]): number {
  let at = 1
  const flags = new Set<string>()
  for (; at < argv.length && /^-[a-zA-Z]+$/.test(argv[at]); at++) {
    for (const letter of argv[at].slice(1)) {
      if (!'afptP'.includes(letter)) {
        shell.error(`type: -${letter}: invalid option`)
        shell.process.stderr.write('type: usage: type [-afptP] name [name ...]\n')
        return 2
      }
      flags.add(letter)
    }
  }
  const style = flags.has('t') ? 'type' : flags.has('p') || flags.has('P') ? 'path' : 'long'
  let status = 0
  for (const name of argv.slice(at)) if (!describe(shell, name, style, 'type', flags.has('a'))) status = 1
  return status
}

export function shift(shell: Shell, argv: readonly string[]): number {
  const [, text = '1', extra] = argv
  if (!/^[+-]?[0-9]+$/.test(text)) return shell.error(`shift: ${text}: numeric argument required`)
  if (extra !== undefined) return shell.error('shift: too many arguments')
  const count = Number(text)
  if (count < 0) return shell.error(`shift: ${text}: shift count out of range`)
  if (count > shell.positional.length) {
    return shell.shopt.shift_verbose ? shell.error(`shift: ${text}: shift count out of range`) : 1
  }
  shell.positional = shell.positional.slice(count)
  return 0
}
