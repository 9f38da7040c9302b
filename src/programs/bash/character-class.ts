/** The character classes of POSIX ([[:alpha:]]) in the C.UTF-8 locale. */
const CLASSES: Readonly<Record<string, RegExp>> = {
  alpha: /^[\p{L}\p{Nl}]$/u,
  digit: /^[0-9]$/,
  alnum: /^[\p{L}\p{N}]$/u,
  upper: /^\p{Lu}$/u,
  lower: /^\p{Ll}$/u,
  space: /^[ \t\n\v\f\r]$/,
  blank: /^[ \t]$/,
  punct: /^[!-/:-@[-`{-~\p{P}\p{S}]$/u,
  print: /^[^\p{C}]$/u,
  graph: /^[^\p{C}\s]$/u,
  cntrl: /^\p{Cc}$/u,
  xdigit: /^[0-9a-fA-F]$/,
  ascii: /^[\0-\x7f]$/,
  word: /^[\p{L}\p{N}_]$/u,
}

/** Whether a character belongs to a class; nothing belongs to one that does not exist. */
export function classMatches(name: string, char: string): boolean {
  return CLASSES[name]?.test(char) ?? false
}
