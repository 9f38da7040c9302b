// Hot path.
import { assert } from '../base/assert.ts'
import type { Journal } from '../engine/journal.ts'
import { JournalKind } from '../engine/journal-record.ts'
import { Frame } from './frame.ts'
import { traceDrop } from './trace.ts'

/** The part of the WebAssembly API used here: it is in every engine, but not in the ES2022 library's types. */
interface SlabMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}
declare const WebAssembly: { Memory: new (descriptor: { initial: number, maximum: number }) => SlabMemory }

/** Room in front of a new frame's first byte, for tunnel headers; 2 mod 4, so that an IPv4 header is word-aligned. */
export const HEADROOM = 114
const SLOT_HEADER = 16
const FRONT = SLOT_HEADER + HEADROOM
/** Slots hold an Ethernet frame of MTU 1500, a jumbo frame, or the largest IPv4 packet (loopback's MTU is 65536). */
const SLOT_SIZES = [2048, 16384, 66560]
const CLASS_AT = 4
const PAGE = 65536
/** 2 GiB less a page: offsets are int32. */
const MAX_PAGES = 32767

/**
 * All frames of one simulation, in one WebAssembly.Memory: a slab that grows and never shrinks, with a last-in
 * first-out free list per slot size, so a busy path reuses a few warm slots. After warm-up nothing is allocated.
 */
export class FramePool {
  readonly memory: SlabMemory
  view: DataView
  bytes: Uint8Array
  /** Frames taken and not yet given back: 0 when a network is at rest, or something leaks. */
  live = 0
  /** Frames dropped so far, by DropReason. */
  readonly dropped = new Float64Array(256)
  /** Test mode: every allocation moves the slab, so that a view held across one throws. */
  relocating = false
  private brk = PAGE_RESERVED
  private readonly frames: Frame[] = []
  private readonly freeFrames: Frame[] = []
  private freeFrameCount = 0
  private readonly freeSlots = [new Int32Array(64), new Int32Array(8), new Int32Array(4)]
  private readonly freeSlotCounts = new Int32Array(SLOT_SIZES.length)
  private nextTraceId = 1

  constructor(readonly journal: Journal, initialPages = 4) {
    this.memory = new WebAssembly.Memory({ initial: initialPages, maximum: MAX_PAGES })
    this.view = new DataView(this.memory.buffer)
    this.bytes = new Uint8Array(this.memory.buffer)
  }

  /** Takes an empty frame (start = end) with room for `capacity` bytes, under a new trace id. */
  take(capacity: number): Frame {
    const frame = this.takeFrame(this.takeSlot(capacity))
    const traceId = this.nextTraceId
    this.nextTraceId = (traceId + 1) | 0
    frame.traceId = traceId
    return frame
  }

  /** Takes a second frame over the same bytes (skb_clone). */
  clone(frame: Frame): Frame {
    const base = frame.base
    this.view.setInt32(base, this.view.getInt32(base) + 1)
    const clone = this.takeFrame(base)
    copyDescription(clone, frame)
    return clone
  }

  /** Takes a second frame over bytes of its own (skb_copy). */
  copy(frame: Frame): Frame {
    const base = this.takeSlot(frame.end - frame.base - FRONT)
    const copy = this.takeFrame(base)
    copyDescription(copy, frame)
    this.bytes.copyWithin(base + SLOT_HEADER, frame.base + SLOT_HEADER, frame.end)
    shift(copy, base - frame.base)
    return copy
  }

  /** Makes the frame the only user of its bytes, copying them if they are shared. May move the slab. */
  writable(frame: Frame): void {
    if (this.view.getInt32(frame.base) !== 1) this.unshare(frame)
  }

  /** Gives a frame back that did its work (consume_skb). */
  free(frame: Frame): void {
    assert(frame.inUse, 'frame pool: a frame is freed once')
    frame.inUse = false
    frame.device = null
    this.freeFrames[this.freeFrameCount++] = frame
    this.live--
    this.releaseSlot(frame.base)
  }

  /** Gives a frame back that goes no further, and says why (kfree_skb_reason). reason: a DropReason. */
  drop(frame: Frame, reason: number): void {
    this.dropped[reason]++
    if (this.journal.recording) {
      const device = frame.device
      this.journal.recordBytes(JournalKind.FRAME_DROPPED, device === null ? 0 : device.stack.node,
        device === null ? 0 : device.ifindex, frame.traceId, reason, frame.view, frame.start, frame.end)
    }
    if (this.journal.tracing) traceDrop(this.journal, frame, reason)
    this.free(frame)
  }

  /** How many frames share this frame's bytes. */
  references(frame: Frame): number {
    return this.view.getInt32(frame.base)
  }

  /** The largest `capacity` that take() serves. */
  get largest(): number {
    return SLOT_SIZES[SLOT_SIZES.length - 1] - FRONT
  }

  private unshare(frame: Frame): void {
    const old = frame.base
    const base = this.takeSlot(frame.end - old - FRONT)
    this.bytes.copyWithin(base + SLOT_HEADER, old + SLOT_HEADER, frame.end)
    frame.base = base
    shift(frame, base - old)
    this.releaseSlot(old)
  }

  private takeFrame(base: number): Frame {
    let frame: Frame
    if (this.freeFrameCount > 0) {
      frame = this.freeFrames[--this.freeFrameCount]
    } else {
      frame = new Frame(this.view, this.bytes)
      this.frames.push(frame)
      this.freeFrames.push(frame)
    }
    frame.inUse = true
    frame.base = base
    frame.start = base + FRONT
    frame.end = base + FRONT
    frame.networkAt = 0
    frame.transportAt = 0
    frame.protocol = 0
    frame.packetType = 0
    frame.inputIfindex = 0
    frame.mark = 0
    frame.priority = 0
    frame.cb0 = 0
    frame.cb1 = 0
    frame.cb2 = 0
    frame.cb3 = 0
    frame.corrupt = false
    this.live++
    return frame
  }

  private takeSlot(capacity: number): number {
    if (this.relocating) this.growMemory(1)
    const need = capacity + FRONT
    let sizeClass = 0
    while (need > SLOT_SIZES[sizeClass]) {
      sizeClass++
      assert(sizeClass < SLOT_SIZES.length, 'frame pool: a frame holds at most 66,430 bytes')
    }
    const count = this.freeSlotCounts[sizeClass]
    let base: number
    if (count > 0) {
      base = this.freeSlots[sizeClass][count - 1]
      this.freeSlotCounts[sizeClass] = count - 1
    } else {
      base = this.brk
      this.brk = base + SLOT_SIZES[sizeClass]
      if (this.brk > this.bytes.length) this.growMemory(this.bytes.length / PAGE)
      this.view.setInt32(base + CLASS_AT, sizeClass)
    }
    this.view.setInt32(base, 1)
    return base
  }

  private releaseSlot(base: number): void {
    const references = this.view.getInt32(base) - 1
    assert(references >= 0, 'frame pool: a slot is released once per reference')
    this.view.setInt32(base, references)
    if (references > 0) return
    const sizeClass = this.view.getInt32(base + CLASS_AT)
    const count = this.freeSlotCounts[sizeClass]
    if (count === this.freeSlots[sizeClass].length) this.growFreeList(sizeClass)
    this.freeSlots[sizeClass][count] = base
    this.freeSlotCounts[sizeClass] = count + 1
  }

  private growFreeList(sizeClass: number): void {
    const grown = new Int32Array(this.freeSlots[sizeClass].length * 2)
    grown.set(this.freeSlots[sizeClass])
    this.freeSlots[sizeClass] = grown
  }

  private growMemory(pages: number): void {
    const have = this.bytes.length / PAGE
    assert(have < MAX_PAGES, 'frame pool: at most 2 GiB of frames')
    this.memory.grow(Math.max(1, Math.min(pages, MAX_PAGES - have)))
    this.view = new DataView(this.memory.buffer)
    this.bytes = new Uint8Array(this.memory.buffer)
    for (let i = 0; i < this.frames.length; i++) {
      this.frames[i].view = this.view
      this.frames[i].bytes = this.bytes
    }
  }
}

/** The slab's first bytes stay unused, so that no slot has offset 0. */
const PAGE_RESERVED = 64

function copyDescription(to: Frame, from: Frame): void {
  to.start = from.start
  to.end = from.end
  to.networkAt = from.networkAt
  to.transportAt = from.transportAt
  to.protocol = from.protocol
  to.packetType = from.packetType
  to.device = from.device
  to.inputIfindex = from.inputIfindex
  to.mark = from.mark
  to.priority = from.priority
  to.traceId = from.traceId
  to.cb0 = from.cb0
  to.cb1 = from.cb1
  to.cb2 = from.cb2
  to.cb3 = from.cb3
  to.corrupt = from.corrupt
}

function shift(frame: Frame, by: number): void {
  frame.start += by
  frame.end += by
  if (frame.networkAt !== 0) frame.networkAt += by
  if (frame.transportAt !== 0) frame.transportAt += by
}
