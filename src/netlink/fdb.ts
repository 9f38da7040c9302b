import { EEXIST, EINVAL, ENODEV, ENOENT, EOPNOTSUPP } from '../base/errno.ts'
import { Bridge, BR_STATE_FORWARDING, BR_STATE_LEARNING } from '../device/bridge/bridge.ts'
import { FDB_ADDED_BY_USER, FDB_LOCAL, FDB_STATIC, FDB_STICKY } from '../device/bridge/fdb.ts'
import { ARPHRD_ETHER, type NetDevice } from '../device/net-device.ts'
import type { InetStack } from '../inet/inet-stack.ts'
import { hardwareGroups } from '../inet/multicast-list.ts'
import {
  NTF_EXT_LEARNED, NTF_STICKY, NTF_USE, NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE, NUD_STALE,
} from '../inet/neighbor/constants.ts'
import { macHi, macLo } from '../wire/address.ts'
import type { Answer } from './answer.ts'
import {
  AF_BRIDGE, type NeighborMessage, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, RTM_DELNEIGH, RTM_GETNEIGH,
  RTM_NEWNEIGH,
} from './messages.ts'

const NTF_SELF = 0x02
const NTF_MASTER = 0x04
const TICK_NS = 10_000_000

/** RTM_*NEIGH of PF_BRIDGE: forwarding databases (rtnl_fdb_add() and others, net/bridge/br_fdb.c). */
export class Fdb {
  constructor(private readonly stack: InetStack) {}

  request(message: NeighborMessage, answer: Answer): number {
    if (message.type === RTM_GETNEIGH) {
      return ((message.nlFlags ?? 0) & NLM_F_DUMP) !== 0 ? this.dump(message, answer) : this.get(message, answer)
    }
    const refuse = (text: string, error: number): number => {
      answer.text = text
      return -error
    }
    if (!message.index) return refuse('Invalid device', EINVAL)
    const device = this.stack.ns.deviceByIndex(message.index)
    if (device === null) return refuse('Unknown device', ENODEV)
    if (message.lladdr === undefined) return refuse('invalid address', EINVAL)
    if (message.vlan !== undefined && (message.vlan <= 0 || message.vlan >= 4095)) return refuse('invalid vlan id', EINVAL)
    if (device.hardwareType !== ARPHRD_ETHER) {
      return refuse(`FDB ${message.type === RTM_NEWNEIGH ? 'add' : 'delete'} only supported for Ethernet devices`, EINVAL)
    }
    const flags = message.flags ?? 0
    let error = -EOPNOTSUPP
    if ((flags & NTF_MASTER) !== 0 || flags === 0) {
      const bridge = device.master?.driver
      if (bridge instanceof Bridge) error = this.change(bridge, device, message)
      if (error !== 0) return error
    }
    if ((flags & NTF_SELF) !== 0 || flags === 0) {
      if (device.driver instanceof Bridge) return this.change(device.driver, device, message)
      if (message.type === RTM_DELNEIGH) return -ENOENT
      return refuse('netarium: addresses of a device besides its own are not modelled', EOPNOTSUPP)
    }
    return error
  }

  private change(bridge: Bridge, device: NetDevice, message: NeighborMessage): number {
    return message.type === RTM_DELNEIGH ? removeEntry(bridge, device, message) : this.addEntry(bridge, device, message)
  }

  /** br_fdb_add, fdb_add_entry. */
  private addEntry(bridge: Bridge, device: NetDevice, message: NeighborMessage): number {
    const state = message.state ?? 0
    const nlFlags = message.nlFlags ?? 0
    const mac = message.lladdr ?? 0
    if ((state & (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE)) === 0) return -EINVAL
    if (mac === 0) return -EINVAL
    // Without VLAN filtering there is no VLAN in which an entry could stand.
    if (message.vlan !== undefined) return -EINVAL
    if (((message.flags ?? 0) & (NTF_EXT_LEARNED | NTF_USE)) !== 0) return -EOPNOTSUPP
    const port = device.driver === bridge ? null : bridge.portOf(device)
    if (port !== null && state !== NUD_PERMANENT && port.state !== BR_STATE_LEARNING && port.state !== BR_STATE_FORWARDING &&
      (state & NUD_PERMANENT) === 0) return -EINVAL
    if (port === null && (state & NUD_PERMANENT) === 0) return -EINVAL
    const nowNs = this.stack.ns.simulation.nowNs
    const slot = bridge.fdb.find(macHi(mac), macLo(mac), 0)
    const present = slot >= 0 && bridge.fdb.portAt(slot, nowNs, bridge.ageingNs) >= 0
    if (!present && (nlFlags & NLM_F_CREATE) === 0) return -ENOENT
    if (present && (nlFlags & NLM_F_EXCL) !== 0) return -EEXIST
    let flags = FDB_ADDED_BY_USER
    if ((state & NUD_PERMANENT) !== 0) flags |= FDB_LOCAL | FDB_STATIC
    else if ((state & NUD_NOARP) !== 0) flags |= FDB_STATIC
    if (((message.flags ?? 0) & NTF_STICKY) !== 0) flags |= FDB_STICKY
    bridge.fdb.set(macHi(mac), macLo(mac), 0, port === null ? 0 : port.number, flags, nowNs)
    return 0
  }

  /** Bridges' entries of a device, then its own addresses, device by device (rtnl_fdb_dump). */
  private dump(message: NeighborMessage, answer: Answer): number {
    const wantedBridge = message.master ? this.stack.ns.deviceByIndex(message.master) : null
    if (message.master && wantedBridge === null) return -ENODEV
    for (const device of this.stack.ns.devices) {
      if (message.index && device.ifindex !== message.index) continue
      if (wantedBridge !== null && device.master !== wantedBridge && device !== wantedBridge) continue
      const bridge = device.driver instanceof Bridge ? device.driver : null
      const master = device.master?.driver
      if (master instanceof Bridge) this.dumpBridge(master, device, answer)
      for (const mac of ownAddresses(device)) {
        answer.messages.push({
          type: RTM_NEWNEIGH, family: AF_BRIDGE, index: device.ifindex, lladdr: mac, state: NUD_PERMANENT, flags: NTF_SELF,
        })
      }
      if (bridge !== null) this.dumpBridge(bridge, device, answer)
    }
    return 0
  }

  private dumpBridge(bridge: Bridge, device: NetDevice, answer: Answer): void {
    const number = device.driver === bridge ? 0 : bridge.portOf(device)?.number
    bridge.fdb.forEach(this.stack.ns.simulation.nowNs, bridge.ageingNs, (mac, vid, port, flags, updatedNs) => {
      if (port === number && vid === 0) answer.messages.push(this.entry(bridge, device, mac, flags, updatedNs))
    })
  }

  private entry(bridge: Bridge, device: NetDevice, mac: number, flags: number, updatedNs: number): NeighborMessage {
    return entryMessage(bridge, device, mac, flags, updatedNs, this.stack.ns.simulation.nowNs)
  }

  /** rtnl_fdb_get, br_fdb_get. */
  private get(message: NeighborMessage, answer: Answer): number {
    const { ns } = this.stack
    const refuse = (text: string, error: number): number => {
      answer.text = text
      return -error
    }
    if (message.lladdr === undefined) return refuse('No address provided', EINVAL)
    const device = message.index ? ns.deviceByIndex(message.index) : null
    if (message.index && device === null) return refuse('Unknown device', ENODEV)
    const bridgeDevice = message.master ? ns.deviceByIndex(message.master) : device?.master ?? device
    const bridge = bridgeDevice?.driver
    if (!(bridge instanceof Bridge)) return refuse('Bridge not specified', EINVAL)
    const slot = bridge.fdb.find(macHi(message.lladdr), macLo(message.lladdr), message.vlan ?? 0)
    const number = slot < 0 ? -1 : bridge.fdb.portAt(slot, ns.simulation.nowNs, bridge.ageingNs)
    if (number < 0) return refuse('Fdb entry not found', ENOENT)
    const at = number === 0 ? bridge.device : bridge.portByNumber(number)?.device ?? bridge.device
    answer.messages.push(this.entry(bridge, at, message.lladdr, bridge.fdb.flagsAt(slot), bridge.fdb.updatedAt(slot)))
    return 0
  }
}

/** br_fdb_delete. */
function removeEntry(bridge: Bridge, device: NetDevice, message: NeighborMessage): number {
  const mac = message.lladdr ?? 0
  if (message.vlan !== undefined) return -EINVAL
  const number = device.driver === bridge ? 0 : bridge.portOf(device)?.number ?? -1
  const slot = bridge.fdb.find(macHi(mac), macLo(mac), 0)
  if (slot < 0 || bridge.fdb.portAt(slot, 0, Infinity) !== number) return -ENOENT
  bridge.fdb.removeMac(mac, 0)
  return 0
}

/** The groups a device takes besides its own address (ndo_dflt_fdb_dump). */
function ownAddresses(device: NetDevice): number[] {
  return hardwareGroups(device).map(({ mac }) => mac)
}

/** fdb_fill_info. */
export function entryMessage(bridge: Bridge, device: NetDevice, mac: number, flags: number, updatedNs: number,
  nowNs: number): NeighborMessage {
  const local = (flags & FDB_LOCAL) !== 0
  const state = local ? NUD_PERMANENT : (flags & FDB_STATIC) !== 0 ? NUD_NOARP
    : updatedNs + bridge.ageingNs <= nowNs ? NUD_STALE : NUD_REACHABLE
  const age = Math.floor((nowNs - updatedNs) / TICK_NS)
  return {
    type: RTM_NEWNEIGH, family: AF_BRIDGE, index: device.ifindex, lladdr: mac, state,
    flags: (flags & FDB_STICKY) !== 0 ? NTF_STICKY : 0, master: bridge.device.ifindex,
    cacheInfo: { used: age, confirmed: 0, updated: age, refcount: 0 },
  }
}
