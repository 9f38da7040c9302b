/** Who is told when a socket gets something to read; a waiting process, or a daemon's state machine. */
export interface Waker {
  wake(): void
}

/** Something that can be waited for in poll(). */
export interface Readable {
  /** Whether a read would return something now: data, an error, the end. */
  readonly readable: boolean
  /** Told once each time something arrives; at most one. */
  onReadable: Waker | null
  /** "udp 0.0.0.0:53", for `ps` and messages. */
  readonly label: string
}
