import { EACCES, EAGAIN, EMSGSIZE, EPERM, strerror } from '../../base/errno.ts'
import { viewOf } from '../../base/hex.ts'
import { CAPTURE_EPOCH_SECONDS } from '../../capture/capture-file.ts'
import type { Process } from '../../host/process.ts'
import { holdSocket } from '../../host/socket-file.ts'
import { Interrupted, SIGINT, SIGQUIT } from '../../host/signals.ts'
import { inDeviceOf } from '../../inet/in-device.ts'
import { SO_EE_ORIGIN_LOCAL } from '../../socket/error-queue.ts'
import { type Datagram, IP_PMTUDISC_DO } from '../../socket/inet-socket.ts'
import { MAX_BUFFER } from '../../socket/datagram-queue.ts'
import type { PingSocket } from '../../socket/ping.ts'
import type { RawSocket } from '../../socket/raw.ts'
import { formatIpv4, isMulticast, parseIpv4Aton } from '../../wire/address.ts'
import * as checksum from '../../wire/checksum.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import {
  IPOPT_NOOP, IPOPT_RR, IPOPT_TIMESTAMP, IPOPT_TS_PRESPEC, IPOPT_TS_TSONLY,
} from '../../wire/ipv4-options.ts'
import { ProgramError } from '../c-number.ts'
import { icmpText } from '../icmp-text.ts'
import { notModelled } from '../not-modelled.ts'
import { EAI_AGAIN_TEXT, nameOf, resolveIpv4 } from '../resolve.ts'
import { OptionPrinter } from './option-printer.ts'
import { parsePingOptions, type PingOptions } from './options.ts'
import { formatTripTime, PingStatistics } from './statistics.ts'
import { USAGE } from './usage.ts'

/**
 * ping of iputils 20221126, IPv4. The structure is the real one's, since its timing can be seen: `pinger` sends when a
 * token bucket of one request per interval (with -l tokens to start with) allows it, the main loop waits for the next
 * sending or for something to read, and after the last request an alarm ends the run: after twice the longest
 * round-trip time, at least one interval, if anything came back; else after -W seconds (10).
 *
 * Like the real one it asks for a ping socket and takes a raw socket when ping_group_range forbids it; with a raw
 * socket the echo identifier is the process's pid.
 */
const MIN_INTERVAL_MS = 10
const TIMEVAL = 16
const MS = 1e6
/** Bytes of the longest options; hosts that a source route and a timestamp option have room for. */
const OPTION_BYTES = 40
const MAX_ROUTE = 9
const MAX_PRESPECIFIED = 4
/** SOCK_MIN_SNDBUF. */
const MIN_SEND_BUFFER = 4608
const NO_OPTIONS = new Uint8Array(0)

/** The program `ping`. */
export async function ping(process: Process): Promise<number> {
  try {
    return await new Ping(process, parsePingOptions(process)).run()
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error
    process.stderr.write(error.text)
    return error.status
  }
}

class Ping {
  private readonly statistics = new PingStatistics()
  private readonly printer = new OptionPrinter()
  private readonly hops: number[] = []
  private socket: RawSocket | PingSocket
  private readonly isRaw: boolean
  private readonly identifier: number
  private readonly timing: boolean
  private readonly message: Uint8Array
  private target = 0
  private hostname = ''
  private source: number
  private numeric: boolean
  private multicast = false
  private intervalMs: number
  private startNs = 0
  /** When the last request left (cur_time); -1 before the first. */
  private lastSentNs = -1
  private tokensMs = 0
  private alarmNs = Infinity
  private exitScheduled = false
  private exiting = false

  constructor(private readonly process: Process, private readonly options: PingOptions) {
    const sockets = process.namespace.sockets
    const unprivileged = options.ident === 0 ? -EACCES : sockets.ping.open(0)
    this.socket = typeof unprivileged === 'number' ? sockets.raw.open(ipv4.PROTO_ICMP) : unprivileged
    this.isRaw = typeof unprivileged === 'number'
    this.identifier = options.ident >= 0 ? options.ident : process.pid & 0xffff
    this.timing = options.size >= TIMEVAL
    this.numeric = options.numeric
    this.source = options.source
    this.intervalMs = options.flood && !options.hasInterval ? 0 : options.intervalMs
    // What the kernel could not send anyway is not kept: the largest packet is 65,535 bytes.
    this.message = new Uint8Array(icmpv4.HEADER_LEN + Math.min(options.size, 0x20000))
    holdSocket(process, this.socket)
  }

  async run(): Promise<number> {
    this.resolveTarget()
    this.chooseSource()
    this.setUpSocket()
    this.fillMessage()
    this.printHeader()
    this.startNs = this.process.nowNs
    if (this.options.deadlineS > 0) this.alarmNs = this.startNs + this.options.deadlineS * 1e9
    await this.mainLoop()
    return this.finish()
  }

  private out(text: string): void {
    this.process.stdout.write(text)
  }

  private complain(text: string): void {
    this.process.stderr.write(`ping: ${text}\n`)
  }

  private fail(text: string, errno = 0): ProgramError {
    return new ProgramError(`ping: ${text}${errno === 0 ? '' : `: ${strerror(errno)}`}\n`, 2)
  }

  private resolveTarget(): void {
    const { operands, verbose, ipv4Only } = this.options
    if (verbose) {
      const type = this.isRaw ? 'SOCK_RAW' : 'SOCK_DGRAM'
      this.complain(`sock4.fd: 3 (socktype: ${type}), ` +
        `sock6.fd: ${ipv4Only ? '-1 (socktype: 0)' : `4 (socktype: ${type})`}, ` +
        `hints.ai_family: ${ipv4Only ? 'AF_INET' : 'AF_UNSPEC'}\n`)
    }
    this.checkHops(operands.length)
    for (const hop of operands.slice(0, -1)) this.hops.push(this.resolveHost(hop))
    this.hostname = operands[operands.length - 1]
    const address = this.resolveHost(this.hostname)
    if (verbose) this.out(`ai->ai_family: AF_INET, ai->ai_canonname: '${this.hostname}'\n`)
    if (parseIpv4Aton(this.hostname) !== null) this.numeric = true
    this.target = address
  }

  /** Hosts before the last are places to go through, or to take the time at. */
  private checkHops(hosts: number): void {
    const { recordRoute, timestampType } = this.options
    if (hosts === 1) return
    const most = timestampType === null ? MAX_ROUTE : MAX_PRESPECIFIED
    if (recordRoute || (timestampType !== null && timestampType !== IPOPT_TS_PRESPEC) || hosts > most + 1) {
      throw new ProgramError(USAGE, 2)
    }
  }

  private resolveHost(name: string): number {
    const { ipv6Only } = this.options
    const address = resolveIpv4(this.process, name)
    const isForeign = ipv6Only ? parseIpv4Aton(name) !== null : address === null && /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/.test(name)
    if (isForeign) throw this.fail(`${name}: Address family for hostname not supported`)
    if (address === null) throw this.fail(`${name}: ${EAI_AGAIN_TEXT}`)
    if (ipv6Only) throw new ProgramError(notModelled('ping', '-6'), 2)
    return address
  }

  /** IP_OPTIONS of -R, -T and of hosts to go through. */
  private setOptions(): void {
    const { recordRoute, timestampType } = this.options
    const { hops } = this
    if (recordRoute) {
      const bytes = new Uint8Array(OPTION_BYTES)
      bytes.set([IPOPT_NOOP, IPOPT_RR, OPTION_BYTES - 1, 4])
      this.socket.options = bytes
    } else if (timestampType !== null) {
      const isPrespecified = timestampType === IPOPT_TS_PRESPEC
      const length = isPrespecified ? 4 + 8 * hops.length : timestampType === IPOPT_TS_TSONLY ? OPTION_BYTES : 36
      const bytes = new Uint8Array(length)
      bytes.set([IPOPT_TIMESTAMP, length, 5, timestampType])
      hops.forEach((hop, i) => viewOf(bytes).setInt32(4 + 8 * i, hop))
      this.socket.options = bytes
    } else if (hops.length > 0) {
      // Only who has CAP_NET_RAW may ask for a source route, and ping has given it up by then (ip_options_get).
      throw this.fail('record route', EPERM)
    }
  }

  private get hasOptions(): boolean {
    return this.options.recordRoute || this.options.timestampType !== null
  }

  /** Asks the routing table, by connecting a UDP socket, which address the requests will have (probe_fd). */
  private chooseSource(): void {
    const options = this.options
    if (this.source === 0) {
      const probe = this.process.namespace.sockets.udp.open()
      try {
        this.connectProbe(probe)
        this.source = probe.sourceAddress
      } finally {
        probe.close()
      }
      if (options.device !== null && !this.deviceHas(options.device, this.source)) {
        this.complain(`Warning: source address might be selected on device other than: ${options.device}`)
      }
    }
    if (this.target === 0) this.target = this.source
  }

  private connectProbe(probe: ReturnType<typeof this.process.namespace.sockets.udp.open>): void {
    const { device, tos, mark, broadcast } = this.options
    if (device !== null) this.bindToDevice(probe)
    if (tos !== null) probe.tos = tos
    if (mark !== null) probe.mark = mark
    let error = probe.connect(this.target, 1025)
    if (error === -EACCES) {
      if (!broadcast) throw this.fail('Do you want to ping broadcast? Then -b. If not, check your local firewall rules')
      this.process.stderr.write('WARNING: pinging broadcast address\n')
      probe.broadcast = true
      error = probe.connect(this.target, 1025)
    }
    if (error !== 0) throw this.fail('connect', -error)
  }

  private bindToDevice(socket: { bindToDevice(name: string): number }): void {
    const device = this.options.device ?? ''
    const error = socket.bindToDevice(device)
    if (error !== 0) throw this.fail(`SO_BINDTODEVICE ${device}`, -error)
  }

  private deviceHas(name: string, address: number): boolean {
    const device = this.process.namespace.ns.deviceByName(name)
    return device !== null && inDeviceOf(device).addresses.some((each) => each.local === address)
  }

  private setUpSocket(): void {
    const { socket, options } = this
    if (options.device !== null) this.bindToDevice(socket)
    let discovery = options.pmtuDiscovery
    if (options.broadcast || isMulticast(this.target)) {
      this.multicast = true
      if (discovery < 0) discovery = IP_PMTUDISC_DO
    }
    if (discovery >= 0) socket.pmtuDiscovery = discovery
    const ownId = options.ident > 0 && 'port' in socket ? options.ident : 0
    if (options.strictSource || ownId !== 0) {
      const error = 'port' in socket ? socket.bind(this.source, ownId) : socket.bind(this.source)
      if (error !== 0) throw this.fail('bind', -error)
    }
    this.setOptions()
    if ('icmpFilter' in socket) socket.icmpFilter = ~ICMP_WANTED
    socket.receiveErrors = true
    socket.broadcast = options.broadcast
    socket.multicastLoop = !options.noLoop
    socket.dontRoute = options.dontRoute
    if (options.tos !== null) socket.tos = options.tos
    if (options.mark !== null) socket.mark = options.mark
    if (options.ttl === 0) throw this.fail('cannot set unicast time-to-live: Invalid argument')
    if (options.ttl !== null) {
      socket.ttl = options.ttl
      socket.multicastTtl = options.ttl
    }
    if (options.connect) {
      const error = socket.connect(this.target)
      if (error !== 0) throw this.fail('connect failed', -error)
    }
    socket.setReceiveBuffer(this.receiveBufferSize())
    if (options.sendBuffer > 0) socket.sendBuffer = Math.max(MIN_SEND_BUFFER, Math.min(options.sendBuffer * 2, MAX_BUFFER))
  }

  /** Room for `preload` packets at least 64 KiB (sock_setbufs). */
  private receiveBufferSize(): number {
    const perPacket = this.options.size + 8 + Math.ceil((this.options.size + 8) / 512) * (20 + 16 + 64 + 160)
    return Math.max(perPacket * this.options.preload, 65536)
  }

  private fillMessage(): void {
    const { message } = this
    const pattern = this.options.pattern
    // fill() writes the pattern once where less than eight bytes would follow it.
    const { size } = this.options
    const end = pattern !== null && size < pattern.length + 8 ? Math.min(size, pattern.length) : size
    for (let i = 0; i < end; i++) message[i + icmpv4.HEADER_LEN] = pattern === null ? i & 0xff : pattern[i % pattern.length]
  }

  private printHeader(): void {
    const { device, strictSource, size } = this.options
    let text = `PING ${this.hostname} (${formatIpv4(this.target)}) `
    if (device !== null || strictSource) text += `from ${formatIpv4(this.source)} ${device ?? ''}: `
    this.out(`${text}${size}(${size + 28 + (this.hasOptions ? OPTION_BYTES : 0)}) bytes of data.\n`)
  }

  private async mainLoop(): Promise<void> {
    const { options, statistics, socket } = this
    for (;;) {
      if (this.exiting) break
      if (options.count > 0 && statistics.received + statistics.errors >= options.count) break
      if (options.deadlineS > 0 && statistics.errors > 0) break
      let nextMs: number
      do {
        nextMs = this.pinger()
        if (options.count > 0 && statistics.transmitted >= options.count && options.deadlineS === 0) {
          nextMs = this.scheduleExit(nextMs)
        }
      } while (nextMs <= 0)
      const intervalMs = Math.max(this.intervalMs, MIN_INTERVAL_MS)
      let waitMs = intervalMs
      if (options.adaptive || nextMs < intervalMs) {
        // The real one spins when the next request is due within a tick and nothing is expected; here time is exact.
        waitMs = nextMs <= MIN_INTERVAL_MS && statistics.inFlight > 0 ? MIN_INTERVAL_MS : nextMs
      }
      if (await this.waitForInput(waitMs)) this.readAll(socket)
    }
  }

  /** Waits for input; false when there is none in time, or a signal or the alarm came. */
  private async waitForInput(waitMs: number): Promise<boolean> {
    const process = this.process
    try {
      const deadlineNs = Math.min(process.nowNs + waitMs * MS, this.alarmNs)
      if (await process.waitReadable(this.socket, deadlineNs)) return true
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      if (error.signal === SIGINT) this.exiting = true
      else if (error.signal === SIGQUIT) process.stderr.write(this.statistics.status(this.timing))
      else throw error
      return false
    }
    if (process.nowNs >= this.alarmNs) this.exiting = true
    return false
  }

  private readAll(socket: RawSocket | PingSocket): void {
    let errorWaits = socket.hasErrors
    do {
      const datagram = socket.receive()
      if (typeof datagram !== 'number') this.parseReply(datagram)
      else if (datagram === -EAGAIN && !errorWaits) break
      else {
        errorWaits = false
        if (this.receiveError() === 0 && datagram !== -EAGAIN && !this.lastErrorForeign) {
          this.complain(`recvmsg: ${strerror(-datagram)}`)
          break
        }
      }
    } while (this.statistics.inFlight !== 0)
  }

  /** Sends what is due; returns the milliseconds until the next sending, or 0 to be called again at once. */
  private pinger(): number {
    const { options, statistics } = this
    if (this.exiting || (options.count > 0 && statistics.transmitted >= options.count && options.deadlineS === 0)) {
      return 1000
    }
    const nowNs = this.process.nowNs
    if (this.lastSentNs < 0) {
      this.lastSentNs = nowNs
      this.tokensMs = this.intervalMs * (options.preload - 1)
    } else {
      let tokens = Math.floor((nowNs - this.lastSentNs) / MS)
      if (this.intervalMs === 0 && tokens < MIN_INTERVAL_MS && statistics.inFlight >= options.preload) {
        return MIN_INTERVAL_MS - tokens
      }
      tokens = Math.min(tokens + this.tokensMs, this.intervalMs * options.preload)
      if (tokens < this.intervalMs) return this.intervalMs - tokens
      this.lastSentNs = nowNs
      this.tokensMs = tokens - this.intervalMs
    }
    if (options.outstanding && statistics.transmitted > 0 && !statistics.wasReceived(statistics.transmitted)) {
      this.out(`${this.timestamp()}no answer yet for icmp_seq=${statistics.transmitted % 0x10000}\n`)
    }
    return this.sendOne()
  }

  private sendOne(): number {
    const { options, statistics } = this
    for (;;) {
      const result = this.sendProbe()
      if (result >= 0) {
        statistics.advanceTransmitted()
        if (!options.quiet && options.flood) this.out('.')
        return this.intervalMs - this.tokensMs
      }
      const found = this.receiveError()
      if (found > 0) {
        // An ICMP error of before stood in the way; nothing was sent.
        this.tokensMs += this.intervalMs
        return MIN_INTERVAL_MS
      }
      if (found === 0 && this.lastErrorForeign) continue
      statistics.advanceTransmitted()
      // Nothing is said: that no error is queued counts as one (ping4_receive_error_msg() returns -1).
      this.tokensMs = 0
      return Math.max(this.intervalMs, MIN_INTERVAL_MS)
    }
  }

  private sendProbe(): number {
    const { message, statistics } = this
    const view = viewOf(message)
    const sequence = (statistics.transmitted + 1) & 0xffff
    statistics.clearReceived(sequence)
    if (this.timing) {
      const us = Math.floor(this.process.nowNs / 1000)
      view.setBigInt64(8, BigInt(CAPTURE_EPOCH_SECONDS + Math.floor(us / 1e6)), true)
      view.setBigInt64(16, BigInt(us % 1_000_000), true)
    }
    view.setUint8(0, icmpv4.ICMP_ECHO)
    view.setUint8(1, 0)
    view.setUint16(2, 0)
    icmpv4.setIdentifier(view, 0, this.identifier)
    icmpv4.setSequence(view, 0, sequence)
    view.setUint16(2, checksum.checksum(view, 0, message.length))
    return this.socket.sendTo(message, this.target)
  }

  /** After the last request: arms the alarm that ends the run (schedule_exit). */
  private scheduleExit(nextMs: number): number {
    if (this.exitScheduled) return nextMs
    let waitUs = this.options.lingerMs * 1000
    if (this.statistics.received > 0) waitUs = Math.max(2 * this.statistics.max, 1000 * this.intervalMs)
    this.exitScheduled = waitUs > 0
    this.alarmNs = waitUs > 0 ? this.process.nowNs + waitUs * 1000 : Infinity
    return Math.max(nextMs, Math.trunc(waitUs / 1000))
  }

  private lastErrorForeign = false

  /** Reads one error; returns 1 for an ICMP error, -1 for a local one or none, 0 for one that is not ours. */
  private receiveError(): number {
    const { options, statistics } = this
    this.lastErrorForeign = false
    const error = this.socket.takeError()
    if (error === null) return 0
    if (error.origin === SO_EE_ORIGIN_LOCAL) {
      if (options.quiet) return -1
      if (options.flood) this.out('E')
      else if (error.errno === EMSGSIZE) this.complain(`local error: message too long, mtu=${error.info}`)
      else this.complain(`local error: ${strerror(error.errno)}`)
      statistics.errors++
      return -1
    }
    const view = viewOf(error.payload)
    if (view.byteLength < icmpv4.HEADER_LEN || error.destination !== this.target ||
      icmpv4.type(view, 0) !== icmpv4.ICMP_ECHO || !this.isOurs(icmpv4.identifier(view, 0))) {
      this.lastErrorForeign = true
      return 0
    }
    const sequence = icmpv4.sequence(view, 0)
    statistics.acknowledge(sequence)
    statistics.errors++
    if (options.quiet) return 1
    if (options.flood) this.out('\bE')
    else {
      const text = icmpText(error.type, error.code, error.info, formatIpv4(error.info | 0))
      this.out(`${this.timestamp()}From ${this.addressText(error.offender)} icmp_seq=${sequence} ${text}\n`)
    }
    return 1
  }

  private isOurs(identifier: number): boolean {
    return !this.isRaw || identifier === this.identifier
  }

  /** Judges what came in; other people's pings are passed over. */
  private parseReply(datagram: Datagram): void {
    const { bytes } = datagram
    const view = viewOf(bytes)
    const at = this.isRaw ? ipv4.headerLen(view, 0) : 0
    if (bytes.length < at + icmpv4.HEADER_LEN) {
      if (this.options.verbose) {
        this.complain(`packet too short (${bytes.length} bytes) from ${this.addressText(datagram.source)}`)
      }
      return
    }
    const type = icmpv4.type(view, at)
    if (type === icmpv4.ICMP_ECHOREPLY) {
      if (!this.isOurs(icmpv4.identifier(view, at)) || !this.hasOurPattern(bytes, at)) return
      this.takeReply(datagram, view, at)
    } else if (type !== icmpv4.ICMP_ECHO) this.takeMessage(datagram, view, at)
  }

  /** With -p, a reply whose payload does not carry the pattern is another ping's. */
  private hasOurPattern(bytes: Uint8Array, at: number): boolean {
    if (this.options.pattern === null) return true
    for (let i = icmpv4.HEADER_LEN + (this.timing ? TIMEVAL : 0); i < this.message.length; i++) {
      if (at + i < bytes.length && bytes[at + i] !== this.message[i]) return false
    }
    return true
  }

  private takeReply(datagram: Datagram, view: DataView, at: number): void {
    const { options, statistics } = this
    const length = view.byteLength - at
    const sequence = icmpv4.sequence(view, at)
    const damaged = this.isRaw && checksum.sum(view, at, view.byteLength) !== 0xffff
    let tripTime = -1
    statistics.received++
    if (!damaged) statistics.acknowledge(sequence)
    if (this.timing && length >= icmpv4.HEADER_LEN + TIMEVAL) {
      tripTime = this.tripTime(datagram, view, at)
      if (!damaged) {
        statistics.addTime(tripTime)
        if (options.adaptive) this.updateInterval()
      }
    }
    let duplicate = false
    if (damaged) {
      statistics.checksumErrors++
      statistics.received--
    } else if (statistics.wasReceived(sequence)) {
      statistics.repeats++
      statistics.received--
      duplicate = true
    } else statistics.setReceived(sequence)
    if (options.quiet) return
    if (options.flood) {
      this.out(damaged ? '\bC' : '\b \b')
      return
    }
    let text = `${this.timestamp()}${length} bytes from ${this.addressText(datagram.source)}: icmp_seq=${sequence}`
    if (options.verbose && this.isRaw) text += ` ident=${this.identifier}`
    text += ` ttl=${datagram.ttl}`
    const header = this.isRaw ? datagram.bytes.subarray(ipv4.HEADER_LEN, at) : datagram.options ?? NO_OPTIONS
    const shownOptions = this.printer.print(header, (address) => this.addressText(address))
    if (length < this.message.length) {
      this.out(`${text} (truncated)${shownOptions}\n`)
      return
    }
    if (tripTime >= 0) text += ` time=${formatTripTime(tripTime)} ms`
    if (duplicate && (!this.multicast || options.verbose)) text += ' (DUP!)'
    if (damaged) text += ' (BAD CHECKSUM!)'
    this.out(`${text}${this.comparePayload(view, at)}${options.audible ? '\x07' : ''}${shownOptions}\n`)
  }

  /** Microseconds since the request left, by the time it carries. */
  private tripTime(datagram: Datagram, view: DataView, at: number): number {
    const readNs = this.options.latency ? this.process.nowNs : datagram.timeNs
    const seconds = Number(view.getBigInt64(at + 8, true)) - CAPTURE_EPOCH_SECONDS
    const sentUs = seconds * 1e6 + Number(view.getBigInt64(at + 16, true))
    const tripTime = Math.floor(readNs / 1000) - sentUs
    if (tripTime >= 0) return tripTime
    this.complain(`Warning: time of day goes back (${tripTime}us), taking countermeasures`)
    return 0
  }

  /** -A: the interval follows the round-trip time. */
  private updateInterval(): void {
    const { smoothed } = this.statistics
    const estimate = smoothed !== 0 ? Math.trunc(smoothed / 8) : this.intervalMs * 1000
    this.intervalMs = Math.trunc((estimate + 500) / 1000)
  }

  /** What follows a reply whose payload is not what was sent. */
  private comparePayload(view: DataView, at: number): string {
    const first = this.timing ? TIMEVAL : 0
    for (let i = first; i < this.options.size; i++) {
      const was = view.getUint8(at + 8 + i)
      const should = this.message[8 + i]
      if (was === should) continue
      let text = `\nwrong data byte #${i} should be 0x${should.toString(16)} but was 0x${was.toString(16)}`
      for (let j = TIMEVAL; j < this.options.size; j++) {
        if (j % 32 === TIMEVAL) text += `\n#${j}\t`
        text += `${view.getUint8(at + 8 + j).toString(16)} `
      }
      return text
    }
    return ''
  }

  /** Errors come here too with a raw socket, and by the error queue again; redirects and quenches only here. */
  private takeMessage(datagram: Datagram, view: DataView, at: number): void {
    if (!icmpv4.isError(view, at)) return
    const original = icmpv4.originalAt(at)
    if (view.byteLength < original + ipv4.HEADER_LEN + icmpv4.HEADER_LEN) return
    const inner = icmpv4.originalTransportAt(view, at)
    if (view.byteLength < inner + icmpv4.HEADER_LEN || icmpv4.type(view, inner) !== icmpv4.ICMP_ECHO ||
      ipv4.destination(view, original) !== this.target || !this.isOurs(icmpv4.identifier(view, inner))) return
    const type = icmpv4.type(view, at)
    const sequence = icmpv4.sequence(view, inner)
    if (type !== icmpv4.ICMP_REDIRECT && type !== icmpv4.ICMP_SOURCE_QUENCH) {
      this.statistics.acknowledge(sequence)
      return
    }
    if (this.options.quiet || this.options.flood) return
    const damaged = checksum.sum(view, at, view.byteLength) !== 0xffff ? '(BAD CHECKSUM)' : ''
    const text = icmpText(type, icmpv4.code(view, at), 0, this.addressText(icmpv4.gateway(view, at)))
    this.out(`${this.timestamp()}From ${this.addressText(datagram.source)}: icmp_seq=${sequence} ${damaged}${text}\n`)
  }

  private addressText(address: number): string {
    const text = formatIpv4(address)
    return this.numeric || this.exiting ? text : `${nameOf(this.process, address)} (${text})`
  }

  private timestamp(): string {
    if (!this.options.timestamps) return ''
    const us = Math.floor(this.process.nowNs / 1000)
    return `[${CAPTURE_EPOCH_SECONDS + Math.floor(us / 1e6)}.${String(us % 1_000_000).padStart(6, '0')}] `
  }

  private finish(): number {
    const { options, statistics } = this
    const elapsedNs = this.lastSentNs < 0 ? 0 : this.lastSentNs - this.startNs
    const showGap = this.intervalMs === 0 || options.flood || options.adaptive
    this.out(`\n--- ${this.hostname} ping statistics ---\n${statistics.summary(this.timing, elapsedNs, showGap)}`)
    return statistics.received === 0 || (options.deadlineS > 0 && statistics.received < options.count) ? 1 : 0
  }
}

/** What a raw socket lets through (ICMP_FILTER). */
const ICMP_WANTED = (1 << icmpv4.ICMP_SOURCE_QUENCH) | (1 << icmpv4.ICMP_DEST_UNREACH) |
  (1 << icmpv4.ICMP_TIME_EXCEEDED) | (1 << icmpv4.ICMP_PARAMETERPROB) | (1 << icmpv4.ICMP_REDIRECT) |
  (1 << icmpv4.ICMP_ECHOREPLY)
