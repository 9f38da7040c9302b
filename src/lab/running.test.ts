import { describe, expect, test } from 'vitest'
import { formatCapture, LAB, LOSSY, PROGRAMS, start } from './testing.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import { readCapture } from '../capture/reader.ts'
import { LabError } from './errors.ts'
import { Lab } from './lab.ts'
import { parseLab } from './parse-yaml.ts'
import { formatJunit, formatReport, formatTime, reportDocument } from './run-report.ts'
import type { RunReport } from './run.ts'

const S = 1e9

async function messageOf(action: () => unknown): Promise<string> {
  try {
    await action()
  } catch (error) {
    if (error instanceof LabError) return error.message
    throw error
  }
  return 'accepted'
}

describe('a lab runs', () => {
  test('a command in virtual time: status, output, start and end', async () => {
    const lab = await start(LAB)
    await lab.runFor('2s')
    const result = await lab.node('alice').exec('probe 10.0.0.2 2')
    expect(result).toMatchObject({
      status: 0, stdout: '1 refused\n2 refused\n', stderr: '', startedAtNs: 2 * S, endedAtNs: 2.2 * S, end: 'done',
    })
    expect(lab.now).toBe(2.2 * S)
  })

  test('frames cross the switch and the router, and are captured at each interface', async () => {
    const lab = await start(LAB)
    await lab.node('alice').exec('probe 10.0.1.9')
    expect(formatCapture(lab.capture('alice:eth1'))).toEqual(['out arp', 'in arp', 'out ip 17', 'in ip 1'])
    expect(formatCapture(lab.capture('bob:eth1'))).toEqual(['in arp'])
    expect(formatCapture(lab.capture('r:eth2'))).toEqual(['out arp', 'in arp', 'out ip 17', 'in ip 1'])
  })

  test('the order in which nodes are declared does not change the hash', async () => {
    const lines = LAB.split('\n')
    const first = lines.findIndex((line) => line.startsWith('    alice'))
    const turned = [...lines.slice(0, first), ...lines.slice(first, first + 5).reverse(), ...lines.slice(first + 5)].join('\n')
    expect(turned).not.toBe(LAB)
    const hashes = await Promise.all([LAB, LAB, turned].map(async (text) => (await (await start(text)).run()).journalHash))
    expect(new Set(hashes).size).toBe(1)
  })

  test('a lossy lab: equal seeds give equal hashes, other seeds others', async () => {
    const runs = await Promise.all([1, 1, 2, 3].map(async (seed) => (await start(LOSSY, { seed })).run()))
    const hashes = runs.map((run) => run.journalHash)
    expect(hashes[0]).toBe(hashes[1])
    expect(new Set(hashes).size).toBe(3)
  })

  test('keeping frames and tracing decisions changes nothing', async () => {
    const text = LOSSY.replace(/^checks:[^]*/m, '')
    const options = [{}, { captures: false }, { tracing: true }, { captures: false, tracing: true }]
    const hashes = await Promise.all(options.map(async (one) => (await (await start(text, one)).run()).journalHash))
    expect(new Set(hashes).size).toBe(1)
  })
})

describe('script and checks', () => {
  test('script before checks at equal times, in the order of the file; commands overlap', async () => {
    const text = `${LAB.replace(/^script:[^]*/m, '')}
checks:
  - { on: alice, run: say check, at: 1s, expect: { stdout: check } }
script:
  - { at: 1s, on: alice, run: rest 5000 }
  - { at: 1s, on: alice, run: say second }
  - { at: 2s, on: alice, run: say third }
`
    const lab = await start(text)
    const report = await lab.run()
    expect(report.steps.map(({ run, atNs, endedAtNs }) => [run, atNs, endedAtNs])).toEqual([
      ['rest 5000', S, 6 * S], ['say second', S, S], ['say third', 2 * S, 2 * S],
    ])
    expect([report.endedAtNs, report.ok, report.checks[0].endedAtNs]).toEqual([6 * S, true, S])
  })

  test('a cable is cut and mended, and what it does is changed, at the time the script says', async () => {
    const lab = await start(LAB)
    const report = await lab.run()
    expect(report.checks.map(({ name, ok, reasons }) => [name, ok, reasons])).toEqual([
      ['alice: probe 10.0.0.2', true, []],
      ['while the cable is cut', true, []],
      ['alice: probe 10.0.1.9', true, []],
      ['bob:eth1: frames of udp', true, []],
    ])
    expect(report.ok).toBe(true)
  })

  test('a run can end early: what is due later is skipped, what still runs is stopped', async () => {
    const lab = await start(`${LAB.replace(/^script:[^]*/m, '')}
script:
  - { at: 1s, on: alice, run: rest 60000 }
checks:
  - { on: alice, run: say now, at: 1s, expect: { exit: 0 } }
  - { on: alice, run: rest 60000, at: 1s, expect: { exit: 0 } }
  - { on: alice, run: say later, at: 5s, expect: { exit: 0 } }
  - { on: alice, capture: eth1, at: 5s, expect: { frames: 0 } }
`)
    const report = await lab.run({ untilNs: 3 * S })
    expect(report.checks.map(({ ok }) => ok)).toEqual([true, false, null, null])
    expect([report.endedAtNs, report.steps[0].status, report.checks[1].reasons]).toEqual([
      3 * S, null, ['the command did not end in time'],
    ])
  })

  test('a command that does not end in its time is interrupted', async () => {
    const lab = await start(`${LAB.replace(/^script:[^]*/m, '')}
checks:
  - { on: alice, run: rest 60000, at: 1s, within: 2s, expect: { exit: 0 } }
`)
    const report = await lab.run()
    expect([report.checks[0].ok, report.checks[0].endedAtNs, report.endedAtNs]).toEqual([false, 3 * S, 3 * S])
  })

  test('a command that is not there, and one that is no command line, fail their checks', async () => {
    const lab = await start(`${LAB.replace(/^script:[^]*/m, '')}
checks:
  - { on: alice, run: nothere, at: 0s, expect: { exit: 127, stderr: { equals: "bash: line 1: nothere: command not found" } } }
  - { on: alice, run: say a |, at: 0s, expect: { exit: 2, stderr: "unexpected end of file" } }
`)
    const report = await lab.run()
    expect(report.checks.map(({ reasons }) => reasons)).toEqual([[], []])
  })
})

describe('inputs', () => {
  test('are replayed to the same hash: commands one after the other and at once, faults, changes of links, time', async () => {
    const lab = await start(LOSSY)
    const [alice, bob] = [lab.node('alice'), lab.node('bob')]
    await alice.exec('probe 10.0.0.2 3')
    await alice.exec('say at once')
    await Promise.all([alice.exec('probe 10.0.0.2 5'), bob.exec('probe 10.0.1.9 2')])
    lab.link('bob:eth1').set({ delay: '3ms', loss: 0.3 }, 'out')
    lab.partition('alice', 'sw')
    await bob.exec('probe 10.0.0.1')
    lab.repair('alice', 'sw')
    lab.hold('bob', 'sw')
    const held = alice.exec('probe 10.0.0.2', { timeout: '20s' })
    await lab.runFor('100ms')
    lab.release('bob', 'sw')
    await held
    await lab.runFor(12_345)
    const log = lab.log()
    expect(JSON.parse(JSON.stringify(log))).toEqual(log)
    const again = await Lab.replay(lab.model, log, { programs: PROGRAMS })
    expect([again.hash(), again.now]).toEqual([lab.hash(), lab.now])
    const script = await start(LOSSY)
    await script.runScriptUntil(2 * S)
    await script.node('alice').exec('probe 10.0.0.2')
    const twin = await Lab.replay(script.model, script.log(), { programs: PROGRAMS })
    expect(twin.hash()).toBe(script.hash())
  })

  test('are part of the hash', async () => {
    const [a, b] = [await start(LAB), await start(LAB)]
    a.link('bob:eth1').set({ loss: '1%' })
    expect(a.hash()).not.toBe(b.hash())
  })
})

describe('faults', () => {
  const probe = async (lab: Lab, from: string, to: string): Promise<number> => (await lab.node(from).exec(`probe ${to}`)).status

  test('a partition loses all frames between two neighbours, one way or both, and neither sees its carrier go', async () => {
    const lab = await start(LAB)
    lab.partition('alice', 'sw')
    expect([await probe(lab, 'alice', '10.0.0.2'), await probe(lab, 'bob', '10.0.1.9')]).toEqual([1, 0])
    expect(lab.node('alice').stack.ns.deviceByName('eth1')?.carrier).toBe(true)
    lab.repair('alice', 'sw')
    expect(await probe(lab, 'alice', '10.0.0.2')).toBe(0)
    lab.partitionOneWay('sw', 'alice')
    const before = lab.capture('bob:eth1').frames.length
    expect([await probe(lab, 'alice', '10.0.0.2'), lab.capture('bob:eth1').frames.length > before]).toEqual([1, true])
  })

  test('what is held arrives when it is released', async () => {
    const lab = await start(LAB)
    await lab.node('alice').exec('probe 10.0.0.2')
    lab.hold('sw', 'bob')
    const waiting = lab.node('alice').exec('probe 10.0.0.2')
    await lab.runFor('500ms')
    lab.release('bob', 'sw')
    expect((await waiting).stdout).toBe('1 refused\n')
  })

  test('act on cables: nodes that are no neighbours are refused; crash and restart are refused by name', async () => {
    const lab = await start(LAB)
    expect(await messageOf(() => lab.partition('alice', 'bob'))).toBe(
      'lab.partition("alice", "bob"): alice and bob have no cable between them; faults act on cables; alice has sw')
    expect(await messageOf(() => lab.crash('alice'))).toBe(
      'lab.crash("alice"): crash is not modelled yet; cut its links: set({ state: "down" })')
    expect(await messageOf(() => lab.restart('alice'))).toBe('lab.restart("alice"): restart is not modelled yet; start the lab anew')
  })
})

describe('what is asked wrongly is told kindly', () => {
  test('names, times, changes', async () => {
    const lab = await start(LAB)
    const wrong: (() => unknown)[] = [
      () => lab.node('alic'), () => lab.link('bob:eth2'), () => lab.runFor('5'), () => lab.runFor(-1),
      () => lab.link('bob:eth1').set({ loss: 5 }), () => lab.link('bob:eth1').set({ state: 'down' }, 'out'),
      () => lab.capture('bob:eth7'), () => lab.node('alice').exec('say a', { timeout: 'soon' }),
    ]
    expect(await Promise.all(wrong.map(messageOf))).toEqual([
      'lab.node("alic"): no node is called "alic"; did you mean "alice"?',
      'lab.link("bob:eth2"): no link has the end "bob:eth2"; did you mean "bob:eth1"?',
      'lab.runFor: 5 has no unit; did you mean 5ms or 5s?',
      'lab.runFor: -1 is not a time; expected whole nanoseconds from 0',
      'lab.link("bob:eth1").set: loss: 5 is more than 1; did you mean 5%?',
      'lab.link("bob:eth1").set: a cable is cut in both directions; set loss: 100% in one direction',
      'lab.capture("bob:eth7"): there is no interface "bob:eth7"; did you mean "bob:eth1"?',
      'timeout: "soon" is not a duration; expected a number and a unit, such as 10ms or 1.5s',
    ])
    const lean = await start(LAB, { captures: false })
    expect(await messageOf(() => lean.run())).toBe('lab.run(): no frames were kept; start the lab with { captures: true }')
  })

  test('an exec line that fails is an error of the file, with its place and its own words; each node tells its first', async () => {
    const text = `name: x
topology:
  nodes:
    a:
      kind: host
      exec:
        - say fine
        - complain about this
        - complain never reached
    b: { kind: host, exec: [nothere] }
`
    const error = await start(text).catch((reason: unknown) => reason as LabError)
    expect((error as LabError).message).toBe([
      'lab.yaml:8:11: topology.nodes.a: "complain about this" failed; about this',
      'lab.yaml:10:29: topology.nodes.b: "nothere" failed; bash: line 1: nothere: command not found',
    ].join('\n'))
  })

  test('shorthand that the kernel refuses is an error of the file in the kernel\'s words', async () => {
    const text = `name: x
topology:
  nodes:
    a:
      kind: host
      interfaces: { eth1: 10.0.0.1/24 }
      gateway: 10.9.9.9
      sysctls: { net.ipv4.ip_default_ttl: 300, net.ipv4.nosuch: 1 }
    b: { kind: host }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
`
    const error = await start(text).catch((reason: unknown) => reason as LabError)
    expect((error as LabError).message).toBe([
      'lab.yaml:8:43: topology.nodes.a: "sysctl -w net.ipv4.ip_default_ttl=300" failed; Invalid argument',
      'lab.yaml:8:65: topology.nodes.a: "sysctl -w net.ipv4.nosuch=1" failed; No such file or directory',
      'lab.yaml:7:16: topology.nodes.a: "ip route add default via 10.9.9.9" failed; Nexthop has invalid gateway',
    ].join('\n'))
  })
})

test('pingAll: every host and router to every other', async () => {
  const lab = await start(LAB)
  const { pings, sent, received } = await lab.pingAll()
  expect([sent, received, pings[0]]).toEqual([12, 12, { from: 'alice', to: 'bob', ok: true }])
})

test('close ends all processes', async () => {
  const lab = await start(LAB)
  const open = lab.node('alice').exec('rest 100000')
  await lab.runFor('1s')
  await lab.close()
  expect((await open).status).toBe(137)
})

describe('pcapng', () => {
  test('has an interface per node:dev, nanosecond stamps, directions, and drops as comments', async () => {
    const lab = await start(LAB)
    await lab.runFor('1s')
    lab.link('alice:eth1').set({ loss: 1 }, 'out')
    await lab.node('alice').exec('probe 10.0.0.2')
    const capture = readCapture(lab.pcapng())
    expect(capture.error).toBe(null)
    expect(capture.interfaces.map(({ name }) => name)).toEqual([
      'alice:lo', 'alice:eth1', 'bob:lo', 'bob:eth1', 'far:lo', 'far:eth1', 'r:lo', 'r:eth1', 'r:eth2',
      'sw:lo', 'sw:eth1', 'sw:eth2', 'sw:eth3', 'sw:br0',
    ])
    const [first] = capture.frames
    expect([first.interfaceId, first.direction, first.comments, first.nanoseconds]).toEqual([
      1, 'out', ['dropped: LINK_LOSS: lost on the link, at the loss rate that was set'], 0,
    ])
  })
})

describe('reports', () => {
  const report: RunReport = {
    lab: 'two', seed: 7, endedAtNs: 6.0155e9, ok: false, journalHash: '0123456789abcdef', steps: [],
    figures: { frames: 12, bytes: 1176, drops: { LINK_LOSS: 2 }, events: 40, nodes: 1, links: 2 },
    checks: [
      {
        name: 'a: ping b', kind: 'run', on: 'a', atNs: 1.5e9, subject: 'ping b', filter: '', ok: true, reasons: [], status: 0,
        stdout: '1 received\n', stderr: '', endedAtNs: 1.6e9, frames: null, place: 'lab.yaml:9',
      },
      {
        name: 'a: <b> & "c"', kind: 'run', on: 'a', atNs: 3e9, subject: 'x', filter: '', ok: false,
        reasons: ['exit status is 1, not 0'], status: 1, stdout: 'one\ntwo\n', stderr: 'three\u0007\n', endedAtNs: 3e9,
        frames: null, place: 'lab.yaml:10',
      },
      {
        name: 'late', kind: 'capture', on: 'a', atNs: 9e9, subject: 'eth1', filter: 'icmp', ok: null, reasons: [],
        status: null, stdout: '', stderr: '', endedAtNs: 9e9, frames: null, place: 'lab.yaml:11',
      },
    ],
  }

  test('for people', () => {
    expect(formatReport(report)).toBe([
      'ok        1.5s  a: ping b',
      'FAIL        3s  a: <b> & "c"',
      '                exit status is 1, not 0',
      '                | one',
      '                | two',
      '                | three\u0007',
      '                lab.yaml:10',
      'skip        9s  late',
      '',
      'checks   1 failed, 1 hold, 1 skipped',
      'frames   12 (1176 bytes), 2 links, 1 node',
      'dropped  LINK_LOSS 2',
      'ended    6.0155s (virtual), 40 events, seed 7',
      'journal  0123456789abcdef',
      '',
    ].join('\n'))
  })

  test('for programs', () => {
    const document = reportDocument(report)
    expect(Object.keys(document)).toEqual(['lab', 'seed', 'ok', 'endedAtNs', 'checks', 'script', 'figures', 'journalHash'])
    expect((document.checks as unknown[])[2]).toEqual({
      name: 'late', on: 'a', atNs: 9e9, ok: null, reasons: [], place: 'lab.yaml:11', capture: 'eth1', filter: 'icmp', frames: null,
    })
  })

  test('for build servers', () => {
    expect(formatJunit(report)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="two" tests="3" failures="1" errors="0" skipped="1" time="6.015500000">
  <properties>
    <property name="seed" value="7"/>
    <property name="journalHash" value="0123456789abcdef"/>
  </properties>
  <testcase classname="two" name="a: ping b at 1.5s" time="0.100000000"/>
  <testcase classname="two" name="a: &lt;b&gt; &amp; &quot;c&quot; at 3s" time="0.000000000">
    <failure message="exit status is 1, not 0">exit status is 1, not 0
lab.yaml:10
one
two

three\ufffd
</failure>
  </testcase>
  <testcase classname="two" name="late at 9s" time="0.000000000">
    <skipped/>
  </testcase>
</testsuite>
`)
  })

  test('times are exact and short', () => {
    expect([0, 1, 999, 1500, 250e6, 1e9, 1.5e9, 90e9, 1_000_000_001].map(formatTime)).toEqual([
      '0s', '1ns', '999ns', '1.5us', '250ms', '1s', '1.5s', '90s', '1.000000001s',
    ])
  })
})

test('a lab from a file, from a model and from TypeScript is the same lab', async () => {
  const text = 'name: x\ntopology:\n  nodes:\n    a: { kind: host, interfaces: { eth1: 10.0.0.1/24 } }\n'
    + '    b: { kind: host, interfaces: { eth1: 10.0.0.2/24 } }\n  links:\n    - endpoints: ["a:eth1", "b:eth1"]\n'
  const options = { programs: PROGRAMS }
  const labs = [
    await Lab.fromText(text, 'f', options), await Lab.fromModel(parseLab(text, 'g'), options),
    await Lab.define('x', (d) => {
      const a = d.host('a', { interfaces: { eth1: '10.0.0.1/24' } })
      d.link(a.eth(1), d.host('b', { interfaces: { eth1: '10.0.0.2/24' } }).eth(1))
    }, options),
  ]
  for (const lab of labs) await lab.node('a').exec('probe 10.0.0.2')
  expect(new Set(labs.map((lab) => lab.hash())).size).toBe(1)
  expect(decodeUtf8(new Uint8Array([0x61]))).toBe('a')
})
