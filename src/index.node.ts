/**
 * Netarium's programming interface on Node: everything of src/index.ts, and Lab.load reads files and bundled labs.
 */
import { Lab } from './lab/lab.ts'
import { readLab } from './node/load-lab.ts'

Lab.readModel = readLab

export * from './index.ts'
export { bundledLabs, findLab, NoSuchLab } from './node/bundled-labs.ts'
export { readLab } from './node/load-lab.ts'
