/**
 * What the kernel twin builds: a lab reduced to namespaces, cables, commands and times.
 *
 * A plan holds nothing but what `ip`, `sysctl` and `bridge` can be told, so that the machine that builds it needs to
 * know nothing of labs.
 */
import { BRIDGE, commandsOf } from '../../lab/commands.ts'
import type { CaptureCheck, LabModel, RunCheck } from '../../lab/model.ts'

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
}

export interface PlannedNode {
  readonly name: string
  /** Shell lines to run in order; before them all interfaces are down. */
  readonly commands: readonly string[]
}

export interface PlannedStep {
  readonly atMs: number
  /** A command of a node, started at its time whether or not earlier ones have ended … */
  readonly run?: { readonly node: string, readonly command: string }
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

/** Returns why this kind of machine can't be built from namespaces and veth pairs, or null. */
export function unbuildable(model: LabModel): string | null {
  const changes = model.script.flatMap(step => step.kind === 'link' ? [step.set] : [])
  for (const wire of [...model.links.flatMap(link => link.impairments), ...changes]) {
    for (const key of ['delayNs', 'jitterNs', 'rateBps', 'loss', 'duplicate', 'reorder', 'corrupt'] as const) {
      if ((wire[key] ?? 0) > 0) return `a veth pair has no ${key} (this kernel has no netem)`
    }
  }
  if (model.nodes.some(node => node.interfaces.some(({ kind }) => kind === 'dummy'))) return 'this kernel has no dummy'
  return null
}

export function planOf(model: LabModel): TwinPlan {
  const cutLinks = new Set(model.script.flatMap(step => step.kind === 'link' && step.up !== null ? [step.link] : []))
  const end = (endpoint: { node: string, interface: string }): PlannedEnd => {
    const node = model.nodes.find(({ name }) => name === endpoint.node)
    const { mac = '' } = node?.interfaces.find(({ name }) => name === endpoint.interface) ?? {}
    return { node: endpoint.node, dev: endpoint.interface, mac }
  }
  const links = model.links.map(({ name, endpoints: [a, b] }) => ({ a: end(a), b: end(b), cut: cutLinks.has(name) }))
  const nodes = model.nodes.map(node => ({ name: node.name, commands: commandsOf(node).flatMap(quiet) }))
  const counts = model.checks.flatMap(check => check.kind === 'capture' ? [check] : [])
  const steps = stepsOf(model)
  const untilMs = Math.max(0, ...steps.map(({ atMs }) => atMs), ...counts.map(({ atNs }) => toMs(atNs))) + SETTLE_MS
  return { lab: model.name, nodes, links, steps, counts, untilMs }
}

/** Script before checks where their times are equal, as in a run. */
function stepsOf(model: LabModel): PlannedStep[] {
  const script = model.script.map((step): PlannedStep => step.kind === 'run'
    ? { atMs: toMs(step.atNs), run: { node: step.on, command: step.run } }
    : { atMs: toMs(step.atNs), cable: { end: step.link, up: step.up ?? true } })
  const checks = model.checks.flatMap((check): PlannedStep[] => check.kind === 'run'
    ? [{ atMs: toMs(check.atNs), run: { node: check.on, command: check.run }, check }]
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
