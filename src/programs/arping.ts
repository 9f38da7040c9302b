import { EADDRNOTAVAIL, strerror } from '../base/errno.ts'
import { viewOf } from '../base/hex.ts'
import { PACKET_BROADCAST, PACKET_HOST, PACKET_MULTICAST } from '../device/frame.ts'
import { IFF_LOOPBACK, IFF_NOARP, type NetDevice } from '../device/net-device.ts'
import type { Process } from '../host/process.ts'
import { holdSocket } from '../host/socket-file.ts'
import { Interrupted, SIGINT, SIGQUIT, SIGTERM } from '../host/signals.ts'
import { inDeviceOf } from '../inet/in-device.ts'
import type { CapturedPacket, PacketSocket } from '../socket/packet.ts'
import { formatIpv4, formatMac, macFrom, MAC_BROADCAST, parseIpv4Aton } from '../wire/address.ts'
import * as arp from '../wire/arp.ts'
import { ETHERTYPE_ARP, ETHERTYPE_IPV4 } from '../wire/ethernet.ts'
import { integerOrError, ProgramError } from './c-number.ts'
import { getopt } from './getopt.ts'
import { EAI_AGAIN_TEXT, resolveIpv4 } from './resolve.ts'

/**
 * arping of iputils 20221126. It sends one request per interval, the first at once, and stops when as many intervals
 * have passed as -c says, or after -w seconds; so `-c 1` takes a second. The first requests go to everybody, and once
 * somebody answered to him alone, unless -b.
 */
const INT_MAX = 2147483647
const USAGE = `
Usage:
  arping [options] <destination>

Options:
  -f            quit on first reply
  -q            be quiet
  -b            keep on broadcasting, do not unicast
  -D            duplicate address detection mode
  -U            unsolicited ARP mode, update your neighbours
  -A            ARP answer mode, update your neighbours
  -V            print version and exit
  -c <count>    how many packets to send
  -w <timeout>  how long to wait for a reply
  -i <interval> set interval between packets (default: 1 second)
  -I <device>   which ethernet device to use
  -s <source>   source ip address
  <destination> dns name or ip address

For more details see arping(8).
`
const VERSION = 'arping from iputils 20221126\n' +
  'libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n'

/** The program `arping`. */
export async function arping(process: Process): Promise<number> {
  try {
    return await new Arping(process).run()
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error
    process.stderr.write(error.text)
    return error.status
  }
}

class Arping {
  private readonly process: Process
  private count = 0
  private timeoutS = 0
  private intervalS = 1
  private deviceName = ''
  private source: number | null = null
  private quitOnReply = false
  private quiet = false
  private broadcastOnly = false
  private duplicate = false
  private unsolicited = false
  private advert = false
  private target = 0
  private own = 0
  private peerMac = MAC_BROADCAST
  private unicasting = false
  private sent = 0
  private broadcastsSent = 0
  private received = 0
  private broadcastsReceived = 0
  private requestsReceived = 0
  private lastSentNs = 0

  constructor(process: Process) {
    this.process = process
  }

  async run(): Promise<number> {
    this.parse()
    const device = this.findDevice()
    this.chooseSource()
    const socket = this.process.namespace.sockets.packet.open(true, ETHERTYPE_ARP)
    holdSocket(this.process, socket)
    socket.bind(device.ifindex, ETHERTYPE_ARP)
    this.say(`ARPING ${formatIpv4(this.target)} from ${formatIpv4(this.own)} ${device.name}\n`)
    if (this.source === null && this.own === 0 && !this.duplicate) throw this.fail('no source address in not-DAD mode')
    await this.loop(socket, device)
    return this.finish()
  }

  private say(text: string): void {
    if (!this.quiet) this.process.stdout.write(text)
  }

  private fail(text: string): ProgramError {
    return new ProgramError(`arping: ${text}\n`, 2)
  }

  private parse(): void {
    const { options, operands } = getopt(this.process.argv, { short: 'h?bfDUAqc:w:i:s:I:V' },
      (text) => this.process.stderr.write(text))
    for (const { name, value } of options) this.apply(name, value)
    if (operands.length !== 1) throw new ProgramError(USAGE, 2)
    const address = resolveIpv4(this.process, operands[0])
    if (address === null) throw this.fail(`${operands[0]}: ${EAI_AGAIN_TEXT}`)
    this.target = address
  }

  private apply(name: string, value: string): void {
    const number = (least: number): number => integerOrError('arping', value, least, INT_MAX)
    switch (name) {
      case 'b': this.broadcastOnly = true; break
      case 'D': this.duplicate = true; this.quitOnReply = true; break
      case 'U': this.unsolicited = true; break
      case 'A': this.advert = true; this.unsolicited = true; break
      case 'q': this.quiet = true; break
      case 'c': this.count = number(1); break
      case 'w': this.timeoutS = number(0); break
      case 'i': this.intervalS = number(0); break
      case 'I': this.deviceName = value; break
      case 'f': this.quitOnReply = true; break
      case 's':
        this.source = parseIpv4Aton(value)
        if (this.source === null) throw this.fail(`invalid source ${value}`)
        break
      case 'V': this.process.stdout.write(VERSION); this.process.exit(0); break
      default: throw new ProgramError(USAGE, 2)
    }
  }

  /** The device of -I, or the only one that can do ARP. */
  private findDevice(): NetDevice {
    const { ns } = this.process.namespace
    if (this.deviceName === '') {
      const able = ns.devices.filter((each) => each.up && (each.flags & (IFF_LOOPBACK | IFF_NOARP)) === 0 &&
        inDeviceOf(each).addresses.length > 0)
      if (able.length === 1) return able[0]
      throw new ProgramError('arping: Suitable device could not be determined. Please, use option -I.\n' + USAGE, 2)
    }
    const device = ns.deviceByName(this.deviceName)
    if (device === null) throw this.fail(`Device ${this.deviceName} not available.`)
    const refuse = (text: string): never => {
      this.process.stdout.write(`Interface "${this.deviceName}" ${text}\n`)
      return this.process.exit(this.duplicate ? 0 : 2)
    }
    if (!device.up) refuse('is down')
    if ((device.flags & (IFF_LOOPBACK | IFF_NOARP)) !== 0) refuse('is not ARPable')
    return device
  }

  private chooseSource(): void {
    if (this.unsolicited && !this.duplicate && this.source === null) this.source = this.target
    if (this.duplicate && this.source === null) return
    const probe = this.process.namespace.sockets.udp.open()
    try {
      if (this.deviceName !== '') probe.bindToDevice(this.deviceName)
      if (this.source !== null) {
        const error = probe.bind(this.source, 0)
        if (error !== 0) throw this.fail(`bind: ${strerror(error === -EADDRNOTAVAIL ? EADDRNOTAVAIL : -error)}`)
        this.own = this.source
        return
      }
      probe.dontRoute = true
      const error = probe.connect(this.target, 1025)
      if (error !== 0) throw this.fail(`connect: ${strerror(-error)}`)
      this.own = probe.sourceAddress
    } finally {
      probe.close()
    }
  }

  private async loop(socket: PacketSocket, device: NetDevice): Promise<void> {
    const startNs = this.process.nowNs
    const endNs = this.timeoutS > 0 ? startNs + this.timeoutS * 1e9 : Infinity
    // An interval of 0 disarms the timer: one packet only.
    let tickNs = this.intervalS > 0 ? startNs + this.intervalS * 1e9 : Infinity
    let ticks = 1
    this.send(socket, device)
    for (;;) {
      let ready: boolean
      try {
        ready = await this.process.waitReadable(socket, Math.min(tickNs, endNs))
      } catch (error) {
        if (error instanceof Interrupted && ENDING_SIGNALS.has(error.signal)) return
        throw error
      }
      if (ready) {
        const packet = socket.receive()
        if (typeof packet !== 'number' && this.take(packet, device)) return
        continue
      }
      if (this.process.nowNs >= tickNs) {
        tickNs += this.intervalS * 1e9
        if (this.count > 0 && ++ticks > this.count) return
        this.send(socket, device)
      }
      if (this.process.nowNs >= endNs) return
    }
  }

  private send(socket: PacketSocket, device: NetDevice): void {
    const packet = new Uint8Array(arp.HEADER_LEN)
    arp.emit(viewOf(packet), 0, {
      operation: this.advert ? arp.ARPOP_REPLY : arp.ARPOP_REQUEST,
      senderMac: device.mac, senderIp: this.own,
      targetMac: this.advert ? device.mac : this.peerMac, targetIp: this.target,
    })
    const result = socket.send(packet, device.ifindex, ETHERTYPE_ARP, this.peerMac)
    if (result < 0) {
      this.process.stderr.write(`arping: sendto: ${strerror(-result)}\n`)
      return
    }
    this.lastSentNs = this.process.nowNs
    this.sent++
    if (!this.unicasting) this.broadcastsSent++
  }

  /** Judges a packet; true when it ends the run (recv_pack). */
  private take(packet: CapturedPacket, device: NetDevice): boolean {
    const { packetType, bytes } = packet
    if (packetType !== PACKET_HOST && packetType !== PACKET_BROADCAST && packetType !== PACKET_MULTICAST) return false
    const view = viewOf(bytes)
    if (arp.check(view, 0, bytes.length) !== 0 || arp.protocolType(view, 0) !== ETHERTYPE_IPV4) return false
    const operation = arp.operation(view, 0)
    if (operation !== arp.ARPOP_REQUEST && operation !== arp.ARPOP_REPLY) return false
    const senderMac = macFrom(arp.senderMacHi(view, 0), arp.senderMacLo(view, 0))
    const targetMac = macFrom(arp.targetMacHi(view, 0), arp.targetMacLo(view, 0))
    const targetIp = arp.targetIp(view, 0)
    if (arp.senderIp(view, 0) !== this.target) return false
    if (!this.duplicate) {
      if (targetIp !== this.own || targetMac !== device.mac) return false
    } else if (senderMac === device.mac || (this.own !== 0 && targetIp !== this.own)) return false
    let text = `${packetType === PACKET_HOST ? 'Unicast' : 'Broadcast'} ` +
      `${operation === arp.ARPOP_REPLY ? 'reply' : 'request'} from ${formatIpv4(this.target)} [${upperMac(senderMac)}] `
    const other = targetIp !== this.own
    if (other) text += `for ${formatIpv4(targetIp)} `
    if (targetMac !== device.mac) text += `${other ? '' : 'for '}[${upperMac(targetMac)}]`
    this.say(text + this.delayText(packet.timeNs))
    this.received++
    if (packetType !== PACKET_HOST) this.broadcastsReceived++
    if (operation === arp.ARPOP_REQUEST) this.requestsReceived++
    if (this.quitOnReply || (this.timeoutS > 0 && this.received === this.count)) return true
    if (!this.broadcastOnly) {
      this.peerMac = senderMac
      this.unicasting = true
    }
    return false
  }

  /** The real arping adds half a millisecond to what it shows; so do we. */
  private delayText(timeNs: number): string {
    const us = Math.floor((timeNs - this.lastSentNs + 500) / 1000)
    const ms = Math.floor((us + 500) / 1000)
    return ` ${ms}.${String(us - (ms * 1000 - 500)).padStart(3, '0')}ms\n`
  }

  private finish(): number {
    let text = `Sent ${this.sent} probes (${this.broadcastsSent} broadcast(s))\nReceived ${this.received} response(s)`
    const notes: string[] = []
    if (this.requestsReceived > 0) notes.push(`${this.requestsReceived} request(s)`)
    if (this.broadcastsReceived > 0) notes.push(`${this.broadcastsReceived} broadcast(s)`)
    if (notes.length > 0) text += ` (${notes.join(', ')})`
    this.say(`${text}\n`)
    if (this.duplicate) return this.received > 0 ? 1 : 0
    if (this.unsolicited) return 0
    // With -c each probe must have one answer: two hosts that answer one (arp flux) are no success either.
    return (this.count > 0 ? this.received === this.sent : this.received > 0) ? 0 : 1
  }
}

const ENDING_SIGNALS = new Set([SIGINT, SIGQUIT, SIGTERM])

function upperMac(mac: number): string {
  return formatMac(mac).toUpperCase()
}
