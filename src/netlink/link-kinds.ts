import { assert } from '../base/assert.ts'
import {
  EADDRNOTAVAIL, EBUSY, EEXIST, EINVAL, ENODEV, EOPNOTSUPP, EPROTONOSUPPORT, ERANGE,
} from '../base/errno.ts'
import { Bridge } from '../device/bridge/bridge.ts'
import { createDummy } from '../device/dummy.ts'
import { Link } from '../device/link.ts'
import { IDLE_DRIVER } from '../device/loopback.ts'
import {
  ARPHRD_ETHER, ARPHRD_LOOPBACK, type DeviceDriver, NetDevice, type NetStack,
} from '../device/net-device.ts'
import { createVlan, VlanDriver, VlanInput } from '../device/vlan.ts'
import { InetStack } from '../inet/inet-stack.ts'
import { allocateNamespaceId } from '../inet/namespace-ids.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import { isValidMac, macFrom } from '../wire/address.ts'
import { ETHERTYPE_VLAN } from '../wire/ethernet.ts'
import type { Answer } from './answer.ts'
import { changeBridge } from './bridge-attributes.ts'
import { checkMtu, isValidName, setFlags, setMaster } from './link-checks.ts'
import type { LinkMessage } from './messages.ts'
import { veth } from './veth.ts'

/** A kind of device that can be made (struct rtnl_link_ops). */
export interface LinkKind {
  create(stack: InetStack, message: LinkMessage, answer: Answer): number
}

export const KINDS: ReadonlyMap<string, LinkKind> = new Map<string, LinkKind>([
  ['veth', { create: createVeth }], ['bridge', { create: createBridge }], ['vlan', { create: createVlanDevice }],
  ['dummy', { create: createDummyDevice }],
])

/** Name and number of a device to be made, or -errno (rtnl_create_link, register_netdevice). */
function reserve(ns: NetNamespace, message: LinkMessage, kind: string): { name: string, ifindex: number } | number {
  const wanted = message.index ?? 0
  if (wanted < 0) return -EINVAL
  if (wanted > 0 && ns.deviceByIndex(wanted) !== null) return -EBUSY
  let name = message.ifname
  if (name === undefined) {
    let number = 0
    while (ns.deviceByName(`${kind}${number}`) !== null) number++
    name = `${kind}${number}`
  }
  if (!isValidName(name)) return -EINVAL
  if (ns.deviceByName(name) !== null) return -EEXIST
  return { name, ifindex: wanted > 0 ? wanted : ns.takeIfindex() }
}

/** The address asked for, or one of the run's own chances (eth_hw_addr_random); -1: not an interface's. */
function addressFor(ns: NetNamespace, message: LinkMessage, name: string): number {
  if (message.address !== undefined) return isValidMac(message.address) ? message.address : -1
  const random = ns.simulation.random.stream(`${ns.nodeName}/${ns.name} mac ${name}`)
  const hi = (random.int32() & 0xfcff) | 0x0200
  return macFrom(hi, random.int32())
}

/** What may be said of any new device before it is there (rtnl_create_link). */
function dress(device: NetDevice, message: LinkMessage): void {
  if (message.mtu !== undefined) device.mtu = message.mtu
  if (message.broadcast !== undefined) device.broadcastMac = message.broadcast
  if (message.txqlen !== undefined) device.transmitQueueLength = message.txqlen
  if (message.group !== undefined) device.group = message.group
  if (message.alias !== undefined) device.alias = message.alias
}

/** What may be said of any new device once it is there (rtnl_configure_link). */
function configure(ns: NetNamespace, device: NetDevice, message: LinkMessage, answer: Answer): number {
  const error = message.flags !== undefined && (message.change ?? 0) !== 0 ? setFlags(device, message) : 0
  return error !== 0 || message.master === undefined ? error : setMaster(ns, device, message.master, answer)
}

function createVeth(stack: InetStack, message: LinkMessage, answer: Answer): number {
  const ns = message.netns ?? stack.ns
  const peerMessage: LinkMessage = message.linkInfo?.peer ?? { type: message.type }
  const peerNs = peerMessage.netns ?? stack.ns
  for (const each of [peerMessage, message]) {
    if (each.mtu !== undefined && (each.mtu < 68 || each.mtu > 65535)) return -EINVAL
  }
  const peerPlace = reserve(peerNs, peerMessage, 'veth')
  if (typeof peerPlace === 'number') return peerPlace
  const peerMac = addressFor(peerNs, peerMessage, peerPlace.name)
  if (peerMac < 0) return -EADDRNOTAVAIL
  const peer = new NetDevice(peerNs, peerPlace.name, peerPlace.ifindex, ARPHRD_ETHER, 1500, peerMac, UNPAIRED_VETH)
  dress(peer, peerMessage)
  // The peer is there before the device's own name is looked at, and goes again when that fails.
  peerNs.addDevice(peer)
  const place = reserve(ns, message, 'veth')
  const mac = typeof place === 'number' ? 0 : addressFor(ns, message, place.name)
  if (typeof place === 'number' || mac < 0) {
    peerNs.removeDevice(peer)
    return typeof place === 'number' ? place : -EADDRNOTAVAIL
  }
  const device = new NetDevice(ns, place.name, place.ifindex, ARPHRD_ETHER, 1500, mac, UNPAIRED_VETH)
  dress(device, message)
  const { simulation } = ns
  const link = new Link(simulation, device, peer, simulation.nextLane(ns.node), simulation.nextLane(peerNs.node))
  assert(device.driver.kind === 'veth' && link.peerOf(peer) === device, 'a cable is the driver of both its ends')
  // The message about the new device names the other end's namespace. Other nodes' get their numbers when asked for.
  if (peerNs !== ns && peerNs.node === ns.node) allocateNamespaceId(ns, peerNs)
  ns.addDevice(device)
  const error = configure(peerNs, peer, peerMessage, answer)
  return error !== 0 ? error : configure(ns, device, message, answer)
}

function createBridge(stack: InetStack, message: LinkMessage, answer: Answer): number {
  const ns = message.netns ?? stack.ns
  const mtuError = message.mtu === undefined ? 0 : checkMtu(message.mtu, 68, 65535, answer)
  if (mtuError !== 0) return mtuError
  const place = reserve(ns, message, 'bridge')
  if (typeof place === 'number') return place
  const mac = addressFor(ns, message, place.name)
  if (mac < 0) return -EADDRNOTAVAIL
  const bridge = new Bridge(ns, place.name, place.ifindex, mac)
  if (message.address !== undefined) {
    // br_dev_newlink() has it set by br_stp_change_bridge_id(), which looks for ports that forward.
    bridge.macSet = true
    bridge.updateCarrier()
  }
  if (message.mtu !== undefined) bridge.mtuSet = true
  const error = changeBridge(bridge, message.linkInfo?.bridge ?? {}, answer)
  if (error !== 0) return error
  dress(bridge.device, message)
  ns.addDevice(bridge.device)
  return configure(ns, bridge.device, message, answer)
}

function createDummyDevice(stack: InetStack, message: LinkMessage, answer: Answer): number {
  const ns = message.netns ?? stack.ns
  const place = reserve(ns, message, 'dummy')
  if (typeof place === 'number') return place
  const mac = addressFor(ns, message, place.name)
  if (mac < 0) return -EADDRNOTAVAIL
  const device = createDummy(ns, place.name, place.ifindex, mac)
  dress(device, message)
  ns.addDevice(device)
  return configure(ns, device, message, answer)
}

/** net/8021q/vlan_netlink.c vlan_validate(), vlan_newlink(). */
function createVlanDevice(stack: InetStack, message: LinkMessage, answer: Answer): number {
  const ns = message.netns ?? stack.ns
  const refuse = (text: string, error: number): number => {
    answer.text = `8021q: ${text}`
    return -error
  }
  const vlan = message.linkInfo?.vlan
  if (vlan === undefined) return refuse('VLAN properties not specified', EINVAL)
  if (vlan.protocol !== undefined && vlan.protocol !== 0x8100) {
    return vlan.protocol === 0x88a8 ? -EOPNOTSUPP : refuse('Invalid VLAN protocol', EPROTONOSUPPORT)
  }
  if (vlan.id !== undefined && vlan.id >= 4095) return refuse('Invalid VLAN id', ERANGE)
  if (vlan.id === undefined) return refuse('VLAN id not specified', EINVAL)
  if (message.link === undefined) return refuse('link not specified', EINVAL)
  const lower = (message.linkNetns ?? stack.ns).deviceByIndex(message.link)
  if (lower === null) return refuse('link does not exist', ENODEV)
  if (lower.hardwareType === ARPHRD_LOOPBACK) return refuse('VLANs not supported on device', EOPNOTSUPP)
  const input = inputOver(stack, lower)
  if (input === null) return -EOPNOTSUPP
  if (input.lookup(lower, vlan.id) !== undefined) return refuse('VLAN device already exists', EEXIST)
  if (message.mtu !== undefined && message.mtu > lower.mtu) return -EINVAL
  const place = reserve(ns, message, 'vlan')
  if (typeof place === 'number') return place
  if (message.address !== undefined && !isValidMac(message.address)) return -EADDRNOTAVAIL
  const device = createVlan(lower, place.name, place.ifindex, vlan.id)
  device.stack = ns
  dress(device, message)
  if (message.address !== undefined) {
    device.setMac(message.address)
    if (device.driver instanceof VlanDriver) device.driver.inheritsMac = false
  }
  input.add(lower, vlan.id, device)
  ns.addDevice(device)
  return configure(ns, device, message, answer)
}

/** What sorts the tags of frames that come into `lower`. */
function inputOver(stack: InetStack, lower: NetDevice): VlanInput | null {
  if (lower.stack === stack.ns) return stack.vlanInput()
  const { user } = namespaceOf(lower.stack)
  return user instanceof InetStack ? user.vlanInput() : null
}

/**
 * Takes a device out, with what cannot be without it: a veth's other end, a bridge's ports, VLANs (rtnl_dellink). As in
 * unregister_netdevice_many(), all are down before the first is gone, and the ends of a veth no longer know each other.
 */
export function removeDevice(device: NetDevice): void {
  const gone: NetDevice[] = []
  collect(device, gone)
  for (const { driver } of gone) {
    if (!(driver instanceof Bridge)) continue
    driver.closing = true
    for (const port of [...driver.ports]) driver.removePort(port.device)
    driver.fdb.flushPort(0, true)
  }
  for (const one of gone) unpair(one)
  for (const one of gone) one.setUp(false)
  for (const one of gone) unregister(one)
}

/** The devices of a namespace that is no more, loopback last (default_device_exit_batch). */
export function destroyDevices(ns: NetNamespace): void {
  for (const device of ns.devices.slice(1).reverse()) if (ns.devices.includes(device)) removeDevice(device)
  ns.loopback.setUp(false)
}

function collect(device: NetDevice, into: NetDevice[]): void {
  if (into.includes(device)) return
  for (const upper of vlanInputOf(device.stack)?.over(device) ?? []) collect(upper, into)
  into.push(device)
  const peer = veth(device)?.peerOf(device)
  if (peer !== undefined) collect(peer, into)
}

/** A veth whose pair is being taken apart has no other end any more; frames on the way are lost (veth_dellink). */
function unpair(device: NetDevice): void {
  const link = veth(device)
  if (link === null) return
  link.a.flush()
  link.b.flush()
  for (const end of [device, link.peerOf(device)]) end.driver = UNPAIRED_VETH
}

/** A veth without other end: while a pair is made, and while it is taken apart. */
const UNPAIRED_VETH: DeviceDriver = { ...IDLE_DRIVER, kind: 'veth' }

export function isUnpaired(device: NetDevice): boolean {
  return device.driver === UNPAIRED_VETH
}

function unregister(device: NetDevice): void {
  const { driver, stack } = device
  const master = device.master?.driver
  if (master instanceof Bridge) master.removePort(device)
  namespaceOf(stack).removeDevice(device)
  if (driver instanceof VlanDriver) vlanInputOf(driver.lower.stack)?.remove(driver.lower, driver.id)
}

/** Every NetStack here is a NetNamespace. */
export function namespaceOf(stack: NetStack): NetNamespace {
  return stack as NetNamespace
}

export function vlanInputOf(stack: NetStack): VlanInput | null {
  const vlans = stack.otherTypes.get(ETHERTYPE_VLAN)
  return vlans instanceof VlanInput ? vlans : null
}
