import { describe, expect, test } from 'vitest'
import { fromHex } from '../../base/hex.ts'
import { parseLab } from '../../lab/parse-yaml.ts'
import type { LabModel } from '../../lab/model.ts'
import type { CapturedFrame } from './captures.ts'
import { compareRuns } from './kernel-twin.ts'
import { needsOf, planOf } from './plan.ts'
import { comparisonDocument, formatComparison } from './report.ts'
import { missingFor, type Surroundings } from './requirements.ts'

function lab(wire = '', rest = ''): LabModel {
  return parseLab(`name: two
topology:
  nodes:
    a: { kind: host, interfaces: { eth1: { addresses: [10.0.0.1/24], mac: "02:00:00:00:00:0a" } } }
    b: { kind: host, interfaces: { eth1: { addresses: [10.0.0.2/24], mac: "02:00:00:00:00:0b" } } }
  links:
    - { endpoints: ["a:eth1", "b:eth1"]${wire} }
script:
  - { at: 1s, on: a, run: ip route }
${rest}`, 'lab.yaml')
}

const ROOT: Surroundings = { platform: 'linux', uid: 0, hasProgram: () => true, hasDevice: () => false }

describe('what is missing to build a lab', () => {
  test('nothing for a plain one, as root on Linux', () => {
    expect(missingFor(lab(), ROOT)).toEqual([])
  })

  test('Linux; root; each program, with the package that has it', () => {
    expect(missingFor(lab(), { ...ROOT, platform: 'darwin' })).toEqual(['network namespaces need Linux, and this is darwin'])
    expect(missingFor(lab(), { ...ROOT, uid: 1000 })).toEqual(['network namespaces need root'])
    expect(missingFor(lab(), { ...ROOT, hasProgram: name => name !== 'tcpdump' && name !== 'ip' })).toEqual([
      'ip is not installed (Debian: apt-get install iproute2)', 'tcpdump is not installed (Debian: apt-get install tcpdump)',
    ])
  })

  test('a program that only this lab runs', () => {
    const model = lab('', '  - { at: 2s, on: a, run: traceroute 10.0.0.2 }\n')
    expect(missingFor(model, { ...ROOT, hasProgram: name => name !== 'traceroute' }))
      .toEqual(['traceroute is not installed (Debian: apt-get install traceroute)'])
  })

  test('netem, by the impairment and its place, also of a step of the script', () => {
    expect(missingFor(lab(', delay: 5ms, loss: 1%'), ROOT))
      .toEqual(["a:eth1 needs netem delay, loss, and the twin's cables are plain veth pairs"])
    expect(needsOf(lab('', '  - { at: 2s, link: "a:eth1", set: { bandwidth: 1Mbps } }\n')))
      .toEqual([{ kind: 'netem', what: 'netem bandwidth', where: 'a:eth1' }])
  })
})

describe('a plan', () => {
  test('cuts a cable that is cut at the start or later, and leaves one alone that only changes otherwise', () => {
    const cut = (model: LabModel) => planOf(model).links.map(({ cut, up }) => [cut, up])
    expect(cut(lab())).toEqual([[false, true]])
    expect(cut(lab(', state: down'))).toEqual([[true, false]])
    expect(cut(lab('', '  - { at: 2s, link: "a:eth1", set: { state: down } }\n'))).toEqual([[true, true]])
    expect(planOf(lab('', '  - { at: 2s, link: "a:eth1", set: { loss: 0% } }\n')).steps.length).toBe(1)
  })
})

// Linux 6.18, `ping -c 1 10.0.0.2` over veth: the request.
const REQUEST = '02000000000b02000000000a0800' + '45000054343f40004001f2670a0000010a000002' +
  '08002c4a1fb00002' + '4a5e036b000000009d67020000000000' +
  '101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637'

function compared(kernel: string[], netarium: string[], left = 'x\n', right = 'x\n') {
  const model = lab()
  const plan = planOf(model)
  const run = (frames: string[], stdout: string, atNs: number) => ({
    captures: new Map<string, CapturedFrame[]>([
      ['a:eth1', frames.map(hex => ({ atNs, direction: 'out' as const, bytes: fromHex(hex) }))],
      ['b:eth1', frames.map(hex => ({ atNs, direction: 'in' as const, bytes: fromHex(hex) }))],
    ]),
    results: plan.steps.map(step => ({ step, status: 0, stdout, stderr: '' })),
  })
  return compareRuns(model, plan, run(kernel, left, 1_006_266_000), run(netarium, right, 1e9))
}

describe('the report', () => {
  test('of equal runs is two tables and a verdict', () => {
    expect(formatComparison(compared([REQUEST], [REQUEST]))).toBe(`\
link end    kernel  netarium
a:eth1 in   0       0         equal
a:eth1 out  1       1         equal
b:eth1 in   1       1         equal
b:eth1 out  0       0         equal

at  command
1s  a: ip route  equal

two: equal: frames 1, link ends 2, commands 1
`)
  })

  test('of a difference shows both frames, decoded, side by side', () => {
    // TTL 63, and the checksum that goes with it.
    const other = REQUEST.replace('4001f267', '3f01f367')
    const text = formatComparison(compared([REQUEST], [other], 'x\ny\n', 'x\nz\n'))
    expect(text.split('\n\n')[2]).toBe(`\
a:eth1 out, frame 1:
  kernel    1.006266 02:00:00:00:00:0a > 02:00:00:00:00:0b, ethertype IPv4 (0x0800), length 98: \
(tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto ICMP (1), length 84) 10.0.0.1 > 10.0.0.2: \
ICMP echo request, id 1, seq 2, length 64
  netarium  1.000000 02:00:00:00:00:0a > 02:00:00:00:00:0b, ethertype IPv4 (0x0800), length 98: \
(tos 0x0, ttl 63, id 1, offset 0, flags [DF], proto ICMP (1), length 84) 10.0.0.1 > 10.0.0.2: \
ICMP echo request, id 1, seq 2, length 64
                           kernel                                        netarium
     time                  1.006266                                      1.000000
     ethernet destination  02:00:00:00:00:0b                             02:00:00:00:00:0b
     ethernet source       02:00:00:00:00:0a                             02:00:00:00:00:0a
     ethernet type         0x0800 (IPv4)                                 0x0800 (IPv4)
     ipv4 version          4                                             4
     ipv4 header length    20 bytes                                      20 bytes
     ipv4 dscp             0                                             0
     ipv4 ecn              0 (not ECT)                                   0 (not ECT)
     ipv4 total length     84 bytes                                      84 bytes
     ipv4 identification   1                                             1
     ipv4 flags            DF                                            DF
     ipv4 fragment offset  0 bytes                                       0 bytes
  <> ipv4 ttl              64                                            63
     ipv4 protocol         1 (ICMP)                                      1 (ICMP)
  <> ipv4 checksum         0x26a6 (correct)                              0x27a6 (correct)
     ipv4 source           10.0.0.1                                      10.0.0.1
     ipv4 destination      10.0.0.2                                      10.0.0.2
     icmp type             8 (echo request)                              8 (echo request)
     icmp code             0                                             0
     icmp checksum         0x392a (correct)                              0x392a (correct)
     icmp identifier       1                                             1
     icmp sequence number  2                                             2
     data bytes            56 bytes: 00 00 00 00 00 00 00 00 00 00 00 …  56 bytes: 00 00 00 00 00 00 00 00 00 00 00 …`)
  })

  test('as a document names the fields that differ, and the lines', () => {
    const other = REQUEST.replace('4001f267', '3f01f367')
    const document = comparisonDocument(compared([REQUEST], [other], 'x\ny\n', 'x\nz\n')) as {
      equal: boolean, links: { end: string, direction: string, equal: boolean, difference: { fields: unknown } | null }[],
      commands: { differences: unknown[] }[],
    }
    expect(document.equal).toBe(false)
    expect(document.links.map(({ end, direction, equal }) => [end, direction, equal])).toEqual([
      ['a:eth1', 'in', true], ['a:eth1', 'out', false], ['b:eth1', 'in', false], ['b:eth1', 'out', true],
    ])
    expect(document.links[1].difference?.fields).toEqual([
      { layer: 'ipv4', field: 'ttl', kernel: '64', netarium: '63' },
      { layer: 'ipv4', field: 'checksum', kernel: '0x26a6 (correct)', netarium: '0x27a6 (correct)' },
    ])
    expect(document.commands[0].differences).toEqual([{ stream: 'stdout', line: 2, kernel: 'y', netarium: 'z' }])
  })

  test('of a frame that only one of them sent says so', () => {
    expect(formatComparison(compared([REQUEST], []))).toContain('\n  netarium  (nothing)\n')
  })
})
