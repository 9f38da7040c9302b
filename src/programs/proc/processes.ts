import { CAPTURE_EPOCH_SECONDS } from '../../capture/capture-file.ts'
import type { Process, Program } from '../../host/process.ts'
import { SIGNAL_NAMES, SIGTERM } from '../../host/signals.ts'
import { ProgramError } from '../c-number.ts'
import { notModelled } from '../not-modelled.ts'
import { strftime } from '../strftime.ts'
import { compileRegex, Regex } from '../text/regex.ts'
import { gnuProgram } from '../text/gnu.ts'
import { signalNumber } from './environment.ts'
import { KILLALL_USAGE, PGREP_USAGE, PKILL_USAGE } from './usage.ts'

/**
 * ps, kill, pgrep, pkill (procps-ng 4.0.2) and killall (psmisc 23.6) over a host's processes. A process here takes no
 * processor time and no memory that Linux would count, so those columns are zero.
 */
function alive(process: Process): Process[] {
  return [...process.host.processes.values()].filter((each) => !each.exited).sort((a, b) => a.pid - b.pid)
}

function nameOf(process: Process): string {
  return (process.argv[0] ?? '').split('/').pop() ?? ''
}

function state(process: Process, self: Process): string {
  return process.stopped ? 'T' : process === self ? 'R' : 'S'
}

function terminal(process: Process): string {
  return [0, 1, 2].some((fd) => process.isTerminal(fd)) ? 'pts/0' : '?'
}

function startOf(process: Process): string {
  return strftime('%H:%M', CAPTURE_EPOCH_SECONDS + Math.floor(process.startedAtNs / 1e9))
}

type Format = 'short' | 'full' | 'user'

export const ps: Program = async (process) => {
  let format: Format = 'short'
  let all = false
  for (const word of process.argv.slice(1)) {
    if (/^-[eAfF]+$/.test(word) && !word.includes('F')) {
      if (word.includes('f')) format = 'full'
      all = all || /[eA]/.test(word)
    } else if (/^[aux]+$/.test(word)) {
      if (word.includes('u')) format = 'user'
      all = all || word.includes('x') || word.includes('a')
    } else {
      const what = word.startsWith('-') ? 'error: unsupported SysV option' : 'error: unsupported option (BSD syntax)'
      process.stderr.write(`${what}\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n`
        + "  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n"
        + notModelled('ps', word))
      return 1
    }
  }
  const own = terminal(process)
  const list = alive(process).filter((each) => all || terminal(each) === own)
  const head: Readonly<Record<Format, string>> = {
    short: '    PID TTY          TIME CMD', full: 'UID          PID    PPID  C STIME TTY          TIME CMD',
    user: 'USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND',
  }
  process.stdout.write(`${head[format]}\n`)
  for (const each of list) {
    const pid = String(each.pid).padStart(7)
    const tty = terminal(each).padEnd(8)
    if (format === 'short') process.stdout.write(`${pid} ${tty} 00:00:00 ${nameOf(each)}\n`)
    else if (format === 'full') {
      const parent = String(each.parent?.pid ?? 0).padStart(7)
      process.stdout.write(`root     ${pid} ${parent}  0 ${startOf(each)} ${tty} 00:00:00 ${each.argv.join(' ')}\n`)
    } else {
      const letters = state(each, process).padEnd(4)
      process.stdout.write(`root     ${pid}  0.0  0.0      0     0 ${tty} ${letters} ${startOf(each)}   0:00 `
        + `${each.argv.join(' ')}\n`)
    }
  }
  return 0
}

const KILL_USAGE = '\nUsage:\n kill [options] <pid> [...]\n\nOptions:\n'
  + ' <pid> [...]            send signal to every <pid> listed\n'
  + ' -<signal>, -s, --signal <signal>\n                        specify the <signal> to be sent\n'
  + ' -q, --queue <value>    integer value to be sent with the signal\n'
  + ' -l, --list=[<signal>]  list all signal names, or convert one to a name\n'
  + ' -L, --table            list all signal names in a nice table\n\n'
  + ' -h, --help     display this help and exit\n -V, --version  output version information and exit\n\n'
  + 'For more details see kill(1).\n'

/** /bin/kill. */
export const kill: Program = async (process) => {
  const words = process.argv.slice(1)
  let signal = SIGTERM
  const [first] = words
  const fail = (text: string): number => {
    process.stderr.write(text)
    return 1
  }
  if (first === undefined) return fail(KILL_USAGE)
  if (first === '-l' || first === '--list') {
    if (words[1] === undefined) {
      process.stdout.write(`${SIGNAL_NAMES.slice(1).map((name) => name === 'IO' ? 'POLL' : name).join(' ')}\n`)
      return 0
    }
    const number = signalNumber(words[1])
    if (number < 0) {
      process.stderr.write(`${process.argv[0]}: unknown signal name ${words[1]}\n`)
      return 0
    }
    process.stdout.write(/^[0-9]+$/.test(words[1]) ? `${SIGNAL_NAMES[number % 128] ?? ''}\n` : `${number}\n`)
    return 0
  }
  if (first === '-s' || first === '--signal') {
    words.shift()
    const name = words.shift()
    if (name === undefined) return fail(`${process.argv[0]}: invalid argument s\n${KILL_USAGE}`)
    signal = signalNumber(name)
  } else if (first === '--') words.shift()
  else if (/^-./.test(first)) {
    const number = signalNumber(first.slice(1))
    if (number < 0) return fail(`${process.argv[0]}: invalid option -- '${first[1]}'\n${KILL_USAGE}`)
    signal = number
    words.shift()
    if (words[0] === '--') words.shift()
  }
  if (words.length === 0) return fail(KILL_USAGE)
  let status = 0
  for (const word of words) {
    if (!/^-?[0-9]+$/.test(word)) {
      status = fail(`${process.argv[0]}: failed to parse argument: '${word}'\n`)
      continue
    }
    const pid = Number(word)
    if (pid > 0) {
      const target = process.host.processes.get(pid)
      if (target === undefined) status = fail(`${process.argv[0]}: (${pid}): No such process\n`)
      else if (signal < 0) status = fail(`${process.argv[0]}: (${pid}): Invalid argument\n`)
      else target.kill(signal)
    } else {
      const group = pid === 0 ? process.group : -pid
      const members = alive(process).filter((each) => each.group === group)
      if (members.length === 0) status = fail(`${process.argv[0]}: (${pid}): No such process\n`)
      for (const each of members) each.kill(signal)
    }
  }
  return status
}

const GREP_LONG = {
  'signal=': 'signal', 'delimiter=': 'd', 'list-name': 'l', 'list-full': 'a', 'inverse': 'v', 'lightweight': 'w',
  'count': 'c', 'full': 'f', 'pgroup=': 'g', 'group=': 'G', 'ignore-case': 'i', 'newest': 'n', 'oldest': 'o', 'older=': 'O',
  'parent=': 'P', 'session=': 's', 'terminal=': 't', 'euid=': 'u', 'uid=': 'U', 'exact': 'x', 'pidfile=': 'F',
  'logpidfile': 'L', 'runstates=': 'r', 'ignore-ancestors': 'A', 'cgroup=': 'cgroup', 'ns=': 'ns', 'nslist=': 'nslist',
  'echo': 'e', 'queue=': 'q',
}

function matcher(sending: boolean): Program {
  return (process) => {
    let signal = SIGTERM
    const [, first = ''] = process.argv
    const asSignal = /^-[A-Z0-9]/.test(first) && sending ? signalNumber(first.slice(1)) : -1
    if (asSignal >= 0) {
      signal = asSignal
      process.argv = [process.argv[0], ...process.argv.slice(2)]
    }
    return gnuProgram({
      short: sending ? 'cfevinoxP:g:s:u:U:G:t:F:LAO:r:q:H' : 'cfilnovxwd:aP:g:s:u:U:G:t:F:LAO:r:',
      long: GREP_LONG, status: 2,
      lacks: ['g', 's', 'u', 'U', 'G', 't', 'F', 'L', 'A', 'O', 'r', 'q', 'H', 'w', 'cgroup', 'ns', 'nslist'],
      usage: () => sending ? PKILL_USAGE : PGREP_USAGE,
    }, async (self, args) => {
      const tryHelp = `Try \`${args.name} --help' for more information.\n`
      const [pattern, extra] = args.operands
      const parent = args.value('P')
      const named = args.value('signal')
      if (named !== undefined) {
        signal = signalNumber(named)
        if (signal < 0) throw new ProgramError(`${args.name}: Unknown signal "${named}".\n${tryHelp}`, 2)
      }
      if (extra !== undefined) throw new ProgramError(`${args.name}: only one pattern can be provided\n${tryHelp}`, 2)
      if (pattern === undefined && parent === undefined) {
        throw new ProgramError(`${args.name}: no matching criteria specified\n${tryHelp}`, 2)
      }
      const source = args.has('x') ? `^(${pattern ?? ''})$` : pattern ?? ''
      const regex = compileRegex(source, { extended: true, ignoreCase: args.has('i') })
      if (!(regex instanceof Regex)) throw new ProgramError(`${args.name}: regex error: ${regex.message}\n`, 2)
      let found = alive(self).filter((each) => each !== self
        && (parent === undefined || parent.split(',').includes(String(each.parent?.pid ?? 0)))
        && regex.test(args.has('f') ? each.argv.join(' ') : nameOf(each)) !== args.has('v'))
      if (args.has('n') && found.length > 0) found = [newest(found)]
      if (args.has('o') && found.length > 0) found = [found[0]]
      if (sending) {
        for (const each of found) {
          each.kill(signal)
          if (args.has('e')) self.stdout.write(`${nameOf(each)} killed (pid ${each.pid})\n`)
        }
        if (args.has('c')) self.stdout.write(`${found.length}\n`)
      } else if (args.has('c')) self.stdout.write(`${found.length}\n`)
      else if (found.length > 0) {
        const lines = found.map((each) => args.has('a') ? `${each.pid} ${each.argv.join(' ')}`
          : args.has('l') ? `${each.pid} ${nameOf(each)}` : String(each.pid))
        self.stdout.write(lines.join(args.value('d') ?? '\n') + '\n')
      }
      return found.length > 0 ? 0 : 1
    })(process)
  }
}

function newest(found: readonly Process[]): Process {
  return found.reduce((best, each) => each.startedAtNs >= best.startedAtNs ? each : best)
}

export const pgrep: Program = matcher(false)
export const pkill: Program = matcher(true)

/** killall NAME...: all processes of that name. */
export const killall: Program = async (process) => {
  const words = process.argv.slice(1)
  let signal = SIGTERM
  let quiet = false
  while (words[0]?.startsWith('-')) {
    const option = words.shift() ?? ''
    if (option === '--') break
    if (option === '-q') quiet = true
    else {
      const text = option === '-s' ? words.shift() ?? '' : option.slice(1)
      signal = signalNumber(text)
      if (signal < 0) {
        process.stderr.write(`${text}: unknown signal; killall -l lists signals.\n${notModelled('killall', option)}`)
        return 1
      }
    }
  }
  if (words.length === 0) {
    process.stderr.write(KILLALL_USAGE)
    return 1
  }
  let status = 0
  for (const name of words) {
    const found = alive(process).filter((each) => each !== process && nameOf(each) === name)
    if (found.length === 0) {
      if (!quiet) process.stderr.write(`${name}: no process found\n`)
      status = 1
    }
    for (const each of found) each.kill(signal)
  }
  return status
}
