import type { Process } from '../../../host/process.ts'
import { Interrupted, isIgnoredByDefault, SIGHUP, SIGKILL, SIGNAL_NAMES, SIGTERM,
  stops } from '../../../host/signals.ts'
import { notModelled } from '../errors.ts'
import { type Run, ShellError, wait as waitFor } from '../flow.ts'
import { type Job, stateOf } from '../jobs.ts'
import type { Shell } from '../shell.ts'
import { signalTable } from './state.ts'

/** jobs, wait, kill, fg, bg, disown: on virtual time. */

export function jobs(shell: Shell, argv: readonly string[]): number {
  const flags = argv.slice(1).filter((word) => /^-./.test(word)).join('').replaceAll('-', '')
  for (const letter of flags) {
    if (!'lprs'.includes(letter)) {
      if (letter === 'n') throw new ShellError(notModelled('bash: jobs -n'), 2)
      shell.error(`jobs: -${letter}: invalid option`)
      shell.process.stderr.write('jobs: usage: jobs [-lnprs] [jobspec ...] or jobs -x command [args]\n')
      return 2
    }
  }
  const specs = argv.slice(1).filter((word) => !/^-./.test(word))
  let status = 0
  const chosen: Job[] = []
  if (specs.length === 0) chosen.push(...shell.jobs.all)
  for (const spec of specs) {
    const job = findJob(shell, 'jobs', spec)
    if (job === null) status = 1
    else chosen.push(job)
  }
  for (const job of chosen) {
    const state = stateOf(job)
    if (flags.includes('r') && state !== 'Running' || flags.includes('s') && state !== 'Stopped') continue
    if (flags.includes('p')) shell.out(`${job.processes[0].pid}\n`)
    else shell.out(`${shell.jobs.describe(job, flags.includes('l'))}\n`)
  }
  // What has ended was told of now.
  for (const job of [...shell.jobs.all]) if (stateOf(job) === 'Done' && !flags.includes('p')) shell.jobs.remove(job)
  return status
}

function findJob(shell: Shell, command: string, spec: string): Job | null {
  const job = spec.startsWith('%') || command !== 'wait' ? shell.jobs.find(spec) : null
  if (job === 'ambiguous') {
    shell.error(`${command}: ${spec.replace(/^%/, '')}: ambiguous job spec`)
    return null
  }
  if (job === null) shell.error(`${command}: ${spec}: no such job`)
  return job
}

/** wait [-n] [id ...]: a signal with a trap ends it, with 128 + n. */
export function* wait(shell: Shell, argv: readonly string[]): Run<number> {
  let at = 1
  let any = false
  let into: string | null = null
  for (; at < argv.length && /^-[nfp]$/.test(argv[at]); at++) {
    if (argv[at] === '-n') any = true
    else if (argv[at] === '-p') into = argv[++at] ?? null
  }
  if (/^-./.test(argv[at] ?? '')) {
    shell.error(`wait: ${argv[at].slice(0, 2)}: invalid option`)
    shell.process.stderr.write('wait: usage: wait [-fn] [-p var] [id ...]\n')
    return 2
  }
  const ids = argv.slice(at)
  try {
    if (any) return yield* waitAny(shell, ids, into)
    if (ids.length === 0) {
      for (const job of [...shell.jobs.all]) yield* waitJob(shell, job)
      return 0
    }
    let status = 0
    for (const id of ids) status = yield* waitOne(shell, id)
    return status
  } catch (error) {
    if (error instanceof Caught) return 128 + error.signal
    throw error
  }
}

/** A signal that has a trap came during `wait`. */
class Caught extends Error {
  override readonly name = 'Caught'

  constructor(readonly signal: number) {
    super()
  }
}

function* waitFirst(shell: Shell, processes: readonly Process[]): Run {
  while (!processes.some((process) => process.exited)) {
    try {
      yield* waitFor(shell.process.waitChange(processes))
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      shell.traps.receive(error.signal)
      if (shell.traps.get(String(error.signal)) !== '') throw new Caught(error.signal)
    }
  }
}

function* waitJob(shell: Shell, job: Job): Run<number> {
  for (const process of job.processes) yield* waitFirst(shell, [process])
  if (shell.monitor === null) shell.jobs.remove(job) // or else it is told of before the next prompt
  return job.processes[job.processes.length - 1].status
}

function* waitOne(shell: Shell, id: string): Run<number> {
  if (id.startsWith('%')) {
    const job = findJob(shell, 'wait', id)
    return job === null ? 127 : yield* waitJob(shell, job)
  }
  if (!/^[0-9]+$/.test(id)) return shell.error(`wait: \`${id}': not a pid or valid job spec`)
  const job = shell.jobs.byPid(Number(id))
  if (job !== null) {
    const process = job.processes.find(({ pid }) => pid === Number(id))
    if (process === undefined || process === job.processes[job.processes.length - 1]) return yield* waitJob(shell, job)
    yield* waitFirst(shell, [process])
    return process.status
  }
  const status = shell.jobs.statuses.get(Number(id))
  return status ?? shell.error(`wait: pid ${id} is not a child of this shell`, 127)
}

function* waitAny(shell: Shell, ids: readonly string[], into: string | null): Run<number> {
  const jobs = ids.length === 0 ? [...shell.jobs.all]
    : ids.map((id) => id.startsWith('%') ? shell.jobs.find(id) : shell.jobs.byPid(Number(id)))
      .filter((job): job is Job => job !== null && job !== 'ambiguous')
  if (jobs.length === 0) return 127
  const lasts = jobs.map((job) => job.processes[job.processes.length - 1])
  yield* waitFirst(shell, lasts)
  const first = jobs.find((job) => job.processes[job.processes.length - 1].exited) ?? jobs[0]
  const last = first.processes[first.processes.length - 1]
  shell.jobs.remove(first)
  if (into !== null) shell.assignReference(into, null, String(last.pid))
  return last.status
}

/** kill [-s sig | -n num | -sig] pid | %job ...; kill -l */
export function kill(shell: Shell, argv: readonly string[]): number {
  let at = 1
  let signal = SIGTERM
  if (argv[1] === '-l' || argv[1] === '-L') return listSignals(shell, argv.slice(2))
  if (argv[1] === '-s' || argv[1] === '-n') {
    const number = signalNumber(argv[2] ?? '')
    if (argv[2] === undefined) return shell.error(`kill: ${argv[1]}: option requires an argument`)
    if (number === null) return shell.error(`kill: ${argv[2]}: invalid signal specification`)
    signal = number
    at = 3
  } else if (/^-./.test(argv[1] ?? '') && argv[1] !== '--') {
    const number = signalNumber(argv[1].slice(1))
    if (number === null) return shell.error(`kill: ${argv[1].slice(1)}: invalid signal specification`)
    signal = number
    at = 2
  }
  if (argv[at] === '--') at++
  if (at >= argv.length) {
    shell.process.stderr.write('kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n')
    return 2
  }
  let status = 0
  for (const word of argv.slice(at)) if (!killOne(shell, word, signal)) status = 1
  return status
}

function killOne(shell: Shell, word: string, signal: number): boolean {
  if (word.startsWith('%')) {
    const job = findJob(shell, 'kill', word)
    if (job === null) return false
    for (const process of job.processes) process.kill(signal)
    if (signal === SIGTERM || signal === SIGHUP) shell.monitor?.killed(job)
    return true
  }
  if (!/^-?[0-9]+$/.test(word)) {
    shell.error(`kill: ${word}: arguments must be process or job IDs`)
    return false
  }
  const pid = Number(word)
  const { host } = shell.process
  if (pid === shell.process.pid) killSelf(shell, signal)
  else if (pid <= 0) host.signalGroup(pid === 0 ? shell.process.group : -pid, signal)
  else {
    const process = host.processes.get(pid)
    if (process === undefined) {
      if (shell.jobs.byPid(pid) !== null) return true // ended, and not yet waited for
      shell.error(`kill: (${pid}) - No such process`)
      return false
    }
    process.kill(signal)
  }
  return true
}

/** A signal to the shell itself is there at once. */
function killSelf(shell: Shell, signal: number): void {
  if (signal === 0 || shell.process.ignored.has(signal)) return
  if (signal === SIGKILL) {
    shell.replaced = true // no trap is run
    throw new Interrupted(SIGKILL)
  }
  if (stops(signal) && !shell.traps.catches(signal)) shell.process.kill(signal)
  else if (shell.traps.catches(signal) || !isIgnoredByDefault(signal)) shell.traps.receive(signal)
}

function signalNumber(text: string): number | null {
  if (/^[0-9]+$/.test(text)) return Number(text) <= 64 ? Number(text) : null
  const name = text.toUpperCase().replace(/^SIG/, '')
  if (name === 'EXIT') return 0
  const number = SIGNAL_NAMES.indexOf(name)
  return number > 0 ? number : null
}

function listSignals(shell: Shell, words: readonly string[]): number {
  if (words.length === 0) {
    shell.out(signalTable())
    return 0
  }
  let status = 0
  for (const word of words) {
    if (/^[0-9]+$/.test(word)) {
      const number = Number(word) > 128 ? Number(word) - 128 : Number(word)
      const name = number === 0 ? 'EXIT' : SIGNAL_NAMES[number]
      if (name === undefined) status = shell.error(`kill: ${word}: invalid signal specification`)
      else shell.out(`${name}\n`)
    } else {
      const number = signalNumber(word)
      if (number === null) status = shell.error(`kill: ${word}: invalid signal specification`)
      else shell.out(`${number}\n`)
    }
  }
  return status
}

/** fg and bg, which need job control. */
export function* resume(shell: Shell, argv: readonly string[]): Run<number> {
  const [name, spec = '%+'] = argv
  if (shell.origin !== 'interactive') return shell.error(`${name}: no job control`)
  const job = shell.jobs.find(spec)
  if (job === null || job === 'ambiguous') return shell.error(`${name}: ${argv[1] ?? 'current'}: no such job`)
  if (shell.monitor === null) return shell.error(`${name}: no job control`)
  if (name === 'bg' && stateOf(job) === 'Running') return shell.error(`bg: job ${job.id} already in background`)
  return yield* shell.monitor.resume(job, name === 'fg')
}

export function disown(shell: Shell, argv: readonly string[]): number {
  const words = argv.slice(1)
  if (words[0] === '-a') {
    for (const job of [...shell.jobs.all]) shell.jobs.remove(job)
    return 0
  }
  if (words[0] === '-h') return 0
  let status = 0
  for (const word of words.length === 0 ? ['%+'] : words) {
    const job = /^[0-9]+$/.test(word) ? shell.jobs.byPid(Number(word)) : shell.jobs.find(word)
    if (job === null || job === 'ambiguous') {
      status = shell.error(`disown: ${words.length === 0 ? 'current' : word}: no such job`)
    } else shell.jobs.remove(job)
  }
  return status
}
