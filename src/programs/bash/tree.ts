import type { Process } from '../../host/process.ts'
import { kindOf, listDirectory } from '../file-tree.ts'

/** What the shell asks of the tree of files: is there, is a directory, what is in it. */

export function isDirectory(process: Process, path: string): boolean {
  return kindOf(process, path === '' ? '.' : path) === 'directory'
}

export function exists(process: Process, path: string): boolean {
  if (typeof kindOf(process, path) === 'string') return true
  const full = process.resolve(path)
  return process.host.findProgram(full) !== null && full.includes('/bin/')
    || full.startsWith('/dev/') && typeof process.open(full, 'r') !== 'number'
}

/** Names in a directory, sorted; none if it is none. */
export function list(process: Process, path: string): string[] {
  const names = listDirectory(process, path === '' ? '.' : path)
  return typeof names === 'number' ? [] : [...names]
}
