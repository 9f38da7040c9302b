import { EINVAL, ENOBUFS, ENODEV, ENOENT, EEXIST } from '../base/errno.ts'
import type { NetDevice } from '../device/net-device.ts'
import type { InetStack } from '../inet/inet-stack.ts'
import {
  NTF_EXT_LEARNED, NTF_EXT_VALIDATED, NTF_MANAGED, NTF_PROXY, NTF_ROUTER, NTF_USE, NUD_PERMANENT, NUD_VALID,
  UPDATE_ADMIN, UPDATE_EXT_LEARNED, UPDATE_EXT_VALIDATED, UPDATE_ISROUTER, UPDATE_MANAGED, UPDATE_OVERRIDE,
  UPDATE_OVERRIDE_ISROUTER, UPDATE_USE,
} from '../inet/neighbor/constants.ts'
import { NO_MAC } from '../inet/neighbor/neighbor-table.ts'
import type { Neighbor } from '../inet/neighbor/neighbor.ts'
import type { ProxyEntry } from '../inet/neighbor/proxies.ts'
import type { Answer } from './answer.ts'
import {
  AF_INET, type NeighborMessage, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELNEIGH,
  RTM_NEWNEIGH,
} from './messages.ts'

/** The clock of netlink's ages: USER_HZ, 100 a second. */
const TICK_NS = 10_000_000

/** RTM_*NEIGH of IPv4 (net/core/neighbour.c). */
export class Neighbors {
  constructor(private readonly stack: InetStack) {}

  request(message: NeighborMessage, answer: Answer): number {
    switch (message.type) {
      case RTM_NEWNEIGH: return this.add(message, answer)
      case RTM_DELNEIGH: return this.remove(message, answer)
      default: return ((message.nlFlags ?? 0) & NLM_F_DUMP) !== 0 ? this.dump(message, answer) : this.get(message, answer)
    }
  }

  /** neigh_fill_info. */
  message(neighbor: Neighbor, type: NeighborMessage['type']): NeighborMessage {
    const nowNs = this.stack.ns.simulation.nowNs
    const age = (ns: number): number => Math.floor((nowNs - ns) / TICK_NS)
    return {
      type, family: AF_INET, index: neighbor.device.ifindex, state: neighbor.state, flags: neighbor.flags & 0xff,
      extFlags: neighbor.flags >> 8, neighType: neighbor.type, destination: neighbor.key,
      lladdr: (neighbor.state & NUD_VALID) !== 0 ? neighbor.mac : undefined, probes: neighbor.probes,
      protocol: neighbor.protocol === 0 ? undefined : neighbor.protocol,
      cacheInfo: {
        confirmed: age(neighbor.confirmedNs), used: age(neighbor.usedNs), updated: age(neighbor.updatedNs),
        refcount: neighbor.timer?.pending ? 1 : 0,
      },
    }
  }

  private proxyMessage(entry: ProxyEntry): NeighborMessage {
    return {
      type: RTM_NEWNEIGH, family: AF_INET, index: entry.device?.ifindex ?? 0, state: 0,
      flags: (entry.flags & 0xff) | NTF_PROXY, destination: entry.key,
      protocol: entry.protocol === 0 ? undefined : entry.protocol,
    }
  }

  private dump(message: NeighborMessage, answer: Answer): number {
    const { neighbors } = this.stack
    if (((message.flags ?? 0) & NTF_PROXY) !== 0) {
      const entries = [...neighbors.proxies.entries]
        .sort((a, b) => (a.device?.ifindex ?? 0) - (b.device?.ifindex ?? 0) || (a.key >>> 0) - (b.key >>> 0))
      for (const entry of entries) {
        if (message.index && entry.device?.ifindex !== message.index) continue
        answer.messages.push(this.proxyMessage(entry))
      }
      return 0
    }
    for (const neighbor of neighbors.sorted()) {
      if (message.index && neighbor.device.ifindex !== message.index) continue
      if (message.master && neighbor.device.master?.ifindex !== message.master) continue
      answer.messages.push(this.message(neighbor, RTM_NEWNEIGH))
    }
    return 0
  }

  private get(message: NeighborMessage, answer: Answer): number {
    const { ns, neighbors } = this.stack
    const device = message.index ? ns.deviceByIndex(message.index) : null
    if (message.index && device === null) return refuse(answer, 'Unknown device ifindex', ENODEV)
    if (message.destination === undefined) return refuse(answer, 'Network address not specified', EINVAL)
    if (((message.flags ?? 0) & NTF_PROXY) !== 0) {
      const entry = neighbors.proxies.lookup(device, message.destination)
      if (entry === null) return refuse(answer, 'Proxy neighbour entry not found', ENOENT)
      answer.messages.push(this.proxyMessage(entry))
      return 0
    }
    if (device === null) return refuse(answer, 'No device specified', EINVAL)
    const neighbor = neighbors.lookupAsEntered(device, message.destination)
    if (neighbor === null) return refuse(answer, 'Neighbour entry not found', ENOENT)
    answer.messages.push(this.message(neighbor, RTM_NEWNEIGH))
    return 0
  }

  /** neigh_add. */
  private add(message: NeighborMessage, answer: Answer): number {
    const { ns, neighbors } = this.stack
    const nlFlags = message.nlFlags ?? 0
    const flags = (message.flags ?? 0) | ((message.extFlags ?? 0) << 8)
    if (message.destination === undefined) return refuse(answer, 'Network address not specified', EINVAL)
    let device: NetDevice | null = null
    if (message.index) {
      device = ns.deviceByIndex(message.index)
      if (device === null) return -ENODEV
      if (message.lladdrLength !== undefined && message.lladdrLength < 6) return refuse(answer, 'Invalid link address', EINVAL)
    }
    const state = message.state ?? 0
    if ((flags & NTF_PROXY) !== 0) {
      if ((flags & (NTF_MANAGED | NTF_EXT_VALIDATED)) !== 0) return refuse(answer, 'Invalid NTF_* flag combination', EINVAL)
      neighbors.proxies.add(device, message.destination, flags & ~NTF_PROXY, message.protocol ?? 0,
        (state & NUD_PERMANENT) !== 0)
      return 0
    }
    if (device === null) return refuse(answer, 'Device not specified', EINVAL)
    let update = UPDATE_OVERRIDE | UPDATE_OVERRIDE_ISROUTER
    const entered = neighbors.lookupAsEntered(device, message.destination)
    let neighbor = entered ?? neighbors.lookup(device, message.destination)
    if (entered === null) {
      if ((nlFlags & NLM_F_CREATE) === 0) return -ENOENT
      const exempt = (state & NUD_PERMANENT) !== 0 || (flags & (NTF_EXT_LEARNED | NTF_EXT_VALIDATED)) !== 0
      neighbor ??= neighbors.create(device, message.destination, flags & (NTF_EXT_LEARNED | NTF_MANAGED), exempt)
    } else {
      if ((nlFlags & NLM_F_EXCL) !== 0) return -EEXIST
      if ((nlFlags & NLM_F_REPLACE) === 0) update &= ~(UPDATE_OVERRIDE | UPDATE_OVERRIDE_ISROUTER)
    }
    if (neighbor === null) return -ENOBUFS
    if (message.protocol !== undefined) neighbor.protocol = message.protocol
    if ((flags & NTF_EXT_LEARNED) !== 0) update |= UPDATE_EXT_LEARNED
    if ((flags & NTF_ROUTER) !== 0) update |= UPDATE_ISROUTER
    if ((flags & NTF_MANAGED) !== 0) update |= UPDATE_MANAGED
    if ((flags & NTF_USE) !== 0) update |= UPDATE_USE
    if ((flags & NTF_EXT_VALIDATED) !== 0) update |= UPDATE_EXT_VALIDATED
    const extack = { text: '' }
    const mac = message.lladdr ?? NO_MAC
    const error = neighbors.update(neighbor, mac, state, update | UPDATE_ADMIN, extack)
    answer.text = extack.text
    if (error === 0 && (flags & (NTF_USE | NTF_MANAGED)) !== 0) neighbors.probe(neighbor, true)
    return error
  }

  /** neigh_delete. */
  private remove(message: NeighborMessage, answer: Answer): number {
    const { ns, neighbors } = this.stack
    if (message.destination === undefined) return refuse(answer, 'Network address not specified', EINVAL)
    const device = message.index ? ns.deviceByIndex(message.index) : null
    if (message.index && device === null) return -ENODEV
    if (((message.flags ?? 0) & NTF_PROXY) !== 0) return neighbors.proxies.remove(device, message.destination)
    if (device === null) return -EINVAL
    const neighbor = neighbors.lookupAsEntered(device, message.destination)
    return neighbor === null ? -ENOENT : neighbors.removeByAdmin(neighbor)
  }
}

function refuse(answer: Answer, text: string, error: number): number {
  answer.text = text
  return -error
}

