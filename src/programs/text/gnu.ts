import { ENOTDIR, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import type { InputStream } from '../../host/streams.ts'
import { byteStringOf, bytesOf, fromByteString, toByteString } from '../byte-string.ts'
import { ProgramError } from '../c-number.ts'
import { getopt, type ParsedOption } from '../getopt.ts'
import { notModelled } from '../not-modelled.ts'
import { shellEscape } from '../shell-quote.ts'
import { RegexError } from './regex-syntax.ts'

/**
 * What the programs of coreutils, util-linux and procps have in common: options in getopt's way, "Try 'x --help'",
 * files one after another with "-" for the standard input, and lines as byte strings, since coreutils 9.1 cuts and
 * compares bytes.
 */
export interface GnuSpec {
  /** As in getopt.ts. */
  readonly short: string
  readonly long?: Readonly<Record<string, string>>
  /** Options of the real program that Netarium lacks: the name next() gives. */
  readonly lacks?: readonly string[]
  /** Status of a wrong option; default 1. */
  readonly status?: number
  /** What follows the complaint; default "Try 'NAME --help' for more information.\n". */
  readonly usage?: (name: string) => string
}

/** The options and operands of one call. */
export class Arguments {
  readonly name: string

  constructor(readonly process: Process, private readonly spec: GnuSpec, readonly options: readonly ParsedOption[],
    readonly operands: readonly string[]) {
    this.name = process.argv[0]
  }

  has(name: string): boolean {
    return this.options.some((option) => option.name === name)
  }

  /** The value of the last option of that name. */
  value(name: string): string | undefined {
    return this.last([name])?.value
  }

  /** The last of several options that exclude each other. */
  lastOf(letters: string): string | undefined {
    return this.last([...letters])?.name
  }

  /** The last option that has one of the names. */
  last(names: readonly string[]): ParsedOption | undefined {
    for (let i = this.options.length - 1; i >= 0; i--) if (names.includes(this.options[i].name)) return this.options[i]
    return undefined
  }

  /** "NAME: text", then how to get help. */
  usageError(text: string): ProgramError {
    return new ProgramError(`${this.name}: ${text}\n${usageOf(this.spec, this.name)}`, this.spec.status ?? 1)
  }

  /** "NAME: text" alone. */
  error(text: string, status = 1): ProgramError {
    return new ProgramError(`${this.name}: ${text}\n`, status)
  }

  /** "NAME: text" on stderr; the program goes on. */
  complain(text: string): void {
    this.process.stderr.write(`${this.name}: ${text}\n`)
  }
}

function usageOf(spec: GnuSpec, name: string): string {
  return spec.usage === undefined ? `Try '${name} --help' for more information.\n` : spec.usage(name)
}

/** A program from its options and its body, which may throw ProgramError. */
export function gnuProgram(spec: GnuSpec, body: (process: Process, args: Arguments) => Promise<number>): Program {
  return async (process) => {
    try {
      return await body(process, parseArguments(process, spec))
    } catch (error) {
      // A pattern with back-references that takes too many tries is found out when it is searched for.
      if (error instanceof RegexError) {
        process.stderr.write(`${process.argv[0]}: ${error.message}\n`)
        return spec.status ?? 1
      }
      if (!(error instanceof ProgramError)) throw error
      process.stderr.write(error.text)
      return error.status
    }
  }
}

/** Splits the arguments. Throws ProgramError at the first wrong option. */
export function parseArguments(process: Process, spec: GnuSpec, argv: readonly string[] = process.argv): Arguments {
  const complaints: string[] = []
  const long = { ...spec.long, help: '--help', version: '--version' }
  const { options, operands } = getopt(argv, { short: spec.short, long }, (text) => complaints.push(text))
  const name = argv[0]
  for (const option of options) {
    if (option.name === '?') throw new ProgramError(complaints[0] + usageOf(spec, name), spec.status ?? 1)
    const lacking = option.name.startsWith('--') || (spec.lacks ?? []).includes(option.name)
    if (lacking) {
      const shown = option.name.length === 1 ? `-${option.name}` : option.name
      const said = option.name.length === 1 ? `invalid option -- '${option.name}'` : `unrecognized option '${shown}'`
      throw new ProgramError(`${name}: ${said}\n${usageOf(spec, name)}${notModelled(name, shown)}`, spec.status ?? 1)
    }
  }
  return new Arguments(process, spec, options, operands)
}

/** Lines of bytes, one character a byte. */
export class ByteReader {
  private buffer = ''
  private ended = false

  constructor(private readonly process: Process, readonly stream: InputStream, private readonly owned: boolean) {}

  /** The next line with its delimiter (the last may lack it); null at the end. */
  async line(delimiter = '\n'): Promise<string | null> {
    let from = 0
    for (;;) {
      const at = this.buffer.indexOf(delimiter, from)
      if (at >= 0) return this.take(at + 1)
      if (this.ended) return this.buffer === '' ? null : this.take(this.buffer.length)
      from = this.buffer.length
      const chunk = await this.chunkOfStream()
      this.buffer += chunk
    }
  }

  /** The next bytes as they come, '' at the end. */
  async chunk(limit = 65_536): Promise<string> {
    if (this.buffer !== '') return this.take(Math.min(limit, this.buffer.length))
    return this.chunkOfStream(limit)
  }

  async all(): Promise<string> {
    const parts = [this.take(this.buffer.length)]
    while (!this.ended) parts.push(await this.chunkOfStream())
    return parts.join('')
  }

  close(): void {
    if (this.owned) this.process.close(this.stream.fd)
  }

  private async chunkOfStream(limit = 65_536): Promise<string> {
    const bytes = await this.stream.readBytes(limit)
    if (bytes.length === 0) this.ended = true
    return byteStringOf(bytes)
  }

  private take(length: number): string {
    const taken = this.buffer.slice(0, length)
    this.buffer = this.buffer.slice(length)
    return taken
  }
}

/** A file to read, "-" being the standard input; or -errno. */
export function openInput(process: Process, name: string): ByteReader | number {
  if (name === '-') return new ByteReader(process, process.stdin, false)
  const file = process.open(name, 'r')
  if (typeof file === 'number') return file
  if (name.endsWith('/')) {
    process.close(process.input(file).fd)
    return -ENOTDIR
  }
  return new ByteReader(process, process.input(file), true)
}

/** Calls `body` for each file; one that cannot be read is told, and makes the status 1. No operands: "-". */
export async function eachInput(args: Arguments, body: (reader: ByteReader, name: string) => Promise<void>): Promise<number> {
  let status = 0
  for (const name of args.operands.length === 0 ? ['-'] : args.operands) {
    const reader = openInput(args.process, name)
    if (typeof reader === 'number') {
      args.complain(`${quoteName(name)}: ${strerror(-reader)}`)
      status = 1
      continue
    }
    await body(reader, name)
    reader.close()
  }
  return status
}

/**
 * Lets virtual time pass for output without end, at about 8 MB a second: what produces it never waits by itself, and
 * time would stand still.
 */
export async function paceOutput(process: Process, bytes: number): Promise<void> {
  await process.sleep(bytes * 125)
}

/** A span that the clock can hold: at most a hundred days. */
export const LONGEST_NS = 8e15

/** Writes a byte string. */
export function writeBytes(process: Process, text: string): void {
  process.stdout.write(isAscii(text) ? text : bytesOf(text))
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/** A file's name in a message: bare, or quoted when a shell would need it. */
export function quoteName(name: string): string {
  return fromByteString(shellEscape(toByteString(name)))
}

/** A file's name in a message that always quotes it. */
export function quoteNameAlways(name: string): string {
  const quoted = quoteName(name)
  return quoted === name ? `'${name}'` : quoted
}

/** A line without its delimiter. */
export function chomp(line: string, delimiter = '\n'): string {
  return line.endsWith(delimiter) ? line.slice(0, -1) : line
}
