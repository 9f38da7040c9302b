import { EACCES, EISDIR, ENOENT, strerror } from '../base/errno.ts'
import type { Process } from '../host/process.ts'
import { listSysctls, readSysctl, sysctlPath, writeSysctl } from '../inet/sysctl.ts'
import { getopt } from './getopt.ts'
import { notModelled } from './not-modelled.ts'

/** sysctl of procps 4.0.2: reads and writes the settings below /proc/sys of the process's network namespace. */
const SHORT = 'bneNwfpqoxaAXr:Vdhs'
const LONG: Readonly<Record<string, string>> = {
  all: 'a', deprecated: 'deprecated', 'dry-run': 'dry-run', binary: 'b', ignore: 'e', names: 'N', values: 'n',
  load: 'p', system: 'system', 'pattern=': 'r', quiet: 'q', write: 'w', help: 'h', version: 'V',
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
    const status = run.apply(name, value)
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
  private pattern: RegExp | null = null

  constructor(private readonly process: Process) {}

  /** Takes an option; a status ends the program. */
  apply(name: string, value: string): number | null {
    switch (name) {
      case 'b': this.newline = false; this.valueOnly = true; break
      case 'n': this.valueOnly = true; break
      case 'e': this.ignore = true; break
      case 'N': this.nameOnly = true; break
      case 'w': this.write = true; break
      case 'f': case 'p': this.load = true; break
      case 'q': this.quiet = true; break
      case 'a': case 'A': case 'X': this.all = true; break
      case 'o': case 'x': case 's': break
      case 'deprecated': this.deprecated = true; break
      case 'dry-run': this.dryRun = true; break
      case 'r': return this.setPattern(value)
      case 'system':
        this.process.stderr.write(notModelled('sysctl', '--system'))
        return 1
      case 'V': this.process.stdout.write('sysctl from procps-ng 4.0.2\n'); return 0
      default: this.process.stdout.write(USAGE); return 0
    }
    return null
  }

  async run(operands: readonly string[]): Promise<number> {
    if (this.all) return this.showAll()
    if (this.load) return this.loadFiles(operands.length === 0 ? ['/etc/sysctl.conf'] : operands)
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

  private setPattern(text: string): number | null {
    try {
      this.pattern = new RegExp(text)
      return null
    } catch {
      this.process.stderr.write(notModelled('sysctl', `-r '${text}'`))
      return 1
    }
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
    if (this.pattern !== null && !this.pattern.test(name)) return 0
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
    if (before === -ENOENT) return ignore ? 0 : this.unknown(path)
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
      return ignore ? 0 : 1
    }
    if (this.quiet) return 0
    const shown = this.valueOnly ? value : this.nameOnly ? dotted(path) : `${dotted(path)} = ${value}`
    this.process.stdout.write(shown + (this.newline ? '\n' : ''))
    return 0
  }

  /** -p: lines "name = value"; '#' and ';' begin comments, '-' before a name ignores its errors. */
  private async loadFiles(files: readonly string[]): Promise<number> {
    let status = 0
    for (const file of files) {
      const text = file === '-' ? await this.process.stdin.readAll() : this.process.readFile(file)
      if (typeof text === 'number') {
        this.complain(`cannot open "${file}": ${strerror(-text)}`)
        status = 1
        continue
      }
      for (const [index, line] of text.split('\n').entries()) {
        const trimmed = line.trim()
        if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue
        const equals = trimmed.indexOf('=')
        if (equals < 0) {
          this.complain(`${file}(${index + 1}): invalid syntax, continuing...`)
          continue
        }
        const ignore = trimmed.startsWith('-')
        const name = trimmed.slice(ignore ? 1 : 0, equals).trim()
        if (this.writeValue(name, trimmed.slice(equals + 1).trim(), this.ignore || ignore) !== 0) status = 1
      }
    }
    return status
  }

  private unknown(path: string): number {
    this.complain(`cannot stat /proc/sys/${path}: ${strerror(ENOENT)}`)
    return 1
  }

  private complain(text: string): void {
    this.process.stderr.write(`sysctl: ${text}\n`)
  }
}

/** "net/ipv4/conf/eth1.5/rp_filter" as sysctl shows it: "net.ipv4.conf.eth1/5.rp_filter". */
function dotted(path: string): string {
  let name = ''
  for (const character of path) name += character === '/' ? '.' : character === '.' ? '/' : character
  return name
}
