import { EEXIST, ENOSPC } from '../base/errno.ts'
import type { NamespaceIds, NetNamespace } from './net-namespace.ts'

/*
 * The numbers under which a namespace knows others (net/core/net_namespace.c): `link-netnsid 0` of a veth whose other
 * end lies elsewhere. A number is given when it is first needed, the lowest free one, or by `ip netns set`.
 */

/** Numbers that one namespace may give. */
const ID_LIMIT = 0x7fffffff

export function namespaceIdsOf(ns: NetNamespace): NamespaceIds {
  if (ns.ids === null) ns.ids = { byId: new Map(), listeners: [] }
  return ns.ids
}

/** The number under which `ns` knows `peer`, or -1 (peernet2id). */
export function namespaceId(ns: NetNamespace, peer: NetNamespace): number {
  for (const [id, other] of ns.ids?.byId ?? NO_IDS) if (other === peer) return id
  return -1
}

/** The same, giving a number if there is none (peernet2id_alloc). */
export function allocateNamespaceId(ns: NetNamespace, peer: NetNamespace): number {
  const known = namespaceId(ns, peer)
  if (known >= 0) return known
  const { byId } = namespaceIdsOf(ns)
  let id = 0
  while (byId.has(id)) id++
  return enter(ns, peer, id)
}

/** Gives a number that was asked for, -1 for any: 0, -EEXIST with the kernel's sentence (rtnl_net_newid). */
export function assignNamespaceId(ns: NetNamespace, peer: NetNamespace, id: number, answer: { text: string }): number {
  if (namespaceId(ns, peer) >= 0) {
    answer.text = 'Peer netns already has a nsid assigned'
    return -EEXIST
  }
  if (id < 0) {
    allocateNamespaceId(ns, peer)
    return 0
  }
  if (id >= ID_LIMIT) return -ENOSPC
  if (namespaceIdsOf(ns).byId.has(id)) {
    answer.text = 'The specified nsid is already used'
    return -EEXIST
  }
  enter(ns, peer, id)
  return 0
}

/** Forgets the numbers of a namespace that is no more (unhash_nsid). */
export function forgetNamespace(ns: NetNamespace, gone: NetNamespace): void {
  const id = namespaceId(ns, gone)
  if (id < 0 || ns.ids === null) return
  ns.ids.byId.delete(id)
  for (const listener of [...ns.ids.listeners]) listener(id, gone, 'delete')
}

function enter(ns: NetNamespace, peer: NetNamespace, id: number): number {
  const ids = namespaceIdsOf(ns)
  ids.byId.set(id, peer)
  for (const listener of [...ids.listeners]) listener(id, peer, 'new')
  return id
}

const NO_IDS: ReadonlyMap<number, NetNamespace> = new Map()
