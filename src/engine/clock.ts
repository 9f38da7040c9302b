/**
 * A point in virtual time, or a span of it: an integer count of nanoseconds in a number.
 * Exact up to 2^53 ns, which is 104 days of virtual time.
 */
export type Nanoseconds = number

export const NS_PER_US = 1_000
export const NS_PER_MS = 1_000_000
export const NS_PER_S = 1_000_000_000

/**
 * The virtual clock of one simulation. Only the event loop moves it.
 *
 * The time lies in a typed array and is read from there (`clock.ns[0]`), instead of being handed from call to call:
 * a number past 2^31 given to a function that V8 does not inline is boxed, 16 bytes a call, and a packet's way
 * through a node has a dozen such calls (bench/forward-chain, case `heap-growth`).
 */
export class Clock {
  readonly ns = new Float64Array(1)
}
