import type { Process } from '../../host/process.ts'
import { Terminal } from '../../host/terminal.ts'
import { UDP_SERVICES } from '../../capture/tcpdump/services.ts'
import { formatIpv4 } from '../../wire/address.ts'
import { ProgramError } from '../c-number.ts'
import { nameOf } from '../resolve.ts'
import { hearsAll, holdersOf, socketEntries, type SocketEntry, STATES } from './entry.ts'
import { parseFilter, SyntaxFault, type Test } from './filter.ts'
import { ipProtocolName, linkProtocolName } from './names.ts'
import { parseSsOptions, type SsOptions, type Table } from './options.ts'
import { COLUMNS, render } from './table.ts'
import { USAGE } from './usage.ts'

/**
 * ss of iproute2 6.1: what sockets there are.
 *
 *     options.ts   the command line: tables, states
 *     filter.ts    expressions: `dst 10.0.0.0/8 and not sport = :53`
 *     entry.ts     the sockets of the namespace, one kind after the other; a new kind is added there
 *     table.ts     the widths of the columns
 *
 * Here are packet, raw and UDP sockets. Ping sockets are shown by no ss. Tables that no host here has (Unix, netlink,
 * vsock …) are empty, as on a host that uses none of them; `tcp` is, until there is TCP. Raw sockets are shown as by a
 * kernel without raw_diag: from /proc/net/raw, without what -e and -m tell.
 */
export async function ss(process: Process): Promise<number> {
  try {
    const options = parseSsOptions(process)
    if (options !== null) show(process, options)
    return 0
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error
    process.stderr.write(error.text)
    return error.status
  }
}

/** Ports above 32767 and below 61000 have no names: they are the kernel's to give (is_ephemeral). */
const EPHEMERAL_LOW = 32768
const EPHEMERAL_HIGH = 60999

function show(process: Process, options: SsOptions): void {
  const entries = socketEntries(options.namespace)
  if (options.summary) {
    process.stdout.write(summary(options, entries))
    if (options.summaryOnly) return
  }
  const test = readFilter(process, options)
  const rows: string[][] = options.header ? [COLUMNS.map((column) => column.header)] : []
  for (const entry of entries) {
    if (isShown(entry, options) && (test === null || test(entry))) rows.push(row(process, options, entry))
  }
  process.stdout.write(render(rows, hidden(options), screenWidth(process)))
}

/** Columns of the terminal (TIOCGWINSZ); no limit where there is none, and where it does not say. */
function screenWidth(process: Process): number {
  const file = process.descriptors.get(1)?.file
  return file instanceof Terminal && file.columns > 0 ? file.columns : Infinity
}

function readFilter(process: Process, options: SsOptions): Test | null {
  const { preferred, tables } = options
  const family = preferred === 'inet' || preferred === 'inet6' || preferred === 'link' ? preferred : ''
  try {
    return parseFilter(options.filter, { process, family, udp: tables.has('udp'), tcp: tables.has('tcp') })
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error
    throw new ProgramError(`ss: bison bellows (while parsing filter): "syntax error!" Sorry.\n${USAGE}`, 255)
  }
}

function hidden(options: SsOptions): Set<number> {
  const columns = new Set<number>()
  if (options.tables.size === 1) columns.add(0)
  if ((options.states & (options.states - 1)) === 0) columns.add(1)
  return columns
}

const TABLES: Readonly<Record<SocketEntry['netid'], readonly Table[]>> = {
  // Whoever asks for one kind of packet sockets gets both.
  p_raw: ['packet_r', 'packet_dg'], p_dgr: ['packet_r', 'packet_dg'], raw: ['raw'], udp: ['udp'], tcp: ['tcp'],
}

function isShown(entry: SocketEntry, options: SsOptions): boolean {
  const { tables, families, states, preferred } = options
  if (!TABLES[entry.netid].some((table) => tables.has(table)) || (states & (1 << entry.state)) === 0) return false
  if (entry.family === 'link') return families.has('link')
  return families.has('inet') && preferred !== 'inet6'
}

function row(process: Process, options: SsOptions, entry: SocketEntry): string[] {
  const counts = [entry.receiveQueue, entry.sendQueue].map((each) => String(each).padEnd(6))
  return [entry.netid, STATES[entry.state], ...counts, ...addresses(process, options, entry), rest(process, options, entry)]
}

function addresses(process: Process, options: SsOptions, entry: SocketEntry): string[] {
  const deviceName = (ifindex: number): string => options.namespace.ns.deviceByIndex(ifindex)?.name ?? `if${ifindex}`
  if (entry.family === 'link') {
    const protocol = hearsAll(entry) ? '*' : linkProtocolName(entry.localAddress, options.numeric)
    return [`${protocol}:`, entry.ifindex === 0 ? '*' : deviceName(entry.ifindex), '*', '']
  }
  const host = (address: number): string => options.resolveHosts ? nameOf(process, address) : formatIpv4(address)
  const port = (number: number): string => portName(entry, options, number)
  const bound = entry.ifindex === 0 ? '' : `%${deviceName(entry.ifindex)}`
  return [
    `${host(entry.localAddress)}${bound}:`, port(entry.localPort), `${host(entry.remoteAddress)}:`, port(entry.remotePort),
  ]
}

function portName(entry: SocketEntry, options: SsOptions, port: number): string {
  if (port === 0) return '*'
  if (options.numeric) return String(port)
  if (entry.netid === 'raw') return ipProtocolName(port)
  if (port >= EPHEMERAL_LOW && port <= EPHEMERAL_HIGH) return String(port)
  return UDP_SERVICES.get(port) ?? String(port)
}

/** The column Process, and what options put behind it. */
function rest(process: Process, options: SsOptions, entry: SocketEntry): string {
  const holders = holdersOf(process, entry.socket)
  let text = ''
  if (options.processes && holders.length > 0) {
    const users = holders.map(({ name, pid, fd }) => `("${name}",pid=${pid},fd=${fd})`)
    text += ` users:(${users.join(',')})`
  }
  if (!entry.details) return text
  const isPacket = entry.family === 'link'
  const line = options.oneLine ? ' ' : '\n\t'
  if (options.details) {
    const inode = holders.length === 0 ? 0 : holders[0].inode
    text += ` ino:${inode} sk:${inode.toString(16)}`
    if (entry.mark !== 0) text += ` fwmark:0x${(entry.mark >>> 0).toString(16)}`
    if (isPacket) text += `${line}ver:0 cpy_thresh:0 flags( ${isRunning(options, entry) ? 'running ' : ''})`
    else text += ' cgroup:/ <->'
  }
  if (!isPacket) {
    if (options.tos) text += ` tos:${hex(entry.tos)} class_id:${hex(entry.priority)}`
    if (options.cgroup) text += ' cgroup:/'
    if (options.socketOptions) text += `${line}inet-sockopt: (${entry.options.map((each) => ` ${each}`).join('')})`
  }
  if (options.memory && entry.memory !== null) text += `${isPacket || options.oneLine ? '' : '\n\t'}${memory(entry)}`
  return text
}

function memory(entry: SocketEntry): string {
  const { receiveBuffer, sendBuffer, drops } = entry.memory ?? { receiveBuffer: 0, sendBuffer: 0, drops: 0 }
  const used = entry.receiveQueue
  // What was set aside for the queue is whole pages (sk_forward_alloc).
  const spare = entry.family === 'link' ? 0 : (4096 - (used % 4096)) % 4096
  return ` skmem:(r${used},rb${receiveBuffer},t0,tb${sendBuffer},f${spare},w0,o0,bl0,d${drops})`
}

function isRunning(options: SsOptions, entry: SocketEntry): boolean {
  if (entry.localAddress === 0) return false
  return entry.ifindex === 0 || (options.namespace.ns.deviceByIndex(entry.ifindex)?.up ?? false)
}

/** printf("%#x"). */
function hex(value: number): string {
  return value === 0 ? '0' : `0x${value.toString(16)}`
}

function summary(options: SsOptions, entries: readonly SocketEntry[]): string {
  const count = (netid: string): number => entries.filter((entry) => entry.netid === netid).length
  const raw = count('raw')
  const udp = count('udp')
  const total = entries.length + options.namespace.sockets.ping.sockets.length
  const line = (name: string, number: number): string => {
    const cell = String(number).padEnd(9)
    return `${name}\t  ${cell} ${cell} ${'0'.padEnd(9)}\n`
  }
  return `Total: ${total}\nTCP:   0 (estab 0, closed 0, orphaned 0, timewait 0)\n\n` +
    `Transport Total     IP        IPv6\n${line('RAW', raw)}${line('UDP', udp)}${line('TCP', 0)}` +
    `${line('INET', raw + udp)}${line('FRAG', 0)}\n`
}
