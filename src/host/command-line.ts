/**
 * Command lines of `exec`: simple commands joined by `;`, `&&`, `||` and newlines, with the shell's quoting rules
 * (POSIX XCU 2.2). Everything else of the shell's language is refused by name, so that no line means here something
 * else than in bash.
 */
export interface SimpleCommand {
  /** How it is joined to the one before: ';' always, '&&' when that succeeded, '||' when it failed. */
  readonly join: ';' | '&&' | '||'
  readonly words: readonly string[]
}

/** What of the shell's language a line uses that exec does not have, or a mistake in it. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError'
}

const OPERATORS: readonly (readonly [string, string])[] = [
  ['||', ''], ['&&', ''], ['|&', 'a pipeline'], ['|', 'a pipeline'], [';;', 'a case clause'], [';', ''], ['\n', ''],
  ['&>', 'a redirection'], ['&', 'a background job'], ['>', 'a redirection'], ['<', 'a redirection'],
  ['(', 'a subshell'], [')', 'a subshell'],
]

const RESERVED = new Set([
  'if', 'then', 'elif', 'else', 'fi', 'for', 'while', 'until', 'do', 'done', 'case', 'esac', 'select', 'function',
  'time', 'coproc', '{', '}', '!', '[[',
])

interface Token {
  readonly text: string
  readonly operator: boolean
  /** Quotes or escapes were in it. */
  readonly quoted: boolean
}

/** Splits a line into its commands. Throws CommandLineError. An empty line gives an empty list. */
export function parseCommandLine(line: string): SimpleCommand[] {
  const commands: SimpleCommand[] = []
  let join: SimpleCommand['join'] = ';'
  let words: string[] = []
  let operatorBefore = ''
  for (const token of tokens(line)) {
    if (!token.operator) {
      if (words.length === 0) refuseCommandWord(token)
      words.push(token.text)
      continue
    }
    if (words.length === 0) {
      if (token.text === '\n') continue
      throw new CommandLineError(`syntax error near unexpected token \`${token.text}'`)
    }
    commands.push({ join, words })
    words = []
    operatorBefore = token.text
    join = token.text === '\n' ? ';' : token.text as SimpleCommand['join'] // refused in tokens() otherwise
  }
  if (words.length > 0) commands.push({ join, words })
  else if (operatorBefore === '&&' || operatorBefore === '||') {
    throw new CommandLineError('syntax error: unexpected end of file')
  }
  return commands
}

function refuseCommandWord(token: Token): void {
  if (token.quoted) return
  if (RESERVED.has(token.text)) throw refusal(token.text, 'a keyword of the shell')
  if (/^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(token.text)) throw refusal(token.text, 'an assignment')
}

function refusal(text: string, what: string): CommandLineError {
  return new CommandLineError(`${what} ("${text}") is not modelled: exec runs simple commands joined by ;, && and ||`)
}

function tokens(line: string): Token[] {
  const out: Token[] = []
  let at = 0
  while (at < line.length) {
    const c = line[at]
    if (c === ' ' || c === '\t') at++
    else if (c === '\\' && line[at + 1] === '\n') at += 2
    else if (c === '#') while (at < line.length && line[at] !== '\n') at++
    else {
      const operator = operatorAt(line, at)
      if (operator !== '') {
        out.push({ text: operator, operator: true, quoted: false })
        at += operator.length
      } else at = readWord(line, at, out)
    }
  }
  return out
}

function operatorAt(line: string, at: number): string {
  for (const [text, refused] of OPERATORS) {
    if (!line.startsWith(text, at)) continue
    if (refused !== '') throw refusal(text, refused)
    return text
  }
  return ''
}

function readWord(line: string, start: number, out: Token[]): number {
  let text = ''
  let quoted = false
  let at = start
  while (at < line.length) {
    const c = line[at]
    if (c === "'" || c === '"') {
      quoted = true
      const end = c === "'" ? singleQuoted(line, at) : doubleQuoted(line, at)
      text += c === "'" ? line.slice(at + 1, end) : unescapeDouble(line.slice(at + 1, end))
      at = end + 1
    } else if (c === '\\') {
      quoted = true
      if (line[at + 1] === '\n') at += 2
      else {
        text += at + 1 < line.length ? line[at + 1] : '\\'
        at += 2
      }
    } else if (c === ' ' || c === '\t' || operatorAt(line, at) !== '') break
    else {
      refuseExpansion(line, at, text === '' && !quoted)
      text += c
      at++
    }
  }
  out.push({ text, operator: false, quoted })
  return at
}

function singleQuoted(line: string, at: number): number {
  const end = line.indexOf("'", at + 1)
  if (end < 0) throw new CommandLineError("unexpected EOF while looking for matching `''")
  return end
}

function doubleQuoted(line: string, at: number): number {
  for (let i = at + 1; i < line.length; i++) {
    const c = line[i]
    if (c === '\\') i++
    else if (c === '"') return i
    else if (c === '$' && EXPANDS.test(line[i + 1] ?? '')) throw refusal(c + line[i + 1], 'an expansion')
    else if (c === '`') throw refusal(c, 'a command substitution')
  }
  throw new CommandLineError("unexpected EOF while looking for matching `\"'")
}

function unescapeDouble(text: string): string {
  return text.replace(/\\([\\"$`\n])/g, (_, c: string) => c === '\n' ? '' : c)
}

/** What after a dollar sign makes it an expansion. */
const EXPANDS = /[A-Za-z0-9_({@*#?$!-]/

function refuseExpansion(line: string, at: number, atStart: boolean): void {
  const c = line[at]
  if (c === '$' && (EXPANDS.test(line[at + 1] ?? '') || line[at + 1] === "'" || line[at + 1] === '"')) {
    throw refusal(c + line[at + 1], 'an expansion')
  }
  if (c === '`') throw refusal(c, 'a command substitution')
  if (c === '*' || c === '?' || c === '[') throw refusal(c, 'a file name pattern, unless quoted,')
  if (c === '~' && atStart) throw refusal(c, 'a home directory, unless quoted,')
  if (c === '{' && /^\{[^\s{}]*(?:,|\.\.)[^\s{}]*\}/.test(line.slice(at))) throw refusal('{', 'a brace expansion')
}
