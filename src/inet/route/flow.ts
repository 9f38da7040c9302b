// Hot path.
import type { RouteInfo } from './route-info.ts'
import type { Nexthop } from './nexthop.ts'
import type { Route } from './route-table.ts'

/** What a route is looked up for (Linux: struct flowi4). Reused by its owner; look-ups read it and do not keep it. */
export class OutputFlow {
  destination = 0
  /** 0: to be chosen. */
  source = 0
  tos = 0
  /** ifindex of the device it must leave by, or 0. */
  oif = 0
  /** ifindex of the device it came in by; that of lo for packets of this node. */
  iif = 1
  mark = 0
  /** For rules and multipath hashes. */
  protocol = 0
  sport = 0
  dport = 0
  uid = 0
  /** FLOWI_FLAG_*. */
  flags = 0
  /** RT_SCOPE_*: routes of a wider scope are not taken. */
  scope = 0

  /** Everything to its default, then destination and source. */
  reset(destination: number, source: number): void {
    this.destination = destination
    this.source = source
    this.tos = 0
    this.oif = 0
    this.iif = 1
    this.mark = 0
    this.protocol = 0
    this.sport = 0
    this.dport = 0
    this.uid = 0
    this.flags = 0
    this.scope = 0
  }
}

/** What a look-up in the tables found (Linux: struct fib_result); reused. Valid if the look-up returned 0. */
export class FibResult {
  type = 0
  scope = 0
  prefixLength = 0
  /** The table that was searched: main stands for local too while they share a trie. */
  tableId = 0
  /** /0 routes in that table. */
  defaultCount = 0
  /** First route of the prefix. */
  head: Route | null = null
  /** The route itself; also set when it is of an error type. */
  route: Route | null = null
  info: RouteInfo | null = null
  nexthop: Nexthop | null = null
}
