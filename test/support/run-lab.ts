/** Runs a lab's script and checks, in Node or in a browser: nothing here is Node's own. */
import { Lab } from '../../src/lab/lab.ts'

/** What two runs that ought to be the same are compared by. */
export interface RunOutcome {
  journalHash: string
  endedAtNs: number
  /** `on at: ok|FAIL`, in the report's order. */
  checks: string[]
  /** The report's figures, as JSON. */
  figures: string
}

export async function runLabText(text: string, fileName: string, seed?: number): Promise<RunOutcome> {
  const lab = Lab.fromText(text, fileName, seed === undefined ? {} : { seed })
  const report = await lab.run()
  const checks = report.checks.map(check => `${check.on} ${check.at}: ${check.ok ? 'ok' : 'FAIL'}`)
  return {
    journalHash: report.journalHash, endedAtNs: report.endedAtNs, checks, figures: JSON.stringify(report.figures),
  }
}
