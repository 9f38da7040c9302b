import { Lab, type LabOptions } from '../lab/lab.ts'
import type { LabModel } from '../lab/model.ts'
import { parseLabBytes } from '../lab/parse-yaml.ts'
import { findLab, readLabText } from './bundled-labs.ts'

/** Reads a lab by path or by the name of a bundled one. Throws NoSuchLab, LabError. */
export function readLab(lab: string): LabModel {
  const file = findLab(lab)
  return parseLabBytes(readLabText(file), file)
}

/** Reads and starts a lab, by path or by the name of a bundled one. Throws NoSuchLab, LabError. */
export function loadLab(lab: string, options: LabOptions = {}): Promise<Lab> {
  return Lab.fromModel(readLab(lab), options)
}
