import type { Arguments } from './arguments.ts'
import { EXIT_USAGE, Failure, matches } from './arguments.ts'
import type { Context } from './context.ts'

/** A command of an object: `add` of `ip address`. Returns the exit status. */
export interface Command {
  /** Any beginning of one of these, or, written "=word", the word as it is. */
  readonly words: readonly string[]
  readonly run: (context: Context, args: Arguments) => number | Promise<number>
}

/** Runs the command that the words begin with; none: `show`. unknown: what `help` to try. */
export function runCommand(context: Context, args: Arguments, commands: readonly Command[],
  show: (context: Context, args: Arguments) => number, unknown: string): number | Promise<number> {
  if (args.done) return show(context, args)
  const command = commands.find(({ words }) => words.some((word) =>
    word.startsWith('=') ? args.word === word.slice(1) : matches(args.word, word)))
  if (command === undefined) throw new Failure(`Command "${args.word}" is unknown, try "${unknown} help".\n`, EXIT_USAGE)
  args.advance()
  return command.run(context, args)
}

/** Fields of a message while it is put together. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** Prints a usage text on stderr and ends the program. */
export function usage(text: string): never {
  throw new Failure(text, EXIT_USAGE)
}
