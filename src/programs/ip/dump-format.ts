import { decodeUtf8, encodeUtf8 } from '../../base/utf8.ts'
import { RT_TABLE_MAIN, RTAX_LOCK } from '../../inet/route/constants.ts'
import {
  type AddressMessage, AF_INET, type NexthopMessage, RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWRULE, type RouteMessage,
  type RuleMessage,
} from '../../netlink/messages.ts'

/**
 * Netlink messages as bytes, as `ip route save` writes them and `ip route restore` reads them: what the kernel answers
 * to a dump, little-endian as on every machine that Debian 12 runs on, behind a magic number of the kind of dump.
 *
 *     magic   { length type flags sequence port | fixed header | { length type value padding }... }...
 *
 * Attributes stand in the order of fib_dump_info(), inet_fill_ifaddr() and fib_nl_fill_rule().
 * Source: Linux include/uapi/linux/{netlink,rtnetlink,if_addr,fib_rules}.h; iproute2 ip/ip_common.h.
 */
export const ROUTE_MAGIC = 0x45311224
export const ADDRESS_MAGIC = 0x47361222
export const RULE_MAGIC = 0x71706986

const NLM_F_MULTI = 0x02
const NLM_F_DUMP_FILTERED = 0x20
const HEADER_LEN = 16
/** rtm_table of tables above 255. */
const RT_TABLE_COMPAT = 252
const RTAX_CC_ALGO = 16

export interface DumpOptions {
  readonly sequence: number
  readonly port: number
  /** The kernel was asked for some only. */
  readonly filtered: boolean
}

export type SavedMessage = RouteMessage | AddressMessage | RuleMessage

/** Writes attributes one behind the other, each padded to four bytes. */
class Writer {
  readonly bytes: number[] = []

  u8(value: number): this {
    this.bytes.push(value & 255)
    return this
  }

  u16(value: number): this {
    return this.u8(value).u8(value >> 8)
  }

  u32(value: number): this {
    return this.u16(value & 0xffff).u16(value >>> 16)
  }

  /** Network byte order. */
  address(value: number): this {
    return this.u8(value >>> 24).u8(value >>> 16).u8(value >>> 8).u8(value)
  }

  attribute(type: number, fill: (writer: Writer) => unknown): this {
    const value = new Writer()
    fill(value)
    this.u16(value.bytes.length + 4).u16(type)
    this.bytes.push(...value.bytes)
    while (this.bytes.length % 4 !== 0) this.u8(0)
    return this
  }

  /** An attribute that is there if its value is. */
  number(type: number, value: number | undefined): this {
    return value === undefined ? this : this.attribute(type, (writer) => writer.u32(value))
  }

  ipv4(type: number, value: number | undefined): this {
    return value === undefined ? this : this.attribute(type, (writer) => writer.address(value))
  }

  text(type: number, value: string | undefined): this {
    return value === undefined ? this : this.attribute(type, (writer) => writer.bytes.push(...encodeUtf8(value), 0))
  }
}

/** The magic number's four bytes. */
export function magicBytes(magic: number): Uint8Array {
  return new Uint8Array(new Writer().u32(magic).bytes)
}

export function encodeMessage(message: SavedMessage, options: DumpOptions): Uint8Array {
  const body = new Writer()
  if (message.type === RTM_NEWROUTE) encodeRoute(message, body)
  else if (message.type === RTM_NEWADDR) encodeAddress(message, body)
  else if (message.type === RTM_NEWRULE) encodeRule(message, body)
  const head = new Writer().u32(HEADER_LEN + body.bytes.length).u16(message.type)
    .u16(NLM_F_MULTI | (options.filtered ? NLM_F_DUMP_FILTERED : 0)).u32(options.sequence).u32(options.port)
  return new Uint8Array([...head.bytes, ...body.bytes])
}

function encodeRoute(route: RouteMessage, out: Writer): void {
  const table = route.table ?? RT_TABLE_MAIN
  out.u8(AF_INET).u8(route.destinationLength ?? 0).u8(route.sourceLength ?? 0).u8(route.tos ?? 0)
    .u8(table < 256 ? table : RT_TABLE_COMPAT).u8(route.protocol ?? 0).u8(route.scope ?? 0).u8(route.routeType ?? 0)
    .u32(route.flags ?? 0)
  out.number(15, table).ipv4(1, route.destination).number(6, route.priority)
  if (route.metrics !== undefined || route.congestion !== undefined) {
    out.attribute(8, (metrics) => encodeMetrics(route, metrics))
  }
  out.ipv4(7, route.prefSource).number(30, route.nhid).ipv4(5, route.gateway).number(4, route.oif)
  const { multipath } = route
  if (multipath !== undefined) out.attribute(9, (hops) => { for (const hop of multipath) encodeNexthop(hop, hops) })
}

function encodeMetrics({ metrics = [], congestion }: RouteMessage, out: Writer): void {
  for (const [type, value] of metrics.entries()) {
    if (type === RTAX_CC_ALGO && congestion !== undefined) out.text(type, congestion)
    else if (type >= RTAX_LOCK && value !== 0) out.number(type, value)
  }
  if (congestion !== undefined && metrics.length <= RTAX_CC_ALGO) out.text(RTAX_CC_ALGO, congestion)
}

/** struct rtnexthop, with its gateway. */
function encodeNexthop(hop: NexthopMessage, out: Writer): void {
  const attributes = new Writer().ipv4(5, hop.gateway)
  out.u16(8 + attributes.bytes.length).u8(hop.flags ?? 0).u8((hop.weight ?? 1) - 1).u32(hop.index ?? 0)
  out.bytes.push(...attributes.bytes)
}

function encodeAddress(address: AddressMessage, out: Writer): void {
  out.u8(AF_INET).u8(address.prefixLength ?? 0).u8(address.flags ?? 0).u8(address.scope ?? 0).u32(address.index ?? 0)
  out.ipv4(1, address.address).ipv4(2, address.local).ipv4(4, address.broadcast).text(3, address.label)
  if (address.protocol) out.attribute(11, (value) => value.u8(address.protocol ?? 0))
  out.number(8, address.flags ?? 0).number(9, address.metric)
  const info = address.cacheInfo
  if (info === undefined) return
  out.attribute(6, (value) => value.u32(info.preferred).u32(info.valid).u32(info.created ?? 0).u32(info.updated ?? 0))
}

function encodeRule(rule: RuleMessage, out: Writer): void {
  const table = rule.table ?? 0
  out.u8(AF_INET).u8(rule.destinationLength ?? 0).u8(rule.sourceLength ?? 0).u8(rule.tos ?? 0)
    .u8(table < 256 ? table : RT_TABLE_COMPAT).u8(0).u8(0).u8(rule.action ?? 0).u32(rule.flags ?? 0)
  out.number(15, table).number(14, rule.suppressPrefixLength ?? 0xffffffff)
  out.attribute(21, (value) => value.u8(rule.protocol ?? 0))
  out.text(3, rule.iifname).text(17, rule.oifname)
  if (rule.priority) out.number(6, rule.priority)
  out.number(10, rule.fwmark).number(16, rule.fwmask).number(4, rule.goto)
  encodeRange(20, rule.uidRange, 4, out)
  encodeRange(23, rule.sportRange, 2, out)
  encodeRange(24, rule.dportRange, 2, out)
  const { ipProtocol } = rule
  if (ipProtocol !== undefined) out.attribute(22, (value) => value.u8(ipProtocol))
  out.number(13, rule.suppressIfgroup).ipv4(1, rule.destination).ipv4(2, rule.source)
}

function encodeRange(type: number, range: readonly [number, number] | undefined, width: number, out: Writer): void {
  if (range === undefined) return
  out.attribute(type, (value) => range.map((one) => width === 2 ? value.u16(one) : value.u32(one)))
}

// ---- reading -------------------------------------------------------------------------------------------------------

type Attributes = ReadonlyMap<number, DataView>

function attributesOf(view: DataView, from: number): Attributes {
  const found = new Map<number, DataView>()
  for (let at = from; at + 4 <= view.byteLength;) {
    const length = view.getUint16(at, true)
    if (length < 4 || at + length > view.byteLength) break
    found.set(view.getUint16(at + 2, true) & 0x3fff, new DataView(view.buffer, view.byteOffset + at + 4, length - 4))
    at += (length + 3) & ~3
  }
  return found
}

function numberOf(attributes: Attributes, type: number): number | undefined {
  const view = attributes.get(type)
  if (view === undefined) return undefined
  return view.byteLength >= 4 ? view.getUint32(0, true) : view.byteLength >= 1 ? view.getUint8(0) : undefined
}

function addressOf(attributes: Attributes, type: number): number | undefined {
  const view = attributes.get(type)
  return view === undefined || view.byteLength < 4 ? undefined : view.getInt32(0)
}

function textOf(attributes: Attributes, type: number): string | undefined {
  const view = attributes.get(type)
  if (view === undefined) return undefined
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  const end = bytes.indexOf(0)
  return decodeUtf8(end < 0 ? bytes : bytes.slice(0, end))
}

function rangeOf(attributes: Attributes, type: number, width: number): readonly [number, number] | undefined {
  const view = attributes.get(type)
  if (view === undefined || view.byteLength < 2 * width) return undefined
  return width === 2 ? [view.getUint16(0, true), view.getUint16(2, true)] : [view.getUint32(0, true), view.getUint32(4, true)]
}

/** The first four bytes of a dump, or null: there are not as many. */
export function readMagic(bytes: Uint8Array): number | null {
  return bytes.length < 4 ? null : new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
}

/** The messages behind the magic number, up to the first that is cut off or of no known kind. */
export function decodeMessages(bytes: Uint8Array): SavedMessage[] {
  const messages: SavedMessage[] = []
  for (let at = 4; at + HEADER_LEN <= bytes.length;) {
    const head = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_LEN)
    const length = head.getUint32(0, true)
    if (length < HEADER_LEN || at + length > bytes.length) break
    const body = new DataView(bytes.buffer, bytes.byteOffset + at + HEADER_LEN, length - HEADER_LEN)
    const message = decode(head.getUint16(4, true), body)
    if (message === null) break
    messages.push(message)
    at += (length + 3) & ~3
  }
  return messages
}

function decode(type: number, body: DataView): SavedMessage | null {
  if (type === RTM_NEWROUTE && body.byteLength >= 12) return decodeRoute(body)
  if (type === RTM_NEWADDR && body.byteLength >= 8) return decodeAddress(body)
  return type === RTM_NEWRULE && body.byteLength >= 12 ? decodeRule(body) : null
}

function decodeRoute(body: DataView): RouteMessage {
  const attributes = attributesOf(body, 12)
  const metricsView = attributes.get(8)
  const metrics: number[] = []
  let congestion: string | undefined
  if (metricsView !== undefined) {
    const found = attributesOf(metricsView, 0)
    congestion = textOf(found, RTAX_CC_ALGO)
    for (const type of found.keys()) {
      if (type === RTAX_CC_ALGO) continue
      while (metrics.length <= type) metrics.push(0)
      metrics[type] = numberOf(found, type) ?? 0
    }
  }
  const hops = attributes.get(9)
  return {
    type: RTM_NEWROUTE, family: body.getUint8(0), destinationLength: body.getUint8(1), sourceLength: body.getUint8(2),
    tos: body.getUint8(3), table: numberOf(attributes, 15) ?? body.getUint8(4), protocol: body.getUint8(5),
    scope: body.getUint8(6), routeType: body.getUint8(7), flags: body.getUint32(8, true),
    destination: addressOf(attributes, 1), priority: numberOf(attributes, 6), prefSource: addressOf(attributes, 7),
    gateway: addressOf(attributes, 5), oif: numberOf(attributes, 4), nhid: numberOf(attributes, 30),
    metrics: metricsView === undefined ? undefined : metrics, congestion,
    multipath: hops === undefined ? undefined : decodeNexthops(hops),
  }
}

function decodeNexthops(view: DataView): NexthopMessage[] {
  const hops: NexthopMessage[] = []
  for (let at = 0; at + 8 <= view.byteLength;) {
    const length = view.getUint16(at, true)
    if (length < 8 || at + length > view.byteLength) break
    const attributes = attributesOf(new DataView(view.buffer, view.byteOffset + at, length), 8)
    hops.push({
      flags: view.getUint8(at + 2), weight: view.getUint8(at + 3) + 1, index: view.getUint32(at + 4, true),
      gateway: addressOf(attributes, 5),
    })
    at += (length + 3) & ~3
  }
  return hops
}

function decodeAddress(body: DataView): AddressMessage {
  const attributes = attributesOf(body, 8)
  const info = attributes.get(6)
  return {
    type: RTM_NEWADDR, family: body.getUint8(0), prefixLength: body.getUint8(1),
    flags: numberOf(attributes, 8) ?? body.getUint8(2), scope: body.getUint8(3), index: body.getUint32(4, true),
    address: addressOf(attributes, 1), local: addressOf(attributes, 2), broadcast: addressOf(attributes, 4),
    label: textOf(attributes, 3), metric: numberOf(attributes, 9), protocol: numberOf(attributes, 11),
    cacheInfo: info === undefined || info.byteLength < 16 ? undefined : {
      preferred: info.getUint32(0, true), valid: info.getUint32(4, true), created: info.getUint32(8, true),
      updated: info.getUint32(12, true),
    },
  }
}

function decodeRule(body: DataView): RuleMessage {
  const attributes = attributesOf(body, 12)
  const suppress = numberOf(attributes, 14)
  return {
    type: RTM_NEWRULE, family: body.getUint8(0), destinationLength: body.getUint8(1), sourceLength: body.getUint8(2),
    tos: body.getUint8(3), table: numberOf(attributes, 15) ?? body.getUint8(4), action: body.getUint8(7),
    flags: body.getUint32(8, true), suppressPrefixLength: suppress === 0xffffffff ? undefined : suppress,
    protocol: numberOf(attributes, 21), iifname: textOf(attributes, 3), oifname: textOf(attributes, 17),
    priority: numberOf(attributes, 6), fwmark: numberOf(attributes, 10), fwmask: numberOf(attributes, 16),
    goto: numberOf(attributes, 4), uidRange: rangeOf(attributes, 20, 4), sportRange: rangeOf(attributes, 23, 2),
    dportRange: rangeOf(attributes, 24, 2), ipProtocol: numberOf(attributes, 22),
    suppressIfgroup: numberOf(attributes, 13), destination: addressOf(attributes, 1), source: addressOf(attributes, 2),
  }
}
