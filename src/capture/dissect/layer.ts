/**
 * Frames taken apart for people: a list of layers, outermost first, each with its fields, their values, the words for
 * them and the bytes they stand in. Cold; nothing on the packet path uses it.
 *
 *     layer.ts       the shapes, and the reader that each protocol fills one with
 *     dissect.ts     ethernet, vlan, arp, ipv4, and the way from layer to layer
 *     transport.ts   icmp, udp, tcp
 *     diff.ts        what changed between two frames, field by field
 *     summary.ts     one line
 */

export interface Field {
  /** Stable and lower-case, of the words of the RFC: `ttl`, `sequence number`. Unique in its layer. */
  name: string
  value: number | string
  /** The value as people read it: an address, a name beside a number, the verdict on a checksum. */
  text: string
  /** Bytes of the frame: the field may be some bits of them. */
  at: number
  end: number
}

export type Protocol = 'ethernet' | 'vlan' | 'llc' | 'arp' | 'ipv4' | 'icmp' | 'udp' | 'tcp' | 'data' | 'padding'

export interface Layer {
  protocol: Protocol
  /** Part of the packet that an ICMP error is about, not of the frame itself. */
  quoted: boolean
  at: number
  end: number
  fields: Field[]
  /** What is malformed in this layer, null when nothing is. */
  fault: string | null
}

/** Fills one layer; reads are the caller's to keep inside `end`. */
export class LayerReader {
  readonly view: DataView
  readonly layer: Layer

  constructor(view: DataView, protocol: Protocol, at: number, end: number, quoted: boolean) {
    this.view = view
    this.layer = { protocol, quoted, at, end, fields: [], fault: null }
  }

  field(name: string, offset: number, length: number, value: number | string, text = String(value)): void {
    const at = this.layer.at + offset
    this.layer.fields.push({ name, value, text, at, end: at + length })
  }

  u8(offset: number): number {
    return this.view.getUint8(this.layer.at + offset)
  }

  u16(offset: number): number {
    return this.view.getUint16(this.layer.at + offset)
  }

  u32(offset: number): number {
    return this.view.getUint32(this.layer.at + offset)
  }

  fault(text: string): void {
    this.layer.fault ??= text
  }
}

/** A number in hex with its name beside it: `0x0800 (IPv4)`. */
export function hexNamed(value: number, digits: number, name: string | undefined): string {
  const hex = `0x${value.toString(16).padStart(digits, '0')}`
  return name === undefined ? hex : `${hex} (${name})`
}

/** A number with its name beside it: `17 (UDP)`. */
export function named(value: number, name: string | undefined): string {
  return name === undefined ? String(value) : `${value} (${name})`
}

/** Bytes as hex pairs, at most `limit` of them. */
export function hexBytes(view: DataView, at: number, end: number, limit = 64): string {
  const parts: string[] = []
  for (let i = at; i < end && i < at + limit; i++) parts.push(view.getUint8(i).toString(16).padStart(2, '0'))
  return parts.join(' ') + (end - at > limit ? ' …' : '')
}

/** The verdict on a checksum: `0x1234 (correct)` or `0x1234 (wrong, should be 0x5678)`. */
export function checksumText(found: number, computed: number): string {
  const hex = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`
  if (computed === 0) return `${hex(found)} (correct)`
  const sum = found + computed
  return `${hex(found)} (wrong, should be ${hex((sum & 0xffff) + (sum >>> 16))})`
}

/** Bytes without further meaning here, perhaps because of `fault`. */
export function dataLayer(
  view: DataView, at: number, end: number, quoted: boolean, fault: string | null = null,
): Layer {
  const data = new LayerReader(view, 'data', at, end, quoted)
  data.field('bytes', 0, end - at, hexBytes(view, at, end, end - at), `${end - at} bytes: ${hexBytes(view, at, end)}`)
  if (fault !== null) data.fault(fault)
  return data.layer
}
