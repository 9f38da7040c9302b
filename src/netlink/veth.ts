import { type Link, LinkEnd } from '../device/link.ts'
import type { NetDevice } from '../device/net-device.ts'

/** The cable at whose end a device is, or null. */
export function veth(device: NetDevice): Link | null {
  return device.driver instanceof LinkEnd ? device.driver.link : null
}
