import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { FILES, withCounts } from '../../scripts/fidelity.mjs'
import { rowsOf } from './documents.ts'
import { root } from './sources.ts'

/* docs/FIDELITY.md names a test for each behaviour: it must exist. */

const rules = rowsOf(readFileSync(path.join(root, 'docs/FIDELITY.md'), 'utf8'))
  .filter(([id]) => id.startsWith('FID-'))

/** What a test file says, with the recorded cases that it names or that lie in the folder fixtures/ beside it. */
function textOf(file: string): string {
  const folder = path.join(root, path.dirname(file))
  const text = readFileSync(path.join(root, file), 'utf8').replaceAll('\\\'', '\'')
  const fixtures = path.join(folder, 'fixtures')
  const beside = existsSync(fixtures) ? readdirSync(fixtures).map(name => path.join(fixtures, name)) : []
  const named = [...text.matchAll(/'(\.\.?\/[^']+\.(?:json|record))'/g)].map(([, name]) => path.join(folder, name))
  const files = [...beside, ...named].filter(each => existsSync(each) && statSync(each).isFile())
  return [text, ...files.map(each => readFileSync(each, 'utf8'))].join('\n')
}

test('each rule has a number of its own, and the numbers of a section count up from 1', () => {
  const bySection = new Map<string, number[]>()
  for (const [id] of rules) {
    expect(id).toMatch(/^FID-[A-Z]+-\d{3}$/)
    const [, section, number] = id.split('-')
    bySection.set(section, [...bySection.get(section) ?? [], Number(number)])
  }
  for (const numbers of bySection.values()) expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  expect(rules.length).toBeGreaterThan(150)
})

test('each rule is complete: behaviour, source, test, and same, differs or absent', () => {
  const incomplete = rules.filter(cells => cells.length !== 5 || cells.some(cell => cell === '') ||
    !['same', 'differs', 'absent'].includes(cells[4]) || (cells[4] === 'same' && cells[3] === '–'))
  expect(incomplete).toEqual([])
})

test('each test that a rule names is there', () => {
  const texts = new Map<string, string>()
  const missing = rules.filter(([, , , reference]) => reference !== '–').filter(([, , , reference]) => {
    const [file, ...name] = reference.split(' › ')
    if (!existsSync(path.join(root, file))) return true
    const text = texts.get(file) ?? textOf(file)
    texts.set(file, text)
    return !text.replaceAll('`', '').includes(name.join(' › '))
  })
  expect(missing.map(([id, , , reference]) => `${id}: ${reference}`)).toEqual([])
})

test('the counts at the top are those of the rules', () => {
  const counts = ['same', 'differs', 'absent'].map(kind => rules.filter(cells => cells[4] === kind).length)
  const said = /(\d+) rules: (\d+) same, (\d+) differ, (\d+) absent/.exec(
    readFileSync(path.join(root, 'docs/FIDELITY.md'), 'utf8'))
  expect(said?.slice(1).map(Number)).toEqual([rules.length, ...counts])
})

test('the READMEs\' table is what `node scripts/fidelity.mjs` writes', () => {
  for (const file of FILES) expect([file, readFileSync(path.join(root, file), 'utf8')]).toEqual([file, withCounts(file)])
})
