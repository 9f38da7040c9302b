import path from 'node:path'
import { expect, test } from 'vitest'
import { importsOf, lineOf, type Source, sources, type SyntaxNode, walk } from './sources.ts'

/* What the compiler cannot prove about the house. The compiler proves the floors (a tsconfig each). */

const FLOORS = [
  'base', 'wire', 'engine', 'device', 'inet', 'socket', 'tunnel', 'netlink', 'host', 'daemons', 'capture', 'programs',
  'lab', 'node',
]
/** The package's doors: for everywhere, and for Node. */
const ENTRIES = new Set(['src/index.ts', 'src/index.node.ts'])
const all = sources('src')
const below = all.filter(({ file }) => !file.startsWith('src/node/') && file !== 'src/index.node.ts')
const hot = all.filter(({ text }) => text.startsWith('// Hot path.'))

test('every source file lies on a floor of the house', () => {
  const strays = all.map(({ file }) => file).filter((file) => !ENTRIES.has(file) &&
    !FLOORS.includes(file.split('/')[1]))
  expect(strays).toEqual([])
})

test('a file imports only from its own floor and those above it in the list', () => {
  const wrong = all.flatMap(importsOf).filter(({ from, to }) => !ENTRIES.has(from) &&
    FLOORS.indexOf(floor(to)) > FLOORS.indexOf(floor(from)))
  expect(wrong).toEqual([])
})

test('engine never imports wire', () => {
  expect(all.flatMap(importsOf).filter(({ from, to }) => floor(from) === 'engine' && floor(to) === 'wire')).toEqual([])
})

test('no circle of imports among files (types apart)', () => {
  const edges = new Map<string, string[]>()
  for (const { from, to, typeOnly } of all.flatMap(importsOf)) if (!typeOnly) add(edges, from, to)
  expect(circles(edges)).toEqual([])
})

test('no circle of imports among rooms, types included (but for types among the files of one folder)', () => {
  const edges = new Map<string, string[]>()
  for (const { from, to, typeOnly } of all.flatMap(importsOf)) {
    const sameFolder = path.dirname(from) === path.dirname(to)
    if (room(from) !== room(to) && !(typeOnly && sameFolder)) add(edges, room(from), room(to))
  }
  expect(circles(edges)).toEqual([])
})

test('below node/ there is no wall clock, no ambient randomness, no function that engines round differently', () => {
  const banned = /^(Date\.now|Math\.(random|exp|expm1|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|log|log2|log10|log1p|cbrt|hypot)|performance\.now|crypto\.\w+)$/
  const found = below.flatMap((source) => {
    const places: string[] = []
    walk(source.tree, (node) => {
      const name = node.type === 'MemberExpression' ? source.text.slice(node.start, node.end) : ''
      if (banned.test(name) || (node.type === 'NewExpression' && /^new Date\(\)/.test(source.text.slice(node.start, node.end)))) {
        places.push(`${source.file}:${lineOf(source, node)}: ${name || 'new Date()'}`)
      }
      if (node.type === 'BinaryExpression' && node.operator === '**') {
        places.push(`${source.file}:${lineOf(source, node)}: **`)
      }
    })
    return places
  })
  expect(found).toEqual([])
})

test('functions of hot files allocate no closure, literal, spread, template, BigInt or view, and catch nothing', () => {
  expect(hot.length).toBeGreaterThan(10)
  expect(hot.flatMap(hotOffences)).toEqual([])
})

test('no default export, and no file that only re-exports, but the package\'s doors', () => {
  const wrong = all.filter(({ file, tree }) => !ENTRIES.has(file) && (
    bodyOf(tree).some((node) => node.type === 'ExportDefaultDeclaration') ||
    bodyOf(tree).every((node) => (node.type === 'ExportNamedDeclaration' && node.source) ||
      node.type === 'ExportAllDeclaration')))
  expect(wrong.map(({ file }) => file)).toEqual([])
})

test('no unfinished work is left behind in a comment', () => {
  const left = sources('src', true).flatMap(({ file, text }) => text.split('\n').flatMap((line, index) =>
    /\b(TODO|FIXME|XXX|HACK)\b/.test(line) ? [`${file}:${index + 1}`] : []))
  expect(left).toEqual([])
})

test('files are short enough to be read (800 lines), and lines to be seen (128 columns)', () => {
  const long = all.flatMap(({ file, text }) => {
    const lines = text.split('\n')
    const wide = lines.flatMap((line, index) => [...line].length > 128 ? [`${file}:${index + 1} is too wide`] : [])
    return lines.length > 800 ? [`${file} has ${lines.length} lines`, ...wide] : wide
  })
  expect(long).toEqual([])
})

function floor(file: string): string {
  return file.split('/')[1]
}

/** A folder below a floor; a file that lies on the floor itself is a room of its own. */
function room(file: string): string {
  const [, floorName, name] = file.split('/')
  return `${floorName}/${name ?? ''}`
}

function add(edges: Map<string, string[]>, from: string, to: string): void {
  const list = edges.get(from)
  if (list === undefined) edges.set(from, [to])
  else if (!list.includes(to)) list.push(to)
}

/** Each circle once, as a path. */
function circles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>()
  const done = new Set<string>()
  const trail: string[] = []
  const visit = (at: string): void => {
    const before = trail.indexOf(at)
    if (before >= 0) {
      const circle = trail.slice(before)
      const first = circle.indexOf([...circle].sort()[0])
      found.add([...circle.slice(first), ...circle.slice(0, first)].join(' -> '))
      return
    }
    if (done.has(at)) return
    trail.push(at)
    for (const to of edges.get(at) ?? []) visit(to)
    trail.pop()
    done.add(at)
  }
  for (const at of edges.keys()) visit(at)
  return [...found]
}

function bodyOf(tree: SyntaxNode): SyntaxNode[] {
  return tree.body as SyntaxNode[] // a Program's body is a list of nodes
}

const HOT_BANS: Readonly<Record<string, string>> = {
  ObjectExpression: 'object literal', ArrayExpression: 'array literal', SpreadElement: 'spread', TryStatement: 'try',
  TemplateLiteral: 'template', ForOfStatement: 'for...of', ForInStatement: 'for...in',
  ArrowFunctionExpression: 'closure', FunctionExpression: 'closure',
}

/**
 * What a hot file's functions do that costs on the packet path. Constructors and field initialisers may allocate, and so
 * may a function whose docstring ends with the word "Cold."
 */
function hotOffences(source: Source): string[] {
  const offences: string[] = []
  const inspect = (body: SyntaxNode): void => walk(body, (node) => {
    const literal = node.type === 'Literal' && typeof node.bigint === 'string' ? 'BigInt' : undefined
    const view = node.type === 'CallExpression' &&
      /\.subarray$/.test(source.text.slice(node.start, (node.callee as SyntaxNode).end)) ? 'subarray' : undefined
    const offence = HOT_BANS[node.type] ?? literal ?? view
    if (offence !== undefined) offences.push(`${source.file}:${lineOf(source, node)}: ${offence}`)
    // An assertion's message, or what is thrown, is made only when all is lost.
    return !(node.type === 'ThrowStatement')
  })
  walk(source.tree, (node, parent) => {
    const isFunction = node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression'
    if (!isFunction) return
    if (parent?.type === 'MethodDefinition' && parent.kind === 'constructor') return false
    if (/Cold\.\s*\*\/\s*(export )?$/.test(source.text.slice(0, (parent?.type === 'MethodDefinition' ? parent : node).start))) {
      return false
    }
    if (node.body) inspect(node.body as SyntaxNode)
    return false
  })
  return offences
}
