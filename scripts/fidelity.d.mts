/** Files with counts in them, relative to the project. */
export const FILES: readonly string[]
/** A file's text with the table, or the counts, that it should have. */
export function withCounts(file: string): string
