import { EISDIR, ENOENT, ENOTDIR, ENXIO } from '../base/errno.ts'
import type { Process } from '../host/process.ts'

/**
 * What `test` asks about files. Every process is root's, as in a container: whatever is there can be read and written;
 * files have no execute bit, no set-user-id and no sticky bit, and there are no links.
 */

type FileKind = 'file' | 'directory' | 'character' | 'pipe'

interface FileStatus {
  readonly kind: FileKind
  readonly size: number
}

const DEVICES = /^\/dev\/(?:null|zero|full|random|urandom|tty)$/

function status(process: Process, path: string): FileStatus | null {
  if (path === '') return null
  const full = process.resolve(path)
  if (full.startsWith('/dev/') || full.startsWith('/proc/self/fd/')) return deviceStatus(process, full)
  const bytes = process.readBytes(path)
  if (typeof bytes !== 'number') {
    if (path.endsWith('/')) return null
    const size = full.startsWith('/proc/') ? 0 : full.startsWith('/sys/') ? 4096 : bytes.length
    return { kind: 'file', size }
  }
  if (bytes === -EISDIR || process.host.files.isDirectory(full)) return { kind: 'directory', size: 4096 }
  if (bytes === -ENOENT || bytes === -ENOTDIR) return process.host.files.isMounted(full) ? mounted(process, full) : null
  return { kind: 'file', size: full.startsWith('/sys/') ? 4096 : 0 } // there, but it cannot be read
}

function mounted(process: Process, full: string): FileStatus | null {
  const text = process.host.files.readFile(full)
  if (typeof text === 'number' && (text === -ENOENT || text === -ENOTDIR)) return null
  return { kind: text === -EISDIR ? 'directory' : 'file', size: 0 }
}

function deviceStatus(process: Process, full: string): FileStatus | null {
  if (DEVICES.test(full)) return { kind: 'character', size: 0 }
  const file = process.open(full, 'r')
  if (typeof file === 'number') return file === -ENOENT || file === -ENXIO ? null : { kind: 'directory', size: 0 }
  if (file.isTerminal || file.label === '/dev/null') return { kind: 'character', size: 0 }
  return { kind: file.label.startsWith('pipe') ? 'pipe' : 'file', size: 0 }
}

/** A unary operator on a file: the letter after the dash. */
export function testFile(process: Process, letter: string, path: string): boolean {
  const found = status(process, path)
  if (found === null) return false
  switch (letter) {
    case 'a': case 'e': case 'r': case 'w': case 'O': case 'G': return true
    case 'f': return found.kind === 'file'
    case 'd': case 'x': return found.kind === 'directory'
    case 'c': return found.kind === 'character'
    case 'p': return found.kind === 'pipe'
    case 's': return found.size > 0
    default: return false
  }
}

/** -nt, -ot, -ef. A file that is there is newer than one that is not. */
export function compareFiles(process: Process, one: string, operator: string, other: string): boolean {
  const there = status(process, one) !== null
  const otherThere = status(process, other) !== null
  const { files } = process.host
  const order = there && otherThere ? files.modifiedNs(process.resolve(one)) - files.modifiedNs(process.resolve(other))
    : Number(there) - Number(otherThere)
  if (operator === '-nt') return order > 0
  if (operator === '-ot') return order < 0
  return there && otherThere && process.resolve(one) === process.resolve(other)
}
