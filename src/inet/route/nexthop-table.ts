import { EEXIST, EINVAL, ENOENT } from '../../base/errno.ts'
import type { NetDevice } from '../../device/net-device.ts'
import type { AddressBook } from './address.ts'
import { NLM_F_CREATE, NLM_F_REPLACE, RTNH_F_DEAD } from './constants.ts'
import { NEXTHOP_REJECTS, Nexthop } from './nexthop.ts'
import { NexthopObject } from './nexthop-object.ts'
import type { RouteInfo } from './route-info.ts'
import { checkObject, type Extack, type RouteStore } from './route-store.ts'

/*
 * The nexthop objects of a namespace (net/ipv4/nexthop.c): numbered ways and groups of ways, which routes refer to.
 *
 *     Route -> RouteInfo --object--> NexthopObject --members--> NexthopObject
 *                  \--first, more--> Nexthop <------nexthop------/
 *
 * The look-ups see no difference: a RouteInfo has its Nexthops at hand, and those of an object are the object's own, so
 * that what they learn (neighbour, exceptions, source) is shared by all its routes. When an object changes, the
 * RouteInfos that refer to it are told (refresh).
 *
 * Unlike the nexthops of routes, an object is removed when its device goes down or loses its carrier, without a message;
 * with it go its routes, and the groups that it was the last of.
 */

/** What an object shall be (struct nh_config). */
export interface NexthopConfig {
  /** 0: the next free one. */
  readonly id: number
  readonly protocol: number
  /** RTNH_F_ONLINK. */
  readonly flags: number
  readonly ifindex: number
  readonly gateway: number
  readonly blackhole: boolean
  readonly group: readonly { readonly id: number, readonly weight: number }[] | null
  /** NLM_F_*. */
  readonly nlFlags: number
}

export type NexthopListener = (object: NexthopObject, event: 'new' | 'delete') => void

export class NexthopTable {
  private readonly byId = new Map<number, NexthopObject>()
  private lastId = 0
  private readonly listeners: NexthopListener[] = []

  constructor(private readonly store: RouteStore, private readonly addresses: AddressBook) {}

  onChange(listener: NexthopListener): void {
    this.listeners.push(listener)
  }

  find(id: number): NexthopObject | null {
    return this.byId.get(id) ?? null
  }

  /** By number. */
  list(): NexthopObject[] {
    return [...this.byId.values()].sort((a, b) => a.id - b.id)
  }

  /** Adds an object, or replaces what one of this number says. Returns 0 or -errno (nexthop_add, insert_nexthop). */
  insert(config: NexthopConfig, extack: Extack): number {
    const { group, nlFlags, protocol } = config
    const replace = (nlFlags & NLM_F_REPLACE) !== 0
    if (group !== null && !this.checkGroup(group, extack)) return -EINVAL
    if (replace && config.id === 0) {
      extack.text = 'Replace requires nexthop id'
      return -EINVAL
    }
    const made = new NexthopObject(config.id === 0 ? this.unusedId() : config.id, protocol, null)
    const error = group === null ? this.fillSingle(made, config, extack) : this.fillGroup(made, group)
    if (error !== 0) return error
    const old = this.find(made.id)
    if (old === null) {
      if (replace && (nlFlags & NLM_F_CREATE) === 0) {
        extack.text = 'Replace specified without create and no entry exists'
        return -ENOENT
      }
      this.byId.set(made.id, made)
      join(made)
      this.notify(made, 'new')
      return 0
    }
    if (!replace) return -EEXIST
    const refused = this.replace(old, made, extack)
    if (refused === 0) this.announceReplaced(old)
    return refused
  }

  /** Removes an object, its routes, and itself from groups; the last of a group takes the group along. */
  remove(object: NexthopObject): void {
    this.removeObject(object, true)
  }

  /** The device went down or away, or lost its carrier; blackholes stay but for the last (nexthop_flush_dev). */
  deviceGone(device: NetDevice, unregistered: boolean): void {
    for (const object of [...this.byId.values()].reverse()) {
      if (object.nexthop === null || object.nexthop.device !== device) continue
      if (object.isBlackhole && !unregistered) continue
      this.removeObject(object, false)
    }
  }

  private unusedId(): number {
    do this.lastId = (this.lastId + 1) >>> 0
    while (this.lastId === 0 || this.byId.has(this.lastId))
    return this.lastId
  }

  /** nh_create_ipv4. */
  private fillSingle(made: NexthopObject, config: NexthopConfig, extack: Extack): number {
    const ifindex = config.blackhole ? this.store.ns.loopback.ifindex : config.ifindex
    const nexthop = new Nexthop(ifindex, config.gateway, config.flags, 1)
    const error = this.store.checkNexthop(nexthop, 0, 0, extack)
    if (error !== 0) return error
    nexthop.source = this.addresses.select(nexthop.device, nexthop.gateway, Math.max(nexthop.scope - 1, 0))
    nexthop.sourceGeneration = this.addresses.generation
    if (config.blackhole) nexthop.flags |= NEXTHOP_REJECTS
    made.nexthop = nexthop
    return 0
  }

  private fillGroup(made: NexthopObject, group: NonNullable<NexthopConfig['group']>): number {
    made.setMembers(group.map(({ id, weight }) => ({ object: this.find(id) as NexthopObject, weight })))
    return 0
  }

  /** nh_check_attr_group. */
  private checkGroup(group: NonNullable<NexthopConfig['group']>, extack: Extack): boolean {
    const fail = (text: string): false => {
      extack.text = text
      return false
    }
    if (new Set(group.map(({ id }) => id)).size < group.length) return fail('Nexthop id can not be used twice in a group')
    for (const { id } of group) {
      const object = this.find(id)
      if (object === null) return fail('Invalid nexthop id')
      if (object.isGroup) return fail('Hash-threshold group can not be a nexthop within a group')
      if (object.isBlackhole && group.length > 1) {
        return fail('Blackhole nexthop can not be used in a group with more than 1 path')
      }
    }
    return true
  }

  /** Puts what `made` says into `old`, if its routes and groups can bear it (replace_nexthop). */
  private replace(old: NexthopObject, made: NexthopObject, extack: Extack): number {
    const error = this.checkRoutes(old, made, extack)
    if (error !== 0) return error
    for (const group of old.memberOf) {
      if (!made.isGroup && made.isBlackhole && group.members.length > 1) {
        extack.text = 'Blackhole nexthop can not be a member of a group with more than one path'
        return -EINVAL
      }
      const refused = this.checkRoutes(group, made, extack)
      if (refused !== 0) return refused
    }
    if (old.isGroup !== made.isGroup) {
      extack.text = old.isGroup ? 'Can not replace a nexthop group with a nexthop.'
        : 'Can not replace a nexthop with a nexthop group.'
      return -EINVAL
    }
    if (old.isGroup) {
      leave(old)
      old.setMembers(made.members)
      join(old)
    } else {
      old.protocol = made.protocol
      old.nexthop = made.nexthop
    }
    this.refresh(old)
    for (const group of old.memberOf) this.refresh(group)
    return 0
  }

  /** Whether all routes of an object may go by another (fib_check_nh_list). */
  private checkRoutes(object: NexthopObject, made: NexthopObject, extack: Extack): number {
    for (const info of this.infosOf(object).reverse()) {
      const error = checkObject(made, info.scope, extack)
      if (error !== 0) return error
    }
    return 0
  }

  /** nexthop_notify, nexthop_replace_notify. */
  private announceReplaced(object: NexthopObject): void {
    this.notify(object, 'new')
    if (this.store.ns.conf.nexthopCompatMode === 0) return
    for (const changed of [object, ...object.memberOf]) {
      const infos = new Set(this.infosOf(changed))
      if (infos.size > 0) this.store.announce(infos)
    }
  }

  /** remove_nexthop. tell: whether it is announced, as it is when a user removes it. */
  private removeObject(object: NexthopObject, tell: boolean): void {
    this.byId.delete(object.id)
    if (tell) this.notify(object, 'delete')
    const infos = this.infosOf(object)
    for (const info of infos) info.flags |= RTNH_F_DEAD
    if (infos.length > 0) this.store.flush()
    leave(object)
    for (const group of object.memberOf) this.shrink(group, object, tell)
  }

  /** remove_nh_grp_entry. */
  private shrink(group: NexthopObject, without: NexthopObject, tell: boolean): void {
    if (group.members.length === 1) {
      this.removeObject(group, tell)
      return
    }
    leave(group)
    group.setMembers(group.members.filter(({ object }) => object !== without))
    join(group)
    this.refresh(group)
    if (tell) this.notify(group, 'new')
  }

  private infosOf(object: NexthopObject): RouteInfo[] {
    return this.store.infos.list().filter((info) => info.object === object)
  }

  private refresh(object: NexthopObject): void {
    const { nexthops } = object
    for (const info of this.infosOf(object)) info.setNexthops(nexthops)
  }

  private notify(object: NexthopObject, event: 'new' | 'delete'): void {
    for (const listener of this.listeners) listener(object, event)
  }
}

/** Enters a group with its members. */
function join(group: NexthopObject): void {
  for (const { object } of group.members) object.memberOf = [group, ...object.memberOf]
}

/** Takes a group off its members. */
function leave(group: NexthopObject): void {
  for (const { object } of group.members) {
    object.memberOf = object.memberOf.filter((other) => other !== group)
  }
}
