import { EACCES, EAGAIN, EHOSTUNREACH, EINVAL } from '../../base/errno.ts'
import { NEXTHOP_REJECTS, type Nexthop } from './nexthop.ts'
import type { GroupMember, NexthopObject } from './nexthop-object.ts'
import { appended } from './packed-list.ts'
import {
  RTN_BLACKHOLE, RTN_NAT, RTN_PROHIBIT, RTN_THROW, RTN_UNREACHABLE, RTN_XRESOLVE, RT_SCOPE_HOST, RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE, RT_SCOPE_UNIVERSE, RTAX_LOCK, RTAX_MTU, RTNH_F_DEAD, RTNH_F_LINKDOWN, RTNH_F_OFFLOAD, RTNH_F_TRAP,
} from './constants.ts'

/** The error that a route of each type answers with, or 0 (fib_props). */
export const TYPE_ERROR: readonly number[] = errorsByType()
/** The nearest scope that a route of each type may have (fib_props). */
export const TYPE_SCOPE: readonly number[] = [
  RT_SCOPE_NOWHERE, RT_SCOPE_UNIVERSE, RT_SCOPE_HOST, RT_SCOPE_LINK, RT_SCOPE_LINK, RT_SCOPE_UNIVERSE,
  RT_SCOPE_UNIVERSE, RT_SCOPE_UNIVERSE, RT_SCOPE_UNIVERSE, RT_SCOPE_UNIVERSE, RT_SCOPE_NOWHERE, RT_SCOPE_NOWHERE,
]

/** Differences in these do not make two nexthops different. */
const COMPARE_MASK = ~(RTNH_F_DEAD | RTNH_F_LINKDOWN | RTNH_F_OFFLOAD | RTNH_F_TRAP)
const NO_NEXTHOPS: readonly Nexthop[] = []
const NO_MEMBERS: readonly GroupMember[] = []

/** What a route says besides its prefix (Linux: struct fib_info); shared by all routes that say the same. */
export class RouteInfo {
  /** Routes that use it (fib_treeref); 0: not in use any more. */
  references = 0
  /** RTNH_F_DEAD, RTNH_F_LINKDOWN when all nexthops are; else what the request said. */
  flags: number
  /** The address it prefers went away: its removal is announced (pfsrc_removed). */
  prefSourceRemoved = false
  /** protocol << 16 | scope << 8 | type: a host has six of these objects, so their size counts (bench/nodes). */
  private readonly packed: number
  /** With a nexthop object these two follow it: setNexthops(). */
  first: Nexthop
  /** The nexthops after the first. */
  more: readonly Nexthop[]

  /**
   * metrics: values by RTAX_*, or null. congestion: name of a congestion control, or ''.
   * tableId: the table it was made for (fib_tb_id). object: the nexthop object it refers to by `nhid`, or null.
   */
  constructor(nexthops: readonly Nexthop[], type: number, scope: number, protocol: number, readonly priority: number,
    readonly prefSource: number, readonly tableId: number, flags: number, readonly metrics: readonly number[] | null,
    readonly congestion: string, readonly object: NexthopObject | null = null) {
    this.first = nexthops[0]
    this.more = nexthops.length === 1 ? NO_NEXTHOPS : nexthops.slice(1)
    this.flags = flags
    this.packed = (protocol << 16) | (scope << 8) | type
  }

  /** RTN_*. */
  get type(): number {
    return this.packed & 0xff
  }

  /** RT_SCOPE_*. */
  get scope(): number {
    return (this.packed >> 8) & 0xff
  }

  /** RTPROT_*. */
  get protocol(): number {
    return this.packed >> 16
  }

  get nexthops(): Nexthop[] {
    return [this.first, ...this.more]
  }

  /** The nexthop object changed under the route. */
  setNexthops(nexthops: readonly Nexthop[]): void {
    this.first = nexthops[0]
    this.more = nexthops.length === 1 ? NO_NEXTHOPS : nexthops.slice(1)
  }

  /** The share of flows of a nexthop: its own, or what the group gives it. */
  weightAt(index: number): number {
    const members = this.object === null ? NO_MEMBERS : this.object.members
    return members.length === 0 ? this.nexthopAt(index).weight : members[index].weight
  }

  /** Its nexthop object throws packets away, whatever the route's type. */
  get rejects(): boolean {
    return (this.first.flags & NEXTHOP_REJECTS) !== 0
  }

  get isMultipath(): boolean {
    return this.more.length > 0
  }

  nexthopAt(index: number): Nexthop {
    return index === 0 ? this.first : this.more[index - 1]
  }

  /** A metric by RTAX_*; 0: not set. */
  metric(which: number): number {
    return this.metrics === null ? 0 : this.metrics[which]
  }

  /** `mtu lock` (dst_metric_locked). */
  get mtuLocked(): boolean {
    return this.metrics !== null && (this.metrics[RTAX_LOCK] & (1 << RTAX_MTU)) !== 0
  }

  /** Whether another says the same (fib_find_info). */
  equals(other: RouteInfo): boolean {
    if (this.object !== other.object) return false
    return this.more.length === other.more.length && this.packed === other.packed &&
      this.prefSource === other.prefSource && this.priority === other.priority &&
      this.tableId === other.tableId && this.congestion === other.congestion &&
      ((this.flags ^ other.flags) & COMPARE_MASK) === 0 && sameMetrics(this.metrics, other.metrics) &&
      (this.object !== null || this.sameNexthops(other))
  }

  private sameNexthops(other: RouteInfo): boolean {
    return sameNexthop(this.first, other.first) && this.more.every((nexthop, i) => sameNexthop(nexthop, other.more[i]))
  }

  /** Equal infos have equal hashes. */
  get hash(): number {
    let h = Math.imul(this.prefSource ^ Math.imul(this.priority, 0x9e3779b1), 0x85ebca6b)
    for (const nexthop of this.object !== null ? NO_NEXTHOPS : this.nexthops) {
      h = Math.imul((h << 13) ^ (h >>> 19) ^ nexthop.gateway ^ Math.imul(nexthop.ifindex, 0x9e3779b1), 0xc2b2ae35)
    }
    if (this.object !== null) h = Math.imul(h ^ this.object.id, 0xc2b2ae35)
    return (h ^ (h >>> 15) ^ (this.type << 8) ^ (this.scope << 16) ^ this.protocol) | 0
  }
}

function sameNexthop(a: Nexthop, b: Nexthop): boolean {
  return a.ifindex === b.ifindex && a.gateway === b.gateway && a.scope === b.scope && a.weight === b.weight &&
    ((a.flags ^ b.flags) & COMPARE_MASK) === 0
}

export function sameMetrics(a: readonly number[] | null, b: readonly number[] | null): boolean {
  if (a === null || b === null) return a === b
  return a.every((value, i) => value === b[i])
}

function errorsByType(): number[] {
  const errors = Array<number>(RTN_XRESOLVE + 1).fill(0)
  errors[RTN_BLACKHOLE] = -EINVAL
  errors[RTN_UNREACHABLE] = -EHOSTUNREACH
  errors[RTN_PROHIBIT] = -EACCES
  errors[RTN_THROW] = -EAGAIN
  errors[RTN_NAT] = -EINVAL
  errors[RTN_XRESOLVE] = -EINVAL
  return errors
}

/** Up to so many a plain array is searched; most hosts have six. */
const MAX_SCANNED = 24

/**
 * All RouteInfos of a namespace, each once (fib_info_hash). Few are a plain array; many are a set, which keeps their order
 * too and lets one go in its time (100,000 infos flushed: 8.2 s as an array, 0.6 s as a set; bench/commands).
 */
export class RouteInfoTable {
  /** In order of creation; empty once they are many. */
  private few: RouteInfo[] = NO_INFOS
  private many: ManyInfos | null = null

  get size(): number {
    return this.many === null ? this.few.length : this.many.all.size
  }

  /** In order of creation. */
  list(): readonly RouteInfo[] {
    return this.many === null ? this.few : [...this.many.all]
  }

  /** The one that says the same, with one more reference; else enters this one. */
  share(info: RouteInfo): RouteInfo {
    const found = this.find(info)
    if (found !== undefined) {
      found.references++
      return found
    }
    info.references = 1
    if (this.many !== null) {
      this.many.add(info)
    } else {
      this.few = appended(this.few, info)
      if (this.few.length > MAX_SCANNED) this.becomeMany()
    }
    return info
  }

  /** Gives a reference back; the last one takes the info out (fib_release_info). */
  release(info: RouteInfo): void {
    if (--info.references > 0) return
    if (this.many !== null) this.many.remove(info)
    else this.few.splice(this.few.lastIndexOf(info), 1)
  }

  private find(info: RouteInfo): RouteInfo | undefined {
    const candidates = this.many === null ? this.few : this.many.byHash.get(info.hash) ?? NO_INFOS
    return candidates.find((other) => other.equals(info))
  }

  private becomeMany(): void {
    this.many = new ManyInfos()
    for (const info of this.few) this.many.add(info)
    this.few = NO_INFOS
  }
}

class ManyInfos {
  /** In order of creation. */
  readonly all = new Set<RouteInfo>()
  readonly byHash = new Map<number, RouteInfo[]>()

  add(info: RouteInfo): void {
    this.all.add(info)
    const same = this.byHash.get(info.hash)
    if (same === undefined) this.byHash.set(info.hash, [info])
    else same.push(info)
  }

  remove(info: RouteInfo): void {
    this.all.delete(info)
    const same = this.byHash.get(info.hash) ?? NO_INFOS
    same.splice(same.indexOf(info), 1)
    if (same.length === 0) this.byHash.delete(info.hash)
  }
}

const NO_INFOS: RouteInfo[] = []
