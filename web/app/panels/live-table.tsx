import { useEffect, useRef } from 'preact/hooks'
import type { TableRow, TableView } from '../../messages.ts'
import { t, type Word } from '../i18n/words.ts'

/** How long a cell that changed stays marked, ms. */
const MARKED_MS = 2500

/** One of a node's tables; what has just changed is marked for a moment. */
export function LiveTable({ table }: { readonly table: TableView }) {
  const before = useRef<ReadonlyMap<string, TableRow> | null>(null)
  const marked = useRef(new Map<string, number>())
  const now = performance.now()
  for (const place of changedPlaces(before.current, table.rows)) marked.current.set(place, now + MARKED_MS)
  useEffect(() => { before.current = new Map(table.rows.map((row) => [row.key, row])) })
  const isMarked = (place: string): boolean => (marked.current.get(place) ?? 0) > now
  return (
    <section class="panel">
      <h3>{t(`panel.${table.id}` as Word) /* each panel has its word */}<span>{table.rows.length}</span></h3>
      {table.rows.length === 0 ? <p class="panels-none">{t('panel.empty')}</p> : (
        <div class="panel-scroll">
          <table>
            <thead><tr>{table.columns.map((column) => <th key={column}>{column}</th>)}</tr></thead>
            <tbody>
              {table.rows.map((row) => (
                <tr key={row.key} data-changed={isMarked(row.key)}>
                  {row.cells.map((cell, index) => (
                    <td key={table.columns[index]} data-changed={isMarked(`${row.key}#${index}`)}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

/** Keys of new rows, and "key#column" of cells that differ; nothing the first time. */
function changedPlaces(before: ReadonlyMap<string, TableRow> | null, rows: readonly TableRow[]): string[] {
  if (before === null) return []
  return rows.flatMap(({ key, cells }) => {
    const was = before.get(key)
    if (was === undefined) return [key]
    return cells.flatMap((cell, index) => cell === was.cells[index] ? [] : [`${key}#${index}`])
  })
}
