import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { compileFilter } from '../../src/capture/filter/filter.ts'
import { listFilter } from '../../src/capture/filter/listing.ts'
import { FilterError } from '../../src/capture/filter/filter-error.ts'
import { readCapture } from '../../src/capture/reader.ts'
import { requireTool, runTool } from '../support/tools.ts'

/** A small linear congruential generator: the filters are the same in every run of a seed. */
function randomInts(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0
    return (state >>> 8) % below
  }
}

/** A filter of the grammar, its parts picked by `random`; sometimes a wrong one. */
function randomFilter(random: (below: number) => number): string {
  const pick = (words: string): string => words.split('|')[random(words.split('|').length)]
  const arithmetic = (depth: number): string => {
    if (depth > 2 || random(3) === 0) {
      return random(2) > 0 ? pick('0|1|2|5|17|40|64|0x0800|255|65536|icmp-echo|tcp-syn|len')
        : `${pick('ip|tcp|udp|icmp|arp|ether')}[${pick('0|1|6|8|9|12|13|16|20|40|200')}${pick('|:1|:2|:4')}]`
    }
    return random(5) === 0 ? `(${arithmetic(depth + 1)})`
      : `${arithmetic(depth + 1)} ${pick('+|-|*|/|%|&|^|<<|>>')} ${arithmetic(depth + 1)}`
  }
  const primitive = (): string => {
    switch (random(12)) {
      case 0: return pick('ip|arp|icmp|tcp|udp|rarp|ip6|broadcast|multicast|ip multicast|stp|igmp|ether multicast')
      case 1: return `${pick('|src|dst|src or dst|src and dst|ip|arp|ip src|arp dst')} host `
        + pick('10.0.0.1|10.0.0.2|10.1.0.2|0.0.0.0')
      case 2: return `${pick('|src|dst')} net ${pick('10|10.0|10.1.0.0/16|10.0.0.0/29|192.168.0.0 mask 255.255.0.0')}`
      case 3: return `${pick('|tcp|udp|tcp src|udp dst|src|dst')} port ${pick('80|7777|9999|41000|domain|http|33434')}`
      case 4: return `${pick('|tcp|udp|src|dst')} portrange ${pick('1-100|33434-33440|41000-42000|9000-7000')}`
      case 5: return `ether ${pick('src|dst|host')} ${pick('02:00:00:00:00:01|ff:ff:ff:ff:ff:ff|02:00:00:00:00:02')}`
      case 6: return pick('vlan|vlan 10|vlan 5|less 60|greater 60|ip proto 1|ether proto 0x806|proto 17|ip6 proto 6')
      case 7: case 8: return `${arithmetic(0)} ${pick('=|!=|>|<|>=|<=')} ${arithmetic(1)}`
      case 9: return `host ${pick('10.0.0.1|10.2.0.2')} ${pick('or|and')} `
        + pick('10.0.0.2|not 10.0.0.2|(10.1.0.2 or 10.0.0.4)')
      case 10: return `port ${pick('80|25')} or ${pick('7777|9999|(43|21)|(8080 or not 554)')}`
      default: return pick('tcp[tcpflags] & (tcp-syn|tcp-fin) != 0|icmp[icmptype] = icmp-echo|ip[6:2] & 0x1fff = 0'
        .replace('tcp-syn|tcp-fin', 'tcp-syn'))
    }
  }
  const expression = (depth: number): string => {
    if (depth > 2 || random(3) === 0) return `${random(6) === 0 ? 'not ' : ''}${primitive()}`
    const joined = `${expression(depth + 1)} ${pick('and|or|&&')} ${expression(depth + 1)}`
    return random(2) > 0 ? `${random(4) === 0 ? 'not ' : ''}(${joined})` : joined
  }
  return expression(0)
}

const FILTERS = Number(process.env.TCPDUMP_FUZZ_FILTERS ?? 150)

// Unoptimised (-O), since libpcap 1.10.3's optimiser has faults: it passes 38 frames of crafted.pcap instead of 57 for
// `not (host 10.2.0.2 or (10.1.0.2 or 10.0.0.4) and portrange 41000-42000) and (host 10.2.0.2 or 10.0.0.2 and tcp
// portrange 41000-42000)`.
test('random filters pass the frames that the real tcpdump passes', context => {
  requireTool('tcpdump', context)
  const path = fileURLToPath(new URL('../golden/crafted.pcap', import.meta.url))
  const { frames } = readCapture(readFileSync(path))
  const random = randomInts(Number(process.env.TCPDUMP_FUZZ_SEED ?? 1))
  let accepted = 0
  for (let i = 0; i < FILTERS; i++) {
    const filter = randomFilter(random)
    const program = compileFilter(filter)
    const real = runTool('tcpdump', ['-O', '-tt', '-nn', '-q', '-r', path, '--', filter])
    const said = real.stderr.split('\n').filter(line => line.startsWith('tcpdump: ')).join('\n')
    if (program instanceof FilterError) {
      // Only the optimiser finds these, which -O leaves out.
      const found = / by zero$|rejects all packets$/.test(program.message) && said === ''
      if (!found) expect(`tcpdump: ${program.message}`, filter).toBe(said)
      if (program.message.endsWith('rejects all packets')) expect(real.stdout, filter).toBe('')
      continue
    }
    accepted++
    const stamps = [...real.stdout.matchAll(/^9466848\d\d\.\d{6} /gm)].map(match => match[0])
    const passed = frames.filter(({ bytes, originalLength }) =>
      program.matches(new DataView(bytes.buffer), 0, bytes.length, originalLength))
    const ours = passed.map(({ seconds, nanoseconds }) => `${seconds}.${String(nanoseconds / 1000).padStart(6, '0')} `)
    expect({ said, frames: ours }, filter).toEqual({ said: '', frames: stamps })
  }
  expect(accepted).toBeGreaterThan(FILTERS / 2)
})

const golden = (name: string): string => fileURLToPath(new URL(`../golden/${name}`, import.meta.url))

/** The filters that are recorded, the long ones that need far jumps, and random ones. */
function listedFilters(): string[] {
  const recorded = readFileSync(golden('filters.txt'), 'utf8').split('\n').filter(line => line !== '')
  const hosts = Array.from({ length: 200 }, (_, i) => `host 10.0.${i}.1`)
  const all = hosts.join(' or ')
  const long = [hosts.slice(0, 50).join(' or '), `arp and not (${all})`, `(${all}) and tcp`]
  const random = randomInts(Number(process.env.TCPDUMP_FUZZ_SEED ?? 2))
  return [...recorded, ...long, ...Array.from({ length: FILTERS }, () => randomFilter(random))]
}

test('-O -d prints the program that the real tcpdump prints', context => {
  requireTool('tcpdump', context)
  let compared = 0
  for (const filter of listedFilters()) {
    const style = compared % 10 === 1 ? 2 : compared % 10 === 2 ? 3 : 1
    const real = runTool('tcpdump', ['-O', `-${'d'.repeat(style)}`, '-r', golden('crafted.pcap'), '--', filter])
    const said = real.stderr.split('\n').filter(line => line.startsWith('tcpdump: ')).join('\n')
    const ours = listFilter(filter, style, 262_144)
    if (ours instanceof FilterError && / has no '|unknown host/.test(ours.message)) continue
    const found = ours instanceof FilterError ? { said: `tcpdump: ${ours.message}`, text: '' }
      : { said: '', text: ours }
    expect(found, filter).toEqual({ said, text: real.stdout })
    compared++
  }
  expect(compared).toBeGreaterThan(FILTERS + 250)
})
