import type { NetDevice } from '../../device/net-device.ts'
import type { Neighbor } from '../neighbor/neighbor.ts'
import type { ExceptionTable } from './exceptions.ts'

/**
 * In `flags` beside RTNH_F_*: packets are thrown away (reject_nh: the nexthop object `blackhole`). Never shown; it lies
 * where the look-ups have to look anyway.
 */
export const NEXTHOP_REJECTS = 0x10000

/**
 * Where packets of a route go (Linux: struct fib_nh). Shared by all routes of its RouteInfo, and, if it is
 * that of a nexthop object, by all of that.
 */
export class Nexthop {
  /** null in routes of the error types. */
  device: NetDevice | null = null
  /** 0: given by nothing but the gateway, or by nothing. */
  ifindex: number
  /** 0: the destination itself is on the link. */
  gateway: number
  /** RTNH_F_*. */
  flags: number
  /** 1 to 256: the share of flows among the nexthops of a route. */
  readonly weight: number
  /** RT_SCOPE_* in which the gateway is reached; HOST without a gateway, NOWHERE for local routes. */
  scope = 0
  /** The source address this nexthop suggests, right as long as `sourceGeneration` is the namespace's. */
  source = 0
  sourceGeneration = -1
  /** The largest 31-bit flow hash that takes this nexthop; -1: none does (fib_nh_upper_bound). */
  upperBound = 0
  /** The neighbour used last; whoever uses it looks at its key and `dead`. */
  neighbor: Neighbor | null = null
  /** What ICMP said of single destinations: path MTUs and redirects; null if nothing. */
  exceptions: ExceptionTable | null = null

  constructor(ifindex: number, gateway: number, flags: number, weight: number) {
    this.ifindex = ifindex
    this.gateway = gateway
    this.flags = flags
    this.weight = weight
  }
}
