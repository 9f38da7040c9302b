/** One lab of the fuzzer: played here and on the kernel, compared by the twin's own comparison, and shrunk. */
import { LabError } from '../../../src/lab/errors.ts'
import type { LabModel } from '../../../src/lab/model.ts'
import { ATTEMPTS, compareRuns, type Comparison } from '../../../src/node/kernel/kernel-twin.ts'
import { CannotBuild } from '../../../src/node/kernel/machine.ts'
import { planOf } from '../../../src/node/kernel/plan.ts'
import { formatComparison } from '../../../src/node/kernel/report.ts'
import { simulate } from '../../../src/node/kernel/simulate.ts'
import { type FuzzLab, labText, modelOf } from './fuzz-lab.ts'
import { shrink } from './shrink.ts'
import type { Workers } from './worker.ts'

export interface LabResult {
  readonly lab: FuzzLab
  /** frames: on all wires, each once. */
  readonly frames: number
  readonly commands: number
  /** Plays of the kernel: more than one where it differed at first. */
  readonly attempts: number
  /** null: equal. */
  readonly difference: Difference | null
  /** Why it could not be played: the lab makes no sense to one of both. */
  readonly refused: string | null
}

export interface Difference {
  /** Which commands and lanes differ, without the particulars: differences of one cause have the same. */
  readonly signs: readonly string[]
  readonly lab: FuzzLab
  readonly report: string
}

/** Plays a lab; a difference counts when the kernel's ATTEMPTS plays all differ, and is then shrunk if wanted. */
export async function compareLab(lab: FuzzLab, workers: Workers, shrinking: boolean): Promise<LabResult> {
  const played = await playLab(lab, workers, ATTEMPTS)
  if (typeof played === 'string') return { lab, frames: 0, commands: 0, attempts: 0, difference: null, refused: played }
  const frames = played.lanes.reduce((sum, { direction, kernel }) => sum + (direction === 'in' ? kernel?.length ?? 0 : 0), 0)
  const result = { lab, frames, commands: played.commands.length, attempts: played.attempts, refused: null }
  if (played.equal) return { ...result, difference: null }
  if (!shrinking) return { ...result, difference: { signs: signsOf(played), lab, report: formatComparison(played) } }
  return { ...result, difference: await shrunk(lab, played, workers) }
}

async function shrunk(lab: FuzzLab, played: Comparison, workers: Workers): Promise<Difference> {
  // The first difference is the one to follow: smaller labs that show only another one are not smaller.
  const [sign] = signsOf(played)
  let last = played
  const small = await shrink(lab, async (candidate) => {
    const comparison = await playLab(candidate, workers, 2)
    if (typeof comparison === 'string' || comparison.equal || !signsOf(comparison).includes(sign)) return false
    last = comparison
    return true
  })
  return { signs: signsOf(last), lab: small, report: formatComparison(last) }
}

/** Compares, at most `attempts` times while it differs; a text says why it can't be played. */
async function playLab(lab: FuzzLab, workers: Workers, attempts: number): Promise<Comparison | string> {
  let model: LabModel
  try {
    model = modelOf(lab)
  } catch (error) {
    if (error instanceof LabError) return error.message
    throw error
  }
  const plan = planOf(model)
  try {
    const netarium = await simulate(model, plan)
    for (let attempt = 1; ; attempt++) {
      const kernel = await workers.play(plan)
      const comparison = { ...compareRuns(model, plan, kernel, netarium), attempts: attempt }
      if (comparison.equal || attempt === attempts) return comparison
    }
  } catch (error) {
    if (error instanceof LabError || error instanceof CannotBuild) return error.message
    throw new Error(`seed ${lab.name}: ${String(error)}\n${labText(lab)}`, { cause: error })
  }
}

/** `ip route: stdout`, `frames: icmp`: commands first, in their order. */
function signsOf({ commands, lanes }: Comparison): string[] {
  const signs = commands.flatMap(({ step, differences }) => differences.slice(0, 1)
    .map(({ stream }) => `${shape(step.run?.command ?? '')}: ${stream}`))
  if (lanes.some(({ differsAt }) => differsAt !== null)) signs.push('frames')
  return [...new Set(signs)]
}

/** A command without its numbers and options. */
function shape(command: string): string {
  return command.split(' ').filter(word => /^[a-z]+$/.test(word)).slice(0, 3).join(' ')
}
