import type { Lab } from '../../src/lab/lab.ts'
import { PANELS } from '../../src/lab/panels.ts'
import type { TableView } from '../messages.ts'

/** The tables of a node, as they are now. */
export function tablesOf(lab: Lab, name: string): TableView[] {
  const node = lab.network.node(name)
  if (node === null) return []
  return PANELS.flatMap(({ id, columns, read }) => {
    const rows = read(node)
    return rows === null ? [] : [{ id, columns, rows }]
  })
}
