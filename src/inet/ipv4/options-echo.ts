import type { Frame } from '../../device/frame.ts'
import { NS_PER_MS } from '../../engine/clock.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import * as wire from '../../wire/ipv4-options.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { RTN_UNICAST } from '../route/constants.ts'
import type { Routing } from '../route/routing.ts'

const MS_PER_DAY = 86_400_000

/** The options of an answer: made from those of the packet it answers, completed when the answer's source is known. */
export interface EchoedOptions {
  /** Padded to a multiple of 4. */
  readonly bytes: Uint8Array
  /** Where the answer goes first: the first hop of a source route that was turned round, or the packet's sender. */
  readonly firstHop: number
  /** Offsets in `bytes` of the options that get an address or a time, or -1. */
  readonly recordRoute: number
  readonly timestamp: number
}

/**
 * The options of an answer to a packet with options (Linux ip_options.c __ip_options_echo()): record route and
 * timestamp go on where they stand, a source route is turned round, others are not echoed. null: none.
 */
export function echoOptions(frame: Frame): EchoedOptions | null {
  const found = wire.noOptions()
  const at = frame.networkAt
  if (ipv4.headerLen(frame.view, at) === ipv4.HEADER_LEN || wire.compile(frame.view, at, found) !== 0) return null
  const bytes = new Uint8Array(wire.MAX_OPTIONS_LEN)
  let length = 0
  const recordRoute = found.recordRoute === 0 ? -1 : length
  if (found.recordRoute !== 0) length = copyOption(frame, at + found.recordRoute, bytes, length)
  const timestamp = found.timestamp === 0 ? -1 : length
  if (found.timestamp !== 0) length = copyOption(frame, at + found.timestamp, bytes, length)
  const sender = ipv4.source(frame.view, at)
  const hops = found.sourceRoute === 0 ? [] : passedHops(frame, at + found.sourceRoute, sender)
  const type = frame.view.getUint8(at + found.sourceRoute)
  if (hops.length > 0) length = writeSourceRoute(type, hops, sender, bytes, length)
  if (length === 0) return null
  const firstHop = hops.length > 0 ? hops[0] : sender
  return { bytes: bytes.slice(0, (length + 3) & ~3), firstHop, recordRoute, timestamp }
}

/**
 * The options of a packet that this node sends, with its address and the time where they ask for them (ip_options_build).
 * options: as a program set them, a multiple of 4 bytes; a copy is returned.
 */
export function buildOptions(ns: NetNamespace, routing: Routing, options: Uint8Array, source: number): Uint8Array {
  const bytes = options.slice()
  const view = new DataView(bytes.buffer)
  let recordRoute = -1
  let timestamp = -1
  for (let at = 0; at < bytes.length && bytes[at] !== wire.IPOPT_END;) {
    const length = wire.optionLen(view, at, bytes.length)
    if (length === 0) break
    if (bytes[at] === wire.IPOPT_RR) recordRoute = at
    if (bytes[at] === wire.IPOPT_TIMESTAMP) timestamp = at
    at += length
  }
  completeOptions(ns, routing, { bytes, firstHop: 0, recordRoute, timestamp }, source)
  return bytes
}

/** Writes the answering node's address and time into the next slots, as ip_options_build() does when it is sent. */
export function completeOptions(ns: NetNamespace, routing: Routing, options: EchoedOptions, source: number): void {
  const view = new DataView(options.bytes.buffer)
  if (options.recordRoute >= 0) wire.record(view, options.recordRoute, source)
  const option = options.timestamp
  if (option < 0 || isFull(view, option)) return
  const slot = wire.slotAt(view, option)
  const flag = wire.timestampFlag(view, option)
  const ms = Math.floor(ns.simulation.clock.ns[0] / NS_PER_MS) % MS_PER_DAY
  const hasPair = slot + 8 <= option + view.getUint8(option + 1)
  if (flag === wire.IPOPT_TS_TSONLY) {
    wire.record(view, option, ms)
  } else if (flag === wire.IPOPT_TS_TSANDADDR && hasPair) {
    wire.record(view, option, source)
    wire.record(view, option, ms)
  } else if (flag === wire.IPOPT_TS_PRESPEC && hasPair && routing.addressType(view.getInt32(slot)) !== RTN_UNICAST) {
    wire.advance(view, option, 4)
    wire.record(view, option, ms)
  }
}

function isFull(view: DataView, option: number): boolean {
  return view.getUint8(option + 2) + 3 > view.getUint8(option + 1)
}

function copyOption(frame: Frame, option: number, to: Uint8Array, at: number): number {
  const length = frame.view.getUint8(option + 1)
  for (let i = 0; i < length; i++) to[at + i] = frame.view.getUint8(option + i)
  return at + length
}

/** The hops that a source-routed packet passed, last first, without the sender if he stands there (RFC 1812). */
function passedHops(frame: Frame, option: number, sender: number): number[] {
  const view = frame.view
  const length = view.getUint8(option + 1)
  let pointer = view.getUint8(option + 2)
  if (pointer > length) pointer = length + 1
  const hops: number[] = []
  for (let slot = option + pointer - 5; slot >= option + 3; slot -= 4) hops.push(view.getInt32(slot))
  if (hops.length > 0 && hops[hops.length - 1] === sender) hops.pop()
  return hops
}

/** The first hop is the packet's destination address: the option begins with the second, and ends with the sender. */
function writeSourceRoute(type: number, hops: number[], sender: number, to: Uint8Array, at: number): number {
  const view = new DataView(to.buffer)
  const slots = [...hops.slice(1), sender]
  to[at] = type
  to[at + 1] = 3 + 4 * slots.length
  to[at + 2] = 4
  slots.forEach((hop, i) => view.setInt32(at + 3 + 4 * i, hop))
  return at + 3 + 4 * slots.length
}
