import { EISDIR, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { fromByteString } from '../byte-string.ts'
import { gnuProgram, type GnuSpec, openInput, quoteName } from './gnu.ts'

/** wc of coreutils 9.1: columns as wide as the sizes of the files together need. */
const SPEC: GnuSpec = {
  short: 'clLmw',
  long: { 'bytes': 'c', 'chars': 'm', 'lines': 'l', 'words': 'w', 'files0-from=': 'files0', 'max-line-length': 'L' },
  lacks: ['files0'],
}

/** The size of the standard input when it is a file; null for a pipe or a terminal. */
function standardInputSize(process: Process): number | null {
  const label = process.descriptors.get(0)?.file.label ?? ''
  return label.startsWith('/') ? process.host.files.lookup(label)?.length ?? null : null
}

interface Counts { lines: number, words: number, characters: number, bytes: number, longest: number }

export const wc: Program = gnuProgram(SPEC, async (process, args) => {
  const any = args.lastOf('clLmw') !== undefined
  const shown: (keyof Counts)[] = []
  if (!any || args.has('l')) shown.push('lines')
  if (!any || args.has('w')) shown.push('words')
  if (args.has('m')) shown.push('characters')
  if (!any || args.has('c')) shown.push('bytes')
  if (args.has('L')) shown.push('longest')
  const names = args.operands
  let width = 1
  if (names.length === 0 || names.includes('-')) {
    const size = standardInputSize(process)
    width = shown.length === 1 && names.length < 2 ? 1 : names.length < 2 && size !== null ? String(size).length : 7
  }
  else if (names.length > 1 || shown.length > 1) {
    let size = 0
    for (const name of names) {
      const bytes = process.readBytes(name)
      if (typeof bytes !== 'number') size += bytes.length
      else if (bytes === -EISDIR) width = 7
    }
    width = Math.max(width, String(size).length)
  }
  const total: Counts = { lines: 0, words: 0, characters: 0, bytes: 0, longest: 0 }
  const write = (counts: Counts, name: string): void => {
    const columns = shown.map((key) => String(counts[key]).padStart(width)).join(' ')
    process.stdout.write(`${columns}${name === '' ? '' : ` ${name}`}\n`)
  }
  let status = 0
  for (const name of names.length === 0 ? ['-'] : names) {
    const reader = openInput(process, name)
    if (typeof reader === 'number') {
      args.complain(`${quoteName(name)}: ${strerror(-reader)}`)
      status = 1
      if (reader === -EISDIR) write({ lines: 0, words: 0, characters: 0, bytes: 0, longest: 0 }, name)
      continue
    }
    const counts = count(await reader.all())
    reader.close()
    for (const key of ['lines', 'words', 'characters', 'bytes'] as const) total[key] += counts[key]
    total.longest = Math.max(total.longest, counts.longest)
    write(counts, names.length === 0 ? '' : name)
  }
  if (names.length > 1) write(total, 'total')
  return status
})

function count(bytes: string): Counts {
  const text = fromByteString(bytes)
  let longest = 0
  for (const line of text.split('\n')) {
    let column = 0
    for (const c of line) {
      if (c === '\t') column += 8 - column % 8
      else if (c === '\r' || c === '\f') column = 0
      else if (c >= ' ' && c !== '\x7f') column++
      longest = Math.max(longest, column)
    }
  }
  return {
    lines: bytes.split('\n').length - 1, words: text.match(/[^\s\p{Cc}]+/gu)?.length ?? 0,
    characters: [...text].filter((c) => c !== '\ufffd').length, bytes: bytes.length, longest,
  }
}
