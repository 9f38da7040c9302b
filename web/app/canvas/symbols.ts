import type { NodeKind } from '../../../src/lab/model.ts'

/**
 * The symbols that textbooks use, in a square of 48 units around (0, 0): a router is a disc with two arrows that meet and
 * two that part; a switch a box with arrows to and fro; a host a screen, here with a shell's prompt.
 */
export interface SymbolPaths {
  /** Filled and outlined. */
  readonly body: Path2D
  /** Lines in the kind's own colour. */
  readonly glyph: Path2D
  /** Lines in the colour of the outline; null: none. */
  readonly foot: Path2D | null
}

let made: Readonly<Record<NodeKind, SymbolPaths>> | null = null

export function symbolOf(kind: NodeKind): SymbolPaths {
  made ??= { host: host(), router: router(), switch: box() }
  return made[kind]
}

function host(): SymbolPaths {
  const body = new Path2D()
  body.roundRect(-23, -19, 46, 31, 4.5)
  const glyph = new Path2D()
  glyph.moveTo(-14, -10)
  glyph.lineTo(-7, -4)
  glyph.lineTo(-14, 2)
  glyph.moveTo(-3, 3)
  glyph.lineTo(7, 3)
  const foot = new Path2D()
  foot.moveTo(0, 12)
  foot.lineTo(0, 19)
  foot.moveTo(-10, 19.5)
  foot.lineTo(10, 19.5)
  return { body, glyph, foot }
}

function router(): SymbolPaths {
  const body = new Path2D()
  body.arc(0, 0, 23, 0, 2 * Math.PI)
  const glyph = new Path2D()
  arrow(glyph, -18, 0, -6, 0)
  arrow(glyph, 18, 0, 6, 0)
  arrow(glyph, 0, -5, 0, -17.5)
  arrow(glyph, 0, 5, 0, 17.5)
  return { body, glyph, foot: null }
}

function box(): SymbolPaths {
  const body = new Path2D()
  body.roundRect(-24, -19, 48, 38, 6)
  const glyph = new Path2D()
  arrow(glyph, -3, -11, 17, -11)
  arrow(glyph, 3, -3.7, -17, -3.7)
  arrow(glyph, -3, 3.7, 17, 3.7)
  arrow(glyph, 3, 11, -17, 11)
  return { body, glyph, foot: null }
}

/** A shaft with an open head at its end. */
function arrow(path: Path2D, x0: number, y0: number, x1: number, y1: number): void {
  const length = Math.hypot(x1 - x0, y1 - y0)
  const [dx, dy] = [(x1 - x0) / length * 4.2, (y1 - y0) / length * 4.2]
  path.moveTo(x0, y0)
  path.lineTo(x1, y1)
  path.moveTo(x1 - dx - dy * 0.8, y1 - dy + dx * 0.8)
  path.lineTo(x1, y1)
  path.lineTo(x1 - dx + dy * 0.8, y1 - dy - dx * 0.8)
}
