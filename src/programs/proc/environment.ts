import { CAPTURE_EPOCH_SECONDS } from '../../capture/capture-file.ts'
import type { Process, Program } from '../../host/process.ts'
import { SIGALRM, SIGHUP, SIGKILL, SIGNAL_NAMES, SIGTERM, Interrupted } from '../../host/signals.ts'
import { ProgramError, strtod } from '../c-number.ts'
import { strftime } from '../strftime.ts'
import { messageQuote } from '../shell-quote.ts'
import { type Arguments, gnuProgram, LONGEST_NS, quoteNameAlways } from '../text/gnu.ts'

/** env, printenv, uname, whoami, id, nproc, uptime, nohup and timeout: what surrounds a process. */
export const env: Program = gnuProgram({
  short: '+C:iS:u:v0',
  long: {
    'ignore-environment': 'i', 'null': '0', 'unset=': 'u', 'chdir=': 'C', 'default-signal': 'sig?', 'ignore-signal': 'sig?',
    'block-signal': 'sig?', 'list-signal-handling': 'sig', 'debug': 'v', 'split-string=': 'S',
  },
  lacks: ['C', 'S', 'v', 'sig'],
  status: 125,
}, async (process, args) => {
  const operands = [...args.operands]
  let ignore = args.has('i')
  if (operands[0] === '-') {
    ignore = true
    operands.shift()
  }
  const variables: Record<string, string> = ignore ? {} : { ...process.env }
  for (const { name, value } of args.options) {
    if (name !== 'u') continue
    if (value === '' || value.includes('=')) throw args.error(`cannot unset ${messageQuote(value)}: Invalid argument`, 125)
    delete variables[value]
  }
  while (operands[0]?.includes('=')) {
    const word = operands.shift() ?? ''
    const at = word.indexOf('=')
    variables[word.slice(0, at)] = word.slice(at + 1)
  }
  if (operands.length === 0) {
    const end = args.has('0') ? '\0' : '\n'
    for (const [name, value] of Object.entries(variables)) process.stdout.write(`${name}=${value}${end}`)
    return 0
  }
  if (args.has('0')) throw args.usageError('cannot specify --null (-0) with command')
  const run = process.execute(operands, variables)
  if (run === null) throw args.error(`${messageQuote(operands[0])}: No such file or directory`, 127)
  return run
})

export const printenv: Program = gnuProgram({ short: '+0', long: { null: '0' }, status: 2 }, async (process, args) => {
  const end = args.has('0') ? '\0' : '\n'
  if (args.operands.length === 0) {
    for (const [name, value] of Object.entries(process.env)) process.stdout.write(`${name}=${value}${end}`)
    return 0
  }
  let status = 0
  for (const name of args.operands) {
    const value = name in process.env ? process.env[name] : undefined
    if (value === undefined || name.includes('=')) status = 1
    else process.stdout.write(value + end)
  }
  return status
})

/** What a Debian 12 answers: kernel 6.1 of its first release, on a PC. */
const RELEASE = '6.1.0-9-amd64'
const VERSION = '#1 SMP PREEMPT_DYNAMIC Debian 6.1.27-1 (2023-05-08)'

export const uname: Program = gnuProgram({
  short: 'asnrvmpio',
  long: {
    'all': 'a', 'kernel-name': 's', 'sysname': 's', 'nodename': 'n', 'kernel-release': 'r', 'release': 'r',
    'kernel-version': 'v', 'machine': 'm', 'processor': 'p', 'hardware-platform': 'i', 'operating-system': 'o',
  },
}, async (process, args) => {
  if (args.operands.length > 0) throw args.usageError(`extra operand \u2018${args.operands[0]}\u2019`)
  const parts: readonly (readonly [string, string])[] = [
    ['s', 'Linux'], ['n', process.host.name], ['r', RELEASE], ['v', VERSION], ['m', 'x86_64'], ['p', 'unknown'],
    ['i', 'unknown'], ['o', 'GNU/Linux'],
  ]
  const all = args.has('a')
  const shown = parts.filter(([letter, text]) => all ? text !== 'unknown'
    : args.has(letter) || (args.options.length === 0 && letter === 's'))
  process.stdout.write(`${shown.map(([, text]) => text).join(' ')}\n`)
  return 0
})

export const whoami: Program = gnuProgram({ short: '' }, async (process, args) => {
  if (args.operands.length > 0) throw args.usageError(`extra operand \u2018${args.operands[0]}\u2019`)
  process.stdout.write('root\n')
  return 0
})

export const id: Program = gnuProgram({
  short: 'agGnruzZ',
  long: { 'context': 'Z', 'group': 'g', 'groups': 'G', 'name': 'n', 'real': 'r', 'user': 'u', 'zero': 'z' },
  lacks: ['Z', 'z'],
}, async (process, args) => {
  const kinds = ['u', 'g', 'G'].filter((letter) => args.has(letter))
  if (kinds.length > 1) throw args.error('cannot print "only" of more than one choice')
  if (kinds.length === 0 && (args.has('n') || args.has('r'))) {
    throw args.error('cannot print only names or real IDs in default format')
  }
  for (const name of args.operands) {
    if (name !== 'root' && name !== '0') throw args.error(`\u2018${name}\u2019: no such user`)
  }
  const text = kinds.length === 0 ? 'uid=0(root) gid=0(root) groups=0(root)' : args.has('n') ? 'root' : '0'
  process.stdout.write(`${text}\n`)
  return 0
})

/** Every host is a machine with one processor. */
export const nproc: Program = gnuProgram({
  short: '', long: { 'all': 'all', 'ignore=': 'ignore' },
}, async (process, args) => {
  if (args.operands.length > 0) throw args.usageError(`extra operand \u2018${args.operands[0]}\u2019`)
  const ignore = args.value('ignore')
  if (ignore !== undefined && !/^[0-9]+$/.test(ignore)) throw args.error(`invalid number: \u2018${ignore}\u2019`)
  process.stdout.write('1\n')
  return 0
})

/** uptime of procps-ng 4.0.2: up since virtual time began, nobody logged in, no load. */
export const uptime: Program = gnuProgram({
  short: 'phsV', long: { pretty: 'p', since: 's' }, lacks: ['h', 'V', 'p'], usage: uptimeUsage,
}, async (process, args) => {
  const seconds = Math.floor(process.nowNs / 1e9)
  if (args.has('s')) {
    process.stdout.write(`${strftime('%Y-%m-%d %H:%M:%S', CAPTURE_EPOCH_SECONDS)}\n`)
    return 0
  }
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor(seconds / 3600) % 24
  const minutes = Math.floor(seconds / 60) % 60
  const since = days === 0 ? '' : `${days} ${days === 1 ? 'day' : 'days'}, `
  const up = hours === 0 ? `${minutes} min` : `${String(hours).padStart(2)}:${String(minutes).padStart(2, '0')}`
  const now = strftime('%H:%M:%S', CAPTURE_EPOCH_SECONDS + seconds)
  process.stdout.write(` ${now} up ${since}${up},  0 users,  load average: 0.00, 0.00, 0.00\n`)
  return 0
})

function uptimeUsage(): string {
  return '\nUsage:\n uptime [options]\n\nOptions:\n -p, --pretty   show uptime in pretty format\n'
    + ' -h, --help     display this help and exit\n -s, --since    system up since\n'
    + ' -V, --version  output version information and exit\n\nFor more details see uptime(1).\n'
}

export const nohup: Program = gnuProgram({ short: '+', status: 125 }, async (process, args) => {
  if (args.operands.length === 0) throw args.usageError('missing operand')
  process.ignored.add(SIGHUP)
  const ignoring = process.isTerminal(0) ? 'ignoring input' : ''
  if (process.isTerminal(0)) reopen(process, 0, '/dev/null', 'r')
  if (process.isTerminal(1)) {
    reopen(process, 1, 'nohup.out', 'a')
    args.complain(`${ignoring}${ignoring === '' ? '' : ' and '}appending output to 'nohup.out'`)
  } else if (ignoring !== '') args.complain(ignoring)
  if (process.isTerminal(2)) {
    const descriptor = process.descriptors.get(1)
    if (descriptor !== undefined) process.attach(descriptor.file, 2)
  }
  const run = process.execute(args.operands)
  if (run === null) {
    throw args.error(`failed to run command ${quoteNameAlways(args.operands[0])}: No such file or directory`, 127)
  }
  return run
})

function reopen(process: Process, fd: number, path: string, mode: 'r' | 'a'): void {
  const file = process.open(path, mode)
  if (typeof file !== 'number') process.attach(file, fd)
}

/** A signal by number or name, with or without SIG; -1 for none. */
export function signalNumber(text: string): number {
  if (/^[0-9]+$/.test(text)) return Number(text) <= 64 ? Number(text) : -1
  const name = text.toUpperCase().replace(/^SIG/, '')
  return name === '' ? -1 : name === 'EXIT' ? 0 : SIGNAL_NAMES.indexOf(name)
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

function duration(args: Arguments, text: string): number {
  const { value, rest } = strtod(text)
  if (rest === text || !(rest in UNITS) || value < 0) throw args.usageError(`invalid time interval \u2018${text}\u2019`)
  return Math.min(Math.round(value * UNITS[rest] * 1e9), LONGEST_NS)
}

export const timeout: Program = gnuProgram({
  short: '+k:s:v',
  long: { 'foreground': 'foreground', 'kill-after=': 'k', 'preserve-status': 'preserve', 'signal=': 's', 'verbose': 'v' },
  status: 125,
}, async (process, args) => {
  const signalText = args.value('s')
  const signal = signalText === undefined ? SIGTERM : signalNumber(signalText)
  const killAfter = args.value('k')
  const killAfterNs = killAfter === undefined ? 0 : duration(args, killAfter)
  if (signal < 0) throw args.usageError(`${messageQuote(signalText ?? '')}: invalid signal`)
  const [span, ...command] = args.operands
  if (command.length === 0) throw new ProgramError(`Try '${args.name} --help' for more information.\n`, 125)
  const limitNs = duration(args, span)
  if (process.host.findProgram(command[0]) === null) {
    throw args.error(`failed to run command ${messageQuote(command[0])}: No such file or directory`, 127)
  }
  const child = process.spawn(command)
  let timedOut = false
  const tell = (number: number): void => {
    if (!args.has('v')) return
    args.complain(`sending signal ${SIGNAL_NAMES[number] || number} to command ${messageQuote(command[0])}`)
  }
  if (limitNs > 0 && !await exitsWithin(process, child, limitNs)) {
    timedOut = true
    tell(signal)
    child.kill(signal)
    if (killAfterNs > 0 && !await exitsWithin(process, child, killAfterNs)) {
      tell(SIGKILL)
      child.kill(SIGKILL)
    }
  }
  for (;;) {
    try {
      await process.waitExit(child)
      break
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      child.kill(error.signal === SIGALRM ? signal : error.signal)
    }
  }
  if (timedOut && child.status === 128 + SIGKILL && !args.has('preserve')) return 128 + SIGKILL
  return timedOut && !args.has('preserve') ? 124 : child.status
})

/** Waits for a child at most so long, handing on the signals that come; whether it has ended. */
async function exitsWithin(process: Process, child: Process, spanNs: number): Promise<boolean> {
  const deadlineNs = process.nowNs + spanNs
  while (!child.exited && process.nowNs < deadlineNs) {
    try {
      await process.waitChange([child], deadlineNs)
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      child.kill(error.signal)
    }
  }
  return child.exited
}
