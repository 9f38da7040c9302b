import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commandsOf, formatCommands, shellWord } from './commands.ts'
import { defineLab } from './define.ts'
import { assignMacs, compareInterfaces, macOf, nodeIds } from './derive.ts'
import { LabError } from './errors.ts'
import { judgeFrames, judgeRun, judgeText } from './expect.ts'
import { parseLab } from './parse-yaml.ts'
import { labJsonSchema } from './schema.ts'
import { editDistance, nearest, orList } from './suggest.ts'
import * as units from './units.ts'

describe('the published JSON schema', () => {
  const schema = labJsonSchema()

  test('is up to date: run npm run schema', () => {
    const committed = readFileSync(new URL('../../schema/netarium-lab.schema.json', import.meta.url), 'utf8')
    expect(committed).toBe(`${JSON.stringify(schema, null, 2)}\n`)
  })

  test('describes every key', () => {
    const silent: string[] = []
    const walk = (node: unknown, path: string): void => {
      if (node === null || typeof node !== 'object') return
      const properties = (node as { properties?: unknown }).properties
      for (const [key, value] of Object.entries(node)) {
        if (node === properties || path.endsWith('.properties')) {
          if (!JSON.stringify(value).includes('"description"')) silent.push(`${path}.${key}`)
        }
        walk(value, `${path}.${key}`)
      }
    }
    walk(schema, '')
    expect(silent).toEqual([])
  })

  test('has for each unit a pattern that agrees with its parser', () => {
    const patterns = new Set([...JSON.stringify(schema).matchAll(/"pattern":"((?:[^"\\]|\\.)*)"/g)].map((match) =>
      JSON.parse(`"${match[1]}"`) as string))
    const find = (sample: string, not: string): RegExp =>
      [...patterns].map((source) => new RegExp(source)).find((one) => one.test(sample) && !one.test(not)) ?? /$^/
    const agree = (pattern: RegExp, parse: (text: string) => unknown, samples: string[]): void => {
      expect(samples.map((text) => [text, pattern.test(text)]))
        .toEqual(samples.map((text) => [text, !(parse(text) instanceof units.Refusal)]))
    }
    agree(find('10ms', '10Mbit'), units.parseDuration, ['0', '10ms', '1.5s', '1m30s', '5', '-1s', 'ms', '5 s', '2h'])
    agree(find('10Mbit', '10ms'), units.parseRate, ['10Mbit', '1Gbps', '9600bps', '10M', '10MB/s', '1000', '100kbit/s'])
    agree(find('10%', '10ms'), units.parseShare, ['10%', '0.1 %', '0.5', '-1%', '.5%', 'x%'])
    agree(find('100p', '10ms'), units.parseQueueLimit, ['100p', '64KiB', '1500B', '0p', '100', '1kB', '5 packets'])
    agree(find('10.0.0.1/8', '10.0.0.1'), units.parseInterfaceAddress,
      ['10.0.0.1/8', '10.0.0.1', '10.0.0.256/8', '10.0.0.1/33', '010.0.0.1/8', '0.0.0.0/0', '10.0.0/8'])
    agree(find('10.0.0.1', '1.2.3'), units.parseHostAddress, ['10.0.0.1', '10.0.0.1/8', '256.0.0.1', '1.2.3'])
    agree(find('02:00:00:00:00:01', '10.0.0.1'), units.parseInterfaceMac,
      ['02:00:00:00:00:01', '2-0-0-0-0-1', '02:00:00:00:01', 'x'])
  })
})

describe('derived MAC addresses', () => {
  test('are locally administered unicast, and made of the three names', () => {
    const macs = [macOf('lab', 'a', 'eth1'), macOf('lab', 'a', 'eth2'), macOf('lab', 'b', 'eth1'),
      macOf('bal', 'a', 'eth1')]
    expect(macs).toEqual(['02:52:88:e1:1d:56', '02:24:e0:d6:c0:c7', '02:1e:a1:a8:34:52', '02:c1:f7:ea:31:62'])
  })
  test('that are taken give way to the next hash, whatever the order of the nodes', () => {
    const ends = [{ node: 'a', name: 'eth1' }, { node: 'b', name: 'eth1' }]
    const taken = new Set([macOf('lab', 'a', 'eth1')])
    const expected = { 'a:eth1': macOf('lab', 'a', 'eth1', 1), 'b:eth1': macOf('lab', 'b', 'eth1') }
    expect(Object.fromEntries(assignMacs('lab', ends, taken))).toEqual(expected)
    expect(Object.fromEntries(assignMacs('lab', [...ends].reverse(), taken))).toEqual(expected)
  })
  test('of 20,000 interfaces are all different', () => {
    const ends = Array.from({ length: 20_000 }, (_, i) => ({ node: `n${i}`, name: 'eth1' }))
    expect(new Set(assignMacs('lab', ends, new Set()).values()).size).toBe(20_000)
  })
})

test('interfaces are in the order of people, nodes in the order of code units', () => {
  expect(['eth10', 'eth2', 'lo', 'eth1.20', 'eth1', 'br0'].sort(compareInterfaces)).toEqual(['lo', 'br0', 'eth1',
    'eth1.20', 'eth2', 'eth10'])
  expect([...nodeIds(['b', 'a10', 'a2', 'B'])]).toEqual([['B', 0], ['a10', 1], ['a2', 2], ['b', 3]])
})

describe('the nearest right spelling', () => {
  test('counts swapped letters once and does not mind case', () => {
    expect([editDistance('dealy', 'delay'), editDistance('Delay', 'delay'), editDistance('', 'abc'),
      editDistance('loss', 'los')])
      .toEqual([1, 0, 3, 1])
  })
  test('is given only when it is near', () => {
    const keys = ['delay', 'jitter', 'loss', 'bandwidth']
    expect(['dely', 'los', 'bandwith', 'colour', 'x', 'LOSS'].map((word) => nearest(word, keys)))
      .toEqual(['delay', 'loss', 'bandwidth', null, null, 'loss'])
  })
  test('or all are listed', () => {
    expect([orList([]), orList(['a']), orList(['a', 'b', 'c']), orList(['a', 'b', 'c', 'd'], 2)])
      .toEqual(['', 'a', 'a, b or c', 'a, b … or 2 more'])
  })
})

describe('expectations', () => {
  const demand = (kind: 'contains' | 'equals' | 'matches', text: string, not = false) => ({ kind, text, not })
  test.each([
    ['1 received', demand('contains', '1 received'), null],
    ['0 received', demand('contains', '1 received'), 'stdout does not contain "1 received"'],
    ['a\n', demand('equals', 'a'), null],
    ['a\nb\n', demand('equals', 'a'), 'stdout is "a\\nb\\n", not "a"'],
    ['', demand('equals', 'a'), 'stdout is empty, not "a"'],
    ['x\ndefault via 1\n', demand('matches', '^default via \\d$'), null],
    ['x default via 1', demand('matches', '^default'), 'stdout does not match /^default/'],
    ['error', demand('contains', 'err', true), 'stdout contains "err"'],
    ['', demand('equals', '', true), 'stdout is ""'],
    ['ok', demand('matches', 'k$', true), 'stdout matches /k$/'],
  ])('%j against %j', (text, wanted, reason) => expect(judgeText('stdout', text, wanted)).toBe(reason))

  test('of a command: all reasons at once', () => {
    const expected = { exit: 0, stdout: [demand('contains', 'x')], stderr: [demand('equals', '')] }
    expect(judgeRun(expected, { status: 0, stdout: 'x', stderr: '' })).toEqual([])
    expect(judgeRun(expected, { status: 2, stdout: '', stderr: 'no\n' })).toEqual([
      'exit status is 2, not 0', 'stdout does not contain "x"', 'stderr is "no\\n", not ""',
    ])
    expect(judgeRun({ exit: null, stdout: [], stderr: [] }, { status: null, stdout: '',
      stderr: '' })).toEqual(['the command did not end in time'])
  })

  test('of a capture', () => {
    const max = Number.MAX_SAFE_INTEGER
    expect([judgeFrames({ minFrames: 2, maxFrames: 2 }, 2), judgeFrames({ minFrames: 0, maxFrames: 0 }, 1),
      judgeFrames({ minFrames: 1, maxFrames: max }, 0), judgeFrames({ minFrames: 0, maxFrames: 3 }, 4),
      judgeFrames({ minFrames: 2, maxFrames: 3 }, 4)])
      .toEqual([[], ['1 frames, not 0'], ['0 frames, not at least 1'], ['4 frames, not at most 3'],
        ['4 frames, not 2 to 3']])
  })
})

describe('a lab in TypeScript', () => {
  test('is the same model as the file that says the same, but for places', () => {
    const file = `
name: first
seed: 3
about: Two hosts.
topology:
  nodes:
    alice: { kind: host, interfaces: { eth1: 10.0.0.1/24 } }
    bob: { kind: router, interfaces: { eth1: 10.0.0.2/24 } }
  links:
    - { endpoints: ["alice:eth1", "bob:eth1"], delay: 1ms }
script:
  - { at: 1s, on: alice, run: ip link }
  - { at: 2s, link: "bob:eth1", direction: in, set: { loss: 10% } }
checks:
  - { on: alice, run: ping -c 1 10.0.0.2, at: 3s, expect: { exit: 0 } }
  - { on: bob, capture: eth1, filter: icmp, at: 4s, expect: { frames: 2 } }
`
    const built = defineLab('first', (d) => {
      d.about('Two hosts.')
      d.seed(3)
      const alice = d.host('alice', { interfaces: { eth1: '10.0.0.1/24' } })
      const bob = d.router('bob', { interfaces: { eth1: '10.0.0.2/24' } })
      d.link(alice.eth(1), bob.port('eth1'), { delay: '1ms' })
      d.run('1s', alice, 'ip link')
      d.set('2s', bob.eth(1), { loss: '10%' }, 'in')
      d.check(alice, 'ping -c 1 10.0.0.2', { at: '3s', expect: { exit: 0 } })
      d.capture(bob.eth(1), { filter: 'icmp', at: '4s', expect: { frames: 2 } })
    })
    const bare = (value: unknown): unknown => JSON.parse(JSON.stringify(value,
      (key, item: unknown) => key === 'place' ? undefined : item instanceof Map ? [...item] : item))
    expect(bare(built)).toEqual(bare(parseLab(file, 'f')))
  })

  test('that is wrong says which call', () => {
    const define = (): unknown => defineLab('wrong', (d) => {
      const a = d.host('a', { interfaces: { eth1: '10.0.0.1' } })
      d.host('a')
      d.link(a.eth(1), { node: 'bob', interface: 'eth1' }, { delay: 5 })
      d.check(a, '', { at: '1s', expect: {} })
    })
    expect(define).toThrow(LabError)
    expect(define).toThrow([
      'lab wrong: d.host("a"): topology.nodes.a: "a" is defined twice; give each node its own name',
      'lab wrong: d.link(a:eth1, bob:eth1): topology.links[0].delay: 5 has no unit; did you mean 5ms or 5s?',
      'lab wrong: d.check(a, ""): checks[0].run: the command is empty',
      'lab wrong: d.link(a:eth1, bob:eth1): topology.links[0].endpoints[1].node: no node is called "bob"; the nodes are a',
      'lab wrong: d.check(a, ""): checks[0].expect: nothing is demanded; expected such as { exit: 0 } or { stdout: "1 received" }',
    ].join('\n'))
  })
})

test('a word for the shell is quoted only where it must be', () => {
  expect([shellWord('net.ipv4.ip_forward=1'), shellWord('a b'), shellWord("it's")]).toEqual(['net.ipv4.ip_forward=1',
    "'a b'", "'it'\\''s'"])
})

test('the commands of a lab name their nodes in the order of names', () => {
  const lab = parseLab('name: x\ntopology:\n  nodes:\n    b: { kind: host, exec: [ip link] }\n    a: { kind: router }\n', 'f')
  expect(commandsOf(lab.nodes[0])).toEqual(['ip link set dev lo up', 'ip link'])
  expect(formatCommands(lab)).toBe([
    '# x', '', '# router a', 'sysctl -w net.ipv4.ip_forward=1', 'ip link set dev lo up', '', '# host b',
      'ip link set dev lo up', 'ip link', '',
  ].join('\n'))
})
