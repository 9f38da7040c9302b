import { expect, test } from 'vitest'
import { clockText, scaleStep, tickText } from './format.ts'

test.each([
  [0, '0.000 s'], [1, '0.000000001 s'], [1_500_000_000, '1.500 s'], [2_000_123_000, '2.000123 s'],
  [3_599_999_999_999, '3599.999999999 s'], [3_600_000_000_000, '1:00:00.000'], [90_061_001_000_000, '25:01:01.001'],
])('%i ns reads as %s', (ns, text) => expect(clockText(ns)).toBe(text))

test.each([
  [0, '0'], [700, '700 ns'], [1500, '1.5 \u00b5s'], [2e6, '2 ms'], [1.5e9, '1.5 s'], [120e9, '2 min'], [7200e9, '2 h'],
])('a tick at %d reads as %s', (ns, text) => expect(tickText(ns)).toBe(text))

test.each([[1e9, 5, 2e8], [10e9, 8, 2e9], [600e9, 8, 120e9], [86_400e9, 8, 21_600e9]])(
  'a span of %d in at most %i steps goes by %d', (span, ticks, step) => expect(scaleStep(span, ticks)).toBe(step))
