import {
  ECONNREFUSED, EHOSTDOWN, EHOSTUNREACH, EMSGSIZE, ENETUNREACH, ENONET, ENOPROTOOPT, EOPNOTSUPP, EPROTO,
} from '../base/errno.ts'
import type { Frame } from '../device/frame.ts'
import * as icmpv4 from '../wire/icmpv4.ts'
import * as ipv4 from '../wire/ipv4.ts'

/** Where an error came from (Linux include/uapi/linux/errqueue.h). */
export const SO_EE_ORIGIN_LOCAL = 1
export const SO_EE_ORIGIN_ICMP = 2

/** What recvmsg(MSG_ERRQUEUE) gives (struct sock_extended_err and its message). Addresses are int32. */
export interface SocketError {
  readonly errno: number
  readonly origin: number
  readonly type: number
  readonly code: number
  /** The MTU, for EMSGSIZE; else the ICMP message's third word. */
  readonly info: number
  /** Who sent the ICMP error (SO_EE_OFFENDER); 0 for a local error. */
  readonly offender: number
  /** TTL with which the ICMP error came (IP_RECVTTL); 0 for a local error. */
  readonly ttl: number
  /** Where the packet was going. */
  readonly destination: number
  readonly port: number
  /** The packet's payload as far as it was quoted: behind UDP's header; of a raw socket, behind IPv4's. */
  readonly payload: Uint8Array
  readonly timeNs: number
}

/** Errors that may wait on one socket; later ones are lost, as when sk_rcvbuf is full. */
export const ERROR_QUEUE_LIMIT = 256

const NO_BYTES = new Uint8Array(0)

/** An error of this node's own making: the packet was too large (ip_local_error). */
export function localError(errno: number, destination: number, port: number, info: number,
  timeNs: number): SocketError {
  return {
    errno, origin: SO_EE_ORIGIN_LOCAL, type: 0, code: 0, info, offender: 0, ttl: 0, destination, port, payload: NO_BYTES,
    timeNs,
  }
}

/**
 * The queue's entry for an ICMP error (ip_icmp_error). frame: as handed to ProtocolHandler.error, the quoted header at
 * `networkAt`; cb0 is the distance of the outer header from the slot's base. payloadAt: where the payload begins.
 */
export function icmpError(frame: Frame, errno: number, type: number, code: number, info: number, port: number,
  payloadAt: number, timeNs: number): SocketError {
  const view = frame.view
  const outer = frame.base + frame.cb0
  return {
    errno, origin: SO_EE_ORIGIN_ICMP, type, code, info, offender: ipv4.source(view, outer), ttl: ipv4.ttl(view, outer),
    destination: ipv4.destination(view, frame.networkAt), port,
    payload: frame.bytes.slice(Math.min(payloadAt, frame.end), frame.end), timeNs,
  }
}

/** An ICMP error as an errno; `fatal` when even a connected socket without IP_RECVERR hears of it. */
export interface ConvertedError {
  readonly errno: number
  readonly fatal: boolean
}

/** Destination unreachable by code (Linux net/ipv4/icmp.c icmp_err_convert). */
const UNREACHABLE: readonly ConvertedError[] = [
  { errno: ENETUNREACH, fatal: false },
  { errno: EHOSTUNREACH, fatal: false },
  { errno: ENOPROTOOPT, fatal: true },
  { errno: ECONNREFUSED, fatal: true },
  { errno: EMSGSIZE, fatal: false },
  { errno: EOPNOTSUPP, fatal: false },
  { errno: ENETUNREACH, fatal: true },
  { errno: EHOSTDOWN, fatal: true },
  { errno: ENONET, fatal: true },
  { errno: ENETUNREACH, fatal: true },
  { errno: EHOSTUNREACH, fatal: true },
  { errno: ENETUNREACH, fatal: false },
  { errno: EHOSTUNREACH, fatal: false },
  { errno: EHOSTUNREACH, fatal: true },
  { errno: EHOSTUNREACH, fatal: true },
  { errno: EHOSTUNREACH, fatal: true },
]
const PARAMETER: ConvertedError = { errno: EPROTO, fatal: true }
const OTHER: ConvertedError = { errno: EHOSTUNREACH, fatal: false }
const TOO_BIG: ConvertedError = { errno: EMSGSIZE, fatal: true }

/**
 * What an ICMP error means to a socket; null for those that it does not hear of (udp_err, raw_err, ping_err).
 * pmtuDiscovery: whether the socket wants to hear of fragmentation needed (IP_MTU_DISCOVER other than DONT).
 */
export function convertIcmp(type: number, code: number, pmtuDiscovery: boolean): ConvertedError | null {
  if (type === icmpv4.ICMP_SOURCE_QUENCH || type === icmpv4.ICMP_REDIRECT) return null
  if (type === icmpv4.ICMP_PARAMETERPROB) return PARAMETER
  if (type !== icmpv4.ICMP_DEST_UNREACH) return OTHER
  if (code === icmpv4.ICMP_FRAG_NEEDED) return pmtuDiscovery ? TOO_BIG : null
  return UNREACHABLE[code] ?? OTHER
}
