// Hot path.
import type { Frame } from '../device/frame.ts'
import type { FramePool } from '../device/frame-pool.ts'
import type { Clock } from '../engine/clock.ts'
import { DropReason } from '../wire/drop-reason.ts'

/** SO_RCVBUF and SO_SNDBUF of a new socket (net.core.rmem_default, wmem_default): bytes of truesize. */
export const DEFAULT_BUFFER = 212992
/** The largest SO_RCVBUF: twice net.core.rmem_max. */
export const MAX_BUFFER = 425984
/** The smallest (SOCK_MIN_RCVBUF). */
export const MIN_BUFFER = 2304

/**
 * What a socket has received and its program has not read yet: frames in order of arrival, each with its time and its
 * truesize, which counts against the receive buffer (sk_receive_queue, sk_rmem_alloc). A ring that doubles; empty it
 * costs nothing.
 */
export class DatagramQueue {
  /** Bytes of truesize held. */
  used = 0
  /** Datagrams dropped because the buffer was full (SO_RXQ_OVFL, `ss -m` d). */
  drops = 0
  private frames: (Frame | null)[] = NO_FRAMES
  private times = NO_TIMES
  private sizes = NO_SIZES
  private head = 0
  private count = 0
  /** Of UDP's reader: datagrams moved over to it, and bytes read that still count (reader_queue, forward_deficit). */
  private readerLeft = 0
  private deficit = 0

  get length(): number {
    return this.count
  }

  /** Appends a frame that came now; owns it. The clock is read here: a time that is passed along may be boxed. */
  push(frame: Frame, clock: Clock, truesize: number): void {
    if (this.count === this.frames.length) this.grow()
    const slot = (this.head + this.count) & (this.frames.length - 1)
    this.frames[slot] = frame
    this.times[slot] = clock.ns[0]
    this.sizes[slot] = truesize
    this.count++
    this.used += truesize
  }

  /** The oldest frame without taking it, or null. */
  peek(): Frame | null {
    return this.count === 0 ? null : this.frames[this.head]
  }

  /** When the oldest frame arrived. */
  get headTimeNs(): number {
    return this.times[this.head]
  }

  /** Takes the oldest frame; the caller owns it. Null when empty. */
  shift(): Frame | null {
    if (this.count === 0) return null
    const frame = this.frames[this.head]
    this.frames[this.head] = null
    this.used -= this.sizes[this.head]
    this.head = (this.head + 1) & (this.frames.length - 1)
    this.count--
    return frame
  }

  /**
   * The same as UDP does it: the reader takes over all that is there at once, and what it reads goes on counting until
   * that is a quarter of the buffer, or the last of those was read (udp_skb_destructor, udp_rmem_release).
   */
  shiftDeferred(buffer: number): Frame | null {
    if (this.count === 0) return null
    if (this.readerLeft === 0) this.readerLeft = this.count
    const size = this.sizes[this.head]
    const frame = this.shift()
    this.readerLeft--
    this.deficit += size
    if (this.deficit < buffer >> 2 && this.readerLeft > 0) this.used += size
    else {
      this.used -= this.deficit - size
      this.deficit = 0
    }
    return frame
  }

  /** Drops everything: the socket was closed. */
  clear(pool: FramePool): void {
    for (let frame = this.shift(); frame !== null; frame = this.shift()) pool.drop(frame, DropReason.SOCKET_CLOSE)
  }

  private grow(): void {
    const before = this.frames.length
    const capacity = before === 0 ? 4 : before * 2
    const frames: (Frame | null)[] = new Array<Frame | null>(capacity).fill(null)
    const times = new Float64Array(capacity)
    const sizes = new Int32Array(capacity)
    for (let i = 0; i < this.count; i++) {
      const slot = (this.head + i) & (before - 1)
      frames[i] = this.frames[slot]
      times[i] = this.times[slot]
      sizes[i] = this.sizes[slot]
    }
    this.frames = frames
    this.times = times
    this.sizes = sizes
    this.head = 0
  }
}

/** Shared by sockets that never received anything. */
const NO_FRAMES: (Frame | null)[] = []
const NO_TIMES = new Float64Array(0)
const NO_SIZES = new Int32Array(0)
