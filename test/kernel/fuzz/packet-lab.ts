/**
 * Labs of the second class: a small network that works, then disturbed, and packets through it.
 *
 * A second of virtual time has a shape, since the kernel plays in real time and is some tens of milliseconds late: what
 * sends starts at its beginning (and gives up before a second is over, as ARP does not), so that ARP's own timers, whole
 * seconds later, run out there too; listings come at 440 ms, changes after them, and the lab ends half a second after its
 * last listing.
 */
import { Dice } from './dice.ts'
import type { FuzzInterface, FuzzLab, FuzzNode, FuzzStep } from './fuzz-lab.ts'
import * as words from './words.ts'

const LIST_MS = 440
const CHANGE_MS = 580
/** A neighbour that was used is asked after five seconds, up to a quarter of one later (FID-NEIGH-015): ends before. */
const LONGEST_S = 4

/**
 * When sending starts in a second: ever earlier, so that no neighbour of a second before gives up, after three, at the
 * same time as it is asked for again.
 */
function sendMs(second: number): number {
  return Math.max(30, 240 - 40 * second)
}

interface Segment {
  readonly net: string
  readonly length: number
  /** `node:dev` with the last byte of its address. */
  readonly members: { readonly node: string, readonly dev: string, readonly last: number }[]
}

export function packetLab(seed: number): FuzzLab {
  const dice = new Dice(seed, 'packet')
  const network = new Drawing(dice)
  const nodes = network.nodes()
  return {
    name: `fuzz-packet-${seed}`, about: 'Packets through a disturbed network.', nodes, links: network.links,
    steps: stepsOf(dice, network),
  }
}

/** Draws a tree of routers, each segment a cable or a switch with hosts. */
class Drawing {
  readonly segments: Segment[] = []
  readonly links: (readonly [string, string])[] = []
  readonly routers: string[] = []
  readonly hosts: string[] = []
  readonly switches: string[] = []
  private readonly ports = new Map<string, number>()
  private readonly mtus = new Map<string, number | null>()

  constructor(readonly dice: Dice) {
    const routers = dice.pick([0, 0, 1, 1, 1, 2, 2, 3])
    for (let i = 1; i <= routers; i++) this.routers.push(`r${i}`)
    for (let i = 1; i < routers; i++) this.addSegment([`r${i}`, `r${i + 1}`])
    if (routers === 0) this.addSegment([])
    for (const router of this.routers) {
      if (dice.once(2) || router === 'r1' || router === `r${routers}`) this.addSegment([router])
    }
    if (routers > 1 && dice.once(4)) this.addSegment(['r1', `r${routers}`])
    if (routers === 1) this.addSegment(['r1'])
  }

  private addSegment(routers: readonly string[]): void {
    const { dice } = this
    const number = this.segments.length
    const room = 8 - this.routers.length - this.hosts.length - this.switches.length
    const more = routers.length === 2 ? (dice.once(5) ? 1 : 0) : dice.between(routers.length === 0 ? 2 : 1, 3)
    const names: string[] = []
    for (let i = 0; i < Math.min(more, room - 1); i++) names.push(`h${this.hosts.length + names.length + 1}`)
    const all = [...routers, ...names]
    if (all.length < 2) return
    this.hosts.push(...names)
    const segment: Segment = {
      net: dice.pick([`10.0.${number}`, `10.0.${number}`, `10.${number}.0`, `192.168.${number}`]), members: [],
      length: all.length === 2 ? dice.pick([24, 24, 30, 29]) : dice.pick([24, 24, 24, 28, 16]),
    }
    // 10.3.0.1/16: the net's two other bytes are 0.
    if (segment.length === 16 && !segment.net.endsWith('.0')) Object.assign(segment, { length: 24 })
    for (const [i, node] of all.entries()) segment.members.push({ node, dev: this.port(node), last: i + 1 })
    this.segments.push(segment)
    if (all.length === 2 && !(room > 3 && dice.once(4))) {
      const [a, b] = segment.members
      this.links.push([`${a.node}:${a.dev}`, `${b.node}:${b.dev}`])
      return
    }
    const sw = `sw${this.switches.length + 1}`
    this.switches.push(sw)
    for (const { node, dev } of segment.members) this.links.push([`${node}:${dev}`, `${sw}:${this.port(sw)}`])
  }

  private port(node: string): string {
    const number = (this.ports.get(node) ?? 0) + 1
    this.ports.set(node, number)
    return `eth${number}`
  }

  addressOf(node: string): string {
    for (const { net, members } of this.segments) {
      for (const member of members) if (member.node === node) return `${net}.${member.last}`
    }
    throw new Error(`${node} is on no segment`)
  }

  devicesOf(node: string): string[] {
    return Array.from({ length: this.ports.get(node) ?? 0 }, (_, i) => `eth${i + 1}`)
  }

  nodes(): FuzzNode[] {
    const { dice } = this
    const make = (name: string, kind: FuzzNode['kind']): FuzzNode => ({
      name, kind, interfaces: this.interfacesOf(name), sysctls: [['net.ipv4.fib_multipath_hash_seed', '3']],
      gateway: kind === 'host' && !dice.once(8) ? this.gatewayOf(name) : null,
      routes: kind === 'router' ? this.routesOf(name) : [],
    })
    return [
      ...this.hosts.map(name => make(name, 'host')), ...this.routers.map(name => make(name, 'router')),
      ...this.switches.map((name): FuzzNode =>
        ({ name, kind: 'switch', interfaces: [], sysctls: [], gateway: null, routes: [] })),
    ]
  }

  private interfacesOf(node: string): FuzzInterface[] {
    const { dice } = this
    return this.segments.flatMap(({ net, length, members }) => members.filter(member => member.node === node)
      .map(({ dev, last }): FuzzInterface => ({
        name: dev, mtu: this.mtuOf(net), up: true,
        addresses: [`${net}.${last}/${length}`, ...(dice.once(12) ? [`10.9.${last}.1/24`] : [])],
      })))
  }

  /**
   * One of a segment, none above a switch's: the oracle's bridge fragments, or refuses what may not be fragmented, where
   * its kernel has br_netfilter (FID-FUZZ-006). Of a cable the same at both ends: a frame that the other end of a cable is
   * too small for makes veth tell the sender so, and the sender's ping ENOBUFS (FID-FUZZ-002).
   */
  private mtuOf(net: string): number | null {
    if (!this.mtus.has(net)) this.mtus.set(net, this.dice.once(8) ? this.dice.pick([1400, 576, 1280]) : null)
    return this.mtus.get(net) ?? null
  }

  /** Whether the other end of the cable is a switch. */
  isSwitched(node: string, dev: string): boolean {
    return this.links.some(([a, b]) => a === `${node}:${dev}` && b.startsWith('sw'))
  }

  private gatewayOf(host: string): string | null {
    const segment = this.segments.find(({ members }) => members.some(({ node }) => node === host))
    const router = segment?.members.find(({ node }) => this.routers.includes(node))
    return segment === undefined || router === undefined ? null : `${segment.net}.${router.last}`
  }

  /** Routes of a router to all segments that it is not on, along the tree. */
  private routesOf(router: string): string[] {
    const routes: string[] = []
    const seen = new Set([router])
    const queue: { readonly at: string, readonly via: string | null }[] = [{ at: router, via: null }]
    for (const { at, via } of queue) {
      for (const segment of this.segments) {
        if (!segment.members.some(({ node }) => node === at)) continue
        const own = segment.members.some(({ node }) => node === router)
        const to = `${segment.net}.0/${segment.length}`
        if (via !== null && !own && !routes.some(route => route.startsWith(`${to} `))) routes.push(`${to} via ${via}`)
        for (const { node, last } of segment.members) {
          if (seen.has(node) || !this.routers.includes(node)) continue
          seen.add(node)
          queue.push({ at: node, via: via ?? `${segment.net}.${last}` })
        }
      }
    }
    return routes.filter(() => !this.dice.once(15))
  }

  wordsOf(node: string): words.Words {
    const addresses = this.segments.flatMap(({ net, members }) => members.map(({ last }) => `${net}.${last}`))
    return new words.Words({
      dice: this.dice, devices: this.switches.includes(node) ? [...this.devicesOf(node), 'br0'] : this.devicesOf(node),
      addresses, prefixes: this.segments.map(({ net, length }) => `${net}.0/${length}`),
    })
  }
}

function stepsOf(dice: Dice, network: Drawing): FuzzStep[] {
  const steps: FuzzStep[] = []
  const { hosts, routers, switches } = network
  const ends = [...hosts, ...hosts, ...routers]
  const all = [...hosts, ...routers, ...switches]
  // A route by lo makes a forwarded packet go round in Linux until its TTL ends (FID-FUZZ-009).
  const add = (atMs: number, on: string, run: string): void => {
    if (!/^(?!ping|traceroute|arping|ip route get).*(?:via 127\.|dev lo\b)/.test(run)) steps.push({ atMs, on, run })
  }
  let wait = 0
  // Settings that are worth a packet: on many nodes, before anything is sent.
  for (let i = dice.below(6); i > 0; i--) add(10 * i, dice.pick([...hosts, ...routers]), usefulSetting(dice, network))
  for (let i = dice.below(4); i > 0; i--) {
    const { run, moves } = change(dice, network, all)
    add(80 + 30 * i, run.on, run.run)
    if (moves) wait = 2
  }
  steps.sort((x, y) => x.atMs - y.atMs)
  const seconds = dice.between(2, 5)
  const first = 1 + wait
  let done = 0
  for (let i = 0; i < seconds && 1 + wait + i - first < LONGEST_S; i++) {
    done++
    const second = (1 + wait + i) * 1000
    // One at a time: what two send within some 20 ms crosses the wires in another order each time.
    add(second + sendMs(1 + wait + i), dice.pick(ends), sending(dice, network))
    for (let j = dice.below(3); j > 0; j--) {
      const on = dice.pick(all)
      add(second + LIST_MS + 40 * (2 - j), on, looking(dice, network, on))
    }
    if (i + 1 < seconds && dice.once(3)) {
      const { run, moves } = change(dice, network, all)
      add(second + CHANGE_MS, run.on, run.run)
      if (moves) wait += 2
    }
  }
  const last = Math.min(first + LONGEST_S, 1 + wait + done) * 1000
  for (const [i, on] of all.entries()) if (dice.once(2)) add(last + LIST_MS + 10 * i, on, looking(dice, network, on))
  add(last + LIST_MS + 85, ends[0], 'ip neigh')
  return steps
}

function usefulSetting(dice: Dice, network: Drawing): string {
  const name = dice.pick([
    'rp_filter', 'rp_filter', 'accept_local', 'arp_ignore', 'arp_announce', 'arp_filter', 'arp_accept', 'proxy_arp',
      'send_redirects',
    'accept_redirects', 'secure_redirects', 'shared_media', 'forwarding', 'drop_unicast_in_l2_multicast', 'route_localnet',
    'icmp_echo_ignore_all', 'icmp_echo_ignore_broadcasts', 'icmp_errors_use_inbound_ifaddr', 'ip_default_ttl', 'ip_forward',
    'icmp_ratelimit', 'ip_no_pmtu_disc', 'bc_forwarding', 'ip_forward_use_pmtu', 'icmp_ratemask', 'proxy_arp_pvlan',
    'accept_source_route', 'icmp_echo_enable_probe', 'drop_gratuitous_arp',
  ])
  if (/^(?:icmp_|ip_)/.test(name)) {
    return `sysctl -w net.ipv4.${name}=${name === 'ip_default_ttl' ? dice.between(1, 5) : dice.pick([0, 1, 1])}`
  }
  const dev = dice.pick(['all', 'all', network.dice.pick(['eth1', 'eth2'])])
  // A proxy answers after a random part of proxy_delay (FID-ARP-022): none of it.
  const delays = 'net.ipv4.neigh.eth1.proxy_delay=0 net.ipv4.neigh.eth2.proxy_delay=0'
  const quick = name.startsWith('proxy') ? `sysctl -w ${delays}; ` : ''
  const value = name.startsWith('arp_') ? dice.between(1, 3) : dice.pick([0, 1, 1, 2])
  return `${quick}sysctl -w net.ipv4.conf.${dev}.${name}=${value}`
}

/** moves: a carrier goes or comes, which the kernel may tell a second late (FID-LINK-012). */
function change(dice: Dice, network: Drawing, nodes: readonly string[]): { run: { on: string, run: string }, moves: boolean } {
  const on = dice.pick(nodes)
  const vocabulary = network.wordsOf(on)
  if (network.switches.includes(on)) {
    const dev = dice.pick(network.devicesOf(on))
    const run = dice.pick([
      words.bridgeCommand(vocabulary), `bridge link set dev ${dev} learning off`, `bridge link set dev ${dev} isolated on`,
      `bridge link set dev ${dev} flood off`, `bridge link set dev ${dev} hairpin on`, `ip addr add 10.0.0.100/24 dev br0`,
    ])
    return { run: { on, run }, moves: false }
  }
  const dev = dice.pick(network.devicesOf(on))
  const other = network.addressOf(dice.pick([...network.hosts, ...network.routers]))
  return dice.weighted<{ run: { on: string, run: string }, moves: boolean }>([
    [5, () => ({ run: { on, run: words.routeCommand(vocabulary) }, moves: false })],
    [3, () => ({ run: { on, run: multipath(dice, vocabulary) }, moves: false })],
    [3, () => ({ run: { on, run: words.ruleCommand(vocabulary) }, moves: false })],
    [3, () => ({ run: { on, run: words.addressCommand(vocabulary) }, moves: false })],
    [2, () => ({ run: { on, run: `ip addr add ${other}/24 dev ${dev}` }, moves: false })],
    [3, () => ({ run: { on, run: words.neighborCommand(vocabulary) }, moves: false })],
    [2, () => {
      const state = dice.pick(['permanent', 'reachable', 'stale', 'noarp'])
      return { run: { on, run: `ip neigh replace ${other} lladdr ${vocabulary.mac()} dev ${dev} nud ${state}` }, moves: false }
    }],
    // Of an MTU of 68 the fragments fill ping's SO_SNDBUF, which has no effect here (FID-SOCK-008).
    [network.isSwitched(on, dev) ? 2 : 0, () => ({
      run: { on, run: `ip link set dev ${dev} mtu ${dice.pick([1400, 576, 1000])}` }, moves: false,
    })],
    [2, () => ({ run: { on, run: `ip link set dev ${dev} ${dice.pick(['down', 'arp off'])}` }, moves: true })],
    [3, () => ({ run: { on, run: usefulSetting(dice, network) }, moves: false })],
    [1, () => ({ run: { on, run: 'ip route add default via 10.0.0.1' }, moves: false })],
  ])
}

/** With the hash's key, which is random unless it is set (FID-ROUTE-014). */
function multipath(dice: Dice, vocabulary: words.Words): string {
  const hops = [1, 2].map(() => `nexthop via ${vocabulary.address()}`).join(' ')
  const [seed, policy] = [dice.between(1, 9), dice.below(3)]
  return `sysctl -w net.ipv4.fib_multipath_hash_seed=${seed} net.ipv4.fib_multipath_hash_policy=${policy}; `
    + `ip route replace ${vocabulary.prefix()} ${hops}`
}

function sending(dice: Dice, network: Drawing): string {
  const { hosts, routers, segments } = network
  const segment = dice.pick(segments)
  const target = dice.weighted([
    [10, () => network.addressOf(dice.pick([...hosts, ...routers]))],
    [3, () => `${segment.net}.${dice.pick(segment.members).last}`],
    [1, () => `${segment.net}.77`], [1, () => dice.pick(['10.77.0.1', '127.0.0.1', '10.9.1.1', '10.9.2.1', '224.0.0.1',
      '255.255.255.255'])],
    [1, () => `${segment.net}.255`],
  ])
  // No larger: fragments that wait for ARP fill ping's SO_SNDBUF, which has no effect here (FID-SOCK-008).
  // No -v: see FID-FUZZ-011.
  const ping = (): string => words.line('ping -n -W 0.8', dice.pick(['-c 1', '-c 1', '-c 2 -i 0.02', '-c 3 -i 0.01']),
    dice.maybe(4, () => `-s ${dice.pick([0, 8, 56, 548, 1372, 1472, 1473, 1600])}`),
      dice.maybe(5, () => `-t ${dice.between(1, 3)}`),
    dice.maybe(6, () => `-Q ${dice.pick(['0x10', '0x2e', '184', '1'])}`), dice.maybe(8, () => `-M ${dice.pick(['do',
      'want', 'dont'])}`),
    dice.maybe(8, () => `-I ${dice.pick(['eth1', 'eth2', 'lo', network.addressOf(dice.pick(hosts))])}`),
      dice.maybe(10, () => '-m 1'),
    dice.maybe(8, () => '-r'), dice.maybe(5, () => '-b'), dice.maybe(12, () => '-L'), 
      dice.maybe(15, () => '-p ff00'),
    target)
  return dice.weighted([
    [14, ping],
    [2, () => `traceroute -n -q 1 -N 1 -w 1.3 -m ${dice.between(1, 2)} ${dice.pick(['', '-I ', '-F ', '-s 10.0.0.1 ',
      '-t 16 '])}${target}`],
    [3, () => words.line('arping -c 1 -w 1', dice.maybe(4, () => dice.pick(['-U', '-A', '-D', '-b', '-f',
      '-0'])), `-I ${dice.pick(['eth1', 'eth2'])}`, target)],
  ])
}

function looking(dice: Dice, network: Drawing, on: string): string {
  const vocabulary = network.wordsOf(on)
  if (network.switches.includes(on)) {
    return dice.pick(['bridge fdb show br br0 dynamic', 'bridge link', 'ip -s link show br0', 'bridge fdb show br br0',
      'ip addr', 'bridge -d link'])
  }
  const dev = dice.pick(network.devicesOf(on))
  return dice.weighted([
    [4, () => words.neighborShow(vocabulary)], [3, () => words.routeGet(vocabulary)], [2, () => words.routeShow(vocabulary)],
    [1, () => 'ip route show cache'], [1, () => words.addressShow(vocabulary)], [2, () => `ip -s link show dev ${dev}`],
    // Not all of nstat: it also has counters of IPv6 (FID-NETTOOLS-021).
    [2, () => 'cat /proc/net/snmp'],
    [1, () => 'nstat -asz IpInReceives IpInDelivers IpForwDatagrams IpOutRequests IpInHdrErrors IcmpOutMsgs'],
    [1, () => 'netstat -s'], [1, () => 'cat /proc/net/arp'], [1, () => 'netstat -i'],
    [1, () => `ifconfig ${dev}`], [1, () => 'cat /proc/net/dev'],
  ])
}
