/**
 * Hostile frames for a whole node: what arrives at a router and at a host is a frame from the kernel that was
 * addressed to them, then mutated, cut or filled with noise, its checksums made right again half of the time, so that
 * everything behind them is reached: ARP, options, fragments, ICMP errors about packets that never were, sockets.
 *
 * Nothing may throw, and when the network has come to rest every frame has been given back: what was not delivered was
 * dropped with a reason, and counted.
 */
import type { NetDevice } from '../src/device/net-device.ts'
import type { InetStack } from '../src/inet/inet-stack.ts'
import { TestNet } from '../src/inet/two-hosts.test-data.ts'
import { writeSysctl } from '../src/inet/sysctl.ts'
import { Sockets } from '../src/socket/sockets.ts'
import { ipv4 as address } from '../src/wire/address.ts'
import * as icmpv4 from '../src/wire/icmpv4.ts'
import * as ipv4 from '../src/wire/ipv4.ts'
import { FRAMES } from '../src/wire/kernel-frames.test-data.ts'
import * as checksum from '../src/wire/checksum.ts'

export interface NodeFuzzReport {
  readonly frames: number
  readonly live: number
  /** Frames dropped, by DropReason number; only those that happened. */
  readonly drops: Readonly<Record<number, number>>
  readonly echoReplies: number
}

/** Frames that a kernel sent. */
const SEEDS: readonly Uint8Array[] = Object.values(FRAMES)
const TARGETS = [address(10, 0, 0, 2), address(10, 0, 1, 1), address(10, 0, 1, 2), address(10, 0, 0, 255), -1,
  address(224, 0, 0, 1), address(10, 9, 9, 9), address(127, 0, 0, 1)]
const SOURCES = [address(10, 0, 0, 1), address(10, 0, 0, 77), address(10, 0, 1, 2), 0, address(192, 0, 2, 1)]

/** Sends so many hostile frames into a small network and lets it come to rest. seed: any whole number but 0. */
export function fuzzNode(frames: number, seed: number): NodeFuzzReport {
  const net = new TestNet(seed)
  net.pool.relocating = false
  const [a, r, b] = ['a', 'r', 'b'].map((name) => net.addHost(name))
  net.connect(a, 'eth1', '10.0.0.1/24', r, 'eth1', '10.0.0.2/24')
  net.connect(r, 'eth2', '10.0.1.1/24', b, 'eth1', '10.0.1.2/24')
  writeSysctl(r.ns, 'net/ipv4/ip_forward', '1')
  writeSysctl(r.ns, 'net/ipv4/conf/all/accept_source_route', '1')
  const stacks = [a, r, b]
  stacks.forEach(listen)
  const noise = xorshift(seed)
  for (let i = 0; i < frames; i++) {
    const stack = stacks[noise(3)]
    inject(net, stack.ns.devices[1], noise)
    // A microsecond to most, a minute now and then: fragments and neighbours time out in between.
    net.simulation.runUntil(net.simulation.nowNs + (noise(500) === 0 ? 60e9 : 1000))
  }
  net.simulation.runUntil(net.simulation.nowNs + 600e9)
  const drops: Record<number, number> = {}
  net.pool.dropped.forEach((count, reason) => { if (count > 0) drops[reason] = count })
  const echoReplies = stacks.reduce((sum, { counters }) => sum + counters.icmpOutType(icmpv4.ICMP_ECHOREPLY), 0)
  return { frames, live: net.pool.live, drops, echoReplies }
}

/** Sockets that take what comes, so that their paths are walked as well. */
function listen(stack: InetStack): void {
  const sockets = new Sockets(stack)
  const socket = sockets.udp.open()
  socket.bind(0, 53)
  const raw = sockets.raw.open(ipv4.PROTO_ICMP)
  const drain = (): void => {
    while (typeof socket.receive() !== 'number');
    while (typeof raw.receive() !== 'number');
  }
  socket.onReadable = { wake: drain }
  raw.onReadable = { wake: drain }
}

function inject(net: TestNet, device: NetDevice, noise: (bound: number) => number): void {
  const seedFrame = SEEDS[noise(SEEDS.length)]
  const frame = net.pool.take(Math.max(seedFrame.length, 64))
  const at = frame.start
  frame.bytes.set(seedFrame, at)
  frame.end = at + seedFrame.length
  const { view } = frame
  if (noise(8) !== 0) {
    view.setUint16(at, device.macHi)
    view.setInt32(at + 2, device.macLo)
  }
  const isIpv4 = seedFrame.length >= 34 && view.getUint16(at + 12) === 0x0800
  if (isIpv4) {
    ipv4.setSource(view, at + 14, SOURCES[noise(SOURCES.length)])
    ipv4.setDestination(view, at + 14, TARGETS[noise(TARGETS.length)])
  }
  const length = frame.end - at
  for (let count = noise(4); count > 0; count--) frame.bytes[at + 14 + noise(Math.max(1, length - 14))] = noise(256)
  if (noise(10) === 0) frame.end = at + noise(length + 1)
  if (isIpv4 && frame.end - at >= 34 && noise(4) !== 0) repair(view, at + 14, frame.end)
  device.receive(frame)
}

/** Makes the checksums of IPv4 and ICMP right, as far as the bytes allow. */
function repair(view: DataView, at: number, end: number): void {
  const headerLength = (view.getUint8(at) & 15) * 4
  if (headerLength < 20 || at + headerLength > end) return
  ipv4.fillChecksum(view, at)
  const stop = Math.min(end, at + ipv4.totalLength(view, at))
  const payload = at + headerLength
  if (ipv4.protocol(view, at) !== ipv4.PROTO_ICMP || stop < payload + 8) return
  view.setUint16(payload + 2, 0)
  view.setUint16(payload + 2, checksum.checksum(view, payload, stop))
}

function xorshift(seed: number): (bound: number) => number {
  let x = seed | 0
  return (bound) => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % bound
  }
}
