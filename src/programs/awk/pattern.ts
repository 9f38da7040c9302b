import { compileRegex, type Regex, RegexError } from '../text/regex.ts'

/**
 * mawk's regular expressions, which are POSIX's without intervals ("{" is itself) and with C's escapes, brought into
 * the form that text/regex.ts reads. Patterns and texts are byte strings.
 */
const LETTERS: Readonly<Record<string, string>> = {
  '"': '"', '/': '/', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v',
}

/** Members of the classes in bytes: no byte above 127 is of any. */
const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z', digit: '0-9', alnum: 'a-zA-Z0-9', upper: 'A-Z', lower: 'a-z', space: ' \t-\r', blank: ' \t',
  punct: '!-/:-@[-`{-~', print: ' -~', graph: '!-~', cntrl: '\x00-\x1f\x7f', xdigit: '0-9a-fA-F',
}

/** Patterns kept compiled, by their text. */
const KEPT = 500

export class Patterns {
  private readonly compiled = new Map<string, Regex | string>()

  /** The pattern, or mawk's word for what is wrong in it. */
  compile(source: string): Regex | string {
    const known = this.compiled.get(source)
    if (known !== undefined) return known
    if (this.compiled.size >= KEPT) this.compiled.clear()
    const mistake = findMistake(source)
    let result: Regex | string
    if (mistake !== null) result = mistake
    else {
      const regex = compileRegex(translate(source), { extended: true, dialect: 'awk' })
      result = regex instanceof RegexError ? wordFor(regex.message) : regex
    }
    this.compiled.set(source, result)
    return result
  }
}

function wordFor(message: string): string {
  if (message.includes('[')) return 'bad class -- [], [^] or ['
  if (message.includes('( or')) return "missing ')'"
  return message.includes('operator') ? 'missing operand' : 'resource exhaustion -- regular expression too large'
}

/** One escape at `at`: the character it is, and its length. */
function escapeAt(source: string, at: number): { character: string, length: number } {
  const octal = /^[0-7]{1,3}/.exec(source.slice(at + 1, at + 4))
  if (octal !== null) return { character: String.fromCharCode(parseInt(octal[0], 8) & 0xff), length: 1 + octal[0].length }
  const letter = source[at + 1]
  if (letter === undefined) return { character: '\\', length: 1 }
  return { character: LETTERS[letter] ?? letter, length: 2 }
}

/** Where the bracket expression that opens at `at` ends: the offset of its "]", or -1. */
function bracketEnd(source: string, at: number): number {
  let end = at + 1
  if (source[end] === '^') end++
  if (source[end] === ']') end++
  for (; end < source.length && source[end] !== ']'; end++) {
    if (source[end] === '\\') end++
    else if (source[end] === '[' && ':.='.includes(source[end + 1])) {
      const close = source.indexOf(`${source[end + 1]}]`, end + 2)
      if (close > 0) end = close + 1
    }
  }
  return source[end] === ']' ? end : -1
}

/** mawk wants something before and after each operator. */
function findMistake(source: string): string | null {
  let operand = false
  let depth = 0
  let alternative = false
  for (let at = 0; at < source.length; at++) {
    const letter = source[at]
    if (letter === '\\') {
      at += escapeAt(source, at).length - 1
      operand = true
    } else if (letter === '[') {
      const end = bracketEnd(source, at)
      if (end < 0) return 'bad class -- [], [^] or ['
      for (const [, name] of source.slice(at, end).matchAll(/\[:([a-z]+):\]/g)) if (!(name in CLASSES)) return 'missing operand'
      at = end
      operand = true
    } else if (letter === '(') {
      depth++
      operand = false
    } else if (letter === ')' && depth > 0) {
      if (!operand) return 'missing operand'
      depth--
    } else if (letter === '|') {
      if (!operand) return 'missing operand'
      operand = false
      alternative = true
    } else if (letter === '*' || letter === '+' || letter === '?') {
      if (!operand) return 'missing operand'
    } else operand = true
  }
  if (depth > 0) return "missing ')'"
  return !operand && alternative ? 'missing operand' : null
}

function translate(source: string): string {
  let text = ''
  let depth = 0
  for (let at = 0; at < source.length; at++) {
    const letter = source[at]
    if (letter === '\\') {
      const { character, length } = escapeAt(source, at)
      at += length - 1
      text += /[.[\\(*^$+?{|)]/.test(character) ? `\\${character}` : character
    } else if (letter === '[') {
      const end = bracketEnd(source, at)
      text += bracket(source.slice(at, end + 1))
      at = end
    } else if (letter === '{') text += '\\{'
    else if (letter === ')' && depth === 0) text += '\\)'
    else {
      depth += letter === '(' ? 1 : letter === ')' ? -1 : 0
      text += letter
    }
  }
  return text
}

function bracket(source: string): string {
  let text = ''
  for (let at = 0; at < source.length; at++) {
    const named = /^\[:([a-z]+):\]/.exec(source.slice(at, at + 16))
    if (named !== null && at > 0 && named[1] in CLASSES) {
      text += CLASSES[named[1]]
      at += named[0].length - 1
    } else if (source[at] !== '\\') text += source[at]
    else {
      const { character, length } = escapeAt(source, at)
      at += length - 1
      text += /[\]\\^-]/.test(character) ? `\\${character}` : character
    }
  }
  return text
}
