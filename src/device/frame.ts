// Hot path.
import type { NetDevice } from './net-device.ts'

/** Who a received frame is for, as eth_type_trans() decides (Linux include/uapi/linux/if_packet.h). */
export const PACKET_HOST = 0
export const PACKET_BROADCAST = 1
export const PACKET_MULTICAST = 2
export const PACKET_OTHERHOST = 3
export const PACKET_OUTGOING = 4
export const PACKET_LOOPBACK = 5

/**
 * A frame on its way (Linux: struct sk_buff): the description of some bytes of the pool's slab.
 *
 *      base         base+16                start              networkAt    transportAt      end
 *      | refs class | ... headroom (114) ... | Ethernet (14) [VLAN 4] | IPv4 header | payload ... | ... room |
 *
 * All offsets are absolute in `view` and `bytes`, which show the whole slab. The slab can move when the pool grows:
 * after any call that may take a frame from the pool, read `frame.view` again. (A view kept too long throws at its
 * next use, and FramePool's `relocating` mode makes every allocation move the slab, so tests find such places.)
 *
 * Ownership: whoever is handed a frame owns it, and passes it on, frees it or drops it with a reason. A clone shares
 * the bytes: who wants to write asks the pool for `writable(frame)` first.
 */
export class Frame {
  view: DataView
  bytes: Uint8Array
  /** Offset of the slot in the slab; its first word counts the frames that share the bytes. */
  base = 0
  /** First byte of the frame: its Ethernet header on layer 2. */
  start = 0
  /** One past the last byte. */
  end = 0
  /** Offset of the network header, where known. */
  networkAt = 0
  /** Offset of the transport header, where known. */
  transportAt = 0
  /** EtherType of what lies at networkAt. */
  protocol = 0
  /** PACKET_HOST and so on; on the way out PACKET_OUTGOING. */
  packetType = 0
  /** The device it came in by, or goes out by. */
  device: NetDevice | null = null
  /** Device of the first reception on this node (skb_iif); 0 for frames made here. */
  inputIfindex = 0
  /** fwmark. */
  mark = 0
  priority = 0
  /** Identity for the journal: kept by clones, copies and fragments, and through every hop. */
  traceId = 0
  /** Control block: small integers of the layer that owns the frame now (skb->cb). */
  cb0 = 0
  cb1 = 0
  cb2 = 0
  cb3 = 0
  /** A bit was flipped on the wire: the receiver's FCS check fails. */
  corrupt = false
  inUse = false

  constructor(view: DataView, bytes: Uint8Array) {
    this.view = view
    this.bytes = bytes
  }

  get length(): number {
    return this.end - this.start
  }
}
