import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { JournalRecord } from '../../src/engine/journal-record.ts'
import { JournalKind } from '../../src/engine/journal-record.ts'
import { Lab } from '../../src/lab/lab.ts'
import { parseLab } from '../../src/lab/parse-yaml.ts'
import { countInto, frameCounts } from './figures.ts'
import { PROGRAMS_SO_FAR, need } from './programs.ts'

const record = (timeNs: number, length: number, kind: number = JournalKind.FRAME_SENT): JournalRecord =>
  ({ kind, timeNs, node: 0, a: 2, b: 1, c: 0, d: 0, sequence: 0, bytes: new Uint8Array(length) } as unknown as JournalRecord)

test('a frame belongs to the bin that it was sent in: its start is in, its end is the next one\'s', () => {
  const records = [record(9, 60), record(10, 42), record(19, 60), record(20, 98), record(25, 5, JournalKind.FRAME_RECEIVED),
    record(39, 64), record(40, 64)]
  const series = [{ name: 'all', frames: new Float64Array(3), bytes: new Float64Array(3) }]
  countInto(series, records, () => true, () => 0, 10, 10)
  expect(series).toEqual([{ name: 'all', frames: Float64Array.of(2, 1, 1), bytes: Float64Array.of(102, 98, 64) }])
})

test('first-ping, second by second: by protocol over all cables, and in each direction of its cable', async () => {
  await need('all')
  const text = readFileSync(new URL('../../labs/first-ping/lab.yaml', import.meta.url), 'utf8')
  const lab = await Lab.fromModel(parseLab(text, 'lab.yaml'), { tracing: true, programs: PROGRAMS_SO_FAR })
  await lab.run()
  const span = { fromNs: 0, binNs: 1e9, bins: 8 }
  const whole = frameCounts(lab, { link: null, ...span })
  expect(whole.series.map(({ name, frames, bytes }) => [name, [...frames], [...bytes]])).toEqual([
    ['arp', [0, 2, 0, 0, 0, 0, 2, 0], [0, 84, 0, 0, 0, 0, 84, 0]],
    ['icmp', [0, 2, 2, 2, 0, 0, 0, 0], [0, 196, 196, 196, 0, 0, 0, 0]],
  ])
  const cable = frameCounts(lab, { link: 0, ...span })
  expect(cable.series.map(({ name, frames }) => [name, [...frames]])).toEqual(
    [['0', [0, 2, 1, 1, 0, 0, 1, 0]], ['1', [0, 2, 1, 1, 0, 0, 1, 0]]])
  expect(() => frameCounts(lab, { link: 1, ...span })).toThrow('there is no cable 1')
})
