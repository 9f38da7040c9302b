import type { AddressMessage } from '../../netlink/messages.ts'
import { formatIpv4 } from '../../wire/address.ts'
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
    if (withDevice) {
      const name = context.nameOf(message.index ?? 0)
      printer.value('index', message.index ?? 0, `${message.index ?? 0}: `)
      printer.value('dev', name, name)
    }
    printer.value('family', 'inet', '    inet ')
  }
  const local = message.local ?? message.address ?? 0
  const peer = message.address ?? local
  printer.value('local', formatIpv4(local), formatIpv4(local))
  if (peer !== local) printer.value('address', formatIpv4(peer), ` peer ${formatIpv4(peer)}`)
  printer.value('prefixlen', message.prefixLength ?? 0, `/${message.prefixLength ?? 0} `)
  if (message.metric !== undefined) printer.value('metric', message.metric, `metric ${message.metric} `)
  if (options.brief) return
  if (message.broadcast !== undefined) {
    printer.value('broadcast', formatIpv4(message.broadcast), `brd ${formatIpv4(message.broadcast)} `)
  }
  const scope = SCOPES.format(message.scope ?? 0)
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
