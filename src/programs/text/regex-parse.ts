import type { CharacterSet } from './character-set.ts'
import { ANY, ANY_BUT_NEWLINE, SPACE, WORD, complement, single } from './character-set.ts'
import { parseBracket } from './regex-bracket.ts'
import { REGEX_MESSAGES, RegexError, type RegexSyntax } from './regex-syntax.ts'

/** What a zero-width node asks of its place. */
export type Assertion = '^' | '$' | '\\<' | '\\>' | '\\b' | '\\B' | '\\`' | "\\'"

/** A parsed expression; null is the empty one. Shapes and order of children are those of glibc's bin_tree_t. */
export type Tree =
  | { readonly kind: 'set', readonly set: CharacterSet }
  | { readonly kind: 'assert', readonly assertion: Assertion }
  | { readonly kind: 'group', readonly index: number, readonly body: Tree | null, readonly optional: boolean }
  | { readonly kind: 'back', readonly index: number }
  | { readonly kind: 'concat', readonly left: Tree, readonly right: Tree }
  | { readonly kind: 'alternate', readonly left: Tree | null, readonly right: Tree | null }
  | { readonly kind: 'star', readonly body: Tree }
  /** A repetition's copy of a tree: its groups have lost their `optional` (create_token_tree()). */
  | { readonly kind: 'copy', readonly body: Tree }

export interface ParsedRegex {
  readonly tree: Tree | null
  readonly groups: number
  readonly backReferences: boolean
}

/** RE_DUP_MAX of glibc. */
const REPEAT_LIMIT = 0x7fff
/** Nodes that repetition may copy; beyond them the expression is "too big", as for glibc at its memory's end. */
const TREE_LIMIT = 50_000

/** Optional copies of {n,m}: each lies inside the one before, and a tree is walked by recursion. */
const OPTIONAL_LIMIT = 1000

type TokenKind = 'end' | 'character' | 'alternate' | 'open' | 'close' | 'star' | 'plus' | 'question' | 'open-interval'
  | 'close-interval' | 'bracket' | 'period' | 'back' | 'assert' | 'set' | 'backslash'

interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly next: number
  readonly set?: CharacterSet
}

const ASSERTIONS = '<>bB`\''

/** Parses a pattern as glibc's parse() does (posix/regcomp.c). Throws RegexError. */
export function parseRegex(pattern: string, syntax: RegexSyntax): ParsedRegex {
  return new Parser(pattern, syntax).parse()
}

class Parser {
  private token: Token = { kind: 'end', text: '', next: 0 }
  private groups = 0
  private completed = new Set<number>()
  private backReferences = false
  private copied = 0

  constructor(private readonly pattern: string, private readonly syntax: RegexSyntax) {}

  parse(): ParsedRegex {
    this.advance(true)
    const tree = this.alternatives(0)
    return { tree, groups: this.groups, backReferences: this.backReferences }
  }

  private advance(caretAnchors = false): void {
    this.token = this.peek(this.token.next, caretAnchors)
  }

  /** peek_token(): the token at `at`. */
  private peek(at: number, caretAnchors = false): Token {
    const { pattern, syntax } = this
    if (at >= pattern.length) return { kind: 'end', text: '', next: at }
    const c = String.fromCodePoint(pattern.codePointAt(at) ?? 0)
    const next = at + c.length
    if (c === '\\') return this.peekEscape(at)
    const plain: Token = { kind: 'character', text: c, next }
    const as = (kind: TokenKind): Token => ({ kind, text: c, next })
    switch (c) {
      case '*': return as('star')
      case '.': return as('period')
      case '[': return as('bracket')
      case '+': return syntax.extended ? as('plus') : plain
      case '?': return syntax.extended ? as('question') : plain
      case '|': return syntax.extended ? as('alternate') : plain
      case '(': return syntax.extended ? as('open') : plain
      case ')': return syntax.extended ? as('close') : plain
      case '{': return syntax.extended ? as('open-interval') : plain
      case '}': return syntax.extended ? as('close-interval') : plain
      case '^': return syntax.extended || caretAnchors || at === 0 ? as('assert') : plain
      case '$': {
        if (syntax.extended || next === pattern.length) return as('assert')
        const after = this.peek(next).kind
        return after === 'alternate' || after === 'close' ? as('assert') : plain
      }
      default: return plain
    }
  }

  private peekEscape(at: number): Token {
    const { pattern, syntax } = this
    if (at + 1 >= pattern.length) return { kind: 'backslash', text: '\\', next: at + 1 }
    const c = String.fromCodePoint(pattern.codePointAt(at + 1) ?? 0)
    const next = at + 1 + c.length
    const as = (kind: TokenKind): Token => ({ kind, text: c, next })
    if (c >= '1' && c <= '9') return as('back')
    if (ASSERTIONS.includes(c)) return { kind: 'assert', text: `\\${c}`, next }
    if (c === 'w') return { kind: 'set', text: c, next, set: WORD }
    if (c === 'W') return { kind: 'set', text: c, next, set: complement(WORD) }
    if (c === 's') return { kind: 'set', text: c, next, set: SPACE }
    if (c === 'S') return { kind: 'set', text: c, next, set: complement(SPACE) }
    if (!syntax.extended) {
      const kind = BASIC_ESCAPES.get(c)
      if (kind !== undefined) return as(kind)
    }
    return as('character')
  }

  private alternatives(nest: number): Tree | null {
    const before = new Set(this.completed)
    let tree = this.branch(nest)
    while (this.token.kind === 'alternate') {
      this.advance(true)
      let right: Tree | null = null
      if (this.token.kind !== 'alternate' && this.token.kind !== 'end' && (nest === 0 || this.token.kind !== 'close')) {
        const seen = this.completed
        this.completed = new Set(before)
        right = this.branch(nest)
        for (const index of seen) this.completed.add(index)
      }
      tree = { kind: 'alternate', left: tree, right }
    }
    return tree
  }

  private branch(nest: number): Tree | null {
    let tree = this.expression(nest)
    while (this.token.kind !== 'alternate' && this.token.kind !== 'end' && (nest === 0 || this.token.kind !== 'close')) {
      const right = this.expression(nest)
      if (tree === null) tree = right
      else if (right !== null) tree = { kind: 'concat', left: tree, right }
    }
    return tree
  }

  private expression(nest: number): Tree | null {
    const { syntax } = this
    if (nest > 1000) throw new RegexError(REGEX_MESSAGES.size)
    const token = this.token
    let tree: Tree | null
    switch (token.kind) {
      case 'end': case 'alternate': return null
      case 'backslash': throw new RegexError(REGEX_MESSAGES.backslash)
      case 'open': tree = this.group(nest + 1); break
      case 'bracket': {
        const { set, next } = parseBracket(this.pattern, token.next, syntax)
        tree = { kind: 'set', set }
        this.token = { kind: 'bracket', text: '[', next }
        break
      }
      case 'back': tree = this.reference(Number(token.text)); break
      case 'assert':
        this.advance(true)
        return { kind: 'assert', assertion: token.text as Assertion } // the tokenizer makes no other
      case 'period': tree = { kind: 'set', set: syntax.newline ? ANY_BUT_NEWLINE : ANY }; break
      case 'set': tree = { kind: 'set', set: token.set ?? ANY }; break
      case 'open-interval': case 'star': case 'plus': case 'question':
        if (syntax.strictOperators && (syntax.extended || token.kind === 'open-interval')) {
          throw new RegexError(REGEX_MESSAGES.operator)
        }
        if (syntax.extended) {
          this.advance()
          return this.expression(nest + 1)
        }
        tree = this.character(token.text)
        break
      case 'close':
        if (!syntax.looseParentheses) throw new RegexError(REGEX_MESSAGES.close)
        tree = this.character(token.text)
        break
      default: tree = this.character(token.text)
    }
    this.advance()
    return this.repetitions(tree)
  }

  private character(text: string): Tree {
    return { kind: 'set', set: single(text, this.syntax.ignoreCase) }
  }

  private reference(index: number): Tree {
    if (!this.completed.has(index)) throw new RegexError(REGEX_MESSAGES.reference)
    this.backReferences = true
    return { kind: 'back', index }
  }

  private group(nest: number): Tree {
    const index = ++this.groups
    this.advance(true)
    const body = this.token.kind === 'close' ? null : this.alternatives(nest)
    if (this.token.kind !== 'close') throw new RegexError(REGEX_MESSAGES.open)
    if (index <= 9) this.completed.add(index)
    return { kind: 'group', index, body, optional: false }
  }

  private repetitions(first: Tree | null): Tree | null {
    let tree = first
    for (;;) {
      const { kind } = this.token
      if (kind === 'star') tree = this.repeat(tree, 0, -1)
      else if (kind === 'plus') tree = this.repeat(tree, 1, -1)
      else if (kind === 'question') tree = this.repeat(tree, 0, 1)
      else if (kind === 'open-interval') {
        const interval = this.interval()
        if (interval === null) return tree
        tree = this.repeat(tree, interval[0], interval[1])
      } else return tree
      this.advance()
      const again = this.token.kind === 'star' || this.token.kind === 'open-interval'
      if (!this.syntax.extended && this.syntax.strictOperators && again) throw new RegexError(REGEX_MESSAGES.operator)
    }
  }

  /** The numbers of {n,m}; null when the brace stands for itself. Leaves the token at the closing brace. */
  private interval(): [number, number] | null {
    const opening = this.token
    let least = this.number()
    if (least === -1) {
      if (this.token.kind === 'character' && this.token.text === ',') least = 0
      else throw new RegexError(REGEX_MESSAGES.interval)
    }
    let most = -2
    if (least !== -2) {
      if (this.token.kind === 'close-interval') most = least
      else if (this.token.kind === 'character' && this.token.text === ',') most = this.number()
    }
    if (least === -2 || most === -2) {
      if (!this.syntax.looseIntervals) {
        throw new RegexError(this.token.kind === 'end' ? REGEX_MESSAGES.brace : REGEX_MESSAGES.interval)
      }
      this.token = { ...opening, kind: 'character' }
      return null
    }
    if ((most !== -1 && least > most) || this.token.kind !== 'close-interval') {
      throw new RegexError(REGEX_MESSAGES.interval)
    }
    if ((most === -1 ? least : most) > REPEAT_LIMIT) throw new RegexError(REGEX_MESSAGES.size)
    return [least, most]
  }

  /** fetch_number(): -1 without digits, -2 when something else stands there. */
  private number(): number {
    let value = -1
    for (;;) {
      this.advance()
      const { kind, text } = this.token
      if (kind === 'end') return -2
      if (kind === 'close-interval' || text === ',') return value
      if (kind !== 'character' || !/^[0-9]$/.test(text) || value === -2) value = -2
      else value = Math.min(REPEAT_LIMIT + 1, (value === -1 ? 0 : value * 10) + Number(text))
    }
  }

  /** parse_dup_op(): copies of the tree, the optional ones nested to the left. */
  private repeat(tree: Tree | null, least: number, most: number): Tree | null {
    if (tree === null || (least === 0 && most === 0)) return null
    const copies = Math.max(least, most, 1)
    this.copied += copies * size(tree)
    if (this.copied > TREE_LIMIT) throw new RegexError(REGEX_MESSAGES.size)
    const copy: Tree = { kind: 'copy', body: tree }
    let required: Tree | null = null
    for (let i = 0; i < least; i++) {
      required = required === null ? tree : { kind: 'concat', left: required, right: copy }
    }
    if (least === most) return required
    if (most - least > OPTIONAL_LIMIT) throw new RegexError(REGEX_MESSAGES.size)
    let body: Tree = least > 0 ? copy : tree
    if (tree.kind === 'group') {
      const inside: Tree | null = tree.body === null || least === 0 ? tree.body : { kind: 'copy', body: tree.body }
      body = { ...tree, optional: true, body: inside }
    }
    let rest: Tree = most === -1 ? { kind: 'star', body } : { kind: 'alternate', left: body, right: null }
    for (let i = least + 2; i <= most; i++) {
      rest = { kind: 'alternate', left: { kind: 'concat', left: rest, right: copy }, right: null }
    }
    return required === null ? rest : { kind: 'concat', left: required, right: rest }
  }
}

const BASIC_ESCAPES: ReadonlyMap<string, TokenKind> = new Map([
  ['|', 'alternate'], ['(', 'open'], [')', 'close'], ['+', 'plus'], ['?', 'question'], ['{', 'open-interval'],
  ['}', 'close-interval'],
])

/** Nodes of a tree. Concatenations and alternatives lean to the left, where it loops. */
function size(root: Tree | null): number {
  let total = 0
  let tree = root
  while (tree !== null) {
    total++
    if (tree.kind === 'concat' || tree.kind === 'alternate') {
      total += size(tree.right)
      tree = tree.left
    } else tree = 'body' in tree ? tree.body : null
  }
  return total
}
