import { ESRCH, strerror } from '../../base/errno.ts'
import { IFF_ALLMULTI, IFF_MULTICAST, IFF_NOARP, IFF_PROMISC, IFF_UP } from '../../device/net-device.ts'
import type { NetNamespace } from '../../inet/net-namespace.ts'
import { IFF_DYNAMIC, type LinkMessage, type RTM_DELLINK, type RTM_NEWLINK } from '../../netlink/messages.ts'
import { notModelled } from '../not-modelled.ts'
import {
  type Arguments, duplicate, duplicateOrGarbage, EXIT_USAGE, Failure, invalidArgument, macOfBytes, matches, type Option,
  parseInteger, parseLinkAddress, parseOptions, StopOptions,
} from './arguments.ts'
import type { Context } from './context.ts'
import { namespaceOfPid } from './netns.ts'
import { GROUPS } from './names.ts'
import { type Draft, usage } from './object.ts'
import { LINK_USAGE } from './usage.ts'

const IFF_NOTRAILERS = 0x20

/** What `ip link add` and `ip link set` were told. */
export interface LinkRequest {
  readonly context: Context
  readonly message: Draft<LinkMessage>
  name: string | null
  dev: string | null
  link: string | null
  type: string | null
  group: number | null
  index: number | null
  addressBytes: number
}

/** dev_valid_name as iproute2 has it (check_ifname). */
export function isInterfaceName(name: string): boolean {
  return name !== '' && name.length <= 15 && !/[/\s]/.test(name)
}

/** An option with a value `on` or `off` that sets or clears a flag. */
function flagOption(words: readonly string[], flag: number, inverted = false): Option<LinkRequest> {
  const word = words[0].replace('=', '')
  return { words, take: ({ message }, args) => {
    message.change = (message.change ?? 0) | flag
    if (onOff(word, args.next()) !== inverted) message.flags = (message.flags ?? 0) | flag
    else message.flags = (message.flags ?? 0) & ~flag
  } }
}

function onOff(word: string, value: string): boolean {
  if (value === 'on') return true
  if (value === 'off') return false
  throw new Failure(`Error: argument of "${word}" must be "on" or "off", not "${value}"\n`, 1)
}

function refuseOption(words: readonly string[]): Option<LinkRequest> {
  return { words, take: (_request, args) => {
    const { word } = args
    throw new Failure(`${duplicateOrGarbage('dev', word).stderr}${notModelled('ip link', word)}`, EXIT_USAGE)
  } }
}

const OPTIONS: readonly Option<LinkRequest>[] = [
  { words: ['=up'], take: ({ message }) => {
    message.change = (message.change ?? 0) | IFF_UP
    message.flags = (message.flags ?? 0) | IFF_UP
  } },
  { words: ['=down'], take: ({ message }) => {
    message.change = (message.change ?? 0) | IFF_UP
    message.flags = (message.flags ?? 0) & ~IFF_UP
  } },
  { words: ['=name'], take: (request, args) => {
    const word = args.next()
    if (request.name !== null) throw duplicate('name', word)
    if (!isInterfaceName(word)) throw invalidArgument('"name" not a valid ifname', word)
    request.name = word
  } },
  { words: ['=index'], take: (request, args) => {
    const word = args.next()
    if (request.index !== null) throw duplicate('index', word)
    const index = parseInteger(word) ?? 0
    if (index <= 0) throw invalidArgument('Invalid "index" value', word)
    request.index = index
  } },
  { words: ['link'], take: (request, args) => { request.link = args.next() } },
  { words: ['address'], take: (request, args) => {
    const bytes = parseLinkAddress(args.next())
    request.addressBytes = bytes.length
    request.message.address = macOfBytes(bytes.slice(0, 6))
  } },
  { words: ['broadcast', '=brd'], take: ({ message }, args) => {
    message.broadcast = macOfBytes(parseLinkAddress(args.next()).slice(0, 6))
  } },
  { words: ['txqueuelen', '=qlen', 'txqlen'], take: ({ message }, args) => {
    const word = args.next()
    if (message.txqlen !== undefined) throw duplicate('txqueuelen', word)
    const length = parseInteger(word)
    if (length === null) throw invalidArgument('Invalid "txqueuelen" value\n', word)
    message.txqlen = length
  } },
  { words: ['=mtu'], take: ({ message }, args) => {
    const word = args.next()
    if (message.mtu !== undefined) throw duplicate('mtu', word)
    const mtu = parseInteger(word)
    if (mtu === null) throw invalidArgument('Invalid "mtu" value\n', word)
    message.mtu = mtu
  } },
  refuseOption(['=xdpgeneric', '=xdpdrv', '=xdpoffload', '=xdp']),
  { words: ['=netns'], take: (request, args) => {
    const word = args.next()
    if (request.message.netns !== undefined) throw duplicate('netns', word)
    request.message.netns = namespaceOf(request.context, word)
  } },
  flagOption(['=multicast'], IFF_MULTICAST),
  flagOption(['=allmulticast'], IFF_ALLMULTI),
  flagOption(['=promisc'], IFF_PROMISC),
  flagOption(['=trailers'], IFF_NOTRAILERS, true),
  flagOption(['=arp'], IFF_NOARP, true),
  refuseOption(['=carrier', '=vf']),
  { words: ['master'], take: ({ context, message }, args) => { message.master = context.needMaster(args.next()) } },
  { words: ['=vrf'], take: (_request, args) => { throw invalidArgument('Not a valid VRF name\n', args.next()) } },
  { words: ['nomaster'], take: ({ message }) => { message.master = 0 } },
  flagOption(['dynamic'], IFF_DYNAMIC),
  { words: ['type'], take: (request, args) => {
    request.type = args.next()
    args.advance()
    throw new StopOptions()
  } },
  { words: ['alias'], take: ({ message }, args) => {
    const word = args.next()
    if (word.length >= 256) throw invalidArgument('alias too long', word)
    message.alias = word
  } },
  { words: ['=group'], take: (request, args) => {
    const word = args.next()
    if (request.group !== null) throw duplicate('group', word)
    request.group = GROUPS.parse(word)
    if (request.group === null) throw invalidArgument('Invalid "group" value\n', word)
  } },
  refuseOption(['=mode', '=state', 'numtxqueues', 'numrxqueues', 'addrgenmode', '=link-netns', 'link-netnsid',
    '=protodown', '=protodown_reason', '=gso_max_size', '=gso_max_segs', '=gro_max_size', '=parentdev']),
]

/** A network namespace of this host by name, or by the pid of a process in it. */
function namespaceOf(context: Context, word: string): NetNamespace {
  const namespace = word === '' ? undefined : context.process.host.namespaces.get(word)
  if (namespace !== undefined) return namespace.ns
  const pid = parseInteger(word)
  if (pid === null) throw invalidArgument('Invalid "netns" value\n', word)
  const found = namespaceOfPid(context, pid)
  if (found === null) throw new Failure(`RTNETLINK answers: ${strerror(ESRCH)}\n`, 2)
  return found.ns
}

function takeDevice(request: LinkRequest, args: Arguments): void {
  if (matches(args.word, 'help')) usage(LINK_USAGE)
  const word = args.word === 'dev' ? args.next() : args.word
  if (request.dev !== null) throw duplicateOrGarbage('dev', word)
  if (!isInterfaceName(word) || word.length > 127) throw invalidArgument('"dev" not a valid ifname', word)
  request.dev = word
}

/** Reads the options of a device, up to and with `type TYPE` (iplink_parse). */
export function parseLink(context: Context, args: Arguments, type: typeof RTM_NEWLINK | typeof RTM_DELLINK): LinkRequest {
  const request: LinkRequest = {
    context, message: { type }, name: null, dev: null, link: null, type: null, group: null, index: null, addressBytes: 0,
  }
  parseOptions(args, request, OPTIONS, takeDevice)
  if (request.addressBytes !== 0 && request.addressBytes !== 6 &&
    (request.dev === null || context.indexOf(request.dev) !== 0)) {
    throw new Failure(`Invalid address length ${request.addressBytes} - must be 6 bytes\n`, 1)
  }
  return request
}
