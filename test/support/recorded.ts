import { readFileSync } from 'node:fs'
import { FramePool } from '../../src/device/frame-pool.ts'
import { Link, PERFECT } from '../../src/device/link.ts'
import { IDLE_DRIVER } from '../../src/device/loopback.ts'
import { ARPHRD_ETHER, IFF_UP, NetDevice } from '../../src/device/net-device.ts'
import { Simulation } from '../../src/engine/simulation.ts'
import { type ExecResult, Host, type ProgramRegistry } from '../../src/host/host.ts'
import { Scheduler } from '../../src/host/scheduler.ts'
import { SIGINT } from '../../src/host/signals.ts'
import { createInetStack } from '../../src/inet/inet-stack.ts'
import { writeSysctl } from '../../src/inet/sysctl.ts'
import {
  AF_INET, type NetlinkMessage, NLM_F_CREATE, NLM_F_EXCL, RTM_NEWADDR, RTM_NEWROUTE, RTM_SETLINK,
} from '../../src/netlink/messages.ts'
import { broadcastOf, parseIpv4, parsePrefix } from '../../src/wire/address.ts'

/**
 * The network in which src/programs/fixtures/record.sh records the real programs, built from ours:
 *
 *   a eth1 10.0.0.1/24 --- eth1 10.0.0.254/24 r eth2 10.0.1.254/24 --- eth1 10.0.1.2/24 b
 *                                             r eth3 10.0.2.254/24 --- eth1 10.0.2.2/24 c   (MTU 1400)
 */
export class RecordedNetwork {
  readonly simulation = new Simulation(1)
  readonly pool = new FramePool(this.simulation.journal)
  readonly scheduler = new Scheduler(this.simulation)
  readonly hosts = new Map<string, Host>()

  constructor(private readonly programs: ProgramRegistry) {
    for (const [node, name] of ['a', 'b', 'c', 'r'].entries()) this.addHost(name, node)
    this.link('a', 'eth1', '10.0.0.1/24', 'r', 'eth1', '10.0.0.254/24', 1)
    this.link('b', 'eth1', '10.0.1.2/24', 'r', 'eth2', '10.0.1.254/24', 2)
    this.link('c', 'eth1', '10.0.2.2/24', 'r', 'eth3', '10.0.2.254/24', 3)
    this.request('c', { type: RTM_SETLINK, ifname: 'eth1', mtu: 1400 })
    this.request('r', { type: RTM_SETLINK, ifname: 'eth3', mtu: 1400 })
    this.sysctl('r', 'net/ipv4/ip_forward', '1')
    this.route('a', '0.0.0.0/0', '10.0.0.254')
    this.route('b', '10.0.0.0/24', '10.0.1.254')
    this.route('c', '0.0.0.0/0', '10.0.2.254')
    for (const [index, type] of [RTN_UNREACHABLE, RTN_PROHIBIT, RTN_BLACKHOLE].entries()) {
      this.route('r', `10.9.${index + 1}.0/24`, null, type)
      this.route('a', `10.8.${index + 1}.0/24`, null, type)
    }
    this.route('r', '10.0.6.0/24', '10.0.0.9')
  }

  /** Makes the neighbours known, as the recording does first. */
  async warmUp(): Promise<void> {
    for (const name of ['a', 'b', 'c']) await this.host(name).exec('ping -c 1 -W 1 10.0.0.254')
    await this.host('a').exec('ping -c 1 -W 1 10.0.1.2')
    await this.host('a').exec('ping -c 1 -W 1 10.0.2.2')
  }

  host(name: string): Host {
    const host = this.hosts.get(name)
    if (host === undefined) throw new Error(`no host ${name}`)
    return host
  }

  /**
   * Runs a line of a cases file: "a ping …", "% 1.5 a ping …" (SIGINT after 1.5 s), "! a sysctl …", "& a hold …" (which
   * stays in the background).
   */
  async run(line: string): Promise<ExecResult> {
    if (line.startsWith('& ')) {
      const process = this.host(line[2]).start(line.slice(4))
      await this.scheduler.run({ limitNs: this.simulation.nowNs + 500e6 })
      const { status, failure } = process
      return { status, stdout: '', stderr: '', startedAtNs: 0, endedAtNs: 0, end: 'done', failure }
    }
    const match = /^(?:! |% ([0-9.]+) )?(\w+) (.*)$/.exec(line)
    if (match === null) throw new Error(`not a case: ${line}`)
    const host = this.host(match[2])
    const process = host.start(match[3])
    if (match[1] !== undefined) {
      await this.scheduler.run({ limitNs: this.simulation.nowNs + Number(match[1]) * 1e9 })
      process.kill(SIGINT)
    }
    const result = await host.finish(process, this.simulation.nowNs + 20e9)
    // The real ones did not follow each other in no time either: ICMP's credit of 50 messages fills up again.
    await this.scheduler.run({ limitNs: this.simulation.nowNs + 60e6 })
    return result
  }

  sysctl(host: string, path: string, value: string): void {
    check(writeSysctl(this.namespace(host).ns, path, value), path)
  }

  namespace(host: string) {
    const namespace = this.host(host).namespaces.get('')
    if (namespace === undefined) throw new Error('a host has its initial namespace')
    return namespace
  }

  private addHost(name: string, node: number): void {
    const host = new Host(this.simulation, this.scheduler, name, node, this.programs)
    const namespace = host.addNamespace(createInetStack(this.simulation, this.pool, node, name))
    this.hosts.set(name, host)
    namespace.ns.loopback.setUp(true)
    this.sysctl(name, 'net/ipv4/icmp_ratelimit', '0')
  }

  private link(a: string, deviceA: string, addressA: string, b: string, deviceB: string, addressB: string,
    number: number): void {
    const mac = 0x020000000000 + number * 256
    const one = this.device(a, deviceA, mac + 1)
    const two = this.device(b, deviceB, mac + 2)
    const link = new Link(this.simulation, one, two, this.simulation.nextLane(one.stack.node),
      this.simulation.nextLane(two.stack.node))
    for (const direction of [link.a, link.b]) direction.setImpairments({ ...PERFECT, delayNs: 10_000 }, '')
    this.address(a, one, addressA)
    this.address(b, two, addressB)
    this.request(a, { type: RTM_SETLINK, index: one.ifindex, flags: IFF_UP, change: IFF_UP })
    this.request(b, { type: RTM_SETLINK, index: two.ifindex, flags: IFF_UP, change: IFF_UP })
  }

  private device(host: string, name: string, mac: number): NetDevice {
    const { ns } = this.namespace(host)
    const device = new NetDevice(ns, name, ns.takeIfindex(), ARPHRD_ETHER, 1500, mac, IDLE_DRIVER)
    ns.addDevice(device)
    return device
  }

  private address(host: string, device: NetDevice, text: string): void {
    const prefix = parsePrefix(text)
    if (prefix === null) throw new Error(text)
    this.request(host, {
      type: RTM_NEWADDR, nlFlags: NLM_F_CREATE | NLM_F_EXCL, family: AF_INET, index: device.ifindex,
      prefixLength: prefix.length, local: prefix.address, address: prefix.address,
      broadcast: broadcastOf(prefix.address, prefix.length),
    })
  }

  private route(host: string, to: string, via: string | null, routeType = RTN_UNICAST): void {
    const prefix = parsePrefix(to)
    if (prefix === null) throw new Error(to)
    this.request(host, {
      type: RTM_NEWROUTE, nlFlags: NLM_F_CREATE | NLM_F_EXCL, family: AF_INET, destination: prefix.address,
      destinationLength: prefix.length, table: RT_TABLE_MAIN, protocol: RTPROT_BOOT, scope: 0, routeType,
      gateway: via === null ? undefined : parseIpv4(via) ?? undefined,
    })
  }

  private request(host: string, message: NetlinkMessage): void {
    const reply = this.namespace(host).netlink.request(message)
    check(reply.error, `${JSON.stringify(message)} ${reply.extack}`)
  }
}

const RTN_UNICAST = 1
const RTN_BLACKHOLE = 6
const RTN_UNREACHABLE = 7
const RTN_PROHIBIT = 8
const RT_TABLE_MAIN = 254
const RTPROT_BOOT = 3

function check(error: number, what: string): void {
  if (error !== 0) throw new Error(`${what}: ${error}`)
}

/** One recorded command, or a command run for its effect (status null). */
export interface RecordedCase {
  readonly line: string
  readonly stdout: string
  readonly stderr: string
  readonly status: number | null
}

/** Reads a file that record.sh wrote. */
export function readRecord(url: URL): RecordedCase[] {
  const cases: RecordedCase[] = []
  let line = ''
  let texts = ['', '']
  let last = 0
  for (const row of readFileSync(url, 'utf8').split('\n')) {
    if (row.startsWith('! ') || row.startsWith('& ')) cases.push({ line: row, stdout: '', stderr: '', status: null })
    else if (row.startsWith('$ ')) {
      line = row.slice(2)
      texts = ['', '']
    } else if (row.startsWith('1|') || row.startsWith('2|')) {
      last = Number(row[0]) - 1
      texts[last] += `${row.slice(2)}\n`
    } else if (row === '\\') texts[last] = texts[last].slice(0, -1)
    else if (row.startsWith('=')) cases.push({ line, stdout: texts[0], stderr: texts[1], status: Number(row.slice(1)) })
  }
  return cases
}
