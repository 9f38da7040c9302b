/** The simulator's side of the comparison: the one place that knows how a lab is run and its captures are read. */
import { Lab } from '../../src/lab/lab.ts'
import { PROGRAMS } from '../../src/programs/registry.ts'
import { readLab } from '../support/labs.ts'
import type { CapturedFrame } from '../../src/node/kernel/pcap.ts'
import type { TwinPlan } from '../../src/node/kernel/plan.ts'

/** Returns the names of the programs that a plan runs and Netarium does not have. */
export function missingPrograms({ nodes, steps }: TwinPlan): string[] {
  const commands = [...nodes.flatMap(node => node.commands), ...steps.flatMap(({ run }) => run?.command ?? [])]
  const names = new Set(commands.map(command => command.split(' ')[0]))
  return [...names].filter(name => !PROGRAMS.has(name)).sort()
}

/** Runs a bundled lab to its end, at least until `untilNs`; returns what crossed each link end, by `node:dev`. */
export async function simulateCaptures(name: string, untilNs: number): Promise<Map<string, CapturedFrame[]>> {
  const lab = await Lab.fromModel(readLab(name))
  await lab.run()
  await lab.runUntil(untilNs)
  const ends = lab.model.links.flatMap(({ endpoints }) => endpoints.map(end => `${end.node}:${end.interface}`))
  return new Map(ends.map(end => [end, lab.capture(end).frames
    .map(({ timeNs, direction, bytes }) => ({ atNs: timeNs, direction, bytes }))]))
}
