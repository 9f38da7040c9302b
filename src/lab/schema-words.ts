import { z } from 'zod'
import { Refusal } from './units.ts'

/**
 * How the schema speaks. zod says only where a value does not fit; what to tell the user is given here, beside each
 * part, and travels through zod as the text of its issue. explain.ts reads it back.
 */

/** What a schema part expects, for "… is not NOUN; expected EXPECTED". */
export interface Words {
  readonly noun: string
  readonly expected: string
}

/** A map of the lab file: the keys it knows, and those it refuses with a reason of their own. */
export interface KeyTable {
  /** "a node", for "… is not a key of a node". */
  readonly noun: string
  readonly keys: readonly string[]
  readonly refused: Readonly<Record<string, Refusal>>
}

const keyTables: KeyTable[] = []

/** The text of an issue that stands for `words`; wordsOf() is its inverse. */
export function speak(words: Words): string {
  return `${words.noun}\n${words.expected}`
}

export function wordsOf(message: string): Words | null {
  const at = message.indexOf('\n')
  return at < 0 ? null : { noun: message.slice(0, at), expected: message.slice(at + 1) }
}

/** The key table that an unrecognized_keys issue's text stands for. */
export function keyTableOf(message: string): KeyTable | null {
  return message.startsWith('keys:') ? keyTables[Number(message.slice(5))] : null
}

/** The noun of another map that knows this key: "a topology" for "links"; null if none does. */
export function ownerOf(key: string): string | null {
  const nouns = keyTables.filter((table) => table.keys.includes(key)).map((table) => table.noun)
  return ['a topology', 'a node', 'a link'].find((noun) => nouns.includes(noun)) ?? nouns[0] ?? null
}

/**
 * Where a map can be written in two forms and `key` is of the other one: a key of `map` that says it is of this form.
 * null if there is no such other form, or no such key.
 */
export function rivalOf(key: string, table: KeyTable, map: unknown): string | null {
  const other = keyTables.find((one) => one !== table && one.noun === table.noun && one.keys.includes(key))
  if (!other || map === null || typeof map !== 'object') return null
  return Object.keys(map).find((own) => table.keys.includes(own) && !other.keys.includes(own)) ?? null
}

/** What the JSON schema should say of a part where zod's own rendering is poorer. */
export const jsonForms = z.registry<{ form: Record<string, unknown> }>()

/** A map with fixed keys. `refused`: keys that people will try, with the reason why not. */
export function keyed<Shape extends z.core.$ZodLooseShape>(
  noun: string, shape: Shape, refused: Readonly<Record<string, Refusal>> = {},
): z.ZodObject<Shape, z.core.$strict> {
  const message = `keys:${keyTables.length}`
  keyTables.push({ noun, keys: Object.keys(shape), refused })
  const mapWords = speak({ noun, expected: `a map with ${someKeys(Object.keys(shape))}` })
  return z.strictObject(shape, { error: (issue) => issue.code === 'unrecognized_keys' ? message : mapWords })
}

function someKeys(keys: readonly string[]): string {
  return keys.length > 5 ? `keys such as ${keys.slice(0, 4).join(', ')}` : `the keys ${keys.join(', ')}`
}

/** A string or number that `parse` understands. `pattern`: the same rule for editors, of strings only. */
export function unit(noun: string, expected: string, parse: (value: string | number) => unknown, json: {
  readonly pattern?: string, readonly minimum?: number, readonly maximum?: number, readonly type?: readonly string[],
}) {
  const words = speak({ noun, expected })
  const schema = z.union([z.string(), z.number()], { error: words }).superRefine((value, context) => {
    const result = parse(value)
    if (result instanceof Refusal) context.addIssue({ code: 'custom', params: { refusal: result }, input: value })
  })
  const { type = ['string', 'number'], ...rest } = json
  jsonForms.add(schema, { form: { type: type.length === 1 ? type[0] : type, ...rest } })
  return schema
}

/** A text for which any string will do; numbers are taken as they were written. */
export function text(noun: string, expected: string) {
  return z.string({ error: speak({ noun, expected }) })
}

/** A string that `check` has nothing against. */
export function checked(noun: string, expected: string, check: (text: string) => Refusal | null, pattern: string) {
  const schema = z.string({ error: speak({ noun, expected }) }).superRefine((value, context) => {
    const refusal = check(value)
    if (refusal) context.addIssue({ code: 'custom', params: { refusal }, input: value })
  })
  jsonForms.add(schema, { form: { type: 'string', pattern } })
  return schema
}

/** A whole number from `min` to `max`. */
export function whole(noun: string, min: number, max: number) {
  const expected = max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}`
    : `a whole number from ${min} to ${max}`
  return z.int({ error: speak({ noun, expected }) })
    .min(min, { error: speak({ noun, expected }) }).max(max, { error: speak({ noun, expected }) })
}

/** One of the words. */
export function choice<const Word extends string>(noun: string, words: readonly Word[]) {
  const expected = words.length === 2 ? words.join(' or ') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
  return z.enum(words, { error: speak({ noun, expected }) })
}
