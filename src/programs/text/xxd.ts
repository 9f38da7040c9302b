import { EISDIR, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { byteStringOf, bytesOf } from '../byte-string.ts'
import { notModelled } from '../not-modelled.ts'
import { openInput } from './gnu.ts'

/** xxd of vim 9.0: its own way of options, any prefix of whose names counts. */
const USAGE = `Usage:
       xxd [options] [infile [outfile]]
    or
       xxd -r [-s [-]offset] [-c cols] [-ps] [infile [outfile]]
Options:
    -a          toggle autoskip: A single '*' replaces nul-lines. Default off.
    -b          binary digit dump (incompatible with -ps,-i,-r). Default hex.
    -C          capitalize variable names in C include file style (-i).
    -c cols     format <cols> octets per line. Default 16 (-i: 12, -ps: 30).
    -E          show characters in EBCDIC. Default ASCII.
    -e          little-endian dump (incompatible with -ps,-i,-r).
    -g bytes    number of octets per group in normal output. Default 2 (-e: 4).
    -h          print this summary.
    -i          output in C include file style.
    -l len      stop after <len> octets.
    -n name     set the variable name used in C include output (-i).
    -o off      add <off> to the displayed file position.
    -ps         output in postscript plain hexdump style.
    -r          reverse operation: convert (or patch) hexdump into binary.
    -r -s off   revert with <off> added to file positions found in hexdump.
    -d          show offset in decimal instead of hex.
    -s [+][-]seek  start at <seek> bytes abs. (or +: rel.) infile offset.
    -u          use upper case hex letters.
    -v          show version: "xxd 2022-01-14 by Juergen Weigert et al.".
`

interface Options {
  kind: 'hex' | 'bits' | 'plain' | 'include'
  reverse: boolean
  upper: boolean
  decimal: boolean
  columns: number
  group: number
  length: number
  seek: number
}

/** strtol(text, NULL, 0): what no number is, is 0. */
function integer(text: string): number {
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)/.exec(text)
  if (match === null) return 0
  const digits = /^0[0-7]+$/.test(match[2]) ? parseInt(match[2], 8) : Number(match[2])
  return match[1] === '-' ? -digits : digits
}

export const xxd: Program = async (process) => {
  const words = process.argv.slice(1)
  const options: Options = {
    kind: 'hex', reverse: false, upper: false, decimal: false, columns: -1, group: -1, length: -1, seek: 0,
  }
  const usage = (): number => {
    process.stderr.write(USAGE)
    return 1
  }
  while (words.length > 0 && /^-./.test(words[0])) {
    const word = words.shift() ?? ''
    if (word === '--') break
    const option = word.startsWith('--') ? word.slice(1) : word
    const letter = option[1]
    const valued = 'cgls'.includes(letter)
    if ('aCEeno'.includes(letter)) {
      process.stderr.write(`${USAGE}${notModelled('xxd', word)}`)
      return 1
    }
    if (letter === 'b') options.kind = 'bits'
    else if (letter === 'i') options.kind = 'include'
    else if (letter === 'p') options.kind = 'plain'
    else if (letter === 'r') options.reverse = true
    else if (letter === 'u') options.upper = true
    else if (letter === 'd') options.decimal = true
    else if (letter === 'v') {
      process.stderr.write('xxd 2022-01-14 by Juergen Weigert et al.\n')
      return 0
    } else if (!valued) return usage()
    if (!valued) continue
    const own = /^-(?:cols?|len|seek|skip|group|[cgls])(.*)$/.exec(option)?.[1] ?? option.slice(2)
    const value = own === '' ? words.shift() : own
    if (value === undefined) return usage()
    const number = integer(value)
    if (letter === 'c') options.columns = number
    else if (letter === 'g') options.group = number
    else if (letter === 'l') options.length = number
    else options.seek = number
  }
  if (words.length > 2) return usage()
  return new Xxd(process, options).run(words)
}

class Xxd {
  private readonly parts: (string | Uint8Array)[] = []

  constructor(private readonly process: Process, private readonly options: Options) {}

  async run([name = '-', out]: readonly string[]): Promise<number> {
    const { process, options } = this
    const defaults = { hex: 16, bits: 6, plain: 30, include: 12 }
    if (options.columns < 1) options.columns = defaults[options.kind]
    if (options.kind !== 'plain' && options.columns > 256) return this.fail('invalid number of columns (max. 256).', 1)
    const reader = openInput(process, name)
    if (reader === -EISDIR) return this.fail(strerror(EISDIR), 2)
    if (typeof reader === 'number') return this.fail(`${name}: ${strerror(-reader)}`, 2)
    const text = await reader.all()
    reader.close()
    const start = options.seek < 0 ? Math.max(0, text.length + options.seek) : options.seek
    const bytes = bytesOf(text.slice(start, options.length < 0 ? undefined : start + options.length))
    if (options.reverse) this.parts.push(options.kind === 'plain' ? plainBytes(text) : dumpBytes(text))
    else if (options.kind === 'plain') this.plain(bytes)
    else if (options.kind === 'include') this.include(bytes, name)
    else this.dump(bytes, start)
    return this.flush(out)
  }

  private fail(text: string, status: number): number {
    this.process.stderr.write(`xxd: ${text}\n`)
    return status
  }

  private flush(out: string | undefined): number {
    const { process } = this
    if (out === undefined || out === '-') {
      for (const part of this.parts) process.stdout.write(part)
      return 0
    }
    const whole = this.parts.map((part) => typeof part === 'string' ? part : byteStringOf(part)).join('')
    const error = process.writeFile(out, bytesOf(whole))
    return error < 0 ? this.fail(`${out}: ${strerror(-error)}`, 3) : 0
  }

  private hex(byte: number): string {
    const text = byte.toString(16).padStart(2, '0')
    return this.options.upper ? text.toUpperCase() : text
  }

  private plain(bytes: Uint8Array): void {
    const { columns } = this.options
    for (let at = 0; at < bytes.length; at += columns) {
      this.parts.push(`${Array.from(bytes.subarray(at, at + columns), (byte) => this.hex(byte)).join('')}\n`)
    }
  }

  private include(bytes: Uint8Array, name: string): void {
    const variable = name.replace(/^[0-9]/, '__$&').replace(/[^A-Za-z0-9_]/g, '_')
    if (name !== '-') this.parts.push(`unsigned char ${variable}[] = {\n`)
    const { columns, upper } = this.options
    for (let at = 0; at < bytes.length; at += columns) {
      const row = Array.from(bytes.subarray(at, at + columns), (byte) => `${upper ? '0X' : '0x'}${this.hex(byte)}`)
      this.parts.push(`  ${row.join(', ')}${at + columns < bytes.length ? ',' : ''}\n`)
    }
    if (name !== '-') this.parts.push(`};\nunsigned int ${variable}_len = ${bytes.length};\n`)
  }

  private dump(bytes: Uint8Array, start: number): void {
    const { columns, kind, decimal } = this.options
    const bits = kind === 'bits'
    const group = this.options.group < 0 ? bits ? 1 : 2 : this.options.group === 0 ? columns : this.options.group
    const digits = bits ? 8 : 2
    const width = columns * digits + Math.floor((columns - 1) / group)
    for (let at = 0; at < bytes.length; at += columns) {
      const row = bytes.subarray(at, at + columns)
      let text = ''
      for (const [i, byte] of row.entries()) {
        text += (i > 0 && i % group === 0 ? ' ' : '') + (bits ? byte.toString(2).padStart(8, '0') : this.hex(byte))
      }
      const shown = Array.from(row, (byte) => byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.').join('')
      const address = decimal ? String(start + at).padStart(8, '0') : (start + at).toString(16).padStart(8, '0')
      this.parts.push(`${address}: ${text.padEnd(width)}  ${shown}\n`)
    }
  }
}

/** Pairs of digits; white space between them does not count, and a line ends where anything else stands. */
function plainBytes(text: string): Uint8Array {
  const bytes: number[] = []
  for (const line of text.split('\n')) {
    const digits = (/^[0-9a-fA-F\s]*/.exec(line)?.[0] ?? '').replace(/\s/g, '')
    for (let at = 0; at + 1 < digits.length; at += 2) bytes.push(parseInt(digits.slice(at, at + 2), 16))
  }
  return Uint8Array.from(bytes)
}

/** Bytes beyond which no dump reaches, whatever address a line says. */
const DUMP_LIMIT = 64 * 1024 * 1024

/** The bytes that a dump shows, at their addresses; gaps are zeros. */
function dumpBytes(text: string): Uint8Array {
  const pieces: { at: number, bytes: number[] }[] = []
  let end = 0
  for (const line of text.split('\n')) {
    const match = /^\s*([0-9a-fA-F]+):?((?: ?[0-9a-fA-F]{2})*)/.exec(line)
    if (match === null) continue
    const at = parseInt(match[1], 16)
    const bytes = (match[2].replace(/ /g, '').match(/../g) ?? []).map((pair) => parseInt(pair, 16))
    if (at + bytes.length > DUMP_LIMIT) continue
    pieces.push({ at, bytes })
    end = Math.max(end, at + bytes.length)
  }
  const result = new Uint8Array(end)
  for (const { at, bytes } of pieces) result.set(bytes, at)
  return result
}
