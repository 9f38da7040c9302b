import { notModelled } from '../errors.ts'
import { ShellError } from '../flow.ts'
import type { Shell } from '../shell.ts'
import { expandHistory } from '../../readline/history-expansion.ts'

const USAGE = 'history: usage: history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]\n'

/** history [n], -c, -d, -p, -s. Files of history are absent, and so is what reads and writes them. */
export function historyBuiltin(shell: Shell, argv: readonly string[]): number {
  const { history } = shell
  const [, first, second] = argv
  if (history === null) return 0
  if (first === undefined || /^[0-9]+$/.test(first)) return list(shell, first === undefined ? Infinity : Number(first))
  if (/^-[anrw]/.test(first)) throw new ShellError(notModelled(`bash: history ${first}`), 2)
  switch (first) {
    case '-c':
      history.clear()
      return 0
    case '-d': return remove(shell, second)
    case '-s':
      if (argv.length > 2) history.replaceLast(argv.slice(2).join(' '))
      return 0
    case '-p': return print(shell, argv.slice(2))
    default:
      if (first.startsWith('-')) {
        shell.error(`history: ${first.slice(0, 2)}: invalid option`)
        shell.process.stderr.write(USAGE)
        return 2
      }
      return shell.error(`history: ${first}: numeric argument required`)
  }
}

function list(shell: Shell, count: number): number {
  const { history } = shell
  if (history === null) return 0
  const entries = history.entries()
  const from = Math.max(0, entries.length - count)
  shell.out(entries.slice(from).map((entry, index) =>
    `${String(history.base + from + index).padStart(5)}  ${entry}\n`).join(''), 'history')
  return 0
}

function remove(shell: Shell, place: string | undefined): number {
  if (place === undefined) return shell.error('history: -d: option requires an argument', 2)
  const { history } = shell
  if (!/^-?[0-9]+$/.test(place)) return shell.error(`history: ${place}: history position out of range`)
  const number = Number(place)
  const index = history === null ? -1 : number < 0 ? history.length + number : number - history.base
  return history?.remove(index) === true && index >= 0 ? 0 : shell.error(`history: ${place}: history position out of range`)
}

function print(shell: Shell, words: readonly string[]): number {
  const { history } = shell
  if (history === null) return 0
  for (const word of words) {
    const { text, error } = expandHistory(word, history)
    if (error !== null) return shell.error(`history: ${error}`)
    shell.out(`${text}\n`, 'history')
  }
  return 0
}
