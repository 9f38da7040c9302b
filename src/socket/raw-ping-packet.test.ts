import { expect, test } from 'vitest'
import { EACCES, EAGAIN, EINVAL, EMSGSIZE, ENETDOWN, ENODEV, ENXIO } from '../base/errno.ts'
import { fromHex, toHex, viewOf } from '../base/hex.ts'
import { RecordedNetwork } from '../../test/support/recorded.ts'
import { parseIpv4 } from '../wire/address.ts'
import * as icmpv4 from '../wire/icmpv4.ts'
import * as ipv4 from '../wire/ipv4.ts'
import { type CapturedPacket, ETH_P_ALL } from './packet.ts'
import type { PingSocket } from './ping.ts'

const R = parseIpv4('10.0.0.254') ?? 0
const B = parseIpv4('10.0.1.2') ?? 0

async function settle(network: RecordedNetwork): Promise<void> {
  await network.scheduler.run({ limitNs: network.simulation.nowNs + 1e9 })
}

/** An echo request with payload "abcd" and a right checksum. */
function echo(identifier: number, sequence: number): Uint8Array {
  const message = fromHex('0800 0000 0000 0000 61626364')
  const view = viewOf(message)
  icmpv4.setIdentifier(view, 0, identifier)
  icmpv4.setSequence(view, 0, sequence)
  icmpv4.fillChecksum(view, 0, message.length)
  return message
}

test('every raw socket of a protocol gets a copy from the IPv4 header on, and ICMP_FILTER keeps types away', async () => {
  const network = new RecordedNetwork(new Map())
  const { raw } = network.namespace('a').sockets
  const [one, two, filtered] = [raw.open(ipv4.PROTO_ICMP), raw.open(ipv4.PROTO_ICMP), raw.open(ipv4.PROTO_ICMP)]
  const udp = raw.open(ipv4.PROTO_UDP)
  filtered.icmpFilter = 1 << icmpv4.ICMP_ECHOREPLY
  expect(one.sendTo(echo(7, 1), R)).toBe(12)
  await settle(network)
  for (const socket of [one, two]) {
    const datagram = socket.receive()
    if (typeof datagram === 'number') throw new Error('a copy was due')
    expect([datagram.source, datagram.ttl, toHex(datagram.bytes.slice(20))])
      .toEqual([R, 64, '0000' + '3b31' + '00070001' + '61626364'])
  }
  expect([filtered.receive(), udp.receive()]).toEqual([-EAGAIN, -EAGAIN])
  expect(network.pool.live).toBe(0)
})

test('IP_HDRINCL: the header is the program’s, but for what the kernel always fills in', async () => {
  const network = new RecordedNetwork(new Map())
  const tap = network.namespace('a').sockets.packet.open(false, ETH_P_ALL)
  const socket = network.namespace('a').sockets.raw.open(ipv4.PROTO_RAW)
  expect(socket.sendTo(fromHex('45'), R)).toBe(-EINVAL)
  expect(socket.sendTo(new Uint8Array(1501).fill(0x45, 0, 1), R)).toBe(-EMSGSIZE)
  const packet = fromHex('4528 0000 1234 0000 07fd 0000 01020304 0a0000fe abcd')
  expect(socket.sendTo(packet, R)).toBe(22)
  await settle(network)
  const frames: string[] = []
  for (let each = tap.receive(); typeof each !== 'number'; each = tap.receive()) {
    if (each.protocol === 0x0800) frames.push(toHex(each.bytes))
  }
  expect(frames[0].slice(28)).toBe('45280016' + '12340000' + '07fd' + '918c' + '01020304' + '0a0000fe' + 'abcd')
})

test('ping sockets are for the groups of ping_group_range, and replies go by identifier', async () => {
  const network = new RecordedNetwork(new Map())
  const { ping } = network.namespace('a').sockets
  expect(ping.open(0)).toBe(-EACCES)
  network.sysctl('a', 'net/ipv4/ping_group_range', '0 0')
  const [first, second] = [ping.open(0) as PingSocket, ping.open(0) as PingSocket] // the setting allows them now
  expect(first.bind(0, 4660)).toBe(0)
  expect(first.sendTo(fromHex('0000 0000 0000 0001'), B)).toBe(-EINVAL)
  expect(first.sendTo(echo(1, 5), B)).toBe(12)
  expect(second.sendTo(echo(1, 6), B)).toBe(12)
  await settle(network)
  const reply = first.receive()
  if (typeof reply === 'number') throw new Error('a reply was due')
  expect([reply.source, reply.ttl, toHex(reply.bytes.slice(4))]).toEqual([B, 63, '12340005' + '61626364'])
  expect([first.receive(), second.queue.length, second.port !== 4660 && second.port !== 0]).toEqual([-EAGAIN, 1, true])
})

test('a packet socket of one protocol hears what comes in, one of ETH_P_ALL both ways', async () => {
  const network = new RecordedNetwork(new Map())
  const { packet, raw } = network.namespace('a').sockets
  const all = packet.open(false, ETH_P_ALL)
  const arpOnly = packet.open(true, 0x0806)
  raw.open(ipv4.PROTO_ICMP).sendTo(echo(7, 1), R)
  await settle(network)
  const seen = (socket: typeof all): string[] => {
    const out: string[] = []
    for (let each = socket.receive(); typeof each !== 'number'; each = socket.receive()) {
      out.push(`${each.packetType} ${each.protocol.toString(16)} ${each.bytes.length}`)
    }
    return out
  }
  expect(seen(all)).toEqual(['4 806 42', '0 806 42', '4 800 46', '0 800 46'])
  expect(seen(arpOnly)).toEqual(['0 806 28'])
})

test('frames of one’s own making go out as they are; a cooked socket gets its Ethernet header', async () => {
  const network = new RecordedNetwork(new Map())
  const sender = network.namespace('a').sockets.packet
  const receiver = network.namespace('r').sockets.packet.open(false, 0x88b5)
  const [whole, cooked] = [sender.open(false, 0), sender.open(true, 0)]
  expect(whole.send(fromHex('020000000102 020000000101 88b5 01'), 0)).toBe(-ENXIO)
  expect(whole.send(fromHex('020000000102 020000000101 88b5 01'), 2)).toBe(15)
  expect(cooked.send(fromHex('02'), 2, 0x88b5, 0x020000000102)).toBe(1)
  expect(whole.send(fromHex('0200'), 2)).toBe(-EINVAL)
  expect(whole.send(new Uint8Array(1515), 2)).toBe(-EMSGSIZE)
  await settle(network)
  const texts = [receiver.receive(), receiver.receive()].map((each) => toHex((each as CapturedPacket).bytes))
  expect(texts).toEqual(['02000000010202000000010188b501', '02000000010202000000010188b502'])
  expect(receiver.bind(99, ETH_P_ALL)).toBe(-ENODEV)
  network.namespace('a').ns.deviceByName('eth1')?.setUp(false)
  expect(whole.send(fromHex('020000000102 020000000101 88b5 01'), 2)).toBe(-ENETDOWN)
})

// Linux 6.18: of 400 datagrams of 1,400 bytes a raw socket that does not read keeps 93, one more than a UDP socket.
test('what a raw socket does not read is bounded and counted', async () => {
  const network = new RecordedNetwork(new Map())
  const socket = network.namespace('r').sockets.raw.open(ipv4.PROTO_UDP)
  const sender = network.namespace('a').sockets.udp.open()
  for (let i = 0; i < 400; i++) {
    sender.sendTo(new Uint8Array(1400), R, 7777)
    await network.scheduler.run({ limitNs: network.simulation.nowNs + 1e6 })
  }
  expect([socket.queue.length, socket.queue.drops]).toEqual([93, 400 - 93])
  socket.close()
  expect(network.pool.live).toBe(0)
})

// Linux 6.18: of 400 frames with 1,000 bytes of payload a packet socket that does not read keeps 93.
test('what a packet socket does not read is bounded and counted', async () => {
  const network = new RecordedNetwork(new Map())
  const socket = network.namespace('r').sockets.packet.open(false, 0x88b5)
  const sender = network.namespace('a').sockets.packet.open(true, 0)
  for (let i = 0; i < 400; i++) {
    sender.send(new Uint8Array(1000), 2, 0x88b5, 0x020000000102)
    await network.scheduler.run({ limitNs: network.simulation.nowNs + 1e6 })
  }
  // Each counts 2,304 bytes; the buffer of 212,992 takes one more as long as it is not full.
  expect([socket.received, socket.dropped]).toEqual([400, 400 - 93])
})
