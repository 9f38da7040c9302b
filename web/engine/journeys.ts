import { viewOf } from '../../src/base/hex.ts'
import { diffLayers } from '../../src/capture/dissect/diff.ts'
import { dissect } from '../../src/capture/dissect/dissect.ts'
import type { Layer } from '../../src/capture/dissect/layer.ts'
import { summary } from '../../src/capture/dissect/summary.ts'
import type { TraceRecord } from '../../src/engine/journal-record.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { type FrameEvent, type Leg, legsOf, type Stay } from '../../src/lab/why/journey.ts'
import type { Fix } from '../../src/lab/why/repair.ts'
import { fixText } from '../../src/lab/why/text.ts'
import type { FieldChange, JourneyView, LegView, StayView } from '../messages.ts'

/**
 * Journeys for the page: what lab/why/journey.ts puts together from the journal, with names instead of numbers, and at
 * each node the header fields as the packet came and as it went.
 */

/** Asks why(), of copies of the lab as it stands. */
export async function ask(lab: Lab, from: string, to: string): Promise<JourneyView> {
  const journey = await lab.why(from, to)
  const { loss, remedy, output, legs, attempt } = journey
  const what = journey.question.protocol === 'udp' ? `a UDP datagram to port ${journey.question.port}`
    : 'an ICMP echo request'
  const target = journey.question.to === journey.destination ? journey.destination
    : `${journey.question.to} (${journey.destination})`
  const sending: LegView[] = legs.length > 0 ? [] : [{
    trace: 0, title: '', cause: '', stays: [stayAtSender(from, lab.now, attempt)],
  }]
  return {
    title: `${from} sends ${what} to ${target}`, legs: [...sending, ...viewsOf(lab, legs)], loss, remedy,
    remedyText: (remedy ?? []).map(fixText), output,
  }
}

/** The journey of a packet that was seen: from the packet that caused it all, if another did. */
export function journeyOf(lab: Lab, trace: number): JourneyView {
  const { journal } = lab.simulation
  const root = rootOf(journal.traces, trace)
  const legs = viewsOf(lab, legsOf(journal, root, { traces: 0, records: 0 }))
  const title = legs[0]?.title ?? ''
  return { title, legs, loss: null, remedy: null, remedyText: [], output: '' }
}

/** Does what a remedy says to the lab that is open. */
export async function applyFix(lab: Lab, fix: Fix): Promise<void> {
  if ('on' in fix) {
    const { status, stderr } = await lab.node(fix.on).exec(fix.run)
    if (status !== 0) throw new Error(`${fix.on}: ${fix.run}: ${stderr.trim()}`)
  } else lab.link(fix.link).set(fix.set)
}

/** The packet that led to this one, through every cause. */
function rootOf(traces: readonly TraceRecord[], trace: number): number {
  const causes = new Map<number, number>()
  for (const step of traces) if (step.causes !== undefined && !causes.has(step.causes)) causes.set(step.causes, step.trace)
  let root = trace
  for (const seen = new Set([root]); ; seen.add(root)) {
    const cause = causes.get(root)
    if (cause === undefined || seen.has(cause)) return root
    root = cause
  }
}

function viewsOf(lab: Lab, legs: readonly Leg[]): LegView[] {
  return legs.map((leg) => {
    const first = leg.stays[0]?.sent[0] ?? leg.stays[0]?.received ?? null
    let before: FrameEvent | null = null
    const stays = leg.stays.map((stay) => {
      const view = stayView(lab, stay, stay.received ?? before)
      before = stay.sent[0] ?? before
      return view
    })
    return {
      trace: leg.trace, title: first === null ? '' : describe(first.bytes), cause: leg.cause?.hook ?? '', stays,
    }
  })
}

function stayView(lab: Lab, stay: Stay, before: FrameEvent | null): StayView {
  const device = (ifindex: number): string =>
    lab.network.nodes[stay.node].namespace.ns.deviceByIndex(ifindex)?.name ?? `if${ifindex}`
  const shown = stay.sent[0] ?? stay.received
  const drops = new Map(stay.drops.map((drop) => [drop.reason, drop]))
  return {
    node: lab.nodeNames[stay.node], atNs: stay.atNs, came: stay.received === null ? '' : device(stay.received.ifindex),
    went: stay.sent.map((sent) => ({ device: device(sent.ifindex), ...cableOf(lab, stay.node, sent.ifindex) })),
    steps: stay.steps.map(({ hook, text }) => ({ hook, text })),
    fields: fieldsOf(stay.received ?? null, stay.sent[0] ?? null, before),
    drops: [...drops.values()].map(({ ifindex, reason, text }) => ({ device: device(ifindex), reason, text })),
    summary: shown === null || shown === undefined ? '' : describe(shown.bytes),
  }
}

function stayAtSender(node: string, atNs: number, attempt: readonly { hook: string, text: string }[]): StayView {
  const steps = attempt.map(({ hook, text }) => ({ hook, text }))
  return { node, atNs, came: '', went: [], steps, fields: [], drops: [], summary: '' }
}

function cableOf(lab: Lab, node: number, ifindex: number): { readonly link: number | null, readonly direction: 0 | 1 } {
  for (const [link, { link: { deviceA, deviceB } }] of lab.network.links.entries()) {
    if (deviceA.stack.node === node && deviceA.ifindex === ifindex) return { link, direction: 0 }
    if (deviceB.stack.node === node && deviceB.ifindex === ifindex) return { link, direction: 1 }
  }
  return { link: null, direction: 0 }
}

/**
 * Every header field of the frame on both sides of a node: `before` as it came (or, where it was made here, as it was on
 * the wire before), `after` as it went. Fields of quoted packets are left out.
 */
function fieldsOf(came: FrameEvent | null, went: FrameEvent | null, earlier: FrameEvent | null): FieldChange[] {
  const before = came ?? (went === null ? null : earlier)
  const layersBefore = before === null ? [] : layersOf(before.bytes)
  const layersAfter = went === null ? [] : layersOf(went.bytes)
  const changed = new Map(diffLayers(layersBefore, layersAfter).filter(({ quoted }) => !quoted)
    .map((change) => [`${change.protocol}/${change.name}`, change]))
  const base = went === null ? layersBefore : layersAfter
  const rows: FieldChange[] = []
  for (const { protocol, quoted, fields } of base) {
    if (quoted || protocol === 'data' || protocol === 'padding') continue
    for (const { name, text } of fields) {
      const change = changed.get(`${protocol}/${name}`)
      changed.delete(`${protocol}/${name}`)
      const side = { before: before === null ? null : text, after: went === null ? null : text }
      rows.push({ layer: protocol, name, ...(change === undefined || before === null || went === null ? side : change) })
    }
  }
  for (const { protocol, name, before: was, after } of changed.values()) {
    if (protocol !== 'data' && protocol !== 'padding') rows.push({ layer: protocol, name, before: was, after })
  }
  return rows.map(({ layer, name, before: was, after }) => ({ layer, name, before: was, after }))
}

function layersOf(bytes: Uint8Array): readonly Layer[] {
  return dissect(viewOf(bytes), 0, bytes.length)
}

/** tcpdump's words for a frame. */
function describe(bytes: Uint8Array): string {
  return summary(viewOf(bytes), 0, bytes.length)
}
