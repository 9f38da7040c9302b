/**
 * Assertions are for our own mistakes only. Bytes from the wire give a DropReason, system calls an errno,
 * configuration a LabError; none of them may end here.
 */

/** Thrown when the program itself is wrong: a caller broke a contract. Never part of normal operation. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/** Throws AssertionError with `message` unless `condition` holds; narrows the type for the compiler. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** Marks a branch that the types say cannot be reached; throws AssertionError if it is reached all the same. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`)
}
