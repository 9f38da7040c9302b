/** The simulator's side of the comparison: the one place that knows how a lab is run and its captures are read. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CapturedFrame } from './pcap.ts'

const RUNNER = new URL('../../src/lab/lab.ts', import.meta.url)

/** Whether there is a simulator to compare with. */
export const simulatorExists = existsSync(fileURLToPath(RUNNER))

/** Runs a lab to its end and returns what crossed each link end, by `node:dev`. */
export async function simulateCaptures(labPath: string): Promise<Map<string, CapturedFrame[]>> {
  throw new Error(`${labPath}: ${RUNNER.pathname} is not here yet`)
}
