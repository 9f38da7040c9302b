import { EISDIR, ENOENT, strerror } from '../../base/errno.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import type { Process, Program } from '../../host/process.ts'
import type { InputStream } from '../../host/streams.ts'
import { ProgramError } from '../c-number.ts'
import { listDirectory } from '../file-tree.ts'
import { notModelled } from '../not-modelled.ts'
import { type Arguments, gnuProgram, type GnuSpec } from './gnu.ts'
import { GrepMatcher } from './grep-matcher.ts'

/**
 * grep 3.8 (GNU), reading line by line, so that it filters what comes slowly. Standard input that is no text is found
 * out at the line that shows it: a zero byte, or bytes that are no UTF-8.
 */
const usage = (name: string): string =>
  `Usage: ${name} [OPTION]... PATTERNS [FILE]...\nTry '${name} --help' for more information.\n`

const SPEC: GnuSpec = {
  short: '0123456789A:B:C:EFGPHILTUVabcd:e:f:hilm:noqRrsvwxyzZD:',
  long: {
    'after-context=': 'A', 'basic-regexp': 'G', 'before-context=': 'B', 'byte-offset': 'b', 'color': 'color?',
    'colour': 'color?', 'context=': 'C', 'count': 'c', 'directories=': 'd', 'devices=': 'D', 'extended-regexp': 'E',
    'file=': 'f', 'files-with-matches': 'l', 'files-without-match': 'L', 'fixed-strings': 'F', 'ignore-case': 'i',
    'no-ignore-case': 'no-ignore-case', 'include=': 'include', 'exclude=': 'exclude', 'exclude-from=': 'exclude-from',
    'exclude-dir=': 'exclude-dir', 'initial-tab': 'T', 'label=': 'label', 'line-buffered': 'line-buffered',
    'line-regexp': 'x', 'max-count=': 'm', 'no-filename': 'h', 'no-group-separator': 'no-separator', 'no-messages': 's',
    'group-separator=': 'separator', 'invert-match': 'v', 'line-number': 'n', 'null': 'Z', 'null-data': 'z',
    'only-matching': 'o', 'perl-regexp': 'P', 'quiet': 'q', 'silent': 'q', 'recursive': 'r',
    'dereference-recursive': 'r', 'regexp=': 'e', 'text': 'a', 'binary': 'U', 'binary-files=': 'binary-files',
    'with-filename': 'H', 'word-regexp': 'w',
  },
  lacks: ['P', 'include', 'exclude', 'exclude-from', 'exclude-dir', 'T', 'z', 'Z', 'V', 'U', 'I'],
  status: 2,
  usage,
}

const COLOR: ReadonlyMap<string, string> = new Map([
  ['always', 'always'], ['yes', 'always'], ['force', 'always'], ['never', 'never'], ['no', 'never'], ['none', 'never'],
  ['auto', 'auto'], ['tty', 'auto'], ['if-tty', 'auto'],
])

interface GrepOptions {
  readonly matcher: GrepMatcher
  readonly invert: boolean
  readonly before: number
  readonly after: number
  readonly most: number
  readonly separator: string | null
  readonly names: boolean
  readonly numbers: boolean
  readonly offsets: boolean
  readonly only: boolean
  readonly color: boolean
  readonly quiet: boolean
  readonly silent: boolean
  readonly text: boolean
  /** What is printed of a file: its lines, how many, or its name. */
  readonly output: 'lines' | 'count' | 'with' | 'without'
  readonly directories: 'read' | 'recurse' | 'skip'
  readonly label: string
}

export const grep: Program = gnuProgram(SPEC, (process, args) => run(process, args, 'G'))

/** egrep and fgrep are scripts that run `grep -E` and `grep -F` (Debian's without the warning of GNU's). */
export const egrep: Program = byAnotherName('E')
export const fgrep: Program = byAnotherName('F')

function byAnotherName(letter: string): Program {
  return (process) => {
    process.argv = ['grep', ...process.argv.slice(1)]
    return gnuProgram(SPEC, (self, args) => run(self, args, letter))(process)
  }
}

async function run(process: Process, args: Arguments, kind: string): Promise<number> {
  const { options, files } = await readOptions(process, args, kind)
  if (options.most === 0 && options.output === 'lines') return 1
  const search = new Search(process, args.name, options)
  const all = files.length > 0 ? files : options.directories === 'recurse' ? ['.'] : ['-']
  for (const name of all) {
    await search.file(name, files.length === 0 ? null : name)
    if (search.done) return 0
  }
  return search.failed ? 2 : search.selected ? 0 : 1
}

async function readOptions(process: Process, args: Arguments, kind: string): Promise<{
  readonly options: GrepOptions, readonly files: readonly string[],
}> {
  let before = -1
  let after = -1
  let context = -1
  let most = Infinity
  let digits = ''
  let color = 'never'
  let directories: GrepOptions['directories'] = 'read'
  const patterns: string[] = []
  let given = false
  let matcherKind = kind
  let text = false
  for (const { name, value } of args.options) {
    if (name >= '0' && name <= '9' && name.length === 1) {
      digits += name
      context = Math.min(Number(digits), Number.MAX_SAFE_INTEGER)
    } else digits = ''
    if (name === 'A') after = contextLength(args, value)
    else if (name === 'B') before = contextLength(args, value)
    else if (name === 'C') context = contextLength(args, value)
    else if (name === 'm') most = maximum(args, value)
    else if (name === 'e' || name === 'f') {
      given = true
      patterns.push(...name === 'e' ? value.split('\n') : await patternFile(process, args, value))
    } else if (name === 'E' || name === 'F' || name === 'G') {
      matcherKind = name
    } else if (name === 'color') color = colorWhen(args, value)
    else if (name === 'd') directories = directoryAction(args, value)
    else if (name === 'r' || name === 'R') directories = 'recurse'
    else if (name === 'D' && value !== 'read' && value !== 'skip') throw args.error('unknown devices method', 2)
    else if (name === 'binary-files') {
      if (!['binary', 'text', 'without-match'].includes(value)) throw args.error('unknown binary-files type', 2)
      if (value === 'without-match') throw new ProgramError(notModelled(args.name, '--binary-files=without-match'), 2)
      text = value === 'text'
    } else if (name === 'a') text = true
  }
  const operands = [...args.operands]
  if (!given) {
    const first = operands.shift()
    if (first === undefined) throw new ProgramError(usage(args.name), 2)
    patterns.push(...first.split('\n'))
  }
  const chosen = args.lastOf('clL')
  const files = args.has('l') || args.has('L') ? args.lastOf('lL') : chosen
  const ignoring = args.last(['i', 'y', 'no-ignore-case'])?.name
  const matcher = new GrepMatcher(patterns, {
    kind: matcherKind, ignoreCase: ignoring === 'i' || ignoring === 'y', words: args.has('w'), lines: args.has('x'),
  })
  for (const warning of matcher.warnings) args.complain(`warning: ${warning}`)
  if (matcher.error !== null) throw args.error(matcher.error, 2)
  const many = operands.length > 1 || directories === 'recurse'
  const named = args.lastOf('hH')
  const separator = args.last(['separator', 'no-separator'])
  const options: GrepOptions = {
    matcher, invert: args.has('v'), most, only: args.has('o'), quiet: args.has('q'), silent: args.has('s'), text,
    before: args.has('o') ? 0 : before >= 0 ? before : Math.max(context, 0),
    after: args.has('o') ? 0 : after >= 0 ? after : Math.max(context, 0),
    separator: before < 0 && after < 0 && context < 0 ? null : separator === undefined ? '--'
      : separator.name === 'separator' ? separator.value : null,
    names: named === undefined ? many : named === 'H', numbers: args.has('n'), offsets: args.has('b'), directories,
    color: color === 'always' || (color === 'auto' && process.isTerminal(1)),
    output: files === 'c' ? 'count' : files === 'l' ? 'with' : files === 'L' ? 'without' : 'lines',
    label: args.value('label') ?? '(standard input)',
  }
  return { options, files: operands }
}

function colorWhen(args: Arguments, text: string): string {
  const when = COLOR.get(text === '' ? 'auto' : text)
  if (when === undefined) throw new ProgramError(usage(args.name), 2)
  return when
}

function contextLength(args: Arguments, text: string): number {
  if (!/^\s*\+?[0-9]+$/.test(text)) throw args.error(`${text}: invalid context length argument`, 2)
  return Number(text)
}

function maximum(args: Arguments, text: string): number {
  if (!/^\s*[+-]?[0-9]+[kKMGTPEZYbBcw]?$/.test(text) || !/[0-9]$/.test(text)) throw args.error('invalid max count', 2)
  return Number(text) < 0 ? Infinity : Number(text)
}

function directoryAction(args: Arguments, text: string): GrepOptions['directories'] {
  const found = (['read', 'recurse', 'skip'] as const).filter((action) => action.startsWith(text))
  if (found.length === 1) return found[0]
  const why = found.length === 0 ? 'invalid' : 'ambiguous'
  const list = '  - \u2018read\u2019\n  - \u2018recurse\u2019\n  - \u2018skip\u2019'
  const said = `${why} argument \u2018${text}\u2019 for \u2018--directories\u2019\nValid arguments are:\n${list}`
  throw new ProgramError(`${args.name}: ${said}\n${usage(args.name)}`, 1)
}

/** Patterns of a file, one a line; an empty file has none, and matches nothing. */
async function patternFile(process: Process, args: Arguments, name: string): Promise<string[]> {
  const text = name === '-' ? await process.stdin.readAll() : process.readFile(name)
  if (typeof text === 'number') throw args.error(`${name}: ${strerror(-text)}`, 2)
  if (text === '') return []
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}

class Search {
  selected = false
  failed = false
  /** Nothing that follows can change the status. */
  done = false
  private printedAny = false

  constructor(private readonly process: Process, private readonly program: string, private readonly options: GrepOptions) {}

  /** shown: how it was named; null for what the program took by itself. */
  async file(name: string, shown: string | null): Promise<void> {
    const { process, options } = this
    if (name === '-') return this.stream(process.stdin, options.label)
    const file = process.open(name, 'r')
    if (file === -EISDIR) return this.directory(name, shown)
    if (typeof file === 'number') return this.problem(name, file)
    const input = process.input(file)
    await this.stream(input, name)
    process.close(input.fd)
  }

  private async directory(name: string, shown: string | null): Promise<void> {
    const { options } = this
    if (options.directories === 'skip') return
    if (options.directories === 'read') {
      this.problem(name, -EISDIR)
      return
    }
    const names = listDirectory(this.process, name)
    if (typeof names === 'number') return this.problem(name, names)
    for (const entry of names) {
      await this.file(shown === null ? entry : `${name.replace(/\/$/, '')}/${entry}`, '')
      if (this.done) return
    }
  }

  private problem(name: string, error: number): void {
    this.failed = true
    if (!this.options.silent) this.process.stderr.write(`${this.program}: ${name}: ${strerror(-error || ENOENT)}\n`)
  }

  private async stream(input: InputStream, name: string): Promise<void> {
    const { process, options } = this
    const { matcher, invert } = options
    const held: Line[] = []
    let count = 0
    let number = 0
    let offset = 0
    let afterLeft = 0
    let lastPrinted = 0
    let binary = false
    while (count < options.most || afterLeft > 0) {
      const raw = await input.readLine()
      if (raw === null) break
      number++
      const text = raw.endsWith('\n') ? raw.slice(0, -1) : raw
      const line: Line = { text, number, offset }
      offset += encodeUtf8(raw).length
      if (!options.text && (text.includes('\0') || text.includes('\ufffd'))) binary = true
      const matches = count < options.most && matcher.matches(text) !== invert
      if (matches) {
        count++
        this.selected = true
        if (options.quiet) {
          this.done = true
          return
        }
        if (options.output === 'with' || options.output === 'without') break
      }
      if (options.output === 'count') continue
      if (matches && binary) {
        process.stdout.write(`${this.program}: ${name}: binary file matches\n`)
        return
      }
      if (matches) {
        if (options.separator !== null && this.printedAny && (options.before > 0 || options.after > 0)
          && (held[0]?.number ?? number) !== lastPrinted + 1) this.separate()
        for (const one of held.splice(0)) this.print(one, name, '-')
        this.print(line, name, ':')
        lastPrinted = number
        afterLeft = options.after
      } else if (afterLeft > 0) {
        afterLeft--
        this.print(line, name, '-')
        lastPrinted = number
      } else if (options.before > 0) {
        held.push(line)
        if (held.length > options.before) held.shift()
      }
    }
    this.summary(name, count)
  }

  private summary(name: string, count: number): void {
    const { process, options } = this
    const colored = options.color ? paint('35', name) : name
    if (options.output === 'count') {
      const colon = options.color ? paint('36', ':') : ':'
      process.stdout.write(`${options.names ? colored + colon : ''}${count}\n`)
    } else if (options.output === (count > 0 ? 'with' : 'without')) process.stdout.write(`${colored}\n`)
  }

  private separate(): void {
    const { separator, color } = this.options
    this.process.stdout.write(`${color ? paint('36', separator ?? '') : separator}\n`)
  }

  private print(line: Line, name: string, mark: ':' | '-'): void {
    const { options } = this
    this.printedAny = true
    if (options.only) {
      if (options.invert || mark === '-') return
      for (const [start, end] of options.matcher.all(line.text)) {
        const offset = line.offset + encodeUtf8(line.text.slice(0, start)).length
        const text = line.text.slice(start, end)
        this.write(name, line.number, offset, ':', options.color ? paint('01;31', text) : text)
      }
      return
    }
    this.write(name, line.number, line.offset, mark, options.color ? this.colored(line.text, mark) : line.text)
  }

  private colored(text: string, mark: ':' | '-'): string {
    const { options } = this
    if (options.invert !== (mark === '-')) return text
    let out = ''
    let at = 0
    for (const [start, end] of options.matcher.all(text)) {
      out += text.slice(at, start) + paint('01;31', text.slice(start, end))
      at = end
    }
    return out + text.slice(at)
  }

  private write(name: string, number: number, offset: number, mark: string, text: string): void {
    const { options } = this
    const sign = options.color ? paint('36', mark) : mark
    let head = ''
    if (options.names) head += (options.color ? paint('35', name) : name) + sign
    if (options.numbers) head += (options.color ? paint('32', String(number)) : number) + sign
    if (options.offsets) head += (options.color ? paint('32', String(offset)) : offset) + sign
    this.process.stdout.write(`${head}${text}\n`)
  }
}

interface Line {
  readonly text: string
  readonly number: number
  readonly offset: number
}

function paint(code: string, text: string): string {
  return text === '' ? '' : `\x1b[${code}m\x1b[K${text}\x1b[m\x1b[K`
}
