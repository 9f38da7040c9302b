import type { Lab } from '../../src/lab/lab.ts'
import type { LinkImpairments } from '../../src/lab/model.ts'
import { formatTime } from '../../src/lab/run-report.ts'
import type { LinkState } from '../messages.ts'

/** How each cable stands. */
export function linkStates(lab: Lab): LinkState[] {
  return lab.network.links.map((wire, link) => ({
    link, up: wire.link.up, carrier: [wire.link.deviceA.carrier, wire.link.deviceB.carrier],
    impairments: [inWords(wire.impairmentsOf(0)), inWords(wire.impairmentsOf(1))],
  }))
}

/** "delay 10ms, loss 5%": what is not as on a perfect cable. */
function inWords(impairments: Readonly<LinkImpairments>): string {
  const { delayNs, jitterNs, rateBps, loss, duplicate, reorder, corrupt } = impairments
  const shares: readonly (readonly [string, number])[] = [
    ['loss', loss], ['duplicate', duplicate], ['reorder', reorder], ['corrupt', corrupt],
  ]
  return [
    ...(delayNs > 0 ? [`delay ${formatTime(delayNs)}`] : []),
    ...(jitterNs > 0 ? [`jitter ${formatTime(jitterNs)}`] : []),
    ...(rateBps > 0 ? [`bandwidth ${formatRate(rateBps)}`] : []),
    ...shares.filter(([, share]) => share > 0).map(([word, share]) => `${word} ${Number((share * 100).toPrecision(4))}%`),
  ].join(', ')
}

function formatRate(bps: number): string {
  for (const [unit, size] of [['Gbps', 1e9], ['Mbps', 1e6], ['kbps', 1e3]] as const) {
    if (bps >= size) return `${Number((bps / size).toPrecision(4))}${unit}`
  }
  return `${bps}bps`
}
