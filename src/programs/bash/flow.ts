/**
 * How the shell runs: as generators. Whatever needs no system call (expansion, arithmetic, builtins, loops) runs on
 * without a promise; `yield* wait(...)` hands a system call's promise to drive(), the one place that awaits. So a loop of
 * 100,000 rounds of arithmetic costs no promise turn, and the order of everything is the order of system calls.
 */
export type Run<T = void> = Generator<Promise<unknown>, T, unknown>

/** Waits for a system call from within a generator. What it throws is thrown here. */
export function* wait<T>(promise: Promise<T>): Run<T> {
  return (yield promise) as T // drive() sends in what the promise gave
}

/** Runs a generator to its end. */
export async function drive<T>(run: Run<T>): Promise<T> {
  let step = run.next()
  while (step.done !== true) {
    let value: unknown
    try {
      value = await step.value
    } catch (error) {
      step = run.throw(error)
      continue
    }
    step = run.next(value)
  }
  return step.value
}

/** Something that ends more than the present command: never seen by programs, always caught in this room. */
export abstract class Jump {
  /** Tells jumps from errors. */
  readonly jumps = true
}

/** `break n` and `continue n`. */
export class LoopJump extends Jump {
  constructor(readonly kind: 'break' | 'continue', public levels: number) {
    super()
  }
}

/** `return`, out of a function or a sourced file. */
export class ReturnJump extends Jump {
  constructor(readonly status: number) {
    super()
  }
}

/** `exit`, `set -e`, and errors that end the shell. */
export class ExitJump extends Jump {
  constructor(readonly status: number) {
    super()
  }
}

/** An error that ends the line of the script that is being run (bash's DISCARD): arithmetic, bad substitutions. */
export class DiscardJump extends Jump {
  constructor(readonly status: number) {
    super()
  }
}

/** An error whose words still have to be written; what it ends depends on where it happens. */
export class ShellError extends Error {
  override readonly name = 'ShellError'

  /** fatal: a shell that is not interactive ends, with `status`. */
  constructor(message: string, readonly status = 1, readonly fatal = false) {
    super(message)
  }
}
