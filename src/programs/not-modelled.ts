/**
 * What a program says of an option or a command that the real one has and Netarium does not: nothing is accepted and
 * then ignored. One sentence for all programs, on stderr, behind what the real program says when it refuses a word.
 */
export function notModelled(program: string, what: string): string {
  return `netarium: ${program} ${what}: not modelled\n`
}
