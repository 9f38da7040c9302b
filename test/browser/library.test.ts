import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { pinnedHashes } from '../determinism/hashes.ts'
import { LAB_NAMES, labPath } from '../support/labs.ts'
import { type runLabText, type RunOutcome } from '../support/run-lab.ts'
import { requireTool } from '../support/tools.ts'
import { root, sources } from '../tidy/sources.ts'
import { bundleForBrowser } from './bundle.ts'
import { withPage } from './page.ts'

const HERE = path.resolve(import.meta.dirname)
const LIBRARY = sources('src').map(({ file }) => file)
  .filter(file => !file.startsWith('src/node/') && file !== 'src/index.node.ts')

/** A module that imports every file below node/, and puts runLab() where the page's console would find it. */
const ENTRY = [
  ...LIBRARY.map((file, index) => `import * as file${index} from ${JSON.stringify(path.join(root, file))}`),
  'import { runLabText } from \'../support/run-lab.ts\'',
  `Object.assign(globalThis, { runLabText, library: [${LIBRARY.map((_, index) => `file${index}`).join(', ')}] })`,
].join('\n')

test('everything below node/ bundles for the browser: no Node builtin, nothing missing', async () => {
  const bundle = await bundleForBrowser(ENTRY, HERE)
  expect([bundle.builtins, bundle.warnings]).toEqual([[], []])
})

test('every bundled lab runs in Chromium as in Node: the same hash, checks and figures', async (context) => {
  requireTool('chromium', context)
  const { code } = await bundleForBrowser(ENTRY, HERE)
  const labs = LAB_NAMES.map(lab => ({ fileName: `labs/${lab}/lab.yaml`, text: readFileSync(labPath(lab), 'utf8') }))
  const runAll = async (given: typeof labs): Promise<RunOutcome[]> => {
    const outcomes: RunOutcome[] = []
    for (const { fileName, text } of given) {
      outcomes.push(await (globalThis as unknown as { runLabText: typeof runLabText }).runLabText(text, fileName))
    }
    return outcomes
  }
  const inChromium = await withPage(code, page => page.evaluate(runAll, labs))
  const { runLabText: inNode } = await import('../support/run-lab.ts')
  for (const [index, { fileName, text }] of labs.entries()) {
    expect({ fileName, ...inChromium[index] }).toEqual({ fileName, ...await inNode(text, fileName) })
  }
  expect(new Map(LAB_NAMES.map((lab, index) => [lab, inChromium[index].journalHash]))).toEqual(pinnedHashes())
  expect(inChromium.flatMap(({ checks }) => checks).filter(check => check.startsWith('FAIL'))).toEqual([])
})
