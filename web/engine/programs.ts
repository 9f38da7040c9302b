import type { Program, ProgramRegistry } from '../../src/host/process.ts'
import { Lab } from '../../src/lab/lab.ts'
import type { InputLog } from '../../src/lab/inputs.ts'
import type { LabModel } from '../../src/lab/model.ts'

/**
 * The programs of the nodes come in two parts, since they are most of the engine's weight: the core, which the lines of
 * most labs use, and all. Nobody may see that one is missing, and no run may depend on when they came: so a session
 * waits for the part that is needed before anything can start a process. What needs which part is told by `none`,
 * `core` and `all`; where a line is not plain, all.
 */
export type Part = 'none' | 'core' | 'all'

function missing(): never {
  throw new Error('a process was started before the programs were there')
}

/** Grows. It has a shell from the start, so that no lab adds one of its own. */
const growing = new Map<string, Program>([['bash', missing]])

/** What is run on the nodes of every lab of this worker. */
export const PROGRAMS_SO_FAR: ProgramRegistry = growing

/** Whoever changes a cable waits for all: until then there is no checker of changes, and none is called. */
Lab.checkLinkChange ??= missing

const loading = new Map<Part, Promise<void>>([['none', Promise.resolve()]])

/** Settles when this part is there. */
export function need(part: Part): Promise<void> {
  const known = loading.get(part) ?? (part === 'core' ? loadCore() : loadAll())
  loading.set(part, known)
  return known
}

async function loadCore(): Promise<void> {
  const { CORE_PROGRAMS } = await import('../../src/programs/core.ts')
  if (growing.size < CORE_PROGRAMS.size) grow(CORE_PROGRAMS)
}

async function loadAll(): Promise<void> {
  const [{ PROGRAMS }, { checkLinkChange }] = await Promise.all([
    import('../../src/programs/registry.ts'), import('../../src/lab/link-change.ts')])
  Lab.checkLinkChange = checkLinkChange
  grow(PROGRAMS)
}

/** In the order of `programs`: whoever lists them must not see in which order they came. */
function grow(programs: ProgramRegistry): void {
  growing.clear()
  for (const [name, program] of programs) growing.set(name, program)
}

/** What a lab needs to be opened: its settings are said to netlink, but exec lines and routes of text are run. */
export function partToOpen(model: LabModel, log: InputLog | undefined): Part {
  const early = [...model.script, ...model.checks].some(({ atNs }) => atNs === 0)
  const lines = model.nodes.some(({ exec, routes }) => exec.length > 0 || routes.length > 0)
  return early || lines || log !== undefined ? partToRun(model, log) : 'none'
}

/** What a lab's own lines, and what was done to it, need. */
export function partToRun(model: LabModel, log: InputLog | undefined): Part {
  if (log?.inputs.some(({ kind }) => kind !== 'script')) return 'all'
  const lines = [
    ...model.nodes.flatMap(({ exec }) => exec),
    ...[...model.script, ...model.checks].flatMap((step) => step.kind === 'run' ? [step.run] : []),
  ]
  return lines.every(isPlain) ? 'core' : 'all'
}

const CORE_COMMANDS = new Set(['ip', 'ping', 'sysctl', 'echo', 'sleep', 'true', 'false'])

/** Whether a line can't run anything but programs of the core: simple commands of plain words. */
export function isPlain(line: string): boolean {
  return line.split(/&&|\|\||[;|&\n]/).every((command) => {
    const words = command.trim().split(/\s+/)
    if (words[0] === '') return true
    // `ip netns exec` runs anything, and ip takes any beginning of a word.
    const runsOther = words.some((word) => word !== '' && 'exec'.startsWith(word))
    return /^[\w\s.:/=,@%+-]*$/.test(command) && CORE_COMMANDS.has(words[0]) && !runsOther
  })
}
