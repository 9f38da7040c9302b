import type { LinkChange } from './schema.ts'

/**
 * What was done to a lab from outside while it ran. A run is a pure function of lab, seed and these: Lab.replay() does
 * them again, each at its very moment, and ends with the same journal hash.
 *
 * A moment is a time and, since much can happen in one nanosecond, how many events had been handled by then and how
 * often processes had gone on.
 */
export interface Moment {
  readonly atNs: number
  /** Simulation.dispatched. */
  readonly event: number
  /** Scheduler.resumed. */
  readonly turn: number
}

export type Fault = 'partition' | 'partitionOneWay' | 'hold' | 'release' | 'repair'

export type Action =
  | {
    readonly kind: 'exec', readonly node: string, readonly command: string, readonly stdin?: string,
    readonly env?: Readonly<Record<string, string>>, readonly cwd?: string, readonly namespace?: string,
    /** Virtual time after which it is interrupted. */
    readonly timeoutNs?: number,
  }
  | {
    readonly kind: 'link', readonly link: string, readonly direction: 'both' | 'out' | 'in',
    readonly set: LinkChange,
  }
  | { readonly kind: 'fault', readonly fault: Fault, readonly from: string, readonly to: string }
  /** A console is opened; its number is how many were opened before. */
  | {
    readonly kind: 'console', readonly node: string, readonly columns: number, readonly rows: number,
    readonly command: readonly string[],
  }
  | { readonly kind: 'type', readonly console: number, readonly text: string }
  | { readonly kind: 'resize', readonly console: number, readonly columns: number, readonly rows: number }
  | { readonly kind: 'hang-up', readonly console: number }
  /** The lab's own script, with or without its checks, up to a time. */
  | { readonly kind: 'script', readonly checks: boolean, readonly untilNs: number | null }

/** An action and when it was taken. Plain data: it can be written as JSON. */
export type Input = Action & Moment

/** All that a run was, besides the lab: enough for Lab.replay(). */
export interface InputLog {
  readonly seed: number
  readonly inputs: readonly Input[]
  /** Where the run stood when the log was taken. */
  readonly end: Moment
}
