import { IFF_UP, type NetDevice } from '../../device/net-device.ts'
import { inDeviceOf } from '../../inet/in-device.ts'
import {
  RT_TABLE_DEFAULT, RT_TABLE_LOCAL, RT_TABLE_MAIN, RTN_BLACKHOLE, RTN_PROHIBIT, RTN_THROW, RTN_UNREACHABLE,
} from '../../inet/route/constants.ts'
import { broadcastOf, formatIpv4, formatPrefix, inPrefix, networkOf } from '../../wire/address.ts'
import { addressWithin, mayRoute, type Port, type Topology, type WhyLink, type WhyNode } from './topology.ts'

/**
 * From where a packet died to what would help. It sees the whole lab from above, as an engineer with the plan on the
 * table does: who has the address, over which cables it can be reached. Each rule proposes commands for one cause;
 * `why` tries them on a copy of the lab, asks again, and tells only what worked.
 */
export type Fix =
  | { readonly on: string, readonly run: string }
  | { readonly link: string, readonly set: Readonly<Record<string, string>> }

/** Where and why a packet was lost, in the facts that the rules need. */
export interface Failure {
  /** The node where it ended. */
  readonly node: string
  /** A DropReason's name, or the errno's name where sending failed before there was a packet. */
  readonly reason: string
  readonly device: NetDevice | null
  /** Where the lost packet was going, and from where it came; int32. */
  readonly source: number
  readonly destination: number
  /** Its length in bytes, from the IPv4 header on. */
  readonly length: number
  readonly topology: Topology
  readonly links: readonly WhyLink[]
}

/** Commands that may help, the likeliest first; each entry is tried as a whole. Empty: no rule knows. */
export function proposeFixes(failure: Failure): Fix[][] {
  const node = failure.topology.nodes.get(failure.node)
  if (node === undefined) return []
  switch (failure.reason) {
    case 'NO_FORWARDING': return noForwarding(failure, node)
    case 'IP_OUTNOROUTES':
    case 'IP_INNOROUTES':
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ROUTE_UNREACHABLE':
    case 'ROUTE_PROHIBIT':
    case 'ROUTE_BLACKHOLE': return [...removeRoute(failure, node), ...route(failure, node)]
    case 'EACCES':
    case 'EINVAL': return [...removeRoute(failure, node), ...route(failure, node)]
    case 'NEIGH_FAILED': return neighborFailed(failure, node)
    case 'IP_FRAG_NEEDED':
    case 'PKT_TOO_BIG': return raiseMtu(failure, node)
    case 'IP_RPFILTER': return loosenFilter(failure, node)
    case 'IP_TTL_EXPIRED': return route(failure, node)
    case 'LINK_LOSS':
    case 'LINK_CORRUPT_FCS':
    case 'QDISC_DROP': return mendLink(failure)
    case 'LINK_DOWN':
    case 'CARRIER_OFF':
    case 'DEVICE_DOWN': return bringUp(failure)
    default: return []
  }
}

/** A host got a packet for somebody else: either it should route, or it should have the address. */
function noForwarding(failure: Failure, node: WhyNode): Fix[][] {
  if (failure.topology.isTaken(failure.destination)) {
    return [[{ on: node.name, run: 'sysctl -w net.ipv4.ip_forward=1' }]]
  }
  return [[{ on: node.name, run: `ip addr add ${formatIpv4(failure.destination)}/32 dev lo` }]]
}

/** Nobody answered for the next hop: a wrong or dead way, or an address of the node's own that it does not know. */
function neighborFailed(failure: Failure, node: WhyNode): Fix[][] {
  const own = node.stack.ns.devices.find((device) =>
    inDeviceOf(device).addresses.some(({ local }) => local === failure.destination))
  if (own !== undefined) {
    const address = formatIpv4(failure.destination)
    const route = `local ${address} dev ${own.name} table local proto kernel scope host src ${address}`
    return [[{ on: node.name, run: `ip route add ${route}` }]]
  }
  const dead = failure.device !== null && !failure.device.running ? bringUp(failure) : []
  return [...dead, ...proxy(failure, node), ...elsewhere(failure, node), ...route(failure, node)]
}

/** The destination is not on the link but behind a router that is: let that router answer for it. */
function proxy(failure: Failure, node: WhyNode): Fix[][] {
  const device = failure.device
  if (device === null) return []
  const here = failure.topology.portsOf(node.name).find((port) => port.device === device)
  const step = stepTo(failure, node.name)
  if (here === undefined || step === null || step.leave !== here) return []
  const onLink = inDeviceOf(device).addresses.some(({ address, prefixLength }) =>
    inPrefix(failure.destination, address, prefixLength))
  const owner = failure.topology.ownerOf(failure.destination)
  if (!onLink || owner === null || step.enter.node === owner) return []
  return [[{ on: step.enter.node.name, run: `sysctl -w net.ipv4.conf.${step.enter.device.name}.proxy_arp=1` }]]
}

/** The way over this node is dead: have the sender take another one, past it. */
function elsewhere(failure: Failure, node: WhyNode): Fix[][] {
  const sender = failure.topology.ownerOf(failure.source)
  if (sender === null || sender === node) return []
  return route(failure, sender)
}

/** Gives a node a route towards the destination, and the next hop an address where it lacks one. */
function route(failure: Failure, node: WhyNode): Fix[][] {
  const { topology, destination } = failure
  const owner = topology.ownerOf(destination)
  if (owner === null || owner === node) return []
  const step = stepTo(failure, node.name)
  if (step === null) return []
  if (step.enter.node !== owner) return via(failure, node, step.leave, step.enter)
  const direct = addressOnLink(failure, node, step.leave, step.enter)
  const router = topology.neighbors(step.leave).find((port) => port.node !== owner && mayRoute(port.node))
  const around = router === undefined || mayRoute(node) ? [] : via(failure, node, step.leave, router)
  return [...around, ...direct]
}

function stepTo(failure: Failure, from: string): { readonly leave: Port, readonly enter: Port } | null {
  const owner = failure.topology.ownerOf(failure.destination)
  return owner === null ? null : failure.topology.firstStep(from, owner.name)
}

/** A route over a neighbouring node, which gets an address in this node's subnet if it has none. */
function via(failure: Failure, node: WhyNode, leave: Port, enter: Port): Fix[][] {
  const own = inDeviceOf(leave.device).addresses[0]
  if (own === undefined) return []
  const network = networkOf(own.local, own.prefixLength)
  const fixes: Fix[] = []
  let gateway = addressWithin(enter.device, network, own.prefixLength)
  if (gateway === null) {
    gateway = freeAddress(failure.topology, network, own.prefixLength)
    if (gateway === null) return []
    fixes.push({
      on: enter.node.name, run: `ip addr add ${formatPrefix(gateway, own.prefixLength)} dev ${enter.device.name}`,
    })
  }
  const plain = `${formatIpv4(gateway)} dev ${leave.device.name}`
  const target = formatPrefix(...subnetOf(failure.topology, failure.destination))
  return [
    [...fixes, { on: node.name, run: `ip route add ${target} via ${plain}` }],
    [...fixes, { on: node.name, run: `ip route replace ${target} via ${plain}` }],
  ]
}

/** Both are on one segment but in different subnets: an address in the other's subnet, or a route to the link. */
function addressOnLink(failure: Failure, node: WhyNode, leave: Port, enter: Port): Fix[][] {
  const theirs = inDeviceOf(enter.device).addresses.find(({ local }) => local === failure.destination)
  const target = formatIpv4(failure.destination)
  const fixes: Fix[][] = []
  if (mayRoute(node) && theirs !== undefined) {
    const network = networkOf(theirs.local, theirs.prefixLength)
    const address = freeAddress(failure.topology, network, theirs.prefixLength)
    if (address !== null && addressWithin(leave.device, network, theirs.prefixLength) === null) {
      const prefix = formatPrefix(address, theirs.prefixLength)
      fixes.push([{ on: node.name, run: `ip addr add ${prefix} dev ${leave.device.name}` }])
    }
  }
  if (theirs === undefined) {
    const nextHop = inDeviceOf(enter.device).addresses[0]
    if (nextHop === undefined) return fixes
    fixes.push([{ on: node.name, run: `ip route add ${target} via ${formatIpv4(nextHop.local)} dev ${leave.device.name}` }])
    return fixes
  }
  fixes.push([{ on: node.name, run: `ip route add ${target} dev ${leave.device.name}` }])
  return fixes
}

/** An error route (blackhole, unreachable, prohibit) that covers the destination: take it out. */
function removeRoute(failure: Failure, node: WhyNode): Fix[][] {
  const routes = [RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT]
    .flatMap((id) => node.stack.routing.table(id)?.list() ?? [])
    .filter(({ type, prefix, prefixLength }) => ERROR_TYPES[type] !== undefined &&
      inPrefix(failure.destination, prefix, prefixLength))
  return routes.map(({ type, prefix, prefixLength, tableId, info }) => {
    const table = tableId === RT_TABLE_MAIN ? '' : ` table ${tableId}`
    const metric = info.priority === 0 ? '' : ` metric ${info.priority}`
    return [{ on: node.name, run: `ip route del ${ERROR_TYPES[type]} ${formatPrefix(prefix, prefixLength)}${table}${metric}` }]
  })
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  [RTN_BLACKHOLE]: 'blackhole', [RTN_UNREACHABLE]: 'unreachable', [RTN_PROHIBIT]: 'prohibit', [RTN_THROW]: 'throw',
}

/** Makes the link that is too narrow as wide as the packet needs, at both of its ends. */
function raiseMtu(failure: Failure, node: WhyNode): Fix[][] {
  const narrow = failure.device ?? failure.topology.portsOf(node.name)
    .find(({ device }) => device.mtu < failure.length)?.device ?? null
  if (narrow === null) return []
  const mtu = failure.length <= 1500 ? 1500 : failure.length
  const fixes: Fix[] = [{ on: node.name, run: `ip link set dev ${narrow.name} mtu ${mtu}` }]
  const link = failure.links.find(({ ends }) => ends.some((end) => end.node === node.name && end.interface === narrow.name))
  const peer = link?.ends.find((end) => end.node !== node.name || end.interface !== narrow.name)
  if (peer !== undefined) fixes.push({ on: peer.node, run: `ip link set dev ${peer.interface} mtu ${mtu}` })
  return [fixes]
}

/** First loose (RFC 3704), which still wants some way back to the sender; then off. Linux takes the larger setting. */
function loosenFilter(failure: Failure, node: WhyNode): Fix[][] {
  const fixes: Fix[] = []
  if (node.stack.ns.allConf.rpFilter !== 0) fixes.push({ on: node.name, run: 'sysctl -w net.ipv4.conf.all.rp_filter=0' })
  const device = failure.device
  if (device !== null && inDeviceOf(device).conf.rpFilter !== 0) {
    fixes.push({ on: node.name, run: `sysctl -w net.ipv4.conf.${device.name}.rp_filter=0` })
  }
  if (device === null) return [fixes]
  return [[{ on: node.name, run: `sysctl -w net.ipv4.conf.${device.name}.rp_filter=2` }], fixes]
}

function mendLink(failure: Failure): Fix[][] {
  const link = linkOf(failure)
  if (link === null) return []
  if (failure.reason === 'QDISC_DROP') return [[{ link, set: { bandwidth: '0' } }]]
  return [[{ link, set: { loss: '0%', corrupt: '0%' } }]]
}

function bringUp(failure: Failure): Fix[][] {
  const { device, node } = failure
  if (device === null) return []
  if ((device.flags & IFF_UP) === 0) return [[{ on: node, run: `ip link set dev ${device.name} up` }]]
  const link = failure.links.find(({ ends }) => ends.some((end) => end.node === node && end.interface === device.name))
  if (link === undefined) return []
  if (!link.up) return [[{ link: `${node}:${device.name}`, set: { state: 'up' } }]]
  const peer = link.ends.find((end) => end.node !== node || end.interface !== device.name)
  return peer === undefined ? [] : [[{ on: peer.node, run: `ip link set dev ${peer.interface} up` }]]
}

function linkOf(failure: Failure): string | null {
  return failure.device === null ? null : `${failure.node}:${failure.device.name}`
}

/** The subnet in which a destination lies: the longest that its owner's address gives it. */
function subnetOf(topology: Topology, destination: number): [number, number] {
  for (const port of topology.ports) {
    for (const { local, prefixLength } of inDeviceOf(port.device).addresses) {
      if (local === destination && prefixLength < 32) return [networkOf(local, prefixLength), prefixLength]
    }
  }
  return [destination, 32]
}

/** A host address of a subnet that nobody has: the first one, as gateways mostly are, or the next free. */
function freeAddress(topology: Topology, network: number, length: number): number | null {
  if (length > 30) return null
  const last = broadcastOf(network, length)
  for (let address = (network + 1) | 0; address !== last; address = (address + 1) | 0) {
    if (!topology.isTaken(address)) return address
  }
  return null
}

