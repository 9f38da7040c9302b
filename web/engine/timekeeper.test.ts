import { expect, test } from 'vitest'
import { Timekeeper } from './timekeeper.ts'

const SECOND = 1e9

test('a few frames are dwelt on long, and time waits for each', () => {
  const keeper = new Timekeeper()
  keeper.start(0, 1)
  const dwell = keeper.dwell(1, 100, SECOND)
  expect(dwell).toBe(406)
  expect([keeper.holds(505), keeper.allowance(505), keeper.holds(507), keeper.allowance(507)]).toEqual([true, 0, false, 1e6])
})

test('the more there are in a virtual second, the shorter, until none is; then it stays so for a while', () => {
  const keeper = new Timekeeper()
  keeper.start(0, 1)
  const dwells = Array.from({ length: 60 }, (_none, i) => keeper.dwell(1, i * 500, SECOND))
  expect(dwells.slice(0, 3)).toEqual([406, 392, 379])
  expect(dwells.slice(-2)).toEqual([0, 0])
  expect(dwells.every((one, i) => i === 0 || one <= dwells[i - 1])).toBe(true)
  expect([keeper.watches(SECOND), keeper.watches(3.4 * SECOND), keeper.watches(3.5 * SECOND)]).toEqual([false, false, true])
})

test('a ping a second is dwelt on alike for ever', () => {
  const keeper = new Timekeeper()
  keeper.start(0, 1)
  const dwells = Array.from({ length: 20 }, (_none, i) => keeper.dwell(1, i * 2000, i * SECOND))
  expect(new Set(dwells)).toEqual(new Set([406]))
})

test('a flood is seen as one, and counts little more', () => {
  const keeper = new Timekeeper()
  keeper.start(0, 1)
  expect(keeper.dwell(5, 0, 0)).toBe(392)
})

test('at rates for looking away nothing is dwelt on', () => {
  const keeper = new Timekeeper()
  keeper.start(0, 10)
  expect([keeper.dwell(1, 0, 0), keeper.watches(0), keeper.allowance(16)]).toEqual([0, false, 160e6])
})
