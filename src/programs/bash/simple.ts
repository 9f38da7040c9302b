import type { Assignment, Command, Redirection, Word } from 'unbash'
import { Exited } from '../../host/signals.ts'
import { type Assigned, assign, expandAssignment } from './assign.ts'
import { type DeclareArgument, DECLARATIONS, runDeclaration } from './builtins/declare.ts'
import { findCommand, pathOf } from './find.ts'
import { expandWords } from './expand/word.ts'
import { DiscardJump, ReturnJump, type Run, ShellError, wait } from './flow.ts'
import { notifyOfDeath } from './notify.ts'
import { applyRedirects, type Redirections } from './redirect.ts'
import { NESTING_LIMIT, type Shell, type ShellFunction } from './shell.ts'
import { traceCommand, traceWords } from './trace.ts'
import type { Variable } from './variables.ts'

/** Simple commands: words, assignments and redirections, then a function, a builtin or a program. */

/** alone: nothing follows in this process, so that a program may take it over. */
export function* runSimple(shell: Shell, node: Command, alone: boolean): Run {
  shell.line = shell.source.lineAt(node.pos)
  shell.substituted = null
  const mark = shell.temporaries
  try {
    yield* expandAndRun(shell, node, alone)
  } catch (error) {
    if (error instanceof ShellError) shell.report(error)
    throw error
  } finally {
    shell.closeTemporaries(mark)
  }
}

function* expandAndRun(shell: Shell, node: Command, alone: boolean): Run {
  const nameWord = node.name
  const declaration = nameWord !== undefined && nameWord.parts === undefined && DECLARATIONS.has(nameWord.value)
    && !shell.functions.has(nameWord.value)
  if (declaration) return yield* runDeclare(shell, node, nameWord.value)
  const words: Word[] = nameWord === undefined ? [] : [nameWord]
  for (const argument of node.suffix) if (argument.type === 'Word'
    || argument.type === 'Assignment') words.push(asWord(argument))
  const argv = words.length === 0 ? [] : yield* expandWords(shell, words)
  const assignments: Assigned[] = []
  for (const one of node.prefix) {
    if (one.type !== 'Assignment') continue
    const assigned = yield* expandAssignment(shell, one)
    assignments.push(assigned)
    yield* traceWords(shell, assigned.shown)
    if (argv.length === 0) assign(shell, assigned)
  }
  if (argv.length === 0) return yield* runNothing(shell, node.redirects)
  yield* traceCommand(shell, argv)
  shell.lastArgument = argv[argv.length - 1]
  yield* runArgv(shell, argv, assignments, node.redirects, alone, true, shell.source.text.slice(node.pos, node.end))
}

/** An argument that looks like an assignment, of a command that is no declaration. */
function asWord(argument: Word | Assignment): Word {
  if (argument.type === 'Word') return argument
  return { type: 'Word', text: argument.text, value: argument.text, pos: argument.pos, end: argument.end }
}

/** Assignments and redirections alone. */
function* runNothing(shell: Shell, redirects: readonly Redirection[]): Run {
  const done = redirects.length === 0 ? undefined : yield* applyRedirects(shell, redirects)
  shell.lastStatus = done === null ? 1 : shell.substituted ?? 0
  done?.undo()
}

/** Runs an expanded command. functions false: `command` and `builtin` pass them by. */
export function* runArgv(shell: Shell, argv: readonly string[], assignments: readonly Assigned[],
  redirects: readonly Redirection[],
  alone: boolean, functions = true, text = ''): Run {
  const [name] = argv
  const fn = functions ? shell.functions.get(name) : undefined
  const saved = assignTemporarily(shell, assignments)
  let done: Redirections | null | undefined
  try {
    done = redirects.length === 0 ? undefined : yield* applyRedirects(shell, redirects)
    if (done === null) {
      shell.lastStatus = 1
      return
    }
    if (fn !== undefined) yield* callFunction(shell, fn, argv)
    else if (shell.language.builtins.has(name)) {
      if (name === 'exec' && argv.length === 1) done?.keep()
      yield* runBuiltin(shell, name, argv)
    } else yield* runProgram(shell, argv, alone, text)
  } finally {
    done?.undo()
    for (const [variable, before] of saved) shell.variables.restore(variable, before)
  }
}

/** a=b in front of a command: exported while it runs. What was there before comes back. */
function assignTemporarily(shell: Shell, assignments: readonly Assigned[]): (readonly [string,
  Variable | undefined])[] {
  const saved: [string, Variable | undefined][] = []
  for (const assigned of assignments) {
    const name = shell.variables.follow(assigned.name)
    saved.unshift([name, shell.variables.find(name)?.copy()])
    assign(shell, assigned)
    const variable = shell.variables.find(name)
    if (variable !== undefined) variable.exported = true
  }
  return saved
}

export function* runBuiltin(shell: Shell, name: string, argv: readonly string[]): Run {
  const builtin = shell.language.builtins.get(name)
  if (builtin === undefined) return
  try {
    const result = builtin(shell, argv)
    shell.lastStatus = (typeof result === 'number' ? result : yield* result) & 0xff
  } catch (error) {
    if (!(error instanceof ShellError) || error.fatal) throw error
    shell.lastStatus = shell.error(error.message, error.status)
  }
}

/** Calls a function with its own parameters and local variables. */
export function* callFunction(shell: Shell, fn: ShellFunction, argv: readonly string[]): Run {
  if (shell.functionNames.length + shell.sourcing >= NESTING_LIMIT) {
    shell.error(`${fn.name}: maximum function nesting level exceeded (${NESTING_LIMIT})`)
    throw new DiscardJump(1)
  }
  const { positional, source, loops, line } = shell
  shell.positional = argv.slice(1)
  shell.source = fn.source
  shell.loops = 0
  shell.functionNames.push(fn.name)
  shell.sourceNames.push(fn.source.file ?? (shell.origin === 'command' ? 'environment' : shell.name))
  shell.variables.push()
  try {
    yield* shell.language.runBody(shell, fn.body)
  } catch (error) {
    if (!(error instanceof ReturnJump)) throw error
    shell.lastStatus = error.status
  } finally {
    shell.variables.pop()
    shell.functionNames.pop()
    shell.sourceNames.pop()
    Object.assign(shell, { positional, source, loops, line })
  }
}

/** Runs a program: as a child that is waited for, or in place of this process. */
export function* runProgram(shell: Shell, argv: readonly string[], alone: boolean, text = ''): Run {
  const found = findCommand(shell, argv[0])
  if (found.status !== 0) {
    shell.lastStatus = shell.error(`${argv[0]}: ${found.message}`, found.status)
    return
  }
  const environment = { ...shell.variables.environment(), _: argv[0].includes('/') ? argv[0] : pathOf(argv[0]) }
  if (alone && shell.traps.list().every(([, command]) => command === '')) {
    yield* replaceProcess(shell, argv, environment)
    return
  }
  const { monitor } = shell
  const child = shell.process.spawn(argv, { env: environment, group: monitor === null ? undefined : 'own' })
  shell.traps.waitsForChild = true
  try {
    if (monitor === null) shell.lastStatus = yield* shell.waitForeground(child)
    else {
      monitor.text = text === '' ? argv.join(' ') : text
      monitor.adopt(child, true)
      shell.lastStatus = yield* monitor.wait([child])
    }
  } finally {
    shell.traps.waitsForChild = false
  }
  notifyOfDeath(shell, child, text === '' ? argv.join(' ') : text)
}

/** execve(): the shell is no more. */
export function* replaceProcess(shell: Shell, argv: readonly string[], environment: Readonly<Record<string,
  string>>): Run {
  const running = shell.process.execute(argv, environment)
  if (running === null) return
  shell.replaced = true
  throw new Exited(yield* wait(running))
}

function* runDeclare(shell: Shell, node: Command, name: string): Run {
  const args: DeclareArgument[] = []
  const associative = node.suffix.some((word) => word.type === 'Word' && /^-[a-zA-Z]*A/.test(word.text))
  const local = name !== 'export' && name !== 'readonly' && shell.variables.depth > 0
  for (const argument of node.suffix) {
    if (argument.type === 'Assignment') args.push(yield* expandAssignment(shell, argument, associative))
    else if (argument.type === 'Word') args.push(...yield* expandWords(shell, [argument]))
  }
  yield* traceWords(shell, [name, ...args.map((arg) => typeof arg === 'string' ? arg : arg.shown)].join(' '))
  const assignments: Assigned[] = []
  for (const one of node.prefix) if (one.type === 'Assignment') assignments.push(yield* expandAssignment(shell, one))
  const done = node.redirects.length === 0 ? undefined : yield* applyRedirects(shell, node.redirects)
  if (done === null) {
    shell.lastStatus = 1
    return
  }
  const saved = local ? [] : assignTemporarily(shell, assignments)
  try {
    shell.lastStatus = runDeclaration(shell, name, args)
  } catch (error) {
    if (!(error instanceof ShellError) || error.fatal) throw error
    shell.lastStatus = shell.error(error.message, error.status)
  } finally {
    done?.undo()
    for (const [variable, before] of saved) shell.variables.restore(variable, before)
  }
}

