/** Runs a lab's script and checks, in Node or in a browser: nothing here is Node's own. */
import { Lab } from '../../src/lab/lab.ts'

/** What two runs that ought to be the same are compared by. */
export interface RunOutcome {
  journalHash: string
  endedAtNs: number
  /** `ok|FAIL|skip: what was checked`, in the order of their times, and why a failed one does not hold. */
  checks: string[]
  /** The report's figures, as JSON. */
  figures: string
}

/** Starts the lab of this text, runs it to its end, and says how it went. */
export async function runLabText(text: string, fileName: string, seed?: number): Promise<RunOutcome> {
  const lab = await Lab.fromText(text, fileName, { seed })
  const report = await lab.run()
  const checks = report.checks.map(({ ok, atNs, name, reasons }) =>
    `${ok === null ? 'skip' : ok ? 'ok' : 'FAIL'}: ${atNs} ${name}${ok === false ? `: ${reasons.join('; ')}` : ''}`)
  await lab.close()
  return {
    journalHash: report.journalHash, endedAtNs: report.endedAtNs, checks, figures: JSON.stringify(report.figures),
  }
}
