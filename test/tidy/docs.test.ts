import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { rowsOf } from './documents.ts'
import { root } from './sources.ts'

/* What the documents say about the sources must be there. */

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

test('each bound of LIMITS.md stands in the file that it names', () => {
  const rows = rowsOf(read('docs/LIMITS.md')).filter(cells => cells.length === 5 && cells[0] !== 'what')
  expect(rows.length).toBeGreaterThan(30)
  const missing = rows.filter(([, , file, name]) => !existsSync(path.join(root, file)) || !read(file).includes(name))
  expect(missing).toEqual([])
})

test('links between the documents lead to files', () => {
  const documents = ['README.md', 'README.zh.md', 'CHANGELOG.md', 'bench/README.md',
    ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map(file => `docs/${file}`),
    ...readdirSync(path.join(root, 'labs')).flatMap(lab => [`labs/${lab}/README.md`, `labs/${lab}/README.zh.md`]),
  ].filter(file => file.endsWith('.md') && existsSync(path.join(root, file)))
  expect(documents.length).toBeGreaterThan(30)
  const dead = documents.flatMap(file => [...read(file).matchAll(/\]\((?!https?:|netarium:|#)([^)#\s]+)/g)]
    .filter(([, target]) => !existsSync(path.join(root, path.dirname(file), target)))
    .map(([, target]) => `${file}: ${target}`))
  expect(dead).toEqual([])
})
