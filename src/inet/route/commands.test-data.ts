import { strerror } from '../../base/errno.ts'
import type { Frame } from '../../device/frame.ts'
import { FramePool } from '../../device/frame-pool.ts'
import { Link } from '../../device/link.ts'
import { IDLE_DRIVER } from '../../device/loopback.ts'
import { ARPHRD_ETHER, NetDevice } from '../../device/net-device.ts'
import { Simulation } from '../../engine/simulation.ts'
import { formatIpv4, maskOf, parseIpv4, parsePrefix } from '../../wire/address.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { forEverSince, IFA_F_PERMANENT, IFA_F_SECONDARY, inDeviceOf } from '../in-device.ts'
import { createInetStack, type InetStack } from '../inet-stack.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { writeSysctl } from '../sysctl.ts'
import * as C from './constants.ts'
import { prefixText, shownFlags, tableName } from './describe.ts'
import { OutputFlow } from './flow.ts'
import { RouteResult } from './route-result.ts'
import { EMPTY_ROUTE, type NexthopConfig, type RouteConfig } from './route-store.ts'
import type { Route } from './route-table.ts'
import { EMPTY_RULE, type RouteRule, type RuleConfig } from './rules.ts'

/*
 * Just enough of `ip` to replay recorded commands against Routing and to print its answers as iproute2 6.1 does. The
 * real program is src/programs/ip/; a test of this floor can't import it.
 */

/** A namespace with devices d0 to d3, each joined to a device p0 to p3 of another namespace. */
export class RouteBench {
  readonly stack: InetStack
  private readonly peer: InetStack
  readonly links: Link[] = []
  readonly simulation = new Simulation(1)
  readonly pool = new FramePool(this.simulation.journal)

  constructor() {
    this.stack = createInetStack(this.simulation, this.pool, 0, 'a')
    this.peer = createInetStack(this.simulation, this.pool, 1, 'b')
    for (let i = 0; i < 4; i++) {
      const d = addDevice(this.stack, `d${i}`, 2 * i)
      const p = addDevice(this.peer, `p${i}`, 2 * i + 1)
      this.links.push(new Link(this.simulation, d, p, this.simulation.nextLane(0), this.simulation.nextLane(1)))
      p.setUp(true)
    }
  }

  /** Runs a recorded command: [status, stdout, stderr]. */
  run(command: string): [number, string, string] {
    const words = command.split(' ')
    if (words[0] === 'peer') return this.link(this.peer, words.slice(3))
    if (words[0] === 'sysctl') return this.sysctl(words[1])
    const rest = words.slice(3)
    switch (`${words[1]} ${words[2]}`) {
      case 'link set': return this.link(this.stack, rest)
      case 'addr add': case 'addr del': return this.address(words[2], rest)
      case 'addr show': return [0, this.showAddresses(rest[1]), '']
      case 'route get': return this.get(rest)
      case 'route show': return [0, this.showRoutes(), '']
      case 'rule add': case 'rule del': return this.rule(words[2], rest)
      case 'rule show': return [0, this.stack.routing.rules.list().map(showRule).join(''), '']
      default: return this.route(words[2], rest)
    }
  }

  private link(stack: InetStack, [name, state]: string[]): [number, string, string] {
    stack.ns.deviceByName(name)!.setUp(state === 'up')
    return OK
  }

  private sysctl(setting: string): [number, string, string] {
    const [name, value] = setting.split('=')
    const error = writeSysctl(this.stack.ns, name.replaceAll('.', '/'), value)
    if (error !== 0) throw new Error(`${setting}: ${error}`)
    return OK
  }

  private address(verb: string, words: string[]): [number, string, string] {
    const device = this.stack.ns.deviceByName(words[words.indexOf('dev') + 1])!
    const given = parsePrefix(words[0])!
    const peer = words.includes('peer') ? parsePrefix(words[words.indexOf('peer') + 1])! : given
    const { length } = peer
    if (verb === 'del') {
      const found = inDeviceOf(device).addresses
        .find((ifa) => ifa.local === given.address && ifa.prefixLength === length)
      if (found === undefined) return failed(0, 'ipv4: Address not found')
      this.stack.routing.removeAddress(device, found)
      return OK
    }
    const extack = { text: '' }
    const scope = words.includes('scope') ? scopeOf(words[words.indexOf('scope') + 1]) : 0
    const error = this.stack.routing.addAddress(device, {
      local: given.address, address: peer.address, prefixLength: length, scope, flags: IFA_F_PERMANENT,
      label: device.name, broadcast: words.includes('brd') ? given.address | ~maskOf(length) : 0,
      times: forEverSince(0), protocol: 0, metric: 0,
    }, extack)
    return error === 0 ? OK : failed(error, extack.text)
  }

  private showAddresses(name: string): string {
    return inDeviceOf(this.stack.ns.deviceByName(name)!).addresses.map((ifa) => {
      const secondary = (ifa.flags & IFA_F_SECONDARY) !== 0 ? ' secondary' : ''
      return `${formatIpv4(ifa.local)}/${ifa.prefixLength}${secondary}\n`
    }).join('')
  }

  private route(verb: string, words: string[]): [number, string, string] {
    const config = parseRoute(verb, words, (name) => this.stack.ns.deviceByName(name)!.ifindex)
    const extack = { text: '' }
    const error = verb === 'del' ? this.stack.routing.removeRoute(config, extack)
      : this.stack.routing.addRoute(config, extack)
    return error === 0 ? OK : failed(error, extack.text)
  }

  private rule(verb: string, words: string[]): [number, string, string] {
    const config = parseRule(words, verb === 'add' ? C.RTPROT_BOOT : C.RTPROT_UNSPEC)
    const extack = { text: '' }
    const error = verb === 'del' ? this.stack.routing.rules.remove(config)
      : this.stack.routing.rules.add({ ...EMPTY_RULE, ...config }, C.NLM_F_EXCL, extack)
    return error === 0 ? OK : failed(error, extack.text)
  }

  private showRoutes(): string {
    const { store, ns } = this.stack.routing
    return store.list().flatMap((table) => table.list().map((route) => showRoute(ns, route))).join('')
  }

  private get(words: string[]): [number, string, string] {
    const { ns, routing } = this.stack
    const option = (name: string): string | undefined =>
      words.includes(name) ? words[words.indexOf(name) + 1] : undefined
    const numberOf = (name: string): number => Number(option(name) ?? 0)
    const destination = parseIpv4(words[0])!
    const source = option('from') === undefined ? 0 : parseIpv4(option('from')!)!
    const iif = option('iif')
    const result = new RouteResult()
    if (iif !== undefined) {
      const device = ns.deviceByName(iif)!
      const protocol = { udp: 17, tcp: 6 }[option('ipproto') ?? 'udp'] ?? 17
      const frame = packet(this.pool, source, destination, protocol, numberOf('sport'), numberOf('dport'))
      const reason = routing.input(destination, source, numberOf('tos'), device, numberOf('mark'), result, frame)
      this.pool.free(frame)
      if (reason !== 0) return failed(-22, '')
      if (result.error !== 0) return failed(result.error, '')
      return [0, showInput(words, result), '']
    }
    const flow = new OutputFlow()
    flow.reset(destination, source)
    flow.tos = numberOf('tos')
    flow.mark = numberOf('mark')
    flow.oif = option('oif') === undefined ? 0 : ns.deviceByName(option('oif')!)!.ifindex
    flow.protocol = { udp: 17, tcp: 6 }[option('ipproto') ?? ''] ?? 0
    flow.sport = numberOf('sport')
    flow.dport = numberOf('dport')
    const error = routing.output(flow, result)
    return error === 0 ? [0, showOutput(words, result), ''] : failed(error, '')
  }
}

const OK: [number, string, string] = [0, '', '']

function failed(error: number, text: string): [number, string, string] {
  return [2, '', text === '' ? `RTNETLINK answers: ${strerror(-error)}\n` : `Error: ${text}.\n`]
}

function addDevice(stack: InetStack, name: string, serial: number): NetDevice {
  const mac = 0x020000000001 + serial
  const device = new NetDevice(stack.ns, name, stack.ns.takeIfindex(), ARPHRD_ETHER, 1500, mac, IDLE_DRIVER)
  stack.ns.addDevice(device)
  return device
}

/** What inet_rtm_getroute_build_skb() makes of the question. */
function packet(pool: FramePool, source: number, destination: number, protocol: number, sport: number,
  dport: number): Frame {
  const frame = pool.take(28)
  frame.end = frame.start + 28
  frame.networkAt = frame.start
  const fields = { source, destination, protocol, tos: 0, ttl: 64, identification: 0, fragment: 0, totalLength: 28 }
  frame.transportAt = frame.networkAt + ipv4.emit(frame.view, frame.networkAt, fields)
  frame.view.setUint16(frame.transportAt, sport)
  frame.view.setUint16(frame.transportAt + 2, dport)
  return frame
}

function scopeOf(word: string): number {
  return { global: 0, link: 253, host: 254 }[word] ?? Number(word)
}

const VERB_FLAGS: Readonly<Record<string, number>> = {
  add: C.NLM_F_CREATE | C.NLM_F_EXCL, append: C.NLM_F_CREATE | C.NLM_F_APPEND, prepend: C.NLM_F_CREATE,
  replace: C.NLM_F_CREATE | C.NLM_F_REPLACE, change: C.NLM_F_REPLACE, del: 0,
}

function parseRoute(verb: string, words: string[], indexOf: (name: string) => number): RouteConfig {
  const config: { -readonly [K in keyof RouteConfig]: RouteConfig[K] } = {
    ...EMPTY_ROUTE, table: 0, nlFlags: VERB_FLAGS[verb], protocol: verb === 'del' ? 0 : C.RTPROT_BOOT,
    type: verb === 'del' ? 0 : C.RTN_UNICAST,
  }
  const metrics = Array<number>(C.RTAX_MAX + 1).fill(0)
  const hops: { -readonly [K in keyof NexthopConfig]: NexthopConfig[K] }[] = []
  let scope = -1
  let hop: (typeof hops)[number] | null = null
  for (let i = 0; i < words.length; i++) {
    const type = C.ROUTE_TYPE_NAMES.indexOf(words[i])
    if (type > 0) config.type = type
    else if (words[i] === 'nexthop') hops.push(hop = { ifindex: 0, gateway: 0, flags: 0, weight: 1 })
    else if (words[i] === 'via') (hop ?? config).gateway = parseIpv4(words[++i])!
    else if (words[i] === 'dev') (hop ?? config).ifindex = indexOf(words[++i])
    else if (words[i] === 'weight') hop!.weight = Number(words[++i])
    else if (words[i] === 'onlink') (hop ?? config).flags |= C.RTNH_F_ONLINK
    else if (words[i] === 'table') config.table = Number(words[++i])
    else if (words[i] === 'metric') config.priority = Number(words[++i])
    else if (words[i] === 'tos') config.tos = Number(words[++i])
    else if (words[i] === 'src') config.prefSource = parseIpv4(words[++i])!
    else if (words[i] === 'scope') scope = scopeOf(words[++i])
    else if (words[i] === 'proto') config.protocol = { static: 4, boot: 3 }[words[++i]]!
    else if (words[i] === 'mtu') {
      if (words[i + 1] === 'lock') {
        metrics[C.RTAX_LOCK] = 1 << C.RTAX_MTU
        i++
      }
      metrics[C.RTAX_MTU] = Number(words[++i])
    } else if (words[i] !== 'default') {
      const prefix = parsePrefix(words[i])
      if (prefix === null) throw new Error(`what is ${words[i]}?`)
      config.destination = prefix.address
      config.prefixLength = prefix.length
    }
  }
  if (hops.length > 0) config.multipath = hops
  if (metrics.some((value) => value !== 0)) config.metrics = metrics
  if (config.table === 0) {
    const isLocal = [C.RTN_LOCAL, C.RTN_BROADCAST, C.RTN_NAT, C.RTN_ANYCAST].includes(config.type)
    config.table = isLocal ? C.RT_TABLE_LOCAL : C.RT_TABLE_MAIN
  }
  config.scope = scope >= 0 ? scope : defaultScope(verb, config)
  return config
}

/** iproute_modify() of ip/iproute.c. */
function defaultScope(verb: string, config: RouteConfig): number {
  if (config.type === C.RTN_LOCAL || config.type === C.RTN_NAT) return C.RT_SCOPE_HOST
  if ([C.RTN_BROADCAST, C.RTN_MULTICAST, C.RTN_ANYCAST].includes(config.type)) return C.RT_SCOPE_LINK
  if (config.type > C.RTN_UNICAST) return C.RT_SCOPE_UNIVERSE
  if (verb === 'del') return C.RT_SCOPE_NOWHERE
  return config.gateway === 0 && config.multipath === null ? C.RT_SCOPE_LINK : C.RT_SCOPE_UNIVERSE
}

function parseRule(words: string[], originator: number): Partial<RuleConfig> {
  const config: { -readonly [K in keyof RuleConfig]?: RuleConfig[K] } = { originator }
  for (let i = 0; i < words.length; i++) {
    const value = words[i + 1]
    switch (words[i]) {
      case 'from': case 'to': {
        const prefix = parsePrefix(value)!
        if (words[i++] === 'from') Object.assign(config, { source: prefix.address, sourceLength: prefix.length })
        else Object.assign(config, { destination: prefix.address, destinationLength: prefix.length })
        break
      }
      case 'lookup':
        config.table = value === 'main' ? C.RT_TABLE_MAIN : Number(value)
        config.action = C.FR_ACT_TO_TBL
        i++
        break
      case 'fwmark': {
        const [mark, mask] = value.split('/')
        config.mark = Number(mark)
        config.markMask = mask === undefined ? -1 : Number(mask)
        i++
        break
      }
      case 'tos': config.tos = Number(words[++i]); break
      case 'pref': config.priority = Number(words[++i]); break
      case 'iif': config.iifName = words[++i]; break
      case 'oif': config.oifName = words[++i]; break
      case 'ipproto': config.protocol = { udp: 17, tcp: 6 }[words[++i]]!; break
      case 'dport': config.dportLow = config.dportHigh = Number(words[++i]); break
      case 'suppress_prefixlength': config.suppressPrefixLength = Number(words[++i]); break
      case 'not': config.invert = true; break
      case 'nop': config.action = C.FR_ACT_NOP; break
      case 'blackhole': config.action = C.FR_ACT_BLACKHOLE; break
      case 'unreachable': config.action = C.FR_ACT_UNREACHABLE; break
      case 'prohibit': config.action = C.FR_ACT_PROHIBIT; break
      case 'goto':
        config.action = C.FR_ACT_GOTO
        config.target = Number(words[++i])
        break
      default: throw new Error(`what is ${words[i]}?`)
    }
  }
  return config
}

function showRoute(ns: NetNamespace, route: Route): string {
  const { info } = route
  const words: string[] = []
  if (route.type !== C.RTN_UNICAST) words.push(C.ROUTE_TYPE_NAMES[route.type])
  words.push(prefixText(route.prefix, route.prefixLength))
  if (route.tos !== 0) words.push(`tos 0x${route.tos.toString(16)}`)
  const { first } = info
  const link = (flags: number): string => ((flags & C.RTNH_F_DEAD) !== 0 ? 'dead ' : '') +
    ((flags & C.RTNH_F_LINKDOWN) !== 0 ? 'linkdown ' : '')
  if (!info.isMultipath) {
    if (first.gateway !== 0) words.push(`via ${formatIpv4(first.gateway)}`)
    if (first.device !== null) words.push(`dev ${first.device.name}`)
  }
  if (route.tableId !== C.RT_TABLE_MAIN) words.push(`table ${tableName(route.tableId)}`)
  if (info.protocol !== C.RTPROT_BOOT) words.push(`proto ${{ 2: 'kernel', 4: 'static' }[info.protocol]}`)
  if (info.scope !== 0) words.push(`scope ${{ 253: 'link', 254: 'host' }[info.scope]}`)
  if (info.prefSource !== 0) words.push(`src ${formatIpv4(info.prefSource)}`)
  if (info.priority !== 0) words.push(`metric ${info.priority}`)
  const mtu = info.metric(C.RTAX_MTU)
  let text = `${words.join(' ')} `
  text += info.isMultipath ? '' : link(shownFlags(ns, first))
  if ((first.flags & C.RTNH_F_ONLINK) !== 0) text += 'onlink '
  if (mtu !== 0) text += `mtu ${info.mtuLocked ? 'lock ' : ''}${mtu} `
  if (info.isMultipath) {
    for (const nexthop of info.nexthops) {
      const via = nexthop.gateway === 0 ? '' : `via ${formatIpv4(nexthop.gateway)} `
      text += `\n\tnexthop ${via}dev ${nexthop.device!.name} weight ${nexthop.weight} ${link(shownFlags(ns, nexthop))}`
    }
  }
  return `${text}\n`
}

function showRule(rule: RouteRule): string {
  const { config } = rule
  const words = ['from', config.sourceLength === 0 ? 'all' : prefixText(config.source, config.sourceLength)]
  if ((rule.flags & C.FIB_RULE_INVERT) !== 0) words.unshift('not')
  if (config.destinationLength !== 0) words.push('to', prefixText(config.destination, config.destinationLength))
  if (config.tos !== 0) words.push(`tos 0x${config.tos.toString(16)}`)
  if (config.markMask !== 0) {
    const mask = config.markMask === -1 ? '' : `/0x${config.markMask.toString(16)}`
    words.push(`fwmark 0x${config.mark.toString(16)}${mask}`)
  }
  const detached = (flag: number): string => (rule.flags & flag) !== 0 ? ' [detached]' : ''
  if (config.iifName !== '') words.push(`iif ${config.iifName}${detached(C.FIB_RULE_IIF_DETACHED)}`)
  if (config.oifName !== '') words.push(`oif ${config.oifName}${detached(C.FIB_RULE_OIF_DETACHED)}`)
  if (config.protocol !== 0) words.push(`ipproto ${{ 6: 'tcp', 17: 'udp' }[config.protocol]}`)
  if (config.dportHigh !== 0) words.push(`dport ${config.dportLow}`)
  switch (config.action) {
    case C.FR_ACT_TO_TBL: words.push(`lookup ${tableName(config.table)}`); break
    case C.FR_ACT_GOTO: words.push(`goto ${config.target}`); break
    case C.FR_ACT_NOP: words.push('nop'); break
    case C.FR_ACT_BLACKHOLE: words.push('blackhole'); break
    case C.FR_ACT_UNREACHABLE: words.push('unreachable'); break
    default: words.push('prohibit')
  }
  if ((rule.flags & C.FIB_RULE_UNRESOLVED) !== 0) words.push('[unresolved]')
  if (config.suppressPrefixLength >= 0) words.push(`suppress_prefixlength ${config.suppressPrefixLength}`)
  return `${rule.priority}:\t${words.join(' ')}\n`
}

/** What `ip route get` prints of a packet of this node: inet_rtm_getroute() and print_route(). */
function showOutput(words: string[], result: RouteResult): string {
  const isLocal = result.device!.name === 'lo'
  const parts = head(words, result, result.type)
  if (result.tableId !== C.RT_TABLE_MAIN && result.tableId !== 0) parts.push(`table ${tableName(result.tableId)}`)
  if (!words.includes('from')) parts.push(`src ${formatIpv4(result.source)}`)
  if (result.type === C.RTN_MULTICAST) parts.push('rt_offload_failed')
  if (words.includes('mark')) {
    const mark = Number(words[words.indexOf('mark') + 1])
    parts.push(`mark ${mark < 10 ? mark : `0x${mark.toString(16)}`}`)
  }
  const flags: string[] = []
  if (isLocal || result.isBroadcast || result.isLocalGroup) flags.push('local')
  if (result.isBroadcast) flags.push('brd')
  if (result.isMulticast) flags.push('mc')
  return `${parts.join(' ')} uid 0 \n    cache ${flags.length > 0 ? `<${flags.join(',')}> ` : ''}${mtuText(result)}\n`
}

function showInput(words: string[], result: RouteResult): string {
  const local = result.type !== C.RTN_UNICAST && !result.forwardBroadcast
  const parts = head(words, result, result.type, local ? 'lo' : result.device!.name)
  if (result.isMulticast) parts.push('rt_offload_failed')
  if (!local && result.tableId !== C.RT_TABLE_MAIN) parts.push(`table ${tableName(result.tableId)}`)
  const flags: string[] = []
  if (local) flags.push('local')
  if (result.isBroadcast) flags.push('brd')
  if (result.isMulticast) flags.push('mc')
  if (result.doRedirect) flags.push('redirect')
  const iif = words[words.indexOf('iif') + 1]
  return `${parts.join(' ')} \n    cache ${flags.length > 0 ? `<${flags.join(',')}> ` : ''}iif ${iif} \n`
}

function head(words: string[], result: RouteResult, type: number, device = result.device!.name): string[] {
  const parts: string[] = []
  if (type !== C.RTN_UNICAST) parts.push(C.ROUTE_TYPE_NAMES[type])
  parts.push(words[0])
  if (words.includes('from')) parts.push('from', words[words.indexOf('from') + 1])
  const tos = words.includes('tos') ? Number(words[words.indexOf('tos') + 1]) : 0
  if (tos !== 0 && result.tos !== 0) parts.push(`tos 0x${tos.toString(16)}`)
  if (result.gateway !== 0) parts.push(`via ${formatIpv4(result.gateway)}`)
  parts.push(`dev ${device}`)
  return parts
}

function mtuText(result: RouteResult): string {
  return result.mtu === 0 ? '' : `mtu ${result.mtuLocked ? 'lock ' : ''}${result.mtu} `
}

