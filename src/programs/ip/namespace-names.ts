import type { NetNamespace } from '../../inet/net-namespace.ts'
import { type NamespaceMessage, NLM_F_DUMP, RTM_GETNSID, RTM_NEWNSID } from '../../netlink/messages.ts'
import { Failure } from './arguments.ts'
import { type Context, refusal } from './context.ts'

/*
 * The names of /run/netns, and the numbers under which a netlink socket's namespace knows them (ipnetns.c's nsid map):
 * `link-netns blue` where a link's other end lies in a namespace with a name, `link-netnsid 0` where it has none.
 */

/** The names, the newest first: the order in which a tmpfs lists them. */
export function namespaceNames(context: Context): string[] {
  return context.process.host.namespaces.keys().filter((name) => name !== '').reverse()
}

/** The number of a namespace, or -1. */
export function numberOf(context: Context, netns: NetNamespace): number {
  const [answer] = context.netlink.request({ type: RTM_GETNSID, netns }).messages
  return answer?.type === RTM_NEWNSID ? answer.nsid ?? -1 : -1
}

/** The name of the namespace with this number, or null. */
export function nameOfNumber(context: Context, nsid: number): string | null {
  if (nsid < 0) return null
  for (const name of namespaceNames(context)) {
    const namespace = context.process.host.namespaces.get(name)
    if (namespace !== undefined && numberOf(context, namespace.ns) === nsid) return name
  }
  return null
}

/** All numbers, by number; target: those that another namespace gives. */
export function dumpNumbers(context: Context, targetNsid: number | undefined): NamespaceMessage[] {
  const reply = context.netlink.request({ type: RTM_GETNSID, nlFlags: NLM_F_DUMP, targetNsid })
  if (reply.error !== 0) throw new Failure(`${refusal(reply)}Dump terminated\n`, 1)
  return reply.messages.filter((message): message is NamespaceMessage => message.type === RTM_NEWNSID)
}
