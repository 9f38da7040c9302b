import { JournalKind, type JournalRecord } from '../../src/engine/journal-record.ts'
import { decodeUtf8 } from '../../src/base/utf8.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { dropReasonName, dropReasonText } from '../../src/wire/drop-reason.ts'
import type { Mark } from '../messages.ts'

/** More marks than this are too many to see: later ones are left out. */
const MAX_MARKS = 2000

/** What the timeline shows: what was done to the lab, programs that started, frames that died. */
export class MarkReader {
  private at = 0
  private readonly marks: Mark[] = []
  private told = 0

  constructor(private readonly lab: Lab) {}

  /** All so far. */
  all(): readonly Mark[] {
    this.take()
    return this.marks
  }

  /** Those since the last time. */
  take(): readonly Mark[] {
    const { records } = this.lab.simulation.journal
    for (; this.at < records.length; this.at++) {
      if (this.marks.length >= MAX_MARKS) continue
      const mark = this.markOf(records[this.at])
      if (mark !== null) this.marks.push(mark)
    }
    const fresh = this.marks.slice(this.told)
    this.told = this.marks.length
    return fresh
  }

  private markOf(record: JournalRecord): Mark | null {
    const { kind, timeNs: atNs, node, b, c } = record
    const name = this.lab.nodeNames[node]
    if (kind === JournalKind.FRAME_DROPPED) {
      return { atNs, kind: 'drop', text: `${name}: ${dropReasonName(c)}: ${dropReasonText(c)}`, trace: b }
    }
    if (kind === JournalKind.PROCESS_STARTED && atNs > 0) return { atNs, kind: 'program', text: `${name}: ${textOf(record)}` }
    if (kind === JournalKind.INPUT) return inputMark(atNs, textOf(record))
    return null
  }
}

function textOf({ bytes }: JournalRecord): string {
  return bytes === null ? '' : decodeUtf8(bytes)
}

/** The journal keeps an input as its JSON. */
/** Inputs that are no marks: what is typed shows as the programs that it starts. */
const UNMARKED: ReadonlySet<string> = new Set(['script', 'console', 'type', 'resize', 'hang-up'])

function inputMark(atNs: number, text: string): Mark | null {
  const action = JSON.parse(text) as { readonly kind: string, readonly link?: string, readonly set?: object }
  if (action.kind === 'link') {
    const what = Object.entries(action.set ?? {}).map(([key, value]) => `${key} ${String(value)}`).join(', ')
    return { atNs, kind: 'link', text: `${action.link}: ${what}` }
  }
  return UNMARKED.has(action.kind) ? null : { atNs, kind: 'input', text: action.kind }
}
