// Hot path.
import type { NetDevice } from '../../device/net-device.ts'
import type { Nanoseconds } from '../../engine/clock.ts'
import type { Nexthop } from './nexthop.ts'
import type { RouteInfo } from './route-info.ts'

/**
 * The answer of a route look-up (Linux: struct fib_result and the struct rtable made of it). Whoever looks up owns one
 * and uses it again and again; nothing is allocated per packet.
 */
export class RouteResult {
  /** RTN_*. */
  type = 0
  /** 0, or the -errno of an error route (ip_error): EHOSTUNREACH, ENETUNREACH, EACCES, EINVAL. */
  error = 0
  nexthop: Nexthop | null = null
  /** Where the packet goes out; for a local destination the device it came in by, or loopback for one sent here. */
  device: NetDevice | null = null
  /** Next hop, or 0: the destination itself is on the link. */
  gateway = 0
  /** Source address for packets sent here (output only). */
  source = 0
  /** RT_TABLE_* in which it was found, and the prefix's length. */
  tableId = 0
  prefixLength = 0
  /** TOS of the route, 0: any. */
  tos = 0
  info: RouteInfo | null = null
  /** RT_SCOPE_* of the route. */
  scope = 0
  /** MTU that the route itself gives (`mtu N`), or 0: the device's. */
  mtu = 0
  /** MTU learned from ICMP for this destination (an exception), or 0; it beats `mtu` for packets sent from here. */
  pathMtu = 0
  /** When the exception ends; means nothing while `pathMtu` is 0 and `redirected` false. */
  expiresNs: Nanoseconds = -0.5
  /** The MTU is locked by the route (`mtu lock`): DF is not set, and ICMP does not lower it. */
  mtuLocked = false
  /** The packet goes back out where it came from, to a nexthop the sender could reach itself (IPSKB_DOREDIRECT). */
  doRedirect = false
  isBroadcast = false
  isMulticast = false
  /** An ICMP redirect gave the gateway (RTCF_REDIRECTED). */
  redirected = false
  /** A multicast group that this node is in on the outgoing device. */
  isLocalGroup = false
  /** A directed broadcast to be forwarded (bc_forwarding). */
  forwardBroadcast = false

  /** Forgets the last answer. */
  reset(): void {
    this.type = 0
    this.error = 0
    this.nexthop = null
    this.device = null
    this.gateway = 0
    this.source = 0
    this.tableId = 0
    this.prefixLength = 0
    this.tos = 0
    this.info = null
    this.scope = 0
    this.mtu = 0
    this.pathMtu = 0
    this.mtuLocked = false
    this.doRedirect = false
    this.isBroadcast = false
    this.isMulticast = false
    this.isLocalGroup = false
    this.redirected = false
    this.forwardBroadcast = false
  }
}
