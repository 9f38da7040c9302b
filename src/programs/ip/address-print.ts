import { type AddressMessage, RTM_DELADDR } from '../../netlink/messages.ts'
import { ADDRESS_FLAGS } from './address-flags.ts'
import type { Context } from './context.ts'
import { SCOPES } from './names.ts'

const IFA_F_PERMANENT = 0x80
const IFA_F_DEPRECATED = 0x20
const FOREVER = 0xffffffff

/** One address as `ip address` shows it (print_addrinfo). withDevice: number and name stand in front. */
export function printAddress(context: Context, message: AddressMessage, withDevice: boolean): void {
  const { printer, options, lineEnd } = context
  const flags = message.flags ?? 0
  if (!options.brief) {
    if (message.type === RTM_DELADDR) printer.value('deleted', true, 'Deleted ')
    if (withDevice) {
      const name = context.nameOf(message.index ?? 0)
      printer.value('index', message.index ?? 0, `${message.index ?? 0}: `)
      printer.value('dev', name, name)
    }
    printer.value('family', 'inet', '    inet ')
  }
  const local = message.local ?? message.address ?? 0
  const peer = message.address ?? local
  printer.colored('local', context.address(local), 'inet', context.address(local))
  if (peer !== local) {
    printer.text(' peer ')
    printer.colored('address', context.address(peer), 'inet', context.address(peer))
  }
  printer.value('prefixlen', message.prefixLength ?? 0, `/${message.prefixLength ?? 0} `)
  if (message.metric !== undefined) printer.value('metric', message.metric, `metric ${message.metric} `)
  if (options.brief) return
  if (message.broadcast !== undefined) {
    printer.text('brd ')
    printer.colored('broadcast', context.address(message.broadcast), 'inet', `${context.address(message.broadcast)} `)
  }
  const scope = context.named(SCOPES, message.scope ?? 0)
  printer.value('scope', scope, `scope ${scope} `)
  printFlags(context, flags)
  if (message.label !== undefined) printer.value('label', message.label, message.label)
  const lifetimes = message.cacheInfo
  if (lifetimes !== undefined) {
    printer.text(`${lineEnd}       valid_lft `)
    printer.value('valid_life_time', lifetimes.valid, lifetimes.valid === FOREVER ? 'forever' : `${lifetimes.valid}sec`)
    printer.text(' preferred_lft ')
    const deprecated = (flags & IFA_F_DEPRECATED) !== 0
    const preferred = deprecated && lifetimes.preferred !== FOREVER ? lifetimes.preferred | 0 : lifetimes.preferred
    printer.value('preferred_life_time', preferred, preferred === FOREVER ? 'forever' : `${preferred}sec`)
  }
  printer.text('\n')
}

function printFlags(context: Context, flags: number): void {
  const { printer } = context
  let left = flags
  for (const [name, flag] of ADDRESS_FLAGS) {
    if (flag === IFA_F_PERMANENT) {
      if ((left & flag) === 0) printer.value('dynamic', true, 'dynamic ')
    } else if ((left & flag) !== 0) {
      printer.value(name, true, `${name} `)
    }
    left &= ~flag
  }
  if (left !== 0) printer.value('ifa_flags', left.toString(16).padStart(2, '0'), `flags ${left.toString(16).padStart(2, '0')} `)
}
