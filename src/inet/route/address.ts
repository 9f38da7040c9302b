import { EEXIST, EINVAL } from '../../base/errno.ts'
import { IFF_LOOPBACK, IFF_UP, type NetDevice } from '../../device/net-device.ts'
import { IPV4_LOOPBACK, isZeronet, maskOf } from '../../wire/address.ts'
import { promoteSecondaries, routeLocalnet } from '../config.ts'
import {
  IFA_F_NOPREFIXROUTE, IFA_F_PERMANENT, IFA_F_SECONDARY, forEverSince, type IfAddress, type InDevice, inDeviceOf,
} from '../in-device.ts'
import type { NetNamespace } from '../net-namespace.ts'
import {
  NLM_F_APPEND, NLM_F_CREATE, RT_SCOPE_HOST, RT_SCOPE_LINK, RT_TABLE_LOCAL, RT_TABLE_MAIN, RTN_BROADCAST, RTN_LOCAL,
  RTN_UNICAST, RTPROT_KERNEL, RTNH_F_DEAD, RTNH_F_LINKDOWN,
} from './constants.ts'
import { inserted } from './packed-list.ts'
import { EMPTY_ROUTE, type Extack, type RouteStore } from './route-store.ts'

/*
 * Addresses of interfaces and the routes that come and go with them (Linux net/ipv4/devinet.c; fib_add_ifaddr() and
 * fib_del_ifaddr() of net/ipv4/fib_frontend.c). An address 192.168.1.2/24 on eth1 makes three routes:
 *
 *     table local:  local 192.168.1.2      broadcast 192.168.1.255      table main:  192.168.1.0/24 dev eth1
 *
 * A second address in the same subnet is a secondary: it makes only its `local` route, with the primary as source, and
 * goes when the primary goes unless promote_secondaries is set.
 */

export type AddressEvent = 'new' | 'delete'
export type AddressListener = (device: NetDevice, address: IfAddress, event: AddressEvent) => void

/** What addresses need of routing when they change (fib_inetaddr_event). */
export interface AddressUser {
  /** The last address of a device went: IPv4 is over there (fib_disable_ip). */
  onLastAddressRemoved(device: NetDevice): void
}

const NO_EXTACK: Extack = { text: '' }
const NO_LISTENERS: AddressListener[] = []
/** Up to so many own addresses are compared one by one; above, a Set answers. */
const MAX_SCANNED = 16
const NO_ADDRESSES: readonly number[] = []

export class AddressBook {
  /** Rises with every change; nexthops' cached sources carry it (dev_addr_genid). */
  generation = 0
  private listeners = NO_LISTENERS
  /** All local addresses of the namespace (inet_addr_lst). */
  private own: readonly number[] = NO_ADDRESSES
  private ownSet: Set<number> | null = null
  /** A bit for each own address: most others are told apart by it alone. */
  private ownFilter = 0

  constructor(private readonly ns: NetNamespace, private readonly store: RouteStore,
    private readonly user: AddressUser) {}

  onChange(listener: AddressListener): void {
    if (this.listeners === NO_LISTENERS) this.listeners = []
    this.listeners.push(listener)
  }

  /** Whether some interface here has this address (inet_lookup_ifaddr_rcu). */
  isOwn(address: number): boolean {
    if (((this.ownFilter >>> maskBit(address)) & 1) === 0) return false
    if (this.ownSet !== null) return this.ownSet.has(address)
    const own = this.own
    for (let i = 0; i < own.length; i++) if (own[i] === address) return true
    return false
  }

  /** The device that has this address, or whose local route covers it; or null (__ip_dev_find). */
  deviceByAddress(address: number): NetDevice | null {
    if (this.isOwn(address)) {
      for (const device of this.ns.devices) {
        for (const ifa of inDeviceOf(device).addresses) if (ifa.local === address) return device
      }
    }
    return this.store.localDevice(address)
  }

  // ---- in and out -----------------------------------------------------------------------------------------------

  /** Gives an interface an address. Returns 0, -EEXIST or -EINVAL (__inet_insert_ifa). */
  insert(device: NetDevice, ifa: IfAddress, extack: Extack = NO_EXTACK): number {
    const inDevice = inDeviceOf(device)
    if (ifa.local === 0) return 0
    const mask = maskOf(ifa.prefixLength)
    let lastPrimary = 0
    ifa.flags &= ~IFA_F_SECONDARY
    for (const [i, other] of inDevice.addresses.entries()) {
      if ((other.flags & IFA_F_SECONDARY) === 0 && ifa.scope <= other.scope) lastPrimary = i + 1
      if (other.prefixLength !== ifa.prefixLength || ((other.address ^ ifa.address) & mask) !== 0) continue
      if (other.local === ifa.local) {
        extack.text = 'ipv4: Address already assigned'
        return -EEXIST
      }
      if (other.scope !== ifa.scope) {
        extack.text = 'ipv4: Invalid scope value'
        return -EINVAL
      }
      ifa.flags |= IFA_F_SECONDARY
    }
    const at = (ifa.flags & IFA_F_SECONDARY) === 0 ? lastPrimary : inDevice.addresses.length
    inDevice.addresses = inserted(inDevice.addresses, at, ifa)
    this.countOwn()
    this.announce(device, ifa, 'new')
    this.afterUp(device, ifa)
    return 0
  }

  /** Takes an address away, and if it is a primary its secondaries, unless one is promoted (__inet_del_ifa). */
  remove(device: NetDevice, ifa: IfAddress, deviceGone = false): void {
    const inDevice = inDeviceOf(device)
    const mask = maskOf(ifa.prefixLength)
    const sameSubnet = (other: IfAddress): boolean =>
      other.prefixLength === ifa.prefixLength && ((other.address ^ ifa.address) & mask) === 0
    const promotes = promoteSecondaries(this.ns, inDevice)
    let promoted: IfAddress | null = null
    if (!deviceGone && (ifa.flags & IFA_F_SECONDARY) === 0) {
      const after = inDevice.addresses.slice(inDevice.addresses.indexOf(ifa) + 1)
      for (const other of after) {
        if ((other.flags & IFA_F_SECONDARY) === 0 || !sameSubnet(other)) continue
        if (promotes) {
          promoted = other
          break
        }
        this.unlink(device, other)
        this.afterDown(device, other, deviceGone)
      }
    }
    if (promoted !== null) {
      const from = inDevice.addresses.indexOf(promoted)
      for (const other of inDevice.addresses.slice(from)) {
        if (sameSubnet(other)) this.removeRoutes(device, other, ifa, false)
      }
    }
    // Where a promoted address goes: behind the last primary that follows and is not of a nearer scope.
    const lastPrimary = this.lastPrimaryAfter(inDevice, ifa)
    this.unlink(device, ifa)
    this.afterDown(device, ifa, deviceGone)
    if (promoted !== null) this.promote(device, promoted, lastPrimary, sameSubnet)
  }

  private lastPrimaryAfter(inDevice: InDevice, ifa: IfAddress): IfAddress | null {
    let last: IfAddress | null = inDevice.addresses[0] === ifa ? null : inDevice.addresses[0]
    const from = inDevice.addresses.indexOf(ifa) + 1
    for (const other of inDevice.addresses.slice(from)) {
      if ((other.flags & IFA_F_SECONDARY) === 0 && ifa.scope <= other.scope) last = other
    }
    return last
  }

  private promote(device: NetDevice, promoted: IfAddress, lastPrimary: IfAddress | null,
    sameSubnet: (other: IfAddress) => boolean): void {
    const inDevice = inDeviceOf(device)
    const following = inDevice.addresses.slice(inDevice.addresses.indexOf(promoted) + 1)
    const list = inDevice.addresses.filter((other) => other !== promoted)
    list.splice(lastPrimary === null ? 0 : list.indexOf(lastPrimary) + 1, 0, promoted)
    inDevice.addresses = list
    promoted.flags &= ~IFA_F_SECONDARY
    this.announce(device, promoted, 'new')
    this.afterUp(device, promoted)
    for (const other of following) if (sameSubnet(other)) this.addRoutes(device, other)
  }

  private unlink(device: NetDevice, ifa: IfAddress): void {
    const inDevice = inDeviceOf(device)
    inDevice.addresses = inDevice.addresses.filter((other) => other !== ifa)
    this.countOwn()
    this.announce(device, ifa, 'delete')
  }

  /** Listeners hear of it: also for changes of lifetime or label that netlink makes itself. */
  announce(device: NetDevice, ifa: IfAddress, event: AddressEvent): void {
    for (const listener of this.listeners) listener(device, ifa, event)
  }

  private afterUp(device: NetDevice, ifa: IfAddress): void {
    this.addRoutes(device, ifa)
    this.store.syncUp(device, RTNH_F_DEAD)
    this.generation++
  }

  private afterDown(device: NetDevice, ifa: IfAddress, deviceGone: boolean): void {
    this.removeRoutes(device, ifa, null, deviceGone)
    this.generation++
    if (inDeviceOf(device).addresses.length === 0) this.user.onLastAddressRemoved(device)
  }

  private countOwn(): void {
    const own: number[] = []
    for (const device of this.ns.devices) for (const ifa of inDeviceOf(device).addresses) own.push(ifa.local)
    this.own = own.slice()
    this.ownFilter = own.reduce((filter, address) => filter | (1 << maskBit(address)), 0)
    this.ownSet = own.length > MAX_SCANNED ? new Set(own) : null
  }

  // ---- their routes ---------------------------------------------------------------------------------------------

  /** fib_magic: a route of the kernel's own for an address. */
  private change(add: boolean, device: NetDevice, type: number, destination: number, prefixLength: number,
    primary: IfAddress, metric: number): void {
    const config = {
      ...EMPTY_ROUTE, type, destination, prefixLength, priority: metric, protocol: RTPROT_KERNEL,
      table: type === RTN_UNICAST ? RT_TABLE_MAIN : RT_TABLE_LOCAL, prefSource: primary.local, ifindex: device.ifindex,
      scope: type === RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK, nlFlags: NLM_F_CREATE | NLM_F_APPEND,
    }
    if (add) this.store.insertOwn(config)
    else this.store.remove(config)
  }

  /** Another metric for an address's subnet route: the new one comes before the old goes (fib_modify_prefix_metric). */
  changeMetric(device: NetDevice, ifa: IfAddress, metric: number): void {
    const prefix = ifa.address & maskOf(ifa.prefixLength)
    const hasRoute = (device.flags & IFF_UP) !== 0 && (ifa.flags & (IFA_F_SECONDARY | IFA_F_NOPREFIXROUTE)) === 0 &&
      !isZeronet(prefix) && (prefix !== ifa.local || ifa.prefixLength < 32)
    if (hasRoute) {
      this.change(true, device, subnetType(device), prefix, ifa.prefixLength, ifa, metric)
      this.change(false, device, subnetType(device), prefix, ifa.prefixLength, ifa, ifa.metric)
    }
    ifa.metric = metric
  }

  /** The first address of a subnet: its primary (inet_ifa_byprefix). */
  private primaryOf(inDevice: InDevice, ifa: IfAddress): IfAddress | null {
    const mask = maskOf(ifa.prefixLength)
    return inDevice.addresses.find((other) => other.prefixLength === ifa.prefixLength &&
      ((other.address ^ ifa.address) & mask) === 0) ?? null
  }

  /** fib_add_ifaddr. */
  addRoutes(device: NetDevice, ifa: IfAddress): void {
    const secondary = (ifa.flags & IFA_F_SECONDARY) !== 0
    const primary = secondary ? this.primaryOf(inDeviceOf(device), ifa) : ifa
    if (primary === null) return
    const mask = maskOf(ifa.prefixLength)
    const prefix = ifa.address & mask
    this.change(true, device, RTN_LOCAL, ifa.local, 32, primary, 0)
    if ((device.flags & IFF_UP) === 0) return
    if (ifa.broadcast !== 0 && ifa.broadcast !== -1) {
      this.change(true, device, RTN_BROADCAST, ifa.broadcast, 32, primary, 0)
    }
    if (isZeronet(prefix) || secondary || (prefix === ifa.local && ifa.prefixLength === 32)) return
    if ((ifa.flags & IFA_F_NOPREFIXROUTE) === 0) {
      this.change(true, device, subnetType(device), prefix, ifa.prefixLength, primary, ifa.metric)
    }
    if (ifa.prefixLength < 31) this.change(true, device, RTN_BROADCAST, prefix | ~mask, 32, primary, 0)
  }

  /**
   * fib_del_ifaddr: what no other address still needs. newPrimary: the primary that is being removed, when its
   * secondaries change over to another (promotion), else null.
   */
  private removeRoutes(device: NetDevice, ifa: IfAddress, newPrimary: IfAddress | null, deviceGone: boolean): void {
    const inDevice = inDeviceOf(device)
    const mask = maskOf(ifa.prefixLength)
    const network = ifa.address & mask
    const broadcast = ifa.address | ~mask
    let primary = ifa
    let subnet = false
    if ((ifa.flags & IFA_F_SECONDARY) !== 0) {
      const found = this.primaryOf(inDevice, ifa)
      if (found === null || (newPrimary !== null && newPrimary !== found)) return
      primary = found
    } else if (!isZeronet(network) && (network !== ifa.local || ifa.prefixLength < 32)) {
      if ((ifa.flags & IFA_F_NOPREFIXROUTE) === 0) {
        this.change(false, device, subnetType(device), network, ifa.prefixLength, primary, 0)
      }
      subnet = true
    }
    const still = deviceGone ? NOTHING_NEEDED : this.stillNeeded(inDevice, ifa, primary, newPrimary)
    if (!still.broadcast) this.change(false, device, RTN_BROADCAST, ifa.broadcast, 32, primary, 0)
    if (subnet && ifa.prefixLength < 31) {
      if (!still.subnetBroadcast) this.change(false, device, RTN_BROADCAST, broadcast, 32, primary, 0)
      if (!still.network) this.change(false, device, RTN_BROADCAST, network, 32, primary, 0)
    }
    if (still.local) return
    this.change(false, device, RTN_LOCAL, ifa.local, 32, primary, 0)
    if (still.gone && this.store.addressType(ifa.local, RT_TABLE_LOCAL, null) !== RTN_LOCAL &&
      this.store.syncDownAddress(ifa.local) > 0) this.store.flush()
  }

  /** Which routes of an address the interface's other addresses need as well. */
  private stillNeeded(inDevice: InDevice, ifa: IfAddress, primary: IfAddress, newPrimary: IfAddress | null): Needed {
    const needed: Needed = { local: false, broadcast: false, subnetBroadcast: false, network: false, gone: true }
    const network = ifa.address & maskOf(ifa.prefixLength)
    const broadcast = ifa.address | ~maskOf(ifa.prefixLength)
    let current: IfAddress | null = null
    let samePrefSource = false
    for (const other of inDevice.addresses) {
      if (other === ifa) {
        needed.gone = false
        continue
      }
      if (newPrimary !== null && isSameSubnet(other, newPrimary)) continue
      if ((other.flags & IFA_F_SECONDARY) !== 0) {
        if (isSameSubnet(other, primary)) {
          current = primary
        } else {
          if (!samePrefSource) continue
          if (current === null || !isSameSubnet(other, current)) current = this.primaryOf(inDevice, other)
          if (current === null || current.local !== primary.local) continue
        }
      } else {
        if (primary.local !== other.local) continue
        current = other
        if (primary !== current) samePrefSource = true
      }
      if (ifa.local === other.local) needed.local = true
      if (ifa.broadcast === other.broadcast) needed.broadcast = true
      if (broadcast === other.broadcast) needed.subnetBroadcast = true
      if (network === other.broadcast) needed.network = true
      if (current === other && other.prefixLength < 31) {
        const otherBroadcast = other.address | ~maskOf(other.prefixLength)
        const otherNetwork = other.address & maskOf(other.prefixLength)
        if (!isZeronet(otherNetwork)) {
          if (ifa.broadcast === otherBroadcast || ifa.broadcast === otherNetwork) needed.broadcast = true
          if (broadcast === otherBroadcast || broadcast === otherNetwork) needed.subnetBroadcast = true
          if (network === otherBroadcast || network === otherNetwork) needed.network = true
        }
      }
    }
    return needed
  }

  // ---- devices (inetdev_event, fib_netdev_event) ------------------------------------------------------------------

  /** A device came up: lo gets 127.0.0.1/8, and all addresses their routes. */
  deviceUp(device: NetDevice): void {
    const inDevice = inDeviceOf(device)
    if ((device.flags & IFF_LOOPBACK) !== 0) {
      inDevice.ownSettings = 'all'
      const nowNs = this.ns.simulation.clock.ns[0]
      this.insert(device, {
        local: IPV4_LOOPBACK, address: IPV4_LOOPBACK, prefixLength: 8, broadcast: 0, scope: RT_SCOPE_HOST,
        flags: IFA_F_PERMANENT, label: device.name, times: forEverSince(nowNs), protocol: 0, metric: 0,
      })
    }
    for (const ifa of inDevice.addresses) this.addRoutes(device, ifa)
    this.store.syncUp(device, RTNH_F_DEAD)
    this.generation++
  }

  /** The carrier came or went. */
  carrierChanged(device: NetDevice): void {
    if (device.carrier) this.store.syncUp(device, RTNH_F_LINKDOWN)
    else this.store.syncDown(device, 'carrier', false)
  }

  /** The device is being removed: its addresses go (inetdev_destroy). */
  deviceRemoved(device: NetDevice): void {
    for (;;) {
      const [ifa] = inDeviceOf(device).addresses
      if (ifa === undefined) return
      this.remove(device, ifa, true)
    }
  }

  /** The labels follow the device's new name (inetdev_changename). */
  deviceRenamed(device: NetDevice): void {
    let named = 0
    for (const ifa of inDeviceOf(device).addresses) {
      const colon = ifa.label.indexOf(':')
      if (named++ > 0) {
        const suffix = colon >= 0 ? ifa.label.slice(colon) : `:${named}`
        ifa.label = device.name.slice(0, MAX_LABEL - suffix.length) + suffix
      } else {
        ifa.label = device.name
      }
      this.announce(device, ifa, 'new')
    }
  }

  // ---- which address to use -----------------------------------------------------------------------------------------

  /**
   * The address to send from: on `device`, in the destination's subnet if there is one there, no nearer than `scope`;
   * else of any other interface. 0: none (inet_select_addr). destination 0: any.
   */
  select(device: NetDevice | null, destination: number, scope: number): number {
    let address = 0
    if (device !== null && device.inet !== null) {
      const inDevice = inDeviceOf(device)
      const localnetScope = routeLocalnet(this.ns, inDevice) ? RT_SCOPE_LINK : RT_SCOPE_HOST
      for (const ifa of inDevice.addresses) {
        if ((ifa.flags & IFA_F_SECONDARY) !== 0 || Math.min(ifa.scope, localnetScope) > scope) continue
        if (destination === 0 || isInSubnet(destination, ifa)) return ifa.local
        if (address === 0) address = ifa.local
      }
      if (address !== 0) return address
    }
    for (const other of this.ns.devices) {
      for (const ifa of inDeviceOf(other).addresses) {
        if ((ifa.flags & IFA_F_SECONDARY) === 0 && ifa.scope !== RT_SCOPE_LINK && ifa.scope <= scope) return ifa.local
      }
    }
    return 0
  }

  /**
   * The address that stands for `local` (0: any) towards `destination` (0: any) on a device, or on any if it is null;
   * 0: there is none of that scope (inet_confirm_addr).
   */
  confirm(inDevice: InDevice | null, destination: number, local: number, scope: number): number {
    if (inDevice !== null) return this.confirmOn(inDevice, destination, local, scope)
    for (const device of this.ns.devices) {
      const address = this.confirmOn(inDeviceOf(device), destination, local, scope)
      if (address !== 0) return address
    }
    return 0
  }

  private confirmOn(inDevice: InDevice, destination: number, local: number, scope: number): number {
    const localnetScope = routeLocalnet(this.ns, inDevice) ? RT_SCOPE_LINK : RT_SCOPE_HOST
    let address = 0
    let same = false
    for (const ifa of inDevice.addresses) {
      const nearest = Math.min(ifa.scope, localnetScope)
      if (address === 0 && (local === ifa.local || local === 0) && nearest <= scope) {
        address = ifa.local
        if (same) break
      }
      if (same) continue
      same = (local === 0 || isInSubnet(local, ifa)) && (destination === 0 || isInSubnet(destination, ifa))
      if (!same || address === 0) continue
      if (local !== 0 || destination === 0 || isInSubnet(address, ifa)) break
      if (nearest <= scope) {
        address = ifa.local
        break
      }
      same = false
    }
    return same ? address : 0
  }

  /** Whether two addresses lie in one subnet of a device; b 0: only a is asked for (inet_addr_onlink). */
  isOnLink(device: NetDevice, a: number, b: number): boolean {
    for (const ifa of inDeviceOf(device).addresses) {
      if (isInSubnet(a, ifa) && (b === 0 || isInSubnet(b, ifa))) return true
    }
    return false
  }
}

/** One of 32 bits for an address. */
function maskBit(address: number): number {
  return Math.imul(address, 0x9e3779b1) >>> 27
}

interface Needed {
  local: boolean
  broadcast: boolean
  subnetBroadcast: boolean
  network: boolean
  /** The address is off the list already. */
  gone: boolean
}

const NOTHING_NEEDED: Needed = { local: false, broadcast: false, subnetBroadcast: false, network: false, gone: true }
/** IFNAMSIZ less the terminating zero. */
const MAX_LABEL = 15

function subnetType(device: NetDevice): number {
  return (device.flags & IFF_LOOPBACK) !== 0 ? RTN_LOCAL : RTN_UNICAST
}

function isSameSubnet(a: IfAddress, b: IfAddress): boolean {
  return a.prefixLength === b.prefixLength && isInSubnet(a.address, b)
}

/** inet_ifa_match: the subnet is that of the peer address, if there is one. */
function isInSubnet(address: number, ifa: IfAddress): boolean {
  return ((address ^ ifa.address) & maskOf(ifa.prefixLength)) === 0
}

/** An address as a user gives it, and its broadcast as `ip` and the kernel default it: none. */
export function makeAddress(ns: NetNamespace, device: NetDevice, local: number, prefixLength: number,
  broadcast = 0): IfAddress {
  const nowNs = ns.simulation.clock.ns[0]
  return {
    local, address: local, prefixLength, broadcast, scope: 0, flags: IFA_F_PERMANENT, label: device.name,
    times: forEverSince(nowNs), protocol: 0, metric: 0,
  }
}
