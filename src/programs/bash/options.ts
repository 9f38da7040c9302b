/** The options of `set` and `shopt`: what they are called, and which of them have an effect here. */

/** `set -o` names with their letters; null: without letter. */
export const SET_OPTIONS: readonly (readonly [string, string | null])[] = [
  ['allexport', 'a'], ['braceexpand', 'B'], ['emacs', null], ['errexit', 'e'], ['errtrace', 'E'], ['functrace', 'T'],
  ['hashall', 'h'], ['histexpand', 'H'], ['history', null], ['ignoreeof', null], ['interactive-comments', null],
  ['keyword', 'k'], ['monitor', 'm'], ['noclobber', 'C'], ['noexec', 'n'], ['noglob', 'f'], ['nolog', null],
  ['notify', 'b'], ['nounset', 'u'], ['onecmd', 't'], ['physical', 'P'], ['pipefail', null], ['posix', null],
  ['privileged', 'p'], ['verbose', 'v'], ['vi', null], ['xtrace', 'x'],
]

/** Those that do what they do in bash; switching another one away from its default is refused. */
export const WORKING_SET_OPTIONS: ReadonlySet<string> = new Set([
  'allexport', 'errexit', 'errtrace', 'functrace', 'nounset', 'xtrace', 'noglob', 'noexec', 'verbose', 'noclobber',
    'pipefail', 'braceexpand',
])

export interface SetOptions {
  allexport: boolean
  errexit: boolean
  nounset: boolean
  xtrace: boolean
  noglob: boolean
  noexec: boolean
  verbose: boolean
  noclobber: boolean
  pipefail: boolean
  /** Every option by name, these included. */
  readonly all: Map<string, boolean>
}

export function defaultSetOptions(): SetOptions {
  const all = new Map(SET_OPTIONS.map(([name]) => [name, name === 'braceexpand' || name === 'hashall'
    || name === 'interactive-comments']))
  return {
    all, allexport: false, errexit: false, nounset: false, xtrace: false, noglob: false, noexec: false, verbose: false,
    noclobber: false, pipefail: false,
  }
}

const FIELDS = ['allexport', 'errexit', 'nounset', 'xtrace', 'noglob', 'noexec', 'verbose', 'noclobber',
  'pipefail'] as const

export function setOption(options: SetOptions, name: string, value: boolean): void {
  options.all.set(name, value)
  const field = FIELDS.find((one) => one === name)
  if (field !== undefined) options[field] = value
}

export function copySetOptions(options: SetOptions): SetOptions {
  return { ...options, all: new Map(options.all) }
}

/** $-: the letters of those that are on, in bash's order (flags.c); "c" for bash -c, "s" for a script on stdin. */
export function dollarMinus(options: SetOptions, tail: string): string {
  const letter = (name: string): string => SET_OPTIONS.find(([one]) => one === name)?.[1] ?? ''
  const order = ['allexport', 'notify', 'errexit', 'noglob', 'hashall', 'keyword', 'monitor', 'noexec', 'privileged',
    'onecmd', 'nounset',
    'verbose', 'xtrace', 'braceexpand', 'noclobber', 'errtrace', 'histexpand', 'physical', 'functrace']
  return order.filter((name) => options.all.get(name) === true).map(letter).join('') + tail
}

/** `shopt` names with their defaults in a shell that is not interactive. */
export const SHOPT_DEFAULTS: readonly (readonly [string, boolean])[] = [
  ['autocd', false], ['assoc_expand_once', false], ['cdable_vars', false], ['cdspell', false], ['checkhash', false],
  ['checkjobs', false], ['checkwinsize', true], ['cmdhist', true], ['compat31', false], ['compat32', false],
  ['compat40', false], ['compat41', false], ['compat42', false], ['compat43', false], ['compat44', false],
  ['complete_fullquote', true], ['direxpand', false], ['dirspell', false], ['dotglob', false], ['execfail', false],
  ['expand_aliases', false], ['extdebug', false], ['extglob', false], ['extquote', true], ['failglob', false],
  ['force_fignore', true], ['globasciiranges', true], ['globskipdots', true], ['globstar', false],
  ['gnu_errfmt', false], ['histappend', false], ['histreedit', false], ['histverify', false], ['hostcomplete', true],
  ['huponexit', false], ['inherit_errexit', false], ['interactive_comments', true], ['lastpipe', false],
  ['lithist', false], ['localvar_inherit', false], ['localvar_unset', false], ['login_shell', false],
  ['mailwarn', false], ['no_empty_cmd_completion', false], ['nocaseglob', false], ['nocasematch', false],
  ['noexpand_translation', false], ['nullglob', false], ['patsub_replacement', true], ['progcomp', true],
  ['progcomp_alias', false], ['promptvars', true], ['restricted_shell', false], ['shift_verbose', false],
  ['sourcepath', true], ['varredir_close', false], ['xpg_echo', false],
]

/** Those that do what they do in bash. */
export const WORKING_SHOPTS: ReadonlySet<string> = new Set([
  'dotglob', 'extglob', 'failglob', 'globstar', 'inherit_errexit', 'nocaseglob', 'nocasematch', 'nullglob',
  'patsub_replacement', 'shift_verbose', 'xpg_echo',
])

/** The options of shopt by name; the ones that have an effect are fields. */
export interface Shopt {
  [name: string]: boolean
}

export function defaultShopt(): Shopt {
  return Object.fromEntries(SHOPT_DEFAULTS)
}
