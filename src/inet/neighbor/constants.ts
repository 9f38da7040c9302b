/** Neighbour states (Linux include/uapi/linux/neighbour.h). */
export const NUD_NONE = 0x00
export const NUD_INCOMPLETE = 0x01
export const NUD_REACHABLE = 0x02
export const NUD_STALE = 0x04
export const NUD_DELAY = 0x08
export const NUD_PROBE = 0x10
export const NUD_FAILED = 0x20
export const NUD_NOARP = 0x40
export const NUD_PERMANENT = 0x80

/** States in which the entry's timer runs (Linux include/net/neighbour.h). */
export const NUD_IN_TIMER = NUD_INCOMPLETE | NUD_REACHABLE | NUD_DELAY | NUD_PROBE
/** States with a hardware address that packets are sent to. */
export const NUD_VALID = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY
/** States in which the hardware address is not in doubt: nothing to be done when a packet is sent. */
export const NUD_CONNECTED = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE

/** Flags of an entry (NTF_*; from 0x100 on those that netlink carries as NTF_EXT_*, shifted by 8). */
export const NTF_USE = 0x01
export const NTF_PROXY = 0x08
export const NTF_EXT_LEARNED = 0x10
export const NTF_STICKY = 0x40
export const NTF_ROUTER = 0x80
export const NTF_MANAGED = 0x100
export const NTF_EXT_VALIDATED = 0x400

/** Flags of NeighborTable.update() (Linux NEIGH_UPDATE_F_*). */
export const UPDATE_OVERRIDE = 0x00000001
export const UPDATE_WEAK_OVERRIDE = 0x00000002
export const UPDATE_OVERRIDE_ISROUTER = 0x00000004
export const UPDATE_USE = 0x10000000
export const UPDATE_MANAGED = 0x20000000
export const UPDATE_EXT_LEARNED = 0x40000000
export const UPDATE_ISROUTER = 0x08000000
export const UPDATE_EXT_VALIDATED = 0x04000000
export const UPDATE_ADMIN = 0x80000000 | 0

const STATE_NAMES: readonly (readonly [number, string])[] = [
  [NUD_INCOMPLETE, 'INCOMPLETE'], [NUD_REACHABLE, 'REACHABLE'], [NUD_STALE, 'STALE'], [NUD_DELAY, 'DELAY'],
  [NUD_PROBE, 'PROBE'], [NUD_FAILED, 'FAILED'], [NUD_NOARP, 'NOARP'], [NUD_PERMANENT, 'PERMANENT'],
]

/** The name of a state as `ip neigh` prints it: "REACHABLE"; "NONE" for 0. */
export function stateName(state: number): string {
  for (const [bit, name] of STATE_NAMES) if (state === bit) return name
  return state === NUD_NONE ? 'NONE' : `0x${state.toString(16)}`
}
