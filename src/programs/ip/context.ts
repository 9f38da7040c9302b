import { strerror } from '../../base/errno.ts'
import type { Process } from '../../host/process.ts'
import {
  AF_UNSPEC, type LinkMessage, type NetlinkMessage, type NetlinkReply, NLM_F_DUMP, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK,
  RTM_SETLINK,
} from '../../netlink/messages.ts'
import type { Netlink } from '../../netlink/netlink.ts'
import { formatIpv4 } from '../../wire/address.ts'
import { knownNameOf } from '../resolve.ts'
import { Failure, invalidArgument } from './arguments.ts'
import { paletteOf } from './colors.ts'
import type { Names } from './names.ts'
import { Printer } from './printer.ts'

/** The options before the object: `ip -4 -j route`. */
export interface GlobalOptions {
  family: number
  json: boolean
  pretty: boolean
  details: number
  stats: number
  brief: boolean
  oneline: boolean
  human: boolean
  iec: boolean
  /** -all: of `ip netns`. */
  all: boolean
  /** -Numeric: numbers instead of names. */
  numeric: boolean
  /** -resolve: names of /etc/hosts instead of addresses. */
  resolve: boolean
  /** -loops: rounds of a flush before it gives up; 0: it does not. */
  loops: number
  /** -timestamp and -tshort of `monitor`. */
  timestamp: '' | 'long' | 'short'
  /** -color: always, or with `auto` on a terminal. */
  color: boolean
}

/** No option given. */
export function defaultOptions(): GlobalOptions {
  return {
    family: AF_UNSPEC, json: false, pretty: false, details: 0, stats: 0, brief: false, oneline: false, human: false,
    iec: false, all: false, numeric: false, resolve: false, loops: 10, timestamp: '', color: false,
  }
}

/** Exit status of a program when the kernel refuses: ip 2, bridge 255 (its -1). */
export interface Statuses {
  readonly refused: number
  readonly dump: number
}

export const IP_STATUSES: Statuses = { refused: 2, dump: 2 }
export const BRIDGE_STATUSES: Statuses = { refused: 255, dump: 1 }

/**
 * What was heard of devices (iproute2's ll_map): all of them when the first is needed, later those that are not among
 * them. Lines of a batch share it.
 */
export class LinkMap {
  private byIndex: Map<number, LinkMessage> | null = null
  private readonly byName = new Map<string, LinkMessage>()

  constructor(private readonly netlink: Netlink) {}

  withIndex(index: number): LinkMessage | null {
    return this.all().get(index) ?? this.ask({ type: RTM_GETLINK, index })
  }

  withName(ifname: string): LinkMessage | null {
    this.all()
    return this.byName.get(ifname) ?? this.ask({ type: RTM_GETLINK, ifname })
  }

  /** Links have changed. */
  forget(): void {
    this.byIndex = null
    this.byName.clear()
  }

  /** A message tells of a link, or that it is no more (ll_remember_index). */
  remember(link: LinkMessage): void {
    const { index, ifname } = link
    if (index === undefined || ifname === undefined) return
    const all = this.all()
    const before = all.get(index)
    if (before?.ifname !== undefined) this.byName.delete(before.ifname)
    if (link.type === RTM_DELLINK) {
      all.delete(index)
    } else {
      // One that is known keeps the name by which it was first heard of, as iproute2 6.1 has it.
      all.set(index, { ...link, ifname: before?.ifname ?? ifname })
      this.byName.set(ifname, link)
    }
  }

  private all(): Map<number, LinkMessage> {
    if (this.byIndex !== null) return this.byIndex
    this.byIndex = new Map()
    for (const link of this.netlink.request({ type: RTM_GETLINK, nlFlags: NLM_F_DUMP, family: AF_UNSPEC }).messages) {
      if (link.type === RTM_NEWLINK) this.remember(link)
    }
    return this.byIndex
  }

  private ask(request: LinkMessage): LinkMessage | null {
    const [link] = this.netlink.request(request).messages
    if (link?.type !== RTM_NEWLINK) return null
    this.remember(link)
    return link
  }
}

/**
 * One run of ip or bridge, or one line of a batch: its options, its output, and its netlink socket with what it has
 * heard of devices. What it prints comes from netlink messages and nothing else.
 */
export class Context {
  readonly printer: Printer

  /** It runs a line of a batch. */
  batch = false

  constructor(readonly process: Process, readonly netlink: Netlink, readonly options: GlobalOptions,
    readonly statuses: Statuses, private readonly links = new LinkMap(netlink)) {
    this.printer = new Printer(options.json, options.pretty, options.color ? paletteOf(process.env.COLORFGBG) : null)
  }

  /** What ends a line within one object: a newline, or with -oneline a backslash. */
  get lineEnd(): string {
    return this.options.oneline ? '\\' : '\n'
  }

  warn(text: string): void {
    this.flush()
    this.process.stderr.write(text)
  }

  /** A message tells of a link, or that it is no more. */
  remember(link: LinkMessage): void {
    this.links.remember(link)
  }

  /** Hands over what was printed so far. */
  flush(): void {
    this.process.stdout.write(this.printer.take())
  }

  /** Sends a request; when the kernel refuses it, says why and ends the program (rtnl_talk). */
  talk(message: NetlinkMessage, status = this.statuses.refused): readonly NetlinkMessage[] {
    const reply = this.netlink.request(message)
    if (reply.error !== 0) throw new Failure(refusal(reply), status)
    if (message.type === RTM_NEWLINK || message.type === RTM_SETLINK || message.type === RTM_DELLINK) this.links.forget()
    return reply.messages
  }

  /** Asks for all objects of a kind. */
  dump(message: NetlinkMessage): readonly NetlinkMessage[] {
    const reply = this.netlink.request({ ...message, nlFlags: NLM_F_DUMP } as NetlinkMessage) // every request has flags
    if (reply.error !== 0) throw new Failure(`${refusal(reply)}Dump terminated\n`, this.statuses.dump)
    return reply.messages
  }

  /** A number's name, or with -Numeric the number. */
  named(names: Names, number: number): string {
    return this.options.numeric ? String(number) : names.format(number)
  }

  /** An address, or with -resolve its name in /etc/hosts. */
  address(address: number): string {
    return (this.options.resolve ? knownNameOf(this.process, address) : null) ?? formatIpv4(address)
  }

  linkOf(index: number): LinkMessage | null {
    return index === 0 ? null : this.links.withIndex(index)
  }

  /** The device's number, or 0. */
  indexOf(name: string): number {
    return this.links.withName(name)?.index ?? 0
  }

  /** The device's name, or "if7" for a number that has none. */
  nameOf(index: number): string {
    return this.linkOf(index)?.ifname ?? `if${index}`
  }

  /** The device's number, which must be there (nodev). */
  needDevice(name: string, status = 1): number {
    const index = this.indexOf(name)
    if (index === 0) throw new Failure(`Cannot find device "${name}"\n`, status)
    return index
  }

  /** The number of a `master DEV`. */
  needMaster(name: string): number {
    const index = this.indexOf(name)
    if (index === 0) throw invalidArgument('Device does not exist\n', name)
    return index
  }
}

/** What iproute2 says of a refused request: the kernel's own sentence, or that of the error number. */
export function refusal(reply: NetlinkReply): string {
  if (reply.extack === '') return `RTNETLINK answers: ${strerror(reply.error)}\n`
  return `Error: ${reply.extack}${reply.extack.endsWith('.') ? '' : '.'}\n`
}
