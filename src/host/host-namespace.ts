import type { InetStack } from '../inet/inet-stack.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import { Netlink } from '../netlink/netlink.ts'
import { Sockets } from '../socket/sockets.ts'

/** A network namespace of a host with what lies on it: IPv4, sockets, and netlink, the door to its configuration. */
export class HostNamespace {
  readonly ns: NetNamespace
  readonly netlink: Netlink
  readonly sockets: Sockets

  /** name: '' for a host's initial namespace, else the name `ip netns` shows. */
  constructor(readonly stack: InetStack, readonly name = '') {
    this.ns = stack.ns
    this.netlink = new Netlink(stack)
    this.sockets = new Sockets(stack)
  }
}
