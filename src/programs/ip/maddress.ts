import type { Arguments } from './arguments.ts'
import type { Context } from './context.ts'
import { usage } from './object.ts'
import { MADDRESS_USAGE } from './usage.ts'
export function runMaddress(_context: Context, _args: Arguments): number {
  usage(MADDRESS_USAGE)
}
