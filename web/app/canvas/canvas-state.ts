import { signal } from '@preact/signals'

/** What the canvas's own parts (the view, the legend, the search box) tell each other. */

/** Protocols seen since the lab was opened, and those that are not shown: bits, by number of Protocol. */
export const seenProtocols = signal(0)
export const hiddenProtocols = signal(0)
/** The search box is open, and what is typed in it. */
export const searching = signal(false)
export const wanted = signal('')
/** Words beside the pointer. */
export const tip = signal<{ readonly x: number, readonly y: number, readonly text: string } | null>(null)
/** The scale, in percent. */
export const zoomPercent = signal(100)
/** Packets that can be reached by keyboard while time stands still: on their way, and just arrived. */
export const reachable = signal<readonly Reachable[]>([])
/** A newcomer has not touched the canvas yet. */
export const untouched = signal(true)

export interface Reachable {
  readonly trace: number
  readonly label: string
  readonly from: string
  readonly to: string
  readonly arrived: boolean
  /** World units. */
  readonly x: number
  readonly y: number
}
