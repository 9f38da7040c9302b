import { EACCES, EISDIR, ENOENT, EOPNOTSUPP, strerror } from '../base/errno.ts'
import type { Process } from '../host/process.ts'
import { listSysctls, readSysctl, sysctlPath, writeSysctl } from '../inet/sysctl.ts'
import { compilePattern } from './bash/pattern.ts'
import { joinPath, kindOf, listDirectory } from './file-tree.ts'
import { getopt } from './getopt.ts'
import { notModelled } from './not-modelled.ts'
import { compileRegex, Regex } from './text/regex.ts'

/** sysctl of procps 4.0.2: reads and writes the settings below /proc/sys of the process's network namespace. */
const SHORT = 'bneNwf::p::qoxaAXr:Vdhs'
const LONG: Readonly<Record<string, string>> = {
  all: 'a', deprecated: 'deprecated', 'dry-run': 'dry-run', binary: 'b', ignore: 'e', names: 'N', values: 'n',
  load: 'p?', system: 'system', 'pattern=': 'r', quiet: 'q', write: 'w', help: 'h', version: 'V',
}

const USAGE = `
Usage:
 sysctl [options] [variable[=value] ...]

Options:
  -a, --all            display all variables
  -A                   alias of -a
  -X                   alias of -a
      --deprecated     include deprecated parameters to listing
      --dry-run        Print the key and values but do not write
  -b, --binary         print value without new line
  -e, --ignore         ignore unknown variables errors
  -N, --names          print variable names without values
  -n, --values         print only values of the given variable(s)
  -p, --load[=<file>]  read values from file
  -f                   alias of -p
      --system         read values from all system directories
  -r, --pattern <expression>
                       select setting that match expression
  -q, --quiet          do not echo variable set
  -w, --write          enable writing a value to variable
  -o                   does nothing
  -x                   does nothing
  -d                   alias of -h

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see sysctl(8).
`

/** The program `sysctl`. */
export async function sysctl(process: Process): Promise<number> {
  const run = new Sysctl(process)
  const { options, operands } = getopt(process.argv, { short: SHORT, long: LONG }, (text) => process.stderr.write(text))
  for (const { name, value } of options) {
    const status = name === 'system' ? run.loadSystem() : run.apply(name, value)
    if (status !== null) return status
  }
  return run.run(operands)
}

/** Left out of listings unless --deprecated: those with a newer name in milliseconds. */
const DEPRECATED = /\/(?:base_reachable_time|retrans_time)$/

class Sysctl {
  private all = false
  private load = false
  private write = false
  private quiet = false
  private ignore = false
  private dryRun = false
  private deprecated = false
  private nameOnly = false
  private valueOnly = false
  private newline = true
  private matches: (name: string) => boolean = () => true
  private readonly files: string[] = []

  constructor(private readonly process: Process) {}

  /** Takes an option; a status ends the program. */
  apply(name: string, value: string): number | null {
    switch (name) {
      case 'b': this.newline = false; this.valueOnly = true; break
      case 'n': this.valueOnly = true; break
      case 'e': this.ignore = true; break
      case 'N': this.nameOnly = true; break
      case 'w': this.write = true; break
      case 'f': case 'p':
        this.load = true
        if (value !== '') this.files.push(value)
        break
      case 'q': this.quiet = true; break
      case 'a': case 'A': case 'X': this.all = true; break
      case 'o': case 'x': case 's': break
      case 'deprecated': this.deprecated = true; break
      case 'dry-run': this.dryRun = true; break
      case 'r': {
        const regex = compileRegex(value, { extended: true })
        this.matches = regex instanceof Regex ? (text) => regex.test(text) : () => false
        break
      }
      case 'V': this.process.stdout.write('sysctl from procps-ng 4.0.2\n'); return 0
      default: this.process.stdout.write(USAGE); return 0
    }
    return null
  }

  async run(operands: readonly string[]): Promise<number> {
    if (this.all) return this.showAll()
    if (this.load) {
      const files = [...this.files, ...operands]
      return this.loadFiles(files.length === 0 ? ['/etc/sysctl.conf'] : files)
    }
    if (operands.length === 0) {
      this.process.stderr.write(USAGE)
      return 1
    }
    let status = 0
    for (const operand of operands) {
      const one = this.write || operand.includes('=') ? this.set(operand) : this.show(operand)
      if (one !== 0) status = one
    }
    return status
  }

  private get ns() {
    return this.process.namespace.ns
  }

  private showAll(): number {
    for (const path of listSysctls(this.ns)) if (this.deprecated || !DEPRECATED.test(path)) this.print(path)
    return 0
  }

  /** Shows a setting, or all below a directory. */
  private show(name: string): number {
    const path = sysctlPath(name)
    const value = this.read(path)
    if (value === -EISDIR) {
      for (const each of listSysctls(this.ns)) {
        if (each.startsWith(`${path}/`) && (this.deprecated || !DEPRECATED.test(each))) this.print(each)
      }
      return 0
    }
    if (typeof value === 'string') return this.print(path)
    if (value === -ENOENT) return this.ignore ? 0 : this.unknown(path)
    this.complain(value === -EACCES ? `permission denied on key '${dotted(path)}'` : `reading key "${dotted(path)}"`)
    return 1
  }

  private read(path: string): string | number {
    if (path === 'kernel/hostname') return this.process.host.name
    return readSysctl(this.ns, path)
  }

  private print(path: string): number {
    const name = dotted(path)
    if (!this.matches(name)) return 0
    const value = this.read(path)
    if (typeof value === 'number') return 0 // write-only
    const shown = this.valueOnly ? value : this.nameOnly ? name : `${name} = ${value}`
    this.process.stdout.write(shown + (this.newline ? '\n' : ''))
    return 0
  }

  private set(text: string): number {
    if (text.trimStart().length < 2) return 1 // no line of a file, procps thinks
    const equals = text.indexOf('=')
    const name = text.slice(0, equals).trim()
    if (equals < 0 || name === '') {
      this.complain(equals < 0 ? 'command line(0): invalid syntax, continuing...'
        : 'Path is not under /proc/sys/: /proc/sys/')
      return 1
    }
    return this.writeValue(name, text.slice(equals + 1).trim(), this.ignore)
  }

  private writeValue(name: string, value: string, ignore: boolean): number {
    const path = sysctlPath(name)
    const before = this.read(path)
    if (before === -ENOENT) return this.ignore ? 0 : this.unknown(path)
    if (before === -EISDIR) {
      this.complain(`setting key "${dotted(path)}": ${strerror(EISDIR)}`)
      return 1
    }
    if (path === 'kernel/hostname') {
      this.process.stderr.write(notModelled('sysctl', `-w ${name}`))
      return 1
    }
    const error = this.dryRun ? 0 : writeSysctl(this.ns, path, value)
    if (error !== 0) {
      this.complain(`setting key "${dotted(path)}"${ignore ? ', ignoring' : ''}: ${strerror(-error)}`)
      if (error === -EOPNOTSUPP) this.process.stderr.write(notModelled('sysctl', `-w ${dotted(path)}`))
      return ignore ? 0 : 1
    }
    if (this.quiet) return 0
    const shown = this.valueOnly || this.nameOnly ? value : `${dotted(path)} = ${value}`
    this.process.stdout.write(shown + (this.newline ? '\n' : ''))
    return 0
  }

  /** -p: reads all files, then sets what they say. */
  private async loadFiles(files: readonly string[]): Promise<number> {
    const lines: ConfigurationLine[] = []
    let status = 0
    for (const file of files) {
      const found = file === '-' ? [file] : expand(this.process, file)
      let number = 0
      for (const name of found) {
        const text = name === '-' ? await this.process.stdin.readAll() : this.process.readFile(name)
        if (text === -EISDIR) continue
        if (typeof text === 'number') {
          this.complain(`cannot open "${name}": ${strerror(-text)}`)
          status = 1
        } else number = this.parse(name, text, number, lines)
      }
    }
    return this.setAll(lines) || status
  }

  /** --system: the files of all directories by name, those of the first directory that has a name, then the last. */
  loadSystem(): number {
    this.ignore = true
    const found = new Map<string, string>()
    for (const directory of SYSTEM_DIRECTORIES) {
      const names = listDirectory(this.process, directory)
      if (typeof names === 'number') continue
      for (const name of names) {
        if (name.endsWith('.conf') && !name.startsWith('.') && !found.has(name)) found.set(name, joinPath(directory, name))
      }
    }
    const files = [...found.keys()].sort().map((name) => found.get(name) ?? '')
    const lines: ConfigurationLine[] = []
    for (const file of [...files, '/etc/sysctl.conf']) {
      const text = this.process.readFile(file)
      if (typeof text === 'number') continue
      if (!this.quiet) this.process.stdout.write(`* Applying ${file} ...\n`)
      this.parse(file, text, 0, lines)
    }
    return this.setAll(lines)
  }

  /**
   * Lines "name = value"; '#' and ';' begin comments, '-' before a name ignores its errors, and alone takes the name out
   * of later patterns. Returns the number of the last line.
   */
  private parse(file: string, text: string, before: number, lines: ConfigurationLine[]): number {
    let number = before
    for (const line of (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')) {
      number++
      const trimmed = line.trim()
      if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue
      const equals = trimmed.indexOf('=')
      const ignore = trimmed.startsWith('-')
      if (!this.matches(trimmed.slice(0, equals < 0 ? undefined : equals).trim())) continue
      if (equals < 0 && !ignore) {
        this.complain(`${file}(${number}): invalid syntax, continuing...`)
        continue
      }
      const name = trimmed.slice(ignore ? 1 : 0, equals < 0 ? undefined : equals).trim()
      lines.push({ name, value: equals < 0 ? null : trimmed.slice(equals + 1).trim(), ignore })
    }
    return number
  }

  private setAll(lines: readonly ConfigurationLine[]): number {
    let status = 0
    const explicit = new Set(lines.filter(({ name }) => !isGlob(name)).map(({ name }) => sysctlPath(name)))
    for (const { name, value, ignore } of lines) {
      if (value === null) continue
      const path = sysctlPath(name)
      const excluded = new Set(lines.filter((line) => line.value === null).flatMap((line) => this.matching(line.name)))
      const paths = isGlob(name) ? this.matching(name).filter((each) => !explicit.has(each) && !excluded.has(each)) : [path]
      for (const each of paths) {
        if (this.writeValue(each, value, this.ignore || ignore) !== 0) status = 1
      }
    }
    return status
  }

  /** The settings that a name with `*`, `?` or `[` stands for. */
  private matching(name: string): string[] {
    const parts = sysctlPath(name).split('/').map((part) => compilePattern(part, { extglob: false }))
    return listSysctls(this.ns).filter((path) => {
      const own = path.split('/')
      return own.length === parts.length && own.every((part, i) => parts[i].matches(part))
    })
  }

  private unknown(path: string): number {
    this.complain(`cannot stat /proc/sys/${path}: ${strerror(ENOENT)}`)
    return 1
  }

  private complain(text: string): void {
    this.process.stderr.write(`sysctl: ${text}\n`)
  }
}

interface ConfigurationLine {
  readonly name: string
  /** null: only to be left out of patterns. */
  readonly value: string | null
  readonly ignore: boolean
}

const SYSTEM_DIRECTORIES = ['/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d', '/lib/sysctl.d']

function isGlob(name: string): boolean {
  return /[*?[]/.test(name)
}

/** glob(): the files that a name stands for; itself, when there is none. */
function expand(process: Process, name: string): readonly string[] {
  if (!isGlob(name)) return [name]
  let found = [name.startsWith('/') ? '/' : '']
  for (const part of name.split('/').filter((each) => each !== '')) {
    const pattern = compilePattern(part, { extglob: false })
    found = found.flatMap((directory) => {
      const names = isGlob(part) ? listDirectory(process, directory === '' ? '.' : directory) : [part]
      if (typeof names === 'number') return []
      return names.filter((each) => !isGlob(part) || pattern.matches(each) && (!each.startsWith('.') || part.startsWith('.')))
        .map((each) => directory === '' ? each : joinPath(directory, each))
    }).filter((path) => typeof kindOf(process, path) !== 'number')
  }
  return found.length === 0 ? [name] : found
}

/** "net/ipv4/conf/eth1.5/rp_filter" as sysctl shows it: "net.ipv4.conf.eth1/5.rp_filter". */
function dotted(path: string): string {
  let name = ''
  for (const character of path) name += character === '/' ? '.' : character === '.' ? '/' : character
  return name
}
