import { toHex, viewOf } from '../../base/hex.ts'
import { diffLayers, type FieldChange } from '../../capture/dissect/diff.ts'
import { dissect } from '../../capture/dissect/dissect.ts'
import { summary } from '../../capture/dissect/summary.ts'
import { formatTime } from '../run-report.ts'
import type { FrameEvent, Leg, Stay } from './journey.ts'
import type { Fix } from './repair.ts'
import type { Journey } from './why.ts'

/** Names of nodes by number, and of devices by ifindex: a journey has only numbers. */
export interface Names {
  node(node: number): string
  device(node: number, ifindex: number): string
}

const WIDTH = 26

/**
 * A journey as text: the packet first, node by node, with every decision under the name of the kernel's function that
 * takes it, the frames on the wires, and what changed in the headers from one wire to the next; then what it caused
 * (ARP, errors, the answer); then how it ended, and a remedy if it ended badly.
 */
export function formatJourney(journey: Journey, names: Names): string {
  const lines = [heading(journey), '']
  if (journey.legs.length === 0) {
    lines.push(journey.question.from, ...journey.attempt.map(({ hook, text }) => step(hook, text)), '')
  }
  journey.legs.forEach((leg, index) => lines.push(...legLines(leg, index, names), ''))
  lines.push(...ending(journey))
  return `${lines.join('\n')}\n`
}

/** The legs alone, as formatJourney() tells them: of a packet that was seen, not asked about. */
export function formatLegs(legs: readonly Leg[], names: Names): string {
  return `${legs.map((leg, index) => legLines(leg, index, names).join('\n')).join('\n\n')}\n`
}

function heading({ question, destination, tries }: Journey): string {
  const what = question.protocol === 'udp' ? `a UDP datagram to port ${question.port}`
    : question.size === null ? 'an ICMP echo request'
      : `an ICMP echo request with ${question.size} bytes of data, not to be fragmented`
  const to = question.to === destination ? destination : `${question.to} (${destination})`
  const count = tries > 1 ? `; this is number ${tries}` : ''
  return `${question.from} sends ${what} to ${to}${count}`
}

function legLines(leg: Leg, index: number, names: Names): string[] {
  const lines = index === 0 ? [] : [`-- ${legTitle(leg, names)}`]
  let before: FrameEvent | null = null
  for (const stay of leg.stays) {
    lines.push(`${names.node(stay.node)}  ${formatTime(stay.atNs)}`)
    if (stay.received !== null) lines.push(`  <- ${wireLine(stay.node, stay.received, names)}`)
    lines.push(...stepsOf(stay))
    const arrived = stay.received ?? before
    for (const sent of stay.sent) {
      lines.push(`  -> ${wireLine(stay.node, sent, names)}${later(stay, sent)}`)
      lines.push(...changes(arrived, sent))
    }
    for (const drop of uniqueDrops(stay)) lines.push(`  xx ${drop}`)
    before = stay.sent[0] ?? before
  }
  return lines
}

function legTitle(leg: Leg, names: Names): string {
  const [first] = leg.stays
  const frame = first?.sent[0] ?? first?.received ?? null
  const who = first === undefined ? '' : `${names.node(first.node)}: `
  const cause = leg.cause === null ? '' : ` (by ${leg.cause.hook})`
  const what = frame === null ? 'a packet' : describe(frame.bytes)
  return `${who}${what}${cause}`
}

function stepsOf(stay: Stay): string[] {
  return stay.steps.map(({ hook, text }) => step(hook, text))
}

function step(hook: string, text: string): string {
  return `     ${hook.padEnd(WIDTH)} ${text}`
}

function wireLine(node: number, frame: FrameEvent, names: Names): string {
  return `${names.device(node, frame.ifindex)}  ${macs(frame.bytes)}  ${describe(frame.bytes)}`
}

/** Source and destination MAC address. */
function macs(bytes: Uint8Array): string {
  const mac = (at: number): string => toHex(bytes.slice(at, at + 6), ':')
  return `${mac(6)} > ${mac(0)}`
}

/** tcpdump's words for a frame. */
function describe(bytes: Uint8Array): string {
  return summary(viewOf(bytes), 0, bytes.length)
}

/** A frame that waited (for ARP, for a slow link) says until when. */
function later(stay: Stay, { timeNs }: FrameEvent): string {
  return timeNs === stay.atNs ? '' : `  (at ${formatTime(timeNs)})`
}

/** What is different on the next wire, a field a line. */
function changes(before: FrameEvent | null, after: FrameEvent): string[] {
  if (before === null) return []
  const differences = diffLayers(layersOf(before.bytes), layersOf(after.bytes)).filter(({ quoted }) => !quoted)
  return differences.map((change) => `     ${''.padEnd(WIDTH)} ${changeText(change)}`)
}

function changeText({ protocol, name, before, after }: FieldChange): string {
  return `${protocol} ${name}: ${before ?? 'none'} -> ${after ?? 'none'}`
}

function layersOf(bytes: Uint8Array): ReturnType<typeof dissect> {
  return dissect(viewOf(bytes), 0, bytes.length)
}

function uniqueDrops(stay: Stay): string[] {
  return [...new Set(stay.drops.map(({ reason, text }) => `${reason}: ${text}`))]
}

function ending(journey: Journey): string[] {
  const { loss } = journey
  if (loss === null) {
    if (journey.question.protocol === 'udp') return ['It arrived, and a socket took it.']
    return [journey.tries > 1 ? `All ${journey.tries} packets were answered.` : 'It arrived, and was answered.']
  }
  const place = loss.device === '' ? loss.node : `${loss.node} (${loss.device})`
  const what = loss.answer ? 'The answer was lost' : 'It was lost'
  const last = `${what} at ${place}: ${loss.text} [${loss.reason}]`
  if (loss.reason === 'NO_SOCKET') return [last, `Nothing listens on port ${journey.question.port} there: start the service.`]
  return [last, ...remedyLines(journey.remedy)]
}

function remedyLines(remedy: readonly Fix[] | null): string[] {
  if (remedy === null) return ['No remedy was found: nothing that was tried lets it pass.']
  return ['This helps (tried on a copy of the lab):', ...remedy.map((fix) => `  ${fixText(fix)}`)]
}

/** A remedy's step as a person types it. */
export function fixText(fix: Fix): string {
  if ('on' in fix) return `${fix.on}: ${fix.run}`
  return `link ${fix.link}: ${Object.entries(fix.set).map(([key, value]) => `${key}: ${value}`).join(', ')}`
}
