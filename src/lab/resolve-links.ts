import { PERFECT } from '../device/link.ts'
import { REFUSED_LINK_TYPES } from './containerlab.ts'
import type { EndpointModel, LinkImpairments, LinkModel } from './model.ts'
import type { Path, Report } from './findings.ts'
import { parsed, unknownNode, wordsOf, type NodeDraft } from './draft.ts'
import type { EndpointInput, LinkInput } from './schema.ts'
import {
  checkInterfaceName, parseDuration, parseInterfaceMac, parseQueueLimit, parseRate, parseShare, show,
} from './units.ts'

/** The keys of a link that change what it does to frames, as they are written. */
export interface ImpairmentInput {
  readonly delay?: string | number
  readonly jitter?: string | number
  readonly bandwidth?: string | number
  readonly loss?: string | number
  readonly duplicate?: string | number
  readonly reorder?: string | number
  readonly corrupt?: string | number
  readonly queue?: string | number
}

const NO_IMPAIRMENTS: LinkImpairments = {
  delayNs: PERFECT.delayNs, jitterNs: PERFECT.jitterNs, rateBps: PERFECT.rateBps, loss: PERFECT.loss,
  duplicate: PERFECT.duplicate, reorder: PERFECT.reorder, corrupt: PERFECT.corrupt,
  queuePackets: PERFECT.queuePackets, queueBytes: PERFECT.queueBytes,
}

/** The impairments that `input` names, in the model's units. */
export function impairmentsOf(input: ImpairmentInput): Partial<LinkImpairments> {
  const out: { -readonly [Key in keyof LinkImpairments]?: LinkImpairments[Key] } = {}
  const { delay, jitter, bandwidth, loss, duplicate, reorder, corrupt, queue } = input
  if (delay !== undefined) out.delayNs = parsed(parseDuration(delay)) ?? 0
  if (jitter !== undefined) out.jitterNs = parsed(parseDuration(jitter)) ?? 0
  if (bandwidth !== undefined) out.rateBps = parsed(parseRate(bandwidth)) ?? 0
  if (loss !== undefined) out.loss = parsed(parseShare(loss)) ?? 0
  if (duplicate !== undefined) out.duplicate = parsed(parseShare(duplicate)) ?? 0
  if (reorder !== undefined) out.reorder = parsed(parseShare(reorder)) ?? 0
  if (corrupt !== undefined) out.corrupt = parsed(parseShare(corrupt)) ?? 0
  const limit = queue === undefined ? null : parsed(parseQueueLimit(queue))
  if (limit) {
    out.queuePackets = limit.packets
    out.queueBytes = limit.bytes
  }
  return out
}

/** Resolves topology.links and notes each end in its node's draft. Links with an error in their ends are left out. */
export function resolveLinks(links: readonly (LinkInput | undefined)[], drafts: ReadonlyMap<string, NodeDraft>,
  report: Report): LinkModel[] {
  const taken = new Map<string, Path>()
  const resolved: LinkModel[] = []
  for (const [i, link] of links.entries()) {
    if (link === undefined) continue
    const path = ['topology', 'links', i]
    if (link.type !== undefined) checkType(link.type, [...path, 'type'], report)
    const ends = (link.endpoints ?? []).map((end, j) =>
      end === undefined ? null : resolveEnd(end, link, [...path, 'endpoints', j], drafts, taken, report))
    const model = linkModel(link, path, ends, report)
    if (model) resolved.push(model)
  }
  return resolved
}

function checkType(type: string, path: Path, report: Report): void {
  if (type === 'veth') return
  const reason = Object.hasOwn(REFUSED_LINK_TYPES, type) ? REFUSED_LINK_TYPES[type] : null
  if (reason !== null) report.error(path, `Netarium has no links of type ${type}`, reason)
  else report.error(path, `${show(type)} is not a type of link`, 'expected veth, or leave it out')
}

interface ResolvedEnd {
  readonly model: EndpointModel
  readonly input: ImpairmentInput
}

function resolveEnd(end: EndpointInput, link: LinkInput, path: Path, drafts: ReadonlyMap<string, NodeDraft>,
  taken: Map<string, Path>, report: Report): ResolvedEnd | null {
  const settings = typeof end === 'string' ? briefEnd(end) : end
  const nodePath = typeof end === 'string' ? path : [...path, 'node']
  const { node, interface: dev } = settings
  if (node === undefined || dev === undefined) return null
  const draft = drafts.get(node)
  if (!draft) {
    unknownNode(node, nodePath, drafts, report)
    return null
  }
  const devPath = typeof end === 'string' ? path : [...path, 'interface']
  const refusal = checkInterfaceName(dev)
  if (refusal) {
    if (typeof end === 'string') report.error(devPath, refusal.message, refusal.hint)
    return null
  }
  const name = `${node}:${dev}`
  const before = taken.get(name)
  if (before) {
    const line = report.place(before).line
    report.error(devPath, `${name} is the end of another link already${line > 0 ? ` (line ${line})` : ''}`,
      `did you mean ${show(nextFree(node, dev, taken))}?`)
    return null
  }
  if (dev === 'lo') report.error(devPath, 'lo is the loopback interface', 'a link needs another, such as eth1')
  taken.set(name, path)
  const mac = settings.mac === undefined ? null : parsed(parseInterfaceMac(settings.mac))
  draft.ends.set(dev, {
    path, mac: mac === null ? null : { value: mac, path: [...path, 'mac'] }, mtu: link.mtu ?? null,
  })
  return { model: { node, interface: dev, place: report.place(path) }, input: settings }
}

type EndSettings = ImpairmentInput & { readonly node?: string, readonly interface?: string,
  readonly mac?: string | number }

function briefEnd(text: string): EndSettings {
  const at = text.indexOf(':')
  return { node: text.slice(0, at).trim(), interface: text.slice(at + 1).trim() }
}

function nextFree(node: string, dev: string, taken: ReadonlyMap<string, Path>): string {
  const stem = dev.replace(/\d+$/, '')
  let number = 1
  while (taken.has(`${node}:${stem}${number}`)) number++
  return `${node}:${stem}${number}`
}

function linkModel(link: LinkInput, path: Path, ends: readonly (ResolvedEnd | null)[],
  report: Report): LinkModel | null {
  const [a, b] = ends
  if (ends.length !== 2 || !a || !b) return null
  const base = merge(NO_IMPAIRMENTS, impairmentsOf(link))
  const impairments = [a, b].map((end) => merge(base, impairmentsOf(end.input)))
  if (impairments.some((one) => one.reorder > 0 && one.delayNs === 0)) {
    const at = link.reorder !== undefined ? [...path, 'reorder'] : path
    report.error(at, 'without a delay no frame can overtake another', 'add such as delay: 1ms')
  }
  const labels = new Map(Object.entries(link.labels ?? {}).map(([key, value]) => [key, { value, path }]))
  return {
    name: `${a.model.node}:${a.model.interface}`, endpoints: [a.model, b.model],
    impairments: [impairments[0], impairments[1]], up: link.state !== 'down', labels: wordsOf(labels),
    place: report.place(path),
  }
}

/** `base` with the fields of `change`; itself if there are none, so that the many perfect links share one object. */
function merge(base: LinkImpairments, change: Partial<LinkImpairments>): LinkImpairments {
  return Object.keys(change).length === 0 ? base : { ...base, ...change }
}
