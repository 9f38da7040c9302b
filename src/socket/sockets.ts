import { SocketContext, type SocketStack } from './inet-socket.ts'
import { PacketSockets } from './packet.ts'
import { PingSockets } from './ping.ts'
import { RawSockets } from './raw.ts'
import { Udp } from './udp.ts'

/**
 * The sockets of one network namespace: what programs open, and what packets are delivered to.
 *
 *     udp.ts      datagrams between ports              udp_rcv, udp_sendmsg, udp_err
 *     raw.ts      copies of packets by IP protocol     raw_local_deliver, raw_sendmsg, raw_err
 *     ping.ts     echo without privileges              ping_rcv, ping_v4_sendmsg, ping_err
 *     packet.ts   frames of devices                    packet_rcv, packet_sendmsg
 *
 * inet-socket.ts holds what the first three share: options, routes, errors (pending, and the queue of IP_RECVERR in
 * error-queue.ts), and the bounded queue of what was received (datagram-queue.ts). A socket never blocks; who waits is
 * woken through `onReadable` (readable.ts). Bounds: the receive buffer of each socket in bytes of truesize
 * (net.core.rmem_default 212,992), 256 queued errors, 65,535 ports per protocol.
 *
 * Departures from Linux: a send never waits for the device (SO_SNDBUF is kept, but frames on links are bounded by the
 * links' own queues); SO_REUSEPORT groups and ephemeral ports use the run's seed instead of the machine's.
 */
export class Sockets {
  readonly udp: Udp
  private readonly context: SocketContext
  private rawSockets: RawSockets | null = null
  private pingSockets: PingSockets | null = null
  private packetSockets: PacketSockets | null = null

  constructor(readonly stack: SocketStack) {
    this.context = new SocketContext(stack)
    this.udp = new Udp(this.context)
  }

  /* Made when first asked for: most hosts of a large lab never open one. */

  get raw(): RawSockets {
    if (this.rawSockets === null) this.rawSockets = new RawSockets(this.context)
    return this.rawSockets
  }

  get ping(): PingSockets {
    if (this.pingSockets === null) this.pingSockets = new PingSockets(this.context, this.raw)
    return this.pingSockets
  }

  get packet(): PacketSockets {
    if (this.packetSockets === null) this.packetSockets = new PacketSockets(this.stack.ns)
    return this.packetSockets
  }
}
