import type { LabSource } from '../../messages.ts'

/**
 * A run in a link or a file: JSON, in a link packed by deflate and written as base64url behind "#v1=". Whoever opens it
 * has the same lab, seed and inputs and stands at the same event; the journal's hash goes along to prove it.
 */
export interface SharedRun {
  readonly source: LabSource
  /** Journal hash of the moment, as lab.hash() writes it. */
  readonly hash: string
  /** Name of the bundled lab, for its lesson; '' for another. */
  readonly lab: string
  /** Name of the branch that is shared; '' for the first run. */
  readonly branch: string
}

/** Why a link or a file can't be opened. */
export type Unreadable = 'newer' | 'damaged'

export class UnreadableRun extends Error {
  override readonly name = 'UnreadableRun'

  constructor(readonly why: Unreadable) {
    super(why)
  }
}

/** Links longer than this are cut or refused by some of the programs that they are sent with. */
export const LONG_LINK = 32 * 1024
/** Unpacked, a run is not larger than this; a small link could unfold to anything. */
const MAX_JSON_BYTES = 32 * 1024 * 1024
const VERSION = 1
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The fragment of a link: "#v1=…". */
export async function toFragment(run: SharedRun): Promise<string> {
  const packed = new Blob([toJson(run)]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  return `#v${VERSION}=${toBase64(new Uint8Array(await new Response(packed).arrayBuffer()))}`
}

/** Reads a fragment; null if it is not of a shared run. Throws UnreadableRun. */
export async function fromFragment(fragment: string): Promise<SharedRun | null> {
  const found = /^#v(\d+)=(.*)$/s.exec(fragment)
  if (found === null) return null
  if (Number(found[1]) > VERSION) throw new UnreadableRun('newer')
  const bytes = fromBase64(found[2])
  if (bytes === null || Number(found[1]) < 1) throw new UnreadableRun('damaged')
  return fromJson(await unpack(bytes))
}

/** A run as a file, NAME.netarium.json. */
export function toJson(run: SharedRun): string {
  return JSON.stringify({ netarium: VERSION, ...run })
}

/** Reads what toJson wrote. Throws UnreadableRun. */
export function fromJson(text: string): SharedRun {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UnreadableRun('damaged')
  }
  if (!isMap(value) || typeof value.netarium !== 'number') throw new UnreadableRun('damaged')
  if (value.netarium > VERSION) throw new UnreadableRun('newer')
  const { source, hash, lab, branch } = value
  if (!isSource(source) || typeof hash !== 'string' || typeof lab !== 'string' || typeof branch !== 'string') {
    throw new UnreadableRun('damaged')
  }
  return { source, hash, lab, branch }
}

/** "two-subnets" of "labs/two-subnets/lab.yaml" or "my/two-subnets.yaml", for the names of files. */
export function baseName(fileName: string): string {
  const parts = fileName.split('/')
  const last = (parts.at(-1) ?? '').replace(/(\.clab)?\.ya?ml$/, '')
  return (last === 'lab' ? parts.at(-2) : last) ?? 'lab'
}

async function unpack(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  try {
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      chunks.push(next.value)
      size += next.value.length
      if (size > MAX_JSON_BYTES) {
        await reader.cancel()
        throw new UnreadableRun('damaged')
      }
    }
  } catch {
    throw new UnreadableRun('damaged')
  }
  return new Blob(chunks).text()
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const bits = bytes[at] << 16 | (bytes[at + 1] ?? 0) << 8 | (bytes[at + 2] ?? 0)
    const letters = Math.min(3, bytes.length - at) + 1
    for (let letter = 0; letter < letters; letter++) text += ALPHABET[bits >> 18 - 6 * letter & 63]
  }
  return text
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(Math.floor(text.length * 3 / 4))
  let bits = 0
  let count = 0
  let at = 0
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter)
    if (value < 0) return null
    bits = (bits << 6 | value) & 0xffff
    count += 6
    if (count >= 8) {
      count -= 8
      bytes[at++] = bits >> count
    }
  }
  return bytes
}

type Fields = Readonly<Record<string, unknown>>

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isMoment(value: unknown): value is Fields {
  return isMap(value) && isCount(value.atNs) && isCount(value.event) && isCount(value.turn)
}

/** As far as it can be told from outside; what an input says inside is the engine's to refuse. */
function isSource(value: unknown): value is LabSource {
  if (!isMap(value) || typeof value.fileName !== 'string' || typeof value.text !== 'string') return false
  const { seed, log, atNs, moment } = value
  if (seed !== undefined && !isCount(seed) || atNs !== undefined && !isCount(atNs)) return false
  if (moment !== undefined && !isMoment(moment)) return false
  if (log === undefined) return true
  return isMap(log) && isCount(log.seed) && isMoment(log.end) && Array.isArray(log.inputs) &&
    log.inputs.every((input: unknown) => isMoment(input) && typeof input.kind === 'string')
}
