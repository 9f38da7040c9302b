// Hot path.
import { EACCES, EADDRINUSE, EAGAIN, EBADF, EINVAL, EMSGSIZE, ENETUNREACH } from '../base/errno.ts'
import type { Frame } from '../device/frame.ts'
import type { NetDevice } from '../device/net-device.ts'
import type { PingDoor } from '../inet/ipv4/icmp.ts'
import { formatIpv4 } from '../wire/address.ts'
import { DropReason } from '../wire/drop-reason.ts'
import * as icmpv4 from '../wire/icmpv4.ts'
import * as ipv4 from '../wire/ipv4.ts'
import { convertIcmp, icmpError } from './error-queue.ts'
import { type Datagram, InetSocket, inputIfindex, IP_PMTUDISC_DONT, type SocketContext } from './inet-socket.ts'
import { type PortHolder, PortTable } from './port-table.ts'
import type { RawSockets } from './raw.ts'

/**
 * Ping sockets (Linux net/ipv4/ping.c): ICMP echo for programs without privileges. The identifier of the echo requests
 * is the socket's local "port"; replies with it come to this socket alone. Who may open one says the setting
 * ping_group_range, which in a new namespace allows nobody, not even root: ping takes a raw socket there.
 */
export class PingSockets implements PingDoor {
  private table: PortTable<PingSocket> | null = null
  /** ping_port_rover. */
  private rover = 0

  constructor(readonly context: SocketContext, private readonly raw: RawSockets) {
    context.stack.icmp.ping = this
  }

  /** socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) of a process of group `gid`: the socket, or -EACCES. */
  open(gid: number): PingSocket | number {
    const conf = this.context.stack.ns.conf
    if (gid < conf.pingGroupRangeLow || gid > conf.pingGroupRangeHigh) return -EACCES
    return new PingSocket(this, this.context)
  }

  /** Open sockets, by identifier. Cold. */
  get sockets(): PingSocket[] {
    return this.table === null ? [] : this.table.list()
  }

  receive(frame: Frame): void {
    const ns = this.context.stack.ns
    const socket = this.lookup(frame, icmpv4.identifier(frame.view, frame.transportAt),
      ipv4.source(frame.view, frame.networkAt), ipv4.destination(frame.view, frame.networkAt))
    if (ns.simulation.journal.tracing) traceReceive(this.context, frame, socket)
    if (socket !== null) socket.accept(frame)
    else if (this.raw.taken) ns.pool.free(frame)
    else ns.pool.drop(frame, DropReason.NO_SOCKET)
  }

  error(frame: Frame, type: number, code: number, info: number): void {
    const at = frame.transportAt
    if (at + icmpv4.HEADER_LEN > frame.end || icmpv4.type(frame.view, at) !== icmpv4.ICMP_ECHO) return
    const socket = this.lookup(frame, icmpv4.identifier(frame.view, at),
      ipv4.destination(frame.view, frame.networkAt), ipv4.source(frame.view, frame.networkAt))
    if (socket !== null) socket.onIcmp(frame, type, code, info)
  }

  /** Gives a socket its identifier: `wanted`, or the next free one (ping_get_port). 0 or -EADDRINUSE. */
  takeId(socket: PingSocket, wanted: number): number {
    if (this.table === null) {
      this.table = new PortTable()
      this.rover = this.context.random.int32() & 0xffff
    }
    let id = wanted
    for (let tries = 0; id === 0 && tries < 65536; tries++) {
      this.rover = (this.rover + 1) & 0xffff
      if (this.rover !== 0 && !this.inUse(this.rover)) id = this.rover
    }
    if (id === 0 || (wanted !== 0 && this.inUse(wanted))) return -EADDRINUSE
    socket.port = id
    this.table.add(socket)
    return 0
  }

  release(socket: PingSocket): void {
    if (this.table !== null) this.table.remove(socket)
    socket.port = 0
  }

  private inUse(id: number): boolean {
    if (this.table === null) return false
    for (let s = this.table.chain(id); s !== null; s = s.nextInTable) if (s.port === id) return true
    return false
  }

  private lookup(frame: Frame, id: number, peer: number, local: number): PingSocket | null {
    if (this.table === null) return null
    const device = frame.device as NetDevice // set since NetDevice.receive
    const ifindex = inputIfindex(this.context.stack, device, local)
    for (let s = this.table.chain(id); s !== null; s = s.nextInTable) {
      if (s.port === id && s.matches(peer, local, ifindex)) return s
    }
    return null
  }
}

/** A ping socket. Calls return 0 or a value, or -errno. */
export class PingSocket extends InetSocket implements PortHolder<PingSocket> {
  /** The identifier; 0 until it is bound, or has sent. */
  port = 0
  nextInTable: PingSocket | null = null

  constructor(private readonly owner: PingSockets, context: SocketContext) {
    super(context, ipv4.PROTO_ICMP)
  }

  get label(): string {
    return 'icmp ' + formatIpv4(this.boundAddress) + ' id ' + String(this.port)
  }

  /** bind(): local address and identifier (0: any). 0, -EADDRNOTAVAIL, -EADDRINUSE, -EINVAL when it is bound. */
  bind(address: number, id: number): number {
    const error = this.checkBindAddress(address)
    if (error !== 0) return error
    if (this.port !== 0) return -EINVAL
    this.setBound(address)
    const taken = this.owner.takeId(this, id)
    if (taken !== 0) this.setBound(0)
    return taken
  }

  connect(address: number): number {
    const error = this.connectTo(address, 0)
    if (error !== 0) return error
    return this.port === 0 ? this.owner.takeId(this, 0) : 0
  }

  /**
   * sendto() of an echo request, from its ICMP header on; identifier and checksum are filled in (ping_v4_sendmsg).
   * Returns its length, or -errno; -EINVAL when it is not an echo request.
   */
  sendTo(message: Uint8Array, address: number): number {
    const stack = this.stack
    if (this.closed) return -EBADF
    if (message.length > 0xffff) return -EMSGSIZE
    if (message.length < icmpv4.HEADER_LEN || message[0] !== icmpv4.ICMP_ECHO || message[1] !== 0) return -EINVAL
    if (this.port === 0) {
      const taken = this.owner.takeId(this, 0)
      if (taken !== 0) return -EAGAIN
    }
    const error = this.lookup(address, message[0] << 8 | message[1], 0)
    if (error !== 0) {
      if (error === -ENETUNREACH) stack.counters.ipOutNoRoutes++
      return error
    }
    const route = this.route
    if (route.isBroadcast && !this.broadcast) return -EACCES
    const pending = this.consumeError()
    if (pending !== 0) return pending
    const destination = address === 0 ? route.source : address
    const tooLong = this.checkSize(message.length, destination, 0)
    if (tooLong !== 0) return tooLong
    const frame = this.takeFrame(message.length)
    const at = frame.transportAt
    frame.bytes.set(message, at)
    icmpv4.setIdentifier(frame.view, at, this.port)
    icmpv4.fillChecksum(frame.view, at, frame.end)
    stack.counters.countIcmpOut(icmpv4.ICMP_ECHO)
    if (stack.ns.simulation.journal.tracing) traceSend(this.context, frame, destination)
    this.sendAlong(frame, this.sourceAddress !== 0 ? this.sourceAddress : route.source, destination)
    return message.length
  }

  /** recvmsg(): the oldest reply from its ICMP header on, or -errno. */
  receive(): Datagram | number {
    return this.receiveWith(readReply)
  }

  close(): void {
    if (this.closed) return
    if (this.port !== 0) this.owner.release(this)
    this.release()
  }

  accept(frame: Frame): void {
    this.enqueue(frame, false)
  }

  /** Whether it takes what came from `peer` to `local` on that device. */
  matches(peer: number, local: number, ifindex: number): boolean {
    return (this.boundAddress === 0 || this.boundAddress === local) &&
      (!this.connected || this.peerAddress === peer) && (this.boundIfindex === 0 || this.boundIfindex === ifindex)
  }

  onIcmp(frame: Frame, type: number, code: number, info: number): void {
    const converted = convertIcmp(type, code, this.pmtuDiscovery !== IP_PMTUDISC_DONT)
    if (converted === null) return
    if (this.receiveErrors) {
      this.addError(icmpError(frame, converted.errno, type, code, info, 0, frame.transportAt, this.nowNs))
    } else if (!converted.fatal || !this.connected) return
    this.reportError(converted.errno)
  }
}

/** What a program receives. Cold. */
function readReply(frame: Frame, timeNs: number): Datagram {
  const view = frame.view
  const at = frame.networkAt
  return {
    bytes: frame.bytes.slice(frame.transportAt, frame.end), source: ipv4.source(view, at), sourcePort: 0,
    destination: ipv4.destination(view, at), ttl: ipv4.ttl(view, at), tos: ipv4.tos(view, at),
    ifindex: frame.device === null ? 0 : frame.device.ifindex, timeNs,
    options: frame.bytes.slice(at + ipv4.HEADER_LEN, at + ipv4.headerLen(view, at)),
  }
}

/** A sentence for the journal. Cold. */
function traceReceive(context: SocketContext, frame: Frame, socket: PingSocket | null): void {
  const id = icmpv4.identifier(frame.view, frame.transportAt)
  const text = socket === null ? `echo reply with identifier ${id}: no ping socket has it`
    : `echo reply with identifier ${id}: hand it to the socket ${socket.label}`
  context.stack.ns.trace(frame, { hook: 'ping_rcv', text, data: { id, socket: socket === null ? '' : socket.label } })
}

/** A sentence for the journal. Cold. */
function traceSend(context: SocketContext, frame: Frame, destination: number): void {
  context.stack.ns.trace(frame, {
    hook: 'ping_v4_sendmsg', text: `a program sends an echo request to ${formatIpv4(destination)}`,
    data: { destination: formatIpv4(destination), id: icmpv4.identifier(frame.view, frame.transportAt) },
  })
}
