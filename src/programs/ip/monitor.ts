import { ENOENT, ENOBUFS, strerror } from '../../base/errno.ts'
import { CAPTURE_EPOCH_SECONDS } from '../../capture/capture-file.ts'
import {
  AF_BRIDGE, AF_INET, AF_UNSPEC, type NetconfMessage, NETCONFA_IFINDEX_ALL, NETCONFA_IFINDEX_DEFAULT,
  type NamespaceMessage, type NetlinkMessage, RTM_DELADDR, RTM_DELLINK, RTM_DELNEIGH, RTM_DELNETCONF, RTM_DELNEXTHOP,
  RTM_DELNSID, RTM_DELROUTE, RTM_DELRULE, RTM_GETNEIGH, RTM_NEWADDR, RTM_NEWLINK, RTM_NEWNEIGH, RTM_NEWNETCONF,
  RTM_NEWNEXTHOP, RTM_NEWNSID, RTM_NEWROUTE, RTM_NEWRULE, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_NETCONF,
  RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_NEXTHOP, RTNLGRP_NSID,
} from '../../netlink/messages.ts'
import { notModelled } from '../not-modelled.ts'
import { printAddress } from './address-print.ts'
import { type Arguments, EXIT_USAGE, Failure, invalidArgument, matches } from './arguments.ts'
import { Context } from './context.ts'
import { EventQueue } from './event-queue.ts'
import { printLink } from './link-print.ts'
import { nameOfNumber } from './namespace-names.ts'
import { printNeighbor } from './neighbor.ts'
import { printNumber } from './netns.ts'
import { printNexthop } from './nexthop-print.ts'
import { usage } from './object.ts'
import { anyRoute } from './route-filter.ts'
import { printRoute } from './route-print.ts'
import { printRule } from './rule.ts'
import { MONITOR_USAGE } from './usage.ts'

/** Objects by the beginning of their word, in the order of comparison; of IPv4: only shown without a family or -4. */
const OBJECTS: readonly { readonly word: string, readonly group: number, readonly ipv4: boolean }[] = [
  { word: 'link', group: RTNLGRP_LINK, ipv4: false }, { word: 'address', group: RTNLGRP_IPV4_IFADDR, ipv4: true },
  { word: 'route', group: RTNLGRP_IPV4_ROUTE, ipv4: true }, { word: 'mroute', group: 0, ipv4: true },
  { word: 'prefix', group: 0, ipv4: false }, { word: 'neighbor', group: RTNLGRP_NEIGH, ipv4: false },
  { word: 'neighbour', group: RTNLGRP_NEIGH, ipv4: false },
  { word: 'netconf', group: RTNLGRP_IPV4_NETCONF, ipv4: true }, { word: 'rule', group: RTNLGRP_IPV4_RULE, ipv4: true },
  { word: 'nsid', group: RTNLGRP_NSID, ipv4: false }, { word: 'nexthop', group: RTNLGRP_NEXTHOP, ipv4: false },
  { word: 'stats', group: 0, ipv4: false },
]

interface Selection {
  readonly groups: Set<number>
  labels: boolean
  index: number
}

function parseSelection(context: Context, args: Arguments): Selection {
  const selection: Selection = { groups: new Set(), labels: false, index: 0 }
  const { family } = context.options
  const allowed = OBJECTS.filter(({ ipv4 }) => !ipv4 || family === AF_UNSPEC || family === AF_INET)
  let chosen = false
  for (; !args.done; args.advance()) {
    const { word } = args
    const object = OBJECTS.find((one) => matches(word, one.word))
    if (matches(word, 'file')) refuseFile(context, args.next())
    else if (matches(word, 'label')) selection.labels = true
    else if (object !== undefined) {
      chosen = true
      if (allowed.includes(object)) selection.groups.add(object.group)
    } else if (word === 'all') selection.labels = true
    else if (matches(word, 'all-nsid')) throw new Failure(notModelled('ip monitor', 'all-nsid'), EXIT_USAGE)
    else if (matches(word, 'help')) usage(MONITOR_USAGE)
    else if (word === 'dev') {
      selection.index = context.indexOf(args.next())
      if (selection.index === 0) throw invalidArgument('Device does not exist\n', args.word)
    } else throw new Failure(`Argument "${word}" is unknown, try "ip monitor help".\n`, EXIT_USAGE)
  }
  if (!chosen) for (const { group } of allowed) selection.groups.add(group)
  return selection
}

/** Recordings of netlink (rtmon's files) cannot be read here. */
function refuseFile(context: Context, path: string): never {
  if (typeof context.process.readFile(path) === 'number') {
    throw new Failure(`Cannot fopen: ${strerror(ENOENT)}\n`, EXIT_USAGE)
  }
  throw new Failure(notModelled('ip monitor', 'file'), EXIT_USAGE)
}

/** `ip monitor`: what netlink tells of, until a signal. */
export async function runMonitor(outer: Context, args: Arguments): Promise<number> {
  const selection = parseSelection(outer, args)
  // Only text: -json has no effect on it.
  const context = new Context(outer.process, outer.netlink, { ...outer.options, json: false }, outer.statuses)
  const monitor = new Monitor(context, selection)
  rememberLinks(context)
  return monitorNotifications(context, selection.groups, (message) => monitor.tell(message))
}

/** What is up and down is what was heard last: all links now, then each notification (ll_init_map). */
export function rememberLinks(context: Context): void {
  for (const { index } of context.netlink.ns.devices.map(({ ifindex }) => ({ index: ifindex }))) context.linkOf(index)
}

/** Hands on each notification of the groups, as it comes; ends by a signal. */
export async function monitorNotifications(context: Context, groups: ReadonlySet<number>,
  tell: (message: NetlinkMessage) => void): Promise<number> {
  const { process, netlink } = context
  const queue = new EventQueue<NetlinkMessage>('netlink')
  const listener = (group: number, message: NetlinkMessage): void => {
    if (groups.has(group)) queue.push(message)
  }
  netlink.subscribe(listener)
  process.onClose(() => netlink.unsubscribe(listener))
  for (;;) {
    await process.waitReadable(queue)
    for (let message = queue.shift(); message !== undefined; message = queue.shift()) tell(message)
    context.flush()
    if (!queue.overrun) continue
    queue.overrun = false
    process.stderr.write(`netlink receive error ${strerror(ENOBUFS)} (${ENOBUFS})\n`)
  }
}

class Monitor {
  /** Names of numbers, kept for the message that takes the number away. */
  private readonly names = new Map<number, string | null>()

  constructor(private readonly context: Context, private readonly selection: Selection) {}

  /** accept_msg. */
  tell(message: NetlinkMessage): void {
    const { context, selection } = this
    const { index } = selection
    const route = { ...anyRoute('both'), oif: index === 0 ? null : index }
    switch (message.type) {
      case RTM_NEWLINK: case RTM_DELLINK:
        if (message.family !== AF_BRIDGE) context.remember(message)
        if (index !== 0 && message.index !== index) return
        this.head('LINK')
        printLink(context, message, { forLink: false, hardware: true, monitor: true })
        return
      case RTM_NEWADDR: case RTM_DELADDR:
        if (index !== 0 && message.index !== index) return
        this.head('ADDR')
        printAddress(context, message, true)
        return
      case RTM_NEWROUTE: case RTM_DELROUTE:
        if (index !== 0 && message.oif !== index) return
        this.head('ROUTE')
        printRoute(context, message, route)
        return
      case RTM_NEWRULE: case RTM_DELRULE:
        this.head('RULE')
        printRule(context, message)
        return
      case RTM_NEWNEIGH: case RTM_DELNEIGH: case RTM_GETNEIGH:
        if (message.family === AF_BRIDGE || (index !== 0 && message.index !== index)) return
        if (context.options.family !== AF_UNSPEC && message.family !== context.options.family) return
        this.head('NEIGH')
        printNeighbor(context, message, index !== 0)
        return
      case RTM_NEWNETCONF: case RTM_DELNETCONF:
        if (index !== 0 && message.index !== index) return
        this.head('NETCONF')
        printNetconf(context, message)
        return
      case RTM_NEWNEXTHOP: case RTM_DELNEXTHOP:
        this.head('NEXTHOP')
        printNexthop(context, message)
        return
      case RTM_NEWNSID: case RTM_DELNSID:
        this.head('NSID')
        this.printNamespace(message)
        return
      default:
    }
  }

  private printNamespace(message: NamespaceMessage): void {
    const { context, names } = this
    const nsid = message.nsid ?? -1
    if (message.type === RTM_DELNSID) context.printer.text('Deleted ')
    else names.set(nsid, nameOfNumber(context, nsid))
    printNumber(context, message, names.get(nsid) ?? null)
    if (message.type === RTM_DELNSID) names.delete(nsid)
  }

  /** print_headers. */
  private head(label: string): void {
    printTimestamp(this.context)
    if (this.selection.labels) this.context.printer.text(`[${label}]`)
  }
}

/** print_timestamp: the virtual clock began at CAPTURE_EPOCH_SECONDS. */
export function printTimestamp({ options, process, printer }: Context): void {
  if (options.timestamp === '') return
  const us = Math.floor(process.nowNs / 1000)
  const date = new Date((CAPTURE_EPOCH_SECONDS + Math.floor(us / 1e6)) * 1000)
  if (options.timestamp === 'short') {
    printer.text(`[${date.toISOString().slice(0, 19)}.${String(us % 1e6).padStart(6, '0')}] `)
    return
  }
  const [day, month] = [DAYS[date.getUTCDay()], MONTHS[date.getUTCMonth()]]
  const time = date.toISOString().slice(11, 19)
  printer.text(`Timestamp: ${day} ${month} ${String(date.getUTCDate()).padStart(2)} ${time} ${date.getUTCFullYear()} ` +
    `${us % 1e6} usec\n`)
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** print_netconf. */
function printNetconf(context: Context, message: NetconfMessage): void {
  const { printer } = context
  if (message.type === RTM_DELNETCONF) printer.text('Deleted ')
  printer.text('inet ')
  if (message.index === NETCONFA_IFINDEX_ALL) printer.text('all ')
  else if (message.index === NETCONFA_IFINDEX_DEFAULT) printer.text('default ')
  else printer.coloredText('name', `${context.nameOf(message.index)} `)
  const onOff = (word: string, value: number | undefined): void => {
    if (value !== undefined) printer.text(`${word} ${value !== 0 ? 'on' : 'off'} `)
  }
  onOff('forwarding', message.forwarding)
  if (message.rpFilter !== undefined) {
    printer.text(`rp_filter ${message.rpFilter === 0 ? 'off' : message.rpFilter === 1 ? 'strict' : 'loose'} `)
  }
  onOff('mc_forwarding', message.mcForwarding)
  onOff('proxy_neigh', message.proxyNeigh)
  onOff('ignore_routes_with_linkdown', message.ignoreRoutesWithLinkdown)
  printer.text('\n')
}
