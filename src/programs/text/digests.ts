import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { EISDIR, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import { byteStringOf, bytesOf, fromByteString } from '../byte-string.ts'
import { messageQuote } from '../shell-quote.ts'
import { notModelled } from '../not-modelled.ts'
import { type Arguments, gnuProgram, type GnuSpec, openInput, quoteName } from './gnu.ts'

/** base64, cksum, md5sum, sha1sum and sha256sum of coreutils 9.1. */

interface Digest { readonly tag: string, readonly bits: number, readonly of: (bytes: Uint8Array) => Uint8Array }

const DIGESTS: Readonly<Record<string, Digest>> = {
  md5: { tag: 'MD5', bits: 128, of: md5 }, sha1: { tag: 'SHA1', bits: 160, of: sha1 },
  sha224: { tag: 'SHA224', bits: 224, of: sha224 }, sha256: { tag: 'SHA256', bits: 256, of: sha256 },
  sha384: { tag: 'SHA384', bits: 384, of: sha384 }, sha512: { tag: 'SHA512', bits: 512, of: sha512 },
}

/** All bytes of a file, "-" being the standard input; or -errno. */
async function bytesOfFile(process: Process, name: string): Promise<Uint8Array | number> {
  const reader = openInput(process, name)
  if (typeof reader === 'number') return reader
  const text = await reader.all()
  reader.close()
  return bytesOf(text)
}

const BASE64: GnuSpec = { short: 'diw:', long: { 'decode': 'd', 'wrap=': 'w', 'ignore-garbage': 'i' } }

export const base64: Program = gnuProgram(BASE64, async (process, args) => {
  const wrap = args.options.filter(({ name }) => name === 'w').map(({ value }) => {
    if (!/^\+?[0-9]+$/.test(value)) throw args.error(`invalid wrap size: \u2018${value}\u2019`)
    return Number(value)
  }).pop() ?? 76
  const [name = '-', extra] = args.operands
  if (extra !== undefined) throw args.usageError(`extra operand ${messageQuote(extra)}`)
  const bytes = await bytesOfFile(process, name)
  if (bytes === -EISDIR) throw args.error(`read error: ${strerror(EISDIR)}`)
  if (typeof bytes === 'number') throw args.error(`${quoteName(name)}: ${strerror(-bytes)}`)
  if (args.has('d')) {
    const { decoded, good } = decode64(byteStringOf(bytes), args.has('i'))
    process.stdout.write(decoded)
    if (!good) throw args.error('invalid input')
    return 0
  }
  const text = encode64(bytes)
  if (wrap === 0) process.stdout.write(text)
  else for (let at = 0; at < text.length; at += wrap) process.stdout.write(`${text.slice(at, at + wrap)}\n`)
  return 0
})

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function encode64(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 3) {
    const word = bytes[at] << 16 | (bytes[at + 1] ?? 0) << 8 | (bytes[at + 2] ?? 0)
    const characters = [18, 12, 6, 0].map((shift) => ALPHABET[word >> shift & 63])
    const left = bytes.length - at
    parts.push(characters[0], characters[1], left > 1 ? characters[2] : '=', left > 2 ? characters[3] : '=')
  }
  return parts.join('')
}

/** What can be decoded up to the first mistake; newlines never count. */
function decode64(text: string, ignore: boolean): { decoded: Uint8Array, good: boolean } {
  const clean = text.replace(ignore ? /[^A-Za-z0-9+/=]/g : /\n/g, '')
  const bytes: number[] = []
  for (let at = 0; at < clean.length; at += 4) {
    const group = clean.slice(at, at + 4)
    const padding = /={0,2}$/.exec(group)?.[0].length ?? 0
    const digits = /^[A-Za-z0-9+/]*/.exec(group)?.[0].length ?? 0
    const word = [0, 1, 2, 3].reduce((sum, i) => sum << 6 | (i < digits ? ALPHABET.indexOf(group[i]) : 0), 0)
    const found = [word >> 16 & 255, word >> 8 & 255, word & 255].slice(0, Math.max(0, digits - 1))
    const whole = group.length === 4 && digits + padding === 4
    bytes.push(...found)
    if (!whole) return { decoded: Uint8Array.from(bytes), good: false }
  }
  return { decoded: Uint8Array.from(bytes), good: true }
}

const SUM: GnuSpec = {
  short: 'bctwz',
  long: {
    'binary': 'b', 'check': 'c', 'ignore-missing': 'missing', 'quiet': 'quiet', 'status': 'status', 'strict': 'strict',
    'tag': 'tag', 'text': 't', 'warn': 'w', 'zero': 'z',
  },
}

const CHECK_ONLY: readonly (readonly [string, string])[] = [
  ['missing', 'ignore-missing'], ['status', 'status'], ['w', 'warn'], ['quiet', 'quiet'], ['strict', 'strict'],
]

function sumProgram(digest: Digest): Program {
  return gnuProgram(SUM, async (process, args) => {
    const mode = args.lastOf('bt')
    if (args.has('tag') && mode === 't') throw args.usageError('--tag does not support --text mode')
    if (args.has('z') && args.has('c')) {
      throw args.usageError('the --zero option is not supported when verifying checksums')
    }
    if (args.has('tag') && args.has('c')) {
      throw args.usageError('the --tag option is meaningless when verifying checksums')
    }
    if (mode !== undefined && args.has('c')) {
      throw args.usageError('the --binary and --text options are meaningless when verifying checksums')
    }
    const names = args.operands.length === 0 ? ['-'] : args.operands
    if (args.has('c')) return new Check(process, args, digest).run(names)
    for (const [name, long] of CHECK_ONLY) {
      if (args.has(name)) {
        throw args.usageError(`the --${long} option is meaningful only when verifying checksums`)
      }
    }
    return printSums(args, digest, names, args.has('tag'), mode === 'b' ? '*' : ' ')
  })
}

async function printSums(args: Arguments, digest: Digest, names: readonly string[], tagged: boolean, mark: string):
  Promise<number> {
  let status = 0
  for (const name of names) {
    const bytes = await bytesOfFile(args.process, name)
    if (typeof bytes === 'number') {
      args.complain(`${quoteName(name)}: ${strerror(-bytes)}`)
      status = 1
      continue
    }
    const escaped = !args.has('z') && /[\\\n\r]/.test(name)
    const shown = escaped ? name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r') : name
    const sum = hex(digest.of(bytes))
    const line = tagged ? `${digest.tag} (${shown}) = ${sum}` : `${sum} ${mark}${shown}`
    args.process.stdout.write(`${escaped ? '\\' : ''}${line}${args.has('z') ? '\0' : '\n'}`)
  }
  return status
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** -c: the sums of the files that a list names. */
class Check {
  constructor(private readonly process: Process, private readonly args: Arguments, private readonly digest: Digest) {}

  async run(lists: readonly string[]): Promise<number> {
    let good = true
    for (const list of lists) if (!await this.list(list)) good = false
    return good ? 0 : 1
  }

  private async list(list: string): Promise<boolean> {
    const { args } = this
    const text = await bytesOfFile(this.process, list)
    if (typeof text === 'number') {
      args.complain(`${quoteName(list)}: ${text === -EISDIR ? 'read error' : strerror(-text)}`)
      return false
    }
    const lines = byteStringOf(text).split('\n')
    if (lines[lines.length - 1] === '') lines.pop()
    let formatted = 0
    let malformed = 0
    let unread = 0
    let mismatched = 0
    let matched = 0
    for (const [index, line] of lines.entries()) {
      if (line.startsWith('#')) continue
      const entry = this.entry(line)
      if (entry === null) {
        malformed++
        const where = list === '-' ? 'standard input' : quoteName(list)
        if (args.has('w')) args.complain(`${where}: ${index + 1}: improperly formatted ${this.digest.tag} checksum line`)
        continue
      }
      formatted++
      const bytes = await bytesOfFile(this.process, entry.name)
      if (typeof bytes === 'number') {
        if (args.has('missing') && bytes === -2) continue
        unread++
        args.complain(`${quoteName(entry.name)}: ${strerror(-bytes)}`)
        if (!args.has('status')) this.process.stdout.write(`${entry.name}: FAILED open or read\n`)
        continue
      }
      const same = hex(this.digest.of(bytes)) === entry.sum
      if (same) matched++
      else mismatched++
      if (!args.has('status') && !(same && args.has('quiet'))) {
        this.process.stdout.write(`${entry.name}: ${same ? 'OK' : 'FAILED'}\n`)
      }
    }
    const shown = list === '-' ? "'standard input'" : quoteName(list)
    if (formatted === 0) {
      args.complain(`${shown}: no properly formatted checksum lines found`)
      return false
    }
    if (!args.has('status')) {
      const warn = (count: number, one: string, many: string): void => {
        if (count > 0) args.complain(`WARNING: ${count} ${count === 1 ? one : many}`)
      }
      warn(malformed, 'line is improperly formatted', 'lines are improperly formatted')
      warn(unread, 'listed file could not be read', 'listed files could not be read')
      warn(mismatched, 'computed checksum did NOT match', 'computed checksums did NOT match')
      if (args.has('missing') && matched === 0 && mismatched === 0) args.complain(`${shown}: no file was verified`)
    }
    return matched > 0 && mismatched === 0 && unread === 0 && !(args.has('strict') && malformed > 0)
  }

  private entry(line: string): { name: string, sum: string } | null {
    const digits = this.digest.bits / 4
    const plain = new RegExp(`^(\\\\?)[ \\t]*([0-9a-fA-F]{${digits}}) [ *]?(.+)$`).exec(line)
    const tagged = new RegExp(`^(\\\\?)${this.digest.tag} ?\\((.*)\\) = ([0-9a-fA-F]{${digits}})$`).exec(line)
    const escaped = (plain ?? tagged)?.[1] === '\\'
    const name = plain?.[3] ?? tagged?.[2]
    const sum = plain?.[2] ?? tagged?.[3]
    if (name === undefined || sum === undefined) return null
    const unescaped = escaped ? name.replace(/\\(.)/g, (_, c: string) => c === 'n' ? '\n' : c === 'r' ? '\r' : c) : name
    return { name: fromByteString(unescaped), sum: sum.toLowerCase() }
  }
}

export const md5sum = sumProgram(DIGESTS.md5)
export const sha1sum = sumProgram(DIGESTS.sha1)
export const sha256sum = sumProgram(DIGESTS.sha256)

const ALGORITHMS = ['bsd', 'sysv', 'crc', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'blake2b', 'sm3']
const CKSUM: GnuSpec = {
  short: 'a:bctl:wz',
  long: {
    'algorithm=': 'a', 'length=': 'l', 'check': 'c', 'debug': 'debug', 'ignore-missing': 'missing', 'quiet': 'quiet',
    'status': 'status', 'strict': 'strict', 'tag': 'tag', 'untagged': 'untagged', 'warn': 'w', 'zero': 'z',
  },
  lacks: ['b', 'c', 't', 'l', 'debug', 'missing', 'quiet', 'status', 'strict', 'w', 'z'],
}

export const cksum: Program = gnuProgram(CKSUM, async (process, args) => {
  const algorithm = args.value('a') ?? 'crc'
  const found = ALGORITHMS.filter((name) => name === algorithm)
  if (found.length === 0) {
    throw args.usageError(`invalid argument \u2018${algorithm}\u2019 for \u2018--algorithm\u2019\nValid arguments are:\n`
      + ALGORITHMS.map((name) => `  - \u2018${name}\u2019`).join('\n'))
  }
  const names = args.operands.length === 0 ? ['-'] : args.operands
  const digest = DIGESTS[algorithm]
  if (digest !== undefined) return printSums(args, digest, names, args.last(['tag', 'untagged'])?.name !== 'untagged', ' ')
  if (algorithm !== 'crc') {
    process.stderr.write(notModelled('cksum', `-a ${algorithm}`))
    return 1
  }
  let status = 0
  for (const name of names) {
    let bytes = await bytesOfFile(process, name)
    if (bytes === -EISDIR) bytes = new Uint8Array(0)
    if (typeof bytes === 'number') {
      args.complain(`${quoteName(name)}: ${strerror(-bytes)}`)
      status = 1
    } else process.stdout.write(`${posixCrc(bytes)} ${bytes.length}${args.operands.length === 0 ? '' : ` ${name}`}\n`)
  }
  return status
})

/** POSIX cksum: CRC-32 of 0x04c11db7, most significant bit first, over the bytes and then their count. */
function posixCrc(bytes: Uint8Array): number {
  let crc = 0
  const add = (byte: number): void => {
    crc ^= byte << 24
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? crc << 1 ^ 0x04c11db7 : crc << 1
  }
  for (const byte of bytes) add(byte)
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256)) add(length & 255)
  return ~crc >>> 0
}
