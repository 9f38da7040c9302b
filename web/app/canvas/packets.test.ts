import { expect, test } from 'vitest'
import { FLIGHT, FLIGHT_FIELDS } from '../../messages.ts'
import { MAX_FLIGHTS, Packets, TRAIL_MS, VirtualNow } from './packets.ts'

const MS = 1e6

function flight(fields: Partial<Record<keyof typeof FLIGHT, number>>): Float64Array {
  const values = new Float64Array(FLIGHT_FIELDS)
  for (const [name, value] of Object.entries(fields)) values[FLIGHT[name as keyof typeof FLIGHT]] = value
  return values
}

function watched() {
  const told: string[] = []
  const packets = new Packets({
    flow: (link, direction, protocol) => { told.push(`flow ${link}/${direction}/${protocol}`) },
    departs: (row) => { told.push(`departs ${packets.trace[row]}`) },
    arrives: (row) => { told.push(`arrives ${packets.trace[row]}`) },
  })
  return { packets, told }
}

test('on a cable without delay a frame travels for as long as the engine dwells', () => {
  const { packets, told } = watched()
  const pace = { nowNs: 5 * MS, playing: true, rate: 1 }
  packets.take(flight({ startNs: 5 * MS, endNs: 5 * MS, trace: 7 }), 1, 400, ['echo request 1'], pace)
  packets.update(100, pace)
  expect([packets.share[0], packets.label[0], packets.flying]).toEqual([0.25, 'echo request 1', 1])
  packets.update(300, pace)
  expect([told, packets.flying, packets.trails]).toEqual([['departs 7', 'arrives 7'], 0, 1])
  packets.update(TRAIL_MS + 1, pace)
  expect(packets.count).toBe(0)
})

test('a cable with delay adds its time at the pace, and the frame arrives when virtual time says so', () => {
  const { packets, told } = watched()
  packets.take(flight({ startNs: 0, endNs: 600 * MS, trace: 1 }), 1, 200, [], { nowNs: 0, playing: true, rate: 1 })
  packets.update(200, { nowNs: 0, playing: true, rate: 1 })
  expect(packets.share[0]).toBe(0.25)
  packets.update(16, { nowNs: 300 * MS, playing: true, rate: 1 })
  expect(packets.share[0]).toBe(0.625)
  packets.update(16, { nowNs: 599 * MS, playing: true, rate: 0.001 })
  expect(told).toEqual(['departs 1'])
  packets.update(16, { nowNs: 600 * MS, playing: true, rate: 0.001 })
  expect(told).toEqual(['departs 1', 'arrives 1'])
})

test('while time stands still nothing moves', () => {
  const { packets } = watched()
  packets.take(flight({ startNs: 0, endNs: 0 }), 1, 400, [], { nowNs: 0, playing: true, rate: 1 })
  packets.update(100, { nowNs: 0, playing: true, rate: 1 })
  packets.update(5000, { nowNs: 0, playing: false, rate: 1 })
  expect([packets.share[0], packets.moves(false), packets.moves(true)]).toEqual([0.25, false, true])
})

test('a step sends a frame half-way; the next one lets it arrive', () => {
  const { packets, told } = watched()
  const paused = { nowNs: 9, playing: false, rate: 1 }
  packets.take(flight({ startNs: 9, endNs: 9, trace: 1 }), 1, 0, [], paused)
  packets.update(1000, paused)
  expect([packets.share[0], packets.moves(false)]).toEqual([0.5, false])
  packets.take(flight({ startNs: 9, endNs: 9, trace: 2 }), 1, 0, [], paused)
  packets.update(1000, paused)
  expect([told, packets.flying, packets.trails]).toEqual([['departs 1', 'departs 2', 'arrives 1'], 1, 1])
})

test('a lost frame ends half-way', () => {
  const { packets, told } = watched()
  const pace = { nowNs: 0, playing: true, rate: 1 }
  packets.take(flight({ startNs: 0, endNs: 0, trace: 3, lost: 1 }), 1, 400, [], pace)
  packets.update(201, pace)
  expect([told, packets.share[0] < 0.51]).toEqual([['departs 3', 'arrives 3'], true])
})

test('frames too short to follow, and more than can be kept, are flow', () => {
  const { packets, told } = watched()
  packets.take(flight({ link: 4, direction: 1, protocol: 2 }), 1, 0, [], { nowNs: 0, playing: true, rate: 100 })
  expect([told, packets.count]).toEqual([['flow 4/1/2'], 0])
  const many = new Float64Array(FLIGHT_FIELDS * (MAX_FLIGHTS + 2))
  packets.take(many, MAX_FLIGHTS + 2, 400, [], { nowNs: 0, playing: true, rate: 1 })
  expect([packets.count, told.filter((one) => one === 'flow 0/0/0').length]).toEqual([MAX_FLIGHTS, 2])
})

test('at a rate without end nothing is NaN', () => {
  const { packets, told } = watched()
  packets.take(flight({ startNs: 0, endNs: MS }), 1, 0, [], { nowNs: 0, playing: true, rate: Infinity })
  expect([told, packets.count]).toEqual([['flow 0/0/0'], 0])
})

test('the clock is guessed between messages, stands while the engine dwells, and never runs back by itself', () => {
  const now = new VirtualNow()
  now.hear(100 * MS, 1000, true)
  expect(now.at(1010, true, 2)).toBe(120 * MS)
  now.hear(110 * MS, 1016, false)
  expect(now.at(1016, true, 2)).toBe(120 * MS)
  now.hold(400, 1020)
  expect(now.at(1300, true, 2)).toBe(120 * MS)
  expect(now.at(1425, true, 2)).toBe(120 * MS)
  expect(now.at(1440, true, 2)).toBe(150 * MS)
  now.hear(20 * MS, 1450, true)
  expect(now.at(1450, false, 2)).toBe(20 * MS)
})
