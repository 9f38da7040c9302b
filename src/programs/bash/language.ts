import type { CompoundCommand, CompoundList, Redirected, Statement, WordPart } from 'unbash'
import type { Chunk, Context } from './expand/chunks.ts'
import type { Run } from './flow.ts'
import type { Shell } from './shell.ts'

/** A command that the shell has itself: argv with its name first; its status. */
export type Builtin = (shell: Shell, argv: readonly string[]) => number | Run<number>

/** What a function's body may be. */
export type CompoundBody = CompoundCommand | Redirected | CompoundList

/**
 * The language's parts call each other in a circle: words hold commands, commands hold words, builtins run both. What
 * lies higher is called by way of this table, which bash.ts fills, so that imports go one way.
 */
export interface Language {
  readonly builtins: ReadonlyMap<string, Builtin>
  /** run.ts. alone: nothing comes after the statements in this process. */
  runStatements(shell: Shell, statements: readonly Statement[], alone?: boolean): Run
  runBody(shell: Shell, body: CompoundBody): Run
  /** expand/part.ts: adds what a part of a word becomes. */
  addPart(shell: Shell, part: WordPart, context: Context, chunks: Chunk[]): Run
}
