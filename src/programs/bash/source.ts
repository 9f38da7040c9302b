import { forEachChild, parse, type ParsedScript, type Statement, type SyntaxNode } from 'unbash'

/**
 * Text that is run: parsed once, cut into complete commands as bash reads them (a line, and as many more as it needs),
 * with the words that bash has for what it cannot read. The parser goes on after a mistake and says where it was; what
 * lies on lines before it is still run, as bash does.
 */
export class Source {
  private starts: number[] | null = null

  constructor(readonly text: string, readonly firstLine = 1, readonly file: string | null = null,
    readonly label = '') {}

  /** The line of a place, counted from firstLine. */
  lineAt(pos: number): number {
    if (this.starts === null) {
      this.starts = [0]
      for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) this.starts.push(at + 1)
    }
    let low = 0
    for (let high = this.starts.length - 1; low < high;) {
      const middle = (low + high + 1) >> 1
      if (this.starts[middle] <= pos) low = middle
      else high = middle - 1
    }
    return this.firstLine + low
  }

  get lineCount(): number {
    return this.text.split('\n').length - (this.text.endsWith('\n') ? 1 : 0)
  }

  /** The text of the line that a place is on. */
  lineText(pos: number): string {
    const start = this.text.lastIndexOf('\n', pos - 1) + 1
    const end = this.text.indexOf('\n', pos)
    return this.text.slice(start, end < 0 ? this.text.length : end)
  }
}

/** A mistake in the language: bash's words, and the line they are about. */
export interface SyntaxMistake {
  readonly message: string
  readonly line: number
  /** The line to be quoted; null: none is. */
  readonly quoted: string | null
  /** It may be put right by more lines: what an interactive shell asks for with PS2. */
  readonly incomplete: boolean
  /** It is inside of $( ). */
  readonly nested: boolean
  readonly pos: number
}

/** One complete command: the statements of a line. */
export type CompleteCommand = readonly Statement[]

export interface ParsedText {
  readonly commands: readonly CompleteCommand[]
  /** What comes after `commands` cannot be read. */
  readonly mistake: SyntaxMistake | null
}

/** Parses a text; extglob: whether the option is set, without which its patterns are mistakes. */
export function parseText(source: Source, extglob: boolean): ParsedText {
  const script = parse(source.text)
  const mistake = findMistake(source, script, extglob)
  const commands: Statement[][] = []
  let end = -1
  for (const statement of script.commands) {
    if (mistake !== null && statement.pos > mistake.pos) break
    const joined = end >= 0 && !source.text.slice(end, statement.pos).includes('\n')
    if (joined) commands[commands.length - 1].push(statement)
    else commands.push([statement])
    end = statement.end
  }
  if (mistake !== null && commands.length > 0) {
    // The line of the mistake is not run at all.
    const last = commands[commands.length - 1]
    const behind = last[last.length - 1].end
    if (unclosed(script) || mistake.pos < behind || !source.text.slice(behind,
      mistake.pos).includes('\n')) commands.pop()
  }
  return { commands, mistake }
}

/** Whether a compound command is not closed: the statement's own end says nothing then. */
function unclosed(script: ParsedScript): boolean {
  return script.errors?.some(({ message }) => /to close '|^unterminated/.test(message)) ?? false
}

/** Whether a text needs more lines to be complete. */
export function isIncomplete(text: string): boolean {
  const source = new Source(text)
  const script = parse(text)
  return /(?:^|[^\\])(?:\\\\)*\\\n?$/.test(text) || findMistake(source, script, true)?.incomplete === true
    || openHereDoc(script)
}

function openHereDoc(script: ParsedScript): boolean {
  let open = false
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'HereDoc' && node.closing === undefined) open = true
    else if (!open) forEachChild(node, visit)
  }
  visit(script)
  return open
}

interface Found {
  readonly nested?: boolean
  readonly message: string
  readonly pos: number
}

/** The first mistake in reading order, those of $( ) included, which bash parses with the rest. */
function findMistake(source: Source, script: ParsedScript, extglob: boolean): SyntaxMistake | null {
  let first: Found | null = null
  const note = (found: Found): void => {
    if (first === null || found.pos < first.pos) first = found
  }
  for (const error of script.errors ?? []) note(error)
  if (/\$\(|[<>]\(|\$\{|[?*+@!]\(/.test(source.text)) visitNested(script, extglob, note)
  return first === null ? null : describe(source, first)
}

function visitNested(script: ParsedScript, extglob: boolean, note: (found: Found) => void): void {
  const visit = (node: SyntaxNode, inTest: boolean): void => {
    if (node.type === 'CommandExpansion' && node.text.startsWith('`')) return // parsed when it is run
    if (node.type === 'Script') for (const error of node.errors ?? []) note({ ...error, nested: true })
    if (node.type === 'ExtendedGlob' && !extglob && !inTest) note({ message: "unexpected token '('",
      pos: node.pos + 1 })
    if (node.type === 'ParameterExpansion') return visitOperand(node, visit)
    forEachChild(node, (child) => visit(child, inTest || node.type === 'TestCommand'))
  }
  visit(script, false)
}

/** Patterns inside of ${ } are only looked at when they are used. */
function visitOperand(node: SyntaxNode, visit: (node: SyntaxNode, inTest: boolean) => void): void {
  forEachChild(node, (child) => visit(child, true))
}

const CLOSERS: readonly (readonly [RegExp, string])[] = [
  [/double quote/, '"'], [/single quote|ANSI-C/, "'"], [/backtick/, '`'], [/parameter expansion/, '}'],
  [/command substitution|process substitution|arithmetic|extended glob/, ')'], [/subscript/, ']'],
]

/** bash's words for a mistake. */
function describe(source: Source, found: Found): SyntaxMistake {
  const { text } = source
  const { message } = found
  const lastLine = source.firstLine + source.lineCount
  if (message.startsWith('unterminated')) {
    const closer = CLOSERS.find(([kind]) => kind.test(message))?.[1] ?? ')'
    const line = /(?:command|process) substitution/.test(message) ? lastLine : source.lineAt(found.pos)
    return { message: `unexpected EOF while looking for matching \`${closer}'`, line, quoted: null, incomplete: true,
      nested: false, pos: found.pos }
  }
  const inside = /^expected command in (?:subshell|brace group)/.test(message) ? 1 : 0
  const at = skipBlank(text, found.pos + inside)
  const wordMissing = /(?:^|[;&|\s])(?:for|select|function)[ \t]*$/.test(text.slice(0, at))
    || /;;[^\n]*\w[^\n]*$/.test(text) && message.includes("'esac'")
  const onlyWords = wordMissing || /^expected (?:redirect target|word after)|after 'coproc'/.test(message)
  if (at >= text.length && !onlyWords || at >= text.length - 1 && text.endsWith('\n') && !onlyWords) {
    return { message: 'syntax error: unexpected end of file', line: lastLine, quoted: null, incomplete: true,
      nested: false, pos: found.pos }
  }
  const token = tokenAt(text, at)
  const line = source.lineAt(Math.min(at, text.length))
  const words = `syntax error near unexpected token \`${token}'`
  return { message: words, line, quoted: source.lineText(at), incomplete: false, nested: found.nested === true,
    pos: found.pos }
}

function skipBlank(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\\' && text[at + 1] === '\n') at += text[at] === '\\'
    ? 2 : 1
  return at
}

const TOKENS = ['<<<', '<<-', ';;&', '&>>', '&&', '||', ';;', ';&', '|&', '<<', '>>', '<&', '>&', '<>', '>|', '&>',
  '(', ')', ';', '&',
  '|', '<', '>']

function tokenAt(text: string, at: number): string {
  if (at >= text.length || text[at] === '\n') return 'newline'
  const operator = TOKENS.find((one) => text.startsWith(one, at))
  if (operator !== undefined) return operator
  return /^(?:\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"|[^\s;&|<>()\\'"])+/.exec(text.slice(at))?.[0] ?? text[at]
}
