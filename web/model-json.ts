import type { LabModel } from '../src/lab/model.ts'

/**
 * A LabModel as text, so that bundled labs are read when the page is built and not each time they are opened. It is
 * plain data (src/lab/model.ts): JSON has all of it but Maps and Infinity.
 */

/** Throws for what could not come back as it was. */
export function modelToText(model: LabModel): string {
  return JSON.stringify(model, (key, value: unknown) => {
    if (value instanceof Map) return { $map: [...value] }
    if (value === Infinity) return { $infinity: true }
    const known = value === null || Array.isArray(value) || typeof value === 'string' || typeof value === 'boolean' ||
      Number.isFinite(value) || (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    if (!known) throw new Error(`a lab's model has ${String(value)} in ${key}`)
    return value
  })
}

export function modelOfText(text: string): LabModel {
  const revive = (_key: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if ('$map' in value) return new Map(value.$map as [unknown, unknown][]) // modelToText wrote it
    return '$infinity' in value ? Infinity : value
  }
  return JSON.parse(text, revive) as LabModel // as modelToText wrote it
}
