import { fromByteString, toByteString } from '../../byte-string.ts'
import { ansiQuote } from '../../shell-quote.ts'
import type { Run } from '../flow.ts'
import type { Shell } from '../shell.ts'
import type { Variable } from '../variables.ts'
import { expandHereText, textParts } from './word.ts'

/** Values written so that a shell reads them back. */

function ansi(text: string): string | null {
  const quoted = ansiQuote(toByteString(text))
  return quoted === null ? null : fromByteString(quoted)
}

/** ${x@Q}: always in quotes. */
export function quoteValue(text: string): string {
  return ansi(text) ?? `'${text.replaceAll("'", "'\\''")}'`
}

/** As `set` and `-x` show it: in quotes where it must. */
export function quoteIfNeeded(text: string): string {
  if (text === '') return "''"
  const special = ansi(text)
  if (special !== null) return special
  return /[\s"'\\|&;<>()$`!{}*[\]?^]|^[~#]|[:=]~/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : text
}

/** In double quotes, as `declare -p` shows it. */
export function quoteDouble(text: string): string {
  return ansi(text) ?? `"${text.replace(/["$`\\]/g, '\\$&')}"`
}

/** The letters of a variable's attributes, as `declare` takes them. */
export function attributesOf(variable: Variable | undefined): string {
  if (variable === undefined) return ''
  return (variable.indexed !== null ? 'a' : '') + (variable.associative !== null ? 'A' : '') + (variable.integer ? 'i' : '')
    + (variable.nameref ? 'n' : '') + (variable.readonly ? 'r' : '') + (variable.exported ? 'x' : '')
    + (variable.lower ? 'l' : '') + (variable.upper ? 'u' : '')
}

/** The elements of an array between brackets: ([0]="a" [1]="b"). */
export function elementsOf(variable: Variable): string {
  const items = variable.keys().map((key) => {
    const shown = variable.associative !== null && !/^[A-Za-z0-9_.,:/@%+-]+$/.test(key) ? quoteDouble(key) : key
    return `[${shown}]=${quoteDouble(variable.element(key) ?? '')}`
  })
  const closing = variable.associative !== null && items.length > 0 ? ' )' : ')'
  return `(${items.join(' ')}${closing}`
}

/** The command that `declare -p` prints for it, without newline. */
export function declaration(name: string, variable: Variable): string {
  const head = `declare -${attributesOf(variable) || '-'} ${name}`
  if (variable.isArray) return variable.declared && variable.keys().length === 0 ? head : `${head}=${elementsOf(variable)}`
  return variable.value === undefined ? head : `${head}=${quoteDouble(variable.value)}`
}

/** ${x@A} */
export function declarationOf(shell: Shell, name: string, whole: boolean): string {
  const variable = shell.variables.lookup(name)
  if (variable === undefined) return ''
  if (variable.isArray && whole) return declaration(name, variable)
  const attributes = attributesOf(variable)
  const value = variable.isArray ? variable.element('0') : variable.value
  if (attributes === '') return value === undefined ? '' : `${name}=${quoteValue(value)}`
  return value === undefined ? `declare -${attributes} ${name}` : `declare -${attributes} ${name}=${quoteValue(value)}`
}

/** A prompt with its backslash escapes and expansions done (bash(1), PROMPTING). */
export function* promptText(shell: Shell, text: string): Run<string> {
  const decoded = text.replace(/\\(?:([0-7]{3})|([^]))/g, (all, octal?: string, letter?: string) => {
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff)
    return shell.promptEscape(letter ?? '') ?? all
  })
  return yield* expandHereText(shell, textParts(decoded))
}
