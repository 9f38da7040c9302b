import { expect, test } from 'vitest'
import { Random } from './random.ts'

const draw = (seed: number, name: string, count: number): number[] => {
  const stream = new Random(seed).stream(name)
  return Array.from({ length: count }, () => stream.int32())
}

test('a stream depends on seed and name, and on nothing else', () => {
  expect(draw(1, 'a', 50)).toEqual(draw(1, 'a', 50))
  expect(draw(1, 'a', 50)).not.toEqual(draw(2, 'a', 50))
  expect(draw(1, 'a', 50)).not.toEqual(draw(1, 'b', 50))
  expect(draw(2 ** 40 + 1, 'a', 5)).not.toEqual(draw(1, 'a', 5))
})

test('the numbers are these, on every engine and in every version', () => {
  expect(draw(1, 'pinned', 4)).toMatchInlineSnapshot(`
    [
      -323496475,
      -769622739,
      1983017363,
      -94144359,
    ]
  `)
})

test('below() keeps to its bound and is even', () => {
  const stream = new Random(5).stream('even')
  const counts = new Array<number>(6).fill(0)
  for (let i = 0; i < 60_000; i++) counts[stream.below(6)]++
  expect(counts.every((count) => count > 9_600 && count < 10_400)).toBe(true)
})

test('below() takes bounds past 32 bits, such as a jitter of seconds', () => {
  const stream = new Random(5).stream('wide')
  const bound = 9_000_000_001
  const thirds = [0, 0, 0]
  for (let i = 0; i < 30_000; i++) thirds[Math.floor(stream.below(bound) / (bound / 3))]++
  expect(thirds.every((count) => count > 9_600 && count < 10_400)).toBe(true)
  const whole = Array.from({ length: 50 }, () => stream.below(2 ** 53))
  expect(whole.every(Number.isSafeInteger)).toBe(true)
  expect(Math.max(...whole)).toBeGreaterThan(2 ** 52)
})

test('chance() of 0 is never, of 1 always, and of 0.1 one in ten', () => {
  const stream = new Random(5).stream('chance')
  let hits = 0
  for (let i = 0; i < 10_000; i++) {
    expect(stream.chance(0)).toBe(false)
    expect(stream.chance(1)).toBe(true)
    if (stream.chance(0.1)) hits++
  }
  expect(hits).toBeGreaterThan(900)
  expect(hits).toBeLessThan(1100)
})

test('a seed that is no whole number is refused', () => {
  expect(() => new Random(-1)).toThrow('a seed is a whole number')
  expect(() => new Random(0.5)).toThrow('a seed is a whole number')
})
