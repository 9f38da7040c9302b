import { expect, test } from 'vitest'
import { Clock } from '../engine/clock.ts'
import { Journal } from '../engine/journal.ts'
import { JournalKind } from '../engine/journal-record.ts'
import { DropReason } from '../wire/drop-reason.ts'
import type { Frame } from './frame.ts'
import { FramePool, HEADROOM } from './frame-pool.ts'

function pool(): FramePool {
  return new FramePool(new Journal(new Clock()))
}

function write(frame: Frame, text: string): void {
  for (let i = 0; i < text.length; i++) frame.bytes[frame.end++] = text.charCodeAt(i)
}

function read(frame: Frame): string {
  return String.fromCharCode(...frame.bytes.slice(frame.start, frame.end))
}

test('a frame that is taken is empty, has headroom, and its IPv4 header will be word-aligned', () => {
  const frames = pool()
  const frame = frames.take(1514)
  expect([frame.length, (frame.start + 14) % 4, frame.start - frame.base >= HEADROOM]).toEqual([0, 0, true])
  expect(frames.live).toBe(1)
  frames.free(frame)
  expect(frames.live).toBe(0)
})

test('frames of one time have different bytes, whatever their size', () => {
  const frames = pool()
  const taken = [100, 1514, 9014, 65550, 1514, 9014].map((size, i) => {
    const frame = frames.take(size)
    frame.bytes.fill(i + 1, frame.start, frame.start + size)
    frame.end = frame.start + size
    return frame
  })
  taken.forEach((frame, i) => {
    expect(frame.bytes.slice(frame.start, frame.end).every((byte) => byte === i + 1)).toBe(true)
  })
  taken.forEach((frame) => frames.free(frame))
  expect(frames.live).toBe(0)
})

test('a freed slot is used again, the last one first', () => {
  const frames = pool()
  const [a, b] = [frames.take(60), frames.take(60)]
  const base = b.base
  frames.free(a)
  frames.free(b)
  expect(frames.take(60).base).toBe(base)
})

test('a clone shares the bytes until one of the two wants to write', () => {
  const frames = pool()
  const frame = frames.take(60)
  write(frame, 'hello')
  frame.networkAt = frame.start + 2
  const clone = frames.clone(frame)
  expect([clone.base, frames.references(frame), clone.traceId]).toEqual([frame.base, 2, frame.traceId])
  frames.writable(clone)
  expect([clone.base === frame.base, frames.references(frame), frames.references(clone)]).toEqual([false, 1, 1])
  clone.bytes[clone.start] = 0x4a
  expect([read(frame), read(clone), clone.networkAt - clone.start]).toEqual(['hello', 'Jello', 2])
  frames.free(frame)
  frames.free(clone)
  expect(frames.live).toBe(0)
})

test('writable() copies nothing when nobody shares', () => {
  const frames = pool()
  const frame = frames.take(60)
  const { base } = frame
  frames.writable(frame)
  expect(frame.base).toBe(base)
})

test('a copy has the headroom of the original and bytes of its own', () => {
  const frames = pool()
  const frame = frames.take(60)
  write(frame, 'hello')
  frame.start -= 3
  frame.bytes.set([1, 2, 3], frame.start)
  const copy = frames.copy(frame)
  frame.bytes.fill(0, frame.start, frame.end)
  expect([read(copy), copy.start - copy.base]).toEqual(['\x01\x02\x03hello', frame.start - frame.base])
})

test('freeing twice is caught, and so is freeing a clone twice', () => {
  const frames = pool()
  const frame = frames.take(60)
  const clone = frames.clone(frame)
  frames.free(frame)
  expect(() => frames.free(frame)).toThrow('a frame is freed once')
  frames.free(clone)
  expect(() => frames.free(clone)).toThrow('a frame is freed once')
  expect(frames.live).toBe(0)
})

test('a frame that was not given back shows in `live`: that is how tests find leaks', () => {
  const frames = pool()
  frames.take(60)
  expect(frames.live).toBe(1)
})

test('the slab grows; frames in use keep their bytes, and a view kept across it throws', () => {
  const frames = pool()
  const first = frames.take(60)
  write(first, 'first')
  const old = first.view
  const taken = Array.from({ length: 1000 }, () => frames.take(1514))
  expect(read(first)).toBe('first')
  expect(first.view === old).toBe(false)
  expect(() => old.getUint8(0)).toThrow(TypeError)
  expect(new Set(taken.map((frame) => frame.base)).size).toBe(1000)
})

test('relocating mode moves the slab at every allocation', () => {
  const frames = pool()
  frames.relocating = true
  const { view } = frames
  const frame = frames.take(60)
  expect(frames.view === view).toBe(false)
  const held = frame.view
  frames.clone(frame)
  expect(frame.view === held).toBe(true)
  frames.writable(frame)
  expect(frame.view === held).toBe(false)
})

test('a drop is counted by reason and noted with its bytes; with tracing it is explained', () => {
  const frames = pool()
  frames.journal.recording = true
  frames.journal.keeping = true
  frames.journal.tracing = true
  const frame = frames.take(60)
  write(frame, 'abc')
  frames.drop(frame, DropReason.LINK_LOSS)
  expect([frames.dropped[DropReason.LINK_LOSS], frames.live]).toEqual([1, 0])
  expect(frames.journal.records.map(({ kind, c, bytes }) => [kind, c, [...bytes!]]))
    .toEqual([[JournalKind.FRAME_DROPPED, DropReason.LINK_LOSS, [97, 98, 99]]])
  expect(frames.journal.traces.map(({ hook, data }) => [hook, data?.reason])).toEqual([['kfree_skb_reason', 'LINK_LOSS']])
})

test('a frame larger than the largest IPv4 packet needs is refused', () => {
  const frames = pool()
  expect(() => frames.take(frames.largest + 1)).toThrow('at most 66,430 bytes')
  expect(frames.take(frames.largest).inUse).toBe(true)
})
