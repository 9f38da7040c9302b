/**
 * Labs in which Netarium once differed from the kernel, each with what the kernel did: fixtures/NAME.yaml, NAME.json.
 * `node test/kernel/fuzz/fuzz.mjs --record FILE.yaml …` writes the latter, as root.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { LabModel } from '../../../src/lab/model.ts'
import { parseLabBytes } from '../../../src/lab/parse-yaml.ts'
import type { Comparison } from '../../../src/node/kernel/kernel-twin.ts'
import { planOf } from '../../../src/node/kernel/plan.ts'
import { simulate } from '../../../src/node/kernel/simulate.ts'
import { compareLevelled } from './compare-lab.ts'
import { type Answer, runOf, type Workers } from './worker.ts'

const FOLDER = new URL('fixtures/', import.meta.url)

interface Recording {
  readonly made: { readonly by: string, readonly kernel: string }
  /** What was done while it was recorded; a lab that does something else needs a new recording. */
  readonly steps: readonly string[]
  readonly kernel: Answer
}

/** Paths of all these labs. */
export function foundLabs(): string[] {
  return readdirSync(FOLDER).filter(name => name.endsWith('.yaml')).sort().map(name => fileURLToPath(new URL(name, FOLDER)))
}

export function readFound(path: string): LabModel {
  return parseLabBytes(readFileSync(path), path)
}

/** Plays a lab on the kernel and keeps what it did beside the lab's file. */
export async function recordFound(path: string, workers: Workers): Promise<Comparison> {
  const model = readFound(path)
  const plan = planOf(model)
  const kernel = await workers.ask(plan)
  const made = { by: 'node test/kernel/fuzz/fuzz.mjs --record', kernel: `Linux ${release().replace(/-.*/, '')}` }
  const recording: Recording = { made, steps: stepsOf(model), kernel }
  writeFileSync(path.replace(/\.yaml$/, '.json'), `${JSON.stringify(recording, null, 1)}\n`)
  return compareLevelled(model, plan, runOf(plan, kernel), await simulate(model, plan))
}

/** Compares with what the kernel did. Throws where the lab is not the recorded one. */
export async function compareFound(path: string): Promise<Comparison> {
  const model = readFound(path)
  const plan = planOf(model)
  const recording = JSON.parse(readFileSync(path.replace(/\.yaml$/, '.json'), 'utf8')) as Recording
  if (recording.steps.join('\n') !== stepsOf(model).join('\n')) {
    throw new Error(`${path} has changed: ${recording.made.by} ${path}`)
  }
  return compareLevelled(model, plan, runOf(plan, recording.kernel), await simulate(model, plan))
}

function stepsOf(model: LabModel): string[] {
  return planOf(model).steps.map(({ atMs, run }) => `${atMs} ${run?.node}: ${run?.command}`)
}
