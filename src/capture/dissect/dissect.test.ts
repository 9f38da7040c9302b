import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fromHex, viewOf } from '../../base/hex.ts'
import { readCapture } from '../reader.ts'
import { diffLayers } from './diff.ts'
import { dissect } from './dissect.ts'
import type { Layer } from './layer.ts'
import { summary } from './summary.ts'

function layersOf(hex: string): Layer[] {
  const bytes = fromHex(hex)
  return dissect(viewOf(bytes), 0, bytes.length)
}

/** `protocol[at,end) name=text …` */
function told(layers: readonly Layer[]): string[] {
  return layers.map(layer => {
    const fault = layer.fault === null ? '' : ` FAULT ${layer.fault}`
    const fields = layer.fields.map(field => `${field.name} ${field.text}`).join('; ')
    return `${layer.quoted ? 'quoted ' : ''}${layer.protocol} [${layer.at},${layer.end})${fault}: ${fields}`
  })
}

// test/golden/real.pcap is a capture of a Linux kernel, see test/golden/capture-real.sh.
const GOLDEN = new URL('../../../test/golden/', import.meta.url)
const golden = (name: string) => readCapture(readFileSync(new URL(`${name}.pcap`, GOLDEN))).frames

describe('layers', () => {
  test('an ARP request', () => {
    const layers = layersOf('ffffffffffff020000000001 0806 0001080006040001 020000000001c0a80102 000000000000c0a80101')
    expect(told(layers)).toEqual([
      'ethernet [0,14): destination ff:ff:ff:ff:ff:ff; source 02:00:00:00:00:01; type 0x0806 (ARP)',
      'arp [14,42): hardware type 1 (Ethernet); protocol type 0x0800 (IPv4); hardware length 6; protocol length 4; '
        + 'operation 1 (request); sender hardware address 02:00:00:00:00:01; sender protocol address 192.168.1.2; '
        + 'target hardware address 00:00:00:00:00:00; target protocol address 192.168.1.1',
    ])
  })

  test('an echo request in a VLAN, with padding', () => {
    expect(told(layersOf(`020000000002020000000001 8100 600a 0800
      4500001d00004000 4001b78cc0a80102c0a80101 0800f6fd00010001 01 0000`))).toEqual([
      'ethernet [0,14): destination 02:00:00:00:00:02; source 02:00:00:00:00:01; type 0x8100 (802.1Q)',
      'vlan [14,18): priority 3; drop eligible 0; id 10; type 0x0800 (IPv4)',
      'ipv4 [18,38): version 4; header length 20 bytes; dscp 0; ecn 0 (not ECT); total length 29 bytes; '
        + 'identification 0; flags DF; fragment offset 0 bytes; ttl 64; protocol 1 (ICMP); checksum 0xb78c (correct); '
        + 'source 192.168.1.2; destination 192.168.1.1',
      'icmp [38,46): type 8 (echo request); code 0; checksum 0xf6fd (correct); identifier 1; sequence number 1',
      'data [46,47): bytes 1 bytes: 01',
      'padding [47,49): bytes 2 bytes',
    ])
  })

  test('a port unreachable quotes the datagram that it is about', () => {
    const frame = golden('real').find(each => each.bytes[23] === 1 && each.bytes[34] === 3 && each.bytes[35] === 3)
    const layers = dissect(viewOf(frame?.bytes ?? new Uint8Array()), 0, frame?.bytes.length ?? 0)
    expect(layers.map(layer => `${layer.quoted ? 'quoted ' : ''}${layer.protocol}`)).toEqual(
      ['ethernet', 'ipv4', 'icmp', 'quoted ipv4', 'quoted udp', 'quoted data'])
    expect(layers.map(layer => layer.fault)).toEqual([null, null, null, null, null, null])
    expect(layers[2].fields[1].text).toBe('3 (port unreachable)')
  })

  test('cut and mangled headers say what is wrong', () => {
    const faults = (hex: string) => layersOf(hex).map(layer => layer.fault).filter(fault => fault !== null)
    const ethernet = '020000000002020000000001 0800 '
    expect(faults('0102')).toEqual(['shorter than an Ethernet header: 2 of 14 bytes'])
    expect(faults(`${ethernet}4500`)).toEqual(['shorter than an IPv4 header: 2 of 20 bytes'])
    expect(faults(`${ethernet}4400001d00004000 4001b78cc0a80102c0a80101`)).toEqual(['header length 16'])
    expect(faults(`${ethernet}6500001d00004000 4001b78cc0a80102c0a80101`)).toEqual(['version 6'])
    const good = `${ethernet}4500001d00004000 4001b78cc0a80102c0a80101 0800f6fd00010001 01`
    expect(faults(good)).toEqual([])
    expect(faults(good.replace('b78c', 'b78d'))).toEqual(['wrong header checksum'])
    expect(faults(good.replace('f6fd', 'f6fe'))).toEqual(['wrong checksum'])
    expect(faults('ffffffffffff020000000001 0806 000108000604')).toEqual(['shorter than an ARP packet: 6 of 28 bytes'])
  })

  test('every frame that a kernel sent is without fault, and its layers cover it', () => {
    for (const { bytes } of golden('real')) {
      const layers = dissect(viewOf(bytes), 0, bytes.length)
      expect(layers.map(layer => layer.fault)).toEqual(layers.map(() => null))
      expect(layers[0].at).toBe(0)
      for (let i = 1; i < layers.length; i++) expect(layers[i].at).toBe(layers[i - 1].end)
      expect(layers[layers.length - 1].end).toBe(bytes.length)
    }
  })

  test('no bytes make it throw, and no field lies outside its frame', () => {
    for (const { bytes } of [...golden('crafted'), ...golden('cut')]) {
      const padded = new Uint8Array(bytes.length + 20).fill(0xa5)
      padded.set(bytes, 7)
      const layers = dissect(viewOf(padded), 7, 7 + bytes.length)
      for (const layer of layers) {
        expect(layer.at).toBeGreaterThanOrEqual(7)
        expect(layer.end).toBeLessThanOrEqual(7 + bytes.length)
        expect(new Set(layer.fields.map(field => field.name)).size).toBe(layer.fields.length)
        for (const field of layer.fields) {
          expect(field.at).toBeGreaterThanOrEqual(layer.at)
          expect(field.end).toBeLessThanOrEqual(layer.end)
        }
      }
      // The place in the buffer is of no matter.
      const shifted = dissect(viewOf(bytes), 0, bytes.length)
      expect(layers.map(layer => layer.fields.map(field => field.text))).toEqual(
        shifted.map(layer => layer.fields.map(field => field.text)))
    }
  })
})

describe('differences', () => {
  const before = '020000000002020000000001 0800 4500001d00004000 4001b78cc0a80102c0a80101 0800f6fd00010001 01'

  const ethernet = { protocol: 'ethernet', quoted: false }

  test('a router changes the MAC addresses, the TTL and the header checksum', () => {
    const after = '020000000004020000000003 0800 4500001d00004000 3f01b88cc0a80102c0a80101 0800f6fd00010001 01'
    expect(diffLayers(layersOf(before), layersOf(after))).toEqual([
      { ...ethernet, name: 'destination', before: '02:00:00:00:00:02', after: '02:00:00:00:00:04' },
      { ...ethernet, name: 'source', before: '02:00:00:00:00:01', after: '02:00:00:00:00:03' },
      { protocol: 'ipv4', quoted: false, name: 'ttl', before: '64', after: '63' },
      { protocol: 'ipv4', quoted: false, name: 'checksum', before: '0xb78c (correct)', after: '0xb88c (correct)' },
    ])
  })

  test('a tag that is pushed shows as fields that were not there', () => {
    const after = before.replace('0800', '8100 000a 0800')
    expect(diffLayers(layersOf(before), layersOf(after))).toEqual([
      { protocol: 'ethernet', quoted: false, name: 'type', before: '0x0800 (IPv4)', after: '0x8100 (802.1Q)' },
      { protocol: 'vlan', quoted: false, name: 'priority', before: null, after: '0' },
      { protocol: 'vlan', quoted: false, name: 'drop eligible', before: null, after: '0' },
      { protocol: 'vlan', quoted: false, name: 'id', before: null, after: '10' },
      { protocol: 'vlan', quoted: false, name: 'type', before: null, after: '0x0800 (IPv4)' },
    ])
  })

  test('equal frames do not differ', () => {
    expect(diffLayers(layersOf(before), layersOf(before))).toEqual([])
  })
})

test('a summary is the line of tcpdump -nn -t -S', () => {
  const bytes = fromHex('020000000002020000000001 0800 4500001d00004000 4001b78cc0a80102c0a80101 0800f6fd00010001 01')
  expect(summary(viewOf(bytes), 0, bytes.length)).toBe(
    'IP 192.168.1.2 > 192.168.1.1: ICMP echo request, id 1, seq 1, length 9')
})
