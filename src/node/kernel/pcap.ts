/** The classic capture file format, as far as tcpdump writes it: what the twin reads back, and hands to tcpdump. */

/** A frame on one end of a link. */
export interface CapturedFrame {
  /** Since the start of the lab's script. */
  readonly atNs: number
  /** Seen from the node whose interface it is. */
  readonly direction: 'in' | 'out'
  readonly bytes: Uint8Array
}

const MAGIC_NANOSECONDS = 0xa1b23c4d
const FILE_HEADER_LEN = 24
const RECORD_HEADER_LEN = 16
const LINKTYPE_ETHERNET = 1

/** Returns time (ns since the epoch, as BigInt: it does not fit a number) and bytes of each whole record. */
export function readPcap(file: Uint8Array): { atNs: bigint; bytes: Uint8Array }[] {
  if (file.length < FILE_HEADER_LEN) return []
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (view.getUint32(0, true) !== MAGIC_NANOSECONDS) throw new Error('not a little-endian nanosecond pcap file')
  const records = []
  let at = FILE_HEADER_LEN
  while (at + RECORD_HEADER_LEN <= file.length) {
    const length = view.getUint32(at + 8, true)
    if (at + RECORD_HEADER_LEN + length > file.length) break
    const atNs = BigInt(view.getUint32(at, true)) * 1_000_000_000n + BigInt(view.getUint32(at + 4, true))
    const start = at + RECORD_HEADER_LEN
    records.push({ atNs, bytes: new Uint8Array(file.subarray(start, start + length)) })
    at += RECORD_HEADER_LEN + length
  }
  return records
}

/** Returns a capture file of these frames, their times counted from the epoch. */
export function writePcap(frames: readonly CapturedFrame[]): Uint8Array {
  const size = frames.reduce((sum, frame) => sum + RECORD_HEADER_LEN + frame.bytes.length, FILE_HEADER_LEN)
  const file = new Uint8Array(size)
  const view = new DataView(file.buffer)
  view.setUint32(0, MAGIC_NANOSECONDS, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, 262144, true)
  view.setUint32(20, LINKTYPE_ETHERNET, true)
  let at = FILE_HEADER_LEN
  for (const { atNs, bytes } of frames) {
    view.setUint32(at, Math.floor(atNs / 1e9), true)
    view.setUint32(at + 4, atNs % 1e9, true)
    view.setUint32(at + 8, bytes.length, true)
    view.setUint32(at + 12, bytes.length, true)
    file.set(bytes, at + RECORD_HEADER_LEN)
    at += RECORD_HEADER_LEN + bytes.length
  }
  return file
}
