import { strerror } from '../../base/errno.ts'
import type { Process } from '../../host/process.ts'
import { fromByteString, toByteString } from '../byte-string.ts'
import { AWK_LIMITS, AWK_USAGE, AWK_VERSION } from './awk-help.ts'
import { Interpreter } from './interpreter.ts'
import { AwkSyntaxError, unescape } from './lexer.ts'
import { parseAwk } from './parser.ts'
import { Frame, type Waiting } from './reader.ts'
import type { AwkProgram } from './tree.ts'

/*
 * awk as Debian has it: mawk 1.3.4 20200120, by its behaviour (POSIX awk(1); recorded, fixtures/awk.record).
 *
 *   text --lexer--> words --parser--> tree --interpreter--> output
 *
 * - lexer.ts, parser.ts, parse-expression.ts: mawk's grammar and its words for mistakes. tree.ts: what comes of it.
 * - interpreter.ts walks the tree; builtins.ts are the functions. Everything is a generator: it yields the promises that
 *   it must wait for (input, commands, system()), so a program of a million steps that waits for nothing is one turn.
 * - values.ts, array.ts, record.ts, mathematics.ts, random.ts: numbers and texts, arrays in mawk's order, fields,
 *   functions of analysis that every engine works out alike, and glibc's random().
 * - reader.ts, streams.ts: records from files, pipes and commands; what print writes to, kept back in blocks of 4096
 *   bytes as stdio does, so that what comes first on a shared terminal comes first here too.
 *
 * Texts are byte strings throughout (mawk counts bytes, and its patterns match bytes). A loop takes virtual time: a
 * millisecond for ten thousand rounds.
 */

interface Options {
  readonly assignments: string[]
  readonly files: string[]
  separator: string | null
  program: string | null
  operands: string[]
  seed: number | null
  warnings: string
}

/** A message and a status instead of a run. */
class Refusal extends Error {
  constructor(readonly output: string, readonly errors: string, readonly status: number) {
    super(errors)
  }
}

/** awk, mawk. */
export async function awk(process: Process): Promise<number> {
  try {
    const { program, options } = prepare(process)
    const interpreter = new Interpreter(process, 'mawk', program, [process.argv[0], ...options.operands])
    if (options.seed !== null) interpreter.seed(options.seed)
    if (options.separator !== null) interpreter.setVariable('FS', options.separator)
    for (const assignment of options.assignments) interpreter.assignArgument(assignment)
    return await drive(interpreter)
  } catch (error) {
    if (error instanceof AwkSyntaxError) {
      process.stderr.write(fromByteString(error.message))
      return 2
    }
    if (!(error instanceof Refusal)) throw error
    process.stdout.write(error.output)
    process.stderr.write(error.errors)
    return error.status
  }
}

/** Runs the program: frames one upon the other, and waits for what they wait for. */
async function drive(interpreter: Interpreter): Promise<number> {
  const stack: Waiting<unknown>[] = [interpreter.run()]
  let resume: (top: Waiting<unknown>) => IteratorResult<unknown, unknown> = (top) => top.next()
  for (;;) {
    let value: unknown
    try {
      const step = resume(stack[stack.length - 1])
      value = step.value
      if (step.done === true) {
        stack.pop()
        if (stack.length === 0) return Number(value)
      } else if (value instanceof Frame) {
        stack.push(value.steps)
        value = undefined
      } else value = await value // a signal is thrown here and ends mawk at once: what is kept back is lost
      resume = (top) => top.next(value)
    } catch (error) {
      stack.pop()
      if (stack.length === 0) throw error
      resume = (top) => top.throw(error)
    }
  }
}

function prepare(process: Process): { program: AwkProgram, options: Options } {
  const options = parseOptions(process.argv.slice(1))
  process.stderr.write(options.warnings)
  let source = ''
  for (const file of options.files) source += programText(process, file)
  if (options.files.length === 0) source = toByteString(options.program ?? '')
  return { program: parseAwk(source, 'mawk'), options }
}

function programText(process: Process, file: string): string {
  const text = process.readFile(file)
  if (typeof text === 'number') throw new Refusal('', `mawk: cannot open ${file} (${strerror(-text)})\n`, 2)
  return toByteString(text.endsWith('\n') || text === '' ? text : `${text}\n`)
}

function parseOptions(words: readonly string[]): Options {
  const options: Options = {
    assignments: [], files: [], separator: null, program: null, operands: [], seed: null, warnings: '',
  }
  let at = 0
  for (; at < words.length; at++) {
    const word = words[at]
    if (!word.startsWith('-') || word === '-') break
    if (word === '--') {
      if (++at >= words.length) options.program = ''
      break
    }
    const letter = word[1]
    if (!'fFvW'.includes(letter)) throw new Refusal('', `mawk: not an option: ${word}\n`, 2)
    let value = word.slice(2)
    if (word.length === 2) {
      at++
      if (at >= words.length) throw new Refusal('', `mawk: option ${word} lacks argument\n`, 2)
      value = words[at]
    }
    takeOption(options, letter, value)
  }
  const rest = words.slice(at)
  if (options.files.length === 0) {
    if (rest.length === 0 && options.program === null) throw new Refusal('', AWK_USAGE, 0)
    options.program = rest[0] ?? ''
    options.operands = rest.slice(1)
  } else options.operands = rest
  return options
}

function takeOption(options: Options, letter: string, value: string): void {
  if (letter === 'f') options.files.push(value)
  else if (letter === 'F') options.separator = fieldSeparator(toByteString(value))
  else if (letter === 'v') {
    if (!/^[A-Za-z_][A-Za-z_0-9]*=/.test(value)) throw new Refusal('', `mawk: improper assignment: -v ${value}\n`, 2)
    options.assignments.push(toByteString(value))
  } else takeImplementationOption(options, value)
}

const IMPLEMENTATION_OPTIONS = ['version', 'dump', 'help', 'interactive', 'exec', 'random', 'sprintf', 'posix_space', 'usage']

/** -W: by any beginning of a name. */
function takeImplementationOption(options: Options, value: string): void {
  const [word, argument = ''] = value.split('=')
  const name = IMPLEMENTATION_OPTIONS.find((option) => option.startsWith(word.toLowerCase()))
  switch (word === '' ? undefined : name) {
    case 'version': throw new Refusal(AWK_VERSION, AWK_LIMITS, 0)
    case 'help': case 'usage': throw new Refusal('', AWK_USAGE, 0)
    case 'random':
      if (argument === '') throw new Refusal('', `mawk: missing value for -W ${value}\n`, 2)
      options.seed = 0 // whatever the value: mawk reads the name as the number
      return
    case 'interactive': case 'sprintf': case 'posix_space': return
    case undefined:
      if (value !== '') options.warnings += `mawk: vacuous option: -W ${value}\n`
      return
    default: throw new Refusal('', `mawk: option -W ${name} is not modelled by Netarium\n`, 2)
  }
}

/** -F: with escapes; "t" is no tab in mawk. */
function fieldSeparator(text: string): string {
  return unescape(text)
}
