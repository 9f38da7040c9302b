import type { Nanoseconds } from '../../engine/clock.ts'

/** How many destinations a nexthop keeps exceptions of; the oldest gives way (fnhe_hash: 2048 chains of 5). */
export const MAX_EXCEPTIONS = 10240

/** What is different for one destination (struct fib_nh_exception). */
export interface RouteException {
  readonly destination: number
  /** Gateway of a redirect, or 0. */
  gateway: number
  /** Path MTU, or 0. */
  mtu: number
  /** The MTU told was below min_pmtu: it is not to be believed, so DF is not set any more. */
  mtuLocked: boolean
  expiresNs: Nanoseconds
}

/** The exceptions of a nexthop, by destination, oldest first. */
export class ExceptionTable {
  private readonly entries = new Map<number, RouteException>()

  /** The exception of a destination that has not expired, or null (find_exception). */
  find(destination: number, nowNs: Nanoseconds): RouteException | null {
    const exception = this.entries.get(destination)
    if (exception === undefined) return null
    if (nowNs > exception.expiresNs) {
      this.entries.delete(destination)
      return null
    }
    return exception
  }

  /** Notes a gateway (or 0) and a path MTU (or 0) for a destination (update_or_create_fnhe). */
  update(destination: number, gateway: number, mtu: number, mtuLocked: boolean, expiresNs: Nanoseconds): void {
    const exception = this.entries.get(destination)
    if (exception !== undefined) {
      if (gateway !== 0) exception.gateway = gateway
      if (mtu !== 0) {
        exception.mtu = mtu
        exception.mtuLocked = mtuLocked
      }
      exception.expiresNs = expiresNs
      return
    }
    if (this.entries.size >= MAX_EXCEPTIONS) {
      for (const oldest of this.entries.keys()) {
        this.entries.delete(oldest)
        break
      }
    }
    this.entries.set(destination, { destination, gateway, mtu, mtuLocked, expiresNs })
  }

  /** Those that have not expired, for `ip route show cache`, by address. */
  list(nowNs: Nanoseconds): RouteException[] {
    return [...this.entries.values()]
      .filter((exception) => nowNs <= exception.expiresNs)
      .sort((a, b) => (a.destination >>> 0) - (b.destination >>> 0))
  }

  /** Scales the learned MTUs when the device's changes (fib_nhc_update_mtu). */
  updateDeviceMtu(newMtu: number, oldMtu: number): void {
    for (const exception of this.entries.values()) {
      if (exception.mtuLocked) {
        if (newMtu <= exception.mtu) {
          exception.mtu = newMtu
          exception.mtuLocked = false
        }
      } else if (newMtu < exception.mtu || oldMtu === exception.mtu) {
        exception.mtu = newMtu
      }
    }
  }
}
