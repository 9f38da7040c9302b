// Hot path.
// Which of several default routes of one metric is taken: the first whose gateway seems to be alive, going by the
// neighbour table (Linux net/ipv4/fib_semantics.c fib_select_default(), fib_detect_death(); the idea: RFC 1122
// §3.3.1.4). It is asked for packets of this node alone, not when forwarding.

import { NUD_INCOMPLETE, NUD_NONE, NUD_REACHABLE, NUD_VALID } from '../neighbor/constants.ts'
import type { NeighborTable } from '../neighbor/neighbor-table.ts'
import { RT_SCOPE_LINK, RTN_UNICAST, RTNH_F_DEAD } from './constants.ts'
import type { FibResult, OutputFlow } from './flow.ts'
import type { RouteInfo } from './route-info.ts'
import { type Route, TOS_ROUTE_MASK } from './route-table.ts'

/** Which of several default gateways serves at present, by their first route (fa_default). */
const chosenDefaults = new WeakMap<Route, number>()

/** -1: none was chosen yet. */
export function chosenDefault(first: Route): number {
  return chosenDefaults.get(first) ?? -1
}

export function setChosenDefault(first: Route, index: number): void {
  if (index !== chosenDefault(first)) chosenDefaults.set(first, index)
}

/** What death detection carries from route to route. */
let lastResort: RouteInfo | null = null
let lastIndex = -1

/** Puts the gateway to use into `result`, which holds the first route of the prefix. */
export function selectDefault(neighbors: NeighborTable, flow: OutputFlow, result: FibResult): void {
  lastResort = null
  lastIndex = -1
  let order = -1
  let candidate: RouteInfo | null = null
  let first: Route | null = null
  let lastTos = 0
  let lastPriority = result.info === null ? 0 : result.info.priority
  for (let route = result.head; route !== null; route = route.next) {
    const info = route.info
    if (route.tos !== 0 && route.tos !== (flow.tos & TOS_ROUTE_MASK)) continue
    if (route.tableId !== result.tableId) continue
    if (info.priority > lastPriority && route.tos === lastTos) {
      if (lastTos !== 0) continue
      break
    }
    if ((info.flags & RTNH_F_DEAD) !== 0) continue
    lastTos = route.tos
    lastPriority = info.priority
    if (info.scope !== result.scope || route.type !== RTN_UNICAST) continue
    if (info.first.gateway === 0 || info.first.scope !== RT_SCOPE_LINK) continue
    if (candidate === null || first === null) {
      if (info !== result.info) break
      first = route
    } else if (!isDead(neighbors, candidate, order, chosenDefault(first))) {
      take(result, candidate)
      setChosenDefault(first, order)
      return
    }
    candidate = info
    order++
  }
  if (order <= 0 || candidate === null || first === null) {
    if (first !== null) setChosenDefault(first, -1)
    return
  }
  if (!isDead(neighbors, candidate, order, chosenDefault(first))) {
    take(result, candidate)
    setChosenDefault(first, order)
    return
  }
  if (lastIndex >= 0 && lastResort !== null) take(result, lastResort)
  setChosenDefault(first, lastIndex)
}

function take(result: FibResult, info: RouteInfo): void {
  result.info = info
  result.nexthop = info.first
}

/** fib_detect_death: a gateway not known to answer; it may still be the last resort. */
function isDead(neighbors: NeighborTable, info: RouteInfo, order: number, chosen: number): boolean {
  const device = info.first.device
  const neighbor = device === null ? null : neighbors.lookup(device, info.first.gateway)
  if (neighbor === null) return false
  const state = neighbor === null ? NUD_NONE : neighbor.state
  if (state === NUD_REACHABLE) return false
  if ((state & NUD_VALID) !== 0 && order !== chosen) return false
  if ((state & NUD_VALID) !== 0 || (lastIndex < 0 && order > chosen && state !== NUD_INCOMPLETE)) {
    lastResort = info
    lastIndex = order
  }
  return true
}
