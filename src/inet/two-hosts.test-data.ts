import { Bridge } from '../device/bridge/bridge.ts'
import { FramePool } from '../device/frame-pool.ts'
import { Link } from '../device/link.ts'
import { IDLE_DRIVER } from '../device/loopback.ts'
import { ARPHRD_ETHER, NetDevice } from '../device/net-device.ts'
import { NS_PER_MS } from '../engine/clock.ts'
import { Simulation } from '../engine/simulation.ts'
import { formatIpv4, formatMac, parseIpv4, parsePrefix } from '../wire/address.ts'
import * as arp from '../wire/arp.ts'
import * as icmpv4 from '../wire/icmpv4.ts'
import * as ipv4 from '../wire/ipv4.ts'
import { createInetStack, type InetStack } from './inet-stack.ts'
import { CHOOSE_ID } from './ipv4/output.ts'
import { makeAddress } from './route/address.ts'
import { OutputFlow } from './route/flow.ts'
import { RouteResult } from './route/route-result.ts'

/** 02:00:00:00:00:00 */
const FIRST_MAC = 0x020000000000

/**
 * Hosts and cables for tests: `addHost('a')`, `connect(a, 'eth1', '10.0.0.1/24', b, 'eth1', '10.0.0.2/24')`, a clock,
 * and what crossed the cables as lines of text: "0 a:eth1 > broadcast: who has 10.0.0.2, tell 10.0.0.1".
 */
export class TestNet {
  readonly simulation: Simulation
  readonly pool: FramePool
  readonly lines: string[] = []
  private hosts = 0
  private macs = 0

  constructor(seed = 1) {
    this.simulation = new Simulation(seed)
    this.pool = new FramePool(this.simulation.journal)
    this.pool.relocating = true
  }

  addHost(name: string): InetStack {
    const stack = createInetStack(this.simulation, this.pool, this.hosts++, name)
    stack.ns.loopback.setUp(true)
    return stack
  }

  /** A cable; both ends come up with an address each. Delay 0. MACs are 02:00:00:00:00:01, 02 … in order of making. */
  connect(a: InetStack, nameA: string, prefixA: string, b: InetStack, nameB: string, prefixB: string): Link {
    const deviceA = this.device(a, nameA)
    const deviceB = this.device(b, nameB)
    const link = this.cable(deviceA, deviceB)
    deviceA.setUp(true)
    deviceB.setUp(true)
    this.address(a, deviceA, prefixA)
    this.address(b, deviceB, prefixB)
    return link
  }

  /** A switch, and a cable from each host to it: ports eth1, eth2 …; names and prefixes as for connect(). */
  lan(ends: readonly (readonly [InetStack, string, string])[]): void {
    const host = this.addHost(`switch${this.hosts}`)
    const bridge = new Bridge(host.ns, 'br0', host.ns.takeIfindex(), FIRST_MAC + 0xff0000 + this.hosts)
    host.ns.addDevice(bridge.device)
    bridge.device.setUp(true)
    for (const [i, [stack, name, prefix]] of ends.entries()) {
      const port = this.device(host, `port${i + 1}`, false)
      const device = this.device(stack, name)
      this.cable(port, device)
      bridge.addPort(port)
      port.setUp(true)
      device.setUp(true)
      this.address(stack, device, prefix)
    }
  }

  address(stack: InetStack, device: NetDevice, prefix: string): void {
    const { address, length } = known(parsePrefix(prefix))
    const error = stack.routing.addAddress(device, makeAddress(stack.ns, device, address, length))
    if (error !== 0) throw new Error(`addAddress ${prefix}: ${error}`)
  }

  private cable(a: NetDevice, b: NetDevice): Link {
    const { simulation } = this
    return new Link(simulation, a, b, simulation.nextLane(a.stack.node), simulation.nextLane(b.stack.node))
  }

  private device(stack: InetStack, name: string, tapped = true): NetDevice {
    const mac = FIRST_MAC + ++this.macs
    const device = new NetDevice(stack.ns, name, stack.ns.takeIfindex(), ARPHRD_ETHER, 1500, mac, IDLE_DRIVER)
    stack.ns.addDevice(device)
    if (!tapped) return device
    device.addTap({
      onFrame: (frame, outgoing) => {
        if (outgoing) {
          const at = `${this.simulation.nowNs / NS_PER_MS} ${stack.ns.nodeName}:${name}`
          this.lines.push(`${at} > ${describe(frame.view, frame.start)}`)
        }
      },
    })
    return device
  }

  /** Sends an ICMP echo request with `size` bytes of data; returns 0 or -errno of the route. */
  echo(from: InetStack, to: string, sequence = 1, size = 8, fragment = 0): number {
    const flow = new OutputFlow()
    const destination = known(parseIpv4(to))
    flow.reset(destination, 0)
    flow.protocol = ipv4.PROTO_ICMP
    const route = new RouteResult()
    const error = from.routing.output(flow, route)
    if (error < 0) return error
    const frame = this.pool.take(icmpv4.HEADER_LEN + size)
    frame.transportAt = frame.start
    frame.end = frame.start + icmpv4.HEADER_LEN + size
    frame.bytes.fill(0xab, frame.start, frame.end)
    icmpv4.write(frame.view, frame.start, frame.end, icmpv4.ICMP_ECHO, 0, icmpv4.restOfEcho(7, sequence))
    from.output.send(frame, route, route.source, destination, ipv4.PROTO_ICMP, 0, 64, fragment, CHOOSE_ID, null)
    return 0
  }

  /** Lets the clock run to `ms`, and takes the lines since the last call. */
  until(ms: number): string[] {
    this.simulation.runUntil(ms * NS_PER_MS)
    return this.lines.splice(0)
  }
}

/** What a text in a test was read to. */
function known<T>(value: T | null): T {
  if (value === null) throw new Error('a text in a test that cannot be read')
  return value
}

/** A frame in words. */
export function describe(view: DataView, at: number): string {
  const to = view.getUint16(at) * 4294967296 + view.getUint32(at + 2)
  const target = to === 0xffffffffffff ? 'broadcast' : formatMac(to).slice(-2)
  const type = view.getUint16(at + 12)
  if (type === 0x0806) {
    const { operation, senderIp, targetIp, senderMac } = arp.parse(view, at + 14)
    return operation === arp.ARPOP_REQUEST
      ? `${target}: who has ${formatIpv4(targetIp)}, tell ${formatIpv4(senderIp)}`
      : `${target}: ${formatIpv4(senderIp)} is at ${formatMac(senderMac).slice(-2)}`
  }
  const ip = at + 14
  const inner = ipv4.payloadAt(view, ip)
  const what = ipv4.protocol(view, ip) === ipv4.PROTO_ICMP && ipv4.fragmentOffset(view, ip) === 0
    ? `icmp ${icmpv4.type(view, inner)}/${icmpv4.code(view, inner)}`
    : `protocol ${ipv4.protocol(view, ip)}`
  const seq = what === 'icmp 8/0' || what === 'icmp 0/0' ? ` seq ${icmpv4.sequence(view, inner)}` : ''
  return `${target}: ${formatIpv4(ipv4.source(view, ip))} > ${formatIpv4(ipv4.destination(view, ip))} ${what}${seq}`
}
