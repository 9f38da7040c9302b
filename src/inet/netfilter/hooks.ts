// Hot path.
import type { Frame } from '../../device/frame.ts'
import type { NetDevice } from '../../device/net-device.ts'

/** What a hook decides (Linux include/uapi/linux/netfilter.h). A DropReason goes with NF_DROP by `Hooks.reason`. */
export const NF_DROP = 0
export const NF_ACCEPT = 1
/** The hook owns the frame now. */
export const NF_STOLEN = 2

export type HookPoint = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'

/** A function at a hook point. It may rewrite the frame (after pool.writable) but owns it only if it says NF_STOLEN. */
export interface Hook {
  /** Lower runs earlier (NF_IP_PRI_*). */
  readonly priority: number
  run(frame: Frame, input: NetDevice | null, output: NetDevice | null): number
}

/**
 * The five points of a packet's way through IPv4 where rules can be put (Linux net/netfilter/core.c). A point without
 * hooks is null, so that the common case costs one test.
 *
 *     ip_rcv -> prerouting -> route -> input -> socket
 *                               |
 *                               +---> forward -----+
 *                                                  v
 *     socket -> route -> output ------------> postrouting -> neighbour
 */
export class Hooks {
  prerouting: Hook[] | null = null
  input: Hook[] | null = null
  forward: Hook[] | null = null
  output: Hook[] | null = null
  postrouting: Hook[] | null = null

  /** Adds a hook behind those of the same or a lower priority. Cold. */
  register(point: HookPoint, hook: Hook): void {
    const hooks = this[point] ?? []
    let at = hooks.length
    while (at > 0 && hooks[at - 1].priority > hook.priority) at--
    hooks.splice(at, 0, hook)
    this[point] = hooks
  }

  unregister(point: HookPoint, hook: Hook): void {
    const hooks = this[point]
    if (hooks === null) return
    const at = hooks.indexOf(hook)
    if (at >= 0) hooks.splice(at, 1)
    if (hooks.length === 0) this[point] = null
  }
}

/** Runs hooks in order until one does not accept; returns the last verdict (nf_hook_slow). */
export function runHooks(hooks: Hook[], frame: Frame, input: NetDevice | null, output: NetDevice | null): number {
  for (let i = 0; i < hooks.length; i++) {
    const verdict = hooks[i].run(frame, input, output)
    if (verdict !== NF_ACCEPT) return verdict
  }
  return NF_ACCEPT
}
