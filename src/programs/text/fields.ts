import { strerror } from '../../base/errno.ts'
import type { Program } from '../../host/process.ts'
import { bytesOf, toByteString } from '../byte-string.ts'
import {
  type Arguments, ByteReader, chomp, eachInput, gnuProgram, type GnuSpec, openInput, quoteName, writeBytes,
} from './gnu.ts'

/** Programs that cut lines into fields or compare them: cut, paste, uniq, comm (coreutils 9.1). */
const CUT: GnuSpec = {
  short: 'b:c:d:f:nsz',
  long: {
    'bytes=': 'b', 'characters=': 'c', 'fields=': 'f', 'delimiter=': 'd', 'only-delimited': 's', 'output-delimiter=': 'output',
    'complement': 'complement', 'zero-terminated': 'z',
  },
}

type Ranges = readonly (readonly [number, number])[]

export const cut: Program = gnuProgram(CUT, async (process, args) => {
  const lists = args.options.filter(({ name }) => 'bcf'.includes(name))
  if (lists.length > 1) throw args.usageError('only one list may be specified')
  const delimiterText = args.value('d')
  if (delimiterText !== undefined && toByteString(delimiterText).length > 1) {
    throw args.usageError('the delimiter must be a single character')
  }
  if (lists.length === 0) throw args.usageError('you must specify a list of bytes, characters, or fields')
  const [{ name: kind, value }] = lists
  if (kind !== 'f' && delimiterText !== undefined) {
    throw args.usageError('an input delimiter may be specified only when operating on fields')
  }
  if (kind !== 'f' && args.has('s')) {
    throw args.usageError('suppressing non-delimited lines makes sense\n\tonly when operating on fields')
  }
  const ranges = parseList(args, value, kind)
  const chosen = (place: number): boolean =>
    ranges.some(([from, to]) => place >= from && place <= to) !== args.has('complement')
  const delimiter = delimiterText === undefined ? '\t' : delimiterText === '' ? '\0' : toByteString(delimiterText)
  const end = args.has('z') ? '\0' : '\n'
  const joiner = args.value('output')
  return eachInput(args, async (reader) => {
    for (let line = await reader.line(end); line !== null; line = await reader.line(end)) {
      const text = chomp(line, end)
      if (kind !== 'f') writeBytes(process, cutBytes(text, ranges, chosen, joiner) + end)
      else {
        const fields = text.split(delimiter)
        if (fields.length > 1) {
          const kept = fields.filter((_, i) => chosen(i + 1))
          writeBytes(process, kept.join(joiner === undefined ? delimiter : toByteString(joiner)) + end)
        } else if (!args.has('s')) writeBytes(process, text + end)
      }
    }
  })
})

function cutBytes(text: string, ranges: Ranges, chosen: (place: number) => boolean, joiner: string | undefined): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    if (!chosen(i + 1)) continue
    const starts = i === 0 || !chosen(i) || ranges.some(([from]) => from === i + 1)
    if (joiner !== undefined && starts && out !== '') out += toByteString(joiner)
    out += text[i]
  }
  return out
}

/** set_fields(): N, N-, N-M, -M, by commas or blanks; merged where they overlap. */
function parseList(args: Arguments, text: string, kind: string): Ranges {
  const field = kind === 'f'
  const what = field ? 'fields are numbered from 1' : 'byte/character positions are numbered from 1'
  const ranges: [number, number][] = []
  for (const part of text.split(/[, \t]/)) {
    const match = /^([0-9]*)(-?)([0-9]*)$/.exec(part)
    if (match === null) {
      const stray = part.replace(/^[0-9-]*/, '')
      const where = field ? 'field' : 'byte/character position'
      if (/^[0-9]*-[0-9]*-/.test(part)) throw args.usageError(`invalid ${field ? 'field' : 'byte or character'} range`)
      throw args.usageError(`invalid ${field ? 'field value' : where} \u2018${stray}\u2019`)
    }
    const [, from, dash, to] = match
    if (dash === '' && from === '') throw args.usageError(what)
    if (dash !== '' && from === '' && to === '') throw args.usageError('invalid range with no endpoint: -')
    if ((from !== '' && Number(from) === 0) || (dash === '' && Number(from) === 0)) throw args.usageError(what)
    const first = from === '' ? 1 : Number(from)
    const last = dash === '' ? first : to === '' ? Infinity : Number(to)
    if (last < first) throw args.usageError('invalid decreasing range')
    ranges.push([first, last])
  }
  ranges.sort((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const range of ranges) {
    const before = merged[merged.length - 1]
    if (before !== undefined && range[0] <= before[1]) before[1] = Math.max(before[1], range[1])
    else merged.push(range)
  }
  return merged
}

const PASTE: GnuSpec = { short: 'd:sz', long: { 'delimiters=': 'd', 'serial': 's', 'zero-terminated': 'z' } }

export const paste: Program = gnuProgram(PASTE, async (process, args) => {
  const delimiters = pasteDelimiters(args)
  const end = args.has('z') ? '\0' : '\n'
  const names = args.operands.length === 0 ? ['-'] : args.operands
  if (args.has('s')) {
    return eachInput(args, async (reader) => {
      let out = ''
      let count = 0
      for (let line = await reader.line(end); line !== null; line = await reader.line(end)) {
        out += (count === 0 ? '' : delimiters[(count - 1) % delimiters.length]) + chomp(line, end)
        count++
      }
      writeBytes(process, out + end)
    })
  }
  const readers: ByteReader[] = []
  const shared = new ByteReader(process, process.stdin, false)
  for (const name of names) {
    const reader = name === '-' ? shared : openInput(process, name)
    if (typeof reader === 'number') throw args.error(`${quoteName(name)}: ${strerror(-reader)}`)
    readers.push(reader)
  }
  for (;;) {
    const lines: (string | null)[] = []
    for (const reader of readers) lines.push(await reader.line(end))
    if (lines.every((line) => line === null)) return 0
    writeBytes(process, lines.map((line, i) => (i === 0 ? '' : delimiters[(i - 1) % delimiters.length])
      + chomp(line ?? '', end)).join('') + end)
  }
})

function pasteDelimiters(args: Arguments): string[] {
  const text = toByteString(args.value('d') ?? '\t')
  const escapes: Readonly<Record<string, string>> = {
    0: '', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\',
  }
  const list: string[] = []
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\') list.push(text[i])
    else if (i + 1 === text.length) {
      throw args.error(`delimiter list ends with an unescaped backslash: ${text}`)
    } else list.push(escapes[text[++i]] ?? text[i])
  }
  return list.length === 0 ? [''] : list
}

const UNIQ: GnuSpec = {
  short: 'cdDf:is:uw:z',
  long: {
    'count': 'c', 'repeated': 'd', 'all-repeated': 'D', 'group': 'group', 'ignore-case': 'i', 'unique': 'u',
    'skip-fields=': 'f', 'skip-chars=': 's', 'check-chars=': 'w', 'zero-terminated': 'z',
  },
  lacks: ['group'],
}

export const uniq: Program = gnuProgram(UNIQ, async (process, args) => {
  const number = (letter: string, what: string, otherwise: number): number => {
    const text = args.value(letter)
    if (text === undefined) return otherwise
    if (!/^\s*\+?[0-9]+$/.test(text)) throw args.error(`${text}: invalid number of ${what}`)
    return Number(text)
  }
  const skipFields = number('f', 'fields to skip', 0)
  const skipCharacters = number('s', 'bytes to skip', 0)
  const check = number('w', 'bytes to compare', Infinity)
  const [from = '-', to = '-', extra] = args.operands
  if (extra !== undefined) throw args.usageError(`extra operand \u2018${extra}\u2019`)
  const all = args.has('D')
  if (all && args.has('c')) throw args.usageError('printing all duplicated lines and repeat counts is meaningless')
  const reader = openInput(process, from)
  if (typeof reader === 'number') throw args.error(`${quoteName(from)}: ${strerror(-reader)}`)
  const end = args.has('z') ? '\0' : '\n'
  let out = ''
  const write = (text: string): void => {
    if (to === '-') writeBytes(process, text)
    else out += text
  }
  const key = (line: string): string => {
    let rest = line
    for (let i = 0; i < skipFields; i++) rest = rest.replace(/^[ \t]*[^ \t]*/, '')
    rest = rest.slice(skipCharacters).slice(0, check)
    return args.has('i') ? rest.toLowerCase() : rest
  }
  let held: string[] = []
  const flush = (): void => {
    if (held.length === 0) return
    const repeated = held.length > 1
    if (all ? repeated : repeated ? !args.has('u') : !args.has('d')) {
      const shown = all ? held : held.slice(0, 1)
      for (const line of shown) write(`${args.has('c') ? `${String(held.length).padStart(7)} ` : ''}${line}${end}`)
    }
    held = []
  }
  for (let line = await reader.line(end); line !== null; line = await reader.line(end)) {
    const text = chomp(line, end)
    if (held.length > 0 && key(held[0]) !== key(text)) flush()
    if (held.length === 0 || all || args.has('c') || held.length < 2) held.push(text)
  }
  flush()
  if (to !== '-') {
    const error = process.writeFile(to, bytesOf(out))
    if (error < 0) throw args.error(`${quoteName(to)}: ${strerror(-error)}`)
  }
  return 0
})

const COMM: GnuSpec = {
  short: '123z',
  long: {
    'check-order': 'check', 'nocheck-order': 'nocheck', 'output-delimiter=': 'output', 'total': 'total', 'zero-terminated': 'z',
  },
}

export const comm: Program = gnuProgram(COMM, async (process, args) => {
  const [one, other, extra] = args.operands
  if (other === undefined) {
    throw args.usageError(one === undefined ? 'missing operand' : `missing operand after \u2018${one}\u2019`)
  }
  if (extra !== undefined) throw args.usageError(`extra operand \u2018${extra}\u2019`)
  const readers: ByteReader[] = []
  for (const name of [one, other]) {
    const reader = openInput(process, name)
    if (typeof reader === 'number') throw args.error(`${quoteName(name)}: ${strerror(-reader)}`)
    readers.push(reader)
  }
  const end = args.has('z') ? '\0' : '\n'
  const separator = toByteString(args.value('output') ?? '\t')
  const indent = [0, args.has('1') ? 0 : 1, (args.has('1') ? 0 : 1) + (args.has('2') ? 0 : 1)]
  const totals = [0, 0, 0]
  const disordered = [false, false]
  let unpaired = false
  const next = async (i: number, before: string | null): Promise<string | null> => {
    const line = await readers[i].line(end)
    const text = line === null ? null : chomp(line, end)
    if (text !== null && before !== null && text < before && !disordered[i] && !args.has('nocheck')
      && (args.has('check') || unpaired)) {
      disordered[i] = true
      args.complain(`file ${i + 1} is not in sorted order`)
      if (args.has('check')) process.exit(1)
    }
    return text
  }
  const lines = [await next(0, null), await next(1, null)]
  for (;;) {
    const [a, b] = lines
    if (a === null && b === null) break
    const column = b === null || (a !== null && a < b) ? 0 : a === null || a > b ? 1 : 2
    totals[column]++
    if (column !== 2) unpaired = true
    if (!args.has(String(column + 1))) {
      writeBytes(process, separator.repeat(indent[column]) + (column === 1 ? b : a) + end)
    }
    if (column !== 1) lines[0] = await next(0, a)
    if (column !== 0) lines[1] = await next(1, b)
  }
  if (args.has('total')) writeBytes(process, [...totals, 'total'].join(separator) + end)
  if (!disordered.includes(true)) return 0
  args.complain('input is not in sorted order')
  return 1
})
