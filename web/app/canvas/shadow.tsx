import { useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { LinkState } from '../../messages.ts'
import { t } from '../i18n/words.ts'
import { links, selection } from '../state.ts'
import { reachable } from './canvas-state.ts'
import type { Scene } from './scene.ts'

/** Up to this many nodes, each is a stop of the Tab key; with more, arrows go from one to the next. */
const MOST_STOPS = 40
/** Half the side of a button, in world units. */
const HALF = 28

export interface ShadowAnswers {
  focusNode(node: number): void
  focusLink(link: number): void
  /** By its place in `reachable`. */
  focusPacket(place: number): void
  blur(): void
  selectNode(node: number): void
  selectLink(link: number): void
  console(node: number): void
  why(node: number): void
  packet(trace: number): void
  /** Moves a node, in world units: shift and arrows. */
  nudge(node: number, dx: number, dy: number): void
}

/**
 * What the canvas shows, as buttons that lie where it is drawn: for the keyboard and for screen readers. They cannot be
 * seen and take no pointer; the focus ring is drawn on the canvas. Arrows go on in reading order.
 */
export function Shadow({ scene, answers }: { scene: Scene, answers: ShadowAnswers }) {
  return (
    <>
      <Nodes scene={scene} answers={answers} />
      <Cables scene={scene} answers={answers} />
      <Flying answers={answers} />
    </>
  )
}

function Nodes({ scene, answers }: { scene: Scene, answers: ShadowAnswers }) {
  const order = scene.readingOrder()
  const buttons = useRef<(HTMLButtonElement | null)[]>([])
  const stop = useSignal(order[0] ?? 0)
  const many = order.length > MOST_STOPS
  const onKey = (event: KeyboardEvent, place: number): void => {
    const node = order[place]
    const step = stepOf(event)
    if (event.shiftKey && step !== null) answers.nudge(node, step[0] * 16, step[1] * 16)
    else if (step !== null) buttons.current[order[place + step[0] + step[1]] ?? -1]?.focus()
    else if (event.key === 'Enter') answers.console(node)
    else if (event.key === 'w' && !event.ctrlKey && !event.metaKey) answers.why(node)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const selected = selection.value
  return order.map((node, place) => (
    <button
      key={node} ref={(button) => { buttons.current[node] = button }} type="button" data-node={scene.nodes[node].name}
      tabIndex={!many || stop.value === node ? 0 : -1} aria-label={nodeWords(scene, node)}
      aria-pressed={selected?.kind === 'node' && selected.node === scene.nodes[node].name}
      style={{ left: `${scene.nodes[node].x - HALF}px`, top: `${scene.nodes[node].y - HALF}px` }}
      onFocus={() => {
        stop.value = node
        answers.focusNode(node)
      }}
      onBlur={() => answers.blur()} onClick={() => answers.selectNode(node)} onKeyDown={(event) => onKey(event, place)}
    />
  ))
}

function Cables({ scene, answers }: { scene: Scene, answers: ShadowAnswers }) {
  const buttons = useRef<(HTMLButtonElement | null)[]>([])
  const states = new Map(links.value.map((state) => [state.link, state]))
  const many = scene.links.length > MOST_STOPS
  const onKey = (event: KeyboardEvent, link: number): void => {
    const step = stepOf(event)
    if (step === null) return
    buttons.current[link + step[0] + step[1]]?.focus()
    event.preventDefault()
    event.stopPropagation()
  }
  const selected = selection.value
  return scene.links.map((link, at) => (
    <button
      key={at} ref={(button) => { buttons.current[at] = button }} type="button" data-link={link.name}
      tabIndex={at === 0 || !many ? 0 : -1} aria-label={linkWords(scene, at, states.get(at))}
      aria-pressed={selected?.kind === 'link' && selected.link === at} style={linkPlace(scene, at)}
      onFocus={() => answers.focusLink(at)} onBlur={() => answers.blur()} onClick={() => answers.selectLink(at)}
      onKeyDown={(event) => onKey(event, at)}
    />
  ))
}

/** Packets, while time stands still. */
function Flying({ answers }: { answers: ShadowAnswers }) {
  return reachable.value.map((packet, at) => (
    <button
      key={at} type="button" data-trace={packet.trace} data-arrived={packet.arrived}
      aria-label={t(packet.arrived ? 'canvas.arrived' : 'canvas.flying', {
        what: packet.label, from: packet.from, to: packet.to,
      })}
      style={{ left: `${packet.x - HALF}px`, top: `${packet.y - HALF}px` }}
      onFocus={() => answers.focusPacket(at)} onBlur={() => answers.blur()} onClick={() => answers.packet(packet.trace)}
    />
  ))
}

function stepOf({ key }: KeyboardEvent): readonly [number, number] | null {
  return key === 'ArrowRight' ? [1, 0] : key === 'ArrowLeft' ? [-1, 0] : key === 'ArrowDown' ? [0, 1]
    : key === 'ArrowUp' ? [0, -1] : null
}

function linkPlace(scene: Scene, link: number): { left: string, top: string } {
  const { a, b } = scene.links[link]
  const [from, to] = [scene.nodes[a], scene.nodes[b]]
  return { left: `${(from.x + to.x) / 2 - HALF}px`, top: `${(from.y + to.y) / 2 - HALF}px` }
}

/** "router r1, 10.0.1.254/24". */
export function nodeWords(scene: Scene, node: number): string {
  const { name, kind, address, more } = scene.nodes[node]
  const words = `${t(`canvas.kind.${kind}`)} ${name}`
  return address === '' ? words : `${words}, ${address}${more > 0 ? ` +${more}` : ''}`
}

/** "link from alice eth1 to bob eth1, up, delay 10ms". */
export function linkWords(scene: Scene, link: number, state: LinkState | undefined): string {
  const { a, b, ends } = scene.links[link]
  const words = [
    t('canvas.link', { from: `${scene.nodes[a].name} ${ends[0]}`, to: `${scene.nodes[b].name} ${ends[1]}` }),
    t(state?.up === false ? 'canvas.down' : state?.carrier.every(Boolean) === false ? 'canvas.no-carrier' : 'canvas.up'),
  ]
  const [there, back] = state?.impairments ?? ['', '']
  if (there === back && there !== '') words.push(there)
  else {
    if (there !== '') words.push(`→ ${there}`)
    if (back !== '') words.push(`← ${back}`)
  }
  return words.join(t('canvas.comma'))
}
