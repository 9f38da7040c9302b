import { REFUSED_LINK_TYPES, SPECIAL_ENDPOINT_NODES } from './containerlab.ts'
import type { Layer, Traced } from './inherit.ts'
import type { NodeKind } from './model.ts'
import type { Path, Report } from './findings.ts'
import type { InterfaceInput } from './schema.ts'
import { nearest, orList } from './suggest.ts'
import { Refusal, show } from './units.ts'

/** One end of a link, at its node. */
export interface End {
  readonly path: Path
  readonly mac: Traced<string> | null
  /** The MTU that the link gives, if it does. */
  readonly mtu: number | null
}

/** What is known of a node while the links are still to be read. */
export interface NodeDraft {
  readonly name: string
  readonly path: Path
  readonly kind: NodeKind | null
  readonly layers: readonly Layer[]
  /** Settings by interface name. */
  readonly declared: ReadonlyMap<string, Traced<InterfaceInput>>
  /** Ends of links at this node, by interface name. */
  readonly ends: Map<string, End>
}

/** Reports a name that no node has. */
export function unknownNode(name: string, path: Path, drafts: ReadonlyMap<string, NodeDraft>, report: Report): void {
  const names = [...drafts.keys()]
  const meant = nearest(name, names)
  if (meant === null && SPECIAL_ENDPOINT_NODES.includes(name)) {
    report.error(path, `Netarium has no links of type ${name}`, REFUSED_LINK_TYPES[name])
    return
  }
  const hint = meant !== null ? `did you mean ${show(meant)}?`
    : names.length === 0 ? 'topology.nodes is empty'
      : `the nodes are ${orList(names).replace(/ or (?=[^ ]*$)/, ' and ')}`
  report.error(path, `no node is called ${show(name)}`, hint)
}

/** The words of a map as text. */
export function wordsOf(entries: ReadonlyMap<string, Traced<unknown>>): ReadonlyMap<string, string> {
  return mapOf([...entries].map(([key, { value }]) => [key, String(value)]))
}

/** A parser's result, or null where it refused: then the schema has said so already. */
export function parsed<Value>(result: Value | Refusal): Value | null {
  return result instanceof Refusal ? null : result
}

const EMPTY: ReadonlyMap<string, never> = new Map<string, never>()

/** A map of these entries; one and the same if there are none, as with most nodes. */
export function mapOf<Value>(entries: readonly (readonly [string, Value])[]): ReadonlyMap<string, Value> {
  return entries.length === 0 ? EMPTY : new Map(entries)
}
