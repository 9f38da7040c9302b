import { EACCES, EAGAIN, EHOSTUNREACH, EINVAL, ENETUNREACH, ENODEV } from '../../base/errno.ts'
import { IFF_LOOPBACK, type NetDevice } from '../../device/net-device.ts'
import type { TraceStep } from '../../engine/journal-record.ts'
import { formatIpv4 } from '../../wire/address.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import { forwarding, rpFilter } from '../config.ts'
import { inDeviceOf } from '../in-device.ts'
import {
  FR_ACT_TO_TBL, RT_TABLE_LOCAL, RT_TABLE_MAIN, RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST, RTN_UNICAST,
} from './constants.ts'
import { chosenDefault, setChosenDefault } from './default-gateway.ts'
import { nexthopText, prefixText, routeText, ruleText, tableName } from './describe.ts'
import { FibResult, OutputFlow } from './flow.ts'
import type { Nexthop } from './nexthop.ts'
import { RouteResult } from './route-result.ts'
import { TYPE_ERROR } from './route-info.ts'
import type { RouteStore } from './route-store.ts'
import type { Route } from './route-table.ts'
import type { Routing } from './routing.ts'
import type { RouteRule } from './rules.ts'

/*
 * The decisions of routing in sentences, under the kernel's names: which rule and table were asked, which route won,
 * whether the source may come in here, where the packet goes. Each function decides by asking Routing itself, then
 * looks up once more to tell what it saw.
 */

/** What one look-up saw. */
interface Lookup {
  readonly error: number
  readonly route: Route | null
  readonly result: FibResult
  readonly steps: readonly TraceStep[]
}

/** Looks a flow up, telling of every table asked. */
function lookup(routing: Routing, flow: OutputFlow): Lookup {
  const result = new FibResult()
  const steps: TraceStep[] = []
  if (routing.store.rules.custom) {
    const error = routing.store.rules.lookup(flow, 0, result, (rule, verdict) => {
      steps.push(ruleStep(flow, rule, verdict, result))
    })
    return { error, route: result.route, result, steps }
  }
  const error = routing.store.lookup(flow, 0, result)
  const { route } = result
  steps.push(error === 0 || route !== null ? routeStep(flow, route, error) : {
    hook: 'fib_lookup',
    text: `no route to ${formatIpv4(flow.destination)}: neither table local nor table main has one that matches, ` +
      'and there is no default route',
    data: { destination: formatIpv4(flow.destination), error },
  })
  return { error, route, result, steps }
}

/** The verdict of the shared trie of local and main. */
function routeStep(flow: OutputFlow, route: Route | null, error: number): TraceStep {
  const table = tableName(route?.tableId ?? RT_TABLE_MAIN)
  const before = route?.tableId === RT_TABLE_LOCAL ? '' : 'it is no address of this node (table local); '
  return {
    hook: 'fib_lookup',
    text: `${formatIpv4(flow.destination)}: ${before}the longest prefix that matches in table ${table} is ` +
      `${route === null ? 'none' : routeText(route)}${verdictText(error)}`,
    data: routeData(flow, route, table, error),
  }
}

function ruleStep(flow: OutputFlow, rule: RouteRule, error: number, result: FibResult): TraceStep {
  const text = `rule ${ruleText(rule)}`
  if (rule.config.action !== FR_ACT_TO_TBL) {
    return { hook: 'fib_rules_lookup', text: `${text}${verdictText(error)}`, data: { rule: rule.priority, error } }
  }
  const table = tableName(rule.config.table)
  const { route } = result
  if (error === -EAGAIN) {
    const why = route !== null && TYPE_ERROR[route.type] === -EAGAIN ? `${routeText(route)} sends it on`
      : result.info !== null && rule.suppresses(result) && route !== null ? `${routeText(route)} is suppressed`
        : 'nothing there matches'
    return {
      hook: 'fib_lookup', text: `${text}: ${why}; on to the next rule`,
      data: { rule: rule.priority, table, destination: formatIpv4(flow.destination) },
    }
  }
  return {
    hook: 'fib_lookup',
    text: `${text}: the longest prefix that matches ${formatIpv4(flow.destination)} is ` +
      `${route === null ? 'none' : routeText(route)}${verdictText(error)}`,
    data: { ...routeData(flow, route, table, error), rule: rule.priority },
  }
}

function routeData(flow: OutputFlow, route: Route | null, table: string, error: number): TraceStep['data'] {
  return {
    destination: formatIpv4(flow.destination), table, error,
    prefix: route === null ? '' : prefixText(route.prefix, route.prefixLength),
    gateway: route === null || route.info.first.gateway === 0 ? '' : formatIpv4(route.info.first.gateway),
    device: route?.info.first.device?.name ?? '',
  }
}

function verdictText(error: number): string {
  switch (error) {
    case 0: case -EAGAIN: return ''
    case -EINVAL: return ': such packets are dropped silently'
    case -EHOSTUNREACH: return ': the destination is declared unreachable'
    case -EACCES: return ': sending there is prohibited'
    default: return ': there is no way there'
  }
}

// ---- packets that come in -----------------------------------------------------------------------------------------

/** How Routing.input() decides. */
export function explainInput(routing: Routing, destination: number, source: number, tos: number, device: NetDevice,
  mark: number): TraceStep[] {
  const answer = new RouteResult()
  const reason = routing.input(destination, source, tos, device, mark, answer)
  if ((device.flags & IFF_LOOPBACK) !== 0) {
    return [step('ip_route_input_noref', `${formatIpv4(destination)} came in by ${device.name}: it is for this node`)]
  }
  const odd = oddAddress(destination, source, device, reason, answer)
  if (odd !== null) return [odd]
  const flow = new OutputFlow()
  flow.reset(destination, source)
  flow.tos = tos
  flow.iif = device.ifindex
  flow.mark = mark
  const seen = lookup(routing, flow)
  const steps = [...seen.steps]
  if (answer.error !== 0 && reason === 0) {
    steps.push(unroutable(routing, destination, device, seen))
    return steps
  }
  const nexthop = answer.nexthop
  const oif = answer.type === RTN_UNICAST && nexthop !== null ? nexthop.ifindex : 0
  steps.push(...sourceSteps(routing, destination, source, tos, oif, device, mark, reason))
  if (reason === 0) steps.push(conclusion(destination, device, answer))
  else if (reason === DropReason.IP_INVALID_DEST) {
    steps.push(step('ip_route_input_slow',
      `${formatIpv4(destination)} cannot be forwarded to: drop (martian destination)`))
  }
  return steps
}

/** What is decided before any table is asked. */
function oddAddress(destination: number, source: number, device: NetDevice, reason: number,
  answer: RouteResult): TraceStep | null {
  const to = formatIpv4(destination)
  const from = formatIpv4(source)
  switch (reason) {
    case DropReason.MULTICAST_NOT_JOINED:
      return step('ip_mc_validate_source', `nobody here has joined the multicast group ${to}: drop`)
    case DropReason.IP_LOCALNET:
      return step('ip_route_input_slow', `${from} > ${to} came in by ${device.name}, but addresses of 127.0.0.0/8 ` +
        'never come from a network (route_localnet is 0): drop')
    case DropReason.IP_INVALID_SOURCE:
      return step('ip_route_input_slow', `${from} cannot be the source of a packet: drop (martian source)`)
    case DropReason.IP_INVALID_DEST:
      return destination === 0 ? step('ip_route_input_slow', `${to} cannot be a destination here: drop`) : null
    default:
  }
  if (reason !== 0) return null
  if (answer.isMulticast) return step('ip_route_input_mc', `${to} is a multicast group this node is in: deliver`)
  if (answer.isBroadcast && destination === -1) {
    return step('ip_route_input_slow', `${to} is the broadcast of the link: deliver`)
  }
  return null
}

function unroutable(routing: Routing, destination: number, device: NetDevice, seen: Lookup): TraceStep {
  const to = formatIpv4(destination)
  if (!forwarding(inDeviceOf(device))) {
    return step('ip_route_input_slow', `${to} is no address of this node, and ${device.name} does not forward ` +
      `(net.ipv4.conf.${device.name}.forwarding is 0; net.ipv4.ip_forward sets it for all): drop`,
    { forwarding: 0, device: device.name })
  }
  const isDefault = routing.store.main !== null && routing.store.main.defaultCount > 0
  return step('ip_route_input_slow', `${to} cannot be forwarded${verdictText(seen.error)}` +
    `${seen.error === -ENETUNREACH && !isDefault ? ' (no default route either)' : ''}`, { error: seen.error })
}

/** Whether the source may come in here (fib_validate_source). */
function sourceSteps(routing: Routing, destination: number, source: number, tos: number, oif: number, device: NetDevice,
  mark: number, reason: number): TraceStep[] {
  const from = formatIpv4(source)
  const filter = rpFilter(routing.ns, inDeviceOf(device))
  if (reason === DropReason.IP_LOCAL_SOURCE) {
    return [step('fib_validate_source', `${from} is an address of this node itself, yet it came in by ` +
      `${device.name}: drop (martian source; accept_local is 0)`, { rpFilter: filter })]
  }
  if (filter === 0 && reason === 0) return []
  const flow = new OutputFlow()
  flow.reset(source, destination)
  flow.tos = tos
  flow.iif = oif === 0 ? 1 : oif
  flow.mark = inDeviceOf(device).conf.srcValidMark !== 0 ? mark : 0
  const back = lookup(routing, flow)
  const way = back.error !== 0 || back.route === null ? 'there is no route back to it'
    : `the way back to it is ${routeText(back.route)}`
  if (reason === DropReason.IP_RPFILTER) {
    return [step('fib_validate_source', `rp_filter is ${filter} (${filter === 1 ? 'strict' : 'loose'}) on ` +
      `${device.name}: ${from} came in there, but ${way}: drop`, { rpFilter: filter, device: device.name })]
  }
  if (reason !== 0) return []
  return [step('fib_validate_source', `rp_filter is ${filter} on ${device.name}: ${way}, so ${from} may come in there`,
    { rpFilter: filter, device: device.name })]
}

function conclusion(destination: number, device: NetDevice, answer: RouteResult): TraceStep {
  const to = formatIpv4(destination)
  if (answer.type === RTN_LOCAL) return step('ip_route_input_slow', `${to} is an address of this node: deliver it here`)
  if (answer.type === RTN_BROADCAST && !answer.forwardBroadcast) {
    return step('ip_route_input_slow', `${to} is a broadcast address of this node's subnet: deliver it here`)
  }
  const redirect = answer.doRedirect
    ? `; it goes back out of ${device.name}, so the sender will be told (ICMP redirect)` : ''
  return step('ip_mkroute_input', `forward it${hopText(answer.nexthop, answer)}${redirect}`, resultData(answer))
}

// ---- packets of this node -----------------------------------------------------------------------------------------

/** How Routing.output() decides. */
export function explainOutput(routing: Routing, flow: OutputFlow): TraceStep[] {
  const asked = new OutputFlow()
  Object.assign(asked, flow)
  const answer = new RouteResult()
  const chosen = chosenDefaults(routing)
  const error = routing.output(asked, answer)
  for (const [route, index] of chosen) setChosenDefault(route, index)
  const to = formatIpv4(flow.destination)
  if (error === -ENODEV) return [step('ip_route_output_key_hash', 'there is no such interface to send by')]
  if (error !== 0 && flow.source !== 0 && routing.deviceByAddress(flow.source) === null) {
    return [step('ip_route_output_key_hash',
      `${formatIpv4(flow.source)} is no address of this node: cannot send from it`)]
  }
  const steps: TraceStep[] = []
  if (flow.destination !== 0 && flow.destination !== -1 && !(answer.isMulticast && answer.info === null)) {
    steps.push(...lookup(routing, asked).steps)
  }
  if (error !== 0) {
    steps.push(step('ip_route_output_key_hash', `cannot send to ${to}${verdictText(error)}`, { error }))
    return steps
  }
  steps.push(outputStep(to, answer), sourceStep(flow, answer))
  return steps
}

/** Which default gateways are in use: asking must not make it another one. */
function chosenDefaults(routing: Routing): [Route, number][] {
  const chosen: [Route, number][] = []
  for (const table of routing.store.list()) {
    for (let route = table.trie.head(0, 0); route !== null; route = route.next) {
      chosen.push([route, chosenDefault(route)])
    }
  }
  return chosen
}

function outputStep(to: string, answer: RouteResult): TraceStep {
  if (answer.type === RTN_LOCAL) {
    return step('ip_route_output_key_hash', `${to} is this node itself: the packet stays inside, over lo`,
      resultData(answer))
  }
  if (answer.type === RTN_BROADCAST) {
    return step('ip_route_output_key_hash', `${to} is a broadcast, out of ${answer.device?.name ?? '?'}`,
      resultData(answer))
  }
  if (answer.type === RTN_MULTICAST) {
    return step('ip_route_output_key_hash', `${to} is a multicast group, out of ${answer.device?.name ?? '?'}`,
      resultData(answer))
  }
  if (answer.info === null) {
    return step('ip_route_output_key_hash', `an interface was asked for, so ${to} is taken to be on the link of ` +
      `${answer.device?.name ?? '?'}`, resultData(answer))
  }
  const { nexthops } = answer.info
  const several = nexthops.length > 1 ? ` (chosen among ${nexthops.length} by the hash of the flow)` : ''
  return step('ip_route_output_key_hash', `send it${hopText(answer.nexthop, answer)}${several}`, resultData(answer))
}

/** Why it is sent from this address (fib_result_prefsrc, inet_select_addr). */
function sourceStep(flow: OutputFlow, answer: RouteResult): TraceStep {
  const from = formatIpv4(answer.source)
  const hook = 'fib_result_prefsrc'
  if (answer.source === 0) return step(hook, 'this node has no address to send from: the source is 0.0.0.0')
  if (flow.source !== 0) return step(hook, `the source is ${from}, as the sender has chosen`)
  if (answer.info !== null && answer.info.prefSource === answer.source) {
    return step(hook, `the source is ${from}: the route says so (src)`)
  }
  if (answer.type === RTN_LOCAL) return step(hook, `the source is ${from}: the same as the destination`)
  return step(hook,
    `the source is ${from}: the address of ${answer.device?.name ?? '?'} that is nearest to the next hop`)
}

function hopText(nexthop: Nexthop | null, answer: RouteResult): string {
  if (answer.redirected) {
    return ` via ${formatIpv4(answer.gateway)} (an ICMP redirect said so) dev ${answer.device?.name ?? '?'}`
  }
  const mtu = answer.pathMtu === 0 ? '' : `, path MTU ${answer.pathMtu} learned from ICMP`
  const way = nexthop !== null && answer.gateway !== 0 ? nexthopText(nexthop)
    : ` out of ${answer.device?.name ?? '?'}: the destination is on that link`
  return way + mtu
}

function resultData(answer: RouteResult): Record<string, string | number | boolean> {
  return {
    device: answer.device?.name ?? '', gateway: answer.gateway === 0 ? '' : formatIpv4(answer.gateway),
    source: answer.source === 0 ? '' : formatIpv4(answer.source), redirect: answer.doRedirect,
  }
}

function step(hook: string, text: string, data?: TraceStep['data']): TraceStep {
  return data === undefined ? { hook, text } : { hook, text, data }
}

/** The arguments of `ip route del` for the error route that a destination meets, or null. */
export function errorRouteText(store: RouteStore, destination: number): string | null {
  const flow = new OutputFlow()
  flow.reset(destination, 0)
  const result = new FibResult()
  const error = store.lookup(flow, 0, result)
  const { route } = result
  if (error === 0 || route === null || TYPE_ERROR[route.type] === 0 || TYPE_ERROR[route.type] !== error) return null
  return routeText(route) + (route.tableId === RT_TABLE_MAIN ? '' : ` table ${tableName(route.tableId)}`)
}
