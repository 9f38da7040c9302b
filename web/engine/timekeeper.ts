/**
 * How fast virtual time passes, and when it waits for the eye.
 *
 * Between two things that happen, virtual time passes at `rate`. On most cables a frame takes no time at all, so a ping
 * over three hops and its answer are one instant; a person would see nothing. So at the rates at which people watch,
 * the engine handles events one by one and dwells on each that sends frames, long enough to see them travel; the more
 * there are, the shorter, until at BUSY_FRAMES in a second nothing is dwelt on and the page shows flow, not packets.
 */

/** Rates above this are not for watching single packets. */
const WATCHING_RATE = 2
/** How long a frame travels on the screen when there are few, ms. */
const LONG_DWELL_MS = 420
/** Frames in the last second from which nothing is dwelt on. */
const BUSY_FRAMES = 60
/** Real time between two looks at the clock while playing, ms. */
export const SLICE_MS = 16

export class Timekeeper {
  rate = 1
  playing = false
  /** Real moments (ms) of the frames of the last second. */
  private recent: number[] = []
  private lastMs = 0
  private holdUntilMs = 0

  start(nowMs: number, rate: number): void {
    this.rate = rate
    this.playing = true
    this.lastMs = nowMs
  }

  stop(): void {
    this.playing = false
  }

  /** Whether single events can be seen: at this rate, and as many as there were in the last second. */
  watches(nowMs: number): boolean {
    if (this.rate > WATCHING_RATE) return false
    this.forget(nowMs)
    return this.recent.length < BUSY_FRAMES
  }

  private forget(nowMs: number): void {
    if (this.recent.length > 0 && this.recent[0] <= nowMs - 1000) {
      this.recent = this.recent.filter((ms) => ms > nowMs - 1000)
    }
  }

  /** Frames began to travel: says how long they do on the screen, in ms. */
  dwell(frames: number, nowMs: number): number {
    this.forget(nowMs)
    const fresh = Math.min(frames, 2 * BUSY_FRAMES - this.recent.length)
    for (let i = 0; i < fresh; i++) this.recent.push(nowMs)
    if (this.rate > WATCHING_RATE) return 0
    const busy = Math.min(1, this.recent.length / BUSY_FRAMES)
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
