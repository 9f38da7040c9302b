import { EISDIR, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { byteStringOf } from '../byte-string.ts'
import { ProgramError } from '../c-number.ts'
import { notModelled } from '../not-modelled.ts'
import {
  type Arguments, ByteReader, gnuProgram, type GnuSpec, LONGEST_NS, openInput, quoteName, quoteNameAlways, writeBytes,
} from './gnu.ts'

/** head and tail of coreutils 9.1; tail -f looks once a second of virtual time, as it does where inotify is not. */
const HEAD: GnuSpec = {
  short: 'c:n:qvz0123456789',
  long: { 'bytes=': 'c', 'lines=': 'n', 'quiet': 'q', 'silent': 'q', 'verbose': 'v', 'zero-terminated': 'z' },
}

const TAIL: GnuSpec = {
  short: 'c:n:fFqs:vz0123456789',
  long: {
    'bytes=': 'c', 'follow': 'f?', 'lines=': 'n', 'max-unchanged-stats=': 'max', 'pid=': 'pid', 'quiet': 'q',
    'retry': 'retry', 'silent': 'q', 'sleep-interval=': 's', 'verbose': 'v', 'zero-terminated': 'z',
  },
  lacks: ['F', 'retry', 'pid', 'max'],
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1], ['b', 512], ['K', 1024], ['k', 1024], ['KiB', 1024], ['kB', 1000], ['KB', 1000], ['M', 1_048_576],
  ['m', 1_048_576], ['MB', 1e6], ['MiB', 1_048_576], ['G', 1_073_741_824], ['GB', 1e9], ['GiB', 1_073_741_824],
])

function countOf(args: Arguments, text: string, letter: string): number {
  const match = /^\s*\+?([0-9]+)([A-Za-z]*)$/.exec(text)
  const unit = match === null ? undefined : UNITS.get(match[2])
  if (match === null || unit === undefined) {
    throw args.error(`invalid number of ${letter === 'c' ? 'bytes' : 'lines'}: \u2018${text}\u2019`)
  }
  return Number(match[1]) * unit
}

/** "-5" and "-5c" of old as the first word; "-n 5" and "-c 5". */
function modern(argv: readonly string[], sign: string): readonly string[] {
  const match = new RegExp(`^([${sign}])([0-9]+)([bcl]?)(f?)$`).exec(argv[1] ?? '')
  if (match === null) return argv
  const plus = match[1] === '+' ? '+' : ''
  const option = match[3] === 'c' ? '-c' : '-n'
  return [argv[0], option, plus + match[2], ...(match[4] === '' ? [] : ['-f']), ...argv.slice(2)]
}

function rewriting(program: Program, sign: string): Program {
  return (process: Process) => {
    process.argv = modern(process.argv, sign)
    return program(process)
  }
}

export const head: Program = rewriting(gnuProgram(HEAD, async (process, args) => {
  const chosen = args.last(['c', 'n'])
  const digit = args.options.find(({ name }) => /^[0-9]$/.test(name))
  if (digit !== undefined) throw args.usageError(`invalid trailing option -- ${digit.name}`)
  const letter = chosen?.name ?? 'n'
  const text = chosen?.value ?? '10'
  const allBut = text.startsWith('-')
  const count = countOf(args, allBut ? text.slice(1) : text, letter)
  const delimiter = args.has('z') ? '\0' : '\n'
  return eachTitled(args, async (reader) => {
    if (allBut) await allButLast(process, reader, count, letter, delimiter)
    else if (letter === 'c') await firstBytes(process, reader, count)
    else {
      for (let i = 0; i < count; i++) {
        const line = await reader.line(delimiter)
        if (line === null) break
        writeBytes(process, line)
      }
    }
  })
}), '-')

async function firstBytes(process: Process, reader: ByteReader, count: number): Promise<void> {
  for (let left = count; left > 0;) {
    const chunk = await reader.chunk(Math.min(left, 65_536))
    if (chunk === '') break
    writeBytes(process, chunk)
    left -= chunk.length
  }
}

async function allButLast(process: Process, reader: ByteReader, count: number, letter: string, delimiter: string):
Promise<void> {
  const all = await reader.all()
  if (letter === 'c') writeBytes(process, all.slice(0, Math.max(all.length - count, 0)))
  else {
    const lines = splitLines(all, delimiter)
    writeBytes(process, lines.slice(0, Math.max(lines.length - count, 0)).join(''))
  }
}

/** Lines with their delimiters; the last may lack it. */
export function splitLines(text: string, delimiter = '\n'): string[] {
  const lines: string[] = []
  for (let at = 0; at < text.length;) {
    const end = text.indexOf(delimiter, at)
    const next = end < 0 ? text.length : end + 1
    lines.push(text.slice(at, next))
    at = next
  }
  return lines
}

/** Each file with "==> name <==" before it when there are several. */
async function eachTitled(args: Arguments, body: (reader: ByteReader, name: string) => Promise<void>): Promise<number> {
  const { process } = args
  const names = args.operands.length === 0 ? ['-'] : args.operands
  const quiet = args.lastOf('qv')
  const titled = quiet === undefined ? names.length > 1 : quiet === 'v'
  let status = 0
  let first = true
  for (const name of names) {
    const reader = openInput(process, name)
    if (typeof reader === 'number') {
      const directory = reader === -EISDIR
      if (directory && titled) process.stdout.write(`${first ? '' : '\n'}==> ${name} <==\n`)
      if (directory) first = false
      args.complain(directory ? `error reading ${quoteNameAlways(name)}: ${strerror(EISDIR)}`
        : `cannot open ${quoteNameAlways(name)} for reading: ${strerror(-reader)}`)
      status = 1
      continue
    }
    if (titled) {
      process.stdout.write(`${first ? '' : '\n'}==> ${name === '-' ? 'standard input' : name} <==\n`)
      first = false
    }
    await body(reader, name)
    reader.close()
  }
  return status
}

export const tail: Program = rewriting(gnuProgram(TAIL, async (process, args) => {
  const chosen = args.last(['c', 'n'])
  const digit = args.options.find(({ name }) => /^[0-9]$/.test(name))
  if (digit !== undefined) throw args.error(`option used in invalid context -- ${digit.name}`)
  const letter = chosen?.name ?? 'n'
  const text = chosen?.value ?? '10'
  const fromStart = text.startsWith('+')
  const count = countOf(args, text.replace(/^[-+]/, ''), letter)
  const delimiter = args.has('z') ? '\0' : '\n'
  const follow = args.has('f')
  const interval = Number(args.value('s') ?? '1')
  if (!(interval >= 0)) throw args.error(`invalid number of seconds: \u2018${args.value('s')}\u2019`)
  if (args.value('f') === 'name') {
    throw new ProgramError(args.usageError("unrecognized option '--follow=name'").text
      + notModelled(args.name, '--follow=name'), 1)
  }
  const sizes = new Map<string, number>()
  const status = await eachTitled(args, async (reader, name) => {
    const all = await reader.all()
    sizes.set(name, all.length)
    writeBytes(process, letter === 'c' ? all.slice(Math.max(fromStart ? count - 1 : all.length - count, 0))
      : lastOf(splitLines(all, delimiter), count, fromStart))
  })
  if (follow && sizes.size > 0) await followFiles(process, args, sizes, interval)
  return status
}), '-+')

function lastOf(parts: readonly string[], count: number, fromStart: boolean): string {
  return parts.slice(fromStart ? Math.max(count - 1, 0) : Math.max(parts.length - count, 0)).join('')
}

async function followFiles(process: Process, args: Arguments, sizes: Map<string, number>, interval: number): Promise<void> {
  const names = [...sizes.keys()].filter((name) => name !== '-')
  if (names.length === 0) return
  const titled = args.operands.length > 1 && !args.has('q')
  let last = args.operands[args.operands.length - 1]
  for (;;) {
    await process.sleep(Math.min(Math.max(Math.round(interval * 1e9), 1_000_000), LONGEST_NS))
    for (const name of names) {
      const bytes = process.readBytes(name)
      const size = sizes.get(name) ?? 0
      if (typeof bytes === 'number' || bytes.length === size) continue
      if (bytes.length < size) {
        process.stderr.write(`${args.name}: ${quoteName(name)}: file truncated\n`)
        sizes.set(name, 0)
      }
      const from = bytes.length < size ? 0 : size
      if (titled && name !== last) process.stdout.write(`\n==> ${name} <==\n`)
      last = name
      writeBytes(process, byteStringOf(bytes.slice(from)))
      sizes.set(name, bytes.length)
    }
  }
}
