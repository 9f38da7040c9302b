import { EBUSY, EINVAL, ELOOP, ENETDOWN, EOPNOTSUPP } from '../base/errno.ts'
import { Bridge } from '../device/bridge/bridge.ts'
import {
  ARPHRD_ETHER, IFF_ALLMULTI, IFF_LOOPBACK, IFF_MULTICAST, IFF_NOARP, IFF_PROMISC, IFF_UP, type NetDevice,
} from '../device/net-device.ts'
import { VlanDriver } from '../device/vlan.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import { isValidMac } from '../wire/address.ts'
import type { Answer } from './answer.ts'
import { IFF_DYNAMIC, type LinkMessage } from './messages.ts'

/* What holds for devices that are there and for those being made. */

/** Longest interface name (IFNAMSIZ less the final zero). */
const NAME_LENGTH = 15
/** Flags that a user may set besides UP, PROMISC and ALLMULTI (__dev_change_flags). */
const SETTABLE_FLAGS = IFF_NOARP | IFF_MULTICAST | IFF_DYNAMIC | 0x4 | 0x20 | 0x2000 | 0x4000

/** dev_valid_name. */
export function isValidName(name: string): boolean {
  return name !== '' && name.length <= NAME_LENGTH && name !== '.' && name !== '..' && !/[/:\s]/.test(name)
}

/** Smallest MTU of a device; 0: there is no bound. */
export function minMtu(device: NetDevice): number {
  return device.driver.kind === 'veth' || device.driver.kind === 'bridge' ? 68 : 0
}

export function maxMtu(device: NetDevice): number {
  if (device.driver.kind === 'veth' || device.driver.kind === 'bridge' || device.driver.kind === 'vlan') return 65535
  return 0
}

/** dev_validate_mtu. */
export function checkMtu(mtu: number, min: number, max: number, answer: Answer): number {
  if (mtu < 0 || mtu < min) {
    answer.text = 'mtu less than device minimum'
    return -EINVAL
  }
  if (max > 0 && mtu > max) {
    answer.text = 'mtu greater than device maximum'
    return -EINVAL
  }
  return 0
}

/** Flags of `change` become as in `flags`; 0 or -errno (rtnl_dev_get_flags, dev_change_flags). */
export function setFlags(device: NetDevice, message: LinkMessage): number {
  const wanted = message.flags ?? 0
  const change = message.change === undefined || message.change === 0 ? -1 : message.change
  const before = (device.flags & ~(IFF_PROMISC | IFF_ALLMULTI)) | device.userFlags
  const flags = (wanted & change) | (before & ~change)
  const settable = (device.flags ^ flags) & SETTABLE_FLAGS
  device.flags ^= settable
  let told = settable === 0
  if (((device.flags ^ flags) & IFF_UP) !== 0) {
    const up = (flags & IFF_UP) !== 0
    if (up && device.driver instanceof VlanDriver && !device.driver.lower.up) return -ENETDOWN
    device.setUp(up)
    told = true
  }
  if (((device.userFlags ^ flags) & IFF_PROMISC) !== 0) {
    device.userFlags ^= IFF_PROMISC
    told = device.promiscuity === ((flags & IFF_PROMISC) !== 0 ? 0 : 1)
    device.setPromiscuity((flags & IFF_PROMISC) !== 0 ? 1 : -1)
  }
  if (((device.userFlags ^ flags) & IFF_ALLMULTI) !== 0) {
    device.userFlags ^= IFF_ALLMULTI
    device.allMulticast += (flags & IFF_ALLMULTI) !== 0 ? 1 : -1
    if (device.allMulticast > 0) device.flags |= IFF_ALLMULTI
    else device.flags &= ~IFF_ALLMULTI
    told = false
  }
  if (!told) device.stack.onDeviceEvent(device, 'flags') // __dev_notify_flags()
  return 0
}

/** Makes a device a port of another, or with 0 of none (do_set_master, br_add_if). */
export function setMaster(ns: NetNamespace, device: NetDevice, index: number, answer: Answer): number {
  if (device.master !== null) {
    if (device.master.ifindex === index) return 0
    const bridge = device.master.driver
    if (bridge instanceof Bridge) bridge.removePort(device)
  }
  if (index === 0) return 0
  const master = ns.deviceByIndex(index)
  if (master === null) return -EINVAL
  const bridge = master.driver
  if (!(bridge instanceof Bridge)) return -EOPNOTSUPP
  if ((device.flags & IFF_LOOPBACK) !== 0 || device.hardwareType !== ARPHRD_ETHER || !isValidMac(device.mac)) return -EINVAL
  if (device.driver instanceof Bridge) {
    answer.text = 'Can not enslave a bridge to a bridge'
    return -ELOOP
  }
  if (device.master !== null) return -EBUSY
  bridge.addPort(device)
  return 0
}

export function portOf(device: NetDevice): ReturnType<Bridge['portOf']> {
  const bridge = device.master?.driver
  return bridge instanceof Bridge ? bridge.portOf(device) : null
}
