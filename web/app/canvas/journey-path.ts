import type { JourneyView, LegView, StayView } from '../../messages.ts'

/** A journey as it is drawn: which links and nodes light up, in which order, and where it ended badly. */
export interface JourneyPath {
  /** Links that the told packet itself took, in order; and those of packets that go with it (ARP, errors, answers). */
  readonly hops: readonly Hop[]
  readonly others: readonly Hop[]
  /** By node's name: the numbers of its stays in the told packet's journey, from 1. */
  readonly numbers: ReadonlyMap<string, readonly number[]>
  /** All nodes that any of its packets came to. */
  readonly nodes: ReadonlySet<string>
  /** The stay that is pointed at. */
  readonly at: { readonly node: string, readonly links: readonly Hop[] } | null
  readonly deaths: readonly Death[]
}

export interface Hop {
  readonly link: number
  readonly direction: 0 | 1
}

/** Where it died: at a node, or, with a link, on that. */
export interface Death {
  readonly node: string
  readonly link: number | null
  readonly text: string
}

/** Reasons of a loss on the cable, not in a node. */
const ON_CABLE = new Set(['LINK_LOSS', 'LINK_DOWN', 'QDISC_DROP'])

/** at: [leg, stay] that is pointed at. trace: the packet that was clicked, if one was. */
export function journeyPath(journey: JourneyView, at: readonly [number, number] | null, trace: number | null): JourneyPath {
  const { legs, loss } = journey
  const told = legs[at?.[0] ?? -1] ?? legs.find((leg) => leg.trace === trace) ?? legs[0]
  const pointed = at === null ? null : legs[at[0]]?.stays[at[1]] ?? null
  const deaths = legs.flatMap(({ stays }) => stays.flatMap(deathsOf))
  if (loss !== null && deaths.every(({ node }) => node !== loss.node)) {
    deaths.push({ node: loss.node, link: null, text: loss.text })
  }
  return {
    hops: hopsOf(told), others: legs.filter((leg) => leg !== told).flatMap(hopsOf), numbers: numbersOf(told),
    nodes: new Set(legs.flatMap(({ stays }) => stays.map(({ node }) => node))),
    at: pointed === null ? null : { node: pointed.node, links: pointed.went.flatMap(hopOf) }, deaths,
  }
}

function hopsOf(leg: LegView | undefined): Hop[] {
  return leg === undefined ? [] : leg.stays.flatMap(({ went }) => went.flatMap(hopOf))
}

function hopOf({ link, direction }: StayView['went'][number]): Hop[] {
  return link === null ? [] : [{ link, direction }]
}

function numbersOf(leg: LegView | undefined): Map<string, number[]> {
  const numbers = new Map<string, number[]>()
  for (const [at, { node }] of (leg?.stays ?? []).entries()) numbers.set(node, [...numbers.get(node) ?? [], at + 1])
  return numbers
}

function deathsOf({ node, went, drops }: StayView): Death[] {
  return drops.filter(({ harmless }) => harmless !== true).map(({ device, reason, text }) => {
    const cable = ON_CABLE.has(reason) ? went.find((one) => one.device === device)?.link ?? null : null
    return { node, link: cable, text }
  })
}
