/**
 * Capture files: what crossed the links, written so that tcpdump, tshark and Wireshark read it.
 *
 *     pcapng.ts   writer of pcapng (one file for a whole lab: an interface per `node:dev`, comments, drop reasons)
 *     pcap.ts     writer of classic pcap (one interface; what `tcpdump -w` writes)
 *     reader.ts   reader of both, both byte orders, any resolution
 *
 * Sources: draft-ietf-opsawg-pcapng-02, draft-ietf-opsawg-pcap-04, and what libpcap 1.10.3 writes.
 *
 * Time: virtual time 0 is written as CAPTURE_EPOCH_SECONDS. Absolute times do not fit a double to the nanosecond
 * (10^18 > 2^53), so a reader gives seconds and nanoseconds apart, and times relative to an epoch.
 */

/** Virtual time 0 in capture files and on tcpdump's clock: 2000-01-01T00:00:00Z, in seconds since 1970. */
export const CAPTURE_EPOCH_SECONDS = 946_684_800

/** Ethernet frames without FCS (IANA link type registry; DLT_EN10MB). */
export const LINKTYPE_ETHERNET = 1

/** The snapshot length tcpdump asks for when none is given: nothing is cut. */
export const DEFAULT_SNAP_LENGTH = 262_144

export type Direction = 'in' | 'out'

export interface CaptureInterface {
  /** if_name; for labs `node:dev`. Empty when the file does not say. */
  name: string
  description: string
  linkType: number
  /** Bytes kept of each frame; 0 means no limit. */
  snapLength: number
  /** Bits per second, 0 when unknown. */
  speedBps: number
}

export interface CapturedFrame {
  interfaceId: number
  /** Since 1970, UTC. */
  seconds: number
  nanoseconds: number
  bytes: Uint8Array
  /** Length on the wire; greater than bytes.length when the capture was cut. */
  originalLength: number
  comments: string[]
  direction: Direction | null
  /** Frames lost on this interface since its previous one (epb_dropcount). */
  dropCount: number
}

/** Counters of a pcapng interface statistics block; null where the file does not tell. */
export interface InterfaceStatistics {
  interfaceId: number
  received: number | null
  dropped: number | null
  accepted: number | null
  delivered: number | null
}

export interface Capture {
  format: 'pcap' | 'pcapng'
  littleEndian: boolean
  hardware: string
  os: string
  application: string
  interfaces: CaptureInterface[]
  frames: CapturedFrame[]
  statistics: InterfaceStatistics[]
  /** What is wrong with the file, null when all of it was read. The frames before the fault are good. */
  error: string | null
}

/** Nanoseconds from `epochSeconds` to the frame; exact within 104 days of it. */
export function timeSince(frame: CapturedFrame, epochSeconds: number): number {
  return (frame.seconds - epochSeconds) * 1_000_000_000 + frame.nanoseconds
}
