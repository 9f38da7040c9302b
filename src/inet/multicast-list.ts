import { EINVAL, ENOENT } from '../base/errno.ts'
import { Bridge } from '../device/bridge/bridge.ts'
import { ARPHRD_ETHER, type DeviceEvent, type NetDevice } from '../device/net-device.ts'
import { IPV4_ALL_HOSTS, multicastMacOf, parseIpv4 } from '../wire/address.ts'

/*
 * Multicast memberships of devices: the groups that IPv4 has joined by itself (ip_mc_up, net/ipv4/igmp.c) and the
 * hardware addresses that go with them (dev->mc, net/core/dev_addr_lists.c), with those that a user added by
 * `ip maddr add`. A device that is up is in 224.0.0.1; a bridge that snoops is in 224.0.0.106 too (RFC 4286).
 * They are listed only: no IGMP reports are sent, and devices take every multicast frame, asked for or not.
 *
 * The order is that of being added: what a user added while the device was down stands before what it joins as it
 * comes up.
 */

/** All multicast routers that snoop (RFC 4286). */
const ALL_SNOOPERS = parseIpv4('224.0.0.106') as number // a constant of the right form

/** An address that a device takes besides its own: users, and whether a user is the system's (global_use). */
export interface HardwareGroup {
  readonly mac: number
  readonly users: number
  readonly isStatic: boolean
}

interface StaticGroup {
  readonly mac: number
  /** Added before the device last came up. */
  early: boolean
}

const statics = new WeakMap<NetDevice, StaticGroup[]>()

/** IPv4 groups of a device, in the order of being joined. */
export function ipv4Groups(device: NetDevice): number[] {
  if (!device.up) return [] // whatever its flag MULTICAST says
  return snoops(device) ? [IPV4_ALL_HOSTS, ALL_SNOOPERS] : [IPV4_ALL_HOSTS]
}

function snoops(device: NetDevice): boolean {
  return device.driver instanceof Bridge && device.driver.settings.multicastSnooping !== 0
}

/** The list of a device's hardware groups (dev_mc_seq_show). */
export function hardwareGroups(device: NetDevice): HardwareGroup[] {
  const added = statics.get(device) ?? []
  const joined = device.hardwareType === ARPHRD_ETHER ? ipv4Groups(device).map(multicastMacOf).reverse() : []
  const groups: HardwareGroup[] = []
  const list = (mac: number): void => {
    if (groups.some((group) => group.mac === mac)) return
    const isStatic = added.some((one) => one.mac === mac)
    groups.push({ mac, users: (joined.includes(mac) ? 1 : 0) + (isStatic ? 1 : 0), isStatic })
  }
  for (const { mac, early } of added) if (early) list(mac)
  for (const mac of joined) list(mac)
  for (const { mac } of added) list(mac)
  return groups
}

/** SIOCADDMULTI: 0, or -EINVAL for a device that filters no addresses. Adding one twice is nothing. */
export function addHardwareGroup(device: NetDevice, mac: number): number {
  if (device.hardwareType !== ARPHRD_ETHER) return -EINVAL
  const added = statics.get(device) ?? []
  if (!added.some((one) => one.mac === mac)) added.push({ mac, early: !device.up })
  statics.set(device, added)
  return 0
}

/** SIOCDELMULTI: 0, or -ENOENT: it was not added so. */
export function removeHardwareGroup(device: NetDevice, mac: number): number {
  if (device.hardwareType !== ARPHRD_ETHER) return -EINVAL
  const added = statics.get(device) ?? []
  const at = added.findIndex((one) => one.mac === mac)
  if (at < 0) return -ENOENT
  added.splice(at, 1)
  return 0
}

/** A device that leaves its namespace loses its list (dev_mc_flush). */
export function onMulticastDevice(device: NetDevice, event: DeviceEvent): void {
  if (event === 'unregister') statics.delete(device)
  else if (event === 'up') for (const one of statics.get(device) ?? []) one.early = true
}
