import { notifyBridge } from '../device/bridge/bridge.ts'
import type { Frame } from '../device/frame.ts'
import type { FramePool } from '../device/frame-pool.ts'
import { createLoopback } from '../device/loopback.ts'
import type { DeviceEvent, NetDevice, PacketHandler } from '../device/net-device.ts'
import { VlanInput } from '../device/vlan.ts'
import type { Simulation } from '../engine/simulation.ts'
import { ETHERTYPE_VLAN } from '../wire/ethernet.ts'
import { Arp } from './arp.ts'
import type { Icmp } from './ipv4/icmp.ts'
import type { Ipv4Input } from './ipv4/input.ts'
import type { Ipv4Output } from './ipv4/output.ts'
import { PacketPath } from './ipv4/packet-path.ts'
import type { PeerTable } from './ipv4/peers.ts'
import type { ProtocolTable } from './ipv4/protocols.ts'
import type { Reassembly } from './ipv4/reassembly.ts'
import { onMulticastDevice } from './multicast-list.ts'
import { NeighborTable } from './neighbor/neighbor-table.ts'
import { NetNamespace, type NamespaceUser } from './net-namespace.ts'
import type { Hooks } from './netfilter/hooks.ts'
import { Routing } from './route/routing.ts'
import type { SnmpCounters } from './snmp.ts'

/** The floor above: sockets. It is told of the path when that is opened, and registers its protocols there. */
export interface Transports {
  attach(path: PacketPath): void
}

/**
 * IPv4 in one network namespace: the rooms of inet/, put together. A packet's way through them:
 *
 *     device -> Ipv4Input -> Routing.input -> Forwarder -> Ipv4Output -> Neighbor -> device
 *                                |                             ^
 *                                +-> Reassembly -> protocol    +--- Icmp, sockets: Routing.output
 *
 * What configuration needs is there from the start: neighbours, routes, ARP. What only packets need is a PacketPath,
 * opened by the first of them (the stack stands in as the namespace's IPv4 until then) or by who asks for a part of it.
 */
export class InetStack implements PacketHandler, NamespaceUser {
  readonly neighbors: NeighborTable
  readonly routing: Routing
  readonly arp: Arp
  /** Made with the first VLAN device. */
  vlans: VlanInput | null = null
  private openPath: PacketPath | null = null
  private transports: Transports | null = null

  constructor(readonly ns: NetNamespace) {
    this.neighbors = new NeighborTable(ns)
    this.routing = new Routing(ns, this.neighbors)
    this.arp = new Arp(ns, this.neighbors, this.routing, this)
    this.neighbors.ops = this.arp
    ns.ipv4 = this
    ns.arp = this.arp
    ns.user = this
  }

  /** Passes an event on in the order of Linux's notifier chain: bridge and VLAN devices, addresses and routes, ARP. */
  onDevice(device: NetDevice, event: DeviceEvent): void {
    notifyBridge(device, event)
    if (this.vlans !== null) this.vlans.onLowerEvent(device, event)
    this.routing.onDevice(device, event)
    this.arp.onDevice(device, event)
    onMulticastDevice(device, event)
  }

  /** The way of packets, opened when first asked for. */
  get path(): PacketPath {
    return this.openPath ?? this.open()
  }

  get counters(): SnmpCounters {
    return this.path.counters
  }

  get hooks(): Hooks {
    return this.path.hooks
  }

  get protocols(): ProtocolTable {
    return this.path.protocols
  }

  get output(): Ipv4Output {
    return this.path.output
  }

  get peers(): PeerTable {
    return this.path.peers
  }

  get icmp(): Icmp {
    return this.path.icmp
  }

  get reassembly(): Reassembly {
    return this.path.reassembly
  }

  get input(): Ipv4Input {
    return this.path.input
  }

  /** Sets who is told when the path opens; at once if it is open. */
  setTransports(transports: Transports): void {
    this.transports = transports
    if (this.openPath !== null) transports.attach(this.openPath)
  }

  /** Takes the first IPv4 packet of this namespace; the path takes those after it. */
  receive(frame: Frame): void {
    this.path.input.receive(frame)
  }

  private open(): PacketPath {
    const path = new PacketPath(this.ns, this.routing)
    this.openPath = path
    this.ns.ipv4 = path.input
    if (this.transports !== null) this.transports.attach(path)
    return path
  }

  /** The namespace's VLAN devices. */
  vlanInput(): VlanInput {
    if (this.vlans === null) {
      this.vlans = new VlanInput(this.ns)
      this.ns.addPacketType(ETHERTYPE_VLAN, this.vlans)
    }
    return this.vlans
  }
}

/** Makes a network namespace with its loopback device (down, as in a new namespace) and IPv4 over it. */
export function createInetStack(simulation: Simulation, pool: FramePool, node: number, nodeName: string,
  name = ''): InetStack {
  const ns = new NetNamespace(simulation, pool, node, nodeName, name)
  const stack = new InetStack(ns)
  ns.takeIfindex()
  ns.addDevice(createLoopback(ns, simulation.nextLane(node)))
  return stack
}
