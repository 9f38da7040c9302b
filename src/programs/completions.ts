import type { Process } from '../host/process.ts'

/**
 * What may follow the words of a command, for a console's Tab: a table that rooms of programs/ add to. Debian has such
 * tables in the package bash-completion; these are our own and smaller.
 */
export type ArgumentCompleter = (process: Process, words: readonly string[]) => readonly string[]

const VERBS = ['add', 'change', 'delete', 'flush', 'help', 'replace', 'show']
const IP_OBJECTS: Readonly<Record<string, readonly string[]>> = {
  address: VERBS,
  link: ['add', 'delete', 'help', 'property', 'set', 'show'],
  maddress: ['add', 'delete', 'help', 'show'],
  monitor: ['address', 'all', 'label', 'link', 'neigh', 'netconf', 'nexthop', 'nsid', 'route', 'rule'],
  neighbour: [...VERBS, 'get'],
  netns: ['add', 'attach', 'delete', 'exec', 'identify', 'list', 'monitor', 'pids', 'set'],
  nexthop: [...VERBS, 'bucket', 'get', 'list'],
  route: [...VERBS, 'append', 'get', 'list', 'prepend', 'restore', 'save'],
  rule: ['add', 'delete', 'flush', 'help', 'list', 'restore', 'save', 'show'],
}

const BRIDGE_OBJECTS: Readonly<Record<string, readonly string[]>> = {
  fdb: ['add', 'append', 'delete', 'flush', 'get', 'replace', 'show'],
  link: ['set', 'show'],
  mdb: ['add', 'delete', 'replace', 'show'],
  monitor: ['all', 'fdb', 'link', 'mdb', 'vlan'],
  vlan: ['add', 'delete', 'set', 'show', 'tunnelshow'],
}

const ALIASES: Readonly<Record<string, string>> = {
  a: 'address', addr: 'address', l: 'link', n: 'neighbour', neigh: 'neighbour', neighbor: 'neighbour', r: 'route', ro: 'route',
  ru: 'rule', maddr: 'maddress',
}

const LINK_SET = [
  'address', 'alias', 'down', 'master', 'mtu', 'multicast', 'name', 'netns', 'nomaster', 'promisc', 'txqueuelen', 'up',
]

function devices(process: Process): string[] {
  return process.namespace.ns.devices.map((device) => device.name)
}

/** Names of /etc/hosts. */
function hosts(process: Process): string[] {
  const text = process.readFile('/etc/hosts')
  if (typeof text !== 'string') return []
  return text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/)).filter((word) => word !== '')
}

function ip(process: Process, words: readonly string[]): readonly string[] {
  const own = words.slice(1).filter((word) => !word.startsWith('-'))
  const [given, verb] = own
  const last = words[words.length - 1]
  if (given === undefined) return Object.keys(IP_OBJECTS)
  const object = ALIASES[given] ?? given
  if (verb === undefined) return IP_OBJECTS[object] ?? []
  if (['dev', 'iif', 'oif', 'master'].includes(last) || object === 'link' && own.length === 2) return devices(process)
  if (object === 'netns' && own.length === 2) return process.host.namespaces.keys().filter((name) => name !== '')
  if (last === 'via' || last === 'to' || object === 'route' && verb === 'get' && own.length === 2) return hosts(process)
  if (object === 'link' && verb === 'set' && own.length > 2) return LINK_SET
  if (object === 'route') return ['dev', 'metric', 'mtu', 'onlink', 'proto', 'scope', 'src', 'table', 'via']
  return ['dev']
}

function bridge(process: Process, words: readonly string[]): readonly string[] {
  const own = words.slice(1).filter((word) => !word.startsWith('-'))
  if (own.length === 0) return Object.keys(BRIDGE_OBJECTS)
  if (own.length === 1) return BRIDGE_OBJECTS[own[0]] ?? []
  const last = words[words.length - 1]
  return ['dev', 'br', 'brport', 'master'].includes(last) ? devices(process) : ['br', 'dev', 'vid']
}

/** After `-i`, `-I` a device; else a host. */
function target(process: Process, words: readonly string[]): readonly string[] {
  return /^-[iI]$/.test(words[words.length - 1]) ? devices(process) : hosts(process)
}

const onDevice: ArgumentCompleter = (process, words) => words.length === 1 ? devices(process) : []

const afterOption: ArgumentCompleter = (process, words) => /^-[iI]$/.test(words[words.length - 1]) ? devices(process) : []

function sysctlNames(process: Process): readonly string[] {
  return ['all', 'default', ...devices(process)].map((name) => `net.ipv4.conf.${name}.`).concat('net.ipv4.ip_forward')
}

export const ARGUMENTS: Map<string, ArgumentCompleter> = new Map([
  ['arping', target], ['bridge', bridge], ['ethtool', onDevice], ['ifconfig', onDevice], ['ip', ip], ['mtr', target],
  ['ping', target], ['sysctl', sysctlNames], ['tcpdump', afterOption], ['tracepath', target], ['traceroute', target],
])

/** What may follow the words of a command, its name first. Nothing: files may. */
export function argumentsOf(process: Process, words: readonly string[]): readonly string[] {
  return ARGUMENTS.get(words[0])?.(process, words) ?? []
}
