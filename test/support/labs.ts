/** The bundled labs, for tests that go through all of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { LabModel } from '../../src/lab/model.ts'
import { parseLabBytes } from '../../src/lab/parse-yaml.ts'

const FOLDER = new URL('../../labs/', import.meta.url)

/** Names of all bundled labs, sorted. */
export const LAB_NAMES: readonly string[] = readdirSync(FOLDER, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name)
  .sort()

/** Path of a bundled lab's file. */
export function labPath(lab: string): string {
  return fileURLToPath(new URL(`${lab}/lab.yaml`, FOLDER))
}

/** Reads and checks a bundled lab. */
export function readLab(lab: string): LabModel {
  return parseLabBytes(readFileSync(labPath(lab)), `labs/${lab}/lab.yaml`)
}
