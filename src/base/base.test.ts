import { describe, expect, test } from 'vitest'
import { assert, AssertionError, unreachable } from './assert.ts'
import * as errno from './errno.ts'
import { hash32, mix32 } from './hash.ts'
import { fromHex, hexDump, toHex, viewOf } from './hex.ts'

describe('assert', () => {
  test('a true condition passes; a false one throws AssertionError with the message', () => {
    expect(() => assert(1, 'never seen')).not.toThrow()
    expect(() => assert(0, 'a slot must be free')).toThrow(new AssertionError('a slot must be free'))
  })

  test('unreachable() throws and shows the value that got there', () => {
    expect(() => unreachable('blue' as never)).toThrow('unreachable: blue')
  })
})

describe('errno', () => {
  test('numbers of Linux on x86-64, aliases included', () => {
    expect([errno.EPERM, errno.EEXIST, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EHOSTUNREACH,
      errno.EHWPOISON]).toEqual([1, 17, 22, 38, 95, 113, 133])
    expect([errno.EWOULDBLOCK, errno.EDEADLOCK, errno.ENOTSUP])
      .toEqual([errno.EAGAIN, errno.EDEADLK, errno.EOPNOTSUPP])
  })

  test('every exported number has its own name back', () => {
    const aliases = new Set(['EWOULDBLOCK', 'EDEADLOCK', 'ENOTSUP'])
    const names = Object.keys(errno).filter((name) => /^E[A-Z0-9]+$/.test(name) && !aliases.has(name))
    expect(names).toHaveLength(131)
    const numbers = errno as unknown as Record<string, number>
    for (const name of names) expect(errno.errnoName(numbers[name])).toBe(name)
  })

  test('texts are those of glibc, for negative numbers too', () => {
    expect(errno.strerror(errno.ENETUNREACH)).toBe('Network is unreachable')
    expect(errno.strerror(-errno.EEXIST)).toBe('File exists')
    expect(errno.strerror(errno.EOPNOTSUPP)).toBe('Operation not supported')
    expect(errno.strerror(0)).toBe('Success')
    expect(errno.strerror(41)).toBe('Unknown error 41')
    expect(errno.errnoName(-41)).toBe('41')
  })
})

describe('hex', () => {
  test('reads pairs of digits with any white space and comments', () => {
    expect(fromHex('')).toEqual(new Uint8Array(0))
    expect(fromHex(`4500 00 1C  # version, IHL: 45
      ab
      # nothing here ff
    `)).toEqual(Uint8Array.of(0x45, 0, 0, 0x1c, 0xab))
  })

  test('refuses anything else, a byte cut in half too', () => {
    expect(() => fromHex('4 5')).toThrow('not pairs of hex digits: "4"')
    expect(() => fromHex('0x45')).toThrow('not pairs of hex digits: "0x45"')
  })

  test('writes what it reads, a part of it, and a dump', () => {
    const bytes = Uint8Array.from({ length: 18 }, (_, i) => i * 15)
    expect(fromHex(toHex(bytes))).toEqual(bytes)
    expect(toHex(bytes, ':', 1, 4)).toBe('0f:1e:2d')
    expect(hexDump(bytes)).toBe('0000  00 0f 1e 2d 3c 4b 5a 69 78 87 96 a5 b4 c3 d2 e1\n0010  f0 ff')
  })

  test('a view of a part of a buffer shares just that part', () => {
    const whole = Uint8Array.of(1, 2, 3, 4)
    const view = viewOf(whole.subarray(1, 3))
    view.setUint16(0, 0x0908)
    expect(whole).toEqual(Uint8Array.of(1, 9, 8, 4))
    expect(view.byteLength).toBe(2)
  })
})

describe('hash', () => {
  test('the finaliser is that of MurmurHash3_x86_32', () => {
    // fmix32(): h ^= h >> 16; h *= 0x85ebca6b; h ^= h >> 13; h *= 0xc2b2ae35; h ^= h >> 16, in 64-bit integers.
    const model = (value: number): number => {
      let h = BigInt(value)
      h ^= h >> 16n
      h = (h * 0x85ebca6bn) & 0xffffffffn
      h ^= h >> 13n
      h = (h * 0xc2b2ae35n) & 0xffffffffn
      return Number(h ^ (h >> 16n))
    }
    for (const value of [0, 1, 2, 0x80000000, 0xffffffff, 123456789]) expect(mix32(value)).toBe(model(value))
  })

  // From a second program, in Python: FNV-1a over text.encode('utf-16-le'), then fmix32.
  test('names give fixed numbers: derived MAC addresses and seeds rest on these', () => {
    expect([hash32(''), hash32('eth0'), hash32('eth1'), hash32('eth1', 7), hash32('café')])
      .toEqual([2872998923, 3876843229, 4123122572, 1005563609, 4165109605])
  })

  test('10,000 similar names with 3 seeds: no two alike', () => {
    const seen = new Set<number>()
    for (let seed = 0; seed < 3; seed++) for (let i = 0; i < 10000; i++) seen.add(hash32(`host${i}:eth1`, seed))
    // By chance 30,000 draws from 2^32 have 0.1 pairs.
    expect(seen.size).toBeGreaterThanOrEqual(29999)
  })
})
