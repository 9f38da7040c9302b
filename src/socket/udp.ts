// Hot path.
import {
  EACCES, EADDRINUSE, EAGAIN, EDESTADDRREQ, EINVAL, EMSGSIZE, ENETUNREACH, EBADF,
} from '../base/errno.ts'
import { type Frame, PACKET_HOST } from '../device/frame.ts'
import type { NetDevice } from '../device/net-device.ts'
import type { ProtocolHandler } from '../inet/ipv4/protocols.ts'
import { RTN_BROADCAST, RTN_MULTICAST } from '../inet/route/constants.ts'
import { formatIpv4, isMulticast } from '../wire/address.ts'
import { DropReason } from '../wire/drop-reason.ts'
import * as icmpv4 from '../wire/icmpv4.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as udp from '../wire/udp.ts'
import { convertIcmp, icmpError } from './error-queue.ts'
import { type Datagram, InetSocket, inputIfindex, IP_PMTUDISC_DONT, type SocketContext } from './inet-socket.ts'
import { type PortHolder, PortTable } from './port-table.ts'

/**
 * UDP (RFC 768; Linux net/ipv4/udp.c): the sockets of a namespace by port, what comes in, and errors about what went
 * out. A datagram goes to the one socket that fits best (compute_score); a broadcast or multicast to all that fit.
 */
export class Udp implements ProtocolHandler {
  private table: PortTable<UdpSocket> | null = null

  constructor(readonly context: SocketContext) {
    context.stack.protocols.register(ipv4.PROTO_UDP, this)
  }

  /** socket(AF_INET, SOCK_DGRAM). */
  open(): UdpSocket {
    return new UdpSocket(this, this.context)
  }

  /** Bound sockets, by port. Cold. */
  get sockets(): UdpSocket[] {
    return this.table === null ? [] : this.table.list()
  }

  /** Takes a datagram for this node; owns it (udp_rcv). */
  receive(frame: Frame): void {
    const { ns, counters } = this.context.stack
    const at = frame.transportAt
    const bad = udp.check(frame.view, at, frame.end)
    if (bad !== 0) {
      counters.udpInErrors++
      ns.pool.drop(frame, bad)
      return
    }
    const source = ipv4.source(frame.view, frame.networkAt)
    const destination = ipv4.destination(frame.view, frame.networkAt)
    frame.end = at + udp.length(frame.view, at)
    const wrong = udp.checkChecksum(frame.view, at, source, destination)
    if (wrong !== 0) {
      counters.udpInCsumErrors++
      counters.udpInErrors++
      ns.pool.drop(frame, wrong)
      return
    }
    if (this.isForMany(frame, destination)) {
      this.receiveForMany(frame, source, destination)
      return
    }
    const device = frame.device as NetDevice // set since NetDevice.receive
    const socket = this.lookup(source, udp.sourcePort(frame.view, at), destination,
      udp.destinationPort(frame.view, at), inputIfindex(this.context.stack, device, destination))
    if (ns.simulation.journal.tracing) this.trace(frame, socket)
    if (socket !== null) {
      socket.accept(frame)
      return
    }
    // A broadcast that a router's unicast frame brought; nobody is told (RTCF_BROADCAST of the route).
    if (this.context.stack.routing.addressType(destination) === RTN_BROADCAST) {
      counters.udpIgnoredMulti++
      ns.pool.free(frame)
      return
    }
    counters.udpNoPorts++
    this.context.stack.icmp.sendError(frame, icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_PORT_UNREACH, 0)
    ns.pool.drop(frame, DropReason.NO_SOCKET)
  }

  /** An ICMP error about a datagram of ours (udp_err). */
  error(frame: Frame, type: number, code: number, info: number): void {
    const view = frame.view
    const at = frame.transportAt
    if (at + 4 > frame.end) return
    const device = frame.device as NetDevice // set since NetDevice.receive
    const socket = this.lookup(ipv4.destination(view, frame.networkAt), udp.destinationPort(view, at),
      ipv4.source(view, frame.networkAt), udp.sourcePort(view, at), device.ifindex)
    if (socket !== null) socket.onIcmp(frame, type, code, info)
    else this.context.stack.counters.icmpInErrors++
  }

  /** The socket for a datagram: of those bound to the very address the best, else of those bound to any. */
  lookup(source: number, sourcePort: number, destination: number, port: number, ifindex: number): UdpSocket | null {
    if (this.table === null) return null
    const first = this.table.chain(port)
    return this.best(first, destination, source, sourcePort, destination, port, ifindex) ??
      this.best(first, 0, source, sourcePort, destination, port, ifindex)
  }

  private best(first: UdpSocket | null, bound: number, source: number, sourcePort: number, destination: number,
    port: number, ifindex: number): UdpSocket | null {
    let best: UdpSocket | null = null
    let bestScore = -1
    for (let socket = first; socket !== null; socket = socket.nextInTable) {
      if (socket.port !== port || socket.boundAddress !== bound) continue
      const score = socket.score(source, sourcePort, ifindex)
      if (score <= bestScore) continue
      best = socket
      bestScore = score
    }
    if (best !== null && best.reusePort && !best.connected) {
      return this.chooseInGroup(best, source, sourcePort, destination)
    }
    return best
  }

  /** SO_REUSEPORT: the flow's hash picks a member of the group (reuseport_select_sock). */
  private chooseInGroup(leader: UdpSocket, source: number, sourcePort: number, destination: number): UdpSocket {
    let members = 0
    for (let s: UdpSocket | null = this.chainOf(leader); s !== null; s = s.nextInTable) if (leader.isPeer(s)) members++
    let hash = Math.imul(source ^ Math.imul(destination, 0x85ebca6b), 0x9e3779b1) ^ ((sourcePort << 16) | leader.port)
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
    let index = Math.floor((((hash ^ (hash >>> 13)) >>> 0) * members) / 4294967296)
    for (let s: UdpSocket | null = this.chainOf(leader); s !== null; s = s.nextInTable) {
      if (leader.isPeer(s) && index-- === 0) return s
    }
    return leader
  }

  private chainOf(socket: UdpSocket): UdpSocket | null {
    return this.table === null ? null : this.table.chain(socket.port)
  }

  private isForMany(frame: Frame, destination: number): boolean {
    if (isMulticast(destination)) return true
    if (frame.packetType === PACKET_HOST) return false
    const type = this.context.stack.routing.addressType(destination)
    return type === RTN_BROADCAST || type === RTN_MULTICAST
  }

  /** A copy for every socket that fits (__udp4_lib_mcast_deliver); the frame itself goes to the last. */
  private receiveForMany(frame: Frame, source: number, destination: number): void {
    const { ns, counters } = this.context.stack
    const at = frame.transportAt
    const sourcePort = udp.sourcePort(frame.view, at)
    const port = udp.destinationPort(frame.view, at)
    const device = frame.device as NetDevice // set since NetDevice.receive
    let last: UdpSocket | null = null
    for (let s = this.table === null ? null : this.table.chain(port); s !== null; s = s.nextInTable) {
      if (s.port !== port || !s.takesGroup(source, sourcePort, destination, device.ifindex)) continue
      if (last !== null) last.accept(ns.pool.clone(frame))
      last = s
    }
    if (ns.simulation.journal.tracing) this.trace(frame, last)
    if (last !== null) last.accept(frame)
    else {
      counters.udpIgnoredMulti++
      ns.pool.free(frame)
    }
  }

  /** Gives a socket its port: `wanted`, or one of the ephemeral range (udp_lib_get_port). 0 or -EADDRINUSE. */
  takePort(socket: UdpSocket, wanted: number): number {
    if (this.table === null) this.table = new PortTable()
    const port = wanted !== 0 ? (this.inUse(socket, wanted) ? 0 : wanted) : this.findFree(socket)
    if (port === 0) return -EADDRINUSE
    socket.port = port
    this.table.add(socket)
    return 0
  }

  releasePort(socket: UdpSocket): void {
    if (this.table !== null) this.table.remove(socket)
    socket.port = 0
  }

  /**
   * A random start, then steps of an odd multiple of the table's size within each of its chains: the order of Linux,
   * so that consecutive sockets get unrelated ports and all of the range is reached.
   */
  private findFree(socket: UdpSocket): number {
    const conf = this.context.stack.ns.conf
    const low = conf.ipLocalPortRangeLow
    const high = conf.ipLocalPortRangeHigh
    const random = this.context.random.int32() >>> 0
    const start = Math.floor((random * (high - low + 1)) / 4294967296) + low
    const step = (((random | 1) >>> 0) * TABLE_SIZE) & 0xffff
    for (let first = start; first < start + TABLE_SIZE; first++) {
      let port = first & 0xffff
      do {
        if (port >= low && port <= high && !this.inUse(socket, port)) return port
        port = (port + step) & 0xffff
      } while (port !== (first & 0xffff))
    }
    return 0
  }

  private inUse(socket: UdpSocket, port: number): boolean {
    const table = this.table
    if (table === null) return false
    for (let other = table.chain(port); other !== null; other = other.nextInTable) {
      if (other !== socket && other.port === port && other.conflictsWith(socket)) return true
    }
    return false
  }

  private trace(frame: Frame, socket: UdpSocket | null): void {
    traceReceive(this.context, frame, socket)
  }
}

/** Chains of Linux's udp_table on a small machine (UDP_HTABLE_SIZE_MIN). */
const TABLE_SIZE = 256

/** A UDP socket. Ports are numbers, addresses int32; every call returns 0 or a value, or -errno. */
export class UdpSocket extends InetSocket implements PortHolder<UdpSocket> {
  port = 0
  nextInTable: UdpSocket | null = null

  constructor(private readonly owner: Udp, context: SocketContext) {
    super(context, ipv4.PROTO_UDP)
  }

  get label(): string {
    return 'udp ' + formatIpv4(this.boundAddress) + ':' + String(this.port)
  }

  /** bind(): EADDRNOTAVAIL, EADDRINUSE, EINVAL when it is bound. Port 0: one of the ephemeral range. */
  bind(address: number, port: number): number {
    const error = this.checkBindAddress(address)
    if (error !== 0) return error
    if (this.port !== 0) return -EINVAL
    this.setBound(address)
    const taken = this.owner.takePort(this, port)
    if (taken !== 0) this.setBound(0)
    return taken
  }

  /** connect(): fixes peer and source address, and binds a port if there is none. */
  connect(address: number, port: number): number {
    const error = this.connectTo(address, port)
    if (error !== 0) return error
    return this.port === 0 ? this.owner.takePort(this, 0) : 0
  }

  /** connect(AF_UNSPEC). */
  disconnect(): void {
    this.connected = false
    this.peerAddress = 0
    this.peerPort = 0
  }

  /** send() to the connected peer. */
  send(payload: Uint8Array): number {
    if (!this.connected) return -EDESTADDRREQ
    return this.sendTo(payload, this.peerAddress, this.peerPort)
  }

  /**
   * sendto(): returns the payload's length or -errno: EMSGSIZE, ENETUNREACH, EHOSTUNREACH, EACCES (broadcast without
   * SO_BROADCAST), EINVAL (port 0), a pending error, or EBADF on a closed socket. Allocates nothing (udp_sendmsg).
   */
  sendTo(payload: Uint8Array, address: number, port: number): number {
    const stack = this.stack
    const length = payload.length
    if (this.closed) return -EBADF
    if (length > 0xffff) return -EMSGSIZE
    if (port === 0) return -EINVAL
    if (this.port === 0) {
      const taken = this.owner.takePort(this, 0)
      if (taken !== 0) return -EAGAIN
    }
    const error = this.lookup(address, port, this.port)
    if (error !== 0) {
      if (error === -ENETUNREACH) stack.counters.ipOutNoRoutes++
      return error
    }
    const route = this.route
    if (route.isBroadcast && !this.broadcast) return -EACCES
    const pending = this.consumeError()
    if (pending !== 0) return pending
    const destination = address === 0 ? route.source : address
    const tooLong = this.checkSize(length + udp.HEADER_LEN, destination, this.peerPort)
    if (tooLong !== 0) return tooLong
    const source = this.sourceAddress !== 0 ? this.sourceAddress : route.source
    const frame = this.takeFrame(length + udp.HEADER_LEN)
    const at = frame.transportAt
    frame.bytes.set(payload, at + udp.HEADER_LEN)
    udp.write(frame.view, at, this.port, port, length + udp.HEADER_LEN)
    udp.fillChecksum(frame.view, at, source, destination)
    stack.counters.udpOutDatagrams++
    if (stack.ns.simulation.journal.tracing) traceSend(this.context, frame, this.port, destination, port)
    this.sendAlong(frame, source, destination)
    return length
  }

  /** recvmsg(): the oldest datagram, or -errno: EAGAIN when there is none, or a pending error (ECONNREFUSED …). */
  receive(): Datagram | number {
    const pending = this.consumeError()
    if (pending !== 0) return pending
    const timeNs = this.queue.headTimeNs
    const frame = this.queue.shiftDeferred(this.receiveBuffer)
    if (frame === null) return -EAGAIN
    const datagram = readDatagram(frame, timeNs)
    this.stack.ns.pool.free(frame)
    return datagram
  }

  /** recv() into a buffer, allocating nothing: the datagram's whole length (MSG_TRUNC), or -errno. */
  receiveInto(buffer: Uint8Array): number {
    const pending = this.consumeError()
    if (pending !== 0) return pending
    const frame = this.queue.shiftDeferred(this.receiveBuffer)
    if (frame === null) return -EAGAIN
    const at = frame.transportAt + udp.HEADER_LEN
    const length = frame.end - at
    const bytes = frame.bytes
    if (length <= COPY_BY_HAND && length <= buffer.length) for (let i = 0; i < length; i++) buffer[i] = bytes[at + i]
    else copyOut(bytes, at, length, buffer)
    this.stack.ns.pool.free(frame)
    return length
  }

  close(): void {
    if (this.closed) return
    if (this.port !== 0) this.owner.releasePort(this)
    this.release()
  }

  /** Queues a datagram that is for this socket; owns it (udp_queue_rcv_skb). */
  accept(frame: Frame): void {
    const counters = this.stack.counters
    if (this.enqueue(frame, true)) {
      counters.udpInDatagrams++
      return
    }
    counters.udpRcvbufErrors++
    counters.udpInErrors++
  }

  /** How well a datagram from there fits (compute_score); -1: not at all. Port and bound address were compared. */
  score(source: number, sourcePort: number, ifindex: number): number {
    let score = 2
    if (this.connected) {
      if (this.peerAddress !== source || this.peerPort !== sourcePort) return -1
      score += 8
    }
    if (this.boundIfindex !== 0) {
      if (this.boundIfindex !== ifindex) return -1
      score += 4
    }
    return score
  }

  /** Whether a broadcast or multicast datagram is for this socket too (__udp_is_mcast_sock). */
  takesGroup(source: number, sourcePort: number, destination: number, ifindex: number): boolean {
    if (this.connected && (this.peerAddress !== source || this.peerPort !== sourcePort)) return false
    if (this.boundAddress !== 0 && this.boundAddress !== destination) return false
    return this.boundIfindex === 0 || this.boundIfindex === ifindex
  }

  /** Whether both may not hold the same port (udp_lib_lport_inuse, inet_rcv_saddr_equal). */
  conflictsWith(other: UdpSocket): boolean {
    if (this.reuseAddress && other.reuseAddress) return false
    if (this.boundIfindex !== 0 && other.boundIfindex !== 0 && this.boundIfindex !== other.boundIfindex) return false
    if (this.boundAddress !== 0 && other.boundAddress !== 0 && this.boundAddress !== other.boundAddress) return false
    return !(this.reusePort && other.reusePort)
  }

  /** Whether it is of the same SO_REUSEPORT group. */
  isPeer(other: UdpSocket): boolean {
    return other.reusePort && !other.connected && other.port === this.port &&
      other.boundAddress === this.boundAddress && other.boundIfindex === this.boundIfindex
  }

  onIcmp(frame: Frame, type: number, code: number, info: number): void {
    const converted = convertIcmp(type, code, this.pmtuDiscovery !== IP_PMTUDISC_DONT)
    if (converted === null) return
    if (this.receiveErrors) {
      this.addError(icmpError(frame, converted.errno, type, code, info,
        udp.destinationPort(frame.view, frame.transportAt), frame.transportAt + udp.HEADER_LEN, this.nowNs))
    } else if (!converted.fatal || !this.connected) return
    this.reportError(converted.errno)
  }
}

/** What a program receives. Cold. */
function readDatagram(frame: Frame, timeNs: number): Datagram {
  const view = frame.view
  const at = frame.networkAt
  return {
    bytes: frame.bytes.slice(frame.transportAt + udp.HEADER_LEN, frame.end),
    source: ipv4.source(view, at),
    sourcePort: udp.sourcePort(view, frame.transportAt),
    destination: ipv4.destination(view, at),
    ttl: ipv4.ttl(view, at),
    tos: ipv4.tos(view, at),
    ifindex: frame.device === null ? 0 : frame.device.ifindex,
    timeNs,
  }
}

/** A sentence for the journal. Cold. */
function traceReceive(context: SocketContext, frame: Frame, socket: UdpSocket | null): void {
  const port = udp.destinationPort(frame.view, frame.transportAt)
  const text = socket !== null ? `port ${port}: hand it to the socket ${socket.label}`
    : `port ${port}: nobody listens; tell the sender (ICMP port unreachable)`
  context.stack.ns.trace(frame, { hook: 'udp_rcv', text, data: { port, socket: socket === null ? '' : socket.label } })
}

/** A sentence for the journal. Cold. */
function traceSend(context: SocketContext, frame: Frame, sourcePort: number, destination: number, port: number): void {
  const length = frame.end - frame.transportAt - udp.HEADER_LEN
  context.stack.ns.trace(frame, {
    hook: 'udp_sendmsg',
    text: `a program sends ${length} bytes from port ${sourcePort} to ${formatIpv4(destination)}:${port}`,
    data: { sourcePort, destination: formatIpv4(destination), port, length },
  })
}

/** Up to here a loop is faster than making a view for TypedArray.set: 1,400 bytes take 1.4 us by hand, 0.2 us by set. */
const COPY_BY_HAND = 96

/** Copies what fits. A view of 100 bytes a datagram is its price: the receiving program is no hop. Cold. */
function copyOut(bytes: Uint8Array, at: number, length: number, buffer: Uint8Array): void {
  buffer.set(bytes.subarray(at, at + Math.min(length, buffer.length)))
}
