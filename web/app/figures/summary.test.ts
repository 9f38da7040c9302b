import { expect, test } from 'vitest'
import { countText, summaryOf } from './summary.ts'

test('the sum, the highest rate and when it was; a series without frames is left out', () => {
  const series = [
    { name: 'arp', frames: Float64Array.of(0, 2, 0), bytes: Float64Array.of(0, 84, 0) },
    { name: 'tcp', frames: Float64Array.of(0, 0, 0), bytes: Float64Array.of(0, 0, 0) },
    { name: 'icmp', frames: Float64Array.of(1, 3, 3), bytes: Float64Array.of(98, 294, 294) },
  ]
  const counts = { fromNs: 1e9, binNs: 5e8, series }
  expect(summaryOf(counts, 'frames')).toEqual([
    { name: 'arp', sum: '2', peak: '4', at: '1.500 s' }, { name: 'icmp', sum: '7', peak: '6', at: '1.500 s' },
  ])
  expect(summaryOf(counts, 'bits')).toEqual([
    { name: 'arp', sum: '672', peak: '1.34 k', at: '1.500 s' }, { name: 'icmp', sum: '5.49 k', peak: '4.7 k', at: '1.500 s' },
  ])
})

test.each([[0, '0'], [7.25, '7.25'], [999, '999'], [1000, '1 k'], [1_234_567, '1.23 M'], [9.4e9, '9.4 G']])(
  '%d reads as %s', (count, text) => expect(countText(count)).toBe(text))
