import { EISDIR, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { bytesOf } from '../byte-string.ts'
import { type Arguments, gnuProgram, type GnuSpec, openInput, quoteName } from './gnu.ts'

/** hexdump of util-linux 2.38.1, with its ready-made formats. */
const SPEC: GnuSpec = {
  short: 'bcCde:f:L::n:os:vx',
  long: {
    'one-byte-octal': 'b', 'one-byte-char': 'c', 'canonical': 'C', 'two-bytes-decimal': 'd', 'two-bytes-octal': 'o',
    'two-bytes-hex': 'x', 'format=': 'e', 'format-file=': 'f', 'color': 'L?', 'length=': 'n', 'skip=': 's',
    'no-squeezing': 'v',
  },
  lacks: ['e', 'f', 'L'],
}
const LINE = 16
const ESCAPES: Readonly<Record<number, string>> = {
  0: '\\0', 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r',
}
const MULTIPLIERS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1 << 20, G: 1 << 30 }

export const hexdump: Program = gnuProgram(SPEC, async (process, args) => {
  const size = (letter: string, what: string): number | null => {
    const text = args.value(letter)
    if (text === undefined) return null
    const match = /^(0[xX][0-9a-fA-F]+|[0-9]+)(?:([KMG])(?:iB)?)?$/.exec(text)
    if (match === null) throw args.error(`failed to parse ${what}: '${text}': Invalid argument`)
    const value = /^0[0-7]+$/.test(match[1]) ? parseInt(match[1], 8) : Number(match[1])
    return value * MULTIPLIERS[match[2] ?? '']
  }
  const limit = size('n', 'length')
  const skip = size('s', 'offset') ?? 0
  const kinds = args.options.map(({ name }) => name).filter((name) => 'bcCdox'.includes(name))
  const { text, status } = await input(args)
  if (text === null) return status
  const all = bytesOf(text)
  const from = Math.min(skip, all.length)
  const bytes = all.subarray(0, limit === null ? all.length : Math.min(all.length, from + limit))
  dump(process, bytes, from, kinds.length === 0 ? [''] : kinds, args.has('v'), limit !== 0)
  return status
})

/** All files as one; null when none could be read. */
async function input(args: Arguments): Promise<{ text: string | null, status: number }> {
  const parts: string[] = []
  let opened = 0
  let status = 0
  for (const name of args.operands.length === 0 ? ['-'] : args.operands) {
    const reader = openInput(args.process, name)
    if (typeof reader === 'number') {
      args.complain(`${quoteName(name)}: ${strerror(-reader)}`)
      if (reader === -EISDIR) opened++
      else status = 1
      continue
    }
    opened++
    parts.push(await reader.all())
    reader.close()
  }
  if (opened > 0) return { text: parts.join(''), status }
  args.complain('all input file arguments failed')
  return { text: null, status: 1 }
}

function dump(process: Process, bytes: Uint8Array, from: number, kinds: readonly string[], all: boolean, told: boolean):
  void {
  const digits = kinds[kinds.length - 1] === 'C' ? 8 : 7
  let before: Uint8Array | null = null
  let starred = false
  for (let at = from; at < bytes.length; at += LINE) {
    const block = bytes.subarray(at, at + LINE)
    if (!all && before !== null && block.length === LINE && block.every((byte, i) => byte === before?.[i])) {
      if (!starred) process.stdout.write('*\n')
      starred = true
      continue
    }
    starred = false
    before = block
    for (const kind of kinds) {
      const address = at.toString(16).padStart(kind === 'C' ? 8 : 7, '0')
      process.stdout.write(`${address}${kind === 'C' ? canonical(block) : fields(block, kind)}\n`)
    }
  }
  if (bytes.length > 0 && told) process.stdout.write(`${bytes.length.toString(16).padStart(digits, '0')}\n`)
}

function canonical(block: Uint8Array): string {
  let text = ' '
  for (let i = 0; i < LINE; i++) {
    text += `${i === 8 ? ' ' : ''} ${i < block.length ? block[i].toString(16).padStart(2, '0') : '  '}`
  }
  return `${text}  |${Array.from(block, (byte) => byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.').join('')}|`
}

function fields(block: Uint8Array, kind: string): string {
  let text = ''
  if (kind === 'b' || kind === 'c') {
    for (let i = 0; i < LINE; i++) text += ` ${(i < block.length ? byteText(block[i], kind) : '').padStart(3)}`
    return text
  }
  const width = kind === '' ? 5 : 8
  for (let i = 0; i < LINE; i += 2) {
    const word = block[i] | (block[i + 1] ?? 0) << 8
    const digits = kind === 'd' ? String(word).padStart(5, '0') : kind === 'o' ? word.toString(8).padStart(6, '0')
      : word.toString(16).padStart(4, '0')
    text += (i < block.length ? digits : '').padStart(width)
  }
  return text
}

function byteText(byte: number, kind: string): string {
  const octal = byte.toString(8).padStart(3, '0')
  return kind === 'b' ? octal : ESCAPES[byte] ?? (byte > 31 && byte < 127 ? String.fromCharCode(byte) : octal)
}
