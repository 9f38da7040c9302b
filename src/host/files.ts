import { EACCES, EBUSY, EEXIST, EISDIR, ENOENT, ENOSPC, ENOTDIR, ENOTEMPTY, EROFS } from '../base/errno.ts'
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts'

/**
 * A host's file tree: small files kept in memory (/etc/hosts, what `tcpdump -w` writes), and mounts, whose files are
 * made when they are read (/proc/sys). Paths are absolute; a directory exists when it was made, and as soon as
 * something lies in it. Files and made directories know when they were last changed.
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
  /** st_mtime, in virtual time. */
  modifiedNs: number

  constructor(private usage: { bytes: number }, private readonly now: () => number = () => 0) {
    this.modifiedNs = now()
  }

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
    this.modifiedNs = this.now()
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
    this.modifiedNs = this.now()
  }
}

/** The directories of a Debian host before anything is made in them. */
const DIRECTORIES = [
  '/bin', '/dev', '/etc', '/home', '/mnt', '/opt', '/proc', '/root', '/run', '/sbin', '/srv', '/sys', '/tmp', '/usr',
  '/usr/bin', '/usr/local', '/usr/sbin', '/usr/share', '/var', '/var/lib', '/var/log', '/var/tmp',
]

export class Files {
  private readonly inodes = new Map<string, Inode>()
  private readonly mounts: { readonly prefix: string, readonly mount: Mount }[] = []
  private readonly usage = { bytes: 0 }
  /** Directories that are there even with nothing in them, and when they were last changed. */
  private readonly directories = new Map<string, number>(DIRECTORIES.map((path) => [path, 0]))

  /** now: the virtual clock that changes are dated by. */
  constructor(private readonly now: () => number = () => 0) {}

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
    if (this.beneathFile(full)) return -ENOTDIR
    const inode = new Inode(this.usage, this.now)
    this.inodes.set(full, inode)
    this.touchParent(full)
    return inode
  }

  /** Whether one of the names before the last is a file's. */
  beneathFile(path: string): boolean {
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      if (this.inodes.has(path.slice(0, cut))) return true
    }
    return false
  }

  /** mkdir(): 0 or -errno. */
  makeDirectory(path: string): number {
    const full = normalise(path)
    if (this.inodes.has(full) || this.isDirectory(full)) return -EEXIST
    if (this.beneathFile(full)) return -ENOTDIR
    if (!this.isDirectory(parentOf(full))) return -ENOENT
    if (/^\/(?:proc|sys)\//.test(full)) return -EROFS
    this.directories.set(full, this.now())
    this.touchParent(full)
    return 0
  }

  /** rmdir(): 0 or -errno. */
  removeDirectory(path: string): number {
    const full = normalise(path)
    if (this.inodes.has(full) || this.beneathFile(full)) return -ENOTDIR
    if (!this.isDirectory(full)) return -ENOENT
    if (full === '/' || this.list(full).length > 0) return full === '/' ? -EBUSY : -ENOTEMPTY
    if (!this.directories.delete(full)) return -EBUSY
    this.touchParent(full)
    return 0
  }

  /** rename() of a file onto a name that is no directory's: 0 or -errno. */
  rename(from: string, to: string): number {
    const source = normalise(from)
    const target = normalise(to)
    const inode = this.inodes.get(source)
    if (inode === undefined) return -ENOENT
    if (this.isDirectory(target)) return -EISDIR
    if (this.beneathFile(target)) return -ENOTDIR
    if (!this.isDirectory(parentOf(target))) return -ENOENT
    if (source === target) return 0
    this.inodes.get(target)?.unlink()
    this.inodes.delete(source)
    this.inodes.set(target, inode)
    this.touchParent(source)
    this.touchParent(target)
    return 0
  }

  /** When what lies at a path was last changed, in virtual time; 0 for what nobody changed. */
  modifiedNs(path: string): number {
    const full = normalise(path)
    return this.inodes.get(full)?.modifiedNs ?? this.directories.get(full) ?? 0
  }

  /** utimensat(). */
  setModifiedNs(path: string, ns: number): void {
    const full = normalise(path)
    const inode = this.inodes.get(full)
    if (inode !== undefined) inode.modifiedNs = ns
    else this.directories.set(full, ns)
  }

  /** The names in a directory, in the order of their bytes. */
  list(path: string): string[] {
    const full = normalise(path)
    const prefix = full === '/' ? '/' : `${full}/`
    const names = new Set<string>()
    for (const { prefix: at, mount } of this.mounts) {
      if (prefix.startsWith(at)) {
        const inside = mount.list(prefix.slice(at.length, -1))
        for (const name of typeof inside === 'number' ? [] : inside) names.add(name)
      }
    }
    for (const paths of [this.inodes.keys(), this.directories.keys(), this.mounts.map((each) => each.prefix)]) {
      for (const each of paths) {
        if (each.startsWith(prefix) && each.length > prefix.length) names.add(each.slice(prefix.length).split('/', 1)[0])
      }
    }
    return [...names].sort()
  }

  private touchParent(full: string): void {
    const parent = parentOf(full)
    // What was there only through what lay in it stays when that goes.
    this.directories.set(parent, this.now())
  }

  /** Takes a file away; 0 or -errno. */
  remove(path: string): number {
    const full = normalise(path)
    const inode = this.inodes.get(full)
    if (inode === undefined) return this.isDirectory(full) ? -EISDIR : -ENOENT
    inode.unlink()
    this.inodes.delete(full)
    this.touchParent(full)
    return 0
  }

  /** Whether a directory was made at `path`, or anything lies below it. */
  isDirectory(path: string): boolean {
    const full = normalise(path)
    if (full === '/' || this.directories.has(full)) return true
    const prefix = `${full}/`
    for (const { prefix: at, mount } of this.mounts) {
      if (at.startsWith(prefix)) return true
      if (prefix.startsWith(at)) return typeof mount.list(prefix.slice(at.length, -1)) !== 'number'
    }
    for (const name of this.inodes.keys()) if (name.startsWith(prefix)) return true
    for (const name of this.directories.keys()) if (name.startsWith(prefix)) return true
    return false
  }

  /** All files kept in memory, sorted by name. */
  get names(): string[] {
    return [...this.inodes.keys()].sort()
  }
}

function parentOf(full: string): string {
  return full.slice(0, full.lastIndexOf('/')) || '/'
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
