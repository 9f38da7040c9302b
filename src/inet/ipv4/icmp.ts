/**
 * ICMP (Linux net/ipv4/icmp.c; RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3): answers to echo and timestamp requests, errors
 * that this node sends, and errors that others send about its packets.
 *
 *   receive        icmp_rcv         judge a message, answer it, or hand on what it reports
 *   sendError      __icmp_send      tell the sender of a packet what became of it; the rules of when not to
 *   sendRedirect   ip_rt_send_redirect   tell a host of the better router
 *   error          icmp_err         an error about an ICMP message of ours: for the ping socket that sent it
 *
 * Three limits stand before a message goes out: `icmp_msgs_per_sec` for the whole namespace, with a burst of
 * `icmp_msgs_burst`; `icmp_ratelimit` for each destination (peers.ts), both only for the types in `icmp_ratemask` and
 * never for fragmentation needed; and nothing at all on loopback.
 *
 * Who else hears an error: the protocol of the packet it quotes (ProtocolTable), and raw sockets before it. The path
 * MTU and redirects are taken here, for all of them.
 */
import type { Frame } from '../../device/frame.ts'
import { PACKET_HOST } from '../../device/frame.ts'
import { IFF_LOOPBACK, type NetDevice } from '../../device/net-device.ts'
import { NS_PER_MS } from '../../engine/clock.ts'
import type { RandomStream } from '../../engine/random.ts'
import { formatIpv4 } from '../../wire/address.ts'
import { DropReason, dropReasonText } from '../../wire/drop-reason.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { sendRedirects } from '../config.ts'
import { inDeviceOf } from '../in-device.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { RT_SCOPE_LINK, RTAX_HOPLIMIT, RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST, RTN_UNICAST } from '../route/constants.ts'
import { OutputFlow } from '../route/flow.ts'
import { RouteResult } from '../route/route-result.ts'
import type { Routing } from '../route/routing.ts'
import type { SnmpCounters } from '../snmp.ts'
import { completeOptions, type EchoedOptions, echoOptions } from './options-echo.ts'
import { CHOOSE_ID, type Ipv4Output } from './output.ts'
import type { PeerTable } from './peers.ts'
import type { ProtocolHandler, ProtocolTable } from './protocols.ts'

/** Where echo replies and errors about echo requests go: ping sockets. */
export interface PingDoor {
  /** An echo reply; header at `transportAt`. Owns the frame (ping_rcv). */
  receive(frame: Frame): void
  /** An error about an echo request of ours; as ProtocolHandler.error (ping_err). */
  error(frame: Frame, type: number, code: number, info: number): void
}

/** 192.0.0.8, the source of errors from a node without any address (RFC 7600; INADDR_DUMMY). */
const INADDR_DUMMY = 0xc0000008 | 0
const IPTOS_PREC_INTERNETCONTROL = 0xc0
const IPTOS_TOS_MASK = 0x1e
const JIFFY_NS = 4 * NS_PER_MS
const JIFFIES_PER_S = 250
/** The credit of the namespace is not topped up more often than this many jiffies (HZ/50). */
const TOP_UP_JIFFIES = 5
const MS_PER_DAY = 86_400_000
/** An error carries at least an IPv4 header. */
const MIN_QUOTE = ipv4.HEADER_LEN

/** Scratch: filled and read within one look-up. */
const flow = new OutputFlow()
/** The way of the message being sent; of every host, as no message is sent within another's sending. */
const ROUTE = new RouteResult()

export class Icmp implements ProtocolHandler {
  ping: PingDoor | null = null
  private credit = 0
  private creditJiffies = -JIFFIES_PER_S
  private random: RandomStream | null = null

  constructor(private readonly ns: NetNamespace, private readonly routing: Routing,
    private readonly output: Ipv4Output, private readonly peers: PeerTable,
    private readonly protocols: ProtocolTable, private readonly counters: SnmpCounters) {}

  /*
   * Receiving.
   */

  /** Takes an ICMP message for this node; owns it (icmp_rcv). */
  receive(frame: Frame): void {
    const counters = this.counters
    const at = frame.transportAt
    counters.icmpInMsgs++
    const bad = icmpv4.check(frame.view, at, frame.end)
    if (bad !== 0) {
      if (bad === DropReason.ICMP_CSUM) counters.icmpInCsumErrors++
      this.refuse(frame, bad)
      return
    }
    const type = icmpv4.type(frame.view, at)
    counters.countIcmpIn(type)
    const addressType = this.typeOf(frame, ipv4.destination(frame.view, frame.networkAt))
    if ((addressType === RTN_BROADCAST || addressType === RTN_MULTICAST) && !this.isForAll(type)) {
      this.refuse(frame, DropReason.INVALID_PROTO)
      return
    }
    if (type === icmpv4.ICMP_ECHOREPLY || type === icmpv4.ICMP_EXT_ECHOREPLY) {
      if (this.ping !== null) this.ping.receive(frame)
      else this.ns.pool.free(frame)
      return
    }
    if (type > icmpv4.NR_ICMP_TYPES && type !== icmpv4.ICMP_EXT_ECHO) {
      this.refuse(frame, DropReason.UNHANDLED_PROTO)
      return
    }
    const reason = this.handle(frame, type)
    if (reason === 0) this.ns.pool.free(frame)
    else this.ns.pool.drop(frame, reason)
  }

  /** What a destination is: to what lo sent itself, only lo's own addresses are any (see Routing.loopbackInput()). */
  private typeOf(frame: Frame, destination: number): number {
    const device = frame.device
    return device !== null && (device.flags & IFF_LOOPBACK) !== 0 && frame.inputIfindex === device.ifindex
      ? this.routing.addressTypeOn(device, destination) : this.routing.addressType(destination)
  }

  /** What may come to a broadcast or multicast address (RFC 1122 §3.2.2.6, §3.2.2.8). */
  private isForAll(type: number): boolean {
    if (type === icmpv4.ICMP_ECHO || type === icmpv4.ICMP_TIMESTAMP) {
      return this.ns.conf.icmpEchoIgnoreBroadcasts === 0
    }
    return type === icmpv4.ICMP_ADDRESS || type === icmpv4.ICMP_ADDRESSREPLY
  }

  private refuse(frame: Frame, reason: number): void {
    this.counters.icmpInErrors++
    if (this.ns.tracing) this.trace(frame, 'icmp_rcv', `not taken: ${dropReasonText(reason)}`)
    this.ns.pool.drop(frame, reason)
  }

  /** Returns 0, or the DropReason of a message that could not be used. Does not own the frame. */
  private handle(frame: Frame, type: number): number {
    switch (type) {
      case icmpv4.ICMP_ECHO:
        this.answerEcho(frame)
        return 0
      case icmpv4.ICMP_TIMESTAMP:
        return this.answerTimestamp(frame)
      case icmpv4.ICMP_DEST_UNREACH:
      case icmpv4.ICMP_SOURCE_QUENCH:
      case icmpv4.ICMP_TIME_EXCEEDED:
      case icmpv4.ICMP_PARAMETERPROB:
        return this.takeError(frame, type)
      case icmpv4.ICMP_REDIRECT:
        return this.takeRedirect(frame)
      default:
        return 0
    }
  }

  /** icmp_echo(). Extended echo (RFC 8335) is off, as Linux has it by default (icmp_echo_enable_probe). */
  private answerEcho(frame: Frame): void {
    if (this.ns.conf.icmpEchoIgnoreAll !== 0) {
      if (this.ns.tracing) this.trace(frame, 'icmp_echo', 'echo requests are ignored here (icmp_echo_ignore_all)')
      return
    }
    const length = frame.end - frame.transportAt
    const reply = this.ns.pool.take(length)
    reply.transportAt = reply.start
    reply.end = reply.start + length
    reply.bytes.copyWithin(reply.start, frame.transportAt, frame.end)
    icmpv4.write(reply.view, reply.start, reply.end, icmpv4.ICMP_ECHOREPLY, icmpv4.code(frame.view, frame.transportAt),
      icmpv4.rest(frame.view, frame.transportAt))
    if (this.ns.tracing) this.trace(frame, 'icmp_echo', 'an echo request for this node: answer it', reply)
    this.reply(frame, reply, icmpv4.ICMP_ECHOREPLY)
  }

  /** icmp_timestamp(). */
  private answerTimestamp(frame: Frame): number {
    if (frame.end - frame.transportAt < icmpv4.HEADER_LEN + 4) {
      this.counters.icmpInErrors++
      return DropReason.PKT_TOO_SMALL
    }
    const reply = this.ns.pool.take(icmpv4.TIMESTAMP_LEN)
    const at = reply.start
    reply.transportAt = at
    reply.end = at + icmpv4.TIMESTAMP_LEN
    const ms = Math.floor(this.ns.simulation.clock.ns[0] / NS_PER_MS) % MS_PER_DAY
    reply.view.setUint32(at + 8, icmpv4.originateMs(frame.view, frame.transportAt))
    icmpv4.setReplyMs(reply.view, at, ms, ms)
    icmpv4.write(reply.view, at, reply.end, icmpv4.ICMP_TIMESTAMPREPLY, 0, icmpv4.rest(frame.view, frame.transportAt))
    if (this.ns.tracing) this.trace(frame, 'icmp_timestamp', 'a timestamp request for this node: answer it', reply)
    this.reply(frame, reply, icmpv4.ICMP_TIMESTAMPREPLY)
    return 0
  }

  /** Sends an answer to a message's sender; owns the answer (icmp_reply). */
  private reply(frame: Frame, reply: Frame, type: number): void {
    const tos = ipv4.tos(frame.view, frame.networkAt)
    const sender = ipv4.source(frame.view, frame.networkAt)
    const options = echoOptions(frame)
    const mark = this.ns.conf.fwmarkReflect !== 0 ? frame.mark : 0
    const limited = this.isLimited(type, 0)
    const firstHop = options === null ? sender : options.firstHop
    if ((limited && !this.takeCredit()) ||
      this.routeTo(firstHop, this.specificDestination(frame), tos, mark, type, 0) < 0 ||
      (limited && !this.mayAnswer(firstHop))) {
      if (this.ns.tracing) this.trace(frame, 'icmp_reply', 'no answer: a limit is reached, or there is no way back')
      this.ns.pool.free(reply)
      return
    }
    reply.mark = mark
    this.transmit(reply, firstHop, type, tos, options)
  }

  /** Sends a message along ROUTE; owns it. */
  private transmit(message: Frame, destination: number, type: number, tos: number,
    options: EchoedOptions | null): void {
    const route = ROUTE
    const source = route.source === 0 ? INADDR_DUMMY : route.source
    if (options !== null) completeOptions(this.ns, this.routing, options, source)
    this.counters.countIcmpOut(type)
    // __ip_make_skb(): by the type of the route, whatever the destination.
    const hopLimit = route.type === RTN_MULTICAST ? 1 : route.info === null ? 0 : route.info.metric(RTAX_HOPLIMIT)
    this.output.send(message, route, source, destination, ipv4.PROTO_ICMP, tos,
      hopLimit === 0 ? this.ns.conf.ipDefaultTtl : hopLimit, 0, CHOOSE_ID, options === null ? null : options.bytes)
  }

  /** The address a message to this node was meant for: ours, also when it came by broadcast (fib_compute_spec_dst). */
  private specificDestination(frame: Frame): number {
    const destination = ipv4.destination(frame.view, frame.networkAt)
    const type = this.typeOf(frame, destination)
    if (type === RTN_LOCAL || (type === RTN_UNICAST && cameByLoopback(frame))) return destination
    const source = ipv4.source(frame.view, frame.networkAt)
    const tos = ipv4.tos(frame.view, frame.networkAt)
    if (source !== 0 && this.routeTo(source, 0, tos, 0, 0, 0) === 0) return ROUTE.source
    return frame.device === null ? 0 : this.routing.inetSelectAddress(frame.device, source, RT_SCOPE_LINK)
  }

  /** icmp_unreach(): somebody reports what became of a packet of ours. */
  private takeError(frame: Frame, type: number): number {
    const view = frame.view
    const at = frame.transportAt
    const code = icmpv4.code(view, at)
    const original = icmpv4.originalAt(at)
    if (frame.end - original < ipv4.HEADER_LEN || ipv4.headerLen(view, original) < ipv4.HEADER_LEN) {
      this.counters.icmpInErrors++
      return DropReason.ICMP_INHDR
    }
    let info = 0
    if (type === icmpv4.ICMP_DEST_UNREACH) {
      if ((code & 15) === icmpv4.ICMP_FRAG_NEEDED) {
        const policy = this.ns.conf.ipNoPmtuDisc
        // 3 wants a protocol that can tell a forged report from a real one; none of ours does.
        if (policy === 2 || policy === 3) return 0
        if (policy === 0) info = icmpv4.mtu(view, at)
      }
      if (code > icmpv4.NR_ICMP_UNREACH) return 0
    } else if (type === icmpv4.ICMP_PARAMETERPROB) {
      info = icmpv4.pointer(view, at)
    } else if (type === icmpv4.ICMP_TIME_EXCEEDED) {
      this.counters.icmpInTimeExcds++
      if (code === icmpv4.ICMP_EXC_FRAGTIME) return 0
    }
    if (this.ns.conf.icmpIgnoreBogusErrorResponses === 0 &&
      this.routing.addressType(ipv4.destination(view, original)) === RTN_BROADCAST) {
      return 0
    }
    if (this.ns.tracing) this.traceError(frame, type, code, info)
    if (type === icmpv4.ICMP_DEST_UNREACH && code === icmpv4.ICMP_FRAG_NEEDED && this.isOurs(frame, original)) {
      this.routing.updatePmtu(ipv4.destination(view, original), info)
    }
    return this.deliverError(frame, type, code, info)
  }

  /** icmp_redirect(): a router says that another one is nearer. */
  private takeRedirect(frame: Frame): number {
    const view = frame.view
    const at = frame.transportAt
    const original = icmpv4.originalAt(at)
    if (frame.end - original < ipv4.HEADER_LEN) {
      this.counters.icmpInErrors++
      return DropReason.PKT_TOO_SMALL
    }
    const gateway = icmpv4.gateway(view, at)
    const code = icmpv4.code(view, at)
    if (ipv4.headerLen(view, original) >= ipv4.HEADER_LEN && frame.device !== null && this.isOurs(frame, original) &&
      (code & 7) <= icmpv4.ICMP_REDIR_HOSTTOS) {
      if (this.ns.tracing) this.traceRedirect(frame, original, gateway)
      this.routing.redirect(ipv4.destination(view, original), ipv4.source(view, frame.networkAt), gateway, frame.device)
    }
    return this.deliverError(frame, icmpv4.ICMP_REDIRECT, code, gateway)
  }

  /** Whether this node sent the packet that an error quotes. */
  private isOurs(frame: Frame, original: number): boolean {
    return this.routing.addressType(ipv4.source(frame.view, original)) === RTN_LOCAL
  }

  /**
   * Hands an error to the sockets of the packet it quotes (icmp_socket_deliver). Meanwhile the frame shows that packet:
   * networkAt and transportAt are the quoted headers, and cb0 the offset of the header of the error itself, for those
   * who want to know who sent it.
   */
  private deliverError(frame: Frame, type: number, code: number, info: number): number {
    if (icmpv4.checkOriginal(frame.view, frame.transportAt, frame.end) !== 0) {
      this.counters.icmpInErrors++
      return 0
    }
    const networkAt = frame.networkAt
    const transportAt = frame.transportAt
    frame.cb0 = networkAt - frame.base
    frame.networkAt = icmpv4.originalAt(transportAt)
    frame.transportAt = icmpv4.originalTransportAt(frame.view, transportAt)
    const protocol = ipv4.protocol(frame.view, frame.networkAt)
    this.protocols.raw?.error?.(frame, type, code, info)
    this.protocols.lookup(protocol)?.error?.(frame, type, code, info)
    frame.networkAt = networkAt
    frame.transportAt = transportAt
    return 0
  }

  /** An error about an ICMP message of this node (icmp_err). */
  error(frame: Frame, type: number, code: number, info: number): void {
    if (icmpv4.type(frame.view, frame.transportAt) !== icmpv4.ICMP_ECHOREPLY) this.ping?.error(frame, type, code, info)
  }

  /*
   * Sending.
   */

  /**
   * Tells the sender of a packet what became of it, unless one of the rules forbids it (__icmp_send; RFC 1122 §3.2.2,
   * RFC 1812 §4.3.2.7). The packet's header is at `networkAt`. Does not own the frame.
   * info: the third word of the message: icmpv4.restOfMtu(), restOfPointer(), a gateway's address, or 0.
   */
  sendError(frame: Frame, type: number, code: number, info: number): void {
    const refused = this.whyNot(frame, type)
    if (refused !== '') {
      if (this.ns.tracing) this.trace(frame, 'icmp_send', `${describe(type, code)} is not sent: ${refused}`)
      return
    }
    const view = frame.view
    const at = frame.networkAt
    const destination = ipv4.source(view, at)
    const onLoopback = frame.device !== null && (frame.device.flags & IFF_LOOPBACK) !== 0
    const limited = !onLoopback && this.isLimited(type, code)
    if (limited && !this.takeCredit()) {
      if (this.ns.tracing) {
        this.trace(frame, 'icmp_send', `${describe(type, code)} is not sent: icmp_msgs_per_sec is reached`)
      }
      return
    }
    const isError = isErrorType(type)
    const tos = isError ? (ipv4.tos(view, at) & IPTOS_TOS_MASK) | IPTOS_PREC_INTERNETCONTROL : ipv4.tos(view, at)
    const mark = this.ns.conf.fwmarkReflect !== 0 ? frame.mark : 0
    const options = echoOptions(frame)
    const firstHop = options === null ? destination : options.firstHop
    if (this.routeTo(firstHop, this.errorSource(frame), tos, mark, type, code) < 0) {
      if (this.ns.tracing) {
        this.trace(frame, 'icmp_send',
          `${describe(type, code)} is not sent: no route back to ${formatIpv4(destination)}`)
      }
      return
    }
    if (limited && !this.mayAnswer(destination)) {
      if (this.ns.tracing) {
        this.trace(frame, 'icmp_send',
          `${describe(type, code)} is not sent: ${formatIpv4(destination)} had too many lately (icmp_ratelimit)`)
      }
      return
    }
    this.sendQuoting(frame, firstHop, type, code, info, tos, mark, options)
  }

  /** Sends an ICMP redirect about a packet that goes back out where it came in (ip_rt_send_redirect). */
  sendRedirect(frame: Frame, route: RouteResult, _input: NetDevice): void {
    if (route.device === null || !sendRedirects(this.ns, inDeviceOf(route.device))) return
    const source = ipv4.source(frame.view, frame.networkAt)
    if (!this.peers.mayRedirect(source)) {
      if (this.ns.tracing) {
        this.trace(frame, 'ip_rt_send_redirect',
          `no redirect now: ${formatIpv4(source)} was sent ${this.peers.get(source).redirects} and heeds none`)
      }
      return
    }
    const destination = ipv4.destination(frame.view, frame.networkAt)
    const gateway = route.gateway === 0 ? destination : route.gateway
    this.sendError(frame, icmpv4.ICMP_REDIRECT, icmpv4.ICMP_REDIR_HOST, gateway)
    this.peers.redirected(source)
  }

  /** Whether the sender of a packet without a route may be told once more (ip_error). */
  mayAnswerUnroutable(frame: Frame): boolean {
    return this.peers.mayReportNoRoute(ipv4.source(frame.view, frame.networkAt))
  }

  /** The rule that forbids an error about this packet, in words; '' if none does. */
  private whyNot(frame: Frame, type: number): string {
    const view = frame.view
    const at = frame.networkAt
    if (frame.end - at < ipv4.HEADER_LEN) return 'the packet has no whole header'
    if (frame.packetType !== PACKET_HOST) return 'the packet came in a broadcast or multicast frame'
    const addressType = this.routing.addressType(ipv4.destination(view, at))
    if (addressType === RTN_BROADCAST || addressType === RTN_MULTICAST) {
      return 'the packet was to a broadcast or multicast address'
    }
    if (ipv4.fragmentOffset(view, at) !== 0) return 'the packet is a fragment other than the first'
    if (isErrorType(type) && ipv4.protocol(view, at) === ipv4.PROTO_ICMP) {
      const inner = ipv4.payloadAt(view, at)
      if (inner >= frame.end) return 'the packet is ICMP without a type'
      const innerType = icmpv4.type(view, inner)
      if (innerType > icmpv4.NR_ICMP_TYPES || isErrorType(innerType)) return 'the packet is an ICMP error itself'
    }
    return ''
  }

  /** The source address an error asks for: the packet's own destination if that is ours, else 0: the route's choice. */
  private errorSource(frame: Frame): number {
    const destination = ipv4.destination(frame.view, frame.networkAt)
    if (this.routing.addressType(destination) === RTN_LOCAL) return destination
    if (this.ns.conf.icmpErrorsUseInboundIfaddr === 0 || frame.inputIfindex === 0) return 0
    const device = this.ns.deviceByIndex(frame.inputIfindex)
    if (device === null) return 0
    return this.routing.inetSelectAddress(device, ipv4.source(frame.view, frame.networkAt), RT_SCOPE_LINK)
  }

  /** Builds the message with as much of the packet as fits in 576 bytes, and sends it along ROUTE. */
  private sendQuoting(frame: Frame, destination: number, type: number, code: number, info: number, tos: number,
    mark: number, options: EchoedOptions | null): void {
    const mtu = this.routing.resultMtu(ROUTE)
    const headers = ipv4.HEADER_LEN + (options === null ? 0 : options.bytes.length) + icmpv4.HEADER_LEN
    const room = (mtu > icmpv4.MAX_ERROR_PACKET_LEN ? icmpv4.MAX_ERROR_PACKET_LEN : mtu) - headers
    if (room <= MIN_QUOTE) return
    const length = frame.end - frame.networkAt
    const quoted = length < room ? length : room
    const message = this.ns.pool.take(icmpv4.HEADER_LEN + quoted)
    const at = message.start
    message.transportAt = at
    message.end = at + icmpv4.HEADER_LEN + quoted
    message.bytes.copyWithin(at + icmpv4.HEADER_LEN, frame.networkAt, frame.networkAt + quoted)
    icmpv4.write(message.view, at, message.end, type, code, info)
    message.mark = mark
    if (this.ns.tracing) {
      this.trace(frame, 'icmp_send', `tell ${formatIpv4(destination)}: ICMP ${describe(type, code)}`, message)
    }
    this.transmit(message, destination, type, tos, options)
  }

  /** Looks the way to a destination up, into ROUTE. Returns 0 or -errno. */
  private routeTo(destination: number, source: number, tos: number, mark: number, type: number, code: number): number {
    flow.reset(destination, source)
    // Routes are chosen by the DSCP; the ECN bits are none of theirs.
    flow.tos = tos & ~ipv4.ECN_MASK
    flow.mark = mark
    flow.protocol = ipv4.PROTO_ICMP
    flow.sport = 0
    flow.dport = type << 8 | code // one field of struct flowi4 for both (union flowi_uli)
    return this.routing.output(flow, ROUTE)
  }

  /*
   * Limits.
   */

  /** Whether messages of this kind are limited at all (icmpv4_mask_allow). */
  private isLimited(type: number, code: number): boolean {
    if (type > icmpv4.NR_ICMP_TYPES) return false
    if (type === icmpv4.ICMP_DEST_UNREACH && code === icmpv4.ICMP_FRAG_NEEDED) return false
    return ((1 << type) & this.ns.conf.icmpRatemask) !== 0
  }

  /** Whether the namespace has credit for one more message (icmp_global_allow). */
  private takeCredit(): boolean {
    if (this.credit > 0) return true
    const jiffies = Math.floor(this.ns.simulation.clock.ns[0] / JIFFY_NS)
    const passed = Math.min(jiffies - this.creditJiffies, JIFFIES_PER_S)
    const gained = Math.floor(this.ns.conf.icmpMsgsPerSec * passed / JIFFIES_PER_S)
    if (passed < TOP_UP_JIFFIES || gained === 0) {
      this.counters.icmpOutRateLimitGlobal++
      return false
    }
    this.creditJiffies = jiffies
    this.credit = Math.min(this.credit + gained, this.ns.conf.icmpMsgsBurst)
    return true
  }

  /** Whether this destination may get one more; if so the namespace pays for it (icmpv4_xrlim_allow). */
  private mayAnswer(destination: number): boolean {
    const device = ROUTE.device
    const onLoopback = device !== null && (device.flags & IFF_LOOPBACK) !== 0
    if (!onLoopback && !this.peers.mayAnswer(destination, this.ns.conf.icmpRatelimit * NS_PER_MS)) {
      this.counters.icmpOutRateLimitHost++
      return false
    }
    if (this.random === null) {
      this.random = this.ns.simulation.random.stream(`${this.ns.nodeName}/${this.ns.name} icmp-credit`)
    }
    // A message costs 0, 1 or 2: who counts them from outside cannot tell the ports that are open (CVE-2020-25705).
    this.credit -= this.random.below(3)
    return true
  }

  /*
   * Sentences for the journal.
   */

  private trace(frame: Frame, hook: string, text: string, causes: Frame | null = null): void {
    if (causes === null) this.ns.trace(frame, { hook, text })
    else this.ns.trace(frame, { hook, text, causes: causes.traceId })
  }

  private traceError(frame: Frame, type: number, code: number, info: number): void {
    const original = icmpv4.originalAt(frame.transportAt)
    const from = formatIpv4(ipv4.source(frame.view, frame.networkAt))
    const about = formatIpv4(ipv4.destination(frame.view, original))
    this.ns.trace(frame, {
      hook: 'icmp_unreach',
      text: `${from} says of a packet to ${about}: ${describe(type, code)}`,
      data: { from, about, type, code, info },
    })
  }

  private traceRedirect(frame: Frame, original: number, gateway: number): void {
    const from = formatIpv4(ipv4.source(frame.view, frame.networkAt))
    const about = formatIpv4(ipv4.destination(frame.view, original))
    this.ns.trace(frame, {
      hook: 'icmp_redirect',
      text: `${from} says that ${about} is better reached by ${formatIpv4(gateway)}`,
      data: { from, about, gateway: formatIpv4(gateway) },
    })
  }
}

/** icmp_pointers[].error: also the types that no RFC defines count as errors. */
function isErrorType(type: number): boolean {
  if (type === 1 || type === 2 || type === 6 || type === 7 || type === 9 || type === 10) return true
  return icmpv4.isErrorType(type)
}

const UNREACHABLE_TEXTS = [
  'destination net unreachable', 'destination host unreachable', 'destination protocol unreachable',
  'destination port unreachable', 'fragmentation needed', 'source route failed', 'destination net unknown',
  'destination host unknown', 'source host isolated', 'destination net prohibited', 'destination host prohibited',
  'net unreachable for this type of service', 'host unreachable for this type of service', 'packet filtered',
  'precedence violation', 'precedence cutoff',
]

/** What an error says, in a few words. */
function describe(type: number, code: number): string {
  switch (type) {
    case icmpv4.ICMP_DEST_UNREACH: return UNREACHABLE_TEXTS[code] ?? `destination unreachable, code ${code}`
    case icmpv4.ICMP_TIME_EXCEEDED: return code === icmpv4.ICMP_EXC_FRAGTIME
      ? 'fragment reassembly time exceeded'
      : 'time to live exceeded'
    case icmpv4.ICMP_REDIRECT: return 'redirect'
    case icmpv4.ICMP_PARAMETERPROB: return 'parameter problem'
    case icmpv4.ICMP_SOURCE_QUENCH: return 'source quench'
    default: return `ICMP type ${type}, code ${code}`
  }
}

/** What leaves by lo is for this node, whatever its destination (RTCF_LOCAL in __mkroute_output()). */
function cameByLoopback(frame: Frame): boolean {
  return frame.device !== null && (frame.device.flags & IFF_LOOPBACK) !== 0
}
