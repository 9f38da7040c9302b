import { expect, test } from 'vitest'
import { parseLab } from '../../src/lab/parse-yaml.ts'
import { CORE_PROGRAMS } from '../../src/programs/core.ts'
import { PROGRAMS } from '../../src/programs/registry.ts'
import { isPlain, need, partToOpen, partToRun, PROGRAMS_SO_FAR } from './programs.ts'

test.each([
  ['ip route add default via 10.0.0.1', true],
  ['ping -c 1 10.0.0.2 && ip -s link show eth1 || sleep 1; true', true],
  ['sysctl -w net.ipv4.ip_forward=1 &', true],
  ['', true],
  ['tcpdump -c 1 -i eth1', false],
  ['ip netns exec blue tcpdump', false],
  ['ip netns ex blue tcpdump', false], // ip takes any beginning of a word
  ['ping -c 1 bob | grep received', false],
  ['bash -c "tcpdump"', false],
  ['timeout 3 ping bob', false],
  ['x=tcp; ${x}dump', false],
  ['echo $(tcpdump --version)', false],
  ['echo `ls`', false],
  ['for i in 1 2; do ping -c 1 bob; done', false],
  ['type tcpdump', false],
  ['/usr/bin/tcpdump', false],
  ['echo "a; tcpdump"', false],
])('a line of the core alone: %s: %s', (line, plain) => {
  expect(isPlain(line)).toBe(plain)
})

const lab = (extra: string) => parseLab(`name: x
topology:
  nodes:
    a: { kind: host${extra} }
script:
  - { at: 1s, on: a, run: ping -c 1 127.0.0.1 }
`, 'x.yaml')

test('a lab without lines at the start needs no program to open, and what its lines use to go on', () => {
  expect([partToOpen(lab(''), undefined), partToRun(lab(''), undefined)]).toEqual(['none', 'core'])
  const withLine = lab(', exec: [awk 1 /proc/version]')
  expect([partToOpen(withLine, undefined), partToRun(withLine, undefined)]).toEqual(['all', 'all'])
})

test('a run to which something was done needs all', () => {
  const moment = { atNs: 0, event: 0, turn: 0 }
  const log = {
    seed: 1, end: moment, inputs: [{ kind: 'console', node: 'a', columns: 80, rows: 24, command: ['bash'], ...moment }],
  } as const
  expect(partToOpen(lab(''), log)).toBe('all')
})

test('the core is a part of all, and in the end all are there, in their order', async () => {
  for (const [name, program] of CORE_PROGRAMS) expect(PROGRAMS.get(name)).toBe(program)
  await need('core')
  expect([...PROGRAMS_SO_FAR]).toEqual([...CORE_PROGRAMS])
  await need('all')
  expect([...PROGRAMS_SO_FAR]).toEqual([...PROGRAMS])
})
