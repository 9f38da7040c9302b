import { describe, expect, test } from 'vitest'
import { compareOutputs, type Printed, TextNormaliser } from './outputs.ts'

const known = new Set(['02:00:00:00:00:0b'])
const NO_MACS: ReadonlySet<string> = new Set()

function normalised(command: string, text: string, macs = NO_MACS): string[] {
  return new TextNormaliser(command, macs).lines(text)
}

function printed(stdout: string, stderr = '', status: number | null = 0): Printed {
  return { status, stdout, stderr }
}

describe('what is hidden of an output', () => {
  // iputils 20221126 on Linux 6.18, over veth.
  test('the measured times of ping, and nothing else of it', () => {
    expect(normalised('ping -c 2 10.0.0.2', `PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.
64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.046 ms
64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=0.089 ms

--- 10.0.0.2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 1027ms
rtt min/avg/max/mdev = 0.046/0.067/0.089/0.021 ms
`)).toEqual(['PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.',
      '64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=T ms', '64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=T ms', '',
      '--- 10.0.0.2 ping statistics ---', '2 packets transmitted, 2 received, 0% packet loss, time Tms',
      'rtt min/avg/max/mdev = T ms'])
  })

  test('the times of traceroute and arping', () => {
    expect(normalised('traceroute -n 10.0.2.2', ' 1  10.0.1.254  0.062 ms  0.007 ms *\n'))
      .toEqual([' 1  10.0.1.254  T ms  T ms *'])
    expect(normalised('arping -c 1 -I eth1 10.0.0.2', 'Unicast reply from 10.0.0.2 [02:00:00:00:00:0B]  0.568ms\n', known))
      .toEqual(['Unicast reply from 10.0.0.2 [02:00:00:00:00:0B]  T ms'])
  })

  test('stamps, echo ids, identifications and ephemeral ports of tcpdump', () => {
    expect(normalised('tcpdump -nn -v', `\
22:53:10.123456 IP (tos 0x0, ttl 64, id 4711, offset 0, flags [DF], proto ICMP (1), length 84)
    10.0.0.1 > 10.0.0.2: ICMP echo request, id 4242, seq 1, length 64
22:53:10.123460 IP (tos 0x0, ttl 64, id 0, offset 0, flags [none], proto UDP (17), length 32)
    10.0.0.1.45000 > 10.0.0.2.33434: UDP, length 4
`)).toEqual(['HH:MM:SS IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto ICMP (1), length 84)',
      '    10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64',
      'HH:MM:SS IP (tos 0x0, ttl 64, id 0, offset 0, flags [none], proto UDP (17), length 32)',
      '    10.0.0.1.port-1 > 10.0.0.2.port-2: UDP, length 4'])
  })

  test('MAC addresses that the lab does not give, but not those that it gives', () => {
    const text = 'a 02:00:00:00:00:0b\nb 5e:01:02:03:04:05\nc 5e:01:02:03:04:05 brd ff:ff:ff:ff:ff:ff\n'
    expect(normalised('ip link', text, known))
      .toEqual(['a 02:00:00:00:00:0b', 'b random-mac-1', 'c random-mac-1 brd ff:ff:ff:ff:ff:ff'])
  })

  test('the order of neighbours, but not of routes', () => {
    for (const command of ['ip neigh', 'ip -4 n show', 'ip neighbour', 'arp -n']) {
      expect(normalised(command, 'b\na\n')).toEqual(['a', 'b'])
    }
    for (const command of ['ip route', 'ip netns', 'ip nexthop']) expect(normalised(command, 'b\na\n')).toEqual(['b', 'a'])
  })

  test('times only of the programs that measure them', () => {
    expect(normalised('cat file', 'took 0.123 ms, time=0.5 ms\n')).toEqual(['took 0.123 ms, time=0.5 ms'])
  })
})

describe('the comparison of outputs', () => {
  test('finds nothing where only measured times differ', () => {
    expect(compareOutputs('ping 10.0.0.2', printed('time=0.046 ms\n'), printed('time=12.0 ms\n'), NO_MACS)).toEqual([])
  })

  test('finds another status, another line, one line more, and a missing newline', () => {
    expect(compareOutputs('ip route', printed('a\nb\n', '', 0), printed('a\nc\nd\n', '', 2), NO_MACS)).toEqual([
      { stream: 'status', line: 0, kernel: '0', netarium: '2' },
      { stream: 'stdout', line: 2, kernel: 'b', netarium: 'c' },
      { stream: 'stdout', line: 3, kernel: null, netarium: 'd' },
    ])
    expect(compareOutputs('ip', printed('', 'x\n', null), printed('', 'x', 1), NO_MACS)).toEqual([
      { stream: 'status', line: 0, kernel: 'stopped', netarium: '1' },
      { stream: 'stderr', line: 1, kernel: 'x', netarium: 'x\\' },
    ])
  })

  test('allows the lifetime of a cached route one second, and no more', () => {
    const lived = (left: number, mtu = 1400) => printed(`    cache expires ${left}sec mtu ${mtu} \n`)
    expect(compareOutputs('ip route get 10.0.2.2', lived(599), lived(598), NO_MACS)).toEqual([])
    expect(compareOutputs('ip route get 10.0.2.2', lived(599), lived(597), NO_MACS).length).toBe(1)
    expect(compareOutputs('ip route get 10.0.2.2', lived(599), lived(599, 1300), NO_MACS).length).toBe(1)
  })
})
