import type { Process } from '../../host/process.ts'
import { SIGINT, SIGPIPE, SIGTERM } from '../../host/signals.ts'
import type { Shell } from './shell.ts'
import { SIGNAL_TEXTS } from './signal-texts.ts'

/** Says that a signal ended a child in the foreground, as bash does but for SIGINT and SIGPIPE. */
export function notifyOfDeath(shell: Shell, child: Process, command: string): void {
  const { endedBy } = child
  if (endedBy === 0 || endedBy === SIGINT || endedBy === SIGPIPE) return
  const text = SIGNAL_TEXTS[endedBy] ?? `Unknown signal ${endedBy}`
  if (endedBy === SIGTERM || shell.origin === 'interactive') shell.process.stderr.write(`${text}\n`)
  else shell.process.stderr.write(`${shell.prefix}${String(child.pid).padStart(5)} ${text.padEnd(24)}${command}\n`)
}
