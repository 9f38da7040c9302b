import { batch } from '@preact/signals'
import type { Fix } from '../../src/lab/why/repair.ts'
import type { AskedView, Event, LabSource, OpenedLab } from '../messages.ts'
import { Engine, Refused } from './engine.ts'
import { bundledModel } from './labs.ts'
import * as state from './state.ts'

/** What a person can do, and what the engine tells: the only place that writes what comes from the engine. */

type Listener<Kind extends Event['kind']> = (event: Extract<Event, { kind: Kind }>) => void
const listeners = new Map<Event['kind'], Set<(event: Event) => void>>()

/** Hears the engine's events of a kind as they come (flights, console output); returns how to stop. */
export function listen<Kind extends Event['kind']>(kind: Kind, listener: Listener<Kind>): () => void {
  const heard = listener as unknown as (event: Event) => void // it is given events of its kind only
  const set = listeners.get(kind) ?? new Set()
  listeners.set(kind, set)
  set.add(heard)
  return () => { set.delete(heard) }
}

export const engine = new Engine(
  () => new Worker(new URL('../engine/worker.ts', import.meta.url), { type: 'module' }), take)

function take(event: Event): void {
  batch(() => {
    switch (event.kind) {
      case 'clock': state.clock.value = event.clock; break
      case 'links': state.links.value = event.links; break
      case 'tables': state.tables.value = { node: event.node, tables: event.tables }; break
      case 'marks': state.marks.value = [...state.marks.value, ...event.marks]; break
      case 'branches': state.branches.value = event.list; break
      case 'checks':
        state.checks.value = event.checks
        state.figures.value = event.figures
        state.runHash.value = event.hash
        break
      case 'consoles': state.consoles.value = event.consoles; break
      case 'crashed': state.crash.value = { reason: event.reason, source: event.source }; break
    }
    for (const listener of listeners.get(event.kind) ?? []) listener(event)
  })
}

/** Opens a lab; throws Refused with the file's issues, and keeps the open one. name: of a bundled lab, or ''. */
export async function openLab(source: LabSource, name = ''): Promise<void> {
  const opened = await engine.call('open', { source, model: await bundledModel(source) })
  batch(() => {
    state.labName.value = name
    state.draftText.value = source.text
    state.draftFile.value = source.fileName
    state.draftModel.value = null
    state.draftIssues.value = []
    state.selection.value = null
    state.journey.value = null
    state.consoles.value = []
    show(opened)
  })
}

function show(opened: OpenedLab): void {
  state.model.value = opened.model
  state.source.value = opened.source
  state.clock.value = opened.clock
  state.branches.value = opened.branches
  state.marks.value = opened.marks
  state.links.value = opened.links
  state.ends.value = opened.ends
  state.crash.value = null
}

export function play(rate = state.clock.value.rate): void {
  engine.order({ kind: 'play', rate })
}

export function pause(): void {
  engine.order({ kind: 'pause' })
}

export function step(count = 1): void {
  engine.order({ kind: 'step', count })
}

/** Goes to another moment of this run. */
export async function seek(atNs: number): Promise<void> {
  state.clock.value = await engine.call('seek', { atNs })
}

export async function fork(name: string): Promise<void> {
  state.branches.value = await engine.call('fork', { name })
}

export async function switchBranch(branch: number): Promise<void> {
  const opened = await engine.call('switchBranch', { branch })
  batch(() => show(opened))
}

/** Shows the journey of a packet that was seen. */
export async function showJourney(trace: number): Promise<void> {
  const journey = await engine.call('journey', { trace })
  const leg = journey.legs.findIndex((one) => one.trace === trace)
  batch(() => {
    state.journey.value = journey
    state.journeyAt.value = leg < 0 ? null : [leg, 0]
    state.sideRoom.value = 'journey'
  })
}

/** Asks why, and shows the journey. */
export async function askWhy(from: string, to: string): Promise<void> {
  const journey = await engine.call('why', { from, to })
  batch(() => {
    state.journey.value = journey
    state.journeyAt.value = null
    state.sideRoom.value = 'journey'
  })
}

/** Does what a remedy says; then asks again, if `asked` says what. */
export async function applyFixes(fixes: readonly Fix[], asked: AskedView | null = null): Promise<void> {
  state.clock.value = await engine.call('applyFixes', { fixes })
  if (asked !== null) await askWhy(asked.from, asked.to)
}

export function select(selection: state.Selection): void {
  batch(() => {
    state.selection.value = selection
    if (selection !== null) state.sideRoom.value = selection.kind
    engine.order({ kind: 'watch', node: selection?.kind === 'node' ? selection.node : null })
  })
}

/** Opens a console on a node, and brings it to the front. */
export async function openConsole(node: string, columns = 80, rows = 24): Promise<number> {
  const { console } = await engine.call('openConsole', { node, columns, rows })
  batch(() => {
    state.frontConsole.value = console
    state.bottomRoom.value = 'console'
  })
  return console
}

/** Types into a console. Whoever presses Enter wants to see it happen: time goes on if it stood still. */
export function type(console: number, text: string): void {
  engine.order({ kind: 'typed', console, text })
  if (text.includes('\r') && !state.clock.value.playing) play()
}

/** Starts the engine anew after it has failed. */
export async function restart(): Promise<void> {
  const source = state.crash.value?.source ?? state.source.value
  engine.restart()
  if (source !== null) await openLab(source, state.labName.value)
}

/** Says a refusal to the person; anything else is a fault of ours and goes on up. */
export function tellRefusal(error: unknown): void {
  if (!(error instanceof Refused)) throw error
  state.notice.value = error.message
}
