import { EAGAIN, EBADF, EINVAL, EMSGSIZE, ENETDOWN, ENODEV, ENXIO } from '../base/errno.ts'
import { type Frame, PACKET_OUTGOING } from '../device/frame.ts'
import type { FrameTap, NetDevice } from '../device/net-device.ts'
import { truesize } from '../device/truesize.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import { macHi, macLo } from '../wire/address.ts'
import * as ethernet from '../wire/ethernet.ts'
import { DEFAULT_BUFFER } from './datagram-queue.ts'
import type { Readable, Waker } from './readable.ts'

/** Every protocol, in both directions. */
export const ETH_P_ALL = 0x0003

/** What a packet socket read. */
export interface CapturedPacket {
  /** SOCK_RAW: the whole frame; SOCK_DGRAM: from the network header on. Cut to what the filter allowed. */
  readonly bytes: Uint8Array
  /** Its length before it was cut. */
  readonly length: number
  readonly timeNs: number
  /** sockaddr_ll: device, EtherType, PACKET_*, ARPHRD_* and the sender's MAC. */
  readonly ifindex: number
  readonly protocol: number
  readonly packetType: number
  readonly hardwareType: number
  readonly address: number
}

/** A program that judges frames (SO_ATTACH_FILTER). Returns how many bytes to keep; 0 refuses the frame. */
export interface FrameFilter {
  run(view: DataView, start: number, end: number, packetType: number, ifindex: number): number
}

/**
 * Packet sockets (Linux net/packet/af_packet.c): see frames as devices send and receive them, and send frames of their
 * own making; for tcpdump, arping and DHCP clients. What they saw is copied out at once, since they are for looking.
 */
export class PacketSockets {
  private readonly sockets: PacketSocket[] = []
  private listening = false

  constructor(readonly ns: NetNamespace) {}

  /** socket(AF_PACKET, SOCK_RAW or, if `cooked`, SOCK_DGRAM, protocol). Protocol 0 receives nothing. */
  open(cooked: boolean, protocol: number): PacketSocket {
    const socket = new PacketSocket(this, cooked, protocol)
    this.sockets.push(socket)
    if (!this.listening) {
      this.listening = true
      this.ns.onDevice((device, event) => {
        if (event === 'register' || event === 'unregister') {
          for (const each of this.sockets) each.onDevice(device, event === 'register')
        }
      })
    }
    socket.bind(0, protocol)
    return socket
  }

  /** Open sockets, oldest first. Cold. */
  get list(): readonly PacketSocket[] {
    return this.sockets
  }

  remove(socket: PacketSocket): void {
    this.sockets.splice(this.sockets.indexOf(socket), 1)
  }
}

export class PacketSocket implements Readable, FrameTap {
  onReadable: Waker | null = null
  filter: FrameFilter | null = null
  /** Bytes of truesize that may wait to be read (SO_RCVBUF, or the ring). */
  receiveBuffer = DEFAULT_BUFFER
  /** PACKET_STATISTICS: frames that passed the filter, and those of them that found the buffer full. */
  received = 0
  dropped = 0
  closed = false
  /** Whether outgoing frames are left out (PACKET_IGNORE_OUTGOING). */
  ignoreOutgoing = false
  private ifindex = 0
  private used = 0
  private queue: CapturedPacket[] = []
  private head = 0
  private readonly tapped: NetDevice[] = []
  private readonly promiscuous: NetDevice[] = []

  constructor(private readonly owner: PacketSockets, readonly cooked: boolean, private protocol: number) {}

  get label(): string {
    return `packet ${this.owner.ns.deviceByIndex(this.ifindex)?.name ?? '*'}`
  }

  get readable(): boolean {
    return this.head < this.queue.length
  }

  /** Where it listens: a device, or 0 for all; and which EtherType, 0 for none. */
  get boundIfindex(): number {
    return this.ifindex
  }

  get boundProtocol(): number {
    return this.protocol
  }

  /** Bytes of truesize that wait to be read (sk_rmem_alloc). */
  get waiting(): number {
    return this.used
  }

  /** bind(): hears one device, or all with ifindex 0. 0 or -ENODEV. */
  bind(ifindex: number, protocol: number): number {
    const ns = this.owner.ns
    if (ifindex !== 0 && ns.deviceByIndex(ifindex) === null) return -ENODEV
    for (const device of this.tapped.splice(0)) device.removeTap(this)
    this.ifindex = ifindex
    this.protocol = protocol
    for (const device of ns.devices) this.onDevice(device, true)
    return 0
  }

  /** PACKET_ADD_MEMBERSHIP with PACKET_MR_PROMISC, until the socket is closed. 0 or -ENODEV. */
  setPromiscuous(ifindex: number): number {
    const device = this.owner.ns.deviceByIndex(ifindex)
    if (device === null) return -ENODEV
    device.setPromiscuity(1)
    this.promiscuous.push(device)
    return 0
  }

  onDevice(device: NetDevice, here: boolean): void {
    if (!here) {
      device.removeTap(this)
      const at = this.tapped.indexOf(device)
      if (at >= 0) this.tapped.splice(at, 1)
    } else if (this.protocol !== 0 && (this.ifindex === 0 || this.ifindex === device.ifindex)) {
      device.addTap(this)
      this.tapped.push(device)
    }
  }

  onFrame(frame: Frame, outgoing: boolean): void {
    // A protocol of its own stands in ptype_base, which only receives; ETH_P_ALL in ptype_all, which sees both ways.
    if (outgoing && (this.protocol !== ETH_P_ALL || this.ignoreOutgoing)) return
    const protocol = ethernet.type(frame.view, frame.start)
    if (this.protocol !== ETH_P_ALL && this.protocol !== protocol) return
    const start = this.cooked ? frame.start + ethernet.HEADER_LEN : frame.start
    const device = frame.device
    const ifindex = device === null ? 0 : device.ifindex
    const packetType = outgoing ? PACKET_OUTGOING : frame.packetType
    const kept = this.filter === null ? frame.end - start
      : this.filter.run(frame.view, start, frame.end, packetType, ifindex)
    if (kept <= 0) return
    this.received++
    if (this.used >= this.receiveBuffer) {
      this.dropped++
      return
    }
    this.used += truesize(frame.end - frame.start)
    this.queue.push({
      bytes: frame.bytes.slice(start, Math.min(start + kept, frame.end)),
      length: frame.end - start,
      timeNs: this.owner.ns.simulation.nowNs,
      ifindex,
      protocol,
      packetType,
      hardwareType: device === null ? 0 : device.hardwareType,
      address: ethernet.source(frame.view, frame.start),
    })
    if (this.onReadable !== null) this.onReadable.wake()
  }

  /** recvfrom(): the oldest frame, or -EAGAIN. */
  receive(): CapturedPacket | number {
    if (this.head === this.queue.length) return -EAGAIN
    const packet = this.queue[this.head++]
    if (this.head === this.queue.length) {
      this.queue = []
      this.head = 0
      this.used = 0
    } else this.used -= truesize(packet.length + (this.cooked ? ethernet.HEADER_LEN : 0))
    return packet
  }

  /**
   * sendto(): a whole frame, or for a cooked socket the payload that goes to `destination` (a MAC) as `protocol`.
   * Returns the length given, or -errno: ENXIO, ENETDOWN, EMSGSIZE, EINVAL (shorter than a header) (packet_snd).
   */
  send(bytes: Uint8Array, ifindex: number, protocol = this.protocol, destination = 0): number {
    if (this.closed) return -EBADF
    const ns = this.owner.ns
    const device = ns.deviceByIndex(ifindex === 0 ? this.ifindex : ifindex)
    if (device === null) return -ENXIO
    if (!device.up) return -ENETDOWN
    const header = this.cooked ? ethernet.HEADER_LEN : 0
    if (bytes.length + header < ethernet.HEADER_LEN) return -EINVAL
    const tagged = !this.cooked && ((bytes[12] << 8) | bytes[13]) === ethernet.ETHERTYPE_VLAN ? 4 : 0
    if (bytes.length + header > device.mtu + ethernet.HEADER_LEN + tagged) return -EMSGSIZE
    const frame = ns.pool.take(bytes.length + header)
    frame.end = frame.start + header + bytes.length
    frame.bytes.set(bytes, frame.start + header)
    if (this.cooked) {
      ethernet.setDestination(frame.view, frame.start, macHi(destination), macLo(destination))
      ethernet.setSource(frame.view, frame.start, device.macHi, device.macLo)
      ethernet.setType(frame.view, frame.start, protocol)
    }
    frame.networkAt = frame.start + ethernet.HEADER_LEN
    frame.protocol = ethernet.type(frame.view, frame.start)
    if (ns.tracing) {
      const text = `a program sends a frame of its own making out of ${device.name}`
      ns.trace(frame, { hook: 'packet_sendmsg', text })
    }
    device.transmit(frame)
    return bytes.length
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    for (const device of this.tapped.splice(0)) device.removeTap(this)
    for (const device of this.promiscuous.splice(0)) device.setPromiscuity(-1)
    this.owner.remove(this)
    this.queue = []
    this.head = 0
  }
}
