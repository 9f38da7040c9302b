import { JournalKind, type JournalRecord } from '../../src/engine/journal-record.ts'
import type { LinkDirection } from '../../src/device/link.ts'
import { MIN_FRAME, WIRE_OVERHEAD } from '../../src/device/link.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { DropReason } from '../../src/wire/drop-reason.ts'
import { FLIGHT, FLIGHT_FIELDS } from '../messages.ts'
import { flightLabel } from './flight-label.ts'
import { protocolOf } from './protocol.ts'

/** More frames at once than this are not told apart by words. */
const MAX_LABELS = 24

/** What set out since the last time. */
export interface Taken {
  /** FLIGHT_FIELDS numbers each. */
  readonly buffer: ArrayBuffer
  readonly count: number
  /** A few words for each, or none when there are many. */
  labels(): readonly string[]
}

/** An end of a cable. */
interface End {
  readonly link: number
  readonly direction: 0 | 1
  readonly wire: LinkDirection
}

/** Flights that are told at once: what a page can show. */
const MAX_FLIGHTS = 4000

/**
 * Reads the journal from where it stopped reading, and makes flights of the frames that were sent into cables. A frame
 * is one flight per cable; a loss on the way is told with it, since the journal notes that at once.
 */
export class FlightReader {
  private at = 0
  private readonly ends = new Map<number, End>()

  constructor(private readonly lab: Lab) {
    for (const [link, { link: wire }] of lab.network.links.entries()) {
      this.ends.set(keyOf(wire.deviceA.stack.node, wire.deviceA.ifindex), { link, direction: 0, wire: wire.a })
      this.ends.set(keyOf(wire.deviceB.stack.node, wire.deviceB.ifindex), { link, direction: 1, wire: wire.b })
    }
    this.at = lab.simulation.journal.records.length
  }

  /** Flights since the last time; of more than MAX_FLIGHTS the latest, for nobody could see them all. */
  take(): Taken {
    const { records } = this.lab.simulation.journal
    const from = this.at
    this.at = records.length
    const found: number[] = []
    for (let i = records.length - 1; i >= from && found.length < MAX_FLIGHTS; i--) {
      const { kind, bytes, node, a: ifindex } = records[i]
      if (kind === JournalKind.FRAME_SENT && bytes !== null && this.ends.has(keyOf(node, ifindex))) found.push(i)
    }
    const values = new Float64Array(found.length * FLIGHT_FIELDS)
    const sent: Uint8Array[] = []
    for (let k = 0; k < found.length; k++) {
      const i = found[found.length - 1 - k]
      const record = records[i]
      const end = this.ends.get(keyOf(record.node, record.a))
      if (end === undefined || record.bytes === null) continue
      enter(values, k * FLIGHT_FIELDS, record, record.bytes, end, isLost(records, i))
      sent.push(record.bytes)
    }
    return {
      buffer: values.buffer, count: found.length, labels: () => sent.length <= MAX_LABELS ? sent.map(flightLabel) : [],
    }
  }
}

function enter(values: Float64Array, at: number, record: JournalRecord, bytes: Uint8Array, end: End, lost: boolean): void {
  const { link, direction, wire } = end
  const { delayNs, rateBps } = wire.impairments
  const wireBytes = Math.max(bytes.length, MIN_FRAME) + WIRE_OVERHEAD
  values[at + FLIGHT.link] = link
  values[at + FLIGHT.direction] = direction
  values[at + FLIGHT.startNs] = record.timeNs
  values[at + FLIGHT.endNs] = record.timeNs + delayNs + (rateBps === 0 ? 0 : Math.ceil(wireBytes * 8e9 / rateBps))
  values[at + FLIGHT.trace] = record.b
  values[at + FLIGHT.protocol] = protocolOf(bytes)
  values[at + FLIGHT.bytes] = bytes.length
  values[at + FLIGHT.sequence] = record.sequence
  values[at + FLIGHT.lost] = lost ? 1 : 0
}

/** Whether the cable lost the frame that record `i` sent: the next records at this node say so. */
function isLost(records: readonly JournalRecord[], i: number): boolean {
  const sent = records[i]
  for (let k = i + 1; k < Math.min(i + 4, records.length); k++) {
    const { kind, b, c, timeNs } = records[k]
    if (timeNs !== sent.timeNs) return false
    const onWire = c === DropReason.LINK_LOSS || c === DropReason.LINK_DOWN || c === DropReason.QDISC_DROP
    if (kind === JournalKind.FRAME_DROPPED && b === sent.b && onWire) return true
  }
  return false
}

/** ifindex of a device that anyone would see is far below 2^20. */
function keyOf(node: number, ifindex: number): number {
  return node * 1_048_576 + ifindex
}
