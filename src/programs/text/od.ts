import { EISDIR, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { bytesOf } from '../byte-string.ts'
import { notModelled } from '../not-modelled.ts'
import { type Arguments, gnuProgram, type GnuSpec, openInput, quoteName } from './gnu.ts'

/** od of coreutils 9.1, of integers and characters. */
const SPEC: GnuSpec = {
  short: 'A:aBbcDdeFfHhIij:LlN:OoS:st:vw::Xx',
  long: {
    'skip-bytes=': 'j', 'address-radix=': 'A', 'read-bytes=': 'N', 'format=': 't', 'output-duplicates': 'v',
    'strings': 'S', 'traditional': 'traditional', 'width': 'w?', 'endian=': 'endian',
  },
  lacks: ['S', 'traditional', 'e', 'F', 'f'],
}

interface Format {
  readonly kind: string
  readonly size: number
  /** Columns of a field, without what separates it. */
  readonly width: number
  readonly trailer: boolean
}

const OLD_FORMATS: Readonly<Record<string, string>> = {
  a: 'a', B: 'o2', b: 'o1', c: 'c', D: 'u4', d: 'u2', H: 'x4', h: 'x2', I: 'd8', i: 'd4', L: 'd8', l: 'd8', O: 'o4', o: 'o2',
  s: 'd2', X: 'x4', x: 'x2',
}
const WIDTHS: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  d: { 1: 4, 2: 6, 4: 11, 8: 20 }, u: { 1: 3, 2: 5, 4: 10, 8: 20 }, o: { 1: 3, 2: 6, 4: 11, 8: 22 },
  x: { 1: 2, 2: 4, 4: 8, 8: 16 },
}
const SIZES: Readonly<Record<string, number>> = { C: 1, S: 2, I: 4, L: 8 }
const CONTROL = ['nul', 'soh', 'stx', 'etx', 'eot', 'enq', 'ack', 'bel', 'bs', 'ht', 'nl', 'vt', 'ff', 'cr', 'so', 'si', 'dle',
  'dc1', 'dc2', 'dc3', 'dc4', 'nak', 'syn', 'etb', 'can', 'em', 'sub', 'esc', 'fs', 'gs', 'rs', 'us', 'sp']
const ESCAPES: Readonly<Record<number, string>> = {
  0: '\\0', 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r',
}
const MULTIPLIERS: Readonly<Record<string, number>> = { '': 1, b: 512, k: 1024, K: 1024, m: 1 << 20, M: 1 << 20, G: 1 << 30 }

export const od: Program = gnuProgram(SPEC, async (process, args) => {
  const radix = args.value('A') ?? 'o'
  if (!/^[doxn]/.test(radix)) {
    throw args.error(`invalid output address radix '${radix[0] ?? ''}'; it must be one character from [doxn]`)
  }
  const number = (letter: string): number | null => {
    const text = args.value(letter)
    if (text === undefined) return null
    const match = /^(0[xX][0-9a-fA-F]+|[0-9]+)([bkKmMG]?)$/.exec(text)
    if (match === null) throw args.error(`invalid -${letter} argument '${text}'`)
    const value = /^0[0-7]+$/.test(match[1]) ? parseInt(match[1], 8) : Number(match[1])
    if (Number.isNaN(value)) throw args.error(`invalid -${letter} argument '${text}'`)
    return value * MULTIPLIERS[match[2]]
  }
  const skip = number('j') ?? 0
  const limit = number('N')
  const formats: Format[] = []
  for (const { name, value } of args.options) {
    if (name === 't') formats.push(...parseFormats(args, value))
    else if (name in OLD_FORMATS) formats.push(...parseFormats(args, OLD_FORMATS[name]))
  }
  if (formats.length === 0) formats.push(...parseFormats(args, 'o2'))
  const endian = args.value('endian') ?? 'little'
  if (!'little'.startsWith(endian) && !'big'.startsWith(endian) || endian === '') {
    throw args.usageError(`invalid argument \u2018${endian}\u2019 for \u2018--endian\u2019\nValid arguments are:\n`
      + '  - \u2018little\u2019\n  - \u2018big\u2019')
  }
  const unit = Math.max(...formats.map(({ size }) => size))
  let width = 16
  if (args.has('w')) {
    const wanted = args.value('w') === '' ? 32 : number('w') ?? 32
    width = wanted
    if (wanted === 0 || wanted % unit !== 0 || wanted > MAX_WIDTH) {
      width = unit
      args.complain(`warning: invalid width ${wanted}; using ${unit} instead`)
    }
  }
  const { bytes, status } = await input(process, args)
  if (bytes === null) return status
  if (skip > bytes.length) throw args.error('cannot skip past end of combined input')
  const end = limit === null ? bytes.length : Math.min(bytes.length, skip + limit)
  dump(process, bytes.subarray(0, end), skip, {
    formats, width, radix: radix[0], all: args.has('v'), little: 'little'.startsWith(endian),
  })
  return status
})

/** Bytes in one line, at most. */
const MAX_WIDTH = 65_536

/** All files as one; null when none could be opened. */
async function input(process: Process, args: Arguments): Promise<{ bytes: Uint8Array | null, status: number }> {
  const parts: string[] = []
  let any = false
  let status = 0
  for (const name of args.operands.length === 0 ? ['-'] : args.operands) {
    const reader = openInput(process, name)
    if (typeof reader === 'number') {
      args.complain(`${quoteName(name)}: ${strerror(-reader)}`)
      status = 1
      any = any || reader === -EISDIR
      continue
    }
    any = true
    parts.push(await reader.all())
    reader.close()
  }
  return { bytes: any ? bytesOf(parts.join('')) : null, status }
}

function parseFormats(args: Arguments, text: string): Format[] {
  const formats: Format[] = []
  for (let at = 0; at < text.length || formats.length === 0;) {
    const kind = text[at] ?? ''
    if (kind === 'f') throw args.error(`invalid character 'f' in type string \u2018${text}\u2019\n`
      + notModelled('od', '-t f').trimEnd())
    if (!'acdoux'.includes(kind) || kind === '') {
      throw args.error(`invalid character '${kind}' in type string \u2018${text}\u2019`)
    }
    at++
    let size = 1
    if (!'ac'.includes(kind)) {
      const digits = /^[0-9]*/.exec(text.slice(at))?.[0] ?? ''
      size = digits !== '' ? Number(digits) : SIZES[text[at] ?? ''] ?? 4
      at += digits !== '' ? digits.length : text[at] in SIZES ? 1 : 0
      if (![1, 2, 4, 8].includes(size)) {
        throw args.error(`invalid type string \u2018${text}\u2019;\nthis system doesn't provide a ${size}-byte integral type`)
      }
    }
    const trailer = text[at] === 'z'
    if (trailer) at++
    formats.push({ kind, size, width: WIDTHS[kind]?.[size] ?? 3, trailer })
  }
  return formats
}

interface Layout {
  readonly formats: readonly Format[]
  readonly width: number
  readonly radix: string
  readonly all: boolean
  readonly little: boolean
}

function dump(process: Process, bytes: Uint8Array, skip: number, layout: Layout): void {
  const { formats, width } = layout
  // All formats' fields together are as wide as those of the widest.
  const columns = Math.max(...formats.map((format) => (format.width + 1) * width / format.size))
  let before: Uint8Array | null = null
  let starred = false
  const address = (at: number): string => layout.radix === 'n' ? ''
    : layout.radix === 'x' ? at.toString(16).padStart(6, '0')
      : at.toString(layout.radix === 'd' ? 10 : 8).padStart(7, '0')
  for (let at = skip; at < bytes.length; at += width) {
    const block = bytes.subarray(at, at + width)
    if (!layout.all && before !== null && block.length === width && block.every((byte, i) => byte === before?.[i])) {
      if (!starred) process.stdout.write('*\n')
      starred = true
      continue
    }
    starred = false
    before = block
    for (const [i, format] of formats.entries()) {
      const start = i === 0 ? address(at) : layout.radix === 'n' ? '' : ' '.repeat(address(at).length)
      process.stdout.write(`${start}${line(block, format, layout, columns)}\n`)
    }
  }
  if (layout.radix !== 'n') process.stdout.write(`${address(Math.max(skip, bytes.length))}\n`)
}

function line(block: Uint8Array, format: Format, layout: Layout, columns: number): string {
  const fields = layout.width / format.size
  const given = Math.ceil(block.length / format.size)
  const pad = columns - format.width * fields
  let left = pad
  let text = ''
  for (let i = 0; i < fields && (i < given || format.trailer); i++) {
    const next = Math.floor(pad * (fields - i - 1) / fields)
    const value = i < given ? fieldText(block, i * format.size, format, layout.little) : ''
    text += value.padStart(format.width + left - next)
    left = next
  }
  if (!format.trailer) return text
  return `${text}  >${Array.from(block, (byte) => byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.').join('')}<`
}

function fieldText(block: Uint8Array, at: number, { kind, size }: Format, little: boolean): string {
  if (kind === 'a') {
    const code = block[at] & 127
    return code === 127 ? 'del' : CONTROL[code] ?? String.fromCharCode(code)
  }
  if (kind === 'c') {
    const code = block[at]
    return ESCAPES[code] ?? (code > 31 && code < 127 ? String.fromCharCode(code) : code.toString(8).padStart(3, '0'))
  }
  let value = 0n
  for (let i = 0; i < size; i++) value = value << 8n | BigInt(block[at + (little ? size - 1 - i : i)] ?? 0)
  if (kind === 'd') return String(BigInt.asIntN(8 * size, value))
  if (kind === 'u') return String(value)
  return kind === 'o' ? value.toString(8).padStart(WIDTHS.o[size], '0') : value.toString(16).padStart(2 * size, '0')
}
