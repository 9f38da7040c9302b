import { expect, test } from 'vitest'
import { Random } from './random.ts'
import { Simulation } from './simulation.ts'
import { Timer } from './timer.ts'

function setUp(): { simulation: Simulation, fired: string[], timer: (argument: number, node?: number) => Timer } {
  const simulation = new Simulation(1)
  const fired: string[] = []
  const receiver = { onTimer: (argument: number) => { fired.push(`${simulation.nowNs}:${argument}`) } }
  return { simulation, fired, timer: (argument, node = 0) => new Timer(simulation, node, receiver, argument) }
}

test('a timer fires once, at its deadline', () => {
  const { simulation, fired, timer } = setUp()
  const a = timer(1)
  a.armAfter(100)
  expect(a.pending).toBe(true)
  simulation.runUntil(1000)
  expect([fired, a.pending]).toEqual([['100:1'], false])
})

test('a timer that is moved later fires later, once, and leaves no second entry in the queue', () => {
  const { simulation, fired, timer } = setUp()
  const a = timer(1)
  for (let i = 0; i < 50; i++) a.arm(100 + i)
  expect(simulation.queue.size).toBe(1)
  simulation.runUntil(1000)
  expect(fired).toEqual(['149:1'])
  expect(simulation.queue.size).toBe(0)
})

test('a timer that is moved earlier fires earlier, once', () => {
  const { simulation, fired, timer } = setUp()
  const a = timer(1)
  a.arm(500)
  a.arm(50)
  simulation.runUntil(1000)
  expect(fired).toEqual(['50:1'])
})

test('a cancelled timer stays silent, and can be armed again', () => {
  const { simulation, fired, timer } = setUp()
  const a = timer(1)
  a.arm(100)
  a.cancel()
  simulation.runUntil(60)
  a.arm(80)
  simulation.runUntil(70)
  a.cancel()
  a.arm(300)
  simulation.runUntil(1000)
  expect(fired).toEqual(['300:1'])
})

test('timers of one nanosecond fire in the order of their last arming, even after being moved', () => {
  const { simulation, fired, timer } = setUp()
  const [a, b, c] = [timer(1), timer(2), timer(3)]
  a.arm(10)
  b.arm(100)
  c.arm(100)
  a.arm(100)
  simulation.runUntil(1000)
  expect(fired).toEqual(['100:2', '100:3', '100:1'])
})

test('a deadline that has passed fires now', () => {
  const { simulation, fired, timer } = setUp()
  simulation.runUntil(50)
  timer(1).arm(10)
  simulation.runUntil(50)
  expect(fired).toEqual(['50:1'])
})

test('random arms, moves and cancels behave as a list of deadlines would', () => {
  const { simulation, fired, timer } = setUp()
  const random = new Random(3).stream('timers')
  const timers = Array.from({ length: 20 }, (_, i) => timer(i))
  const deadlines = new Map<number, number>()
  const expected: string[] = []
  for (let now = 0; now < 3000; now++) {
    const i = random.below(20)
    if (random.chance(0.2)) {
      timers[i].cancel()
      deadlines.delete(i)
    } else {
      const at = now + 1 + random.below(100)
      timers[i].arm(at)
      deadlines.delete(i)
      deadlines.set(i, at)
    }
    const due = [...deadlines].filter(([, at]) => at === now + 1)
    for (const [key] of due) {
      expected.push(`${now + 1}:${key}`)
      deadlines.delete(key)
    }
    simulation.runUntil(now + 1)
  }
  expect(fired).toEqual(expected)
})
