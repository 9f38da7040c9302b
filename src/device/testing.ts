import { Simulation } from '../engine/simulation.ts'
import type { Frame } from './frame.ts'
import { FramePool } from './frame-pool.ts'
import { Link } from './link.ts'
import { IDLE_DRIVER } from './loopback.ts'
import {
  ARPHRD_ETHER, type DeviceEvent, NetDevice, type NetStack, type PacketHandler,
} from './net-device.ts'

/* A bare stack for tests of devices: it keeps what it is handed. Shared by the tests of this floor. */

export class TestStack implements NetStack {
  readonly received: { readonly device: string, readonly bytes: Uint8Array, readonly timeNs: number }[] = []
  readonly events: string[] = []
  readonly otherTypes = new Map<number, PacketHandler>()
  ipv4: PacketHandler | null
  arp: PacketHandler | null

  constructor(readonly simulation: Simulation, readonly pool: FramePool, readonly node: number) {
    const keeper: PacketHandler = { receive: (frame: Frame) => this.keep(frame) }
    this.ipv4 = keeper
    this.arp = keeper
  }

  onDeviceEvent(device: NetDevice, event: DeviceEvent): void {
    this.events.push(`${device.name} ${event}`)
  }

  private keep(frame: Frame): void {
    this.received.push({
      device: frame.device?.name ?? '', bytes: frame.bytes.slice(frame.start, frame.end), timeNs: this.simulation.nowNs,
    })
    this.pool.free(frame)
  }
}

/** Devices on stacks of their own, joined by links; every slab move is provoked, so that stale views show. */
export class TestNet {
  readonly simulation: Simulation
  readonly pool: FramePool
  private nodes = 0

  constructor(seed = 1) {
    this.simulation = new Simulation(seed)
    this.pool = new FramePool(this.simulation.journal)
    this.pool.relocating = true
  }

  stack(): TestStack {
    return new TestStack(this.simulation, this.pool, this.nodes++)
  }

  device(name: string, mac: number, stack = this.stack()): NetDevice {
    const device = new NetDevice(stack, name, 2, ARPHRD_ETHER, 1500, mac, IDLE_DRIVER)
    device.setUp(true)
    return device
  }

  link(a: NetDevice, b: NetDevice): Link {
    return new Link(this.simulation, a, b, this.simulation.nextLane(a.stack.node), this.simulation.nextLane(b.stack.node))
  }

  /** A frame of `length` bytes: destination, source, EtherType IPv4, then bytes counting up from `first`. */
  frame(destination: number, source: number, length = 60, first = 0): Frame {
    const frame = this.pool.take(length)
    const view = frame.view
    const at = frame.start
    view.setUint16(at, Math.floor(destination / 4294967296))
    view.setUint32(at + 2, destination % 4294967296)
    view.setUint16(at + 6, Math.floor(source / 4294967296))
    view.setUint32(at + 8, source % 4294967296)
    view.setUint16(at + 12, 0x0800)
    frame.end = at + length
    for (let i = 14; i < length; i++) frame.bytes[at + i] = first + i
    return frame
  }
}

export function stackOf(device: NetDevice): TestStack {
  return device.stack as TestStack // TestNet makes no other
}
