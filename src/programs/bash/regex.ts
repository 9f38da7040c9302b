import { compileRegex, type Regex, RegexError } from '../text/regex.ts'
import type { Shell } from './shell.ts'
import { Variable } from './variables.ts'

const compiled = new Map<string, Regex | RegexError>()
const COMPILED_LIMIT = 200

/** [[ text =~ pattern ]]: fills BASH_REMATCH. 0, 1, or 2 for a mistake in the pattern. */
export function matchRegex(shell: Shell, text: string, pattern: string): number {
  const ignoreCase = shell.shopt.nocasematch
  const key = `${ignoreCase ? 'i' : '-'}${pattern}`
  let regex = compiled.get(key)
  if (regex === undefined) {
    regex = compileRegex(pattern, { extended: true, ignoreCase })
    if (compiled.size >= COMPILED_LIMIT) compiled.clear()
    compiled.set(key, regex)
  }
  if (regex instanceof RegexError) return 2
  const found = regex.exec(text)
  const groups = new Variable()
  groups.indexed = new Map()
  for (let at = 0; found !== null && at < found.length; at += 2) {
    groups.indexed.set(at / 2, found[at] < 0 ? '' : text.slice(found[at], found[at + 1]))
  }
  shell.variables.restore('BASH_REMATCH', groups)
  return found === null ? 1 : 0
}
