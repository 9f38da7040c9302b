import type { Run } from './flow.ts'
import type { Shell } from './shell.ts'

/** `time`: real is virtual time; a process takes no processor time here. */
export function* timed(shell: Shell, posix: boolean, body: () => Run): Run {
  const startedAtNs = shell.process.nowNs
  yield* body()
  const realNs = shell.process.nowNs - startedAtNs
  const format = shell.variables.get('TIMEFORMAT')
  const used = posix ? 'real %2R\nuser %2U\nsys %2S' : format ?? '\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS'
  if (used === '') return
  shell.process.stderr.write(`${formatTimes(used, realNs)}\n`)
}

function formatTimes(format: string, realNs: number): string {
  return format.replace(/%(%|P|([0-9]?)(l?)([RUS]))/g, (_, all: string, digits: string, long: string, letter: string) => {
    if (all === '%') return '%'
    if (all === 'P') return '0.00'
    const places = digits === '' ? 3 : Math.min(3, Number(digits))
    return span(letter === 'R' ? realNs : 0, places, long !== '')
  })
}

/** bash cuts to milliseconds first. */
function span(ns: number, places: number, long: boolean): string {
  const ms = Math.floor(ns / 1e6)
  const seconds = Math.floor(ms / 1000)
  const fraction = places === 0 ? '' : `.${String(ms % 1000).padStart(3, '0').slice(0, places)}`
  return long ? `${Math.floor(seconds / 60)}m${seconds % 60}${fraction}s` : `${seconds}${fraction}`
}
