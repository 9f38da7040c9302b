/**
 * Signals, as far as programs here meet them. A process that waits in a system call when one comes sees the call fail
 * with Interrupted; one that does not catch it ends with status 128 + the signal's number, as the shell reports it.
 */
export const SIGHUP = 1
export const SIGINT = 2
export const SIGQUIT = 3
export const SIGABRT = 6
export const SIGKILL = 9
export const SIGUSR1 = 10
export const SIGUSR2 = 12
export const SIGPIPE = 13
export const SIGALRM = 14
export const SIGTERM = 15
export const SIGCHLD = 17
export const SIGCONT = 18
export const SIGSTOP = 19
export const SIGTSTP = 20
export const SIGTTIN = 21
export const SIGTTOU = 22
export const SIGWINCH = 28

/** Names by number without "SIG", as `kill -l` lists them on x86 (0 is none). Real-time signals have none here. */
export const SIGNAL_NAMES: readonly string[] = [
  '', 'HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV', 'USR2', 'PIPE', 'ALRM', 'TERM',
  'STKFLT', 'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'WINCH', 'IO', 'PWR',
  'SYS',
]

/** Signals that stop a process that does not catch them (signal(7)). */
export function stops(signal: number): boolean {
  return signal >= SIGSTOP && signal <= SIGTTOU
}

/** Signals that a process which does not catch them never notices: CHLD, CONT, URG, WINCH. */
export function isIgnoredByDefault(signal: number): boolean {
  return signal === SIGCHLD || signal === SIGCONT || signal === 23 || signal === SIGWINCH
}

/** "SIGINT" for 2; "SIG42" for one without a name here. */
export function signalName(signal: number): string {
  return SIGNAL_NAMES[signal] === undefined || signal <= 0 ? `SIG${signal}` : `SIG${SIGNAL_NAMES[signal]}`
}

/** Thrown by a system call that a signal ended (EINTR). A program may catch it, clean up and return its status. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'

  constructor(readonly signal: number) {
    super(signalName(signal))
  }
}

/** Thrown by Process.exit(): ends the program with that status from any depth. */
export class Exited extends Error {
  override readonly name = 'Exited'

  constructor(readonly status: number) {
    super(`exit ${status}`)
  }
}
