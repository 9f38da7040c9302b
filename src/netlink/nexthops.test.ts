import { expect, test } from 'vitest'
import { FramePool } from '../device/frame-pool.ts'
import { IFF_UP } from '../device/net-device.ts'
import { Simulation } from '../engine/simulation.ts'
import { createInetStack } from '../inet/inet-stack.ts'
import { formatIpv4, ipv4 } from '../wire/address.ts'
import {
  AF_INET, type NetlinkMessage, type NexthopObjectMessage, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE,
  RTM_DELLINK, RTM_DELNEXTHOP, RTM_DELROUTE, RTM_GETNEXTHOP, RTM_NEWADDR, RTM_NEWLINK, RTM_NEWNEXTHOP, RTM_NEWROUTE,
  type RouteMessage,
} from './messages.ts'
import { Netlink } from './netlink.ts'

/*
 * What ip nexthop shows and refuses is compared with the real one in programs/ip/ip.test.ts. Here: what is announced,
 * and what devices' ends do. Recorded with `ip monitor nexthop route` in a namespace with one veth pair.
 */

const NEW = NLM_F_CREATE | NLM_F_EXCL
const REPLACE = NLM_F_CREATE | NLM_F_REPLACE

/** A node with 10.0.0.1/24 on eth1 (index 2), whose other end p1 (index 3) lies beside it; and its announcements. */
function watched(): { netlink: Netlink, heard: string[] } {
  const simulation = new Simulation(1)
  const netlink = new Netlink(createInetStack(simulation, new FramePool(simulation.journal), 0, 'a'))
  const must = (message: NetlinkMessage): void => expect(netlink.request(message)).toEqual({ error: 0, extack: '', messages: [] })
  const peer = { type: RTM_NEWLINK, ifname: 'p1' } as const
  must({ type: RTM_NEWLINK, nlFlags: NEW, ifname: 'eth1', linkInfo: { kind: 'veth', peer } })
  for (const ifname of ['lo', 'eth1', 'p1']) must({ type: RTM_NEWLINK, ifname, flags: IFF_UP, change: IFF_UP })
  must({ type: RTM_NEWADDR, family: AF_INET, index: 2, prefixLength: 24, local: ipv4(10, 0, 0, 1), address: ipv4(10, 0, 0, 1) })
  const heard: string[] = []
  netlink.subscribe((_group, message) => {
    const text = textOf(message)
    if (text !== '') heard.push(text)
  })
  return { netlink, heard }
}

/** As ip monitor words it, less what does not matter here. */
function textOf(message: NetlinkMessage): string {
  if (message.type === RTM_NEWROUTE || message.type === RTM_DELROUTE) {
    const route = message as RouteMessage
    if (route.nhid === undefined) return ''
    return `${message.type === RTM_DELROUTE ? 'Deleted ' : ''}${formatIpv4(route.destination ?? 0)} nhid ${route.nhid}`
  }
  if (message.type !== RTM_NEWNEXTHOP && message.type !== RTM_DELNEXTHOP) return ''
  const { id, group, gateway } = message as NexthopObjectMessage
  const what = group !== undefined ? ` group ${group.map((member) => member.id).join('/')}`
    : gateway !== undefined ? ` via ${formatIpv4(gateway)}` : ''
  return `${message.type === RTM_DELNEXTHOP ? 'Deleted ' : ''}id ${id}${what}`
}

type Say = (id: number, more: Partial<NexthopObjectMessage>, nlFlags?: number) => void

function sayTo(netlink: Netlink): Say {
  return (id, more, nlFlags = NEW) => {
    const family = more.group === undefined ? AF_INET : undefined
    expect(netlink.request({ type: RTM_NEWNEXTHOP, nlFlags, family, id, ...more }).extack).toBe('')
  }
}

function via(last: number): Partial<NexthopObjectMessage> {
  return { oif: 2, gateway: ipv4(10, 0, 0, last) }
}

function group(...ids: number[]): Partial<NexthopObjectMessage> {
  return { group: ids.map((id) => ({ id, weight: 1 })) }
}

function route(netlink: Netlink, third: number, nhid: number, more: Partial<RouteMessage> = {}): void {
  const destination = ipv4(20, 0, third, 0)
  expect(netlink.request({
    type: RTM_NEWROUTE, nlFlags: NEW, family: AF_INET, destination, destinationLength: 24, nhid, routeType: 1, ...more,
  })).toEqual({ error: 0, extack: '', messages: [] })
}

function ids(netlink: Netlink): number[] {
  return netlink.request({ type: RTM_GETNEXTHOP, nlFlags: NLM_F_DUMP }).messages
    .map((message) => (message as NexthopObjectMessage).id ?? 0)
}

function prefixes(netlink: Netlink): string[] {
  return netlink.stack.routing.store.table(254)?.list().map(({ prefix }) => formatIpv4(prefix)) ?? []
}

test('announced are objects, groups that shrink or go, and the routes of what was replaced, newest group first', () => {
  const { netlink, heard } = watched()
  const say = sayTo(netlink)
  const take = (): string[] => heard.splice(0)
  say(1, via(2))
  say(2, via(3))
  say(10, group(1, 2))
  say(11, group(2))
  route(netlink, 0, 10)
  route(netlink, 1, 11)
  route(netlink, 2, 2)
  expect(take()).toEqual(['id 1 via 10.0.0.2', 'id 2 via 10.0.0.3', 'id 10 group 1/2', 'id 11 group 2',
    '20.0.0.0 nhid 10', '20.0.1.0 nhid 11', '20.0.2.0 nhid 2'])
  say(1, via(4), REPLACE)
  expect(take()).toEqual(['id 1 via 10.0.0.4', '20.0.0.0 nhid 10'])
  say(2, via(5), REPLACE)
  expect(take()).toEqual(['id 2 via 10.0.0.5', '20.0.2.0 nhid 2', '20.0.1.0 nhid 11', '20.0.0.0 nhid 10'])
  say(10, group(1, 2), REPLACE)
  expect(take()).toEqual(['id 10 group 1/2', '20.0.0.0 nhid 10'])
  netlink.request({ type: RTM_DELNEXTHOP, id: 2 })
  expect(take()).toEqual(['Deleted id 2 via 10.0.0.5', 'id 10 group 1', 'Deleted id 11 group 2'])
  expect(prefixes(netlink)).toEqual(['10.0.0.0', '20.0.0.0'])
})

test('with nexthop_compat_mode 0 the routes of what was replaced are not announced', () => {
  const { netlink, heard } = watched()
  const say = sayTo(netlink)
  netlink.stack.ns.conf = { ...netlink.stack.ns.conf, nexthopCompatMode: 0 }
  say(1, via(2))
  route(netlink, 0, 1)
  say(1, via(4), REPLACE)
  expect(heard).toEqual(['id 1 via 10.0.0.2', '20.0.0.0 nhid 1', 'id 1 via 10.0.0.4'])
})

for (const [what, end] of [
  ['goes down', { type: RTM_NEWLINK, index: 2, flags: 0, change: IFF_UP }],
  ['loses its carrier', { type: RTM_NEWLINK, index: 3, flags: 0, change: IFF_UP }],
  ['is removed', { type: RTM_DELLINK, index: 2 }],
] as const) {
  test(`the device ${what}: its nexthops go, with their routes and emptied groups, and nothing is announced`, () => {
    const { netlink, heard } = watched()
    const say = sayTo(netlink)
    say(1, via(2))
    say(2, { oif: 1 })
    say(3, { blackhole: true })
    say(10, group(1, 2))
    say(11, group(1))
    route(netlink, 0, 1)
    route(netlink, 1, 10)
    route(netlink, 2, 11)
    route(netlink, 3, 3, { routeType: 6 })
    heard.length = 0
    expect(netlink.request(end).error).toBe(0)
    expect(ids(netlink)).toEqual([2, 3, 10])
    expect(prefixes(netlink).filter((prefix) => prefix.startsWith('20.'))).toEqual(['20.0.1.0', '20.0.3.0'])
    expect(heard).toEqual([])
  })
}

test('lo goes down: what leads there goes, a blackhole stays', () => {
  const { netlink } = watched()
  const say = sayTo(netlink)
  say(2, { oif: 1 })
  say(3, { blackhole: true })
  expect(netlink.request({ type: RTM_NEWLINK, index: 1, flags: 0, change: IFF_UP }).error).toBe(0)
  expect(ids(netlink)).toEqual([3])
})
