import {
  RT_SCOPE_HOST, RT_SCOPE_LINK, RT_SCOPE_NOWHERE, RT_SCOPE_UNIVERSE, RT_TABLE_LOCAL, RT_TABLE_MAIN, RTAX_ADVMSS,
  RTAX_CC_ALGO, RTAX_CWND, RTAX_FASTOPEN_NO_COOKIE, RTAX_FEATURES, RTAX_HOPLIMIT, RTAX_INITCWND, RTAX_INITRWND,
  RTAX_LOCK, RTAX_MAX, RTAX_MTU, RTAX_QUICKACK, RTAX_REORDERING, RTAX_RTO_MIN, RTAX_RTT, RTAX_RTTVAR, RTAX_SSTHRESH,
  RTAX_WINDOW, RTN_ANYCAST, RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST, RTN_NAT, RTN_UNICAST, RTN_UNSPEC, RTNH_F_ONLINK,
  RTPROT_BOOT,
} from '../../inet/route/constants.ts'
import {
  AF_BRIDGE, AF_INET, AF_INET6, AF_UNSPEC, type NexthopMessage, RTM_DELROUTE, type RTM_NEWROUTE, type RouteMessage,
} from '../../netlink/messages.ts'
import { notModelled } from '../not-modelled.ts'
import {
  type Arguments, duplicateOrGarbage, EXIT_USAGE, Failure, invalidArgument, matches, nextUnsigned, type Option,
  parseAddress, parseOptions, parsePrefix, parseUnsigned, StopOptions,
} from './arguments.ts'
import type { Context } from './context.ts'
import { parseDsfield, parseRouteType, PROTOCOLS, SCOPES, TABLES } from './names.ts'
import { type Draft, usage } from './object.ts'
import { ROUTE_USAGE } from './usage.ts'

/** What `ip route add` and the like were told. */
export interface RouteRequest {
  readonly context: Context
  readonly message: Draft<RouteMessage>
  readonly metrics: number[]
  hasMetrics: boolean
  dev: string | null
  gateway: boolean
  destination: boolean
  nexthops: boolean
  nhid: boolean
  scoped: boolean
  tabled: boolean
}

/** Names of families in front of a gateway: `via inet 10.0.0.1` (read_family). */
const FAMILIES: ReadonlyMap<string, number> = new Map([['inet', AF_INET], ['inet6', AF_INET6], ['bridge', AF_BRIDGE]])

/** The address behind `via`. */
export function nextGateway(args: Arguments, family: number): number {
  let word = args.next()
  const named = FAMILIES.get(word)
  if (named !== undefined) word = args.next()
  return parseAddress(word, named ?? family)
}

function takeFamily({ message }: RouteRequest, family: number): void {
  if (message.family === undefined || message.family === AF_UNSPEC) message.family = family
}

/** A metric with an optional `lock` in front of its value. */
function metric(words: readonly string[], which: number, message: string, max = 0xffffffff): Option<RouteRequest> {
  return { words, take: (request, args) => {
    takeLock(request, args, which)
    setMetric(request, which, nextUnsigned(args, `"${message}" value is invalid\n`, max))
  } }
}

function takeLock(request: RouteRequest, args: Arguments, which: number): void {
  if (args.next() === 'lock') request.metrics[RTAX_LOCK] |= 1 << which
  else args.back()
}

function setMetric(request: RouteRequest, which: number, value: number): void {
  request.metrics[which] = value
  request.hasMetrics = true
}

/** A time as `10`, `10ms`, `1.5s`: milliseconds, and whether it was a bare number (get_time_rtt). */
function nextTime(args: Arguments, message: string): { ms: number, bare: boolean } {
  const word = args.next()
  const found = /^(\d+(?:\.\d*)?|\.\d+)(s|sec|secs|ms|msec|msecs)?$/.exec(word)
  if (found === null) throw invalidArgument(`"${message}" value is invalid\n`, word)
  const seconds = found[2] !== undefined && found[2].startsWith('s')
  return { ms: Math.ceil(Number(found[1]) * (seconds ? 1000 : 1)), bare: found[2] === undefined }
}

function refuseOption(words: readonly string[]): Option<RouteRequest> {
  return { words, take: (_request, args) => {
    const { word } = args
    throw new Failure(`${duplicateOrGarbage('to', word).stderr}${notModelled('ip route', word)}`, EXIT_USAGE)
  } }
}

const OPTIONS: readonly Option<RouteRequest>[] = [
  { words: ['=src'], take: (request, args) => {
    request.message.prefSource = parseAddress(args.next(), request.message.family ?? AF_UNSPEC)
    takeFamily(request, AF_INET)
  } },
  refuseOption(['as']),
  { words: ['=via'], take: (request, args) => {
    if (request.gateway) throw invalidArgument('use nexthop syntax to specify multiple via\n', args.word)
    request.gateway = true
    request.message.gateway = nextGateway(args, request.message.family ?? AF_UNSPEC)
    takeFamily(request, AF_INET)
  } },
  refuseOption(['=from']),
  { words: ['=tos', 'dsfield'], take: ({ message }, args) => {
    const word = args.next()
    const tos = parseDsfield(word)
    if (tos === null) throw invalidArgument('"tos" value is invalid\n', word)
    message.tos = tos
  } },
  refuseOption(['=expires']),
  { words: ['metric', 'priority', '=preference'], take: ({ message }, args) => {
    message.priority = nextUnsigned(args, '"metric" value is invalid\n')
  } },
  { words: ['=scope'], take: (request, args) => {
    const word = args.next()
    const scope = SCOPES.parse(word)
    if (scope === null) throw invalidArgument('invalid "scope" value\n', word)
    request.message.scope = scope
    request.scoped = true
  } },
  metric(['=mtu'], RTAX_MTU, 'mtu'),
  metric(['=hoplimit'], RTAX_HOPLIMIT, 'hoplimit', 255),
  metric(['=advmss'], RTAX_ADVMSS, 'mss'),
  metric(['reordering'], RTAX_REORDERING, 'reordering'),
  { words: ['=rtt'], take: (request, args) => {
    takeLock(request, args, RTAX_RTT)
    const { ms, bare } = nextTime(args, 'rtt')
    setMetric(request, RTAX_RTT, bare ? ms : ms * 8)
  } },
  { words: ['=rto_min'], take: (request, args) => {
    request.metrics[RTAX_LOCK] |= 1 << RTAX_RTO_MIN
    setMetric(request, RTAX_RTO_MIN, nextTime(args, 'rto_min').ms)
  } },
  metric(['window'], RTAX_WINDOW, 'window'),
  metric(['cwnd'], RTAX_CWND, 'cwnd'),
  metric(['initcwnd'], RTAX_INITCWND, 'initcwnd'),
  metric(['initrwnd'], RTAX_INITRWND, 'initrwnd'),
  { words: ['features'], take: (request, args) => {
    const word = args.next()
    if (word !== 'ecn') throw invalidArgument('"features" value not valid\n', word)
    setMetric(request, RTAX_FEATURES, 1)
  } },
  { words: ['quickack'], take: (request, args) => {
    const value = nextUnsigned(args, '"quickack" value is invalid\n')
    if (value > 1) throw invalidArgument('"quickack" value should be 0 or 1\n', args.word)
    setMetric(request, RTAX_QUICKACK, value)
  } },
  { words: ['congctl'], take: (request, args) => {
    takeLock(request, args, RTAX_CC_ALGO)
    request.message.congestion = args.next()
  } },
  { words: ['rttvar'], take: (request, args) => {
    takeLock(request, args, RTAX_RTTVAR)
    const { ms, bare } = nextTime(args, 'rttvar')
    setMetric(request, RTAX_RTTVAR, bare ? ms : ms * 4)
  } },
  metric(['ssthresh'], RTAX_SSTHRESH, 'ssthresh'),
  refuseOption(['realms']),
  { words: ['=onlink'], take: ({ message }) => { message.flags = (message.flags ?? 0) | RTNH_F_ONLINK } },
  { words: ['=nexthop'], take: (request) => {
    request.nexthops = true
    throw new StopOptions()
  } },
  { words: ['=nhid'], take: (request, args) => {
    const word = args.next()
    const id = parseUnsigned(word)
    if (id === null) throw invalidArgument('"id" value is invalid\n', word)
    request.nhid = true
    request.message.nhid = id
  } },
  { words: ['protocol'], take: ({ message }, args) => {
    const word = args.next()
    const protocol = PROTOCOLS.parse(word)
    if (protocol === null) throw invalidArgument('"protocol" value is invalid\n', word)
    message.protocol = protocol
  } },
  { words: ['table'], take: (request, args) => {
    const word = args.next()
    const table = TABLES.parse(word)
    if (table === null) throw invalidArgument('"table" value is invalid\n', word)
    request.message.table = table
    request.tabled = true
  } },
  { words: ['vrf'], take: (_request, args) => { throw invalidArgument('Invalid VRF\n', args.next()) } },
  { words: ['=dev', '=oif'], take: (request, args) => { request.dev = args.next() } },
  refuseOption(['=pref', '=encap', '=ttl-propagate']),
  { words: ['fastopen_no_cookie'], take: (request, args) => {
    const value = nextUnsigned(args, '"fastopen_no_cookie" value is invalid\n')
    if (value > 1) throw invalidArgument('"fastopen_no_cookie" value should be 0 or 1\n', args.word)
    setMetric(request, RTAX_FASTOPEN_NO_COOKIE, value)
  } },
]

function takeDestination(request: RouteRequest, args: Arguments): void {
  const { message } = request
  let word = args.word === 'to' ? args.next() : args.word
  const type = /^[0-9]/.test(word) ? null : parseRouteType(word)
  if (type !== null) {
    message.routeType = type
    word = args.next()
  }
  if (matches(word, 'help')) usage(ROUTE_USAGE)
  if (request.destination) throw duplicateOrGarbage('to', word)
  const prefix = parsePrefix(word, message.family ?? AF_UNSPEC)
  takeFamily(request, prefix.family)
  message.destinationLength = prefix.length
  message.destination = prefix.family === AF_UNSPEC ? undefined : prefix.address
  request.destination = true
}

/** Reads a route; what is left at the end are its nexthops (iproute_modify). */
export function parseRoute(context: Context, args: Arguments, type: typeof RTM_NEWROUTE | typeof RTM_DELROUTE,
  nlFlags: number): RouteMessage {
  const adding = type !== RTM_DELROUTE
  const request: RouteRequest = {
    context,
    message: {
      type, nlFlags, family: context.options.family, table: RT_TABLE_MAIN,
      scope: adding ? RT_SCOPE_UNIVERSE : RT_SCOPE_NOWHERE, protocol: adding ? RTPROT_BOOT : 0,
      routeType: adding ? RTN_UNICAST : RTN_UNSPEC,
    },
    metrics: new Array<number>(RTAX_MAX + 1).fill(0), hasMetrics: false, dev: null, gateway: false, destination: false,
    nexthops: false, nhid: false, scoped: false, tabled: false,
  }
  parseOptions(args, request, OPTIONS, takeDestination)
  if (!request.destination) usage(ROUTE_USAGE)
  const { message } = request
  if (request.dev !== null) message.oif = context.needDevice(request.dev)
  if (request.hasMetrics) message.metrics = request.metrics
  if (request.nexthops) message.multipath = parseNexthops(context, args, message.family ?? AF_UNSPEC)
  if (message.family === AF_UNSPEC) message.family = AF_INET
  const routeType = message.routeType ?? 0
  if (!request.tabled && [RTN_LOCAL, RTN_BROADCAST, RTN_NAT, RTN_ANYCAST].includes(routeType)) {
    message.table = RT_TABLE_LOCAL
  }
  if (!request.scoped) message.scope = defaultScope(request, adding)
  return message
}

function defaultScope({ message, gateway, nexthops, nhid }: RouteRequest, adding: boolean): number {
  switch (message.routeType) {
    case RTN_LOCAL: case RTN_NAT: return RT_SCOPE_HOST
    case RTN_BROADCAST: case RTN_MULTICAST: case RTN_ANYCAST: return RT_SCOPE_LINK
    case RTN_UNICAST: case RTN_UNSPEC:
      if (!adding) return RT_SCOPE_NOWHERE
      return gateway || nexthops || nhid ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK
    default: return message.scope ?? RT_SCOPE_UNIVERSE
  }
}

/** `nexthop via … dev … weight …`, again and again (parse_nexthops). */
function parseNexthops(context: Context, args: Arguments, family: number): NexthopMessage[] {
  const nexthops: NexthopMessage[] = []
  while (!args.done) {
    if (args.word !== 'nexthop') {
      throw new Failure(`Error: "nexthop" or end of line is expected instead of "${args.word}"\n`, EXIT_USAGE)
    }
    if (args.rest.length === 1) throw new Failure('Error: unexpected end of line after "nexthop"\n', EXIT_USAGE)
    args.advance()
    nexthops.push(parseNexthop(context, args, family))
  }
  return nexthops
}

function parseNexthop(context: Context, args: Arguments, family: number): NexthopMessage {
  const nexthop: Draft<NexthopMessage> = {}
  for (; !args.done; args.advance()) {
    const { word } = args
    if (word === 'via') {
      nexthop.gateway = nextGateway(args, family)
    } else if (word === 'dev') {
      const name = args.next()
      nexthop.index = context.indexOf(name)
      if (nexthop.index === 0) throw new Failure(`Cannot find device "${name}"\nError: cannot parse nexthop\n`, EXIT_USAGE)
    } else if (word === 'weight') {
      const text = args.next()
      const weight = parseUnsigned(text)
      if (weight === null || weight === 0 || weight > 256) throw invalidArgument('"weight" is invalid\n', text)
      nexthop.weight = weight
    } else if (word === 'onlink') {
      nexthop.flags = (nexthop.flags ?? 0) | RTNH_F_ONLINK
    } else if (matches(word, 'realms') || word === 'encap' || word === 'as') {
      throw new Failure(notModelled('ip route', `nexthop … ${word}`), EXIT_USAGE)
    } else {
      break
    }
  }
  return nexthop
}
