import {
  RT_SCOPE_UNIVERSE, RTM_F_NOTIFY, RTNH_F_DEAD, RTNH_F_LINKDOWN, RTNH_F_OFFLOAD, RTNH_F_ONLINK, RTNH_F_PERVASIVE,
  RTNH_F_TRAP, RTNH_F_UNRESOLVED,
} from '../../inet/route/constants.ts'
import { type NexthopObjectMessage, RTM_DELNEXTHOP } from '../../netlink/messages.ts'
import type { Context } from './context.ts'
import { PROTOCOLS, SCOPES } from './names.ts'

const RTM_F_OFFLOAD = 0x4000
const RTM_F_TRAP = 0x8000
const RTM_F_OFFLOAD_FAILED = 0x20000000

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [RTNH_F_DEAD, 'dead'], [RTNH_F_ONLINK, 'onlink'], [RTNH_F_PERVASIVE, 'pervasive'], [RTNH_F_OFFLOAD, 'offload'],
  [RTNH_F_TRAP, 'trap'], [RTM_F_NOTIFY, 'notify'], [RTNH_F_LINKDOWN, 'linkdown'], [RTNH_F_UNRESOLVED, 'unresolved'],
  [RTM_F_OFFLOAD, 'rt_offload'], [RTM_F_TRAP, 'rt_trap'], [RTM_F_OFFLOAD_FAILED, 'rt_offload_failed'],
]

/** A nexthop object, as `ip nexthop` and `ip monitor nexthop` show it (print_nexthop). */
export function printNexthop(context: Context, message: NexthopObjectMessage): void {
  const { printer } = context
  printer.openObject()
  if (message.type === RTM_DELNEXTHOP) printer.value('deleted', true, 'Deleted ')
  printNexthopFields(context, message)
  printer.text('\n')
  printer.closeObject()
}

/** Its fields alone: also what `ip -d route` says behind nh_info. */
export function printNexthopFields(context: Context, message: NexthopObjectMessage): void {
  const { printer, options } = context
  const { id = 0, scope = 0, protocol = 0 } = message
  const details = options.details > 0
  printer.value('id', id, `id ${id} `)
  if (message.group !== undefined) printGroup(context, message.group)
  if (message.gateway !== undefined) {
    printer.text('via ')
    printer.colored('gateway', context.address(message.gateway), 'inet', `${context.address(message.gateway)} `)
  }
  if (message.oif !== undefined) {
    const name = context.nameOf(message.oif)
    printer.value('dev', name, `dev ${name} `)
  }
  if (scope !== RT_SCOPE_UNIVERSE || details) printer.value('scope', SCOPES.format(scope), `scope ${SCOPES.format(scope)} `)
  if (message.blackhole) printer.value('blackhole', null, 'blackhole ')
  if (protocol !== 0 || details) {
    printer.value('protocol', PROTOCOLS.format(protocol), `proto ${PROTOCOLS.format(protocol)} `)
  }
  printFlags(context, message.flags ?? 0)
}

function printGroup(context: Context, group: NonNullable<NexthopObjectMessage['group']>): void {
  const { printer } = context
  printer.openArray('group')
  for (const [i, { id, weight }] of group.entries()) {
    printer.openObject()
    printer.value('id', id, `${i === 0 ? 'group ' : '/'}${id}`)
    if (weight > 1) printer.value('weight', weight, `,${weight}`)
    printer.closeObject()
  }
  printer.text(' ')
  printer.closeArray()
}

/** RTNH_F_* and RTM_F_* by name (print_rt_flags). */
export function printFlags(context: Context, flags: number): void {
  const { printer } = context
  printer.openArray('flags')
  for (const [flag, name] of FLAG_NAMES) if ((flags & flag) !== 0) printer.value(null, name, `${name} `)
  printer.closeArray()
}
