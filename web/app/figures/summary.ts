import type { FrameCounts } from '../../messages.ts'
import { clockText } from '../time/format.ts'

/** What a series comes to, in figures for people. */
export interface Row {
  readonly name: string
  readonly sum: string
  /** The highest rate, and the start of the bin that had it. */
  readonly peak: string
  readonly at: string
}

/** Per second, of each bin. */
export function ratesOf(values: Float64Array, unit: 'frames' | 'bits', binNs: number): number[] {
  return Array.from(values, (value) => value * (unit === 'bits' ? 8 : 1) * 1e9 / binNs)
}

/** Series with nothing in them are left out. Pure. */
export function summaryOf({ series, fromNs, binNs }: FrameCounts, unit: 'frames' | 'bits'): Row[] {
  return series.flatMap(({ name, frames, bytes }) => {
    const values = unit === 'frames' ? frames : bytes
    const sum = values.reduce((total, value) => total + value, 0) * (unit === 'bits' ? 8 : 1)
    if (sum === 0) return []
    const rates = ratesOf(values, unit, binNs)
    const peak = Math.max(...rates)
    return [{ name, sum: countText(sum), peak: countText(peak), at: clockText(fromNs + rates.indexOf(peak) * binNs) }]
  })
}

/** 950, "1.5 k", "2.25 M": three digits tell enough. */
export function countText(count: number): string {
  for (const [sign, size] of [['G', 1e9], ['M', 1e6], ['k', 1e3]] as const) {
    if (count >= size) return `${Number((count / size).toPrecision(3))} ${sign}`
  }
  return String(Number(count.toPrecision(3)))
}
