import { describe, expect, test } from 'vitest'
import {
  checkInterfaceName, checkName, parseDuration, parseHostAddress, parseInterfaceAddress, parseInterfaceMac,
    parseQueueLimit,
  parseRate, parseShare, Refusal,
} from './units.ts'

const told = (result: unknown): unknown =>
  result instanceof Refusal ? `${result.message}${result.hint === '' ? '' : `; ${result.hint}`}` : result

describe('durations', () => {
  test.each([
    ['0', 0], [0, 0], ['1ns', 1], ['250us', 250_000], ['250µs', 250_000], ['1ms', 1e6], ['1.5s', 1.5e9], ['5m', 300e9],
    ['1m30s', 90e9], ['1h', 3600e9], ['2 min', 120e9], ['0.1s', 1e8], ['0.000000001s', 1], [' 10 ms ', 1e7],
      ['1S', 1e9],
  ])('%s', (text, ns) => expect(parseDuration(text)).toBe(ns))
  test.each([
    ['10', '10 has no unit; did you mean 10ms or 10s?'],
    ['-5ms', '-5ms is negative; expected 0s or more'],
    ['5 weeks', '"weeks" is not a unit of time; expected ns, us, ms, s, m or h'],
    ['5M', '"M" is not a unit of time; expected ns, us, ms, s, m or h'],
    ['1e3ms', '"e" is not a unit of time; expected ns, us, ms, s, m or h'],
    ['ms', '"ms" is not a duration; expected a number and a unit, such as 10ms or 1.5s'],
    ['1.5ns', '1.5ns is no whole number of nanoseconds'],
    ['9999999h', '9999999h is too long; at most 104 days'],
    ['5constructor', '"constructor" is not a unit of time; expected ns, us, ms, s, m or h'],
  ])('%s is refused', (text, message) => expect(told(parseDuration(text))).toBe(message))
})

describe('bandwidths are bits per second, as in containerlab; k is 1000, Ki is 1024', () => {
  test.each([
    ['1Gbps', 1e9], ['10Mbit', 1e7], ['10mbit', 1e7], ['100kbit', 1e5], ['100kbit/s', 1e5], ['2.5Gbit', 2.5e9],
    ['64Kibit', 65536], ['9600bps', 9600], ['1 Tbps', 1e12], ['10Mb/s', 1e7],
  ])('%s', (text, rate) => expect(parseRate(text)).toBe(rate))
  test.each([
    ['1000', '1000 has no unit; did you mean 1000Mbit or 1000kbit?'],
    ['10MB/s', '10MB/s counts bytes; in bits that is 80Mbit'],
    ['10M', '"10M" has no unit; did you mean 10Mbit?'],
    ['0bit', '0bit lets nothing through; to cut the link: state: down'],
    ['fast', '"fast" is not a bandwidth; expected a number and a unit, such as 100Mbit or 1Gbps'],
    ['99999Tbit', '99999Tbit is too fast; at most 9 Pbit/s'],
  ])('%s is refused', (text, message) => expect(told(parseRate(text))).toBe(message))
})

describe('shares', () => {
  test.each([['0.1%', 0.001], ['100%', 1], [0.001, 0.001], ['0.5', 0.5], [1, 1], [0, 0], ['1e-3', 0.001]])('%s',
    (text, share) => expect(parseShare(text)).toBe(share))
  test.each([
    [10, '10 is more than 1; did you mean 10%?'],
    ['110%', '110% is more than all; expected 0% to 100%'],
    [-0.1, '-0.1 is negative; expected 0% to 100%'],
    [5000, '5000 is more than 1; expected 0% to 100%'],
    ['some', '"some" is not a share; expected 0% to 100%, or a number from 0 to 1'],
    [NaN, '"NaN" is not a share; expected 0% to 100%, or a number from 0 to 1'],
  ])('%s is refused', (text, message) => expect(String(told(parseShare(text))).replace(/^NaN/, '"NaN"')).toBe(message))
})

describe('queue limits', () => {
  test.each([
    ['100p', { packets: 100, bytes: 0 }], ['1 packet', { packets: 1, bytes: 0 }],
      ['64KiB', { packets: 0, bytes: 65536 }],
    ['1500B', { packets: 0, bytes: 1500 }], ['1kB', { packets: 0, bytes: 1000 }],
      ['1MiB', { packets: 0, bytes: 1048576 }],
  ])('%s', (text, limit) => expect(parseQueueLimit(text)).toEqual(limit))
  test.each([
    ['100', '100 has no unit; did you mean 100p (packets) or 100KiB?'],
    ['0p', '0p would hold nothing; expected at least 1p'],
    ['9999999p', '9999999p is too long; at most 1000000p'],
    ['9GiB', '9GiB is too long; at most 2GiB'],
    ['long', '"long" is not a queue limit; expected packets or bytes, such as 100p or 64KiB'],
  ])('%s is refused', (text, message) => expect(told(parseQueueLimit(text))).toBe(message))
})

describe('addresses', () => {
  test('with their length at an interface', () => {
    expect(parseInterfaceAddress('192.168.1.2/24')).toBe('192.168.1.2/24')
    expect(told(parseInterfaceAddress('192.168.1.2'))).toBe('192.168.1.2 has no prefix length; did you mean 192.168.1.2/24?')
    expect(told(parseInterfaceAddress('10.1/8'))).toBe('10.1 has 2 parts; an IPv4 address has 4')
    expect(told(parseInterfaceAddress('10.0.0.1/255.0.0.0'))).toBe('/255.0.0.0 is not a prefix length; expected /0 to /32')
    expect(told(parseInterfaceAddress(10))).toBe('"10" is not an IPv4 address; expected such as 192.168.1.2')
  })
  test('without it as a next hop', () => {
    expect(parseHostAddress('192.168.1.1')).toBe('192.168.1.1')
    expect(told(parseHostAddress('192.168.1.1/24'))).toBe('192.168.1.1/24 is a prefix; did you mean 192.168.1.1?')
    expect(told(parseHostAddress('192.168.01.1'))).toBe('192.168.01.1 is not an IPv4 address; did you mean 192.168.1.1?')
    expect(told(parseHostAddress('fe80::1'))).toBe('fe80::1 is an IPv6 address; Netarium speaks only IPv4 yet')
  })
  test('MAC addresses come out in lower case with colons', () => {
    expect(parseInterfaceMac('02-AA-BB-CC-DD-1')).toBe('02:aa:bb:cc:dd:01')
    expect(told(parseInterfaceMac('ff:ff:ff:ff:ff:ff'))).toBe(
      'ff:ff:ff:ff:ff:ff is a group address; the first byte of an interface\'s own MAC is even, such as 02')
  })
})

describe('names', () => {
  test('of interfaces: Linux\'s rules', () => {
    expect(['eth1', 'e1-1', 'br-lan.100', 'a@b', 'x'.repeat(15)].map(checkInterfaceName)).toEqual([null, null, null,
      null, null])
    expect(['', '.', '..', 'x'.repeat(16), 'a/b', 'a b', 'a:b',
      'größe'].map((name) => checkInterfaceName(name) === null))
      .toEqual([false, false, false, false, false, false, false, false])
  })
  test('of nodes and labs', () => {
    expect(['a', '1', 'web-1.lan_x', 'x'.repeat(63)].map(checkName)).toEqual([null, null, null, null])
    expect(told(checkName('my lab'))).toBe(
      '"my lab" is not a name; expected letters, digits, "_", "." and "-", a letter or digit first; did you mean "my-lab"?')
    expect(['', '-a', 'ä', 'x'.repeat(64)].map((name) => checkName(name) === null)).toEqual([false, false, false,
      false])
  })
})
