import { expect, test } from 'vitest'
import { shorten } from './flight-label.ts'

test('a line of tcpdump becomes the few words that tell frames apart', () => {
  const lines = [
    'ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
    'ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:0b, length 28',
    'IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 3, length 64',
    'IP 10.0.0.254 > 10.0.0.1: ICMP time exceeded in-transit, length 92',
    'IP 10.0.0.254 > 10.0.0.1: ICMP 10.0.9.9 udp port 33434 unreachable, length 68',
    'IP 10.0.0.1.5000 > 10.0.0.2.53: UDP, length 12',
    'IP 10.0.0.1.5000 > 10.0.0.2.80: Flags [S.], seq 1, ack 2, win 64240, length 0',
    'vlan 10, p 0, ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
    'IP 10.0.0.1 > 10.0.0.2: ip-proto-253 with a very long story to tell',
  ]
  expect(lines.map(shorten)).toEqual([
    'ARP who-has 10.0.0.2', 'ARP 10.0.0.2 is-at …', 'echo request 3', 'time exceeded in-transit',
    '10.0.9.9 udp port 33434 unreachab…', 'UDP to 10.0.0.2:53', 'SYN+ACK to 10.0.0.2:80', 'vlan 10 ARP who-has 10.0.0.2',
    'ip-proto-253 with a very long sto…',
  ])
})
