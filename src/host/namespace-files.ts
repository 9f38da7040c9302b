import { EISDIR } from '../base/errno.ts'
import type { Mount } from './files.ts'
import type { HostNamespace } from './host-namespace.ts'
import { ProcNet } from './proc-net.ts'
import { ProcSys } from './proc-sys.ts'
import { SysClassNet } from './sys-class-net.ts'

/** The kernel's files that each network namespace has of its own: where they are mounted, and what serves them. */
const MOUNTS: readonly (readonly [string, (namespace: HostNamespace) => Mount])[] = [
  ['/proc/sys', (namespace) => new ProcSys(namespace.ns)],
  ['/proc/net', (namespace) => new ProcNet(namespace.stack)],
  ['/proc/self/net', (namespace) => new ProcNet(namespace.stack)],
  ['/sys/class/net', (namespace) => new SysClassNet(namespace)],
]

/** The text of such a file or -errno; null when the path is none of them. */
export function readNamespaceFile(namespace: HostNamespace, full: string): string | number | null {
  const found = find(namespace, full)
  if (found === null) return MOUNTS.some(([prefix]) => prefix.startsWith(`${full}/`)) || full === '/' ? -EISDIR : null
  const { mount, path } = found
  return typeof mount.list(path) === 'number' ? mount.read(path) : -EISDIR
}

/** Names in a directory of them; null when the path is none. */
export function namespaceList(namespace: HostNamespace, full: string): readonly string[] | null {
  const found = find(namespace, full)
  if (found === null) return null
  const names = found.mount.list(found.path)
  return typeof names === 'number' ? null : names
}

/** Writes one: 0 or -errno; null when the path is none of them. */
export function writeNamespaceFile(namespace: HostNamespace, full: string, text: string): number | null {
  const found = find(namespace, full)
  if (found === null) return null
  const { mount, path } = found
  return typeof mount.list(path) === 'number' ? mount.write(path, text) : -EISDIR
}

function find(namespace: HostNamespace, full: string): { readonly mount: Mount, readonly path: string } | null {
  for (const [prefix, make] of MOUNTS) {
    if (full === prefix) return { mount: make(namespace), path: '' }
    if (full.startsWith(`${prefix}/`)) return { mount: make(namespace), path: full.slice(prefix.length + 1) }
  }
  return null
}
