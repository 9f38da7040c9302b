/** What test/labs/why-cases.ts claims, on the Linux kernel: before the fix the packet is lost, after it not. */
import { describe, expect, test } from 'vitest'
import { requireRoot, requireTool } from '../support/tools.ts'
import { WHY_CASES, type WhyCase } from '../labs/why-cases.ts'
import { TwinMachine } from '../../src/node/kernel/machine.ts'
import { readLab } from '../support/labs.ts'
import { planOf } from '../../src/node/kernel/plan.ts'

async function pingAfterFix({ lab, from, to, size, at, fix }: WhyCase): Promise<{ before: number | null, after: number | null }> {
  const plan = planOf(readLab(lab))
  const machine = new TwinMachine(plan)
  const ping = `ping -c 1 -W 4 ${size === undefined ? '' : `-M do -s ${size} `}${to}`
  try {
    await machine.build()
    for (const step of at === undefined ? [] : plan.steps.filter(({ atMs }) => atMs < Number.parseInt(at, 10))) {
      if (step.cable !== undefined) await machine.setCable(step.cable.end, step.cable.up)
      else if (step.run !== undefined && step.check === undefined) await machine.run(step.run.node, step.run.command)
    }
    const before = await machine.run(from, ping)
    for (const step of fix) {
      if (!('on' in step)) throw new Error('only commands can be proved here')
      const { status, stderr } = await machine.run(step.on, step.run)
      if (status !== 0) throw new Error(`${step.run}: ${stderr}`)
    }
    return { before: before.status, after: (await machine.run(from, ping)).status }
  } finally {
    await machine.remove()
  }
}

describe.concurrent('what why advises works on the Linux kernel', () => {
  for (const each of WHY_CASES.filter(({ sometimes }) => sometimes !== true)) {
    test(`${each.lab}: ${each.from} reaches ${each.to} after the fix, and not before`, { retry: 2, timeout: 60_000 }, async context => {
      requireRoot(context)
      for (const tool of ['ip', 'tcpdump', 'nsenter', 'ethtool', 'ping']) requireTool(tool, context)
      const { before, after } = await pingAfterFix(each)
      expect(before).not.toBe(0)
      expect(after).toBe(0)
    })
  }
})
