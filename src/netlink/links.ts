import { EADDRNOTAVAIL, EEXIST, EINVAL, ENODEV, EOPNOTSUPP, ERANGE } from '../base/errno.ts'
import { Bridge } from '../device/bridge/bridge.ts'
import {
  ARPHRD_LOOPBACK, IF_OPER_DOWN, IF_OPER_LOWERLAYERDOWN, IF_OPER_UNKNOWN, IF_OPER_UP, IFF_ALLMULTI,
  IFF_PROMISC, type NetDevice,
} from '../device/net-device.ts'
import { VlanDriver } from '../device/vlan.ts'
import { inDeviceOf } from '../inet/in-device.ts'
import type { InetStack } from '../inet/inet-stack.ts'
import { allocateNamespaceId } from '../inet/namespace-ids.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import { isValidMac } from '../wire/address.ts'
import type { Answer } from './answer.ts'
import { bridgeAttributes, changeBridge, changeBridgePort, portAttributes } from './bridge-attributes.ts'
import { checkMtu, isValidName, maxMtu, minMtu, portOf, setFlags, setMaster } from './link-checks.ts'
import { isUnpaired, KINDS, namespaceOf, removeDevice } from './link-kinds.ts'
import { moveDevice } from './link-move.ts'
import { LinkWatch } from './link-watch.ts'
import {
  AF_BRIDGE, IFF_LOWER_UP, IFF_RUNNING, type LinkInfo, type LinkMessage, NLM_F_CREATE, NLM_F_DUMP,
  NLM_F_EXCL, NLM_F_REPLACE, type NetlinkMessage, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK,
} from './messages.ts'
import { netconfOf } from './netconf.ts'
import { veth } from './veth.ts'

/** RTM_*LINK (net/core/rtnetlink.c). */
export class Links {
  private watcher: LinkWatch | null = null

  constructor(private readonly stack: InetStack) {}

  watch(tell: (group: number, message: NetlinkMessage) => void): void {
    this.watcher = new LinkWatch(this.stack.ns, (device, type) => this.message(device, type),
      (device) => netconfOf(device.ifindex, inDeviceOf(device).conf), tell)
  }

  request(message: LinkMessage, answer: Answer): number {
    switch (message.type) {
      case RTM_GETLINK: return this.get(message, answer)
      case RTM_DELLINK: return this.remove(message)
      case RTM_NEWLINK: return this.add(message, answer)
      default: return message.family === AF_BRIDGE ? this.setPort(message) : this.setLink(message, answer)
    }
  }

  /** A device as the kernel tells of it (rtnl_fill_ifinfo). */
  message(device: NetDevice, type: typeof RTM_NEWLINK | typeof RTM_DELLINK): LinkMessage {
    const loopback = device.hardwareType === ARPHRD_LOOPBACK
    const peer = veth(device)?.peerOf(device) ?? null
    const lower = device.driver instanceof VlanDriver ? device.driver.lower : null
    const below = peer ?? lower
    const counters = device.counters
    const queues = peer === null ? 1 : 2
    const bareBridge = device.driver instanceof Bridge && device.driver.ports.length === 0
    return {
      type, family: 0, index: device.ifindex, hardwareType: device.hardwareType, flags: reportedFlags(device), change: 0,
      ifname: device.name, address: device.mac, broadcast: device.broadcastMac, mtu: device.mtu,
      minMtu: minMtu(device), maxMtu: maxMtu(device), txqlen: device.transmitQueueLength,
      link: below === null ? isUnpaired(device) ? 0 : undefined : below.ifindex,
      linkNetnsid: below !== null && below.stack !== device.stack
        ? allocateNamespaceId(this.stack.ns, namespaceOf(below.stack)) : undefined,
      master: device.master?.ifindex, group: device.group, alias: device.alias === '' ? undefined : device.alias,
      operstate: operstate(this.stack.ns, device), linkmode: 0, carrier: device.carrier ? 1 : 0,
      carrierChanges: device.carrierChanges, promiscuity: device.promiscuity, allMulticast: device.allMulticast,
      qdisc: device.opened ? 'noqueue' : 'noop', numTxQueues: queues, numRxQueues: queues, gsoMaxSize: 65536,
      gsoMaxSegs: 65535, tsoMaxSize: bareBridge ? 65536 : 524280, tsoMaxSegs: 65535, groMaxSize: 65536,
      addressGenerationMode: 'eui64', linkInfo: loopback ? undefined : linkInfo(device),
      stats: {
        rxPackets: counters.rxPackets, txPackets: counters.txPackets, rxBytes: counters.rxBytes,
        txBytes: counters.txBytes, rxErrors: counters.rxErrors, txErrors: counters.txErrors,
        rxDropped: counters.rxDropped, txDropped: counters.txDropped, multicast: counters.multicast,
        rxLengthErrors: counters.rxLengthErrors, rxCrcErrors: counters.rxCrcErrors,
        txCarrierErrors: counters.txCarrierErrors, rxNoHandler: counters.rxNoHandler,
      },
    }
  }

  private get(message: LinkMessage, answer: Answer): number {
    if (((message.nlFlags ?? 0) & NLM_F_DUMP) !== 0) {
      for (const device of this.stack.ns.devices) if (this.selects(message, device)) this.tell(message, device, answer)
      return 0
    }
    const device = this.find(message)
    if (device === null) return -ENODEV
    this.tell(message, device, answer)
    return 0
  }

  private tell(message: LinkMessage, device: NetDevice, answer: Answer): void {
    const family = message.family === AF_BRIDGE ? AF_BRIDGE : 0
    const link = this.message(device, RTM_NEWLINK)
    if (family !== AF_BRIDGE) {
      answer.messages.push(link)
      return
    }
    // br_fill_ifinfo() gives the other end's number without its namespace, and not if it is the device's own.
    const below = link.link === link.index ? undefined : link.link
    answer.messages.push({ ...link, family, link: below, linkNetnsid: undefined })
  }

  /** The filters that the kernel itself has: master and kind (link_dump_filtered), and for AF_BRIDGE ports. */
  private selects(message: LinkMessage, device: NetDevice): boolean {
    if (message.family === AF_BRIDGE) return portOf(device) !== null
    if (message.master !== undefined && message.master !== 0 && device.master?.ifindex !== message.master) return false
    const { kind, slaveKind } = message.linkInfo ?? {}
    if (kind !== undefined && KINDS.has(kind) && device.driver.kind !== kind) return false
    return slaveKind === undefined || slaveKind !== 'bridge' || portOf(device) !== null
  }

  private find(message: LinkMessage): NetDevice | null {
    const ns = this.stack.ns
    if (message.index !== undefined && message.index > 0) return ns.deviceByIndex(message.index)
    return message.ifname === undefined ? null : ns.deviceByName(message.ifname)
  }

  private add(message: LinkMessage, answer: Answer): number {
    const flags = message.nlFlags ?? 0
    const device = this.find(message)
    if (device !== null) {
      if ((flags & NLM_F_EXCL) !== 0) return -EEXIST
      if ((flags & NLM_F_REPLACE) !== 0) return -EOPNOTSUPP
      return this.change(device, message, answer)
    }
    if ((flags & NLM_F_CREATE) === 0) {
      if (message.index === undefined && message.ifname === undefined && message.group !== undefined) {
        return this.changeGroup(message, answer)
      }
      return -ENODEV
    }
    const kind = KINDS.get(message.linkInfo?.kind ?? '')
    if (kind === undefined) {
      answer.text = message.linkInfo?.kind === undefined ? '' : 'Unknown device type'
      return -EOPNOTSUPP
    }
    return kind.create(this.stack, message, answer)
  }

  /** All devices of a group (rtnl_group_changelink). */
  private changeGroup(message: LinkMessage, answer: Answer): number {
    for (const device of [...this.stack.ns.devices]) {
      if (device.group !== message.group) continue
      const error = this.set(device, { ...message, group: undefined, index: device.ifindex }, answer)
      if (error !== 0) return error
    }
    return 0
  }

  private setLink(message: LinkMessage, answer: Answer): number {
    const device = this.find(message)
    if (device === null) return message.index === undefined && message.ifname === undefined ? -EINVAL : -ENODEV
    return this.change(device, message, answer)
  }

  private change(device: NetDevice, message: LinkMessage, answer: Answer): number {
    const info = message.linkInfo
    if (info?.kind !== undefined && info.kind !== device.driver.kind) return -EOPNOTSUPP
    if (info?.slaveKind !== undefined && portOf(device) === null) return -EOPNOTSUPP
    if (info?.bridge !== undefined && device.driver instanceof Bridge) {
      const error = changeBridge(device.driver, info.bridge, answer)
      if (error !== 0) return error
      if (device.up) this.stack.ns.onDeviceEvent(device, 'settings')
    }
    if (info?.bridgePort !== undefined) {
      const port = portOf(device)
      const error = port === null ? -EINVAL : changeBridgePort(port, info.bridgePort)
      if (error !== 0) return error
    }
    return this.set(device, message, answer)
  }

  /** `bridge link set` (br_setlink). */
  private setPort(message: LinkMessage): number {
    const device = this.find(message)
    if (device === null) return -ENODEV
    const port = portOf(device)
    if (port === null) return -EOPNOTSUPP
    const error = changeBridgePort(port, message.linkInfo?.bridgePort ?? {})
    if (error === 0) this.watcher?.port(device)
    return error
  }

  /** Sets what the message names, in the kernel's order, up to the first error (do_setlink). */
  set(device: NetDevice, message: LinkMessage, answer: Answer): number {
    let ns = this.stack.ns
    let error = 0
    if (message.netns !== undefined && message.netns !== ns) {
      error = moveDevice(device, message.netns, message, answer)
      if (error !== 0) return error
      ns = message.netns
    }
    if (message.address !== undefined) error = setAddress(device, message.address)
    if (error === 0 && message.mtu !== undefined) error = setMtu(device, message.mtu, answer)
    if (error !== 0) return error
    if (message.group !== undefined) device.group = message.group
    if (message.ifname !== undefined && message.index !== undefined) error = rename(ns, device, message.ifname)
    if (error !== 0) return error
    if (message.alias !== undefined) device.alias = message.alias
    const modified = message.group !== undefined || message.alias !== undefined
    if (message.broadcast !== undefined) device.broadcastMac = message.broadcast
    if (message.master !== undefined) error = setMaster(ns, device, message.master, answer)
    if (error === 0 && (message.flags !== undefined || message.change !== undefined)) error = setFlags(device, message)
    if (error === 0 && message.carrier !== undefined) error = -EOPNOTSUPP
    if (error === 0 && message.txqlen !== undefined) error = setQueueLength(device, message.txqlen)
    if (modified && device.up) ns.onDeviceEvent(device, 'settings') // netdev_state_change()
    return error
  }

  private remove(message: LinkMessage): number {
    const ns = this.stack.ns
    if (message.index === undefined && message.ifname === undefined) {
      if (message.group === undefined || message.group === 0) return -EINVAL
      const group = ns.devices.filter((device) => device.group === message.group)
      if (group.length === 0) return -ENODEV
      if (group.some((device) => device.driver.kind === '')) return -EOPNOTSUPP
      for (const device of group) if (ns.deviceByIndex(device.ifindex) === device) removeDevice(device)
      return 0
    }
    const device = this.find(message)
    if (device === null) return -ENODEV
    if (device.driver.kind === '') return -EOPNOTSUPP
    removeDevice(device)
    return 0
  }
}

function rename(ns: NetNamespace, device: NetDevice, name: string): number {
  if (name === device.name) return 0
  if (!isValidName(name)) return -EINVAL
  if (ns.deviceByName(name) !== null) return -EEXIST
  ns.renameDevice(device, name)
  return 0
}

function setAddress(device: NetDevice, mac: number): number {
  if (device.hardwareType === ARPHRD_LOOPBACK && mac === device.mac) return 0
  if (!isValidMac(mac)) return -EADDRNOTAVAIL // of lo too (eth_mac_addr)
  if (device.driver instanceof Bridge) {
    device.driver.setMac(mac)
    return 0
  }
  if (device.driver instanceof VlanDriver) device.driver.inheritsMac = false
  if (mac === device.mac) return 0
  device.setMac(mac)
  device.stack.onDeviceEvent(device, 'address')
  return 0
}

function setMtu(device: NetDevice, mtu: number, answer: Answer): number {
  if (mtu === device.mtu) return 0
  const error = checkMtu(mtu, minMtu(device), maxMtu(device), answer)
  if (error !== 0) return error
  if (device.driver instanceof VlanDriver && mtu > device.driver.lower.mtu) return -ERANGE
  if (device.driver instanceof Bridge) device.driver.mtuSet = true
  device.mtu = mtu
  device.stack.onDeviceEvent(device, 'mtu')
  return 0
}

function setQueueLength(device: NetDevice, length: number): number {
  if (length < 0) return -ERANGE
  if (length === device.transmitQueueLength) return 0
  device.transmitQueueLength = length
  device.stack.onDeviceEvent(device, 'settings')
  return 0
}

/** What a device is (rtnl_link_fill). */
function linkInfo(device: NetDevice): LinkInfo {
  const { driver } = device
  const port = portOf(device)
  return {
    kind: driver.kind,
    bridge: driver instanceof Bridge ? bridgeAttributes(driver) : undefined,
    vlan: driver instanceof VlanDriver ? { id: driver.id, protocol: 0x8100, flags: 1 } : undefined,
    slaveKind: port === null ? undefined : 'bridge',
    bridgePort: port === null ? undefined : portAttributes(port),
  }
}

/** RFC 2863 state (rfc2863_policy, default_operstate). */
function operstate(ns: NetNamespace, device: NetDevice): number {
  if (!device.up) return IF_OPER_DOWN
  if (device.driver.kind === '' || device.driver.kind === 'dummy') return IF_OPER_UNKNOWN
  if (device.driver instanceof Bridge && !device.driver.selected) return IF_OPER_UNKNOWN
  if (device.carrier) return IF_OPER_UP
  const below = device.driver instanceof VlanDriver ? device.driver.lower : veth(device)?.peerOf(device) ?? null
  if (below === null || below.ifindex === device.ifindex) return IF_OPER_DOWN
  // Linux looks for the other end's number in this namespace, be it there or not.
  const looked = ns.deviceByIndex(below.ifindex)
  return looked === null || looked.carrier ? IF_OPER_DOWN : IF_OPER_LOWERLAYERDOWN
}

/** dev_get_flags. */
function reportedFlags(device: NetDevice): number {
  let flags = (device.flags & ~(IFF_PROMISC | IFF_ALLMULTI | IFF_RUNNING | IFF_LOWER_UP)) | device.userFlags
  if (device.up) {
    if (device.carrier) flags |= IFF_RUNNING | IFF_LOWER_UP
  }
  return flags
}
