import { assert } from '../base/assert.ts'
import type { Frame } from '../device/frame.ts'
import type { FramePool } from '../device/frame-pool.ts'
import {
  ARPHRD_LOOPBACK, type DeviceEvent, type NetDevice, type NetStack, type PacketHandler,
} from '../device/net-device.ts'
import type { TraceStep } from '../engine/journal-record.ts'
import type { Simulation } from '../engine/simulation.ts'
import {
  ALL_DEVICE_CONF, DEFAULT_DEVICE_CONF, DEFAULT_NAMESPACE_CONF, type DeviceConf, loopbackConf, type NamespaceConf,
} from './config.ts'
import {
  DEFAULT_NEIGHBOR_LIMITS, DEFAULT_NEIGHBOR_PARAMS, InDevice, type NeighborLimits, type NeighborParams,
} from './in-device.ts'

/** Numbers under which a namespace knows others (struct net's netns_ids); `namespace-ids.ts` has what is done with it. */
export interface NamespaceIds {
  readonly byId: Map<number, NetNamespace>
  /** Told of a number given or taken away (RTM_NEWNSID, RTM_DELNSID). */
  readonly listeners: ((id: number, ns: NetNamespace, event: 'new' | 'delete') => void)[]
}

/** What is made of a namespace on top of it: IPv4. It hears of devices before the listeners do. */
export interface NamespaceUser {
  onDevice(device: NetDevice, event: DeviceEvent): void
}

export type DeviceListener = (device: NetDevice, event: DeviceEvent) => void

/**
 * A network namespace (struct net): devices, their names and numbers, and settings. It knows no protocol: those are
 * made on top of it, in `inet-stack.ts`, and register themselves in `ipv4`, `arp`, `otherTypes` and as its user.
 */
export class NetNamespace implements NetStack {
  /** In ascending order of ifindex. */
  // Both lists change seldom and are replaced when they do: one that grows by push() keeps room for 17 entries.
  devices: readonly NetDevice[] = []
  ipv4: PacketHandler | null = null
  arp: PacketHandler | null = null
  readonly otherTypes: Map<number, PacketHandler> = NO_OTHER_TYPES
  conf: NamespaceConf = DEFAULT_NAMESPACE_CONF
  allConf: DeviceConf = ALL_DEVICE_CONF
  defaultConf: DeviceConf = DEFAULT_DEVICE_CONF
  defaultNeighborParams: NeighborParams = DEFAULT_NEIGHBOR_PARAMS
  neighborLimits: NeighborLimits = DEFAULT_NEIGHBOR_LIMITS
  /** Secret of this run for identifications and other hashes, from the seed. */
  readonly identificationKey: number
  private listeners = NO_LISTENERS
  user: NamespaceUser | null = null
  /** Hears of events before all others: messages about a device go out before what follows from them. */
  herald: DeviceListener | null = null
  /** Made with the first number. */
  ids: NamespaceIds | null = null
  private lastIfindex = 0

  /**
   * @param node the node's number in the total order of events
   * @param nodeName the node's name, for random streams and messages
   * @param name '' for a node's initial namespace, else the name `ip netns` shows
   */
  constructor(readonly simulation: Simulation, readonly pool: FramePool, readonly node: number,
    readonly nodeName: string, readonly name = '') {
    this.identificationKey = simulation.random.stream(`${nodeName}/${name} identification`).int32()
  }

  /** The loopback device: always there, always ifindex 1. */
  get loopback(): NetDevice {
    return this.devices[0]
  }

  /** Takes the next free ifindex. */
  takeIfindex(): number {
    do this.lastIfindex++
    while (this.deviceByIndex(this.lastIfindex) !== null)
    return this.lastIfindex
  }

  /** Enters a device that has its ifindex; its settings are copies of `default`. */
  addDevice(device: NetDevice): void {
    assert(this.deviceByIndex(device.ifindex) === null, 'an ifindex is given once')
    assert(this.deviceByName(device.name) === null, 'a device name is given once')
    const conf = device.hardwareType === ARPHRD_LOOPBACK ? loopbackConf(this.defaultConf) : this.defaultConf
    device.inet = new InDevice(device, conf, this.defaultNeighborParams)
    let at = this.devices.length
    while (at > 0 && this.devices[at - 1].ifindex > device.ifindex) at--
    this.devices = this.devices.slice(0, at).concat([device], this.devices.slice(at))
    this.onDeviceEvent(device, 'register')
  }

  /** Takes a device down and out. Listeners hear 'unregister' while it can still be found. */
  removeDevice(device: NetDevice): void {
    device.setUp(false)
    this.onDeviceEvent(device, 'unregister')
    this.devices = this.devices.filter((other) => other !== device)
  }

  /** Enters a device that was in another namespace of the same node, as `name` with its new ifindex. */
  adoptDevice(device: NetDevice, name: string, ifindex: number): void {
    device.stack = this
    device.name = name
    device.ifindex = ifindex
    device.opened = false
    this.addDevice(device)
  }

  renameDevice(device: NetDevice, name: string): void {
    device.name = name
    this.onDeviceEvent(device, 'name')
  }

  deviceByIndex(ifindex: number): NetDevice | null {
    const devices = this.devices
    // Mostly devices are never removed, and a device's place is its ifindex less one.
    const guess = devices[ifindex - 1]
    if (guess !== undefined && guess.ifindex === ifindex) return guess
    return devices.find((device) => device.ifindex === ifindex) ?? null
  }

  deviceByName(name: string): NetDevice | null {
    return this.devices.find((device) => device.name === name) ?? null
  }

  /** Adds a listener; they are called in the order of being added. */
  onDevice(listener: DeviceListener): void {
    this.listeners = this.listeners.concat([listener])
  }

  onDeviceEvent(device: NetDevice, event: DeviceEvent): void {
    if (this.herald !== null) this.herald(device, event)
    if (this.user !== null) this.user.onDevice(device, event)
    for (const listener of this.listeners) listener(device, event)
  }

  /** Whether decisions are being traced; ask before making a TraceStep. */
  get tracing(): boolean {
    return this.simulation.journal.tracing
  }

  /** Notes a decision about a frame, with its bytes as they are now. Only while `tracing`. */
  trace(frame: Frame, step: TraceStep): void {
    this.simulation.journal.trace(this.node, frame.traceId, step, frame.bytes.slice(frame.start, frame.end))
  }

  /** Registers the handler of an EtherType other than IPv4 and ARP. */
  addPacketType(etherType: number, handler: PacketHandler): void {
    const self = this as { otherTypes: Map<number, PacketHandler> } // the shared empty map is replaced on first use
    if (this.otherTypes === NO_OTHER_TYPES) self.otherTypes = new Map()
    this.otherTypes.set(etherType, handler)
  }
}

const NO_LISTENERS: readonly DeviceListener[] = []
const NO_OTHER_TYPES: Map<number, PacketHandler> = new Map()
