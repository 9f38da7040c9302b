import process from 'node:process'
import { expect, test } from 'vitest'
import { fuzzCodecs } from './codecs.ts'

const ITERATIONS = Number(process.env.FUZZ_ITERATIONS ?? 200_000)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
/** The longest that a timer can be set to: a run of any length may finish. */
const NO_LIMIT = 2 ** 31 - 1

test(`${ITERATIONS} hostile inputs of seed ${SEED}: no codec throws, reads outside or changes what it checks`, () => {
  const report = fuzzCodecs(ITERATIONS, SEED)
  expect(report.finds).toEqual([])
  if (ITERATIONS > 200_000) process.stdout.write(`${JSON.stringify(report)}\n`)
  // The inputs reach behind the checks: of each codec's, at least one in ten is accepted.
  for (const codec of Object.keys(report.inputs)) {
    expect([codec, report.accepted[codec] > report.inputs[codec] / 10]).toEqual([codec, true])
  }
}, NO_LIMIT)

test('the same seed gives the same report', () => {
  expect(fuzzCodecs(7000, 5)).toEqual(fuzzCodecs(7000, 5))
  expect(fuzzCodecs(7000, 5)).not.toEqual(fuzzCodecs(7000, 6))
})
