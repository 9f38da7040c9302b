import type { NetDevice } from '../../device/net-device.ts'
import { forwarding } from '../../inet/config.ts'
import { inDeviceOf } from '../../inet/in-device.ts'
import type { InetStack } from '../../inet/inet-stack.ts'
import { inPrefix } from '../../wire/address.ts'
import type { NodeKind } from '../model.ts'

/** A node as the search for a remedy sees it. */
export interface WhyNode {
  readonly name: string
  readonly kind: NodeKind
  readonly stack: InetStack
}

/** A cable: its two ends and whether it is whole. */
export interface WhyLink {
  readonly ends: readonly [WhyEnd, WhyEnd]
  readonly up: boolean
}

export interface WhyEnd {
  readonly node: string
  readonly interface: string
}

/** A device of a node that is joined to others. */
export interface Port {
  readonly node: WhyNode
  readonly device: NetDevice
}

/**
 * Who can hear whom: the devices of hosts and routers, gathered into segments. A segment is what a broadcast reaches:
 * cables and the switches between them. It tells what could be, from above; what a node knows is in its own tables.
 */
export class Topology {
  /** In the order of node names, then of devices. */
  readonly ports: readonly Port[]
  private readonly segments = new Map<Port, number>()

  constructor(readonly nodes: ReadonlyMap<string, WhyNode>, links: readonly WhyLink[]) {
    this.ports = portsOf(nodes)
    const joined = new Joined()
    for (const { ends: [a, b], up } of links) {
      const whole = up && isUp(nodes, a) && isUp(nodes, b)
      if (whole) joined.join(placeOf(nodes, a), placeOf(nodes, b))
    }
    const numbers = new Map<string, number>()
    for (const port of this.ports) {
      const root = joined.find(`${port.node.name}:${port.device.name}`)
      if (!numbers.has(root)) numbers.set(root, numbers.size)
      this.segments.set(port, numbers.get(root) ?? 0)
    }
  }

  /** The other ports on a port's segment. */
  neighbors(port: Port): Port[] {
    const segment = this.segments.get(port)
    return this.ports.filter((other) => other.node !== port.node && this.segments.get(other) === segment)
  }

  portsOf(node: string): Port[] {
    return this.ports.filter((port) => port.node.name === node)
  }

  /** The node that has an address, loopback included, or null. */
  ownerOf(address: number): WhyNode | null {
    for (const node of this.nodes.values()) {
      for (const device of node.stack.ns.devices) {
        if (inDeviceOf(device).addresses.some(({ local }) => local === address)) return node
      }
    }
    return null
  }

  /**
   * The first step of a shortest way from one node to another over nodes that could route (routers, or whoever
   * forwards): the port to leave by and the port on the other side; null if there is none.
   */
  firstStep(from: string, to: string): { readonly leave: Port, readonly enter: Port } | null {
    const seen = new Set([from])
    let edge = this.portsOf(from).flatMap((leave) => this.neighbors(leave).map((enter) => ({ leave, enter, at: enter })))
    while (edge.length > 0) {
      const arrived = edge.find(({ at }) => at.node.name === to)
      if (arrived !== undefined) return { leave: arrived.leave, enter: arrived.enter }
      const next: typeof edge = []
      for (const step of edge) {
        if (seen.has(step.at.node.name) || !mayRoute(step.at.node)) continue
        seen.add(step.at.node.name)
        for (const port of this.portsOf(step.at.node.name)) {
          for (const at of this.neighbors(port)) next.push({ ...step, at })
        }
      }
      edge = next
    }
    return null
  }

  /** Whether anybody has the address. */
  isTaken(address: number): boolean {
    return this.ownerOf(address) !== null
  }
}

/** An address of a device within a prefix, or null. */
export function addressWithin(device: NetDevice, network: number, length: number): number | null {
  return inDeviceOf(device).addresses.find(({ local }) => inPrefix(local, network, length))?.local ?? null
}

export function mayRoute(node: WhyNode): boolean {
  return node.kind === 'router' || node.stack.ns.devices.some((device) => forwarding(inDeviceOf(device)))
}

function portsOf(nodes: ReadonlyMap<string, WhyNode>): Port[] {
  const names = [...nodes.keys()].sort()
  return names.flatMap((name) => {
    const node = nodes.get(name)
    if (node === undefined || node.kind === 'switch') return []
    return node.stack.ns.devices.filter((device) => device.ifindex !== 1).map((device) => ({ node, device }))
  })
}

function isUp(nodes: ReadonlyMap<string, WhyNode>, { node, interface: name }: WhyEnd): boolean {
  return nodes.get(node)?.stack.ns.deviceByName(name)?.up ?? false
}

/** The point of the plan a cable's end is fixed to: a switch is one point, any other node has one a device. */
function placeOf(nodes: ReadonlyMap<string, WhyNode>, { node, interface: name }: WhyEnd): string {
  return nodes.get(node)?.kind === 'switch' ? node : `${node}:${name}`
}

/** Disjoint sets of names. */
class Joined {
  private readonly parents = new Map<string, string>()

  find(name: string): string {
    const parent = this.parents.get(name)
    return parent === undefined ? name : this.find(parent)
  }

  join(a: string, b: string): void {
    const [rootA, rootB] = [this.find(a), this.find(b)]
    if (rootA !== rootB) this.parents.set(rootA, rootB)
  }
}
