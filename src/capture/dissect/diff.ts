/** What a device did to a frame: the fields that differ between two dissections. */
import type { Field, Layer, Protocol } from './layer.ts'

export interface FieldChange {
  protocol: Protocol
  quoted: boolean
  name: string
  /** The field's text, null where the frame has no such field (a tag that was pushed or popped). */
  before: string | null
  after: string | null
}

/**
 * The fields that changed, in the order of the frame. Layers are paired by protocol, the n-th with the n-th, so a
 * VLAN tag that came or went does not shift what follows it.
 */
export function diffLayers(before: readonly Layer[], after: readonly Layer[]): FieldChange[] {
  const changes: FieldChange[] = []
  const paired = new Set<Layer>()
  for (const layer of before) {
    const other = counterpart(layer, before, after)
    if (other !== null) paired.add(other)
    compare(layer, other, changes)
  }
  for (const layer of after) if (!paired.has(layer)) compare(null, layer, changes)
  return changes
}

function counterpart(layer: Layer, before: readonly Layer[], after: readonly Layer[]): Layer | null {
  const same = (other: Layer): boolean => other.protocol === layer.protocol && other.quoted === layer.quoted
  const rank = before.filter(same).indexOf(layer)
  return after.filter(same)[rank] ?? null
}

function compare(before: Layer | null, after: Layer | null, changes: FieldChange[]): void {
  const layer = before ?? after
  if (layer === null) return
  const { protocol, quoted } = layer
  const earlier = byName(before)
  const later = byName(after)
  for (const name of new Set([...earlier.keys(), ...later.keys()])) {
    const from = earlier.get(name) ?? null
    const to = later.get(name) ?? null
    if (from !== null && to !== null && from.value === to.value && from.text === to.text) continue
    changes.push({ protocol, quoted, name, before: from?.text ?? null, after: to?.text ?? null })
  }
}

function byName(layer: Layer | null): Map<string, Field> {
  return new Map((layer?.fields ?? []).map(field => [field.name, field]))
}
