import type { ProgramRegistry } from '../host/process.ts'

/** All programs that Netarium has, by the name they are called by. */
export const PROGRAMS: ProgramRegistry = new Map()
