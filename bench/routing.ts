/**
 * Routing: one router with four devices and static routes, its look-ups for packets that come in and go out, and how
 * fast routes enter. `input-plain` is what a forwarded packet pays; `input-rules` the same with a policy rule in force.
 */

import { FramePool } from '../src/device/frame-pool.ts'
import { IDLE_DRIVER } from '../src/device/loopback.ts'
import { ARPHRD_ETHER, NetDevice } from '../src/device/net-device.ts'
import { Simulation } from '../src/engine/simulation.ts'
import { createInetStack, type InetStack } from '../src/inet/inet-stack.ts'
import { writeSysctl } from '../src/inet/sysctl.ts'
import { makeAddress } from '../src/inet/route/address.ts'
import { NLM_F_CREATE, RTN_UNICAST, RTPROT_STATIC } from '../src/inet/route/constants.ts'
import { OutputFlow } from '../src/inet/route/flow.ts'
import { RouteResult } from '../src/inet/route/route-result.ts'
import { EMPTY_ROUTE } from '../src/inet/route/route-store.ts'
import { EMPTY_RULE } from '../src/inet/route/rules.ts'
import { ipv4 } from '../src/wire/address.ts'
import { bench, heapBytes, report } from './harness.ts'
import { internetPrefixes } from './prefixes.ts'

const LOOKUPS = 1_000_000

function addDevice(stack: InetStack, name: string, address: number): NetDevice {
  const { ns, routing } = stack
  const device = new NetDevice(ns, name, ns.takeIfindex(), ARPHRD_ETHER, 1500, 0x020000000001, IDLE_DRIVER)
  ns.addDevice(device)
  device.setUp(true)
  routing.addAddress(device, makeAddress(ns, device, address, 24))
  return device
}

function addRoute(stack: InetStack, destination: number, prefixLength: number, gateway: number): void {
  const config = {
    ...EMPTY_ROUTE, destination, prefixLength, gateway, type: RTN_UNICAST, protocol: RTPROT_STATIC, nlFlags: NLM_F_CREATE,
  }
  if (stack.routing.addRoute(config, { text: '' }) !== 0) throw new Error('a route was refused')
}

function makeRouter(simulation: Simulation, pool: FramePool): InetStack {
  const stack = createInetStack(simulation, pool, 0, 'r')
  stack.ns.loopback.setUp(true)
  for (let i = 0; i < 4; i++) addDevice(stack, `eth${i}`, ipv4(10, i, 0, 1))
  writeSysctl(stack.ns, 'net/ipv4/ip_forward', '1')
  for (let i = 10; i < 14; i++) addRoute(stack, ipv4(10, i, 0, 0), 24, ipv4(10, 1, 0, 254))
  addRoute(stack, 0, 0, ipv4(10, 3, 0, 254))
  return stack
}

function measureInput(stack: InetStack, name: string, destination: number): void {
  const device = stack.ns.deviceByName('eth0')
  const result = new RouteResult()
  if (device === null) throw new Error('no eth0')
  bench('routing', name, 'ns', () => {
    for (let i = 0; i < LOOKUPS; i++) {
      const reason = stack.routing.input(destination + (i & 3), ipv4(10, 0, 0, 5), 0, device, 0, result)
      if (reason !== 0 || result.error !== 0) throw new Error(`${name}: dropped`)
    }
    return LOOKUPS
  })
}

function measureOutput(stack: InetStack): void {
  const flow = new OutputFlow()
  const result = new RouteResult()
  bench('routing', 'output', 'ns', () => {
    for (let i = 0; i < LOOKUPS; i++) {
      flow.destination = ipv4(10, 10, 0, 5) + (i & 3)
      if (stack.routing.output(flow, result) !== 0) throw new Error('output: no route')
    }
    return LOOKUPS
  })
}

/** What addresses and routes of a host cost in memory: lo, one address, a default route. */
function measureHosts(): void {
  const simulation = new Simulation(1)
  const pool = new FramePool(simulation.journal)
  const hosts = 1000
  const stacks: InetStack[] = []
  for (let i = 0; i < hosts; i++) stacks.push(createInetStack(simulation, pool, i, `h${i}`))
  const before = heapBytes()
  for (const stack of stacks) {
    stack.ns.loopback.setUp(true)
    addDevice(stack, 'eth1', ipv4(10, 0, 0, 1))
    addRoute(stack, 0, 0, ipv4(10, 0, 0, 254))
  }
  report('routing', 'bytes-host', 'B', (heapBytes() - before) / stacks.length)
}

export function run(): void {
  measureHosts()
  const simulation = new Simulation(1)
  const pool = new FramePool(simulation.journal)
  const router = makeRouter(simulation, pool)
  measureInput(router, 'input-plain', ipv4(10, 10, 0, 5))
  measureOutput(router)
  router.routing.rules.add({ ...EMPTY_RULE, source: ipv4(10, 9, 0, 0), sourceLength: 16, table: 100 }, 0, { text: '' })
  measureInput(router, 'input-rules', ipv4(10, 10, 0, 5))
  const table = internetPrefixes(100_000, 88172645)
  bench('routing', 'insert-100k', 'ns', () => {
    const fresh = makeRouter(simulation, pool)
    for (let i = 0; i < 100_000; i++) {
      addRoute(fresh, table.prefixes[i], table.lengths[i], ipv4(10, 1, 0, 2 + (table.values[i] & 127)))
    }
    return 100_000
  }, { times: 3 })
}
