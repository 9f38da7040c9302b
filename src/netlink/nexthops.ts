import { EAFNOSUPPORT, EINVAL, ENETDOWN, ENOENT, EOPNOTSUPP } from '../base/errno.ts'
import { IFF_UP } from '../device/net-device.ts'
import type { InetStack } from '../inet/inet-stack.ts'
import { RTNH_F_DEAD, RTNH_F_LINKDOWN, RTNH_F_ONLINK } from '../inet/route/constants.ts'
import type { NexthopObject } from '../inet/route/nexthop-object.ts'
import type { Answer } from './answer.ts'
import {
  AF_INET, AF_INET6, AF_UNSPEC, type NetlinkMessage, type NexthopObjectMessage, NLM_F_DUMP, RTM_DELNEXTHOP,
  RTM_GETNEXTHOP, RTM_GETNEXTHOPBUCKET, RTM_NEWNEXTHOP, RTNLGRP_NEXTHOP,
} from './messages.ts'

/** RTM_*NEXTHOP (net/ipv4/nexthop.c): the attributes of a request, in the kernel's order, and dumps. */
export class Nexthops {
  constructor(private readonly stack: InetStack) {}

  watch(tell: (group: number, message: NetlinkMessage) => void): void {
    this.stack.routing.nexthops.onChange((object, event) => {
      tell(RTNLGRP_NEXTHOP, messageOf(object, event === 'new' ? RTM_NEWNEXTHOP : RTM_DELNEXTHOP))
    })
  }

  request(message: NexthopObjectMessage, answer: Answer): number {
    switch (message.type) {
      case RTM_NEWNEXTHOP: return this.add(message, answer)
      case RTM_DELNEXTHOP: return this.remove(message, answer)
      case RTM_GETNEXTHOPBUCKET: return this.bucket(message, answer)
      case RTM_GETNEXTHOP:
        return ((message.nlFlags ?? 0) & NLM_F_DUMP) !== 0 ? this.dump(message, answer) : this.get(message, answer)
      default: return -EOPNOTSUPP
    }
  }

  private find(message: NexthopObjectMessage): NexthopObject | null {
    return this.stack.routing.store.nexthops?.find(message.id ?? 0) ?? null
  }

  /** rtm_new_nexthop. */
  private add(message: NexthopObjectMessage, answer: Answer): number {
    const error = message.group === undefined ? this.checkSingle(message, answer) : checkGroup(message, answer)
    if (error !== 0) return error
    return this.stack.routing.nexthops.insert({
      id: message.id ?? 0, protocol: message.protocol ?? 0, flags: message.flags ?? 0, ifindex: message.oif ?? 0,
      gateway: message.gateway ?? 0, blackhole: message.blackhole ?? false, group: message.group ?? null,
      nlFlags: message.nlFlags ?? 0,
    }, answer)
  }

  /** rtm_to_nh_config, of what is no group. */
  private checkSingle(message: NexthopObjectMessage, answer: Answer): number {
    const fail = (error: number, text: string): number => {
      answer.text = text
      return -error
    }
    const { family, oif } = message
    if (family !== AF_INET && family !== AF_INET6) return fail(EINVAL, 'Invalid address family')
    if (message.blackhole) {
      if (message.gateway !== undefined || oif !== undefined) {
        return fail(EINVAL, 'Blackhole attribute can not be used with gateway, oif, encap or fdb')
      }
    } else {
      if (oif === undefined) return fail(EINVAL, 'Device attribute required for non-blackhole and non-fdb nexthops')
      const device = this.stack.ns.deviceByIndex(oif)
      if (device === null) return fail(EINVAL, 'Invalid device index')
      if ((device.flags & IFF_UP) === 0) return fail(ENETDOWN, 'Nexthop device is not up')
      if (!device.carrier) return fail(ENETDOWN, 'Carrier for nexthop device is down')
      if (message.gateway === undefined && ((message.flags ?? 0) & RTNH_F_ONLINK) !== 0) {
        return fail(EINVAL, 'ONLINK flag can not be set for nexthop without a gateway')
      }
    }
    return family === AF_INET6 ? fail(EINVAL, 'IPv6 is disabled on nexthop device') : 0
  }

  /** rtm_del_nexthop. */
  private remove(message: NexthopObjectMessage, answer: Answer): number {
    const error = checkQuestion(message, answer)
    if (error !== 0) return error
    const object = this.find(message)
    if (object === null) return -ENOENT
    this.stack.routing.nexthops.remove(object)
    return 0
  }

  /** rtm_get_nexthop. */
  private get(message: NexthopObjectMessage, answer: Answer): number {
    const error = checkQuestion(message, answer)
    if (error !== 0) return error
    const object = this.find(message)
    if (object === null) return -ENOENT
    answer.messages.push(messageOf(object, RTM_NEWNEXTHOP))
    return 0
  }

  /** rtm_dump_nexthop, nh_dump_filtered. */
  private dump(message: NexthopObjectMessage, answer: Answer): number {
    const { family = AF_UNSPEC, groups, oif = 0, master = 0 } = message
    for (const object of this.stack.routing.store.nexthops?.list() ?? []) {
      if (groups && !object.isGroup) continue
      if (oif !== 0 || master !== 0 || family !== AF_UNSPEC) {
        if (object.nexthop === null || (family !== AF_UNSPEC && family !== AF_INET)) continue
        const { device } = object.nexthop
        if (oif !== 0 && device?.ifindex !== oif) continue
        if (master !== 0 && device?.master?.ifindex !== master) continue
      }
      answer.messages.push(messageOf(object, RTM_NEWNEXTHOP))
    }
    return 0
  }

  /** There are no resilient groups, so no buckets (rtm_get_nexthop_bucket, rtm_dump_nexthop_bucket). */
  private bucket(message: NexthopObjectMessage, answer: Answer): number {
    if (!message.id) return ((message.nlFlags ?? 0) & NLM_F_DUMP) !== 0 ? 0 : -EINVAL
    const object = this.find(message)
    if (object === null) return -ENOENT
    answer.text = object.isGroup ? 'Nexthop group not of type resilient' : 'Not a nexthop group'
    return -EINVAL
  }
}

/** rtm_to_nh_config, nh_check_attr_group. */
function checkGroup(message: NexthopObjectMessage, answer: Answer): number {
  const { family, group = [] } = message
  if (family !== undefined && family !== AF_UNSPEC) {
    answer.text = 'Invalid family for group'
    return family === AF_INET || family === AF_INET6 ? -EINVAL : -EAFNOSUPPORT
  }
  if (group.length === 0) {
    answer.text = 'Invalid length for nexthop group attribute'
    return -EINVAL
  }
  if (message.oif === undefined && message.gateway === undefined && !message.blackhole) return 0
  answer.text = 'No other attributes can be set in nexthop groups'
  return -EINVAL
}

/** nh_valid_get_del_req. */
function checkQuestion(message: NexthopObjectMessage, answer: Answer): number {
  if (message.oif !== undefined || message.gateway !== undefined || message.blackhole || message.group !== undefined) {
    answer.text = 'Unknown attribute type'
  } else if (message.protocol || message.scope || message.flags) {
    answer.text = 'Invalid values in header'
  } else if (message.id === undefined) {
    answer.text = 'Nexthop id is missing'
  } else if (message.id === 0) {
    answer.text = 'Invalid nexthop id'
  } else {
    return 0
  }
  return -EINVAL
}

/** nh_fill_node. */
function messageOf(object: NexthopObject, type: typeof RTM_NEWNEXTHOP | typeof RTM_DELNEXTHOP): NexthopObjectMessage {
  const { id, protocol, nexthop } = object
  if (nexthop === null) {
    const group = object.members.map((member) => ({ id: member.object.id, weight: member.weight }))
    return { type, family: AF_UNSPEC, id, protocol, scope: 0, flags: 0, group }
  }
  const flags = nexthop.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN | RTNH_F_ONLINK)
  if (object.isBlackhole) return { type, family: AF_INET, id, protocol, scope: 0, flags, blackhole: true }
  return {
    type, family: AF_INET, id, protocol, scope: nexthop.scope, flags, oif: nexthop.ifindex,
    gateway: nexthop.gateway === 0 ? undefined : nexthop.gateway,
  }
}
