import { EISDIR, ENOENT, ENOTDIR } from '../base/errno.ts'
import { namespaceList } from '../host/namespace-files.ts'
import type { Process } from '../host/process.ts'

/** What lies at a path, for the programs that list, copy and remove. */
export type EntryKind = 'file' | 'directory'

/** The kind of what is there, or -errno. */
export function kindOf(process: Process, path: string): EntryKind | number {
  if (path === '') return -ENOENT
  const full = process.resolve(path)
  const { files } = process.host
  if (files.isDirectory(full)) return 'directory'
  const bytes = process.readBytes(path)
  if (typeof bytes !== 'number') return path.endsWith('/') ? -ENOTDIR : 'file'
  if (bytes === -EISDIR) return 'directory'
  return bytes === -ENOENT && files.beneathFile(full) ? -ENOTDIR : bytes
}

/** Names in a directory in the order of their bytes, without . and ..; or -errno. */
export function listDirectory(process: Process, path: string): readonly string[] | number {
  const full = process.resolve(path)
  const kind = kindOf(process, path)
  if (typeof kind === 'number') return kind
  if (kind === 'file') return -ENOTDIR
  const own = namespaceList(process.namespace, full)
  return own === null ? process.host.files.list(full) : [...own].sort()
}

/** A name in a directory as a path. */
export function joinPath(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`
}
