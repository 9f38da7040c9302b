import type { Program, ProgramRegistry } from '../host/process.ts'
import { bash } from './bash/bash.ts'
import { ip } from './ip/ip.ts'
import { ping } from './ping/ping.ts'
import { echo, falsehood, sleep, truth } from './small.ts'
import { sysctl } from './sysctl.ts'

/**
 * The programs that the command lines of most labs use, and no more: what a page loads before the others, so that a lab
 * can begin. Each is in registry.ts too.
 */
export const CORE_PROGRAMS: ProgramRegistry = new Map<string, Program>([
  ['bash', bash],
  ['echo', echo],
  ['false', falsehood],
  ['ip', ip],
  ['ping', ping],
  ['sleep', sleep],
  ['sysctl', sysctl],
  ['true', truth],
])
