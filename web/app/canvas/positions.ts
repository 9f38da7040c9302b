import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml'

/** Where a node is drawn, in the lab file's own units. */
export interface Position {
  readonly x: number
  readonly y: number
}

/** Characters [start, end) of the text, and what stands there instead. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * The text of a lab file with the `position` of some nodes set. Only these characters change: comments, spaces, quotes and
 * the order of everything else stay. Nodes that the text does not have are left out; so is everything, if it is no map.
 */
export function withPositions(text: string, positions: ReadonlyMap<string, Position>): string {
  const nodes = parseDocument(text, { keepSourceTokens: true }).getIn(['topology', 'nodes'], true)
  if (!isMap(nodes)) return text
  const edits = nodes.items.flatMap((pair) => {
    const name = isScalar(pair.key) ? String(pair.key.value) : ''
    const position = positions.get(name)
    return position === undefined ? [] : editOf(text, pair, `{ x: ${position.x}, y: ${position.y} }`)
  })
  return edits.sort((a, b) => b.start - a.start)
    .reduce((whole, { start, end, text: put }) => whole.slice(0, start) + put + whole.slice(end), text)
}

function editOf(text: string, { key, value }: Pair, position: string): Edit[] {
  if (isMap(value)) return inMap(text, value, position)
  // "alice:" alone, or with a null that is written out
  if (isScalar(value) && value.value === null && value.range) {
    const written = text.slice(value.range[0], value.range[1])
    return [{ start: value.range[0], end: value.range[1], text: `${written === '' ? ' ' : ''}{ position: ${position} }` }]
  }
  if (value === null && isScalar(key) && key.range) {
    const colon = text.indexOf(':', key.range[1])
    const [start, put] = colon < 0 ? [key.range[1], ': '] : [colon + 1, ' ']
    return [{ start, end: start, text: `${put}{ position: ${position} }` }]
  }
  return []
}

function inMap(text: string, map: YAMLMap, position: string): Edit[] {
  const old = map.items.find(({ key }) => isScalar(key) && key.value === 'position')?.value
  const range = rangeOf(old)
  if (range !== null) return [{ start: range[0], end: range[1], text: position }]
  const last = map.items.at(-1)
  const whole = rangeOf(map)
  if (whole === null) return []
  if (map.flow === true) {
    if (last === undefined) return [{ start: whole[0], end: whole[1], text: `{ position: ${position} }` }]
    const end = rangeOf(last.value)?.[1] ?? rangeOf(last.key)?.[1]
    return end === undefined ? [] : [{ start: end, end, text: `, position: ${position}` }]
  }
  const first = rangeOf(map.items[0]?.key)
  const end = rangeOf(last?.value)?.[1] ?? rangeOf(last?.key)?.[1]
  if (first === null || end === undefined) return []
  const indent = ' '.repeat(first[0] - (text.lastIndexOf('\n', first[0] - 1) + 1))
  return [newLine(text, end, `${indent}position: ${position}`)]
}

/** A line of its own after the one on which the character before `end` stands. */
function newLine(text: string, end: number, line: string): Edit {
  const from = text[end - 1] === '\n' ? end - 1 : end
  const at = text.indexOf('\n', from)
  return at < 0 ? { start: text.length, end: text.length, text: `\n${line}` } : { start: at, end: at, text: `\n${line}` }
}

function rangeOf(node: unknown): readonly [number, number] | null {
  const { range } = (node ?? {}) as { readonly range?: readonly [number, number, number] | null }
  return range ? [range[0], range[1]] : null
}
