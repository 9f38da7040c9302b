import type { NetNamespace } from '../inet/net-namespace.ts'

/** A network namespace of a host with what lies on it. */
export interface HostNamespace {
  /** '' for the initial one, else the name `ip netns` shows. */
  readonly name: string
  readonly ns: NetNamespace
}
