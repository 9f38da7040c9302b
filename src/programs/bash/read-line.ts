import type { Run } from './flow.ts'
import type { Shell } from './shell.ts'

/** A line of standard input without its newline, with lines that a backslash joins; null at the end. */
export function* readLine(shell: Shell): Run<string | null> {
  const stream = shell.process.stdin
  let text = ''
  for (;;) {
    const line = yield* shell.call(() => stream.readLine())
    if (line === null) return text === '' ? null : text
    if (!line.endsWith('\\\n')) return text + line.replace(/\n$/, '')
    text += line.slice(0, -2)
  }
}
