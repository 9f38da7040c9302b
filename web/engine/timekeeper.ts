/**
 * How fast virtual time passes, and when it waits for the eye.
 *
 * Between two things that happen, virtual time passes at `rate`. On most cables a frame takes no time at all, so a ping
 * over three hops and its answer are one instant; a person would see nothing. So at the rates at which people watch,
 * the engine handles events one by one and dwells on each that sends frames, long enough to see them travel; the more
 * there are, the shorter, until at BUSY_FRAMES in a second nothing is dwelt on and the page shows flow, not packets. The
 * second is one of virtual time at the pace that was chosen: dwelling itself would make real seconds ever longer.
 */

/** Rates above this are not for watching single packets. */
const WATCHING_RATE = 2
/** How long a frame travels on the screen when there are few, ms. */
const LONG_DWELL_MS = 420
/** Frames in the last second from which nothing is dwelt on; of a flood, which is seen as one, each is a quarter. */
const BUSY_FRAMES = 60
const FLOOD_SHARE = 0.25
/** Once there were so many, it stays busy for this many such seconds: what comes in bursts would stop at each. */
const STAYS_BUSY = 2.5
/** Real time between two looks at the clock while playing, ms. */
export const SLICE_MS = 16

export class Timekeeper {
  rate = 1
  playing = false
  /** What was dwelt on in the last second: when (virtual time), and how much it counts. */
  private readonly recent: { readonly atNs: number, readonly weight: number }[] = []
  private load = 0
  private busyUntilNs = 0
  private lastMs = 0
  private holdUntilMs = 0

  start(nowMs: number, rate: number): void {
    this.rate = rate
    this.playing = true
    this.lastMs = nowMs
    this.recent.length = 0
    this.load = 0
    this.busyUntilNs = 0
  }

  stop(): void {
    this.playing = false
  }

  /** Whether single events can be seen: at this rate, and as many as there were in the last second. */
  watches(nowNs: number): boolean {
    return this.rate <= WATCHING_RATE && nowNs >= this.busyUntilNs
  }

  /** Frames began to travel at `nowNs`: says how long they do on the screen, in ms. */
  dwell(frames: number, nowMs: number, nowNs: number): number {
    const secondNs = 1e9 * Math.min(this.rate, WATCHING_RATE)
    while (this.recent.length > 0 && this.recent[0].atNs <= nowNs - secondNs) this.load -= this.recent.shift()?.weight ?? 0
    const weight = 1 + (frames - 1) * FLOOD_SHARE
    this.recent.push({ atNs: nowNs, weight })
    this.load += weight
    if (this.load >= BUSY_FRAMES) {
      this.busyUntilNs = nowNs + STAYS_BUSY * secondNs
      if (this.recent.length > BUSY_FRAMES) this.load -= this.recent.shift()?.weight ?? 0
    }
    if (!this.watches(nowNs)) return 0
    const busy = this.load / BUSY_FRAMES
    const dwellMs = Math.round(LONG_DWELL_MS * (1 - busy) * (1 - busy) / Math.max(1, this.rate))
    this.holdUntilMs = nowMs + dwellMs
    return dwellMs
  }

  /** Whether the eye is busy. */
  holds(nowMs: number): boolean {
    return nowMs < this.holdUntilMs
  }

  /** Virtual nanoseconds that may pass now, since the last time this was asked; 0 while the eye is busy. */
  allowance(nowMs: number): number {
    const from = Math.max(this.lastMs, this.holdUntilMs)
    if (nowMs <= from) return 0
    this.lastMs = nowMs
    return (nowMs - from) * 1e6 * this.rate
  }
}
