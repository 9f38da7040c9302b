import { type Nanoseconds, NS_PER_MS, NS_PER_S } from '../../engine/clock.ts'
import type { InDevice } from '../in-device.ts'
import type { NetNamespace } from '../net-namespace.ts'

/** One jiffy at HZ 250, the unit in which Linux draws its random times. */
export const JIFFY_NS = 4 * NS_PER_MS
/** The shortest delay of an entry's timer: HZ/100, which is 2 jiffies. */
export const MIN_TIMER_NS = 2 * JIFFY_NS
/** How often a device draws another reachable time. */
const PERIOD_NS = 300 * NS_PER_S

/**
 * How long an entry of this device stays REACHABLE without confirmation: drawn from 0.5 to 1.5 times
 * base_reachable_time, anew every 300 s, so that hosts do not ask in step (RFC 4861 §6.3.4; neigh_rand_reach_time()).
 * A draw depends on the device's name and the period alone, so it does not matter who asks when, or whether.
 */
export function reachableTimeNs(ns: NetNamespace, inDevice: InDevice): Nanoseconds {
  const period = Math.floor(ns.simulation.clock.ns[0] / PERIOD_NS)
  if (inDevice.reachableNs !== 0 && inDevice.reachableDrawnNs === period * PERIOD_NS) return inDevice.reachableNs
  const base = Math.round(inDevice.neighborParams.baseReachableNs / JIFFY_NS)
  const name = `${ns.nodeName}/${ns.name} ${inDevice.device.name} reachable-time ${period}`
  const drawn = base === 0 ? 0 : ns.simulation.random.stream(name).below(base) + (base >> 1)
  inDevice.reachableNs = drawn * JIFFY_NS
  inDevice.reachableDrawnNs = period * PERIOD_NS
  return inDevice.reachableNs
}
