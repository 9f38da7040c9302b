import { type Camera, type Size, toScreen } from './camera.ts'
import type { Cross } from './effects.ts'
import type { Packets } from './packets.ts'
import { RADIUS, type Scene, xOn, yOn } from './scene.ts'

/** What lies under a point of the canvas (CSS pixels). */
export type Hit =
  | { readonly kind: 'packet', readonly row: number, readonly trace: number }
  | { readonly kind: 'cross', readonly cross: Cross }
  | { readonly kind: 'node', readonly node: number }
  | { readonly kind: 'link', readonly link: number }
  | null

/** Distances within which something is hit, px: for a mouse, and for a finger. */
const MOUSE = { packet: 14, link: 8, least: 12 } as const
const TOUCH = { packet: 26, link: 18, least: 24 } as const
/** A line is looked at in this many straight pieces. */
const PIECES = 12

export interface Looked {
  readonly scene: Scene
  readonly camera: Camera
  readonly size: Size
  readonly packets: Packets
  readonly crosses: readonly Cross[]
  /** Bits of protocols that are not shown. */
  readonly hidden: number
}

/** Packets first, since they are small; a flying one before a trail. */
export function hitAt(looked: Looked, x: number, y: number, touch: boolean): Hit {
  const reach = touch ? TOUCH : MOUSE
  return packetAt(looked, x, y, reach.packet) ?? crossAt(looked, x, y, reach.packet) ?? nodeAt(looked, x, y, reach.least) ??
    linkAt(looked, x, y, reach.link)
}

function packetAt({ scene, camera, size, packets, hidden }: Looked, x: number, y: number, reach: number): Hit {
  let best: Hit = null
  let nearest = reach * reach
  for (let row = 0; row < packets.count; row++) {
    if ((hidden >> packets.protocol[row] & 1) !== 0) continue
    const along = packets.direction[row] === 0 ? packets.share[row] : 1 - packets.share[row]
    const at = toScreen(camera, size, xOn(scene.lines, packets.link[row], along), yOn(scene.lines, packets.link[row], along))
    const apart = (at.x - x) ** 2 + (at.y - y) ** 2 + (packets.isTrail(row) ? 40 : 0)
    if (apart > nearest) continue
    nearest = apart
    best = { kind: 'packet', row, trace: packets.trace[row] }
  }
  return best
}

function crossAt(looked: Looked, x: number, y: number, reach: number): Hit {
  for (const cross of [...looked.crosses].reverse()) {
    const place = crossPlace(looked.scene, cross)
    const at = toScreen(looked.camera, looked.size, place.x, place.y)
    if (Math.hypot(at.x - x, at.y - y) <= reach) return { kind: 'cross', cross }
  }
  return null
}

/** Where a cross is drawn: at a node's upper right, or in the middle of a link. */
export function crossPlace(scene: Scene, { node, link }: Cross): { readonly x: number, readonly y: number } {
  if (link >= 0) return { x: xOn(scene.lines, link, 0.5), y: yOn(scene.lines, link, 0.5) }
  return { x: scene.nodes[node].x + RADIUS, y: scene.nodes[node].y - RADIUS + 2 }
}

function nodeAt({ scene, camera, size }: Looked, x: number, y: number, least: number): Hit {
  const reach = Math.max(least, (RADIUS + 3) * camera.scale)
  let best: Hit = null
  let nearest = reach
  for (const [node, place] of scene.nodes.entries()) {
    const at = toScreen(camera, size, place.x, place.y)
    const apart = Math.max(Math.abs(at.x - x), Math.abs(at.y - y))
    if (apart > nearest) continue
    nearest = apart
    best = { kind: 'node', node }
  }
  return best
}

function linkAt({ scene, camera, size }: Looked, x: number, y: number, reach: number): Hit {
  let best: Hit = null
  let nearest = reach
  for (let link = 0; link < scene.links.length; link++) {
    let from = toScreen(camera, size, xOn(scene.lines, link, 0), yOn(scene.lines, link, 0))
    const pieces = scene.links[link].bend === 0 && scene.links[link].a !== scene.links[link].b ? 1 : PIECES
    for (let piece = 1; piece <= pieces; piece++) {
      const share = piece / pieces
      const to = toScreen(camera, size, xOn(scene.lines, link, share), yOn(scene.lines, link, share))
      const apart = fromSegment(x, y, from, to)
      if (apart <= nearest) {
        nearest = apart
        best = { kind: 'link', link }
      }
      from = to
    }
  }
  return best
}

function fromSegment(
  x: number, y: number, from: { readonly x: number, readonly y: number }, to: { readonly x: number, readonly y: number },
): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const square = dx * dx + dy * dy
  const share = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / square))
  return Math.hypot(x - from.x - share * dx, y - from.y - share * dy)
}
