import { ENOENT, ENOTDIR, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { gnuProgram, quoteName } from '../text/gnu.ts'
import { kindOf } from '../file-tree.ts'

/** basename, dirname, realpath, readlink and which: names of files. No file here is a symbolic link. */
export const basename: Program = gnuProgram({
  short: '+as:z', long: { 'multiple': 'a', 'suffix=': 's', 'zero': 'z' },
}, async (process, args) => {
  const many = args.has('a') || args.has('s')
  const [first, second, third] = args.operands
  if (first === undefined) throw args.usageError('missing operand')
  if (!many && third !== undefined) throw args.usageError(`extra operand \u2018${third}\u2019`)
  const end = args.has('z') ? '\0' : '\n'
  const suffix = args.value('s') ?? (many ? '' : second ?? '')
  for (const name of many ? args.operands : [first]) {
    const base = /^\/+$/.test(name) ? '/' : name.replace(/\/+$/, '').split('/').pop() ?? ''
    const cut = suffix !== '' && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base
    process.stdout.write(cut + end)
  }
  return 0
})

export const dirname: Program = gnuProgram({ short: '+z', long: { zero: 'z' } }, async (process, args) => {
  if (args.operands.length === 0) throw args.usageError('missing operand')
  for (const name of args.operands) {
    const trimmed = name.replace(/\/+$/, '')
    const cut = trimmed.lastIndexOf('/')
    const before = trimmed.slice(0, Math.max(cut, 0)).replace(/\/+$/, '')
    const directory = trimmed === '' ? (name === '' ? '.' : '/') : cut < 0 ? '.' : before || '/'
    process.stdout.write(directory + (args.has('z') ? '\0' : '\n'))
  }
  return 0
})

/** The absolute name, or -errno: all but the last name must be there; with `all` the last too. */
function canonical(process: Process, name: string, mode: 'existing' | 'last-missing' | 'missing'): string | number {
  if (name === '') return -ENOENT
  const full = process.resolve(name)
  if (mode === 'missing') return full
  const kind = kindOf(process, full)
  if (kind === 'file' && name.endsWith('/')) return -ENOTDIR
  if (typeof kind !== 'number') return full
  if (mode === 'existing') return kind
  const parent = kindOf(process, full.slice(0, full.lastIndexOf('/')) || '/')
  return parent === 'directory' ? full : parent === 'file' ? -ENOTDIR : parent
}

export const realpath: Program = gnuProgram({
  short: 'eLmPqsz',
  long: {
    'canonicalize-existing': 'e', 'canonicalize-missing': 'm', 'relative-to=': 'to', 'relative-base=': 'base', 'quiet': 'q',
    'no-symlinks': 's', 'strip': 's', 'zero': 'z', 'logical': 'L', 'physical': 'P',
  },
  lacks: ['to', 'base'],
}, async (process, args) => {
  if (args.operands.length === 0) throw args.usageError('missing operand')
  let status = 0
  const mode = args.lastOf('em')
  for (const name of args.operands) {
    const path = canonical(process, name, mode === 'e' ? 'existing' : mode === 'm' ? 'missing' : 'last-missing')
    if (typeof path === 'string') process.stdout.write(path + (args.has('z') ? '\0' : '\n'))
    else {
      if (!args.has('q')) args.complain(`${quoteName(name)}: ${strerror(-path)}`)
      status = 1
    }
  }
  return status
})

export const readlink: Program = gnuProgram({
  short: 'efmnqsvz',
  long: {
    'canonicalize': 'f', 'canonicalize-existing': 'e', 'canonicalize-missing': 'm', 'no-newline': 'n', 'quiet': 'q',
    'silent': 's', 'verbose': 'v', 'zero': 'z',
  },
}, async (process, args) => {
  if (args.operands.length === 0) throw args.usageError('missing operand')
  const mode = args.lastOf('efm')
  let status = 0
  if (args.has('n') && args.operands.length > 1) args.complain('ignoring --no-newline with multiple arguments')
  for (const name of args.operands) {
    const path = mode === undefined ? noLink(process, name)
      : canonical(process, name, mode === 'e' ? 'existing' : mode === 'm' ? 'missing' : 'last-missing')
    const end = args.has('n') && args.operands.length === 1 ? '' : args.has('z') ? '\0' : '\n'
    if (typeof path === 'string') process.stdout.write(path + end)
    else {
      if (args.has('v')) args.complain(`${quoteName(name)}: ${strerror(-path)}`)
      status = 1
    }
  }
  return status
})

/** readlink() of what is no link: EINVAL. */
function noLink(process: Process, name: string): number {
  const kind = kindOf(process, name)
  return typeof kind === 'number' ? kind : -22
}

/** which of debianutils 5.7: every program lies in /usr/bin. */
export const which: Program = async (process) => {
  const words = process.argv.slice(1)
  let all = false
  while (words[0]?.startsWith('-')) {
    const option = words.shift() ?? ''
    if (option === '--') break
    if (!/^-[as]+$/.test(option)) {
      const letter = /[^as-]/.exec(option)?.[0] ?? '-'
      process.stderr.write(`Illegal option -${letter}\n`)
      process.stdout.write('Usage: /usr/bin/which [-a] args\n')
      return 2
    }
    all = all || option.includes('a')
  }
  let status = words.length === 0 ? 1 : 0
  for (const name of words) {
    const base = name.split('/').pop() ?? ''
    if (process.host.findProgram(name) === null || base === '') status = 1
    else process.stdout.write(name.includes('/') ? `${name}\n` : `/usr/bin/${name}\n${all ? `/bin/${name}\n` : ''}`)
  }
  return status
}
