import { EINVAL, ENODEV, strerror } from '../../base/errno.ts'
import type { Process, Program } from '../../host/process.ts'
import {
  RT_SCOPE_HOST, RT_SCOPE_LINK, RT_SCOPE_NOWHERE, RT_SCOPE_UNIVERSE, RT_TABLE_MAIN, RTAX_ADVMSS, RTAX_RTT, RTAX_WINDOW,
  RTN_UNICAST, RTN_UNREACHABLE, RTPROT_BOOT,
} from '../../inet/route/constants.ts'
import { AF_INET, NLM_F_CREATE, RTM_DELROUTE, RTM_NEWROUTE } from '../../netlink/messages.ts'
import { lengthOfMask, maskOf, parseIpv4Aton } from '../../wire/address.ts'
import { ProgramError, reporting, strtol } from '../c-number.ts'
import { getopt } from '../getopt.ts'
import { notModelled } from '../not-modelled.ts'
import { FAMILIES, resolve } from './names.ts'
import { ROUTE_CACHE, type RouteColumns, routeTable } from './route-table.ts'
import { INET_ROUTE_USAGE, ROUTE_FAMILIES, ROUTE_USAGE, ROUTE_VERSION } from './usage.ts'

/**
 * route of net-tools 2.10: it reads /proc/net/route, and writes with the ioctls SIOCADDRT and SIOCDELRT (Linux
 * fib_frontend.c rtentry_to_fib_config()), which here are netlink requests of the same meaning.
 */
const SHORT = 'A:eCFhnN64Vv?'
const LONG: Readonly<Record<string, string>> = {
  extend: 'e', verbose: 'v', version: 'V', numeric: 'n', symbolic: 'N', 'protocol=': 'A', cache: 'C', fib: 'F',
  help: 'h', inet: '4', inet6: '6',
}
const E_OPTERR = 3
const E_LOOKUP = 6
const E_SOCK = 7

/** The program `route`. */
export const route: Program = reporting(run)

function run(process: Process): number {
  // As the real one does, so that getopt leaves them alone.
  const argv = process.argv.map((word) => word === '-net' ? '#net' : word === '-host' ? '#host' : word)
  const { options, operands } = getopt(argv, { short: SHORT, long: LONG }, (text) => process.stderr.write(text))
  let extended = 0
  let numeric = false
  let cache = false
  let family = ''
  let help = false
  for (const { name, value } of options) {
    switch (name) {
      case 'e': extended++; break
      case 'n': case 'N': numeric = true; break
      case 'v': break
      case 'C': cache = true; break
      case 'F': cache = false; break
      case '4': family = 'inet'; break
      case '6': family = 'inet6'; break
      case 'A':
        if (!FAMILIES.has(value)) throw new ProgramError(`Unknown address family \`${value}'.\n`, 1)
        family = value
        break
      case 'V': process.stdout.write(ROUTE_VERSION); return 0
      default: help = true
    }
  }
  if (family !== '' && family !== 'inet') throw new ProgramError(notModelled('route', `-A ${family}`), 1)
  if (help && family !== '') {
    process.stdout.write(INET_ROUTE_USAGE)
    return 0
  }
  if (help) {
    process.stdout.write(ROUTE_USAGE)
    process.stderr.write(ROUTE_FAMILIES)
    return 0
  }
  const [action, ...words] = operands
  if (action === undefined) {
    process.stdout.write(cache ? ROUTE_CACHE : routeTable(process, COLUMNS[extended] ?? 'none', numeric))
    return 0
  }
  if (action === 'flush') throw optionError("Flushing `inet' routing table not supported\n")
  if (action !== 'add' && action !== 'del') throw new ProgramError(ROUTE_USAGE + ROUTE_FAMILIES, E_OPTERR)
  if (words.length === 0) {
    process.stdout.write(INET_ROUTE_USAGE)
    return 0
  }
  const error = request(process, action, parse(process, words))
  const call = action === 'add' ? 'SIOCADDRT' : 'SIOCDELRT'
  if (error !== 0) throw new ProgramError(`${call}: ${strerror(-error)}\n`, E_SOCK)
  return 0
}

const COLUMNS: readonly RouteColumns[] = ['metric', 'mss', 'all']

/** struct rtentry, as far as INET_setroute() fills it. Addresses are int32. */
interface Entry {
  destination: number
  host: boolean
  mask: number
  gateway: number | null
  metric: number
  mss: number
  window: number
  irtt: number
  reject: boolean
  device: string | null
}

function optionError(text: string): ProgramError {
  return new ProgramError(text + INET_ROUTE_USAGE, E_OPTERR)
}

function lookUp(process: Process, word: string, hostMeant: boolean): { address: number, network: boolean } {
  const found = resolve(process, word, hostMeant)
  if (typeof found === 'string') throw new ProgramError(found, E_LOOKUP)
  return found
}

/** INET_setroute's reading of its words. */
function parse(process: Process, all: readonly string[]): Entry {
  const words = [...all]
  const kind = words[0] === '#net' || words[0] === '#host' ? words.shift() : undefined
  const target = words.shift()
  if (target === undefined) throw optionError('')
  const slash = target.indexOf('/')
  const bits = slash < 0 ? 0 : prefixLength(target.slice(slash + 1))
  const { address, network } = lookUp(process, slash < 0 ? target : target.slice(0, slash), kind === '#host')
  const entry: Entry = {
    destination: address, host: kind === undefined ? !network : kind === '#host', mask: maskOf(bits), gateway: null,
    metric: 0, mss: 0, window: 0, irtt: 0, reject: false, device: null,
  }
  while (words.length > 0) takeWord(process, entry, words)
  checkMask(entry)
  return entry
}

/** The length behind a slash: a number up to 32, or what is no mask at all. */
function prefixLength(text: string): number {
  const { value, rest } = strtol(text)
  if (text !== '' && (rest !== '' || value < 0)) throw optionError('')
  return value > 32 ? 33 : value
}

function takeWord(process: Process, entry: Entry, words: string[]): void {
  const word = words.shift() ?? ''
  const next = (): string => {
    const value = words.shift()
    if (value === undefined) throw optionError('')
    return value
  }
  switch (word) {
    case 'metric': {
      const value = next()
      if (!/^[0-9]/.test(value)) throw optionError('')
      entry.metric = strtol(value).value | 0
      return
    }
    case 'netmask': {
      const value = next()
      if (entry.mask !== 0) throw optionError('')
      const mask = parseIpv4Aton(value)
      if (mask === null) throw optionError('')
      const hosts = ~mask
      if ((hosts & (hosts + 1)) !== 0 && !entry.host) throw optionError(`route: bogus netmask ${value}\n`)
      entry.mask = mask
      return
    }
    case 'gw': case 'gateway': {
      const value = next()
      if (entry.gateway !== null) throw optionError('')
      const found = resolve(process, value, true)
      if (typeof found === 'string') throw new ProgramError(`${value}: Unknown host\n`, E_LOOKUP)
      if (found.network) throw optionError(`route: ${value}: cannot use a NETWORK as gateway!\n`)
      entry.gateway = found.address
      return
    }
    case 'mss': case 'mtu':
      entry.mss = strtol(next()).value
      if (entry.mss < 64 || entry.mss > 65536) throw optionError('route: Invalid MSS/MTU.\n')
      return
    case 'window':
      entry.window = strtol(next()).value
      if (entry.window < 128) throw optionError('route: Invalid window.\n')
      return
    case 'irtt': entry.irtt = strtol(next()).value; return
    case 'reject': entry.reject = true; return
    case 'mod': case 'dyn': case 'reinstate': return
    case 'device': case 'dev':
      if (entry.device !== null || words.length === 0) throw optionError('')
      entry.device = next()
      return
    default:
      // A device without "dev" comes last, which catches misspelt words.
      if (entry.device !== null || words.length > 0) throw optionError('')
      entry.device = word
  }
}

function checkMask(entry: Entry): void {
  if (entry.mask === 0) return
  const hosts = ~entry.mask
  if (entry.host && hosts !== 0) {
    const hex = (hosts >>> 0).toString(16).padStart(8, '0')
    throw optionError(`route: netmask ${hex} doesn't make sense with host route\n`)
  }
  if ((entry.destination & hosts) !== 0) throw optionError("route: netmask doesn't match route address\n")
}

/** SIOCADDRT, SIOCDELRT: 0 or -errno. */
function request(process: Process, action: 'add' | 'del', entry: Entry): number {
  const { netlink, ns } = process.namespace
  const { destination, host, mask } = entry
  const hosts = ~mask
  if (!host && ((destination & hosts) !== 0 || (hosts & (hosts + 1)) !== 0)) return -EINVAL
  let oif: number | undefined
  let scope = entry.reject ? RT_SCOPE_HOST : RT_SCOPE_NOWHERE
  if (!entry.reject && entry.device !== null) {
    oif = ns.deviceByName(entry.device)?.ifindex
    if (oif === undefined) return -ENODEV
  }
  const gateway = entry.reject ? 0 : entry.gateway ?? 0
  const routing = process.namespace.stack.routing
  if (gateway !== 0 && routing.store.addressType(gateway, RT_TABLE_MAIN, null) === RTN_UNICAST) scope = RT_SCOPE_UNIVERSE
  if (action === 'add' && !entry.reject) {
    if (entry.gateway !== null && gateway === 0) return -EINVAL
    if (scope === RT_SCOPE_NOWHERE) scope = RT_SCOPE_LINK
  }
  const metrics: number[] = new Array<number>(RTAX_ADVMSS + 1).fill(0)
  metrics[RTAX_ADVMSS] = entry.mss === 0 ? 0 : entry.mss - 40
  metrics[RTAX_WINDOW] = entry.window
  metrics[RTAX_RTT] = entry.irtt << 3
  const hasMetrics = action === 'add' && !entry.reject && (entry.mss | entry.window | entry.irtt) !== 0
  return netlink.request({
    type: action === 'add' ? RTM_NEWROUTE : RTM_DELROUTE, nlFlags: action === 'add' ? NLM_F_CREATE : 0, family: AF_INET,
    destination, destinationLength: host ? 32 : lengthOfMask(mask), table: RT_TABLE_MAIN,
    protocol: action === 'add' ? RTPROT_BOOT : 0, scope, routeType: entry.reject ? RTN_UNREACHABLE : RTN_UNICAST, oif,
    gateway: gateway === 0 ? undefined : gateway, priority: entry.metric === 0 ? undefined : entry.metric >>> 0,
    metrics: hasMetrics ? metrics : undefined,
  }).error
}
