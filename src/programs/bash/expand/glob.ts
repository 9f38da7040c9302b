import { compilePattern } from '../pattern.ts'
import type { Shell } from '../shell.ts'

/** Pathname expansion over the host's tree of files. */

/** The names that a pattern stands for, sorted; none if nothing fits. */
export function globFiles(shell: Shell, pattern: string): string[] {
  const absolute = pattern.startsWith('/')
  const parts = splitPath(pattern)
  let paths = [absolute ? '/' : '']
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1
    paths = paths.flatMap((path) => step(shell, path, part, last))
    if (paths.length === 0) return []
  }
  return [...new Set(paths)].sort(compareNames)
}

/** Order of LC_COLLATE=C.UTF-8: by code point, which is by byte. */
function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** "a/*\/c" as its names; slashes inside of extended patterns do not count. Empty names keep a slash at the end. */
function splitPath(pattern: string): string[] {
  const parts: string[] = []
  let part = ''
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\' && at + 1 < pattern.length) {
      if (pattern[at + 1] !== '/') part += '\\'
      part += pattern[++at]
    } else if (pattern[at] === '/') {
      if (part !== '' || parts.length > 0) parts.push(part)
      part = ''
    } else part += pattern[at]
  }
  parts.push(part)
  return parts
}

function step(shell: Shell, path: string, part: string, last: boolean): string[] {
  const directory = path === '' ? '.' : path
  const close = last ? '' : '/'
  if (part === '') return last && !isDirectory(shell, directory) ? [] : [path.endsWith('/') ? path : `${path}/`]
  const { extglob, dotglob, nocaseglob, globstar } = shell.shopt
  if (globstar && part === '**') return starStar(shell, path, last)
  const pattern = compilePattern(part, { extglob, ignoreCase: nocaseglob })
  if (pattern.literal !== null) {
    const name = path + pattern.literal
    const there = last ? shell.exists(name) : isDirectory(shell, name)
    return there ? [name + close] : []
  }
  const names = shell.list(directory)
  const dots = part.startsWith('.') || part.startsWith('\\.')
  return names.filter((name) => (!name.startsWith('.') || dots || dotglob) && pattern.matches(name))
    .map((name) => path + name)
    .filter((name) => last || isDirectory(shell, name))
    .map((name) => name + close)
}

function starStar(shell: Shell, path: string, last: boolean): string[] {
  const found = path === '' && last ? [] : [path]
  for (const name of shell.list(path === '' ? '.' : path)) {
    if (name.startsWith('.') && !shell.shopt.dotglob) continue
    const full = path + name
    if (isDirectory(shell, full)) found.push(...starStar(shell, `${full}/`, last).map((one) => last
      && one === `${full}/` ? full : one))
    else if (last) found.push(full)
  }
  return found
}

function isDirectory(shell: Shell, path: string): boolean {
  return shell.isDirectory(path)
}
