/**
 * From the text of a lab of 50 nodes to its first event: read, checked, built, configured, and a ping sent.
 *
 *     cold   the first time in a process: what a person waits for, less node's own start and the loading of modules
 *     warm   best of several: what a test suite pays per lab
 */
import { Lab } from '../src/lab/lab.ts'
import { campus } from './labs.ts'
import { cpuNs, report } from './harness.ts'

const RUNS = 15

async function once(text: string): Promise<number> {
  const before = cpuNs()
  const lab = await Lab.fromText(text, 'campus.yaml')
  await lab.runUntil(0)
  return (cpuNs() - before) / 1e6
}

export async function run(): Promise<void> {
  const text = campus(40, 8, 2)
  report('start', 'cold', 'ms', await once(text))
  let best = Infinity
  for (let i = 0; i < RUNS; i++) best = Math.min(best, await once(text))
  report('start', 'warm', 'ms', best)
}
