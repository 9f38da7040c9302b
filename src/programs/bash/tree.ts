import type { Process } from '../../host/process.ts'

/** What the shell asks of the tree of files: is there, is a directory, what is in it. */

/** Directories of every host, whatever lies in them. */
const STANDARD = ['/', '/bin', '/dev', '/etc', '/home', '/opt', '/proc', '/root', '/run', '/sbin', '/sys', '/tmp',
  '/usr', '/usr/bin',
  '/usr/local', '/usr/local/bin', '/usr/local/sbin', '/usr/sbin', '/var', '/var/log', '/var/tmp']

export function isDirectory(process: Process, path: string): boolean {
  const full = process.resolve(path === '' ? '.' : path)
  return STANDARD.includes(full) || process.host.files.isDirectory(full) || process.readFile(full) === -EISDIR
}

const EISDIR = 21

export function exists(process: Process, path: string): boolean {
  if (path.endsWith('/')) return isDirectory(process, path)
  const full = process.resolve(path)
  return typeof process.readFile(full) === 'string' || isDirectory(process, full)
    || process.host.findProgram(full) !== null
    || full.startsWith('/dev/') && typeof process.open(full, 'r') !== 'number'
}

/** Names in a directory, sorted; none if it is none. */
export function list(process: Process, path: string): string[] {
  const full = process.resolve(path)
  const prefix = full === '/' ? '/' : `${full}/`
  const names = new Set<string>()
  for (const file of [...process.host.files.names, ...STANDARD]) {
    if (file.startsWith(prefix) && file.length > prefix.length) names.add(file.slice(prefix.length).split('/')[0])
  }
  return [...names].sort()
}
