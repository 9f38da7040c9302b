import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readCapture } from '../reader.ts'
import { compileFilter } from './filter.ts'
import { listFilter } from './listing.ts'
import { FilterError } from './filter-error.ts'
import type { Program } from './program.ts'

// What the real tcpdump passed or refused: test/golden/record-filters.mjs.
const GOLDEN = new URL('../../../test/golden/', import.meta.url)

interface Recorded {
  filter: string
  error?: string
  crafted?: string
  real?: string
  cut?: string
  tunnels?: string
}

const recorded = JSON.parse(readFileSync(new URL('filters.json', GOLDEN), 'utf8')) as Recorded[]
const captures = new Map(['crafted', 'real', 'cut', 'tunnels'].map(name =>
  [name, readCapture(readFileSync(new URL(`${name}.pcap`, GOLDEN))).frames]))

/** Numbers of the frames that pass, as `1-3,7`. */
function passed(program: Program, capture: string): string {
  const numbers: number[] = []
  captures.get(capture)?.forEach((frame, index) => {
    const view = new DataView(frame.bytes.buffer)
    if (program.matches(view, 0, frame.bytes.length, frame.originalLength)) numbers.push(index + 1)
  })
  const parts: string[] = []
  for (let i = 0; i < numbers.length; i++) {
    let j = i
    while (numbers[j + 1] === numbers[j] + 1) j++
    parts.push(j > i ? `${numbers[i]}-${numbers[j]}` : `${numbers[i]}`)
    i = j
  }
  return parts.join()
}

function compiled(filter: string): Program {
  const program = compileFilter(filter)
  if (program instanceof FilterError) throw program
  return program
}

describe('filters pass the frames that tcpdump passes', () => {
  test.each(recorded.filter(record => record.error === undefined))('$filter', record => {
    const program = compiled(record.filter)
    expect({
      filter: record.filter,
      crafted: passed(program, 'crafted'), real: passed(program, 'real'), cut: passed(program, 'cut'),
      tunnels: passed(program, 'tunnels'),
    }).toEqual(record)
  })
})

describe('wrong filters are refused in the same words', () => {
  test.each(recorded.filter(record => record.error !== undefined))('$filter', record => {
    const error = compileFilter(record.filter)
    expect(error instanceof FilterError ? `tcpdump: ${error.message}` : 'accepted').toBe(record.error)
  })
})

test('an empty filter passes everything', () => {
  expect(compiled(' ').matches(new DataView(new ArrayBuffer(0)), 0, 0, 0)).toBe(true)
})

test('a frame in the middle of a buffer is judged by its own bytes', () => {
  const frame = captures.get('crafted')?.[0].bytes ?? new Uint8Array()
  const padded = new Uint8Array(frame.length + 200).fill(0xa5)
  padded.set(frame, 100)
  const view = new DataView(padded.buffer)
  expect(compiled('arp').matches(view, 100, 100 + frame.length, frame.length)).toBe(true)
  expect(compiled('ether[100] = 0xa5').matches(view, 100, 100 + frame.length, frame.length)).toBe(false)
  expect(compiled(`ether[${frame.length - 1}] = 2`).matches(view, 100, 100 + frame.length, frame.length)).toBe(true)
  expect(compiled(`ether[${frame.length}] >= 0`).matches(view, 100, 100 + frame.length, frame.length)).toBe(false)
})

test('names of hosts are asked of the resolver, all their addresses count', () => {
  const resolveHost = (name: string): number[] => name === 'alice' ? [0x0a000001, 0x0a010002] : []
  const program = compileFilter('src host alice', { resolveHost })
  const expected = passed(compiled('src 10.0.0.1 or 10.1.0.2'), 'crafted')
  expect(program instanceof FilterError ? '' : passed(program, 'crafted')).toBe(expected)
})

test('ip broadcast knows the netmask of the interface', () => {
  const frame = new DataView(new ArrayBuffer(34))
  frame.setUint16(12, 0x0800)
  frame.setUint32(30, 0x0a0000ff)
  const program = compileFilter('ip broadcast', { netmask: 0xffffff00 | 0 })
  expect(program instanceof FilterError ? null : program.matches(frame, 0, 34, 34)).toBe(true)
})

test('what we lack is refused by name', () => {
  const words = ['lane', 'type mgt', 'ipx', 'byte 3 & 4']
  expect(words.map(word => (compileFilter(word) as FilterError).message)).toEqual([
    "Netarium's filter has no 'lane'", "Netarium's filter has no 'type'", "Netarium's filter has no 'ipx'", "Netarium's filter has no 'byte &'",
  ])
})

test('random words never throw', () => {
  const words = recorded.flatMap(record => record.filter.split(' '))
  let state = 7
  const random = (below: number): number => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0
    return (state >>> 8) % below
  }
  let good = 0
  for (let i = 0; i < 5000; i++) {
    const text = Array.from({ length: 1 + random(9) }, () => words[random(words.length)]).join(random(5) > 0 ? ' ' : '')
    if (!(compileFilter(text) instanceof FilterError)) good++
  }
  expect(good).toBeGreaterThan(100)
  expect(compileFilter('('.repeat(100_000))).toBeInstanceOf(FilterError)
  expect(compileFilter(`${'not '.repeat(100_000)}arp`)).toBeInstanceOf(FilterError)
})

/** Classic BPF as the manual tells it, one instruction after the other: the slow model. Returns what `ret` gives. */
function interpret(listing: string, frame: Uint8Array, wireLength: number): number {
  const program = listing.trim().split('\n').slice(1).map(line => line.split(' ').map(Number))
  const memory = new Array<number>(16).fill(0)
  let a = 0
  let x = 0
  let backwards = 0
  for (let pc = 0; ; pc++) {
    const [code, jt, jf, k] = program[pc]
    const operand = (code & 8) !== 0 ? x : k
    const size = [4, 2, 1][code >> 3 & 3]
    const read = (at: number): number => frame.subarray(at, at + size).reduce((sum, byte) => sum * 256 + byte, 0)
    switch (code & 7) {
      case 0: case 1: {
        let value = k
        if (code >> 5 === 3) value = memory[k]
        else if (code >> 5 === 4) value = wireLength
        else if (code === 0xb1) value = frame.length > k ? (frame[k] & 15) * 4 : -1
        else if (code >> 5 > 0) {
          const at = code >> 5 === 2 ? x + k : k
          value = at + size > frame.length ? -1 : read(at)
        }
        if (value < 0) return 0
        if ((code & 1) === 0) a = value
        else x = value
        break
      }
      case 2: memory[k] = a; break
      case 3: memory[k] = x; break
      case 4: {
        const y = BigInt(operand)
        const b = BigInt(a)
        if ((code >> 4 === 3 || code >> 4 === 9) && operand === 0) return 0
        const results = [() => b + y, () => b - y, () => b * y, () => b / y, () => b | y, () => b & y,
          () => y > 31n ? 0n : b << y, () => y > 31n ? 0n : b >> y, () => -b, () => b % y, () => b ^ y]
        a = Number(BigInt.asUintN(32, results[code >> 4]()))
        break
      }
      case 5: {
        const holds = [true, a === operand, a > operand, a >= operand, (a & operand) !== 0][code >> 4]
        pc += code === 5 ? k | 0 : holds ? jt : jf
        // Where an authentication header leads back to itself, libpcap never ends; Netarium refuses the frame.
        if (code === 5 && (k | 0) < 0 && ++backwards > 20_000) return 0
        break
      }
      case 6: return k
      default:
        if (code === 0x87) a = x
        else x = a
    }
  }
}

/** A frame's packet, put behind MPLS labels, VLAN tags or a PPPoE session. */
function wrapped(frame: Uint8Array, random: (below: number) => number): Uint8Array {
  const headers = [[], [0x88, 0x47, 0, 0, 0x51, 64], [0x88, 0x47, 0, 0, 0x30, 64, 0, 0, 0x51, 64],
    [0x88, 0x64, 0x11, 0, 0, 3, 0, 40, 0, 0x21], [0x88, 0x64, 0x11, 0, 0, 9, 0, 40, 0, 0x57],
    [0x81, 0, 0, 10, 0x81, 0, 0, 5, 8, 0], [0x88, 0xa8, 0, 1, 0x88, 0x47, 0, 0, 0x51, 1], [0, 40], [0x88, 0x63]]
  const header = headers[random(headers.length)]
  const result = new Uint8Array([...frame.subarray(0, 12), ...header, ...frame.subarray(header.length > 0 ? 14 : 12)])
  if (random(3) === 0) result[12 + random(40)] = random(256)
  return random(4) === 0 ? result.subarray(0, random(80)) : result
}

test('what runs means what libpcap\'s unoptimised program means, also behind labels, tags and sessions, cut or not', () => {
  let state = 11
  const random = (below: number): number => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0
    return (state >>> 8) % below
  }
  const originals = [...captures.get('crafted') ?? [], ...(captures.get('tunnels') ?? []).slice(0, 51)]
  const frames = Array.from({ length: 250 }, () => wrapped(originals[random(originals.length)].bytes, random))
  const many = Array.from({ length: 40 }, (_, i) => `host 10.0.0.${i} or 10.1.0.${i}`).join(' or ')
  const ports = Array.from({ length: 30 }, (_, i) => `${20 + 3 * i}`).join(' or ')
  const filters = [...recorded.filter(({ error }) => error === undefined).map(({ filter }) => filter),
    many, `not (${many}) and tcp`, `(${many}) and port (${ports})`, `tcp dst port (${ports})`, `mpls and (${many})`]
  let passedSome = 0
  for (const filter of filters) {
    // libpcap's optimiser decides these without a load, and so do we.
    if (/\/0$|^ip6 net /.test(filter)) continue
    const program = compiled(filter)
    const listing = listFilter(filter, 3, 1) as string
    const ours = frames.map(frame =>
      program.matches(new DataView(frame.buffer, frame.byteOffset), 0, frame.length, frame.length) ? 1 : 0)
    expect(ours, filter).toEqual(frames.map(frame => interpret(listing, frame, frame.length)))
    if (ours.includes(1)) passedSome++
  }
  expect(passedSome).toBeGreaterThan(120)
})
