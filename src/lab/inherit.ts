import { KIND_OF, refusedKind } from './containerlab.ts'
import type { NodeKind } from './model.ts'
import type { Path, Report } from './findings.ts'
import type { LabInput, NodeInput } from './schema.ts'
import { nearest, orList } from './suggest.ts'
import { show } from './units.ts'

/**
 * Inheritance of node settings, as containerlab does it (core/topology of v0.72):
 *
 *     kind    node, else the group that the node names, else the group that the defaults name, else the defaults
 *     group   node, else the kind's settings, else the defaults
 *     layers  defaults < kinds[kind] < groups[group] < node
 *
 * A single value comes from the last layer that has it; maps are merged key by key; lists (exec, routes) are joined in
 * the order of the layers. Every value keeps the path where it was written, so that an error points there.
 */

/** A value and where it was written. */
export interface Traced<Value> {
  readonly value: Value
  readonly path: Path
}

export interface Layer {
  readonly settings: NodeInput
  readonly path: Path
}

type Topology = Partial<LabInput['topology']>

/** A node's kind and the layers of its settings, least specific first; kind null: reported as an error. */
export interface Inherited {
  readonly kind: NodeKind | null
  readonly layers: readonly Layer[]
}

export function inherit(topology: Topology, name: string, report: Report): Inherited {
  const own: NodeInput = topology.nodes?.[name] ?? {}
  const ownPath = ['topology', 'nodes', name]
  const defaults: NodeInput = topology.defaults ?? {}
  const word = kindWord(topology, own, defaults, ownPath)
  const kind = word === null ? null : KIND_OF.get(word.value) ?? null
  const layers: Layer[] = [{ settings: defaults, path: ['topology', 'defaults'] }]
  for (const [key, settings] of Object.entries(topology.kinds ?? {})) {
    if (settings && kind !== null && KIND_OF.get(key) === kind) layers.push({ settings,
      path: ['topology', 'kinds', key] })
  }
  const kindGroup = last(layers.slice(1), 'group')
  const group = own.group !== undefined ? { value: own.group, path: [...ownPath, 'group'] }
    : kindGroup ?? (defaults.group !== undefined ? { value: defaults.group, path: ['topology', 'defaults', 'group'] }
      : null)
  if (group && topology.groups) {
    const settings = Object.hasOwn(topology.groups, group.value) ? topology.groups[group.value] : undefined
    if (settings) layers.push({ settings, path: ['topology', 'groups', group.value] })
    else if (settings === undefined) unknownGroup(group, Object.keys(topology.groups), report)
  }
  layers.push({ settings: own, path: ownPath })
  if (word === null) missingKind(name, ownPath, report)
  else if (kind === null) unknownKind(word, report)
  return { kind, layers }
}

function kindWord(topology: Topology, own: NodeInput, defaults: NodeInput, ownPath: Path): Traced<string> | null {
  if (own.kind !== undefined) return { value: own.kind, path: [...ownPath, 'kind'] }
  for (const group of [own.group, defaults.group]) {
    if (group === undefined || !topology.groups || !Object.hasOwn(topology.groups, group)) continue
    const kind = topology.groups[group]?.kind
    if (kind !== undefined) return { value: kind, path: ['topology', 'groups', group, 'kind'] }
  }
  return defaults.kind === undefined ? null : { value: defaults.kind, path: ['topology', 'defaults', 'kind'] }
}

function missingKind(name: string, path: Path, report: Report): void {
  const isInherited = (cut: Path): boolean => cut.length <= 2 || cut.length === 3 && cut[1] !== 'nodes'
  if (report.cut.some((cut) => cut[cut.length - 1] === 'kind' || isInherited(cut))) return
  report.error(path, `${show(name)} has no kind`, 'expected kind: host, router or switch', 'key')
}

function unknownGroup(group: Traced<string>, names: readonly string[], report: Report): void {
  const meant = nearest(group.value, names)
  report.error(group.path, `no group is called ${show(group.value)}`,
    meant === null ? `topology.groups has ${orList(names)}` : `did you mean ${show(meant)}?`)
}

/** Reports a word that stands where a kind should and is none. */
export function unknownKind(word: Traced<string>, report: Report, part: 'key' | 'value' = 'value'): void {
  const refusal = refusedKind(word.value)
  if (refusal) {
    report.error(word.path, refusal.message, refusal.hint, part)
    return
  }
  const meant = nearest(word.value, KIND_OF.keys())
  report.error(word.path, `${show(word.value)} is not a kind of node`,
    `expected host, router or switch${meant === null ? '' : `; did you mean ${show(meant)}?`}`, part)
}

/** The value of `key` in the most specific layer that has it. */
export function last<Key extends keyof NodeInput>(
  layers: readonly Layer[], key: Key,
): Traced<NonNullable<NodeInput[Key]>> | null {
  for (let i = layers.length - 1; i >= 0; i--) {
    const value = layers[i].settings[key]
    if (value !== undefined && value !== null) return { value, path: [...layers[i].path, key] }
  }
  return null
}

/** The entries of the maps called `key`, merged: later layers replace, the first place in the order stays. */
export function merged<Value>(layers: readonly Layer[], key: 'interfaces' | 'sysctls' | 'labels'): Map<string,
  Traced<Value>> {
  const all = new Map<string, Traced<Value>>()
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer.settings[key] ?? {})) {
      all.set(name, { value: value as Value, path: [...layer.path, key, name] })
    }
  }
  return all
}

/** The items of the lists called `key`, joined; items that the schema refused are left out. */
export function joined<Value>(layers: readonly Layer[], key: 'exec' | 'routes'): Traced<Value>[] {
  const all: Traced<Value>[] = []
  for (const layer of layers) {
    for (const [i, value] of (layer.settings[key] ?? []).entries()) {
      if (value !== undefined) all.push({ value: value as Value, path: [...layer.path, key, i] })
    }
  }
  return all
}
