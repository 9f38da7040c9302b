// Hot path.
/**
 * ARP over Ethernet for IPv4 (RFC 826).
 *
 *     0           2           4      5      6       8                14          18               24        28
 *     +-----------+-----------+------+------+-------+----------------+-----------+----------------+----------+
 *     | hardware  | protocol  | hln  | pln  | oper- | sender         | sender    | target         | target   |
 *     | 1         | 0x0800    | 6    | 4    | ation | hardware       | protocol  | hardware       | protocol |
 *     +-----------+-----------+------+------+-------+----------------+-----------+----------------+----------+
 *
 * `at` is the first byte after the Ethernet header; fields of a MAC address come as hi and lo (see address.ts).
 */
import { DropReason } from './drop-reason.ts'

/** With Ethernet and IPv4 addresses. */
export const HEADER_LEN = 28

export const ARPHRD_ETHER = 1
/** Experimental Ethernet, IEEE 802 networks: Linux takes 1 and 6 on an Ethernet device. */
export const ARPHRD_IEEE802 = 6
export const ARPOP_REQUEST = 1
export const ARPOP_REPLY = 2
export const ARPOP_RREQUEST = 3
export const ARPOP_RREPLY = 4

const PROTOCOL_IPV4 = 0x0800

/** What emit() writes and parse() gives. MAC addresses are 48-bit numbers, protocol addresses int32. */
export type ArpFields = {
  operation: number
  senderMac: number
  senderIp: number
  targetMac: number
  targetIp: number
}

/**
 * The tests of Linux arp.c arp_rcv() and the first of arp_process(), for an Ethernet device: a whole header
 * (PKT_TOO_SMALL), address lengths 6 and 4, hardware type 1 or 6, protocol IPv4, operation request or reply
 * (ARP_INHDR; Linux gives no reason).
 */
export function check(view: DataView, at: number, end: number): number {
  if (end - at < HEADER_LEN) return DropReason.PKT_TOO_SMALL
  if (view.getUint16(at + 4) !== 0x0604) return DropReason.ARP_INHDR
  const hardware = view.getUint16(at)
  if (hardware !== ARPHRD_ETHER && hardware !== ARPHRD_IEEE802) return DropReason.ARP_INHDR
  if (view.getUint16(at + 2) !== PROTOCOL_IPV4) return DropReason.ARP_INHDR
  const op = view.getUint16(at + 6)
  return op === ARPOP_REQUEST || op === ARPOP_REPLY ? 0 : DropReason.ARP_INHDR
}

export function hardwareType(view: DataView, at: number): number {
  return view.getUint16(at)
}

export function protocolType(view: DataView, at: number): number {
  return view.getUint16(at + 2)
}

export function operation(view: DataView, at: number): number {
  return view.getUint16(at + 6)
}

export function setOperation(view: DataView, at: number, value: number): void {
  view.setUint16(at + 6, value)
}

export function senderMacHi(view: DataView, at: number): number {
  return view.getUint16(at + 8)
}

export function senderMacLo(view: DataView, at: number): number {
  return view.getInt32(at + 10)
}

export function senderIp(view: DataView, at: number): number {
  return view.getInt32(at + 14)
}

export function targetMacHi(view: DataView, at: number): number {
  return view.getUint16(at + 18)
}

export function targetMacLo(view: DataView, at: number): number {
  return view.getInt32(at + 20)
}

export function targetIp(view: DataView, at: number): number {
  return view.getInt32(at + 24)
}

/** Whether sender and target protocol address are the same: an announcement (RFC 5227 §3). */
export function isGratuitous(view: DataView, at: number): boolean {
  return view.getInt32(at + 14) === view.getInt32(at + 24)
}

/** Writes a message from integers and returns its length. The form for the packet path. */
export function write(
  view: DataView, at: number, operation: number, senderMacHi: number, senderMacLo: number, senderIp: number,
  targetMacHi: number, targetMacLo: number, targetIp: number,
): number {
  view.setUint16(at, ARPHRD_ETHER)
  view.setUint16(at + 2, PROTOCOL_IPV4)
  view.setUint16(at + 4, 0x0604)
  view.setUint16(at + 6, operation)
  view.setUint16(at + 8, senderMacHi)
  view.setInt32(at + 10, senderMacLo)
  view.setInt32(at + 14, senderIp)
  view.setUint16(at + 18, targetMacHi)
  view.setInt32(at + 20, targetMacLo)
  view.setInt32(at + 24, targetIp)
  return HEADER_LEN
}

/** Writes a message and returns its length. */
export function emit(view: DataView, at: number, fields: ArpFields): number {
  return write(
    view, at, fields.operation,
    Math.floor(fields.senderMac / 4294967296), fields.senderMac | 0, fields.senderIp,
    Math.floor(fields.targetMac / 4294967296), fields.targetMac | 0, fields.targetIp,
  )
}

/** The fields as an object; check() must have passed. */
export function parse(view: DataView, at: number): ArpFields {
  return new Message(
    operation(view, at),
    view.getUint16(at + 8) * 4294967296 + view.getUint32(at + 10),
    view.getInt32(at + 14),
    view.getUint16(at + 18) * 4294967296 + view.getUint32(at + 20),
    view.getInt32(at + 24),
  )
}

class Message implements ArpFields {
  operation: number
  senderMac: number
  senderIp: number
  targetMac: number
  targetIp: number
  constructor(operation: number, senderMac: number, senderIp: number, targetMac: number, targetIp: number) {
    this.operation = operation
    this.senderMac = senderMac
    this.senderIp = senderIp
    this.targetMac = targetMac
    this.targetIp = targetIp
  }
}
