import { ENODEV, strerror } from '../../base/errno.ts'
import { addHardwareGroup, removeHardwareGroup } from '../../inet/multicast-list.ts'
import { AF_INET, AF_PACKET, AF_UNSPEC } from '../../netlink/messages.ts'
import { formatIpv4 } from '../../wire/address.ts'
import {
  type Arguments, duplicate, duplicateOrGarbage, EXIT_USAGE, Failure, macOfBytes, matches, parseLinkAddress,
} from './arguments.ts'
import type { Context } from './context.ts'
import { type Command, runCommand, usage } from './object.ts'
import { MADDRESS_USAGE } from './usage.ts'

/** `ip maddress`: multicast memberships, from /proc/net/dev_mcast and /proc/net/igmp (ipmaddr.c). */
export function runMaddress(context: Context, args: Arguments): number | Promise<number> {
  return runCommand(context, args, COMMANDS, show, 'ip maddr')
}

const COMMANDS: readonly Command[] = [
  { words: ['add'], run: (c, a) => change(c, a, true) },
  { words: ['delete'], run: (c, a) => change(c, a, false) },
  { words: ['list', 'show', 'lst'], run: show },
  { words: ['help'], run: () => usage(MADDRESS_USAGE) },
]

interface Membership {
  readonly index: number
  readonly name: string
  /** The kind in a text line, and the address. */
  readonly kind: 'link' | 'inet'
  readonly address: string
  readonly users: number
  readonly isStatic: boolean
}

function lines(context: Context, path: string): string[] {
  const text = context.process.readFile(path)
  return typeof text === 'number' ? [] : text.split('\n').filter((line) => line !== '')
}

function linkMemberships(context: Context): Membership[] {
  return lines(context, '/proc/net/dev_mcast').map((line) => {
    const [index, name, users, isStatic, hex] = line.split(/\s+/)
    const address = hex.match(/../g)?.join(':') ?? ''
    return { index: Number(index), name, kind: 'link', address, users: Number(users), isStatic: isStatic !== '0' }
  })
}

function inetMemberships(context: Context): Membership[] {
  const found: Membership[] = []
  let index = 0
  let name = ''
  for (const line of lines(context, '/proc/net/igmp').slice(1)) {
    const [first, second] = line.trim().split(/\s+/)
    if (!line.startsWith('\t')) {
      index = Number(first)
      name = second
      continue
    }
    const address = formatIpv4(Number.parseInt(first.match(/../g)?.reverse().join('') ?? '', 16) | 0)
    found.push({ index, name, kind: 'inet', address, users: Number(second), isStatic: false })
  }
  return found
}

function show(context: Context, args: Arguments): number {
  let dev: string | null = null
  for (; !args.done; args.advance()) {
    const word = args.word === 'dev' ? args.next() : args.word
    if (args.word !== 'dev' && matches(args.word, 'help')) usage(MADDRESS_USAGE)
    if (dev !== null) throw duplicateOrGarbage('dev', word)
    dev = word
  }
  const { family } = context.options
  const memberships: Membership[] = []
  if (family === AF_UNSPEC || family === AF_PACKET) memberships.push(...linkMemberships(context))
  if (family === AF_UNSPEC || family === AF_INET) memberships.push(...inetMemberships(context))
  const devices = new Map<number, Membership[]>()
  for (const one of memberships) {
    if (dev === null || one.name === dev) devices.set(one.index, [...devices.get(one.index) ?? [], one])
  }
  const { printer } = context
  printer.openDocument()
  for (const [, list] of [...devices].sort((a, b) => a[0] - b[0])) printDevice(context, list)
  printer.closeDocument()
  return 0
}

/** print_mlist. */
function printDevice(context: Context, list: readonly Membership[]): void {
  const { printer, options } = context
  printer.openObject()
  printer.value('ifindex', list[0].index, null)
  printer.value('ifname', list[0].name, null)
  const head = `${list[0].index}:`
  const name = (): void => {
    printer.text(head)
    printer.coloredText('name', `\t${list[0].name}`)
  }
  if (!options.oneline) {
    name()
    printer.text('\n')
  }
  printer.openArray('maddr')
  for (const { kind, address, users, isStatic } of list) {
    printer.openObject()
    if (options.oneline) {
      name()
      printer.text('\\')
    }
    if (kind === 'link') {
      printer.text('\tlink  ')
      printer.colored('link', address, 'mac', address)
    } else {
      printer.text('\t')
      printer.value('family', 'inet', 'inet  ')
      printer.colored('address', address, 'inet', address)
    }
    if (users !== 1) printer.value('users', users, ` users ${users}`)
    if (isStatic) printer.value('features', 'static', ' static')
    printer.text('\n')
    printer.closeObject()
  }
  printer.closeArray()
  printer.closeObject()
}

/** multiaddr_modify. */
function change(context: Context, args: Arguments, adds: boolean): number {
  let dev: string | null = null
  let mac: number | null = null
  for (; !args.done; args.advance()) {
    if (args.word === 'dev') {
      const word = args.next()
      if (dev !== null) throw duplicate('dev', word)
      dev = word
      continue
    }
    const word = args.word === 'address' ? args.next() : args.word
    if (matches(word, 'help')) usage(MADDRESS_USAGE)
    if (mac !== null) throw duplicate('address', word)
    const bytes = parseLinkAddress(word)
    if (bytes.length !== 6) throw new Failure(`Error: Invalid address length ${bytes.length} - must be 6 bytes\n`, 1)
    mac = macOfBytes(bytes)
  }
  if (dev === null) throw new Failure('Not enough information: "dev" is required.\n', EXIT_USAGE)
  const device = context.netlink.ns.deviceByName(dev)
  const apply = adds ? addHardwareGroup : removeHardwareGroup
  const error = device === null ? -ENODEV : apply(device, mac ?? 0)
  if (error !== 0) throw new Failure(`ioctl: ${strerror(error)}\n`, 1)
  return 0
}
