import { type Nanoseconds, NS_PER_MS, NS_PER_S } from '../../engine/clock.ts'
import type { NetNamespace } from '../net-namespace.ts'

/** At most this many peers are remembered (Linux: inet_peer_threshold, about as many on a large machine). */
export const MAX_PEERS = 65536
/** Errors that may go out at once to a peer that had none for long (XRLIM_BURST_FACTOR). */
export const BURST_FACTOR = 6
/** A new peer has a full bucket. */
const LONG_AGO_NS = 60 * NS_PER_S

/** What a namespace remembers of a remote address, whatever the route to it (Linux: struct inet_peer). */
export class Peer {
  /** A token bucket of time: what was saved up by not sending errors. */
  tokensNs: Nanoseconds = 0
  lastNs: Nanoseconds
  /** Redirects that were sent to it and did not help. */
  redirects = 0
  /** Fragments received from it, for the distance between two. */
  rid = 0

  constructor(nowNs: Nanoseconds) {
    this.lastNs = nowNs - LONG_AGO_NS
  }
}

/**
 * The peers of a namespace, by address (net/ipv4/inetpeer.c), and the two limits that live there: of ICMP errors
 * (icmp_ratelimit, error_cost) and of redirects. Made at the first error; the oldest make room for the newest.
 */
export class PeerTable {
  private peers: Map<number, Peer> | null = null

  constructor(private readonly ns: NetNamespace) {}

  /** The peer of an address, made if it is new (inet_getpeer_v4). */
  get(address: number): Peer {
    if (this.peers === null) this.peers = new Map()
    let peer = this.peers.get(address)
    if (peer !== undefined) return peer
    if (this.peers.size >= MAX_PEERS) {
      for (const oldest of this.peers.keys()) {
        this.peers.delete(oldest)
        break
      }
    }
    peer = new Peer(this.ns.simulation.clock.ns[0])
    this.peers.set(address, peer)
    return peer
  }

  /** Whether an error may go to this peer now: one per `intervalNs`, up to 6 at once (inet_peer_xrlim_allow). */
  mayAnswer(address: number, intervalNs: Nanoseconds): boolean {
    const peer = this.get(address)
    const nowNs = this.ns.simulation.clock.ns[0]
    let tokensNs = peer.tokensNs
    // Not capped when no time has passed: so what mayReportNoRoute() has just granted goes out, whatever the interval.
    if (nowNs > peer.lastNs) {
      tokensNs = Math.min(tokensNs + (nowNs - peer.lastNs), BURST_FACTOR * intervalNs)
      peer.lastNs = nowNs
    }
    const may = tokensNs >= intervalNs
    peer.tokensNs = may ? tokensNs - intervalNs : tokensNs
    return may
  }

  /** The same for errors about packets without a route (ip_error): route.error_cost and error_burst. */
  mayReportNoRoute(address: number): boolean {
    const peer = this.get(address)
    const nowNs = this.ns.simulation.clock.ns[0]
    const burstNs = this.ns.conf.routeErrorBurstMs * NS_PER_MS
    const costNs = this.ns.conf.routeErrorCostMs * NS_PER_MS
    let tokensNs = peer.tokensNs + (nowNs - peer.lastNs)
    peer.lastNs = nowNs
    if (tokensNs > burstNs) tokensNs = burstNs
    const may = tokensNs >= costNs
    peer.tokensNs = may ? tokensNs - costNs : tokensNs
    return may
  }

  /**
   * Whether to send this peer one more redirect (ip_rt_send_redirect): the first at once, then after redirect_load
   * doubled with each, and after redirect_number none at all until it was silent for redirect_silence.
   */
  mayRedirect(address: number): boolean {
    const peer = this.get(address)
    const conf = this.ns.conf
    const nowNs = this.ns.simulation.clock.ns[0]
    if (nowNs > peer.lastNs + conf.routeRedirectSilenceMs * NS_PER_MS) {
      peer.tokensNs = 0
      peer.redirects = 0
    }
    if (peer.redirects >= conf.routeRedirectNumber) {
      peer.lastNs = nowNs
      return false
    }
    const waitNs = conf.routeRedirectLoadMs * NS_PER_MS * (1 << peer.redirects)
    if (peer.redirects !== 0 && nowNs <= peer.lastNs + waitNs) return false
    return true
  }

  /** Notes that mayRedirect() was followed. */
  redirected(address: number): void {
    const peer = this.get(address)
    peer.lastNs = this.ns.simulation.clock.ns[0]
    peer.redirects++
  }
}
