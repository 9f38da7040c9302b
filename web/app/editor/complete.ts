import schemaJson from '../../../schema/netarium-lab.schema.json' with { type: 'json' }

/**
 * What can stand at a place of a lab file, by its JSON schema. The place is found by a scan of the text above it, not by
 * a parser: text that is being typed is mostly not YAML yet.
 */
export interface Schema {
  readonly $ref?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly string[]
  readonly type?: string | readonly string[]
}

const ROOT = schemaJson as unknown as Schema // as scripts/schema.mjs writes it
const NODE = schemaJson.$defs.Node as unknown as Schema

/** A key of a map; ITEM stands for an entry of a list. */
export const ITEM = '[]'

export interface YamlPlace {
  /** The keys that lead to the map, list or value at the place. */
  readonly path: readonly string[]
  /** key: a key of that map can stand here; value: the value of path's last key, or an entry of that list. */
  readonly role: 'key' | 'value'
}

interface Level {
  readonly column: number
  readonly key: string
}

interface Bracket {
  readonly open: '{' | '['
  key: string | null
}

const KEY = /^(?:"([^"]*)"|'([^']*)'|([^\s#:{}[\],"'-][^:#{}[\],]*?|-[^\s:#][^:#]*?))\s*:(?=\s|$)/

/** Where in the data `text` ends. */
export function placeAtEnd(text: string): YamlPlace {
  const levels: Level[] = []
  const brackets: Bracket[] = []
  let role: YamlPlace['role'] = 'key'
  const lines = text.split('\n')
  for (const [number, line] of lines.entries()) {
    const last = number === lines.length - 1
    if (brackets.length > 0) {
      role = scanFlow(line, brackets)
      continue
    }
    if (!last && /^\s*(#|$)/.test(line)) continue
    role = scanLine(line, levels, brackets)
  }
  const path = levels.map(({ key }) => key)
  for (const [at, { open, key }] of brackets.entries()) {
    const inner = at === brackets.length - 1
    if (open === '[') path.push(ITEM)
    else if (key !== null && (!inner || role === 'value')) path.push(key)
  }
  return { path, role: brackets.at(-1)?.open === '[' ? 'value' : role }
}

function scanLine(line: string, levels: Level[], brackets: Bracket[]): YamlPlace['role'] {
  let column = line.search(/\S|$/)
  let rest = line.slice(column)
  for (let dash = /^-(\s+|$)/.exec(rest); dash !== null; dash = /^-(\s+|$)/.exec(rest)) {
    while (levels.length > 0 && endsBefore(levels[levels.length - 1], column, true)) levels.pop()
    levels.push({ column, key: ITEM })
    column += dash[0].length
    rest = rest.slice(dash[0].length)
  }
  while (levels.length > 0 && endsBefore(levels[levels.length - 1], column, false)) levels.pop()
  const key = KEY.exec(rest)
  if (key === null) {
    if (rest.startsWith('{') || rest.startsWith('[')) return scanFlow(rest, brackets)
    return 'key'
  }
  levels.push({ column, key: key[1] ?? key[2] ?? key[3] })
  const value = rest.slice(key[0].length)
  return /^\s*[{[]/.test(value) ? scanFlow(value, brackets) : 'value'
}

/** Whether an entry at `column` does not belong to what began at this level. */
function endsBefore(level: Level, column: number, dash: boolean): boolean {
  return level.column > column || level.column === column && (!dash || level.key === ITEM)
}

/** Goes on inside { } and [ ]; afterwards `brackets` are those that are still open. */
function scanFlow(line: string, brackets: Bracket[]): YamlPlace['role'] {
  let word = ''
  let role: YamlPlace['role'] = brackets.at(-1)?.key === null ? 'key' : 'value'
  for (let at = 0; at < line.length; at++) {
    const letter = line[at]
    const inner = brackets.at(-1)
    if (letter === '"' || letter === '\'') {
      const end = line.indexOf(letter, at + 1)
      word += end < 0 ? line.slice(at + 1) : line.slice(at + 1, end)
      at = end < 0 ? line.length : end
    } else if (letter === '#' && /\s/.test(line[at - 1] ?? ' ')) break
    else if (letter === '{' || letter === '[') {
      brackets.push({ open: letter, key: null })
      word = ''
      role = letter === '{' ? 'key' : 'value'
    } else if (letter === '}' || letter === ']') {
      brackets.pop()
      role = 'key'
    } else if (letter === ',' && inner !== undefined) {
      inner.key = null
      word = ''
      role = inner.open === '{' ? 'key' : 'value'
    } else if (letter === ':' && inner?.open === '{' && inner.key === null && /[\s,}]|^$/.test(line[at + 1] ?? '')) {
      inner.key = word.trim()
      word = ''
      role = 'value'
    } else word += letter
  }
  return role
}

/** The schema's alternatives for a path, without wrappers; [] where nothing is allowed. */
export function schemasAt(path: readonly string[]): Schema[] {
  let schemas = unwrap(ROOT)
  for (const key of path) {
    schemas = schemas.flatMap((schema) => {
      const found = key === ITEM ? schema.items : schema.properties?.[key] ??
        (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined)
      return found === undefined ? [] : unwrap(found)
    })
  }
  return schemas
}

function unwrap(schema: Schema): Schema[] {
  const inner = schema.$ref === undefined ? schema.anyOf : [NODE]
  if (inner === undefined) return [schema]
  return inner.flatMap(unwrap).map((one) => ({ ...one, description: schema.description ?? one.description }))
}

/** What the schema says about the value at a path; '' if nothing. */
export function describe(path: readonly string[]): string {
  return schemasAt(path).find(({ description }) => description !== undefined)?.description ?? ''
}

export interface Choice {
  readonly label: string
  readonly detail: string
  readonly kind: 'key' | 'value' | 'name'
}

/** The names that a lab has: its nodes, the ends of its links and those that a new link could have. */
export interface Names {
  readonly nodes: readonly string[]
  readonly ends: readonly string[]
  readonly freeEnds: readonly string[]
}

/** What can be written at a place. */
export function choicesAt({ path, role }: YamlPlace, names: Names): Choice[] {
  if (role === 'key') return keysAt(path)
  const last = path.at(-1)
  const from = (labels: readonly string[]): Choice[] => labels.map((label) => ({ label, detail: '', kind: 'name' }))
  if (last === 'on' || last === 'node') return from(names.nodes)
  if (last === 'link') return from(names.ends)
  if (last === ITEM && path.at(-2) === 'endpoints') return from([...names.freeEnds])
  const values = schemasAt(path).flatMap((schema) => schema.enum ?? (schema.type === 'boolean' ? ['true', 'false'] : []))
  return [...new Set(values)].map((label) => ({ label, detail: '', kind: 'value' }))
}

function keysAt(path: readonly string[]): Choice[] {
  const found = new Map<string, string>()
  for (const { properties } of schemasAt(path)) {
    for (const [key, schema] of Object.entries(properties ?? {})) {
      const about = schema.description ?? unwrap(schema)[0]?.description ?? ''
      if (!found.has(key) && !about.startsWith('Of containerlab')) found.set(key, about)
    }
  }
  return [...found].map(([label, detail]) => ({ label, detail, kind: 'key' }))
}
