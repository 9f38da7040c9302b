import { HEADER_LEN as ETHERNET_LEN } from '../wire/ethernet.ts'
import { LinkDirection } from './link.ts'
import { type Frame, PACKET_LOOPBACK } from './frame.ts'
import { ARPHRD_LOOPBACK, type DeviceDriver, NetDevice, type NetStack } from './net-device.ts'

/** Linux drivers/net/loopback.c: 64 KiB, whatever an IPv4 packet may be. */
export const LOOPBACK_MTU = 65536

/**
 * Makes a namespace's `lo` (ifindex 1). What it sends it receives, an event later at the same nanosecond: so a packet
 * to oneself goes through a queue, like Linux's per-CPU backlog, and never by a call within a call.
 */
export function createLoopback(stack: NetStack, lane: number): NetDevice {
  const device = new NetDevice(stack, 'lo', 1, ARPHRD_LOOPBACK, LOOPBACK_MTU, 0, IDLE_DRIVER)
  device.uncountedReceived = ETHERNET_LEN
  device.uncountedSent = ETHERNET_LEN
  device.driver = new LoopbackDriver(device, lane)
  return device
}

class LoopbackDriver implements DeviceDriver {
  readonly kind = ''

  /** Made with the first frame: most hosts of a large lab never talk to themselves. */
  private direction: LinkDirection | null = null

  constructor(private readonly device: NetDevice, private readonly lane: number) {}

  transmit(frame: Frame): void {
    let direction = this.direction
    if (direction === null) {
      direction = new LinkDirection(this.device.stack.simulation, this.device, this.device, this.lane)
      this.direction = direction
    }
    // A broadcast or multicast that comes back is not lo's in Linux, only its queue is (ip_dev_loopback_xmit).
    if (frame.packetType === PACKET_LOOPBACK) {
      this.device.counters.rxPackets--
      this.device.counters.rxBytes -= frame.end - frame.start - ETHERNET_LEN
    }
    direction.send(frame)
  }

  onAdminState(up: boolean): void {
    if (!up && this.direction !== null) this.direction.flush()
  }
}

/** Stands in while a device has no driver yet; nothing can be sent then, as the device is not up. */
export const IDLE_DRIVER: DeviceDriver = {
  kind: '',
  transmit(frame: Frame): void {
    if (frame.device !== null) frame.device.stack.pool.free(frame)
  },
  onAdminState(_up: boolean): void {},
}
