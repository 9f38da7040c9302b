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

/** The content of a file, apart from its name: open files refer to it. It grows in place. */
export class Inode {
  buffer = new Uint8Array(0)
  length = 0

  constructor(private usage: { bytes: number }) {}

  /** Its bytes; do not change them. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length)
  }

  /** Puts bytes at an offset (a gap becomes zeros): 0 or -ENOSPC. */
  write(at: number, bytes: Uint8Array): number {
    const length = Math.max(this.length, at + bytes.length)
    if (this.usage.bytes + length - this.length > FILES_LIMIT) return -ENOSPC
    if (length > this.buffer.length) {
      const grown = new Uint8Array(Math.max(length, this.buffer.length === 0 ? length : 2 * this.buffer.length))
      grown.set(this.bytes)
      this.buffer = grown
    }
    this.buffer.set(bytes, at)
    this.usage.bytes += length - this.length
    this.length = length
    return 0
  }

  /** It has lost its name: what it holds no longer counts. Those who have it open go on. */
  unlink(): void {
    this.usage.bytes -= this.length
    this.usage = { bytes: this.length }
  }

  /** Cuts it to nothing. */
  truncate(): void {
    this.usage.bytes -= this.length
    this.buffer = new Uint8Array(0)
    this.length = 0
  }
}

export class Files {
  private readonly inodes = new Map<string, Inode>()
  private readonly mounts: { readonly prefix: string, readonly mount: Mount }[] = []
  private readonly usage = { bytes: 0 }

  /** Serves everything below `prefix` ("/proc/sys") from `mount`. */
  mount(prefix: string, mount: Mount): void {
    this.mounts.push({ prefix: prefix + '/', mount })
  }

  /** Whether a mount serves the path. */
  isMounted(path: string): boolean {
    const full = normalise(path)
    return this.mounts.some(({ prefix }) => full.startsWith(prefix))
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
    const inode = this.inodes.get(full)
    if (inode !== undefined) return inode.bytes
    return this.isDirectory(full) ? -EISDIR : -ENOENT
  }

  /** Makes or replaces a file; 0 or -errno. */
  writeFile(path: string, content: string | Uint8Array): number {
    const full = normalise(path)
    for (const { prefix, mount } of this.mounts) {
      if (!full.startsWith(prefix)) continue
      return typeof content === 'string' ? mount.write(full.slice(prefix.length), content) : -EACCES
    }
    const inode = this.create(full)
    if (typeof inode === 'number') return inode
    const bytes = typeof content === 'string' ? encodeUtf8(content) : content
    const before = inode.bytes
    inode.truncate()
    const error = inode.write(0, bytes)
    if (error !== 0) inode.write(0, before)
    return error
  }

  /** The content behind a name, or null. */
  lookup(path: string): Inode | null {
    return this.inodes.get(normalise(path)) ?? null
  }

  /** The content behind a name, made empty if it was not there; or -errno. */
  create(path: string): Inode | number {
    const full = normalise(path)
    const found = this.inodes.get(full)
    if (found !== undefined) return found
    if (full === '/proc' || full.startsWith('/proc/')) return -EROFS
    if (this.isDirectory(full)) return -EISDIR
    for (let cut = full.lastIndexOf('/'); cut > 0; cut = full.lastIndexOf('/', cut - 1)) {
      if (this.inodes.has(full.slice(0, cut))) return -ENOTDIR
    }
    const inode = new Inode(this.usage)
    this.inodes.set(full, inode)
    return inode
  }

  /** Takes a file away; 0 or -errno. */
  remove(path: string): number {
    const full = normalise(path)
    const inode = this.inodes.get(full)
    if (inode === undefined) return this.isDirectory(full) ? -EISDIR : -ENOENT
    inode.unlink()
    this.inodes.delete(full)
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
    for (const name of this.inodes.keys()) if (name.startsWith(prefix)) return true
    return false
  }

  /** All files kept in memory, sorted by name. */
  get names(): string[] {
    return [...this.inodes.keys()].sort()
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
