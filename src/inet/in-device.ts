import type { NetDevice } from '../device/net-device.ts'
import type { DeviceConf } from './config.ts'

/** IFA_F_* (Linux include/uapi/linux/if_addr.h). */
export const IFA_F_SECONDARY = 0x01
export const IFA_F_NODAD = 0x02
export const IFA_F_PERMANENT = 0x80
export const IFA_F_NOPREFIXROUTE = 0x200

/** An IPv4 address of an interface (struct in_ifaddr). Addresses are int32. */
export interface IfAddress {
  local: number
  /** The peer's address on a point-to-point address, else the same as `local`. */
  address: number
  prefixLength: number
  /** 0: none. */
  broadcast: number
  /** RT_SCOPE_*. */
  scope: number
  /** IFA_F_*. */
  flags: number
  label: string
  times: AddressTimes
  /** IFAPROT_*: 0 unless given. */
  protocol: number
  /** Metric of the connected route (IFA_RT_PRIORITY); 0: none. */
  metric: number
}

/**
 * When an address was made and changed, and until when it is valid and preferred: absolute virtual times, or Infinity.
 * Apart from the address, and shared: four doubles take 96 bytes, and at a lab's start all addresses have the same.
 */
export interface AddressTimes {
  readonly validUntilNs: number
  readonly preferredUntilNs: number
  readonly createdNs: number
  readonly updatedNs: number
}

let lastForEver: AddressTimes = { validUntilNs: Infinity, preferredUntilNs: Infinity, createdNs: 0, updatedNs: 0 }

/** The times of an address that was made now, for ever. */
export function forEverSince(nowNs: number): AddressTimes {
  if (lastForEver.createdNs !== nowNs) {
    lastForEver = { validUntilNs: Infinity, preferredUntilNs: Infinity, createdNs: nowNs, updatedNs: nowNs }
  }
  return lastForEver
}

/** Tunables of the neighbours on one device (struct neigh_parms), times in ns. Immutable and shared like DeviceConf. */
export interface NeighborParams {
  readonly baseReachableNs: number
  readonly retransNs: number
  readonly delayProbeNs: number
  readonly gcStaleNs: number
  readonly appProbes: number
  readonly ucastProbes: number
  readonly mcastProbes: number
  readonly mcastReprobes: number
  readonly queueBytes: number
  readonly proxyQueueLength: number
  readonly anycastDelayNs: number
  readonly proxyDelayNs: number
  readonly locktimeNs: number
  readonly intervalProbeNs: number
}

export const DEFAULT_NEIGHBOR_PARAMS: NeighborParams = {
  baseReachableNs: 30e9, retransNs: 1e9, delayProbeNs: 5e9, gcStaleNs: 60e9, appProbes: 0, ucastProbes: 3,
  mcastProbes: 3, mcastReprobes: 0, queueBytes: 212992, proxyQueueLength: 64, anycastDelayNs: 1e9, proxyDelayNs: 0.8e9,
  locktimeNs: 1e9, intervalProbeNs: 5e9,
}

/** How many neighbours a namespace keeps (net.ipv4.neigh.default.gc_*). Immutable and shared. */
export interface NeighborLimits {
  /** Below so many nothing is collected. */
  readonly gcThresh1: number
  /** From so many on, making one collects those that are older than 5 s. */
  readonly gcThresh2: number
  /** No more than these. */
  readonly gcThresh3: number
  /** Seconds; can be set, and means nothing, as in Linux since 2.6. */
  readonly gcInterval: number
}

export const DEFAULT_NEIGHBOR_LIMITS: NeighborLimits = {
  gcThresh1: 128, gcThresh2: 512, gcThresh3: 1024, gcInterval: 30,
}

/** What IPv4 knows of a device (struct in_device): its settings and addresses. */
export class InDevice {
  /** In the order of Linux's ifa_list: primaries by scope, each subnet's secondaries at the end. */
  addresses: IfAddress[] = NO_ADDRESSES
  /** Milliseconds are not kept: see NeighborParams. Drawn anew every 300 s; 0 until first needed. */
  reachableNs = 0
  reachableDrawnNs = 0
  /**
   * Settings that do not follow `default` any more: those that were written, and all from the first address on
   * (ipv4_devconf.state, ipv4_devconf_setall()).
   */
  ownSettings: Set<keyof DeviceConf> | 'all' | null = null

  constructor(readonly device: NetDevice, public conf: DeviceConf, public neighborParams: NeighborParams) {}
}

/** Shared by devices without addresses; whoever adds one makes an array of its own. */
const NO_ADDRESSES: IfAddress[] = []

/** IPv4's state of a device. Every device that is in a namespace has one. */
export function inDeviceOf(device: NetDevice): InDevice {
  return device.inet as InDevice // NetNamespace.addDevice sets it, and nobody else does
}
