/* What a journal keeps, and the cold functions that make it: they allocate, and run only if somebody wants it. */

export const JournalKind = {
  FRAME_SENT: 1,
  FRAME_RECEIVED: 2,
  FRAME_DROPPED: 3,
  INPUT: 4,
  PROCESS_STARTED: 5,
  PROCESS_OUTPUT: 6,
  PROCESS_EXITED: 7,
  /** What came out of a terminal: a = the process that wrote it, 0 for an echo; b = the terminal's number. */
  TERMINAL_OUTPUT: 8,
} as const
export type JournalKind = (typeof JournalKind)[keyof typeof JournalKind]

/** A kept record. For frames: a = ifindex, b = the frame's trace id, c = drop reason, bytes = the frame. */
export interface JournalRecord {
  /** Place in the order of all that was kept or traced. */
  readonly sequence: number
  readonly timeNs: number
  readonly kind: JournalKind
  readonly node: number
  readonly a: number
  readonly b: number
  readonly c: number
  readonly bytes: Uint8Array | null
}

/** A decision about one packet. `hook` is the kernel's function name where it has one. */
export interface TraceStep {
  readonly hook: string
  /** One plain English sentence, made where the decision is made. */
  readonly text: string
  /** The facts behind the sentence, for programs. */
  readonly data?: Readonly<Record<string, string | number | boolean>>
  /** The trace id of another frame that this step made (an ICMP error, an ARP request, a reply). */
  readonly causes?: number
}

export interface TraceRecord extends TraceStep {
  /** Place in the order of all that was kept or traced. */
  readonly sequence: number
  readonly timeNs: number
  readonly node: number
  /** Which packet: Frame.traceId, kept through every hop. */
  readonly trace: number
  /** The frame's bytes when the step was taken, where the caller gave them. */
  readonly bytes: Uint8Array | null
}

export function copyBytes(view: DataView, start: number, end: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + start, end - start).slice()
}

export function pushRecord(records: JournalRecord[], sequence: number, timeNs: number, kind: JournalKind,
  node: number, a: number, b: number, c: number, bytes: Uint8Array | null): void {
  records.push({ sequence, timeNs, kind, node, a, b, c, bytes })
}

export function pushTrace(traces: TraceRecord[], sequence: number, timeNs: number, node: number, trace: number,
  step: TraceStep, bytes: Uint8Array | null): void {
  traces.push({
    sequence, timeNs, node, trace, hook: step.hook, text: step.text, data: step.data, causes: step.causes, bytes,
  })
}
