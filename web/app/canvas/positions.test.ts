import { expect, test } from 'vitest'
import { parseLab } from '../../../src/lab/parse-yaml.ts'
import { withPositions } from './positions.ts'

const LAB = `# A picture
name: drawn   # with a comment
topology:
  defaults: { kind: host }
  nodes:
    alice: { kind: host,   interfaces: { eth1: 10.0.0.1/24 } }   # the first
    bob:
      kind: host
      # where he lives
      interfaces:
        eth1: 10.0.0.2/24

    "carol":
      position: {x: 1,y: 2} # old
      kind: switch
    dave:
    erin: {}
    frank: { position: { x: -1, y: 5 }, kind: host }
  links:
    - endpoints: ["alice:eth1", "bob:eth1"]
`

test('positions are set in nodes of every shape, and nothing else changes', () => {
  const names = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'nobody']
  const positions = new Map(names.map((name, i) => [name, { x: i * 10, y: -i }]))
  const text = withPositions(LAB, positions)
  expect(text).toBe(`# A picture
name: drawn   # with a comment
topology:
  defaults: { kind: host }
  nodes:
    alice: { kind: host,   interfaces: { eth1: 10.0.0.1/24 }, position: { x: 0, y: 0 } }   # the first
    bob:
      kind: host
      # where he lives
      interfaces:
        eth1: 10.0.0.2/24
      position: { x: 10, y: -1 }

    "carol":
      position: { x: 20, y: -2 } # old
      kind: switch
    dave: { position: { x: 30, y: -3 } }
    erin: { position: { x: 40, y: -4 } }
    frank: { position: { x: 50, y: -5 }, kind: host }
  links:
    - endpoints: ["alice:eth1", "bob:eth1"]
`)
  const read = parseLab(text, 'lab.yaml').nodes.map(({ name, position }) => [name, position])
  expect(read).toEqual(names.slice(0, 6).map((name, i) => [name, { x: i * 10, y: i === 0 ? 0 : -i }]))
})

test('set twice is as set once, and a file that ends without a newline is no trouble', () => {
  const once = withPositions(LAB, new Map([['bob', { x: 1, y: 1 }]]))
  expect(withPositions(once, new Map([['bob', { x: 1, y: 1 }]]))).toBe(once)
  expect(withPositions('topology:\n  nodes:\n    a:\n      kind: host', new Map([['a', { x: 1, y: 2 }]])))
    .toBe('topology:\n  nodes:\n    a:\n      kind: host\n      position: { x: 1, y: 2 }')
})

test('a text that is no lab stays as it is', () => {
  for (const text of ['', 'topology: 7', '- a\n- b', 'topology:\n  nodes: [alice', '{ "name": }']) {
    expect(withPositions(text, new Map([['alice', { x: 1, y: 2 }]]))).toBe(text)
  }
})
