import { EACCES, EISDIR, ENOENT, ENOSPC, ENOTDIR, EROFS } from '../base/errno.ts'
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts'

/**
 * A host's file tree: small files kept in memory (/etc/hosts, what `tcpdump -w` writes), and mounts, whose files are
 * made when they are read (/proc/sys). Paths are absolute; directories exist as soon as something lies in them.
 * Calls return a value or -errno, as the system calls do.
 */
export interface Mount {
  /** Content of a file below the mount point ("net/ipv4/ip_forward"), or -errno. */
  read(path: string): string | number
  /** 0 or -errno. */
  write(path: string, text: string): number
  /** Names in a directory ('' is the mount point), or -errno. */
  list(path: string): readonly string[] | number
}

/** Bytes that all files of one host may hold. */
export const FILES_LIMIT = 256 * 1024 * 1024

export class Files {
  private readonly contents = new Map<string, Uint8Array>()
  private readonly mounts: { readonly prefix: string, readonly mount: Mount }[] = []
  private size = 0

  /** Serves everything below `prefix` ("/proc/sys") from `mount`. */
  mount(prefix: string, mount: Mount): void {
    this.mounts.push({ prefix: prefix + '/', mount })
  }

  /** The file as text, or -errno. */
  readFile(path: string): string | number {
    const full = normalise(path)
    for (const { prefix, mount } of this.mounts) {
      if (full.startsWith(prefix)) return mount.read(full.slice(prefix.length))
    }
    const bytes = this.readBytes(full)
    return typeof bytes === 'number' ? bytes : decodeUtf8(bytes)
  }

  /** The file's bytes (do not change them), or -errno. Mounts have none. */
  readBytes(path: string): Uint8Array | number {
    const full = normalise(path)
    const bytes = this.contents.get(full)
    if (bytes !== undefined) return bytes
    return this.isDirectory(full) ? -EISDIR : -ENOENT
  }

  /** Makes or replaces a file; 0 or -errno. */
  writeFile(path: string, content: string | Uint8Array): number {
    const full = normalise(path)
    for (const { prefix, mount } of this.mounts) {
      if (!full.startsWith(prefix)) continue
      return typeof content === 'string' ? mount.write(full.slice(prefix.length), content) : -EACCES
    }
    if (full === '/proc' || full.startsWith('/proc/')) return -EROFS
    if (this.isDirectory(full)) return -EISDIR
    for (let cut = full.lastIndexOf('/'); cut > 0; cut = full.lastIndexOf('/', cut - 1)) {
      if (this.contents.has(full.slice(0, cut))) return -ENOTDIR
    }
    const bytes = typeof content === 'string' ? encodeUtf8(content) : content
    const grown = this.size + bytes.length - (this.contents.get(full)?.length ?? 0)
    if (grown > FILES_LIMIT) return -ENOSPC
    this.size = grown
    this.contents.set(full, bytes)
    return 0
  }

  /** Takes a file away; 0 or -errno. */
  remove(path: string): number {
    const full = normalise(path)
    const bytes = this.contents.get(full)
    if (bytes === undefined) return this.isDirectory(full) ? -EISDIR : -ENOENT
    this.size -= bytes.length
    this.contents.delete(full)
    return 0
  }

  /** Whether anything lies below `path`. */
  isDirectory(path: string): boolean {
    const prefix = path === '/' ? '/' : normalise(path) + '/'
    if (prefix === '/') return true
    for (const { prefix: at, mount } of this.mounts) {
      if (at.startsWith(prefix)) return true
      if (prefix.startsWith(at)) return typeof mount.list(prefix.slice(at.length, -1)) !== 'number'
    }
    for (const name of this.contents.keys()) if (name.startsWith(prefix)) return true
    return false
  }

  /** All files kept in memory, sorted by name. */
  get names(): string[] {
    return [...this.contents.keys()].sort()
  }
}

/** An absolute path without empty parts, "." and "..". */
export function normalise(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return '/' + parts.join('/')
}
