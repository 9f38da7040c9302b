import { expect, test } from 'vitest'
import { parseLab } from '../../../src/lab/parse-yaml.ts'
import { quickLayout, ranksOf, suitsScreen } from './layout.ts'

function lab(nodes: Readonly<Record<string, string>>, links: readonly string[]) {
  const lines = [
    'name: drawn', 'topology:', '  nodes:', ...Object.entries(nodes).map(([name, kind]) => `    ${name}: { kind: ${kind} }`),
    '  links:', ...links.map((link) => `    - endpoints: [${link.split(' ').map((end) => `"${end}"`).join(', ')}]`),
  ]
  return parseLab(lines.join('\n'), 'lab.yaml')
}

test('two hosts on a cable stand beside each other, in the order of the file', () => {
  expect(quickLayout(lab({ alice: 'host', bob: 'host' }, ['bob:eth1 alice:eth1']))).toEqual([{ x: 0, y: 0 }, { x: 230, y: 0 }])
})

test('a router between two hosts stands between them, wherever the file names it', () => {
  const model = lab({ r1: 'router', alice: 'host', bob: 'host' }, ['alice:eth1 r1:eth1', 'bob:eth1 r1:eth2'])
  expect(quickLayout(model)).toEqual([{ x: 230, y: 0 }, { x: 0, y: 0 }, { x: 460, y: 0 }])
})

test('two ways around a square stand above each other', () => {
  const model = lab({ a: 'host', up: 'router', down: 'router', b: 'host' },
    ['a:eth1 up:eth1', 'a:eth2 down:eth1', 'up:eth2 b:eth1', 'down:eth2 b:eth2'])
  expect([...ranksOf(model).rank]).toEqual([0, 1, 1, 2])
  expect(quickLayout(model).map(({ y }) => y)).toEqual([0, -64, 64, 0])
})

test('a large lab has its core at the top and its hosts at the bottom', () => {
  const hosts = Array.from({ length: 24 }, (_, i) => `h${i}`)
  const model = lab({ ...Object.fromEntries(hosts.map((name) => [name, 'host'])), s0: 'switch', s1: 'switch', core: 'router' },
    [...hosts.map((name, i) => `${name}:eth1 s${i % 2}:eth${i + 1}`), 's0:eth90 core:eth1', 's1:eth90 core:eth2'])
  expect([...ranksOf(model).rank]).toEqual([...hosts.map(() => 2), 1, 1, 0])
  const places = quickLayout(model)
  expect(places).toEqual(quickLayout(model))
  expect(new Set(places.map(({ x, y }) => `${x}/${y}`)).size).toBe(model.nodes.length)
  // each switch has its own hosts below it
  const own = hosts.map((_, i) => i).sort((a, b) => places[a].x - places[b].x).map((i) => i % 2)
  expect(own).toEqual([...Array.from({ length: 12 }, () => 0), ...Array.from({ length: 12 }, () => 1)])
  expect(suitsScreen(places)).toBe(true)
})

test('parts of a lab that no cable joins are all there', () => {
  const model = lab({ a: 'host', b: 'host', c: 'host', d: 'host' }, ['a:eth1 b:eth1', 'c:eth1 d:eth1'])
  expect(quickLayout(model)).toEqual([{ x: 0, y: -64 }, { x: 230, y: -64 }, { x: 0, y: 64 }, { x: 230, y: 64 }])
})
