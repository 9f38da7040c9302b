import { isMember, otherCase, WORD, type CharacterSet } from './character-set.ts'
import { parseRegex, type Assertion, type Tree } from './regex-parse.ts'
import { RegexError, type RegexSyntax } from './regex-syntax.ts'

/**
 * POSIX regular expressions as glibc 2.36 has them: the leftmost match, the longest of those, and of the ways to get
 * it the one whose groups glibc reports.
 *
 *   pattern --parse--> tree --number--> automaton --search--> [start, end) --walk--> groups
 *
 * The tree and the numbers of the automaton's nodes follow regcomp.c (postorder; a choice tries the lower number
 * first), the walk follows set_regs() of regexec.c: among the paths that end where the longest match ends, the first
 * in the order of the choices, which is not always POSIX's: (a|ab)(c|bcd) divides "abcd" into a and bcd.
 *
 * Why not JavaScript's RegExp: it takes the first alternative instead of the longest (a|ab finds a), and it
 * backtracks: (a*)*b takes 2^n steps. Why not re2js: its longest match gives other groups, and it knows neither
 * back-references nor the GNU operators. The search here costs (characters * nodes) at most, whatever the pattern;
 * only with back-references, which no automaton has, paths are tried one after another, up to STEP_LIMIT.
 */

export { RegexError } from './regex-syntax.ts'

/** The dialects that differ in what is a mistake (regex.h: RE_SYNTAX_POSIX_BASIC/EXTENDED, RE_SYNTAX_GREP/EGREP). */
export type RegexDialect = 'posix' | 'grep' | 'sed' | 'awk'

export interface RegexOptions {
  /** ERE instead of BRE. */
  readonly extended?: boolean
  readonly ignoreCase?: boolean
  /** REG_NEWLINE: ^ and $ match at newlines too, and neither . nor [^...] matches one. */
  readonly newline?: boolean
  /** Default 'posix': what regcomp() gives (bash's =~, expr). */
  readonly dialect?: RegexDialect
}

export interface MatchOptions {
  /** The text's beginning is no beginning of a line. */
  readonly notBol?: boolean
  /** The match must begin at `from`. */
  readonly anchored?: boolean
  /** The match may not go beyond this offset; what follows it is still seen by $ and \>. */
  readonly limit?: number
}

/** Tries that a pattern with back-references may need for one search; beyond them it throws RegexError. */
export const STEP_LIMIT = 2_000_000

/** Compiles a pattern; a mistake in it is returned, with glibc's text as its message. */
export function compileRegex(pattern: string, options: RegexOptions = {}): Regex | RegexError {
  const { extended = false, ignoreCase = false, newline = false, dialect = 'posix' } = options
  const syntax: RegexSyntax = {
    extended, ignoreCase, newline, strictOperators: dialect === 'posix' || dialect === 'sed',
    looseIntervals: extended && (dialect === 'grep' || dialect === 'awk'),
    looseParentheses: extended && (dialect === 'posix' || dialect === 'grep'),
    bracketEscapes: dialect === 'awk',
  }
  try {
    return new Regex(pattern, syntax)
  } catch (error) {
    if (error instanceof RegexError) return error
    throw error
  }
}

const SET = 0
const CHOICE = 1
const ASSERT = 2
const OPEN = 3
const CLOSE = 4
const BACK = 5
const FINAL = 6

interface Node {
  readonly op: number
  /** Group of OPEN, CLOSE and BACK. */
  readonly group: number
  readonly set: CharacterSet | null
  readonly assertion: Assertion | null
  /** CLOSE of a group inside a repetition: opt_subexp of glibc. */
  readonly optional: boolean
  /** Where it leads; a CHOICE has two, the lower number first. */
  readonly next: number[]
}

interface Hole {
  readonly node: number
  readonly edge: number
}

interface Fragment {
  readonly first: number
  readonly holes: readonly Hole[]
}

/** A compiled pattern. */
export class Regex {
  /** Groups in the pattern. */
  readonly groups: number
  private readonly nodes: Node[] = []
  private readonly first: number
  private readonly backReferences: boolean
  private readonly ignoreCase: boolean
  private readonly newline: boolean
  /** Codes below 256 a match can begin with; null when it can be empty or begin with a back-reference. */
  private readonly starts: Uint8Array | null
  private readonly marks: Int32Array
  private mark = 0
  private copying = 0
  private readonly stack: Int32Array

  /** Use compileRegex(). Throws RegexError. */
  constructor(readonly pattern: string, syntax: RegexSyntax) {
    const { tree, groups, backReferences } = parseRegex(pattern, syntax)
    this.groups = groups
    this.backReferences = backReferences
    this.ignoreCase = syntax.ignoreCase
    this.newline = syntax.newline
    const fragment = tree === null ? null : this.build(tree)
    const final = this.node(FINAL)
    this.first = fragment === null ? final : fragment.first
    if (fragment !== null) this.patch(fragment.holes, final)
    for (const node of this.nodes) if (node.op === CHOICE) node.next.sort((a, b) => a - b)
    this.marks = new Int32Array(this.nodes.length)
    this.stack = new Int32Array(this.nodes.length * 2 + 2)
    this.starts = this.firstCodes()
  }

  /** Whether the pattern matches anywhere. */
  test(text: string): boolean {
    return this.search(text, 0) !== null
  }

  /** Offsets of the leftmost longest match from `from` on, without its groups; null without a match. */
  search(text: string, from: number, options: MatchOptions = {}): readonly [number, number] | null {
    if (this.backReferences) {
      const found = this.backtrack(text, from, options)
      return found === null ? null : [found[0], found[1]]
    }
    return this.scan(text, from, options)
  }

  /**
   * The leftmost longest match from `from` on: [start, end, start of group 1, end of group 1, ...], -1 for groups that
   * took no part; null without a match. Offsets count UTF-16 units. `text` before `from` is seen by ^ and \<.
   */
  exec(text: string, from = 0, options: MatchOptions = {}): number[] | null {
    if (this.backReferences) return this.backtrack(text, from, options)
    const found = this.scan(text, from, options)
    if (found === null) return null
    return this.groups === 0 ? [found[0], found[1]] : this.walk(text, found[0], found[1], options.notBol === true)
  }

  private node(op: number, fields: Partial<Node> = {}): number {
    this.nodes.push({ op, group: 0, set: null, assertion: null, optional: false, next: [], ...fields })
    return this.nodes.length - 1
  }

  private patch(holes: readonly Hole[], target: number): void {
    for (const { node, edge } of holes) this.nodes[node].next[edge] = target
  }

  /** Nodes in glibc's order: operands before their operator. */
  private build(tree: Tree): Fragment {
    switch (tree.kind) {
      case 'set': return this.leaf(this.node(SET, { set: tree.set }))
      case 'assert': return this.leaf(this.node(ASSERT, { assertion: tree.assertion }))
      case 'back': return this.leaf(this.node(BACK, { group: tree.index }))
      case 'group': {
        const open = this.node(OPEN, { group: tree.index })
        const body = tree.body === null ? null : this.build(tree.body)
        const close = this.node(CLOSE, { group: tree.index, optional: tree.optional && this.copying === 0 })
        this.nodes[open].next[0] = body === null ? close : body.first
        if (body !== null) this.patch(body.holes, close)
        return { first: open, holes: [{ node: close, edge: 0 }] }
      }
      case 'star': {
        const body = this.build(tree.body)
        const star = this.node(CHOICE)
        this.patch(body.holes, star)
        this.nodes[star].next[0] = body.first
        return { first: star, holes: [{ node: star, edge: 1 }] }
      }
      case 'copy': {
        this.copying++
        const fragment = this.build(tree.body)
        this.copying--
        return fragment
      }
      case 'alternate': return this.alternate(tree.left, tree.right)
      case 'concat': {
        // Concatenations lean to the left: a long pattern is a long list, not a deep recursion.
        const parts: Tree[] = []
        let rest: Tree = tree
        for (; rest.kind === 'concat'; rest = rest.left) parts.push(rest.right)
        let fragment = this.build(rest)
        for (const part of parts.reverse()) {
          const right = this.build(part)
          this.patch(fragment.holes, right.first)
          fragment = { first: fragment.first, holes: right.holes }
        }
        return fragment
      }
    }
  }

  private leaf(node: number): Fragment {
    return { first: node, holes: [{ node, edge: 0 }] }
  }

  private alternate(left: Tree | null, right: Tree | null): Fragment {
    const one = left === null ? null : this.build(left)
    const other = right === null ? null : this.build(right)
    const choice = this.node(CHOICE)
    const holes = [...(one?.holes ?? []), ...(other?.holes ?? [])]
    if (one === null) holes.push({ node: choice, edge: 0 })
    else this.nodes[choice].next[0] = one.first
    if (other === null) holes.push({ node: choice, edge: 1 })
    else this.nodes[choice].next[1] = other.first
    return { first: choice, holes }
  }

  private firstCodes(): Uint8Array | null {
    const codes = new Uint8Array(256)
    const seen = new Set<number>()
    const open = [this.first]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue
      seen.add(at)
      const { op, set, next } = this.nodes[at]
      if (op === FINAL || op === BACK) return null
      if (set !== null) for (let code = 0; code < 256; code++) codes[code] |= set.table[code]
      else open.push(...next)
    }
    return codes
  }

  private holds(assertion: Assertion | null, text: string, at: number, notBol: boolean): boolean {
    switch (assertion) {
      case '^': return (at === 0 && !notBol) || (this.newline && at > 0 && text[at - 1] === '\n')
      case '$': return at === text.length || (this.newline && text[at] === '\n')
      case '\\`': return at === 0
      case "\\'": return at === text.length
      default: {
        const before = isWordBefore(text, at)
        const after = isWordAfter(text, at)
        if (assertion === '\\<') return !before && after
        if (assertion === '\\>') return before && !after
        return assertion === '\\b' ? before !== after : before === after
      }
    }
  }

  /**
   * All paths at once. Each node of the current set remembers the earliest start that leads to it; the sets are kept
   * in the order of the starts, so the first to reach a node is the leftmost.
   */
  private scan(text: string, from: number, options: MatchOptions): readonly [number, number] | null {
    const { nodes, starts } = this
    const limit = options.limit ?? text.length
    const notBol = options.notBol === true
    let current: number[] = []
    let startOf: number[] = []
    let bestStart = -1
    let bestEnd = -1
    for (let at = from; at <= limit;) {
      if (bestStart < 0 && current.length === 0 && starts !== null && options.anchored !== true) {
        while (at < limit && text.charCodeAt(at) < 256 && starts[text.charCodeAt(at)] === 0) at++
      }
      this.mark++
      const places: number[] = []
      const placeStarts: number[] = []
      for (let i = 0; i < current.length; i++) this.close(current[i], startOf[i], text, at, notBol, places, placeStarts)
      if (bestStart < 0 && (options.anchored !== true || at === from)) {
        this.close(this.first, at, text, at, notBol, places, placeStarts)
      }
      current = []
      startOf = []
      const code = at < limit ? text.codePointAt(at) ?? 0 : -1
      for (let i = 0; i < places.length; i++) {
        const start = placeStarts[i]
        if (bestStart >= 0 && start > bestStart) break
        const node = nodes[places[i]]
        if (node.op === FINAL) {
          bestStart = start
          bestEnd = at
        } else if (code >= 0 && node.set !== null && isMember(node.set, code)) {
          current.push(node.next[0])
          startOf.push(start)
        }
      }
      if (current.length === 0 && (bestStart >= 0 || options.anchored === true)) break
      at += code > 0xffff ? 2 : 1
    }
    return bestStart < 0 ? null : [bestStart, bestEnd]
  }

  /** Adds the characters' nodes that `node` leads to without one, each once for each place. */
  private close(node: number, start: number, text: string, at: number, notBol: boolean, places: number[],
    placeStarts: number[]): void {
    const { nodes, marks, mark, stack } = this
    let depth = 0
    stack[depth++] = node
    while (depth > 0) {
      const index = stack[--depth]
      if (marks[index] === mark) continue
      marks[index] = mark
      const one = nodes[index]
      if (one.op === SET || one.op === FINAL) {
        places.push(index)
        placeStarts.push(start)
      } else if (one.op !== ASSERT || this.holds(one.assertion, text, at, notBol)) {
        for (let i = one.next.length - 1; i >= 0; i--) if (marks[one.next[i]] !== mark) stack[depth++] = one.next[i]
      }
    }
  }

  /** set_regs() of glibc's regexec.c: the first of the paths through the match that end where it ends. */
  private walk(text: string, start: number, end: number, notBol: boolean): number[] {
    const { nodes } = this
    const reach = this.leadToEnd(text, start, end, notBol)
    const count = nodes.length
    let groups: number[] = Array.from({ length: (this.groups + 1) * 2 }, () => -1)
    let previous = groups.slice()
    const passed = new Set<number>()
    let index = this.first
    let at = start
    for (;;) {
      const node = nodes[index]
      if (node.op === OPEN) {
        groups[node.group * 2] = at
        groups[node.group * 2 + 1] = -1
      } else if (node.op === CLOSE) {
        if (groups[node.group * 2] < at) {
          groups[node.group * 2 + 1] = at
          previous = groups.slice()
        } else if (node.optional && previous[node.group * 2] !== -1) groups = previous.slice()
        else groups[node.group * 2 + 1] = at
      } else if (node.op === FINAL) break
      if (node.op === SET) {
        at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
        passed.clear()
        index = node.next[0]
        continue
      }
      passed.add(index)
      const open = node.next.filter((next) => reach[(at - start) * count + next] === 1)
      index = open.length > 1 && passed.has(open[0]) ? open[1] : open[0]
    }
    groups[0] = start
    groups[1] = end
    return groups
  }

  /** For each place of a match and node: 1 when the end can be reached from there. */
  private leadToEnd(text: string, start: number, end: number, notBol: boolean): Uint8Array {
    const { nodes } = this
    const count = nodes.length
    const reach = new Uint8Array((end - start + 1) * count)
    for (let at = end; at >= start; at--) {
      const row = (at - start) * count
      const code = at < end ? text.codePointAt(at) ?? 0 : -1
      const nextRow = row + (code > 0xffff ? 2 : 1) * count
      for (let i = 0; i < count; i++) {
        const { op, set, next } = nodes[i]
        if (op === FINAL) reach[row + i] = at === end ? 1 : 0
        else if (set !== null && code >= 0 && isMember(set, code)) reach[row + i] = reach[nextRow + next[0]]
      }
      for (let changed = true; changed;) {
        changed = false
        for (let i = count - 1; i >= 0; i--) {
          const { op, assertion, next } = nodes[i]
          if (reach[row + i] === 1 || op === SET || op === FINAL) continue
          if (op === ASSERT && !this.holds(assertion, text, at, notBol)) continue
          if (!next.some((target) => reach[row + target] === 1)) continue
          reach[row + i] = 1
          changed = true
        }
      }
    }
    return reach
  }

  /** With back-references: the first of the longest paths from each start, by trying them all. Throws RegexError. */
  private backtrack(text: string, from: number, options: MatchOptions): number[] | null {
    const steps = { left: STEP_LIMIT }
    const last = options.anchored === true ? from : options.limit ?? text.length
    for (let start = from; start <= last; start++) {
      const found = this.backtrackFrom(text, start, options, steps)
      if (found !== null) return found
    }
    return null
  }

  private backtrackFrom(text: string, start: number, options: MatchOptions, steps: { left: number }): number[] | null {
    const limit = options.limit ?? text.length
    let best: number[] | null = null
    const unset: number[] = Array.from({ length: (this.groups + 1) * 2 }, () => -1)
    const open: Attempt[] = [{ node: this.first, at: start, groups: unset, passed: null }]
    for (let attempt = open.pop(); attempt !== undefined; attempt = open.pop()) {
      if (--steps.left < 0) throw new RegexError('Memory exhausted')
      const { node: index, at, groups, passed } = attempt
      const node = this.nodes[index]
      if (node.op === FINAL) {
        if (best === null || at > best[1]) best = [start, at, ...groups.slice(2)]
        if (at === limit) break
      } else if (node.op === SET) {
        const code = at < limit ? text.codePointAt(at) ?? 0 : -1
        if (code < 0 || node.set === null || !isMember(node.set, code)) continue
        open.push({ node: node.next[0], at: at + (code > 0xffff ? 2 : 1), groups, passed: null })
      } else if (node.op === BACK) {
        const length = this.repeated(text, at, limit, groups, node.group)
        if (length >= 0) open.push({ node: node.next[0], at: at + length, groups, passed: length > 0 ? null : passed })
      } else if (node.op !== ASSERT || this.holds(node.assertion, text, at, options.notBol === true)) {
        const changed = node.op === OPEN || node.op === CLOSE ? withGroup(node, groups, at) : groups
        const again = hasPassed(passed, index)
        for (let i = node.next.length - 1; i >= 0; i--) {
          if (again && node.op === CHOICE && i === 0) continue
          open.push({ node: node.next[i], at, groups: changed, passed: { index, before: passed } })
        }
      }
    }
    return best
  }

  /** Length of what group `group` matched when it stands at `at` again; -1 when it does not. */
  private repeated(text: string, at: number, limit: number, groups: readonly number[], group: number): number {
    const from = groups[group * 2]
    const end = groups[group * 2 + 1]
    if (from < 0 || end < 0 || at + end - from > limit) return -1
    for (let i = 0; i < end - from; i++) {
      const a = text[from + i]
      const b = text[at + i]
      if (a !== b && !(this.ignoreCase && otherCase(a) === b)) return -1
    }
    return end - from
  }
}

interface Passed {
  readonly index: number
  readonly before: Passed | null
}

interface Attempt {
  readonly node: number
  readonly at: number
  readonly groups: readonly number[]
  /** Nodes gone through since the last character. */
  readonly passed: Passed | null
}

function hasPassed(list: Passed | null, index: number): boolean {
  for (let one = list; one !== null; one = one.before) if (one.index === index) return true
  return false
}

function withGroup(node: Node, groups: readonly number[], at: number): number[] {
  const changed = groups.slice()
  if (node.op === OPEN) {
    changed[node.group * 2] = at
    changed[node.group * 2 + 1] = -1
  } else changed[node.group * 2 + 1] = at
  return changed
}

function isWordBefore(text: string, at: number): boolean {
  if (at === 0) return false
  const unit = text.charCodeAt(at - 1)
  const low = unit >= 0xdc00 && unit < 0xe000 && at > 1
  return isMember(WORD, low ? text.codePointAt(at - 2) ?? 0 : unit)
}

function isWordAfter(text: string, at: number): boolean {
  return at < text.length && isMember(WORD, text.codePointAt(at) ?? 0)
}
