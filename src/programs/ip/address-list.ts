import { EADDRNOTAVAIL } from '../../base/errno.ts'
import { IFF_UP } from '../../device/net-device.ts'
import {
  AF_INET, AF_PACKET, AF_UNSPEC, type AddressMessage, type LinkMessage, RTM_DELADDR, RTM_GETADDR, RTM_GETLINK, RTM_NEWADDR,
  RTM_NEWLINK,
} from '../../netlink/messages.ts'
import { inPrefix } from '../../wire/address.ts'
import { ADDRESS_FLAGS } from './address-flags.ts'
import { beginSave, saveMessages } from './saved.ts'
import { printAddress } from './address-print.ts'
import {
  type Arguments, duplicateOrGarbage, EXIT_USAGE, Failure, invalidArgument, matches, type Option, parseOptions,
  parsePrefix, type Prefix,
} from './arguments.ts'
import { type Context, refusal } from './context.ts'
import { printLink, printLinkBrief, printLinkStats } from './link-print.ts'
import { GROUPS, SCOPES } from './names.ts'
import { ADDRESS_USAGE, LINK_USAGE } from './usage.ts'
import { usage } from './object.ts'

/** What `ip link show`, `ip address show` and `ip address flush` select (struct link_filter). */
interface DeviceFilter {
  readonly forLink: boolean
  dev: string | null
  index: number
  up: boolean
  family: number
  prefix: Prefix | null
  scope: number | null
  /** IFA_F_*: those of the mask must be as in `flags`. */
  flags: number
  flagMask: number
  label: string | null
  group: number | null
  /** Index, 0: none given, -1: without a master. */
  master: number
  kind: string | null
  slaveKind: string | null
}

/** A word that selects by flags: "primary", "dynamic", "deprecated", "-deprecated". Returns false if it is none. */
function takeFlagWord(filter: DeviceFilter, word: string): boolean {
  const negative = word.startsWith('-')
  const name = negative ? word.slice(1) : word
  const opposite = name === 'dynamic' ? 0x80 : name === 'primary' ? 0x01 : 0
  const flag = opposite !== 0 && !negative ? opposite : ADDRESS_FLAGS.find(([n]) => n === name)?.[1]
  if (flag === undefined) return false
  if (negative || opposite !== 0) filter.flags &= ~flag
  else filter.flags |= flag
  filter.flagMask |= flag
  return true
}

const OPTIONS: readonly Option<{ filter: DeviceFilter, context: Context }>[] = [
  { words: ['=to'], take: ({ filter }, args) => {
    filter.prefix = parsePrefix(args.next(), filter.family)
    if (filter.family === AF_UNSPEC) filter.family = filter.prefix.family
  } },
  { words: ['=scope'], take: ({ filter }, args) => {
    const word = args.next()
    filter.scope = word === 'all' ? null : SCOPES.parse(word)
    if (filter.scope === null && word !== 'all') throw invalidArgument('invalid "scope"\n', word)
  } },
  { words: ['=up'], take: ({ filter }) => { filter.up = true } },
  { words: ['=label'], take: ({ filter }, args) => { filter.label = args.next() } },
  { words: ['=group'], take: ({ filter }, args) => {
    const word = args.next()
    filter.group = GROUPS.parse(word)
    if (filter.group === null) throw invalidArgument('Invalid "group" value\n', word)
  } },
  { words: ['=master'], take: ({ filter, context }, args) => { filter.master = context.needMaster(args.next()) } },
  { words: ['=vrf'], take: (_state, args) => { throw invalidArgument('Not a valid VRF name\n', args.next()) } },
  { words: ['=nomaster'], take: ({ filter }) => { filter.master = -1 } },
  { words: ['=type'], take: ({ filter }, args) => {
    const word = args.next()
    if (word.endsWith('_slave')) filter.slaveKind = word.slice(0, -6)
    else filter.kind = word
  } },
]

function parseFilter(context: Context, args: Arguments, forLink: boolean): DeviceFilter {
  const filter: DeviceFilter = {
    forLink, dev: null, index: 0, up: false, family: forLink ? AF_UNSPEC : context.options.family, prefix: null,
    scope: null, flags: 0, flagMask: 0, label: null, group: null, master: 0, kind: null, slaveKind: null,
  }
  parseOptions(args, { filter, context }, OPTIONS, (_state, a) => {
    if (takeFlagWord(filter, a.word)) return
    if (a.word !== 'dev' && matches(a.word, 'help')) usage(forLink ? LINK_USAGE : ADDRESS_USAGE)
    const word = a.word === 'dev' ? a.next() : a.word
    if (filter.dev !== null) throw duplicateOrGarbage('dev', word)
    filter.dev = word
  })
  if (filter.dev !== null) {
    filter.index = context.indexOf(filter.dev)
    if (filter.index === 0) throw new Failure(`Device "${filter.dev}" does not exist.\n`, 1)
  }
  return filter
}

/** `ip link show`, `ip address show` (ipaddr_list_flush_or_save). */
export function showDevices(context: Context, args: Arguments, forLink: boolean): number {
  const filter = parseFilter(context, args, forLink)
  const { printer, options } = context
  const links = selectLinks(context, filter)
  const addresses = forLink ? [] : dumpAddresses(context, filter.family)
  const shown = forLink ? links : links.filter((link) => isWanted(filter, link, addresses))
  printer.openDocument()
  for (const link of shown) showDevice(context, filter, link, addresses, forLink || !options.oneline)
  printer.closeDocument()
  return 0
}

function selectLinks(context: Context, filter: DeviceFilter): LinkMessage[] {
  if (filter.forLink && filter.dev !== null && filter.group === null) {
    return context.talk({ type: RTM_GETLINK, index: filter.index }).filter(isLink)
  }
  const linkInfo = filter.kind !== null ? { kind: filter.kind } : filter.slaveKind !== null
    ? { slaveKind: filter.slaveKind } : undefined
  const master = filter.master > 0 ? filter.master : undefined
  const links = context.dump({ type: RTM_GETLINK, family: AF_UNSPEC, master, linkInfo }).filter(isLink)
  return filter.index === 0 || filter.forLink ? links : links.filter((link) => link.index === filter.index)
}

function isLink(message: { readonly type: number }): message is LinkMessage {
  return message.type === RTM_NEWLINK
}

function dumpAddresses(context: Context, family: number): AddressMessage[] {
  return context.dump({ type: RTM_GETADDR, family })
    .filter((message): message is AddressMessage => message.type === RTM_NEWADDR)
}

/** Whether a device is shown by `ip address`: it has an address that is, or none at all (ipaddr_filter). */
function isWanted(filter: DeviceFilter, link: LinkMessage, addresses: readonly AddressMessage[]): boolean {
  const own = addresses.filter((address) => address.index === link.index)
  if (own.length === 0) return filter.family === AF_UNSPEC || filter.family === AF_PACKET
  return own.some((address) => selectsAddress(filter, address))
}

function selectsAddress(filter: DeviceFilter, address: AddressMessage): boolean {
  if (filter.index !== 0 && filter.index !== address.index) return false
  if (filter.family !== AF_UNSPEC && filter.family !== address.family) return false
  if (filter.scope !== null && filter.scope !== address.scope) return false
  if (((filter.flags ^ (address.flags ?? 0)) & filter.flagMask) !== 0) return false
  if (filter.label !== null && !matchesPattern(filter.label, address.label ?? '')) return false
  const { prefix } = filter
  return prefix === null || prefix.family === AF_UNSPEC || inPrefix(address.local ?? 0, prefix.address, prefix.length)
}

/** Whether `ip link` and `ip address` show the device's own lines. */
function selectsLink(filter: DeviceFilter, link: LinkMessage): boolean {
  if (filter.index !== 0 && filter.index !== link.index) return false
  if (filter.up && ((link.flags ?? 0) & IFF_UP) === 0) return false
  if (filter.group !== null && filter.group !== link.group) return false
  if (filter.master > 0 && link.master !== filter.master) return false
  if (filter.master < 0 && link.master !== undefined && link.master > 0) return false
  if (filter.kind !== null && link.linkInfo?.kind !== filter.kind) return false
  return filter.slaveKind === null || link.linkInfo?.slaveKind === filter.slaveKind
}

function showDevice(context: Context, filter: DeviceFilter, link: LinkMessage, addresses: readonly AddressMessage[],
  withLink: boolean): void {
  const { printer, options } = context
  printer.openObject()
  const selected = selectsLink(filter, link)
  if (options.brief) {
    if (selected) {
      if (filter.label === null) printLinkBrief(context, link, filter.forLink)
      if (!filter.forLink) showAddresses(context, filter, link, addresses)
    }
  } else if (selected) {
    const showsLink = withLink && filter.label === null
    const hardware = filter.forLink || filter.family === AF_UNSPEC || filter.family === AF_PACKET
    const view = { forLink: filter.forLink, hardware }
    if (showsLink) printLink(context, link, view)
    if (!filter.forLink) {
      showAddresses(context, filter, link, addresses)
      if (showsLink && options.stats > 0) {
        printLinkStats(context, link)
        printer.text(context.lineEnd)
      }
    }
  } else if (!withLink) {
    showAddresses(context, filter, link, addresses)
  }
  printer.closeObject()
}

function showAddresses(context: Context, filter: DeviceFilter, link: LinkMessage, all: readonly AddressMessage[]): void {
  const { printer, options } = context
  printer.openArray('addr_info')
  for (const address of all) {
    if (address.index !== link.index || (filter.family !== AF_UNSPEC && filter.family !== address.family)) continue
    if (filter.up && ((link.flags ?? 0) & IFF_UP) === 0) continue
    printer.openObject()
    if (selectsAddress(filter, address)) printAddress(context, address, options.oneline)
    printer.closeObject()
  }
  printer.closeArray()
  if (options.brief) printer.text('\n')
}

/** `ip address save`. */
export function saveAddresses(context: Context, args: Arguments): number {
  const filter = parseFilter(context, args, false)
  beginSave(context, 'address')
  const addresses = dumpAddresses(context, filter.family).filter((address) => selectsAddress(filter, address))
  return saveMessages(context, addresses, filter.index !== 0)
}

/** `ip address flush`. */
export function flushAddresses(context: Context, args: Arguments): number {
  if (args.done) throw new Failure('Flush requires arguments.\n', 1)
  const filter = parseFilter(context, args, false)
  const { printer, options } = context
  const onlyPrimaries = (filter.flags & 0x01) === 0 && (filter.flagMask & 0x01) !== 0
  for (let round = 0; options.loops === 0 || round < options.loops;) {
    const addresses = dumpAddresses(context, filter.family).filter((address) => selectsAddress(filter, address))
    if (addresses.length !== 0) {
      round++
      for (const address of addresses) {
        if (options.stats > 1) printAddress(context, address, true)
        const reply = context.netlink.request({ ...address, type: RTM_DELADDR, nlFlags: 0, family: AF_INET })
        if (reply.error !== 0 && reply.error !== -EADDRNOTAVAIL) throw new Failure(refusal(reply), 1)
      }
      if (options.stats > 0) printer.text(`\n*** Round ${round}, deleting ${addresses.length} addresses ***\n`)
      if (!onlyPrimaries) continue
    }
    if (options.stats > 0) {
      printer.text(round === 0 ? 'Nothing to flush.\n' : `*** Flush is complete after ${rounds(round)} ***\n`)
    }
    return 0
  }
  context.warn(`*** Flush remains incomplete after ${options.loops} rounds. ***\n`)
  return EXIT_USAGE
}

export function rounds(count: number): string {
  return `${count} round${count > 1 ? 's' : ''}`
}

/** fnmatch() with * ? and [] (flags 0). */
function matchesPattern(pattern: string, text: string): boolean {
  let expression = ''
  for (const c of pattern) {
    expression += c === '*' ? '.*' : c === '?' ? '.' : '[]'.includes(c) ? c : c.replace(/[.+^${}()|\\]/g, '\\$&')
  }
  try {
    return new RegExp(`^${expression}$`, 's').test(text)
  } catch {
    return pattern === text
  }
}
