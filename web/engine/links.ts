import type { Lab } from '../../src/lab/lab.ts'
import type { LinkImpairments } from '../../src/lab/model.ts'
import { formatTime } from '../../src/lab/run-report.ts'
import type { LinkState } from '../messages.ts'

/** Tells how the cables stand when that is not as it was told last: it is asked some sixty times a second. */
export class LinkReader {
  /** What was told last: FACTS numbers for each cable. */
  private readonly told: Float64Array

  constructor(private readonly lab: Lab) {
    this.told = new Float64Array(lab.network.links.length * FACTS).fill(NaN) // nothing was told
  }

  /** All of them, if any has changed since the last time; else null. */
  take(): LinkState[] | null {
    return this.note() ? linkStates(this.lab) : null
  }

  /** Notes the present facts; true if one differs. */
  private note(): boolean {
    let at = 0
    let changed = false
    const keep = (fact: number): void => {
      if (this.told[at] !== fact) changed = true
      this.told[at++] = fact
    }
    for (const wire of this.lab.network.links) {
      const { up, deviceA, deviceB } = wire.link
      keep((up ? 1 : 0) + (deviceA.carrier ? 2 : 0) + (deviceB.carrier ? 4 : 0))
      for (const end of [0, 1] as const) {
        const { delayNs, jitterNs, rateBps, loss, duplicate, reorder, corrupt } = wire.impairmentsOf(end)
        keep(delayNs)
        keep(jitterNs)
        keep(rateBps)
        keep(loss)
        keep(duplicate)
        keep(reorder)
        keep(corrupt)
      }
    }
    return changed
  }
}

/** Numbers by which note() knows a cable. */
const FACTS = 15

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
