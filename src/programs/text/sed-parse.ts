import { ProgramError } from '../c-number.ts'
import { compileRegex, Regex } from './regex.ts'
import { convertEscapes } from './sed-escapes.ts'

export type Address =
  | { readonly kind: 'line', readonly line: number }
  | { readonly kind: 'step', readonly first: number, readonly step: number }
  | { readonly kind: 'last' }
  | { readonly kind: 'plus', readonly count: number }
  | { readonly kind: 'multiple', readonly of: number }
  /** null: the last regular expression used. */
  | { readonly kind: 'regex', readonly regex: Regex | null }

/** A piece of a replacement: text, or a group, after a change of case. */
export interface Piece {
  readonly text: string
  /** -1: text alone. */
  readonly group: number
  /** \U \L \u \l \E that stands before it. */
  readonly letterCase: string
}

export interface Substitution {
  readonly regex: Regex | null
  readonly pieces: readonly Piece[]
  readonly global: boolean
  readonly print: boolean
  readonly number: number
  readonly file: string | null
}

export interface Command {
  readonly name: string
  readonly first: Address | null
  readonly last: Address | null
  readonly negated: boolean
  /** Text of a, i, c; a file's name; a label. */
  text: string
  /** Number of q, Q, l, L; -1 without. */
  readonly number: number
  /** Index of what follows the block that { opens, or of a label. */
  target: number
  readonly substitution: Substitution | null
  readonly map: ReadonlyMap<string, string> | null
  /** State of a range: active, and the line where it ends. */
  active: boolean
  end: number
}

export interface SedScript {
  readonly commands: Command[]
  /** The script began with "#n". */
  readonly quiet: boolean
}

/** Where a script comes from: -e text, or a file's. */
export interface Expression {
  readonly text: string
  /** null: of -e. */
  readonly file: string | null
}

interface Flags {
  readonly extended: boolean
  readonly sandbox: boolean
}

/** Compiles a script as GNU sed 4.9's compile.c does. Throws ProgramError with its words. */
export function parseSed(program: string, expressions: readonly Expression[], flags: Flags): SedScript {
  const parser = new SedParser(program, expressions, flags)
  return parser.parse()
}

const ONE_ADDRESS = 'qQ'
const PLAIN = '=dDFgGhHnNpPzx'

class SedParser {
  private readonly commands: Command[] = []
  private readonly blocks: number[] = []
  private readonly labels = new Map<string, number>()
  private quiet = false
  private index = 0
  private at = 0
  /** The last a, i or c, whose text may come with the next expression. */
  private pendingText: Command | null = null
  private text = ''

  constructor(private readonly program: string, private readonly expressions: readonly Expression[],
    private readonly flags: Flags) {}

  parse(): SedScript {
    for (this.index = 0; this.index < this.expressions.length; this.index++) {
      this.text = this.expressions[this.index].text
      this.at = 0
      if (this.pendingText !== null) this.readText(this.pendingText)
      while (this.command()) { /* until the end of the expression */ }
    }
    this.at = 0
    if (this.blocks.length > 0) this.failAt(0, 'unmatched `{\'')
    for (const command of this.commands) {
      if (!'btT'.includes(command.name)) continue
      if (command.text === '') command.target = this.commands.length
      else {
        const target = this.labels.get(command.text)
        if (target === undefined) {
          throw new ProgramError(`${this.program}: can't find label for jump to \`${command.text}'\n`, 4)
        }
        command.target = target
      }
    }
    return { commands: this.commands, quiet: this.quiet }
  }

  private fail(text: string): never {
    return this.failAt(this.at, text)
  }

  private failAt(at: number, text: string): never {
    const { file } = this.expressions[Math.min(this.index, this.expressions.length - 1)]
    const line = this.text.slice(0, at).split('\n').length
    const where = file === null ? `-e expression #${Math.min(this.index + 1, this.expressions.length)}, char ${at}`
      : `file ${file} line ${line}`
    throw new ProgramError(`${this.program}: ${where}: ${text}\n`, 1)
  }

  private peek(): string {
    return this.text[this.at] ?? ''
  }

  private skipBlanks(): void {
    while (this.peek() === ' ' || this.peek() === '\t') this.at++
  }

  /** in_nonblank(): the next character that is no blank; '' at the end. */
  private next(): string {
    this.skipBlanks()
    const c = this.peek()
    this.at += c.length
    return c
  }

  private integer(): number {
    const digits = /^[0-9]*/.exec(this.text.slice(this.at)) as RegExpExecArray // matches any text
    this.at += digits[0].length
    return Number(digits[0])
  }

  private command(): boolean {
    while (/[\s;]/.test(this.peek())) this.at++
    if (this.peek() === '') return false
    if (this.peek() === '#') {
      const first = this.index === 0 && this.at === 0
      const end = this.text.indexOf('\n', this.at)
      const comment = this.text.slice(this.at, end < 0 ? undefined : end)
      if (first && comment === '#n') this.quiet = true
      this.at = end < 0 ? this.text.length : end + 1
      return true
    }
    const first = this.address()
    let last: Address | null = null
    if (first !== null) {
      this.skipBlanks()
      if (this.peek() === ',') {
        this.at++
        this.skipBlanks()
        last = this.address()
        if (last === null) {
          if (this.peek() !== '') this.at++
          this.fail('unexpected `,\'')
        }
      }
    }
    let name = this.next()
    if (first?.kind === 'line' && first.line === 0 && last?.kind !== 'regex') this.fail('invalid usage of line address 0')
    const negated = name === '!'
    if (negated) {
      name = this.next()
      if (name === '!') this.fail('multiple `!\'s')
    }
    if (name === '') this.fail('missing command')
    this.body(name, first, last, negated)
    return true
  }

  private address(): Address | null {
    const c = this.peek()
    if (c === '/' || c === '\\') {
      this.at++
      let delimiter = c
      if (c === '\\') {
        delimiter = this.peek()
        this.at++
      }
      const pattern = this.untilSlash(delimiter, true)
      if (pattern === null) this.fail('unterminated address regex')
      let ignoreCase = false
      let newline = false
      for (; ; this.at++) {
        this.skipBlanks()
        if (this.peek() === 'I') ignoreCase = true
        else if (this.peek() === 'M') newline = true
        else break
      }
      return { kind: 'regex', regex: this.regex(pattern, ignoreCase, newline) }
    }
    if (c >= '0' && c <= '9') {
      const line = this.integer()
      this.skipBlanks()
      if (this.peek() !== '~') return { kind: 'line', line }
      this.at++
      this.skipBlanks()
      const step = this.integer()
      return step > 0 ? { kind: 'step', first: line, step } : { kind: 'line', line }
    }
    if (c === '$') {
      this.at++
      return { kind: 'last' }
    }
    if (c === '+' || c === '~') {
      this.at++
      this.skipBlanks()
      const count = this.integer()
      return c === '+' ? { kind: 'plus', count } : { kind: 'multiple', of: count }
    }
    return null
  }

  /** match_slash(): the text up to the delimiter, which is taken too; null without one. */
  private untilSlash(delimiter: string, regex: boolean): string | null {
    let text = ''
    while (this.at < this.text.length) {
      let c = this.text[this.at++]
      if (c === delimiter) return text
      if (c === '\n' && regex) {
        this.at--
        return null
      }
      if (c === '\\') {
        if (this.at >= this.text.length) return null
        c = this.text[this.at++]
        if (c === delimiter && !(!regex && c === '&')) text += c
        else if (c === 'n' && regex) text += '\n'
        else if (c === '\n' && regex) text += c
        else text += `\\${c}`
        continue
      }
      if (c === '[' && regex) {
        const bracket = this.bracket()
        if (bracket === null) {
          this.at = this.text.length
          return null
        }
        text += bracket
        continue
      }
      text += c
    }
    return null
  }

  /** A bracket expression from "[" (already taken) on, in which the delimiter is a character; null when it is open. */
  private bracket(): string | null {
    const rest = this.text.slice(this.at)
    const match = /^\^?\]?(?:\[([:.=])[^\n]*?\1\]|[^\]\n])*\]/.exec(rest)
    if (match === null) return null
    this.at += match[0].length
    return `[${match[0].replace(/\\n/g, '\n')}`
  }

  private regex(pattern: string, ignoreCase: boolean, newline: boolean): Regex | null {
    if (pattern === '') {
      if (ignoreCase || newline) this.fail('cannot specify modifiers on empty regexp')
      return null
    }
    const source = convertEscapes(pattern, 'regex')
    const regex = compileRegex(source, { extended: this.flags.extended, ignoreCase, newline, dialect: 'sed' })
    if (!(regex instanceof Regex)) this.fail(regex.message)
    return regex
  }

  private body(name: string, first: Address | null, last: Address | null, negated: boolean): void {
    const command = (fields: Partial<Command> = {}): Command => {
      const made: Command = {
        name, first, last, negated, text: '', number: -1, target: -1, substitution: null, map: null,
        active: first?.kind === 'line' && first.line === 0, end: 0, ...fields,
      }
      this.commands.push(made)
      return made
    }
    if (name === '{') {
      this.blocks.push(this.commands.length)
      command()
    } else if (name === '}') {
      const open = this.blocks.pop()
      if (open === undefined) this.fail('unexpected `}\'')
      if (first !== null) this.fail('} doesn\'t want any addresses')
      this.commands[open].target = this.commands.length
      this.endOfCommand()
    } else if ('aic'.includes(name)) this.startText(command())
    else if (name === ':') {
      if (first !== null) this.fail(': doesn\'t want any addresses')
      this.skipBlanks()
      const label = /^[^\s;]*/.exec(this.text.slice(this.at))?.[0] ?? ''
      this.at += label.length
      if (label === '') this.fail('":" lacks a label')
      this.labels.set(label, this.commands.length)
    } else if ('btT'.includes(name)) {
      this.skipBlanks()
      const label = /^[^\s;}]*/.exec(this.text.slice(this.at))?.[0] ?? ''
      this.at += label.length
      command({ text: label })
    } else if ('rRwW'.includes(name)) command({ text: this.fileName() })
    else if (ONE_ADDRESS.includes(name) || name === 'l' || name === 'L') {
      if (last !== null && ONE_ADDRESS.includes(name)) this.fail('command only uses one address')
      this.skipBlanks()
      const number = /[0-9]/.test(this.peek()) ? this.integer() : -1
      this.endOfCommand()
      command({ number })
    } else if (PLAIN.includes(name)) {
      this.endOfCommand()
      command()
    } else if (name === 's') command({ substitution: this.substitution() })
    else if (name === 'y') command({ map: this.transliteration() })
    else if (name === 'v') {
      const version = /^[ \t]*([^\s;]*)/.exec(this.text.slice(this.at)) as RegExpExecArray // matches any text
      this.at += version[0].length
      const [major, minor] = version[1].split('.').map(Number)
      if (version[1] !== '' && !(major < 4 || (major === 4 && (minor || 0) <= 9))) this.fail('expected newer version of sed')
      this.endOfCommand()
    } else if (name === 'e') {
      throw new ProgramError(`${this.program}: -e expression #${this.index + 1}, char ${this.at}: `
        + `unknown command: \`e'\nnetarium: sed e: not modelled\n`, 1)
    } else this.fail(`unknown command: \`${name}'`)
  }

  private endOfCommand(): void {
    const c = this.next()
    if (c === '}' || c === '#') this.at--
    else if (c !== '' && c !== '\n' && c !== ';') this.fail('extra characters after command')
  }

  private fileName(): string {
    this.skipBlanks()
    const end = this.text.indexOf('\n', this.at)
    const name = this.text.slice(this.at, end < 0 ? undefined : end)
    if (name === '') this.fail('missing filename in r/R/w/W commands')
    this.at = end < 0 ? this.text.length : end + 1
    return name
  }

  private startText(command: Command): void {
    this.skipBlanks()
    if (this.peek() === '') this.fail('expected \\ after `a\', `c\' or `i\'')
    if (this.peek() === '\\') {
      const after = /^\\[ \t]*\n/.exec(this.text.slice(this.at))
      if (after !== null) this.at += after[0].length
      else if (this.at + 1 >= this.text.length) {
        this.at++
        this.pendingText = command
        return
      } else this.at++
    }
    this.readText(command)
  }

  /** read_text(): up to a newline that no backslash precedes; backslashes go. */
  private readText(command: Command): void {
    let text = ''
    while (this.at < this.text.length) {
      const c = this.text[this.at++]
      if (c === '\\') {
        if (this.at >= this.text.length) {
          command.text += convertText(text) + '\n'
          this.pendingText = command
          return
        }
        text += `\\${this.text[this.at++]}`
      } else if (c === '\n') break
      else text += c
    }
    command.text += `${convertText(text)}\n`
    this.pendingText = null
  }

  private substitution(): Substitution {
    const delimiter = this.peek()
    this.at += delimiter.length
    const pattern = delimiter === '' || delimiter === '\n' || delimiter === '\\' ? null : this.untilSlash(delimiter, true)
    const replacement = pattern === null ? null : this.untilSlash(delimiter, false)
    if (pattern === null || replacement === null) this.fail('unterminated `s\' command')
    let global = false
    let print = false
    let number = 0
    let ignoreCase = false
    let newline = false
    let file: string | null = null
    for (;;) {
      const c = this.peek()
      if (c >= '0' && c <= '9') {
        const digits = this.integer()
        if (number > 0) {
          this.fail('multiple number options to `s\' command')
        }
        if (digits === 0) this.fail('number option to `s\' command may not be zero')
        number = digits
        continue
      }
      this.at += c.length
      if (c === 'i' || c === 'I') ignoreCase = true
      else if (c === 'm' || c === 'M') newline = true
      else if (c === 'g') {
        if (global) this.fail('multiple `g\' options to `s\' command')
        global = true
      } else if (c === 'p') {
        if (print) this.fail('multiple `p\' options to `s\' command')
        print = true
      } else if (c === 'w') {
        file = this.fileName()
        break
      } else if (c === '}' || c === '#') {
        this.at--
        break
      } else if (c === '' || c === '\n' || c === ';') break
      else if (c === ' ' || c === '\t') continue
      else if (c === 'e') {
        throw new ProgramError(`${this.program}: -e expression #${this.index + 1}, char ${this.at}: `
          + `unknown option to \`s'\nnetarium: sed s///e: not modelled\n`, 1)
      } else this.fail('unknown option to `s\'')
    }
    const regex = this.regex(pattern, ignoreCase, newline)
    const pieces = replacementPieces(replacement)
    for (const { group } of pieces) {
      if (group > 0 && regex !== null && group > regex.groups) {
        this.fail(`invalid reference \\${group} on \`s' command's RHS`)
      }
    }
    return { regex, pieces, global, print, number, file }
  }

  private transliteration(): Map<string, string> {
    const delimiter = this.peek()
    this.at += delimiter.length
    const source = delimiter === '' ? null : this.untilSlash(delimiter, false)
    const target = source === null ? null : this.untilSlash(delimiter, false)
    if (source === null || target === null) this.fail('unterminated `y\' command')
    const from = this.characters(source)
    const to = this.characters(target)
    if (from.length !== to.length) this.fail('strings for `y\' command are different lengths')
    this.endOfCommand()
    const map = new Map<string, string>()
    for (const [i, c] of from.entries()) if (!map.has(c)) map.set(c, to[i])
    return map
  }

  private characters(text: string): string[] {
    const out: string[] = []
    const all = [...convertEscapes(text, 'replacement')]
    for (let i = 0; i < all.length; i++) {
      if (all[i] !== '\\') out.push(all[i])
      else if (all[i + 1] === '\\') out.push(all[++i])
      else if (all[i + 1] === 'n') {
        out.push('\n')
        i++
      } else if (all[i + 1] === '\n') {
        out.push('\n')
        i++
      } else out.push('\\')
    }
    return out
  }
}

function convertText(text: string): string {
  const converted = convertEscapes(text.replace(/^\\(?=[a-z])/, ''), 'text')
  return converted.replace(/\\([^])/g, '$1')
}

/** setup_replace(): groups and changes of case between the texts. */
function replacementPieces(source: string): Piece[] {
  const text = convertEscapes(source, 'replacement')
  const pieces: Piece[] = []
  let literal = ''
  let letterCase = ''
  const flush = (group: number): void => {
    if (literal !== '') {
      pieces.push({ text: literal, group: -1, letterCase })
      letterCase = ''
    }
    literal = ''
    if (group < 0) return
    pieces.push({ text: '', group, letterCase })
    letterCase = ''
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '&') flush(0)
    else if (c !== '\\' || i + 1 >= text.length) literal += c
    else {
      const next = text[++i]
      if (next >= '0' && next <= '9') flush(Number(next))
      else if ('ULElu'.includes(next)) {
        flush(-1)
        // \u before \L joins it: a first letter, then the rest.
        letterCase += next
      } else literal += next === 'n' ? '\n' : next
    }
  }
  flush(-1)
  if (letterCase !== '') pieces.push({ text: '', group: -1, letterCase })
  return pieces
}
