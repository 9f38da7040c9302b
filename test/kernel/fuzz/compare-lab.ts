/** One lab of the fuzzer: played here and on the kernel, compared by the twin's own comparison, and shrunk. */
import { LabError } from '../../../src/lab/errors.ts'
import type { LabModel } from '../../../src/lab/model.ts'
import { ATTEMPTS, compareRuns, type Comparison } from '../../../src/node/kernel/kernel-twin.ts'
import type { CapturedFrame, Captures } from '../../../src/node/kernel/captures.ts'
import { CannotBuild, nameOf } from '../../../src/node/kernel/machine.ts'
import { planOf, type TwinPlan } from '../../../src/node/kernel/plan.ts'
import { formatComparison } from '../../../src/node/kernel/report.ts'
import { simulate } from '../../../src/node/kernel/simulate.ts'
import type { TwinRun } from '../../../src/node/kernel/twin.ts'
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
  /** It differs by the order of what happens at one nanosecond (FID-LAB-015), and so `difference` is null. */
  readonly tie: boolean
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
  if (typeof played === 'string') {
    return { lab, frames: 0, commands: 0, attempts: 0, difference: null, tie: false, refused: played }
  }
  const frames = played.lanes.reduce((sum, { direction, kernel }) => sum + (direction === 'in' ? kernel?.length ?? 0 : 0), 0)
  const result = { lab, frames, commands: played.commands.length, attempts: played.attempts, tie: false, refused: null }
  if (played.equal) return { ...result, difference: null }
  if (played.tie) return { ...result, tie: true, difference: null }
  if (!shrinking) return { ...result, difference: { signs: signsOf(played), lab, report: formatComparison(played) } }
  return { ...result, difference: await shrunk(lab, played, workers) }
}

async function shrunk(lab: FuzzLab, played: LevelledComparison, workers: Workers): Promise<Difference> {
  // The first difference is the one to follow: smaller labs that show only another one are not smaller.
  const [sign] = signsOf(played)
  let last = played
  const small = await shrink(lab, async (candidate) => {
    const comparison = await playLab(candidate, workers, 2)
    if (typeof comparison === 'string' || comparison.equal || comparison.tie) return false
    if (!signsOf(comparison).includes(sign)) return false
    last = comparison
    return true
  })
  return { signs: signsOf(last), lab: small, report: formatComparison(last) }
}

/** Compares, at most `attempts` times while it differs; a text says why it can't be played. */
async function playLab(lab: FuzzLab, workers: Workers, attempts: number): Promise<LevelledComparison | string> {
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
      const comparison = { ...compareLevelled(model, plan, kernel, netarium), attempts: attempt }
      if (comparison.equal || attempt === attempts) return comparison
    }
  } catch (error) {
    if (error instanceof LabError || error instanceof CannotBuild) return error.message
    throw new Error(`seed ${lab.name}: ${String(error)}\n${labText(lab)}`, { cause: error })
  }
}

export interface LevelledComparison extends Comparison {
  /** Some frames of one nanosecond came in another order (FID-LAB-015): what else differs may follow from that. */
  readonly tie: boolean
}

/** The twin's comparison, after what differs by a rule was taken out. */
export function compareLevelled(model: LabModel, plan: TwinPlan, kernel: TwinRun, netarium: TwinRun): LevelledComparison {
  const arrived = { ...netarium, captures: arrivals(plan, netarium.captures) }
  const exact = compareRuns(model, plan, levelled(kernel), levelled(arrived))
  if (exact.lanes.every(({ differsAt }) => differsAt === null)) return { ...exact, tie: false }
  const [left, right] = orderOfBytes(kernel, arrived)
  const comparison = compareRuns(model, plan, levelled(left), levelled(right))
  return { ...comparison, tie: isTie(exact) || isTie(comparison) }
}

/**
 * As the kernel's captures are made: what left one end is what arrived at the other. They differ where the receiving end
 * refuses a frame that is too long for it (FID-LINK-003), which no capture of the kernel's side shows.
 */
function arrivals(plan: TwinPlan, captures: Captures): Map<string, CapturedFrame[]> {
  const made = new Map<string, CapturedFrame[]>()
  const into = (end: string): CapturedFrame[] => (captures.get(end) ?? []).filter(({ direction }) => direction === 'in')
  for (const { a, b } of plan.links) {
    const [left, right] = [nameOf(a), nameOf(b)]
    for (const [end, peer] of [[left, right], [right, left]]) {
      const sent = into(peer).map((frame): CapturedFrame => ({ ...frame, direction: 'out' }))
      made.set(end, [...into(end), ...sent].sort((x, y) => x.atNs - y.atNs))
    }
  }
  return made
}

/**
 * FID-LAB-015: what happens at one nanosecond has an order of ours, Linux's is that of cause. So on both sides the frames
 * of one lane and nanosecond are put in the order of their bytes.
 */
function orderOfBytes(kernel: TwinRun, netarium: TwinRun): [TwinRun, TwinRun] {
  const [left, right] = [new Map<string, CapturedFrame[]>(), new Map<string, CapturedFrame[]>()]
  for (const [end, frames] of kernel.captures) {
    const [ours, theirs]: [CapturedFrame[], CapturedFrame[]] = [[], []]
    for (const direction of ['in', 'out'] as const) {
      const mine = (netarium.captures.get(end) ?? []).filter(frame => frame.direction === direction)
      const others = frames.filter(frame => frame.direction === direction)
      for (let from = 0; from < Math.max(mine.length, others.length);) {
        let to = from + 1
        while (to < mine.length && mine[to].atNs === mine[from].atNs) to++
        ours.push(...byBytes(mine.slice(from, to)))
        theirs.push(...byBytes(others.slice(from, from < mine.length ? to : undefined)))
        from = from < mine.length ? to : others.length
      }
    }
    left.set(end, theirs)
    right.set(end, ours)
  }
  return [{ ...kernel, captures: left }, { ...netarium, captures: right }]
}

function byBytes(frames: readonly CapturedFrame[]): CapturedFrame[] {
  return [...frames].sort((a, b) => Buffer.compare(a.bytes, b.bytes))
}

/**
 * Takes out what differs by a rule of docs/FIDELITY.md, on both sides:
 *
 *   FID-FUZZ-003   LOWERLAYERDOWN is DOWN: which of both depends on when the kernel looked
 *   FID-FUZZ-004    namespaces across links are numbered in the order of appearance
 *   FID-BR-017     the group of a bridge that snoops, which the twin's bridges do not, but ours do
 *   FID-IP-020     the group of all IPv6 nodes, which every device joins even where IPv6 is off, and how it would make
 *                  IPv6 addresses, which devices of an MTU below 1280 do not say
 */
function levelled(run: TwinRun): TwinRun {
  return { ...run, results: run.results.map(result => ({ ...result, stdout: levelledText(result.stdout) })) }
}

function levelledText(text: string): string {
  const numbers = new Map<string, number>()
  const numberOf = (id: string): number => {
    const number = numbers.get(id) ?? numbers.size
    numbers.set(id, number)
    return number
  }
  return text
    .replaceAll(/(\blink-netnsid |"link_netnsid": ?)(\d+)/g, (_, before: string, id: string) => `${before}${numberOf(id)}`)
    .replaceAll(/\bLOWERLAYERDOWN\b/g, 'DOWN')
    .replaceAll(/\bDOWN {2,}/g, 'DOWN ')
    .replaceAll(/^(?:33:33:00:00:00:01|01:00:5e:00:00:6a) .*\n/gm, '')
    .replaceAll(/\{"mac":"(?:33:33:00:00:00:01|01:00:5e:00:00:6a)"[^}]*\},?/g, '')
    .replaceAll(/"inet6_addr_gen_mode": ?"eui64",?|addrgenmode eui64 /g, '')
    .replaceAll(',]', ']')
}

/**
 * FID-LAB-015 as well: whether frames of two senders arrive somewhere at one nanosecond, and the first that is not the
 * same is one of them. Two hosts answer for one address, and who was the last is believed: all that follows differs.
 */
function isTie({ lanes }: Comparison): boolean {
  return lanes.some(({ twin, differsAt }) => {
    if (twin === null || differsAt === null || differsAt >= twin.length) return false
    const together = twin.filter(({ atNs }) => atNs === twin[differsAt].atNs)
    return new Set(together.map(({ bytes }) => Buffer.from(bytes.subarray(6, 12)).toString('hex'))).size > 1
  })
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
