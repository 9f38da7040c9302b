import { expect, test } from 'vitest'
import { RecordedNetwork } from '../../test/support/recorded.ts'
import { PROGRAMS } from './registry.ts'

const LISTENING = 'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n' +
  'listening on eth1, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n'

function counts(captured: number, received = captured): string {
  const packets = (count: number): string => `${count} packet${count === 1 ? '' : 's'}`
  return `${packets(captured)} captured\n${packets(received)} received by filter\n0 packets dropped by kernel\n`
}

/** Runs tcpdump on a while `command` runs on a, then interrupts it if it still runs. */
async function watch(network: RecordedNetwork, line: string, command: string) {
  const host = network.host('a')
  const process = host.start(line)
  await host.exec(command)
  return host.finish(process, network.simulation.nowNs + 1e9)
}

test('a live capture prints what eth1 sends and receives, until it is interrupted', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  const result = await watch(network, 'tcpdump -nn -e -tttt -i eth1', 'ping -c 1 10.0.0.254')
  expect(result.stdout).toBe(`\
2000-01-01 00:00:00.000000 02:00:00:00:01:01 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: \
Request who-has 10.0.0.254 tell 10.0.0.1, length 28
2000-01-01 00:00:00.000020 02:00:00:00:01:02 > 02:00:00:00:01:01, ethertype ARP (0x0806), length 42: \
Reply 10.0.0.254 is-at 02:00:00:00:01:02, length 28
2000-01-01 00:00:00.000020 02:00:00:00:01:01 > 02:00:00:00:01:02, ethertype IPv4 (0x0800), length 98: \
10.0.0.1 > 10.0.0.254: ICMP echo request, id 1001, seq 1, length 64
2000-01-01 00:00:00.000040 02:00:00:00:01:02 > 02:00:00:00:01:01, ethertype IPv4 (0x0800), length 98: \
10.0.0.254 > 10.0.0.1: ICMP echo reply, id 1001, seq 1, length 64
`)
  expect([result.status, result.stderr]).toEqual([0, `${LISTENING}\n${counts(4)}`])
})

test('-c ends the capture, and the filter decides in the kernel what counts', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  const result = await watch(network, "tcpdump -nn -t -c 1 -i eth1 'icmp[0] == 0'", 'ping -c 2 10.0.0.254')
  expect(result.stdout).toBe('IP 10.0.0.254 > 10.0.0.1: ICMP echo reply, id 1001, seq 1, length 64\n')
  expect([result.status, result.stderr, result.endedAtNs]).toEqual([0, LISTENING + counts(1), 40_000])
})

test('on loopback every packet is seen once', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  const result = await watch(network, 'tcpdump -nn -t -i lo', 'ping -c 1 10.0.0.1')
  expect(result.stdout).toBe('IP 10.0.0.1 > 10.0.0.1: ICMP echo request, id 1001, seq 1, length 64\n' +
    'IP 10.0.0.1 > 10.0.0.1: ICMP echo reply, id 1001, seq 1, length 64\n')
})

test('inbound and outbound tell what came from what went, and ifindex where', async () => {
  const lines = async (filter: string): Promise<string[]> => {
    const result = await watch(new RecordedNetwork(PROGRAMS), `tcpdump -nn -t -q -i eth1 '${filter}'`, 'ping -c 1 10.0.0.254')
    return result.stdout.split('\n').slice(0, -1)
  }
  const out = ['ARP, Request who-has 10.0.0.254 tell 10.0.0.1, length 28',
    'IP 10.0.0.1 > 10.0.0.254: ICMP echo request, id 1001, seq 1, length 64']
  const back = ['ARP, Reply 10.0.0.254 is-at 02:00:00:00:01:02, length 28',
    'IP 10.0.0.254 > 10.0.0.1: ICMP echo reply, id 1001, seq 1, length 64']
  expect(await lines('outbound')).toEqual(out)
  expect(await lines('inbound')).toEqual(back)
  expect(await lines('icmp and not outbound')).toEqual([back[1]])
  expect(await lines('ifindex 1')).toEqual([])
  expect(await lines('ifindex 2 and arp')).toEqual([out[0], back[0]])
})

// Recorded: tcpdump -O -d -s 100 -i lo 'icmp and not inbound', tcpdump -O -dd -i lo arp, tcpdump -O -ddd -i lo arp.
test.each([
  ["-O -d -s 100 -i eth1 'icmp and not inbound'", `\
(000) ldh      [12]
(001) jeq      #0x800           jt 2\tjf 7
(002) ldb      [23]
(003) jeq      #0x1             jt 4\tjf 7
(004) ldh      [type]
(005) jeq      #0x4             jt 6\tjf 7
(006) ret      #100
(007) ret      #0
`],
  ['-O -dd -i eth1 arp', `\
{ 0x28, 0, 0, 0x0000000c },
{ 0x15, 0, 1, 0x00000806 },
{ 0x6, 0, 0, 0x00040000 },
{ 0x6, 0, 0, 0x00000000 },
`],
  ['-Oddd -i eth1 arp', '4\n40 0 0 12\n21 0 1 2054\n6 0 0 262144\n6 0 0 0\n'],
])('%s prints the program and captures nothing', async (options, stdout) => {
  const network = new RecordedNetwork(PROGRAMS)
  const result = await network.host('a').exec(`tcpdump ${options}`)
  expect(result).toMatchObject({ status: 0, stdout, stderr: '' })
})

test('promiscuous mode lasts as long as the capture', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  const host = network.host('a')
  const device = network.namespace('a').ns.deviceByName('eth1')
  const process = host.start('tcpdump -i eth1')
  await network.scheduler.run({ limitNs: 1e9 })
  expect(device?.promiscuity).toBe(1)
  await host.finish(process, 1e9)
  expect(device?.promiscuity).toBe(0)
})

test('-w writes a file that -r reads', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  const written = await watch(network, 'tcpdump -w /tmp/x.pcap -i eth1', 'ping -c 1 10.0.0.254')
  expect([written.status, written.stdout, written.stderr]).toEqual([0, '',
    `tcpdump: listening on eth1, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n\n${counts(4)}`])
  const read = await network.host('a').exec('tcpdump -nn -t -r /tmp/x.pcap arp')
  expect([read.status, read.stdout]).toEqual([0, 'ARP, Request who-has 10.0.0.254 tell 10.0.0.1, length 28\n' +
    'ARP, Reply 10.0.0.254 is-at 02:00:00:00:01:02, length 28\n'])
})

// Recorded with the real tcpdump in a namespace without eth9, where eth1 is down.
test.each([
  ['tcpdump -i eth9', 'tcpdump: eth9: No such device exists\n(No such device exists)\n'],
  ['tcpdump -r /nosuch', 'tcpdump: /nosuch: No such file or directory\n'],
  ['tcpdump -d -i eth1 arp', 'netarium: tcpdump -d without -O: not modelled\n'],
  ['tcpdump -O -d -i eth1 vlan 3', 'netarium: tcpdump -d of vlan: not modelled\n'],
  ['tcpdump -O -d -i eth1 foo', "tcpdump: can't parse filter expression: syntax error\n"],
  ['tcpdump -i any', 'netarium: tcpdump -i any: not modelled\n'],
])('%s is refused', async (line, stderr) => {
  const network = new RecordedNetwork(PROGRAMS)
  const result = await network.host('a').exec(line)
  expect([result.status, result.stdout, result.stderr]).toEqual([1, '', stderr])
})

test('a device that is down is refused', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  network.namespace('a').ns.deviceByName('eth1')?.setUp(false)
  const result = await network.host('a').exec('tcpdump -i eth1')
  expect([result.status, result.stderr]).toEqual([1, 'tcpdump: eth1: That device is not up\n'])
})
