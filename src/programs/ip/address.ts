import {
  AF_INET, AF_UNSPEC, type AddressMessage, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELADDR, RTM_NEWADDR,
} from '../../netlink/messages.ts'
import { maskOf } from '../../wire/address.ts'
import { notModelled } from '../not-modelled.ts'
import { flushAddresses, saveAddresses, showDevices } from './address-list.ts'
import {
  type Arguments, duplicate, duplicateOrGarbage, EXIT_USAGE, Failure, invalidArgument, matches, nextUnsigned, type Option,
  parseAddress, parseOptions, parsePrefix, parseUnsigned, type Prefix,
} from './arguments.ts'
import type { Context } from './context.ts'
import { SCOPES } from './names.ts'
import { restore, showDump } from './saved.ts'
import { type Command, type Draft, runCommand, usage } from './object.ts'
import { ADDRESS_USAGE } from './usage.ts'

const FOREVER = 0xffffffff
const RT_SCOPE_HOST = 254

/** `ip address`. */
export function runAddress(context: Context, args: Arguments): number | Promise<number> {
  return runCommand(context, args, COMMANDS, (c, a) => showDevices(c, a, false), 'ip address')
}

const COMMANDS: readonly Command[] = [
  { words: ['add'], run: (c, a) => modify(c, a, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL) },
  { words: ['change', '=chg'], run: (c, a) => modify(c, a, RTM_NEWADDR, NLM_F_REPLACE) },
  { words: ['replace'], run: (c, a) => modify(c, a, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE) },
  { words: ['delete'], run: (c, a) => modify(c, a, RTM_DELADDR, 0) },
  { words: ['show', 'lst', 'list'], run: (c, a) => showDevices(c, a, false) },
  { words: ['flush'], run: flushAddresses },
  { words: ['save'], run: saveAddresses },
  { words: ['showdump'], run: (c) => showDump(c, 'address') },
  { words: ['restore'], run: (c) => restore(c, 'address') },
  { words: ['help'], run: () => usage(ADDRESS_USAGE) },
]

interface AddressRequest {
  readonly message: Draft<AddressMessage>
  family: number
  local: Prefix | null
  localWord: string
  peer: Prefix | null
  /** `+`: all host bits set; `-`: none. */
  broadcastSign: '' | '+' | '-'
  scoped: boolean
  dev: string | null
  valid: number | null
  preferred: number | null
}

function lifetime(args: Arguments, given: number | null, name: string): number {
  if (given !== null) throw duplicate(name, args.word)
  const word = args.next()
  const value = word === 'forever' ? FOREVER : parseUnsigned(word)
  if (value === null) throw invalidArgument(`${name} value`, word)
  return value
}

function flag(words: readonly string[], value: number): Option<AddressRequest> {
  return { words, take: ({ message }) => { message.flags = (message.flags ?? 0) | value } }
}

const OPTIONS: readonly Option<AddressRequest>[] = [
  { words: ['=peer', '=remote'], take: (request, args) => {
    const word = args.next()
    if (request.peer !== null) throw duplicate('peer', word)
    request.peer = parsePrefix(word, request.family)
    takeFamily(request, request.peer.family)
  } },
  { words: ['broadcast', '=brd'], take: (request, args) => {
    const word = args.next()
    if (request.message.broadcast !== undefined || request.broadcastSign !== '') throw duplicate('broadcast', word)
    if (word === '+' || word === '-') {
      request.broadcastSign = word
      return
    }
    request.message.broadcast = parseAddress(word, request.family)
    takeFamily(request, AF_INET)
  } },
  { words: ['=anycast'], take: (_request, args) => {
    throw new Failure(`${duplicateOrGarbage('local', args.word).stderr}${notModelled('ip address', 'anycast')}`, EXIT_USAGE)
  } },
  { words: ['=scope'], take: (request, args) => {
    const word = args.next()
    const scope = SCOPES.parse(word)
    if (scope === null) throw invalidArgument('invalid scope value.', word)
    request.message.scope = scope
    request.scoped = true
  } },
  { words: ['=dev'], take: (request, args) => { request.dev = args.next() } },
  { words: ['=label'], take: ({ message }, args) => { message.label = args.next() } },
  { words: ['metric', 'priority', 'preference'], take: ({ message }, args) => {
    message.metric = nextUnsigned(args, '"metric" value is invalid\n')
  } },
  { words: ['valid_lft'], take: (request, args) => { request.valid = lifetime(args, request.valid, 'valid_lft') } },
  { words: ['preferred_lft'], take: (request, args) => {
    request.preferred = lifetime(args, request.preferred, 'preferred_lft')
  } },
  flag(['=home'], 0x10), flag(['=nodad'], 0x02), flag(['=mngtmpaddr'], 0x100), flag(['=noprefixroute'], 0x200),
  flag(['=autojoin'], 0x400), flag(['=optimistic'], 0x04),
]

function takeFamily(request: AddressRequest, family: number): void {
  if (request.family === AF_UNSPEC) request.family = family
}

function takeLocal(request: AddressRequest, args: Arguments): void {
  const word = args.word === 'local' ? args.next() : args.word
  if (matches(word, 'help')) usage(ADDRESS_USAGE)
  if (request.local !== null) throw duplicateOrGarbage('local', word)
  request.localWord = word
  request.local = parsePrefix(word, request.family)
  takeFamily(request, request.local.family)
}

/** ipaddr_modify. */
function modify(context: Context, args: Arguments, type: typeof RTM_NEWADDR | typeof RTM_DELADDR, flags: number): number {
  const request: AddressRequest = {
    message: { type, nlFlags: flags }, family: context.options.family, local: null, localWord: '', peer: null,
    broadcastSign: '', scoped: false, dev: null, valid: null, preferred: null,
  }
  parseOptions(args, request, OPTIONS, takeLocal)
  const { message, local } = request
  if (request.dev === null) throw new Failure('Not enough information: "dev" argument is required.\n', 1)
  message.local = local === null || local.family === AF_UNSPEC ? undefined : local.address
  let warning = ''
  if (request.peer !== null) {
    message.address = request.peer.address
    message.prefixLength = request.peer.length
  } else if (local !== null) {
    message.prefixLength = local.length
    if (type === RTM_DELADDR && local.family === AF_INET && !local.explicit) warning = wildcardWarning(request.localWord)
    else message.address = message.local
  }
  if (request.broadcastSign !== '' && type === RTM_NEWADDR) {
    const base = request.peer ?? local
    if (base !== null && base.length <= 30) {
      const mask = maskOf(base.length)
      message.broadcast = request.broadcastSign === '+' ? base.address | ~mask : base.address & mask
    }
  }
  if (!request.scoped && type === RTM_NEWADDR) {
    message.scope = local !== null && local.address >>> 24 === 127 ? RT_SCOPE_HOST : 0
  }
  if (warning !== '') context.warn(warning)
  message.family = request.family
  message.index = context.needDevice(request.dev)
  if (request.valid !== null || request.preferred !== null) setLifetimes(request, type)
  context.talk(message)
  return 0
}

function setLifetimes({ message, valid, preferred }: AddressRequest, type: number): void {
  const cacheInfo = { valid: valid ?? FOREVER, preferred: preferred ?? FOREVER }
  if (type === RTM_DELADDR) throw new Failure('valid_lft and preferred_lft can not be used with delete\n', 1)
  if (cacheInfo.valid === 0) throw new Failure('valid_lft is zero\n', 1)
  if (cacheInfo.valid < cacheInfo.preferred) throw new Failure('preferred_lft is greater than valid_lft\n', 1)
  message.cacheInfo = cacheInfo
}

function wildcardWarning(word: string): string {
  return 'Warning: Executing wildcard deletion to stay compatible with old scripts.\n' +
    `         Explicitly specify the prefix length (${word}/32) to avoid this warning.\n` +
    '         This special behaviour is likely to disappear in further releases,\n' +
    '         fix your scripts!\n'
}
