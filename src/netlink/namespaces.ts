import { EINVAL, ENOENT, EOPNOTSUPP } from '../base/errno.ts'
import {
  assignNamespaceId, namespaceId, namespaceIdsOf,
} from '../inet/namespace-ids.ts'
import type { NetNamespace } from '../inet/net-namespace.ts'
import type { Answer } from './answer.ts'
import {
  type NamespaceMessage, type NetlinkMessage, NLM_F_DUMP, RTM_DELNSID, RTM_GETNSID, RTM_NEWNSID, RTNLGRP_NSID,
} from './messages.ts'

/** RTM_*NSID: the numbers under which a namespace knows others (net/core/net_namespace.c). */
export class Namespaces {
  constructor(private readonly ns: NetNamespace) {}

  watch(tell: (group: number, message: NetlinkMessage) => void): void {
    namespaceIdsOf(this.ns).listeners.push((nsid, _peer, event) => {
      tell(RTNLGRP_NSID, { type: event === 'new' ? RTM_NEWNSID : RTM_DELNSID, nsid })
    })
  }

  request(message: NamespaceMessage, answer: Answer): number {
    if (message.type === RTM_NEWNSID) return this.assign(message, answer)
    if (message.type !== RTM_GETNSID) return -EOPNOTSUPP
    return ((message.nlFlags ?? 0) & NLM_F_DUMP) !== 0 ? this.dump(message, answer) : this.get(message, answer)
  }

  /** rtnl_net_newid. */
  private assign(message: NamespaceMessage, answer: Answer): number {
    if (message.nsid === undefined) return refuse(answer, 'nsid is missing', EINVAL)
    if (message.netns === undefined) return refuse(answer, 'Peer netns reference is missing', EINVAL)
    return assignNamespaceId(this.ns, message.netns, message.nsid, answer)
  }

  /** rtnl_net_getid. */
  private get(message: NamespaceMessage, answer: Answer): number {
    const peer = message.netns ?? this.ns.ids?.byId.get(message.nsid ?? -1)
    if (peer === undefined) return refuse(answer, 'Peer netns reference is invalid', ENOENT)
    if (message.targetNsid === undefined) {
      answer.messages.push({ type: RTM_NEWNSID, nsid: namespaceId(this.ns, peer) })
      return 0
    }
    const target = this.ns.ids?.byId.get(message.targetNsid)
    if (target === undefined) return refuse(answer, 'Target netns reference is invalid', EINVAL)
    answer.messages.push({
      type: RTM_NEWNSID, nsid: namespaceId(target, peer), currentNsid: namespaceId(this.ns, peer),
    })
    return 0
  }

  /** rtnl_net_dumpid: by number. */
  private dump(message: NamespaceMessage, answer: Answer): number {
    const target = message.targetNsid === undefined ? this.ns : this.ns.ids?.byId.get(message.targetNsid)
    if (target === undefined) return refuse(answer, 'Invalid target network namespace id', EINVAL)
    for (const [nsid, peer] of [...(target.ids?.byId ?? [])].sort((a, b) => a[0] - b[0])) {
      const currentNsid = target === this.ns ? undefined : namespaceId(this.ns, peer)
      answer.messages.push({ type: RTM_NEWNSID, nsid, currentNsid })
    }
    return 0
  }
}

function refuse(answer: Answer, text: string, error: number): number {
  answer.text = text
  return -error
}
