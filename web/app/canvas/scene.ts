import type { LabModel, NodeKind, NodeModel } from '../../../src/lab/model.ts'
import type { Box } from './camera.ts'
import type { Place } from './layout.ts'

/**
 * What is drawn, in world units: nodes with their places, and the lines of links between them. A link is a straight line,
 * or one of several between the same two nodes, bent so that each is seen.
 */

/** Half the size of a node's symbol. */
export const RADIUS = 24
/** Between a symbol and the end of a line. */
const GAP = 5
/** How far apart cables between the same nodes run in their middle; the control point lies twice as far out. */
const PARALLEL = 46
/** Numbers of a link's line in Scene.lines: from (x0, y0) by way of the control point (cx, cy) to (x1, y1). */
export const LINE = 6

export interface SceneNode {
  readonly name: string
  readonly kind: NodeKind
  /** The first address, '' if there is none, and how many more there are. */
  readonly address: string
  readonly more: number
  x: number
  y: number
}

export interface SceneLink {
  readonly name: string
  /** Places in Scene.nodes. */
  readonly a: number
  readonly b: number
  /** Names of the interfaces. */
  readonly ends: readonly [string, string]
  /** 0: straight. */
  readonly bend: number
}

export class Scene {
  readonly nodes: readonly SceneNode[]
  readonly links: readonly SceneLink[]
  /** LINE numbers for each link. */
  readonly lines: Float64Array
  private readonly index = new Map<string, number>()
  private readonly linksOf: readonly (readonly number[])[]

  constructor(model: LabModel, places: readonly Place[]) {
    this.nodes = model.nodes.map((node, at) => {
      this.index.set(node.name, at)
      const addresses = addressesOf(node)
      const { name, kind } = node
      return { name, kind, address: addresses[0] ?? '', more: Math.max(0, addresses.length - 1), ...places[at] }
    })
    this.links = linksOf(model, this.index)
    this.lines = new Float64Array(this.links.length * LINE)
    const touching: number[][] = this.nodes.map(() => [])
    for (const [link, { a, b }] of this.links.entries()) {
      touching[a].push(link)
      if (b !== a) touching[b].push(link)
      this.trace(link)
    }
    this.linksOf = touching
  }

  /** Place of a node in `nodes`; -1 if there is none of this name. */
  indexOf(name: string): number {
    return this.index.get(name) ?? -1
  }

  move(node: number, x: number, y: number): void {
    this.nodes[node].x = x
    this.nodes[node].y = y
    for (const link of this.linksOf[node]) this.trace(link)
  }

  /** Links that end at a node. */
  linksAt(node: number): readonly number[] {
    return this.linksOf[node]
  }

  /** Around all nodes and the words below them. */
  box(): Box {
    if (this.nodes.length === 0) return { left: -1, top: -1, right: 1, bottom: 1 }
    const xs = this.nodes.map(({ x }) => x)
    const ys = this.nodes.map(({ y }) => y)
    return {
      left: Math.min(...xs) - 56, right: Math.max(...xs) + 56,
      top: Math.min(...ys) - RADIUS - 8, bottom: Math.max(...ys) + RADIUS + 40,
    }
  }

  /** Nodes as one reads: from the top, and from the left within what is about a line. */
  readingOrder(): number[] {
    return [...this.nodes.keys()].sort((one, other) => {
      const [a, b] = [this.nodes[one], this.nodes[other]]
      return Math.round(a.y / 60) - Math.round(b.y / 60) || a.x - b.x || one - other
    })
  }

  private trace(link: number): void {
    const { a, b, bend } = this.links[link]
    const from = this.nodes[a]
    const to = this.nodes[b]
    if (a === b) { // a cable from a node to itself: a loop above it
      this.setLine(link, from.x - 16, from.y - RADIUS, from.x, from.y - 4 * RADIUS - bend, from.x + 16, from.y - RADIUS)
      return
    }
    const [dx, dy] = [to.x - from.x, to.y - from.y]
    const length = Math.hypot(dx, dy) || 1
    const turn = a < b ? bend : -bend // the same side, whichever end is named first
    const cx = (from.x + to.x) / 2 - dy / length * turn
    const cy = (from.y + to.y) / 2 + dx / length * turn
    const gap = Math.min(RADIUS + GAP, length / 3)
    const before = Math.hypot(cx - from.x, cy - from.y) || 1
    const after = Math.hypot(cx - to.x, cy - to.y) || 1
    this.setLine(link, from.x + (cx - from.x) / before * gap, from.y + (cy - from.y) / before * gap, cx, cy,
      to.x + (cx - to.x) / after * gap, to.y + (cy - to.y) / after * gap)
  }

  private setLine(link: number, x0: number, y0: number, cx: number, cy: number, x1: number, y1: number): void {
    const { lines } = this
    const at = link * LINE
    lines[at] = x0
    lines[at + 1] = y0
    lines[at + 2] = cx
    lines[at + 3] = cy
    lines[at + 4] = x1
    lines[at + 5] = y1
  }
}

/** Along a link's line; share 0 is its first end. */
export function xOn(lines: Float64Array, link: number, share: number): number {
  return along(lines, link * LINE, share)
}

export function yOn(lines: Float64Array, link: number, share: number): number {
  return along(lines, link * LINE + 1, share)
}

function along(lines: Float64Array, at: number, share: number): number {
  const rest = 1 - share
  return rest * rest * lines[at] + 2 * rest * share * lines[at + 2] + share * share * lines[at + 4]
}

/** What the page shows as a node's addresses: of its interfaces but lo. */
function addressesOf(node: NodeModel): string[] {
  return node.interfaces.filter(({ kind }) => kind !== 'loopback').flatMap(({ addresses }) => addresses)
}

function linksOf(model: LabModel, index: ReadonlyMap<string, number>): SceneLink[] {
  const pairs = new Map<string, number>()
  const ends = model.links.map(({ name, endpoints: [a, b] }) => {
    const [from, to] = [index.get(a.node) ?? 0, index.get(b.node) ?? 0]
    const pair = from < to ? `${from}/${to}` : `${to}/${from}`
    const place = pairs.get(pair) ?? 0
    pairs.set(pair, place + 1)
    return { name, a: from, b: to, ends: [a.interface, b.interface] as const, pair, place }
  })
  return ends.map(({ pair, place, ...link }) => {
    const count = pairs.get(pair) ?? 1
    return { ...link, bend: (place - (count - 1) / 2) * PARALLEL * 2 }
  })
}
