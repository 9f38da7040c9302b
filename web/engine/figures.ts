import { JournalKind, type JournalRecord } from '../../src/engine/journal-record.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { type Calls, type FrameCounts, type FrameSeries, PROTOCOLS } from '../messages.ts'
import { protocolOf } from './protocol.ts'

/** More bins than this are not drawn. */
const MAX_BINS = 2000

/** What is counted of a frame that was put on a cable. */
type Choice = (record: JournalRecord) => number

/**
 * Counts frames that were put on cables, in bins of virtual time: of one cable by direction, else of the whole lab by
 * protocol. What is lost on the way is counted too: it was sent.
 */
export function frameCounts(lab: Lab, { link, fromNs, binNs, bins }: Calls['figures'][0]): FrameCounts {
  const count = Math.min(MAX_BINS, Math.max(1, Math.floor(bins)))
  const names = link === null ? PROTOCOLS : ['0', '1']
  const series = names.map((name): FrameSeries =>
    ({ name, frames: new Float64Array(count), bytes: new Float64Array(count) }))
  const choose = link === null ? ({ bytes }: JournalRecord) => protocolOf(bytes ?? NO_BYTES) : directionsOf(lab, link)
  countInto(series, lab.simulation.journal.records, isOnCable(lab), choose, fromNs, Math.max(1, binNs))
  return { fromNs, binNs, series: link === null ? series.filter(({ frames }) => frames.some((one) => one > 0)) : series }
}

/** records: in the order of time. Those outside the bins are left out. Exported for its test. */
export function countInto(
  series: readonly FrameSeries[], records: readonly JournalRecord[], counts: (record: JournalRecord) => boolean, choose: Choice,
  fromNs: number, binNs: number,
): void {
  const bins = series[0]?.frames.length ?? 0
  for (let at = firstFrom(records, fromNs); at < records.length; at++) {
    const record = records[at]
    const bin = Math.floor((record.timeNs - fromNs) / binNs)
    if (bin >= bins) return
    if (record.kind !== JournalKind.FRAME_SENT || record.bytes === null || !counts(record)) continue
    const chosen = series[choose(record)]
    if (chosen === undefined) continue
    chosen.frames[bin]++
    chosen.bytes[bin] += record.bytes.length
  }
}

const NO_BYTES = new Uint8Array(0)

/** Place of the first record at `ns` or later. */
function firstFrom(records: readonly JournalRecord[], ns: number): number {
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (records[middle].timeNs < ns) low = middle + 1
    else high = middle
  }
  return low
}

/** Which series of a cable a frame belongs to; none for other cables. */
function directionsOf(lab: Lab, place: number): Choice {
  const link = lab.network.links[place]?.link
  if (link === undefined) throw new Error(`there is no cable ${place}`)
  const { deviceA: a, deviceB: b } = link
  return ({ node, a: ifindex }) => {
    if (node === a.stack.node && ifindex === a.ifindex) return 0
    return node === b.stack.node && ifindex === b.ifindex ? 1 : -1
  }
}

function isOnCable(lab: Lab): (record: JournalRecord) => boolean {
  const ends = new Set(lab.network.links.flatMap(({ link: { deviceA, deviceB } }) =>
    [deviceA, deviceB].map(({ stack, ifindex }) => keyOf(stack.node, ifindex))))
  return ({ node, a: ifindex }) => ends.has(keyOf(node, ifindex))
}

/** Interface numbers stay far below 2^20. */
function keyOf(node: number, ifindex: number): number {
  return node * 0x100000 + ifindex
}
