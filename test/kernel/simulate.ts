/** The simulator's side of the comparison: the one place that knows how a lab is run and its captures are read. */
import { Lab } from '../../src/lab/lab.ts'
import { PROGRAMS } from '../../src/programs/registry.ts'
import { readLab } from '../support/labs.ts'
import type { CapturedFrame } from './pcap.ts'

/** Whether the simulator can run what the labs' scripts need. */
export const simulatorExists = PROGRAMS.has('ping') && PROGRAMS.has('ip')

/** Runs a bundled lab to its end, at least until `untilNs`; returns what crossed each link end, by `node:dev`. */
export async function simulateCaptures(name: string, untilNs: number): Promise<Map<string, CapturedFrame[]>> {
  const lab = await Lab.fromModel(readLab(name))
  await lab.run()
  await lab.runUntil(untilNs)
  const ends = lab.model.links.flatMap(({ endpoints }) => endpoints.map(end => `${end.node}:${end.interface}`))
  return new Map(ends.map(end => [end, lab.capture(end).frames
    .map(({ timeNs, direction, bytes }) => ({ atNs: timeNs, direction, bytes }))]))
}
