// Hot path.
import { HEADER_LEN as ETHERNET_LEN } from '../wire/ethernet.ts'
import * as vlan from '../wire/vlan.ts'
import { DropReason } from '../wire/drop-reason.ts'
import type { Frame } from './frame.ts'
import {
  ARPHRD_ETHER, type DeviceDriver, type DeviceEvent, IFF_UP, NetDevice, type NetStack, type PacketHandler,
} from './net-device.ts'

/** Offset of the tag in a frame. */
const TAG_AT = ETHERNET_LEN - 2

/**
 * The 802.1Q devices of one namespace (Linux net/8021q/): `eth1.10` sends by tagging what `eth1` then sends, and
 * receives, without the tag, what came into `eth1` with it. A tag whose VLAN has no device is dropped, VID 0 (a
 * priority tag) counts as no tag.
 */
export class VlanInput implements PacketHandler {
  /** Per lower device: its VLAN devices by VID. */
  private readonly devices = new Map<NetDevice, Map<number, NetDevice>>()

  constructor(private readonly stack: NetStack) {}

  /** Enters a VLAN device. Cold. */
  add(lower: NetDevice, id: number, device: NetDevice): void {
    const byId = this.devices.get(lower)
    if (byId === undefined) this.devices.set(lower, new Map([[id, device]]))
    else byId.set(id, device)
  }

  remove(lower: NetDevice, id: number): void {
    const byId = this.devices.get(lower)
    if (byId === undefined) return
    byId.delete(id)
    if (byId.size === 0) this.devices.delete(lower)
  }

  lookup(lower: NetDevice, id: number): NetDevice | undefined {
    const byId = this.devices.get(lower)
    return byId === undefined ? undefined : byId.get(id)
  }

  /** The VLAN devices over a device, by VID; they may lie in other namespaces. Cold. */
  over(lower: NetDevice): NetDevice[] {
    const byId = this.devices.get(lower)
    return byId === undefined ? [] : Array.from(byId.entries()).sort((a, b) => a[0] - b[0]).map((entry) => entry[1])
  }

  /** The VID of one of them, or -1. Cold. */
  idOf(lower: NetDevice, device: NetDevice): number {
    for (const entry of Array.from(this.devices.get(lower)?.entries() ?? [])) if (entry[1] === device) return entry[0]
    return -1
  }

  /** The lower device changed: its VLAN devices follow (vlan_device_event). Cold. */
  onLowerEvent(lower: NetDevice, event: DeviceEvent): void {
    const byId = this.devices.get(lower)
    if (byId === undefined) return
    const ids = Array.from(byId.keys()).sort((a, b) => a - b)
    for (const id of ids) {
      const device = byId.get(id)
      if (device === undefined) continue
      if (event === 'carrier' || event === 'up' || event === 'down') device.setCarrier(lower.running)
      if (event === 'up') device.setUp(true)
      if (event === 'down') device.setUp(false)
      if (event === 'address' && (device.driver as VlanDriver).inheritsMac && device.mac !== lower.mac) {
        device.setMac(lower.mac)
        device.stack.onDeviceEvent(device, 'address')
      }
      if (event === 'mtu' && device.mtu > lower.mtu) {
        device.mtu = lower.mtu
        device.stack.onDeviceEvent(device, 'mtu')
      }
    }
  }

  receive(frame: Frame): void {
    const pool = this.stack.pool
    const lower = frame.device as NetDevice // NetDevice.receive sets it
    const bad = vlan.check(frame.view, frame.start + TAG_AT, frame.end)
    if (bad !== 0) {
      pool.drop(frame, bad)
      return
    }
    pool.writable(frame)
    const id = vlan.vid(frame.view, frame.start + TAG_AT)
    const device = id === 0 ? lower : this.lookup(lower, id)
    if (device === undefined) {
      lower.counters.rxNoHandler++
      pool.drop(frame, DropReason.VLAN_UNKNOWN)
      return
    }
    frame.start = vlan.removeTag(frame.view, frame.start)
    frame.networkAt = frame.start + ETHERNET_LEN
    frame.inputIfindex = device.ifindex
    if (id === 0) device.deliver(frame)
    else device.receive(frame)
  }
}

/** The driver of an `eth1.10`. */
export class VlanDriver implements DeviceDriver {
  readonly kind = 'vlan'
  /** Its MAC is the lower device's, and changes with it, until one is set by hand (NET_ADDR_STOLEN). */
  inheritsMac = true

  constructor(readonly lower: NetDevice, readonly id: number) {}

  transmit(frame: Frame): void {
    this.lower.stack.pool.writable(frame)
    frame.start = vlan.insertTag(frame.view, frame.start, vlan.TPID_8021Q, this.id)
    this.lower.transmit(frame)
  }

  onAdminState(_up: boolean): void {}
}

/** Makes a VLAN device over `lower`, with its MAC and MTU; the caller enters it into the namespace and VlanInput. */
export function createVlan(lower: NetDevice, name: string, ifindex: number, id: number): NetDevice {
  const device = new NetDevice(lower.stack, name, ifindex, ARPHRD_ETHER, lower.mtu, lower.mac,
    new VlanDriver(lower, id))
  device.uncountedReceived = ETHERNET_LEN
  device.countsMulticast = true
  device.carrier = (lower.flags & IFF_UP) !== 0 && lower.carrier
  return device
}
