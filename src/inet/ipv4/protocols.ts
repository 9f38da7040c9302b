import type { Frame } from '../../device/frame.ts'
import { PROTO_ICMP, PROTO_UDP } from '../../wire/ipv4.ts'

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
  // The two that every host has are fields, the others in a table that most hosts never need: 300 bytes a host.
  private icmp: ProtocolHandler | null = null
  private udp: ProtocolHandler | null = null
  private others: Map<number, ProtocolHandler> | null = null

  register(protocol: number, handler: ProtocolHandler): void {
    if (protocol === PROTO_ICMP) this.icmp = handler
    else if (protocol === PROTO_UDP) this.udp = handler
    else {
      if (this.others === null) this.others = new Map()
      this.others.set(protocol, handler)
    }
  }

  lookup(protocol: number): ProtocolHandler | null {
    if (protocol === PROTO_UDP) return this.udp
    if (protocol === PROTO_ICMP) return this.icmp
    const others = this.others
    if (others === null) return null
    const handler = others.get(protocol)
    return handler === undefined ? null : handler
  }
}
