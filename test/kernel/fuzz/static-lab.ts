/** Labs of the first class: configuration, listings and `ip route get`; no packets but ARP's own, little waiting. */
import { Dice } from './dice.ts'
import type { FuzzInterface, FuzzLab, FuzzNode, FuzzStep } from './fuzz-lab.ts'
import * as words from './words.ts'

const STEP_MS = 10
/** Otherwise the key of the multipath hash is random (FID-ROUTE-014). */
const HASH_SEED = ['net.ipv4.fib_multipath_hash_seed', '3'] as const
/** Linux tells of a lost or gained carrier up to a second late (FID-LINK-012). */
const CARRIER_MS = 1400

/** Two or three nodes; most commands on the first, which has one to three cables. */
export function staticLab(seed: number): FuzzLab {
  const dice = new Dice(seed, 'static')
  const cables = dice.between(1, 3)
  const peers = dice.once(3) ? ['b', 'c'] : ['b']
  const links = Array.from({ length: cables }, (_, i) => [`a:eth${i + 1}`, peerEnd(peers, i)] as const)
  const nets = Array.from({ length: cables }, (_, i) => dice.pick([`10.${i}.0`, `10.0.${i}`, `192.168.${i}`]))
  const lengths = nets.map(() => dice.pick([24, 24, 24, 16, 25, 30, 31, 32, 8]))
  const first: FuzzNode = {
    name: 'a', kind: dice.once(3) ? 'router' : 'host', gateway: null, routes: [], sysctls: [HASH_SEED],
    interfaces: nets.map((net, i): FuzzInterface => ({
      name: `eth${i + 1}`, mtu: null, up: !dice.once(6),
      addresses: [
        ...(dice.once(4) ? [] : [`${net}.1/${lengths[i]}`]), ...(dice.once(4) ? [`${net}.129/${lengths[i]}`] : []),
        ...(dice.once(8) ? [`${net}.200/${dice.between(8, 32)}`] : []),
      ],
    })),
  }
  const others = peers.map((name): FuzzNode => ({
    name, kind: 'host', gateway: null, routes: [], sysctls: [],
    interfaces: links.flatMap(([, end], i): FuzzInterface[] => end.startsWith(`${name}:`)
      ? [{ name: end.slice(name.length + 1), addresses: [`${nets[i]}.2/${lengths[i]}`], mtu: null, up: !dice.once(8) }] : []),
  }))
  const vocabulary = new words.Words({
    dice, devices: links.map(([end]) => end.slice(2)), prefixes: nets.map(net => `${net}.0/24`),
    addresses: nets.flatMap(net => [`${net}.1`, `${net}.2`, `${net}.2`, `${net}.3`]),
  })
  return {
    name: `fuzz-static-${seed}`, about: 'Configuration and listings.', nodes: [first, ...others], links,
    steps: stepsOf(dice, vocabulary),
  }
}

function peerEnd(peers: readonly string[], i: number): string {
  return `${peers[i % peers.length]}:eth${Math.floor(i / peers.length) + 1}`
}

function stepsOf(dice: Dice, vocabulary: words.Words): FuzzStep[] {
  const steps: FuzzStep[] = []
  let atMs = STEP_MS
  const add = (run: string, pauseMs = STEP_MS): void => {
    steps.push({ atMs, on: 'a', run })
    atMs += pauseMs
  }
  const count = dice.between(6, 22)
  let pauses = 0
  // A lab has a leaning, so that commands meet in one place.
  const leaning = dice.below(8)
  const weight = (of: number): number => leaning === of ? 12 : 2
  for (let i = 0; i < count; i++) {
    dice.weighted([
      [weight(0), () => add(words.addressCommand(vocabulary))],
      [weight(1) + 3, () => add(words.routeCommand(vocabulary))],
      [weight(2), () => add(words.ruleCommand(vocabulary))],
      [weight(3), () => add(words.neighborCommand(vocabulary))],
      [weight(4), () => {
        const command = words.linkCommand(vocabulary)
        const moves = /\b(?:up|down|master|nomaster|del)\b/.test(command)
        if (!moves || pauses++ < 2) add(command, moves ? CARRIER_MS : STEP_MS)
      }],
      [weight(5), () => add(words.sysctlCommand(vocabulary))],
      [weight(6), () => {
        const command = words.otherCommand(vocabulary)
        const moves = /^ifconfig/.test(command)
        if (!moves || pauses++ < 2) add(command, moves ? CARRIER_MS : STEP_MS)
      }],
      [weight(7) - 1, () => add(words.bridgeCommand(vocabulary))],
      [4, () => add(words.routeGet(vocabulary))],
      [4, () => add(listing(dice, vocabulary))],
    ])
  }
  for (const command of ['ip addr', 'ip route show table all', 'ip rule', 'ip neigh']) add(command)
  for (let i = dice.between(1, 5); i > 0; i--) add(listing(dice, vocabulary))
  for (let i = dice.between(2, 6); i > 0; i--) add(words.routeGet(vocabulary))
  return steps
}

function listing(dice: Dice, vocabulary: words.Words): string {
  return dice.weighted([
    [4, () => words.addressShow(vocabulary)], [5, () => words.routeShow(vocabulary)], [2, () => words.ruleShow(vocabulary)],
    [3, () => words.neighborShow(vocabulary)], [3, () => words.linkShow(vocabulary)], [2, () => words.otherShow(vocabulary)],
  ])
}
