/**
 * Every bundled lab that can be built from namespaces runs on the Linux kernel: its checks hold there, the simulator
 * sends the same frames over every link, and its commands print the same. Real time: some 40 s in all, five labs at
 * once.
 */
import { describe, expect, test } from 'vitest'
import type { LabModel } from '../../src/lab/model.ts'
import { judgeFrames, judgeRun } from '../../src/lab/expect.ts'
import { LAB_NAMES, readLab } from '../support/labs.ts'
import { requireRoot, requireTool } from '../support/tools.ts'
import { difference } from '../../src/node/kernel/compare.ts'
import { ATTEMPTS, compareRuns, type Comparison } from '../../src/node/kernel/kernel-twin.ts'
import { planOf, unbuildable, type TwinPlan } from '../../src/node/kernel/plan.ts'
import { formatComparison } from '../../src/node/kernel/report.ts'
import { missingPrograms, simulate } from '../../src/node/kernel/simulate.ts'
import { loadRecording, saveRecording } from './recording.ts'
import { countFrames, runTwin, type TwinRun } from '../../src/node/kernel/twin.ts'

type Context = Parameters<typeof requireTool>[1]

const TIMEOUT_MS = 180_000
const wanted = process.env.LABS?.split(',')
const labs = LAB_NAMES.filter(lab => wanted?.includes(lab) ?? true)
/** A lab as it went on the kernel, and compared with the simulator's. */
interface LabRun {
  readonly plan: TwinPlan
  readonly run: TwinRun
  readonly comparison: Comparison
}

const runs = new Map<string, Promise<LabRun>>()

/** Runs each lab once, whoever asks first; skips where this machine can't. */
function kernelRun(lab: string, context: Context): Promise<LabRun> {
  requireRoot(context)
  for (const tool of ['ip', 'bridge', 'ethtool', 'nsenter', 'tcpdump', 'ping', 'traceroute']) requireTool(tool, context)
  const model = readLab(lab)
  const reason = unbuildable(model)
  if (reason !== null) context.skip(reason)
  const started = runs.get(lab) ?? steadyRun(model)
  runs.set(lab, started)
  return started
}

/**
 * The kernel plays in real time, and a busy machine can start a command half a second late: then the frames of the end
 * are missing, or come after the check that counts them, or an ARP timer falls on the other side of a command. Such a
 * run is played again, as the verb does; what the kernel really does differently, it does every time.
 */
async function steadyRun(model: LabModel): Promise<LabRun> {
  const plan = planOf(model)
  const netarium = await simulate(model, plan)
  for (let attempt = 1; ; attempt++) {
    const run = await runTwin(plan)
    const comparison = compareRuns(model, plan, run, netarium)
    if (process.env.NETARIUM_RECORD || attempt === ATTEMPTS) return { plan, run, comparison }
    const recorded = loadRecording(plan.lab).captures
    const same = difference(run.captures, recorded, plan.untilMs * 1e6, 'recording') === ''
    if (same && comparison.equal && failedChecks({ plan, run, comparison }).length === 0) return { plan, run, comparison }
  }
}

/** Names of the checks that do not hold, with the reasons. */
function failedChecks({ plan, run }: LabRun): string[] {
  const failed: string[] = []
  for (const { step: { check }, ...outcome } of run.results) {
    if (check !== undefined) failed.push(...judgeRun(check.expect, outcome).map(reason => `${check.name}: ${reason}`))
  }
  for (const check of plan.counts) {
    const frames = (run.captures.get(`${check.on}:${check.interface}`) ?? [])
      .filter(({ atNs }) => atNs >= check.fromNs)
      .filter(({ direction }) => check.direction === 'inout' || check.direction === direction)
    const count = countFrames(frames, check.filter, check.atNs / 1e6)
    failed.push(...judgeFrames(check.expect, count).map(reason => `${check.name}: ${reason}`))
  }
  return failed
}

describe.concurrent('on the Linux kernel', () => {
  for (const lab of labs) {
    test(`${lab}: all checks hold`, async context => {
      const labRun = await kernelRun(lab, context)
      if (process.env.NETARIUM_RECORD) saveRecording(labRun.plan, labRun.run)
      expect(failedChecks(labRun)).toEqual([])
    }, TIMEOUT_MS)

    test(`${lab}: the kernel sends what it sent when it was recorded`, async context => {
      const { plan, run } = await kernelRun(lab, context)
      const recorded = loadRecording(lab).captures
      expect(difference(run.captures, recorded, plan.untilMs * 1e6, 'recording')).toBe('')
    }, TIMEOUT_MS)
  }
})

describe.concurrent('the simulator does what the Linux kernel does', () => {
  for (const lab of labs) {
    test(`${lab}: the same frames on every link, and the same lines of every command`, async context => {
      expect(missingPrograms(planOf(readLab(lab)))).toEqual([])
      const { comparison } = await kernelRun(lab, context)
      if (!comparison.equal) expect.fail(formatComparison(comparison))
    }, TIMEOUT_MS)
  }
})
