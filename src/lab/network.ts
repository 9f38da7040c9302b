import { FramePool } from '../device/frame-pool.ts'
import { type Impairments, Link } from '../device/link.ts'
import { IDLE_DRIVER } from '../device/loopback.ts'
import { ARPHRD_ETHER, NetDevice } from '../device/net-device.ts'
import { Simulation } from '../engine/simulation.ts'
import { Host, type ProgramRegistry } from '../host/host.ts'
import { HostNamespace } from '../host/host-namespace.ts'
import { Scheduler } from '../host/scheduler.ts'
import { createInetStack } from '../inet/inet-stack.ts'
import { parseMac } from '../wire/address.ts'
import { compareNames, nodeIds } from './derive.ts'
import type { LabModel, LinkImpairments, LinkModel, LinkStep, NodeModel } from './model.ts'

/**
 * A lab as machines: one Simulation, one FramePool and one Scheduler; a Host with its network namespace per node; a
 * Link with its two devices per cable. Nothing is configured here (realise.ts does that): devices are down, without
 * addresses, as containerlab hands them to a container.
 *
 * Nodes are numbered in the order of their names, so the order in which a file lists them changes nothing. The devices
 * of a node get their numbers (ifindex 2, 3, …) in the order in which the file's links name them.
 */

/** A node that runs. */
export interface NetworkNode {
  readonly model: NodeModel
  /** Its number in the total order of events. */
  readonly number: number
  readonly host: Host
  readonly namespace: HostNamespace
}

/** Which of a link's two directions: [what endpoints[0] sends, what endpoints[1] sends]. */
export type Directions = readonly [boolean, boolean]

export const BOTH: Directions = [true, true]
const NEITHER: Directions = [false, false]

/** A cable that runs: what the lab makes of it, and what faults lie over that. */
export class NetworkLink {
  readonly model: LinkModel
  readonly link: Link
  private impairments: readonly [LinkImpairments, LinkImpairments]
  /** Directions in which a partition loses everything. */
  private partitioned: Directions = NEITHER

  constructor(model: LinkModel, link: Link) {
    this.model = model
    this.link = link
    this.impairments = model.impairments
    this.apply(0)
    this.apply(1)
    if (!model.up) link.setUp(false)
  }

  /** What the lab has this direction do to frames, faults aside. */
  impairmentsOf(direction: 0 | 1): LinkImpairments {
    return this.impairments[direction]
  }

  /** Changes the fields that `change` names; what is on the wire already is not touched. */
  change(change: Partial<LinkImpairments>, directions: Directions): void {
    const [a, b] = this.impairments
    this.impairments = [directions[0] ? { ...a, ...change } : a, directions[1] ? { ...b, ...change } : b]
    if (directions[0]) this.apply(0)
    if (directions[1]) this.apply(1)
  }

  /** Loses every frame of these directions, without a sign to either end; or no longer. */
  partition(on: boolean, directions: Directions): void {
    const [a, b] = this.partitioned
    this.partitioned = [directions[0] ? on : a, directions[1] ? on : b]
    this.apply(0)
    this.apply(1)
  }

  /** Keeps the frames of these directions back; or lets them go, all at once, and those after them. */
  hold(on: boolean, directions: Directions): void {
    if (directions[0]) this.link.a.hold(on, this.streamName(0))
    if (directions[1]) this.link.b.hold(on, this.streamName(1))
  }

  /** Cuts or mends the cable: both ends see their carrier go or come. */
  setUp(up: boolean): void {
    this.link.setUp(up)
  }

  /** Carries out a step of the script. */
  step(step: LinkStep): void {
    this.change(step.set, step.directions)
    if (step.up !== null) this.setUp(step.up)
  }

  private apply(direction: 0 | 1): void {
    const base: Readonly<Impairments> = this.impairments[direction]
    const impairments = this.partitioned[direction] ? { ...base, loss: 1, duplicate: 0 } : base
    const wire = direction === 0 ? this.link.a : this.link.b
    wire.setImpairments(impairments, this.streamName(direction))
  }

  private streamName(direction: 0 | 1): string {
    const [a, b] = this.model.endpoints.map((end) => `${end.node}:${end.interface}`)
    return direction === 0 ? `link ${a} > ${b}` : `link ${b} > ${a}`
  }
}

export class Network {
  readonly model: LabModel
  readonly simulation: Simulation
  readonly pool: FramePool
  readonly scheduler: Scheduler
  /** By number. */
  readonly nodes: readonly NetworkNode[]
  /** In the order of the file. */
  readonly links: readonly NetworkLink[]

  /** Builds the machines and the cables. programs: what can be run on the nodes; `bash` runs their exec lines. */
  constructor(model: LabModel, seed: number, readonly programs: ProgramRegistry) {
    this.model = model
    this.simulation = new Simulation(seed)
    this.pool = new FramePool(this.simulation.journal)
    this.scheduler = new Scheduler(this.simulation)
    const models = new Map(model.nodes.map((node) => [node.name, node]))
    const nodes: NetworkNode[] = []
    for (const [name, number] of nodeIds(models.keys())) {
      const host = new Host(this.simulation, this.scheduler, name, number, programs)
      const namespace = host.addNamespace(createInetStack(this.simulation, this.pool, number, name))
      nodes.push({ model: models.get(name) as NodeModel, number, host, namespace }) // nodeIds gives the map's own keys
    }
    this.nodes = nodes
    this.links = model.links.map((link) => this.addLink(link))
  }

  node(name: string): NetworkNode | null {
    const { nodes } = this // in the order of names: halve it until one is left
    let low = 0
    for (let high = nodes.length; low < high;) {
      const middle = (low + high) >>> 1
      if (compareNames(nodes[middle].model.name, name) < 0) low = middle + 1
      else high = middle
    }
    return low < nodes.length && nodes[low].model.name === name ? nodes[low] : null
  }

  /** The link with this end ("bob:eth1"), and which of its ends that is. */
  linkAt(name: string): { readonly link: NetworkLink, readonly end: 0 | 1 } | null {
    for (const link of this.links) {
      const end = link.model.endpoints.findIndex((one) => `${one.node}:${one.interface}` === name)
      if (end >= 0) return { link, end: end as 0 | 1 }
    }
    return null
  }

  /** The links that join two nodes, with the directions in which `from` sends to `to`. */
  linksBetween(from: string, to: string): { readonly link: NetworkLink, readonly towards: Directions }[] {
    const found: { link: NetworkLink, towards: Directions }[] = []
    for (const link of this.links) {
      const [a, b] = link.model.endpoints
      const towards: Directions = [a.node === from && b.node === to, b.node === from && a.node === to]
      if (towards[0] || towards[1]) found.push({ link, towards })
    }
    return found
  }

  private addLink(model: LinkModel): NetworkLink {
    const [a, b] = model.endpoints.map((end) => this.addDevice(end.node, end.interface))
    const { simulation } = this
    const link = new Link(simulation, a, b, simulation.nextLane(a.stack.node), simulation.nextLane(b.stack.node))
    return new NetworkLink(model, link)
  }

  private addDevice(nodeName: string, name: string): NetDevice {
    const node = this.node(nodeName) as NetworkNode // the model has been resolved: its links name its nodes
    const { ns } = node.namespace
    const mac = node.model.interfaces.find((entry) => entry.name === name)?.mac ?? ''
    const device = new NetDevice(ns, name, ns.takeIfindex(), ARPHRD_ETHER, 1500, parseMac(mac) ?? 0, IDLE_DRIVER)
    ns.addDevice(device)
    return device
  }
}
