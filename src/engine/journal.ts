// Hot path.
import type { Clock } from './clock.ts'
import {
  copyBytes, type JournalKind, type JournalRecord, pushRecord, pushTrace, type TraceRecord, type TraceStep,
} from './journal-record.ts'

/**
 * What happened, in order. Three things of rising cost, each off until somebody wants it:
 *
 *   hash     every record enters a 64-bit hash: the determinism oracle (`run` prints it). It covers what can be seen
 *            from outside: frames on wires with their bytes, drops with their reason, inputs, output of processes.
 *   records  the same records are kept, with the frames' bytes: captures and the page are made from them.
 *   trace    the decisions on a packet's way (`why`): cold objects, made only while `tracing` is on. They are not in
 *            the hash, so asking why does not change the answer.
 *
 * With all three off a hot caller pays one test of `recording`.
 */
export class Journal {
  /** Whether record() does anything: hash or keep. */
  recording = false
  /** Whether records are kept as well as hashed. */
  keeping = false
  /** Whether decisions are traced. */
  tracing = false
  readonly records: JournalRecord[] = []
  readonly traces: TraceRecord[] = []
  /** Records hashed so far. */
  count = 0
  private sequence = 0
  private h1 = 0x243f6a88 | 0
  private h2 = 0x85a308d3 | 0

  constructor(private readonly clock: Clock) {}

  /** Notes an event without bytes. */
  record(kind: JournalKind, node: number, a: number, b: number, c: number): void {
    if (!this.recording) return
    this.head(kind, node, a, b, c)
    if (this.keeping) this.keep(kind, node, a, b, c, null)
  }

  /** Notes an event with bytes [start, end) of `view`. */
  recordBytes(kind: JournalKind, node: number, a: number, b: number, c: number, view: DataView, start: number,
    end: number): void {
    if (!this.recording) return
    this.head(kind, node, a, b, c)
    this.mix(end - start)
    let at = start
    for (; at + 4 <= end; at += 4) this.mix(view.getInt32(at))
    let tail = 0
    for (; at < end; at++) tail = (tail << 8) | view.getUint8(at)
    this.mix(tail)
    if (this.keeping) this.keep(kind, node, a, b, c, copyBytes(view, start, end))
  }

  /** Notes a decision about the packet `trace`. Call only while `tracing`. */
  trace(node: number, trace: number, step: TraceStep, bytes: Uint8Array | null): void {
    pushTrace(this.traces, this.sequence++, this.clock.ns[0], node, trace, step, bytes)
  }

  /** The hash of all records so far: 16 hex digits. */
  hash(): string {
    const a = finalMix(this.h1 ^ this.count)
    const b = finalMix(this.h2 ^ a)
    return hex8(finalMix(a ^ b)) + hex8(b)
  }

  private head(kind: number, node: number, a: number, b: number, c: number): void {
    const timeNs = this.clock.ns[0]
    this.count++
    this.mix(timeNs | 0)
    this.mix(Math.floor(timeNs / 4294967296) | 0)
    this.mix((kind << 24) ^ node)
    this.mix(a)
    this.mix(b)
    this.mix(c)
  }

  private mix(word: number): void {
    let k = Math.imul(word, 0xcc9e2d51)
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
    const h1 = this.h1 ^ k
    this.h1 = (Math.imul((h1 << 13) | (h1 >>> 19), 5) + 0xe6546b64) | 0
    const h2 = this.h2 + Math.imul(word ^ this.h1, 0x85ebca6b)
    this.h2 = Math.imul((h2 << 17) | (h2 >>> 15), 0xc2b2ae35)
  }

  private keep(kind: JournalKind, node: number, a: number, b: number, c: number, bytes: Uint8Array | null): void {
    pushRecord(this.records, this.sequence++, this.clock.ns[0], kind, node, a, b, c, bytes)
  }
}

function finalMix(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function hex8(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}
