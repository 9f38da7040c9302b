/** How a statement ended. */
export const DONE = 0
export const BREAK = 1
export const CONTINUE = 2
export const NEXT = 3
export const NEXTFILE = 4
export const EXIT = 5
export const RETURN = 6

/** `exit` inside a function. */
export class ExitInFunction extends Error {}
