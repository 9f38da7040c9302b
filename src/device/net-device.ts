// Hot path.
import { JournalKind } from '../engine/journal-record.ts'
import type { Simulation } from '../engine/simulation.ts'
import { macFrom, macHi, macLo } from '../wire/address.ts'
import { DropReason } from '../wire/drop-reason.ts'
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, HEADER_LEN as ETHERNET_LEN } from '../wire/ethernet.ts'
import { DEFAULT_SETTINGS, type DeviceSettings, LOOPBACK_SETTINGS, withSetting } from './device-settings.ts'
import {
  type Frame, PACKET_BROADCAST, PACKET_HOST, PACKET_MULTICAST, PACKET_OTHERHOST, PACKET_OUTGOING,
} from './frame.ts'
import type { FramePool } from './frame-pool.ts'

/** Interface flags (Linux include/uapi/linux/if.h). */
export const IFF_UP = 0x1
export const IFF_BROADCAST = 0x2
export const IFF_LOOPBACK = 0x8
export const IFF_POINTOPOINT = 0x10
export const IFF_NOARP = 0x80
export const IFF_PROMISC = 0x100
export const IFF_ALLMULTI = 0x200
export const IFF_MULTICAST = 0x1000

/** RFC 2863 operational state, as /sys/class/net/DEV/operstate numbers it (Linux include/uapi/linux/if.h). */
export const IF_OPER_UNKNOWN = 0
export const IF_OPER_NOTPRESENT = 1
export const IF_OPER_DOWN = 2
export const IF_OPER_LOWERLAYERDOWN = 3
export const IF_OPER_UP = 6

/** Hardware types (ARPHRD_*, Linux include/uapi/linux/if_arp.h). */
export const ARPHRD_ETHER = 1
export const ARPHRD_LOOPBACK = 772

/** What changed about a device; the namespace passes it to its listeners in a fixed order (Linux NETDEV_*). */
export type DeviceEvent =
  | 'register' | 'unregister' | 'up' | 'going-down' | 'down' | 'carrier' | 'mtu' | 'address' | 'name' | 'master'
  | 'promiscuity' | 'flags' | 'settings'

/** Takes frames whose network header is at `frame.networkAt`, and owns them. */
export interface PacketHandler {
  receive(frame: Frame): void
}

/** What a device needs of the network namespace it lives in; inet/ fills it. */
export interface NetStack {
  readonly simulation: Simulation
  readonly pool: FramePool
  /** The node's number in the total order of events. */
  readonly node: number
  /** Packet types by EtherType: the two frequent ones as fields, the others in a map. */
  ipv4: PacketHandler | null
  arp: PacketHandler | null
  readonly otherTypes: Map<number, PacketHandler>
  onDeviceEvent(device: NetDevice, event: DeviceEvent): void
}

/** The part below a device: a link's end, loopback, a bridge, a tunnel (net_device_ops). */
export interface DeviceDriver {
  /** The kind `ip -d link` shows (veth, bridge, vlan, dummy), or '' for loopback. */
  readonly kind: string
  /** Sends a frame that the device has already counted; owns it (ndo_start_xmit). */
  transmit(frame: Frame): void
  /** Called when the device was set up or down (ndo_open, ndo_stop). */
  onAdminState(up: boolean): void
}

/** Sees every frame a device sends or receives, without owning it (Linux ptype_all: packet sockets). */
export interface FrameTap {
  onFrame(frame: Frame, outgoing: boolean): void
}

/** Takes frames away from a device before its own protocols see them: a bridge's port (rx_handler). */
export interface ReceiveHandler {
  /** Returns true if it took the frame (and owns it), false to let the device go on with it. */
  onReceive(frame: Frame, device: NetDevice): boolean
}

/** Counters of a device (struct rtnl_link_stats64, the ones that can move here). */
export class DeviceCounters {
  rxPackets = 0
  rxBytes = 0
  rxErrors = 0
  rxDropped = 0
  rxCrcErrors = 0
  rxLengthErrors = 0
  rxNoHandler = 0
  multicast = 0
  txPackets = 0
  txBytes = 0
  txErrors = 0
  txDropped = 0
  txCarrierErrors = 0
}

/**
 * A network device (Linux: struct net_device) of Ethernet type: the meeting point of the layers. What sends, calls
 * `transmit`; what is below, calls `receive`. Loopback is one too, with an Ethernet header of zeros, as in Linux.
 */
export class NetDevice {
  flags: number
  /** Device of which this is a port (bridge, bond), or null. */
  master: NetDevice | null = null
  receiveHandler: ReceiveHandler | null = null
  taps: FrameTap[] | null = null
  /**
   * Bytes at the head of a frame that its counters leave out: Linux's devices count at different places. lo counts
   * behind eth_type_trans() both ways, bridges and VLAN devices what they receive, veth whole frames. Only VLAN devices
   * count multicast frames.
   */
  uncountedReceived = 0
  uncountedSent = 0
  countsMulticast = false
  /** IFF_PROMISC requests (dev->promiscuity). */
  promiscuity = 0
  allMulticast = 0
  carrier = true
  /** Times the carrier went away or came back (`carrier_changes`). */
  carrierChanges = 0
  /** Was up once, so it has its queue (Linux: qdisc noqueue, before that noop). */
  opened = false
  /** Layer 3's own state of this device (dev->ip_ptr); inet/ owns the type. */
  inet: object | null = null
  /** The upper 16 bits of the MAC address, and the lower 32 as an int32. */
  macHi = 0
  macLo = 0
  private usage: DeviceCounters | null = null
  private settings: DeviceSettings

  constructor(
    public stack: NetStack,
    public name: string,
    public ifindex: number,
    readonly hardwareType: number,
    public mtu: number,
    mac: number,
    public driver: DeviceDriver,
  ) {
    this.flags = hardwareType === ARPHRD_LOOPBACK ? IFF_LOOPBACK : IFF_BROADCAST | IFF_MULTICAST
    this.settings = hardwareType === ARPHRD_LOOPBACK ? LOOPBACK_SETTINGS : DEFAULT_SETTINGS
    this.setMac(mac)
  }

  /** Made when first asked for, which a frame does. */
  get counters(): DeviceCounters {
    if (this.usage === null) this.usage = new DeviceCounters()
    return this.usage
  }

  /** The MAC address as a 48-bit number. */
  get mac(): number {
    return macFrom(this.macHi, this.macLo)
  }

  get broadcastMac(): number {
    return this.settings.broadcastMac
  }

  set broadcastMac(broadcastMac: number) {
    this.settings = withSetting(this.settings, 'broadcastMac', broadcastMac)
  }

  get transmitQueueLength(): number {
    return this.settings.transmitQueueLength
  }

  set transmitQueueLength(transmitQueueLength: number) {
    this.settings = withSetting(this.settings, 'transmitQueueLength', transmitQueueLength)
  }

  get group(): number {
    return this.settings.group
  }

  set group(group: number) {
    this.settings = withSetting(this.settings, 'group', group)
  }

  get alias(): string {
    return this.settings.alias
  }

  set alias(alias: string) {
    this.settings = withSetting(this.settings, 'alias', alias)
  }

  /** IFF_PROMISC and IFF_ALLMULTI as a user set them; the counts have others' requests too (dev->gflags). */
  get userFlags(): number {
    return this.settings.userFlags
  }

  set userFlags(userFlags: number) {
    this.settings = withSetting(this.settings, 'userFlags', userFlags)
  }

  get up(): boolean {
    return (this.flags & IFF_UP) !== 0
  }

  /** IFF_UP and a carrier: what Linux calls running. */
  get running(): boolean {
    return (this.flags & IFF_UP) !== 0 && this.carrier
  }

  setMac(mac: number): void {
    this.macHi = macHi(mac)
    this.macLo = macLo(mac)
  }

  /**
   * Sends a frame whose Ethernet header is at `frame.start`; owns it (dev_queue_xmit). A device that is down or has no
   * carrier drops it: DEVICE_DOWN, CARRIER_OFF. MTU is layer 3's affair, as in Linux.
   */
  transmit(frame: Frame): void {
    const counters = this.counters
    if ((this.flags & IFF_UP) === 0 || !this.carrier) {
      frame.device = this
      counters.txDropped++
      this.stack.pool.drop(frame, (this.flags & IFF_UP) === 0 ? DropReason.DEVICE_DOWN : DropReason.CARRIER_OFF)
      return
    }
    frame.device = this
    frame.packetType = PACKET_OUTGOING
    if (this.taps !== null) this.tap(frame, true)
    const journal = this.stack.simulation.journal
    if (journal.recording) {
      journal.recordBytes(JournalKind.FRAME_SENT, this.stack.node, this.ifindex, frame.traceId, 0, frame.view,
        frame.start, frame.end)
    }
    counters.txPackets++
    counters.txBytes += frame.end - frame.start - this.uncountedSent
    this.driver.transmit(frame)
  }

  /**
   * Takes a frame that arrived, its Ethernet header at `frame.start` and checked to be there; owns it
   * (netif_receive_skb). Decides who it is for, shows it to the taps, and hands it to the bridge or the protocol.
   */
  receive(frame: Frame): void {
    const counters = this.counters
    const view = frame.view
    const at = frame.start
    frame.device = this
    if ((this.flags & IFF_UP) === 0) {
      counters.rxDropped++
      this.stack.pool.drop(frame, DropReason.DEVICE_DOWN)
      return
    }
    if (frame.corrupt) {
      counters.rxErrors++
      counters.rxCrcErrors++
      this.stack.pool.drop(frame, DropReason.LINK_CORRUPT_FCS)
      return
    }
    if (frame.end - at < ETHERNET_LEN) {
      counters.rxErrors++
      counters.rxLengthErrors++
      this.stack.pool.drop(frame, DropReason.PKT_TOO_SMALL)
      return
    }
    counters.rxPackets++
    counters.rxBytes += frame.end - at - this.uncountedReceived
    const hi = view.getUint16(at)
    if (hi === this.macHi && view.getInt32(at + 2) === this.macLo) {
      frame.packetType = PACKET_HOST
    } else if ((hi & 0x100) !== 0) {
      frame.packetType = hi === 0xffff && view.getInt32(at + 2) === -1 ? PACKET_BROADCAST : PACKET_MULTICAST
      if (this.countsMulticast && frame.packetType === PACKET_MULTICAST) counters.multicast++
    } else {
      frame.packetType = PACKET_OTHERHOST
    }
    const journal = this.stack.simulation.journal
    if (journal.recording) {
      journal.recordBytes(JournalKind.FRAME_RECEIVED, this.stack.node, this.ifindex, frame.traceId, 0, view, at,
        frame.end)
    }
    if (frame.inputIfindex === 0) frame.inputIfindex = this.ifindex
    frame.networkAt = at + ETHERNET_LEN
    if (this.taps !== null) this.tap(frame, false)
    if (this.receiveHandler !== null && this.receiveHandler.onReceive(frame, this)) return
    this.deliver(frame)
  }

  /** Hands a frame to the protocol of its EtherType, past taps and bridge; owns it (deliver_skb, ptype_base). */
  deliver(frame: Frame): void {
    const protocol = frame.view.getUint16(frame.networkAt - 2)
    frame.protocol = protocol
    const stack = this.stack
    if (protocol === ETHERTYPE_IPV4 && stack.ipv4 !== null) stack.ipv4.receive(frame)
    else if (protocol === ETHERTYPE_ARP && stack.arp !== null) stack.arp.receive(frame)
    else this.deliverOther(frame, protocol)
  }

  /** Adds a tap; promiscuous mode is asked for apart, with setPromiscuity. Cold. */
  addTap(tap: FrameTap): void {
    if (this.taps === null) this.taps = []
    this.taps.push(tap)
  }

  removeTap(tap: FrameTap): void {
    if (this.taps === null) return
    const at = this.taps.indexOf(tap)
    if (at >= 0) this.taps.splice(at, 1)
    if (this.taps.length === 0) this.taps = null
  }

  /** Counts a user of promiscuous mode in (+1) or out (-1) (dev_set_promiscuity). */
  setPromiscuity(by: number): void {
    const before = this.promiscuity
    this.promiscuity = before + by
    if (this.promiscuity > 0) this.flags |= IFF_PROMISC
    else this.flags &= ~IFF_PROMISC
    if (before > 0 !== this.promiscuity > 0) this.stack.onDeviceEvent(this, 'promiscuity')
  }

  /** Sets the administrative state (dev_change_flags). Listeners hear 'up', or 'going-down' and 'down'. */
  setUp(up: boolean): void {
    if (up === this.up) return
    if (up) {
      this.flags |= IFF_UP
      this.opened = true
      this.driver.onAdminState(true)
      this.stack.onDeviceEvent(this, 'up')
    } else {
      this.stack.onDeviceEvent(this, 'going-down')
      this.flags &= ~IFF_UP
      this.driver.onAdminState(false)
      this.stack.onDeviceEvent(this, 'down')
    }
  }

  /** Tells the device that its wire came or went (netif_carrier_on, netif_carrier_off). */
  setCarrier(carrier: boolean): void {
    if (carrier === this.carrier) return
    this.carrier = carrier
    this.carrierChanges++
    this.stack.onDeviceEvent(this, 'carrier')
  }

  private tap(frame: Frame, outgoing: boolean): void {
    const taps = this.taps
    if (taps === null) return
    for (let i = 0; i < taps.length; i++) taps[i].onFrame(frame, outgoing)
  }

  private deliverOther(frame: Frame, protocol: number): void {
    const handler = this.stack.otherTypes.get(protocol)
    if (handler !== undefined) {
      handler.receive(frame)
      return
    }
    const forOthers = frame.packetType === PACKET_OTHERHOST
    if (!forOthers) this.counters.rxNoHandler++
    this.stack.pool.drop(frame, forOthers ? DropReason.OTHERHOST : DropReason.UNHANDLED_PROTO)
  }
}
