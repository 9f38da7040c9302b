/**
 * A bounded run of the fuzzer: the same 60 labs each time. The long run is fuzz.mjs. About half a minute, mostly spent
 * waiting for ARP and for the kernel's news of carriers.
 */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { requireRoot, requireTool } from '../../support/tools.ts'
import { formatDifference, labOf, runCampaign } from './campaign.ts'
import { labText, modelOf } from './fuzz-lab.ts'
import { shrink } from './shrink.ts'

const SEED = 1
const COUNT = 60
const MACHINE = fileURLToPath(new URL('machine.py', import.meta.url))
const TOOLS = [
  'python3', 'ip', 'bridge', 'ethtool', 'sysctl', 'ping', 'arping', 'traceroute', 'arp', 'route', 'ifconfig', 'netstat',
    'nstat',
]

test('sixty random labs: the kernel and Netarium do and say the same', async (context) => {
  requireRoot(context)
  for (const tool of TOOLS) requireTool(tool, context)
  const results = await runCampaign({
    seed: SEED, count: COUNT, jobs: 20, kinds: ['static', 'packet'], shrinking: false, machine: MACHINE,
  })
  const differing = results.filter(({ difference }) => difference !== null)
  if (differing.length > 0) expect.fail(differing.map(formatDifference).join('\n'))
  expect(results.map(({ refused }) => refused).filter(reason => reason !== null)).toEqual([])
  expect(results.length).toBe(COUNT)
  expect(results.filter(({ frames }) => frames > 0).length).toBeGreaterThan(COUNT / 3)
}, 240_000)

test('a seed is a lab: the same text each time, and the product reads it', () => {
  for (const kinds of [['static'], ['packet']] as const) {
    const texts = [1, 2, 3].map(seed => labText(labOf(seed, kinds)))
    expect([1, 2, 3].map(seed => labText(labOf(seed, kinds)))).toEqual(texts)
    expect(new Set(texts).size).toBe(3)
    for (const seed of [1, 2, 3]) expect(modelOf(labOf(seed, kinds)).name).toBe(`fuzz-${kinds[0]}-${seed}`)
  }
})

test('shrinking leaves what is needed and nothing else', async () => {
  const lab = labOf(2, ['packet'])
  const [needed] = lab.steps.filter(({ run }) => run.startsWith('ping'))
  const small = await shrink(lab, async candidate =>
    candidate.steps.some(({ run, on }) => run === needed.run && on === needed.on))
  expect(small.steps).toEqual([needed])
  expect(small.nodes.map(({ name }) => name)).toEqual([needed.on])
  expect(small.links).toEqual([])
  expect(small.nodes[0].interfaces.flatMap(({ addresses }) => addresses)).toEqual([])
})
