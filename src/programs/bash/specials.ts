import type { RandomStream } from '../../engine/random.ts'
import type { Shell } from './shell.ts'
import { Variable } from './variables.ts'

/** Variables that the shell sets, and those whose value is made when it is asked for (bash(1), Shell Variables). */

export const BASH_VERSION = '5.2.15(1)-release'
const NAMESPACE = 'x86_64-pc-linux-gnu'

/** Gives a shell its variables: those of the process's environment and its own. A fork has a copy of them. */
export function defineSpecials(shell: Shell, from: Shell | null): void {
  const { variables } = shell
  let secondsFromNs = from === null ? shell.process.nowNs : 0
  const random = (): RandomStream => shell.process.host.random('bash')
  const dynamic = {
    RANDOM: { get: () => String(random().below(32768)), set: () => {} },
    SRANDOM: { get: () => String(random().below(4294967296)) },
    SECONDS: {
      get: () => String(Math.floor((shell.process.nowNs - secondsFromNs) / 1e9)),
      set: (value: string) => { secondsFromNs = shell.process.nowNs - (Number.parseInt(value, 10) || 0) * 1e9 },
    },
    EPOCHSECONDS: { get: () => String(Math.floor(shell.epochSeconds)), set: () => {} },
    EPOCHREALTIME: { get: () => epochRealtime(shell), set: () => {} },
    LINENO: { get: () => String(shell.line), set: () => {} },
    BASHPID: { get: () => String(shell.process.pid), set: () => {} },
    BASH_SUBSHELL: { get: () => String(shell.subshells), set: () => {} },
    BASH_SOURCE: { get: () => shell.sources[0], set: () => {} },
    FUNCNAME: { get: () => shell.functionNames[shell.functionNames.length - 1] ?? '', set: () => {} },
    _: { get: () => shell.lastArgument, set: () => {} },
    HISTCMD: { get: () => '1' },
    PIPESTATUS: { get: () => String(shell.pipeStatus[0]), set: () => {} },
  }
  for (const [name, variable] of Object.entries(dynamic)) {
    if (from === null || from.variables.dynamic.has(name)) variables.dynamic.set(name, variable)
  }
  if (from === null) defineOwn(shell)
}

function epochRealtime(shell: Shell): string {
  const us = Math.floor(shell.process.nowNs / 1000)
  return `${Math.floor(shell.epochSeconds)}.${String(us % 1_000_000).padStart(6, '0')}`
}

function defineOwn(shell: Shell): void {
  const { variables, process } = shell
  shell.shellPid = process.pid
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^[A-Za-z_]\w*$/.test(name)) continue
    variables.set(name, value)
    const variable = variables.find(name)
    if (variable !== undefined) variable.exported = true
  }
  const own: [string, string][] = [
    ['BASH', '/usr/bin/bash'], ['BASH_VERSION', BASH_VERSION], ['HOSTTYPE', 'x86_64'], ['OSTYPE', 'linux-gnu'],
    ['MACHTYPE', NAMESPACE], ['HOSTNAME', process.host.name], ['IFS', ' \t\n'], ['PS4', '+ '], ['OPTIND', '1'], ['OPTERR', '1'],
  ]
  for (const [name, value] of own) if (variables.find(name) === undefined || name === 'IFS') variables.set(name, value)
  exported(shell, 'PWD', process.cwd)
  exported(shell, 'SHLVL', String((Number.parseInt(variables.get('SHLVL') ?? '0', 10) || 0) + 1))
  for (const [name, value] of [['UID', '0'], ['EUID', '0'], ['PPID', String(process.parent?.pid ?? 0)]]) {
    const variable = new Variable()
    Object.assign(variable, { value, integer: true, readonly: true })
    variables.setScoped(name, variable)
  }
  const info = new Variable()
  info.readonly = true
  for (const [index, value] of ['5', '2', '15', '1', 'release', NAMESPACE].entries()) info.setElement(String(index), value)
  variables.setScoped('BASH_VERSINFO', info)
  const groups = new Variable()
  groups.setElement('0', '0')
  variables.setScoped('GROUPS', groups)
}

function exported(shell: Shell, name: string, value: string): void {
  shell.variables.set(name, value)
  const variable = shell.variables.find(name)
  if (variable !== undefined) variable.exported = true
}
