/**
 * Each bundled lab that loses a packet, with what `netarium why` must find out about it: where it dies, of what, and
 * commands after which the same question has a happy end. The fixes were proved on the Linux kernel
 * (test/kernel/why-cases.test.ts).
 */
import type { DropReason } from '../../src/wire/drop-reason.ts'

export interface WhyCase {
  readonly lab: string
  readonly from: string
  readonly to: string
  /** Bytes of ICMP data, sent with DF set (`ping -M do -s`); without it, a small packet. */
  readonly size?: number
  /** Asked at this time of the run, its script included; without it, of the lab as it starts. */
  readonly at?: string
  /** The node where the packet ends. */
  readonly place: string
  /** The name of the drop reason there. */
  readonly cause: keyof typeof DropReason
  /** Only some packets are lost, by the seed. */
  readonly sometimes?: boolean
  readonly fix: readonly Fix[]
}

/** A command of a node, or a change of a link, which is no matter of Linux. */
export type Fix =
  | { readonly on: string, readonly run: string }
  | { readonly link: string, readonly set: Readonly<Record<string, string | number>> }

export const WHY_CASES: readonly WhyCase[] = [
  {
    lab: 'same-switch-two-subnets',
    from: 'alice',
    to: '192.168.2.2',
    place: 'alice',
    cause: 'IP_OUTNOROUTES',
    fix: [
      { on: 'r1', run: 'ip addr add 192.168.1.1/24 dev eth1' },
      { on: 'r1', run: 'ip addr add 192.168.2.1/24 dev eth1' },
      { on: 'alice', run: 'ip route add default via 192.168.1.1' },
      { on: 'bob', run: 'ip route add default via 192.168.2.1' },
    ],
  },
  {
    lab: 'right-mac-wrong-ip',
    from: 'alice',
    to: '8.8.8.8',
    place: 'bob',
    cause: 'NO_FORWARDING',
    fix: [{ on: 'bob', run: 'ip addr add 8.8.8.8/32 dev lo' }],
  },
  {
    lab: 'ip-forward-off',
    from: 'alice',
    to: '10.0.2.2',
    place: 'middle',
    cause: 'NO_FORWARDING',
    fix: [{ on: 'middle', run: 'sysctl -w net.ipv4.ip_forward=1' }],
  },
  {
    lab: 'ping-yourself',
    from: 'me',
    to: '10.0.0.1',
    at: '4500ms',
    place: 'me',
    cause: 'NEIGH_FAILED',
    fix: [{ on: 'me', run: 'ip route add local 10.0.0.1 dev eth1 table local proto kernel scope host src 10.0.0.1' }],
  },
  {
    lab: 'host-gw',
    from: 'pod1',
    to: '10.244.1.2',
    place: 'node1',
    cause: 'IP_INNOROUTES',
    fix: [
      { on: 'node1', run: 'ip route add 10.244.1.0/24 via 10.168.0.3 dev eth1' },
      { on: 'node2', run: 'ip route add 10.244.0.0/24 via 10.168.0.2 dev eth1' },
    ],
  },
  {
    lab: 'two-paths',
    from: 'a',
    to: '10.9.9.9',
    at: '8500ms',
    place: 'b',
    cause: 'NEIGH_FAILED',
    fix: [{ on: 'a', run: 'ip route del 10.9.9.9 via 10.0.12.2 metric 10' }],
  },
  {
    lab: 'mtu-black-hole',
    from: 'a',
    to: '10.0.2.2',
    size: 1472,
    place: 'r1',
    cause: 'IP_FRAG_NEEDED',
    fix: [
      { on: 'r1', run: 'ip link set dev eth2 mtu 1500' },
      { on: 'r2', run: 'ip link set dev eth1 mtu 1500' },
    ],
  },
  {
    lab: 'proxy-arp',
    from: 'alice',
    to: '10.0.2.2',
    place: 'alice',
    cause: 'NEIGH_FAILED',
    fix: [{ on: 'r1', run: 'sysctl -w net.ipv4.conf.eth1.proxy_arp=1' }],
  },
  {
    lab: 'rp-filter',
    from: 'client',
    to: '10.0.2.2',
    place: 'server',
    cause: 'IP_RPFILTER',
    fix: [{ on: 'server', run: 'sysctl -w net.ipv4.conf.eth2.rp_filter=2' }],
  },
  {
    lab: 'gateway-between-two-networks',
    from: 'a1',
    to: '192.168.2.2',
    at: '9500ms',
    place: 'gw',
    cause: 'IP_INNOROUTES',
    fix: [{ on: 'gw', run: 'ip addr add 192.168.2.1/24 dev eth1' }],
  },
  {
    lab: 'seed-route-table',
    from: 'pod1',
    to: '172.32.185.71',
    at: '3500ms',
    place: 'ubuntu-1',
    cause: 'ROUTE_BLACKHOLE',
    fix: [{ on: 'ubuntu-1', run: 'ip route add 172.32.185.71 dev cali6d5e7989019' }],
  },
  {
    lab: 'lossy-link',
    from: 'alice',
    to: '10.0.0.2',
    place: 'alice',
    cause: 'LINK_LOSS',
    sometimes: true,
    fix: [{ link: 'alice:eth1', set: { loss: '0%', duplicate: '0%', corrupt: '0%', reorder: '0%' } }],
  },
]
