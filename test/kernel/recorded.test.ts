/** The comparison of labs.test.ts against recordings of the kernel, where there is no root to ask it. */
import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { LAB_NAMES, readLab } from '../support/labs.ts'
import { difference, lanesOf } from '../../src/node/kernel/compare.ts'
import { planOf, unbuildable } from '../../src/node/kernel/plan.ts'
import { loadRecording, recordingPath, RECORD_COMMAND, stepLines } from './recording.ts'
import { missingPrograms, simulate } from '../../src/node/kernel/simulate.ts'

const labs = LAB_NAMES.filter(lab => unbuildable(readLab(lab)) === null)

describe('recordings of the Linux kernel', () => {
  for (const lab of labs) {
    test(`${lab}: there is one, of this lab's links, MAC addresses and steps (else: ${RECORD_COMMAND})`, () => {
      expect(existsSync(recordingPath(lab))).toBe(true)
      const { captures, untilMs, steps } = loadRecording(lab)
      const plan = planOf(readLab(lab))
      const ends = plan.links.flatMap(({ a, b }) => [a, b])
      expect([...captures.keys()].sort()).toEqual(ends.map(({ node, dev }) => `${node}:${dev}`).sort())
      expect(untilMs).toBe(plan.untilMs)
      expect(steps).toEqual(stepLines(plan))
      const macs = new Set(ends.map(({ mac }) => mac.replaceAll(':', '')))
      const senders = lanesOf(captures, untilMs * 1e6).flatMap(({ frames }) => frames)
        .map(({ bytes }) => Buffer.from(bytes.subarray(6, 12)).toString('hex'))
      expect(senders.filter(mac => !macs.has(mac))).toEqual([])
    })

    test(`${lab}: the simulator sends the same frames`, async () => {
      const model = readLab(lab)
      const plan = planOf(model)
      expect(missingPrograms(plan)).toEqual([])
      const { captures, untilMs } = loadRecording(lab)
      const untilNs = untilMs * 1e6
      expect(difference(captures, (await simulate(model, plan)).captures, untilNs)).toBe('')
    })
  }
})
