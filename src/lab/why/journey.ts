import type { Journal } from '../../engine/journal.ts'
import { JournalKind, type JournalRecord, type TraceRecord } from '../../engine/journal-record.ts'
import { dropReasonName, dropReasonText } from '../../wire/drop-reason.ts'

/**
 * What happened to a packet, put together from the journal: legs (the packet itself, then what it caused: ARP, errors,
 * answers), each a list of stays at nodes, each with the decisions taken there and the frames that came and went.
 */
export interface Leg {
  readonly trace: number
  /** The leg and the step that caused this one; null for the packet that was asked about. */
  readonly cause: { readonly trace: number, readonly hook: string } | null
  readonly stays: readonly Stay[]
  /** Every frame of it that was sent or came in, in order. */
  readonly passages: readonly Passage[]
  readonly startedAtNs: number
}

/** A frame at an interface. */
export interface Passage extends FrameEvent {
  readonly node: number
  readonly kind: 'sent' | 'received'
}

/** A packet's time at one node. */
export interface Stay {
  readonly node: number
  readonly atNs: number
  readonly steps: readonly TraceRecord[]
  /** The frame as it came in on a wire; null where it was made. */
  readonly received: FrameEvent | null
  /** As it left: several where it was flooded. */
  readonly sent: readonly FrameEvent[]
  /** Where and why it went no further; several copies can end in one place. */
  readonly drops: readonly Drop[]
}

export interface FrameEvent {
  readonly ifindex: number
  readonly timeNs: number
  readonly bytes: Uint8Array
}

export interface Drop {
  readonly ifindex: number
  readonly timeNs: number
  readonly reason: string
  readonly text: string
  readonly bytes: Uint8Array
}

/** Everything that one packet led to, the packet first, then by time. from: positions in the journal to start from. */
export function legsOf(journal: Journal, trace: number, from: JournalPosition): Leg[] {
  const traces = journal.traces.slice(from.traces)
  const records = journal.records.slice(from.records)
  const causes = new Map<number, { trace: number, hook: string }>()
  const order = [trace]
  for (let i = 0; i < order.length; i++) {
    for (const step of traces) {
      if (step.trace !== order[i] || step.causes === undefined || order.includes(step.causes)) continue
      causes.set(step.causes, { trace: step.trace, hook: step.hook })
      order.push(step.causes)
    }
  }
  const legs = order.map((id) => legOf(id, causes.get(id) ?? null, traces, records))
  const rest = legs.slice(1).filter(({ stays }) => stays.length > 0)
  return [legs[0], ...rest.sort((a, b) => a.startedAtNs - b.startedAtNs || a.trace - b.trace)]
}

/** How long the journal was at some moment. */
export interface JournalPosition {
  readonly traces: number
  readonly records: number
}

export function positionOf(journal: Journal): JournalPosition {
  return { traces: journal.traces.length, records: journal.records.length }
}

interface OpenStay {
  readonly node: number
  readonly atNs: number
  readonly steps: TraceRecord[]
  received: FrameEvent | null
  readonly sent: FrameEvent[]
  readonly drops: Drop[]
}

function legOf(trace: number, cause: Leg['cause'], traces: readonly TraceRecord[],
  records: readonly JournalRecord[]): Leg {
  const stays: OpenStay[] = []
  const passages: Passage[] = []
  const stayAt = (node: number, timeNs: number): OpenStay => {
    for (const stay of stays) if (stay.node === node) return stay
    const stay: OpenStay = { node, atNs: timeNs, steps: [], received: null, sent: [], drops: [] }
    stays.push(stay)
    return stay
  }
  const events = [
    ...traces.filter((step) => step.trace === trace).map((step) => ({ step, sequence: step.sequence })),
    ...records.filter((record) => isFrame(record) && record.b === trace)
      .map((record) => ({ record, sequence: record.sequence })),
  ].sort((a, b) => a.sequence - b.sequence)
  for (const event of events) {
    if ('step' in event) {
      if (event.step.hook !== 'kfree_skb_reason') stayAt(event.step.node, event.step.timeNs).steps.push(event.step)
    } else {
      enter(stayAt(event.record.node, event.record.timeNs), event.record)
      if (event.record.kind !== JournalKind.FRAME_DROPPED) passages.push(passageOf(event.record))
    }
  }
  return { trace, cause, stays, passages, startedAtNs: stays[0]?.atNs ?? 0 }
}

function isFrame({ kind }: JournalRecord): boolean {
  return kind === JournalKind.FRAME_SENT || kind === JournalKind.FRAME_RECEIVED || kind === JournalKind.FRAME_DROPPED
}

function passageOf({ node, kind, a, timeNs, bytes }: JournalRecord): Passage {
  const sent = kind === JournalKind.FRAME_SENT
  return { node, kind: sent ? 'sent' : 'received', ifindex: a, timeNs, bytes: bytes ?? new Uint8Array(0) }
}

function enter(stay: OpenStay, record: JournalRecord): void {
  const bytes = record.bytes ?? new Uint8Array(0)
  const event = { ifindex: record.a, timeNs: record.timeNs, bytes }
  if (record.kind === JournalKind.FRAME_RECEIVED) stay.received ??= event
  else if (record.kind === JournalKind.FRAME_SENT) stay.sent.push(event)
  else stay.drops.push({ ...event, reason: dropReasonName(record.c), text: dropReasonText(record.c) })
}
