import type { InterfaceModel, LabModel, NodeModel, Place } from './model.ts'
import { compareNames } from './derive.ts'

/**
 * A node as Linux commands: what `netarium export --commands` prints, what the running side runs on a simulated host
 * and the kernel twin in a network namespace. There is no other way from a lab file into a host's configuration.
 *
 * Before them, the machine has lo and one end of each of its links, down, with Linux's own settings. The order:
 *
 *     forwarding of a router, sysctls        so that they hold before the first packet
 *     devices, MAC and MTU, addresses        in the order of their names
 *     the bridge of a switch, with its ports
 *     sysctls of devices made by these       they did not exist before
 *     up                                     connected routes appear
 *     the default route, then the others
 *     exec                                   as the file has them
 */

/** The bridge that a switch is. */
export const BRIDGE = 'br0'

/** One thing that a lab file's shorthand asks for, and where the file asks for it. */
export type Setting = { readonly place: Place } & (
  | { readonly does: 'sysctl', readonly key: string, readonly value: string }
  | { readonly does: 'add', readonly dev: string, readonly type: 'dummy' | 'bridge' }
  | { readonly does: 'mac', readonly dev: string, readonly mac: string }
  | { readonly does: 'mtu', readonly dev: string, readonly mtu: number }
  | { readonly does: 'address', readonly dev: string, readonly address: string }
  | { readonly does: 'master', readonly dev: string, readonly master: string }
  | { readonly does: 'up', readonly dev: string }
  | { readonly does: 'gateway', readonly via: string }
  | { readonly does: 'route', readonly route: string })

/** Commands that set up `node`, in the order in which they are to be run; `exec` lines are last and as written. */
export function commandsOf(node: NodeModel): string[] {
  return [...settingsOf(node).map(commandOf), ...node.exec]
}

/** The command that carries out a setting. */
export function commandOf(setting: Setting): string {
  switch (setting.does) {
    case 'sysctl': return `sysctl -w ${shellWord(`${setting.key}=${setting.value}`)}`
    case 'add': return `ip link add name ${setting.dev} type ${setting.type}`
    case 'mac': return `ip link set dev ${setting.dev} address ${setting.mac}`
    case 'mtu': return `ip link set dev ${setting.dev} mtu ${setting.mtu}`
    case 'address': return `ip address add ${setting.address} dev ${setting.dev}`
    case 'master': return `ip link set dev ${setting.dev} master ${setting.master}`
    case 'up': return `ip link set dev ${setting.dev} up`
    case 'gateway': return `ip route add default via ${setting.via}`
    case 'route': return `ip route add ${setting.route}`
  }
}

/** What the shorthand of a lab file asks for at `node`, in the order in which it is to be done. */
export function settingsOf(node: NodeModel): Setting[] {
  const { place, places, interfaces } = node
  const settings: Setting[] = []
  const made = interfaces.filter((entry) => entry.kind === 'dummy').map((entry) => entry.name)
  if (node.kind === 'switch') made.push(BRIDGE)
  const sysctls = [...node.sysctls].map(([key, value]): Setting & { readonly key: string } =>
    ({ does: 'sysctl', key, value, place: places.sysctls.get(key) ?? place }))
  const isOfMade = ({ key }: { readonly key: string }): boolean =>
    made.some((name) => key.includes(`.${name.replaceAll('.', '/')}.`))
  if (node.kind === 'router') settings.push({ does: 'sysctl', key: 'net.ipv4.ip_forward', value: '1', place })
  settings.push(...sysctls.filter((one) => !isOfMade(one)))
  for (const entry of interfaces) addDevice(entry, settings)
  if (node.kind === 'switch') {
    settings.push({ does: 'add', dev: BRIDGE, type: 'bridge', place })
    for (const entry of interfaces) {
      if (entry.kind === 'link') settings.push({ does: 'master', dev: entry.name, master: BRIDGE, place: entry.place })
    }
  }
  settings.push(...sysctls.filter(isOfMade))
  for (const entry of interfaces) if (entry.up) settings.push({ does: 'up', dev: entry.name, place: entry.place })
  if (node.kind === 'switch') settings.push({ does: 'up', dev: BRIDGE, place })
  if (node.gateway !== null) settings.push({ does: 'gateway', via: node.gateway, place: places.gateway ?? place })
  for (const [i, route] of node.routes.entries()) settings.push({ does: 'route', route, place: places.routes[i] })
  return settings
}

function addDevice(entry: InterfaceModel, settings: Setting[]): void {
  const { name: dev, place, mac, mtu } = entry
  if (entry.kind === 'dummy') settings.push({ does: 'add', dev, type: 'dummy', place })
  if (entry.kind !== 'loopback') settings.push({ does: 'mac', dev, mac, place })
  if (mtu !== null) settings.push({ does: 'mtu', dev, mtu, place })
  for (const address of entry.addresses) settings.push({ does: 'address', dev, address, place })
}

/** `text` as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * The whole lab as text: the commands of each node under its name, nodes in the order of their names, after the links
 * as comments.
 */
export function formatCommands(lab: LabModel): string {
  const lines = [`# ${lab.name}`]
  for (const link of lab.links) {
    const [a, b] = link.endpoints
    lines.push(`# link ${a.node}:${a.interface} -- ${b.node}:${b.interface}`)
  }
  for (const node of [...lab.nodes].sort((a, b) => compareNames(a.name, b.name))) {
    lines.push('', `# ${node.kind} ${node.name}`, ...commandsOf(node))
  }
  return `${lines.join('\n')}\n`
}
