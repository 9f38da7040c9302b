/**
 * Networks for benches, built straight from the data plane's own parts, the way lab/ builds them: every node a full
 * one (neighbour table, tables of routes, ICMP), sockets where something is sent or received.
 */
import { Bridge } from '../src/device/bridge/bridge.ts'
import { FramePool } from '../src/device/frame-pool.ts'
import { Link, PERFECT } from '../src/device/link.ts'
import { IDLE_DRIVER } from '../src/device/loopback.ts'
import { ARPHRD_ETHER, NetDevice } from '../src/device/net-device.ts'
import { Simulation } from '../src/engine/simulation.ts'
import { createInetStack, type InetStack } from '../src/inet/inet-stack.ts'
import { makeAddress } from '../src/inet/route/address.ts'
import { RTN_UNICAST, RTPROT_BOOT } from '../src/inet/route/constants.ts'
import { EMPTY_ROUTE } from '../src/inet/route/route-store.ts'
import { writeSysctl } from '../src/inet/sysctl.ts'
import { Sockets } from '../src/socket/sockets.ts'
import { broadcastOf, networkOf, parseIpv4, parsePrefix } from '../src/wire/address.ts'

const NLM_F_CREATE = 0x400

export class BenchNode {
  readonly stack: InetStack
  readonly sockets: Sockets

  constructor(readonly net: BenchNetwork, readonly name: string, node: number) {
    this.stack = createInetStack(net.simulation, net.pool, node, name)
    this.sockets = new Sockets(this.stack)
    this.stack.ns.loopback.setUp(true)
  }

  device(name: string): NetDevice {
    const { ns } = this.stack
    const mac = 0x020000000000 + ns.node * 256 + ns.devices.length
    const device = new NetDevice(ns, name, ns.takeIfindex(), ARPHRD_ETHER, 1500, mac, IDLE_DRIVER)
    ns.addDevice(device)
    return device
  }

  address(device: NetDevice, text: string): void {
    const prefix = parsePrefix(text)
    if (prefix === null) throw new Error(`${text} is no prefix`)
    const { address, length } = prefix
    const local = makeAddress(this.stack.ns, device, address, length, broadcastOf(address, length))
    this.stack.routing.addAddress(device, local)
  }

  route(text: string, via: string): void {
    const prefix = parsePrefix(text)
    const gateway = parseIpv4(via)
    if (prefix === null || gateway === null) throw new Error(`${text} via ${via} is no route`)
    const extack = { text: '' }
    const error = this.stack.routing.addRoute({
      ...EMPTY_ROUTE, destination: networkOf(prefix.address, prefix.length), prefixLength: prefix.length, gateway,
      type: RTN_UNICAST, protocol: RTPROT_BOOT, nlFlags: NLM_F_CREATE,
    }, extack)
    if (error !== 0) throw new Error(`route ${text} via ${via}: ${error} ${extack.text}`)
  }

  forward(): void {
    writeSysctl(this.stack.ns, 'net/ipv4/ip_forward', '1')
  }
}

export class BenchNetwork {
  readonly simulation = new Simulation(1)
  readonly pool = new FramePool(this.simulation.journal)
  readonly nodes: BenchNode[] = []

  node(name: string): BenchNode {
    const node = new BenchNode(this, name, this.nodes.length)
    this.nodes.push(node)
    return node
  }

  link(a: NetDevice, b: NetDevice, delayNs: number): Link {
    const { simulation } = this
    const link = new Link(simulation, a, b, simulation.nextLane(a.stack.node), simulation.nextLane(b.stack.node))
    link.a.setImpairments({ ...PERFECT, delayNs }, 'a')
    link.b.setImpairments({ ...PERFECT, delayNs }, 'b')
    a.setUp(true)
    b.setUp(true)
    return link
  }

  bridge(node: BenchNode): Bridge {
    const { ns } = node.stack
    const bridge = new Bridge(ns, 'br0', ns.takeIfindex(), 0x02ff00000000 + ns.node)
    ns.addDevice(bridge.device)
    bridge.device.setUp(true)
    return bridge
  }
}
