/**
 * Options as GNU getopt takes them (glibc posix/getopt.c): short ones in clusters, long ones by unambiguous prefix,
 * operands in between; with its messages.
 */
export interface OptionSpec {
  /** As in getopt(3): "c:" takes an argument, "c::" one in the same word; with "+" first the operands end the options. */
  readonly short: string
  /**
   * Name without dashes; '=' at the end takes an argument. The value is what next() gives for it; with '?' at its end
   * an argument may follow after '='.
   */
  readonly long?: Readonly<Record<string, string>>
}

export interface ParsedOption {
  /** The letter, or the long option's value; '?' after an error. */
  readonly name: string
  readonly value: string
}

export interface ParsedOptions {
  readonly options: readonly ParsedOption[]
  readonly operands: readonly string[]
}

/**
 * Splits `argv` (the program's name first). `complain` gets the text of each mistake, "ping: invalid option -- 'Z'\n";
 * the mistake itself appears among the options as '?'.
 */
export function getopt(argv: readonly string[], spec: OptionSpec, complain: (text: string) => void): ParsedOptions {
  const options: ParsedOption[] = []
  const operands: string[] = []
  const program = argv[0]
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i]
    if (word === '--') {
      operands.push(...argv.slice(i + 1))
      break
    }
    if (word.startsWith('--') && spec.long !== undefined) i += takeLong(argv, i, spec.long, options, complain)
    else if (word.startsWith('-') && word.length > 1) i += takeShort(argv, i, spec.short, program, options, complain)
    else {
      operands.push(word)
      if (!spec.short.startsWith('+')) continue
      operands.push(...argv.slice(i + 1))
      break
    }
  }
  return { options, operands }
}

/** Returns how many words beyond the first it used. */
function takeShort(argv: readonly string[], at: number, short: string, program: string, options: ParsedOption[],
  complain: (text: string) => void): number {
  const word = argv[at]
  for (let i = 1; i < word.length; i++) {
    const letter = word[i]
    const place = letter === ':' || letter === '+' ? -1 : short.indexOf(letter)
    if (place < 0) {
      complain(`${program}: invalid option -- '${letter}'\n`)
      options.push({ name: '?', value: letter })
    } else if (short[place + 1] !== ':') options.push({ name: letter, value: '' })
    else if (short[place + 2] === ':') {
      options.push({ name: letter, value: word.slice(i + 1) })
      return 0
    }
    else if (i + 1 < word.length) {
      options.push({ name: letter, value: word.slice(i + 1) })
      return 0
    } else if (at + 1 < argv.length) {
      options.push({ name: letter, value: argv[at + 1] })
      return 1
    } else {
      complain(`${program}: option requires an argument -- '${letter}'\n`)
      options.push({ name: '?', value: letter })
    }
  }
  return 0
}

function takeLong(argv: readonly string[], at: number, long: Readonly<Record<string, string>>, options: ParsedOption[],
  complain: (text: string) => void): number {
  const program = argv[0]
  const word = argv[at].slice(2)
  const equals = word.indexOf('=')
  const name = equals < 0 ? word : word.slice(0, equals)
  const fail = (text: string): number => {
    complain(`${program}: ${text}\n`)
    options.push({ name: '?', value: name })
    return 0
  }
  const all = Object.keys(long)
  const exact = all.filter((key) => key === name || key === `${name}=`)
  const found = exact.length > 0 ? exact : all.filter((key) => key.startsWith(name))
  const meanings = new Set(found.map((key) => `${long[key]}${key.endsWith('=')}`))
  if (found.length === 0) return fail(`unrecognized option '--${name}'`)
  if (meanings.size > 1) {
    const list = found.map((key) => `'--${key.replace(/=$/, '')}'`).join(' ')
    return fail(`option '--${name}' is ambiguous; possibilities: ${list}`)
  }
  const full = found[0].replace(/=$/, '')
  const takes = found[0].endsWith('=')
  const optional = long[found[0]].endsWith('?')
  if (optional) {
    options.push({ name: long[found[0]].slice(0, -1), value: equals < 0 ? '' : word.slice(equals + 1) })
    return 0
  }
  if (!takes && equals >= 0) return fail(`option '--${full}' doesn't allow an argument`)
  if (!takes) options.push({ name: long[found[0]], value: '' })
  else if (equals >= 0) options.push({ name: long[found[0]], value: word.slice(equals + 1) })
  else if (at + 1 < argv.length) {
    options.push({ name: long[found[0]], value: argv[at + 1] })
    return 1
  } else return fail(`option '--${full}' requires an argument`)
  return 0
}
