import type { LinkState } from '../../messages.ts'
import { type Camera, clamp, type Size, toScreen } from './camera.ts'
import type { JourneyPath } from './journey-path.ts'
import type { Palette } from './palette.ts'
import { LINE, RADIUS, type Scene, xOn, yOn } from './scene.ts'
import { symbolOf } from './symbols.ts'

/**
 * The layer that changes seldom: links with their state and words, nodes with their names, what is selected, hovered and
 * focused, and a journey's path. Details come with the zoom: far away a node is a dot without a name.
 */
export interface Ground {
  readonly scene: Scene
  readonly camera: Camera
  readonly size: Size
  readonly links: readonly LinkState[]
  readonly palette: Palette
  readonly selectedNode: number
  readonly selectedLink: number
  readonly hoveredNode: number
  readonly hoveredLink: number
  readonly focusedNode: number
  readonly focusedLink: number
  /** Nodes that a search has found; null: none is on. */
  readonly found: ReadonlySet<number> | null
  readonly journey: JourneyPath | null
}

type Context = CanvasRenderingContext2D

/** Scales from which things are drawn. */
const WITH_SYMBOLS = 0.22
const WITH_NAMES = 0.16
const WITH_ADDRESSES = 0.5
const WITH_ENDS = 0.72
/** Side of the squares that remember where words stand, px. */
const CELL = 6
const DIMMED = 0.22

export function drawGround(context: Context, ratio: number, ground: Ground): void {
  const { size, palette, camera } = ground
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.fillStyle = palette.ground
  context.fillRect(0, 0, size.width, size.height)
  drawDots(context, ground)
  context.lineCap = 'round'
  context.lineJoin = 'round'
  toWorldSpace(context, ratio, camera, size)
  drawLinks(context, ground)
  if (ground.journey !== null) drawPath(context, ground, ground.journey)
  drawNodes(context, ground)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  drawWords(context, ground)
  if (ground.journey !== null) drawNumbers(context, ground, ground.journey)
}

/** From here on coordinates are the world's. */
export function toWorldSpace(context: Context, ratio: number, { x, y, scale }: Camera, { width, height }: Size): void {
  const zoom = scale * ratio
  context.setTransform(zoom, 0, 0, zoom, width * ratio / 2 - x * zoom, height * ratio / 2 - y * zoom)
}

export function traceLine(context: Context, { lines }: Scene, link: number): void {
  const at = link * LINE
  context.moveTo(lines[at], lines[at + 1])
  context.quadraticCurveTo(lines[at + 2], lines[at + 3], lines[at + 4], lines[at + 5])
}

/** A grid of dots, so that one sees the ground move. */
function drawDots(context: Context, { camera, size, palette }: Ground): void {
  let step = 48 * camera.scale
  while (step < 26) step *= 2
  const left = ((size.width / 2 - camera.x * camera.scale) % step + step) % step
  const top = ((size.height / 2 - camera.y * camera.scale) % step + step) % step
  context.fillStyle = palette.line
  for (let x = left; x < size.width; x += step) {
    for (let y = top; y < size.height; y += step) context.fillRect(x - 0.75, y - 0.75, 1.5, 1.5)
  }
}

// ---- links ----

function drawLinks(context: Context, ground: Ground): void {
  const { scene, links, palette, camera, journey } = ground
  const width = clamp(1.7, 0.9 / camera.scale, 3 / camera.scale)
  const onPath = journey === null ? null : new Set([...journey.hops, ...journey.others].map(({ link }) => link))
  context.lineWidth = width
  context.globalAlpha = journey === null ? 0.75 : DIMMED
  strokeAll(context, scene, palette.inkFaint, (link) => links[link]?.up !== false && onPath?.has(link) !== true)
  if (onPath !== null) {
    context.globalAlpha = 1
    strokeAll(context, scene, palette.inkFaint, (link) => links[link]?.up !== false && onPath.has(link))
  }
  context.globalAlpha = journey === null ? 1 : 0.5
  context.setLineDash([7, 7])
  strokeAll(context, scene, palette.bad, (link) => links[link]?.up === false)
  context.setLineDash([])
  context.globalAlpha = 1
  drawOne(context, ground, ground.hoveredLink, palette.inkFaint, width + 1.2)
  drawOne(context, ground, ground.selectedLink, palette.accent, width + 1.8)
  drawOne(context, ground, ground.focusedLink, palette.focus, width + 1.8)
  drawBadEnds(context, ground)
}

function strokeAll(context: Context, scene: Scene, color: string, wanted: (link: number) => boolean): void {
  context.beginPath()
  for (let link = 0; link < scene.links.length; link++) if (wanted(link)) traceLine(context, scene, link)
  context.strokeStyle = color
  context.stroke()
}

function drawOne(context: Context, { scene, links }: Ground, link: number, color: string, width: number): void {
  if (link < 0 || link >= scene.links.length) return
  context.beginPath()
  traceLine(context, scene, link)
  if (links[link]?.up === false) context.setLineDash([7, 7])
  context.strokeStyle = color
  context.lineWidth = width
  context.stroke()
  context.setLineDash([])
}

/** Ends without a carrier: a red dot. */
function drawBadEnds(context: Context, { scene, links, palette, camera }: Ground): void {
  const radius = clamp(4.5, 2 / camera.scale, 7)
  context.beginPath()
  for (const { link, carrier } of links) {
    for (const end of [0, 1] as const) {
      if (carrier[end] || link >= scene.links.length) continue
      const [x, y] = [xOn(scene.lines, link, end), yOn(scene.lines, link, end)]
      context.moveTo(x + radius, y)
      context.arc(x, y, radius, 0, 2 * Math.PI)
    }
  }
  context.fillStyle = palette.bad
  context.fill()
}

// ---- nodes ----

function drawNodes(context: Context, ground: Ground): void {
  const { scene, camera, journey, found } = ground
  const seen = inView(ground)
  for (const node of seen) {
    const { name } = scene.nodes[node]
    const dim = (journey !== null && !journey.nodes.has(name)) || (found !== null && !found.has(node))
    context.globalAlpha = dim ? 0.35 : 1
    if (camera.scale < WITH_SYMBOLS) drawDot(context, ground, node)
    else drawSymbol(context, ground, node)
  }
  context.globalAlpha = 1
}

function inView({ scene, camera, size }: Ground): number[] {
  const [halfWidth, halfHeight] = [size.width / 2 / camera.scale + 60, size.height / 2 / camera.scale + 60]
  const seen: number[] = []
  for (const [node, { x, y }] of scene.nodes.entries()) {
    if (Math.abs(x - camera.x) < halfWidth && Math.abs(y - camera.y) < halfHeight) seen.push(node)
  }
  return seen
}

function drawDot(context: Context, { scene, palette, camera, selectedNode, hoveredNode, focusedNode }: Ground, node: number):
  void {
  const { x, y, kind } = scene.nodes[node]
  const half = clamp(RADIUS * 0.7, 2 / camera.scale, RADIUS)
  context.fillStyle = node === selectedNode || node === focusedNode ? palette.focus
    : node === hoveredNode ? palette.ink : kind === 'host' ? palette.inkFaint : palette.accent
  context.fillRect(x - half, y - half, half * 2, half * 2)
}

function drawSymbol(context: Context, ground: Ground, node: number): void {
  const { scene, palette, selectedNode, hoveredNode, focusedNode } = ground
  const { x, y, kind } = scene.nodes[node]
  const { body, glyph, foot } = symbolOf(kind)
  const selected = node === selectedNode
  context.translate(x, y)
  if (selected || node === focusedNode) ring(context, ground, selected ? palette.accent : palette.focus, node === focusedNode)
  context.fillStyle = palette.surface
  context.fill(body)
  context.lineWidth = 1.9
  context.strokeStyle = selected ? palette.accent : node === hoveredNode ? palette.ink : palette.inkSoft
  context.stroke(body)
  if (foot !== null) context.stroke(foot)
  context.strokeStyle = palette.accent
  context.lineWidth = 2
  context.stroke(glyph)
  context.translate(-x, -y)
}

/** Around what is selected (soft) and what has the keyboard's focus (a line). */
function ring(context: Context, { camera }: Ground, color: string, focused: boolean): void {
  context.beginPath()
  context.roundRect(-RADIUS - 9, -RADIUS - 7, 2 * RADIUS + 18, 2 * RADIUS + 14, 14)
  const alpha = context.globalAlpha
  context.fillStyle = color
  context.globalAlpha = alpha * 0.16
  context.fill()
  context.globalAlpha = alpha
  if (!focused) return
  context.strokeStyle = color
  context.lineWidth = 2 / Math.min(1, camera.scale)
  context.stroke()
}

// ---- words ----

/** Words that would lie on others are left out; what is pointed at comes first. */
class Taken {
  private readonly columns: number
  private readonly cells: Uint8Array

  constructor({ width, height }: Size) {
    this.columns = Math.ceil(width / CELL) + 1
    this.cells = new Uint8Array(this.columns * (Math.ceil(height / CELL) + 1))
  }

  /** Takes the room, if it is free or must be. */
  take(left: number, top: number, width: number, height: number, must: boolean): boolean {
    const rows = this.cells.length / this.columns
    const [from, to] = [Math.max(0, Math.floor(left / CELL)), Math.min(this.columns - 1, Math.floor((left + width) / CELL))]
    const [first, last] = [Math.max(0, Math.floor(top / CELL)), Math.min(rows - 1, Math.floor((top + height) / CELL))]
    if (!must) {
      for (let row = first; row <= last; row++) {
        for (let column = from; column <= to; column++) if (this.cells[row * this.columns + column] === 1) return false
      }
    }
    for (let row = first; row <= last; row++) {
      for (let column = from; column <= to; column++) this.cells[row * this.columns + column] = 1
    }
    return true
  }
}

function drawWords(context: Context, ground: Ground): void {
  const { camera, scene, selectedNode, hoveredNode, focusedNode, found } = ground
  const taken = new Taken(ground.size)
  context.lineJoin = 'round'
  const pointed = [selectedNode, hoveredNode, focusedNode].filter((node) => node >= 0)
  const first = new Set([...pointed, ...(found !== null && found.size < 40 ? found : [])])
  for (const node of first) drawName(context, ground, node, taken, true)
  if (camera.scale >= WITH_NAMES) {
    const seen = inView(ground)
    const isHost = (node: number): boolean => scene.nodes[node].kind === 'host'
    const rest = seen.filter((node) => !first.has(node))
    for (const node of rest) if (!isHost(node)) drawName(context, ground, node, taken, false)
    for (const node of rest) if (isHost(node)) drawName(context, ground, node, taken, false)
  }
  drawImpairments(context, ground, taken)
  if (camera.scale >= WITH_ENDS) drawEnds(context, ground, taken)
}

/** A word with the ground around it, so that lines behind do not disturb it. */
function write(context: Context, { palette }: Ground, text: string, x: number, y: number, color: string): void {
  context.strokeStyle = palette.ground
  context.lineWidth = 4
  context.strokeText(text, x, y)
  context.fillStyle = color
  context.fillText(text, x, y)
}

function drawName(context: Context, ground: Ground, node: number, taken: Taken, must: boolean): void {
  const { scene, camera, size, palette, journey, found } = ground
  const { name, address, more } = scene.nodes[node]
  const { x, y } = toScreen(camera, size, scene.nodes[node].x, scene.nodes[node].y)
  const px = camera.scale >= 0.7 ? clamp(13 * Math.sqrt(camera.scale), 13, 17) : camera.scale >= 0.4 ? 12 : 11
  const top = y + clamp((RADIUS + 4) * camera.scale, 4, 200) + 4
  context.font = `600 ${px}px ${palette.sans}`
  context.textAlign = 'center'
  context.textBaseline = 'top'
  const width = context.measureText(name).width
  if (!taken.take(x - width / 2 - 2, top, width + 4, px, must)) return
  context.globalAlpha = (journey !== null && !journey.nodes.has(name)) || (found !== null && !found.has(node)) ? 0.4 : 1
  write(context, ground, name, x, top, palette.ink)
  if (address !== '' && (camera.scale >= WITH_ADDRESSES || must)) {
    const text = more > 0 ? `${address} +${more}` : address
    context.font = `${px - 1.5}px ${palette.mono}`
    const wide = context.measureText(text).width
    if (taken.take(x - wide / 2 - 2, top + px + CELL, wide + 4, px - CELL, must)) {
      write(context, ground, text, x, top + px + 4, palette.inkFaint)
    }
  }
  context.globalAlpha = 1
}

/** Names of interfaces, near the ends of their cables. */
function drawEnds(context: Context, ground: Ground, taken: Taken): void {
  const { scene, camera, size, palette, journey } = ground
  context.font = `${clamp(11 * Math.sqrt(camera.scale), 10.5, 14)}px ${palette.mono}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.globalAlpha = journey === null ? 1 : 0.5
  for (const [link, { ends }] of scene.links.entries()) {
    const from = toScreen(camera, size, xOn(scene.lines, link, 0), yOn(scene.lines, link, 0))
    const to = toScreen(camera, size, xOn(scene.lines, link, 1), yOn(scene.lines, link, 1))
    const length = Math.hypot(to.x - from.x, to.y - from.y)
    if (length < 90 || Math.max(from.x, to.x) < 0 || Math.min(from.x, to.x) > size.width) continue
    for (const end of [0, 1] as const) {
      const wide = context.measureText(ends[end]).width
      const out = Math.min(0.34, (wide / 2 + 6) / length)
      const share = end === 0 ? out : 1 - out
      const at = toScreen(camera, size, xOn(scene.lines, link, share), yOn(scene.lines, link, share))
      const steep = Math.abs(to.y - from.y) > Math.abs(to.x - from.x)
      const [x, y] = steep ? [at.x + wide / 2 + 7, at.y] : [at.x, at.y - 10]
      if (taken.take(x - wide / 2, y - 6, wide, 12, false)) write(context, ground, ends[end], x, y, palette.inkFaint)
    }
  }
  context.globalAlpha = 1
}

/** What a cable does to frames, in the words of a lab file, as a label in its middle. */
function drawImpairments(context: Context, ground: Ground, taken: Taken): void {
  const { scene, camera, size, palette, links, journey } = ground
  if (camera.scale < 0.45) return
  context.font = `12px ${palette.sans}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.globalAlpha = journey === null ? 1 : 0.5
  for (const { link, impairments } of links) {
    if (link >= scene.links.length || (impairments[0] === '' && impairments[1] === '')) continue
    const text = impairmentText(scene, link, impairments)
    const { x, y } = toScreen(camera, size, xOn(scene.lines, link, 0.5), yOn(scene.lines, link, 0.5))
    const { nodes, links: cables } = scene
    const { a, b } = cables[link]
    const room = Math.max(120, Math.hypot(nodes[a].x - nodes[b].x, nodes[a].y - nodes[b].y) * camera.scale - 110)
    const lines = broken(context, text, room)
    const width = Math.max(...lines.map((line) => context.measureText(line).width)) + 16
    const height = 4 + lines.length * 16
    if (!taken.take(x - width / 2, y + 8, width, height, false)) continue
    context.beginPath()
    context.roundRect(x - width / 2, y + 8, width, height, 10)
    context.fillStyle = palette.raised
    context.fill()
    context.strokeStyle = palette.line
    context.lineWidth = 1
    context.stroke()
    context.fillStyle = palette.warn
    for (const [at, line] of lines.entries()) context.fillText(line, x, y + 18.5 + at * 16)
  }
  context.globalAlpha = 1
}

/** A list in lines that are no wider than `room`, where it has commas. */
function broken(context: Context, text: string, room: number): string[] {
  const lines: string[] = []
  for (const part of text.split(', ')) {
    const longer = lines.length === 0 ? '' : `${lines[lines.length - 1]}, ${part}`
    if (longer !== '' && context.measureText(longer).width <= room) lines[lines.length - 1] = longer
    else lines.push(part)
  }
  return lines
}

/** One text if both ways are alike; else an arrow for each, as they point on the screen. */
function impairmentText(scene: Scene, link: number, [there, back]: readonly [string, string]): string {
  if (there === back) return there
  const { a, b } = scene.links[link]
  const [from, to] = [scene.nodes[a], scene.nodes[b]]
  const arrows = Math.abs(to.x - from.x) >= Math.abs(to.y - from.y) ? (to.x >= from.x ? ['→', '←'] : ['←', '→'])
    : to.y >= from.y ? ['↓', '↑'] : ['↑', '↓']
  return [there, back].flatMap((text, way) => text === '' ? [] : [`${arrows[way]} ${text}`]).join('  ')
}

// ---- a journey ----

function drawPath(context: Context, { scene, palette }: Ground, path: JourneyPath): void {
  const draw = (hops: JourneyPath['hops'], color: string, width: number, alpha: number): void => {
    context.globalAlpha = alpha
    context.strokeStyle = color
    context.lineWidth = width
    context.beginPath()
    for (const { link } of hops) if (link < scene.links.length) traceLine(context, scene, link)
    context.stroke()
    for (const { link, direction } of hops) if (link < scene.links.length) head(context, scene, link, direction, width)
    context.globalAlpha = 1
  }
  draw(path.others, palette.inkFaint, 2.4, 0.8)
  draw(path.hops, palette.accent, 4, 1)
  if (path.at !== null) draw(path.at.links, palette.warn, 6, 1)
}

/** An arrow's head just past the middle, pointing the way it went; two ways on one link do not cover each other. */
function head(context: Context, { lines }: Scene, link: number, direction: 0 | 1, width: number): void {
  const share = direction === 0 ? 0.58 : 0.42
  const [x, y] = [xOn(lines, link, share), yOn(lines, link, share)]
  const onward = direction === 0 ? share + 0.02 : share - 0.02
  const [dx, dy] = [xOn(lines, link, onward) - x, yOn(lines, link, onward) - y]
  const long = (4 + width * 1.1) / (Math.hypot(dx, dy) || 1)
  context.beginPath()
  context.moveTo(x - dx * long - dy * long * 0.8, y - dy * long + dx * long * 0.8)
  context.lineTo(x, y)
  context.lineTo(x - dx * long + dy * long * 0.8, y - dy * long - dx * long * 0.8)
  context.stroke()
}

/** Badges with the order in which the packet came by, and crosses where it died. */
function drawNumbers(context: Context, ground: Ground, path: JourneyPath): void {
  const { scene, camera, size, palette } = ground
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.font = `700 12px ${palette.sans}`
  for (const [name, numbers] of path.numbers) {
    const node = scene.indexOf(name)
    if (node < 0) continue
    const { x, y } = toScreen(camera, size, scene.nodes[node].x - RADIUS, scene.nodes[node].y - RADIUS)
    const text = numbers.length > 3 ? `${numbers.slice(0, 3).join(' ')}…` : numbers.join(' ')
    const width = Math.max(20, context.measureText(text).width + 12)
    const pointed = path.at?.node === name
    context.beginPath()
    context.roundRect(x - width + 10, y - 10, width, 20, 10)
    context.fillStyle = pointed ? palette.warn : palette.accent
    context.fill()
    context.fillStyle = palette.accentInk
    context.fillText(text, x - width / 2 + 10, y + 0.5)
  }
  for (const { node, link } of path.deaths) {
    const at = scene.indexOf(node)
    if (link === null && at < 0) continue
    const { x, y } = link === null ? toScreen(camera, size, scene.nodes[at].x + RADIUS, scene.nodes[at].y - RADIUS)
      : toScreen(camera, size, xOn(scene.lines, link, 0.5), yOn(scene.lines, link, 0.5))
    drawCross(context, palette, x, y, 1)
  }
}

/** A red disc with a cross. */
export function drawCross(context: Context, palette: Palette, x: number, y: number, alpha: number): void {
  context.globalAlpha = alpha
  context.beginPath()
  context.arc(x, y, 9, 0, 2 * Math.PI)
  context.fillStyle = palette.ground
  context.fill()
  context.strokeStyle = palette.bad
  context.lineWidth = 2
  context.stroke()
  context.beginPath()
  context.moveTo(x - 3.5, y - 3.5)
  context.lineTo(x + 3.5, y + 3.5)
  context.moveTo(x + 3.5, y - 3.5)
  context.lineTo(x - 3.5, y + 3.5)
  context.stroke()
  context.globalAlpha = 1
}
