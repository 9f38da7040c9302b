import type { HereDoc, Redirect, Redirection } from 'unbash'
import { BytesFile, type Descriptor, type OpenFile } from '../../host/open-file.ts'
import type { OpenMode } from '../../host/open-path.ts'
import { reason } from './errors.ts'
import { expandHereText, expandWhole, expandWords } from './expand/word.ts'
import { type Run, ShellError } from './flow.ts'
import type { Shell } from './shell.ts'

/**
 * Redirections (bash(1), REDIRECTION). They are done to the shell's own descriptors, where builtins and compound commands
 * use them and children inherit them, and undone after the command. What they replace is set aside, not closed, and no
 * child sees it, as with the descriptors from 10 on that bash keeps to itself.
 */
export class Redirections {
  private readonly saved: { readonly fd: number, readonly before: Descriptor | undefined }[] = []

  constructor(private readonly shell: Shell) {}

  /** Puts an open file at a descriptor; null closes it. */
  put(fd: number, file: OpenFile | null, keep = false): void {
    const { descriptors } = this.shell.process
    const next = file?.attach()
    if (!keep) this.saved.push({ fd, before: descriptors.get(fd) })
    else descriptors.get(fd)?.close()
    if (next === undefined) descriptors.delete(fd)
    else descriptors.set(fd, next)
  }

  undo(): void {
    const { descriptors } = this.shell.process
    for (const { fd, before } of this.saved.splice(0).reverse()) {
      descriptors.get(fd)?.close()
      if (before === undefined) descriptors.delete(fd)
      else descriptors.set(fd, before)
    }
  }

  /** Makes them last: `exec > file`. */
  keep(): void {
    for (const { before } of this.saved.splice(0)) before?.close()
  }
}

/** Does redirections from left to right; null when one fails, with bash's words written and the others undone. */
export function* applyRedirects(shell: Shell, redirects: readonly Redirection[]): Run<Redirections | null> {
  const done = new Redirections(shell)
  for (const redirect of redirects) {
    try {
      yield* apply(shell, done, redirect)
    } catch (error) {
      done.undo()
      if (!(error instanceof RedirectError)) throw error
      shell.error(error.message)
      return null
    }
  }
  return done
}

class RedirectError extends Error {
  override readonly name = 'RedirectError'
}

function* apply(shell: Shell, done: Redirections, redirect: Redirection): Run {
  if (redirect.type === 'HereDoc') {
    put(shell, done, redirect, 0, BytesFile.ofText('here-document', yield* hereText(shell, redirect)))
    return
  }
  if (redirect.target === undefined) throw new ShellError('netarium: a redirection without target')
  if (redirect.type === 'HereString') {
    const text = yield* expandWhole(shell, redirect.target)
    put(shell, done, redirect, 0, BytesFile.ofText('here-string', `${text}\n`))
    return
  }
  const fields = yield* expandWords(shell, [redirect.target])
  if (fields.length !== 1) throw new RedirectError(`${redirect.target.text}: ambiguous redirect`)
  const [target] = fields
  const { operator } = redirect
  if (operator === '<&' || operator === '>&') duplicate(shell, done, redirect, target)
  else if (operator === '&>' || operator === '&>>') {
    const file = open(shell, target, operator === '&>' ? 'w' : 'a', operator === '&>')
    done.put(1, file)
    done.put(2, file)
  } else {
    const mode: OpenMode = operator === '<' ? 'r' : operator === '<>' ? 'rw' : operator === '>>' ? 'a' : 'w'
    put(shell, done, redirect, mode === 'r' || mode === 'rw' ? 0 : 1,
      open(shell, target, mode, operator === '>'))
  }
}

function open(shell: Shell, path: string, mode: OpenMode, careful: boolean): OpenFile {
  const { process } = shell
  if (careful && shell.options.noclobber && typeof process.readFile(path) === 'string'
    && !process.resolve(path).startsWith('/dev/')) {
    throw new RedirectError(`${path}: cannot overwrite existing file`)
  }
  if (path === '') throw new RedirectError(': No such file or directory')
  if (mode !== 'r' && !process.resolve(path).startsWith('/dev/') && !shell.isDirectory(path)
    && !shell.isDirectory(parentOf(process.resolve(path)))) {
    throw new RedirectError(`${path}: No such file or directory`)
  }
  if (mode !== 'r' && shell.isDirectory(path)) throw new RedirectError(`${path}: Is a directory`)
  const file = process.open(path, mode)
  if (typeof file === 'number') throw new RedirectError(`${path}: ${reason(file)}`)
  return file
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}

/** Puts a file where the redirection says: at its number, at the default one, or at a free one for {name}. */
function put(shell: Shell, done: Redirections, redirect: Redirection, fallback: number, file: OpenFile | null): void {
  const { descriptor } = redirect
  if (descriptor?.type !== 'FileDescriptorVariable') {
    done.put(descriptor === undefined ? fallback : descriptor.value, file)
    return
  }
  if (file === null) return
  // It stays open after the command: that is what the variable is for.
  let fd = 10
  while (shell.process.descriptors.has(fd)) fd++
  shell.assignReference(descriptor.name, null, String(fd))
  done.put(fd, file, true)
}

/** n<&m, n>&m, n<&-, n>&m-, and >&file. */
function duplicate(shell: Shell, done: Redirections, redirect: Redirect, target: string): void {
  const fallback = redirect.operator === '<&' ? 0 : 1
  if (target === '-') {
    const { descriptor } = redirect
    if (descriptor?.type === 'FileDescriptorVariable') {
      const fd = Number(shell.variables.get(descriptor.name) ?? 'NaN')
      if (Number.isNaN(fd)) throw new RedirectError(`${descriptor.name}: Bad file descriptor`)
      done.put(fd, null, true)
    } else done.put(descriptor?.value ?? fallback, null)
    return
  }
  const match = /^([0-9]+)(-?)$/.exec(target)
  if (match === null) {
    if (redirect.operator === '<&' || redirect.descriptor !== undefined) {
      throw new RedirectError(`${target}: ambiguous redirect`)
    }
    const file = open(shell, target, 'w', true)
    done.put(1, file)
    done.put(2, file)
    return
  }
  const from = Number(match[1])
  const file = shell.process.descriptors.get(from)?.file
  if (file === undefined) throw new RedirectError(`${from}: Bad file descriptor`)
  put(shell, done, redirect, fallback, file)
  if (match[2] === '-') done.put(from, null)
}

function* hereText(shell: Shell, redirect: HereDoc): Run<string> {
  const { body, delimiter, operator } = redirect
  if (redirect.closing === undefined) {
    const last = shell.source.firstLine + shell.source.lineCount - 1
    const line = shell.line
    shell.line = last
    shell.error(`warning: here-document at line ${line} delimited by end-of-file (wanted \`${delimiter?.value ?? ''}')`)
    shell.line = line
  }
  const ended = body.text === '' || body.text.endsWith('\n') ? '' : '\n'
  if (delimiter?.quoted === true || body.parts === undefined) {
    const text = operator === '<<-' ? body.text.replace(/^\t+/gm, '') : body.text
    if (delimiter?.quoted === true) return text + ended
    return text.replace(/\\([$`\\]|\n)/g, (_, char: string) => char === '\n' ? '' : char) + ended
  }
  if (operator !== '<<-') return (yield* expandHereText(shell, body.parts)) + ended
  let first = true
  const parts = body.parts.map((part) => {
    const atStart = first
    first = false
    if (part.type !== 'Literal') return part
    return { ...part, text: part.text.replace(/\n\t+/g, '\n').replace(atStart ? /^\t+/ : /^$/, '') }
  })
  return (yield* expandHereText(shell, parts)) + ended
}
