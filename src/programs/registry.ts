import type { Program, ProgramRegistry } from '../host/process.ts'
import { ping } from './ping/ping.ts'

/** All programs that Netarium has, by the name they are called by. Each room of programs/ adds its own here. */
export const PROGRAMS: ProgramRegistry = new Map<string, Program>([
  ['ping', ping],
])
