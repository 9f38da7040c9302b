import type { Regex } from '../text/regex.ts'
import { AwkRuntimeError } from './values.ts'
import { InputText, type Value } from './tree.ts'

/** How a text is cut into fields: by blanks, by one character, into characters, or by a pattern. */
export type Separator = 'blanks' | 'characters' | { readonly literal: string } | Regex

/** Fields that one record may have. */
export const FIELD_LIMIT = 1_000_000

export function splitText(text: string, separator: Separator): string[] {
  if (text === '') return []
  if (separator === 'blanks') return text.match(/[^ \t\n]+/g) ?? []
  if (separator === 'characters') return text.split('')
  if ('literal' in separator) return text.split(separator.literal)
  const parts: string[] = []
  let start = 0
  for (let from = 0; from <= text.length;) {
    const found = separator.search(text, from, { notBol: from > 0 })
    if (found === null) break
    const [at, end] = found
    if (end === at) { // what matches nothing separates nothing
      from = at + 1
      continue
    }
    parts.push(text.slice(start, at))
    start = end
    from = end
  }
  parts.push(text.slice(start))
  return parts
}

/** $0 and its fields; either is made from the other when it is asked for. */
export class AwkRecord {
  private whole: Value = new InputText('')
  private wholeValid = true
  private fields: Value[] = []
  private fieldsValid = true
  private separator: Separator = 'blanks'

  /** text: of OFS and of numbers, as the program has them now. */
  constructor(private readonly join: (fields: readonly Value[]) => string) {}

  /** A new $0, that will be cut by this separator. */
  set(value: Value, text: string, separator: Separator): void {
    this.whole = value instanceof InputText || typeof value === 'string' ? value : text
    this.text = text
    this.wholeValid = true
    this.fieldsValid = false
    this.separator = separator
  }

  private text = ''

  private split(): void {
    if (this.fieldsValid) return
    this.fieldsValid = true
    this.fields = splitText(this.text, this.separator).map((part) => new InputText(part))
  }

  private rebuild(): void {
    if (this.wholeValid) return
    this.wholeValid = true
    this.text = this.join(this.fields)
    this.whole = this.text // a text, even if it looks like a number
  }

  get count(): number {
    this.split()
    return this.fields.length
  }

  get(index: number): Value {
    if (index === 0) {
      this.rebuild()
      return this.whole
    }
    if (index < 0) throw new AwkRuntimeError(`negative field index $${index}`)
    this.split()
    return this.fields[index - 1] ?? '' // what lies beyond is a text, not nothing yet: it is no number in comparisons
  }

  /** $1 and on; $0 is set by set(). */
  setField(index: number, value: Value): void {
    if (index < 0) throw new AwkRuntimeError(`negative field index $${index}`)
    this.split()
    this.grow(index)
    this.fields[index - 1] = value
    this.wholeValid = false
  }

  setCount(count: number): void {
    if (count < 0) throw new AwkRuntimeError('negative value assigned to NF')
    this.split()
    this.grow(count)
    this.fields.length = count
    this.wholeValid = false
  }

  private grow(count: number): void {
    if (count > FIELD_LIMIT) throw new AwkRuntimeError(`maximum number of fields exceeded: ${count}`)
    while (this.fields.length < count) this.fields.push('')
  }
}
