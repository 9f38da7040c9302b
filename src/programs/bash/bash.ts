import { reason } from './errors.ts'
import { BUILTINS } from './builtins/table.ts'
import { startOption } from './builtins/state.ts'
import { addPart } from './expand/part.ts'
import type { Process } from '../../host/process.ts'
import { Terminal } from '../../host/terminal.ts'
import { interact } from './interactive/interactive.ts'
import { drive, type Run } from './flow.ts'
import { notModelled } from './errors.ts'
import { SET_OPTIONS } from './options.ts'
import type { Language } from './language.ts'
import { runBody, runStatements } from './run.ts'
import { Shell } from './shell.ts'
import { isIncomplete, Source } from './source.ts'

/**
 * GNU bash 5.2 for scripts, as far as it is modelled: the program.
 *
 *   bash.ts      options; -c STRING, FILE, standard input
 *   shell.ts     the state of a shell, and a fork of it
 *   source.ts    text to syntax trees (the parser is the library unbash), bash's words for mistakes
 *   run.ts       lists, pipelines, loops; simple.ts: commands; redirect.ts; conditional.ts: [[ ]]
 *   expand/      words; arithmetic.ts, pattern.ts, regex.ts
 *   builtins/    the shell's own commands
 *   traps.ts     signals; jobs.ts: children in the background
 *
 * Every command that is not the shell's own is a process of the host, a pipeline is processes joined by pipes, a
 * subshell is a process that runs a copy of the shell; waits are system calls in virtual time. Where it departs from
 * bash is said in docs/FIDELITY.md, section Shell.
 */
export function bash(process: Process): Promise<number> {
  return drive(start(process))
}

const LANGUAGE: Language = { builtins: BUILTINS, runStatements, runBody, addPart }

const VERSION = `GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)
Copyright (C) 2022 Free Software Foundation, Inc.
License GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>

This is free software; you are free to change and redistribute it.
There is NO WARRANTY, to the extent permitted by law.
`

const USAGE = `Usage:\tbash [GNU long option] [option] ...
\tbash [GNU long option] [option] script-file ...
GNU long options:
\t--debug
\t--debugger
\t--dump-po-strings
\t--dump-strings
\t--help
\t--init-file
\t--login
\t--noediting
\t--noprofile
\t--norc
\t--posix
\t--pretty-print
\t--rcfile
\t--restricted
\t--verbose
\t--version
Shell options:
\t-ilrsD or -c command or -O shopt_option\t\t(invocation only)
\t-abefhkmnptuvxBCEHPT or -o option`

interface Invocation {
  command: boolean
  stdin: boolean
  interactive: boolean
  readonly options: (readonly [string, boolean])[]
  rest: readonly string[]
}

function* start(process: Process): Run<number> {
  const [name, ...words] = process.argv
  if (words[0] === '--version') {
    process.stdout.write(VERSION)
    return 0
  }
  const invocation: Invocation = { command: false, stdin: false, interactive: false, options: [], rest: [] }
  const mistake = readInvocation(words, invocation)
  if (mistake !== null) {
    process.stderr.write(mistake.startsWith('netarium: ') ? `${mistake}\n` : `${name}: ${mistake}\n`)
    return 2
  }
  const { command, rest } = invocation
  if (command && rest.length === 0) {
    process.stderr.write(`${name}: -c: option requires an argument\n`)
    return 2
  }
  if (command) return yield* runCommand(process, invocation, rest[0], rest[1] ?? name, rest.slice(2))
  if (rest.length > 0 && !invocation.stdin) return yield* runFile(process, invocation, name, rest[0], rest.slice(1))
  const terminal = process.descriptors.get(0)?.file
  if (terminal instanceof Terminal && process.isTerminal(2)) return yield* runInteractive(process, invocation, name,
    terminal, rest)
  if (invocation.interactive) {
    process.stderr.write(`${notModelled('bash -i without a terminal')}\n`)
    return 2
  }
  return yield* runStdin(process, invocation, name, rest)
}

function* runInteractive(process: Process, invocation: Invocation, name: string, terminal: Terminal,
  args: readonly string[]): Run<number> {
  const shell = makeShell(process, invocation, name, args)
  return yield* shell.main(process, (own) => interact(own, terminal))
}

/** Fills in what the options say; the words of a mistake, or null. */
function readInvocation(words: readonly string[], invocation: Invocation): string | null {
  let at = 0
  for (; at < words.length; at++) {
    const word = words[at]
    if (word === '--' || word === '-') {
      at++
      break
    }
    if (!/^[-+]./.test(word)) break
    if (word === '--norc' || word === '--noprofile' || word === '--noediting') continue
    if (word.startsWith('--')) return `netarium: bash ${word}: not modelled`
    for (const letter of word.slice(1)) {
      if (letter === 'c') invocation.command = true
      else if (letter === 's') invocation.stdin = true
      else if (letter === 'o' || letter === 'O') {
        const value = words[++at]
        if (letter === 'O' || value === undefined) return notModelled(`bash ${word}`)
        if (!SET_OPTIONS.some(([one]) => one === value)) return `line 0: bash: ${value}: invalid option name`
        invocation.options.push([value, word.startsWith('-')])
      } else if (letter === 'i') invocation.interactive = true
      else if ('lrD'.includes(letter)) return notModelled(`bash -${letter}`)
      else {
        const option = SET_OPTIONS.find(([, one]) => one === letter)
        if (option === undefined) return `${word[0]}${letter}: invalid option\n${USAGE}`
        invocation.options.push([option[0], word.startsWith('-')])
      }
    }
  }
  invocation.rest = words.slice(at)
  return null
}

function makeShell(process: Process, invocation: Invocation, name: string, args: readonly string[]): Shell {
  const shell = new Shell(LANGUAGE, process, name)
  shell.positional = [...args]
  for (const [option, value] of invocation.options) startOption(shell, option, value)
  return shell
}

function* runCommand(process: Process, invocation: Invocation, text: string, name: string,
  args: readonly string[]): Run<number> {
  const shell = makeShell(process, invocation, name, args)
  shell.origin = 'command'
  return yield* shell.main(process, (own) => own.runText(new Source(text), true))
}

function* runFile(process: Process, invocation: Invocation, bashName: string, file: string,
  args: readonly string[]): Run<number> {
  const text = process.readFile(file)
  if (typeof text === 'number') {
    const words = text === -21 ? `${file}: ${file}: Is a directory` : `${file}: ${reason(text)}`
    process.stderr.write(`${text === -21 ? words : `${bashName}: ${words}`}\n`)
    return text === -2 ? 127 : 126
  }
  const shell = makeShell(process, invocation, file, args)
  shell.origin = 'file'
  return yield* shell.main(process, (own) => own.runText(new Source(text, 1, file)))
}

/** Commands from standard input, line by line: what they read themselves is what follows them. */
function* runStdin(process: Process, invocation: Invocation, name: string, args: readonly string[]): Run<number> {
  const shell = makeShell(process, invocation, name, args)
  shell.origin = 'stdin'
  return yield* shell.main(process, function* (own) {
    let line = 1
    for (;;) {
      const first = yield* own.call(() => process.stdin.readLine())
      if (first === null) return own.lastStatus
      let text = first
      while (isIncomplete(text)) {
        const more = yield* own.call(() => process.stdin.readLine())
        if (more === null) break
        text += more
      }
      yield* own.runText(new Source(text, line))
      line += text.split('\n').length - 1
    }
  })
}
