import { EINVAL, ENETDOWN, EOPNOTSUPP, ERANGE } from '../base/errno.ts'
import type { Bridge, BridgePort } from '../device/bridge/bridge.ts'
import type { Answer } from './answer.ts'
import type { BridgeAttributes, BridgePortAttributes } from './messages.ts'

/*
 * Settings of bridges and their ports (net/bridge/br_netlink.c). What needs the spanning tree, VLAN filtering or
 * multicast groups is refused when it would have an effect that this bridge does not have.
 */

const JIFFY_NS = 10_000_000

export function bridgeAttributes(bridge: Bridge): BridgeAttributes {
  return {
    ...bridge.settings, ageingTimeNs: bridge.ageingNs, stpState: 0, vlanFiltering: 0, groupForwardMask: 0,
    address: bridge.selected ? bridge.device.mac : 0, gcTimerNs: 0,
  }
}

/** br_changelink. */
export function changeBridge(bridge: Bridge, wanted: BridgeAttributes, answer: Answer): number {
  if (wanted.stpState) return refuse(answer, 'the spanning tree protocol')
  if (wanted.vlanFiltering) return refuse(answer, 'VLAN filtering')
  if (wanted.groupForwardMask) return refuse(answer, 'group_fwd_mask')
  if (wanted.vlanProtocol !== undefined && wanted.vlanProtocol !== 0x8100) return refuse(answer, 'vlan_protocol')
  if (wanted.vlanDefaultPvid !== undefined && wanted.vlanDefaultPvid !== 1) return refuse(answer, 'vlan_default_pvid')
  if (wanted.helloTimeNs !== undefined && !within(wanted.helloTimeNs, 1e9, 10e9)) return -ERANGE
  if (wanted.maxAgeNs !== undefined && !within(wanted.maxAgeNs, 6e9, 40e9)) return -ERANGE
  if (wanted.priority !== undefined && wanted.priority > 0xffff) return -EINVAL
  const old = bridge.settings
  bridge.settings = {
    forwardDelayNs: wanted.forwardDelayNs ?? old.forwardDelayNs,
    helloTimeNs: wanted.helloTimeNs ?? old.helloTimeNs,
    maxAgeNs: wanted.maxAgeNs ?? old.maxAgeNs,
    priority: wanted.priority ?? old.priority,
    multicastSnooping: wanted.multicastSnooping === undefined ? old.multicastSnooping : wanted.multicastSnooping ? 1 : 0,
  }
  if (wanted.ageingTimeNs !== undefined) bridge.ageingNs = Math.floor(wanted.ageingTimeNs / JIFFY_NS) * JIFFY_NS
  return 0
}

function refuse(answer: Answer, what: string): number {
  answer.text = `netarium: ${what} is not modelled`
  return -EOPNOTSUPP
}

function within(ns: number, low: number, high: number): boolean {
  return ns >= low && ns <= high
}

export function portAttributes(port: BridgePort): BridgePortAttributes {
  const bit = (flag: boolean): number => flag ? 1 : 0
  return {
    state: port.state, priority: port.priority, cost: port.cost, hairpin: bit(port.hairpin), guard: 0, protect: 0,
    fastLeave: 0, learning: bit(port.learning), unicastFlood: bit(port.flood), multicastFlood: bit(port.multicastFlood),
    broadcastFlood: bit(port.broadcastFlood), isolated: bit(port.isolated), locked: bit(port.locked),
    portNumber: port.number, bridgePriority: port.bridge.settings.priority, bridgeAddress: port.bridge.device.mac,
    forwardDelayTimerNs: 0,
  }
}

/** br_setport. */
export function changeBridgePort(port: BridgePort, wanted: BridgePortAttributes): number {
  if (wanted.guard || wanted.protect || wanted.fastLeave) return -EOPNOTSUPP
  if (wanted.priority !== undefined && wanted.priority > 63) return -ERANGE
  if (wanted.cost !== undefined && !within(wanted.cost, 1, 65535)) return -ERANGE
  if (wanted.state !== undefined) {
    if (wanted.state > 4) return -EINVAL
    if (!port.device.running && wanted.state !== 0) return -ENETDOWN
  }
  if (wanted.cost !== undefined) port.cost = wanted.cost
  if (wanted.priority !== undefined) port.priority = wanted.priority
  if (wanted.hairpin !== undefined) port.hairpin = wanted.hairpin !== 0
  if (wanted.learning !== undefined) port.learning = wanted.learning !== 0
  if (wanted.unicastFlood !== undefined) port.flood = wanted.unicastFlood !== 0
  if (wanted.multicastFlood !== undefined) port.multicastFlood = wanted.multicastFlood !== 0
  if (wanted.broadcastFlood !== undefined) port.broadcastFlood = wanted.broadcastFlood !== 0
  if (wanted.isolated !== undefined) port.isolated = wanted.isolated !== 0
  if (wanted.locked !== undefined) port.locked = wanted.locked !== 0
  return 0
}
