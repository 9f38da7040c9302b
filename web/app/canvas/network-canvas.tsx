import { useEffect, useRef } from 'preact/hooks'
import { batch, effect, signal, untracked } from '@preact/signals'
import type { LabModel } from '../../../src/lab/model.ts'
import { listen, openConsole, select, showJourney, tellRefusal } from '../actions.ts'
import { t } from '../i18n/words.ts'
import { journeyTitle } from '../journey-title.ts'
import {
  clock, draftModel, draftText, journey, journeyAt, labName, links, model, selection, sideRoom, source, theme,
} from '../state.ts'
import { hiddenProtocols, searching, seenProtocols, tip, untouched, wanted, zoomPercent } from './canvas-state.ts'
import { hear } from './gestures.ts'
import { journeyPath } from './journey-path.ts'
import type { Place } from './layout.ts'
import { Legend } from './legend.tsx'
import { search, SearchBox } from './search-box.tsx'
import { linkWords, nodeWords, Shadow, type ShadowAnswers } from './shadow.tsx'
import { View } from './view.ts'
import './network-canvas.css'

/** The view's scene, for the buttons that shadow it: a new number when nodes have other places or names. */
const shadowed = signal(0)
/** The packet that was clicked last: its journey is told from its own point of view. */
const clicked = signal<number | null>(null)
/** Keys that zoom, and by how much. */
const ZOOM_KEYS: Readonly<Record<string, number>> = { '+': 1.25, '=': 1.25, '-': 0.8, '_': 0.8 }

/** The network, drawn and alive. */
export function NetworkCanvas() {
  const root = useRef<HTMLDivElement>(null)
  const ground = useRef<HTMLCanvasElement>(null)
  const moving = useRef<HTMLCanvasElement>(null)
  const shadow = useRef<HTMLDivElement>(null)
  const view = useRef<View | null>(null)
  useEffect(() => {
    if (root.current === null || ground.current === null || moving.current === null || shadow.current === null) return
    const made = new View(root.current, ground.current, moving.current, shadow.current, answersOf(() => view.current))
    view.current = made
    const stops = [hear(moving.current, made), follow(made, root.current), hearSlash()]
    return () => {
      for (const stop of stops) stop()
      made.stop()
      view.current = null
    }
  }, [])
  const scene = shadowed.value >= 0 ? view.current?.scene ?? null : null
  return (
    <div
      ref={root} class="network" role="application" aria-label={t('canvas.network')} data-flights="0"
      onKeyDown={(event) => onKey(event, view.current)}
    >
      <canvas ref={ground} class="network-ground" aria-hidden="true" />
      <canvas ref={moving} class="network-moving" aria-hidden="true" />
      <div class="network-shadow"><div ref={shadow} class="network-shadow-world">
        {scene !== null && <Shadow scene={scene} answers={shadowAnswers(view)} />}
      </div></div>
      {model.value === null && <p class="network-empty">{t('app.loading')}</p>}
      <Legend />
      <Tools view={() => view.current} />
      {searching.value && model.value !== null && (
        <SearchBox model={model.value} onChoose={(name) => {
          select({ kind: 'node', node: name })
          const node = view.current?.scene?.indexOf(name) ?? -1
          view.current?.centre(node)
          shadow.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(name)}"]`)?.focus({ preventScroll: true })
        }} />
      )}
      <JourneyChip />
      <Tip />
      {untouched.value && model.value !== null && !tellsJourney() && <p class="network-hint">{t('canvas.hint')}</p>}
      <p class="network-said" role="status" aria-live="polite">{said()}</p>
    </div>
  )
}

function Tools({ view }: { view: () => View | null }) {
  return (
    <div class="network-tools" role="toolbar" aria-label={t('canvas.tools')}>
      <button type="button" aria-label={t('canvas.search')} title={`${t('canvas.search')} ( / )`}
        onClick={() => { searching.value = !searching.value }}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.5" /><path d="M10.5 10.5 14 14" /></svg>
      </button>
      <span class="network-rule" />
      <button type="button" aria-label={t('canvas.zoom-out')} title={`${t('canvas.zoom-out')} ( − )`}
        onClick={() => view()?.zoomBy(0.8)}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8h10" /></svg>
      </button>
      <output class="network-zoom">{zoomPercent.value}%</output>
      <button type="button" aria-label={t('canvas.zoom-in')} title={`${t('canvas.zoom-in')} ( + )`}
        onClick={() => view()?.zoomBy(1.25)}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8h10M8 3v10" /></svg>
      </button>
      <button type="button" aria-label={t('canvas.fit')} title={`${t('canvas.fit')} ( 0 )`} onClick={() => view()?.fitAll()}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6 2H2v4M10 2h4v4M6 14H2v-4M10 14h4v-4" /></svg>
      </button>
    </div>
  )
}

/** What is lit up, and how to put it out. */
function JourneyChip() {
  if (!tellsJourney() || journey.value === null) return null
  const { legs } = journey.value
  const told = legs.find((leg) => leg.trace === clicked.value) ?? legs.find((leg) => leg.title !== '')
  return (
    <p class="network-chip">
      <span>{t('canvas.journey')}</span> <strong>{journeyTitle(journey.value) || told?.title}</strong>
      <button type="button" aria-label={t('canvas.end-journey')} title={t('canvas.end-journey')} onClick={endJourney}>
        ×
      </button>
    </p>
  )
}

function Tip() {
  if (tip.value === null) return null
  const { x, y, text } = tip.value
  return <p class="network-tip" style={{ left: `${x + 14}px`, top: `${y + 16}px` }}>{text}</p>
}

/** The path is lit only while its story is open beside it. */
function tellsJourney(): boolean {
  return journey.value !== null && (sideRoom.value === 'journey' || sideRoom.value === 'why')
}

function endJourney(): void {
  batch(() => {
    journey.value = null
    journeyAt.value = null
  })
}

function said(): string {
  const selected = selection.value
  if (selected === null) return ''
  const what = selected.kind === 'node' ? selected.node : model.value?.links[selected.link]?.name ?? ''
  return t('canvas.selected', { what })
}

// ---- what a person does ----

function answersOf(view: () => View | null): ConstructorParameters<typeof View>[4] {
  return {
    node: (node) => select({ kind: 'node', node }),
    console: (node) => { void openConsole(node).catch(tellRefusal) },
    link: (link) => selectLink(view()?.scene?.links[link]?.name),
    packet: (trace) => ask(trace),
    nothing: () => select(null),
    moved: (places) => { void keepPlaces(places) },
    placed: () => { shadowed.value++ },
    describeLink: (link) => {
      const scene = view()?.scene
      return scene ? linkWords(scene, link, links.value.find((one) => one.link === link)) : ''
    },
    describeNode: (node) => {
      const scene = view()?.scene
      return scene ? nodeWords(scene, node) : ''
    },
  }
}

/** A cable that is only drafted has no place in the running lab, and cannot be selected. */
function selectLink(name: string | undefined): void {
  const link = model.value?.links.findIndex((one) => one.name === name) ?? -1
  if (link >= 0) select({ kind: 'link', link })
}

function ask(trace: number): void {
  clicked.value = trace
  void showJourney(trace).catch(tellRefusal)
}

/** Writes places into the text of the lab file. */
async function keepPlaces(places: ReadonlyMap<string, Place>): Promise<void> {
  shadowed.value++
  const kept = new Map(places)
  const { withPositions } = await import('./positions.ts')
  draftText.value = withPositions(draftText.value, kept)
}

function shadowAnswers(view: { readonly current: View | null }): ShadowAnswers {
  const nameOf = (node: number): string => view.current?.scene?.nodes[node]?.name ?? ''
  return {
    focusNode: (node) => view.current?.setFocus(node, -1),
    focusLink: (link) => view.current?.setFocus(-1, link),
    focusPacket: (place) => view.current?.setFocus(-1, -1, place),
    blur: () => view.current?.setFocus(-1, -1),
    selectNode: (node) => select({ kind: 'node', node: nameOf(node) }),
    selectLink: (link) => selectLink(view.current?.scene?.links[link]?.name),
    console: (node) => {
      select({ kind: 'node', node: nameOf(node) })
      void openConsole(nameOf(node)).catch(tellRefusal)
    },
    why: (node) => {
      select({ kind: 'node', node: nameOf(node) })
      sideRoom.value = 'why'
    },
    packet: ask,
    nudge: (node, dx, dy) => {
      const place = view.current?.scene?.nodes[node]
      if (place === undefined) return
      view.current?.moveNode(node, place.x + dx, place.y + dy)
      view.current?.keep(node)
    },
  }
}

function onKey(event: KeyboardEvent, view: View | null): void {
  if (event.ctrlKey || event.metaKey || event.altKey || view === null) return
  if (event.target instanceof HTMLInputElement) return
  const factor = ZOOM_KEYS[event.key]
  if (factor !== undefined) view.zoomBy(factor)
  else if (event.key === '0') view.fitAll()
  else if (event.key === 'Escape') {
    if (tellsJourney()) endJourney()
    else select(null)
  } else return
  event.preventDefault()
}

/** `/` opens the search from anywhere but where one types. */
function hearSlash(): () => void {
  const onSlash = (event: KeyboardEvent): void => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable], .xterm')) return
    event.preventDefault()
    searching.value = true
  }
  document.addEventListener('keydown', onSlash)
  return () => document.removeEventListener('keydown', onSlash)
}

// ---- what the page tells the view ----

/** The draft, while it has another network than the one that runs; else that one. */
function shownModel(): LabModel | null {
  const draft = draftModel.value
  return draft !== null && shapeOf(draft) !== shapeOf(model.value) ? draft : model.value
}

/** What a network looks like, its places aside. */
function shapeOf(lab: LabModel | null): string {
  if (lab === null) return ''
  return JSON.stringify([lab.nodes.map(({ name, kind, interfaces }) => [name, kind, interfaces.map((one) => one.addresses)]),
    lab.links.map((link) => link.endpoints.map((end) => `${end.node}:${end.interface}`))])
}

/** Keeps the view as the state is; returns how to stop. */
function follow(view: View, root: HTMLElement): () => void {
  let text = ''
  let lab = ''
  let shown: LabModel | null = null
  const sizes = new ResizeObserver(() => view.resize(root.clientWidth, root.clientHeight))
  sizes.observe(root)
  const stops = [
    effect(() => {
      const opened = shownModel()
      if (opened === shown || opened !== model.value && shapeOf(opened) === shapeOf(shown)) return
      shown = opened
      const drafted = opened !== model.value
      const same = drafted || text === untracked(() => source.value?.text ?? '') && lab === untracked(() => labName.value)
      text = untracked(() => source.value?.text ?? '')
      lab = untracked(() => labName.value)
      view.open(opened, same)
      untracked(() => {
        seenProtocols.value = 0
        hiddenProtocols.value = 0
        clicked.value = null
        shadowed.value++
      })
    }),
    effect(() => view.setLinks(model.value === null || shownModel() !== model.value ? [] : links.value)),
    effect(() => view.setClock(clock.value)),
    effect(() => {
      const selected = model.value === null ? null : selection.value
      const cable = selected?.kind === 'link' ? model.value?.links[selected.link]?.name : undefined
      view.setSelection(selected?.kind === 'node' ? selected.node : null,
        view.scene?.links.findIndex(({ name }) => name === cable) ?? -1)
    }),
    effect(() => {
      const told = tellsJourney() ? journey.value : null
      view.setJourney(told === null ? null : journeyPath(told, journeyAt.value, clicked.value))
    }),
    effect(() => {
      const opened = model.value
      const on = opened !== null && searching.value && wanted.value.trim() !== ''
      view.setFound(on ? new Set(search(opened, wanted.value).map(({ name }) => view.scene?.indexOf(name) ?? -1)) : null)
    }),
    effect(() => {
      void theme.value
      // The attribute that the tokens hang on is set by an effect too: read them after it.
      queueMicrotask(() => view.setTheme())
    }),
    effect(() => {
      void hiddenProtocols.value
      view.request()
    }),
    listen('flights', ({ buffer, count, dwellMs, labels }) => {
      if (shown === model.value) view.flights(buffer, count, dwellMs, labels) // a draft's cables are not those that run
    }),
    listen('marks', ({ marks }) => view.drops(marks)),
    () => sizes.disconnect(),
  ]
  return () => { for (const stop of stops) stop() }
}
