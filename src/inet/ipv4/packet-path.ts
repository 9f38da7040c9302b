import { PROTO_ICMP } from '../../wire/ipv4.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { Hooks } from '../netfilter/hooks.ts'
import type { Routing } from '../route/routing.ts'
import { SnmpCounters } from '../snmp.ts'
import { Forwarder } from './forward.ts'
import { Ipv4Fragmenter } from './fragment.ts'
import { Icmp } from './icmp.ts'
import { Ipv4Input } from './input.ts'
import { Ipv4Options } from './options.ts'
import { Ipv4Output } from './output.ts'
import { PeerTable } from './peers.ts'
import { ProtocolTable } from './protocols.ts'
import { Reassembly } from './reassembly.ts'

/**
 * The rooms of inet/ipv4 that packets pass, put together. A namespace has them from its first packet, hook or socket
 * on: in a lab of ten thousand hosts most never see one, and these rooms weigh 2 KB (bench/nodes).
 */
export class PacketPath {
  readonly counters = new SnmpCounters()
  readonly hooks = new Hooks()
  readonly protocols = new ProtocolTable()
  readonly output: Ipv4Output
  readonly peers: PeerTable
  readonly icmp: Icmp
  readonly reassembly: Reassembly
  readonly input: Ipv4Input

  constructor(readonly ns: NetNamespace, readonly routing: Routing) {
    const { counters, hooks, protocols } = this
    this.output = new Ipv4Output(ns, routing, hooks, counters)
    this.peers = new PeerTable(ns)
    this.icmp = new Icmp(ns, routing, this.output, this.peers, protocols, counters)
    this.reassembly = new Reassembly(ns, this.icmp, this.peers, counters)
    const options = new Ipv4Options(ns, routing, this.icmp, counters)
    const forwarder = new Forwarder(ns, routing, hooks, this.output, this.icmp, options, counters)
    this.input = new Ipv4Input(ns, routing, hooks, forwarder, this.icmp, this.reassembly, options, protocols, counters)
    this.output.fragmenter = new Ipv4Fragmenter(ns, this.icmp, counters)
    protocols.register(PROTO_ICMP, this.icmp)
  }
}
