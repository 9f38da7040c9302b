import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { formatCommands } from './commands.ts'
import { formatIssue, LabError } from './errors.ts'
import { MAX_LAB_BYTES, parseLab, parseLabBytes } from './parse-yaml.ts'

const folder = new URL('./fixtures/', import.meta.url)
const filesOf = (kind: string): string[] =>
  readdirSync(new URL(`${kind}/`, folder)).filter((name) => name.endsWith('.yaml')).sort()
const bytesOf = (kind: string, name: string): Uint8Array => readFileSync(new URL(`${kind}/${name}`, folder))
const textOf = (kind: string, name: string): string => readFileSync(new URL(`${kind}/${name}`, folder), 'utf8')

function errorOf(read: () => unknown): LabError {
  try {
    read()
  } catch (error) {
    if (error instanceof LabError) return error
    throw error
  }
  throw new Error('the lab was accepted')
}

describe('a malformed lab file is refused with every fault, its place and what would be right', () => {
  const files = filesOf('bad')
  test('there are at least 40 of them', () => {
    expect(files.length).toBeGreaterThanOrEqual(40)
  })
  test.each(files)('%s', (name) => {
    const error = errorOf(() => parseLabBytes(bytesOf('bad', name), name))
    expect(`${error.message}\n`).toBe(textOf('bad', name.replace('.yaml', '.txt')))
    expect(error.issues.every((issue) => issue.file === name && issue.line >= 1 && issue.column >= 1)).toBe(true)
  })
})

describe('a good lab file is its commands and its warnings', () => {
  test.each(filesOf('good'))('%s', (name) => {
    const lab = parseLabBytes(bytesOf('good', name), name)
    const warnings = lab.warnings.map((issue) => `${formatIssue(issue)}\n`).join('')
    expect(`${warnings}\n${formatCommands(lab)}`).toBe(textOf('good', name.replace('.yaml', '.txt')))
  })
})

const head = 'name: x\ntopology:\n  nodes:\n'

test('a file that is too large is refused before it is read', () => {
  const error = errorOf(() => parseLab('#'.repeat(MAX_LAB_BYTES + 1), 'big.yaml'))
  expect(error.issues.map(formatIssue)).toEqual(['big.yaml:1:1: the file has 9 MiB; at most 8 MiB'])
})

test('a file that is nested too deeply is refused, however deep it is', () => {
  for (const depth of [65, 700, 3000, 200_000]) {
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`
    const error = errorOf(() => parseLab(`${head}    a: { kind: host }\nx-deep: ${nested}\n`, 'deep.yaml'))
    expect(error.issues.map(formatIssue)).toEqual(['deep.yaml:1:1: the file is nested too deeply; at most 64 levels'])
  }
  expect(parseLab(`${head}    a: { kind: host }\nx-deep: ${'['.repeat(60)}${']'.repeat(60)}\n`, 'f').nodes.length).toBe(1)
})

test('a byte order mark and Windows line ends do not matter', () => {
  const text = `${head}    a: { kind: hots }\n`
  const plain = errorOf(() => parseLab(text, 'f'))
  const windows = errorOf(() => parseLabBytes(Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`), 'f'))
  expect(windows.message).toBe(plain.message)
})

test('a replacement character that the file itself contains is no encoding error', () => {
  const lab = parseLabBytes(Buffer.from(`about: "\ufffd"\n${head}    a: { kind: host }\n`), 'f')
  expect(lab.about).toBe('\ufffd')
})

test('YAML 1.2: on, off, yes and NO are words', () => {
  const lab = parseLab(`${head}    no: { kind: host, labels: { country: NO, wifi: off } }\n    on: { kind: host }\n`,
    'f')
  expect(lab.nodes.map((node) => node.name)).toEqual(['no', 'on'])
  expect([...lab.nodes[0].labels]).toEqual([['country', 'NO'], ['wifi', 'off']])
})

test('names that mean something to JavaScript are names like any other', () => {
  const names = ['constructor', 'toString', 'hasOwnProperty', 'prototype']
  const lab = parseLab(`${head}${names.map((name) => `    ${name}: { kind: host }\n`).join('')}`, 'f')
  expect(lab.nodes.map((node) => node.name)).toEqual(names)
  const error = errorOf(() =>
    parseLab(`${head}    a: { kind: constructor, toString: 1, __proto__: { kind: host } }\n`, 'f'))
  expect(error.issues.map((issue) => issue.path)).toEqual([
    'topology.nodes.a.kind', 'topology.nodes.a.toString', 'topology.nodes.a.__proto__',
  ])
})

test('no more than 20 issues are shown; the rest is counted', () => {
  const nodes = Array.from({ length: 30 }, (_, i) => `    n${i}: { kind: hots }\n`).join('')
  const error = errorOf(() => parseLab(`${head}${nodes}`, 'f'))
  expect(error.issues.length).toBe(30)
  expect(error.message.endsWith('\n… and 10 more')).toBe(true)
})

test('the order in which nodes are declared changes no name, MAC address or command', () => {
  const a = '    a: { kind: host, interfaces: { eth1: 10.0.0.1/24 } }\n'
  const b = '    b: { kind: router, interfaces: { eth1: 10.0.0.2/24 } }\n'
  const links = '  links:\n    - endpoints: ["a:eth1", "b:eth1"]\n'
  expect(formatCommands(parseLab(`${head}${a}${b}${links}`,
    'f'))).toBe(formatCommands(parseLab(`${head}${b}${a}${links}`, 'f')))
})

test('whatever is done to a lab file, it is read or refused with a place', () => {
  const originals = filesOf('good').map((name) => textOf('good', name))
  const odd = ['{', '}', '[', ']', ':', '"', "'", '\t', '- ', '&a ', '*a', '<<: ', '!', '|', '#', '\0', '%', '? ',
    'null', '-1', '\n']
  let state = 1
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 4294967296 * below)
  }
  let refused = 0
  for (let round = 0; round < 600; round++) {
    let text = originals[random(originals.length)]
    for (let change = random(3); change >= 0; change--) {
      const at = random(text.length)
      text = text.slice(0, at) + odd[random(odd.length)] + text.slice(at + random(4))
    }
    try {
      parseLab(text, 'f')
    } catch (error) {
      if (!(error instanceof LabError)) throw error
      refused++
      for (const issue of error.issues) {
        expect(issue.line).toBeGreaterThan(0)
        expect(issue.line).toBeLessThanOrEqual(text.split('\n').length)
        expect(issue.message).not.toMatch(/\n|^Invalid|undefined|\[object/)
      }
    }
  }
  expect(refused).toBeGreaterThan(100)
})
