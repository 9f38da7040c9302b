import { LabError } from './errors.ts'
import { explain } from './explain.ts'
import { Report } from './findings.ts'
import { type LinkChange, linkChangeSchema } from './schema.ts'

/** Throws LabError, in the words of a lab file's errors, if `set` is no change of a link. call: who says so. */
export function checkLinkChange(set: LinkChange, call: string): void {
  const result = linkChangeSchema.safeParse(set)
  if (result.success) return
  const report = new Report({ placeOf: () => ({ file: call, line: 0, column: 0 }) })
  explain(result.error.issues, set, report)
  throw new LabError(report.errors)
}
