import { describe, expect, test } from 'vitest'
import type { Frame } from '../../device/frame.ts'
import { formatIpv4, parseIpv4 } from '../../wire/address.ts'
import * as icmpv4 from '../../wire/icmpv4.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { DropReason } from '../../wire/drop-reason.ts'
import { withSetting } from '../config.ts'
import type { InetStack } from '../inet-stack.ts'
import { OutputFlow } from '../route/flow.ts'
import { RouteResult } from '../route/route-result.ts'
import { EMPTY_ROUTE } from '../route/route-store.ts'
import { writeSysctl } from '../sysctl.ts'
import { TestNet } from '../two-hosts.test-data.ts'

const ip = (text: string): number => parseIpv4(text)!

/** a 10.0.0.1 -- 10.0.0.254 r 10.0.1.254 -- b 10.0.1.1, routes set, r forwards. */
function routed(mtu = 1500): { net: TestNet, a: InetStack, r: InetStack, b: InetStack } {
  const net = new TestNet()
  const [a, r, b] = ['a', 'r', 'b'].map((name) => net.addHost(name))
  net.connect(a, 'eth1', '10.0.0.1/24', r, 'eth1', '10.0.0.254/24')
  net.connect(r, 'eth2', '10.0.1.254/24', b, 'eth1', '10.0.1.1/24')
  expect(writeSysctl(r.ns, 'net/ipv4/ip_forward', '1')).toBe(0)
  addDefault(a, '10.0.0.254')
  addDefault(b, '10.0.1.254')
  for (const [stack, name] of [[r, 'eth2'], [b, 'eth1']] as const) setMtu(stack, name, mtu)
  return { net, a, r, b }
}

function setMtu(stack: InetStack, name: string, mtu: number): void {
  const device = stack.ns.deviceByName(name)!
  device.mtu = mtu
  stack.ns.onDeviceEvent(device, 'mtu')
}

function addDefault(stack: InetStack, gateway: string): void {
  const route = { ...EMPTY_ROUTE, type: 1, protocol: 3, gateway: ip(gateway), nlFlags: 0x600 }
  expect(stack.routing.addRoute(route, { text: '' })).toBe(0)
}

/** Notes the ICMP errors about echo requests of a host: "3/4 info 1000 about 10.0.1.1 from 10.0.0.254". */
function listen(net: TestNet, stack: InetStack): string[] {
  const heard: string[] = []
  stack.icmp.ping = {
    receive: (frame) => {
      heard.push(`reply ${icmpv4.sequence(frame.view, frame.transportAt)}`)
      net.pool.free(frame)
    },
    error: (frame, type, code, info) => heard.push(words(frame, type, code, info)),
  }
  return heard
}

function words(frame: Frame, type: number, code: number, info: number): string {
  const about = formatIpv4(ipv4.destination(frame.view, frame.networkAt))
  const from = formatIpv4(ipv4.source(frame.view, frame.base + frame.cb0))
  return `${type}/${code} info ${info} about ${about} from ${from}`
}

describe('errors that others send', () => {
  test('a ping socket hears replies', () => {
    const { net, a } = routed()
    const heard = listen(net, a)
    net.echo(a, '10.0.1.1', 5)
    net.until(1)
    expect(heard).toEqual(['reply 5'])
    expect(net.pool.live).toBe(0)
  })

  test('fragmentation needed: who sent the packet is told, and the path MTU is learnt', () => {
    const { net, a } = routed(1000)
    const heard = listen(net, a)
    net.echo(a, '10.0.1.1', 1, 1200, ipv4.IP_DF)
    net.until(1)
    expect(heard).toEqual(['3/4 info 1000 about 10.0.1.1 from 10.0.0.254'])
    net.until(2)
    // The next one is cut here, by the sender.
    net.echo(a, '10.0.1.1', 2, 1200)
    expect(net.until(3).filter((line) => line.includes('a:eth1')).length).toBe(2)
    expect(heard).toEqual(['3/4 info 1000 about 10.0.1.1 from 10.0.0.254', 'reply 2'])
  })

  test('ip_no_pmtu_disc 1: the report is heard without an MTU; 2: not at all', () => {
    for (const [policy, wanted] of [[1, ['3/4 info 0 about 10.0.1.1 from 10.0.0.254']], [2, []]] as const) {
      const { net, a } = routed(1000)
      a.ns.conf = withSetting(a.ns.conf, 'ipNoPmtuDisc', policy)
      const heard = listen(net, a)
      net.echo(a, '10.0.1.1', 1, 1200, ipv4.IP_DF)
      net.until(1)
      expect(heard).toEqual(wanted)
    }
  })

  test('host unreachable comes when the router gives its neighbour up', () => {
    const { net, a } = routed()
    const heard = listen(net, a)
    net.echo(a, '10.0.1.77')
    net.until(2999)
    expect(heard).toEqual([])
    net.until(3001)
    expect(heard).toEqual(['3/1 info 0 about 10.0.1.77 from 10.0.0.254'])
  })

  test('one\'s own failed neighbour: the error comes over lo, from one\'s own address', () => {
    const { net, a } = routed()
    const heard = listen(net, a)
    net.echo(a, '10.0.0.77')
    net.until(3001)
    expect(heard).toEqual(['3/1 info 0 about 10.0.0.77 from 10.0.0.1'])
  })

  test('raw sockets hear an error before the protocol does', () => {
    const { net, a } = routed()
    const heard = listen(net, a)
    a.protocols.raw = {
      deliver: () => false,
      error: (frame, type, code, info) => heard.push(`raw ${words(frame, type, code, info)}`),
    }
    net.echo(a, '10.0.9.9')
    net.until(1)
    const said = '3/0 info 0 about 10.0.9.9 from 10.0.0.254'
    expect(heard).toEqual([`raw ${said}`, said])
  })
})

describe('redirects', () => {
  /** a, r1 and r2 on one switch; a's gateway is r1, whose route to 10.5.0.0/16 leads to r2. */
  function triangle(): { net: TestNet, a: InetStack, r1: InetStack } {
    const net = new TestNet()
    const [a, r1, r2] = ['a', 'r1', 'r2'].map((name) => net.addHost(name))
    net.lan([[a, 'eth1', '10.0.0.1/24'], [r1, 'eth1', '10.0.0.251/24'], [r2, 'eth1', '10.0.0.252/24']])
    for (const router of [r1, r2]) writeSysctl(router.ns, 'net/ipv4/ip_forward', '1')
    addDefault(a, '10.0.0.251')
    const route = { destination: ip('10.5.0.0'), prefixLength: 16, type: 1, protocol: 3, gateway: ip('10.0.0.252') }
    expect(r1.routing.addRoute({ ...EMPTY_ROUTE, ...route, nlFlags: 0x600 }, { text: '' })).toBe(0)
    return { net, a, r1 }
  }

  /** Where packets of a for 10.5.0.1 go first. */
  function via(a: InetStack): string {
    const flow = new OutputFlow()
    const route = new RouteResult()
    flow.reset(ip('10.5.0.1'), 0)
    expect(a.routing.output(flow, route)).toBe(0)
    return formatIpv4(route.gateway)
  }

  test('a host that is told of a better router asks for it, and goes there once it answered', () => {
    const { net, a } = triangle()
    net.echo(a, '10.5.0.1', 1)
    const lines = net.until(1)
    expect(lines).toContain('0 r1:eth1 > 02: 10.0.0.251 > 10.0.0.1 icmp 5/1')
    expect(lines).toContain('0 a:eth1 > broadcast: who has 10.0.0.252, tell 10.0.0.1')
    expect(via(a)).toBe('10.0.0.251')
    net.until(100)
    net.echo(a, '10.5.0.1', 2)
    net.until(101)
    expect(via(a)).toBe('10.0.0.252')
  })

  test('accept_redirects 0: nothing changes', () => {
    const { net, a } = triangle()
    writeSysctl(a.ns, 'net/ipv4/conf/all/accept_redirects', '0')
    writeSysctl(a.ns, 'net/ipv4/conf/eth1/accept_redirects', '0')
    for (const n of [1, 2, 3]) {
      net.echo(a, '10.5.0.1', n)
      net.until(n * 100)
    }
    expect(via(a)).toBe('10.0.0.251')
  })

  test('redirects that are not heeded are sent nine times, each after twice the time, then no more', () => {
    const { net, a, r1 } = triangle()
    writeSysctl(a.ns, 'net/ipv4/conf/all/accept_redirects', '0')
    writeSysctl(a.ns, 'net/ipv4/conf/eth1/accept_redirects', '0')
    const times: number[] = []
    for (let ms = 0; ms < 25_000; ms += 10) {
      const before = r1.counters.icmpOutType(5)
      net.until(ms)
      net.echo(a, '10.5.0.1')
      net.until(ms + 1)
      if (r1.counters.icmpOutType(5) > before) times.push(ms)
    }
    expect(times).toEqual([0, 50, 140, 310, 640, 1290, 2580, 5150, 10_280])
  })
})

describe('limits', () => {
  /** routed(), with 10.77.0.0/16 behind a. */
  function farSenders(): ReturnType<typeof routed> {
    const nodes = routed()
    const route = { destination: ip('10.77.0.0'), prefixLength: 16, type: 1, protocol: 3, gateway: ip('10.0.0.1') }
    expect(nodes.r.routing.addRoute({ ...EMPTY_ROUTE, ...route, nlFlags: 0x600 }, { text: '' })).toBe(0)
    return nodes
  }

  test('icmp_msgs_per_sec: the namespace has credit for about 50 at once, and 20 ms later for 20 more', () => {
    const { net, a, r } = farSenders()
    // 200 senders behind a, so that the limit of each does not come into it.
    const sent = (): number => r.counters.icmpOutType(11)
    for (let n = 1; n <= 200; n++) expired(net, a, n)
    net.until(1)
    const first = sent()
    expect(first).toBeGreaterThan(35)
    expect(first).toBeLessThan(75)
    expect(r.counters.icmpOutRateLimitGlobal).toBe(200 - first)
    for (let n = 1; n <= 100; n++) expired(net, a, 300 + n)
    net.until(2)
    expect(sent()).toBe(first)
    net.until(25)
    for (let n = 1; n <= 100; n++) expired(net, a, 500 + n)
    net.until(26)
    expect(sent() - first).toBeGreaterThan(10)
    expect(sent() - first).toBeLessThan(45)
  })

  test('icmp_ratelimit: six at once to one sender, then one a second', () => {
    const { net, a, r } = farSenders()
    for (let n = 0; n < 10; n++) expired(net, a, 1)
    net.until(1)
    expect(r.counters.icmpOutType(11)).toBe(6)
    expect(r.counters.icmpOutRateLimitHost).toBe(4)
    net.until(1001)
    for (let n = 0; n < 3; n++) expired(net, a, 1)
    net.until(1002)
    expect(r.counters.icmpOutType(11)).toBe(7)
  })

  /** A packet as from host `n` behind a, whose TTL ends at r. */
  function expired(net: TestNet, a: InetStack, n: number): void {
    const frame = net.pool.take(28)
    const at = frame.start
    frame.networkAt = at
    frame.end = at + 28
    frame.protocol = 0x0800
    ipv4.write(frame.view, at, 0, 28, n, 0, 1, 253, ip('10.77.0.0') + n, ip('10.0.1.1'))
    a.neighbors.getOrCreate(a.ns.deviceByName('eth1')!, ip('10.0.0.254'))!.output(frame)
  }
})

describe('asked why', () => {
  test('a packet that expires: the error it causes, and what the sender makes of it', () => {
    const { net, a } = routed()
    net.echo(a, '10.0.1.1')
    net.until(1)
    const journal = net.simulation.journal
    journal.tracing = true
    const frame = net.pool.take(28)
    frame.networkAt = frame.start
    frame.end = frame.start + 28
    frame.protocol = 0x0800
    ipv4.write(frame.view, frame.start, 0, 28, 9, 0, 1, 253, ip('10.0.0.1'), ip('10.0.1.1'))
    a.neighbors.lookup(a.ns.deviceByName('eth1')!, ip('10.0.0.254'))!.output(frame)
    net.until(2)
    const told = journal.traces.filter((step) => step.hook.startsWith('icmp'))
    expect(told.map((step) => `${step.node} ${step.hook}: ${step.text}`)).toEqual([
      '1 icmp_send: tell 10.0.0.1: ICMP time to live exceeded',
      '0 icmp_unreach: 10.0.0.254 says of a packet to 10.0.1.1: time to live exceeded',
    ])
    expect(told[0].causes).toBe(told[1].trace)
  })

  test('an error that is not sent says why', () => {
    const { net, a } = routed()
    net.simulation.journal.tracing = true
    const frame = net.pool.take(60)
    frame.networkAt = frame.start
    frame.end = frame.start + 28
    ipv4.write(frame.view, frame.start, 0, 28, 9, 3, 64, 17, ip('10.0.1.1'), ip('10.0.0.1'))
    a.icmp.sendError(frame, icmpv4.ICMP_DEST_UNREACH, icmpv4.ICMP_PORT_UNREACH, 0)
    net.pool.free(frame)
    expect(net.simulation.journal.traces.map((step) => step.text)).toEqual([
      'destination port unreachable is not sent: the packet is a fragment other than the first',
    ])
  })
})

test('hostile messages: a hundred thousand mangled frames neither throw nor leak', () => {
  const { net, a, r } = routed()
  net.pool.relocating = false
  net.echo(a, '10.0.1.1')
  net.until(1)
  const random = net.simulation.random.stream('mangle')
  const device = r.ns.deviceByName('eth1')!
  const outside = a.ns.deviceByName('eth1')!
  for (let n = 0; n < 100_000; n++) {
    const size = random.below(70)
    const frame = net.pool.take(14 + 20 + size)
    const at = frame.start
    frame.end = at + 34 + size
    for (let i = at; i < frame.end; i++) frame.bytes[i] = random.below(256)
    const view = frame.view
    view.setUint16(at, device.macHi)
    view.setInt32(at + 2, device.macLo)
    const isArp = random.below(4) === 0
    view.setUint16(at + 12, isArp ? 0x0806 : 0x0800)
    if (isArp) {
      view.setInt32(at + 14, 0x00010800)
      view.setInt32(at + 18, 0x06040001 + random.below(2))
      if (random.below(2) === 0 && size > 10) view.setInt32(at + 38, ip('10.0.0.254'))
    } else {
      const field = [0, 0, 0x2000, random.below(65536)][random.below(4)]
      const source = ip('10.0.0.0') + random.below(4)
      const destination = ip('10.0.0.254') + random.below(2)
      ipv4.write(view, at + 14, random.below(256), 20 + size, random.below(4), field, random.below(4), 1, source,
        destination)
      if (size > 8) {
        view.setUint8(at + 34, random.below(19))
        icmpv4.fillChecksum(view, at + 34, frame.end)
      }
    }
    outside.transmit(frame)
    if (n % 100 === 0) net.until(2 + n / 10)
    net.lines.length = 0
  }
  net.until(100_000)
  expect(r.counters.icmpInMsgs).toBeGreaterThan(1000)
  let waiting = 0
  for (const stack of [a, r]) for (const neighbor of stack.neighbors.sorted()) waiting += neighbor.queue?.length ?? 0
  expect(net.pool.live).toBe(waiting)
  expect(net.pool.dropped[DropReason.FRAG_REASM_TIMEOUT]).toBeGreaterThan(0)
})
