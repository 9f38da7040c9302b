import type { InetStack } from '../inet/inet-stack.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import { Netlink } from '../netlink/netlink.ts'
import { Sockets } from '../socket/sockets.ts'

/** A network namespace of a host with what lies on it: IPv4, sockets, and netlink, the door to its configuration. */
export class HostNamespace {
  readonly ns: NetNamespace
  readonly sockets: Sockets
  private door: Netlink | null = null

  /** name: '' for a host's initial namespace, else the name `ip netns` shows. */
  constructor(readonly stack: InetStack, readonly name = '') {
    this.ns = stack.ns
    this.sockets = new Sockets(stack)
  }

  /** Made when first asked for: a host that nobody configures by hand does without. */
  get netlink(): Netlink {
    if (this.door === null) this.door = new Netlink(this.stack)
    return this.door
  }
}
