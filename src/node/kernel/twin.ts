/**
 * Runs a plan on the real kernel, in real time, with the same distances between its steps as in virtual time: ARP's
 * own timers (a probe 5 s after first use, retries 1 s apart) must fall between the same commands.
 */
import { spawnSync } from 'node:child_process'
import { timeSince, type CapturedFrame as FileFrame } from '../../capture/capture-file.ts'
import { TwinMachine, type CommandResult } from './machine.ts'
import { writePcap, type CapturedFrame } from './captures.ts'
import type { PlannedStep, TwinPlan } from './plan.ts'

export interface StepResult extends CommandResult {
  readonly step: PlannedStep
}

export interface TwinRun {
  /** All link ends, in the order of the plan's links; each list in the order of time. */
  readonly captures: Map<string, CapturedFrame[]>
  /** Of the steps that run commands, in the order of the plan. */
  readonly results: StepResult[]
}

/** Builds the plan, plays its steps, and takes everything down again, also when something throws. */
export async function runTwin(plan: TwinPlan): Promise<TwinRun> {
  const machine = new TwinMachine(plan)
  try {
    await machine.build()
    const startNs = process.hrtime.bigint()
    const startEpochMs = Date.now()
    const results = await playSteps(machine, plan, startNs)
    await sleepUntil(startNs, plan.untilMs)
    const received = await machine.received()
    return { captures: joinDirections(plan, received, startEpochMs), results }
  } finally {
    await machine.remove()
  }
}

async function playSteps(machine: TwinMachine, plan: TwinPlan, startNs: bigint): Promise<StepResult[]> {
  const running: Promise<StepResult>[] = []
  for (const step of plan.steps) {
    await sleepUntil(startNs, step.atMs)
    if (step.cable !== undefined) await machine.setCable(step.cable.end, step.cable.up)
    if (step.run !== undefined) {
      running.push(machine.run(step.run.node, step.run.command, step.limitMs).then(result => ({ step, ...result })))
      // Steps of one instant are started in order; give the earlier one its head start.
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  return Promise.all(running)
}

async function sleepUntil(startNs: bigint, atMs: number): Promise<void> {
  const leftMs = atMs - Number(process.hrtime.bigint() - startNs) / 1e6
  if (leftMs > 0) await new Promise(resolve => setTimeout(resolve, leftMs))
}

type Received = Awaited<ReturnType<TwinMachine['received']>>

/** What arrived at the other end is what left this one. */
function joinDirections(plan: TwinPlan, received: Received, startEpochMs: number): Map<string, CapturedFrame[]> {
  const captures = new Map<string, CapturedFrame[]>()
  for (const [end, { peer, records }] of received) {
    const frames = records.map(frame => relative(frame, 'in', startEpochMs))
    if (peer !== end) {
      const sent = received.get(peer)
      if (sent === undefined) throw new Error(`${peer} was not captured`)
      frames.push(...sent.records.map(frame => relative(frame, 'out', startEpochMs)))
    }
    frames.sort((x, y) => x.atNs - y.atNs)
    captures.set(end, frames.filter(frame => frame.atNs < plan.untilMs * 1e6))
  }
  return captures
}

function relative(record: FileFrame, direction: 'in' | 'out', startEpochMs: number): CapturedFrame {
  const startSeconds = Math.floor(startEpochMs / 1000)
  const atNs = timeSince(record, startSeconds) - (startEpochMs - startSeconds * 1000) * 1e6
  return { atNs: Math.max(0, atNs), direction, bytes: record.bytes }
}

/** Returns how many of the frames until `untilMs` match a tcpdump filter. */
export function countFrames(frames: readonly CapturedFrame[], filter: string, untilMs: number): number {
  const file = writePcap(frames.filter(frame => frame.atNs <= untilMs * 1e6))
  const result = spawnSync('tcpdump', ['-nn', '-t', '-r', '-', ...(filter === '' ? [] : [filter])], { input: file })
  if (result.status !== 0) throw new Error(`tcpdump ${filter}: ${String(result.stderr)}`)
  return String(result.stdout).split('\n').filter(line => line !== '' && !line.startsWith('\t')).length
}
