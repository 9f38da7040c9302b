import { EBUSY, EEXIST, EINVAL } from '../base/errno.ts'
import { Bridge } from '../device/bridge/bridge.ts'
import { ARPHRD_LOOPBACK, type NetDevice } from '../device/net-device.ts'
import { InetStack } from '../inet/inet-stack.ts'
import { allocateNamespaceId } from '../inet/namespace-ids.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import type { Answer } from './answer.ts'
import { namespaceOf, vlanInputOf } from './link-kinds.ts'
import type { LinkMessage } from './messages.ts'

/** What is told of a device that leaves: where to, for the listeners of the namespace it leaves. */
export interface Departure {
  readonly netns: NetNamespace
  readonly index: number
}

const departures = new WeakMap<NetDevice, Departure>()

/** Where a device that is being unregistered is on its way to, or null: it is deleted. */
export function departureOf(device: NetDevice): Departure | null {
  return departures.get(device) ?? null
}

/**
 * Moves a device to another namespace of its node (__dev_change_net_namespace): it goes down, loses its master, its
 * addresses, routes and neighbours, and is registered anew, with its own name if that is free there (else the one
 * asked for, else -EEXIST), and its own number if that is free. Loopback and bridges cannot move.
 */
export function moveDevice(device: NetDevice, to: NetNamespace, message: LinkMessage, answer: Answer): number {
  const from = namespaceOf(device.stack)
  if (device.hardwareType === ARPHRD_LOOPBACK || device.driver instanceof Bridge) {
    answer.text = 'The interface netns is immutable'
    return -EINVAL
  }
  let { name } = device
  if (to.deviceByName(name) !== null) {
    if (message.ifname === undefined) {
      answer.text = 'An interface with the same name exists in the target netns'
      return -EEXIST
    }
    if (to.deviceByName(message.ifname) !== null) {
      answer.text = 'Unable to init device name in the target netns'
      return -EEXIST
    }
    name = message.ifname
  }
  const wanted = message.newIndex ?? 0
  if (wanted > 0 && to.deviceByIndex(wanted) !== null) {
    answer.text = `The ifindex ${wanted} is not available in the target netns`
    return -EBUSY
  }
  const index = wanted > 0 ? wanted : to.deviceByIndex(device.ifindex) === null ? device.ifindex : to.takeIfindex()
  device.setUp(false)
  const master = device.master?.driver
  if (master instanceof Bridge) master.removePort(device)
  departures.set(device, { netns: to, index })
  from.removeDevice(device)
  departures.delete(device)
  allocateNamespaceId(from, to)
  moveVlans(device, from, to)
  to.adoptDevice(device, name, index)
  return 0
}

/** VLAN devices stay where they are, over a device that is now elsewhere: their tags are looked for there. */
function moveVlans(lower: NetDevice, from: NetNamespace, to: NetNamespace): void {
  const vlans = vlanInputOf(from)
  const uppers = vlans?.over(lower) ?? []
  const { user } = to
  if (vlans === null || uppers.length === 0 || !(user instanceof InetStack)) return
  const ids = uppers.map((upper) => vlans.idOf(lower, upper))
  for (const [i, upper] of uppers.entries()) {
    vlans.remove(lower, ids[i])
    user.vlanInput().add(lower, ids[i], upper)
  }
}
