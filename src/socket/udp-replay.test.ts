// What Linux's UDP sockets were seen to do (fixtures/record-udp.py made fixtures/udp.json from udp-cases.json).
import { expect, test } from 'vitest'
import { toHex } from '../base/hex.ts'
import { NS_PER_MS } from '../engine/clock.ts'
import type { InetStack } from '../inet/inet-stack.ts'
import { NUD_PERMANENT, UPDATE_ADMIN, UPDATE_OVERRIDE } from '../inet/neighbor/constants.ts'
import { RTN_BLACKHOLE, RTN_PROHIBIT, RTN_UNREACHABLE } from '../inet/route/constants.ts'
import { EMPTY_ROUTE } from '../inet/route/route-store.ts'
import { TestNet } from '../inet/two-hosts.test-data.ts'
import { formatIpv4, ipv4, parseIpv4 } from '../wire/address.ts'
import recorded from './fixtures/udp.json' with { type: 'json' }
import { Sockets } from './sockets.ts'
import type { UdpSocket } from './udp.ts'

type Word = string | number
type Call = readonly [name: string, verb: string, ...rest: Word[]]
type Answer = number | null | readonly Word[]
interface Case {
  readonly name: string
  readonly calls: readonly (readonly [Call, Answer])[]
}

/** The two hosts of record-udp.py. */
class Bench {
  readonly net = new TestNet()
  private readonly families: Readonly<Record<string, Sockets>>
  private readonly sockets = new Map<string, UdpSocket>()

  constructor() {
    const { net } = this
    const a = net.addHost('a')
    const b = net.addHost('b')
    net.connect(a, 'eth1', '10.0.0.1/24', b, 'eth1', '10.0.0.2/24')
    net.address(a, a.ns.deviceByName('eth1')!, '10.0.0.11/24')
    this.neighbor(a, ipv4(10, 0, 0, 2), b)
    this.neighbor(b, ipv4(10, 0, 0, 1), a)
    this.neighbor(b, ipv4(10, 0, 0, 11), a)
    for (const [third, type] of [[1, RTN_UNREACHABLE], [2, RTN_BLACKHOLE], [3, RTN_PROHIBIT]] as const) {
      expect(a.routing.addRoute({
        ...EMPTY_ROUTE, destination: ipv4(10, 9, third, 0), prefixLength: 24, type, protocol: 3, nlFlags: 0x600,
      }, { text: '' })).toBe(0)
    }
    this.families = { a: new Sockets(a), b: new Sockets(b) }
  }

  private neighbor(on: InetStack, address: number, of: InetStack): void {
    const neighbor = on.neighbors.getOrCreate(on.ns.deviceByName('eth1')!, address)!
    on.neighbors.update(neighbor, of.ns.deviceByName('eth1')!.mac, NUD_PERMANENT, UPDATE_ADMIN | UPDATE_OVERRIDE)
  }

  /** Makes a call, and lets 20 ms pass, as the recorder did. */
  call(call: Call): Answer {
    const answer = this.answer(call)
    const { simulation } = this.net
    simulation.runUntil(simulation.nowNs + 20 * NS_PER_MS)
    return answer
  }

  close(): void {
    for (const socket of this.sockets.values()) socket.close()
    this.net.simulation.runUntil(this.net.simulation.nowNs + 60_000 * NS_PER_MS)
    expect(this.net.pool.live).toBe(0)
  }

  private answer([name, verb, ...rest]: Call): Answer {
    if (verb === 'open') {
      this.sockets.set(name, this.families[rest[0]].udp.open())
      return 0
    }
    const s = this.sockets.get(name)!
    const address = (at: number): number => parseIpv4(String(rest[at]))!
    switch (verb) {
      case 'bind': return s.bind(address(0), Number(rest[1]))
      case 'connect': return s.connect(address(0), Number(rest[1]))
      case 'disconnect': s.disconnect(); return 0
      case 'sendto': return s.sendTo(payload(rest[0]), address(1), Number(rest[2]))
      case 'send': return s.send(payload(rest[0]))
      case 'flood':
        for (let i = 0; i < Number(rest[0]); i++) s.sendTo(payload(rest[1]), address(2), Number(rest[3]))
        return 0
      case 'receive': return received(s)
      case 'count': {
        let count = 0
        while (s.receiveInto(new Uint8Array(70000)) >= 0) count++
        return count
      }
      case 'error': return errorOf(s)
      case 'so_error': return s.takePendingError()
      case 'set': set(s, String(rest[0]), Number(rest[1])); return 0
      case 'device': return s.bindToDevice(String(rest[0]))
      case 'name': return [formatIpv4(s.sourceAddress), portOf(s.port)]
      case 'peer': return [formatIpv4(s.peerAddress), s.peerPort]
      case 'close': s.close(); return 0
      default: throw new Error(verb)
    }
  }
}

function payload(length: Word): Uint8Array {
  return new Uint8Array(Number(length)).map((_, i) => i & 0xff)
}

function portOf(port: number): Word {
  return port < 20000 ? port : 'ephemeral'
}

function received(s: UdpSocket): Answer {
  const datagram = s.receive()
  if (typeof datagram === 'number') return datagram
  const { bytes, source, sourcePort, ttl, tos } = datagram
  return [bytes.length, toHex(bytes.subarray(0, 8), ''), formatIpv4(source), portOf(sourcePort), ttl, tos]
}

function errorOf(s: UdpSocket): Answer {
  const error = s.takeError()
  if (error === null) return -11 // EAGAIN
  const { errno, origin, type, code, info, offender, destination, port, payload } = error
  return [errno, origin, type, code, info, origin === 2 ? formatIpv4(offender) : '', formatIpv4(destination), port,
    payload.length]
}

function set(s: UdpSocket, option: string, value: number): void {
  switch (option) {
    case 'broadcast': s.broadcast = value !== 0; break
    case 'reuseaddr': s.reuseAddress = value !== 0; break
    case 'reuseport': s.reusePort = value !== 0; break
    case 'recverr': s.receiveErrors = value !== 0; break
    case 'freebind': s.freebind = value !== 0; break
    case 'dontroute': s.dontRoute = value !== 0; break
    case 'mtu_discover': s.pmtuDiscovery = value; break
    case 'ttl': s.ttl = value; break
    case 'tos': s.tos = value; break
    case 'rcvbuf': s.setReceiveBuffer(value); break
    default: throw new Error(option)
  }
}

test.each(recorded as unknown as readonly Case[])('$name', ({ calls }) => {
  const bench = new Bench()
  expect(calls.map(([call]) => [call, bench.call(call)])).toEqual(calls)
  bench.close()
})
