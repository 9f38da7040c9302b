/** Addresses of one hop that are told apart. */
const MAX_PATHS = 128

/** What is known of one hop (mtr's struct nethost). Times are whole microseconds, and so are means, as in the real one. */
export class Hop {
  /** Who answered first; null: nobody yet. */
  address: number | null = null
  readonly paths: number[] = []
  sent = 0
  received = 0
  /** An ICMP error other than an exceeded TTL came: nothing lies beyond. */
  unreachable = false
  last = 0
  best = 0
  worst = 0
  average = 0
  geometric = 0
  jitter = 0
  meanJitter = 0
  worstJitter = 0
  /** Interarrival jitter times 16 (RFC 1889 A.8). */
  interarrival = 0
  private squares = 0

  /** Notes who answered. Returns how often the raw output tells of it: twice of the first, once of each other one. */
  answeredBy(address: number): number {
    let told = 0
    if (this.address === null) {
      this.address = address
      told++
    }
    if (!this.paths.includes(address) && this.paths.length < MAX_PATHS) {
      this.paths.push(address)
      told++
    }
    return told
  }

  /** Enters a round-trip time. */
  add(time: number): void {
    if (this.received < 1) {
      this.best = this.worst = this.geometric = time
      this.average = this.squares = 0
      this.jitter = this.worstJitter = this.interarrival = 0
    } else {
      this.jitter = Math.abs(time - this.last)
    }
    this.last = time
    this.best = Math.min(this.best, time)
    this.worst = Math.max(this.worst, time)
    this.worstJitter = Math.max(this.worstJitter, this.jitter)
    this.received++
    const before = this.average
    this.average = Math.trunc(before + (time - before) / this.received)
    this.squares += (time - before) * (time - this.average)
    this.meanJitter = Math.trunc(this.meanJitter + (this.jitter - this.meanJitter) / this.received)
    this.interarrival += this.jitter - ((this.interarrival + 8) >> 4)
    if (this.received > 1) {
      this.geometric = Math.trunc(this.geometric * root(time / Math.max(this.geometric, 1), this.received))
    }
  }

  /** Percent of the probes that nobody answered. */
  get loss(): number {
    return this.sent === 0 ? 0 : 100 - (100 * this.received) / this.sent
  }

  get deviation(): number {
    return this.received > 1 ? Math.trunc(Math.sqrt(this.squares / (this.received - 1))) : 0
  }
}

/** The n-th root of a number from 0 on, by Newton's method: no engine's own pow(), which differ. */
function root(value: number, n: number): number {
  if (value <= 0) return 0
  let x = value < 1 ? 1 : value
  for (let i = 0; i < 200; i++) {
    let power = 1
    for (let k = 1; k < n; k++) power *= x
    const next = x - (x - value / power) / n
    if (next === x || power === Infinity) break
    x = next
  }
  return x
}
