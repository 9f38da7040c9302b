import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseLab } from '../../../src/lab/parse-yaml.ts'
import { addLink, addNode, freeName, nextInterface, nodeNames, removeLink, removeNode, renameNode } from './edit-lab.ts'

const LAB = `# a picture
name: x   # its name
topology:
  nodes:
    alice: { kind: host, interfaces: { eth1: 10.0.0.1/24 } }   # she
    # about bob
    bob:
      kind: host

      interfaces:
        eth1: 10.0.0.2/24  # his

  links:
    - endpoints: ["alice:eth1", 'bob:eth1']   # the cable
      delay: 1ms
script:
  - { at: 1s, on: alice, run: ping -c 1 bob }
  - { at: 2s, link: "alice:eth1", set: { state: down } }
`

const edited = (text: string, from: string, to: string): string => {
  expect(text.split(from)).toHaveLength(2)
  return text.replace(from, () => to)
}

test('a node is added behind the last one, and no other line changes', () => {
  expect(addNode(LAB, 'host1', 'host')).toBe(edited(LAB, '# his\n', '# his\n    host1: { kind: host }\n'))
})

test('a link is added behind the last one', () => {
  expect(addLink(LAB, 'alice:eth2', 'bob:eth2'))
    .toBe(edited(LAB, '      delay: 1ms\n', '      delay: 1ms\n    - endpoints: ["alice:eth2", "bob:eth2"]\n'))
})

test('a link is taken away with its lines, its interfaces and the steps that name it', () => {
  const cut = [`    - endpoints: ["alice:eth1", 'bob:eth1']   # the cable\n      delay: 1ms\n`, 'eth1: 10.0.0.1/24',
    '        eth1: 10.0.0.2/24  # his\n', `  - { at: 2s, link: "alice:eth1", set: { state: down } }\n`]
  expect(removeLink(LAB, 0)).toBe(cut.reduce((text, part) => edited(text, part, ''), LAB))
  expect(removeLink(LAB, 1)).toBe(null)
})

test('a node is taken away with its links', () => {
  const alone = removeLink(LAB, 0) ?? ''
  expect(removeNode(LAB, 'bob')).toBe(edited(alone, '    bob:\n      kind: host\n\n      interfaces:\n', ''))
  expect(removeNode(LAB, 'alice'))
    .toBe(['    alice: { kind: host, interfaces: {  } }   # she\n', '  - { at: 1s, on: alice, run: ping -c 1 bob }\n']
      .reduce((text, part) => edited(text, part, ''), alone))
  expect(removeNode(LAB, 'carol')).toBe(null)
})

test('a node is renamed wherever it is named, in the quotes that are there', () => {
  expect(renameNode(LAB, 'alice', 'anna')).toBe(LAB.replaceAll('alice', 'anna'))
  expect(renameNode(LAB, 'bob', 'alice')).toBe(null)
})

test('nodes and links are added to maps and lists that are empty, missing or in brackets', () => {
  expect(addNode('name: x\n', 'a', 'host')).toBe('name: x\ntopology:\n  nodes:\n    a: { kind: host }\n')
  expect(addNode('name: x\ntopology:\n  nodes:\n', 'a', 'host')).toBe('name: x\ntopology:\n  nodes:\n    a: { kind: host }\n')
  expect(addNode('name: x\ntopology:\n  nodes: {}  # none\n', 'a', 'switch'))
    .toBe('name: x\ntopology:\n  nodes: # none\n    a: { kind: switch }\n')
  expect(addNode('topology: { nodes: { a: { kind: host } } }', 'b', 'host'))
    .toBe('topology: { nodes: { a: { kind: host }, b: { kind: host } } }')
  expect(addLink('topology:\n  nodes:\n    a: {}\n    b:', 'a:eth1', 'b:eth1'))
    .toBe('topology:\n  nodes:\n    a: {}\n    b:\n  links:\n    - endpoints: ["a:eth1", "b:eth1"]\n')
  expect(addLink('topology:\n  nodes: { a: {}, b: {} }\n  links: []\n', 'a:eth1', 'b:eth1'))
    .toBe('topology:\n  nodes: { a: {}, b: {} }\n  links:\n    - endpoints: ["a:eth1", "b:eth1"]\n')
})

test('what can not be read is not edited', () => {
  expect(addNode('name: [', 'a', 'host')).toBe(null)
  expect(addNode('- a\n', 'a', 'host')).toBe(null)
  expect(addLink('name: x\n', 'a:eth1', 'b:eth1')).toBe(null)
})

test('names of interfaces and nodes are the next ones that are free', () => {
  expect(nextInterface(LAB, 'alice')).toBe('eth2')
  expect(nextInterface(LAB, 'carol')).toBe('eth1')
  expect(freeName(LAB, 'host')).toBe('host1')
  expect(freeName('topology: { nodes: { sw1: , sw2: } }', 'switch')).toBe('sw3')
})

const LABS = readdirSync(new URL('../../../labs/', import.meta.url))

test.each(LABS)('%s: nodes and links come and go, and the file is as it was', (name) => {
  const text = readFileSync(new URL(`../../../labs/${name}/lab.yaml`, import.meta.url), 'utf8')
  const before = parseLab(text, 'lab.yaml')
  const [first] = nodeNames(text)
  const withNode = addNode(text, 'zz', 'host') ?? ''
  const withLink = addLink(withNode, 'zz:eth1', `${first}:${nextInterface(withNode, first)}`) ?? ''
  const model = parseLab(withLink, 'lab.yaml')
  expect(model.nodes).toHaveLength(before.nodes.length + 1)
  expect(model.links).toHaveLength(before.links.length + 1)
  expect(parseLab(renameNode(withLink, first, 'yy') ?? '', 'lab.yaml').nodes.map((node) => node.name))
    .toEqual(model.nodes.map((node) => node.name === first ? 'yy' : node.name))
  if (before.links.length > 0) expect(removeNode(withLink, 'zz')).toBe(text)
  const rest = parseLab(removeNode(withLink, first) ?? '', 'lab.yaml')
  expect(rest.nodes.map((node) => node.name)).toEqual(model.nodes.map((node) => node.name).filter((one) => one !== first))
})
