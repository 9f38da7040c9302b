import { EACCES, strerror } from '../../base/errno.ts'
import { viewOf } from '../../base/hex.ts'
import type { Process } from '../../host/process.ts'
import { holdSocket } from '../../host/socket-file.ts'
import { Interrupted, SIGINT } from '../../host/signals.ts'
import type { Datagram } from '../../socket/inet-socket.ts'
import type { RawSocket } from '../../socket/raw.ts'
import { parseIpv4, parseIpv4Aton } from '../../wire/address.ts'
import * as checksum from '../../wire/checksum.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import * as udp from '../../wire/udp.ts'
import { ProgramError } from '../c-number.ts'
import { notModelled } from '../not-modelled.ts'
import { resolutionError, resolveIpv4 } from '../resolve.ts'
import { Hop } from './hop.ts'
import { type MtrOptions, parseMtrOptions } from './options.ts'
import { addressText, csv, json, type MtrResult, report, reportStart, xml } from './output.ts'

/**
 * mtr 0.95 in its report modes. It asks one hop after the other, with a pause of interval / hops between two probes
 * (ten hops to begin with, then as many as the last round had), and begins a new round behind the destination, behind
 * the last of -m, or when more than -U hops are silent. After the last round it waits for -G seconds. Probes are packets
 * of its own making, written to a raw socket; what comes back is read from another.
 */
const MAX_HOPS = 256
const FIRST_SEQUENCE = 33000
const LAST_SEQUENCE = 65535
const HOPS_AT_FIRST = 10
/** What mtr-packet has room for. */
const PACKET_ROOM = 9000

/** The program `mtr`. */
export async function mtr(process: Process): Promise<number> {
  try {
    const options = parseMtrOptions(process)
    if (options === null) return 0
    for (const host of options.hosts) await runHost(process, options, host)
    return 0
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error
    process.stderr.write(error.text)
    return error.status
  }
}

/** One destination; a name that is not known is said, and the next one's turn comes. */
async function runHost(process: Process, options: MtrOptions, host: string): Promise<void> {
  const failed = (why: string): void => {
    process.stderr.write(`mtr: Failed to resolve host: ${host}: ${why}\n`)
  }
  if (options.inet6) {
    if (parseIpv4Aton(host) === null) throw new ProgramError(notModelled('mtr', '-6'), 1)
    failed('Address family for hostname not supported')
    return
  }
  const target = resolveIpv4(process, host)
  if (target === null) {
    failed(resolutionError(host))
    return
  }
  const run = new Run(process, options, target)
  if (options.output === 'report') process.stdout.write(reportStart(process))
  let failure: unknown = null
  try {
    await run.run()
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error
    failure = error
  }
  run.close()
  const hops = run.hops
  const result: MtrResult = { process, options, host, hops, from: options.firstTtl - 1, to: run.shown() }
  const write = { report, xml, csv, json, raw: () => '', curses: () => '', split: () => '' }[options.output]
  process.stdout.write(write(result))
  if (failure !== null) throw failure
}

interface Probe {
  readonly hop: number
  readonly sentNs: number
}

class Run {
  readonly hops: Hop[] = []
  private readonly receiver: RawSocket
  private readonly sender: RawSocket
  private readonly descriptors: number[]
  private readonly probes = new Map<number, Probe>()
  private source = 0
  private canSend = true
  private sequence = FIRST_SEQUENCE
  private round = HOPS_AT_FIRST
  private next: number

  constructor(private readonly process: Process, private readonly options: MtrOptions, private readonly target: number) {
    const { sockets } = process.namespace
    for (let i = 0; i < MAX_HOPS; i++) this.hops.push(new Hop())
    this.receiver = sockets.raw.open(ipv4.PROTO_ICMP)
    this.sender = sockets.raw.open(ipv4.PROTO_RAW)
    this.descriptors = [this.receiver, this.sender].map((socket) => holdSocket(process, socket))
    this.next = options.firstTtl - 1
    this.chooseSource()
  }

  close(): void {
    for (const fd of this.descriptors) this.process.close(fd)
  }

  /** Asks the routing table by connecting a UDP socket (net_find_local_address). */
  private chooseSource(): void {
    const { device, address, mark } = this.options
    const { ns, sockets } = this.process.namespace
    if (device !== '') {
      if (ns.deviceByName(device) === null) throw new ProgramError('mtr: no such interface\n', 1)
      this.sender.bindToDevice(device)
    }
    if (mark !== 0) this.sender.mark = mark
    if (address !== '') {
      const own = parseIpv4(address)
      if (own === null) throw new ProgramError('mtr: invalid local address\n', 1)
      this.source = own
      this.canSend = this.sender.bind(own) === 0
      return
    }
    const probe = sockets.udp.open()
    try {
      const error = probe.connect(this.target, 1)
      if (error === 0) this.source = probe.sourceAddress
      else if (error === -EACCES) {
        throw new ProgramError(`mtr: udp socket connect failed: ${strerror(-error)}\n`, 1)
      } else this.canSend = false
    } finally {
      probe.close()
    }
  }

  async run(): Promise<void> {
    const { options, process } = this
    let lastNs = process.nowNs
    let rounds = 0
    let graceFromNs = -1
    for (;;) {
      const pauseNs = Math.round((options.intervalS * 1e9) / this.round)
      if (process.nowNs >= lastNs + pauseNs) {
        lastNs = process.nowNs
        if (graceFromNs < 0 && rounds >= options.cycles) graceFromNs = process.nowNs
        if (graceFromNs < 0 && this.sendNext()) rounds++
      }
      if (graceFromNs >= 0 && process.nowNs - graceFromNs > options.graceS * 1e9) return
      const wakeNs = lastNs + Math.round((options.intervalS * 1e9) / this.round)
      try {
        if (await process.waitReadable(this.receiver, wakeNs)) this.readAll()
      } catch (error) {
        if (error instanceof Interrupted && error.signal === SIGINT) return
        throw error
      }
    }
  }

  /** One probe. True: the round is over with it (net_send_batch). */
  private sendNext(): boolean {
    const { hops, target, options } = this
    const at = this.next
    this.send(at)
    let silent = 0
    let reached = hops[at].address === target
    for (let i = options.firstTtl - 1; i < at; i++) {
      if (hops[i].address === null) silent++
      else if (hops[i].address === target) reached = true
    }
    if (reached || silent > options.maxUnknown || at >= options.maxTtl - 1) {
      this.round = at + 1
      this.next = options.firstTtl - 1
      return true
    }
    this.next++
    return false
  }

  private send(at: number): void {
    const { options, process } = this
    if (options.packetSize > PACKET_ROOM) throw new ProgramError('mtr: mtr-packet reported invalid argument\n', 1)
    const sequence = this.sequence
    this.sequence = sequence === LAST_SEQUENCE ? FIRST_SEQUENCE : sequence + 1
    this.hops[at].sent++
    this.probes.set(sequence, { hop: at, sentNs: process.nowNs })
    if (options.output === 'raw') process.stdout.write(`x ${at} ${sequence}\n`)
    if (this.canSend) this.sender.sendTo(this.packet(at + 1, sequence), this.target)
  }

  private packet(ttl: number, sequence: number): Uint8Array {
    const { options } = this
    const bytes = new Uint8Array(options.packetSize).fill(options.pattern, ipv4.HEADER_LEN)
    const view = viewOf(bytes)
    view.setUint8(0, 0x45)
    view.setUint8(1, options.tos)
    view.setUint16(2, bytes.length)
    view.setUint32(4, 0)
    view.setUint8(8, ttl)
    view.setUint8(9, options.udp ? ipv4.PROTO_UDP : ipv4.PROTO_ICMP)
    view.setUint16(10, 0)
    view.setInt32(12, this.source)
    view.setInt32(16, this.target)
    const at = ipv4.HEADER_LEN
    if (options.udp) this.writeUdp(view, at, sequence)
    else {
      view.setUint16(at, icmpv4.ICMP_ECHO << 8)
      view.setUint16(at + 2, 0)
      view.setUint16(at + 4, this.identifier)
      view.setUint16(at + 6, sequence)
      view.setUint16(at + 2, checksum.checksum(view, at, bytes.length))
    }
    return bytes
  }

  private get identifier(): number {
    return this.process.pid & 0xffff
  }

  /** Where the number of a probe stands: in the port that -P and -L leave free, or else in the checksum. */
  private writeUdp(view: DataView, at: number, sequence: number): void {
    const { port, localPort } = this.options
    const ownPort = localPort !== 0 ? localPort : port !== 0 ? sequence : Math.max(this.identifier, 1024)
    udp.write(view, at, ownPort, port !== 0 ? port : sequence, view.byteLength - at)
    if (port === 0 || localPort === 0 || view.byteLength < at + udp.HEADER_LEN + 2) {
      udp.fillChecksum(view, at, this.source, this.target)
      return
    }
    // Two bytes of the payload make the checksum what the number is.
    view.setUint16(at + udp.HEADER_LEN, 0)
    udp.fillChecksum(view, at, this.source, this.target)
    let fix = view.getUint16(at + 6) - sequence
    if (fix < 0) fix += 0xffff
    view.setUint16(at + udp.HEADER_LEN, fix)
    view.setUint16(at + 6, sequence)
  }

  private readAll(): void {
    for (;;) {
      const datagram = this.receiver.receive()
      if (typeof datagram === 'number') return
      this.take(datagram)
    }
  }

  private take(datagram: Datagram): void {
    const view = viewOf(datagram.bytes)
    const at = ipv4.headerLen(view, 0)
    if (view.byteLength < at + icmpv4.HEADER_LEN) return
    const type = icmpv4.type(view, at)
    if (type === icmpv4.ICMP_ECHOREPLY) {
      if (!this.options.udp && icmpv4.identifier(view, at) === this.identifier) {
        this.answered(icmpv4.sequence(view, at), datagram, false)
      }
      return
    }
    const exceeded = type === icmpv4.ICMP_TIME_EXCEEDED
    if (!exceeded && type !== icmpv4.ICMP_DEST_UNREACH) return
    const original = icmpv4.originalAt(at)
    if (view.byteLength < original + ipv4.HEADER_LEN + 8) return
    const inner = icmpv4.originalTransportAt(view, at)
    if (view.byteLength < inner + 8 || ipv4.destination(view, original) !== this.target) return
    const sequence = this.sequenceOf(view, original, inner)
    const port = type === icmpv4.ICMP_DEST_UNREACH && icmpv4.code(view, at) === icmpv4.ICMP_PORT_UNREACH
    if (sequence !== null) this.answered(sequence, datagram, !exceeded && !port)
  }

  /** The number of the probe that an error quotes; null when it is not ours. */
  private sequenceOf(view: DataView, original: number, inner: number): number | null {
    const { port, localPort, udp: isUdp } = this.options
    if (!isUdp) {
      const isOurs = ipv4.protocol(view, original) === ipv4.PROTO_ICMP &&
        icmpv4.type(view, inner) === icmpv4.ICMP_ECHO && icmpv4.identifier(view, inner) === this.identifier
      return isOurs ? icmpv4.sequence(view, inner) : null
    }
    if (ipv4.protocol(view, original) !== ipv4.PROTO_UDP) return null
    if (port === 0) return udp.destinationPort(view, inner)
    return localPort === 0 ? udp.sourcePort(view, inner) : view.getUint16(inner + 6)
  }

  private answered(sequence: number, datagram: Datagram, unreachable: boolean): void {
    const probe = this.probes.get(sequence)
    if (probe === undefined) return
    this.probes.delete(sequence)
    const timeNs = datagram.timeNs - probe.sentNs
    if (timeNs > this.options.timeoutS * 1e9 && this.options.timeoutS > 0) return
    const hop = this.hops[probe.hop]
    const us = Math.floor(timeNs / 1000)
    const told = hop.answeredBy(datagram.source)
    if (unreachable) hop.unreachable = true
    hop.add(us)
    if (this.options.output !== 'raw') return
    const { stdout } = this.process
    const name = addressText(this.process, { ...this.options, showAddresses: false }, datagram.source)
    const number = addressText(this.process, { ...this.options, numeric: true }, datagram.source)
    for (let i = 0; i < told; i++) stdout.write(`h ${probe.hop} ${number}\n`)
    if (told > 0 && name !== number) stdout.write(`d ${probe.hop} ${name}\n`)
    stdout.write(`p ${probe.hop} ${us} ${sequence}\n`)
  }

  /** One past the last hop to show: the destination, one that cannot go on, or one beyond the last that answered. */
  shown(): number {
    let last = 0
    for (let at = 0; at < this.options.maxTtl; at++) {
      const hop = this.hops[at]
      if (hop.address === this.target || hop.unreachable) return at + 1
      if (hop.address !== null) last = at + 2
    }
    return Math.min(last, this.options.maxTtl)
  }
}
