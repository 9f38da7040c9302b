/**
 * What the kernel did, kept as text, so that the comparison also runs where there is no root. A file a lab:
 *
 *     { "lab", "made": { "by", "kernel" }, "untilMs", "steps": ["1000 alice: ping -c 3 10.0.0.2"],
 *       "links": [["alice:eth1", "bob:eth1"]], "arrived": { "alice:eth1": ["1.006266 0200…"] } }
 *
 * `arrived`: what came in at each end, with its time in seconds; it is also what left the other end.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import type { CapturedFrame } from '../../src/node/kernel/captures.ts'
import type { TwinPlan } from '../../src/node/kernel/plan.ts'
import type { TwinRun } from '../../src/node/kernel/twin.ts'
import { nameOf } from '../../src/node/kernel/machine.ts'

/** The command that makes all recordings anew; LABS=a,b makes only those. */
export const RECORD_COMMAND = 'NETARIUM_RECORD=1 npx vitest run test/kernel/labs.test.ts'

interface Recording {
  readonly lab: string
  readonly made: { readonly by: string, readonly kernel: string }
  readonly untilMs: number
  readonly steps: readonly string[]
  readonly links: readonly (readonly [string, string])[]
  readonly arrived: Readonly<Record<string, readonly string[]>>
}

export function recordingPath(lab: string): URL {
  return new URL(`recorded/${lab}.json`, import.meta.url)
}

export function saveRecording(plan: TwinPlan, run: TwinRun): void {
  const links = plan.links.map(({ a, b }) => [nameOf(a), nameOf(b)] as const)
  const arrived = Object.fromEntries(links.flat().sort().map(end => [end, (run.captures.get(end) ?? [])
    .filter(({ direction }) => direction === 'in')
    .map(({ atNs, bytes }) => `${(atNs / 1e9).toFixed(6)} ${Buffer.from(bytes).toString('hex')}`)]))
  const made = { by: RECORD_COMMAND, kernel: `Linux ${release().replace(/-.*/, '')}` }
  const recording: Recording = {
    lab: plan.lab, made, untilMs: plan.untilMs, steps: stepLines(plan), links, arrived,
  }
  writeFileSync(recordingPath(plan.lab), `${JSON.stringify(recording, null, 1)}\n`)
}

/** What was done while it was recorded; a lab that does something else needs a new recording. */
export function stepLines(plan: TwinPlan): string[] {
  return plan.steps.map(({ atMs, run, cable }) => run !== undefined
    ? `${atMs} ${run.node}: ${run.command}`
    : `${atMs} cable ${cable?.end} ${cable?.up === true ? 'up' : 'down'}`)
}

export interface LoadedRecording {
  readonly captures: Map<string, CapturedFrame[]>
  /** The captures are complete until then. */
  readonly untilMs: number
  readonly steps: readonly string[]
}

export function loadRecording(lab: string): LoadedRecording {
  const recording = JSON.parse(readFileSync(recordingPath(lab), 'utf8')) as Recording
  const captures = new Map<string, CapturedFrame[]>()
  const read = (end: string, direction: 'in' | 'out'): CapturedFrame[] => recording.arrived[end].map(line => {
    const [seconds, hex] = line.split(' ')
    return { atNs: Math.round(Number(seconds) * 1e9), direction, bytes: new Uint8Array(Buffer.from(hex, 'hex')) }
  })
  for (const [a, b] of recording.links) {
    captures.set(a, merge(read(a, 'in'), read(b, 'out')))
    captures.set(b, merge(read(b, 'in'), read(a, 'out')))
  }
  return { captures, untilMs: recording.untilMs, steps: recording.steps }
}

function merge(arrived: CapturedFrame[], left: CapturedFrame[]): CapturedFrame[] {
  return [...arrived, ...left].sort((x, y) => x.atNs - y.atNs)
}
