import type { Readable, Waker } from '../../socket/readable.ts'

/** Events that a queue keeps for a reader who does not read. */
const QUEUE_LIMIT = 4096

/** What a process waits for that is told of events: a netlink socket of `ip monitor`. Past its limit it loses them. */
export class EventQueue<T> implements Readable {
  onReadable: Waker | null = null
  /** Events were lost: the next read fails with ENOBUFS. */
  overrun = false
  private readonly events: T[] = []

  constructor(readonly label: string) {}

  get readable(): boolean {
    return this.events.length > 0 || this.overrun
  }

  push(event: T): void {
    if (this.events.length >= QUEUE_LIMIT) this.overrun = true
    else this.events.push(event)
    this.onReadable?.wake()
  }

  shift(): T | undefined {
    return this.events.shift()
  }
}
