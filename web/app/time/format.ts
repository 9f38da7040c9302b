/** Virtual times for people. Pure; format.test.ts has the cases. */

/** "1.234 567 s" as "1.234567 s": seconds with as many digits as tell something, at most nine. */
export function clockText(ns: number): string {
  const seconds = Math.floor(ns / 1e9)
  const fraction = String(ns - seconds * 1e9).padStart(9, '0')
  const digits = fraction.replace(/(?:000)+$/, '') || '000'
  if (seconds < 3600) return `${seconds}.${digits} s`
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${digits}`
}

/** A tick of a scale: "0", "200 ms", "1.5 s", "3 min". */
export function tickText(ns: number): string {
  if (ns === 0) return '0'
  for (const [unit, size] of [['h', 3600e9], ['min', 60e9], ['s', 1e9], ['ms', 1e6], ['\u00b5s', 1e3]] as const) {
    if (ns >= size) return `${Number((ns / size).toPrecision(6))} ${unit}`
  }
  return `${ns} ns`
}

/** Steps of a scale that people count in: 1, 2 and 5 times powers of ten; from a minute on minutes. */
export function scaleStep(spanNs: number, ticks: number): number {
  const least = spanNs / ticks
  for (const minutes of [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440]) {
    if (least > 20e9 && minutes * 60e9 >= least) return minutes * 60e9
  }
  for (let power = 1; ; power *= 10) {
    for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power
  }
}
