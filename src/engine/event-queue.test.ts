import { expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'
import { Random } from './random.ts'
import { type EventReceiver, FIRST_TIMER_SEQUENCE, Simulation } from './simulation.ts'

interface Entry { time: number, order: number, receiver: number, argument: number }

function take(queue: EventQueue): Entry {
  const entry = {
    time: queue.times[0], order: queue.orders[0], receiver: queue.receivers[0], argument: queue.arguments[0],
  }
  queue.openHole()
  queue.closeHole()
  return entry
}

test('events come out by time, then by order, whatever order they went in', () => {
  const random = new Random(7).stream('queue')
  const queue = new EventQueue()
  const model: Entry[] = []
  for (let i = 0; i < 5000; i++) {
    const entry = { time: random.below(200), order: i * 7919 % 5003, receiver: i, argument: i * 3 }
    model.push(entry)
    queue.push(entry.time, entry.order, entry.receiver, entry.argument)
  }
  model.sort((a, b) => a.time - b.time || a.order - b.order)
  expect(model.map(() => take(queue))).toEqual(model)
  expect(queue.size).toBe(0)
})

test('a push while the earliest event is handled takes its place, and the order stays right', () => {
  const random = new Random(8).stream('hole')
  const queue = new EventQueue()
  const model: Entry[] = []
  const push = (time: number, order: number): void => {
    const entry = { time, order, receiver: order & 1023, argument: order }
    model.push(entry)
    queue.push(time, order, entry.receiver, entry.argument)
  }
  for (let i = 0; i < 50; i++) push(random.below(1000), i)
  for (let i = 50; i < 5000; i++) {
    model.sort((a, b) => a.time - b.time || a.order - b.order)
    const expected = model.shift()!
    expect([queue.times[0], queue.orders[0], queue.receivers[0], queue.arguments[0]])
      .toEqual([expected.time, expected.order, expected.receiver, expected.argument])
    queue.openHole()
    const pushes = random.below(3)
    for (let k = 0; k < pushes; k++) push(expected.time + random.below(50), i * 4 + k)
    expect(queue.size).toBe(model.length)
    queue.closeHole()
    if (queue.size === 0) push(expected.time + 1, i * 4 + 3)
  }
})

class Log implements EventReceiver {
  readonly seen: string[] = []
  constructor(readonly simulation: Simulation, readonly name: string, readonly all: string[]) {}
  onEvent(argument: number): void {
    this.all.push(`${this.simulation.nowNs} ${this.name} ${argument}`)
  }
}

test('at one nanosecond: nodes by number, and in a node arrivals by port before timers by age', () => {
  const simulation = new Simulation(1)
  const all: string[] = []
  const ids = ['a', 'b'].map((name) => simulation.addReceiver(new Log(simulation, name, all)))
  const { queue } = simulation
  queue.push(10, simulation.nextOrder(1), ids[1], 100)
  queue.push(10, simulation.nextOrder(0), ids[0], 100)
  queue.push(10, simulation.nextOrder(0), ids[0], 101)
  queue.push(10, simulation.laneOrder(1, 0), ids[1], 0)
  queue.push(10, simulation.laneOrder(0, 3), ids[0], 3)
  queue.push(10, simulation.laneOrder(0, 2), ids[0], 2)
  queue.push(9, simulation.nextOrder(1), ids[1], 99)
  simulation.runUntil(10)
  expect(all).toEqual(['9 b 99', '10 a 2', '10 a 3', '10 a 100', '10 a 101', '10 b 0', '10 b 100'])
})

test('running to a time moves the clock there, and leaves later events alone', () => {
  const simulation = new Simulation(1)
  const all: string[] = []
  const id = simulation.addReceiver(new Log(simulation, 'a', all))
  simulation.queue.push(5, simulation.nextOrder(0), id, 1)
  simulation.queue.push(15, simulation.nextOrder(0), id, 2)
  expect(simulation.runUntil(10)).toBe(true)
  expect([simulation.nowNs, simulation.nextEventNs, all]).toEqual([10, 15, ['5 a 1']])
  expect(FIRST_TIMER_SEQUENCE).toBe(1048576)
})

test('stopRequested returns after the present event, the clock at its time', () => {
  const simulation = new Simulation(1)
  const id = simulation.addReceiver({ onEvent: () => { simulation.stopRequested = true } })
  simulation.queue.push(5, simulation.nextOrder(0), id, 1)
  simulation.queue.push(5, simulation.nextOrder(0), id, 2)
  expect(simulation.runUntil(10)).toBe(false)
  expect([simulation.nowNs, simulation.queue.size]).toEqual([5, 1])
  expect([simulation.runUntil(10), simulation.runUntil(10)]).toEqual([false, true])
})
