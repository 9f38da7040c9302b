import { Bridge, BR_STATE_FORWARDING } from '../device/bridge/bridge.ts'
import { FDB_LOCAL } from '../device/bridge/fdb.ts'
import { type DeviceEvent, IF_OPER_DOWN, IF_OPER_LOWERLAYERDOWN, IF_OPER_UP, type NetDevice } from '../device/net-device.ts'
import { allocateNamespaceId } from '../inet/namespace-ids.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import { macFrom } from '../wire/address.ts'
import { entryMessage } from './fdb.ts'
import { portOf } from './link-checks.ts'
import { departureOf } from './link-move.ts'
import {
  AF_BRIDGE, AF_INET, type BridgePortAttributes, IFF_LOWER_UP, IFF_RUNNING, IFLA_EVENT_FEATURES, type LinkMessage,
  type NeighborMessage, type NetconfMessage,
  type NetlinkMessage, RTM_DELLINK, RTM_DELNEIGH, RTM_DELNETCONF, RTM_NEWLINK, RTM_NEWNEIGH, RTNLGRP_IPV4_NETCONF,
  RTNLGRP_LINK, RTNLGRP_NEIGH,
} from './messages.ts'
import { veth } from './veth.ts'

/** Events of which the kernel tells before anyone acts on them: rtnetlink's notifier is the first. */
const EARLY: ReadonlySet<DeviceEvent> = new Set<DeviceEvent>(['address', 'mtu', 'name'])

type LinkMessageType = typeof RTM_NEWLINK | typeof RTM_DELLINK
type Tell = (group: number, message: NetlinkMessage) => void

/**
 * What is told of devices (rtnetlink_event() and rtmsg_ifinfo() of net/core/rtnetlink.c; linkwatch; br_ifinfo_notify()
 * of net/bridge/br_netlink.c), in Linux's order, which is not that of our events:
 *
 *   up, down     the device first, then what its carrier does to itself and to the other end of its cable (linkwatch
 *                comes later). A device that comes up with a carrier is told twice: first not yet running.
 *   carrier      of a device that is down: nothing. Of a bridge's port: the port, then the device, then the bridge.
 *   master       the device twice (its new master, then promiscuity), the bridge ("event FEATURE CHANGE"), the port,
 *                and then what the port changed about the bridge.
 */
export class LinkWatch {
  /** Devices whose coming up has been told. */
  private readonly up = new Set<NetDevice>()
  /** Devices that were told to run. */
  private readonly runs = new Set<NetDevice>()
  private readonly masters = new Map<NetDevice, NetDevice | null>()
  /** What was last known of ports. */
  private readonly settings = new Map<NetDevice, BridgePortAttributes>()
  /** Entries of forwarding databases that wait until the port's device was told of. */
  private readonly entries: NeighborMessage[] = []
  /** What waits until something else was told. */
  private waiting: { readonly behind: NetDevice, readonly bridge: boolean, readonly say: () => void }[] = []

  constructor(private readonly ns: NetNamespace, private readonly describe: (device: NetDevice, type: LinkMessageType) =>
    LinkMessage, private readonly netconf: (device: NetDevice) => NetconfMessage, private readonly tell: Tell) {
    for (const device of ns.devices) {
      if (device.up) this.up.add(device)
      if (device.running) this.runs.add(device)
      if (device.driver instanceof Bridge) this.watchEntries(device.driver)
      this.masters.set(device, device.master)
      const settings = describe(device, RTM_NEWLINK).linkInfo?.bridgePort
      if (settings !== undefined) this.settings.set(device, settings)
    }
    ns.herald = (device, event) => {
      if (event === 'up' || event === 'down') this.goesUpOrDown(device, event === 'up')
      else if (EARLY.has(event) && !this.waitsForMaster(device, () => this.link(device))) this.link(device)
    }
    ns.onDevice((device, event) => this.onDevice(device, event))
  }

  private onDevice(device: NetDevice, event: DeviceEvent): void {
    switch (event) {
      case 'going-down': return
      case 'register': return this.registered(device)
      case 'unregister': return this.unregistered(device)
      case 'up': case 'down': return this.wentUpOrDown(device, event === 'up')
      case 'name': return this.renamed(device)
      case 'address': case 'mtu':
        if (portOf(device) !== null) this.port(device)
        return
      case 'carrier': return this.carrier(device)
      case 'master': return this.master(device)
      case 'promiscuity':
        if (!this.isChangingMaster(device)) this.link(device)
        return
      default:
        if (!this.waitsForMaster(device, () => this.link(device))) this.link(device)
    }
  }

  private link(device: NetDevice, changes: Partial<LinkMessage> = {}): void {
    if (device.running) this.runs.add(device)
    else this.runs.delete(device)
    this.tell(RTNLGRP_LINK, { ...this.describe(device, RTM_NEWLINK), ...changes })
  }

  /** A bridge's port as br_fill_ifinfo() tells of it. */
  port(device: NetDevice, changes: Partial<LinkMessage> = {}): void {
    const all = this.describe(device, RTM_NEWLINK)
    const settings = all.linkInfo?.bridgePort
    if (settings !== undefined) this.settings.set(device, settings)
    this.tell(RTNLGRP_LINK, {
      type: RTM_NEWLINK, family: AF_BRIDGE, index: all.index, hardwareType: all.hardwareType, flags: all.flags,
      change: 0, ifname: all.ifname, master: all.master, mtu: all.mtu, operstate: all.operstate, address: all.address,
      link: all.link === all.index ? undefined : all.link, linkInfo: all.linkInfo, ...changes,
    })
  }

  private registered(device: NetDevice): void {
    this.masters.set(device, device.master)
    this.tell(RTNLGRP_IPV4_NETCONF, this.netconf(device))
    if (device.driver instanceof Bridge) this.bridgeRegistered(device.driver)
    this.link(device)
  }

  /** Its own address is entered; one that was given for it takes the place of the first (br_dev_newlink). */
  private bridgeRegistered(bridge: Bridge): void {
    const own = (type: typeof RTM_NEWNEIGH | typeof RTM_DELNEIGH): void =>
      this.tell(RTNLGRP_NEIGH, { ...entryMessage(bridge, bridge.device, bridge.device.mac, FDB_LOCAL, 0, 0), type })
    own(RTM_NEWNEIGH)
    if (bridge.macSet) {
      own(RTM_DELNEIGH)
      own(RTM_NEWNEIGH)
    }
    this.watchEntries(bridge)
  }

  private watchEntries(bridge: Bridge): void {
    bridge.fdb.listener = { onEntry: (removed, hi, lo, number, flags) => {
      const device = number === 0 ? bridge.device : bridge.portByNumber(number)?.device ?? bridge.device
      const { nowNs } = this.ns.simulation
      const entry = entryMessage(bridge, device, macFrom(hi, lo), flags, nowNs, nowNs)
      const message = removed ? { ...entry, type: RTM_DELNEIGH } as const : entry
      if (this.isChangingMaster(device)) this.entries.push(message)
      else this.tell(RTNLGRP_NEIGH, message)
    } }
  }

  private tellEntries(): void {
    for (const entry of this.entries.splice(0)) this.tell(RTNLGRP_NEIGH, entry)
  }

  private unregistered(device: NetDevice): void {
    this.up.delete(device)
    this.runs.delete(device)
    this.masters.delete(device)
    this.tell(RTNLGRP_IPV4_NETCONF, { type: RTM_DELNETCONF, family: AF_INET, index: device.ifindex })
    const to = departureOf(device)
    const changes = to === null ? {} : { newNetnsid: allocateNamespaceId(this.ns, to.netns), newIndex: to.index }
    this.tell(RTNLGRP_LINK, { ...this.describe(device, RTM_DELLINK), qdisc: 'noop', ...changes })
  }

  /** Told before those who follow the device do what follows. */
  private goesUpOrDown(device: NetDevice, up: boolean): void {
    if (up) this.up.add(device)
    else this.up.delete(device)
    if (!this.startsRunning(device, up)) this.link(device)
    else this.tell(RTNLGRP_LINK, { ...this.describe(device, RTM_NEWLINK), ...this.stale(device) })
  }

  private wentUpOrDown(device: NetDevice, up: boolean): void {
    const starts = this.startsRunning(device, up)
    if (portOf(device) !== null) this.port(device, starts ? this.stale(device) : {})
    if (starts) this.running(device)
    this.release(device)
  }

  private startsRunning(device: NetDevice, up: boolean): boolean {
    return up && device.carrier && veth(device) !== null
  }

  /** As linkwatch has not looked yet: a carrier, but not running. */
  private stale(device: NetDevice): Partial<LinkMessage> {
    const { flags } = this.describe(device, RTM_NEWLINK)
    return { flags: (flags ?? 0) & ~IFF_RUNNING, operstate: IF_OPER_LOWERLAYERDOWN }
  }

  /** Its settings are entered anew under the new name (inetdev_event: NETDEV_CHANGENAME). */
  private renamed(device: NetDevice): void {
    this.tell(RTNLGRP_IPV4_NETCONF, { type: RTM_DELNETCONF, family: AF_INET, index: device.ifindex })
    this.tell(RTNLGRP_IPV4_NETCONF, this.netconf(device))
  }

  /** linkwatch: the carrier's change becomes known. */
  private running(device: NetDevice): void {
    const port = portOf(device)
    if (port !== null) {
      if (port.state === BR_STATE_FORWARDING) this.port(device)
      this.port(device)
    }
    this.link(device)
  }

  private carrier(device: NetDevice): void {
    if (!device.up || !this.up.has(device)) return
    if (this.waitsForMaster(device, () => this.link(device))) return
    const peer = veth(device)?.peerOf(device) ?? null
    const settled = peer === null || peer.stack !== device.stack || peer.up === this.up.has(peer)
    const ports = device.driver instanceof Bridge ? device.driver.ports : []
    const behind = settled ? ports.find((port) => port.device.running !== this.isTold(port.device))?.device : peer
    if (behind === undefined || behind === null) this.sayCarrier(device)
    else this.waiting.push({ behind, bridge: device.driver instanceof Bridge, say: () => this.sayCarrier(device) })
  }

  /** Whether a device was told to run. */
  private isTold(device: NetDevice): boolean {
    return this.runs.has(device)
  }

  private sayCarrier(device: NetDevice): void {
    if (device.up) this.running(device)
    this.release(device)
  }

  private isChangingMaster(device: NetDevice): boolean {
    return (this.masters.get(device) ?? null) !== device.master
  }

  /** While a device becomes a bridge's port or ceases to be one, what that does to the bridge waits. */
  private waitsForMaster(device: NetDevice, say: () => void): boolean {
    if (!(device.driver instanceof Bridge)) return false
    for (const [other, known] of this.masters) {
      if (known === other.master || (known !== device && other.master !== device)) continue
      this.waiting.push({ behind: other, bridge: true, say })
      return true
    }
    return false
  }

  private master(device: NetDevice): void {
    const before = this.masters.get(device) ?? null
    this.masters.set(device, device.master)
    if (device.master !== null) {
      this.link(device)
      this.link(device)
      if (this.portsOf(device.master) === 1) this.features(device.master)
      this.tellEntries()
      const forwards = portOf(device)?.state === BR_STATE_FORWARDING
      for (let times = forwards ? 3 : 1; times > 0; times--) this.port(device)
    } else if (before !== null) {
      const was = { master: before.ifindex }
      this.link(device, was)
      this.port(device, { ...was, linkInfo: { bridgePort: { ...this.settings.get(device), state: 0 } } })
      this.settings.delete(device)
      this.port(device, { ...was, type: RTM_DELLINK })
      this.tellEntries()
      this.link(device)
      if (this.portsOf(before) === 0 && before.driver instanceof Bridge && !before.driver.closing) this.features(before)
    }
    this.release(device)
  }

  private portsOf(bridge: NetDevice): number {
    return bridge.driver instanceof Bridge ? bridge.driver.ports.length : 0
  }

  /** The features of a bridge are its ports': told before its carrier follows. */
  private features(bridge: NetDevice): void {
    const { flags } = this.describe(bridge, RTM_NEWLINK)
    const ran = this.runs.has(bridge)
    const running = ran ? IFF_RUNNING | (bridge.carrier ? IFF_LOWER_UP : 0) : 0
    this.tell(RTNLGRP_LINK, {
      ...this.describe(bridge, RTM_NEWLINK), flags: (flags ?? 0) & ~(IFF_RUNNING | IFF_LOWER_UP) | running,
      operstate: ran ? IF_OPER_UP : IF_OPER_DOWN, event: IFLA_EVENT_FEATURES,
    })
  }

  private release(behind: NetDevice): void {
    const now = this.waiting.filter((one) => one.behind === behind)
    this.waiting = this.waiting.filter((one) => one.behind !== behind)
    for (const { say } of now.filter(({ bridge }) => !bridge)) say()
    for (const { say } of now.filter(({ bridge }) => bridge)) say()
  }
}
