import { expect, test } from 'vitest'
import { fromHex } from '../../src/base/hex.ts'
import { PcapWriter } from '../../src/capture/pcap.ts'
import { PcapngWriter } from '../../src/capture/pcapng.ts'
import { requireTool, runTool, withFile } from '../support/tools.ts'

// An ARP request and its reply, and an ICMP echo request whose checksums are right.
const REQUEST = fromHex('ffffffffffff020000000001 0806 0001080006040001 020000000001c0a80102 000000000000c0a80101')
const REPLY = fromHex('020000000001020000000002 0806 0001080006040002 020000000002c0a80101 020000000001c0a80102')
const ECHO = fromHex('020000000002020000000001 0800 4500001c00004000 4001b78dc0a80102c0a80101 0800f7fd00010001')

function labCapture(): Uint8Array {
  const writer = new PcapngWriter({ hardware: 'none', os: 'Netarium', application: 'netarium run first-ping' })
  const alice = writer.addInterface({ name: 'alice:eth1', description: 'alice', speedBps: 1_000_000_000 })
  const bob = writer.addInterface({ name: 'bob:eth1' })
  writer.addFrame(alice, 0, REQUEST, { direction: 'out' })
  writer.addFrame(bob, 1_000, REQUEST, { direction: 'in' })
  writer.addFrame(bob, 1_001, REPLY, { direction: 'out' })
  writer.addFrame(alice, 2_001, REPLY, { direction: 'in' })
  writer.addFrame(alice, 1_500_000_003, ECHO, { direction: 'out', comment: 'dropped: NEIGH_FAILED', dropCount: 2 })
  return writer.finish()
}

test('capinfos names the interfaces of a lab capture and counts its frames', context => {
  requireTool('capinfos', context)
  const result = withFile('lab.pcapng', labCapture(), path =>
    runTool('capinfos', ['-t', '-E', '-c', '-I', '-K', '-F', path]))
  expect(result.stderr).toBe('')
  expect(result.stdout.replace(/^File name:.*\n/, '')).toBe(`File type:           Wireshark/... - pcapng
File encapsulation:  Ethernet
File timestamp precision:  nanoseconds (9)
Number of packets:   5
Capture hardware:    none
Capture oper-sys:    Netarium
Capture application: netarium run first-ping
Number of interfaces in file: 2
Interface #0 info:
                     Name = alice:eth1
                     Description = alice
                     Encapsulation = Ethernet (1 - ether)
                     Speed = 1000000000
                     Capture length = 262144
                     Time precision = nanoseconds (9)
                     Time ticks per second = 1000000000
                     Time resolution = 0x09
                     Number of stat entries = 1
                     Number of packets = 3
Interface #1 info:
                     Name = bob:eth1
                     Encapsulation = Ethernet (1 - ether)
                     Capture length = 262144
                     Time precision = nanoseconds (9)
                     Time ticks per second = 1000000000
                     Time resolution = 0x09
                     Number of stat entries = 1
                     Number of packets = 2
`)
})

test('tshark reads interface names, nanoseconds, directions, comments and drop counts, and finds no fault', context => {
  requireTool('tshark', context)
  const fields = [
    'frame.interface_name', 'frame.time_epoch', 'frame.packet_flags_direction', 'frame.comment', 'frame.protocols',
    '_ws.malformed', '_ws.expert',
  ]
  const result = withFile('lab.pcapng', labCapture(), path => runTool('tshark', [
    '-r', path, '-o', 'ip.check_checksum:TRUE', '-T', 'fields', '-E', 'separator=|', ...fields.flatMap(f => ['-e', f]),
  ]))
  expect(result.status).toBe(0)
  expect(result.stdout).toBe([
    'alice:eth1|946684800.000000000|0x00000002||eth:ethertype:arp||',
    'bob:eth1|946684800.000001000|0x00000001||eth:ethertype:arp||',
    'bob:eth1|946684800.000001001|0x00000002||eth:ethertype:arp||',
    'alice:eth1|946684800.000002001|0x00000001||eth:ethertype:arp||',
    'alice:eth1|946684801.500000003|0x00000002|dropped: NEIGH_FAILED|eth:ethertype:ip:icmp||'
      + 'Expert Info (Comment/Comment): dropped: NEIGH_FAILED',
    '',
  ].join('\n'))
})

test('tcpdump reads a lab capture to the nanosecond', context => {
  requireTool('tcpdump', context)
  const result = withFile('lab.pcapng', labCapture(), path =>
    runTool('tcpdump', ['-nn', '--nano', '-tttt', '-r', path]))
  expect(result.stdout).toBe(`2000-01-01 00:00:00.000000000 ARP, Request who-has 192.168.1.1 tell 192.168.1.2, length 28
2000-01-01 00:00:00.000001000 ARP, Request who-has 192.168.1.1 tell 192.168.1.2, length 28
2000-01-01 00:00:00.000001001 ARP, Reply 192.168.1.1 is-at 02:00:00:00:00:02, length 28
2000-01-01 00:00:00.000002001 ARP, Reply 192.168.1.1 is-at 02:00:00:00:00:02, length 28
2000-01-01 00:00:01.500000003 IP 192.168.1.2 > 192.168.1.1: ICMP echo request, id 1, seq 1, length 8
`)
})

test('tcpdump and capinfos read a classic pcap file of ours', context => {
  requireTool('tcpdump', context)
  requireTool('capinfos', context)
  const writer = new PcapWriter({ nanoseconds: true, snapLength: 42 })
  writer.addFrame(7, REQUEST)
  writer.addFrame(1_000_000_008, ECHO, 60)
  withFile('a.pcap', writer.finish(), path => {
    expect(runTool('tcpdump', ['-nn', '--nano', '-tt', '-r', path]).stdout).toBe([
      '946684800.000000007 ARP, Request who-has 192.168.1.1 tell 192.168.1.2, length 28',
      '946684801.000000008 IP 192.168.1.2 > 192.168.1.1: ICMP echo request, id 1, seq 1, length 8',
      '',
    ].join('\n'))
    expect(runTool('capinfos', ['-t', '-l', '-d', path]).stdout).toBe(`File name:           ${path}
File type:           Wireshark/tcpdump/... - nanosecond pcap
Packet size limit:   file hdr: 42 bytes
Packet size limit:   inferred: 42 bytes
Data size:           102 bytes
`)
  })
})
