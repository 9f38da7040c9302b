// Hot path.
import { EACCES, EBADF, EDESTADDRREQ, EINVAL, EMSGSIZE } from '../base/errno.ts'
import type { Frame } from '../device/frame.ts'
import type { NetDevice } from '../device/net-device.ts'
import type { RawDelivery } from '../inet/ipv4/protocols.ts'
import { formatIpv4, isMulticast } from '../wire/address.ts'
import * as icmpv4 from '../wire/icmpv4.ts'
import * as ipv4 from '../wire/ipv4.ts'
import { convertIcmp, icmpError, localError } from './error-queue.ts'
import { type Datagram, InetSocket, inputIfindex, IP_PMTUDISC_DONT, type SocketContext } from './inet-socket.ts'

/**
 * Raw sockets (Linux net/ipv4/raw.c): each gets a copy of every packet for this node that has its protocol and passes
 * its filters, before the protocol itself; the bytes begin with the IPv4 header. `ping` of root is one.
 */
export class RawSockets implements RawDelivery {
  /** Newest first, as Linux chains them; null until the first. */
  private sockets: RawSocket[] | null = null
  /** Whether the packet delivered last found a socket: then an echo reply nobody else wants is not stray. */
  taken = false

  constructor(readonly context: SocketContext) {
    context.stack.protocols.raw = this
  }

  /** socket(AF_INET, SOCK_RAW, protocol). Protocol 255 sends only, and writes its headers itself. Cold. */
  open(protocol: number): RawSocket {
    const socket = new RawSocket(this, this.context, protocol)
    if (this.sockets === null) this.sockets = []
    this.sockets.unshift(socket)
    return socket
  }

  /** Open sockets, the newest first. Cold. */
  get list(): readonly RawSocket[] {
    return this.sockets ?? []
  }

  remove(socket: RawSocket): void {
    if (this.sockets === null) return
    this.sockets.splice(this.sockets.indexOf(socket), 1)
    if (this.sockets.length === 0) this.sockets = null
  }

  deliver(frame: Frame, protocol: number): boolean {
    this.taken = false
    const sockets = this.sockets
    if (sockets === null) return false
    const source = ipv4.source(frame.view, frame.networkAt)
    const destination = ipv4.destination(frame.view, frame.networkAt)
    const device = frame.device as NetDevice // set since NetDevice.receive
    const ifindex = inputIfindex(this.context.stack, device, destination)
    for (let i = 0; i < sockets.length; i++) {
      const socket = sockets[i]
      if (!socket.matches(protocol, source, destination, ifindex)) continue
      this.taken = true
      if (socket.filters(frame)) continue
      if (this.context.stack.ns.simulation.journal.tracing) traceDeliver(this.context, frame, socket)
      socket.accept(this.context.stack.ns.pool.clone(frame))
    }
    return this.taken
  }

  error(frame: Frame, type: number, code: number, info: number): void {
    const sockets = this.sockets
    if (sockets === null) return
    const view = frame.view
    const at = frame.networkAt
    const device = frame.device as NetDevice // set since NetDevice.receive
    for (let i = 0; i < sockets.length; i++) {
      const socket = sockets[i]
      if (socket.matches(ipv4.protocol(view, at), ipv4.destination(view, at), ipv4.source(view, at), device.ifindex)) {
        socket.onIcmp(frame, type, code, info)
      }
    }
  }
}

/** A raw socket. Calls return 0 or a value, or -errno. */
export class RawSocket extends InetSocket {
  /** IP_HDRINCL: the program writes the IPv4 header. */
  headerIncluded: boolean
  /** ICMP_FILTER: a bit set keeps that ICMP type away. */
  icmpFilter = 0

  constructor(private readonly owner: RawSockets, context: SocketContext, protocol: number) {
    super(context, protocol)
    this.headerIncluded = protocol === ipv4.PROTO_RAW
  }

  get label(): string {
    return 'raw ' + formatIpv4(this.boundAddress) + ' protocol ' + String(this.protocol)
  }

  /** bind(): the local address; 0 or -EADDRNOTAVAIL. */
  bind(address: number): number {
    const error = this.checkBindAddress(address)
    if (error === 0) this.setBound(address)
    return error
  }

  connect(address: number): number {
    return this.connectTo(address, 0)
  }

  send(payload: Uint8Array): number {
    return this.connected ? this.sendTo(payload, this.peerAddress) : -EDESTADDRREQ
  }

  /**
   * sendto(): the packet's payload, or with headerIncluded the whole packet. Returns the length given, or -errno:
   * EMSGSIZE, ENETUNREACH, EHOSTUNREACH, EACCES (broadcast without SO_BROADCAST), a pending error (raw_sendmsg).
   */
  sendTo(payload: Uint8Array, address: number): number {
    const stack = this.stack
    if (this.closed) return -EBADF
    if (payload.length > 0xffff) return this.tooLong(address)
    // raw_probe_proto_opt(): an ICMP message's type and code stand where the port would.
    const isIcmp = this.protocol === ipv4.PROTO_ICMP && !this.headerIncluded && payload.length > 1
    const port = isIcmp ? payload[0] << 8 | payload[1] : 0
    const error = this.lookup(address, port, 0)
    if (error !== 0) {
      return error
    }
    const route = this.route
    if (route.isBroadcast && !this.broadcast) return -EACCES
    const pending = this.consumeError()
    if (pending !== 0) return pending
    const destination = address === 0 ? route.source : address
    if (this.headerIncluded) return this.sendWhole(payload, destination)
    const tooLong = this.checkSize(payload.length, destination, 0)
    if (tooLong !== 0) return tooLong
    const frame = this.takeFrame(payload.length)
    frame.bytes.set(payload, frame.transportAt)
    if (this.protocol === ipv4.PROTO_ICMP && payload.length > 0) stack.counters.countIcmpOut(payload[0])
    if (stack.ns.simulation.journal.tracing) traceSend(this.context, frame, this.protocol, destination)
    this.sendAlong(frame, this.sourceAddress !== 0 ? this.sourceAddress : route.source, destination)
    return payload.length
  }

  /** recvmsg(): the oldest packet from its IPv4 header on, or -errno. */
  receive(): Datagram | number {
    return this.receiveWith(readPacket)
  }

  close(): void {
    if (this.closed) return
    this.owner.remove(this)
    this.release()
  }

  /** Whether a packet from `source` to `destination` on that device is for this socket (raw_v4_match). */
  matches(protocol: number, source: number, destination: number, ifindex: number): boolean {
    return this.protocol === protocol && (!this.connected || this.peerAddress === source) &&
      (this.boundAddress === 0 || this.boundAddress === destination || isMulticast(destination)) &&
      (this.boundIfindex === 0 || this.boundIfindex === ifindex)
  }

  /** Whether ICMP_FILTER keeps the message away (icmp_filter). */
  filters(frame: Frame): boolean {
    if (this.icmpFilter === 0 || this.protocol !== ipv4.PROTO_ICMP || frame.transportAt >= frame.end) return false
    const type = frame.view.getUint8(frame.transportAt)
    return type < 32 && ((1 << type) & this.icmpFilter) !== 0
  }

  /** Queues a packet; owns it (raw_rcv). */
  accept(frame: Frame): void {
    this.enqueue(frame, false)
  }

  onIcmp(frame: Frame, type: number, code: number, info: number): void {
    if (!this.receiveErrors && !this.connected) return
    const converted = convertIcmp(type, code, true)
    if (converted === null) return
    if (this.receiveErrors) {
      const at = this.headerIncluded ? frame.networkAt : frame.transportAt
      this.addError(icmpError(frame, converted.errno, type, code, info, 0, at, this.nowNs))
    }
    const fatal = type === icmpv4.ICMP_DEST_UNREACH && code === icmpv4.ICMP_FRAG_NEEDED
      ? this.pmtuDiscovery !== IP_PMTUDISC_DONT : converted.fatal
    if (this.receiveErrors || fatal) this.reportError(converted.errno)
  }

  private tooLong(destination: number): number {
    this.addError(localError(EMSGSIZE, destination, 0, 0xffff, this.nowNs))
    return -EMSGSIZE
  }

  /** A packet with its header: length, checksum, and source and id if zero, are filled in (raw_send_hdrinc). */
  private sendWhole(packet: Uint8Array, destination: number): number {
    const stack = this.stack
    const route = this.route
    const length = packet.length
    const mtu = route.device === null ? 0 : route.device.mtu
    if (length > mtu) {
      this.addError(localError(EMSGSIZE, destination, 0, mtu, this.nowNs))
      return -EMSGSIZE
    }
    const headerLength = length < ipv4.HEADER_LEN ? 0 : (packet[0] & 0x0f) << 2
    if (headerLength < ipv4.HEADER_LEN || headerLength > length) return -EINVAL
    const frame = this.takeFrame(length)
    const at = frame.transportAt
    frame.bytes.set(packet, at)
    frame.networkAt = at
    frame.transportAt = at + headerLength
    const view = frame.view
    const source = this.sourceAddress !== 0 ? this.sourceAddress : route.source
    if (ipv4.source(view, at) === 0) ipv4.setSource(view, at, source)
    if (ipv4.identification(view, at) === 0) {
      ipv4.setIdentification(view, at, stack.output.nextId(ipv4.source(view, at), ipv4.destination(view, at),
        ipv4.protocol(view, at)))
    }
    if (stack.ns.simulation.journal.tracing) traceSend(this.context, frame, ipv4.protocol(view, at), destination)
    stack.output.sendPrepared(frame, route)
    return length
  }
}

/** What a program receives. Cold. */
function readPacket(frame: Frame, timeNs: number): Datagram {
  const view = frame.view
  const at = frame.networkAt
  return {
    bytes: frame.bytes.slice(at, frame.end), source: ipv4.source(view, at), sourcePort: 0,
    destination: ipv4.destination(view, at), ttl: ipv4.ttl(view, at), tos: ipv4.tos(view, at),
    ifindex: frame.device === null ? 0 : frame.device.ifindex, timeNs,
  }
}

/** A sentence for the journal. Cold. */
function traceDeliver(context: SocketContext, frame: Frame, socket: RawSocket): void {
  context.stack.ns.trace(frame, {
    hook: 'raw_local_deliver', text: `a copy for the socket ${socket.label}`, data: { socket: socket.label },
  })
}

/** A sentence for the journal. Cold. */
function traceSend(context: SocketContext, frame: Frame, protocol: number, destination: number): void {
  context.stack.ns.trace(frame, {
    hook: 'raw_sendmsg',
    text: `a program sends a packet of protocol ${protocol} to ${formatIpv4(destination)} through a raw socket`,
    data: { protocol, destination: formatIpv4(destination) },
  })
}
