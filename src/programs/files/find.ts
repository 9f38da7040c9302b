import { EEXIST, ENOTEMPTY, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { compilePattern, type Pattern } from '../bash/pattern.ts'
import { ProgramError } from '../c-number.ts'
import { type EntryKind, joinPath, kindOf, listDirectory } from '../file-tree.ts'
import { notModelled } from '../not-modelled.ts'

/** find of findutils 4.9: files below starting points, by an expression of tests and actions (find/tree.c, parser.c). */
interface Found {
  /** As it is printed: the starting point and what follows it. */
  readonly path: string
  readonly name: string
  readonly kind: EntryKind
  readonly depth: number
}

/** A test or action; true lets what `-a` joins to it be asked. */
type Predicate = (found: Found) => boolean | Promise<boolean>

/** Of the real find, and absent here. */
const LACKING = new Set(`
  -amin -anewer -atime -cmin -cnewer -ctime -context -daystart -execdir -fls -follow -fprint -fprint0 -fprintf -fstype -gid
  -group -ilname -inum -iregex -links -lname -ls -mmin -mount -mtime -newerXY -nogroup -noleaf -nouser -ok -okdir -perm
  -printf -readable -executable -writable -regex -regextype -samefile -uid -used -user -warn -nowarn -xdev -xtype
  -ignore_readdir_race -noignore_readdir_race -files0-from -help -version --help --version -H -L -P -D -O
`.trim().split(/\s+/))
const OPERATORS = new Set(['-o', '-or', '-a', '-and', ','])
const UNITS: Readonly<Record<string, number>> = { b: 512, c: 1, w: 2, k: 1024, M: 1 << 20, G: 1 << 30 }

export const find: Program = async (process) => {
  try {
    return await new Find(process).run()
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error
    process.stderr.write(error.text)
    return error.status
  }
}

class Find {
  private readonly words: readonly string[]
  private at = 0
  private readonly starts: string[] = []
  private least = 0
  private most = Infinity
  private childrenFirst = false
  private acts = false
  private pruned = false
  private ended = false
  private status = 0
  /** What `-exec ... +` gathers until the end. */
  private readonly batches: { readonly command: readonly string[], readonly paths: string[] }[] = []
  private lastPattern: string | null = null

  constructor(private readonly process: Process) {
    this.words = process.argv.slice(1)
  }

  async run(): Promise<number> {
    const isExpression = (word: string): boolean => /^-./.test(word) || word === '(' || word === '!'
    while (this.at < this.words.length && !isExpression(this.words[this.at])) this.starts.push(this.words[this.at++])
    const expression = this.at === this.words.length ? null : this.list(false)
    const test = expression ?? ((): boolean => true)
    for (const start of this.starts.length === 0 ? ['.'] : this.starts) {
      const kind = kindOf(this.process, start)
      if (typeof kind === 'number') this.complain(`\u2018${start}\u2019: ${strerror(-kind)}`)
      else await this.visit({ path: start, name: lastPart(start), kind, depth: 0 }, test)
      if (this.ended) break
    }
    for (const { command, paths } of this.batches) {
      if (paths.length > 0 && !await this.execute([...command, ...paths])) this.status = 1
    }
    return this.status
  }

  private async visit(found: Found, test: Predicate): Promise<void> {
    this.pruned = false
    if (!this.childrenFirst) await this.judge(found, test)
    const pruned = this.pruned && !this.childrenFirst
    if (found.kind === 'directory' && found.depth < this.most && !pruned && !this.ended) {
      const names = listDirectory(this.process, found.path)
      if (typeof names === 'number') this.complain(`\u2018${found.path}\u2019: ${strerror(-names)}`)
      else {
        for (const name of names) {
          const path = joinPath(found.path, name)
          const kind = kindOf(this.process, path)
          const inner: Found = { path, name, kind: typeof kind === 'number' ? 'file' : kind, depth: found.depth + 1 }
          await this.visit(inner, test)
          if (this.ended) return
        }
      }
    }
    if (this.childrenFirst && !this.ended) await this.judge(found, test)
  }

  private async judge(found: Found, test: Predicate): Promise<void> {
    if (found.depth < this.least) return
    if (await test(found) && !this.acts) this.process.stdout.write(`${found.path}\n`)
  }

  private complain(text: string): void {
    this.process.stderr.write(`find: ${text}\n`)
    this.status = 1
  }

  private error(text: string): ProgramError {
    return new ProgramError(`find: ${text}\n`, 1)
  }

  /** Runs a command; whether it ended well. */
  private async execute(argv: readonly string[]): Promise<boolean> {
    const { process } = this
    if (process.host.findProgram(argv[0]) === null) {
      process.stderr.write(`find: \u2018${argv[0]}\u2019: No such file or directory\n`)
      return false
    }
    return await process.waitExit(process.spawn(argv)) === 0
  }

  // The expression: `,` binds least, then -o, then -a (or nothing), then `!`.

  private list(inner: boolean): Predicate {
    let left = this.either(inner)
    while (this.words[this.at] === ',') {
      const operator = this.words[this.at++]
      const first = left
      const second = this.right(operator, () => this.either(inner))
      left = async (found) => {
        await first(found)
        return second(found)
      }
    }
    if (!inner && this.words[this.at] === ')') throw this.error('invalid expression; you have too many \')\'')
    return left
  }

  private right(operator: string, read: () => Predicate): Predicate {
    if (this.at >= this.words.length) throw this.error(`expected an expression after '${operator}'`)
    return read()
  }

  private either(inner: boolean): Predicate {
    let left = this.both(inner)
    while (this.words[this.at] === '-o' || this.words[this.at] === '-or') {
      const operator = this.words[this.at++]
      const first = left
      const second = this.right(operator, () => this.both(inner))
      left = async (found) => await first(found) || second(found)
    }
    return left
  }

  private both(inner: boolean): Predicate {
    let left = this.single(inner)
    for (;;) {
      const word = this.words[this.at]
      if (word === undefined || word === ')' || word === '-o' || word === '-or' || word === ',') return left
      const joined = word === '-a' || word === '-and'
      if (joined) this.at++
      const first = left
      const second = joined ? this.right(word, () => this.single(inner)) : this.single(inner)
      left = async (found) => await first(found) && second(found)
    }
  }

  private single(inner: boolean): Predicate {
    const word = this.words[this.at++]
    if (OPERATORS.has(word)) {
      throw this.error(`invalid expression; you have used a binary operator '${word}' with nothing before it.`)
    }
    if (word === '!' || word === '-not') {
      if (this.at >= this.words.length) throw this.error(`expected an expression after '${word}'`)
      const test = this.single(inner)
      return async (found) => !await test(found)
    }
    if (word === '(') return this.parentheses()
    if (word === ')') throw this.error('invalid expression; you have too many \')\'')
    return this.primary(word)
  }

  private parentheses(): Predicate {
    if (this.at >= this.words.length) {
      throw this.error("invalid expression; expected to find a ')' but didn't see one. Perhaps you need an extra predicate "
        + "after '('")
    }
    if (this.words[this.at] === ')') throw this.error('invalid expression; empty parentheses are not allowed.')
    const test = this.list(true)
    if (this.words[this.at] !== ')') {
      throw this.error("invalid expression; I was expecting to find a ')' somewhere but did not see one.")
    }
    this.at++
    return test
  }

  private argument(name: string): string {
    const word = this.words[this.at++]
    if (word === undefined) throw this.error(`missing argument to \`${name}'`)
    return word
  }

  private pattern(name: string, ignoreCase: boolean): Pattern {
    this.lastPattern = name
    return compilePattern(this.argument(name), { extglob: false, ignoreCase })
  }

  private primary(name: string): Predicate {
    if (!name.startsWith('-') || name === '-') {
      const hint = this.lastPattern !== null && typeof kindOf(this.process, name) !== 'number'
        ? `find: possible unquoted pattern after predicate \`${this.lastPattern}'?\n` : ''
      throw new ProgramError(`find: paths must precede expression: \`${name}'\n${hint}`, 1)
    }
    switch (name) {
      case '-name': case '-iname': {
        const pattern = this.pattern(name, name === '-iname')
        return (found) => pattern.matches(found.name)
      }
      case '-path': case '-ipath': case '-wholename': case '-iwholename': {
        const pattern = this.pattern(name, name.startsWith('-i'))
        return (found) => pattern.matches(found.path)
      }
      case '-type': return this.type(this.argument(name))
      case '-maxdepth': case '-mindepth': return this.depth(name)
      case '-depth': case '-d':
        this.childrenFirst = true
        return () => true
      case '-size': return this.size(this.argument(name))
      case '-newer': return this.newer(this.argument(name))
      case '-empty': return (found) => found.kind === 'directory' ? isEmpty(listDirectory(this.process, found.path))
        : this.bytes(found) === 0
      case '-true': return () => true
      case '-false': return () => false
      case '-prune': return () => {
        this.pruned = true
        return true
      }
      case '-quit': return () => {
        this.ended = true
        return false
      }
      case '-print': case '-print0': {
        this.acts = true
        const end = name === '-print' ? '\n' : '\0'
        return (found) => {
          this.process.stdout.write(found.path + end)
          return true
        }
      }
      case '-delete':
        this.acts = true
        this.childrenFirst = true
        return (found) => this.remove(found)
      case '-exec': return this.command()
      default: throw new ProgramError(`find: unknown predicate \`${name}'\n`
        + (LACKING.has(name) || /^-newer../.test(name) ? notModelled('find', name) : ''), 1)
    }
  }

  private type(text: string): Predicate {
    const types = text.split(',')
    for (const type of types) {
      if (type.length > 1) throw this.error("Must separate multiple arguments to -type using: ','")
      if (!/^[bcdpflsD]$/.test(type)) throw this.error(`Unknown argument to -type: ${type}`)
    }
    return (found) => types.includes(found.kind === 'directory' ? 'd' : 'f')
  }

  private depth(name: string): Predicate {
    const text = this.argument(name)
    if (!/^[0-9]+$/.test(text)) {
      throw this.error(`Expected a positive decimal integer argument to ${name}, but got \u2018${text}\u2019`)
    }
    if (name === '-maxdepth') this.most = Number(text)
    else this.least = Number(text)
    return () => true
  }

  /** Sizes are rounded up to the unit before they are compared. */
  private size(text: string): Predicate {
    const last = text.slice(-1)
    const unit = /[0-9]/.test(last) ? 512 : UNITS[last]
    if (unit === undefined) throw this.error(`invalid -size type \`${last}'`)
    const match = /^([+-]?)([0-9]+)[bcwkMG]?$/.exec(text)
    if (match === null) throw this.error(`Invalid argument \`${text}' to -size`)
    const wanted = Number(match[2])
    return (found) => {
      const size = Math.ceil((found.kind === 'directory' ? DIRECTORY_SIZE : this.bytes(found)) / unit)
      return match[1] === '+' ? size > wanted : match[1] === '-' ? size < wanted : size === wanted
    }
  }

  private newer(name: string): Predicate {
    const kind = kindOf(this.process, name)
    if (typeof kind === 'number') throw this.error(`\u2018${name}\u2019: ${strerror(-kind)}`)
    const reference = this.modified(name)
    return (found) => this.modified(found.path) > reference
  }

  private modified(path: string): number {
    return this.process.host.files.modifiedNs(this.process.resolve(path))
  }

  private bytes(found: Found): number {
    const bytes = this.process.readBytes(found.path)
    return typeof bytes === 'number' ? 0 : bytes.length
  }

  private remove(found: Found): boolean {
    if (found.path === '.') return true
    const { files } = this.process.host
    const full = this.process.resolve(found.path)
    const error = found.kind === 'directory' ? files.removeDirectory(full) : files.remove(full)
    if (error === 0) return true
    const reason = -error === EEXIST ? ENOTEMPTY : -error
    this.complain(`cannot delete \u2018${found.path}\u2019: ${strerror(reason)}`)
    return false
  }

  /** `-exec COMMAND ;` once for each, `-exec COMMAND {} +` with many. */
  private command(): Predicate {
    this.acts = true
    const start = this.at
    let end = start
    const isEnd = (at: number): boolean =>
      this.words[at] === ';' || this.words[at] === '+' && at > start && this.words[at - 1] === '{}'
    while (end < this.words.length && !isEnd(end)) end++
    if (end >= this.words.length) throw this.error("missing argument to `-exec'")
    if (end === start) throw this.error(`invalid argument \`${this.words[end]}' to \`-exec'`)
    this.at = end + 1
    const argv = this.words.slice(start, end)
    if (this.words[end] === ';') {
      return (found) => this.execute(argv.map((word) => word.replaceAll('{}', found.path)))
    }
    if (argv.filter((word) => word.includes('{}')).length > 1) {
      throw this.error('Only one instance of {} is supported with -exec ... +')
    }
    const batch = { command: argv.slice(0, -1), paths: [] as string[] }
    this.batches.push(batch)
    return (found) => {
      batch.paths.push(found.path)
      return true
    }
  }
}

/** As ls shows them. */
const DIRECTORY_SIZE = 4096

function isEmpty(names: readonly string[] | number): boolean {
  return typeof names !== 'number' && names.length === 0
}

/** What -name looks at: the last part, without slashes behind it. */
function lastPart(path: string): string {
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? path === '' ? '' : '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1)
}
