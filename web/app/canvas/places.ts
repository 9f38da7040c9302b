import type { LabModel } from '../../../src/lab/model.ts'
import type { Place } from './layout.ts'

/**
 * Puts together where nodes stand: where a person dragged them, else where the lab file says, else where the layout put
 * them. A layout knows nothing of the file's coordinates, so it is moved to where those nodes are that have some.
 */
export function placesOf(model: LabModel, layout: readonly Place[], dragged: ReadonlyMap<string, Place>): Place[] {
  const given = model.nodes.map(({ name, position }) => dragged.get(name) ?? position)
  const [dx, dy] = shift(given, layout)
  return given.map((place, at) => place ?? { x: layout[at].x + dx, y: layout[at].y + dy })
}

/** Whether some node has no place of its own. */
export function needsLayout(model: LabModel): boolean {
  return model.nodes.some(({ position }) => position === null)
}

function shift(given: readonly (Place | null)[], layout: readonly Place[]): readonly [number, number] {
  let [dx, dy, count] = [0, 0, 0]
  for (const [at, place] of given.entries()) {
    if (place === null) continue
    dx += place.x - layout[at].x
    dy += place.y - layout[at].y
    count++
  }
  return count === 0 ? [0, 0] : [dx / count, dy / count]
}
