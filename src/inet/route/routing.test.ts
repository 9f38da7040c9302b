import { describe, expect, test } from 'vitest'
import { ENODEV, ENETUNREACH } from '../../base/errno.ts'
import { NS_PER_S } from '../../engine/clock.ts'
import { formatIpv4, parseIpv4 } from '../../wire/address.ts'
import { withSetting } from '../config.ts'
import { inDeviceOf } from '../in-device.ts'
import {
  NUD_FAILED, NUD_PERMANENT, NUD_REACHABLE, NUD_STALE, UPDATE_ADMIN, UPDATE_OVERRIDE,
} from '../neighbor/constants.ts'
import { RouteBench } from './commands.test-data.ts'
import { RTN_LOCAL, RTN_MULTICAST } from './constants.ts'
import { MAX_EXCEPTIONS, ExceptionTable } from './exceptions.ts'
import { OutputFlow } from './flow.ts'
import { RouteResult } from './route-result.ts'

function bench(...commands: string[]): RouteBench {
  const made = new RouteBench()
  run(made, 'ip link set lo up', 'ip link set d0 up', 'ip link set d1 up', 'ip link set d2 up',
    'ip addr add 10.0.0.1/24 dev d0', 'ip addr add 10.1.0.1/24 dev d1', 'ip addr add 10.2.0.1/24 dev d2', ...commands)
  return made
}

function run(made: RouteBench, ...commands: string[]): void {
  for (const command of commands) expect([command, ...made.run(command)]).toEqual([command, 0, '', ''])
}

function ip(text: string): number {
  return parseIpv4(text)!
}

function send(made: RouteBench, destination: string, source = '0.0.0.0'): RouteResult {
  const flow = new OutputFlow()
  flow.reset(ip(destination), ip(source))
  const result = new RouteResult()
  expect(made.stack.routing.output(flow, result)).toBe(0)
  return result
}

/** Lets virtual time pass. */
function pass(made: RouteBench, seconds: number): void {
  made.simulation.runUntil(made.simulation.nowNs + seconds * NS_PER_S)
}

describe('path MTU exceptions', () => {
  test('a told MTU holds for its destination alone, for mtu_expires', () => {
    const made = bench('ip route add default via 10.0.0.254')
    const { routing } = made.stack
    routing.updatePmtu(ip('8.8.8.8'), 1400)
    expect(routing.resultMtu(send(made, '8.8.8.8'))).toBe(1400)
    expect(routing.resultMtu(send(made, '8.8.4.4'))).toBe(1500)
    expect(routing.exceptions().map(({ exception, nexthop }) => [exception.mtu, formatIpv4(nexthop.gateway)]))
      .toEqual([[1400, '10.0.0.254']])
    pass(made, 600)
    expect(routing.resultMtu(send(made, '8.8.8.8'))).toBe(1400)
    pass(made, 1)
    expect(routing.resultMtu(send(made, '8.8.8.8'))).toBe(1500)
    expect(routing.exceptions()).toEqual([])
  })

  test('a larger MTU than the known one is not believed, a smaller one is', () => {
    const made = bench('ip route add default via 10.0.0.254')
    const { routing } = made.stack
    routing.updatePmtu(ip('8.8.8.8'), 1600)
    expect(routing.exceptions()).toEqual([])
    routing.updatePmtu(ip('8.8.8.8'), 1300)
    routing.updatePmtu(ip('8.8.8.8'), 1400)
    expect(routing.resultMtu(send(made, '8.8.8.8'))).toBe(1300)
    routing.updatePmtu(ip('8.8.8.8'), 1200)
    expect(routing.resultMtu(send(made, '8.8.8.8'))).toBe(1200)
  })

  test('below min_pmtu: 552, and locked, so that DF is not set any more', () => {
    const made = bench('ip route add default via 10.0.0.254')
    made.stack.routing.updatePmtu(ip('8.8.8.8'), 68)
    const result = send(made, '8.8.8.8')
    expect([result.pathMtu, result.mtuLocked]).toEqual([552, true])
    made.stack.routing.updatePmtu(ip('8.8.8.8'), 500)
    expect(send(made, '8.8.8.8').pathMtu).toBe(552)
  })

  test('a route with mtu lock takes no advice', () => {
    const made = bench('ip route add 8.0.0.0/8 via 10.0.0.254 mtu lock 1450')
    made.stack.routing.updatePmtu(ip('8.8.8.8'), 1400)
    expect(made.stack.routing.resultMtu(send(made, '8.8.8.8'))).toBe(1450)
  })

  test('forwarding does not heed a learned MTU, unless ip_forward_use_pmtu is set; it does heed the route\'s', () => {
    const made = bench('sysctl net.ipv4.ip_forward=1', 'ip route add default via 10.0.0.254',
      'ip route add 9.0.0.0/8 via 10.0.0.254 mtu 1420')
    const { routing, ns } = made.stack
    routing.updatePmtu(ip('8.8.8.8'), 1400)
    const result = new RouteResult()
    expect(routing.input(ip('8.8.8.8'), ip('10.1.0.5'), 0, ns.deviceByName('d1')!, 0, result)).toBe(0)
    expect([routing.forwardMtu(result), routing.resultMtu(result)]).toEqual([1500, 1400])
    ns.conf = withSetting(ns.conf, 'ipForwardUsePmtu', 1)
    expect(routing.forwardMtu(result)).toBe(1400)
    expect(routing.input(ip('9.9.9.9'), ip('10.1.0.5'), 0, ns.deviceByName('d1')!, 0, result)).toBe(0)
    expect(routing.forwardMtu(result)).toBe(1420)
  })

  test('the MTU of the device changes: what was learned below it stays, what was its own follows', () => {
    const made = bench('ip route add default via 10.0.0.254')
    const { routing, ns } = made.stack
    const d0 = ns.deviceByName('d0')!
    routing.updatePmtu(ip('8.8.8.8'), 1400)
    d0.mtu = 1300
    ns.onDeviceEvent(d0, 'mtu')
    expect(routing.resultMtu(send(made, '8.8.8.8'))).toBe(1300)
    d0.mtu = 1500
    ns.onDeviceEvent(d0, 'mtu')
    expect(routing.resultMtu(send(made, '8.8.8.8'))).toBe(1500)
  })

  test('all nexthops of a multipath route learn it', () => {
    const made = bench('ip route add 30.0.0.0/8 nexthop via 10.0.0.254 nexthop via 10.1.0.254')
    made.stack.routing.updatePmtu(ip('30.1.1.1'), 1400)
    expect(made.stack.routing.exceptions().map(({ nexthop }) => formatIpv4(nexthop.gateway)))
      .toEqual(['10.0.0.254', '10.1.0.254'])
  })

  test('the table is bounded: the oldest destination gives way', () => {
    const table = new ExceptionTable()
    for (let i = 0; i <= MAX_EXCEPTIONS; i++) table.update(i, 0, 1400, false, 1e9)
    expect([table.find(0, 0), table.find(1, 0)?.mtu, table.list(0).length]).toEqual([null, 1400, MAX_EXCEPTIONS])
  })
})

describe('redirects', () => {
  function redirected(...commands: string[]): RouteBench {
    const made = bench('ip route add default via 10.0.0.254', ...commands)
    const { routing, neighbors, ns } = made.stack
    const d0 = ns.deviceByName('d0')!
    const neighbor = neighbors.getOrCreate(d0, ip('10.0.0.253'))!
    neighbors.update(neighbor, 0x0200000000fd, NUD_PERMANENT, UPDATE_OVERRIDE | UPDATE_ADMIN)
    routing.redirect(ip('8.8.8.8'), ip('10.0.0.254'), ip('10.0.0.253'), d0)
    return made
  }

  test('a better gateway on the link is used for that destination for 300 s', () => {
    const made = redirected()
    const result = send(made, '8.8.8.8')
    expect([formatIpv4(result.gateway), result.redirected]).toEqual(['10.0.0.253', true])
    expect(made.stack.routing.neighborFor(result, ip('8.8.8.8'))?.key).toBe(ip('10.0.0.253'))
    expect(formatIpv4(send(made, '8.8.4.4').gateway)).toBe('10.0.0.254')
    pass(made, 301)
    expect(formatIpv4(send(made, '8.8.8.8').gateway)).toBe('10.0.0.254')
  })

  test('not with accept_redirects 0, not from another than the gateway in use, not to an own or odd address', () => {
    const off = redirected('sysctl net.ipv4.conf.all.accept_redirects=0', 'sysctl net.ipv4.conf.d0.accept_redirects=0')
    expect(send(off, '8.8.8.8').redirected).toBe(false)
    const made = bench('ip route add default via 10.0.0.254')
    const { routing, ns } = made.stack
    const d0 = ns.deviceByName('d0')!
    for (const [from, to] of [['10.0.0.9', '10.0.0.253'], ['10.0.0.254', '10.0.0.1'], ['10.0.0.254', '224.0.0.1'],
      ['10.0.0.254', '255.255.255.255'], ['10.0.0.254', '0.0.0.0'], ['10.0.0.254', '10.0.0.254']]) {
      routing.redirect(ip('8.8.8.8'), ip(from), ip(to), d0)
    }
    expect(routing.exceptions()).toEqual([])
  })

  test('without shared_media the new gateway must be on the link, and with secure_redirects a gateway already', () => {
    const strict = redirected('sysctl net.ipv4.conf.all.shared_media=0', 'sysctl net.ipv4.conf.d0.shared_media=0')
    expect(send(strict, '8.8.8.8').redirected).toBe(false)
    const known = redirected('sysctl net.ipv4.conf.all.shared_media=0', 'sysctl net.ipv4.conf.d0.shared_media=0',
      'ip route add 77.0.0.0/8 via 10.0.0.253')
    expect(send(known, '8.8.8.8').redirected).toBe(true)
  })
})

describe('several default gateways of one metric', () => {
  function gateways(made: RouteBench, state: number, ...addresses: string[]): void {
    const { neighbors, ns } = made.stack
    for (const address of addresses) {
      const neighbor = neighbors.getOrCreate(ns.deviceByName('d0')!, ip(address))!
      neighbors.update(neighbor, 0x0200000000fe, state, UPDATE_OVERRIDE | UPDATE_ADMIN)
    }
  }

  test('the first serves, until its neighbour entry fails; then the next', () => {
    const made = bench('ip route add default via 10.0.0.254', 'ip route append default via 10.0.0.253')
    expect(formatIpv4(send(made, '8.8.8.8').gateway)).toBe('10.0.0.254')
    gateways(made, NUD_REACHABLE, '10.0.0.254', '10.0.0.253')
    expect(formatIpv4(send(made, '8.8.8.8').gateway)).toBe('10.0.0.254')
    gateways(made, NUD_FAILED, '10.0.0.254')
    expect(formatIpv4(send(made, '8.8.8.8').gateway)).toBe('10.0.0.253')
    gateways(made, NUD_REACHABLE, '10.0.0.254')
    expect(formatIpv4(send(made, '8.8.8.8').gateway)).toBe('10.0.0.254')
  })

  test('one that is only stale is tried in turn with the others', () => {
    const made = bench('ip route add default via 10.0.0.254', 'ip route append default via 10.0.0.253')
    gateways(made, NUD_STALE, '10.0.0.254')
    const first = formatIpv4(send(made, '8.8.8.8').gateway)
    const second = formatIpv4(send(made, '8.8.8.8').gateway)
    expect([first, second]).toEqual(['10.0.0.254', '10.0.0.253'])
  })

  test('asking why does not change which one is chosen', () => {
    const made = bench('ip route add default via 10.0.0.254', 'ip route append default via 10.0.0.253')
    gateways(made, NUD_STALE, '10.0.0.254')
    const flow = new OutputFlow()
    flow.reset(ip('8.8.8.8'), 0)
    const before = made.stack.routing.explainOutput(flow)
    expect(made.stack.routing.explainOutput(flow)).toEqual(before)
    expect(formatIpv4(send(made, '8.8.8.8').gateway)).toBe('10.0.0.254')
  })
})

describe('devices', () => {
  test('a device that is removed takes its addresses, routes and rules\' hold with it', () => {
    const made = bench('ip route add default via 10.0.0.254', 'ip route add 9.0.0.0/8 via 10.1.0.254 src 10.0.0.1',
      'ip rule add iif d0 lookup 100')
    const { ns, routing } = made.stack
    ns.removeDevice(ns.deviceByName('d0')!)
    expect(made.run('ip route show table all')[1]).toBe('10.1.0.0/24 dev d1 proto kernel scope link src 10.1.0.1 \n' +
      '10.2.0.0/24 dev d2 proto kernel scope link src 10.2.0.1 \n' +
      'local 10.1.0.1 dev d1 table local proto kernel scope host src 10.1.0.1 \n' +
      'broadcast 10.1.0.255 dev d1 table local proto kernel scope link src 10.1.0.1 \n' +
      'local 10.2.0.1 dev d2 table local proto kernel scope host src 10.2.0.1 \n' +
      'broadcast 10.2.0.255 dev d2 table local proto kernel scope link src 10.2.0.1 \n' +
      'local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1 \n' +
      'local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1 \n' +
      'broadcast 127.255.255.255 dev lo table local proto kernel scope link src 127.0.0.1 \n')
    expect(made.run('ip rule show')[1]).toBe('0:\tfrom all lookup local\n' +
      '32765:\tfrom all iif d0 [detached] lookup 100\n' +
      '32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n')
    expect(routing.isLocal(ip('10.0.0.1'))).toBe(false)
    const flow = new OutputFlow()
    flow.reset(ip('10.0.0.9'), 0)
    flow.oif = 2
    expect(routing.output(flow, new RouteResult())).toBe(-ENODEV)
    flow.oif = 0
    expect(routing.output(flow, new RouteResult())).toBe(-ENETUNREACH)
  })

  test('labels follow a new name: the first is the name, others keep or get a number', () => {
    const made = bench('ip addr add 10.0.0.2/24 dev d0', 'ip addr add 10.0.0.3/24 dev d0')
    const { ns } = made.stack
    const d0 = ns.deviceByName('d0')!
    inDeviceOf(d0).addresses[2].label = 'd0:web'
    ns.renameDevice(d0, 'uplink')
    expect(inDeviceOf(d0).addresses.map((ifa) => ifa.label)).toEqual(['uplink', 'uplink:2', 'uplink:web'])
  })

  test('an MTU below 68 ends IPv4 on a device', () => {
    const made = bench()
    const { ns, routing } = made.stack
    const d0 = ns.deviceByName('d0')!
    d0.mtu = 60
    ns.onDeviceEvent(d0, 'mtu')
    expect([inDeviceOf(d0).addresses, routing.isLocal(ip('10.0.0.1'))]).toEqual([[], false])
  })

  test('the cached neighbour is the one of the next hop, and not used once it is dead', () => {
    const made = bench('ip route add default via 10.0.0.254')
    const { routing, neighbors } = made.stack
    const result = send(made, '8.8.8.8')
    const neighbor = routing.neighborFor(result, ip('8.8.8.8'))!
    expect([neighbor.key, routing.neighborFor(result, ip('8.8.4.4')) === neighbor]).toEqual([ip('10.0.0.254'), true])
    neighbors.remove(neighbor)
    const again = routing.neighborFor(result, ip('8.8.8.8'))!
    expect([again === neighbor, again.dead]).toEqual([false, false])
    const onLink = send(made, '10.0.0.7')
    expect(routing.neighborFor(onLink, ip('10.0.0.7'))!.key).toBe(ip('10.0.0.7'))
    expect(routing.neighborFor(onLink, ip('10.0.0.8'))!.key).toBe(ip('10.0.0.8'))
  })
})

describe('multicast and loopback input', () => {
  test('a group is delivered when the node is in it; 224.0.0.1 always', () => {
    const made = bench()
    const { routing, ns } = made.stack
    const d0 = ns.deviceByName('d0')!
    routing.groups = { isMember: (device, group) => device === d0 && group === ip('224.0.0.9') }
    const result = new RouteResult()
    const types = ['224.0.0.1', '224.0.0.9'].map((group) => [
      routing.input(ip(group), ip('10.0.0.5'), 0, d0, 0, result), result.type, result.isLocalGroup])
    expect(types).toEqual([[0, RTN_MULTICAST, true], [0, RTN_MULTICAST, true]])
    expect(routing.input(ip('224.0.0.10'), ip('10.0.0.5'), 0, d0, 0, result)).toBeGreaterThan(0)
    expect(['10.0.0.1', '10.1.0.1'].map((from) => send(made, '224.0.0.9', from).isLocalGroup)).toEqual([true, false])
  })

  test('what arrives on lo is delivered, own source and all', () => {
    const made = bench()
    const result = new RouteResult()
    expect(made.stack.routing.input(ip('10.0.0.1'), ip('10.0.0.1'), 0, made.stack.ns.loopback, 0, result)).toBe(0)
    expect([result.type, result.error, result.device?.name]).toEqual([RTN_LOCAL, 0, 'lo'])
  })
})

describe('why', () => {
  function input(made: RouteBench, destination: string, source: string, device: string): string[] {
    const { routing, ns } = made.stack
    return routing.explainInput(ip(destination), ip(source), 0, ns.deviceByName(device)!, 0)
      .map(({ hook, text }) => `${hook}: ${text}`)
  }

  test('a host that does not forward says so', () => {
    expect(input(bench(), '10.1.0.5', '10.0.0.5', 'd0')).toEqual([
      'fib_lookup: 10.1.0.5: it is no address of this node (table local); the longest prefix that matches in table ' +
        'main is 10.1.0.0/24 dev d1',
      'ip_route_input_slow: 10.1.0.5 is no address of this node, and d0 does not forward ' +
        '(net.ipv4.conf.d0.forwarding is 0; net.ipv4.ip_forward sets it for all): drop',
    ])
  })

  test('strict rp_filter names the way back', () => {
    const made = bench('sysctl net.ipv4.ip_forward=1', 'sysctl net.ipv4.conf.d2.rp_filter=1')
    expect(input(made, '10.1.0.5', '10.0.0.9', 'd2').at(-1)).toBe('fib_validate_source: rp_filter is 1 (strict) ' +
      'on d2: 10.0.0.9 came in there, but the way back to it is 10.0.0.0/24 dev d0: drop')
  })

  test('rules are told one by one, with what each said', () => {
    const made = bench('ip route add default via 10.0.0.254', 'ip rule add from 10.1.0.1 lookup 100',
      'ip route add throw 40.0.0.0/8 table 100')
    const flow = new OutputFlow()
    flow.reset(ip('40.1.1.1'), ip('10.1.0.1'))
    expect(made.stack.routing.explainOutput(flow).map(({ text }) => text)).toEqual([
      'rule 0: from all lookup local: nothing there matches; on to the next rule',
      'rule 32765: from 10.1.0.1 lookup 100: throw 40.0.0.0/8 sends it on; on to the next rule',
      'rule 32766: from all lookup main: the longest prefix that matches 40.1.1.1 is default via 10.0.0.254 dev d0',
      'send it via 10.0.0.254 dev d0',
      'the source is 10.1.0.1, as the sender has chosen',
    ])
  })

  test('the error route in the way is named as ip route del wants to hear it', () => {
    const made = bench('ip route add default via 10.0.0.254', 'ip route add prohibit 20.0.0.0/8 metric 5')
    expect(['20.1.1.1', '8.8.8.8'].map((to) => made.stack.routing.errorRouteFor(ip(to))))
      .toEqual(['prohibit 20.0.0.0/8 metric 5', null])
  })
})

describe('listeners', () => {
  test('routes and addresses are announced as netlink does: the address before its routes', () => {
    const made = bench()
    const seen: string[] = []
    const { routing, ns } = made.stack
    routing.store.onChange((route, event) => {
      seen.push(`${event} route ${formatIpv4(route.prefix)}/${route.prefixLength}`)
    })
    routing.addresses.onChange((device, ifa, event) => {
      seen.push(`${event} address ${formatIpv4(ifa.local)} ${device.name}`)
    })
    run(made, 'ip addr add 10.3.0.1/24 dev d0')
    const d0 = ns.deviceByName('d0')!
    routing.removeAddress(d0, inDeviceOf(d0).addresses[1])
    expect(seen).toEqual([
      'new address 10.3.0.1 d0', 'new route 10.3.0.1/32', 'new route 10.3.0.0/24', 'new route 10.3.0.255/32',
      'delete address 10.3.0.1 d0', 'delete route 10.3.0.0/24', 'delete route 10.3.0.255/32',
      'delete route 10.3.0.1/32',
    ])
  })
})
