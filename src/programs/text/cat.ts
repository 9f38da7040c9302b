import { EISDIR, strerror } from '../../base/errno.ts'
import type { Program } from '../../host/process.ts'
import { SIGINT } from '../../host/signals.ts'
import { ProgramError } from '../c-number.ts'
import { notModelled } from '../not-modelled.ts'
import { eachInput, gnuProgram, type GnuSpec, openInput, quoteName, quoteNameAlways, writeBytes } from './gnu.ts'
import { splitLines } from './head-tail.ts'

/** cat, tee, tac, rev and nl. */
const CAT: GnuSpec = {
  short: 'AbeEnstTuv',
  long: {
    'number-nonblank': 'b', 'number': 'n', 'squeeze-blank': 's', 'show-nonprinting': 'v', 'show-ends': 'E',
    'show-tabs': 'T', 'show-all': 'A',
  },
}

export const cat: Program = gnuProgram(CAT, async (process, args) => {
  const any = (letters: string): boolean => args.lastOf(letters) !== undefined
  const numberAll = any('n') && !any('b')
  const visible = any('Avet')
  const ends = any('AeE')
  const tabs = any('AtT')
  const plain = !any('AbeEnstTv')
  let number = 0
  let blanks = 0
  let atStart = true
  return eachInput(args, async (reader) => {
    if (plain) {
      for (let chunk = await reader.chunk(); chunk !== ''; chunk = await reader.chunk()) writeBytes(process, chunk)
      return
    }
    for (let line = await reader.line(); line !== null; line = await reader.line()) {
      const blank = atStart && line === '\n'
      blanks = blank ? blanks + 1 : 0
      if (any('s') && blanks > 1) continue
      let out = ''
      if (atStart && ((any('b') && !blank) || numberAll)) out += `${String(++number).padStart(6)}\t`
      for (const c of line) {
        if (c === '\n') out += ends ? '$\n' : '\n'
        else if (c === '\t') out += tabs ? '^I' : c
        else out += visible ? showByte(c.charCodeAt(0)) : c
      }
      atStart = line.endsWith('\n')
      writeBytes(process, out)
    }
  })
})

function showByte(byte: number): string {
  if (byte >= 0x80) return `M-${showByte(byte - 0x80)}`
  return byte === 0x7f ? '^?' : byte < 0x20 ? `^${String.fromCharCode(byte + 0x40)}` : String.fromCharCode(byte)
}

const TEE: GnuSpec = {
  short: 'aip', long: { 'append': 'a', 'ignore-interrupts': 'i', 'output-error': 'p?' }, lacks: ['p'],
}

export const tee: Program = gnuProgram(TEE, async (process, args) => {
  if (args.has('i')) process.ignored.add(SIGINT)
  let status = 0
  const outputs = []
  for (const name of args.operands) {
    const file = process.open(name, args.has('a') ? 'a' : 'w')
    if (typeof file === 'number') {
      args.complain(`${quoteName(name)}: ${strerror(-file)}`)
      status = 1
    } else outputs.push(process.outputTo(file))
  }
  for (;;) {
    const bytes = await process.stdin.readBytes()
    if (bytes.length === 0) return status
    process.stdout.write(bytes)
    for (const output of outputs) output.write(bytes)
  }
})

const TAC: GnuSpec = {
  short: 'brs:', long: { 'before': 'b', 'regex': 'r', 'separator=': 's' }, lacks: ['b', 'r', 's'],
}

export const tac: Program = gnuProgram(TAC, async (process, args) => {
  let status = 0
  for (const name of args.operands.length === 0 ? ['-'] : args.operands) {
    const reader = openInput(process, name)
    if (typeof reader === 'number') {
      const directory = reader === -EISDIR
      args.complain(directory ? `${quoteName(name)}: read error: ${strerror(-reader)}`
        : `failed to open ${quoteNameAlways(name)} for reading: ${strerror(-reader)}`)
      status = 1
      continue
    }
    // Records end with the separator: a last one without it runs into what was before it.
    writeBytes(process, splitLines(await reader.all()).reverse().join(''))
    reader.close()
  }
  return status
})

const REV: GnuSpec = { short: '0hV', long: { zero: '0' }, lacks: ['0', 'h', 'V'] }

export const rev: Program = gnuProgram(REV, async (process, args) => {
  let status = 0
  for (const name of args.operands.length === 0 ? ['-'] : args.operands) {
    const text = name === '-' ? await process.stdin.readAll() : process.readFile(name)
    if (typeof text === 'number') {
      args.complain(`cannot open ${name}: ${strerror(-text)}`)
      status = 1
      continue
    }
    for (const line of splitLines(text)) {
      const ended = line.endsWith('\n')
      process.stdout.write(`${[...ended ? line.slice(0, -1) : line].reverse().join('')}${ended ? '\n' : ''}`)
    }
  }
  return status
})

const NL: GnuSpec = {
  short: 'b:d:f:h:i:l:n:ps:v:w:',
  long: {
    'header-numbering=': 'h', 'body-numbering=': 'b', 'footer-numbering=': 'f', 'starting-line-number=': 'v',
    'line-increment=': 'i', 'no-renumber': 'p', 'join-blank-lines=': 'l', 'number-separator=': 's',
    'number-width=': 'w', 'number-format=': 'n', 'section-delimiter=': 'd',
  },
  lacks: ['d', 'f', 'h', 'l', 'p'],
}

export const nl: Program = gnuProgram(NL, async (process, args) => {
  const integer = (letter: string, otherwise: number, what: string): number => {
    const text = args.value(letter)
    if (text === undefined) return otherwise
    if (!/^\s*[+-]?[0-9]+$/.test(text)) throw args.error(`invalid ${what}: \u2018${text}\u2019`)
    return Number(text)
  }
  const style = args.value('b') ?? 't'
  const format = args.value('n') ?? 'rn'
  const width = integer('w', 6, 'line number field width')
  const separator = args.value('s') ?? '\t'
  const step = integer('i', 1, 'line number increment')
  let number = integer('v', 1, 'starting line number')
  if (width > 4096) throw new ProgramError(notModelled(args.name, `-w ${width}`), 1)
  if (width < 1) throw args.error(`invalid line number field width: \u2018${width}\u2019: Numerical result out of range`)
  if (!'atn'.includes(style) || style.length !== 1) {
    throw args.usageError(`invalid body numbering style: \u2018${style}\u2019`)
  }
  if (!['ln', 'rn', 'rz'].includes(format)) throw args.usageError(`invalid line numbering format: \u2018${format}\u2019`)
  return eachInput(args, async (reader) => {
    for (let line = await reader.line(); line !== null; line = await reader.line()) {
      const text = line.endsWith('\n') ? line.slice(0, -1) : line
      let head = ' '.repeat(width + separator.length)
      if (style === 'a' || (style === 't' && text !== '')) {
        const digits = String(number)
        head = (format === 'ln' ? digits.padEnd(width) : digits.padStart(width, format === 'rz' ? '0' : ' ')) + separator
        number += step
      }
      writeBytes(process, `${head}${text}\n`)
    }
  })
})
