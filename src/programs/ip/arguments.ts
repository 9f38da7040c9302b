import { parseIpv4Abbreviated } from '../../wire/address.ts'
import { AF_BRIDGE, AF_INET, AF_INET6, AF_UNSPEC } from '../../netlink/messages.ts'
import { notModelled } from '../not-modelled.ts'

/** Ends the program: `stderr` is what it says, `status` its exit status (0 to 255). */
export class Failure extends Error {
  constructor(readonly stderr: string, readonly status: number) {
    super(stderr)
  }
}

/** exit(-1). */
export const EXIT_USAGE = 255

/** Whether `word` is a beginning of `keyword`: what iproute2's matches() says. The empty word matches nothing. */
export function matches(word: string, keyword: string): boolean {
  return word !== '' && keyword.startsWith(word)
}

/** The words of a command line, and where the parser is in them. */
export class Arguments {
  private at = 0

  constructor(private readonly words: readonly string[]) {}

  get done(): boolean {
    return this.at >= this.words.length
  }

  /** The present word. */
  get word(): string {
    return this.words[this.at]
  }

  /** The words from the present one on. */
  get rest(): readonly string[] {
    return this.words.slice(this.at)
  }

  advance(): void {
    this.at++
  }

  back(): void {
    this.at--
  }

  /** Goes to the next word, which must be there (NEXT_ARG), and returns it. */
  next(): string {
    this.at++
    if (this.done) throw new Failure('Command line is not complete. Try option "help"\n', EXIT_USAGE)
    return this.word
  }
}

/**
 * An option of a command. words: each matches by any beginning, or, written "=word", only as it is. take() is called
 * with the arguments at the word, takes the values behind it, and leaves them at the last word it took.
 */
export interface Option<State> {
  readonly words: readonly string[]
  readonly take: (state: State, args: Arguments) => void
}

/** Returned by take() of an option behind which the options end. */
export class StopOptions extends Error {}

/** Reads options until the words are used up. `otherwise` takes what is no option. */
export function parseOptions<State>(args: Arguments, state: State, options: readonly Option<State>[],
  otherwise: (state: State, args: Arguments) => void): void {
  while (!args.done) {
    const option = options.find((o) => o.words.some((word) => isWord(args.word, word)))
    try {
      if (option !== undefined) option.take(state, args)
      else otherwise(state, args)
    } catch (error) {
      if (error instanceof StopOptions) return
      throw error
    }
    args.advance()
  }
}

function isWord(word: string, pattern: string): boolean {
  return pattern.startsWith('=') ? word === pattern.slice(1) : matches(word, pattern)
}

export function invalidArgument(message: string, word: string): Failure {
  return new Failure(`Error: argument "${word}" is wrong: ${message}\n`, EXIT_USAGE)
}

export function duplicate(key: string, word: string): Failure {
  return new Failure(`Error: duplicate "${key}": "${word}" is the second value.\n`, EXIT_USAGE)
}

export function duplicateOrGarbage(key: string, word: string): Failure {
  return new Failure(`Error: either "${key}" is duplicate, or "${word}" is a garbage.\n`, EXIT_USAGE)
}

/** A number as strtoul(word, 0, 0) reads it, if it is nothing else and at most `max`; else null. */
export function parseUnsigned(word: string, max = 0xffffffff): number | null {
  let value: number
  if (/^\+?0[xX][0-9a-fA-F]+$/.test(word)) value = parseInt(word.replace('+', '').slice(2), 16)
  else if (/^\+?0[0-7]*$/.test(word)) value = parseInt(word, 8)
  else if (/^\+?[1-9][0-9]*$/.test(word)) value = parseInt(word, 10)
  else return null
  return value <= max ? value : null
}

/** An integer that may be negative (get_integer). */
export function parseInteger(word: string): number | null {
  const negative = word.startsWith('-')
  const value = parseUnsigned(negative ? word.slice(1) : word, negative ? 0x80000000 : 0x7fffffff)
  return value === null ? null : negative ? -value : value
}

/** The next word as an unsigned number, or the error that iproute2 has for it. */
export function nextUnsigned(args: Arguments, message: string, max = 0xffffffff): number {
  const word = args.next()
  const value = parseUnsigned(word, max)
  if (value === null) throw invalidArgument(message, word)
  return value
}

/** An address or prefix. `family` is 0 for the words default, all and any, which name none. */
export interface Prefix {
  readonly family: number
  readonly address: number
  /** -2 for `any` and `all` and `default` without a length: none was given. */
  readonly length: number
  /** Whether a length was written. */
  readonly explicit: boolean
}

const ANY_PREFIX: Prefix = { family: AF_UNSPEC, address: 0, length: 0, explicit: false }

/** Name of a family in error messages (family_name_verbose). */
function familyName(family: number): string {
  return family === AF_UNSPEC ? 'any valid' : family === AF_INET ? 'inet' : family === AF_INET6 ? 'inet6'
    : family === AF_BRIDGE ? 'bridge' : 'link'
}

/** Reads a prefix (get_prefix); the words default, all and any are the whole of the family. */
export function parsePrefix(word: string, family: number): Prefix {
  const fail = (): Failure => new Failure(`Error: ${familyName(family)} prefix is expected rather than "${word}".\n` +
    `${isIpv6(word) ? notModelled('ip', 'IPv6') : ''}`, 1)
  const [addressText, lengthText] = splitAt(word, '/')
  if (word === 'default' || word === 'any' || word === 'all') return ANY_PREFIX
  const anyAddress = addressText === 'default' || addressText === 'any' || addressText === 'all'
  if (family === AF_INET6 && !anyAddress) throw fail()
  const address = anyAddress ? 0 : parseIpv4Abbreviated(addressText)
  if (address === null) throw fail()
  if (lengthText === null) return { family: AF_INET, address, length: 32, explicit: false }
  const length = parseUnsigned(lengthText, 32) ?? lengthOfNetmask(lengthText)
  if (length === null) throw fail()
  return { family: AF_INET, address, length, explicit: true }
}

/** Reads an address (get_addr). */
export function parseAddress(word: string, family: number): number {
  const fail = (): Failure => new Failure(`Error: ${familyName(family)} address is expected rather than "${word}".\n` +
    `${isIpv6(word) ? notModelled('ip', 'IPv6') : ''}`, 1)
  if (word === 'default' || word === 'all' || word === 'any') return 0
  const address = family === AF_INET6 ? null : parseIpv4Abbreviated(word)
  if (address === null) throw fail()
  return address
}

function isIpv6(word: string): boolean {
  return /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:\/\d+)?$/.test(word)
}

function lengthOfNetmask(word: string): number | null {
  const mask = word.includes('.') ? parseIpv4Abbreviated(word) : null
  if (mask === null) return null
  const hostBits = ~mask
  return (hostBits & (hostBits + 1)) === 0 ? Math.clz32(hostBits) : null
}

function splitAt(word: string, separator: string): [string, string | null] {
  const at = word.indexOf(separator)
  return at < 0 ? [word, null] : [word.slice(0, at), word.slice(at + 1)]
}

/** A hardware address: colon-separated hex (ll_addr_a2n); the bytes. An IPv4 address gives its four. */
export function parseLinkAddress(word: string): number[] {
  if (word.includes('.')) {
    const address = parseIpv4Abbreviated(word)
    if (address === null) throw new Failure(`Error: any valid address is expected rather than "${word}".\n`, 1)
    return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255]
  }
  return word.split(':').map((part) => {
    // sscanf("%x"): what follows the digits does not matter.
    if (!/^(?:0[xX])?[0-9a-fA-F]/.test(part)) throw new Failure(`"${part}" is invalid lladdr.\n`, 1)
    const value = parseInt(part, 16)
    if (value > 255) throw new Failure(`"${part}" is invalid lladdr.\n`, 1)
    return value
  })
}

/** The 48-bit number of six bytes. */
export function macOfBytes(bytes: readonly number[]): number {
  return bytes.reduce((mac, byte) => mac * 256 + byte, 0)
}
