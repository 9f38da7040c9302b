/**
 * What a lesson's code does. A README writes commands as people read them, and here they become things to do:
 *
 *     alice# ping -c 1 10.0.0.2                       typed into alice's console
 *     bin/netarium exec LAB alice -- ping …           the same
 *     bin/netarium why LAB alice 10.0.0.2 [--at 9s]   asked, at that moment of the run
 *     bin/netarium run LAB [--seed 2]                 time runs, from the start with a seed
 *     bin/netarium run LAB … --pcap FILE              what has crossed the cables is shown
 *     - { at: 0s, link: "alice:eth1", set: { loss: 0% } }   done to the cable
 *     [cut the cable](netarium:link/bob:eth1/down)    the same, as a link
 */
export type Deed =
  | { readonly kind: 'type', readonly node: string, readonly command: string }
  | { readonly kind: 'why', readonly from: string, readonly to: string, readonly atNs: number | null }
  | { readonly kind: 'run', readonly seed: number | null }
  | { readonly kind: 'step' }
  | { readonly kind: 'capture' }
  | { readonly kind: 'link', readonly end: string, readonly set: Readonly<Record<string, string>> }

const NETARIUM = /^bin\/netarium (\S+) \S+ ?(.*)$/
const PROMPT = /^([A-Za-z0-9][\w.-]*)#\s+(.+)$/
const LINK_STEP = /^- \{.*\blink: "([^"]+)", set: \{ (.+) \} \}$/

/** What a line of code does; null: it is only to be read. nodes: those of the lab. */
export function deedOf(line: string, nodes: readonly string[]): Deed | null {
  const text = line.trim()
  const netarium = NETARIUM.exec(text)
  if (netarium !== null) return netariumDeed(netarium[1], netarium[2])
  const prompt = PROMPT.exec(text)
  if (prompt !== null && nodes.includes(prompt[1])) return { kind: 'type', node: prompt[1], command: prompt[2].trim() }
  const link = LINK_STEP.exec(text)
  return link === null ? null : { kind: 'link', end: link[1], set: settingsOf(link[2]) }
}

function netariumDeed(verb: string, rest: string): Deed | null {
  const exec = /^(\S+) -- (.+)$/.exec(rest)
  if (verb === 'exec' && exec !== null) return { kind: 'type', node: exec[1], command: exec[2].trim() }
  const why = /^(\S+) (\S+)(?: --at (\d+(?:\.\d+)?)s)?$/.exec(rest)
  if (verb === 'why' && why !== null) {
    return { kind: 'why', from: why[1], to: why[2], atNs: why[3] === undefined ? null : Math.round(Number(why[3]) * 1e9) }
  }
  if (verb !== 'run') return null
  if (rest.includes('--pcap')) return { kind: 'capture' }
  const seed = /--seed (\d+)/.exec(rest)
  return { kind: 'run', seed: seed === null ? null : Number(seed[1]) }
}

/** What a link of the netarium: scheme does; null: it is none. */
export function linkDeed(href: string): Deed | null {
  if (href === 'netarium:run') return { kind: 'run', seed: null }
  if (href === 'netarium:step') return { kind: 'step' }
  const link = /^netarium:link\/([^/]+)\/(up|down)$/.exec(href)
  return link === null ? null : { kind: 'link', end: link[1], set: { state: link[2] } }
}

function settingsOf(text: string): Record<string, string> {
  return Object.fromEntries(text.split(', ').map((pair) => pair.split(': ') as [string, string]))
}
