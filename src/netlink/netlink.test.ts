import { describe, expect, test } from 'vitest'
import { EADDRNOTAVAIL, EEXIST, EINVAL, ENETDOWN, ENODEV, EOPNOTSUPP, ERANGE } from '../base/errno.ts'
import { FramePool } from '../device/frame-pool.ts'
import { IFF_UP } from '../device/net-device.ts'
import { Simulation } from '../engine/simulation.ts'
import { createInetStack } from '../inet/inet-stack.ts'
import {
  AF_INET, type LinkInfo, type LinkMessage, type NetlinkMessage, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, RTM_DELADDR,
  RTM_DELLINK, RTM_DELROUTE, RTM_GETADDR, RTM_GETLINK, RTM_NEWADDR, RTM_NEWLINK, RTM_NEWROUTE, RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV4_ROUTE, RTNLGRP_LINK,
} from './messages.ts'
import { Netlink } from './netlink.ts'

/*
 * What ip shows and refuses is compared with the real one in programs/ip/ip.test.ts. Here: what the kernel at hand
 * cannot show (it has no VLAN and no dummy devices: net/8021q/vlan_netlink.c, vlan_dev.c, drivers/net/dummy.c read
 * instead), notifications, and what happens as time goes by.
 */

const NEW = NLM_F_CREATE | NLM_F_EXCL

function node(simulation = new Simulation(1), name = 'a', number = 0, pool = new FramePool(simulation.journal)): Netlink {
  return new Netlink(createInetStack(simulation, pool, number, name))
}

function add(netlink: Netlink, ifname: string, linkInfo: LinkInfo, more: Partial<LinkMessage> = {}): [number, string] {
  const { error, extack } = netlink.request({ type: RTM_NEWLINK, nlFlags: NEW, ifname, linkInfo, ...more })
  return [error, extack]
}

function link(netlink: Netlink, ifname: string): LinkMessage {
  return netlink.request({ type: RTM_GETLINK, ifname }).messages[0] as LinkMessage
}

function set(netlink: Netlink, ifname: string, more: Partial<LinkMessage>): number {
  return netlink.request({ type: RTM_NEWLINK, index: link(netlink, ifname).index, ...more }).error
}

/** A node with a veth pair v0, v1 in one namespace, both up. */
function withPair(): Netlink {
  const netlink = node()
  const peer: LinkMessage = { type: RTM_NEWLINK, ifname: 'v1', address: 0x020000000001 }
  expect(add(netlink, 'v0', { kind: 'veth', peer }, { address: 0x020000000000 })).toEqual([0, ''])
  for (const name of ['v0', 'v1']) expect(set(netlink, name, { flags: IFF_UP, change: IFF_UP })).toBe(0)
  return netlink
}

describe('VLAN devices', () => {
  test('take the lower device\'s MAC and MTU, and say what they are', () => {
    const netlink = withPair()
    expect(add(netlink, 'v0.10', { kind: 'vlan', vlan: { id: 10 } }, { link: link(netlink, 'v0').index })).toEqual([0, ''])
    const vlan = link(netlink, 'v0.10')
    expect(vlan.address).toBe(0x020000000000)
    expect(vlan.mtu).toBe(1500)
    expect(vlan.link).toBe(link(netlink, 'v0').index)
    expect(vlan.linkInfo?.vlan).toEqual({ id: 10, protocol: 0x8100, flags: 1 })
  })

  test('are refused in the kernel\'s order and words', () => {
    const netlink = withPair()
    const lower = { link: link(netlink, 'v0').index }
    const refused = (vlan: LinkInfo['vlan'], more: Partial<LinkMessage>): [number, string] =>
      add(netlink, 'x', { kind: 'vlan', vlan }, more)
    expect(refused(undefined, lower)).toEqual([-EINVAL, '8021q: VLAN properties not specified'])
    expect(refused({ id: 4095 }, lower)).toEqual([-ERANGE, '8021q: Invalid VLAN id'])
    expect(refused({}, lower)).toEqual([-EINVAL, '8021q: VLAN id not specified'])
    expect(refused({ id: 3 }, {})).toEqual([-EINVAL, '8021q: link not specified'])
    expect(refused({ id: 3 }, { link: 99 })).toEqual([-ENODEV, '8021q: link does not exist'])
    expect(refused({ id: 3 }, { link: 1 })).toEqual([-EOPNOTSUPP, '8021q: VLANs not supported on device'])
    expect(refused({ id: 3 }, { ...lower, mtu: 1501 })).toEqual([-EINVAL, ''])
    expect(refused({ id: 3 }, lower)).toEqual([0, ''])
    expect(add(netlink, 'y', { kind: 'vlan', vlan: { id: 3 } }, lower)).toEqual([-EEXIST, '8021q: VLAN device already exists'])
  })

  test('go up and down with the lower device, follow its MAC until they have their own, and go when it goes', () => {
    const netlink = withPair()
    const lower = { link: link(netlink, 'v0').index }
    add(netlink, 'v0.10', { kind: 'vlan', vlan: { id: 10 } }, lower)
    add(netlink, 'v0.11', { kind: 'vlan', vlan: { id: 11 } }, { ...lower, address: 0x020000000011 })
    expect(set(netlink, 'v0', { flags: 0, change: IFF_UP })).toBe(0)
    expect(set(netlink, 'v0.10', { flags: IFF_UP, change: IFF_UP })).toBe(-ENETDOWN)
    expect(set(netlink, 'v0', { flags: IFF_UP, change: IFF_UP })).toBe(0)
    expect((link(netlink, 'v0.10').flags ?? 0) & IFF_UP).toBe(IFF_UP)
    expect(set(netlink, 'v0', { address: 0x0200000000aa })).toBe(0)
    expect(link(netlink, 'v0.10').address).toBe(0x0200000000aa)
    expect(link(netlink, 'v0.11').address).toBe(0x020000000011)
    expect(set(netlink, 'v0', { mtu: 1400 })).toBe(0)
    expect(link(netlink, 'v0.10').mtu).toBe(1400)
    expect(set(netlink, 'v0.10', { mtu: 1401 })).toBe(-ERANGE)
    expect(netlink.request({ type: RTM_DELLINK, ifname: 'v1' }).error).toBe(0)
    const left = netlink.request({ type: RTM_GETLINK, nlFlags: NLM_F_DUMP }).messages as LinkMessage[]
    expect(left.map(({ ifname }) => ifname)).toEqual(['lo'])
  })
})

test('a dummy device has a carrier, asks no ARP, and its state is unknown', () => {
  const netlink = node()
  expect(add(netlink, 'd0', { kind: 'dummy' }, { address: 0x020000000005 })).toEqual([0, ''])
  expect(set(netlink, 'd0', { flags: IFF_UP, change: IFF_UP })).toBe(0)
  const { flags, operstate, mtu } = link(netlink, 'd0')
  // BROADCAST, NOARP, MULTICAST, UP, RUNNING, LOWER_UP
  expect([flags, operstate, mtu]).toEqual([0x2 | 0x80 | 0x1000 | 0x1 | 0x40 | 0x10000, 0, 1500])
})

test('a veth pair of two namespaces goes when one end goes', () => {
  const simulation = new Simulation(1)
  const pool = new FramePool(simulation.journal)
  const [a, b] = [node(simulation, 'a', 0, pool), node(simulation, 'b', 1, pool)]
  add(a, 'eth1', { kind: 'veth', peer: { type: RTM_NEWLINK, ifname: 'eth5', netns: b.ns } })
  expect(link(b, 'eth5').linkNetnsid).toBe(0)
  expect(b.request({ type: RTM_DELLINK, ifname: 'eth5' }).error).toBe(0)
  expect(a.request({ type: RTM_GETLINK, ifname: 'eth1' }).error).toBe(-ENODEV)
})

test('an unnamed device is given the next free name, and a MAC of the run\'s own chances', () => {
  const [first, second] = [node(), node()]
  for (const netlink of [first, second]) {
    netlink.request({ type: RTM_NEWLINK, nlFlags: NEW, linkInfo: { kind: 'bridge' } })
    netlink.request({ type: RTM_NEWLINK, nlFlags: NEW, linkInfo: { kind: 'bridge' } })
  }
  expect(link(first, 'bridge1').ifname).toBe('bridge1')
  expect(link(first, 'bridge0').address).not.toBe(link(first, 'bridge1').address)
  expect(link(first, 'bridge0').address).toBe(link(second, 'bridge0').address)
  // Locally administered, and no group address.
  expect(Math.floor((link(first, 'bridge0').address ?? 0) / 2 ** 40) & 3).toBe(2)
})

test('listeners hear of devices, addresses and their routes, in the order in which they come and go', () => {
  const netlink = withPair()
  const heard: string[] = []
  netlink.subscribe((group: number, message: NetlinkMessage) => {
    const name = group === RTNLGRP_LINK ? (message as LinkMessage).ifname : ''
    heard.push(`${group} ${message.type} ${name}`.trim())
  })
  const address = { family: AF_INET, index: link(netlink, 'v0').index, local: 0x0a000001, prefixLength: 24 }
  netlink.request({ type: RTM_NEWADDR, nlFlags: NEW, ...address, address: 0x0a000001 })
  expect(heard).toEqual([
    `${RTNLGRP_IPV4_IFADDR} ${RTM_NEWADDR}`, `${RTNLGRP_IPV4_ROUTE} ${RTM_NEWROUTE}`,
    `${RTNLGRP_IPV4_ROUTE} ${RTM_NEWROUTE}`, `${RTNLGRP_IPV4_ROUTE} ${RTM_NEWROUTE}`,
  ])
  heard.length = 0
  netlink.request({ type: RTM_DELADDR, ...address, address: 0x0a000001 })
  expect(heard).toEqual([
    `${RTNLGRP_IPV4_IFADDR} ${RTM_DELADDR}`, `${RTNLGRP_IPV4_ROUTE} ${RTM_DELROUTE}`,
    `${RTNLGRP_IPV4_ROUTE} ${RTM_DELROUTE}`, `${RTNLGRP_IPV4_ROUTE} ${RTM_DELROUTE}`,
  ])
  heard.length = 0
  set(netlink, 'v0', { ifname: 'w0' })
  // The settings are entered anew under the new name: RTM_DELNETCONF, RTM_NEWNETCONF.
  expect(heard).toEqual([`${RTNLGRP_LINK} ${RTM_NEWLINK} w0`, '24 81', '24 80'])
})

test('an address with a lifetime is deprecated, then removed, each at its very moment', () => {
  const netlink = withPair()
  const { simulation } = netlink.ns
  const index = link(netlink, 'v0').index
  netlink.request({
    type: RTM_NEWADDR, nlFlags: NEW, family: AF_INET, index, local: 0x0a000001, address: 0x0a000001, prefixLength: 24,
    cacheInfo: { preferred: 10, valid: 20 },
  })
  const flags = (): number[] => netlink.request({ type: RTM_GETADDR, nlFlags: NLM_F_DUMP, index }).messages
    .map((message) => 'flags' in message ? message.flags ?? 0 : -1)
  simulation.runUntil(10e9 - 1)
  expect(flags()).toEqual([0])
  simulation.runUntil(10e9)
  expect(flags()).toEqual([0x20])
  simulation.runUntil(20e9 - 1)
  expect(flags()).toEqual([0x20])
  simulation.runUntil(20e9)
  expect(flags()).toEqual([])
  expect(netlink.request({ type: RTM_DELADDR, family: AF_INET, index, local: 0x0a000001 }).error).toBe(-EADDRNOTAVAIL)
})
