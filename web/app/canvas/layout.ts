import type { LabModel } from '../../../src/lab/model.ts'

/**
 * Where nodes stand that the lab file gives no place to. Two steps: ranks (which nodes stand beside each other), which
 * decide what a picture says, and places. Ranks are made here, for both the quick first picture (quickLayout) and ELK's
 * better one (elk-layout.ts). All of it is a function of the model alone.
 *
 * A small lab reads from left to right like a sentence: its ranks are distances from one of its two most distant nodes.
 * A large one is a tree of some kind: its core is at the top, hosts at the bottom.
 */

export interface Place {
  readonly x: number
  readonly y: number
}

/** Nodes up to this many are laid out from left to right. */
const SMALL = 24
/** From rank to rank, and from neighbor to neighbor, in world units; for left-to-right and top-down pictures. */
export const RIGHT = { rank: 230, neighbor: 128 } as const
export const DOWN = { rank: 150, neighbor: 112, hanging: 112 } as const
/** Passes over the ranks that order each after its neighbors. */
const SWEEPS = 8

export interface Ranks {
  readonly direction: 'right' | 'down'
  /** By node, from 0. */
  readonly rank: Int32Array
}

/** Edges as pairs of places in model.nodes, without those from a node to itself. */
export function edgesOf(model: LabModel): (readonly [number, number])[] {
  const index = new Map(model.nodes.map(({ name }, place) => [name, place]))
  return model.links.flatMap(({ endpoints: [a, b] }) => {
    const from = index.get(a.node)
    const to = index.get(b.node)
    return from === undefined || to === undefined || from === to ? [] : [[from, to] as const]
  })
}

function neighborsOf(count: number, edges: readonly (readonly [number, number])[]): number[][] {
  const neighbors: number[][] = Array.from({ length: count }, () => [])
  for (const [a, b] of edges) {
    if (!neighbors[a].includes(b)) neighbors[a].push(b)
    if (!neighbors[b].includes(a)) neighbors[b].push(a)
  }
  return neighbors
}

/** Distances from all of `from`; -1 where nothing leads. */
function distances(neighbors: readonly (readonly number[])[], from: readonly number[]): Int32Array {
  const distance = new Int32Array(neighbors.length).fill(-1)
  const queue = [...from]
  for (const node of from) distance[node] = 0
  for (let at = 0; at < queue.length; at++) {
    for (const next of neighbors[queue[at]]) {
      if (distance[next] >= 0) continue
      distance[next] = distance[queue[at]] + 1
      queue.push(next)
    }
  }
  return distance
}

/** Which nodes stand beside each other. */
export function ranksOf(model: LabModel): Ranks {
  const neighbors = neighborsOf(model.nodes.length, edgesOf(model))
  return model.nodes.length <= SMALL ? { direction: 'right', rank: ranksFromEnd(model, neighbors) }
    : { direction: 'down', rank: ranksFromCore(model, neighbors) }
}

/** Distances from the end of each part of the lab; of the ends that are as far apart, the first host in the file. */
function ranksFromEnd(model: LabModel, neighbors: readonly (readonly number[])[]): Int32Array {
  const rank = new Int32Array(neighbors.length).fill(-1)
  for (let node = 0; node < neighbors.length; node++) {
    if (rank[node] >= 0) continue
    const part = reached(distances(neighbors, [node]))
    let end = node
    let best = -1
    for (const one of part) {
      const farthest = Math.max(...distances(neighbors, [one]))
      const worth = farthest * 2 + (model.nodes[one].kind === 'host' ? 1 : 0)
      if (worth > best) [end, best] = [one, worth]
    }
    const distance = distances(neighbors, [end])
    for (const one of part) rank[one] = distance[one]
  }
  return rank
}

function reached(distance: Int32Array): number[] {
  return [...distance.keys()].filter((node) => distance[node] >= 0)
}

/** The farther from any host, the higher up; a lab without hosts, or without anything else, is one rank. */
function ranksFromCore(model: LabModel, neighbors: readonly (readonly number[])[]): Int32Array {
  const hosts = [...model.nodes.keys()].filter((node) => model.nodes[node].kind === 'host')
  const height = distances(neighbors, hosts)
  const highest = height.reduce((most, one) => Math.max(most, one), 0)
  return height.map((one) => highest - Math.max(0, one))
}

/**
 * Hosts on one cable are kept with what they hang on: a block of them below it, so that a lab of a thousand hosts is not
 * one row of them. In a left-to-right picture every node stands for itself.
 */
export interface Blocks {
  /** By node: what it hangs on, or -1. */
  readonly parent: Int32Array
  /** By node: what hangs on it, in the order of the file. */
  readonly hanging: readonly (readonly number[])[]
}

export function blocksOf(model: LabModel, direction: Ranks['direction']): Blocks {
  const neighbors = neighborsOf(model.nodes.length, edgesOf(model))
  const parent = new Int32Array(neighbors.length).fill(-1)
  const hanging: number[][] = neighbors.map(() => [])
  if (direction === 'right') return { parent, hanging }
  for (const [node, [only, ...others]] of neighbors.entries()) {
    if (only === undefined || others.length > 0 || neighbors[only].length < 2) continue
    parent[node] = only
    hanging[only].push(node)
  }
  return { parent, hanging }
}

/** Columns of a block of `count` nodes. */
function columns(count: number): number {
  return count <= 3 ? count : Math.ceil(Math.sqrt(count * 1.4))
}

/** The room that a node takes with what hangs on it. */
export function blockSize(count: number): { readonly width: number, readonly height: number } {
  if (count === 0) return { width: DOWN.neighbor, height: DOWN.rank }
  const across = columns(count)
  return { width: Math.max(1, across) * DOWN.neighbor + 24, height: (1 + Math.ceil(count / across)) * DOWN.hanging }
}

/** Gives what hangs on placed nodes its place below them. */
export function placeHanging({ hanging }: Blocks, places: Place[]): void {
  for (const [node, nodes] of hanging.entries()) {
    const across = columns(nodes.length)
    for (const [at, one] of nodes.entries()) {
      const row = Math.floor(at / across)
      const inRow = Math.min(across, nodes.length - row * across)
      const column = at % across - (inRow - 1) / 2
      places[one] = { x: places[node].x + column * DOWN.neighbor, y: places[node].y + (row + 1) * DOWN.hanging }
    }
  }
}

/** The first picture: at once, and good enough to look at until ELK has answered. By place in model.nodes. */
export function quickLayout(model: LabModel): Place[] {
  const { direction, rank } = ranksOf(model)
  const blocks = blocksOf(model, direction)
  const rows = orderedRows(rank, blocks, neighborsOf(model.nodes.length, edgesOf(model)))
  const places: Place[] = Array.from(rank, () => ({ x: 0, y: 0 }))
  if (direction === 'right') {
    for (const row of rows) {
      for (const [at, node] of row.entries()) {
        places[node] = { x: rank[node] * RIGHT.rank, y: (at - (row.length - 1) / 2) * RIGHT.neighbor }
      }
    }
    return places
  }
  placeRows(rows, blocks, places)
  placeHanging(blocks, places)
  return places
}

/** Nodes by rank, each rank in an order that keeps neighbors near: the middle of its neighbors', some times over. */
function orderedRows(rank: Int32Array, { parent }: Blocks, neighbors: readonly (readonly number[])[]): number[][] {
  const rows: number[][] = []
  for (let node = 0; node < rank.length; node++) if (parent[node] < 0) (rows[rank[node]] ??= []).push(node)
  const order = new Float64Array(rank.length)
  const number = (row: readonly number[]): void => row.forEach((node, at) => { order[node] = at - (row.length - 1) / 2 })
  const filled = rows.filter((row) => row !== undefined)
  filled.forEach(number)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const row of sweep % 2 === 0 ? filled : [...filled].reverse()) {
      const wish = new Map(row.map((node) => [node, middle(node, neighbors[node].filter((one) => parent[one] < 0), order)]))
      row.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0) || a - b)
      number(row)
    }
  }
  return filled
}

function middle(node: number, neighbors: readonly number[], order: Float64Array): number {
  if (neighbors.length === 0) return order[node]
  return neighbors.reduce((sum, next) => sum + order[next], 0) / neighbors.length
}

/** The shape of a screen: a picture is about this many times as wide as high. */
const ASPECT = 2.2

/**
 * Rows below each other, each spread over the width of the widest, as high as what hangs in it. A row that is too wide for
 * a screen goes on in the next line.
 */
function placeRows(rows: readonly (readonly number[])[], { hanging }: Blocks, places: Place[]): void {
  const sizeOf = (node: number): { width: number, height: number } => blockSize(hanging[node].length)
  const area = rows.flat().reduce((sum, node) => sum + sizeOf(node).width * sizeOf(node).height, 0)
  const lines = rows.flatMap((row) => split(row, sizeOf, Math.max(16 * DOWN.neighbor, Math.sqrt(area * ASPECT))))
  const widths = lines.map(({ nodes }) => nodes.reduce((sum, node) => sum + sizeOf(node).width, 0))
  const widest = Math.max(...widths)
  let y = 0
  for (const [at, { nodes, last }] of lines.entries()) {
    const gap = (widest - widths[at]) / nodes.length
    let x = -widest / 2
    for (const node of nodes) {
      const { width } = sizeOf(node)
      places[node] = { x: Math.round(x + (gap + width) / 2), y: Math.round(y) }
      x += gap + width
    }
    const height = Math.max(...nodes.map((node) => sizeOf(node).height))
    y += last ? Math.max(DOWN.rank, widest / 12, height) : height + 40
  }
}

/** A row in lines of about the same number, none wider than `most`. last: the row's last line. */
function split(row: readonly number[], sizeOf: (node: number) => { width: number }, most: number):
  { readonly nodes: readonly number[], readonly last: boolean }[] {
  const whole = row.reduce((sum, node) => sum + sizeOf(node).width, 0)
  const count = Math.ceil(row.length / Math.ceil(whole / most))
  const lines: { nodes: readonly number[], last: boolean }[] = []
  for (let at = 0; at < row.length; at += count) {
    lines.push({ nodes: row.slice(at, at + count), last: at + count >= row.length })
  }
  return lines
}

/** Whether places make a picture that suits a screen; a tree of many hosts can become one long row. */
export function suitsScreen(places: readonly Place[]): boolean {
  const xs = places.map(({ x }) => x)
  const ys = places.map(({ y }) => y)
  const width = Math.max(...xs) - Math.min(...xs) + DOWN.neighbor
  const height = Math.max(...ys) - Math.min(...ys) + DOWN.rank
  return width < 5 * height && height < 3 * width
}
