// Hot path.
import { EAGAIN, EACCES, EADDRNOTAVAIL, EMSGSIZE, ENETUNREACH, ENODEV } from '../base/errno.ts'
import type { Frame } from '../device/frame.ts'
import { IFF_LOOPBACK, type NetDevice } from '../device/net-device.ts'
import { truesizeOf } from '../device/truesize.ts'
import type { RandomStream } from '../engine/random.ts'
import type { Icmp } from '../inet/ipv4/icmp.ts'
import { CHOOSE_ID, type Ipv4Output } from '../inet/ipv4/output.ts'
import { buildOptions } from '../inet/ipv4/options-echo.ts'
import type { ProtocolTable } from '../inet/ipv4/protocols.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import { RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST } from '../inet/route/constants.ts'
import { OutputFlow } from '../inet/route/flow.ts'
import { RouteResult } from '../inet/route/route-result.ts'
import type { Routing } from '../inet/route/routing.ts'
import type { SnmpCounters } from '../inet/snmp.ts'
import { isMulticast } from '../wire/address.ts'
import { DropReason } from '../wire/drop-reason.ts'
import * as ipv4 from '../wire/ipv4.ts'
import { DatagramQueue, DEFAULT_BUFFER, MAX_BUFFER, MIN_BUFFER } from './datagram-queue.ts'
import { ERROR_QUEUE_LIMIT, localError, type SocketError } from './error-queue.ts'
import type { Readable, Waker } from './readable.ts'

/** What sockets need of the namespace's IPv4; class InetStack has it. */
export interface SocketStack {
  readonly ns: NetNamespace
  readonly routing: Routing
  readonly output: Ipv4Output
  readonly icmp: Icmp
  readonly protocols: ProtocolTable
  readonly counters: SnmpCounters
}

/** One namespace's IPv4 and the random numbers of its sockets. */
export class SocketContext {
  private stream: RandomStream | null = null

  constructor(readonly stack: SocketStack) {}

  get random(): RandomStream {
    const ns = this.stack.ns
    if (this.stream === null) this.stream = ns.simulation.random.stream(ns.nodeName + '/' + ns.name + ' sockets')
    return this.stream
  }
}

/**
 * Number of the interface that a packet to `destination` counts as having come in by (inet_iif): what this node sends to
 * itself goes over lo, and comes in by the device that has the address.
 */
export function inputIfindex({ routing }: SocketStack, device: NetDevice, destination: number): number {
  if ((device.flags & IFF_LOOPBACK) === 0) return device.ifindex
  const owner = routing.store.localDevice(destination)
  return owner === null ? device.ifindex : owner.ifindex
}

/** IP_MTU_DISCOVER (Linux include/uapi/linux/in.h). */
export const IP_PMTUDISC_DONT = 0
export const IP_PMTUDISC_WANT = 1
export const IP_PMTUDISC_DO = 2
export const IP_PMTUDISC_PROBE = 3
export const IP_PMTUDISC_INTERFACE = 4
export const IP_PMTUDISC_OMIT = 5

/** A datagram as a program reads it. Addresses are int32. */
export interface Datagram {
  readonly bytes: Uint8Array
  readonly source: number
  readonly sourcePort: number
  readonly destination: number
  readonly ttl: number
  readonly tos: number
  /** The device it came in by (IP_PKTINFO). */
  readonly ifindex: number
  /** When it was received (SO_TIMESTAMPNS). */
  readonly timeNs: number
  /** The options of its IPv4 header (IP_RECVOPTS), of a ping socket. */
  readonly options?: Uint8Array
}

/**
 * What sockets over IPv4 have in common (Linux: struct inet_sock): options, the pending error and the error queue, the
 * receive queue with its limit, and the way out through a route. Calls return 0 or a value, or -errno; nothing blocks:
 * who wants to wait asks its process to (Process.waitReadable).
 */
export abstract class InetSocket implements Readable {
  onReadable: Waker | null = null
  /** Local address it receives for: 0 any (inet_rcv_saddr). */
  boundAddress = 0
  /** Local address it sends from: 0 the route's choice (inet_saddr). */
  sourceAddress = 0
  /** Peer of connect(), or 0. */
  peerAddress = 0
  peerPort = 0
  connected = false
  /** SO_BINDTODEVICE: ifindex, or 0. */
  boundIfindex = 0
  /** IP_TTL: -1 the route's. */
  ttl = -1
  multicastTtl = 1
  tos = 0
  mark = 0
  priority = 0
  pmtuDiscovery = IP_PMTUDISC_WANT
  broadcast = false
  reuseAddress = false
  reusePort = false
  receiveErrors = false
  freebind = false
  /** SO_DONTROUTE: only to hosts on the link. */
  dontRoute = false
  /** IP_MULTICAST_LOOP, and the device of IP_MULTICAST_IF. */
  multicastLoop = true
  multicastIfindex = 0
  /** IPv4 options sent with each packet (IP_OPTIONS), a multiple of 4 bytes, or null. */
  options: Uint8Array | null = null
  /** SO_RCVBUF, in bytes of truesize, and SO_SNDBUF. */
  receiveBuffer = DEFAULT_BUFFER
  sendBuffer = DEFAULT_BUFFER
  /** A positive errno that the next call returns (sk_err, SO_ERROR). */
  pendingError = 0
  closed = false
  readonly queue = new DatagramQueue()
  protected readonly flow = new OutputFlow()
  protected readonly route = new RouteResult()
  private errors: SocketError[] | null = null
  private connectedId = 0

  readonly stack: SocketStack

  constructor(protected readonly context: SocketContext, readonly protocol: number) {
    this.stack = context.stack
    if (this.stack.ns.conf.ipNoPmtuDisc !== 0) this.pmtuDiscovery = IP_PMTUDISC_DONT // inet_create()
  }

  abstract get label(): string
  abstract close(): void

  get readable(): boolean {
    return this.queue.length > 0 || this.pendingError !== 0 || this.errors !== null
  }

  /** Whether the error queue has entries (POLLERR). */
  get hasErrors(): boolean {
    return this.pendingError !== 0 || this.errors !== null
  }

  /** recvmsg(MSG_ERRQUEUE): takes the oldest queued error, or null. */
  takeError(): SocketError | null {
    if (this.errors === null) return null
    const error = this.errors.shift() ?? null
    // sock_dequeue_err_skb(): the next one in the queue, if from ICMP, becomes the pending error again.
    const next = this.errors[0]
    this.pendingError = next === undefined || next.offender === 0 ? 0 : next.errno
    if (this.errors.length === 0) this.errors = null
    return error
  }

  /** SO_ERROR: the pending error, cleared. */
  takePendingError(): number {
    const error = this.pendingError
    this.pendingError = 0
    return error
  }

  /** SO_RCVBUF: the kernel doubles what is asked for, within its limits (sock_setsockopt). */
  setReceiveBuffer(bytes: number): void {
    this.receiveBuffer = Math.max(MIN_BUFFER, Math.min(bytes * 2, MAX_BUFFER))
  }

  /** SO_BINDTODEVICE; '' unbinds. 0 or -ENODEV. */
  bindToDevice(name: string): number {
    if (name === '') {
      this.boundIfindex = 0
      return 0
    }
    const device = this.stack.ns.deviceByName(name)
    if (device === null) return -ENODEV
    this.boundIfindex = device.ifindex
    return 0
  }

  /** Checks an address for bind(): ours, or broadcast or multicast, or IP_FREEBIND. 0 or -EADDRNOTAVAIL. */
  protected checkBindAddress(address: number): number {
    if (address === 0 || this.freebind || this.stack.ns.conf.ipNonlocalBind !== 0) return 0
    const type = this.stack.routing.addressType(address)
    return type === RTN_LOCAL || type === RTN_BROADCAST || type === RTN_MULTICAST ? 0 : -EADDRNOTAVAIL
  }

  /** Sets the local addresses after a successful bind: to a group it listens, but sends from the route's choice. */
  protected setBound(address: number): void {
    this.boundAddress = address
    const type = address === 0 ? RTN_LOCAL : this.stack.routing.addressType(address)
    this.sourceAddress = type === RTN_BROADCAST || type === RTN_MULTICAST ? 0 : address
  }

  /**
   * connect() of a datagram socket (__ip4_datagram_connect): fixes the peer and, with the route, the source address.
   * 0 or -errno: ENETUNREACH, EHOSTUNREACH, EACCES (broadcast without SO_BROADCAST), EINVAL.
   */
  protected connectTo(address: number, port: number): number {
    const error = this.lookup(address, port, 0)
    if (error !== 0) {
      if (error === -ENETUNREACH) this.stack.counters.ipOutNoRoutes++
      return error
    }
    if (this.route.isBroadcast && !this.broadcast) return -EACCES
    const peer = address === 0 ? this.route.source : address
    if (this.sourceAddress === 0) this.sourceAddress = this.route.source
    if (this.boundAddress === 0) this.boundAddress = this.route.source
    this.peerAddress = peer
    this.peerPort = port
    this.connected = true
    this.connectedId = this.context.random.int32() & 0xffff
    return 0
  }

  /** Looks the route to a destination up into `this.route`; 0 or -errno. */
  protected lookup(destination: number, port: number, sourcePort: number): number {
    const flow = this.flow
    let oif = this.boundIfindex
    if (isMulticast(destination) && oif === 0) oif = this.multicastIfindex
    flow.reset(destination, this.sourceAddress)
    flow.tos = this.tos
    flow.oif = oif
    flow.mark = this.mark
    flow.protocol = this.protocol
    flow.sport = sourcePort
    flow.dport = port
    if (this.dontRoute) flow.scope = SCOPE_LINK
    const error = this.stack.routing.output(flow, this.route)
    if (!this.multicastLoop && this.route.type === RTN_MULTICAST) this.route.isLocalGroup = false // sk_mc_loop()
    return error
  }

  /**
   * Takes a frame for a datagram of `length` bytes (its own transport header included) and puts `transportAt` at the
   * first of them. The route must have been looked up.
   */
  protected takeFrame(length: number): Frame {
    const frame = this.stack.ns.pool.take(length)
    frame.transportAt = frame.start
    frame.end = frame.start + length
    frame.mark = this.mark
    frame.priority = this.priority
    return frame
  }

  /**
   * Whether `length` bytes (transport header included) may go out along the route: 0 or -EMSGSIZE, with an entry in the
   * error queue if IP_RECVERR is set (__ip_append_data, ip_local_error). port: the connected peer's, else 0 (inet_dport).
   */
  protected checkSize(length: number, destination: number, port: number): number {
    const headers = ipv4.HEADER_LEN + (this.options === null ? 0 : this.options.length)
    const mtu = this.routeMtu()
    const discovery = this.pmtuDiscovery
    const mayFragment = discovery < IP_PMTUDISC_DO || discovery === IP_PMTUDISC_OMIT
    const limit = mayFragment ? ipv4.MAX_PACKET_LEN : mtu
    if (length <= limit - headers) return 0
    this.addError(localError(EMSGSIZE, destination, port, mtu - (headers - ipv4.HEADER_LEN), this.nowNs))
    return -EMSGSIZE
  }

  /** Sends a datagram, complete but for its IPv4 header, along the route; owns it. */
  protected sendAlong(frame: Frame, source: number, destination: number): void {
    const route = this.route
    const stack = this.stack
    const discovery = this.pmtuDiscovery
    const length = frame.end - frame.transportAt + ipv4.HEADER_LEN + (this.options === null ? 0 : this.options.length)
    let fragment = 0
    // ip_sk_use_pmtu(): who probes is not held back by what was learned.
    if (discovery >= IP_PMTUDISC_PROBE) {
      route.mtu = 0
      route.pathMtu = 0
    }
    if (discovery === IP_PMTUDISC_DO || discovery === IP_PMTUDISC_PROBE) fragment = ipv4.IP_DF
    else if (discovery === IP_PMTUDISC_WANT && length <= this.routeMtu() && !route.mtuLocked) fragment = ipv4.IP_DF
    // ip_select_ident_segs(): who may never fragment counts its own ids if it is connected, and else sends 0.
    const strict = discovery === IP_PMTUDISC_DO || discovery === IP_PMTUDISC_PROBE ||
      discovery === IP_PMTUDISC_INTERFACE
    let id = CHOOSE_ID
    if (fragment !== 0 && strict) id = this.connected ? this.nextOwnId() : 0
    else if (fragment !== 0) id = stack.output.nextId(source, destination, this.protocol)
    let ttl = this.ttl
    if (this.route.type === RTN_MULTICAST) ttl = this.multicastTtl
    if (ttl < 0) ttl = stack.ns.conf.ipDefaultTtl
    const options = this.options === null ? null : buildOptions(stack.ns, stack.routing, this.options, source)
    stack.output.send(frame, route, source, destination, this.protocol, this.tos, ttl, fragment, id, options)
  }

  /**
   * Puts a frame into the receive queue; owns it. Returns false, having dropped it, when the buffer is full: for UDP
   * (`strict`) when the datagram does not fit any more, unless there is nothing else (__udp_enqueue_schedule_skb); for
   * others when it is full already (sock_queue_rcv_skb).
   */
  protected enqueue(frame: Frame, strict: boolean): boolean {
    const size = truesizeOf(frame)
    const queue = this.queue
    if (strict ? queue.used + size > this.receiveBuffer && queue.used > 0 : queue.used >= this.receiveBuffer) {
      queue.drops++
      this.stack.ns.pool.drop(frame, DropReason.SOCKET_RCVBUFF)
      return false
    }
    queue.push(frame, this.stack.ns.simulation.clock, size)
    if (this.onReadable !== null) this.onReadable.wake()
    return true
  }

  /** Queues an error for recvmsg(MSG_ERRQUEUE), if IP_RECVERR is set. Cold. */
  protected addError(error: SocketError): void {
    if (!this.receiveErrors) return
    if (this.errors === null) this.errors = []
    if (this.errors.length < ERROR_QUEUE_LIMIT) this.errors.push(error)
    if (this.onReadable !== null) this.onReadable.wake()
  }

  /** Makes an error pending for the next call (sk_err, sk_error_report). */
  protected reportError(errno: number): void {
    this.pendingError = errno
    if (this.onReadable !== null) this.onReadable.wake()
  }

  /** The oldest of what was received, as `read` makes it of its frame; or -errno, EAGAIN when there is nothing. */
  protected receiveWith(read: (frame: Frame, timeNs: number) => Datagram): Datagram | number {
    const pending = this.consumeError()
    if (pending !== 0) return pending
    const timeNs = this.queue.headTimeNs
    const frame = this.queue.shift()
    if (frame === null) return -EAGAIN
    const datagram = read(frame, timeNs)
    this.stack.ns.pool.free(frame)
    return datagram
  }

  /** The pending error as -errno, cleared; 0 when there is none. */
  protected consumeError(): number {
    const error = this.pendingError
    this.pendingError = 0
    return error === 0 ? 0 : -error
  }

  /** Empties the queues: part of close(). */
  protected release(): void {
    this.closed = true
    this.errors = null
    this.queue.clear(this.stack.ns.pool)
  }

  protected get nowNs(): number {
    return this.stack.ns.simulation.clock.ns[0]
  }

  private routeMtu(): number {
    const discovery = this.pmtuDiscovery
    const device = this.route.device
    if (discovery === IP_PMTUDISC_DONT || discovery === IP_PMTUDISC_WANT || discovery === IP_PMTUDISC_DO) {
      return this.stack.routing.resultMtu(this.route)
    }
    return device === null ? ipv4.MAX_PACKET_LEN : Math.min(device.mtu, ipv4.MAX_PACKET_LEN)
  }

  private nextOwnId(): number {
    const id = this.connectedId
    this.connectedId = (id + 1) & 0xffff
    return id
  }
}

/** RT_SCOPE_LINK. */
const SCOPE_LINK = 253

