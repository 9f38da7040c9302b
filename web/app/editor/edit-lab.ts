import { isMap, isPair, isScalar, isSeq, parseDocument, type Document, type Node, type Pair, type YAMLMap } from 'yaml'

/**
 * Edits of a lab file's text. The YAML library says where things stand; the text itself is changed only there, so that
 * comments, quotes and layout of all other lines stay byte for byte. Functions give null when the text can't be read as
 * YAML or the place is not there: then the person has to write it.
 */

export type NewKind = 'host' | 'router' | 'switch'

/** In place of text[start, end). */
interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Adds a node at the end of topology.nodes. */
export function addNode(text: string, name: string, kind: NewKind): string | null {
  const document = read(text)
  const topology = document === null ? null : mapAt(document.contents, 'topology')
  if (document === null) return null
  const entry = `${name}: { kind: ${kind} }`
  if (topology === null) {
    if (document.contents !== null && !isMap(document.contents)) return null
    if (isMap(document.contents) && pairOf(document.contents, 'topology') !== null) return null
    return parsed(`${endWithLine(text)}topology:\n  nodes:\n    ${entry}\n`)
  }
  const nodes = pairOf(topology, 'nodes')
  if (nodes !== null && isMap(nodes.value) && nodes.value.items.length > 0) return appended(text, nodes.value, entry)
  if (nodes === null) return appended(text, topology, `nodes:\n${columnOf(text, topology)}  ${entry}`)
  return filled(text, nodes, entry)
}

/** Adds a link between two interfaces, "alice:eth1", at the end of topology.links. */
export function addLink(text: string, a: string, b: string): string | null {
  const topology = mapAt(read(text)?.contents ?? null, 'topology')
  if (topology === null) return null
  const entry = `- endpoints: ["${a}", "${b}"]`
  const links = pairOf(topology, 'links')
  if (links === null) return appended(text, topology, `links:\n${columnOf(text, topology)}  ${entry}`)
  if (!isSeq(links.value) || links.value.items.length === 0) return filled(text, links, entry)
  const { value } = links
  if (value.flow === true) return afterLast(text, value.items.at(-1) as Node, `, { endpoints: ["${a}", "${b}"] }`)
  const first = rangeOf(value)[0]
  return afterEntry(text, endOf(value.items.at(-1) as Node), `${indentAt(text, first)}${entry}`)
}

/** A link's name for the next one at this node: "eth3" after eth2. */
export function nextInterface(text: string, node: string): string {
  const used = new Set(endpointsIn(text).filter((end) => end.node === node).map((end) => end.interface))
  const own = mapAt(mapAt(mapAt(read(text)?.contents ?? null, 'topology'), 'nodes'), node)
  for (const { key } of mapAt(own, 'interfaces')?.items ?? []) used.add(String(isScalar(key) ? key.value : key))
  let number = 1
  while (used.has(`eth${number}`)) {
    // A name that only the node's settings have is a port that waits for its cable.
    if (!endpointsIn(text).some((end) => end.node === node && end.interface === `eth${number}`)) break
    number++
  }
  return `eth${number}`
}

/** A name that no node has: host1, host2 … */
export function freeName(text: string, kind: NewKind): string {
  const names = new Set(nodeNames(text))
  const stem = { host: 'host', router: 'router', switch: 'sw' }[kind]
  let number = 1
  while (names.has(`${stem}${number}`)) number++
  return `${stem}${number}`
}

export function nodeNames(text: string): string[] {
  const nodes = mapAt(mapAt(read(text)?.contents ?? null, 'topology'), 'nodes')
  return nodes?.items.map(({ key }) => String(isScalar(key) ? key.value : key)) ?? []
}

/** Takes a node away, with its links and what hangs on them (removeLink), and the steps and checks that are on it. */
export function removeNode(text: string, name: string): string | null {
  const topology = mapAt(read(text)?.contents ?? null, 'topology')
  const links = pairOf(topology, 'links')?.value
  const all = isSeq(links) ? [...links.items.keys()] : []
  let result: string | null = text
  for (const link of all.filter((one) => endsOf(links, one).some(({ node }) => node === name)).reverse()) {
    result = result === null ? null : removeLink(result, link)
  }
  result = result === null ? null : withoutSteps(result, ({ on }) => on === name)
  return result === null ? null : withoutKey(result, ['topology', 'nodes'], name)
}

/** Takes a link away, by its place in topology.links, with the interfaces that it made and the steps that name them. */
export function removeLink(text: string, place: number): string | null {
  const links = pairOf(mapAt(read(text)?.contents ?? null, 'topology'), 'links')
  if (links === null || !isSeq(links.value) || place >= links.value.items.length) return null
  const ends = endsOf(links.value, place)
  let result = without(text, links.value, place)
  for (const { node, interface: name } of ends) {
    if (result === null) return null
    result = withoutKey(result, ['topology', 'nodes', node, 'interfaces'], name) ?? result
    result = withoutSteps(result, ({ on, link, capture }) =>
      link === `${node}:${name}` || on === node && capture === name)
  }
  return result
}

interface StepWords {
  readonly on: string
  readonly link: string
  readonly capture: string
}

function withoutSteps(text: string, goes: (step: StepWords) => boolean): string | null {
  let result: string | null = text
  for (const section of ['script', 'checks']) {
    const steps = pairOf(read(text)?.contents, section)?.value
    const places = isSeq(steps) ? [...steps.items.keys()].filter((place) => goes(wordsOf(steps.items[place]))) : []
    for (const place of places.reverse()) { // from the end on, so that places stay right
      const now: unknown = result === null ? null : pairOf(read(result)?.contents, section)?.value
      result = result !== null && isSeq(now) ? without(result, now, place) : null
    }
  }
  return result
}

function wordsOf(step: unknown): StepWords {
  const word = (key: string): string => {
    const value = pairOf(step, key)?.value
    return isScalar(value) ? String(value.value) : ''
  }
  return { on: word('on'), link: word('link'), capture: word('capture') }
}

/** Takes a key out of the map at a path; null if it is not there. */
function withoutKey(text: string, path: readonly string[], key: string): string | null {
  let map: unknown = read(text)?.contents
  for (const step of path) map = pairOf(map, step)?.value
  const place = isMap(map) ? map.items.findIndex((pair) => keyOf(pair) === key) : -1
  return isMap(map) && place >= 0 ? without(text, map, place) : null
}

/** Gives a node another name, also in links, script and checks. */
export function renameNode(text: string, from: string, to: string): string | null {
  const document = read(text)
  const nodes = mapAt(mapAt(document?.contents ?? null, 'topology'), 'nodes')
  const pair = nodes?.items.find((one) => keyOf(one) === from)
  if (document === null || pair === undefined || nodes?.items.some((one) => keyOf(one) === to) === true) return null
  const splices = [replaced(text, pair.key as Node, to)]
  for (const { value, role } of references(document)) {
    if (role === 'node' && value.value === from) splices.push(replaced(text, value, to))
    else if (role === 'end' && String(value.value).startsWith(`${from}:`)) {
      splices.push(replaced(text, value, to + String(value.value).slice(from.length)))
    }
  }
  return parsed(spliced(text, splices))
}

// ---- looking at the document ----

interface Reference {
  readonly value: { readonly value: unknown } & Node
  readonly role: 'node' | 'end'
}

/** Where nodes are named: ends of links, `on` and `link` of steps and checks. */
function references(document: Document.Parsed): Reference[] {
  const found: Reference[] = []
  const note = (value: unknown, role: Reference['role']): void => { if (isScalar(value)) found.push({ value, role }) }
  const links = pairOf(mapAt(document.contents, 'topology'), 'links')?.value
  for (const link of isSeq(links) ? links.items : []) {
    const ends = pairOf(link, 'endpoints')?.value
    for (const end of isSeq(ends) ? ends.items : []) {
      note(end, 'end')
      note(pairOf(end, 'node')?.value, 'node')
    }
  }
  for (const section of ['script', 'checks']) {
    const steps = pairOf(document.contents, section)?.value
    for (const step of isSeq(steps) ? steps.items : []) {
      note(pairOf(step, 'on')?.value, 'node')
      note(pairOf(step, 'link')?.value, 'end')
    }
  }
  return found
}

interface End {
  readonly node: string
  readonly interface: string
}

/** All ends of links that can be read. */
export function endpointsIn(text: string): End[] {
  const document = read(text)
  const links = document === null ? null : pairOf(mapAt(document.contents, 'topology'), 'links')?.value
  if (!isSeq(links)) return []
  return [...links.items.keys()].flatMap((place) => endsOf(links, place))
}

function endsOf(links: unknown, place: number): End[] {
  const ends = isSeq(links) ? pairOf(links.items[place], 'endpoints')?.value : null
  if (!isSeq(ends)) return []
  return ends.items.map((end) => {
    const value = (one: unknown): string => isScalar(one) ? String(one.value) : ''
    if (isMap(end)) return { node: value(pairOf(end, 'node')?.value), interface: value(pairOf(end, 'interface')?.value) }
    const [node, name = ''] = value(end).split(':')
    return { node, interface: name }
  })
}

function read(text: string): Document.Parsed | null {
  const document = parseDocument(text, { version: '1.2', merge: true, uniqueKeys: false, logLevel: 'silent' })
  return document.errors.length > 0 ? null : document
}

function pairOf(map: unknown, key: string): Pair | null {
  return isMap(map) ? map.items.find((pair) => keyOf(pair) === key) ?? null : null
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : ''
}

function mapAt(map: unknown, key: string): YAMLMap | null {
  const value = pairOf(map, key)?.value
  return isMap(value) ? value : null
}

function rangeOf(node: Node): readonly [number, number, number] {
  return node.range ?? [0, 0, 0]
}

/** Just behind the value of an entry, without comments. */
function endOf(entry: unknown): number {
  if (!isPair(entry)) return valueEnd(entry as Node)
  return valueEnd((entry.value ?? entry.key) as Node)
}

function valueEnd(node: Node): number {
  if ((isMap(node) || isSeq(node)) && node.flow !== true) return endOf(node.items.at(-1))
  return rangeOf(node)[1]
}

function startOf(entry: unknown): number {
  return rangeOf((isPair(entry) ? entry.key : entry) as Node)[0]
}

// ---- changing the text ----

/** Null if an edit has made it unreadable: nothing is changed then. */
function parsed(text: string): string | null {
  return read(text) === null ? null : text
}

function spliced(text: string, splices: readonly Splice[]): string {
  let result = text
  for (const { start, end, text: by } of [...splices].sort((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + by + result.slice(end)
  }
  return result
}

function endWithLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

/** Behind the line that `at` is in, with its newline. */
function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}

/** Spaces up to the column of `at`. */
function indentAt(text: string, at: number): string {
  return ' '.repeat(at - lineStart(text, at))
}

/** The column of a block map's entries. */
function columnOf(text: string, map: YAMLMap): string {
  return indentAt(text, startOf(map.items[0]))
}

/** Adds an entry to a map that has some. */
function appended(text: string, map: YAMLMap, entry: string): string | null {
  const last = map.items.at(-1)
  if (last === undefined) return null
  if (map.flow === true) return entry.includes('\n') ? null : afterLast(text, last, `, ${entry}`)
  return afterEntry(text, endOf(last), columnOf(text, map) + entry)
}

function afterLast(text: string, last: unknown, more: string): string | null {
  return parsed(spliced(text, [{ start: endOf(last), end: endOf(last), text: more }]))
}

function afterEntry(text: string, end: number, line: string): string | null {
  const at = nextLine(text, end)
  const before = at === 0 || text[at - 1] === '\n' ? '' : '\n'
  return parsed(spliced(text, [{ start: at, end: at, text: `${before}${line}\n` }]))
}

/** Puts an entry below a key that has nothing yet, or an empty {} or []. */
function filled(text: string, pair: Pair, entry: string): string | null {
  const key = pair.key as Node
  const value = pair.value as Node | null
  const indent = `${indentAt(text, rangeOf(key)[0])}  `
  const colon = text.indexOf(':', rangeOf(key)[1]) + 1
  const empty = value === null || isScalar(value) && value.value === null ||
    (isMap(value) || isSeq(value)) && value.items.length === 0
  if (!empty || colon === 0) return null
  const range = value === null || rangeOf(value)[1] <= colon ? [colon, colon] : [colon, rangeOf(value)[1]]
  const rest = text.slice(range[1], nextLine(text, range[1])).replace(/\n$/, '')
  const comment = rest.trim() === '' ? '' : ` ${rest.trim()}`
  const line = { start: range[0], end: range[1] + rest.length, text: `${comment}\n${indent}${entry}` }
  return parsed(spliced(text, [line]))
}

interface Collection {
  readonly items: readonly unknown[]
  readonly flow?: boolean
}

/**
 * Removes an entry with its lines; a comment above it stays. The key above the last one has nothing then, which the
 * schema reads as none.
 */
function without(text: string, parent: Collection, place: number): string | null {
  const entry = parent.items[place]
  if (parent.flow === true) return parsed(spliced(text, [flowEntry(parent.items, place)]))
  const start = lineStart(text, startOf(entry))
  const end = nextLine(text, endOf(entry))
  return parsed(spliced(text, [{ start, end, text: '' }]))
}

/** A flow entry with the comma that belongs to it. */
function flowEntry(items: readonly unknown[], place: number): Splice {
  if (place + 1 < items.length) return { start: startOf(items[place]), end: startOf(items[place + 1]), text: '' }
  const start = place > 0 ? endOf(items[place - 1]) : startOf(items[place])
  return { start, end: endOf(items[place]), text: '' }
}

/** Another text for a scalar, in the quotes that it has. */
function replaced(text: string, scalar: Node, to: string): Splice {
  const [start, end] = rangeOf(scalar)
  const quote = text[start] === '"' || text[start] === '\'' ? text[start] : ''
  return { start, end, text: `${quote}${to}${quote}` }
}
