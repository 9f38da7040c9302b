import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readCapture } from '../reader.ts'
import { compileFilter } from './filter.ts'
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
}

const recorded = JSON.parse(readFileSync(new URL('filters.json', GOLDEN), 'utf8')) as Recorded[]
const captures = new Map(['crafted', 'real', 'cut'].map(name =>
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
  const words = ['geneve', 'ip protochain 6', 'lane', 'type mgt', 'ipx', 'byte 3 & 4']
  expect(words.map(word => (compileFilter(word) as FilterError).message)).toEqual([
    "Netarium's filter has no 'geneve'", "Netarium's filter has no 'protochain'", "Netarium's filter has no 'lane'",
    "Netarium's filter has no 'type'", "Netarium's filter has no 'ipx'", "Netarium's filter has no 'byte &'",
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
