/** What crossed the links of a lab, in the kernel or in the simulator: frames by link end. */
import { PcapWriter } from '../../capture/pcap.ts'

/** A frame on one end of a link. */
export interface CapturedFrame {
  /** Since the start of the lab's script. */
  readonly atNs: number
  /** Seen from the node whose interface it is. */
  readonly direction: 'in' | 'out'
  readonly bytes: Uint8Array
}

/** By `node:dev`, each list in the order of time. */
export type Captures = ReadonlyMap<string, readonly CapturedFrame[]>

/** Returns a nanosecond capture file of these frames, their times counted from 1970. */
export function writePcap(frames: readonly CapturedFrame[]): Uint8Array {
  const writer = new PcapWriter({ nanoseconds: true, epochSeconds: 0 })
  for (const { atNs, bytes } of frames) writer.addFrame(atNs, bytes)
  return writer.finish()
}
