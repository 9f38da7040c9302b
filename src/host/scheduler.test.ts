import { expect, test } from 'vitest'
import { Simulation } from '../engine/simulation.ts'
import { Timer } from '../engine/timer.ts'
import { Scheduler } from './scheduler.ts'

const S = 1e9

function tick(at: number[], log: string[]): Scheduler {
  const simulation = new Simulation(1)
  const scheduler = new Scheduler(simulation)
  for (const second of at) {
    const timer = new Timer(simulation, 0, { onTimer: () => log.push(`${second} s`) })
    timer.arm(second * S)
  }
  return scheduler
}

/** Lets everything happen that can before the ceiling is raised. */
async function settle(): Promise<void> {
  for (let i = 0; i < 500; i++) await null
}

test('time does not pass the ceiling, whatever runs are open, and goes on when it is raised', async () => {
  const log: string[] = []
  const scheduler = tick([1, 2, 3], log)
  scheduler.pace(1.5 * S)
  const end = scheduler.run({ limitNs: 10 * S })
  await settle()
  expect([log, scheduler.simulation.nowNs]).toEqual([['1 s'], 1.5 * S])
  scheduler.pace(2 * S)
  await settle()
  expect([log, scheduler.simulation.nowNs]).toEqual([['1 s', '2 s'], 2 * S])
  scheduler.pace(Infinity)
  expect(await end).toBe('limit')
  expect([log, scheduler.simulation.nowNs]).toEqual([['1 s', '2 s', '3 s'], 10 * S])
})

test('a run that ends at or below the ceiling is not held by it', async () => {
  const log: string[] = []
  const scheduler = tick([1, 2], log)
  scheduler.pace(S)
  const open = scheduler.run({ limitNs: 5 * S })
  expect(await scheduler.run({ limitNs: S })).toBe('limit')
  await settle()
  expect(await scheduler.run({ limitNs: S })).toBe('limit')
  expect([log, scheduler.simulation.nowNs]).toEqual([['1 s'], S])
  scheduler.pace(Infinity)
  expect(await open).toBe('limit')
})

test('steps handle one event each above the ceiling, and the clock stands at the last', async () => {
  const log: string[] = []
  const scheduler = tick([1, 2, 3, 3], log)
  scheduler.pace(0)
  const open = scheduler.run({ limitNs: 5 * S })
  scheduler.step(1)
  await settle()
  expect([log, scheduler.simulation.nowNs]).toEqual([['1 s'], S])
  scheduler.step(2)
  await settle()
  expect([log, scheduler.simulation.nowNs]).toEqual([['1 s', '2 s', '3 s'], 3 * S])
  scheduler.pace(Infinity)
  expect(await open).toBe('limit')
})
