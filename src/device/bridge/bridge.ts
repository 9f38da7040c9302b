// Hot path.
import { assert } from '../../base/assert.ts'
import { macHi, macLo } from '../../wire/address.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import { HEADER_LEN as ETHERNET_LEN } from '../../wire/ethernet.ts'
import { HEADER_LEN as VLAN_LEN } from '../../wire/vlan.ts'
import { type Frame, PACKET_LOOPBACK } from '../frame.ts'
import { IDLE_DRIVER } from '../loopback.ts'
import {
  ARPHRD_ETHER, type DeviceDriver, type DeviceEvent, IFF_PROMISC, NetDevice, type NetStack, type ReceiveHandler,
} from '../net-device.ts'
import { BROADCAST, MULTICAST, traceFlood, traceForward, traceLearn, traceLocal, UNICAST } from './bridge-trace.ts'
import { FDB_LOCAL, FDB_STATIC, Fdb } from './fdb.ts'

/** Port states (BR_STATE_*, Linux include/uapi/linux/if_bridge.h). */
export const BR_STATE_DISABLED = 0
export const BR_STATE_LISTENING = 1
export const BR_STATE_LEARNING = 2
export const BR_STATE_FORWARDING = 3
export const BR_STATE_BLOCKING = 4

/** ETH_DATA_LEN. */
const ETHERNET_MTU = 1500
/** Ports of one bridge (BR_MAX_PORTS). */
export const MAX_PORTS = 1024
const DEFAULT_AGEING_NS = 300e9
const NO_PORT = -1
/** The VLAN every port is in from the start (vlan_default_pvid). */
export const DEFAULT_PVID = 1

/** What can be set and seen of a bridge, and has no effect without a spanning tree and multicast groups. */
export interface BridgeSettings {
  readonly forwardDelayNs: number
  readonly helloTimeNs: number
  readonly maxAgeNs: number
  readonly priority: number
  readonly multicastSnooping: number
}

const DEFAULT_SETTINGS: BridgeSettings = {
  forwardDelayNs: 15e9, helloTimeNs: 2e9, maxAgeNs: 20e9, priority: 0x8000, multicastSnooping: 1,
}

/** A bridge's port: its device, its number, and what it may do (struct net_bridge_port). */
export class BridgePort implements ReceiveHandler {
  state = BR_STATE_DISABLED
  learning = true
  flood = true
  multicastFlood = true
  broadcastFlood = true
  hairpin = false
  isolated = false
  locked = false
  /** Path cost (2: a link of 10 Gbit/s, as veth says of itself) and priority; without a spanning tree, only shown. */
  cost = 2
  priority = 32

  /** The device's MAC as the forwarding database has it. */
  mac: number

  constructor(readonly bridge: Bridge, readonly device: NetDevice, readonly number: number) {
    this.mac = device.mac
  }

  onReceive(frame: Frame, _device: NetDevice): boolean {
    return this.bridge.receive(frame, this)
  }
}

/**
 * A Linux bridge (net/bridge/): a device `br0` whose ports are other devices. It learns from which port each source
 * comes, forwards to the port of the destination, and floods what it does not know; it changes no byte of a frame.
 *
 *     port.onReceive -> receive (br_handle_frame) -> learn -> forward | flood | pass up to br0
 *     br0.transmit -> transmit  (br_dev_xmit)              -> forward | flood
 *
 * Spanning tree is off, as in a new bridge: a port forwards as soon as its device has a carrier.
 * A frame that goes to several ports is cloned: the bytes are shared, whoever rewrites them copies.
 */
export class Bridge implements DeviceDriver {
  readonly kind = 'bridge'
  readonly device: NetDevice
  readonly fdb = new Fdb()
  ageingNs = DEFAULT_AGEING_NS
  settings = DEFAULT_SETTINGS
  /** In Linux's order: the port that was added last comes first (list_add_rcu). */
  readonly ports: BridgePort[] = []
  /** The MAC was set by hand, and does not follow the ports (NET_ADDR_SET). */
  macSet = false
  mtuSet = false
  /**
   * Whether its ports have been looked at for a carrier: at the first port, or when its MAC is set by hand
   * (br_port_state_selection). A new bridge has a carrier, whose state Linux calls unknown.
   */
  selected = false
  /** It is being deleted: its ports go one by one. */
  closing = false
  private readonly byNumber: (BridgePort | null)[] = [null]

  constructor(readonly stack: NetStack, name: string, ifindex: number, mac: number) {
    this.device = new NetDevice(stack, name, ifindex, ARPHRD_ETHER, ETHERNET_MTU, mac, IDLE_DRIVER)
    this.device.driver = this
    this.device.uncountedReceived = ETHERNET_LEN
    this.device.countsMulticast = true
    this.addLocal(mac, 0)
  }

  portOf(device: NetDevice): BridgePort | null {
    for (let i = 0; i < this.ports.length; i++) if (this.ports[i].device === device) return this.ports[i]
    return null
  }

  portByNumber(number: number): BridgePort | null {
    return this.byNumber[number] ?? null
  }

  /** Makes a device a port (br_add_if). */
  addPort(device: NetDevice): BridgePort {
    assert(device.master === null, 'a device has one master')
    let number = 1
    while (this.byNumber[number]) number++
    assert(number < MAX_PORTS, 'a bridge has at most 1023 ports')
    const port = new BridgePort(this, device, number)
    this.byNumber[number] = port
    this.ports.unshift(port)
    device.master = this.device
    device.receiveHandler = port
    device.setPromiscuity(1)
    device.allMulticast++
    this.addLocal(device.mac, number)
    this.followPorts()
    this.updatePort(device)
    this.stack.onDeviceEvent(device, 'master')
    return port
  }

  /** Takes a port out (br_del_if). */
  removePort(device: NetDevice): void {
    const port = this.portOf(device)
    assert(port !== null, 'the device is a port of this bridge')
    if (port === null) return
    this.ports.splice(this.ports.indexOf(port), 1)
    device.master = null
    this.fdb.flushPort(port.number, true)
    this.byNumber[port.number] = null
    device.receiveHandler = null
    device.setPromiscuity(-1)
    device.allMulticast--
    this.followPorts()
    this.updateCarrier()
    this.stack.onDeviceEvent(device, 'master')
  }

  /** A port's device changed: its state follows (br_port_carrier_check, br_stp_enable_port, br_stp_disable_port). */
  updatePort(device: NetDevice): void {
    const port = this.portOf(device)
    if (port === null) return
    const forwards = device.running && this.device.up
    if (forwards && port.state === BR_STATE_DISABLED) port.state = BR_STATE_FORWARDING
    if (!forwards && port.state !== BR_STATE_DISABLED) {
      port.state = BR_STATE_DISABLED
      this.fdb.flushPort(port.number, false)
    }
    this.updateCarrier()
  }

  /** Something about a port's device changed (br_device_event). */
  onPortEvent(port: BridgePort, event: DeviceEvent): void {
    if (event === 'up' || event === 'down' || event === 'carrier') {
      this.updatePort(port.device)
    } else if (event === 'address') {
      this.fdb.removeMac(port.mac, 0)
      this.fdb.removeMac(port.mac, DEFAULT_PVID)
      port.mac = port.device.mac
      this.addLocal(port.mac, port.number)
      this.followPorts()
    } else if (event === 'mtu') {
      this.followPorts()
    } else if (event === 'unregister') {
      this.removePort(port.device)
    }
  }

  /** Sets the bridge's own MAC by hand: from then on it does not follow the ports (br_set_mac_address). */
  setMac(mac: number): void {
    this.macSet = true
    if (mac === this.device.mac) return
    this.takeMac(mac)
    this.updateCarrier()
  }

  /** What br0 itself sends (br_dev_xmit). */
  transmit(frame: Frame): void {
    const view = frame.view
    const hi = view.getUint16(frame.start)
    if ((hi & 0x100) !== 0) {
      this.flood(frame, null, hi === 0xffff && view.getInt32(frame.start + 2) === -1 ? BROADCAST : MULTICAST)
      return
    }
    const number = this.lookup(hi, view.getInt32(frame.start + 2))
    if (number === NO_PORT) this.flood(frame, null, UNICAST)
    else this.forward(frame, null, number)
  }

  onAdminState(_up: boolean): void {
    for (let i = 0; i < this.ports.length; i++) this.updatePort(this.ports[i].device)
  }

  /** Takes what a port received; false: the port's own protocols get it (br_handle_frame, br_handle_frame_finish). */
  receive(frame: Frame, port: BridgePort): boolean {
    if (frame.packetType === PACKET_LOOPBACK) return false
    const view = frame.view
    const start = frame.start
    const sourceHi = view.getUint16(start + 6)
    const sourceLo = view.getInt32(start + 8)
    if ((sourceHi & 0x100) !== 0 || (sourceHi === 0 && sourceLo === 0)) {
      this.stack.pool.drop(frame, DropReason.MAC_INVALID_SOURCE)
      return true
    }
    const hi = view.getUint16(start)
    const lo = view.getInt32(start + 2)
    if (hi === 0x0180 && (lo & 0xfffffff0) === (0xc2000000 | 0)) {
      // 802.1D link-local group addresses: only the spanning tree's own is forwarded, since there is no spanning tree.
      const group = lo & 15
      if (group === 1) {
        this.stack.pool.drop(frame, DropReason.BRIDGE_NO_EGRESS_PORT)
        return true
      }
      if (group !== 0) return false
    }
    if (port.state !== BR_STATE_FORWARDING) {
      this.stack.pool.drop(frame, DropReason.BRIDGE_INGRESS_STP_STATE)
      return true
    }
    if (port.learning) this.learn(frame, sourceHi, sourceLo, port)
    this.bridge(frame, port, hi, lo)
    return true
  }

  private bridge(frame: Frame, port: BridgePort, hi: number, lo: number): void {
    const up = this.device.up
    if ((hi & 0x100) !== 0) {
      if (up) this.passUp(this.stack.pool.clone(frame))
      this.flood(frame, port, hi === 0xffff && lo === -1 ? BROADCAST : MULTICAST)
      return
    }
    const promiscuous = up && (this.device.flags & IFF_PROMISC) !== 0
    const slot = this.fdb.find(hi, lo, 0)
    if (slot >= 0 && (this.fdb.flagsAt(slot) & FDB_LOCAL) !== 0) {
      if (this.stack.simulation.journal.tracing) traceLocal(this.stack, frame, this.device)
      this.passUp(frame)
      return
    }
    if (promiscuous) this.passUp(this.stack.pool.clone(frame))
    const number = this.lookup(hi, lo)
    if (number === NO_PORT) this.flood(frame, port, UNICAST)
    else this.forward(frame, port, number)
  }

  /** The port number behind which a MAC is, or NO_PORT. */
  private lookup(hi: number, lo: number): number {
    const slot = this.fdb.find(hi, lo, 0)
    if (slot < 0) return NO_PORT
    return this.fdb.portAt(slot, this.stack.simulation.clock.ns[0], this.ageingNs)
  }

  /** br_fdb_update. */
  private learn(frame: Frame, hi: number, lo: number, port: BridgePort): void {
    if (this.ageingNs === 0) return
    const nowNs = this.stack.simulation.clock.ns[0]
    const slot = this.fdb.find(hi, lo, 0)
    if (slot < 0) {
      this.fdb.set(hi, lo, 0, port.number, 0, nowNs)
      if (this.stack.simulation.journal.tracing) traceLearn(this.stack, frame, hi, lo, port, true)
      return
    }
    const flags = this.fdb.flagsAt(slot)
    if ((flags & FDB_LOCAL) !== 0) return
    const before = this.fdb.portAt(slot, nowNs, this.ageingNs)
    if (before === NO_PORT) {
      this.fdb.remove(slot) // it had aged out
      this.fdb.set(hi, lo, 0, port.number, 0, nowNs)
    } else if ((flags & FDB_STATIC) !== 0 && before !== port.number) this.fdb.set(hi, lo, 0, port.number, flags, nowNs)
    else this.fdb.touch(slot, port.number, nowNs)
    if (before !== port.number && this.stack.simulation.journal.tracing) {
      traceLearn(this.stack, frame, hi, lo, port, before === NO_PORT)
    }
  }

  private forward(frame: Frame, from: BridgePort | null, number: number): void {
    const to = this.byNumber[number] ?? null
    if (this.stack.simulation.journal.tracing) traceForward(this.stack, frame, to)
    if (to === null || !mayDeliver(to, from)) {
      this.stack.pool.drop(frame, to !== null && to === from ? DropReason.BRIDGE_SAME_PORT
        : DropReason.BRIDGE_NO_EGRESS_PORT)
      return
    }
    this.send(frame, to)
  }

  /** To every port that may have it but the one it came from (br_flood); owns the frame. */
  private flood(frame: Frame, from: BridgePort | null, what: number): void {
    let last: BridgePort | null = null
    const ports = this.ports
    if (this.stack.simulation.journal.tracing) traceFlood(this.stack, frame, ports, from, what)
    for (let i = 0; i < ports.length; i++) {
      const port = ports[i]
      if (what === UNICAST ? !port.flood : what === MULTICAST ? !port.multicastFlood : !port.broadcastFlood) continue
      if (!mayDeliver(port, from)) continue
      if (last !== null) this.send(this.stack.pool.clone(frame), last)
      last = port
    }
    if (last === null) this.stack.pool.drop(frame, DropReason.BRIDGE_NO_EGRESS_PORT)
    else this.send(frame, last)
  }

  private send(frame: Frame, port: BridgePort): void {
    if (frame.end - frame.start > port.device.mtu + ETHERNET_LEN + VLAN_LEN) {
      frame.device = port.device
      port.device.counters.txDropped++
      this.stack.pool.drop(frame, DropReason.PKT_TOO_BIG)
      return
    }
    port.device.transmit(frame)
  }

  private passUp(frame: Frame): void {
    frame.inputIfindex = this.device.ifindex
    this.device.receive(frame)
  }

  /** A MAC of the bridge or of a port: frames to it go up. Where two have the same, the first stays. */
  private addLocal(mac: number, port: number): void {
    const nowNs = this.stack.simulation.clock.ns[0]
    const flags = FDB_LOCAL | FDB_STATIC
    if (this.fdb.find(macHi(mac), macLo(mac), 0) < 0) this.fdb.set(macHi(mac), macLo(mac), 0, port, flags, nowNs)
    if (this.fdb.find(macHi(mac), macLo(mac), DEFAULT_PVID) < 0) {
      this.fdb.set(macHi(mac), macLo(mac), DEFAULT_PVID, port, flags, nowNs)
    }
  }

  /**
   * The bridge takes its ports' lowest MAC and smallest MTU, unless they were set; after the last port it has the MAC
   * 00:00:00:00:00:00 and the MTU 1500 (br_stp_recalculate_bridge_id, br_mtu_min).
   */
  private followPorts(): void {
    const ports = this.ports
    let mac = ports.length === 0 ? 0 : ports[0].device.mac
    let mtu = ports.length === 0 ? ETHERNET_MTU : ports[0].device.mtu
    for (let i = 1; i < ports.length; i++) {
      if (ports[i].device.mac < mac) mac = ports[i].device.mac
      if (ports[i].device.mtu < mtu) mtu = ports[i].device.mtu
    }
    if (!this.macSet && mac !== this.device.mac) this.takeMac(mac)
    if (!this.mtuSet && mtu !== this.device.mtu) {
      this.device.mtu = mtu
      this.stack.onDeviceEvent(this.device, 'mtu')
    }
  }

  private takeMac(mac: number): void {
    const slot = this.fdb.find(this.device.macHi, this.device.macLo, 0)
    if (slot >= 0 && this.fdb.portAt(slot, 0, 0) === 0) {
      this.fdb.removeMac(this.device.mac, 0)
      this.fdb.removeMac(this.device.mac, DEFAULT_PVID)
    }
    this.device.setMac(mac)
    if (mac !== 0) this.addLocal(mac, 0)
    this.stack.onDeviceEvent(this.device, 'address')
  }

  updateCarrier(): void {
    this.selected = true
    let forwarding = false
    for (let i = 0; i < this.ports.length; i++) if (this.ports[i].state === BR_STATE_FORWARDING) forwarding = true
    this.device.setCarrier(forwarding)
  }
}

/** should_deliver: not back where it came from, to a port that forwards, not between two isolated ports. */
function mayDeliver(to: BridgePort, from: BridgePort | null): boolean {
  if (to.state !== BR_STATE_FORWARDING) return false
  if (from === null) return true
  if (to === from && !to.hairpin) return false
  return !(to.isolated && from.isolated)
}

/** Tells the bridge of which a device is a port, if it is one, that the device changed. */
export function notifyBridge(device: NetDevice, event: DeviceEvent): void {
  const handler = device.receiveHandler
  if (handler instanceof BridgePort) handler.bridge.onPortEvent(handler, event)
}
