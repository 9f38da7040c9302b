import { EAGAIN, EEXIST, EINVAL, ENETUNREACH, ENODEV, ENETDOWN, ENOENT, ESRCH } from '../../base/errno.ts'
import { IFF_UP, type NetDevice } from '../../device/net-device.ts'
import type { Nanoseconds } from '../../engine/clock.ts'
import { isLimitedBroadcast, isMulticast, isZeronet, maskOf } from '../../wire/address.ts'
import type { NetNamespace } from '../net-namespace.ts'
import {
  FIB_LOOKUP_IGNORE_LINKSTATE, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RT_SCOPE_HOST, RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE, RT_TABLE_DEFAULT, RT_TABLE_LOCAL, RT_TABLE_MAIN, RTAX_ADVMSS, RTAX_FEATURE_MASK, RTAX_FEATURES,
  RTAX_HOPLIMIT, RTAX_MTU, RTN_ANYCAST, RTN_BROADCAST, RTN_LOCAL, RTN_MAX, RTN_MULTICAST, RTN_UNICAST, RTNH_F_DEAD,
  RTNH_F_LINKDOWN, RTNH_F_ONLINK, RTNH_F_PERVASIVE,
} from './constants.ts'
import { FibResult, OutputFlow } from './flow.ts'
import type { RouteException } from './exceptions.ts'
import { rebalance } from './multipath.ts'
import { Nexthop } from './nexthop.ts'
import type { NexthopObject } from './nexthop-object.ts'
import type { NexthopTable } from './nexthop-table.ts'
import { inserted } from './packed-list.ts'
import { RouteInfo, RouteInfoTable, TYPE_ERROR, TYPE_SCOPE } from './route-info.ts'
import { Route, RouteTable, RouteTrie } from './route-table.ts'
import { RouteRules, type RuleTables } from './rules.ts'

/*
 * The tables of a namespace and what goes in and out of them: fib_table_insert() and fib_table_delete() of
 * net/ipv4/fib_trie.c, fib_create_info() and the checks of nexthops of net/ipv4/fib_semantics.c, in the kernel's order
 * and with its errors and texts. Cold; the look-ups are in route-table.ts and rules.ts.
 */

/** Where netlink's extended ack goes. */
export interface Extack {
  text: string
}

/** One nexthop of a request (struct rtnexthop). */
export interface NexthopConfig {
  readonly ifindex: number
  readonly gateway: number
  readonly flags: number
  /** 1 to 256. */
  readonly weight: number
}

/** A request to add or delete a route (struct fib_config). Addresses are int32; 0 where nothing is given. */
export interface RouteConfig {
  readonly table: number
  readonly destination: number
  readonly prefixLength: number
  readonly tos: number
  readonly type: number
  readonly scope: number
  readonly protocol: number
  readonly priority: number
  readonly prefSource: number
  /** RTNH_F_ONLINK, RTNH_F_PERVASIVE. */
  readonly flags: number
  readonly ifindex: number
  readonly gateway: number
  readonly multipath: readonly NexthopConfig[] | null
  /** By RTAX_*, RTAX_MAX + 1 cells; the lock bits are in cell RTAX_LOCK. For a deletion 0 means: does not matter. */
  readonly metrics: readonly number[] | null
  readonly congestion: string
  /** The nexthop object it goes by; 0: none. */
  readonly nexthopId: number
  /** NLM_F_*. */
  readonly nlFlags: number
}

/** A request for nothing yet: `{ ...EMPTY_ROUTE, destination, … }`. */
export const EMPTY_ROUTE: RouteConfig = {
  table: RT_TABLE_MAIN, destination: 0, prefixLength: 0, tos: 0, type: 0, scope: 0, protocol: 0, priority: 0,
  prefSource: 0, flags: 0, ifindex: 0, gateway: 0, multipath: null, metrics: null, congestion: '', nexthopId: 0,
  nlFlags: 0,
}

export type RouteEvent = 'new' | 'delete'
/** nlFlags: NLM_F_REPLACE, NLM_F_APPEND, NLM_F_CREATE as the kernel's message has them. */
export type RouteListener = (route: Route, event: RouteEvent, nlFlags: number) => void

const NO_TABLES: readonly RouteTable[] = []
const NO_EXTACK: Extack = { text: '' }
const NO_LISTENERS: RouteListener[] = []

/** What the questions of this file are asked with; none asks another. */
const flow = new OutputFlow()
const result = new FibResult()

export class RouteStore implements RuleTables {
  readonly infos = new RouteInfoTable()
  readonly rules: RouteRules
  /** In the order of a dump: by number modulo 256, of equal ones the newest first (fib_table_hash). */
  private tables: readonly RouteTable[] = NO_TABLES
  /** main, or null as long as it has never had a route; local may share its trie. */
  main: RouteTable | null = null
  /** Nexthop objects; null as long as there has been none. */
  nexthops: NexthopTable | null = null
  private default: RouteTable | null = null
  /** Routes of type local that are not the kernel's: sources must be checked in full (fib_has_custom_local_routes). */
  customLocalRoutes = false
  private listeners = NO_LISTENERS

  constructor(readonly ns: NetNamespace) {
    this.rules = new RouteRules(this)
  }

  deviceByName(name: string): NetDevice | null {
    return this.ns.deviceByName(name)
  }

  onChange(listener: RouteListener): void {
    if (this.listeners === NO_LISTENERS) this.listeners = []
    this.listeners.push(listener)
  }

  /** A table by number, or null: it was never used (fib_get_table). */
  table(id: number): RouteTable | null {
    const tables = this.tables
    for (let i = 0; i < tables.length; i++) if (tables[i].id === id) return tables[i]
    return null
  }

  /** All tables in the order of a dump. */
  list(): readonly RouteTable[] {
    return this.tables
  }

  /** A table by number, made if it is new (fib_new_table). 0: main. */
  tableFor(id: number): RouteTable {
    if (id === 0) id = RT_TABLE_MAIN
    const found = this.table(id)
    if (found !== null) return found
    const shared = id === RT_TABLE_LOCAL && !this.rules.custom ? this.tableFor(RT_TABLE_MAIN).trie : null
    const table = new RouteTable(id, shared ?? new RouteTrie(this.ns))
    if (id === RT_TABLE_MAIN) this.main = table
    if (id === RT_TABLE_DEFAULT) this.default = table
    let at = 0
    while (at < this.tables.length && (this.tables[at].id & 255) < (id & 255)) at++
    this.tables = inserted(this.tables, at, table)
    return table
  }

  /** Gives local a trie of its own (fib_unmerge). */
  unmerge(): void {
    const local = this.table(RT_TABLE_LOCAL)
    if (local === null || this.main === null || local.trie !== this.main.trie) return
    const shared = local.trie
    const routes = local.list()
    const own = new RouteTrie(this.ns)
    for (const route of routes) shared.remove(route)
    local.trie = own
    for (const route of routes) own.insert(route, null)
  }

  /** The route of a flow, by the rules (fib_lookup). Returns 0 or -errno, -ENETUNREACH for nothing. */
  lookup(asked: OutputFlow, lookupFlags: number, into: FibResult): number {
    if (this.rules.custom) return this.rules.lookup(asked, lookupFlags, into, null)
    let error = -EAGAIN
    if (this.main !== null) error = this.main.lookup(asked, lookupFlags, into)
    if (error !== -EAGAIN) return error
    if (this.default !== null) error = this.default.lookup(asked, lookupFlags, into)
    return error === -EAGAIN ? -ENETUNREACH : error
  }

  /** What an address is to this namespace, RTN_* (inet_addr_type_table). device: if given, only its own counts. */
  addressType(address: number, tableId: number, device: NetDevice | null): number {
    if (isZeronet(address) || isLimitedBroadcast(address)) return RTN_BROADCAST
    if (isMulticast(address)) return RTN_MULTICAST
    const table = this.table(tableId)
    if (table === null) return RTN_BROADCAST
    flow.reset(address, 0)
    if (table.lookup(flow, 0, result) !== 0) return RTN_UNICAST
    if (device !== null && result.info?.first.device !== device) return RTN_UNICAST
    return result.type
  }

  /** The device of the local route to an address, or null (__ip_dev_find's last resort). */
  localDevice(address: number): NetDevice | null {
    const table = this.table(RT_TABLE_LOCAL)
    if (table === null) return null
    flow.reset(address, 0)
    if (table.lookup(flow, 0, result) !== 0 || result.type !== RTN_LOCAL) return null
    return result.nexthop === null ? null : result.nexthop.device
  }

  // ---- routes in and out --------------------------------------------------------------------------------------

  /** Adds, replaces or appends a user's route as config.nlFlags says. Returns 0 or -errno (inet_rtm_newroute). */
  insert(config: RouteConfig, extack: Extack = NO_EXTACK): number {
    const error = this.insertOwn(config, extack)
    if (error === 0 && config.type === RTN_LOCAL) this.customLocalRoutes = true
    return error
  }

  /** The same for the routes that come with addresses (fib_table_insert). */
  insertOwn(config: RouteConfig, extack: Extack = NO_EXTACK): number {
    const error = checkPrefix(config, extack)
    if (error !== 0) return error
    const table = this.tableFor(config.table)
    const info = this.createInfo({ ...config, table: table.id }, extack)
    if (typeof info === 'number') return info
    const entered = this.enter(table, config, info)
    if (entered !== 0) this.release(info)
    return entered
  }

  private enter(table: RouteTable, config: RouteConfig, info: RouteInfo): number {
    const { destination, prefixLength, tos, type, nlFlags } = config
    const route = new Route(destination, prefixLength, table.id, tos, type, info)
    let before = table.find(destination, prefixLength, tos, info.priority)
    let notify = 0
    if (before !== null && before.tos === tos && before.info.priority === info.priority) {
      if ((nlFlags & NLM_F_EXCL) !== 0) return -EEXIST
      const first = before
      let match: Route | null = null
      let at: Route | null = before
      for (; at !== null; at = at.next) {
        if (at.tableId !== table.id || at.tos !== tos || at.info.priority !== info.priority) break
        if (at.type === type && at.info === info) {
          match = at
          break
        }
      }
      if ((nlFlags & NLM_F_REPLACE) !== 0) {
        if (match !== null) {
          if (match !== first) return -EEXIST
          this.release(info)
          return 0
        }
        this.replaceRoute(table, first, route)
        return 0
      }
      if (match !== null) return -EEXIST
      if ((nlFlags & NLM_F_APPEND) !== 0) {
        notify = NLM_F_APPEND
        before = at
      }
    }
    if ((nlFlags & NLM_F_CREATE) === 0) return -ENOENT
    if (before !== null && before.tableId !== table.id) before = null
    table.trie.insert(route, before)
    if (prefixLength === 0) table.defaultCount++
    this.notify(route, 'new', notify | NLM_F_CREATE)
    return 0
  }

  private replaceRoute(table: RouteTable, old: Route, route: Route): void {
    table.trie.replace(old, route)
    this.release(old.info)
    this.notify(route, 'new', NLM_F_REPLACE)
  }

  /** Deletes the first route that has all that the request names. Returns 0 or -errno (inet_rtm_delroute). */
  remove(config: RouteConfig, extack: Extack = NO_EXTACK): number {
    const wrong = checkPrefix(config, extack)
    if (wrong !== 0) return wrong
    const table = this.table(config.table === 0 ? RT_TABLE_MAIN : config.table)
    if (table === null) {
      extack.text = 'FIB table does not exist'
      return -ESRCH
    }
    const error = checkPrefix(config, extack)
    if (error !== 0) return error
    let route = table.find(config.destination, config.prefixLength, config.tos, 0)
    for (; route !== null; route = route.next) {
      if (route.tableId !== table.id || route.tos !== config.tos) return -ESRCH
      if (matchesRequest(route, config)) break
    }
    if (route === null) return -ESRCH
    this.notify(route, 'delete', 0)
    this.removeRoute(table, route)
    return 0
  }

  private removeRoute(table: RouteTable, route: Route): void {
    table.trie.remove(route)
    if (route.prefixLength === 0) table.defaultCount--
    this.release(route.info)
  }

  private release(info: RouteInfo): void {
    this.infos.release(info)
  }

  /** Announces all routes of some infos anew, since their nexthops changed (fib_info_notify_update). */
  announce(infos: ReadonlySet<RouteInfo>): void {
    for (const table of this.tables) {
      for (const route of table.list()) if (infos.has(route.info)) this.notify(route, 'new', NLM_F_REPLACE)
    }
  }

  private notify(route: Route, event: RouteEvent, nlFlags: number): void {
    for (const listener of this.listeners) listener(route, event, nlFlags)
  }

  // ---- what a route says (fib_create_info) ----------------------------------------------------------------------

  /** A RouteInfo with a reference for the caller, or -errno. */
  private createInfo(config: RouteConfig, extack: Extack): RouteInfo | number {
    const { type, scope } = config
    const fail = (error: number, text: string): number => {
      extack.text = text
      return -error
    }
    if (type > RTN_MAX) return fail(EINVAL, 'Invalid route type')
    if (TYPE_SCOPE[type] > scope) return fail(EINVAL, 'Invalid scope')
    if ((config.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) !== 0) {
      return fail(EINVAL, 'Invalid rtm_flags - can not contain DEAD or LINKDOWN')
    }
    const object = config.nexthopId === 0 ? null : this.nexthops?.find(config.nexthopId) ?? null
    if (object === null && config.nexthopId !== 0) return fail(EINVAL, 'Nexthop id does not exist')
    const metrics = convertMetrics(config, extack)
    if (typeof metrics === 'number') return metrics
    const nexthops = object?.nexthops ?? makeNexthops(config, extack)
    if (typeof nexthops === 'number') return nexthops
    let flags = config.flags
    if (TYPE_ERROR[type] !== 0) {
      if (config.gateway !== 0 || config.ifindex !== 0 || config.multipath !== null) {
        return fail(EINVAL, 'Gateway, device and multipath can not be specified for this route type')
      }
    } else {
      if (![RTN_UNICAST, RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST, RTN_MULTICAST].includes(type)) {
        return fail(EINVAL, 'Invalid route type')
      }
      if (scope > RT_SCOPE_HOST) return fail(EINVAL, 'Invalid scope')
      const error = object === null ? this.checkNexthops(nexthops, config, extack) : checkObject(object, scope, extack)
      if (error !== 0) return error
      if (object === null && scope !== RT_SCOPE_HOST && nexthops.every((nexthop) => (nexthop.flags & RTNH_F_LINKDOWN) !== 0)) {
        flags |= RTNH_F_LINKDOWN
      }
      if (config.prefSource !== 0 && !this.isValidPrefSource(config)) return fail(EINVAL, 'Invalid prefsrc address')
    }
    const info = new RouteInfo(nexthops, type, scope, config.protocol, config.priority, config.prefSource, config.table,
      flags, metrics, config.congestion, object)
    rebalance(this.ns, info)
    return this.infos.share(info)
  }

  private checkNexthops(nexthops: readonly Nexthop[], config: RouteConfig, extack: Extack): number {
    if (config.scope === RT_SCOPE_HOST) {
      const [nexthop] = nexthops
      if (nexthops.length !== 1) {
        extack.text = 'Route with host scope can not have multiple nexthops'
        return -EINVAL
      }
      if (nexthop.gateway !== 0) {
        extack.text = 'Route with host scope can not have a gateway'
        return -EINVAL
      }
      nexthop.scope = RT_SCOPE_NOWHERE
      nexthop.device = this.ns.deviceByIndex(nexthop.ifindex)
      return nexthop.device === null ? -ENODEV : 0
    }
    for (const nexthop of nexthops) {
      const error = this.checkNexthop(nexthop, config.table, config.scope, extack)
      if (error !== 0) return error
    }
    return 0
  }

  /** Finds a nexthop's device and scope. Returns 0 or -errno (fib_check_nh). */
  checkNexthop(nexthop: Nexthop, tableId: number, scope: number, extack: Extack): number {
    return nexthop.gateway !== 0 ? this.checkGateway(nexthop, tableId, scope, extack) : this.checkOnLink(nexthop, extack)
  }

  /** fib_check_nh_v4_gw: a gateway must be reachable, nearer than what is behind it. */
  private checkGateway(nexthop: Nexthop, tableId: number, scope: number, extack: Extack): number {
    if ((nexthop.flags & RTNH_F_ONLINK) !== 0) return this.checkOnLinkGateway(nexthop, scope, extack)
    flow.reset(nexthop.gateway, 0)
    flow.oif = nexthop.ifindex
    flow.scope = Math.max(scope + 1, RT_SCOPE_LINK)
    const table = tableId !== 0 && tableId !== RT_TABLE_MAIN ? this.table(tableId) : null
    let error = table === null ? -EAGAIN : table.lookup(flow, FIB_LOOKUP_IGNORE_LINKSTATE, result)
    if (error !== 0) error = this.lookup(flow, FIB_LOOKUP_IGNORE_LINKSTATE, result)
    if (error !== 0) {
      extack.text = 'Nexthop has invalid gateway'
      return error
    }
    const found = result.nexthop
    if ((result.type !== RTN_UNICAST && result.type !== RTN_LOCAL) || found === null) {
      extack.text = 'Nexthop has invalid gateway'
      return -EINVAL
    }
    nexthop.scope = result.scope
    nexthop.ifindex = found.ifindex
    nexthop.device = found.device
    if (found.device === null) {
      extack.text = 'No egress device for nexthop gateway'
      return -EINVAL
    }
    if (!found.device.carrier) nexthop.flags |= RTNH_F_LINKDOWN
    return (found.device.flags & IFF_UP) !== 0 ? 0 : -ENETDOWN
  }

  /** `onlink`: believed to be on the link, whatever the addresses say. */
  private checkOnLinkGateway(nexthop: Nexthop, scope: number, extack: Extack): number {
    if (scope >= RT_SCOPE_LINK) {
      extack.text = 'Nexthop has invalid scope'
      return -EINVAL
    }
    const device = this.ns.deviceByIndex(nexthop.ifindex)
    if (device === null) {
      extack.text = 'Nexthop device required for onlink'
      return -ENODEV
    }
    if ((device.flags & IFF_UP) === 0) {
      extack.text = 'Nexthop device is not up'
      return -ENETDOWN
    }
    if (this.addressType(nexthop.gateway, RT_TABLE_LOCAL, null) !== RTN_UNICAST) {
      extack.text = 'Nexthop has invalid gateway'
      return -EINVAL
    }
    if (!device.carrier) nexthop.flags |= RTNH_F_LINKDOWN
    nexthop.device = device
    nexthop.scope = RT_SCOPE_LINK
    return 0
  }

  /** fib_check_nh_nongw: destinations on the device's own link. */
  private checkOnLink(nexthop: Nexthop, extack: Extack): number {
    if ((nexthop.flags & (RTNH_F_PERVASIVE | RTNH_F_ONLINK)) !== 0) {
      extack.text = 'Invalid flags for nexthop - PERVASIVE and ONLINK can not be set'
      return -EINVAL
    }
    const device = this.ns.deviceByIndex(nexthop.ifindex)
    if (device === null) return -ENODEV
    if ((device.flags & IFF_UP) === 0) {
      extack.text = 'Device for nexthop is not up'
      return -ENETDOWN
    }
    nexthop.device = device
    nexthop.scope = RT_SCOPE_HOST
    if (!device.carrier) nexthop.flags |= RTNH_F_LINKDOWN
    return 0
  }

  /** fib_valid_prefsrc: a preferred source must be an address of this namespace, or be made by this very route. */
  private isValidPrefSource(config: RouteConfig): boolean {
    const { prefSource } = config
    if (config.type === RTN_LOCAL && config.destination !== 0 && prefSource === config.destination) return true
    const tableId = config.table === RT_TABLE_MAIN || config.table === 0 ? RT_TABLE_LOCAL : config.table
    if (this.addressType(prefSource, tableId, null) === RTN_LOCAL) return true
    return tableId !== RT_TABLE_LOCAL && this.addressType(prefSource, RT_TABLE_LOCAL, null) === RTN_LOCAL
  }

  // ---- devices and addresses that come and go ---------------------------------------------------------------------

  /**
   * A device went down ('down'), is being removed ('unregister') or lost its carrier ('carrier'): its nexthops are dead
   * or without link. force: those of local routes too. Returns how many infos have none left (fib_sync_down_dev).
   */
  syncDown(device: NetDevice, event: 'down' | 'unregister' | 'carrier', force: boolean): number {
    const added = event === 'carrier' ? RTNH_F_LINKDOWN : RTNH_F_DEAD | RTNH_F_LINKDOWN
    let count = 0
    for (const info of this.infos.list()) {
      if (info.object !== null) continue
      const { nexthops } = info
      if (!nexthops.some((nexthop) => nexthop.device === device)) continue
      let dead = 0
      for (const nexthop of nexthops) {
        if ((nexthop.flags & RTNH_F_DEAD) !== 0) {
          dead++
        } else if (nexthop.device === device && (force || nexthop.scope !== RT_SCOPE_NOWHERE)) {
          nexthop.flags |= added
          dead++
        }
        if (event === 'unregister' && nexthop.device === device) {
          dead = nexthops.length
          break
        }
      }
      if (dead === nexthops.length) {
        info.flags |= added
        count++
      }
      rebalance(this.ns, info)
    }
    return count
  }

  /** A device came up or got its carrier back: its nexthops live again. flags: what goes (fib_sync_up). */
  syncUp(device: NetDevice, flags: number): void {
    if ((device.flags & IFF_UP) === 0) return
    const removed = (flags & RTNH_F_DEAD) !== 0 && device.carrier ? flags | RTNH_F_LINKDOWN : flags
    for (const info of this.infos.list()) {
      if (info.object !== null) continue
      const { nexthops } = info
      if (!nexthops.some((nexthop) => nexthop.device === device)) continue
      let alive = 0
      for (const nexthop of nexthops) {
        if ((nexthop.flags & removed) === 0) {
          alive++
        } else if (nexthop.device === device) {
          alive++
          nexthop.flags &= ~removed
        }
      }
      if (alive > 0) info.flags &= ~removed
      rebalance(this.ns, info)
    }
  }

  /** An address is gone: routes of main that prefer it as source are dead. Returns how many (fib_sync_down_addr). */
  syncDownAddress(local: number): number {
    let count = 0
    for (const info of this.infos.list()) {
      if (local === 0 || info.prefSource !== local || info.tableId !== RT_TABLE_MAIN) continue
      info.flags |= RTNH_F_DEAD
      info.prefSourceRemoved = true
      count++
    }
    return count
  }

  /** Removes the routes of dead infos (fib_flush, fib_table_flush). */
  flush(): void {
    for (const table of this.tables) {
      for (const route of table.dead()) {
        if (route.info.prefSourceRemoved) this.notify(route, 'delete', 0)
        this.removeRoute(table, route)
      }
    }
  }

  /** A device's MTU changed: learned MTUs follow (fib_sync_mtu). */
  syncMtu(device: NetDevice, newMtu: number, oldMtu: number): void {
    for (const nexthop of new Set(this.infos.list().flatMap((info) => info.nexthops))) {
      if (nexthop.device === device) nexthop.exceptions?.updateDeviceMtu(newMtu, oldMtu)
    }
  }

  /** All exceptions in force, in the order of the infos and by destination; each once. */
  exceptions(nowNs: Nanoseconds): { nexthop: Nexthop, exception: RouteException }[] {
    const nexthops = new Set(this.infos.list().flatMap((info) => info.nexthops))
    return [...nexthops].flatMap((nexthop) =>
      (nexthop.exceptions?.list(nowNs) ?? []).map((exception) => ({ nexthop, exception })))
  }

  /** Whether an address is the gateway of a default route out of a device (ip_fib_check_default). */
  isDefaultGateway(gateway: number, device: NetDevice): boolean {
    return this.infos.list().some((info) => info.object === null && info.nexthops.some((nexthop) => nexthop.device === device &&
      nexthop.gateway === gateway && (nexthop.flags & RTNH_F_DEAD) === 0))
  }
}

/** Whether a route of this scope may go by a nexthop object (fib_check_nexthop). Returns 0 or -errno. */
export function checkObject(object: NexthopObject, scope: number, extack: Extack): number {
  const [nexthop] = object.nexthops
  if (scope === RT_SCOPE_HOST && object.isGroup) {
    extack.text = 'Route with host scope can not have multiple nexthops'
    return -EINVAL
  }
  if (scope === RT_SCOPE_HOST && nexthop.gateway !== 0) {
    extack.text = 'Route with host scope can not have a gateway'
    return -EINVAL
  }
  if ((nexthop.flags & RTNH_F_ONLINK) !== 0 && scope >= RT_SCOPE_LINK) {
    extack.text = 'Scope mismatch with nexthop'
    return -EINVAL
  }
  return 0
}

function checkPrefix(config: RouteConfig, extack: Extack): number {
  if (config.prefixLength > 32) {
    extack.text = 'Invalid prefix length'
    return -EINVAL
  }
  if ((config.destination & ~maskOf(config.prefixLength)) !== 0) {
    extack.text = 'Invalid prefix for given prefix length'
    return -EINVAL
  }
  return 0
}

/** The metrics as they are kept: within the bounds of ip_metrics_convert(). */
function convertMetrics(config: RouteConfig, extack: Extack): readonly number[] | null | number {
  const given = config.metrics
  if (given === null || given.every((value) => value === 0)) return null
  if ((given[RTAX_FEATURES] & ~RTAX_FEATURE_MASK) !== 0) {
    extack.text = 'Unknown flag set in feature mask in metrics attribute'
    return -EINVAL
  }
  const metrics = [...given]
  metrics[RTAX_ADVMSS] = Math.min(given[RTAX_ADVMSS], 65535 - 40)
  metrics[RTAX_MTU] = Math.min(given[RTAX_MTU], 65535 - 15)
  metrics[RTAX_HOPLIMIT] = Math.min(given[RTAX_HOPLIMIT], 255)
  return metrics
}

/** fib_get_nhs, fib_nh_init. */
function makeNexthops(config: RouteConfig, extack: Extack): Nexthop[] | number {
  const { multipath } = config
  if (multipath === null) return [new Nexthop(config.ifindex, config.gateway, config.flags, 1)]
  if (multipath.length === 0) return -EINVAL
  const nexthops: Nexthop[] = []
  for (const hop of multipath) {
    if ((hop.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) !== 0) {
      extack.text = 'Invalid flags for nexthop - can not contain DEAD or LINKDOWN'
      return -EINVAL
    }
    nexthops.push(new Nexthop(hop.ifindex, hop.gateway, (config.flags & ~0xff) | hop.flags, hop.weight))
  }
  if (config.ifindex !== 0 && nexthops[0].ifindex !== config.ifindex) {
    extack.text = 'Nexthop device index does not match RTA_OIF'
    return -EINVAL
  }
  if (config.gateway !== 0 && nexthops[0].gateway !== config.gateway) {
    extack.text = 'Nexthop gateway does not match RTA_GATEWAY or RTA_VIA'
    return -EINVAL
  }
  return nexthops
}

/** Whether a route is what a deletion asks for (fib_table_delete). */
function matchesRequest(route: Route, config: RouteConfig): boolean {
  const info = route.info
  return (config.type === 0 || route.type === config.type) &&
    (config.scope === RT_SCOPE_NOWHERE || info.scope === config.scope) &&
    (config.prefSource === 0 || info.prefSource === config.prefSource) &&
    (config.protocol === 0 || info.protocol === config.protocol) &&
    matchesNexthops(info, config) && matchesMetrics(info, config)
}

/** fib_nh_match. */
function matchesNexthops(info: RouteInfo, config: RouteConfig): boolean {
  if (config.priority !== 0 && config.priority !== info.priority) return false
  if (config.nexthopId !== 0) return info.object !== null && info.object.id === config.nexthopId
  if (info.object !== null) return config.ifindex === 0 && config.gateway === 0 && config.multipath === null
  if (config.ifindex !== 0 || config.gateway !== 0) {
    return (config.ifindex === 0 || config.ifindex === info.first.ifindex) &&
      (config.gateway === 0 || config.gateway === info.first.gateway)
  }
  const { multipath } = config
  if (multipath === null) return true
  const nexthops = info.nexthops
  if (multipath.length < nexthops.length) return false
  return nexthops.every((nexthop, i) => {
    const wanted = multipath[i]
    return (wanted.ifindex === 0 || wanted.ifindex === nexthop.ifindex) &&
      (wanted.gateway === 0 || wanted.gateway === nexthop.gateway)
  })
}

/** fib_metrics_match. */
function matchesMetrics(info: RouteInfo, config: RouteConfig): boolean {
  if (config.congestion !== '' && config.congestion !== info.congestion) return false
  if (config.metrics === null) return true
  return config.metrics.every((value, which) => value === 0 || value === info.metric(which))
}
