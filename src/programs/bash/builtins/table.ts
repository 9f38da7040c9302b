import type { Builtin } from '../language.ts'
import * as control from './control.ts'
import { type DeclareArgument, runDeclaration, unset } from './declare.ts'
import { historyBuiltin } from '../interactive/history-builtin.ts'
import * as io from './io.ts'
import * as jobs from './jobs.ts'
import * as state from './state.ts'

const declares: Builtin = (shell, argv) => runDeclaration(shell, argv[0], argv.slice(1) as readonly DeclareArgument[])

/** The shell's own commands by name. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['.', control.source], [':', () => 0], ['[', io.test], ['alias', state.alias], ['bg', jobs.resume], ['bind', state.refused],
  ['break', control.jumpLoop], ['builtin', control.builtin], ['caller', state.caller], ['cd', state.cd],
  ['command', control.command], ['compgen', state.refused], ['complete', state.refused], ['compopt', state.refused],
  ['continue', control.jumpLoop], ['declare', declares], ['dirs', state.refused], ['disown', jobs.disown], ['echo', io.echo],
  ['enable', state.refused], ['eval', control.evaluates], ['exec', control.exec], ['exit', control.exit],
  ['export', declares], ['false', () => 1], ['fc', state.refused], ['fg', jobs.resume], ['getopts', state.getopts],
  ['hash', state.hash], ['help', state.refused], ['history', historyBuiltin], ['jobs', jobs.jobs], ['kill', jobs.kill],
  ['let', state.lets], ['local', declares], ['logout', state.refused], ['mapfile', io.mapfile], ['popd', state.refused],
  ['printf', io.printf], ['pushd', state.refused], ['pwd', state.pwd], ['read', io.read], ['readarray', io.mapfile],
  ['readonly', declares], ['return', control.returns], ['set', state.set], ['shift', control.shift],
  ['shopt', state.shopt], ['source', control.source], ['suspend', state.refused], ['test', io.test],
  ['times', state.times], ['trap', state.trap], ['true', () => 0], ['type', control.type], ['typeset', declares],
  ['ulimit', state.refused], ['umask', state.umask], ['unalias', state.unalias], ['unset', unset], ['wait', jobs.wait],
])
