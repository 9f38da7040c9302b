import { PROTOCOLS } from '../../messages.ts'
import { type Camera, clamp, type Size, toScreen } from './camera.ts'
import { drawCross, toWorldSpace, traceLine } from './draw-ground.ts'
import { CROSS_MS, type Effects, HALO_MS } from './effects.ts'
import type { Flow } from './flow.ts'
import { crossPlace } from './hit.ts'
import { type Packets, TRAIL_MS } from './packets.ts'
import type { Palette } from './palette.ts'
import { RADIUS, type Scene, xOn, yOn } from './scene.ts'

/** The layer that is drawn for each frame of the screen: flow, halos, trails, packets and their words. */
export interface Moving {
  readonly scene: Scene
  readonly camera: Camera
  readonly size: Size
  readonly palette: Palette
  readonly packets: Packets
  readonly flow: Flow
  readonly effects: Effects
  /** Bits of protocols that are not shown. */
  readonly hidden: number
  /** The packet under the pointer, by its row; -1: none. */
  readonly hovered: number
  readonly sprites: Sprites
  /** prefers-reduced-motion: packets stand at three places of their way instead of moving. */
  readonly still: boolean
  /** How strongly all is drawn: weaker beside a journey. */
  readonly alpha: number
}

type Context = CanvasRenderingContext2D

/** More packets than this have no words, and no tails. */
const MOST_WORDS = 8
const MOST_TAILS = 200
/** More directions in flow than this are lines without dashes. */
const MOST_DASHES = 150
/** Packets up to this radius are squares, px. */
const SPECK = 2.5
/** Nodes smaller than this have no halo. */
const WITH_HALOS = 0.22
/** Frames a second from which flow is drawn at its widest. */
const WIDE_FLOW = 2000

/** A packet's dot for each protocol, drawn once and copied: copying is several times as fast as drawing arcs. */
export class Sprites {
  private readonly dots: HTMLCanvasElement[] = []
  private made = ''

  /** Draws them anew if the colours or the size changed. radius in CSS px. */
  prepare(palette: Palette, ratio: number, radius: number): void {
    const key = `${palette.protocols.join()} ${palette.ground} ${ratio} ${radius}`
    if (key === this.made) return
    this.made = key
    for (const [protocol, color] of palette.protocols.entries()) {
      this.dots[protocol] = dot(color, palette.ground, ratio, radius)
    }
  }

  of(protocol: number): HTMLCanvasElement {
    return this.dots[protocol]
  }
}

/** A disc with a rim of the ground, which keeps packets apart, and a soft glow. */
function dot(color: string, ground: string, ratio: number, radius: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  const half = Math.ceil((radius + 5) * ratio)
  canvas.width = half * 2
  canvas.height = half * 2
  const context = canvas.getContext('2d')
  if (context === null) return canvas
  const disc = (r: number, fill: string, alpha: number): void => {
    context.beginPath()
    context.arc(half, half, r * ratio, 0, 2 * Math.PI)
    context.globalAlpha = alpha
    context.fillStyle = fill
    context.fill()
  }
  disc(radius + 4.5, color, 0.22)
  disc(radius + 1.5, ground, 1)
  disc(radius, color, 1)
  return canvas
}

export function drawMoving(context: Context, ratio: number, moving: Moving): void {
  const { size, camera, packets, sprites, palette } = moving
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, size.width, size.height)
  context.lineCap = 'round'
  context.globalAlpha = moving.alpha
  if (moving.flow.count > 0) {
    toWorldSpace(context, ratio, camera, size)
    drawFlow(context, moving)
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
  }
  drawHalos(context, moving)
  const radius = radiusOf(camera.scale, packets.flying)
  sprites.prepare(palette, ratio, radius)
  drawTrails(context, moving)
  if (packets.flying <= MOST_TAILS && !moving.still) drawTails(context, moving, radius)
  if (radius <= SPECK) drawSpecks(context, moving, radius)
  else drawDots(context, moving, ratio)
  drawWords(context, moving)
  for (const cross of moving.effects.crosses) {
    const place = crossPlace(moving.scene, cross)
    const { x, y } = toScreen(camera, size, place.x, place.y)
    drawCross(context, palette, x, y, moving.alpha * clamp((CROSS_MS - cross.ageMs) / 1500, 0, 1))
  }
}

/** The more there are, and the farther away, the smaller. */
function radiusOf(scale: number, flying: number): number {
  const byScale = scale < 0.12 ? 1.5 : scale < 0.22 ? 2.5 : scale < 0.45 ? 4 : 6
  return flying > 400 ? Math.min(3, byScale) : byScale
}

function isHidden(hidden: number, protocol: number): boolean {
  return (hidden >> protocol & 1) !== 0
}

// ---- flow ----

/** Dashes that run along the link, a lane for each direction: the more frames, the wider and denser. */
function drawFlow(context: Context, moving: Moving): void {
  const { flow, palette, hidden, camera, still } = moving
  const dashed = flow.count <= MOST_DASHES && !still
  for (let protocol = 0; protocol < PROTOCOLS.length; protocol++) {
    if (isHidden(hidden, protocol)) continue
    for (let level = 1; level <= 4; level++) {
      for (let direction = 0; direction < 2; direction++) {
        context.beginPath()
        if (!traceFlow(context, moving, protocol, level, direction)) continue
        const width = (1 + level) / Math.max(0.5, Math.min(1, camera.scale))
        const gap = 30 / level + width
        context.setLineDash(dashed ? [6 + level * 2, gap] : [])
        context.lineDashOffset = (direction === 0 ? -1 : 1) * flow.phaseMs * (0.06 + 0.03 * level)
        context.lineWidth = width
        context.strokeStyle = palette.protocols[protocol]
        context.globalAlpha = moving.alpha * (dashed ? 0.9 : 0.3 + 0.1 * level)
        context.stroke()
      }
    }
  }
  context.setLineDash([])
  context.globalAlpha = moving.alpha
}

/** Puts the lanes of one look into the path; false if there are none. */
function traceFlow(context: Context, { flow, scene }: Moving, protocol: number, level: number, direction: number): boolean {
  let any = false
  for (let i = 0; i < flow.count; i++) {
    const at = flow.active[i]
    if (flow.protocol[at] !== protocol || (at & 1) !== direction || levelOf(flow.rate[at]) !== level) continue
    traceLane(context, scene, at >> 1, direction)
    any = true
  }
  return any
}

function levelOf(rate: number): number {
  return Math.min(4, 1 + Math.floor(Math.log(Math.max(1, rate)) / Math.log(WIDE_FLOW) * 4))
}

/** A link's line, moved to the right of its direction. */
function traceLane(context: Context, scene: Scene, link: number, direction: number): void {
  const { lines } = scene
  if (scene.links[link].bend !== 0) {
    traceLine(context, scene, link)
    return
  }
  const [x0, y0, x1, y1] = [lines[link * 6], lines[link * 6 + 1], lines[link * 6 + 4], lines[link * 6 + 5]]
  const aside = (direction === 0 ? 4 : -4) / (Math.hypot(x1 - x0, y1 - y0) || 1)
  const [dx, dy] = [-(y1 - y0) * aside, (x1 - x0) * aside]
  context.moveTo(x0 + dx, y0 + dy)
  context.lineTo(x1 + dx, y1 + dy)
}

// ---- halos and trails ----

function drawHalos(context: Context, { effects, scene, camera, size, palette, alpha, hidden }: Moving): void {
  const { haloMs, haloProtocol } = effects
  if (camera.scale < WITH_HALOS) return
  context.lineWidth = 2.5
  for (let node = 0; node < haloMs.length; node++) {
    const age = haloMs[node]
    if (age === Infinity || isHidden(hidden, haloProtocol[node])) continue
    const { x, y } = toScreen(camera, size, scene.nodes[node].x, scene.nodes[node].y)
    const share = age / HALO_MS
    context.globalAlpha = alpha * (1 - share) * 0.8
    context.strokeStyle = palette.protocols[haloProtocol[node]]
    const half = Math.max(5, (RADIUS + 4) * camera.scale)
    context.beginPath()
    context.roundRect(x - half, y - half, half * 2, half * 2, half * 0.4)
    context.stroke()
  }
  context.globalAlpha = alpha
}

/** Rings at the far end, where packets came to. */
function drawTrails(context: Context, moving: Moving): void {
  const { packets, palette, hidden, alpha, hovered, camera } = moving
  if (packets.trails === 0 || camera.scale < 0.3) return
  context.lineWidth = 2
  for (let row = 0; row < packets.count; row++) {
    if (!packets.isTrail(row) || isHidden(hidden, packets.protocol[row])) continue
    place(moving, row, packets.share[row])
    context.globalAlpha = alpha * (row === hovered ? 1 : 0.75 * (1 - packets.ageMs[row] / TRAIL_MS))
    context.strokeStyle = palette.protocols[packets.protocol[row]]
    context.beginPath()
    context.arc(spot.x, spot.y, row === hovered ? 6 : 4, 0, 2 * Math.PI)
    context.stroke()
  }
  context.globalAlpha = alpha
}

// ---- packets ----

/** Where place() found a packet: one for all, so that none is made for each. */
const spot = { x: 0, y: 0 }

function place({ packets, scene, camera, size }: Moving, row: number, share: number): void {
  const along = packets.direction[row] === 0 ? share : 1 - share
  const link = packets.link[row]
  spot.x = (xOn(scene.lines, link, along) - camera.x) * camera.scale + size.width / 2
  spot.y = (yOn(scene.lines, link, along) - camera.y) * camera.scale + size.height / 2
}

/** Without motion a packet stands near its start, in the middle, and near its end. */
function shareOf(moving: Moving, row: number): number {
  const share = moving.packets.share[row]
  return !moving.still ? share : share < 0.34 ? 0.18 : share < 0.67 ? 0.5 : 0.82
}

/** A line behind each packet that says where it comes from. */
function drawTails(context: Context, moving: Moving, radius: number): void {
  const { packets, palette, hidden, alpha, scene, camera } = moving
  context.lineWidth = radius
  context.globalAlpha = alpha * 0.3
  for (let row = 0; row < packets.count; row++) {
    if (packets.isTrail(row) || isHidden(hidden, packets.protocol[row])) continue
    const { a, b } = scene.links[packets.link[row]]
    const length = Math.hypot(scene.nodes[a].x - scene.nodes[b].x, scene.nodes[a].y - scene.nodes[b].y) * camera.scale || 1
    const share = packets.share[row]
    place(moving, row, share)
    context.beginPath()
    context.moveTo(spot.x, spot.y)
    place(moving, row, Math.max(0, share - 30 / length))
    context.lineTo(spot.x, spot.y)
    context.strokeStyle = palette.protocols[packets.protocol[row]]
    context.stroke()
  }
  context.globalAlpha = alpha
}

function drawDots(context: Context, moving: Moving, ratio: number): void {
  const { packets, hidden, sprites, size } = moving
  for (let row = 0; row < packets.count; row++) {
    if (packets.isTrail(row)) continue
    const protocol = packets.protocol[row]
    if (isHidden(hidden, protocol)) continue
    place(moving, row, shareOf(moving, row))
    if (spot.x < -20 || spot.y < -20 || spot.x > size.width + 20 || spot.y > size.height + 20) continue
    const sprite = sprites.of(protocol)
    const side = sprite.width / ratio
    context.drawImage(sprite, spot.x - side / 2, spot.y - side / 2, side, side)
  }
}

/** Dots too small for a shape: squares. */
function drawSpecks(context: Context, moving: Moving, radius: number): void {
  const { packets, hidden, palette } = moving
  for (let protocol = 0; protocol < PROTOCOLS.length; protocol++) {
    if (isHidden(hidden, protocol)) continue
    context.fillStyle = palette.protocols[protocol]
    for (let row = 0; row < packets.count; row++) {
      if (packets.isTrail(row) || packets.protocol[row] !== protocol) continue
      place(moving, row, shareOf(moving, row))
      context.fillRect(spot.x - radius, spot.y - radius, radius * 2, radius * 2)
    }
  }
}

/** What packets are, beside them, when they are few; of one under the pointer always. */
function drawWords(context: Context, moving: Moving): void {
  const { packets, hidden, hovered } = moving
  context.font = `12px ${moving.palette.sans}`
  context.textAlign = 'left'
  context.textBaseline = 'middle'
  if (packets.flying <= MOST_WORDS && moving.camera.scale > 0.35) {
    for (let row = 0; row < packets.count; row++) {
      if (packets.isTrail(row) || row === hovered || isHidden(hidden, packets.protocol[row])) continue
      drawWord(context, moving, row)
    }
  }
  if (hovered >= 0 && hovered < packets.count) drawWord(context, moving, hovered)
}

function drawWord(context: Context, moving: Moving, row: number): void {
  const { packets, palette, size } = moving
  const text = packets.label[row]
  if (text === '') return
  place(moving, row, packets.isTrail(row) ? packets.share[row] : shareOf(moving, row))
  const width = context.measureText(text).width + 16
  const x = clamp(spot.x - width / 2, 4, Math.max(4, size.width - width - 4))
  // Two that meet on a link do not cover each other's words: one above, one below.
  const y = packets.direction[row] === 0 ? spot.y - 34 : spot.y + 12
  context.beginPath()
  context.roundRect(x, y, width, 22, 11)
  context.fillStyle = palette.raised
  context.fill()
  context.strokeStyle = palette.protocols[packets.protocol[row]]
  context.lineWidth = row === moving.hovered ? 2 : 1
  context.stroke()
  context.fillStyle = palette.ink
  context.fillText(text, x + 8, y + 11.5)
}
