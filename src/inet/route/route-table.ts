// Hot path.
// A route table, or two in one. As in Linux, `local` and `main` share a trie until the first policy rule is made
// (fib_unmerge): then one look-up serves both. What that means can be seen from outside, and is the same here: while
// they share, the longest prefix of both tables wins, not the local table before main.
//
// A prefix of the Fib leads to its routes (fib_alias) in this order: table number falling, TOS falling, metric rising,
// then as they were entered.

import { EAGAIN } from '../../base/errno.ts'
import type { NetDevice } from '../../device/net-device.ts'
import { ignoreRoutesWithLinkdown } from '../config.ts'
import { inDeviceOf } from '../in-device.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { FIB_LOOKUP_IGNORE_LINKSTATE, RTN_BLACKHOLE, RTN_UNICAST, RTNH_F_DEAD, RTNH_F_LINKDOWN } from './constants.ts'
import { Fib } from './fib.ts'
import type { FibResult, OutputFlow } from './flow.ts'
import { leafLength, leafValue, MAX_FIB_VALUE } from './leaf.ts'
import { NEXTHOP_REJECTS, type Nexthop } from './nexthop.ts'
import { appended } from './packed-list.ts'
import { type RouteInfo, TYPE_ERROR } from './route-info.ts'

/** The part of the TOS byte that routes and rules are matched with (IPTOS_RT_MASK). */
export const TOS_ROUTE_MASK = 0x1c

/** One route (Linux: struct fib_alias). */
export class Route {
  /** The next route of the same prefix. */
  next: Route | null = null
  /** type << 16 | tos << 8 | prefixLength: in one word, since there may be a million of them. */
  private readonly packed: number

  constructor(readonly prefix: number, prefixLength: number, readonly tableId: number, tos: number, type: number,
    readonly info: RouteInfo) {
    this.packed = (type << 16) | (tos << 8) | prefixLength
  }

  get prefixLength(): number {
    return this.packed & 0xff
  }

  get tos(): number {
    return (this.packed >> 8) & 0xff
  }

  /** RTN_*. */
  get type(): number {
    return this.packed >> 16
  }
}

/** Prefixes with their routes: the contents of one table, or of local and main together. */
export class RouteTrie {
  readonly fib = new Fib()
  /** First route of each prefix, by the fib's value; null: free. */
  private heads: (Route | null)[] = NO_HEADS
  private freeHeads: number[] = NO_FREE

  constructor(private readonly ns: NetNamespace) {}

  /**
   * The route for a flow, into `result`. Returns 0, the negative error of a route of an error type, or -EAGAIN: nothing
   * matches, or a throw route does (fib_table_lookup).
   */
  lookup(flow: OutputFlow, lookupFlags: number, result: FibResult): number {
    const fib = this.fib
    let leaf = fib.match(flow.destination)
    while (leaf >= 0) {
      const head = this.heads[leafValue(leaf)]
      for (let route = head; route !== null; route = route.next) {
        if (route.tos !== 0 && route.tos !== (flow.tos & TOS_ROUTE_MASK)) continue
        const info = route.info
        if (info.scope < flow.scope) continue
        const error = TYPE_ERROR[route.type]
        if (error < 0) {
          result.route = route
          return error
        }
        if ((info.flags & RTNH_F_DEAD) !== 0) continue
        if ((info.first.flags & NEXTHOP_REJECTS) !== 0) {
          result.route = route
          return TYPE_ERROR[RTN_BLACKHOLE]
        }
        const nexthop = this.goodNexthop(info, flow.oif, lookupFlags)
        if (nexthop === null) continue
        result.type = route.type
        result.scope = info.scope
        result.prefixLength = route.prefixLength
        result.head = head
        result.route = route
        result.info = info
        result.nexthop = nexthop
        return 0
      }
      const length = leafLength(leaf)
      if (length === 0) break
      leaf = fib.matchShorter(flow.destination, length)
    }
    result.route = null
    return -EAGAIN
  }

  /**
   * The route to a destination when nothing has to be weighed: the longest prefix has one route, unicast, for any TOS,
   * with one nexthop, alive, with a carrier, no blackhole. null: ask lookup().
   */
  plainRoute(destination: number): Route | null {
    const leaf = this.fib.match(destination)
    if (leaf < 0) return null
    const route = this.heads[leaf & MAX_FIB_VALUE]
    if (route === null || route.next !== null || route.type !== RTN_UNICAST || route.tos !== 0) return null
    const info = route.info
    if (((info.flags | info.first.flags) & (RTNH_F_DEAD | RTNH_F_LINKDOWN | NEXTHOP_REJECTS)) !== 0) return null
    return info.more.length === 0 ? route : null
  }

  /** The first nexthop that is alive and leads out of the device asked for (fib_lookup_good_nhc). */
  private goodNexthop(info: RouteInfo, oif: number, lookupFlags: number): Nexthop | null {
    if (this.isGood(info.first, oif, lookupFlags)) return info.first
    const more = info.more
    for (let i = 0; i < more.length; i++) if (this.isGood(more[i], oif, lookupFlags)) return more[i]
    return null
  }

  private isGood(nexthop: Nexthop, oif: number, lookupFlags: number): boolean {
    if (oif !== 0 && oif !== nexthop.ifindex) return false
    const flags = nexthop.flags
    if ((flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) === 0) return true
    if ((flags & RTNH_F_DEAD) !== 0) return false
    return (lookupFlags & FIB_LOOKUP_IGNORE_LINKSTATE) !== 0 || !ignoresLinkdown(this.ns, nexthop.device)
  }

  /** First route of exactly this prefix, or null. */
  head(prefix: number, prefixLength: number): Route | null {
    const index = this.fib.lookupExact(prefix, prefixLength)
    return index < 0 ? null : this.heads[index]
  }

  /** Enters a route before another of its prefix; null: behind all of its own table and those above it. */
  insert(route: Route, before: Route | null): void {
    const index = this.fib.lookupExact(route.prefix, route.prefixLength)
    if (index < 0) {
      this.fib.replace(route.prefix, route.prefixLength, this.takeHead(route))
      return
    }
    let previous: Route | null = null
    for (let at = this.heads[index]; at !== null && at !== before; at = at.next) {
      if (before === null && at.tableId < route.tableId) break
      previous = at
    }
    if (previous === null) {
      route.next = this.heads[index]
      this.heads[index] = route
    } else {
      route.next = previous.next
      previous.next = route
    }
  }

  /** Puts a route in the place of another. */
  replace(old: Route, route: Route): void {
    route.next = old.next
    const index = this.fib.lookupExact(old.prefix, old.prefixLength)
    const head = this.heads[index]
    if (head === old) {
      this.heads[index] = route
      return
    }
    for (let at = head; at !== null; at = at.next) if (at.next === old) at.next = route
  }

  remove(route: Route): void {
    const index = this.fib.lookupExact(route.prefix, route.prefixLength)
    const head = this.heads[index]
    if (head === route) {
      this.heads[index] = route.next
      if (route.next === null) {
        this.fib.remove(route.prefix, route.prefixLength)
        this.freeHeads = appended(this.freeHeads, index)
      }
    } else {
      for (let at = head; at !== null; at = at.next) if (at.next === route) at.next = route.next
    }
    route.next = null
  }

  /** All routes, or those of one table, in the order of a dump: by address, longer prefixes first (fib_trie). */
  list(tableId: number): Route[] {
    return inOrder(this.heads.filter(isRoute), tableId)
  }

  /** Those of a table that are dead. Of 100,000 routes: 1.2 ms when none is; to put all in order first took 43. */
  dead(tableId: number): Route[] {
    const heads: Route[] = new Array<Route>()
    for (let i = 0; i < this.heads.length; i++) {
      const head = this.heads[i]
      let route = head
      while (route !== null && (route.info.flags & RTNH_F_DEAD) === 0) route = route.next
      if (head !== null && route !== null) heads.push(head)
    }
    return inOrder(heads, tableId).filter(isDead)
  }

  private takeHead(route: Route): number {
    const free = this.freeHeads.pop()
    if (free === undefined) {
      this.heads = appended(this.heads, route)
      return this.heads.length - 1
    }
    this.heads[free] = route
    return free
  }
}

const NO_HEADS: (Route | null)[] = []
const NO_FREE: number[] = []

function isRoute(head: Route | null): head is Route {
  return head !== null
}

function isDead(route: Route): boolean {
  return (route.info.flags & RTNH_F_DEAD) !== 0
}

/** The routes of some prefixes, in the order of a dump. */
function inOrder(heads: Route[], tableId: number): Route[] {
  heads.sort(byPrefix)
  const routes = new Array<Route>()
  for (let i = 0; i < heads.length; i++) {
    for (let route: Route | null = heads[i]; route !== null; route = route.next) {
      if (tableId === 0 || route.tableId === tableId) routes.push(route)
    }
  }
  return routes
}

function byPrefix(a: Route, b: Route): number {
  return (a.prefix >>> 0) - (b.prefix >>> 0) || b.prefixLength - a.prefixLength
}

/** Whether nexthops without a carrier are passed over on this device (ip_ignore_linkdown). */
export function ignoresLinkdown(ns: NetNamespace, device: NetDevice | null): boolean {
  return device !== null && device.inet !== null && ignoreRoutesWithLinkdown(ns, inDeviceOf(device))
}

/** A table by number. local and main may have the same trie. */
export class RouteTable {
  /** Its routes of prefix 0/0 (tb_num_default). */
  defaultCount = 0

  constructor(readonly id: number, public trie: RouteTrie) {}

  /** Looks a flow up in this table; see RouteTrie.lookup. */
  lookup(flow: OutputFlow, lookupFlags: number, result: FibResult): number {
    result.tableId = this.id
    result.defaultCount = this.defaultCount
    return this.trie.lookup(flow, lookupFlags, result)
  }

  /** Its routes in the order of a dump. */
  list(): Route[] {
    return this.trie.list(this.id)
  }

  /** Those of its routes whose info is dead, in the same order. */
  dead(): Route[] {
    return this.trie.dead(this.id)
  }

  /** First of its routes to a prefix with this TOS and metric, or the one before which such a one belongs; or null. */
  find(prefix: number, prefixLength: number, tos: number, priority: number): Route | null {
    for (let route = this.trie.head(prefix, prefixLength); route !== null; route = route.next) {
      if (route.tableId > this.id) continue
      if (route.tableId !== this.id) return null
      if (route.tos > tos) continue
      if (route.info.priority >= priority || route.tos < tos) return route
    }
    return null
  }
}
