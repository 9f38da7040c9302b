import { EACCES, EISDIR, ENOENT, ENOTDIR, ENXIO } from '../base/errno.ts'
import type { RandomStream } from '../engine/random.ts'
import type { Files } from './files.ts'
import type { HostNamespace } from './host-namespace.ts'
import { readNamespaceFile, writeNamespaceFile } from './namespace-files.ts'
import {
  BytesFile, type Descriptor, EndlessFile, FullFile, NullFile, type OpenFile, RegularFile, RequestFile,
} from './open-file.ts'

/** O_RDONLY; O_WRONLY|O_CREAT|O_TRUNC; O_WRONLY|O_CREAT|O_APPEND; O_RDWR|O_CREAT. */
export type OpenMode = 'r' | 'w' | 'a' | 'rw'

/** What a path means depends on who opens it. */
export interface Opener {
  readonly namespace: HostNamespace
  readonly descriptors: ReadonlyMap<number, Descriptor>
  readonly host: { readonly files: Files, random(name: string): RandomStream }
}

/** open() of an absolute path: the open file, or -errno. */
export function openPath(opener: Opener, full: string, mode: OpenMode): OpenFile | number {
  if (full.startsWith('/dev/') || full.startsWith('/proc/self/fd/')) return openDevice(opener, full)
  const { namespace, host } = opener
  const text = readNamespaceFile(namespace, full) // -EACCES for one that can only be written
  if (text !== null && text !== -ENOENT) return openKernelFile(namespace, full, mode, text)
  if (host.files.isMounted(full)) {
    const content = host.files.readFile(full)
    if (mode !== 'r') return new RequestFile(full, (request) => host.files.writeFile(full, request))
    return typeof content === 'number' ? content : BytesFile.ofText(full, content)
  }
  const inode = mode === 'r' ? host.files.lookup(full) : host.files.create(full)
  if (inode === null) {
    return host.files.isDirectory(full) ? -EISDIR : host.files.beneathFile(full) ? -ENOTDIR : -ENOENT
  }
  if (typeof inode === 'number') return inode
  if (mode === 'w') inode.truncate()
  return new RegularFile(full, inode, { read: mode === 'r' || mode === 'rw', write: mode !== 'r', append: mode === 'a' })
}

function openKernelFile(
  namespace: HostNamespace, full: string, mode: OpenMode, text: string | number,
): OpenFile | number {
  if (text === -EISDIR) return -EISDIR
  if (mode !== 'r') return new RequestFile(full, (request) => writeNamespaceFile(namespace, full, request) ?? -EACCES)
  return typeof text === 'number' ? text : BytesFile.ofText(full, text)
}

function openDevice(opener: Opener, full: string): OpenFile | number {
  const alias = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(full)
  const fd = alias !== null ? Number(alias[1]) : ['/dev/stdin', '/dev/stdout', '/dev/stderr'].indexOf(full)
  if (fd >= 0) return opener.descriptors.get(fd)?.file ?? -ENOENT
  if (full === '/dev/null') return new NullFile()
  if (full === '/dev/zero') return new EndlessFile(full, () => 0)
  if (full === '/dev/full') return new FullFile()
  if (full === '/dev/urandom' || full === '/dev/random') {
    const stream = opener.host.random('/dev/urandom')
    return new EndlessFile(full, () => stream.below(256))
  }
  if (full !== '/dev/tty') return full === '/dev/fd' ? -EISDIR : -ENOENT
  for (const { file } of opener.descriptors.values()) if (file.isTerminal) return file
  return -ENXIO
}
