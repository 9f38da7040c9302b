import { viewOf } from '../../src/base/hex.ts'
import { dissect } from '../../src/capture/dissect/dissect.ts'
import type { Layer } from '../../src/capture/dissect/layer.ts'
import { summary } from '../../src/capture/dissect/summary.ts'
import { CAPTURE_EPOCH_SECONDS, LINKTYPE_ETHERNET, timeSince } from '../../src/capture/capture-file.ts'
import { readCapture } from '../../src/capture/reader.ts'
import { JournalKind, type JournalRecord } from '../../src/engine/journal-record.ts'
import { filterOf } from '../../src/lab/captures.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { dropReasonName, dropReasonText } from '../../src/wire/drop-reason.ts'
import {
  type CapturedFrame, type CapturedFrames, type Calls, type DissectedFrame, type LayerView, PROTOCOLS, type ReadCapture,
} from '../messages.ts'
import { protocolOf } from './protocol.ts'

/** A capture that begins this near to a lab's epoch is one of a lab: about half a year. */
const OWN_SECONDS = 15_000_000

/** Frames as a capture shows them: a list, a filter, the layers of one. */
export function captured(lab: Lab, { end, filter, after, limit }: Calls['capture'][0]): CapturedFrames {
  const program = filterOf(filter)
  if (typeof program === 'string') throw new Error(program)
  const { records } = lab.simulation.journal
  const drops = dropsOf(records)
  const found: JournalRecord[] = []
  for (const record of records) {
    const { kind, bytes, sequence } = record
    if (sequence <= after || bytes === null || !isSeen(record)) continue
    if (kind !== JournalKind.FRAME_SENT && kind !== JournalKind.FRAME_RECEIVED) continue
    if (end !== null && endOf(lab, record) !== end) continue
    if (program.matches(viewOf(bytes), 0, bytes.length, bytes.length)) found.push(record)
  }
  const frames = found.slice(-limit).map((record) => frameOf(lab, record, drops))
  return { frames, total: found.length }
}

export function dissected(lab: Lab, sequence: number): DissectedFrame {
  const record = lab.simulation.journal.records.find((one) => one.sequence === sequence)
  if (record?.bytes === undefined || record.bytes === null) throw new Error(`there is no frame ${sequence}`)
  return dissectedBytes(record.bytes, 1)
}

/** linkType: as in pcap files. What is not Ethernet is shown as bytes. */
export function dissectedBytes(bytes: Uint8Array, linkType: number): DissectedFrame {
  if (linkType === LINKTYPE_ETHERNET) return { bytes, layers: dissect(viewOf(bytes), 0, bytes.length).map(layerView) }
  const value = 'only Ethernet (1) is read'
  return { bytes, layers: [{ name: `link type ${linkType}`, value, start: 0, end: bytes.length, children: [] }] }
}

/** The frames of a capture file that was dropped on the page. Throws if there are none. */
export function capturedFile(fileName: string, file: Uint8Array): ReadCapture {
  const capture = readCapture(file)
  const [first] = capture.frames
  if (first === undefined) throw new Error(`${fileName}: ${capture.error ?? 'there are no frames in it'}`)
  // One of Netarium's own begins at the lab's epoch; any other is told from its first frame on.
  const own = Math.abs(first.seconds - CAPTURE_EPOCH_SECONDS) < OWN_SECONDS
  const startNs = own ? 0 : first.nanoseconds
  const epoch = own ? CAPTURE_EPOCH_SECONDS : first.seconds
  const packets = capture.frames.map(({ bytes, interfaceId }) =>
    ({ bytes, linkType: capture.interfaces[interfaceId]?.linkType ?? LINKTYPE_ETHERNET }))
  const frames = capture.frames.map((packet, place): CapturedFrame => {
    const { bytes, linkType } = packets[place]
    const ethernet = linkType === LINKTYPE_ETHERNET
    return {
      sequence: place, atNs: timeSince(packet, epoch) - startNs, end: capture.interfaces[packet.interfaceId]?.name ?? '',
      direction: packet.direction ?? 'in', length: packet.originalLength, trace: 0, dropped: '',
      protocol: ethernet ? PROTOCOLS[protocolOf(bytes)] : 'other',
      summary: ethernet ? describe(bytes) : `link type ${linkType}`,
    }
  })
  return { frames, total: frames.length, packets, problem: capture.error ?? '' }
}

/** lo shows once what it sends and receives at once. */
function isSeen({ kind, a: ifindex }: JournalRecord): boolean {
  return kind === JournalKind.FRAME_RECEIVED || ifindex !== 1
}

function dropsOf(records: readonly JournalRecord[]): Map<string, string> {
  const drops = new Map<string, string>()
  for (const { kind, node, b: trace, c: reason } of records) {
    if (kind !== JournalKind.FRAME_DROPPED) continue
    drops.set(`${trace}/${node}`, `${dropReasonName(reason)}: ${dropReasonText(reason)}`)
  }
  return drops
}

function endOf(lab: Lab, { node, a: ifindex }: JournalRecord): string {
  const device = lab.network.nodes[node].namespace.ns.deviceByIndex(ifindex)
  return `${lab.nodeNames[node]}:${device?.name ?? `if${ifindex}`}`
}

function frameOf(lab: Lab, record: JournalRecord, drops: ReadonlyMap<string, string>): CapturedFrame {
  const bytes = record.bytes ?? new Uint8Array(0)
  return {
    sequence: record.sequence, atNs: record.timeNs, end: endOf(lab, record),
    direction: record.kind === JournalKind.FRAME_SENT ? 'out' : 'in', length: bytes.length,
    protocol: PROTOCOLS[protocolOf(bytes)], summary: describe(bytes), trace: record.b,
    dropped: drops.get(`${record.b}/${record.node}`) ?? '',
  }
}

function layerView({ protocol, quoted, at, end, fields, fault }: Layer): LayerView {
  const children = fields.map(({ name, text, at: start, end: stop }) => ({ name, value: text, start, end: stop, children: [] }))
  return { name: quoted ? `${protocol} (quoted)` : protocol, value: fault ?? '', start: at, end, children }
}

function describe(bytes: Uint8Array): string {
  return summary(viewOf(bytes), 0, bytes.length)
}
