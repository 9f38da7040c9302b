/**
 * Hostile bytes for every codec of wire/.
 *
 * Each input is a packet from the kernel that was mutated, cut or filled with noise (and, half of the time, got its
 * checksums right again, so that what lies behind them is reached). It is put at the very end of a DataView, often at
 * its very beginning too, so that a read outside of it throws. For each input:
 *
 *   1. check() answers a DropReason and does not throw, nor change a byte;
 *   2. it answers the same with other bytes behind the end in reach;
 *   3. after 0, every accessor and parse() run without a throw, and emit(parse()) gives the bytes back.
 *
 * fuzzCodecs() is a pure function of its arguments; what it finds carries the bytes, to become a fixture.
 * `npx vitest run fuzz` runs 200,000 inputs; FUZZ_ITERATIONS=10000000 FUZZ_SEED=2 npx vitest run fuzz more of them.
 */
import { toHex } from '../src/base/hex.ts'
import * as arp from '../src/wire/arp.ts'
import { DROP_REASON_LIMIT } from '../src/wire/drop-reason.ts'
import * as ethernet from '../src/wire/ethernet.ts'
import * as icmpv4 from '../src/wire/icmpv4.ts'
import * as options from '../src/wire/ipv4-options.ts'
import * as ipv4 from '../src/wire/ipv4.ts'
import { FRAMES } from '../src/wire/kernel-frames.test-data.ts'
import * as tcp from '../src/wire/tcp.ts'
import * as udp from '../src/wire/udp.ts'
import * as vlan from '../src/wire/vlan.ts'

/** One thing that is wrong: the codec, what happened, and the input that shows it. */
export type Find = { codec: string, problem: string, at: number, hex: string }

/** What a run did: how many inputs each codec got and accepted, and the first finds (at most 20). */
export type FuzzReport = { inputs: Record<string, number>, accepted: Record<string, number>, finds: Find[] }

/** A codec as the fuzzer sees it. */
type Target = {
  name: string
  seeds: Uint8Array[]
  /** Makes checksums right again, as far as the bytes allow. */
  repair: (view: DataView, at: number, end: number) => void
  check: (view: DataView, at: number, end: number) => number
  /** Uses everything after check() said 0. Returns a problem, or ''. */
  use: (view: DataView, at: number, end: number) => string
}

const MAX_INPUT = 256
const SOURCE = 0x0a000001
const DESTINATION = 0x0a000002

const buffer = new ArrayBuffer(2 * MAX_INPUT)
const bytes = new Uint8Array(buffer)
const whole = new DataView(buffer)
/** VIEWS[end] ends at `end`: a read beyond throws. */
const VIEWS = Array.from({ length: MAX_INPUT + 65 }, (_, end) => new DataView(buffer, 0, end))
const scratch = new Uint8Array(2 * MAX_INPUT)
const scratchView = new DataView(scratch.buffer)
const before = new Uint8Array(MAX_INPUT)

/** xorshift32 (Marsaglia 2003). */
class Noise {
  #x: number
  constructor(seed: number) {
    this.#x = (Math.imul(seed, 0x9e3779b9) ^ 0x5bd1e995) | 1
  }

  /** An integer in 0..limit-1. */
  below(limit: number): number {
    let x = this.#x
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#x = x
    return (x >>> 0) % limit
  }
}

/** Runs `emit` into 0xa5 and compares with the `length` bytes at `at`; '' when equal and nothing else was touched. */
function roundTrip(length: number, at: number, emit: (view: DataView, to: number) => number): string {
  scratch.fill(0xa5, 0, length + 24)
  const emitted = emit(scratchView, 8)
  if (emitted !== length) return `emit() gave ${emitted} bytes, not ${length}`
  for (let i = 0; i < length; i++) {
    if (scratch[8 + i] === bytes[at + i]) continue
    return `emit(parse()) differs at byte ${i}: ${toHex(scratch, ' ', 8, 8 + length)}`
  }
  for (let i = 0; i < 8; i++) if (scratch[i] !== 0xa5 || scratch[8 + length + i] !== 0xa5) return 'emit() wrote outside'
  return ''
}

type Accessor = (view: DataView, at: number) => unknown

/** Calls every function that takes (view, at) alone; what they return must be a number or a boolean. */
function callAccessors(accessors: readonly Accessor[], view: DataView, at: number): string {
  for (const accessor of accessors) {
    const value = accessor(view, at)
    if (typeof value !== 'boolean' && !Number.isSafeInteger(value)) return `${accessor.name}() gave ${String(value)}`
  }
  return ''
}

const nothing = (): void => {}

function seedsFrom(at: number, wants: (frame: Uint8Array) => boolean): Uint8Array[] {
  return Object.values(FRAMES).filter(wants).map((frame) => frame.slice(at))
}

const isIpv4 = (frame: Uint8Array): boolean => frame[12] === 0x08 && frame[13] === 0

function transportSeeds(protocol: number): Uint8Array[] {
  const frames = Object.values(FRAMES).filter((frame) => isIpv4(frame) && frame[23] === protocol)
  return frames.map((frame) => frame.slice(14 + (frame[14] & 15) * 4))
}

const ETHERNET: Target = {
  name: 'ethernet',
  seeds: Object.values(FRAMES),
  repair: nothing,
  check: ethernet.check,
  use(view, at, end) {
    ethernet.llcSaps(view, at, end)
    ethernet.crc32(view, at, end)
    const accessors = [ethernet.type, ethernet.isLength, ethernet.destinationHi, ethernet.destinationLo,
      ethernet.sourceHi, ethernet.sourceLo, ethernet.destination, ethernet.source, ethernet.isMulticast, ethernet.isBroadcast,
      ethernet.isSourceValid, ethernet.isLinkLocal]
    return callAccessors(accessors, view, at) ||
      roundTrip(ethernet.HEADER_LEN, at, (to, toAt) => ethernet.emit(to, toAt, ethernet.parse(view, at)))
  },
}

const VLAN: Target = {
  name: 'vlan',
  seeds: [Uint8Array.of(0x81, 0, 0xb0, 100, 8, 0), Uint8Array.of(0x88, 0xa8, 0, 200, 0x81, 0, 0, 1, 8, 6)],
  repair: nothing,
  check: vlan.check,
  use(view, at) {
    return callAccessors([vlan.tpid, vlan.tci, vlan.vid, vlan.pcp, vlan.dei, vlan.innerType], view, at) ||
      roundTrip(vlan.HEADER_LEN, at, (to, toAt) => vlan.emit(to, toAt, vlan.parse(view, at)))
  },
}

const ARP: Target = {
  name: 'arp',
  seeds: seedsFrom(14, (frame) => frame[13] === 6),
  repair: nothing,
  check: arp.check,
  use(view, at) {
    const accessors = [arp.hardwareType, arp.protocolType, arp.operation, arp.senderMacHi, arp.senderMacLo,
      arp.senderIp, arp.targetMacHi, arp.targetMacLo, arp.targetIp, arp.isGratuitous]
    const problem = callAccessors(accessors, view, at)
    // emit() writes hardware type 1 alone; check() lets 6 pass, as Linux does.
    if (problem !== '' || arp.hardwareType(view, at) !== arp.ARPHRD_ETHER) return problem
    return roundTrip(arp.HEADER_LEN, at, (to, toAt) => arp.emit(to, toAt, arp.parse(view, at)))
  },
}

function repairIpv4(view: DataView, at: number, end: number): void {
  if (end - at >= 20 && at + ipv4.headerLen(view, at) <= end) ipv4.fillChecksum(view, at)
}

const IPV4: Target = {
  name: 'ipv4',
  seeds: seedsFrom(14, isIpv4),
  repair: repairIpv4,
  check: ipv4.check,
  use(view, at, end) {
    const accessors = [ipv4.version, ipv4.headerLen, ipv4.tos, ipv4.dscp, ipv4.ecn, ipv4.totalLength,
      ipv4.identification, ipv4.fragment, ipv4.isDontFragment, ipv4.isMoreFragments, ipv4.isFragment, ipv4.fragmentOffset, ipv4.ttl,
      ipv4.protocol, ipv4.headerChecksum, ipv4.source, ipv4.destination, ipv4.payloadAt, ipv4.packetEnd]
    const problem = callAccessors(accessors, view, at)
    if (problem !== '') return problem
    if (ipv4.packetEnd(view, at) > end || ipv4.payloadAt(view, at) > ipv4.packetEnd(view, at)) return 'lengths cross'
    if (ipv4.headerChecksum(view, at) !== 0xffff) {
      // The sum of a header has two representations of zero; emit() writes 0, as Linux does.
      const length = ipv4.headerLen(view, at)
      const differs = roundTrip(length, at, (to, toAt) => ipv4.emit(to, toAt, ipv4.parse(view, at)))
      if (differs !== '') return differs
    }
    return useOptions(view, at, end) || rewriteIpv4(view, at, end)
  },
}

function useOptions(view: DataView, at: number, end: number): string {
  const found = options.noOptions()
  const headerEnd = ipv4.payloadAt(view, at)
  const pointer = options.compile(view, at, found)
  if (pointer !== 0 && (pointer < 20 || pointer >= headerEnd - at)) return `parameter problem at ${pointer}`
  for (const option of [found.sourceRoute, found.recordRoute, found.timestamp]) {
    if (option === 0) continue
    const slot = options.slotAt(view, at + option)
    if (slot !== 0 && (slot < at + option || slot + 4 > headerEnd)) return `slot ${slot - at} is outside of the header`
    options.isSlotCut(view, at + option)
    options.record(view, at + option, -1)
  }
  if (found.timestamp !== 0 && options.timestampOverflow(view, at + found.timestamp) < 15) {
    options.countOverflow(view, at + found.timestamp)
  }
  options.stripForFragment(view, at)
  options.clearAfterEnd(view, at)
  ipv4.fillChecksum(view, at)
  if (options.compile(view, at, options.noOptions()) === 0 || pointer !== 0) return ''
  return 'options that were right are wrong after they were filled in' + toHex(bytes, ' ', at, end)
}

/** Changes with a patched checksum: check() must still pass. */
function rewriteIpv4(view: DataView, at: number, end: number): string {
  ipv4.rewriteSource(view, at, ipv4.destination(view, at) ^ 0x5a5a5a5a)
  ipv4.rewriteDestination(view, at, ipv4.source(view, at))
  ipv4.rewriteTos(view, at, ipv4.tos(view, at) ^ 0xff)
  if (ipv4.ttl(view, at) > 0) ipv4.decrementTtl(view, at)
  const reason = ipv4.check(view, at, end)
  return reason === 0 ? '' : `check() says ${reason} after a rewrite`
}

const ICMPV4: Target = {
  name: 'icmpv4',
  seeds: transportSeeds(ipv4.PROTO_ICMP),
  repair(view, at, end) {
    if (end - at >= 8) icmpv4.fillChecksum(view, at, end)
  },
  check: icmpv4.check,
  use(view, at, end) {
    const accessors = [icmpv4.type, icmpv4.code, icmpv4.isError, icmpv4.messageChecksum, icmpv4.rest, icmpv4.identifier,
      icmpv4.sequence, icmpv4.gateway, icmpv4.mtu, icmpv4.pointer, icmpv4.originalWords]
    const problem = callAccessors(accessors, view, at)
    if (problem !== '') return problem
    if (icmpv4.checkOriginal(view, at, end) === 0) {
      const original = icmpv4.originalAt(at)
      const transport = icmpv4.originalTransportAt(view, at)
      if (transport + 8 > end) return 'the original transport header is outside'
      ipv4.parse(view, original)
      options.compile(view, original, options.noOptions())
      udp.parse(view, transport)
    }
    if (icmpv4.messageChecksum(view, at) === 0xffff) return ''
    return roundTrip(end - at, at, (to, toAt) => icmpv4.emit(to, toAt, icmpv4.parse(view, at, end)))
  },
}

const UDP: Target = {
  name: 'udp',
  seeds: transportSeeds(ipv4.PROTO_UDP),
  repair(view, at, end) {
    if (udp.check(view, at, end) === 0) udp.fillChecksum(view, at, SOURCE, DESTINATION)
  },
  check: udp.check,
  use(view, at, end) {
    const problem = callAccessors([udp.sourcePort, udp.destinationPort, udp.length, udp.datagramChecksum], view, at)
    if (problem !== '') return problem
    if (at + udp.length(view, at) > end) return 'the length crosses the end'
    udp.checkChecksum(view, at, SOURCE, DESTINATION)
    const differs = roundTrip(udp.HEADER_LEN, at, (to, toAt) => udp.emit(to, toAt, udp.parse(view, at)))
    if (differs !== '') return differs
    udp.fillChecksum(view, at, SOURCE, DESTINATION)
    return udp.checkChecksum(view, at, SOURCE, DESTINATION) === 0 ? '' : 'its own checksum is wrong'
  },
}

const TCP: Target = {
  name: 'tcp',
  seeds: transportSeeds(ipv4.PROTO_TCP),
  repair(view, at, end) {
    if (tcp.check(view, at, end) === 0) tcp.fillChecksum(view, at, end, SOURCE, DESTINATION)
  },
  check: tcp.check,
  use(view, at, end) {
    const accessors = [tcp.sourcePort, tcp.destinationPort, tcp.sequence, tcp.acknowledgement, tcp.headerLen, tcp.flags,
      tcp.reserved, tcp.isSyn, tcp.isAck, tcp.isFin, tcp.isRst, tcp.window, tcp.segmentChecksum, tcp.urgentPointer,
      tcp.optionsEnd]
    const problem = callAccessors(accessors, view, at)
    if (problem !== '') return problem
    const headerEnd = tcp.optionsEnd(view, at)
    if (headerEnd > end) return 'the header crosses the end'
    for (const kind of [tcp.OPTION_MSS, tcp.OPTION_WINDOW, tcp.OPTION_SACK, tcp.OPTION_TIMESTAMP, tcp.OPTION_EXP]) {
      const option = tcp.findOption(view, at, kind)
      if (option !== 0 && option + view.getUint8(option + 1) > headerEnd) return `option ${kind} crosses the header`
    }
    if (tcp.reserved(view, at) === 0) {
      const differs = roundTrip(headerEnd - at, at, (to, toAt) => tcp.emit(to, toAt, tcp.parse(view, at)))
      if (differs !== '') return differs
    }
    tcp.checkChecksum(view, at, end, SOURCE, DESTINATION)
    tcp.fillChecksum(view, at, end, SOURCE, DESTINATION)
    return tcp.checkChecksum(view, at, end, SOURCE, DESTINATION) === 0 ? '' : 'its own checksum is wrong'
  },
}

const TARGETS = [ETHERNET, VLAN, ARP, IPV4, ICMPV4, UDP, TCP]
/** Values that sit at the edges of what a byte means somewhere. */
const EDGES = [
  0, 1, 2, 3, 4, 5, 7, 8, 0x0f, 0x14, 0x3f, 0x40, 0x44, 0x45, 0x46, 0x4f, 0x7f, 0x80, 0x83, 0x89, 0x94, 0xff,
]

/** Puts an input into the buffer; returns its length. */
function place(noise: Noise, target: Target, at: number): number {
  const seed = target.seeds[noise.below(target.seeds.length)]
  const kind = noise.below(16)
  let length = Math.min(seed.length, MAX_INPUT)
  bytes.set(length === seed.length ? seed : seed.subarray(0, length), at)
  if (kind === 0) {
    length = noise.below(96)
    for (let i = 0; i < length; i++) bytes[at + i] = noise.below(256)
    return length
  }
  if (kind < 6) length = noise.below(length + 1)
  for (let changes = noise.below(6); changes > 0 && length > 0; changes--) {
    // Headers are where it matters.
    const i = at + noise.below(noise.below(2) === 0 ? length : Math.min(length, 64))
    const how = noise.below(4)
    if (how === 0) bytes[i] ^= 1 << noise.below(8)
    else if (how === 1) bytes[i] = EDGES[noise.below(EDGES.length)]
    else if (how === 2) bytes[i] = noise.below(256)
    else bytes.copyWithin(i, at + noise.below(length), Math.min(at + length, i + noise.below(8)))
  }
  return length
}

/** Judges one input; '' when all holds. Sets `lastAccepted`. */
function judge(target: Target, at: number, end: number): string {
  lastAccepted = false
  const view = VIEWS[end]
  before.set(bytes.subarray(at, end))
  const reason = target.check(view, at, end)
  for (let i = at; i < end; i++) if (bytes[i] !== before[i - at]) return `check() changed byte ${i - at}`
  if (!Number.isInteger(reason) || reason < 0 || reason >= DROP_REASON_LIMIT) return `check() gave ${reason}`
  const again = target.check(whole, at, end)
  if (again !== reason) return `check() gave ${reason}, but ${again} with more bytes behind the end`
  if (reason !== 0) return ''
  lastAccepted = true
  return target.use(view, at, end)
}
let lastAccepted = false

/** Runs `iterations` inputs, turn by turn over the codecs. The same arguments give the same report. */
export function fuzzCodecs(iterations: number, seed: number): FuzzReport {
  const noise = new Noise(seed)
  const report: FuzzReport = { inputs: {}, accepted: {}, finds: [] }
  for (const target of TARGETS) report.inputs[target.name] = report.accepted[target.name] = 0
  for (let i = 0; i < iterations && report.finds.length < 20; i++) {
    const target = TARGETS[i % TARGETS.length]
    const at = noise.below(3) === 0 ? 0 : noise.below(65)
    const end = at + place(noise, target, at)
    bytes.fill(noise.below(256), end, end + 64)
    const isRepaired = noise.below(2) === 0
    let problem: string
    try {
      if (isRepaired) target.repair(VIEWS[end], at, end)
      problem = judge(target, at, end)
    } catch (error) {
      problem = `threw ${String(error)}`
    }
    report.inputs[target.name]++
    if (lastAccepted) report.accepted[target.name]++
    if (problem !== '') report.finds.push({ codec: target.name, problem, at, hex: toHex(before, ' ', 0, end - at) })
  }
  return report
}
