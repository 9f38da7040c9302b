import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node, type Pair,
  type YAMLMap } from 'yaml'
import { decodeUtf8 } from '../base/utf8.ts'
import { LabError } from './errors.ts'
import type { LabIssue, LabModel, Place } from './model.ts'
import { readLab } from './read.ts'
import { Report, sortIssues, type Path, type Source } from './findings.ts'
import { show } from './units.ts'

/**
 * From the text of a lab file to its model, in four steps, each of which tells all that it finds wrong:
 *
 *     text     UTF-8, size                                              stops here if not readable
 *     YAML     grammar, one document, a map                             stops here if not readable
 *     schema   each value alone (schema.ts); what fails is cut out ...
 *     meaning  ... and the rest is judged as a whole (resolve.ts)
 *
 * YAML is 1.2 (core schema): `on`, `yes` and `NO` are words. Anchors, aliases and merge keys (<<) work; an error in
 * what came by an alias is shown where it was written.
 */

/** A longer lab file is refused (docs/LIMITS.md). */
export const MAX_LAB_BYTES = 8 * 1024 * 1024
/** Aliases that may be followed in all, so that a small file can't become a huge lab (docs/LIMITS.md). */
const MAX_ALIASES = 10_000

/** Maps and lists within each other (docs/LIMITS.md). The YAML library's own limit is the stack's, so it varies. */
const MAX_DEPTH = 64
const TOO_DEEP = 'the file is nested too deeply'

/** Reads a lab from the bytes of a file. Throws LabError with every issue; warnings are in the model. */
export function parseLabBytes(bytes: Uint8Array, file: string): LabModel {
  if (bytes.length > MAX_LAB_BYTES) throw new LabError([tooLarge(file, bytes.length)])
  if (bytes.length >= 2 && (bytes[0] === 0xff && bytes[1] === 0xfe || bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new LabError([issueAt({ file, line: 1, column: 1 }, 'this is UTF-16', 'save the file as UTF-8')])
  }
  const text = decodeUtf8(bytes)
  const bad = text.indexOf('\ufffd')
  if (bad >= 0 && !bytesHold(bytes, [0xef, 0xbf, 0xbd])) {
    throw new LabError([issueAt(placeAt(text, bad, file), 'this is not UTF-8', 'save the file as UTF-8')])
  }
  return parseLab(text, file)
}

/** Reads a lab from text; `file` is what errors call it. Throws LabError with every issue. */
export function parseLab(text: string, file: string): LabModel {
  if (text.length > MAX_LAB_BYTES) throw new LabError([tooLarge(file, text.length)])
  const { source, input, errors } = readYaml(text.replace(/^\ufeff/, ''), file)
  const report = new Report(source)
  report.errors.push(...errors)
  const model = readLab(input, report)
  if (model === null) throw new LabError(sortIssues(report.errors), text)
  return model
}

function tooLarge(file: string, size: number): LabIssue {
  const mib = (count: number): string => `${Math.ceil(count / 1048576)} MiB`
  return issueAt({ file, line: 1, column: 1 }, `the file has ${mib(size)}`, `at most ${mib(MAX_LAB_BYTES)}`)
}

function issueAt(place: Place, message: string, hint = '', path = ''): LabIssue {
  return { ...place, path, message, hint }
}

function placeAt(text: string, offset: number, file: string): Place {
  const before = text.slice(0, offset)
  return { file, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

function bytesHold(bytes: Uint8Array, wanted: readonly number[]): boolean {
  for (let i = 0; i + wanted.length <= bytes.length; i++) {
    if (wanted.every((byte, j) => bytes[i + j] === byte)) return true
  }
  return false
}

// ---- YAML ----

/** C0 controls but for tab and line ends. */
const CONTROL = /[^\P{Cc}\t\n\r\u007f-\u009f]/u

interface ReadYaml {
  readonly source: Source
  readonly input: unknown
  /** Faults that leave the rest readable, such as a key that stands twice. */
  readonly errors: readonly LabIssue[]
}

/** Throws LabError if the text can't be read as one YAML map. */
function readYaml(text: string, file: string): ReadYaml {
  const lines = new LineCounter()
  const stop = (offset: number, message: string, hint = ''): never => {
    throw new LabError([issueAt(placeOf(offset), message, hint)], text)
  }
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length))
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const control = text.search(CONTROL)
  if (control >= 0) {
    const place = placeAt(text, control, file)
    throw new LabError([issueAt(place, 'this is a control character, not text', 'is it a lab file?')])
  }
  const documents = composeAll(text, lines, stop)
  const [document] = documents
  const all = documents.flatMap((one) => [...one.errors, ...one.warnings])
  const tooDeep = all.find((error) => error.code === 'RESOURCE_EXHAUSTION')
  if (tooDeep) stop(0, TOO_DEEP, `at most ${MAX_DEPTH} levels`)
  const grammar = all
  if (grammar.length > 0) {
    const issues = sortIssues(grammar.map((error) => grammarIssue(error, text, placeOf)))
    // What follows a fault in the same line is mostly its consequence.
    throw new LabError(issues.filter(({ line }, i) => i === 0 || issues[i - 1].line !== line), text)
  }
  if (!document || document.contents === null || isScalar(document.contents) && document.contents.value === null) {
    return stop(0, 'the file is empty', 'expected name: and topology:')
  }
  if (documents.length > 1) {
    return stop(documents[1].range[0], 'a second document begins here', 'a lab file is one document: remove the ---')
  }
  if (!isMap(document.contents)) {
    return stop(document.contents.range?.[0] ?? 0, 'a lab is a map', 'expected name: and topology:')
  }
  const source = new YamlSource(document, placeOf)
  const found = source.check()
  const errors = found.map((one) => one.issue)
  if (found.some((one) => one.fatal)) throw new LabError(sortIssues(errors), text)
  return { source, input: plain(document, stop), errors }
}

type Stop = (offset: number, message: string, hint?: string) => never

function composeAll(text: string, lines: LineCounter, stop: Stop): Document.Parsed[] {
  try {
    const documents = parseAllDocuments(text, {
      version: '1.2', merge: true, uniqueKeys: false, lineCounter: lines, prettyErrors: false, logLevel: 'silent',
    })
    return Array.isArray(documents) ? documents : []
  } catch (error) {
    return error instanceof RangeError ? stop(0, TOO_DEEP, `at most ${MAX_DEPTH} levels`)
      : stop(0, `not readable: ${String(error)}`)
  }
}

function plain(document: Document.Parsed, stop: Stop): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    if (error instanceof ReferenceError) return stop(0, 'the aliases (*name) unfold to too much', 'write the parts out')
    return stop(0, `not readable: ${String(error)}`)
  }
}

const GRAMMAR: Readonly<Record<string, readonly [string, string]>> = {
  TAB_AS_INDENT: ['a tab stands in the indentation', 'YAML wants spaces'],
  BAD_INDENT: ['the indentation does not fit', 'entries of one map or list start in the same column'],
  MULTILINE_IMPLICIT_KEY: ['a key goes on over more than one line', 'is a ":" or a quote missing?'],
  BLOCK_AS_IMPLICIT_KEY: ['a map stands inside a line', 'is it one ":" too many? put text with ": " in quotes'],
  BLOCK_IN_FLOW: ['a block stands inside { } or [ ]', 'within brackets, separate with commas'],
  BAD_ALIAS: ['this alias is not right', 'expected *name of an &name above'],
  MULTIPLE_DOCS: ['a second document begins here', 'a lab file is one document: remove the ---'],
  BAD_SCALAR_START: ['no value can begin so', 'put it in quotes'],
  BAD_DQ_ESCAPE: ['this escape does not exist', 'write \\\\ for a backslash, or use single quotes'],
  KEY_OVER_1024_CHARS: ['this key is too long', 'is a ":" or a quote missing?'],
  TAG_RESOLVE_FAILED: ['this tag is not known', 'leave out the word with "!"'],
}

function grammarIssue(error: { code: string, pos: [number, number], message: string }, text: string,
  placeOf: (offset: number) => Place): LabIssue {
  const place = placeOf(error.pos[0])
  const known = Object.hasOwn(GRAMMAR, error.code) ? GRAMMAR[error.code] : null
  if (error.code === 'BAD_INDENT' && /flow/i.test(error.message)) {
    return issueAt(place, 'a bracket is missing', 'the { or [ above has no end')
  }
  if (error.code === 'MISSING_CHAR') return missingCharacter(error.message, place)
  const sign = text[error.pos[0]]
  if (error.code === 'UNEXPECTED_TOKEN' && sign !== undefined) {
    const isBracket = /[[\]{}]/.test(sign)
    return issueAt(place, `${show(sign)} does not fit here`,
      isBracket ? `put text with ${sign} in it in quotes` : 'is a quote, a comma or a bracket missing?')
  }
  if (known) return issueAt(place, known[0], known[1])
  return issueAt(place, error.message.replace(/\n[^]*$/, '').replace(/^./, (first) => first.toLowerCase()))
}

function missingCharacter(message: string, place: Place): LabIssue {
  if (/closing .*quote/.test(message)) return issueAt(place, 'a quote is missing', 'the text has no end')
  if (/block sequence|flow sequence|flow map|end with|closing/.test(message)) {
    return issueAt(place, 'a bracket is missing', /\]|sequence/.test(message) ? 'expected "]"' : 'expected "}"')
  }
  if (/comma|, |separat/i.test(message)) return issueAt(place, 'a comma is missing',
    'within brackets, separate with commas')
  return issueAt(place, 'something is missing', message.replace(/\n[^]*$/, ''))
}

/** A fault of the document; fatal: what stands there can't be read at all. */
interface Found {
  readonly issue: LabIssue
  readonly fatal: boolean
}

/** Finds places in a YAML document, through aliases and merge keys. */
class YamlSource implements Source {
  private readonly document: Document.Parsed
  private readonly offsetPlace: (offset: number) => Place
  /** Made when first asked for: a lab of ten thousand nodes asks for each. */
  private readonly pairs = new Map<YAMLMap, Map<string, Pair>>()

  constructor(document: Document.Parsed, offsetPlace: (offset: number) => Place) {
    this.document = document
    this.offsetPlace = offsetPlace
  }

  placeOf(path: Path, part: 'key' | 'value'): Place {
    let node: unknown = this.document.contents
    let offset = startOf(node) ?? 0
    for (const [i, step] of path.entries()) {
      const container = this.follow(node)
      const isLast = i === path.length - 1
      if (isSeq(container) && typeof step === 'number' && step in container.items) {
        node = container.items[step]
        offset = startOf(node) ?? offset
      } else if (isMap(container)) {
        const pair = this.pairOf(container, String(step))
        if (pair === null) break
        node = pair.value
        const isEmpty = isScalar(node) && node.value === null && node.source === ''
        const wanted = isLast && (part === 'key' || isEmpty) ? startOf(pair.key) : startOf(node)
        offset = wanted ?? startOf(pair.key) ?? offset
      } else break
    }
    return this.offsetPlace(offset)
  }

  /** What the schema can't see: keys that stand twice or are no words, aliases to nothing, wrong merges. */
  check(): Found[] {
    const found: Found[] = []
    this.checkNode(this.document.contents, found, 1)
    return found
  }

  private checkNode(node: unknown, found: Found[], depth: number): void {
    if (depth > MAX_DEPTH) {
      if (found.some(({ issue }) => issue.message === TOO_DEEP)) return
      found.push(this.found(this.document.contents, TOO_DEEP, `at most ${MAX_DEPTH} levels`, true))
    } else if (isAlias(node) && node.resolve(this.document) === undefined) {
      found.push(this.found(node, `no &${node.source} stands above this *${node.source}`, '', true))
    } else if (isSeq(node)) {
      for (const item of node.items) this.checkNode(item, found, depth + 1)
    } else if (isMap(node)) {
      this.checkKeys(node, found)
      for (const pair of node.items) this.checkNode(pair.value, found, depth + 1)
    }
  }

  private checkKeys(map: YAMLMap, found: Found[]): void {
    const seen = new Map<string, Node>()
    for (const { key, value } of map.items) {
      if (!isScalar(key)) {
        found.push(this.found(key, 'a key must be a word', 'put text with { or [ in quotes', true))
      } else if (key.value === null) found.push(this.found(key, 'the key is missing',
        'expected a word before the ":"', true))
      else if (isMerge(key)) this.checkMerge(value, found)
      else {
        const name = String(key.value)
        const first = seen.get(name)
        const line = first ? this.offsetPlace(startOf(first) ?? 0).line : 0
        if (first) found.push(this.found(key, `${show(name)} stands here twice`, `the first is in line ${line}`, false))
        else seen.set(name, key)
      }
    }
  }

  private checkMerge(value: unknown, found: Found[]): void {
    const target = this.follow(value)
    const parts = isSeq(target) ? target.items.map((item) => this.follow(item)) : [target]
    if (!parts.every((part) => isMap(part))) {
      found.push(this.found(value, 'only maps can be merged in by <<', 'expected *name of a map', true))
    }
  }

  private found(node: unknown, message: string, hint: string, fatal: boolean): Found {
    return { issue: issueAt(this.offsetPlace(startOf(node) ?? 0), message, hint), fatal }
  }

  private follow(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.document) : node
  }

  /** The pair that gives `key` its value: of two, the last; what the map itself says before what is merged in. */
  private pairOf(map: YAMLMap, key: string): Pair | null {
    let pairs = this.pairs.get(map)
    if (pairs === undefined) {
      pairs = this.pairsOf(map)
      this.pairs.set(map, pairs)
    }
    return pairs.get(key) ?? null
  }

  private pairsOf(map: YAMLMap): Map<string, Pair> {
    const pairs = new Map<string, Pair>()
    const merges = map.items.filter((pair) => isScalar(pair.key) && isMerge(pair.key))
    for (const merge of merges.reverse()) {
      const target = this.follow(merge.value)
      for (const part of isSeq(target) ? [...target.items].reverse() : [target]) {
        const source = this.follow(part)
        if (isMap(source)) for (const [key, pair] of this.pairsOf(source)) pairs.set(key, pair)
      }
    }
    for (const pair of map.items) {
      if (isScalar(pair.key) && !isMerge(pair.key)) pairs.set(String(pair.key.value), pair)
    }
    return pairs
  }
}

function isMerge(key: { value: unknown, source?: string, type?: unknown }): boolean {
  return key.source === '<<' || key.value === '<<' && key.type === 'PLAIN'
}

function startOf(node: unknown): number | null {
  const range = (node as Node | null | undefined)?.range
  return range ? range[0] : null
}
