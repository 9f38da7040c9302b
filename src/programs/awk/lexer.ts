/**
 * The words of an awk program, as mawk cuts them. It is no plain list: whether "/" divides or opens a regular expression
 * depends on the word before, newlines vanish after "{", "&&", "," and others, and the brackets are counted here, for
 * the sake of the messages. Source text is a byte string.
 */
export type TokenKind = 'name' | 'function-name' | 'builtin' | 'number' | 'string' | 'regex' | 'keyword' | 'operator'
  | 'newline' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** The operator, keyword, name, or the content of a string or regular expression. */
  readonly text: string
  readonly value: number
  readonly line: number
  /** As it stands in messages. */
  readonly shown: string
  /** How many brackets are open after it. */
  readonly parentheses: number
  readonly braces: number
}

/** A mistake in a program: the whole text for stderr, and status 2. */
export class AwkSyntaxError extends Error {}

export const KEYWORDS = new Set(['BEGIN', 'END', 'function', 'if', 'else', 'while', 'for', 'do', 'break', 'continue', 'next',
  'nextfile', 'exit', 'return', 'delete', 'in', 'getline', 'print', 'printf'])

export const BUILTINS = new Set(['length', 'index', 'substr', 'sprintf', 'sin', 'cos', 'atan2', 'exp', 'log', 'int', 'sqrt',
  'rand', 'srand', 'close', 'system', 'toupper', 'tolower', 'fflush', 'match', 'split', 'sub', 'gsub', 'systime',
  'mktime', 'strftime'])

const OPERATORS = ['&&', '||', '++', '--', '+=', '-=', '*=', '/=', '%=', '^=', '==', '!=', '<=', '>=', '>>', '!~', '{', '}',
  '(', ')', '[', ']', ';', ',', '+', '-', '*', '/', '%', '^', '!', '<', '>', '|', '?', ':', '~', '$', '=']

/** After these, newlines do not count. */
const EATS_NEWLINES = new Set(['{', '&&', '||', ',', ';', 'else', 'do'])

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"', '\\': '\\', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v',
}

/** The escapes of a string constant and of -v: \n, octal, hexadecimal; unknown ones keep their backslash. */
export function unescape(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([^]))/g,
    (whole, octal: string | undefined, hex: string | undefined, letter: string) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff)
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16))
      return ESCAPES[letter] ?? whole
    })
}

export class Lexer {
  /** Messages so far: those of mistakes that do not end the reading. */
  readonly errors: string[] = []
  private readonly tokens: Token[] = []
  private at = 0
  private line = 1
  private parentheses = 0
  private braces = 0

  /** Functions that were defined so far: a blank may stand before the parenthesis of their calls. */
  private readonly functions = new Set<string>()

  private readonly source: string

  constructor(source: string, private readonly name: string) {
    this.source = source.endsWith('\n') ? source : `${source}\n`
  }

  /** All words, with an end behind them. Throws AwkSyntaxError. */
  all(): Token[] {
    this.eatNewlines()
    while (this.next()) continue
    return this.tokens
  }

  private push(kind: TokenKind, text: string, length: number, value = 0, shown = text): boolean {
    this.tokens.push({
      kind, text, value, line: this.line, shown, parentheses: this.parentheses, braces: this.braces,
    })
    this.at += length
    return true
  }

  private fail(text: string): never {
    throw new AwkSyntaxError(`${this.errors.join('')}${this.name}: ${text}\n`)
  }

  private complain(text: string): void {
    this.errors.push(`${this.name}: line ${this.line}: ${text}\n`)
  }

  private skipBlanks(): void {
    for (;;) {
      const letter = this.source[this.at]
      if (letter === ' ' || letter === '\t' || letter === '\r' || letter === '\f' || letter === '\v') this.at++
      else if (letter === '\\' && /^\\[ \t]*\r?\n/.test(this.source.slice(this.at, this.at + 80))) {
        this.at = this.source.indexOf('\n', this.at) + 1
        this.line++
      } else if (letter === '#') {
        const end = this.source.indexOf('\n', this.at)
        this.at = end < 0 ? this.source.length : end
      } else return
    }
  }

  private eatNewlines(): void {
    this.skipBlanks()
    while (this.source[this.at] === '\n') {
      this.at++
      this.line++
      this.skipBlanks()
    }
  }

  /** Reads one word; false at the end. */
  private next(): boolean {
    this.skipBlanks()
    const { source, at } = this
    const letter = source[at]
    if (letter === undefined) return this.end()
    if (letter === '\n') {
      this.push('newline', '\n', 1, 0, 'end of line')
      this.line++
      this.eatNewlines()
      return true
    }
    if (/[A-Za-z_]/.test(letter)) return this.word()
    if (/[0-9]/.test(letter) || letter === '.' && /[0-9]/.test(source[at + 1] ?? '')) return this.number()
    if (letter === '"') return this.quoted()
    if (letter === '/' && this.regexAllowed()) return this.regex()
    return this.operator(letter)
  }

  private end(): boolean {
    this.push('end', '', 0, 0, 'end of file')
    return false
  }

  private word(): boolean {
    const [text] = /^[A-Za-z_0-9]+/.exec(this.source.slice(this.at)) as RegExpExecArray // it begins with a letter
    if (KEYWORDS.has(text)) {
      this.push('keyword', text, text.length)
      if (EATS_NEWLINES.has(text)) this.eatNewlines()
      return true
    }
    if (BUILTINS.has(text)) return this.push('builtin', text, text.length)
    if (this.tokens[this.tokens.length - 1]?.text === 'function') this.functions.add(text)
    const call = this.source[this.at + text.length] === '(' || this.functions.has(text)
    return this.push(call ? 'function-name' : 'name', text, text.length)
  }

  private number(): boolean {
    const match = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/.exec(this.source.slice(this.at))
    const text = match?.[0] ?? ''
    if (/^[eE](?![A-Za-z_0-9])/.test(this.source.slice(this.at + text.length))) {
      this.push('operator', '}', text.length, 0, this.afterNumber(text)) // "1e": mawk stumbles over what follows
      return true
    }
    return this.push('number', text, text.length, Number(text))
  }

  private afterNumber(text: string): string {
    return this.source[this.at + text.length + 1] ?? 'end of line'
  }

  private quoted(): boolean {
    const { source } = this
    let end = this.at + 1
    for (; source[end] !== '"'; end++) {
      if (source[end] === '\\') end++
      if (end >= source.length || source[end] === '\n' && source[end - 1] !== '\\') {
        const shown = source.slice(this.at, this.at + 11).split('\n')[0]
        return this.fail(`line ${this.line}: runaway string constant ${shown} ...`)
      }
    }
    const text = source.slice(this.at + 1, end)
    this.push('string', unescape(text.replace(/\\\n/g, '')), end + 1 - this.at, 0,
      unescape(text.replace(/\\\n/g, '')))
    this.line += text.split('\n').length - 1
    return true
  }

  private regexAllowed(): boolean {
    const last = this.tokens[this.tokens.length - 1]
    if (last === undefined) return true
    if (last.kind === 'name' || last.kind === 'number' || last.kind === 'string' || last.kind === 'regex') return false
    return !(last.kind === 'operator' && [')', ']', '$', '++', '--'].includes(last.text))
  }

  private regex(): boolean {
    const { source } = this
    let end = this.at + 1
    for (let inClass = false; inClass || source[end] !== '/'; end++) {
      if (source[end] === '\\') end++
      else if (inClass) inClass = source[end] !== ']'
      else if (source[end] === '[') {
        inClass = true
        if (source[end + 1] === '^') end++
        if (source[end + 1] === ']') end++
      }
      if (end >= source.length || source[end] === '\n') {
        const shown = source.slice(this.at, this.at + 11).split('\n')[0]
        return this.fail(`line ${this.line}: runaway regular expression ${shown} ...`)
      }
    }
    return this.push('regex', source.slice(this.at + 1, end), end + 1 - this.at)
  }

  private operator(letter: string): boolean {
    const text = OPERATORS.find((operator) => this.source.startsWith(operator, this.at))
    if (text === undefined) {
      const code = letter.charCodeAt(0)
      const shown = code > 0x20 && code < 0x7f ? `unexpected character '${letter}'`
        : `unexpected character 0x${code.toString(16).padStart(2, '0')}`
      return this.fail(`${this.line}: ${shown}`)
    }
    return this.bracket(text)
  }

  private bracket(text: string): boolean {
    if (text === '(') this.parentheses++
    else if (text === '{') this.braces++
    else if (text === ')' && this.parentheses === 0 || text === '}' && this.braces === 0) {
      this.complain(`extra '${text}'`)
      this.at++
      return true
    } else if (text === ')') this.parentheses--
    else if (text === '}') this.braces--
    this.push('operator', text, text.length)
    if (text === '}') this.afterBrace()
    if (EATS_NEWLINES.has(text)) this.eatNewlines()
    return true
  }

  /** What follows a block may stand on the next line; between rules one ";" is let go too. */
  private afterBrace(): void {
    this.eatNewlines()
    if (this.braces > 0 || this.source[this.at] !== ';') return
    this.at++
    this.eatNewlines()
  }
}
