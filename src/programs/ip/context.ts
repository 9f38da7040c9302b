import { strerror } from '../../base/errno.ts'
import type { Process } from '../../host/process.ts'
import {
  AF_UNSPEC, type LinkMessage, type NetlinkMessage, type NetlinkReply, NLM_F_DUMP, RTM_GETLINK, RTM_NEWLINK,
} from '../../netlink/messages.ts'
import type { Netlink } from '../../netlink/netlink.ts'
import { Failure, invalidArgument } from './arguments.ts'
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
}

/** Exit status of a program when the kernel refuses: ip 2, bridge 255 (its -1). */
export interface Statuses {
  readonly refused: number
  readonly dump: number
}

export const IP_STATUSES: Statuses = { refused: 2, dump: 2 }
export const BRIDGE_STATUSES: Statuses = { refused: 255, dump: 1 }

/**
 * One run of ip or bridge: its options, its output, and its netlink socket with what it has heard of devices' names
 * (iproute2's ll_map). What it prints comes from netlink messages and nothing else.
 */
export class Context {
  readonly printer: Printer
  private links: Map<number, LinkMessage> | null = null

  constructor(readonly process: Process, readonly netlink: Netlink, readonly options: GlobalOptions,
    readonly statuses: Statuses) {
    this.printer = new Printer(options.json, options.pretty)
  }

  /** What ends a line within one object: a newline, or with -oneline a backslash. */
  get lineEnd(): string {
    return this.options.oneline ? '\\' : '\n'
  }

  warn(text: string): void {
    this.flush()
    this.process.stderr.write(text)
  }

  /** Hands over what was printed so far. */
  flush(): void {
    this.process.stdout.write(this.printer.take())
  }

  /** Sends a request; when the kernel refuses it, says why and ends the program (rtnl_talk). */
  talk(message: NetlinkMessage, status = this.statuses.refused): readonly NetlinkMessage[] {
    const reply = this.netlink.request(message)
    if (reply.error !== 0) throw new Failure(refusal(reply), status)
    this.links = null
    return reply.messages
  }

  /** Asks for all objects of a kind. */
  dump(message: NetlinkMessage): readonly NetlinkMessage[] {
    const reply = this.netlink.request({ ...message, nlFlags: NLM_F_DUMP })
    if (reply.error !== 0) throw new Failure(`${refusal(reply)}Dump terminated\n`, this.statuses.dump)
    return reply.messages
  }

  linkOf(index: number): LinkMessage | null {
    return this.allLinks().get(index) ?? null
  }

  /** The device's number, or 0. */
  indexOf(name: string): number {
    for (const [index, link] of this.allLinks()) if (link.ifname === name) return index
    return 0
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

  private allLinks(): Map<number, LinkMessage> {
    if (this.links === null) {
      this.links = new Map()
      for (const message of this.netlink.request({ type: RTM_GETLINK, nlFlags: NLM_F_DUMP, family: AF_UNSPEC }).messages) {
        if (message.type === RTM_NEWLINK && message.index !== undefined) this.links.set(message.index, message)
      }
    }
    return this.links
  }
}

/** What iproute2 says of a refused request: the kernel's own sentence, or that of the error number. */
export function refusal(reply: NetlinkReply): string {
  if (reply.extack === '') return `RTNETLINK answers: ${strerror(reply.error)}\n`
  return `Error: ${reply.extack}${reply.extack.endsWith('.') ? '' : '.'}\n`
}
