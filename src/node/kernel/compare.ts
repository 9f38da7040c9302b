/** Compares what two machines sent, link end by link end and direction by direction, frame by frame in their order. */
import type { CapturedFrame, Captures } from './captures.ts'
import { Normaliser } from './normalise.ts'
import { decoded } from './side-by-side.ts'

/** A link end's normalised frames of one direction. */
export interface Lane {
  readonly end: string
  readonly direction: 'in' | 'out'
  readonly frames: readonly CapturedFrame[]
}

/** A lane of both machines; null: that one has no such link end. */
export interface LaneComparison {
  readonly end: string
  readonly direction: 'in' | 'out'
  readonly kernel: readonly CapturedFrame[] | null
  readonly twin: readonly CapturedFrame[] | null
  /** Index of the first frame that is not the same, or that only one of them has; null: all are the same. */
  readonly differsAt: number | null
}

/**
 * Returns the lanes of all link ends but loopback, frames normalised, until a time. The order within a lane is what is
 * compared; between the lanes it depends on how fast a machine is.
 */
export function lanesOf(captures: Captures, untilNs: number): Lane[] {
  const lanes: Lane[] = []
  for (const end of [...captures.keys()].sort()) {
    if (end.endsWith(':lo')) continue
    const normaliser = new Normaliser()
    const frames = (captures.get(end) ?? [])
      .filter(frame => frame.atNs <= untilNs)
      .map(frame => ({ ...frame, bytes: normaliser.frame(frame.bytes) }))
    for (const direction of ['in', 'out'] as const) {
      lanes.push({ end, direction, frames: frames.filter(frame => frame.direction === direction) })
    }
  }
  return lanes
}

/** Returns every lane that either has, in the order of the names; first those of the kernel. */
export function compareLanes(kernel: Captures, twin: Captures, untilNs: number): LaneComparison[] {
  const others = new Map(lanesOf(twin, untilNs).map(lane => [laneName(lane), lane]))
  const compared = lanesOf(kernel, untilNs).map((lane): LaneComparison => {
    const { end, direction, frames } = lane
    const other = others.get(laneName(lane))
    others.delete(laneName(lane))
    if (other === undefined) return { end, direction, kernel: frames, twin: null, differsAt: 0 }
    return { end, direction, kernel: frames, twin: other.frames, differsAt: firstApart(frames, other.frames) }
  })
  const rest = [...others.values()].map(({ end, direction, frames }): LaneComparison =>
    ({ end, direction, kernel: null, twin: frames, differsAt: 0 }))
  return [...compared, ...rest]
}

/** Returns '' when both sent the same, else a report of each lane that differs, all its frames decoded. */
export function difference(kernel: Captures, twin: Captures, untilNs: number, twinName = 'Netarium'): string {
  const reports: string[] = []
  for (const lane of compareLanes(kernel, twin, untilNs)) {
    if (lane.twin === null) reports.push(`${laneName(lane)}: only the kernel has it`)
    else if (lane.kernel === null) reports.push(`${laneName(lane)}: only ${twinName} has it`)
    else if (lane.differsAt !== null) {
      reports.push(`${laneName(lane)} differs:\n${allFrames(lane.kernel, lane.twin, twinName)}`)
    }
  }
  return reports.join('\n\n')
}

function laneName({ end, direction }: { readonly end: string, readonly direction: string }): string {
  return `${end} ${direction}`
}

function firstApart(a: readonly CapturedFrame[], b: readonly CapturedFrame[]): number | null {
  const length = Math.max(a.length, b.length)
  for (let i = 0; i < length; i++) if (!sameBytes(a[i], b[i])) return i
  return null
}

function sameBytes(a: CapturedFrame | undefined, b: CapturedFrame | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a.bytes, b.bytes) === 0
}

function allFrames(kernel: readonly CapturedFrame[], twin: readonly CapturedFrame[], twinName: string): string {
  const width = Math.max(8, twinName.length)
  const left = decoded(kernel)
  const right = decoded(twin)
  const lines: string[] = []
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    if (sameBytes(kernel[i], twin[i])) {
      lines.push(`  ${i + 1}. ${'same'.padEnd(width)}  ${left[i]}`)
      continue
    }
    lines.push(`  ${i + 1}. ${'kernel'.padEnd(width)}  ${left[i] ?? '(nothing)'}`)
    lines.push(`     ${twinName.padEnd(width)}  ${right[i] ?? '(nothing)'}`)
    lines.push(...firstBytesApart(kernel[i], twin[i]))
  }
  return lines.join('\n')
}

/** Names the first byte that is not the same, for differences that tcpdump's text does not show. */
function firstBytesApart(a: CapturedFrame | undefined, b: CapturedFrame | undefined): string[] {
  if (a === undefined || b === undefined) return []
  let at = 0
  while (at < a.bytes.length && a.bytes[at] === b.bytes[at]) at++
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(at, at + 8)).toString('hex') || '(end)'
  return [`               from byte ${at}: ${hex(a.bytes)} and ${hex(b.bytes)}`]
}
