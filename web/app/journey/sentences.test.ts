import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Lab } from '../../../src/lab/lab.ts'
import { parseLab } from '../../../src/lab/parse-yaml.ts'
import { DropReason, dropReasonText } from '../../../src/wire/drop-reason.ts'
import { inChinese } from './sentences.ts'

const labs = new URL('../../../labs/', import.meta.url)

/** Words of three letters and more that are neither names, commands nor terms in the Chinese text. */
const TERMS = new Set(`local main via dev nexthop weight metric linkdown onlink default blackhole rule from all lookup fwmark
  iif tos
  rp_filter arp_filter arp_ignore accept_local route_localnet net ipv conf forwarding ip_forward ICMP ARP TTL MTU MAC IPv UDP
  TCP proxy icmp_msgs_per_sec icmp_ratelimit icmp_echo_ignore_all REACHABLE STALE DELAY PERMANENT NOARP NONE FAILED PROBE
  INCOMPLETE NDP ping src raw RAW eth lo protocol`.split(/\s+/))

function foreign(chinese: string): string[] {
  const words = chinese.replace(/([0-9a-f]{2}:)+[0-9a-f]{2}/g, '').replace(/\b(eth|enp|cali|tunl|docker)\w*/g, '')
    .replace(/net\.ipv4[\w.]*/g, '').match(/[A-Za-z_]{3,}/g)
  return (words ?? []).filter((word) => !TERMS.has(word))
}

test('every sentence that the bundled labs bring forth has its Chinese one', async () => {
  const left = new Set<string>()
  for (const name of readdirSync(labs)) {
    if (name.includes('.')) continue
    const lab = await Lab.fromModel(parseLab(readFileSync(new URL(`${name}/lab.yaml`, labs), 'utf8'), name), { tracing: true })
    await lab.run()
    for (const { text } of lab.simulation.journal.traces) {
      const chinese = inChinese(text)
      if (chinese === text || foreign(chinese).length > 0) left.add(`${text} = ${chinese}`)
    }
  }
  expect([...left]).toEqual([])
})

test('every drop reason has its Chinese words', () => {
  const missing = Object.values(DropReason).map((reason) => dropReasonText(reason)).filter((text) => inChinese(text) === text)
  expect(missing).toEqual([])
})
