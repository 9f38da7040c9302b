import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'rolldown/parseAst'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** A node of the syntax tree (ESTree with TypeScript's additions). */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

export interface Source {
  /** Relative to the project. */
  readonly file: string
  readonly text: string
  readonly tree: SyntaxNode
}

export interface Import {
  /** The importing and the imported file, relative to the project. */
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

/** Every TypeScript file below a folder; tests apart unless asked for. */
export function sources(folder: string, tests = false): Source[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && (tests || !/\.(test|test-data|fuzz)\.ts$/.test(name)))
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
    .sort()
    .map((file) => {
      const text = readFileSync(path.join(root, file), 'utf8')
      return { file, text, tree: parseAst(text, { lang: 'ts' }) as unknown as SyntaxNode } // a wider type of the same
    })
}

/** Calls `visit` for a node and everything below it; a false answer keeps it from going deeper. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode, parent: SyntaxNode | null) => boolean | void,
  parent: SyntaxNode | null = null): void {
  if (visit(node, parent) === false) return
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit, node)
  }
}

export function lineOf(source: Source, node: SyntaxNode): number {
  return source.text.slice(0, node.start).split('\n').length
}

/** The relative imports and re-exports of a file. */
export function importsOf(source: Source): Import[] {
  const imports: Import[] = []
  walk(source.tree, (node) => {
    if (node.type !== 'ImportDeclaration' && node.type !== 'ExportNamedDeclaration' &&
      node.type !== 'ExportAllDeclaration' && node.type !== 'ImportExpression') return
    const name = isNode(node.source) ? node.source.value : undefined
    if (typeof name !== 'string' || !name.startsWith('.')) return
    const to = path.posix.normalize(path.posix.join(path.posix.dirname(source.file), name))
    imports.push({ from: source.file, to, typeOnly: isTypeOnly(node) })
  })
  return imports
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.importKind === 'type' || node.exportKind === 'type') return true
  const specifiers = node.specifiers
  return Array.isArray(specifiers) && specifiers.length > 0 &&
    specifiers.every((specifier) => isNode(specifier) && (specifier.importKind ?? specifier.exportKind) === 'type')
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}
