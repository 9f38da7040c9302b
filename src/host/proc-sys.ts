import { ENOENT, ENOTDIR } from '../base/errno.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import { listSysctls, readSysctl, writeSysctl } from '../inet/sysctl.ts'
import type { Mount } from './files.ts'

/** /proc/sys as a process in the network namespace sees it; net/ only. Every file ends with a newline. */
export class ProcSys implements Mount {
  constructor(private readonly ns: NetNamespace) {}

  read(path: string): string | number {
    const value = readSysctl(this.ns, path)
    return typeof value === 'number' ? value : `${value}\n`
  }

  write(path: string, text: string): number {
    return writeSysctl(this.ns, path, text.trim())
  }

  list(path: string): readonly string[] | number {
    const prefix = path === '' ? '' : `${path}/`
    const names = new Set<string>()
    for (const name of listSysctls(this.ns)) {
      if (name === path) return -ENOTDIR
      if (name.startsWith(prefix)) names.add(name.slice(prefix.length).split('/')[0])
    }
    return names.size === 0 ? -ENOENT : [...names].sort()
  }
}
