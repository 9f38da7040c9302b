/**
 * Random command lines, right ones and wrong ones, from the grammar of each program. What is left out on purpose is
 * named with its rule of docs/FIDELITY.md.
 */
import type { Dice } from './dice.ts'

/** What commands on a node speak of. */
export interface Vocabulary {
  readonly dice: Dice
  /** Interfaces of the node, without lo. */
  readonly devices: readonly string[]
  /** Addresses and prefixes that mean something in the lab. */
  readonly addresses: readonly string[]
  readonly prefixes: readonly string[]
}

export class Words {
  readonly dice: Dice

  constructor(private readonly vocabulary: Vocabulary) {
    this.dice = vocabulary.dice
  }

  device(): string {
    const { dice, vocabulary } = this
    return dice.once(25) ? 'lo' : dice.once(60) ? 'eth9' : dice.pick(vocabulary.devices)
  }

  /** A host's address: mostly one of the lab or near one. */
  address(): string {
    const { dice, vocabulary: { addresses } } = this
    return dice.weighted([
      [12, () => dice.pick(addresses)],
      [6, () => near(dice.pick(addresses), dice.between(1, 6))],
      [3, () => `10.${dice.below(4)}.${dice.below(4)}.${dice.below(256)}`],
      [1, () => dice.pick(['127.0.0.1', '127.1.2.3', '255.255.255.255', '0.0.0.0', '224.0.0.1', '192.168.1.1', '8.8.8.8'])],
      [1, () => withLast(dice.pick(addresses), dice.pick([0, 255]))],
    ])
  }

  /** A destination: sometimes with bits below its mask, which is wrong for a route. */
  prefix(): string {
    const { dice, vocabulary: { prefixes } } = this
    return dice.weighted([
      [10, () => dice.pick(prefixes)],
      [5, () => `10.${dice.below(4)}.${dice.below(4)}.0/24`],
      [3, () => masked(this.address(), dice.between(1, 32))],
      [3, () => this.address()],
      [1, () => `${this.address()}/${dice.between(8, 32)}`],
      [2, () => 'default'],
    ])
  }

  /** An address with a length, for an interface. */
  local(): string {
    const { dice } = this
    return dice.weighted([
      [8, () => `${this.address()}/24`], [2, () => `${this.address()}/${dice.between(1, 32)}`],
      [2, () => `${this.address()}/${dice.pick([16, 25, 28, 29, 30, 31, 32])}`], [1, () => this.address()],
    ])
  }

  table(): string {
    return this.dice.pick(['100', '101', '7', 'main', 'local', 'default', '254', '255', '253', '1000000'])
  }

  tos(): string {
    return this.dice.pick(['0x10', '0x08', '0x04', '0x1c', '0x00', '8', '0x02', '0x20', '0xfc', 'lowdelay', '1'])
  }

  metric(): string {
    return this.dice.pick(['0', '1', '10', '100', '100', '200', '4294967295', '1024'])
  }

  mac(): string {
    return `02:00:00:00:99:0${this.dice.below(8)}`
  }

  /** Options that change how ip prints. */
  options(more: readonly string[] = []): string {
    const { dice } = this
    return dice.weighted([
      [14, () => ''], [2, () => '-o '], [2, () => '-br '], [3, () => '-d '], [3, () => '-j '], [1, () => '-j -p '],
      [1, () => '-j -d '], [1, () => '-4 '], [1, () => '-N '], [1, () => '-s '],
      ...(more.length === 0 ? [] : [[2, () => `${dice.pick(more)} `] as const]),
    ])
  }
}

/** Joins words, leaving out empty ones. */
export function line(...words: readonly string[]): string {
  return words.filter(word => word !== '').join(' ')
}

function near(address: string, by: number): string {
  const [a, b, c, d] = address.split('.').map(Number)
  return `${a}.${b}.${c}.${(d + by) & 255}`
}

function withLast(address: string, last: number): string {
  return `${address.slice(0, address.lastIndexOf('.'))}.${last}`
}

function masked(address: string, length: number): string {
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const kept = length === 0 ? 0 : Math.floor(value / 2 ** (32 - length)) * 2 ** (32 - length)
  return `${[24, 16, 8, 0].map(shift => Math.floor(kept / 2 ** shift) % 256).join('.')}/${length}`
}

export function addressCommand(words: Words): string {
  const { dice } = words
  const dev = words.device()
  const attributes = (): string => line(
    dice.maybe(6, () => `peer ${words.local()}`), dice.maybe(5, () => `broadcast ${dice.pick(['+', '-', words.address()])}`),
    dice.maybe(6, () => `scope ${dice.pick(['global', 'link', 'host', '50', 'site'])}`),
    // A number, for the place of other aliases in a table (FID-FUZZ-007).
    dice.maybe(10, () => `label ${dev}:${dice.between(1, 3)}`), dice.maybe(10, () => `metric ${words.metric()}`),
    dice.maybe(12, () => 'noprefixroute'), dice.maybe(25, () => `proto ${dice.pick(['kernel_lo', '5', '0'])}`),
  )
  return dice.weighted([
    [10, () => line('ip addr add', words.local(), attributes(), 'dev', dev)],
    [4, () => line('ip addr del', words.local(), 'dev', dev)],
    [2, () => line(`ip addr ${dice.pick(['replace', 'change'])}`, words.local(), attributes(), 'dev', dev)],
    [1, () => line('ip addr flush dev', dev, dice.maybe(2, () => `to ${words.prefix()}`))],
    [1, () => line('ip addr flush', dice.pick(['scope host', 'to 10.0.0.0/8', 'secondary', `label '${dev}:*'`]))],
  ])
}

export function addressShow(words: Words): string {
  const { dice } = words
  return line(`ip ${words.options()}addr`, dice.weighted([
    [6, () => ''], [4, () => `show dev ${words.device()}`], [2, () => `show to ${words.prefix()}`],
    [1, () => 'show up'], [1, () => `show scope ${dice.pick(['global', 'host', 'link'])}`],
    [1, () => `show ${dice.pick(['primary', 'secondary', 'permanent', 'dynamic'])}`], [1, () => `show label 'eth*'`],
    [1, () => 'show type veth'],
  ]))
}

/** Routes' next hop: by gateway, device or both. */
function nexthop(words: Words): string {
  const { dice } = words
  return dice.weighted([
    [5, () => `via ${words.address()}`], [4, () => `via ${words.address()} dev ${words.device()}`],
    [4, () => `dev ${words.device()}`], [2, () => `via ${words.address()} dev ${words.device()} onlink`],
    [2, () => {
      const hops = Array.from({ length: dice.between(2, 3) }, () => line('nexthop', `via ${words.address()}`,
        dice.maybe(2, () => `dev ${words.device()}`), dice.maybe(3, () => `weight ${dice.between(1, 4)}`),
        dice.maybe(6, () => 'onlink')))
      return hops.join(' ')
    }],
  ])
}

function routeAttributes(words: Words): string {
  const { dice } = words
  return line(
    dice.maybe(4, () => `metric ${words.metric()}`), dice.maybe(6, () => `src ${words.address()}`),
    dice.maybe(6, () => `table ${words.table()}`), dice.maybe(12, () => `tos ${words.tos()}`),
    dice.maybe(10, () => `scope ${dice.pick(['link', 'host', 'global', 'nowhere', '100'])}`),
    dice.maybe(12, () => `proto ${dice.pick(['static', 'bird', '42', 'kernel', 'dhcp'])}`),
    dice.maybe(12, () => dice.pick(['mtu 1400', 'mtu lock 1300', 'advmss 1000', 'window 20000', 'hoplimit 9', 'initcwnd 10',
      'rtt 100', 'quickack 1', 'features ecn', 'congctl cubic', 'rto_min 50ms'])),
  )
}

export function routeCommand(words: Words): string {
  const { dice } = words
  const verb = dice.weighted([
    [12, () => 'add'], [3, () => 'append'], [2, () => 'prepend'], [3, () => 'replace'], [2, () => 'change'], [3, () => 'del'],
  ])
  const kind = dice.weighted([
    [10, () => ''], [3, () => dice.pick(['blackhole', 'unreachable', 'prohibit', 'throw'])], [1, () => 'local'],
    [1, () => dice.pick(['broadcast', 'unicast', 'multicast', 'nat'])],
  ])
  const hop = /^(?:blackhole|unreachable|prohibit|throw)$/.test(kind) && !dice.once(10) ? '' : nexthop(words)
  if (verb === 'del' && dice.once(2)) return line('ip route del', kind, words.prefix())
  if (dice.once(40)) return line('ip route flush', dice.pick(['table 100', 'dev eth1',
    'proto static', `root ${words.prefix()}`, 'cache']))
  return line('ip route', verb, kind, words.prefix(), hop, routeAttributes(words))
}

export function routeShow(words: Words): string {
  const { dice } = words
  return line(`ip ${words.options()}route`, dice.weighted([
    [8, () => ''], [4, () => 'show table all'], [3, () => `show table ${words.table()}`],
    [2, () => `show dev ${words.device()}`],
    [2, () => `show ${dice.pick(['exact', 'match', 'root'])} ${words.prefix()}`], [1, () => `show via ${words.address()}`],
    [1, () => `show src ${words.address()}`], [1, () => `show type ${dice.pick(['blackhole', 'local', 'broadcast',
      'unreachable'])}`],
    [1, () => `show scope ${dice.pick(['link', 'host', 'global'])}`], [1, () => `show proto ${dice.pick(['kernel',
      'static', 'boot'])}`],
    [1, () => `show ${words.prefix()}`], [1, () => `show tos ${words.tos()}`], [1, () => `show metric ${words.metric()}`],
    [1, () => 'show cache'],
  ]))
}

export function routeGet(words: Words): string {
  const { dice } = words
  return line(`ip ${dice.maybe(6, () => dice.pick(['-o ', '-j ', '-d ', '-j -p ']))}route get`, words.address(),
    dice.maybe(3, () => line(`from ${words.address()}`, dice.maybe(2, () => `iif ${words.device()}`))),
    dice.maybe(5, () => `oif ${words.device()}`), dice.maybe(6, () => `tos ${words.tos()}`),
    dice.maybe(6, () => `mark ${dice.below(4)}`), dice.maybe(12, () => `uid ${dice.below(2)}`),
    dice.maybe(10, () => `ipproto ${dice.pick(['udp', 'tcp', 'icmp'])}`),
    dice.maybe(12, () => `ipproto udp sport ${dice.between(1, 3) * 1000} dport ${dice.pick(['53', '80'])}`),
    dice.maybe(8, () => 'fibmatch'))
}

export function ruleCommand(words: Words): string {
  const { dice } = words
  const selectors = line(
    dice.maybe(12, () => 'not'), dice.maybe(2, () => `from ${dice.pick(['all', words.prefix(), words.address()])}`),
    dice.maybe(3, () => `to ${words.prefix()}`), dice.maybe(6, () => `tos ${words.tos()}`),
    dice.maybe(5, () => `fwmark ${dice.below(4)}${dice.maybe(3, () => '/0x3')}`),
      dice.maybe(7, () => `iif ${words.device()}`),
    dice.maybe(7, () => `oif ${words.device()}`), dice.maybe(10, () => `ipproto ${dice.pick(['udp', 'tcp', 'icmp', '89'])}`),
    dice.maybe(10, () => dice.pick(['sport 1000', 'sport 1000-2000', 'dport 53', 'dport 1-100'])),
    dice.maybe(12, () => dice.pick(['uidrange 0-0', 'uidrange 1-100', 'uidrange 5-4'])),
    dice.maybe(2, () => `pref ${dice.pick(['5', '100', '100', '1000', '32765', '32767', '40000', '0'])}`),
  )
  const action = dice.weighted([
    [10, () => `lookup ${words.table()}`], [1, () => 'blackhole'], [1, () => 'unreachable'], [1, () => 'prohibit'],
    [1, () => `goto ${dice.pick(['1000', '32766', '40000'])}`], [1, () => 'nop'], [1, () => ''],
    [1, () => `lookup main suppress_prefixlength ${dice.pick(['0', '8', '24'])}`],
    [1, () => `lookup ${words.table()} suppress_ifgroup ${dice.pick(['0', '1', 'default'])}`],
  ])
  return dice.weighted([
    [8, () => line('ip rule add', selectors, action)], [3, () => line('ip rule del', selectors, action)],
    [1, () => line('ip rule del pref', dice.pick(['100', '0', '32766', '32767']))],
    [1, () => dice.pick(['ip rule flush', 'ip rule flush table 100'])],
  ])
}

export function ruleShow(words: Words): string {
  const { dice } = words
  return line(`ip ${words.options()}rule`, dice.weighted([
    [8, () => ''], [1, () => `show table ${words.table()}`], [1, () => `show from ${words.prefix()}`],
    [1, () => `show iif ${words.device()}`], [1, () => 'show pref 100'], [1, () => 'show fwmark 1'],
    [1, () => `show tos ${words.tos()}`],
  ]))
}

export function neighborCommand(words: Words): string {
  const { dice } = words
  return dice.weighted([
    [8, () => line('ip neigh', dice.pick(['add', 'add', 'replace', 'change']), words.address(), 'dev', words.device(),
      dice.maybe(2, () => `lladdr ${words.mac()}`),
      // incomplete, delay, probe, failed, use and managed would start timers whose moment both sides choose for themselves.
      dice.maybe(2, () => `nud ${dice.pick(['permanent', 'noarp', 'stale', 'reachable', 'none'])}`),
      dice.maybe(12, () => dice.pick(['router', 'extern_learn', 'protocol 42'])))],
    [2, () => line('ip neigh', dice.pick(['add', 'del', 'replace']), 'proxy', words.address(), 'dev', words.device())],
    [3, () => line('ip neigh del', words.address(), 'dev', words.device())],
    [1, () => line('ip neigh flush', dice.pick(['all', `dev ${words.device()}`, `to ${words.prefix()}`, 'nud permanent',
      'nud stale']))],
    [1, () => line('arp -s', words.address(), words.mac(), dice.maybe(3, () => dice.pick(['temp', 'pub'])))],
    [1, () => line('arp -d', words.address())],
  ])
}

export function neighborShow(words: Words): string {
  const { dice } = words
  // No JSON, which is on one line: the order of a dump is that of a random hash (FID-NETLINK-029).
  return dice.weighted([
    [8, () => line(`ip ${dice.maybe(4, () => dice.pick(['-o ', '-d ', '-4 ', '-br ']))}neigh`, dice.weighted([
      [6, () => ''], [1, () => `show dev ${words.device()}`], [1, () => `show to ${words.prefix()}`],
      [1, () => `show nud ${dice.pick(['permanent', 'stale', 'reachable', 'noarp', 'failed', 'all'])}`],
      [1, () => 'show proxy'], [1, () => 'show unused'],
    ]))],
    [2, () => line('ip neigh get', words.address(), 'dev', words.device())],
    [2, () => dice.pick(['arp -n', 'arp -an', 'arp -ne'])],
  ])
}

export function linkCommand(words: Words): string {
  const { dice } = words
  const dev = words.device()
  return dice.weighted([
    [6, () => `ip link set dev ${dev} ${dice.pick(['up', 'down'])}`],
    // An lo of less than 68 still delivers here (FID-FUZZ-010).
    [3, () => `ip link set dev ${dev === 'lo' ? 'eth1' : dev} mtu ${dice.pick(['1400', '68', '67', '576', '9000', '65535', '70000', '1500'])}`],
    [2, () => `ip link set dev ${dev} ${dice.pick(['arp', 'multicast', 'promisc', 'allmulticast',
      'dynamic'])} ${dice.pick(['on', 'off'])}`],
    [1, () => `ip link set dev ${dev} txqueuelen ${dice.pick(['0', '10', '500'])}`],
    [1, () => `ip link set dev ${dev} address ${dice.pick([words.mac(), '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff'])}`],
    [1, () => `ip link set dev ${dev} alias ${dice.pick(['wan', 'x'])}`],
    [1, () => `ip link set dev ${dev} group ${dice.pick(['5', '0', 'default'])}`],
    // The ends of cables keep their names, by which both sides' captures are found.
    [1, () => `ip link set dev br1 name ${dice.pick(['br2', 'eth1', 'lo', 'wan', 'a/b'])}`],
    // mcast_snooping 0 as in every bridge of the twin: FID-BR-017.
    [2, () => `ip link add br${dice.between(1, 2)} type bridge mcast_snooping 0`],
    [2, () => `ip link set dev ${dev} master br${dice.between(1, 2)}`], [1, () => `ip link set dev ${dev} nomaster`],
    [1, () => `ip link set dev br1 ${dice.pick(['up', 'down', 'mtu 1400', 'address 02:00:00:00:98:01'])}`],
    [1, () => 'ip link del br1'],
  ])
}

export function linkShow(words: Words): string {
  const { dice } = words
  return line(`ip ${words.options()}link`, dice.weighted([
    [6, () => ''], [4, () => `show dev ${words.device()}`], [1, () => 'show up'], [1, () => 'show type bridge'],
    [1, () => 'show master br1'],
    [1, () => 'show group default'], [1, () => 'show type veth'],
  ]))
}

const DEVICE_SETTINGS = [
  'forwarding', 'rp_filter', 'accept_local', 'arp_ignore', 'arp_announce', 'arp_filter', 'arp_accept', 'proxy_arp',
  'send_redirects', 'accept_redirects', 'secure_redirects', 'shared_media', 'log_martians', 'ignore_routes_with_linkdown',
  'accept_source_route', 'route_localnet', 'src_valid_mark', 'promote_secondaries', 'drop_gratuitous_arp', 'tag',
  'drop_unicast_in_l2_multicast', 'proxy_arp_pvlan', 'medium_id', 'arp_notify', 'bc_forwarding', 'arp_evict_nocarrier',
] as const
const SETTINGS = [
  'ip_forward', 'icmp_echo_ignore_all', 'icmp_echo_ignore_broadcasts', 'icmp_ratelimit', 'icmp_ratemask', 'ip_default_ttl',
  'icmp_errors_use_inbound_ifaddr', 'ip_no_pmtu_disc', 'fwmark_reflect', 'ip_nonlocal_bind', 'ip_forward_use_pmtu',
  'fib_multipath_hash_policy', 'fib_multipath_use_neigh', 'ip_local_port_range', 'ping_group_range',
] as const

export function setting(words: Words): string {
  const { dice } = words
  const dev = dice.pick(['all', 'default', 'all', words.device()])
  return dice.once(3) ? `net.ipv4.${dice.pick(SETTINGS)}` : `net.ipv4.conf.${dev}.${dice.pick(DEVICE_SETTINGS)}`
}

export function sysctlCommand(words: Words): string {
  const { dice } = words
  return dice.weighted([
    [8, () => `sysctl -w ${setting(words)}=${dice.pick(['0', '1', '1', '2', '-1', '300', 'x', '1 2'])}`],
    [4, () => `sysctl ${setting(words)}`],
    [1, () => `sysctl net.ipv4.conf.${words.device()}`],
    [1, () => `cat /proc/sys/${setting(words).replaceAll('.', '/')}`],
  ])
}

export function bridgeCommand(words: Words): string {
  const { dice } = words
  const dev = dice.pick([words.device(), words.device(), 'br1'])
  return dice.weighted([
    [5, () => line('bridge fdb', dice.pick(['add', 'add', 'replace', 'append', 'del']), words.mac(), 'dev', dev,
      // Other devices' own lists of addresses are not there (FID-FUZZ-005).
      dev === 'br1' ? dice.pick(['master', 'self', '']) : 'master', dice.pick(['static', 'dynamic', 'permanent', 'local',
        '']))],
    [3, () => line(`bridge ${dice.maybe(4, () => '-d ')}fdb show`,
      dice.pick(['', '', `dev ${dev}`, 'br br1', `brport ${dev}`, 'dynamic', 'state permanent']))],
    [2, () => line(`bridge ${dice.maybe(3, () => dice.pick(['-d ', '-j ']))}link`, dice.pick(['',
      'show', `show dev ${dev}`]))],
    // guard, root_block and fastleave are refused by name (FID-FUZZ-008).
    [2, () => `bridge link set dev ${dev} ${dice.pick(['learning', 'flood', 'isolated', 'hairpin'])} ${dice.pick(['on',
      'off'])}`],
  ])
}

export function otherShow(words: Words): string {
  const { dice } = words
  return dice.pick([
    'route -n', 'route -en', 'route -een', 'netstat -rn', 'netstat -i', 'ifconfig',
      'ifconfig -a', `ifconfig ${words.device()}`, 'ifconfig -s',
    'cat /proc/net/route', 'cat /proc/net/dev', `ethtool ${words.device()}`,
  ])
}

export function otherCommand(words: Words): string {
  const { dice } = words
  const dev = words.device()
  return dice.weighted([
    [3, () => line(`route ${dice.pick(['add', 'add',
      'del'])} -net 10.${dice.below(4)}.${dice.below(4)}.0 netmask 255.255.255.0`,
      dice.pick([`gw ${words.address()}`, `dev ${dev}`, 'reject']), dice.maybe(4, () => `metric ${dice.between(1, 9)}`))],
    [2, () => line(`route ${dice.pick(['add',
      'del'])} -host ${words.address()}`, dice.pick([`gw ${words.address()}`, `dev ${dev}`]))],
    [2, () => `route ${dice.pick(['add', 'del'])} default gw ${words.address()}`],
    [2, () => `ifconfig ${dev}${dice.pick(['', ':1'])} ${words.address()}${dice.pick(['', ' netmask 255.255.255.0',
      '/25'])}`],
    [1, () => `ifconfig ${dev} ${dice.pick(['up', 'down', 'mtu 1400', '-arp', 'promisc', '0.0.0.0'])}`],
  ])
}
