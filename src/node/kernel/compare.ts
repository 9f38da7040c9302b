/** Compares what two machines sent, link end by link end, and shows the difference as tcpdump would tell it. */
import { spawnSync } from 'node:child_process'
import { Normaliser } from './normalise.ts'
import { writePcap, type CapturedFrame } from './pcap.ts'

export type Captures = ReadonlyMap<string, readonly CapturedFrame[]>

/** A link end's normalised frames of one direction. */
export interface Lane {
  readonly end: string
  readonly direction: 'in' | 'out'
  readonly frames: readonly CapturedFrame[]
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

/** Returns '' when both sent the same, else a report of each lane that differs, frames decoded side by side. */
export function difference(kernel: Captures, twin: Captures, untilNs: number, twinName = 'Netarium'): string {
  const reports: string[] = []
  const other = new Map(lanesOf(twin, untilNs).map(lane => [laneName(lane), lane]))
  for (const lane of lanesOf(kernel, untilNs)) {
    const match = other.get(laneName(lane))
    other.delete(laneName(lane))
    if (match === undefined) reports.push(`${laneName(lane)}: only the kernel has it`)
    else if (!sameFrames(lane, match)) reports.push(`${laneName(lane)} differs:\n${sideBySide(lane, match, twinName)}`)
  }
  for (const name of other.keys()) reports.push(`${name}: only ${twinName} has it`)
  return reports.join('\n\n')
}

function laneName({ end, direction }: Lane): string {
  return `${end} ${direction}`
}

function sameFrames(a: Lane, b: Lane): boolean {
  return a.frames.length === b.frames.length && a.frames.every((frame, i) => sameBytes(frame, b.frames[i]))
}

function sameBytes(a: CapturedFrame | undefined, b: CapturedFrame | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a.bytes, b.bytes) === 0
}

function sideBySide(kernel: Lane, twin: Lane, twinName: string): string {
  const width = Math.max(8, twinName.length)
  const left = decoded(kernel.frames)
  const right = decoded(twin.frames)
  const lines: string[] = []
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    if (sameBytes(kernel.frames[i], twin.frames[i])) {
      lines.push(`  ${i + 1}. ${'same'.padEnd(width)}  ${left[i]}`)
      continue
    }
    lines.push(`  ${i + 1}. ${'kernel'.padEnd(width)}  ${left[i] ?? '(nothing)'}`)
    lines.push(`     ${twinName.padEnd(width)}  ${right[i] ?? '(nothing)'}`)
    lines.push(...firstBytesApart(kernel.frames[i], twin.frames[i]))
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

/** A line of text a frame, with its time; without tcpdump, its bytes. */
export function decoded(frames: readonly CapturedFrame[]): string[] {
  const result = spawnSync('tcpdump', ['-nn', '-e', '-v', '-t', '-r', '-'], { input: writePcap(frames) })
  const texts = result.error === undefined
    ? String(result.stdout).replace(/\n[\t ]+/g, ' ').split('\n').filter(line => line !== '')
    : frames.map(({ bytes }) => Buffer.from(bytes).toString('hex'))
  return texts.map((text, i) => `${(frames[i].atNs / 1e9).toFixed(6)} ${text}`)
}
