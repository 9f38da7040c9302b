/** Sentences about neighbours, for the journal: why a packet went where it did, or waited, or did not go. */
import type { TraceStep } from '../../engine/journal-record.ts'
import { formatIpv4, formatMac } from '../../wire/address.ts'
import { NUD_CONNECTED, NUD_INCOMPLETE, NUD_STALE, NUD_VALID, stateName } from './constants.ts'
import type { Neighbor } from './neighbor.ts'

/** The trace step for a packet that is handed to a neighbour, told from its state before. */
export function outputStep(neighbor: Neighbor): TraceStep {
  const who = `neighbour ${formatIpv4(neighbor.key)} on ${neighbor.device.name}`
  const state = stateName(neighbor.state)
  const data = { neighbor: formatIpv4(neighbor.key), device: neighbor.device.name, state, mac: formatMac(neighbor.mac) }
  if ((neighbor.state & NUD_CONNECTED) !== 0) {
    return { hook: 'neigh_hh_output', text: `${who} is at ${data.mac} (${state}): send`, data }
  }
  if (neighbor.state === NUD_STALE) {
    return {
      hook: 'neigh_resolve_output',
      text: `${who} was at ${data.mac} and not heard of lately (STALE): send there, and check in a while (DELAY)`,
      data,
    }
  }
  if ((neighbor.state & NUD_VALID) !== 0) {
    return {
      hook: 'neigh_resolve_output', text: `${who} was at ${data.mac}, which is being checked (${state}): send there`,
      data,
    }
  }
  const { mac: _, ...known } = data
  if (neighbor.state === NUD_INCOMPLETE) {
    return { hook: 'neigh_resolve_output', text: `${who} is INCOMPLETE: queue the packet, we have asked`, data: known }
  }
  return {
    hook: 'neigh_resolve_output', text: `${who} has no known MAC address (${state}): queue the packet and ask`,
    data: known,
  }
}

/** The trace step for a packet whose neighbour does not answer. */
export function failedStep(neighbor: Neighbor): TraceStep {
  return {
    hook: 'neigh_timer_handler',
    text: `neighbour ${formatIpv4(neighbor.key)} on ${neighbor.device.name} does not answer: FAILED`,
    data: { neighbor: formatIpv4(neighbor.key), device: neighbor.device.name, requests: neighbor.probes },
  }
}

/** The trace step for a packet that has waited, and is sent now that its neighbour answered. */
export function releasedStep(neighbor: Neighbor): TraceStep {
  const address = formatIpv4(neighbor.key)
  return {
    hook: 'neigh_update_process_arp_queue',
    text: `neighbour ${address} on ${neighbor.device.name} answered, it is at ${formatMac(neighbor.mac)}: send what waited`,
    data: { neighbor: address, device: neighbor.device.name, mac: formatMac(neighbor.mac) },
  }
}
