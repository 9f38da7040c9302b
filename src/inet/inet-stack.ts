import { notifyBridge } from '../device/bridge/bridge.ts'
import type { FramePool } from '../device/frame-pool.ts'
import { createLoopback } from '../device/loopback.ts'
import { VlanInput } from '../device/vlan.ts'
import type { Simulation } from '../engine/simulation.ts'
import { ETHERTYPE_VLAN } from '../wire/ethernet.ts'
import { PROTO_ICMP } from '../wire/ipv4.ts'
import { Arp } from './arp.ts'
import { Forwarder } from './ipv4/forward.ts'
import { Ipv4Fragmenter } from './ipv4/fragment.ts'
import { Icmp } from './ipv4/icmp.ts'
import { Ipv4Input } from './ipv4/input.ts'
import { Ipv4Options } from './ipv4/options.ts'
import { Ipv4Output } from './ipv4/output.ts'
import { PeerTable } from './ipv4/peers.ts'
import { ProtocolTable } from './ipv4/protocols.ts'
import { Reassembly } from './ipv4/reassembly.ts'
import { NeighborTable } from './neighbor/neighbor-table.ts'
import { NetNamespace } from './net-namespace.ts'
import { Hooks } from './netfilter/hooks.ts'
import { Routing } from './route/routing.ts'
import { SnmpCounters } from './snmp.ts'

/**
 * IPv4 in one network namespace: the rooms of inet/, put together. A packet's way through them:
 *
 *     device -> Ipv4Input -> Routing.input -> Forwarder -> Ipv4Output -> Neighbor -> device
 *                                |                             ^
 *                                +-> Reassembly -> protocol    +--- Icmp, sockets: Routing.output
 */
export class InetStack {
  readonly counters = new SnmpCounters()
  readonly hooks = new Hooks()
  readonly protocols = new ProtocolTable()
  readonly neighbors: NeighborTable
  readonly routing: Routing
  readonly output: Ipv4Output
  readonly peers: PeerTable
  readonly icmp: Icmp
  readonly arp: Arp
  readonly reassembly: Reassembly
  readonly input: Ipv4Input
  /** Made with the first VLAN device. */
  vlans: VlanInput | null = null

  constructor(readonly ns: NetNamespace) {
    const { counters, hooks, protocols } = this
    this.neighbors = new NeighborTable(ns)
    this.routing = new Routing(ns, this.neighbors, counters)
    this.output = new Ipv4Output(ns, this.routing, hooks, counters)
    this.peers = new PeerTable(ns)
    this.icmp = new Icmp(ns, this.routing, this.output, this.peers, protocols, counters)
    this.arp = new Arp(ns, this.neighbors, this.routing, this.icmp, counters)
    this.neighbors.ops = this.arp
    this.reassembly = new Reassembly(ns, this.icmp, this.peers, counters)
    const options = new Ipv4Options(ns, this.routing, this.icmp, counters)
    const forwarder = new Forwarder(ns, this.routing, hooks, this.output, this.icmp, options, counters)
    this.input = new Ipv4Input(ns, this.routing, hooks, forwarder, this.icmp, this.reassembly, options, protocols,
      counters)
    this.output.fragmenter = new Ipv4Fragmenter(ns, this.icmp, counters)
    protocols.register(PROTO_ICMP, this.icmp)
    ns.ipv4 = this.input
    ns.arp = this.arp
    // The order of Linux's notifier chain: bridge and VLAN devices, addresses and routes, ARP.
    ns.onDevice((device, event) => {
      notifyBridge(device, event)
      if (this.vlans !== null) this.vlans.onLowerEvent(device, event)
      this.routing.onDevice(device, event)
      this.arp.onDevice(device, event)
    })
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
