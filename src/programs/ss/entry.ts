import type { HostNamespace } from '../../host/host-namespace.ts'
import type { Process } from '../../host/process.ts'
import { SocketFile } from '../../host/socket-file.ts'
import { ETH_P_ALL, type PacketSocket } from '../../socket/packet.ts'
import type { InetSocket } from '../../socket/inet-socket.ts'

/** States as the kernel numbers them (include/net/tcp_states.h); a filter is a mask of 1 << state. */
export const STATES: readonly string[] = [
  'UNKNOWN', 'ESTAB', 'SYN-SENT', 'SYN-RECV', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'UNCONN', 'CLOSE-WAIT',
  'LAST-ACK', 'LISTEN', 'CLOSING',
]
export const SS_ESTABLISHED = 1
export const SS_CLOSE = 7

/** One socket, as the table and the filters see it. */
export interface SocketEntry {
  readonly netid: 'p_raw' | 'p_dgr' | 'raw' | 'udp' | 'tcp'
  readonly family: 'inet' | 'link'
  readonly state: number
  readonly receiveQueue: number
  readonly sendQueue: number
  /** Addresses int32. Of a packet socket the local address is its EtherType and the port its device. */
  readonly localAddress: number
  readonly localPort: number
  readonly remoteAddress: number
  readonly remotePort: number
  readonly ifindex: number
  readonly mark: number
  /** What -m, -e and --inet-sockopt tell; null for sockets that are known from /proc/net alone (raw). */
  readonly memory: SocketMemory | null
  readonly details: boolean
  readonly tos: number
  readonly priority: number
  readonly options: readonly string[]
  readonly socket: object
}

export interface SocketMemory {
  readonly receiveBuffer: number
  readonly sendBuffer: number
  readonly drops: number
}

/** Sockets of a namespace, table by table in the order ss prints them. */
export function socketEntries(namespace: HostNamespace): SocketEntry[] {
  const { packet, raw, udp } = namespace.sockets
  return [
    ...packet.list.map(packetEntry),
    ...[...raw.list].sort((a, b) => a.protocol - b.protocol).map((socket) => inetEntry('raw', socket, socket.protocol)),
    ...udp.sockets.map((socket) => inetEntry('udp', socket, socket.port)),
  ]
}

function packetEntry(socket: PacketSocket): SocketEntry {
  return {
    netid: socket.cooked ? 'p_dgr' : 'p_raw', family: 'link', state: SS_CLOSE, receiveQueue: socket.waiting, sendQueue: 0,
    localAddress: socket.boundProtocol, localPort: socket.boundIfindex, remoteAddress: 0, remotePort: 0,
    ifindex: socket.boundIfindex, mark: 0,
    memory: { receiveBuffer: socket.receiveBuffer, sendBuffer: DEFAULT_SEND_BUFFER, drops: socket.dropped },
    details: true, tos: 0, priority: 0, options: [], socket,
  }
}

/** net.core.wmem_default. */
const DEFAULT_SEND_BUFFER = 212992

function inetEntry(netid: 'raw' | 'udp', socket: InetSocket, port: number): SocketEntry {
  const hasDiag = netid === 'udp'
  const options: string[] = []
  if (socket.receiveErrors) options.push('recverr')
  if (socket.freebind) options.push('freebind')
  if (socket.multicastLoop) options.push('mc_loop')
  options.push('mc_all')
  return {
    netid, family: 'inet', state: socket.connected ? SS_ESTABLISHED : SS_CLOSE, receiveQueue: socket.queue.used,
    sendQueue: 0, localAddress: socket.connected && socket.boundAddress === 0 ? socket.sourceAddress : socket.boundAddress,
    localPort: port, remoteAddress: socket.peerAddress, remotePort: socket.peerPort, ifindex: socket.boundIfindex,
    mark: socket.mark,
    memory: hasDiag ? {
      receiveBuffer: socket.receiveBuffer, sendBuffer: socket.sendBuffer, drops: socket.queue.drops,
    } : null,
    details: hasDiag, tos: socket.tos, priority: socket.priority, options: hasDiag ? options : [], socket,
  }
}

/** Whether a packet socket hears every protocol. */
export function hearsAll(entry: SocketEntry): boolean {
  return entry.localAddress === ETH_P_ALL
}

/** Who holds a socket: processes of this host, by pid, with their descriptors. */
export interface Holder {
  readonly name: string
  readonly pid: number
  readonly fd: number
  readonly inode: number
}

export function holdersOf(process: Process, socket: object): Holder[] {
  const found: Holder[] = []
  for (const each of [...process.host.processes.values()].sort((a, b) => a.pid - b.pid)) {
    for (const [fd, descriptor] of [...each.descriptors].sort((a, b) => a[0] - b[0])) {
      const { file } = descriptor
      if (!(file instanceof SocketFile) || file.socket !== socket) continue
      const path = each.argv[0] ?? ''
      found.push({ name: path.slice(path.lastIndexOf('/') + 1).slice(0, 15), pid: each.pid, fd, inode: file.inode })
    }
  }
  return found
}
