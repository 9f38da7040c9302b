import { describe, expect, test } from 'vitest'
import { toHex } from '../base/hex.ts'
import * as address from './address.ts'

const { formatIpv4, ipv4, parseIpv4 } = address

describe('IPv4 text', () => {
  test('a dotted quad is a signed 32-bit number and back', () => {
    expect(parseIpv4('192.0.2.1')).toBe(0xc0000201 | 0)
    expect(parseIpv4('0.0.0.0')).toBe(0)
    expect(parseIpv4('255.255.255.255')).toBe(-1)
    expect(ipv4(10, 1, 2, 3)).toBe(0x0a010203)
    for (const text of ['1.2.3.4', '10.0.0.255', '127.0.0.1', '128.0.0.0', '224.0.0.251', '255.254.253.252']) {
      expect(formatIpv4(parseIpv4(text)!)).toBe(text)
    }
  })

  test('anything but a strict dotted quad is null', () => {
    const bad = ['', '1', '1.2.3', '1.2.3.', '.1.2.3', '1.2.3.4.', '1.2.3.4.5', '1..3.4', '256.1.1.1', '1.1.1.1000',
      '01.2.3.4', '1.2.3.00', ' 1.2.3.4', '1.2.3.4 ', '1.2.3.4/8', '+1.2.3.4', '-1.2.3.4', '0x1.2.3.4', 'a.b.c.d',
      '1.2.3.١']
    for (const text of bad) expect([text, parseIpv4(text)]).toEqual([text, null])
  })

  // Recorded: ip addr add TEXT dev lo; ip -4 -br addr (iproute2 6.1.0); null where it said
  // `Error: any valid prefix is expected rather than "…".`
  test.each([
    ['10.1/16', '10.1.0.0/16'], ['10.1', '10.1.0.0/32'], ['0x0a.010/255.255.0.0', '10.8.0.0/16'],
    ['10.1.2.3.4/8', null], ['256.1/8', null], [' 10.2/8', '10.2.0.0/8'], ['10.3/0x10', '10.3.0.0/16'],
    ['10.4/33', null], ['10.5/', null], ['10./8', null], ['.1/8', null], ['10.6/255.0.255.0', null],
    ['10.7/255.255', '10.7.0.0/16'], ['010.8/08', null], ['+10.9/8', '10.9.0.0/8'], ['10.10/+9', '10.10.0.0/9'],
    ['10.11/0', '10.11.0.0/0'], ['10.12/4294967295', null], ['10.13/255', null], ['10.14/0.0.0.0', '10.14.0.0/0'],
  ])('iproute2 reads %s as %s', (text, expected) => {
    const prefix = address.parsePrefixAbbreviated(text)
    expect(prefix && address.formatPrefix(prefix.address, prefix.length)).toBe(expected)
  })

  // Recorded: ping -c1 TEXT (iputils 20221126); the first line names the address.
  test.each([
    ['10.1', '10.0.0.1'], ['0x7f.1', '127.0.0.1'], ['2130706433', '127.0.0.1'], ['127.0.0.010', '127.0.0.8'],
    ['1.2.65535', '1.2.255.255'], ['255.16777215', '255.255.255.255'], ['4294967295', '255.255.255.255'],
    ['4294967296', null], ['1.16777216', null], ['1.2.65536', null], ['1.2.3.256', null], ['1.2.3.4.5', null],
    ['', null], ['1.', null], ['host', null], ['08.1', null],
  ])('ping reads %s as %s', (text, expected) => {
    const parsed = address.parseIpv4Aton(text)
    expect(parsed === null ? null : formatIpv4(parsed)).toBe(expected)
  })
})

describe('prefixes', () => {
  test('reads address/length, or an address as /32', () => {
    expect(address.parsePrefix('10.1.2.3/8')).toEqual({ address: 0x0a010203, length: 8 })
    expect(address.parsePrefix('10.1.2.3')).toEqual({ address: 0x0a010203, length: 32 })
    expect(address.parsePrefix('0.0.0.0/0')).toEqual({ address: 0, length: 0 })
    for (const text of ['10.1.2.3/33', '10.1.2.3/', '10.1.2.3/08', '10.1.2.3/-1', '10.1/16', '/8', '10.0.0.0/8/8',
      '10.0.0.0/255.0.0.0', '10.0.0.0/1e1']) {
      expect([text, address.parsePrefix(text)]).toEqual([text, null])
    }
  })

  test('masks of all lengths and back', () => {
    expect([0, 1, 8, 24, 31, 32].map((length) => formatIpv4(address.maskOf(length))))
      .toEqual(['0.0.0.0', '128.0.0.0', '255.0.0.0', '255.255.255.0', '255.255.255.254', '255.255.255.255'])
    for (let length = 0; length <= 32; length++) expect(address.lengthOfMask(address.maskOf(length))).toBe(length)
    for (const text of ['255.0.255.0', '0.0.0.1', '127.255.255.255', '255.255.255.253']) {
      expect([text, address.lengthOfMask(parseIpv4(text)!)]).toEqual([text, -1])
    }
  })

  test('network and broadcast of an address, and what lies within', () => {
    const host = parseIpv4('192.168.77.130')!
    expect(formatIpv4(address.networkOf(host, 25))).toBe('192.168.77.128')
    expect(formatIpv4(address.broadcastOf(host, 25))).toBe('192.168.77.255')
    expect(formatIpv4(address.broadcastOf(host, 32))).toBe('192.168.77.130')
    expect(formatIpv4(address.networkOf(host, 0))).toBe('0.0.0.0')
    expect(address.inPrefix(host, parseIpv4('192.168.77.255')!, 25)).toBe(true)
    expect(address.inPrefix(host, parseIpv4('192.168.77.127')!, 25)).toBe(false)
    expect(address.inPrefix(host, parseIpv4('10.0.0.0')!, 0)).toBe(true)
  })

  test('sorts as unsigned numbers', () => {
    const texts = ['192.0.2.1', '10.0.0.1', '255.255.255.255', '0.0.0.0', '127.0.0.1', '128.0.0.1']
    expect(texts.map((text) => parseIpv4(text)!).sort(address.compareIpv4).map(formatIpv4))
      .toEqual(['0.0.0.0', '10.0.0.1', '127.0.0.1', '128.0.0.1', '192.0.2.1', '255.255.255.255'])
  })
})

describe('kinds of IPv4 address', () => {
  const kinds = (text: string): string[] => {
    const at = parseIpv4(text)!
    const all: [string, (value: number) => boolean][] = [
      ['multicast', address.isMulticast], ['local-multicast', address.isLocalMulticast],
      ['loopback', address.isLoopback], ['any', address.isZeronet], ['broadcast', address.isLimitedBroadcast],
      ['link-local', address.isLinkLocal], ['private', address.isPrivate],
    ]
    return all.filter(([, holds]) => holds(at)).map(([name]) => name)
  }
  test.each([
    ['0.0.0.0', ['any']], ['0.1.2.3', []], ['9.255.255.255', []], ['10.0.0.0', ['private']],
    ['10.255.255.255', ['private']], ['11.0.0.0', []], ['126.255.255.255', []], ['127.0.0.0', ['loopback']],
    ['127.255.255.255', ['loopback']], ['128.0.0.0', []], ['169.253.255.255', []], ['169.254.0.0', ['link-local']],
    ['169.255.0.0', []], ['172.15.255.255', []], ['172.16.0.0', ['private']], ['172.31.255.255', ['private']],
    ['172.32.0.0', []], ['192.168.0.0', ['private']], ['192.169.0.0', []], ['223.255.255.255', []],
    ['224.0.0.0', ['multicast', 'local-multicast']], ['224.0.0.255', ['multicast', 'local-multicast']],
    ['224.0.1.0', ['multicast']], ['239.255.255.255', ['multicast']], ['240.0.0.0', []], ['255.255.255.254', []],
    ['255.255.255.255', ['broadcast']],
  ])('%s is %j', (text, expected) => {
    expect(kinds(text)).toEqual(expected)
  })
})

describe('MAC addresses', () => {
  test('text to number and back, in either case and without leading zeros', () => {
    expect(address.parseMac('02:00:00:00:00:01')).toBe(0x020000000001)
    expect(address.parseMac('2:0:0:0:0:AB')).toBe(0x0200000000ab)
    expect(address.formatMac(0xfedcba987654)).toBe('fe:dc:ba:98:76:54')
    expect(address.formatMac(0)).toBe('00:00:00:00:00:00')
    for (const text of ['', '02:00:00:00:00', '02:00:00:00:00:00:00', '020000000001', '02-00-00-00-00-01',
      '02:00:00:00:00:100', ':0:0:0:0:1', '2:0:0:0:0:g']) {
      expect([text, address.parseMac(text)]).toEqual([text, null])
    }
  })

  // Recorded: ip link set wm1 address TEXT, of a veth (iproute2 6.1.0). A number: "Invalid address length N - must be 6
  // bytes". Another text: `"…" is invalid lladdr.`
  test.each<[string, string | number, string?]>([
    ['2:0:0:0:0:1', '02:00:00:00:00:01'], ['02:00:00:00:00:AB', '02:00:00:00:00:ab'], ['020000000001', 1],
    ['02-00-00-00-00-01', 1], ['2:0:0:0:0:1:5', 7], ['2:0:0:0:0', 5], ['2:0:0:0:0:100', 'invalid', '100'],
    [':0:0:0:0:1', 'invalid', ''], ['02.00.00.00.00.01', 'invalid', '02.00.00.00.00.01'], ['0200.0000.0001', 4],
    ['2:0:0:0:0:', 'invalid', ''], ['+2:0:0:0:0:1', '02:00:00:00:00:01'],
  ])('iproute2 reads link address %s as %s', (text, expected, part) => {
    const parsed = address.parseLinkAddress(text)
    if (expected === 'invalid') expect(parsed).toBe(part)
    else if (typeof expected === 'number') expect(parsed).toHaveLength(expected)
    else expect(toHex(parsed as Uint8Array, ':')).toBe(expected)
  })

  test('halves and whole', () => {
    for (const mac of [0, 1, 0x0200ffffffff, 0x020080000000, address.MAC_BROADCAST, 0xfedcba987654]) {
      expect(address.macFrom(address.macHi(mac), address.macLo(mac))).toBe(mac)
    }
    expect(address.macHi(0xfedcba987654)).toBe(0xfedc)
    expect(address.macLo(0xfedcba987654)).toBe(0xba987654 | 0)
  })

  test('group and validity', () => {
    expect(address.isMulticastMac(address.MAC_BROADCAST)).toBe(true)
    expect(address.isMulticastMac(0x01005e000001)).toBe(true)
    expect(address.isMulticastMac(0x020000000001)).toBe(false)
    expect(address.isValidMac(0x020000000001)).toBe(true)
    expect(address.isValidMac(0)).toBe(false)
    expect(address.isValidMac(0x333300000001)).toBe(false)
  })

  test('a multicast group maps its last 23 bits (RFC 1112 §6.4)', () => {
    expect(address.formatMac(address.multicastMacOf(parseIpv4('224.0.0.1')!))).toBe('01:00:5e:00:00:01')
    expect(address.formatMac(address.multicastMacOf(parseIpv4('239.255.255.250')!))).toBe('01:00:5e:7f:ff:fa')
    expect(address.multicastMacOf(parseIpv4('224.128.0.1')!)).toBe(address.multicastMacOf(parseIpv4('225.0.0.1')!))
  })
})
