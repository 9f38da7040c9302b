import type { LabModel } from '../lab/model.ts'
import { parseLabBytes } from '../lab/parse-yaml.ts'
import { findLab, readLabText } from './bundled-labs.ts'

/** Reads a lab by path or by the name of a bundled one. Throws NoSuchLab, LabError. */
export function readLab(lab: string): LabModel {
  const file = findLab(lab)
  return parseLabBytes(readLabText(file), file)
}
