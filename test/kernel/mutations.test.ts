/**
 * The comparison with the kernel can fail: each of these deliberate breaks of our stack is told by the recordings of a
 * bundled lab, in the field that was broken. A break wraps a method of a class while one lab runs; the product has no
 * hooks for it.
 */
import { afterEach, describe, expect, test } from 'vitest'
import { Bridge } from '../../src/device/bridge/bridge.ts'
import type { Frame } from '../../src/device/frame.ts'
import { Arp } from '../../src/inet/arp.ts'
import { type InDevice, inDeviceOf } from '../../src/inet/in-device.ts'
import { Forwarder } from '../../src/inet/ipv4/forward.ts'
import { Ipv4Fragmenter } from '../../src/inet/ipv4/fragment.ts'
import { Icmp } from '../../src/inet/ipv4/icmp.ts'
import { Ipv4Output } from '../../src/inet/ipv4/output.ts'
import { PeerTable } from '../../src/inet/ipv4/peers.ts'
import { NUD_DELAY, NUD_INCOMPLETE } from '../../src/inet/neighbor/constants.ts'
import type { Neighbor } from '../../src/inet/neighbor/neighbor.ts'
import { NeighborTable } from '../../src/inet/neighbor/neighbor-table.ts'
import type { NetNamespace } from '../../src/inet/net-namespace.ts'
import type { FibResult } from '../../src/inet/route/flow.ts'
import { RouteTable } from '../../src/inet/route/route-table.ts'
import { Routing } from '../../src/inet/route/routing.ts'
import type { CapturedFrame } from '../../src/node/kernel/captures.ts'
import { compareLanes, type LaneComparison } from '../../src/node/kernel/compare.ts'
import { planOf } from '../../src/node/kernel/plan.ts'
import { pairFields } from '../../src/node/kernel/side-by-side.ts'
import { simulate } from '../../src/node/kernel/simulate.ts'
import * as arp from '../../src/wire/arp.ts'
import * as icmpv4 from '../../src/wire/icmpv4.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import { readLab } from '../support/labs.ts'
import { loadRecording } from './recording.ts'

type Method = (this: unknown, ...args: unknown[]) => unknown

const undo: (() => void)[] = []
afterEach(() => { for (const each of undo.splice(0)) each() })

/** Replaces a method until the test is over; `self` and `args` are its own. Private ones too: a break knows no privacy. */
function wrap<Self, Args extends unknown[]>(owner: { readonly prototype: object }, name: string,
  wrapper: (self: Self, original: (...args: unknown[]) => unknown, args: Args) => unknown): void {
  const methods = owner.prototype as Record<string, Method>
  const original = methods[name]
  if (original === undefined) throw new Error(`there is no method ${name} to break`)
  undo.push(() => { methods[name] = original })
  methods[name] = function broken(...args) {
    return wrapper(this as Self, (...given) => original.apply(this, given), args as Args)
  }
}

/** What the simulator sends on a lab's links, and what the kernel sent. */
async function comparedWithKernel(lab: string): Promise<LaneComparison[]> {
  const model = readLab(lab)
  const { captures, untilMs } = loadRecording(lab)
  return compareLanes(captures, (await simulate(model, planOf(model))).captures, untilMs * 1e6)
}

/**
 * What is not the same in the first difference of each lane: `ipv4 ttl`, a field; or `missing`, `surplus`: a frame that
 * only one of both sends there, before what both send.
 */
function signs(lanes: readonly LaneComparison[]): string[] {
  const found = lanes.flatMap(({ kernel, twin, differsAt }) => {
    if (differsAt === null || kernel === null || twin === null) return []
    const [theirs, ours] = [kernel[differsAt], twin[differsAt]]
    if (ours === undefined || occurs(ours, kernel, differsAt)) return ['missing']
    if (theirs === undefined || occurs(theirs, twin, differsAt)) return ['surplus']
    return pairFields(theirs, ours).filter(({ same }) => !same).map(({ layer, field }) => `${layer} ${field}`)
  })
  return [...new Set(found)]
}

function occurs(frame: CapturedFrame, frames: readonly CapturedFrame[], from: number): boolean {
  return frames.slice(from).some(({ bytes }) => Buffer.compare(bytes, frame.bytes) === 0)
}

interface Break {
  readonly what: string
  readonly lab: string
  /** Among the differences. */
  readonly sign: string
  apply(): void
}

const BREAKS: readonly Break[] = [
  {
    what: 'a router does not decrement the TTL',
    lab: 'mac-changes-ip-stays', sign: 'ipv4 ttl',
    apply: () => wrap(Forwarder, 'forward', (self: { ns: NetNamespace }, original, [frame, ...rest]: [Frame, ...unknown[]]) => {
      self.ns.pool.writable(frame)
      ipv4.setTtl(frame.view, frame.networkAt, Math.min(255, ipv4.ttl(frame.view, frame.networkAt) + 1))
      ipv4.fillChecksum(frame.view, frame.networkAt)
      return original(frame, ...rest)
    }),
  },
  {
    what: 'an ARP reply names the asker as the sender',
    lab: 'first-ping', sign: 'arp sender protocol address',
    apply: () => wrap(Arp, 'build', (_self, original, args: unknown[]) => {
      const [device, operation, target, sender, ...rest] = args
      return original(device, operation, target, operation === arp.ARPOP_REPLY ? target : sender, ...rest)
    }),
  },
  {
    what: 'an ARP request that nobody answers is not sent again',
    lab: 'proxy-arp', sign: 'missing',
    apply: () => wrap(NeighborTable, 'ask', (_self, original, [neighbor]: [Neighbor]) => {
      const { ucastProbes } = inDeviceOf(neighbor.device).neighborParams
      if (neighbor.state !== NUD_INCOMPLETE || neighbor.probes === ucastProbes) return original(neighbor)
      neighbor.probes++
      return undefined
    }),
  },
  {
    what: 'an ICMP error quotes the header and eight bytes only, as in RFC 792',
    lab: 'mac-changes-ip-stays', sign: 'ipv4 total length',
    apply: () => wrap(Icmp, 'sendQuoting', (_self, original, [frame, ...rest]: [Frame, ...unknown[]]) => {
      const { end } = frame
      frame.end = Math.min(end, frame.networkAt + ipv4.headerLen(frame.view, frame.networkAt) + 8)
      original(frame, ...rest)
      frame.end = end
    }),
  },
  {
    what: 'a router never sends a redirect',
    lab: 'same-switch-two-subnets', sign: 'missing',
    apply: () => wrap(PeerTable, 'mayRedirect', () => false),
  },
  {
    what: 'an echo reply may not be fragmented (DF)',
    lab: 'first-ping', sign: 'ipv4 flags',
    apply: () => wrap(Ipv4Output, 'send', (_self, original, args: unknown[]) => {
      const [message, , , , protocol] = args as [Frame, unknown, number, number, number]
      const isReply = protocol === ipv4.PROTO_ICMP && icmpv4.type(message.view, message.start) === icmpv4.ICMP_ECHOREPLY
      const changed: unknown[] = [...args]
      if (isReply) changed[7] = ipv4.IP_DF
      return original(...changed)
    }),
  },
  {
    what: 'a fragment is eight bytes shorter than it could be',
    lab: 'mtu-black-hole', sign: 'ipv4 total length',
    apply: () => wrap(Ipv4Fragmenter, 'cut', (_self, original, args: unknown[]) => {
      const [frame, route, headerLength, room, next] = args as [Frame, unknown, number, number, unknown]
      return original(frame, route, headerLength, room - 8, next)
    }),
  },
  {
    what: 'a bridge floods what it knows',
    lab: 'learn-and-flood', sign: 'surplus',
    apply: () => wrap(Bridge, 'lookup', () => -1),
  },
  {
    what: 'the route of the highest metric wins',
    lab: 'two-paths', sign: 'missing',
    apply: () => wrap(RouteTable, 'lookup', (_self, original, [flow, flags, result]: [unknown, number, FibResult]) => {
      const error = original(flow, flags, result)
      for (let route = result.route; error === 0 && route !== null; route = route.next) {
        result.route = route
        result.info = route.info
        result.nexthop = route.info.first
      }
      return error
    }),
  },
  {
    what: 'proxy ARP is always on',
    lab: 'proxy-arp', sign: 'missing',
    apply: () => wrap(Arp, 'standsInFor', () => true),
  },
  {
    what: 'a router names itself by the address of its last interface',
    lab: 'mac-changes-ip-stays', sign: 'ipv4 source',
    apply: () => wrap(Routing, 'nexthopSource', (self: { ns: NetNamespace }) =>
      self.ns.devices.map(device => (inDeviceOf(device) as InDevice | null)?.addresses[0]?.address ?? 0)
        .filter(address => address !== 0).pop() ?? 0),
  },
  {
    what: 'a neighbour in DELAY is taken for reachable, and never probed',
    lab: 'first-ping', sign: 'missing',
    apply: () => wrap(NeighborTable, 'onNeighborTimer', (self: { ns: NetNamespace }, original, [neighbor]: [Neighbor]) => {
      if (neighbor.state === NUD_DELAY) neighbor.confirmedNs = self.ns.simulation.clock.ns[0]
      return original(neighbor)
    }),
  },
  {
    what: 'a host does not heed that a packet was too big',
    lab: 'mtu-black-hole', sign: 'ipv4 total length',
    apply: () => wrap(Routing, 'updatePmtu', () => undefined),
  },
]

describe('a break of the stack is told by the kernel’s recordings', () => {
  for (const { what, lab, sign, apply } of BREAKS) {
    test(`${what}: ${lab}: ${sign}`, async () => {
      expect(signs(await comparedWithKernel(lab)), 'without the break').toEqual([])
      apply()
      expect(signs(await comparedWithKernel(lab))).toContain(sign)
    })
  }

  test('there are at least ten', () => {
    expect(new Set(BREAKS.map(({ what }) => what)).size).toBeGreaterThanOrEqual(10)
  })
})
