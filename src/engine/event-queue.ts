// Hot path.
import { assert } from '../base/assert.ts'

/**
 * The pending events of a simulation: a 4-ary heap as a struct of arrays.
 *
 * An event is (time, order, receiver, argument); nothing else, no closure. The total order is
 *
 *     1. time, in nanoseconds
 *     2. order = node * 2^32 + sequence: the id of the node where it happens (nodes are numbered by name),
 *        then that node's own sequence number
 *
 * so two events never compare equal, and the order does not depend on who was scheduled first in another node:
 * a frame's arrival has the fixed sequence number of the receiving port (its lane, below FIRST_TIMER_SEQUENCE),
 * a timer takes the next number of its node when it is armed. That is what lets a run be replayed, and later be
 * shared out over threads, without a byte changing.
 *
 *     times     [ t0 | t1 | t2 | ...   f64 ns
 *     orders    [ o0 | o1 | ...        f64, exact: 21 bits of node, 32 bits of sequence
 *     receivers [ r0 | r1 | ...        i32, index into Simulation's receivers
 *     arguments [ a0 | a1 | ...        i32, for the receiver
 *
 * The event being dispatched stays at the root as a hole: the first push made while it is handled fills the hole and
 * sifts down once, instead of a pop's sift and a push's sift. A link that has more frames in flight does just that.
 */
export class EventQueue {
  times = new Float64Array(64)
  orders = new Float64Array(64)
  receivers = new Int32Array(64)
  arguments = new Int32Array(64)
  /** Entries in the heap, the hole included. */
  length = 0
  hole = false

  /** Events that are still to come (the one being dispatched not counted). */
  get size(): number {
    return this.hole ? this.length - 1 : this.length
  }

  push(timeNs: number, order: number, receiver: number, argument: number): void {
    if (this.hole) {
      this.hole = false
      this.siftDown(timeNs, order, receiver, argument)
      return
    }
    if (this.length === this.times.length) this.grow()
    const times = this.times
    const orders = this.orders
    let at = this.length
    this.length = at + 1
    while (at > 0) {
      const parent = (at - 1) >> 2
      const parentTime = times[parent]
      if (parentTime < timeNs || (parentTime === timeNs && orders[parent] < order)) break
      times[at] = parentTime
      orders[at] = orders[parent]
      this.receivers[at] = this.receivers[parent]
      this.arguments[at] = this.arguments[parent]
      at = parent
    }
    times[at] = timeNs
    orders[at] = order
    this.receivers[at] = receiver
    this.arguments[at] = argument
  }

  /** Leaves the earliest event at the root as a hole; the caller reads times[0], receivers[0], arguments[0] first. */
  openHole(): void {
    this.hole = true
  }

  /** Ends the dispatch of the earliest event: if no push has filled its hole, the last entry does. */
  closeHole(): void {
    if (!this.hole) return
    this.hole = false
    const last = this.length - 1
    this.length = last
    if (last > 0) this.siftDown(this.times[last], this.orders[last], this.receivers[last], this.arguments[last])
  }

  /** Places an entry from the root downwards. */
  private siftDown(timeNs: number, order: number, receiver: number, argument: number): void {
    const times = this.times
    const orders = this.orders
    const length = this.length
    let at = 0
    for (;;) {
      let child = at * 4 + 1
      if (child >= length) break
      let end = child + 4
      if (end > length) end = length
      let least = child
      let leastTime = times[child]
      for (child++; child < end; child++) {
        const time = times[child]
        if (time < leastTime || (time === leastTime && orders[child] < orders[least])) {
          least = child
          leastTime = time
        }
      }
      if (timeNs < leastTime || (timeNs === leastTime && order < orders[least])) break
      times[at] = leastTime
      orders[at] = orders[least]
      this.receivers[at] = this.receivers[least]
      this.arguments[at] = this.arguments[least]
      at = least
    }
    times[at] = timeNs
    orders[at] = order
    this.receivers[at] = receiver
    this.arguments[at] = argument
  }

  private grow(): void {
    const capacity = this.times.length * 2
    assert(capacity <= 1 << 26, 'event queue: at most 2^26 events are pending')
    this.times = growFloats(this.times, capacity)
    this.orders = growFloats(this.orders, capacity)
    this.receivers = growInts(this.receivers, capacity)
    this.arguments = growInts(this.arguments, capacity)
  }
}

function growFloats(from: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(capacity)
  to.set(from)
  return to
}

function growInts(from: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(capacity)
  to.set(from)
  return to
}
