import type { Program } from '../../host/process.ts'
import { env, id, nohup, nproc, printenv, timeout, uname, uptime, whoami } from './environment.ts'
import { kill, killall, pgrep, pkill, ps } from './processes.ts'
import { watch } from './watch.ts'

/** The programs about processes and the machine they run on. */
export const PROCESS_PROGRAMS: readonly (readonly [string, Program])[] = [
  ['env', env], ['id', id], ['kill', kill], ['killall', killall], ['nohup', nohup], ['nproc', nproc], ['pgrep', pgrep],
  ['pkill', pkill], ['printenv', printenv], ['ps', ps], ['timeout', timeout], ['uname', uname], ['uptime', uptime],
  ['watch', watch], ['whoami', whoami],
]
