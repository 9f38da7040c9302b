import { describe, expect, test } from 'vitest'
import { choicesAt, describe as about, placeAtEnd } from './complete.ts'

const NAMES = { nodes: ['alice', 'bob'], ends: ['alice:eth1'], freeEnds: ['alice:eth2', 'bob:eth1'] }
const labels = (text: string): string[] => choicesAt(placeAtEnd(text), NAMES).map(({ label }) => label)

describe('the place in a lab file where a text ends', () => {
  test.each([
    ['', [], 'key'],
    ['na', [], 'key'],
    ['name: ', ['name'], 'value'],
    ['topology:\n  ', ['topology'], 'key'],
    ['topology:\n  nodes:\n    alice:\n      ki', ['topology', 'nodes', 'alice'], 'key'],
    ['topology:\n  nodes:\n    alice: { ', ['topology', 'nodes', 'alice'], 'key'],
    ['topology:\n  nodes:\n    alice: { kind: ', ['topology', 'nodes', 'alice', 'kind'], 'value'],
    ['topology:\n  nodes:\n    alice: { kind: host, ', ['topology', 'nodes', 'alice'], 'key'],
    ['topology:\n  nodes:\n    alice: { kind: host }\n    bob:\n      kind: ', ['topology', 'nodes', 'bob', 'kind'], 'value'],
    ['topology:\n  nodes:\n    a: { kind: host,\n      ', ['topology', 'nodes', 'a'], 'key'],
    ['topology:\n  links:\n    - endpoints: ["', ['topology', 'links', '[]', 'endpoints', '[]'], 'value'],
    ['topology:\n  links:\n  - endpoints: ["a:eth1", "b', ['topology', 'links', '[]', 'endpoints', '[]'], 'value'],
    ['topology:\n  links:\n    - endpoints: ["a:eth1", "b:eth1"]\n      ', ['topology', 'links', '[]'], 'key'],
    ['topology:\n  links:\n    - endpoints:\n        - ', ['topology', 'links', '[]', 'endpoints', '[]'], 'key'],
    ['script:\n  - { at: 1s, on: ', ['script', '[]', 'on'], 'value'],
    ['# topology:\nscript:\n  - ', ['script', '[]'], 'key'],
    ['topology: # x\n  nodes: {}\nche', [], 'key'],
  ] as const)('%j', (text, path, role) => {
    expect(placeAtEnd(text)).toEqual({ path, role })
  })
})

test('keys, kinds and names are offered where they belong', () => {
  expect(labels('')).toEqual(['name', 'about', 'seed', 'topology', 'script', 'checks'])
  expect(labels('topology:\n  ')).toEqual(['nodes', 'links', 'defaults', 'kinds', 'groups'])
  expect(labels('topology:\n  nodes:\n    x: { ')).toEqual(
    ['kind', 'interfaces', 'gateway', 'routes', 'sysctls', 'exec', 'group', 'labels', 'position'])
  expect(labels('topology:\n  nodes:\n    x: { kind: ')).toEqual(['host', 'linux', 'router', 'switch', 'bridge'])
  expect(labels('script:\n  - { at: 1s, on: ')).toEqual(['alice', 'bob'])
  expect(labels('script:\n  - { at: 1s, link: ')).toEqual(['alice:eth1'])
  expect(labels('topology:\n  links:\n    - endpoints: ["')).toEqual(['alice:eth2', 'bob:eth1'])
  expect(labels('topology:\n  nodes:\n    ')).toEqual([])
})

test('a key is described as the schema has it', () => {
  expect(about(['seed'])).toBe('Start of all random numbers; the same seed gives the same run. Left out: 1.')
  expect(about(['topology', 'nodes', 'alice', 'gateway']))
    .toBe('Next hop of the default route: `ip route add default via …`.')
  expect(about(['topology', 'nonsense'])).toBe('')
})
