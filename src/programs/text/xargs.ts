import { strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { ProgramError } from '../c-number.ts'
import { chomp, gnuProgram, type GnuSpec } from './gnu.ts'

/** xargs of findutils 4.9: one command after another. */
const SPEC: GnuSpec = {
  short: '+0a:E:e::i::I:l::L:n:prs:txP:d:',
  long: {
    'null': '0', 'arg-file=': 'a', 'delimiter=': 'd', 'eof=': 'E', 'replace': 'i?', 'max-lines': 'l?', 'max-args=': 'n',
    'open-tty': 'o', 'interactive': 'p', 'no-run-if-empty': 'r', 'max-chars=': 's', 'verbose': 't', 'show-limits': 'limits',
    'exit': 'x', 'max-procs=': 'P', 'process-slot-var=': 'slot',
  },
  lacks: ['o', 'p', 's', 'limits', 'x', 'slot', 'E', 'e'],
}

export const xargs: Program = gnuProgram(SPEC, async (process, args) => {
  const integer = (letter: string, least: number): number | null => {
    const text = args.value(letter)
    if (text === undefined) return null
    if (!/^\s*[+-]?[0-9]+$/.test(text)) throw args.usageError(`invalid number "${text}" for -${letter} option`)
    if (Number(text) < least) throw args.usageError(`value ${text} for -${letter} option should be >= ${least}`)
    return Number(text)
  }
  const perCommand = integer('n', 1)
  const perLines = integer('L', 1)
  const parallel = integer('P', 0)
  if (parallel !== null && parallel !== 1) {
    throw new ProgramError(`netarium: xargs -P ${parallel}: not modelled\n`, 1)
  }
  const last = args.last(['n', 'L', 'I', 'i'])?.name
  if (last !== undefined && 'Ii'.includes(last) && perCommand !== null) {
    args.complain('warning: options --max-args and --replace/-I/-i are mutually exclusive, '
      + 'ignoring previous --max-args value')
  }
  const replaced = args.options.find(({ name }) => name === 'I' || name === 'i')
  const pattern = replaced === undefined ? null : replaced.value === '' ? '{}' : replaced.value
  const command = args.operands.length === 0 ? ['echo'] : [...args.operands]
  const file = args.value('a')
  const text = file === undefined || file === '-' ? await process.stdin.readAll() : process.readFile(file)
  if (typeof text === 'number') throw args.error(`Cannot open input file \u2018${file}\u2019: ${strerror(-text)}`)
  const delimiter = args.value('d')
  const split = args.has('0') ? '\0' : delimiter === undefined ? null : unescape(delimiter)
  const items: Item[] = split === null ? words(args.name, text, pattern !== null)
    : text === '' ? [] : chomp(text, split).split(split).map((each, line) => ({ text: each, line }))
  const run = new Runner(process, args.name, args.has('t'))
  if (pattern !== null) {
    for (const { text: item } of items) {
      if (!await run.command(command.map((word) => word.replaceAll(pattern, item)))) break
    }
    return run.status
  }
  if (items.length === 0 && !args.has('r')) await run.command(command)
  for (let at = 0; at < items.length;) {
    let count = perCommand ?? items.length
    if (perLines !== null) {
      const lines = new Set<number>()
      count = 0
      while (at + count < items.length && (lines.has(items[at + count].line) || lines.size < perLines)) {
        lines.add(items[at + count++].line)
      }
    }
    const chunk = items.slice(at, at + count)
    at += count
    if (!await run.command([...command, ...chunk.map((item) => item.text)])) break
  }
  return run.status
})

class Runner {
  status = 0

  constructor(private readonly process: Process, private readonly name: string, private readonly trace: boolean) {}

  /** Runs one; false when xargs stops. */
  async command(argv: readonly string[]): Promise<boolean> {
    const { process } = this
    if (this.trace) process.stderr.write(`${argv.join(' ')}\n`)
    if (process.host.findProgram(argv[0]) === null) {
      process.stderr.write(`${this.name}: ${argv[0]}: No such file or directory\n`)
      this.status = 127
      return false
    }
    const status = await process.waitExit(process.spawn(argv, { stdin: '' }))
    if (status === 255) {
      process.stderr.write(`${this.name}: ${argv[0]}: exited with status 255; aborting\n`)
      this.status = 124
      return false
    }
    if (status > 128 && status <= 159) {
      process.stderr.write(`${this.name}: ${argv[0]}: terminated by signal ${status - 128}\n`)
      this.status = 125
      return false
    }
    if (status !== 0) this.status = 123
    return true
  }
}

interface Item { readonly text: string, readonly line: number }

function unescape(text: string): string {
  const map: Readonly<Record<string, string>> = { '\\n': '\n', '\\t': '\t', '\\0': '\0', '\\r': '\r', '\\\\': '\\' }
  return map[text] ?? text.slice(0, 1)
}

/** Words as xargs reads them: blanks, quotes and backslashes; with -I whole lines without their leading blanks. */
function words(name: string, text: string, wholeLines: boolean): Item[] {
  const items: Item[] = []
  let line = 0
  let current = ''
  let inWord = false
  let quote = ''
  const flush = (): void => {
    if (inWord) items.push({ text: current, line })
    current = ''
    inWord = false
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quote !== '') {
      if (c === '\n') {
        const kind = quote === '"' ? 'double' : 'single'
        throw new ProgramError(`${name}: unmatched ${kind} quote; by default quotes are special to xargs unless you use `
          + 'the -0 option\n', 1)
      }
      if (c === quote) quote = ''
      else current += c
    } else if (c === '"' || c === "'") {
      quote = c
      inWord = true
    } else if (c === '\\') {
      current += text[++i] ?? ''
      inWord = true
    } else if (c === '\n') {
      const blank = /[ \t]$/.test(text.slice(0, i)) && !wholeLines
      flush()
      if (!blank) line++
    } else if ((c === ' ' || c === '\t') && (!wholeLines || !inWord)) flush()
    else {
      current += c
      inWord = true
    }
  }
  if (quote !== '') {
    throw new ProgramError(`${name}: unmatched ${quote === '"' ? 'double' : 'single'} quote; by default quotes are special `
      + 'to xargs unless you use the -0 option\n', 1)
  }
  flush()
  return items
}
