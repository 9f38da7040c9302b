import {
  EACCES, ECONNREFUSED, EHOSTUNREACH, EMSGSIZE, ENETUNREACH, EPROTO, ETIMEDOUT, strerror,
} from '../base/errno.ts'
import { viewOf } from '../base/hex.ts'
import type { Process } from '../host/process.ts'
import { holdSocket } from '../host/socket-file.ts'
import { SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_LOCAL, type SocketError } from '../socket/error-queue.ts'
import { IP_PMTUDISC_DO } from '../socket/inet-socket.ts'
import type { UdpSocket } from '../socket/udp.ts'
import { formatIpv4 } from '../wire/address.ts'
import * as icmpv4 from '../wire/icmpv4.ts'
import { integerOrError, ProgramError } from './c-number.ts'
import { getopt } from './getopt.ts'
import { notModelled } from './not-modelled.ts'
import { knownNameOf, resolutionError, resolveIpv4 } from './resolve.ts'

/**
 * tracepath of iputils 20221126, IPv4. One UDP socket with IP_RECVERR sends datagrams as large as the path MTU known so
 * far, with DF, to ports that count up from 44444; all that it learns comes out of the error queue. A datagram carries
 * its TTL and the time it left, and an ICMP error quotes them; where it quotes less, the port tells which datagram it
 * was. A hop gets three tries of a second each. How many hops the answer took is guessed from the TTL it came with.
 */
const INT_MAX = 2147483647
const DEFAULT_PORT = 44444
const DEFAULT_MTU = 65535
const DEFAULT_HOPS = 30
/** IPv4's and UDP's headers. */
const OVERHEAD = 28
/** Bytes of a datagram's own header: TTL, a gap, seconds and nanoseconds, in the machine's order. */
const PROBE_HEADER = 24
/** Datagrams remembered by their port (HIS_ARRAY_SIZE). */
const HISTORY = 64
const HOST_COLUMN = 52
const TRIES = 3
const SENDS = 10

const USAGE = `
Usage
  tracepath [options] <destination>

Options:
  -4             use IPv4
  -6             use IPv6
  -b             print both name and ip
  -l <length>    use packet <length>
  -m <hops>      use maximum <hops>
  -n             no dns name resolution
  -p <port>      use destination <port>
  -V             print version and exit
  <destination>  dns name or ip address

For more details see tracepath(8).
`
const VERSION = 'tracepath from iputils 20221126\n' +
  'libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n'

/** The program `tracepath`. */
export async function tracepath(process: Process): Promise<number> {
  try {
    return await new Tracepath(process).run()
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error
    process.stderr.write(error.text)
    return error.status
  }
}

/** What reading the error queue came to: nothing read (-1), the trace is over (0), something was learnt (1). */
type Progress = -1 | 0 | 1

class Tracepath {
  private readonly socket: UdpSocket
  private numeric = false
  private both = false
  private mtu = 0
  private maxHops = DEFAULT_HOPS
  private port = 0
  private target = 0
  private ttl = 1
  private hopsTo = -1
  private hopsBack = -1
  /** Which place of the history the next datagram takes; its port is the base plus that. */
  private place = 0
  private readonly sentHops = new Uint8Array(HISTORY)
  private readonly sentNs = new Float64Array(HISTORY)

  constructor(private readonly process: Process) {
    this.socket = process.namespace.sockets.udp.open()
    holdSocket(process, this.socket)
  }

  async run(): Promise<number> {
    const destination = this.readArguments()
    if (destination === null) return 0
    this.resolve(destination)
    if (this.mtu === 0) this.mtu = DEFAULT_MTU
    if (this.mtu <= OVERHEAD) {
      throw new ProgramError(`tracepath: pktlen must be within: ${OVERHEAD} < value <= ${INT_MAX}\n`, 1)
    }
    this.socket.pmtuDiscovery = IP_PMTUDISC_DO
    this.socket.receiveErrors = true
    if (!await this.trace()) this.out(`     Too many hops: pmtu ${this.mtu}\n`)
    let text = `     Resume: pmtu ${this.mtu} `
    if (this.hopsTo >= 0) text += `hops ${this.hopsTo} `
    if (this.hopsBack >= 0) text += `back ${this.hopsBack} `
    this.out(`${text}\n`)
    return 0
  }

  private out(text: string): void {
    this.process.stdout.write(text)
  }

  /** The destination as it was given; null when the command line asked for something else, which was done. */
  private readArguments(): string | null {
    const { argv, stdout } = this.process
    const complaints: string[] = []
    const { options, operands } = getopt(argv, { short: '46nbh?l:m:p:V' }, (text) => complaints.push(text))
    let family = ''
    for (const { name, value } of options) {
      const number = (least: number, most: number): number => integerOrError('tracepath', value, least, most)
      switch (name) {
        case '4': case '6':
          if (family !== '' && family !== name) {
            throw new ProgramError('tracepath: Only one -4 or -6 option may be specified\n', 2)
          }
          family = name
          break
        case 'n': this.numeric = true; break
        case 'b': this.both = true; break
        case 'l': this.mtu = number(0, INT_MAX); break
        case 'm': this.maxHops = number(0, 255); break
        case 'p': this.port = number(0, 65535); break
        case 'V': stdout.write(VERSION); return null
        case '?': throw new ProgramError(`${complaints[0] ?? ''}${USAGE}`, 255)
        default: throw new ProgramError(USAGE, 255)
      }
    }
    if (operands.length !== 1) throw new ProgramError(USAGE, 255)
    if (family === '6') throw new ProgramError(notModelled('tracepath', '-6'), 1)
    return operands[0]
  }

  /** Takes "host" or, for those who remember how it was done, "host/port". */
  private resolve(destination: string): void {
    let host = destination
    if (this.port === 0) {
      const slash = destination.indexOf('/')
      this.port = DEFAULT_PORT
      if (slash >= 0) {
        host = destination.slice(0, slash)
        this.port = integerOrError('tracepath', destination.slice(slash + 1), 0, 65535)
      }
    }
    const address = resolveIpv4(this.process, host)
    if (address === null) throw new ProgramError(`tracepath: ${host}: ${resolutionError(host)}\n`, 1)
    this.target = address
  }

  /** Asks hop after hop. False: there are more of them than -m allows. */
  private async trace(): Promise<boolean> {
    for (this.ttl = 1; this.ttl <= this.maxHops; this.ttl++) {
      this.socket.ttl = this.ttl
      let progress: Progress = -1
      for (let tries = 0; tries < TRIES; tries++) {
        const before = this.mtu
        progress = await this.probe()
        if (this.mtu !== before) tries = -1
        else if (progress === 0) return true
        else if (progress > 0) break
      }
      if (progress < 0) this.out(`${pad(this.ttl)}:  no reply\n`)
    }
    return false
  }

  /** Sends one datagram, and waits a second for what it meets with (probe_ttl). */
  private async probe(): Promise<Progress> {
    const bytes = new Uint8Array(Math.min(this.mtu - OVERHEAD, 0x20000))
    for (let sends = 0; ; sends++) {
      if (sends === SENDS) {
        this.nextPlace()
        this.out(`${pad(this.ttl)}:  send failed\n`)
        return 0
      }
      const datagram = bytes.subarray(0, this.mtu - OVERHEAD)
      writeProbe(datagram, this.ttl, this.process.nowNs)
      this.sentHops[this.place] = this.ttl
      this.sentNs[this.place] = this.process.nowNs
      if (this.socket.sendTo(datagram, this.target, (this.port + this.place) & 0xffff) >= 0) break
      const progress = this.readErrors()
      this.sentHops[this.place] = 0
      if (progress === 0) return 0
      if (progress > 0) sends = -1
    }
    this.nextPlace()
    await this.process.waitReadable(this.socket, this.process.nowNs + 1e9)
    const reply = this.socket.receive()
    if (typeof reply !== 'number' && reply.bytes.length > 0) {
      this.out(`${pad(this.ttl)}?: reply received 8)\n`)
      return 0
    }
    return this.readErrors()
  }

  private nextPlace(): void {
    this.place = (this.place + 1) & (HISTORY - 1)
  }

  /** Prints all that waits in the error queue (recverr). */
  private readErrors(): Progress {
    let progress: Progress = -1
    for (;;) {
      const error = this.socket.takeError()
      if (error === null) {
        // recvmsg() gives a pending error of its own before it finds the queue empty.
        if (this.socket.takePendingError() !== 0) continue
        return progress
      }
      progress = 1
      if (!this.report(error)) return 0
    }
  }

  /** One line for one error. False: there is nothing more to ask. */
  private report(error: SocketError): boolean {
    let sentHops = -1
    let sentNs = -1
    const place = error.port - this.port
    if (place >= 0 && place < HISTORY - 1 && this.sentHops[place] !== 0) {
      sentHops = this.sentHops[place]
      sentNs = this.sentNs[place]
      this.sentHops[place] = 0
    }
    let broken = false
    if (error.payload.length >= PROBE_HEADER) {
      const view = viewOf(error.payload)
      const quoted = view.getUint32(0, true)
      if (quoted === 0) broken = true
      else {
        sentHops = quoted | 0
        sentNs = Number(view.getBigInt64(8, true)) * 1e9 + Number(view.getBigInt64(16, true))
      }
    }
    let text = `${pad(this.ttl)}?: ${'[LOCALHOST]'.padEnd(32)} `
    if (error.origin !== SO_EE_ORIGIN_LOCAL) {
      text = `${sentHops > 0 ? `${pad(sentHops)}:  ` : `${pad(this.ttl)}?: `}${this.hostColumn(error.offender)}`
    }
    if (sentNs >= 0) {
      text += `${formatTime(this.process.nowNs - sentNs)} `
      if (broken) text += '(This broken router returned corrupted payload) '
    }
    return this.conclude(error, text, sentHops, error.origin === SO_EE_ORIGIN_LOCAL ? 66 : hopsOf(error.ttl))
  }

  /** Ends the line with what the error means. */
  private conclude(error: SocketError, text: string, sentHops: number, hopsBack: number): boolean {
    switch (error.errno) {
      case ETIMEDOUT:
        this.out(`${text}\n`)
        return true
      case EMSGSIZE:
        this.out(`${text}pmtu ${error.info}\n`)
        this.mtu = error.info
        return true
      case ECONNREFUSED:
        this.out(`${text}reached\n`)
        this.hopsTo = sentHops < 0 ? this.ttl : sentHops
        this.hopsBack = hopsBack
        return false
      case EPROTO: this.out(`${text}!P\n`); return false
      case EHOSTUNREACH: {
        if (error.origin !== SO_EE_ORIGIN_ICMP || error.type !== icmpv4.ICMP_TIME_EXCEEDED || error.code !== 0) {
          this.out(`${text}!H\n`)
          return false
        }
        const differs = hopsBack !== (sentHops >= 0 ? sentHops : this.ttl)
        this.out(`${text}${differs ? `asymm ${pad(hopsBack)} ` : ''}\n`)
        return true
      }
      case ENETUNREACH: this.out(`${text}!N\n`); return false
      case EACCES: this.out(`${text}!A\n`); return false
      default:
        this.out(`${text}\n`)
        this.process.stderr.write(`NET ERROR: ${strerror(error.errno)}\n`)
        return false
    }
  }

  private hostColumn(address: number): string {
    const number = formatIpv4(address)
    const name = this.numeric && !this.both ? '' : knownNameOf(this.process, address) ?? '???'
    const [first, second] = this.numeric ? [number, name] : [name, number]
    const text = this.both ? `${first} (${second})` : first
    return text + ' '.repeat(HOST_COLUMN - Math.min(text.length, HOST_COLUMN - 1))
  }
}

function pad(value: number): string {
  return String(value).padStart(2)
}

function writeProbe(bytes: Uint8Array, ttl: number, nowNs: number): void {
  const header = new Uint8Array(PROBE_HEADER)
  const view = viewOf(header)
  view.setUint32(0, ttl, true)
  view.setBigInt64(8, BigInt(Math.floor(nowNs / 1e9)), true)
  view.setBigInt64(16, BigInt(nowNs % 1e9), true)
  bytes.set(header.subarray(0, bytes.length))
}

/** "  0.017ms": milliseconds and the microseconds of the rest. */
function formatTime(spanNs: number): string {
  const ms = String(Math.trunc(spanNs / 1e6)).padStart(3)
  return `${ms}.${String(Math.trunc((spanNs % 1e6) / 1000)).padStart(3, '0')}ms`
}

/** The likely number of hops that an answer took: how far its TTL is below a usual initial one. */
function hopsOf(ttl: number): number {
  return ttl <= 64 ? 65 - ttl : ttl <= 128 ? 129 - ttl : 256 - ttl
}
