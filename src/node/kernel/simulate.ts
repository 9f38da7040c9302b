/** The simulator's side of the comparison: the one place that knows how a lab is run and its captures are read. */
import { Lab } from '../../lab/lab.ts'
import type { LabModel } from '../../lab/model.ts'
import { PROGRAMS } from '../../programs/registry.ts'
import type { CapturedFrame } from './captures.ts'
import type { TwinPlan } from './plan.ts'
import type { StepResult, TwinRun } from './twin.ts'

/** Returns the names of the programs that a plan runs and Netarium does not have. */
export function missingPrograms(plan: TwinPlan): string[] {
  return programsOf(plan).filter(name => !PROGRAMS.has(name))
}

/** Returns the first words of a plan's commands, sorted. */
export function programsOf({ nodes, steps }: TwinPlan): string[] {
  const commands = [...nodes.flatMap(node => node.commands), ...steps.flatMap(({ run }) => run?.command ?? [])]
  return [...new Set(commands.map(command => command.split(' ')[0]))].sort()
}

/** Plays a plan in virtual time: the lab's script and checks to their end, at least until the plan's. Throws LabError. */
export async function simulate(model: LabModel, plan: TwinPlan): Promise<TwinRun> {
  const lab = await Lab.fromModel(model)
  const { steps, checks } = await lab.run()
  await lab.runUntil(plan.untilMs * 1e6)
  const script = [...steps]
  const results = plan.steps.flatMap((step): StepResult[] => {
    if (step.run === undefined) return []
    const outcome = step.check === undefined ? script.shift() : checks[model.checks.indexOf(step.check)]
    if (outcome === undefined) throw new Error(`${step.run.command}: the simulator did not run it`)
    const { status, stdout, stderr } = outcome
    return [{ step, status, stdout, stderr }]
  })
  return { captures: capturesOf(lab), results }
}

/** What crossed each link end so far, by `node:dev`. */
export function capturesOf(lab: Lab): Map<string, CapturedFrame[]> {
  const ends = lab.model.links.flatMap(({ endpoints }) => endpoints.map(end => `${end.node}:${end.interface}`))
  return new Map(ends.map(end => [end, lab.capture(end).frames
    .map(({ timeNs, direction, bytes }) => ({ atNs: timeNs, direction, bytes }))]))
}
