import { describe, expect, test } from 'vitest'
import { countText, listeningText, missingText, readingText, statisticsText } from './messages.ts'
import { USAGE_TEXT, VERSION_TEXT, defaultOptions, parseTcpdumpArguments } from './options.ts'

// Recorded with `tcpdump -r empty.pcap ARGUMENTS`, tcpdump 4.99.3. Of the version text we leave out OpenSSL's line.
const usage = (message: string) => ({ run: false, status: 1, stdout: '', stderr: `tcpdump: ${message}\n${USAGE_TEXT}` })
const refused = (message: string) => ({ run: false, status: 1, stdout: '', stderr: `tcpdump: ${message}\n` })

const parse = (line: string) => parseTcpdumpArguments(line.split(' ').filter(word => word !== ''))

describe('wrong invocations are refused as tcpdump refuses them', () => {
  test.each([
    ['--foo', usage("unrecognized option '--foo'")],
    ['--dir', usage("option '--direction' requires an argument")],
    ['--snapshot-length', usage("option '--snapshot-length' requires an argument")],
    ['--count=3', usage("option '--count' doesn't allow an argument")],
    ['-r', usage("option requires an argument -- 'r'")],
    ['-nk', usage("invalid option -- 'k'")],
    ['-c 0', refused('invalid packet count 0')],
    ['-c x', refused('invalid packet count x')],
    ['-s x', refused('invalid snaplen x (must be >= 0 and <= 262144)')],
    ['-s 999999999', refused('invalid snaplen 999999999 (must be >= 0 and <= 262144)')],
    ['-Q foo', refused("unknown capture direction `foo'")],
    ['-y FOO', refused('invalid data link type FOO')],
    ['-B 0', refused('invalid packet buffer size 0')],
    ['-tttttt', refused('only -t, -tt, -ttt, -tttt and -ttttt are supported')],
    ['--time-stamp-precision foo', refused('unsupported time stamp precision')],
  ])('%s', (line, expected) => {
    expect(parse(line)).toEqual(expected)
  })
})

describe('what is asked for', () => {
  test.each([
    ['', {}],
    ['-nn -e -v -v icmp', { numeric: true, ethernet: true, verbose: 2, expression: 'icmp' }],
    ['-nnvvei eth1 tcp or udp', {
      numeric: true, verbose: 2, ethernet: true, interface: 'eth1', expression: 'tcp or udp',
    }],
    ['arp -n or icmp', { numeric: true, expression: 'arp or icmp' }],
    ['-ieth0 -c5 -s96 -- -x', { interface: 'eth0', count: 5, snapLength: 96, expression: '-x' }],
    ['-s 0', { snapLength: 262144 }],
    ['-s 0x40 -c 007', { snapLength: 64, count: 7 }],
    ['-ttt -q -S -K -#', {
      timeStyle: 3, quiet: 1, absoluteSequence: true, verifyChecksums: false, number: true, dumpsPayload: true,
    }],
    ['-xx -A', { hex: 2, ascii: 1, dumpsPayload: true }],
    ['-Q in -p -l -U --immediate-mode', {
      direction: 'in', promiscuous: false, lineBuffered: true, packetBuffered: true,
    }],
    ['--dir=OUT --nano --number --count', { direction: 'out', nanoseconds: true, number: true, countOnly: true }],
    ['-r a.pcap -w - --print -F f', { readFile: 'a.pcap', writeFile: '-', printWhileWriting: true, filterFile: 'f' }],
    ['-D -L -y EN10MB -Z root -O', { listInterfaces: true, listLinkTypes: true, noOptimize: true }],
  ])('%s', (line, changed) => {
    expect(parse(line)).toEqual({ run: true, options: { ...defaultOptions(), ...changed } })
  })

  test('help and version go to stdout with status 0', () => {
    expect(parse('-h')).toEqual({ run: false, status: 0, stdout: USAGE_TEXT, stderr: '' })
    expect(parse('--version')).toEqual({ run: false, status: 0, stdout: VERSION_TEXT, stderr: '' })
  })
})

test('real options that we lack are refused by name, each', () => {
  for (const letter of 'bCEfGHIjJmMNTuVWYz') {
    const result = parseTcpdumpArguments([`-${letter}`, 'x'])
    expect(result).toEqual({
      run: false, status: 1, stdout: '',
      stderr: `tcpdump: invalid option -- '${letter}'\n${USAGE_TEXT}Netarium's tcpdump has no -${letter}\n`,
    })
  }
})

test('the lines around a capture', () => {
  const options = defaultOptions()
  expect(listeningText('eth1', options)).toBe(
    'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n'
    + 'listening on eth1, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n')
  expect(listeningText('eth1', { ...options, verbose: 1, snapLength: 96 })).toBe(
    'tcpdump: listening on eth1, link-type EN10MB (Ethernet), snapshot length 96 bytes\n')
  expect(listeningText('eth1', { ...options, writeFile: 'f' })).toBe(
    'tcpdump: listening on eth1, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n')
  expect(readingText('a.pcap', 65535)).toBe(
    'reading from file a.pcap, link-type EN10MB (Ethernet), snapshot length 65535\n')
  expect(statisticsText({ captured: 1, received: 2, dropped: 0 }, true)).toBe(
    '\n1 packet captured\n2 packets received by filter\n0 packets dropped by kernel\n')
  expect(countText(1)).toBe('1 packet\n')
  expect(missingText(new Map([['DNS', 2], ['NTP', 1]]))).toBe(
    'tcpdump: Netarium has no printer for DNS: 2 packets printed without it\n'
    + 'tcpdump: Netarium has no printer for NTP: 1 packet printed without it\n')
})

test('two thousand random argument lists never throw', () => {
  const words = [...'-n -nn -vvv -e -c 5 -s - -- -Q in -r --nano --x -xX arp -i eth0 -t'.split(' '), '']
  let state = 3
  const random = (below: number): number => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0
    return (state >>> 8) % below
  }
  let runs = 0
  for (let i = 0; i < 2000; i++) {
    const args = Array.from({ length: random(6) }, () => words[random(words.length)])
    if (parseTcpdumpArguments(args).run) runs++
  }
  expect(runs).toBeGreaterThan(300)
})
