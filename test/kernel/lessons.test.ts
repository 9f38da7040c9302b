/** What the lessons show is what Linux prints: each example is run on the kernel, in its lab as it starts. */
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { examplesOf, missingLine, type Example } from '../labs/lessons.ts'
import { LAB_NAMES, readLab } from '../support/labs.ts'
import { requireRoot, requireTool } from '../support/tools.ts'
import { TwinMachine } from '../../src/node/kernel/machine.ts'
import { planOf, unbuildable } from '../../src/node/kernel/plan.ts'

function lesson(lab: string, file: string): Example[] {
  return examplesOf(readFileSync(new URL(`../../labs/${lab}/${file}`, import.meta.url), 'utf8'))
}

/** Linux tells of a new carrier, and of none, within a second (link_watch.c): before it, ports do not forward. */
const LINKWATCH_MS = 1100

async function printedBy({ lab, node, command }: Example): Promise<string> {
  const machine = new TwinMachine(planOf(readLab(lab)))
  try {
    await machine.build()
    await setTimeout(LINKWATCH_MS)
    const { stdout, stderr } = await machine.run(node, command)
    return stdout + stderr
  } finally {
    await machine.remove()
  }
}

const examples = LAB_NAMES.filter(lab => unbuildable(readLab(lab)) === null).flatMap(lab => lesson(lab, 'README.md'))

test('there are examples, and the Chinese lessons show the same ones', () => {
  expect(examples.length).toBeGreaterThan(8)
  const all = (file: string): Example[] => LAB_NAMES.flatMap(lab => lesson(lab, file))
  expect(all('README.zh.md')).toEqual(all('README.md'))
})

describe.concurrent('on the Linux kernel', () => {
  for (const example of examples) {
    test(`${example.lab}: ${example.node} prints for \`${example.command}\` what the lesson shows`, { retry: 2, timeout: 60_000 }, async context => {
      requireRoot(context)
      for (const tool of ['ip', 'ethtool', 'nsenter', 'tcpdump', 'ping', 'traceroute']) requireTool(tool, context)
      const printed = await printedBy(example)
      expect(missingLine(example, printed), printed).toBe(null)
    })
  }
})
