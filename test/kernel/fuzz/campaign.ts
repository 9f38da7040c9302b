/** Runs many labs, some at a time, and tells what differs. */
import { compareLab, type LabResult } from './compare-lab.ts'
import type { FuzzLab } from './fuzz-lab.ts'
import { labText } from './fuzz-lab.ts'
import { packetLab } from './packet-lab.ts'
import { staticLab } from './static-lab.ts'
import { Workers } from './worker.ts'

export interface CampaignOptions {
  readonly seed: number
  readonly count: number
  /** Labs at the same time; they mostly wait. */
  readonly jobs: number
  readonly kinds: readonly LabKind[]
  readonly shrinking: boolean
  /** Path of machine.py where it isn't beside this file. */
  readonly machine?: string
  readonly onResult?: (result: LabResult, seed: number, done: number) => void
}

export type LabKind = 'static' | 'packet'

const MAKERS: Readonly<Record<LabKind, (seed: number) => FuzzLab>> = { static: staticLab, packet: packetLab }

/** The lab of a seed: its kind by turns. */
export function labOf(seed: number, kinds: readonly LabKind[]): FuzzLab {
  return MAKERS[kinds[seed % kinds.length]](seed)
}

/** Returns all results, in the order of the seeds: seed, seed + 1, … */
export async function runCampaign(options: CampaignOptions): Promise<LabResult[]> {
  const workers = new Workers(options.jobs, options.machine)
  const results: LabResult[] = []
  let [next, done] = [0, 0]
  const work = async (): Promise<void> => {
    while (next < options.count) {
      const index = next++
      const seed = options.seed + index
      const result = await compareLab(labOf(seed, options.kinds), workers, options.shrinking)
      results[index] = result
      options.onResult?.(result, seed, ++done)
    }
  }
  try {
    await Promise.all(Array.from({ length: options.jobs }, work))
  } finally {
    workers.close()
  }
  return results
}

/** A difference as it is told to people: both sides, and the lab for `netarium kernel FILE`. */
export function formatDifference({ lab, difference }: LabResult): string {
  if (difference === null) return ''
  return `${lab.name}: ${difference.signs.join('; ')}\n\n${difference.report}\n${labText(difference.lab)}`
}
