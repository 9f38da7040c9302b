import type { CaptureCheck, RunCheck, TextExpectation } from './model.ts'
import { show } from './units.ts'

/** Judges what happened against what a check expects. Each function returns the reasons why not; none: it holds. */

/** One demand on `text`, which the reason calls `what` ("stdout"). null: it holds. */
export function judgeText(what: string, text: string, demand: TextExpectation): string | null {
  const { kind, text: wanted, not } = demand
  const holds = kind === 'contains' ? text.includes(wanted)
    : kind === 'equals' ? trimEnd(text) === trimEnd(wanted)
    : new RegExp(wanted, 'mu').test(text)
  if (holds !== not) return null
  const quoted = kind === 'matches' ? `/${wanted}/` : show(wanted)
  if (kind === 'equals') {
    return not ? `${what} is ${quoted}` : `${what} is ${text === '' ? 'empty' : show(text)}, not ${quoted}`
  }
  const verb = kind === 'matches' ? 'match' : 'contain'
  return not ? `${what} ${verb}${kind === 'matches' ? 'es' : 's'} ${quoted}` : `${what} does not ${verb} ${quoted}`
}

/** Newlines at the end do not count: a YAML block and a command's output differ in them for no reason. */
function trimEnd(text: string): string {
  return text.replace(/\n+$/, '')
}

/** The outcome of a command that a check ran. status null: it had not ended in time. */
export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export function judgeRun(expect: RunCheck['expect'], outcome: Outcome): string[] {
  const reasons: string[] = []
  if (outcome.status === null) reasons.push('the command did not end in time')
  else if (expect.exit !== null && outcome.status !== expect.exit) {
    reasons.push(`exit status is ${outcome.status}, not ${expect.exit}`)
  }
  for (const demand of expect.stdout) reasons.push(judgeText('stdout', outcome.stdout, demand) ?? '')
  for (const demand of expect.stderr) reasons.push(judgeText('stderr', outcome.stderr, demand) ?? '')
  return reasons.filter((reason) => reason !== '')
}

export function judgeFrames(expect: CaptureCheck['expect'], frames: number): string[] {
  const { minFrames, maxFrames } = expect
  if (frames >= minFrames && frames <= maxFrames) return []
  const wanted = minFrames === maxFrames ? `${minFrames}`
    : maxFrames === Number.MAX_SAFE_INTEGER ? `at least ${minFrames}`
    : minFrames === 0 ? `at most ${maxFrames}` : `${minFrames} to ${maxFrames}`
  return [`${frames} frames, not ${wanted}`]
}
