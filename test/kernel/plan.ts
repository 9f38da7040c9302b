/**
 * What the kernel twin builds: a lab reduced to namespaces, cables, commands and times.
 *
 * A plan holds nothing but what `ip`, `sysctl` and `bridge` can be told, so that the machine that builds it needs to
 * know nothing of labs.
 */

import type { CaptureCheck, LabModel, NodeModel, RunCheck } from '../../src/lab/model.ts'

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
  /** A bridge `br0` over all interfaces and nothing else. */
  readonly isSwitch: boolean
  /** Shell lines to run in order once all interfaces are up. */
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
  const nodes = model.nodes.map(node => ({
    name: node.name, isSwitch: node.kind === 'switch', commands: commandsOf(node),
  }))
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

/** What a node's settings say as commands; its interfaces are up already. */
function commandsOf(node: NodeModel): string[] {
  const commands = node.kind === 'router' ? ['sysctl -qw net.ipv4.ip_forward=1'] : []
  for (const [key, value] of node.sysctls) commands.push(`sysctl -qw ${key}='${value}'`)
  for (const { name, mtu } of node.interfaces) if (mtu !== null) commands.push(`ip link set dev ${name} mtu ${mtu}`)
  for (const { name, addresses } of node.interfaces) {
    for (const address of addresses) commands.push(`ip address add ${address} dev ${name}`)
  }
  for (const route of node.routes) commands.push(`ip route add ${route}`)
  if (node.gateway !== null) commands.push(`ip route add default via ${node.gateway}`)
  return [...commands, ...node.exec]
}
