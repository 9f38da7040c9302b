import { CAPTURE_EPOCH_SECONDS } from '../../capture/capture-file.ts'
import { strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { ProgramError } from '../c-number.ts'
import { notModelled } from '../not-modelled.ts'
import { strftime } from '../strftime.ts'
import { type Arguments, gnuProgram, quoteName, quoteNameAlways } from '../text/gnu.ts'
import { joinPath, kindOf, listDirectory } from '../file-tree.ts'

/**
 * ls and stat of coreutils 9.1. Everything belongs to root, files have the mode 0644 and directories 0755, since files
 * here have neither owners nor modes; a file takes blocks of 4 KiB.
 */
interface Entry {
  readonly name: string
  readonly path: string
  readonly kind: 'file' | 'directory'
  readonly size: number
  readonly seconds: number
}

function entryOf(process: Process, name: string, path: string): Entry | number {
  const kind = kindOf(process, path)
  if (typeof kind === 'number') return kind
  const bytes = kind === 'file' ? process.readBytes(path) : 0
  const size = kind === 'directory' ? 4096 : typeof bytes === 'number' ? 0 : bytes.length
  const seconds = CAPTURE_EPOCH_SECONDS + Math.floor(process.host.files.modifiedNs(process.resolve(path)) / 1e9)
  return { name, path, kind, size, seconds }
}

const LS = {
  short: 'aAbBcCdDfFgGhHiIklLmnNopqQrRsStTuUvwxXZ1',
  long: {
    'all': 'a', 'almost-all': 'A', 'directory': 'd', 'classify': 'F?', 'human-readable': 'h', 'numeric-uid-gid': 'n',
    'reverse': 'r', 'recursive': 'R', 'size': 's', 'color': 'color?', 'no-group': 'G', 'literal': 'N',
  },
  lacks: ['b', 'B', 'c', 'C', 'D', 'f', 'H', 'i', 'I', 'k', 'L', 'm', 'q', 'Q', 's', 'T', 'u', 'v', 'w', 'x', 'X', 'Z', 'h'],
  status: 2,
}

export const ls: Program = gnuProgram(LS, async (process, args) => {
  const color = args.value('color')
  if (color !== undefined && !['', 'auto', 'never', 'always', 'no', 'none', 'tty', 'if-tty'].includes(color)) {
    throw args.usageError(`invalid argument \u2018${color}\u2019 for \u2018--color\u2019\nValid arguments are:\n`
      + '  - \u2018always\u2019, \u2018yes\u2019, \u2018force\u2019\n  - \u2018never\u2019, \u2018no\u2019, \u2018none\u2019\n'
      + '  - \u2018auto\u2019, \u2018tty\u2019, \u2018if-tty\u2019')
  }
  if (color === 'always') throw new ProgramError(notModelled(args.name, '--color=always'), 2)
  const list = new Listing(process, args)
  return list.run(args.operands.length === 0 ? ['.'] : args.operands)
})

class Listing {
  private status = 0
  private printed = false
  private readonly long: boolean

  constructor(private readonly process: Process, private readonly args: Arguments) {
    this.long = args.lastOf('lgno') !== undefined
  }

  run(names: readonly string[]): number {
    const files: Entry[] = []
    const directories: Entry[] = []
    for (const name of names) {
      const entry = entryOf(this.process, name, name)
      if (typeof entry === 'number') {
        this.args.complain(`cannot access ${quoteNameAlways(name)}: ${strerror(-entry)}`)
        this.status = 2
      } else if (entry.kind === 'directory' && !this.args.has('d')) directories.push(entry)
      else files.push(entry)
    }
    if (files.length > 0) this.show(this.sorted(files))
    const titled = names.length > 1 || this.args.has('R')
    for (const { path } of this.sorted(directories)) this.directory(path, titled)
    return this.status
  }

  private directory(path: string, titled: boolean): void {
    const names = listDirectory(this.process, path)
    if (typeof names === 'number') {
      this.args.complain(`cannot open directory ${quoteNameAlways(path)}: ${strerror(-names)}`)
      this.status = Math.max(this.status, 1)
      return
    }
    const all = this.args.lastOf('aA')
    const entries: Entry[] = []
    for (const name of [...all === 'a' ? ['.', '..'] : [], ...names]) {
      if (all === undefined && name.startsWith('.')) continue
      const entry = entryOf(this.process, name, joinPath(path, name))
      if (typeof entry !== 'number') entries.push(entry)
      else entries.push({ name, path: joinPath(path, name), kind: 'file', size: 0, seconds: CAPTURE_EPOCH_SECONDS })
    }
    if (titled) this.process.stdout.write(`${this.printed ? '\n' : ''}${path}:\n`)
    this.printed = true
    const sorted = this.sorted(entries)
    if (this.long) {
      const blocks = sorted.reduce((sum, { size }) => sum + Math.ceil(size / 4096) * 4, 0)
      this.process.stdout.write(`total ${blocks}\n`)
    }
    this.show(sorted)
    if (!this.args.has('R')) return
    for (const { name, kind, path: inside } of sorted) {
      if (kind === 'directory' && name !== '.' && name !== '..') this.directory(inside, true)
    }
  }

  private sorted(entries: readonly Entry[]): Entry[] {
    const by = this.args.lastOf('StU')
    const order = entries.slice()
    if (by === 'U') return order
    order.sort((a, b) => {
      if (by === 'S' && a.size !== b.size) return b.size - a.size
      if (by === 't' && a.seconds !== b.seconds) return b.seconds - a.seconds
      return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
    })
    return this.args.has('r') ? order.reverse() : order
  }

  private show(entries: readonly Entry[]): void {
    const { process, args } = this
    this.printed = true
    const quoted = process.isTerminal(1) && !args.has('N')
    const sizes = Math.max(1, ...entries.map(({ size }) => String(size).length))
    const links = entries.map((entry) => entry.kind === 'file' ? '1' : String(2 + this.subdirectories(entry.path)))
    const linksWidth = Math.max(...links.map((text) => text.length))
    const now = CAPTURE_EPOCH_SECONDS + Math.floor(process.nowNs / 1e9)
    for (const [i, entry] of entries.entries()) {
      const mark = (args.has('F') || args.has('p')) && entry.kind === 'directory' ? '/' : ''
      const name = (quoted ? quoteName(entry.name) : entry.name) + mark
      if (!this.long) {
        process.stdout.write(`${name}\n`)
        continue
      }
      const owner = args.has('n') ? '0' : 'root'
      const owners = [...args.has('g') ? [] : [owner], ...args.has('o') || args.has('G') ? [] : [owner]]
      const recent = now - entry.seconds < 15_778_476 && entry.seconds <= now
      const time = strftime(recent ? '%b %e %H:%M' : '%b %e  %Y', entry.seconds)
      const mode = entry.kind === 'directory' ? 'drwxr-xr-x' : '-rw-r--r--'
      process.stdout.write([mode, links[i].padStart(linksWidth), ...owners, String(entry.size).padStart(sizes), time, name]
        .join(' ') + '\n')
    }
  }

  private subdirectories(path: string): number {
    const names = listDirectory(this.process, path)
    if (typeof names === 'number') return 0
    return names.filter((name) => kindOf(this.process, joinPath(path, name)) === 'directory').length
  }
}

const STAT = {
  short: 'c:fLtZ',
  long: { 'dereference': 'L', 'file-system': 'f', 'format=': 'c', 'printf=': 'printf', 'terse': 't', 'cached=': 'cached' },
  lacks: ['f', 't', 'cached', 'Z'],
}

/** stat -c: what a file here has. */
export const stat: Program = gnuProgram(STAT, async (process, args) => {
  if (args.operands.length === 0) throw args.usageError('missing operand')
  const format = args.value('printf') ?? args.value('c')
  if (format === undefined) throw new ProgramError(notModelled(args.name, 'without -c'), 1)
  let status = 0
  for (const name of args.operands) {
    const entry = entryOf(process, name, name)
    if (typeof entry === 'number') {
      args.complain(`cannot statx ${quoteNameAlways(name)}: ${strerror(-entry)}`)
      status = 1
      continue
    }
    const directory = entry.kind === 'directory'
    const values: Readonly<Record<string, string>> = {
      n: name, N: quoteNameAlways(name), s: String(entry.size), a: directory ? '755' : '644',
      A: directory ? 'drwxr-xr-x' : '-rw-r--r--',
      u: '0', g: '0', U: 'root', G: 'root', Y: String(entry.seconds), Z: String(entry.seconds), X: String(entry.seconds),
      F: directory ? 'directory' : entry.size === 0 ? 'regular empty file' : 'regular file', f: directory ? '41ed' : '81a4',
      b: String(Math.ceil(entry.size / 4096) * 8), B: '512', o: '4096', h: '1', '%': '%',
      y: strftime('%Y-%m-%d %H:%M:%S.000000000 +0000', entry.seconds),
    }
    const unknown = /%([^nNsaAugUGYZXFfbBohy%])/.exec(format)
    if (unknown !== null) throw args.error(`%${unknown[1]}: invalid directive`)
    const text = format.replace(/%([a-zA-Z%])/g, (_, letter: string) => values[letter])
    process.stdout.write(args.has('printf') ? text.replace(/\\n/g, '\n').replace(/\\t/g, '\t') : `${text}\n`)
  }
  return status
})
