import { expect, test } from 'vitest'
import { Clock } from './clock.ts'
import { Journal } from './journal.ts'
import { JournalKind } from './journal-record.ts'

function journal(...events: (readonly [number, number, string])[]): Journal {
  const clock = new Clock()
  const j = new Journal(clock)
  j.recording = true
  for (const [time, node, text] of events) {
    clock.ns[0] = time
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
    j.recordBytes(JournalKind.FRAME_SENT, node, 2, 3, 0, new DataView(bytes.buffer), 0, bytes.length)
  }
  return j
}

test('the same events give the same hash', () => {
  expect(journal([1, 1, 'abcdefg'], [2, 1, 'x']).hash()).toBe(journal([1, 1, 'abcdefg'], [2, 1, 'x']).hash())
  expect(journal().hash()).toMatch(/^[0-9a-f]{16}$/)
})

test('any difference in time, place, order or one byte gives another hash', () => {
  const hashes = [
    journal(), journal([1, 1, 'abcdefg']), journal([2, 1, 'abcdefg']), journal([1, 2, 'abcdefg']),
    journal([1 + 2 ** 33, 1, 'abcdefg']), journal([1, 1, 'abcdefh']), journal([1, 1, 'abcdef']),
    journal([1, 1, 'abcdefg\0']), journal([1, 1, 'a'], [1, 1, 'b']), journal([1, 1, 'b'], [1, 1, 'a']),
  ].map((j) => j.hash())
  expect(new Set(hashes).size).toBe(hashes.length)
})

test('kept records hold their own copy of the bytes, and traces leave the hash alone', () => {
  const clock = new Clock()
  const j = new Journal(clock)
  j.recording = true
  j.keeping = true
  const bytes = Uint8Array.of(1, 2, 3)
  j.recordBytes(JournalKind.FRAME_RECEIVED, 4, 2, 9, 0, new DataView(bytes.buffer), 1, 3)
  bytes.fill(0)
  expect(j.records).toEqual([
    { sequence: 0, timeNs: 0, kind: JournalKind.FRAME_RECEIVED, node: 4, a: 2, b: 9, c: 0, bytes: Uint8Array.of(2, 3) },
  ])
  const hash = j.hash()
  j.trace(4, 9, { hook: 'ip_rcv', text: 'a packet' }, null)
  expect(j.hash()).toBe(hash)
  expect(j.traces.map(({ hook, trace }) => [hook, trace])).toEqual([['ip_rcv', 9]])
})

test('a journal that is off notes nothing', () => {
  const j = new Journal(new Clock())
  j.record(JournalKind.INPUT, 1, 2, 3, 4)
  expect([j.count, j.records]).toEqual([0, []])
})
