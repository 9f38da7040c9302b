import { EADDRNOTAVAIL, EEXIST, EINVAL, ENODEV, EOPNOTSUPP, ERANGE } from '../base/errno.ts'
import type { NetDevice } from '../device/net-device.ts'
import { NS_PER_S } from '../engine/clock.ts'
import { Timer } from '../engine/timer.ts'
import {
  IFA_F_NOPREFIXROUTE, IFA_F_PERMANENT, IFA_F_SECONDARY, forEverSince, type IfAddress, inDeviceOf,
} from '../inet/in-device.ts'
import type { InetStack } from '../inet/inet-stack.ts'
import {
  NLM_F_APPEND, NLM_F_CREATE, RT_SCOPE_LINK, RT_TABLE_MAIN, RTN_UNICAST, RTPROT_KERNEL,
} from '../inet/route/constants.ts'
import { EMPTY_ROUTE, type RouteConfig } from '../inet/route/route-store.ts'
import { maskOf } from '../wire/address.ts'
import type { Answer } from './answer.ts'
import {
  AF_INET, AF_UNSPEC, type AddressMessage, type NetlinkMessage, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELADDR,
  RTM_GETADDR, RTM_NEWADDR, RTNLGRP_IPV4_IFADDR,
} from './messages.ts'

export const IFA_F_DEPRECATED = 0x20
export const IFA_F_MCAUTOJOIN = 0x400
/** A lifetime without end. */
export const INFINITY_LIFETIME = 0xffffffff
const LABEL_LENGTH = 15
const TICK_NS = 10_000_000

/** RTM_*ADDR of IPv4 (net/ipv4/devinet.c). */
export class Addresses {
  private timer: Timer | null = null

  constructor(private readonly stack: InetStack) {}

  watch(tell: (group: number, message: NetlinkMessage) => void): void {
    this.stack.routing.addresses.onChange((device, ifa, event) => {
      tell(RTNLGRP_IPV4_IFADDR, this.message(device, ifa, event === 'new' ? RTM_NEWADDR : RTM_DELADDR))
    })
  }

  request(message: AddressMessage, answer: Answer): number {
    if (message.type === RTM_GETADDR) return this.dump(message, answer)
    if (message.family !== AF_INET) return -EOPNOTSUPP
    return message.type === RTM_NEWADDR ? this.add(message, answer) : this.remove(message, answer)
  }

  /** inet_fill_ifaddr. */
  private message(device: NetDevice, ifa: IfAddress, type: AddressMessage['type']): AddressMessage {
    const nowNs = this.stack.ns.simulation.nowNs
    const { times } = ifa
    const permanent = (ifa.flags & IFA_F_PERMANENT) !== 0
    const left = (untilNs: number): number =>
      untilNs === Infinity ? INFINITY_LIFETIME : Math.max(0, Math.ceil((untilNs - nowNs) / NS_PER_S))
    return {
      type, family: AF_INET, index: device.ifindex, prefixLength: ifa.prefixLength, flags: ifa.flags, scope: ifa.scope,
      local: ifa.local, address: ifa.address || ifa.local, broadcast: ifa.broadcast === 0 ? undefined : ifa.broadcast,
      label: ifa.label, metric: ifa.metric === 0 ? undefined : ifa.metric, protocol: ifa.protocol,
      cacheInfo: {
        valid: permanent ? INFINITY_LIFETIME : left(times.validUntilNs),
        preferred: permanent ? INFINITY_LIFETIME : left(times.preferredUntilNs),
        created: Math.floor(times.createdNs / TICK_NS), updated: Math.floor(times.updatedNs / TICK_NS),
      },
    }
  }

  private dump(message: AddressMessage, answer: Answer): number {
    if (((message.nlFlags ?? 0) & NLM_F_DUMP) === 0) return -EOPNOTSUPP
    if (message.family !== undefined && message.family !== AF_UNSPEC && message.family !== AF_INET) return 0
    for (const device of this.stack.ns.devices) {
      if (message.index && device.ifindex !== message.index) continue
      for (const ifa of inDeviceOf(device).addresses) answer.messages.push(this.message(device, ifa, RTM_NEWADDR))
    }
    return 0
  }

  /** inet_rtm_newaddr, rtm_to_ifaddr. */
  private add(message: AddressMessage, answer: Answer): number {
    const refuse = (text: string, error: number): number => {
      answer.text = text
      return -error
    }
    const { routing, ns } = this.stack
    const length = message.prefixLength ?? 0
    if ((message.label?.length ?? 0) > LABEL_LENGTH) return refuse('Attribute failed policy validation', ERANGE)
    if (length > 32) return refuse('ipv4: Invalid prefix length', EINVAL)
    if (message.local === undefined) return refuse('ipv4: Local address is not supplied', EINVAL)
    const device = ns.deviceByIndex(message.index ?? 0)
    if (device === null) return refuse('ipv4: Device not found', ENODEV)
    inDeviceOf(device).ownSettings = 'all'
    if (((message.flags ?? 0) & IFA_F_MCAUTOJOIN) !== 0) return refuse('netarium: autojoin is not modelled', EOPNOTSUPP)
    const valid = message.cacheInfo?.valid ?? INFINITY_LIFETIME
    const preferred = message.cacheInfo?.preferred ?? INFINITY_LIFETIME
    if (valid === 0 || preferred > valid) return refuse('ipv4: address lifetime invalid', EINVAL)
    const nowNs = ns.simulation.nowNs
    const address = message.address ?? message.local
    const found = inDeviceOf(device).addresses.find((other) => other.prefixLength === length &&
      ((address ^ other.address) & maskOf(length)) === 0 && other.local === message.local)
    const nlFlags = message.nlFlags ?? 0
    if (found !== undefined && ((nlFlags & NLM_F_EXCL) !== 0 || (nlFlags & NLM_F_REPLACE) === 0)) {
      return refuse('ipv4: Address already assigned', EEXIST)
    }
    const ifa: IfAddress = found ?? {
      local: message.local, address, prefixLength: length, broadcast: message.broadcast ?? 0,
      scope: message.scope ?? 0, flags: message.flags ?? 0, label: message.label ?? device.name,
      times: forEverSince(nowNs), protocol: message.protocol ?? 0, metric: message.metric ?? 0,
    }
    if (found === undefined) {
      setLifetime(ifa, valid, preferred, nowNs)
      const extack = { text: '' }
      const error = routing.addresses.insert(device, ifa, extack)
      answer.text = extack.text
      if (error === 0) this.schedule()
      return error
    }
    if ((message.metric ?? 0) !== ifa.metric) {
      this.changeMetric(device, ifa, message.metric ?? 0)
    }
    if (message.protocol !== undefined) ifa.protocol = message.protocol
    setLifetime(ifa, valid, preferred, nowNs)
    this.schedule()
    routing.addresses.announce(device, ifa, 'new')
    return 0
  }

  /** The subnet's route gets another metric: the new one is there before the old one goes (fib_modify_prefix_metric). */
  private changeMetric(device: NetDevice, ifa: IfAddress, metric: number): void {
    const { routing } = this.stack
    const mask = maskOf(ifa.prefixLength)
    const old = ifa.metric
    ifa.metric = metric
    if (!device.up || (ifa.flags & (IFA_F_SECONDARY | IFA_F_NOPREFIXROUTE)) !== 0 || (ifa.address & mask) === 0 ||
      ((ifa.address & mask) === ifa.local && ifa.prefixLength === 32)) return
    const config: RouteConfig = {
      ...EMPTY_ROUTE, type: RTN_UNICAST, destination: ifa.address & mask, prefixLength: ifa.prefixLength,
      protocol: RTPROT_KERNEL, table: RT_TABLE_MAIN, prefSource: ifa.local, ifindex: device.ifindex,
      scope: RT_SCOPE_LINK, nlFlags: NLM_F_CREATE | NLM_F_APPEND,
    }
    const extack = { text: '' }
    routing.addRoute({ ...config, priority: metric }, extack)
    routing.removeRoute({ ...config, priority: old }, extack)
  }

  /** inet_rtm_deladdr. */
  private remove(message: AddressMessage, answer: Answer): number {
    const device = this.stack.ns.deviceByIndex(message.index ?? 0)
    if (device === null) {
      answer.text = 'ipv4: Device not found'
      return -ENODEV
    }
    const found = inDeviceOf(device).addresses.find((ifa) =>
      (message.local === undefined || ifa.local === message.local) &&
      (message.label === undefined || ifa.label === message.label) &&
      (message.address === undefined || (ifa.prefixLength === (message.prefixLength ?? 0) &&
        ((message.address ^ ifa.address) & maskOf(ifa.prefixLength)) === 0)))
    if (found === undefined) {
      answer.text = 'ipv4: Address not found'
      return -EADDRNOTAVAIL
    }
    this.stack.routing.addresses.remove(device, found)
    return 0
  }

  /** Lifetimes run out at their moment (check_lifetime, which Linux runs a little later). */
  private schedule(): void {
    let nextNs = Infinity
    for (const device of this.stack.ns.devices) {
      for (const ifa of inDeviceOf(device).addresses) {
        if ((ifa.flags & IFA_F_PERMANENT) !== 0) continue
        if ((ifa.flags & IFA_F_DEPRECATED) === 0) nextNs = Math.min(nextNs, ifa.times.preferredUntilNs)
        nextNs = Math.min(nextNs, ifa.times.validUntilNs)
      }
    }
    const { simulation, node } = this.stack.ns
    if (nextNs === Infinity) {
      this.timer?.cancel()
      return
    }
    if (this.timer === null) this.timer = new Timer(simulation, node, { onTimer: () => this.expire() })
    this.timer.arm(nextNs)
  }

  private expire(): void {
    const { ns, routing } = this.stack
    const nowNs = ns.simulation.nowNs
    for (const device of ns.devices) {
      for (const ifa of [...inDeviceOf(device).addresses]) {
        if ((ifa.flags & IFA_F_PERMANENT) !== 0 || !inDeviceOf(device).addresses.includes(ifa)) continue
        if (ifa.times.validUntilNs <= nowNs) {
          routing.addresses.remove(device, ifa)
        } else if (ifa.times.preferredUntilNs <= nowNs && (ifa.flags & IFA_F_DEPRECATED) === 0) {
          ifa.flags |= IFA_F_DEPRECATED
          routing.addresses.announce(device, ifa, 'new')
        }
      }
    }
    this.schedule()
  }
}

/** set_ifa_lifetime. Lifetimes in seconds. */
function setLifetime(ifa: IfAddress, valid: number, preferred: number, nowNs: number): void {
  ifa.flags &= ~(IFA_F_PERMANENT | IFA_F_DEPRECATED)
  if (valid === INFINITY_LIFETIME) ifa.flags |= IFA_F_PERMANENT
  if (preferred === 0) ifa.flags |= IFA_F_DEPRECATED
  const until = (seconds: number): number => seconds === INFINITY_LIFETIME ? Infinity : nowNs + seconds * NS_PER_S
  const { createdNs } = ifa.times
  if (valid === INFINITY_LIFETIME && preferred === INFINITY_LIFETIME && createdNs === nowNs) {
    ifa.times = forEverSince(nowNs)
    return
  }
  ifa.times = { validUntilNs: until(valid), preferredUntilNs: until(preferred), createdNs, updatedNs: nowNs }
}
