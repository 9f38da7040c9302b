import type { Frame } from '../../device/frame.ts'
import type { NetDevice } from '../../device/net-device.ts'
import { formatIpv4, formatMac } from '../../wire/address.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { NUD_CONNECTED } from '../neighbor/constants.ts'
import { outputStep } from '../neighbor/explain.ts'
import type { Neighbor } from '../neighbor/neighbor.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { OutputFlow } from '../route/flow.ts'
import type { RouteResult } from '../route/route-result.ts'
import type { Routing } from '../route/routing.ts'

/* Sentences of input, forward and output for the journal. Called only while it traces. */

export function traceSend(ns: NetNamespace, routing: Routing, frame: Frame, route: RouteResult): void {
  const view = frame.view
  const at = frame.networkAt
  const flow = new OutputFlow()
  flow.reset(ipv4.destination(view, at), ipv4.source(view, at))
  flow.tos = ipv4.tos(view, at)
  flow.mark = frame.mark
  flow.protocol = ipv4.protocol(view, at)
  for (const step of routing.explainOutput(flow)) ns.trace(frame, step)
  ns.trace(frame, {
    hook: '__ip_local_out',
    text: `send ${formatIpv4(ipv4.source(view, at))} > ${formatIpv4(ipv4.destination(view, at))}, ` +
      `protocol ${ipv4.protocol(view, at)}, TTL ${ipv4.ttl(view, at)}, ${frame.end - at} bytes`,
    data: { device: route.device === null ? '' : route.device.name },
  })
}

export function traceNeighbor(ns: NetNamespace, frame: Frame, route: RouteResult, neighbor: Neighbor): void {
  const destination = ipv4.destination(frame.view, frame.networkAt)
  const nextHop = route.gateway === 0 ? destination : route.gateway
  const device = route.device
  ns.trace(frame, {
    hook: 'ip_finish_output2',
    text: `the next hop is ${formatIpv4(nextHop)} (${route.gateway === 0 ? 'the destination itself' : 'a gateway'}) ` +
      `on ${device === null ? '?' : device.name}`,
    data: { nextHop: formatIpv4(nextHop), device: device?.name ?? '', mac: formatMac(device?.mac ?? 0) },
  })
  // In all other states the neighbour table says itself what it does with the packet.
  if ((neighbor.state & NUD_CONNECTED) !== 0) ns.trace(frame, outputStep(neighbor))
}

export function traceForward(ns: NetNamespace, frame: Frame, route: RouteResult): void {
  const ttl = ipv4.ttl(frame.view, frame.networkAt)
  ns.trace(frame, {
    hook: 'ip_forward',
    text: `forward to ${route.device === null ? '?' : route.device.name}: TTL ${ttl + 1} becomes ${ttl}`,
    data: { ttl, device: route.device === null ? '' : route.device.name, redirect: route.doRedirect },
  })
}

export function traceExpired(ns: NetNamespace, frame: Frame): void {
  const ttl = ipv4.ttl(frame.view, frame.networkAt)
  ns.trace(frame, {
    hook: 'ip_forward',
    text: `TTL is ${ttl}: it may not be forwarded any further; tell the sender (ICMP time exceeded)`,
    data: { ttl },
  })
}

export function traceTooBig(ns: NetNamespace, frame: Frame, mtu: number): void {
  const length = frame.end - frame.networkAt
  ns.trace(frame, {
    hook: 'ip_forward',
    text: `${length} bytes do not fit the next link's MTU of ${mtu}, and the packet forbids fragmenting (DF): ` +
      'tell the sender (ICMP fragmentation needed)',
    data: { length, mtu },
  })
}

export function traceReceive(ns: NetNamespace, frame: Frame, device: NetDevice): void {
  const view = frame.view
  const at = frame.networkAt
  ns.trace(frame, {
    hook: 'ip_rcv',
    text: `a sound IPv4 packet ${formatIpv4(ipv4.source(view, at))} > ${formatIpv4(ipv4.destination(view, at))}, ` +
      `TTL ${ipv4.ttl(view, at)}, on ${device.name}`,
    data: { device: device.name, ttl: ipv4.ttl(view, at) },
  })
}

export function traceDeliver(ns: NetNamespace, frame: Frame): void {
  ns.trace(frame, {
    hook: 'ip_local_deliver',
    text: `it is for this node: hand it to protocol ${ipv4.protocol(frame.view, frame.networkAt)}`,
    data: { protocol: ipv4.protocol(frame.view, frame.networkAt) },
  })
}
