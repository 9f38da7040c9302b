/**
 * Hides from a frame what Linux draws at random or takes from outside (clock, process numbers), and nothing else:
 *
 *   IPv4 identification      0 stays 0 (`ping -M do`), any other becomes 1
 *   ICMP echo identifier     numbered 1, 2, 3 … in the order of appearance at this link end, per asker and asked: two
 *                            hosts may draw the same one
 *   UDP and TCP source port  from 32768 up: numbered likewise, from 50001, per address; also where it comes back as
 *                            the destination port of that address
 *   ping's time stamp        the first 16 bytes of an echo's payload of 16 bytes or more become 0
 *   checksums                right ones are computed anew over the fields above; wrong ones become 0x0bad; one that
 *                            covers bytes which a quotation in an ICMP error cut off becomes 0
 *
 * The same holds for the packet quoted in an ICMP error. Ethernet and ARP are compared as they are.
 */
const ETHERNET_LEN = 14
const ETHERTYPE_IPV4 = 0x0800
const PROTOCOL_ICMP = 1
const PROTOCOL_TCP = 6
const PROTOCOL_UDP = 17
const FIRST_EPHEMERAL_PORT = 32768
const FIRST_SHOWN_PORT = 50001
const PING_STAMP_LEN = 16
const WRONG_CHECKSUM = 0x0bad

/** Numbers of one link end; feed it the frames in their order. */
export class Normaliser {
  private readonly echoIds = new Map<string, number>()
  private readonly ports = new Map<string, number>()

  /** Returns a normalised copy. */
  frame(bytes: Uint8Array): Uint8Array {
    const copy = new Uint8Array(bytes)
    const view = new DataView(copy.buffer)
    if (copy.length >= ETHERNET_LEN && view.getUint16(12) === ETHERTYPE_IPV4) {
      this.packet(view, ETHERNET_LEN, copy.length)
    }
    return copy
  }

  private packet(view: DataView, at: number, end: number): void {
    if (end - at < 20) return
    const headerLen = (view.getUint8(at) & 15) * 4
    const packetEnd = at + view.getUint16(at + 2)
    if (headerLen < 20 || at + headerLen > end) return
    const headerRight = sum(view, at, at + headerLen) === 0xffff
    const fragment = view.getUint16(at + 6) & 0x3fff
    const body = at + headerLen
    // A fragment's checksum covers the other fragments too: its bytes are compared, but for the time stamp.
    if (fragment === 0) this.payload(view, at, body, Math.min(end, packetEnd), packetEnd <= end)
    else if ((fragment & 0x1fff) === 0) this.firstFragment(view, at, body, Math.min(end, packetEnd))
    if (view.getUint16(at + 4) !== 0) view.setUint16(at + 4, 1)
    seal(view, at + 10, at, at + headerLen, headerRight, 0)
  }

  private payload(view: DataView, ip: number, at: number, end: number, whole: boolean): void {
    const protocol = view.getUint8(ip + 9)
    if (protocol === PROTOCOL_ICMP && end - at >= 8) return this.icmp(view, ip, at, end, whole)
    if ((protocol !== PROTOCOL_UDP && protocol !== PROTOCOL_TCP) || end - at < 8) return
    const checksumAt = at + (protocol === PROTOCOL_UDP ? 6 : 16)
    const covered = whole && checksumAt + 2 <= end
    const filled = protocol === PROTOCOL_TCP || view.getUint16(checksumAt) !== 0
    const pseudo = pseudoHeaderSum(view, ip, end - at)
    const right = covered && sum(view, at, end, pseudo) === 0xffff
    this.port(view, ip + 12, at, true)
    this.port(view, ip + 16, at + 2, false)
    if (!filled) return
    if (covered) seal(view, checksumAt, at, end, right, pseudo)
    else if (checksumAt + 2 <= end) view.setUint16(checksumAt, 0)
  }

  private icmp(view: DataView, ip: number, at: number, end: number, whole: boolean): void {
    const right = whole && sum(view, at, end) === 0xffff
    const type = view.getUint8(at)
    if (type === 0 || type === 8) this.echo(view, ip, at, end)
    else if (type === 3 || type === 5 || type === 11 || type === 12) this.packet(view, at + 8, end)
    if (whole) seal(view, at + 2, at, end, right, 0)
    else view.setUint16(at + 2, 0)
  }

  private firstFragment(view: DataView, ip: number, at: number, end: number): void {
    if (view.getUint8(ip + 9) !== PROTOCOL_ICMP || end - at < 8) return
    const type = view.getUint8(at)
    if (type !== 0 && type !== 8) return
    this.echo(view, ip, at, end)
    view.setUint16(at + 2, 0)
  }

  private echo(view: DataView, ip: number, at: number, end: number): void {
    const isReply = view.getUint8(at) === 0
    const [asker, asked] = [view.getUint32(ip + (isReply ? 16 : 12)), view.getUint32(ip + (isReply ? 12 : 16))]
    const id = `${asker},${asked}:${view.getUint16(at + 4)}`
    if (!this.echoIds.has(id)) this.echoIds.set(id, this.echoIds.size + 1)
    view.setUint16(at + 4, this.echoIds.get(id) ?? 0)
    if (end - at < 8 + PING_STAMP_LEN) return
    for (let i = 0; i < PING_STAMP_LEN; i++) view.setUint8(at + 8 + i, 0)
  }

  private port(view: DataView, addressAt: number, portAt: number, isSource: boolean): void {
    const port = view.getUint16(portAt)
    const key = `${view.getUint32(addressAt)}:${port}`
    if (isSource && port >= FIRST_EPHEMERAL_PORT && !this.ports.has(key)) {
      this.ports.set(key, FIRST_SHOWN_PORT + this.ports.size)
    }
    view.setUint16(portAt, this.ports.get(key) ?? port)
  }
}

/** Folded sum of the Internet checksum over [at, end), which may be odd in length. 0xffff: all is right. */
function sum(view: DataView, at: number, end: number, start = 0): number {
  let total = start
  let i = at
  for (; i + 1 < end; i += 2) total += view.getUint16(i)
  if (i < end) total += view.getUint8(i) << 8
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000)
  return total
}

function pseudoHeaderSum(view: DataView, ip: number, length: number): number {
  return sum(view, ip + 12, ip + 20, view.getUint8(ip + 9) + length)
}

function seal(view: DataView, checksumAt: number, at: number, end: number, right: boolean, start: number): void {
  view.setUint16(checksumAt, 0)
  view.setUint16(checksumAt, right ? ~sum(view, at, end, start) & 0xffff : WRONG_CHECKSUM)
}
