import { type Assigned, assign } from '../assign.ts'
import { notModelled } from '../errors.ts'
import { declaration, elementsOf, quoteIfNeeded } from '../expand/quote.ts'
import { ShellError } from '../flow.ts'
import type { Shell } from '../shell.ts'
import { AssociativeArray, Variable } from '../variables.ts'

/** declare, typeset, local, export, readonly, unset. */

/** A word, or an assignment that the parser saw. */
export type DeclareArgument = string | Assigned

/** Those whose arguments may be assignments: the parser sees them, and they are not split. */
export const DECLARATIONS: ReadonlySet<string> = new Set(['declare', 'typeset', 'local', 'export', 'readonly'])

interface Wish {
  readonly on: Set<string>
  readonly off: Set<string>
}

const KNOWN: Readonly<Record<string, string>> = {
  declare: 'aAfFgiIlnprtux', typeset: 'aAfFgiIlnprtux', local: 'aAilnprux', export: 'fnp', readonly: 'aAfp',
}

/** Runs one of them; its status. */
export function runDeclaration(shell: Shell, name: string, args: readonly DeclareArgument[]): number {
  const wish: Wish = { on: new Set(), off: new Set() }
  let at = 0
  for (; at < args.length; at++) {
    const arg = args[at]
    if (typeof arg !== 'string' || !/^[-+]./.test(arg)) break
    if (arg === '--') {
      at++
      break
    }
    for (const letter of arg.slice(1)) {
      if (!KNOWN[name].includes(letter)) return usage(shell, name, `${arg[0]}${letter}`)
      if (letter === 't') throw new ShellError(notModelled(`bash: ${name} -t`), 2)
      ;(arg.startsWith('-') ? wish.on : wish.off).add(letter)
    }
  }
  if (name === 'local' && shell.variables.depth === 0) return shell.error('local: can only be used in a function')
  const rest = args.slice(at)
  if (wish.on.has('f') || wish.on.has('F')) return functions(shell, name, rest, wish)
  if (rest.length === 0 || wish.on.has('p')) return show(shell, name, rest, wish)
  let status = 0
  for (const arg of rest) if (!declareOne(shell, name, arg, wish)) status = 1
  return status
}

const USAGES: Readonly<Record<string, string>> = {
  declare: '[-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]',
  typeset: '[-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]',
  local: '[option] name[=value] ...', export: '[-fn] [name[=value] ...] or export -p',
  readonly: '[-aAf] [name[=value] ...] or readonly -p',
}

function usage(shell: Shell, name: string, option: string): number {
  shell.error(`${name}: ${option}: invalid option`)
  shell.process.stderr.write(`${name}: usage: ${name} ${USAGES[name]}\n`)
  return 2
}

/** What "NAME=value" says when it came out of an expansion. */
function parseArgument(shell: Shell, text: string): Assigned | null {
  const match = /^([A-Za-z_]\w*)(?:\[([^]*?)\])?(?:(\+?=)([^]*))?$/.exec(text)
  if (match === null) return null
  const [, name, key, sign, value] = match
  if (sign === undefined) return { name, key: null, append: false, value: '', shown: '' }
  const evaluated = key === undefined ? null : shell.subscriptOf(name, key)
  return { name, key: evaluated, append: sign === '+=', value, shown: text }
}

function declareOne(shell: Shell, command: string, arg: DeclareArgument, wish: Wish): boolean {
  const assigned = typeof arg === 'string' ? parseArgument(shell, arg) : arg
  if (assigned === null) {
    shell.error(`${command}: \`${String(arg)}': not a valid identifier`)
    return false
  }
  const assigns = typeof arg !== 'string' || /^[^=]*=/.test(arg)
  const { variables } = shell
  const local = command === 'local' || (command === 'declare' || command === 'typeset') && variables.depth > 0
    && !wish.on.has('g')
  const reference = wish.on.has('n') && command !== 'export' || wish.off.has('n')
  const existing = local ? variables.local(assigned.name) : reference ? variables.find(assigned.name)
    : variables.lookup(assigned.name)
  if (existing?.readonly === true && (assigns || wish.off.has('r'))) {
    shell.error(`${command}: ${assigned.name}: readonly variable`)
    return false
  }
  const variable = local ? variables.ensureLocal(assigned.name)
    : reference && existing !== undefined ? existing : variables.ensure(assigned.name)
  if (!shape(shell, command, assigned.name, variable, wish)) return false
  attributes(command, variable, wish)
  const readonly = wish.on.has('r') || command === 'readonly'
  if (!assigns) {
    variable.readonly ||= readonly
    return true
  }
  if (variable.nameref && typeof assigned.value === 'string' && wish.on.has('n')) {
    if (assigned.value === assigned.name) {
      shell.error(`${command}: ${assigned.name}: nameref variable self references not allowed`)
      return false
    }
    variable.value = assigned.value
  } else assign(shell, assigned)
  variable.readonly ||= readonly
  return true
}

/** Makes it an array, if that is wished. */
function shape(shell: Shell, command: string, name: string, variable: Variable, wish: Wish): boolean {
  if (wish.on.has('A')) {
    if (variable.indexed !== null) {
      shell.error(`${command}: ${name}: cannot convert indexed to associative array`)
      return false
    }
    if (variable.associative === null) {
      variable.associative = new AssociativeArray()
      variable.declared = variable.value === undefined
      if (variable.value !== undefined) variable.associative.set('0', variable.value)
      variable.value = undefined
    }
  } else if (wish.on.has('a')) {
    if (variable.associative !== null) {
      shell.error(`${command}: ${name}: cannot convert associative to indexed array`)
      return false
    }
    if (variable.indexed === null) variable.declared = variable.value === undefined
    variable.toIndexed()
  }
  return true
}

function attributes(command: string, variable: Variable, wish: Wish): void {
  for (const [set, value] of [[wish.on, true], [wish.off, false]] as const) {
    if (set.has('i')) variable.integer = value
    if (set.has('x')) variable.exported = value
    if (set.has('n') && command !== 'export') variable.nameref = value
    if (set.has('l')) [variable.lower, variable.upper] = [value, value ? false : variable.upper]
    if (set.has('u')) [variable.upper, variable.lower] = [value, value ? false : variable.lower]
  }
  if (command === 'export') variable.exported = !wish.on.has('n')
}

function show(shell: Shell, command: string, args: readonly DeclareArgument[], wish: Wish): number {
  const { variables } = shell
  if (args.length > 0) {
    let status = 0
    for (const arg of args) {
      const name = typeof arg === 'string' ? arg : arg.name
      const variable = variables.find(name)
      if (variable === undefined && shell.variables.dynamic.has(name)) {
        shell.out(`declare -- ${name}="${variables.get(name) ?? ''}"\n`)
      } else if (variable === undefined) status = shell.error(`${command}: ${name}: not found`)
      else shell.out(`${declaration(name, variable)}\n`)
    }
    return status
  }
  const wanted = (variable: Variable): boolean => (command !== 'export' || variable.exported)
    && (command !== 'readonly' && !wish.on.has('r') || variable.readonly) && (!wish.on.has('x') || variable.exported)
    && (!wish.on.has('i') || variable.integer) && (!wish.on.has('a') || variable.indexed !== null)
    && (!wish.on.has('A') || variable.associative !== null) && (!wish.on.has('n') || command === 'export'
      || variable.nameref)
  const plain = (command === 'declare' || command === 'typeset') && wish.on.size === 0
  for (const name of variables.names()) {
    const variable = command === 'local' ? variables.local(name) : variables.find(name)
    if (variable === undefined || !wanted(variable)) continue
    if (!plain) shell.out(`${declaration(name, variable)}\n`)
    else if (variable.isArray || variable.value !== undefined) shell.out(`${setLine(name, variable)}\n`)
  }
  return 0
}

/** As `set` without arguments shows it. */
export function setLine(name: string, variable: Variable): string {
  return variable.isArray ? `${name}=${elementsOf(variable)}`
    : `${name}=${variable.value === '' ? '' : quoteIfNeeded(variable.value ?? '')}`
}

function functions(shell: Shell, command: string, args: readonly DeclareArgument[], wish: Wish): number {
  if (wish.on.has('F') && args.length === 0) {
    for (const name of [...shell.functions.keys()].sort()) shell.out(`declare -f ${name}\n`)
    return 0
  }
  let status = 0
  for (const arg of args) {
    const name = typeof arg === 'string' ? arg : arg.name
    const found = shell.functions.get(name)
    if (found === undefined) {
      status = command === 'declare' || command === 'typeset' ? 1 : shell.error(`${command}: ${name}: not a function`)
      continue
    }
    if (command === 'export') shell.functions.set(name, { ...found, exported: !wish.on.has('n') })
    else if (command === 'readonly' || wish.on.has('r')) shell.functions.set(name, { ...found, readonly: true })
    else if (wish.on.has('F')) shell.out(`${name}\n`)
    else throw new ShellError(notModelled(`bash: ${command} -f: printing a function`), 2)
  }
  if (args.length === 0 && shell.functions.size > 0) {
    throw new ShellError(notModelled(`bash: ${command} -f: printing functions`), 2)
  }
  return status
}

/** unset [-fnv] name... */
export function unset(shell: Shell, argv: readonly string[]): number {
  let kind = ''
  let at = 1
  for (; at < argv.length && /^-[a-z]+$/.test(argv[at]); at++) {
    for (const letter of argv[at].slice(1)) {
      if (!'fnv'.includes(letter)) {
        shell.error(`unset: -${letter}: invalid option`)
        shell.process.stderr.write('unset: usage: unset [-f] [-v] [-n] [name ...]\n')
        return 2
      }
      kind = letter
    }
  }
  if (argv[at] === '--') at++
  let status = 0
  for (const name of argv.slice(at)) if (!unsetOne(shell, name, kind)) status = 1
  return status
}

function unsetOne(shell: Shell, name: string, kind: string): boolean {
  const { variables } = shell
  if (kind === 'f') {
    shell.functions.delete(name)
    return true
  }
  const element = /^([A-Za-z_]\w*)\[([^]*)\]$/.exec(name)
  if (element !== null) return unsetElement(shell, element[1], element[2])
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    if (kind === '') return shell.functions.delete(name) || true
    shell.error(`unset: \`${name}': not a valid identifier`)
    return false
  }
  const real = kind === 'n' ? name : variables.follow(name)
  const variable = variables.find(real)
  if (variable === undefined && !variables.dynamic.has(real)) {
    if (kind === '') shell.functions.delete(name)
    return true
  }
  if (variable?.readonly === true) {
    shell.error(`unset: ${real}: cannot unset: readonly variable`)
    return false
  }
  variables.unset(real)
  return true
}

function unsetElement(shell: Shell, name: string, subscript: string): boolean {
  const variable = shell.variables.lookup(name)
  if (variable === undefined) return true
  if (variable.readonly) {
    shell.error(`unset: ${name}: cannot unset: readonly variable`)
    return false
  }
  if (subscript === '@' || subscript === '*') {
    shell.variables.unset(name)
    return true
  }
  const key = shell.subscriptOf(name, subscript)
  if (variable.associative !== null) variable.associative.delete(key)
  else if (variable.indexed !== null) {
    const keys = variable.keys()
    const index = Number(key) < 0 ? Number(keys[keys.length - 1] ?? -1) + 1 + Number(key) : Number(key)
    if (index < 0) {
      shell.error(`unset: [${subscript}]: bad array subscript`)
      return false
    }
    variable.indexed.delete(index)
  } else if (key !== '0') {
    shell.error(`unset: ${name}: not an array variable`)
    return false
  } else shell.variables.unset(name)
  return true
}
