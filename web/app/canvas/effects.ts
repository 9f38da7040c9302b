/** What flashes up and fades: halos around nodes that just did something, crosses where frames died. */

export const HALO_MS = 900
export const CROSS_MS = 6000
const MAX_CROSSES = 60

export interface Cross {
  /** At a node, or in the middle of a link; the other is -1. */
  readonly node: number
  readonly link: number
  /** Why, in words; '' if only the journey knows. */
  readonly text: string
  readonly trace: number
  ageMs: number
}

export class Effects {
  /** By node: how old the halo is, Infinity: none; and its protocol. */
  readonly haloMs: Float32Array
  readonly haloProtocol: Uint8Array
  crosses: Cross[] = []
  private halos = 0

  constructor(nodes: number) {
    this.haloMs = new Float32Array(nodes).fill(Infinity)
    this.haloProtocol = new Uint8Array(nodes)
  }

  halo(node: number, protocol: number): void {
    this.haloMs[node] = 0
    this.haloProtocol[node] = protocol
    this.halos = 1
  }

  /** One cross for each place and packet: a flood that dies at one node is one. */
  cross(node: number, link: number, text: string, trace: number): void {
    const same = this.crosses.find((cross) => cross.node === node && cross.link === link && cross.text === text)
    if (same !== undefined) this.crosses.splice(this.crosses.indexOf(same), 1)
    this.crosses.push({ node, link, text, trace, ageMs: 0 })
    if (this.crosses.length > MAX_CROSSES) this.crosses.shift()
  }

  /** Whether anything is still fading. */
  moves(playing: boolean): boolean {
    return this.halos > 0 || (playing && this.crosses.length > 0)
  }

  /** Crosses stay while time stands still. */
  update(realMs: number, playing: boolean): void {
    let halos = 0
    for (let node = 0; node < this.haloMs.length; node++) {
      if (this.haloMs[node] === Infinity) continue
      this.haloMs[node] += realMs
      if (this.haloMs[node] > HALO_MS) this.haloMs[node] = Infinity
      else halos++
    }
    this.halos = halos
    if (!playing) return
    for (const cross of this.crosses) cross.ageMs += realMs
    if (this.crosses.length > 0 && this.crosses[0].ageMs > CROSS_MS) {
      this.crosses = this.crosses.filter(({ ageMs }) => ageMs <= CROSS_MS)
    }
  }

  clear(): void {
    this.haloMs.fill(Infinity)
    this.crosses = []
    this.halos = 0
  }
}
