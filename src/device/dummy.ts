import type { Frame } from './frame.ts'
import { ARPHRD_ETHER, type DeviceDriver, IFF_NOARP, NetDevice, type NetStack } from './net-device.ts'

/** Makes a dummy device (Linux drivers/net/dummy.c): always has a carrier, sends everything nowhere, asks no ARP. */
export function createDummy(stack: NetStack, name: string, ifindex: number, mac: number): NetDevice {
  const device = new NetDevice(stack, name, ifindex, ARPHRD_ETHER, 1500, mac, DUMMY_DRIVER)
  device.flags |= IFF_NOARP
  return device
}

const DUMMY_DRIVER: DeviceDriver = {
  kind: 'dummy',
  transmit(frame: Frame): void {
    if (frame.device !== null) frame.device.stack.pool.free(frame)
  },
  onAdminState(_up: boolean): void {},
}
