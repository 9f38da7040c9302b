import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { writePcap } from '../kernel/captures.ts'
import { type Comparison, compareWithKernel } from '../kernel/kernel-twin.ts'
import { CannotBuild } from '../kernel/machine.ts'
import { comparisonDocument, formatComparison } from '../kernel/report.ts'
import { missingFor } from '../kernel/requirements.ts'
import type { TwinRun } from '../kernel/twin.ts'
import { readLab } from '../load-lab.ts'
import { BadInput, EXIT_CHECK_FAILED, EXIT_DONE, printJson, showsProgress } from './context.ts'

export interface KernelOptions {
  readonly json?: boolean
  readonly keep?: string
}

/** `netarium kernel LAB`: the lab on the Linux kernel too, compared; exit status 1 when they are not the same. */
export async function kernel(name: string, options: KernelOptions): Promise<number> {
  const model = readLab(name)
  const missing = missingFor(model)
  if (missing.length > 0) throw cannotBuild(model.name, missing.join('; '))
  if (options.keep !== undefined) makeFolders(options.keep)
  const restore = endOnSignals()
  try {
    const comparison = await compareWithKernel(model, (attempt, { untilMs }) => {
      progress(`the kernel plays ${model.name}, ${untilMs / 1000} s${attempt > 1 ? ', once more' : ''} …`)
    })
    progress('')
    if (options.keep !== undefined) keep(options.keep, comparison)
    if (options.json === true) printJson(comparisonDocument(comparison))
    else process.stdout.write(formatComparison(comparison))
    return comparison.equal ? EXIT_DONE : EXIT_CHECK_FAILED
  } catch (error) {
    if (error instanceof CannotBuild) throw cannotBuild(model.name, error.message)
    throw error
  } finally {
    restore()
  }
}

function progress(text: string): void {
  if (showsProgress()) process.stderr.write(`\r\x1b[K${text}`)
}

function cannotBuild(lab: string, why: string): BadInput {
  return new BadInput(`kernel: ${lab} cannot be built here: ${why}`)
}

/**
 * Ends the process in its own way at a signal, so that the namespaces go with it; returns what undoes this. The handlers
 * stay while it ends: a second Ctrl-C must not stop the cleaning up.
 */
function endOnSignals(): () => void {
  const signals = [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const
  const handlers = signals.map(([signal, status]) => [signal, () => { process.exit(status) }] as const)
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => { for (const [signal, handler] of handlers) process.off(signal, handler) }
}

const SIDES = ['kernel', 'netarium'] as const

function makeFolders(folder: string): void {
  try {
    for (const side of SIDES) mkdirSync(path.join(folder, side), { recursive: true })
  } catch (error) {
    throw new BadInput(`--keep ${folder}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Writes what was compared, as it was: a capture a link end, and all commands with what they printed. */
function keep(folder: string, comparison: Comparison): void {
  for (const side of SIDES) {
    const { captures, results }: TwinRun = comparison[side]
    for (const [end, frames] of captures) {
      writeFileSync(path.join(folder, side, `${end.replace(':', '-')}.pcap`), writePcap(frames))
    }
    const commands = results.map(({ step: { atMs, run }, status, stdout, stderr }) =>
      ({ atNs: atMs * 1e6, on: run?.node, run: run?.command, status, stdout, stderr }))
    writeFileSync(path.join(folder, side, 'commands.json'), `${JSON.stringify(commands, null, 2)}\n`)
  }
}
