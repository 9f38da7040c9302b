import { EBUSY, EEXIST, EISDIR, ENOENT, ENOTDIR, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { messageQuote } from '../shell-quote.ts'
import { type Arguments, gnuProgram, quoteNameAlways } from '../text/gnu.ts'
import { joinPath, kindOf, listDirectory } from '../file-tree.ts'

/**
 * mkdir, rmdir, rm, cp, mv, touch and mktemp (coreutils 9.1) on a host's files, which have names, bytes and times, but
 * neither owners nor modes nor links: options for those are refused.
 */
const q = quoteNameAlways

function operandsOrError(args: Arguments): readonly string[] {
  if (args.operands.length === 0) throw args.usageError('missing operand')
  return args.operands
}

export const mkdir: Program = gnuProgram({
  short: 'm:pvZ', long: { 'context': 'Z', 'mode=': 'm', 'parents': 'p', 'verbose': 'v' }, lacks: ['m', 'Z'],
}, async (process, args) => {
  let status = 0
  for (const name of operandsOrError(args)) {
    const parts = args.has('p') ? ancestors(name) : [name]
    for (const part of parts) {
      const error = name === '' ? -ENOENT : process.host.files.makeDirectory(process.resolve(part))
      if (error === 0 && args.has('v')) process.stdout.write(`${args.name}: created directory ${q(part)}\n`)
      if (error === 0 || (args.has('p') && error === -EEXIST && kindOf(process, part) === 'directory')) continue
      const beneath = args.has('p') && error === -EEXIST && part !== name ? -ENOTDIR : error
      args.complain(`cannot create directory ${messageQuote(part)}: ${strerror(-beneath)}`)
      status = 1
      break
    }
  }
  return status
})

function ancestors(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, i) => parts.slice(0, i + 1).join('/')).filter((part, i) => part !== '' && parts[i] !== '')
}

export const rmdir: Program = gnuProgram({
  short: 'pv', long: { 'ignore-fail-on-non-empty': 'ignore', 'path': 'p', 'parents': 'p', 'verbose': 'v' }, lacks: ['ignore'],
}, async (process, args) => {
  let status = 0
  for (const name of operandsOrError(args)) {
    for (const part of args.has('p') ? ancestors(name).reverse() : [name]) {
      if (args.has('v')) process.stdout.write(`${args.name}: removing directory, ${q(part)}\n`)
      const error = process.host.files.removeDirectory(process.resolve(part))
      if (error === 0) continue
      args.complain(`failed to remove ${part === name ? '' : 'directory '}${q(part)}: ${strerror(-error)}`)
      status = 1
      break
    }
  }
  return status
})

export const rm: Program = gnuProgram({
  short: 'dfirvIR',
  long: {
    'force': 'f', 'interactive': 'i?', 'one-file-system': 'one', 'no-preserve-root': 'root', 'preserve-root': 'keep?',
    'recursive': 'r', 'dir': 'd', 'verbose': 'v',
  },
  lacks: ['i', 'I', 'one', 'root'],
}, async (process, args) => {
  const force = args.has('f')
  if (args.operands.length === 0 && force) return 0
  let status = 0
  for (const name of operandsOrError(args)) {
    const kind = kindOf(process, name)
    const fail = (text: string): void => {
      args.complain(text)
      status = 1
    }
    if (typeof kind === 'number') {
      if (!force || (kind !== -ENOENT && kind !== -ENOTDIR)) fail(`cannot remove ${q(name)}: ${strerror(-kind)}`)
    } else if (kind === 'directory' && /(?:^|\/)\.\.?\/*$/.test(name) && (args.has('r') || args.has('R'))) {
      fail(`refusing to remove '.' or '..' directory: skipping ${q(name)}`)
    } else if (kind === 'directory' && process.resolve(name) === '/' && (args.has('r') || args.has('R'))) {
      args.complain("it is dangerous to operate recursively on '/'")
      fail('use --no-preserve-root to override this failsafe')
    } else if (kind === 'directory' && !args.has('r') && !args.has('R') && !args.has('d')) {
      fail(`cannot remove ${q(name)}: ${strerror(EISDIR)}`)
    } else {
      const error = removeTree(process, args, name, args.has('r') || args.has('R'))
      if (error !== 0) status = 1
    }
  }
  return status
})

function removeTree(process: Process, args: Arguments, name: string, recursive: boolean): number {
  const { files } = process.host
  const kind = kindOf(process, name)
  let error = 0
  if (kind === 'directory') {
    const inside = recursive ? listDirectory(process, name) : []
    for (const each of typeof inside === 'number' ? [] : inside) {
      error = removeTree(process, args, joinPath(name, each), true) || error
    }
    if (error !== 0) return error
    error = files.removeDirectory(process.resolve(name))
  } else error = files.remove(process.resolve(name))
  if (error !== 0) args.complain(`cannot remove ${q(name)}: ${strerror(-error)}`)
  else if (args.has('v')) process.stdout.write(`removed ${kind === 'directory' ? 'directory ' : ''}${q(name)}\n`)
  return error
}

const COPY = {
  short: 'abdfHilLnprst:uvxPRST:Z',
  long: {
    'archive': 'a', 'backup': 'b?', 'force': 'f', 'interactive': 'i', 'link': 'l', 'no-clobber': 'n', 'recursive': 'r',
    'no-target-directory': 'T0', 'target-directory=': 't', 'update': 'u', 'verbose': 'v', 'preserve': 'p?',
  },
}

export const cp: Program = gnuProgram({
  ...COPY, short: 'abdfHilLnprst:uvxPRSTZ', lacks: ['b', 'i', 'l', 's', 'u', 'x', 'S', 'T', 'T0', 'Z', 'H', 'L', 'd', 'P'],
}, (process, args) => transfer(process, args, false))

export const mv: Program = gnuProgram({
  short: 'bfint:uvSTZ',
  long: {
    'backup': 'b?', 'force': 'f', 'interactive': 'i', 'no-clobber': 'n', 'no-target-directory': 'T',
    'target-directory=': 't', 'update': 'u', 'verbose': 'v',
  },
  lacks: ['b', 'i', 'u', 'S', 'T', 'Z'],
}, (process, args) => transfer(process, args, true))

async function transfer(process: Process, args: Arguments, move: boolean): Promise<number> {
  const sources = [...args.operands]
  let target = args.value('t')
  if (sources.length === 0) throw args.usageError('missing file operand')
  if (target === undefined) {
    target = sources.pop() as string // there is one
    if (sources.length === 0) throw args.usageError(`missing destination file operand after ${q(target)}`)
  }
  const into = kindOf(process, target) === 'directory'
  if (!into && (sources.length > 1 || args.has('t'))) {
    const kind = kindOf(process, target)
    const what = args.has('t') ? 'target directory' : 'target'
    throw args.error(`${what} ${q(target)}: ${strerror(typeof kind === 'number' ? -kind : ENOTDIR)}`)
  }
  let status = 0
  for (const source of sources) {
    const destination = into ? joinPath(target, source.replace(/\/+$/, '').split('/').pop() ?? '') : target
    if (!transferOne(process, args, source, destination, move)) status = 1
  }
  return status
}

function transferOne(process: Process, args: Arguments, source: string, target: string, move: boolean): boolean {
  const fail = (text: string): boolean => {
    args.complain(text)
    return false
  }
  const kind = kindOf(process, source)
  if (typeof kind === 'number') return fail(`cannot stat ${q(source)}: ${strerror(-kind)}`)
  const recursive = move || args.has('r') || args.has('R') || args.has('a')
  if (kind === 'directory' && !recursive) return fail(`-r not specified; omitting directory ${q(source)}`)
  const [from, to] = [process.resolve(source), process.resolve(target)]
  const existing = kindOf(process, target)
  if (args.has('n') && typeof existing !== 'number') return true
  if (from === to) return fail(`${q(source)} and ${q(target)} are the same file`)
  if (move && /(?:^|\/)\.\.?\/*$|^\/+$/.test(source)) {
    return fail(`cannot move ${q(source)} to ${q(target)}: ${strerror(EBUSY)}`)
  }
  if (kind === 'directory' && to.startsWith(from === '/' ? from : `${from}/`)) {
    return fail(move ? `cannot move ${q(source)} to a subdirectory of itself, ${q(target)}`
      : `cannot copy a directory, ${q(source)}, into itself, ${q(target)}`)
  }
  if (kind === 'directory' && existing === 'file') {
    return fail(`cannot overwrite non-directory ${q(target)} with directory ${q(source)}`)
  }
  if (kind === 'file' && existing === 'directory') {
    return fail(`cannot overwrite directory ${q(target)} with non-directory`)
  }
  const parent = kindOf(process, to.slice(0, to.lastIndexOf('/')) || '/')
  if (parent !== 'directory') {
    const why = strerror(typeof parent === 'number' ? -parent : ENOTDIR)
    return fail(move ? `cannot move ${q(source)} to ${q(target)}: ${why}`
      : `cannot create ${kind === 'directory' ? 'directory' : 'regular file'} ${q(target)}: ${why}`)
  }
  if (args.has('v')) process.stdout.write(`${move ? 'renamed ' : ''}${q(source)} -> ${q(target)}\n`)
  const error = copyTree(process, args, source, target, kind)
  if (error !== 0) return fail(`cannot create regular file ${q(target)}: ${strerror(-error)}`)
  if (move) removeQuietly(process, source)
  return true
}

function copyTree(process: Process, args: Arguments, source: string, target: string, kind: string): number {
  const { files } = process.host
  const at = files.modifiedNs(process.resolve(source))
  if (kind === 'file') {
    const bytes = process.readBytes(source)
    if (typeof bytes === 'number') return bytes
    const error = process.writeFile(target, bytes.slice())
    if (error === 0 && (args.name.endsWith('mv') || args.has('p') || args.has('a'))) {
      files.setModifiedNs(process.resolve(target), at)
    }
    return error
  }
  const made = files.makeDirectory(process.resolve(target))
  if (made !== 0 && made !== -EEXIST) return made
  const names = listDirectory(process, source)
  if (typeof names === 'number') return names
  for (const name of names) {
    const inside = joinPath(source, name)
    const error = copyTree(process, args, inside, joinPath(target, name), String(kindOf(process, inside)))
    if (error !== 0) return error
  }
  return 0
}

function removeQuietly(process: Process, name: string): void {
  const names = kindOf(process, name) === 'directory' ? listDirectory(process, name) : null
  if (names === null) process.host.files.remove(process.resolve(name))
  else {
    for (const each of typeof names === 'number' ? [] : names) removeQuietly(process, joinPath(name, each))
    process.host.files.removeDirectory(process.resolve(name))
  }
}

export const touch: Program = gnuProgram({
  short: 'acd:fhmr:t:',
  long: { 'time=': 'time', 'no-create': 'c', 'date=': 'd', 'reference=': 'r', 'no-dereference': 'h' },
  lacks: ['a', 'd', 't', 'time'],
}, async (process, args) => {
  if (args.operands.length === 0) throw args.usageError('missing file operand')
  const { files } = process.host
  const reference = args.value('r')
  if (reference !== undefined && typeof kindOf(process, reference) === 'number') {
    throw args.error(`failed to get attributes of ${q(reference)}: No such file or directory`)
  }
  const at = reference === undefined ? process.nowNs : files.modifiedNs(process.resolve(reference))
  let status = 0
  for (const name of args.operands) {
    const full = process.resolve(name)
    const kind = kindOf(process, name)
    const parent = kindOf(process, full.slice(0, full.lastIndexOf('/')) || '/')
    let error = 0
    if (typeof kind === 'number') {
      if (args.has('c')) continue
      error = name === '' ? -ENOENT : kind === -ENOTDIR ? kind : parent !== 'directory' ? -ENOENT : process.writeFile(name, '')
    }
    if (error === 0) files.setModifiedNs(full, at)
    else {
      args.complain(`cannot touch ${q(name)}: ${strerror(-error)}`)
      status = 1
    }
  }
  return status
})

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** Names come from the host's own random numbers, so that a run repeats them. */
export const mktemp: Program = gnuProgram({
  short: 'dp:qtuV',
  long: { 'directory': 'd', 'quiet': 'q', 'dry-run': 'u', 'suffix=': 'suffix', 'tmpdir': 'p?' },
}, async (process, args) => {
  if (args.operands.length > 1) throw args.usageError('too many templates')
  const [template = 'tmp.XXXXXXXXXX'] = args.operands
  const suffix = args.value('suffix') ?? ''
  const match = /^([^]*?)(X*)([^X/]*)$/.exec(template) as RegExpExecArray // matches any text
  if (match[2].length < 3) throw args.error(`too few X's in template ${quoteTemplate(template)}`)
  const directory = args.value('p') || (args.has('p') || args.has('t') || args.operands.length === 0
    ? process.env.TMPDIR ?? '/tmp' : '')
  const random = process.host.random('mktemp')
  const kind = args.has('d') ? 'directory' : 'file'
  for (;;) {
    let name = match[1]
    for (let i = 0; i < match[2].length; i++) name += LETTERS[random.below(LETTERS.length)]
    const path = (directory === '' ? '' : `${directory.replace(/\/$/, '')}/`) + name + match[3] + suffix
    if (typeof kindOf(process, path) !== 'number') continue
    const full = process.resolve(path)
    const parent = kindOf(process, full.slice(0, full.lastIndexOf('/')) || '/')
    if (parent !== 'directory') {
      const shown = `${directory === '' ? '' : `${directory}/`}${template}${suffix}`
      if (!args.has('q')) args.complain(`failed to create ${kind} via template ${quoteTemplate(shown)}: ${strerror(ENOENT)}`)
      return 1
    }
    if (!args.has('u')) {
      if (args.has('d')) process.host.files.makeDirectory(full)
      else process.writeFile(path, '')
    }
    process.stdout.write(`${path}\n`)
    return 0
  }
})

function quoteTemplate(text: string): string {
  return `\u2018${text}\u2019`
}
