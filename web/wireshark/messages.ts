/**
 * What the page and Wireshark's dissector say to each other. The dissector is a program of its own (GPL-2.0, not part of
 * Netarium: docs/decisions/0015-wiregasm.md) that runs in a worker; nothing but these messages crosses.
 */

/** What the page asks, by kind: [what is asked, what is answered]. */
export interface WiresharkCalls {
  /** Fetches and starts the dissector; folder: the address of its files, with a "/" at the end. Takes seconds. */
  start: [{ readonly folder: string }, { readonly version: string, readonly columns: readonly string[] }]
  /** Reads a capture file of any kind that Wireshark knows, in place of the one before. Refused with Wireshark's words. */
  load: [{ readonly bytes: Uint8Array }, { readonly frames: number }]
  /** Rows of the packet list that pass a display filter, from `skip` on. A wrong filter is refused with Wireshark's words. */
  rows: [{ readonly filter: string, readonly skip: number, readonly limit: number }, PacketRows]
  /** A frame taken apart; number counts from 1. */
  frame: [{ readonly number: number }, PacketDetails]
}

export type WiresharkCall = keyof WiresharkCalls

export interface WiresharkRequest {
  readonly id: number
  readonly call: WiresharkCall
  readonly argument: WiresharkCalls[WiresharkCall][0]
}

export type FromWireshark =
  | { readonly kind: 'answer', readonly id: number, readonly value: unknown }
  | { readonly kind: 'refusal', readonly id: number, readonly message: string }
  /** While it is fetched: the share that is there, from 0 to 1. */
  | { readonly kind: 'progress', readonly share: number }

export interface PacketRows {
  readonly rows: readonly PacketRow[]
  /** How many pass the filter in all. */
  readonly matched: number
}

export interface PacketRow {
  readonly number: number
  /** In the order of `columns`. */
  readonly cells: readonly string[]
}

export interface PacketDetails {
  readonly tree: readonly PacketField[]
  /** The frame's bytes first, then what was put together of several frames or decoded. */
  readonly sources: readonly { readonly name: string, readonly bytes: Uint8Array }[]
}

/** A line of Wireshark's tree. What Wireshark worked out itself has no bytes: start and end are 0. */
export interface PacketField {
  readonly label: string
  /** The field's name in display filters: "ip.ttl". */
  readonly field: string
  /** Place in sources. */
  readonly source: number
  readonly start: number
  readonly end: number
  readonly children: readonly PacketField[]
}
