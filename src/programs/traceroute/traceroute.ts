import { EAGAIN, EMSGSIZE, ENOBUFS, strerror } from '../../base/errno.ts'
import { viewOf } from '../../base/hex.ts'
import type { Process } from '../../host/process.ts'
import { holdSocket } from '../../host/socket-file.ts'
import { SO_EE_ORIGIN_LOCAL, type SocketError } from '../../socket/error-queue.ts'
import { type InetSocket, IP_PMTUDISC_DONT, IP_PMTUDISC_PROBE } from '../../socket/inet-socket.ts'
import type { RawSocket } from '../../socket/raw.ts'
import type { UdpSocket } from '../../socket/udp.ts'
import { formatIpv4 } from '../../wire/address.ts'
import * as checksum from '../../wire/checksum.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import * as udp from '../../wire/udp.ts'
import { formatG } from '../c-number.ts'
import { EAI_AGAIN_TEXT, nameOf, resolveIpv4 } from '../resolve.ts'
import { parseTracerouteOptions, TracerouteExit, type TracerouteOptions } from './options.ts'

/**
 * traceroute 2.1.2 of Dmitry Butskoy: the default method (UDP to ports that count up from 33434), -U (UDP to one port)
 * and -I (ICMP echo). Up to 16 probes are under way at once (-N), each with a socket of its own; a probe is given up
 * after three times the round-trip of its own hop (+ 1 ms), or ten times that of a later hop, or 5 seconds (-w), and
 * lines are printed in order as soon as they are known.
 */
const DEFAULT_PORT = 33434
const UDP_PORT = 53
const MAX_HOPS = 255
const MAX_QUERIES = 10
const MAX_PACKET = 65000
/** Added to a round-trip time before the factors of -w. */
const WAIT_PRECISION_S = 0.001

/** The program `traceroute`. */
export async function traceroute(process: Process): Promise<number> {
  try {
    return await new Traceroute(process, parseTracerouteOptions(process.argv)).run()
  } catch (error) {
    if (!(error instanceof TracerouteExit)) throw error
    process.stdout.write(error.stdout)
    process.stderr.write(error.stderr)
    return error.status
  }
}

/** One probe (struct probe_struct). Times in ns, -1: not yet. */
class Probe {
  done = false
  /** Nothing beyond it will be asked. */
  final = false
  /** Who answered; null: nobody. */
  responder: number | null = null
  sentNs = -1
  receivedNs = -1
  /** Sequence number or destination port. */
  sequence = 0
  /** "!H" and the like. */
  note = ''
  /** TTL of the answer, for --back. */
  returnTtl = 0
  socket: UdpSocket | null = null
  fd = -1
}

class Traceroute {
  private readonly probes: Probe[] = []
  private readonly open: Probe[] = []
  private icmpSocket: RawSocket | null = null
  private target = 0
  private source = 0
  private port: number
  private sequence: number
  private payload: Uint8Array
  private readonly lengthToShow: number

  constructor(private readonly process: Process, private readonly options: TracerouteOptions) {
    const { packetLength } = options
    this.resolve()
    this.checkRanges()
    for (let i = 0; i < options.maxHops * options.queries; i++) this.probes.push(new Probe())
    const dataLength = packetLength < 0 ? 40 - udp.HEADER_LEN : Math.max(0, packetLength - 28)
    this.lengthToShow = dataLength + 28
    this.payload = new Uint8Array(dataLength)
    for (let i = 0; i < dataLength; i++) this.payload[i] = 0x40 + (i & 0x3f)
    this.port = options.port !== 0 ? options.port : options.constantPort ? UDP_PORT : DEFAULT_PORT
    this.sequence = options.port !== 0 ? options.port : 1
  }

  async run(): Promise<number> {
    if (this.options.icmp) this.openIcmp()
    this.print(`traceroute to ${this.options.host} (${formatIpv4(this.target)}), ${this.options.maxHops} hops max, ` +
      `${this.lengthToShow} byte packets`)
    await this.trace()
    this.print('\n')
    return 0
  }

  private print(text: string): void {
    this.process.stdout.write(text)
  }

  private resolve(): void {
    const { host, source } = this.options
    const target = resolveIpv4(this.process, host)
    if (target === null) {
      throw new TracerouteExit('', `${host}: ${EAI_AGAIN_TEXT}\n` +
        `Cannot handle "host" cmdline arg \`${host}' on position 1 (argc ${this.process.argv.indexOf(host)})\n`, 2)
    }
    this.target = target
    if (source === '') return
    const address = resolveIpv4(this.process, source)
    if (address === null) {
      throw new TracerouteExit('', `${source}: ${EAI_AGAIN_TEXT}\nCannot handle \`-s' option with arg \`${source}' ` +
        `(argc ${this.process.argv.indexOf(source)})\n`, 2)
    }
    this.source = address
  }

  private checkRanges(): void {
    const o = this.options
    const refuse = (text: string): never => {
      throw new TracerouteExit('', `${text}\n`, 2)
    }
    if (o.firstHop <= 0 || o.firstHop > o.maxHops) refuse('first hop out of range')
    if (o.maxHops > MAX_HOPS) refuse(`max hops cannot be more than ${MAX_HOPS}`)
    if (o.queries <= 0 || o.queries > MAX_QUERIES) refuse(`no more than ${MAX_QUERIES} probes per hop`)
    if (o.waitS < 0 || o.hereFactor < 0 || o.nearFactor < 0) {
      refuse(`bad wait specifications \`${formatG(o.waitS)},${formatG(o.hereFactor)},${formatG(o.nearFactor)}' used`)
    }
    if (o.packetLength > MAX_PACKET) refuse(`too big packetlen ${o.packetLength} specified`)
    if (o.sendWaitS < 0) refuse(`bad sendtime \`${formatG(o.sendWaitS)}' specified`)
    if (o.sendWaitS >= 10) o.sendWaitS /= 1000
  }

  /** perror() after a newline, and status 1. */
  private fail(what: string, errno: number): TracerouteExit {
    return new TracerouteExit('', `\n${what}: ${strerror(errno)}\n`, 1)
  }

  private async trace(): Promise<void> {
    const { queries, firstHop, simultaneous, sendWaitS } = this.options
    const probes = this.probes
    let start = (firstHop - 1) * queries
    let end = probes.length
    let lastSentNs = -Infinity
    while (start < end) {
      let wakeNs = Infinity
      let underWay = 0
      const nowNs = this.process.nowNs
      for (let n = start; n < end; n++) {
        const probe = probes[n]
        if (!probe.done && probe.sentNs >= 0 && nowNs >= this.expiryOf(n)) this.finishProbe(probe)
        if (probe.done) {
          if (n === start) {
            this.printProbe(n)
            start++
          }
          if (probe.final) end = (Math.floor(n / queries) + 1) * queries
          continue
        }
        if (probe.sentNs < 0) {
          if (sendWaitS > 0 && nowNs - lastSentNs < sendWaitS * 1e9) {
            wakeNs = Math.min(wakeNs, lastSentNs + Math.round(sendWaitS * 1e9))
            break
          }
          this.send(probe, Math.floor(n / queries) + 1)
          if (probe.sentNs < 0) break
          lastSentNs = probe.sentNs
        }
        wakeNs = Math.min(wakeNs, this.expiryOf(n))
        if (++underWay >= simultaneous) break
      }
      if (wakeNs !== Infinity) await this.receiveUntil(wakeNs)
    }
  }

  /** When a probe that was sent is given up (get_timeout). */
  private expiryOf(index: number): number {
    const { waitS, hereFactor, nearFactor, queries } = this.options
    const probes = this.probes
    const limited = (probe: Probe, factor: number): number =>
      Math.min(((probe.receivedNs - probe.sentNs) / 1e9 + WAIT_PRECISION_S) * factor, waitS)
    const hasTime = (probe: Probe): boolean => probe.done && probe.receivedNs > probe.sentNs
    let timeoutS = waitS
    const hop = index - (index % queries)
    const here = hereFactor === 0 ? undefined : probes.slice(hop, hop + queries).find(hasTime)
    if (here !== undefined) timeoutS = limited(here, hereFactor)
    else if (nearFactor !== 0) {
      for (let i = index + 1; i < probes.length && probes[i].sentNs >= 0; i++) {
        if (!hasTime(probes[i])) continue
        timeoutS = limited(probes[i], nearFactor)
        break
      }
    }
    return probes[index].sentNs + Math.round(timeoutS * 1e9)
  }

  private finishProbe(probe: Probe): void {
    probe.done = true
    if (probe.socket === null) return
    this.process.close(probe.fd)
    probe.socket = null
    this.open.splice(this.open.indexOf(probe), 1)
  }

  private send(probe: Probe, ttl: number): void {
    if (this.icmpSocket !== null) this.sendEcho(probe, ttl, this.icmpSocket)
    else this.sendUdp(probe, ttl)
  }

  private sendUdp(probe: Probe, ttl: number): void {
    const socket = this.process.namespace.sockets.udp.open()
    const fd = holdSocket(this.process, socket)
    const { sourcePort } = this.options
    this.tune(socket)
    if (this.source !== 0 || sourcePort !== 0) {
      const error = socket.bind(this.source, sourcePort)
      if (error !== 0) throw this.fail('bind', -error)
    }
    socket.ttl = ttl
    const error = socket.connect(this.target, this.port)
    if (error !== 0) throw this.fail('connect', -error)
    probe.sentNs = this.process.nowNs
    const sent = socket.send(this.payload)
    if (sent === -ENOBUFS || sent === -EAGAIN) {
      this.process.close(fd)
      probe.sentNs = -1
      return
    }
    if (sent < 0 && sent !== -EMSGSIZE) throw this.fail('send', -sent)
    probe.socket = socket
    probe.fd = fd
    probe.sequence = this.port
    this.open.push(probe)
    if (!this.options.constantPort) this.port = (this.port + 1) & 0xffff
  }

  private openIcmp(): void {
    const socket = this.process.namespace.sockets.raw.open(ipv4.PROTO_ICMP)
    this.icmpSocket = socket
    holdSocket(this.process, socket)
    this.tune(socket)
    if (this.source !== 0) {
      const error = socket.bind(this.source)
      if (error !== 0) throw this.fail('bind', -error)
    }
    const error = socket.connect(this.target)
    if (error !== 0) throw this.fail('connect', -error)
  }

  private sendEcho(probe: Probe, ttl: number, socket: RawSocket): void {
    const message = new Uint8Array(icmpv4.HEADER_LEN + this.payload.length)
    const view = viewOf(message)
    for (let i = icmpv4.HEADER_LEN; i < message.length; i++) message[i] = 0x40 + (i & 0x3f)
    view.setUint8(0, icmpv4.ICMP_ECHO)
    icmpv4.setIdentifier(view, 0, this.process.pid & 0xffff)
    icmpv4.setSequence(view, 0, this.sequence)
    view.setUint16(2, checksum.checksum(view, 0, message.length))
    socket.ttl = ttl
    probe.sentNs = this.process.nowNs
    const sent = socket.send(message)
    if (sent < 0 && sent !== -EMSGSIZE) throw this.fail('send', -sent)
    probe.sequence = this.sequence
    this.sequence = (this.sequence + 1) & 0xffff
  }

  private tune(socket: InetSocket): void {
    const { device, dontFragment, dontRoute, tos, mark } = this.options
    if (device !== '') {
      const error = socket.bindToDevice(device)
      if (error !== 0) throw this.fail('setsockopt SO_BINDTODEVICE', -error)
    }
    socket.pmtuDiscovery = dontFragment ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT
    socket.receiveErrors = true
    socket.dontRoute = dontRoute
    socket.tos = tos
    socket.mark = mark
  }

  /** Waits until something came or the time is there, and takes what came (do_poll). */
  private async receiveUntil(deadlineNs: number): Promise<void> {
    const sockets: InetSocket[] = []
    for (const probe of this.open) if (probe.socket !== null) sockets.push(probe.socket)
    if (this.icmpSocket !== null) sockets.push(this.icmpSocket)
    if (!await this.process.waitAny(sockets, deadlineNs)) return
    for (const probe of [...this.open]) {
      if (probe.socket !== null && probe.socket.readable) this.receiveUdp(probe, probe.socket)
    }
    if (this.icmpSocket !== null) while (this.icmpSocket.readable) this.receiveIcmp(this.icmpSocket)
  }

  private receiveUdp(probe: Probe, socket: UdpSocket): void {
    const error = socket.hasErrors ? socket.takeError() : null
    if (error !== null) {
      this.takeError(probe, error)
      return
    }
    const datagram = socket.receive()
    if (typeof datagram === 'number') return
    probe.responder = datagram.source
    probe.receivedNs = datagram.timeNs
    probe.returnTtl = datagram.ttl
    probe.final = true
    this.finishProbe(probe)
  }

  private receiveIcmp(socket: RawSocket): void {
    const error = socket.hasErrors ? socket.takeError() : null
    if (error !== null) {
      const probe = this.probeOf(error.payload, icmpv4.ICMP_ECHO) ?? this.localProbe(error)
      if (probe !== null) this.takeError(probe, error)
      return
    }
    const datagram = socket.receive()
    if (typeof datagram === 'number') return
    const at = ipv4.headerLen(viewOf(datagram.bytes), 0)
    const probe = this.probeOf(datagram.bytes.subarray(at), icmpv4.ICMP_ECHOREPLY)
    if (probe === null) return
    probe.responder = datagram.source
    probe.receivedNs = datagram.timeNs
    probe.returnTtl = datagram.ttl
    probe.final = true
    this.finishProbe(probe)
  }

  /** A local error names no probe: it belongs to the one just sent. */
  private localProbe(error: SocketError): Probe | null {
    if (error.origin !== SO_EE_ORIGIN_LOCAL) return null
    return this.probes.find((probe) => !probe.done && probe.sentNs >= 0) ?? null
  }

  private probeOf(message: Uint8Array, type: number): Probe | null {
    if (message.length < icmpv4.HEADER_LEN) return null
    const view = viewOf(message)
    if (icmpv4.type(view, 0) !== type || icmpv4.identifier(view, 0) !== (this.process.pid & 0xffff)) return null
    const sequence = icmpv4.sequence(view, 0)
    return this.probes.find((probe) => probe.sentNs >= 0 && !probe.done && probe.sequence === sequence) ?? null
  }

  private takeError(probe: Probe, error: SocketError): void {
    probe.receivedNs = error.timeNs
    if (error.origin === SO_EE_ORIGIN_LOCAL) {
      if (error.errno !== EMSGSIZE || error.info === 0) throw this.fail('local recverr', error.errno)
      probe.note = `!F-${error.info}`
      probe.final = true
    } else {
      probe.responder = error.offender
      if (error.type !== icmpv4.ICMP_TIME_EXCEEDED || error.code !== icmpv4.ICMP_EXC_TTL) {
        probe.note = noteOf(error)
        probe.final = true
      }
    }
    this.finishProbe(probe)
  }

  private printProbe(index: number): void {
    const { queries, back } = this.options
    const probe = this.probes[index]
    const ttl = Math.floor(index / queries) + 1
    let text = index % queries === 0 ? `\n${String(ttl).padStart(2)} ` : ''
    if (probe.responder === null) text += ' *'
    else if (this.differsFromBefore(index, probe.responder)) {
      text += ` ${this.addressText(probe.responder)}`
      const hops = hopsOfTtl(probe.returnTtl)
      if (back && probe.returnTtl !== 0 && hops !== ttl) text += ` '-${hops}'`
    }
    if (probe.receivedNs >= 0) text += `  ${((probe.receivedNs - probe.sentNs) / 1e6).toFixed(3)} ms`
    if (probe.note !== '') text += ` ${probe.note}`
    this.print(text)
  }

  /** Whether the last answered probe of the same hop came from someone else, or there is none. */
  private differsFromBefore(index: number, responder: number): boolean {
    for (let i = index - 1; i >= index - (index % this.options.queries); i--) {
      const before = this.probes[i].responder
      if (before !== null) return before !== responder
    }
    return true
  }

  private addressText(address: number): string {
    const text = formatIpv4(address)
    return this.options.numeric ? text : `${nameOf(this.process, address)} (${text})`
  }
}

/** The likely number of hops back: distance of the TTL from the usual initial ones. */
function hopsOfTtl(ttl: number): number {
  return ttl <= 64 ? 65 - ttl : ttl <= 128 ? 129 - ttl : 256 - ttl
}

function noteOf(error: SocketError): string {
  const { type, code, info } = error
  if (type !== icmpv4.ICMP_DEST_UNREACH) return `!<${type}-${code}>`
  switch (code) {
    case icmpv4.ICMP_NET_UNREACH: case icmpv4.ICMP_NET_UNKNOWN: case icmpv4.ICMP_HOST_ISOLATED:
    case icmpv4.ICMP_NET_UNR_TOS: return '!N'
    case icmpv4.ICMP_HOST_UNREACH: case icmpv4.ICMP_HOST_UNKNOWN: case icmpv4.ICMP_HOST_UNR_TOS: return '!H'
    case icmpv4.ICMP_NET_ANO: case icmpv4.ICMP_HOST_ANO: case icmpv4.ICMP_PKT_FILTERED: return '!X'
    case icmpv4.ICMP_PORT_UNREACH: return ''
    case icmpv4.ICMP_PROT_UNREACH: return '!P'
    case icmpv4.ICMP_FRAG_NEEDED: return `!F-${info}`
    case icmpv4.ICMP_SR_FAILED: return '!S'
    case icmpv4.ICMP_PREC_VIOLATION: return '!V'
    case icmpv4.ICMP_PREC_CUTOFF: return '!C'
    default: return `!<${code}>`
  }
}
