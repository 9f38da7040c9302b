import type { Journal } from '../engine/journal.ts'
import type { TraceStep } from '../engine/journal-record.ts'
import { dropReasonName, dropReasonText } from '../wire/drop-reason.ts'
import type { Frame } from './frame.ts'
import type { NetStack } from './net-device.ts'

/** Notes a decision about a frame in the journal, with its bytes as they are now. Call only while `journal.tracing`. */
export function traceFrame(stack: NetStack, frame: Frame, step: TraceStep): void {
  stack.simulation.journal.trace(stack.node, frame.traceId, step, frame.bytes.slice(frame.start, frame.end))
}

/** Notes that a frame goes no further. */
export function traceDrop(journal: Journal, frame: Frame, reason: number): void {
  const device = frame.device
  journal.trace(device === null ? 0 : device.stack.node, frame.traceId, {
    hook: 'kfree_skb_reason',
    text: `dropped: ${dropReasonText(reason)}`,
    data: { reason: dropReasonName(reason), device: device === null ? '' : device.name },
  }, frame.bytes.slice(frame.start, frame.end))
}
