import { describe, expect, test } from 'vitest'
import {
  EACCES, EADDRINUSE, EADDRNOTAVAIL, EAGAIN, ECONNREFUSED, EDESTADDRREQ, EHOSTUNREACH, EINVAL, EMSGSIZE, ENETUNREACH,
} from '../base/errno.ts'
import { toHex } from '../base/hex.ts'
import { JournalKind } from '../engine/journal-record.ts'
import { RecordedNetwork } from '../../test/support/recorded.ts'
import { formatIpv4, parseIpv4 } from '../wire/address.ts'
import { IP_PMTUDISC_DO } from './inet-socket.ts'
import { SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_LOCAL } from './error-queue.ts'
import type { UdpSocket } from './udp.ts'

const text = (value: string): Uint8Array => Uint8Array.from(value, (c) => c.charCodeAt(0))
const ip = (value: string): number => parseIpv4(value) ?? 0
const A = ip('10.0.0.1')
const R = ip('10.0.0.254')
const B = ip('10.0.1.2')

async function settle(network: RecordedNetwork): Promise<void> {
  await network.scheduler.run({ limitNs: network.simulation.nowNs + 1e9 })
}

function open(network: RecordedNetwork, host: string): UdpSocket {
  return network.namespace(host).sockets.udp.open()
}

/** What a socket has to read, as "payload from address:port". */
function read(socket: UdpSocket): string | number {
  const datagram = socket.receive()
  if (typeof datagram === 'number') return datagram
  return `${String.fromCharCode(...datagram.bytes)} from ${formatIpv4(datagram.source)}:${datagram.sourcePort}`
}

describe('sending and receiving', () => {
  test('a datagram crosses a router, with its checksum, DF and identification', async () => {
    const network = new RecordedNetwork(new Map())
    network.simulation.journal.recording = true
    network.simulation.journal.keeping = true
    const server = open(network, 'b')
    expect(server.bind(0, 53)).toBe(0)
    const client = open(network, 'a')
    expect(client.bind(0, 4000)).toBe(0)
    expect(client.sendTo(text('hello'), B, 53)).toBe(5)
    await settle(network)
    expect(read(server)).toBe('hello from 10.0.0.1:4000')
    expect(read(server)).toBe(-EAGAIN)
    expect(server.sendTo(text('hi'), A, 4000)).toBe(2)
    await settle(network)
    expect(read(client)).toBe('hi from 10.0.1.2:53')
    const sent = network.simulation.journal.records.find((record) => record.kind === JournalKind.FRAME_SENT &&
      record.node === 0 && record.bytes?.[12] === 8 && record.bytes[13] === 0)
    const frame = sent?.bytes ?? new Uint8Array()
    frame.fill(0, 18, 20) // identification
    frame.fill(0, 24, 26) // and the header checksum that follows from it
    expect(toHex(frame)).toBe('020000000102' + '020000000101' + '0800' +
      '45000021' + '00004000' + '4011' + '0000' + '0a000001' + '0a000102' + '0fa00035000d' + '972a' + '68656c6c6f')
    expect(network.pool.live).toBe(0)
  })

  test('a port is chosen from the ephemeral range, and a sender may stay unbound until it sends', () => {
    const network = new RecordedNetwork(new Map())
    const ports = new Set<number>()
    for (let i = 0; i < 100; i++) {
      const socket = open(network, 'a')
      expect(socket.sendTo(text('x'), R, 9)).toBe(1)
      expect(socket.port >= 32768 && socket.port <= 60999).toBe(true)
      ports.add(socket.port)
    }
    expect(ports.size).toBe(100)
  })

  test('errors of sendto are those of Linux', () => {
    const network = new RecordedNetwork(new Map())
    const socket = open(network, 'b')
    expect(socket.send(text('x'))).toBe(-EDESTADDRREQ)
    expect(socket.sendTo(text('x'), A, 0)).toBe(-EINVAL)
    expect(socket.sendTo(text('x'), ip('8.8.8.8'), 53)).toBe(-ENETUNREACH)
    expect(socket.sendTo(text('x'), ip('10.0.1.255'), 53)).toBe(-EACCES)
    expect(socket.sendTo(new Uint8Array(65508), A, 53)).toBe(-EMSGSIZE)
    expect(open(network, 'a').sendTo(text('x'), ip('10.8.1.1'), 53)).toBe(-EHOSTUNREACH)
    expect(network.namespace('b').stack.counters.ipOutNoRoutes).toBe(1)
  })

  test('a large datagram is fragmented on the way out and put together on arrival', async () => {
    const network = new RecordedNetwork(new Map())
    const server = open(network, 'b')
    server.bind(0, 7)
    const payload = Uint8Array.from({ length: 5000 }, (_, i) => i & 0xff)
    expect(open(network, 'a').sendTo(payload, B, 7)).toBe(5000)
    await settle(network)
    const datagram = server.receive()
    expect(typeof datagram === 'number' ? datagram : toHex(datagram.bytes)).toBe(toHex(payload))
  })

  test('receiveInto gives the whole length and fills what fits', async () => {
    const network = new RecordedNetwork(new Map())
    const server = open(network, 'r')
    server.bind(0, 7)
    open(network, 'a').sendTo(text('abcdef'), R, 7)
    await settle(network)
    const buffer = new Uint8Array(4)
    expect([server.receiveInto(buffer), ...buffer, server.receiveInto(buffer)]).toEqual([6, 97, 98, 99, 100, -EAGAIN])
  })
})

describe('who gets a datagram', () => {
  test('the connected socket before the one bound to the address, and that before the one bound to any', async () => {
    const network = new RecordedNetwork(new Map())
    const [any, bound, connected] = [0, 0, 0].map(() => {
      const socket = open(network, 'r')
      socket.reuseAddress = true
      return socket
    })
    any.bind(0, 53)
    bound.bind(R, 53)
    connected.bind(R, 53)
    connected.connect(A, 4000)
    const [friend, stranger] = [open(network, 'a'), open(network, 'a')]
    friend.bind(0, 4000)
    stranger.bind(0, 4001)
    friend.sendTo(text('1'), R, 53)
    stranger.sendTo(text('2'), R, 53)
    stranger.sendTo(text('3'), ip('10.0.1.254'), 53)
    await settle(network)
    expect([read(connected), read(bound), read(any)])
      .toEqual(['1 from 10.0.0.1:4000', '2 from 10.0.0.1:4001', '3 from 10.0.0.1:4001'])
  })

  test('a socket bound to another device does not', async () => {
    const network = new RecordedNetwork(new Map())
    const socket = open(network, 'r')
    expect(socket.bindToDevice('eth2')).toBe(0)
    socket.bind(0, 53)
    const client = open(network, 'a')
    client.connect(R, 53)
    client.send(text('x'))
    await settle(network)
    expect([read(socket), read(client)]).toEqual([-EAGAIN, -ECONNREFUSED])
  })

  test('a broadcast goes to all that fit', async () => {
    const network = new RecordedNetwork(new Map())
    const sockets = [0, 0].map(() => {
      const socket = open(network, 'r')
      socket.reuseAddress = true
      socket.bind(0, 67)
      return socket
    })
    const client = open(network, 'a')
    client.broadcast = true
    expect(client.sendTo(text('x'), ip('10.0.0.255'), 67)).toBe(1)
    await settle(network)
    expect(sockets.map((socket) => typeof read(socket))).toEqual(['string', 'string'])
    expect(network.pool.live).toBe(0)
  })

  test('two sockets cannot have one port, unless both say SO_REUSEADDR or their addresses differ', () => {
    const network = new RecordedNetwork(new Map())
    const first = open(network, 'r')
    expect(first.bind(R, 53)).toBe(0)
    expect(first.bind(R, 54)).toBe(-EINVAL)
    expect(open(network, 'r').bind(0, 53)).toBe(-EADDRINUSE)
    expect(open(network, 'r').bind(ip('10.0.1.254'), 53)).toBe(0)
    expect(open(network, 'r').bind(ip('10.0.9.9'), 53)).toBe(-EADDRNOTAVAIL)
    first.close()
    expect(open(network, 'r').bind(R, 53)).toBe(0)
  })

  test('SO_REUSEPORT spreads flows over the group, and each flow stays with one', async () => {
    const network = new RecordedNetwork(new Map())
    const group = [0, 1, 2, 3].map(() => {
      const socket = open(network, 'r')
      socket.reusePort = true
      expect(socket.bind(0, 53)).toBe(0)
      return socket
    })
    for (let i = 0; i < 64; i++) {
      const client = open(network, 'a')
      client.sendTo(text('x'), R, 53)
      client.sendTo(text('y'), R, 53)
      client.close()
      await settle(network)
    }
    const shares = group.map((socket) => socket.queue.length)
    expect(shares.reduce((a, b) => a + b)).toBe(128)
    expect(shares.every((share) => share >= 10 && share % 2 === 0)).toBe(true)
  })
})

describe('limits', () => {
  // Linux 6.18, SO_RCVBUF 212992, a socket that does not read: 92 datagrams of 1,400 bytes or 256 of 1 byte arrive.
  test.each([[1400, 92], [1, 256]])('of %i-byte datagrams the receive buffer takes %i', async (size, expected) => {
    const network = new RecordedNetwork(new Map())
    const server = open(network, 'r')
    server.bind(0, 53)
    const client = open(network, 'a')
    for (let i = 0; i < 300; i++) {
      client.sendTo(new Uint8Array(size), R, 53)
      await network.scheduler.run({ limitNs: network.simulation.nowNs + 1e6 })
    }
    expect(server.queue.length).toBe(expected)
    const { counters } = network.namespace('r').stack
    expect([counters.udpInDatagrams, counters.udpRcvbufErrors, counters.udpInErrors, server.queue.drops])
      .toEqual([expected, 300 - expected, 300 - expected, 300 - expected])
    server.close()
    expect(network.pool.live).toBe(0)
  })
})

describe('errors that come back', () => {
  test('nobody listens: port unreachable, and a connected sender gets ECONNREFUSED once', async () => {
    const network = new RecordedNetwork(new Map())
    const client = open(network, 'a')
    client.connect(B, 9)
    client.send(text('x'))
    await settle(network)
    expect(network.namespace('b').stack.counters.udpNoPorts).toBe(1)
    expect([read(client), read(client)]).toEqual([-ECONNREFUSED, -EAGAIN])
    client.send(text('x'))
    await settle(network)
    expect([client.send(text('y')), client.send(text('z'))]).toEqual([-ECONNREFUSED, 1])
  })

  test('an unconnected sender does not hear of it, unless it set IP_RECVERR', async () => {
    const network = new RecordedNetwork(new Map())
    const client = open(network, 'a')
    client.bind(0, 4000)
    client.sendTo(text('x'), B, 9)
    await settle(network)
    expect(read(client)).toBe(-EAGAIN)
    client.receiveErrors = true
    client.sendTo(text('xyz'), B, 9)
    await settle(network)
    expect(client.takeError()).toEqual({
      errno: ECONNREFUSED, origin: SO_EE_ORIGIN_ICMP, type: 3, code: 3, info: 0, offender: B, ttl: 63, destination: B,
      port: 9, payload: text('xyz'), timeNs: 1e9 + 40_000,
    })
    expect(client.takeError()).toBe(null)
  })

  test('a host that does not answer ARP: EHOSTUNREACH only through IP_RECVERR, after three seconds', async () => {
    const network = new RecordedNetwork(new Map())
    const client = open(network, 'a')
    client.receiveErrors = true
    client.connect(ip('10.0.0.9'), 9)
    client.send(text('x'))
    await network.scheduler.run({ limitNs: 4e9 })
    expect([read(client), client.takeError()?.offender]).toEqual([-EHOSTUNREACH, A])
  })

  test('with DF forced, what is larger than the known path MTU is refused, and the queue tells the MTU', async () => {
    const network = new RecordedNetwork(new Map())
    const client = open(network, 'a')
    client.receiveErrors = true
    client.pmtuDiscovery = IP_PMTUDISC_DO
    client.connect(ip('10.0.2.2'), 9)
    expect(client.send(new Uint8Array(1473))).toBe(-EMSGSIZE)
    expect(client.takeError()).toMatchObject({ errno: EMSGSIZE, origin: SO_EE_ORIGIN_LOCAL, info: 1500 })
    expect(client.send(new Uint8Array(1400))).toBe(1400)
    await settle(network)
    expect([read(client), client.takeError()?.info]).toEqual([-EMSGSIZE, 1400])
    expect([client.send(new Uint8Array(1400)), client.takeError()?.info]).toEqual([-EMSGSIZE, 1400])
    expect(client.send(new Uint8Array(1372))).toBe(1372)
  })

  test('a datagram whose checksum is wrong is dropped and counted', async () => {
    const network = new RecordedNetwork(new Map())
    const server = open(network, 'r')
    server.bind(0, 53)
    const raw = network.namespace('a').sockets.raw.open(17)
    raw.sendTo(Uint8Array.from([15, 160, 0, 53, 0, 9, 0, 1, 120]), R)
    await settle(network)
    const { counters } = network.namespace('r').stack
    expect([read(server), counters.udpInCsumErrors, counters.udpInErrors]).toEqual([-EAGAIN, 1, 1])
    raw.sendTo(Uint8Array.from([15, 160, 0, 53, 0, 9, 0, 0, 120]), R) // no checksum at all is fine
    await settle(network)
    expect(read(server)).toBe('x from 10.0.0.1:4000')
  })
})

test('tracing tells what the sockets did', async () => {
  const network = new RecordedNetwork(new Map())
  network.simulation.journal.tracing = true
  const server = open(network, 'r')
  server.bind(0, 53)
  const client = open(network, 'a')
  client.bind(0, 4000)
  client.sendTo(text('x'), R, 53)
  client.sendTo(text('x'), R, 54)
  await settle(network)
  const steps = network.simulation.journal.traces.filter((step) => step.hook.startsWith('udp_'))
  expect(steps.map((step) => `${step.hook}: ${step.text}`)).toEqual([
    'udp_sendmsg: a program sends 1 bytes from port 4000 to 10.0.0.254:53',
    'udp_sendmsg: a program sends 1 bytes from port 4000 to 10.0.0.254:54',
    'udp_rcv: port 53: hand it to the socket udp 0.0.0.0:53',
    'udp_rcv: port 54: nobody listens; tell the sender (ICMP port unreachable)',
  ])
})
