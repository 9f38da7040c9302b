import { SIGNAL_NAMES } from '../../../host/signals.ts'
import { notModelled } from '../errors.ts'
import { quoteValue } from '../expand/quote.ts'
import { ShellError } from '../flow.ts'
import { evaluate } from '../arithmetic.ts'
import { dollarMinus, SET_OPTIONS, setOption, SHOPT_DEFAULTS, WORKING_SET_OPTIONS, WORKING_SHOPTS } from '../options.ts'
import type { Shell } from '../shell.ts'
import { findCommand, pathOf } from '../find.ts'
import { isDirectory } from '../tree.ts'
import { trapKey, trapName } from '../traps.ts'
import { setLine } from './declare.ts'

/** set, shopt, trap, cd, pwd, umask, hash, getopts, let, alias, times. */

export function set(shell: Shell, argv: readonly string[]): number {
  if (argv.length === 1) {
    for (const name of shell.variables.names()) {
      const variable = shell.variables.find(name)
      if (variable !== undefined && (variable.isArray
        || variable.value !== undefined)) shell.out(`${setLine(name, variable)}\n`)
    }
    return 0
  }
  let at = 1
  for (; at < argv.length; at++) {
    const word = argv[at]
    if (word === '--' || word === '-') {
      if (word === '-') for (const name of ['xtrace', 'verbose']) setOption(shell.options, name, false)
      if (word === '--' || at + 1 < argv.length) shell.positional = argv.slice(at + 1)
      return 0
    }
    if (!/^[-+]./.test(word)) break
    const value = word.startsWith('-')
    for (const letter of word.slice(1)) {
      if (letter === 'o') {
        const name = argv[at + 1]
        if (name === undefined) return listOptions(shell, value)
        at++
        if (!SET_OPTIONS.some(([one]) => one === name)) return shell.error(`set: ${name}: invalid option name`, 2)
        change(shell, name, value)
        continue
      }
      const option = SET_OPTIONS.find(([, one]) => one === letter)
      if (option === undefined) {
        shell.error(`set: ${word[0]}${letter}: invalid option`)
        shell.process.stderr.write('set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n')
        return 2
      }
      change(shell, option[0], value)
    }
  }
  if (at < argv.length) shell.positional = argv.slice(at)
  return 0
}

function change(shell: Shell, name: string, value: boolean): void {
  if (!WORKING_SET_OPTIONS.has(name) && shell.options.all.get(name) !== value) {
    throw new ShellError(notModelled(`bash: set ${value ? '-' : '+'}o ${name}`), 2)
  }
  setOption(shell.options, name, value)
}

function listOptions(shell: Shell, table: boolean): number {
  for (const [name] of SET_OPTIONS) {
    const value = shell.options.all.get(name) === true
    shell.out(table ? `${name.padEnd(15)}\t${value ? 'on' : 'off'}\n` : `set ${value ? '-' : '+'}o ${name}\n`)
  }
  return 0
}

/** Options that bash is started with: -e, -o pipefail. False: there is no such one. */
export function startOption(shell: Shell, name: string, value: boolean): boolean {
  if (!SET_OPTIONS.some(([one]) => one === name)) return false
  change(shell, name, value)
  return true
}

export function shopt(shell: Shell, argv: readonly string[]): number {
  let at = 1
  const flags = new Set<string>()
  for (; at < argv.length && /^-[a-z]+$/.test(argv[at]); at++) {
    for (const letter of argv[at].slice(1)) {
      if (!'pqsuo'.includes(letter)) {
        shell.error(`shopt: -${letter}: invalid option`)
        shell.process.stderr.write('shopt: usage: shopt [-pqsu] [-o] [optname ...]\n')
        return 2
      }
      flags.add(letter)
    }
  }
  const names = argv.slice(at)
  const setOptions = flags.has('o')
  const all = setOptions ? SET_OPTIONS.map(([name]) => name) : SHOPT_DEFAULTS.map(([name]) => name).sort()
  const valueOf = (name: string): boolean => setOptions ? shell.options.all.get(name) === true : shell.shopt[name]
  const line = (name: string): string => !flags.has('p')
    ? `${name.padEnd(setOptions ? 15 : 15)}\t${valueOf(name) ? 'on' : 'off'}\n`
    : setOptions ? `set ${valueOf(name) ? '-' : '+'}o ${name}\n` : `shopt ${valueOf(name) ? '-s' : '-u'} ${name}\n`
  const changing = flags.has('s') || flags.has('u')
  if (names.length === 0) {
    for (const name of all) if (!changing || valueOf(name) === flags.has('s')) shell.out(line(name))
    return 0
  }
  let status = 0
  for (const name of names) {
    if (!all.includes(name)) status = shell.error(`shopt: ${name}: invalid ${setOptions ? '' : 'shell '}option name`)
    else if (!changing) {
      if (!flags.has('q')) shell.out(line(name))
      if (!valueOf(name)) status = 1
    } else if (setOptions) change(shell, name, flags.has('s'))
    else {
      if (!WORKING_SHOPTS.has(name) && shell.shopt[name] !== flags.has('s')) {
        throw new ShellError(notModelled(`bash: shopt ${flags.has('s') ? '-s' : '-u'} ${name}`), 2)
      }
      shell.shopt[name] = flags.has('s')
    }
  }
  return status
}

export function trap(shell: Shell, argv: readonly string[]): number {
  const words = argv[1] === '--' ? argv.slice(2) : argv.slice(1)
  if (words[0] === '-l') {
    shell.out(signalTable())
    return 0
  }
  if (words.length === 0 || words[0] === '-p') {
    const keys = words.slice(1).map(trapKey)
    for (const [key, command] of shell.traps.list()) {
      if (keys.length === 0 || keys.includes(key)) shell.out(`trap -- ${quoteValue(command)} ${trapName(key)}\n`)
    }
    return 0
  }
  if (/^-[^-]/.test(words[0])) {
    shell.error(`trap: ${words[0].slice(0, 2)}: invalid option`)
    shell.process.stderr.write('trap: usage: trap [-lp] [[arg] signal_spec ...]\n')
    return 2
  }
  const reset = words.length === 1 || words[0] === '-' || /^[0-9]+$/.test(words[0]) && trapKey(words[0]) !== null
  const names = words.length === 1 || reset && words[0] !== '-' ? words : words.slice(1)
  let status = 0
  for (const name of names) {
    const key = trapKey(name)
    if (key === null) status = shell.error(`trap: ${name}: invalid signal specification`)
    else if (key === 'DEBUG' || key === 'RETURN') throw new ShellError(notModelled(`bash: trap ${key}`), 2, true)
    else if (key !== '9' && key !== '19') shell.traps.set(key, reset ? null : words[0])
  }
  return status
}

/** As `kill -l` and `trap -l` list the signals: five a row, real-time ones included. */
export function signalTable(): string {
  const names: string[] = []
  for (let signal = 1; signal <= 64; signal++) {
    if (signal === 32 || signal === 33) continue
    names.push(`${String(signal).padStart(2)}) SIG${realTimeName(signal) ?? SIGNAL_NAMES[signal]}`)
  }
  let text = ''
  for (const [index, name] of names.entries()) text += name + (index % 5 === 4 || index === names.length - 1 ? '\n'
    : '\t')
  return text.replace(/\n$/, '\t\n').replace(/\t\n$/, '\t\n')
}

function realTimeName(signal: number): string | null {
  if (signal < 34) return null
  if (signal === 34) return 'RTMIN'
  if (signal === 64) return 'RTMAX'
  return signal <= 49 ? `RTMIN+${signal - 34}` : `RTMAX-${64 - signal}`
}

export function cd(shell: Shell, argv: readonly string[]): number {
  let at = 1
  for (; at < argv.length && /^-[LPe@]+$/.test(argv[at]); at++);
  if (argv[at] === '--') at++
  else if (/^-[^-]/.test(argv[at] ?? '')) {
    shell.error(`cd: ${argv[at].slice(0, 2)}: invalid option`)
    shell.process.stderr.write('cd: usage: cd [-L|[-P [-e]] [-@]] [dir]\n')
    return 2
  }
  if (argv.length - at > 1) return shell.error('cd: too many arguments')
  const word = argv[at]
  const { variables, process } = shell
  const target = word === undefined ? variables.get('HOME') : word === '-' ? variables.get('OLDPWD') : word
  if (target === undefined) return shell.error(`cd: ${word === '-' ? 'OLDPWD' : 'HOME'} not set`)
  let path = target
  let told = word === '-'
  const paths = variables.get('CDPATH')
  if (paths !== undefined && word !== undefined && word !== '-' && !/^\.{0,2}(?:\/|$)/.test(word)) {
    for (const one of paths.split(':')) {
      const candidate = one === '' ? word : `${one}/${word}`
      if (!isDirectory(process, candidate)) continue
      path = candidate
      told = one !== ''
      break
    }
  }
  if (!isDirectory(process, path)) {
    const reason = shell.exists(path) ? 'Not a directory' : 'No such file or directory'
    return shell.error(`cd: ${target}: ${reason}`)
  }
  const before = process.cwd
  process.cwd = process.resolve(path)
  exported(shell, 'OLDPWD', before)
  exported(shell, 'PWD', process.cwd)
  if (told) shell.out(`${process.cwd}\n`)
  return 0
}

function exported(shell: Shell, name: string, value: string): void {
  shell.assignReference(name, null, value)
  const variable = shell.variables.find(name)
  if (variable !== undefined) variable.exported = true
}

export function pwd(shell: Shell, argv: readonly string[]): number {
  if (/^-[^LP-]/.test(argv[1] ?? '')) {
    shell.error(`pwd: ${argv[1].slice(0, 2)}: invalid option`)
    shell.process.stderr.write('pwd: usage: pwd [-LP]\n')
    return 2
  }
  return shell.out(`${shell.process.cwd}\n`, 'pwd') ? 0 : 1
}

export function umask(shell: Shell, argv: readonly string[]): number {
  const symbolic = argv.includes('-S')
  const word = argv.slice(1).find((one) => !one.startsWith('-'))
  if (word !== undefined) {
    if (!/^[0-7]+$/.test(word)) {
      if (/^[0-9]/.test(word)) return shell.error(`umask: ${word}: octal number out of range`)
      throw new ShellError(notModelled(`bash: umask ${word}`), 1)
    }
    if (parseInt(word, 8) > 0o777) return shell.error(`umask: ${word}: octal number out of range`)
    shell.umask = parseInt(word, 8)
    if (!symbolic) return 0
  }
  const bits = (shift: number): string => ['r', 'w', 'x'].filter((_,
    index) => (shell.umask >> shift & 4 >> index) === 0).join('')
  shell.out(symbolic ? `u=${bits(6)},g=${bits(3)},o=${bits(0)}\n` : `${shell.umask.toString(8).padStart(4, '0')}\n`)
  return 0
}

export function hash(shell: Shell, argv: readonly string[]): number {
  if (argv[1] === '-r') {
    shell.hashed.clear()
    return 0
  }
  if (/^-./.test(argv[1] ?? '')) throw new ShellError(notModelled(`bash: hash ${argv[1]}`), 2)
  if (argv.length === 1) {
    if (shell.hashed.size === 0) shell.out('hash: hash table empty\n')
    else {
      shell.out('hits\tcommand\n')
      for (const name of shell.hashed) shell.out(`   0\t${pathOf(name)}\n`)
    }
    return 0
  }
  let status = 0
  for (const name of argv.slice(1)) {
    if (findCommand(shell, name).status === 0) shell.hashed.add(name)
    else status = shell.error(`hash: ${name}: not found`)
  }
  return status
}

/** getopts optstring name [arg ...] */
export function getopts(shell: Shell, argv: readonly string[]): number {
  const [, options, name, ...given] = argv
  if (options === undefined || name === undefined) {
    shell.process.stderr.write('getopts: usage: getopts optstring name [arg ...]\n')
    return 2
  }
  const args = argv.length > 3 ? given : shell.positional
  const { variables } = shell
  const index = Number(variables.get('OPTIND') ?? '1') || 1
  if (index !== shell.optionIndex) [shell.optionIndex, shell.optionAt] = [index, 0]
  const word = args[index - 1]
  const end = (next: number): number => {
    shell.assignReference('OPTIND', null, String(next))
    shell.assignReference(name, null, '?')
    variables.unset('OPTARG')
    ;[shell.optionIndex, shell.optionAt] = [next, 0]
    return 1
  }
  if (shell.optionAt === 0) {
    if (word === undefined || !/^-./.test(word)) return end(index)
    if (word === '--') return end(index + 1)
    shell.optionAt = 1
  }
  const letter = word[shell.optionAt++]
  const silent = options.startsWith(':')
  const quiet = silent || variables.get('OPTERR') === '0'
  const place = letter === ':' ? -1 : options.indexOf(letter, silent ? 1 : 0)
  let next = index
  const wordDone = shell.optionAt >= word.length
  let value: string | null = null
  let result = letter
  if (place < 0) {
    result = '?'
    if (silent) value = letter
    else if (!quiet) shell.process.stderr.write(`${shell.name}: illegal option -- ${letter}\n`)
    if (wordDone) next++
  } else if (options[place + 1] === ':') {
    next++
    if (!wordDone) value = word.slice(shell.optionAt)
    else if (args[next - 1] !== undefined) value = args[next++ - 1]
    else {
      result = silent ? ':' : '?'
      if (silent) value = letter
      else if (!quiet) shell.process.stderr.write(`${shell.name}: option requires an argument -- ${letter}\n`)
    }
  } else if (wordDone) next++
  if (next !== index) shell.optionAt = 0
  shell.optionIndex = next
  shell.assignReference('OPTIND', null, String(next))
  if (value === null) variables.unset('OPTARG')
  else shell.assignReference('OPTARG', null, value)
  shell.assignReference(name, null, result)
  return 0
}

export function lets(shell: Shell, argv: readonly string[]): number {
  const words = argv[1] === '--' ? argv.slice(2) : argv.slice(1)
  if (words.length === 0) return shell.error('let: expression expected')
  let value = 0n
  for (const word of words) value = evaluate(word, shell, 'let: ')
  return value === 0n ? 1 : 0
}

export function alias(shell: Shell, argv: readonly string[]): number {
  const words = argv.slice(1).filter((word) => word !== '-p')
  const show = (name: string): void => {
    shell.out(`alias ${name}=${quoteValue(shell.aliases.get(name) ?? '')}\n`)
  }
  if (words.length === 0) for (const name of [...shell.aliases.keys()].sort()) show(name)
  let status = 0
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals > 0) shell.aliases.set(word.slice(0, equals), word.slice(equals + 1))
    else if (shell.aliases.has(word)) show(word)
    else status = shell.error(`alias: ${word}: not found`)
  }
  return status
}

export function unalias(shell: Shell, argv: readonly string[]): number {
  if (argv[1] === '-a') {
    shell.aliases.clear()
    return 0
  }
  let status = 0
  for (const name of argv.slice(1)) if (!shell.aliases.delete(name)) status = shell.error(`unalias: ${name}: not found`)
  return status
}

export function times(shell: Shell): number {
  shell.out('0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n')
  return 0
}

export function caller(shell: Shell): number {
  if (shell.functionNames.length === 0 && shell.sourcing === 0) return 1
  throw new ShellError(notModelled('bash: caller'), 2)
}

export function refused(shell: Shell, argv: readonly string[]): number {
  return shell.error(notModelled(`bash: ${argv[0]}`), 2)
}

/** $- for whoever shows it. */
export function flagsOf(shell: Shell): string {
  return dollarMinus(shell.options, '')
}

