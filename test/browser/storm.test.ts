import path from 'node:path'
import { expect, test } from 'vitest'
import { requireTool } from '../support/tools.ts'
import { bundleForBrowser } from './bundle.ts'
import { withPage } from './page.ts'
import { runStorm } from './storm.ts'

const HERE = path.resolve(import.meta.dirname)
const SEEDS = [1, 7, 123456789012]

test('a storm of timers, chance and bytes has the same hash in Chromium as in Node', async (context) => {
  requireTool('chromium', context)
  const bundle = await bundleForBrowser(
    'import { runStorm } from \'./storm.ts\'\nObject.assign(globalThis, { runStorm })', HERE)
  expect([bundle.builtins, bundle.warnings]).toEqual([[], []])
  const inChromium = await withPage(bundle.code, page => page.evaluate(
    seeds => seeds.map(seed => (globalThis as unknown as { runStorm: typeof runStorm }).runStorm(seed)), SEEDS))
  const inNode = SEEDS.map(runStorm)
  expect(inChromium).toEqual(inNode)
  expect(new Set(inNode.map(({ hash }) => hash)).size).toBe(SEEDS.length)
  expect(inNode[0]).toEqual({ hash: '8f87c611ce2429e6', events: 43348, endedAtNs: 600e9 })
})
