import type {
  AndOr, ArithmeticFor, Case, CommandNode, CompoundCommand, CompoundList, For, Pipeline, PipelineNode, Redirected,
    Select, Statement,
  While,
} from 'unbash'
import { NullFile, type OpenFile } from '../../host/open-file.ts'
import { Pipe } from '../../host/pipe.ts'
import type { Process } from '../../host/process.ts'
import { notModelled } from './errors.ts'
import { runConditional } from './conditional.ts'
import { arithmetic, expandPattern, expandWhole, expandWords, patternMatches } from './expand/word.ts'
import { ExitJump, LoopJump, type Run, ShellError } from './flow.ts'
import { applyRedirects } from './redirect.ts'
import type { Shell } from './shell.ts'
import { readLine } from './read-line.ts'
import type { CompoundBody } from './language.ts'
import { isName } from './names.ts'
import { runSimple } from './simple.ts'
import { timed } from './time.ts'
import { traceArithmetic, traceWords } from './trace.ts'

/**
 * The tree walker: lists, pipelines, jobs and compound commands. Each function leaves the status in shell.lastStatus;
 * what ends more than a command comes as a Jump (flow.ts).
 */

/** alone: nothing comes after them in this process. */
export function* runStatements(shell: Shell, statements: readonly Statement[], alone = false): Run {
  for (const [index, statement] of statements.entries()) {
    if (statement.background === true) runInBackground(shell, statement)
    else yield* runNode(shell, statement.command, alone && index === statements.length - 1)
  }
}

function* runList(shell: Shell, list: CompoundList, alone = false): Run {
  yield* runStatements(shell, list.commands, alone)
}

/** A part of a statement. alone: nothing follows it in this process, so that a command may take the process over. */
export function* runNode(shell: Shell, node: PipelineNode | AndOr, alone = false): Run {
  switch (node.type) {
    case 'AndOr':
      return yield* runAndOr(shell, node, alone)
    case 'Pipeline':
      return yield* runPipeline(shell, node)
    default:
      return yield* runChecked(shell, node, alone)
  }
}

/** A command, and then what its failure means: the ERR trap, `set -e`. */
function* runChecked(shell: Shell, node: CommandNode, alone: boolean): Run {
  yield* runCommand(shell, node, alone)
  if (node.type === 'Command') shell.pipeStatus = [shell.lastStatus]
  if (shell.lastStatus !== 0 && shell.conditions === 0 && failsWhole(node)) yield* failed(shell)
}

/** Whether the failure of a compound command is its own, and not one that was judged inside already. */
function failsWhole(node: CommandNode): boolean {
  const inner = node.type === 'Redirected' ? node.command : node
  return inner.type === 'Command' || inner.type === 'Subshell' || inner.type === 'TestCommand'
    || inner.type === 'ArithmeticCommand'
}

function* failed(shell: Shell): Run {
  yield* shell.traps.runError()
  if (shell.options.errexit) throw new ExitJump(shell.lastStatus)
}

function* runAndOr(shell: Shell, node: AndOr, alone: boolean): Run {
  const last = node.commands.length - 1
  for (const [index, command] of node.commands.entries()) {
    const operator = node.operators[index - 1]
    if (index > 0 && (operator === '&&') !== (shell.lastStatus === 0)) continue
    if (index === last) yield* runNode(shell, command, alone)
    else yield* condition(shell, command)
  }
}

/** Runs what `set -e` does not look at. */
function* condition(shell: Shell, command: PipelineNode | AndOr): Run {
  shell.conditions++
  try {
    yield* runNode(shell, command)
  } finally {
    shell.conditions--
  }
}

function* conditionList(shell: Shell, list: CompoundList): Run<boolean> {
  shell.conditions++
  try {
    yield* runList(shell, list)
  } finally {
    shell.conditions--
  }
  return shell.lastStatus === 0
}

function* runPipeline(shell: Shell, node: Pipeline): Run {
  const negated = node.prefixes.filter((prefix) => prefix.type === 'Negation').length % 2 === 1
  const time = node.prefixes.find((prefix) => prefix.type === 'Time')
  const body = function* (): Run {
    if (node.commands.length === 0) shell.lastStatus = 0
    else if (node.commands.length === 1) yield* runCommand(shell, node.commands[0], false)
    else yield* runPiped(shell, node)
  }
  const hasNegation = node.prefixes.some((prefix) => prefix.type === 'Negation')
  if (hasNegation) shell.conditions++
  try {
    if (time === undefined) yield* body()
    else yield* timed(shell, time.posix !== undefined, body)
  } finally {
    if (hasNegation) shell.conditions--
  }
  if (node.commands.length === 1) shell.pipeStatus = [shell.lastStatus]
  if (negated) shell.lastStatus = shell.lastStatus === 0 ? 1 : 0
  else if (!hasNegation && shell.lastStatus !== 0 && shell.conditions === 0
    && (node.commands.length > 1 || node.commands.length === 1 && failsWhole(node.commands[0]))) yield* failed(shell)
}

function* runPiped(shell: Shell, node: Pipeline): Run {
  const { monitor } = shell
  if (monitor !== null) monitor.text = shell.source.text.slice(node.pos, node.end)
  const processes = startPipeline(shell, node, false)
  if (monitor !== null) {
    shell.lastStatus = yield* monitor.wait(processes)
    if (!processes.every((process) => process.exited)) return
  } else for (const process of processes) yield* waitMember(shell, process)
  const statuses = processes.map((process) => process.status)
  shell.pipeStatus = statuses
  const failures = statuses.filter((status) => status !== 0)
  shell.lastStatus = shell.options.pipefail ? failures[failures.length - 1] ?? 0 : statuses[statuses.length - 1]
}

function* waitMember(shell: Shell, process: Process): Run {
  shell.traps.waitsForChild = true
  try {
    yield* shell.waitForeground(process)
  } finally {
    shell.traps.waitsForChild = false
  }
}

/** Starts the commands of a pipeline, each in a process of its own, joined by pipes. */
function startPipeline(shell: Shell, node: Pipeline, background: boolean, foreground = true): Process[] {
  const processes: Process[] = []
  let group: number | 'own' | null = shell.monitor === null ? null : 'own'
  const pipes = node.operators.map(() => new Pipe())
  for (const [index, command] of node.commands.entries()) {
    const descriptors = new Map<number, OpenFile | null>()
    if (index > 0) descriptors.set(0, pipes[index - 1].reader)
    else if (background) descriptors.set(0, new NullFile())
    if (index < pipes.length) {
      descriptors.set(1, pipes[index].writer)
      if (node.operators[index] === '|&') descriptors.set(2, pipes[index].writer)
    }
    const process = shell.fork((child) => runForked(child, command), descriptors, background, group, foreground)
    if (group === 'own') group = process.pid
    processes.push(process)
  }
  return processes
}

/** What a forked shell does with its command; its status. */
function* runForked(child: Shell, command: PipelineNode | AndOr): Run<number> {
  child.loops = 0
  if (command.type === 'Subshell') yield* runList(child, command.body, true) // this process is the subshell
  else yield* runNode(child, command, true)
  return child.lastStatus
}

function runInBackground(shell: Shell, statement: Statement): void {
  const { command } = statement
  shell.line = shell.source.lineAt(statement.pos)
  const interactive = shell.origin === 'interactive'
  const pipeline = command.type === 'Pipeline' && command.commands.length > 1 && command.prefixes.length === 0
    ? command : null
  const processes = pipeline !== null ? startPipeline(shell, pipeline, !interactive, false)
    : [shell.fork((child) => runForked(child, command), interactive ? new Map() : new Map([[0, new NullFile()]]),
      !interactive,
      shell.monitor === null ? null : 'own')]
  const text = shell.source.text.slice(command.pos, command.end)
  const job = shell.jobs.add(processes, text)
  shell.lastBackground = processes[processes.length - 1].pid
  shell.lastStatus = 0
  if (interactive) shell.process.stderr.write(`[${job.id}] ${shell.lastBackground}\n`)
}

function* runCommand(shell: Shell, node: CommandNode, alone: boolean): Run {
  yield* shell.turn()
  switch (node.type) {
    case 'Command':
      return yield* runSimple(shell, node, alone)
    case 'Function':
      shell.line = shell.source.lineAt(node.pos)
      defineFunction(shell, node.name.value, node.body)
      return
    case 'Coproc':
      shell.line = shell.source.lineAt(node.pos)
      throw new ShellError(notModelled('bash: coproc'), 2, true)
    case 'Redirected':
      return yield* runRedirected(shell, node)
    default:
      return yield* runCompound(shell, node)
  }
}

function defineFunction(shell: Shell, name: string, body: CompoundBody): void {
  const existing = shell.functions.get(name)
  if (existing?.readonly === true) {
    shell.lastStatus = shell.error(`${name}: readonly function`)
    return
  }
  shell.functions.set(name, { name, body, source: shell.source, exported: false, readonly: false })
  shell.lastStatus = 0
}

/** The body of a function, or any compound command with its redirections. */
export function* runBody(shell: Shell, body: CompoundBody): Run {
  if (body.type === 'CompoundList') yield* runList(shell, body)
  else if (body.type === 'Redirected') yield* runRedirected(shell, body)
  else yield* runCompound(shell, body)
}

function* runRedirected(shell: Shell, node: Redirected): Run {
  shell.line = shell.source.lineAt(node.pos)
  const mark = shell.temporaries
  const redirects = yield* applyRedirects(shell, node.redirects)
  if (redirects === null) {
    shell.lastStatus = 1
    shell.closeTemporaries(mark)
    if (shell.conditions === 0) yield* failed(shell)
    return
  }
  try {
    yield* runCompound(shell, node.command)
  } finally {
    redirects.undo()
    shell.closeTemporaries(mark)
  }
}

function* runCompound(shell: Shell, node: CompoundCommand): Run {
  switch (node.type) {
    case 'BraceGroup':
      return yield* runList(shell, node.body)
    case 'Subshell':
      return yield* runSubshell(shell, node.body)
    case 'If': {
      if (yield* conditionList(shell, node.clause)) return yield* runList(shell, node.then)
      for (const branch of node.elif) if (yield* conditionList(shell, branch.clause)) return yield* runList(shell,
        branch.then)
      shell.lastStatus = 0
      if (node.else !== undefined) yield* runList(shell, node.else)
      return
    }
    case 'While':
      return yield* runWhile(shell, node)
    case 'For':
      return yield* runFor(shell, node)
    case 'ArithmeticFor':
      return yield* runArithmeticFor(shell, node)
    case 'Select':
      return yield* runSelect(shell, node)
    case 'Case':
      return yield* runCase(shell, node)
    case 'TestCommand':
      shell.line = shell.source.lineAt(node.pos)
      shell.lastStatus = yield* runConditional(shell, node.expression)
      return
    case 'ArithmeticCommand':
      shell.line = shell.source.lineAt(node.pos)
      yield* traceArithmetic(shell, node.body)
      shell.lastStatus = yield* evaluateCommand(shell, node.body)
  }
}

/** (( )): a mistake in it is a failure, and ends nothing else. */
function* evaluateCommand(shell: Shell, body: string): Run<number> {
  try {
    return (yield* arithmetic(shell, body, '((: ')) === 0n ? 1 : 0
  } catch (error) {
    if (!(error instanceof ShellError) || error.fatal) throw error
    return shell.error(error.message)
  }
}

function* runSubshell(shell: Shell, body: CompoundList): Run {
  const child = shell.fork(function* (inner) {
    inner.loops = 0
    yield* runList(inner, body, true)
    return inner.lastStatus
  }, new Map(), false, shell.monitor === null ? null : 'own', true)
  const { monitor } = shell
  if (monitor !== null) {
    monitor.text = `( ${shell.source.text.slice(body.pos, body.end).trim()} )`
    shell.lastStatus = yield* monitor.wait([child])
    return
  }
  yield* waitMember(shell, child)
  shell.lastStatus = child.status
}

/** One round of a loop. False: `break` ended the loop. */
function* round(shell: Shell, body: () => Run): Run<boolean> {
  try {
    yield* body()
    return true
  } catch (error) {
    if (!(error instanceof LoopJump)) throw error
    if (--error.levels > 0 && shell.loops > 1) throw error
    return error.kind === 'continue'
  }
}

function* loop(shell: Shell, body: () => Run): Run {
  shell.loops++
  try {
    yield* body()
  } finally {
    shell.loops--
  }
}

function* runWhile(shell: Shell, node: While): Run {
  let status = 0
  yield* loop(shell, function* () {
    for (let going = true; going;) {
      let entered = false
      going = yield* round(shell, function* () {
        if ((yield* conditionList(shell, node.clause)) !== (node.kind === 'while')) return
        entered = true
        yield* runList(shell, node.body)
        status = shell.lastStatus
      })
      if (!entered && going) break
      if (!going) status = shell.lastStatus
      yield* shell.turn()
    }
  })
  shell.lastStatus = status
}

function* loopWords(shell: Shell, words: For['wordlist']): Run<readonly string[]> {
  return words === undefined ? [...shell.positional] : yield* expandWords(shell, words)
}

function* runFor(shell: Shell, node: For): Run {
  shell.line = shell.source.lineAt(node.pos)
  const name = node.name.value
  if (!isName(name)) {
    shell.lastStatus = shell.error(`\`${node.name.text}': not a valid identifier`)
    return
  }
  const words = yield* loopWords(shell, node.wordlist)
  shell.lastStatus = 0
  yield* loop(shell, function* () {
    for (const word of words) {
      yield* traceWords(shell, node.wordlist === undefined ? `for ${name} in "$@"`
        : `for ${name} in ${node.wordlist.map(({ text }) => text).join(' ')}`)
      shell.assignReference(name, null, word)
      if (!(yield* round(shell, () => runList(shell, node.body)))) break
      yield* shell.turn()
    }
  })
}

function* runArithmeticFor(shell: Shell, node: ArithmeticFor): Run {
  const line = shell.source.lineAt(node.pos)
  const [initialize, test, update] = forParts(shell.source.text, node.pos)
  const part = function* (text: string, absent: bigint): Run<bigint> {
    shell.line = line
    if (text.trim() === '') return absent
    yield* traceArithmetic(shell, text)
    return yield* arithmetic(shell, text, '((: ')
  }
  yield* part(initialize, 0n)
  shell.lastStatus = 0
  yield* loop(shell, function* () {
    while ((yield* part(test, 1n)) !== 0n) {
      if (!(yield* round(shell, () => runList(shell, node.body)))) break
      yield* part(update, 0n)
      yield* shell.turn()
    }
  })
}

/** The three expressions of for ((a; b; c)), as they are written. */
function forParts(text: string, pos: number): [string, string, string] {
  const parts = ['']
  let depth = 0
  for (let at = text.indexOf('((', pos) + 2; at < text.length; at++) {
    const char = text[at]
    if (char === ')' && depth === 0) break
    if (char === '(') depth++
    else if (char === ')') depth--
    if (char === ';' && depth === 0) parts.push('')
    else parts[parts.length - 1] += char
  }
  return [parts[0], parts[1] ?? '', parts[2] ?? '']
}

function* runSelect(shell: Shell, node: Select): Run {
  shell.line = shell.source.lineAt(node.pos)
  const words = yield* loopWords(shell, node.wordlist)
  shell.lastStatus = 0
  if (words.length === 0) return
  const menu = menuOf(words, Number(shell.variables.get('COLUMNS') ?? '80'))
  yield* loop(shell, function* () {
    for (let show = true; ;) {
      if (show) shell.process.stderr.write(menu)
      shell.process.stderr.write(shell.variables.get('PS3') ?? '#? ')
      const line = yield* readLine(shell)
      if (line === null) {
        shell.process.stdout.write('\n')
        shell.lastStatus = 1
        return
      }
      show = line === ''
      if (show) continue
      shell.assignReference('REPLY', null, line)
      const choice = /^[0-9]+$/.test(line) ? words[Number(line) - 1] ?? '' : ''
      shell.assignReference(node.name.value, null, choice)
      if (!(yield* round(shell, () => runList(shell, node.body)))) return
      if ((shell.variables.get('REPLY') ?? '') === '') show = true
      yield* shell.turn()
    }
  })
}

/** The choices of `select`, in columns as execute_cmd.c print_select_list() has them. */
function menuOf(words: readonly string[], width: number): string {
  const digits = String(words.length).length
  const longest = Math.max(...words.map((word) => word.length)) + digits + 2
  const columns = Math.max(1, longest === 0 ? 1 : Math.floor(width / (longest + 2)))
  let rows = Math.ceil(words.length / columns)
  const perRow = Math.ceil(words.length / rows)
  if (rows === 1) rows = words.length
  else if (perRow === 1) rows = words.length
  let text = ''
  for (let row = 0; row < rows; row++) {
    let line = ''
    let position = 0
    for (let index = row; index < words.length; index += rows) {
      const cell = `${String(index + 1).padStart(digits)}) ${words[index]}`
      line += cell
      position += longest + 2
      if (index + rows < words.length) line += ' '.repeat(position - line.length)
    }
    text += `${line}\n`
  }
  return text
}

function* runCase(shell: Shell, node: Case): Run {
  shell.line = shell.source.lineAt(node.pos)
  yield* traceWords(shell, `case ${node.word.text} in`)
  const word = yield* expandWhole(shell, node.word)
  shell.lastStatus = 0
  let falling = false
  for (const item of node.items) {
    let matches = falling
    for (const pattern of matches ? [] : item.pattern) {
      if (!patternMatches(shell, yield* expandPattern(shell, pattern), word)) continue
      matches = true
      break
    }
    if (!matches) continue
    yield* runList(shell, item.body)
    if (item.terminator !== ';&' && item.terminator !== ';;&') return
    falling = item.terminator === ';&'
  }
}
