/**
 * The one door to configuration (Linux: a NETLINK_ROUTE socket): `ip`, the lab's builder and the programming interface
 * send requests here, and all they learn of a namespace's state they learn from the answers.
 *
 *     request -> netlink.ts -> links.ts      net/core/rtnetlink.c          NetDevice, Link, Bridge, VLAN, dummy
 *                              addresses.ts  net/ipv4/devinet.c            Routing.addAddress ...
 *                              routes.ts     net/ipv4/fib_frontend.c       Routing's tables
 *                              nexthops.ts   net/ipv4/nexthop.c            NexthopTable
 *                              rules.ts      net/core/fib_rules.c          RouteRules
 *                              neighbors.ts  net/core/neighbour.c          NeighborTable
 *                              fdb.ts        rtnetlink.c, net/bridge/      Bridge, Fdb
 *                              namespaces.ts net/core/net_namespace.c      numbers of other namespaces
 *
 * Each of these checks a request in the kernel's order and answers with its errno and, where the kernel has one, its
 * sentence (extended ack). Nothing is accepted and then ignored: an attribute that is not modelled is refused with
 * -EOPNOTSUPP.
 *
 * Differs from Linux: a request is done when request() returns (no acknowledgement to wait for), a carrier's change is
 * seen at once (Linux's linkwatch may take up to a second), and dumps have a defined order where Linux's is a hash's.
 */
import type { NetNamespace } from '../inet/net-namespace.ts'
import type { InetStack } from '../inet/inet-stack.ts'
import { EOPNOTSUPP } from '../base/errno.ts'
import { Addresses } from './addresses.ts'
import { Answer } from './answer.ts'
import { Fdb } from './fdb.ts'
import { Links } from './links.ts'
import {
  AF_BRIDGE, type NeighborMessage, type NetlinkMessage, type NetlinkReply, RTM_DELADDR, RTM_DELLINK, RTM_DELNEIGH,
  RTM_DELNEXTHOP, RTM_DELROUTE, RTM_DELRULE, RTM_GETADDR, RTM_GETLINK, RTM_GETNEIGH, RTM_GETNEXTHOP,
  RTM_GETNEXTHOPBUCKET, RTM_GETROUTE, RTM_GETRULE, RTM_NEWADDR, RTM_NEWLINK, RTM_NEWNEIGH, RTM_NEWNEXTHOP,
  RTM_NEWROUTE, RTM_NEWRULE, RTM_SETLINK, RTNLGRP_NEIGH,
  RTM_NEWNSID, RTM_DELNSID, RTM_GETNSID,
} from './messages.ts'
import { Namespaces } from './namespaces.ts'
import { Neighbors } from './neighbors.ts'
import { Nexthops } from './nexthops.ts'
import { Routes } from './routes.ts'
import { Rules } from './rules.ts'

/** Told of changes: the group (RTNLGRP_*) and the message that `ip monitor` would get. */
export type NetlinkListener = (group: number, message: NetlinkMessage) => void

export class Netlink {
  readonly ns: NetNamespace
  readonly links: Links
  readonly addresses: Addresses
  readonly routes: Routes
  private readonly nexthops: Nexthops
  private readonly rules: Rules
  private readonly neighbors: Neighbors
  private readonly fdb: Fdb
  private readonly namespaces: Namespaces
  private listeners: NetlinkListener[] = NO_LISTENERS

  constructor(readonly stack: InetStack) {
    this.ns = stack.ns
    this.links = new Links(stack)
    this.addresses = new Addresses(stack)
    this.routes = new Routes(stack)
    this.nexthops = new Nexthops(stack)
    this.rules = new Rules(stack)
    this.neighbors = new Neighbors(stack)
    this.fdb = new Fdb(stack)
    this.namespaces = new Namespaces(stack.ns)
  }

  /** Does what the message asks, and tells how it went. Never throws for what a user may ask. */
  request(message: NetlinkMessage): NetlinkReply {
    const answer = new Answer()
    const error = this.dispatch(message, answer)
    return { error, extack: error === 0 ? '' : answer.text, messages: answer.messages }
  }

  /** Adds a listener to notifications; it is called at once, in the order of being added. */
  subscribe(listener: NetlinkListener): void {
    if (this.listeners === NO_LISTENERS) {
      this.listeners = []
      this.watch()
    }
    this.listeners.push(listener)
  }

  unsubscribe(listener: NetlinkListener): void {
    const at = this.listeners.indexOf(listener)
    if (at >= 0) this.listeners.splice(at, 1)
  }

  /** What `ip route flush cache` does by way of /proc/sys/net/ipv4/route/flush. */
  flushRouteCache(): void {
    this.routes.flushCache()
  }

  private dispatch(message: NetlinkMessage, answer: Answer): number {
    switch (message.type) {
      case RTM_NEWLINK: case RTM_DELLINK: case RTM_GETLINK: case RTM_SETLINK:
        return this.links.request(message, answer)
      case RTM_NEWADDR: case RTM_DELADDR: case RTM_GETADDR:
        return this.addresses.request(message, answer)
      case RTM_NEWROUTE: case RTM_DELROUTE: case RTM_GETROUTE:
        return this.routes.request(message, answer)
      case RTM_NEWRULE: case RTM_DELRULE: case RTM_GETRULE:
        return this.rules.request(message, answer)
      case RTM_NEWNEXTHOP: case RTM_DELNEXTHOP: case RTM_GETNEXTHOP: case RTM_GETNEXTHOPBUCKET:
        return this.nexthops.request(message, answer)
      case RTM_NEWNSID: case RTM_DELNSID: case RTM_GETNSID:
        return this.namespaces.request(message, answer)
      case RTM_NEWNEIGH: case RTM_DELNEIGH: case RTM_GETNEIGH:
        return this.neighborRequest(message, answer)
      default:
        return -EOPNOTSUPP
    }
  }

  private neighborRequest(message: NeighborMessage, answer: Answer): number {
    return message.family === AF_BRIDGE ? this.fdb.request(message, answer) : this.neighbors.request(message, answer)
  }

  private watch(): void {
    const tell = (group: number, message: NetlinkMessage): void => {
      for (const listener of [...this.listeners]) listener(group, message)
    }
    this.links.watch(tell)
    this.namespaces.watch(tell)
    this.stack.neighbors.onChange((neighbor, event) => {
      const type = event === 'delete' ? RTM_DELNEIGH : event === 'solicit' ? RTM_GETNEIGH : RTM_NEWNEIGH
      tell(RTNLGRP_NEIGH, this.neighbors.message(neighbor, type))
    })
    this.addresses.watch(tell)
    this.routes.watch(tell)
    this.nexthops.watch(tell)
    this.rules.watch(tell)
  }
}

const NO_LISTENERS: NetlinkListener[] = []
