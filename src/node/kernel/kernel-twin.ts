/**
 * The kernel twin: a lab on the Linux kernel and in the simulator, side by side. It is how Netarium is held to its word
 * that Linux is the specification, by anyone with root and in CI.
 *
 *     requirements.ts   what is missing on this machine
 *     plan.ts           the lab as namespaces, cables, commands and times
 *     machine.ts        the namespaces, and their end;  twin.ts  plays a plan in them, in real time
 *     simulate.ts       plays the same plan in the simulator, in virtual time
 *     captures.ts       frames by link end, which both give
 *     normalise.ts      what is hidden in a frame;  compare.ts  lanes of frames;  side-by-side.ts  two frames decoded
 *     outputs.ts        what is hidden in a command's output, and the comparison line by line
 *     report.ts         the result as text and as a document
 *
 * Compared are, per link end and direction, all frames in their order, and of every command of script and checks the
 * status and each line of output. Not compared: when a frame crosses, the order between lanes (both depend on how fast
 * a machine is), loopback, and what the two Normalisers hide. test/kernel holds both sides to recordings as well.
 *
 * The kernel plays in real time, and a busy machine can start a command so late that an ARP timer falls on its other
 * side. So a run that differs is played again, ATTEMPTS times in all: what the kernel really does otherwise, it does
 * every time. A lab takes as long as its script, and half a second.
 */
import type { LabModel } from '../../lab/model.ts'
import { compareLanes, type LaneComparison } from './compare.ts'
import { compareOutputs, type LineDifference } from './outputs.ts'
import { planOf, type TwinPlan } from './plan.ts'
import { simulate } from './simulate.ts'
import { runTwin, type StepResult, type TwinRun } from './twin.ts'

/** Runs of the kernel before a difference counts. */
export const ATTEMPTS = 3

/** A command of the lab, and the lines that are not the same. */
export interface CommandComparison {
  readonly step: StepResult['step']
  readonly differences: readonly LineDifference[]
}

export interface Comparison {
  readonly lab: string
  /** How often the kernel has played. */
  readonly attempts: number
  readonly lanes: readonly LaneComparison[]
  readonly commands: readonly CommandComparison[]
  readonly equal: boolean
  /** What they were made of, as it was before normalisation. */
  readonly kernel: TwinRun
  readonly netarium: TwinRun
}

/** Runs a lab here and in the kernel, and compares. Throws CannotBuild, LabError; leaves nothing behind. */
export async function compareWithKernel(model: LabModel, onAttempt: (attempt: number, plan: TwinPlan) => void = () => {}):
  Promise<Comparison> {
  const plan = planOf(model)
  const netarium = await simulate(model, plan)
  for (let attempt = 1; ; attempt++) {
    onAttempt(attempt, plan)
    const kernel = await runTwin(plan)
    const comparison = { ...compareRuns(model, plan, kernel, netarium), attempts: attempt }
    if (comparison.equal || attempt === ATTEMPTS) return comparison
  }
}

/** Compares two plays of one plan. */
export function compareRuns(model: LabModel, plan: TwinPlan, kernel: TwinRun, netarium: TwinRun): Comparison {
  const lanes = compareLanes(kernel.captures, netarium.captures, plan.untilMs * 1e6)
  const macs = new Set(model.nodes.flatMap(node => node.interfaces.map(({ mac }) => mac)))
  const commands = kernel.results.map((result, i): CommandComparison => ({
    step: result.step,
    differences: compareOutputs(result.step.run?.command ?? '', result, netarium.results[i], macs),
  }))
  const equal = lanes.every(({ differsAt }) => differsAt === null)
    && commands.every(({ differences }) => differences.length === 0)
  return { lab: model.name, attempts: 1, lanes, commands, equal, kernel, netarium }
}
