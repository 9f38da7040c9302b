/**
 * Signals, as far as programs here meet them. A process that waits in a system call when one comes sees the call fail
 * with Interrupted; one that does not catch it ends with status 128 + the signal's number, as the shell reports it.
 */
export const SIGHUP = 1
export const SIGINT = 2
export const SIGQUIT = 3
export const SIGABRT = 6
export const SIGKILL = 9
export const SIGTERM = 15

const NAMES: Readonly<Record<number, string>> = {
  1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 6: 'SIGABRT', 9: 'SIGKILL', 15: 'SIGTERM',
}

/** "SIGINT" for 2; "SIG42" for one without a name here. */
export function signalName(signal: number): string {
  return NAMES[signal] ?? `SIG${signal}`
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
