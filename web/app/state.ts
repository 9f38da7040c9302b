import { computed, signal } from '@preact/signals'
import type {
  BranchList, CapturedFrame, Clock, ConsoleState, JourneyView, LabSource, LinkState, Mark, ReadCapture, TableView,
} from '../messages.ts'
import type { LabIssue, LabModel } from '../../src/lab/model.ts'
import type { CheckResult, Figures } from '../../src/lab/run.ts'

/**
 * What the page shows, as signals. Rooms read them and change them by the functions of actions.ts; only actions.ts and
 * events.ts write what comes from the engine.
 */

/** The open lab; null while none is. */
export const model = signal<LabModel | null>(null)
export const source = signal<LabSource | null>(null)
/** The lab file as it is being edited (by the editor, or by dragging nodes); at first the open lab's own text. */
export const draftText = signal('')
/** The file that draftText is the text of: the open lab's, or one that can't be opened yet because of its errors. */
export const draftFile = signal('')
/** What draftText said when it could last be read, to be drawn in place of the lab; null while it is the lab's own text. */
export const draftModel = signal<LabModel | null>(null)
/** The errors of draftText, in its order. */
export const draftIssues = signal<readonly LabIssue[]>([])
/** Name of a bundled lab, '' for one of a person's own. */
export const labName = signal('')
export const ends = signal<readonly string[]>([])
export const clock = signal<Clock>({ nowNs: 0, endNs: 0, playing: false, rate: 1, events: 0, hash: '' })
export const links = signal<readonly LinkState[]>([])
export const marks = signal<readonly Mark[]>([])
export const branches = signal<BranchList>({ open: 0, branches: [] })
export const tables = signal<{ readonly node: string, readonly tables: readonly TableView[] } | null>(null)
export const checks = signal<readonly CheckResult[]>([])
export const figures = signal<Figures | null>(null)
/** The journal's hash when the script was through, as `netarium run` prints it; '' before. */
export const runHash = signal('')
/** Those there are at this moment of the run. What they print goes to their terminals directly (console/). */
export const consoles = signal<readonly ConsoleState[]>([])
/** Number of the console that is in front. */
export const frontConsole = signal(0)
/** The engine has failed: why, and from where it can start again. */
export const crash = signal<{ readonly reason: string, readonly source: LabSource | null } | null>(null)

/** What is selected on the canvas. */
export type Selection =
  | { readonly kind: 'node', readonly node: string }
  | { readonly kind: 'link', readonly link: number }
  | null
export const selection = signal<Selection>(null)

/** The journey that is told, and the stay of it that is pointed at: [leg, stay]. */
export const journey = signal<JourneyView | null>(null)
export const journeyAt = signal<readonly [number, number] | null>(null)
/** The frame that is taken apart in the capture room. */
export const frame = signal<CapturedFrame | null>(null)

/** A capture file that was dropped on the page, to look at in the capture room; null: the lab's own frames are shown. */
export const lookedAt = signal<LookedAt | null>(null)
export interface LookedAt {
  readonly fileName: string
  readonly bytes: Uint8Array
  readonly capture: ReadCapture
}

/** The room open on the side, and at the bottom. */
export type SideRoom = 'lesson' | 'node' | 'link' | 'journey' | 'why' | 'editor' | 'share'
export type BottomRoom = 'console' | 'capture' | 'checks' | 'branches'
export const sideRoom = signal<SideRoom | null>('lesson')
export const bottomRoom = signal<BottomRoom | null>('console')

export type Theme = 'light' | 'dark'
export const theme = signal<Theme>('dark')
export type Language = 'en' | 'zh'
export const language = signal<Language>('en')

/** A short message for a moment, told to screen readers too. */
export const notice = signal('')

export const selectedNode = computed(() => selection.value?.kind === 'node' ? selection.value.node : null)
