import { ERANGE, strerror } from '../../base/errno.ts'
import type { Program } from '../../host/process.ts'
import { type Arguments, ByteReader, chomp, eachInput, gnuProgram, type GnuSpec, paceOutput, writeBytes } from './gnu.ts'
import { ProgramError } from '../c-number.ts'
import { notModelled } from '../not-modelled.ts'

/** seq, yes and fold (coreutils 9.1). */
const SEQ: GnuSpec = {
  short: '+f:s:w', long: { 'equal-width': 'w', 'format=': 'f', 'separator=': 's' }, lacks: ['f'],
}

/** A number as a whole of `scale` decimals, so that 0.1 steps stay exact. */
interface Decimal { readonly value: bigint, readonly scale: number }

const NUMBER = /^\s*([+-]?)([0-9]*)(?:\.([0-9]*))?$/

function decimal(args: Arguments, text: string): Decimal {
  const match = NUMBER.exec(text)
  if (match === null || (match[2] === '' && (match[3] ?? '') === '')) {
    if (/^\s*[+-]?(?:inf|nan|infinity|0x[0-9a-f.]+|[0-9.]+e[+-]?[0-9]+)$/i.test(text)) {
      throw new ProgramError(notModelled(args.name, text), 1)
    }
    throw args.usageError(`invalid floating point argument: \u2018${text}\u2019`)
  }
  const fraction = match[3] ?? ''
  const value = BigInt(match[2] + fraction)
  return { value: match[1] === '-' ? -value : value, scale: fraction.length }
}

export const seq: Program = async (process) => {
  // Negative numbers are operands.
  const words = process.argv.slice(1)
  const at = words.findIndex((word) => /^-[0-9.]/.test(word))
  const earlier = words.slice(0, Math.max(at, 0))
  if (at >= 0 && !earlier.some((word) => word === '--' || NUMBER.test(word))) {
    process.argv = [process.argv[0], ...earlier, '--', ...words.slice(at)]
  }
  return seqProgram(process)
}

const seqProgram: Program = gnuProgram(SEQ, async (process, args) => {
  const { operands } = args
  if (operands.length === 0) throw args.usageError('missing operand')
  if (operands.length > 3) throw args.usageError(`extra operand \u2018${operands[3]}\u2019`)
  const numbers = operands.map((text) => decimal(args, text))
  const last = numbers[numbers.length - 1]
  const first = numbers.length > 1 ? numbers[0] : { value: 1n, scale: 0 }
  const step = numbers.length > 2 ? numbers[1] : { value: 1n, scale: 0 }
  if (step.value === 0n) throw args.usageError(`invalid Zero increment value: \u2018${operands[1]}\u2019`)
  const scale = Math.max(first.scale, step.scale)
  const common = Math.max(scale, last.scale)
  const whole = ({ value, scale: own }: Decimal): bigint => value * BigInt(`1${'0'.repeat(common - own)}`)
  const format = (value: bigint): string => {
    const negative = value < 0n
    const digits = String(negative ? -value : value).padStart(common + 1, '0')
    const text = common === 0 ? digits : `${digits.slice(0, -common)}.${digits.slice(-common)}`
    return (negative ? '-' : '') + (scale === 0 ? text.split('.')[0] : text.slice(0, text.length - (common - scale)))
  }
  const end = whole(last)
  const delta = whole(step)
  const from = whole(first)
  const separator = args.value('s') ?? '\n'
  let width = 0
  if (args.has('w')) {
    const lastShown = from + (end - from) / delta * delta
    width = Math.max(format(from).length, format(lastShown).length)
  }
  let out = ''
  let count = 0
  for (let value = from; delta > 0n ? value <= end : value >= end; value += delta) {
    let text = format(value)
    if (text.length < width) {
      const sign = value < 0n ? '-' : ''
      text = sign + text.replace('-', '').padStart(width - sign.length, '0')
    }
    out += (count++ === 0 ? '' : separator) + text
    if (out.length > 32_768) {
      if (process.stdout.write(out) !== 0) return 1
      await paceOutput(process, out.length)
      out = ''
    }
  }
  if (count > 0) process.stdout.write(`${out}\n`)
  return 0
})

/** yes: writes until nobody reads. */
export const yes: Program = gnuProgram({ short: '+' }, async (process, args) => {
  const line = `${args.operands.length === 0 ? 'y' : args.operands.join(' ')}\n`
  const block = line.repeat(Math.max(1, Math.floor(8192 / line.length)))
  for (;;) {
    // A pipe that nobody reads any more gives SIGPIPE at the next wait.
    const error = process.stdout.write(block)
    await paceOutput(process, block.length)
    if (error !== 0) throw args.error(`standard output: ${strerror(-error)}`)
  }
})

const FOLD: GnuSpec = { short: 'bsw:0123456789', long: { 'bytes': 'b', 'spaces': 's', 'width=': 'w' } }

export const fold: Program = gnuProgram(FOLD, async (process, args) => {
  const digits = args.options.filter(({ name }) => /^[0-9]$/.test(name)).map(({ name }) => name).join('')
  const text = args.value('w') ?? (digits === '' ? '80' : digits)
  if (!/^\s*\+?[0-9]+$/.test(text)) throw args.error(`invalid number of columns: \u2018${text}\u2019`)
  if (Number(text) === 0) throw args.error(`invalid number of columns: \u2018${text}\u2019: ${strerror(ERANGE)}`)
  const width = Number(text)
  const step = (column: number, c: string): number => {
    if (args.has('b')) return column + 1
    if (c === '\b') return Math.max(column - 1, 0)
    return c === '\r' ? 0 : c === '\t' ? column + 8 - column % 8 : column + 1
  }
  return eachInput(args, async (reader: ByteReader) => {
    for (let line = await reader.line(); line !== null; line = await reader.line()) {
      let out = ''
      let held = ''
      let column = 0
      for (const c of chomp(line)) {
        if (step(column, c) > width && held !== '') {
          const cut = args.has('s') ? Math.max(held.lastIndexOf(' '), held.lastIndexOf('\t')) + 1 : 0
          const kept = cut > 0 ? held.slice(cut) : ''
          out += `${cut > 0 ? held.slice(0, cut) : held}\n`
          held = kept
          column = 0
          for (const each of kept) column = step(column, each)
        }
        held += c
        column = step(column, c)
      }
      writeBytes(process, out + held + (line.endsWith('\n') ? '\n' : ''))
    }
  })
})
