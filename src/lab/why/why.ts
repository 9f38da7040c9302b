import { errnoName } from '../../base/errno.ts'
import type { NetDevice } from '../../device/net-device.ts'
import type { TraceStep } from '../../engine/journal-record.ts'
import { inDeviceOf } from '../../inet/in-device.ts'
import type { InetStack } from '../../inet/inet-stack.ts'
import { OutputFlow } from '../../inet/route/flow.ts'
import { RouteResult } from '../../inet/route/route-result.ts'
import { formatIpv4, isMulticast, parseIpv4 } from '../../wire/address.ts'
import { HEADER_LEN as ETHERNET_LEN } from '../../wire/ethernet.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { type Drop, type Leg, legsOf, positionOf, type Stay } from './journey.ts'
import { probe, type ProbeResult } from './probe.ts'
import { type Question, WhyError } from './question.ts'
import { type Failure, type Fix, proposeFixes } from './repair.ts'
import type { WhySubject } from './subject.ts'
import { Topology, type WhyNode } from './topology.ts'

/** Where and of what a packet died. */
export interface Loss {
  readonly node: string
  readonly device: string
  /** A DropReason's name. */
  readonly reason: string
  readonly text: string
  /** Whether it was the answer that was lost, on its way back. */
  readonly answer: boolean
  readonly timeNs: number
}

export interface Journey {
  readonly question: Question
  readonly destination: string
  readonly legs: readonly Leg[]
  /** Decisions of a sending that failed before there was a packet. */
  readonly attempt: readonly TraceStep[]
  readonly answered: boolean
  readonly loss: Loss | null
  /** What the program that sent it printed. */
  readonly output: string
  /** Packets sent until one was lost, or in all. */
  readonly tries: number
  /** Commands after which the same question has a happy end; tried on a copy of the lab. Null: nothing is wrong. */
  readonly remedy: readonly Fix[] | null
}

/** With chance on the way, this many packets are sent to see one lost, or to believe that none is. */
const TRIES_WITH_CHANCE = 100
/** Steps of a remedy. */
const MAX_STEPS = 8

/**
 * Sends the packet and tells its journey; if it is lost, looks for a remedy.
 * load: makes the lab anew, from the start, with tracing and keeping on; called once for each attempt.
 */
export async function why(load: () => Promise<WhySubject>, question: Question): Promise<Journey> {
  const asked = await ask(load, question, [])
  if (asked.journey.loss === null) return asked.journey
  return { ...asked.journey, remedy: await findRemedy(load, question, asked) }
}

interface Asked {
  readonly journey: Journey
  readonly failure: Failure | null
}

/** Asks on a fresh lab on which `fixes` were applied; null if one of them fails. */
async function tryFixes(load: () => Promise<WhySubject>, question: Question, fixes: readonly Fix[]): Promise<Asked | null> {
  try {
    return await ask(load, question, fixes)
  } catch (error) {
    if (error instanceof FixFailed) return null
    throw error
  }
}

/** Goes from one loss to the next: each time takes the first proposal after which the packet gets further. */
async function findRemedy(load: () => Promise<WhySubject>, question: Question, asked: Asked): Promise<Fix[] | null> {
  let fixes: Fix[] = []
  let now = asked
  for (let step = 0; step < MAX_STEPS; step++) {
    if (now.failure === null) return null
    let better: { fixes: Fix[], asked: Asked } | null = null
    for (const proposal of proposeFixes(now.failure)) {
      const candidate = [...fixes, ...proposal.filter((fix) => !fixes.some((had) => sameFix(had, fix)))]
      if (candidate.length === fixes.length) continue
      const tried = await tryFixes(load, question, candidate)
      if (tried === null) continue
      if (tried.journey.loss === null) return candidate
      if (better === null && isElsewhere(tried.journey.loss, now.journey.loss)) better = { fixes: candidate, asked: tried }
    }
    if (better === null) return null
    fixes = better.fixes
    now = better.asked
  }
  return null
}

function sameFix(a: Fix, b: Fix): boolean {
  return 'on' in a && 'on' in b && a.on === b.on && a.run === b.run
}

function isElsewhere(a: Loss, b: Loss | null): boolean {
  return b === null || a.node !== b.node || a.reason !== b.reason || a.answer !== b.answer
}

class FixFailed extends Error {}

async function ask(load: () => Promise<WhySubject>, question: Question, fixes: readonly Fix[]): Promise<Asked> {
  const lab = await load()
  if (question.atNs !== null) await lab.runScriptUntil(question.atNs)
  for (const fix of fixes) await apply(lab, fix)
  const topology = topologyOf(lab)
  if (!topology.nodes.has(question.from)) {
    throw new WhyError(`the lab has no node "${question.from}"; its nodes: ${lab.nodeNames.join(', ')}`)
  }
  const destination = addressOf(topology, question.to)
  const tries = hasChance(lab) ? TRIES_WITH_CHANCE : 1
  for (let count = 1; ; count++) {
    const asked = await askOnce(lab, topology, question, destination, count)
    if (asked.journey.loss !== null || count === tries) return asked
  }
}

async function apply(lab: WhySubject, fix: Fix): Promise<void> {
  if ('link' in fix) {
    lab.link(fix.link).set(fix.set)
    return
  }
  const { status } = await lab.node(fix.on).exec(fix.run)
  if (status !== 0) throw new FixFailed(`${fix.on}: ${fix.run}`)
}

async function askOnce(lab: WhySubject, topology: Topology, question: Question, destination: number,
  tries: number): Promise<Asked> {
  const { journal } = lab.simulation
  const start = positionOf(journal)
  const result = await probe(lab, question, destination)
  const node = lab.node(question.from)
  const first = journal.traces.slice(start.traces).find((step) => step.hook === '__ip_local_out' &&
    step.node === node.host.node && step.bytes !== null && destinationOf(step.bytes, 0) === destination)
  const legs = first === undefined ? [] : legsOf(journal, first.trace, start)
  const attempt = first === undefined ? explainSending(lab, question.from, destination) : []
  // UDP answers nothing: that no error came back is not enough, the datagram must have been delivered.
  const arrived = question.protocol !== 'udp' || (legs.length > 0 && deliveryOf(legs[0]) !== undefined)
  const answered = result.answered && arrived
  const found = answered ? null
    : first === undefined ? sendingFailed(lab, topology, question, destination) : lossOf(lab, topology, legs)
  const journey: Journey = {
    question, destination: formatIpv4(destination), legs, attempt, answered,
    loss: found?.loss ?? (answered ? null : unknownLoss(lab, question, result)), output: result.output, tries,
    remedy: null,
  }
  if (found === null) return { journey, failure: null }
  const links = lab.links.map(({ ends, up }) => ({ ends, up }))
  return { journey, failure: { ...found.facts, topology, links } }
}

type Found = { readonly loss: Loss, readonly facts: Omit<Failure, 'topology' | 'links'> }

/** The loss that matters: of the packet, or if it arrived of the answer. Copies that were for others do not count. */
function lossOf(lab: WhySubject, topology: Topology, legs: readonly Leg[]): Found | null {
  const [packet] = legs
  const delivery = deliveryOf(packet)
  const refused = packet.stays.some(({ drops }) => drops.some(({ reason }) => reason === 'NO_SOCKET'))
  if (delivery === undefined || refused) return lossIn(lab, topology, packet, false)
  const answer = legs.find((leg) => leg.cause?.trace === packet.trace && leg.stays[0]?.node === delivery.node &&
    leg.stays.some(isIpv4Stay))
  return answer === undefined ? noWayBack(lab, topology, delivery) : lossIn(lab, topology, answer, true)
}

/** The packet arrived, and its receiver knows no way to answer. */
function noWayBack(lab: WhySubject, topology: Topology, delivery: Stay): Found | null {
  const node = topology.nodes.get(lab.nodeNames[delivery.node])
  if (delivery.received === null || node === undefined) return null
  const { source, destination } = flowOf(delivery.received)
  return failedRoute(lab, node, source, destination, true)
}

/** The stay at the node whose own the packet was. */
function deliveryOf(leg: Leg): Stay | undefined {
  return leg.stays.find(({ steps }) => steps.some(({ hook }) => hook === 'ip_local_deliver'))
}

function isIpv4Stay({ steps }: Stay): boolean {
  return steps.some(({ hook }) => hook === '__ip_local_out')
}

function lossIn(lab: WhySubject, topology: Topology, leg: Leg, answer: boolean): Found | null {
  const drops = leg.stays.flatMap((stay) => stay.drops.map((drop) => ({ stay, drop })))
  const real = drops.filter(({ drop }) => !NOT_A_LOSS.has(drop.reason))
  const last = real.at(-1)
  if (last === undefined) return null
  const name = lab.nodeNames[last.stay.node] ?? ''
  const stack = topology.nodes.get(name)?.stack
  const device = stack?.ns.deviceByIndex(last.drop.ifindex) ?? null
  const narrow = narrowDevice(last.stay, last.drop, device, stack)
  return {
    loss: {
      node: name, device: device?.name ?? '', reason: last.drop.reason, text: last.drop.text, answer,
      timeNs: last.drop.timeNs,
    },
    facts: { node: name, reason: last.drop.reason, device: narrow, ...flowOf(last.drop) },
  }
}

/** Where a packet did not fit, the device that matters is the one it would have left by. */
function narrowDevice(stay: Stay, drop: Drop, device: NetDevice | null, stack: InetStack | undefined): NetDevice | null {
  if (drop.reason !== 'IP_FRAG_NEEDED' || stack === undefined) return device
  const step = stay.steps.find(({ data }) => data !== undefined && 'mtu' in data)
  return stack.ns.devices.find(({ mtu }) => mtu === step?.data?.mtu) ?? device
}

/** Reasons of copies that were never meant to arrive where they were dropped. */
export const NOT_A_LOSS: ReadonlySet<string> = new Set([
  'OTHERHOST', 'BRIDGE_SAME_PORT', 'BRIDGE_NO_EGRESS_PORT', 'NOT_SPECIFIED', 'DUP_FRAG',
])

function flowOf({ bytes }: { readonly bytes: Uint8Array }): Pick<Failure, 'source' | 'destination' | 'length'> {
  const at = isIpv4(bytes, ETHERNET_LEN) || bytes[0] >> 4 !== 4 ? ETHERNET_LEN : 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < at + ipv4.HEADER_LEN) return { source: 0, destination: 0, length: 0 }
  return {
    source: ipv4.source(view, at), destination: ipv4.destination(view, at), length: ipv4.totalLength(view, at),
  }
}

function isIpv4(bytes: Uint8Array, at: number): boolean {
  return bytes.length >= at + ipv4.HEADER_LEN && bytes[at - 2] === 8 && bytes[at - 1] === 0 && bytes[at] >> 4 === 4
}

function destinationOf(bytes: Uint8Array, at: number): number | null {
  if (bytes.length < at + ipv4.HEADER_LEN) return null
  return ipv4.destination(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at)
}

/** No packet was made: the sender itself knows no way. */
function sendingFailed(lab: WhySubject, topology: Topology, question: Question, destination: number): Found | null {
  const node = topology.nodes.get(question.from)
  return node === undefined ? null : failedRoute(lab, node, destination, 0, false)
}

/** What a node's routes say against sending to `destination`; null: nothing. */
function failedRoute(lab: WhySubject, node: WhyNode, destination: number, source: number,
  answer: boolean): Found | null {
  const flow = new OutputFlow()
  flow.reset(destination, source)
  const error = node.stack.routing.output(flow, new RouteResult())
  if (error === 0) return null
  const reason = SENDING_REASONS[errnoName(-error)] ?? errnoName(-error)
  const text = `${node.name} has no way to ${formatIpv4(destination)}`
  return {
    loss: { node: node.name, device: '', reason, text, answer, timeNs: lab.simulation.nowNs },
    facts: { node: node.name, reason, device: null, source, destination, length: 0 },
  }
}

const SENDING_REASONS: Readonly<Record<string, string>> = {
  ENETUNREACH: 'IP_OUTNOROUTES', EHOSTUNREACH: 'ROUTE_UNREACHABLE', EACCES: 'ROUTE_PROHIBIT', EINVAL: 'ROUTE_BLACKHOLE',
}

function explainSending(lab: WhySubject, from: string, destination: number): TraceStep[] {
  const flow = new OutputFlow()
  flow.reset(destination, 0)
  return lab.node(from).stack.routing.explainOutput(flow)
}

function unknownLoss(lab: WhySubject, question: Question, result: ProbeResult): Loss {
  return {
    node: question.from, device: '', reason: 'NO_ANSWER', text: `no answer came (${result.summary})`, answer: true,
    timeNs: lab.simulation.nowNs,
  }
}

function topologyOf(lab: WhySubject): Topology {
  const nodes = new Map<string, WhyNode>()
  for (const name of lab.nodeNames) {
    const { kind, stack } = lab.node(name)
    nodes.set(name, { name, kind, stack })
  }
  return new Topology(nodes, lab.links.map(({ ends, up }) => ({ ends, up })))
}

/** An address, or the first address of a node of that name. */
function addressOf(topology: Topology, to: string): number {
  const address = parseIpv4(to)
  if (address !== null && !isMulticast(address)) return address
  const node = topology.nodes.get(to)
  if (node === undefined) throw new WhyError(`"${to}" is neither an IPv4 address nor a node of the lab`)
  for (const device of node.stack.ns.devices) {
    if (device.ifindex === 1) continue
    const first = inDeviceOf(device).addresses[0]
    if (first !== undefined) return first.local
  }
  throw new WhyError(`node "${to}" has no address; ask for an address instead`)
}

function hasChance(lab: WhySubject): boolean {
  return lab.links.some(({ link }) => [link.a, link.b].some(({ impairments: { loss, corrupt } }) => loss > 0 || corrupt > 0))
}
