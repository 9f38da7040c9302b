import { EEXIST } from '../../base/errno.ts'
import { CAPTURE_EPOCH_SECONDS } from '../../capture/capture-file.ts'
import { NLM_F_CREATE, RTM_NEWADDR, RTM_NEWROUTE, type RouteMessage } from '../../netlink/messages.ts'
import { EXIT_USAGE, Failure } from './arguments.ts'
import { Context, refusal } from './context.ts'
import { printAddress } from './address-print.ts'
import {
  ADDRESS_MAGIC, decodeMessages, encodeMessage, magicBytes, readMagic, ROUTE_MAGIC, RULE_MAGIC, type SavedMessage,
} from './dump-format.ts'
import { anyRoute } from './route-filter.ts'
import { printRoute } from './route-print.ts'

/** `save`, `showdump` and `restore` of `ip route`, `ip address` and `ip rule`. */
const MAGICS = { route: ROUTE_MAGIC, address: ADDRESS_MAGIC, rule: RULE_MAGIC }
export type SavedObject = keyof typeof MAGICS

/** Refuses a terminal; a pipe or file gets the magic number. */
export function beginSave(context: Context, object: SavedObject): void {
  const { process } = context
  if (process.isTerminal(1)) throw new Failure('Not sending a binary stream to stdout\n', object === 'route' ? 1 : EXIT_USAGE)
  process.stdout.write(magicBytes(MAGICS[object]))
}

export function saveMessages(context: Context, messages: readonly SavedMessage[], filtered: boolean): number {
  const { process } = context
  // iproute2 counts its requests from the second in which it started.
  const sequence = CAPTURE_EPOCH_SECONDS + Math.floor(process.startedAtNs / 1e9) + 1
  for (const message of messages) process.stdout.write(encodeMessage(message, { sequence, port: process.pid, filtered }))
  return 0
}

/** The dump on the standard input, of which the magic number is looked at. */
async function readDump(context: Context, object: SavedObject): Promise<SavedMessage[]> {
  const bytes = await context.process.stdin.readAllBytes()
  const magic = readMagic(bytes)
  if (magic === MAGICS[object]) return decodeMessages(bytes)
  throw new Failure(`Magic mismatch (${magic === null ? 0 : 1} elems, ${(magic ?? 0).toString(16)} magic)\n`,
    object === 'route' ? 1 : EXIT_USAGE)
}

/** Sends the messages of a dump to the kernel; what is there already is nothing to complain of. */
export async function restore(context: Context, object: SavedObject): Promise<number> {
  const { process } = context
  const seekable = process.descriptors.get(0)?.file.seekable ?? false
  const messages = await readDump(context, object)
  if (object !== 'route') {
    for (const message of messages) send(context, message)
    return 0
  }
  if (!seekable) throw new Failure('Failed to restore: ftell: Illegal seek\n', 1)
  // First what needs no gateway, which the gateways of the others need.
  for (let pass = 0; pass < 3; pass++) {
    for (const message of messages) if (message.type === RTM_NEWROUTE && passOf(message) === pass) send(context, message)
  }
  return 0
}

/** In which of three passes a route is restored (restore_handler). */
function passOf({ gateway, prefSource, destination }: RouteMessage): number {
  if (gateway !== undefined) return 2
  return prefSource === undefined || prefSource === destination ? 0 : 1
}

function send(context: Context, message: SavedMessage): void {
  const reply = context.netlink.request({ ...message, nlFlags: NLM_F_CREATE })
  if (reply.error === 0) return
  context.warn(refusal(reply))
  if (reply.error !== -EEXIST) throw new Failure('', 2)
}

/** Shows a dump as `show` would; -json has no effect on it. */
export async function showDump(outer: Context, object: 'route' | 'address'): Promise<number> {
  const messages = await readDump(outer, object)
  const context = new Context(outer.process, outer.netlink, { ...outer.options, json: false }, outer.statuses)
  const { printer } = context
  for (const message of messages) {
    if (message.type === RTM_NEWROUTE && object === 'route') printRoute(context, message, anyRoute('both'))
    if (message.type !== RTM_NEWADDR || object !== 'address') continue
    printer.text(`if${message.index ?? 0}:\n`)
    printAddress(context, message, false)
  }
  context.flush()
  return 0
}

