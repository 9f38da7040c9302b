import type { Frame } from '../../device/frame.ts'

/** A transport above IPv4 (struct net_protocol). */
export interface ProtocolHandler {
  /** Takes a whole packet for this node: header at `networkAt`, payload from `transportAt` to `end`. Owns it. */
  receive(frame: Frame): void
  /**
   * Hears of an ICMP error about a packet this node sent: `networkAt` is the header quoted in the error,
   * `transportAt` its payload. Does not own the frame. `info` is the next-hop MTU or the parameter's pointer.
   */
  error?(frame: Frame, type: number, code: number, info: number): void
}

/** Sees packets before their protocol does, and copies what it wants (raw sockets: raw_local_deliver). */
export interface RawDelivery {
  /** Returns true if a socket took a copy; then an unknown protocol is no error. Does not own the frame. */
  deliver(frame: Frame, protocol: number): boolean
  /** Hears of ICMP errors before the protocol does; as ProtocolHandler.error (raw_icmp_error). */
  error?(frame: Frame, type: number, code: number, info: number): void
}

/** Who takes which IP protocol (inet_protos). */
export class ProtocolTable {
  raw: RawDelivery | null = null
  private readonly handlers: (ProtocolHandler | null)[] = []

  register(protocol: number, handler: ProtocolHandler): void {
    while (this.handlers.length <= protocol) this.handlers.push(null)
    this.handlers[protocol] = handler
  }

  lookup(protocol: number): ProtocolHandler | null {
    return protocol < this.handlers.length ? this.handlers[protocol] : null
  }
}
