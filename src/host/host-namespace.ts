import type { InetStack, Transports } from '../inet/inet-stack.ts'
import type { PacketPath } from '../inet/ipv4/packet-path.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import { Netlink } from '../netlink/netlink.ts'
import { Sockets } from '../socket/sockets.ts'

/** A network namespace of a host with what lies on it: IPv4, sockets, and netlink, the door to its configuration. */
export class HostNamespace implements Transports {
  readonly ns: NetNamespace
  private door: Netlink | null = null
  private openSockets: Sockets | null = null

  /** name: '' for a host's initial namespace, else the name `ip netns` shows. */
  constructor(readonly stack: InetStack, readonly name = '') {
    this.ns = stack.ns
    stack.setTransports(this)
  }

  /** Made when first asked for: a host that nobody configures by hand does without. */
  get netlink(): Netlink {
    if (this.door === null) this.door = new Netlink(this.stack)
    return this.door
  }
  /** Made with the path of packets: by the first packet, or when first asked for. */
  get sockets(): Sockets {
    return this.openSockets ?? this.socketsOn(this.stack.path)
  }

  attach(path: PacketPath): void {
    this.socketsOn(path)
  }

  private socketsOn(path: PacketPath): Sockets {
    if (this.openSockets === null) this.openSockets = new Sockets(path)
    return this.openSockets
  }
}

/** The network namespaces of a host by name. The initial one ('') is a field: most hosts have no other. */
export class NamespaceTable {
  private initial: HostNamespace | undefined = undefined
  /** Told of names that come and go, in order of being added. */
  readonly listeners: ((name: string, event: 'add' | 'delete') => void)[] = []
  private named: Map<string, HostNamespace> | null = null

  get(name: string): HostNamespace | undefined {
    return name === '' ? this.initial : this.named?.get(name)
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  set(name: string, namespace: HostNamespace): void {
    if (name === '') this.initial = namespace
    else {
      if (this.named === null) this.named = new Map()
      this.named.set(name, namespace)
      for (const listener of [...this.listeners]) listener(name, 'add')
    }
  }

  /** Takes a name away. */
  delete(name: string): void {
    if (this.named?.delete(name) !== true) return
    for (const listener of [...this.listeners]) listener(name, 'delete')
  }

  /** The name of a namespace, or null: it has none any more. */
  nameOf(namespace: HostNamespace): string | null {
    for (const name of this.keys()) if (this.get(name) === namespace) return name
    return null
  }

  /** In the order of being made. */
  keys(): string[] {
    return [...(this.initial === undefined ? [] : ['']), ...(this.named?.keys() ?? [])]
  }
}
