import { IFF_UP } from '../../device/net-device.ts'
import type { Process, Program } from '../../host/process.ts'
import type { InetSocket } from '../../socket/inet-socket.ts'
import { formatIpv4 } from '../../wire/address.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { ProgramError, reporting } from '../c-number.ts'
import { getopt } from '../getopt.ts'
import { notModelled } from '../not-modelled.ts'
import { flagsOf, interfaces, longText, shortText } from './interface.ts'
import { FAMILIES } from './names.ts'
import { type RouteColumns, routeTable } from './route-table.ts'
import { statistics } from './statistics.ts'
import { NETSTAT_FAMILIES, NETSTAT_USAGE, NETSTAT_VERSION } from './usage.ts'

/**
 * netstat of net-tools 2.10: -r, -i, -s, and the sockets there are here: UDP and raw. With -n only: names of ports and
 * protocols would be those of files that no host here has.
 */
const SHORT = 'A:CFMacdeghilnNoprsStuUvVWw2fx64Z?'
const LONG: Readonly<Record<string, string>> = {
  'protocol=': 'A', version: 'V', interfaces: 'i', help: 'h', route: 'r', masquerade: 'M', raw: 'w', sctp: 'S',
  tcp: 't', udp: 'u', udplite: 'U',
  unix: 'x', listening: 'l', all: 'a', timers: 'o', continuous: 'c', extend: 'e', programs: 'p',
  verbose: 'v', statistics: 's', wide: 'W', fib: 'F', cache: 'C', groups: 'g', numeric: 'n', 'numeric-hosts': '!',
  'numeric-ports': '@', 'numeric-users': '#', symbolic: 'N', inet: '4', inet6: '6', context: 'Z',
}
/** Options of what is not here: other protocols, listings that go on for ever, owners of sockets. */
const LACKING = new Set(['c', 'g', 'o', 'p', 'U', 'f', '6'])

/** The program `netstat`. */
export const netstat: Program = reporting(run)

function run(process: Process): number {
  // It stops at the first option that it does not know.
  const complaints: string[] = []
  const { options } = getopt(process.argv, { short: SHORT, long: LONG }, (text) => complaints.push(text))
  const given = new Set<string>()
  let lacking = ''
  let extended = 0
  for (const { name, value } of options) {
    given.add(name)
    if (name === 'e') extended++
    else if (name === 'V') {
      process.stdout.write(NETSTAT_VERSION)
      return 0
    } else if (name === 'h') {
      process.stdout.write(NETSTAT_USAGE)
      process.stderr.write(NETSTAT_FAMILIES)
      return 0
    } else if (name === '?') throw usage(complaints[0])
    else if (name === 'A') takeFamily(value)
    else if (name === 'Z') throw new ProgramError('SELinux is not enabled on this machine.\n', 1)
    else if (name === '2') throw new ProgramError(NO_BLUETOOTH, 1)
    else if (LACKING.has(name)) lacking = name
  }
  if (lacking !== '') throw new ProgramError(notModelled('netstat', `-${lacking}`), 1)
  if (['i', 'M', 'r', 'g', 's'].filter((name) => given.has(name)).length > 1) throw usage()
  const numeric = given.has('n')
  if (given.has('s')) {
    process.stdout.write(statistics(process, new Set(['t', 'u', 'w'].filter((name) => given.has(name)))))
  } else if (given.has('r')) {
    if (given.has('C')) process.stdout.write(CACHE)
    else process.stdout.write(routeTable(process, ROUTE_COLUMNS[extended] ?? 'none', numeric))
  } else if (given.has('i')) showInterfaces(process, given.has('a'), extended > 0)
  else if (given.has('M')) throw new ProgramError('netstat: no support for `ip_masquerade\' on this system.\n', 1)
  else return showSockets(process, given, numeric, extended > 0)
  return 0
}

const ROUTE_COLUMNS: readonly RouteColumns[] = ['mss', 'metric', 'all']
const CACHE = 'Kernel IP routing cache\n' +
  'Source          Destination     Gateway         Flags   MSS Window  irtt Iface\n'
const NO_BLUETOOTH = 'netstat: feature `AF BLUETOOTH\' not supported.\n' +
  'Please recompile `net-tools\' with newer kernel source or full configuration.\n'

function usage(complaint = ''): ProgramError {
  return new ProgramError(complaint + NETSTAT_USAGE + NETSTAT_FAMILIES, 3)
}

function takeFamily(value: string): void {
  for (const family of value.split(',')) {
    if (!FAMILIES.has(family)) throw new ProgramError(`Unknown address family \`${family}'.\n`, 1)
    if (family !== 'inet') throw new ProgramError(notModelled('netstat', `-A ${family}`), 1)
  }
}

function showInterfaces(process: Process, all: boolean, extended: boolean): void {
  process.stdout.write('Kernel Interface table\n')
  if (!extended) {
    process.stdout.write('Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n')
  }
  for (const each of interfaces(process.namespace)) {
    if (all || (flagsOf(each) & IFF_UP) !== 0) process.stdout.write(extended ? longText(each) : shortText(each))
  }
}

function showSockets(process: Process, given: ReadonlySet<string>, numeric: boolean, extended: boolean): number {
  if (extended) throw new ProgramError(notModelled('netstat', '-e of sockets'), 1)
  const named = ['t', 'u', 'w', 'S', 'x'].filter((name) => given.has(name))
  const wants = (name: string): boolean => named.length === 0 || named.includes(name)
  const which = given.has('a') ? 'servers and established' : given.has('l') ? 'only servers' : 'w/o servers'
  const isShown = (connected: boolean): boolean => given.has('a') || (given.has('l') ? !connected : connected)
  let text = ''
  if (['t', 'u', 'w', 'S'].some(wants)) {
    text += `Active Internet connections (${which})\n` +
      'Proto Recv-Q Send-Q Local Address           Foreign Address         State      \n'
    const { udp, raw } = process.namespace.sockets
    if (wants('u')) {
      for (const socket of udp.sockets) {
        if (!isShown(socket.connected)) continue
        const state = socket.connected ? 'ESTABLISHED' : ''
        text += socketLine(process, numeric, 'udp', socket, socket.port, socket.peerPort, state)
      }
    }
    if (wants('w')) {
      for (const socket of [...raw.list].sort((a, b) => a.protocol - b.protocol)) {
        if (!isShown(socket.connected) || socket.protocol === ipv4.PROTO_RAW) continue
        text += socketLine(process, numeric, 'raw', socket, socket.protocol, 0, socket.connected ? '1' : '7')
      }
    }
  }
  if (named.includes('S')) {
    process.stdout.write(text)
    throw new ProgramError('netstat: no support for `AF INET (sctp)\' on this system.\n', 1)
  }
  if (wants('x')) {
    text += `Active UNIX domain sockets (${which})\n` +
      'Proto RefCnt Flags       Type       State         I-Node   Path\n'
  }
  process.stdout.write(text)
  return 0
}

function socketLine(process: Process, numeric: boolean, protocol: string, socket: InetSocket, port: number,
  peerPort: number, state: string): string {
  if (!numeric) throw new ProgramError(notModelled('netstat', 'names of ports, without -n'), 1)
  const at = (address: number, number: number): string =>
    `${formatIpv4(address).slice(0, 22 - String(number || '*').length)}:${number || '*'}`.padEnd(23)
  return `${protocol.padEnd(4)}  ${String(socket.queue.used).padStart(6)} ${'0'.padStart(6)} ` +
    `${at(socket.boundAddress, port)} ${at(socket.peerAddress, peerPort)} ${state.padEnd(11)}\n`
}
