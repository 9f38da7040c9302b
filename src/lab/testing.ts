import { encodeUtf8 } from '../base/utf8.ts'
import type { Process, Program, ProgramRegistry } from '../host/process.ts'
import { parseIpv4 } from '../wire/address.ts'
import type { InterfaceCapture } from './captures.ts'
import { Lab, type LabOptions } from './lab.ts'

/* For tests of labs that run: small programs that use the network, and labs to run them in. */

/** probe ADDRESS [COUNT]: sends datagrams to a closed port; each that is refused was answered. 0 if all were. */
async function probe(process: Process, address: string, count: number): Promise<number> {
  const socket = process.namespace.sockets.udp.open()
  process.onClose(() => socket.close())
  socket.connect(parseIpv4(address) ?? 0, 7)
  let answered = 0
  for (let i = 1; i <= count; i++) {
    socket.send(encodeUtf8(`probe ${i}`))
    const startedNs = process.nowNs
    if (await process.waitReadable(socket, startedNs + 1e9) && socket.takePendingError() !== 0) {
      process.stdout.write(`${i} refused\n`)
      answered++
    }
    await process.sleepUntil(startedNs + 1e8)
  }
  return answered === count ? 0 : 1
}

const words = (process: Process): string => process.argv.slice(1).join(' ')

export const PROGRAMS: ProgramRegistry = new Map<string, Program>([
  ['probe', (process) => probe(process, process.argv[1], Number(process.argv[2] ?? '1'))],
  // ping as pingAll() calls it.
  ['ping', (process) => probe(process, process.argv.at(-1) ?? '', 1)],
  ['say', async (process) => {
    process.stdout.write(`${words(process)}\n`)
    return 0
  }],
  ['complain', async (process) => {
    process.stderr.write(`${words(process)}\n`)
    return 1
  }],
  ['rest', async (process) => {
    await process.sleep(Number(process.argv[1]) * 1e6)
    return 0
  }],
])

/** Two hosts on a switch, a router behind it, and a host behind the router. */
export const LAB = `name: running
topology:
  nodes:
    alice: { kind: host, interfaces: { eth1: 10.0.0.1/24 }, gateway: 10.0.0.254 }
    bob: { kind: host, interfaces: { eth1: 10.0.0.2/24 }, gateway: 10.0.0.254 }
    r: { kind: router, interfaces: { eth1: 10.0.0.254/24, eth2: 10.0.1.1/24 } }
    sw: { kind: switch }
    far: { kind: host, interfaces: { eth1: 10.0.1.9/24 }, gateway: 10.0.1.1 }
  links:
    - endpoints: ["alice:eth1", "sw:eth1"]
    - endpoints: ["bob:eth1", "sw:eth2"]
    - endpoints: ["r:eth1", "sw:eth3"]
    - endpoints: ["r:eth2", "far:eth1"]
script:
  - { at: 2s, link: "bob:eth1", set: { state: down } }
  - { at: 4s, link: "bob:eth1", set: { state: up } }
checks:
  - { on: alice, run: probe 10.0.0.2, at: 1s, expect: { exit: 0, stdout: refused } }
  - { name: while the cable is cut, on: alice, run: probe 10.0.0.2, at: 3s, expect: { exit: 1, stdout: { equals: "" } } }
  - { on: alice, run: probe 10.0.1.9, at: 5s, expect: { exit: 0 } }
  - { on: bob, capture: eth1, filter: udp, at: 6s, expect: { frames: 1 } }
`

/** The same, with chance on two cables. */
export const LOSSY = LAB.replace('["bob:eth1", "sw:eth2"]', '["bob:eth1", "sw:eth2"]\n      loss: 30%\n      delay: 2ms')
  .replace('["r:eth2", "far:eth1"]', '["r:eth2", "far:eth1"]\n      jitter: 1ms\n      delay: 5ms')
  .replace(/^script:[^]*/m, `script:
  - { at: 1s, on: alice, run: probe 10.0.0.2 10 }
  - { at: 1s, on: bob, run: probe 10.0.1.9 10 }
`)

export function start(text: string, options: LabOptions = {}): Promise<Lab> {
  return Lab.fromText(text, 'lab.yaml', { programs: PROGRAMS, ...options })
}

/** A capture in words: "out arp", "in ip 17". */
export function formatCapture(capture: InterfaceCapture): string[] {
  return capture.frames.map(({ direction, bytes }) =>
    `${direction} ${bytes[12] === 8 && bytes[13] === 6 ? 'arp' : `ip ${bytes[23]}`}`)
}
