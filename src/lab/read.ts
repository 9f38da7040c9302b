import { explain, without } from './explain.ts'
import type { LabModel } from './model.ts'
import type { Report } from './findings.ts'
import { resolve } from './resolve.ts'
import { labSchema, type LabInput } from './schema.ts'

/** Checks `input` against the schema and for its meaning; null if report.errors is not empty afterwards. */
export function readLab(input: unknown, report: Report): LabModel | null {
  const result = labSchema.safeParse(input)
  if (!result.success) explain(result.error.issues, input, report)
  const isMapping = input !== null && typeof input === 'object' && !Array.isArray(input)
  const model = isMapping ? resolve(without(input, report.cut) as Partial<LabInput>, report) : null
  return report.errors.length === 0 ? model : null
}
