// Hot path.

/** Something bound to a local port; the table chains them through `nextInTable`. */
export interface PortHolder<T> {
  port: number
  nextInTable: T | null
}

/**
 * Sockets by local port: chains in a table of a power of two, the newest first, as Linux's udp_table (hash = port).
 * It starts with 8 chains and doubles when there are as many sockets, to at most 65,536; a host without bound sockets
 * has none at all.
 */
export class PortTable<T extends PortHolder<T>> {
  count = 0
  private heads: (T | null)[] = new Array<T | null>(8).fill(null)

  /** The first socket of the port's chain (the chain holds other ports too), or null. */
  chain(port: number): T | null {
    return this.heads[port & (this.heads.length - 1)]
  }

  /** Puts a socket with its `port` set in front of its chain. */
  add(socket: T): void {
    if (this.count >= this.heads.length && this.heads.length < 65536) this.grow()
    const at = socket.port & (this.heads.length - 1)
    socket.nextInTable = this.heads[at]
    this.heads[at] = socket
    this.count++
  }

  remove(socket: T): void {
    const at = socket.port & (this.heads.length - 1)
    let previous: T | null = null
    for (let other = this.heads[at]; other !== null; other = other.nextInTable) {
      if (other === socket) {
        if (previous === null) this.heads[at] = other.nextInTable
        else previous.nextInTable = other.nextInTable
        other.nextInTable = null
        this.count--
        return
      }
      previous = other
    }
  }

  /** All sockets, by port and within a port newest first: for `ss`. Cold. */
  list(): T[] {
    const out: T[] = []
    for (let i = 0; i < this.heads.length; i++) {
      for (let socket = this.heads[i]; socket !== null; socket = socket.nextInTable) out.push(socket)
    }
    return out.sort((a, b) => a.port - b.port)
  }

  /** Doubles the table. Cold. */
  private grow(): void {
    const old = this.heads
    this.heads = new Array<T | null>(old.length * 2).fill(null)
    this.count = 0
    for (let i = 0; i < old.length; i++) {
      // Oldest first, so that the newest ends in front again.
      const chain: T[] = []
      for (let socket = old[i]; socket !== null; socket = socket.nextInTable) chain.push(socket)
      for (let j = chain.length - 1; j >= 0; j--) this.add(chain[j])
    }
  }
}
