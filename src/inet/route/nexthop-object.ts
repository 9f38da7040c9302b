import { NEXTHOP_REJECTS, type Nexthop } from './nexthop.ts'

/** One of a group, and its share (struct nh_grp_entry). */
export interface GroupMember {
  readonly object: NexthopObject
  /** 1 to 256, or up to 65535 by netlink. */
  readonly weight: number
}

const NO_MEMBERS: readonly GroupMember[] = []
const NO_BOUNDS: readonly number[] = []

/**
 * A nexthop that has a number and a life of its own (struct nexthop): routes refer to it by `nhid`. It is one way
 * (`nexthop`), or a group of others (`members`). Its number stays; what it says may be replaced under the routes.
 */
export class NexthopObject {
  /** Groups that it is in, the newest first (grp_list). */
  memberOf: readonly NexthopObject[] = []
  members: readonly GroupMember[] = NO_MEMBERS
  /** By member: the largest 31-bit flow hash that it takes (hthr.upper_bound). */
  bounds: readonly number[] = NO_BOUNDS

  /** id: a uint32, not 0. nexthop: null for a group. */
  constructor(readonly id: number, public protocol: number, public nexthop: Nexthop | null) {}

  get isGroup(): boolean {
    return this.nexthop === null
  }

  /** What a route over it leads to: its own nexthop, or those of its members. */
  get nexthops(): readonly Nexthop[] {
    return this.nexthop !== null ? [this.nexthop] : this.members.map(({ object }) => object.nexthop as Nexthop)
  }

  /** Whether packets of its routes are thrown away (nexthop_is_blackhole). */
  get isBlackhole(): boolean {
    if (this.nexthop !== null) return (this.nexthop.flags & NEXTHOP_REJECTS) !== 0
    return this.members.length === 1 && this.members[0].object.isBlackhole
  }

  /** Sets the members of a group, and their shares of the hashes (nh_hthr_group_rebalance). */
  setMembers(members: readonly GroupMember[]): void {
    let total = 0
    for (const { weight } of members) total += weight
    let sum = 0
    this.members = members
    this.bounds = members.map(({ weight }) => {
      sum += weight
      return Math.floor((sum * 2147483648 + Math.floor(total / 2)) / total) - 1
    })
  }
}
