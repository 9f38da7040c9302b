import {
  AF_UNSPEC, type LinkInfo, type LinkMessage, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELLINK, RTM_NEWLINK,
} from '../../netlink/messages.ts'
import { notModelled } from '../not-modelled.ts'
import { showDevices } from './address-list.ts'
import { type Arguments, EXIT_USAGE, Failure, invalidArgument, matches } from './arguments.ts'
import type { Context } from './context.ts'
import { LINK_KINDS, linkKindUsage } from './link-kinds.ts'
import { isInterfaceName, type LinkRequest, parseLink } from './link-options.ts'
import { type Command, runCommand, usage } from './object.ts'
import { LINK_USAGE } from './usage.ts'

/** `ip link`. */
export function runLink(context: Context, args: Arguments): number | Promise<number> {
  return runCommand(context, args, COMMANDS, (c, a) => showDevices(c, a, true), 'ip link')
}

const COMMANDS: readonly Command[] = [
  { words: ['add'], run: (c, a) => modify(c, a, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL) },
  { words: ['set', 'change'], run: (c, a) => modify(c, a, RTM_NEWLINK, 0) },
  { words: ['replace'], run: (c, a) => modify(c, a, RTM_NEWLINK, NLM_F_CREATE | NLM_F_REPLACE) },
  { words: ['delete'], run: (c, a) => modify(c, a, RTM_DELLINK, 0) },
  { words: ['show', 'lst', 'list'], run: (c, a) => showDevices(c, a, true) },
  { words: ['xstats', 'afstats', 'property'], run: () => {
    throw new Failure(`${LINK_USAGE}${notModelled('ip link', 'xstats, afstats and property')}`, EXIT_USAGE)
  } },
  { words: ['help'], run: help },
]

function help(context: Context, args: Arguments): number {
  if (args.done) usage(LINK_USAGE)
  const text = linkKindUsage(args.word)
  if (text === null) usage(LINK_USAGE)
  context.printer.text(text)
  return 0
}

/** iplink_modify. */
function modify(context: Context, args: Arguments, type: typeof RTM_NEWLINK | typeof RTM_DELLINK, flags: number): number {
  const request = parseLink(context, args, type)
  const { message } = request
  message.nlFlags = flags
  message.family = AF_UNSPEC
  const creates = (flags & NLM_F_CREATE) !== 0
  if (request.group !== null) {
    message.group = request.group
    if (request.dev === null && request.name === null) return modifyGroup(context, args, message, creates)
  }
  if (creates) {
    nameNewDevice(context, request)
  } else {
    if (request.dev === null) {
      throw new Failure('Not enough information: "dev" argument is required.\n', EXIT_USAGE)
    }
    if (request.index !== null && message.netns === undefined) {
      throw new Failure('index can be used only when creating devices or when moving device to another netns.\n', EXIT_USAGE)
    }
    if (request.index !== null) message.newIndex = request.index
    message.index = context.needDevice(request.dev)
    if (request.name !== null && request.name !== request.dev) message.ifname = request.name
  }
  if (request.type !== null) message.linkInfo = kindInfo(context, request.type, args)
  else if (creates) throw new Failure('Not enough information: "type" argument is required\n', 1)
  context.talk(message)
  return 0
}

function modifyGroup(context: Context, args: Arguments, message: LinkMessage, creates: boolean): number {
  if (!args.done) {
    throw new Failure(`Garbage instead of arguments "${args.word} ...". Try "ip link help".\n`, 1)
  }
  if (creates) throw new Failure('group cannot be used when creating devices.\n', 1)
  context.talk(message)
  return 0
}

/** Name, number and lower device of a device to be made. */
function nameNewDevice(context: Context, request: LinkRequest): void {
  const { message } = request
  if (request.name !== null && request.dev !== null) {
    throw new Failure('both "name" and "dev" cannot be used when creating devices.\n', EXIT_USAGE)
  }
  const name = request.name ?? request.dev
  if (name !== null) {
    if (!isInterfaceName(name)) throw invalidArgument('"name" not a valid ifname', name)
    message.ifname = name
  }
  if (request.link !== null) message.link = context.needDevice(request.link)
  if (request.index !== null) message.index = request.index
}

/** Reads what stands behind `type KIND`. */
function kindInfo(context: Context, kind: string, args: Arguments): LinkInfo {
  const parser = LINK_KINDS.get(kind)
  if (parser === undefined && !args.done) {
    if (matches(args.word, 'help')) usage(LINK_USAGE)
    throw new Failure(`Garbage instead of arguments "${args.word} ...". Try "ip link help".\n`, 1)
  }
  const slave = kind.endsWith('_slave')
  const info: LinkInfo = slave ? { slaveKind: kind.slice(0, -6) } : { kind }
  if (parser === undefined || args.done) return info
  return { ...info, ...parser(context, args) }
}

