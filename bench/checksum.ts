/**
 * The checksum: a header, a small packet and a full one, at an even and an odd place, and the patch after a change.
 *
 *   20, 64, 1400   checksum(view, at, end) over so many bytes; `-odd`: starting at an odd address
 *   sum20          the form for an IPv4 header without options
 *   patch16        RFC 1624: a 16-bit field changed (a TTL), patch32: an address
 *
 * `ceiling:20` and so on are bareSum of ceiling.ts (16 bits at a time through a DataView), which is what RFC 1071 says
 * word by word; `ceiling:1400-aligned`, beside no case of ours, is the best plain loop over an aligned Uint16Array,
 * which odd or unaligned data can't use. `ceiling:sum20` is the sum as the hop loop of the ceiling has it.
 *
 * Data lie in a slab of 1 MiB and each call takes another place in it, as frames in their pool do.
 */

import * as checksum from '../src/wire/checksum.ts'
import { bareSum, bareSumAligned } from './ceiling.ts'
import { bench, xorshift } from './harness.ts'

const SLAB = 1 << 20
const SLOT = 2048
/** Ethernet at 66, so IPv4 at 80: a slot's layout as the pool has it. */
const AT = 80
const BYTES_PER_RUN = 40_000_000

const bytes = new Uint8Array(SLAB)
const view = new DataView(bytes.buffer)
const words = new Uint16Array(bytes.buffer)
let sink = 0

type Sum = (view: DataView, at: number, end: number) => number

/** Each function under test gets a loop of its own, made anew: so that V8 inlines it there, as it does in its callers. */
function loopOf(sum: string): (sum: Sum, view: DataView, offset: number, length: number, calls: number) => number {
  // A function made from text has its own feedback; the text is constant.
  return new Function('sum', 'view', 'offset', 'length', 'calls', `
    let total = 0 /* ${sum} */
    for (let i = 0; i < calls; i++) {
      const at = ((i & ${SLAB / SLOT - 1}) * ${SLOT}) + offset
      total = (total + sum(view, at, at + length)) | 0
    }
    return total`) as (sum: Sum, view: DataView, offset: number, length: number, calls: number) => number
}

function measure(name: string, sum: Sum, offset: number, length: number): number {
  const loop = loopOf(name)
  const calls = Math.round(BYTES_PER_RUN / (length + 20))
  let total = 0
  bench('checksum', name, 'ns', () => {
    total = loop(sum, view, offset, length, calls)
    return calls
  }, { times: 7, warmUp: 2 })
  return total
}

function measureBeside(name: string, sum: Sum, bare: Sum, offset: number, length: number): void {
  const ours = measure(name, sum, offset, length)
  if (measure(`ceiling:${name}`, bare, offset, length) !== ours) throw new Error(`${name}: not the ceiling's sums`)
}

/** As the hop loop of the ceiling has it: ten reads of 16 bits. */
function bareSum20(view: DataView, at: number): number {
  let sum = 0
  for (let i = at; i < at + 20; i += 2) sum += view.getUint16(i)
  sum = (sum & 0xffff) + (sum >>> 16)
  return (sum & 0xffff) + (sum >>> 16)
}

function measurePatches(): void {
  const calls = 10_000_000
  bench('checksum', 'patch16', 'ns', () => {
    let check = 0x1234
    for (let i = 0; i < calls; i++) check = checksum.patch16(check, 0x4011, (0x3f00 + i) & 0xffff)
    sink = check
    return calls
  })
  bench('checksum', 'patch32', 'ns', () => {
    let check = 0x1234
    for (let i = 0; i < calls; i++) check = checksum.patch32(check, 0x0a000001, i)
    sink = check
    return calls
  })
}

export function run(): void {
  const next = xorshift(5)
  for (let i = 0; i < SLAB; i++) bytes[i] = next(256)
  for (const length of [20, 64, 1400]) {
    measureBeside(`${length}`, checksum.checksum, bareSum, AT, length)
    measureBeside(`${length}-odd`, checksum.checksum, bareSum, AT + 1, length)
  }
  measure('ceiling:1400-aligned', (_view, at, end) => bareSumAligned(words, at >>> 1, end >>> 1), AT, 1400)
  measureBeside('sum20', checksum.sum20, bareSum20, AT, 20)
  measurePatches()
  if (sink < 0) throw new Error('a checksum is never negative')
}
