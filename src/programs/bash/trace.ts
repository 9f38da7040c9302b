import { promptText, quoteIfNeeded } from './expand/quote.ts'
import type { Run } from './flow.ts'
import type { Shell } from './shell.ts'

/** `set -x`: what is run, behind PS4, on standard error. */

export function* traceWords(shell: Shell, text: string): Run {
  if (!shell.options.xtrace) return
  shell.options.xtrace = false
  const { lastStatus } = shell
  const prompt = yield* promptText(shell, shell.variables.get('PS4') ?? '')
  shell.lastStatus = lastStatus
  shell.options.xtrace = true
  const [first] = Array.from(prompt)
  // The first character once more for each level of command substitution.
  shell.process.stderr.write(`${(first ?? '').repeat(shell.traceDepth)}${prompt}${text}\n`)
}

export function* traceCommand(shell: Shell, words: readonly string[]): Run {
  if (shell.options.xtrace) yield* traceWords(shell, words.map(quoteIfNeeded).join(' '))
}

export function* traceArithmetic(shell: Shell, expression: string): Run {
  if (shell.options.xtrace) yield* traceWords(shell, `(( ${expression} ))`)
}
