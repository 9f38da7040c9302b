import { formatIssue, LabError } from '../../lab/errors.ts'
import type { LabModel } from '../../lab/model.ts'
import { NoSuchLab } from '../bundled-labs.ts'
import { readLab } from '../load-lab.ts'

/** Exit statuses of every verb. */
export const EXIT_DONE = 0
export const EXIT_CHECK_FAILED = 1
export const EXIT_BAD_INPUT = 2

/** Input that can't be used; the message goes to stderr, the status is EXIT_BAD_INPUT. */
export class BadInput extends Error {
  override readonly name = 'BadInput'
}

/** Runs a verb and ends the process with its status; what is wrong with the input is told without a stack. */
export async function conclude(verb: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await verb()
  } catch (error) {
    if (!isBadInput(error)) throw error
    process.exitCode = EXIT_BAD_INPUT
    console.error(error instanceof LabError ? error.message : `netarium: ${error.message}`)
  }
}

function isBadInput(error: unknown): error is Error {
  return error instanceof BadInput || error instanceof LabError || error instanceof NoSuchLab
}

/** Reads a lab; what it accepts without an effect, or what looks like a mistake, is told on stderr. */
export function openLab(name: string): LabModel {
  const model = readLab(name)
  for (const issue of model.warnings) console.error(`warning: ${formatIssue(issue)}`)
  return model
}

/** Prints one machine-readable document. */
export function printJson(document: unknown): void {
  console.log(JSON.stringify(document, null, 2))
}

/** Whether a person is watching the errors' stream: then long work shows how far it is. */
export function showsProgress(): boolean {
  return process.stderr.isTTY === true && process.env.CI === undefined
}
