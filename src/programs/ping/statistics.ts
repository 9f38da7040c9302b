import { formatG } from '../c-number.ts'

/** Sequence numbers that are told apart for duplicates (MAX_DUP_CHK). */
const MAX_DUP_CHK = 0x10000

/** Counters and round-trip times of a run (iputils' struct ping_rts); times in whole microseconds. */
export class PingStatistics {
  transmitted = 0
  received = 0
  repeats = 0
  checksumErrors = 0
  errors = 0
  /** The highest acknowledged sequence number, 16 bits. */
  acked = 0
  pipeSize = -1
  min = Infinity
  max = 0
  sum = 0
  sumOfSquares = 0n
  /** Smoothed round-trip time, times 8. */
  smoothed = 0
  private readonly seen = new Uint8Array(MAX_DUP_CHK / 8)

  /** Whether a reply to this sequence number has come. */
  wasReceived(sequence: number): boolean {
    const bit = sequence & (MAX_DUP_CHK - 1)
    return (this.seen[bit >> 3] & (1 << (bit & 7))) !== 0
  }

  setReceived(sequence: number): void {
    const bit = sequence & (MAX_DUP_CHK - 1)
    this.seen[bit >> 3] |= 1 << (bit & 7)
  }

  clearReceived(sequence: number): void {
    const bit = sequence & (MAX_DUP_CHK - 1)
    this.seen[bit >> 3] &= ~(1 << (bit & 7))
  }

  /** Requests that are neither answered nor given up (in_flight()). */
  get inFlight(): number {
    const difference = ((this.transmitted & 0xffff) - this.acked) & 0xffff
    return difference <= 0x7fff ? difference : this.transmitted - this.received - this.errors
  }

  acknowledge(sequence: number): void {
    const difference = ((this.transmitted & 0xffff) - sequence) & 0xffff
    if (difference > 0x7fff) return
    if (difference + 1 > this.pipeSize) this.pipeSize = difference + 1
    const ahead = ((sequence - this.acked) << 16) >> 16
    if (ahead > 0 || (this.transmitted & 0xffff) - this.acked > 0x7fff) this.acked = sequence
  }

  advanceTransmitted(): void {
    this.transmitted++
    if ((this.transmitted & 0xffff) - this.acked > 0x7fff) this.acked = (this.transmitted + 1) & 0xffff
  }

  addTime(microseconds: number): void {
    this.sum += microseconds
    this.sumOfSquares += BigInt(microseconds) * BigInt(microseconds)
    if (microseconds < this.min) this.min = microseconds
    if (microseconds > this.max) this.max = microseconds
    if (this.smoothed === 0) this.smoothed = microseconds * 8
    else this.smoothed += microseconds - Math.trunc(this.smoothed / 8)
  }

  /** The second line of the statistics and what follows (finish()). elapsedNs: from the start to the last sending. */
  summary(timing: boolean, elapsedNs: number, showGap: boolean): string {
    let text = `${this.transmitted} packets transmitted, ${this.received} received`
    if (this.repeats > 0) text += `, +${this.repeats} duplicates`
    if (this.checksumErrors > 0) text += `, +${this.checksumErrors} corrupted`
    if (this.errors > 0) text += `, +${this.errors} errors`
    if (this.transmitted > 0) {
      const loss = Math.fround(((this.transmitted - this.received) * 100) / this.transmitted)
      text += `, ${formatG(loss)}% packet loss, time ${Math.floor((elapsedNs + 500_000) / 1e6)}ms`
    }
    return `${text}\n${this.timesLine(timing, elapsedNs, showGap)}\n`
  }

  /** What SIGQUIT shows (status()). */
  status(timing: boolean): string {
    const loss = this.transmitted === 0 ? 0
      : Math.trunc(((this.transmitted - this.received) * 100) / this.transmitted)
    let text = `\r${this.received}/${this.transmitted} packets, ${loss}% loss`
    if (this.received > 0 && timing) {
      const average = Math.trunc(this.sum / (this.received + this.repeats))
      text += `, min/avg/ewma/max = ${ms(this.min)}/${ms(average)}/${ms(Math.trunc(this.smoothed / 8))}/${ms(this.max)} ms`
    }
    return `${text}\n`
  }

  private timesLine(timing: boolean, elapsedNs: number, showGap: boolean): string {
    const parts: string[] = []
    if (this.received > 0 && timing) {
      const total = this.received + this.repeats
      const average = Math.trunc(this.sum / total)
      parts.push(`rtt min/avg/max/mdev = ${ms(this.min)}/${ms(average)}/${ms(this.max)}/${ms(this.deviation(total))} ms`)
    }
    if (this.pipeSize > 1) parts.push(`pipe ${this.pipeSize}`)
    if (this.received > 0 && showGap && this.transmitted > 1) {
      const gap = Math.trunc(Math.floor(elapsedNs / 1000) / (this.transmitted - 1))
      parts.push(`ipg/ewma ${ms(gap)}/${ms(Math.trunc(this.smoothed / 8))} ms`)
    }
    return parts.join(', ')
  }

  /** The root of the mean square deviation in whole numbers, as ping computes it (llsqrt()). */
  private deviation(total: number): number {
    const sum = BigInt(this.sum)
    const n = BigInt(total)
    const average = sum / n
    const variance = this.sum < 2147483647 ? (this.sumOfSquares - (sum * sum) / n) / n
      : this.sumOfSquares / n - average * average
    let x = variance
    if (x > 0n) {
      for (let previous = x + 1n; x < previous;) {
        previous = x
        x = (x + variance / x) / 2n
      }
    }
    return Number(x)
  }
}

/** Microseconds as milliseconds with three decimals. */
function ms(microseconds: number): string {
  return `${Math.trunc(microseconds / 1000)}.${String(microseconds % 1000).padStart(3, '0')}`
}

/** A round-trip time as a reply's line shows it: fewer decimals the longer it is. */
export function formatTripTime(us: number): string {
  if (us >= 100_000 - 50) return `${Math.trunc((us + 500) / 1000)}`
  if (us >= 10_000 - 5) return `${Math.trunc((us + 50) / 1000)}.${Math.trunc(((us + 50) % 1000) / 100)}`
  if (us >= 1000) {
    return `${Math.trunc((us + 5) / 1000)}.${String(Math.trunc(((us + 5) % 1000) / 10)).padStart(2, '0')}`
  }
  return ms(us)
}
