import type { Process } from '../../host/process.ts'
import { parseIpv4Aton } from '../../wire/address.ts'
import { show } from './names.ts'

/** How a routing table is laid out: with metrics, with window and irtt, or with all. */
export type RouteColumns = 'metric' | 'mss' | 'all' | 'none'

const HEADERS: Readonly<Record<RouteColumns, string>> = {
  metric: 'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n',
  mss: 'Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n',
  all: 'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface    MSS   Window irtt\n',
  none: '',
}
const RTF_UP = 0x1
const RTF_GATEWAY = 0x2
const RTF_HOST = 0x4
const RTF_REJECT = 0x200

/** The routing table of /proc/net/route as `route` and `netstat -r` print it (lib/inet_gr.c rprint_fib). */
export function routeTable(process: Process, columns: RouteColumns, numeric: boolean): string {
  const text = process.readFile('/proc/net/route')
  let out = `Kernel IP routing table\n${HEADERS[columns]}`
  if (typeof text === 'number' || columns === 'none') return out
  for (const line of text.trimEnd().split('\n').slice(1)) out += routeLine(process, line, columns, numeric)
  return out
}

/** What `-C` shows: Linux has no routing cache any more. */
export const ROUTE_CACHE = 'Kernel IP routing cache\n' +
  'Source          Destination     Gateway         Flags Metric Ref    Use Iface\n'

function routeLine(process: Process, line: string, columns: RouteColumns, numeric: boolean): string {
  const [device, to, via, flagWord, , , metric, genmask, mss, window, irtt] = line.trim().split('\t')
  const flags = parseInt(flagWord, 16)
  if ((flags & RTF_UP) === 0) return ''
  const reject = (flags & RTF_REJECT) !== 0
  const mask = address(genmask)
  const destination = show(process, address(to), mask, numeric)
  const gateway = reject ? '-' : show(process, address(via), -1, numeric)
  const letters = (reject ? '!' : 'U') + ((flags & RTF_GATEWAY) !== 0 ? 'G' : '') +
    ((flags & RTF_HOST) !== 0 ? 'H' : '')
  const head = `${destination.padEnd(15)} ${gateway.padEnd(15)} ${show(process, mask, 0, true).padEnd(15)} ` +
    `${letters.padEnd(5)} `
  const or = (value: string): string => reject ? '-' : value
  const metrics = `${String(Number(metric) | 0).padEnd(6)} ${or('0').padEnd(3)} ${'0'.padStart(6)}`
  if (columns === 'mss') {
    return `${head}${or(mss).padStart(5)} ${or(window).padEnd(5)} ${or(irtt).padStart(6)} ${or(device)}\n`
  }
  if (columns === 'metric') return `${head}${metrics} ${or(device)}\n`
  return `${head}${metrics} ${or(device).padEnd(8)} ${or(mss).padEnd(5)} ${or(window).padEnd(6)} ${or(irtt)}\n`
}

/** "0000000A" is 10.0.0.0. */
function address(hex: string): number {
  return parseIpv4Aton([6, 4, 2, 0].map((at) => parseInt(hex.slice(at, at + 2), 16)).join('.')) ?? 0
}
