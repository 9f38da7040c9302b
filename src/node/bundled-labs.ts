import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { nearest } from '../lab/suggest.ts'

/** The folder `labs/` beside dist/ or src/. */
const LABS = fileURLToPath(new URL('../../labs/', import.meta.url))

export interface BundledLab {
  readonly name: string
  readonly file: string
}

/** The labs that come with Netarium, by name. */
export function bundledLabs(): BundledLab[] {
  return readdirSync(LABS).sort()
    .map((name) => ({ name, file: path.join(LABS, name, 'lab.yaml') }))
    .filter(({ file }) => existsSync(file))
}

/** Why a lab can't be opened: told to people as it is. */
export class NoSuchLab extends Error {
  override readonly name = 'NoSuchLab'
}

/**
 * The file of a lab given by path (a file, or a folder that holds lab.yaml) or by the name of a bundled one. What looks
 * like a path (has a slash or ends in .yaml) is one; else a bundled name wins. Throws NoSuchLab.
 */
export function findLab(lab: string): string {
  const isPath = lab.includes('/') || /\.ya?ml$/.test(lab)
  const bundled = bundledLabs().find(({ name }) => name === lab)
  if (!isPath && bundled !== undefined) return bundled.file
  const file = existsSync(lab) && statSync(lab).isDirectory() ? path.join(lab, 'lab.yaml') : lab
  if (existsSync(file)) return file
  if (isPath) throw new NoSuchLab(`${lab}: no such file`)
  const near = nearest(lab, bundledLabs().map(({ name }) => name))
  const hint = near === null ? '' : `; did you mean "${near}"?`
  throw new NoSuchLab(`${lab}: no bundled lab has that name, and no such file${hint} \`netarium labs\` lists the labs`)
}

export function readLabText(file: string): Uint8Array {
  return readFileSync(file)
}
