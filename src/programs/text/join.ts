import { strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { fromByteString, toByteString } from '../byte-string.ts'
import { type Arguments, type ByteReader, chomp, gnuProgram, type GnuSpec, openInput, quoteName, writeBytes } from './gnu.ts'

/** join of coreutils 9.1 (join.c join()): lines of two sorted files that have one field in common. */
const SPEC: GnuSpec = {
  short: '1:2:a:e:ij:o:t:v:z',
  long: {
    'ignore-case': 'i', 'check-order': 'check', 'nocheck-order': 'nocheck', 'zero-terminated': 'z', 'header': 'header',
  },
}

type Line = readonly string[]

interface OutputField { readonly file: 0 | 1 | 2, readonly field: number }

class Input {
  readonly lines: Line[] = []
  private previous: Line | null = null
  private count = 0
  warned = false

  constructor(private readonly join: Join, private readonly reader: ByteReader, readonly name: string,
    readonly field: number) {}

  /** The next line, with the check of order; null at the end. */
  async next(checked = true): Promise<Line | null> {
    const text = await this.reader.line(this.join.end)
    if (text === null) return null
    this.count++
    const whole = chomp(text, this.join.end)
    const line = this.join.split(whole)
    if (checked && this.previous !== null) this.join.checkOrder(this, this.previous, line, this.count, whole)
    this.previous = checked ? line : null
    return line
  }

  async advance(): Promise<boolean> {
    const line = await this.next()
    if (line !== null) this.lines.push(line)
    return line !== null
  }

  key(line: Line): string {
    return line[this.field] ?? ''
  }
}

class Join {
  readonly end: string
  private readonly separator: string | null
  private readonly ignoreCase: boolean
  private readonly filler: string
  private unpairable = false
  private layout: readonly OutputField[] | null = null
  private readonly printed: readonly [boolean, boolean, boolean]

  constructor(private readonly process: Process, private readonly args: Arguments, private readonly autoLayout: boolean,
    layout: readonly OutputField[] | null, printed: readonly [boolean, boolean, boolean]) {
    this.layout = layout
    this.printed = printed
    this.end = args.has('z') ? '\0' : '\n'
    const tab = args.value('t')
    this.separator = tab === undefined ? null : tab === '' ? this.end : tab === '\\0' ? '\0' : toByteString(tab)
    this.ignoreCase = args.has('i')
    this.filler = toByteString(args.value('e') ?? '')
  }

  split(text: string): Line {
    if (this.separator !== null) return text === '' ? [] : text.split(this.separator)
    const trimmed = text.replace(/^[ \t\n]+/, '')
    return trimmed === '' ? [] : trimmed.split(/[ \t\n]+/)
  }

  checkOrder(input: Input, before: Line, line: Line, count: number, whole: string): void {
    const { args } = this
    const order = args.last(['check', 'nocheck'])?.name
    if (order === 'nocheck' || !(order === 'check' || this.unpairable) || input.warned) return
    if (this.compare(input.key(before), input.key(line)) <= 0) return
    const text = `${quoteName(input.name)}:${count}: is not sorted: ${fromByteString(whole)}`
    if (order === 'check') throw args.error(text)
    args.complain(text)
    input.warned = true
  }

  compare(a: string, b: string): number {
    const [left, right] = this.ignoreCase ? [a.toUpperCase(), b.toUpperCase()] : [a, b]
    return left < right ? -1 : left > right ? 1 : 0
  }

  async run(first: Input, second: Input): Promise<number> {
    const [pairs, only1, only2] = this.printed
    if (this.args.has('header')) {
      const line1 = await first.next(false)
      const line2 = await second.next(false)
      if (this.autoLayout) this.layout = automatic(line1, line2, first.field, second.field)
      if (line1 !== null || line2 !== null) this.print(first, second, line1, line2)
    }
    await first.advance()
    await second.advance()
    if (this.autoLayout && this.layout === null) {
      this.layout = automatic(first.lines[0] ?? null, second.lines[0] ?? null, first.field, second.field)
    }
    while (first.lines.length > 0 && second.lines.length > 0) {
      const key = first.key(first.lines[0])
      const other = second.key(second.lines[0])
      const order = this.compare(key, other)
      if (order !== 0) {
        const input = order < 0 ? first : second
        if (order < 0 && only1) this.print(first, second, first.lines[0], null)
        if (order > 0 && only2) this.print(first, second, null, second.lines[0])
        input.lines.length = 0
        await input.advance()
        this.unpairable = true
        continue
      }
      const group1 = await this.group(first, other)
      const group2 = await this.group(second, key)
      if (!pairs) continue
      for (const line of group1) for (const partner of group2) this.print(first, second, line, partner)
    }
    await this.rest(first, second, only1, (line) => this.print(first, second, line, null))
    await this.rest(second, first, only2, (line) => this.print(first, second, null, line))
    if (!first.warned && !second.warned) return 0
    this.args.complain('input is not in sorted order')
    return 1
  }

  /** The lines of one key; the first of another stays. */
  private async group(input: Input, key: string): Promise<Line[]> {
    while (await input.advance()) {
      if (this.compare(input.key(input.lines[input.lines.length - 1]), key) !== 0) {
        return input.lines.splice(0, input.lines.length - 1)
      }
    }
    return input.lines.splice(0)
  }

  private async rest(input: Input, other: Input, shown: boolean, print: (line: Line) => void): Promise<void> {
    if (input.lines.length === 0) return
    if (shown) print(input.lines[0])
    if (other.lines.length > 0) this.unpairable = true
    for (let line = await input.next(); line !== null; line = await input.next()) {
      if (shown) print(line)
      if (input.warned && !shown) break
    }
  }

  private print(first: Input, second: Input, line: Line | null, partner: Line | null): void {
    const filled = (text: string | undefined): string => text === undefined || text === '' ? this.filler : text
    const key = line !== null ? line[first.field] : partner?.[second.field]
    const fields: string[] = []
    if (this.layout !== null) {
      for (const { file, field } of this.layout) {
        fields.push(filled(file === 0 ? key : (file === 1 ? line : partner)?.[field]))
      }
    } else {
      fields.push(filled(key))
      for (const [own, at] of [[line, first.field], [partner, second.field]] as const) {
        own?.forEach((text, i) => {
          if (i !== at) fields.push(filled(text))
        })
      }
    }
    writeBytes(this.process, fields.join(this.separator ?? ' ') + this.end)
  }
}

/** -o auto: as many fields as the first line of each file has. */
function automatic(line1: Line | null, line2: Line | null, field1: number, field2: number): OutputField[] {
  const layout: OutputField[] = [{ file: 0, field: 0 }]
  line1?.forEach((_, field) => field === field1 || layout.push({ file: 1, field }))
  line2?.forEach((_, field) => field === field2 || layout.push({ file: 2, field }))
  return layout
}

function fieldNumber(args: Arguments, text: string): number {
  if (!/^\s*\+?[0-9]+$/.test(text) || Number(text) === 0) throw args.error(`invalid field number: \u2018${text}\u2019`)
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER) - 1
}

function outputField(args: Arguments, text: string): OutputField {
  if (text === '0') return { file: 0, field: 0 }
  if (text.startsWith('0')) throw args.error(`invalid field specifier: \u2018${text}\u2019`)
  if (!/^[12]/.test(text)) throw args.error(`invalid file number in field spec: \u2018${text}\u2019`)
  if (text[1] !== '.') throw args.error(`invalid field specifier: \u2018${text}\u2019`)
  return { file: text[0] === '1' ? 1 : 2, field: fieldNumber(args, text.slice(2)) }
}

export const join: Program = gnuProgram(SPEC, async (process, args) => {
  let pairs = true
  let only1 = false
  let only2 = false
  const fields: [number | null, number | null] = [null, null]
  const layout: OutputField[] = []
  let auto = false
  const set = (which: 0 | 1, field: number): void => {
    const before = fields[which]
    if (before !== null && before !== field) throw args.error(`incompatible join fields ${before + 1}, ${field + 1}`)
    fields[which] = field
  }
  for (const { name, value } of args.options) {
    if (name === 'a' || name === 'v') {
      if (value !== '1' && value !== '2') throw args.error(`invalid field number: \u2018${value}\u2019`)
      if (name === 'v') pairs = false
      if (value === '1') only1 = true
      else only2 = true
    } else if (name === '1') set(0, fieldNumber(args, value))
    else if (name === '2') set(1, fieldNumber(args, value))
    else if (name === 'j') {
      set(0, fieldNumber(args, value))
      set(1, fieldNumber(args, value))
    } else if (name === 'o') {
      if (value === 'auto') auto = true
      else layout.push(...value.split(/[, \t]/).map((word) => outputField(args, word)))
    } else if (name === 't' && Array.from(value).length > 1 && value !== '\\0') {
      throw args.error(`multi-character tab \u2018${value}\u2019`)
    }
  }
  const [name1, name2, extra] = args.operands
  if (name1 === undefined) throw args.usageError('missing operand')
  if (name2 === undefined) throw args.usageError(`missing operand after \u2018${name1}\u2019`)
  if (extra !== undefined) throw args.usageError(`extra operand '${extra}'`)
  const open = (name: string): ByteReader => {
    const reader = openInput(process, name)
    if (typeof reader === 'number') throw args.error(`${quoteName(name)}: ${strerror(-reader)}`)
    return reader
  }
  const reader1 = open(name1)
  const reader2 = open(name2)
  if (name1 === '-' && name2 === '-') {
    throw args.error('both files cannot be standard input: No such file or directory')
  }
  const run = new Join(process, args, auto, layout.length === 0 ? null : layout, [pairs, only1, only2])
  const status = await run.run(new Input(run, reader1, name1, fields[0] ?? 0), new Input(run, reader2, name2, fields[1] ?? 0))
  reader1.close()
  reader2.close()
  return status
})
