/**
 * Frames that are too many or too quick to be seen one by one: for each direction of each link, how many a second of real
 * time there are, as a mean that forgets, and the protocol that the latest had.
 */

/** The mean forgets in about this time, ms. */
const MEMORY_MS = 700
/** Less than this many frames a second is no flow. */
const LEAST = 0.4

export class Flow {
  /** By link * 2 + direction: frames per real second. */
  readonly rate: Float32Array
  readonly protocol: Uint8Array
  /** Directions that have any: the first `count`. */
  readonly active: Int32Array
  count = 0
  /** Moves on as dashes do, ms. */
  phaseMs = 0

  constructor(links: number) {
    this.rate = new Float32Array(links * 2)
    this.protocol = new Uint8Array(links * 2)
    this.active = new Int32Array(links * 2)
  }

  add(link: number, direction: number, protocol: number): void {
    const at = link * 2 + direction
    if (this.rate[at] === 0) this.active[this.count++] = at
    this.rate[at] += 1000 / MEMORY_MS
    this.protocol[at] = protocol
  }

  update(realMs: number): void {
    const kept = Math.exp(-realMs / MEMORY_MS)
    this.phaseMs += realMs
    for (let i = this.count - 1; i >= 0; i--) {
      const at = this.active[i]
      this.rate[at] *= kept
      if (this.rate[at] >= LEAST) continue
      this.rate[at] = 0
      this.active[i] = this.active[--this.count]
    }
  }

  clear(): void {
    this.rate.fill(0)
    this.count = 0
  }
}
