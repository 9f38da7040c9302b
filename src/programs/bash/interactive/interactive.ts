import { Interrupted, SIGHUP, SIGINT } from '../../../host/signals.ts'
import type { Terminal } from '../../../host/terminal.ts'
import { LineEditor } from '../../readline/editor.ts'
import { expandHistory } from '../../readline/history-expansion.ts'
import { promptText } from '../expand/quote.ts'
import { DiscardJump, ExitJump, Jump, type Run, wait } from '../flow.ts'
import { setOption } from '../options.ts'
import type { Shell } from '../shell.ts'
import { isIncomplete, Source } from '../source.ts'
import { completerOf } from './completer.ts'
import { joinLines, openQuote } from './lines.ts'
import { Monitor } from './monitor.ts'

/**
 * The interactive shell: prompts, line editing, history and job control around what runs scripts. It reads lines until
 * they are a complete command, expands the history in each, runs it, and goes on whatever happened.
 */
export function* interact(shell: Shell, terminal: Terminal): Run<number> {
  const monitor = new Monitor(shell, terminal)
  const editor = new LineEditor(shell.process, terminal)
  shell.origin = 'interactive'
  shell.typed = true
  shell.monitor = monitor
  shell.history = editor.history
  for (const name of ['monitor', 'histexpand', 'history']) setOption(shell.options, name, true)
  shell.shopt.expand_aliases = true
  for (const [name, value] of [['PS1', '\\u@\\h:\\w\\$ '], ['PS2', '> ']] as const) {
    if (shell.variables.get(name) === undefined) shell.variables.set(name, value)
  }
  editor.complete = completerOf(shell)
  try {
    for (;;) {
      const status = yield* readAndRun(shell, editor, monitor)
      if (status !== null) return leave(monitor, status)
    }
  } catch (error) {
    if (error instanceof Interrupted && error.signal === SIGHUP) monitor.leave(true)
    throw error
  }
}

function leave(monitor: Monitor, status: number): number {
  monitor.leave(false)
  return status
}

/** One command, or several lines of it. The exit status, or null: the shell goes on. */
function* readAndRun(shell: Shell, editor: LineEditor, monitor: Monitor): Run<number | null> {
  monitor.notify()
  checkWindowSize(shell, monitor.terminal)
  const text = yield* readCommand(shell, editor)
  checkWindowSize(shell, monitor.terminal)
  if (text === INTERRUPTED) {
    shell.lastStatus = 130
    return null
  }
  if (text === null) {
    shell.process.stderr.write('\n')
    return monitor.mayLeave() ? shell.lastStatus : null
  }
  const warned = monitor.warned
  const line = editor.linesRead - text.split('\n').length + 2
  const status = yield* runCommand(shell, text, line)
  if (warned && status === null) monitor.warned = false
  return status
}

const INTERRUPTED = Symbol('interrupted')

function* runCommand(shell: Shell, text: string, line: number): Run<number | null> {
  try {
    yield* shell.runText(new Source(text, line))
  } catch (error) {
    if (error instanceof ExitJump) return error.status
    if (error instanceof DiscardJump) shell.lastStatus = error.status
    else if (error instanceof Interrupted && error.signal === SIGINT) {
      shell.process.stderr.write('\n')
      shell.lastStatus = 130
    } else if (!(error instanceof Jump)) throw error
    shell.loops = 0
  }
  shell.commandNumber++
  return null
}

/** Reads lines until they are a complete command. Null: the end of the input. */
function* readCommand(shell: Shell, editor: LineEditor): Run<string | null | typeof INTERRUPTED> {
  let text = ''
  let entry: string | null = null
  for (;;) {
    const prompt = yield* promptText(shell, shell.variables.get(text === '' ? 'PS1' : 'PS2') ?? '')
    const typed = yield* wait(editor.readLine(prompt))
    if (typed === 'interrupted') return INTERRUPTED
    if (typed === null) {
      if (text === '') return null
      // The end of the input in the middle of a command: what is there is run, or is a mistake.
      shell.process.stderr.write('\n')
      return text
    }
    editor.linesRead++
    const line = expand(shell, typed, text)
    if (line === null) return ''
    if (line !== '' || text !== '') entry = record(shell, entry, text, line)
    text += `${line}\n`
    if (!isIncomplete(text)) return text
  }
}

/** Expands the history in a line. Null: it is not to be run. */
function expand(shell: Shell, line: string, before: string): string | null {
  const { history } = shell
  if (history === null || shell.options.all.get('histexpand') !== true) return line
  const expanded = expandHistory(line, history, openQuote(before))
  if (expanded.error !== null) {
    shell.error(expanded.error)
    return null
  }
  if (expanded.changed) shell.process.stderr.write(`${expanded.text}\n`)
  if (expanded.printOnly) {
    history.add(expanded.text)
    return null
  }
  return expanded.text
}

/** Enters a line in the history; the lines of one command are one entry (shopt cmdhist). */
function record(shell: Shell, entry: string | null, before: string, line: string): string | null {
  const { history } = shell
  if (history === null) return null
  const control = shell.variables.get('HISTCONTROL') ?? ''
  if (before === '') {
    if (/ignore(space|both)/.test(control) && line.startsWith(' ')) return null
    if (/ignore(dups|both)/.test(control) && history.last() === line) return line
    history.add(line)
    return line
  }
  if (entry === null) return null
  const joined = joinLines(entry, before, line)
  history.replaceLast(joined)
  return joined
}

/** shopt checkwinsize: COLUMNS and LINES are those of the terminal. */
function checkWindowSize(shell: Shell, terminal: Terminal): void {
  if (shell.shopt.checkwinsize !== true) return
  shell.variables.set('COLUMNS', String(terminal.columns))
  shell.variables.set('LINES', String(terminal.rows))
}

