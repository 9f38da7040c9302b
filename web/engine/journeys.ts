import { viewOf } from '../../src/base/hex.ts'
import { dissect } from '../../src/capture/dissect/dissect.ts'
import { summary } from '../../src/capture/dissect/summary.ts'
import type { TraceRecord } from '../../src/engine/journal-record.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { type Leg, legsOf, type Passage, type Stay } from '../../src/lab/why/journey.ts'
import type { Fix } from '../../src/lab/why/repair.ts'
import { NOT_A_LOSS } from '../../src/lab/why/why.ts'
import { fixText, formatJourney, formatLegs, type Names } from '../../src/lab/why/text.ts'
import { type JourneyView, type LegView, PROTOCOLS, type StayView, type WireField, type WireView } from '../messages.ts'
import { protocolOf } from './protocol.ts'

/**
 * Journeys for the page: what lab/why/journey.ts puts together from the journal, with names instead of numbers, and the
 * header fields on each cable that a packet crossed.
 */

/** Ends of copies that were for others, and of what a program that has ended did not read any more. */
const HARMLESS: ReadonlySet<string> = new Set([...NOT_A_LOSS, 'ARP_NOT_FOR_US', 'SOCKET_CLOSE'])

/** Asks why(), of copies of the lab as it stands. */
export async function ask(lab: Lab, from: string, to: string): Promise<JourneyView> {
  const journey = await lab.why(from, to)
  const { question, destination, loss, remedy, output, legs, attempt, tries } = journey
  const sending: LegView[] = legs.length > 0 ? [] : [{
    trace: 0, kind: 'packet', title: '', cause: '', stays: [stayAtSender(from, lab.now, attempt)], wires: [],
  }]
  const text = formatJourney(journey, namesOf(lab))
  return {
    title: text.split('\n', 1)[0], legs: [...sending, ...viewsOf(lab, legs)], loss, remedy,
    asked: { from, to, target: question.to, destination, protocol: question.protocol, port: question.port, tries },
    remedyText: (remedy ?? []).map(fixText), output, text,
  }
}

/** The journey of a packet that was seen: from the packet that caused it all, if another did. */
export function journeyOf(lab: Lab, trace: number): JourneyView {
  const { journal } = lab.simulation
  const root = rootOf(journal.traces, trace)
  const found = legsOf(journal, root, { traces: 0, records: 0 })
  const legs = viewsOf(lab, found)
  return {
    title: legs[0]?.title ?? '', asked: null, legs, loss: null, remedy: null, remedyText: [], output: '',
    text: formatLegs(found, namesOf(lab)),
  }
}

/** Does what a remedy says to the lab that is open. Throws the command's own words if one fails. */
export async function applyFixes(lab: Lab, fixes: readonly Fix[]): Promise<void> {
  for (const fix of fixes) {
    if ('on' in fix) {
      const { status, stderr } = await lab.node(fix.on).exec(fix.run)
      if (status !== 0) throw new Error(`${fix.on}: ${fix.run}: ${stderr.trim()}`)
    } else lab.link(fix.link).set(fix.set)
  }
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

function namesOf(lab: Lab): Names {
  return {
    node: (node) => lab.nodeNames[node] ?? `node ${node}`,
    device: (node, ifindex) => lab.network.nodes[node]?.namespace.ns.deviceByIndex(ifindex)?.name ?? `if${ifindex}`,
  }
}

function viewsOf(lab: Lab, legs: readonly Leg[]): LegView[] {
  const cables = cablesOf(lab)
  return legs.map((leg, index) => {
    const first = leg.passages[0]?.bytes ?? leg.stays[0]?.drops[0]?.bytes ?? null
    return {
      trace: leg.trace, kind: kindOf(leg, index), title: first === null ? '' : describe(first),
      cause: leg.cause?.hook ?? '', stays: leg.stays.map((stay) => stayView(lab, cables, stay)),
      wires: wiresOf(lab, cables, leg.passages),
    }
  })
}

/** What a leg is to the one that caused it. */
function kindOf({ cause, passages }: Leg, index: number): LegView['kind'] {
  if (index === 0) return 'packet'
  const [first] = passages
  const protocol = first === undefined ? 'other' : PROTOCOLS[protocolOf(first.bytes)]
  if (protocol === 'arp') return 'arp'
  if (protocol === 'icmp-error') return 'error'
  return cause?.hook === 'icmp_echo' ? 'answer' : 'other'
}

function stayView(lab: Lab, cables: Cables, stay: Stay): StayView {
  const { device } = namesOf(lab)
  const shown = stay.sent[0] ?? stay.received
  const drops = new Map(stay.drops.map((drop) => [drop.reason, drop]))
  return {
    node: lab.nodeNames[stay.node], atNs: stay.atNs,
    came: stay.received === null ? '' : device(stay.node, stay.received.ifindex),
    went: stay.sent.map(({ ifindex }) => {
      const cable = cables.get(keyOf(stay.node, ifindex))
      return { device: device(stay.node, ifindex), link: cable?.link ?? null, direction: cable?.direction ?? 0 }
    }),
    steps: stay.steps.map(({ hook, text }) => ({ hook, text })),
    drops: [...drops.values()].map(({ ifindex, reason, text }) => ({
      device: device(stay.node, ifindex), reason, text, harmless: HARMLESS.has(reason),
    })),
    summary: shown === null ? '' : describe(shown.bytes),
  }
}

function stayAtSender(node: string, atNs: number, attempt: readonly { hook: string, text: string }[]): StayView {
  const steps = attempt.map(({ hook, text }) => ({ hook, text }))
  return { node, atNs, came: '', went: [], steps, drops: [], summary: '' }
}

/** The ends of cables: which cable an interface is on, and who is at the far end. */
interface Cable {
  readonly link: number
  readonly direction: 0 | 1
  readonly farNode: number
  readonly farKey: string
}
type Cables = ReadonlyMap<string, Cable>

function keyOf(node: number, ifindex: number): string {
  return `${node}/${ifindex}`
}

function cablesOf(lab: Lab): Cables {
  const cables = new Map<string, Cable>()
  for (const [link, { link: { deviceA, deviceB } }] of lab.network.links.entries()) {
    const [a, b] = [deviceA, deviceB].map(({ stack, ifindex }) => ({ node: stack.node, key: keyOf(stack.node, ifindex) }))
    cables.set(a.key, { link, direction: 0, farNode: b.node, farKey: b.key })
    cables.set(b.key, { link, direction: 1, farNode: a.node, farKey: a.key })
  }
  return cables
}

/** The cables that a packet crossed, each with the one by which it had come to the node that sent it there. */
function wiresOf(lab: Lab, cables: Cables, passages: readonly Passage[]): WireView[] {
  const wires: WireView[] = []
  /** The last wire that leads to an interface, and the last by which the packet came to a node. */
  const leadsTo = new Map<string, number>()
  const cameBy = new Map<number, number>()
  for (const { kind, node, ifindex, timeNs, bytes } of passages) {
    const key = keyOf(node, ifindex)
    if (kind === 'received') {
      const wire = leadsTo.get(key)
      if (wire !== undefined) cameBy.set(node, wire)
      continue
    }
    const cable = cables.get(key)
    leadsTo.set(cable?.farKey ?? key, wires.length)
    wires.push({
      link: cable?.link ?? null, direction: cable?.direction ?? 0, from: lab.nodeNames[node],
      to: lab.nodeNames[cable?.farNode ?? node], device: namesOf(lab).device(node, ifindex), atNs: timeNs,
      before: cameBy.get(node) ?? null, fields: fieldsOf(bytes),
    })
  }
  return wires
}

/** The header fields of a frame; not those of packets that it quotes, and not its data. */
function fieldsOf(bytes: Uint8Array): WireField[] {
  const seen = new Map<string, number>()
  return dissect(viewOf(bytes), 0, bytes.length).flatMap(({ protocol, quoted, fields }) => {
    if (quoted || protocol === 'data' || protocol === 'padding') return []
    const count = (seen.get(protocol) ?? 0) + 1
    seen.set(protocol, count)
    const layer = count === 1 ? protocol : `${protocol} ${count}`
    return fields.map(({ name, text }) => ({ layer, name, text }))
  })
}

/** tcpdump's words for a frame. */
function describe(bytes: Uint8Array): string {
  return summary(viewOf(bytes), 0, bytes.length)
}
