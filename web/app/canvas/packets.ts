import { FLIGHT, FLIGHT_FIELDS } from '../../messages.ts'

/**
 * Frames on their way across the screen. A flight's life has two parts: the dwell, real time for which the engine waits
 * so that the eye can follow; then the time on the cable, which passes as virtual time does. How much of the way each
 * part takes is settled when it sets out, so that a change of pace makes nothing jump:
 *
 *     share of the way = weight * (age / dwell) + (1 - weight) * (now - start) / (end - start)
 *
 * While time stands still, so do they. A step sends frames half-way, where they wait for the next: then those that have
 * arrived by then go on to the end. After that each leaves a trail, a dot that fades and can still be asked.
 *
 * Kept as columns, so that thousands cost no object and no allocation; a flight that ends gives its row to the last one.
 */

/** More than this at once are flow. */
export const MAX_FLIGHTS = 4096
/** A shorter life than this cannot be followed: it is flow, ms. */
export const SHORTEST_MS = 90
/** How long a frame that a step sent travels to the middle and on, ms. */
const STEP_MS = 380
/** Trails fade in this, and only while there are not too many, ms. */
export const TRAIL_MS = 5000
const MAX_TRAILS = 240

const ALONG = 0
const HALF_WAY = 1
const TO_THE_END = 2
const ARRIVED = 3

/** What the engine's clock says, as a flight needs it. */
export interface Pace {
  /** Present virtual time. */
  readonly nowNs: number
  readonly playing: boolean
  readonly rate: number
}

export interface Watcher {
  /** A flight is too short to be seen by itself. */
  flow(link: number, direction: number, protocol: number): void
  /** The flight in this row sets out. */
  departs(row: number): void
  /** It has come to its end: at the far node, or, if it was lost, half-way. */
  arrives(row: number): void
}

export class Packets {
  /** Rows in use, trails among them. */
  count = 0
  trails = 0
  readonly link = new Int32Array(MAX_FLIGHTS)
  readonly direction = new Uint8Array(MAX_FLIGHTS)
  readonly protocol = new Uint8Array(MAX_FLIGHTS)
  readonly lost = new Uint8Array(MAX_FLIGHTS)
  readonly trace = new Float64Array(MAX_FLIGHTS)
  /** Of the way, from 0 to 1. */
  readonly share = new Float32Array(MAX_FLIGHTS)
  /** Real time: of a flight since it set out, of a trail since it arrived. */
  readonly ageMs = new Float64Array(MAX_FLIGHTS)
  readonly label: string[] = Array.from({ length: MAX_FLIGHTS }, () => '')
  private readonly startNs = new Float64Array(MAX_FLIGHTS)
  private readonly endNs = new Float64Array(MAX_FLIGHTS)
  private readonly dwellMs = new Float32Array(MAX_FLIGHTS)
  private readonly weight = new Float32Array(MAX_FLIGHTS)
  private readonly state = new Uint8Array(MAX_FLIGHTS)

  constructor(private readonly watcher: Watcher) {}

  isTrail(row: number): boolean {
    return this.state[row] === ARRIVED
  }

  /** Frames that are on their way. */
  get flying(): number {
    return this.count - this.trails
  }

  /** Whether the next frame of the picture differs from this one. */
  moves(playing: boolean): boolean {
    if (this.count === 0 || playing) return this.count > 0
    for (let row = 0; row < this.count; row++) {
      if (this.state[row] === TO_THE_END || (this.state[row] === HALF_WAY && this.share[row] < 0.5)) return true
    }
    return false
  }

  clear(): void {
    this.count = 0
    this.trails = 0
  }

  /** Takes in the engine's flights. */
  take(flights: Float64Array, count: number, dwellMs: number, labels: readonly string[], pace: Pace): void {
    const { playing, rate } = pace
    const dwell = playing ? dwellMs : Math.max(dwellMs, STEP_MS)
    if (!playing && count > 0) this.release(flights[FLIGHT.startNs])
    for (let i = 0; i < count; i++) {
      const at = i * FLIGHT_FIELDS
      const cableMs = (flights[at + FLIGHT.endNs] - flights[at + FLIGHT.startNs]) / (rate * 1e6)
      const lifeMs = dwell + (cableMs > 0 ? cableMs : 0)
      if (lifeMs < SHORTEST_MS || !this.makeRoom()) {
        this.watcher.flow(flights[at + FLIGHT.link], flights[at + FLIGHT.direction], flights[at + FLIGHT.protocol])
        continue
      }
      this.add(flights, at, dwell, lifeMs, labels[i] ?? '', playing ? ALONG : HALF_WAY)
    }
  }

  /** Lets frames that wait half-way, and have arrived by `nowNs`, go on to the end though time stands still. */
  release(nowNs: number): void {
    for (let row = 0; row < this.count; row++) {
      if (this.state[row] < TO_THE_END && this.endNs[row] <= nowNs) this.state[row] = TO_THE_END
    }
  }

  /** Moves all by `realMs`. */
  update(realMs: number, { nowNs, playing }: Pace): void {
    for (let row = this.count - 1; row >= 0; row--) {
      if (this.state[row] === ARRIVED) {
        if (!playing) continue
        this.ageMs[row] += realMs
        if (this.ageMs[row] > TRAIL_MS) this.remove(row)
        continue
      }
      if (playing && this.state[row] === HALF_WAY) this.state[row] = ALONG
      if (playing || this.state[row] !== ALONG) this.ageMs[row] += realMs
      this.move(row, nowNs)
      if (this.share[row] >= (this.lost[row] === 1 ? 0.5 : 1)) this.arrive(row)
    }
  }

  private move(row: number, nowNs: number): void {
    const weight = this.weight[row]
    let dwelt = weight === 0 ? 1 : this.ageMs[row] / this.dwellMs[row]
    if (dwelt > 1) dwelt = 1
    if (this.state[row] === HALF_WAY && dwelt > 0.5) dwelt = 0.5
    const onCableNs = this.endNs[row] - this.startNs[row]
    let cable = onCableNs <= 0 ? 1 : (nowNs - this.startNs[row]) / onCableNs
    cable = cable < 0 ? 0 : cable > 1 ? 1 : cable
    const share = weight * dwelt + (1 - weight) * cable
    if (share > this.share[row]) this.share[row] = share
  }

  private arrive(row: number): void {
    this.watcher.arrives(row)
    if (this.trails >= MAX_TRAILS) {
      this.remove(row)
      return
    }
    this.trails++
    this.state[row] = ARRIVED
    this.ageMs[row] = 0
  }

  private add(flights: Float64Array, at: number, dwellMs: number, lifeMs: number, label: string, state: number): void {
    const row = this.count++
    this.link[row] = flights[at + FLIGHT.link]
    this.direction[row] = flights[at + FLIGHT.direction]
    this.protocol[row] = flights[at + FLIGHT.protocol]
    this.lost[row] = flights[at + FLIGHT.lost]
    this.trace[row] = flights[at + FLIGHT.trace]
    this.startNs[row] = flights[at + FLIGHT.startNs]
    this.endNs[row] = flights[at + FLIGHT.endNs]
    this.dwellMs[row] = dwellMs
    this.weight[row] = dwellMs / lifeMs
    this.share[row] = 0
    this.ageMs[row] = 0
    this.label[row] = label
    this.state[row] = state
    this.watcher.departs(row)
  }

  /** Room for one more; a trail gives way. */
  private makeRoom(): boolean {
    if (this.count < MAX_FLIGHTS) return true
    if (this.trails === 0) return false
    for (let row = 0; row < this.count; row++) {
      if (this.state[row] !== ARRIVED) continue
      this.remove(row)
      return true
    }
    return false
  }

  private remove(row: number): void {
    if (this.state[row] === ARRIVED) this.trails--
    const last = --this.count
    this.link[row] = this.link[last]
    this.direction[row] = this.direction[last]
    this.protocol[row] = this.protocol[last]
    this.lost[row] = this.lost[last]
    this.trace[row] = this.trace[last]
    this.share[row] = this.share[last]
    this.ageMs[row] = this.ageMs[last]
    this.label[row] = this.label[last]
    this.startNs[row] = this.startNs[last]
    this.endNs[row] = this.endNs[last]
    this.dwellMs[row] = this.dwellMs[last]
    this.weight[row] = this.weight[last]
    this.state[row] = this.state[last]
  }
}

/** The engine's clock between two of its messages: it stands while the engine dwells, and never runs back by itself. */
export class VirtualNow {
  private clockNs = 0
  private heardMs = 0
  private heldUntilMs = 0
  private shownNs = 0

  /** The engine said what time it is. jump: it went elsewhere. */
  hear(nowNs: number, realMs: number, jump: boolean): void {
    this.clockNs = nowNs
    this.heardMs = realMs
    if (jump || nowNs > this.shownNs) this.shownNs = nowNs
  }

  /** The engine dwells. */
  hold(dwellMs: number, realMs: number): void {
    this.heldUntilMs = realMs + dwellMs
  }

  /** At most 50 ms are guessed; a playing engine is heard more often. */
  at(realMs: number, playing: boolean, rate: number): number {
    if (!playing || rate === Infinity) return this.shownNs
    const since = Math.min(50, realMs - Math.max(this.heardMs, this.heldUntilMs))
    if (since > 0) this.shownNs = Math.max(this.shownNs, this.clockNs + since * 1e6 * rate)
    return this.shownNs
  }
}
