/**
 * What all benches share: CPU time (never wall time: the machine may be shared), the best of several runs, and one JSON
 * line a case on stdout:
 *
 *     {"bench":"fib","case":"lookup-1M","value":31.2,"unit":"ns"}
 *
 * A bench file exports `run()`; scripts/bench.mjs bundles it, calls it and compares with bench/baselines.json. A case
 * named `ceiling:X` is the figure of the reference code in ceiling.ts for case X, measured in the same process.
 */

/** Units that bench() can compute from a count of operations and the CPU time they took. */
export type TimedUnit = 'ns' | 'us' | 'ms' | `${string}/s`

export type BenchOptions = {
  /** Runs after the warm-up; the fastest counts. Default 5. */
  readonly times?: number
  /** Runs before, unmeasured. Default 1. */
  readonly warmUp?: number
  /** Called before each run, not measured. */
  readonly before?: () => void
}

/** CPU time of this process so far, user and system, in nanoseconds (steps of a microsecond). */
export function cpuNs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1000
}

/**
 * Measures `work`, which returns how many operations it did, and reports the best run: CPU time per operation for ns,
 * us and ms, operations per CPU second for a unit that ends in /s. Returns the value reported.
 */
export function bench(
  benchName: string, caseName: string, unit: TimedUnit, work: () => number, options: BenchOptions = {},
): number {
  const { times = 5, warmUp = 1, before } = options
  let best = Infinity
  for (let run = -warmUp; run < times; run++) {
    before?.()
    const start = cpuNs()
    const operations = work()
    const nsPerOperation = (cpuNs() - start) / operations
    if (run >= 0) best = Math.min(best, nsPerOperation)
  }
  return report(benchName, caseName, unit, inUnit(best, unit))
}

/** Prints a figure that is not a time (bytes, ratios) or was measured by the bench itself. Returns it as printed. */
export function report(benchName: string, caseName: string, unit: string, value: number): number {
  const rounded = Number(value.toPrecision(4))
  console.log(JSON.stringify({ bench: benchName, case: caseName, value: rounded, unit }))
  return rounded
}

function inUnit(nsPerOperation: number, unit: TimedUnit): number {
  if (unit === 'ns') return nsPerOperation
  if (unit === 'us') return nsPerOperation / 1e3
  if (unit === 'ms') return nsPerOperation / 1e6
  return 1e9 / nsPerOperation
}

/** Collects garbage; benches run with --expose-gc. */
export function collectGarbage(): void {
  const { gc } = globalThis as { gc?: () => void }
  if (gc === undefined) throw new Error('run benches with `npm run -s bench -- NAME`: they need --expose-gc')
  gc()
}

/** Bytes of live JavaScript heap and of typed arrays, after a collection. */
export function heapBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Resident memory of the process in bytes, after a collection. */
export function residentBytes(): number {
  collectGarbage()
  return process.memoryUsage.rss()
}

/** Marsaglia's xorshift32: next(bound) is a uint32 below bound. */
export function xorshift(seed: number): (bound: number) => number {
  let x = seed | 0
  return bound => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % bound
  }
}
