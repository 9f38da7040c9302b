import { strerror } from '../../base/errno.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { HostNamespace } from '../../host/host-namespace.ts'
import type { Process } from '../../host/process.ts'
import { ProgramError } from '../c-number.ts'
import { getopt } from '../getopt.ts'
import { notModelled } from '../not-modelled.ts'
import { SS_CLOSE, SS_ESTABLISHED } from './entry.ts'
import { USAGE, VERSION } from './usage.ts'

const SHORT = 'haletuwxnro460spTbEf:mMiA:D:F:vVzZN:KHSOd'
/** In the order of the real one's table, which its messages about ambiguous words follow. */
const LONG: Readonly<Record<string, string>> = {
  numeric: 'n', resolve: 'r', options: 'o', extended: 'e', memory: 'm', info: 'i', processes: 'p', threads: 'T', bpf: 'b',
  events: 'E', dccp: 'd', tcp: 't', sctp: 'S', udp: 'u', raw: 'w', unix: 'x', tipc: 'tipc', vsock: 'vsock', all: 'a',
  listening: 'l', ipv4: '4', ipv6: '6', packet: '0', 'family=': 'f', 'socket=': 'A', 'query=': 'A', summary: 's',
  'diag=': 'D', 'filter=': 'F', version: 'V', help: 'h', context: 'Z', contexts: 'z', 'net=': 'N', tipcinfo: 'tipcinfo',
  tos: 'tos', cgroup: 'cgroup', kill: 'K', 'no-header': 'H', xdp: 'xdp', mptcp: 'M', oneline: 'O',
  'inet-sockopt': 'sockopt',
}

/** Tables of sockets. Those that no host here has are known by name, and empty. */
export type Table = 'tcp' | 'dccp' | 'udp' | 'raw' | 'unix_dg' | 'unix_st' | 'unix_sq' | 'packet_dg' | 'packet_r' |
  'netlink' | 'sctp' | 'vsock_st' | 'vsock_dg' | 'tipc' | 'xdp' | 'mptcp'
type Family = 'inet' | 'inet6' | 'link' | 'unix' | 'netlink' | 'vsock' | 'tipc' | 'xdp'

const ALL_STATES = (1 << 12) - 1
const LISTEN = 1 << 10
const CLOSE = 1 << SS_CLOSE
const SYN_SENT = 1 << 2
const BUCKET = (1 << 3) | (1 << 6)
/** States of open connections, which is what is shown when nothing else is asked for. */
const CONNECTED = ALL_STATES & ~(LISTEN | CLOSE | BUCKET)

/** Which states a table is shown in when it is named without any. */
const TABLE_STATES: Readonly<Record<Table, number>> = {
  tcp: CONNECTED, dccp: CONNECTED, udp: 1 << SS_ESTABLISHED, raw: 1 << SS_ESTABLISHED, unix_dg: CLOSE, unix_st: CONNECTED,
  unix_sq: CONNECTED, packet_dg: CLOSE, packet_r: CLOSE, netlink: CLOSE, sctp: CONNECTED, vsock_st: CONNECTED,
  vsock_dg: CLOSE, tipc: 1 << SS_ESTABLISHED, xdp: CLOSE, mptcp: CONNECTED,
}
const INET_TABLES: readonly Table[] = ['udp', 'dccp', 'tcp', 'sctp', 'raw', 'mptcp']
const UNIX_TABLES: readonly Table[] = ['unix_st', 'unix_dg', 'unix_sq']
const PACKET_TABLES: readonly Table[] = ['packet_dg', 'packet_r']
const VSOCK_TABLES: readonly Table[] = ['vsock_st', 'vsock_dg']
const FAMILIES: Readonly<Record<Family, { readonly tables: readonly Table[], readonly states: number }>> = {
  inet: { tables: INET_TABLES, states: CONNECTED }, inet6: { tables: INET_TABLES, states: CONNECTED },
  unix: { tables: UNIX_TABLES, states: CONNECTED | CLOSE }, link: { tables: PACKET_TABLES, states: CLOSE },
  netlink: { tables: ['netlink'], states: CLOSE }, vsock: { tables: VSOCK_TABLES, states: CONNECTED },
  tipc: { tables: ['tipc'], states: CONNECTED }, xdp: { tables: ['xdp'], states: CLOSE },
}
/** Words after -A. */
const QUERIES: Readonly<Record<string, readonly Table[]>> = {
  all: Object.keys(TABLE_STATES) as Table[], inet: INET_TABLES, udp: ['udp'], dccp: ['dccp'], tcp: ['tcp'],
  mptcp: ['mptcp'], sctp: ['sctp'], raw: ['raw'], unix: UNIX_TABLES, unix_stream: ['unix_st'], u_str: ['unix_st'],
  unix_dgram: ['unix_dg'], u_dgr: ['unix_dg'], unix_seqpacket: ['unix_sq'], u_seq: ['unix_sq'], packet: PACKET_TABLES,
  packet_raw: ['packet_r'], p_raw: ['packet_r'], packet_dgram: ['packet_dg'], p_dgr: ['packet_dg'],
  netlink: ['netlink'], vsock: VSOCK_TABLES, vsock_stream: ['vsock_st'], v_str: ['vsock_st'],
  vsock_dgram: ['vsock_dg'], v_dgr: ['vsock_dg'], tipc: ['tipc'], xdp: ['xdp'],
}
const SHORT_TABLES: Readonly<Record<string, Table>> = { t: 'tcp', u: 'udp', w: 'raw', d: 'dccp', S: 'sctp', M: 'mptcp' }
const SHORT_FAMILIES: Readonly<Record<string, Family>> = {
  4: 'inet', 6: 'inet6', 0: 'link', x: 'unix', tipc: 'tipc', vsock: 'vsock', xdp: 'xdp',
}
const STATE_NAMES: readonly string[] = [
  'UNKNOWN', 'established', 'syn-sent', 'syn-recv', 'fin-wait-1', 'fin-wait-2', 'time-wait', 'unconnected', 'close-wait',
  'last-ack', 'listening', 'closing',
]

/** What a command line of ss asks for. */
export class SsOptions {
  readonly tables = new Set<Table>()
  readonly families = new Set<Family>()
  /** The family named last: how a bare address in a filter is read. */
  preferred: Family | '' = ''
  states = 0
  numeric = false
  resolveHosts = false
  timers = false
  details = false
  memory = false
  processes = false
  tos = false
  cgroup = false
  socketOptions = false
  header = true
  oneLine = false
  summary = false
  /** -s alone: no table follows. */
  summaryOnly = false
  /** The words of the filter expression. */
  filter: readonly string[] = []
  namespace: HostNamespace

  constructor(process: Process) {
    this.namespace = process.namespace
  }
}

function usage(text = ''): ProgramError {
  return new ProgramError(text + USAGE, 255)
}

/** Reads a command line. Throws ProgramError; null: help or the version was asked for and printed. */
export function parseSsOptions(process: Process): SsOptions | null {
  const complaints: string[] = []
  const parsed = getopt(process.argv, { short: SHORT, long: LONG }, (text) => complaints.push(text))
  const reader = new Reader(process)
  for (const { name, value } of parsed.options) {
    if (name === '?') throw usage(complaints[0])
    if (name === 'h' || name === 'V' || name === 'v') {
      process.stdout.write(name === 'h' ? USAGE : VERSION)
      return null
    }
    if (name === 'f' && value === 'help') {
      process.stdout.write(USAGE)
      return null
    }
    reader.take(name, value)
  }
  return reader.finish(parsed.operands)
}

class Reader {
  private readonly options: SsOptions
  /** States of -a and -l and the filter's `state`; 0: none named. */
  private wanted = 0
  private isDefault = true
  private sawQuery = false
  private fileWords: readonly string[] | null = null

  constructor(private readonly process: Process) {
    this.options = new SsOptions(process)
  }

  take(name: string, value: string): void {
    const { options } = this
    const table = SHORT_TABLES[name]
    const family = SHORT_FAMILIES[name]
    if (table !== undefined) this.setTable(table, true)
    else if (family !== undefined) this.setFamily(family)
    else {
      switch (name) {
        case 'n': options.numeric = true; break
        case 'r': options.resolveHosts = true; break
        case 'o': case 'b': options.timers = true; break
        case 'e': options.details = true; break
        case 'm': options.memory = true; break
        case 'p': case 'T': options.processes = true; break
        case 'i': case 'tipcinfo': break // tells of protocols that are not here
        case 'a': this.wanted = ALL_STATES; break
        case 'l': this.wanted = LISTEN | CLOSE; break
        case 'f': this.takeFamily(value); break
        case 'A': this.takeQuery(value); break
        case 's': options.summary = true; break
        case 'H': options.header = false; break
        case 'O': options.oneLine = true; break
        case 'tos': options.tos = true; break
        case 'cgroup': options.cgroup = true; break
        case 'sockopt': options.socketOptions = true; break
        case 'N': this.takeNamespace(value); break
        case 'F': this.takeFile(value); break
        case 'z': case 'Z': throw new ProgramError('ss: SELinux is not enabled.\n', 1)
        default: throw new ProgramError(`ss: invalid option -- '${name}'\n${USAGE}${notModelled('ss', `-${name}`)}`, 255)
      }
    }
  }

  private setTable(table: Table, on: boolean): void {
    const { options } = this
    this.isDefault = false
    if (!on) {
      options.tables.delete(table)
      return
    }
    options.tables.add(table)
    options.states |= TABLE_STATES[table]
  }

  private setFamily(family: Family): void {
    const { options } = this
    this.isDefault = false
    options.families.add(family)
    options.states |= FAMILIES[family].states
    options.preferred = family
  }

  private takeFamily(value: string): void {
    if (!Object.hasOwn(FAMILIES, value)) throw usage(`ss: "${value}" is invalid family\n`)
    this.setFamily(value as Family) // one of FAMILIES' keys
  }

  private takeQuery(value: string): void {
    if (!this.sawQuery) {
      this.options.tables.clear()
      this.sawQuery = true
      this.isDefault = false
      if (this.wanted === 0) this.wanted = CONNECTED
    }
    for (const word of value.split(',')) {
      const on = !word.startsWith('!')
      const name = on ? word : word.slice(1)
      if (!Object.hasOwn(QUERIES, name)) throw usage(`ss: "${word}" is illegal socket table id\n`)
      for (const table of QUERIES[name]) this.setTable(table, on)
    }
  }

  private takeNamespace(name: string): void {
    const namespace = this.process.host.namespaces.get(name)
    if (name === '' || namespace === undefined) {
      throw new ProgramError(`Cannot open network namespace "${name}": No such file or directory\n`, 1)
    }
    this.options.namespace = namespace
  }

  private takeFile(path: string): void {
    if (this.fileWords !== null) throw new ProgramError('More than one filter file\n', 255)
    if (path.startsWith('-')) throw new ProgramError(notModelled('ss', '-F -'), 1)
    const file = this.process.open(path, 'r')
    const bytes = typeof file === 'number' ? file : file.read(0x10000, -1)
    if (typeof bytes === 'number') throw new ProgramError(`fopen filter file: ${strerror(-bytes)}\n`, 255)
    this.fileWords = decodeUtf8(bytes).split(/\s+/)
  }

  finish(operands: readonly string[]): SsOptions {
    const { options } = this
    let at = 0
    let sawStates = false
    for (; at < operands.length; at += 2) {
      const word = operands[at]
      const isState = word === 'state'
      if (!isState && word !== 'exclude' && word !== 'excl') break
      if (at + 1 >= operands.length) {
        throw new ProgramError('Command line is not complete. Try option "help"\n', 255)
      }
      if (!sawStates) this.wanted = isState ? 0 : ALL_STATES
      sawStates = true
      const states = scanState(operands[at + 1])
      this.wanted = isState ? this.wanted | states : this.wanted & ~states
    }
    options.filter = [...operands.slice(at), ...this.fileWords ?? []]
    if (this.isDefault) {
      options.summaryOnly = options.summary && operands.length === 0
      if (this.wanted === 0) this.wanted = CONNECTED
      for (const table of Object.keys(TABLE_STATES) as Table[]) this.setTable(table, true)
      this.isDefault = true
    }
    if (this.wanted !== 0) options.states = this.wanted
    this.mergeDefaults()
    this.complainOfNothing()
    return options
  }

  /** Tables bring their families, families their tables (filter_merge_defaults). */
  private mergeDefaults(): void {
    const { tables, families } = this.options
    for (const table of tables) {
      const own = (Object.keys(FAMILIES) as Family[]).filter((family) => FAMILIES[family].tables.includes(table))
      if (!own.some((family) => families.has(family))) for (const family of own) families.add(family)
    }
    for (const family of families) {
      if (!FAMILIES[family].tables.some((table) => tables.has(table))) {
        for (const table of FAMILIES[family].tables) tables.add(table)
      }
    }
  }

  private complainOfNothing(): void {
    const { tables, states } = this.options
    const nothing = (what: string): ProgramError =>
      new ProgramError(`ss: no ${what} to show with such filter.\n`, 0)
    if (tables.size === 0) throw nothing('socket tables')
    if (states === 0) throw nothing('socket states')
  }
}

function scanState(text: string): number {
  const word = text.toLowerCase()
  switch (word) {
    case 'close': case 'closed': return CLOSE
    case 'syn-rcv': return 1 << 3
    case 'all': return ALL_STATES
    case 'connected': return ALL_STATES & ~(CLOSE | LISTEN)
    case 'synchronized': return ALL_STATES & ~(CLOSE | LISTEN | SYN_SENT)
    case 'bucket': return BUCKET
    case 'big': return ALL_STATES & ~BUCKET
    default: {
      const state = STATE_NAMES.findIndex((name) => name.toLowerCase() === word)
      if (state >= 0) return 1 << state
      throw new ProgramError(`ss: wrong state name: ${text}\n`, 255)
    }
  }
}
