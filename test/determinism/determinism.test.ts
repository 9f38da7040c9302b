import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { LAB_NAMES, labPath } from '../support/labs.ts'
import { type RunOutcome, runLabText } from '../support/run-lab.ts'
import { pinnedHashes, writePinnedHashes } from './hashes.ts'

const CHANCE = /\b(loss|jitter|duplicate|reorder|corrupt):/
const texts = new Map(LAB_NAMES.map(lab => [lab, readFileSync(labPath(lab), 'utf8')]))
const first = new Map<string, Promise<RunOutcome>>()

const run = (lab: string, text = texts.get(lab)!, seed?: number): Promise<RunOutcome> =>
  runLabText(text, `labs/${lab}/lab.yaml`, seed)

/** The run that the others are compared with. */
function firstRun(lab: string): Promise<RunOutcome> {
  const known = first.get(lab) ?? run(lab)
  first.set(lab, known)
  return known
}

/** The same lab, its nodes declared the other way round (anchors and merge keys written out, for order matters to them). */
function nodesReversed(text: string): string {
  const lab = parse(text, { merge: true }) as { topology: { nodes: Record<string, unknown> } }
  lab.topology.nodes = Object.fromEntries(Object.entries(lab.topology.nodes).reverse())
  return stringify(lab)
}

beforeAll(async () => {
  if (!process.env.UPDATE_HASHES) return
  const hashes = new Map<string, string>()
  for (const lab of LAB_NAMES) hashes.set(lab, (await firstRun(lab)).journalHash)
  writePinnedHashes(hashes)
})

test('every bundled lab has its hash pinned, and no other lab has', () => {
  expect([...pinnedHashes().keys()]).toEqual(LAB_NAMES)
})

describe.each(LAB_NAMES)('%s', (lab) => {
  test('the journal hash is the pinned one', async () => {
    expect((await firstRun(lab)).journalHash).toBe(pinnedHashes().get(lab))
  })

  test('a second run is the same, to the last figure', async () => {
    expect(await run(lab)).toEqual(await firstRun(lab))
  })

  test('with the nodes declared in another order the run is the same', async () => {
    const text = nodesReversed(texts.get(lab)!)
    expect(text).not.toBe(texts.get(lab))
    expect(await run(lab, text)).toEqual(await firstRun(lab))
  })

  if (CHANCE.test(texts.get(lab)!)) test('another seed gives another run', async () => {
    const hashes = new Set<string>()
    for (const seed of [1, 2, 3, 4]) hashes.add((await run(lab, texts.get(lab)!, seed)).journalHash)
    expect(hashes.size).toBe(4)
  })
})
