import { JournalKind, type JournalRecord } from '../../src/engine/journal-record.ts'
import type { Lab } from '../../src/lab/lab.ts'
import type { LabModel } from '../../src/lab/model.ts'
import { formatTime } from '../../src/lab/run-report.ts'
import type { BranchComparison, LabSource } from '../messages.ts'
import { Run } from './run.ts'
import { tablesOf } from './tables.ts'

/** Runs two branches of a lab to the same moment, the earlier of their ends, and tells where they differ. */
export async function compare(model: LabModel, a: LabSource, b: LabSource): Promise<BranchComparison> {
  const untilNs = Math.min(endOf(a), endOf(b))
  const [one, two] = [await runTo(model, a, untilNs), await runTo(model, b, untilNs)]
  const differsAtNs = firstDifference(one.simulation.journal.records, two.simulation.journal.records)
  const counts = (kind: JournalKind) => (lab: Lab): string =>
    String(lab.simulation.journal.records.filter((record) => record.kind === kind).length)
  const rows = [
    row('time', one, two, (lab) => formatTime(lab.now)), row('frames sent', one, two, counts(JournalKind.FRAME_SENT)),
    row('frames dropped', one, two, counts(JournalKind.FRAME_DROPPED)), row('hash', one, two, (lab) => lab.hash()),
    ...tableRows(one, two),
  ]
  return { differsAtNs, rows }
}

function endOf({ log, atNs }: LabSource): number {
  return log?.end.atNs ?? atNs ?? 0
}

async function runTo(model: LabModel, source: LabSource, atNs: number): Promise<Lab> {
  const run = await Run.open(model, { seed: source.seed, log: source.log, atNs })
  return run.lab
}

function row(what: string, a: Lab, b: Lab, of: (lab: Lab) => string): BranchComparison['rows'][number] {
  return { what, a: of(a), b: of(b) }
}

/** Rows of tables that one has and the other has not, or has otherwise. */
function tableRows(a: Lab, b: Lab): BranchComparison['rows'][number][] {
  const rows: BranchComparison['rows'][number][] = []
  for (const node of a.nodeNames) {
    const others = new Map(tablesOf(b, node).map((table) => [table.id, table]))
    for (const { id, rows: mine } of tablesOf(a, node)) {
      const theirs = new Map((others.get(id)?.rows ?? []).map(({ key, cells }) => [key, cells.join(' ')]))
      for (const { key, cells } of mine) {
        const text = cells.join(' ')
        const other = theirs.get(key) ?? ''
        theirs.delete(key)
        if (other !== text) rows.push({ what: `${node}: ${id}`, a: text, b: other })
      }
      for (const text of theirs.values()) rows.push({ what: `${node}: ${id}`, a: '', b: text })
    }
  }
  return rows
}

function firstDifference(a: readonly JournalRecord[], b: readonly JournalRecord[]): number | null {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [one, two] = [a[i], b[i]]
    if (one === undefined || two === undefined) return (one ?? two)?.timeNs ?? null
    if (!same(one, two)) return Math.min(one.timeNs, two.timeNs)
  }
  return null
}

function same(a: JournalRecord, b: JournalRecord): boolean {
  if (a.timeNs !== b.timeNs || a.kind !== b.kind || a.node !== b.node || a.a !== b.a || a.b !== b.b || a.c !== b.c) return false
  if (a.bytes === null || b.bytes === null) return a.bytes === b.bytes
  return a.bytes.length === b.bytes.length && a.bytes.every((byte, i) => byte === b.bytes?.[i])
}
