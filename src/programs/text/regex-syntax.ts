/** How one dialect of glibc's regcomp differs from another (the RE_* bits of regex.h, by what they do). */
export interface RegexSyntax {
  readonly extended: boolean
  /** An operator without something before it is an error (RE_CONTEXT_INVALID_OPS, RE_CONTEXT_INVALID_DUP). */
  readonly strictOperators: boolean
  /** "{" that opens no valid interval stands for itself (RE_INVALID_INTERVAL_ORD). */
  readonly looseIntervals: boolean
  /** ")" without "(" stands for itself (RE_UNMATCHED_RIGHT_PAREN_ORD). */
  readonly looseParentheses: boolean
  /** Backslash escapes in brackets, as in awk (RE_BACKSLASH_ESCAPE_IN_LISTS). */
  readonly bracketEscapes: boolean
  readonly ignoreCase: boolean
  /** "." and "[^...]" do not match a newline (REG_NEWLINE). */
  readonly newline: boolean
}

/** A mistake in a pattern, with glibc's text. */
export class RegexError extends Error {
  override readonly name = 'RegexError'
}

/** glibc's messages (posix/regcomp.c __re_error_msgid). */
export const REGEX_MESSAGES = {
  collation: 'Invalid collation character',
  className: 'Invalid character class name',
  backslash: 'Trailing backslash',
  reference: 'Invalid back reference',
  bracket: 'Unmatched [, [^, [:, [., or [=',
  open: 'Unmatched ( or \\(',
  brace: 'Unmatched \\{',
  interval: 'Invalid content of \\{\\}',
  range: 'Invalid range end',
  operator: 'Invalid preceding regular expression',
  size: 'Regular expression too big',
  close: 'Unmatched ) or \\)',
} as const
