import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts'
import { viewOf } from '../base/hex.ts'
import { JournalKind } from '../engine/journal-record.ts'
import type { Simulation } from '../engine/simulation.ts'
import { OpenFile } from './open-file.ts'

/** A piece of what a process wrote. stream: 1 stdout, 2 stderr. */
export interface OutputChunk {
  readonly timeNs: number
  readonly stream: 1 | 2
  readonly text: string
}

/** Bytes of output kept for one process, both streams together; what comes later is counted and let go. */
export const OUTPUT_LIMIT = 64 * 1024 * 1024

/**
 * Where a process writes: kept in order, noted in the journal (so it is part of the run's hash), and handed to
 * listeners as it comes. Two open files lead to it, stdout and stderr; children inherit them as descriptors.
 */
export class Output {
  readonly chunks: OutputChunk[] = []
  /** Called at each write, in virtual time: a console on a page. */
  onChunk: ((chunk: OutputChunk) => void) | null = null
  /** Characters that were let go past OUTPUT_LIMIT. */
  truncated = 0
  private size = 0

  constructor(private readonly simulation: Simulation, private readonly node: number) {}

  write(pid: number, stream: 1 | 2, data: string | Uint8Array): void {
    if (data.length === 0) return
    const journal = this.simulation.journal
    if (journal.recording) {
      const view = viewOf(typeof data === 'string' ? encodeUtf8(data) : data)
      journal.recordBytes(JournalKind.PROCESS_OUTPUT, this.node, pid, stream, 0, view, 0, view.byteLength)
    }
    const text = typeof data === 'string' ? data : decodeUtf8(data)
    if (this.size + text.length > OUTPUT_LIMIT) {
      this.truncated += text.length
      return
    }
    this.size += text.length
    const chunk: OutputChunk = { timeNs: this.simulation.nowNs, stream, text }
    this.chunks.push(chunk)
    if (this.onChunk !== null) this.onChunk(chunk)
  }

  /** All that was written to one stream. */
  text(stream: 1 | 2): string {
    let text = ''
    for (const chunk of this.chunks) if (chunk.stream === stream) text += chunk.text
    return text
  }
}

/** One of the two streams of an Output, as a process's descriptor refers to it. */
export class OutputFile extends OpenFile {
  readonly label: string

  constructor(private readonly output: Output, private readonly stream: 1 | 2) {
    super()
    this.label = stream === 1 ? 'stdout' : 'stderr'
  }

  override write(pid: number, data: string | Uint8Array): number {
    this.output.write(pid, this.stream, data)
    return 0
  }
}
