import type { LabModel } from '../../../src/lab/model.ts'
import type { Clock, LinkState, Mark } from '../../messages.ts'
import { between, type Camera, ease, fit, pan, type Size, toScreen, toWorld, zoomAt } from './camera.ts'
import { hiddenProtocols, reachable, seenProtocols, tip, untouched, zoomPercent } from './canvas-state.ts'
import { drawGround } from './draw-ground.ts'
import { drawMoving, Sprites } from './draw-packets.ts'
import { Effects } from './effects.ts'
import { Flow } from './flow.ts'
import type { Hands } from './gestures.ts'
import { type Hit, hitAt } from './hit.ts'
import type { JourneyPath } from './journey-path.ts'
import { type Place, quickLayout, suitsScreen } from './layout.ts'
import { Packets, type Pace, VirtualNow } from './packets.ts'
import { type Palette, readPalette } from './palette.ts'
import { needsLayout, placesOf } from './places.ts'
import { Scene, xOn, yOn } from './scene.ts'

/**
 * The canvas, alive. Two layers lie on each other: the ground (draw-ground.ts), drawn when something on it changed, and
 * what moves (draw-packets.ts), drawn for each frame of the screen while anything does. When nothing does, nothing runs.
 *
 *     scene.ts    what there is and where         camera.ts     what of it is seen
 *     layout.ts   places, the quick ones          elk-layout.ts places, the better ones, when ELK has answered
 *     packets.ts  single frames on their way      flow.ts       those too many to be seen one by one
 *     effects.ts  halos and crosses               hit.ts        what lies under the pointer
 */
export interface Answers {
  node(node: string): void
  console(node: string): void
  link(link: number): void
  packet(trace: number): void
  nothing(): void
  /** Nodes were dragged: their places, and those of all that had none. */
  moved(places: ReadonlyMap<string, Place>): void
  /** All nodes have come to where the layout wants them. */
  placed(): void
  /** The words of a tip. */
  describeLink(link: number): string
  describeNode(node: number): string
}

/** What is under the pointer; -1: not that. */
interface Pointed {
  node: number
  link: number
  packet: number
}

/** How long the camera and nodes take to where they go, ms. */
const MOVE_MS = 320
/** More packets than this are not told one by one. */
const MOST_REACHABLE = 60
/** Free pixels around a lab that is fitted. */
const MARGIN = 54

export class View implements Hands {
  scene: Scene | null = null
  private camera: Camera = { x: 0, y: 0, scale: 1 }
  private size: Size = { width: 0, height: 0 }
  private palette: Palette = readPalette()
  private model: LabModel | null = null
  private dragged = new Map<string, Place>()
  private layout: readonly Place[] = []
  private links: readonly LinkState[] = []
  private packets: Packets
  private flow = new Flow(0)
  private effects = new Effects(0)
  private readonly now = new VirtualNow()
  private heardNs = 0
  private pace: Pace = { nowNs: 0, playing: false, rate: 1 }
  private readonly sprites = new Sprites()
  private readonly hovered: Pointed = { node: -1, link: -1, packet: -1 }
  private readonly focused = { node: -1, link: -1 }
  private selectedNode = -1
  private selectedLink = -1
  private journey: JourneyPath | null = null
  private found: ReadonlySet<number> | null = null
  private grabbed = -1
  private grabbedMoved = false
  private cameraWay: { readonly from: Camera, readonly to: Camera, readonly startMs: number } | null = null
  private nodeWay: { readonly from: readonly Place[], readonly to: readonly Place[], readonly startMs: number } | null = null
  /** The person has not moved the camera since the last fit: it may be fitted again. */
  private fitted = true
  private dirty = true
  /** ELK has not answered yet. */
  private laying = false
  private frame = 0
  private lastMs = 0
  private told = ''
  private readonly reduced = matchMedia('(prefers-reduced-motion: reduce)')
  private readonly context: CanvasRenderingContext2D
  private readonly movingContext: CanvasRenderingContext2D

  /**
   * root: carries data-flights and the like. shadow: the layer of buttons, which moves with the camera.
   */
  constructor(
    private readonly root: HTMLElement, private readonly ground: HTMLCanvasElement,
    private readonly moving: HTMLCanvasElement, private readonly shadow: HTMLElement, private readonly answers: Answers,
  ) {
    this.context = contextOf(ground, false)
    this.movingContext = contextOf(moving, true)
    this.packets = new Packets({
      flow: (link, direction, protocol) => this.flow.add(link, direction, protocol),
      departs: (row) => this.effects.halo(this.endOf(row, 0), this.packets.protocol[row]),
      arrives: (row) => this.arrive(row),
    })
  }

  stop(): void {
    cancelAnimationFrame(this.frame)
    this.frame = -1
  }

  // ---- what is shown ----

  /** Another lab, or the same one changed. kept: dragged places and the camera stay. */
  open(model: LabModel | null, kept: boolean): void {
    const selected = this.scene?.nodes[this.selectedNode]?.name
    this.hovered.node = this.hovered.link = this.focused.node = this.focused.link = this.selectedNode = -1
    this.model = model
    if (!kept) this.dragged = new Map()
    this.clear()
    this.nodeWay = null
    if (model === null) {
      this.scene = null
      this.draw()
      return
    }
    this.layout = quickLayout(model)
    this.show(placesOf(model, this.layout, this.dragged))
    if (selected !== undefined) this.selectedNode = this.scene?.indexOf(selected) ?? -1 // by name: numbers may differ
    this.flow = new Flow(model.links.length)
    this.effects = new Effects(model.nodes.length)
    this.fitted = true
    this.cameraWay = null
    this.fitNow()
    this.root.dataset.layout = needsLayout(model) ? 'quick' : 'given'
    // Two or three nodes lie well as they are, and ELK weighs more than all the rest of the page.
    if (needsLayout(model) && model.nodes.length > 3) this.askElk(model).catch(() => { /* the quick picture is good enough */ })
  }

  /** ELK's answer moves the nodes to better places, unless a person did something in the meantime. */
  private async askElk(model: LabModel): Promise<void> {
    this.laying = true
    try {
      const { elkLayout, suitsElk } = await import('./elk-layout.ts')
      if (suitsElk(model)) this.take(model, await elkLayout(model))
    } finally {
      this.laying = false
      this.request()
    }
  }

  private take(model: LabModel, layout: readonly Place[]): void {
    if (this.model !== model || this.scene === null || this.grabbed >= 0 || this.dragged.size > 0) return
    if (!suitsScreen(layout) && suitsScreen(this.layout)) return
    this.layout = layout
    const to = placesOf(model, layout, this.dragged)
    const from = this.scene.nodes.map(({ x, y }) => ({ x, y }))
    this.nodeWay = { from, to, startMs: performance.now() }
    if (this.fitted) this.go(fit(new Scene(model, to).box(), this.size, MARGIN))
    this.root.dataset.layout = 'elk'
    this.draw()
  }

  private show(places: readonly Place[]): void {
    if (this.model === null) return
    this.scene = new Scene(this.model, places)
    this.draw()
  }

  setLinks(links: readonly LinkState[]): void {
    if (this.scene === null) return
    if (links === this.links) return
    this.links = links
    this.draw()
  }

  setSelection(node: string | null, link: number): void {
    this.selectedNode = node === null ? -1 : this.scene?.indexOf(node) ?? -1
    this.selectedLink = link
    this.draw()
  }

  /** What has the keyboard's focus; -1: not that. packet: its place in `reachable`, which is its row. */
  setFocus(node: number, link: number, packet = -1): void {
    this.focused.node = node
    this.focused.link = link
    this.hovered.packet = packet
    if (node >= 0) this.reveal(node)
    this.draw()
  }

  setFound(found: ReadonlySet<number> | null): void {
    this.found = found
    this.draw()
  }

  setJourney(path: JourneyPath | null): void {
    this.journey = path
    this.draw()
  }

  setTheme(): void {
    this.palette = readPalette()
    this.draw()
  }

  resize(width: number, height: number): void {
    const ratio = devicePixelRatio
    this.size = { width, height }
    for (const canvas of [this.ground, this.moving]) {
      canvas.width = Math.round(width * ratio)
      canvas.height = Math.round(height * ratio)
    }
    this.fitNow()
    this.dirty = true
    this.paint(performance.now()) // at once: a canvas is empty after its size was set
    this.request()
  }

  // ---- what happens ----

  setClock({ nowNs, playing, rate, events }: Clock): void {
    this.root.dataset.events = String(events)
    const realMs = performance.now()
    const jump = nowNs < this.heardNs // what is shown is guessed, and may be ahead of it
    this.heardNs = nowNs
    this.now.hear(nowNs, realMs, jump)
    if (jump) this.clear()
    const stopped = this.pace.playing && !playing
    this.pace = { nowNs: this.now.at(realMs, playing, rate), playing, rate }
    if (!playing) this.packets.release(nowNs - 1) // what lies behind for certain
    if (stopped) this.tellReachable()
    this.request()
  }

  flights(buffer: ArrayBuffer, count: number, dwellMs: number, labels: readonly string[]): void {
    const flights = new Float64Array(buffer)
    let seen = seenProtocols.value
    for (let i = 0; i < count; i++) seen |= 1 << flights[i * 9 + 5]
    seenProtocols.value = seen
    if (this.scene === null || document.hidden) return
    this.now.hold(dwellMs, performance.now())
    this.packets.take(flights, count, dwellMs, labels, this.pace)
    this.request()
  }

  /** Frames that died in a node; those that died on a cable are seen there. */
  drops(marks: readonly Mark[]): void {
    for (const { kind, text, trace } of marks) {
      if (kind !== 'drop' || document.hidden) continue
      const [name, reason] = text.split(': ')
      const node = this.scene?.indexOf(name) ?? -1
      if (node < 0 || reason === 'LINK_LOSS' || reason === 'LINK_DOWN' || reason === 'QDISC_DROP') continue
      this.effects.cross(node, -1, text, trace ?? -1)
    }
    this.request()
  }

  private arrive(row: number): void {
    const { packets, effects } = this
    if (packets.lost[row] === 1) effects.cross(-1, packets.link[row], packets.label[row], packets.trace[row])
    else effects.halo(this.endOf(row, 1), packets.protocol[row])
  }

  /** The node where a flight begins (0) or ends (1). */
  private endOf(row: number, end: 0 | 1): number {
    const link = this.scene?.links[this.packets.link[row]]
    if (link === undefined) return 0
    return this.packets.direction[row] === end ? link.a : link.b
  }

  private clear(): void {
    this.packets.clear()
    this.flow.clear()
    this.effects.clear()
    this.hovered.packet = -1
    tip.value = null
    reachable.value = []
  }

  // ---- the camera ----

  fitAll(): void {
    if (this.scene === null) return
    this.fitted = true
    this.go(fit(this.scene.box(), this.size, MARGIN))
  }

  private fitNow(): void {
    if (this.scene === null || !this.fitted || this.size.width === 0) return
    this.cameraWay = null
    this.look(fit(this.scene.box(), this.size, MARGIN))
  }

  zoomBy(factor: number): void {
    this.fitted = false
    const { width, height } = this.size
    this.go(zoomAt(this.cameraWay?.to ?? this.camera, this.size, width / 2, height / 2, factor))
  }

  panBy(dx: number, dy: number): void {
    this.fitted = false
    this.go(pan(this.cameraWay?.to ?? this.camera, dx, dy))
  }

  /** Brings a node into the middle, near enough to read. */
  centre(node: number): void {
    const place = this.scene?.nodes[node]
    if (place === undefined) return
    this.fitted = false
    this.go({ x: place.x, y: place.y, scale: Math.max(0.8, this.camera.scale) })
  }

  /** Brings a node into view, if it is not. */
  private reveal(node: number): void {
    const place = this.scene?.nodes[node]
    if (place === undefined) return
    const { x, y } = toScreen(this.camera, this.size, place.x, place.y)
    if (x > 20 && y > 20 && x < this.size.width - 20 && y < this.size.height - 20) return
    this.fitted = false
    this.go({ ...this.camera, x: place.x, y: place.y })
  }

  private go(to: Camera): void {
    if (this.reduced.matches) this.look(to)
    else this.cameraWay = { from: this.camera, to, startMs: performance.now() }
    this.request()
  }

  private look(camera: Camera): void {
    this.camera = camera
    zoomPercent.value = Math.round(camera.scale * 100)
    const x = this.size.width / 2 - camera.x * camera.scale
    const y = this.size.height / 2 - camera.y * camera.scale
    this.shadow.style.transform = `translate(${x}px, ${y}px) scale(${camera.scale})`
    this.draw()
  }

  // ---- hands ----

  grab(x: number, y: number, touch: boolean): boolean {
    untouched.value = false
    const hit = this.hit(x, y, touch)
    this.grabbed = hit?.kind === 'node' ? hit.node : -1
    this.grabbedMoved = false
    return this.grabbed >= 0
  }

  drag(x: number, y: number): void {
    const to = toWorld(this.camera, this.size, x, y)
    this.moveNode(this.grabbed, Math.round(to.x), Math.round(to.y))
  }

  /** Moves a node to a place of the world, as a hand would. */
  moveNode(node: number, x: number, y: number): void {
    if (this.scene === null) return
    this.grabbedMoved = true
    this.fitted = false
    this.nodeWay = null
    this.scene.move(node, x, y)
    this.draw()
  }

  drop(): void {
    const { scene, grabbed } = this
    this.grabbed = -1
    if (scene === null || grabbed < 0 || !this.grabbedMoved) return
    this.keep(grabbed)
  }

  /** A dragged node's place is kept, and with it those of all nodes without one, so that the picture stays as it is. */
  keep(node: number): void {
    const { scene, model } = this
    if (scene === null || model === null) return
    for (const [at, { name, x, y }] of scene.nodes.entries()) {
      if (at === node || model.nodes[at].position === null) this.dragged.set(name, { x: Math.round(x), y: Math.round(y) })
    }
    this.answers.moved(this.dragged)
  }

  pan(dx: number, dy: number): void {
    this.fitted = false
    this.cameraWay = null
    untouched.value = false
    this.look(pan(this.camera, dx, dy))
  }

  zoom(x: number, y: number, factor: number): void {
    this.fitted = false
    this.cameraWay = null
    this.look(zoomAt(this.camera, this.size, x, y, factor))
  }

  hover(x: number, y: number): void {
    const hit = this.hit(x, y, false)
    const node = hit?.kind === 'node' ? hit.node : -1
    const link = hit?.kind === 'link' ? hit.link : -1
    if (node !== this.hovered.node || link !== this.hovered.link) this.draw()
    this.hovered.node = node
    this.hovered.link = link
    this.hovered.packet = hit?.kind === 'packet' ? hit.row : -1
    this.moving.style.cursor = hit === null ? 'grab' : 'pointer'
    const text = this.tipOf(hit)
    tip.value = text === '' ? null : { x, y, text }
    this.request()
  }

  private tipOf(hit: Hit): string {
    if (hit?.kind === 'cross') return hit.cross.text
    if (hit?.kind === 'link') return this.answers.describeLink(hit.link)
    if (hit?.kind === 'node' && this.camera.scale < 0.5) return this.answers.describeNode(hit.node)
    return ''
  }

  leave(): void {
    if (this.hovered.node >= 0 || this.hovered.link >= 0) this.draw()
    this.hovered.node = this.hovered.link = this.hovered.packet = -1
    tip.value = null
    this.request()
  }

  tap(x: number, y: number, touch: boolean): void {
    untouched.value = false
    const hit = this.hit(x, y, touch)
    const { scene, answers } = this
    if (hit === null || scene === null) answers.nothing()
    else if (hit.kind === 'node') answers.node(scene.nodes[hit.node].name)
    else if (hit.kind === 'link') answers.link(hit.link)
    else if (hit.kind === 'packet') answers.packet(hit.trace)
    else if (hit.cross.trace >= 0) answers.packet(hit.cross.trace)
  }

  doubleTap(x: number, y: number, touch: boolean): void {
    const hit = this.hit(x, y, touch)
    if (hit?.kind === 'node' && this.scene !== null) this.answers.console(this.scene.nodes[hit.node].name)
    else if (hit === null) this.zoom(x, y, 1.6)
    else this.tap(x, y, touch)
  }

  private hit(x: number, y: number, touch: boolean): Hit {
    const { scene, camera, size, packets, effects } = this
    if (scene === null) return null
    return hitAt({ scene, camera, size, packets, crosses: effects.crosses, hidden: hiddenProtocols.value }, x, y, touch)
  }

  // ---- frames ----

  /** The ground has changed. */
  draw(): void {
    this.dirty = true
    this.request()
  }

  request(): void {
    if (this.frame !== 0) return
    this.lastMs = performance.now()
    this.frame = requestAnimationFrame((ms) => this.paint(ms))
  }

  private paint(frameMs: number): void {
    if (this.frame === -1 || this.size.width === 0) return
    if (this.frame > 0) cancelAnimationFrame(this.frame)
    this.frame = 0
    const realMs = Math.max(0, Math.min(100, frameMs - this.lastMs))
    this.lastMs = frameMs
    this.advance(frameMs, realMs)
    const { scene, palette, camera, size, packets, flow, effects, sprites } = this
    const ratio = this.ground.width / size.width
    if (this.dirty) this.paintGround(ratio)
    this.dirty = false
    if (scene !== null) {
      drawMoving(this.movingContext, ratio, {
        scene, camera, size, palette, packets, flow, effects, sprites, hidden: hiddenProtocols.value,
        hovered: this.hovered.packet, still: this.reduced.matches, alpha: this.journey === null ? 1 : 0.7,
      })
    }
    this.tell()
    this.root.dataset.settled = String(scene !== null && this.cameraWay === null && this.nodeWay === null && !this.laying)
    const moving = this.isMoving()
    this.root.dataset.moving = String(moving)
    if (moving) this.frame = requestAnimationFrame((ms) => this.paint(ms))
  }

  private paintGround(ratio: number): void {
    const { scene, palette, camera, size, links, hovered, focused, selectedNode, selectedLink, found, journey } = this
    if (scene === null) {
      this.context.setTransform(1, 0, 0, 1, 0, 0)
      this.context.fillStyle = palette.ground
      this.context.fillRect(0, 0, this.ground.width, this.ground.height)
      return
    }
    drawGround(this.context, ratio, {
      scene, camera, size, palette, links, selectedNode, selectedLink, found, journey,
      hoveredNode: hovered.node, hoveredLink: hovered.link, focusedNode: focused.node, focusedLink: focused.link,
    })
  }

  private advance(frameMs: number, realMs: number): void {
    const { pace } = this
    this.pace = { ...pace, nowNs: this.now.at(frameMs, pace.playing, pace.rate) }
    this.packets.update(realMs, this.pace)
    if (pace.playing) this.flow.update(realMs)
    this.effects.update(realMs, pace.playing)
    const { cameraWay, nodeWay, scene } = this
    if (nodeWay !== null && scene !== null) {
      const share = this.reduced.matches ? 1 : Math.min(1, (frameMs - nodeWay.startMs) / MOVE_MS)
      const eased = ease(Math.max(0, share))
      for (const [node, from] of nodeWay.from.entries()) {
        const to = nodeWay.to[node]
        scene.move(node, from.x + (to.x - from.x) * eased, from.y + (to.y - from.y) * eased)
      }
      this.dirty = true
      if (share === 1) {
        this.nodeWay = null
        this.answers.placed()
      }
    }
    if (cameraWay !== null) {
      const share = Math.max(0, Math.min(1, (frameMs - cameraWay.startMs) / MOVE_MS))
      this.look(share === 1 ? cameraWay.to : between(cameraWay.from, cameraWay.to, ease(share)))
      if (share === 1) this.cameraWay = null
    }
  }

  private isMoving(): boolean {
    const { playing } = this.pace
    return this.cameraWay !== null || this.nodeWay !== null || this.packets.moves(playing) || this.effects.moves(playing) ||
      (playing && this.flow.count > 0)
  }

  // ---- what others can see of it ----

  /** For tests, and for who looks by keyboard. */
  private tell(): void {
    const text = `${this.packets.flying} ${this.packets.trails} ${this.flow.count} ${this.effects.crosses.length}`
    const same = text === this.told
    if (!same) {
      const { dataset } = this.root
      dataset.flights = String(this.packets.flying)
      dataset.trails = String(this.packets.trails)
      dataset.flows = String(this.flow.count)
      dataset.crosses = String(this.effects.crosses.length)
      this.told = text
    }
    if (!same || this.root.dataset.moving === 'true') this.tellReachable() // places are told once more when all stands
  }

  private tellReachable(): void {
    const { packets, scene, pace } = this
    if (scene === null || pace.playing) {
      if (reachable.value.length > 0) reachable.value = []
      return
    }
    reachable.value = Array.from({ length: Math.min(MOST_REACHABLE, packets.count) }, (_none, row) => {
      const share = packets.direction[row] === 0 ? packets.share[row] : 1 - packets.share[row]
      const link = packets.link[row]
      return {
        trace: packets.trace[row], label: packets.label[row], arrived: packets.isTrail(row),
        from: scene.nodes[this.endOf(row, 0)].name, to: scene.nodes[this.endOf(row, 1)].name,
        x: xOn(scene.lines, link, share), y: yOn(scene.lines, link, share),
      }
    })
  }
}

function contextOf(canvas: HTMLCanvasElement, alpha: boolean): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha })
  if (context === null) throw new Error('this browser has no 2D canvas')
  return context
}
