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

/**
 * Reads the journal from where it stopped reading, and makes flights of the frames that were sent into cables. A frame
 * is one flight per cable; a loss on the way is told with it, since the journal notes that at once.
 */
export class FlightReader {
  private at = 0
  private readonly ends = new Map<string, End>()

  constructor(private readonly lab: Lab) {
    for (const [link, { link: wire }] of lab.network.links.entries()) {
      this.ends.set(keyOf(wire.deviceA.stack.node, wire.deviceA.ifindex), { link, direction: 0, wire: wire.a })
      this.ends.set(keyOf(wire.deviceB.stack.node, wire.deviceB.ifindex), { link, direction: 1, wire: wire.b })
    }
    this.at = lab.simulation.journal.records.length
  }

  /** Flights since the last time. */
  take(): Taken {
    const { records } = this.lab.simulation.journal
    const from = this.at
    this.at = records.length
    const values: number[] = []
    const sent: Uint8Array[] = []
    for (let i = from; i < records.length; i++) {
      const record = records[i]
      if (record.kind !== JournalKind.FRAME_SENT || record.bytes === null) continue
      const end = this.ends.get(keyOf(record.node, record.a))
      if (end === undefined) continue
      push(values, record, end, isLost(records, i))
      sent.push(record.bytes)
    }
    return {
      buffer: Float64Array.from(values).buffer, count: values.length / FLIGHT_FIELDS,
      labels: () => sent.length <= MAX_LABELS ? sent.map(flightLabel) : [],
    }
  }
}

function push(values: number[], record: JournalRecord, { link, direction, wire }: End, lost: boolean): void {
  const bytes = record.bytes ?? new Uint8Array(0)
  const { delayNs, rateBps } = wire.impairments
  const wireBytes = Math.max(bytes.length, MIN_FRAME) + WIRE_OVERHEAD
  const flight: number[] = []
  flight[FLIGHT.link] = link
  flight[FLIGHT.direction] = direction
  flight[FLIGHT.startNs] = record.timeNs
  flight[FLIGHT.endNs] = record.timeNs + delayNs + (rateBps === 0 ? 0 : Math.ceil(wireBytes * 8e9 / rateBps))
  flight[FLIGHT.trace] = record.b
  flight[FLIGHT.protocol] = protocolOf(bytes)
  flight[FLIGHT.bytes] = bytes.length
  flight[FLIGHT.sequence] = record.sequence
  flight[FLIGHT.lost] = lost ? 1 : 0
  values.push(...flight)
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

function keyOf(node: number, ifindex: number): string {
  return `${node}/${ifindex}`
}
