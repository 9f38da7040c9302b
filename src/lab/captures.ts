import { viewOf } from '../base/hex.ts'
import { compileFilter } from '../capture/filter/filter.ts'
import { FilterError } from '../capture/filter/filter-error.ts'
import type { Program } from '../capture/filter/program.ts'
import { PcapngWriter } from '../capture/pcapng.ts'
import { JournalKind, type JournalRecord } from '../engine/journal-record.ts'
import { dropReasonName, dropReasonText } from '../wire/drop-reason.ts'
import type { Network, NetworkNode } from './network.ts'

/**
 * Captures, made from the journal's kept records: what each interface sent and received, in order. A frame that goes
 * over a cable is in it twice, at each end once, as if tcpdump had run on all interfaces of all nodes.
 *
 * A drop is told as a comment on the last sight of the frame: on the packet of the same node and interface if there is
 * one, else of the node, else (lost on the wire, or spoilt and so never received) on that of the sender.
 */

/** A frame that one interface sent or received. */
export interface SeenFrame {
  readonly timeNs: number
  readonly direction: 'in' | 'out'
  readonly bytes: Uint8Array
  /** Why it went no further; one line for each copy that did not. */
  readonly comments: readonly string[]
}

/** The frames of one interface. */
export interface InterfaceCapture {
  /** "alice:eth1". */
  readonly name: string
  readonly node: string
  readonly interface: string
  readonly frames: readonly SeenFrame[]
}

interface Sight {
  readonly record: JournalRecord
  readonly comments: string[]
}

/** lo is the first device of every namespace. */
const LOOPBACK_IFINDEX = 1

/**
 * Whether a record is a frame as tcpdump shows it. What lo sends it receives at once; libpcap shows that once, as
 * received (pcap-linux.c skips PACKET_OUTGOING on the loopback device).
 */
function isShown({ kind, a: ifindex }: JournalRecord): boolean {
  return kind === JournalKind.FRAME_RECEIVED || (kind === JournalKind.FRAME_SENT && ifindex !== LOOPBACK_IFINDEX)
}

/** Everything seen so far, with the drops as comments; in the order in which it happened. */
function sightsOf(records: readonly JournalRecord[]): Sight[] {
  const sights: Sight[] = []
  const last = new Map<string, Sight>()
  for (const record of records) {
    const { kind, node, a: ifindex, b: trace, c: reason } = record
    if (isShown(record)) {
      const sight: Sight = { record, comments: [] }
      sights.push(sight)
      for (const key of [`${trace}/${node}/${ifindex}`, `${trace}/${node}`, `${trace}`]) last.set(key, sight)
    } else if (kind === JournalKind.FRAME_DROPPED) {
      const sight = last.get(`${trace}/${node}/${ifindex}`) ?? last.get(`${trace}/${node}`) ?? last.get(`${trace}`)
      sight?.comments.push(`dropped: ${dropReasonName(reason)}: ${dropReasonText(reason)}`)
    }
  }
  return sights
}

/** The captures of all interfaces, in the order of node numbers and then of ifindex; also of those without frames. */
export function captureAll(network: Network): InterfaceCapture[] {
  const byInterface = new Map<string, SeenFrame[]>()
  const captures: InterfaceCapture[] = []
  const open = (node: NetworkNode, ifindex: number, name: string): SeenFrame[] => {
    const frames: SeenFrame[] = []
    byInterface.set(`${node.number}/${ifindex}`, frames)
    captures.push({ name: `${node.model.name}:${name}`, node: node.model.name, interface: name, frames })
    return frames
  }
  for (const node of network.nodes) {
    for (const device of node.namespace.ns.devices) open(node, device.ifindex, device.name)
  }
  for (const { record, comments } of sightsOf(network.simulation.journal.records)) {
    const { node, a: ifindex } = record
    // A device that is gone keeps its frames under the name that `ip` has for such a number.
    const frames = byInterface.get(`${node}/${ifindex}`) ?? open(network.nodes[node], ifindex, `if${ifindex}`)
    frames.push(seen(record, comments))
  }
  return captures
}

function seen(record: JournalRecord, comments: readonly string[]): SeenFrame {
  const direction = record.kind === JournalKind.FRAME_SENT ? 'out' : 'in'
  return { timeNs: record.timeNs, direction, bytes: record.bytes ?? NO_BYTES, comments }
}

const NO_BYTES = new Uint8Array(0)

/**
 * The whole lab as one pcapng file: an interface per `node:dev`, packets in the order in which they happened, stamps in
 * nanoseconds, drops as comments.
 */
export function toPcapng(network: Network, application = 'Netarium'): Uint8Array {
  const writer = new PcapngWriter({ application, os: 'Linux (simulated)' })
  const ids = new Map<string, number>()
  const idOf = (node: NetworkNode, ifindex: number, name: string): number => {
    const id = writer.addInterface({ name: `${node.model.name}:${name}` })
    ids.set(`${node.number}/${ifindex}`, id)
    return id
  }
  for (const node of network.nodes) {
    for (const device of node.namespace.ns.devices) idOf(node, device.ifindex, device.name)
  }
  for (const { record, comments } of sightsOf(network.simulation.journal.records)) {
    const { node, a: ifindex } = record
    const id = ids.get(`${node}/${ifindex}`) ?? idOf(network.nodes[node], ifindex, `if${ifindex}`)
    const { timeNs, bytes, direction } = seen(record, comments)
    writer.addFrame(id, timeNs, bytes, { direction, comment: comments })
  }
  return writer.finish()
}

/** Compiles a filter of a check; the text of what is wrong with it where it is. */
export function filterOf(text: string): Program | string {
  const program = compileFilter(text)
  return program instanceof FilterError ? program.message : program
}

/** What a capture check counts. */
export interface FrameQuery {
  readonly node: number
  readonly ifindex: number
  readonly filter: Program
  readonly direction: 'inout' | 'in' | 'out'
  readonly fromNs: number
  readonly untilNs: number
}

/** How many kept frames match. */
export function countFrames(records: readonly JournalRecord[], query: FrameQuery): number {
  let count = 0
  for (const record of records) {
    const { kind, node, a: ifindex, timeNs, bytes } = record
    if (!isShown(record)) continue
    if (node !== query.node || ifindex !== query.ifindex || bytes === null) continue
    if (timeNs < query.fromNs || timeNs > query.untilNs) continue
    if (query.direction === 'out' && kind !== JournalKind.FRAME_SENT) continue
    if (query.direction === 'in' && kind !== JournalKind.FRAME_RECEIVED) continue
    if (query.filter.matches(viewOf(bytes), 0, bytes.length, bytes.length)) count++
  }
  return count
}
