import { ENOENT, strerror } from '../base/errno.ts'
import {
  AF_BRIDGE, type LinkMessage, type NeighborMessage, type NetlinkMessage, RTM_DELLINK, RTM_DELNEIGH, RTM_NEWLINK,
  RTM_NEWNEIGH, RTNLGRP_LINK, RTNLGRP_NEIGH,
} from '../netlink/messages.ts'
import { type Arguments, EXIT_USAGE, Failure, matches } from './ip/arguments.ts'
import type { Context } from './ip/context.ts'
import { monitorNotifications, printTimestamp, rememberLinks } from './ip/monitor.ts'
import { usage } from './ip/object.ts'
import { BRIDGE_MONITOR_USAGE } from './ip/usage.ts'
import { notModelled } from './not-modelled.ts'

/** Objects by the beginning of their word; mdb, vlan and vni are never told of here. */
const OBJECTS: readonly (readonly [string, number])[] = [
  ['link', RTNLGRP_LINK], ['fdb', RTNLGRP_NEIGH], ['mdb', 0], ['vlan', 0], ['vni', 0],
]

/** How the two kinds of messages are printed. */
export interface BridgePrinters {
  readonly link: (message: LinkMessage) => void
  readonly entry: (message: NeighborMessage) => void
}

/** `bridge monitor`: what netlink tells of links and of forwarding databases, until a signal. */
export function runBridgeMonitor(context: Context, args: Arguments, print: BridgePrinters): Promise<number> {
  const groups = new Set<number>()
  let labels = false
  for (; !args.done; args.advance()) {
    const { word } = args
    const object = OBJECTS.find(([name]) => matches(word, name))
    if (matches(word, 'file')) refuseFile(context, args.next())
    else if (object !== undefined) groups.add(object[1])
    else if (word === 'all') labels = true
    else if (matches(word, 'help')) usage(BRIDGE_MONITOR_USAGE)
    else throw new Failure(`Argument "${word}" is unknown, try "bridge monitor help".\n`, EXIT_USAGE)
  }
  if (groups.size === 0) for (const [, group] of OBJECTS) groups.add(group)
  rememberLinks(context)
  const head = (label: string): void => {
    printTimestamp(context)
    if (labels) context.printer.text(`[${label}]`)
  }
  return monitorNotifications(context, groups, (message: NetlinkMessage) => {
    if (message.type === RTM_NEWLINK || message.type === RTM_DELLINK) {
      head('LINK')
      if (message.type === RTM_DELLINK) context.printer.text('Deleted ')
      print.link(message)
    } else if ((message.type === RTM_NEWNEIGH || message.type === RTM_DELNEIGH) && message.family === AF_BRIDGE) {
      head('NEIGH')
      if (message.type === RTM_DELNEIGH) context.printer.text('Deleted ')
      print.entry(message)
    }
  })
}

function refuseFile(context: Context, path: string): never {
  if (typeof context.process.readFile(path) === 'number') {
    throw new Failure(`Cannot fopen: ${strerror(ENOENT)}\n`, EXIT_USAGE)
  }
  throw new Failure(notModelled('bridge monitor', 'file'), EXIT_USAGE)
}
