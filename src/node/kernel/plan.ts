/**
 * What the kernel twin builds: a lab reduced to namespaces, cables, commands and times.
 *
 * A plan holds nothing but what `ip`, `sysctl` and `bridge` can be told, so that the machine that builds it needs to
 * know nothing of labs.
 */
import { BRIDGE, commandsOf } from '../../lab/commands.ts'
import { DEFAULT_WITHIN_NS } from '../../lab/model.ts'
import type { CaptureCheck, LabModel, LinkImpairments, RunCheck } from '../../lab/model.ts'

/** One end of a cable. */
export interface PlannedEnd {
  readonly node: string
  readonly dev: string
  /** As `02:00:…`. */
  readonly mac: string
}

export interface PlannedLink {
  readonly a: PlannedEnd
  readonly b: PlannedEnd
  /**
   * The cable is cut or mended while the lab runs. A veth pair cannot lose its carrier at both ends and stay up at
   * both, so such a cable goes through a namespace of its own in which a hub joins two pairs.
   */
  readonly cut: boolean
  /** Whether it is whole at the start. */
  readonly up: boolean
}

export interface PlannedNode {
  readonly name: string
  /** Shell lines to run in order; before them all interfaces are down. */
  readonly commands: readonly string[]
}

export interface PlannedStep {
  readonly atMs: number
  /** A command of a node, started at its time whether or not earlier ones have ended, and the time … */
  readonly run?: { readonly node: string, readonly command: string }
  /** after which it is interrupted, as a run does … */
  readonly limitMs?: number
  /** … or a cable (by one of its ends, `node:dev`) that is cut or mended. */
  readonly cable?: { readonly end: string, readonly up: boolean }
  /** The check whose command this is. */
  readonly check?: RunCheck
}

export interface TwinPlan {
  readonly lab: string
  readonly nodes: readonly PlannedNode[]
  readonly links: readonly PlannedLink[]
  /** In the order of their times. */
  readonly steps: readonly PlannedStep[]
  readonly counts: readonly CaptureCheck[]
  /** Time after which nothing is captured any more. */
  readonly untilMs: number
}

/** What the last command of a lab may still need to send all it sends at once. */
const SETTLE_MS = 500

/** What a lab needs beyond namespaces, veth pairs and bridges, and who needs it. */
export interface Need {
  readonly kind: 'netem' | 'dummy'
  /** `netem delay, loss`; `dummy`. */
  readonly what: string
  /** `alice:eth1`. */
  readonly where: string
}

const IMPAIRMENTS = [
  ['delayNs', 'delay'], ['jitterNs', 'jitter'], ['rateBps', 'bandwidth'], ['loss', 'loss'],
  ['duplicate', 'duplicate'], ['reorder', 'reorder'], ['corrupt', 'corrupt'],
] as const

/**
 * Returns what must be there besides, in the order of the lab. netem: the twin's cables are plain veth pairs, and chance
 * could not be compared frame by frame in any case, since netem draws its own numbers. dummy: the device type.
 */
export function needsOf(model: LabModel): Need[] {
  const words = new Map<string, Set<string>>()
  const impaired = (where: string, wire: Partial<LinkImpairments>): void => {
    for (const [key, word] of IMPAIRMENTS) {
      if ((wire[key] ?? 0) > 0) words.set(where, (words.get(where) ?? new Set()).add(word))
    }
  }
  for (const { name, impairments } of model.links) for (const wire of impairments) impaired(name, wire)
  for (const step of model.script) if (step.kind === 'link') impaired(step.link, step.set)
  const wires = [...words].map(([where, set]): Need => ({ kind: 'netem', what: `netem ${[...set].join(', ')}`, where }))
  const devices = model.nodes.flatMap(node => node.interfaces.filter(({ kind }) => kind === 'dummy')
    .map(({ name }): Need => ({ kind: 'dummy', what: 'dummy', where: `${node.name}:${name}` })))
  return [...wires, ...devices]
}

/** Returns why a kernel without netem and dummy devices can't build a lab, or null. */
export function unbuildable(model: LabModel): string | null {
  const needs = needsOf(model)
  return needs.length === 0 ? null : needs.map(({ what, where }) => `${where} needs ${what}`).join('; ')
}

export function planOf(model: LabModel): TwinPlan {
  const cutLinks = new Set(model.script.flatMap(step => step.kind === 'link' && step.up !== null ? [step.link] : []))
  const end = (endpoint: { node: string, interface: string }): PlannedEnd => {
    const node = model.nodes.find(({ name }) => name === endpoint.node)
    const { mac = '' } = node?.interfaces.find(({ name }) => name === endpoint.interface) ?? {}
    return { node: endpoint.node, dev: endpoint.interface, mac }
  }
  const links = model.links.map(({ name, endpoints: [a, b], up }) =>
    ({ a: end(a), b: end(b), cut: !up || cutLinks.has(name), up }))
  const nodes = model.nodes.map(node => ({ name: node.name, commands: commandsOf(node).flatMap(quiet) }))
  const counts = model.checks.flatMap(check => check.kind === 'capture' ? [check] : [])
  const steps = stepsOf(model)
  const untilMs = Math.max(0, ...steps.map(({ atMs }) => atMs), ...counts.map(({ atNs }) => toMs(atNs))) + SETTLE_MS
  return { lab: model.name, nodes, links, steps, counts, untilMs }
}

/** Script before checks where their times are equal, as in a run. */
function stepsOf(model: LabModel): PlannedStep[] {
  const script = model.script.flatMap((step): PlannedStep[] => {
    if (step.kind === 'run') {
      return [{ atMs: toMs(step.atNs), run: { node: step.on, command: step.run }, limitMs: toMs(DEFAULT_WITHIN_NS) }]
    }
    return step.up === null ? [] : [{ atMs: toMs(step.atNs), cable: { end: step.link, up: step.up } }]
  })
  const checks = model.checks.flatMap((check): PlannedStep[] => check.kind === 'run'
    ? [{ atMs: toMs(check.atNs), run: { node: check.on, command: check.run }, limitMs: toMs(check.withinNs), check }]
    : [])
  return [...script, ...checks].sort((x, y) => x.atMs - y.atMs)
}

function toMs(ns: number): number {
  return ns / 1e6
}

/**
 * A bridge that snoops multicast reports to groups of its own (IGMPv3 for 224.0.0.106) as soon as it is up. The
 * simulator has no multicast groups, so the twin's bridges do without.
 */
function quiet(command: string): string[] {
  return command === `ip link add name ${BRIDGE} type bridge` ? [`${command} mcast_snooping 0`] : [command]
}
